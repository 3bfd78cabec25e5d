//! Requesting, storing, attaching and discarding files (T2).

use chrono::TimeDelta;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::decide::{Message, Request, Room, Store, due_at};
use super::*;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::staff::StaffMemberId;
use crate::ticket::{MessageId, TicketId};

fn at() -> Moment {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn customer() -> CustomerId {
    CustomerId::named("customer")
}

fn by() -> Uploader {
    Uploader::Customer(customer())
}

fn wanted() -> Request {
    Request {
        uploader: by(),
        name: " график.PNG ".to_owned(),
        bytes: 5,
        claimed_type: Some("Image/PNG; q=1".to_owned()),
        sha256: Some("A".repeat(64)),
        max_bytes: 10,
        room: Some(Room { most: 20, used: 15 }),
        at: at(),
    }
}

fn requested() -> FileEvent {
    FileEvent::Requested {
        uploader: by(),
        name: Personal::new(customer(), "график.PNG".to_owned()),
        bytes: 5,
        claimed_type: Some("image/png".to_owned()),
        sha256: Some("a".repeat(64)),
        expires_at: at() + TimeDelta::days(1),
    }
}

fn store(digit: &str) -> Command {
    Command::Store(Store { sha256: digit.repeat(64), detected_type: None, at: at() })
}

fn stored() -> FileEvent {
    FileEvent::Stored { sha256: "a".repeat(64), detected_type: None, stored_at: at() }
}

fn reply(name: &str) -> Attachment {
    let place = Place::Reply(MessageId::named(name));
    Attachment { ticket_id: TicketId::named("ticket"), place }
}

fn attach(name: &str) -> Command {
    Command::Attach { by: by(), to: reply(name), at: at() }
}

fn attached(name: &str) -> FileEvent {
    FileEvent::Attached { to: reply(name), attached_at: at() }
}

fn discarded(reason: DiscardReason, discarded_at: Moment) -> FileEvent {
    FileEvent::Discarded { reason, discarded_at }
}

fn given(events: &[FileEvent]) -> AggregateTestExecutor<File> {
    TestFramework::<File>::with(()).given(events.to_vec())
}

#[test]
fn a_file_is_requested_once() {
    given(&[]).when(Command::Request(wanted())).then_expect_events(vec![requested()]);
    given(&[requested()]).when(Command::Request(wanted())).then_expect_events(vec![]);
}

#[test]
fn what_is_no_file_is_refused() {
    let refused = |request: Request, rejection| {
        given(&[]).when(Command::Request(request)).then_expect_error(rejection);
    };
    for name in ["", " ", "a/b", "a\\b", ".", "..", "a\r\nb", "a\u{202e}gnp.exe", &"a".repeat(256)]
    {
        let name = name.to_owned();
        refused(Request { name, ..wanted() }, Rejection::BadFileName { most: 255 });
    }
    for bytes in [0, -1, 11, i64::MAX] {
        refused(Request { bytes, ..wanted() }, Rejection::SizeOutOfRange { most: 10 });
    }
    for claimed in ["png", "image/", "/png", "image/p ng", "a/b/c", "image/é", "a/\r\nb"] {
        let claimed_type = Some(claimed.to_owned());
        refused(Request { claimed_type, ..wanted() }, Rejection::BadMediaType);
    }
    let sha256 = Some("g".repeat(64));
    refused(Request { sha256, ..wanted() }, Rejection::BadChecksum);
    let rejection = Rejection::QuotaExceeded { most: 20, left: 5 };
    refused(Request { bytes: 6, ..wanted() }, rejection);
}

#[test]
fn all_bytes_make_it_stored_and_other_bytes_make_it_gone() {
    given(&[requested()]).when(store("a")).then_expect_events(vec![stored()]);
    given(&[requested(), stored()]).when(store("a")).then_expect_events(vec![]);
    let gone = discarded(DiscardReason::OtherChecksum, at());
    given(&[requested()]).when(store("b")).then_expect_events(vec![gone.clone()]);
    given(&[requested(), gone]).when(store("a")).then_expect_error(Rejection::FileDiscarded);
    given(&[]).when(store("a")).then_expect_error(Rejection::FileNotFound);
    let late = at() + TimeDelta::days(1);
    let late = Command::Store(Store { sha256: "a".repeat(64), detected_type: None, at: late });
    given(&[requested()]).when(late).then_expect_error(Rejection::UploadExpired);
}

#[test]
fn one_message_of_its_sender_gets_it() {
    let there = [requested(), stored()];
    given(&there).when(attach("one")).then_expect_events(vec![attached("one")]);
    let taken = [requested(), stored(), attached("one")];
    given(&taken).when(attach("one")).then_expect_events(vec![]);
    given(&taken).when(attach("other")).then_expect_error(Rejection::FileAttached);
    given(&[requested()]).when(attach("one")).then_expect_error(Rejection::FileNotStored);
    given(&[]).when(attach("one")).then_expect_error(Rejection::FileNotFound);
    let another = Uploader::Staff(StaffMemberId::named("agent"));
    given(&there)
        .when(Command::Attach { by: another, to: reply("one"), at: at() })
        .then_expect_error(Rejection::FileNotFound);
}

#[test]
fn a_refused_message_gives_it_back() {
    let taken = [requested(), stored(), attached("one")];
    let released = FileEvent::Released { from: reply("one") };
    let release = |name| Command::Release { from: reply(name) };
    given(&taken).when(release("one")).then_expect_events(vec![released.clone()]);
    given(&taken).when(release("other")).then_expect_events(vec![]);
    let back = [requested(), stored(), attached("one"), released];
    given(&back).when(attach("other")).then_expect_events(vec![attached("other")]);
}

#[test]
fn its_sender_withdraws_it_until_a_message_has_it() {
    let withdraw = || Command::Withdraw { by: by(), at: at() };
    let gone = || discarded(DiscardReason::Withdrawn, at());
    given(&[requested()]).when(withdraw()).then_expect_events(vec![gone()]);
    given(&[requested(), stored()]).when(withdraw()).then_expect_events(vec![gone()]);
    given(&[requested(), gone()]).when(withdraw()).then_expect_error(Rejection::FileDiscarded);
    given(&[requested(), stored(), attached("one")])
        .when(withdraw())
        .then_expect_error(Rejection::FileAttached);
    let another = Command::Withdraw { by: Uploader::Staff(StaffMemberId::named("a")), at: at() };
    given(&[requested()]).when(another).then_expect_error(Rejection::FileNotFound);
}

#[test]
fn what_concerned_an_erased_person_goes_once() {
    let erase = || Command::Erase { at: at() };
    let gone = || discarded(DiscardReason::Erased, at());
    let kept = [requested(), stored(), attached("one"), FileEvent::Kept];
    for events in [&kept[..1], &kept[..2], &kept[..3], &kept] {
        given(events).when(erase()).then_expect_events(vec![gone()]);
    }
    given(&[requested(), gone()]).when(erase()).then_expect_events(vec![]);
    given(&[]).when(erase()).then_expect_events(vec![]);
}

#[test]
fn what_waits_for_nothing_that_comes_is_discarded_after_a_day() {
    let day = at() + TimeDelta::days(1);
    let expire = |message, at| Command::Expire { message, at };
    let gone = || vec![discarded(DiscardReason::Expired, day)];
    let early = day - TimeDelta::microseconds(1);
    let taken = [requested(), stored(), attached("one")];
    for events in [&taken[..1], &taken[..2], &taken] {
        given(events).when(expire(Message::Missing, early)).then_expect_error(Rejection::FileInUse);
        given(events).when(expire(Message::Missing, day)).then_expect_events(gone());
    }
    given(&taken).when(expire(Message::Recorded, day)).then_expect_events(vec![FileEvent::Kept]);
    given(&[requested(), stored(), attached("one"), FileEvent::Kept])
        .when(expire(Message::Missing, day + TimeDelta::days(99)))
        .then_expect_error(Rejection::FileInUse);
    given(&[requested(), gone().remove(0)])
        .when(expire(Message::Missing, day))
        .then_expect_error(Rejection::FileInUse);
    assert_eq!(due_at(&File::default()), None);
}
