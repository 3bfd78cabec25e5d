//! The seal of the log for anybody: the last checkpoint and the tiles of the tree, as C2SP
//! tlog-tiles has them. They are hashes, and show nothing of an event; the events themselves are for
//! auditors.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use servicedesk_eventlog::{DbError, seal};

use crate::app::App;

/// How many hashes a full tile has.
const WIDTH: u64 = 256;
/// A tree whose size fits into 64 bits has no higher one.
const MAX_LEVEL: u8 = 7;
/// How many digits a part of a tile's number has.
const DIGITS: usize = 3;
/// A number of 64 bits has no more parts.
const MAX_PARTS: usize = 7;

/// The last checkpoint.
pub(super) async fn checkpoint(State(app): State<App>) -> Response {
    match seal::seal(app.desk.log.db()).await {
        Ok(found) => match found.and_then(|seal| seal.checkpoint) {
            Some(text) => {
                let headers =
                    [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
                (headers, text).into_response()
            }
            None => (StatusCode::NOT_FOUND, "nothing was sealed yet\n").into_response(),
        },
        Err(error) => failed(&error),
    }
}

/// A tile that the last checkpoint covers.
pub(super) async fn tile(
    State(app): State<App>,
    Path((level, number)): Path<(String, String)>,
) -> Response {
    let Some((level, n, width)) = place(&level, &number) else { return not_there() };
    match seal::tile_for_strangers(app.desk.log.db(), level, n, width).await {
        Ok(Some(hashes)) => {
            let headers = [
                (CONTENT_TYPE, "application/octet-stream"),
                (CACHE_CONTROL, "public, max-age=604800, immutable"),
            ];
            (headers, hashes).into_response()
        }
        Ok(None) => not_there(),
        Err(error) => failed(&error),
    }
}

fn not_there() -> Response {
    (StatusCode::NOT_FOUND, "there is no such tile\n").into_response()
}

fn failed(error: &DbError) -> Response {
    tracing::error!(%error, "the seal cannot be read");
    (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
}

/// The level, the number and the width of a tile from the two parts of its path, such as `0` and
/// `x001/234.p/5`. There is one way to write each.
fn place(level: &str, number: &str) -> Option<(u8, u64, u64)> {
    let level: u8 = canonical(level)?.try_into().ok()?;
    let (number, width) = match number.split_once(".p/") {
        None => (number, WIDTH),
        Some((number, width)) => (number, canonical(width).filter(|width| *width < WIDTH)?),
    };
    let parts: Vec<&str> = number.split('/').collect();
    let (last, leading) = parts.split_last()?;
    if level > MAX_LEVEL
        || width == 0
        || parts.len() > MAX_PARTS
        || leading.first() == Some(&"x000")
    {
        return None;
    }
    let mut digits = String::new();
    for part in leading {
        digits.push_str(part.strip_prefix('x').filter(|part| part.len() == DIGITS)?);
    }
    digits.push_str(Some(*last).filter(|part| part.len() == DIGITS)?);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let n = if is_number { digits.parse().ok()? } else { return None };
    Some((level, n, width))
}

/// A number without a sign and without leading zeros.
fn canonical(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_path() {
        for (level, number, expected) in [
            ("0", "000", (0, 0, 256)),
            ("0", "000.p/1", (0, 0, 1)),
            ("2", "x001/234.p/255", (2, 1_234, 255)),
            ("7", "x001/x234/067", (7, 1_234_067, 256)),
        ] {
            assert_eq!(place(level, number), Some(expected), "{level}/{number}");
        }
        for (level, number) in [
            ("8", "000"),
            ("64", "000"),
            ("data", "000"),
            ("entries", "000"),
            ("+1", "000"),
            ("00", "000"),
            ("0", ""),
            ("0", "0"),
            ("0", "0000"),
            ("0", "+00"),
            ("0", "x000/001"),
            ("0", "001/234"),
            ("0", "x001/x234"),
            ("0", "000.p/0"),
            ("0", "000.p/256"),
            ("0", "000.p/01"),
            ("0", "000.p/"),
            ("0", "x999/x999/x999/x999/x999/x999/999"),
            ("0", "x001/x001/x001/x001/x001/x001/x001/001"),
        ] {
            assert_eq!(place(level, number), None, "{level}/{number}");
        }
    }
}
