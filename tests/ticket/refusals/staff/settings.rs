//! What is refused of changes of the desk's settings.

use serde_json::{Value, json};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::catalogue::{BrokerId, CategoryId, DepartmentId, ProductId};

use super::super::Desk;
use crate::support::app::{Person, department, with};
use crate::support::settings::entry;

impl Desk {
    pub(super) async fn settings(&mut self, admin: &Person) {
        let sound = |further: Value| with(entry("new"), &further);
        for (mutation, further) in [
            ("defineDepartment", json!({})),
            ("defineCategory", json!({ "departmentIds": [department("sales")] })),
            ("defineProduct", json!({ "kind": "UTILITY" })),
            ("defineBroker", json!({ "isPartner": false })),
        ] {
            let bad_code = with(sound(further.clone()), &json!({ "code": "New one" }));
            self.expect(admin, mutation, bad_code, "BAD_CODE").await;
            let bad_title = with(sound(further), &json!({ "title": { "ru": " ", "en": "x" } }));
            self.expect(admin, mutation, bad_title, "BAD_TITLE").await;
        }
        let unknown = global_id(DepartmentId::named("none")).0;
        for (ids, code) in [
            (json!([]), "ROUTES_NOWHERE"),
            (json!([unknown]), "DEPARTMENT_NOT_FOUND"),
            (json!([department("sales"), department("sales")]), "DEPARTMENT_TWICE"),
        ] {
            let input = sound(json!({ "departmentIds": ids }));
            self.expect(admin, "defineCategory", input, code).await;
        }
        let usd = |amount: &str| json!({ "amount": amount, "currency": "USD" });
        for (deposits, code) in [
            (json!([usd("-1.00")]), "NEGATIVE_DEPOSIT"),
            (json!([usd("1.00"), usd("2.00")]), "DEPOSIT_TWICE"),
        ] {
            let input = sound(json!({ "kind": "ROBOT", "minimumDeposits": deposits }));
            self.expect(admin, "defineProduct", input, code).await;
        }
        for id in [
            unknown,
            global_id(CategoryId::named("none")).0,
            global_id(ProductId::named("none")).0,
            global_id(BrokerId::named("none")).0,
        ] {
            let input = json!({ "id": id });
            self.expect(admin, "retireCatalogueEntry", input, "ENTRY_NOT_FOUND").await;
        }
        let input = json!({ "id": department("technical") });
        self.expect(admin, "retireCatalogueEntry", input, "DEPARTMENT_IN_USE").await;
        for limit in ["subjectCharacters", "textCharacters", "reasonCharacters"] {
            for number in [0, 100_001] {
                let input = json!({ limit: number });
                self.expect(admin, "changeTicketPolicy", input, "BAD_LIMITS").await;
            }
        }
        for (input, code) in [
            (json!({ "productsPerApplication": 0 }), "BAD_LIMITS"),
            (json!({ "rentalMonths": 85 }), "BAD_LIMITS"),
            (json!({ "linkHours": 0 }), "BAD_PERIODS"),
            (json!({ "warningDays": [0] }), "BAD_PERIODS"),
        ] {
            self.expect(admin, "changeLicensingPolicy", input, code).await;
        }
    }
}
