//! Licensing: who may run which product, until when, and by which key.

pub mod account_number;
pub mod application;
pub mod key;
pub mod licence;
pub mod release;
pub mod signing;
pub mod term;

pub use account_number::{AccountNumber, AccountNumberProblem};
pub use application::ApplicationId;
pub use key::KeyFacts;
pub use licence::{Licence, LicenceEvent, LicenceId, LicenceKind};
pub use release::{Release, ReleaseEvent, ReleaseId};
pub use signing::{SigningKeys, SigningKeysEvent};
