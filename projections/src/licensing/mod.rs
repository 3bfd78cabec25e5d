//! Read models about licences.

pub mod licences;
pub mod releases;
