//! Links by which a licence's product is downloaded (R3).

use super::super::decide::{Download, IssueLink};
use super::*;
use crate::licensing::ReleaseId;

fn there() -> LicenceEvent {
    granted(LicenceKind::Rental, day(0), Some(day(30)))
}

fn link(number: u32, until: Moment) -> LicenceEvent {
    LicenceEvent::LinkIssued { customer_id: customer(), number, expires_at: until }
}

fn issue(customer_id: Option<CustomerId>, at: Moment) -> Command {
    Command::IssueLink(IssueLink { customer_id, hours: 72, at })
}

fn download(number: u32, at: Moment) -> Command {
    Command::Download(Download { number, release_id: ReleaseId::named("one"), at })
}

fn used(number: u32, at: Moment) -> LicenceEvent {
    let release_id = ReleaseId::named("one");
    LicenceEvent::LinkUsed { customer_id: customer(), number, release_id, used_at: at }
}

#[test]
fn a_link_is_issued_for_a_licence_that_runs_and_again() {
    let mine = Some(customer());
    given(vec![there()]).when(issue(mine, day(1))).then_expect_events(vec![link(1, day(4))]);
    given(vec![there(), link(1, day(4))])
        .when(issue(None, day(2)))
        .then_expect_events(vec![link(2, day(5))]);
    // One that is issued before the licence begins is good from then on.
    given(vec![granted(LicenceKind::Rental, day(5), Some(day(30)))])
        .when(issue(mine, day(1)))
        .then_expect_events(vec![link(1, day(8))]);
    let stranger = Some(CustomerId::named("stranger"));
    for (events, command, rejection) in [
        (vec![], issue(None, day(1)), Rejection::LicenceNotFound),
        (vec![there()], issue(stranger, day(1)), Rejection::LicenceNotFound),
        (vec![there(), revoked()], issue(mine, day(2)), Rejection::LicenceRevoked),
        (vec![there()], issue(mine, day(30)), Rejection::LicenceExpired),
    ] {
        given(events).when(command).then_expect_error(rejection);
    }
}

#[test]
fn a_link_is_good_until_it_expires_or_its_licence_is_not() {
    let second = TimeDelta::seconds(1);
    let linked = || vec![there(), link(1, day(4))];
    for at in [day(1), day(4) - second] {
        given(linked()).when(download(1, at)).then_expect_events(vec![used(1, at)]);
    }
    let also = |event: LicenceEvent| [linked(), vec![event]].concat();
    let later = || vec![granted(LicenceKind::Rental, day(2), Some(day(3))), link(1, day(9))];
    for (events, command, rejection) in [
        (vec![], download(1, day(1)), Rejection::LicenceNotFound),
        (linked(), download(1, day(4)), Rejection::LinkExpired),
        (linked(), download(2, day(1)), Rejection::LinkReplaced),
        (also(link(2, day(5))), download(1, day(1)), Rejection::LinkReplaced),
        (also(revoked()), download(1, day(2)), Rejection::LicenceRevoked),
        (later(), download(1, day(2) - second), Rejection::LicenceNotBegun),
        (later(), download(1, day(3)), Rejection::LicenceExpired),
    ] {
        given(events).when(command).then_expect_error(rejection);
    }
}

#[test]
fn a_download_is_recorded_once_an_hour_however_often_it_is_asked_for() {
    let (begun, minute) = (day(1), TimeDelta::minutes(1));
    let downloading = || vec![there(), link(1, day(4)), used(1, begun)];
    for at in [begun, begun + minute, begun + minute * 59] {
        given(downloading()).when(download(1, at)).then_expect_events(vec![]);
    }
    let later = begun + minute * 60;
    given(downloading()).when(download(1, later)).then_expect_events(vec![used(1, later)]);
    // Another link, and another release, are another download.
    let again = [downloading(), vec![link(2, day(4))]].concat();
    given(again).when(download(2, begun)).then_expect_events(vec![used(2, begun)]);
    let release_id = ReleaseId::named("two");
    let other = Command::Download(Download { number: 1, release_id, at: begun });
    let of_other =
        LicenceEvent::LinkUsed { customer_id: customer(), number: 1, release_id, used_at: begun };
    given(downloading()).when(other).then_expect_events(vec![of_other]);
}
