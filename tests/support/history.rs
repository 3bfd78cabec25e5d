//! Random histories: what people might do at a desk, through the real commands. What the rules
//! refuse is refused; the rest makes the history.

use std::sync::Arc;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use servicedesk_domain::access::{self, ApiToken, ApiTokenId, Principal, Scope};
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::customer::{self, Customer, CustomerId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::licence;
use servicedesk_domain::licensing::licence::decide::{
    Download, GrantLicence, IssueLink, PassTime, Rebind, Renew, Revoke,
};
use servicedesk_domain::licensing::release::decide::{Announce, Publish, Withdraw};
use servicedesk_domain::licensing::release::{self, ReleaseFile};
use servicedesk_domain::licensing::{
    AccountNumber, ApplicationId, Licence, LicenceId, LicenceKind, Release, ReleaseId,
};
use servicedesk_domain::staff::{self, Role, StaffMember, StaffMemberId, Worker};
use servicedesk_domain::ticket::command::{
    AddNote, AddReply, AssessPriority, Assign, CorrectTime, JoinCollaborator, LogTime, NewEntry,
    Open, Party, PromiseResolution, Reopen, Resolve, Transfer, Work,
};
use servicedesk_domain::ticket::events::{Outcome, Priority};
use servicedesk_domain::ticket::{self, MessageId, Ticket, TicketId, TimeEntryId};
use servicedesk_eventlog::{CommandContext, ExecuteError, Log};
use servicedesk_projections::Positions;
use servicedesk_service::billing::terms;
use servicedesk_service::desk::Desk;
use servicedesk_service::file::store::FileStore;
use servicedesk_service::mail::Outbox;
use servicedesk_service::reactions;
use servicedesk_service::sla::book_cache::BookCache;

use super::clock::start;
use super::{PATIENCE, desk};

/// A command on something; which thing it is, is a small number.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// On one of some tickets. Its rules take it to happen so many minutes after the act.
    Ticket(u8, Box<ticket::Command>, i64),
    /// On one of some members of staff.
    Staff(u8, staff::Command),
    /// On one of some customers.
    Customer(u8, customer::Command),
    /// On one of some API tokens.
    Token(u8, access::Command),
    /// On one of some licences.
    Licence(u8, licence::Command),
    /// On one of some releases.
    Release(u8, release::Command),
}

/// Carries the acts out, each a minute after the one before it, and then what follows from them.
/// `first` is the number of the first of them, so that a history can go on.
pub(crate) async fn live(log: &Log, first: usize, acts: &[Act]) {
    terms::load_default(log).await.expect("terms of support");
    for (number, act) in (first..).zip(acts) {
        let context = CommandContext {
            occurred_at: minute(i64::try_from(number).expect("a short history")),
            is_numbered: matches!(act, Act::Ticket(..)),
            ..desk::command(&format!("act {number}"))
        };
        match act.clone() {
            Act::Ticket(of, command, later) => {
                let id = TicketId::named(&of.to_string()).uuid();
                let at = context.occurred_at + TimeDelta::minutes(later);
                let command = (*command, desk::circumstances(at));
                sound(log.execute::<Ticket>(id, command, context).await);
            }
            Act::Staff(of, command) => {
                let id = StaffMemberId::named(&of.to_string()).uuid();
                sound(log.execute::<StaffMember>(id, command, context).await);
            }
            Act::Customer(of, command) => {
                let id = CustomerId::named(&of.to_string()).uuid();
                sound(log.execute::<Customer>(id, command, context).await);
            }
            Act::Token(of, command) => {
                let id = ApiTokenId::named(&of.to_string()).uuid();
                sound(log.execute::<ApiToken>(id, command, context).await);
            }
            Act::Release(of, command) => {
                let id = ReleaseId::named(&of.to_string()).uuid();
                sound(log.execute::<Release>(id, command, context).await);
            }
            Act::Licence(of, command) => {
                let id = LicenceId::named(&of.to_string()).uuid();
                sound(log.execute::<Licence>(id, command, context).await);
            }
        }
    }
    reactions::catch_up(&desk_of(log)).await.expect("what follows is done");
}

