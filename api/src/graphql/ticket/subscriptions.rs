//! Watching a ticket or a queue live: first a snapshot, then each change as it is recorded.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject, Subscription};
use futures::Stream;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::ticket::{TicketEvent, TicketId};
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::ticket::department_queue::{QueueFilter, QueueOrder};
use servicedesk_projections::ticket::ticket_details;
use servicedesk_projections::ticket::time_entries;

use super::queries::Tickets;
use super::queue::queue;
use super::timeline::TimelineEntry;
use super::types::{Ticket, visible};
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, PageArgs, list_cost, parse_id};
use crate::graphql::watch::{FAR_BACK, Watch, Watched, follow};
use servicedesk_service::access::{Identity, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::live::{self, Topic};

/// A change of a ticket, or its snapshot.
#[derive(SimpleObject)]
pub struct TicketChange {
    /// The log position that this shows.
    position: EventPosition,
    /// What happened. Null for the first snapshot.
    entry: Option<TimelineEntry>,
    /// The ticket, not older than the change.
    ticket: Option<Ticket>,
}

/// A change in a queue, or its snapshot.
pub struct QueueChange {
    position: Position,
    department_id: DepartmentId,
    changed: Option<TicketId>,
}

/// A change in a queue, or its snapshot.
#[Object]
impl QueueChange {
    /// The log position that this shows.
    async fn position(&self) -> EventPosition {
        EventPosition(self.position)
    }

    /// The ticket that changed. Null for the first snapshot, and if the caller may
    /// no longer see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(id) = self.changed else { return Ok(None) };
        Ok(visible(context, id).await?)
    }

    /// Whether the ticket that changed is in the queue now. Null for the first snapshot.
    async fn is_queued(&self, context: &Context<'_>) -> Result<Option<bool>> {
        let Some(id) = self.changed else { return Ok(None) };
        let row = data::<crate::graphql::loaders::Loaders>(context)?.ticket(id).await?;
        let is_queued = row.is_some_and(|row| {
            let waits = row.status.is_open() || row.has_unseen_answer;
            waits && row.department_ids.contains(&self.department_id)
        });
        Ok(Some(is_queued))
    }

    /// The queue as it is now.
    #[graphql(complexity = "list_cost(first, None, child_complexity)")]
    async fn queue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
    ) -> Result<Tickets> {
        let args = PageArgs { first, ..PageArgs::default() };
        let desk = data::<Desk>(context)?;
        let asked = (QueueFilter::default(), QueueOrder::Urgency);
        Ok(queue(context, desk, self.department_id, asked, &args).await?)
    }
}

/// Watching tickets and queues.
#[derive(Default)]
pub struct TicketSubscription;

#[Subscription]
impl TicketSubscription {
    /// Watches a ticket: who took it, what was answered, how and by when it will be solved. First
    /// comes the ticket as it is, or with `afterPosition` whatever came since; then each change.
    async fn ticket_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ticket.")] ticket_id: ID,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<TicketChange>>> {
        let watch = Watch::begin(context)?;
        let ticket_id = parse_id(&ticket_id)?;
        let events = watch.events(context, Topic::Ticket(ticket_id), after_position).await?;
        if visible(context, ticket_id).await?.is_none() {
            let missing = "there is no such ticket, or it is not yours";
            return Err(ApiError::BadUserInput(missing.to_owned()).into());
        }
        Ok(follow(WatchedTicket { watch, ticket_id }, events, after_position))
    }

    /// Watches a department's queue. First comes a snapshot, or with `afterPosition` whatever came
    /// since (a snapshot, where that is very much); then each change. For staff only.
    async fn queue_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose queue.")] department_id: ID,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<QueueChange>>> {
        let watch = Watch::begin(context)?;
        let department_id = parse_id(&department_id)?;
        policy::may_see_queue(&watch.caller, department_id)?;
        let events = watch.events(context, Topic::Queue(department_id), after_position).await?;
        Ok(follow(WatchedQueue { watch, department_id }, events, after_position))
    }
}

/// A ticket that somebody watches.
struct WatchedTicket {
    watch: Watch,
    ticket_id: TicketId,
}

impl Watched for WatchedTicket {
    type Change = TicketChange;

    fn watcher(&self) -> &Watch {
        &self.watch
    }

