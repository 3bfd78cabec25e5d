//! The whole service in the test's own process, and the people who call it over HTTP.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::app::Service;
use servicedesk::config::Config;
use servicedesk::graphql::relay::global_id;
use servicedesk::http;
use servicedesk_domain::access::{ApiTokenId, Principal, Scope};
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::staff::Role;
use servicedesk_eventlog::{Log, Position};
use servicedesk_service::access::issuing::{self as access, IssuedToken, TokenRequest};
use servicedesk_service::{customer, staff};
use tower::ServiceExt;

use super::payloads::{about, user_errors};
use super::{PATIENCE, TestClock, TestDatabase};

/// What tests ask of a ticket.
pub(crate) const TICKET: &str = "id number status version position subject priority \
     assignee { id name } collaborators { id } departments { code } updatedAt promisedFor \
     resolvedAt outcome summary closedAt reopenableUntil replyCount acceptedAt firstRepliedAt";

/// One process of the service.
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) clock: TestClock,
    router: Router,
    database: TestDatabase,
}

/// Somebody who calls, with a token.
#[derive(Clone)]
pub(crate) struct Person {
    /// The global id.
    pub(crate) id: String,
    pub(crate) token: Option<String>,
    pub(crate) api_token_id: ApiTokenId,
    pub(crate) principal: Principal,
    router: Router,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body as it was sent.
    pub(crate) text: String,
    /// The body as JSON, where it is JSON.
    pub(crate) body: Value,
}

/// A configuration for tests: tokens are looked at every time, and nobody is throttled.
pub(crate) fn config() -> Config {
    let mut config = Config { token_memory_seconds: 0, ..Config::default() };
    config.consistency_seconds = 30;
    config.limits.bucket_cost = 1e9;
    config.limits.key_checks_at_once = 1_000_000;
    config.limits.door_at_once = 1_000_000;
    config.limits.door_per_minute = 1_000_000;
    config
}

impl App {
    /// Starts the service on a database.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, config()).await
    }

    /// Starts the service with a configuration of the test's own.
    pub(crate) async fn start_with(database: &TestDatabase, mut config: Config) -> Self {
        config.files = database.files().to_path_buf();
        config.mail = database.files().join("mail");
        let (db, clock) = (database.open().await, database.clock.clone());
        let service = Service::start(config, db, clock.as_log_clock(), None).await;
        let service = service.expect("the service starts");
        let router = http::router(service.app.clone());
        Self { service, clock, router, database: database.clone() }
    }

    /// Ends the process.
    pub(crate) async fn stop(self) {
        let db = self.log().db().clone();
        drop(self.router);
        self.service.stop().await;
        db.close().await;
    }

    pub(crate) fn log(&self) -> &Log {
        &self.service.app.desk.log
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The messages that were sent, the oldest first.
    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.database.files().join("mail")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = folder.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("a message")).collect()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The position of the last event in the database, when everything is done that follows from
    /// what was recorded.
    pub(crate) async fn head(&self) -> Position {
        let mut head = 0;
        loop {
            let now = self.database.number("SELECT position FROM log_head").await;
            if now == head {
                return head;
            }
            head = now;
            let followed = self.service.app.desk.reactions.wait_for(head, PATIENCE).await;
            followed.expect("what follows is done");
        }
    }

    /// Waits until the read models show everything.
    pub(crate) async fn settle(&self) {
        let head = self.head().await;
        let waited = self.service.app.desk.positions.wait_for(head, PATIENCE).await;
        waited.expect("the read models catch up");
    }

    /// Serves on a free port of this machine for as long as the test lasts.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = self.router();
        let config = self.service.app.config.clone();
        tokio::spawn(async move {
            http::serving::serve(listener, router, &config, None, std::future::pending()).await;
        });
        address
    }

    pub(crate) async fn customer(&self, name: &str) -> Person {
        let id = customer::registering::register(self.log(), name.to_owned()).await;
        let id = id.expect("a new customer");
        self.person(global_id(id).0, Principal::Customer(id)).await
    }

    /// A customer with a licence for the product of [`opening`], so that five hours are free.
    pub(crate) async fn licensed(&self, name: &str) -> Person {
        let customer = self.customer(name).await;
        let manager = self.staff("Licensing", Role::Manager, &[]).await;
        manager.expect_done("grantLicence", licence(&customer)).await;
        customer
    }

    /// An agent of these departments.
    pub(crate) async fn agent(&self, name: &str, departments: &[&str]) -> Person {
        self.staff(name, Role::Agent, departments).await
    }

    /// An agent of these departments who takes tickets.
    pub(crate) async fn agent_on_shift(&self, name: &str, departments: &[&str]) -> Person {
        let agent = self.agent(name, departments).await;
        assert_eq!(agent.act("startShift", json!({})).await.refusal(), None);
        agent
    }

    pub(crate) async fn staff(&self, name: &str, role: Role, departments: &[&str]) -> Person {
        let ids = departments.iter().map(|code| DepartmentId::named(code)).collect();
        let id = staff::registering::register(self.log(), name.to_owned(), role, ids).await;
        let id = id.expect("a new member of staff");
        self.person(global_id(id).0, Principal::Staff(id)).await
    }

    pub(crate) async fn person(&self, id: String, principal: Principal) -> Person {
        let IssuedToken { api_token_id, token } =
            self.token(principal, &[Scope::Read, Scope::Write], 3_000).await;
        Person { id, token: Some(token), api_token_id, principal, router: self.router() }
    }

    async fn token(&self, principal: Principal, scopes: &[Scope], days: u16) -> IssuedToken {
        let (scopes, label) = (scopes.to_vec(), "a test's".to_owned());
        let request = TokenRequest { principal, scopes, days, label };
        let issued = access::issue(self.log(), request).await.expect("a token");
        self.settle().await;
        issued
    }

    /// The same person with another token.
    pub(crate) async fn with_token(&self, of: &Person, scopes: &[Scope], days: u16) -> Person {
        let issued = self.token(of.principal, scopes, days).await;
        let (token, api_token_id) = (Some(issued.token), issued.api_token_id);
        Person { token, api_token_id, ..of.clone() }
    }

    /// Makes a person's token worth nothing.
    pub(crate) async fn revoke(&self, of: &Person) {
        access::revoke(self.log(), of.api_token_id).await.expect("revoked");
        self.settle().await;
    }
}

