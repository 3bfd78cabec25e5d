//! How a WebSocket begins and ends, byte by byte, as clients rely on it.

use futures::{SinkExt, StreamExt};
use serde_json::json;
use test_case::test_case;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::App;
use crate::support::watch::{Socket, greet, say};
use crate::support::{System, in_time, with_database};

/// Reads until the connection has ended: the codes of the closing frames, and whether each side has
/// said that it closes.
async fn ending(socket: &mut Socket) -> (Vec<u16>, bool) {
    let mut codes = Vec::new();
    loop {
        match in_time("the end", socket.next()).await {
            Some(Ok(Message::Close(frame))) => {
                codes.extend(frame.map(|frame| u16::from(frame.code)));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) => return (codes, false),
            None => return (codes, true),
        }
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_client_that_closes_is_answered(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let mut socket = greet(address, &app.customer("Customer").await).await;
        let frame = CloseFrame { code: CloseCode::Normal, reason: "that is all".into() };
        socket.send(Message::Close(Some(frame))).await.expect("it is sent");
        assert_eq!(ending(&mut socket).await, (vec![1000], true));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_client_that_is_still_talking_reads_why_it_is_closed(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        let mut socket = greet(address, &app.customer("Customer").await).await;
        say(&mut socket, &json!({ "type": "unheard of" })).await;
        // What nobody reads any more must not reset the connection.
        for _ in 0..100 {
            say(&mut socket, &json!({ "type": "ping", "payload": { "text": "x".repeat(1_000) } }))
                .await;
        }
        assert_eq!(ending(&mut socket).await, (vec![4400], true));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_names_of_headers_are_written_as_the_client_writes_them(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let address = app.listen().await;
        for name in ["Sec-WebSocket-Protocol", "sec-websocket-protocol"] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let request = format!(
                "GET /graphql/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
                 Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{name}: graphql-transport-ws\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).await.expect("it is sent");
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\n") {
                let byte = in_time("the head", stream.read_u8()).await;
                read.push(byte.expect("the whole head"));
            }
            let head = String::from_utf8(read).expect("a text");
            let expected = format!("\r\n{name}: graphql-transport-ws\r\n");
            assert!(head.starts_with("HTTP/1.1 101"), "{head}");
            assert!(head.contains(&expected), "{head}");
        }
    })
    .await;
}
