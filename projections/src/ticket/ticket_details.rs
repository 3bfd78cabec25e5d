//! What is known of one ticket; which tickets are there, by what staff searches for; what closes by
//! itself; and how loaded each agent is (T3, T4).

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::FileId;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::events::{Author, Charging, Outcome, Priority};
use servicedesk_domain::ticket::{Agreement, Status, TicketEvent, TicketId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use super::{micros, status_name, timeline};
use crate::fold::{Fault, Fold, Place};
use crate::table::Index;

/// A ticket with all its current facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketDetails {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The number behind `SD-`.
    pub serial: i64,
    /// How many events it has; rises with every change.
    pub version: i64,
    /// The position of its last event in the log.
    pub position: Position,
    /// Its status.
    pub status: Status,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What it is about.
    pub category_id: CategoryId,
    /// Which product it is about.
    pub product_id: ProductId,
    /// Where it is.
    pub department_ids: Vec<DepartmentId>,
    /// How urgent it is.
    pub priority: Priority,
    /// The request in a line.
    pub subject: Personal<String>,
    /// The request in full.
    pub text: Personal<String>,
    /// The files that came with it.
    pub file_ids: Vec<FileId>,
    /// Who is responsible.
    pub assignee_id: Option<StaffMemberId>,
    /// Who else works on it.
    pub collaborator_ids: BTreeSet<StaffMemberId>,
    /// By when it was promised to be solved.
    pub promised_for: Option<Moment>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When somebody was last made responsible.
    pub assigned_at: Option<Moment>,
    /// When an agent last accepted it.
    pub accepted_at: Option<Moment>,
    /// When staff first answered in public.
    pub first_replied_at: Option<Moment>,
    /// When it was last resolved, if it is.
    pub resolved_at: Option<Moment>,
    /// How it ended, if it is resolved.
    pub outcome: Option<Outcome>,
    /// What was done, if it is resolved.
    pub summary: Option<Personal<String>>,
    /// When it was closed, if it is.
    pub closed_at: Option<Moment>,
    /// Until when it may be reopened, if it is resolved or closed.
    pub reopenable_until: Option<Moment>,
    /// How many public messages it has, the request not counted.
    pub reply_count: i64,
    /// Whether work on it may be charged (B5).
    pub agreement: Agreement,
    /// Whether the customer answered after the resolution and no member of staff has looked (T4).
    pub has_unseen_answer: bool,
    /// When anything last happened.
    pub updated_at: Moment,
    /// When something last happened that the customer may see (T5).
    pub public_updated_at: Moment,
    /// The sequence number of that event.
    pub public_version: i64,
    /// Its position in the log.
    pub public_position: Position,
}

impl TicketDetails {
    /// The position of the last event that the reader sees (T5).
    pub const fn position_for(&self, reader: timeline::Reader) -> Position {
        match reader {
            timeline::Reader::Staff => self.position,
            timeline::Reader::Customer => self.public_position,
        }
    }

    fn opened(event: &Recorded) -> Result<Self, Fault> {
        let Some(TicketEvent::Opened {
            customer_id,
            category_id,
            product_id,
            department_ids,
            priority,
            subject,
            text,
            file_ids,
        }) = event.event.as_ticket()
        else {
            return Err(Fault::unprojectable(event, "a ticket begins with its opening"));
        };
        let at = event.metadata.occurred_at;
        Ok(Self {
            ticket_id: TicketId::new(event.aggregate_id),
            serial: event.serial.ok_or_else(|| Fault::unprojectable(event, "has no number"))?,
            version: 0,
            position: 0,
            status: Status::New,
            customer_id: *customer_id,
            category_id: *category_id,
            product_id: *product_id,
            department_ids: department_ids.clone(),
            priority: *priority,
            subject: subject.clone(),
            text: text.clone(),
            file_ids: file_ids.clone(),
            assignee_id: None,
            collaborator_ids: BTreeSet::new(),
            promised_for: None,
            opened_at: at,
            assigned_at: None,
            accepted_at: None,
            first_replied_at: None,
            resolved_at: None,
            outcome: None,
            summary: None,
            closed_at: None,
            reopenable_until: None,
            reply_count: 0,
            agreement: Agreement::default(),
            has_unseen_answer: false,
            updated_at: at,
            public_updated_at: at,
            public_version: 0,
            public_position: 0,
        })
    }

