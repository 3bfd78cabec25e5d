//! Sending a file: tus 1.0 (core, creation, creation by mutation, checksum, expiration, termination)
//! and a plain PUT. Every request shows who asks, and only who requested the upload may use it (T2).

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use servicedesk_domain::file::{FileId, Rejection, Uploader};
use servicedesk_service::access::{Caller, RequestInfo};
use servicedesk_service::acting::Acting;
use servicedesk_service::desk::CommandRequest;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::file::messages::message;
use servicedesk_service::file::receiving::ReceiveError;
use servicedesk_service::file::store::StoreError;
use servicedesk_service::file::uploading::{self, FileLimits, Incoming, Progress, UploadError};

use super::execution::Requester;
use super::graphql::changing_credential;
use super::negotiation::{Peer, request_info};
use super::tus::{self, Problem};
use crate::app::App;
use crate::graphql::limits::bucket_of;

/// What a request about an upload costs, in points of the caller's bucket.
const REQUEST_COST: f64 = 20.0;

/// What tus clients are told of the service before anything else.
pub async fn options(State(app): State<App>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    tus::describe(response.headers_mut(), app.config.limits.file_bytes);
    response
}

/// Asks to send a file, as `requestUpload` does.
pub async fn create(State(app): State<App>, peer: Peer, request: Request) -> Response {
    let asked = Asked::of(&app, &peer, request.headers()).await;
    let created = match asked {
        Ok(asked) => asked.create(&app, request.headers()).await,
        Err(refused) => Err(refused),
    };
    answered(created)
}

/// Tells how far a file has come, takes bytes of it, or discards it.
pub async fn upload(
    State(app): State<App>,
    Path(id): Path<String>,
    peer: Peer,
    request: Request,
) -> Response {
    let asked = Asked::of(&app, &peer, request.headers()).await;
    let done = match asked {
        Ok(asked) => asked.upload(&app, &id, request).await,
        Err(refused) => Err(refused),
    };
    answered(done)
}

fn answered(done: Result<Response, Refused>) -> Response {
    let mut response = done.unwrap_or_else(IntoResponse::into_response);
    tus::mark(response.headers_mut());
    response
}

/// Who asks, and what they may send.
struct Asked {
    caller: Caller,
    info: RequestInfo,
    by: Uploader,
    limits: FileLimits,
}

impl Asked {
    async fn of(app: &App, peer: &Peer, headers: &HeaderMap) -> Result<Self, Refused> {
        tus::is_spoken(headers)?;
        let info = request_info(app, peer, headers);
        let credential = changing_credential(app, headers)?;
        let requester = Requester::find(app, &info, credential).await?;
        let caller = requester.caller.ok_or(ApiError::Unauthenticated)?;
        let by = uploading::sender(&caller)?;
        app.buckets.spend(bucket_of(Some(&caller), &info), REQUEST_COST, app.desk.now())?;
        Ok(Self { caller, info, by, limits: app.config.limits.of_files() })
    }

    async fn create(&self, app: &App, headers: &HeaderMap) -> Result<Response, Refused> {
        let new = tus::new_file(headers)?;
        let request = CommandRequest {
            caller: &self.caller,
            request_id: self.info.request_id,
            idempotency_key: None,
            expected_version: None,
        };
        let content = (&new.name, new.bytes, &new.claimed_type, &new.sha256);
        let acting = Acting::new(&app.desk, request, "requestUpload", &content)?;
        let id = uploading::new_file_id(&acting);
        let requested = uploading::request_upload(acting, new, self.limits).await;
        requested.map_err(|failure| self.refused(failure))?;
        let progress = self.progress(app, id).await?;
        let base = app.config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
        let location = [(LOCATION, format!("{base}{}", path(id)))];
        Ok((StatusCode::CREATED, tus::progress(progress), location).into_response())
    }

