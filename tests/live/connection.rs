//! The WebSocket itself: who may connect, and what else goes over it.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::TICKET;
use crate::support::app::App;
use crate::support::in_time;
use crate::support::watch::{connect, hear, say};

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
        let ticket = other.opens("finance").await;
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
