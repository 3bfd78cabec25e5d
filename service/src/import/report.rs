//! What became of each line, and the report file that says so.

use std::io::Write;

use servicedesk_domain::ticket::Rejection;
use servicedesk_eventlog::Position;

use super::error::BadLine;
use crate::spreadsheet::{Cell, Spreadsheet};

/// What became of one line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// Its number in the file, from 1, the header counted.
    pub number: u64,
    /// The number of its last line, which differs if a value has several.
    pub last: u64,
    /// Which ticket it is about, as the file says.
    pub case: String,
    /// What was done, as the file says.
    pub activity: String,
    /// When, as the file says.
    pub time: String,
    /// What became of it.
    pub result: LineResult,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineResult {
    /// It was recorded as these events.
    Recorded {
        /// Their types, in order.
        events: Vec<&'static str>,
        /// The position of the last of them.
        position: Position,
    },
    /// The rules refused it.
    Refused(Rejection),
    /// What is in the file or in the log already keeps it from being recorded. It is judged again
    /// by each run.
    Withheld(Withheld),
    /// It could not be read.
    Unreadable(BadLine),
}

/// Why a line that can be read is not even put to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The line that may have opened the ticket cannot be read.
    #[error("the ticket may begin with line {line}, which cannot be read")]
    OpeningUnreadable {
        /// That line.
        line: u64,
    },
    /// The ticket has gone on since.
    #[error("the ticket had gone on before this line was imported")]
    OutOfOrder,
}

impl Withheld {
    /// The code in the report.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OpeningUnreadable { .. } => "OPENING_UNREADABLE",
            Self::OutOfOrder => "OUT_OF_ORDER",
        }
    }
}

/// What a report begins with.
pub const HEADING: &[&str] = &[
    "line",
    "case",
    "activity",
    "time",
    "result",
    "events",
    "code",
    "message",
    "position",
    "last_line",
];

/// Writes the report: every line once, in the order of the file.
///
/// # Errors
/// Where it cannot be written.
pub fn write(lines: &[LineReport], to: impl Write) -> Result<(), csv::Error> {
    let mut report = Spreadsheet::new(to, HEADING)?;
    for line in lines {
        let [result, events, code, message, position] = line.result.columns();
        report.record([
            Cell::figure(line.number),
            Cell::text(&line.case),
            Cell::text(&line.activity),
            Cell::text(&line.time),
            Cell::figure(result),
            Cell::figure(events),
            Cell::figure(code),
            Cell::text(message),
            Cell::figure(position),
            Cell::figure(line.last),
        ])?;
    }
    report.finish()?.flush()?;
    Ok(())
}

impl LineResult {
    fn columns(&self) -> [String; 5] {
        let none = String::new;
        match self {
            Self::Recorded { events, position } => {
                let position = position.to_string();
                ["recorded".to_owned(), events.join(" "), none(), none(), position]
            }
            Self::Refused(rejection) => {
                let code = rejection.code().to_owned();
                ["refused".to_owned(), none(), code, rejection.to_string(), none()]
            }
            Self::Withheld(reason) => {
                let code = reason.code().to_owned();
                ["refused".to_owned(), none(), code, reason.to_string(), none()]
            }
            Self::Unreadable(reason) => {
                ["unreadable".to_owned(), none(), none(), reason.to_string(), none()]
            }
        }
    }
}
