//! Tells those who watch a ticket or a queue what has changed, once the read models show it.
//!
//! One task follows the log and hands each event to those concerned; a watcher who cannot keep up
//! reads what was missed from the log, so none sees a gap.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use servicedesk_domain::Event;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_domain::ticket::{TicketEvent, TicketId};
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::Fault;
use servicedesk_projections::licensing::application_timeline;
use servicedesk_projections::ticket::{ticket_details, timeline};
use tokio::sync::broadcast;

use crate::desk::Desk;
use crate::error::ApiError;

const BATCH: usize = 500;
/// How many changes a slow watcher may be behind before it reads from the log instead.
const BEHIND: usize = 256;
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One ticket.
    Ticket(TicketId),
    /// One department's queue.
    Queue(DepartmentId),
    /// One customer's support account.
    Account(CustomerId),
    /// One application.
    Application(ApplicationId),
    /// The lines of service levels that are crossed.
    ServiceLevels,
}

/// Whom to tell of what.
#[derive(Debug, Clone, Default)]
pub struct Live {
    topics: Arc<Mutex<HashMap<Topic, broadcast::Sender<Arc<Recorded>>>>>,
}

impl Live {
    /// Begins to watch.
    pub fn watch(&self, topic: Topic) -> broadcast::Receiver<Arc<Recorded>> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.entry(topic).or_insert_with(|| broadcast::Sender::new(BEHIND)).subscribe()
    }

    /// Follows the log for as long as the process lives.
    pub async fn run(self, desk: Desk) {
        let mut head = desk.log.watch();
        let mut done = *head.borrow_and_update();
        loop {
            match self.tell_after(&desk, done).await {
                Ok(last) if last > done => done = last,
                // The sender of the head lives as long as the desk.
                Ok(_) => drop(head.changed().await),
                Err(error) => {
                    tracing::error!(%error, "watchers cannot be told of changes");
                    tokio::time::sleep(PAUSE_AFTER_FAULT).await;
                }
            }
        }
    }

    /// Tells of the next events, and gives the position of the last one.
    async fn tell_after(&self, desk: &Desk, done: Position) -> Result<Position, ApiError> {
        let events = desk.log.read_after(done, BATCH).await?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(done) };
        if self.is_anybody_there() {
            desk.positions.wait_for(last, desk.patience).await?;
            let queues = self.queues_of(desk, &events).await?;
            for event in events {
                self.tell(&event, &queues);
            }
        }
        Ok(last)
    }

    fn tell(&self, event: &Arc<Recorded>, queues: &HashMap<TicketId, Vec<DepartmentId>>) {
        let concerned = match &event.event {
            // What only follows for a ticket's clocks is told by the entry before it.
            Event::Ticket(told) if !timeline::Reader::Staff.sees(told) => return,
            Event::Ticket(told) => {
                let id = TicketId::new(event.aggregate_id);
                let departments = concerned(event, queues.get(&id).map_or(&[], Vec::as_slice));
                let queues = departments.into_iter().map(Topic::Queue);
                let is_crossing = told.as_clock().is_some_and(|told| told.as_crossed().is_some());
                let levels = is_crossing.then_some(Topic::ServiceLevels);
                std::iter::once(Topic::Ticket(id)).chain(queues).chain(levels).collect()
            }
            Event::Application(told)
                if !application_timeline::sees(timeline::Reader::Staff, told) =>
            {
                return;
            }
            Event::Application(told) => {
                let topic = Topic::Application(ApplicationId::new(event.aggregate_id));
                let is_crossing = told.as_clock().is_some_and(|told| told.as_crossed().is_some());
                let levels = is_crossing.then_some(Topic::ServiceLevels);
                std::iter::once(topic).chain(levels).collect()
            }
            Event::Account(_) => vec![Topic::Account(CustomerId::new(event.aggregate_id))],
            _ => return,
        };
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in concerned {
            if let Some(watchers) = topics.get(&topic) {
                // Fails only when the last watcher has just left.
                drop(watchers.send(event.clone()));
            }
        }
    }

    fn is_anybody_there(&self) -> bool {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.retain(|_, watchers| watchers.receiver_count() > 0);
        !topics.is_empty()
    }

    /// The departments of the tickets in question, read only when somebody watches a queue.
    async fn queues_of(
        &self,
        desk: &Desk,
        events: &[Arc<Recorded>],
    ) -> Result<HashMap<TicketId, Vec<DepartmentId>>, Fault> {
        let is_watched = {
            let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
            topics.keys().any(|topic| matches!(topic, Topic::Queue(_)))
        };
        if !is_watched {
            return Ok(HashMap::new());
        }
        departments_of(desk, events).await
    }
}

/// The departments in which the tickets of these events are now.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn departments_of(
    desk: &Desk,
    events: &[Arc<Recorded>],
) -> Result<HashMap<TicketId, Vec<DepartmentId>>, Fault> {
    let ids: HashSet<TicketId> = events
        .iter()
        .filter(|event| event.event.as_ticket().is_some())
        .map(|event| TicketId::new(event.aggregate_id))
        .collect();
    let ids: Vec<TicketId> = ids.into_iter().collect();
    let rows = ticket_details::by_ids(desk.log.db(), &ids).await?;
    Ok(rows.into_iter().map(|(id, row)| (id, row.department_ids)).collect())
}

/// The departments whose queues an event concerns: those the ticket is in, and those it left.
pub fn concerned(event: &Recorded, departments_now: &[DepartmentId]) -> HashSet<DepartmentId> {
    let mut departments: HashSet<DepartmentId> = departments_now.iter().copied().collect();
    if let Some(TicketEvent::Transferred { from_department_ids, to_department_id, .. }) =
        event.event.as_ticket()
    {
        departments.extend(from_department_ids);
        departments.insert(*to_department_id);
    }
    departments
}
