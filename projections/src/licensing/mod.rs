//! Read models about licences.

pub mod licences;
