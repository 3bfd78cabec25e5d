//! What a query may cost, and what a caller may spend.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::config::{Config, Introspection, Limits};
use test_case::test_case;

use crate::support::app::{App, Person, config, department, opening};
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
        // A request that can never be paid for is refused as such, and pays nothing.
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
        let ticket = customer.expect_opened("finance").await;
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
        let _: Value = customer.sees(&customer.expect_opened("finance").await).await;
    })
    .await;
}

/// What is left in the bucket of the caller.
async fn left(person: &Person) -> f64 {
    let answer = person.ask("{ __typename }", json!({})).await;
    let left = &answer.body["extensions"]["cost"]["throttle"]["available"];
    left.as_f64().unwrap_or_else(|| panic!("no cost: {}", answer.text))
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_schema_is_read_as_deep_as_tools_do_and_no_deeper(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(20_000.0, 0.001)).await;
        let customer = app.customer("Customer").await;
        let read = customer.ask(INTROSPECTION, json!({})).await;
        assert_eq!(read.error(), None);
        let cost = read.body["extensions"]["cost"]["requested"].as_u64().expect("a number");
        assert!((1_000..8_000).contains(&cost), "its lists count: {cost}");
        assert!(read.text.len() > 100_000);
        let round = format!("{}name{}", "possibleTypes{interfaces{".repeat(3), "}}".repeat(3));
        let aliases = |count: usize| {
            let one = |n: usize| format!("a{n}: __schema {{ types {{ fields {{ name }} }} }} ");
            format!("{{ {} }}", (0..count).map(one).collect::<String>())
        };
        let of_type = format!("{}name{}", "ofType{".repeat(10), "}".repeat(10));
        for document in [
            format!("{{__type(name:\"Node\"){{{round}}}}}"),
            "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}".to_owned(),
            format!("{{__schema{{types{{fields{{type{{{of_type}}}}}}}}}}}"),
            aliases(100),
        ] {
            let refused = customer.ask(&document, json!({})).await;
            assert_eq!(refused.error(), Some("BAD_USER_INPUT"), "{document}: {}", refused.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_reads_the_schema_is_the_operators_word(system: System) {
    with_database(system, |database| async move {
        let types = "{ __schema { types { name } } }";
        for (introspection, of_nobody, of_somebody) in [
            (Introspection::Open, None, None),
            (Introspection::Authenticated, Some("UNAUTHENTICATED"), None),
            (Introspection::Off, Some("FORBIDDEN"), Some("FORBIDDEN")),
        ] {
            let app = App::start_with(&database, Config { introspection, ..config() }).await;
            let customer = app.customer("Customer").await;
            let nobody = Person::anonymous(&customer);
            for document in
                [types, "{ ...Q } fragment Q on Query { __type(name: \"Query\") { name } }"]
            {
                assert_eq!(nobody.ask(document, json!({})).await.error(), of_nobody);
                assert_eq!(customer.ask(document, json!({})).await.error(), of_somebody);
            }
            assert_eq!(
                nobody.ask("{ __typename viewer { scopes } }", json!({})).await.error(),
                None
            );
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_looked_for_is_paid_whatever_was_found(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(20_000.0, 0.001)).await;
        let customer = app.customer("Customer").await;
        let many = |field: &str| {
            let one = |n: usize| format!("a{n}: {field} ");
            format!("{{ {} }}", (0..300).map(one).collect::<String>())
        };
        let missing = "ticket(number: \"SD-999999\") { id }".to_owned();
        let empty = "tickets(first: 1) { nodes { id } }".to_owned();
        let forbidden = "staffMembers(first: 1) { nodes { id } }".to_owned();
        for field in [missing, empty, forbidden] {
            let before = left(&customer).await;
            customer.ask(&many(&field), json!({})).await;
            let paid = before - left(&customer).await;
            assert!(paid >= 600.0, "{field}: {paid}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_document_is_paid_before_it_is_read(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(3_000.0, 0.001)).await;
        let customer = app.customer("Customer").await;
        for document in [
            format!("{{ viewer {{ {} }}", "x ".repeat(20_000)),
            format!("{{ {} }}", "x".repeat(60_000)),
            format!("{{ viewer {{ scopes }} }} # {}", "x".repeat(60_000)),
        ] {
            let before = left(&customer).await;
            customer.ask(&document, json!({})).await;
            let paid = before - left(&customer).await;
            assert!(paid >= 300.0, "{paid}");
        }
        // What is longer than a document may be is not read at all.
        let refused = customer.ask(&format!("{{ {} }}", "x".repeat(70_000)), json!({})).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"));
        assert!(!refused.text.contains("Did you mean"), "{}", refused.text);
        let unknown = customer.ask("{ viewr { scopes } }", json!({})).await;
        assert!(!unknown.text.contains("Did you mean"), "{}", unknown.text);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_token_that_is_worth_nothing_is_paid_by_its_address(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, limited(100.0, 1.0)).await;
        let customer = app.customer("Customer").await;
        let mut guessing = customer.clone();
        let mut tried = 0;
        let refused = loop {
            guessing.token = Some(format!("sd_{tried}"));
            let answer = guessing.ask("{ viewer { scopes } }", json!({})).await;
            if answer.error() != Some("UNAUTHENTICATED") {
                break answer;
            }
            tried += 1;
            assert!(tried < 100, "nobody is ever throttled");
        };
        assert_eq!((refused.error(), refused.status.as_u16()), (Some("THROTTLED"), 429));
        app.advance(TimeDelta::seconds(60));
        assert_eq!(customer.ask("{ viewer { scopes } }", json!({})).await.error(), None);
    })
    .await;
}
