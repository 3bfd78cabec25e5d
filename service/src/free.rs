//! Which requests background work may act on, and as it has seen them (ADR 0058).
//!
//! A request that is held is left alone. Sequence numbers are read before holds are, and commands
//! expect them: if somebody holds a request later than that and changes it, the command is stale.

use std::collections::HashMap;

use futures::future::try_join_all;
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::holds;
use uuid::Uuid;

use crate::desk::Desk;
use crate::error::ApiError;

/// The sequence numbers of those of these aggregates that nobody holds.
///
/// # Errors
/// [`ApiError`], where the log or the holds cannot be read.
pub async fn sequences<A: Executable>(
    desk: &Desk,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, i64>, ApiError>
where
    A::Error: std::fmt::Display,
{
    let load = |id: Uuid| async move { desk.log.load::<A>(id).await.map(|(_, sequence)| sequence) };
    let loaded = try_join_all(ids.iter().copied().map(load)).await;
    let sequences = loaded.map_err(ApiError::from)?;
    let held = holds::held_among(desk.log.db(), ids, desk.now()).await?;
    let free = ids.iter().copied().zip(sequences).filter(|(id, _)| !held.contains(id));
    Ok(free.collect())
}
