//! What is refused of logging time and correcting it (B2, B4).

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::Role;
use servicedesk_domain::ticket::TimeEntryId;

use super::Desk;
use crate::support::app::with;

/// The id of an entry that there is not.
pub(super) fn no_entry() -> String {
    global_id(TimeEntryId::named("none")).0
}

impl Desk {
    /// A sound correction of an entry of the agent's on this ticket.
    pub(super) async fn corrected(&self, ticket: &Value) -> Value {
        let entry_id = self.agent.expect_logged(ticket, 30).await;
        json!({ "ticketId": ticket["id"], "timeEntryId": entry_id, "reason": "A reason" })
    }

    pub(super) async fn time(&mut self) {
        let (agent, colleague) = (self.agent.clone(), self.colleague.clone());
        let ticket = self.ticket_in("IN_PROGRESS").await;
        let explained = json!({ "overlapReason": "The clock stands still" });
        let log = with(json!({ "ticketId": ticket["id"], "minutes": 5 }), &explained);
        let correct = self.corrected(&ticket).await;
        let now = self.app.clock.now();
        for (work, code, limit) in [
            (json!({ "minutes": 0 }), "TIME_NOT_POSITIVE", Value::Null),
            (json!({ "minutes": -5 }), "TIME_NOT_POSITIVE", Value::Null),
            (json!({ "minutes": 1441 }), "TIME_TOO_LONG", json!(1440)),
            (json!({ "minutes": i32::MAX }), "TIME_TOO_LONG", json!(1440)),
            (json!({ "workedAt": now + TimeDelta::seconds(1) }), "TIME_IN_FUTURE", Value::Null),
            (json!({ "workedAt": "9999-12-31T23:59:59Z" }), "TIME_IN_FUTURE", Value::Null),
            (json!({ "workedAt": now - TimeDelta::days(63) }), "TIME_TOO_OLD", Value::Null),
            (json!({ "workedAt": "0001-01-01T00:00:00Z" }), "TIME_TOO_OLD", Value::Null),
        ] {
            let answer = self.expect(&agent, "logTime", with(log.clone(), &work), code).await;
            assert_eq!(answer.payload()["userErrors"][0]["limit"], limit);
            let instead = with(json!({ "minutes": 5, "workedAt": now }), &work);
            let input = with(correct.clone(), &json!({ "instead": instead }));
            self.expect(&agent, "correctTime", input, code).await;
        }
        self.expect(&colleague, "correctTime", correct.clone(), "TIME_ENTRY_OF_ANOTHER").await;
        self.overlaps(&ticket, &correct).await;
        self.expect(&agent, "correctTime", correct.clone(), "ok").await;
        let answer = self.expect(&agent, "correctTime", correct, "TIME_ENTRY_REVERSED").await;
        let field = &answer.payload()["userErrors"][0]["field"];
        assert_eq!(*field, json!(["input", "timeEntryId"]));
        // What is right was worked before the ticket was closed, as what was wrong.
        let closed = self.ticket_in("RESOLVED").await;
        let late = self.corrected(&closed).await;
        agent.expect_done_on("closeTicket", &closed).await;
        let instead = json!({ "minutes": 5, "workedAt": self.app.clock.now() });
        let late = with(late, &json!({ "instead": instead }));
        self.expect(&agent, "correctTime", late, "TICKET_CLOSED").await;
        // Another ticket's entry is none of this one's.
        let elsewhere = self.corrected(&self.ticket_in("NEW").await).await;
        let input = with(elsewhere, &json!({ "ticketId": ticket["id"] }));
        self.expect(&agent, "correctTime", input, "TIME_ENTRY_NOT_FOUND").await;
    }

    /// B3: two things at the same time. The entry that is corrected is no other thing.
    async fn overlaps(&mut self, ticket: &Value, correct: &Value) {
        let agent = self.agent.clone();
        let now = self.app.clock.now();
        let log = json!({ "ticketId": ticket["id"], "minutes": 5 });
        self.expect(&agent, "logTime", log, "WORK_OVERLAPS").await;
        self.corrected(ticket).await;
        let instead = json!({ "minutes": 5, "workedAt": now });
        let correct = with(correct.clone(), &json!({ "instead": instead }));
        self.expect(&agent, "correctTime", correct, "WORK_OVERLAPS").await;
    }

