//! One agent does not work on two things at the same time, unless they say why (B3).

use proptest::prelude::*;

use super::*;
use crate::staff::Occupied;
use crate::staff::decide::{Logged, Overlap, ReserveTime, decide};

fn minute(number: i64) -> Moment {
    noon() + TimeDelta::minutes(number)
}

/// Work on a ticket of the same name, between two minutes after noon.
fn occupied(name: &str, from: i64, until: i64) -> Occupied {
    Occupied {
        entry_id: TimeEntryId::named(name),
        ticket_id: TicketId::named(name),
        started_at: minute(from),
        ended_at: minute(until),
    }
}

/// Asks for the time an hour after noon, without a reason.
fn wanted(wanted: Occupied) -> ReserveTime {
    let (logged, instead_of, at) = (Vec::new(), None, minute(60));
    ReserveTime { wanted, overlap: Overlap::Refused, logged, instead_of, at }
}

fn reserve(time: Occupied) -> Command {
    Command::ReserveTime(wanted(time))
}

fn reserved(time: Occupied) -> StaffEvent {
    reserved_at(time, 60)
}

fn reserved_at(time: Occupied, at: i64) -> StaffEvent {
    let Occupied { entry_id, ticket_id, started_at, ended_at } = time;
    StaffEvent::TimeReserved { entry_id, ticket_id, started_at, ended_at, reserved_at: minute(at) }
}

fn overlaps(other: Occupied) -> Rejection {
    let Occupied { ticket_id, started_at, ended_at, .. } = other;
    Rejection::Work(ticket::Rejection::WorkOverlaps { ticket_id, started_at, ended_at })
}

fn given(events: Vec<StaffEvent>) -> cqrs_es::test::AggregateTestExecutor<StaffMember> {
    Staff::with(()).given([vec![registered(Role::Agent)], events].concat())
}

/// The end is not in it, so that one may follow on another.
#[test]
fn time_is_reserved_once() {
    let first = occupied("first", 0, 30);
    for (from, until) in [(-30, 0), (30, 60)] {
        let next = occupied("next", from, until);
        given(vec![reserved(first)]).when(reserve(next)).then_expect_events(vec![reserved(next)]);
    }
    for (from, until) in [(-30, 1), (29, 60), (10, 20), (-10, 40), (0, 30)] {
        given(vec![reserved(first)])
            .when(reserve(occupied("next", from, until)))
            .then_expect_error(overlaps(first));
    }
    given(vec![reserved(first)]).when(reserve(first)).then_expect_events(vec![]);
    Staff::with(())
        .given_no_previous_events()
        .when(reserve(first))
        .then_expect_error(Rejection::StaffMemberNotFound);
}

#[test]
fn time_overlaps_with_a_reason() {
    let (first, next) = (occupied("first", 0, 30), occupied("next", 10, 20));
    let explained = ReserveTime { overlap: Overlap::Explained, ..wanted(next) };
    given(vec![reserved(first)])
        .when(Command::ReserveTime(explained))
        .then_expect_events(vec![reserved(next)]);
}

/// What was logged before counts until it was taken back; the entry that is corrected does not
/// count.
#[test]
fn logged_time_is_taken_until_it_is_reversed() {
    let (first, next) = (occupied("first", 0, 30), occupied("next", 10, 20));
    let with = |is_reversed, instead_of| {
        let logged = vec![Logged { occupied: first, is_reversed }];
        Command::ReserveTime(ReserveTime { logged, instead_of, ..wanted(next) })
    };
    given(vec![]).when(with(false, None)).then_expect_error(overlaps(first));
    let done = || vec![reserved(next)];
    given(vec![]).when(with(true, None)).then_expect_events(done());
    // It was reserved for it a moment ago, too.
    given(vec![reserved(first)]).when(with(true, None)).then_expect_events(done());
    given(vec![reserved(first)]).when(with(false, None)).then_expect_error(overlaps(first));
    given(vec![]).when(with(false, Some(first.entry_id))).then_expect_events(done());
    let other = Some(TimeEntryId::named("other"));
    given(vec![]).when(with(false, other)).then_expect_error(overlaps(first));
}

