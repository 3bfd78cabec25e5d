//! What every use case of tickets does: who acts, and a command on a ticket with its circumstances.

use servicedesk_domain::staff::{StaffMember, StaffMemberId, Worker};
use servicedesk_domain::ticket::command::Party;
use servicedesk_domain::ticket::{Circumstances, Command, Rejection, Ticket, TicketId};
use servicedesk_eventlog::Executed;
use servicedesk_eventlog::execute::NO_SEQUENCE;

use crate::access::{Identity, policy};
use crate::acting::Acting;
use crate::error::{ApiError, Failure};

/// How often a ticket is looked at for a customer who names a version, while others change it.
const MAX_LOOKS: usize = 5;

/// What a use case of tickets gives.
pub(super) type Done = Result<Executed, Failure<Rejection>>;

impl Acting<'_> {
    /// Who acts, whichever side of the counter they are on.
    pub(super) fn party(&self) -> Result<Party, ApiError> {
        policy::acting_party(self.caller)
    }

    /// A member of staff whom the caller names.
    pub(super) async fn agent(&self, id: StaffMemberId) -> Result<Worker, Failure<Rejection>> {
        let loaded = self.desk.log.load_recent::<StaffMember>(id.uuid()).await;
        let (member, _) = loaded.map_err(ApiError::from)?;
        member.worker.ok_or(Failure::Rejected(Rejection::AgentNotFound))
    }

    /// Decides a command on a ticket, in the circumstances of now, and records what follows.
    pub(super) async fn on_ticket(self, ticket_id: TicketId, command: impl Into<Command>) -> Done {
        self.on_ticket_if(ticket_id, Ok(command)).await
    }

    /// The same with a command that may be refused before it is made, because what the caller names
    /// does not exist.
    pub(super) async fn on_ticket_if<C: Into<Command>>(
        self,
        ticket_id: TicketId,
        command: Result<C, Failure<Rejection>>,
    ) -> Done {
        let circumstances = self.desk.circumstances(self.now()).await?;
        let command = command.map(|command| (command.into(), circumstances));
        match (&self.caller.identity, self.context().expected_sequence, command) {
            (Identity::Customer(_), Some(seen), Ok(command)) => {
                self.on_ticket_as_seen(ticket_id, command, seen).await
            }
            (_, _, command) => self.execute::<Ticket>(ticket_id.uuid(), command).await,
        }
    }

    /// The same for a customer who names the version they have seen. It counts no events that are
    /// hidden from them (T5), so what only staff see neither conflicts nor shows in the answer.
    async fn on_ticket_as_seen(
        self,
        ticket_id: TicketId,
        command: (Command, Circumstances),
        seen: i64,
    ) -> Done {
        for _ in 0..MAX_LOOKS {
            let loaded = self.desk.log.load::<Ticket>(ticket_id.uuid()).await;
            let (ticket, sequence) = loaded.map_err(ApiError::from)?;
            let current = sequence - ticket.unseen_by_customer;
            let expected = if seen == current { sequence } else { NO_SEQUENCE };
            let acting = self.expecting(expected);
            match acting.execute::<Ticket>(ticket_id.uuid(), Ok(command.clone())).await {
                // Something was recorded since the ticket was looked at.
                Err(Failure::Request(ApiError::Conflict { .. })) if seen == current => {}
                Err(Failure::Request(ApiError::Conflict { .. })) => {
                    return Err(ApiError::Conflict { current }.into());
                }
                outcome => return outcome,
            }
        }
        Err(ApiError::Contended.into())
    }
}