/// What use cases work with, where nothing is projected.
pub(crate) fn desk_of(log: &Log) -> Desk {
    Desk {
        book_cache: BookCache::default(),
        log: log.clone(),
        positions: Positions::of(log.db().clone(), Arc::new([])),
        outbox: Outbox::new("no mail here".into(), "desk@example.com").expect("an outbox"),
        reactions: reactions::positions(log.db()),
        files: FileStore::new(std::path::Path::new("files that nobody sends")).expect("a folder"),
        patience: PATIENCE,
    }
}

fn sound<T, R: std::fmt::Debug>(result: Result<T, ExecuteError<R>>) {
    match result {
        Ok(_) | Err(ExecuteError::Rejected(_)) => {}
        Err(error) => panic!("a command was neither accepted nor refused: {error:?}"),
    }
}

/// Random acts, most of them on tickets, of which the first acts open some.
pub(crate) fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let opening = (0..TICKETS, opening()).prop_map(|(of, open)| on_ticket(of, open));
    (vec(opening, 1..5), vec(act(), 0..most)).prop_map(|(first, then)| [first, then].concat())
}

const TICKETS: u8 = 5;
const PEOPLE: u8 = 4;

fn on_ticket(of: u8, command: ticket::Command) -> Act {
    Act::Ticket(of, Box::new(command), 0)
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0..TICKETS, on_a_ticket()).prop_map(|(of, command)| on_ticket(of, command)),
        1 => (0..TICKETS, 0..60_000_i64).prop_map(|(of, later)| expire(of, later)),
        3 => (0..TICKETS, time()).prop_map(|(of, time)| on_ticket(of, time.on(of))),
        2 => (0..PEOPLE).prop_flat_map(|of| on_staff(of).prop_map(move |act| Act::Staff(of, act))),
        1 => (0..PEOPLE).prop_map(|of| Act::Customer(of, register(of))),
        2 => (0..PEOPLE).prop_flat_map(|of| on_token(of).prop_map(move |act| Act::Token(of, act))),
        1 => (0..PEOPLE, on_release()).prop_map(|(of, act)| Act::Release(of, act)),
        3 => (0..PEOPLE, on_licence()).prop_map(|(of, act)| Act::Licence(of, act)),
    ]
}

/// A ticket closes by itself weeks after it was resolved, and a history is of minutes.
fn expire(of: u8, later: i64) -> Act {
    Act::Ticket(of, Box::new(ticket::Command::Expire), later)
}

fn on_a_ticket() -> impl Strategy<Value = ticket::Command> {
    use ticket::Command;
    let free = prop_oneof![
        opening(),
        worker().prop_map(|by| Command::Accept { by }),
        (worker(), worker())
            .prop_map(|(by, assignee)| Assign { by, assignee, reason: None }.into()),
        (worker(), department(), option::of(worker())).prop_map(|(by, to_department_id, pick)| {
            let pick = pick.map(|worker| worker.staff_member_id);
            Transfer { by, to_department_id, pick, reason: Some("Not ours".to_owned()) }.into()
        }),
        (worker(), worker())
            .prop_map(|(by, collaborator)| JoinCollaborator { by, collaborator }.into()),
        worker().prop_map(|by| Command::Leave { by }),
        (worker(), priority()).prop_map(|(by, priority)| AssessPriority { by, priority }.into()),
    ];
    let talk = prop_oneof![
        (party(), text(), any::<u64>()).prop_map(|(by, text, message)| {
            AddReply {
                by,
                message_id: MessageId::named(&message.to_string()),
                text,
                file_ids: Vec::new(),
            }
            .into()
        }),
        (worker(), text(), any::<u64>()).prop_map(|(by, text, message)| {
            AddNote {
                by,
                message_id: MessageId::named(&message.to_string()),
                text,
                file_ids: Vec::new(),
            }
            .into()
        }),
        worker().prop_map(|by| Command::AwaitCustomer { by }),
        worker().prop_map(|by| Command::Resume { by }),
        worker().prop_map(|by| Command::AcknowledgeAnswer { by }),
    ];
    let end = prop_oneof![
        (worker(), -1_000..2_000_i64).prop_map(|(by, promised_for)| {
            PromiseResolution { by, promised_for: minute(promised_for) }.into()
        }),
        (worker(), option::of(text())).prop_map(|(by, summary)| {
            Resolve { by, outcome: Outcome::Duplicate, summary }.into()
        }),
        party().prop_map(|by| Command::Close { by }),
        party().prop_map(|by| Reopen { by, reason: None }.into()),
    ];
    prop_oneof![3 => free, 2 => talk, 2 => end]
}

