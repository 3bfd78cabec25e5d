//! GraphQL over HTTP: POST and GET, and server-sent events for subscriptions.
//!
//! Cross-site requests cannot do harm: a mutation needs a JSON body, which no plain form can send,
//! and who is known by a cookie asks from a page of this service or of a named origin.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::{Response, ServerError, Value};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, OriginalUri, Path, Request as HttpRequest, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::{Stream, StreamExt};
use serde::Serialize;
use servicedesk_eventlog::Position;
use servicedesk_service::access::{Credential, RequestInfo};
use servicedesk_service::error::ApiError;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::cookies::{SessionCookie, may_use_cookie};
use super::execution::{Operation, Refused, Requester, Sent, refusal};
use super::graphiql;
use super::negotiation::{Form, Peer, REQUEST_ID, bearer, is_json, request_info};
use crate::app::App;
use crate::graphql::errors::is_request_error;

const CONSISTENT_WITH: &str = "x-consistent-with";

/// A request's place among those that are worked on.
type Permit = OwnedSemaphorePermit;

/// A query or mutation, or with `Accept: text/event-stream` a subscription.
pub async fn post(State(app): State<App>, peer: Peer, request: HttpRequest) -> HttpResponse {
    let headers = request.headers().clone();
    let received = Received::new(&app, &peer, headers);
    if !is_json(&received.headers) {
        let problem = "a request has the content type application/json";
        let error = ApiError::BadUserInput(problem.to_owned());
        return received.refuse(&error, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    // The place is taken before the body is read, so that bodies have a limit in all.
    let Some(permit) = place(&app) else { return received.shed() };
    let patience = Duration::from_secs(app.config.limits.body_seconds);
    let read = tokio::time::timeout(patience, Bytes::from_request(request, &app)).await;
    let body = match read {
        Ok(Ok(body)) => body,
        Ok(Err(problem)) => {
            let error = ApiError::BadUserInput(problem.body_text());
            return received.refuse(&error, problem.status());
        }
        Err(_) => {
            let error = ApiError::BadUserInput("the body did not come in time".to_owned());
            return received.refuse(&error, StatusCode::REQUEST_TIMEOUT);
        }
    };
    answer(app, received, &Sent::Json(body), Method::Post, permit).await
}

/// A query, or a page for people.
pub async fn get(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    peer: Peer,
    headers: HeaderMap,
) -> HttpResponse {
    let query = uri.query().unwrap_or_default();
    let asks = |name: &str| query.split('&').any(|pair| pair.starts_with(name));
    let received = Received::new(&app, &peer, headers);
    if !asks("query=") && !asks("extensions=") {
        return if received.form == Form::Page {
            graphiql::page(&received.headers)
        } else {
            let error = ApiError::BadUserInput("the request has no query".to_owned());
            received.refuse(&error, StatusCode::BAD_REQUEST)
        };
    }
    let Some(permit) = place(&app) else { return received.shed() };
    answer(app, received, &Sent::Query(as_parsed(query)), Method::Get, permit).await
}

/// A query string with the names that the parser knows: one parameter has another name there than
/// in the specification.
fn as_parsed(query: &str) -> String {
    let renamed = |pair: &str| match pair.strip_prefix("operationName=") {
        Some(value) => format!("operation_name={value}"),
        None => pair.to_owned(),
    };
    query.split('&').map(renamed).collect::<Vec<_>>().join("&")
}

/// A file of the page for people.
pub async fn asset(Path(name): Path<String>) -> HttpResponse {
    graphiql::asset(&name)
}

/// By which method a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

/// A request as far as its headers say.
struct Received {
    headers: HeaderMap,
    form: Form,
    info: RequestInfo,
}

impl Received {
    fn new(app: &App, peer: &Peer, headers: HeaderMap) -> Self {
        let (form, info) = (Form::wanted(&headers), request_info(app, peer, &headers));
        Self { headers, form, info }
    }

    /// An answer that never reached the schema.
    fn refuse(&self, error: &ApiError, status: StatusCode) -> HttpResponse {
        let mut response = self.send(&refusal(error, &self.info));
        *response.status_mut() = status;
        response
    }

    /// Work that cannot be begun at once is refused, so that what was begun is finished in time.
    fn shed(&self) -> HttpResponse {
        metrics::counter!("servicedesk_requests_shed").increment(1);
        self.refuse(&ApiError::Throttled, StatusCode::TOO_MANY_REQUESTS)
    }

    /// Sends an answer. The status tells whether the request was carried out, but not if the answer
    /// is plain `application/json`: whatever was well-formed is answered by 200 then, because the
    /// clients that take it read no answer with another status.
    fn send(&self, response: &Response) -> HttpResponse {
        for error in &response.errors {
            metrics::counter!("servicedesk_graphql_errors", "code" => code_of(error)).increment(1);
        }
        let failed = response.errors.first().filter(|_| response.data == Value::Null);
        let status = match failed.map(code_of) {
            None => StatusCode::OK,
            Some(_) if self.form == Form::Json => StatusCode::OK,
            Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
            Some("FORBIDDEN") => StatusCode::FORBIDDEN,
            Some("THROTTLED") => StatusCode::TOO_MANY_REQUESTS,
            Some("CONFLICT" | "ERASED") => StatusCode::CONFLICT,
            Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
            Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
            Some(_) => StatusCode::BAD_REQUEST,
        };
        let mut sent = (status, Json(Answer::of(response))).into_response();
        let headers = sent.headers_mut();
        headers.extend(response.http_headers.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.form.content_type()));
        insert_request_id(headers, self.info.request_id);
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        sent
    }
}

/// An answer as it is written: what was refused before it was executed has no data, not even null.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(response: &'a Response) -> Self {
        Self {
            data: (!is_request_error(response)).then_some(&response.data),
            errors: &response.errors,
            extensions: &response.extensions,
        }
    }
}

