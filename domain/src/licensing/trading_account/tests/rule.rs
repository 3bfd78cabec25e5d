//! The rule of the free advisor, in tables written by hand (F3, F4).

use super::*;
use crate::licensing::trading_account::eligibility::{
    Branch, DepositGap, Refusal, assess, may_apply,
};

/// On 31 January, in Moscow, at 12:34:56.
const FIRST: &str = "2026-01-31T09:34:56Z";
/// A month later: 28 February.
const MONTH: &str = "2026-02-28T09:34:56Z";
const SECOND_BEFORE: &str = "2026-02-28T09:34:55Z";

fn first_granted() -> Vec<TradingAccountEvent> {
    vec![
        registered(),
        deposit("deposit", usd(50_000), "2026-01-30T09:00:00Z"),
        granted("one", vec![advisor("a", 50_000)], GrantBasis::First, &["deposit"], FIRST),
    ]
}

fn short(needed: i64, by: i64) -> DepositGap {
    DepositGap::Short { needed: usd(needed), short_by: usd(by) }
}

fn rule(deposit: DepositGap, month_passes_at: Option<&str>, is_trading_missing: bool) -> Refusal {
    Refusal { deposit, month_passes_at: month_passes_at.map(at), is_trading_missing }
}

#[test]
fn the_first_needs_its_minimum_deposit() {
    let ordered = || vec![advisor("a", 50_000)];
    let with = |cents| vec![registered(), deposit("deposit", usd(cents), FIRST)];
    given(with(50_000)).when(grant("one", ordered(), FIRST)).then_expect_events(vec![granted(
        "one",
        ordered(),
        GrantBasis::First,
        &["deposit"],
        FIRST,
    )]);
    given(with(49_999))
        .when(grant("one", ordered(), FIRST))
        .then_expect_error(Rejection::Rule(rule(short(50_000, 1), None, false)));
    given(vec![registered()])
        .when(grant("one", ordered(), FIRST))
        .then_expect_error(Rejection::Rule(rule(DepositGap::NotShown, None, false)));
    given(vec![])
        .when(grant("one", ordered(), FIRST))
        .then_expect_error(Rejection::AccountNotFound);
}

#[test]
fn a_further_one_needs_a_month_and_trading_since() {
    let ordered = || vec![advisor("b", 30_000)];
    let month = Some(MONTH);
    let gap = || short(80_000, 30_000);
    let trading = |from, until| vec![traded("trading", from, until)];
    // What was shown since, when it is asked for, and what is missing then.
    for (shown, when, missing) in [
        (vec![], SECOND_BEFORE, Some((month, true))),
        (vec![], MONTH, Some((None, true))),
        (trading(FIRST, MONTH), SECOND_BEFORE, Some((month, false))),
        (trading(FIRST, MONTH), MONTH, None),
        // A period that begins before the grant shows nothing of what came after it.
        (trading("2026-01-31T09:34:55Z", MONTH), MONTH, Some((None, true))),
        (trading("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"), MONTH, Some((None, true))),
        (trading("2026-02-27T00:00:00Z", MONTH), "2027-01-01T00:00:00Z", None),
    ] {
        let events = [first_granted(), shown].concat();
        let expected = missing.map(|(month, trading)| rule(gap(), month, trading));
        let found = assess(&account_after(events), &ordered(), at(when));
        assert_eq!(found.clone().err(), expected, "{when}");
        if let Ok(allowed) = found {
            assert_eq!(allowed.branch, Branch::MonthAndTrading);
            assert_eq!(allowed.evidence_ids, vec![evidence("trading")]);
        }
    }
}

#[test]
fn a_last_trade_shows_trading_in_a_period_that_began_before() {
    let period = |last_trade_at: Option<&str>, trades| {
        TradingAccountEvent::TradingRecorded(TradingShown {
            evidence_id: evidence("trading"),
            source: Source::BrokerReport,
            from: at("2026-01-01T00:00:00Z"),
            until: at("2026-02-28T00:00:00Z"),
            trades,
            last_trade_at: last_trade_at.map(at),
        })
    };
    for (last_trade_at, trades, is_shown) in [
        (None, 3, false),
        (Some(FIRST), 3, false),
        (Some("2026-01-31T09:34:57Z"), 3, true),
        (Some("2026-01-31T09:34:57Z"), 0, false),
    ] {
        let events = [first_granted(), vec![period(last_trade_at, trades)]].concat();
        let found = assess(&account_after(events), &[advisor("b", 30_000)], at(MONTH));
        assert_eq!(found.is_ok(), is_shown, "{last_trade_at:?}, {trades} trades");
    }
}

#[test]
fn a_deposit_for_all_of_them_needs_no_month() {
    let with = |cents| [first_granted(), vec![deposit("more", usd(cents), FIRST)]].concat();
    let ordered = || vec![advisor("b", 30_000)];
    let soon = "2026-01-31T09:34:57Z";
    given(with(80_000)).when(grant("two", ordered(), soon)).then_expect_events(vec![granted(
        "two",
        ordered(),
        GrantBasis::Deposit,
        &["more"],
        soon,
    )]);
    given(with(79_999))
        .when(grant("two", ordered(), soon))
        .then_expect_error(Rejection::Rule(rule(short(80_000, 1), Some(MONTH), true)));
}

