//! Statements and payments (B5).

use chrono::NaiveDate;

use super::*;
use crate::billing::account::decide::{MAX_CENTS, MAX_DAYS, decide};
use crate::billing::account::events::Totals;
use crate::kernel::TextProblem;

fn close(text: &str) -> Command {
    Command::CloseStatement { month: month(text), current: month("2026-05") }
}

fn closed(text: &str, totals: Totals) -> AccountEvent {
    AccountEvent::StatementClosed { month: month(text), totals }
}

fn charged() -> AccountEvent {
    settled(settlement("a", &[], 60, None))
}

fn of_march() -> Totals {
    Totals { lines: 1, minutes: 60, chargeable_minutes: 60, cents: 500, ..Totals::default() }
}

#[test]
fn a_month_that_is_over_is_closed_once_with_its_totals() {
    given(vec![charged()])
        .when(close("2026-03"))
        .then_expect_events(vec![closed("2026-03", of_march())]);
    given(vec![])
        .when(close("2026-03"))
        .then_expect_events(vec![closed("2026-03", Totals::default())]);
    for again in ["2026-03", "2026-02"] {
        given(vec![charged(), closed("2026-03", of_march())])
            .when(close(again))
            .then_expect_error(Rejection::StatementClosed);
    }
    for not_over in ["2026-05", "2026-06", "9999-12"] {
        given(vec![charged()]).when(close(not_over)).then_expect_error(Rejection::MonthNotOver);
    }
}

/// Eighteen single minutes at $5 an hour cost 8 or 9 cents each. When the twelve cheap ones are
/// given back, the dear ones are left: 54 cents for six minutes, which cost 50 (B2, B4).
#[test]
fn a_statement_is_closed_with_the_rounding_that_credits_left() {
    let mut account = SupportAccount::default();
    let take = |account: &mut SupportAccount, command| {
        let events = decide(account, command).expect("allowed");
        events.iter().cloned().for_each(|event| account.evolve(event));
        events
    };
    let names: Vec<String> = (1..=18).map(|number| number.to_string()).collect();
    for name in &names {
        take(&mut account, Command::Settle(work(name, 1)));
    }
    for name in &names {
        if account.settled[&TimeEntryId::named(name)][0].settlement.price == dollars(8) {
            take(&mut account, credit(name));
        }
    }
    let events = take(&mut account, close("2026-03"));
    let [AccountEvent::StatementClosed { totals, .. }] = events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((totals.cents, totals.rounding, totals.amount()), (54, -4, 50));
    assert_eq!(account.owed(), 50);
    // Given back later, they come to as much as they were charged with.
    for name in &names {
        take(&mut account, credit(name));
    }
    let totals = account.months[&month("2026-04")];
    assert_eq!((totals.cents, totals.rounding, totals.amount()), (-54, 4, -50));
}

/// A statement closed before statements were rounded stays as it was.
#[test]
fn a_statement_closed_without_rounding_has_none() {
    let mut account = SupportAccount::default();
    account.evolve(settled(Settlement { remainder: -120, ..settlement("a", &[], 60, None) }));
    account.evolve(closed("2026-03", of_march()));
    assert_eq!((account.months[&month("2026-03")], account.owed()), (of_march(), 500));
}

#[test]
fn statements_are_closed_in_order() {
    given(vec![charged()])
        .when(close("2026-04"))
        .then_expect_error(Rejection::EarlierStatementOpen { month: month("2026-03") });
}

