//! What a trading account grants, refuses and records.

mod evidence;
mod properties;
mod rule;

use chrono_tz::Europe::Moscow;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::decide::{GrantAdvisors, Record, Retract, RevokeAdvisor, Shown};
use super::events::{Advisor, DepositShown, GrantBasis, Source, TradingShown};
use super::*;
use crate::catalogue::{LicensingPolicy, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Currency, Moment, Money, Personal, local};
use crate::licensing::ApplicationId;
use crate::staff::StaffMemberId;

fn at(text: &str) -> Moment {
    text.parse().expect("a moment")
}

fn number() -> AccountNumber {
    AccountNumber::parse("123456").expect("a number")
}

fn broker() -> BrokerId {
    BrokerId::named("partner")
}

fn account_id() -> TradingAccountId {
    trading_account_of(broker(), &number())
}

fn usd(cents: i64) -> Money {
    Money { cents, currency: Currency::USD }
}

fn roubles(cents: i64) -> Money {
    Money { cents, currency: Currency::try_from("RUB".to_owned()).expect("a currency") }
}

/// An advisor that needs so many dollars, in cents.
fn advisor(name: &str, cents: i64) -> Advisor {
    Advisor { product_id: ProductId::named(name), minimum_deposits: vec![usd(cents)] }
}

fn application(name: &str) -> ApplicationId {
    ApplicationId::named(name)
}

fn evidence(name: &str) -> EvidenceId {
    EvidenceId::named(name)
}

fn registered() -> TradingAccountEvent {
    let number = Personal::new(account_id(), number());
    TradingAccountEvent::Registered { broker_id: broker(), number }
}

fn deposit(name: &str, amount: Money, as_of: &str) -> TradingAccountEvent {
    TradingAccountEvent::DepositRecorded(DepositShown {
        evidence_id: evidence(name),
        source: Source::Staff,
        amount,
        worth: None,
        as_of: at(as_of),
    })
}

fn traded(name: &str, from: &str, until: &str) -> TradingAccountEvent {
    TradingAccountEvent::TradingRecorded(TradingShown {
        evidence_id: evidence(name),
        source: Source::BrokerReport,
        from: at(from),
        until: at(until),
        trades: 3,
        last_trade_at: None,
    })
}

fn granted(
    by: &str,
    advisors: Vec<Advisor>,
    basis: GrantBasis,
    shown: &[&str],
    when: &str,
) -> TradingAccountEvent {
    TradingAccountEvent::AdvisorsGranted {
        application_id: application(by),
        customer_id: CustomerId::named("customer"),
        advisors,
        basis,
        evidence_ids: shown.iter().map(|name| evidence(name)).collect(),
        staff_member_id: StaffMemberId::named("agent"),
        granted_at: at(when),
        month_passes_at: local::months_after(at(when), 1, Moscow),
    }
}

fn grant(by: &str, advisors: Vec<Advisor>, when: &str) -> Command {
    Command::GrantAdvisors(GrantAdvisors {
        application_id: application(by),
        customer_id: CustomerId::named("customer"),
        advisors: Ok(advisors),
        staff_member_id: StaffMemberId::named("agent"),
        against_rule: None,
        at: at(when),
        policy: LicensingPolicy::default(),
    })
}

fn record(source: Source, shown: Vec<Shown>, when: &str) -> Command {
    Command::Record(Record {
        broker_id: Ok(broker()),
        number: number(),
        source,
        shown,
        at: at(when),
        policy: LicensingPolicy::default(),
    })
}

fn given(events: Vec<TradingAccountEvent>) -> AggregateTestExecutor<TradingAccount> {
    TestFramework::<TradingAccount>::with(()).given(events)
}

fn account_after(events: Vec<TradingAccountEvent>) -> TradingAccount {
    let mut account = TradingAccount::default();
    for event in events {
        account.evolve(event);
    }
    account
}
