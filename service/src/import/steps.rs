//! What a line asks of a ticket, as commands, worked out from the state that the ticket is in.
//!
//! Another help desk's log leaves out what was obvious there: nobody notes that a ticket is handed
//! over when somebody else takes it, or that it comes back when somebody takes it again after it
//! was solved. Here these are steps of their own, so they are put in. The rules then decide each,
//! and what they refuse is refused.

use servicedesk_domain::staff::Worker;
use servicedesk_domain::ticket::command::{
    AddNote, AssessPriority, Assign, Circumstances, Open, Party, Reopen, Resolve,
};
use servicedesk_domain::ticket::decide::decide;
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{Command, MessageId, Rejection, Status, Ticket, TicketEvent};

use super::mapping::Action;

/// What a line says beside its action.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Who acts.
    pub(super) by: Worker,
    /// How the ticket would be opened.
    pub(super) opening: Open,
    /// How urgent it is judged to be.
    pub(super) priority: Priority,
    /// The id of the note that the line may leave.
    pub(super) message_id: MessageId,
    /// What that note says.
    pub(super) note: String,
    /// When, and under which rules.
    pub(super) circumstances: Circumstances,
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
    for command in steps(ticket, action, facts) {
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
pub(super) fn steps(ticket: &Ticket, action: Action, facts: &Facts) -> Vec<Command> {
    let opening = || Command::Open(facts.opening.clone());
    if action == Action::Open {
        return vec![opening()];
    }
    if !ticket.is_opened {
        // A ticket that was just opened is new and nobody's.
        let opened = Ticket { is_opened: true, ..Ticket::default() };
        return [vec![opening()], steps(&opened, action, facts)].concat();
    }
    match action {
        Action::Open => Vec::new(),
        Action::OpenAndAssess | Action::AssessPriority => {
            vec![AssessPriority { by: facts.by.clone(), priority: facts.priority }.into()]
        }
        Action::Take => taking(ticket, facts),
        Action::Wait => {
            let wait = Command::AwaitCustomer { by: facts.by.clone() };
            [accepting_first(ticket, facts), vec![wait]].concat()
        }
        Action::Resolve => resolving(ticket, Outcome::Solved, facts),
        Action::ResolveAsInvalid => resolving_or_noting(ticket, Outcome::Invalid, facts),
        Action::ResolveAsDuplicate => resolving_or_noting(ticket, Outcome::Duplicate, facts),
        Action::Note => vec![noting(facts)],
        Action::Close => {
            let by = Party::Staff(facts.by.clone());
            vec![Command::Close { by }]
        }
    }
}

/// Taking a ticket, from whatever state it is in. Taking one's own ticket in progress again is
/// left to the rules to refuse.
fn taking(ticket: &Ticket, facts: &Facts) -> Vec<Command> {
    let accept = Command::Accept { by: facts.by.clone() };
    let is_mine = ticket.assignee_id.is_none_or(|id| id == facts.by.staff_member_id);
    let handed_over = if is_mine { vec![accept] } else { vec![handing_over(facts), accept] };
    match ticket.status {
        Status::New | Status::Assigned | Status::Reopened | Status::InProgress => handed_over,
        Status::WaitingOnCustomer => {
            let resume = Command::Resume { by: facts.by.clone() };
            if is_mine { vec![resume] } else { [vec![resume], handed_over].concat() }
        }
        Status::Resolved | Status::Closed => {
            let reopen = Reopen { by: Party::Staff(facts.by.clone()), reason: None };
            [vec![reopen.into()], handed_over].concat()
        }
    }
}

fn handing_over(facts: &Facts) -> Command {
    Assign { by: facts.by.clone(), assignee: facts.by.clone(), reason: None }.into()
}

/// Whoever does what only an accepted ticket allows has accepted it.
fn accepting_first(ticket: &Ticket, facts: &Facts) -> Vec<Command> {
    match ticket.status {
        Status::New | Status::Assigned | Status::Reopened => taking(ticket, facts),
        _ => Vec::new(),
    }
}

fn resolving(ticket: &Ticket, outcome: Outcome, facts: &Facts) -> Vec<Command> {
    let resolve = Resolve { by: facts.by.clone(), outcome, summary: None };
    [accepting_first(ticket, facts), vec![resolve.into()]].concat()
}

/// How a ticket ended is said by resolving it; afterwards it can only be noted.
fn resolving_or_noting(ticket: &Ticket, outcome: Outcome, facts: &Facts) -> Vec<Command> {
    if ticket.status.is_open() { resolving(ticket, outcome, facts) } else { vec![noting(facts)] }
}

fn noting(facts: &Facts) -> Command {
    let (by, message_id, text) = (facts.by.clone(), facts.message_id, facts.note.clone());
    AddNote { by, message_id, text }.into()
}

#[cfg(test)]
mod tests;
