//! Applications and trading accounts as GraphQL shows them.

pub mod accounts;
pub mod actions;
pub mod eligibility;
pub mod evidence;
pub mod filters;
pub mod history;
pub mod inputs;
pub mod mutations;
pub mod payloads;
pub mod queries;
pub mod refusals;
pub mod subscriptions;
pub mod timeline;
pub mod types;
