//! What operators and their tools ask: whether the process lives, whether it can work, its
//! metrics and its version.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use servicedesk_eventlog::{checkpoint, parking, seal};

use crate::app::App;

/// How far the read models may be behind for the service to count as ready.
const READY_LAG: i64 = 10_000;
/// How long the database may take to answer for the service to count as ready.
const READY_PATIENCE: Duration = Duration::from_secs(1);

/// The process answers.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// The service can do its work: every background task runs, the database answers, and the read
/// models are sound and near. While reactions are parked, or the log is not sealed any further, it is
/// ready, but degraded.
pub(super) async fn readiness(State(app): State<App>) -> impl IntoResponse {
    let ended = app.background.ended();
    if !ended.is_empty() {
        let tasks: Vec<&str> = ended.iter().map(|one| one.name).collect();
        let message = json!({ "ready": false, "reason": "background work has ended",
                              "tasks": tasks });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(message));
    }
    let db = app.desk.log.db();
    let not_ready = |reason: &str| {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "ready": false, "reason": reason })))
    };
    if let Err(error) = db.check() {
        tracing::error!(%error, "not ready");
        return not_ready("the database is not the one that was opened");
    }
    if !db.is_recording() {
        return not_ready("a command could not be recorded a moment ago");
    }
    let read = async { tokio::try_join!(checkpoint::all(db), parking::count(db), seal::seal(db)) };
    let (checkpoints, parked, seal) = match tokio::time::timeout(READY_PATIENCE, read).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            return not_ready("the database does not answer");
        }
        Err(silence) => {
            tracing::error!(%silence, "not ready");
            return not_ready("the database does not answer");
        }
    };
    let head = app.desk.log.head();
    let is_bad = |found: &&checkpoint::Checkpoint| {
        found.fault.is_some() || head - found.position > READY_LAG
    };
    let bad: Vec<&str> =
        checkpoints.iter().filter(is_bad).map(|found| found.name.as_str()).collect();
    if bad.is_empty() {
        let (sealed, fault) = seal.map_or((0, None), |seal| (seal.signed_size(), seal.fault));
        let message = json!({ "ready": true, "head": head,
                              "degraded": parked > 0 || fault.is_some(),
                              "parkedKeys": parked, "sealed": sealed,
                              "isSealFaulty": fault.is_some() });
        (StatusCode::OK, Json(message))
    } else {
        let message = json!({ "ready": false,
                              "reason": "read models are at fault or far behind",
                              "projections": bad });
        (StatusCode::SERVICE_UNAVAILABLE, Json(message))
    }
}

pub(super) async fn metrics_text(State(app): State<App>) -> impl IntoResponse {
    match &app.metrics {
        Some(metrics) => {
            let head = app.desk.log.head();
            let lag = head - app.desk.positions.reached();
            metrics::gauge!("servicedesk_log_head").set(approximate(head));
            metrics::gauge!("servicedesk_projection_lag").set(approximate(lag));
            match parking::count(app.desk.log.db()).await {
                Ok(parked) => {
                    metrics::gauge!("servicedesk_parked_keys").set(approximate(parked));
                }
                // The gauge stays as it was; that the database fails shows elsewhere.
                Err(error) => tracing::error!(%error, "parked reactions cannot be counted"),
            }
            (StatusCode::OK, metrics.render())
        }
        None => (StatusCode::NOT_FOUND, "metrics are not recorded here\n".to_owned()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge needs no more than 52 bits")]
const fn approximate(number: i64) -> f64 {
    number as f64
}

pub(super) async fn version() -> impl IntoResponse {
    Json(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }))
}
