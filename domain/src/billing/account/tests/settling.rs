//! What logged time draws and costs (B1 to B4), and the warnings (B5).

use super::*;
use crate::billing::account::decide::decide;
use crate::billing::account::events::WarningLevel;

/// What the command records, where the warnings do not matter.
fn settles(given: AggregateTestExecutor<SupportAccount>, work: Work, expected: Settlement) {
    let events = given.when(Command::Settle(work)).inspect_result().expect("never refused");
    assert_eq!(events.first(), Some(&settled(expected)));
}

#[test]
fn free_minutes_come_first_and_the_rest_is_charged() {
    let one = || given(vec![opened("one", -10)]);
    settles(one(), work("a", 300), settlement("a", &[("one", 300)], 0, None));
    let over = settlement("a", &[("one", 300)], 1, None);
    assert_eq!(over.price, dollars(8));
    settles(one(), work("a", 301), over);
}

/// B2: the oldest licence is the one that began first, whenever it was recorded.
#[test]
fn the_oldest_licence_is_drawn_first() {
    let two = || given(vec![opened("younger", -5), opened("older", -10)]);
    settles(two(), work("a", 60), settlement("a", &[("older", 60)], 0, None));
    let both = settlement("a", &[("older", 300), ("younger", 50)], 0, None);
    settles(two(), work("a", 350), both);
    let more = settlement("a", &[("older", 300), ("younger", 300)], 100, None);
    settles(two(), work("a", 700), more);
}

/// B3: what counts is whether the licence was valid while the work was done.
#[test]
fn without_a_valid_licence_every_minute_is_charged() {
    let charged = || settlement("a", &[], 60, None);
    settles(given(vec![]), work("a", 60), charged());
    settles(given(vec![opened("later", 1)]), work("a", 60), charged());
    let began = day(0) - TimeDelta::hours(1);
    let ended = AccountEvent::PackageEnded { licence_id: licence("one"), ended_at: began };
    settles(given(vec![opened("one", -10), ended]), work("a", 60), charged());
    let of_another_product = AccountEvent::PackageOpened {
        licence_id: licence("one"),
        product_id: ProductId::named("indicator"),
        valid_from: day(-10),
        valid_until: None,
    };
    settles(given(vec![of_another_product]), work("a", 60), charged());
    let rental = |until| AccountEvent::PackageOpened {
        licence_id: licence("one"),
        product_id: robot(),
        valid_from: day(-1),
        valid_until: Some(until),
    };
    settles(given(vec![rental(began)]), work("a", 60), charged());
    // A licence that ends with the work was valid all the time.
    let free = settlement("a", &[("one", 60)], 0, None);
    settles(given(vec![rental(day(0))]), work("a", 60), free);
}

/// A licence that ends later does not change what was drawn before.
#[test]
fn an_ended_package_keeps_what_was_drawn() {
    let before = vec![
        opened("one", -10),
        settled(settlement("a", &[("one", 60)], 0, None)),
        AccountEvent::PackageEnded { licence_id: licence("one"), ended_at: day(1) },
    ];
    let earlier = Work { worked_at: day(0), ..work("b", 300) };
    settles(given(before), earlier, settlement("b", &[("one", 240)], 60, None));
}

#[test]
fn a_courtesy_draws_and_costs_nothing() {
    let reason = Personal::new(customer(), "Our bug".to_owned());
    let courtesy = Work { charging: Charging::Courtesy { reason }, ..work("a", 60) };
    let expected = settlement("a", &[], 0, Some((60, WaiverBasis::Courtesy)));
    settles(given(vec![opened("one", -10)]), courtesy, expected);
}

/// Another's work may have drawn the free minutes since; the customer is not charged unasked.
#[test]
fn beyond_the_free_time_nothing_is_charged_that_was_not_agreed() {
    let before = vec![opened("one", -10), settled(settlement("a", &[("one", 290)], 0, None))];
    let unasked = Work { charging: Charging::FreeOnly, ..work("b", 30) };
    let expected = settlement("b", &[("one", 10)], 0, Some((20, WaiverBasis::NotAgreed)));
    settles(given(before), unasked, expected);
}

#[test]
fn an_entry_is_settled_once() {
    given(vec![settled(settlement("a", &[], 60, None))])
        .when(Command::Settle(work("a", 60)))
        .then_expect_events(vec![]);
}

/// B2: 900 minutes at $5 an hour are $75.00, however many lines they are.
#[test]
fn lines_carry_their_remainder() {
    for minutes in [1, 7, 20, 50, 900] {
        let mut account = SupportAccount::default();
        for line in 0..900 / minutes {
            let work = Command::Settle(work(&line.to_string(), minutes));
            for event in decide(&account, work).expect("never refused") {
                account.evolve(event);
            }
        }
        let rest = Command::Settle(work("rest", 900 % minutes));
        for event in decide(&account, rest).expect("never refused") {
            account.evolve(event);
        }
        assert_eq!(account.months[&month("2026-03")].cents, 7_500, "lines of {minutes} minutes");
    }
}

/// A line recorded before remainders were carried counts as what it charged.
#[test]
fn a_line_without_a_remainder_leaves_none() {
    let old = Settlement { remainder: 0, ..settlement("a", &[], 1, None) };
    settles(given(vec![settled(old)]), work("b", 1), settlement("b", &[], 1, None));
}

