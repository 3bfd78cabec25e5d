//! What is refused of who works here, as what, how much and when.

mod settings;

use async_graphql::ID;
use chrono::Days;
use serde_json::{Value, json};
use servicedesk::graphql::relay::{global_id, part_id, split_id};
use servicedesk_domain::staff::{AbsenceId, Role, StaffMemberId};

use super::Desk;
use crate::support::app::{department, with};
use crate::support::staff::fresh_address;

impl Desk {
    pub(super) async fn staff(&mut self) {
        let admin = self.app.staff("Admin", Role::Admin, &[]).await;
        let member = self.app.agent("Member", &["sales"]).await;
        let gone = self.app.agent("Gone", &["sales"]).await;
        let on = |id: &str, further: Value| with(json!({ "staffMemberId": id }), &further);
        self.expect(&admin, "deactivateStaffMember", on(&gone.id, json!({})), "ok").await;
        let nobody = global_id(StaffMemberId::named("nobody")).0;
        let absence_of = |id: &str| {
            let (_, member_id) = split_id(&ID(id.to_owned())).expect("a global id");
            let member_id = member_id.parse().expect("an id");
            part_id("StaffAbsence", member_id, AbsenceId::named("none")).0
        };
        let duties =
            |role: &str, departments: Value| json!({ "role": role, "departmentIds": departments });
        let today = self.app.clock.now().date_naive();
        let days = |from: u64, until: u64| json!({ "firstDay": today + Days::new(from), "lastDay": today + Days::new(until) });
        let sound = [
            ("changeDuties", duties("MANAGER", json!([]))),
            ("setCapacity", json!({ "maxOpenTickets": 3 })),
            ("planAbsence", days(0, 1)),
            ("deactivateStaffMember", json!({})),
        ];
        for (mutation, further) in sound {
            let unknown = on(&nobody, further.clone());
            self.expect(&admin, mutation, unknown, "STAFF_MEMBER_NOT_FOUND").await;
            let former = on(&gone.id, further);
            self.expect(&admin, mutation, former, "STAFF_MEMBER_DEACTIVATED").await;
        }
        for (id, code) in [
            (&nobody, "STAFF_MEMBER_NOT_FOUND"),
            (&gone.id, "STAFF_MEMBER_DEACTIVATED"),
            (&member.id, "ABSENCE_NOT_FOUND"),
        ] {
            let input = json!({ "absenceId": absence_of(id) });
            self.expect(&admin, "cancelAbsence", input, code).await;
        }
        for (id, code) in [(&nobody, "STAFF_MEMBER_NOT_FOUND"), (&member.id, "STAFF_MEMBER_ACTIVE")]
        {
            self.expect(&admin, "reactivateStaffMember", on(id, json!({})), code).await;
        }
        let unknown = global_id(servicedesk_domain::catalogue::DepartmentId::named("none")).0;
        for (who, further, code) in [
            (&admin, duties("AGENT", json!([department("sales")])), "OWN_DUTIES"),
            (&member, duties("AGENT", json!([])), "AGENT_WITHOUT_DEPARTMENT"),
            (&member, duties("AGENT", json!([unknown])), "DEPARTMENT_NOT_FOUND"),
        ] {
            self.expect(&admin, "changeDuties", on(&who.id, further), code).await;
        }
        let own = on(&admin.id, json!({}));
        self.expect(&admin, "deactivateStaffMember", own, "OWN_DUTIES").await;
        for number in [json!(0), json!(-1), json!(1_001), json!(i32::MAX)] {
            let input = on(&member.id, json!({ "maxOpenTickets": number }));
            self.expect(&admin, "setCapacity", input, "CAPACITY_OUT_OF_RANGE").await;
        }
        let over = json!({ "firstDay": today - Days::new(9), "lastDay": today - Days::new(2) });
        for (further, code) in [
            (days(2, 1), "ABSENCE_BACKWARDS"),
            (over, "ABSENCE_OVER"),
            (days(1, 400), "ABSENCE_TOO_LONG"),
        ] {
            self.expect(&member, "planAbsence", on(&member.id, further), code).await;
        }
        for day in 0..50 {
            member.expect_done("planAbsence", on(&member.id, days(day, day))).await;
        }
        let another = on(&member.id, days(0, 0));
        self.expect(&member, "planAbsence", another, "TOO_MANY_ABSENCES").await;
        let sound = json!({ "email": fresh_address(), "name": "New", "role": "AGENT",
                            "departmentIds": [department("sales")] });
        for (further, code) in [
            (json!({ "name": " " }), "BAD_NAME"),
            (json!({ "name": "x".repeat(201) }), "BAD_NAME"),
            (json!({ "departmentIds": [] }), "AGENT_WITHOUT_DEPARTMENT"),
            (json!({ "departmentIds": [unknown] }), "DEPARTMENT_NOT_FOUND"),
        ] {
            let input = with(sound.clone(), &further);
            self.expect(&admin, "inviteStaffMember", input, code).await;
        }
        self.settings(&admin).await;
    }
}
