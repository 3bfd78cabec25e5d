//! Why a mapping cannot be used, why an import stops, and why one line of it cannot be read.

use servicedesk_domain::{catalogue, customer, staff};

use super::time::{BadFormat, BadTime};

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadMapping {
    /// It is not in the form of a mapping.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// It has no name.
    #[error("the mapping's name is empty")]
    NoName,
    /// What stands between two values is no single ASCII character.
    #[error("the delimiter {0:?} is not an ASCII character")]
    Delimiter(char),
    /// The time format cannot be used.
    #[error(transparent)]
    TimeFormat(#[from] BadFormat),
    /// An action needs a key that is missing.
    #[error("{action} needs {key}, which the mapping does not have")]
    Needs {
        /// What needs it.
        action: &'static str,
        /// The key.
        key: &'static str,
    },
    /// An agent works for a department, and the mapping names none.
    #[error("agents need a department, and the mapping names none")]
    NoDepartment,
    /// A name's or title's template has a place that nothing fills.
    #[error("the template of {of} has a place {{{place}}}, and only {known} are known there")]
    UnknownPlace {
        /// Whose template it is.
        of: &'static str,
        /// The place.
        place: String,
        /// What may stand there.
        known: &'static str,
    },
}

/// Why an import stopped. What was recorded until then stays, and a second run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file has not even a header.
    #[error("the file is empty")]
    EmptyFile,
    /// The header is not text in UTF-8.
    #[error("the header is not UTF-8")]
    BadHeader,
    /// Columns that the mapping names are not in the file. Nothing was recorded.
    #[error("the file has no column {}", quoted(.0))]
    MissingColumns(Vec<String>),
    /// A column that the mapping names is in the file twice. Nothing was recorded.
    #[error("the file has more than one column {0:?}")]
    AmbiguousColumn(String),
    /// A value in quotes is not closed and takes in what follows. Nothing was recorded.
    #[error(
        "a value in quotes begins in the record of line {first} and is not closed as it should be: \
         it reaches to line {last}. Close it, or double the quotes that belong to the text; nothing \
         was recorded"
    )]
    UnclosedQuote {
        /// The first line of the record.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Input(#[from] csv::Error),
    /// The mapping's departments, categories or products are refused. Nothing was recorded.
    #[error("the mapping's catalogue is refused: {0}")]
    Catalogue(catalogue::Rejection),
    /// The mapping's way to register staff is refused.
    #[error("a member of staff cannot be registered: {0}")]
    Staff(staff::Rejection),
    /// The mapping's way to register customers is refused.
    #[error("a customer cannot be registered: {0}")]
    Customer(customer::Rejection),
    /// The database or the log failed.
    #[error("the log failed; run the same import again to go on from here: {0}")]
    Fault(String),
    /// Others changed the imported tickets all the time.
    #[error("others keep changing what is imported; run the same import again to go on from here")]
    Contended,
}

impl ImportError {
    pub(super) fn fault(error: impl std::fmt::Display) -> Self {
        Self::Fault(error.to_string())
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// Why a line cannot be read. Nothing is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It has more or fewer values than the header.
    #[error("the line has {found} values and the header {expected}")]
    Width {
        /// Of the line.
        found: usize,
        /// Of the header.
        expected: usize,
    },
    /// Text follows a quote that closes a value.
    #[error("text follows a closing quote; quotes that belong to a text are doubled")]
    Quote,
    /// A value takes in what looks like a line of its own.
    #[error("a value in quotes takes in line {0}, which looks like a line of its own")]
    Swallowed(u64),
    /// A value is not text in UTF-8.
    #[error("{0:?} is not UTF-8")]
    Encoding(String),
    /// A value that every line needs is blank.
    #[error("{0:?} is missing")]
    Missing(String),
    /// The mapping says nothing about the activity.
    #[error("the mapping does not know the activity {0:?}")]
    UnknownActivity(String),
    /// How long was worked is no such number.
    #[error("{0:?} is not a time that can have been worked")]
    Minutes(String),
    /// The time cannot be used.
    #[error(transparent)]
    Time(#[from] BadTime),
    /// The person who did it cannot be registered under such a name.
    #[error("the member of staff cannot be registered: {0}")]
    Staff(#[from] staff::Rejection),
    /// The customer cannot be registered under such a name.
    #[error("the customer cannot be registered: {0}")]
    Customer(#[from] customer::Rejection),
    /// The product cannot be called so.
    #[error("the product cannot be defined: {0}")]
    Product(#[from] catalogue::Rejection),
}
