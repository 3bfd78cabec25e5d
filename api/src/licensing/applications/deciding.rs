//! Approving applications (F3 to F5, F8, R1, R2).
//!
//! What a trading account has a say in is decided in two steps. The account grants first, because
//! it alone knows what the rule allows once; then the application follows. The grant names the
//! application and is there once, so whatever happens between the two, the application is approved
//! by what follows from the grant; or, where the customer has taken it back by then, the grant is
//! released again.

use serde::Serialize;
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_domain::licensing::application::decide::{
    Bought, bought_licence, decision_reason, may_decide, may_override,
};
use servicedesk_domain::licensing::application::events::FreeAdvisorRequest;
use servicedesk_domain::licensing::application::state::Submitted;
use servicedesk_domain::licensing::application::{Command, Rejection, Request};
use servicedesk_domain::licensing::trading_account::decide::Grant;
use servicedesk_domain::licensing::trading_account::state::Granted;
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

use super::use_cases::{Done, measured};
use super::{evidence, facts};
use crate::auth::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::ApiError;

/// How an application is approved.
#[derive(Debug, Clone)]
pub enum Approval {
    /// Because it is in order.
    InOrder,
    /// Because a manager decides so (F8).
    Override {
        /// Why.
        reason: String,
    },
}

/// Approves an application.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn approve(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    (application_id, approval): (ApplicationId, Approval),
) -> Done {
    let by = match approval {
        Approval::InOrder => policy::acting_licenser(request.caller)?.clone(),
        Approval::Override { .. } => policy::acting_manager(request.caller)?.clone(),
    };
    let at = desk.now();
    let context = desk::context(request, name, content, at)?;
    let application = facts::application(desk, application_id).await?;
    let Some(submitted) = application.submitted.clone() else {
        return refuse(desk, application_id, Rejection::ApplicationNotFound, context).await;
    };
    let case = Case { desk, application_id, application, by, at };
    match &submitted.request {
        Request::FreeAdvisor(wish) => {
            case.through_account(&submitted, wish, approval, context).await
        }
        _ => case.directly(&submitted, approval, context).await,
    }
}

/// A refusal goes through the log, so that a repeat gets the first answer; where the command was
/// carried out when it came first, that is the answer.
async fn refuse(
    desk: &Desk,
    application_id: ApplicationId,
    rejection: Rejection,
    context: CommandContext,
) -> Done {
    Ok(desk.log.refuse::<Application>(application_id.uuid(), rejection, context).await?)
}

/// What is decided, by whom and when.
struct Case<'a> {
    desk: &'a Desk,
    application_id: ApplicationId,
    application: Application,
    by: Worker,
    at: Moment,
}

