//! Background work: every task that runs beside the requests is started, watched and ended here.
//!
//! A task is to run for as long as the process lives. One that ends or panics is logged and counted,
//! stays on the list that `/readyz` shows, and ends the process if nothing works without it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The pause between two full batches, in which others come first.
const BATCH_PAUSE: Duration = Duration::from_millis(20);

/// What the process does without a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It ends, because nothing works without the task.
    Essential,
    /// It goes on and is not ready.
    Useful,
}

/// A task that is no longer running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The task's name.
    pub name: &'static str,
    /// What the process does without it.
    pub need: Need,
    /// Why it ended.
    pub cause: String,
}

/// Which tasks are no longer running. Clones show the same.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<watch::Sender<Vec<Ended>>>);

impl Health {
    /// The tasks that ended, in the order in which they did.
    pub fn ended(&self) -> Vec<Ended> {
        self.0.borrow().clone()
    }

    /// Waits until a task has ended that nothing works without, and gives it.
    pub async fn failure(&self) -> Ended {
        let is_fatal = |one: &&Ended| one.need == Need::Essential;
        let mut ended = self.0.subscribe();
        loop {
            if let Some(fatal) = ended.borrow_and_update().iter().find(is_fatal) {
                return fatal.clone();
            }
            if ended.changed().await.is_err() {
                // The sender lives as long as `self`, so this is never reached.
                std::future::pending::<()>().await;
            }
        }
    }

    fn record(&self, ended: Ended) {
        tracing::error!(task = ended.name, cause = ended.cause, "a background task has ended");
        metrics::counter!("servicedesk_background_failures", "task" => ended.name).increment(1);
        self.0.send_modify(|all| all.push(ended));
    }
}

/// The running tasks. They end when this is dropped.
#[derive(Debug, Default)]
pub struct Background {
    tasks: JoinSet<()>,
    health: Health,
}

impl Background {
    /// Starts a task.
    pub fn start(
        &mut self,
        name: &'static str,
        need: Need,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let health = self.health.clone();
        self.tasks.spawn(async move {
            let cause = match AssertUnwindSafe(task).catch_unwind().await {
                Ok(()) => "it ended".to_owned(),
                Err(panic) => format!("it panicked: {}", message(&*panic)),
            };
            health.record(Ended { name, need, cause });
        });
    }

    /// Where it shows which tasks are no longer running.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Ends every task and waits until all have ended.
    pub async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Takes a step again and again. A step gives how many things it did; where that is a whole batch,
/// the next follows at once, else after the pause. A step that fails is taken again after the pause;
/// it must have logged its failure.
pub async fn every<E, F>(pause: Duration, batch: usize, mut step: impl FnMut() -> F)
where
    F: Future<Output = Result<usize, E>>,
{
    loop {
        let count = step().await.unwrap_or(0);
        tokio::time::sleep(pause_after(count, batch, pause)).await;
    }
}

/// There is always a pause, so that a read model that has stopped keeps nobody busy.
const fn pause_after(count: usize, batch: usize, pause: Duration) -> Duration {
    if count < batch { pause } else { BATCH_PAUSE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_or_ends_is_recorded_and_the_others_go_on() {
        let mut background = Background::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        background.start("waits", Need::Essential, async {
            drop(receiver.await);
            std::future::pending::<()>().await;
        });
        background.start("ends", Need::Useful, async {});
        background.start("panics", Need::Essential, async { panic!("no {}", "luck") });
        let health = background.health();
        let failure = health.failure().await;
        assert_eq!((failure.name, &*failure.cause), ("panics", "it panicked: no luck"));
        let mut names: Vec<_> = health.ended().into_iter().map(|one| one.name).collect();
        names.sort_unstable();
        assert_eq!(names, ["ends", "panics"]);
        assert!(sender.send(()).is_ok(), "the task that waits was ended, too");
    }

    #[tokio::test]
    async fn a_task_that_is_stopped_on_purpose_is_no_failure() {
        let mut background = Background::default();
        background.start("runs", Need::Essential, std::future::pending());
        background.stop().await;
        assert_eq!(background.health().ended(), []);
    }

    #[tokio::test]
    async fn a_step_is_taken_again_after_a_full_batch_and_after_a_failure() {
        let mut results = vec![Ok(2), Err(()), Ok(2)];
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let steps = every(Duration::ZERO, 2, || {
            let result = results.pop();
            sender.send(result).expect("somebody listens");
            async move { result.unwrap_or(Ok(0)) }
        });
        let taken = async {
            let mut taken = Vec::new();
            while taken.len() < 4 {
                taken.push(receiver.recv().await.expect("a step"));
            }
            taken
        };
        tokio::select! {
            () = steps => panic!("it never ends"),
            taken = taken => assert_eq!(taken, [Some(Ok(2)), Some(Err(())), Some(Ok(2)), None]),
        }
    }

    #[test]
    fn only_a_full_batch_is_followed_at_once() {
        let pause = Duration::from_secs(5);
        let after = |count| pause_after(count, 200, pause);
        assert_eq!([0, 199, 200, 500].map(after), [pause, pause, BATCH_PAUSE, BATCH_PAUSE]);
    }
}
