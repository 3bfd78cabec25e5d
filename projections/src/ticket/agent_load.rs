//! How loaded each agent is, for the assignment policy (T3). It reads the rows of `ticket_details`.

use servicedesk_domain::staff::StaffMemberId;
use servicedesk_eventlog::{Db, on_db};

use crate::fold::Fault;

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
