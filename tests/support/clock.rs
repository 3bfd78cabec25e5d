//! A clock that tests set and advance, so that no test waits for time to pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta};
use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::Clock;

/// Monday, 6 January 2025, noon in UTC.
const START: i64 = 1_736_164_800_000_000;

/// A clock that goes on by a microsecond whenever it is asked, so that no two answers are equal,
/// and otherwise only when it is told to. Clones show the same time.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock at the moment at which every test begins.
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Moment {
        moment(self.0.fetch_add(1, Ordering::SeqCst))
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().expect("a span of years at most");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// The clock as the log takes it.
    pub(crate) fn as_log_clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// The moment at which every test begins.
pub(crate) fn start() -> Moment {
    moment(START)
}

fn moment(micros: i64) -> Moment {
    DateTime::from_timestamp_micros(micros).expect("a moment within some years")
}
