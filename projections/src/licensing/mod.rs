//! Read models about licences.

pub mod advisor_intervals;
pub mod application_timeline;
pub mod applications;
pub mod licences;
pub mod releases;
