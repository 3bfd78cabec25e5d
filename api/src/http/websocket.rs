//! GraphQL over WebSocket, by the protocol `graphql-transport-ws` of the package graphql-ws. The
//! token comes with `connection_init`, as `{ "authorization": "Bearer …" }`, or the session with the
//! cookie of the request that opens the connection. Both are looked at again for each operation and
//! each item.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::ws::{self, Utf8Bytes, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap};
use axum::response::Response as HttpResponse;
use futures::StreamExt;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use servicedesk_service::access::{Credential, RequestInfo};
use servicedesk_service::error::ApiError;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use super::cookies::{SessionCookie, may_use_cookie};
use super::execution::{Operation, RECHECK, Requester, Sent, refusal};
use super::graphql::Answer;
use super::messages::{ClientMessage, Close, Message, ServerMessage};
use super::negotiation::{Peer, bearer_in, request_info};
use crate::app::App;
use crate::graphql::errors::is_request_error;
use crate::graphql::limits::places::Place;
use crate::graphql::limits::{Cost, bucket_of, requests};

const PROTOCOL: &str = "graphql-transport-ws";
/// How many answers wait until the client has read those before.
const WAITING: usize = 16;
/// After so many pings without a word the client is gone.
const MAX_UNANSWERED: u32 = 3;

/// How long a client may take to answer that the connection is closed.
const LONGEST_PARTING: Duration = Duration::from_secs(5);

/// What comes from an operation that runs. What it said before it was ended is no longer told,
/// because its id may be another's by then.
struct Outgoing {
    id: String,
    number: u64,
    /// A message, or why the connection must be closed.
    text: Result<Utf8Bytes, Close>,
    is_last: bool,
}

/// Takes a WebSocket.
pub async fn websocket(
    State(app): State<App>,
    peer: Peer,
    place: Option<Extension<Arc<Place>>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
    // The last one, because the upgrade takes its own extension out.
    extensions: Extensions,
) -> HttpResponse {
    let info = request_info(&app, &peer, &headers);
    let session = SessionCookie::of(&app.config, &headers).read(&headers);
    // A browser opens a WebSocket for a page of any site, and sends its cookies along.
    let session = session.map(|session| may_use_cookie(&app.config, &headers).map(|()| session));
    let most = app.config.limits.body_bytes;
    let upgrade = upgrade.max_message_size(most).max_frame_size(most).protocols([PROTOCOL]);
    let mut response = upgrade.on_upgrade(move |mut socket| async move {
        let closed = if socket.protocol().is_some() {
            Connection::new(app, info, session).serve(&mut socket).await
        } else {
            Err(Close(4406, format!("the protocol is {PROTOCOL}")))
        };
        part(&mut socket, closed).await;
        drop(place);
    });
    // They tell hyper how the client writes the names of headers, so the answer writes them the
    // same way. The Python package gql finds `Sec-WebSocket-Protocol` in no other case, and would
    // speak another protocol than the one that was agreed.
    *response.extensions_mut() = extensions;
    response
}

/// Closes as RFC 6455 wants it: each side says that it closes, and only then the server ends the
/// connection. A client that is not answered takes it for broken and waits before it connects
/// again, or does not even read why it was closed.
async fn part(socket: &mut WebSocket, closed: Result<(), Close>) {
    let both_closed = async {
        if let Err(close) = closed
            && socket.send(close.frame()).await.is_err()
        {
            return;
        }
        // Reading also sends the answer to a client that closes. Anything else comes too late.
        while let Some(Ok(_)) = socket.recv().await {}
    };
    // A client that does not answer is left alone.
    drop(tokio::time::timeout(LONGEST_PARTING, both_closed).await);
}

struct Connection {
    app: App,
    info: RequestInfo,
    /// The session in the cookie, or why the page may not use it.
    session: Option<Result<Credential, ApiError>>,
    /// Nobody, before the greeting.
    requester: Option<Requester>,
    /// The operations that run, by the client's ids; the number tells two of the same id apart.
    running: HashMap<String, (u64, AbortHandle)>,
    tasks: JoinSet<()>,
    begun: u64,
    sender: mpsc::Sender<Outgoing>,
    receiver: mpsc::Receiver<Outgoing>,
}

impl Connection {
    fn new(app: App, info: RequestInfo, session: Option<Result<Credential, ApiError>>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (running, tasks) = (HashMap::new(), JoinSet::new());
        Self { app, info, session, requester: None, running, tasks, begun: 0, sender, receiver }
    }

