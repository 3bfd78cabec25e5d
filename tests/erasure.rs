//! Erasing a person (A3): nobody can read what was known of them, wherever it was stored, and
//! everything else stays as it was.

mod everywhere;
mod keys;
mod meanwhile;
mod refusals;
