//! The WebSocket itself: who may connect, and what else goes over it.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::TICKET;
use crate::support::app::{App, Person, config};
use crate::support::in_time;
use crate::support::watch::{Way, connect, connect_by, greet, hear, say};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_connection_with_a_worthless_token_is_closed(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let revoked = app.customer("Customer").await;
        app.revoke(&revoked).await;
        let revoked = format!("Bearer {}", revoked.token.expect("a token"));
        for authorization in ["Bearer sd_wrong", "Bearer", "Basic YTpi", revoked.as_str()] {
            let mut socket = connect(address).await;
            let payload = json!({ "Authorization": authorization });
            say(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
            let heard = in_time("an answer", hear(&mut socket)).await;
            let kind = heard.as_ref().map(|heard| heard["type"].clone());
            assert_ne!(kind, Some(json!("connection_ack")), "{authorization}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn queries_and_mutations_go_over_it_by_the_same_rules(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let ticket = other.expect_opened("finance").await;
        let mut socket = connect(address).await;
        let authorization = format!("Bearer {}", customer.token.as_deref().expect("a token"));
        let payload = json!({ "authorization": authorization });
        say(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(hear(&mut socket).await.expect("a greeting")["type"], "connection_ack");
        let head = app.head().await;
        let reply = crate::support::app::mutation("addReply", &json!({ "ticketId": ticket["id"], "text": "x" }));
        let deep = json!({ "query": format!("{{ viewer {{ {} }} }}", "... { ".repeat(20) + "scopes" + &"}".repeat(20)) });
        for (number, (request, expected)) in [
            (json!({ "query": "{ viewer { customer { name } } }" }), json!("Customer")),
            (reply, json!("TICKET_NOT_FOUND")),
            (json!({ "query": TICKET, "variables": { "id": ticket["id"] } }), json!("BAD_USER_INPUT")),
            (json!({ "query": "{ staffMembers { nodes { id } } }" }), json!("FORBIDDEN")),
            (json!({ "query": "{ broken" }), json!("BAD_USER_INPUT")),
            (deep, json!("READ")),
        ]
        .into_iter()
        .enumerate()
        {
            let id = number.to_string();
            say(&mut socket, &json!({ "id": id, "type": "subscribe", "payload": request })).await;
            let heard = in_time("an answer", hear(&mut socket)).await.expect("an answer");
            assert!(heard.to_string().contains(&expected.to_string()), "{heard}");
            if heard["type"] == "next" {
                let complete = in_time("the end", hear(&mut socket)).await.expect("an end");
                assert_eq!(complete["type"], "complete");
            }
        }
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_no_message_ends_the_connection_and_nothing_else(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let customer = app.customer("Customer").await;
        for message in [
            json!("text"), json!([]), json!({}), json!({ "type": "nothing" }), Value::Null,
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ viewer { scopes } }" } }),
            json!({ "type": "connection_init", "payload": { "authorization": 7 } }),
            json!({ "type": "connection_init", "payload": [[[]]] }),
        ] {
            let mut socket = connect(address).await;
            say(&mut socket, &message).await;
            let heard = in_time("an answer or the end", hear(&mut socket)).await;
            assert!(!heard.is_some_and(|heard| heard["type"] == "next"), "{message}");
        }
        assert_eq!(customer.ask("{ viewer { scopes } }", json!({})).await.error(), None);
    })
    .await;
}

/// The code by which the service closes what a client says after another.
async fn closed_by(app: &App, said: &[Value]) -> Value {
    let mut socket = connect(app.listen().await).await;
    for message in said {
        say(&mut socket, message).await;
    }
    loop {
        let heard = in_time("the end", hear(&mut socket)).await.expect("a closing frame");
        if heard["type"] == "close" {
            return heard["code"].clone();
        }
    }
}

fn hello(person: &Person) -> Value {
    let token = person.token.as_deref().map(|token| format!("Bearer {token}"));
    json!({ "type": "connection_init", "payload": { "authorization": token } })
}

fn subscribe(id: &str, ticket: &Value) -> Value {
    let request = json!({ "query": TICKET, "variables": { "id": ticket["id"] } });
    json!({ "id": id, "type": "subscribe", "payload": request })
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_connection_is_closed_by_the_codes_of_the_protocol(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("finance").await;
        let hello = hello(&customer);
        let wrong =
            json!({ "type": "connection_init", "payload": { "authorization": "Bearer sd_x" } });
        let long = json!({ "type": "no such type, and one with a very long name".repeat(9) });
        for (code, said) in [
            (4400, vec![json!({ "type": "nothing" })]),
            (4400, vec![hello.clone(), long]),
            (4400, vec![json!("text")]),
            (4400, vec![hello.clone(), json!({ "type": "subscribe", "id": "1" })]),
            (4400, vec![hello.clone(), json!({ "type": "subscribe", "id": "1", "payload": [] })]),
            (
                4400,
                vec![
                    hello.clone(),
                    json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } }),
                ],
            ),
            (4400, vec![hello.clone(), json!({ "type": "complete" })]),
            (4401, vec![subscribe("1", &ticket)]),
            (4403, vec![wrong]),
            (4409, vec![hello.clone(), subscribe("1", &ticket), subscribe("1", &ticket)]),
            (4429, vec![hello.clone(), hello.clone()]),
        ] {
            assert_eq!(closed_by(&app, &said).await, code, "{said:?}");
        }
        // An id is free again when its operation is over.
        let mut socket = greet(app.listen().await, &customer).await;
        for _ in 0..2 {
            say(&mut socket, &subscribe("1", &ticket)).await;
            assert_eq!(in_time("an item", hear(&mut socket)).await.expect("one")["type"], "next");
            say(&mut socket, &json!({ "type": "complete", "id": "1" })).await;
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_says_nothing_is_pinged_and_who_never_greets_is_closed(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        (config.limits.ping_seconds, config.limits.body_seconds) = (1, 1);
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        assert_eq!(closed_by(&app, &[]).await, 4408);
        let mut socket = greet(app.listen().await, &customer).await;
        let pinged = in_time("a ping", hear(&mut socket)).await.expect("a ping");
        assert_eq!(pinged["type"], "ping");
        say(&mut socket, &json!({ "type": "ping", "payload": { "n": 1 } })).await;
        let answered = loop {
            let heard = in_time("a pong", hear(&mut socket)).await.expect("a pong");
            if heard["type"] != "ping" {
                break heard;
            }
        };
        assert_eq!(answered, json!({ "type": "pong", "payload": { "n": 1 } }));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_protocol_that_was_agreed_is_spoken(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let address = app.listen().await;
        for offered in ["graphql-ws, graphql-transport-ws", "graphql-transport-ws, graphql-ws"] {
            let (mut socket, agreed) = connect_by(address, offered).await;
            assert_eq!(agreed.as_deref(), Some("graphql-transport-ws"), "{offered}");
            say(&mut socket, &hello(&customer)).await;
            let heard = in_time("a greeting", hear(&mut socket)).await.expect("a greeting");
            assert_eq!(heard["type"], "connection_ack");
            let request = json!({ "query": "{ viewer { scopes } }" });
            say(&mut socket, &json!({ "id": "1", "type": "subscribe", "payload": request })).await;
            let heard = in_time("an answer", hear(&mut socket)).await.expect("an answer");
            assert_eq!(heard["type"], "next", "{heard}");
        }
        let (mut socket, agreed) = connect_by(address, "").await;
        assert_eq!(agreed, None);
        let heard = in_time("the end", hear(&mut socket)).await.expect("a closing frame");
        assert_eq!(heard["code"], 4406);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_token_that_is_revoked_is_worth_nothing_on_an_open_connection(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Agent", &["accounting"]).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("finance").await;
        let address = app.listen().await;
        // A quiet watch ends by itself and says why.
        let passing = app.with_token(&agent, &[servicedesk_domain::access::Scope::Read], 1).await;
        let mut socket = greet(address, &passing).await;
        say(&mut socket, &subscribe("quiet", &ticket)).await;
        assert_eq!(in_time("an item", hear(&mut socket)).await.expect("one")["type"], "next");
        app.revoke(&passing).await;
        let mut told = Vec::new();
        while let Some(heard) = in_time("the end", hear(&mut socket)).await {
            let code = &heard["payload"]["errors"][0]["extensions"]["code"];
            told.push(code.as_str().map_or_else(|| heard["type"].to_string(), str::to_owned));
            if heard["type"] == "close" {
                assert_eq!(heard["code"], 4403);
                break;
            }
        }
        assert_eq!(told, ["UNAUTHENTICATED", "\"complete\"", "\"close\""]);
        let passing = app.with_token(&agent, &[servicedesk_domain::access::Scope::Read], 1).await;
        let mut watcher = super::watch_ticket(&app, Way::Events, &passing, &ticket, None).await;
        watcher.next().await.expect("a snapshot");
        app.revoke(&passing).await;
        let last = watcher.next().await.expect("why it ends");
        assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{last}");
        assert!(watcher.next().await.is_none(), "it has ended");
        // Nothing is carried out any more.
        let both =
            [servicedesk_domain::access::Scope::Read, servicedesk_domain::access::Scope::Write];
        let passing = app.with_token(&agent, &both, 1).await;
        let mut socket = greet(address, &passing).await;
        app.revoke(&passing).await;
        let head = app.head().await;
        let note = json!({ "ticketId": ticket["id"], "text": "x" });
        let note = crate::support::app::mutation("addNote", &note);
        say(&mut socket, &json!({ "id": "1", "type": "subscribe", "payload": note })).await;
        let heard = in_time("an answer", hear(&mut socket)).await.expect("an answer");
        let is_refused =
            heard["code"] == 4403 || heard["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED";
        assert!(is_refused, "{heard}");
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn subscriptions_are_bounded_on_a_connection_and_for_a_caller(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.operations_per_connection = 3;
        config.limits.subscriptions_per_caller = 4;
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("finance").await;
        let address = app.listen().await;
        let mut one = greet(address, &customer).await;
        let mut other = greet(address, &customer).await;
        let mut kinds = Vec::new();
        for id in ["1", "2", "3", "4"] {
            say(&mut one, &subscribe(id, &ticket)).await;
            kinds.push(in_time("an answer", hear(&mut one)).await.expect("an answer"));
        }
        for id in ["5", "6"] {
            say(&mut other, &subscribe(id, &ticket)).await;
            kinds.push(in_time("an answer", hear(&mut other)).await.expect("an answer"));
        }
        let of: Vec<_> =
            kinds.iter().map(|heard| heard["type"].as_str().expect("a type")).collect();
        assert_eq!(of, ["next", "next", "next", "error", "next", "error"], "{kinds:?}");
        for refused in [&kinds[3], &kinds[5]] {
            assert_eq!(refused["payload"][0]["extensions"]["code"], "THROTTLED", "{refused}");
        }
        // One root, so that one subscription is one.
        let twice = "subscription($id: ID!) { a: ticketChanged(ticketId: $id) { position } \
             b: ticketChanged(ticketId: $id) { position } }";
        let request = json!({ "query": twice, "variables": { "id": ticket["id"] } });
        say(&mut other, &json!({ "id": "7", "type": "subscribe", "payload": request })).await;
        let heard = in_time("an answer", hear(&mut other)).await.expect("an answer");
        assert_eq!(heard["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{heard}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_a_watch_delivers_is_paid_by_its_caller(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.bucket_cost = 200.0;
        config.limits.restore_rate = 0.001;
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent_on_shift("Agent", &["accounting"]).await;
        let ticket = customer.expect_opened("finance").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        let watching =
            app.with_token(&customer, &[servicedesk_domain::access::Scope::Read], 1).await;
        for way in super::ways(&app).await {
            let watching =
                app.with_token(&watching, &[servicedesk_domain::access::Scope::Read], 1).await;
            let mut watcher = super::watch_ticket(&app, way, &watching, &ticket, None).await;
            let mut left = f64::MAX;
            let mut items = 0;
            let code = loop {
                let item = watcher.next().await.expect("an item or why there is none");
                if let Some(code) = item["errors"][0]["extensions"]["code"].as_str() {
                    break code.to_owned();
                }
                let available = &item["extensions"]["cost"]["throttle"]["available"];
                let available = available.as_f64().expect("a number");
                assert!(available < left, "each item is paid");
                (left, items) = (available, items + 1);
                let writer =
                    app.with_token(&agent, &[servicedesk_domain::access::Scope::Write], 1).await;
                let reply = json!({ "ticketId": ticket["id"], "text": format!("{way:?} {items}") });
                writer.expect_done("addReply", reply).await;
                assert!(items < 100, "nobody is ever throttled");
            };
            assert_eq!(code, "THROTTLED");
            assert!(items > 3, "{items}");
            assert!(watcher.next().await.is_none(), "it has ended");
        }
    })
    .await;
}
