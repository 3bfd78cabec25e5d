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

    /// Folds one event in.
    pub fn evolve(&mut self, event: &TermsEvent) {
        match *event {
            TermsEvent::Defined { version, in_force_from, terms } => {
                self.versions.push(Version { version, in_force_from, terms });
            }
        }
    }
}

impl Version {
    /// The month in which a moment falls where these terms hold.
    pub fn month_of(&self, moment: Moment) -> Month {
        Month::of(moment, self.terms.time_zone)
    }
}