/// Price and free minutes are those of the version in force when the work was done.
#[test]
fn work_is_settled_by_the_terms_of_its_time() {
    let mut version = version();
    version.version = 2;
    version.terms.package_minutes = 30;
    version.terms.hourly_price = dollars(1200);
    let before = vec![opened("one", -10), settled(settlement("a", &[("one", 20)], 0, None))];
    let mut expected = settlement("b", &[("one", 10)], 50, None);
    (expected.terms_version, expected.price, expected.remainder) = (2, dollars(1000), 0);
    let terms = InForce::throughout(version);
    settles(given(before), Work { terms, ..work("b", 60) }, expected);
}

#[test]
fn a_package_is_opened_and_ended_once() {
    let open = || Command::OpenPackage {
        licence_id: licence("one"),
        product_id: robot(),
        valid_from: day(-10),
        valid_until: None,
    };
    let end = || Command::EndPackage { licence_id: licence("one"), ended_at: day(1) };
    let ended = || AccountEvent::PackageEnded { licence_id: licence("one"), ended_at: day(1) };
    given(vec![]).when(open()).then_expect_events(vec![opened("one", -10)]);
    given(vec![opened("one", -10)]).when(open()).then_expect_events(vec![]);
    given(vec![opened("one", -10)]).when(end()).then_expect_events(vec![ended()]);
    given(vec![opened("one", -10), ended()]).when(end()).then_expect_events(vec![]);
}

fn warned(level: WarningLevel, used_minutes: u32) -> AccountEvent {
    AccountEvent::WarningRaised {
        licence_id: licence("one"),
        product_id: robot(),
        level,
        used_minutes,
        package_minutes: 300,
        free_minutes_left: 300 - used_minutes,
    }
}

/// B5: at 80 % and at 100 %, each once.
#[test]
fn the_customer_is_warned_at_each_level_once() {
    let (nearly, up) = (WarningLevel::NearlyUsed, WarningLevel::UsedUp);
    let steps = [
        ("a", 239, vec![]),
        ("b", 1, vec![warned(nearly, 240)]),
        ("c", 59, vec![]),
        ("d", 1, vec![warned(up, 300)]),
    ];
    let mut before = vec![opened("one", -10)];
    for (name, minutes, warnings) in steps {
        let events = given(before.clone())
            .when(Command::Settle(work(name, minutes)))
            .inspect_result()
            .expect("never refused");
        let expected = settled(settlement(name, &[("one", minutes)], 0, None));
        assert_eq!(events, [vec![expected], warnings].concat(), "{name}");
        before.extend(events);
    }
    let charged = settled(settlement("e", &[], 5, None));
    given(before).when(Command::Settle(work("e", 5))).then_expect_events(vec![charged]);
}

#[test]
fn one_large_entry_gives_the_last_warning_alone() {
    given(vec![opened("one", -10)]).when(Command::Settle(work("a", 400))).then_expect_events(vec![
        settled(settlement("a", &[("one", 300)], 100, None)),
        warned(WarningLevel::UsedUp, 300),
    ]);
}

/// B4: everything comes back, and a warning that lost its ground may come again.
#[test]
fn a_reversed_entry_is_given_back_in_full_and_once() {
    let drawn = || settlement("a", &[("one", 250)], 0, None);
    let warning = || warned(WarningLevel::NearlyUsed, 250);
    let before = || vec![opened("one", -10), settled(drawn()), warning()];
    let credited = || AccountEvent::WorkCredited {
        settlement: drawn(),
        basis: CreditBasis::Reversal,
        billed_in: month("2026-03"),
    };
    given(before()).when(credit("a")).then_expect_events(vec![credited()]);
    let after = || [before(), vec![credited()]].concat();
    given(after()).when(credit("a")).then_expect_events(vec![]);
    given(after())
        .when(Command::Settle(work("b", 250)))
        .then_expect_events(vec![settled(settlement("b", &[("one", 250)], 0, None)), warning()]);
    given(before()).when(credit("unknown")).then_expect_error(Rejection::WorkNotSettled);
}

/// Between the two levels the first warning keeps its ground, and is not given again.
#[test]
fn a_correction_takes_back_only_the_warning_that_lost_its_ground() {
    let (nearly, up) = (WarningLevel::NearlyUsed, WarningLevel::UsedUp);
    let before = vec![
        opened("one", -10),
        settled(settlement("a", &[("one", 240)], 0, None)),
        warned(nearly, 240),
        settled(settlement("b", &[("one", 60)], 0, None)),
        warned(up, 300),
    ];
    let credited = given(before.clone()).when(credit("b")).inspect_result().expect("allowed");
    let after = || [before.clone(), credited.clone()].concat();
    given(after())
        .when(Command::Settle(work("c", 50)))
        .then_expect_events(vec![settled(settlement("c", &[("one", 50)], 0, None))]);
    given(after()).when(Command::Settle(work("c", 60))).then_expect_events(vec![
        settled(settlement("c", &[("one", 60)], 0, None)),
        warned(up, 300),
    ]);
}

/// What became a courtesy has been given back; if it was never worked, it is no work at all.
#[test]
fn a_courtesy_that_is_taken_back_gives_nothing_back_twice() {
    let drawn = || settlement("a", &[("one", 60)], 0, None);
    let courtesy = AccountEvent::WorkCredited {
        settlement: drawn(),
        basis: CreditBasis::Courtesy,
        billed_in: month("2026-03"),
    };
    let before = || vec![opened("one", -10), settled(drawn()), courtesy.clone()];
    let reversed = || AccountEvent::CourtesyReversed { settlement: drawn() };
    given(before()).when(credit("a")).then_expect_events(vec![reversed()]);
    given([before(), vec![reversed()]].concat()).when(credit("a")).then_expect_events(vec![]);
}
