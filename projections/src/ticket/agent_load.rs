//! How loaded each agent is, for the assignment policy (T3) and for those who look. It reads the rows of `ticket_details`.

use std::collections::HashMap;

use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, on_db};

use crate::fold::Fault;
use crate::search::contains;

/// How loaded an agent is, for the assignment policy (T3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// How many open tickets the agent is responsible for.
    pub open_tickets: i64,
    /// When the agent was last made responsible for any, in microseconds since 1970.
    pub last_assigned_at: Option<i64>,
}

/// How loaded one agent is.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn load_of(db: &Db, agent: StaffMemberId) -> Result<Load, Fault> {
    const OPEN: &str = "SELECT COUNT(*) FROM ticket_details WHERE is_open = 1 AND assignee_id = $1";
    const LAST: &str = "SELECT MAX(assigned_at) FROM ticket_details \
         WHERE assignee_id IS NOT NULL AND assignee_id = $1";
    let agent = agent.to_string();
    Ok(on_db!(db, connection => Load {
        open_tickets: sqlx::query_scalar(OPEN).bind(&agent).fetch_one(&mut *connection).await?,
        last_assigned_at: sqlx::query_scalar(LAST).bind(&agent).fetch_one(&mut *connection).await?,
    }))
}

/// How many open tickets each of these members of staff is responsible for; those with none are
/// left out.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn open_tickets(
    db: &Db,
    ids: &[StaffMemberId],
) -> Result<HashMap<StaffMemberId, i64>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new(
        "SELECT assignee_id, COUNT(*) FROM ticket_details WHERE is_open = 1 AND assignee_id IN ",
    );
    let query = query.values(ids.iter().map(ToString::to_string)).sql(" GROUP BY assignee_id");
    let rows = query.numbers_by_text(db, 1).await?;
    let read = |(id, numbers): (String, Vec<i64>)| Some((id.parse().ok()?, *numbers.first()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The open tickets that somebody is responsible for or has joined, in the order of their numbers.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn open_ticket_ids(db: &Db, agent: StaffMemberId) -> Result<Vec<TicketId>, Fault> {
    let query = Select::new("SELECT id FROM ticket_details WHERE is_open = 1 AND ");
    let query = contains(query, "worked_by", &agent.to_string()).sql(" ORDER BY serial");
    let ids = query.texts(db).await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}
