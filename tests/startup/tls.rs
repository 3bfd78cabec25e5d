//! The service by https, without a proxy.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::in_time;
use crate::support::process::{free_address, program};

const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// A folder with a certificate and a setting that names it.
fn certified() -> (TempDir, CertificateDer<'static>) {
    let folder = tempfile::tempdir().expect("a folder");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    for (name, text) in [
        ("certificate.pem", cert.pem()),
        ("key.pem", signing_key.serialize_pem()),
        (
            "servicedesk.toml",
            "[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n".to_owned(),
        ),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    (folder, cert.der().clone())
}

/// A client that trusts this certificate alone.
fn client(trusted: CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// What is answered by https; none while nobody listens.
async fn answer(client: &TlsConnector, address: SocketAddr) -> Option<String> {
    let stream = TcpStream::connect(address).await.ok()?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = client.connect(name, stream).await.expect("a certificate that is trusted");
    stream.write_all(GET).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    Some(answer)
}

#[tokio::test]
async fn it_is_reached_by_https_alone() {
    let (folder, certificate) = certified();
    let (address, client) = (free_address(), client(certificate));
    let mut command = program(folder.path());
    command.args(["--listen", &address.to_string(), "serve"]);
    let mut server = command.spawn().expect("the program starts");
    let ready = async {
        loop {
            if let Some(answer) = answer(&client, address).await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = in_time("an answer by https", ready).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200 "), "{answer}");
    for header in ["strict-transport-security: max-age=", "x-content-type-options: nosniff"] {
        assert!(answer.contains(header), "{answer}");
    }
    // Plain HTTP gets no answer in HTTP, and nothing else is disturbed.
    let mut plain = TcpStream::connect(address).await.expect("it listens");
    plain.write_all(GET).await.expect("sent");
    let mut bytes = Vec::new();
    let read = in_time("the end of a connection", plain.read_to_end(&mut bytes)).await;
    assert!(read.is_err() || !bytes.starts_with(b"HTTP"), "{bytes:?}");
    assert!(self::answer(&client, address).await.is_some());
    server.kill().await.expect("ended");
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused_at_the_start() {
    let (folder, _) = certified();
    let (other, _) = certified();
    std::fs::copy(other.path().join("key.pem"), folder.path().join("key.pem")).expect("copied");
    let mut command = program(folder.path());
    command.args(["--listen", "127.0.0.1:0", "serve"]);
    let output = crate::support::process::finished(command).await;
    let said = crate::support::process::said(&output);
    assert!(!output.status.success() && said.contains("certificate"), "{said}");
}
