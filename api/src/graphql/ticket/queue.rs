//! A department's queue: which of it is asked for, by what it is ordered, and a page of it.

use async_graphql::{Context, Enum, ID, InputObject};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Moment;
use servicedesk_projections::ticket::department_queue::{
    self, DepartmentQueue, QueueFilter, QueueOrder,
};

use super::queries::{TicketTotal, Tickets, once_each, with_details};
use super::types::TicketStatus;
use crate::graphql::relay::{PageArgs, PageRequest, parse_id};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// Which tickets of a queue are asked for; everything given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DepartmentQueueFilter {
    /// In one of these states.
    pub status: Option<Vec<TicketStatus>>,
    /// For which this member of staff is responsible.
    pub assignee_id: Option<ID>,
    /// Only those for which nobody is responsible.
    pub is_unassigned: Option<bool>,
    /// Only those whose customer answered after the resolution, and nobody has looked; or, if
    /// false, only others.
    pub has_unseen_answer: Option<bool>,
    /// Whose service level stands like one of these; the worst of its targets counts.
    pub service_level: Option<Vec<ServiceLevelStanding>>,
}

/// Where an open ticket's targets stand: the worst of them counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "department_queue::Standing")]
pub enum ServiceLevelStanding {
    /// There is time.
    OnTrack,
    /// The last part of a target's time runs.
    AtRisk,
    /// A target is breached.
    Breached,
    /// The clock stands still until the customer answers.
    Paused,
}

/// By what a queue is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "department_queue::QueueOrder")]
pub enum DepartmentQueueOrder {
    /// The most urgent first, among equals the oldest.
    Urgency,
    /// What is due next first; what waits on the customer last.
    Due,
}

/// One page of a department's queue.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` if it cannot be read.
pub async fn queue(
    context: &Context<'_>,
    desk: &Desk,
    department_id: DepartmentId,
    (filter, order): (QueueFilter, QueueOrder),
    args: &PageArgs,
) -> Result<Tickets, ApiError> {
    let request: PageRequest<department_queue::PlaceInQueue> = args.read()?;
    let side = match &request {
        PageRequest::Forward { after, .. } => department_queue::Side::After(*after),
        PageRequest::Backward { before, .. } => department_queue::Side::Before(*before),
    };
    let db = desk.log.db();
    let rows =
        department_queue::page(db, department_id, &filter, order, side, request.limit()).await?;
    let rows = with_details(context, rows, |row: &DepartmentQueue| row.ticket_id).await?;
    let total = TicketTotal::Queue(department_id, Box::new(filter));
    request.page(rows, total, |(row, _)| row.place_in(order), |(_, ticket)| ticket)
}

impl DepartmentQueueFilter {
    pub(super) fn read(&self, now: Moment) -> Result<QueueFilter, ApiError> {
        let mut standings = Vec::new();
        for standing in self.service_level.iter().flatten().map(|standing| (*standing).into()) {
            if !standings.contains(&(standing, now)) {
                standings.push((standing, now));
            }
        }
        Ok(QueueFilter {
            standings,
            has_unseen_answer: self.has_unseen_answer,
            statuses: once_each(self.status.as_deref()),
            assignee_id: self.assignee_id.as_ref().map(parse_id).transpose()?,
            is_unassigned: self.is_unassigned.unwrap_or(false),
        })
    }
}
