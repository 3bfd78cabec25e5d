//! GraphQL over HTTP: POST and GET, server-sent events for subscriptions, WebSocket beside them.
//!
//! Cross-site requests cannot do harm: a mutation needs a JSON body, which no plain form can send,
//! and callers are known by a header, never by a cookie.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::http::{ALL_WEBSOCKET_PROTOCOLS, parse_query_string};
use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Request, Response, Value};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, OriginalUri, Path, State, WebSocketUpgrade};
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::{Extension, Json};
use futures::StreamExt;
use servicedesk_domain::kernel::Language;
use servicedesk_eventlog::Position;
use uuid::Uuid;

use super::graphiql;
use super::languages;
use crate::app::App;
use crate::graphql::errors::server_error;
use crate::graphql::limits::{RequestCost, cost_extension};
use crate::graphql::loaders::Loaders;
use servicedesk_service::access::{BearerToken, Caller, RequestInfo};
use servicedesk_service::error::ApiError;

/// From where a connection comes; nothing where the router is called directly.
type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const CONSISTENT_WITH: &str = "x-consistent-with";
/// By this name every answer carries its request's id.
pub const REQUEST_ID: &str = "x-request-id";
const WEBSOCKET_KEEPALIVE: Duration = Duration::from_secs(30);

/// A query or mutation, or with `Accept: text/event-stream` a subscription.
pub async fn post(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HttpResponse {
    let info = request_info(&app, peer.as_ref(), &headers);
    if !has_type(&headers, CONTENT_TYPE.as_str(), "application/json") {
        let problem = "a request has the content type application/json";
        let error = ApiError::BadUserInput(problem.to_owned());
        return refusal(&headers, &info, &error, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = match body {
        Ok(body) => body,
        Err(problem) => {
            let error = ApiError::BadUserInput(problem.body_text());
            return refusal(&headers, &info, &error, problem.status());
        }
    };
    match serde_json::from_slice::<Request>(&body) {
        Ok(request) => answer(app, headers, info, request).await,
        Err(error) => {
            let error = ApiError::BadUserInput(format!("the body is not a request: {error}"));
            refusal(&headers, &info, &error, StatusCode::BAD_REQUEST)
        }
    }
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
    if !asks("query=") && !asks("extensions=") {
        return if has_type(&headers, ACCEPT.as_str(), "text/html") {
            graphiql::page(&headers)
        } else {
            let info = request_info(&app, peer.as_ref(), &headers);
            let error = ApiError::BadUserInput("the request has no query".to_owned());
            refusal(&headers, &info, &error, StatusCode::BAD_REQUEST)
        };
    }
    let info = request_info(&app, peer.as_ref(), &headers);
    // The parser knows this one parameter by another name than the specification does.
    let renamed = |pair: &str| pair.replacen("operationName=", "operation_name=", 1);
    let pairs: Vec<String> = query.split('&').map(renamed).collect();
    let mut request = match parse_query_string(&pairs.join("&")) {
        Ok(request) => request,
        Err(error) => {
            let error = ApiError::BadUserInput(format!("the query string is no request: {error}"));
            return refusal(&headers, &info, &error, StatusCode::BAD_REQUEST);
        }
    };
    let is_mutation = request.parsed_query().is_ok_and(|document| {
        document.operations.iter().any(|(_, found)| found.node.ty == OperationType::Mutation)
    });
    // A document known by its hash alone cannot be looked at here, so it must be a POST.
    if is_mutation || request.query.is_empty() {
        let error = ApiError::BadUserInput("GET is for queries; send a POST".to_owned());
        let mut response = refusal(&headers, &info, &error, StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    answer(app, headers, info, request).await
}

/// A file of the page for people.
pub async fn asset(Path(name): Path<String>) -> HttpResponse {
    graphiql::asset(&name)
}

async fn answer(app: App, headers: HeaderMap, info: RequestInfo, request: Request) -> HttpResponse {
    // Work that cannot be begun at once is refused, so that what was begun is finished in time.
    let Ok(_working) = app.working.clone().try_acquire_owned() else {
        metrics::counter!("servicedesk_requests_shed").increment(1);
        return refusal(&headers, &info, &ApiError::Throttled, StatusCode::TOO_MANY_REQUESTS);
    };
    let begun = begin(&app, &headers, &info, request).await;
    let (request, caller, cost) = match begun {
        Ok(begun) => begun,
        Err(error) => return refusal(&headers, &info, &error, status_of(&error)),
    };
    if has_type(&headers, ACCEPT.as_str(), "text/event-stream") {
        return stream(&app, &info, request);
    }
    let limit = Duration::from_secs(app.config.limits.request_seconds);
    let executed = tokio::time::timeout(limit, app.schema.execute(request)).await;
    let Ok(mut response) = executed else {
        // What it was about to record may be recorded or not, as when the database fails.
        let error = ApiError::unavailable(&"the request took too long");
        return refusal(&headers, &info, &error, status_of(&error));
    };
    let now = app.desk.now();
    let told = cost_extension(&app.buckets, &cost, (caller.as_ref(), &info), &response.data, now);
    response.extensions.insert("cost".to_owned(), told);
    for error in &response.errors {
        metrics::counter!("servicedesk_graphql_errors", "code" => code_of(error)).increment(1);
    }
    send(&headers, &info, response)
}

/// Finds out who asks, waits for what the caller must see, and gives the request what its
/// resolvers need.
async fn begin(
    app: &App,
    headers: &HeaderMap,
    info: &RequestInfo,
    request: Request,
) -> Result<(Request, Option<Caller>, Arc<RequestCost>), ApiError> {
    let token = bearer(headers)?;
    let caller = match &token {
        Some(token) => Some(app.tokens.caller(&token.0).await?),
        None => None,
    };
    if let Some(position) = headers.get(CONSISTENT_WITH) {
        let read = position.to_str().ok().and_then(|text| text.parse().ok());
        let read = read.filter(|position: &Position| *position >= 0);
        let wrong = || ApiError::BadUserInput(format!("{CONSISTENT_WITH} is not a position"));
        app.desk.consistent_with(read.ok_or_else(wrong)?).await?;
    }
    let cost = Arc::new(RequestCost::default());
    let mut request = request
        .data(app.desk.clone())
        .data(app.live.clone())
        .data(app.config.clone())
        .data(app.tokens.clone())
        .data(Loaders::new(app.desk.clone()))
        .data(info.clone())
        .data(caller.clone())
        .data(cost.clone());
    if let Some(token) = token {
        request = request.data(token);
    }
    Ok((request, caller, cost))
}

/// A subscription as server-sent events (graphql-sse, distinct connections): `next` for each item,
/// then `complete`.
fn stream(app: &App, info: &RequestInfo, request: Request) -> HttpResponse {
    let request_id = info.request_id;
    let items = app.schema.execute_stream(request).map(move |mut item| {
        name_request(&mut item, request_id);
        Event::default().event("next").json_data(&item).unwrap_or_else(|error| {
            // An answer that cannot be written is told as such, not left out.
            tracing::error!(%error, "an event could not be written");
            Event::default().event("next").data(r#"{"errors":[{"message":"internal"}]}"#)
        })
    });
    let end = futures::stream::once(async { Event::default().event("complete").data("") });
    let mut sent = Sse::new(items.chain(end).map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::default())
        .into_response();
    insert_request_id(sent.headers_mut(), request_id);
    sent
}

/// Subscriptions (and anything else) over WebSocket, by `graphql-transport-ws`. The token comes
/// with `connection_init`, as `{ "authorization": "Bearer …" }`.
pub async fn websocket(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> HttpResponse {
    let info = request_info(&app, peer.as_ref(), &headers);
    upgrade
        .max_message_size(app.config.limits.body_bytes)
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |socket| async move {
            let schema = app.schema.clone();
            GraphQLWebSocket::new(socket, schema, protocol)
                .keepalive_timeout(WEBSOCKET_KEEPALIVE)
                .on_connection_init(move |payload| connection_data(app, info, payload))
                .serve()
                .await;
        })
}

async fn connection_data(
    app: App,
    info: RequestInfo,
    payload: serde_json::Value,
) -> async_graphql::Result<Data> {
    let said = payload.as_object().and_then(|fields| {
        let find = |(name, value): (&String, &serde_json::Value)| {
            let is_it = name.eq_ignore_ascii_case("authorization");
            value.as_str().filter(|_| is_it).map(str::to_owned)
        };
        fields.iter().find_map(find)
    });
    let token = said.as_deref().map(bearer_in).transpose()?;
    let caller = match &token {
        Some(token) => Some(app.tokens.caller(&token.0).await?),
        None => None,
    };
    let mut data = Data::default();
    data.insert(app.desk.clone());
    data.insert(app.live.clone());
    data.insert(app.config.clone());
    data.insert(app.tokens.clone());
    data.insert(Loaders::new(app.desk.clone()));
    data.insert(info);
    data.insert(caller);
    data.insert(Arc::new(RequestCost::default()));
    if let Some(token) = token {
        data.insert(token);
    }
    Ok(data)
}

fn bearer(headers: &HeaderMap) -> Result<Option<BearerToken>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    bearer_in(value.to_str().map_err(|_| ApiError::Unauthenticated)?).map(Some)
}

fn bearer_in(value: &str) -> Result<BearerToken, ApiError> {
    let (scheme, token) = value.split_once(' ').ok_or(ApiError::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::Unauthenticated);
    }
    Ok(BearerToken(token.trim().to_owned()))
}

fn request_info(
    app: &App,
    peer: Option<&Extension<ConnectInfo<SocketAddr>>>,
    headers: &HeaderMap,
) -> RequestInfo {
    let given = headers.get(REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    RequestInfo {
        request_id: given.unwrap_or_else(servicedesk_service::clock::fresh_id),
        language: language(headers),
        address: address(app, peer, headers),
    }
}

/// Who asks: by a header, where a proxy is configured that says so, else by the connection. What a
/// client writes into the header itself stands before what the proxy adds.
fn address(
    app: &App,
    peer: Option<&Extension<ConnectInfo<SocketAddr>>>,
    headers: &HeaderMap,
) -> Option<IpAddr> {
    match &app.config.client_address_header {
        Some(name) => {
            let told = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            told.rsplit(',').next()?.trim().parse().ok()
        }
        None => peer.map(|Extension(ConnectInfo(address))| address.ip()),
    }
}

fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get_all(ACCEPT_LANGUAGE).into_iter().filter_map(|one| one.to_str().ok());
    languages::preferred(&wanted.collect::<Vec<_>>().join(","))
}

fn has_type(headers: &HeaderMap, name: &str, media_type: &str) -> bool {
    let named = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    named
        .flat_map(|value| value.split(','))
        .any(|one| one.split(';').next().is_some_and(|one| one.trim() == media_type))
}

/// An answer that never reached the schema.
fn refusal(
    headers: &HeaderMap,
    info: &RequestInfo,
    error: &ApiError,
    status: StatusCode,
) -> HttpResponse {
    let mut response = send(headers, info, Response::from_errors(vec![server_error(error)]));
    if has_type(headers, ACCEPT.as_str(), "application/json")
        && !has_type(headers, ACCEPT.as_str(), GRAPHQL_RESPONSE)
        && status == StatusCode::OK
    {
        return response;
    }
    *response.status_mut() = status;
    response
}

/// Tells in every error which request it belongs to.
fn name_request(response: &mut Response, request_id: Uuid) {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("requestId", request_id.to_string());
    }
}

fn insert_request_id(headers: &mut HeaderMap, request_id: Uuid) {
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Sends an answer. By `application/graphql-response+json` the status tells whether the request
/// was carried out; clients that ask for plain `application/json` get 200 for whatever was
/// well-formed.
fn send(headers: &HeaderMap, info: &RequestInfo, mut response: Response) -> HttpResponse {
    name_request(&mut response, info.request_id);
    let is_legacy = has_type(headers, ACCEPT.as_str(), "application/json")
        && !has_type(headers, ACCEPT.as_str(), GRAPHQL_RESPONSE);
    let failed = response.errors.first().filter(|_| response.data == Value::Null);
    let status = match failed.map(code_of) {
        None => StatusCode::OK,
        Some(_) if is_legacy => StatusCode::OK,
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("THROTTLED") => StatusCode::TOO_MANY_REQUESTS,
        Some("CONFLICT") => StatusCode::CONFLICT,
        Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    let content_type = if is_legacy { "application/json" } else { GRAPHQL_RESPONSE };
    let mut sent = (status, Json(&response)).into_response();
    let headers = sent.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    insert_request_id(headers, info.request_id);
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    sent
}

fn code_of(error: &async_graphql::ServerError) -> &'static str {
    let said = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    let known =
        ["UNAUTHENTICATED", "FORBIDDEN", "THROTTLED", "CONFLICT", "UNAVAILABLE", "INTERNAL"];
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
        ApiError::Conflict { .. } => StatusCode::CONFLICT,
        ApiError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
