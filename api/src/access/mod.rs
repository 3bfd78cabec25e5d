//! API tokens: issuing, listing and revoking them.

pub mod use_cases;
