//! Opening a ticket (T1): by a customer for themselves, and by staff for a customer.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::app::{App, category, opening, product, with};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn numbers_rise_by_one_and_a_refusal_uses_none_up(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for number in 1..=3 {
            let ticket = customer.expect_opened("finance").await;
            assert_eq!(ticket["number"], format!("SD-{number:06}"));
            let refused =
                customer.act("openTicket", with(opening("finance"), &json!({ "text": " " })));
            assert_eq!(refused.await.refusal(), Some("TEXT_EMPTY"));
        }
        for number in ["SD-000002", "sd-000002", " SD-000002 "] {
            let answer = customer
                .ask("query($n: String) { ticket(number: $n) { number } }", json!({ "n": number }));
            assert_eq!(answer.await.payload()["number"], "SD-000002");
        }
        let answer = customer.ask("{ ticket(number: \"SD-000009\") { number } }", json!({})).await;
        assert_eq!((answer.payload(), answer.error()), (&Value::Null, None));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn staff_opens_a_ticket_for_a_customer_who_then_sees_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let input = json!({ "customerId": customer.id, "priority": "URGENT" });
        let ticket = agent.expect_done("openTicket", with(opening("bug_report"), &input)).await;
        assert_eq!(ticket["priority"], "URGENT");
        assert_eq!(customer.sees(&ticket).await["number"], ticket["number"]);
        let opened = &customer.timeline(&ticket).await[0];
        assert_eq!(opened["actor"], json!({ "kind": "STAFF", "name": "Agent" }));

        // Staff may write down what is for a department of others, and then does not see it.
        let input = with(opening("finance"), &json!({ "customerId": customer.id }));
        let answer = agent.act("openTicket", input).await;
        assert_eq!((answer.outcome(), &answer.payload()["ticket"]), ("ok", &Value::Null));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_opens_her_own_tickets_and_leaves_the_priority_to_staff(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let head = app.head().await;
        for further in [
            json!({ "customerId": other.id }),
            json!({ "customerId": customer.id }),
            json!({ "priority": "URGENT" }),
        ] {
            let answer = customer.act("openTicket", with(opening("finance"), &further)).await;
            assert_eq!(answer.error(), Some("FORBIDDEN"), "{further}");
        }
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_texts_are_trimmed_and_kept_to_the_letter(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Клиент").await;
        let text = "it's \"quoted\" \\ {} $1 %_ 🙂\r\n\tвторая строка <b>&amp;</b>";
        let input = json!({
            "categoryId": category("finance"), "productId": product("utility"),
            "subject": "  Счёт  ", "text": format!(" {text} \n"),
        });
        let ticket = customer.expect_done("openTicket", input).await;
        let query = "query($id: ID) { ticket(id: $id) { subject text customer { name } \
             product { code kind } category { code title } } }";
        let answer = customer.ask(query, json!({ "id": ticket["id"] })).await;
        let expected = json!({
            "subject": "Счёт", "text": text, "customer": { "name": "Клиент" },
            "product": { "code": "utility", "kind": "UTILITY" },
            "category": { "code": "finance", "title": "Finance" },
        });
        assert_eq!(*answer.payload(), expected);
    })
    .await;
}
