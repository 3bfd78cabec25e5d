//! Questions about access.

pub mod api_tokens;
