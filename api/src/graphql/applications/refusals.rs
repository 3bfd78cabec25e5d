//! How refusals about applications, trading accounts and brokers' reports are shown.

use async_graphql::Context;
use servicedesk_domain::kernel::Language;
use servicedesk_domain::licensing::application;
use servicedesk_domain::licensing::trading_account::{self, eligibility};

use super::eligibility::{Amounts, missing};
use crate::graphql::guards;
use crate::graphql::licensing::error::LicensingError;
use crate::graphql::mutation::Refusal;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::messages::{account_message, message};
use servicedesk_service::licensing::applications::reporting::NotAReport;
use servicedesk_service::messages::sentence;

impl Refusal for application::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let error = LicensingError::new(self.code(), message)?;
        Ok(match self {
            Self::Account(rejection) => with_account_facts(error, rejection, context)?,
            Self::ApplicationNotFound => error.of_field("applicationId"),
            Self::DemoAccount => error.of_field("accountKind"),
            Self::ProductMissing | Self::ProductTwice => error.of_field("productIds"),
            Self::TooManyProducts { max } => error.of_field("productIds").with_limit(max),
            Self::StartMissing | Self::StartOutOfRange { .. } => error.of_field("startsOn"),
            Self::MonthsOutOfRange { max } => error.of_field("months").with_limit(max),
            Self::TermOver => error.of_field("months"),
            Self::PurchaseOutOfRange { .. } => error.of_field("purchasedOn"),
            Self::BadSeller(_) => error.of_field("seller"),
            Self::BadReference(_) => error.of_field("reference"),
            Self::BadComment(_) => error.of_field("comment"),
            Self::BadReason(_) => error.of_field("reason"),
            Self::BadSubject(_) => error.of_field("subject"),
            Self::BadText(_) => error.of_field("text"),
            Self::CategoryNotFound => error.of_field("categoryId"),
            Self::AlreadySubmitted
            | Self::TakenByAnother
            | Self::AlreadyTaken
            | Self::ApplicationNotTaken
            | Self::GrantMissing
            | Self::ManagerNeeded
            | Self::ApplicationApproved
            | Self::ApplicationDeclined
            | Self::ApplicationWithdrawn
            | Self::TicketAlreadyOpened => error,
        }
        .into())
    }
}

impl Refusal for trading_account::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = account_message(self, data::<RequestInfo>(context)?.language);
        let error = LicensingError::new(self.code(), message)?;
        Ok(with_account_facts(error, self, context)?.into())
    }
}

fn with_account_facts(
    error: LicensingError,
    rejection: trading_account::Rejection,
    context: &Context<'_>,
) -> Result<LicensingError, ApiError> {
    use trading_account::Rejection;
    Ok(match rejection {
        Rejection::Rule(refusal) => with_rule_facts(error, &refusal, context)?,
        Rejection::BrokerNotFound | Rejection::BrokerNotPartner => error.of_field("brokerId"),
        Rejection::AccountNumberMalformed => error.of_field("accountNumber"),
        Rejection::AccountNotFound => error.of_field("tradingAccountId"),
        Rejection::WorthInSameCurrency => error.of_field("worth"),
        Rejection::EvidenceOutOfRange { latest, .. } => error.with_moment(latest),
        Rejection::TradesOutOfRange { max } => error.of_field("trades").with_limit(max),
        Rejection::EvidenceNotFound | Rejection::EvidenceRetracted => error.of_field("evidenceId"),
        Rejection::BadReason(_) => error.of_field("reason"),
        // The deposit has one name when a customer applies, and another when staff record it.
        Rejection::DepositOutOfRange { .. }
        | Rejection::BadAmount(_)
        | Rejection::PeriodOutOfOrder
        | Rejection::ProductNotFound
        | Rejection::ProductNotFree
        | Rejection::GrantReleased => error,
    })
}

/// A customer does not learn what others hold on an account.
fn with_rule_facts(
    error: LicensingError,
    refusal: &eligibility::Refusal,
    context: &Context<'_>,
) -> Result<LicensingError, ApiError> {
    let amounts = match policy::reading_licenser(guards::caller(context)?) {
        Ok(_) => Amounts::Shown,
        Err(_) => Amounts::Hidden,
    };
    let missing = Some(missing(refusal, amounts));
    Ok(LicensingError { retry_at: refusal.month_passes_at, missing, ..error })
}

impl Refusal for NotAReport {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let language = data::<RequestInfo>(context)?.language;
        let (code, field) = match &self {
            Self::TooLarge => ("TOO_LARGE", "csv"),
            Self::WrongHeading => ("WRONG_HEADING", "csv"),
            Self::Broker(rejection) => (rejection.code(), "brokerId"),
        };
        let message = match (self, language) {
            (Self::Broker(rejection), language) => account_message(rejection, language),
            (problem, Language::En) => sentence(&problem),
            (Self::TooLarge, Language::Ru) => "Отчёт слишком большой.".to_owned(),
            (Self::WrongHeading, Language::Ru) => "Первая строка отчёта должна быть \
                 account,period_from,period_to,trades,deposit,currency[,last_trade]."
                .to_owned(),
        };
        Ok(LicensingError::new(code, message)?.of_field(field).into())
    }
}
