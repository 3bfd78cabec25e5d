//! A ticket's timeline: one entry per event, with what its kind has to say.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::sla::events::LineCrossed;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::events::{AssignmentBasis, ClosingBasis};
use servicedesk_domain::ticket::{MessageId, TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::ticket::time_entries;
use servicedesk_projections::ticket::timeline;

use super::types::{TicketOutcome, TicketPriority, visible};
use crate::graphql::actor::{Actor, shown_actor};
use crate::graphql::catalogue::{Department, departments};
use crate::graphql::file::{self, File};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::node::names;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, Money, PageArgs, PageRequest, part_id};
use crate::graphql::sla::kinds::TargetKind;
use crate::graphql::staff::StaffMember;
use crate::graphql::ticket::time_entries::{TimeEntry, shown_entry};
use servicedesk_service::access::{Identity, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TimelineKind {
    /// It was opened; `text` is the request.
    Opened,
    /// `staffMember` was made responsible.
    Assigned,
    /// `staffMember` took it.
    Accepted,
    /// It went to another of `departments`.
    Transferred,
    /// `staffMember`, who was responsible, no longer works tickets, so it waits in the queue again.
    ReturnedToQueue,
    /// `staffMember` joined.
    CollaboratorJoined,
    /// `staffMember` left.
    CollaboratorLeft,
    /// A public message; `text` is what it says.
    ReplyAdded,
    /// An internal message; `text` is what it says. Customers do not see it.
    NoteAdded,
    /// `staffMember` worked on it for `minutes`; `text` is what was done.
    TimeLogged,
    /// The `timeEntry` was wrong and no longer counts; `text` is why.
    TimeReversed,
    /// The `timeEntry` became a courtesy; `text` is why. Customers do not see it.
    TimeMarkedCourtesy,
    /// The customer was asked to agree to be charged at `hourlyPrice` beyond their free time.
    AgreementAsked,
    /// The customer agreed to be charged at `hourlyPrice` beyond their free time.
    ChargesAgreed,
    /// A manager let work beyond their free time be charged; `text` is why.
    ChargesAllowed,
    /// It was judged to be of `priority`.
    PriorityAssessed,
    /// It was promised to be solved by `promisedFor`.
    ResolutionPromised,
    /// It waits on the customer.
    WaitingStarted,
    /// It no longer waits on the customer.
    WaitingEnded,
    /// The entry before answers a resolution; such entries are not listed.
    AnsweredAfterResolution,
    /// `staffMember` looked at what the customer answered after the resolution. For staff.
    AnswerSeen,
    /// It was solved; `text` is what was done, `outcome` how it ended.
    Resolved,
    /// It is over.
    Closed,
    /// It came back; `text` is why.
    Reopened,
    /// Its clocks moved on with the entry before; such entries are not listed.
    ClockMoved,
    /// `target` of its service level became at risk. For staff.
    TargetAtRisk,
    /// `target` of its service level was breached. For staff.
    TargetBreached,
    /// `staffMember` had its service level measured again; `text` is why. For staff.
    Remeasured,
}

/// One thing that happened to a ticket.
pub struct TimelineEntry {
    /// The event.
    pub recorded: Recorded,
}

impl From<Recorded> for TimelineEntry {
    fn from(recorded: Recorded) -> Self {
        Self { recorded }
    }
}

/// One thing that happened to a ticket.
#[Object]
impl TimelineEntry {
    /// An id of the entry, the same for ever.
    pub async fn id(&self) -> ID {
        part_id(names::TIMELINE_ENTRY, self.recorded.aggregate_id, self.recorded.sequence)
    }

    /// What happened.
    async fn kind(&self) -> Result<TimelineKind> {
        Ok(kind(self.event()?))
    }

    /// The ticket's version with this entry.
    async fn version(&self) -> i64 {
        self.recorded.sequence
    }

    /// The position of the event in the log.
    async fn position(&self) -> EventPosition {
        EventPosition(self.recorded.position)
    }

    /// When it happened; for a line of a target, when it was crossed, however late that was noticed.
    async fn occurred_at(&self) -> Result<DateTime<Utc>> {
        let line = crossed(self.event()?);
        Ok(line.map_or(self.recorded.metadata.occurred_at, |line| line.at))
    }

    /// Which target became at risk or was breached.
    async fn target(&self) -> Result<Option<TargetKind>> {
        Ok(crossed(self.event()?).map(|line| line.target.into()))
    }

    /// When it was recorded; later than it happened for imported history.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded.metadata.recorded_at
    }

    /// Who did it.
    async fn actor(&self, context: &Context<'_>) -> Result<Actor> {
        let by_policy = matches!(
            self.event()?,
            TicketEvent::Assigned { basis: AssignmentBasis::Policy, .. }
                | TicketEvent::Closed { basis: ClosingBasis::Expiry, .. }
        );
        if by_policy {
            return Ok(Actor::system());
        }
        Ok(shown_actor(context, self.recorded.metadata.actor).await?)
    }

    /// The member of staff whom the entry is about.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(id) = subject(self.event()?) else { return Ok(None) };
        Ok(context.data::<Loaders>()?.staff_member(id).await?.map(StaffMember))
    }

    /// What was written: the request, a message, what was done, or why. Why staff handed a ticket
    /// on, and what stands beside logged time, is not shown to customers.
    async fn text(&self, context: &Context<'_>) -> Result<Option<String>> {
        let event = self.event()?;
        let is_internal = matches!(
            event,
            TicketEvent::Assigned { .. }
                | TicketEvent::Transferred { .. }
                | TicketEvent::TimeLogged { .. }
                | TicketEvent::TimeReversed { .. }
                | TicketEvent::ChargesAllowed { .. }
        );
        let is_customer = matches!(guards::caller(context)?.identity, Identity::Customer(_));
        if is_internal && is_customer {
            return Ok(None);
        }
        Ok(written(event).map(|text| text.shown().to_owned()))
    }

    /// The files that came with the request or the message.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn files(&self, context: &Context<'_>) -> Result<Vec<File>> {
        Ok(file::of_message(context, self.event()?.file_ids()).await?)
    }

    /// How urgent the ticket was judged to be.
    async fn priority(&self) -> Result<Option<TicketPriority>> {
        Ok(match self.event()? {
            TicketEvent::PriorityAssessed { priority, .. }
            | TicketEvent::Opened { priority, .. } => Some((*priority).into()),
            _ => None,
        })
    }

    /// For how many minutes the ticket was worked on. A customer sees those that are drawn from
    /// their packages or charged.
    async fn minutes(&self, context: &Context<'_>) -> Result<Option<u32>> {
        let TicketEvent::TimeLogged { minutes, entry_id, .. } = self.event()? else {
            return Ok(None);
        };
        match policy::time_reader(guards::caller(context)?) {
            time_entries::Reader::Staff => Ok(Some(*minutes)),
            time_entries::Reader::Customer => {
                let row = context.data::<Loaders>()?.time_entry(*entry_id).await?;
                Ok(row.map(|row| row.minutes_for_customer()))
            }
        }
    }

    /// The time entry that was logged, taken back or made a courtesy, with what was drawn and
    /// charged for it.
    async fn time_entry(&self, context: &Context<'_>) -> Result<Option<TimeEntry>> {
        let Some(id) = time_entry_of(self.event()?) else { return Ok(None) };
        Ok(shown_entry(context, id).await?)
    }

    /// What an hour costs that the customer was asked to agree to, or agreed to.
    async fn hourly_price(&self) -> Result<Option<Money>> {
        Ok(match self.event()? {
            TicketEvent::AgreementAsked { hourly_price, .. }
            | TicketEvent::ChargesAgreed { hourly_price, .. } => Some((*hourly_price).into()),
            _ => None,
        })
    }

    /// By when the ticket was promised to be solved.
    async fn promised_for(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(match self.event()? {
            TicketEvent::ResolutionPromised { promised_for, .. } => Some(*promised_for),
            _ => None,
        })
    }

    /// How the ticket ended.
    async fn outcome(&self) -> Result<Option<TicketOutcome>> {
        Ok(match self.event()? {
            TicketEvent::Resolved { outcome, .. } => Some((*outcome).into()),
            _ => None,
        })
    }

    /// Where the ticket went: at its opening, or when it was sent on.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        let ids: Vec<DepartmentId> = match self.event()? {
            TicketEvent::Opened { department_ids, .. } => department_ids.clone(),
            TicketEvent::Transferred { to_department_id, .. } => vec![*to_department_id],
            _ => Vec::new(),
        };
        departments(context, &ids).await
    }
}

