//! Taking, approving, declining and withdrawing (F8, R1, R2).

use super::submitting::{rental_begins_at, rental_ends_at};
use super::{Decision, licence_id, personal, still_open, submitted};
use crate::catalogue::{LicensingPolicy, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::licensing::application::ApplicationId;
use crate::licensing::application::events::{
    ApplicationEvent, ApprovalBasis, LicenceToGrant, Request,
};
use crate::licensing::application::rejection::Rejection;
use crate::licensing::application::state::{Application, Status, Submitted};
use crate::licensing::trading_account::events::{Advisor, GrantBasis};
use crate::licensing::{LicenceId, LicenceKind};
use crate::staff::{StaffMemberId, Worker};

/// What a trading account has granted.
pub(super) struct Granted {
    pub(super) advisors: Vec<Advisor>,
    pub(super) basis: GrantBasis,
    pub(super) staff_member_id: StaffMemberId,
    pub(super) at: Moment,
}

/// Takes an application. What another has taken only a manager takes over.
pub(super) fn take(application: &Application, by: &Worker) -> Decision {
    submitted(application)?;
    still_open(application)?;
    let staff_member_id = by.staff_member_id;
    match application.taken_by {
        Some(taken_by) if taken_by == staff_member_id => Err(Rejection::AlreadyTaken),
        Some(_) if !by.leads() => Err(Rejection::TakenByAnother),
        _ => Ok(vec![ApplicationEvent::Taken { staff_member_id }]),
    }
}

/// Whether this member of staff may decide the application now: who has taken it, or a manager.
///
/// # Errors
/// The [`Rejection`] that deciding would get.
pub fn may_decide(application: &Application, by: &Worker) -> Result<(), Rejection> {
    submitted(application)?;
    still_open(application)?;
    match application.taken_by {
        None => Err(Rejection::ApplicationNotTaken),
        Some(taken_by) if taken_by != by.staff_member_id && !by.leads() => {
            Err(Rejection::TakenByAnother)
        }
        Some(_) => Ok(()),
    }
}

/// What only managers do is refused to everybody else.
pub(super) fn manager_only(by: &Worker) -> Result<(), Rejection> {
    if by.leads() { Ok(()) } else { Err(Rejection::ManagerNeeded) }
}

/// Whether a manager may approve it whatever was decided: unless it is approved, or the customer
/// has taken it back.
///
/// # Errors
/// The [`Rejection`] that overriding would get.
pub fn may_override(application: &Application, by: &Worker) -> Result<(), Rejection> {
    submitted(application)?;
    manager_only(by)?;
    match application.status {
        Status::Approved => Err(Rejection::ApplicationApproved),
        Status::Withdrawn => Err(Rejection::ApplicationWithdrawn),
        Status::New | Status::Taken | Status::Declined => Ok(()),
    }
}

/// The reason of a decision, as it is stored.
///
/// # Errors
/// `BadReason`, or `ApplicationNotFound`.
pub fn decision_reason(
    application: &Application,
    reason: &str,
    most_characters: usize,
) -> Result<Personal<String>, Rejection> {
    let customer_id = submitted(application)?.customer_id;
    personal(customer_id, reason, most_characters, Rejection::BadReason)
}

/// The id of the licence to which an application leads for one of its products.
pub fn licence_of(application_id: ApplicationId, product_id: ProductId) -> LicenceId {
    licence_id(application_id, &product_id.to_string())
}

/// A licence without end that a customer has or had for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// Which.
    pub licence_id: LicenceId,
    /// Whether it is valid.
    pub is_valid: bool,
}

/// The licence to which a purchase leads: the one that is valid, or else the next one. The next has
/// the same id whoever asks, so that two purchases that are approved at once come to one licence and
/// one package (B1, R2).
pub fn bought_licence(
    customer_id: CustomerId,
    product_id: ProductId,
    bought: &[Bought],
) -> LicenceId {
    let valid = bought.iter().find(|one| one.is_valid).map(|one| one.licence_id);
    let next = || {
        LicenceId::named(&format!("customer/{customer_id}/bought/{product_id}/{}", bought.len()))
    };
    valid.unwrap_or_else(next)
}

