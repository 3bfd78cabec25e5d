//! An application's timeline: one entry per event, with what its kind has to say.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::licensing::application::events::ApprovalBasis;
use servicedesk_domain::licensing::trading_account::events::GrantBasis;
use servicedesk_domain::licensing::{ApplicationEvent, ApplicationId};
use servicedesk_domain::sla::events::LineCrossed;
use servicedesk_eventlog::Recorded;
use servicedesk_projections::licensing::application_timeline;

use super::types::{ApprovalGround, ground, visible};
use crate::graphql::actor::{Actor, shown_actor};
use crate::graphql::guards;
use crate::graphql::node::names;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, PageArgs, PageRequest, part_id};
use crate::graphql::sla::kinds::TargetKind;
use servicedesk_service::access::{Identity, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What happened to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ApplicationTimelineKind {
    /// It was submitted; `text` is what the customer added.
    Submitted,
    /// Staff took it.
    Taken,
    /// It was approved on the `ground`.
    Approved,
    /// It was declined; `text` is why.
    Declined,
    /// The customer withdrew it; `text` is why.
    Withdrawn,
    /// A ticket was opened to discuss it; `text` is what was written.
    TicketOpened,
    /// Its clock moved on with the entry before; such entries are not listed.
    ClockMoved,
    /// `target` of its service level became at risk. For staff.
    TargetAtRisk,
    /// `target` of its service level was breached. For staff.
    TargetBreached,
    /// It was remeasured; `text` is why. For staff.
    Remeasured,
}

/// One thing that happened to an application.
pub struct ApplicationTimelineEntry {
    /// The event.
    pub recorded: Recorded,
}

/// One thing that happened to an application.
#[Object]
impl ApplicationTimelineEntry {
    /// The id of the entry. It never changes.
    pub async fn id(&self) -> ID {
        let (whole, part) = (self.recorded.aggregate_id, self.recorded.sequence);
        part_id(names::APPLICATION_TIMELINE_ENTRY, whole, part)
    }

    /// What happened.
    async fn kind(&self) -> Result<ApplicationTimelineKind> {
        Ok(match self.event()? {
            ApplicationEvent::Submitted { .. } => ApplicationTimelineKind::Submitted,
            ApplicationEvent::Taken { .. } => ApplicationTimelineKind::Taken,
            ApplicationEvent::Approved { .. } => ApplicationTimelineKind::Approved,
            ApplicationEvent::Declined { .. } => ApplicationTimelineKind::Declined,
            ApplicationEvent::Withdrawn { .. } => ApplicationTimelineKind::Withdrawn,
            ApplicationEvent::TicketRequested { .. } => ApplicationTimelineKind::TicketOpened,
            ApplicationEvent::ClockStarted(_)
            | ApplicationEvent::ClockPaused(_)
            | ApplicationEvent::ClockResumed(_)
            | ApplicationEvent::TargetEnded(_) => ApplicationTimelineKind::ClockMoved,
            ApplicationEvent::TargetAtRisk(_) => ApplicationTimelineKind::TargetAtRisk,
            ApplicationEvent::TargetBreached(_) => ApplicationTimelineKind::TargetBreached,
            ApplicationEvent::Remeasured(_) => ApplicationTimelineKind::Remeasured,
        })
    }

    /// The application's version with this entry.
    async fn version(&self) -> i64 {
        self.recorded.sequence
    }

    /// The log position of the event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.recorded.position)
    }

    /// When it happened; for a line of a target, when it was crossed, however late that was noticed.
    async fn occurred_at(&self) -> Result<DateTime<Utc>> {
        let line = crossed(self.event()?);
        Ok(line.map_or(self.recorded.metadata.occurred_at, |line| line.at))
    }

    /// Which target became at risk or was breached.
    async fn target(&self) -> Result<Option<TargetKind>> {
        Ok(crossed(self.event()?).map(|line| line.target.into()))
    }

    /// Who did it.
    async fn actor(&self, context: &Context<'_>) -> Result<Actor> {
        Ok(shown_actor(context, self.recorded.metadata.actor).await?)
    }

    /// What was written. Why a manager overrode a decision is not shown to customers.
    async fn text(&self, context: &Context<'_>) -> Result<Option<String>> {
        let event = self.event()?;
        let is_customer = matches!(guards::caller(context)?.identity, Identity::Customer(_));
        if is_customer && matches!(event, ApplicationEvent::Approved { .. }) {
            return Ok(None);
        }
        Ok(written(event).map(|text| text.shown().to_owned()))
    }

    /// The ground on which it was approved.
    async fn ground(&self) -> Result<Option<ApprovalGround>> {
        Ok(match self.event()? {
            ApplicationEvent::Approved { basis, .. } => Some(ground(basis)),
            _ => None,
        })
    }
}

