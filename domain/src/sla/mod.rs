//! Service levels: how long a request may take, counted by a clock that knows when the vendor is
//! open (rules S1 to S4).
//!
//! `clock` is the arithmetic of business time. `measurement` is what is measured of one request and
//! `measure` how its facts move it on; neither knows what kind of request it is, so tickets and
//! applications are measured by the same code. `book` holds every version of every calendar and
//! service level, because a request keeps the version that its clock started with (S4). `events` is
//! the storage format of what is measured; the request whose clock it is keeps these facts in its
//! own stream.

pub mod book;
pub mod clock;
pub mod events;
pub mod measure;
pub mod measurement;

pub use book::Book;
pub use clock::{Clock, ClockKind};
pub use events::{ClockEvent, Lines, RequestKind, Target, TargetResult, Terms};
pub use measure::Fact;
pub use measurement::{Cycle, Measurement, State, Track};

#[cfg(test)]
pub(crate) mod tests;
