//! Bad input is refused by name and leaves nothing (`quality.md` Q5): no panic, no answer that
//! blames the service, nothing recorded.

mod documents;
mod fuzzed;
mod values;

use crate::support::app::{Answer, App};

/// The answer is a refusal of the caller's own doing.
fn assert_refused(answer: &Answer, what: &str) {
    assert!(!answer.status.is_server_error(), "{what}: {} {}", answer.status, answer.text);
    let code = answer.error().or(answer.refusal());
    let code = code.unwrap_or_else(|| panic!("{what} is not refused: {}", answer.text));
    assert_ne!(code, "INTERNAL", "{what}: {}", answer.text);
}

/// The service is as it was: the log, and that it answers.
async fn assert_untouched(app: &App, head: i64) {
    assert_eq!(app.head().await, head, "something was recorded");
}
