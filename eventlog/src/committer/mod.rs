//! The one committer of a process: concurrent commands meet in a channel, and what is waiting goes
//! into one transaction, with no artificial delay. A conflict fails its own command, and what was
//! decided on top of it ([`Append::builds_on`]), and never the batch; a command is recorded whole or
//! not at all.

mod memory;
mod plan;
mod postgres;
mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
use sqlx::Postgres;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::cache::AggregateCache;
use crate::db::{Db, MAX_WRITE};
use crate::failure::DbError;
use crate::log::Clock;
use crate::recorded::Position;
use crate::sealing::{self, store};
use crate::tail::Tail;
use crate::tx::{Held, Tx};
use memory::{Assumed, Key, Memory};
use plan::{Facts, Plan};

/// The most commands in one transaction; beyond it they would only wait longer for each other.
const MAX_COMMANDS: usize = 512;
/// For how long a batch is tried again after the database failed, waiting longer each time.
const PATIENCE: Duration = Duration::from_secs(4);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

/// One event to record.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// Its stored form.
    pub payload: String,
    /// The version of that form.
    pub event_version: String,
}

/// By whom a command's id was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By this process a moment ago: it cannot be known yet.
    Fresh,
    /// From what a client, an import or an event said: it may be a repeat.
    Repeatable,
    /// It follows from an event, and may come again. What was recorded under it is not recorded
    /// again; a refusal is not remembered, so that a program that knows better can go on.
    Following,
}

/// The id of a command; a second command with the same id records nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandId {
    /// The id.
    pub id: Uuid,
    /// By whom it was made.
    pub origin: Origin,
}

/// One decided command: what it records, and under which conditions.
#[derive(Debug, Clone)]
pub struct Append {
    /// The type of the aggregate.
    pub aggregate_type: &'static str,
    /// The aggregate.
    pub aggregate_id: Uuid,
    /// The aggregate's last sequence number that the decision knew of.
    pub expected_sequence: i64,
    /// The command before it in the same batch that it was decided on top of, where it was. Unless
    /// that is recorded by the batch, this is a conflict, whatever the sequence number says: others may
    /// have recorded just as many events.
    pub builds_on: Option<Uuid>,
    /// Whether the aggregates of this type are numbered: 1, 2, 3 … in the order of creation.
    pub is_numbered: bool,
    /// What is recorded; may be nothing.
    pub events: Vec<NewEvent>,
    /// The command's id.
    pub command_id: CommandId,
    /// Tells commands apart, so that an id used for another command is noticed.
    pub fingerprint: i64,
    /// Why the command was refused, where it was; then there are no events.
    pub refusal: Option<String>,
    /// Whether a refusal, too, is a conflict where the aggregate has changed since; else it stands
    /// whatever has happened meanwhile.
    pub is_refusal_checked: bool,
    /// Who.
    pub actor: Actor,
    /// When it happened.
    pub occurred_at: Moment,
    /// What else belongs to it.
    pub correlation_id: Uuid,
}

/// What became of a command, now or when it came first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The aggregate it was for.
    pub aggregate_id: Uuid,
    /// The position of its first event, 0 where it recorded none.
    pub first_position: Position,
    /// The position of its last event, 0 where it recorded none.
    pub last_position: Position,
    /// Why it was refused, where it was.
    pub refusal: Option<String>,
    /// Whether this is the answer to an earlier command with the same id.
    pub is_repeat: bool,
}

/// Why a command could not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The aggregate has changed since the decision.
    #[error("the aggregate has changed since: it is at {actual}")]
    Conflict {
        /// The aggregate's last sequence number.
        actual: i64,
    },
    /// The command's id was used for another command.
    #[error("the command's id was used for another command")]
    IdReused,
    /// The database failed, and kept failing. Whether the command was recorded is unknown; the
    /// same id will tell.
    #[error("{0}")]
    Unavailable(String),
    /// It says something about a person who was erased.
    #[error("the person was erased, and nothing more can be recorded about them")]
    Erased,
    /// The database refused the command for what is in it, or the log is damaged.
    #[error("{0}")]
    Failed(String),
}

pub(crate) type Answer = Result<Outcome, AppendError>;

/// Appends that go into one transaction in this order, with the place where their answers are
/// awaited. Each stands and falls by itself, unless it builds on another.
pub(crate) struct Waiting {
    pub(crate) appends: Vec<Append>,
    pub(crate) answers: oneshot::Sender<Vec<Answer>>,
}

