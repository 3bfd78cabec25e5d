//! What callers can do with tickets: authorise, look up the facts, make the command, execute.

use std::sync::Arc;

use serde::Serialize;
use servicedesk_domain::catalogue::{Catalogue, CategoryId, DepartmentId, ProductId, TicketPolicy};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Money};
use servicedesk_domain::staff::assignment::{self, Candidate};
use servicedesk_domain::staff::{StaffMember, StaffMemberId, Worker};
use servicedesk_domain::ticket::command::{Command, Open, Party, Work};
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{MessageId, Rejection, Ticket, TicketId, TimeEntryId};
use servicedesk_eventlog::{CommandContext, Executed};
use servicedesk_projections::staff::staff_directory;
use servicedesk_projections::ticket::agent_load;
use uuid::Uuid;

use crate::auth::{Identity, policy};
use crate::billing::{cost, terms};
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// What a use case gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// A new request for help.
#[derive(Debug, Clone)]
pub struct OpenTicket {
    /// Whose request it is, where staff opens it for a customer.
    pub customer_id: Option<CustomerId>,
    /// What it is about.
    pub category_id: CategoryId,
    /// Which product it is about.
    pub product_id: ProductId,
    /// How urgent staff takes it to be.
    pub priority: Option<Priority>,
    /// The request in a line.
    pub subject: String,
    /// The request in full.
    pub text: String,
}

/// Opens a ticket (T1, T3). A customer opens her own; staff names the customer.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn open_ticket(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    open: OpenTicket,
) -> Done {
    let catalogue = desk.catalogue().await?;
    let mut context = desk::context(request, "openTicket", content, desk.now())?;
    context.is_numbered = true;
    let ticket_id = derived_id(context.command_id.id, "ticket");
    let (customer_id, priority) = match whose(desk, request, &open).await {
        Ok(found) => found,
        Err(failure) => return fail(desk, ticket_id, failure, context).await,
    };
    let routing = catalogue.route(open.category_id, open.product_id);
    let pick = match &routing {
        Ok(department_ids) => pick_agent(desk, department_ids).await?,
        Err(_) => None,
    };
    let command = Command::Open(Open {
        customer_id,
        category_id: open.category_id,
        product_id: open.product_id,
        routing,
        priority,
        subject: open.subject,
        text: open.text,
        pick,
        policy: catalogue.ticket_policy.clone(),
    });
    let command = measured(desk, command, context.occurred_at).await?;
    Ok(desk.log.execute::<Ticket>(ticket_id, command, context).await?)
}

/// The command, with what it means for the ticket's clocks (S1).
pub(crate) async fn measured(
    desk: &Desk,
    command: Command,
    at: Moment,
) -> Result<Command, ApiError> {
    let book = desk.book().await?;
    Ok(Command::Measured { command: Box::new(command), at, book })
}

/// Whose request a new ticket is, and how urgent.
async fn whose(
    desk: &Desk,
    request: CommandRequest<'_>,
    open: &OpenTicket,
) -> Result<(CustomerId, Priority), Failure<Rejection>> {
    match &request.caller.identity {
        Identity::Customer(_) if open.customer_id.is_some() => {
            Err(ApiError::Forbidden("a customer opens tickets of her own").into())
        }
        Identity::Customer(_) if open.priority.is_some() => {
            Err(ApiError::Forbidden("the priority is for staff to judge").into())
        }
        Identity::Customer(id) => Ok((*id, Priority::default())),
        Identity::Staff(_) => {
            policy::acting_staff(request.caller)?;
            let named = open.customer_id.ok_or(Failure::Rejected(Rejection::CustomerNotFound))?;
            Ok((existing_customer(desk, named).await?, open.priority.unwrap_or_default()))
        }
    }
}

