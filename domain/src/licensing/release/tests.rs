//! Announcing, publishing and withdrawing releases.

use cqrs_es::test::TestFramework;

use super::decide::{Announce, Publish, Withdraw};
use super::*;
use crate::kernel::{Moment, TextProblem};

fn at() -> Moment {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn file(digit: &str) -> ReleaseFile {
    ReleaseFile { name: "robot-1.2.zip".to_owned(), bytes: 5, sha256: digit.repeat(64) }
}

fn announce() -> Announce {
    Announce {
        product_id: Ok(ProductId::named("robot")),
        version: "1.2".to_owned(),
        notes: " Faster ".to_owned(),
        file_name: "robot-1.2.zip".to_owned(),
        bytes: 5,
        sha256: "A".repeat(64),
        max_bytes: 10,
        max_characters: 20,
    }
}

fn announced(digit: &str) -> ReleaseEvent {
    ReleaseEvent::Announced {
        product_id: ProductId::named("robot"),
        version: "1.2".to_owned(),
        notes: "Faster".to_owned(),
        file: file(digit),
    }
}

fn published() -> ReleaseEvent {
    ReleaseEvent::Published { published_at: at() }
}

fn withdraw(reason: &str) -> Command {
    Command::Withdraw(Withdraw { reason: reason.to_owned(), max_characters: 10, at: at() })
}

fn withdrawn() -> ReleaseEvent {
    ReleaseEvent::Withdrawn { reason: "Broken".to_owned(), withdrawn_at: at() }
}

fn given(events: Vec<ReleaseEvent>) -> cqrs_es::test::AggregateTestExecutor<Release> {
    TestFramework::<Release>::with(()).given(events)
}

#[test]
fn a_release_is_announced_until_its_file_is_there() {
    let announce = || Command::Announce(announce());
    given(vec![]).when(announce()).then_expect_events(vec![announced("a")]);
    given(vec![announced("a")]).when(announce()).then_expect_events(vec![]);
    given(vec![announced("b")]).when(announce()).then_expect_events(vec![announced("a")]);
    given(vec![announced("a"), published()])
        .when(announce())
        .then_expect_error(Rejection::VersionPublished);
}

#[test]
fn what_is_no_release_is_refused() {
    let refused = |announce: Announce, rejection| {
        given(vec![]).when(Command::Announce(announce)).then_expect_error(rejection);
    };
    let nowhere = Err(Rejection::ProductNotFound);
    refused(Announce { product_id: nowhere, ..announce() }, Rejection::ProductNotFound);
    for version in ["", "1 2", "1/2", "é", &"1".repeat(51)] {
        let version = version.to_owned();
        refused(Announce { version, ..announce() }, Rejection::BadVersion);
    }
    for file_name in ["", "../a", "a/b", ".hidden", "-rf", "a\"b", "a\r\nb", &"a".repeat(101)] {
        let file_name = file_name.to_owned();
        refused(Announce { file_name, ..announce() }, Rejection::BadFileName);
    }
    for bytes in [0, -1, 11, i64::MAX] {
        let rejection = Rejection::SizeOutOfRange { most: 10 };
        refused(Announce { bytes, ..announce() }, rejection);
    }
    for sha256 in ["", "a", &"g".repeat(64)] {
        let sha256 = sha256.to_owned();
        refused(Announce { sha256, ..announce() }, Rejection::BadChecksum);
    }
    let notes = " ".to_owned();
    refused(Announce { notes, ..announce() }, Rejection::BadNotes(TextProblem::Empty));
}

#[test]
fn only_the_announced_file_is_published_and_once() {
    let publish = |digit| Command::Publish(Publish { file: file(digit), at: at() });
    given(vec![]).when(publish("a")).then_expect_error(Rejection::ReleaseNotFound);
    given(vec![announced("a")]).when(publish("a")).then_expect_events(vec![published()]);
    given(vec![announced("a")]).when(publish("b")).then_expect_error(Rejection::BadChecksum);
    given(vec![announced("a"), published()]).when(publish("a")).then_expect_events(vec![]);
}

#[test]
fn what_is_published_is_withdrawn_once_with_a_reason() {
    let there = || vec![announced("a"), published()];
    given(there()).when(withdraw("Broken")).then_expect_events(vec![withdrawn()]);
    given(vec![]).when(withdraw("Broken")).then_expect_error(Rejection::ReleaseNotFound);
    given(vec![announced("a")])
        .when(withdraw("Broken"))
        .then_expect_error(Rejection::ReleaseNotPublished);
    given(there()).when(withdraw(" ")).then_expect_error(Rejection::BadReason(TextProblem::Empty));
    given([there(), vec![withdrawn()]].concat())
        .when(withdraw("Broken"))
        .then_expect_error(Rejection::ReleaseWithdrawn);
}
