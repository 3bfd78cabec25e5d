//! What a query may cost, and what a caller may spend: depth, cost per query, and a leaky bucket
//! per caller. Introspection is exempt from depth, because it nests deeper than any query of a
//! client's.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest,
    NextValidation,
};
use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{
    Request, ServerError, ServerResult, ValidationResult, Value, Variables, value,
};
use quick_cache::sync::Cache;
use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use crate::auth::{Caller, RequestInfo};
use crate::config::Limits;
use crate::desk::Desk;
use crate::documents::Documents;
use crate::error::ApiError;
use crate::expansion::expanded_size;
use crate::licensing::checking;

/// How many callers' buckets are remembered; one that is forgotten is full again.
const REMEMBERED: usize = 100_000;

/// What one request was found to cost; made with the request, filled in by the extension.
#[derive(Debug, Default)]
pub struct RequestCost {
    requested: AtomicUsize,
}

/// What was available, and when.
type Bucket = Arc<Mutex<(f64, Moment)>>;

/// What callers have left to spend.
#[derive(Debug, Clone)]
pub struct Buckets {
    limits: Limits,
    known: Arc<Cache<Uuid, Bucket>>,
}

impl Buckets {
    /// Buckets that are all full.
    pub fn new(limits: Limits) -> Self {
        Self { limits, known: Arc::new(Cache::new(REMEMBERED)) }
    }

    /// Spends `cost` (gives back, where it is negative), if there is as much, and tells what is
    /// left.
    ///
    /// # Errors
    /// `Throttled` where there is not.
    pub fn spend(&self, caller: Uuid, cost: f64, now: Moment) -> Result<f64, ApiError> {
        let full = || Ok::<_, ApiError>(Arc::new(Mutex::new((self.limits.bucket_cost, now))));
        let bucket = self.known.get_or_insert_with(&caller, full)?;
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = (now - bucket.1).as_seconds_f64().max(0.0);
        let restored = seconds.mul_add(self.limits.restore_rate, bucket.0);
        let available = restored.min(self.limits.bucket_cost);
        // Where the clock was set back, time is counted from there on.
        *bucket = (available, now);
        if cost > available {
            return Err(ApiError::Throttled);
        }
        bucket.0 = (available - cost).min(self.limits.bucket_cost);
        Ok(bucket.0)
    }
}

/// Whose bucket it is: the token's, or without one that of the address.
pub fn bucket_of(caller: Option<&Caller>, info: Option<&RequestInfo>) -> Uuid {
    let of_address = || checking::bucket_of(info.and_then(|info| info.address));
    caller.map_or_else(of_address, |caller| caller.api_token_id.uuid())
}

/// What `extensions.cost` says. What was asked for but not found is given back.
pub fn cost_extension(
    buckets: &Buckets,
    cost: &RequestCost,
    (caller, info): (Option<&Caller>, &RequestInfo),
    data: &Value,
    now: Moment,
) -> Value {
    let requested = cost.requested.load(Ordering::Relaxed);
    let actual = fields_in(data).min(requested);
    let surplus = as_cost(requested - actual);
    // Giving back never fails: a negative cost is always available.
    let available = buckets.spend(bucket_of(caller, Some(info)), -surplus, now).unwrap_or_default();
    value!({
        "requested": requested,
        "actual": actual,
        "throttle": {
            "available": whole(available),
            "maximum": whole(buckets.limits.bucket_cost),
            "restoreRate": buckets.limits.restore_rate,
        },
    })
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

/// Enforces the limits before anything is executed.
#[derive(Debug, Clone)]
pub struct CostLimit {
    limits: Limits,
    buckets: Buckets,
    documents: Documents,
}

impl CostLimit {
    /// Enforces these limits, spending from these buckets.
    pub fn new(limits: Limits, buckets: Buckets) -> Self {
        Self { limits, buckets, documents: Documents::new() }
    }

    fn check(
        &self,
        context: &ExtensionContext<'_>,
        found: &ValidationResult,
        is_introspection: bool,
    ) -> Result<(), ApiError> {
        let Some(cost) = context.data_opt::<Arc<RequestCost>>() else { return Ok(()) };
        cost.requested.store(found.complexity, Ordering::Relaxed);
        let Limits { depth, query_cost, .. } = self.limits;
        if found.depth > depth && !is_introspection {
            return Err(ApiError::BadUserInput(format!("a query nests at most {depth} deep")));
        }
        if found.complexity > query_cost {
            return Err(ApiError::BadUserInput(format!(
                "the query costs {}, and one query may cost {query_cost}",
                found.complexity
            )));
        }
        let Some(desk) = context.data_opt::<Desk>() else { return Ok(()) };
        let caller = context.data_opt::<Option<Caller>>().and_then(Option::as_ref);
        let now = desk.now();
        let bucket = bucket_of(caller, context.data_opt::<RequestInfo>());
        self.buckets.spend(bucket, as_cost(found.complexity), now).map(drop)
    }
}

impl ExtensionFactory for CostLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(CostCheck { limit: self.clone(), is_introspection: AtomicBool::new(false) })
    }
}

