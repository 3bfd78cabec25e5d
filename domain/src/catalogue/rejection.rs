//! The facts for which a change of the catalogue is refused.

use serde::{Deserialize, Serialize};

use crate::kernel::Currency;
use crate::sla::RequestKind;

/// Why a change of the catalogue is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The periods for licences are none that can be meant.
    #[error(
        "there are at most ten warnings, 1 to 366 days ahead, and links are valid \
         for 1 hour to 366 days"
    )]
    BadLicensingPeriods,
    /// A code is not 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    #[error("the code {code:?} must have 1 to 64 characters of a-z, 0-9, _ and -")]
    BadCode {
        /// The code.
        code: String,
    },
    /// Two entries of the same sort have one code.
    #[error("the code {code:?} is used twice")]
    CodeTwice {
        /// The code.
        code: String,
    },
    /// A title is empty in one of the languages, longer than 200 characters, or has characters that
    /// are not allowed.
    #[error(
        "the title of {code:?} is empty, longer than 200 characters, or has characters that are not allowed"
    )]
    BadTitle {
        /// The entry's code.
        code: String,
    },
    /// A category routes to a department that is not in use.
    #[error("the category {category:?} routes to the unknown department {department:?}")]
    UnknownDepartment {
        /// The category's code.
        category: String,
        /// The department's code.
        department: String,
    },
    /// A category routes nowhere.
    #[error("the category {category:?} routes to no department")]
    RoutesNowhere {
        /// The category's code.
        category: String,
    },
    /// A category names a department twice.
    #[error("the category {category:?} routes to the department {department:?} twice")]
    DepartmentTwice {
        /// The category's code.
        category: String,
        /// The department's code.
        department: String,
    },
    /// A department that categories route to cannot be retired.
    #[error("the category {category:?} still routes to the department")]
    DepartmentInUse {
        /// One such category's code.
        category: String,
    },
    /// An opening ends before it begins, or two of one day overlap.
    #[error("the openings of the calendar {calendar:?} end before they begin or overlap")]
    BadOpenings {
        /// The calendar's code.
        calendar: String,
    },
    /// A calendar by which opening hours count has none, so nothing would ever be due.
    #[error("the calendar {calendar:?} never opens, and its hours are counted")]
    NeverOpen {
        /// The calendar's code.
        calendar: String,
    },
    /// A day is named twice among the holidays and the days with hours of their own.
    #[error("the calendar {calendar:?} defines {date} twice")]
    DayTwice {
        /// The calendar's code.
        calendar: String,
        /// The day.
        date: chrono::NaiveDate,
    },
    /// A calendar names more days than anybody closes for.
    #[error("the calendar {calendar:?} has more than {max} special days")]
    TooManyDays {
        /// The calendar's code.
        calendar: String,
        /// The most days.
        max: usize,
    },
    /// A service level names a calendar that there is not.
    #[error("the service level of {request} names the unknown calendar {calendar:?}")]
    UnknownCalendar {
        /// The kind of request.
        request: RequestKind,
        /// The calendar's code.
        calendar: String,
    },
    /// A target is no time at all, or absurdly long.
    #[error("a target of {request} must be from 1 to {max} minutes")]
    BadTarget {
        /// The kind of request.
        request: RequestKind,
        /// The most minutes.
        max: u32,
    },
    /// The part of a target that is at risk is not a part of it.
    #[error("the share of a target that is at risk must be from 1 to 99 percent")]
    BadRisk,
    /// A minimum deposit is negative.
    #[error("the minimum deposit of {product:?} is negative")]
    NegativeDeposit {
        /// The product's code.
        product: String,
    },
    /// A product's minimum deposit is said twice in one currency.
    #[error("the minimum deposit of {product:?} is defined twice in {currency}")]
    DepositTwice {
        /// The product's code.
        product: String,
        /// The currency.
        currency: Currency,
    },
    /// The policy for applications has a limit of nothing, or one beyond reason.
    #[error(
        "the licensing policy must allow 1 to 100 products, 1 to 84 months and 0 to 1,000 days"
    )]
    BadLicensingLimits,
    /// The policy allows no text at all, or more than a message may hold.
    #[error("the policy's text limits must be between 1 and 100,000 characters")]
    BadTextLimits,
    /// There is no such entry, or it is retired already.
    #[error("the entry {code:?} does not exist")]
    UnknownEntry {
        /// The code.
        code: String,
    },
}