    /// B3, B5: courtesy, and what exceeds the free time.
    pub(super) async fn charges(&mut self) {
        let (agent, colleague) = (self.agent.clone(), self.colleague.clone());
        let manager = self.app.staff("Manager", Role::Manager, &[]).await;
        let ticket = self.ticket_in("IN_PROGRESS").await;
        let mark = self.corrected(&ticket).await;
        self.expect(&colleague, "markCourtesy", mark.clone(), "TIME_ENTRY_OF_ANOTHER").await;
        self.expect(&agent, "markCourtesy", mark.clone(), "ok").await;
        self.expect(&agent, "markCourtesy", mark, "ALREADY_COURTESY").await;
        let taken_back = self.corrected(&ticket).await;
        self.expect(&agent, "correctTime", taken_back.clone(), "ok").await;
        self.expect(&agent, "markCourtesy", taken_back, "TIME_ENTRY_REVERSED").await;
        // More than can be free in all.
        let wrong = self.corrected(&ticket).await;
        let long = json!({ "ticketId": ticket["id"], "minutes": 1_440,
                           "overlapReason": "The clock stands still" });
        let answer = self.expect(&agent, "logTime", long.clone(), "CHARGES_NOT_AGREED").await;
        let left = answer.payload()["userErrors"][0]["limit"].as_i64().expect("a number");
        let instead = json!({ "minutes": 1_440, "workedAt": self.app.clock.now() });
        let correct = with(wrong, &json!({ "instead": instead }));
        let answer = self.expect(&agent, "correctTime", correct, "CHARGES_NOT_AGREED").await;
        // Without the wrong entry, its thirty minutes are there again.
        assert_eq!(answer.payload()["userErrors"][0]["limit"], json!(left + 30));
        let on_ticket = json!({ "ticketId": ticket["id"] });
        let unreasoned = |reason: &str| with(on_ticket.clone(), &json!({ "reason": reason }));
        let most = "ж".repeat(2_001);
        for (reason, code) in
            [("", "TEXT_EMPTY"), (most.as_str(), "TEXT_TOO_LONG"), ("a\u{0}b", "TEXT_UNPRINTABLE")]
        {
            self.expect(&manager, "allowCharges", unreasoned(reason), code).await;
        }
        let closed = self.ticket_in("CLOSED").await;
        // Its time may still be corrected, and that may have to be charged.
        let on_closed = json!({ "ticketId": closed["id"], "reason": "A reason" });
        self.expect(&manager, "allowCharges", on_closed, "ok").await;
        let shown = json!({ "amount": "4.00", "currency": "USD" });
        let agree = with(on_ticket.clone(), &json!({ "hourlyPrice": shown }));
        let customer = self.customer.clone();
        self.expect(&customer, "agreeToCharges", agree, "PRICE_CHANGED").await;
        let no_amount = json!({ "hourlyPrice": { "amount": "4,00", "currency": "USD" } });
        let agree = with(on_ticket.clone(), &no_amount);
        self.expect(&customer, "agreeToCharges", agree, "BAD_AMOUNT").await;
        self.expect(&manager, "allowCharges", unreasoned("Agreed by phone"), "ok").await;
        self.expect(&agent, "logTime", long, "ok").await;
    }

    pub(super) async fn timers(&mut self) {
        // The agent of a customer for whom nothing is free.
        let agent = self.agent.clone();
        let customer = self.app.customer("Without a licence").await;
        let ticket = customer.expect_opened("bug_report").await;
        let on_ticket = json!({ "ticketId": ticket["id"] });
        self.expect(&agent, "stopTimer", json!({}), "TIMER_NOT_RUNNING").await;
        self.expect(&agent, "discardTimer", json!({}), "TIMER_NOT_RUNNING").await;
        agent.expect_done("startTimer", on_ticket.clone()).await;
        self.app.settle().await;
        self.expect(&agent, "startTimer", on_ticket.clone(), "TIMER_RUNNING").await;
        self.expect(&agent, "stopTimer", json!({}), "CHARGES_NOT_AGREED").await;
        customer.expect_done("agreeToCharges", on_ticket.clone()).await;
        self.app.settle().await;
        let most = "ж".repeat(2_001);
        for (text, code) in
            [("", "TEXT_EMPTY"), (most.as_str(), "TEXT_TOO_LONG"), ("a\u{0}b", "TEXT_UNPRINTABLE")]
        {
            for field in ["note", "courtesyReason"] {
                let answer = self.expect(&agent, "stopTimer", json!({ field: text }), code).await;
                assert_eq!(answer.payload()["userErrors"][0]["field"], json!(["input", field]));
            }
        }
        self.stopped_at_the_wrong_time().await;
        agent.expect_done("discardTimer", json!({})).await;
        agent.expect_done("startTimer", on_ticket.clone()).await;
        customer.expect_done("closeTicket", on_ticket).await;
        self.app.settle().await;
        self.expect(&agent, "stopTimer", json!({}), "TICKET_CLOSED").await;
        agent.expect_done("discardTimer", json!({})).await;
        // A collaborator may work on a ticket until they leave it.
        let away = self.app.agent("Away", &["sales"]).await;
        let elsewhere = self.ticket_in("NEW").await;
        let join = json!({ "ticketId": elsewhere["id"], "staffMemberId": away.id });
        agent.expect_done("joinCollaborator", join).await;
        away.expect_done_on("startTimer", &elsewhere).await;
        away.expect_done_on("leaveTicket", &elsewhere).await;
        self.app.settle().await;
        self.expect(&away, "stopTimer", json!({}), "NOT_IN_DEPARTMENT").await;
    }

    /// When a timer that runs cannot be stopped.
    async fn stopped_at_the_wrong_time(&mut self) {
        let agent = self.agent.clone();
        self.app.advance(TimeDelta::minutes(10));
        self.record_lines().await;
        let other = self.ticket_in("NEW").await;
        self.customer.expect_done_on("agreeToCharges", &other).await;
        agent.expect_logged(&other, 5).await;
        self.app.settle().await;
        self.expect(&agent, "stopTimer", json!({}), "WORK_OVERLAPS").await;
        let at = |moment: Moment| json!({ "endedAt": moment });
        let now = self.app.clock.now();
        let early = at(now - TimeDelta::hours(1));
        self.expect(&agent, "stopTimer", early, "ENDED_BEFORE_START").await;
        self.expect(&agent, "stopTimer", at(now + TimeDelta::hours(1)), "TIME_IN_FUTURE").await;
        self.app.advance(TimeDelta::hours(25));
        self.record_lines().await;
        let answer = self.expect(&agent, "stopTimer", json!({}), "TIME_TOO_LONG").await;
        assert_eq!(answer.payload()["userErrors"][0]["limit"], json!(1_440));
        self.app.advance(TimeDelta::days(63));
        self.record_lines().await;
        self.expect(&agent, "stopTimer", at(now), "TIME_TOO_OLD").await;
    }
}
