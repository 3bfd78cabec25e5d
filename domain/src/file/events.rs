//! What is stored of a file, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::staff::StaffMemberId;
use crate::ticket::{MessageId, TicketId};

/// A fact about a file.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum FileEvent {
    /// Somebody wants to send a file; its bytes are awaited.
    #[serde(rename = "file.requested")]
    #[strum(serialize = "file.requested")]
    Requested {
        /// Who sends it.
        uploader: Uploader,
        /// Its name, as the sender's device calls it.
        name: Personal<String>,
        /// How long it is.
        bytes: u64,
        /// Its media type, as the sender claims it.
        claimed_type: Option<String>,
        /// Its SHA-256 in 64 small hexadecimal digits, if the sender says it.
        sha256: Option<String>,
        /// Until when its bytes may come.
        expires_at: Moment,
    },
    /// All its bytes are there.
    #[serde(rename = "file.stored")]
    #[strum(serialize = "file.stored")]
    Stored {
        /// Their SHA-256 in 64 small hexadecimal digits.
        sha256: String,
        /// The media type that the first bytes are of; null if they are of no known one.
        detected_type: Option<String>,
        /// When the last of them came.
        stored_at: Moment,
    },
    /// A message claims the file, and no other message gets it.
    #[serde(rename = "file.attached")]
    #[strum(serialize = "file.attached")]
    Attached {
        /// The message.
        to: Attachment,
        /// When it was claimed.
        attached_at: Moment,
    },
    /// The message that claimed the file was not recorded.
    #[serde(rename = "file.released")]
    #[strum(serialize = "file.released")]
    Released {
        /// The message.
        from: Attachment,
    },
    /// The message that claimed the file is recorded, so the file is kept with it.
    #[serde(rename = "file.kept")]
    #[strum(serialize = "file.kept")]
    Kept,
    /// The file is gone, or never came.
    #[serde(rename = "file.discarded")]
    #[strum(serialize = "file.discarded")]
    Discarded {
        /// Why.
        reason: DiscardReason,
        /// From when on.
        discarded_at: Moment,
    },
}

/// Who sends a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uploader {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(StaffMemberId),
}

/// The message that has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// Which message of it.
    pub place: Place,
}

/// Which message of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The request itself.
    Request,
    /// A public message.
    Reply(MessageId),
    /// An internal message, for staff only.
    Note(MessageId),
}

/// Why a file is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscardReason {
    /// Its sender does not want it.
    Withdrawn,
    /// It has another SHA-256 than its sender said.
    OtherChecksum,
    /// It did not come whole in time, or no message got it.
    Expired,
    /// The customer whom it concerns was erased (A3).
    Erased,
}

impl DomainEvent for FileEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
