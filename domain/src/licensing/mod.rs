//! Licensing: who may run which product, until when, and by which key; and what customers apply
//! for.

pub mod account_number;
pub mod application;
pub mod key;
pub mod licence;
pub mod release;
pub mod signing;
pub mod term;
pub mod trading_account;

pub use account_number::{AccountNumber, AccountNumberProblem};
pub use application::{Application, ApplicationEvent, ApplicationId};
pub use key::KeyFacts;
pub use licence::{Licence, LicenceEvent, LicenceId, LicenceKind};
pub use release::{Release, ReleaseEvent, ReleaseId};
pub use signing::{SigningKeys, SigningKeysEvent};
pub use trading_account::{
    EvidenceId, TradingAccount, TradingAccountEvent, TradingAccountId, trading_account_of,
};
