//! Given / when / then for a person's login.

use chrono_tz::Tz;
use cqrs_es::test::TestFramework;

use super::decide::{MAX_SESSIONS, Open, StartSession};
use super::*;
use crate::customer::CustomerId;
use crate::identity::PasswordId;
use crate::kernel::{Language, Personal};

fn person() -> CustomerId {
    CustomerId::named("anna")
}

fn password(name: &str) -> PasswordId {
    PasswordId::named(name)
}

fn session(name: &str) -> SessionId {
    SessionId::named(name)
}

fn open() -> Command {
    Command::Open(Open {
        customer_id: person(),
        address: Personal::new(person(), "anna@example.com".to_owned()),
        password_id: password("first"),
        language: Language::Ru,
        time_zone: Tz::Europe__Moscow,
    })
}

fn opened() -> LoginEvent {
    LoginEvent::Opened {
        customer_id: person(),
        address: Personal::new(person(), "anna@example.com".to_owned()),
        password_id: password("first"),
        language: Language::Ru,
        time_zone: Tz::Europe__Moscow,
    }
}

fn start(name: &str, shown: &str, replaced: Option<&str>) -> Command {
    Command::StartSession(StartSession {
        shown: password(shown),
        session_id: session(name),
        token_sha256: name.to_owned(),
        device: "Firefox".to_owned(),
        replaced: replaced.map(session),
    })
}

fn started(name: &str) -> LoginEvent {
    LoginEvent::SessionStarted {
        session_id: session(name),
        token_sha256: name.to_owned(),
        device: Personal::new(person(), "Firefox".to_owned()),
    }
}

fn ended(name: &str, cause: SessionEnd) -> LoginEvent {
    LoginEvent::SessionEnded { session_id: session(name), cause }
}

fn end(name: &str) -> Command {
    Command::EndSession { session_id: session(name), cause: SessionEnd::LoggedOut }
}

fn change(shown: &str, kept: Option<&str>) -> Command {
    let (shown, chosen) = (password(shown), password("second"));
    Command::ChangePassword { shown, chosen, kept_session_id: kept.map(session) }
}

fn reset(sent_for: &str) -> Command {
    Command::ResetPassword { sent_for: password(sent_for), chosen: password("second") }
}

fn accepted(given: &[LoginEvent], when: Command, then: Vec<LoginEvent>) {
    TestFramework::<Login>::with(()).given(given.to_vec()).when(when).then_expect_events(then);
}

fn refused(given: &[LoginEvent], when: Command, rejection: Rejection) {
    TestFramework::<Login>::with(()).given(given.to_vec()).when(when).then_expect_error(rejection);
}

#[test]
fn a_login_is_opened_once_and_nothing_is_done_before() {
    accepted(&[], open(), vec![opened()]);
    refused(&[opened()], open(), Rejection::LoginExists);
    let others = Command::EndOtherSessions { kept_session_id: None };
    let commands =
        [start("a", "first", None), end("a"), others, change("first", None), reset("first")];
    for command in commands {
        refused(&[], command, Rejection::LoginNotFound);
    }
}

#[test]
fn a_session_starts_with_the_password_that_counts_and_ends_the_one_before_it() {
    accepted(&[opened()], start("a", "first", None), vec![started("a")]);
    refused(&[opened()], start("a", "other", None), Rejection::PasswordReplaced);
    let both = [opened(), started("a"), started("b")];
    let replaced = ended("a", SessionEnd::Replaced);
    accepted(&both, start("c", "first", Some("a")), vec![replaced, started("c")]);
    // A session of somebody else's, or one that has ended, is not ended here.
    accepted(&both, start("c", "first", Some("x")), vec![started("c")]);
}

#[test]
fn a_session_ends_once() {
    let begun = [opened(), started("a")];
    let end_of_it = ended("a", SessionEnd::LoggedOut);
    accepted(&begun, end("a"), vec![end_of_it.clone()]);
    refused(&begun, end("b"), Rejection::SessionNotFound);
    refused(&[opened(), started("a"), end_of_it], end("a"), Rejection::SessionNotFound);
}

