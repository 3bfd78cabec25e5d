//! Running the service until it is told to stop.

use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusBuilder;
use servicedesk_eventlog::{Db, DbError};
use servicedesk_service::clock;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::app::Service;
use crate::config::Config;
use crate::http;

use super::screen;

/// The upper bounds of what histograms count: commands in a batch.
const BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// How often a database that is not there yet is tried.
const START_PAUSE: Duration = Duration::from_millis(500);

/// How long connections that are still open may hold up the end.
const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// Serves until the process is told to stop, then finishes what was begun.
pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = listen(&config).await?;
    let service = start(config).await?;
    announce(&service, &listener, &[])?;
    until_stopped(service, listener).await
}

/// Takes the address, before anything is said of it and before the database is touched.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.listen;
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}"))
}

/// Starts everything but listening.
pub(super) async fn start(config: Config) -> anyhow::Result<Service> {
    let metrics = PrometheusBuilder::new().set_buckets(BUCKETS)?.install_recorder()?;
    let is_behind_proxy = config.is_https() && config.tls.is_none();
    if is_behind_proxy && config.client_address_header.is_none() {
        tracing::warn!(
            "public_url is https and client_address_header is not set: all clients seem to come \
             from the proxy, and share the limits of one address"
        );
    }
    let db = open_patiently(&config).await?;
    Service::start(config, db, clock::system(), Some(metrics)).await
}

/// Opens the database. PostgreSQL may be started at the same time as this, or be away for a moment,
/// so it is waited for, which is said.
async fn open_patiently(config: &Config) -> anyhow::Result<Db> {
    let seconds = config.database_wait_seconds;
    let deadline = Instant::now() + Duration::from_secs(u64::from(seconds));
    // A file is there or not.
    let is_waited_for = !config.database_url.starts_with("sqlite:");
    let mut is_said = false;
    loop {
        let error = match super::open(config).await {
            Ok(db) => return Ok(db),
            Err(error) => error,
        };
        let may_come = matches!(error.downcast_ref(), Some(DbError::Unavailable(_)));
        if !is_waited_for || !may_come || Instant::now() >= deadline {
            return Err(error);
        }
        if !std::mem::replace(&mut is_said, true) {
            screen::remark(format_args!(
                "servicedesk: waiting up to {seconds} s for the database: {error}"
            ));
        }
        tokio::time::sleep(START_PAUSE).await;
    }
}

/// Says on standard output where to go.
pub(super) fn announce(
    service: &Service,
    listener: &TcpListener,
    lines: &[String],
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let system = service.app.desk.log.db().system();
    let scheme = service.app.tls.as_ref().map_or("http", |_| "https");
    let mut text = format!(
        "servicedesk {} on {system}\n  GraphQL and GraphiQL  {scheme}://{address}/graphql\n  \
         health, metrics       {scheme}://{address}/readyz  {scheme}://{address}/metrics\n",
        env!("CARGO_PKG_VERSION")
    );
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    match screen::text(text) {
        // Nobody waits for the message; the service runs all the same.
        Err(error) if error.is::<screen::Closed>() => Ok(()),
        printed => printed,
    }
}

/// Answers until the process is told to stop.
///
/// # Errors
/// If the address can no longer be listened on, the log is no longer the one that was opened, or a
/// task has ended that nothing works without.
pub async fn until_stopped(service: Service, listener: TcpListener) -> anyhow::Result<()> {
    let router: Router = http::router(service.app.clone());
    let (config, tls) = (service.app.config.clone(), service.app.tls.clone());
    let (stopping, mut stopped) = tokio::sync::watch::channel(());
    let begun = async move {
        stop_signal().await;
        tracing::info!("stopping");
        drop(stopping);
    };
    // Requests are finished, but a watcher may stay for days, so there is an end to the waiting.
    let out_of_patience = async {
        // Fails when the sender is dropped, which is the word.
        drop(stopped.changed().await);
        tokio::time::sleep(LONGEST_FAREWELL).await;
    };
    let background = service.app.background.clone();
    let db = service.app.desk.log.db().clone();
    let outcome = tokio::select! {
        () = http::serving::serve(listener, router, &config, tls.as_ref(), begun) => Ok(()),
        () = out_of_patience => {
            tracing::info!("watchers were still connected");
            Ok(())
        }
        // Nothing is written any more, and what is in memory is of another log.
        diverged = db.diverged() => return Err(diverged.into()),
        ended = background.failure() => {
            Err(anyhow::anyhow!("nothing works without {}: {}", ended.name, ended.cause))
        }
    };
    service.stop().await;
    db.close().await;
    outcome
}

/// Waits until the process is told to stop.
pub(super) async fn stop_signal() {
    let interrupt = async {
        // Where no handler can be set, the process ends as it would without one.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
