//! What everything that is watched live shares: first a snapshot, or whatever was missed, and then
//! each change as it is recorded.
//!
//! Every item carries the log position that it shows, so that a client can go on where it left off,
//! without a gap. A watch ends when its token is no longer worth anything.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result};
use futures::Stream;
use servicedesk_eventlog::{Position, Recorded, reader};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::graphql::guards;
use crate::graphql::query::data;
use crate::graphql::relay::EventPosition;
use servicedesk_service::access::tokens::Tokens;
use servicedesk_service::access::{Caller, Credential, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::live::{Live, Topic};

const BATCH: usize = 500;
/// From further back what many take part in is not replayed change by change; a snapshot says it
/// better.
pub const FAR_BACK: Position = 10_000;

/// What a watcher gets is read in this time, or the watch ends: nobody else could end it.
const MAX_STEP: Duration = Duration::from_secs(30);

/// Somebody who watches.
pub struct Watch {
    /// The log and the read models.
    pub desk: Desk,
    /// Who.
    pub caller: Caller,
    tokens: Arc<Tokens>,
    credential: Credential,
}

/// Something that somebody watches.
pub trait Watched: Send + Sync + 'static {
    /// What its watcher gets.
    type Change: Send + 'static;

    /// From further back than this a watcher gets a snapshot instead of every change.
    const MAX_REPLAYED: Position = Position::MAX;

    /// Who watches.
    fn watcher(&self) -> &Watch;

    /// How it is now, and the position that this shows.
    fn snapshot(&self) -> impl Future<Output = Result<(Position, Self::Change), ApiError>> + Send;

    /// What an event is to the watcher; null if they do not learn of it.
    fn change(
        &self,
        event: Arc<Recorded>,
    ) -> impl Future<Output = Result<Option<Self::Change>, ApiError>> + Send;

    /// The events after a position that concern it, as far as the read models show them.
    fn missed(
        &self,
        after: Position,
    ) -> impl Future<Output = Result<Vec<Arc<Recorded>>, ApiError>> + Send;
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// `Unauthenticated` or `Forbidden`.
    pub fn begin(context: &Context<'_>) -> Result<Self, ApiError> {
        let caller = guards::caller(context)?.clone();
        policy::may_read(&caller)?;
        Ok(Self {
            caller,
            desk: data::<Desk>(context)?.clone(),
            tokens: data::<Arc<Tokens>>(context)?.clone(),
            credential: data::<Credential>(context)?.clone(),
        })
    }

    /// The events of a topic from now on, once the read models show whatever was recorded before,
    /// because nobody is told of that any more, and what the caller says to have seen. Watching begins
    /// before reading, so that nothing falls between the two.
    ///
    /// # Errors
    /// `BadUserInput` for a position that was never given out, `Internal` if it takes too long.
    pub async fn events(
        &self,
        context: &Context<'_>,
        topic: Topic,
        after: Option<EventPosition>,
    ) -> Result<Receiver<Arc<Recorded>>, ApiError> {
        let events = data::<Live>(context)?.watch(topic);
        let seen = after.map_or(0, |EventPosition(position)| position);
        self.desk.consistent_with(seen.max(self.desk.log.head())).await?;
        Ok(events)
    }

    /// A watch may last for days, so the token is asked for again with every change.
    ///
    /// # Errors
    /// `Unauthenticated` if it is no longer valid.
    pub async fn still_allowed(&self) -> Result<Caller, ApiError> {
        self.tokens.caller(&self.credential).await
    }

    /// The events of one aggregate after a position, as far as the read models show them.
    ///
    /// # Errors
    /// `Internal` if they cannot be read.
    pub async fn missed_of(
        &self,
        aggregate_type: &str,
        id: Uuid,
        after: Position,
    ) -> Result<Vec<Arc<Recorded>>, ApiError> {
        let reached = self.desk.positions.reached();
        let events =
            reader::read_aggregate_since(self.desk.log.db(), aggregate_type, id, after).await?;
        let is_shown = |event: &Recorded| event.position <= reached;
        Ok(events.into_iter().filter(is_shown).map(Arc::new).collect())
    }

    /// The next events of the whole log after a position, as far as the read models show them, and the
    /// position of the last one; null if there are no more.
    ///
    /// # Errors
    /// `Internal` if they cannot be read.
    pub async fn next_in_log(
        &self,
        after: Position,
    ) -> Result<Option<(Vec<Arc<Recorded>>, Position)>, ApiError> {
        let reached = self.desk.positions.reached();
        let mut events = self.desk.log.read_after(after, BATCH).await?;
        events.retain(|event| event.position <= reached);
        let last = events.last().map(|event| event.position);
        Ok(last.map(|last| (events, last)))
    }
}

/// What a watcher gets: a snapshot, or what came after the position that they have seen, and then each
/// change until they go away.
pub fn follow<W: Watched>(
    watched: W,
    mut events: Receiver<Arc<Recorded>>,
    after: Option<EventPosition>,
) -> impl Stream<Item = Result<W::Change>> {
    async_stream::try_stream! {
        let head = watched.watcher().desk.positions.reached();
        let seen = after.map(|EventPosition(position)| position);
        let is_near = |position: &Position| head - position <= W::MAX_REPLAYED;
        let mut shown = if let Some(position) = seen.filter(is_near) {
            position
        } else {
            let (position, snapshot) = in_time(watched.snapshot()).await?;
            yield snapshot;
            position
        };
        let mut missed = in_time(watched.missed(shown)).await?;
        loop {
            let db = watched.watcher().desk.log.db();
            let opened = async { Ok(db.open_events(missed, |_| true).await?) };
            for event in in_time(opened).await? {
                shown = event.position;
                if let Some(change) = in_time(watched.change(event)).await? {
                    yield change;
                }
            }
            missed = match events.recv().await {
                Ok(event) if event.position > shown => vec![event],
                Ok(_) => Vec::new(),
                Err(RecvError::Lagged(_)) => in_time(watched.missed(shown)).await?,
                Err(RecvError::Closed) => break,
            };
        }
    }
}

async fn in_time<T>(step: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let done = tokio::time::timeout(MAX_STEP, step).await;
    done.unwrap_or_else(|_| Err(ApiError::unavailable(&"a watch took too long to read")))
}
