//! The service as one process: what requests share, and the work behind them.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use servicedesk_eventlog::seal::Sealer;
use servicedesk_eventlog::{Clock, Db, Log};
use servicedesk_projections::Runner;
use servicedesk_service::access::tokens::Tokens;
use servicedesk_service::background::{Background, Health, Need};
use servicedesk_service::billing::terms;
use servicedesk_service::buckets::Buckets;
use servicedesk_service::catalogue::seed;
use servicedesk_service::desk::Desk;
use servicedesk_service::file::store::FileStore;
use servicedesk_service::identity::{self, Door, DoorLimits};
use servicedesk_service::live::Live;
use servicedesk_service::mail::Outbox;
use servicedesk_service::sla::book_cache::BookCache;
use servicedesk_service::sla::timers;
use servicedesk_service::ticket::expiry;
use servicedesk_service::{file, licensing, reactions};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::graphql::limits::documents::Documents;
use crate::graphql::limits::places::Places;
use crate::graphql::limits::trusted::TrustedDocuments;
use crate::graphql::limits::types::Types;
use crate::graphql::limits::validation::Validation;
use crate::graphql::schema::{self, AppSchema};
use crate::http::tls::Tls;

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
    /// Where people get in.
    pub door: Arc<Door>,
    /// What callers have left to spend.
    pub buckets: Buckets,
    /// The GraphQL schema.
    pub schema: AppSchema,
    /// The types of its fields.
    pub types: Arc<Types>,
    /// The documents that clients send.
    pub documents: Documents,
    /// The certificate, if the service speaks TLS itself.
    pub tls: Option<Tls>,
    /// A place for each subscription.
    pub subscriptions: Places,
    /// A place for each file that is being sent.
    pub uploads: Places,
    /// A place for each long document that is carried out.
    pub long_documents: Arc<Semaphore>,
    /// A place for each request that is worked on.
    pub working: Arc<Semaphore>,
    /// Which background tasks are no longer running.
    pub background: Health,
    /// What was measured; nothing where nothing is recorded.
    pub metrics: Option<PrometheusHandle>,
}

/// The service and what runs behind it. The background work ends when this is dropped.
pub struct Service {
    /// What requests share.
    pub app: App,
    /// The tasks behind the requests.
    pub background: Background,
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
        let outbox = Outbox::new(config.mail.clone(), &config.mail_from)?;
        let desk = Desk {
            outbox: outbox.clone(),
            positions: runner.positions(),
            book_cache: BookCache::default(),
            reactions: reactions::positions(log.db()),
            files: FileStore::new(&config.files)?,
            patience: Duration::from_secs(u64::from(config.consistency_seconds)),
            log,
        };
        let buckets = Buckets::new(config.limits.bucket_cost, config.limits.restore_rate);
        let trusted = TrustedDocuments::load(config.trusted_documents.as_deref())?;
        let schema = schema::build(config.limits);
        let sdl = schema.sdl();
        let (types, validation) = (Arc::new(Types::of(&sdl)?), Validation::by(&sdl)?);
        let tokens = Arc::new(Tokens::new(desk.clone(), config.token_memory_seconds));
        let door_limits = DoorLimits {
            at_once: config.limits.door_at_once,
            per_minute: config.limits.door_per_minute,
        };
        let door = Door::new(desk.clone(), tokens.clone(), outbox, door_limits).await?;
        let mut background = Background::default();
        let app = App {
            background: background.health(),
            live: Live::default(),
            door: Arc::new(door),
            tokens,
            schema,
            types,
            tls: config.tls.as_ref().map(Tls::load).transpose()?,
            documents: Documents::new(config.limits, trusted, validation),
            subscriptions: Places::new(
                config.limits.subscriptions,
                config.limits.subscriptions_per_caller,
            ),
            uploads: Places::new(config.limits.uploads, config.limits.uploads_per_caller),
            long_documents: Arc::new(Semaphore::new(long_at_once())),
            working: Arc::new(Semaphore::new(config.limits.concurrent_requests)),
            config: Arc::new(config),
            buckets,
            desk,
            metrics,
        };
        let desk = &app.desk;
        let log_task = desk.log.task_end();
        background.start("log", Need::Essential, async move {
            let task = log_task.await;
            tracing::error!(task, "a task of the log has ended");
        });
        background.start("projections", Need::Essential, runner.run());
        background.start("reactions", Need::Essential, reactions::run(desk.clone()));
        background.start("live", Need::Useful, app.live.clone().run(desk.clone()));
        background.start("ticket expiry", Need::Useful, expiry::run(desk.clone()));
        background.start("service levels", Need::Useful, timers::run(desk.clone()));
        background.start("expired codes", Need::Useful, identity::expiry::run(desk.clone()));
        background.start("files", Need::Useful, file::expiry::run(desk.clone()));
        background.start("files left over", Need::Useful, file::expiry::run_sweeps(desk.clone()));
        if let Some(tls) = app.tls.clone() {
            background.start("certificate", Need::Useful, tls.follow_files());
        }
        let sealer = Sealer::new(desk.log.db().clone(), app.config.checkpoint_of(desk.log.db()));
        background.start("seal", Need::Useful, sealer.run());
        background.start("licence ends", Need::Useful, licensing::timers::run(desk.clone()));
        Ok(Self { app, background })
    }

    /// Ends the background work.
    pub async fn stop(mut self) {
        self.background.stop().await;
    }
}

/// How many long documents are carried out at once: half of the machine's cores may be busy with
/// them, and the rest is there for everybody else.
fn long_at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}
