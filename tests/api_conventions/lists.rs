//! Lists are read page by page, in both directions, and stay good while rows arrive.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::app::{App, Person, department};

const PAGE: &str = "edges { cursor node { id } } nodes { id } \
     pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// Every list that there is: the query's field, its fixed arguments, and whether it is counted.
fn lists() -> Vec<(&'static str, String)> {
    vec![
        ("tickets", String::new()),
        ("tickets", "orderBy: NUMBER_ASC".to_owned()),
        ("tickets", "orderBy: UPDATED_AT_DESC".to_owned()),
        ("tickets", "orderBy: UPDATED_AT_ASC".to_owned()),
        ("departmentQueue", format!("departmentId: \"{}\"", department("technical"))),
        ("staffMembers", String::new()),
    ]
}

async fn seven_of_each(app: &App) -> (Person, Person, Vec<Value>) {
    let customer = app.customer("Customer").await;
    let agent = app.agent("Agent", &["technical"]).await;
    let mut tickets = Vec::new();
    for number in 0..7 {
        tickets.push(customer.expect_opened("bug_report").await);
        if number > 0 {
            app.agent("Colleague", &["technical"]).await;
        }
    }
    app.settle().await;
    (customer, agent, tickets)
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pages_forwards_and_backwards_make_up_the_whole_list(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent, _) = seven_of_each(&app).await;
        let of_customer = [("tickets", String::new())];
        let all = lists().into_iter().map(|list| (&agent, list));
        let all = all.chain(of_customer.into_iter().map(|list| (&customer, list)));
        for (who, (field, fixed)) in all {
            let whole = page(who, field, &fixed, "").await;
            let expected = ids(&whole);
            assert_eq!(expected.len(), 7, "{field} {fixed}");
            for size in [1, 2, 3, 7, 100] {
                let mut forwards = Vec::new();
                let mut after = String::new();
                loop {
                    let found = page(who, field, &fixed, &format!("first: {size} {after}")).await;
                    assert_eq!(found["pageInfo"]["hasPreviousPage"], !after.is_empty());
                    forwards.extend(ids(&found));
                    after = format!("after: {}", found["pageInfo"]["endCursor"]);
                    if found["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                }
                assert_eq!(forwards, expected, "{field} {fixed} forwards by {size}");
                let mut backwards = Vec::new();
                let mut before = String::new();
                loop {
                    let found = page(who, field, &fixed, &format!("last: {size} {before}")).await;
                    backwards.splice(0..0, ids(&found));
                    before = format!("before: {}", found["pageInfo"]["startCursor"]);
                    if found["pageInfo"]["hasPreviousPage"] == false {
                        break;
                    }
                }
                assert_eq!(backwards, expected, "{field} {fixed} backwards by {size}");
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_timeline_is_read_in_pages_too(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        for number in 0..4 {
            for name in ["addNote", "addReply"] {
                let input = json!({ "ticketId": ticket["id"], "text": format!("{number}") });
                agent.expect_done(name, input).await;
            }
        }
        for (who, total) in [(&customer, 5), (&agent, 9)] {
            let read = |arguments: String| {
                let (who, ticket) = (who.clone(), ticket.clone());
                async move {
                    let query = format!(
                        "query($id: ID!) {{ ticket(id: $id) {{ timeline({arguments}) {{ {PAGE} \
                         totalCount }} }} }}"
                    );
                    let answer = who.ask(&query, json!({ "id": ticket["id"] })).await;
                    assert!(answer.body["errors"].is_null(), "{}", answer.text);
                    answer.payload()["timeline"].clone()
                }
            };
            let whole = read("first: 100".to_owned()).await;
            assert_eq!((ids(&whole).len(), &whole["totalCount"]), (total, &json!(total)));
            let mut pages = Vec::new();
            let mut after = String::new();
            loop {
                let found = read(format!("first: 2 {after}")).await;
                pages.extend(ids(&found));
                after = format!("after: {}", found["pageInfo"]["endCursor"]);
                if found["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            assert_eq!(pages, ids(&whole));
            let last = read("last: 3".to_owned()).await;
            assert_eq!(ids(&last), ids(&whole)[total - 3..]);
            assert_eq!(last["pageInfo"]["hasPreviousPage"], true);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_cursor_stays_good_while_rows_arrive_and_leave(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent, tickets) = seven_of_each(&app).await;
        let fixed = format!("departmentId: \"{}\"", department("technical"));
        let first = page(&agent, "departmentQueue", &fixed, "first: 3").await;
        let shown: Vec<Value> = tickets[..3].iter().map(|ticket| ticket["id"].clone()).collect();
        assert_eq!(ids(&first), shown);
        // One of those shown leaves the queue, one comes in before them and one behind.
        customer.expect_done_on("closeTicket", &tickets[2]).await;
        let later = customer.expect_opened("bug_report").await;
        let urgent = customer.expect_opened("bug_report").await;
        let input = json!({ "ticketId": urgent["id"], "priority": "URGENT" });
        agent.expect_done("assessPriority", input).await;
        let after = format!("after: {}", first["pageInfo"]["endCursor"]);
        let rest = page(&agent, "departmentQueue", &fixed, &after).await;
        let expected: Vec<&Value> = tickets[3..].iter().chain([&later]).map(|t| &t["id"]).collect();
        assert_eq!(ids(&rest).iter().collect::<Vec<_>>(), expected);

        let newest = page(&agent, "tickets", "", "first: 2").await;
        let later = customer.expect_opened("bug_report").await;
        let after = format!("after: {}", newest["pageInfo"]["endCursor"]);
        let rest = page(&agent, "tickets", "", &after).await;
        assert!(!ids(&rest).contains(&later["id"]));
        assert_eq!(ids(&rest).len(), 7);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_page_has_fifty_entries_unless_asked_and_a_hundred_at_most(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for _ in 0..52 {
            customer.expect_opened("bug_report").await;
        }
        let agent = app.agent("Agent", &["technical"]).await;
        for (field, fixed) in lists() {
            if field == "staffMembers" {
                continue;
            }
            assert_eq!(ids(&page(&agent, field, &fixed, "").await).len(), 50);
            assert_eq!(ids(&page(&agent, field, &fixed, "first: 100").await).len(), 52);
            assert_eq!(ids(&page(&agent, field, &fixed, "first: 0").await).len(), 0);
        }
        for (field, fixed) in lists() {
            for wrong in [
                "first: 101",
                "last: 101",
                "first: -1",
                "last: -1",
                "first: 1 last: 1",
                "after: \"x\"",
                "before: \"x\"",
                "after: \"\"",
                "first: 1 before: \"e30\"",
                "last: 2147483647",
                "after: \"bnVsbA\"",
            ] {
                let query = format!("{{ {field}({fixed} {wrong}) {{ nodes {{ id }} }} }}");
                let answer = agent.ask(&query, json!({})).await;
                assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{query}: {}", answer.text);
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_cursor_of_one_list_is_none_of_another(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (_, agent, _) = seven_of_each(&app).await;
        let of_tickets = page(&agent, "tickets", "", "first: 1").await;
        let of_staff = page(&agent, "staffMembers", "", "first: 1").await;
        let fixed = format!("departmentId: \"{}\"", department("technical"));
        for (field, fixed, of) in [
            ("departmentQueue", fixed.as_str(), &of_tickets),
            ("staffMembers", "", &of_tickets),
            ("tickets", "", &of_staff),
        ] {
            let after = &of["pageInfo"]["endCursor"];
            let query = format!("{{ {field}({fixed} after: {after}) {{ nodes {{ id }} }} }}");
            let answer = agent.ask(&query, json!({})).await;
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{query}: {}", answer.text);
        }
    })
    .await;
}

async fn page(who: &Person, field: &str, fixed: &str, arguments: &str) -> Value {
    let total = if field == "staffMembers" { "" } else { "totalCount" };
    let arguments = match format!("{fixed} {arguments}").trim() {
        "" => String::new(),
        given => format!("({given})"),
    };
    let query = format!("{{ {field}{arguments} {{ {PAGE} {total} }} }}");
    let answer = who.ask(&query, json!({})).await;
    assert!(answer.body["errors"].is_null(), "{query}: {}", answer.text);
    let page = answer.payload().clone();
    let nodes: Vec<&Value> =
        page["edges"].as_array().expect("edges").iter().map(|edge| &edge["node"]).collect();
    assert_eq!(json!(nodes), page["nodes"]);
    page
}

fn ids(page: &Value) -> Vec<Value> {
    let nodes = page["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["id"].clone()).collect()
}
