//! The facts for which something about a file is refused.

use serde::{Deserialize, Serialize};

/// Why a change about a file is refused. `strum` gives each its public code, for example
/// `FILE_NOT_FOUND`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// The name is empty, too long, a path or unprintable.
    #[error("a file name must have 1 to {most} printable characters and no slash")]
    BadFileName {
        /// The most characters.
        most: usize,
    },
    /// The media type is none.
    #[error("the media type must be one like image/png")]
    BadMediaType,
    /// The file is empty or too long (T2).
    #[error("the file must have 1 to {most} bytes")]
    SizeOutOfRange {
        /// The most there can be.
        most: u64,
    },
    /// The checksum is none.
    #[error("a SHA-256 must have 64 hexadecimal digits")]
    BadChecksum,
    /// The customer's files would be too long together.
    #[error("all files of a customer may have {most} bytes together; {left} are left")]
    QuotaExceeded {
        /// The most there can be.
        most: u64,
        /// How many are left.
        left: u64,
    },
    /// There is no such file, or it is somebody else's.
    #[error("the file does not exist")]
    FileNotFound,
    /// Its bytes are still awaited.
    #[error("the file has not been uploaded yet")]
    FileNotStored,
    /// Its bytes are all there.
    #[error("the file has already been uploaded")]
    FileStored,
    /// Another message has it.
    #[error("the file is already attached to a message")]
    FileAttached,
    /// It did not come in time.
    #[error("the upload has expired")]
    UploadExpired,
    /// It is gone.
    #[error("the file has been discarded")]
    FileDiscarded,
    /// It is not over yet, so it is not discarded.
    #[error("the file is in use")]
    FileInUse,
}

impl Rejection {
    /// The public code, for example `FILE_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
