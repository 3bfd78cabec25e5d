//! The committer's statements on SQLite. A batch travels as one JSON text, so that the statement's
//! text never changes and stays prepared.

use std::collections::HashMap;

use serde_json::json;
use sqlx::types::Json;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::Append;
use super::memory::Key;
use super::plan::{Facts, KnownCommand, Plan};
use crate::failure::DbError;

const LOOK_UP: &str = "
SELECT
  (SELECT position FROM log_head WHERE id = 1) AS head,
  (SELECT json_group_array(sequence) FROM (
    SELECT COALESCE((
      SELECT MAX(e.sequence) FROM events e
      WHERE e.aggregate_type = json_extract(k.value, '$[0]')
        AND e.aggregate_id = json_extract(k.value, '$[1]')), 0) AS sequence
    FROM json_each($1) k ORDER BY k.key)) AS sequences,
  (SELECT json_group_object(aggregate_type, last) FROM log_serials) AS serials,
  (SELECT json_group_array(json_object(
      'command_id', lower(hex(c.command_id)), 'fingerprint', c.fingerprint,
      'aggregate_id', c.aggregate_id, 'first_position', c.first_position,
      'last_position', c.last_position, 'refusal', c.refusal))
    FROM log_commands c
    WHERE c.command_id IN (SELECT unhex(i.value) FROM json_each($2) i)) AS known";

/// Moves the head, if it is where the plan begins and the aggregates are where the plan takes them
/// to be.
const MOVE_HEAD: &str = "
UPDATE log_head SET position = $1
WHERE id = 1 AND position = $2 AND NOT EXISTS (
  SELECT 1 FROM json_each($3) a
  WHERE json_extract(a.value, '$[1]') <> COALESCE((
    SELECT MAX(e.sequence) FROM events e
    WHERE e.aggregate_type = json_extract(a.value, '$[0][0]')
      AND e.aggregate_id = json_extract(a.value, '$[0][1]')), 0))";

const WRITE_EVENTS: &str = "
INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                    payload, metadata, serial)
SELECT json_extract(n.value, '$[0]'), json_extract(n.value, '$[1]'), json_extract(n.value, '$[2]'),
       json_extract(n.value, '$[3]'), json_extract(n.value, '$[4]'), json_extract(n.value, '$[5]'),
       json_extract(n.value, '$[6]'), json_extract(n.value, '$[7]'), json_extract(n.value, '$[8]')
FROM json_each($1) n ORDER BY n.key";

const WRITE_COMMANDS: &str = "
INSERT INTO log_commands (command_id, fingerprint, aggregate_id, first_position, last_position,
                          refusal)
SELECT unhex(json_extract(n.value, '$[0]')), json_extract(n.value, '$[1]'),
       json_extract(n.value, '$[2]'), json_extract(n.value, '$[3]'),
       json_extract(n.value, '$[4]'), json_extract(n.value, '$[5]')
FROM json_each($1) n";

const WRITE_SERIAL: &str = "
INSERT INTO log_serials (aggregate_type, last) VALUES ($1, $2)
ON CONFLICT (aggregate_type) DO UPDATE SET last = excluded.last";

/// Reads what the plan needs, under the write lock.
pub(super) async fn look_up(
    connection: &mut SqliteConnection,
    appends: &[Append],
    ids: &[Uuid],
) -> Result<Facts, DbError> {
    let aggregates: Vec<_> =
        appends.iter().map(|append| (append.aggregate_type, append.aggregate_id)).collect();
    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    let row = sqlx::query(LOOK_UP)
        .bind(json!(aggregates).to_string())
        .bind(json!(ids).to_string())
        .fetch_one(connection)
        .await?;
    let Json(sequences): Json<Vec<i64>> = row.try_get("sequences")?;
    let Json(serials): Json<HashMap<String, i64>> = row.try_get("serials")?;
    let Json(known): Json<Vec<KnownCommand>> = row.try_get("known")?;
    Ok(Facts { head: row.try_get("head")?, sequences, serials, known })
}

/// Records the plan. Tells whether it did: it does not where the log is not as the plan and
/// `unchecked` take it to be.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    appends: &[Append],
    plan: &Plan,
    unchecked: &[(Key, i64)],
) -> Result<bool, DbError> {
    let moved = sqlx::query(MOVE_HEAD)
        .bind(plan.head)
        .bind(plan.before)
        .bind(json!(unchecked).to_string())
        .execute(&mut *connection)
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    let events: Vec<_> = plan
        .recorded
        .iter()
        .zip(&plan.rows)
        .map(|(event, row)| {
            let append = &appends[row.append];
            let new = &append.events[row.event];
            json!([
                event.position,
                append.aggregate_type,
                event.aggregate_id,
                event.sequence,
                event.event.event_type(),
                new.event_version,
                new.payload,
                row.metadata,
                event.serial
            ])
        })
        .collect();
    let commands: Vec<_> = plan
        .commands
        .iter()
        .map(|command| {
            json!([
                command.command_id.simple().to_string(),
                command.fingerprint,
                command.aggregate_id,
                command.first_position,
                command.last_position,
                command.refusal
            ])
        })
        .collect();
    sqlx::query(WRITE_EVENTS).bind(json!(events).to_string()).execute(&mut *connection).await?;
    sqlx::query(WRITE_COMMANDS).bind(json!(commands).to_string()).execute(&mut *connection).await?;
    for (aggregate_type, last) in plan.moved_serials() {
        sqlx::query(WRITE_SERIAL).bind(aggregate_type).bind(last).execute(&mut *connection).await?;
    }
    Ok(true)
}
