//! A log of any length with the shape of a real one: four years of a real help desk, imported by the
//! same commands as everything else, and then repeated under new ids.

use std::path::Path;

use anyhow::Context;
use servicedesk_eventlog::{Db, Log, Recorded, reader};
use servicedesk_service::import::{self, Mapping, Options};
use uuid::Uuid;

use crate::store::{Store, open_log};
use crate::workload::{self, TEXT};

const CSV: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/helpdesk-italian-company.csv");
const MAPPING: &str = include_str!("../../imports/helpdesk-italian-company.toml");
/// How many tickets each customer has where the real file is missing, and how many replies each.
const SYNTHETIC_TICKETS: usize = 16;
const SYNTHETIC_REPLIES: usize = 4;

/// A row of the log.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) position: i64,
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) serial: Option<i64>,
}

/// A short log, of which a long one is made.
pub(crate) struct History {
    /// Where it comes from, in words.
    pub(crate) source: String,
    /// Whether it is of no real help desk.
    pub(crate) is_made_up: bool,
    /// Catalogue, staff and customers, which stand there once.
    before: Vec<Row>,
    /// What happened to tickets, which is repeated.
    tickets: Vec<Template>,
    /// The same, as readers of the log get it.
    recorded: Vec<Recorded>,
    /// How many tickets those are.
    ticket_count: i64,
}

/// A row, and the ids in it that are other ones in each repetition.
struct Template {
    row: Row,
    ids: Vec<(String, Uuid)>,
}

impl History {
    /// The real one where its file is there, and else one made up.
    pub(crate) async fn read() -> anyhow::Result<Self> {
        let store = Store::sqlite()?;
        let log = open_log(&store.fresh("history").await?).await?;
        let csv = std::env::var("BENCH_CSV").unwrap_or_else(|_| CSV.to_owned());
        let is_made_up = !Path::new(&csv).exists();
        if is_made_up {
            make_up(&log).await?;
        } else {
            import_into(&log, &csv).await?;
        }
        let history = Self::of(log.db(), is_made_up).await;
        log.db().close().await;
        history
    }

    async fn of(db: &Db, is_made_up: bool) -> anyhow::Result<Self> {
        let source = if is_made_up {
            "a made-up log, because the real help desk's is missing"
        } else {
            "the log of a real help desk, repeated under new ids"
        };
        let all = rows_of(db).await?;
        let (tickets, before): (Vec<Row>, Vec<Row>) =
            all.into_iter().partition(|row| row.aggregate_type == "ticket");
        let mut before = before;
        for (position, row) in (1..).zip(&mut before) {
            row.position = position;
        }
        let ticket_count = tickets.iter().filter_map(|row| row.serial).max().unwrap_or(0);
        let tickets = tickets.into_iter().map(Template::of).collect::<anyhow::Result<_>>()?;
        let mut recorded = reader::read_after(db, 0, i64::MAX).await?;
        recorded.retain(|event| event.event.as_ticket().is_some());
        Ok(Self { source: source.to_owned(), is_made_up, before, tickets, recorded, ticket_count })
    }

    /// So many events, in order.
    pub(crate) fn rows(&self, events: i64) -> impl Iterator<Item = Row> {
        let before = self.before.iter().cloned();
        let repeated = (0_u128..).flat_map(move |round| {
            self.tickets.iter().map(move |template| template.in_round(round, self.ticket_count))
        });
        (1..=events).zip(before.chain(repeated)).map(|(position, row)| Row { position, ..row })
    }

    /// What happened to so many tickets at least, in whole repetitions, as readers of the log get
    /// it, and how many tickets that are.
    pub(crate) fn recorded(&self, tickets: i64) -> (i64, impl Iterator<Item = Recorded>) {
        let rounds = (tickets + self.ticket_count - 1) / self.ticket_count.max(1);
        let in_round = |(round, event): (i64, &Recorded)| {
            let mut event = event.clone();
            event.aggregate_id = in_round(event.aggregate_id, round.unsigned_abs().into());
            event
        };
        let events =
            (0..rounds).flat_map(|round| self.recorded.iter().map(move |one| (round, one)));
        (rounds * self.ticket_count, events.map(in_round))
    }

