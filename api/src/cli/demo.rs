//! Lively data for trying out: a customer, agents, a manager and an auditor with tokens, and tickets
//! in every state, made by the same commands that clients send.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use servicedesk_domain::access::Principal;
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::licence::{self, decide::GrantLicence};
use servicedesk_domain::licensing::{AccountNumber, Licence, LicenceKind};
use servicedesk_domain::staff::{
    Command as StaffCommand, Role, StaffMember, StaffMemberId, Worker,
};
use servicedesk_domain::ticket::command::{
    AddReply, AgreeToCharges, Command, LogTime, NewEntry, Open, Party, Resolve, Work,
};
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{MessageId, Ticket, TicketId, TimeEntryId};
use servicedesk_eventlog::Log;

use super::people::token_for;
use super::serve;
use crate::config::Config;
use servicedesk_service::billing::terms;
use servicedesk_service::desk::Desk;
use servicedesk_service::ticket::cost;
use servicedesk_service::{clock, customer, desk, staff};

const ROUNDS: u32 = 8;

/// Serves with lively data.
pub(super) async fn demo(config: Config) -> anyhow::Result<()> {
    let listener = serve::listen(&config).await?;
    let service = serve::start(config).await?;
    let desk = &service.app.desk;
    let log = &desk.log;
    let people = register_people(log).await?;
    grant_licences(log, &people).await?;
    // Nobody works on two tickets at the same time, so what is logged later was worked before.
    let mut ends = HashMap::new();
    for round in 0..ROUNDS {
        for at_work in open_tickets(desk, &people, round).await? {
            let worked_at = ends.entry(at_work.agent.staff_member_id).or_insert_with(|| log.now());
            let work = TimeDelta::minutes(at_work.minutes);
            log_time(desk, at_work, *worked_at).await?;
            *worked_at -= work;
        }
    }
    let patience = Duration::from_secs(30);
    desk.positions.wait_for(log.head(), patience).await?;
    let lines = show_tokens(log, &people, &listener.local_addr()?.to_string()).await?;
    serve::announce(&service, &listener, &lines)?;
    serve::until_stopped(service, listener).await
}

struct People {
    customers: Vec<CustomerId>,
    agents: Vec<Worker>,
    manager: StaffMemberId,
    auditor: StaffMemberId,
}

async fn register_people(log: &Log) -> anyhow::Result<People> {
    let mut customers = Vec::new();
    for number in 1..=4 {
        customers.push(customer::registering::register(log, format!("Customer {number}")).await?);
    }
    let mut agents = Vec::new();
    for code in ["accounting", "technical", "technical", "sales", "licensing"] {
        let department_ids = vec![DepartmentId::named(code)];
        let name = format!("Agent {} ({code})", agents.len() + 1);
        let id =
            staff::registering::register(log, name, Role::Agent, department_ids.clone()).await?;
        let context = desk::own_context(Actor::Staff(id), log.now());
        log.execute::<StaffMember>(id.uuid(), StaffCommand::StartShift, context).await?;
        agents.push(Worker { staff_member_id: id, role: Role::Agent, department_ids });
    }
    let no_department = Vec::new;
    let manager =
        staff::registering::register(log, "Manager".to_owned(), Role::Manager, no_department());
    let manager = manager.await?;
    let auditor =
        staff::registering::register(log, "Auditor".to_owned(), Role::Auditor, no_department());
    Ok(People { customers, agents, manager, auditor: auditor.await? })
}

/// Half of the customers have bought the robot, so that five hours of help with it are free.
async fn grant_licences(log: &Log, people: &People) -> anyhow::Result<()> {
    let licenser = people.agents.last().map(|agent| agent.staff_member_id);
    for customer_id in people.customers.iter().step_by(2) {
        let at = log.now();
        let actor = licenser.map_or(Actor::Operator, Actor::Staff);
        let command = licence::Command::Grant(GrantLicence {
            customer_id: Ok(*customer_id),
            product_id: Ok(ProductId::named("trading_robot")),
            kind: LicenceKind::Unlimited,
            // The time that is logged was worked in the last days.
            valid_from: at - TimeDelta::days(30),
            valid_until: None,
            account_numbers: AccountNumber::parse("50012345")
                .map(|account| vec![account])
                .map_err(licence::Rejection::BadAccountNumber),
            application_id: None,
            time_zone: chrono_tz::Europe::Moscow,
            at,
        });
        let context = desk::own_context(actor, at);
        log.execute::<Licence>(clock::fresh_id(), command, context).await?;
    }
    Ok(())
}

/// A ticket on which an agent is at work.
struct AtWork {
    ticket_id: TicketId,
    customer_id: CustomerId,
    agent: Worker,
    minutes: i64,
}

