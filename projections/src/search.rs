//! Searching for a text within a column, the same on both databases.

use servicedesk_eventlog::select::Select;

/// The one place where a text is searched for within a column.
pub(crate) fn contains(query: Select, column: &str, text: &str) -> Select {
    let literal = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    query.sql(&format!("{column} LIKE ")).value(format!("%{literal}%")).sql(" ESCAPE '!'")
}