impl Case<'_> {
    /// A rental or a purchase: nobody else has a say.
    async fn directly(
        self,
        submitted: &Submitted,
        approval: Approval,
        context: CommandContext,
    ) -> Done {
        let Self { desk, application_id, by, at, .. } = self;
        let catalogue = desk.catalogue().await?;
        let policy = catalogue.licensing_policy.clone();
        let bought = licence_of_purchase(desk, submitted, at).await?;
        let command = match approval {
            Approval::InOrder => Command::Approve { by, application_id, bought, at, policy },
            Approval::Override { reason } => {
                let most_characters = catalogue.ticket_policy.reason_characters;
                Command::Override {
                    by,
                    reason,
                    most_characters,
                    application_id,
                    bought,
                    at,
                    policy,
                }
            }
        };
        let command = measured(desk, command, at).await?;
        Ok(desk.log.execute::<Application>(application_id.uuid(), command, context).await?)
    }

    /// Free advisors: the account grants, and the application follows.
    async fn through_account(
        self,
        submitted: &Submitted,
        wish: &FreeAdvisorRequest,
        approval: Approval,
        context: CommandContext,
    ) -> Done {
        let desk = self.desk;
        let account_id = wish.account_id.uuid();
        if !was_granted_before(desk, &context).await? {
            let against_rule = match self.against_rule(approval).await? {
                Ok(against_rule) => against_rule,
                Err(rejection) => {
                    return refuse(desk, self.application_id, rejection, context).await;
                }
            };
            evidence::wait_for_statement(desk, wish).await?;
            let grant = self.grant(submitted, wish, against_rule).await?;
            let command = trading_account::Command::Grant(grant);
            let done = desk.log.execute::<TradingAccount>(account_id, command, inner(&context));
            match done.await {
                Ok(_) => {}
                Err(ExecuteError::Rejected(rejection)) => {
                    let rejection = match rejection {
                        trading_account::Rejection::GrantReleased => {
                            Rejection::ApplicationWithdrawn
                        }
                        rejection => Rejection::Account(rejection),
                    };
                    return refuse(desk, self.application_id, rejection, context).await;
                }
                Err(error) => return Err(ApiError::internal(&error).into()),
            }
        }
        let account = facts::account(desk, wish.account_id).await?;
        let Some(granted) = account.granted_by(self.application_id) else {
            // It was withdrawn in the meantime, and the grant released.
            let withdrawn = Rejection::ApplicationWithdrawn;
            return refuse(desk, self.application_id, withdrawn, context).await;
        };
        let command = measured(desk, following(granted), self.at).await?;
        let id = self.application_id.uuid();
        let executed = desk.log.execute::<Application>(id, command, context).await?;
        // What follows from the grant may have approved it a moment before: the answer is the same.
        let position = approved_at(desk, self.application_id).await?.unwrap_or(executed.position);
        Ok(Executed { position, ..executed })
    }

    /// Whether it may be approved at all, and why against the rule, where a manager does so.
    async fn against_rule(
        &self,
        approval: Approval,
    ) -> Result<Result<Option<Personal<String>>, Rejection>, ApiError> {
        Ok(match approval {
            Approval::InOrder => may_decide(&self.application, &self.by).map(|()| None),
            Approval::Override { reason } => {
                let most = self.desk.catalogue().await?.ticket_policy.reason_characters;
                may_override(&self.application, &self.by)
                    .and_then(|()| decision_reason(&self.application, &reason, most))
                    .map(Some)
            }
        })
    }

    async fn grant(
        &self,
        submitted: &Submitted,
        wish: &FreeAdvisorRequest,
        against_rule: Option<Personal<String>>,
    ) -> Result<Grant, ApiError> {
        let catalogue = self.desk.catalogue().await?;
        let advisors = wish.product_ids.iter().map(|id| facts::advisor(&catalogue, *id));
        Ok(Grant {
            application_id: self.application_id,
            customer_id: submitted.customer_id,
            advisors: advisors.collect(),
            staff_member_id: self.by.staff_member_id,
            against_rule,
            at: self.at,
            policy: catalogue.licensing_policy.clone(),
        })
    }
}

/// Where the approval of an application stands in the log.
async fn approved_at(desk: &Desk, id: ApplicationId) -> Result<Option<Position>, ApiError> {
    let events = desk.log.read_aggregate("application", id.uuid(), 0, i64::MAX).await?;
    let is_approval = |recorded: &&Recorded| {
        matches!(recorded.event, Event::Application(ApplicationEvent::Approved { .. }))
    };
    Ok(events.iter().find(is_approval).map(|recorded| recorded.position))
}

/// How an application follows what its account has granted.
pub fn following(granted: &Granted) -> Command {
    Command::FollowGrant {
        application_id: granted.application_id,
        advisors: granted.advisors.clone(),
        basis: granted.basis.clone(),
        staff_member_id: granted.staff_member_id,
        granted_at: granted.granted_at,
    }
}

/// Whether the account had granted it when this command came before.
async fn was_granted_before(desk: &Desk, context: &CommandContext) -> Result<bool, ApiError> {
    if context.command_id.origin == Origin::Fresh {
        return Ok(false);
    }
    let id = inner(context).command_id.id;
    let outcome = reader::outcomes(desk.log.db(), &[id]).await?.remove(&id);
    Ok(outcome.is_some_and(|outcome| outcome.refusal.is_none()))
}

/// The context of the account's grant, which is a part of approving.
fn inner(context: &CommandContext) -> CommandContext {
    let id = Uuid::new_v5(&context.command_id.id, b"grant");
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, ..*context }
}

/// The licence to which a purchase leads; none for what is no purchase.
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
    let rows = licences::page(desk.log.db(), of_customer, Side::After(None), i64::MAX).await?;
    let is_like = |row: &&licences::Licences| {
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
