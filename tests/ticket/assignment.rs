//! Which agent a new ticket goes to (T3).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use super::departments;
use crate::support::app::{App, department};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn with_nobody_available_it_waits_and_anyone_in_the_department_may_accept(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        app.agent_on_shift("Seller", &["sales"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        assert_eq!((&ticket["status"], &ticket["assignee"]), (&json!("NEW"), &Value::Null));
        assert_eq!(agent.expect_done_on("acceptTicket", &ticket).await["assignee"]["id"], agent.id);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn it_goes_to_the_least_loaded_and_among_equals_to_the_longest_idle(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let one = app.agent_on_shift("One", &["technical"]).await;
        let other = app.agent_on_shift("Other", &["technical"]).await;
        let third = app.agent_on_shift("Third", &["technical"]).await;
        let mut given = Vec::new();
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(1));
            let ticket = customer.expect_opened("bug_report").await;
            assert_eq!(ticket["status"], "ASSIGNED");
            given.push(ticket);
        }
        let mut everybody: Vec<_> = given.iter().map(assignee).collect();
        everybody.sort();
        let mut expected = [one.id.clone(), other.id.clone(), third.id.clone()];
        expected.sort();
        assert_eq!(everybody, expected, "each got one, as each had none");

        // All have one open ticket, and the first to get one has been idle longest.
        assert_eq!(assignee(&customer.expect_opened("bug_report").await), assignee(&given[0]));
        // The agent who closes one has the least to do.
        customer.expect_done_on("closeTicket", &given[2]).await;
        assert_eq!(assignee(&customer.expect_opened("bug_report").await), assignee(&given[2]));

        // An agent who ends their shift gets no more.
        for agent in [&one, &other] {
            agent.act("endShift", json!({})).await;
        }
        for _ in 0..3 {
            assert_eq!(assignee(&customer.expect_opened("bug_report").await), third.id);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn several_departments_are_told_and_the_first_with_anybody_available_decides(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let seller = app.agent_on_shift("Seller", &["sales"]).await;
        let ticket = customer.expect_opened("licence").await;
        assert_eq!(departments(&ticket), ["licensing", "sales"]);
        assert_eq!(assignee(&ticket), seller.id);
        let clerk = app.agent_on_shift("Clerk", &["licensing"]).await;
        assert_eq!(assignee(&customer.expect_opened("licence").await), clerk.id);
        // Less to do elsewhere does not count.
        assert_eq!(assignee(&customer.expect_opened("licence").await), clerk.id);
        for agent in [&seller, &clerk] {
            let code = if agent.id == seller.id { "sales" } else { "licensing" };
            let query = "query($id: ID!) { departmentQueue(departmentId: $id) { totalCount } }";
            let answer = agent.ask(query, json!({ "id": department(code) })).await;
            assert_eq!(answer.payload()["totalCount"], 3, "{}", answer.text);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn each_category_goes_to_its_departments(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for (category, expected) in [
            ("finance", vec!["accounting"]),
            ("bug_report", vec!["technical"]),
            ("purchase", vec!["sales"]),
            ("installation_and_setup", vec!["technical"]),
            ("licence", vec!["licensing", "sales"]),
        ] {
            assert_eq!(
                departments(&customer.expect_opened(category).await),
                expected,
                "{category}"
            );
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_sent_on_goes_to_an_agent_who_is_available_there(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let seller = app.agent_on_shift("Seller", &["sales"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let to = json!({ "ticketId": ticket["id"], "departmentId": department("sales") });
        // It is no longer the agent's to see.
        assert_eq!(agent.expect_done("transferTicket", to).await, Value::Null);
        let moved = seller.sees(&ticket).await;
        assert_eq!((&moved["status"], assignee(&moved)), (&json!("ASSIGNED"), seller.id.clone()));
    })
    .await;
}

fn assignee(ticket: &Value) -> String {
    ticket["assignee"]["id"].as_str().expect("somebody is responsible").to_owned()
}
