//! A broker's report: a CSV file with a line for each account and period. Every line is accounted
//! for: recorded, known before, or refused by name; and the same file does nothing a second time.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use csv::StringRecord;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use servicedesk_domain::catalogue::{BrokerId, LicensingPolicy};
use servicedesk_domain::kernel::{Moment, Money, local};
use servicedesk_domain::licensing::trading_account::decide::{Record, Shown};
use servicedesk_domain::licensing::trading_account::events::Source;
use servicedesk_domain::licensing::trading_account::{Command, Rejection};
use servicedesk_domain::licensing::{
    AccountNumber, EvidenceId, TradingAccount, TradingAccountId, trading_account_of,
};
use servicedesk_eventlog::{CommandContext, CommandId, Outcome, Position};
use uuid::Uuid;

use super::facts;
use crate::access::policy;
use crate::acting::Acting;
use crate::csv_lines::{self, Placed, Quotes};
use crate::desk::Desk;
use crate::error::{ApiError, Failure};
use crate::spreadsheet::BYTE_ORDER_MARK;

/// The most lines of one report.
pub const MAX_LINES: usize = 10_000;
/// The most bytes of one report.
pub const MAX_BYTES: usize = 1_000_000;
/// How many accounts are recorded at the same time.
const MAX_CONCURRENT: usize = 32;

/// The result of importing a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounted {
    /// How many lines were recorded.
    pub recorded: usize,
    /// How many said what was known already.
    pub repeated: usize,
    /// The lines that were refused.
    pub refused: Vec<RefusedLine>,
    /// The position of the last event that was recorded. 0 if there was none.
    pub position: Position,
}

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Line number in the file, from 1. The heading is line 1.
    pub line: u64,
    /// The reason.
    pub problem: Problem,
}

/// Why a line is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It does not have the columns of the heading, or a value cannot be read.
    Unreadable,
    /// A rule refuses it.
    Rejected(Rejection),
}

/// Why a whole report cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// It is too large.
    #[error("a report has at most {MAX_BYTES} bytes and {MAX_LINES} lines")]
    TooLarge,
    /// Its heading is another.
    #[error(
        "a report's first line is account,period_from,period_to,trades,deposit,currency; a column \
         last_trade may follow"
    )]
    WrongHeading,
    /// The broker is unknown, or not a partner.
    #[error("{0}")]
    Broker(Rejection),
}

/// A line as it is written.
#[derive(Debug, Deserialize)]
struct Line {
    account: String,
    period_from: NaiveDate,
    period_to: NaiveDate,
    trades: i64,
    deposit: String,
    currency: String,
    #[serde(default)]
    last_trade: Option<Moment>,
}

/// A line that can be recorded.
struct Entry {
    line: u64,
    number: AccountNumber,
    shown: Vec<Shown>,
}

/// Records a broker's report.
///
/// # Errors
/// [`NotAReport`] if it cannot be read at all, or why the request failed.
pub async fn import_broker_report(
    acting: Acting<'_>,
    broker_id: BrokerId,
    csv_text: &str,
) -> Result<Accounted, Failure<NotAReport>> {
    policy::acting_licenser(acting.caller)?;
    let desk = acting.desk;
    let catalogue = desk.catalogue().await?;
    let policy = catalogue.licensing_policy.clone();
    let not_a_report = |rejection| Failure::Rejected(NotAReport::Broker(rejection));
    facts::partner(&catalogue, broker_id).map_err(not_a_report)?;
    let (entries, refused) = read(csv_text, broker_id, &policy).map_err(Failure::Rejected)?;
    let mut of_accounts: BTreeMap<TradingAccountId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        of_accounts.entry(trading_account_of(broker_id, &entry.number)).or_default().push(entry);
    }
    // A key that is used for another request is refused before a line is recorded.
    let context = acting.claimed().await?.context();
    let lines = of_accounts.values().flatten().map(|entry| line_id(&context, entry.line));
    let lines: Vec<Uuid> = lines.collect();
    let answered = desk.log.all_answered_before::<NotAReport>(&context, &lines).await?;
    let file = File { desk, broker_id, context, policy, answered };
    let begun = Accounted { refused, ..Accounted::default() };
    let recorded: Vec<Accounted> = stream::iter(of_accounts)
        .map(|(account_id, entries)| record(&file, account_id, entries))
        .buffer_unordered(MAX_CONCURRENT)
        .try_collect()
        .await?;
    let mut all = recorded.into_iter().fold(begun, |mut all, one| {
        all.recorded += one.recorded;
        all.repeated += one.repeated;
        all.refused.extend(one.refused);
        all.position = all.position.max(one.position);
        all
    });
    all.refused.sort_by_key(|refused| refused.line);
    Ok(all)
}

