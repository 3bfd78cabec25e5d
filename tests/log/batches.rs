//! What the committers of several processes make of any commands in any batches is what they would
//! give one after another: a conflict, a repeat or a refusal concerns its own command alone, and
//! what a committer remembers of the log is not believed where another has written since.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::collections::HashMap;
use test_case::test_case;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use servicedesk_domain::customer::{Customer, CustomerEvent};
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::ticket::{Ticket, TicketEvent};
use servicedesk_eventlog::{Append, AppendError, CommandContext, NewEvent, Outcome, reader};
use uuid::Uuid;

use super::{assert_dense, whole};
use crate::support::desk::{command, customer, id, opened};
use crate::support::{in_time, on_postgres, on_sqlite};

/// A command that is decided already, as small numbers.
#[derive(Debug, Clone)]
struct Wish {
    command: u8,
    fingerprint: i64,
    is_ticket: bool,
    aggregate: u8,
    /// How far the expected sequence number is from the true one; mostly 0.
    off: i64,
    events: usize,
    refusal: Option<u8>,
}

/// How many processes take turns.
const PROCESSES: usize = 3;

/// Batches, each with the process that it comes to: mostly the one before.
fn wishes() -> impl Strategy<Value = Vec<(usize, Vec<Wish>)>> {
    let off = prop_oneof![5 => Just(0_i64), 1 => -2..3_i64];
    let refusal = prop_oneof![5 => Just(None), 1 => option::of(0..3_u8)];
    let wish = (0..40_u8, 1..3_i64, any::<bool>(), 0..4_u8, off, 0..4_usize, refusal).prop_map(
        |(command, fingerprint, is_ticket, aggregate, off, events, refusal)| Wish {
            command,
            fingerprint: if command < 10 { fingerprint } else { 1 },
            is_ticket,
            aggregate,
            off,
            events: if refusal.is_some() { 0 } else { events },
            refusal,
        },
    );
    let process = prop_oneof![2 => Just(0), 1 => 0..PROCESSES];
    vec((process, vec(wish, 1..16)), 1..12)
}

impl Wish {
    fn append(&self, expected_sequence: i64) -> Append {
        let context = CommandContext {
            fingerprint: self.fingerprint,
            is_numbered: self.is_ticket,
            ..command(&self.command.to_string())
        };
        let name = self.aggregate.to_string();
        let mut append = if self.is_ticket {
            context.append::<Ticket>(id(&name), expected_sequence, self.of::<Ticket>())
        } else {
            context.append::<Customer>(id(&name), expected_sequence, self.of::<Customer>())
        };
        append.refusal = self.refusal.map(|number| number.to_string());
        append
    }

    /// The committer does not look into events, so any will do.
    fn of<A: Example>(&self) -> Vec<NewEvent> {
        (0..self.events).map(|_| A::example()).collect()
    }
}

trait Example {
    fn example() -> NewEvent;
}

impl Example for Ticket {
    fn example() -> NewEvent {
        NewEvent::of::<Self>(TicketEvent::WaitingEnded).expect("it is written as JSON")
    }
}

impl Example for Customer {
    fn example() -> NewEvent {
        let name = Personal::new(customer(), "Name".to_owned());
        let registered = CustomerEvent::Registered { customer_id: customer(), name };
        NewEvent::of::<Self>(registered).expect("it is written as JSON")
    }
}

/// The log as it should be, one command after another.
#[derive(Default)]
struct Model {
    head: i64,
    serial: i64,
    sequences: HashMap<(bool, u8), i64>,
    known: HashMap<Uuid, (i64, Outcome)>,
    /// Aggregate, sequence number and serial of every event.
    events: Vec<(Uuid, i64, Option<i64>)>,
}

impl Model {
    fn sequence(&self, wish: &Wish) -> i64 {
        self.sequences.get(&(wish.is_ticket, wish.aggregate)).copied().unwrap_or(0)
    }

