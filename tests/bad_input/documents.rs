//! Bodies and documents that are no requests, or too much of one.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use test_case::test_case;

use super::{assert_refused, assert_untouched};
use crate::support::app::{App, mutation, opening};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn bodies_that_are_no_request_are_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        let open = mutation("openTicket", &opening("finance"));
        let deep =
            |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b" ".to_vec(),
            b"{".to_vec(),
            b"null".to_vec(),
            b"7".to_vec(),
            b"\"text\"".to_vec(),
            b"{} {}".to_vec(),
            b"{\"query\": 7}".to_vec(),
            b"{\"query\": null}".to_vec(),
            b"{\"query\": \"{ viewer { scopes } }\", \"variables\": 7}".to_vec(),
            b"{\"query\": \"{ viewer { scopes } }\", \"variables\": []}".to_vec(),
            b"{\"query\": \"{ viewer { scopes } }\", \"operationName\": 7}".to_vec(),
            b"{\"query\": \"{ viewer { scopes } }\", \"extensions\": 7}".to_vec(),
            b"\xff\xfe".to_vec(),
            b"{\"query\": \"\xff\"}".to_vec(),
            b"{\"query\": \"\\ud800\"}".to_vec(),
            json!([open, open]).to_string().into_bytes(),
            b"[]".to_vec(),
            open.to_string().into_bytes()[..50].to_vec(),
            deep("[", "]").into_bytes(),
            deep("{\"a\":", "}").into_bytes(),
            format!(
                "{{\"query\": \"{{ viewer {{ scopes }} }}\", \"variables\": {{\"a\": {}}}}}",
                deep("[", "]")
            )
            .into_bytes(),
        ];
        for body in bodies {
            let what = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let answer = customer.post(body, &[]).await;
            assert_refused(&answer, &what);
            assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        }
        assert_untouched(&app, head).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused_and_one_below_is_read(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        let of_size = |size: usize| {
            let empty = json!({ "query": "{ viewer { scopes } }", "extensions": { "x": "" } });
            let room = size - empty.to_string().len();
            json!({ "query": "{ viewer { scopes } }", "extensions": { "x": "x".repeat(room) } })
                .to_string()
                .into_bytes()
        };
        assert_eq!(customer.post(of_size(1024 * 1024), &[]).await.error(), None);
        for size in [1024 * 1024 + 1, 5 * 1024 * 1024] {
            let answer = customer.post(of_size(size), &[]).await;
            assert_eq!((answer.status.as_u16(), answer.error()), (413, Some("BAD_USER_INPUT")));
        }
        assert_untouched(&app, head).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn documents_that_nest_or_repeat_without_end_are_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        let nested = |open: &str, inner: &str, close: &str, times: usize| {
            format!("{}{inner}{}", open.repeat(times), close.repeat(times))
        };
        let documents = [
            format!("{{ viewer {} }}", nested("{ customer ", "{ id }", "}", 50_000)),
            nested("{ a ", "", "}", 100_000),
            "{".repeat(200_000),
            format!("{{ ticket(id: {}) {{ id }} }}", nested("[", "1", "]", 100_000)),
            format!("{{ ticket(id: {}) {{ id }} }}", nested("{a:", "1", "}", 100_000)),
            format!("{{ ticket(id: {} {{ id }} }}", "[".repeat(300_000)),
            format!("query($a: {}) {{ viewer {{ scopes }} }}", nested("[", "Int", "]", 100_000)),
            format!("{{ viewer {{ {} }} }}", nested("... { ", "scopes", "}", 50_000)),
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
            "{ ...A } fragment A on Query { viewer { scopes } ...A }".to_owned(),
            format!(
                "{{ {} }}",
                (0..20_000)
                    .map(|n| format!("a{n}: viewer {{ scopes }} "))
                    .collect::<Vec<_>>()
                    .concat()
            ),
            format!("{{ viewer {{ {} }} }}", "scopes ".repeat(100_000)),
            format!("{{ viewer {{ scopes {} }} }}", "@include(if: true) ".repeat(20_000)),
            doubling(24),
            doubling(1_000),
        ];
        for document in documents {
            let what: String = document.chars().take(60).collect();
            let answer = customer.ask(&document, json!({})).await;
            assert_refused(&answer, &what);
        }
        assert_eq!(customer.ask("{ viewer { scopes } }", json!({})).await.error(), None);
        assert_untouched(&app, head).await;
    })
    .await;
}

/// Each fragment spreads the next one twice, so that few bytes ask for very much.
fn doubling(levels: usize) -> String {
    let spread = |level: usize| {
        format!(
            "fragment F{level} on Query {{ a{level}: __typename ...F{next} ...F{next} }} ",
            next = level + 1
        )
    };
    let all: String = (0..levels).map(spread).collect();
    format!("{{ ...F0 }} {all} fragment F{levels} on Query {{ catalogue {{ reopenDays }} }}")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn documents_that_do_not_fit_the_schema_are_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        for document in [
            "",
            " ",
            "#",
            "{",
            "}",
            "{}",
            "query",
            "mutation",
            "{ viewer }",
            "{ viewer { } }",
            "{ viewer { scopes { x } } }",
            "{ nothing }",
            "{ viewer(id: 1) { scopes } }",
            "{ ticket(id: 1.5) { id } }",
            "{ node { __typename } }",
            "{ nodes(ids: null) { id } }",
            "{ ticket(id: $undefined) { id } }",
            "query($a: Nothing) { viewer { scopes } }",
            "{ ...Missing }",
            "query A { viewer { scopes } } query A { viewer { scopes } }",
            "query A { viewer { scopes } } query B { viewer { scopes } }",
            "{ viewer { scopes } } { viewer { scopes } }",
            "subscription { nothing }",
            "subscription { ticketChanged { position } }",
            "mutation { openTicket { position } }",
            "mutation { openTicket(input: {}) { position } }",
            "mutation { openTicket(input: null) { position } }",
            "mutation { openTicket(input: []) { position } }",
            "mutation { startShift(input: { nothing: 1 }) { position } }",
            "{ viewer { scopes } } fragment A on Ticket { id }",
            "{ viewer { scopes @nothing } }",
            "{ viewer { scopes @include } }",
            "{ \u{0} }",
            "{ viewer { scopes } } \u{202e}",
            "type Query { a: Int }",
        ] {
            assert_refused(&customer.ask(document, json!({})).await, document);
        }
        assert_untouched(&app, head).await;
    })
    .await;
}
