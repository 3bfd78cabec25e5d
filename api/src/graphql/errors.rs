//! Top-level errors as GraphQL shows them: each has `extensions.code` and its request's id.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;

/// The most characters of a message.
const MAX_MESSAGE: usize = 500;
/// A request that was refused is told so many things that are wrong with it.
pub const MAX_ERRORS: usize = 20;

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

/// An error that is short, whatever of the request it repeats. A query may fail in thousands of
/// fields, each with the same long text.
pub fn shortened(mut error: ServerError) -> ServerError {
    let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) else { return error };
    if let Some(from) = error.source::<ApiError>().cloned() {
        tell(&from, error.extensions.get_or_insert_default());
    }
    // It holds the whole text, too.
    error.source = None;
    error.message.truncate(end);
    error.message.shrink_to_fit();
    error.message.push('…');
    error
}

/// Gives every error its code and its request's id. What resolvers return carries the [`ApiError`]
/// it came from; what does not come from one is what the schema's own validation found wrong with
/// the request.
pub fn give_codes(response: &mut Response, info: &RequestInfo) {
    if is_request_error(response) {
        response.errors.truncate(MAX_ERRORS);
    }
    let coded = |mut error: ServerError| {
        // The types within which it was read; some are names of ours, and no type of the schema.
        if let Some(at) = error.message.find(" (occurred while parsing ") {
            error.message.truncate(at);
        }
        let mut error = shortened(error);
        let from = error.source::<ApiError>().cloned();
        let extensions = error.extensions.get_or_insert_default();
        match from {
            Some(from) => tell(&from, extensions),
            None if extensions.get("code").is_none() => extensions.set("code", "BAD_USER_INPUT"),
            None => {}
        }
        extensions.set("requestId", info.request_id.to_string());
        error
    };
    response.errors = std::mem::take(&mut response.errors).into_iter().map(coded).collect();
}

/// Whether the request was refused before anything was executed. An answer to it has no data, not
/// even null.
pub fn is_request_error(response: &Response) -> bool {
    let is_of_a_field = |error: &ServerError| !error.path.is_empty();
    response.data == Value::Null
        && !response.errors.is_empty()
        && !response.errors.iter().any(is_of_a_field)
}
