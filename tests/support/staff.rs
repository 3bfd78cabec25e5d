//! Members of staff as administrators name them: an input for each mutation, after whatever makes it
//! possible.

use serde_json::{Value, json};
use servicedesk_domain::staff::Role;

use super::app::{App, Person, department};

/// Whether a mutation is about who works here, or invites somebody.
pub(crate) fn is_about(mutation: &str) -> bool {
    [
        "inviteCustomer",
        "sendInvitation",
        "inviteStaffMember",
        "changeDuties",
        "deactivateStaffMember",
        "reactivateStaffMember",
        "setCapacity",
        "planAbsence",
        "cancelAbsence",
    ]
    .contains(&mutation)
}

/// An address that nobody has yet.
pub(crate) fn fresh_address() -> String {
    format!("{}@example.com", servicedesk_service::clock::fresh_id())
}

/// An input that is accepted. Each is about somebody of their own.
pub(crate) async fn prepared(app: &App, admin: &Person, mutation: &str) -> Value {
    match mutation {
        "inviteCustomer" => return json!({ "email": fresh_address(), "name": "Invited" }),
        "sendInvitation" => {
            let customer = app.customer("Imported").await;
            return json!({ "personId": customer.id, "email": fresh_address() });
        }
        "inviteStaffMember" => {
            return json!({ "email": fresh_address(), "name": "New", "role": "AGENT",
                           "departmentIds": [department("sales")] });
        }
        _ => {}
    }
    let member = app.staff("Member", Role::Agent, &["sales"]).await;
    let mut input = json!({ "staffMemberId": member.id });
    let days = |input: &mut Value| {
        let today = app.clock.now().date_naive();
        input["firstDay"] = json!(today);
        input["lastDay"] = json!(today + chrono::Days::new(3));
    };
    match mutation {
        "changeDuties" => {
            input["role"] = json!("MANAGER");
            input["departmentIds"] = json!([]);
        }
        "setCapacity" => input["maxOpenTickets"] = json!(5),
        "planAbsence" => days(&mut input),
        "cancelAbsence" => {
            let mut plan = input.clone();
            days(&mut plan);
            let planned = admin.expect_done("planAbsence", plan).await;
            return json!({ "absenceId": planned["absences"][0]["id"] });
        }
        "reactivateStaffMember" => {
            admin.expect_done("deactivateStaffMember", input.clone()).await;
        }
        _ => {}
    }
    input
}
