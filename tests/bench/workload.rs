//! What is worked on: customers with a token each, and tickets of theirs.

use std::sync::Arc;

use servicedesk_domain::access::{Principal, Scope};
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId, TicketPolicy};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::command::{AddReply, Circumstances, Command, Open, Party};
use servicedesk_domain::ticket::events::Priority;
use servicedesk_domain::ticket::{MessageId, Ticket, TicketId};
use servicedesk_eventlog::{CommandContext, CommandId, Log, Origin};
use servicedesk_service::access::issuing::{TokenRequest, issue};
use servicedesk_service::catalogue::seed;
use servicedesk_service::{clock, customer};

/// How many clients work at once.
pub(crate) const CLIENTS: usize = 64;

/// What a customer writes: as long as such messages are.
pub(crate) const TEXT: &str = "I have restarted the terminal as you said and attached the robot to \
    the chart again. It now shows the smiling face in the corner, but no orders are placed. The \
    journal says \"trade is disabled\" each time a signal comes. The account is the same as \
    before the update, automatic trading is allowed in the settings, and the other robot works. \
    What else can I check?";

/// A customer with tickets.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// The customer.
    pub(crate) customer_id: CustomerId,
    /// The customer's token.
    pub(crate) token: String,
    /// The customer's tickets.
    pub(crate) tickets: Vec<TicketId>,
}

/// Registers [`CLIENTS`] customers, and opens so many tickets for each.
pub(crate) async fn clients(log: &Log, tickets_each: usize) -> anyhow::Result<Vec<Client>> {
    seed::load_default(log).await?;
    let mut clients = Vec::with_capacity(CLIENTS);
    for number in 1..=CLIENTS {
        let name = format!("Customer {number}");
        let customer_id = customer::registering::register(log, name).await?;
        let request = TokenRequest {
            principal: Principal::Customer(customer_id),
            scopes: vec![Scope::Read, Scope::Write],
            days: 1,
            label: "for measuring".to_owned(),
        };
        let token = issue(log, request).await?.token;
        clients.push(Client { customer_id, token, tickets: Vec::new() });
    }
    for _ in 0..tickets_each {
        // All at once, so that they share commits.
        let opened = clients.iter().map(|client| open_ticket(log, client.customer_id));
        let opened = futures::future::try_join_all(opened).await?;
        for (client, ticket_id) in clients.iter_mut().zip(opened) {
            client.tickets.push(ticket_id);
        }
    }
    Ok(clients)
}

async fn open_ticket(log: &Log, customer_id: CustomerId) -> anyhow::Result<TicketId> {
    let ticket_id = TicketId::new(clock::fresh_id());
    let open = Open {
        customer_id,
        category_id: CategoryId::named("bug_report"),
        product_id: ProductId::named("trading_robot"),
        routing: Ok(vec![DepartmentId::named("technical")]),
        priority: Priority::Normal,
        subject: "The robot does not trade after the update".to_owned(),
        text: TEXT.to_owned(),
        file_ids: Vec::new(),
        pick: None,
    };
    let context = CommandContext { is_numbered: true, ..context(log, customer_id) };
    send(log, ticket_id, open, context).await?;
    Ok(ticket_id)
}

/// The customer replies on the ticket: one event, under an id that may come again.
pub(crate) async fn reply(
    log: &Log,
    customer_id: CustomerId,
    ticket_id: TicketId,
) -> anyhow::Result<()> {
    let reply = AddReply {
        by: Party::Customer(customer_id),
        message_id: MessageId::new(clock::fresh_id()),
        text: TEXT.to_owned(),
        file_ids: Vec::new(),
    };
    send(log, ticket_id, reply, context(log, customer_id)).await
}

/// Nothing is measured, so that each command records its own events and no more.
async fn send(
    log: &Log,
    ticket_id: TicketId,
    command: impl Into<Command>,
    context: CommandContext,
) -> anyhow::Result<()> {
    let (policy, book) = (TicketPolicy::default(), Arc::default());
    let circumstances = Circumstances { at: context.occurred_at, policy, book };
    log.execute::<Ticket>(ticket_id.uuid(), (command.into(), circumstances), context).await?;
    Ok(())
}

fn context(log: &Log, customer_id: CustomerId) -> CommandContext {
    CommandContext {
        command_id: CommandId { id: clock::fresh_id(), origin: Origin::Repeatable },
        fingerprint: 1,
        actor: Actor::Customer(customer_id),
        occurred_at: log.now(),
        correlation_id: clock::fresh_id(),
        expected_sequence: None,
        is_numbered: false,
    }
}
