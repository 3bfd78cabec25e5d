//! Answers with a file, or with a part of it (RFC 9110, section 14).

use std::fmt::Write;
use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG,
    IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::store::{Content, FileStore};

/// What of a file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// A part.
    Part(Range<u64>),
    /// A part that it does not have.
    Nothing,
}

impl Wanted {
    /// What a request asks for of a file. Several ranges at once are answered with the whole file,
    /// as is what goes on with another file than it began with (`If-Range`).
    pub(super) fn of(method: &Method, headers: &HeaderMap, etag: &str, bytes: u64) -> Self {
        let goes_on = headers.get(IF_RANGE).is_none_or(|of| of.as_bytes() == etag.as_bytes());
        let range = headers.get(RANGE).filter(|_| goes_on && *method == Method::GET);
        let range = range.and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
            return Self::Whole;
        };
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // What is too long for a number is beyond every file.
            is_number.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let range = match (number(first.trim()), number(last.trim())) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(bytes),
            (Some(first), None) if last.trim().is_empty() => first..bytes,
            (None, Some(length)) if first.trim().is_empty() => {
                if length == 0 {
                    return Self::Nothing;
                }
                bytes.saturating_sub(length)..bytes
            }
            _ => return Self::Whole,
        };
        if range.start < bytes { Self::Part(range) } else { Self::Nothing }
    }

    /// How many bytes are sent.
    pub(super) const fn bytes(&self, of: u64) -> u64 {
        match self {
            Self::Whole => of,
            Self::Part(range) => range.end - range.start,
            Self::Nothing => 0,
        }
    }
}

/// An answer with what is wanted of a file. A file is saved and must not run in the service's
/// origin, so nothing in it is guessed at, and what is shown all the same is shown in a sandbox.
///
/// # Errors
/// `Internal` if a header cannot be written.
pub(super) fn answer(
    store: &FileStore,
    content: &Content,
    wanted: &Wanted,
    named: [(HeaderName, String); 3],
) -> Result<Response, ApiError> {
    let whole = content.bytes();
    let sent = match wanted {
        Wanted::Whole => 0..whole,
        Wanted::Part(range) => range.clone(),
        Wanted::Nothing => {
            let of = format!("bytes */{whole}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, of)]).into_response());
        }
    };
    let stream = store.read(content, &sent).inspect_err(|error| {
        tracing::error!(%error, "a file could not be read to its end");
    });
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(sent.end - sent.start));
    for (name, value) in named {
        let value = HeaderValue::from_str(&value).map_err(|error| ApiError::internal(&error))?;
        headers.insert(name, value);
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if *wanted != Wanted::Whole {
        let of = format!("bytes {}-{}/{whole}", sent.start, sent.end - 1);
        let of = HeaderValue::from_str(&of).map_err(|error| ApiError::internal(&error))?;
        headers.insert(CONTENT_RANGE, of);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The headers that are a file's own: its tag, its type, and how it is saved.
pub(super) fn named(
    sha256: &str,
    media_type: &str,
    disposition: String,
) -> [(HeaderName, String); 3] {
    use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
    [
        (ETAG, etag(sha256)),
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ]
}

/// By which one file is told from another.
pub(super) fn etag(sha256: &str) -> String {
    format!("\"{sha256}\"")
}

/// How a file with any name is saved or shown (RFC 6266): for clients that read `filename*` as it
/// is (RFC 8187), for others in ASCII.
pub(super) fn disposition(kind: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " .-_()+,".contains(c) { c } else { '_' })
        .collect();
    let mut exact = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(exact, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(headers: &[(HeaderName, &'static str)]) -> Wanted {
        let pair = |(name, value): &(HeaderName, &'static str)| {
            (name.clone(), HeaderValue::from_static(value))
        };
        Wanted::of(&Method::GET, &headers.iter().map(pair).collect(), "\"a\"", 10)
    }

    #[test]
    fn a_range_is_read_as_it_is_written() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=4-99", Wanted::Part(4..10)),
            ("bytes=0-99999999999999999999999", Wanted::Part(0..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=a-", Wanted::Whole),
            ("bytes=--1", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
        ] {
            assert_eq!(wanted(&[(RANGE, range)]), expected, "{range}");
        }
        assert_eq!(wanted(&[]), Wanted::Whole);
        assert_eq!(wanted(&[(RANGE, "bytes=4-"), (IF_RANGE, "\"a\"")]), Wanted::Part(4..10));
        assert_eq!(wanted(&[(RANGE, "bytes=4-"), (IF_RANGE, "\"b\"")]), Wanted::Whole);
    }

    #[test]
    fn a_name_ends_neither_its_value_nor_its_header() {
        for (name, expected) in [
            ("a.txt", "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt"),
            (
                "a\"; x=\"b\r\nSet-Cookie: c",
                "attachment; filename=\"a__ x__b__Set-Cookie_ c\"; \
                 filename*=UTF-8''a%22%3B%20x%3D%22b%0D%0ASet-Cookie%3A%20c",
            ),
            ("é'", "attachment; filename=\"__\"; filename*=UTF-8''%C3%A9%27"),
        ] {
            assert_eq!(disposition("attachment", name), expected);
        }
    }
}
