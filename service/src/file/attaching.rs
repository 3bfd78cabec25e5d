//! Attaching files to a message, in two steps: the files are claimed for it, and the ticket gets it
//! (T2).
//!
//! Only a file's own stream can tell that two messages want it. A refusal records nothing, so the
//! ticket is asked first whether it would take the message. If something breaks between the two
//! steps, the claim is looked at a day later (`expiry`), and a repeat goes on with it.

use servicedesk_domain::file::decide::may_attach;
use servicedesk_domain::file::{self, Attachment, File, FileId, Uploader};
use servicedesk_domain::ticket::decide::decide;
use servicedesk_domain::ticket::{Command, Rejection, Ticket};
use servicedesk_eventlog::{CommandContext, CommandId, ExecuteError};
use uuid::Uuid;

use super::uploading::sender;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};

/// Files that a message is to have.
#[derive(Debug, Clone, Default)]
pub struct Files {
    ids: Vec<FileId>,
    most: usize,
}

impl Files {
    /// These, each once, and so many at most.
    pub fn new(ids: Vec<FileId>, most: usize) -> Self {
        let mut files = Self { ids: Vec::with_capacity(ids.len()), most };
        for id in ids {
            if !files.ids.contains(&id) {
                files.ids.push(id);
            }
            if files.ids.len() > most {
                // More make it no more refused.
                break;
            }
        }
        files
    }

    /// Their ids, in the order in which they are shown.
    pub fn ids(&self) -> Vec<FileId> {
        self.ids.clone()
    }
}

/// Claims the files for a message if the ticket would take it and nothing speaks against them.
/// Nothing is claimed if it was answered before under the caller's key.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub(crate) async fn claim(
    acting: &Acting<'_>,
    files: &Files,
    to: Attachment,
    command: Command,
) -> Result<(), Failure<Rejection>> {
    if files.ids.is_empty() {
        return Ok(());
    }
    let by = sender(acting.caller)?;
    // The same answer, or the same failure, is given again without them.
    if !matches!(acting.answered_before::<Ticket>().await, Ok(None)) {
        return Ok(());
    }
    if files.ids.len() > files.most {
        return Err(Failure::Rejected(Rejection::TooManyFiles { max: files.most }));
    }
    let desk = acting.desk;
    let circumstances = desk.circumstances(acting.now()).await?;
    let ticket = desk.log.load::<Ticket>(to.ticket_id.uuid()).await;
    let (ticket, sequence) = ticket.map_err(ApiError::from)?;
    let seen = match by {
        Uploader::Customer(_) => sequence - ticket.unseen_by_customer,
        Uploader::Staff(_) => sequence,
    };
    if acting.context().expected_sequence.is_some_and(|expected| expected != seen) {
        // It conflicts, and nothing is claimed for it.
        return Ok(());
    }
    decide(&ticket, command, &circumstances).map_err(Failure::Rejected)?;
    for id in &files.ids {
        let (file, _) = desk.log.load::<File>(id.uuid()).await.map_err(ApiError::from)?;
        may_attach(&file, by, to).map_err(refused)?;
    }
    for (place, id) in files.ids.iter().enumerate() {
        if let Err(failure) = attach(acting, *id, by, to).await {
            release(acting, &files.ids[..place], to).await;
            return Err(failure);
        }
    }
    Ok(())
}

/// Gives the files back if the message was refused. If it is not known whether it was recorded, the
/// claim stays.
pub(crate) async fn settle<T>(
    acting: &Acting<'_>,
    files: &Files,
    to: Attachment,
    done: &Result<T, Failure<Rejection>>,
) {
    let is_refused = matches!(
        done,
        Err(Failure::Rejected(_)
            | Failure::Request(ApiError::Conflict { .. } | ApiError::Contended))
    );
    if is_refused {
        release(acting, &files.ids, to).await;
    }
}

async fn attach(
    acting: &Acting<'_>,
    id: FileId,
    by: Uploader,
    to: Attachment,
) -> Result<(), Failure<Rejection>> {
    let at = acting.now();
    let command = file::Command::Attach { by, to, at };
    let context = further(acting, &format!("attach {id} at {at}"));
    match acting.desk.log.execute::<File>(id.uuid(), command, context).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Rejected(rejection)) => Err(refused(rejection)),
        Err(error) => Err(ApiError::from(error).into()),
    }
}

/// What is not released is looked at a day later.
async fn release(acting: &Acting<'_>, ids: &[FileId], from: Attachment) {
    for id in ids {
        let command = file::Command::Release { from };
        let context = further(acting, &format!("release {id} at {}", acting.now()));
        let released = acting.desk.log.execute::<File>(id.uuid(), command, context).await;
        if let Err(error) = released {
            tracing::warn!(%error, "a claimed file was not released");
        }
    }
}

/// What a refusal of a file means for the message.
fn refused(rejection: file::Rejection) -> Failure<Rejection> {
    match rejection {
        file::Rejection::FileNotStored => Failure::Rejected(Rejection::FileNotStored),
        file::Rejection::FileAttached => Failure::Rejected(Rejection::FileAttached),
        file::Rejection::FileNotFound => Failure::Rejected(Rejection::FileNotFound),
        other => ApiError::internal(&other).into(),
    }
}

/// The context of a further command of the same request. It names the moment, so that a repeat asks
/// again: by then the file may be another's.
fn further(acting: &Acting<'_>, purpose: &str) -> CommandContext {
    let context = acting.context();
    let id = Uuid::new_v5(&context.command_id.id, purpose.as_bytes());
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, is_numbered: false, ..context }
}
