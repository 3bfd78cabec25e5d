//! Recording a file's lines, in the order in which things happened.
//!
//! Lines go to the log in windows of consecutive lines, each of which is one or two transactions
//! instead of hundreds. The log ends the same for any size of window and after any interruption,
//! because a window is handed to the one committer in order, every command has an id that follows
//! from the line, and a line whose id the log knows is not decided again.

use std::collections::{BTreeSet, HashMap};

use futures::future::try_join_all;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{Ticket, TicketId};
use servicedesk_eventlog::{Append, AppendError, CommandId, Log, Outcome, reader};
use uuid::Uuid;

use super::cause::{Cause, count};
use super::error::ImportError;
use super::people::{People, load};
use super::reached::{Reached, last_done};
use super::report::Withheld;
use super::steps::{By, decide_line};
use super::task::{Sources, Task};

/// How often a window is tried when others change the same tickets meanwhile.
const MAX_ROUNDS: usize = 8;

/// An import under way.
pub(super) struct Recording<'a> {
    log: &'a Log,
    sources: Sources<'a>,
    people: People,
    /// The tickets of the window under way.
    tickets: HashMap<TicketId, Known>,
    /// How far tickets had come when this import last recorded something on them.
    left: HashMap<TicketId, Reached>,
    /// Members of staff registered so far.
    pub(super) staff_registered: usize,
    /// Customers registered so far.
    pub(super) customers_registered: usize,
}

/// What the log answered to a line.
#[derive(Debug)]
pub(super) struct Answered {
    /// The line, by its place among the rows.
    pub(super) row: usize,
    /// The outcomes of its one or two commands.
    pub(super) outcomes: Vec<Outcome>,
    /// Whether an earlier run recorded it.
    pub(super) is_repeat: bool,
    /// Why it was not put to the rules, if it was not.
    pub(super) withheld: Option<Withheld>,
}

/// A ticket as the next line finds it.
#[derive(Default)]
struct Known {
    ticket: Ticket,
    reached: Reached,
    /// The last command of this window that it was brought there by: what is decided on top of it
    /// must not be recorded without it.
    builds_on: Option<Uuid>,
}

/// What an append is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Staff,
    Customer,
    Line,
}

impl<'a> Recording<'a> {
    pub(super) fn new(log: &'a Log, sources: Sources<'a>) -> Self {
        Self {
            log,
            sources,
            people: People::default(),
            tickets: HashMap::new(),
            left: HashMap::new(),
            staff_registered: 0,
            customers_registered: 0,
        }
    }

    /// Records a window of readable lines, which are given by their places among the rows.
    ///
    /// # Errors
    /// `Fault` where the log fails, `Contended` where others change the same tickets all the time.
    pub(super) async fn window(&mut self, rows: &[usize]) -> Result<Vec<Answered>, ImportError> {
        let mut answered = Vec::with_capacity(rows.len());
        let (input, names) = (self.sources.input, self.sources.names);
        let tasks = rows.iter().filter_map(|&row| Task::of(row, input, names));
        let mut open: Vec<Task<'a>> = tasks.collect();
        for _ in 0..MAX_ROUNDS {
            // What others did to a ticket since the last window counts too.
            self.tickets.clear();
            open = self.set_known_apart(open, &mut answered).await?;
            if open.is_empty() {
                return Ok(answered);
            }
            self.look_up(&open).await?;
            // Asked again after the states were read, so that no state holds what a line of this
            // window did: a line is never decided on what it made of its ticket itself.
            let before = open.len();
            open = self.set_known_apart(open, &mut answered).await?;
            if open.len() == before {
                open = self.record(open, &mut answered).await?;
            }
        }
        if open.is_empty() { Ok(answered) } else { Err(ImportError::Contended) }
    }

