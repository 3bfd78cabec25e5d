//! Who works here, in which departments, and who is available (T3).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::kernel::text::search_form;
use servicedesk_domain::staff::{Absence, Role, StaffEvent, StaffMemberId, Timer};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{IdSide, page_by_id};
use crate::search::contains;
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
    /// The policy assigns at most so many open tickets; none: any number.
    pub max_open_tickets: Option<u32>,
    /// When the person is away, the earliest plan first.
    pub absences: Vec<Absence>,
    /// Whether the person works here.
    pub is_active: bool,
}

impl StaffMemberRow {
    /// The row after an event about what the person does here; `None` for any other event.
    fn changed(mut self, event: &StaffEvent) -> Option<Self> {
        match event {
            StaffEvent::DutiesChanged { role, department_ids } => {
                self.role = *role;
                self.department_ids.clone_from(department_ids);
            }
            StaffEvent::CapacityChanged { max_open_tickets } => {
                self.max_open_tickets = *max_open_tickets;
            }
            StaffEvent::AbsencePlanned { absence } => self.absences.push(*absence),
            StaffEvent::AbsenceCancelled { absence_id } => {
                self.absences.retain(|one| one.absence_id != *absence_id);
            }
            StaffEvent::Deactivated => self.is_active = false,
            StaffEvent::Reactivated => self.is_active = true,
            _ => return None,
        }
        Some(self)
    }
}

impl Fold for StaffMemberRow {
    const NAME: &'static str = "staff_directory";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[
        Column { name: "is_available", kind: Kind::Integer },
        Column { name: "role", kind: Kind::Text },
        Column { name: "department_ids", kind: Kind::Text },
        Column { name: "is_active", kind: Kind::Integer },
        Column { name: "search_text", kind: Kind::Text },
    ];
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
                max_open_tickets: None,
                absences: Vec::new(),
                is_active: true,
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
            (Some(row), Event::Staff(news)) => row.changed(news).ok_or_else(|| {
                Fault::unprojectable(event, "does not follow on the member's last event")
            }),
            _ => Err(Fault::unprojectable(event, "does not follow on the member's last event")),
        }
    }

    fn places(row: &Self) -> Vec<Place> {
        let departments: Vec<String> = row.department_ids.iter().map(ToString::to_string).collect();
        let cells = vec![
            i64::from(row.is_available).into(),
            role_name(row.role).to_owned().into(),
            departments.join(" ").into(),
            i64::from(row.is_active).into(),
            String::new().into(),
        ];
        vec![Place { part: String::new(), cells }]
    }

    const SEARCHED_OF: Option<&'static str> = Some("id");

    fn searched(row: &Self) -> Option<&Personal<String>> {
        Some(&row.name)
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

/// What members of staff are searched for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// They work the tickets of this department.
    pub department_id: Option<DepartmentId>,
    /// Whether tickets may be assigned to them by policy.
    pub is_available: Option<bool>,
    /// They have this role.
    pub role: Option<Role>,
    /// Whether they work here.
    pub is_active: Option<bool>,
    /// Each of these words is in the name, as `search_form` compares them.
    pub words: Vec<String>,
}

impl StaffFilter {
    fn add_to(&self, mut query: Select) -> Select {
        query = query.sql(" FROM staff_directory WHERE 1 = 1");
        if let Some(id) = self.department_id {
            query = contains(query.sql(" AND "), "department_ids", &id.to_string());
        }
        if let Some(is_available) = self.is_available {
            query = query.sql(" AND is_available = ").value(i64::from(is_available));
        }
        if let Some(role) = self.role {
            query = query.sql(" AND role = ").value(role_name(role).to_owned());
        }
        if let Some(is_active) = self.is_active {
            query = query.sql(" AND is_active = ").value(i64::from(is_active));
        }
        for word in &self.words {
            query = contains(query.sql(" AND "), "search_text", &search_form(word));
        }
        query
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Manager => "manager",
        Role::Auditor => "auditor",
        Role::Admin => "admin",
    }
}

/// One page of those who fit the filter, in the order of ids.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: &StaffFilter,
    side: IdSide,
    limit: i64,
) -> Result<Vec<StaffMemberRow>, Fault> {
    page_by_id::<StaffMemberRow>(db, filter.add_to(Select::new("SELECT body")), side, limit).await
}

/// How many fit the filter.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: &StaffFilter) -> Result<i64, Fault> {
    Ok(filter.add_to(Select::new("SELECT COUNT(*)")).number(db).await?)
}
