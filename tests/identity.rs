//! Customers get in by their own door: they register, log in, and have sessions (T6, F1).

mod concurrency;
mod cookies;
mod passwords;
mod program;
mod refusals;
mod registering;
mod secrecy;
mod sessions;
mod throttling;
