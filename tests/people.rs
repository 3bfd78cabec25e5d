//! Finding people, who works here and as what, invitations, and what a client must know of the desk.

mod administering;
mod desk;
mod finding;
mod inviting;
mod leaving;
mod settings;
