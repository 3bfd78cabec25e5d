//! Watching service levels live: each line as it is crossed (S2).

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, Subscription};
use chrono::{DateTime, Days, Utc};
use futures::Stream;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Id;
use servicedesk_domain::sla;
use servicedesk_domain::sla::events::LineCrossed;
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::sla::report::{self, Question};
use servicedesk_projections::sla::request::{Level, Request};
use servicedesk_projections::sla::rollup::Dimension;
use servicedesk_projections::sla::targets;
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::kinds::{RequestKind, TargetKind, TargetState};
use crate::graphql::applications::types::{Application, visible as visible_application};
use crate::graphql::catalogue::{Department, departments};
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, parse_id};
use crate::graphql::ticket::types::{Ticket, visible};
use crate::graphql::watch::{FAR_BACK, Watch, Watched, follow};
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::live::Topic;

/// A line, and what its target is since.
type Crossed = (LineCrossed, sla::State);

/// A line that was crossed, or how things stand.
pub struct SlaChange {
    position: Position,
    crossed: Option<(Arc<Request>, Crossed)>,
    within: Option<Vec<DepartmentId>>,
}

/// How many requests of a kind stand how in a department.
pub struct SlaStanding {
    request: sla::RequestKind,
    department_id: DepartmentId,
    level: Level,
}

/// A line that was crossed, or how things stand.
#[Object]
impl SlaChange {
    /// The log position that this shows.
    async fn position(&self) -> EventPosition {
        EventPosition(self.position)
    }

    /// The kind of the request. Null for the first snapshot.
    async fn request(&self) -> Option<RequestKind> {
        self.crossed.as_ref().map(|(request, _)| request.belonging.request.into())
    }

    /// The target whose line was crossed. Null for the first snapshot.
    async fn target(&self) -> Option<TargetKind> {
        self.crossed.as_ref().map(|(_, (line, _))| line.target.into())
    }

    /// The new state of the target: `AT_RISK` or `BREACHED`. Null for the first snapshot.
    async fn state(&self) -> Option<TargetState> {
        self.crossed.as_ref().map(|(_, (_, state))| (*state).into())
    }

    /// When the line was crossed, which may be before it was recorded. Null for the first snapshot.
    async fn crossed_at(&self) -> Option<DateTime<Utc>> {
        self.crossed.as_ref().map(|(_, (line, _))| line.at)
    }

    /// The ticket. Null for the first snapshot, and if the request is no ticket.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some((request, _)) = &self.crossed else { return Ok(None) };
        if request.belonging.request != sla::RequestKind::Ticket {
            return Ok(None);
        }
        Ok(visible(context, Id::new(request.request_id)).await?)
    }

    /// The application. Null for the first snapshot, and if the request is a ticket.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let Some((request, _)) = &self.crossed else { return Ok(None) };
        if request.belonging.request == sla::RequestKind::Ticket {
            return Ok(None);
        }
        Ok(visible_application(context, Id::new(request.request_id)).await?)
    }

    /// How many requests stand how now, in each department that is watched.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    async fn standings(&self, context: &Context<'_>) -> Result<Vec<SlaStanding>> {
        Ok(standings(data::<Desk>(context)?, self.within.as_deref()).await?)
    }
}

/// How many open requests of a kind stand how in a department. A request of two departments counts
/// in both.
#[Object]
impl SlaStanding {
    /// The kind.
    async fn request(&self) -> RequestKind {
        self.request.into()
    }

    /// The department.
    async fn department(&self, context: &Context<'_>) -> Result<Option<Department>> {
        Ok(departments(context, &[self.department_id]).await?.pop())
    }

    /// How many are open.
    async fn open(&self) -> i64 {
        self.level.open
    }

    /// Of how many of these a target is at risk, and none breached.
    async fn at_risk(&self) -> i64 {
        self.level.at_risk
    }

    /// Of how many of these a target is breached.
    async fn breached(&self) -> i64 {
        self.level.late
    }
}

/// Watching service levels.
#[derive(Default)]
pub struct SlaSubscription;

