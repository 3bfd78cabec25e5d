//! Taking, approving, declining, withdrawing and overriding, in every state.

use super::*;
use crate::catalogue::CategoryId;
use crate::ticket::TicketId;

fn approve(by: Worker) -> Command {
    Command::Approve(Approve { by, application_id: id(), bought: None })
}

fn decline(by: Worker, reason: &str) -> Command {
    Command::Decline(Decline { by, reason: reason.to_owned() })
}

fn override_it(reason: &str) -> Command {
    override_by(worker("manager", Role::Manager), reason)
}

fn override_by(by: Worker, reason: &str) -> Command {
    let reason = reason.to_owned();
    Command::Override(Override { by, reason, application_id: id(), bought: None })
}

fn withdraw(customer_id: CustomerId) -> Command {
    Command::Withdraw(Withdraw { customer_id, reason: None })
}

fn follow(basis: GrantBasis) -> Command {
    Command::FollowGrant(AdvisorGrant {
        application_id: id(),
        customer_id: customer(),
        advisors: vec![advisor("a"), advisor("b")],
        revoked: Vec::new(),
        basis,
        evidence_ids: Vec::new(),
        staff_member_id: agent().staff_member_id,
        granted_at: now(),
        month_passes_at: now() + chrono::TimeDelta::days(31),
    })
}

fn to_grant(kind: LicenceKind, from: &str, until: Option<&str>) -> LicenceToGrant {
    let moment = |text: &str| text.parse().expect("a moment");
    LicenceToGrant {
        licence_id: licence_of(id(), ProductId::named("a")),
        product_id: ProductId::named("a"),
        kind,
        valid_from: moment(from),
        valid_until: until.map(moment),
    }
}

fn approved(basis: ApprovalBasis, licences: Vec<LicenceToGrant>) -> ApplicationEvent {
    ApplicationEvent::Approved { staff_member_id: agent().staff_member_id, basis, licences }
}

fn withdrawn() -> ApplicationEvent {
    ApplicationEvent::Withdrawn { reason: None }
}

fn unlimited() -> LicenceToGrant {
    to_grant(LicenceKind::Unlimited, "2026-03-02T09:00:00Z", None)
}

/// No licence is granted that has ended, by nobody.
#[test]
fn a_rental_is_approved_until_its_term_is_over() {
    // Now is noon of 2 March in Moscow.
    for (starts_on, is_over) in [("2026-02-02", true), ("2026-02-03", false)] {
        for command in [approve(agent()), override_it("A reason")] {
            let there = given(vec![submitted(for_rental(starts_on, 1)), taken()]);
            let result = there.when(ordinary(command)).inspect_result();
            assert_eq!(result.is_err_and(|error| error == Rejection::TermOver), is_over);
        }
    }
}

/// What each command gets in each state; `ok`, or the code.
#[test]
fn every_state_forbids_by_name() {
    let there = || vec![submitted(for_update())];
    let states = [
        vec![],
        there(),
        [there(), vec![taken()]].concat(),
        [there(), vec![taken(), approved(ApprovalBasis::Staff, vec![unlimited()])]].concat(),
        [there(), vec![taken(), declined()]].concat(),
        [there(), vec![withdrawn()]].concat(),
    ];
    let (none, done) = ("APPLICATION_NOT_FOUND", "APPLICATION_APPROVED");
    let (not, back) = ("APPLICATION_DECLINED", "APPLICATION_WITHDRAWN");
    let early = "APPLICATION_NOT_TAKEN";
    for (command, expected) in [
        (Command::Take { by: agent() }, [none, "ok", "ALREADY_TAKEN", done, not, back]),
        (approve(agent()), [none, early, "ok", done, not, back]),
        (decline(agent(), "Not yours"), [none, early, "ok", done, not, back]),
        (override_it("A mistake"), [none, "ok", "ok", done, "ok", back]),
        (withdraw(customer()), [none, "ok", "ok", done, not, back]),
        (withdraw(CustomerId::named("other")), [none; 6]),
    ] {
        for (events, expected) in states.iter().zip(expected) {
            let mut application = Application::default();
            events.iter().cloned().for_each(|event| application.evolve(event));
            let found = decide::decide(&application, command.clone(), &circumstances());
            let found = found.map_or_else(Rejection::code, |events| {
                assert!(!events.is_empty());
                "ok"
            });
            assert_eq!(found, expected, "{command:?} in {:?}", application.status);
        }
    }
}

