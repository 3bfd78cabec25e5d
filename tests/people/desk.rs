//! What a client must know of the desk: the limits are those that mutations refuse by.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk::config::Config;
use test_case::test_case;

use crate::support::app::{App, Person, config, opening, with};

const DESK: &str = "{ desk { name timeZone version limits { nameCharacters minPasswordCharacters \
     maxPasswordCharacters subjectCharacters textCharacters reasonCharacters timeEntryMinutes \
     maxPageSize nodeIds searchWords searchWordCharacters documentDepth } } }";

fn number(limits: &Value, name: &str) -> usize {
    let number = limits[name].as_u64().unwrap_or_else(|| panic!("no {name} in {limits}"));
    usize::try_from(number).expect("a length")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_limits_that_are_told_are_those_that_hold(system: System) {
    with_database(system, |database| async move {
        let config = Config { name: "Поддержка".to_owned(), ..config() };
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let told = agent.ask(DESK, json!({})).await.payload().clone();
        assert_eq!(
            (&told["name"], &told["timeZone"]),
            (&json!("Поддержка"), &json!("Europe/Moscow"))
        );
        assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
        let limits = &told["limits"];
        let text = |name: &str, more: usize| "x".repeat(number(limits, name) + more);
        for (more, code) in [(0, "ok"), (1, "TEXT_TOO_LONG")] {
            for (field, limit) in [("subject", "subjectCharacters"), ("text", "textCharacters")] {
                let input = with(opening("bug_report"), &json!({ field: text(limit, more) }));
                assert_eq!(customer.act("openTicket", input).await.outcome(), code, "{field}");
            }
            let ticket = customer.expect_opened("bug_report").await;
            let reason = text("reasonCharacters", more);
            let hand =
                json!({ "ticketId": ticket["id"], "assigneeId": agent.id, "reason": reason });
            assert_eq!(agent.act("assignTicket", hand).await.outcome(), code, "reason");
        }
        let ticket = customer.expect_opened("bug_report").await;
        for (more, code) in [(0, "CHARGES_NOT_AGREED"), (1, "TIME_TOO_LONG")] {
            let minutes = number(limits, "timeEntryMinutes") + more;
            let input = json!({ "ticketId": ticket["id"], "minutes": minutes });
            assert_eq!(agent.act("logTime", input).await.outcome(), code);
        }
        let nobody = Person::anonymous(&customer);
        for (password, code) in [
            (text("maxPasswordCharacters", 1), "PASSWORD_TOO_LONG"),
            ("q".repeat(number(limits, "minPasswordCharacters") - 1), "PASSWORD_TOO_SHORT"),
        ] {
            let input = json!({ "email": "a@example.com", "password": password, "name": "A" });
            assert_eq!(nobody.act("register", input).await.outcome(), code);
        }
        let input = json!({ "email": "a@example.com", "password": "four wild geese",
                            "name": text("nameCharacters", 1) });
        assert_eq!(nobody.act("register", input).await.outcome(), "NAME_INVALID");
        for (more, error) in [(0, None), (1, Some("BAD_USER_INPUT"))] {
            let size = number(limits, "maxPageSize") + more;
            let page = format!("{{ tickets(first: {size}) {{ nodes {{ id }} }} }}");
            assert_eq!(agent.ask(&page, json!({})).await.error(), error, "a page");
            let ids = vec![customer.id.clone(); number(limits, "nodeIds") + more];
            let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }";
            assert_eq!(agent.ask(nodes, json!({ "ids": ids })).await.error(), error, "nodes");
            let words = vec!["a"; number(limits, "searchWords") + more].join(" ");
            let word = text("searchWordCharacters", more);
            for text in [words, word] {
                let search = "query($t: String) { customers(filter: { text: $t }) { totalCount } }";
                assert_eq!(agent.ask(search, json!({ "t": text })).await.error(), error, "words");
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn somebody_without_a_token_learns_no_version(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let nobody = Person::anonymous(&app.customer("Customer").await);
        let answer = nobody.ask(DESK, json!({})).await;
        assert_eq!(answer.error(), None, "{}", answer.text);
        assert_eq!(answer.payload()["version"], Value::Null);
        assert_eq!(answer.payload()["name"], "Service desk");
    })
    .await;
}
