//! The real program: connections that break and processes that are killed at any moment, while files
//! are sent. `SERVICEDESK_CRASH_ROUNDS` makes the rounds more than the usual few.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use test_case::test_case;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::System::{Postgres, Sqlite};
use crate::support::files::{content, sha256};
use crate::support::process::{Server, printed};
use crate::support::{System, in_time, with_database};

const BYTES: usize = 12 * 1024 * 1024 + 345;
const ROUNDS: usize = 8;

fn rounds() -> usize {
    let given = std::env::var("SERVICEDESK_CRASH_ROUNDS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// A client that sends one file.
struct Client {
    token: String,
    file: Vec<u8>,
}

impl Client {
    async fn request(&self, server: &Server, sha: &str) -> (String, String) {
        let query = "mutation($input: RequestUploadInput!) { requestUpload(input: $input) { \
             uploadUrl file { id } } }";
        let input = json!({ "name": "a.log", "size": self.file.len(), "sha256": sha });
        let request = json!({ "query": query, "variables": { "input": input } });
        let answer = server.send(&self.token, &request).await.expect("an answer");
        let found = &answer["data"]["requestUpload"];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text(&found["uploadUrl"]), text(&found["file"]["id"]))
    }

    async fn offset(&self, server: &Server, path: &str) -> usize {
        let url = format!("http://{}{path}", server.address);
        let client = reqwest::Client::new();
        let answer = client.head(url).bearer_auth(&self.token).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        let offset = answer.headers()["upload-offset"].to_str().expect("a text");
        offset.parse().expect("a number")
    }

    /// Sends from an offset on, and breaks off after so many bytes.
    async fn send(&self, server: &Server, path: &str, from: usize, bytes: usize) -> Option<u16> {
        let mut stream = TcpStream::connect(server.address).await.ok()?;
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n\
             Upload-Offset: {from}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.token,
            self.file.len() - from
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        let until = self.file.len().min(from.saturating_add(bytes));
        for chunk in self.file[from..until].chunks(64 * 1024) {
            stream.write_all(chunk).await.ok()?;
        }
        if until < self.file.len() {
            return None;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }

    /// Goes on until the file is there, and looks whether it is this file.
    async fn finish(&self, server: &Server, path: &str, id: &str) {
        in_time("the file's end", async {
            loop {
                let from = self.offset(server, path).await;
                if from == self.file.len() {
                    break;
                }
                let sent = self.send(server, path, from, usize::MAX).await;
                // An answer to bytes that are not read to their end can be lost with the connection.
                assert!(matches!(sent, None | Some(204 | 409)), "{sent:?}");
            }
        })
        .await;
        let query = "query($id: ID!) { node(id: $id) { ... on File { sha256 downloadUrl } } }";
        let request = json!({ "query": query, "variables": { "id": id } });
        let file = in_time("the read model", async {
            loop {
                let answer = server.send(&self.token, &request).await.expect("an answer");
                if answer["data"]["node"]["sha256"].is_string() {
                    break answer["data"]["node"].clone();
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(file["sha256"], sha256(&self.file));
        let url =
            format!("http://{}{}", server.address, file["downloadUrl"].as_str().expect("one"));
        let found = reqwest::get(url).await.expect("an answer").bytes().await.expect("the file");
        assert_eq!(sha256(&found), sha256(&self.file));
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_arrives_whole_however_often_the_connection_breaks(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let add = ["customer", "add", "--token", "--name", "Customer"];
        let token = printed(folder, &database.url, &add).await;
        let client = Client { token, file: content(BYTES) };
        let server = Server::start(folder, &database.url).await;
        let sha = sha256(&client.file);
        let (path, id) = client.request(&server, &sha).await;
        let mut random = StdRng::seed_from_u64(1);
        let mut furthest = 0;
        for _ in 0..rounds() * 3 {
            let from = client.offset(&server, &path).await;
            assert!(from >= furthest, "what was there stays");
            furthest = from;
            let bytes = random.random_range(0..BYTES / 8);
            if from + bytes < BYTES {
                client.send(&server, &path, from, bytes).await;
            }
        }
        client.finish(&server, &path, &id).await;
        assert!(server.stop().await.success());
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_arrives_whole_however_often_the_process_is_killed(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let add = ["customer", "add", "--token", "--name", "Customer"];
        let token = printed(folder, &database.url, &add).await;
        let client = Client { token, file: content(BYTES) };
        let mut random = StdRng::seed_from_u64(2);
        let mut server = Server::start(folder, &database.url).await;
        let sha = sha256(&client.file);
        let (mut path, mut id) = client.request(&server, &sha).await;
        for _ in 0..rounds() {
            let from = client.offset(&server, &path).await;
            if from == BYTES {
                client.finish(&server, &path, &id).await;
                (path, id) = client.request(&server, &sha).await;
            }
            let from = client.offset(&server, &path).await;
            let life = Duration::from_millis(random.random_range(0..120));
            let sending = client.send(&server, &path, from, usize::MAX);
            let _ = tokio::time::timeout(life, sending).await;
            server.kill().await;
            server = Server::start(folder, &database.url).await;
        }
        client.finish(&server, &path, &id).await;
        assert!(server.stop().await.success());
    })
    .await;
}
