//! Reading a file: every line becomes a line that can be imported, or the reason why it cannot.
//! Nothing is recorded here.

use std::collections::HashSet;
use std::io::Read;

use csv::StringRecord;
use servicedesk_domain::catalogue::file::ProductEntry;
use servicedesk_domain::kernel::Moment;
use sha2::{Digest, Sha256};

use super::action::Action;
use super::check::Check;
use super::error::{BadLine, ImportError};
use super::layout::{Layout, value};
use super::mapping::Mapping;
use super::order;
use crate::csv_lines::{self, Placed, Quotes};
use crate::spreadsheet::BYTE_ORDER_MARK;

/// How many lines of a file one value may plausibly take up. A value with more was not closed.
const MAX_RECORD_LINES: u64 = 2_000;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) layout: Layout,
    /// Every line, in the order of the file.
    pub(super) rows: Vec<Row>,
    /// The readable ones among `rows`, in the order in which things happened.
    pub(super) order: Vec<usize>,
    /// The products that readable lines name, in the order in which they came up.
    pub(super) products: Vec<ProductEntry>,
    /// How many lines of text the file has, with the header and blank ones.
    pub(super) text_lines: u64,
    /// The same for the same file.
    pub(super) digest: String,
}

/// A line of the file; one with a value of several lines has all of them.
#[derive(Debug)]
pub(super) struct Row {
    /// The number of its first line in the file, from 1, the header counted.
    pub(super) number: u64,
    /// The number of its last line.
    pub(super) last: u64,
    pub(super) record: StringRecord,
    pub(super) reading: Result<Reading, BadLine>,
    /// What can be told of it if it cannot be read.
    pub(super) guess: Option<Guess>,
    /// How many lines before it say the same.
    pub(super) occurrence: u32,
    /// The line with which its ticket may begin and that cannot be read.
    pub(super) unread_opening: Option<u64>,
}

/// What a readable line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) action: Action,
    pub(super) at: Moment,
    /// For how long work is logged.
    pub(super) minutes: Option<i64>,
}

/// What can be told of a line that cannot be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    pub(super) action: Option<Action>,
    pub(super) at: Option<Moment>,
}

impl Row {
    /// What the line asks for, if it can be read.
    pub(super) fn action(&self) -> Option<Action> {
        self.reading.as_ref().ok().map(|reading| reading.action)
    }

    /// What makes it the same line in another file: its ticket, what was done, when and by whom.
    pub(super) fn identity(&self, layout: &Layout) -> Vec<String> {
        let text = |column| value(&self.record, column).unwrap_or_default().to_owned();
        let reading = self.reading.as_ref().ok();
        let is_by_customer = reading.is_some_and(|reading| reading.action.is_by_customer());
        vec![
            text(layout.case),
            layout.activity(&self.record).unwrap_or_default(),
            reading.map(|reading| reading.at.timestamp_micros().to_string()).unwrap_or_default(),
            text(layout.staff),
            if is_by_customer { text(layout.customer) } else { String::new() },
        ]
    }
}

/// Reads a whole file. Times after `now` are refused.
///
/// # Errors
/// Where the header is not what the mapping needs, the file cannot be read on, or a quote is not
/// closed, so that nobody can say where lines begin.
pub(super) fn read(
    mut csv: impl Read,
    mapping: &Mapping,
    now: Moment,
) -> Result<Input, ImportError> {
    let mut bytes = Vec::new();
    csv.read_to_end(&mut bytes).map_err(csv::Error::from)?;
    let digest = format!("{:x}", Sha256::digest(&bytes));
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(&bytes);
    let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
    let mut records = csv_lines::records(bytes, delimiter);
    let header = records.next().ok_or(ImportError::EmptyFile)??;
    check_extent(&header)?;
    let header =
        StringRecord::from_byte_record(header.values).map_err(|_| ImportError::BadHeader)?;
    let layout = Layout::find(mapping, &header)?;
    let mut check = Check::new(mapping, &layout, delimiter, now);
    let mut rows = Vec::new();
    for placed in records {
        let placed = placed?;
        check_extent(&placed)?;
        rows.push(check.row(&placed));
    }
    let order = order::in_time(&rows, &layout);
    order::number_equals(&mut rows, &order, &layout);
    order::mark_unopened(&mut rows, &order, &layout);
    let products = products(mapping, &layout, order.iter().map(|&n| &rows[n].record));
    let text_lines = csv_lines::count(bytes);
    Ok(Input { layout, rows, order, products, text_lines, digest })
}

/// Stops at a value that was not closed: it has taken in lines, and which of them are text and
/// which are lines of the history nobody can say.
fn check_extent(placed: &Placed<'_>) -> Result<(), ImportError> {
    let (first, last) = (placed.first, placed.last);
    match placed.quotes {
        Quotes::Unclosed => Err(ImportError::UnclosedQuote { first, last }),
        Quotes::Misplaced if last > first => Err(ImportError::UnclosedQuote { first, last }),
        _ if last - first >= MAX_RECORD_LINES => Err(ImportError::UnclosedQuote { first, last }),
        _ => Ok(()),
    }
}

/// One entry for each code. Values that have one code are one product, and the first gives the
/// title.
fn products<'a>(
    mapping: &Mapping,
    layout: &Layout,
    records: impl Iterator<Item = &'a StringRecord>,
) -> Vec<ProductEntry> {
    let mut seen = HashSet::new();
    let mut products: Vec<ProductEntry> = Vec::new();
    for value in records.filter_map(|record| value(record, layout.product)) {
        if seen.insert(value) {
            let product = mapping.product(value);
            if !products.iter().any(|known| known.code == product.code) {
                products.push(product);
            }
        }
    }
    products
}
