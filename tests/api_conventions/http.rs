//! GraphQL over HTTP: media types, status codes, methods, request ids, and what stands beside it.

use std::collections::HashSet;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use test_case::test_case;
use uuid::Uuid;

use crate::support::app::{Answer, App, Person, mutation, opening};

const RESPONSE: &str = "application/graphql-response+json";
/// What urql sends.
const URQL: &str = "application/graphql-response+json, application/graphql+json, \
     application/json, text/event-stream, multipart/mixed";
const VIEWER: &str = "{ viewer { scopes } }";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_answer_has_the_media_type_that_the_caller_accepts(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for (accept, expected) in [
            (RESPONSE, RESPONSE),
            ("application/json", "application/json"),
            ("application/json, application/graphql-response+json", "application/json"),
            ("application/json; q=0.9, application/graphql-response+json", RESPONSE),
            (URQL, RESPONSE),
            ("application/graphql-response+json; charset=utf-8, application/json; q=0.9", RESPONSE),
            ("*/*", "application/json"),
        ] {
            let request = json!({ "query": VIEWER });
            let answer = customer.send(request, &[("accept", accept)]).await;
            assert_eq!(answer.headers["content-type"], expected, "{accept}");
            assert_eq!(answer.status, 200);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_status_tells_whether_the_request_was_carried_out(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let nobody = Person::anonymous(&customer);
        let mut wrong = customer.clone();
        wrong.token = Some("sd_wrong".to_owned());
        let open = mutation("openTicket", &opening("finance"));
        let note = mutation(
            "addNote",
            &json!({ "ticketId": customer.expect_opened("finance").await["id"],
                                               "text": "x" }),
        );
        let cases = [
            (&customer, json!({ "query": VIEWER }), 200, None),
            (&nobody, json!({ "query": VIEWER }), 200, None),
            (&nobody, open, 401, Some("UNAUTHENTICATED")),
            (&wrong, json!({ "query": VIEWER }), 401, Some("UNAUTHENTICATED")),
            (&customer, note, 403, Some("FORBIDDEN")),
            (&customer, json!({ "query": "{ viewer" }), 400, Some("BAD_USER_INPUT")),
            (&customer, json!({ "query": "{ nothing }" }), 400, Some("BAD_USER_INPUT")),
            (&customer, json!({ "query": "" }), 400, Some("BAD_USER_INPUT")),
            (&customer, json!({ "qeury": VIEWER }), 400, Some("BAD_USER_INPUT")),
        ];
        for (person, request, status, code) in cases {
            let answer = person.send(request.clone(), &[("accept", RESPONSE)]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.error()),
                (status, code),
                "{request}: {}",
                answer.text
            );
            // In plain JSON, whatever was well-formed is answered by 200. A token that is worth
            // nothing is refused before the request is looked at.
            let has_query = request["query"].as_str().is_some_and(|query| !query.is_empty());
            let status = match person.token.as_deref() {
                Some("sd_wrong") => 401,
                _ if has_query => 200,
                _ => 400,
            };
            for accept in ["application/json", "*/*"] {
                let plain = person.send(request.clone(), &[("accept", accept)]).await;
                assert_eq!((plain.status.as_u16(), plain.error()), (status, code), "{request}");
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn only_what_was_executed_has_data(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for query in
            ["{ viewer", "{ nothing }", "{ viewer }", "query($n: Int!) { viewer { scopes } }"]
        {
            let answer = customer.send(json!({ "query": query }), &[("accept", RESPONSE)]).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.text);
            assert!(answer.body.get("data").is_none(), "{query}: {}", answer.text);
        }
        // What failed in a part of an answer leaves the rest, and the status says so.
        let query = "query($id: ID!) { node(id: $id) { ... on Customer { name \
             applications(filter: { isOverride: true }) { totalCount } } } }";
        let request = json!({ "query": query, "variables": { "id": customer.id } });
        let answer = customer.send(request, &[("accept", RESPONSE)]).await;
        assert_eq!((answer.status.as_u16(), answer.error()), (200, Some("FORBIDDEN")));
        for (query, data) in [
            (
                "{ ticket(number: \"none\") { id } viewer { scopes } }",
                json!({ "ticket": null, "viewer": { "scopes": ["READ", "WRITE"] } }),
            ),
            ("{ ticket(number: \"none\") { id } }", json!({ "ticket": null })),
        ] {
            let answer = customer.send(json!({ "query": query }), &[("accept", RESPONSE)]).await;
            assert_eq!((answer.status.as_u16(), &answer.body["data"]), (200, &data));
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"));
        }
        // Where null is not allowed, everything is null, and the request was not carried out.
        let query = "{ staffMembers { nodes { id } } viewer { scopes } }";
        let answer = customer.send(json!({ "query": query }), &[("accept", RESPONSE)]).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert_eq!(answer.body.get("data"), Some(&serde_json::Value::Null), "{}", answer.text);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn strings_are_escaped_in_every_way_that_the_specification_has(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let opened = opening("finance").to_string();
        for (escaped, plain) in [
            (r"\uD83D\uDE00", "\u{1F600}"),
            (r"\u{1F600}\u{2d}", "\u{1F600}-"),
            (r"\u{22}\u005c", "\"\\"),
        ] {
            let category = serde_json::from_str::<serde_json::Value>(&opened).expect("JSON");
            let query = format!(
                "mutation {{ openTicket(input: {{ categoryId: {}, productId: {}, subject: \"a{escaped}\", \
                 text: \"b\" }}) {{ ticket {{ subject }} userErrors {{ message }} }} }}",
                category["categoryId"], category["productId"]
            );
            let answer = customer.ask(&query, json!({})).await;
            assert_eq!(answer.payload()["ticket"]["subject"], format!("a{plain}"), "{}", answer.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn no_page_of_another_site_can_make_a_browser_change_anything(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let head = app.head().await;
        let body = mutation("openTicket", &opening("finance")).to_string().into_bytes();
        for media_type in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/plain; application/json",
            "text/plain, application/json",
            "application/json, text/plain",
            "application/graphql",
            "",
        ] {
            let answer = customer.post(body.clone(), &[("content-type", media_type)]).await;
            assert_eq!(answer.status, 415, "{media_type}: {}", answer.text);
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"));
        }
        for query in [
            "mutation { startShift(input: {}) { position } }",
            "query Q { viewer { scopes } } mutation M { startShift(input: {}) { position } }",
        ] {
            for further in ["", "&operationName=M", "&operationName=Q"] {
                let path = format!("/graphql?query={}{further}", encoded(query));
                let answer = customer.get(&path, &[("accept", RESPONSE)]).await;
                assert_eq!(answer.status, 405, "{path}: {}", answer.text);
                assert_eq!(answer.headers["allow"], "POST");
            }
        }
        assert_eq!(app.head().await, head);
        let path = format!("/graphql?query={}", encoded(VIEWER));
        let answer = customer.get(&path, &[("accept", RESPONSE)]).await;
        assert_eq!((answer.status.as_u16(), answer.error()), (200, None), "{}", answer.text);
        // No answer invites another site to read it.
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        assert!(!answer.headers.contains_key("set-cookie"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_query_by_get_takes_variables_and_an_operation_name(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("finance").await;
        let query =
            "query A($n: String) { ticket(number: $n) { id } } query B { viewer { scopes } }";
        let variables = json!({ "n": "SD-000001" }).to_string();
        let path = format!(
            "/graphql?query={}&variables={}&operationName=A",
            encoded(query),
            encoded(&variables)
        );
        let answer = customer.get(&path, &[]).await;
        assert_eq!(answer.payload()["id"], ticket["id"], "{}", answer.text);
        for path in ["/graphql", "/graphql?variables={}", "/graphql?query=%FF"] {
            let answer = customer.get(path, &[]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.error()),
                (400, Some("BAD_USER_INPUT")),
                "{path}"
            );
        }
    })
    .await;
}

/// The id in an answer's header.
fn request_id(answer: &Answer) -> String {
    let id = answer.headers["x-request-id"].to_str().expect("a text");
    assert!(Uuid::parse_str(id).is_ok(), "{id}");
    id.to_owned()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_answer_and_every_error_carries_the_requests_id(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        // The service gives the id, whatever the client calls its request.
        let given = Uuid::from_u128(7).to_string();
        let headers = [&[][..], &[("x-request-id", given.as_str())], &[("x-request-id", "<a>")]];
        let mut seen = HashSet::from([given.clone()]);
        for headers in headers {
            for query in [VIEWER, "{ nothing }", "{ broken", "{ staffMembers { nodes { id } } }"] {
                let answer = customer.send(json!({ "query": query }), headers).await;
                let id = request_id(&answer);
                for error in answer.body["errors"].as_array().unwrap_or(&Vec::new()) {
                    assert_eq!(error["extensions"]["requestId"], id, "{}", answer.text);
                }
                assert!(seen.insert(id), "one id for two requests: {}", answer.text);
            }
            let broken = customer.post(b"{".to_vec(), headers).await;
            assert_eq!(broken.body["errors"][0]["extensions"]["requestId"], request_id(&broken));
            // Events carry it as their correlation id.
            let request = mutation("openTicket", &opening("finance"));
            let answer = customer.send(request, headers).await;
            let event = app.log().read_after(answer.position() - 1, 1).await.expect("the event");
            assert_eq!(event[0].metadata.correlation_id.to_string(), request_id(&answer));
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_browser_gets_a_page_and_everybody_else_an_answer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let page = customer.get("/graphql", &[("accept", "text/html,application/xhtml+xml")]).await;
        assert_eq!(page.status, 200);
        assert!(page.headers["content-type"].to_str().expect("a text").starts_with("text/html"));
        assert!(page.text.contains("GraphQL") || page.text.contains("GraphiQL"));
        let policy = page.headers["content-security-policy"].to_str().expect("a text");
        assert!(policy.contains("frame-ancestors 'none'"));
        // Everything that the page loads comes from this server.
        assert!(!page.text.contains("src=\"http") && !page.text.contains("src=\"//"));
        assert_eq!(customer.get("/graphql/assets/none.js", &[]).await.status, 404);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_service_tells_its_health_and_version(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let nobody = Person::anonymous(&app.customer("Customer").await);
        let health = nobody.get("/healthz", &[]).await;
        assert_eq!((health.status.as_u16(), health.text.as_str()), (200, "ok\n"));
        app.settle().await;
        let ready = nobody.get("/readyz", &[]).await;
        assert_eq!(
            (ready.status.as_u16(), &ready.body["ready"]),
            (200, &json!(true)),
            "{}",
            ready.text
        );
        let version = nobody.get("/version", &[]).await;
        assert_eq!(version.body["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(nobody.get("/nothing", &[]).await.status, 404);
        // A read model at fault makes the service unready, and says which one.
        let fault =
            "UPDATE projection_checkpoints SET fault = 'broken' WHERE name = 'department_queue'";
        database.run(fault).await.expect("it is set");
        let ready = nobody.get("/readyz", &[]).await;
        assert_eq!(ready.status, 503, "{}", ready.text);
        assert_eq!(ready.body["projections"], json!(["department_queue"]));
        assert!(!ready.text.contains("broken"), "what exactly failed is for the log");
        assert_eq!(nobody.get("/healthz", &[]).await.status, 200);
    })
    .await;
}

/// A text as it is written into the query of an address.
pub(super) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect::<Vec<_>>().concat()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn fields_come_in_the_order_of_the_query_and_failed_ones_are_null(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let query = "query($id: ID!) { node(id: $id) { ... on Customer { \
             applications(filter: { isOverride: true }) { totalCount } name id } } \
             viewer { scopes } catalogue { reopenDays } }";
        let answer = customer.ask(query, json!({ "id": customer.id })).await;
        let expected = json!({ "applications": null, "name": "Customer", "id": customer.id });
        assert_eq!(answer.body["data"]["node"], expected, "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["path"], json!(["node", "applications"]));
        let place = |field: &str| answer.text.find(&format!("\"{field}\":")).expect(field);
        let places = ["node", "applications", "name", "id", "viewer", "catalogue"].map(place);
        assert!(places.is_sorted(), "{}", answer.text);
    })
    .await;
}