/// Commits batch after batch until every sender is gone.
pub(crate) async fn run(
    db: Db,
    clock: Clock,
    tail: Arc<Tail>,
    cache: Arc<AggregateCache>,
    mut inbox: mpsc::Receiver<Waiting>,
) {
    let mut committer =
        Committer { db, connection: None, clock, tail, cache, memory: Memory::new() };
    let mut batch = Vec::with_capacity(MAX_COMMANDS);
    while inbox.recv_many(&mut batch, MAX_COMMANDS).await > 0 {
        gather(&mut inbox, &mut batch).await;
        let mut appends = Vec::with_capacity(batch.len());
        let mut awaited = Vec::with_capacity(batch.len());
        for waiting in batch.drain(..) {
            awaited.push((waiting.appends.len(), waiting.answers));
            appends.extend(waiting.appends);
        }
        metrics::histogram!("servicedesk_commit_batch").record(batch_size(&appends));
        let mut results = committer.commit(&appends).await.into_iter();
        for (count, answers) in awaited {
            // A caller that no longer waits has lost interest in the answer, not the command.
            drop(answers.send(results.by_ref().take(count).collect()));
        }
    }
}

/// Lets tasks that are ready to send their command do so before the batch is closed. Without it the
/// first caller that an answer wakes gets a transaction of its own while the others just miss it.
/// Nobody is waited for: as soon as a turn brings nothing new, the batch is closed.
async fn gather(inbox: &mut mpsc::Receiver<Waiting>, batch: &mut Vec<Waiting>) {
    while batch.len() < MAX_COMMANDS {
        let before = batch.len();
        tokio::task::yield_now().await;
        while let Ok(waiting) = inbox.try_recv() {
            batch.push(waiting);
        }
        if batch.len() == before {
            break;
        }
    }
}

fn batch_size(appends: &[Append]) -> f64 {
    u32::try_from(appends.len()).map_or(f64::MAX, f64::from)
}

struct Committer {
    db: Db,
    /// One connection for batch after batch, where a server keeps plans and caches for each.
    connection: Option<Held<Postgres>>,
    clock: Clock,
    tail: Arc<Tail>,
    cache: Arc<AggregateCache>,
    memory: Memory,
}

impl Committer {
    /// Commits a batch whole; where the database refuses it for what is in it, each command alone,
    /// so that only the one at fault fails.
    async fn commit(&mut self, appends: &[Append]) -> Vec<Answer> {
        match self.commit_with_retry(appends).await {
            Ok(answers) => {
                self.db.known().commit_worked();
                answers
            }
            Err(error) if appends.len() == 1 => {
                tracing::error!(%error, "a command could not be recorded");
                vec![Err(failed(&error))]
            }
            Err(error) if error.is_unavailable() => {
                tracing::error!(%error, commands = appends.len(), "a batch could not be recorded");
                appends.iter().map(|_| Err(failed(&error))).collect()
            }
            Err(_) => {
                let mut answers: Vec<Answer> = Vec::with_capacity(appends.len());
                for append in appends {
                    // Where what it was decided on top of was recorded, it stands by itself now.
                    let is_it = |one: &&Append| Some(one.command_id.id) == append.builds_on;
                    let before = appends.iter().zip(&answers).find(|(one, _)| is_it(one));
                    let stands = before.is_some_and(|(_, answer)| is_recorded_now(answer));
                    let builds_on = append.builds_on.filter(|_| !stands);
                    let alone = [Append { builds_on, ..append.clone() }];
                    answers.extend(Box::pin(self.commit(&alone)).await);
                }
                answers
            }
        }
    }

