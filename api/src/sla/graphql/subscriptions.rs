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
use tokio::sync::broadcast::error::RecvError;

use super::kinds::{RequestKind, TargetKind, TargetState};
use crate::auth::policy;
use crate::catalogue::graphql::{Department, departments};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::licensing::applications::graphql::types::{Application, visible as visible_application};
use crate::live::{Live, Topic};
use crate::query::data;
use crate::relay::{EventPosition, parse_id};
use crate::ticket::graphql::subscriptions::{MOST_REPLAYED, Watch};
use crate::ticket::graphql::types::{Ticket, visible};

const BATCH: usize = 500;

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

    /// Of which kind the request is; none for the snapshot at the beginning.
    async fn request(&self) -> Option<RequestKind> {
        self.crossed.as_ref().map(|(request, _)| request.belonging.request.into())
    }

    /// Of what the line was crossed; none for the snapshot.
    async fn target(&self) -> Option<TargetKind> {
        self.crossed.as_ref().map(|(_, (line, _))| line.target.into())
    }

    /// What the target is since: `AT_RISK` or `BREACHED`; none for the snapshot.
    async fn state(&self) -> Option<TargetState> {
        self.crossed.as_ref().map(|(_, (_, state))| (*state).into())
    }

    /// When the line was crossed, which may be before it was recorded; none for the snapshot.
    async fn crossed_at(&self) -> Option<DateTime<Utc>> {
        self.crossed.as_ref().map(|(_, (line, _))| line.at)
    }

    /// The ticket; none for the snapshot, and where the request is no ticket.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some((request, _)) = &self.crossed else { return Ok(None) };
        if request.belonging.request != sla::RequestKind::Ticket {
            return Ok(None);
        }
        Ok(visible(context, Id::new(request.request_id)).await?)
    }

    /// The application; none for the snapshot, and where the request is a ticket.
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
        // Watching begins before reading, so that nothing falls between the two.
        let mut changes = data::<Live>(context)?.watch(Topic::ServiceLevels);
        watch.catch_up(after_position).await?;
        let watch = SlaWatch { watch, within };
        Ok(async_stream::try_stream! {
            let head = watch.watch.desk.positions.reached();
            let resumed = after_position.map(|EventPosition(position)| position);
            let is_near = |position: &Position| head - position <= MOST_REPLAYED;
            let mut shown = if let Some(position) = resumed.filter(is_near) {
                position
            } else {
                yield watch.snapshot(head);
                head
            };
            for change in watch.missed(shown).await? {
                shown = change.position;
                yield change;
            }
            loop {
                let missed = match changes.recv().await {
                    Ok(event) if event.position > shown => watch.changes(&[event]).await?,
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => watch.missed(shown).await?,
                    Err(RecvError::Closed) => break,
                };
                watch.watch.still_allowed().await?;
                for change in missed {
                    shown = change.position;
                    yield change;
                }
            }
        })
    }
}

/// Somebody who watches service levels.
struct SlaWatch {
    watch: Watch,
    /// Of which departments; none: of all.
    within: Option<Vec<DepartmentId>>,
}

impl SlaWatch {
    fn snapshot(&self, position: Position) -> SlaChange {
        SlaChange { position, crossed: None, within: self.within.clone() }
    }

    /// Those of the events that are lines of what is watched.
    async fn changes(&self, events: &[Arc<Recorded>]) -> Result<Vec<SlaChange>, ApiError> {
        let crossed = |event: &Recorded| event.event.as_clock()?.as_crossed();
        let crossings: Vec<(&Recorded, Crossed)> =
            events.iter().filter_map(|event| Some((event.as_ref(), crossed(event)?))).collect();
        let ids: HashSet<_> = crossings.iter().map(|(event, _)| event.aggregate_id).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let requests = targets::by_ids(self.watch.desk.log.db(), &ids).await?;
        let requests: std::collections::HashMap<_, _> =
            requests.into_iter().map(|(id, request)| (id, Arc::new(request))).collect();
        let change = |(event, crossed): (&Recorded, Crossed)| {
            let request = requests.get(&event.aggregate_id)?;
            let departments = &request.belonging.department_ids;
            let is_within = |ids: &Vec<DepartmentId>| ids.iter().any(|id| departments.contains(id));
            self.within.as_ref().is_none_or(is_within).then(|| SlaChange {
                position: event.position,
                crossed: Some((request.clone(), crossed)),
                within: self.within.clone(),
            })
        };
        Ok(crossings.into_iter().filter_map(change).collect())
    }

    /// What was crossed after a position, as far as the read models show it.
    async fn missed(&self, after: Position) -> Result<Vec<SlaChange>, ApiError> {
        let desk = &self.watch.desk;
        let reached = desk.positions.reached();
        let mut missed = Vec::new();
        let mut done = after;
        while done < reached {
            let mut events = desk.log.read_after(done, BATCH).await?;
            let Some(last) = events.last().map(|event| event.position) else { break };
            events.retain(|event| event.position <= reached);
            missed.extend(self.changes(&events).await?);
            done = last;
        }
        Ok(missed)
    }
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
