//! What a query may cost, and what a caller may spend: length and tokens before a document is
//! parsed, depth and cost before it is run, and a leaky bucket per caller. Introspection is exempt
//! from depth, because it nests deeper than any query of a client's; it has limits of its own.

mod arguments;
pub mod documents;
mod expansion;
mod introspection;
mod lexing;
pub mod places;
pub mod requests;
pub mod response_shape;
mod scalars;
pub mod trusted;
pub mod types;
pub mod validation;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, NextValidation, ResolveInfo,
};
use async_graphql::{
    Response, ServerError, ServerResult, ValidationResult, Value, Variables, value,
};
use servicedesk_domain::kernel::Moment;
use servicedesk_service::buckets::Buckets;
use uuid::Uuid;

use self::documents::Document;
use crate::config::Limits;
use crate::graphql::errors::{server_error, shortened};
use servicedesk_service::access::{Caller, CredentialId, RequestInfo};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::checking;

/// A point is paid for so many bytes of a document before it is parsed.
const BYTES_PER_POINT: usize = 128;
/// What it costs to try a token that is not valid: it is looked up in the database.
const WORTHLESS_TOKEN: f64 = 10.0;

/// Whose bucket it is: the token's, or the person's who has a session, or that of the address. A
/// person has as many sessions as they like.
pub fn bucket_of(caller: Option<&Caller>, info: &RequestInfo) -> Uuid {
    let of_address = || checking::bucket_of(info.address);
    caller.map_or_else(of_address, |caller| match caller.credential {
        CredentialId::ApiToken(id) => id.uuid(),
        CredentialId::Session(_) => caller.person(),
    })
}

/// Pays for a token that nobody knows yet, from the bucket of the address. What is given back for
/// one that is good is the same.
///
/// # Errors
/// `Throttled`, where the address has tried too many.
pub fn pay_for_token(buckets: &Buckets, info: &RequestInfo, now: Moment) -> Result<(), ApiError> {
    buckets.spend(checking::bucket_of(info.address), WORTHLESS_TOKEN, now).map(drop)
}

/// Gives back what was paid for a token that turned out to be good.
pub fn refund_token(buckets: &Buckets, info: &RequestInfo, now: Moment) -> Result<(), ApiError> {
    buckets.spend(checking::bucket_of(info.address), -WORTHLESS_TOKEN, now).map(drop)
}

/// What one request costs and who pays for it.
#[derive(Debug)]
pub struct Cost {
    buckets: Buckets,
    bucket: Uuid,
    document: Option<Arc<Document>>,
    /// What its arguments cost.
    arguments: usize,
    /// What was paid for reading the request and its document.
    price: usize,
    /// What was paid so far.
    paid: AtomicUsize,
}

impl Cost {
    /// Pays for reading a request, before anybody looks into it.
    ///
    /// # Errors
    /// `Throttled`, where the caller cannot.
    pub fn begin(
        buckets: &Buckets,
        bucket: Uuid,
        price: usize,
        now: Moment,
    ) -> Result<Self, ApiError> {
        buckets.spend(bucket, as_cost(price), now)?;
        let (buckets, paid) = (buckets.clone(), AtomicUsize::new(price));
        Ok(Self { buckets, bucket, document: None, arguments: 0, price, paid })
    }

    /// Pays for a document of this length, before it is parsed.
    ///
    /// # Errors
    /// `Throttled`, where the caller cannot.
    pub fn pay_document(self, bytes: usize, now: Moment) -> Result<Self, ApiError> {
        let price = bytes / BYTES_PER_POINT;
        self.buckets.spend(self.bucket, as_cost(price), now)?;
        let price = self.price + price;
        Ok(Self { price, paid: AtomicUsize::new(price), ..self })
    }

    /// Says which document it is, once it was parsed, and with which variables.
    #[must_use]
    pub fn of(self, document: Arc<Document>, variables: &Variables) -> Self {
        let arguments = arguments::cost(document.parsed(), variables);
        Self { document: Some(document), arguments, ..self }
    }

