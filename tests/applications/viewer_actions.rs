//! What `viewerActions` says of an application is what the mutations then do, in every state, for
//! every kind of caller.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, category, with};
use crate::support::applications::{deposit, prepared};

const ACTIONS: [(&str, &str); 7] = [
    ("TAKE", "takeApplication"),
    ("APPROVE", "approveApplication"),
    ("DECLINE", "declineApplication"),
    ("OVERRIDE", "overrideDecision"),
    ("WITHDRAW", "withdrawApplication"),
    ("OPEN_TICKET", "openApplicationTicket"),
    ("REMEASURE", "remeasureApplication"),
];

/// Each state: what is applied for, and how the application gets there.
const STATES: [(&str, &str, &[&str]); 9] = [
    ("new", "applyForFreeAdvisor", &[]),
    ("taken, without evidence", "applyForFreeAdvisor", &["takeApplication"]),
    ("taken, with evidence", "applyForFreeAdvisor", &["takeApplication", "recordDeposit"]),
    ("a rental", "applyForRentalDownload", &["takeApplication"]),
    ("a purchase", "applyForLicenceUpdate", &["takeApplication"]),
    ("approved", "applyForLicenceUpdate", &["takeApplication", "approveApplication"]),
    ("declined", "applyForRentalDownload", &["takeApplication", "declineApplication"]),
    ("withdrawn", "applyForLicenceUpdate", &["withdrawApplication"]),
    ("talked about", "applyForLicenceUpdate", &["openApplicationTicket"]),
];

struct Cast {
    app: App,
    owner: Person,
    licenser: Person,
}

impl Cast {
    async fn application(&self, wish: &str, steps: &[&str]) -> Value {
        let applied = prepared(&self.owner, &self.licenser, wish).await;
        let application = self.owner.expect_done(wish, applied.clone()).await;
        for step in steps {
            let who = match *step {
                "withdrawApplication" | "openApplicationTicket" => &self.owner,
                _ => &self.licenser,
            };
            let on_it = match *step {
                "recordDeposit" => {
                    deposit(applied["accountNumber"].as_str().expect("a number"), "500.00")
                }
                step => input(step, &application),
            };
            who.expect_done(step, on_it).await;
        }
        self.app.settle().await;
        application
    }
}

fn input(mutation: &str, application: &Value) -> Value {
    let further = match mutation {
        "declineApplication" | "overrideDecision" | "remeasureApplication" => {
            json!({ "reason": "A reason" })
        }
        "openApplicationTicket" => json!({ "categoryId": category("licence"),
                                           "subject": "A subject", "text": "A text" }),
        _ => json!({}),
    };
    with(json!({ "applicationId": application["id"] }), &further)
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_said_of_an_action_is_what_the_mutation_does(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let owner = app.customer("Owner").await;
        let licenser = app.agent("Licenser", &["licensing"]).await;
        let callers = [
            ("owner", owner.clone()),
            ("licenser", licenser.clone()),
            ("colleague", app.agent("Colleague", &["licensing"]).await),
            ("manager", app.staff("Manager", Role::Manager, &[]).await),
            ("auditor", app.staff("Auditor", Role::Auditor, &[]).await),
        ];
        let cast = Cast { app, owner, licenser };
        let mut met = std::collections::BTreeSet::new();
        for (state, wish, steps) in STATES {
            let kept = cast.application(wish, steps).await;
            for (caller, who) in &callers {
                let query = "query($id: ID!) { application(id: $id) { viewerActions { action \
                     isAllowed refusal { message ... on LicensingError { code } } } } }";
                let said = who.ask(query, json!({ "id": kept["id"] })).await;
                assert_eq!(said.error(), None, "{}", said.text);
                let said = said.payload()["viewerActions"].as_array().cloned().expect("actions");
                for (action, mutation) in ACTIONS {
                    let of_it = said.iter().find(|one| one["action"] == action);
                    let expected = of_it
                        .map_or("FORBIDDEN", |one| one["refusal"]["code"].as_str().unwrap_or("ok"));
                    assert!(of_it.is_none_or(|one| one["isAllowed"] == (expected == "ok")));
                    let is_done = expected == "ok";
                    let application =
                        if is_done { cast.application(wish, steps).await } else { kept.clone() };
                    let head = cast.app.head().await;
                    let answer = who.act(mutation, input(mutation, &application)).await;
                    let place = format!("{action} by {caller}, {state}");
                    assert_eq!(answer.outcome(), expected, "{place}: {}", answer.text);
                    assert!(is_done || cast.app.head().await == head, "{place}");
                    met.insert(expected.to_owned());
                }
            }
        }
        for code in [
            "ok",
            "FORBIDDEN",
            "ALREADY_TAKEN",
            "TAKEN_BY_ANOTHER",
            "APPLICATION_NOT_TAKEN",
            "APPLICATION_APPROVED",
            "APPLICATION_DECLINED",
            "APPLICATION_WITHDRAWN",
            "TICKET_ALREADY_OPENED",
        ] {
            assert!(met.contains(code), "{code} is not among {met:?}");
        }
    })
    .await;
}
