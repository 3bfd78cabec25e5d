//! People who are known already get in by an invitation: staff, customers of an import, and the first
//! administrator.

use crate::support::System::{Postgres, Sqlite};
use crate::support::process::{Server, printed};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, department, mutation};
use crate::support::browser::{Browser, PASSWORD, code_in};

const BORIS: &str = "boris@example.com";

const VIEWER: &str = "{ viewer { email customer { name } staffMember { name role departments { code } } \
     sessions { isCurrent } } }";

async fn viewer(browser: &mut Browser) -> Value {
    let answer = browser.send(json!({ "query": VIEWER })).await;
    assert_eq!(answer.error(), None, "{}", answer.text);
    answer.payload().clone()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_invited_member_of_staff_chooses_a_password_and_logs_in(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let input = json!({ "email": "Boris@Example.com", "name": "Boris", "role": "AGENT",
                            "departmentIds": [department("technical")], "language": "EN" });
        let invited = admin.expect_done("inviteStaffMember", input).await;
        assert_eq!((&invited["email"], &invited["isActive"]), (&Value::Null, &json!(true)));
        let mails = app.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert!(mail.contains("To: boris@example.com\r\n"), "{mail}");
        let accept = json!({ "code": code_in(mail), "password": PASSWORD });

        let mut browser = Browser::open(&app).await;
        let accepted = browser.act("acceptInvitation", accept.clone()).await;
        assert_eq!(accepted.outcome(), "ok", "{}", accepted.text);
        let seen = viewer(&mut browser).await;
        assert_eq!(seen["email"], BORIS);
        let staff_member = json!({ "name": "Boris", "role": "AGENT",
                                   "departments": [{ "code": "technical" }] });
        assert_eq!((&seen["staffMember"], &seen["customer"]), (&staff_member, &Value::Null));
        assert_eq!(seen["sessions"], json!([{ "isCurrent": true }]));
        // The cookie is good for what the role may do, and for no more.
        assert_eq!(browser.act("startShift", json!({})).await.outcome(), "ok");
        let more = json!({ "email": "x@example.com", "name": "X", "role": "ADMIN" });
        assert_eq!(browser.act("inviteStaffMember", more).await.outcome(), "FORBIDDEN");

        let mut second = browser.another("192.0.2.7");
        let again = second.act("acceptInvitation", accept).await;
        assert_eq!(again.outcome(), "CODE_INVALID", "{}", again.text);
        assert_eq!(second.log_in(BORIS, PASSWORD).await.outcome(), "ok");
        assert_eq!(viewer(&mut second).await["staffMember"], staff_member);
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "another of mine" });
        assert_eq!(second.act("changePassword", change).await.outcome(), "ok");
        // Every other session has ended with the password.
        let answer = browser.send(json!({ "query": VIEWER })).await;
        assert!(answer.payload().is_null(), "{}", answer.text);
        assert_eq!(second.act("logOut", json!({})).await.outcome(), "ok");
        assert_eq!(second.log_in(BORIS, PASSWORD).await.outcome(), "WRONG_CREDENTIALS");
        let reset = json!({ "email": BORIS });
        assert_eq!(second.act("requestPasswordReset", reset).await.outcome(), "ok");
        let code = code_in(app.mails().last().expect("a message"));
        let reset = json!({ "code": code, "password": PASSWORD });
        assert_eq!(second.act("resetPassword", reset).await.outcome(), "ok");
        assert_eq!(second.log_in(BORIS, PASSWORD).await.outcome(), "ok");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_who_was_known_before_gets_their_tickets(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let imported = app.customer("Imported").await;
        imported.expect_opened("bug_report").await;
        let input = json!({ "personId": imported.id, "email": BORIS });
        let invited = agent.expect_done("sendInvitation", input).await;
        assert_eq!(invited["id"], imported.id);
        let accept = json!({ "code": code_in(&app.mails()[0]), "password": PASSWORD });
        let mut browser = Browser::open(&app).await;
        let accepted = browser.act("acceptInvitation", accept).await;
        assert_eq!(accepted.payload()["customer"]["id"], imported.id, "{}", accepted.text);
        let answer = browser.send(json!({ "query": "{ tickets { totalCount } }" })).await;
        assert_eq!(answer.payload()["totalCount"], 1);
        // A new customer gets in the same way.
        let input = json!({ "name": "Newcomer", "email": "new@example.com" });
        agent.expect_done("inviteCustomer", input).await;
        let code = code_in(app.mails().last().expect("a message"));
        let accept = json!({ "code": code, "password": PASSWORD });
        let mut other = browser.another("192.0.2.8");
        assert_eq!(
            other.act("acceptInvitation", accept).await.payload()["customer"]["name"],
            "Newcomer"
        );
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_invitation_ends_with_time_and_with_the_work(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let mut browser = Browser::open(&app).await;
        for days in [0, 8] {
            let email = format!("a{days}@example.com");
            let input = json!({ "email": email, "name": "New", "role": "MANAGER" });
            let invited = admin.expect_done("inviteStaffMember", input).await;
            if days == 0 {
                let gone = json!({ "staffMemberId": invited["id"] });
                admin.expect_done("deactivateStaffMember", gone).await;
            }
            app.advance(TimeDelta::days(days));
            let code = code_in(app.mails().last().expect("a message"));
            let head = app.head().await;
            let accept = json!({ "code": code, "password": PASSWORD });
            let refused = browser.act("acceptInvitation", accept).await;
            assert_eq!(refused.outcome(), "CODE_INVALID", "{}", refused.text);
            assert_eq!(app.head().await, head);
            // A member who works here can be invited again.
            let again = json!({ "personId": invited["id"], "email": email });
            let expected = if days == 0 { "PERSON_NOT_FOUND" } else { "ok" };
            assert_eq!(admin.act("sendInvitation", again).await.outcome(), expected);
        }
        let code = code_in(app.mails().last().expect("a message"));
        let accept = json!({ "code": code, "password": PASSWORD });
        assert_eq!(browser.act("acceptInvitation", accept).await.outcome(), "ok");
    })
    .await;
}

#[tokio::test]
async fn the_command_line_makes_the_first_administrator() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "sqlite:data/servicedesk.db";
    let arguments = ["admin", "create", "--name", "First", "--email", "first@example.com"];
    let code = printed(folder.path(), url, &arguments).await;
    let server = Server::start(folder.path(), url).await;
    let url = format!("http://{}", server.address);
    let client = reqwest::Client::new();
    let ask = |request: Value, cookie: String| {
        let sent = client.post(format!("{url}/graphql")).header("origin", &url).json(&request);
        async move { sent.header("cookie", cookie).send().await.expect("an answer") }
    };
    let input = json!({ "code": code, "password": PASSWORD });
    let accepted = ask(mutation("acceptInvitation", &input), String::new()).await;
    let set = accepted.headers().get("set-cookie").expect("a cookie").to_str().expect("a text");
    let cookie = set.split(';').next().expect("a pair").to_owned();
    let seen = ask(json!({ "query": VIEWER }), cookie).await;
    let seen: Value = seen.json().await.expect("JSON");
    let viewer = &seen["data"]["viewer"];
    assert_eq!(viewer["staffMember"]["role"], "ADMIN", "{seen}");
    assert_eq!(viewer["email"], "first@example.com");
    server.stop().await;
}
