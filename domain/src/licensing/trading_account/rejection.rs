//! The facts for which a change about a trading account is refused.

use serde::{Deserialize, Serialize};

use super::eligibility::Refusal;
use crate::kernel::local::shown;
use crate::kernel::money::in_units;
use crate::kernel::{AmountProblem, Moment, TextProblem};

/// Why a change about a trading account is refused. `strum` gives each its public code, for example
/// `BROKER_NOT_FOUND`; what the rule refuses has the code of what is missing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// There is no such broker, or its accounts bring nothing any more.
    #[error("the broker does not exist")]
    BrokerNotFound,
    /// Accounts with this broker bring nothing (F1).
    #[error("the broker is not a partner broker")]
    BrokerNotPartner,
    /// The number is not one that a broker gives out.
    #[error("an account number must have 1 to 20 Latin letters and digits")]
    #[strum(serialize = "BAD_ACCOUNT_NUMBER")]
    AccountNumberMalformed,
    /// Nothing is known of such an account.
    #[error("the account does not exist")]
    AccountNotFound,
    /// What was given is no amount of money.
    #[error("{0}")]
    BadAmount(AmountProblem),
    /// The deposit is below nothing or absurdly high.
    #[error("the deposit must be from 0 to {}", in_units(*.max_cents))]
    DepositOutOfRange {
        /// The most cents of a deposit.
        max_cents: i64,
    },
    /// What the deposit is worth is said in its own currency.
    #[error("the worth of a deposit must be in another currency")]
    WorthInSameCurrency,
    /// The evidence is of the future, or absurdly old.
    #[error("the evidence must be from between {} and {}", shown(*.earliest), shown(*.latest))]
    EvidenceOutOfRange {
        /// The first moment.
        earliest: Moment,
        /// The last: now.
        latest: Moment,
    },
    /// The period ends before it begins, or the last trade was not in it.
    #[error("the period ends before it begins, or the last trade is outside it")]
    PeriodOutOfOrder,
    /// There cannot be so many trades.
    #[error("the number of trades must be from 0 to {max}")]
    TradesOutOfRange {
        /// The most trades.
        max: u32,
    },
    /// The account has no such evidence.
    #[error("the evidence does not exist")]
    EvidenceNotFound,
    /// The evidence was retracted, or the same source has said otherwise since.
    #[error("the evidence no longer counts")]
    EvidenceRetracted,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is empty, too long or contains control characters")]
    BadReason(TextProblem),
    /// A product is no longer offered.
    #[error("the product does not exist")]
    ProductNotFound,
    /// A product is not given free.
    #[error("the product is not available for free")]
    ProductNotFree,
    /// The application's grant was released before.
    #[error("the application was withdrawn, and its grant was released")]
    GrantReleased,
    /// The rule does not allow it (F3, F4).
    #[error("{0}")]
    Rule(Refusal),
}

impl Rejection {
    /// The public code, for example `MONTH_NOT_PASSED`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rule(refusal) => refusal.code(),
            other => other.into(),
        }
    }
}
