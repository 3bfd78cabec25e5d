//! A load of replies over HTTP/1.1 with kept connections. It shares the machine with what it
//! measures, so it does next to nothing: the requests are made beforehand but for their key, and of
//! an answer only the length and the absence of errors is looked at.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;
use servicedesk::graphql::relay;
use servicedesk_domain::ticket::TicketId;
use servicedesk_service::clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::workload::TEXT;

const DOCUMENT: &str = "mutation Reply($input: AddReplyInput!) { addReply(input: $input) { \
    position userErrors { message } } }";
const NO_KEY: &str = "00000000-0000-0000-0000-000000000000";
const DONE: &[u8] = br#""userErrors":[]"#;
/// A request that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// One client's requests, a reply on each of its tickets.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    address: SocketAddr,
    prepared: Vec<Vec<u8>>,
    /// Where the key stands in each of them.
    key_at: usize,
}

impl Requests {
    /// Replies on these tickets by the owner of the token.
    pub(crate) fn of(address: SocketAddr, token: &str, tickets: &[TicketId]) -> Self {
        let request = |ticket_id: &TicketId| {
            let id = relay::global_id(*ticket_id).0;
            let input = json!({ "idempotencyKey": NO_KEY, "text": TEXT, "ticketId": id });
            let body = json!({ "query": DOCUMENT, "variables": { "input": input } }).to_string();
            post(address, token, &body)
        };
        let requests: Vec<Vec<u8>> = tickets.iter().map(request).collect();
        let key_at = requests.first().and_then(|one| find(one, NO_KEY.as_bytes())).unwrap_or(0);
        Self { address, prepared: requests, key_at }
    }
}

/// A request to the service's GraphQL endpoint.
pub(crate) fn post(address: SocketAddr, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\naccept: application/graphql-response+json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends replies for so long, each client one after the other and all at once, and gives how many
/// were answered without an error. It has one thread of its own.
pub(crate) async fn reply_for(clients: Vec<Requests>, load: Duration) -> anyhow::Result<u32> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let until = Instant::now() + load;
            let working = clients.into_iter().map(|client| work(client, until));
            let counts = futures::future::try_join_all(working).await?;
            Ok::<u32, anyhow::Error>(counts.into_iter().sum())
        })
    };
    tokio::task::spawn_blocking(run).await?
}

async fn work(client: Requests, until: Instant) -> anyhow::Result<u32> {
    let Requests { address, prepared: mut requests, key_at } = client;
    let mut connection = Connection::open(address).await?;
    let mut count = 0;
    while Instant::now() < until {
        for request in &mut requests {
            clock::fresh_id().hyphenated().encode_lower(&mut request[key_at..]);
            let answer = tokio::time::timeout(PATIENCE, connection.ask(request)).await;
            let answer = answer.context("a request hangs")??;
            let is_done = find(answer, DONE).is_some();
            anyhow::ensure!(is_done, "refused: {}", String::from_utf8_lossy(answer));
            count += 1;
            if Instant::now() >= until {
                break;
            }
        }
    }
    Ok(count)
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and gives the body of the answer, which must be a success.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (body_at, length) = loop {
            self.receive().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break (end + 4, content_length(&self.buffer[..end])?);
            }
        };
        while self.buffer.len() < body_at + length {
            self.receive().await?;
        }
        let is_success = self.buffer.starts_with(b"HTTP/1.1 200 ");
        anyhow::ensure!(is_success, "refused: {}", String::from_utf8_lossy(&self.buffer));
        Ok(&self.buffer[body_at..])
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let count = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(count > 0, "the service closed the connection");
        Ok(())
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim())
    });
    Ok(value.context("an answer without a length")?.parse()?)
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}
