//! What holds for every account, whatever comes in whatever order (B2, B4).

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::billing::account::decide::decide;

/// What may come in, with small numbers for names.
#[derive(Debug, Clone)]
enum Act {
    Open { licence: u8, product: u8, from: i64, days: Option<i64> },
    End { licence: u8, day: i64 },
    Work { entry: u8, product: u8, day: i64, offset: i64, minutes: u32, charging: u8 },
    Credit { entry: u8 },
    Close { month: u8 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..4_u8, 0..2_u8, -40..40_i64, prop::option::of(1..60_i64)).prop_map(
            |(licence, product, from, days)| Act::Open { licence, product, from, days }
        ),
        1 => (0..4_u8, -40..40_i64).prop_map(|(licence, day)| Act::End { licence, day }),
        8 => (0..30_u8, 0..2_u8, -40..40_i64, 0..1_440_i64, 1..200_u32, 0..4_u8).prop_map(
            |(entry, product, day, offset, minutes, charging)| Act::Work {
                entry, product, day, offset, minutes, charging,
            }
        ),
        3 => (0..30_u8).prop_map(|entry| Act::Credit { entry }),
        1 => (1..=6_u8).prop_map(|month| Act::Close { month }),
    ]
}

fn product(number: u8) -> ProductId {
    ProductId::named(&format!("product {number}"))
}

fn command(act: &Act) -> Command {
    match *act {
        Act::Open { licence, product: of, from, days } => Command::OpenPackage {
            licence_id: LicenceId::named(&licence.to_string()),
            product_id: product(of),
            valid_from: day(from),
            valid_until: days.map(|days| day(from + days)),
        },
        Act::End { licence, day: number } => Command::EndPackage {
            licence_id: LicenceId::named(&licence.to_string()),
            ended_at: day(number),
        },
        Act::Work { entry, product: of, day: number, offset, minutes, charging } => {
            let reason = Personal::new(customer(), "Our bug".to_owned());
            let charging = match charging {
                0 => Charging::FreeOnly,
                1 => Charging::Courtesy { reason },
                _ => Charging::Allowed,
            };
            // Often across a noon, at which licences begin and end, or the end of a month.
            let worked_at = day(number) + TimeDelta::minutes(offset);
            Command::Settle(Work {
                product_id: product(of),
                started_at: began(minutes, worked_at),
                worked_at,
                charging,
                ..work(&entry.to_string(), minutes)
            })
        }
        Act::Credit { entry } => credit(&entry.to_string()),
        Act::Close { month: number } => Command::CloseStatement {
            month: month(&format!("2026-{number:02}")),
            current: month("2026-06"),
        },
    }
}

/// The same, computed plainly: minute by minute, and each statement as the sum of its lines.
#[derive(Default)]
struct Plain {
    /// By licence: the product, validity, and the free minutes left.
    packages: Vec<(LicenceId, ProductId, Moment, Option<Moment>, u32)>,
    /// By entry: which licence gave each of its free minutes, and the minutes charged.
    entries: BTreeMap<TimeEntryId, (Vec<LicenceId>, i64)>,
    /// All that was charged and not given back.
    minutes: i64,
}

