//! Files of releases over HTTP: sent by those who publish, downloaded by customers with a licence
//! (R3). A link says itself what it is for; nobody logs in.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::licence::decide::{Download, goes_on, may_download};
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{Licence, LicenceId, Release, ReleaseId};
use servicedesk_eventlog::ExecuteError;
use servicedesk_projections::licensing::releases::{self, ReleaseRow, Which};

use super::negotiation::{Peer, address};
use super::ranges::{self, Wanted};
use crate::app::App;
use servicedesk_service::desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::receiving::{Patience, ReceiveError};
use servicedesk_service::file::store::StoreError;
use servicedesk_service::licensing::checking::bucket_of;
use servicedesk_service::licensing::files;
use servicedesk_service::licensing::publishing;
use servicedesk_service::licensing::signed_links::{self, SignedLink};

/// An answer that is not what was asked for.
pub(super) type Refusal = (StatusCode, String);

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
    let holder = bucket_of(address(&app, &peer, &headers));
    let taken = match app.uploads.take(holder) {
        Some(_place) => match throttle(&app, &peer, &headers) {
            Ok(()) => take(&app, &pass, &headers, body).await,
            Err(throttled) => Err(throttled),
        },
        None => Err(too_much()),
    };
    match taken {
        Ok(()) => (StatusCode::CREATED, "published\n").into_response(),
        Err((status, told)) => (status, format!("{told}\n")).into_response(),
    }
}

/// What an address may ask for of files, it spends from its bucket.
pub(super) fn throttle(app: &App, peer: &Peer, headers: &HeaderMap) -> Result<(), Refusal> {
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
        return Err(refusal(StatusCode::BAD_REQUEST, &ReceiveError::Length.to_string()));
    }
    let bytes = body.into_data_stream().boxed();
    let store = &app.desk.files;
    let kept = files::keep(store, release_id, &file, bytes, Patience::default()).await;
    kept.map_err(|error| match error {
        ReceiveError::Store(StoreError::Full(_)) => {
            tracing::error!(%error, "the file of a release cannot be kept");
            refusal(StatusCode::INSUFFICIENT_STORAGE, "there is no room for the file")
        }
        ReceiveError::Store(_) => fault(&error),
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

async fn give(app: &App, pass: &str, request: Request) -> Result<Response, Refusal> {
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
    let method = request.method().clone();
    let content = app.desk.files.release(release_id, &file).await.map_err(|error| fault(&error))?;
    let etag = ranges::etag(&file.sha256);
    let wanted = Wanted::of(&method, request.headers(), &etag, content.bytes());
    // A look at the headers or at a few bytes is no download. Every other range is one, wherever it
    // begins; that those of one download are one is decided where it is recorded.
    let is_probe = wanted.bytes(content.bytes()) <= MAX_PROBE_BYTES.min(file.bytes / 2);
    if method == Method::GET && !is_probe && !goes_on(&licence, number, release_id, at) {
        count(app, licence_id, number, release_id).await?;
    }
    // The name has only letters, digits and a few marks; the rule on releases sees to that.
    let saved_as = format!("attachment; filename=\"{}\"", file.name);
    let named = ranges::named(&file.sha256, "application/octet-stream", saved_as);
    ranges::answer(&app.desk.files, &content, &wanted, named).map_err(failed)
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

pub(super) fn refusal(status: StatusCode, told: &str) -> Refusal {
    (status, told.to_owned())
}

/// What the log or the database could not do.
pub(super) fn failed(error: impl Into<ApiError>) -> Refusal {
    match error.into() {
        ApiError::Unavailable => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "the database is not available; try again")
        }
        error => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Logged where it happens; the caller learns no more than that it did.
pub(super) fn fault(error: &dyn std::fmt::Display) -> Refusal {
    let told = ApiError::internal(&error).to_string();
    (StatusCode::INTERNAL_SERVER_ERROR, told)
}
