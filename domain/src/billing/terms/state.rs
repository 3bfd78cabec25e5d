//! The terms of support as decisions see them: every version there ever was.

use serde::{Deserialize, Serialize};

use super::events::{Terms, TermsEvent};
use crate::kernel::{Moment, Month};

/// Every version of the terms, in the order in which they were defined.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SupportTerms {
    /// The versions. Of those that have begun, the one defined last is in force.
    pub versions: Vec<Version>,
}

/// One version of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// From which moment of work on.
    pub in_force_from: Moment,
    /// The terms.
    pub terms: Terms,
}

impl SupportTerms {
    /// The version in force at a moment; none only where there is no version at all. The first one
    /// also holds for what was before. Versions in another currency than the last one do not count:
    /// the currency was changed before anything was settled by them.
    pub fn in_force_at(&self, moment: Moment) -> Option<&Version> {
        let currency = self.versions.last()?.terms.hourly_price.currency;
        let mut counting =
            self.versions.iter().filter(|one| one.terms.hourly_price.currency == currency);
        let begun = counting.clone().rev().find(|version| version.in_force_from <= moment);
        begun.or_else(|| counting.next())
    }

    /// The versions in force from one moment until another; `None` only if there is no version.
    pub fn in_force_during(&self, from: Moment, until: Moment) -> Option<InForce> {
        let first = *self.in_force_at(from)?;
        let mut begins: Vec<Moment> = self
            .versions
            .iter()
            .map(|version| version.in_force_from)
            .filter(|begin| from < *begin && *begin < until)
            .collect();
        begins.sort_unstable();
        let later = begins.into_iter().filter_map(|begin| Some((begin, *self.in_force_at(begin)?)));
        Some(InForce { first, later: later.collect() })
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: &TermsEvent) {
        match *event {
            TermsEvent::Defined { version, in_force_from, terms } => {
                self.versions.push(Version { version, in_force_from, terms });
            }
        }
    }
}

/// The versions in force during some work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    first: Version,
    /// Those that came into force during it, in that order, with the moment.
    later: Vec<(Moment, Version)>,
}

impl InForce {
    /// The same version all the time.
    pub const fn throughout(version: Version) -> Self {
        Self { first: version, later: Vec::new() }
    }

    /// The version in force at a moment of the work.
    pub fn at(&self, moment: Moment) -> &Version {
        let begun = self.later.iter().rev().find(|(begin, _)| *begin <= moment);
        begun.map_or(&self.first, |(_, version)| version)
    }

    /// The moments at which another version came into force.
    pub fn changes(&self) -> impl Iterator<Item = Moment> {
        self.later.iter().map(|(begin, _)| *begin)
    }

    /// All of them, the first one first.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        [&self.first].into_iter().chain(self.later.iter().map(|(_, version)| version))
    }
}

impl Version {
    /// The month in which a moment falls where these terms hold.
    pub fn month_of(&self, moment: Moment) -> Month {
        Month::of(moment, self.terms.time_zone)
    }
}