#[test]
fn several_are_granted_together_or_not_at_all_and_by_their_deposit() {
    let two = || vec![advisor("b", 30_000), advisor("c", 20_000)];
    // As the first ones, both must be covered.
    let fresh = |cents| vec![registered(), deposit("deposit", usd(cents), FIRST)];
    given(fresh(50_000)).when(grant("one", two(), FIRST)).then_expect_events(vec![granted(
        "one",
        two(),
        GrantBasis::Deposit,
        &["deposit"],
        FIRST,
    )]);
    given(fresh(49_999)).when(grant("one", two(), FIRST)).then_expect_error(Rejection::Rule(rule(
        short(50_000, 1),
        None,
        false,
    )));
    // A month and trading would do for one of them, which is not enough.
    let later = [first_granted(), vec![traded("trading", FIRST, MONTH)]].concat();
    given(later.clone()).when(grant("two", two(), MONTH)).then_expect_error(Rejection::Rule(rule(
        short(100_000, 50_000),
        None,
        false,
    )));
    let covered = [later, vec![deposit("more", usd(100_000), MONTH)]].concat();
    given(covered).when(grant("two", two(), MONTH)).then_expect_events(vec![granted(
        "two",
        two(),
        GrantBasis::Deposit,
        &["more"],
        MONTH,
    )]);
}

#[test]
fn a_revoked_advisor_is_held_no_more_but_its_month_goes_on() {
    let revoked = TradingAccountEvent::AdvisorRevoked {
        application_id: application("one"),
        product_id: ProductId::named("a"),
        revoked_at: at("2026-02-01T00:00:00Z"),
    };
    let events = || [first_granted(), vec![revoked.clone()]].concat();
    let soon = "2026-02-02T00:00:00Z";
    // What was on the account for the first is there for the next, which is no first one.
    let ordered = || vec![advisor("b", 50_000)];
    given(events()).when(grant("two", ordered(), soon)).then_expect_events(vec![granted(
        "two",
        ordered(),
        GrantBasis::Deposit,
        &["deposit"],
        soon,
    )]);
    given(events())
        .when(grant("two", vec![advisor("b", 50_001)], soon))
        .then_expect_error(Rejection::Rule(rule(short(50_001, 1), Some(MONTH), true)));
}

#[test]
fn an_account_is_in_its_currency() {
    let both = |name: &str| Advisor {
        product_id: ProductId::named(name),
        minimum_deposits: vec![usd(50_000), roubles(4_500_000)],
    };
    let with = |amount, worth| {
        account_after(vec![
            registered(),
            TradingAccountEvent::DepositRecorded(DepositShown {
                evidence_id: evidence("deposit"),
                source: Source::Staff,
                amount,
                worth,
                as_of: at(FIRST),
            }),
        ])
    };
    let assess = |account: TradingAccount, ordered: &[Advisor]| {
        assess(&account, ordered, at(FIRST)).map(|allowed| allowed.branch)
    };
    let refused = |deposit| Err(rule(deposit, None, false));
    let in_roubles = roubles(4_500_000);
    assert_eq!(assess(with(in_roubles, None), &[both("a")]), Ok(Branch::First));
    let gap = DepositGap::Short { needed: in_roubles, short_by: roubles(1) };
    assert_eq!(assess(with(roubles(4_499_999), None), &[both("a")]), refused(gap));
    // Nothing is said in roubles of this one, so what they were worth must be.
    let other = DepositGap::OtherCurrency { currency: in_roubles.currency };
    assert_eq!(assess(with(in_roubles, None), &[advisor("b", 50_000)]), refused(other));
    let worth = Some(usd(50_000));
    assert_eq!(assess(with(in_roubles, worth), &[advisor("b", 50_000)]), Ok(Branch::First));
    let worth = Some(usd(49_900));
    let found = assess(with(in_roubles, worth), &[advisor("b", 50_000)]);
    assert_eq!(found, refused(short(50_000, 100)));
    // Together they are counted in the currency in which both are said.
    let found = assess(with(roubles(9_000_000), None), &[both("a"), both("b")]);
    assert_eq!(found, Ok(Branch::Deposit));
    let found = assess(with(roubles(9_000_000), None), &[both("a"), advisor("b", 1)]);
    assert_eq!(found, refused(other));
}

