//! Licensing: who may run which product, and until when.

pub mod licence;

pub use licence::{Licence, LicenceEvent, LicenceId, LicenceKind};
