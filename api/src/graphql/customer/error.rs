//! Why mutations on customers are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::customer::Rejection;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::customer::messages::message;
use servicedesk_service::error::ApiError;
use strum::{EnumString, IntoStaticStr};

use crate::graphql::mutation::{Refusal, input_field, parse_code};
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// An expected refusal of a mutation on customers.
#[derive(Debug, Clone, SimpleObject)]
pub struct CustomerError {
    /// The fact that forbids it.
    pub code: CustomerErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
}

/// Why a mutation on customers is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomerErrorCode {
    /// The customer does not exist.
    CustomerNotFound,
    /// The customer was erased before.
    AlreadyErased,
    /// The confirmation is not the customer's name.
    ConfirmationWrong,
    /// The customer owes something, on a closed statement or the running one.
    ChargesUnpaid,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[CustomerErrorCode])] = {
    use CustomerErrorCode as Code;
    &[(
        "eraseCustomer",
        &[
            Code::CustomerNotFound,
            Code::AlreadyErased,
            Code::ConfirmationWrong,
            Code::ChargesUnpaid,
        ],
    )]
};

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let field = match self {
            Self::ConfirmationWrong => Some("confirmation"),
            Self::CustomerNotFound | Self::AlreadyErased => Some("customerId"),
            Self::AlreadyRegistered | Self::BadName(_) | Self::ChargesUnpaid { .. } => None,
        };
        let (code, field) = (parse_code(self.code())?, field.map(input_field));
        Ok(CustomerError { code, message, field }.into())
    }
}
