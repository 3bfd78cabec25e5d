//! Time and charges as GraphQL shows them.

pub mod accounts;
pub mod agreement;
pub mod codes;
pub mod inputs;
pub mod mutations;
pub mod statements;
pub mod subscriptions;
pub mod terms;
pub mod time_entries;
pub mod timers;
pub mod utilisation;
pub mod work;
pub mod work_codes;