/// A report as its lines are recorded.
struct File<'a> {
    desk: &'a Desk,
    broker_id: BrokerId,
    context: CommandContext,
    policy: LicensingPolicy,
    /// What was answered before under this key, by the ids of the lines' commands.
    answered: HashMap<Uuid, Outcome>,
}

/// The id of a line's command follows from the file's, so that a repeat does nothing.
fn line_id(of_file: &CommandContext, line: u64) -> Uuid {
    Uuid::new_v5(&of_file.command_id.id, &line.to_be_bytes())
}

/// Records one account's lines, in the order of the file.
async fn record(
    file: &File<'_>,
    account_id: TradingAccountId,
    entries: Vec<Entry>,
) -> Result<Accounted, ApiError> {
    let mut accounted = Accounted::default();
    for entry in entries {
        let line = entry.line;
        match line_of(file, account_id, entry).await? {
            Imported::Recorded(position) => {
                accounted.recorded += 1;
                accounted.position = accounted.position.max(position);
            }
            Imported::Repeated => accounted.repeated += 1,
            Imported::Refused(rejection) => {
                let problem = Problem::Rejected(rejection);
                accounted.refused.push(RefusedLine { line, problem });
            }
        }
    }
    Ok(accounted)
}

/// The result of importing a line.
enum Imported {
    Recorded(Position),
    Repeated,
    Refused(Rejection),
}

async fn line_of(
    file: &File<'_>,
    account_id: TradingAccountId,
    entry: Entry,
) -> Result<Imported, ApiError> {
    let File { desk, broker_id, policy, .. } = file;
    let id = line_id(&file.context, entry.line);
    let command_id = CommandId { id, ..file.context.command_id };
    let context = CommandContext { command_id, ..file.context };
    if let Some(outcome) = file.answered.get(&id) {
        // The file came before under this key: the answer is the one of then.
        return Ok(match &outcome.refusal {
            Some(refusal) => Imported::Refused(
                serde_json::from_str(refusal).map_err(|error| ApiError::internal(&error))?,
            ),
            None if outcome.last_position == 0 => Imported::Repeated,
            None => Imported::Recorded(outcome.last_position),
        });
    }
    let account = facts::account(desk, account_id).await?;
    let is_known = |shown: &Shown| match shown {
        Shown::Deposit { evidence_id, .. } | Shown::Trading { evidence_id, .. } => {
            account.has_evidence(*evidence_id)
        }
    };
    let is_repeated = entry.shown.iter().all(is_known);
    let command = Command::Record(Record {
        broker_id: Ok(*broker_id),
        number: entry.number,
        source: Source::BrokerReport,
        shown: entry.shown,
        at: context.occurred_at,
        policy: policy.clone(),
    });
    let done = desk.log.execute::<TradingAccount>(account_id.uuid(), command, context).await;
    match done.map_err(Failure::from) {
        Ok(_) if is_repeated => Ok(Imported::Repeated),
        Ok(executed) => Ok(Imported::Recorded(executed.position)),
        Err(Failure::Rejected(rejection)) => Ok(Imported::Refused(rejection)),
        Err(Failure::Request(error)) => Err(error),
    }
}

type Readings = (Vec<Entry>, Vec<RefusedLine>);

