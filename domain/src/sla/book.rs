//! Every version of every calendar and service level, with the clocks that run by them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::clock::{Clock, ClockKind};
use super::events::{RequestKind, Terms};
use crate::catalogue::{Calendar, CalendarId, Catalogue, ServiceLevel};
use crate::kernel::Moment;

/// What requests are measured by, now and before.
#[derive(Debug, Default)]
pub struct Book {
    service_levels: Vec<ServiceLevel>,
    calendars: Vec<Calendar>,
    clocks: HashMap<(CalendarId, u32, ClockKind), OnceLock<Arc<Clock>>>,
}

impl Book {
    /// The book of a catalogue, which keeps all versions.
    pub fn new(catalogue: &Catalogue) -> Self {
        let past = catalogue.past_calendars.iter();
        let calendars: Vec<_> = past.chain(catalogue.calendars.values()).cloned().collect();
        let kinds = [ClockKind::Calendar, ClockKind::WorkingDays, ClockKind::WorkingHours];
        let keys = calendars.iter().flat_map(|calendar| {
            kinds.map(|kind| ((calendar.calendar_id, calendar.version, kind), OnceLock::new()))
        });
        let clocks = keys.collect();
        Self { service_levels: catalogue.service_levels.clone(), calendars, clocks }
    }

    /// How many definitions it holds. Definitions are only ever added to a catalogue, so two books
    /// of one catalogue with as many hold the same.
    pub fn definitions(&self) -> usize {
        self.service_levels.len() + self.calendars.len()
    }

    /// Whether it holds everything that the catalogue does.
    pub fn is_of(&self, catalogue: &Catalogue) -> bool {
        let calendars = catalogue.past_calendars.len() + catalogue.calendars.len();
        self.definitions() == catalogue.service_levels.len() + calendars
    }

    /// By what a request is measured whose clock starts at `at`: the versions in force then (S4).
    /// What is older than every version, as imported history may be, is measured by the first.
    /// None where nothing was ever defined for its kind.
    pub fn terms(&self, request: RequestKind, at: Moment) -> Option<Terms> {
        let levels = self.service_levels.iter().filter(|level| level.request == request);
        let level = in_force(levels, at, |level| Some(level.in_force_from))?;
        let of_level = |calendar: &&Calendar| calendar.calendar_id == level.calendar_id;
        let calendars = self.calendars.iter().filter(of_level);
        let calendar = in_force(calendars, at, |calendar| calendar.in_force_from)?;
        Some(Terms {
            request,
            service_level_version: level.version,
            calendar_id: calendar.calendar_id,
            calendar_version: calendar.version,
            time_zone: calendar.time_zone,
            clock: level.clock,
            processing_minutes: level.processing_minutes,
            first_response_minutes: level.first_response_minutes,
            at_risk_percent: level.at_risk_percent,
        })
    }

    /// The clock that runs by these terms; `None` if the book does not hold their calendar.
    pub fn clock(&self, terms: &Terms) -> Option<&Clock> {
        let key = (terms.calendar_id, terms.calendar_version, terms.clock);
        let clock = self.clocks.get(&key)?.get_or_init(|| {
            let calendar = self.calendar(terms.calendar_id, terms.calendar_version);
            // The keys are those of the calendars, so there is one.
            Arc::new(
                calendar.map_or_else(Clock::always, |calendar| Clock::new(terms.clock, calendar)),
            )
        });
        Some(clock)
    }

    /// A version of a calendar.
    pub fn calendar(&self, calendar_id: CalendarId, version: u32) -> Option<&Calendar> {
        let is_it = |one: &&Calendar| one.calendar_id == calendar_id && one.version == version;
        self.calendars.iter().find(is_it)
    }
}

/// The last of these, in the order of definition, that was in force at a moment; the first where
/// none was yet.
fn in_force<'a, V>(
    versions: impl Iterator<Item = &'a V> + Clone,
    at: Moment,
    from: impl Fn(&V) -> Option<Moment>,
) -> Option<&'a V> {
    let begun = versions.clone().filter(|one| from(one).is_none_or(|from| from <= at)).last();
    begun.or_else(|| versions.into_iter().next())
}
