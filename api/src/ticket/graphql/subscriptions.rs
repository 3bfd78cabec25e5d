//! Watching a ticket or a queue live: first a snapshot, then each change as it is recorded.
//!
//! Every item carries the log position that it shows; with `afterPosition` a client goes on where
//! it left off, without a gap. A watch ends when its token is no longer worth anything.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject, Subscription};
use futures::Stream;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::ticket::{TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::billing::time_entries;
use servicedesk_projections::ticket::department_queue::{QueueFilter, QueueOrder};
use servicedesk_projections::ticket::ticket_details;
use tokio::sync::broadcast::error::RecvError;

use super::queries::Tickets;
use super::queue::queue;
use super::timeline::TimelineEntry;
use super::types::{Ticket, visible};
use crate::auth::tokens::Tokens;
use crate::auth::{BearerToken, Caller, Identity, policy};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::live::{self, Live, Topic};
use crate::query::data;
use crate::relay::{EventPosition, PageArgs, list_cost, parse_id};

const BATCH: usize = 500;
/// From further back a queue is not replayed change by change; a snapshot says it better.
pub const MOST_REPLAYED: Position = 10_000;

/// A change of a ticket, or its snapshot.
#[derive(SimpleObject)]
pub struct TicketChange {
    /// The log position that this shows.
    position: EventPosition,
    /// What happened; none for the snapshot at the beginning.
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

    /// The ticket that changed; none for the snapshot at the beginning, and where the caller may
    /// no longer see it.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(id) = self.changed else { return Ok(None) };
        Ok(visible(context, id).await?)
    }

    /// Whether the ticket that changed is in the queue now; none for the snapshot.
    async fn is_queued(&self, context: &Context<'_>) -> Result<Option<bool>> {
        let Some(id) = self.changed else { return Ok(None) };
        let row = data::<crate::loaders::Loaders>(context)?.ticket(id).await?;
        let is_queued = row.is_some_and(|row| {
            row.status.is_open() && row.department_ids.contains(&self.department_id)
        });
        Ok(Some(is_queued))
    }

    /// The queue as it is now.
    #[graphql(complexity = "list_cost(first, None, child_complexity)")]
    async fn queue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many; 50 where not given, 100 at most.")] first: Option<i32>,
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
        // Watching begins before reading, so that nothing falls between the two.
        let mut changes = data::<Live>(context)?.watch(Topic::Ticket(ticket_id));
        watch.catch_up(after_position).await?;
        if visible(context, ticket_id).await?.is_none() {
            let missing = "there is no such ticket, or it is not yours";
            return Err(ApiError::BadUserInput(missing.to_owned()).into());
        }
        Ok(async_stream::try_stream! {
            let mut shown = if let Some(EventPosition(position)) = after_position {
                position
            } else {
                let snapshot = watch.ticket(ticket_id).await?;
                let position = snapshot.0.position;
                let ticket = Some(snapshot);
                yield TicketChange { position: EventPosition(position), entry: None, ticket };
                position
            };
            for event in watch.missed_of_ticket(ticket_id, shown).await? {
                shown = event.position;
                yield watch.ticket_change(ticket_id, event).await?;
            }
            loop {
                let missed = match changes.recv().await {
                    Ok(event) if event.position > shown => {
                        watch.shown(vec![(*event).clone()]).await?
                    }
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => watch.missed_of_ticket(ticket_id, shown).await?,
                    Err(RecvError::Closed) => break,
                };
                for event in missed {
                    shown = event.position;
                    yield watch.ticket_change(ticket_id, event).await?;
                }
            }
        })
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
        let mut changes = data::<Live>(context)?.watch(Topic::Queue(department_id));
        watch.catch_up(after_position).await?;
        let change = move |position, changed| QueueChange { position, department_id, changed };
        Ok(async_stream::try_stream! {
            let head = watch.desk.positions.reached();
            let resumed = after_position.map(|EventPosition(position)| position);
            let is_near = |position: &Position| head - position <= MOST_REPLAYED;
            let mut shown = if let Some(position) = resumed.filter(is_near) {
                position
            } else {
                yield change(head, None);
                head
            };
            for event in watch.missed_of_queue(department_id, shown).await? {
                watch.still_allowed().await?;
                shown = event.position;
                yield change(event.position, Some(TicketId::new(event.aggregate_id)));
            }
            loop {
                let missed = match changes.recv().await {
                    Ok(event) if event.position > shown => vec![event],
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => {
                        watch.missed_of_queue(department_id, shown).await?
                    }
                    Err(RecvError::Closed) => break,
                };
                watch.still_allowed().await?;
                for event in missed {
                    shown = event.position;
                    yield change(event.position, Some(TicketId::new(event.aggregate_id)));
                }
            }
        })
    }
}