impl Person {
    /// The same person without any token.
    pub(crate) fn anonymous(of: &Self) -> Self {
        Self { token: None, ..of.clone() }
    }

    /// The same person, whose calls go to another process.
    pub(crate) fn at(&self, app: &App) -> Self {
        Self { router: app.router(), ..self.clone() }
    }

    /// Sends a document.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.send(json!({ "query": query, "variables": variables }), &[]).await
    }

    /// Sends a request with further headers.
    pub(crate) async fn send(&self, request: Value, headers: &[(&str, &str)]) -> Answer {
        self.post(request.to_string().into_bytes(), headers).await
    }

    /// Sends a body as it is, as JSON unless the headers say otherwise.
    pub(crate) async fn post(&self, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post("/graphql");
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        self.call(request, headers, Body::from(body)).await
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(Request::get(path), headers, Body::empty()).await
    }

    async fn call(
        &self,
        mut request: axum::http::request::Builder,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        // The status tells whether a request was carried out.
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "application/graphql-response+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer");
        let text = String::from_utf8(bytes.to_vec()).expect("a text");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, text, body }
    }

    /// Sends a mutation with its one input.
    pub(crate) async fn act(&self, name: &str, input: Value) -> Answer {
        self.send(mutation(name, &input), &[]).await
    }

    /// Sends a mutation that must succeed, and gives what it is about as that is then.
    pub(crate) async fn expect_done(&self, name: &str, input: Value) -> Value {
        let answer = self.act(name, input).await;
        assert_eq!(answer.refusal(), None, "{name}: {}", answer.text);
        assert!(answer.body["errors"].is_null(), "{name}: {}", answer.text);
        answer.payload()[about(name).0].clone()
    }

    /// Does something to a ticket that needs nothing but the ticket's id; it must succeed.
    pub(crate) async fn expect_done_on(&self, name: &str, ticket: &Value) -> Value {
        self.expect_done(name, json!({ "ticketId": ticket["id"] })).await
    }

    /// Logs so many minutes that were worked on a ticket until now, and gives the entry's id.
    pub(crate) async fn expect_logged(&self, ticket: &Value, minutes: i32) -> String {
        let input = json!({ "ticketId": ticket["id"], "minutes": minutes,
                            "overlapReason": "The clock of a test stands still" });
        self.expect_done("logTime", input).await;
        let query = "query($id: ID!) { ticket(id: $id) { timeEntries(last: 1) { nodes { id } } } }";
        let answer = self.ask(query, json!({ "id": ticket["id"] })).await;
        let id = answer.payload()["timeEntries"]["nodes"][0]["id"].as_str();
        id.unwrap_or_else(|| panic!("no entry: {}", answer.text)).to_owned()
    }

    /// Opens a ticket of this category.
    pub(crate) async fn expect_opened(&self, category_code: &str) -> Value {
        self.expect_done("openTicket", opening(category_code)).await
    }

    /// The ticket as this person sees it; null where not at all.
    pub(crate) async fn sees(&self, ticket: &Value) -> Value {
        let query = format!("query($id: ID!) {{ ticket(id: $id) {{ {TICKET} }} }}");
        let answer = self.ask(&query, json!({ "id": ticket["id"] })).await;
        assert!(answer.body["errors"].is_null(), "{}", answer.text);
        answer.body["data"]["ticket"].clone()
    }

    /// What happened to the ticket, as this person sees it.
    pub(crate) async fn timeline(&self, ticket: &Value) -> Vec<Value> {
        let query = "query($id: ID!) { ticket(id: $id) { timeline(first: 100) { nodes { \
             id kind version position text actor { kind name } staffMember { id } \
             departments { code } priority minutes timeEntry { id } promisedFor outcome occurredAt target \
             } } } }";
        let answer = self.ask(query, json!({ "id": ticket["id"] })).await;
        assert!(answer.body["errors"].is_null(), "{}", answer.text);
        let nodes = &answer.body["data"]["ticket"]["timeline"]["nodes"];
        nodes.as_array().expect("a timeline").clone()
    }
}

