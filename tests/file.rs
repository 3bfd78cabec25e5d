//! Files: sending, attaching and downloading them, and what becomes of those that nobody needs (T2),
//! through the API on both databases.

mod attaching;
mod downloading;
mod expiring;
mod limits;
mod program;
mod sending;