    /// Pays for what the validation found, as far as that was not paid yet.
    fn pay(&self, found: &ValidationResult, limits: &Limits, now: Moment) -> Result<(), ApiError> {
        let document = self.document.as_deref();
        let is_introspection = document.is_some_and(|document| document.is_introspection);
        let introspection = document.and_then(|document| document.introspection).unwrap_or(0);
        let Limits { depth, query_cost, .. } = *limits;
        if found.depth > depth && !is_introspection {
            return Err(ApiError::BadUserInput(format!("a query nests at most {depth} deep")));
        }
        let besides = introspection.saturating_add(self.arguments);
        let requested = found.complexity.saturating_add(besides);
        if requested > query_cost {
            return Err(ApiError::BadUserInput(format!(
                "the query costs {requested}, and one query may cost {query_cost}"
            )));
        }
        let paid = self.paid.fetch_max(requested, Ordering::Relaxed);
        self.buckets.spend(self.bucket, as_cost(requested.saturating_sub(paid)), now).map(drop)
    }

    /// Gives back what was asked for in lists and not found there, and tells what `extensions.cost`
    /// says. The document was read, and each selection was looked for, found or not, so both are
    /// paid; where everything failed, nobody can say what was read until then, and all of it is paid.
    pub fn settle(&self, response: &Response, now: Moment) -> Value {
        let requested = self.paid.load(Ordering::Relaxed);
        let least = self.document.as_deref().map_or(0, |document| document.size);
        let found = fields_in(&response.data).max(least).max(self.price);
        let actual = if response.data == Value::Null { requested } else { found.min(requested) };
        // Giving back never fails: a negative cost is always available.
        let back = -as_cost(requested - actual);
        let available = self.buckets.spend(self.bucket, back, now).unwrap_or_default();
        self.told(requested, actual, available)
    }

    /// Pays for one more item of a watch.
    ///
    /// # Errors
    /// `Throttled`, where the caller cannot.
    pub fn pay_item(&self, response: &Response, now: Moment) -> Result<Value, ApiError> {
        let price = fields_in(&response.data).max(1);
        let available = self.buckets.spend(self.bucket, as_cost(price), now)?;
        Ok(self.told(price, price, available))
    }

    fn told(&self, requested: usize, actual: usize, available: f64) -> Value {
        value!({
            "requested": requested,
            "actual": actual,
            "throttle": {
                "available": whole(available),
                "maximum": whole(self.buckets.capacity()),
                "restoreRate": self.buckets.restore_rate(),
            },
        })
    }
}

/// What is left, in whole points.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and a bucket is small")]
const fn whole(points: f64) -> i64 {
    points as i64
}

/// How many fields an answer has.
fn fields_in(data: &Value) -> usize {
    match data {
        Value::Object(fields) => fields.values().map(|field| 1 + fields_in(field)).sum(),
        Value::List(items) => items.iter().map(fields_in).sum(),
        _ => 0,
    }
}

fn as_cost(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Enforces the limits before anything is executed, and lets go of the thread now and then while
/// something is. What a request costs is only known within the schema, so this is the one thing
/// that is an extension of it.
#[derive(Debug, Clone)]
pub struct CostLimit(Limits);

impl CostLimit {
    /// Enforces these limits.
    pub const fn new(limits: Limits) -> Self {
        Self(limits)
    }
}

impl ExtensionFactory for CostLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for CostLimit {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(context).await?;
        // Without them it is the program itself that asks.
        let payer = context.data_opt::<Arc<Cost>>().zip(context.data_opt::<Desk>());
        let paid = payer.map_or(Ok(()), |(cost, desk)| cost.pay(&found, &self.0, desk.now()));
        paid.map_err(|error| vec![server_error(&error)])?;
        Ok(found)
    }

    /// The schema's description waits for nothing, so reading it would keep the thread from the
    /// first field to the last, and no limit of time could end it. Other fields wait for what they
    /// read, together: to let go of the thread between them would tear their loads apart.
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.is_for_introspection {
            tokio::task::consume_budget().await;
        }
        let resolved = next.run(context, info).await;
        // A field that fails may have waited for nothing, either.
        if resolved.is_err() {
            tokio::task::consume_budget().await;
        }
        resolved.map_err(shortened)
    }
}