/// One of a ticket's few time entries, logged or corrected.
#[derive(Debug, Clone)]
struct Time {
    by: Worker,
    entry: u8,
    minutes: i64,
    is_correction: bool,
    text: Option<String>,
}

fn time() -> impl Strategy<Value = Time> {
    (worker(), 0..3_u8, 0..90_i64, any::<bool>(), option::of(text())).prop_map(
        |(by, entry, minutes, is_correction, text)| Time {
            by,
            entry,
            minutes,
            is_correction,
            text,
        },
    )
}

impl Time {
    /// An entry is of one ticket, so its id is made with the ticket's.
    fn on(self, of: u8) -> ticket::Command {
        let id = |what: &str| TimeEntryId::named(&format!("{of} {} {what}", self.entry));
        let note = self.text.clone();
        let courtesy = (self.minutes % 7 == 0).then(|| "Our mistake".to_owned());
        let (minutes, started_at, overlap) = (self.minutes, None, None);
        let work = Work { minutes, started_at, worked_at: start(), note, courtesy, overlap };
        let entry =
            |what: &str| NewEntry { entry_id: id(what), work, cost: desk::free(), closed_at: None };
        if self.is_correction {
            let instead = self.text.is_some().then(|| entry("then"));
            let (entry_id, reason) = (id("first"), "Wrong".to_owned());
            CorrectTime { by: self.by.clone(), entry_id, reason, instead }.into()
        } else {
            LogTime { by: self.by.clone(), entry: entry("first") }.into()
        }
    }
}

fn opening() -> impl Strategy<Value = ticket::Command> {
    let routing = prop_oneof![
        department().prop_map(|one| vec![one]),
        Just(vec![desk::technical(), desk::sales()]),
    ];
    (routing, priority(), text(), option::of(worker())).prop_map(
        |(routing, priority, text, pick)| {
            ticket::Command::Open(Open {
                customer_id: desk::customer(),
                category_id: CategoryId::named("bug_report"),
                product_id: ProductId::named("robot"),
                routing: Ok(routing),
                priority,
                subject: text.clone(),
                text,
                file_ids: Vec::new(),
                pick: pick.map(|worker| worker.staff_member_id),
            })
        },
    )
}

fn on_staff(of: u8) -> impl Strategy<Value = staff::Command> {
    let register = department().prop_map(move |department_id| staff::Command::Register {
        staff_member_id: StaffMemberId::named(&of.to_string()),
        name: format!("Agent {of}"),
        role: Role::Agent,
        department_ids: vec![department_id],
    });
    let start_timer = (0..TICKETS).prop_map(|ticket| staff::Command::StartTimer {
        entry_id: TimeEntryId::named("timer"),
        ticket_id: Ok(TicketId::named(&ticket.to_string())),
        at: start(),
    });
    prop_oneof![
        register,
        Just(staff::Command::StartShift),
        Just(staff::Command::EndShift),
        start_timer,
        Just(staff::Command::DiscardTimer),
    ]
}

fn register(of: u8) -> customer::Command {
    let customer_id = CustomerId::named(&of.to_string());
    customer::Command::Register { customer_id, name: format!("Клиент {of}") }
}

