//! The whole service as one `Router`, which the binary serves and tests call in-process.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, put};
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use servicedesk_eventlog::{Clock, Db, Log, checkpoint};
use servicedesk_projections::Runner;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::tokens::Tokens;
use crate::billing::terms;
use crate::catalogue::seed;
use crate::config::Config;
use crate::desk::Desk;
use crate::http;
use crate::licensing::{self, transfer};
use crate::limits::Buckets;
use crate::live::Live;
use crate::reactions;
use crate::schema::{self, AppSchema};
use crate::sla::shelf::Shelf;
use crate::sla::timers;
use crate::ticket::expiry;
use crate::trusted::TrustedDocuments;

/// How far the read models may be behind for the service to count as ready.
const READY_LAG: i64 = 10_000;
/// How long the database may take to answer for the service to count as ready.
const READY_PATIENCE: Duration = Duration::from_secs(1);

/// What every request shares.
#[derive(Clone)]
pub struct App {
    /// The configuration.
    pub config: Arc<Config>,
    /// The log and the read models.
    pub desk: Desk,
    /// Whom to tell of changes.
    pub live: Live,
    /// Whose token it is.
    pub tokens: Arc<Tokens>,
    /// What callers have left to spend.
    pub buckets: Buckets,
    /// The GraphQL schema.
    pub schema: AppSchema,
    /// A place for each request that is worked on.
    pub working: Arc<Semaphore>,
    metrics: Option<PrometheusHandle>,
}

/// The service and what runs behind it. The background work ends when this is dropped.
pub struct Service {
    /// What requests share.
    pub app: App,
    background: JoinSet<()>,
}

impl Service {
    /// Opens the log, brings the read models up, loads the default catalogue at the first start,
    /// and begins the background work.
    ///
    /// # Errors
    /// Where the database or a configured file cannot be used.
    pub async fn start(
        config: Config,
        db: Db,
        clock: Clock,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<Self> {
        let log = Log::open(db, clock).await?;
        seed::load_default(&log).await?;
        terms::load_default(&log).await?;
        let runner = Runner::prepare(log.clone(), servicedesk_projections::all()).await?;
        let desk = Desk {
            positions: runner.positions(),
            shelf: Shelf::default(),
            reactions: reactions::positions(log.db()),
            patience: Duration::from_secs(u64::from(config.consistency_seconds)),
            log,
        };
        let buckets = Buckets::new(config.limits);
        let trusted = TrustedDocuments::load(config.trusted_documents.as_deref())?;
        let app = App {
            live: Live::default(),
            tokens: Arc::new(Tokens::new(desk.clone(), config.token_memory_seconds)),
            schema: schema::build(config.limits, buckets.clone(), trusted),
            working: Arc::new(Semaphore::new(config.limits.concurrent_requests)),
            config: Arc::new(config),
            buckets,
            desk,
            metrics,
        };
        let mut background = JoinSet::new();
        background.spawn(runner.run());
        background.spawn(app.live.clone().run(app.desk.clone()));
        background.spawn(expiry::run(app.desk.clone()));
        background.spawn(timers::run(app.desk.clone()));
        background.spawn(licensing::timers::run(app.desk.clone()));
        background.spawn(reactions::run(app.desk.clone()));
        Ok(Self { app, background })
    }

    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/graphql", get(http::get).post(http::post))
            .route("/graphql/ws", get(http::websocket))
            .route("/graphql/assets/{name}", get(http::asset))
            .route("/healthz", get(health))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics_text))
            .route("/version", get(version))
            .route("/uploads/{pass}", put(transfer::upload))
            .route("/downloads/{pass}", get(transfer::download))
            .layer(DefaultBodyLimit::max(self.app.config.limits.body_bytes))
            .layer(CatchPanicLayer::new())
            .with_state(self.app.clone())
    }

    /// Ends the background work.
    pub async fn stop(mut self) {
        self.background.shutdown().await;
    }
}

/// The process answers.
async fn health() -> &'static str {
    "ok\n"
}

/// The service can do its work: the database answers, and the read models are sound and near.
async fn readiness(State(app): State<App>) -> impl IntoResponse {
    let db = app.desk.log.db();
    let not_ready = |reason: &str| {
        let told = json!({ "ready": false, "reason": reason });
        (StatusCode::SERVICE_UNAVAILABLE, Json(told))
    };
    if let Err(error) = db.check() {
        tracing::error!(%error, "not ready");
        return not_ready("the database is not the one that was opened");
    }
    if !db.is_recording() {
        return not_ready("a command could not be recorded a moment ago");
    }
    let checkpoints = match tokio::time::timeout(READY_PATIENCE, checkpoint::all(db)).await {
        Ok(Ok(checkpoints)) => checkpoints,
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
        (StatusCode::OK, Json(json!({ "ready": true, "head": head })))
    } else {
        let told = json!({ "ready": false, "reason": "read models are at fault or far behind",
                           "projections": bad });
        (StatusCode::SERVICE_UNAVAILABLE, Json(told))
    }
}

async fn metrics_text(State(app): State<App>) -> impl IntoResponse {
    match &app.metrics {
        Some(metrics) => {
            let head = app.desk.log.head();
            let lag = head - app.desk.positions.reached();
            metrics::gauge!("servicedesk_log_head").set(approximate(head));
            metrics::gauge!("servicedesk_projection_lag").set(approximate(lag));
            (StatusCode::OK, metrics.render())
        }
        None => (StatusCode::NOT_FOUND, "metrics are not recorded here\n".to_owned()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge needs no more than 52 bits")]
const fn approximate(number: i64) -> f64 {
    number as f64
}

async fn version() -> impl IntoResponse {
    Json(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }))
}
