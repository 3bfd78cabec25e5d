//! Taking, approving, declining and withdrawing (F8, R1, R2).

use super::submitting::{rental_begins_at, rental_ends_at};
use super::{Decision, licence_id, personal, still_open, submitted};
use crate::catalogue::{ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::kernel::Personal;
use crate::licensing::application::ApplicationId;
use crate::licensing::application::command::{Approve, Circumstances, Decline, Override, Withdraw};
use crate::licensing::application::events::{
    ApplicationEvent, ApprovalBasis, LicenceToGrant, Request,
};
use crate::licensing::application::rejection::Rejection;
use crate::licensing::application::state::{Application, Status, Submitted};
use crate::licensing::trading_account::events::GrantBasis;
use crate::licensing::trading_account::state::AdvisorGrant;
use crate::licensing::{LicenceId, LicenceKind};
use crate::staff::{StaffMemberId, Worker};

/// Takes an application. Only a manager takes over what somebody else has taken.
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

/// Whether this member of staff may decide the application now: the one who has taken it, or a
/// manager.
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

/// Refuses everybody but managers.
pub(super) fn manager_only(by: &Worker) -> Result<(), Rejection> {
    if by.leads() { Ok(()) } else { Err(Rejection::ManagerNeeded) }
}

/// Whether a manager may approve it against any decision: unless it is approved or withdrawn.
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
/// `BadReason` or `ApplicationNotFound`.
pub fn decision_reason(
    application: &Application,
    reason: &str,
    policy: &TicketPolicy,
) -> Result<Personal<String>, Rejection> {
    let customer_id = submitted(application)?.customer_id;
    personal(customer_id, reason, policy.reason_characters, Rejection::BadReason)
}

/// The id of the licence to which an application leads for one of its products.
pub fn licence_of(application_id: ApplicationId, product_id: ProductId) -> LicenceId {
    licence_id(application_id, &product_id.to_string())
}

/// A licence without end that a customer has or had for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The licence.
    pub licence_id: LicenceId,
    /// Whether it is valid.
    pub is_valid: bool,
}

/// The licence to which a purchase leads: the one that is valid, or else the next one. The id of the
/// next is always the same, so that two purchases approved at the same time lead to one licence and
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
    approve: &Approve,
    circumstances: &Circumstances,
) -> Decision {
    let Approve { by, application_id, bought } = approve;
    may_decide(application, by)?;
    let licence = licence(submitted(application)?, *application_id, *bought, circumstances)?;
    Ok(approved(by.staff_member_id, ApprovalBasis::Staff, vec![licence]))
}

pub(super) fn override_it(
    application: &Application,
    override_it: &Override,
    circumstances: &Circumstances,
) -> Decision {
    let Override { by, reason, application_id, bought } = override_it;
    let reason = decision_reason(application, reason, &circumstances.ticket_policy)?;
    may_override(application, by)?;
    let licence = licence(submitted(application)?, *application_id, *bought, circumstances)?;
    Ok(approved(by.staff_member_id, ApprovalBasis::Override { reason }, vec![licence]))
}

/// Follows what the trading account has decided. A grant that was followed before gives no event. If
/// the application can no longer be approved, it is refused, so that the account releases the grant.
pub(super) fn follow_grant(application: &Application, grant: AdvisorGrant) -> Decision {
    submitted(application)?;
    let is_override = matches!(grant.basis, GrantBasis::Override { .. });
    match application.status {
        Status::Approved => return Ok(Vec::new()),
        Status::Withdrawn => return Err(Rejection::ApplicationWithdrawn),
        Status::Declined if !is_override => return Err(Rejection::ApplicationDeclined),
        Status::New | Status::Taken | Status::Declined => {}
    }
    let licences = grant.advisors.iter().map(|advisor| LicenceToGrant {
        licence_id: licence_of(grant.application_id, advisor.product_id),
        product_id: advisor.product_id,
        kind: LicenceKind::Affiliate,
        valid_from: grant.granted_at,
        valid_until: None,
    });
    let licences = licences.collect();
    Ok(approved(grant.staff_member_id, ApprovalBasis::Rule(grant.basis), licences))
}

/// The licence that a rental or a purchase leads to; for a purchase it is the one that
/// [`bought_licence`] names.
fn licence(
    submitted: &Submitted,
    application_id: ApplicationId,
    bought: Option<LicenceId>,
    circumstances: &Circumstances,
) -> Result<LicenceToGrant, Rejection> {
    let (product_id, kind, valid_from, valid_until) = match &submitted.request {
        Request::RentalDownload { product_id, starts_on, months } => {
            let from = rental_begins_at(*starts_on, &circumstances.policy);
            let until = rental_ends_at(*starts_on, *months, &circumstances.policy);
            if until <= circumstances.at {
                return Err(Rejection::TermOver);
            }
            (*product_id, LicenceKind::Rental, from, Some(until))
        }
        Request::LicenceUpdate { product_id, .. } => {
            (*product_id, LicenceKind::Unlimited, circumstances.at, None)
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
    decline: &Decline,
    circumstances: &Circumstances,
) -> Decision {
    let Decline { by, reason } = decline;
    may_decide(application, by)?;
    let staff_member_id = by.staff_member_id;
    let reason = decision_reason(application, reason, &circumstances.ticket_policy)?;
    Ok(vec![ApplicationEvent::Declined { staff_member_id, reason }])
}

pub(super) fn withdraw(
    application: &Application,
    withdraw: &Withdraw,
    circumstances: &Circumstances,
) -> Decision {
    let customer_id = withdraw.customer_id;
    if submitted(application)?.customer_id != customer_id {
        return Err(Rejection::ApplicationNotFound);
    }
    still_open(application)?;
    let max = circumstances.ticket_policy.reason_characters;
    let reason = withdraw
        .reason
        .as_deref()
        .map(|reason| personal(customer_id, reason, max, Rejection::BadReason))
        .transpose()?;
    Ok(vec![ApplicationEvent::Withdrawn { reason }])
}
