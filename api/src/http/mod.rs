//! The service over HTTP: GraphQL, files, and what operators and their tools ask.

mod execution;
pub mod graphiql;
pub mod graphql;
mod languages;
mod messages;
pub mod negotiation;
mod operating;
pub mod serving;
pub mod transfer;
pub mod websocket;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;

/// All routes of the service. The binary serves them, and tests call them in-process.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/ws", get(websocket::websocket))
        .route("/graphql/assets/{name}", get(graphql::asset))
        .route("/healthz", get(operating::health))
        .route("/readyz", get(operating::readiness))
        .route("/metrics", get(operating::metrics_text))
        .route("/version", get(operating::version))
        .route("/uploads/{pass}", put(transfer::upload))
        .route("/downloads/{pass}", get(transfer::download))
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
