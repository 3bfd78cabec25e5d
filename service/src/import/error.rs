//! Why an import stops, and why one line of it cannot be read.

use servicedesk_domain::{catalogue, customer, staff};

use super::time::BadTime;

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
    /// A value is not text in UTF-8.
    #[error("{0:?} is not UTF-8")]
    Encoding(String),
    /// A value that every line needs is blank.
    #[error("{0:?} is missing")]
    Missing(String),
    /// The mapping says nothing about the activity.
    #[error("the mapping does not know the activity {0:?}")]
    UnknownActivity(String),
    /// The time cannot be used.
    #[error(transparent)]
    Time(#[from] BadTime),
    /// The one who did it cannot be registered under such a name.
    #[error("the member of staff cannot be registered: {0}")]
    Staff(#[from] staff::Rejection),
    /// The customer cannot be registered under such a name.
    #[error("the customer cannot be registered: {0}")]
    Customer(#[from] customer::Rejection),
    /// The product cannot be called so.
    #[error("the product cannot be defined: {0}")]
    Product(#[from] catalogue::Rejection),
}