#[test]
fn who_has_taken_it_decides_or_a_manager() {
    let there = || vec![submitted(for_update()), taken()];
    let other = worker("other", Role::Agent);
    let manager = worker("manager", Role::Manager);
    for command in
        [Command::Take { by: other.clone() }, approve(other.clone()), decline(other, "Not yours")]
    {
        given(there()).when(ordinary(command)).then_expect_error(Rejection::TakenByAnother);
    }
    let staff_member_id = manager.staff_member_id;
    given(there())
        .when(ordinary(Command::Take { by: manager.clone() }))
        .then_expect_events(vec![ApplicationEvent::Taken { staff_member_id }]);
    given(there()).when(ordinary(approve(manager))).then_expect_events(vec![
        ApplicationEvent::Approved {
            staff_member_id,
            basis: ApprovalBasis::Staff,
            licences: vec![unlimited()],
        },
    ]);
}

#[test]
fn a_rental_lasts_for_whole_months_of_the_vendors_days() {
    for (starts_on, months, from, until) in [
        ("2026-03-05", 1, "2026-03-04T21:00:00Z", "2026-04-04T21:00:00Z"),
        ("2026-03-31", 1, "2026-03-30T21:00:00Z", "2026-04-29T21:00:00Z"),
        ("2026-01-31", 2, "2026-01-30T21:00:00Z", "2026-03-30T21:00:00Z"),
        ("2028-02-29", 12, "2028-02-28T21:00:00Z", "2029-02-27T21:00:00Z"),
    ] {
        let licence = to_grant(LicenceKind::Rental, from, Some(until));
        given(vec![submitted(for_rental(starts_on, months)), taken()])
            .when(ordinary(approve(agent())))
            .then_expect_events(vec![approved(ApprovalBasis::Staff, vec![licence])]);
    }
}

#[test]
fn a_licence_that_is_held_is_not_granted_again() {
    let held = LicenceId::named("held");
    let command =
        Command::Approve(Approve { by: agent(), application_id: id(), bought: Some(held) });
    let licence = LicenceToGrant { licence_id: held, ..unlimited() };
    given(vec![submitted(for_update()), taken()])
        .when(ordinary(command))
        .then_expect_events(vec![approved(ApprovalBasis::Staff, vec![licence])]);
}

#[test]
fn what_the_account_grants_is_followed_once() {
    let basis = || GrantBasis::MonthAndTrading;
    let licences = ["a", "b"].map(|name| LicenceToGrant {
        licence_id: licence_of(id(), ProductId::named(name)),
        product_id: ProductId::named(name),
        kind: LicenceKind::Affiliate,
        valid_from: now(),
        valid_until: None,
    });
    let follows = || approved(ApprovalBasis::Rule(basis()), licences.to_vec());
    for there in [vec![submitted(for_free())], vec![submitted(for_free()), taken()]] {
        given(there.clone()).when(ordinary(follow(basis()))).then_expect_events(vec![follows()]);
        given([there, vec![follows()]].concat())
            .when(ordinary(follow(basis())))
            .then_expect_events(vec![]);
    }
    given(vec![submitted(for_free()), withdrawn()])
        .when(ordinary(follow(basis())))
        .then_expect_error(Rejection::ApplicationWithdrawn);
    given(vec![submitted(for_free()), taken(), declined()])
        .when(ordinary(follow(basis())))
        .then_expect_error(Rejection::ApplicationDeclined);
    let against = || GrantBasis::Override { reason: personal("A mistake") };
    given(vec![submitted(for_free()), taken(), declined()])
        .when(ordinary(follow(against())))
        .then_expect_events(vec![approved(ApprovalBasis::Rule(against()), licences.to_vec())]);
    // Only its account grants it.
    given(vec![submitted(for_free()), taken()])
        .when(ordinary(approve(agent())))
        .then_expect_error(Rejection::GrantMissing);
}