/// What comes after closing stands on the next statement: late work, and corrections.
#[test]
fn later_corrections_go_to_the_next_statement() {
    let before = || vec![charged(), closed("2026-03", of_march())];
    let next = month("2026-04");
    let late = settlement("late", &[], 60, None);
    given(before())
        .when(Command::Settle(work("late", 60)))
        .then_expect_events(vec![AccountEvent::WorkSettled { settlement: late, billed_in: next }]);
    let settlement = settlement("a", &[], 60, None);
    let basis = CreditBasis::Reversal;
    given(before()).when(credit("a")).then_expect_events(vec![AccountEvent::WorkCredited {
        settlement,
        basis,
        billed_in: next,
    }]);
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn payment(cents: i64) -> Payment {
    Payment {
        payment_id: PaymentId::named("payment"),
        customer_id: Ok(customer()),
        amount: Ok(dollars(cents)),
        received_on: date("2026-03-10"),
        reference: " Transfer ".to_owned(),
        most_characters: 10,
        version: version(),
        at: day(0),
    }
}

fn paid(cents: i64) -> AccountEvent {
    AccountEvent::PaymentRecorded {
        payment_id: PaymentId::named("payment"),
        amount: dollars(cents),
        received_on: date("2026-03-10"),
        reference: Personal::new(customer(), "Transfer".to_owned()),
        billed_in: month("2026-03"),
    }
}

#[test]
fn a_payment_is_recorded_once() {
    for cents in [1, MAX_CENTS] {
        let command = Command::RecordPayment(payment(cents));
        given(vec![]).when(command).then_expect_events(vec![paid(cents)]);
    }
    given(vec![paid(500)]).when(Command::RecordPayment(payment(500))).then_expect_events(vec![]);
}

/// A closed statement says what was paid, so what is said of its month later is on the next one.
#[test]
fn payments_and_reversals_of_a_closed_month_stand_on_the_next_statement() {
    let next = month("2026-04");
    let closed = || closed("2026-03", Totals::default());
    let events = given(vec![closed()])
        .when(Command::RecordPayment(payment(500)))
        .inspect_result()
        .expect("allowed");
    let [AccountEvent::PaymentRecorded { billed_in, .. }] = events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(billed_in, next);
    let reverse = Command::ReversePayment {
        payment_id: PaymentId::named("payment"),
        reason: "Bounced".to_owned(),
        customer_id: customer(),
        most_characters: 10,
    };
    let events = given(vec![paid(500), closed()]).when(reverse).inspect_result().expect("allowed");
    let [AccountEvent::PaymentReversed { billed_in, .. }] = events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(billed_in, next);
}

/// What is owed counts closed statements; a statement's own balances count what stands on it and
/// before it, and never change once it is closed.
#[test]
fn balances_follow_from_statements_and_payments() {
    let (march, april) = (month("2026-03"), month("2026-04"));
    let mut account = SupportAccount::default();
    let figures = |account: &SupportAccount| {
        [account.owed(), account.owed_at_end_of(march), account.paid_in(march)]
    };
    account.evolve(charged());
    assert_eq!(figures(&account), [0, 500, 0], "what is open is not owed yet");
    account.evolve(paid(200));
    assert_eq!(figures(&account), [-200, 300, 200]);
    account.evolve(closed("2026-03", of_march()));
    assert_eq!(figures(&account), [300, 300, 200]);
    account.evolve(AccountEvent::PaymentReversed {
        payment_id: PaymentId::named("payment"),
        amount: dollars(200),
        reason: Personal::new(customer(), "Bounced".to_owned()),
        billed_in: april,
    });
    assert_eq!(figures(&account), [500, 300, 200], "the closed statement stays");
    assert_eq!((account.owed_at_end_of(april), account.paid_in(april)), (500, -200));
}

#[test]
fn absurd_payments_are_refused_by_name() {
    let refused = |payment, rejection| {
        given(vec![]).when(Command::RecordPayment(payment)).then_expect_error(rejection);
    };
    let out_of_range = Rejection::AmountOutOfRange { max_cents: MAX_CENTS };
    for cents in [0, -1, i64::MIN, MAX_CENTS + 1] {
        refused(payment(cents), out_of_range);
    }
    let none = AmountProblem::NotAnAmount;
    refused(Payment { amount: Err(none), ..payment(1) }, Rejection::BadAmount(none));
    let euro = "EUR".to_owned().try_into().expect("a currency");
    let in_euros = Ok(Money { cents: 1, currency: euro });
    let other = Rejection::OtherCurrency { currency: Currency::USD };
    refused(Payment { amount: in_euros, ..payment(1) }, other);
    let nobodys = Payment { customer_id: Err(Rejection::CustomerNotFound), ..payment(1) };
    refused(nobodys, Rejection::CustomerNotFound);
    let unreferenced = Payment { reference: " ".to_owned(), ..payment(1) };
    refused(unreferenced, Rejection::BadReference(TextProblem::Empty));
}

/// Half an hour before midnight in Greenwich it is tomorrow in Moscow.
#[test]
fn a_payment_is_not_received_tomorrow_nor_ages_ago() {
    let at: Moment = "2026-03-15T23:30:00Z".parse().expect("a moment");
    let latest = date("2026-03-16");
    let earliest = latest - TimeDelta::days(MAX_DAYS);
    let received = |received_on| {
        let payment = Payment { received_on, at, ..payment(1) };
        given(vec![]).when(Command::RecordPayment(payment))
    };
    for allowed in [earliest, latest] {
        received(allowed).inspect_result().expect("allowed");
    }
    for refused in [earliest - TimeDelta::days(1), latest + TimeDelta::days(1), NaiveDate::MAX] {
        received(refused).then_expect_error(Rejection::DateOutOfRange { earliest, latest });
    }
}

#[test]
fn a_payment_is_reversed_once_with_a_reason() {
    let reverse = |reason: &str| Command::ReversePayment {
        payment_id: PaymentId::named("payment"),
        reason: reason.to_owned(),
        customer_id: customer(),
        most_characters: 10,
    };
    let reversed = || AccountEvent::PaymentReversed {
        payment_id: PaymentId::named("payment"),
        amount: dollars(500),
        reason: Personal::new(customer(), "Bounced".to_owned()),
        billed_in: month("2026-03"),
    };
    given(vec![paid(500)]).when(reverse("Bounced")).then_expect_events(vec![reversed()]);
    given(vec![paid(500), reversed()])
        .when(reverse("Bounced"))
        .then_expect_error(Rejection::PaymentReversed);
    given(vec![]).when(reverse("Bounced")).then_expect_error(Rejection::PaymentNotFound);
    given(vec![paid(500)])
        .when(reverse(""))
        .then_expect_error(Rejection::BadReason(TextProblem::Empty));
}
