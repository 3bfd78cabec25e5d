//! What a process keeps in memory of an aggregate may be older than the log. No answer rests on
//! that alone: neither a refusal nor an acceptance.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_domain::staff::{self, StaffMember, StaffMemberId};
use servicedesk_domain::ticket::{Rejection, Status, Ticket, TicketEvent};
use servicedesk_eventlog::{AppendError, ExecuteError, Log, NewEvent};
use test_case::test_case;

use super::{assert_dense, whole};
use crate::support::desk::{
    accept, close, command, fresh, having_seen, note, opened, reopen, reply, run, technical, ticket,
};

/// What the log says of the ticket `1`, whatever is in memory.
async fn fresh_state(log: &Log) -> (Ticket, i64) {
    log.load::<Ticket>(ticket("1").uuid()).await.expect("the ticket is there")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_command_that_became_possible_elsewhere_is_not_refused(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        run(&there, "1", close(), command("close")).await.expect("closed");
        for (number, context) in [command("a"), fresh(command("b"))].into_iter().enumerate() {
            run(&here, "1", reopen(), context).await.expect("it is closed, so it can be reopened");
            let close_again = command(&format!("close {number}"));
            run(&there, "1", close(), close_again).await.expect("it is open, so it can be closed");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_command_that_became_impossible_elsewhere_is_not_accepted(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        run(&there, "1", close(), command("close")).await.expect("closed");
        for context in [command("a"), fresh(command("b"))] {
            let answer = run(&here, "1", reply("too late"), context).await;
            let refused = matches!(answer, Err(ExecuteError::Rejected(Rejection::TicketClosed)));
            assert!(refused, "{answer:?}");
        }
        assert_eq!(whole(&here).await.len(), 2);
    })
    .await;
}

/// The caller has seen the newest state, and the process has not: its decision must not be
/// recorded only because the caller's expectation holds.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_caller_who_has_seen_more_than_the_process_is_answered_by_what_the_caller_saw(
    system: System,
) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        run(&there, "1", close(), command("close")).await.expect("closed");
        for context in [command("a"), fresh(command("b"))] {
            let answer = run(&here, "1", reply("too late"), having_seen(2, context)).await;
            let refused = matches!(answer, Err(ExecuteError::Rejected(Rejection::TicketClosed)));
            assert!(refused, "{answer:?}");
        }
        run(&here, "1", reopen(), having_seen(2, command("reopen"))).await.expect("reopened");
        run(&there, "1", note("a"), having_seen(3, command("note"))).await.expect("accepted");
        run(&here, "1", accept("first"), having_seen(4, command("c"))).await.expect("accepted");
        let (recent, sequence) =
            here.load_recent::<Ticket>(ticket("1").uuid()).await.expect("there");
        assert_eq!((recent, sequence), fresh_state(&there).await);
        assert_eq!(whole(&here).await.len(), 5);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_kept_in_memory_is_what_the_log_says(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        for round in 0..4 {
            for (log, what) in [(&here, accept("first")), (&there, close()), (&here, reopen())] {
                let context = command(&format!("{} {round}", whole(log).await.len()));
                run(log, "1", what, context).await.expect("accepted");
                let recent = log.load_recent::<Ticket>(ticket("1").uuid()).await.expect("there");
                assert_eq!(recent, fresh_state(log).await);
            }
            // From the second round on it is a repeat, which adds nothing to what is remembered.
            run(&here, "1", note("once"), command("once")).await.expect("accepted");
            let recent = here.load_recent::<Ticket>(ticket("1").uuid()).await.expect("there");
            assert_eq!(recent, fresh_state(&here).await);
        }
        assert_eq!(fresh_state(&there).await.0.status, Status::Reopened);
    })
    .await;
}

/// A command that changes nothing says something about the state too.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn that_there_is_nothing_to_do_is_not_said_on_the_ground_of_memory(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        let member = StaffMemberId::named("agent");
        let on_staff = async |log: &Log, what, context| {
            let done = log.execute::<StaffMember>(member.uuid(), what, context).await;
            done.expect("accepted").is_repeat
        };
        let register = staff::Command::Register {
            staff_member_id: member,
            name: "Agent".to_owned(),
            role: staff::Role::Agent,
            department_ids: vec![technical()],
        };
        let (start, end) = (|| staff::Command::StartShift, || staff::Command::EndShift);
        on_staff(&here, register, command("register")).await;
        on_staff(&here, start(), command("start")).await;
        let mut recorded = 2;
        for (number, context) in [fresh(command("a")), command("b")].into_iter().enumerate() {
            on_staff(&there, end(), command(&format!("end {number}"))).await;
            // The shift runs as far as this process remembers.
            assert!(!on_staff(&here, start(), context).await);
            recorded += 2;
            assert_eq!(whole(&here).await.len(), recorded);
            // It runs indeed.
            assert!(!on_staff(&here, start(), command(&format!("again {number}"))).await);
            assert_eq!(whole(&here).await.len(), recorded);
        }
        // That there was nothing to do is an answer too, and a repeat gets it.
        on_staff(&there, end(), command("end")).await;
        assert!(on_staff(&there, start(), command("again 1")).await);
        assert_eq!(whole(&here).await.len(), 7);
    })
    .await;
}

fn waiting_ended() -> NewEvent {
    NewEvent::of::<Ticket>(TicketEvent::WaitingEnded).expect("it is written as JSON")
}

/// What the committer does not remember is compared with the log where it is written.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_a_command_expects_of_a_ticket_that_is_not_remembered_is_not_believed(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&there, "1").await;
        opened(&here, "2").await;
        for (round, at) in (1..).zip([1, 2, 3]) {
            for (number, expected) in [at + 2, at + 1, at - 1, 0].into_iter().enumerate() {
                let append = command(&format!("wrong {round} {number}")).append::<Ticket>(
                    ticket("1").uuid(),
                    expected,
                    vec![waiting_ended()],
                );
                let answer = here.append(append).await;
                assert_eq!(answer, Err(AppendError::Conflict { actual: at }));
                // The head is as it was left, so that only the ticket is asked about next.
                run(&here, "2", note("a"), command(&format!("{round} {number}")))
                    .await
                    .expect("accepted");
            }
            run(&there, "1", note("b"), command(&format!("there {round}")))
                .await
                .expect("accepted");
            run(&here, "2", note("c"), command(&format!("here {round}"))).await.expect("accepted");
        }
        let events = whole(&here).await;
        assert_eq!(events.len(), 2 + 3 * 6);
        assert_dense(&events);
    })
    .await;
}
