//! Recording a file's lines, in the order in which things happened.
//!
//! Lines go to the log in windows of consecutive lines, each of which is one or two transactions
//! instead of hundreds. The log ends the same for any size of window and after any interruption,
//! because a window is handed to the one committer in order, every command has an id that follows
//! from the line, and a line whose id the log knows is not decided again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::try_join_all;
use servicedesk_domain::catalogue::{Catalogue, ProductId};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::sla::Book;
use servicedesk_domain::ticket::command::{Circumstances, Open};
use servicedesk_domain::ticket::{Rejection, Ticket, TicketId};
use servicedesk_eventlog::{Append, AppendError, CommandId, Log, Outcome, reader};
use uuid::Uuid;

use super::cause::{Cause, count};
use super::error::ImportError;
use super::input::{Input, Reading, Row};
use super::layout::value;
use super::mapping::Mapping;
use super::names::Names;
use super::people::{People, load};
use super::steps::{Facts, decide_line};

/// How often a window is tried when others change the same tickets meanwhile.
const MOST_ROUNDS: usize = 8;

/// An import under way.
pub(super) struct Recording<'a> {
    log: &'a Log,
    mapping: &'a Mapping,
    input: &'a Input,
    names: &'a Names,
    catalogue: Catalogue,
    book: Arc<Book>,
    people: People,
    /// The tickets of the window under way.
    tickets: HashMap<TicketId, Known>,
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
}

/// A ticket as the next line finds it.
#[derive(Default)]
struct Known {
    ticket: Ticket,
    sequence: i64,
    /// The last command of this window that it was brought there by: what is decided on top of it
    /// must not be recorded without it.
    builds_on: Option<Uuid>,
}

/// A line that is to be recorded.
struct Task<'a> {
    row: usize,
    line: &'a Row,
    reading: Reading,
    ticket_id: TicketId,
    staff: &'a str,
    customer: Option<&'a str>,
    /// Of what the member of staff did, or of all where that is all that the line says.
    command_id: CommandId,
    /// Of what the customer did before that.
    opening_id: CommandId,
    /// What the log answered to that, where it did and the rest is still to be done.
    opening: Option<Outcome>,
}

/// What an append is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Staff,
    Customer,
    Line,
}

impl<'a> Recording<'a> {
    pub(super) fn new(
        log: &'a Log,
        mapping: &'a Mapping,
        input: &'a Input,
        names: &'a Names,
        catalogue: Catalogue,
    ) -> Self {
        Self {
            log,
            mapping,
            input,
            names,
            book: Arc::new(Book::new(&catalogue)),
            catalogue,
            people: People::default(),
            tickets: HashMap::new(),
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
        let mut open: Vec<Task<'a>> = rows.iter().filter_map(|&row| self.task(row)).collect();
        for _ in 0..MOST_ROUNDS {
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
                    answered.push(Answered { row: task.row, outcomes, is_repeat: true });
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
        for (index, task) in open.iter().enumerate() {
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
                answered.push(Answered { row: task.row, outcomes, is_repeat: false });
            } else {
                self.people.forget(task.staff, task.customer);
                again.push(task);
            }
        }
        Ok(again)
    }

    fn task(&self, row: usize) -> Option<Task<'a>> {
        let input = self.input;
        let line = &input.rows[row];
        let reading = *line.reading.as_ref().ok()?;
        let number = line.number.to_string();
        let id = |part| {
            let head = [part, number.as_str()];
            self.names.command_id(head.into_iter().chain(line.record.iter()))
        };
        Some(Task {
            row,
            line,
            reading,
            ticket_id: self.names.ticket_id(value(&line.record, input.layout.case)?),
            staff: value(&line.record, input.layout.staff)?,
            customer: value(&line.record, input.layout.customer),
            command_id: id("line"),
            opening_id: id("opening"),
            opening: None,
        })
    }

