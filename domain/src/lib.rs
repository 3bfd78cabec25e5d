//! The rules of the service desk, and nothing else: events, states and decisions.
//!
//! Architecture invariant: this crate is pure. It reads no clock, draws no random number, opens
//! no file or socket and knows no SQL, HTTP or GraphQL. What a decision needs and the aggregate
//! does not hold comes in with the command. The rules are numbered in the project's domain
//! description (T for tickets, S for service levels and so on); code that carries one cites it.

pub mod access;
pub mod billing;
pub mod catalogue;
pub mod customer;
pub mod event;
pub mod example;
pub mod file;
pub mod identity;
pub mod kernel;
pub mod licensing;
pub mod sla;
pub mod staff;
pub mod ticket;
pub mod upcast;

pub use event::Event;
