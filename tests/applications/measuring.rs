//! Applications are measured by their service levels (S, F8).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::deciding::on;
use crate::support::app::{App, Person, department, level_of, product, with};
use crate::support::applications::{free_advisor, more_advisors};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_application_has_a_target_that_is_crossed_and_reported_by_kind(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let advisor = customer.expect_applied(&agent, "7", "trading_robot").await;
        let rental = json!({ "productId": product("utility"), "months": 1,
                             "startsOn": app.clock.now().date_naive() });
        let rental = customer.expect_done("applyForRentalDownload", rental).await;
        agent.expect_done("takeApplication", on(&rental)).await;
        agent.expect_done("approveApplication", on(&rental)).await;
        app.settle().await;
        let targets = "query($id: ID!) { application(id: $id) { serviceTargets { state } timeline { \
                       nodes { kind } } } }";
        let state = async |id: &serde_json::Value| {
            let answer = agent.ask(targets, json!({ "id": id })).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            answer.payload().clone()
        };
        assert_eq!(state(&rental["id"]).await["serviceTargets"][0]["state"], "MET");
        assert_eq!(state(&advisor["id"]).await["serviceTargets"][0]["state"], "ON_TRACK");
        app.advance(TimeDelta::hours(25));
        let desk = &app.service.app.desk;
        // The running service may have been faster.
        servicedesk_service::sla::timers::record_due(desk).await.expect("lines are recorded");
        app.settle().await;
        let seen = state(&advisor["id"]).await;
        assert_eq!(seen["serviceTargets"][0]["state"], "BREACHED", "{seen}");
        let kinds = seen["timeline"]["nodes"].to_string();
        assert!(kinds.contains("TARGET_AT_RISK") && kinds.contains("TARGET_BREACHED"), "{kinds}");
        let reason = json!({ "reason": "Not yours" });
        agent.expect_done("declineApplication", with(on(&advisor), &reason)).await;
        app.settle().await;
        assert_eq!(state(&advisor["id"]).await["serviceTargets"][0]["state"], "BREACHED");
        for (kind, breaches) in [("FREE_ADVISOR", 1), ("RENTAL_DOWNLOAD", 0)] {
            let query = format!(
                "{{ slaReport(period: {{ from: \"2025-01-01\", until: \"2026-01-01\" }}, request: \
                 {kind}) {{ lines {{ processing {{ count breaches }} }} }} }}"
            );
            let answer = manager.ask(&query, json!({})).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            let processing = &answer.payload()["lines"][0]["processing"];
            assert_eq!(processing["count"], 1, "{kind}: {}", answer.text);
            assert_eq!(processing["breaches"], breaches, "{kind}: {}", answer.text);
        }
    })
    .await;
}

