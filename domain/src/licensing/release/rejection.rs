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
    #[error("there is no such product")]
    ProductNotFound,
    /// A version is written with few characters.
    #[error("a version has 1 to 50 Latin letters, digits and . + - _")]
    BadVersion,
    /// The notes are empty, too long or unprintable.
    #[error("the notes are not 1 to so many printable characters")]
    BadNotes(TextProblem),
    /// A file's name is written with few characters.
    #[error(
        "a file name has 1 to 100 Latin letters, digits and . + - _, and begins with none of these marks"
    )]
    BadFileName,
    /// The file is empty or too long.
    #[error("a file has 1 to {most} bytes")]
    SizeOutOfRange {
        /// The most there can be.
        most: u64,
    },
    /// The checksum is none.
    #[error("a SHA-256 has 64 hexadecimal digits")]
    BadChecksum,
    /// The product's version was published already; another file is another version.
    #[error("this version was published already")]
    VersionPublished,
    /// There is no such release.
    #[error("there is no such release")]
    ReleaseNotFound,
    /// Its file never came.
    #[error("the release was not published yet")]
    ReleaseNotPublished,
    /// It was withdrawn already.
    #[error("the release was withdrawn already")]
    ReleaseWithdrawn,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is not 1 to so many printable characters")]
    BadReason(TextProblem),
}

impl Rejection {
    /// The public code, for example `RELEASE_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
