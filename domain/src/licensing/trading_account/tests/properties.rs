//! The whole rule against a plain model: whatever is recorded and asked for in whatever order,
//! exactly what the model allows is granted.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::licensing::trading_account::decide::decide;

/// What may happen, with small numbers for names; times are in whole hours.
#[derive(Debug, Clone)]
enum Act {
    Deposit { of: u8, hundreds: u8 },
    Trade { hours_ago: u16, hours: u16, trades: u8 },
    Ask { application: u8, products: Vec<u8> },
    Revoke { application: u8, product: u8 },
    Wait { hours: u16 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..3_u8, 0..20_u8).prop_map(|(of, hundreds)| Act::Deposit { of, hundreds }),
        3 => (0..900_u16, 0..900_u16, 0..3_u8).prop_map(|(hours_ago, hours, trades)| {
            Act::Trade { hours_ago, hours, trades }
        }),
        5 => (0..12_u8, vec(0..4_u8, 1..3)).prop_map(|(application, mut products)| {
            products.sort_unstable();
            products.dedup();
            Act::Ask { application, products }
        }),
        1 => (0..12_u8, 0..4_u8).prop_map(|(application, product)| {
            Act::Revoke { application, product }
        }),
        4 => (1..900_u16).prop_map(|hours| Act::Wait { hours }),
    ]
}

/// A product needs from one to four hundred dollars.
const fn minimum(product: u8) -> i64 {
    (product as i64 + 1) * 10_000
}

/// The rule in whole hours of Moscow, told plainly.
#[derive(Default)]
struct Model {
    /// The deposit of the last moment.
    deposit: Option<i64>,
    /// Since when each period of trading was, until when, and how many trades.
    trading: Vec<(i64, i64, u8)>,
    /// Every grant: by which application, when, and which products are held of it.
    grants: Vec<(u8, i64, Vec<u8>)>,
}

impl Model {
    fn allows(&self, products: &[u8], now: i64) -> bool {
        let held = self.grants.iter().flat_map(|(.., held)| held);
        let needed: i64 = held.chain(products).map(|product| minimum(*product)).sum();
        let is_covered = self.deposit.is_some_and(|deposit| deposit >= needed);
        let Some(last) = self.grants.iter().map(|(_, when, _)| *when).max() else {
            return is_covered;
        };
        let is_traded = self.trading.iter().any(|(from, _, trades)| *trades > 0 && *from >= last);
        is_covered || (products.len() == 1 && now >= month_after(last) && is_traded)
    }
}

/// Hours since the beginning of 2027 in Moscow, which is no leap year; 2028 is one.
fn month_after(hour: i64) -> i64 {
    const DAYS: [i64; 36] = [
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, //
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, //
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, //
    ];
    let (mut day, mut month) = (hour / 24, 0);
    while day >= DAYS[month] {
        day -= DAYS[month];
        month += 1;
    }
    let first: i64 = DAYS[..=month].iter().sum();
    (first + day.min(DAYS[month + 1] - 1)) * 24 + hour % 24
}

fn moment(hour: i64) -> Moment {
    at("2026-12-31T21:00:00Z") + chrono::TimeDelta::hours(hour)
}

fn named(application: u8) -> ApplicationId {
    ApplicationId::named(&application.to_string())
}

fn carry_out(account: &mut TradingAccount, command: Command) -> Result<usize, Rejection> {
    let events = decide(account, command)?;
    let count = events.len();
    for event in events {
        account.evolve(event);
    }
    Ok(count)
}

proptest! {
    #[test]
    fn what_is_granted_is_what_a_plain_model_allows(acts in vec(act(), 1..40)) {
        let (mut account, mut model, mut now) = (TradingAccount::default(), Model::default(), 900);
        account.evolve(registered());
        for (index, act) in acts.into_iter().enumerate() {
            let evidence_id = evidence(&index.to_string());
            let record = |shown| {
                Command::Record(Record {
                    broker_id: Ok(broker()),
                    number: number(),
                    source: Source::Staff,
                    shown: vec![shown],
                    at: moment(now),
                    policy: LicensingPolicy::default(),
                })
            };
            match act {
                Act::Wait { hours } => now = (now + i64::from(hours)).min(17_000),
                Act::Deposit { of: 0, hundreds } => {
                    let amount = usd(i64::from(hundreds) * 10_000);
                    model.deposit = Some(amount.cents);
                    let shown = Shown::Deposit {
                        evidence_id, amount: Ok(amount), worth: None, as_of: moment(now),
                    };
                    prop_assert_eq!(carry_out(&mut account, record(shown)), Ok(1));
                }
                // What they say themselves changes nothing.
                Act::Deposit { hundreds, .. } => {
                    account.evolve(TradingAccountEvent::DepositRecorded(DepositShown {
                        evidence_id,
                        source: Source::Customer,
                        amount: usd(i64::from(hundreds) * 10_000),
                        worth: None,
                        as_of: moment(now),
                    }));
                }
                Act::Trade { hours_ago, hours, trades } => {
                    let from = now - i64::from(hours_ago);
                    let until = (from + i64::from(hours)).min(now);
                    model.trading.retain(|(f, u, _)| (*f, *u) != (from, until));
                    model.trading.push((from, until, trades));
                    let shown = Shown::Trading {
                        evidence_id,
                        from: moment(from),
                        until: moment(until),
                        trades: trades.into(),
                        last_trade_at: None,
                    };
                    prop_assert_eq!(carry_out(&mut account, record(shown)), Ok(1));
                }
                Act::Ask { application, products } => {
                    let advisors = products.iter().map(|product| {
                        advisor(&product.to_string(), minimum(*product))
                    });
                    let command = Command::GrantAdvisors(GrantAdvisors {
                        application_id: named(application),
                        customer_id: CustomerId::named("customer"),
                        advisors: Ok(advisors.collect()),
                        staff_member_id: StaffMemberId::named("agent"),
                        against_rule: None,
                        at: moment(now),
                        policy: LicensingPolicy::default(),
                    });
                    let is_repeat = model.grants.iter().any(|(one, ..)| *one == application);
                    let is_allowed = model.allows(&products, now);
                    let found = carry_out(&mut account, command);
                    if is_repeat {
                        prop_assert_eq!(found, Ok(0));
                    } else if is_allowed {
                        prop_assert_eq!(found, Ok(1));
                        model.grants.push((application, now, products));
                    } else {
                        let Err(Rejection::Rule(refusal)) = found else {
                            return Err(TestCaseError::fail(format!("granted: {found:?}")));
                        };
                        let last = model.grants.iter().map(|(_, when, _)| *when).max();
                        let month = last.filter(|_| products.len() == 1).map(month_after);
                        let month = month.filter(|month| *month > now).map(moment);
                        prop_assert_eq!(refusal.month_passes_at, month);
                    }
                }
                Act::Revoke { application, product } => {
                    let by_it = model.grants.iter_mut().find(|(one, ..)| *one == application);
                    let mut is_held = false;
                    if let Some((_, _, held)) = by_it {
                        is_held = held.contains(&product);
                        held.retain(|one| *one != product);
                    }
                    let command = Command::RevokeAdvisor(RevokeAdvisor {
                        application_id: named(application),
                        product_id: ProductId::named(&product.to_string()),
                        revoked_at: moment(now),
                    });
                    prop_assert_eq!(carry_out(&mut account, command), Ok(usize::from(is_held)));
                }
            }
        }
    }
}
