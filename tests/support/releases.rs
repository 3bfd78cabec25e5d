//! Releases of products, announced and sent as staff do.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use servicedesk_domain::kernel::hex;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::app::{App, Person, product};

/// The ids of a product's releases.
pub(crate) const RELEASE_IDS: &str = "query($id: ID!) { releases(productId: $id) { id } }";

/// What came back: the status, and the body.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    /// A header as text; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}

/// The input that announces a file of the product of tickets in tests.
pub(crate) fn release(version: &str, file: &[u8]) -> Value {
    json!({
        "productId": product("trading_robot"), "version": version, "notes": "What is new.",
        "fileName": format!("robot-{version}.zip"), "bytes": file.len(),
        "sha256": hex::encode(&Sha256::digest(file)),
    })
}

impl App {
    /// Sends a plain HTTP request.
    pub(crate) async fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Sent {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).expect("a request");
        let response = self.router().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        Sent { status, headers, body: body.expect("a whole answer").to_vec() }
    }

    /// Announces a release, and gives where its file is to be sent.
    pub(crate) async fn announce(&self, by: &Person, input: Value) -> String {
        let query = "mutation($input: PublishReleaseInput!) { publishRelease(input: $input) { \
             uploadUrl userErrors { ... on LicensingError { code } } } }";
        let answer = by.ask(query, json!({ "input": input })).await;
        let url = answer.payload()["uploadUrl"].as_str();
        url.unwrap_or_else(|| panic!("not announced: {}", answer.text)).to_owned()
    }

    /// Publishes a file, and gives the release.
    pub(crate) async fn publish(&self, by: &Person, version: &str, file: &[u8]) -> Value {
        let url = self.announce(by, release(version, file)).await;
        let sent = self.http("PUT", &url, &[], file).await;
        assert_eq!(sent.status, 201, "{}", String::from_utf8_lossy(&sent.body));
        self.settle().await;
        let query = "query($id: ID!) { releases(productId: $id) { id version publishedAt } }";
        let answer = by.ask(query, json!({ "id": product("trading_robot") })).await;
        answer.payload()[0].clone()
    }
}
