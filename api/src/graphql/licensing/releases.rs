//! Releases and download links as GraphQL shows them (R3).

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_projections::licensing::licences::LicenceRow;
use servicedesk_projections::licensing::releases::{self as rows, ReleaseRow as Row, Which};

use crate::config::Config;
use crate::graphql::catalogue::Product;
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::{self, Outcome, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{EventPosition, global_id, parse_id};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::publishing::{self, NewRelease};
use servicedesk_service::licensing::signed_links::{self, SignedLink};

/// The most releases that are shown of a product.
const MAX_RELEASES: usize = 100;

/// A version of a product, to download.
pub struct Release(Row);

/// A version of a product, to download.
#[Object]
impl Release {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.release_id)
    }

    /// The product.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&self.0.product_id).cloned().map(Product))
    }

    /// The version.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// What is new in it.
    async fn notes(&self) -> &str {
        &self.0.notes
    }

    /// The name under which its file is saved.
    async fn file_name(&self) -> &str {
        &self.0.file.name
    }

    /// The file's length in bytes.
    async fn bytes(&self) -> u64 {
        self.0.file.bytes
    }

    /// The file's SHA-256 in hexadecimal digits.
    async fn sha256(&self) -> &str {
        &self.0.file.sha256
    }

    /// The moment from which it can be downloaded. Null while its file is awaited.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// The moment from which it can no longer be downloaded. Null if it was not withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawal.as_ref().map(|withdrawal| withdrawal.at)
    }

    /// The reason why it was withdrawn. For staff only.
    async fn withdrawal_reason(&self, context: &Context<'_>) -> Option<&String> {
        let withdrawal = self.0.withdrawal.as_ref().filter(|_| guards::staff_sees(context));
        withdrawal.map(|withdrawal| &withdrawal.reason)
    }
}

/// A link with which the newest release of a licence's product is downloaded.
#[derive(SimpleObject)]
pub struct DownloadLink {
    /// The address. Anybody who has it can download.
    url: String,
    /// The moment until which it is valid.
    expires_at: DateTime<Utc>,
    /// How many downloads were started with it.
    uses: u32,
    /// Whether it has not expired and its licence is not revoked.
    is_valid: bool,
}

/// The link of a licence, as its customer and licensing see it.
///
/// # Errors
/// `Internal` if there is no secret to sign it with.
pub async fn link_of(
    context: &Context<'_>,
    licence: &LicenceRow,
) -> Result<Option<DownloadLink>, ApiError> {
    let Some(link) = licence.link else { return Ok(None) };
    let desk = data::<Desk>(context)?;
    let secret = signed_links::secret(&desk.log).await.map_err(ApiError::from)?;
    let pass = SignedLink::Download(licence.licence_id, link.number, link.expires_at).seal(&secret);
    Ok(Some(DownloadLink {
        url: absolute(context, &format!("/downloads/{pass}"))?,
        expires_at: link.expires_at,
        uses: link.uses,
        is_valid: desk.now() < link.expires_at && licence.revocation.is_none(),
    }))
}

/// The path, after the public address if one is configured.
///
/// # Errors
/// `Internal`, which is a mistake in the program.
pub fn absolute(context: &Context<'_>, path: &str) -> Result<String, ApiError> {
    let config = data::<Arc<Config>>(context)?;
    let base = config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    Ok(format!("{base}{path}"))
}

/// Queries on releases.
#[derive(Default)]
pub struct ReleaseQuery;

#[Object]
impl ReleaseQuery {
    /// A product's releases, the newest first, at most 100: those that can be downloaded, and for
    /// staff also those whose file is awaited or that were withdrawn.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn releases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The product.")] product_id: ID,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Vec<Release>> {
        let product_id: ProductId = parse_id(&product_id)?;
        query::begin(context, consistent_with).await?;
        Ok(of_product(context, product_id).await?)
    }
}

/// A product's releases that the caller may see, the newest first, at most 100.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn of_product(
    context: &Context<'_>,
    product_id: ProductId,
) -> Result<Vec<Release>, ApiError> {
    let which = if guards::staff_sees(context) { Which::All } else { Which::Offered };
    let db = data::<Desk>(context)?.log.db();
    let rows = rows::of_product(db, product_id, which, MAX_RELEASES).await?;
    Ok(rows.into_iter().map(Release).collect())
}

/// A release, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    release_id: ReleaseId,
) -> Result<Option<Release>, ApiError> {
    let found = rows::by_id(data::<Desk>(context)?.log.db(), release_id).await?;
    let may_see = |row: &Row| row.is_offered() || guards::staff_sees(context);
    Ok(found.filter(may_see).map(Release))
}

/// The result of a mutation on a release.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ReleasePayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

#[ComplexObject]
impl ReleasePayload {
    /// The release, as changed. Null on a refusal.
    async fn release(&self, context: &Context<'_>) -> Result<Option<Release>> {
        Ok(self.row(context).await?.map(Release))
    }

    /// The address to which the announced file is uploaded by PUT, within 24 hours. Null if no file
    /// is awaited.
    async fn upload_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        let awaited = self.row(context).await?.filter(|row| row.published_at.is_none());
        let Some(row) = awaited else { return Ok(None) };
        let path = publishing::upload_path(data::<Desk>(context)?, row.release_id).await?;
        Ok(Some(absolute(context, &path)?))
    }
}

impl ReleasePayload {
    async fn row(&self, context: &Context<'_>) -> Result<Option<Row>, ApiError> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        let desk = data::<Desk>(context)?;
        desk.consistent_with(executed.position).await?;
        Ok(rows::by_id(desk.log.db(), ReleaseId::new(executed.aggregate_id)).await?)
    }
}

/// Announces a version of a product.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct PublishReleaseInput {
    /// The product.
    pub product_id: ID,
    /// The version. Until its file has arrived, it may be announced again.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// The name under which its file is saved.
    pub file_name: String,
    /// The file's length in bytes.
    pub bytes: i64,
    /// The file's SHA-256 in hexadecimal digits.
    pub sha256: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Withdraws a release.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct WithdrawReleaseInput {
    /// The release.
    pub release_id: ID,
    /// The reason.
    pub reason: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Mutations on releases.
#[derive(Default)]
pub struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Announces a version of a product. It is published when its file has been uploaded by PUT to
    /// the `uploadUrl`, as announced. For licensing.
    async fn publish_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: PublishReleaseInput,
    ) -> Result<Payload<PublishReleaseInput, ReleasePayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let max_bytes = data::<Arc<Config>>(context)?.limits.release_bytes;
        let done = publishing::publish_release(acting, input.read()?, max_bytes).await;
        Ok(ReleasePayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Withdraws a release: from now on links give the newest of the others. For licensing.
    async fn withdraw_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: WithdrawReleaseInput,
    ) -> Result<Payload<WithdrawReleaseInput, ReleasePayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let id = parse_id(&input.release_id)?;
        let done = publishing::withdraw_release(acting, id, input.reason).await;
        Ok(ReleasePayload { outcome: Outcome::of(context, done)? }.into())
    }
}

impl PublishReleaseInput {
    fn read(self) -> Result<NewRelease> {
        Ok(NewRelease {
            product_id: parse_id(&self.product_id)?,
            version: self.version,
            notes: self.notes,
            file_name: self.file_name,
            bytes: self.bytes,
            sha256: self.sha256,
        })
    }
}