#[Subscription]
impl SlaSubscription {
    /// Watches service levels: each target that comes to be at risk or is breached. First comes how
    /// things stand, or with `afterPosition` whatever was crossed since (how things stand, where
    /// that is very far back). For staff: agents watch their own departments, managers and auditors
    /// all.
    async fn sla_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which department; of all that the caller may see where not given.")]
        department_id: Option<ID>,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<SlaChange>>> {
        let watch = Watch::begin(context)?;
        let worker = policy::reading_staff(&watch.caller)?;
        let within = match department_id.as_ref().map(parse_id).transpose()? {
            Some(id) => {
                policy::may_see_queue(&watch.caller, id)?;
                Some(vec![id])
            }
            None if policy::reads_everything(worker) => None,
            None => Some(worker.department_ids.clone()),
        };
        let events = watch.events(context, Topic::ServiceLevels, after_position).await?;
        Ok(follow(WatchedLevels { watch, within }, events, after_position))
    }
}

/// Service levels that somebody watches.
struct WatchedLevels {
    watch: Watch,
    /// Which departments. Null for all.
    within: Option<Vec<DepartmentId>>,
}

impl Watched for WatchedLevels {
    type Change = SlaChange;

    const MAX_REPLAYED: Position = FAR_BACK;

    fn watcher(&self) -> &Watch {
        &self.watch
    }

    async fn snapshot(&self) -> Result<(Position, SlaChange), ApiError> {
        let position = self.watch.desk.positions.reached();
        let within = self.within.clone();
        Ok((position, SlaChange { position, crossed: None, within }))
    }

    async fn change(&self, event: Arc<Recorded>) -> Result<Option<SlaChange>, ApiError> {
        let Some(crossed) = crossed(&event) else { return Ok(None) };
        let mut found = targets::by_ids(self.watch.desk.log.db(), &[event.aggregate_id]).await?;
        let request = found.remove(&event.aggregate_id).filter(|found| self.is_within(found));
        let Some(request) = request else { return Ok(None) };
        self.watch.still_allowed().await?;
        Ok(Some(SlaChange {
            position: event.position,
            crossed: Some((Arc::new(request), crossed)),
            within: self.within.clone(),
        }))
    }

    async fn missed(&self, after: Position) -> Result<Vec<Arc<Recorded>>, ApiError> {
        let mut missed = Vec::new();
        let mut done = after;
        while let Some((events, last)) = self.watch.next_in_log(done).await? {
            let crossings = || events.iter().filter(|event| crossed(event).is_some());
            let ids: HashSet<Uuid> = crossings().map(|event| event.aggregate_id).collect();
            let ids: Vec<Uuid> = ids.into_iter().collect();
            let found = targets::by_ids(self.watch.desk.log.db(), &ids).await?;
            let is_ours = |event: &&Arc<Recorded>| {
                found.get(&event.aggregate_id).is_some_and(|request| self.is_within(request))
            };
            missed.extend(crossings().filter(is_ours).cloned());
            done = last;
        }
        Ok(missed)
    }
}

impl WatchedLevels {
    fn is_within(&self, request: &Request) -> bool {
        let departments = &request.belonging.department_ids;
        let is_one = |ids: &Vec<DepartmentId>| ids.iter().any(|id| departments.contains(id));
        self.within.as_ref().is_none_or(is_one)
    }
}

fn crossed(event: &Recorded) -> Option<Crossed> {
    event.event.as_clock()?.as_crossed()
}

/// How many open requests stand how now, by kind and department: the level at the end of the last
/// day that the report knows.
async fn standings(
    desk: &Desk,
    within: Option<&[DepartmentId]>,
) -> Result<Vec<SlaStanding>, ApiError> {
    // Nothing is counted on a day that has not begun anywhere on earth.
    let today = desk.now().date_naive();
    let from = today.checked_add_days(Days::new(2)).unwrap_or(today);
    let until = from.checked_add_days(Days::new(1)).unwrap_or(from);
    let mut standings = Vec::new();
    for request in sla::RequestKind::iter() {
        let group_by = Some(Dimension::Department);
        let question =
            Question { request, from, until, group_by, filter: Vec::new(), bucket: None };
        for line in report::answer(desk.log.db(), &question).await? {
            let id = line.group.as_deref().and_then(|id| id.parse::<DepartmentId>().ok());
            let Some(department_id) = id else { continue };
            if within.is_none_or(|within| within.contains(&department_id)) {
                standings.push(SlaStanding { request, department_id, level: line.level });
            }
        }
    }
    Ok(standings)
}
