//! Releases and download links as GraphQL shows them (R3).

use std::str::FromStr;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, OutputType, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_domain::licensing::release::Rejection;
use servicedesk_projections::licensing::licences::Licences;
use servicedesk_projections::licensing::releases::{self as rows, Releases as Row, Which};
use strum::EnumString;
use uuid::Uuid;

use crate::config::Config;
use crate::graphql::catalogue::Product;
use crate::graphql::guards::StaffOnly;
use crate::graphql::loaders::Loaders;
use crate::graphql::old_mutation::{
    self as mutation, MutationKeys, Outcome, RefusalFacts, UserError,
};
use crate::graphql::query::{self, data};
use crate::graphql::relay::{EventPosition, global_id, parse_id};
use servicedesk_service::access::{Identity, RequestInfo};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::messages::release_message;
use servicedesk_service::licensing::releases::{self, NewRelease};
use servicedesk_service::licensing::signed_links::{self, SignedLink};

/// The most releases that are shown of a product.
const MOST: usize = 100;

/// A version of a product, to download.
pub struct Release(Row);

/// A version of a product, to download.
#[Object]
impl Release {
    /// By which mutations name it.
    async fn id(&self) -> ID {
        global_id(self.0.release_id)
    }

    /// Of which product.
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

    /// Under which name its file is saved.
    async fn file_name(&self) -> &str {
        &self.0.file.name
    }

    /// How many bytes the file has.
    async fn bytes(&self) -> u64 {
        self.0.file.bytes
    }

    /// The file's SHA-256 in hexadecimal digits.
    async fn sha256(&self) -> &str {
        &self.0.file.sha256
    }

    /// From when it can be downloaded; none while its file is awaited.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// From when it is downloaded no more, if it was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawal.as_ref().map(|withdrawal| withdrawal.at)
    }

    /// Why it was withdrawn. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn withdrawal_reason(&self) -> Option<&String> {
        self.0.withdrawal.as_ref().map(|withdrawal| &withdrawal.reason)
    }
}

/// A link by which the newest release of a licence's product is downloaded.
#[derive(SimpleObject)]
pub struct DownloadLink {
    /// Where; whoever has the link can download.
    url: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// How many downloads were begun by it.
    uses: u32,
    /// Whether it is good now, as far as it is the link's own time.
    is_good: bool,
}

/// The link of a licence, as its customer and staff see it.
///
/// # Errors
/// `Internal`, where there is no secret to sign it with.
pub async fn link_of(
    context: &Context<'_>,
    licence: &Licences,
) -> Result<Option<DownloadLink>, ApiError> {
    let Some(link) = licence.link else { return Ok(None) };
    let desk = data::<Desk>(context)?;
    let secret =
        signed_links::secret(&desk.log).await.map_err(|error| ApiError::internal(&error))?;
    let pass = SignedLink::Download(licence.licence_id, link.number, link.expires_at).seal(&secret);
    Ok(Some(DownloadLink {
        url: absolute(context, &format!("/downloads/{pass}"))?,
        expires_at: link.expires_at,
        uses: link.uses,
        is_good: desk.now() < link.expires_at && licence.revocation.is_none(),
    }))
}

/// The path with the address before it that is configured, if one is.
fn absolute(context: &Context<'_>, path: &str) -> Result<String, ApiError> {
    let config = data::<Arc<Config>>(context)?;
    let base = config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    Ok(format!("{base}{path}"))
}

/// Queries on releases.
#[derive(Default)]
pub struct ReleaseQuery;

#[Object]
impl ReleaseQuery {
    /// A product's releases, the newest first, 100 at most: those that can be downloaded; for staff
    /// those as well that are awaited or were withdrawn.
    async fn releases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which product.")] product_id: ID,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Vec<Release>> {
        let product_id: ProductId = parse_id(&product_id)?;
        let (desk, caller) = query::begin(context, consistent_with).await?;
        let which = match caller.identity {
            Identity::Customer(_) => Which::Offered,
            Identity::Staff(_) => Which::All,
        };
        let found = rows::of_product(desk.log.db(), product_id, which, MOST).await;
        Ok(found.map_err(ApiError::from)?.into_iter().map(Release).collect())
    }
}

/// Why a release is not announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PublishReleaseErrorCode {
    /// There is no such product on offer.
    ProductNotFound,
    /// A version has 1 to 50 Latin letters, digits and `.+-_`.
    BadVersion,
    /// The notes are empty, too long or unprintable.
    BadNotes,
    /// A file name has 1 to 100 Latin letters, digits and `.+-_`, and begins with none of these
    /// marks.
    BadFileName,
    /// The file is empty, or longer than `limit` bytes.
    SizeOutOfRange,
    /// A SHA-256 has 64 hexadecimal digits.
    BadChecksum,
    /// This version was published already.
    VersionPublished,
}

