//! A file as decisions see it. Folding an event in never fails.

use serde::{Deserialize, Serialize};

use super::events::{Attachment, FileEvent, Uploader};
use crate::kernel::Moment;

/// A file that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct File {
    /// What was requested; none before.
    pub requested: Option<Requested>,
    /// When its last bytes came.
    pub stored_at: Option<Moment>,
    /// Which message has it.
    pub claim: Option<Claim>,
    /// Whether it is gone.
    pub is_discarded: bool,
}

/// What was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Who sends it.
    pub uploader: Uploader,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, if the sender said it.
    pub sha256: Option<String>,
    /// Until when its bytes may come.
    pub expires_at: Moment,
}

/// That a message has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The message.
    pub to: Attachment,
    /// Since when.
    pub attached_at: Moment,
    /// Whether the message is known to be recorded.
    pub is_kept: bool,
}

impl File {
    /// Folds one event in.
    pub fn evolve(&mut self, event: FileEvent) {
        match event {
            FileEvent::Requested { uploader, bytes, sha256, expires_at, .. } => {
                self.requested = Some(Requested { uploader, bytes, sha256, expires_at });
            }
            FileEvent::Stored { stored_at, .. } => self.stored_at = Some(stored_at),
            FileEvent::Attached { to, attached_at } => {
                self.claim = Some(Claim { to, attached_at, is_kept: false });
            }
            FileEvent::Released { .. } => self.claim = None,
            FileEvent::Kept => {
                if let Some(claim) = &mut self.claim {
                    claim.is_kept = true;
                }
            }
            FileEvent::Discarded { .. } => self.is_discarded = true,
        }
    }
}
