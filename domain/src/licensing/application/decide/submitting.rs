//! Applying: every required field, checked by name (F1, F2, R1, R2).

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::{Decision, personal, personal_line};
use crate::catalogue::LicensingPolicy;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal, local};
use crate::licensing::application::command::{
    AccountKind, Circumstances, FreeAdvisorWish, Submit, Wish,
};
use crate::licensing::application::events::{ApplicationEvent, FreeAdvisorRequest, Request};
use crate::licensing::application::rejection::Rejection;
use crate::licensing::application::state::Application;
use crate::licensing::trading_account::decide::amount_of;
use crate::licensing::trading_account::events::{Advisor, DepositShown, Source};
use crate::licensing::trading_account::{self, EvidenceId, eligibility, trading_account_of};

/// Submits an application. One for free advisors that no evidence could help is refused here
/// already.
pub(super) fn submit(
    application: &Application,
    submit: Submit,
    circumstances: &Circumstances,
) -> Decision {
    if application.submitted.is_some() {
        return Err(Rejection::AlreadySubmitted);
    }
    let Submit { customer_id, wish, comment } = submit;
    let Circumstances { at, policy, ticket_policy, .. } = circumstances;
    let (at, max_characters) = (*at, ticket_policy.reason_characters);
    let request = match wish {
        Wish::FreeAdvisor(wish) => {
            Request::FreeAdvisor(free_advisor(customer_id, &wish, at, policy)?)
        }
        Wish::RentalDownload { product_id, starts_on, months } => {
            let months = months_of(months, policy)?;
            let starts_on = starts_on.ok_or(Rejection::StartMissing)?;
            let product_id = product_id?;
            start_in_range(starts_on, at, policy)?;
            if rental_ends_at(starts_on, months, policy) <= at {
                return Err(Rejection::TermOver);
            }
            Request::RentalDownload { product_id, starts_on, months }
        }
        Wish::LicenceUpdate { product_id, purchased_on, seller, reference } => {
            let product_id = product_id?;
            purchase_in_range(purchased_on, at, policy)?;
            let seller = personal_line(customer_id, &seller, max_characters, Rejection::BadSeller)?;
            let reference =
                personal_line(customer_id, &reference, max_characters, Rejection::BadReference)?;
            Request::LicenceUpdate { product_id, purchased_on, seller, reference }
        }
    };
    let comment = comment
        .map(|comment| personal(customer_id, &comment, max_characters, Rejection::BadComment))
        .transpose()?;
    Ok(vec![ApplicationEvent::Submitted { customer_id, request, comment }])
}

fn free_advisor(
    customer_id: CustomerId,
    wish: &FreeAdvisorWish,
    at: Moment,
    policy: &LicensingPolicy,
) -> Result<FreeAdvisorRequest, Rejection> {
    if wish.account_kind == AccountKind::Demo {
        return Err(Rejection::DemoAccount);
    }
    let broker_id = wish.broker_id?;
    let malformed = |_| trading_account::Rejection::AccountNumberMalformed;
    let number = wish.account_number.clone().map_err(malformed)?;
    let account_id = trading_account_of(broker_id, &number);
    if wish.advisors.is_empty() {
        return Err(Rejection::ProductMissing);
    }
    let max = policy.products_per_application;
    if wish.advisors.len() > max {
        return Err(Rejection::TooManyProducts { max });
    }
    let advisors: Vec<Advisor> = wish.advisors.iter().cloned().collect::<Result<_, _>>()?;
    let mut named = BTreeSet::new();
    if !advisors.iter().all(|advisor| named.insert(advisor.product_id)) {
        return Err(Rejection::ProductTwice);
    }
    let deposit = amount_of(wish.deposit)?;
    let stated = DepositShown {
        evidence_id: EvidenceId::default(),
        source: Source::Customer,
        amount: deposit,
        worth: None,
        as_of: at,
    };
    eligibility::may_apply(&wish.account, &advisors, &stated, at)
        .map_err(trading_account::Rejection::Rule)?;
    let product_ids = advisors.iter().map(|advisor| advisor.product_id).collect();
    let account_number = Personal::new(customer_id, number);
    Ok(FreeAdvisorRequest { broker_id, account_id, account_number, product_ids, deposit })
}

fn months_of(months: i64, policy: &LicensingPolicy) -> Result<u16, Rejection> {
    let max = policy.rental_months;
    let months = u16::try_from(months).ok().filter(|months| (1..=max).contains(months));
    months.ok_or(Rejection::MonthsOutOfRange { max })
}

fn start_in_range(
    starts_on: NaiveDate,
    at: Moment,
    policy: &LicensingPolicy,
) -> Result<(), Rejection> {
    let today = at.with_timezone(&policy.time_zone).date_naive();
    let days = TimeDelta::days(policy.rental_start_days.into());
    let earliest = today.checked_sub_signed(days).unwrap_or(NaiveDate::MIN);
    let latest = today.checked_add_signed(days).unwrap_or(NaiveDate::MAX);
    if (earliest..=latest).contains(&starts_on) {
        Ok(())
    } else {
        Err(Rejection::StartOutOfRange { earliest, latest })
    }
}

fn purchase_in_range(
    purchased_on: NaiveDate,
    at: Moment,
    policy: &LicensingPolicy,
) -> Result<(), Rejection> {
    let latest = at.with_timezone(&policy.time_zone).date_naive();
    let days = TimeDelta::days(policy.evidence_days.into());
    let earliest = latest.checked_sub_signed(days).unwrap_or(NaiveDate::MIN);
    if (earliest..=latest).contains(&purchased_on) {
        Ok(())
    } else {
        Err(Rejection::PurchaseOutOfRange { earliest, latest })
    }
}

/// When a rental begins: with its first day in the vendor's time zone.
pub(super) fn rental_begins_at(starts_on: NaiveDate, policy: &LicensingPolicy) -> Moment {
    local::moment_of(starts_on.and_time(chrono::NaiveTime::MIN), policy.time_zone)
}

/// When a rental ends: with the same day of a later month, or that month's last day.
pub(super) fn rental_ends_at(
    starts_on: NaiveDate,
    months: u16,
    policy: &LicensingPolicy,
) -> Moment {
    match starts_on.checked_add_months(chrono::Months::new(months.into())) {
        Some(ends_on) => rental_begins_at(ends_on, policy),
        None => Moment::MAX_UTC,
    }
}