/// What is done to an existing ticket, as the caller says it.
#[derive(Debug, Clone)]
pub enum Action {
    /// An agent takes it.
    Accept,
    /// It is handed to an agent.
    Assign {
        /// To whom.
        assignee_id: StaffMemberId,
        /// Why.
        reason: Option<String>,
    },
    /// It goes to another department.
    Transfer {
        /// Where to.
        department_id: DepartmentId,
        /// Why.
        reason: Option<String>,
    },
    /// A further agent joins; none named: the caller.
    JoinCollaborator {
        /// Who joins.
        collaborator_id: Option<StaffMemberId>,
    },
    /// The caller leaves.
    Leave,
    /// A public message.
    AddReply {
        /// What it says.
        text: String,
    },
    /// An internal message.
    AddNote {
        /// What it says.
        text: String,
    },
    /// The caller worked on it.
    LogTime {
        /// For how many minutes.
        minutes: i64,
        /// When the work ended; none: now.
        worked_at: Option<Moment>,
        /// What was done.
        note: Option<String>,
        /// Why it is a courtesy, if it is.
        courtesy: Option<String>,
    },
    /// A time entry is wrong.
    CorrectTime {
        /// The wrong entry.
        entry_id: TimeEntryId,
        /// Why.
        reason: String,
        /// What is right.
        instead: Option<Work>,
    },
    /// A time entry is a courtesy.
    MarkCourtesy {
        /// The entry.
        entry_id: TimeEntryId,
        /// Why.
        reason: String,
    },
    /// The customer is asked to agree to charges.
    AskForAgreement,
    /// The customer agrees to charges.
    AgreeToCharges {
        /// The price of an hour that she was shown.
        shown_price: Option<Money>,
    },
    /// Charges need no agreement.
    AllowCharges {
        /// Why.
        reason: String,
    },
    /// Somebody judges how urgent it is.
    AssessPriority {
        /// How urgent.
        priority: Priority,
    },
    /// The customer is promised a date.
    PromiseResolution {
        /// By when.
        promised_for: Moment,
    },
    /// Work stops until the customer answers.
    AwaitCustomer,
    /// Work goes on without the answer.
    Resume,
    /// It is solved.
    Resolve {
        /// How it ended.
        outcome: Outcome,
        /// What was done.
        summary: Option<String>,
    },
    /// It is over.
    Close,
    /// It comes back.
    Reopen {
        /// Why.
        reason: Option<String>,
    },
}

/// Does something to a ticket (T3, T4).
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn act_on_ticket(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    ticket_id: TicketId,
    action: Action,
) -> Done {
    let now = desk.now();
    let context = desk::context(request, name, content, now)?;
    let message_id = MessageId::new(derived_id(context.command_id.id, "message"));
    let entry_id = TimeEntryId::new(derived_id(context.command_id.id, "time entry"));
    let catalogue = desk.catalogue().await?;
    let facts = Facts { desk, catalogue, now, ticket_id, message_id, entry_id };
    match facts.command(request, action).await {
        Ok(command) => {
            let command = measured(desk, command, now).await?;
            Ok(desk.log.execute::<Ticket>(ticket_id.uuid(), command, context).await?)
        }
        Err(failure) => fail(desk, ticket_id.uuid(), failure, context).await,
    }
}

/// What is refused before there is a command goes through the log all the same, so that a repeat
/// gets the first answer, whatever has changed since.
async fn fail(
    desk: &Desk,
    ticket_id: Uuid,
    failure: Failure<Rejection>,
    context: CommandContext,
) -> Done {
    match failure {
        Failure::Rejected(rejection) => {
            Ok(desk.log.refuse::<Ticket>(ticket_id, rejection, context).await?)
        }
        Failure::Request(error) => Err(error.into()),
    }
}

/// What is looked up before a command is made.
struct Facts<'a> {
    desk: &'a Desk,
    catalogue: Arc<Catalogue>,
    now: Moment,
    ticket_id: TicketId,
    message_id: MessageId,
    entry_id: TimeEntryId,
}

