//! What every use case of tickets does: who acts, and a command on a ticket with its circumstances.

use servicedesk_domain::staff::{StaffMember, StaffMemberId, Worker};
use servicedesk_domain::ticket::command::Party;
use servicedesk_domain::ticket::{Command, Rejection, Ticket, TicketId};
use servicedesk_eventlog::Executed;

use crate::access::Identity;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};

/// What a use case of tickets gives.
pub(super) type Done = Result<Executed, Failure<Rejection>>;

impl Acting<'_> {
    /// Who acts, whichever side of the counter they are on.
    pub(super) fn party(&self) -> Result<Party, ApiError> {
        match &self.caller.identity {
            Identity::Customer(id) => Ok(Party::Customer(*id)),
            Identity::Staff(_) => self.staff().map(Party::Staff),
        }
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
        self.execute::<Ticket>(ticket_id.uuid(), command).await
    }
}