    fn change(&mut self, event: &TicketEvent, at: Moment) {
        match event {
            TicketEvent::Assigned { assignee_id, .. } => {
                self.collaborator_ids.remove(assignee_id);
                self.assignee_id = Some(*assignee_id);
                self.assigned_at = Some(at);
            }
            TicketEvent::Accepted { staff_member_id } => {
                self.collaborator_ids.remove(staff_member_id);
                if self.assignee_id != Some(*staff_member_id) {
                    self.assigned_at = Some(at);
                }
                self.assignee_id = Some(*staff_member_id);
                self.accepted_at = Some(at);
            }
            TicketEvent::Transferred { to_department_id, .. } => {
                self.department_ids = vec![*to_department_id];
                self.assignee_id = None;
            }
            TicketEvent::ReturnedToQueue { .. } => self.assignee_id = None,
            TicketEvent::CollaboratorJoined { staff_member_id } => {
                self.collaborator_ids.insert(*staff_member_id);
            }
            TicketEvent::CollaboratorLeft { staff_member_id } => {
                self.collaborator_ids.remove(staff_member_id);
            }
            TicketEvent::ReplyAdded { author, .. } => {
                self.reply_count += 1;
                if matches!(author, Author::Staff(_)) {
                    self.first_replied_at.get_or_insert(at);
                }
            }
            TicketEvent::PriorityAssessed { priority, .. } => self.priority = *priority,
            TicketEvent::AgreementAsked { .. }
            | TicketEvent::ChargesAgreed { .. }
            | TicketEvent::ChargesAllowed { .. } => self.agreement.evolve(event),
            TicketEvent::ResolutionPromised { promised_for, .. } => {
                self.promised_for = Some(*promised_for);
            }
            TicketEvent::Resolved { outcome, summary, reopenable_until, .. } => {
                self.resolved_at = Some(at);
                self.outcome = Some(*outcome);
                self.summary.clone_from(summary);
                self.reopenable_until = Some(*reopenable_until);
            }
            TicketEvent::Closed { reopenable_until, .. } => {
                self.closed_at = Some(at);
                self.reopenable_until = Some(*reopenable_until);
            }
            TicketEvent::Reopened { .. } => {
                self.resolved_at = None;
                self.outcome = None;
                self.summary = None;
                self.closed_at = None;
                self.reopenable_until = None;
                self.promised_for = None;
            }
            TicketEvent::Opened { .. }
            | TicketEvent::NoteAdded { .. }
            | TicketEvent::TimeLogged { .. }
            | TicketEvent::TimeReversed { .. }
            | TicketEvent::TimeMarkedCourtesy { .. }
            | TicketEvent::WaitingStarted { .. }
            | TicketEvent::WaitingEnded
            // What an event means for the answer is folded in beside the status.
            | TicketEvent::AnsweredAfterResolution
            | TicketEvent::AnswerSeen { .. }
            | TicketEvent::ClockStarted(_)
            | TicketEvent::ClockPaused(_)
            | TicketEvent::ClockResumed(_)
            | TicketEvent::TargetAtRisk(_)
            | TicketEvent::TargetBreached(_)
            | TicketEvent::TargetEnded(_)
            | TicketEvent::Remeasured(_) => {}
        }
    }
}

