//! What a client says of itself and of what it understands: media types, language, token, address.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use servicedesk_domain::kernel::Language;
use servicedesk_service::access::{Credential, RequestInfo};
use servicedesk_service::error::ApiError;

use super::languages;
use crate::app::App;

/// From where a connection comes; nothing where the router is called directly.
pub(super) type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

/// By this name every answer carries its request's id.
pub const REQUEST_ID: &str = "x-request-id";

/// How long a client's own id may be, in bytes.
const MAX_CLIENT_ID: usize = 128;

/// In which form an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `application/graphql-response+json`: the status tells whether the request was carried out.
    GraphQlResponse,
    /// `application/json`, also for clients that take anything: 200 for whatever was well-formed.
    Json,
    /// `text/event-stream`.
    Events,
    /// `text/html`: a person looks.
    Page,
}

impl Form {
    /// The first form that fits, by quality and then by order. What fits nothing gets an answer all
    /// the same: it may be an error that somebody wants to read.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for (media_type, quality) in preferences(headers, ACCEPT.as_str()) {
            let form = match media_type.as_str() {
                "application/graphql-response+json" => Self::GraphQlResponse,
                "application/json" | "*/*" | "application/*" => Self::Json,
                "text/event-stream" => Self::Events,
                "text/html" | "application/xhtml+xml" => Self::Page,
                _ => continue,
            };
            if quality > best.map_or(0, |(quality, _)| quality) {
                best = Some((quality, form));
            }
        }
        best.map_or(Self::Json, |(_, form)| form)
    }

    /// The media type by its name.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphQlResponse => "application/graphql-response+json",
            _ => "application/json",
        }
    }
}

/// Whether a body is JSON by its content type. Any other is refused: what a browser sends across
/// sites without asking first is never JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(CONTENT_TYPE).iter();
    let (Some(first), None) = (named.next(), named.next()) else { return false };
    let essence = first.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// The values of a header that weighs them, in lower case, each with its quality in thousandths.
fn preferences(headers: &HeaderMap, name: &str) -> Vec<(String, u16)> {
    let named = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let each = named.flat_map(|value| value.split(',')).map(|one| {
        let mut parts = one.split(';');
        let what = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let quality = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        (what, quality.unwrap_or(1_000))
    });
    each.collect()
}

/// A quality in thousandths; what is none counts as the best.
fn thousandths(quality: &str) -> u16 {
    let parsed = quality.parse::<f32>().ok().filter(|quality| (0.0..=1.0).contains(quality));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and 1000"
    )]
    parsed.map_or(1_000, |quality| (quality * 1_000.0).round() as u16)
}

/// What is known of a request beside its document.
pub(super) fn request_info(app: &App, peer: &Peer, headers: &HeaderMap) -> RequestInfo {
    let request_id = servicedesk_service::clock::fresh_id();
    if let Some(client_request_id) = client_request_id(headers) {
        tracing::info!(%request_id, client_request_id, "the client has its own id for the request");
    }
    let user_agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    RequestInfo {
        request_id,
        language: language(headers),
        address: address(app, peer, headers),
        user_agent: user_agent.map(str::to_owned),
    }
}

/// The client's own id for a request. It is never an id of ours, because the ids in the log must
/// tell requests apart: it is only logged beside the
/// request's id.
fn client_request_id(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    let is_sound = (1..=MAX_CLIENT_ID).contains(&given.len()) && given.bytes().all(is_plain);
    is_sound.then_some(given)
}

/// Who asks: by a header, where a proxy is configured that says so, else by the connection. What a
/// client writes into the header itself stands before what the proxy adds.
pub(super) fn address(app: &App, peer: &Peer, headers: &HeaderMap) -> Option<IpAddr> {
    match &app.config.client_address_header {
        Some(name) => {
            let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            value.rsplit(',').next()?.trim().parse().ok()
        }
        None => peer.as_ref().map(|Extension(ConnectInfo(address))| address.ip()),
    }
}

fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get_all(ACCEPT_LANGUAGE).into_iter().filter_map(|one| one.to_str().ok());
    languages::preferred(&wanted.collect::<Vec<_>>().join(","))
}

/// The token that a request came with.
///
/// # Errors
/// `Unauthenticated` if something else stands in its place.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<Credential>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    bearer_in(value.to_str().map_err(|_| ApiError::Unauthenticated)?).map(Some)
}

/// The token in `Bearer …`.
///
/// # Errors
/// `Unauthenticated` if it is something else.
pub(super) fn bearer_in(value: &str) -> Result<Credential, ApiError> {
    let (scheme, token) = value.split_once(' ').ok_or(ApiError::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::Unauthenticated);
    }
    Ok(Credential::ApiToken(token.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        let value = HeaderValue::from_str(value).expect("a header");
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value)])
    }

    #[test]
    fn the_first_form_that_fits_is_taken_by_quality_and_order() {
        let urql = "application/graphql-response+json, application/graphql+json, application/json, \
                    text/event-stream, multipart/mixed";
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, form) in [
            (urql, Form::GraphQlResponse),
            (browser, Form::Page),
            ("application/json, application/graphql-response+json", Form::Json),
            ("application/json;q=0.9, application/graphql-response+json", Form::GraphQlResponse),
            ("application/json;q=0.5,text/event-stream;q=0.7", Form::Events),
            ("Text/Event-Stream", Form::Events),
            ("application/json;q=0, */*;q=0.1", Form::Json),
            ("*/*", Form::Json),
            ("image/png", Form::Json),
        ] {
            assert_eq!(Form::wanted(&with("accept", accept)), form, "{accept}");
        }
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Json);
    }

    #[test]
    fn json_is_json_however_it_is_written_and_nothing_else_is() {
        for json in ["application/json", "application/JSON", "Application/Json; charset=utf-8"] {
            assert!(is_json(&with("content-type", json)), "{json}");
        }
        for other in [
            "text/plain",
            "text/plain; application/json",
            "text/plain, application/json",
            "application/json, text/plain",
            "application/graphql",
            "",
        ] {
            assert!(!is_json(&with("content-type", other)), "{other}");
        }
        let mut two = with("content-type", "application/json");
        two.append("content-type", HeaderValue::from_static("text/plain"));
        assert!(!is_json(&two));
    }
}
