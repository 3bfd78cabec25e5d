//! Recording and retracting evidence (F7).

use super::*;
use crate::kernel::{AmountProblem, TextProblem};
use crate::licensing::trading_account::decide::{MAX_CENTS, MAX_TRADES};

const NOW: &str = "2026-03-02T09:00:00Z";

fn shown_deposit(name: &str, amount: Result<Money, AmountProblem>, as_of: &str) -> Shown {
    Shown::Deposit { evidence_id: evidence(name), amount, worth: None, as_of: at(as_of) }
}

fn shown_trading(from: &str, until: &str, trades: i64) -> Shown {
    let (from, until) = (at(from), at(until));
    Shown::Trading { evidence_id: evidence("trading"), from, until, trades, last_trade_at: None }
}

#[test]
fn the_first_evidence_makes_an_account_known() {
    let one = || shown_deposit("one", Ok(usd(50_000)), NOW);
    given(vec![])
        .when(record(Source::Staff, vec![one()], NOW))
        .then_expect_events(vec![registered(), deposit("one", usd(50_000), NOW)]);
    let there = || vec![registered(), deposit("one", usd(50_000), NOW)];
    given(there()).when(record(Source::Staff, vec![one()], NOW)).then_expect_events(vec![]);
    let two = shown_deposit("two", Ok(usd(0)), NOW);
    given(there())
        .when(record(Source::Staff, vec![one(), two], NOW))
        .then_expect_events(vec![deposit("two", usd(0), NOW)]);
    given(vec![]).when(record(Source::Staff, vec![], NOW)).then_expect_events(vec![]);
}

#[test]
fn absurd_evidence_is_refused_by_name() {
    let old = "2016-02-28T08:59:59Z";
    let range = Rejection::EvidenceOutOfRange {
        earliest: at(NOW) - chrono::TimeDelta::days(3_653),
        latest: at(NOW),
    };
    let none = AmountProblem::NotAnAmount;
    let amount = Rejection::DepositOutOfRange { max_cents: MAX_CENTS };
    let trades = Rejection::TradesOutOfRange { max: MAX_TRADES };
    let second = "2026-03-02T09:00:01Z";
    for (shown, rejection) in [
        (shown_deposit("one", Ok(usd(-1)), NOW), amount),
        (shown_deposit("one", Ok(usd(MAX_CENTS + 1)), NOW), amount),
        (shown_deposit("one", Err(none), NOW), Rejection::BadAmount(none)),
        (shown_deposit("one", Ok(usd(1)), second), range),
        (shown_deposit("one", Ok(usd(1)), old), range),
        (shown_trading(NOW, second, 1), range),
        (shown_trading(old, NOW, 1), range),
        (shown_trading(second, NOW, 1), Rejection::PeriodOutOfOrder),
        (shown_trading(NOW, NOW, -1), trades),
        (shown_trading(NOW, NOW, i64::from(MAX_TRADES) + 1), trades),
        (
            Shown::Deposit {
                evidence_id: evidence("one"),
                amount: Ok(usd(1)),
                worth: Some(Ok(usd(1))),
                as_of: at(NOW),
            },
            Rejection::WorthInSameCurrency,
        ),
        (
            Shown::Deposit {
                evidence_id: evidence("one"),
                amount: Ok(usd(1)),
                worth: Some(Err(none)),
                as_of: at(NOW),
            },
            Rejection::BadAmount(none),
        ),
        (
            Shown::Trading {
                evidence_id: evidence("one"),
                from: at(NOW),
                until: at(NOW),
                trades: 1,
                last_trade_at: Some(at(second)),
            },
            Rejection::PeriodOutOfOrder,
        ),
    ] {
        given(vec![]).when(record(Source::Staff, vec![shown], NOW)).then_expect_error(rejection);
    }
    let Command::Record(usual) = record(Source::Staff, vec![], NOW) else {
        unreachable!("it is a recording")
    };
    let elsewhere = Record { broker_id: Err(Rejection::BrokerNotPartner), ..usual };
    given(vec![]).when(Command::Record(elsewhere)).then_expect_error(Rejection::BrokerNotPartner);
}

#[test]
fn what_the_same_source_says_later_of_a_period_counts() {
    let (from, until) = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    let none = TradingAccountEvent::TradingRecorded(TradingShown {
        evidence_id: evidence("none"),
        source: Source::BrokerReport,
        from: at(from),
        until: at(until),
        trades: 0,
        last_trade_at: None,
    });
    let account = account_after(vec![registered(), traded("some", from, until)]);
    assert!(account.trading_since(at(from), at(NOW)).is_some());
    let account = account_after(vec![registered(), traded("some", from, until), none]);
    assert!(account.trading_since(at(from), at(NOW)).is_none());
    assert!(account.has_evidence(evidence("some")), "it is not recorded again");
}

#[test]
fn evidence_is_retracted_once_with_a_reason() {
    let retract = |name: &str, reason: &str| {
        Command::Retract(Retract {
            evidence_id: evidence(name),
            staff_member_id: StaffMemberId::named("agent"),
            reason: reason.to_owned(),
            max_characters: 20,
        })
    };
    let retracted = || TradingAccountEvent::EvidenceRetracted {
        evidence_id: evidence("one"),
        staff_member_id: StaffMemberId::named("agent"),
        reason: Personal::new(account_id(), "Another account".to_owned()),
    };
    let there = || vec![registered(), deposit("one", usd(50_000), NOW)];
    given(there()).when(retract("one", " Another account ")).then_expect_events(vec![retracted()]);
    given(there())
        .when(retract("one", " "))
        .then_expect_error(Rejection::BadReason(TextProblem::Empty));
    given(there()).when(retract("two", "x")).then_expect_error(Rejection::EvidenceNotFound);
    given(vec![]).when(retract("one", "x")).then_expect_error(Rejection::AccountNotFound);
    let after = [there(), vec![retracted()]].concat();
    given(after.clone()).when(retract("one", "x")).then_expect_error(Rejection::EvidenceRetracted);
    let account = account_after(after);
    assert!(account.deposits.is_empty());
    // It does not come back with the next import.
    assert!(account.has_evidence(evidence("one")));
}

#[test]
fn an_account_is_its_broker_and_its_number() {
    let of = |broker: &str, number: &str| {
        trading_account_of(BrokerId::named(broker), &AccountNumber::parse(number).expect("one"))
    };
    assert_eq!(of("a", "123"), of("a", " 123 "));
    assert_eq!(of("a", "mt123"), of("a", "MT123"));
    assert_eq!(of("a", "123"), of("a", "000123"), "zeros before it make it no other account");
    assert_ne!(of("a", "123"), of("a", "1230"));
    assert_ne!(of("a", "123"), of("b", "123"));
}
