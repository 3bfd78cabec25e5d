//! The shipped mappings of public help desks, each on a small file: whole conversations come over,
//! with who wrote what, when.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_domain::ticket::events::Charging;
use servicedesk_service::import::mapping::BadMapping;
use servicedesk_service::import::{Import, LineResult, Mapping, Options, run};
use test_case::test_case;

use super::{MAPPING, assert_adds_up, content};
use crate::support::TestDatabase;

const ZAMMAD: &str = include_str!("../../imports/zammad.toml");
const OSTICKET: &str = include_str!("../../imports/osticket.toml");

async fn imported(database: &TestDatabase, mapping: &str, csv: &str) -> Import {
    let log = database.log().await;
    let mapping = Mapping::read(mapping).expect("the shipped mapping");
    let import = run(&log, &mapping, csv.as_bytes(), Options::default(), &mut |_, _| {}).await;
    let import = import.expect("an import");
    assert_adds_up(&import.summary);
    import
}

/// What each line became, without what is measured.
fn became(import: &Import) -> Vec<String> {
    let own = |event: &&&str| {
        !["clock", "target"].iter().any(|of| event.starts_with(&format!("ticket.{of}_")))
    };
    let result = |line: &LineResult| match line {
        LineResult::Recorded { events, .. } => {
            let names = events.iter().filter(own).map(|event| event.replace("ticket.", ""));
            names.collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}"),
    };
    import.lines.iter().map(|line| result(&line.result)).collect()
}

/// Who wrote what, in order: the customer (c) or staff (s).
async fn messages(database: &TestDatabase) -> Vec<(char, String)> {
    let events = content(database).await;
    let message = |event: &servicedesk_eventlog::Recorded| {
        let text = match event.event.as_ticket()? {
            TicketEvent::Opened { text, .. }
            | TicketEvent::ReplyAdded { text, .. }
            | TicketEvent::NoteAdded { text, .. } => text.shown().to_owned(),
            _ => return None,
        };
        let by = if matches!(event.metadata.actor, Actor::Customer(_)) { 'c' } else { 's' };
        Some((by, text))
    };
    events.iter().filter_map(message).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_zammad_desk_comes_with_its_conversations(system: System) {
    with_database(system, |database| async move {
        let csv = include_str!("samples/zammad.csv");
        let import = imported(&database, ZAMMAD, csv).await;
        let expected = [
            "opened",
            "assigned",
            "reply_added",
            "accepted",
            "note_added",
            "time_logged",
            "waiting_started",
            "reply_added waiting_ended",
            "transferred",
            "accepted resolved closed",
            "reopened reply_added",
        ];
        assert_eq!(became(&import), expected);
        let said = |by, text: &str| (by, text.to_owned());
        let conversation = [
            said('c', "Hello,\n\nmy \"order\" has not come.\nThank you"),
            said('s', "It was sent today."),
            said('s', "The store had lost it."),
            said('c', "It is here."),
            said('c', "One more thing."),
        ];
        assert_eq!(messages(&database).await, conversation);
        let events = content(&database).await;
        let work = events.iter().find_map(|event| match event.event.as_ticket()? {
            TicketEvent::TimeLogged { minutes, charging, .. } => Some((*minutes, charging.clone())),
            _ => None,
        });
        let (minutes, charging) = work.expect("work is logged");
        assert_eq!(minutes, 13, "begun minutes count");
        assert!(matches!(charging, Charging::Courtesy { .. }), "it was charged over there");
        let again = imported(&database, ZAMMAD, csv).await;
        assert_eq!((again.lines, again.summary.repeats), (import.lines, 11));
        assert_eq!(content(&database).await.len(), events.len());
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_osticket_desk_comes_with_its_threads(system: System) {
    with_database(system, |database| async move {
        let import = imported(&database, OSTICKET, include_str!("samples/osticket.csv")).await;
        let expected = [
            "opened",
            "assigned",
            "reply_added",
            "reply_added",
            "note_added",
            "transferred",
            "accepted resolved closed",
            "reopened",
            "reply_added",
            "accepted resolved closed",
        ];
        assert_eq!(became(&import), expected);
        let texts: Vec<_> = messages(&database).await.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts[..2], ["I cannot log in.", "Which version is it?"]);
        assert_eq!(texts[3], "=SUM(1) is what the log says", "texts come as they are");
        assert_eq!(import.summary.staff_registered, 2);
    })
    .await;
}

#[test]
fn a_mapping_has_what_its_actions_need() {
    for (action, key) in [
        ("reply_by_customer", "reply.text"),
        ("reply_by_staff", "reply.text"),
        ("open_or_reply", "reply.text"),
        ("assign", "columns.assignee"),
        ("transfer", "columns.department"),
        ("log_time", "columns.time_worked"),
    ] {
        let text = MAPPING.replace("remark = \"note\"", &format!("remark = \"{action}\""));
        let refused = Mapping::read(&text).expect_err("refused");
        assert!(matches!(refused, BadMapping::Needs { key: needed, .. } if needed == key));
    }
}
