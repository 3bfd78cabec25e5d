//! Calendars and service levels are defined in versions, and what was measured stays (S4).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::catalogue::CalendarId;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{office, states, targets};
use crate::support::app::{App, with};

fn level(minutes: u32) -> Value {
    json!({
        "request": "TICKET", "clock": "WORKING_HOURS", "processingMinutes": minutes,
        "calendarId": servicedesk::graphql::relay::global_id(CalendarId::named("office")).0,
        "firstResponseMinutes": 30, "typicalMinutes": 90,
    })
}

const CALENDARS: &str = "{ catalogue { calendars { code version holidays specialDays inForceFrom } \
     serviceLevels { request version clock processingMinutes firstResponseMinutes atRiskPercent } } }";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_new_version_measures_what_begins_and_nothing_that_began(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let before = customer.expect_opened("bug_report").await;
        let known = targets(&agent, &before).await;
        // The working week is gone, and the target is an hour of opening time.
        let saturdays = json!([{ "days": ["SAT"], "from": "10:00", "until": "00:00" }]);
        manager.act("defineCalendar", with(office(), &json!({ "openings": saturdays }))).await;
        let defined = manager.act("defineServiceLevel", level(60)).await;
        assert_eq!(defined.outcome(), "ok", "{}", defined.text);
        let after = customer.expect_opened("bug_report").await;
        let now_known = targets(&agent, &before).await;
        for name in ["dueAt", "terms", "targetMinutes", "state"] {
            assert_eq!(now_known[1][name], known[1][name], "{name}");
        }
        let shown = targets(&agent, &after).await;
        let terms = &shown[1]["terms"];
        assert_eq!(
            (&terms["serviceLevelVersion"], &terms["calendarVersion"]),
            (&json!(2), &json!(2))
        );
        // Saturday, 11 January 2025, at 11:00 in Moscow.
        assert_eq!(shown[1]["dueAt"], "2025-01-11T08:00:00+00:00");

        // Only a manager's word measures the first one again, with a reason, and once.
        let input = json!({ "ticketId": before["id"], "reason": "The week was wrong" });
        let head = app.head().await;
        let done = manager.act("remeasureTicket", input.clone()).await;
        assert_eq!(done.outcome(), "ok", "{}", done.text);
        let shown = targets(&agent, &before).await;
        assert_eq!(shown[1]["terms"]["serviceLevelVersion"], 2);
        assert_eq!(app.head().await, head + 1);
        manager.act("remeasureTicket", input).await;
        assert_eq!(app.head().await, head + 1, "it is measured so already");
        let entry = agent.timeline(&before).await.pop().expect("an entry");
        assert_eq!(
            (&entry["kind"], &entry["text"]),
            (&json!("REMEASURED"), &json!("The week was wrong"))
        );
        assert_eq!(entry["staffMember"]["id"], manager.id);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn holidays_come_by_list_and_by_file_and_half_days_with_their_hours(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
             SUMMARY:New Year\r\nDTSTART;VALUE=DATE:20250107\r\nDTEND;VALUE=DATE:20250109\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n";
        let further = json!({
            "holidays": ["2025-01-10", "2025-01-08"], "holidaysICalendar": file,
            "specialDays": [{ "date": "2025-01-09", "openings": [{ "from": "09:00", "until": "13:00" }] }],
        });
        let read = "query($file: String!) { readHolidays(iCalendar: $file) { problem \
             holidays { date name } } }";
        let shown = manager.ask(read, json!({ "file": file })).await;
        let day = |date: &str| json!({ "date": date, "name": "New Year" });
        let expected = json!([day("2025-01-07"), day("2025-01-08")]);
        assert_eq!(shown.payload(), &json!({ "problem": null, "holidays": expected }));
        let yearly = file.replace("UID:1", "UID:1\r\nrrule:FREQ=YEARLY");
        let refused = manager.ask(read, json!({ "file": yearly })).await;
        let problem = refused.payload()["problem"].as_str().expect("a problem").to_owned();
        assert!(problem.contains("RRULE"), "{problem}");
        let bad = with(office(), &json!({ "holidaysICalendar": yearly }));
        assert_eq!(manager.act("defineCalendar", bad).await.outcome(), "BAD_HOLIDAYS");
        let input = with(office(), &further);
        let head = app.head().await;
        let done = manager.act("defineCalendar", input.clone()).await;
        assert_eq!(done.payload()["calendar"]["version"], 2, "{}", done.text);
        assert_eq!(manager.act("defineCalendar", input).await.outcome(), "ok");
        assert_eq!(app.head().await, head + 1, "the same again is no news");
        let shown = manager.ask(CALENDARS, json!({})).await;
        let calendar = &shown.payload()["calendars"][0];
        assert_eq!(calendar["holidays"], json!(["2025-01-07", "2025-01-08", "2025-01-10"]));
        assert_eq!(calendar["specialDays"], json!(["2025-01-09 09:00–13:00"]));
        assert!(calendar["inForceFrom"].is_string());
        // From Monday at 15:00 on: nine hours of Monday, Thursday whole, then the next Monday.
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        let shown = targets(&manager, &ticket).await;
        assert!(shown[1]["dueAt"].as_str().expect("due").starts_with("2025-01-09T12:00:0"), "{shown:?}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_defaults_are_the_vendors_table(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let shown = manager.ask(CALENDARS, json!({})).await;
        let level = |request: &str, clock: &str, minutes: u32, first: Value| {
            json!({ "request": request, "version": 1, "clock": clock, "processingMinutes": minutes,
                    "firstResponseMinutes": first, "atRiskPercent": 25 })
        };
        let expected = json!([
            level("TICKET", "WORKING_DAYS", 1_440, json!(240)),
            level("FREE_ADVISOR", "CALENDAR", 1_440, Value::Null),
            level("RENTAL_DOWNLOAD", "WORKING_HOURS", 120, Value::Null),
            level("LICENCE_UPDATE", "WORKING_HOURS", 120, Value::Null),
        ]);
        assert_eq!(shown.payload()["serviceLevels"], expected);
    })
    .await;
}

/// A log of a version before service levels has a catalogue without them.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_desk_of_before_gets_the_default_levels_and_measures_from_then_on(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let file = "[[departments]]\ncode = \"technical\"\ntitle = { ru = \"Т\", en = \"T\" }\n\
             [[categories]]\ncode = \"bug_report\"\ntitle = { ru = \"Б\", en = \"B\" }\n\
             departments = [\"technical\"]\n[[products]]\ncode = \"trading_robot\"\n\
             title = { ru = \"Р\", en = \"R\" }\nkind = \"robot\"\n";
        servicedesk_service::catalogue::seed::load(&log, file, None).await.expect("loaded");
        let old = crate::support::desk::opened(&log, "old").await;
        drop(log);
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let old = json!({ "id": servicedesk::graphql::relay::global_id(
            servicedesk_domain::ticket::TicketId::new(old.aggregate_id)).0 });
        assert_eq!(targets(&manager, &old).await, Vec::<Value>::new());
        app.advance(TimeDelta::hours(5));
        // It is measured when a manager says so: from its opening, which the log has.
        let input = json!({ "ticketId": old["id"], "reason": "To have it measured" });
        let done = manager.act("remeasureTicket", input).await;
        assert_eq!(done.outcome(), "ok", "{}", done.text);
        let shown = targets(&manager, &old).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE BREACHED", "PROCESSING ON_TRACK"]);
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        assert_eq!(targets(&manager, &ticket).await.len(), 2);
    })
    .await;
}