#[test]
fn a_decision_against_needs_a_reason() {
    let there = || vec![submitted(for_update()), taken()];
    given(there())
        .when(ordinary(decline(agent(), " Not yours ")))
        .then_expect_events(vec![declined()]);
    let empty = Rejection::BadReason(TextProblem::Empty);
    given(there()).when(ordinary(decline(agent(), " "))).then_expect_error(empty);
    given(there()).when(ordinary(override_it(""))).then_expect_error(empty);
    let by_agent = override_by(agent(), "A mistake");
    given(there()).when(ordinary(by_agent)).then_expect_error(Rejection::ManagerNeeded);
    let reason = Some("\u{1}x".to_owned());
    given(there())
        .when(ordinary(Command::Withdraw(Withdraw { customer_id: customer(), reason })))
        .then_expect_error(Rejection::BadReason(TextProblem::Unprintable));
}

#[test]
fn an_application_turns_into_a_conversation_once() {
    let request = |by, subject: &str, category_id| {
        Command::RequestTicket(RequestTicket {
            by,
            ticket_id: TicketId::named("one"),
            category_id,
            subject: subject.to_owned(),
            text: "What is missing?".to_owned(),
        })
    };
    let category = || Ok(CategoryId::named("licence"));
    let requested = || ApplicationEvent::TicketRequested {
        ticket_id: TicketId::named("one"),
        category_id: CategoryId::named("licence"),
        product_id: ProductId::named("a"),
        subject: personal("My application"),
        text: personal("What is missing?"),
    };
    let there = || vec![submitted(for_update())];
    for by in [Party::Customer(customer()), Party::Staff] {
        given(there())
            .when(ordinary(request(by, "My application", category())))
            .then_expect_events(vec![requested()]);
    }
    for (by, subject, category, rejection) in [
        (
            Party::Customer(CustomerId::named("other")),
            "My application",
            category(),
            Rejection::ApplicationNotFound,
        ),
        (Party::Staff, "", category(), Rejection::BadSubject(TextProblem::Empty)),
        (
            Party::Staff,
            "My application",
            Err(Rejection::CategoryNotFound),
            Rejection::CategoryNotFound,
        ),
    ] {
        given(there()).when(ordinary(request(by, subject, category))).then_expect_error(rejection);
    }
    given([there(), vec![requested()]].concat())
        .when(ordinary(request(Party::Staff, "My application", category())))
        .then_expect_error(Rejection::TicketAlreadyOpened);
}

#[test]
fn a_purchase_leads_to_the_valid_licence_or_to_one_next_for_any_caller() {
    use crate::licensing::application::decide::{Bought, bought_licence};
    let (customer, product) = (CustomerId::named("customer"), ProductId::named("robot"));
    let one = |name, is_valid| Bought { licence_id: LicenceId::named(name), is_valid };
    let asked = |bought: &[Bought]| bought_licence(customer, product, bought);
    assert_eq!(asked(&[one("revoked", false), one("held", true)]), LicenceId::named("held"));
    assert_eq!(asked(&[]), asked(&[]));
    assert_ne!(asked(&[]), asked(&[one("revoked", false)]), "a revoked one is not granted again");
    assert_ne!(asked(&[]), bought_licence(customer, ProductId::named("another"), &[]));
    assert_ne!(asked(&[]), bought_licence(CustomerId::named("another"), product, &[]));
}
