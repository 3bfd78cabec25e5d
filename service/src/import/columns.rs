//! Which columns of a file a mapping reads.

use serde::Deserialize;

/// The names of the columns that are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Which ticket a line is about.
    pub case: String,
    /// What was done: a column, or several whose values say it together.
    pub activity: OneOrMore,
    /// Who did it.
    pub staff: String,
    /// When.
    pub time: String,
    /// Whose ticket it is.
    pub customer: String,
    /// Which product it is about.
    pub product: String,
    /// What decides the category, if anything does.
    pub category: Option<String>,
    /// What decides the priority, if anything does.
    pub priority: Option<String>,
    /// Who is made responsible by an assignment.
    pub assignee: Option<String>,
    /// Where a transfer goes.
    pub department: Option<String>,
    /// How long was worked.
    pub time_worked: Option<String>,
}

/// The name of a column, or the names of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::More(names) => names,
        }
    }
}
