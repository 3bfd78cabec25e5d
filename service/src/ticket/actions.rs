//! Which actions somebody may take on a ticket now. Nothing here repeats a rule: each action is a
//! command with sound content, which is decided as the mutation would decide it, and not recorded.

use servicedesk_domain::billing::{InForce, Version};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{self, Role, StaffMember, StaffMemberId, Worker};
use servicedesk_domain::ticket::command::{
    AddNote, AddReply, AgreeToCharges, AllowCharges, AskForAgreement, AssessPriority, Assign,
    Circumstances, Cost, JoinCollaborator, LogTime, NewEntry, PromiseResolution, Remeasure, Reopen,
    Resolve, Transfer, Work,
};
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{Command, MessageId, Ticket, TicketId, TimeEntryId, decide};
use strum::IntoEnumIterator;

use super::timers;
use crate::access::{Caller, policy};
use crate::desk::Desk;
use crate::error::ApiError;

/// The shortest text that says something: every policy allows it.
const SOUND_TEXT: &str = ".";

/// An action on a ticket. Each is a mutation of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Take it.
    Accept,
    /// Make another agent responsible.
    Assign,
    /// Send it to another department.
    Transfer,
    /// Join it oneself.
    Join,
    /// Join a colleague who does not work on it.
    JoinCollaborator,
    /// Leave it after joining.
    Leave,
    /// Write to the other side.
    AddReply,
    /// Write to colleagues.
    AddNote,
    /// Log time that was worked until now.
    LogTime,
    /// Begin to take the time.
    StartTimer,
    /// Ask the customer to agree to charges.
    AskForAgreement,
    /// Agree to charges.
    AgreeToCharges,
    /// Let work be charged without the customer's agreement.
    AllowCharges,
    /// Judge how urgent it is.
    AssessPriority,
    /// Promise a date.
    PromiseResolution,
    /// Wait for the customer.
    AwaitCustomer,
    /// Go on without the customer's answer.
    Resume,
    /// Note that the customer's answer was looked at.
    AcknowledgeAnswer,
    /// Say that it is solved.
    Resolve,
    /// End it.
    Close,
    /// Bring it back.
    Reopen,
    /// Measure it again.
    Remeasure,
}

/// How many actions there are at most.
pub const MAX_ACTIONS: usize = 22;

/// What is to be said of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possibility {
    /// The action.
    pub action: Action,
    /// The refusal that it would get now. None: it would be done.
    pub refusal: Option<staff::Rejection>,
}

/// What the caller may do with a ticket now, and what not and why. An action that callers of this
/// kind never take, because it is for the other side or for managers, is not in the list. `version`
/// is of the terms of support in force.
///
/// # Errors
/// `Internal` if the ticket or the policy cannot be read.
pub async fn possible(
    desk: &Desk,
    caller: &Caller,
    ticket_id: TicketId,
    version: Version,
) -> Result<Vec<Possibility>, ApiError> {
    if policy::may_write(caller).is_err() {
        return Ok(Vec::new());
    }
    let now = desk.now();
    let loaded = desk.log.load_recent::<Ticket>(ticket_id.uuid()).await;
    let (ticket, _) = loaded.map_err(ApiError::from)?;
    let probe = Probe { caller, circumstances: desk.circumstances(now).await?, version };
    let mut possible = Vec::new();
    for action in Action::iter() {
        let refusal = match action {
            Action::StartTimer => match policy::acting_staff(caller) {
                Ok(by) => timer_refusal(desk, &ticket, ticket_id, by, now).await?,
                Err(_) => continue,
            },
            _ => match probe.command(action) {
                Ok(command) => decide::decide(&ticket, command, &probe.circumstances)
                    .err()
                    .map(staff::Rejection::Work),
                Err(_) => continue,
            },
        };
        possible.push(Possibility { action, refusal });
    }
    Ok(possible)
}

