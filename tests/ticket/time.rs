//! Time worked on a ticket (B2) and its correction (B4), as agents log it and customers see it.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::kinds;
use crate::support::app::{App, Person};

const ENTRIES: &str = "query($id: ID!, $first: Int, $after: String) { ticket(id: $id) { \
    timeEntries(first: $first, after: $after) { totalCount totalMinutes pageInfo { endCursor \
    hasNextPage } nodes { id minutes workedAt loggedAt note isReversed reversedAt reversalReason \
    staffMember { id } } } } }";

async fn entries(who: &Person, ticket: &Value) -> Value {
    let answer = who.ask(ENTRIES, json!({ "id": ticket["id"] })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload()["timeEntries"].clone()
}

fn moment(told: &Value) -> Moment {
    told.as_str().expect("a moment").parse().expect("a moment")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn logged_time_adds_up_and_a_correction_keeps_what_was_wrong(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let colleague = app.agent("Colleague", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let worked_at = app.clock.now() - TimeDelta::hours(3);
        let input = json!({ "ticketId": ticket["id"], "minutes": 25, "workedAt": worked_at,
                            "note": " Set up the robot " });
        agent.expect_done("logTime", input).await;
        app.advance(TimeDelta::minutes(10));
        let second = colleague.expect_logged(&ticket, 1).await;
        let logged = entries(&agent, &ticket).await;
        assert_eq!((&logged["totalCount"], &logged["totalMinutes"]), (&json!(2), &json!(26)));
        let first = logged["nodes"][0].clone();
        assert_eq!((&first["minutes"], &first["note"]), (&json!(25), &json!("Set up the robot")));
        assert_eq!(moment(&first["workedAt"]), worked_at);
        assert_eq!(first["staffMember"]["id"], agent.id);
        let now = &logged["nodes"][1];
        assert_eq!(now["workedAt"], now["loggedAt"], "now, where not said");

        app.advance(TimeDelta::minutes(10));
        let instead = json!({ "minutes": 15, "workedAt": worked_at });
        let input = json!({ "ticketId": ticket["id"], "timeEntryId": first["id"],
                            "reason": "Ten were lunch", "instead": instead });
        agent.expect_done("correctTime", input).await;
        let input = json!({ "ticketId": ticket["id"], "timeEntryId": second, "reason": "None" });
        manager.expect_done("correctTime", input).await;

        let corrected = entries(&agent, &ticket).await;
        assert_eq!((&corrected["totalCount"], &corrected["totalMinutes"]), (&json!(3), &json!(15)));
        let nodes = corrected["nodes"].as_array().expect("entries");
        let reversed: Vec<_> = nodes.iter().map(|node| &node["isReversed"]).collect();
        assert_eq!(reversed, [&json!(true), &json!(true), &json!(false)]);
        assert_eq!(nodes[0]["minutes"], 25, "what was wrong can still be read");
        assert_eq!(nodes[0]["reversalReason"], "Ten were lunch");
        let later = moment(&nodes[0]["reversedAt"]) - moment(&nodes[0]["loggedAt"]);
        assert_eq!(later.num_minutes(), 20);
        assert_eq!(nodes[2]["staffMember"]["id"], agent.id);

        let timeline = agent.timeline(&ticket).await;
        let expected = [
            "OPENED",
            "TIME_LOGGED",
            "TIME_LOGGED",
            "TIME_REVERSED",
            "TIME_LOGGED",
            "TIME_REVERSED",
        ];
        assert_eq!(kinds(&timeline), expected);
        assert_eq!(timeline[1]["minutes"], 25);
        assert_eq!(timeline[3]["timeEntry"]["id"], first["id"]);
        assert_eq!(timeline[3]["text"], "Ten were lunch");
        assert_eq!(timeline[5]["staffMember"]["id"], manager.id);
    })
    .await;
}

/// B5: they see how long was worked, by whom and when; what staff writes beside it is internal.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_customer_sees_the_time_and_not_what_is_written_beside_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let input = json!({ "ticketId": ticket["id"], "minutes": 25, "note": "Internal" });
        agent.expect_done("logTime", input).await;
        let entry = entries(&agent, &ticket).await["nodes"][0].clone();
        let input = json!({ "ticketId": ticket["id"], "timeEntryId": entry["id"],
                            "reason": "Internal too" });
        agent.expect_done("correctTime", input).await;
        let query = "query($id: ID!) { ticket(id: $id) { timeEntries { totalCount totalMinutes \
             nodes { minutes isReversed } } } }";
        let seen = customer.ask(query, json!({ "id": ticket["id"] })).await;
        let expected = json!({ "totalCount": 1, "totalMinutes": 0,
                               "nodes": [{ "minutes": 25, "isReversed": true }] });
        assert_eq!(seen.payload()["timeEntries"], expected);
        let everything = customer.ask(ENTRIES, json!({ "id": ticket["id"] })).await;
        assert_eq!(everything.error(), None, "{}", everything.text);
        assert!(!everything.text.contains("Internal"), "{}", everything.text);
        let timeline = customer.timeline(&ticket).await;
        assert_eq!(kinds(&timeline), ["OPENED", "TIME_LOGGED", "TIME_REVERSED"]);
        let texts: Vec<_> = timeline[1..].iter().map(|entry| &entry["text"]).collect();
        assert_eq!(texts, [&Value::Null, &Value::Null]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pages_of_time_entries_follow_on_one_another(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let other = customer.expect_opened("bug_report").await;
        for one in [&ticket, &other] {
            customer.expect_done_on("agreeToCharges", one).await;
        }
        for minutes in 1..=5 {
            agent.expect_logged(&ticket, minutes).await;
            agent.expect_logged(&other, 100).await;
        }
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "id": ticket["id"], "first": 2, "after": after });
            let answer = agent.ask(ENTRIES, variables).await;
            let page = &answer.payload()["timeEntries"];
            assert_eq!((&page["totalCount"], &page["totalMinutes"]), (&json!(5), &json!(15)));
            let nodes = page["nodes"].as_array().expect("entries").iter();
            found.extend(nodes.filter_map(|node| node["minutes"].as_i64()));
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(found, [1, 2, 3, 4, 5]);
    })
    .await;
}
