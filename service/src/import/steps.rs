//! What a line asks of a ticket, as commands, worked out from the state that the ticket is in.
//!
//! Another help desk's log leaves out what was obvious there: nobody notes that a ticket is handed
//! over when somebody else takes it, or that it comes back when somebody takes it again after it
//! was solved. Here these are steps of their own, so they are put in. The rules then decide each,
//! and what they refuse is refused.

use servicedesk_domain::billing::{InForce, Version};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::staff::Worker;
use servicedesk_domain::ticket::command::{
    AddNote, AddReply, AssessPriority, Assign, Circumstances, Cost, LogTime, NewEntry, Open, Party,
    Reopen, Resolve, Transfer, Work,
};
use servicedesk_domain::ticket::decide::decide;
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{
    Command, MessageId, Rejection, Status, Ticket, TicketEvent, TimeEntryId,
};

use super::action::Action;

/// What a line says beside its action.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Who acts.
    pub(super) by: By,
    /// How the ticket would be opened.
    pub(super) opening: Open,
    /// How urgent it is judged to be.
    pub(super) priority: Priority,
    /// The id of the message that the line may leave.
    pub(super) message_id: MessageId,
    /// What a note would say.
    pub(super) note: String,
    /// What a reply would say.
    pub(super) reply: String,
    /// Why the ticket is handed over, transferred or reopened.
    pub(super) reason: Option<String>,
    /// Who is made responsible.
    pub(super) assignee: Option<Worker>,
    /// Where the ticket goes.
    pub(super) department_id: Option<DepartmentId>,
    /// The work that is logged.
    pub(super) work: Option<Logged>,
    /// When, and under which rules.
    pub(super) circumstances: Circumstances,
}

/// Who acts.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// The ticket's customer.
    Customer,
    /// A member of staff.
    Staff(Worker),
}

/// Work that a line logs.
#[derive(Debug, Clone)]
pub(super) struct Logged {
    /// The id of the entry.
    pub(super) entry_id: TimeEntryId,
    /// For how many minutes.
    pub(super) minutes: i64,
    /// Why it is not charged.
    pub(super) courtesy: String,
    /// The terms in force.
    pub(super) version: Version,
}

/// What a line makes of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    /// What the customer did: the opening, where the ticket was not open yet.
    pub(super) opening: Vec<TicketEvent>,
    /// What the member of staff did.
    pub(super) work: Vec<TicketEvent>,
    /// The ticket afterwards.
    pub(super) ticket: Ticket,
}

/// Decides everything that a line asks, one step after the other.
///
/// # Errors
/// The [`Rejection`] of the first step that is refused; then nothing of the line is recorded.
pub(super) fn decide_line(
    ticket: &Ticket,
    action: Action,
    facts: &Facts,
) -> Result<Decided, Rejection> {
    let mut decided = Decided { opening: Vec::new(), work: Vec::new(), ticket: ticket.clone() };
    for command in steps(ticket, action, facts)? {
        let is_opening = matches!(command, Command::Open(_));
        let events = decide(&decided.ticket, command, &facts.circumstances)?;
        for event in &events {
            decided.ticket.evolve(event.clone());
        }
        if is_opening { &mut decided.opening } else { &mut decided.work }.extend(events);
    }
    Ok(decided)
}

/// The commands that an action comes to, in order. A ticket that is not there yet is opened first,
/// whatever the action: the log begins somewhere, and some tickets were older.
fn steps(ticket: &Ticket, action: Action, facts: &Facts) -> Result<Vec<Command>, Rejection> {
    let opening = || Command::Open(facts.opening.clone());
    if action == Action::Open || (action == Action::OpenOrReply && !ticket.is_opened) {
        return Ok(vec![opening()]);
    }
    if !ticket.is_opened {
        // A ticket that was just opened is new and nobody's.
        let customer_id = facts.opening.customer_id;
        let opened = Ticket { is_opened: true, customer_id, ..Ticket::default() };
        return Ok([vec![opening()], steps(&opened, action, facts)?].concat());
    }
    match &facts.by {
        By::Customer => Ok(replying(ticket, facts)),
        By::Staff(by) => steps_of_staff(ticket, action, by, facts),
    }
}

