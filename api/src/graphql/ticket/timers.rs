//! Timers of agents as GraphQL shows them (B2).

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::staff::{self as domain, StaffMemberId};
use servicedesk_domain::ticket::TimeEntryId;
use servicedesk_service::desk::Desk;
use servicedesk_service::ticket::timers::{self, Stop};

use super::time_entries::{TimeEntry, shown_entry};
use super::types::{Ticket, visible};
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::{self, Outcome, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;
use crate::graphql::staff::StaffMember;

/// A timer that runs while an agent works on a ticket.
pub struct Timer(pub domain::Timer);

/// A timer that runs while an agent works on a ticket.
#[Object]
impl Timer {
    /// The ticket, if the caller may see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        Ok(visible(context, self.0.ticket_id).await?)
    }

    /// When it was started.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// The minutes that would be logged now: rounded, half a minute up, and at least one.
    async fn minutes(&self, context: &Context<'_>) -> Result<i64> {
        Ok(self.0.minutes_at(data::<Desk>(context)?.now()))
    }
}

/// The result of a mutation on the caller's timer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TimerPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

#[ComplexObject]
impl TimerPayload {
    /// The caller, with the timer as it is now. Null on a refusal.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        member_after(context, &self.outcome).await
    }
}

/// The result of stopping a timer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StoppedPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    entry_id: Option<TimeEntryId>,
}

#[ComplexObject]
impl StoppedPayload {
    /// The caller, whose timer has stopped. Null on a refusal.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        // The timer is stopped by this command or by the reaction to its entry.
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        member_after(context, &self.outcome).await
    }

    /// The time entry that the timer became, with what was drawn and charged for it. Null on a
    /// refusal.
    async fn time_entry(&self, context: &Context<'_>) -> Result<Option<TimeEntry>> {
        let (Some(executed), Some(entry_id)) = (self.outcome.executed, self.entry_id) else {
            return Ok(None);
        };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(shown_entry(context, entry_id).await?)
    }
}

async fn member_after(context: &Context<'_>, outcome: &Outcome) -> Result<Option<StaffMember>> {
    let Some(executed) = outcome.executed else { return Ok(None) };
    data::<Desk>(context)?.consistent_with(executed.position).await?;
    let id = StaffMemberId::new(executed.aggregate_id);
    Ok(data::<Loaders>(context)?.staff_member(id).await?.map(StaffMember))
}

/// Starts the caller's timer on a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StartTimerInput {
    /// The ticket.
    ticket_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Stops the caller's timer, and logs the time.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct StopTimerInput {
    /// What was done.
    note: Option<String>,
    /// Why it is a courtesy that is not charged. Leave it out if it is not one.
    courtesy_reason: Option<String>,
    /// When the work ended, if the timer was forgotten. Now by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// Why the caller worked on something else in the same time. Without it, time that overlaps
    /// other time of theirs is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_reason: Option<String>,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Discards the caller's timer.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DiscardTimerInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Mutations on timers.
#[derive(Default)]
pub struct TimerMutation;

#[Object]
impl TimerMutation {
    /// Starts the caller's timer on a ticket. An agent has one timer, and it survives restarts.
    async fn start_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: StartTimerInput,
    ) -> Result<Payload<StartTimerInput, TimerPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let done = timers::start_timer(acting, parse_id(&input.ticket_id)?).await;
        Ok(TimerPayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Stops the caller's timer and logs the time on its ticket, as `logTime` would: in whole
    /// minutes, half a minute up, and at least one. If the ticket refuses it, the timer runs on.
    async fn stop_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: StopTimerInput,
    ) -> Result<Payload<StopTimerInput, StoppedPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let stop = Stop {
            note: input.note,
            courtesy: input.courtesy_reason,
            ended_at: input.ended_at,
            overlap: input.overlap_reason,
        };
        let stopped = timers::stop_timer(acting, stop).await;
        let entry_id = stopped.as_ref().ok().map(|stopped| stopped.entry_id);
        let outcome = Outcome::of(context, stopped.map(|stopped| stopped.executed))?;
        Ok(StoppedPayload { outcome, entry_id }.into())
    }

    /// Discards the caller's timer: nothing is logged.
    async fn discard_timer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DiscardTimerInput,
    ) -> Result<Payload<DiscardTimerInput, TimerPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let done = timers::discard_timer(acting).await;
        Ok(TimerPayload { outcome: Outcome::of(context, done)? }.into())
    }
}
