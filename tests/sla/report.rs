//! The report that managers live by, and the forecast (S3).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use servicedesk_projections::rebuild::rebuild;
use test_case::test_case;

use crate::support::app::{App, Person, category, department, product};

const REPORT: &str = "query($period: SlaPeriod!, $by: SlaDimension, $filter: SlaFilter, \
     $bucket: SlaBucket) { slaReport(period: $period, groupBy: $by, filter: $filter, \
     bucket: $bucket) { typicalMinutes percentileErrorPercent csv lines { from until group { id } \
     groupName opened reopened withdrawn backlog openAtRisk openBreached \
     processing { count meanSeconds medianSeconds p90Seconds p99Seconds inTime breaches \
     bands { upToMinutes count perMille } } \
     reprocessing { count meanSeconds inTime } firstResponse { count meanSeconds inTime breaches } \
     } } }";

async fn report(who: &Person, asked: Value) -> Value {
    let mut variables = json!({ "period": { "from": "2025-01-01", "until": "2026-01-01" } });
    for (name, value) in asked.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    let answer = who.ask(REPORT, variables).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

/// Monday: three tickets of one department, resolved after 30 min, 90 min and 25 h of clock time,
/// the last of them after a transfer; one of another, withdrawn. Wednesday: the first comes back,
/// and is resolved within an hour.
async fn lively(app: &App) -> (Person, Person) {
    let customer = app.customer("Customer").await;
    let agent = app.agent("Agent", &["technical", "sales"]).await;
    let manager = app.staff("Manager", Role::Manager, &[]).await;
    let first = customer.expect_opened("bug_report").await;
    let second = customer.expect_opened("bug_report").await;
    let third = customer.expect_opened("bug_report").await;
    let withdrawn = customer.expect_opened("purchase").await;
    customer.expect_done_on("closeTicket", &withdrawn).await;
    for ticket in [&first, &second, &third] {
        agent.expect_done_on("acceptTicket", ticket).await;
    }
    app.advance(TimeDelta::minutes(30));
    agent.expect_done("addReply", json!({ "ticketId": first["id"], "text": "Done" })).await;
    agent.expect_done_on("resolveTicket", &first).await;
    app.advance(TimeDelta::minutes(60));
    agent.expect_done_on("resolveTicket", &second).await;
    app.advance(TimeDelta::minutes(25 * 60 - 90));
    let input = json!({ "ticketId": third["id"], "departmentId": department("sales") });
    agent.expect_done("transferTicket", input).await;
    agent.expect_done_on("acceptTicket", &third).await;
    agent.expect_done_on("resolveTicket", &third).await;
    app.advance(TimeDelta::hours(24));
    customer.expect_done_on("reopenTicket", &first).await;
    agent.expect_done_on("acceptTicket", &first).await;
    app.advance(TimeDelta::minutes(40));
    agent.expect_done_on("resolveTicket", &first).await;
    app.settle().await;
    (manager, agent)
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_report_has_every_figure(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (manager, agent) = lively(&app).await;
        let told = report(&manager, json!({})).await;
        assert_eq!(
            (&told["typicalMinutes"], &told["percentileErrorPercent"]),
            (&json!(90), &json!(1))
        );
        let line = &told["lines"][0];
        let count = |name: &str| line[name].as_i64().expect("a count");
        let counts = ["opened", "reopened", "withdrawn", "backlog", "openAtRisk"].map(count);
        assert_eq!(counts, [4, 1, 1, 0, 0]);
        let processing = &line["processing"];
        assert_eq!(processing["count"], 3);
        assert_eq!(processing["meanSeconds"], (30 + 90 + 25 * 60) * 60 / 3);
        assert_eq!((&processing["inTime"], &processing["breaches"]), (&json!(2), &json!(1)));
        let near = |name: &str, seconds: i64| {
            let found = processing[name].as_i64().expect("seconds");
            assert!((found - seconds).abs() * 100 <= seconds, "{name}: {found}, not {seconds}");
        };
        near("medianSeconds", 5_400);
        near("p90Seconds", 90_000);
        near("p99Seconds", 90_000);
        let bands: Vec<_> = processing["bands"]
            .as_array()
            .expect("bands")
            .iter()
            .map(|band| &band["count"])
            .collect();
        assert_eq!(bands, [1, 1, 0, 0, 0, 1]);
        assert_eq!(processing["bands"][0]["perMille"], 333);
        assert_eq!(line["reprocessing"], json!({ "count": 1, "meanSeconds": 2_400, "inTime": 1 }));
        let first = json!({ "count": 1, "meanSeconds": 1_800, "inTime": 1, "breaches": 1 });
        assert_eq!(line["firstResponse"], first);

        let by = report(&manager, json!({ "by": "DEPARTMENT" })).await;
        let mut found: Vec<_> = by["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| {
                (
                    line["groupName"].as_str().expect("a name"),
                    line["processing"]["count"].as_i64(),
                    line["backlog"].as_i64(),
                )
            })
            .collect();
        found.sort_unstable();
        assert_eq!(found, [("Sales", Some(1), Some(0)), ("Technical service", Some(2), Some(0))]);
        let by = report(&manager, json!({ "by": "AGENT" })).await;
        let of_agent = by["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .find(|line| line["group"]["id"] == agent.id);
        assert_eq!(of_agent.expect("the agent's")["processing"]["count"], 3);
        let filter = json!({ "categoryId": category("bug_report") });
        let asked = json!({ "by": "DEPARTMENT", "filter": filter });
        assert_eq!(report(&manager, asked).await["lines"].as_array().map(Vec::len), Some(2));
        for (filter, by, count) in [
            (json!({ "categoryId": category("bug_report"), "agentId": agent.id }), "DEPARTMENT", 3),
            (
                json!({ "categoryId": category("bug_report"), "agentId": agent.id,
                     "departmentId": department("technical") }),
                "PRODUCT",
                2,
            ),
            (
                json!({ "categoryId": category("bug_report"),
                     "departmentId": department("sales") }),
                "AGENT",
                1,
            ),
            (
                json!({ "categoryId": category("finance"),
                     "departmentId": department("sales") }),
                "AGENT",
                0,
            ),
        ] {
            let told = report(&manager, json!({ "by": by, "filter": filter.clone() })).await;
            let lines = told["lines"].as_array().expect("lines").iter();
            let found = lines.filter_map(|line| line["processing"]["count"].as_i64());
            assert_eq!(found.sum::<i64>(), count, "{by} of {filter}");
        }
        let filter = json!({ "departmentId": department("accounting") });
        let nothing = report(&manager, json!({ "filter": filter })).await;
        assert_eq!(nothing["lines"][0]["processing"]["count"], 0);
        let csv = told["csv"].as_str().expect("a file");
        let row = csv.lines().nth(1).expect("a row");
        assert!(row.starts_with("2025-01-01,2026-01-01,,,4,1,1,3,32400,"), "{row}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_of_two_departments_is_in_both_and_once_in_all(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let agent = app.agent("Agent", &["licensing"]).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("licence").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        agent.expect_done_on("resolveTicket", &ticket).await;
        app.settle().await;
        let of = |names: &[&str]| {
            let all = [
                ("agentId", agent.id.clone()),
                ("categoryId", category("licence")),
                ("productId", product("trading_robot")),
                ("departmentId", department("licensing")),
            ];
            let chosen = all.into_iter().filter(|(name, _)| names.contains(name));
            Value::Object(chosen.map(|(name, id)| (name.to_owned(), json!(id))).collect())
        };
        for (by, filter, counts) in [
            (Value::Null, of(&[]), vec![1]),
            (json!("DEPARTMENT"), of(&[]), vec![1, 1]),
            (json!("DEPARTMENT"), of(&["agentId"]), vec![1, 1]),
            (json!("DEPARTMENT"), of(&["agentId", "productId"]), vec![1, 1]),
            (json!("DEPARTMENT"), of(&["departmentId", "agentId", "productId"]), vec![1]),
            (json!("AGENT"), of(&["categoryId", "productId"]), vec![1]),
            (Value::Null, of(&["agentId", "categoryId", "productId"]), vec![1]),
            (Value::Null, of(&["agentId", "categoryId", "productId", "departmentId"]), vec![1]),
        ] {
            let told = report(&manager, json!({ "by": by, "filter": filter })).await;
            let lines = told["lines"].as_array().expect("lines").iter();
            let done = lines.filter(|line| line["processing"]["count"] != 0);
            let found: Vec<_> = done.map(|line| line["processing"]["count"].clone()).collect();
            assert_eq!(found, counts, "{by} of {filter}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_open_before_a_period_is_open_in_it_and_nothing_else_of_it_counts(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let customer = app.customer("Customer").await;
        let (left, resolved) = (
            customer.expect_opened("bug_report").await,
            customer.expect_opened("bug_report").await,
        );
        agent.expect_done_on("acceptTicket", &left).await;
        agent.expect_done_on("acceptTicket", &resolved).await;
        agent.expect_done_on("resolveTicket", &resolved).await;
        app.settle().await;
        let period = json!({ "from": "2025-02-01", "until": "2025-03-15" });
        let (agent_id, category_id) = (agent.id.clone(), category("bug_report"));
        for filter in [
            json!({}),
            json!({ "agentId": agent_id }),
            json!({ "agentId": agent_id, "categoryId": category_id }),
            json!({ "agentId": agent_id, "categoryId": category_id,
                    "productId": product("trading_robot") }),
        ] {
            for by in [Value::Null, json!("DEPARTMENT"), json!("PRODUCT")] {
                let asked = json!({ "period": period, "by": by, "filter": filter });
                let told = report(&manager, asked).await;
                let lines = told["lines"].as_array().expect("lines");
                assert_eq!(lines.len(), 1, "{by} of {filter}: {told}");
                let counts = [&lines[0]["opened"], &lines[0]["backlog"]];
                assert_eq!(counts, [&json!(0), &json!(1)], "{by} of {filter}");
                assert_eq!(lines[0]["processing"]["count"], 0);
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn spans_of_days_weeks_and_months_add_up_to_the_whole(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (manager, _) = lively(&app).await;
        let period = json!({ "from": "2025-01-04", "until": "2025-03-10" });
        let whole = report(&manager, json!({ "period": period })).await["lines"][0].clone();
        for (bucket, spans) in [("DAY", 65), ("WEEK", 10), ("MONTH", 3)] {
            let told = report(&manager, json!({ "period": period, "bucket": bucket })).await;
            let lines = told["lines"].as_array().expect("lines");
            assert_eq!(lines.len(), spans, "{bucket}");
            for name in ["opened", "reopened", "withdrawn"] {
                let sum: i64 = lines.iter().filter_map(|line| line[name].as_i64()).sum();
                assert_eq!(json!(sum), whole[name], "{bucket} {name}");
            }
            let sum: i64 =
                lines.iter().filter_map(|line| line["processing"]["count"].as_i64()).sum();
            assert_eq!(json!(sum), whole["processing"]["count"]);
            assert_eq!(lines[lines.len() - 1]["backlog"], whole["backlog"]);
            assert_eq!(
                (&lines[0]["from"], &lines[spans - 1]["until"]),
                (&json!("2025-01-04"), &json!("2025-03-10"))
            );
        }
        // On Monday two were left open, and the third is breached since Tuesday.
        let days = json!({ "from": "2025-01-06", "until": "2025-01-08" });
        let told = report(&manager, json!({ "period": days, "bucket": "DAY" })).await;
        assert_eq!(
            (&told["lines"][0]["backlog"], &told["lines"][1]["backlog"]),
            (&json!(1), &json!(0))
        );
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rebuild_gives_the_same_report_and_measuring_anew_changes_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (manager, _) = lively(&app).await;
        let asked = || json!({ "by": "DEPARTMENT", "bucket": "DAY", "period": { "from": "2025-01-06", "until": "2025-01-10" } });
        let before = report(&manager, asked()).await;
        rebuild(app.log(), &["service_levels"], &mut |_, _| {}).await.expect("rebuilt");
        assert_eq!(report(&manager, asked()).await, before);
        // A calendar that is changed afterwards changes nothing.
        manager.act("defineCalendar", crate::support::app::calendar_called("Another")).await;
        app.settle().await;
        assert_eq!(report(&manager, asked()).await, before);
        // Measured again, only Monday and Tuesday count.
        let found = manager.ask("{ tickets(filter: { categoryId: null }) { nodes { id } } }", json!({})).await;
        for ticket in found.payload()["nodes"].as_array().expect("tickets") {
            let input = json!({ "ticketId": ticket["id"], "reason": "The week was wrong" });
            assert_eq!(manager.act("remeasureTicket", input).await.outcome(), "ok");
        }
        app.settle().await;
        let again = report(&manager, asked()).await;
        assert_ne!(again, before);
        let whole = report(&manager, json!({})).await["lines"][0].clone();
        assert_eq!(whole["processing"]["count"], 3);
        assert_eq!(whole["reprocessing"]["meanSeconds"], 0, "Wednesday has no hour any more");
        rebuild(app.log(), &["service_levels"], &mut |_, _| {}).await.expect("rebuilt");
        assert_eq!(report(&manager, asked()).await, again);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_forecast_says_what_will_be_breached_if_nothing_happens(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let first = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::hours(6));
        let waiting = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &waiting).await;
        agent.expect_done_on("awaitCustomer", &waiting).await;
        customer.expect_opened("bug_report").await;
        app.settle().await;
        let query = "query($hours: Int!) { slaForecast(hours: $hours) { count entries { breachesAt \
             ticket { number } } } }";
        for (hours, count) in [(8, 0), (19, 1), (48, 2)] {
            let told = manager.ask(query, json!({ "hours": hours })).await;
            assert_eq!(told.payload()["count"], count, "{hours}: {}", told.text);
            let entries = told.payload()["entries"].as_array().expect("entries");
            assert_eq!(entries.len(), usize::try_from(count).expect("a count"));
            if let Some(entry) = entries.first() {
                assert_eq!(entry["ticket"]["number"], first["number"]);
            }
        }
        for hours in [0, -1, 169] {
            let told = manager.ask(query, json!({ "hours": hours })).await;
            assert_eq!(told.error(), Some("BAD_USER_INPUT"), "{hours}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_forecast_is_filtered_and_grouped(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["licensing"]).await;
        customer.expect_opened("bug_report").await;
        let both = customer.expect_opened("licence").await;
        agent.expect_done_on("acceptTicket", &both).await;
        customer.expect_applied(&agent, "7", "trading_robot").await;
        app.settle().await;
        let query = "query($filter: SlaFilter, $by: SlaDimension!) { slaForecast(hours: 48, filter: \
             $filter) { count entries { ticket { number } application { number } } groups(by: $by) { \
             group { id } groupName count } } }";
        let ask = async |filter: Value, by: &str| {
            let told = manager.ask(query, json!({ "filter": filter, "by": by })).await;
            assert!(told.body["errors"].is_null(), "{}", told.text);
            told.payload().clone()
        };
        let counts = |told: &Value| {
            let groups = told["groups"].as_array().expect("groups").iter();
            let count = |group: &Value| {
                let name = group["groupName"].as_str().unwrap_or("nobody").to_owned();
                (name, group["count"].as_i64().expect("a count"))
            };
            groups.map(count).collect::<std::collections::BTreeMap<String, i64>>()
        };
        let of = |pairs: &[(&str, i64)]| pairs.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect();
        let all = ask(json!({}), "DEPARTMENT").await;
        assert_eq!(all["count"], 3);
        assert_eq!(
            counts(&all),
            of(&[("Licensing", 2), ("Sales", 1), ("Technical service", 1)])
        );
        assert_eq!(all["groups"][0]["group"]["id"], department("licensing"), "the most first");
        assert_eq!(counts(&ask(json!({}), "AGENT").await), of(&[("Agent", 2), ("nobody", 1)]));
        let sales = ask(json!({ "departmentId": department("sales") }), "DEPARTMENT").await;
        assert_eq!(sales["count"], 1);
        assert_eq!(sales["entries"][0]["ticket"]["number"], both["number"]);
        assert_eq!(counts(&sales), of(&[("Licensing", 1), ("Sales", 1)]));
        let hers = json!({ "agentId": agent.id, "productId": product("trading_robot") });
        let hers = ask(hers, "AGENT").await;
        let applications = hers["entries"].as_array().expect("entries").iter();
        let number = |entry: &Value| entry["application"]["number"].as_str().map(str::to_owned);
        assert_eq!(applications.filter_map(number).collect::<Vec<_>>(), ["AP-000001"]);
        let nothing = ask(json!({ "departmentId": department("accounting") }), "PRODUCT").await;
        assert_eq!((&nothing["count"], &nothing["groups"]), (&json!(0), &json!([])));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_report_that_cannot_be_given_is_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let period =
            |from: &str, until: &str| json!({ "period": { "from": from, "until": until } });
        for variables in [
            period("2025-01-01", "2025-01-01"),
            period("2025-01-02", "2025-01-01"),
            period("0000-01-01", "2025-01-01"),
            period("2025-01-01", "9999-12-31"),
            json!({ "period": { "from": "2020-01-01", "until": "2026-01-01" }, "bucket": "DAY" }),
        ] {
            let answer = manager.ask(REPORT, variables.clone()).await;
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{variables}: {}", answer.text);
        }
    })
    .await;
}
