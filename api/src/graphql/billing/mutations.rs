//! Mutations on terms, statements and payments.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use servicedesk_domain::billing::PaymentId;
use servicedesk_domain::billing::account::Rejection;
use servicedesk_domain::billing::terms::{self as terms_rules, Proposal};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Month as DomainMonth;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::billing::accounting::{self, Received};
use servicedesk_service::billing::{defining, messages, terms};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

use super::accounts::{Payment, SupportAccount, account, parse_payment, payment_of};
use super::error::BillingError;
use super::inputs::{
    CloseStatementInput, DefineSupportTermsInput, RecordPaymentInput, ReversePaymentInput,
};
use super::statements::{Statement, statement_of};
use super::terms::SupportTerms;
use crate::graphql::mutation::{self, Outcome, Refusal, input_field, parse_code};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::{Month, parse_id};
use crate::graphql::user_error::UserError;

/// The result of defining terms of support.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TermsPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

#[ComplexObject]
impl TermsPayload {
    /// The latest version. Null on a refusal.
    async fn support_terms(&self, context: &Context<'_>) -> Result<Option<SupportTerms>> {
        if self.outcome.executed.is_none() {
            return Ok(None);
        }
        let history = terms::history(&data::<Desk>(context)?.log).await?;
        Ok(history.versions.last().copied().map(SupportTerms))
    }
}

/// The result of closing a statement.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StatementPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    customer_id: CustomerId,
    #[graphql(skip)]
    month: DomainMonth,
}

#[ComplexObject]
impl StatementPayload {
    /// The statement. Null on a refusal.
    async fn statement(&self, context: &Context<'_>) -> Result<Option<Statement>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(statement_of(context, self.customer_id, Month(self.month)).await?)
    }
}

/// The result of a mutation on a payment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PaymentPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    customer_id: CustomerId,
    #[graphql(skip)]
    payment_id: PaymentId,
}

#[ComplexObject]
impl PaymentPayload {
    /// The payment, as recorded or reversed. Null on a refusal.
    async fn payment(&self, context: &Context<'_>) -> Result<Option<Payment>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(payment_of(context, self.customer_id, self.payment_id).await?)
    }

    /// The account, as changed. Null on a refusal.
    async fn support_account(&self, context: &Context<'_>) -> Result<Option<SupportAccount>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(account(context, self.customer_id).await?)
    }
}

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let field = match self {
            Self::CustomerNotFound => Some("customerId"),
            Self::MonthNotOver | Self::StatementClosed | Self::EarlierStatementOpen { .. } => {
                Some("month")
            }
            Self::BadAmount(_) | Self::AmountOutOfRange { .. } | Self::OtherCurrency { .. } => {
                Some("amount")
            }
            Self::DateOutOfRange { .. } => Some("receivedOn"),
            Self::BadReference(_) => Some("reference"),
            Self::BadReason(_) => Some("reason"),
            Self::PaymentNotFound | Self::PaymentReversed => Some("paymentId"),
            Self::WorkNotSettled => None,
        };
        let limit = match self {
            Self::AmountOutOfRange { max_cents } => u64::try_from(max_cents).ok(),
            _ => None,
        };
        let message = messages::of_account(self, data::<RequestInfo>(context)?.language);
        let (code, field) = (parse_code(self.code())?, field.map(input_field));
        Ok(BillingError { code, message, field, limit, until: None }.into())
    }
}

impl Refusal for terms_rules::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let field = match self {
            Self::BadAmount(_) | Self::PriceOutOfRange { .. } | Self::CurrencyFixed => {
                "hourlyPrice"
            }
            Self::PackageOutOfRange { .. } => "packageMinutes",
            Self::WarningOutOfRange => "warningPercent",
            Self::TimeZoneUnknown => "timeZone",
            Self::InForceTooEarly { .. } | Self::InForceTooFar { .. } => "inForceFrom",
        };
        let limit = match self {
            Self::PriceOutOfRange { max_cents } => u64::try_from(max_cents).ok(),
            Self::PackageOutOfRange { max } => Some(max.into()),
            _ => None,
        };
        let until = match self {
            Self::InForceTooEarly { earliest: until } | Self::InForceTooFar { latest: until } => {
                Some(until)
            }
            _ => None,
        };
        let message = messages::of_terms(self, data::<RequestInfo>(context)?.language);
        let (code, field) = (parse_code(self.code())?, Some(input_field(field)));
        Ok(BillingError { code, message, field, limit, until }.into())
    }
}

/// Mutations on terms, statements and payments.
#[derive(Default)]
pub struct BillingMutation;

#[Object]
impl BillingMutation {
    /// Defines the terms of support for work from a moment on. Earlier work is settled by the
    /// terms that were in force then. For managers.
    async fn define_support_terms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DefineSupportTermsInput,
    ) -> Result<Payload<DefineSupportTermsInput, TermsPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let proposal = Proposal {
            hourly_price: input.hourly_price.read(),
            package_minutes: input.package_minutes.into(),
            warning_percent: input.warning_percent.into(),
            needs_agreement: input.needs_agreement,
            time_zone: input.time_zone.parse().ok(),
        };
        let done = defining::define_support_terms(acting, proposal, input.in_force_from).await;
        Ok(TermsPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Closes a customer's statement of a month that is over. Later corrections are on the next
    /// statement. For accounting.
    async fn close_statement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CloseStatementInput,
    ) -> Result<Payload<CloseStatementInput, StatementPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let (customer_id, month) = (parse_id(&input.customer_id)?, input.month.0);
        let done = accounting::close_statement(acting, customer_id, month).await;
        Ok(StatementPayload { outcome: Outcome::of(context, done)?, customer_id, month }.into())
    }

    /// Records money that a customer paid. For accounting.
    async fn record_payment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RecordPaymentInput,
    ) -> Result<Payload<RecordPaymentInput, PaymentPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let customer_id = parse_id(&input.customer_id)?;
        let received = Received {
            amount: input.amount.read(),
            received_on: input.received_on,
            reference: input.reference,
        };
        let payment_id = accounting::new_payment_id(&acting);
        let done = accounting::record_payment(acting, customer_id, received).await;
        Ok(PaymentPayload { outcome: Outcome::of(context, done)?, customer_id, payment_id }.into())
    }

    /// Reverses a payment that was recorded wrongly or paid back. For accounting.
    async fn reverse_payment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ReversePaymentInput,
    ) -> Result<Payload<ReversePaymentInput, PaymentPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let (customer_id, payment_id) = parse_payment(&input.payment_id)?;
        let done = accounting::reverse_payment(acting, customer_id, payment_id, input.reason).await;
        Ok(PaymentPayload { outcome: Outcome::of(context, done)?, customer_id, payment_id }.into())
    }
}
