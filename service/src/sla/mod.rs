//! Service levels: defining them, and the timers behind them.

pub mod book_cache;
pub mod holidays;
pub mod messages;
pub mod presentation;
pub mod timers;
pub mod use_cases;
