//! Mutations on licences: granting, rebinding, renewing, revoking, and download links.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::licensing::LicenceId;

use super::releases::{DownloadLink, link_of};
use super::{Licence, LicenceKind, visible};
use crate::graphql::mutation::{self, Outcome, RetryKey};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;
use servicedesk_service::desk::Desk;
use servicedesk_service::licensing::granting::{self, NewLicence};
use servicedesk_service::licensing::{keys, links};

/// The result of a mutation on a licence.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LicencePayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

#[ComplexObject]
impl LicencePayload {
    /// The licence, as changed. Null on a refusal.
    async fn licence(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        self.changed(context).await
    }
}

impl LicencePayload {
    async fn changed(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, LicenceId::new(executed.aggregate_id)).await?)
    }
}

/// The result of issuing a download link.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct DownloadLinkPayload {
    #[graphql(flatten)]
    of_licence: LicencePayload,
}

#[ComplexObject]
impl DownloadLinkPayload {
    /// The link that was issued. Null on a refusal.
    async fn download_link(&self, context: &Context<'_>) -> Result<Option<DownloadLink>> {
        let Some(licence) = self.of_licence.changed(context).await? else { return Ok(None) };
        Ok(link_of(context, &licence.0).await?)
    }
}

/// What a mutation on a licence is about.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OnLicence {
    /// The licence.
    pub licence_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Grants a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct GrantLicenceInput {
    /// The customer who gets it.
    pub customer_id: ID,
    /// The licensed product.
    pub product_id: ID,
    /// The terms.
    pub kind: LicenceKind,
    /// The moment from which it is valid. Now if omitted.
    pub valid_from: Option<DateTime<Utc>>,
    /// The moment until which it is valid. Required for a rental, not allowed for an unlimited
    /// licence.
    pub valid_until: Option<DateTime<Utc>>,
    /// The trading accounts that its key is bound to, at most 10. Without any there is no key.
    pub account_numbers: Option<Vec<String>>,
    #[graphql(flatten)]
    #[serde(flatten)]
    key: RetryKey,
}

/// Revokes a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RevokeLicenceInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    on: OnLicence,
    /// The reason.
    pub reason: String,
}

/// Binds a licence to other accounts.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RebindLicenceInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    on: OnLicence,
    /// The trading accounts that it is bound to from now on, instead of those before. At most 10.
    pub account_numbers: Vec<String>,
    /// The reason.
    pub reason: String,
}

/// Renews a rental.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RenewLicenceInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    on: OnLicence,
    /// The number of months that it lasts longer.
    pub months: i32,
}

/// Issues a download link.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct IssueDownloadLinkInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    on: OnLicence,
}

/// Mutations on licences.
#[derive(Default)]
pub struct LicenceMutation;

#[Object]
impl LicenceMutation {
    /// Grants a customer a licence, which comes with a package of free support. For licensing.
    async fn grant_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: GrantLicenceInput,
    ) -> Result<Payload<GrantLicenceInput, LicencePayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let done = granting::grant_licence(acting, input.read()?).await;
        Ok(LicencePayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Revokes a licence from now on: work that is done later no longer draws on its package. For
    /// licensing.
    async fn revoke_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RevokeLicenceInput,
    ) -> Result<Payload<RevokeLicenceInput, LicencePayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.licence_id)?;
        let done = granting::revoke_licence(acting, id, input.reason).await;
        Ok(LicencePayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Binds a licence to other accounts from now on. It gets another key, and the keys before are
    /// no longer valid. For licensing.
    async fn rebind_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RebindLicenceInput,
    ) -> Result<Payload<RebindLicenceInput, LicencePayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.licence_id)?;
        let done = keys::rebind_licence(acting, id, &input.account_numbers, input.reason).await;
        Ok(LicencePayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Renews a rental by whole months. It gets another key, and the key before stays valid until
    /// its own end. For licensing.
    async fn renew_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RenewLicenceInput,
    ) -> Result<Payload<RenewLicenceInput, LicencePayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.licence_id)?;
        let done = keys::renew_licence(acting, id, input.months.into()).await;
        Ok(LicencePayload { outcome: Outcome::of(context, done)? }.into())
    }

    /// Issues a link with which the newest release of the licence's product is downloaded, for some
    /// days. The link before is no longer valid. For the licence's customer and for licensing.
    async fn issue_download_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: IssueDownloadLinkInput,
    ) -> Result<Payload<IssueDownloadLinkInput, DownloadLinkPayload>> {
        let acting = mutation::begin(context, &input, input.on.key)?;
        let id = parse_id(&input.on.licence_id)?;
        let done = links::issue_download_link(acting, id).await;
        let of_licence = LicencePayload { outcome: Outcome::of(context, done)? };
        Ok(DownloadLinkPayload { of_licence }.into())
    }
}

impl GrantLicenceInput {
    fn read(self) -> Result<NewLicence> {
        Ok(NewLicence {
            customer_id: parse_id(&self.customer_id)?,
            product_id: parse_id(&self.product_id)?,
            kind: self.kind.into(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            account_numbers: self.account_numbers.unwrap_or_default(),
        })
    }
}