/// The time since the timer was started is work; the entry that it becomes does not overlap it.
#[test]
fn a_running_timer_takes_time() {
    let running = Occupied {
        entry_id: TimeEntryId::named("entry"),
        ticket_id: TicketId::named("ticket"),
        started_at: noon(),
        ended_at: minute(60),
    };
    let given = || given(vec![timer_started()]);
    given().when(reserve(occupied("next", 10, 20))).then_expect_error(overlaps(running));
    let before = occupied("next", -10, 0);
    given().when(reserve(before)).then_expect_events(vec![reserved(before)]);
    let stopped = Occupied { ended_at: minute(40), ..running };
    given().when(reserve(stopped)).then_expect_events(vec![reserved(stopped)]);
}

/// The ticket refused it after all; or its outcome is unknown, and it lapses.
#[test]
fn reserved_time_is_released_or_lapses() {
    let (first, next) = (occupied("first", 0, 30), occupied("next", 10, 20));
    let release = || Command::ReleaseTime { entry_id: first.entry_id };
    let released = StaffEvent::TimeReleased { entry_id: first.entry_id };
    given(vec![reserved(first)]).when(release()).then_expect_events(vec![released.clone()]);
    given(vec![reserved(first), released.clone()]).when(release()).then_expect_events(vec![]);
    given(vec![reserved(first), released])
        .when(reserve(next))
        .then_expect_events(vec![reserved(next)]);
    given(vec![reserved_at(first, 50)]).when(reserve(next)).then_expect_error(overlaps(first));
    given(vec![reserved_at(first, 49)])
        .when(reserve(next))
        .then_expect_events(vec![reserved(next)]);
    // A repeat of the request reserves it again.
    given(vec![reserved_at(first, 49)])
        .when(reserve(first))
        .then_expect_events(vec![reserved(first)]);
}

proptest! {
    /// Whatever is asked for in whatever order, what is granted without a reason never overlaps, and
    /// so is never more than the time that there is. What was logged may be known only after ten
    /// minutes.
    #[test]
    fn no_minute_is_granted_twice(
        asked in prop::collection::vec(
            (-200..60_i64, 1..60_i64, 0..8_i64, any::<bool>(), any::<bool>()),
            1..60,
        ),
    ) {
        let mut member = StaffMember::default();
        member.evolve(registered(Role::Agent));
        let mut logged: Vec<Logged> = Vec::new();
        let mut since = Vec::new();
        let mut at = minute(60);
        for (number, (from, length, later, is_taken_back, is_late)) in
            asked.into_iter().enumerate()
        {
            at += TimeDelta::minutes(later);
            let time = occupied(&number.to_string(), from, (from + length).min(60));
            let is_known = |since: &Moment| !is_late || at - *since > TimeDelta::minutes(10);
            let known = logged.iter().zip(&since).filter(|(_, since)| is_known(since));
            let known = known.map(|(one, _)| *one).collect();
            let reserve = ReserveTime { logged: known, at, ..wanted(time) };
            for event in decide(&member, Command::ReserveTime(reserve)).unwrap_or_default() {
                member.evolve(event);
                logged.push(Logged { occupied: time, is_reversed: false });
                since.push(at);
            }
            if let Some(last) = logged.last_mut().filter(|_| is_taken_back) {
                last.is_reversed = true;
            }
        }
        let kept: Vec<_> = logged.iter().filter(|one| !one.is_reversed).collect();
        for (index, one) in kept.iter().enumerate() {
            let mut others = kept.iter().skip(index + 1);
            prop_assert!(others.all(|other| !one.occupied.overlaps(&other.occupied)));
        }
        let sum: i64 =
            kept.iter().map(|o| (o.occupied.ended_at - o.occupied.started_at).num_minutes()).sum();
        prop_assert!(sum <= 260, "{sum} of 260 minutes");
    }
}
