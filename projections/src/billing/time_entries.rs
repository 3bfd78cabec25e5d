//! The time that was worked on a ticket, in the order in which it was recorded (B2), with what was
//! taken back (B4).

use serde::{Deserialize, Serialize};
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::{TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// One time entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntries {
    /// The entry.
    pub entry_id: TimeEntryId,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// For how many minutes.
    pub minutes: u32,
    /// When the work ended.
    pub worked_at: Moment,
    /// What was done.
    pub note: Option<Personal<String>>,
    /// When it was logged.
    pub logged_at: Moment,
    /// Where its logging stands in the log.
    pub position: Position,
    /// How it was taken back, if it was.
    pub reversal: Option<Reversal>,
}

/// How a time entry was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// When.
    pub at: Moment,
    /// By whom.
    pub staff_member_id: StaffMemberId,
    /// Why.
    pub reason: Personal<String>,
}

impl Fold for TimeEntries {
    const NAME: &'static str = "time_entries";
    const VERSION: i64 = 1;
    const COLUMNS: &'static [Column] = &[
        Column { name: "ticket_id", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
        // 0 where it was taken back.
        Column { name: "counted_minutes", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[Index { columns: "ticket_id, position", only_where: "" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        match event.event.as_ticket()? {
            TicketEvent::TimeLogged { entry_id, .. }
            | TicketEvent::TimeReversed { entry_id, .. } => Some(entry_id.uuid()),
            _ => None,
        }
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let at = event.metadata.occurred_at;
        match (row, event.event.as_ticket()) {
            (
                None,
                Some(TicketEvent::TimeLogged {
                    entry_id,
                    staff_member_id,
                    minutes,
                    worked_at,
                    note,
                }),
            ) => Ok(Self {
                entry_id: *entry_id,
                ticket_id: TicketId::new(event.aggregate_id),
                staff_member_id: *staff_member_id,
                minutes: *minutes,
                worked_at: *worked_at,
                note: note.clone(),
                logged_at: at,
                position: event.position,
                reversal: None,
            }),
            (Some(row), Some(TicketEvent::TimeReversed { staff_member_id, reason, .. }))
                if row.reversal.is_none() =>
            {
                let staff_member_id = *staff_member_id;
                let reversal = Some(Reversal { at, staff_member_id, reason: reason.clone() });
                Ok(Self { reversal, ..row })
            }
            _ => Err(Fault::unprojectable(event, "does not follow on what is known of the entry")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![
                row.ticket_id.to_string().into(),
                row.position.into(),
                i64::from(row.counted_minutes()).into(),
            ],
        }]
    }
}

impl TimeEntries {
    /// The minutes that count: none once it was taken back.
    pub const fn counted_minutes(&self) -> u32 {
        if self.reversal.is_some() { 0 } else { self.minutes }
    }
}

/// The side of a position from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The entries that come next.
    After(Option<Position>),
    /// The entries that come before; of the whole list, its end.
    Before(Option<Position>),
}

/// One page of a ticket's time entries.
///
/// # Errors
/// [`Fault`], where they cannot be read.
pub async fn page(
    db: &Db,
    ticket_id: TicketId,
    side: Side,
    limit: i64,
) -> Result<Vec<TimeEntries>, Fault> {
    let (position, beyond, direction) = match side {
        Side::After(position) => (position, ">", "ASC"),
        Side::Before(position) => (position, "<", "DESC"),
    };
    let mut query = of_ticket("SELECT body", ticket_id);
    if let Some(position) = position {
        query = query.sql(&format!(" AND position {beyond} ")).value(position);
    }
    query = query.sql(&format!(" ORDER BY position {direction} LIMIT ")).value(limit);
    let mut rows = read_rows::<TimeEntries>(query.texts(db).await?)?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many time entries a ticket has, those taken back among them.
///
/// # Errors
/// [`Fault`], where they cannot be counted.
pub async fn count(db: &Db, ticket_id: TicketId) -> Result<i64, Fault> {
    Ok(of_ticket("SELECT COUNT(*)", ticket_id).number(db).await?)
}

/// For how many minutes a ticket was worked on, without what was taken back.
///
/// # Errors
/// [`Fault`], where they cannot be added up.
pub async fn minutes(db: &Db, ticket_id: TicketId) -> Result<i64, Fault> {
    let sum = "SELECT CAST(COALESCE(SUM(counted_minutes), 0) AS BIGINT)";
    Ok(of_ticket(sum, ticket_id).number(db).await?)
}

fn of_ticket(select: &str, ticket_id: TicketId) -> Select {
    Select::new(select).sql(" FROM time_entries WHERE ticket_id = ").value(ticket_id.to_string())
}