    /// Reads the tickets that the lines name, and the people that were not met before.
    async fn look_up(&mut self, open: &[Task<'a>]) -> Result<(), ImportError> {
        let ticket_ids: BTreeSet<TicketId> = open.iter().map(|task| task.ticket_id).collect();
        let log = self.log;
        let loading = ticket_ids.iter().map(|ticket_id| load::<Ticket>(log, ticket_id.uuid()));
        let loaded = try_join_all(loading).await?;
        let known = |(ticket, sequence)| Known { ticket, sequence, builds_on: None };
        self.tickets.extend(ticket_ids.into_iter().zip(loaded.into_iter().map(known)));
        let staff = open.iter().map(|task| task.staff);
        let customers = open.iter().filter_map(|task| task.customer);
        self.people.look_up(log, self.names, staff, customers).await
    }

    /// What a line is to record, in order; the state of its ticket moves on with it.
    fn decide(&mut self, task: &Task<'a>) -> Result<Vec<(Purpose, Append)>, ImportError> {
        let (mapping, names, at) = (self.mapping, self.names, task.reading.at);
        let mut appends = Vec::new();
        let staff = self.people.register_staff(mapping, names, task.staff, at)?;
        appends.extend(staff.map(|append| (Purpose::Staff, append)));
        if let Some(customer) = task.customer {
            let customer = self.people.register_customer(mapping, names, customer, at)?;
            appends.extend(customer.map(|append| (Purpose::Customer, append)));
        }
        let facts = self.facts(task)?;
        let Known { ticket, sequence, builds_on } = self.tickets.entry(task.ticket_id).or_default();
        let customer = Actor::Customer(facts.opening.customer_id);
        let staff = Actor::Staff(facts.by.staff_member_id);
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
            }
            Ok(decided) => {
                if !decided.opening.is_empty() {
                    appends.push(record(task.opening_id, customer, decided.opening)?);
                }
                appends.push(record(task.command_id, staff, decided.work)?);
                *ticket = decided.ticket;
            }
            Err(rejection) => {
                let (purpose, mut append) = record(task.command_id, staff, Vec::new())?;
                let refusal = serde_json::to_string(&rejection).map_err(ImportError::fault)?;
                append.refusal = Some(refusal);
                append.is_refusal_checked = true;
                appends.push((purpose, append));
            }
        }
        Ok(appends)
    }

    fn facts(&self, task: &Task<'a>) -> Result<Facts, ImportError> {
        let (mapping, layout, record) = (self.mapping, &self.input.layout, &task.line.record);
        let worker = self.people.worker(task.staff).cloned();
        let by = worker.ok_or_else(|| ImportError::fault("a registration is lost"))?;
        let priority = layout.priority.and_then(|column| value(record, column));
        let priority = mapping.priority(priority);
        let product = value(record, layout.product);
        let product_id = product.map(|value| ProductId::named(&mapping.product(value).code));
        let category_id =
            mapping.category_id(layout.category.and_then(|column| value(record, column)));
        let customer_id = task.customer.map(|value| self.names.customer_id(value));
        let routing = match (customer_id, category_id, product_id) {
            (None, _, _) => Err(Rejection::CustomerNotFound),
            (_, None, _) => Err(Rejection::CategoryNotFound),
            (_, _, None) => Err(Rejection::ProductNotFound),
            (_, Some(category_id), Some(product_id)) => {
                self.catalogue.route(category_id, product_id)
            }
        };
        let policy = self.catalogue.ticket_policy.clone();
        let opening = Open {
            // Where one is missing, the routing says so, and nothing is opened.
            customer_id: customer_id.unwrap_or_default(),
            category_id: category_id.unwrap_or_default(),
            product_id: product_id.unwrap_or_default(),
            routing,
            priority,
            subject: layout.fill(&mapping.ticket.subject, record),
            text: layout.fill(&mapping.ticket.text, record),
            pick: None,
        };
        let circumstances = Circumstances { at: task.reading.at, policy, book: self.book.clone() };
        Ok(Facts {
            by,
            opening,
            priority,
            message_id: self.names.message_id(task.command_id),
            note: layout.fill(&mapping.note.text, record),
            circumstances,
        })
    }
}