fn steps_of_staff(
    ticket: &Ticket,
    action: Action,
    by: &Worker,
    facts: &Facts,
) -> Result<Vec<Command>, Rejection> {
    Ok(match action {
        Action::Open | Action::OpenOrReply | Action::ReplyByCustomer => Vec::new(),
        Action::OpenAndAssess | Action::AssessPriority => {
            vec![AssessPriority { by: by.clone(), priority: facts.priority }.into()]
        }
        Action::ReplyByStaff if ticket.status == Status::Closed => {
            vec![noting(by, &facts.reply, facts)]
        }
        Action::ReplyByStaff => vec![
            AddReply {
                by: Party::Staff(by.clone()),
                message_id: facts.message_id,
                text: facts.reply.clone(),
                file_ids: Vec::new(),
            }
            .into(),
        ],
        Action::Take => taking(ticket, by),
        Action::Assign => {
            let assignee = facts.assignee.clone().ok_or(Rejection::AgentNotFound)?;
            vec![assigning(by, assignee, facts)]
        }
        Action::Transfer => vec![
            Transfer {
                by: by.clone(),
                to_department_id: facts.department_id.ok_or(Rejection::DepartmentNotFound)?,
                pick: None,
                reason: facts.reason.clone(),
            }
            .into(),
        ],
        Action::Wait => {
            let wait = Command::AwaitCustomer { by: by.clone() };
            [accepting_first(ticket, by), vec![wait]].concat()
        }
        Action::LogTime => facts.work.iter().map(|work| logging(by, work, facts)).collect(),
        Action::Resolve => resolving(ticket, Outcome::Solved, by),
        Action::ResolveAsInvalid => resolving_or_noting(ticket, Outcome::Invalid, by, facts),
        Action::ResolveAsDuplicate => resolving_or_noting(ticket, Outcome::Duplicate, by, facts),
        Action::Note => vec![noting(by, &facts.note, facts)],
        Action::Reopen => vec![reopening(Party::Staff(by.clone()), facts)],
        Action::ResolveAndClose if ticket.status.is_open() => {
            [resolving(ticket, Outcome::Solved, by), vec![closing(by)]].concat()
        }
        Action::ResolveAndClose | Action::Close => vec![closing(by)],
    })
}

/// What a customer writes on a closed ticket brings it back, as long as the period runs.
fn replying(ticket: &Ticket, facts: &Facts) -> Vec<Command> {
    let by = Party::Customer(ticket.customer_id);
    let (message_id, text) = (facts.message_id, facts.reply.clone());
    let reply = AddReply { by: by.clone(), message_id, text, file_ids: Vec::new() };
    match ticket.status {
        Status::Closed => vec![reopening(by, facts), reply.into()],
        _ => vec![reply.into()],
    }
}

fn reopening(by: Party, facts: &Facts) -> Command {
    Reopen { by, reason: facts.reason.clone() }.into()
}

fn assigning(by: &Worker, assignee: Worker, facts: &Facts) -> Command {
    Assign { by: by.clone(), assignee, reason: facts.reason.clone() }.into()
}

fn logging(by: &Worker, work: &Logged, facts: &Facts) -> Command {
    let entry = NewEntry {
        entry_id: work.entry_id,
        work: Work {
            minutes: work.minutes,
            started_at: None,
            worked_at: facts.circumstances.at,
            note: None,
            courtesy: Some(work.courtesy.clone()),
            overlap: None,
        },
        cost: Cost { terms: InForce::throughout(work.version), free_minutes: 0 },
        closed_at: None,
    };
    LogTime { by: by.clone(), entry }.into()
}

fn closing(by: &Worker) -> Command {
    Command::Close { by: Party::Staff(by.clone()) }
}

/// Taking a ticket, from whatever state it is in. Taking one's own ticket in progress again is
/// left to the rules to refuse.
fn taking(ticket: &Ticket, by: &Worker) -> Vec<Command> {
    let accept = Command::Accept { by: by.clone() };
    let is_mine = ticket.assignee_id.is_none_or(|id| id == by.staff_member_id);
    let handed_over = if is_mine { vec![accept] } else { vec![handing_over(by), accept] };
    match ticket.status {
        Status::New | Status::Assigned | Status::Reopened | Status::InProgress => handed_over,
        Status::WaitingOnCustomer => {
            let resume = Command::Resume { by: by.clone() };
            if is_mine { vec![resume] } else { [vec![resume], handed_over].concat() }
        }
        Status::Resolved | Status::Closed => {
            let reopen = Reopen { by: Party::Staff(by.clone()), reason: None };
            [vec![reopen.into()], handed_over].concat()
        }
    }
}

fn handing_over(by: &Worker) -> Command {
    Assign { by: by.clone(), assignee: by.clone(), reason: None }.into()
}

/// Somebody who does what only an accepted ticket allows has accepted it.
fn accepting_first(ticket: &Ticket, by: &Worker) -> Vec<Command> {
    match ticket.status {
        Status::New | Status::Assigned | Status::Reopened => taking(ticket, by),
        _ => Vec::new(),
    }
}

fn resolving(ticket: &Ticket, outcome: Outcome, by: &Worker) -> Vec<Command> {
    let resolve = Resolve { by: by.clone(), outcome, summary: None };
    [accepting_first(ticket, by), vec![resolve.into()]].concat()
}

/// How a ticket ended is said by resolving it; afterwards it can only be noted.
fn resolving_or_noting(
    ticket: &Ticket,
    outcome: Outcome,
    by: &Worker,
    facts: &Facts,
) -> Vec<Command> {
    if ticket.status.is_open() {
        resolving(ticket, outcome, by)
    } else {
        vec![noting(by, &facts.note, facts)]
    }
}

fn noting(by: &Worker, text: &str, facts: &Facts) -> Command {
    AddNote {
        by: by.clone(),
        message_id: facts.message_id,
        text: text.to_owned(),
        file_ids: Vec::new(),
    }
    .into()
}

#[cfg(test)]
mod tests;
