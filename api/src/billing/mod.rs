//! Time and charges (B1 to B5).

pub mod cost;
pub mod graphql;
pub mod messages;
pub mod print;
pub mod settling;
pub mod terms;
pub mod timers;
pub mod use_cases;
