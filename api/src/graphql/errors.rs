//! Top-level errors as GraphQL shows them: each has `extensions.code` and its request's id.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;

/// An error as GraphQL shows it.
pub fn server_error(error: &ApiError) -> ServerError {
    let mut shown = ServerError::new(error.to_string(), None);
    tell(error, shown.extensions.get_or_insert_default());
    shown
}

fn tell(error: &ApiError, extensions: &mut ErrorExtensionValues) {
    extensions.set("code", error.code());
    if let ApiError::Conflict { current } = error {
        extensions.set("currentVersion", *current);
    }
}

/// Gives every error its code and its request's id. What resolvers return carries the [`ApiError`]
/// it came from; what does not come from one is what the schema's own validation found wrong with
/// the request.
pub fn give_codes(response: &mut Response, info: &RequestInfo) {
    for error in &mut response.errors {
        let from = error.source::<ApiError>().cloned();
        let extensions = error.extensions.get_or_insert_default();
        match from {
            Some(from) => tell(&from, extensions),
            None if extensions.get("code").is_none() => extensions.set("code", "BAD_USER_INPUT"),
            None => {}
        }
        extensions.set("requestId", info.request_id.to_string());
    }
}

/// Whether the request was refused before anything was executed. An answer to it has no data, not
/// even null.
pub fn is_request_error(response: &Response) -> bool {
    let is_of_a_field = |error: &ServerError| !error.path.is_empty();
    response.data == Value::Null
        && !response.errors.is_empty()
        && !response.errors.iter().any(is_of_a_field)
}