impl Plain {
    fn take(&mut self, command: &Command) {
        match command {
            Command::OpenPackage { licence_id, product_id, valid_from, valid_until }
                if !self.packages.iter().any(|package| package.0 == *licence_id) =>
            {
                self.packages.push((*licence_id, *product_id, *valid_from, *valid_until, 300));
            }
            Command::EndPackage { licence_id, ended_at } => {
                for package in self.packages.iter_mut().filter(|p| p.0 == *licence_id) {
                    package.3 = Some(package.3.map_or(*ended_at, |until| until.min(*ended_at)));
                }
            }
            Command::Settle(work) if !self.entries.contains_key(&work.entry_id) => {
                let entry = self.settle(work);
                self.minutes += entry.1;
                self.entries.insert(work.entry_id, entry);
            }
            Command::Credit { entry_id, .. } => {
                if let Some((minutes, charged)) = self.entries.get_mut(entry_id) {
                    self.minutes -= std::mem::take(charged);
                    for licence_id in std::mem::take(minutes) {
                        let package = self.packages.iter_mut().find(|p| p.0 == licence_id);
                        package.expect("a package that was drawn on").4 += 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self, work: &Work) -> (Vec<LicenceId>, i64) {
        let (mut free, mut charged) = (Vec::new(), 0_i64);
        if matches!(work.charging, Charging::Courtesy { .. }) {
            return (free, 0);
        }
        for minute in 0..work.minutes {
            let moment = work.started_at + TimeDelta::minutes(minute.into());
            let oldest = self
                .packages
                .iter_mut()
                .filter(|(_, product_id, from, until, left)| {
                    *product_id == work.product_id
                        && *from <= moment
                        && until.is_none_or(|until| moment < until)
                        && *left > 0
                })
                .min_by_key(|package| package.2);
            match oldest {
                Some(package) => {
                    package.4 -= 1;
                    free.push(package.0);
                }
                None => charged += 1,
            }
        }
        if work.charging == Charging::FreeOnly {
            charged = 0;
        }
        (free, charged)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Free minutes never exceed the packages, and the statements add up to a plain recomputation,
    /// to the minute.
    #[test]
    fn any_history_agrees_with_a_plain_recomputation(acts in vec(act(), 0..120)) {
        let mut account = SupportAccount::default();
        let mut plain = Plain::default();
        for act in &acts {
            let command = command(act);
            plain.take(&command);
            for event in decide(&account, command).unwrap_or_default() {
                account.evolve(event);
            }
            for package in &account.packages {
                prop_assert!(package.used_minutes <= 300, "more was drawn than there was");
                let left = plain.packages.iter().find(|p| p.0 == package.licence_id);
                prop_assert_eq!(left.map(|p| 300 - p.4), Some(package.used_minutes));
            }
        }
        let charged: i64 = account.months.values().map(|totals| totals.chargeable_minutes).sum();
        prop_assert_eq!(charged, plain.minutes);
    }

    /// Whatever was charged and given back, a statement comes to the exact sum of its lines, rounded
    /// once; a credit gives back what its line charged (B2, B4). At $5 an hour a minute costs 500
    /// sixtieths of a cent.
    #[test]
    fn a_statement_is_the_exact_sum_rounded_once(acts in vec(act(), 0..120)) {
        let mut account = SupportAccount::default();
        let mut lines = BTreeMap::new();
        let rounded = |sum: i64| sum.signum() * ((sum.abs() + 30) / 60);
        let mut exact: BTreeMap<Month, i64> = BTreeMap::new();
        for act in &acts {
            for event in decide(&account, command(act)).unwrap_or_default() {
                account.evolve(event.clone());
                match event {
                    AccountEvent::WorkSettled { settlement, billed_in } => {
                        let (minutes, price) = (settlement.chargeable_minutes, settlement.price);
                        let line = (settlement.entry_id, settlement.part);
                        lines.insert(line, (minutes, price));
                        *exact.entry(billed_in).or_default() += 500 * i64::from(minutes);
                    }
                    AccountEvent::WorkCredited { settlement, billed_in, .. } => {
                        let line = (settlement.entry_id, settlement.part);
                        let (minutes, price) = lines[&line];
                        prop_assert_eq!(settlement.price, price);
                        *exact.entry(billed_in).or_default() -= 500 * i64::from(minutes);
                    }
                    AccountEvent::StatementClosed { month, totals } => {
                        let sum = exact.get(&month).copied().unwrap_or_default();
                        prop_assert_eq!(totals.amount(), rounded(sum));
                    }
                    _ => {}
                }
                for (month, sum) in &exact {
                    let totals = account.months[month];
                    prop_assert_eq!(totals.amount(), rounded(*sum));
                }
            }
        }
    }

    /// A closed statement is final: nothing that comes later changes it.
    #[test]
    fn a_closed_statement_never_changes(acts in vec(act(), 0..120)) {
        let mut account = SupportAccount::default();
        let mut closed = BTreeMap::new();
        for act in &acts {
            for event in decide(&account, command(act)).unwrap_or_default() {
                if let AccountEvent::StatementClosed { month, totals } = &event {
                    closed.insert(*month, *totals);
                }
                account.evolve(event);
            }
            for (month, totals) in &closed {
                let now = account.months.get(month).copied().unwrap_or_default();
                prop_assert_eq!(now, *totals);
            }
        }
    }

    /// Every minute is free, charged or waived, and none twice.
    #[test]
    fn an_entrys_minutes_are_all_accounted_for(
        opened in vec((-40..40_i64, 1..60_i64), 0..4),
        minutes in 1..2_000_u32,
        charging in select(vec![Charging::Allowed, Charging::FreeOnly]),
    ) {
        let mut account = SupportAccount::default();
        for (number, (from, days)) in opened.into_iter().enumerate() {
            account.evolve(AccountEvent::PackageOpened {
                licence_id: LicenceId::named(&number.to_string()),
                product_id: robot(),
                valid_from: day(from),
                valid_until: Some(day(from + days)),
            });
        }
        let settle = Command::Settle(Work { charging, ..work("a", minutes) });
        let events = decide(&account, settle).expect("never refused");
        let accounted_for = |event: &AccountEvent| match event {
            AccountEvent::WorkSettled { settlement, .. } => {
                let waived = settlement.waived.map_or(0, |waived| waived.minutes);
                settlement.free_minutes() + settlement.chargeable_minutes + waived
            }
            _ => 0,
        };
        prop_assert_eq!(events.iter().map(accounted_for).sum::<u32>(), minutes);
    }
}