/// A timer is the agent's, so it is they who refuse it.
async fn timer_refusal(
    desk: &Desk,
    ticket: &Ticket,
    ticket_id: TicketId,
    by: &Worker,
    at: Moment,
) -> Result<Option<staff::Rejection>, ApiError> {
    let loaded = desk.log.load_recent::<StaffMember>(by.staff_member_id.uuid()).await;
    let (member, _) = loaded.map_err(ApiError::from)?;
    let command = timers::start(ticket, ticket_id, by, TimeEntryId::default(), at);
    Ok(staff::decide::decide(&member, command).err())
}

/// What sound commands are made of.
struct Probe<'a> {
    caller: &'a Caller,
    circumstances: Circumstances,
    version: Version,
}

impl Probe<'_> {
    /// A sound command. Who may give it at all is asked of the policy, as the use case asks.
    fn command(&self, action: Action) -> Result<Command, ApiError> {
        let (caller, version, at) = (self.caller, self.version, self.circumstances.at);
        let by = || policy::acting_staff(caller).cloned();
        let party = || policy::acting_party(caller);
        let (text, reason) = (SOUND_TEXT.to_owned(), SOUND_TEXT.to_owned());
        let message_id = MessageId::default();
        Ok(match action {
            Action::Accept => Command::Accept { by: by()? },
            Action::Assign => Assign { by: by()?, assignee: somebody_else(), reason: None }.into(),
            Action::Transfer => {
                let to_department_id = DepartmentId::default();
                Transfer { by: by()?, to_department_id, pick: None, reason: None }.into()
            }
            Action::Join => JoinCollaborator { by: by()?, collaborator: by()? }.into(),
            Action::JoinCollaborator => {
                JoinCollaborator { by: by()?, collaborator: somebody_else() }.into()
            }
            Action::Leave => Command::Leave { by: by()? },
            Action::AddReply => {
                AddReply { by: party()?, message_id, text, file_ids: Vec::new() }.into()
            }
            Action::AddNote => AddNote { by: by()?, message_id, text, file_ids: Vec::new() }.into(),
            // A timer has a rule of its own; who may start one may log time.
            Action::LogTime | Action::StartTimer => {
                LogTime { by: by()?, entry: self.entry(at) }.into()
            }
            Action::AskForAgreement => AskForAgreement { by: by()?, version }.into(),
            Action::AgreeToCharges => {
                let customer_id = policy::calling_customer(caller)?;
                AgreeToCharges { customer_id, shown_price: None, version }.into()
            }
            Action::AllowCharges => AllowCharges { by: by()?, reason }.into(),
            Action::AssessPriority => {
                AssessPriority { by: by()?, priority: Priority::default() }.into()
            }
            Action::PromiseResolution => {
                let promised_for = self.circumstances.policy.latest_promise(at);
                PromiseResolution { by: by()?, promised_for }.into()
            }
            Action::AwaitCustomer => Command::AwaitCustomer { by: by()? },
            Action::Resume => Command::Resume { by: by()? },
            Action::AcknowledgeAnswer => Command::AcknowledgeAnswer { by: by()? },
            Action::Resolve => {
                Resolve { by: by()?, outcome: Outcome::default(), summary: None }.into()
            }
            Action::Close => Command::Close { by: party()? },
            Action::Reopen => Reopen { by: party()?, reason: None }.into(),
            Action::Remeasure => {
                let by = policy::acting_manager(caller)?.clone();
                Remeasure { by, reason, history: Vec::new() }.into()
            }
        })
    }

    /// A minute that was just worked. As a courtesy it is refused by no price.
    fn entry(&self, at: Moment) -> NewEntry {
        let work = Work {
            minutes: 1,
            started_at: None,
            worked_at: at,
            note: None,
            courtesy: Some(SOUND_TEXT.to_owned()),
            overlap: None,
        };
        let terms = InForce::throughout(self.version);
        let cost = Cost { terms, free_minutes: 0 };
        NewEntry { entry_id: TimeEntryId::default(), work, cost, closed_at: None }
    }
}

/// An agent who does not work on the ticket.
fn somebody_else() -> Worker {
    let staff_member_id = StaffMemberId::default();
    Worker { staff_member_id, role: Role::Agent, department_ids: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_actions_as_a_list_of_them_may_cost() {
        assert_eq!(Action::iter().count(), MAX_ACTIONS);
    }
}
