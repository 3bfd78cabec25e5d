//! What every use case works with: the log, the read models, and how a command's context is made.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use servicedesk_domain::catalogue::{Catalogue, catalogue_id};
use servicedesk_domain::customer::{Customer, CustomerId};
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::sla::Book;
use servicedesk_domain::ticket::Circumstances;
use servicedesk_eventlog::{CommandContext, CommandId, Log, Origin, Position};
use servicedesk_projections::Positions;
use servicedesk_projections::runner::WaitError;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::file::store::FileStore;
use crate::mail::Outbox;
use crate::sla::book_cache::BookCache;

/// The log and the read models of this process.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The event log.
    pub log: Log,
    /// How far the read models are.
    pub positions: Positions,
    /// What requests were last measured by in this process.
    pub book_cache: BookCache,
    /// How far it is that what follows from events was done.
    pub reactions: Positions,
    /// Where the bytes of files are.
    pub files: FileStore,
    /// The messages that wait to be sent.
    pub outbox: Outbox,
    /// For how long a request may wait for the read models.
    pub patience: Duration,
}

/// What a caller says of a command beside its content.
#[derive(Debug, Clone, Copy)]
pub struct CommandRequest<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// The request that it came with.
    pub request_id: Uuid,
    /// The caller's own key, under which a repeat gets the first answer.
    pub idempotency_key: Option<Uuid>,
    /// The version that the caller has seen.
    pub expected_version: Option<i64>,
}

impl Desk {
    /// The catalogue as it is now.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, ApiError> {
        let shared = self.log.share_recent::<Catalogue>(catalogue_id().uuid()).await;
        shared.map_err(ApiError::from)
    }

    /// Everything that requests are measured by, as it is now.
    ///
    /// # Errors
    /// `Internal` if the catalogue cannot be read.
    pub async fn book(&self) -> Result<Arc<Book>, ApiError> {
        let catalogue = self.catalogue().await?;
        Ok(self.book_cache.book(&catalogue))
    }

    /// What every command on a ticket is decided by, beside the ticket and the command itself.
    ///
    /// # Errors
    /// `Internal`, if the catalogue cannot be read.
    pub async fn circumstances(&self, at: Moment) -> Result<Circumstances, ApiError> {
        let catalogue = self.catalogue().await?;
        let policy = catalogue.ticket_policy.clone();
        Ok(Circumstances { at, policy, book: self.book_cache.book(&catalogue) })
    }

    /// Whether there is such a customer, who was not erased.
    ///
    /// # Errors
    /// `Internal` if it cannot be read.
    pub async fn has_customer(&self, id: CustomerId) -> Result<bool, ApiError> {
        let found = self.log.load_recent::<Customer>(id.uuid()).await;
        let (customer, _) = found.map_err(ApiError::from)?;
        Ok(customer.is_there())
    }

    /// Waits until the read models show everything up to a position.
    ///
    /// # Errors
    /// `BadUserInput` for a position that was never given out, `Internal` if they are too slow.
    pub async fn consistent_with(&self, position: Position) -> Result<(), ApiError> {
        if position > self.log.head() {
            self.log.look_for_news();
            let head = servicedesk_eventlog::reader::head(self.log.db()).await?;
            if position > head {
                return Err(ApiError::BadUserInput(format!(
                    "the log has no position {position} yet"
                )));
            }
        }
        Ok(self.positions.wait_for(position, self.patience).await?)
    }

    /// Waits until everything is done that follows from what was recorded up to a position, and
    /// the read models show it.
    ///
    /// # Errors
    /// `BadUserInput` for a position that was never given out, `Internal` if it takes too long.
    pub async fn settled(&self, position: Position) -> Result<(), ApiError> {
        self.consistent_with(position).await?;
        self.reactions.wait_for(position, self.patience).await?;
        self.log.look_for_news();
        let head = servicedesk_eventlog::reader::head(self.log.db()).await?;
        Ok(self.positions.wait_for(head, self.patience).await?)
    }

    /// The same for a payload, whose command is recorded whatever becomes of the rest: where what
    /// follows takes too long, it is shown later.
    ///
    /// # Errors
    /// `Internal` if the read models are too slow to show even the command.
    pub async fn settled_if_soon(&self, position: Position) -> Result<(), ApiError> {
        match self.reactions.wait_for(position, self.patience).await {
            Ok(()) => self.settled(position).await,
            Err(WaitError::Behind { reached, asked }) => {
                tracing::warn!(reached, asked, "a payload does not show what follows yet");
                self.consistent_with(position).await
            }
            Err(error @ WaitError::Db(_)) => Err(error.into()),
        }
    }

    /// The moment that it is now.
    pub fn now(&self) -> Moment {
        self.log.now()
    }
}

/// The context of a caller's command. `content` is what tells two commands of one key apart.
///
/// # Errors
/// `Internal` if the content cannot be written as JSON.
pub fn context(
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    now: Moment,
) -> Result<CommandContext, ApiError> {
    let command_id = match request.idempotency_key {
        // The key is the caller's own: the same key of somebody else is another command.
        Some(key) => CommandId {
            id: Uuid::new_v5(&request.caller.person(), key.as_bytes()),
            origin: Origin::Repeatable,
        },
        None => clock::fresh_command(),
    };
    Ok(CommandContext {
        command_id,
        fingerprint: fingerprint(name, content)?,
        actor: request.caller.actor(),
        occurred_at: now,
        correlation_id: request.request_id,
        expected_sequence: request.expected_version,
        is_numbered: false,
    })
}

/// The context of a command that the program itself sends.
pub fn own_context(actor: Actor, now: Moment) -> CommandContext {
    let command_id = clock::fresh_command();
    CommandContext {
        command_id,
        fingerprint: 0,
        actor,
        occurred_at: now,
        correlation_id: command_id.id,
        expected_sequence: None,
        is_numbered: false,
    }
}

/// A number that differs for different commands.
///
/// # Errors
/// `Internal` if the content cannot be written as JSON.
pub fn fingerprint(name: &str, content: &impl Serialize) -> Result<i64, ApiError> {
    let json = serde_json::to_vec(content).map_err(|error| ApiError::internal(&error))?;
    let digest = Sha256::new().chain_update(name).chain_update([0]).chain_update(json).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    Ok(i64::from_be_bytes(first))
}
