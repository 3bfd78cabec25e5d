//! What waits in a department, the most urgent and then the oldest first (T3), or what is due first
//! (S2).
//!
//! A row holds only what orders and filters the queue; what a page shows of a ticket comes from
//! `ticket_details`, so that a reply does not touch the queue.

use serde::{Deserialize, Serialize};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::events::Priority;
use servicedesk_domain::ticket::{Status, TicketEvent, TicketId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use super::{micros, status_name};
use crate::fold::{Fault, Fold, Place, read_rows};
use crate::sla::deadlines::DeadlineRow;
use crate::table::Index;

/// A ticket's place in the queues of its departments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentQueue {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The number behind `SD-`.
    pub serial: i64,
    /// In which departments it is.
    pub department_ids: Vec<DepartmentId>,
    /// Its status.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who is responsible.
    pub assignee_id: Option<StaffMemberId>,
    /// When it was opened.
    pub opened_at: Moment,
    /// Whether the customer answered after the resolution and no member of staff has looked (T4).
    pub has_unseen_answer: bool,
    /// When lines of its targets are crossed.
    pub deadlines: DeadlineRow,
}

impl Fold for DepartmentQueue {
    const NAME: &'static str = "department_queue";
    const VERSION: i64 = 4;
    const COLUMNS: &'static [Column] = &[
        Column { name: "is_queued", kind: Kind::Integer },
        Column { name: "has_unseen_answer", kind: Kind::Integer },
        Column { name: "status", kind: Kind::Text },
        Column { name: "assignee_id", kind: Kind::Text },
        // Counted down from the most urgent, so that one ascending index gives the queue's order.
        Column { name: "urgency_rank", kind: Kind::Integer },
        Column { name: "opened_at", kind: Kind::Integer },
        Column { name: "serial", kind: Kind::Integer },
        Column { name: "due_rank", kind: Kind::Integer },
        Column { name: "at_risk_at", kind: Kind::Integer },
        Column { name: "breaches_at", kind: Kind::Integer },
        Column { name: "is_paused", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "part, urgency_rank, opened_at, serial", only_where: "is_queued = 1" },
        Index { columns: "part, due_rank, opened_at, serial", only_where: "is_queued = 1" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        match event.event.as_ticket()? {
            TicketEvent::Opened { .. }
            | TicketEvent::Assigned { .. }
            | TicketEvent::Accepted { .. }
            | TicketEvent::Transferred { .. }
            | TicketEvent::ReturnedToQueue { .. }
            | TicketEvent::PriorityAssessed { .. }
            | TicketEvent::WaitingStarted { .. }
            | TicketEvent::WaitingEnded
            | TicketEvent::AnsweredAfterResolution
            | TicketEvent::AnswerSeen { .. }
            | TicketEvent::Resolved { .. }
            | TicketEvent::Closed { .. }
            | TicketEvent::Reopened { .. }
            | TicketEvent::ClockStarted(_)
            | TicketEvent::ClockPaused(_)
            | TicketEvent::ClockResumed(_)
            | TicketEvent::TargetBreached(_)
            | TicketEvent::TargetEnded(_)
            | TicketEvent::Remeasured(_) => Some(event.aggregate_id),
            TicketEvent::CollaboratorJoined { .. }
            | TicketEvent::CollaboratorLeft { .. }
            | TicketEvent::ReplyAdded { .. }
            | TicketEvent::NoteAdded { .. }
            | TicketEvent::TimeLogged { .. }
            | TicketEvent::TimeReversed { .. }
            | TicketEvent::TimeMarkedCourtesy { .. }
            | TicketEvent::AgreementAsked { .. }
            | TicketEvent::ChargesAgreed { .. }
            | TicketEvent::ChargesAllowed { .. }
            | TicketEvent::ResolutionPromised { .. }
            // When it comes to be at risk is known beforehand.
            | TicketEvent::TargetAtRisk(_) => None,
        }
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let ticket_event = event
            .event
            .as_ticket()
            .ok_or_else(|| Fault::unprojectable(event, "is not a ticket's"))?;
        let mut row = match (row, ticket_event) {
            (None, TicketEvent::Opened { department_ids, priority, .. }) => Self {
                ticket_id: TicketId::new(event.aggregate_id),
                serial: event.serial.ok_or_else(|| Fault::unprojectable(event, "has no number"))?,
                department_ids: department_ids.clone(),
                status: Status::New,
                priority: *priority,
                assignee_id: None,
                opened_at: event.metadata.occurred_at,
                has_unseen_answer: false,
                deadlines: DeadlineRow::default(),
            },
            (None, _) => return Err(Fault::unprojectable(event, "the ticket was never opened")),
            (Some(row), _) => row,
        };
        match ticket_event {
            TicketEvent::Assigned { assignee_id: id, .. }
            | TicketEvent::Accepted { staff_member_id: id } => row.assignee_id = Some(*id),
            TicketEvent::Transferred { to_department_id, .. } => {
                row.department_ids = vec![*to_department_id];
                row.assignee_id = None;
            }
            TicketEvent::ReturnedToQueue { .. } => row.assignee_id = None,
            TicketEvent::PriorityAssessed { priority, .. } => row.priority = *priority,
            _ => {}
        }
        if let Some(clock_event) = ticket_event.as_clock() {
            row.deadlines.change(&clock_event);
        }
        row.status = row.status.after(ticket_event);
        row.has_unseen_answer = ticket_event.leaves_unseen_answer(row.has_unseen_answer);
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let in_department = |department_id: &DepartmentId| Place {
            part: department_id.to_string(),
            cells: vec![
                i64::from(row.is_queued()).into(),
                i64::from(row.has_unseen_answer).into(),
                status_name(row.status).to_owned().into(),
                row.assignee_id.map(|id| id.to_string()).into(),
                urgency_rank(row.priority).into(),
                micros(row.opened_at).into(),
                row.serial.into(),
                row.deadlines.due_rank().into(),
                row.deadlines.at_risk_at().map(micros).into(),
                row.deadlines.breaches_at().map(micros).into(),
                i64::from(row.deadlines.is_paused()).into(),
            ],
        };
        row.department_ids.iter().map(in_department).collect()
    }
}