/// Why a release is not withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum WithdrawReleaseErrorCode {
    /// There is no such release.
    ReleaseNotFound,
    /// The release was not published yet.
    ReleaseNotPublished,
    /// The release was withdrawn already.
    ReleaseWithdrawn,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// What came of a mutation on a release; `C` is the closed list of its refusals.
pub struct ReleasePayload<C> {
    outcome: Outcome<Rejection>,
    codes: std::marker::PhantomData<fn() -> C>,
}

/// What came of the mutation.
#[Object(
    concrete(name = "PublishReleasePayload", params(PublishReleaseErrorCode)),
    concrete(name = "WithdrawReleasePayload", params(WithdrawReleaseErrorCode))
)]
impl<C: OutputType + FromStr> ReleasePayload<C>
where
    UserError<C>: OutputType,
{
    /// The release with the change in it; none where it was refused.
    async fn release(&self, context: &Context<'_>) -> Result<Option<Release>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        let desk = data::<Desk>(context)?;
        desk.consistent_with(executed.position).await?;
        let found = rows::by_id(desk.log.db(), ReleaseId::new(executed.aggregate_id)).await;
        Ok(found.map_err(ApiError::from)?.map(Release))
    }

    /// Where the announced file is sent, by PUT, within 24 hours; none where nothing is awaited.
    async fn upload_url(&self, context: &Context<'_>) -> Result<Option<String>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        let (desk, release_id) = (data::<Desk>(context)?, ReleaseId::new(executed.aggregate_id));
        desk.consistent_with(executed.position).await?;
        let found = rows::by_id(desk.log.db(), release_id).await.map_err(ApiError::from)?;
        if found.is_none_or(|row| row.published_at.is_some()) {
            return Ok(None);
        }
        let path = releases::upload_path(desk, release_id).await?;
        Ok(Some(absolute(context, &path)?))
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = context.data::<RequestInfo>()?.language;
        let told = |rejection: Rejection| {
            let facts = match rejection {
                Rejection::ProductNotFound => RefusalFacts::of_field("productId"),
                Rejection::BadVersion | Rejection::VersionPublished => {
                    RefusalFacts::of_field("version")
                }
                Rejection::BadNotes(_) => RefusalFacts::of_field("notes"),
                Rejection::BadFileName => RefusalFacts::of_field("fileName"),
                Rejection::SizeOutOfRange { most } => {
                    RefusalFacts { limit: Some(most), ..RefusalFacts::of_field("bytes") }
                }
                Rejection::BadChecksum => RefusalFacts::of_field("sha256"),
                Rejection::ReleaseNotFound
                | Rejection::ReleaseNotPublished
                | Rejection::ReleaseWithdrawn => RefusalFacts::of_field("releaseId"),
                Rejection::BadReason(_) => RefusalFacts::of_field("reason"),
            };
            UserError::with(rejection.code(), release_message(rejection, language), facts)
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// Announces a version of a product.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct PublishReleaseInput {
    /// Of which product.
    pub product_id: ID,
    /// Which version; until its file is there, it may be announced anew.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// Under which name its file is saved.
    pub file_name: String,
    /// How many bytes the file has.
    pub bytes: i64,
    /// The file's SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Withdraws a release.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct WithdrawReleaseInput {
    /// Which release.
    pub release_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on releases.
#[derive(Default)]
pub struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Announces a version of a product. It is published when its file has come by PUT to the
    /// `uploadUrl`, as it was announced. For licensing.
    async fn publish_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: PublishReleaseInput,
    ) -> Result<ReleasePayload<PublishReleaseErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let new = NewRelease {
            product_id: parse_id(&input.product_id)?,
            version: input.version.clone(),
            notes: input.notes.clone(),
            file_name: input.file_name.clone(),
            bytes: input.bytes,
            sha256: input.sha256.clone(),
        };
        let most = data::<Arc<Config>>(context)?.limits.release_bytes;
        let desk = data::<Desk>(context)?;
        let done = releases::announce(desk, request, &input, new, most).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(ReleasePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Withdraws a release: links give the newest of the others from now on. For licensing.
    async fn withdraw_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: WithdrawReleaseInput,
    ) -> Result<ReleasePayload<WithdrawReleaseErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let release_id = parse_id(&input.release_id)?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = releases::withdraw(desk, request, &input, release_id, reason).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(ReleasePayload { outcome, codes: std::marker::PhantomData })
    }
}
