//! What somebody with every right in the database may do to the log. Each is found and named.

use test_case::test_case;

use super::{attack, found, sealed};
use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};

const COLUMNS: &str = "aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
     metadata, serial";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_untouched_log_is_verified(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let verified = sealed.verify().await.expect("sound");
        assert_eq!((verified.events, verified.sealed), (5, 5));
        sealed.grow("c").await;
        let verified = sealed.verify().await.expect("sound");
        assert_eq!((verified.events, verified.sealed), (6, 6));
    })
    .await;
}

#[test_case(Sqlite, "aggregate_type = 'customer'"; "the_type_on_sqlite")]
#[test_case(Postgres, "aggregate_type = 'customer'"; "the_type_on_postgres")]
#[test_case(Sqlite, "aggregate_id = '00000000-0000-0000-0000-000000000001'"; "the_id_on_sqlite")]
#[test_case(Postgres, "aggregate_id = '00000000-0000-0000-0000-000000000001'"; "the_id_on_postgres")]
#[test_case(Sqlite, "sequence = 9"; "the_sequence_on_sqlite")]
#[test_case(Postgres, "sequence = 9"; "the_sequence_on_postgres")]
#[test_case(Sqlite, "event_type = 'Another'"; "the_events_type_on_sqlite")]
#[test_case(Postgres, "event_type = 'Another'"; "the_events_type_on_postgres")]
#[test_case(Sqlite, "event_version = '9'"; "the_version_on_sqlite")]
#[test_case(Postgres, "event_version = '9'"; "the_version_on_postgres")]
#[test_case(Sqlite, "payload = payload || ' '"; "the_payload_on_sqlite")]
#[test_case(Postgres, "payload = CAST(CAST(payload AS TEXT) || ' ' AS JSON)"; "the_payload_on_postgres")]
#[test_case(Sqlite, "metadata = REPLACE(metadata, '-', '+')"; "the_metadata_on_sqlite")]
#[test_case(Postgres, "metadata = CAST(REPLACE(CAST(metadata AS TEXT), '-', '+') AS JSON)"; "the_metadata_on_postgres")]
#[test_case(Sqlite, "metadata = metadata || ' '"; "a_blank_in_the_metadata_on_sqlite")]
#[test_case(Sqlite, "serial = 77"; "the_serial_on_sqlite")]
#[test_case(Postgres, "serial = 77"; "the_serial_on_postgres")]
#[test_case(Sqlite, "serial = NULL"; "no_serial_on_sqlite")]
#[test_case(Postgres, "serial = NULL"; "no_serial_on_postgres")]
#[tokio::test]
async fn a_changed_column_is_found(system: System, change: &str) {
    let change = &change;
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        attack(&database, &format!("UPDATE events SET {change} WHERE position = 2")).await;
        let expected = "event 2 is not the one that was sealed".to_owned();
        assert_eq!(sealed.found().await, (Some(2), expected));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_removed_or_moved_event_is_found(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        attack(&database, "UPDATE events SET position = 1002 WHERE position = 2").await;
        assert_eq!(sealed.found().await, (Some(2), "event 2 is missing".to_owned()));
        attack(&database, "DELETE FROM events WHERE position = 1002").await;
        assert_eq!(sealed.found().await, (Some(2), "event 2 is missing".to_owned()));
        let closed = "UPDATE events SET position = -position WHERE position > 2; \
             UPDATE events SET position = -position - 1 WHERE position < 0; \
             UPDATE log_head SET position = 4";
        attack(&database, closed).await;
        let expected = "event 2 is not the one that was sealed".to_owned();
        assert_eq!(sealed.found().await, (Some(2), expected));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_inserted_event_is_found(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        let another = COLUMNS
            .replace("aggregate_id", "'00000000-0000-0000-0000-000000000001'")
            .replace("serial", "NULL");
        let insert = |at: i64| {
            format!(
                "INSERT INTO events (position, {COLUMNS}) SELECT {at}, {another} FROM events \
                     WHERE position = 1"
            )
        };
        attack(&database, &insert(6)).await;
        let expected = "event 6 was not recorded by the service".to_owned();
        assert_eq!(sealed.found().await, (Some(6), expected));
        attack(&database, "DELETE FROM events WHERE position = 6").await;
        let room = "UPDATE events SET position = -position WHERE position > 2; \
             UPDATE events SET position = 1 - position WHERE position < 0; \
             UPDATE log_head SET position = 6";
        attack(&database, room).await;
        attack(&database, &insert(3)).await;
        let expected = "event 3 is not the one that was sealed".to_owned();
        assert_eq!(sealed.found().await, (Some(3), expected));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn swapped_events_are_found(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        let swap = "UPDATE events SET position = 100 WHERE position = 2; \
             UPDATE events SET position = 2 WHERE position = 4; \
             UPDATE events SET position = 4 WHERE position = 100";
        attack(&database, swap).await;
        let expected = "event 2 is not the one that was sealed".to_owned();
        assert_eq!(sealed.found().await, (Some(2), expected));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_lost_end_is_found_and_not_sealed(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        attack(&database, "DELETE FROM events WHERE position = 5").await;
        let expected = "the log ends before event 5, and 5 were sealed".to_owned();
        assert_eq!(sealed.found().await, (Some(5), expected.clone()));
        attack(&database, "UPDATE log_head SET position = 4").await;
        assert_eq!(sealed.found().await, (Some(5), expected));
        let refusal = sealed.sealer.step().await.expect_err("refused").to_string();
        assert!(refusal.contains("the log has 4 events, and 5 were sealed"), "{refusal}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_hash_that_was_changed_in_the_tree_is_told_from_a_changed_event(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        let change = if database.is_postgres() {
            "UPDATE log_tiles SET hashes = \
             set_byte(hashes, 40, (get_byte(hashes, 40) + 1) % 256)"
        } else {
            "UPDATE log_tiles SET hashes = CAST(SUBSTR(hashes, 1, 32) || zeroblob(32) || \
             SUBSTR(hashes, 65) AS BLOB)"
        };
        attack(&database, change).await;
        let expected = "the hash of event 2 in log_tiles was changed".to_owned();
        assert_eq!(sealed.found().await, (Some(2), expected));
    })
    .await;
}

/// The tree, too, is computed again, as somebody would who knows the program.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rewritten_history_with_a_tree_to_fit_it_is_found_and_not_sealed(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let rewrite = "UPDATE events SET event_version = '9' WHERE position = 2; \
             DELETE FROM log_tiles";
        attack(&database, rewrite).await;
        sealed.sealer = super::Sealer::new(sealed.db.clone(), sealed.outside.clone());
        let refusal = sealed.sealer.step().await.expect_err("refused").to_string();
        assert!(refusal.contains("the first 5 events are not those that were sealed"), "{refusal}");
        let (position, what) = sealed.found().await;
        assert_eq!(position, None);
        assert!(what.contains("the tree was changed to fit them"), "{what}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_forged_checkpoint_is_found(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        let text = sealed.outside.read().expect("read").expect("a checkpoint");
        let forged = text.replacen("\n5\n", "\n4\n", 1);
        database
            .run(&format!("UPDATE log_seal SET checkpoint = '{forged}'"))
            .await
            .expect("the owner can");
        let (_, what) = sealed.found().await;
        assert!(what.contains("the checkpoint in the database is wrong"), "{what}");
        database
            .run(&format!("UPDATE log_seal SET checkpoint = '{text}'"))
            .await
            .expect("the owner can");
        std::fs::write(sealed.outside.path(), forged).expect("written");
        let (_, what) = sealed.found().await;
        assert!(what.contains("checkpoint is wrong"), "{what}");
        std::fs::remove_file(sealed.outside.path()).expect("removed");
        let (_, what) = sealed.found().await;
        assert!(what.contains("is missing"), "{what}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_checkpoint_from_before_is_found_where_it_is_put(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let before = sealed.outside.read().expect("read").expect("a checkpoint");
        sealed.grow("c").await;
        let after = sealed.outside.read().expect("read").expect("a checkpoint");
        // What an auditor has kept is verified as well.
        let kept = Some(("my file".to_owned(), before.clone()));
        sealed.verify_with(None, kept).await.expect("sound");
        std::fs::write(sealed.outside.path(), &before).expect("written");
        let (_, what) = sealed.found().await;
        assert!(what.contains("checkpoint is an old one: it seals 5 events"), "{what}");
        let refusal = sealed.sealer.step().await.expect_err("refused").to_string();
        assert!(refusal.contains("is not the last one"), "{refusal}");
        std::fs::write(sealed.outside.path(), &after).expect("written");
        database
            .run(&format!("UPDATE log_seal SET checkpoint = '{before}'"))
            .await
            .expect("the owner can");
        let (_, what) = sealed.found().await;
        assert!(what.contains("the checkpoint in the database is an old one"), "{what}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_replaced_key_is_found_and_signs_nothing(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let key = sealed.verify().await.expect("sound").key;
        let replaced =
            format!("UPDATE secrets SET secret = '{}' WHERE name = 'log_seal'", "07".repeat(32));
        database.run(&replaced).await.expect("the owner can");
        let (_, what) = sealed.found().await;
        assert!(what.contains("it is not signed with the key of"), "{what}");
        let (_, what) = found(sealed.verify_with(Some(key), None).await);
        assert!(what.contains("the key was replaced"), "{what}");
        let refusal = sealed.sealer.step().await.expect_err("refused").to_string();
        assert!(refusal.contains("is not of this log and its key"), "{refusal}");
    })
    .await;
}
