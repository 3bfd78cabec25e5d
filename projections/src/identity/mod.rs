//! Questions about how people log in.

pub mod logins;
