//! The facts for which a change about a release is refused.

use serde::{Deserialize, Serialize};

use crate::kernel::TextProblem;

/// Why a change about a release is refused. `strum` gives each its public code, for example
/// `RELEASE_NOT_FOUND`.
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
    /// The named product does not exist or is no longer offered.
    #[error("the product does not exist")]
    ProductNotFound,
    /// A version is written with few characters.
    #[error("a version must have 1 to 50 Latin letters, digits and . + - _")]
    BadVersion,
    /// The notes are empty, too long or unprintable.
    #[error("the notes are empty, too long or contain control characters")]
    BadNotes(TextProblem),
    /// A file's name is written with few characters.
    #[error(
        "a file name must have 1 to 100 Latin letters, digits and . + - _, and begin with a \
         letter or digit"
    )]
    BadFileName,
    /// The file is empty or too long.
    #[error("the file must have 1 to {most} bytes")]
    SizeOutOfRange {
        /// The most there can be.
        most: u64,
    },
    /// The checksum is none.
    #[error("a SHA-256 must have 64 hexadecimal digits")]
    BadChecksum,
    /// The product's version was published already; another file is another version.
    #[error("this version has already been published")]
    VersionPublished,
    /// There is no such release.
    #[error("the release does not exist")]
    ReleaseNotFound,
    /// Its file never came.
    #[error("the release has not been published yet")]
    ReleaseNotPublished,
    /// It was withdrawn already.
    #[error("the release has already been withdrawn")]
    ReleaseWithdrawn,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is empty, too long or contains control characters")]
    BadReason(TextProblem),
}

impl Rejection {
    /// The public code, for example `RELEASE_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
