//! Pages of what stands in the order in which it was recorded. A place in such a list is a position
//! in the log, which stays good while more arrives.

use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position};

use crate::fold::{Fault, Fold, read_rows};

/// The side of a position from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What comes next.
    After(Option<Position>),
    /// What comes before; of the whole list, its end.
    Before(Option<Position>),
}

/// One page of the rows that a query finds, oldest first. The query selects `body` and ends with a
/// condition; its table has a column `position`.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub(crate) async fn page<F: Fold>(
    db: &Db,
    mut query: Select,
    side: Side,
    limit: i64,
) -> Result<Vec<F::Row>, Fault> {
    let (position, beyond, direction) = match side {
        Side::After(position) => (position, ">", "ASC"),
        Side::Before(position) => (position, "<", "DESC"),
    };
    if let Some(position) = position {
        query = query.sql(&format!(" AND position {beyond} ")).value(position);
    }
    query = query.sql(&format!(" ORDER BY position {direction} LIMIT ")).value(limit);
    let mut rows = read_rows::<F>(db, query.texts(db).await?).await?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}
