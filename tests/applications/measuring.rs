//! Applications are measured by their service levels (S, F8).

use chrono::TimeDelta;
use serde_json::json;
use servicedesk_domain::staff::Role;

use super::deciding::on;
use crate::support::app::{App, product, with};
use crate::support::on_both;

#[tokio::test]
async fn an_application_has_a_target_that_is_crossed_and_reported_by_kind() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let advisor = customer.applies(&agent, "7", "trading_robot").await;
        let rental = json!({ "productId": product("utility"), "months": 1,
                             "startsOn": app.clock.now().date_naive() });
        let rental = customer.done("applyForRentalDownload", rental).await;
        agent.done("takeApplication", on(&rental)).await;
        agent.done("approveApplication", on(&rental)).await;
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
        servicedesk::sla::timers::record_due(desk).await.expect("lines are recorded");
        app.settle().await;
        let seen = state(&advisor["id"]).await;
        assert_eq!(seen["serviceTargets"][0]["state"], "BREACHED", "{seen}");
        let kinds = seen["timeline"]["nodes"].to_string();
        assert!(kinds.contains("TARGET_AT_RISK") && kinds.contains("TARGET_BREACHED"), "{kinds}");
        let reason = json!({ "reason": "Not yours" });
        agent.done("declineApplication", with(on(&advisor), &reason)).await;
        app.settle().await;
        assert_eq!(state(&advisor["id"]).await["serviceTargets"][0]["state"], "BREACHED");
        for (kind, breaches) in [("FREE_ADVISOR_APPLICATION", 1), ("RENTAL_APPLICATION", 0)] {
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
