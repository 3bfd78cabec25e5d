//! Approving and declining applications (F3 to F5, F8, R1, R2).
//!
//! An application that a trading account has a say in is decided in two steps. The account grants
//! first, because it alone knows what the rule allows once; then the application follows. The grant
//! names the application and exists once, so whatever happens between the two, the reaction to the
//! grant approves the application; or, if the customer has withdrawn it by then, releases the grant.

use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::licensing::application::command::{Approve, Decline, Override};
use servicedesk_domain::licensing::application::decide::{
    Bought, bought_licence, decision_reason, may_decide, may_override,
};
use servicedesk_domain::licensing::application::events::FreeAdvisorRequest;
use servicedesk_domain::licensing::application::state::Submitted;
use servicedesk_domain::licensing::application::{Command, Rejection, Request};
use servicedesk_domain::licensing::trading_account::decide::GrantAdvisors;
use servicedesk_domain::licensing::trading_account::state::AdvisorGrant;
use servicedesk_domain::licensing::trading_account::{self, TradingAccount};
use servicedesk_domain::licensing::{
    Application, ApplicationEvent, ApplicationId, Licence, LicenceId, LicenceKind,
};
use servicedesk_domain::staff::Worker;
use servicedesk_eventlog::{
    CommandContext, CommandId, ExecuteError, Executed, Origin, Position, Recorded, reader,
};
use servicedesk_projections::licensing::licences;
use servicedesk_projections::paging::Side;
use uuid::Uuid;

use super::{Done, evidence, facts, on_application};
use crate::access::policy;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// Approves an application that the caller has taken.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn approve_application(acting: Acting<'_>, application_id: ApplicationId) -> Done {
    let by = policy::acting_licenser(acting.caller)?.clone();
    decide(acting, application_id, by, Approval::InOrder).await
}

/// Approves an application against the rule or another decision, as a manager (F8).
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn override_decision(
    acting: Acting<'_>,
    application_id: ApplicationId,
    reason: String,
) -> Done {
    let by = policy::acting_manager(acting.caller)?.clone();
    decide(acting, application_id, by, Approval::Override { reason }).await
}

/// Declines an application that the caller has taken.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn decline_application(
    acting: Acting<'_>,
    application_id: ApplicationId,
    reason: String,
) -> Done {
    let by = policy::acting_licenser(acting.caller)?.clone();
    on_application(acting, application_id, Ok(Command::Decline(Decline { by, reason }))).await
}

/// The reason for which an application is approved.
pub(super) enum Approval {
    /// It is in order.
    InOrder,
    /// A manager decides so (F8).
    Override { reason: String },
}

async fn decide(
    acting: Acting<'_>,
    application_id: ApplicationId,
    by: Worker,
    approval: Approval,
) -> Done {
    let application = facts::application(acting.desk, application_id).await?;
    let Some(submitted) = application.submitted.clone() else {
        let unknown = Err(Failure::Rejected(Rejection::ApplicationNotFound));
        return on_application(acting, application_id, unknown).await;
    };
    let case = Case { acting, application_id, application, by };
    match &submitted.request {
        Request::FreeAdvisor(wish) => case.through_account(&submitted, wish, approval).await,
        _ => case.directly(&submitted, approval).await,
    }
}

/// An application that is being approved, and by whom.
struct Case<'a> {
    acting: Acting<'a>,
    application_id: ApplicationId,
    application: Application,
    by: Worker,
}

impl Case<'_> {
    /// A rental or a purchase: no account has a say.
    async fn directly(self, submitted: &Submitted, approval: Approval) -> Done {
        let Self { acting, application_id, by, .. } = self;
        let bought = licence_of_purchase(acting.desk, submitted, acting.now()).await?;
        let command = match approval {
            Approval::InOrder => Command::Approve(Approve { by, application_id, bought }),
            Approval::Override { reason } => {
                Command::Override(Override { by, reason, application_id, bought })
            }
        };
        on_application(acting, application_id, Ok(command)).await
    }

    /// Free advisors: the account grants, and the application follows.
    async fn through_account(
        self,
        submitted: &Submitted,
        wish: &FreeAdvisorRequest,
        approval: Approval,
    ) -> Done {
        // A key that is used for another request is refused before anything is granted.
        let case = Self { acting: self.acting.claimed().await?, ..self };
        let (acting, application_id) = (case.acting, case.application_id);
        acting.answered_before::<Application>().await?;
        let grant = case.granted(submitted, wish, approval).await;
        let executed =
            on_application(acting, application_id, grant.map(Command::FollowGrant)).await?;
        // The reaction to the grant may have approved it a moment before: the answer is the same.
        let position = approved_at(acting.desk, application_id).await?;
        Ok(Executed { position: position.unwrap_or(executed.position), ..executed })
    }

    /// What the account grants, now or when this command came before.
    async fn granted(
        &self,
        submitted: &Submitted,
        wish: &FreeAdvisorRequest,
        approval: Approval,
    ) -> Result<AdvisorGrant, Failure<Rejection>> {
        let (desk, context) = (self.acting.desk, grant_context(self.acting));
        if !was_granted_before(desk, context.command_id).await? {
            let against_rule = against_rule(desk, &self.application, &self.by, approval).await?;
            evidence::wait_for_statement(desk, wish).await?;
            let application = (self.application_id, submitted, wish);
            let command =
                grant(desk, self.acting.now(), application, &self.by, against_rule).await?;
            let account_id = wish.account_id.uuid();
            let done = desk.log.execute::<TradingAccount>(account_id, command, context).await;
            done.map_err(refused_by_account)?;
        }
        let account = facts::account(desk, wish.account_id).await?;
        // If nothing is granted now, it was withdrawn in the meantime, and the grant released.
        let withdrawn = Failure::Rejected(Rejection::ApplicationWithdrawn);
        account.granted_by(self.application_id).cloned().ok_or(withdrawn)
    }
}