/// Licences of the one customer, for some time around that of the work, with what becomes of them.
fn on_licence() -> impl Strategy<Value = licence::Command> {
    let grant = (0..60_i64, option::of(1..60_i64), accounts()).prop_map(
        |(from, minutes, account_numbers)| {
            licence::Command::Grant(GrantLicence {
                customer_id: Ok(desk::customer()),
                product_id: Ok(ProductId::named("robot")),
                kind: minutes.map_or(LicenceKind::Affiliate, |_| LicenceKind::Rental),
                valid_from: minute(from - 30),
                valid_until: minutes.map(|minutes| minute(from - 30 + minutes)),
                account_numbers: Ok(account_numbers),
                application_id: (from % 2 == 0).then(|| ApplicationId::named("one")),
                time_zone: chrono_tz::Europe::Moscow,
                at: start(),
            })
        },
    );
    let rebind = accounts().prop_map(|account_numbers| {
        licence::Command::Rebind(Rebind {
            account_numbers: Ok(account_numbers),
            reason: "Moved".to_owned(),
            max_characters: 100,
            at: start(),
        })
    });
    let renew = (1..3_i64).prop_map(|months| {
        let time_zone = chrono_tz::Tz::Europe__Moscow;
        licence::Command::Renew(Renew { months, time_zone, at: minute(-30) })
    });
    let pass_time = (0..90_i64, vec(0..3_u16, 0..3)).prop_map(|(days, warning_days)| {
        let at = start() + TimeDelta::days(days);
        licence::Command::PassTime(PassTime { warning_days, at })
    });
    let link = (1..3_u16).prop_map(|hours| {
        licence::Command::IssueLink(IssueLink { customer_id: None, hours, at: start() })
    });
    let download = (1..4_u32, 0..60_i64).prop_map(|(number, at)| {
        let (release_id, at) = (ReleaseId::named("one"), minute(at));
        licence::Command::Download(Download { number, release_id, at })
    });
    let revoke = (-5..5_i64).prop_map(|at| {
        let reason = "Refunded".to_owned();
        licence::Command::Revoke(Revoke { reason, max_characters: 100, at: minute(at) })
    });
    prop_oneof![6 => grant, 2 => rebind, 2 => renew, 2 => pass_time, 2 => link, 2 => download,
                1 => revoke]
}

fn accounts() -> impl Strategy<Value = Vec<AccountNumber>> {
    vec("[0-9]{1,3}".prop_map(|one| AccountNumber::parse(&one).expect("a number")), 0..3)
}

fn on_release() -> impl Strategy<Value = release::Command> {
    let file = |sort: u8| ReleaseFile {
        name: "robot.zip".to_owned(),
        bytes: 5,
        sha256: format!("{sort:064x}"),
    };
    let announce = (0..2_u8).prop_map(move |sort| {
        release::Command::Announce(Announce {
            product_id: Ok(ProductId::named("robot")),
            version: "1.0".to_owned(),
            notes: "New".to_owned(),
            file_name: file(sort).name,
            bytes: 5,
            sha256: file(sort).sha256,
            max_bytes: 5,
            max_characters: 100,
        })
    });
    let publish = (0..2_u8)
        .prop_map(move |sort| release::Command::Publish(Publish { file: file(sort), at: start() }));
    let withdraw = Just(release::Command::Withdraw(Withdraw {
        reason: "Broken".to_owned(),
        max_characters: 100,
        at: start(),
    }));
    prop_oneof![2 => announce, 2 => publish, 1 => withdraw]
}

fn on_token(of: u8) -> impl Strategy<Value = access::Command> {
    let issue = access::Command::Issue {
        api_token_id: ApiTokenId::named(&of.to_string()),
        token_sha256: format!("{of:064x}"),
        principal: Principal::Customer(desk::customer()),
        scopes: vec![Scope::Read, Scope::Write],
        expires_at: minute(100_000),
        label: "trial".to_owned(),
        at: start(),
    };
    prop_oneof![Just(issue), Just(access::Command::Revoke)]
}

/// Mostly somebody who may work on any ticket, so that most acts are not refused.
fn worker() -> impl Strategy<Value = Worker> {
    prop_oneof![
        3 => Just(desk::manager()),
        1 => Just(desk::agent("first")),
        1 => Just(desk::agent("second")),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![Just(Party::Customer(desk::customer())), worker().prop_map(Party::Staff)]
}

fn department() -> impl Strategy<Value = DepartmentId> {
    select(vec![desk::technical(), desk::sales(), DepartmentId::named("accounting")])
}

fn priority() -> impl Strategy<Value = Priority> {
    select(vec![Priority::Low, Priority::Normal, Priority::High, Priority::Urgent])
}

/// Texts that a table might store wrongly.
fn text() -> impl Strategy<Value = String> {
    let told = select(vec!["Text", "Ответ", "it's \"quoted\" \\ {} $1 %_", "🙂", "a\nb\tc"]);
    told.prop_map(str::to_owned)
}

fn minute(number: i64) -> Moment {
    start() + TimeDelta::minutes(number)
}
