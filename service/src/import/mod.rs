//! Another help desk's history, brought in through the same commands and rules.
//!
//! A mapping (`mapping`) says what the file's words mean; `input` reads the lines, `steps` works
//! out what each asks of its ticket, `recording` decides and records them in the order in which
//! things happened, and `report` accounts for every line. Events have the time at which they
//! happened and the time at which they were recorded, so everything that measures time measures
//! the history and not the import.
//!
//! Architecture invariant: the same file and mapping on the same log always give the same events
//! in the same places, in one run or in several, on either database.

pub mod action;
mod cause;
mod check;
mod columns;
pub mod error;
mod holding;
mod input;
mod layout;
pub mod mapping;
mod names;
mod order;
mod people;
mod reached;
mod recording;
pub mod report;
mod steps;
pub mod summary;
mod task;
pub mod template;
pub mod time;

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use servicedesk_domain::billing::Version;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::Book;
use servicedesk_eventlog::{Log, Position, reader};

pub use error::{BadLine, ImportError};
pub use mapping::Mapping;
pub use report::{LineReport, LineResult, Withheld};
pub use summary::Summary;

use holding::Holding;
use input::{Input, Row};
use names::Names;
use recording::{Answered, Recording};
use task::Sources;

use crate::billing::terms;

/// Ranges of events that lie no further apart than this are read together.
const SMALL_GAP: Position = 64;

/// How an import goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many lines are decided before they are recorded together. The log is the same for any.
    pub window: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { window: 256 }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The figures.
    pub summary: Summary,
    /// Every line, in the order of the file.
    pub lines: Vec<LineReport>,
}

/// Records a file by a mapping. `progress` is told how many of all lines are done.
///
/// A second run over the same file records nothing and reports the same; one after an interrupted
/// run goes on where that stopped. Dropping the future is such an interruption.
///
/// # Errors
/// [`ImportError`]. Where the file is not as the mapping needs it, nothing was recorded.
pub async fn run(
    log: &Log,
    mapping: &Mapping,
    csv: impl Read,
    options: Options,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Import, ImportError> {
    let input = input::read(csv, mapping, log.now())?;
    let names = Names::new(&mapping.name);
    let mut summary = Summary { text_lines: input.text_lines, ..Summary::default() };
    let mut results: HashMap<usize, LineResult> = HashMap::with_capacity(input.order.len());
    if let Some(begin) = begin(&input) {
        let (catalogue, defined) =
            people::define_missing(log, mapping, &names, &input.products, begin).await?;
        summary.entries_defined = defined;
        let ticket_ids = input
            .order
            .iter()
            .filter_map(|&row| layout::value(&input.rows[row].record, input.layout.case));
        let ticket_ids = ticket_ids.map(|case| names.ticket_id(case));
        let mut holding = Holding::place(log, names.hold_id(&input.digest), ticket_ids).await?;
        let sources = Sources {
            mapping,
            input: &input,
            names: &names,
            book: Arc::new(Book::new(&catalogue)),
            catalogue,
            terms: terms_for(log, mapping).await?,
        };
        let mut recording = Recording::new(log, sources);
        let mut done = input.rows.len() - input.order.len();
        for window in input.order.chunks(options.window.max(1)) {
            progress(done, input.rows.len());
            holding.extend().await?;
            let answered = recording.window(window).await?;
            let types = event_types(log, &answered).await?;
            for line in answered {
                summary.repeats += usize::from(line.is_repeat);
                results.insert(line.row, result(&line, &types)?);
            }
            done += window.len();
        }
        summary.staff_registered = recording.staff_registered;
        summary.customers_registered = recording.customers_registered;
        holding.release().await?;
    }
    progress(input.rows.len(), input.rows.len());
    let mut lines = Vec::with_capacity(input.rows.len());
    for (index, row) in input.rows.iter().enumerate() {
        let line = line_report(&input, row, results.remove(&index))?;
        summary.count(&line);
        let opened = opened(&line);
        summary.tickets_opened += opened;
        if row.reading.as_ref().is_ok_and(|reading| !reading.action.opens()) {
            summary.openings_implied += opened;
        }
        lines.push(line);
    }
    summary.tickets_withheld = tickets_withheld(&lines);
    Ok(Import { summary, lines })
}

/// When the history begins.
fn begin(input: &Input) -> Option<Moment> {
    let first = &input.rows[*input.order.first()?];
    first.reading.as_ref().ok().map(|reading| reading.at)
}

/// The types of the events that lines became, by position.
async fn event_types(
    log: &Log,
    answered: &[Answered],
) -> Result<HashMap<Position, &'static str>, ImportError> {
    let outcomes = answered.iter().flat_map(|line| &line.outcomes);
    let mut ranges: Vec<(Position, Position)> = outcomes
        .filter(|outcome| outcome.first_position > 0)
        .map(|outcome| (outcome.first_position, outcome.last_position))
        .collect();
    ranges.sort_unstable();
    let mut merged: Vec<(Position, Position)> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if first - before.1 <= SMALL_GAP => before.1 = last,
            _ => merged.push((first, last)),
        }
    }
    let mut types = HashMap::new();
    for (first, last) in merged {
        let read = reader::read_after(log.db(), first - 1, last - first + 1).await;
        let events = read.map_err(ImportError::fault)?;
        types.extend(events.iter().map(|event| (event.position, event.event.event_type())));
    }
    Ok(types)
}