impl ApplicationTimelineEntry {
    fn event(&self) -> Result<&ApplicationEvent, ApiError> {
        match &self.recorded.event {
            Event::Application(event) => Ok(event),
            _ => Err(ApiError::internal(&"an event of a timeline is not an application's")),
        }
    }
}

const fn crossed(event: &ApplicationEvent) -> Option<&LineCrossed> {
    match event {
        ApplicationEvent::TargetAtRisk(line) | ApplicationEvent::TargetBreached(line) => Some(line),
        _ => None,
    }
}

fn written(event: &ApplicationEvent) -> Option<&Personal<String>> {
    match event {
        ApplicationEvent::Submitted { comment, .. } => comment.as_ref(),
        ApplicationEvent::Withdrawn { reason } => reason.as_ref(),
        ApplicationEvent::Declined { reason, .. }
        | ApplicationEvent::Approved {
            basis:
                ApprovalBasis::Override { reason }
                | ApprovalBasis::Rule(GrantBasis::Override { reason }),
            ..
        } => Some(reason),
        ApplicationEvent::TicketRequested { text, .. } => Some(text),
        ApplicationEvent::Remeasured(remeasured) => Some(&remeasured.reason),
        _ => None,
    }
}

/// The number of entries that the caller may see.
pub struct ApplicationTimelineTotal(ApplicationId);

/// The number of entries that the caller may see.
#[Object]
impl ApplicationTimelineTotal {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let reader = policy::timeline_reader(guards::caller(context)?);
        let db = data::<Desk>(context)?.log.db();
        let count = application_timeline::count(db, self.0, reader).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// An application's timeline as a list.
pub type ApplicationTimeline =
    Connection<String, ApplicationTimelineEntry, ApplicationTimelineTotal>;

/// One page of an application's timeline, as the caller may see it.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` if it cannot be read.
pub async fn page(
    context: &Context<'_>,
    application_id: ApplicationId,
    args: &PageArgs,
) -> Result<ApplicationTimeline, ApiError> {
    let request: PageRequest<i64> = args.read()?;
    let reader = policy::timeline_reader(guards::caller(context)?);
    let (bounds, limit) = match &request {
        PageRequest::Forward { after, .. } => ((after.unwrap_or(0), i64::MAX), request.limit()),
        PageRequest::Backward { before, .. } => ((0, before.unwrap_or(i64::MAX)), -request.limit()),
    };
    let db = data::<Desk>(context)?.log.db();
    let rows = application_timeline::page(db, application_id, reader, bounds, limit).await?;
    let total = ApplicationTimelineTotal(application_id);
    request.page(rows, total, |row| row.sequence, |recorded| ApplicationTimelineEntry { recorded })
}

/// One entry of an application's timeline, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn entry(
    context: &Context<'_>,
    application_id: ApplicationId,
    sequence: i64,
) -> Result<Option<ApplicationTimelineEntry>, ApiError> {
    if visible(context, application_id).await?.is_none() {
        return Ok(None);
    }
    let reader = policy::timeline_reader(guards::caller(context)?);
    let bounds = (sequence.saturating_sub(1), sequence.saturating_add(1));
    let db = data::<Desk>(context)?.log.db();
    let rows = application_timeline::page(db, application_id, reader, bounds, 1).await?;
    Ok(rows.into_iter().next().map(|recorded| ApplicationTimelineEntry { recorded }))
}