pub(super) fn approve(
    application: &Application,
    by: &Worker,
    ids: (ApplicationId, Option<LicenceId>),
    at: Moment,
    policy: &LicensingPolicy,
) -> Decision {
    may_decide(application, by)?;
    let licence = licence(submitted(application)?, ids, at, policy)?;
    Ok(approved(by.staff_member_id, ApprovalBasis::Staff, vec![licence]))
}

pub(super) fn override_it(
    application: &Application,
    by: &Worker,
    reason: Personal<String>,
    ids: (ApplicationId, Option<LicenceId>),
    at: Moment,
    policy: &LicensingPolicy,
) -> Decision {
    may_override(application, by)?;
    let licence = licence(submitted(application)?, ids, at, policy)?;
    Ok(approved(by.staff_member_id, ApprovalBasis::Override { reason }, vec![licence]))
}

/// Follows what the trading account has decided. What was followed before gives no event; one that
/// is there to be approved no more is refused, so that the account takes the grant back.
pub(super) fn follow_grant(
    application: &Application,
    application_id: ApplicationId,
    granted: Granted,
) -> Decision {
    submitted(application)?;
    let is_override = matches!(granted.basis, GrantBasis::Override { .. });
    match application.status {
        Status::Approved => return Ok(Vec::new()),
        Status::Withdrawn => return Err(Rejection::ApplicationWithdrawn),
        Status::Declined if !is_override => return Err(Rejection::ApplicationDeclined),
        Status::New | Status::Taken | Status::Declined => {}
    }
    let licences = granted.advisors.iter().map(|advisor| LicenceToGrant {
        licence_id: licence_of(application_id, advisor.product_id),
        product_id: advisor.product_id,
        kind: LicenceKind::Affiliate,
        valid_from: granted.at,
        valid_until: None,
    });
    let licences = licences.collect();
    Ok(approved(granted.staff_member_id, ApprovalBasis::Rule(granted.basis), licences))
}

/// The licence that a rental or a purchase comes to; that of a purchase is said by
/// [`bought_licence`].
fn licence(
    submitted: &Submitted,
    (application_id, bought): (ApplicationId, Option<LicenceId>),
    at: Moment,
    policy: &LicensingPolicy,
) -> Result<LicenceToGrant, Rejection> {
    let (product_id, kind, valid_from, valid_until) = match &submitted.request {
        Request::RentalDownload { product_id, starts_on, months } => {
            let from = rental_begins_at(*starts_on, policy);
            let until = rental_ends_at(*starts_on, *months, policy);
            if until <= at {
                return Err(Rejection::TermOver);
            }
            (*product_id, LicenceKind::Rental, from, Some(until))
        }
        Request::LicenceUpdate { product_id, .. } => {
            (*product_id, LicenceKind::Unlimited, at, None)
        }
        Request::FreeAdvisor(_) => return Err(Rejection::GrantMissing),
    };
    let licence_id = bought.unwrap_or_else(|| licence_of(application_id, product_id));
    Ok(LicenceToGrant { licence_id, product_id, kind, valid_from, valid_until })
}

fn approved(
    staff_member_id: StaffMemberId,
    basis: ApprovalBasis,
    licences: Vec<LicenceToGrant>,
) -> Vec<ApplicationEvent> {
    vec![ApplicationEvent::Approved { staff_member_id, basis, licences }]
}

pub(super) fn decline(
    application: &Application,
    by: &Worker,
    reason: &str,
    most_characters: usize,
) -> Decision {
    may_decide(application, by)?;
    let staff_member_id = by.staff_member_id;
    let reason = decision_reason(application, reason, most_characters)?;
    Ok(vec![ApplicationEvent::Declined { staff_member_id, reason }])
}

pub(super) fn withdraw(
    application: &Application,
    customer_id: CustomerId,
    reason: Option<&str>,
    most_characters: usize,
) -> Decision {
    let submitted = submitted(application)?;
    if submitted.customer_id != customer_id {
        return Err(Rejection::ApplicationNotFound);
    }
    still_open(application)?;
    let reason = reason
        .map(|reason| personal(customer_id, reason, most_characters, Rejection::BadReason))
        .transpose()?;
    Ok(vec![ApplicationEvent::Withdrawn { reason }])
}
