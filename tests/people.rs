//! Finding people, and what a client must know of the desk.

mod desk;
mod finding;