const fn urgency_rank(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

/// The place of a ticket in a queue; stays good while other tickets arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceInQueue {
    /// 0 for the most urgent; or when it is due, in microseconds since 1970.
    pub rank: i64,
    /// When it was opened, in microseconds since 1970.
    pub opened_at: i64,
    /// The number behind `SD-`.
    pub serial: i64,
}

impl DepartmentQueue {
    /// Whether staff has something to do: on an open ticket, or to look at an answer (T4).
    pub const fn is_queued(&self) -> bool {
        self.status.is_open() || self.has_unseen_answer
    }

    /// The place of the ticket in a queue that is ordered so.
    pub fn place_in(&self, order: QueueOrder) -> PlaceInQueue {
        PlaceInQueue {
            rank: match order {
                QueueOrder::Urgency => urgency_rank(self.priority),
                QueueOrder::Due => self.deadlines.due_rank(),
            },
            opened_at: micros(self.opened_at),
            serial: self.serial,
        }
    }
}

/// By what a queue is ordered; among equals the oldest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueOrder {
    /// The most urgent first.
    #[default]
    Urgency,
    /// What is due next first, and what is not due last.
    Due,
}

impl QueueOrder {
    const fn column(self) -> &'static str {
        match self {
            Self::Urgency => "urgency_rank",
            Self::Due => "due_rank",
        }
    }
}

/// Where a ticket's targets stand: the worst of them counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is time.
    OnTrack,
    /// The last part of a target's time runs.
    AtRisk,
    /// A target is breached.
    Breached,
    /// The clock stands still until the customer answers.
    Paused,
}

