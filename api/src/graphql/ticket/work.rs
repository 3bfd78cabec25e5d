//! Mutations on the time worked on a ticket, and on whether it may be charged (B2 to B5).

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::ticket::{Rejection, TicketId, TimeEntryId};
use servicedesk_eventlog::Executed;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::Failure;
use servicedesk_service::ticket::charges;
use servicedesk_service::ticket::time::{self, WorkDone};

use super::inputs::OnTicket;
use super::payload::TicketPayload;
use super::time_entries::{TimeEntry, shown_entry};
use super::types::{Ticket, visible};
use crate::graphql::mutation::Outcome;
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::{MoneyInput, parse_id};

/// Logs time that the caller worked on a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct LogTimeInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
    /// Whole minutes worked.
    minutes: i32,
    /// When the work ended. Now by default.
    worked_at: Option<DateTime<Utc>>,
    /// What was done.
    note: Option<String>,
    /// Why it is a courtesy that is not charged. Leave it out if it is not one.
    courtesy_reason: Option<String>,
    /// Why the caller worked on something else in the same time. Without it, time that overlaps
    /// other time of theirs is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_reason: Option<String>,
}

/// Takes a wrong time entry back, and logs the right one in its place.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CorrectTimeInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
    /// The wrong entry.
    time_entry_id: ID,
    /// Why it is wrong.
    reason: String,
    /// What is right. Leave it out if no time was worked at all.
    instead: Option<TimeWorkedInput>,
}

/// Time that was worked.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TimeWorkedInput {
    /// Whole minutes worked.
    minutes: i32,
    /// When the work ended.
    worked_at: DateTime<Utc>,
    /// What was done.
    note: Option<String>,
    /// Why it is a courtesy that is not charged. Leave it out if it is not one.
    courtesy_reason: Option<String>,
    /// Why the agent worked on something else in the same time. Without it, time that overlaps
    /// other time of theirs is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_reason: Option<String>,
}

/// Makes a time entry a courtesy.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct MarkCourtesyInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
    /// The entry.
    time_entry_id: ID,
    /// Why it is not charged.
    reason: String,
}

/// Asks the customer to agree to charges for work beyond their free time.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AskForAgreementInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
}

/// Agrees to charges for work beyond the free time.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AgreeToChargesInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
    /// The hourly price that the customer was shown. If another one is in force by now, nothing is
    /// recorded.
    hourly_price: Option<MoneyInput>,
}

/// Allows charges for work beyond the free time without the customer's agreement.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AllowChargesInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    ticket: OnTicket,
    /// The reason. Colleagues can read it.
    reason: String,
}

/// The result of a mutation on the time worked on a ticket.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TimePayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    entry_id: Option<TimeEntryId>,
}

impl TimePayload {
    fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<Rejection>>,
        entry_id: Option<TimeEntryId>,
    ) -> Result<Payload<I, Self>> {
        Ok(Self { outcome: Outcome::of(context, done)?, entry_id }.into())
    }
}

#[ComplexObject]
impl TimePayload {
    /// The ticket, as changed and charged. Null on a refusal.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, TicketId::new(executed.aggregate_id)).await?)
    }

    /// The time entry that was logged or marked, with what was drawn and charged for it. Null on a
    /// refusal, and if an entry was only taken back.
    async fn time_entry(&self, context: &Context<'_>) -> Result<Option<TimeEntry>> {
        let (Some(executed), Some(entry_id)) = (self.outcome.executed, self.entry_id) else {
            return Ok(None);
        };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(shown_entry(context, entry_id).await?)
    }
}

/// Mutations on the time worked on a ticket.
#[derive(Default)]
pub struct TicketWorkMutation;

#[Object]
impl TicketWorkMutation {
    /// Logs time that the caller worked on a ticket, in whole minutes. It draws on the customer's
    /// free packages first. What exceeds them is charged, if the customer has agreed. Work that
    /// crosses the end of a licence or of a month is split there. Work that ended before the ticket
    /// was closed can be logged after it.
    async fn log_time(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: LogTimeInput,
    ) -> Result<Payload<LogTimeInput, TimePayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let work = WorkDone {
            minutes: input.minutes.into(),
            worked_at: input.worked_at,
            note: input.note,
            courtesy: input.courtesy_reason,
            overlap: input.overlap_reason,
        };
        let entry_id = time::new_entry_id(&acting);
        TimePayload::of(context, time::log_time(acting, id, work).await, Some(entry_id))
    }

    /// Takes a wrong time entry back, and logs the right one in its place. Agents correct their
    /// own, managers any. What was drawn and charged for the wrong entry is given back.
    async fn correct_time(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CorrectTimeInput,
    ) -> Result<Payload<CorrectTimeInput, TimePayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let wrong = parse_id(&input.time_entry_id)?;
        let instead = input.instead.map(|work| WorkDone {
            minutes: work.minutes.into(),
            worked_at: Some(work.worked_at),
            note: work.note,
            courtesy: work.courtesy_reason,
            overlap: work.overlap_reason,
        });
        let entry_id = instead.as_ref().map(|_| time::new_entry_id(&acting));
        let done = time::correct_time(acting, id, wrong, input.reason, instead).await;
        TimePayload::of(context, done, entry_id)
    }

    /// Makes a time entry a courtesy: nothing is drawn or charged for it. Agents mark their own,
    /// managers any.
    async fn mark_courtesy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: MarkCourtesyInput,
    ) -> Result<Payload<MarkCourtesyInput, TimePayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let entry_id = parse_id(&input.time_entry_id)?;
        let done = time::mark_courtesy(acting, id, entry_id, input.reason).await;
        TimePayload::of(context, done, Some(entry_id))
    }

    /// Asks the customer to agree to charges for work on the ticket beyond their free time, at the
    /// price in force.
    async fn ask_for_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AskForAgreementInput,
    ) -> Result<Payload<AskForAgreementInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, charges::ask_for_agreement(acting, id).await)
    }

    /// The customer agrees to charges for work on their ticket beyond their free time, at the
    /// price in force. The agreement holds until the price rises.
    async fn agree_to_charges(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AgreeToChargesInput,
    ) -> Result<Payload<AgreeToChargesInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let shown_price = input.hourly_price.as_ref().map(MoneyInput::read);
        TicketPayload::of(context, charges::agree_to_charges(acting, id, shown_price).await)
    }

    /// A manager allows charges for work on the ticket beyond the customer's free time without the
    /// customer's agreement.
    async fn allow_charges(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AllowChargesInput,
    ) -> Result<Payload<AllowChargesInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, charges::allow_charges(acting, id, input.reason).await)
    }
}
