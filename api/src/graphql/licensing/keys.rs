//! Licence keys as GraphQL shows them, and the check that anybody may ask for (F6).

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::licensing::key::KeyProblem;
use servicedesk_domain::licensing::licence::KeyVerdict;
use servicedesk_projections::licensing::licences::{Key, LicenceRow};

use crate::graphql::query::data;
use crate::graphql::relay::parse_id;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::licensing::checking::{self, Answer, CheckLimit};

/// A key that a customer pastes into a product.
#[derive(SimpleObject)]
pub struct LicenceKey {
    /// The key.
    key: String,
    /// Key number within its licence, from 1.
    number: u16,
    /// The number of the vendor's signing key that signed it.
    signing_key: u16,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    /// Whether the licence was bound to other accounts since, so that the key is no longer valid.
    is_replaced: bool,
}

impl LicenceKey {
    /// A key of this licence.
    pub fn of(licence: &LicenceRow, key: &Key) -> Self {
        Self {
            key: key.key.shown().to_owned(),
            number: key.number,
            signing_key: key.signing_key,
            issued_at: key.issued_at,
            is_replaced: licence.is_replaced(key),
        }
    }
}

/// Whether a licence key is valid, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum LicenceKeyVerdict {
    /// The product may be run on this account now.
    Valid,
    /// It does not have the form of a licence key.
    Malformed,
    /// The vendor did not sign this key, or it was changed.
    Signature,
    /// The key is bound to other accounts.
    BoundElsewhere,
    /// The key is for another product.
    OtherProduct,
    /// The licence was revoked.
    Revoked,
    /// The licence was bound to other accounts; it has another key.
    Replaced,
    /// The licence has not begun yet.
    NotYetValid,
    /// The key has expired.
    Expired,
}

impl From<Answer> for LicenceKeyVerdict {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::NoKey(KeyProblem::Malformed) => Self::Malformed,
            Answer::NoKey(KeyProblem::Signature) => Self::Signature,
            Answer::Key(verdict, _) => match verdict {
                KeyVerdict::Valid => Self::Valid,
                KeyVerdict::BoundElsewhere => Self::BoundElsewhere,
                KeyVerdict::OtherProduct => Self::OtherProduct,
                KeyVerdict::Revoked => Self::Revoked,
                KeyVerdict::Replaced => Self::Replaced,
                KeyVerdict::NotYetValid => Self::NotYetValid,
                KeyVerdict::Expired => Self::Expired,
            },
        }
    }
}

/// The result of checking a licence key.
#[derive(SimpleObject)]
pub struct LicenceKeyCheck {
    /// Whether the key is valid, and if not, why.
    verdict: LicenceKeyVerdict,
    /// Whether the product may be run on this account now.
    is_valid: bool,
    /// The moment until which the key is valid. Null if it is not valid or has no end.
    valid_until: Option<DateTime<Utc>>,
}

/// A public signing key, with which a product checks licence keys itself.
#[derive(SimpleObject)]
pub struct SigningKey {
    /// The number that licence keys refer to.
    number: u16,
    /// Its 32 bytes (Ed25519) in hexadecimal digits.
    public_key: String,
}

/// Queries on licence keys.
#[derive(Default)]
pub struct LicenceKeyQuery;

#[Object]
impl LicenceKeyQuery {
    /// Checks whether a key is valid for an account. Anybody may ask; the number of checks from one
    /// address is limited.
    async fn check_licence_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The key, as it was pasted.")] key: String,
        #[graphql(desc = "The account on which the product runs.")] account_number: String,
        #[graphql(desc = "The product that runs; the key must be for it.")] product_id: Option<ID>,
    ) -> Result<LicenceKeyCheck> {
        let desk = data::<Desk>(context)?;
        let address = data::<RequestInfo>(context)?.address;
        data::<CheckLimit>(context)?.spend(address, desk.now())?;
        let product_id = product_id.as_ref().map(parse_id).transpose()?;
        let answer = checking::check(desk, &key, &account_number, product_id).await?;
        let verdict = answer.into();
        let valid_until = match answer {
            Answer::Key(_, until) => until,
            Answer::NoKey(_) => None,
        };
        Ok(LicenceKeyCheck { verdict, is_valid: verdict == LicenceKeyVerdict::Valid, valid_until })
    }

    /// The vendor's public signing keys. The last one signs new keys. For anybody.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn licence_signing_keys(&self, context: &Context<'_>) -> Result<Vec<SigningKey>> {
        let keys = servicedesk_service::licensing::signing::keys(&data::<Desk>(context)?.log).await;
        let keys = keys.map_err(servicedesk_service::error::ApiError::from)?;
        let shown = |(number, key): (&u16, &servicedesk_domain::licensing::signing::PublicKey)| {
            SigningKey { number: *number, public_key: key.to_string() }
        };
        Ok(keys.keys.iter().map(shown).collect())
    }
}
