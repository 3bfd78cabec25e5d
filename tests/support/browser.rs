//! A browser: it keeps the session's cookie that it is given, and sends it with its page's origin.

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::access::Principal;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::login::decide::{Open, StartSession};
use servicedesk_domain::identity::login::{Command, login_of};
use servicedesk_domain::identity::{Login, PasswordId, SessionId};
use servicedesk_domain::kernel::{Actor, Language, Moment, Personal};
use servicedesk_service::clock::fresh_id;
use servicedesk_service::desk::own_context;

use super::app::{Answer, App, Person, mutation, with};

/// Where the service is, as the browser names it.
pub(crate) const HOST: &str = "localhost:8080";
/// The origin of the service's own pages there.
pub(crate) const ORIGIN: &str = "http://localhost:8080";
/// A password that nobody else has.
pub(crate) const PASSWORD: &str = "four wild geese by night";

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) person: Person,
    /// The cookie as it is sent: its name and value.
    pub(crate) cookie: Option<String>,
    pub(crate) origin: &'static str,
    /// From where it comes, by the header that a proxy adds.
    pub(crate) address: String,
}

impl Browser {
    /// A browser in which nobody is logged in.
    pub(crate) async fn open(app: &App) -> Self {
        let person = Person::anonymous(&app.customer("Somebody else").await);
        Self { person, cookie: None, origin: ORIGIN, address: "192.0.2.1".to_owned() }
    }

    /// The same browser, whose requests go to another process.
    pub(crate) fn at(&self, app: &App) -> Self {
        Self { person: self.person.at(app), ..self.clone() }
    }

    /// A browser on another machine.
    pub(crate) fn another(&self, address: &str) -> Self {
        Self { cookie: None, address: address.to_owned(), ..self.clone() }
    }

    /// Registers and confirms, so that the person is logged in here afterwards.
    pub(crate) async fn join(&mut self, app: &App, email: &str) -> Answer {
        self.join_as(app, email, "Anna").await
    }

    /// The same under a name of the test's own.
    pub(crate) async fn join_as(&mut self, app: &App, email: &str, name: &str) -> Answer {
        let new = with(registration(email), &json!({ "name": name }));
        let registered = self.act("register", new).await;
        assert_eq!(registered.outcome(), "ok", "{}", registered.text);
        let code = code_in(app.mails().last().expect("a message"));
        let confirmed =
            self.act("confirmEmail", json!({ "code": code, "password": PASSWORD })).await;
        assert_eq!(confirmed.outcome(), "ok", "{}", confirmed.text);
        confirmed
    }

    /// Logs in with the usual password or another.
    pub(crate) async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.act("logIn", json!({ "email": email, "password": password })).await
    }

    /// Sends a mutation with its one input.
    pub(crate) async fn act(&mut self, name: &str, input: Value) -> Answer {
        self.send(mutation(name, &input)).await
    }

    /// Who is logged in, and what they see of themselves.
    pub(crate) async fn viewer(&mut self) -> Value {
        let query = "{ viewer { customer { id name } email scopes sessions { id device createdAt \
             lastUsedAt isCurrent } } }";
        let answer = self.send(json!({ "query": query })).await;
        assert_eq!(answer.error(), None, "{}", answer.text);
        answer.payload().clone()
    }

    /// Sends a request, and keeps the cookie that comes back.
    pub(crate) async fn send(&mut self, request: Value) -> Answer {
        let mut headers = vec![
            ("host", HOST),
            ("origin", self.origin),
            ("user-agent", "Firefox"),
            ("x-forwarded-for", &self.address),
        ];
        if let Some(cookie) = &self.cookie {
            headers.push(("cookie", cookie));
        }
        let answer = self.person.send(request, &headers).await;
        if let Some(set) = answer.headers.get("set-cookie") {
            let pair = set.to_str().expect("a text").split(';').next().unwrap_or_default();
            let is_taken = pair.ends_with('=');
            self.cookie = (!is_taken).then(|| pair.to_owned());
        }
        answer
    }
}

/// What somebody registers with.
pub(crate) fn registration(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "Anna", "language": "EN",
            "timeZone": "Europe/Moscow" })
}

/// The code in a message: it has a line of its own.
pub(crate) fn code_in(message: &str) -> String {
    let is_code = |line: &&str| {
        line.len() == 43 && line.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let found = message.lines().find(is_code);
    found.unwrap_or_else(|| panic!("no code in {message}")).to_owned()
}

/// Gives a customer whom an operator has registered a login, without a password that anybody knows.
pub(crate) async fn open_login(app: &App, person: &Person) {
    let customer_id = customer_id(person);
    let open = Command::Open(Open {
        customer_id,
        address: Personal::new(customer_id, "somebody@example.com".to_owned()),
        password_id: PasswordId::named("nobody knows it"),
        language: Language::En,
        time_zone: chrono_tz::Tz::UTC,
    });
    on_login(app, customer_id, open).await;
}

/// Begins a session of a customer who has a login, and gives its global id.
pub(crate) async fn begin_session(app: &App, person: &Person) -> String {
    let customer_id = customer_id(person);
    let login = app.log().load::<Login>(login_of(customer_id).uuid()).await;
    let session_id = SessionId::new(fresh_id());
    let start = Command::StartSession(StartSession {
        shown: login.expect("a login").0.password_id,
        session_id,
        token_sha256: session_id.to_string(),
        device: "Firefox".to_owned(),
        replaced: None,
    });
    on_login(app, customer_id, start).await;
    global_id(session_id).0
}

async fn on_login(app: &App, customer_id: CustomerId, command: Command) {
    let context = own_context(Actor::Customer(customer_id), app.clock.now());
    let login_id = login_of(customer_id).uuid();
    app.log().execute::<Login>(login_id, command, context).await.expect("done");
    app.settle().await;
}

fn customer_id(person: &Person) -> CustomerId {
    match person.principal {
        Principal::Customer(id) => id,
        Principal::Staff(id) => panic!("{id} is staff"),
    }
}

/// Whether a moment in an answer is this one. The clock of tests moves a little whenever it is
/// looked at.
pub(crate) fn is_about(told: &Value, moment: Moment) -> bool {
    let told = told.as_str().and_then(|told| told.parse::<Moment>().ok());
    told.is_some_and(|told| (told - moment).abs() < TimeDelta::seconds(1))
}
