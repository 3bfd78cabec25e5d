//! Files of releases over HTTP: sent by those who publish, downloaded by customers with a licence
//! (R3). A link says itself what it is for; nobody logs in.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::licence::decide::{Download, goes_on, may_download};
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::release::ReleaseFile;
use servicedesk_domain::licensing::{Licence, LicenceId, Release, ReleaseId};
use servicedesk_eventlog::ExecuteError;
use servicedesk_projections::licensing::releases::{self, ReleaseRow, Which};
use tower_http::services::ServeFile;

use super::negotiation::{Peer, address};
use crate::app::App;
use servicedesk_service::desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::checking::bucket_of;
use servicedesk_service::licensing::files::{Files, StoreError};
use servicedesk_service::licensing::publishing;
use servicedesk_service::licensing::signed_links::{self, SignedLink};

type Refusal = (StatusCode, String);

/// What a look at a file costs the address that takes it, in points of its bucket.
const DOWNLOAD_COST: f64 = 20.0;
/// A range of so few bytes only looks whether there is something.
const MAX_PROBE_BYTES: u64 = 2;

/// Takes a release's file, as it was announced and no other.
pub async fn upload(
    State(app): State<App>,
    Path(pass): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // The place is taken before anything is read.
    let taken = match app.uploads.clone().try_acquire_owned() {
        Ok(_place) => match throttle(&app, &peer, &headers) {
            Ok(()) => take(&app, &pass, &headers, body).await,
            Err(throttled) => Err(throttled),
        },
        Err(_) => Err(too_much()),
    };
    match taken {
        Ok(()) => (StatusCode::CREATED, "published\n").into_response(),
        Err((status, told)) => (status, format!("{told}\n")).into_response(),
    }
}

/// What an address may ask for of files, it spends from its bucket.
fn throttle(app: &App, peer: &Peer, headers: &HeaderMap) -> Result<(), Refusal> {
    let bucket = bucket_of(address(app, peer, headers));
    let spent = app.buckets.spend(bucket, DOWNLOAD_COST, app.desk.now());
    spent.map(drop).map_err(|_| too_much())
}

fn too_much() -> Refusal {
    refusal(StatusCode::TOO_MANY_REQUESTS, &ApiError::Throttled.to_string())
}