/// Logs the work on a ticket. What is not free is charged, to which the customer agrees.
async fn log_time(desk: &Desk, at_work: AtWork, worked_at: Moment) -> anyhow::Result<()> {
    let AtWork { ticket_id, customer_id, agent, minutes } = at_work;
    let at = desk.now();
    let version = terms::for_request(&desk.log, at).await?;
    let agree = AgreeToCharges { customer_id, shown_price: None, version };
    send(desk, ticket_id, agree, Actor::Customer(customer_id)).await?;
    let (entry_id, actor) =
        (TimeEntryId::new(clock::fresh_id()), Actor::Staff(agent.staff_member_id));
    let work =
        Work { minutes, started_at: None, worked_at, note: None, courtesy: None, overlap: None };
    let cost = cost::of_work(desk, ticket_id, &work, None).await?;
    let logged = LogTime { by: agent, entry: NewEntry { entry_id, work, cost, closed_at: None } };
    send(desk, ticket_id, logged, actor).await
}

/// Opens a ticket of each category and takes it a different way in each round. Gives those that
/// somebody has accepted.
async fn open_tickets(desk: &Desk, people: &People, round: u32) -> anyhow::Result<Vec<AtWork>> {
    let mut at_work = Vec::new();
    let requests = [
        ("finance", "accounting", "trading_robot", "An invoice for my licence"),
        ("bug_report", "technical", "indicator", "The indicator draws nothing after an update"),
        ("purchase", "sales", "utility", "Is there a discount for two licences?"),
        ("installation_and_setup", "technical", "trading_robot", "The robot does not start"),
        ("licence", "licensing", "trading_robot", "Move my licence to another account"),
    ];
    for (number, (category, department, product, subject)) in (0_u32..).zip(requests) {
        let index = usize::try_from(round + number)?;
        let customer_id = people.customers[index % people.customers.len()];
        let agent = people
            .agents
            .iter()
            .find(|agent| agent.department_ids == [DepartmentId::named(department)])
            .ok_or_else(|| anyhow::anyhow!("nobody works in {department}"))?;
        let ticket_id = TicketId::new(clock::fresh_id());
        let open = Open {
            customer_id,
            category_id: CategoryId::named(category),
            product_id: ProductId::named(product),
            routing: Ok(vec![DepartmentId::named(department)]),
            priority: [Priority::Normal, Priority::High, Priority::Low][index % 3],
            subject: subject.to_owned(),
            text: format!("{subject}. Please help."),
            file_ids: Vec::new(),
            pick: None,
        };
        let asked = Actor::Customer(customer_id);
        send(desk, ticket_id, open, asked).await?;
        let steps = (round + number) % 6;
        for command in handling(customer_id, agent, steps) {
            let actor = match &command {
                Command::AddReply(AddReply { by: Party::Customer(id), .. }) => Actor::Customer(*id),
                _ => Actor::Staff(agent.staff_member_id),
            };
            send(desk, ticket_id, command, actor).await?;
        }
        if steps > 0 {
            let (agent, minutes) = (agent.clone(), i64::from(steps) * 25);
            at_work.push(AtWork { ticket_id, customer_id, agent, minutes });
        }
    }
    Ok(at_work)
}

/// The first steps of a ticket's life; `length` of them.
fn handling(customer_id: CustomerId, agent: &Worker, length: u32) -> Vec<Command> {
    let by = agent.clone();
    let reply = |by: Party, text: &str| {
        let message_id = MessageId::new(clock::fresh_id());
        Command::from(AddReply { by, message_id, text: text.to_owned(), file_ids: Vec::new() })
    };
    let steps = vec![
        Command::Accept { by: by.clone() },
        reply(Party::Staff(by.clone()), "Which version do you use?"),
        Command::AwaitCustomer { by: by.clone() },
        reply(Party::Customer(customer_id), "The newest one."),
        Command::from(Resolve {
            by,
            outcome: Outcome::Solved,
            summary: Some("Set up together; it works.".to_owned()),
        }),
    ];
    steps.into_iter().zip(0..length).map(|(step, _)| step).collect()
}

async fn send(
    desk: &Desk,
    ticket_id: TicketId,
    command: impl Into<Command>,
    actor: Actor,
) -> anyhow::Result<()> {
    let mut context = desk::own_context(actor, desk.now());
    context.is_numbered = true;
    let circumstances = desk.circumstances(context.occurred_at).await?;
    let command = (command.into(), circumstances);
    desk.log.execute::<Ticket>(ticket_id.uuid(), command, context).await?;
    Ok(())
}

async fn show_tokens(log: &Log, people: &People, address: &str) -> anyhow::Result<Vec<String>> {
    let everybody = [
        ("customer", Principal::Customer(people.customers[0])),
        ("agent", Principal::Staff(people.agents[1].staff_member_id)),
        ("manager", Principal::Staff(people.manager)),
        ("auditor", Principal::Staff(people.auditor)),
    ];
    let mut lines = vec!["open one of these to look at the desk as".to_owned()];
    for (role, principal) in everybody {
        let token = token_for(log, principal).await?;
        lines.push(format!("  {role:<9} http://{address}/graphql#token={token}"));
    }
    Ok(lines)
}