    /// What sets the heads of the log to those of so many events.
    pub(crate) fn heads(events: i64) -> [String; 2] {
        [
            format!("UPDATE log_head SET position = {events}"),
            "INSERT INTO log_serials (aggregate_type, last) \
             SELECT aggregate_type, MAX(serial) FROM events WHERE serial IS NOT NULL \
             GROUP BY aggregate_type"
                .to_owned(),
        ]
    }
}

impl Template {
    /// The real log holds no texts, so requests and notes say what such things say.
    fn of(mut row: Row) -> anyhow::Result<Self> {
        let mut payload: serde_json::Value = serde_json::from_str(&row.payload)?;
        let body = payload.get_mut(&row.event_type).and_then(serde_json::Value::as_object_mut);
        let mut ids = vec![row.aggregate_id.clone()];
        if let Some(body) = body {
            if let Some(text) = body.get_mut("text") {
                put_text(text);
            }
            if let Some(id) = body.get("message_id").and_then(serde_json::Value::as_str) {
                ids.push(id.to_owned());
            }
        }
        row.payload = payload.to_string();
        let metadata: serde_json::Value = serde_json::from_str(&row.metadata)?;
        let command_id = metadata["causation_id"].as_str().context("an event without a cause")?;
        ids.push(command_id.to_owned());
        let parsed = |id: String| Ok::<_, uuid::Error>((id.clone(), id.parse()?));
        let ids = ids.into_iter().map(parsed).collect::<Result<_, _>>()?;
        Ok(Self { row, ids })
    }

    fn in_round(&self, round: u128, ticket_count: i64) -> Row {
        let mut row = self.row.clone();
        for (old, id) in &self.ids {
            let new = in_round(*id, round).to_string();
            row.payload = row.payload.replace(old, &new);
            row.metadata = row.metadata.replace(old, &new);
            if row.aggregate_id == *old {
                row.aggregate_id = new;
            }
        }
        let round = i64::try_from(round).unwrap_or(i64::MAX);
        row.serial = row.serial.map(|serial| serial + round * ticket_count);
        row
    }
}

/// Another id in each round, and different ones of different ids.
fn in_round(id: Uuid, round: u128) -> Uuid {
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    Uuid::from_u128(id.as_u128() ^ round.wrapping_mul(SPREAD))
}

/// Puts the example text in place of a personal one.
fn put_text(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => TEXT.clone_into(text),
        serde_json::Value::Object(fields) => {
            if let Some(text) = fields.get_mut("plain") {
                put_text(text);
            }
        }
        _ => {}
    }
}

async fn rows_of(db: &Db) -> anyhow::Result<Vec<Row>> {
    const SQL: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, \
         event_version, CAST(payload AS TEXT) AS payload, CAST(metadata AS TEXT) AS metadata, \
         serial FROM events ORDER BY position";
    Ok(
        servicedesk_eventlog::on_db!(db, connection => sqlx::query_as(SQL).fetch_all(connection).await?),
    )
}

async fn import_into(log: &Log, csv: &str) -> anyhow::Result<()> {
    // Tickets are measured as they are at any desk.
    servicedesk_service::catalogue::seed::load_default(log).await?;
    let mapping = Mapping::read(MAPPING)?;
    let file = std::io::BufReader::new(std::fs::File::open(csv)?);
    import::run(log, &mapping, file, Options::default(), &mut |_, _| {}).await?;
    Ok(())
}

async fn make_up(log: &Log) -> anyhow::Result<()> {
    let clients = workload::clients(log, SYNTHETIC_TICKETS).await?;
    for round in 0..SYNTHETIC_TICKETS * SYNTHETIC_REPLIES {
        let replies = clients.iter().map(|client| {
            let ticket_id = client.tickets[round % client.tickets.len()];
            workload::reply(log, client.customer_id, ticket_id)
        });
        futures::future::try_join_all(replies).await?;
    }
    Ok(())
}
