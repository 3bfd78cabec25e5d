//! What is measured, and how much of it.

use std::collections::BTreeSet;
use std::time::Duration;

const QUICK: &str = "BENCH_QUICK";
const FIGURES: [&str; 5] = ["p1", "p2", "p3", "p6", "p9"];
/// How many tickets the service level report is measured over, for example `10000,10000000`.
const TICKETS: &str = "BENCH_TICKETS";
const SYSTEMS: [&str; 2] = ["postgres", "sqlite"];

/// What is measured, and how much of it.
#[derive(Debug)]
pub(crate) struct Settings {
    chosen: BTreeSet<String>,
    /// Whether this only shows that the measuring works.
    pub(crate) is_quick: bool,
    /// How long each load lasts in each round.
    pub(crate) load: Duration,
    /// How often everything is measured, one thing after the other.
    pub(crate) rounds: usize,
    /// How many events the log has that is read and projected.
    pub(crate) events: i64,
    /// Over how many tickets the service level report is measured, the fewest first.
    pub(crate) tickets: Vec<i64>,
    /// How often the program is started.
    pub(crate) starts: usize,
    /// How long the program is idle before its memory is looked at.
    pub(crate) idle: Duration,
}

impl Settings {
    /// The names on the command line, and the sizes by the environment.
    pub(crate) fn read() -> Self {
        // cargo passes `--bench` on.
        let named: BTreeSet<String> =
            std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
        let is_quick = std::env::var_os(QUICK).is_some_and(|value| value != "0");
        let (load, rounds, events, starts, idle) =
            if is_quick { (1, 1, 30_000, 2, 1) } else { (10, 3, 1_000_000, 7, 2) };
        let usual: &[i64] = if is_quick { &[5_000, 20_000] } else { &[10_000, 1_000_000] };
        let named_tickets = std::env::var(TICKETS).ok().and_then(|text| {
            text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<Vec<i64>>>()
        });
        Self {
            tickets: named_tickets.unwrap_or_else(|| usual.to_vec()),
            chosen: named,
            is_quick,
            load: Duration::from_secs(load),
            rounds,
            events,
            starts,
            idle: Duration::from_secs(idle),
        }
    }

    /// Whether a figure or a database system is to be measured: where none of its kind is named,
    /// all are.
    pub(crate) fn is_chosen(&self, name: &str) -> bool {
        let kind: &[&str] = if FIGURES.contains(&name) { &FIGURES } else { &SYSTEMS };
        let is_any_named = kind.iter().any(|one| self.chosen.contains(*one));
        !is_any_named || self.chosen.contains(name)
    }
}
