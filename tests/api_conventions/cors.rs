//! Pages of other sites: they may call where the operator names their origin, and nowhere else.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use servicedesk::config::Config;
use test_case::test_case;
use tower::ServiceExt;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, config};
use crate::support::{System, with_database};

const PORTAL: &str = "https://portal.example.com";

/// The origin that a browser is told may call, when a page of another origin asks before it does.
async fn allowed(app: &App, origin: &str) -> (Option<String>, String) {
    let request = Request::options("/graphql")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-consistent-with");
    let request = request.body(Body::empty()).expect("a request");
    let response = app.router().oneshot(request).await.expect("an answer");
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().expect("a text"));
    // Where any page of another site may call, the browser may send it the session's cookie.
    let is_open = !app.service.app.config.cors_origins.is_empty();
    assert_eq!(header("access-control-allow-credentials"), is_open.then_some("true"));
    let headers = header("access-control-allow-headers").unwrap_or_default().to_owned();
    (header("access-control-allow-origin").map(str::to_owned), headers)
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pages_of_named_origins_may_call_and_no_others(system: System) {
    with_database(system, |database| async move {
        let closed = App::start(&database).await;
        assert_eq!(allowed(&closed, PORTAL).await, (None, String::new()));
        let cors_origins = vec![PORTAL.to_owned(), "http://localhost:3000".to_owned()];
        let app = App::start_with(&database, Config { cors_origins, ..config() }).await;
        for origin in [PORTAL, "http://localhost:3000"] {
            let (told, headers) = allowed(&app, origin).await;
            assert_eq!(told.as_deref(), Some(origin));
            assert!(headers.contains("authorization") && headers.contains("x-consistent-with"));
        }
        for origin in
            ["https://portal.example.com.evil.example", "http://portal.example.com", "null"]
        {
            assert_eq!(allowed(&app, origin).await.0, None, "{origin}");
        }
        let customer = app.customer("Customer").await;
        let request = json!({ "query": "{ viewer { scopes } }" });
        let answer = customer.send(request.clone(), &[("origin", PORTAL)]).await;
        assert_eq!(answer.headers["access-control-allow-origin"], PORTAL);
        assert_eq!(answer.headers["access-control-expose-headers"], "x-request-id,retry-after");
        assert_eq!(answer.payload()["scopes"], json!(["READ", "WRITE"]));
        let answer = customer.send(request, &[("origin", "https://evil.example")]).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    })
    .await;
}