#[test]
fn the_last_confirmed_deposit_counts() {
    let ordered = || vec![advisor("a", 50_000)];
    let stated = TradingAccountEvent::DepositRecorded(DepositShown {
        evidence_id: evidence("stated"),
        source: Source::Customer,
        amount: usd(90_000),
        worth: None,
        as_of: at(FIRST),
    });
    for (shown, is_allowed) in [
        (vec![deposit("1", usd(90_000), "2026-01-01T00:00:00Z")], true),
        (vec![stated.clone()], false),
        (
            vec![
                deposit("1", usd(90_000), "2026-01-01T00:00:00Z"),
                deposit("2", usd(10_000), "2026-01-02T00:00:00Z"),
            ],
            false,
        ),
        // Recorded later, and of before.
        (
            vec![
                deposit("1", usd(10_000), "2026-01-02T00:00:00Z"),
                deposit("2", usd(90_000), "2026-01-01T00:00:00Z"),
            ],
            false,
        ),
        // Of the same moment, so the last word counts.
        (
            vec![
                deposit("1", usd(10_000), "2026-01-02T00:00:00Z"),
                deposit("2", usd(90_000), "2026-01-02T00:00:00Z"),
            ],
            true,
        ),
        (vec![deposit("1", usd(90_000), "2026-01-01T00:00:00Z"), stated], true),
    ] {
        let account = account_after([vec![registered()], shown].concat());
        assert_eq!(assess(&account, &ordered(), at(FIRST)).is_ok(), is_allowed, "{account:?}");
    }
}

/// What a customer may apply for: whatever evidence could yet show.
#[test]
fn what_evidence_could_not_change_cannot_be_applied_for() {
    let stated = |cents| DepositShown {
        evidence_id: EvidenceId::default(),
        source: Source::Customer,
        amount: usd(cents),
        worth: None,
        as_of: at(FIRST),
    };
    let fresh = account_after(vec![]);
    let held = account_after(first_granted());
    let (one, month) = ([advisor("b", 30_000)], Some(MONTH));
    for (account, cents, when, expected) in [
        (&fresh, 30_000, FIRST, None),
        (&fresh, 29_900, FIRST, Some(rule(short(30_000, 100), None, false))),
        (&held, 79_999, SECOND_BEFORE, Some(rule(short(80_000, 1), month, true))),
        (&held, 80_000, SECOND_BEFORE, None),
        // The month has passed; trading may yet be shown.
        (&held, 0, MONTH, None),
    ] {
        let found = may_apply(account, &one, &stated(cents), at(when)).err();
        assert_eq!(found, expected, "{cents} at {when}");
    }
    // A deposit that staff has seen counts, whatever they say of it.
    let seen = account_after([first_granted(), vec![deposit("more", usd(80_000), FIRST)]].concat());
    assert_eq!(may_apply(&seen, &one, &stated(0), at(SECOND_BEFORE)), Ok(()));
}

#[test]
fn an_application_is_granted_once_and_nothing_after_a_release() {
    let ordered = || vec![advisor("a", 50_000)];
    given(first_granted()).when(grant("one", ordered(), MONTH)).then_expect_events(vec![]);
    let released = || TradingAccountEvent::GrantReleased { application_id: application("one") };
    let release = || Command::Release { application_id: application("one") };
    given(first_granted()).when(release()).then_expect_events(vec![released()]);
    let after = || [first_granted(), vec![released()]].concat();
    given(after()).when(release()).then_expect_events(vec![]);
    given(after()).when(grant("one", ordered(), MONTH)).then_expect_error(Rejection::GrantReleased);
    // As if it had never been, the next is the first again.
    given(after()).when(grant("two", ordered(), MONTH)).then_expect_events(vec![granted(
        "two",
        ordered(),
        GrantBasis::First,
        &["deposit"],
        MONTH,
    )]);
}

#[test]
fn a_manager_grants_against_the_rule_with_a_reason() {
    let reason = Personal::new(CustomerId::named("customer"), "Our mistake".to_owned());
    let against = |when: &str| {
        let Command::GrantAdvisors(usual) = grant("two", vec![advisor("b", 30_000)], when) else {
            unreachable!("it is a grant")
        };
        Command::GrantAdvisors(GrantAdvisors { against_rule: Some(reason.clone()), ..usual })
    };
    let basis = GrantBasis::Override { reason: reason.clone() };
    given(first_granted()).when(against(SECOND_BEFORE)).then_expect_events(vec![granted(
        "two",
        vec![advisor("b", 30_000)],
        basis,
        &[],
        SECOND_BEFORE,
    )]);
    // What the rule would allow as well is a manager's decision all the same.
    let allowed = [first_granted(), vec![traded("trading", FIRST, MONTH)]].concat();
    given(allowed).when(against(MONTH)).then_expect_events(vec![granted(
        "two",
        vec![advisor("b", 30_000)],
        GrantBasis::Override { reason },
        &["trading"],
        MONTH,
    )]);
}

#[test]
fn an_advisor_is_revoked_once() {
    let revoke = |product| {
        Command::RevokeAdvisor(RevokeAdvisor {
            application_id: application("one"),
            product_id: ProductId::named(product),
            revoked_at: at(MONTH),
        })
    };
    let revoked = TradingAccountEvent::AdvisorRevoked {
        application_id: application("one"),
        product_id: ProductId::named("a"),
        revoked_at: at(MONTH),
    };
    given(first_granted()).when(revoke("a")).then_expect_events(vec![revoked.clone()]);
    given(first_granted()).when(revoke("b")).then_expect_events(vec![]);
    given([first_granted(), vec![revoked]].concat()).when(revoke("a")).then_expect_events(vec![]);
}
