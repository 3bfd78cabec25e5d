//! The log as the rest of the program uses it: one handle per process, cheap to clone.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use servicedesk_domain::kernel::Moment;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::cache::AggregateCache;
use crate::committer::{self, Answer, Append, AppendError, Waiting};
use crate::db::Db;
use crate::failure::DbError;
use crate::queue::Queues;
use crate::reader;
use crate::recorded::{Position, Recorded};
use crate::sealing;
use crate::tail::Tail;
use crate::wake;

/// Tells the time; handed in, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// How many commands may wait for the committer; more wait at the channel's door.
const INBOX: usize = 4_096;
/// How long anybody waits for a command to be recorded. It may still be, after that.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The event log of this process. Its background tasks end when the last clone is dropped.
#[derive(Clone)]
pub struct Log {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) tail: Arc<Tail>,
    pub(crate) cache: Arc<AggregateCache>,
    pub(crate) queues: Arc<Queues>,
    inbox: mpsc::Sender<Waiting>,
    /// The task that has ended although the log is still in use.
    ended: Arc<watch::Sender<Option<&'static str>>>,
    _tasks: Arc<Tasks>,
}

#[derive(Debug)]
struct Tasks(Vec<tokio::task::JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log(head {})", self.head())
    }
}

impl Log {
    /// Starts the committer and the follower on `db`.
    ///
    /// # Errors
    /// [`DbError`] where the log's head cannot be read.
    pub async fn open(db: Db, clock: Clock) -> Result<Self, DbError> {
        let head = reader::head(&db).await?;
        db.known().begin(&db, head).await?;
        let tail = Arc::new(Tail::new(head, db.known().clone()));
        let cache = Arc::new(AggregateCache::new());
        let (inbox, waiting) = mpsc::channel(INBOX);
        let ended = Arc::new(watch::Sender::new(None));
        // The committer is not aborted: it ends by itself when the last sender is gone, after
        // what was handed to it is committed.
        let committer =
            committer::run(db.clone(), clock.clone(), tail.clone(), cache.clone(), waiting);
        tokio::spawn(watched("the committer", committer, ended.clone()));
        let follower = wake::follow(db.clone(), tail.clone(), cache.clone());
        let mut tasks = vec![tokio::spawn(watched("the log's follower", follower, ended.clone()))];
        if let Db::Postgres(postgres) = &db {
            let notifier = wake::notify_others(postgres.pool().clone(), tail.clone());
            tasks.push(tokio::spawn(watched("the log's notifier", notifier, ended.clone())));
        }
        let queues = Arc::new(Queues::new());
        Ok(Self { db, clock, tail, cache, queues, inbox, ended, _tasks: Arc::new(Tasks(tasks)) })
    }

    /// The database that the log is in.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The moment that it is now.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    /// The position of the last event known to this process.
    pub fn head(&self) -> Position {
        self.tail.head()
    }

    /// Looks for what other processes have recorded, without waiting for the next poll.
    pub fn look_for_news(&self) {
        self.tail.behind.notify_one();
    }

    /// Follows the position of the last event known to this process.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.tail.watch()
    }

    /// Waits until one of the log's own tasks has ended, and gives its name. None ends while the
    /// log is in use, unless it panics; then commands or news of other processes stop. What waits
    /// here does not keep the log open.
    pub fn task_end(&self) -> impl Future<Output = &'static str> + Send + 'static {
        let mut ended = self.ended.subscribe();
        async move {
            let name = ended.wait_for(Option::is_some).await.ok().and_then(|name| *name);
            match name {
                Some(name) => name,
                // The log was closed, and its tasks with it.
                None => std::future::pending().await,
            }
        }
    }

    /// Records one decided command.
    ///
    /// # Errors
    /// [`AppendError`]; unless it is `Unavailable`, nothing was recorded.
    pub async fn append(&self, append: Append) -> Answer {
        let answers = self.append_in_order(vec![append]);
        let Ok(mut answers) = tokio::time::timeout(LONGEST_WAIT, answers).await else {
            self.db.known().commit_failed();
            return Err(AppendError::Unavailable("the database does not answer".to_owned()));
        };
        answers.pop().unwrap_or_else(|| Err(ended()))
    }

    /// Records several decided commands in this order, in one transaction. Each stands and falls
    /// by itself, unless it builds on another ([`Append::builds_on`]), or the database fails, which
    /// they do together.
    ///
    /// Personal data in them is encrypted before anything else happens with it.
    pub async fn append_in_order(&self, mut appends: Vec<Append>) -> Vec<Answer> {
        match sealing::seal(&self.db, &mut appends).await {
            Ok(refused) => {
                let mut answers = self.hand_over(appends).await;
                for (index, error) in refused {
                    answers.insert(index, Err(error));
                }
                answers
            }
            Err(error) => appends.iter().map(|_| Err(committer::failed(&error))).collect(),
        }
    }

    async fn hand_over(&self, appends: Vec<Append>) -> Vec<Answer> {
        let count = appends.len();
        if count == 0 {
            return Vec::new();
        }
        let (answers, answered) = oneshot::channel();
        // Where the committer has ended, the answers' sender is dropped with what was sent.
        drop(self.inbox.send(Waiting { appends, answers }).await);
        answered.await.unwrap_or_else(|_| vec![Err(ended()); count])
    }

    /// Up to `limit` events after a position, from memory where they are recent. Their personal data
    /// is still encrypted ([`Db::open_events`]).
    ///
    /// # Errors
    /// [`DbError`]; `Damaged` where the log has a gap or an event that cannot be read.
    pub async fn read_after(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, DbError> {
        if let Some(recent) = self.tail.read(after, limit) {
            return Ok(recent);
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let events = reader::read_after(&self.db, after, limit).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }

    /// Up to `limit` events of one aggregate after a sequence number.
    ///
    /// # Errors
    /// [`DbError`], where they cannot be read.
    pub async fn read_aggregate(
        &self,
        aggregate_type: &str,
        aggregate_id: Uuid,
        after_sequence: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, DbError> {
        reader::read_aggregate(&self.db, aggregate_type, aggregate_id, after_sequence, limit).await
    }
}

/// Runs a task, and says so when it has ended or panicked.
async fn watched(
    name: &'static str,
    task: impl Future<Output = ()> + Send,
    ended: Arc<watch::Sender<Option<&'static str>>>,
) {
    let finished = AssertUnwindSafe(task).catch_unwind().await;
    tracing::debug!(name, panicked = finished.is_err(), "a task of the log has ended");
    ended.send_modify(|first| *first = first.or(Some(name)));
}

fn ended() -> AppendError {
    AppendError::Unavailable("the committer has ended".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_named_and_stays_the_first() {
        let ended = Arc::new(watch::Sender::new(None));
        watched("breaks", async { panic!("a test's panic") }, ended.clone()).await;
        assert_eq!(*ended.borrow(), Some("breaks"));
        watched("ends", async {}, ended.clone()).await;
        assert_eq!(*ended.borrow(), Some("breaks"));
    }
}
