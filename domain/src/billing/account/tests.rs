//! Given / when / then for support accounts, and what holds for any history of one. Here is the
//! cast: one customer, two products, an agent, and the published terms.

mod closing;
mod properties;
mod settling;
mod splitting;

use chrono::TimeDelta;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::decide::{Payment, Work};
use super::events::{AccountEvent, CreditBasis, Draw, Settlement, Waived, WaiverBasis};
use super::{Command, PaymentId, Rejection, SupportAccount};
use crate::billing::terms::{InForce, Version};
use crate::catalogue::ProductId;
use crate::example::{self, customer};
use crate::kernel::{AmountProblem, Currency, Moment, Money, Month, Personal};
use crate::licensing::LicenceId;
use crate::staff::StaffMemberId;
use crate::ticket::command::began;
use crate::ticket::events::Charging;
use crate::ticket::{TicketId, TimeEntryId};

fn given(events: Vec<AccountEvent>) -> AggregateTestExecutor<SupportAccount> {
    TestFramework::<SupportAccount>::with(()).given(events)
}

/// So many days after noon of 15 March 2026 in Moscow.
fn day(number: i64) -> Moment {
    let noon: Moment = "2026-03-15T09:00:00Z".parse().expect("a moment");
    noon + TimeDelta::days(number)
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn dollars(cents: i64) -> Money {
    Money { cents, currency: Currency::USD }
}

fn version() -> Version {
    let terms = example::terms();
    Version { version: 1, in_force_from: day(-400), terms }
}

fn licence(name: &str) -> LicenceId {
    LicenceId::named(name)
}

fn robot() -> ProductId {
    ProductId::named("robot")
}

/// The package of a licence for the robot, from a day on.
fn opened(name: &str, from: i64) -> AccountEvent {
    AccountEvent::PackageOpened {
        licence_id: licence(name),
        product_id: robot(),
        valid_from: day(from),
        valid_until: None,
    }
}

/// So many minutes of work on the robot, which may be charged.
fn work(name: &str, minutes: u32) -> Work {
    Work {
        entry_id: TimeEntryId::named(name),
        ticket_id: TicketId::named("ticket"),
        product_id: robot(),
        staff_member_id: StaffMemberId::named("agent"),
        started_at: began(minutes, day(0)),
        worked_at: day(0),
        minutes,
        charging: Charging::Allowed,
        terms: InForce::throughout(version()),
    }
}

/// What comes of that work: drawn from these packages, charged, and waived.
fn settlement(
    name: &str,
    draws: &[(&str, u32)],
    chargeable_minutes: u32,
    waived: Option<(u32, WaiverBasis)>,
) -> Settlement {
    let of = work(name, 0);
    let (price, remainder) = dollars(500).of_minutes(chargeable_minutes, 0);
    let drawn: u32 = draws.iter().map(|(_, minutes)| minutes).sum();
    Settlement {
        entry_id: of.entry_id,
        part: 0,
        ticket_id: of.ticket_id,
        product_id: of.product_id,
        staff_member_id: of.staff_member_id,
        worked_at: of.worked_at,
        worked_in: month("2026-03"),
        minutes: drawn + chargeable_minutes + waived.map_or(0, |(minutes, _)| minutes),
        draws: draws
            .iter()
            .map(|(name, minutes)| Draw { licence_id: licence(name), minutes: *minutes })
            .collect(),
        chargeable_minutes,
        waived: waived.map(|(minutes, basis)| Waived { minutes, basis }),
        terms_version: 1,
        price,
        remainder,
    }
}

fn settled(settlement: Settlement) -> AccountEvent {
    AccountEvent::WorkSettled { settlement, billed_in: month("2026-03") }
}

fn credit(name: &str) -> Command {
    Command::Credit { entry_id: TimeEntryId::named(name), basis: CreditBasis::Reversal }
}
