//! One operation, whichever way it came: who asks, what it may cost, and its end. HTTP, server-sent
//! events and WebSocket differ in how they carry an answer, and in nothing else.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::http::parse_query_string;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use async_stream::stream;
use axum::body::Bytes;
use futures::future::OptionFuture;
use futures::{Stream, StreamExt};
use servicedesk_service::access::{Caller, Credential, RequestInfo};
use servicedesk_service::error::ApiError;
use tokio::runtime::RuntimeFlavor;
use tokio::time::MissedTickBehavior;

use super::cookies::SessionCookie;
use crate::app::App;
use crate::config::Introspection;
use crate::graphql::errors::{give_codes, server_error};
use crate::graphql::limits::documents::{Document, PERSISTED};
use crate::graphql::limits::response_shape::shape;
use crate::graphql::limits::{Cost, bucket_of, pay_for_token, refund_token, requests};
use crate::graphql::loaders::Loaders;

/// How soon a watch whose token is no longer valid ends, although nothing happens.
pub(super) const RECHECK: Duration = Duration::from_secs(1);

/// Who asks.
#[derive(Clone)]
pub(super) struct Requester {
    /// With what.
    pub(super) credential: Option<Credential>,
    /// As whom.
    pub(super) caller: Option<Caller>,
}

impl Requester {
    /// Finds out who asks. A token that is not known yet is paid for by its address, unless it is
    /// good. A session that has ended is nobody's: the browser goes on sending its cookie, also
    /// when its person logs in again.
    ///
    /// # Errors
    /// `Unauthenticated` if the API token is not valid, `Throttled` after too many of those.
    pub(super) async fn find(
        app: &App,
        info: &RequestInfo,
        credential: Option<Credential>,
    ) -> Result<Self, ApiError> {
        let nobody = Self { credential: None, caller: None };
        let Some(credential) = credential else { return Ok(nobody) };
        let now = app.desk.now();
        let is_new = !app.tokens.is_remembered(&credential);
        if is_new {
            pay_for_token(&app.buckets, info, now)?;
        }
        let caller = match (app.tokens.caller(&credential).await, &credential) {
            (Err(ApiError::Unauthenticated), Credential::Session(_)) => return Ok(nobody),
            (caller, _) => caller?,
        };
        if is_new {
            refund_token(&app.buckets, info, now)?;
        }
        Ok(Self { credential: Some(credential), caller: Some(caller) })
    }

    /// Who asks, asked again.
    ///
    /// # Errors
    /// `Unauthenticated` if the token is no longer valid.
    pub(super) async fn again(&self, app: &App) -> Result<Option<Caller>, ApiError> {
        match &self.credential {
            Some(credential) => app.tokens.caller(credential).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether what was begun may go on.
    ///
    /// # Errors
    /// `Unauthenticated` if the token is no longer valid, `Forbidden` if it is no
    /// longer worth the same.
    pub(super) async fn still(&self, app: &App) -> Result<(), ApiError> {
        let now = self.again(app).await?;
        let rights = |caller: &Option<Caller>| {
            let caller = caller.as_ref()?;
            Some((caller.identity.clone(), caller.scopes.clone()))
        };
        if rights(&now) == rights(&self.caller) {
            Ok(())
        } else {
            Err(ApiError::Forbidden("your rights have changed; subscribe again"))
        }
    }
}

/// A request as it was sent.
pub(super) enum Sent {
    /// JSON, by POST or over a WebSocket.
    Json(Bytes),
    /// The query of an address, by GET.
    Query(String),
}

impl Sent {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Json(json) => json,
            Self::Query(query) => query.as_bytes(),
        }
    }

