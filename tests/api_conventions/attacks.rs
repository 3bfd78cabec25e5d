//! Requests that are small to send and would be large to carry out. Each is refused or paid before
//! it is carried out.

use serde_json::{Value, json};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{Answer, App, Person, config};
use crate::support::watch::{Watcher, Way};
use crate::support::{System, with_database};

/// The service with a bucket that does not fill again, and a customer.
async fn start(database: &crate::support::TestDatabase) -> (App, Person) {
    let mut config = config();
    (config.limits.bucket_cost, config.limits.restore_rate) = (20_000.0, 0.001);
    let app = App::start_with(database, config).await;
    let customer = app.customer("Customer").await;
    (app, customer)
}

fn aliases(count: usize, field: &str) -> String {
    let all: Vec<_> = (0..count).map(|number| format!("a{number}: {field}")).collect();
    format!("{{ {} }}", all.join(" "))
}

/// What is left in the bucket of the caller.
async fn left(person: &Person) -> f64 {
    let answer = person.ask("{ __typename }", json!({})).await;
    let left = &answer.body["extensions"]["cost"]["throttle"]["available"];
    left.as_f64().unwrap_or_else(|| panic!("no cost: {}", answer.text))
}

fn is_refused(answer: &Answer) -> bool {
    answer.error() == Some("BAD_USER_INPUT") && answer.body.get("data").is_none()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn values_are_paid_before_they_are_read_and_too_many_are_refused(system: System) {
    with_database(system, |database| async move {
        let (_app, customer) = start(&database).await;
        for field in ["variables", "extensions"] {
            for item in ["1", "[]", "{\"a\": 1}"] {
                let many = vec![item; 70_000].join(",");
                let body =
                    format!(r#"{{"query": "{{ __typename }}", "{field}": {{"a": [{many}]}}}}"#);
                let answer = customer.post(body.into_bytes(), &[]).await;
                assert!(is_refused(&answer) && answer.status == 400, "{}", answer.text);
            }
            let before = left(&customer).await;
            let some = vec!["1"; 48_000].join(",");
            let body = format!(r#"{{"query": "{{ __typename }}", "{field}": {{"a": [{some}]}}}}"#);
            assert_eq!(customer.post(body.into_bytes(), &[]).await.error(), None);
            let paid = before - left(&customer).await;
            assert!(paid >= 3_000.0, "{paid}");
        }
        // What is no request at all is paid, too.
        let before = left(&customer).await;
        let broken = format!("[{}", "x".repeat(900_000));
        assert_eq!(customer.post(broken.into_bytes(), &[]).await.status, 400);
        assert!(before - left(&customer).await >= 800.0);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_long_argument_is_paid_wherever_it_is_used(system: System) {
    with_database(system, |database| async move {
        let (_app, customer) = start(&database).await;
        let ask = |count: usize, length: usize| {
            let fields = aliases(count, "ticket(number: $n) { id }");
            let query = format!("query($n: String!) {fields}");
            json!({ "query": query, "variables": { "n": "x".repeat(length) } })
        };
        let answer = customer.send(ask(1_000, 500_000), &[]).await;
        assert!(is_refused(&answer), "{} bytes", answer.text.len());
        assert!(answer.text.contains("costs"), "{}", answer.text);
        // What it repeats of the request is short.
        let answer = customer.send(ask(10, 20_000), &[]).await;
        assert!(answer.text.len() < 20_000, "{} bytes", answer.text.len());
        assert_eq!(answer.error(), Some("BAD_USER_INPUT"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_wrong_is_told_briefly(system: System) {
    with_database(system, |database| async move {
        let (_app, customer) = start(&database).await;
        let answer = customer.ask(&format!("{{ {} }}", "a ".repeat(5_000)), json!({})).await;
        assert!(is_refused(&answer), "{} bytes", answer.text.len());
        assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(20));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn descriptions_are_not_multiplied_by_aliases(system: System) {
    with_database(system, |database| async move {
        let (_app, customer) = start(&database).await;
        let described = aliases(2_000, "description");
        for query in [
            format!("{{ __type(name: \"Mutation\") {{ fields {described} }} }}"),
            format!("{{ __schema {{ types {described} }} }}"),
            format!(
                "{{ __type(name: \"Mutation\") {{ fields {{ {} }} }} }}",
                "name ".repeat(2_000)
            ),
            aliases(500, "__type(name: \"Mutation\") { fields { description } }"),
        ] {
            let answer = customer.ask(&query, json!({})).await;
            assert!(is_refused(&answer), "{} bytes", answer.text.len());
        }
    })
    .await;
}

/// Each of these lists costs as much as a list, however it is asked for.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn lists_without_pages_cost_as_lists(system: System) {
    with_database(system, |database| async move {
        let (app, customer) = start(&database).await;
        let accountant = app.agent("Accountant", &["accounting"]).await;
        let product = crate::support::app::product("trading_robot");
        let of_customer = format!("customerId: \"{}\"", customer.id);
        for query in [
            "{ catalogue { products { code isRetired } } }".to_owned(),
            "{ catalogue { calendars { holidays } } }".to_owned(),
            "{ licenceSigningKeys { number publicKey } }".to_owned(),
            format!("{{ supportPackages({of_customer}) {{ id licence {{ id }} }} }}"),
            format!("{{ supportAccount({of_customer}) {{ payments {{ id receivedOn }} }} }}"),
            format!("{{ releases(productId: \"{product}\") {{ id version }} }}"),
        ] {
            let answer = accountant.ask(&query, json!({})).await;
            let cost = answer.body["extensions"]["cost"]["requested"].as_u64();
            assert!(cost.is_some_and(|cost| cost > 10), "{query}: {}", answer.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_not_needed_is_given_back_on_every_transport(system: System) {
    with_database(system, |database| async move {
        let (app, customer) = start(&database).await;
        let query = "{ tickets(first: 100) { nodes { id number subject } } }";
        let sent = customer.ask(query, json!({})).await;
        let mut costs: Vec<Value> = vec![sent.body["extensions"]["cost"].clone()];
        for way in [Way::Events, Way::Socket(app.listen().await)] {
            let before = left(&customer).await;
            let mut watcher = Watcher::begin(&app, way, &customer, query, json!({})).await;
            let answer = watcher.next().await.expect("an answer");
            assert_eq!(watcher.next().await, None);
            costs.push(answer["extensions"]["cost"].clone());
            let paid = before - left(&customer).await;
            assert!(paid < 20.0, "{way:?}: {paid}");
        }
        for cost in &costs {
            assert_eq!(cost["requested"], costs[0]["requested"]);
            assert_eq!(cost["actual"], costs[0]["actual"]);
            assert!(cost["actual"].as_u64() < Some(20), "{cost}");
        }
        assert!(costs[0]["requested"].as_u64() > Some(300), "{}", costs[0]);
    })
    .await;
}
