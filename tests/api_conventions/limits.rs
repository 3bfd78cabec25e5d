//! What a query may cost, and what a caller may spend.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::config::{Config, Limits};
use test_case::test_case;

use crate::support::app::{App, config, department, opening};
use crate::support::introspection::INTROSPECTION;

fn limited(bucket_cost: f64, restore_rate: f64) -> Config {
    let mut config = config();
    config.limits = Limits { bucket_cost, restore_rate, ..config.limits };
    config
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_answer_tells_what_it_cost_and_what_is_left(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(1_000.0, 10.0)).await;
        let customer = app.customer("Customer").await;
        let cost = |answer: crate::support::app::Answer| answer.body["extensions"]["cost"].clone();
        let small = cost(customer.ask("{ viewer { scopes } }", json!({})).await);
        assert_eq!((&small["requested"], &small["actual"]), (&json!(2), &json!(2)));
        let throttle = &small["throttle"];
        let of = |name: &str| throttle[name].as_f64().expect("a number").to_string();
        assert_eq!([of("maximum"), of("restoreRate"), of("available")], ["1000", "10", "998"]);
        // Fifty tickets are asked for and none is found: what was not found is given back.
        let query = "{ tickets { nodes { id number } } }";
        let list = cost(customer.ask(query, json!({})).await);
        assert!(list["requested"].as_u64() > Some(100), "{list}");
        assert!(list["actual"].as_u64() < Some(10), "{list}");
        assert!(list["throttle"]["available"].as_f64() > Some(980.0), "{list}");
        let hundred =
            cost(customer.ask("{ tickets(first: 100) { nodes { id number } } }", json!({})).await);
        assert!(hundred["requested"].as_u64() > list["requested"].as_u64());
        // Whoever asks for what cannot be paid for is told so, and pays nothing.
        let refused = customer.ask("{ nothing }", json!({})).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_has_spent_everything_is_throttled_until_it_has_come_back(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(60.0, 1.0)).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let query = "{ catalogue { departments { code id isRetired } } }";
        let mut spent = 0;
        let refused = loop {
            let answer = customer.ask(query, json!({})).await;
            if answer.error().is_some() {
                break answer;
            }
            spent += 1;
            assert!(spent < 100, "nobody is ever throttled");
        };
        assert_eq!((refused.error(), refused.status.as_u16()), (Some("THROTTLED"), 429));
        assert!(refused.headers.contains_key("retry-after"));
        assert!(spent > 0);
        let head = app.head().await;
        let mutation = customer.act("openTicket", opening("finance")).await;
        assert_eq!(mutation.error(), Some("THROTTLED"));
        assert_eq!(app.head().await, head);
        assert_eq!(other.ask(query, json!({})).await.error(), None, "another caller's is full");
        app.advance(TimeDelta::seconds(60));
        assert_eq!(customer.ask(query, json!({})).await.error(), None);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_query_nests_ten_deep_at_most_but_the_schema_may_always_be_read(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.opens("finance").await;
        let deepest = "timeline { edges { node { staffMember { id } } } }";
        // The deepest that the schema has is well within the limit; fields can be repeated by
        // walking from a connection's page to its tickets and on.
        let query = format!("query($id: ID!) {{ ticket(id: $id) {{ {deepest} }} }}");
        assert_eq!(customer.ask(&query, json!({ "id": ticket["id"] })).await.error(), None);
        assert_eq!(customer.ask(INTROSPECTION, json!({})).await.error(), None);

        let mut shallow = config();
        shallow.limits.depth = 3;
        let app = App::start_with(&database, shallow).await;
        let customer = customer.at(&app);
        let of_depth = |depth: usize| match depth {
            3 => "{ catalogue { departments { code } } }",
            _ => "{ catalogue { categories { departments { code } } } }",
        };
        assert_eq!(customer.ask(of_depth(3), json!({})).await.error(), None);
        for query in [
            of_depth(4),
            "{ catalogue { ...C } } fragment C on Catalogue { categories { departments { code } } }",
            "{ catalogue { ... on Catalogue { categories { ... { departments { code } } } } } }",
            "{ __schema { types { name } } catalogue { categories { departments { code } } } }",
            "{ ...Q } fragment Q on Query { catalogue { categories { departments { code } } } }",
        ] {
            let answer = customer.ask(query, json!({})).await;
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{query}: {}", answer.text);
        }
        assert_eq!(customer.ask(INTROSPECTION, json!({})).await.error(), None);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn eleven_deep_is_refused_by_the_usual_limit(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        // A type within a list within the schema's own description nests as deep as one likes.
        let nested = |depth: usize| {
            let inner =
                (0..depth - 2).fold("name".to_owned(), |inner, _| format!("ofType {{ {inner} }}"));
            format!("{{ __type(name: \"Query\") {{ {inner} }} viewer {{ scopes }} }}")
        };
        assert_eq!(customer.ask(&nested(10), json!({})).await.error(), None);
        let refused = customer.ask(&nested(11), json!({})).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"), "{}", refused.text);
        assert!(refused.text.contains("10"), "{}", refused.text);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_query_that_costs_too_much_is_refused_before_anything_is_read(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let id = department("technical");
        let many = |count: usize| {
            let one = |number: usize| {
                format!("t{number}: tickets(first: 100) {{ nodes {{ id subject }} }} ")
            };
            format!("{{ {} }}", (0..count).map(one).collect::<String>())
        };
        let queue = format!(
            "{{ departmentQueue(departmentId: \"{id}\", first: 100) {{ nodes {{ \
             timeline(first: 100) {{ nodes {{ text actor {{ name }} }} }} }} }} }}"
        );
        assert_eq!(agent.ask(&many(3), json!({})).await.error(), None);
        for query in [many(60), queue.clone(), queue.replace("first: 100", "last: 100")] {
            let answer = agent.ask(&query, json!({})).await;
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{}", answer.text);
            assert!(answer.text.contains("costs"), "{}", answer.text);
        }
        // Variables count like constants.
        let query = "query($id: ID!, $n: Int!) { departmentQueue(departmentId: $id, first: $n) { \
             nodes { timeline(first: $n) { nodes { text } } } } }";
        let answer = agent.ask(query, json!({ "id": id, "n": 100 })).await;
        assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{}", answer.text);
        let _: Value = customer.sees(&customer.opens("finance").await).await;
    })
    .await;
}
