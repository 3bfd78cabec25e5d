//! Sealing as the log grows, and after a backup was put back.

use servicedesk_eventlog::seal::{self, Sealer, open_checkpoint};
use test_case::test_case;

use super::{attack, sealed};
use crate::support::System::{Postgres, Sqlite};
use crate::support::desk::{command, note, opened, run};
use crate::support::{System, TestDatabase, with_database};

/// Every tile as a text.
async fn tiles(database: &TestDatabase) -> Vec<Option<String>> {
    let hashes = if database.is_postgres() { "encode(hashes, 'hex')" } else { "HEX(hashes)" };
    let sql =
        format!("SELECT level || '/' || n || ' ' || {hashes} FROM log_tiles ORDER BY level, n");
    database.texts(&sql).await
}

/// Several tiles, a step at a time and by sealers that begin in the middle, give the tree that one
/// step over the whole log gives.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_tree_does_not_depend_on_the_steps(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let (log, outside) = (sealed.log.clone(), sealed.outside.clone());
        for number in 0..600 {
            let name = format!("more {number}");
            run(&log, "1", note(&name), command(&name)).await.expect("accepted");
            if number % 97 == 0 {
                sealed.sealer.step().await.expect("sealed");
            }
            if number % 200 == 0 {
                sealed.sealer = Sealer::new(log.db().clone(), outside.clone());
            }
        }
        assert_eq!(sealed.sealer.step().await.expect("sealed"), 605);
        let verified = sealed.verify().await.expect("sound");
        assert_eq!((verified.events, verified.sealed), (605, 605));
        let stored = tiles(&database).await;
        assert_eq!(stored.len(), 4, "two full tiles, the edge, and the level above");
        database.run("DELETE FROM log_tiles").await.expect("the owner can");
        let mut another = Sealer::new(log.db().clone(), outside);
        assert_eq!(another.step().await.expect("sealed"), 605);
        assert_eq!(tiles(&database).await, stored);
    })
    .await;
}

/// Two processes at once sign one after the other.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn two_sealers_do_not_contradict_each_other(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let another = database.log().await;
        let mut other = Sealer::new(another.db().clone(), sealed.outside.clone());
        for number in 0..20 {
            let name = format!("more {number}");
            run(&sealed.log, "1", note(&name), command(&name)).await.expect("accepted");
            let (one, two) = tokio::join!(sealed.sealer.step(), other.step());
            one.expect("sealed");
            two.expect("sealed");
        }
        sealed.sealer.step().await.expect("sealed");
        assert_eq!(sealed.verify().await.expect("sound").sealed, 25);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_log_from_before_is_refused_until_it_has_a_new_origin(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        // As a backup of the database alone brings it back.
        let back = "DELETE FROM events WHERE position > 3; UPDATE log_head SET position = 3; \
             DELETE FROM log_tiles; UPDATE log_seal SET checkpoint = NULL";
        attack(&database, back).await;
        let mut sealer = Sealer::new(sealed.db.clone(), sealed.outside.clone());
        for _ in 0..2 {
            let refusal = sealer.step().await.expect_err("refused").to_string();
            assert!(refusal.contains("the log has 3 events, and 5 were sealed"), "{refusal}");
            assert!(refusal.contains("servicedesk audit new-origin"), "{refusal}");
            let kept = seal::seal(&sealed.db).await.expect("read").expect("a seal");
            assert_eq!(kept.fault, Some(refusal));
        }
        // It does not help that the log grows beyond what was sealed.
        let log = database.log().await;
        for name in ["5", "6", "7"] {
            opened(&log, name).await;
        }
        let refusal = sealer.step().await.expect_err("refused").to_string();
        assert!(refusal.contains("the first 5 events are not those"), "{refusal}");
        let old = sealed.outside.read().expect("read");
        for wrong in ["", "a b", "a+b"] {
            sealer.begin_again(wrong).await.expect_err("no name");
        }
        sealer.begin_again("desk.example.com/2").await.expect("a new series");
        assert_eq!(sealer.step().await.expect("sealed"), 6);
        let key = sealed.verify().await.expect("sound").key;
        assert!(key.starts_with("desk.example.com/2+"), "{key}");
        let text = sealed.outside.read().expect("read").expect("a checkpoint");
        assert_eq!(open_checkpoint(&text, &key).map(|signed| signed.size), Ok(6));
        let kept = seal::seal(&sealed.db).await.expect("read").expect("a seal");
        assert_eq!((kept.signed_size(), kept.fault), (6, None));
        let folder = std::fs::read_dir(database.files()).expect("a folder");
        let texts = folder.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok());
        assert!(texts.into_iter().any(|text| Some(text) == old), "the old checkpoint is kept");
    })
    .await;
}
