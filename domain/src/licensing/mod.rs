//! Licensing: who may run which product, and until when.

pub mod account_number;
pub mod application;
pub mod licence;

pub use account_number::{AccountNumber, AccountNumberProblem};
pub use application::ApplicationId;
pub use licence::{Licence, LicenceEvent, LicenceId, LicenceKind};
