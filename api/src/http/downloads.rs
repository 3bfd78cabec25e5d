//! Files that people sent, downloaded over links that name who may use them (T2).

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use servicedesk_domain::file::Uploader;
use servicedesk_domain::kernel::Actor;
use servicedesk_projections::file::files::FileRow;

use super::negotiation::Peer;
use super::ranges::{self, Wanted};
use super::transfer::{Refusal, failed, fault, refusal, throttle};
use crate::app::App;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::downloading;
use servicedesk_service::licensing::signed_links::{self, SignedLink};

/// What one look at a file costs its reader, in points of their bucket.
const DOWNLOAD_COST: f64 = 20.0;
/// What a browser may show itself, by what a file's first bytes are. None of it can run.
const SHOWN_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a file can be shown in a page, and not only saved.
pub fn is_shown(file: &FileRow) -> bool {
    shown_as(file).is_some()
}

/// As what a file is shown. What claims to be plain text and is nothing else that is known is text.
fn shown_as(file: &FileRow) -> Option<&str> {
    match (file.detected_type.as_deref(), file.claimed_type.as_deref()) {
        (Some(detected), _) => SHOWN_TYPES.into_iter().find(|shown| *shown == detected),
        (None, Some("text/plain")) => Some("text/plain; charset=utf-8"),
        (None, _) => None,
    }
}

/// Gives a file to be saved.
pub async fn save(
    State(app): State<App>,
    Path(pass): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let given = give(&app, &pass, &peer, (&method, &headers), "attachment").await;
    given.unwrap_or_else(refused)
}

/// Gives a picture or a text to be shown.
pub async fn show(
    State(app): State<App>,
    Path(pass): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let given = give(&app, &pass, &peer, (&method, &headers), "inline").await;
    given.unwrap_or_else(refused)
}

fn refused((status, told): Refusal) -> Response {
    let headers = [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-store")];
    (status, headers, format!("{told}\n")).into_response()
}

async fn give(
    app: &App,
    pass: &str,
    peer: &Peer,
    (method, headers): (&Method, &HeaderMap),
    kind: &str,
) -> Result<Response, Refusal> {
    let missing = || refusal(StatusCode::NOT_FOUND, "there is no such file");
    let secret = signed_links::secret(&app.desk.log).await.map_err(failed)?;
    let Some(SignedLink::File(file_id, reader, until)) = SignedLink::open(pass, &secret) else {
        throttle(app, peer, headers)?;
        return Err(missing());
    };
    spend(app, reader)?;
    if until <= app.desk.now() {
        return Err(refusal(StatusCode::GONE, "the link has expired"));
    }
    let found = downloading::visible_to(&app.desk, reader, file_id).await.map_err(failed)?;
    let file = found.ok_or_else(missing)?;
    let media_type = match kind {
        "inline" => shown_as(&file).ok_or_else(missing)?,
        _ => "application/octet-stream",
    };
    let content = app.desk.files.content(file_id).await.map_err(|error| fault(&error))?;
    if content.bytes() != file.bytes {
        return Err(fault(&format!("the file {file_id} is damaged")));
    }
    let sha256 = file.sha256.as_deref().unwrap_or_default();
    let etag = ranges::etag(sha256);
    let wanted = Wanted::of(method, headers, &etag, file.bytes);
    let disposition = ranges::disposition(kind, file.name.shown());
    let named = ranges::named(sha256, media_type, disposition);
    ranges::answer(&app.desk.files, &content, &wanted, named).map_err(failed)
}

/// What somebody may ask for of files, they spend from their own bucket.
fn spend(app: &App, reader: Uploader) -> Result<(), Refusal> {
    let person = Actor::from(reader).person().unwrap_or_default();
    let spent = app.buckets.spend(person, DOWNLOAD_COST, app.desk.now());
    let throttled = |error: ApiError| refusal(StatusCode::TOO_MANY_REQUESTS, &error.to_string());
    spent.map(drop).map_err(throttled)
}