    /// Serves until the client goes, or must. What runs ends with it.
    async fn serve(mut self, socket: &mut WebSocket) -> Result<(), Close> {
        let limits = self.app.config.limits;
        let mut pings = tokio::time::interval(Duration::from_secs(limits.ping_seconds.max(1)));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        let mut again = tokio::time::interval(RECHECK);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut greeting = Box::pin(tokio::time::sleep(Duration::from_secs(limits.body_seconds)));
        let mut unanswered = 0;
        loop {
            tokio::select! {
                received = socket.recv() => {
                    let Some(Ok(message)) = received else { return Ok(()) };
                    unanswered = 0;
                    match message {
                        ws::Message::Text(text) => self.handle(&text, socket).await?,
                        ws::Message::Binary(_) => return Err(Close::bad_message("messages are texts")),
                        ws::Message::Close(_) => return Ok(()),
                        ws::Message::Ping(_) | ws::Message::Pong(_) => {}
                    }
                }
                // The connection itself has a sender, so there is always one more to come.
                Some(outgoing) = self.receiver.recv() => self.forward(outgoing, socket).await?,
                _ = pings.tick() => {
                    unanswered += 1;
                    if unanswered > MAX_UNANSWERED {
                        return Err(Close(1001, "nothing was heard for too long".to_owned()));
                    }
                    if self.requester.is_some() {
                        send_text(socket, ServerMessage::Ping.text()?).await?;
                    }
                    send(socket, ws::Message::Ping(Vec::new().into())).await?;
                }
                () = &mut greeting, if self.requester.is_none() => {
                    let reason = "the greeting did not come in time";
                    return Err(Close(4408, reason.to_owned()));
                }
                _ = again.tick() => self.recheck(socket).await?,
                // A task that has ended has said so itself, unless it failed.
                Some(ended) = self.tasks.join_next() => if ended.is_err_and(|error| error.is_panic()) {
                    return Err(Close::because(&ApiError::internal(&"an operation panicked")));
                },
            }
        }
    }

    async fn forward(&mut self, outgoing: Outgoing, socket: &mut WebSocket) -> Result<(), Close> {
        if self.running.get(&outgoing.id).is_none_or(|(number, _)| *number != outgoing.number) {
            return Ok(());
        }
        if outgoing.is_last {
            self.running.remove(&outgoing.id);
        }
        send_text(socket, outgoing.text?).await
    }

