//! Courtesy (B3), and the customer's agreement to be charged (B5).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::rejection::TextField;

/// The time is logged where so much is free, at a price of so many cents an hour.
fn log(minutes: i64, free_minutes: u32, cents: i64) -> Asked {
    asked(LogTime { by: agent(), entry: costing(minutes, free_minutes, cents) })
}

fn costing(minutes: i64, free_minutes: u32, cents: i64) -> NewEntry {
    let cost = Cost { terms: InForce::throughout(version(cents)), free_minutes };
    NewEntry { cost, ..new_entry("first", work(minutes)) }
}

fn charged(minutes: u32, charging: Charging) -> Vec<TicketEvent> {
    let mut event = logged(&agent(), minutes);
    if let TicketEvent::TimeLogged { charging: of_event, .. } = &mut event {
        *of_event = charging;
    }
    vec![event]
}

fn agreed(cents: i64) -> TicketEvent {
    let hourly_price = Money { cents, currency: Currency::USD };
    TicketEvent::ChargesAgreed { hourly_price, terms_version: 1 }
}

fn allowed() -> TicketEvent {
    let staff_member_id = manager().staff_member_id;
    TicketEvent::ChargesAllowed { staff_member_id, reason: personal("Reason") }
}

#[test]
fn within_the_free_time_nobody_need_agree() {
    for minutes in [1, 30] {
        given(Status::InProgress)
            .when(log(minutes, 30, 500))
            .then_expect_events(charged(u32::try_from(minutes).expect("few"), Charging::FreeOnly));
    }
}

#[test]
fn what_exceeds_the_free_time_is_refused_without_agreement() {
    for (minutes, free_minutes_left) in [(31, 30), (1, 0)] {
        given(Status::InProgress)
            .when(log(minutes, free_minutes_left, 500))
            .then_expect_error(Rejection::ChargesNotAgreed { free_minutes_left });
    }
}

#[test]
fn the_customers_agreement_or_a_managers_word_lets_it_be_charged() {
    for word in [agreed(500), agreed(600), allowed()] {
        given(Status::InProgress)
            .and(vec![word])
            .when(log(31, 30, 500))
            .then_expect_events(charged(31, Charging::Allowed));
    }
}

#[test]
fn an_agreement_holds_until_the_price_rises() {
    given(Status::InProgress)
        .and(vec![agreed(500)])
        .when(log(31, 30, 501))
        .then_expect_error(Rejection::ChargesNotAgreed { free_minutes_left: 30 });
}

#[test]
fn terms_may_do_without_agreement() {
    let mut entry = costing(31, 30, 500);
    let mut version = version(500);
    version.terms.needs_agreement = false;
    entry.cost.terms = InForce::throughout(version);
    given(Status::InProgress)
        .when(asked(LogTime { by: agent(), entry }))
        .then_expect_events(charged(31, Charging::Allowed));
}

/// B3: nothing is charged, so nobody need agree; but a reason is required.
#[test]
fn a_courtesy_needs_a_reason_and_no_agreement() {
    let courtesy = |reason: &str| {
        let mut entry = costing(31, 30, 500);
        entry.work.courtesy = Some(reason.to_owned());
        asked(LogTime { by: agent(), entry })
    };
    given(Status::InProgress)
        .when(courtesy(" Our bug "))
        .then_expect_events(charged(31, Charging::Courtesy { reason: personal("Our bug") }));
    given(Status::InProgress)
        .when(courtesy(" "))
        .then_expect_error(Rejection::TextEmpty(TextField::CourtesyReason));
}

#[test]
fn an_entry_is_marked_by_its_agent_or_a_manager_and_not_once_it_is_taken_back() {
    let given = || given(Status::Closed).and(vec![logged(&agent(), 30)]);
    for by in [agent(), manager()] {
        let staff_member_id = by.staff_member_id;
        let (entry_id, reason) = (entry("first"), personal("Reason"));
        given().when(mark_courtesy(by)).then_expect_events(vec![TicketEvent::TimeMarkedCourtesy {
            entry_id,
            staff_member_id,
            reason,
        }]);
    }
    given().when(mark_courtesy(colleague())).then_expect_error(Rejection::TimeEntryOfAnother);
    given().when(mark_courtesy(outsider())).then_expect_error(Rejection::NotInDepartment);
    let reversed = given().when(correct_time(agent(), None)).inspect_result().expect("allowed");
    given()
        .and(reversed)
        .when(mark_courtesy(agent()))
        .then_expect_error(Rejection::TimeEntryReversed);
    super::given(Status::Closed)
        .when(mark_courtesy(agent()))
        .then_expect_error(Rejection::TimeEntryNotFound);
}

