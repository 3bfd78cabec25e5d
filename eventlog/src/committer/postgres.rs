//! The committer's two statements on PostgreSQL.

use std::collections::HashMap;

use sqlx::types::Json;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::Append;
use super::memory::Key;
use super::plan::{EventRow, Facts, KnownCommand, Plan};
use crate::failure::DbError;

const LOOK_UP: &str = "
SELECT
  (SELECT position FROM log_head WHERE id = 1) AS head,
  ARRAY(
    SELECT COALESCE((
      SELECT e.sequence FROM events e
      WHERE e.aggregate_type = k.aggregate_type AND e.aggregate_id = k.aggregate_id
      ORDER BY e.sequence DESC LIMIT 1), 0)
    FROM UNNEST($1::text[], $2::text[]) WITH ORDINALITY AS k(aggregate_type, aggregate_id, n)
    ORDER BY k.n) AS sequences,
  COALESCE((SELECT json_object_agg(aggregate_type, last) FROM log_serials), '{}') AS serials,
  COALESCE((
    SELECT json_agg(c) FROM log_commands c WHERE c.command_id = ANY($3::uuid[])), '[]') AS known";

/// Moves the head, if it is where the plan begins and the aggregates are where the plan takes them
/// to be, and with it writes the rest. Where it is not, nothing is written. Where another process
/// holds the head's lock, the first part waits for it, and then finds the head moved.
const WRITE: &str = "
WITH head AS (
  UPDATE log_head SET position = $18
  WHERE id = 1 AND position = $19 AND NOT EXISTS (
    SELECT FROM UNNEST($20::text[], $21::text[], $22::bigint[])
      AS a(aggregate_type, aggregate_id, sequence)
    WHERE a.sequence <> COALESCE((
      SELECT e.sequence FROM events e
      WHERE e.aggregate_type = a.aggregate_type AND e.aggregate_id = a.aggregate_id
      ORDER BY e.sequence DESC LIMIT 1), 0))
  RETURNING id
), new_events AS (
  INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                      payload, metadata, serial)
  SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version,
         payload::json, metadata::json, serial
  FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
              $7::text[], $8::text[], $9::bigint[])
    AS n(position, aggregate_type, aggregate_id, sequence, event_type, event_version,
         payload, metadata, serial)
  WHERE EXISTS (SELECT FROM head)
), new_commands AS (
  INSERT INTO log_commands (command_id, fingerprint, aggregate_id, first_position, last_position,
                            refusal)
  SELECT * FROM UNNEST($10::uuid[], $11::bigint[], $12::text[], $13::bigint[], $14::bigint[],
                       $15::text[])
  WHERE EXISTS (SELECT FROM head)
), new_serials AS (
  INSERT INTO log_serials (aggregate_type, last)
  SELECT * FROM UNNEST($16::text[], $17::bigint[])
  WHERE EXISTS (SELECT FROM head)
  ON CONFLICT (aggregate_type) DO UPDATE SET last = excluded.last
)
SELECT COUNT(*) FROM head";

/// Reads what the plan needs. The lock is held already, and this statement's snapshot is newer
/// than the lock, so it sees whatever other processes committed before.
pub(super) async fn look_up(
    connection: &mut PgConnection,
    appends: &[Append],
    ids: &[Uuid],
) -> Result<Facts, DbError> {
    let types: Vec<&str> = appends.iter().map(|append| append.aggregate_type).collect();
    let aggregates: Vec<String> =
        appends.iter().map(|append| append.aggregate_id.to_string()).collect();
    let row =
        sqlx::query(LOOK_UP).bind(types).bind(aggregates).bind(ids).fetch_one(connection).await?;
    let Json(serials): Json<HashMap<String, i64>> = row.try_get("serials")?;
    let Json(known): Json<Vec<KnownCommand>> = row.try_get("known")?;
    Ok(Facts { head: row.try_get("head")?, sequences: row.try_get("sequences")?, serials, known })
}

/// Records the plan in one statement, which is a transaction by itself where `connection` is not in
/// one. Tells whether it did: it does not where the log is not as the plan and `unchecked` take it
/// to be.
pub(super) async fn write(
    connection: &mut PgConnection,
    appends: &[Append],
    plan: &Plan,
    unchecked: &[(Key, i64)],
) -> Result<bool, DbError> {
    let Plan { recorded, rows, commands, before, head, .. } = plan;
    let new = |row: &EventRow| &appends[row.append].events[row.event];
    let (numbered, serials): (Vec<&str>, Vec<i64>) = plan.moved_serials().unzip();
    let moved: i64 = sqlx::query_scalar(WRITE)
        .bind(recorded.iter().map(|event| event.position).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| appends[row.append].aggregate_type).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.aggregate_id.to_string()).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.sequence).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.event.event_type()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| new(row).event_version.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| new(row).payload.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.metadata.as_str()).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.serial).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.command_id).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.fingerprint).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.aggregate_id.to_string()).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.first_position).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.last_position).collect::<Vec<_>>())
        .bind(commands.iter().map(|command| command.refusal.as_deref()).collect::<Vec<_>>())
        .bind(numbered)
        .bind(serials)
        .bind(head)
        .bind(before)
        .bind(unchecked.iter().map(|((kind, _), _)| *kind).collect::<Vec<_>>())
        .bind(unchecked.iter().map(|((_, id), _)| id.to_string()).collect::<Vec<_>>())
        .bind(unchecked.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>())
        .fetch_one(connection)
        .await?;
    Ok(moved == 1)
}
