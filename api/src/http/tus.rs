//! The words of tus 1.0, the protocol of resumable uploads: what its headers say.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use servicedesk_service::file::receiving::Checksum;
use servicedesk_service::file::uploading::{NewFile, Progress};

/// The version that is spoken.
const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,termination,expiration,checksum";
const ALGORITHMS: &str = "sha1,sha256";
/// The content type of bytes of a file.
pub(super) const CONTENT: &str = "application/offset+octet-stream";
/// How many bytes are there.
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Headers that pages of other sites may read.
pub(super) const EXPOSED: [&str; 9] = [
    "location",
    "tus-resumable",
    "tus-version",
    "tus-extension",
    "tus-max-size",
    "tus-checksum-algorithm",
    "upload-offset",
    "upload-length",
    "upload-expires",
];

/// Why a request is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// The client speaks another version.
    #[error("this service speaks tus {VERSION}")]
    Version,
    /// A header is missing, or is not what it must be.
    #[error("the header {0} is missing or wrong")]
    Header(&'static str),
}

impl Problem {
    /// The status by which it is told.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Version => StatusCode::PRECONDITION_FAILED,
            Self::Header(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// Whether the client speaks this version. A plain PUT says nothing of it.
///
/// # Errors
/// [`Problem::Version`].
pub(super) fn is_spoken(headers: &HeaderMap) -> Result<(), Problem> {
    let is_other = headers.get(RESUMABLE).is_some_and(|version| version.as_bytes() != b"1.0.0");
    if is_other { Err(Problem::Version) } else { Ok(()) }
}

/// Says which version an answer is in.
pub(super) fn mark(headers: &mut HeaderMap) {
    headers.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    if !headers.contains_key("tus-version") {
        headers.insert("tus-version", HeaderValue::from_static(VERSION));
    }
}

/// Says what the service can do.
pub(super) fn describe(headers: &mut HeaderMap, max_bytes: u64) {
    mark(headers);
    headers.insert("tus-extension", HeaderValue::from_static(EXTENSIONS));
    headers.insert("tus-checksum-algorithm", HeaderValue::from_static(ALGORITHMS));
    headers.insert("tus-max-size", HeaderValue::from(max_bytes));
}

/// The method that is meant: some networks let only POST through.
///
/// # Errors
/// [`Problem::Header`].
pub(super) fn method(request: &Request) -> Result<Method, Problem> {
    match request.headers().get(OVERRIDE).filter(|_| request.method() == Method::POST) {
        None => Ok(request.method().clone()),
        Some(meant) => {
            let meant = Method::from_bytes(meant.as_bytes());
            meant.map_err(|_| Problem::Header("X-HTTP-Method-Override"))
        }
    }
}

/// Where the bytes of a request begin.
///
/// # Errors
/// [`Problem::Header`].
pub(super) fn offset(headers: &HeaderMap) -> Result<u64, Problem> {
    number(headers, &OFFSET).ok_or(Problem::Header("Upload-Offset"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What the bytes of a request must hash to.
///
/// # Errors
/// [`Problem::Header`], also for a hash that is not known here.
pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Problem> {
    let Some(value) = headers.get(CHECKSUM) else { return Ok(None) };
    let read = || {
        let (algorithm, hash) = value.to_str().ok()?.split_once(' ')?;
        let hash = STANDARD.decode(hash.trim()).ok()?;
        match algorithm {
            "sha1" => hash.try_into().ok().map(Checksum::Sha1),
            "sha256" => hash.try_into().ok().map(Checksum::Sha256),
            _ => None,
        }
    };
    read().map(Some).ok_or(Problem::Header("Upload-Checksum"))
}

/// The status for bytes that hash to something else.
pub(super) fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)
}

/// The file that a client wants to send.
///
/// # Errors
/// [`Problem::Header`].
pub(super) fn new_file(headers: &HeaderMap) -> Result<NewFile, Problem> {
    let bytes = number(headers, &LENGTH).ok_or(Problem::Header("Upload-Length"))?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let metadata = headers.get(METADATA).map_or(Ok(""), |value| value.to_str());
    let metadata = metadata.map_err(|_| Problem::Header("Upload-Metadata"))?;
    let (mut name, mut claimed_type, mut sha256) = (None, None, None);
    for pair in metadata.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value =
            STANDARD.decode(value.trim()).ok().and_then(|value| String::from_utf8(value).ok());
        let value = value.ok_or(Problem::Header("Upload-Metadata"))?;
        // Clients differ in what they call them.
        match key {
            "filename" | "name" => name = Some(value),
            "filetype" | "type" => claimed_type = Some(value),
            "sha256" => sha256 = Some(value),
            _ => {}
        }
    }
    let name = name.ok_or(Problem::Header("Upload-Metadata"))?;
    Ok(NewFile { name, bytes, claimed_type, sha256 })
}

/// The headers that tell how far a file has come.
pub(super) fn progress(progress: Progress) -> HeaderMap {
    let Progress { offset, bytes, expires_at } = progress;
    let mut headers = HeaderMap::new();
    headers.insert(OFFSET, HeaderValue::from(offset));
    headers.insert(LENGTH, HeaderValue::from(bytes));
    let expires = expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(expires) = HeaderValue::from_str(&expires)
        && offset < bytes
    {
        headers.insert(EXPIRES, expires);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a header"))])
    }

    #[test]
    fn a_checksum_is_of_a_known_hash_and_of_its_length() {
        let sha1 = STANDARD.encode([7; 20]);
        let read = |value: &str| checksum(&headers(CHECKSUM, value));
        assert_eq!(read(&format!("sha1 {sha1}")), Ok(Some(Checksum::Sha1([7; 20]))));
        let sha256 = STANDARD.encode([7; 32]);
        assert_eq!(read(&format!("sha256 {sha256}")), Ok(Some(Checksum::Sha256([7; 32]))));
        for wrong in ["", "sha1", "md5 AAAA", &format!("sha256 {sha1}"), "sha1 §§§", "sha1 AA"] {
            assert_eq!(read(wrong), Err(Problem::Header("Upload-Checksum")), "{wrong}");
        }
        assert_eq!(checksum(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn numbers_are_digits() {
        let read = |value: &str| offset(&headers(OFFSET, value));
        assert_eq!(read("0"), Ok(0));
        for wrong in ["", "-1", "+1", "1.0", "x", "99999999999999999999"] {
            assert_eq!(read(wrong), Err(Problem::Header("Upload-Offset")), "{wrong}");
        }
    }

    #[test]
    fn a_file_is_named_in_its_metadata() {
        let name = STANDARD.encode("файл.png");
        let mut sent = headers(LENGTH, "5");
        let metadata = format!("filename {name}, filetype {}, other", STANDARD.encode("image/png"));
        sent.insert(METADATA, HeaderValue::from_str(&metadata).expect("a header"));
        let read = new_file(&sent).expect("a file");
        assert_eq!((read.name.as_str(), read.bytes), ("файл.png", 5));
        assert_eq!(read.claimed_type.as_deref(), Some("image/png"));
        sent.insert(METADATA, HeaderValue::from_static("filename %"));
        assert!(new_file(&sent).is_err());
        sent.insert(METADATA, HeaderValue::from_static("filetype AAAA"));
        assert!(new_file(&sent).is_err());
    }
}
