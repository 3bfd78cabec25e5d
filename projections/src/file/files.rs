//! Which files there are: of whom, of which message, how much room they take, and which wait for
//! something that is overdue (T2).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::decide::PATIENCE;
use servicedesk_domain::file::{Attachment, FileEvent, FileId, Uploader};
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;
use crate::ticket::micros;

/// A file that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The file.
    pub file_id: FileId,
    /// Who sends it.
    pub uploader: Uploader,
    /// Its name.
    pub name: Personal<String>,
    /// How long it is.
    pub bytes: u64,
    /// Its media type, as its sender claims it.
    pub claimed_type: Option<String>,
    /// The media type that its first bytes are of, if they are of a known one.
    pub detected_type: Option<String>,
    /// Its SHA-256; none until all of it is there.
    pub sha256: Option<String>,
    /// When it was asked for.
    pub requested_at: Moment,
    /// When the last of it came.
    pub stored_at: Option<Moment>,
    /// Which message has it.
    pub attachment: Option<Attachment>,
    /// Whether it is gone.
    pub is_discarded: bool,
    /// When the time is over for what it waits for; none if it waits for nothing.
    pub due_at: Option<Moment>,
    /// The position of its first event in the log.
    pub position: Position,
}

impl FileRow {
    /// Whether all of it is there to be downloaded.
    pub const fn is_there(&self) -> bool {
        self.stored_at.is_some() && !self.is_discarded
    }

    fn requested(event: &Recorded) -> Result<Self, Fault> {
        let Event::File(FileEvent::Requested {
            uploader,
            name,
            bytes,
            claimed_type,
            expires_at,
            ..
        }) = &event.event
        else {
            return Err(Fault::unprojectable(event, "a file begins with its request"));
        };
        Ok(Self {
            file_id: FileId::new(event.aggregate_id),
            uploader: *uploader,
            name: name.clone(),
            bytes: *bytes,
            claimed_type: claimed_type.clone(),
            detected_type: None,
            sha256: None,
            requested_at: event.metadata.occurred_at,
            stored_at: None,
            attachment: None,
            is_discarded: false,
            due_at: Some(*expires_at),
            position: event.position,
        })
    }
}

impl Fold for FileRow {
    const NAME: &'static str = "files";
    const VERSION: i64 = 1;
    const COLUMNS: &'static [Column] = &[
        Column { name: "uploader", kind: Kind::Text },
        Column { name: "ticket_id", kind: Kind::Text },
        Column { name: "kept_bytes", kind: Kind::Integer },
        Column { name: "due_at", kind: Kind::Integer },
        Column { name: "position", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "uploader, position", only_where: "" },
        Index { columns: "ticket_id", only_where: "ticket_id IS NOT NULL" },
        Index { columns: "due_at", only_where: "due_at IS NOT NULL" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::File(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let (Some(mut row), Event::File(file_event)) = (row, &event.event) else {
            return Self::requested(event);
        };
        let later = |moment: Moment| moment.checked_add_signed(PATIENCE);
        match file_event {
            FileEvent::Requested { .. } => {
                return Err(Fault::unprojectable(event, "the file was requested before"));
            }
            FileEvent::Stored { sha256, detected_type, stored_at } => {
                row.sha256 = Some(sha256.clone());
                row.detected_type.clone_from(detected_type);
                row.stored_at = Some(*stored_at);
                row.due_at = later(*stored_at);
            }
            FileEvent::Attached { to, attached_at } => {
                row.attachment = Some(*to);
                row.due_at = later(*attached_at);
            }
            FileEvent::Released { .. } => {
                row.attachment = None;
                row.due_at = row.stored_at.and_then(later);
            }
            FileEvent::Kept => row.due_at = None,
            FileEvent::Discarded { .. } => {
                row.is_discarded = true;
                row.due_at = None;
            }
        }
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let kept = if row.is_discarded { 0 } else { row.bytes };
        vec![Place {
            part: String::new(),
            cells: vec![
                uploader_text(row.uploader).into(),
                row.attachment.map(|attachment| attachment.ticket_id.to_string()).into(),
                i64::try_from(kept).unwrap_or(i64::MAX).into(),
                row.due_at.map(micros).into(),
                row.position.into(),
            ],
        }]
    }
}

fn uploader_text(uploader: Uploader) -> String {
    match uploader {
        Uploader::Customer(id) => id.to_string(),
        Uploader::Staff(id) => id.to_string(),
    }
}

/// The files with these ids; those that there are not are left out.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(db: &Db, ids: &[FileId]) -> Result<HashMap<FileId, FileRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM files WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<FileRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.file_id, row)).collect())
}

/// The file with this id.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_id(db: &Db, id: FileId) -> Result<Option<FileRow>, Fault> {
    Ok(by_ids(db, &[id]).await?.remove(&id))
}

/// How many bytes somebody's files have together that were requested up to a position, without
/// those that are gone.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn used_bytes(db: &Db, uploader: Uploader, up_to: Position) -> Result<u64, Fault> {
    let query = Select::new(
        "SELECT CAST(COALESCE(SUM(kept_bytes), 0) AS BIGINT) FROM files WHERE uploader = ",
    )
    .value(uploader_text(uploader))
    .sql(" AND position <= ")
    .value(up_to);
    Ok(query.number(db).await?.try_into().unwrap_or(0))
}

/// The files that concern a customer, without those that are gone: what they sent, and what others
/// sent on their tickets.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn concerning(db: &Db, customer_id: CustomerId) -> Result<Vec<FileRow>, Fault> {
    let query = Select::new("SELECT body FROM files WHERE uploader = ")
        .value(customer_id.to_string())
        .sql(" OR ticket_id IN (SELECT id FROM customer_tickets WHERE customer_id = ")
        .value(customer_id.to_string())
        .sql(") ORDER BY position");
    let mut rows = read_rows::<FileRow>(db, query.texts(db).await?).await?;
    rows.retain(|row| !row.is_discarded);
    Ok(rows)
}

/// The files whose time is over, the longest over first.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn due(db: &Db, now: Moment, limit: i64) -> Result<Vec<FileRow>, Fault> {
    let query = Select::new("SELECT body FROM files WHERE due_at <= ")
        .value(micros(now))
        .sql(" ORDER BY due_at LIMIT ")
        .value(limit);
    read_rows::<FileRow>(db, query.texts(db).await?).await
}
