//! The states of a ticket (T8): what each allows, what it refuses by which name, and where it leads.

use super::*;
use crate::ticket::Rejection;

/// The columns of the table.
const STATUSES: [Status; 7] = [
    Status::New,
    Status::Assigned,
    Status::InProgress,
    Status::WaitingOnCustomer,
    Status::Resolved,
    Status::Closed,
    Status::Reopened,
];

/// In lower case the status after the command, `=` where that is the status before; in capitals
/// the public code of the rejection, without its `TICKET_`. The agent is responsible for the
/// ticket and has logged time on it, a colleague has joined it, and the period in which it may be
/// reopened runs, but for `expire`.
const TABLE: &str = "
          new          assigned     in_progress      waiting      resolved     closed   reopened
accept    in_progress  in_progress  ALREADY_ACCEPTED WAITING      RESOLVED     CLOSED   in_progress
assign    assigned     =            assigned         =            RESOLVED     CLOSED   =
transfer  =            new          new              new          RESOLVED     CLOSED   =
join      =            =            =                =            RESOLVED     CLOSED   =
leave     =            =            =                =            RESOLVED     CLOSED   =
relinquish =           new          new              new          =            =        =
assess    =            =            =                =            RESOLVED     CLOSED   =
promise   =            =            =                =            RESOLVED     CLOSED   =
note      =            =            =                =            =            =        =
reply     =            =            =                =            =            CLOSED   =
answer    =            =            =                in_progress  =            CLOSED   =
log       =            =            =                =            =            CLOSED   =
correct   =            =            =                =            =            =        =
courtesy  =            =            =                =            =            =        =
ask       =            =            =                =            =            CLOSED   =
agree     =            =            =                =            =            CLOSED   =
allow     =            =            =                =            =            =        =
await     NOT_ACCEPTED NOT_ACCEPTED waiting          WAITING      RESOLVED     CLOSED   NOT_ACCEPTED
resume    NOT_WAITING  NOT_WAITING  NOT_WAITING      in_progress  RESOLVED     CLOSED   NOT_WAITING
look      NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER NO_UNSEEN_ANSWER
resolve   NOT_ACCEPTED NOT_ACCEPTED resolved         resolved     RESOLVED     CLOSED   NOT_ACCEPTED
close     NOT_RESOLVED NOT_RESOLVED NOT_RESOLVED     NOT_RESOLVED closed       CLOSED   NOT_RESOLVED
close_own closed       closed       closed           closed       closed       CLOSED   closed
expire    NOT_RESOLVED NOT_RESOLVED NOT_RESOLVED     NOT_RESOLVED closed       CLOSED   NOT_RESOLVED
reopen    STILL_OPEN   STILL_OPEN   STILL_OPEN       STILL_OPEN   reopened     reopened STILL_OPEN
";

fn command(row: &str) -> Asked {
    match row {
        "accept" => accept(agent()),
        "assign" => assign(agent(), outsider()),
        "transfer" => transfer(agent(), sales()),
        "join" => join(agent(), outsider()),
        "leave" => leave(colleague()),
        "relinquish" => asked(Command::Relinquish { staff_member_id: agent().staff_member_id }),
        "assess" => assess(agent()),
        "promise" => promise(agent(), day(1)),
        "note" => note(agent(), "Text"),
        "reply" => reply(Party::Staff(agent()), "Text"),
        "answer" => reply(customer(), "Text"),
        "log" => log_time(agent(), work(5)),
        "correct" => correct_time(agent(), Some(work(5))),
        "courtesy" => mark_courtesy(agent()),
        "ask" => ask_for_agreement(agent()),
        "agree" => agree_to_charges(customer_id()),
        "allow" => allow_charges(manager()),
        "await" => await_customer(agent()),
        "look" => acknowledge(agent()),
        "resume" => resume(agent()),
        "resolve" => resolve(agent()),
        "close" => close(Party::Staff(agent()), day(1)),
        "close_own" => close(customer(), day(1)),
        "expire" => expire(day(15)),
        "reopen" => reopen(customer(), day(1)),
        unknown => panic!("no command is called {unknown:?}"),
    }
}

#[test]
fn every_state_allows_and_refuses_what_the_table_says() {
    let mut lines = TABLE.lines().skip(1);
    let heads: Vec<_> = lines.next().expect("a heading").split_whitespace().collect();
    assert_eq!(heads, STATUSES.map(word));
    let mut rows = 0;
    for line in lines {
        let mut cells = line.split_whitespace();
        let row = cells.next().expect("a command");
        let found = STATUSES.map(|status| cell(status, command(row)));
        assert_eq!(cells.collect::<Vec<_>>(), found, "{row}");
        rows += 1;
    }
    assert_eq!(rows, 25);
}

#[test]
fn a_ticket_in_any_state_is_not_opened_again() {
    for status in STATUSES {
        given(status).when(asked(open())).then_expect_error(Rejection::AlreadyOpened);
    }
}

/// A repeated command is refused with the fact that makes it needless, and nothing is recorded.
#[test]
fn a_repeated_command_records_nothing() {
    for (status, row, rejection) in [
        (Status::New, "accept", Rejection::AlreadyAccepted),
        (Status::New, "assign", Rejection::AlreadyAssigned),
        (Status::New, "join", Rejection::AlreadyJoined),
        (Status::New, "leave", Rejection::NotJoined),
        (Status::InProgress, "await", Rejection::TicketWaiting),
        (Status::InProgress, "courtesy", Rejection::AlreadyCourtesy),
        (Status::WaitingOnCustomer, "resume", Rejection::TicketNotWaiting),
        (Status::InProgress, "resolve", Rejection::TicketResolved),
        (Status::Resolved, "close", Rejection::TicketClosed),
        (Status::New, "close_own", Rejection::TicketClosed),
        (Status::Resolved, "expire", Rejection::TicketClosed),
        (Status::Resolved, "reopen", Rejection::TicketStillOpen),
    ] {
        let before = || vec![joined(&colleague()), logged(&agent(), 30)];
        let given = || given(status).and(before());
        let first = given().when(command(row)).inspect_result().expect("the first is allowed");
        given().and(first).when(command(row)).then_expect_error(rejection);
    }
    given(Status::New)
        .and(vec![transferred()])
        .when(transfer(outsider(), sales()))
        .then_expect_error(Rejection::AlreadyInDepartment);
}

/// What a command leads to in this state, as the table writes it.
fn cell(status: Status, mut command: Asked) -> &'static str {
    if let (Command::LogTime(log), _) = &mut command {
        log.entry.entry_id = entry("another");
    }
    let before = vec![joined(&colleague()), logged(&agent(), 30)];
    let result = given(status).and(before).when(command).inspect_result();
    match result {
        Ok(events) => match events.iter().fold(status, Status::after) {
            after if after == status => "=",
            after => word(after),
        },
        Err(rejection) => rejection.code().trim_start_matches("TICKET_"),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::New => "new",
        Status::Assigned => "assigned",
        Status::InProgress => "in_progress",
        Status::WaitingOnCustomer => "waiting",
        Status::Resolved => "resolved",
        Status::Closed => "closed",
        Status::Reopened => "reopened",
    }
}
