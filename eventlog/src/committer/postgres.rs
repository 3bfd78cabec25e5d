//! The committer's two statements on PostgreSQL.

use std::collections::HashMap;

use sqlx::types::Json;
use sqlx::{Postgres, Row, Transaction};
use uuid::Uuid;

use super::Append;
use super::plan::{Facts, KnownCommand, Plan};
use crate::db::DbError;

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

const WRITE: &str = "
WITH new_events AS (
  INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                      payload, metadata, serial)
  SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version,
         payload::json, metadata::json, serial
  FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
              $7::text[], $8::text[], $9::bigint[])
    AS n(position, aggregate_type, aggregate_id, sequence, event_type, event_version,
         payload, metadata, serial)
), new_commands AS (
  INSERT INTO log_commands (command_id, fingerprint, aggregate_id, first_position, last_position,
                            refusal)
  SELECT * FROM UNNEST($10::uuid[], $11::bigint[], $12::text[], $13::bigint[], $14::bigint[],
                       $15::text[])
), new_serials AS (
  INSERT INTO log_serials (aggregate_type, last)
  SELECT * FROM UNNEST($16::text[], $17::bigint[])
  ON CONFLICT (aggregate_type) DO UPDATE SET last = excluded.last
)
UPDATE log_head SET position = $18 WHERE id = 1";

/// Reads what the plan needs. The lock is held already, and this statement's snapshot is newer
/// than the lock, so it sees whatever other processes committed before.
pub(super) async fn look_up(
    tx: &mut Transaction<'static, Postgres>,
    appends: &[Append],
    ids: &[Uuid],
) -> Result<Facts, DbError> {
    let types: Vec<&str> = appends.iter().map(|append| append.aggregate_type).collect();
    let aggregates: Vec<String> =
        appends.iter().map(|append| append.aggregate_id.to_string()).collect();
    let row =
        sqlx::query(LOOK_UP).bind(types).bind(aggregates).bind(ids).fetch_one(&mut **tx).await?;
    let Json(serials): Json<HashMap<String, i64>> = row.try_get("serials")?;
    let Json(known): Json<Vec<KnownCommand>> = row.try_get("known")?;
    Ok(Facts { head: row.try_get("head")?, sequences: row.try_get("sequences")?, serials, known })
}

/// Records the plan in one statement.
pub(super) async fn write(
    tx: &mut Transaction<'static, Postgres>,
    plan: &Plan,
) -> Result<(), DbError> {
    let recorded = &plan.recorded;
    let (rows, commands) = (&plan.rows, &plan.commands);
    let (numbered, serials): (Vec<&str>, Vec<i64>) =
        plan.serials.iter().map(|(name, last)| (*name, *last)).unzip();
    sqlx::query(WRITE)
        .bind(recorded.iter().map(|event| event.position).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.aggregate_type).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.aggregate_id.to_string()).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.sequence).collect::<Vec<_>>())
        .bind(recorded.iter().map(|event| event.event.event_type()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.event_version.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.payload.as_str()).collect::<Vec<_>>())
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
        .bind(plan.head)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
