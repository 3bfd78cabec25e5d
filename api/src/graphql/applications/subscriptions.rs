//! Watching an application live: first a snapshot, then each change as it is recorded.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use futures::Stream;
use servicedesk_domain::Event;
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::licensing::{application_timeline, applications};

use super::timeline::ApplicationTimelineEntry;
use super::types::{Application, visible};
use crate::graphql::relay::{EventPosition, parse_id};
use crate::graphql::watch::{Watch, Watched, follow};
use servicedesk_service::access::policy;
use servicedesk_service::error::ApiError;
use servicedesk_service::live::Topic;

/// A change of an application, or its snapshot.
#[derive(SimpleObject)]
pub struct ApplicationChange {
    /// The log position that this shows.
    position: EventPosition,
    /// What happened. Null for the snapshot at the beginning.
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
    /// is, or with `afterPosition` everything since; then each change.
    async fn application_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application.")] application_id: ID,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<ApplicationChange>>> {
        let watch = Watch::begin(context)?;
        let application_id = parse_id(&application_id)?;
        let topic = Topic::Application(application_id);
        let events = watch.events(context, topic, after_position).await?;
        if visible(context, application_id).await?.is_none() {
            let missing = "there is no such application, or it is not yours";
            return Err(ApiError::BadUserInput(missing.to_owned()).into());
        }
        Ok(follow(WatchedApplication { watch, application_id }, events, after_position))
    }
}

/// An application that somebody watches.
struct WatchedApplication {
    watch: Watch,
    application_id: ApplicationId,
}

impl Watched for WatchedApplication {
    type Change = ApplicationChange;

    fn watcher(&self) -> &Watch {
        &self.watch
    }

    async fn snapshot(&self) -> Result<(Position, ApplicationChange), ApiError> {
        let application = self.application().await?;
        let position = application.0.position_for(policy::timeline_reader(&self.watch.caller));
        let (shown, application) = (EventPosition(position), Some(application));
        Ok((position, ApplicationChange { position: shown, entry: None, application }))
    }

    async fn change(&self, event: Arc<Recorded>) -> Result<Option<ApplicationChange>, ApiError> {
        let reader = policy::timeline_reader(&self.watch.caller);
        let Event::Application(recorded) = &event.event else { return Ok(None) };
        if !application_timeline::sees(reader, recorded) {
            return Ok(None);
        }
        let application = Some(self.application().await?);
        let position = EventPosition(event.position);
        let recorded = Arc::unwrap_or_clone(event);
        let entry = Some(ApplicationTimelineEntry { recorded });
        Ok(Some(ApplicationChange { position, entry, application }))
    }

    async fn missed(&self, after: Position) -> Result<Vec<Arc<Recorded>>, ApiError> {
        self.watch.missed_of("application", self.application_id.uuid(), after).await
    }
}

impl WatchedApplication {
    async fn application(&self) -> Result<Application, ApiError> {
        let caller = self.watch.still_allowed().await?;
        let rows = applications::by_ids(self.watch.desk.log.db(), &[self.application_id]).await?;
        let row = rows.into_values().next().filter(|row| policy::may_see_application(&caller, row));
        let row = row.ok_or(ApiError::Forbidden("the application is no longer yours to see"))?;
        Ok(Application(Arc::new(row)))
    }
}