    /// Gives the lines that the log does not know yet; the others are answered by it.
    async fn set_known_apart(
        &self,
        tasks: Vec<Task<'a>>,
        answered: &mut Vec<Answered>,
    ) -> Result<Vec<Task<'a>>, ImportError> {
        let ids: Vec<_> =
            tasks.iter().flat_map(|task| [task.opening_id.id, task.command_id.id]).collect();
        let mut known = reader::outcomes(self.log.db(), &ids).await.map_err(ImportError::fault)?;
        let mut unknown = Vec::new();
        for mut task in tasks {
            task.opening = known.remove(&task.opening_id.id);
            match known.remove(&task.command_id.id) {
                Some(outcome) => {
                    let outcomes = task.opening.into_iter().chain([outcome]).collect();
                    let (row, withheld) = (task.row, None);
                    answered.push(Answered { row, outcomes, is_repeat: true, withheld });
                }
                None => unknown.push(task),
            }
        }
        Ok(unknown)
    }

    /// Decides and records these lines in order, and gives those that have to be decided again.
    async fn record(
        &mut self,
        open: Vec<Task<'a>>,
        answered: &mut Vec<Answered>,
    ) -> Result<Vec<Task<'a>>, ImportError> {
        let mut purposes = Vec::new();
        let mut appends = Vec::new();
        let mut withheld = vec![None; open.len()];
        for (index, task) in open.iter().enumerate() {
            withheld[index] = self.withheld(task);
            if withheld[index].is_some() {
                continue;
            }
            for (purpose, append) in self.decide(task)? {
                purposes.push((index, purpose));
                appends.push(append);
            }
        }
        let mut outcomes: Vec<Vec<Outcome>> =
            open.iter().map(|task| task.opening.iter().cloned().collect()).collect();
        let mut is_settled = vec![true; open.len()];
        let answers = self.log.append_in_order(appends).await;
        for ((index, purpose), answer) in purposes.into_iter().zip(answers) {
            match answer {
                Ok(outcome) if !outcome.is_repeat => match purpose {
                    Purpose::Staff => self.staff_registered += 1,
                    Purpose::Customer => self.customers_registered += 1,
                    Purpose::Line => outcomes[index].push(outcome),
                },
                // Somebody else was faster, so the state that this was decided on is not the log's.
                Ok(_) | Err(AppendError::Conflict { .. }) => is_settled[index] = false,
                Err(error) => return Err(ImportError::fault(error)),
            }
        }
        let mut again = Vec::new();
        for (index, (task, outcomes)) in open.into_iter().zip(outcomes).enumerate() {
            if is_settled[index] {
                if let Some(known) = self.tickets.get(&task.ticket_id) {
                    self.left.insert(task.ticket_id, known.reached);
                }
                let (row, withheld) = (task.row, withheld[index]);
                answered.push(Answered { row, outcomes, is_repeat: false, withheld });
            } else {
                self.people.forget(task.staff(), task.customer);
                self.left.remove(&task.ticket_id);
                again.push(task);
            }
        }
        Ok(again)
    }

    /// Reads the tickets that the lines name, and the people that were not met before.
    async fn look_up(&mut self, open: &[Task<'a>]) -> Result<(), ImportError> {
        let ticket_ids: BTreeSet<TicketId> = open.iter().map(|task| task.ticket_id).collect();
        let known = ticket_ids.iter().map(|ticket_id| self.known(*ticket_id));
        let known = try_join_all(known).await?;
        self.tickets.extend(ticket_ids.into_iter().zip(known));
        let staff = open.iter().flat_map(Task::staff);
        let customers = open.iter().filter_map(|task| task.customer);
        self.people.look_up(self.log, self.sources.names, staff, customers).await
    }

    async fn known(&self, ticket_id: TicketId) -> Result<Known, ImportError> {
        let (ticket, sequence) = load::<Ticket>(self.log, ticket_id.uuid()).await?;
        let reached = match self.left.get(&ticket_id) {
            Some(left) if left.sequence == sequence => *left,
            _ => Reached {
                sequence,
                at: last_done::<Ticket>(self.log, ticket_id.uuid(), sequence).await?,
            },
        };
        Ok(Known { ticket, reached, builds_on: None })
    }

    /// Why a line is not put to the rules, if it is not.
    fn withheld(&self, task: &Task<'_>) -> Option<Withheld> {
        let known = self.tickets.get(&task.ticket_id)?;
        if !known.ticket.is_opened {
            return task.line.unread_opening.map(|line| Withheld::OpeningUnreadable { line });
        }
        let is_older = known.reached.at.is_some_and(|reached| task.reading.at < reached);
        is_older.then_some(Withheld::OutOfOrder)
    }

    /// What a line is to record, in order; the state of its ticket moves on with it.
    fn decide(&mut self, task: &Task<'a>) -> Result<Vec<(Purpose, Append)>, ImportError> {
        let (mapping, names, at) = (self.sources.mapping, self.sources.names, task.reading.at);
        let mut appends = Vec::new();
        for staff in task.staff() {
            let staff = self.people.register_staff(mapping, names, staff, at)?;
            appends.extend(staff.map(|append| (Purpose::Staff, append)));
        }
        if let Some(customer) = task.customer {
            let customer = self.people.register_customer(mapping, names, customer, at)?;
            appends.extend(customer.map(|append| (Purpose::Customer, append)));
        }
        let facts = task.facts(&self.sources, &self.people)?;
        let Known { ticket, reached, builds_on } = self.tickets.entry(task.ticket_id).or_default();
        let Reached { sequence, at: done_at } = reached;
        let customer =
            if ticket.is_opened { ticket.customer_id } else { facts.opening.customer_id };
        let customer = Actor::Customer(customer);
        let actor = match &facts.by {
            By::Customer => customer,
            By::Staff(by) => Actor::Staff(by.staff_member_id),
        };
        let correlation_id = names.correlation_id();
        let mut record = |command_id: CommandId, actor, events: Vec<_>| {
            let cause = Cause { command_id, actor, at, correlation_id };
            let mut append = cause.append::<Ticket>(task.ticket_id.uuid(), *sequence, events)?;
            append.is_numbered = true;
            append.builds_on = builds_on.replace(command_id.id);
            *sequence += count(&append.events);
            Ok::<_, ImportError>((Purpose::Line, append))
        };
        match decide_line(ticket, task.reading.action, &facts) {
            Ok(decided) if decided.work.is_empty() => {
                appends.push(record(task.command_id, customer, decided.opening)?);
                *ticket = decided.ticket;
                *done_at = Some(at);
            }
            Ok(decided) => {
                if !decided.opening.is_empty() {
                    appends.push(record(task.opening_id, customer, decided.opening)?);
                }
                appends.push(record(task.command_id, actor, decided.work)?);
                *ticket = decided.ticket;
                *done_at = Some(at);
            }
            Err(rejection) => {
                let (purpose, mut append) = record(task.command_id, actor, Vec::new())?;
                let refusal = serde_json::to_string(&rejection).map_err(ImportError::fault)?;
                append.refusal = Some(refusal);
                append.is_refusal_checked = true;
                appends.push((purpose, append));
            }
        }
        Ok(appends)
    }
}
