//! Values that are none, of files.

use serde_json::{Value, json};

use crate::support::app::product;

/// What is wrong of files.
pub(super) fn wrong(field: &str, wrong: &mut Vec<Value>) {
    match field {
        "name" => wrong.extend([
            json!(""),
            json!(" "),
            json!("a/b"),
            json!("x".repeat(256)),
            json!("a\u{1b}"),
            json!(null),
        ]),
        "size" => wrong.extend([json!(0), json!(-1), json!(134_217_729), json!("5"), json!(null)]),
        "type" => wrong.extend([json!("png"), json!("a b/c"), json!("a/b/c"), json!("a/\r\n")]),
        "fileIds" => {
            // No file is a sound answer.
            wrong.retain(|value| *value != json!([]));
            wrong.extend([json!(["x"]), json!([null]), json!([product("utility")])]);
        }
        _ => {}
    }
}
