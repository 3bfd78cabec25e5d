//! Every query, mutation and subscription, by every kind of caller.

mod cast;
mod tables;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use test_case::test_case;

use self::cast::Cast;
use self::tables::{MUTATIONS, NO, NULL, OK, QUERIES, Row, SUBSCRIPTIONS};
use crate::support::app::{App, department};
use crate::support::introspection::Types;
use crate::support::payloads::about;
use crate::support::watch::{WATCH_TICKET, Watcher, Way};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_query_shows_each_caller_what_the_table_says(system: System) {
    with_database(system, |database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        let ticket = cast.worked_ticket().await;
        for row in &QUERIES {
            let (query, variables) = cast.query(row.0, &ticket);
            for (caller, who, expected) in cast.cases(row) {
                let answer = who.ask(&query, variables.clone()).await;
                let shown = answer.payload();
                let is_nothing = shown.is_null()
                    || shown.as_array().is_some_and(Vec::is_empty)
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

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_mutation_lets_each_caller_do_what_the_table_says_and_records_nothing_else(
    system: System,
) {
    with_database(system, |database| async move {
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
                    cast.colleague.expect_done("joinCollaborator", join).await;
                }
                let on_ticket = json!({ "ticketId": ticket["id"] });
                let opposite = match mutation {
                    "startShift" => Some(("endShift", json!({}))),
                    "endShift" => Some(("startShift", json!({}))),
                    "startTimer" => Some(("discardTimer", json!({}))),
                    "stopTimer" | "discardTimer" => Some(("startTimer", on_ticket)),
                    _ => None,
                };
                if let Some((opposite, input)) = opposite.filter(|_| is_allowed) {
                    who.act(opposite, input).await;
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
                let shown = &answer.payload()[about(mutation).0];
                assert!(is_allowed || shown.is_null() || expected == NULL, "{}", answer.text);
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_subscription_begins_for_those_whom_the_table_names(system: System) {
    with_database(system, |database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        let ticket = cast.worked_ticket().await;
        let address = cast.app.listen().await;
        for row in &SUBSCRIPTIONS {
            let (query, variables) = match row.0 {
                "ticketChanged" => (
                    WATCH_TICKET,
                    json!({ "id": ticket["id"] }),
                ),
                "applicationChanged" => (
                    "subscription($id: ID!) { applicationChanged(applicationId: $id) { position } }",
                    json!({ "id": ticket["application"]["id"] }),
                ),
                "supportAccountChanged" => (
                    "subscription($id: ID!) { supportAccountChanged(customerId: $id) { position } }",
                    json!({ "id": cast.owner.id }),
                ),
                "slaChanged" => ("subscription { slaChanged { position } }", json!({})),
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

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn departments_have_duties_of_their_own(system: System) {
    with_database(system, |database| async move {
        let cast = Cast::meet(App::start(&database).await).await;
        let accountant = cast.app.agent("Accountant", &["accounting"]).await;
        let licenser = cast.app.agent("Licenser", &["licensing"]).await;
        for (mutation, duty, other) in [
            ("takeApplication", &licenser, &accountant),
            ("openApplicationTicket", &licenser, &accountant),
            ("recordDeposit", &licenser, &accountant),
            ("recordTradingActivity", &licenser, &accountant),
            ("retractEvidence", &licenser, &accountant),
            ("importBrokerReport", &licenser, &accountant),
            ("grantLicence", &licenser, &accountant),
            ("publishRelease", &licenser, &accountant),
            ("withdrawRelease", &licenser, &accountant),
            ("issueDownloadLink", &licenser, &accountant),
            ("rebindLicence", &licenser, &accountant),
            ("renewLicence", &licenser, &accountant),
            ("revokeLicence", &licenser, &accountant),
            ("closeStatement", &accountant, &licenser),
            ("recordPayment", &accountant, &licenser),
            ("reversePayment", &accountant, &licenser),
        ] {
            let ticket = cast.ticket_for(mutation).await;
            let refused = other.act(mutation, cast.input(mutation, &ticket, other)).await;
            assert_eq!(refused.outcome(), NO, "{mutation}: {}", refused.text);
            let done = duty.act(mutation, cast.input(mutation, &ticket, duty)).await;
            assert_eq!(done.outcome(), OK, "{mutation}: {}", done.text);
        }
        let ticket = cast.worked_ticket().await;
        for name in ["statement", "statements", "chargeableWork", "timeEntries", "node Statement"] {
            let (query, variables) = cast.query(name, &ticket);
            let answer = accountant.ask(&query, variables).await;
            assert_eq!(answer.error(), None, "{name}: {}", answer.text);
            assert!(!answer.payload().is_null(), "{name}: {}", answer.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_tables_name_everything_that_the_schema_has(system: System) {
    with_database(system, |database| async move {
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
        assert_eq!(named(&SUBSCRIPTIONS), types.field_names("Subscription"));
        let nodes: Vec<_> = QUERIES.iter().filter_map(|row| row.0.strip_prefix("node ")).collect();
        for possible in types.0["Node"]["possibleTypes"].as_array().expect("types") {
            let name = possible["name"].as_str().expect("a name");
            assert!(nodes.contains(&name), "node of a {name} is missing in the table");
        }
    })
    .await;
}