    async fn upload(&self, app: &App, id: &str, request: Request) -> Result<Response, Refused> {
        let id = id.parse().map_err(|_| self.told(Rejection::FileNotFound))?;
        match tus::method(&request)? {
            Method::HEAD => {
                let progress = self.progress(app, id).await?;
                let headers = [(CACHE_CONTROL, "no-store")];
                Ok((StatusCode::OK, headers, tus::progress(progress)).into_response())
            }
            Method::PATCH => self.patch(app, id, request).await,
            Method::PUT => self.put(app, id, request).await,
            Method::DELETE => {
                let withdrawn = uploading::withdraw(&app.desk, self.by, id).await;
                withdrawn.map_err(|error| self.failed(error))?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            _ => {
                let allowed = [(ALLOW, "HEAD, PATCH, PUT, DELETE, OPTIONS")];
                Ok((StatusCode::METHOD_NOT_ALLOWED, allowed).into_response())
            }
        }
    }

    async fn progress(&self, app: &App, id: FileId) -> Result<Progress, Refused> {
        let found = uploading::progress(&app.desk, self.by, id).await;
        found.map_err(|error| self.failed(error))
    }

    /// Bytes that begin where the client says.
    async fn patch(&self, app: &App, id: FileId, request: Request) -> Result<Response, Refused> {
        let headers = request.headers();
        if headers.get(CONTENT_TYPE).is_none_or(|of| of.as_bytes() != tus::CONTENT.as_bytes()) {
            let told = format!("the content type is {}", tus::CONTENT);
            return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, told));
        }
        let from = tus::offset(headers)?;
        let checksum = tus::checksum(headers)?;
        // Told before a byte is written; what is not told is counted.
        let progress = self.progress(app, id).await?;
        if from != progress.offset {
            return Err(self.failed(UploadError::OtherOffset { offset: progress.offset }));
        }
        if length(headers).is_some_and(|length| length > progress.bytes - from) {
            return Err(self.failed(ReceiveError::Length.into()));
        }
        let incoming = Incoming { file_id: id, from, again: 0, checksum };
        let progress = self.receive(app, incoming, request).await?;
        Ok((StatusCode::NO_CONTENT, tus::progress(progress)).into_response())
    }

    /// The whole file. What has arrived already is sent again, and is not written again.
    async fn put(&self, app: &App, id: FileId, request: Request) -> Result<Response, Refused> {
        let progress = self.progress(app, id).await?;
        if progress.offset == progress.bytes {
            return Err(self.told(Rejection::FileStored));
        }
        let too_short = || Refused::new(StatusCode::BAD_REQUEST, ReceiveError::Length.to_string());
        match length(request.headers()) {
            Some(length) if length < progress.bytes => return Err(too_short()),
            Some(length) if length > progress.bytes => {
                return Err(self.failed(ReceiveError::Length.into()));
            }
            _ => {}
        }
        let from = progress.offset;
        let incoming = Incoming { file_id: id, from, again: from, checksum: None };
        let progress = self.receive(app, incoming, request).await?;
        if progress.offset < progress.bytes {
            return Err(too_short());
        }
        Ok((StatusCode::CREATED, tus::progress(progress)).into_response())
    }

    /// Takes bytes in a task of its own, so that what came is written although the client is gone.
    async fn receive(
        &self,
        app: &App,
        incoming: Incoming,
        request: Request,
    ) -> Result<Progress, Refused> {
        let Some(place) = app.uploads.take(self.caller.person()) else {
            return Err(ApiError::Throttled.into());
        };
        let (desk, by, limits) = (app.desk.clone(), self.by, self.limits);
        let body: Body = request.into_body();
        let task = tokio::spawn(async move {
            let bytes = body.into_data_stream().boxed();
            let received = uploading::receive(&desk, by, incoming, limits, bytes).await;
            drop(place);
            received
        });
        let received = task.await.map_err(|error| ApiError::internal(&error))?;
        received.map_err(|error| self.failed(error))
    }

    fn refused(&self, failure: Failure<Rejection>) -> Refused {
        match failure {
            Failure::Rejected(rejection) => self.told(rejection),
            Failure::Request(error) => error.into(),
        }
    }

    fn told(&self, rejection: Rejection) -> Refused {
        let status = match rejection {
            Rejection::FileNotFound => StatusCode::NOT_FOUND,
            Rejection::FileDiscarded | Rejection::UploadExpired => StatusCode::GONE,
            Rejection::FileStored | Rejection::FileAttached => StatusCode::CONFLICT,
            Rejection::SizeOutOfRange { .. } | Rejection::QuotaExceeded { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            _ => StatusCode::BAD_REQUEST,
        };
        Refused::new(status, message(rejection, self.info.language))
    }

    fn failed(&self, error: UploadError) -> Refused {
        let status = match error {
            UploadError::Rejected(rejection) => return self.told(rejection),
            UploadError::Request(error) => return error.into(),
            UploadError::OtherOffset { offset } => {
                let mut refused = Refused::new(StatusCode::CONFLICT, error.to_string());
                refused.offset = Some(offset);
                return refused;
            }
            UploadError::Receive(ReceiveError::Store(StoreError::Full(_))) => {
                tracing::error!(%error, "a file cannot be kept");
                StatusCode::INSUFFICIENT_STORAGE
            }
            UploadError::Receive(ReceiveError::Store(StoreError::Taken)) => StatusCode::CONFLICT,
            UploadError::Receive(ReceiveError::Store(error)) => {
                return ApiError::internal(&error).into();
            }
            UploadError::Receive(ReceiveError::Length | ReceiveError::Crumbs) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            UploadError::Receive(ReceiveError::Checksum) => tus::checksum_mismatch(),
            UploadError::Receive(ReceiveError::Broken(_)) => StatusCode::REQUEST_TIMEOUT,
        };
        Refused::new(status, error.to_string())
    }
}

/// Where bytes of a file are sent.
pub fn path(id: FileId) -> String {
    format!("/uploads/files/{id}")
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// An answer that is not what was asked for.
struct Refused {
    status: StatusCode,
    told: String,
    offset: Option<u64>,
}

impl Refused {
    fn new(status: StatusCode, told: impl Into<String>) -> Self {
        Self { status, told: told.into(), offset: None }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status(), problem.to_string())
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        let status = match error {
            ApiError::Unauthenticated => StatusCode::UNAUTHORIZED,
            ApiError::Forbidden(_) => StatusCode::FORBIDDEN,
            ApiError::BadUserInput(_) => StatusCode::BAD_REQUEST,
            ApiError::Throttled => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Conflict { .. } | ApiError::Erased => StatusCode::CONFLICT,
            ApiError::Contended | ApiError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.told)).into_response();
        if let Some(offset) = self.offset {
            response.headers_mut().insert(tus::OFFSET, HeaderValue::from(offset));
        }
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            let soon = HeaderValue::from_static("1");
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, soon);
        }
        response
    }
}