/// Which tickets of a queue are asked for.
#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    /// Only those with an answer after the resolution that nobody has looked at, or only others.
    pub has_unseen_answer: Option<bool>,
    /// In one of these states; empty: any that waits.
    pub statuses: Vec<Status>,
    /// For whom this agent is responsible.
    pub assignee_id: Option<StaffMemberId>,
    /// Only those for whom nobody is responsible.
    pub is_unassigned: bool,
    /// Whose targets stand like one of these at this moment; empty: any.
    pub standings: Vec<(Standing, Moment)>,
}

impl QueueFilter {
    fn add_to(&self, query: Select, department_id: DepartmentId) -> Select {
        let mut query = query
            .sql(" FROM department_queue WHERE is_queued = 1 AND part = ")
            .value(department_id.to_string());
        if !self.statuses.is_empty() {
            let names = self.statuses.iter().map(|status| status_name(*status).to_owned());
            query = query.sql(" AND status IN ").values(names);
        }
        if let Some(is_wanted) = self.has_unseen_answer {
            query = query.sql(" AND has_unseen_answer = ").value(i64::from(is_wanted));
        }
        if let Some(id) = self.assignee_id {
            query = query.sql(" AND assignee_id = ").value(id.to_string());
        }
        if self.is_unassigned {
            query = query.sql(" AND assignee_id IS NULL");
        }
        if !self.standings.is_empty() {
            query = query.sql(" AND (1 = 0");
            for (standing, now) in &self.standings {
                query = stands(query.sql(" OR "), *standing, *now);
            }
            query = query.sql(")");
        }
        query
    }
}

fn stands(query: Select, standing: Standing, now: Moment) -> Select {
    let now = micros(now);
    let is_past = |query: Select, column: &str| query.sql(&format!("{column} <= ")).value(now);
    let is_not = |query: Select, column: &str| {
        query.sql(&format!("({column} IS NULL OR {column} > ")).value(now).sql(")")
    };
    let query = query.sql("(");
    let query = match standing {
        Standing::Breached => is_past(query, "breaches_at"),
        Standing::AtRisk => is_not(is_past(query, "at_risk_at").sql(" AND "), "breaches_at"),
        Standing::Paused | Standing::OnTrack => {
            let paused = i64::from(standing == Standing::Paused);
            let query = is_not(query, "breaches_at").sql(" AND ");
            let query = is_not(query, "at_risk_at").sql(" AND is_paused = ").value(paused);
            // What is not measured is neither.
            query.sql(" AND (is_paused = 1 OR due_rank < ").value(i64::MAX).sql(")")
        }
    };
    query.sql(")")
}

/// The side of a place from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The tickets that come next, in order.
    After(Option<PlaceInQueue>),
    /// The tickets that come before, in order; of the whole queue, its end.
    Before(Option<PlaceInQueue>),
}

/// One page of a department's queue, in the queue's order.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn page(
    db: &Db,
    department_id: DepartmentId,
    filter: &QueueFilter,
    order: QueueOrder,
    side: Side,
    limit: i64,
) -> Result<Vec<DepartmentQueue>, Fault> {
    let mut query = filter.add_to(Select::new("SELECT body"), department_id);
    let rank = order.column();
    let (place, beyond, direction) = match side {
        Side::After(place) => (place, ">", "ASC"),
        Side::Before(place) => (place, "<", "DESC"),
    };
    if let Some(place) = place {
        query = query
            .sql(&format!(" AND ({rank}, opened_at, serial) {beyond} ("))
            .value(place.rank)
            .sql(", ")
            .value(place.opened_at)
            .sql(", ")
            .value(place.serial)
            .sql(")");
    }
    query = query
        .sql(&format!(
            " ORDER BY {rank} {direction}, opened_at {direction}, serial {direction} LIMIT "
        ))
        .value(limit);
    let mut rows = read_rows::<DepartmentQueue>(db, query.texts(db).await?).await?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many tickets of the queue fit the filter.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(
    db: &Db,
    department_id: DepartmentId,
    filter: &QueueFilter,
) -> Result<i64, Fault> {
    Ok(filter.add_to(Select::new("SELECT COUNT(*)"), department_id).number(db).await?)
}
