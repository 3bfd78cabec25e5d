//! Questions about service levels.
//!
//! `request` is what is known of one request's clocks and what each event of it adds to the report;
//! `rollup` is what the report keeps instead of requests; `service_levels` keeps both in one table.
//! `targets`, `report` and `forecast` are the queries. `deadlines` is what a queue keeps.

pub mod deadlines;
pub mod forecast;
pub mod report;
pub mod request;
pub mod rollup;
pub mod service_levels;
pub mod span;
pub mod targets;