/// The limits as one request meets them. What is known of a request stands here and not in the
/// request's data, which all that come over one WebSocket connection share.
struct CostCheck {
    limit: CostLimit,
    is_introspection: AtomicBool,
}

#[async_graphql::async_trait::async_trait]
impl Extension for CostCheck {
    /// Each selection costs at least a point, so a document that is too large can be refused
    /// before the validation walks it. What is parsed here is not parsed again, and only what
    /// passed is kept.
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(context, request).await?;
        let CostLimit { limits, documents, .. } = &self.limit;
        if let Some(document) = documents.get(&request.query) {
            request.set_parsed_query(document);
            return Ok(request);
        }
        let document = request.parsed_query()?;
        if expanded_size(document) > limits.query_cost {
            let problem = format!("a query has at most {} fields", limits.query_cost);
            return Err(ApiError::BadUserInput(problem).told());
        }
        let document = document.clone();
        // A document that was named by its hash came without its text.
        if !request.query.is_empty() {
            documents.keep(&request.query, &document);
        }
        Ok(request)
    }

    async fn parse_query(
        &self,
        context: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(context, query, variables).await?;
        self.is_introspection.store(is_introspection(&document), Ordering::Relaxed);
        Ok(document)
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(context).await?;
        let is_introspection = self.is_introspection.load(Ordering::Relaxed);
        match self.limit.check(context, &found, is_introspection) {
            Ok(()) => Ok(found),
            Err(error) => Err(vec![error.told()]),
        }
    }
}

/// Whether every operation asks for nothing but the schema.
fn is_introspection(document: &ExecutableDocument) -> bool {
    document.operations.iter().all(|(_, operation)| {
        operation.node.selection_set.node.items.iter().all(|item| match &item.node {
            Selection::Field(field) => field.node.name.node.starts_with("__"),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limits = Limits {
            bucket_cost: 100.0,
            restore_rate: 10.0,
            ..crate::config::Config::default().limits
        };
        let buckets = Buckets::new(limits);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let start = Moment::UNIX_EPOCH;
        assert_eq!(buckets.spend(one, 70.0, start), Ok(30.0));
        assert_eq!(buckets.spend(one, 40.0, start), Err(ApiError::Throttled));
        assert_eq!(buckets.spend(other, 100.0, start), Ok(0.0));
        assert_eq!(buckets.spend(one, 40.0, start + TimeDelta::seconds(1)), Ok(0.0));
        // It never holds more than when it was full, however much is given back.
        assert_eq!(buckets.spend(one, -500.0, start + TimeDelta::days(1)), Ok(100.0));
    }

    #[test]
    fn a_bucket_fills_although_the_clock_was_set_back() {
        let limits = Limits {
            bucket_cost: 100.0,
            restore_rate: 10.0,
            ..crate::config::Config::default().limits
        };
        let buckets = Buckets::new(limits);
        let (one, start) = (Uuid::from_u128(1), Moment::UNIX_EPOCH + TimeDelta::days(1));
        assert_eq!(buckets.spend(one, 100.0, start), Ok(0.0));
        let earlier = start - TimeDelta::hours(1);
        assert_eq!(buckets.spend(one, 1.0, earlier), Err(ApiError::Throttled));
        assert_eq!(buckets.spend(one, 10.0, earlier + TimeDelta::seconds(1)), Ok(0.0));
    }
}
