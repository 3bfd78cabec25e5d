//! Which reaction handles which event. A reaction is shown every event, and gives the key that
//! orders it and the work together, so nothing that it handles can be left out.

use std::collections::BTreeMap;
use std::path::Path;

use servicedesk_service::reaction::KeySource;
use servicedesk_service::reactions::table::REACTIONS;

use crate::support::app::App;
use crate::support::on_sqlite;
use crate::support::samples::samples;

/// The events that lead to anything: each with its reactions and what they are ordered by.
const HANDLED: [(&str, &[(&str, &str)]); 25] = [
    ("application.approved.v1", &[("grant", "application")]),
    ("application.submitted.v1", &[("record_statement", "trading_account")]),
    ("application.ticket_requested.v1", &[("open_ticket", "application")]),
    ("customer.erased.v1", &[("forget_person", "login")]),
    ("email_address.claimed.v1", &[("open_login", "login")]),
    ("email_address.claimed_on_invitation.v1", &[("open_login", "login")]),
    ("file.discarded.v1", &[("remove_bytes", "file")]),
    // This one is for no account, so it gets no key.
    ("licence.granted.v1", &[("settle", "support_account")]),
    ("licence.granted.v1.time_zone", &[("settle", "support_account")]),
    (
        "licence.granted.v2",
        &[("settle", "support_account"), ("issue_link", "licence"), ("issue_key", "licence")],
    ),
    ("licence.rebound.v1", &[("issue_key", "licence")]),
    ("licence.renewed.v1", &[("settle", "support_account"), ("issue_key", "licence")]),
    ("licence.revoked.v1", &[("settle", "support_account"), ("revoke", LOOKED_UP)]),
    ("staff.deactivated.v1", &[("end_access", "login"), ("return_tickets", "staff_member")]),
    ("ticket.accepted.v1", &[("relinquish", "ticket")]),
    ("ticket.assigned.v1", &[("relinquish", "ticket")]),
    ("ticket.collaborator_joined.v1", &[("relinquish", "ticket")]),
    ("ticket.reopened.v1", &[("relinquish", "ticket")]),
    ("ticket.time_logged.v1", &[("settle", LOOKED_UP)]),
    ("ticket.time_logged.v2", &[("settle", LOOKED_UP)]),
    ("ticket.time_logged.v2.overlap_reason", &[("settle", LOOKED_UP)]),
    ("ticket.time_logged.v2.started_at", &[("settle", LOOKED_UP), ("stop_timer", "staff_member")]),
    ("ticket.time_marked_courtesy.v1", &[("settle", LOOKED_UP)]),
    ("ticket.time_reversed.v1", &[("settle", LOOKED_UP)]),
    ("trading_account.advisors_granted.v1", &[("approve", "trading_account")]),
];
/// The key is not in the event.
const LOOKED_UP: &str = "looked up";

#[tokio::test]
async fn each_event_leads_to_the_reactions_that_handle_it() {
    on_sqlite(|database| async move {
        let app = App::start(&database).await;
        let desk = &app.service.app.desk;
        let mut handled: BTreeMap<String, Vec<(&str, String)>> = BTreeMap::new();
        for (name, event) in samples() {
            for reaction in REACTIONS {
                let Some(planned) = (reaction.plan)(desk, &event) else { continue };
                let key = match planned.key {
                    KeySource::Known(key) => {
                        let kind = key.as_str().split(':').next();
                        kind.expect("a kind").to_owned()
                    }
                    KeySource::LookUp(_) => LOOKED_UP.to_owned(),
                };
                handled.entry(name.clone()).or_default().push((reaction.name, key));
            }
        }
        let expected = HANDLED.map(|(name, reactions)| {
            let owned = reactions.iter().map(|(reaction, key)| (*reaction, (*key).to_owned()));
            (name.to_owned(), owned.collect::<Vec<_>>())
        });
        assert_eq!(handled, BTreeMap::from(expected));
        let mut unused: Vec<_> = REACTIONS.iter().map(|reaction| reaction.name).collect();
        unused.retain(|name| !handled.values().flatten().any(|(handles, _)| handles == name));
        assert!(unused.is_empty(), "no sample leads to {unused:?}");
    })
    .await;
}

/// Features give reactions to the list; the list calls features. So they must not know the list.
#[test]
fn no_feature_imports_the_list_of_reactions() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../service/src");
    let mut folders = vec![source.clone()];
    let (mut read, mut found) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && path != source.join("reactions") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                read += 1;
                let text = std::fs::read_to_string(&path).expect("a file");
                if text.contains("crate::reactions") {
                    found.push(path);
                }
            }
        }
    }
    assert!(read > 50, "only {read} files were looked at");
    assert!(found.is_empty(), "{found:?}");
}