    fn answer(&mut self, wish: &Wish, append: &Append) -> Result<Outcome, AppendError> {
        if let Some((fingerprint, outcome)) = self.known.get(&append.command_id.id) {
            let is_same = *fingerprint == append.fingerprint;
            let repeat = Outcome { is_repeat: true, ..outcome.clone() };
            return if is_same { Ok(repeat) } else { Err(AppendError::IdReused) };
        }
        let mut sequence = self.sequence(wish);
        if wish.refusal.is_none() && append.expected_sequence != sequence {
            return Err(AppendError::Conflict { actual: sequence });
        }
        let first_position = if wish.events == 0 { 0 } else { self.head + 1 };
        for _ in 0..wish.events {
            self.head += 1;
            sequence += 1;
            let is_numbered = wish.is_ticket && sequence == 1;
            self.serial += i64::from(is_numbered);
            let serial = is_numbered.then_some(self.serial);
            self.events.push((append.aggregate_id, sequence, serial));
        }
        self.sequences.insert((wish.is_ticket, wish.aggregate), sequence);
        let outcome = Outcome {
            aggregate_id: append.aggregate_id,
            first_position,
            last_position: if wish.events == 0 { 0 } else { self.head },
            refusal: append.refusal.clone(),
            is_repeat: false,
        };
        self.known.insert(append.command_id.id, (append.fingerprint, outcome.clone()));
        Ok(outcome)
    }
}

/// Hands the batches to the committer, and compares every answer and the log with the model.
async fn check(database: crate::support::TestDatabase, batches: Vec<(usize, Vec<Wish>)>) {
    let mut logs = Vec::new();
    for _ in 0..PROCESSES {
        logs.push(database.log().await);
    }
    let mut model = Model::default();
    for (process, batch) in batches {
        let log = &logs[process];
        let mut appends = Vec::new();
        let mut expected = Vec::new();
        for wish in &batch {
            let append = wish.append(model.sequence(wish) + wish.off);
            expected.push(model.answer(wish, &append));
            appends.push(append);
        }
        assert_eq!(log.append_in_order(appends).await, expected);
        assert_eq!(reader::head(log.db()).await.expect("a head"), model.head);
    }
    let events = whole(&logs[0]).await;
    assert_dense(&events);
    let told: Vec<_> =
        events.iter().map(|event| (event.aggregate_id, event.sequence, event.serial)).collect();
    assert_eq!(told, model.events);
    assert_eq!(database.table("log_commands").await.len(), model.known.len());
    for log in logs {
        log.look_for_news();
        let mut head = log.watch();
        let known = head.wait_for(|head| *head == model.head);
        in_time("the news", known).await.expect("the log is open");
        let in_memory = log.read_after(0, usize::MAX).await.expect("the log is sound");
        assert!(in_memory.iter().map(AsRef::as_ref).eq(&events));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_commands_in_any_batches_are_answered_as_if_they_came_one_by_one(batches in wishes()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            on_sqlite(|database| check(database, batches.clone())).await;
            on_postgres(|database| check(database, batches.clone())).await;
        });
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_conflict_fails_its_own_command_and_not_the_batch(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let append = |name: &str, aggregate: &str, expected| {
            command(name).append::<Ticket>(id(aggregate), expected, vec![Ticket::example()])
        };
        let answers = log
            .append_in_order(vec![
                append("a", "first", 0),
                append("b", "first", 0),
                append("c", "second", 7),
                append("d", "first", 1),
                append("e", "second", 0),
            ])
            .await;
        let last =
            |answer: &Result<Outcome, _>| answer.as_ref().map(|done| done.last_position).ok();
        let recorded: Vec<_> = answers.iter().map(last).collect();
        assert_eq!(recorded, [Some(2), None, None, Some(3), Some(4)]);
        assert_eq!(answers[1], Err(AppendError::Conflict { actual: 1 }));
        assert_eq!(answers[2], Err(AppendError::Conflict { actual: 0 }));
        assert_dense(&whole(&log).await);
    })
    .await;
}

