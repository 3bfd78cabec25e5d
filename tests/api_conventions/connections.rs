//! Connections that send or read nothing, and too many of them.

use std::net::SocketAddr;

use test_case::test_case;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, config};
use crate::support::{System, in_time, with_database};

/// Sends something, and reads until the service closes the connection.
async fn answered(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("it is sent");
    let mut read = Vec::new();
    // A connection that is reset was closed, too.
    drop(in_time("the end", stream.read_to_end(&mut read)).await);
    String::from_utf8_lossy(&read).into_owned()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_sends_headers_or_a_body_too_slowly_is_not_waited_for(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        (config.limits.header_seconds, config.limits.body_seconds) = (1, 1);
        let app = App::start_with(&database, config).await;
        let address = app.listen().await;
        assert!(!answered(address, "POST /graphql HTTP/1.1\r\nhost: x\r\n").await.contains("200"));
        assert_eq!(answered(address, "").await, "");
        let body = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    content-length: 100\r\n\r\n{";
        let told = answered(address, body).await;
        assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn connections_are_bounded_and_their_places_come_back(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.connections_per_address = 2;
        let app = App::start_with(&database, config).await;
        let address = app.listen().await;
        let health = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let first = TcpStream::connect(address).await.expect("a connection");
        let mut second = TcpStream::connect(address).await.expect("a connection");
        // When the second is answered, the first has its place.
        second.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is sent");
        let mut some = [0; 8];
        in_time("an answer", second.read_exact(&mut some)).await.expect("an answer");
        assert_eq!(answered(address, health).await, "");
        drop((first, second));
        let again = async {
            while !answered(address, health).await.contains("200 OK") {
                tokio::task::yield_now().await;
            }
        };
        in_time("a place", again).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_reads_nothing_is_not_written_to_for_ever(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.unread_seconds = 1;
        config.limits.connections_per_address = 1;
        let app = App::start_with(&database, config).await;
        let address = app.listen().await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let query =
            "%7B__schema%7Btypes%7Bname%20description%20fields%7Bname%20description%7D%7D%7D%7D";
        let ask = format!("GET /graphql?query={query} HTTP/1.1\r\nhost: x\r\n\r\n");
        // More answers than the buffers of the system hold, and none is read.
        for _ in 0..200 {
            if stream.write_all(ask.as_bytes()).await.is_err() {
                break;
            }
        }
        let health = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let freed = async {
            while !answered(address, health).await.contains("200 OK") {
                tokio::task::yield_now().await;
            }
        };
        in_time("its place", freed).await;
        drop(stream);
    })
    .await;
}