    async fn commit_with_retry(&mut self, appends: &[Append]) -> Result<Vec<Answer>, DbError> {
        let deadline = Instant::now() + PATIENCE;
        // What a silent server was asked may be done, as after any other failure.
        let db = self.db.clone();
        let mut committed = db.answered(MAX_WRITE, self.commit_first(appends)).await;
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = committed else { return committed };
            if error.is_unavailable() {
                // The failed attempt may have been recorded; the next batch begins with a look.
                self.memory.was_wrong();
                self.db.distrust_after(&error);
                self.db.known().commit_failed();
            }
            if !error.is_worth_a_retry() || Instant::now() + pause > deadline {
                return Err(error);
            }
            tracing::warn!(%error, "the commit is tried again");
            metrics::counter!("servicedesk_commit_retries").increment(1);
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            // After a failure nobody knows whether the commit happened, so every id is looked up.
            // The lock is taken first, and waits for a commit that is still under way on a
            // connection that was lost.
            committed = db.answered(MAX_WRITE, self.commit_looked_up(appends, true)).await;
        }
    }

    /// Commits on what is remembered of the log, where that holds, else on what the database says.
    async fn commit_first(&mut self, appends: &[Append]) -> Result<Vec<Answer>, DbError> {
        if erases(appends) {
            // The keys are destroyed in the transaction of the event.
            return self.commit_looked_up(appends, false).await;
        }
        let Some(Assumed { facts, unchecked }) = self.memory.assume(appends) else {
            return self.commit_looked_up(appends, false).await;
        };
        let plan = Plan::make(appends, facts, (self.clock)())?;
        // What came too late may be the repeat of what came in time, which the database knows.
        if !plan.has_conflicts() {
            match self.write_alone(appends, &plan, &unchecked).await {
                Ok(true) => {
                    self.memory.was_right();
                    return Ok(self.publish(plan));
                }
                Err(error) if error.is_unavailable() => return Err(error),
                // Another process wrote, or an id is a repeat and met the first one's row. What
                // else may be wrong with the batch shows the other way, too.
                Ok(false) | Err(_) => self.memory.was_wrong(),
            }
        }
        self.commit_looked_up(appends, false).await
    }

    /// Writes a plan in a transaction of its own, on PostgreSQL in one round trip. Tells whether it
    /// did: it does not where the log is not as the plan and `unchecked` take it to be.
    async fn write_alone(
        &mut self,
        appends: &[Append],
        plan: &Plan,
        unchecked: &[(Key, i64)],
    ) -> Result<bool, DbError> {
        if let Db::Postgres(postgres) = &self.db {
            self.db.check()?;
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => Held::acquire(postgres.pool()).await?,
            };
            let is_written = postgres::write(&mut connection, appends, plan, unchecked).await?;
            self.connection = Some(connection);
            return Ok(is_written);
        }
        let mut tx = self.db.begin_append().await?;
        let is_written = write(&mut tx, appends, plan, unchecked).await?;
        if is_written {
            tx.commit().await?;
            self.db.check()?;
        } else {
            tx.roll_back().await?;
        }
        Ok(is_written)
    }

    /// Commits on what the database says, read under the lock.
    async fn commit_looked_up(
        &mut self,
        appends: &[Append],
        is_retry: bool,
    ) -> Result<Vec<Answer>, DbError> {
        let mut tx = self.db.begin_append().await?;
        let facts = look_up(&mut tx, appends, is_retry).await?;
        let plan = Plan::make(appends, facts, (self.clock)())?;
        if plan.is_empty() {
            if is_retry {
                // The lost attempt had committed, so its events are yet to be read from the
                // database.
                self.tail.behind.notify_one();
            }
            tx.roll_back().await?;
            self.memory.keep(&plan);
            return Ok(plan.answers);
        }
        if !write(&mut tx, appends, &plan, &[]).await? {
            return Err(DbError::Damaged("the head moved under its lock".to_owned()));
        }
        store::destroy(&mut tx, &plan.erased()).await?;
        tx.commit().await?;
        // What was written to a file that is no longer in its place is lost.
        self.db.check()?;
        Ok(self.publish(plan))
    }

    /// Remembers what was committed, and tells everybody in this process of it.
    fn publish(&mut self, plan: Plan) -> Vec<Answer> {
        metrics::counter!("servicedesk_events_recorded").increment(plan.recorded.len() as u64);
        self.memory.keep(&plan);
        let erased = plan.erased();
        if !erased.is_empty() {
            self.db.forget_persons(&erased, &self.cache);
        }
        self.tail.publish(plan.recorded);
        plan.answers
    }
}

/// Whether one of them is to erase somebody.
fn erases(appends: &[Append]) -> bool {
    let mut events = appends.iter().flat_map(|append| &append.events);
    events.any(|new| sealing::erased_by(&new.event).next().is_some())
}

async fn write(
    tx: &mut Tx,
    appends: &[Append],
    plan: &Plan,
    unchecked: &[(Key, i64)],
) -> Result<bool, DbError> {
    match tx {
        Tx::Postgres(tx) => postgres::write(tx, appends, plan, unchecked).await,
        Tx::Sqlite(tx, _) => sqlite::write(tx, appends, plan, unchecked).await,
    }
}

async fn look_up(tx: &mut Tx, appends: &[Append], every_id: bool) -> Result<Facts, DbError> {
    let ids: Vec<Uuid> = appends
        .iter()
        .filter(|append| every_id || append.command_id.origin != Origin::Fresh)
        .map(|append| append.command_id.id)
        .collect();
    match tx {
        Tx::Postgres(tx) => postgres::look_up(tx, appends, &ids).await,
        Tx::Sqlite(tx, _) => sqlite::look_up(tx, appends, &ids).await,
    }
}

/// Whether a command was recorded, and not when it came before.
fn is_recorded_now(answer: &Answer) -> bool {
    answer.as_ref().is_ok_and(|outcome| !outcome.is_repeat)
}

/// The answer to a command that could not be recorded.
pub(crate) fn failed(error: &DbError) -> AppendError {
    if error.is_unavailable() {
        AppendError::Unavailable(error.to_string())
    } else {
        AppendError::Failed(error.to_string())
    }
}
