//! The service over HTTP: GraphQL, files, and what operators and their tools ask.

pub mod cookies;
pub mod downloads;
mod execution;
pub mod graphiql;
pub mod graphql;
mod languages;
mod messages;
pub mod negotiation;
mod operating;
mod ranges;
mod sealed;
pub mod serving;
pub mod tls;
pub mod transfer;
mod tus;
pub mod uploads;
pub mod websocket;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get, post, put};
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;

/// For how long a browser need not ask again whether another site's page may call.
const PREFLIGHT: Duration = Duration::from_hours(1);

/// All routes of the service. The binary serves them, and tests call them in-process.
pub fn router(app: App) -> Router {
    let graphql = get(graphql::get).post(graphql::post);
    let graphql = match cors(&app) {
        Some(cors) => graphql.layer(cors),
        None => graphql,
    };
    let upload = any(uploads::upload).options(uploads::options);
    let uploads = Router::new()
        .route("/uploads/files", post(uploads::create).options(uploads::options))
        .route("/uploads/files/{id}", upload);
    let uploads = match cors_of_uploads(&app) {
        Some(cors) => uploads.layer(cors),
        None => uploads,
    };
    Router::new()
        .route("/graphql", graphql)
        .route("/graphql/ws", get(websocket::websocket))
        .route("/graphql/assets/{name}", get(graphql::asset))
        .route("/healthz", get(operating::health))
        .route("/readyz", get(operating::readiness))
        .route("/metrics", get(operating::metrics_text))
        .route("/version", get(operating::version))
        .route("/checkpoint", get(sealed::checkpoint))
        .route("/tile/{level}/{*number}", get(sealed::tile))
        .route("/uploads/{pass}", put(transfer::upload))
        .route("/downloads/{pass}", get(transfer::download))
        .route("/downloads/files/{pass}", get(downloads::save))
        .route("/previews/files/{pass}", get(downloads::show))
        .merge(uploads)
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes))
        .layer(CatchPanicLayer::new())
        .layer(map_response(security_headers))
        .layer(option_layer(app.config.is_https().then(strict_transport)))
        .with_state(app)
}

/// What browsers are told of every answer, unless the answer says so itself: to take its type as it
/// is given, to show it in no frame and run nothing of it, and to tell nobody its address.
async fn security_headers(mut response: Response) -> Response {
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Tells browsers to come back by https alone.
fn strict_transport() -> SetResponseHeaderLayer<HeaderValue> {
    let value = HeaderValue::from_static("max-age=31536000");
    SetResponseHeaderLayer::if_not_present(STRICT_TRANSPORT_SECURITY, value)
}

/// What browsers are told about pages of other sites; nothing, where none may call. Those that the
/// operator has named may use the session's cookie, too, where the browser sends it to them.
fn cors(app: &App) -> Option<CorsLayer> {
    let exposed = [HeaderName::from_static(negotiation::REQUEST_ID), RETRY_AFTER];
    let allowed = allowing(app)?;
    Some(allowed.allow_methods([Method::GET, Method::POST]).expose_headers(exposed))
}

/// The same for sending files.
fn cors_of_uploads(app: &App) -> Option<CorsLayer> {
    let methods =
        [Method::POST, Method::HEAD, Method::PATCH, Method::PUT, Method::DELETE, Method::OPTIONS];
    let exposed = tus::EXPOSED.map(HeaderName::from_static);
    Some(allowing(app)?.allow_methods(methods).expose_headers(exposed))
}

fn allowing(app: &App) -> Option<CorsLayer> {
    let named = app.config.cors_origins.iter().filter_map(|origin| origin.parse().ok());
    let origins: Vec<HeaderValue> = named.collect();
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_headers(AllowHeaders::mirror_request())
            .max_age(PREFLIGHT)
    })
}
