//! Watching the service live: over server-sent events in-process, and over a WebSocket.

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tower::ServiceExt;

use super::app::{App, Person};
use super::in_time;

/// Watches a ticket, for the positions only.
pub(crate) const WATCH_TICKET: &str =
    "subscription($id: ID!) { ticketChanged(ticketId: $id) { position } }";

/// A WebSocket of a client.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A subscription, by whichever transport.
pub(crate) enum Watcher {
    /// Server-sent events.
    Events { body: BodyDataStream, read: String },
    /// The only subscription on a WebSocket.
    Socket(Box<Socket>),
}

/// By which way somebody watches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Events,
    Socket(SocketAddr),
}

impl Watcher {
    /// Begins to watch.
    pub(crate) async fn begin(
        app: &App,
        way: Way,
        person: &Person,
        query: &str,
        variables: Value,
    ) -> Self {
        let request = json!({ "query": query, "variables": variables });
        match way {
            Way::Events => Self::events(app, person, &request).await,
            Way::Socket(address) => {
                let mut socket = greet(address, person).await;
                let subscribe = json!({ "id": "1", "type": "subscribe", "payload": request });
                say(&mut socket, &subscribe).await;
                Self::Socket(Box::new(socket))
            }
        }
    }

    async fn events(app: &App, person: &Person, request: &Value) -> Self {
        let mut built = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", "text/event-stream");
        if let Some(token) = &person.token {
            built = built.header("authorization", format!("Bearer {token}"));
        }
        let built = built.body(Body::from(request.to_string())).expect("a request");
        let response = app.router().oneshot(built).await.expect("an answer");
        assert!(response.headers().contains_key("x-request-id"), "every answer carries it");
        Self::Events { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The next item as a GraphQL answer; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        in_time("the next item", async {
            match self {
                Self::Events { body, read } => next_event(body, read).await,
                Self::Socket(socket) => loop {
                    let heard = hear(socket).await?;
                    match heard["type"].as_str() {
                        Some("ping") => say(socket, &json!({ "type": "pong" })).await,
                        Some("next") => return Some(heard["payload"].clone()),
                        Some("error") => return Some(json!({ "errors": heard["payload"] })),
                        Some("complete") => return None,
                        _ => {}
                    }
                },
            }
        })
        .await
    }

    /// What the next item shows; it must not be an error.
    pub(crate) async fn shown(&mut self) -> Value {
        let item = self.next().await.expect("one more item");
        assert!(item["errors"].is_null(), "{item}");
        let fields = item["data"].as_object().expect("data");
        fields.values().next().expect("a field").clone()
    }

    /// The code of the error that comes next.
    pub(crate) async fn error(&mut self) -> String {
        let item = self.next().await.expect("one more item");
        let told = &item["errors"][0]["extensions"];
        assert!(matches!(self, Self::Socket(_)) || told["requestId"].is_string(), "{item}");
        let code = told["code"].as_str();
        code.unwrap_or_else(|| panic!("no error: {item}")).to_owned()
    }
}

async fn next_event(body: &mut BodyDataStream, read: &mut String) -> Option<Value> {
    loop {
        while let Some(end) = read.find("\n\n") {
            let event: String = read.drain(..end + 2).collect();
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            match field("event: ") {
                Some("next") => {
                    let data = field("data: ").expect("data");
                    return Some(serde_json::from_str(data).expect("JSON"));
                }
                Some("complete") => return None,
                // A comment keeps the connection alive. An answer that is no stream is one item.
                _ => {}
            }
        }
        let Some(more) = body.next().await else {
            // What was no stream is one item; of a stream, nothing is left.
            return serde_json::from_str(&std::mem::take(read)).ok();
        };
        read.push_str(&String::from_utf8_lossy(&more.expect("readable")));
    }
}

/// Opens a WebSocket that has said nothing yet.
pub(crate) async fn connect(address: SocketAddr) -> Socket {
    let (socket, agreed) = connect_by(address, "graphql-transport-ws").await;
    assert_eq!(agreed.as_deref(), Some("graphql-transport-ws"));
    socket
}

/// Opens a WebSocket, offering these protocols, and gives the one that was agreed, too.
pub(crate) async fn connect_by(address: SocketAddr, offered: &str) -> (Socket, Option<String>) {
    let url = format!("ws://{address}/graphql/ws");
    let mut request = url.into_client_request().expect("an address");
    if !offered.is_empty() {
        let protocol = offered.parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
    }
    let agreed = |response: &tokio_tungstenite::tungstenite::handshake::client::Response| {
        let agreed = response.headers().get("sec-websocket-protocol");
        agreed.map(|agreed| agreed.to_str().expect("a text").to_owned())
    };
    let (socket, response) = connect_async(request).await.expect("a WebSocket");
    (socket, agreed(&response))
}

/// Opens a WebSocket as somebody.
pub(crate) async fn greet(address: SocketAddr, person: &Person) -> Socket {
    let mut socket = connect(address).await;
    let token = person.token.as_deref().map(|token| format!("Bearer {token}"));
    let hello = json!({ "type": "connection_init", "payload": { "authorization": token } });
    say(&mut socket, &hello).await;
    let heard = hear(&mut socket).await.expect("an answer to the greeting");
    assert_eq!(heard["type"], "connection_ack", "{heard}");
    socket
}

/// Sends a message.
pub(crate) async fn say(socket: &mut Socket, what: &Value) {
    socket.send(Message::text(what.to_string())).await.expect("it is sent");
}

/// The next message; none when the connection is closed.
pub(crate) async fn hear(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("JSON")),
            Ok(Message::Close(frame)) => {
                let frame = frame?;
                return Some(json!({ "type": "close", "code": u16::from(frame.code),
                                    "reason": frame.reason.as_str() }));
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}