/// Checks whether an application may be approved at all, and gives the reason if a manager does so
/// against the rule.
pub(super) async fn against_rule(
    desk: &Desk,
    application: &Application,
    by: &Worker,
    approval: Approval,
) -> Result<Option<Personal<String>>, Failure<Rejection>> {
    match approval {
        Approval::InOrder => may_decide(application, by).map(|()| None),
        Approval::Override { reason } => {
            let policy = &desk.catalogue().await?.ticket_policy;
            may_override(application, by)
                .and_then(|()| decision_reason(application, &reason, policy))
                .map(Some)
        }
    }
    .map_err(Failure::Rejected)
}

/// What the account of an application for free advisors is asked to grant.
pub(super) async fn grant(
    desk: &Desk,
    at: Moment,
    application: (ApplicationId, &Submitted, &FreeAdvisorRequest),
    by: &Worker,
    against_rule: Option<Personal<String>>,
) -> Result<trading_account::Command, ApiError> {
    let (application_id, submitted, wish) = application;
    let catalogue = desk.catalogue().await?;
    let advisors = wish.product_ids.iter().map(|id| facts::advisor(&catalogue, *id));
    Ok(trading_account::Command::GrantAdvisors(GrantAdvisors {
        application_id,
        customer_id: submitted.customer_id,
        advisors: advisors.collect(),
        staff_member_id: by.staff_member_id,
        against_rule,
        at,
        policy: catalogue.licensing_policy.clone(),
    }))
}

fn refused_by_account(error: ExecuteError<trading_account::Rejection>) -> Failure<Rejection> {
    match error {
        ExecuteError::Rejected(rejection) => Failure::Rejected(of_account(rejection)),
        error => Failure::Request(error.into()),
    }
}

/// What the account refuses, the application refuses.
pub(super) const fn of_account(rejection: trading_account::Rejection) -> Rejection {
    match rejection {
        trading_account::Rejection::GrantReleased => Rejection::ApplicationWithdrawn,
        rejection => Rejection::Account(rejection),
    }
}

/// The log position of the approval of an application.
async fn approved_at(desk: &Desk, id: ApplicationId) -> Result<Option<Position>, ApiError> {
    let events = desk.log.read_aggregate("application", id.uuid(), 0, i64::MAX).await?;
    let is_approval = |recorded: &&Recorded| {
        matches!(recorded.event, Event::Application(ApplicationEvent::Approved { .. }))
    };
    Ok(events.iter().find(is_approval).map(|recorded| recorded.position))
}

/// Whether the account granted it when this command came before.
async fn was_granted_before(desk: &Desk, command_id: CommandId) -> Result<bool, ApiError> {
    if command_id.origin == Origin::Fresh {
        return Ok(false);
    }
    let outcome = reader::outcomes(desk.log.db(), &[command_id.id]).await?.remove(&command_id.id);
    Ok(outcome.is_some_and(|outcome| outcome.refusal.is_none()))
}

/// The context of the account's grant, which is a part of approving.
fn grant_context(acting: Acting<'_>) -> CommandContext {
    let context = acting.context();
    let id = Uuid::new_v5(&context.command_id.id, b"grant");
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, ..context }
}

/// The licence to which a purchase leads. None if the application is not about one.
async fn licence_of_purchase(
    desk: &Desk,
    submitted: &Submitted,
    at: Moment,
) -> Result<Option<LicenceId>, ApiError> {
    let Request::LicenceUpdate { product_id, .. } = &submitted.request else { return Ok(None) };
    let customer_id = submitted.customer_id;
    desk.consistent_with(desk.log.head()).await?;
    let of_customer =
        licences::Which { customer_id: Some(customer_id), now: at, ..licences::Which::default() };
    let rows = licences::page(desk.log.db(), &of_customer, Side::After(None), i64::MAX).await?;
    let is_like = |row: &&licences::LicenceRow| {
        row.product_id == *product_id && row.kind == LicenceKind::Unlimited
    };
    let mut bought: Vec<Bought> = rows
        .iter()
        .filter(is_like)
        .map(|row| Bought { licence_id: row.licence_id, is_valid: row.is_valid_at(at) })
        .collect();
    // The log is asked whether it may be used: the read model may not have heard of what another
    // process has just recorded.
    loop {
        let licence_id = bought_licence(customer_id, *product_id, &bought);
        let found = desk.log.load::<Licence>(licence_id.uuid()).await;
        let (licence, _) = found.map_err(ApiError::from)?;
        if !licence.is_over(at) {
            return Ok(Some(licence_id));
        }
        match bought.iter_mut().find(|one| one.licence_id == licence_id) {
            Some(known) => known.is_valid = false,
            None => bought.push(Bought { licence_id, is_valid: false }),
        }
    }
}
