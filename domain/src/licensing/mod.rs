//! Licensing: who may run which product, and until when; and what customers apply for.

pub mod account_number;
pub mod application;
pub mod licence;
pub mod trading_account;

pub use account_number::{AccountNumber, AccountNumberProblem};
pub use application::{Application, ApplicationEvent, ApplicationId};
pub use licence::{Licence, LicenceEvent, LicenceId, LicenceKind};
pub use trading_account::{
    EvidenceId, TradingAccount, TradingAccountEvent, TradingAccountId, trading_account_of,
};