impl Facts<'_> {
    async fn command(
        self,
        request: CommandRequest<'_>,
        action: Action,
    ) -> Result<Command, Failure<Rejection>> {
        let policy: TicketPolicy = self.catalogue.ticket_policy.clone();
        let at = self.now;
        let staff = || policy::acting_staff(request.caller).cloned();
        let party = || match &request.caller.identity {
            Identity::Customer(id) => Ok(Party::Customer(*id)),
            Identity::Staff(_) => staff().map(Party::Staff),
        };
        Ok(match action {
            Action::Accept => Command::Accept { by: staff()? },
            Action::Assign { assignee_id, reason } => {
                let by = staff()?;
                let assignee = self.agent(assignee_id).await?;
                Command::Assign { by, assignee, reason, policy }
            }
            Action::Transfer { department_id, reason } => {
                let by = staff()?;
                let department = self.catalogue.department_in_use(department_id);
                let to_department_id = department.map_err(Failure::Rejected)?.department_id;
                let pick = pick_agent(self.desk, &[to_department_id]).await?;
                Command::Transfer { by, to_department_id, pick, reason, policy }
            }
            Action::JoinCollaborator { collaborator_id } => {
                let by = staff()?;
                let collaborator = match collaborator_id {
                    Some(id) => self.agent(id).await?,
                    None => by.clone(),
                };
                Command::JoinCollaborator { by, collaborator }
            }
            Action::Leave => Command::Leave { by: staff()? },
            Action::AddReply { text } => {
                Command::AddReply { by: party()?, message_id: self.message_id, text, policy }
            }
            Action::AddNote { text } => {
                Command::AddNote { by: staff()?, message_id: self.message_id, text, policy }
            }
            Action::LogTime { minutes, worked_at, note, courtesy } => {
                let by = staff()?;
                let work = Work { minutes, worked_at: worked_at.unwrap_or(at), note, courtesy };
                let cost = cost::of_work(self.desk, self.ticket_id, &work, None).await?;
                Command::LogTime { by, entry_id: self.entry_id, work, cost, at, policy }
            }
            Action::CorrectTime { entry_id, reason, instead } => {
                let by = staff()?;
                let instead = match instead {
                    Some(work) => {
                        let of_work =
                            cost::of_work(self.desk, self.ticket_id, &work, Some(entry_id));
                        let cost = of_work.await?;
                        Some((self.entry_id, work, cost))
                    }
                    None => None,
                };
                Command::CorrectTime { by, entry_id, reason, instead, at, policy }
            }
            Action::MarkCourtesy { entry_id, reason } => {
                Command::MarkCourtesy { by: staff()?, entry_id, reason, policy }
            }
            Action::AskForAgreement => {
                let by = staff()?;
                let version = terms::for_request(&self.desk.log, at).await?;
                Command::AskForAgreement { by, version }
            }
            Action::AgreeToCharges { shown_price } => {
                let customer_id = policy::calling_customer(request.caller)?;
                let version = terms::for_request(&self.desk.log, at).await?;
                Command::AgreeToCharges { customer_id, shown_price, version }
            }
            Action::AllowCharges { reason } => {
                Command::AllowCharges { by: staff()?, reason, policy }
            }
            Action::AssessPriority { priority } => {
                Command::AssessPriority { by: staff()?, priority }
            }
            Action::PromiseResolution { promised_for } => {
                Command::PromiseResolution { by: staff()?, promised_for, at, policy }
            }
            Action::AwaitCustomer => Command::AwaitCustomer { by: staff()? },
            Action::Resume => Command::Resume { by: staff()? },
            Action::Resolve { outcome, summary } => {
                Command::Resolve { by: staff()?, outcome, summary, at, policy }
            }
            Action::Close => Command::Close { by: party()?, at, policy },
            Action::Reopen { reason } => Command::Reopen { by: party()?, reason, at, policy },
        })
    }

    async fn agent(&self, id: StaffMemberId) -> Result<Worker, Failure<Rejection>> {
        let (member, _) =
            self.desk.log.load_recent::<StaffMember>(id.uuid()).await.map_err(ApiError::from)?;
        member.worker.ok_or(Failure::Rejected(Rejection::AgentNotFound))
    }
}

async fn existing_customer(desk: &Desk, id: CustomerId) -> Result<CustomerId, Failure<Rejection>> {
    if desk.has_customer(id).await? {
        Ok(id)
    } else {
        Err(Failure::Rejected(Rejection::CustomerNotFound))
    }
}

/// Whom the assignment policy picks (T3). The loads come from a read model, so two tickets opened
/// at the same instant may go to the same agent; that is uneven, never wrong.
pub(crate) async fn pick_agent(
    desk: &Desk,
    department_ids: &[DepartmentId],
) -> Result<Option<StaffMemberId>, ApiError> {
    let mut candidates = Vec::new();
    for member in staff_directory::available(desk.log.db()).await? {
        let in_question: Vec<DepartmentId> = member
            .department_ids
            .iter()
            .copied()
            .filter(|id| department_ids.contains(id))
            .collect();
        if in_question.is_empty() {
            continue;
        }
        let load = agent_load::load_of(desk.log.db(), member.staff_member_id).await?;
        candidates.extend(in_question.into_iter().map(|department_id| Candidate {
            staff_member_id: member.staff_member_id,
            department_id,
            open_tickets: load.open_tickets,
            last_assigned_at: load.last_assigned_at.and_then(Moment::from_timestamp_micros),
        }));
    }
    Ok(assignment::pick(department_ids, &candidates))
}

/// The id of what a command creates follows from the command's, so that a repeat means the same.
fn derived_id(command_id: Uuid, what: &str) -> Uuid {
    Uuid::new_v5(&command_id, what.as_bytes())
}