#[test]
fn the_others_end_and_the_one_goes_on() {
    let begun = [opened(), started("a"), started("b"), started("c")];
    let others = Command::EndOtherSessions { kept_session_id: Some(session("b")) };
    let revoked = ["a", "c"].map(|name| ended(name, SessionEnd::Revoked)).to_vec();
    accepted(&begun, others.clone(), revoked);
    accepted(&[opened(), started("b")], others, vec![]);
}

#[test]
fn a_change_of_the_password_ends_every_other_session_and_the_old_password() {
    let begun = vec![opened(), started("a"), started("b")];
    let changed = LoginEvent::PasswordChanged {
        password_id: password("second"),
        kept_session_id: Some(session("b")),
    };
    accepted(&begun, change("first", Some("b")), vec![changed.clone()]);
    let after = [begun, vec![changed]].concat();
    refused(&after, end("a"), Rejection::SessionNotFound);
    accepted(&after, end("b"), vec![ended("b", SessionEnd::LoggedOut)]);
    refused(&after, start("c", "first", None), Rejection::PasswordReplaced);
    refused(&after, change("first", None), Rejection::PasswordReplaced);
    accepted(&after, start("c", "second", None), vec![started("c")]);
}

#[test]
fn a_reset_works_once_and_ends_every_session() {
    let begun = vec![opened(), started("a")];
    let was_reset = LoginEvent::PasswordReset { password_id: password("second") };
    accepted(&begun, reset("first"), vec![was_reset.clone()]);
    let after = [begun, vec![was_reset]].concat();
    refused(&after, reset("first"), Rejection::PasswordReplaced);
    refused(&after, end("a"), Rejection::SessionNotFound);
    refused(&after, start("b", "first", None), Rejection::PasswordReplaced);
}

#[test]
fn an_erased_persons_login_is_closed_once_and_nothing_is_done_after() {
    let begun = vec![opened(), started("a")];
    accepted(&[], Command::Close, vec![]);
    accepted(&begun, Command::Close, vec![LoginEvent::Closed]);
    let after = [begun, vec![LoginEvent::Closed]].concat();
    accepted(&after, Command::Close, vec![]);
    refused(&after, open(), Rejection::LoginExists);
    for command in [start("b", "first", None), end("a"), change("first", None), reset("first")] {
        refused(&after, command, Rejection::LoginNotFound);
    }
}

#[test]
fn one_session_too_many_ends_the_oldest() {
    let names: Vec<String> = (0..MAX_SESSIONS).map(|number| number.to_string()).collect();
    let mut given = vec![opened()];
    given.extend(names.iter().map(|name| started(name)));
    let oldest = ended("0", SessionEnd::Replaced);
    accepted(&given, start("new", "first", None), vec![oldest, started("new")]);
    let replaced = ended("7", SessionEnd::Replaced);
    accepted(&given, start("new", "first", Some("7")), vec![replaced, started("new")]);
}

#[test]
fn an_invitation_is_sent_until_it_is_taken_up_once() {
    let staff: Principal = crate::staff::StaffMemberId::named("agent").into();
    let address = || Personal::new(staff, "agent@example.com".to_owned());
    let open = |password: &str| {
        Command::OpenOnInvitation(super::decide::OpenOnInvitation {
            person: staff,
            address: address(),
            password_id: PasswordId::named(password),
            language: Language::Ru,
            time_zone: chrono_tz::Tz::UTC,
        })
    };
    let opened = LoginEvent::OpenedOnInvitation {
        person: staff,
        address: address(),
        password_id: PasswordId::named("first"),
        language: Language::Ru,
        time_zone: chrono_tz::Tz::UTC,
    };
    let invited = LoginEvent::Invited { person: staff };
    let then = |given: Vec<LoginEvent>, when, expected: Vec<LoginEvent>| {
        TestFramework::<Login>::with(()).given(given).when(when).then_expect_events(expected);
    };
    let invite = || Command::Invite { person: staff };
    then(vec![], invite(), vec![invited.clone()]);
    then(vec![invited.clone()], invite(), vec![invited.clone()]);
    then(vec![invited], open("first"), vec![opened.clone()]);
    then(vec![opened.clone()], open("second"), vec![]);
    TestFramework::<Login>::with(())
        .given(vec![opened])
        .when(invite())
        .then_expect_error(Rejection::LoginExists);
}