impl Answer {
    /// What the first field of the answer holds.
    pub(crate) fn payload(&self) -> &Value {
        let fields = self.body["data"].as_object();
        fields.and_then(|fields| fields.values().next()).unwrap_or(&Value::Null)
    }

    /// The code of the refusal, where a rule refused it.
    pub(crate) fn refusal(&self) -> Option<&str> {
        let refusal = &self.payload()["userErrors"][0];
        refusal["code"].as_str().or(refusal["further"].as_str())
    }

    /// The code of the first error.
    pub(crate) fn error(&self) -> Option<&str> {
        self.body["errors"][0]["extensions"]["code"].as_str()
    }

    /// What it came to in a word: the error's code, the refusal's code, or `ok`.
    pub(crate) fn outcome(&self) -> &str {
        self.error().or(self.refusal()).unwrap_or("ok")
    }

    /// The position in the payload.
    pub(crate) fn position(&self) -> Position {
        let position = self.payload()["position"].as_str().expect("a position");
        position.parse().expect("a number")
    }
}

/// A mutation as a request: its payload whole, whatever it is about.
pub(crate) fn mutation(name: &str, input: &Value) -> Value {
    let (thing, fields) = about(name);
    let mut type_name = name.to_owned();
    type_name[..1].make_ascii_uppercase();
    let query = format!(
        "mutation($input: {type_name}Input!) {{ {name}(input: $input) {{ {thing} {{ {fields} }} \
         position {} }} }}",
        user_errors(name)
    );
    json!({ "query": query, "variables": { "input": input } })
}

/// The input that defines the published terms of support, with so many free minutes.
pub(crate) fn terms(package_minutes: u32) -> Value {
    json!({ "hourlyPrice": { "amount": "5.00", "currency": "USD" }, "warningPercent": 80,
            "packageMinutes": package_minutes, "needsAgreement": true,
            "timeZone": "Europe/Moscow" })
}

/// The input by which a customer gets an unlimited licence for the product of [`opening`].
pub(crate) fn licence(customer: &Person) -> Value {
    json!({ "customerId": customer.id, "productId": product("trading_robot"),
            "kind": "UNLIMITED", "validFrom": "2020-01-01T00:00:00Z", "accountNumbers": ["12345678"] })
}

/// The input by which a customer rents the same product from a moment on for 30 days.
pub(crate) fn rental(customer: &Person, from: chrono::DateTime<chrono::Utc>) -> Value {
    let until = from + TimeDelta::days(30);
    let term = json!({ "kind": "RENTAL", "validFrom": from, "validUntil": until });
    with(licence(customer), &term)
}

/// The input of a request of this category.
pub(crate) fn opening(category_code: &str) -> Value {
    json!({
        "categoryId": category(category_code), "productId": product("trading_robot"),
        "subject": "It does not start", "text": "Since this morning.",
    })
}

/// A calendar as a definition, which is another one for every name.
pub(crate) fn calendar_called(name: &str) -> Value {
    json!({
        "code": "office", "title": { "ru": name, "en": name }, "timeZone": "Europe/Moscow",
        "openings": [{ "days": ["MON", "TUE"], "from": "09:00", "until": "18:00" }],
    })
}

/// A service level as a definition, which is another one for every target.
pub(crate) fn level_of(minutes: i64) -> Value {
    let calendar_id = global_id(servicedesk_domain::catalogue::CalendarId::named("office")).0;
    json!({
        "request": "TICKET", "clock": "WORKING_DAYS", "calendarId": calendar_id,
        "processingMinutes": minutes, "firstResponseMinutes": 30,
    })
}

pub(crate) fn department(code: &str) -> String {
    global_id(DepartmentId::named(code)).0
}

pub(crate) fn category(code: &str) -> String {
    global_id(CategoryId::named(code)).0
}

pub(crate) fn product(code: &str) -> String {
    global_id(ProductId::named(code)).0
}

/// The input with further fields.
pub(crate) fn with(mut input: Value, further: &Value) -> Value {
    for (name, value) in further.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}