impl TimelineEntry {
    fn event(&self) -> Result<&TicketEvent, ApiError> {
        let not_a_ticket = || ApiError::internal(&"an event of a timeline is not a ticket's");
        self.recorded.event.as_ticket().ok_or_else(not_a_ticket)
    }
}

/// The entry's kind.
pub fn kind(event: &TicketEvent) -> TimelineKind {
    match event {
        TicketEvent::Opened { .. } => TimelineKind::Opened,
        TicketEvent::Assigned { .. } => TimelineKind::Assigned,
        TicketEvent::Accepted { .. } => TimelineKind::Accepted,
        TicketEvent::Transferred { .. } => TimelineKind::Transferred,
        TicketEvent::CollaboratorJoined { .. } => TimelineKind::CollaboratorJoined,
        TicketEvent::ReturnedToQueue { .. } => TimelineKind::ReturnedToQueue,
        TicketEvent::CollaboratorLeft { .. } => TimelineKind::CollaboratorLeft,
        TicketEvent::ReplyAdded { .. } => TimelineKind::ReplyAdded,
        TicketEvent::NoteAdded { .. } => TimelineKind::NoteAdded,
        TicketEvent::TimeLogged { .. } => TimelineKind::TimeLogged,
        TicketEvent::TimeReversed { .. } => TimelineKind::TimeReversed,
        TicketEvent::TimeMarkedCourtesy { .. } => TimelineKind::TimeMarkedCourtesy,
        TicketEvent::AgreementAsked { .. } => TimelineKind::AgreementAsked,
        TicketEvent::ChargesAgreed { .. } => TimelineKind::ChargesAgreed,
        TicketEvent::ChargesAllowed { .. } => TimelineKind::ChargesAllowed,
        TicketEvent::PriorityAssessed { .. } => TimelineKind::PriorityAssessed,
        TicketEvent::ResolutionPromised { .. } => TimelineKind::ResolutionPromised,
        TicketEvent::WaitingStarted { .. } => TimelineKind::WaitingStarted,
        TicketEvent::WaitingEnded => TimelineKind::WaitingEnded,
        TicketEvent::AnsweredAfterResolution => TimelineKind::AnsweredAfterResolution,
        TicketEvent::AnswerSeen { .. } => TimelineKind::AnswerSeen,
        TicketEvent::Resolved { .. } => TimelineKind::Resolved,
        TicketEvent::Closed { .. } => TimelineKind::Closed,
        TicketEvent::Reopened { .. } => TimelineKind::Reopened,
        TicketEvent::ClockStarted(_)
        | TicketEvent::ClockPaused(_)
        | TicketEvent::ClockResumed(_)
        | TicketEvent::TargetEnded(_) => TimelineKind::ClockMoved,
        TicketEvent::TargetAtRisk(_) => TimelineKind::TargetAtRisk,
        TicketEvent::TargetBreached(_) => TimelineKind::TargetBreached,
        TicketEvent::Remeasured(_) => TimelineKind::Remeasured,
    }
}

