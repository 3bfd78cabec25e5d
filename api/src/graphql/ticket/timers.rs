//! Timers of agents as GraphQL shows them (B2).

use std::marker::PhantomData;
use std::str::FromStr;

use async_graphql::{Context, Enum, ID, InputObject, Object, OutputType, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::staff::{self as domain, Rejection, StaffMemberId};
use servicedesk_domain::ticket::{self, TimeEntryId};
use strum::EnumString;
use uuid::Uuid;

use crate::graphql::loaders::Loaders;
use crate::graphql::old_mutation::{
    self as mutation, MutationKeys, Outcome, RefusalFacts, UserError,
};
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, parse_id};
use crate::graphql::staff::StaffMember;
use crate::graphql::ticket::time_entries::{TimeEntry, shown_entry};
use crate::graphql::ticket::types::{Ticket, visible};
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::acting::Acting;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::staff::messages::message;
use servicedesk_service::ticket::timers::{self, Stop};

/// A timer that runs while an agent works on a ticket.
pub struct Timer(pub domain::Timer);

/// A timer that runs while an agent works on a ticket.
#[Object]
impl Timer {
    /// On which ticket, if the caller may see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        Ok(visible(context, self.0.ticket_id).await?)
    }

    /// Since when.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// How many minutes would be logged now: rounded, half a minute up, and never less than one.
    async fn minutes(&self, context: &Context<'_>) -> Result<i64> {
        Ok(self.0.minutes_at(context.data::<Desk>()?.now()))
    }
}

/// Why a timer is not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum StartTimerErrorCode {
    /// There is no such ticket, or the caller may not know of it.
    TicketNotFound,
    /// The caller is in none of the ticket's departments and has not joined it.
    NotInDepartment,
    /// The ticket is closed.
    TicketClosed,
    /// A timer of the caller's runs already.
    TimerRunning,
}

/// Why a timer is not stopped, and runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum StopTimerErrorCode {
    /// No timer of the caller's runs.
    TimerNotRunning,
    /// The caller may no longer work on the ticket.
    NotInDepartment,
    /// The ticket was closed meanwhile.
    TicketClosed,
    /// The timer has run for more minutes than `limit`, so somebody forgot it. Discard it, and log
    /// what was worked.
    TimeTooLong,
    /// The work exceeds the customer's free time, and she has not agreed to pay for it. `limit` is
    /// the free minutes left.
    ChargesNotAgreed,
    /// A text is empty.
    TextEmpty,
    /// A text has more characters than `limit`.
    TextTooLong,
    /// A text holds control characters.
    TextUnprintable,
}

/// Why a timer is not discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DiscardTimerErrorCode {
    /// No timer of the caller's runs.
    TimerNotRunning,
}

/// What came of a mutation on the caller's timer; `C` is the closed list of its refusals.
pub struct TimerPayload<C> {
    outcome: Outcome<Rejection>,
    member: StaffMemberId,
    codes: PhantomData<fn() -> C>,
}

