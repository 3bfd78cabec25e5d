//! The cookie: how it is given, and which pages may use it.

use serde_json::{Value, json};
use servicedesk::config::Config;
use test_case::test_case;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person, config, mutation, opening};
use crate::support::browser::{Browser, ORIGIN, PASSWORD};
use crate::support::watch::{Socket, hear, say};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";
const EVIL: &str = "https://evil.example";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pages_of_other_sites_cannot_use_the_cookie_and_tokens_go_on(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let head = app.head().await;
        let mut evil = Browser { origin: EVIL, ..browser.clone() };
        for answer in [
            evil.act("openTicket", opening("finance")).await,
            evil.act("revokeOtherSessions", json!({})).await,
            evil.send(json!({ "query": "{ viewer { email } }" })).await,
        ] {
            assert_eq!((answer.error(), answer.status.as_u16()), (Some("FORBIDDEN"), 403));
        }
        // Nobody is logged in from there, either, nor out.
        let mut fresh = Browser { cookie: None, ..evil.clone() };
        assert_eq!(fresh.log_in(ANNA, PASSWORD).await.outcome(), "FORBIDDEN");
        assert_eq!(fresh.act("logOut", json!({})).await.outcome(), "FORBIDDEN");
        assert_eq!(fresh.cookie, None);
        assert_eq!(app.head().await, head);
        // Who comes with a token is known by that.
        let customer = app.customer("Customer").await;
        let request = mutation("openTicket", &opening("finance"));
        let answer = customer.send(request, &[("origin", EVIL)]).await;
        assert_eq!(answer.outcome(), "ok", "{}", answer.text);
        // A named origin may, and a browser is told so.
        let named = Config { cors_origins: vec![EVIL.to_owned()], ..config() };
        let trusting = App::start_with(&database, named).await;
        let mut evil = evil.at(&trusting);
        let answer = evil.act("openTicket", opening("finance")).await;
        assert_eq!(answer.outcome(), "ok", "{}", answer.text);
        assert_eq!(answer.headers["access-control-allow-credentials"], "true");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn over_https_the_cookie_is_of_this_host_alone(system: System) {
    with_database(system, |database| async move {
        let public_url = Some("https://desk.example.com".to_owned());
        let app = App::start_with(&database, Config { public_url, ..config() }).await;
        let mut browser = Browser::open(&app).await;
        browser.origin = "https://desk.example.com";
        let confirmed = browser.join(&app, ANNA).await;
        let cookie = confirmed.headers["set-cookie"].to_str().expect("a text");
        let (pair, attributes) = cookie.split_once("; ").expect("attributes");
        assert!(pair.starts_with("__Host-servicedesk=ss_"), "{cookie}");
        assert_eq!(attributes, "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(browser.viewer().await["email"], ANNA);
        // The name without protection is not taken.
        let plain = pair.replace("__Host-", "");
        let mut other = Browser { cookie: Some(plain), ..browser.clone() };
        assert_eq!(other.viewer().await, Value::Null);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_websocket_takes_the_cookie_of_the_own_page_and_no_other(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let host = format!("localhost:{}", address.port());
        let own: &'static str = Box::leak(format!("http://{host}").into_boxed_str());
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let cookie = browser.cookie.clone().expect("a cookie");
        let viewer = json!({ "query": "{ viewer { email } }" });

        let mut socket = connect(&host, address.port(), &cookie, own).await;
        say(&mut socket, &json!({ "type": "connection_init" })).await;
        assert_eq!(hear(&mut socket).await.expect("an answer")["type"], "connection_ack");
        let shown = operation(&mut socket, "1", &viewer).await;
        assert_eq!(shown["data"]["viewer"]["email"], ANNA, "{shown}");
        // A session is given by plain HTTP alone.
        let log_in = mutation("logIn", &json!({ "email": ANNA, "password": PASSWORD }));
        let refused = operation(&mut socket, "2", &log_in).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
        // When the session ends, so does what it began.
        browser.act("logOut", json!({})).await;
        assert_eq!(hear(&mut socket).await.expect("an end")["type"], "close");

        browser.log_in(ANNA, PASSWORD).await;
        let cookie = browser.cookie.clone().expect("a cookie");
        let mut socket = connect(&host, address.port(), &cookie, EVIL).await;
        say(&mut socket, &json!({ "type": "connection_init" })).await;
        let end = hear(&mut socket).await.expect("an end");
        assert_eq!((&end["type"], &end["code"]), (&json!("close"), &json!(4403)), "{end}");
        // With a token, the page is one that was given it.
        let customer: Person = app.customer("Customer").await;
        let token = customer.token.expect("a token");
        let mut socket = connect(&host, address.port(), &cookie, EVIL).await;
        let payload = json!({ "authorization": format!("Bearer {token}") });
        say(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(hear(&mut socket).await.expect("an answer")["type"], "connection_ack");
        let shown = operation(&mut socket, "1", &viewer).await;
        assert_eq!(shown["data"]["viewer"]["email"], Value::Null, "{shown}");
    })
    .await;
}

/// Over server-sent events the headers of the answer are gone when somebody is logged in.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn nobody_is_logged_in_by_server_sent_events(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let somebody = Person::anonymous(&app.customer("Somebody").await);
        let request = mutation("logIn", &json!({ "email": ANNA, "password": PASSWORD }));
        let head = app.head().await;
        let headers =
            [("accept", "text/event-stream"), ("host", "localhost:8080"), ("origin", ORIGIN)];
        let answer = somebody.send(request, &headers).await;
        assert!(answer.text.contains("FORBIDDEN"), "{}", answer.text);
        assert_eq!(app.head().await, head);
    })
    .await;
}

async fn connect(host: &str, port: u16, cookie: &str, origin: &str) -> Socket {
    let url = format!("ws://127.0.0.1:{port}/graphql/ws");
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    for (name, value) in [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("host", host),
        ("cookie", cookie),
        ("origin", origin),
    ] {
        headers.insert(name, value.parse().expect("a header"));
    }
    connect_async(request).await.expect("a connection").0
}

/// Carries out an operation, and gives its answer.
async fn operation(socket: &mut Socket, id: &str, request: &Value) -> Value {
    say(socket, &json!({ "id": id, "type": "subscribe", "payload": request })).await;
    let mut shown = Value::Null;
    loop {
        let heard = hear(socket).await.expect("an answer");
        match heard["type"].as_str() {
            Some("next") => shown = heard["payload"].clone(),
            Some("error") => return json!({ "errors": heard["payload"] }),
            Some("complete") => return shown,
            _ => {}
        }
    }
}
