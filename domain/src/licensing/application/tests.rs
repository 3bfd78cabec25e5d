//! Applying, deciding, and what an application leads to.

mod deciding;
mod measuring;
mod submitting;

use std::sync::Arc;

use chrono::NaiveDate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::command::{
    AccountKind, Approve, Decline, FreeAdvisorWish, Override, Party, Remeasure, RequestTicket,
    Submit, Wish, Withdraw,
};
use super::decide::licence_of;
use super::events::{ApprovalBasis, FreeAdvisorRequest, LicenceToGrant};
use super::*;
use crate::catalogue::{BrokerId, LicensingPolicy, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::example::{self, customer};
use crate::kernel::{AmountProblem, Currency, Moment, Money, Personal, TextProblem};
use crate::licensing::trading_account::events::{Advisor, GrantBasis};
use crate::licensing::trading_account::state::AdvisorGrant;
use crate::licensing::trading_account::{self, TradingAccount, trading_account_of};
use crate::licensing::{AccountNumber, LicenceId, LicenceKind};
use crate::staff::{Role, Worker};

/// A Monday noon in Moscow.
fn now() -> Moment {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn id() -> ApplicationId {
    ApplicationId::named("one")
}

fn worker(name: &str, role: Role) -> Worker {
    example::worker(name, role, &[])
}

fn agent() -> Worker {
    worker("agent", Role::Agent)
}

fn usd(cents: i64) -> Money {
    Money { cents, currency: Currency::USD }
}

fn number() -> AccountNumber {
    AccountNumber::parse("123456").expect("a number")
}

fn personal(text: &str) -> Personal<String> {
    Personal::new(customer(), text.to_owned())
}

fn advisor(name: &str) -> Advisor {
    Advisor { product_id: ProductId::named(name), minimum_deposits: vec![usd(50_000)] }
}

fn free_advisor() -> FreeAdvisorWish {
    FreeAdvisorWish {
        account_kind: AccountKind::Real,
        broker_id: Ok(BrokerId::named("partner")),
        account_number: Ok(number()),
        advisors: vec![Ok(advisor("a"))],
        deposit: Ok(usd(50_000)),
        account: Arc::new(TradingAccount::default()),
    }
}

fn rental(starts_on: &str, months: i64) -> Wish {
    let product_id = Ok(ProductId::named("a"));
    Wish::RentalDownload { product_id, starts_on: Some(day(starts_on)), months }
}

fn update(purchased_on: &str) -> Wish {
    Wish::LicenceUpdate {
        product_id: Ok(ProductId::named("a")),
        purchased_on: day(purchased_on),
        seller: "A shop".to_owned(),
        reference: "Order 7".to_owned(),
    }
}

fn submit(wish: Wish) -> Command {
    Command::Submit(Box::new(Submit { customer_id: customer(), wish, comment: None }))
}

/// Nothing is measured, and texts have at most 20 characters.
fn circumstances() -> Circumstances {
    Circumstances {
        at: now(),
        book: Arc::default(),
        policy: LicensingPolicy::default(),
        ticket_policy: TicketPolicy {
            subject_characters: 20,
            text_characters: 20,
            reason_characters: 20,
            ..TicketPolicy::default()
        },
    }
}

fn ordinary(command: Command) -> (Command, Circumstances) {
    (command, circumstances())
}

fn submitted(request: Request) -> ApplicationEvent {
    ApplicationEvent::Submitted { customer_id: customer(), request, comment: None }
}

fn for_free() -> Request {
    let broker_id = BrokerId::named("partner");
    let account_id = trading_account_of(broker_id, &number());
    Request::FreeAdvisor(FreeAdvisorRequest {
        broker_id,
        account_id,
        account_number: Personal::new(customer(), number()),
        product_ids: vec![ProductId::named("a")],
        deposit: usd(50_000),
    })
}

fn for_rental(starts_on: &str, months: u16) -> Request {
    Request::RentalDownload { product_id: ProductId::named("a"), starts_on: day(starts_on), months }
}

fn for_update() -> Request {
    Request::LicenceUpdate {
        product_id: ProductId::named("a"),
        purchased_on: day("2026-02-01"),
        seller: personal("A shop"),
        reference: personal("Order 7"),
    }
}

fn taken() -> ApplicationEvent {
    ApplicationEvent::Taken { staff_member_id: agent().staff_member_id }
}

fn declined() -> ApplicationEvent {
    let staff_member_id = agent().staff_member_id;
    ApplicationEvent::Declined { staff_member_id, reason: personal("Not yours") }
}

fn given(events: Vec<ApplicationEvent>) -> AggregateTestExecutor<Application> {
    TestFramework::<Application>::with(()).given(events)
}
