//! Mutations on the time worked on a ticket, and on whether it may be charged (B2 to B5).

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::work_codes::{
    AgreeToChargesErrorCode, AllowChargesErrorCode, AskForAgreementErrorCode, CorrectTimeErrorCode,
    LogTimeErrorCode, MarkCourtesyErrorCode,
};
use crate::graphql::old_mutation::MutationKeys;
use crate::graphql::relay::{MoneyInput, parse_id};
use crate::graphql::ticket::inputs::{AboutTicket, keys};
use crate::graphql::ticket::mutations::{begin, payload};
use crate::graphql::ticket::payload::TicketPayload;
use servicedesk_service::error::ApiError;
use servicedesk_service::ticket::charges;
use servicedesk_service::ticket::time::{self, WorkDone};

/// Logs time that the caller worked on a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct LogTimeInput {
    /// The ticket.
    pub ticket_id: ID,
    /// For how many whole minutes.
    pub minutes: i32,
    /// When the work ended; now, where not given.
    pub worked_at: Option<DateTime<Utc>>,
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is charged for it, where it is a courtesy.
    pub courtesy_reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for LogTimeInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Takes a wrong time entry back, and logs what is right in its place.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CorrectTimeInput {
    /// The ticket.
    pub ticket_id: ID,
    /// The wrong entry.
    pub time_entry_id: ID,
    /// Why it is wrong.
    pub reason: String,
    /// What is right; not given where no time was worked at all.
    pub instead: Option<TimeWorkedInput>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for CorrectTimeInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Time that was worked.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TimeWorkedInput {
    /// For how many whole minutes.
    pub minutes: i32,
    /// When the work ended.
    pub worked_at: DateTime<Utc>,
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is charged for it, where it is a courtesy.
    pub courtesy_reason: Option<String>,
}

/// Makes a time entry a courtesy.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct MarkCourtesyInput {
    /// The ticket.
    pub ticket_id: ID,
    /// The entry.
    pub time_entry_id: ID,
    /// Why nothing is charged for it.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for MarkCourtesyInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Asks the customer to agree that work beyond her free time is charged.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AskForAgreementInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AskForAgreementInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Agrees that work beyond the free time is charged.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AgreeToChargesInput {
    /// The ticket.
    pub ticket_id: ID,
    /// The price of an hour that she was shown: with another one in force by now, nothing is
    /// recorded.
    pub hourly_price: Option<MoneyInput>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AgreeToChargesInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Lets work beyond the free time be charged without the customer's agreement.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AllowChargesInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Why; colleagues read it.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AllowChargesInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Mutations on the time worked on a ticket.
#[derive(Default)]
pub struct TicketWorkMutation;

#[Object]
impl TicketWorkMutation {
    /// Logs time that the caller worked on a ticket, in whole minutes. It draws on the customer's
    /// free packages first; beyond them it is charged, if she has agreed.
    async fn log_time(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LogTimeInput,
    ) -> Result<TicketPayload<LogTimeErrorCode>> {
        let (acting, ticket_id) = begin(context, "log_time", &input)?;
        let done = WorkDone {
            minutes: input.minutes.into(),
            worked_at: input.worked_at,
            note: input.note.clone(),
            courtesy: input.courtesy_reason.clone(),
        };
        let done = time::log_time(acting, ticket_id, done).await;
        Ok(payload(context, done)?.with_settlement())
    }

    /// Takes a wrong time entry back, and logs what is right in its place. Agents correct their
    /// own, managers any. What was drawn and charged for the wrong entry is given back.
    async fn correct_time(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CorrectTimeInput,
    ) -> Result<TicketPayload<CorrectTimeErrorCode>> {
        let (acting, ticket_id) = begin(context, "correct_time", &input)?;
        let instead = input.instead.clone().map(|work| WorkDone {
            minutes: work.minutes.into(),
            worked_at: Some(work.worked_at),
            note: work.note,
            courtesy: work.courtesy_reason,
        });
        let (entry_id, reason) = (parse_id(&input.time_entry_id)?, input.reason.clone());
        let done = time::correct_time(acting, ticket_id, entry_id, reason, instead).await;
        Ok(payload(context, done)?.with_settlement())
    }

    /// Makes a time entry a courtesy: nothing is drawn or charged for it. Agents mark their own,
    /// managers any.
    async fn mark_courtesy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: MarkCourtesyInput,
    ) -> Result<TicketPayload<MarkCourtesyErrorCode>> {
        let (acting, ticket_id) = begin(context, "mark_courtesy", &input)?;
        let (entry_id, reason) = (parse_id(&input.time_entry_id)?, input.reason.clone());
        let done = time::mark_courtesy(acting, ticket_id, entry_id, reason).await;
        Ok(payload(context, done)?.with_settlement())
    }

    /// Asks the customer to agree that work on the ticket beyond her free time is charged, at the
    /// price in force.
    async fn ask_for_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AskForAgreementInput,
    ) -> Result<TicketPayload<AskForAgreementErrorCode>> {
        let (acting, ticket_id) = begin(context, "ask_for_agreement", &input)?;
        Ok(payload(context, charges::ask_for_agreement(acting, ticket_id).await)?)
    }

    /// The customer agrees that work on her ticket beyond her free time is charged, at the price
    /// in force. It holds until the price rises.
    async fn agree_to_charges(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AgreeToChargesInput,
    ) -> Result<TicketPayload<AgreeToChargesErrorCode>> {
        let unreadable = || ApiError::BadUserInput("hourlyPrice is no amount of money".to_owned());
        let read = |price: &MoneyInput| price.read().ok_or_else(unreadable);
        let shown_price = input.hourly_price.as_ref().map(read).transpose()?;
        let (acting, ticket_id) = begin(context, "agree_to_charges", &input)?;
        Ok(payload(context, charges::agree_to_charges(acting, ticket_id, shown_price).await)?)
    }

    /// A manager lets work on the ticket beyond the customer's free time be charged without her
    /// agreement.
    async fn allow_charges(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AllowChargesInput,
    ) -> Result<TicketPayload<AllowChargesErrorCode>> {
        let (acting, ticket_id) = begin(context, "allow_charges", &input)?;
        let done = charges::allow_charges(acting, ticket_id, input.reason.clone()).await;
        Ok(payload(context, done)?)
    }
}
