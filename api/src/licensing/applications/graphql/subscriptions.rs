//! Watching an application live: first a snapshot, then each change as it is recorded.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use futures::Stream;
use servicedesk_domain::Event;
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::licensing::{application_timeline, applications};
use tokio::sync::broadcast::error::RecvError;

use super::timeline::ApplicationTimelineEntry;
use super::types::{Application, visible};
use crate::auth::policy;
use crate::error::ApiError;
use crate::live::{Live, Topic};
use crate::query::data;
use crate::relay::{EventPosition, parse_id};
use crate::ticket::graphql::subscriptions::Watch;

/// A change of an application, or its snapshot.
#[derive(SimpleObject)]
pub struct ApplicationChange {
    /// The log position that this shows.
    position: EventPosition,
    /// What happened; none for the snapshot at the beginning.
    entry: Option<ApplicationTimelineEntry>,
    /// The application, not older than the change.
    application: Option<Application>,
}

/// Watching applications.
#[derive(Default)]
pub struct ApplicationSubscription;

#[Subscription]
impl ApplicationSubscription {
    /// Watches an application: who took it, and what was decided. First comes the application as it
    /// is, or with `afterPosition` whatever came since; then each change.
    async fn application_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which application.")] application_id: ID,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<ApplicationChange>>> {
        let watch = Watch::begin(context)?;
        let application_id = parse_id(&application_id)?;
        // Watching begins before reading, so that nothing falls between the two.
        let mut changes = data::<Live>(context)?.watch(Topic::Application(application_id));
        watch.catch_up(after_position).await?;
        if visible(context, application_id).await?.is_none() {
            let missing = "there is no such application, or it is not yours";
            return Err(ApiError::BadUserInput(missing.to_owned()).into());
        }
        Ok(async_stream::try_stream! {
            let mut shown = if let Some(EventPosition(position)) = after_position {
                position
            } else {
                let snapshot = application(&watch, application_id).await?;
                let position = snapshot.0.last_position;
                let application = Some(snapshot);
                yield ApplicationChange { position: EventPosition(position), entry: None, application };
                position
            };
            for event in missed(&watch, application_id, shown).await? {
                shown = event.position;
                yield change(&watch, application_id, event).await?;
            }
            loop {
                let missed = match changes.recv().await {
                    Ok(event) if event.position > shown => seen(&watch, vec![(*event).clone()]),
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => missed(&watch, application_id, shown).await?,
                    Err(RecvError::Closed) => break,
                };
                for event in missed {
                    shown = event.position;
                    yield change(&watch, application_id, event).await?;
                }
            }
        })
    }
}

async fn application(watch: &Watch, id: ApplicationId) -> Result<Application, ApiError> {
    let caller = watch.still_allowed().await?;
    let rows = applications::by_ids(watch.desk.log.db(), &[id]).await?;
    let row = rows.into_values().next().filter(|row| policy::may_see_application(&caller, row));
    let row = row.ok_or(ApiError::Forbidden("the application is no longer yours to see"))?;
    Ok(Application(Arc::new(row)))
}

async fn change(
    watch: &Watch,
    id: ApplicationId,
    recorded: Recorded,
) -> Result<ApplicationChange, ApiError> {
    let application = Some(application(watch, id).await?);
    let position = EventPosition(recorded.position);
    Ok(ApplicationChange {
        position,
        entry: Some(ApplicationTimelineEntry { recorded }),
        application,
    })
}

/// Those of the events that the watcher may learn of.
fn seen(watch: &Watch, events: Vec<Recorded>) -> Vec<Recorded> {
    let reader = policy::timeline_reader(&watch.caller);
    let sees = |event: &Recorded| match &event.event {
        Event::Application(told) => application_timeline::sees(reader, told),
        _ => false,
    };
    events.into_iter().filter(sees).collect()
}

/// What happened to an application after a position, as far as the read models show it.
async fn missed(
    watch: &Watch,
    id: ApplicationId,
    after: Position,
) -> Result<Vec<Recorded>, ApiError> {
    let reached = watch.desk.positions.reached();
    let events = watch.desk.log.read_aggregate("application", id.uuid(), 0, i64::MAX).await?;
    let is_missed = |event: &Recorded| event.position > after && event.position <= reached;
    Ok(seen(watch, events.into_iter().filter(is_missed).collect()))
}
