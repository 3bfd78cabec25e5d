//! Mutations on terms, statements and payments: each parses, calls the use case and shows what came
//! of it.

use async_graphql::{Context, Object, Result};
use servicedesk_domain::billing::account::Rejection;
use servicedesk_domain::billing::terms::{self as terms_rules, Proposal};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Month as DomainMonth;

use super::accounts::{SupportAccount, account};
use super::codes::{
    CloseStatementErrorCode, DefineSupportTermsErrorCode, RecordPaymentErrorCode,
    ReversePaymentErrorCode,
};
use super::inputs::{
    CloseStatementInput, DefineSupportTermsInput, RecordPaymentInput, ReversePaymentInput,
};
use super::statements::{Statement, statement_of};
use super::terms::SupportTerms;
use crate::graphql::old_mutation::{
    self as mutation, MutationKeys, Outcome, RefusalFacts, UserError,
};
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, Month, parse_id};
use servicedesk_service::access::RequestInfo;
use servicedesk_service::billing::messages;
use servicedesk_service::billing::terms;
use servicedesk_service::billing::use_cases::{self, Entry};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What came of defining terms of support.
pub struct DefineSupportTermsPayload(Outcome<terms_rules::Rejection>);

/// What came of defining terms of support.
#[Object]
impl DefineSupportTermsPayload {
    /// The last version; none where it was refused.
    async fn support_terms(&self, context: &Context<'_>) -> Result<Option<SupportTerms>> {
        if self.0.executed.is_none() {
            return Ok(None);
        }
        let history = terms::history(&data::<Desk>(context)?.log).await?;
        Ok(history.versions.last().copied().map(SupportTerms))
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<UserError<DefineSupportTermsErrorCode>>> {
        use terms_rules::Rejection;
        let language = context.data::<RequestInfo>()?.language;
        let told = |rejection: Rejection| {
            let facts = match rejection {
                Rejection::PriceOutOfRange { max_cents } => RefusalFacts {
                    limit: u64::try_from(max_cents).ok(),
                    ..RefusalFacts::of_field("hourlyPrice")
                },
                Rejection::BadAmount(_) | Rejection::CurrencyFixed => {
                    RefusalFacts::of_field("hourlyPrice")
                }
                Rejection::PackageOutOfRange { max } => RefusalFacts {
                    limit: Some(max.into()),
                    ..RefusalFacts::of_field("packageMinutes")
                },
                Rejection::WarningOutOfRange => RefusalFacts::of_field("warningPercent"),
                Rejection::TimeZoneUnknown => RefusalFacts::of_field("timeZone"),
                Rejection::InForceTooEarly { earliest: until }
                | Rejection::InForceTooFar { latest: until } => {
                    RefusalFacts { until: Some(until), ..RefusalFacts::of_field("inForceFrom") }
                }
            };
            UserError::with(rejection.code(), messages::of_terms(rejection, language), facts)
        };
        Ok(self.0.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.0.position)
    }
}

/// What came of closing a statement.
pub struct CloseStatementPayload {
    outcome: Outcome<Rejection>,
    customer_id: CustomerId,
    month: DomainMonth,
}

/// What came of closing a statement.
#[Object]
impl CloseStatementPayload {
    /// The statement; none where it was refused.
    async fn statement(&self, context: &Context<'_>) -> Result<Option<Statement>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(statement_of(context, self.customer_id, Month(self.month)).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<UserError<CloseStatementErrorCode>>> {
        Ok(user_errors(context, &self.outcome)?)
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// What came of a mutation on payments; `C` is the closed list of its refusals.
pub struct PaymentPayload<C> {
    outcome: Outcome<Rejection>,
    customer_id: CustomerId,
    codes: std::marker::PhantomData<fn() -> C>,
}

/// What came of the mutation.
#[Object(
    concrete(name = "RecordPaymentPayload", params(RecordPaymentErrorCode)),
    concrete(name = "ReversePaymentPayload", params(ReversePaymentErrorCode))
)]
impl<C: async_graphql::OutputType + std::str::FromStr> PaymentPayload<C>
where
    UserError<C>: async_graphql::OutputType,
{
    /// The account with the change in it; none where it was refused.
    async fn support_account(&self, context: &Context<'_>) -> Result<Option<SupportAccount>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(account(context, self.customer_id).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        Ok(user_errors(context, &self.outcome)?)
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

fn user_errors<C: async_graphql::OutputType + std::str::FromStr>(
    context: &Context<'_>,
    outcome: &Outcome<Rejection>,
) -> Result<Vec<UserError<C>>, ApiError> {
    let language = data::<RequestInfo>(context)?.language;
    let told = |rejection: Rejection| {
        let facts = match rejection {
            Rejection::CustomerNotFound => RefusalFacts::of_field("customerId"),
            Rejection::MonthNotOver
            | Rejection::StatementClosed
            | Rejection::EarlierStatementOpen { .. } => RefusalFacts::of_field("month"),
            Rejection::AmountOutOfRange { max_cents } => RefusalFacts {
                limit: u64::try_from(max_cents).ok(),
                ..RefusalFacts::of_field("amount")
            },
            Rejection::BadAmount(_) | Rejection::OtherCurrency { .. } => {
                RefusalFacts::of_field("amount")
            }
            Rejection::DateOutOfRange { .. } => RefusalFacts::of_field("receivedOn"),
            Rejection::BadReference(_) => RefusalFacts::of_field("reference"),
            Rejection::BadReason(_) => RefusalFacts::of_field("reason"),
            Rejection::PaymentNotFound | Rejection::PaymentReversed => {
                RefusalFacts::of_field("paymentId")
            }
            Rejection::WorkNotSettled => RefusalFacts::default(),
        };
        UserError::with(rejection.code(), messages::of_account(rejection, language), facts)
    };
    Ok(outcome.rejection.map(told).transpose()?.into_iter().collect())
}

/// Mutations on terms, statements and payments.
#[derive(Default)]
pub struct BillingMutation;

#[Object]
impl BillingMutation {
    /// Defines the terms of support for work from a moment on. What was worked before is settled by
    /// what held then. For managers.
    async fn define_support_terms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DefineSupportTermsInput,
    ) -> Result<DefineSupportTermsPayload> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let proposal = Proposal {
            hourly_price: input.hourly_price.read(),
            package_minutes: input.package_minutes.into(),
            warning_percent: input.warning_percent.into(),
            needs_agreement: input.needs_agreement,
            time_zone: input.time_zone.parse().ok(),
        };
        let desk = data::<Desk>(context)?;
        let from = input.in_force_from;
        let done = use_cases::define_terms(desk, request, &input, proposal, from).await;
        Ok(DefineSupportTermsPayload(mutation::outcome(desk, done)?))
    }

    /// Makes a customer's statement of a month that is over final; later corrections stand on the
    /// next one. For accounting.
    async fn close_statement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CloseStatementInput,
    ) -> Result<CloseStatementPayload> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let (customer_id, month) = (parse_id(&input.customer_id)?, input.month.0);
        let desk = data::<Desk>(context)?;
        let entry = Entry::CloseStatement { month };
        let done =
            use_cases::enter(desk, request, "closeStatement", &input, customer_id, entry).await;
        Ok(CloseStatementPayload { outcome: mutation::outcome(desk, done)?, customer_id, month })
    }

    /// Records money that a customer paid. For accounting.
    async fn record_payment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RecordPaymentInput,
    ) -> Result<PaymentPayload<RecordPaymentErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let customer_id = parse_id(&input.customer_id)?;
        let desk = data::<Desk>(context)?;
        let entry = Entry::RecordPayment {
            amount: input.amount.read(),
            received_on: input.received_on,
            reference: input.reference.clone(),
        };
        let done =
            use_cases::enter(desk, request, "recordPayment", &input, customer_id, entry).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(PaymentPayload { outcome, customer_id, codes: std::marker::PhantomData })
    }

    /// Takes a payment out of an account that was recorded wrongly or taken back. For accounting.
    async fn reverse_payment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReversePaymentInput,
    ) -> Result<PaymentPayload<ReversePaymentErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let customer_id = parse_id(&input.customer_id)?;
        let desk = data::<Desk>(context)?;
        let payment_id = parse_id(&input.payment_id)?;
        let entry = Entry::ReversePayment { payment_id, reason: input.reason.clone() };
        let done =
            use_cases::enter(desk, request, "reversePayment", &input, customer_id, entry).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(PaymentPayload { outcome, customer_id, codes: std::marker::PhantomData })
    }
}
