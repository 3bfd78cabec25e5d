//! Files, sent as clients do.

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures::Stream;
use serde_json::{Value, json};
use servicedesk_domain::kernel::hex;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::app::{App, Person};
use super::releases::Sent;

/// The content type of bytes that tus sends.
pub(crate) const CONTENT: (&str, &str) = ("content-type", "application/offset+octet-stream");
/// The version of tus.
pub(crate) const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

const FILE: &str = "id name size type detectedType sha256 createdAt storedAt isDiscarded \
     downloadUrl previewUrl uploadUrl";

/// A file of so many bytes, no two pieces of which are the same.
pub(crate) fn content(bytes: usize) -> Vec<u8> {
    let number =
        |at: usize| u32::try_from(at / 4).expect("a small file").wrapping_mul(2_654_435_761);
    (0..bytes).map(|at| number(at).to_be_bytes()[at % 4]).collect()
}

/// A hash as files have it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}

/// The input that asks to send a file.
pub(crate) fn upload_of(name: &str, bytes: usize) -> Value {
    json!({ "name": name, "size": bytes, "type": "text/plain" })
}

impl Person {
    /// The headers by which a person is known, and further ones.
    fn with_headers<'a>(&'a self, further: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
        let further = further.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let token = self.token.iter().map(|token| ("authorization", format!("Bearer {token}")));
        token.chain(further).collect()
    }

    /// Asks to send a file; gives its id and where it is sent.
    pub(crate) async fn expect_requested(&self, input: Value) -> (String, String) {
        let query = "mutation($input: RequestUploadInput!) { requestUpload(input: $input) { \
             uploadUrl file { id uploadUrl } userErrors { message } } }";
        let answer = self.ask(query, json!({ "input": input })).await;
        let payload = answer.payload();
        assert_eq!(payload["uploadUrl"], payload["file"]["uploadUrl"], "{}", answer.text);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let found = text(&payload["file"]["id"]).zip(text(&payload["uploadUrl"]));
        found.unwrap_or_else(|| panic!("not requested: {}", answer.text))
    }

    /// A file as this person sees it; null where not at all.
    pub(crate) async fn file(&self, id: &str) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on File {{ {FILE} }} }} }}");
        let answer = self.ask(&query, json!({ "id": id })).await;
        assert_eq!(answer.error(), None, "{}", answer.text);
        answer.payload().clone()
    }
}

impl App {
    /// Sends a request about a file.
    pub(crate) async fn send_as(
        &self,
        by: &Person,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Sent {
        let headers = by.with_headers(headers);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.http(method, path, &headers, body).await
    }

    /// Sends bytes of a file from an offset on.
    pub(crate) async fn patch(&self, by: &Person, url: &str, offset: u64, bytes: &[u8]) -> Sent {
        let offset = offset.to_string();
        let headers = [TUS, CONTENT, ("upload-offset", offset.as_str())];
        self.send_as(by, ("PATCH", url), &headers, bytes).await
    }

    /// How many bytes of a file are there; what came instead of that is told.
    pub(crate) async fn offset(&self, by: &Person, url: &str) -> Result<u64, u16> {
        let sent = self.send_as(by, ("HEAD", url), &[TUS], b"").await;
        match sent.status {
            200 => Ok(sent.header("upload-offset").parse().expect("a number")),
            other => Err(other),
        }
    }

    /// Sends a file as it comes, its length untold.
    pub(crate) async fn stream(
        &self,
        by: &Person,
        (method, url): (&str, &str),
        headers: &[(&str, &str)],
        bytes: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
    ) -> u16 {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in by.with_headers(headers) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from_stream(bytes)).expect("a request");
        self.router().oneshot(request).await.expect("an answer").status().as_u16()
    }

    /// Sends a file, and gives its id.
    pub(crate) async fn uploaded(&self, by: &Person, name: &str, bytes: &[u8]) -> String {
        let (id, url) = by.expect_requested(upload_of(name, bytes.len())).await;
        let sent = self.send_as(by, ("PUT", &url), &[], bytes).await;
        assert_eq!(sent.status, 201, "{}", String::from_utf8_lossy(&sent.body));
        self.settle().await;
        id
    }

    /// The files in the store, whatever they are of. Mail and the checkpoint of the log may be beside
    /// them.
    pub(crate) fn stored_files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let store = &self.service.app.config.files;
        let mut folders: Vec<_> =
            ["files", "incoming", "releases"].map(|one| store.join(one)).into();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}