    async fn handle(&mut self, text: &str, socket: &mut WebSocket) -> Result<(), Close> {
        match self.read(text)? {
            ClientMessage::ConnectionInit { .. } if self.requester.is_some() => {
                Err(Close(4429, "Too many initialisation requests".to_owned()))
            }
            ClientMessage::ConnectionInit { payload } => {
                let found = self.greet(&payload).await;
                self.requester = Some(found.map_err(|error| Close::because(&error))?);
                send_text(socket, ServerMessage::ConnectionAck.text()?).await
            }
            ClientMessage::Subscribe { id, payload } => self.begin(id, payload, socket).await,
            ClientMessage::Complete { id } => {
                if let Some((_, task)) = self.running.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
            ClientMessage::Ping { payload } => {
                send_text(socket, ServerMessage::Pong { payload }.text()?).await
            }
            ClientMessage::Pong => Ok(()),
        }
    }

    /// Reads a message. A long one is paid for before its payload is read, like a request; what an
    /// operation costs is paid when it begins.
    fn read<'a>(&self, text: &'a str) -> Result<ClientMessage<'a>, Close> {
        let message = Message::read(text)?;
        let because = |error: ApiError| Close::because(&error);
        let price = requests::price(text.as_bytes()).map_err(because)?;
        if price > 1 && !message.is_operation() {
            let caller = self.requester.as_ref().and_then(|requester| requester.caller.as_ref());
            let (bucket, now) = (bucket_of(caller, &self.info), self.app.desk.now());
            Cost::begin(&self.app.buckets, bucket, price, now).map_err(because)?;
        }
        ClientMessage::of(message)
    }

    async fn greet(&self, payload: &Value) -> Result<Requester, ApiError> {
        if !payload.is_null() && !payload.is_object() {
            let problem = "the payload of connection_init is an object";
            return Err(ApiError::BadUserInput(problem.to_owned()));
        }
        let said = payload.as_object().into_iter().flatten();
        let mut said = said.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let token = match said.next() {
            None | Some((_, Value::Null)) => self.session.clone().transpose()?,
            Some((_, Value::String(value))) => Some(bearer_in(value)?),
            Some(_) => return Err(ApiError::Unauthenticated),
        };
        let limit = Duration::from_secs(self.app.config.limits.request_seconds);
        let found =
            tokio::time::timeout(limit, Requester::find(&self.app, &self.info, token)).await;
        found.unwrap_or_else(|_| Err(ApiError::unavailable(&"a token took too long to look up")))
    }

    async fn begin(
        &mut self,
        id: String,
        payload: &RawValue,
        socket: &mut WebSocket,
    ) -> Result<(), Close> {
        let unauthorized = || Close(4401, "Unauthorized".to_owned());
        let requester = self.requester.as_ref().ok_or_else(unauthorized)?;
        if self.running.contains_key(&id) {
            return Err(Close(4409, format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= self.app.config.limits.operations_per_connection {
            let refused = refusal(&ApiError::Throttled, &self.info);
            let payload = raw(&refused.errors)?;
            return send_text(socket, ServerMessage::Error { id: &id, payload }.text()?).await;
        }
        let sent = Sent::Json(Bytes::copy_from_slice(payload.get().as_bytes()));
        self.begun += 1;
        let number = self.begun;
        let running = Running {
            app: self.app.clone(),
            requester: requester.clone(),
            info: RequestInfo {
                request_id: servicedesk_service::clock::fresh_id(),
                ..self.info.clone()
            },
            id: id.clone(),
            number,
            sender: self.sender.clone(),
        };
        let task = self.tasks.spawn(running.run(sent));
        self.running.insert(id, (number, task));
        Ok(())
    }

    /// Ends everything when the token is no longer valid, and says so.
    async fn recheck(&mut self, socket: &mut WebSocket) -> Result<(), Close> {
        let Some(requester) = &self.requester else { return Ok(()) };
        // Another fault says nothing of the token, and each item is looked at again anyway.
        let Err(error @ ApiError::Unauthenticated) = requester.again(&self.app).await else {
            return Ok(());
        };
        for (id, (_, task)) in self.running.drain() {
            task.abort();
            let payload = raw(&Answer::of(&refusal(&error, &self.info)))?;
            send_text(socket, ServerMessage::Next { id: &id, payload }.text()?).await?;
            send_text(socket, ServerMessage::Complete { id: &id }.text()?).await?;
        }
        Err(Close::because(&error))
    }
}

/// An operation that runs.
struct Running {
    app: App,
    requester: Requester,
    info: RequestInfo,
    id: String,
    number: u64,
    sender: mpsc::Sender<Outgoing>,
}

impl Running {
    async fn run(self, sent: Sent) {
        let text = self.carry_out(sent).await;
        let end = Outgoing { id: self.id, number: self.number, text, is_last: true };
        // Fails only when the connection is gone.
        drop(self.sender.send(end).await);
    }

    /// Carries an operation out, and gives the last message on it.
    async fn carry_out(&self, sent: Sent) -> Result<Utf8Bytes, Close> {
        let Ok(permit) = self.app.working.clone().try_acquire_owned() else {
            metrics::counter!("servicedesk_requests_shed").increment(1);
            return self.error(&refusal(&ApiError::Throttled, &self.info));
        };
        let limit = Duration::from_secs(self.app.config.limits.request_seconds);
        let credential = self.requester.credential.clone();
        let found = Requester::find(&self.app, &self.info, credential);
        let found = tokio::time::timeout(limit, found)
            .await
            .unwrap_or_else(|_| Err(ApiError::unavailable(&"a token took too long to look up")));
        let requester = match found {
            Ok(requester) => requester,
            Err(error) => return self.error(&refusal(&error, &self.info)),
        };
        let operation = Operation::prepare(&self.app, requester, self.info.clone(), &sent);
        drop(sent);
        let operation = match operation {
            Ok(operation) => operation,
            Err(refused) => return self.error(&refused.response(&self.info)),
        };
        if !operation.is_subscription() {
            let response = operation.execute(&self.app).await;
            drop(permit);
            if is_request_error(&response) {
                return self.error(&response);
            }
            self.next(&response).await?;
            return self.complete();
        }
        drop(permit);
        let mut items = Box::pin(operation.watch(self.app.clone()));
        let mut is_first = true;
        while let Some(item) = items.next().await {
            if is_first && is_request_error(&item) {
                return self.error(&item);
            }
            is_first = false;
            self.next(&item).await?;
        }
        self.complete()
    }

    async fn next(&self, response: &async_graphql::Response) -> Result<(), Close> {
        let payload = raw(&Answer::of(response))?;
        let text = Ok(ServerMessage::Next { id: &self.id, payload }.text()?);
        let outgoing = Outgoing { id: self.id.clone(), number: self.number, text, is_last: false };
        let gone = |_| Close(1001, "the connection is gone".to_owned());
        self.sender.send(outgoing).await.map_err(gone)
    }

    fn error(&self, response: &async_graphql::Response) -> Result<Utf8Bytes, Close> {
        ServerMessage::Error { id: &self.id, payload: raw(&response.errors)? }.text()
    }

    fn complete(&self) -> Result<Utf8Bytes, Close> {
        ServerMessage::Complete { id: &self.id }.text()
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Close> {
    serde_json::value::to_raw_value(value)
        .map_err(|error| Close::because(&ApiError::internal(&error)))
}

async fn send_text(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), Close> {
    send(socket, ws::Message::Text(text)).await
}

/// Sends a message. A client who reads nothing is given up by the connection's own limit of time.
async fn send(socket: &mut WebSocket, message: ws::Message) -> Result<(), Close> {
    socket.send(message).await.map_err(|error| Close(1001, error.to_string()))
}