/// Somebody who watches.
pub struct Watch {
    /// The log and the read models.
    pub desk: Desk,
    /// Who.
    pub caller: Caller,
    tokens: Arc<Tokens>,
    token: BearerToken,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// `Unauthenticated` or `Forbidden`.
    pub fn begin(context: &Context<'_>) -> Result<Self, ApiError> {
        let caller = policy::caller(context)?.clone();
        policy::may_read(&caller)?;
        Ok(Self {
            caller,
            desk: data::<Desk>(context)?.clone(),
            tokens: data::<Arc<Tokens>>(context)?.clone(),
            token: data::<BearerToken>(context)?.clone(),
        })
    }

    /// Waits until the read models show whatever was recorded before the watch began, because
    /// nobody is told of that any more, and what the caller says to have seen.
    ///
    /// # Errors
    /// `BadUserInput` for a position that was never given out, `Internal` where it takes too long.
    pub async fn catch_up(&self, after: Option<EventPosition>) -> Result<(), ApiError> {
        let seen = after.map_or(0, |EventPosition(position)| position);
        self.desk.consistent_with(seen.max(self.desk.log.head())).await
    }

    /// A watch may last for days, so the token is asked for again with every change.
    ///
    /// # Errors
    /// `Unauthenticated`, where it is worth nothing any more.
    pub async fn still_allowed(&self) -> Result<Caller, ApiError> {
        self.tokens.caller(&self.token.0).await
    }

    async fn ticket(&self, ticket_id: TicketId) -> Result<Ticket, ApiError> {
        let caller = self.still_allowed().await?;
        let rows = ticket_details::by_ids(self.desk.log.db(), &[ticket_id]).await?;
        let row = rows.into_values().next().filter(|row| policy::may_see_ticket(&caller, row));
        let row = row.ok_or(ApiError::Forbidden("the ticket is no longer yours to see"))?;
        Ok(Ticket(Arc::new(row)))
    }

    async fn ticket_change(
        &self,
        ticket_id: TicketId,
        recorded: Recorded,
    ) -> Result<TicketChange, ApiError> {
        let ticket = self.ticket(ticket_id).await?;
        let position = EventPosition(recorded.position);
        Ok(TicketChange { position, entry: Some(TimelineEntry { recorded }), ticket: Some(ticket) })
    }

    /// Those of the events that the watcher may learn of (T5). A customer is told of logged time
    /// when it is known what was drawn and charged for it.
    async fn shown(&self, events: Vec<Recorded>) -> Result<Vec<Recorded>, ApiError> {
        let reader = policy::timeline_reader(&self.caller);
        let sees = |event: &Recorded| event.event.as_ticket().is_some_and(|one| reader.sees(one));
        let events: Vec<Recorded> = events.into_iter().filter(sees).collect();
        if matches!(self.caller.identity, Identity::Staff(_)) {
            return Ok(events);
        }
        let time = |event: &Recorded| match event.event.as_ticket() {
            Some(
                TicketEvent::TimeLogged { entry_id, .. }
                | TicketEvent::TimeReversed { entry_id, .. },
            ) => Some(*entry_id),
            _ => None,
        };
        let entries: Vec<TimeEntryId> = events.iter().filter_map(time).collect();
        if let Some(last) = events.iter().rfind(|event| time(event).is_some()) {
            self.desk.settled(last.position).await?;
        }
        let rows = time_entries::by_ids(self.desk.log.db(), &entries).await?;
        let is_shown = |event: &Recorded| match time(event) {
            Some(entry_id) => rows.get(&entry_id).is_some_and(|row| !row.is_hidden()),
            None => event.event.as_ticket().is_some_and(ticket_details::is_public),
        };
        Ok(events.into_iter().filter(is_shown).collect())
    }

    /// What happened to a ticket after a position, as far as the read models show it.
    async fn missed_of_ticket(
        &self,
        ticket_id: TicketId,
        after: Position,
    ) -> Result<Vec<Recorded>, ApiError> {
        let reached = self.desk.positions.reached();
        let id = ticket_id.uuid();
        let events = self.desk.log.read_aggregate("ticket", id, 0, i64::MAX).await?;
        let is_missed = |event: &Recorded| event.position > after && event.position <= reached;
        self.shown(events.into_iter().filter(is_missed).collect()).await
    }

    /// What happened in a queue after a position, as far as the read models show it.
    async fn missed_of_queue(
        &self,
        department_id: DepartmentId,
        after: Position,
    ) -> Result<Vec<Arc<Recorded>>, ApiError> {
        let reached = self.desk.positions.reached();
        let reader = policy::timeline_reader(&self.caller);
        let mut missed = Vec::new();
        let mut done = after;
        while done < reached {
            let events = self.desk.log.read_after(done, BATCH).await?;
            let Some(last) = events.last().map(|event| event.position) else { break };
            let departments = live::departments_of(&self.desk, &events).await?;
            let is_missed = |event: &&Arc<Recorded>| {
                let now = departments.get(&TicketId::new(event.aggregate_id));
                let now = now.map_or(&[][..], Vec::as_slice);
                event.position <= reached
                    && event.event.as_ticket().is_some_and(|told| reader.sees(told))
                    && live::concerned(event, now).contains(&department_id)
            };
            missed.extend(events.iter().filter(is_missed).cloned());
            done = last;
        }
        Ok(missed)
    }
}
