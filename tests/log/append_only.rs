//! Nothing in the log can be changed or taken away, not even by the owner of the database (A1).

use super::whole;
use crate::support::System::{Postgres, Sqlite};
use crate::support::desk::{command, note, opened, run};
use crate::support::{System, with_database};
use crate::support::{TestDatabase, on_postgres, on_sqlite};
use test_case::test_case;

/// Two events and three commands, one of them refused.
async fn some_history(database: &TestDatabase) {
    let log = database.log().await;
    opened(&log, "1").await;
    run(&log, "1", note("a"), command("note")).await.expect("accepted");
    run(&log, "2", note("a"), command("refused")).await.expect_err("there is no such ticket");
    assert_eq!(whole(&log).await.len(), 2);
}

/// Every one of the statements is refused, and leaves the log as it was.
async fn all_refused(database: &TestDatabase, statements: &[&str]) {
    some_history(database).await;
    let tables = ["events", "log_commands"];
    let before = [database.table(tables[0]).await, database.table(tables[1]).await];
    for table in tables {
        for statement in statements {
            let sql = statement.replace("{table}", table);
            let refusal = database.run(&sql).await.expect_err(&sql).to_string();
            assert!(refusal.contains("append-only"), "{sql}: {refusal}");
        }
    }
    let after = [database.table(tables[0]).await, database.table(tables[1]).await];
    assert_eq!(before, after);
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn neither_events_nor_commands_can_be_changed_or_deleted(system: System) {
    with_database(system, |database| async move {
        let statements = [
            "UPDATE {table} SET aggregate_id = 'x'",
            "UPDATE {table} SET aggregate_id = aggregate_id WHERE aggregate_id <> ''",
            "DELETE FROM {table}",
            "DELETE FROM {table} WHERE aggregate_id <> ''",
        ];
        all_refused(&database, &statements).await;
    })
    .await;
}

#[tokio::test]
async fn the_tables_cannot_be_emptied_nor_their_rows_overwritten_on_postgresql() {
    on_postgres(|database| async move {
        let statements = ["TRUNCATE {table}", "TRUNCATE {table} CASCADE"];
        all_refused(&database, &statements).await;
        let is_owner = "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'events' \
             AND tableowner = CURRENT_USER";
        assert_eq!(database.number(is_owner).await, 1, "the test runs as the owner");
        let overwrite = "INSERT INTO events SELECT * FROM events \
             ON CONFLICT (position) DO UPDATE SET event_version = '2'";
        let refusal = database.run(overwrite).await.expect_err("refused").to_string();
        assert!(refusal.contains("append-only"), "{refusal}");
    })
    .await;
}

/// `REPLACE` deletes the row in its way without firing the trigger on deletion.
#[tokio::test]
async fn rows_cannot_be_replaced_on_sqlite() {
    on_sqlite(|database| async move {
        all_refused(
            &database,
            &[
                "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
                "REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
                "UPDATE OR REPLACE {table} SET aggregate_id = 'x'",
            ],
        )
        .await;
        // The row in the way need not have the same position.
        let columns = "aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
             metadata, serial";
        let same_sequence =
            format!("REPLACE INTO events SELECT position + 100, {columns} FROM events LIMIT 1");
        let same_serial = same_sequence.replace(
            "SELECT position + 100, aggregate_type, aggregate_id",
            "SELECT position + 100, aggregate_type, 'another'",
        );
        for sql in [same_sequence, same_serial] {
            let refusal = database.run(&sql).await.expect_err(&sql).to_string();
            assert!(refusal.contains("append-only"), "{sql}: {refusal}");
        }
    })
    .await;
}
