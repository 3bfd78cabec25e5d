//! Every refusal about logging in: met by its name, in both languages, with nothing recorded.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::refusals::table;
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{Answer, App, Person, config, mutation, with};
use crate::support::browser::{Browser, PASSWORD, code_in, registration};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";
const COMMON: &str = "iloveyou";

struct Desk {
    app: App,
    browser: Browser,
    met: BTreeSet<(String, String)>,
}

impl Desk {
    async fn expect(&mut self, name: &str, input: Value, code: &str) {
        let head = self.app.head().await;
        let answer = self.browser.act(name, input).await;
        self.check(name, &answer, code);
        assert_eq!(self.app.head().await, head, "{name} {code} has recorded something");
    }

    fn check(&mut self, name: &str, answer: &Answer, code: &str) {
        assert_eq!(answer.outcome(), code, "{name}: {}", answer.text);
        assert!(answer.payload()["customer"].is_null(), "{}", answer.text);
        self.met.insert((name.to_owned(), code.to_owned()));
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_refusal_that_the_schema_names_is_met(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let browser = Browser::open(&app).await;
        let mut desk = Desk { app, browser, met: BTreeSet::new() };
        let sound = registration(ANNA);
        for (field, value, code) in [
            ("email", json!("anna"), "EMAIL_INVALID"),
            ("email", json!("a@b.c\r\nBcc: d@e.f"), "EMAIL_INVALID"),
            ("name", json!(" "), "NAME_INVALID"),
            ("name", json!("x".repeat(201)), "NAME_INVALID"),
            ("password", json!("1234567"), "PASSWORD_TOO_SHORT"),
            ("password", json!("x".repeat(257)), "PASSWORD_TOO_LONG"),
            ("password", json!(COMMON), "PASSWORD_COMMON"),
        ] {
            desk.expect("register", with(sound.clone(), &json!({ field: value })), code).await;
        }
        assert_eq!(desk.app.mails(), Vec::<String>::new());
        // Two register before either has confirmed.
        for _ in 0..2 {
            desk.browser.act("register", sound.clone()).await;
        }
        let codes: Vec<String> = desk.app.mails().iter().map(|mail| code_in(mail)).collect();
        let confirm = |code: &str, password: &str| json!({ "code": code, "password": password });
        desk.expect("confirmEmail", confirm("none", PASSWORD), "CODE_INVALID").await;
        desk.expect("confirmEmail", confirm(&codes[0], COMMON), "WRONG_CREDENTIALS").await;
        let done = desk.browser.act("confirmEmail", confirm(&codes[0], PASSWORD)).await;
        assert_eq!(done.outcome(), "ok", "{}", done.text);
        desk.expect("confirmEmail", confirm(&codes[1], PASSWORD), "EMAIL_TAKEN").await;

        let log_in = |email: &str| json!({ "email": email, "password": COMMON });
        desk.expect("logIn", log_in("anna"), "EMAIL_INVALID").await;
        desk.expect("logIn", log_in(ANNA), "WRONG_CREDENTIALS").await;
        desk.expect("requestPasswordReset", json!({ "email": "" }), "EMAIL_INVALID").await;
        let too_long = "x".repeat(257);
        for (password, code) in [
            ("short", "PASSWORD_TOO_SHORT"),
            (&too_long, "PASSWORD_TOO_LONG"),
            (COMMON, "PASSWORD_COMMON"),
            (PASSWORD, "CODE_INVALID"),
        ] {
            desk.expect("resetPassword", confirm(&codes[0], password), code).await;
        }
        let change =
            |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
        for (current, new, code) in [
            (PASSWORD, "short", "PASSWORD_TOO_SHORT"),
            (PASSWORD, &too_long[..], "PASSWORD_TOO_LONG"),
            (PASSWORD, COMMON, "PASSWORD_COMMON"),
            (COMMON, "a new password of mine", "WRONG_CREDENTIALS"),
            (COMMON, "a new password of mine", "WRONG_CREDENTIALS"),
            (COMMON, "a new password of mine", "WRONG_CREDENTIALS"),
            (COMMON, "a new password of mine", "WRONG_CREDENTIALS"),
            (COMMON, "a new password of mine", "WRONG_CREDENTIALS"),
            (PASSWORD, "a new password of mine", "TOO_MANY_ATTEMPTS"),
        ] {
            desk.expect("changePassword", change(current, new), code).await;
        }
        let session_id = desk.browser.viewer().await["sessions"][0]["id"].clone();
        desk.app.advance(TimeDelta::hours(1));
        // A customer whom an operator has registered has no login.
        let customer: Person = desk.app.customer("Customer").await;
        for (name, input) in [
            ("changePassword", change(PASSWORD, "a new password of mine")),
            ("revokeSession", json!({ "sessionId": session_id })),
            ("revokeOtherSessions", json!({})),
        ] {
            let answer = customer.act(name, input).await;
            desk.check(name, &answer, "LOGIN_NOT_FOUND");
        }
        let mut other = desk.browser.another("192.0.2.2");
        other.join(&desk.app, "boris@example.com").await;
        let answer = other.act("revokeSession", json!({ "sessionId": session_id })).await;
        desk.check("revokeSession", &answer, "SESSION_NOT_FOUND");
        invitations(&mut desk, &customer).await;
        too_many(&mut desk, &database).await;

        let declared = table().into_iter().filter(|row| row.error == "AccountError");
        let declared: BTreeSet<(String, String)> = declared
            .flat_map(|row| row.codes.into_iter().map(move |code| (row.mutation, code)))
            .map(|(mutation, code)| (mutation.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(desk.met, declared);
    })
    .await;
}

/// What is refused of inviting, and of taking an invitation up.
async fn invitations(desk: &mut Desk, customer: &Person) {
    let admin = desk.app.staff("Admin", Role::Admin, &[]).await;
    let unknown = global_id(CustomerId::named("nobody")).0;
    let registered = desk.browser.viewer().await["customer"]["id"].clone();
    let to = |email: &str, further: Value| with(json!({ "email": email }), &further);
    let new = || json!({ "name": "New" });
    let staff = || json!({ "name": "New", "role": "ADMIN" });
    let known = || json!({ "personId": customer.id });
    for (mutation, input, code) in [
        ("inviteCustomer", to("anna", new()), "EMAIL_INVALID"),
        ("inviteCustomer", to(ANNA, new()), "EMAIL_TAKEN"),
        ("inviteCustomer", to("new@example.com", json!({ "name": " " })), "NAME_INVALID"),
        ("inviteStaffMember", to("anna", staff()), "EMAIL_INVALID"),
        ("inviteStaffMember", to(ANNA, staff()), "EMAIL_TAKEN"),
        ("sendInvitation", to("anna", known()), "EMAIL_INVALID"),
        ("sendInvitation", to(ANNA, known()), "EMAIL_TAKEN"),
        (
            "sendInvitation",
            to("new@example.com", json!({ "personId": unknown })),
            "PERSON_NOT_FOUND",
        ),
        (
            "sendInvitation",
            to("new@example.com", json!({ "personId": registered })),
            "LOGIN_EXISTS",
        ),
    ] {
        let head = desk.app.head().await;
        let sent = desk.app.mails().len();
        let answer = admin.act(mutation, input).await;
        desk.check(mutation, &answer, code);
        assert_eq!((desk.app.head().await, desk.app.mails().len()), (head, sent), "{mutation}");
    }
    let mut codes = Vec::new();
    for _ in 0..2 {
        admin.expect_done("inviteCustomer", to("new@example.com", new())).await;
        codes.push(code_in(desk.app.mails().last().expect("a message")));
    }
    let accept = |code: &str, password: &str| json!({ "code": code, "password": password });
    let too_long = "x".repeat(257);
    for (password, code) in [
        ("short", "PASSWORD_TOO_SHORT"),
        (&too_long, "PASSWORD_TOO_LONG"),
        (COMMON, "PASSWORD_COMMON"),
    ] {
        desk.expect("acceptInvitation", accept(&codes[0], password), code).await;
    }
    desk.expect("acceptInvitation", accept("none", PASSWORD), "CODE_INVALID").await;
    let mut other = desk.browser.another("192.0.2.3");
    let done = other.act("acceptInvitation", accept(&codes[0], PASSWORD)).await;
    assert_eq!(done.outcome(), "ok", "{}", done.text);
    desk.expect("acceptInvitation", accept(&codes[0], PASSWORD), "CODE_INVALID").await;
    desk.expect("acceptInvitation", accept(&codes[1], PASSWORD), "EMAIL_TAKEN").await;
}

/// Another process hears one attempt of each network.
async fn too_many(desk: &mut Desk, database: &crate::support::TestDatabase) {
    // Whatever was counted until now no longer counts.
    desk.app.advance(TimeDelta::minutes(10));
    let mut strict = config();
    (strict.limits.door_at_once, strict.limits.door_per_minute) = (1, 1);
    let strict = App::start_with(database, strict).await;
    let mut browser = desk.browser.at(&strict);
    let code = json!({ "code": "none", "password": PASSWORD });
    let log_in = json!({ "email": ANNA, "password": PASSWORD });
    assert_eq!(browser.act("confirmEmail", code.clone()).await.outcome(), "CODE_INVALID");
    for (name, input) in [
        ("register", registration(ANNA)),
        ("confirmEmail", code.clone()),
        ("acceptInvitation", code.clone()),
        ("logIn", log_in),
        ("requestPasswordReset", json!({ "email": ANNA })),
        ("resetPassword", code),
    ] {
        let answer = browser.act(name, input).await;
        desk.check(name, &answer, "TOO_MANY_ATTEMPTS");
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn refusals_are_told_in_russian_as_well(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let somebody = Person::anonymous(&app.customer("Somebody").await);
        for (name, input, russian) in [
            (
                "register",
                with(registration(ANNA), &json!({ "password": "short" })),
                "Пароль должен быть не короче 8 символов.",
            ),
            (
                "logIn",
                json!({ "email": ANNA, "password": PASSWORD }),
                "Неверный адрес электронной почты или пароль.",
            ),
        ] {
            let answer = somebody.send(mutation(name, &input), &[("accept-language", "ru")]).await;
            assert_eq!(answer.payload()["userErrors"][0]["message"], russian, "{}", answer.text);
        }
    })
    .await;
}
