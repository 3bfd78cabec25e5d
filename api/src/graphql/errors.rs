//! Top-level errors as GraphQL shows them: each has `extensions.code` and its request's id.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextRequest, NextSubscribe,
};
use async_graphql::{ErrorExtensionValues, Response, ServerError};
use futures::StreamExt;
use futures::stream::BoxStream;
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

/// Gives every error its code. What resolvers return carries the [`ApiError`] it came from; what
/// does not come from one is what the schema's own validation found wrong with the request.
#[derive(Debug, Clone, Copy)]
pub struct ErrorCodes;

impl ExtensionFactory for ErrorCodes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ErrorCodes {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(context).await;
        give_codes(&mut response, context);
        response
    }

    fn subscribe<'s>(
        &self,
        context: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let info = context.data_opt::<RequestInfo>().cloned();
        let stream = next.run(context, stream);
        Box::pin(stream.map(move |mut response| {
            give_codes_to(&mut response, info.as_ref());
            response
        }))
    }
}

fn give_codes(response: &mut Response, context: &ExtensionContext<'_>) {
    give_codes_to(response, context.data_opt::<RequestInfo>());
}

fn give_codes_to(response: &mut Response, info: Option<&RequestInfo>) {
    for error in &mut response.errors {
        let from = error.source::<ApiError>().cloned();
        let extensions = error.extensions.get_or_insert_default();
        match from {
            Some(from) => tell(&from, extensions),
            None if extensions.get("code").is_none() => extensions.set("code", "BAD_USER_INPUT"),
            None => {}
        }
        if let Some(info) = info {
            extensions.set("requestId", info.request_id.to_string());
        }
    }
}