async fn take(app: &App, pass: &str, headers: &HeaderMap, body: Body) -> Result<(), Refusal> {
    let Some(SignedLink::Upload(release_id, until)) = open(app, pass).await? else {
        return Err(refusal(StatusCode::NOT_FOUND, "there is no such link"));
    };
    if until <= app.desk.now() {
        return Err(refusal(StatusCode::GONE, "the link has expired"));
    }
    let loaded = app.desk.log.load::<Release>(release_id.uuid()).await;
    let (release, _) = loaded.map_err(failed)?;
    let missing = || refusal(StatusCode::NOT_FOUND, "the release does not exist");
    let file = release.announced.ok_or_else(missing)?.file;
    if release.is_published {
        return Err(refusal(StatusCode::CONFLICT, "the release has already been published"));
    }
    // Told before a byte is written; what is not told is counted.
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if told.is_some_and(|length: u64| length != file.bytes) {
        return Err(refusal(StatusCode::BAD_REQUEST, &StoreError::Length.to_string()));
    }
    let bytes = body.into_data_stream().boxed();
    let kept = Files::new(app.config.files.clone()).keep(release_id, &file, bytes).await;
    kept.map_err(|error| match error {
        StoreError::Io(_) => fault(&error),
        told => refusal(StatusCode::BAD_REQUEST, &told.to_string()),
    })?;
    match publishing::publish(&app.desk, release_id, file).await {
        Ok(_) => Ok(()),
        // Announced again in the meantime, with another file.
        Err(ExecuteError::Rejected(rejection)) => {
            Err(refusal(StatusCode::CONFLICT, &rejection.to_string()))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Gives the newest release of a licence's product.
pub async fn download(
    State(app): State<App>,
    Path(pass): Path<String>,
    peer: Peer,
    request: Request,
) -> Response {
    let given = match throttle(&app, &peer, request.headers()) {
        Ok(()) => give(&app, &pass, request).await,
        Err(throttled) => Err(throttled),
    };
    given.unwrap_or_else(|(status, told)| {
        let headers = [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-store")];
        (status, headers, format!("{told}\n")).into_response()
    })
}

async fn give(app: &App, pass: &str, mut request: Request) -> Result<Response, Refusal> {
    let Some(SignedLink::Download(licence_id, number, _)) = open(app, pass).await? else {
        return Err(refusal(StatusCode::NOT_FOUND, "there is no such link"));
    };
    let at = app.desk.now();
    // What is recorded is decided on the licence as it is; to look at its file, as it was lately.
    let loaded = app.desk.log.load_recent::<Licence>(licence_id.uuid()).await;
    let (licence, _) = loaded.map_err(failed)?;
    may_download(&licence, number, at).map_err(forbidden)?;
    let db = app.desk.log.db();
    let offered = releases::of_product(db, licence.product_id, Which::Offered, 1).await;
    let newest = offered.map_err(failed)?.into_iter().next();
    let none = || refusal(StatusCode::NOT_FOUND, "nothing was published for this product yet");
    let ReleaseRow { release_id, file, .. } = newest.ok_or_else(none)?;
    let etag = format!("\"{}\"", file.sha256);
    // What goes on with another file than it began with begins again.
    if request.headers().get(IF_RANGE).is_some_and(|of| of.as_bytes() != etag.as_bytes()) {
        request.headers_mut().remove(RANGE);
    }
    let method = request.method().clone();
    let path = Files::new(app.config.files.clone()).path(release_id, &file);
    let served = ServeFile::new(path).try_call(request).await.map_err(|error| fault(&error))?;
    let mut response = served.map(Body::new).into_response();
    if response.status() == StatusCode::NOT_FOUND {
        return Err(fault(&format!("the file of the release {release_id} is missing")));
    }
    let is_probe = sends(&response) <= MAX_PROBE_BYTES.min(file.bytes / 2);
    if method == Method::GET && !is_probe && !goes_on(&licence, number, release_id, at) {
        count(app, licence_id, number, release_id).await?;
    }
    describe(response.headers_mut(), &file)?;
    Ok(response)
}

/// How many bytes of a file an answer sends. Every range counts, wherever it begins; that those of
/// one download are one is decided where it is recorded. A look at the headers or at a few bytes
/// is none.
fn sends(response: &Response) -> u64 {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse().ok());
    if response.status().is_success() { length.unwrap_or(u64::MAX) } else { 0 }
}

/// Records the use before the first byte is sent.
async fn count(
    app: &App,
    licence_id: LicenceId,
    number: u32,
    release_id: ReleaseId,
) -> Result<(), Refusal> {
    let at = app.desk.now();
    let command = Command::Download(Download { number, release_id, at });
    let context = desk::own_context(Actor::Reactor, at);
    match app.desk.log.execute::<Licence>(licence_id.uuid(), command, context).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Rejected(rejection)) => Err(forbidden(rejection)),
        Err(error) => Err(failed(error)),
    }
}

/// A file is saved, never shown: it must not run in the service's origin.
fn describe(headers: &mut HeaderMap, file: &ReleaseFile) -> Result<(), Refusal> {
    let value = |text: String| HeaderValue::from_str(&text).map_err(|error| fault(&error));
    // The name has only letters, digits and a few marks; the rule on releases sees to that.
    let saved_as = value(format!("attachment; filename=\"{}\"", file.name))?;
    headers.insert(CONTENT_DISPOSITION, saved_as);
    headers.insert(ETAG, value(format!("\"{}\"", file.sha256))?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(())
}

async fn open(app: &App, pass: &str) -> Result<Option<SignedLink>, Refusal> {
    let secret = signed_links::secret(&app.desk.log).await.map_err(failed)?;
    Ok(SignedLink::open(pass, &secret))
}

fn forbidden(rejection: Rejection) -> Refusal {
    let status = match rejection {
        Rejection::LinkExpired | Rejection::LinkReplaced => StatusCode::GONE,
        Rejection::LicenceNotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::FORBIDDEN,
    };
    refusal(status, &rejection.to_string())
}

fn refusal(status: StatusCode, told: &str) -> Refusal {
    (status, told.to_owned())
}

/// What the log or the database could not do.
fn failed(error: impl Into<ApiError>) -> Refusal {
    match error.into() {
        ApiError::Unavailable => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "the database is not available; try again")
        }
        error => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Logged where it happens; the caller learns no more than that it did.
fn fault(error: &dyn std::fmt::Display) -> Refusal {
    let told = ApiError::internal(&error).to_string();
    (StatusCode::INTERNAL_SERVER_ERROR, told)
}
