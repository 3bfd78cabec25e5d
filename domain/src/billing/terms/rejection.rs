//! The facts for which new terms of support are refused.

use serde::{Deserialize, Serialize};

use crate::kernel::local::shown;
use crate::kernel::money::in_units;
use crate::kernel::{AmountProblem, Moment};

/// Why new terms are refused. `strum` gives each its public code, for example
/// `PRICE_OUT_OF_RANGE`.
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
    /// What was given is no amount of money.
    #[error("{0}")]
    BadAmount(AmountProblem),
    /// The price is below nothing or absurdly high.
    #[error("the price must be from 0 to {}", in_units(*.max_cents))]
    PriceOutOfRange {
        /// The most cents an hour may cost.
        max_cents: i64,
    },
    /// The price is in another currency than what was settled or paid, which could not be added up.
    #[error("the currency can only change before anything is settled or paid")]
    CurrencyFixed,
    /// The free minutes are below nothing or absurdly many.
    #[error("a package must have 0 to {max} minutes")]
    PackageOutOfRange {
        /// The most minutes of a package.
        max: u32,
    },
    /// The warning is not at 1 to 99 percent.
    #[error("the warning level must be from 1 to 99 percent")]
    WarningOutOfRange,
    /// There is no such time zone.
    #[error("the time zone does not exist")]
    TimeZoneUnknown,
    /// The terms would change what was done before.
    #[error("the terms cannot take effect before {}", shown(*.earliest))]
    InForceTooEarly {
        /// From when they can.
        earliest: Moment,
    },
    /// The terms would hold only in years.
    #[error("the terms must take effect by {}", shown(*.latest))]
    InForceTooFar {
        /// From when at the latest.
        latest: Moment,
    },
}

impl Rejection {
    /// The public code, for example `PRICE_OUT_OF_RANGE`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
