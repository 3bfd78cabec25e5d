//! Who works here, in which departments, and who is available (T3).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::staff::{Role, StaffEvent, StaffMemberId, Timer};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMemberRow {
    /// Who.
    pub staff_member_id: StaffMemberId,
    /// The name that colleagues and customers see.
    pub name: Personal<String>,
    /// What the person may do.
    pub role: Role,
    /// Whose tickets the person works.
    pub department_ids: Vec<DepartmentId>,
    /// Whether tickets may be assigned by policy.
    pub is_available: bool,
    /// The timer that runs.
    pub timer: Option<Timer>,
}

impl Fold for StaffMemberRow {
    const NAME: &'static str = "staff_directory";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[Column { name: "is_available", kind: Kind::Integer }];
    const INDEXES: &'static [Index] =
        &[Index { columns: "is_available", only_where: "is_available = 1" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Staff(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        match (row, &event.event) {
            (
                None,
                Event::Staff(StaffEvent::Registered {
                    staff_member_id,
                    name,
                    role,
                    department_ids,
                }),
            ) => Ok(Self {
                staff_member_id: *staff_member_id,
                name: name.clone(),
                role: *role,
                department_ids: department_ids.clone(),
                is_available: false,
                timer: None,
            }),
            (Some(row), Event::Staff(StaffEvent::AvailabilityChanged { is_available })) => {
                Ok(Self { is_available: *is_available, ..row })
            }
            (
                Some(row),
                Event::Staff(StaffEvent::TimerStarted { entry_id, ticket_id, started_at }),
            ) => {
                let (entry_id, ticket_id, started_at) = (*entry_id, *ticket_id, *started_at);
                Ok(Self { timer: Some(Timer { entry_id, ticket_id, started_at }), ..row })
            }
            (
                Some(row),
                Event::Staff(StaffEvent::TimerStopped { .. } | StaffEvent::TimerDiscarded { .. }),
            ) => Ok(Self { timer: None, ..row }),
            (
                Some(row),
                Event::Staff(StaffEvent::TimeReserved { .. } | StaffEvent::TimeReleased { .. }),
            ) => Ok(row),
            _ => Err(Fault::unprojectable(event, "does not follow on the member's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place { part: String::new(), cells: vec![i64::from(row.is_available).into()] }]
    }
}

/// Those of these ids who work here.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(
    db: &Db,
    ids: &[StaffMemberId],
) -> Result<HashMap<StaffMemberId, StaffMemberRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM staff_directory WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<StaffMemberRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.staff_member_id, row)).collect())
}

/// Everybody who is available, in whatever department.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn available(db: &Db) -> Result<Vec<StaffMemberRow>, Fault> {
    let query = Select::new("SELECT body FROM staff_directory WHERE is_available = 1 ORDER BY id");
    read_rows::<StaffMemberRow>(db, query.texts(db).await?).await
}

/// The side of a member from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those who come next.
    After(Option<StaffMemberId>),
    /// Those who come before; of the whole list, its end.
    Before(Option<StaffMemberId>),
}

/// One page of everybody who works here, in the order of ids.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(db: &Db, side: Side, limit: i64) -> Result<Vec<StaffMemberRow>, Fault> {
    let (id, beyond, direction) = match side {
        Side::After(id) => (id, ">", "ASC"),
        Side::Before(id) => (id, "<", "DESC"),
    };
    let mut query = Select::new("SELECT body FROM staff_directory WHERE 1 = 1");
    if let Some(id) = id {
        query = query.sql(&format!(" AND id {beyond} ")).value(id.to_string());
    }
    query = query.sql(&format!(" ORDER BY id {direction} LIMIT ")).value(limit);
    let mut rows = read_rows::<StaffMemberRow>(db, query.texts(db).await?).await?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many people work here.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db) -> Result<i64, Fault> {
    Ok(Select::new("SELECT COUNT(*) FROM staff_directory").number(db).await?)
}
