//! Mutations on licences: granting, binding anew, renewing, revoking.

use std::str::FromStr;

use async_graphql::{Context, ID, InputObject, Object, OutputType, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::licensing::LicenceId;
use servicedesk_domain::licensing::licence::Rejection;
use uuid::Uuid;

use super::codes::{
    GrantLicenceErrorCode, IssueDownloadLinkErrorCode, RebindLicenceErrorCode,
    RenewLicenceErrorCode, RevokeLicenceErrorCode,
};
use super::{Licence, LicenceKind, visible};
use crate::graphql::old_mutation::{
    self as mutation, MutationKeys, Outcome, RefusalFacts, UserError,
};
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, parse_id};
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::licensing::messages::message;
use servicedesk_service::licensing::use_cases::{self, NewLicence};

/// What came of a mutation on a licence; `C` is the closed list of its refusals.
pub struct LicencePayload<C> {
    outcome: Outcome<Rejection>,
    codes: std::marker::PhantomData<fn() -> C>,
}

/// What came of the mutation.
#[Object(
    concrete(name = "GrantLicencePayload", params(GrantLicenceErrorCode)),
    concrete(name = "RebindLicencePayload", params(RebindLicenceErrorCode)),
    concrete(name = "RenewLicencePayload", params(RenewLicenceErrorCode)),
    concrete(name = "IssueDownloadLinkPayload", params(IssueDownloadLinkErrorCode)),
    concrete(name = "RevokeLicencePayload", params(RevokeLicenceErrorCode))
)]
impl<C: OutputType + FromStr> LicencePayload<C>
where
    UserError<C>: OutputType,
{
    /// The licence with the change in it; none where it was refused.
    async fn licence(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, LicenceId::new(executed.aggregate_id)).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = context.data::<RequestInfo>()?.language;
        let told = |rejection: Rejection| {
            let facts = match rejection {
                Rejection::CustomerNotFound => RefusalFacts::of_field("customerId"),
                Rejection::ProductNotFound => RefusalFacts::of_field("productId"),
                Rejection::LicenceNotFound
                | Rejection::LicenceRevoked
                | Rejection::LicenceExpired
                | Rejection::LicenceNotBegun
                | Rejection::LinkReplaced
                | Rejection::LinkExpired
                | Rejection::NotARental => RefusalFacts::of_field("licenceId"),
                Rejection::TermOutOfRange { most } => RefusalFacts {
                    limit: Some(u64::from(most)),
                    ..RefusalFacts::of_field("months")
                },
                Rejection::AccountsMissing | Rejection::AccountsUnchanged => {
                    RefusalFacts::of_field("accountNumbers")
                }
                Rejection::EndMissing | Rejection::EndNotAllowed | Rejection::EndNotAfterStart => {
                    RefusalFacts::of_field("validUntil")
                }
                Rejection::TooFar { latest, .. } => {
                    RefusalFacts { until: Some(latest), ..RefusalFacts::default() }
                }
                Rejection::BadReason(_) => RefusalFacts::of_field("reason"),
                Rejection::BadAccountNumber(_) => RefusalFacts::of_field("accountNumbers"),
                Rejection::TooManyAccounts { most } => RefusalFacts {
                    limit: u64::try_from(most).ok(),
                    ..RefusalFacts::of_field("accountNumbers")
                },
                Rejection::AlreadyGranted => RefusalFacts::default(),
            };
            UserError::with(rejection.code(), message(rejection, language), facts)
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// Grants a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct GrantLicenceInput {
    /// Whose it is to be.
    pub customer_id: ID,
    /// For which product.
    pub product_id: ID,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when it is valid; now, where not given.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; required for a rental, not allowed for an unlimited licence.
    pub valid_until: Option<DateTime<Utc>>,
    /// The trading accounts that its key is to be bound to, ten at most; without any there is no
    /// key.
    pub account_numbers: Option<Vec<String>>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Revokes a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RevokeLicenceInput {
    /// Which licence.
    pub licence_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Binds a licence to other accounts.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RebindLicenceInput {
    /// Which licence.
    pub licence_id: ID,
    /// The trading accounts that it is to be bound to, in place of those before; ten at most.
    pub account_numbers: Vec<String>,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Renews a rental.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RenewLicenceInput {
    /// Which licence.
    pub licence_id: ID,
    /// For how many months more.
    pub months: i32,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Issues a download link.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct IssueDownloadLinkInput {
    /// For which licence.
    pub licence_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on licences.
#[derive(Default)]
pub struct LicenceMutation;

#[Object]
impl LicenceMutation {
    /// Grants a customer a licence, which brings a package of free support. For licensing.
    async fn grant_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: GrantLicenceInput,
    ) -> Result<LicencePayload<GrantLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let new = NewLicence {
            customer_id: parse_id(&input.customer_id)?,
            product_id: parse_id(&input.product_id)?,
            kind: input.kind.into(),
            valid_from: input.valid_from,
            valid_until: input.valid_until,
            account_numbers: input.account_numbers.clone().unwrap_or_default(),
        };
        let desk = data::<Desk>(context)?;
        let done = use_cases::grant(desk, request, &input, new).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Revokes a licence from now on: work done later draws nothing from its package. For
    /// licensing.
    async fn revoke_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeLicenceInput,
    ) -> Result<LicencePayload<RevokeLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let licence_id = parse_id(&input.licence_id)?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = use_cases::revoke(desk, request, &input, licence_id, reason).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Binds a licence to other accounts from now on, which makes another key; the keys before hold
    /// no more. For licensing.
    async fn rebind_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RebindLicenceInput,
    ) -> Result<LicencePayload<RebindLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let licence_id = parse_id(&input.licence_id)?;
        let desk = data::<Desk>(context)?;
        let to = (input.account_numbers.as_slice(), input.reason.clone());
        let done = use_cases::rebind(desk, request, &input, licence_id, to).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Renews a rental by whole months, which makes another key; the key before holds until its own
    /// end. For licensing.
    async fn renew_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RenewLicenceInput,
    ) -> Result<LicencePayload<RenewLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let licence_id = parse_id(&input.licence_id)?;
        let desk = data::<Desk>(context)?;
        let months = i64::from(input.months);
        let done = use_cases::renew(desk, request, &input, licence_id, months).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Issues a link by which the newest release of the licence's product is downloaded, for some
    /// days; the link before is good no more. For the licence's customer, and for licensing.
    async fn issue_download_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IssueDownloadLinkInput,
    ) -> Result<LicencePayload<IssueDownloadLinkErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let licence_id = parse_id(&input.licence_id)?;
        let desk = data::<Desk>(context)?;
        let done = use_cases::issue_link(desk, request, &input, licence_id).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }
}
