//! Why changes of the desk's settings are refused: one closed list of codes, and which mutation gives
//! which.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::catalogue::Rejection;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::catalogue::messages;
use servicedesk_service::error::{ApiError, Failure};
use strum::{EnumString, IntoStaticStr};

use crate::graphql::mutation::{Refusal, input_field, parse_code};
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// An expected refusal of a change of the desk's settings.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettingsError {
    /// The fact that forbids it.
    pub code: SettingsErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
}

/// Why a change of the desk's settings is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum SettingsErrorCode {
    /// The short name is not 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    BadCode,
    /// The title is empty in one of the languages, or longer than 200 characters.
    BadTitle,
    /// A department does not exist or is no longer in use.
    DepartmentNotFound,
    /// A category routes to no department.
    RoutesNowhere,
    /// A category names a department twice.
    DepartmentTwice,
    /// A category still routes to the department.
    DepartmentInUse,
    /// A minimum deposit is negative.
    NegativeDeposit,
    /// The minimum deposit is given twice in one currency.
    DepositTwice,
    /// A limit is nothing or beyond reason.
    BadLimits,
    /// A period is nothing or beyond reason.
    BadPeriods,
    /// The entry does not exist or is retired already.
    EntryNotFound,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[SettingsErrorCode])] = {
    use SettingsErrorCode as Code;
    &[
        ("defineDepartment", &[Code::BadCode, Code::BadTitle]),
        (
            "defineCategory",
            &[
                Code::BadCode,
                Code::BadTitle,
                Code::DepartmentNotFound,
                Code::RoutesNowhere,
                Code::DepartmentTwice,
            ],
        ),
        (
            "defineProduct",
            &[Code::BadCode, Code::BadTitle, Code::NegativeDeposit, Code::DepositTwice],
        ),
        ("defineBroker", &[Code::BadCode, Code::BadTitle]),
        ("retireCatalogueEntry", &[Code::EntryNotFound, Code::DepartmentInUse]),
        ("changeTicketPolicy", &[Code::BadLimits]),
        ("changeLicensingPolicy", &[Code::BadLimits, Code::BadPeriods]),
    ]
};

/// A refusal about the catalogue, told as one of a change of settings.
pub struct SettingsRefusal(Rejection);

impl SettingsRefusal {
    /// The same outcome, whose refusal is told so.
    pub fn of(failure: Failure<Rejection>) -> Failure<Self> {
        match failure {
            Failure::Rejected(rejection) => Failure::Rejected(Self(rejection)),
            Failure::Request(error) => Failure::Request(error),
        }
    }
}

impl Refusal for SettingsRefusal {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = messages::message(&self.0, data::<RequestInfo>(context)?.language);
        let (code, field) = messages::code(&self.0);
        let (code, field) = (parse_code(code)?, field.map(input_field));
        Ok(SettingsError { code, message, field }.into())
    }
}