fn subject(event: &TicketEvent) -> Option<StaffMemberId> {
    match event {
        TicketEvent::Assigned { assignee_id: id, .. }
        | TicketEvent::Accepted { staff_member_id: id }
        | TicketEvent::CollaboratorJoined { staff_member_id: id }
        | TicketEvent::ReturnedToQueue { staff_member_id: id }
        | TicketEvent::CollaboratorLeft { staff_member_id: id }
        | TicketEvent::NoteAdded { staff_member_id: id, .. }
        | TicketEvent::TimeLogged { staff_member_id: id, .. }
        | TicketEvent::TimeReversed { staff_member_id: id, .. }
        | TicketEvent::TimeMarkedCourtesy { staff_member_id: id, .. }
        | TicketEvent::AgreementAsked { staff_member_id: id, .. }
        | TicketEvent::ChargesAllowed { staff_member_id: id, .. }
        | TicketEvent::PriorityAssessed { staff_member_id: id, .. }
        | TicketEvent::ResolutionPromised { staff_member_id: id, .. }
        | TicketEvent::WaitingStarted { staff_member_id: id }
        | TicketEvent::AnswerSeen { staff_member_id: id }
        | TicketEvent::Resolved { staff_member_id: id, .. } => Some(*id),
        TicketEvent::Remeasured(remeasured) => Some(remeasured.staff_member_id),
        _ => None,
    }
}

