//! The people, tickets and commands of an example desk. Every id follows from a name.

use std::sync::{Arc, OnceLock};

use servicedesk_domain::billing::{InForce, Version};
use servicedesk_domain::catalogue::{
    CalendarId, Catalogue, CatalogueEvent, CategoryId, ProductId, TicketPolicy,
};
use servicedesk_domain::example::terms;
pub(crate) use servicedesk_domain::example::{agent, customer, manager, sales, technical};
use servicedesk_domain::kernel::{Actor, Moment, Title};
use servicedesk_domain::sla::{Book, ClockKind, RequestKind};
use servicedesk_domain::ticket::command::{
    AddNote, AddReply, Circumstances, Cost, Open, Party, Reopen, Resolve,
};
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{Command, MessageId, Rejection, Ticket, TicketId};
use servicedesk_eventlog::{CommandContext, CommandId, ExecuteError, Executed, Log, Origin};
use uuid::Uuid;

use super::clock::start;

/// What a command on a ticket gives.
pub(crate) type TicketResult = Result<Executed, ExecuteError<Rejection>>;

/// The id that belongs to a name, for whatever has no type of its own.
pub(crate) fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// A command with the id that belongs to `name`, which may come again.
pub(crate) fn command(name: &str) -> CommandContext {
    CommandContext {
        command_id: CommandId { id: id(name), origin: Origin::Repeatable },
        fingerprint: 1,
        actor: Actor::Operator,
        occurred_at: start(),
        correlation_id: id("correlation"),
        expected_sequence: None,
        is_numbered: true,
    }
}

/// The same command from a caller who has seen the aggregate at `sequence`.
pub(crate) fn having_seen(sequence: i64, context: CommandContext) -> CommandContext {
    CommandContext { expected_sequence: Some(sequence), ..context }
}

/// The same command under an id that nobody else can have.
pub(crate) fn fresh(context: CommandContext) -> CommandContext {
    let command_id = CommandId { origin: Origin::Fresh, ..context.command_id };
    CommandContext { command_id, ..context }
}

pub(crate) fn ticket(name: &str) -> TicketId {
    TicketId::named(name)
}

/// What work costs where as much is free as can be logged at all.
pub(crate) fn free() -> Cost {
    let version = Version { version: 1, in_force_from: start(), terms: terms() };
    Cost { terms: InForce::throughout(version), free_minutes: u32::MAX }
}

/// What requests are measured by: targets so short that random histories breach them.
pub(crate) fn book() -> Arc<Book> {
    static BOOK: OnceLock<Arc<Book>> = OnceLock::new();
    let made = || {
        let mut catalogue = Catalogue::default();
        catalogue.evolve(CatalogueEvent::CalendarDefined {
            calendar_id: CalendarId::named("office"),
            code: "office".to_owned(),
            title: Title { ru: "Время".to_owned(), en: "Hours".to_owned() },
            time_zone: chrono_tz::Europe::Moscow,
            openings: Vec::new(),
            holidays: Vec::new(),
            special_days: Vec::new(),
            in_force_from: None,
        });
        catalogue.evolve(CatalogueEvent::ServiceLevelDefined {
            request: RequestKind::Ticket,
            clock: ClockKind::Calendar,
            calendar_id: CalendarId::named("office"),
            processing_minutes: 20,
            first_response_minutes: Some(5),
            typical_minutes: None,
            at_risk_percent: 25,
            in_force_from: start(),
        });
        Arc::new(Book::new(&catalogue))
    };
    BOOK.get_or_init(made).clone()
}

/// In the middle of everyday life: the default policy, and targets that random histories breach.
pub(crate) fn circumstances(at: Moment) -> Circumstances {
    Circumstances { book: book(), ..unmeasured(at) }
}

/// Nothing is measured, so that a command records what it says and no more.
pub(crate) fn unmeasured(at: Moment) -> Circumstances {
    Circumstances { at, policy: TicketPolicy::default(), book: Arc::default() }
}

/// A request to the technical department.
pub(crate) fn open() -> Command {
    Command::Open(Open {
        customer_id: customer(),
        category_id: CategoryId::named("bug_report"),
        product_id: ProductId::named("robot"),
        routing: Ok(vec![technical()]),
        priority: Priority::Normal,
        subject: "It does not start".to_owned(),
        text: "Since this morning.".to_owned(),
        file_ids: Vec::new(),
        pick: None,
    })
}

pub(crate) fn accept(name: &str) -> Command {
    Command::Accept { by: agent(name) }
}

/// The manager's reply; allowed unless the ticket is closed.
pub(crate) fn reply(text: &str) -> Command {
    let (message_id, text) = (MessageId::named(text), text.to_owned());
    AddReply { by: Party::Staff(manager()), message_id, text, file_ids: Vec::new() }.into()
}

/// The manager's note; allowed at any time.
pub(crate) fn note(text: &str) -> Command {
    let (message_id, text) = (MessageId::named(text), text.to_owned());
    AddNote { by: manager(), message_id, text, file_ids: Vec::new() }.into()
}

pub(crate) fn resolve() -> Command {
    Resolve { by: manager(), outcome: Outcome::Solved, summary: None }.into()
}

/// The customer closes the ticket.
pub(crate) fn close() -> Command {
    Command::Close { by: Party::Customer(customer()) }
}

/// The customer brings the ticket back.
pub(crate) fn reopen() -> Command {
    Reopen { by: Party::Customer(customer()), reason: None }.into()
}

/// Runs a command on the ticket of this name. Nothing is measured.
pub(crate) async fn run(
    log: &Log,
    name: &str,
    what: impl Into<Command>,
    context: CommandContext,
) -> TicketResult {
    let command = (what.into(), unmeasured(context.occurred_at));
    log.execute::<Ticket>(ticket(name).uuid(), command, context).await
}

/// Opens the ticket of this name.
pub(crate) async fn opened(log: &Log, name: &str) -> Executed {
    run(log, name, open(), command(&format!("open {name}"))).await.expect("the ticket is opened")
}
