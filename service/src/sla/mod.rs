//! Service levels: defining them, and the timers behind them.

pub mod book_cache;
pub mod defining;
pub mod holidays;
pub mod messages;
pub mod presentation;
pub(crate) mod remeasuring;
pub mod timers;
