//! The figures of an import. They add up: every line is recorded, refused or unreadable.

use std::collections::BTreeMap;
use std::fmt;

use super::report::{LineReport, LineResult};

/// The figures of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Lines of text in the file, with the header, blank lines and those within values.
    pub text_lines: u64,
    /// Lines of the file, the header not counted; a line with a value of several is one.
    pub lines: usize,
    /// Lines that were recorded.
    pub recorded: usize,
    /// Lines that the rules refused, by code.
    pub refused: BTreeMap<&'static str, usize>,
    /// Lines that could not be read.
    pub unreadable: usize,
    /// Lines that were answered by an earlier run.
    pub repeats: usize,
    /// Events that the recorded lines became, by type.
    pub events: BTreeMap<&'static str, usize>,
    /// Tickets that were opened.
    pub tickets_opened: usize,
    /// Those of them that were opened by a line that does not open tickets in the other help desk.
    pub openings_implied: usize,
    /// Tickets that were not opened, because the line that may open them cannot be read.
    pub tickets_withheld: usize,
    /// Members of staff that this run registered.
    pub staff_registered: usize,
    /// Customers that this run registered.
    pub customers_registered: usize,
    /// Departments, categories and products that this run defined.
    pub entries_defined: usize,
}

impl Summary {
    /// Counts a line.
    pub(super) fn count(&mut self, line: &LineReport) {
        self.lines += 1;
        match &line.result {
            LineResult::Recorded { events, .. } => {
                self.recorded += 1;
                for event in events {
                    *self.events.entry(event).or_default() += 1;
                }
            }
            LineResult::Refused(rejection) => {
                *self.refused.entry(rejection.code()).or_default() += 1;
            }
            LineResult::Withheld(reason) => {
                *self.refused.entry(reason.code()).or_default() += 1;
            }
            LineResult::Unreadable(_) => self.unreadable += 1,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: usize = self.refused.values().sum();
        let events: usize = self.events.values().sum();
        row(f, "lines of text", self.text_lines)?;
        row(f, "lines", self.lines)?;
        row(f, "  recorded", self.recorded)?;
        row(f, "  refused", refused)?;
        for (code, count) in &self.refused {
            row(f, &format!("    {code}"), *count)?;
        }
        row(f, "  unreadable", self.unreadable)?;
        row(f, "answered by an earlier run", self.repeats)?;
        row(f, "events of these lines", events)?;
        for (event, count) in &self.events {
            row(f, &format!("  {event}"), *count)?;
        }
        row(f, "tickets opened", self.tickets_opened)?;
        row(f, "  by a line that is no opening", self.openings_implied)?;
        row(f, "tickets with an unreadable opening", self.tickets_withheld)?;
        row(f, "newly registered staff", self.staff_registered)?;
        row(f, "newly registered customers", self.customers_registered)?;
        row(f, "newly defined in the catalogue", self.entries_defined)
    }
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, count: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{what:<34}{count:>10}")
}
