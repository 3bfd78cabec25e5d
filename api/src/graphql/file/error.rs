//! Why mutations on files are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::file::Rejection;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::messages::message;
use strum::{EnumString, IntoStaticStr};

use crate::graphql::mutation::{Refusal, input_field, parse_code};
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// An expected refusal of a mutation on a file.
#[derive(Debug, Clone, SimpleObject)]
pub struct FileError {
    /// The fact that forbids it.
    pub code: FileErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// The limit that was exceeded. Null if the refusal is not about one.
    pub limit: Option<u64>,
}

/// Why a mutation on a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FileErrorCode {
    /// The name is empty, has more characters than `limit`, is a path or is not printable.
    BadFileName,
    /// The media type is none.
    BadMediaType,
    /// The file is empty or has more bytes than `limit`.
    SizeOutOfRange,
    /// The checksum is none.
    BadChecksum,
    /// All files of the customer would have more bytes than `limit` together.
    QuotaExceeded,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[FileErrorCode])] = {
    use FileErrorCode as Code;
    &[(
        "requestUpload",
        &[
            Code::BadFileName,
            Code::BadMediaType,
            Code::SizeOutOfRange,
            Code::BadChecksum,
            Code::QuotaExceeded,
        ],
    )]
};

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let field = match self {
            Self::BadFileName { .. } => Some("name"),
            Self::BadMediaType => Some("type"),
            Self::SizeOutOfRange { .. } => Some("size"),
            Self::BadChecksum => Some("sha256"),
            _ => None,
        };
        let limit = match self {
            Self::BadFileName { most } => u64::try_from(most).ok(),
            Self::SizeOutOfRange { most } | Self::QuotaExceeded { most, .. } => Some(most),
            _ => None,
        };
        let (code, field) = (parse_code(self.code())?, field.map(input_field));
        Ok(FileError { code, message, field, limit }.into())
    }
}
