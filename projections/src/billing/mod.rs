//! Questions about time.

pub mod time_entries;