    fn read(&self) -> Result<Request, ApiError> {
        let read = match self {
            // `serde` would read a list by position.
            Self::Json(json) if json.trim_ascii_start().first() != Some(&b'{') => {
                Err("a request is one JSON object; several in one body are not read".to_owned())
            }
            Self::Json(json) => serde_json::from_slice(json)
                .map_err(|error| format!("this is not a request: {error}")),
            Self::Query(query) => parse_query_string(query)
                .map_err(|error| format!("the query string is not a request: {error}")),
        };
        let request: Request = read.map_err(ApiError::BadUserInput)?;
        if request.query.is_empty() && !request.extensions.contains_key(PERSISTED) {
            return Err(ApiError::BadUserInput("the request has no query".to_owned()));
        }
        Ok(request)
    }
}

/// Why an operation did not begin.
pub(super) enum Refused {
    /// Nobody looked at its document.
    Here(ApiError),
    /// For its document.
    Document(Box<Response>),
}

impl Refused {
    /// The answer that says so.
    pub(super) fn response(self, info: &RequestInfo) -> Response {
        match self {
            Self::Here(error) => refusal(&error, info),
            Self::Document(response) => *response,
        }
    }
}

/// An operation that was paid for as far as its document goes, and can be executed.
pub(super) struct Operation {
    request: Request,
    document: Arc<Document>,
    cost: Arc<Cost>,
    requester: Requester,
    info: RequestInfo,
}

impl Operation {
    /// Pays for the request and reads it, then pays for its document and parses it, and gives the
    /// request what its resolvers need. Nothing is read before it is paid for.
    ///
    /// # Errors
    /// [`Refused`], with the reason.
    pub(super) fn prepare(
        app: &App,
        requester: Requester,
        info: RequestInfo,
        sent: &Sent,
    ) -> Result<Self, Refused> {
        let refused = |error: ApiError| Refused::Document(Box::new(refusal(&error, &info)));
        let (bucket, now) = (bucket_of(requester.caller.as_ref(), &info), app.desk.now());
        let price = requests::price(sent.bytes()).map_err(Refused::Here)?;
        let cost = Cost::begin(&app.buckets, bucket, price, now).map_err(Refused::Here)?;
        let request = sent.read().map_err(Refused::Here)?;
        let mut request = app.documents.find(request).map_err(refused)?;
        let cost = cost.pay_document(request.query.len(), now).map_err(refused)?;
        let invalid = |errors| {
            let mut response = Response::from_errors(errors);
            give_codes(&mut response, &info);
            Refused::Document(Box::new(response))
        };
        let document = app.documents.parse(&request.query).map_err(invalid)?;
        if document.reads_schema() {
            may_introspect(app.config.introspection, &requester).map_err(refused)?;
        }
        request.set_parsed_query(document.parsed().clone());
        let cost = Arc::new(cost.of(document.clone(), &request.variables));
        let mut request = request
            .data(app.desk.clone())
            .data(app.live.clone())
            .data(app.config.clone())
            .data(app.tokens.clone())
            .data(app.door.clone())
            .data(Loaders::new(app.desk.clone()))
            .data(info.clone())
            .data(requester.caller.clone())
            .data(cost.clone());
        if let Some(credential) = &requester.credential {
            request = request.data(credential.clone());
        }
        Ok(Self { request, document, cost, requester, info })
    }

    /// Lets resolvers give the client a session or take it away. Only an answer whose headers are
    /// not sent yet can.
    pub(super) fn with_cookie(mut self, cookie: SessionCookie) -> Self {
        self.request = self.request.data(cookie);
        self
    }

    /// Whether the document has an operation that changes anything.
    pub(super) fn has_mutation(&self) -> bool {
        self.document.has_mutation()
    }

    /// Whether it is a subscription.
    pub(super) fn is_subscription(&self) -> bool {
        let operation = self.document.operation(self.request.operation_name.as_deref());
        operation.is_some_and(|operation| operation.ty == OperationType::Subscription)
    }

    /// The answer if the variables are not those that the document declares.
    fn wrong_variables(&self) -> Option<Response> {
        let name = self.request.operation_name.as_deref();
        let checked = self.document.check_variables(name, &self.request.variables);
        checked.err().map(|error| {
            let mut response = Response::from_errors(vec![error]);
            give_codes(&mut response, &self.info);
            response
        })
    }