/// The version and the position of an application as this person sees them.
async fn version_and_position(who: &Person, application: &Value) -> Value {
    let query = "query($id: ID!) { application(id: $id) { version position } }";
    who.ask(query, json!({ "id": application["id"] })).await.payload().clone()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_application_is_measured_anew_only_where_a_manager_has_it_so(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let rental = json!({ "productId": product("utility"), "months": 1,
                             "startsOn": app.clock.now().date_naive() });
        let rental = customer.expect_done("applyForRentalDownload", rental).await;
        agent.expect_done("takeApplication", on(&rental)).await;
        app.advance(TimeDelta::minutes(20));
        agent.expect_done("approveApplication", on(&rental)).await;
        let level = json!({ "request": "RENTAL_DOWNLOAD", "processingMinutes": 19,
                            "firstResponseMinutes": null });
        let level = with(level_of(1), &level);
        assert_eq!(manager.act("defineServiceLevel", level).await.outcome(), "ok");
        let target = async || {
            app.settle().await;
            let query = "query($id: ID!) { application(id: $id) { serviceTargets { state \
                         targetMinutes } timeline { nodes { kind text } } } }";
            manager.ask(query, json!({ "id": rental["id"] })).await.payload().clone()
        };
        let breaches = async || {
            let query = "{ slaReport(period: { from: \"2025-01-01\", until: \"2026-01-01\" }, \
                 request: RENTAL_DOWNLOAD) { lines { processing { count breaches } } } }";
            manager.ask(query, json!({})).await.payload()["lines"][0]["processing"].clone()
        };
        assert_eq!(target().await["serviceTargets"][0]["state"], "MET");
        assert_eq!(breaches().await, json!({ "count": 1, "breaches": 0 }));
        let input = with(on(&rental), &json!({ "reason": "It was agreed otherwise" }));
        let refused = agent.act("remeasureApplication", input.clone()).await;
        assert_eq!(refused.error(), Some("FORBIDDEN"), "{}", refused.text);
        let before = version_and_position(&customer, &rental).await;
        let known = version_and_position(&manager, &rental).await;
        manager.expect_done("remeasureApplication", input.clone()).await;
        let remeasured = target().await;
        // T5: what only staff see moves neither the version nor the position of the customer.
        assert_eq!(version_and_position(&customer, &rental).await, before);
        assert_ne!(version_and_position(&manager, &rental).await, known);
        let first = &remeasured["serviceTargets"][0];
        assert_eq!((&first["state"], &first["targetMinutes"]), (&json!("BREACHED"), &json!(19)));
        assert!(
            remeasured["timeline"].to_string().contains("It was agreed otherwise"),
            "{remeasured}"
        );
        assert_eq!(breaches().await, json!({ "count": 1, "breaches": 1 }));
        // It is so already.
        let again = manager.act("remeasureApplication", input).await;
        assert_eq!(again.outcome(), "ok");
        assert_eq!(target().await["timeline"], remeasured["timeline"]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_application_for_two_products_is_reported_under_both_and_once_in_all(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        // In whichever order they are named.
        let (one, other) = ("trading_robot", "second");
        for products in [[one, other], [other, one], [one, other]] {
            let two = json!({ "productIds": products.map(product),
                              "deposit": { "amount": "5000.00", "currency": "USD" } });
            let application =
                customer.expect_done("applyForFreeAdvisor", with(free_advisor("7"), &two)).await;
            agent.expect_done("takeApplication", on(&application)).await;
            let reason = json!({ "reason": "No" });
            agent.expect_done("declineApplication", with(on(&application), &reason)).await;
            app.settle().await;
        }
        let agent_filter = format!("agentId: \"{}\"", agent.id);
        let department_filter = format!("departmentId: \"{}\"", department("licensing"));
        let product_filter = format!("productId: \"{}\"", product("second"));
        let both = format!("{agent_filter}, {department_filter}");
        for (by, filter, counts) in [
            ("", String::new(), vec![3]),
            (", groupBy: PRODUCT", String::new(), vec![3, 3]),
            (", groupBy: PRODUCT", agent_filter.clone(), vec![3, 3]),
            (", groupBy: PRODUCT", both.clone(), vec![3, 3]),
            (", groupBy: AGENT", format!("{department_filter}, {product_filter}"), vec![3]),
            (", groupBy: PRODUCT", format!("{both}, {product_filter}"), vec![3]),
            (", groupBy: CATEGORY", both, vec![3]),
        ] {
            let query = format!(
                "{{ slaReport(period: {{ from: \"2025-01-01\", until: \"2026-01-01\" }}, request: \
                 FREE_ADVISOR{by}, filter: {{ {filter} }}) {{ lines {{ processing {{ \
                 count }} }} }} }}"
            );
            let answer = manager.ask(&query, json!({})).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            // Nobody was responsible when it was submitted, so nobody decided anything.
            let lines = answer.payload()["lines"].as_array().expect("lines").iter();
            let counts_of = lines.map(|line| line["processing"]["count"].clone());
            let found: Vec<_> = counts_of.filter(|count| *count != 0).collect();
            assert_eq!(found, counts, "{by} of {filter}");
        }
    })
    .await;
}
