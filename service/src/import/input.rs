//! Reading a file: every line becomes a line that can be imported, or the reason why it cannot.
//!
//! Nothing is recorded here, and nothing is asked but the file, the mapping and the rules: whether
//! a name is allowed, the rule that would register it tells.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use chrono_tz::Tz;
use csv::{ByteRecord, StringRecord};
use servicedesk_domain::catalogue::file::ProductEntry;
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile};
use servicedesk_domain::customer::{self, Customer, CustomerId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{self, Role, StaffMember, StaffMemberId};

use super::error::{BadLine, ImportError};
use super::layout::{Layout, value};
use super::mapping::{Action, Mapping};
use super::time;

/// What some programs write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that was read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) layout: Layout,
    /// Every line, in the order of the file.
    pub(super) rows: Vec<Row>,
    /// The readable ones among `rows`, in the order in which things happened; those of one moment
    /// in the order of the file.
    pub(super) order: Vec<usize>,
    /// The products that readable lines name, in the order in which they came up.
    pub(super) products: Vec<ProductEntry>,
}

/// A line of the file.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number in the file, from 1, the header counted.
    pub(super) number: u64,
    pub(super) record: StringRecord,
    pub(super) reading: Result<Reading, BadLine>,
}

/// What a readable line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) action: Action,
    pub(super) at: Moment,
}

/// Reads a whole file. Times after `now` are refused.
///
/// # Errors
/// Where the header is not what the mapping needs, or the file cannot be read on.
pub(super) fn read(
    mut csv: impl Read,
    mapping: &Mapping,
    now: Moment,
) -> Result<Input, ImportError> {
    let mut bytes = Vec::new();
    csv.read_to_end(&mut bytes).map_err(csv::Error::from)?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let mut line_numbers = LineNumbers { bytes, counted: 0, number: 1 };
    let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let header = reader.byte_headers()?.clone();
    if header.is_empty() {
        return Err(ImportError::EmptyFile);
    }
    let header = StringRecord::from_byte_record(header).map_err(|_| ImportError::BadHeader)?;
    let layout = Layout::find(mapping, &header)?;
    let mut check = Check::new(mapping, &layout, now);
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let start = record.position().map_or(0, csv::Position::byte);
        rows.push(check.row(line_numbers.at(start), &record));
    }
    let at = |row: &Row| row.reading.as_ref().ok().map(|reading| reading.at);
    let mut order: Vec<usize> = (0..rows.len()).filter(|&n| rows[n].reading.is_ok()).collect();
    order.sort_by_key(|&n| at(&rows[n]));
    let products = products(mapping, &layout, order.iter().map(|&n| &rows[n].record));
    Ok(Input { layout, rows, order, products })
}

/// Counts lines, because a record that follows blank lines is said to begin at the first of them.
struct LineNumbers<'a> {
    bytes: &'a [u8],
    counted: usize,
    number: u64,
}

impl LineNumbers<'_> {
    /// The number of the line that the record begins on which begins here, or behind blank lines.
    fn at(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(&byte) = self.bytes.get(self.counted) {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.counted + 1) != Some(&b'\n'),
                _ => false,
            };
            if self.counted >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.number += u64::from(ends_line);
            self.counted += 1;
        }
        self.number
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

/// What is needed to judge a line. Each name is judged once.
struct Check<'a> {
    mapping: &'a Mapping,
    layout: &'a Layout,
    zone: Tz,
    now: Moment,
    staff: HashMap<String, Result<(), BadLine>>,
    customers: HashMap<String, Result<(), BadLine>>,
    products: HashMap<String, Result<(), BadLine>>,
}

impl<'a> Check<'a> {
    fn new(mapping: &'a Mapping, layout: &'a Layout, now: Moment) -> Self {
        Self {
            mapping,
            layout,
            zone: mapping.time.zone,
            now,
            staff: HashMap::new(),
            customers: HashMap::new(),
            products: HashMap::new(),
        }
    }

