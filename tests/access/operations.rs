//! Every query, mutation and subscription, by every kind of caller.

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::access::Scope;
use servicedesk_domain::staff::Role;

use crate::support::app::{
    App, Person, calendar_called, category, department, level_of, opening, product, with,
};
use crate::support::introspection::Types;
use crate::support::on_both;
use crate::support::watch::{Watcher, Way};

const OK: &str = "ok";
const NULL: &str = "null";
const NO: &str = "FORBIDDEN";
const WHO: &str = "UNAUTHENTICATED";
const NONE: &str = "TICKET_NOT_FOUND";
const AWAY: &str = "NOT_IN_DEPARTMENT";
/// What a watch that may not begin is told.
const BAD: &str = "BAD_USER_INPUT";

/// The callers, in the order of the tables' columns. Those with one scope are the agent. `away` is
/// an agent of another department.
const CALLERS: [&str; 12] = [
    "nobody",
    "expired",
    "revoked",
    "owner",
    "stranger",
    "agent",
    "away",
    "manager",
    "auditor",
    "admin",
    "read-only",
    "write-only",
];

type Row = (&'static str, [&'static str; 12]);

const QUERIES: [Row; 16] = [
    //                  nobody  exp. rev. owner str. agent away mgr. aud. adm. read write
    ("viewer", [NULL, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ("catalogue", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("staffMembers", [WHO, WHO, WHO, NO, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("slaForecast", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("slaReport", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("departmentQueue", [WHO, WHO, WHO, NO, NO, OK, NO, OK, OK, OK, OK, NO]),
    ("tickets", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("ticket", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("ticket number", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("nodes", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Ticket", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Customer", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node StaffMember", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Department", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Category", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Product", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
];

const MUTATIONS: [Row; 22] = [
    //                    nobody expired revoked owner stranger agent away manager auditor admin read write
    ("openTicket", [WHO, WHO, WHO, OK, OK, OK, OK, OK, NO, OK, NO, OK]),
    ("addReply", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("closeTicket", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("reopenTicket", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("acceptTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("addNote", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("assessPriority", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("assignTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("awaitCustomer", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("correctTime", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("logTime", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("joinCollaborator", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("leaveTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("promiseResolution", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("resolveTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("resumeTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("transferTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("defineCalendar", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("defineServiceLevel", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("remeasureTicket", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("startShift", [WHO, WHO, WHO, NO, NO, OK, OK, OK, "WORKS_NO_TICKETS", OK, NO, OK]),
    // An auditor has no shift to end, so that nothing comes of it.
    ("endShift", [WHO, WHO, WHO, NO, NO, OK, OK, OK, NULL, OK, NO, OK]),
];

const SUBSCRIPTIONS: [Row; 2] = [
    //                nobody expired revoked owner stranger agent away manager auditor admin read write
    ("ticketChanged", [WHO, WHO, WHO, OK, BAD, OK, BAD, OK, OK, OK, OK, NO]),
    ("queueChanged", [WHO, WHO, WHO, NO, NO, OK, NO, OK, OK, OK, OK, NO]),
];

struct Cast {
    app: App,
    callers: Vec<Person>,
    owner: Person,
    agent: Person,
    colleague: Person,
}

impl Cast {
    async fn meet(app: App) -> Self {
        let owner = app.customer("Owner").await;
        let stranger = app.customer("Stranger").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let away = app.agent("Away", &["sales"]).await;
        let both = [Scope::Read, Scope::Write];
        let expired = app.with_token(&agent, &both, 1).await;
        app.advance(TimeDelta::days(2));
        let revoked = app.with_token(&agent, &both, 30).await;
        app.revoke(&revoked).await;
        let callers = vec![
            Person::anonymous(&agent),
            expired,
            revoked,
            owner.clone(),
            stranger,
            agent.clone(),
            away,
            app.staff("Manager", Role::Manager, &[]).await,
            app.staff("Auditor", Role::Auditor, &[]).await,
            app.staff("Admin", Role::Admin, &[]).await,
            app.with_token(&agent, &[Scope::Read], 30).await,
            app.with_token(&agent, &[Scope::Write], 30).await,
        ];
        let colleague = app.agent("Colleague", &["technical"]).await;
        Self { app, callers, owner, agent, colleague }
    }

    /// Each row's caller with what is expected.
    fn cases<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a Person, &'a str)> {
        let (_, expected) = row;
        CALLERS
            .iter()
            .zip(&self.callers)
            .zip(expected)
            .map(|((name, who), code)| (*name, who, *code))
    }

    /// The owner's ticket in the state in which the mutation makes sense.
    async fn ticket_for(&self, mutation: &str) -> Value {
        let mut ticket = self.owner.opens("bug_report").await;
        if mutation == "correctTime" {
            ticket["timeEntryId"] = json!(self.agent.logs(&ticket, 30).await);
        }
        let steps: &[&str] = match mutation {
            "awaitCustomer" | "resolveTicket" => &["acceptTicket"],
            "resumeTicket" => &["acceptTicket", "awaitCustomer"],
            "closeTicket" | "reopenTicket" => &["acceptTicket", "resolveTicket"],
            _ => &[],
        };
        for step in steps {
            self.colleague.does(step, &ticket).await;
        }
        if mutation == "remeasureTicket" {
            // By what is in force when it was opened, it is measured already.
            let manager = &self.callers[7];
            manager.act("defineServiceLevel", level_of(self.another_number())).await;
        }
        ticket
    }

    /// A number that was not given before, unless it was some hours ago.
    fn another_number(&self) -> i64 {
        self.app.clock.now().timestamp_micros() % 100_000 + 1
    }

    fn input(&self, mutation: &str, ticket: &Value, who: &Person) -> Value {
        let is_customer = self.callers[3].id == who.id || self.callers[4].id == who.id;
        let further = match mutation {
            "openTicket" if is_customer => return opening("bug_report"),
            "openTicket" => {
                return with(opening("bug_report"), &json!({ "customerId": self.owner.id }));
            }
            "startShift" | "endShift" => return json!({}),
            "defineCalendar" => return calendar_called(&who.id),
            "defineServiceLevel" => return level_of(self.another_number()),
            "remeasureTicket" => json!({ "reason": "A reason" }),
            "assignTicket" => json!({ "assigneeId": self.colleague.id }),
            "transferTicket" => json!({ "departmentId": department("sales") }),
            "addReply" | "addNote" => json!({ "text": "A text" }),
            "assessPriority" => json!({ "priority": "HIGH" }),
            "logTime" => json!({ "minutes": 5 }),
            "correctTime" => {
                json!({ "timeEntryId": ticket["timeEntryId"], "reason": "A reason" })
            }
            "promiseResolution" => {
                json!({ "promisedFor": self.app.clock.now() + TimeDelta::days(1) })
            }
            _ => json!({}),
        };
        with(json!({ "ticketId": ticket["id"] }), &further)
    }

    fn query(&self, name: &str, ticket: &Value) -> (String, Value) {
        let node = |id: &str| {
            let query = "query($id: ID!) { node(id: $id) { __typename } }".to_owned();
            (query, json!({ "id": id }))
        };
        let id = ticket["id"].as_str().expect("an id");
        match name {
            "viewer" => ("{ viewer { scopes } }".to_owned(), json!({})),
            "catalogue" => ("{ catalogue { reopenDays } }".to_owned(), json!({})),
            "slaForecast" => ("{ slaForecast { count } }".to_owned(), json!({})),
            "slaReport" => {
                let period = "period: { from: \"2025-01-01\", until: \"2026-01-01\" }";
                (format!("{{ slaReport({period}) {{ csv }} }}"), json!({}))
            }
            "staffMembers" => ("{ staffMembers { nodes { id } } }".to_owned(), json!({})),
            "departmentQueue" => (
                "query($id: ID!) { departmentQueue(departmentId: $id) { nodes { id } } }"
                    .to_owned(),
                json!({ "id": department("technical") }),
            ),
            "tickets" => ("{ tickets { nodes { id } } }".to_owned(), json!({})),
            "ticket" => {
                ("query($id: ID!) { ticket(id: $id) { id } }".to_owned(), json!({ "id": id }))
            }
            "ticket number" => (
                "query($n: String!) { ticket(number: $n) { id } }".to_owned(),
                json!({ "n": ticket["number"] }),
            ),
            "nodes" => (
                "query($id: ID!) { nodes(ids: [$id]) { __typename } }".to_owned(),
                json!({ "id": id }),
            ),
            "node Ticket" => node(id),
            "node Customer" => node(&self.owner.id),
            "node StaffMember" => node(&self.agent.id),
            "node Department" => node(&department("technical")),
            "node Category" => node(&category("bug_report")),
            "node Product" => node(&product("utility")),
            _ => panic!("{name} is in the table and not here"),
        }
    }
}

#[tokio::test]
async fn every_query_shows_each_caller_what_the_table_says() {
    on_both(|database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        let ticket = cast.ticket_for("").await;
        for row in &QUERIES {
            let (query, variables) = cast.query(row.0, &ticket);
            for (caller, who, expected) in cast.cases(row) {
                let answer = who.ask(&query, variables.clone()).await;
                let shown = answer.payload();
                let is_nothing = shown.is_null()
                    || *shown == json!([null])
                    || shown["nodes"].as_array().is_some_and(Vec::is_empty);
                let found = answer.error().unwrap_or(if is_nothing { NULL } else { OK });
                assert_eq!(found, expected, "{} by {caller}: {}", row.0, answer.text);
                assert!(found != NO || is_nothing, "{}", answer.text);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_mutation_lets_each_caller_do_what_the_table_says_and_records_nothing_else() {
    on_both(|database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        for row in &MUTATIONS {
            let mutation = row.0;
            let kept = cast.ticket_for(mutation).await;
            for (caller, who, expected) in cast.cases(row) {
                let is_allowed = expected == OK;
                let ticket =
                    if is_allowed { cast.ticket_for(mutation).await } else { kept.clone() };
                if is_allowed && mutation == "leaveTicket" {
                    let join = json!({ "ticketId": ticket["id"], "staffMemberId": who.id });
                    cast.colleague.done("joinCollaborator", join).await;
                }
                let opposite = match mutation {
                    "startShift" => Some("endShift"),
                    "endShift" => Some("startShift"),
                    _ => None,
                };
                if let Some(opposite) = opposite.filter(|_| is_allowed) {
                    who.act(opposite, json!({})).await;
                }
                let head = cast.app.head().await;
                let answer = who.act(mutation, cast.input(mutation, &ticket, who)).await;
                let now = cast.app.head().await;
                let expected_code = if expected == NULL { OK } else { expected };
                assert_eq!(
                    answer.outcome(),
                    expected_code,
                    "{mutation} by {caller}: {}",
                    answer.text
                );
                assert_eq!(now > head, is_allowed, "{mutation} by {caller}: {}", answer.text);
                assert!(is_allowed || answer.payload()["ticket"].is_null(), "{}", answer.text);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_subscription_begins_for_those_whom_the_table_names() {
    on_both(|database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        let ticket = cast.ticket_for("").await;
        let address = cast.app.listen().await;
        for row in &SUBSCRIPTIONS {
            let (query, variables) = match row.0 {
                "ticketChanged" => (
                    "subscription($id: ID!) { ticketChanged(ticketId: $id) { position } }",
                    json!({ "id": ticket["id"] }),
                ),
                _ => (
                    "subscription($id: ID!) { queueChanged(departmentId: $id) { position } }",
                    json!({ "id": department("technical") }),
                ),
            };
            for (caller, who, expected) in cast.cases(row) {
                for way in [Way::Events, Way::Socket(address)] {
                    if let (Way::Socket(_), "expired" | "revoked") = (way, caller) {
                        continue; // Such a connection does not come about; see `live`.
                    }
                    let variables = variables.clone();
                    let mut watcher = Watcher::begin(&cast.app, way, who, query, variables).await;
                    let first = watcher.next().await.expect("an item");
                    let found = first["errors"][0]["extensions"]["code"].as_str().unwrap_or(OK);
                    assert_eq!(found, expected, "{} by {caller} over {way:?}: {first}", row.0);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_tables_name_everything_that_the_schema_has() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        let named = |rows: &[Row]| {
            let first = |row: &Row| row.0.split(' ').next().unwrap_or_default().to_owned();
            let mut names: Vec<String> = rows.iter().map(first).collect();
            names.sort();
            names.dedup();
            names
        };
        assert_eq!(named(&QUERIES), types.field_names("Query"));
        assert_eq!(named(&MUTATIONS), types.field_names("Mutation"));
        assert_eq!(named(&SUBSCRIPTIONS), types.field_names("SubscriptionRoot"));
        let nodes: Vec<_> = QUERIES.iter().filter_map(|row| row.0.strip_prefix("node ")).collect();
        for possible in types.0["Node"]["possibleTypes"].as_array().expect("types") {
            let name = possible["name"].as_str().expect("a name");
            assert!(nodes.contains(&name), "node of a {name} is missing in the table");
        }
    })
    .await;
}