fn place(app: &App) -> Option<Permit> {
    app.working.clone().try_acquire_owned().ok()
}

async fn answer(
    app: App,
    received: Received,
    sent: &Sent,
    method: Method,
    permit: Permit,
) -> HttpResponse {
    let limit = Duration::from_secs(app.config.limits.request_seconds);
    let begun = tokio::time::timeout(limit, begin(&app, &received, sent, method)).await;
    let begun = begun.unwrap_or_else(|_| {
        let error = ApiError::unavailable(&"the request took too long to begin");
        Err(Refused::Here(error))
    });
    let operation = match begun {
        Ok(operation) => operation,
        Err(Refused::Here(error)) => return received.refuse(&error, status_of(&error)),
        Err(Refused::Document(response)) => return received.send(&response),
    };
    if method == Method::Get && operation.has_mutation() {
        let error = ApiError::BadUserInput("GET is for queries; send a POST".to_owned());
        let mut response = received.refuse(&error, StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    if received.form == Form::Events {
        return events(&app, &received.info, operation, permit);
    }
    let operation = match may_use_cookie(&app.config, &received.headers) {
        Ok(()) => operation.with_cookie(SessionCookie::of(&app.config, &received.headers)),
        Err(_) => operation,
    };
    let response = operation.execute(&app).await;
    received.send(&response)
}

/// Finds out who asks, waits for what the caller must see, and looks at the document.
async fn begin(
    app: &App,
    received: &Received,
    sent: &Sent,
    method: Method,
) -> Result<Operation, Refused> {
    let credential = credential(app, &received.headers, method).map_err(Refused::Here)?;
    let requester =
        Requester::find(app, &received.info, credential).await.map_err(Refused::Here)?;
    if let Some(position) = received.headers.get(CONSISTENT_WITH) {
        let read = position.to_str().ok().and_then(|text| text.parse().ok());
        let read = read.filter(|position: &Position| *position >= 0);
        let wrong = || ApiError::BadUserInput(format!("{CONSISTENT_WITH} is not a position"));
        let position = read.ok_or_else(wrong).map_err(Refused::Here)?;
        app.desk.consistent_with(position).await.map_err(Refused::Here)?;
    }
    Operation::prepare(app, requester, received.info.clone(), sent)
}

/// What the request shows: the token in its header, else the session in its cookie.
fn credential(
    app: &App,
    headers: &HeaderMap,
    method: Method,
) -> Result<Option<Credential>, ApiError> {
    if let Some(token) = bearer(headers)? {
        return Ok(Some(token));
    }
    let session = SessionCookie::of(&app.config, headers).read(headers);
    // A GET changes nothing, and no other site can read its answer.
    if session.is_some() && method == Method::Post {
        may_use_cookie(&app.config, headers)?;
    }
    Ok(session)
}

/// What a request shows that changes something, other than by GraphQL.
///
/// # Errors
/// `Forbidden` for pages of other sites that come with a session's cookie.
pub(super) fn changing_credential(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<Credential>, ApiError> {
    credential(app, headers, Method::Post)
}

/// Any operation as server-sent events (graphql-sse, distinct connections): `next` for each item,
/// then `complete`.
fn events(app: &App, info: &RequestInfo, operation: Operation, permit: Permit) -> HttpResponse {
    let items = if operation.is_subscription() {
        // A watch may last for days, and has a place of its own.
        drop(permit);
        operation.watch(app.clone()).boxed()
    } else {
        let app = app.clone();
        let executed = async move {
            let response = operation.execute(&app).await;
            drop(permit);
            response
        };
        futures::stream::once(executed).boxed()
    };
    let mut sent = Sse::new(told(items).map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::default())
        .into_response();
    insert_request_id(sent.headers_mut(), info.request_id);
    sent
}

fn told(items: impl Stream<Item = Response>) -> impl Stream<Item = Event> {
    let items = items.map(|item| {
        let event = Event::default().event("next").json_data(Answer::of(&item));
        event.unwrap_or_else(|error| {
            // An answer that cannot be written is told as such, not left out.
            tracing::error!(%error, "an event could not be written");
            Event::default().event("next").data(r#"{"errors":[{"message":"internal"}]}"#)
        })
    });
    items.chain(futures::stream::once(async { Event::default().event("complete").data("") }))
}

fn insert_request_id(headers: &mut HeaderMap, request_id: Uuid) {
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}

fn code_of(error: &ServerError) -> &'static str {
    let said = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    let known = [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "THROTTLED",
        "CONFLICT",
        "ERASED",
        "UNAVAILABLE",
        "INTERNAL",
    ];
    let said = match said {
        Some(Value::String(code)) => code.as_str(),
        _ => "",
    };
    known.into_iter().find(|code| *code == said).unwrap_or("BAD_USER_INPUT")
}

const fn status_of(error: &ApiError) -> StatusCode {
    match error {
        ApiError::Unauthenticated => StatusCode::UNAUTHORIZED,
        ApiError::Forbidden(_) => StatusCode::FORBIDDEN,
        ApiError::BadUserInput(_) => StatusCode::BAD_REQUEST,
        ApiError::Throttled => StatusCode::TOO_MANY_REQUESTS,
        ApiError::Conflict { .. } | ApiError::Erased => StatusCode::CONFLICT,
        ApiError::Contended | ApiError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_parameter_is_renamed() {
        let query = "query=%7Ba(b:%22operationName=%22)%7D&operationName=One";
        let expected = "query=%7Ba(b:%22operationName=%22)%7D&operation_name=One";
        assert_eq!(as_parsed(query), expected);
    }
}
