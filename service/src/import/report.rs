//! What became of each line, and the report file that says so.

use std::io::Write;

use servicedesk_domain::ticket::Rejection;
use servicedesk_eventlog::Position;

use super::error::BadLine;

/// What became of one line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// Its number in the file, from 1, the header counted.
    pub number: u64,
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
    /// It could not be read.
    Unreadable(BadLine),
}

/// Writes the report: every line once, in the order of the file.
///
/// # Errors
/// Where it cannot be written.
pub fn write(lines: &[LineReport], to: impl Write) -> Result<(), csv::Error> {
    let mut report = csv::Writer::from_writer(to);
    report.write_record([
        "line", "case", "activity", "time", "result", "events", "code", "message", "position",
    ])?;
    for line in lines {
        let [result, events, code, message, position] = line.result.columns();
        let number = line.number.to_string();
        let (case, activity, time) = (&line.case, &line.activity, &line.time);
        report.write_record([
            &number, case, activity, time, &result, &events, &code, &message, &position,
        ])?;
    }
    report.flush()?;
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
            Self::Unreadable(reason) => {
                ["unreadable".to_owned(), none(), none(), reason.to_string(), none()]
            }
        }
    }
}
