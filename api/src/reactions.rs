//! What follows in one aggregate from an event in another: a licence granted opens a package, time
//! logged draws on it, an application approved is granted its licences.
//!
//! One process at a time follows the log from a stored checkpoint and sends commands. A command's
//! id follows from the event's position, so whatever was sent before a crash, or by another process
//! that believes to have the turn, does nothing when it is sent again. Events that concern the same
//! thing are followed in the order in which they were recorded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, TryStreamExt};
use servicedesk_domain::kernel::Actor;
use servicedesk_eventlog::{
    CommandContext, CommandId, DbError, ExecuteError, Origin, Position, Recorded, TurnTo,
    checkpoint,
};
use servicedesk_projections::Positions;
use tokio::time::Instant;
use uuid::Uuid;

use crate::billing::{settling, timers};
use crate::desk::Desk;
use crate::licensing::applications::following;
use crate::licensing::issuing;

/// The name of the checkpoint.
pub const NAME: &str = "reactions";
const VERSION: i64 = 1;
/// How many events are followed before the checkpoint is moved.
const BATCH: usize = 500;
/// How many things are followed side by side.
const AT_ONCE: usize = 32;
/// How often the log is looked at when nothing is heard.
const POLL: Duration = Duration::from_secs(1);
/// For how long the checkpoint may be behind what needs no doing again.
const LAZINESS: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);

/// Why the reactions do not go on.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The database failed, or somebody else was always faster; trying again may help.
    #[error("{0}")]
    Passing(String),
    /// A command that must not be refused was, or an event cannot be understood. An operator must
    /// look at it.
    #[error("event {position}: {what}")]
    Lasting {
        /// The event's position.
        position: Position,
        /// What is wrong with it.
        what: String,
    },
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl Trouble {
    /// What went wrong when an event was followed.
    pub fn following<R: std::fmt::Display>(event: &Recorded, error: &ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Fault(_) | ExecuteError::Unavailable(_) | ExecuteError::Contended => {
                Self::Passing(error.to_string())
            }
            ExecuteError::Rejected(_) | ExecuteError::Stale { .. } | ExecuteError::IdReused => {
                Self::Lasting { position: event.position, what: error.to_string() }
            }
        }
    }
}

/// The context of a command that follows from an event. It happens when the event did.
pub fn following(event: &Recorded) -> CommandContext {
    let of = format!("servicedesk/{NAME}/{}", event.position);
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, of.as_bytes());
    CommandContext {
        command_id: CommandId { id, origin: Origin::Following },
        fingerprint: 0,
        actor: Actor::Reactor,
        occurred_at: event.metadata.occurred_at,
        correlation_id: event.metadata.correlation_id,
        expected_sequence: None,
        is_numbered: false,
    }
}

/// Where readers learn how far the reactions are.
pub fn positions(desk_db: &servicedesk_eventlog::Db) -> Positions {
    Positions::of(desk_db.clone(), Arc::new([NAME]))
}

/// Follows the log for as long as the process lives, whenever it is this process's turn. Lasting
/// trouble is recorded in the checkpoint, where `status` and `/readyz` show it.
pub async fn run(desk: Desk) {
    loop {
        match take_turn(&desk).await {
            Ok(()) => {}
            Err(Trouble::Passing(what)) => {
                tracing::error!(%what, "what follows from events waits");
            }
            Err(trouble @ Trouble::Lasting { .. }) => {
                tracing::error!(%trouble, "what follows from events has stopped");
                metrics::counter!("servicedesk_reaction_failures").increment(1);
                let told = trouble.to_string();
                if let Err(error) = checkpoint::record_fault(desk.log.db(), NAME, &told).await {
                    tracing::error!(%error, "the trouble cannot be recorded");
                }
            }
        }
        tokio::time::sleep(PAUSE_AFTER_FAULT).await;
    }
}

async fn take_turn(desk: &Desk) -> Result<(), Trouble> {
    let _turn = desk.log.db().turn(TurnTo::React).await?;
    let mut head = desk.log.watch();
    let mut kept = stored_position(desk).await?;
    let mut done = kept;
    let mut kept_at = Instant::now();
    loop {
        // Before reading, so that what arrives meanwhile is noticed.
        head.borrow_and_update();
        let step = follow_next(desk, done).await?;
        done = step.position;
        desk.reactions.reach(done);
        let is_worth_keeping = step.has_acted || kept_at.elapsed() >= LAZINESS;
        if done > kept && is_worth_keeping {
            keep(desk, done).await?;
            (kept, kept_at) = (done, Instant::now());
        }
        if step.is_at_head {
            let wait = if done > kept { LAZINESS } else { POLL };
            // Both ways of waking lead to the same next step.
            drop(tokio::time::timeout(wait, head.changed()).await);
        }
    }
}

/// Does everything that follows from what was recorded, and from that, until nothing is left.
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn catch_up(desk: &Desk) -> Result<(), Trouble> {
    let mut done = stored_position(desk).await?;
    loop {
        let step = follow_next(desk, done).await?;
        if step.position == done {
            return Ok(());
        }
        done = step.position;
        keep(desk, done).await?;
        desk.reactions.reach(done);
    }
}

/// What one step came to.
struct Step {
    position: Position,
    has_acted: bool,
    is_at_head: bool,
}

async fn follow_next(desk: &Desk, done: Position) -> Result<Step, Trouble> {
    let events = desk.log.read_after(done, BATCH).await.map_err(|error| match error {
        DbError::Damaged(what) => Trouble::Lasting { position: done + 1, what },
        passing => passing.into(),
    })?;
    let mut of_accounts: BTreeMap<Uuid, Vec<Arc<Recorded>>> = BTreeMap::new();
    for event in &events {
        let of_account = settling::account_of(desk, event).await?;
        if let Some(account) = of_account.or_else(|| following::concerned(event)) {
            of_accounts.entry(account).or_default().push(event.clone());
        }
    }
    let has_acted = !of_accounts.is_empty();
    stream::iter(of_accounts.into_values().map(Ok))
        .try_for_each_concurrent(AT_ONCE, |events| async move {
            for event in events {
                settling::follow(desk, &event).await?;
                timers::follow(desk, &event).await?;
                following::follow(desk, &event).await?;
                issuing::follow(desk, &event).await?;
            }
            Ok::<_, Trouble>(())
        })
        .await?;
    let position = events.last().map_or(done, |event| event.position);
    Ok(Step { position, has_acted, is_at_head: events.len() < BATCH })
}

/// Where the reactions are, by the database.
async fn stored_position(desk: &Desk) -> Result<Position, Trouble> {
    let mut tx = desk.log.db().begin_projection().await?;
    let found = checkpoint::lock(&mut tx, NAME).await?;
    if found.is_none() {
        checkpoint::set(&mut tx, NAME, VERSION, 0).await?;
    }
    tx.commit().await?;
    Ok(found.map_or(0, |found| found.position))
}

/// Moves the checkpoint. A fault that was recorded is over then.
async fn keep(desk: &Desk, position: Position) -> Result<(), DbError> {
    let mut tx = desk.log.db().begin_projection().await?;
    checkpoint::set(&mut tx, NAME, VERSION, position).await?;
    tx.commit().await
}