    fn row(&mut self, number: u64, bytes: &ByteRecord) -> Row {
        let record: StringRecord =
            bytes.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        let reading = self.encoding(bytes).and_then(|()| self.reading(&record));
        Row { number, record, reading }
    }

    fn encoding(&self, bytes: &ByteRecord) -> Result<(), BadLine> {
        match bytes.iter().position(|value| std::str::from_utf8(value).is_err()) {
            Some(column) => Err(BadLine::Encoding(self.layout.name(column).to_owned())),
            None => Ok(()),
        }
    }

    fn reading(&mut self, record: &StringRecord) -> Result<Reading, BadLine> {
        let (found, expected) = (record.len(), self.layout.width());
        if found != expected {
            return Err(BadLine::Width { found, expected });
        }
        self.required(record, self.layout.case)?;
        let activity = self.required(record, self.layout.activity)?;
        let action = self.mapping.activities.get(activity).copied();
        let action = action.ok_or_else(|| BadLine::UnknownActivity(activity.to_owned()))?;
        let raw = self.required(record, self.layout.time)?;
        let at = time::moment(raw, &self.mapping.time.format, self.zone, self.now)?;
        let staff = self.required(record, self.layout.staff)?;
        let mapping = self.mapping;
        once(&mut self.staff, staff, |value| staff_name(mapping, value))?;
        if let Some(customer) = value(record, self.layout.customer) {
            once(&mut self.customers, customer, |value| customer_name(mapping, value))?;
        }
        if let Some(product) = value(record, self.layout.product) {
            once(&mut self.products, product, |value| product_code(mapping, value))?;
        }
        Ok(Reading { action, at })
    }

    fn required<'r>(&self, record: &'r StringRecord, column: usize) -> Result<&'r str, BadLine> {
        let missing = || BadLine::Missing(self.layout.name(column).to_owned());
        value(record, column).ok_or_else(missing)
    }
}

fn once(
    judged: &mut HashMap<String, Result<(), BadLine>>,
    value: &str,
    judge: impl FnOnce(&str) -> Result<(), BadLine>,
) -> Result<(), BadLine> {
    if let Some(judgement) = judged.get(value) {
        return judgement.clone();
    }
    let judgement = judge(value);
    judged.insert(value.to_owned(), judgement.clone());
    judgement
}

fn staff_name(mapping: &Mapping, value: &str) -> Result<(), BadLine> {
    let command = staff::Command::Register {
        staff_member_id: StaffMemberId::default(),
        name: mapping.staff.name.fill(|_| value),
        // The departments are the mapping's affair, not the line's.
        role: Role::Manager,
        department_ids: Vec::new(),
    };
    staff::decide::decide(&StaffMember::default(), command)?;
    Ok(())
}

fn customer_name(mapping: &Mapping, value: &str) -> Result<(), BadLine> {
    let name = mapping.customers.name.fill(|_| value);
    let command = customer::Command::Register { customer_id: CustomerId::default(), name };
    customer::decide::decide(&Customer::default(), command)?;
    Ok(())
}

fn product_code(mapping: &Mapping, value: &str) -> Result<(), BadLine> {
    let file = CatalogueFile { products: vec![mapping.product(value)], ..CatalogueFile::default() };
    let command = catalogue::Command::Load(Box::new(file), Moment::UNIX_EPOCH);
    catalogue::decide::decide(&Catalogue::default(), command)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_however_they_end() {
        for (bytes, starts) in [
            ("a\nb\n\nc", [(0, 1), (2, 2), (4, 4)]),
            ("a\r\nb\r\n\r\nc", [(0, 1), (3, 2), (6, 4)]),
            ("a\rb\r\rc", [(0, 1), (2, 2), (4, 4)]),
            ("\na\n\"b\n\"\nc", [(0, 2), (3, 3), (8, 5)]),
        ] {
            let mut numbers = LineNumbers { bytes: bytes.as_bytes(), counted: 0, number: 1 };
            for (start, number) in starts {
                assert_eq!(numbers.at(start), number, "{bytes:?} at {start}");
            }
        }
    }
}