/// A command that was decided on top of another falls with it, although somebody else recorded just
/// as many events in its place; so does a refusal.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_builds_on_a_command_that_fell_falls_with_it(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let append = |name: &str, expected, builds_on: Option<&str>| {
            let events = vec![Ticket::example()];
            let mut append = command(name).append::<Ticket>(id("ticket"), expected, events);
            append.builds_on = builds_on.map(|name| command(name).command_id.id);
            append
        };
        log.append(append("somebody", 0, None)).await.expect("it is recorded");
        let mut refusal = append("c", 2, Some("b"));
        refusal.events.clear();
        refusal.refusal = Some("1".to_owned());
        let late = vec![append("a", 0, None), append("b", 1, Some("a")), refusal];
        let answers = log.append_in_order(late.clone()).await;
        for (answer, wish) in answers.into_iter().zip(late) {
            let name = wish.command_id.id;
            assert_eq!(answer, Err(AppendError::Conflict { actual: 1 }), "{name}");
        }
        let mut refusal = append("d", 0, None);
        refusal.events.clear();
        refusal.refusal = Some("1".to_owned());
        refusal.is_refusal_checked = true;
        let answer = log.append(refusal.clone()).await;
        assert_eq!(answer, Err(AppendError::Conflict { actual: 1 }), "it was of another state");
        refusal.expected_sequence = 1;
        assert!(log.append(refusal).await.is_ok_and(|outcome| outcome.refusal.is_some()));
        let fresh = vec![append("a", 1, None), append("b", 2, Some("a"))];
        for answer in log.append_in_order(fresh.clone()).await {
            assert_eq!(answer.map(|outcome| outcome.is_repeat), Ok(false));
        }
        for answer in log.append_in_order(fresh).await {
            assert_eq!(answer.map(|outcome| outcome.is_repeat), Ok(true), "a repeat is answered");
        }
    })
    .await;
}

/// What the database itself refuses must not take the rest of the batch with it.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_command_that_the_database_refuses_fails_alone_and_leaves_nothing(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let append = |name: &str, payload: Option<&str>| {
            let mut events = vec![Ticket::example(), Ticket::example()];
            if let Some(payload) = payload {
                payload.clone_into(&mut events[1].payload);
            }
            command(name).append::<Ticket>(id(name), 0, events)
        };
        let check = if database.is_postgres() {
            "ALTER TABLE events ADD CHECK (payload::text <> '\"bad\"')"
        } else {
            "CREATE TRIGGER no_bad BEFORE INSERT ON events WHEN NEW.payload = '\"bad\"' BEGIN
                SELECT RAISE(ABORT, 'bad'); END"
        };
        database.run(check).await.expect("a rule of the test");
        let mut appends = vec![append("a", None), append("b", Some("\"bad\"")), append("c", None)];
        appends[1].builds_on = Some(command("a").command_id.id);
        appends[2].builds_on = Some(command("a").command_id.id);
        let mut fallen = append("d", None);
        fallen.builds_on = Some(command("b").command_id.id);
        appends.push(fallen);
        let mut answers = log.append_in_order(appends).await;
        assert_eq!(answers.pop(), Some(Err(AppendError::Conflict { actual: 0 })));
        assert!(matches!(answers[1], Err(AppendError::Failed(_))), "{answers:?}");
        let recorded: Vec<_> =
            answers.iter().flatten().map(|outcome| outcome.last_position).collect();
        assert_eq!(recorded, [2, 4]);
        let events = whole(&log).await;
        assert_eq!(events.len(), 4);
        assert_dense(&events);
        assert_eq!(database.table("log_commands").await.len(), 2);
        let again = log.append(append("b", None)).await.expect("the id is not used up");
        assert_eq!((again.last_position, again.is_repeat), (6, false));
    })
    .await;
}
