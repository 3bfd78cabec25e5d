//! Watching one ticket.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use futures::future::join_all;
use serde_json::{Value, json};
use test_case::test_case;

use super::{position, watch_ticket, ways};
use crate::support::app::{App, Person};

async fn replies(person: &Person, ticket: &Value, texts: impl IntoIterator<Item = String>) {
    for text in texts {
        person.expect_done("addReply", json!({ "ticketId": ticket["id"], "text": text })).await;
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn first_comes_the_ticket_as_it_is_and_then_each_change_in_order(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        for way in ways(&app).await {
            let ticket = customer.expect_opened("bug_report").await;
            replies(&customer, &ticket, ["Before".to_owned()]).await;
            let mut watcher = watch_ticket(&app, way, &customer, &ticket, None).await;
            let snapshot = watcher.shown().await;
            assert_eq!(snapshot["entry"], Value::Null);
            assert_eq!(snapshot["ticket"]["number"], ticket["number"]);
            assert_eq!(snapshot["ticket"]["replyCount"], 1);
            assert_eq!(position(&snapshot), app.head().await);

            agent.expect_done_on("acceptTicket", &ticket).await;
            replies(&agent, &ticket, ["An answer".to_owned()]).await;
            agent.expect_done_on("awaitCustomer", &ticket).await;
            replies(&customer, &ticket, ["Mine".to_owned()]).await;
            let expected = [
                ("ACCEPTED", Value::Null),
                ("REPLY_ADDED", json!("An answer")),
                ("WAITING_STARTED", Value::Null),
                ("REPLY_ADDED", json!("Mine")),
                ("WAITING_ENDED", Value::Null),
            ];
            let mut last = position(&snapshot);
            for (kind, text) in expected {
                let item = watcher.shown().await;
                assert_eq!((&item["entry"]["kind"], &item["entry"]["text"]), (&json!(kind), &text));
                assert!(position(&item) > last, "{way:?}");
                assert_eq!(item["position"], item["entry"]["position"]);
                // The ticket is not older than the change.
                assert!(item["ticket"]["version"].as_i64() >= Some(position(&item) - last));
                last = position(&item);
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_watcher_goes_on_where_it_left_off_without_a_gap_or_a_repeat(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for way in ways(&app).await {
            let ticket = customer.expect_opened("bug_report").await;
            let mut watcher = watch_ticket(&app, way, &customer, &ticket, None).await;
            let mut last = position(&watcher.shown().await);
            let mut seen = Vec::new();
            for round in 0..4 {
                // Some come while somebody watches, some while nobody does, and some meanwhile.
                replies(&customer, &ticket, (0..3).map(|n| format!("{round} {n} watched"))).await;
                for _ in 0..2 {
                    let item = watcher.shown().await;
                    last = position(&item);
                    seen.push(item["entry"]["text"].clone());
                }
                drop(watcher);
                replies(&customer, &ticket, (0..3).map(|n| format!("{round} {n} missed"))).await;
                let meanwhile =
                    replies(&customer, &ticket, (0..3).map(|n| format!("{round} {n} meanwhile")));
                let (begun, ()) =
                    tokio::join!(watch_ticket(&app, way, &customer, &ticket, last), meanwhile);
                watcher = begun;
                for _ in 0..7 {
                    let item = watcher.shown().await;
                    assert!(position(&item) > last);
                    last = position(&item);
                    seen.push(item["entry"]["text"].clone());
                }
            }
            let told = customer.timeline(&ticket).await;
            let expected: Vec<_> = told[1..].iter().map(|entry| entry["text"].clone()).collect();
            assert_eq!(seen, expected, "{way:?}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_is_not_told_of_notes_and_staff_is(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        for way in ways(&app).await {
            let ticket = customer.expect_opened("bug_report").await;
            let begun = app.head().await;
            let mut of_customer = watch_ticket(&app, way, &customer, &ticket, None).await;
            let mut of_agent = watch_ticket(&app, way, &agent, &ticket, None).await;
            of_customer.shown().await;
            of_agent.shown().await;
            let note = json!({ "ticketId": ticket["id"], "text": "An internal remark" });
            agent.expect_done("addNote", note).await;
            replies(&agent, &ticket, ["Public".to_owned()]).await;
            assert_eq!(of_agent.shown().await["entry"]["text"], "An internal remark");
            assert_eq!(of_agent.shown().await["entry"]["text"], "Public");
            assert_eq!(of_customer.shown().await["entry"]["text"], "Public");
            let mut resumed = watch_ticket(&app, way, &customer, &ticket, begun).await;
            assert_eq!(resumed.shown().await["entry"]["text"], "Public");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn anothers_ticket_is_refused_and_so_is_a_position_that_does_not_exist(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let elsewhere = app.agent("Elsewhere", &["sales"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let head = app.head().await;
        for way in ways(&app).await {
            for person in [&other, &elsewhere] {
                for after in [None, Some(0)] {
                    let mut watcher = watch_ticket(&app, way, person, &ticket, after).await;
                    assert_eq!(watcher.error().await, "BAD_USER_INPUT");
                    assert_eq!(watcher.next().await, None, "the stream has ended");
                }
            }
            let mut watcher = watch_ticket(&app, way, &customer, &ticket, head + 1_000).await;
            assert_eq!(watcher.error().await, "BAD_USER_INPUT");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_watch_ends_with_its_token(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        for way in ways(&app).await {
            let ticket = customer.expect_opened("bug_report").await;
            let both =
                [servicedesk_domain::access::Scope::Read, servicedesk_domain::access::Scope::Write];
            let passing = app.with_token(&customer, &both, 1).await;
            let mut watcher = watch_ticket(&app, way, &passing, &ticket, None).await;
            watcher.shown().await;
            replies(&agent, &ticket, ["Seen".to_owned()]).await;
            assert_eq!(watcher.shown().await["entry"]["text"], "Seen");
            app.revoke(&passing).await;
            replies(&agent, &ticket, ["No longer seen".to_owned()]).await;
            let item = watcher.next().await.expect("why it ends");
            assert!(!item.to_string().contains("No longer seen"), "{item}");
            assert_eq!(item["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
            assert_eq!(watcher.next().await, None, "the stream has ended");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_agent_whose_ticket_is_sent_elsewhere_sees_no_more_of_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let colleague = app.agent("Colleague", &["technical"]).await;
        for way in ways(&app).await {
            let ticket = customer.expect_opened("bug_report").await;
            let mut watcher = watch_ticket(&app, way, &agent, &ticket, None).await;
            watcher.shown().await;
            let to = json!({ "ticketId": ticket["id"], "reason": "A secret of sales",
                             "departmentId": crate::support::app::department("sales") });
            colleague.expect_done("transferTicket", to).await;
            let item = watcher.next().await.expect("why it ends");
            assert_eq!(item["errors"][0]["extensions"]["code"], "FORBIDDEN", "{item}");
            assert_eq!(watcher.next().await, None);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn many_watchers_see_the_same_and_a_slow_one_misses_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        let [events, socket] = ways(&app).await;
        let begin = (0..12).map(|number| {
            let way = if number % 4 == 0 { socket } else { events };
            watch_ticket(&app, way, &customer, &ticket, None)
        });
        let mut watchers = join_all(begin).await;
        join_all(watchers.iter_mut().map(crate::support::watch::Watcher::shown)).await;
        // More than a slow watcher's share of memory, so that it must read from the log.
        let texts: Vec<String> = (0..270).map(|number| number.to_string()).collect();
        let half = watchers.split_off(6);
        let quick = join_all(watchers.into_iter().map(|mut watcher| async move {
            let mut seen = Vec::new();
            while seen.len() < 270 {
                seen.push(watcher.shown().await["entry"]["text"].clone());
            }
            seen
        }));
        let (quick, ()) = tokio::join!(quick, replies(&customer, &ticket, texts.clone()));
        for seen in quick {
            assert_eq!(json!(seen), json!(texts));
        }
        for mut slow in half.into_iter().take(1) {
            for text in &texts {
                assert_eq!(slow.shown().await["entry"]["text"], json!(text));
            }
        }
    })
    .await;
}