impl Fold for TicketDetails {
    const NAME: &'static str = "ticket_details";
    const VERSION: i64 = 6;
    const COLUMNS: &'static [Column] = &[
        Column { name: "serial", kind: Kind::Integer },
        Column { name: "status", kind: Kind::Text },
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "category_id", kind: Kind::Text },
        Column { name: "product_id", kind: Kind::Text },
        Column { name: "department_ids", kind: Kind::Text },
        Column { name: "assignee_id", kind: Kind::Text },
        Column { name: "worked_by", kind: Kind::Text },
        Column { name: "priority", kind: Kind::Integer },
        Column { name: "is_open", kind: Kind::Integer },
        Column { name: "assigned_at", kind: Kind::Integer },
        Column { name: "updated_at", kind: Kind::Integer },
        Column { name: "closes_after", kind: Kind::Integer },
        Column { name: "search_text", kind: Kind::Text },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "serial", only_where: "" },
        Index { columns: "updated_at, serial", only_where: "" },
        Index { columns: "assignee_id, assigned_at", only_where: "assignee_id IS NOT NULL" },
        Index { columns: "assignee_id, serial", only_where: "is_open = 1" },
        Index { columns: "closes_after", only_where: "closes_after IS NOT NULL" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        event.event.as_ticket().map(|_| event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let Some(ticket_event) = event.event.as_ticket() else {
            return Err(Fault::unprojectable(event, "is not a ticket's"));
        };
        let mut row = match row {
            Some(row) => row,
            None => Self::opened(event)?,
        };
        if event.sequence != row.version + 1 {
            return Err(Fault::unprojectable(event, "does not follow on the ticket's last event"));
        }
        let at = event.metadata.occurred_at;
        row.change(ticket_event, at);
        row.status = row.status.after(ticket_event);
        row.has_unseen_answer = ticket_event.leaves_unseen_answer(row.has_unseen_answer);
        row.version = event.sequence;
        row.position = event.position;
        // What follows for the clocks, or is noticed of them later, is no change of the ticket.
        if ticket_event.as_clock().is_none() {
            row.updated_at = at;
        }
        if ticket_event.is_news_to_customer() {
            row.public_updated_at = at;
            row.public_version = event.sequence;
            row.public_position = event.position;
        }
        Ok(row)
    }

    const SEARCHED_OF: Option<&'static str> = Some("customer_id");

    fn searched(row: &Self) -> Option<&Personal<String>> {
        Some(&row.subject)
    }

    fn places(row: &Self) -> Vec<Place> {
        let departments: Vec<String> = row.department_ids.iter().map(ToString::to_string).collect();
        let worked_by: Vec<String> =
            row.assignee_id.iter().chain(&row.collaborator_ids).map(ToString::to_string).collect();
        let closes_after = row.reopenable_until.filter(|_| row.status == Status::Resolved);
        vec![Place {
            part: String::new(),
            cells: vec![
                row.serial.into(),
                status_name(row.status).to_owned().into(),
                row.customer_id.to_string().into(),
                row.category_id.to_string().into(),
                row.product_id.to_string().into(),
                departments.join(" ").into(),
                row.assignee_id.map(|id| id.to_string()).into(),
                worked_by.join(" ").into(),
                priority_rank(row.priority).into(),
                i64::from(row.status.is_open()).into(),
                row.assigned_at.map(micros).into(),
                micros(row.updated_at).into(),
                closes_after.map(micros).into(),
                String::new().into(),
            ],
        }]
    }
}

/// 0 for the least urgent.
const fn priority_rank(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
        Priority::Urgent => 3,
    }
}

/// Whether the customer may learn of the event (T5).
pub fn is_public(event: &TicketEvent) -> bool {
    timeline::Reader::Customer.sees(event)
        && !matches!(event, TicketEvent::TimeLogged { charging: Charging::Courtesy { .. }, .. })
}

/// The tickets with these ids; those that there are not are left out.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(db: &Db, ids: &[TicketId]) -> Result<HashMap<TicketId, TicketDetails>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM ticket_details WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.ticket_id, row)).collect())
}

/// The ticket with this number.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_serial(db: &Db, serial: i64) -> Result<Option<TicketDetails>, Fault> {
    let query = Select::new("SELECT body FROM ticket_details WHERE serial = ").value(serial);
    Ok(read_rows(db, query.texts(db).await?).await?.pop())
}

/// Resolved tickets whose period for reopening ended before `now` and that nobody holds, the longest
/// over first (T4).
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn due_to_close(db: &Db, now: Moment, limit: i64) -> Result<Vec<TicketId>, Fault> {
    let query = Select::new("SELECT id FROM ticket_details WHERE closes_after < ")
        .value(micros(now))
        .and_not_held("id", micros(now))
        .sql(" ORDER BY closes_after LIMIT ")
        .value(limit);
    let read =
        |id: String| id.parse().map_err(|_| Fault::Row { table: TicketDetails::NAME, what: id });
    query.texts(db).await?.into_iter().map(read).collect()
}

pub(crate) async fn read_rows(db: &Db, bodies: Vec<String>) -> Result<Vec<TicketDetails>, Fault> {
    crate::fold::read_rows::<TicketDetails>(db, bodies).await
}
