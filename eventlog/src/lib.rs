//! The append-only event log on PostgreSQL or SQLite: append, read, follow.
//!
//! Everything the service knows is in the `events` table, one row per event. Architecture
//! invariants: events are only ever added, by one committer per process, many commands in one
//! transaction; positions are dense (1, 2, 3 …, in commit order), so that a reader needs only
//! `position > $1` and a gap is damage; a command's id and outcome are stored in the transaction of
//! its events, so that a repeat records nothing and a lost connection is resolved, not guessed.
//!
//! SQL that one of the two databases does not understand lives here and in `migrations/` alone.

pub mod bulk;
mod cache;
pub mod checkpoint;
mod committer;
pub mod db;
pub mod execute;
mod failure;
mod files;
pub mod holds;
mod known;
mod loading;
mod log;
pub mod logins;
pub mod parking;
mod postgres;
mod queue;
pub mod reader;
pub mod recorded;
pub mod seal;
pub mod sealing;
pub mod secrets;
pub mod select;
mod session;
mod sqlite;
mod tail;
mod turn;
mod tx;
mod wake;

pub use committer::{Append, AppendError, CommandId, NewEvent, Origin, Outcome};
pub use db::Db;
pub use execute::{CommandContext, ExecuteError, Executed};
pub use failure::DbError;
pub use log::{Clock, Log};
pub use postgres::PostgresDb;
pub use recorded::{Metadata, Position, Recorded, Salt};
pub use sealing::{MasterKey, MasterKeySource};
pub use sqlite::SqliteDb;
pub use turn::{Turn, TurnTo};
pub use tx::{Held, Tx};
