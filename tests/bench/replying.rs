//! P1 and P2 beside one yardstick: the same event inserted bare. One round after the other, so that
//! what else happens on the machine meets all three.

use servicedesk_eventlog::{Db, Log};
use servicedesk_projections::Runner;

use crate::http::{self, Requests};
use crate::report::{Figure, Goal, Report};
use crate::service::{self, Service};
use crate::settings::Settings;
use crate::store::{Store, open_log};
use crate::workload::{self, Client};
use crate::{appending, postgres, sqlite};

const TICKETS_EACH: usize = 32;

/// An event as it is stored, but for where it stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StoredEvent {
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
}

/// Measures on this system.
pub(crate) async fn measure(
    store: &Store,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let url = store.fresh("append").await?;
    let log = open_log(&url).await?;
    let clients = workload::clients(&log, TICKETS_EACH).await?;
    workload::reply(&log, clients[0].customer_id, clients[0].tickets[0]).await?;
    let event = last_reply(log.db()).await?;
    let yardstick = Yardstick::prepare(store, &url, event).await?;

    let mut replier = Replier::start(store, settings).await?;
    let (mut bare, mut appended, mut replied) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        bare.push(yardstick.rate(settings).await?);
        if settings.is_chosen("p1") {
            appended.push(appending::rate(&log, &clients, settings.load).await?);
        }
        if let Some(replier) = &mut replier {
            replied.push(replier.rate(settings).await?);
        }
    }
    if let Some(replier) = replier {
        replier.service.stop().await?;
    }
    log.db().close().await;

    let figure = |name, what: &str, measured, goal, needed| Figure {
        name,
        what: format!("{what}, {}", store.name()),
        yardstick: yardstick.name(),
        unit: "/s",
        measured,
        beside: bare.clone(),
        goal: Goal::AtLeast(goal),
        needed: Some(Goal::AtLeast(needed)),
    };
    if settings.is_chosen("p1") {
        report.add(figure("P1", "durable append", appended, 2.0, 1.5));
    }
    if settings.is_chosen("p2") {
        report.add(figure("P2", "addReply, projected", replied, 1.0, 0.4));
    }
    Ok(())
}

/// How fast the same event is inserted bare.
enum Yardstick {
    Postgres(postgres::Inserts),
    Sqlite(sqlite::Inserts),
}

impl Yardstick {
    async fn prepare(store: &Store, url: &str, event: StoredEvent) -> anyhow::Result<Self> {
        Ok(match store {
            Store::Postgres { .. } => Self::Postgres(postgres::Inserts::prepare(url, event).await?),
            Store::Sqlite(_) => {
                let beside = store.fresh("yardstick").await?;
                Self::Sqlite(sqlite::Inserts::prepare(url, &beside, event).await?)
            }
        })
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "pgbench, prepared single-row INSERT, 32 clients",
            Self::Sqlite(_) => "single-row INSERT in a loop, synchronous=FULL",
        }
    }

    async fn rate(&self, settings: &Settings) -> anyhow::Result<f64> {
        match self {
            Self::Postgres(inserts) => inserts.rate(settings.load).await,
            Self::Sqlite(inserts) => inserts.rate(settings.load).await,
        }
    }
}

async fn last_reply(db: &Db) -> anyhow::Result<StoredEvent> {
    const SQL: &str = "SELECT event_type, event_version, CAST(payload AS TEXT) AS payload, \
         CAST(metadata AS TEXT) AS metadata FROM events \
         WHERE event_type = 'ticket.reply_added' ORDER BY position DESC LIMIT 1";
    Ok(
        servicedesk_eventlog::on_db!(db, connection => sqlx::query_as(SQL).fetch_one(connection).await?),
    )
}

/// P2: the whole mutation over HTTP against the real program, until every projection is caught up.
struct Replier {
    service: Service,
    requests: Vec<Requests>,
    /// The same database as the service has it, to see how far it is.
    log: Log,
}

impl Replier {
    async fn start(store: &Store, settings: &Settings) -> anyhow::Result<Option<Self>> {
        if !settings.is_chosen("p2") {
            return Ok(None);
        }
        let url = store.fresh("reply").await?;
        let log = open_log(&url).await?;
        let clients = workload::clients(&log, TICKETS_EACH).await?;
        // Registering left work for the projections; done before the service begins.
        let projections = servicedesk_projections::all();
        Runner::prepare(log.clone(), projections).await?.catch_up().await?;
        let service = Service::start(&url)?;
        service.first_answer(&clients[0].token).await?;
        let requests = clients
            .iter()
            .map(|client: &Client| Requests::of(service.address, &client.token, &client.tickets));
        let requests = requests.collect();
        Ok(Some(Self { service, requests, log }))
    }

    /// How many replies a second are answered and projected.
    async fn rate(&mut self, settings: &Settings) -> anyhow::Result<f64> {
        let before = service::head(self.log.db()).await?;
        let begun = std::time::Instant::now();
        let count = http::reply_for(self.requests.clone(), settings.load).await?;
        service::caught_up(self.log.db()).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let recorded = service::head(self.log.db()).await? - before;
        anyhow::ensure!(recorded == i64::from(count), "{count} answered, {recorded} recorded");
        Ok(f64::from(count) / seconds)
    }
}
