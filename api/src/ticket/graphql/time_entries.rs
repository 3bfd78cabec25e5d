//! The time that was worked on a ticket (B2).

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::Position;
use servicedesk_projections::billing::time_entries::{self, Side};

use super::types::data;
use crate::auth::policy::StaffOnly;
use crate::desk::Desk;
use crate::error::ApiError;
use crate::loaders::Loaders;
use crate::relay::{PageArgs, PageRequest, global_id};
use crate::staff::graphql::StaffMember;

/// Time that was worked on a ticket.
pub struct TimeEntry(time_entries::TimeEntries);

/// Time that was worked on a ticket.
#[Object]
impl TimeEntry {
    /// The global id.
    async fn id(&self) -> ID {
        global_id(self.0.entry_id)
    }

    /// Who worked.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let found = context.data::<Loaders>()?.staff_member(self.0.staff_member_id).await?;
        Ok(found.map(StaffMember))
    }

    /// For how many whole minutes.
    async fn minutes(&self) -> u32 {
        self.0.minutes
    }

    /// When the work ended.
    async fn worked_at(&self) -> DateTime<Utc> {
        self.0.worked_at
    }

    /// When it was logged.
    async fn logged_at(&self) -> DateTime<Utc> {
        self.0.logged_at
    }

    /// What was done. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn note(&self) -> Option<&String> {
        self.0.note.as_ref().map(Personal::reveal)
    }

    /// Whether it was taken back and counts no more.
    async fn is_reversed(&self) -> bool {
        self.0.reversal.is_some()
    }

    /// When it was taken back.
    async fn reversed_at(&self) -> Option<DateTime<Utc>> {
        self.0.reversal.as_ref().map(|reversal| reversal.at)
    }

    /// Why it was taken back. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn reversal_reason(&self) -> Option<&String> {
        self.0.reversal.as_ref().map(|reversal| reversal.reason.reveal())
    }
}

/// What all of a ticket's time entries come to.
pub struct TimeTotals {
    ticket_id: TicketId,
}

/// What all of a ticket's time entries come to.
#[Object]
impl TimeTotals {
    /// How many entries there are in all, those taken back among them.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let desk = data::<Desk>(context)?;
        let count = time_entries::count(desk.log.db(), self.ticket_id).await;
        Ok(count.map_err(ApiError::from)?)
    }

    /// For how many minutes the ticket was worked on, without what was taken back.
    async fn total_minutes(&self, context: &Context<'_>) -> Result<i64> {
        let desk = data::<Desk>(context)?;
        let minutes = time_entries::minutes(desk.log.db(), self.ticket_id).await;
        Ok(minutes.map_err(ApiError::from)?)
    }
}

/// A ticket's time entries as a list.
pub type TimeEntries = Connection<String, TimeEntry, TimeTotals>;

/// One page of a ticket's time entries.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` where it cannot be read.
pub async fn page(
    context: &Context<'_>,
    ticket_id: TicketId,
    args: &PageArgs,
) -> Result<TimeEntries, ApiError> {
    let request: PageRequest<Position> = args.read()?;
    let side = match &request {
        PageRequest::Forward { after, .. } => Side::After(*after),
        PageRequest::Backward { before, .. } => Side::Before(*before),
    };
    let desk = data::<Desk>(context)?;
    let rows = time_entries::page(desk.log.db(), ticket_id, side, request.limit()).await?;
    request.page(rows, TimeTotals { ticket_id }, |row| row.position, TimeEntry)
}
