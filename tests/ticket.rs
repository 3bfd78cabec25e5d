//! The ticket through the API, on both databases: rules T1, T3, T4, T5 and T8 of the desk, and time worked (B2, B4), as
//! customers and staff meet them.

mod answers;
mod assignment;
mod customers_view;
mod ending;
mod language;
mod life;
mod opening;
mod refusals;
mod time;
mod viewer_actions;

use serde_json::Value;

/// The codes of the ticket's departments.
fn departments(ticket: &Value) -> Vec<&str> {
    codes(&ticket["departments"])
}

/// The codes in a list of departments.
fn codes(departments: &Value) -> Vec<&str> {
    let list = departments.as_array().expect("departments").iter();
    list.map(|department| department["code"].as_str().expect("a code")).collect()
}

/// The kinds of a timeline's entries.
fn kinds(timeline: &[Value]) -> Vec<&str> {
    timeline.iter().map(|entry| entry["kind"].as_str().expect("a kind")).collect()
}