fn read(
    csv_text: &str,
    broker_id: BrokerId,
    policy: &LicensingPolicy,
) -> Result<Readings, NotAReport> {
    if csv_text.len() > MAX_BYTES {
        return Err(NotAReport::TooLarge);
    }
    let csv_text = csv_text.trim_start_matches(BYTE_ORDER_MARK);
    let mut records = csv_lines::records(csv_text.as_bytes(), b',');
    let wrong_heading = |_| NotAReport::WrongHeading;
    let heading = records.next().ok_or(NotAReport::WrongHeading)?.map_err(wrong_heading)?;
    let heading =
        StringRecord::from_byte_record(heading.values).map_err(|_| NotAReport::WrongHeading)?;
    let heading: StringRecord = heading.iter().map(str::trim).collect();
    let wanted = ["account", "period_from", "period_to", "trades", "deposit", "currency"];
    let columns: Vec<&str> = heading.iter().collect();
    let is_wanted = columns.strip_suffix(&["last_trade"]).unwrap_or(&columns) == wanted;
    if !is_wanted {
        return Err(NotAReport::WrongHeading);
    }
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for placed in records {
        if entries.len() + refused.len() >= MAX_LINES {
            return Err(NotAReport::TooLarge);
        }
        let placed = placed.map_err(wrong_heading)?;
        let line = placed.first;
        match entry_of(&placed, &heading, broker_id, policy) {
            Ok(entry) => entries.push(entry),
            // A quote that is not closed takes in the lines that follow; each of them is told.
            Err(problem) => {
                refused.extend((line..=placed.last).map(|line| RefusedLine { line, problem }));
            }
        }
    }
    if entries.len() + refused.len() > MAX_LINES {
        return Err(NotAReport::TooLarge);
    }
    Ok((entries, refused))
}

/// What a record shows. Nothing in a report has more than one line.
fn entry_of(
    placed: &Placed<'_>,
    heading: &StringRecord,
    broker_id: BrokerId,
    policy: &LicensingPolicy,
) -> Result<Entry, Problem> {
    if placed.last > placed.first || placed.quotes != Quotes::Sound {
        return Err(Problem::Unreadable);
    }
    let record =
        StringRecord::from_byte_record(placed.values.clone()).map_err(|_| Problem::Unreadable)?;
    if record.len() != heading.len() {
        return Err(Problem::Unreadable);
    }
    let record: StringRecord = record.iter().map(str::trim).collect();
    let read = record.deserialize::<Line>(Some(heading)).map_err(|_| Problem::Unreadable)?;
    entry(placed.first, &read, broker_id, policy)
}

/// What a line shows: the trading of a period, and the deposit at its end. The ids of the evidence
/// follow from what it says, so that the same line is known again.
fn entry(
    line: u64,
    read: &Line,
    broker_id: BrokerId,
    policy: &LicensingPolicy,
) -> Result<Entry, Problem> {
    let malformed = |_| Problem::Rejected(Rejection::AccountNumberMalformed);
    let number = AccountNumber::parse(&read.account).map_err(malformed)?;
    let day_begins =
        |day: NaiveDate| local::moment_of(day.and_time(NaiveTime::MIN), policy.time_zone);
    let Some(day_after) = read.period_to.checked_add_signed(TimeDelta::days(1)) else {
        return Err(Problem::Unreadable);
    };
    let (from, until) = (day_begins(read.period_from), day_begins(day_after));
    let account_id = trading_account_of(broker_id, &number);
    let id = |what: &str| {
        let said = serde_json::json!([
            what,
            read.period_from,
            read.period_to,
            read.trades,
            read.deposit,
            read.currency,
            read.last_trade,
        ]);
        EvidenceId::new(Uuid::new_v5(&account_id.uuid(), said.to_string().as_bytes()))
    };
    let amount = Money::parse(&read.deposit, &read.currency);
    let trades = read.trades;
    let last_trade_at = read.last_trade;
    let shown = vec![
        Shown::Trading { evidence_id: id("trading"), from, until, trades, last_trade_at },
        Shown::Deposit { evidence_id: id("deposit"), amount, worth: None, as_of: until },
    ];
    Ok(Entry { line, number, shown })
}

impl Problem {
    /// The public code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "UNREADABLE",
            Self::Rejected(rejection) => rejection.code(),
        }
    }
}