    async fn snapshot(&self) -> Result<(Position, TicketChange), ApiError> {
        let ticket = self.ticket().await?;
        let position = ticket.0.position_for(policy::timeline_reader(&self.watch.caller));
        let shown = EventPosition(position);
        Ok((position, TicketChange { position: shown, entry: None, ticket: Some(ticket) }))
    }

    async fn change(&self, event: Arc<Recorded>) -> Result<Option<TicketChange>, ApiError> {
        if !self.is_shown(&event).await? {
            return Ok(None);
        }
        let ticket = Some(self.ticket().await?);
        let position = EventPosition(event.position);
        let recorded = Arc::unwrap_or_clone(event);
        Ok(Some(TicketChange { position, entry: Some(TimelineEntry { recorded }), ticket }))
    }

    async fn missed(&self, after: Position) -> Result<Vec<Arc<Recorded>>, ApiError> {
        self.watch.missed_of("ticket", self.ticket_id.uuid(), after).await
    }
}

impl WatchedTicket {
    async fn ticket(&self) -> Result<Ticket, ApiError> {
        let caller = self.watch.still_allowed().await?;
        let rows = ticket_details::by_ids(self.watch.desk.log.db(), &[self.ticket_id]).await?;
        let row = rows.into_values().next().filter(|row| policy::may_see_ticket(&caller, row));
        let row = row.ok_or(ApiError::Forbidden("the ticket is no longer yours to see"))?;
        Ok(Ticket(Arc::new(row)))
    }

    /// Whether the watcher may learn of an event (T5). A customer is told of logged time when it is
    /// known what was drawn and charged for it.
    async fn is_shown(&self, event: &Recorded) -> Result<bool, ApiError> {
        let Watch { desk, caller, .. } = &self.watch;
        let Some(told) = event.event.as_ticket() else { return Ok(false) };
        if !policy::timeline_reader(caller).sees(told) {
            return Ok(false);
        }
        if matches!(caller.identity, Identity::Staff(_)) {
            return Ok(true);
        }
        let (TicketEvent::TimeLogged { entry_id, .. } | TicketEvent::TimeReversed { entry_id, .. }) =
            told
        else {
            return Ok(ticket_details::is_public(told));
        };
        desk.settled(event.position).await?;
        let rows = time_entries::by_ids(desk.log.db(), &[*entry_id]).await?;
        Ok(rows.get(entry_id).is_some_and(|row| !row.is_hidden()))
    }
}

/// A queue that somebody watches.
struct WatchedQueue {
    watch: Watch,
    department_id: DepartmentId,
}

impl WatchedQueue {
    const fn changed(&self, position: Position, changed: Option<TicketId>) -> QueueChange {
        QueueChange { position, department_id: self.department_id, changed }
    }
}

impl Watched for WatchedQueue {
    type Change = QueueChange;

    const MAX_REPLAYED: Position = FAR_BACK;

    fn watcher(&self) -> &Watch {
        &self.watch
    }

    async fn snapshot(&self) -> Result<(Position, QueueChange), ApiError> {
        let reached = self.watch.desk.positions.reached();
        Ok((reached, self.changed(reached, None)))
    }

    async fn change(&self, event: Arc<Recorded>) -> Result<Option<QueueChange>, ApiError> {
        self.watch.still_allowed().await?;
        Ok(Some(self.changed(event.position, Some(TicketId::new(event.aggregate_id)))))
    }

    async fn missed(&self, after: Position) -> Result<Vec<Arc<Recorded>>, ApiError> {
        let reader = policy::timeline_reader(&self.watch.caller);
        let mut missed = Vec::new();
        let mut done = after;
        while let Some((events, last)) = self.watch.next_in_log(done).await? {
            let departments = live::departments_of(&self.watch.desk, &events).await?;
            let is_missed = |event: &&Arc<Recorded>| {
                let now = departments.get(&TicketId::new(event.aggregate_id));
                let now = now.map_or(&[][..], Vec::as_slice);
                event.event.as_ticket().is_some_and(|told| reader.sees(told))
                    && live::concerned(event, now).contains(&self.department_id)
            };
            missed.extend(events.iter().filter(is_missed).cloned());
            done = last;
        }
        Ok(missed)
    }
}