/// The terms by which work would be charged, if the mapping logs any.
async fn terms_for(log: &Log, mapping: &Mapping) -> Result<Option<Version>, ImportError> {
    if mapping.work.is_none() {
        return Ok(None);
    }
    terms::load_default(log).await.map_err(ImportError::fault)?;
    let version = terms::in_force_at(log, log.now()).await;
    version.map(Some).map_err(ImportError::fault)
}

fn result(
    line: &Answered,
    types: &HashMap<Position, &'static str>,
) -> Result<LineResult, ImportError> {
    if let Some(withheld) = line.withheld {
        return Ok(LineResult::Withheld(withheld));
    }
    let outcomes = &line.outcomes;
    if let Some(refusal) = outcomes.iter().find_map(|outcome| outcome.refusal.as_deref()) {
        let rejection = serde_json::from_str(refusal).map_err(ImportError::fault)?;
        return Ok(LineResult::Refused(rejection));
    }
    let recorded = outcomes.iter().filter(|outcome| outcome.first_position > 0);
    let positions = recorded.flat_map(|outcome| outcome.first_position..=outcome.last_position);
    let lost = |position| ImportError::fault(format!("event {position} cannot be read"));
    let of = |position| types.get(&position).copied().ok_or_else(|| lost(position));
    let events = positions.map(of).collect::<Result<_, _>>()?;
    let position = outcomes.iter().map(|outcome| outcome.last_position).max().unwrap_or_default();
    Ok(LineResult::Recorded { events, position })
}

fn line_report(
    input: &Input,
    row: &Row,
    result: Option<LineResult>,
) -> Result<LineReport, ImportError> {
    let result = match &row.reading {
        Ok(_) => result
            .ok_or_else(|| ImportError::fault(format!("line {} was not answered", row.number)))?,
        Err(reason) => LineResult::Unreadable(reason.clone()),
    };
    let value = |column| layout::value(&row.record, column).unwrap_or_default().to_owned();
    Ok(LineReport {
        number: row.number,
        last: row.last,
        case: value(input.layout.case),
        activity: input.layout.activity(&row.record).unwrap_or_default(),
        time: value(input.layout.time),
        result,
    })
}

/// How many tickets were not opened, because the line that may open them cannot be read.
fn tickets_withheld(lines: &[LineReport]) -> usize {
    let withheld = lines.iter().filter(|line| {
        matches!(line.result, LineResult::Withheld(Withheld::OpeningUnreadable { .. }))
    });
    withheld.map(|line| &line.case).collect::<HashSet<_>>().len()
}

/// How many tickets a line opened.
fn opened(line: &LineReport) -> usize {
    match &line.result {
        LineResult::Recorded { events, .. } => {
            events.iter().filter(|event| **event == OPENED).count()
        }
        _ => 0,
    }
}

/// The type of the event with which a ticket begins.
const OPENED: &str = "ticket.opened";
