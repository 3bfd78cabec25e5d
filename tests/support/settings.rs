//! The desk's settings as administrators name them: an input for each mutation, which is news each
//! time.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::app::{Person, department};

/// Whether a mutation changes the desk's settings.
pub(crate) fn is_about(mutation: &str) -> bool {
    super::payloads::about(mutation).0 == "catalogue"
}

/// An entry of the catalogue of this code.
pub(crate) fn entry(code: &str) -> Value {
    json!({ "code": code, "title": { "ru": "Название", "en": "Title" } })
}

/// An input that is accepted, after whatever makes it possible.
pub(crate) async fn prepared(admin: &Person, mutation: &str) -> Value {
    static LAST: AtomicUsize = AtomicUsize::new(100);
    let number = LAST.fetch_add(1, Ordering::SeqCst);
    let mut input = entry(&format!("entry-{number}"));
    match mutation {
        "defineCategory" => input["departmentIds"] = json!([department("sales")]),
        "defineProduct" => {
            input["kind"] = json!("ROBOT");
            input["minimumDeposits"] = json!([{ "amount": "300.00", "currency": "USD" }]);
        }
        "defineBroker" => input["isPartner"] = json!(true),
        "retireCatalogueEntry" => {
            let code = input["code"].as_str().expect("a code").to_owned();
            admin.expect_done("defineDepartment", input).await;
            return json!({ "id": department(&code) });
        }
        "changeTicketPolicy" => return json!({ "promiseDays": number }),
        "changeLicensingPolicy" => return json!({ "evidenceDays": number }),
        _ => {}
    }
    input
}
