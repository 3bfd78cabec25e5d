//! Files that nobody needs are discarded (T2): those that did not come whole within a day, and those
//! that no message claimed within a day. What a killed process left in the store is removed.
//!
//! What is due is asked of the read model, so nothing is lost over a restart; the file itself
//! decides, so it is discarded once, whichever process asks first.

use std::path::PathBuf;
use std::time::Duration;

use servicedesk_domain::file::decide::{Message, PATIENCE};
use servicedesk_domain::file::{Attachment, Command, File, FileId};
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_eventlog::ExecuteError;
use servicedesk_projections::file::files::{self, FileRow};

use super::store::StoreError;
use crate::background;
use crate::desk::{self, Desk};
use crate::error::ApiError;

/// How often is asked what is due; files are waited for by the day.
const PAUSE: Duration = Duration::from_mins(1);
const BATCH: usize = 100;
/// How often the store is looked through for what a killed process left.
const SWEEP_PAUSE: Duration = Duration::from_hours(1);

/// Discards what is due, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    background::every(PAUSE, BATCH, || discard_due(&desk)).await;
}

/// Removes what killed processes left, again and again, for as long as the process lives.
pub async fn run_sweeps(desk: Desk) {
    loop {
        if let Err(error) = sweep(&desk).await {
            tracing::warn!(%error, "the folder of files could not be looked through");
        }
        tokio::time::sleep(SWEEP_PAUSE).await;
    }
}

/// Discards up to a batch of files that are due, and gives how many were looked at.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn discard_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let due = files::due(desk.log.db(), now, most).await?;
    for row in &due {
        let command = Command::Expire { message: message_of(desk, row).await?, at: now };
        let context = desk::own_context(Actor::Scheduler, now);
        match desk.log.execute::<File>(row.file_id.uuid(), command, context).await {
            // Somebody was faster; the read model will show it.
            Ok(_) | Err(ExecuteError::Rejected(_) | ExecuteError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(due.len())
}

/// Whether the message that claims a file is recorded.
async fn message_of(desk: &Desk, row: &FileRow) -> Result<Message, ApiError> {
    let Some(Attachment { ticket_id, .. }) = row.attachment else { return Ok(Message::Missing) };
    let events = desk.log.read_aggregate("ticket", ticket_id.uuid(), 0, i64::MAX).await?;
    let has_it = events.iter().any(|recorded| {
        let event = recorded.event.as_ticket();
        event.is_some_and(|event| event.file_ids().contains(&row.file_id))
    });
    Ok(if has_it { Message::Recorded } else { Message::Missing })
}

/// Removes what killed processes left behind and nothing will use: what they were writing for more
/// than a day, and pieces that were to be checked, of files that are stored or gone.
///
/// # Errors
/// [`StoreError`] if the folder cannot be read, [`ApiError`] if the log cannot.
pub async fn sweep(desk: &Desk) -> Result<(), SweepError> {
    let before = desk.now().checked_sub_signed(PATIENCE).unwrap_or(Moment::MIN_UTC);
    let folder = desk.files.folder().to_path_buf();
    let staged = tokio::task::spawn_blocking(move || look_through(&folder, before)).await;
    for file_id in staged.map_err(std::io::Error::other)?? {
        let (file, _) = desk.log.load::<File>(file_id.uuid()).await.map_err(ApiError::from)?;
        if file.stored_at.is_some() || file.is_discarded || file.requested.is_none() {
            desk.files.clear_all_staged(file_id).await?;
        }
    }
    Ok(())
}

/// Why the store was not looked through.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The folder fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log fails.
    #[error(transparent)]
    Log(#[from] ApiError),
}

impl From<std::io::Error> for SweepError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Removes files that were being written before a moment, and gives the files with pieces that are
/// to be checked.
fn look_through(folder: &std::path::Path, before: Moment) -> std::io::Result<Vec<FileId>> {
    let mut staged = Vec::new();
    for path in listed(&folder.join("incoming"))? {
        let named = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        match named.filter(|_| path.is_dir()) {
            Some(file_id) => staged.push(file_id),
            // Where earlier versions wrote the files of releases.
            None => remove_if_older(&path, before)?,
        }
    }
    let mut folders = vec![folder.join("releases")];
    folders.extend(listed(&folder.join("files"))?);
    for folder in folders {
        for path in listed(&folder)? {
            // What the object store is writing has a mark and a number behind its name.
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.contains('#') {
                remove_if_older(&path, before)?;
            }
        }
    }
    Ok(staged)
}

fn listed(folder: &std::path::Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn remove_if_older(path: &std::path::Path, before: Moment) -> std::io::Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && Moment::from(metadata.modified()?) < before => {
            tracing::info!(path = %path.display(), "what a killed process was writing is removed");
            std::fs::remove_file(path)
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