    /// Carries out a query or a mutation.
    pub(super) async fn execute(self, app: &App) -> Response {
        if let Some(wrong) = self.wrong_variables() {
            return wrong;
        }
        let Self { request, document, cost, info, .. } = self;
        let name = request.operation_name.clone();
        let limit = Duration::from_secs(app.config.limits.request_seconds);
        let execution = async {
            // What a long document makes is held until all of it is there. Few at once hold less.
            let turn = document.is_long().then(|| app.long_documents.acquire());
            let _turn = OptionFuture::from(turn).await;
            beside_others(&document, app.schema.execute(request)).await
        };
        let executed = tokio::time::timeout(limit, execution).await;
        let Ok(mut response) = executed else {
            return refusal(&ApiError::unavailable(&"the request took too long"), &info);
        };
        let told = cost.settle(&response, app.desk.now());
        shape(&app.types, &document, name.as_deref(), &mut response);
        finished(response, told, &info)
    }

    /// Begins to watch: each item as it comes, until the caller may no longer see the next.
    pub(super) fn watch(self, app: App) -> impl Stream<Item = Response> {
        let wrong = self.wrong_variables();
        let Self { request, document, cost, requester, info } = self;
        let name = request.operation_name.clone();
        stream! {
            if let Some(wrong) = wrong {
                yield wrong;
                return;
            }
            let holder = bucket_of(requester.caller.as_ref(), &info);
            let Some(_place) = app.subscriptions.take(holder) else {
                yield refusal(&ApiError::Throttled, &info);
                return;
            };
            let mut items = app.schema.execute_stream(request);
            let mut again = tokio::time::interval(RECHECK);
            again.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut is_first = true;
            loop {
                let item = tokio::select! {
                    item = items.next() => match item {
                        Some(item) => Some(item),
                        None => return,
                    },
                    _ = again.tick() => None,
                };
                if let Err(error) = requester.still(&app).await {
                    yield refusal(&error, &info);
                    return;
                }
                let Some(mut item) = item else { continue };
                let now = app.desk.now();
                let told = if is_first {
                    Ok(cost.settle(&item, now))
                } else {
                    cost.pay_item(&item, now)
                };
                is_first = false;
                shape(&app.types, &document, name.as_deref(), &mut item);
                match told {
                    Ok(told) => yield finished(item, told, &info),
                    Err(error) => {
                        yield refusal(&error, &info);
                        return;
                    }
                }
            }
        }
    }
}

/// Carries out what a document asks for. A long one keeps its thread from everybody else whenever it
/// goes on, so the others get another thread meanwhile.
async fn beside_others<T>(document: &Document, execution: impl Future<Output = T>) -> T {
    let flavour = tokio::runtime::Handle::current().runtime_flavor();
    if !document.is_long() || flavour != RuntimeFlavor::MultiThread {
        return execution.await;
    }
    let mut execution = pin!(execution);
    poll_fn(|context| tokio::task::block_in_place(|| execution.as_mut().poll(context))).await
}

/// An answer that says what it cost, and the codes of its errors.
fn finished(mut response: Response, cost: async_graphql::Value, info: &RequestInfo) -> Response {
    response.extensions.insert("cost".to_owned(), cost);
    give_codes(&mut response, info);
    response
}

/// An answer that only says why there is none.
pub(super) fn refusal(error: &ApiError, info: &RequestInfo) -> Response {
    let mut response = Response::from_errors(vec![server_error(error)]);
    give_codes(&mut response, info);
    response
}

fn may_introspect(introspection: Introspection, requester: &Requester) -> Result<(), ApiError> {
    match introspection {
        Introspection::Open => Ok(()),
        Introspection::Authenticated if requester.caller.is_some() => Ok(()),
        Introspection::Authenticated => Err(ApiError::Unauthenticated),
        Introspection::Off => Err(ApiError::Forbidden("the schema is not read here")),
    }
}
