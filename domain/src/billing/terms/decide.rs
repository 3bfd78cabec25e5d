//! Decisions about the terms of support.

use chrono::TimeDelta;

use super::events::{Terms, TermsEvent};
use super::rejection::Rejection;
use super::state::{SupportTerms, Version};
use crate::kernel::{AmountProblem, Moment, Money};

/// The most cents an hour may cost.
pub const MAX_CENTS: i64 = 100_000_000;
/// The most minutes of a package.
pub const MAX_MINUTES: u32 = 1_000_000;
/// How many days ahead new terms may be announced at most.
pub const MAX_DAYS_AHEAD: i64 = 731;

/// A command on the terms.
#[derive(Debug, Clone)]
pub enum Command {
    /// New terms hold from a moment on.
    Define {
        /// The new terms.
        proposal: Proposal,
        /// From when; none: at once.
        in_force_from: Option<Moment>,
        /// Whether the currency may still change.
        ledgers: Ledgers,
        /// Now.
        at: Moment,
    },
}

/// What customers' accounts hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ledgers {
    /// Nothing was settled or paid yet, so that the currency can be chosen.
    Empty,
    /// There are amounts, which can only be added up in one currency.
    InUse,
}

/// Terms as somebody wishes them.
#[derive(Debug, Clone, Copy)]
pub struct Proposal {
    /// What an hour costs, as far as it is an amount of money.
    pub hourly_price: Result<Money, AmountProblem>,
    /// The free minutes that come with each licence.
    pub package_minutes: i64,
    /// At which share of a package the customer is warned.
    pub warning_percent: i64,
    /// Whether the customer must agree before work is charged.
    pub needs_agreement: bool,
    /// In which time zone months begin; `None` if what was given is no time zone.
    pub time_zone: Option<chrono_tz::Tz>,
}

/// What a decision gives.
pub type Decision = Result<Vec<TermsEvent>, Rejection>;

/// Decides a command on the terms.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(terms: &SupportTerms, command: &Command) -> Decision {
    match command {
        Command::Define { proposal, in_force_from, ledgers, at } => {
            define(terms, proposal, *in_force_from, *ledgers, *at)
        }
    }
}

/// Terms never change what was done before; those that are in force already are no news. Terms that
/// were announced and have not begun are replaced by those that begin before them.
fn define(
    history: &SupportTerms,
    proposal: &Proposal,
    in_force_from: Option<Moment>,
    ledgers: Ledgers,
    at: Moment,
) -> Decision {
    let terms = checked(proposal)?;
    let in_force_from = in_force_from.unwrap_or(at);
    let latest = at.checked_add_signed(TimeDelta::days(MAX_DAYS_AHEAD)).unwrap_or(Moment::MAX_UTC);
    if in_force_from > latest {
        return Err(Rejection::InForceTooFar { latest });
    }
    let mut version = 1;
    if let Some(last) = history.versions.last() {
        let is_other = last.terms.hourly_price.currency != terms.hourly_price.currency;
        if is_other && ledgers == Ledgers::InUse {
            return Err(Rejection::CurrencyFixed);
        }
        version = last.version + 1;
    }
    if in_force_from < at {
        return Err(Rejection::InForceTooEarly { earliest: at });
    }
    let is_in_force = |last: &Version| last.terms == terms && last.in_force_from <= in_force_from;
    if history.versions.last().is_some_and(is_in_force) {
        return Ok(Vec::new());
    }
    Ok(vec![TermsEvent::Defined { version, in_force_from, terms }])
}

fn checked(proposal: &Proposal) -> Result<Terms, Rejection> {
    let hourly_price = proposal.hourly_price.map_err(Rejection::BadAmount)?;
    if !(0..=MAX_CENTS).contains(&hourly_price.cents) {
        return Err(Rejection::PriceOutOfRange { max_cents: MAX_CENTS });
    }
    let package_minutes = u32::try_from(proposal.package_minutes).ok();
    let package_minutes = package_minutes
        .filter(|minutes| *minutes <= MAX_MINUTES)
        .ok_or(Rejection::PackageOutOfRange { max: MAX_MINUTES })?;
    let warning_percent = u8::try_from(proposal.warning_percent).ok();
    let warning_percent = warning_percent
        .filter(|percent| (1..100).contains(percent))
        .ok_or(Rejection::WarningOutOfRange)?;
    let time_zone = proposal.time_zone.ok_or(Rejection::TimeZoneUnknown)?;
    let needs_agreement = proposal.needs_agreement;
    Ok(Terms { hourly_price, package_minutes, warning_percent, needs_agreement, time_zone })
}