#[test]
fn time_logged_as_a_courtesy_is_one_already() {
    given(Status::InProgress)
        .and(charged(30, Charging::Courtesy { reason: personal("Our bug") }))
        .when(mark_courtesy(agent()))
        .then_expect_error(Rejection::AlreadyCourtesy);
}

#[test]
fn the_customer_agrees_to_the_price_in_force_and_once() {
    let given = || given(Status::InProgress);
    given().when(agree_to_charges(customer_id())).then_expect_events(vec![agreed(500)]);
    given().and(vec![agreed(500)]).when(agree_to_charges(customer_id())).then_expect_events(vec![]);
    given()
        .and(vec![agreed(400)])
        .when(agree_to_charges(customer_id()))
        .then_expect_events(vec![agreed(500)]);
    given()
        .when(agree_to_charges(CustomerId::named("another customer")))
        .then_expect_error(Rejection::TicketNotFound);
}

/// What they saw and what holds may have parted since.
#[test]
fn she_agrees_to_the_price_that_she_was_shown_and_no_other() {
    let shown = |cents| {
        asked(AgreeToCharges {
            customer_id: customer_id(),
            shown_price: Some(Ok(Money { cents, currency: Currency::USD })),
            version: version(500),
        })
    };
    given(Status::InProgress).when(shown(500)).then_expect_events(vec![agreed(500)]);
    for cents in [499, 501] {
        given(Status::InProgress).when(shown(cents)).then_expect_error(Rejection::PriceChanged);
    }
}

/// A price that falls leaves an agreement to more as it is.
#[test]
fn an_agreement_to_more_is_not_replaced_by_one_to_less() {
    given(Status::InProgress)
        .and(vec![agreed(600)])
        .when(agree_to_charges(customer_id()))
        .then_expect_events(vec![]);
}

#[test]
fn she_is_asked_unless_it_is_settled() {
    let given = || given(Status::InProgress);
    given().when(ask_for_agreement(agent())).then_expect_events(vec![
        TicketEvent::AgreementAsked {
            staff_member_id: agent().staff_member_id,
            hourly_price: Money { cents: 500, currency: Currency::USD },
            terms_version: 1,
        },
    ]);
    for word in [agreed(500), allowed()] {
        given().and(vec![word]).when(ask_for_agreement(agent())).then_expect_events(vec![]);
    }
    given().when(ask_for_agreement(auditor())).then_expect_error(Rejection::NotInDepartment);
}

#[test]
fn only_a_manager_lets_charges_be_without_agreement_and_with_a_reason() {
    let given = || given(Status::InProgress);
    given().when(allow_charges(manager())).then_expect_events(vec![allowed()]);
    given().and(vec![allowed()]).when(allow_charges(manager())).then_expect_events(vec![]);
    given().when(allow_charges(agent())).then_expect_error(Rejection::ManagerNeeded);
    let unreasoned = asked(AllowCharges { by: manager(), reason: String::new() });
    given().when(unreasoned).then_expect_error(Rejection::TextEmpty(TextField::Reason));
}

/// A correction may cost more than the entry it corrects.
#[test]
fn a_correction_beyond_the_free_time_needs_agreement_too() {
    let command = asked(CorrectTime {
        by: agent(),
        entry_id: entry("first"),
        reason: "Reason".to_owned(),
        instead: Some(NewEntry { entry_id: entry("second"), ..costing(40, 30, 500) }),
    });
    given(Status::InProgress)
        .and(vec![logged(&agent(), 30)])
        .when(command)
        .then_expect_error(Rejection::ChargesNotAgreed { free_minutes_left: 30 });
}
