//! Mutations on files.

use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use serde::Serialize;
use servicedesk_domain::file::FileId;
use servicedesk_service::desk::Desk;
use servicedesk_service::file::uploading::{self, NewFile};

use super::{File, visible};
use crate::graphql::licensing::releases::absolute;
use crate::graphql::mutation::{self, Outcome, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::{config, data};
use crate::http::uploads;

/// Asks to send a file.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RequestUploadInput {
    /// The name of the file.
    pub name: String,
    /// Its length in bytes.
    pub size: i64,
    /// Its media type, for example `image/png`, if the client knows it.
    #[graphql(name = "type")]
    #[serde(rename = "type")]
    pub claimed_type: Option<String>,
    /// Its SHA-256 in hexadecimal digits. If it is given, a file with another one is not kept.
    pub sha256: Option<String>,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// The result of a mutation on a file.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct FilePayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

#[ComplexObject]
impl FilePayload {
    /// The file. Null on a refusal.
    async fn file(&self, context: &Context<'_>) -> Result<Option<File>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(visible(context, FileId::new(executed.aggregate_id)).await?)
    }

    /// The address to which the file is sent within a day, in as many requests as it needs (tus
    /// 1.0) or in one PUT, by the caller alone. Null on a refusal.
    async fn upload_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        let path = uploads::path(FileId::new(executed.aggregate_id));
        Ok(Some(absolute(context, &path)?))
    }
}

/// Mutations on files.
#[derive(Default)]
pub struct FileMutation;

#[Object]
impl FileMutation {
    /// Asks to send a file, which then can be attached to a message by its id: once, by the caller,
    /// within a day after it was sent.
    async fn request_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RequestUploadInput,
    ) -> Result<Payload<RequestUploadInput, FilePayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let limits = config(context)?.limits.of_files();
        let RequestUploadInput { name, size, claimed_type, sha256, key: _ } = input;
        let new = NewFile { name, bytes: size, claimed_type, sha256 };
        let done = uploading::request_upload(acting, new, limits).await;
        Ok(FilePayload { outcome: Outcome::of(context, done)? }.into())
    }
}
