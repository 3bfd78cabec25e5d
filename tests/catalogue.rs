//! The catalogue through the API, on both databases: what is offered, and how it changes.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::catalogue::{
    Catalogue, CategoryId, Command, DepartmentId, ProductId, catalogue_id,
};
use servicedesk_domain::kernel::Actor;
use servicedesk_service::catalogue::seed;
use servicedesk_service::desk::own_context;
use test_case::test_case;

use crate::support::app::{App, Person, category, department, opening, product, with};

const EVERYTHING: &str = "{ catalogue { reopenDays departments { code title isRetired } \
     categories { code title departments { code } isRetired } \
     products { code title kind minimumDeposit { amount currency } } \
     calendars { code timeZone openings holidays } } }";

async fn catalogue(person: &Person) -> Value {
    let answer = person.ask(EVERYTHING, json!({})).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

fn codes(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|entry| entry["code"].as_str().expect("a code")).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_new_desk_has_the_vendors_catalogue(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let found = catalogue(&app.customer("Customer").await).await;
        assert_eq!(codes(&found["departments"]), ["accounting", "licensing", "sales", "technical"]);
        let categories = ["bug_report", "finance", "installation_and_setup", "licence", "purchase"];
        assert_eq!(codes(&found["categories"]), categories);
        assert_eq!(codes(&found["products"]), ["indicator", "trading_robot", "utility"]);
        let robot = &found["products"][1];
        assert_eq!(robot["minimumDeposit"], json!({ "amount": "500.00", "currency": "USD" }));
        assert_eq!(robot["kind"], "ROBOT");
        assert_eq!(found["products"][0]["minimumDeposit"], Value::Null);
        let calendar = &found["calendars"][0];
        assert_eq!(calendar["timeZone"], "Europe/Moscow");
        assert_eq!(calendar["openings"].as_array().map(Vec::len), Some(5));
        assert_eq!(calendar["openings"][0], "Mon 09:00–18:00");
        assert_eq!(found["reopenDays"], 14);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn loading_a_file_changes_what_differs_and_leaves_the_rest(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let before = catalogue(&customer).await;
        let file = "[ticket_policy]\nreopen_days = 7\npromise_days = 30\nsubject_characters = 10\n\
             text_characters = 100\nreason_characters = 100\n\
             [[departments]]\ncode = \"partners\"\ntitle = { ru = \"Партнёры\", en = \"Partners\" }\n\
             [[categories]]\ncode = \"finance\"\ntitle = { ru = \"Деньги\", en = \"Money\" }\n\
             departments = [\"partners\", \"accounting\"]\n";
        for _ in 0..2 {
            seed::load(app.log(), file, None).await.expect("it is loaded");
        }
        let head = app.head().await;
        seed::load(app.log(), file, None).await.expect("it is loaded");
        assert_eq!(app.head().await, head, "loading it again is no news");
        let after = catalogue(&customer).await;
        assert_eq!(after["reopenDays"], 7);
        assert_eq!(after["products"], before["products"]);
        assert_eq!(codes(&after["departments"]).len(), 5);
        let finance = &after["categories"][1];
        assert_eq!((&finance["title"], codes(&finance["departments"])), (&json!("Money"), vec!["partners", "accounting"]));
        // Tickets from now on go by it.
        let short = with(opening("finance"), &json!({ "subject": "Money" }));
        let ticket = customer.expect_done("openTicket", short).await;
        assert_eq!(codes(&ticket["departments"]), ["partners", "accounting"]);
        let long = customer.act("openTicket", opening("finance")).await;
        assert_eq!(long.refusal(), Some("TEXT_TOO_LONG"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_restart_does_not_undo_what_the_vendor_changed(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        retire(&app, Command::RetireProduct(ProductId::named("utility"))).await;
        let head = app.head().await;
        app.stop().await;
        let app = App::start(&database).await;
        assert_eq!(app.head().await, head);
        let found = catalogue(&customer.at(&app)).await;
        assert_eq!(codes(&found["products"]), ["indicator", "trading_robot"]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_retired_is_no_longer_offered_and_stays_readable(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["accounting"]).await;
        let ticket = customer.expect_opened("finance").await;
        for command in [
            Command::RetireCategory(CategoryId::named("finance")),
            Command::RetireProduct(ProductId::named("trading_robot")),
            Command::RetireDepartment(DepartmentId::named("accounting")),
        ] {
            retire(&app, command).await;
        }
        let found = catalogue(&customer).await;
        assert!(!codes(&found["categories"]).contains(&"finance"));
        assert!(!codes(&found["departments"]).contains(&"accounting"));
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Category { isRetired } \
             ... on Product { isRetired } ... on Department { isRetired } } }";
        let ids = [category("finance"), product("trading_robot"), department("accounting")];
        let answer = customer.ask(query, json!({ "ids": ids })).await;
        assert_eq!(
            *answer.payload(),
            json!(vec![json!({ "isRetired": true }); 3]),
            "{}",
            answer.text
        );
        for (further, code) in [
            (json!({}), "CATEGORY_NOT_FOUND"),
            (json!({ "categoryId": category("bug_report") }), "PRODUCT_NOT_FOUND"),
        ] {
            let answer = customer.act("openTicket", with(opening("finance"), &further)).await;
            assert_eq!(answer.refusal(), Some(code));
        }
        // What was begun is finished.
        assert_eq!(codes(&agent.sees(&ticket).await["departments"]), ["accounting"]);
        agent.expect_done_on("acceptTicket", &ticket).await;
        agent.expect_done_on("resolveTicket", &ticket).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_with_a_mistake_in_it_is_refused_whole(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let head = app.head().await;
        let sound = "[[departments]]\ncode = \"new\"\ntitle = { ru = \"Новый\", en = \"New\" }\n";
        for (mistake, named) in [
            ("[[categories]]\ncode = \"x\"\ntitle = { ru = \"х\", en = \"x\" }\ndepartments = [\"none\"]\n", "none"),
            ("[[categories]]\ncode = \"x\"\ntitle = { ru = \"х\", en = \"x\" }\ndepartments = []\n", "x"),
            ("[[departments]]\ncode = \"new\"\ntitle = { ru = \"Дважды\", en = \"Twice\" }\n", "new"),
            ("[[departments]]\ncode = \"\"\ntitle = { ru = \"х\", en = \"x\" }\n", ""),
            ("[[departments]]\ncode = \"y\"\ntitle = { ru = \"\", en = \"x\" }\n", "y"),
            ("[[departmens]]\ncode = \"y\"\n", "departmens"),
            ("[[products]]\ncode = \"y\"\ntitle = { ru = \"х\", en = \"x\" }\nkind = \"car\"\n", "car"),
            ("[[calendars]]\ncode = \"y\"\ntitle = { ru = \"х\", en = \"x\" }\ntime_zone = \"Mars\"\nopenings = []\nholidays = []\n", ""),
        ] {
            let loaded = seed::load(app.log(), &format!("{sound}{mistake}"), None).await;
            let error = format!("{:#}", loaded.err().unwrap_or_else(|| panic!("{mistake} was loaded")));
            assert!(error.contains(named), "{mistake}: {error}");
        }
        assert_eq!(app.head().await, head);
    })
    .await;
}

async fn retire(app: &App, command: Command) {
    let context = own_context(Actor::Operator, app.clock.now());
    let id = catalogue_id().uuid();
    app.log().execute::<Catalogue>(id, command, context).await.expect("it is retired");
}