/// What came of the mutation.
#[Object(
    concrete(name = "StartTimerPayload", params(StartTimerErrorCode)),
    concrete(name = "DiscardTimerPayload", params(DiscardTimerErrorCode))
)]
impl<C: OutputType + FromStr> TimerPayload<C>
where
    UserError<C>: OutputType,
{
    /// The caller, with the timer as it is now; none where it was refused.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        Ok(member_after(context, &self.outcome, self.member).await?)
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

/// What came of stopping a timer.
pub struct StopTimerPayload {
    outcome: Outcome<Rejection>,
    member: StaffMemberId,
    entry_id: Option<TimeEntryId>,
}

/// What came of stopping a timer.
#[Object]
impl StopTimerPayload {
    /// The caller, whose timer is done; none where it was refused.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        Ok(member_after(context, &self.outcome, self.member).await?)
    }

    /// The time entry that the timer became, with what was drawn and charged for it; none where it
    /// was refused.
    async fn time_entry(&self, context: &Context<'_>) -> Result<Option<TimeEntry>> {
        let Some(entry_id) = self.entry_id else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(self.outcome.position).await?;
        Ok(shown_entry(context, entry_id).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<UserError<StopTimerErrorCode>>> {
        Ok(user_errors(context, &self.outcome)?)
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

async fn member_after(
    context: &Context<'_>,
    outcome: &Outcome<Rejection>,
    member: StaffMemberId,
) -> Result<Option<StaffMember>, ApiError> {
    let Some(executed) = outcome.executed else { return Ok(None) };
    data::<Desk>(context)?.consistent_with(executed.position).await?;
    Ok(data::<Loaders>(context)?.staff_member(member).await?.map(StaffMember))
}

fn user_errors<C: OutputType + FromStr>(
    context: &Context<'_>,
    outcome: &Outcome<Rejection>,
) -> Result<Vec<UserError<C>>, ApiError> {
    let language = data::<RequestInfo>(context)?.language;
    let told = |rejection: Rejection| {
        UserError::with(rejection.code(), message(rejection, language), facts(rejection))
    };
    Ok(outcome.rejection.map(told).transpose()?.into_iter().collect())
}

fn facts(rejection: Rejection) -> RefusalFacts {
    use ticket::Rejection as OfTicket;
    use ticket::rejection::TextField;
    let Rejection::Work(rejection) = rejection else { return RefusalFacts::default() };
    let field = match rejection {
        OfTicket::TicketNotFound => Some("ticketId"),
        OfTicket::TextEmpty(field)
        | OfTicket::TextTooLong { field, .. }
        | OfTicket::TextUnprintable(field) => match field {
            TextField::CourtesyReason => Some("courtesyReason"),
            other => Some(other.into()),
        },
        _ => None,
    };
    let limit = match rejection {
        OfTicket::TextTooLong { max, .. } => u64::try_from(max).ok(),
        OfTicket::TimeTooLong { max } => Some(max.into()),
        OfTicket::ChargesNotAgreed { free_minutes_left } => Some(free_minutes_left.into()),
        _ => None,
    };
    RefusalFacts { field, limit, ..RefusalFacts::default() }
}

/// Starts the caller's timer on a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StartTimerInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Stops the caller's timer, and logs the time.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StopTimerInput {
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is charged for it, where it is a courtesy.
    pub courtesy_reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Discards the caller's timer.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DiscardTimerInput {
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on timers.
#[derive(Default)]
pub struct TimerMutation;

#[Object]
impl TimerMutation {
    /// Begins to take the time that the caller works on a ticket. An agent has one timer; it runs
    /// on whatever is restarted.
    async fn start_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: StartTimerInput,
    ) -> Result<TimerPayload<StartTimerErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let member = policy::acting_staff(request.caller)?.staff_member_id;
        let ticket_id = parse_id(&input.ticket_id)?;
        let desk = data::<Desk>(context)?;
        let acting = Acting::new(desk, request, "startTimer", &input)?;
        let done = timers::start_timer(acting, ticket_id).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(TimerPayload { outcome, member, codes: PhantomData })
    }

    /// Stops the caller's timer and logs the time on its ticket, as `logTime` would: in whole
    /// minutes, half a minute up, and never less than one. Where the ticket refuses it, the timer
    /// runs on.
    async fn stop_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: StopTimerInput,
    ) -> Result<StopTimerPayload> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let member = policy::acting_staff(request.caller)?.staff_member_id;
        let desk = data::<Desk>(context)?;
        let said = Stop { note: input.note.clone(), courtesy: input.courtesy_reason.clone() };
        let acting = Acting::new(desk, request, "stopTimer", &input)?;
        let stopped = timers::stop_timer(acting, said).await;
        let entry_id = stopped.as_ref().ok().map(|stopped| stopped.entry_id);
        let outcome = mutation::outcome(desk, stopped.map(|stopped| stopped.executed))?;
        Ok(StopTimerPayload { outcome, member, entry_id })
    }

    /// Discards the caller's timer: nothing is logged.
    async fn discard_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DiscardTimerInput,
    ) -> Result<TimerPayload<DiscardTimerErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let member = policy::acting_staff(request.caller)?.staff_member_id;
        let desk = data::<Desk>(context)?;
        let acting = Acting::new(desk, request, "discardTimer", &input)?;
        let done = timers::discard_timer(acting).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(TimerPayload { outcome, member, codes: PhantomData })
    }
}
