//! Read your writes: a mutation shows its own effect, and a query can wait for what it must show.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::app::{App, department, opening};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_payload_shows_its_own_effect_and_the_position_of_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["accounting"]).await;
        for round in 1..=20 {
            let answer = customer.act("openTicket", opening("finance")).await;
            let ticket = &answer.payload()["ticket"];
            assert_eq!(ticket["number"], format!("SD-{round:06}"));
            // The customer is not shown that clocks were started (T5); staff see everything.
            let shown = ticket["position"].as_str().expect("a position");
            assert!(shown.parse::<i64>().expect("a number") <= answer.position());
            assert_eq!(agent.sees(ticket).await["position"], answer.payload()["position"]);
            assert_eq!(answer.position(), app.head().await);
            let input = json!({ "ticketId": ticket["id"], "text": "More" });
            let replied = customer.act("addReply", input).await;
            assert_eq!(replied.payload()["ticket"]["replyCount"], 1);
            assert_eq!(replied.position(), answer.position() + 1);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_query_waits_for_what_was_recorded_even_by_another_process(system: System) {
    with_database(system, |database| async move {
        let here = App::start(&database).await;
        let there = App::start(&database).await;
        let customer = here.customer("Customer").await;
        let agent = here.agent("Agent", &["accounting"]).await;
        let department_id = department("accounting");
        for count in 1..=10 {
            let position = customer.act("openTicket", opening("finance")).await.position();
            let query = "query($at: EventPosition!, $d: ID!) { \
                 departmentQueue(departmentId: $d, consistentWith: $at) { totalCount } }";
            let variables = json!({ "at": position.to_string(), "d": department_id });
            let answer = agent.at(&there).ask(query, variables).await;
            assert_eq!(answer.payload()["totalCount"], count, "{}", answer.text);

            let position = customer.act("openTicket", opening("purchase")).await.position();
            let request = json!({ "query": "{ tickets { totalCount } }" });
            let header = position.to_string();
            let headers = [("x-consistent-with", header.as_str())];
            let answer = customer.at(&there).send(request, &headers).await;
            assert_eq!(answer.payload()["totalCount"], 2 * count, "{}", answer.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_position_that_was_never_given_out_is_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        let query = "query($at: EventPosition) { catalogue(consistentWith: $at) { reopenDays } }";
        for (position, expected) in [
            (json!(head.to_string()), None),
            (json!(head), None),
            (json!("0"), None),
            (Value::Null, None),
            (json!((head + 1).to_string()), Some("BAD_USER_INPUT")),
            (json!(i64::MAX.to_string()), Some("BAD_USER_INPUT")),
            (json!("-1"), Some("BAD_USER_INPUT")),
            (json!("now"), Some("BAD_USER_INPUT")),
            (json!(1.5), Some("BAD_USER_INPUT")),
        ] {
            let answer = customer.ask(query, json!({ "at": position })).await;
            assert_eq!(answer.error(), expected, "{position}: {}", answer.text);
            if let Some(header) = position.as_str() {
                let request = json!({ "query": "{ catalogue { reopenDays } }" });
                let answer = customer.send(request, &[("x-consistent-with", header)]).await;
                assert_eq!(answer.error(), expected, "header {header}: {}", answer.text);
            }
        }
    })
    .await;
}