const fn time_entry_of(event: &TicketEvent) -> Option<TimeEntryId> {
    match event {
        TicketEvent::TimeLogged { entry_id, .. }
        | TicketEvent::TimeReversed { entry_id, .. }
        | TicketEvent::TimeMarkedCourtesy { entry_id, .. } => Some(*entry_id),
        _ => None,
    }
}

const fn crossed(event: &TicketEvent) -> Option<&LineCrossed> {
    match event {
        TicketEvent::TargetAtRisk(line) | TicketEvent::TargetBreached(line) => Some(line),
        _ => None,
    }
}

fn written(event: &TicketEvent) -> Option<&Personal<String>> {
    match event {
        TicketEvent::Opened { text, .. }
        | TicketEvent::ReplyAdded { text, .. }
        | TicketEvent::NoteAdded { text, .. }
        | TicketEvent::TimeReversed { reason: text, .. }
        | TicketEvent::TimeMarkedCourtesy { reason: text, .. }
        | TicketEvent::ChargesAllowed { reason: text, .. } => Some(text),
        TicketEvent::Remeasured(remeasured) => Some(&remeasured.reason),
        TicketEvent::Assigned { reason: text, .. }
        | TicketEvent::Transferred { reason: text, .. }
        | TicketEvent::Resolved { summary: text, .. }
        | TicketEvent::Reopened { reason: text }
        | TicketEvent::TimeLogged { note: text, .. } => text.as_ref(),
        _ => None,
    }
}

/// How many entries the caller may see.
pub struct TimelineTotal {
    ticket_id: TicketId,
}

/// How many entries the caller may see.
#[Object]
impl TimelineTotal {
    /// How many entries there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let reader = policy::timeline_reader(guards::caller(context)?);
        let desk = context.data::<Desk>()?;
        let count = timeline::count(desk.log.db(), self.ticket_id, reader).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// A ticket's timeline as a list.
pub type Timeline = Connection<String, TimelineEntry, TimelineTotal>;

/// One page of a ticket's timeline, as the caller may see it.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` if it cannot be read.
pub async fn page(
    context: &Context<'_>,
    ticket_id: TicketId,
    args: &PageArgs,
) -> Result<Timeline, ApiError> {
    let request: PageRequest<i64> = args.read()?;
    let (bounds, limit) = match &request {
        PageRequest::Forward { after, .. } => ((after.unwrap_or(0), i64::MAX), request.limit()),
        PageRequest::Backward { before, .. } => ((0, before.unwrap_or(i64::MAX)), -request.limit()),
    };
    let rows = rows(context, ticket_id, bounds, limit).await?;
    let total = TimelineTotal { ticket_id };
    request.page(rows, total, |row| row.sequence, TimelineEntry::from)
}

/// Entries between two sequence numbers, as the caller may see them.
async fn rows(
    context: &Context<'_>,
    ticket_id: TicketId,
    bounds: (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, ApiError> {
    let reader = policy::timeline_reader(guards::caller(context)?);
    let desk = data::<Desk>(context)?;
    // Asked before reading: what is later is not known to be theirs to see.
    let reached = desk.positions.reached();
    let rows = timeline::page(desk.log.db(), ticket_id, reader, bounds, limit).await?;
    let last = rows.iter().map(|row| row.position).max().unwrap_or(0);
    if reader == timeline::Reader::Staff || last <= reached {
        return Ok(rows);
    }
    // What they may see of the latest is known when the read models show it.
    desk.consistent_with(last).await?;
    Ok(timeline::page(desk.log.db(), ticket_id, reader, bounds, limit).await?)
}

/// The entry of a message that was just recorded at a position.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn entry_of_message(
    context: &Context<'_>,
    ticket_id: TicketId,
    (position, message_id): (Position, MessageId),
) -> Result<Option<TimelineEntry>, ApiError> {
    let db = data::<Desk>(context)?.log.db();
    let found = timeline::message(db, ticket_id, position, message_id).await?;
    Ok(found.map(TimelineEntry::from))
}

/// One entry of a ticket's timeline, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn entry(
    context: &Context<'_>,
    ticket_id: TicketId,
    sequence: i64,
) -> Result<Option<TimelineEntry>, ApiError> {
    if visible(context, ticket_id).await?.is_none() {
        return Ok(None);
    }
    let bounds = (sequence.saturating_sub(1), sequence.saturating_add(1));
    Ok(rows(context, ticket_id, bounds, 1).await?.into_iter().next().map(TimelineEntry::from))
}
