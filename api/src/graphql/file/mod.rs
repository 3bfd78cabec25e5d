//! Files that people send, as GraphQL shows them (T2). Their bytes travel beside it, over HTTP.

pub mod error;
pub mod mutations;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::file::FileId;
use servicedesk_projections::file::files::FileRow;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::downloading;
use servicedesk_service::licensing::signed_links::SignedLink;

use crate::graphql::guards;
use crate::graphql::licensing::releases::absolute;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{config, data};
use crate::graphql::relay::global_id;
use crate::http::{downloads, uploads};

/// A file that somebody sent.
pub struct File(pub FileRow);

/// A file that somebody sent.
#[Object]
impl File {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.file_id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.shown()
    }

    /// Its length in bytes.
    async fn size(&self) -> u64 {
        self.0.bytes
    }

    /// Its media type, as its sender claims it. Null if they do not.
    #[graphql(name = "type")]
    async fn claimed_type(&self) -> Option<&String> {
        self.0.claimed_type.as_ref()
    }

    /// The media type that its first bytes are of. Null if they are of no known one, or have not
    /// come yet.
    async fn detected_type(&self) -> Option<&String> {
        self.0.detected_type.as_ref()
    }

    /// Its SHA-256 in hexadecimal digits. Null until all of it is there.
    async fn sha256(&self) -> Option<&String> {
        self.0.sha256.as_ref()
    }

    /// When its upload was requested.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When the last of it came. Null until then.
    async fn stored_at(&self) -> Option<DateTime<Utc>> {
        self.0.stored_at
    }

    /// Whether it is gone: withdrawn, not uploaded in time, or attached to nothing.
    async fn is_discarded(&self) -> bool {
        self.0.is_discarded
    }

    /// The address at which the caller downloads it, for an hour unless the vendor sets another
    /// time. Null while it is not there.
    async fn download_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        Ok(self.link(context, "downloads").await?)
    }

    /// The address at which a page shows it. Null if it is no picture and no text.
    async fn preview_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        if !downloads::is_shown(&self.0) {
            return Ok(None);
        }
        Ok(self.link(context, "previews").await?)
    }

    /// The address to which the caller sends it, by tus or by PUT. Null if it is not theirs to send,
    /// or is there.
    async fn upload_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        let is_senders = policy::has_sent(&guards::caller(context)?.identity, &self.0);
        let is_awaited = is_senders && self.0.stored_at.is_none() && !self.0.is_discarded;
        let path = is_awaited.then(|| absolute(context, &uploads::path(self.0.file_id)));
        Ok(path.transpose()?)
    }
}

impl File {
    async fn link(&self, context: &Context<'_>, kind: &str) -> Result<Option<String>, ApiError> {
        if !self.0.is_there() {
            return Ok(None);
        }
        let desk = data::<Desk>(context)?;
        let seconds = config(context)?.limits.file_link_seconds;
        let caller = guards::caller(context)?;
        let link: SignedLink = downloading::link(desk, caller, self.0.file_id, seconds);
        let pass = link.seal(data::<Loaders>(context)?.link_secret().await?);
        absolute(context, &format!("/{kind}/files/{pass}")).map(Some)
    }
}

/// The files of a message that the caller sees.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn of_message(context: &Context<'_>, ids: &[FileId]) -> Result<Vec<File>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(data::<Loaders>(context)?.files(ids).await?.into_iter().map(File).collect())
}

/// A file by its id, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(context: &Context<'_>, id: FileId) -> Result<Option<File>, ApiError> {
    let identity = &guards::caller(context)?.identity;
    let found = data::<Loaders>(context)?.files(&[id]).await?.pop();
    let Some(row) = found else { return Ok(None) };
    let may_see = downloading::may_see(data::<Desk>(context)?, identity, &row).await?;
    Ok(may_see.then_some(File(row)))
}
