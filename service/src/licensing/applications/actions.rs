//! Which actions somebody may take on an application now. Nothing here repeats a rule: each action is
//! a command with sound content, which is decided as the mutation would decide it, and not recorded.

use servicedesk_domain::catalogue::CategoryId;
use servicedesk_domain::licensing::application::command::{
    Approve, Decline, Override, Remeasure, RequestTicket, Withdraw,
};
use servicedesk_domain::licensing::application::{
    Circumstances, Command, Rejection, Request, decide,
};
use servicedesk_domain::licensing::{Application, ApplicationId, TradingAccount, trading_account};
use servicedesk_domain::staff::Worker;
use servicedesk_domain::ticket::TicketId;
use strum::IntoEnumIterator;

use super::deciding::{Approval, against_rule, grant, of_account};
use super::facts;
use crate::access::{Caller, policy};
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// The shortest text that says something: every policy allows it.
const SOUND_TEXT: &str = ".";

/// An action on an application. Each is a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Take it, to decide it.
    Take,
    /// Approve it.
    Approve,
    /// Decline it.
    Decline,
    /// Approve it against the rule or another decision.
    Override,
    /// Withdraw it.
    Withdraw,
    /// Open a ticket to talk about it in.
    OpenTicket,
    /// Measure it again.
    Remeasure,
}

/// How many actions there are at most.
pub const MAX_ACTIONS: usize = 7;

/// What is to be said of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possibility {
    /// The action.
    pub action: Action,
    /// The refusal that it would get now. None: it would be done.
    pub refusal: Option<Rejection>,
}

/// What the caller may do with an application now, and what not and why. An action that callers of
/// this kind never take is not in the list.
///
/// # Errors
/// `Internal` if what decides it cannot be read.
pub async fn possible(
    desk: &Desk,
    caller: &Caller,
    application_id: ApplicationId,
) -> Result<Vec<Possibility>, ApiError> {
    if policy::may_write(caller).is_err() {
        return Ok(Vec::new());
    }
    let circumstances = facts::circumstances(desk, desk.now()).await?;
    let loaded = desk.log.load_recent::<Application>(application_id.uuid()).await;
    let (application, _) = loaded.map_err(ApiError::from)?;
    let probe = Probe { desk, caller, application_id, application, circumstances };
    let mut possible = Vec::new();
    for action in Action::iter() {
        match probe.outcome(action).await {
            Ok(()) => possible.push(Possibility { action, refusal: None }),
            Err(Failure::Rejected(refusal)) => {
                possible.push(Possibility { action, refusal: Some(refusal) });
            }
            Err(Failure::Request(ApiError::Forbidden(_))) => {}
            Err(Failure::Request(error)) => return Err(error),
        }
    }
    Ok(possible)
}

/// An application that is asked about.
struct Probe<'a> {
    desk: &'a Desk,
    caller: &'a Caller,
    application_id: ApplicationId,
    application: Application,
    circumstances: Circumstances,
}

impl Probe<'_> {
    /// What would become of the action. Who may take it at all is asked of the policy, as the use
    /// case asks.
    async fn outcome(&self, action: Action) -> Result<(), Failure<Rejection>> {
        let (caller, reason) = (self.caller, SOUND_TEXT.to_owned());
        match action {
            Action::Take => {
                self.decide(Command::Take { by: policy::acting_licenser(caller)?.clone() })
            }
            Action::Approve => {
                self.approve(policy::acting_licenser(caller)?, Approval::InOrder).await
            }
            Action::Decline => {
                let by = policy::acting_licenser(caller)?.clone();
                self.decide(Command::Decline(Decline { by, reason }))
            }
            Action::Override => {
                self.approve(policy::acting_manager(caller)?, Approval::Override { reason }).await
            }
            Action::Withdraw => {
                let customer_id = policy::calling_customer(caller)?;
                self.decide(Command::Withdraw(Withdraw { customer_id, reason: None }))
            }
            Action::OpenTicket => self.decide(Command::RequestTicket(RequestTicket {
                by: policy::applications_party(caller)?,
                ticket_id: TicketId::default(),
                category_id: Ok(CategoryId::default()),
                subject: SOUND_TEXT.to_owned(),
                text: SOUND_TEXT.to_owned(),
            })),
            Action::Remeasure => {
                let by = policy::acting_manager(caller)?.clone();
                self.decide(Command::Remeasure(Remeasure { by, reason, history: Vec::new() }))
            }
        }
    }

    fn decide(&self, command: Command) -> Result<(), Failure<Rejection>> {
        let decided = decide::decide(&self.application, command, &self.circumstances);
        decided.map(|_| ()).map_err(Failure::Rejected)
    }

    /// For free advisors the trading account has a say. To which licence a purchase leads changes
    /// nothing of whether it may.
    async fn approve(&self, by: &Worker, approval: Approval) -> Result<(), Failure<Rejection>> {
        let (application_id, bought) = (self.application_id, None);
        let submitted = self.application.submitted.as_ref();
        let submitted = submitted.ok_or(Failure::Rejected(Rejection::ApplicationNotFound))?;
        let Request::FreeAdvisor(wish) = &submitted.request else {
            let by = by.clone();
            return self.decide(match approval {
                Approval::InOrder => Command::Approve(Approve { by, application_id, bought }),
                Approval::Override { reason } => {
                    Command::Override(Override { by, reason, application_id, bought })
                }
            });
        };
        let against_rule = against_rule(self.desk, &self.application, by, approval).await?;
        let application = (application_id, submitted, wish);
        let command =
            grant(self.desk, self.circumstances.at, application, by, against_rule).await?;
        let account_id = wish.account_id.uuid();
        let loaded = self.desk.log.load_recent::<TradingAccount>(account_id).await;
        let (account, _) = loaded.map_err(ApiError::from)?;
        let granted = trading_account::decide::decide(&account, command);
        granted.map(|_| ()).map_err(|rejection| Failure::Rejected(of_account(rejection)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_actions_as_a_list_of_them_may_cost() {
        assert_eq!(Action::iter().count(), MAX_ACTIONS);
    }
}
