//! Messages and titles in the caller's language.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{Answer, App, Person, mutation, opening, with};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_refusal_is_told_in_the_language_that_the_caller_prefers(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let input = with(opening("finance"), &json!({ "subject": "" }));
        let russian = "Заполните поле «Тема».";
        let english = "The subject is empty.";
        for (accepted, expected) in [
            ("ru", russian),
            ("ru-RU,ru;q=0.9,en;q=0.8", russian),
            ("de, RU;q=0.5", russian),
            ("en-GB,ru;q=0.5", english),
            ("de", english),
            ("*", english),
            ("", english),
        ] {
            let answer = said(&customer, "openTicket", &input, accepted).await;
            let error = &answer.payload()["userErrors"][0];
            assert_eq!(error["message"], expected, "Accept-Language: {accepted}");
            assert_eq!(error["code"], "TEXT_EMPTY");
        }
        let auditor = app.staff("Auditor", Role::Auditor, &[]).await;
        let answer = said(&auditor, "startShift", &json!({}), "ru").await;
        let message = answer.payload()["userErrors"][0]["message"].as_str().expect("a message");
        assert!(message.chars().any(|c| ('а'..='я').contains(&c)), "{message}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn titles_are_in_the_language_asked_for_or_else_the_callers(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let query = "{ catalogue { categories { code title en: title(language: EN) \
             ru: title(language: RU) } } }";
        for (accepted, of) in [("ru", "ru"), ("en", "en"), ("", "en")] {
            let request = json!({ "query": query });
            let answer = customer.send(request, &[("accept-language", accepted)]).await;
            let categories = answer.payload()["categories"].as_array().expect("categories").clone();
            assert_eq!(categories.len(), 5);
            for category in categories {
                assert_eq!(category["title"], category[of]);
                assert_ne!(category["ru"], category["en"]);
            }
        }
    })
    .await;
}

async fn said(person: &Person, name: &str, input: &Value, accepted: &str) -> Answer {
    person.send(mutation(name, input), &[("accept-language", accepted)]).await
}
