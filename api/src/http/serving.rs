//! Connections: so many in all and from each address, and none that is held by sending or reading
//! nothing. `axum::serve` has no such limits, so this does its work with the server below it.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use servicedesk_service::licensing::checking::bucket_of;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

use crate::config::Config;
use crate::graphql::limits::places::{Place, Places};

use super::tls::Tls;

/// How long to wait when no connection can be taken, for example for want of file handles.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers until the word to stop, then finishes what was begun.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: &Config,
    tls: Option<&Tls>,
    stop: impl Future<Output = ()>,
) {
    let limits = config.limits;
    // A proxy has all connections to itself.
    let each = match config.client_address_header {
        Some(_) => limits.connections,
        None => limits.connections_per_address,
    };
    let places = Places::new(limits.connections, each);
    // HTTP/1 alone: to find out the version, `hyper-util` would wait for the first byte without a
    // limit, even where only one version is allowed.
    let mut server = http1::Builder::new();
    let headers = Duration::from_secs(limits.header_seconds);
    server.timer(TokioTimer::new()).header_read_timeout(headers);
    // A WebSocket's handshake is answered as the client writes it.
    server.preserve_header_case(true);
    let unread = Duration::from_secs(limits.unread_seconds);
    let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let Some(place) = place(&places, peer.ip()) else { continue };
        let place = Arc::new(place);
        let held = place.clone();
        let service = router.clone().map_request(move |request: Request<_>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            // What a connection is upgraded to keeps its place.
            request.extensions_mut().insert(held.clone());
            request
        });
        let (stream, service) = (readable(stream, unread), TowerToHyperService::new(service));
        let (server, stopping) = (server.clone(), stopping.clone());
        match tls {
            None => {
                let stream = Box::pin(stream);
                connections.spawn(answer(server, stream, service, stopping, place));
            }
            Some(tls) => {
                let greeting = tls.acceptor().accept(Box::pin(stream));
                connections.spawn(async move {
                    // Who says nothing, or no TLS, holds a place no longer than with plain HTTP.
                    let Ok(Ok(stream)) = tokio::time::timeout(headers, greeting).await else {
                        return;
                    };
                    answer(server, stream, service, stopping, place).await;
                });
            }
        }
    }
    drop(listener);
    stopping.cancel();
    connections.close();
    connections.wait().await;
}

/// Answers on one connection until it ends, or the service does.
async fn answer<I, S>(
    server: http1::Builder,
    stream: I,
    service: TowerToHyperService<S>,
    stopping: CancellationToken,
    place: Arc<Place>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone,
{
    let connection = server.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Clients break off as they like.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
    drop(place);
}

/// A place for a connection; what has none is closed at once, which costs less than to say why.
fn place(places: &Places, address: IpAddr) -> Option<Place> {
    let place = places.take(bucket_of(Some(address)));
    if place.is_none() {
        metrics::counter!("servicedesk_connections_refused").increment(1);
    }
    place
}

/// A stream that breaks when its reader stands still for too long.
fn readable(stream: TcpStream, unread: Duration) -> TimeoutStream<TcpStream> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(unread));
    stream
}
