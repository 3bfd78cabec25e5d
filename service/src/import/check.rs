//! Judging a line of a file: what it says, or why it cannot be read.
//!
//! Nothing is asked but the file, the mapping and the rules: whether a name is allowed, the rule
//! that would register it tells.

use std::collections::HashMap;

use csv::{ByteRecord, StringRecord};
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile};
use servicedesk_domain::customer::{self, Customer, CustomerId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{self, Role, StaffMember, StaffMemberId};
use unicode_normalization::UnicodeNormalization;

use super::action::Action;
use super::error::BadLine;
use super::input::{Guess, Reading, Row};
use super::layout::{Layout, value};
use super::mapping::Mapping;
use super::time;
use crate::csv_lines::{self, Placed, Quotes};

/// What is needed to judge a line. Each name is judged once.
pub(super) struct Check<'a> {
    mapping: &'a Mapping,
    layout: &'a Layout,
    delimiter: u8,
    now: Moment,
    staff: HashMap<String, Result<(), BadLine>>,
    customers: HashMap<String, Result<(), BadLine>>,
    products: HashMap<String, Result<(), BadLine>>,
}

impl<'a> Check<'a> {
    pub(super) fn new(
        mapping: &'a Mapping,
        layout: &'a Layout,
        delimiter: u8,
        now: Moment,
    ) -> Self {
        Self {
            mapping,
            layout,
            delimiter,
            now,
            staff: HashMap::new(),
            customers: HashMap::new(),
            products: HashMap::new(),
        }
    }

    pub(super) fn row(&mut self, placed: &Placed<'_>) -> Row {
        let record = text(&placed.values);
        let sound = self.quotes(placed).and_then(|()| self.encoding(&placed.values));
        let reading = sound.and_then(|()| self.reading(&record));
        let guess = reading.is_err().then(|| self.guess(&record));
        Row {
            number: placed.first,
            last: placed.last,
            record,
            reading,
            guess,
            occurrence: 0,
            unread_opening: None,
        }
    }

    fn quotes(&self, placed: &Placed<'_>) -> Result<(), BadLine> {
        if placed.quotes == Quotes::Misplaced {
            return Err(BadLine::Quote);
        }
        // A value that takes in what would be a line of its own was most likely not meant to.
        let lines = placed.raw.split(|byte| *byte == b'\n').zip(placed.first..);
        match lines.skip(1).find(|(line, _)| self.is_a_line(line)) {
            Some((_, number)) => Err(BadLine::Swallowed(number)),
            None => Ok(()),
        }
    }

    fn is_a_line(&self, line: &[u8]) -> bool {
        csv_lines::records(line, self.delimiter).any(|placed| {
            let record = placed.map(|placed| text(&placed.values)).unwrap_or_default();
            let guess = self.guess(&record);
            record.len() == self.layout.width() && guess.action.is_some() && guess.at.is_some()
        })
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
        let (mapping, layout) = (self.mapping, self.layout);
        self.required(record, layout.case)?;
        let missing = || BadLine::Missing(layout.activity_name());
        let activity = layout.activity(record).ok_or_else(missing)?;
        let action = mapping.activities.get(&activity).copied();
        let action = action.ok_or(BadLine::UnknownActivity(activity))?;
        let raw = self.required(record, layout.time)?;
        let at = time::moment(raw, &mapping.time.format, mapping.time.zone, self.now)?;
        if !action.is_by_customer() {
            let staff = self.required(record, layout.staff)?;
            once(&mut self.staff, staff, |value| staff_name(mapping, value))?;
        }
        if let Some(assignee) = layout.assignee.filter(|_| action == Action::Assign) {
            let assignee = self.required(record, assignee)?;
            once(&mut self.staff, assignee, |value| staff_name(mapping, value))?;
        }
        if let Some(customer) = value(record, layout.customer) {
            once(&mut self.customers, customer, |value| customer_name(mapping, value))?;
        }
        if let Some(product) = value(record, layout.product) {
            once(&mut self.products, product, |value| product_code(mapping, value))?;
        }
        let minutes = match layout.time_worked.filter(|_| action == Action::LogTime) {
            Some(column) => Some(self.minutes(self.required(record, column)?)?),
            None => None,
        };
        Ok(Reading { action, at, minutes })
    }

    /// Decimal signs are points or commas; parts of a minute are rounded up, as work is.
    fn minutes(&self, raw: &str) -> Result<i64, BadLine> {
        let per_unit = self.mapping.work.as_ref().map_or(1, |work| work.minutes_per_unit);
        let bad = || BadLine::Minutes(raw.to_owned());
        let units: f64 = raw.replace(',', ".").parse().map_err(|_| bad())?;
        let minutes = (units * f64::from(per_unit)).ceil();
        if !(1.0..=f64::from(u16::MAX)).contains(&minutes) {
            return Err(bad());
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is a small whole number")]
        Ok(minutes as i64)
    }

    /// What can be told of a line that cannot be read.
    fn guess(&self, record: &StringRecord) -> Guess {
        let (mapping, layout) = (self.mapping, self.layout);
        if record.len() != layout.width() {
            // Its values may stand in other columns.
            return Guess { action: None, at: None };
        }
        let activity = layout.activity(record);
        let action = activity.and_then(|activity| mapping.activities.get(&activity).copied());
        let moment = |raw| time::moment(raw, &mapping.time.format, mapping.time.zone, self.now);
        Guess { action, at: value(record, layout.time).and_then(|raw| moment(raw).ok()) }
    }

    fn required<'r>(&self, record: &'r StringRecord, column: usize) -> Result<&'r str, BadLine> {
        let missing = || BadLine::Missing(self.layout.name(column).to_owned());
        value(record, column).ok_or_else(missing)
    }
}

fn text(values: &ByteRecord) -> StringRecord {
    values.iter().map(|value| String::from_utf8_lossy(value).nfc().collect::<String>()).collect()
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
