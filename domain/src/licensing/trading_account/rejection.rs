//! The facts for which a change about a trading account is refused.

use serde::{Deserialize, Serialize};

use super::eligibility::Refusal;
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
    #[error("there is no such broker")]
    BrokerNotFound,
    /// Accounts with this broker bring nothing (F1).
    #[error("the broker is not a partner")]
    BrokerNotPartner,
    /// The number is not one that a broker gives out.
    #[error("an account's number is 1 to 20 Latin letters and digits")]
    AccountNumberMalformed,
    /// Nothing is known of such an account.
    #[error("there is no such account")]
    AccountNotFound,
    /// What was given is no amount of money.
    #[error("{0}")]
    BadAmount(AmountProblem),
    /// The deposit is below nothing or absurdly high.
    #[error("the deposit is not from 0 to {max_cents} cents")]
    DepositOutOfRange {
        /// The most cents of a deposit.
        max_cents: i64,
    },
    /// What the deposit is worth is said in its own currency.
    #[error("the worth of a deposit is said in another currency")]
    WorthInSameCurrency,
    /// The evidence is of the future, or absurdly old.
    #[error("evidence is of {earliest} to {latest}")]
    EvidenceOutOfRange {
        /// The first moment.
        earliest: Moment,
        /// The last: now.
        latest: Moment,
    },
    /// The period ends before it begins, or the last trade was not in it.
    #[error("the period ends before it begins, or the last trade is outside of it")]
    PeriodOutOfOrder,
    /// There cannot be so many trades.
    #[error("there are 0 to {max} trades")]
    TradesOutOfRange {
        /// The most trades.
        max: u32,
    },
    /// The account has no such evidence.
    #[error("there is no such evidence")]
    EvidenceNotFound,
    /// The evidence was retracted, or the same source has said otherwise since.
    #[error("the evidence counts no more")]
    EvidenceRetracted,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is not 1 to so many printable characters")]
    BadReason(TextProblem),
    /// A product is no longer offered.
    #[error("there is no such product")]
    ProductNotFound,
    /// A product is not given free.
    #[error("the product is not given free")]
    ProductNotFree,
    /// The application's grant was released before.
    #[error("the grant was released")]
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
