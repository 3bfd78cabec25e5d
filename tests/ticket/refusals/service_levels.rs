//! What is refused of definitions and of measuring again.

use serde_json::{Value, json};
use servicedesk_domain::catalogue::CalendarId;
use servicedesk_domain::staff::Role;

use super::Desk;
use crate::support::app::{calendar_called, level_of, with};

impl Desk {
    /// Leaves nothing of the clocks for the service's own task to record meanwhile.
    pub(super) async fn record_lines(&self) {
        let desk = &self.app.service.app.desk;
        while servicedesk_service::sla::timers::record_due(desk).await.expect("recorded") > 0 {}
        self.app.settle().await;
    }

    pub(super) async fn service_levels(&mut self) {
        let manager = self.app.staff("Manager", Role::Manager, &[]).await;
        let hours = |days: Value, from: &str, until: &str| json!({ "openings": [{ "days": days, "from": from, "until": until }] });
        let day = |date: &str| json!({ "date": date, "openings": [] });
        let many: Vec<String> = (0..3_000)
            .filter_map(|index| {
                let first = chrono::NaiveDate::from_ymd_opt(2025, 1, 1)?;
                first.checked_add_days(chrono::Days::new(index)).map(|day| day.to_string())
            })
            .collect();
        for (further, code) in [
            (json!({ "code": "Office!" }), "BAD_CODE"),
            (json!({ "title": { "ru": "", "en": "x" } }), "BAD_TITLE"),
            (hours(json!(["MON"]), "18:00", "09:00"), "BAD_OPENINGS"),
            (hours(json!(["MON", "MON"]), "09:00", "18:00"), "BAD_OPENINGS"),
            (json!({ "specialDays": [day("2025-01-01"), day("2025-01-01")] }), "DAY_TWICE"),
            (
                json!({ "holidays": ["2025-01-01"], "specialDays": [day("2025-01-01")] }),
                "DAY_TWICE",
            ),
            (json!({ "holidays": many }), "TOO_MANY_DAYS"),
            (json!({ "holidaysICalendar": "2025-01-01" }), "BAD_HOLIDAYS"),
            (json!({ "timeZone": "Europe/Atlantis" }), "TIME_ZONE_UNKNOWN"),
            (json!({ "code": "office", "openings": [] }), "NEVER_OPEN"),
            (json!({ "code": "closed", "openings": [] }), "ok"),
        ] {
            let input = with(calendar_called("Name"), &further);
            self.expect(&manager, "defineCalendar", input, code).await;
        }
        let none = servicedesk::graphql::relay::global_id(CalendarId::named("none")).0;
        let closed = servicedesk::graphql::relay::global_id(CalendarId::named("closed")).0;
        for (further, code) in [
            (json!({ "calendarId": none }), "CALENDAR_NOT_FOUND"),
            (json!({ "calendarId": closed, "clock": "WORKING_DAYS" }), "NEVER_OPEN"),
            (json!({ "processingMinutes": 0 }), "BAD_TARGET"),
            (json!({ "firstResponseMinutes": 1_000_000 }), "BAD_TARGET"),
            (json!({ "atRiskPercent": 0 }), "BAD_RISK"),
            (json!({ "atRiskPercent": 100 }), "BAD_RISK"),
        ] {
            let input = with(level_of(60), &further);
            self.expect(&manager, "defineServiceLevel", input, code).await;
        }
        let ticket = self.ticket_in("NEW").await;
        let long = "x".repeat(2_001);
        for (reason, code) in
            [(" ", "TEXT_EMPTY"), (long.as_str(), "TEXT_TOO_LONG"), ("a\u{0}", "TEXT_UNPRINTABLE")]
        {
            let input = json!({ "ticketId": ticket["id"], "reason": reason });
            self.expect(&manager, "remeasureTicket", input, code).await;
        }
        let nowhere = servicedesk_domain::ticket::TicketId::named("none");
        let input =
            json!({ "ticketId": servicedesk::graphql::relay::global_id(nowhere).0, "reason": "x" });
        self.expect(&manager, "remeasureTicket", input, "TICKET_NOT_FOUND").await;
    }

    pub(super) async fn shifts(&mut self) {
        let agent = self.agent.clone();
        let auditor = self.app.staff("Second auditor", Role::Auditor, &[]).await;
        self.expect(&agent, "startShift", json!({}), "ok").await;
        self.expect(&agent, "endShift", json!({}), "ok").await;
        self.expect(&auditor, "startShift", json!({}), "WORKS_NO_TICKETS").await;
        // What is so already is neither refused nor recorded.
        let head = self.app.head().await;
        assert_eq!(
            (agent.act("endShift", json!({})).await.outcome(), self.app.head().await),
            ("ok", head)
        );
        self.staff().await;
    }
}
