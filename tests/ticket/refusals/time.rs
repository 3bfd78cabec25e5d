//! What is refused of logging time and correcting it (B2, B4).

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::relay::global_id;
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
        let entry_id = self.agent.logs(ticket, 30).await;
        json!({ "ticketId": ticket["id"], "timeEntryId": entry_id, "reason": "A reason" })
    }

    pub(super) async fn time(&mut self) {
        let (agent, colleague) = (self.agent.clone(), self.colleague.clone());
        let ticket = self.ticket_in("IN_PROGRESS").await;
        let log = json!({ "ticketId": ticket["id"], "minutes": 5 });
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
        self.expect(&agent, "correctTime", correct.clone(), "ok").await;
        let answer = self.expect(&agent, "correctTime", correct, "TIME_ENTRY_REVERSED").await;
        let field = &answer.payload()["userErrors"][0]["field"];
        assert_eq!(*field, json!(["input", "timeEntryId"]));
        // Another ticket's entry is none of this one's.
        let elsewhere = self.corrected(&self.ticket_in("NEW").await).await;
        let input = with(elsewhere, &json!({ "ticketId": ticket["id"] }));
        self.expect(&agent, "correctTime", input, "TIME_ENTRY_NOT_FOUND").await;
    }
}
