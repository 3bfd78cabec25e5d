//! TLS by certificate files, for desks without a proxy before them. The files are read again when they
//! change, so a renewed certificate needs no restart.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// How often the files are looked at.
const RECHECK: Duration = Duration::from_mins(1);

/// The certificate of this service, and the TLS that shows it.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
}

/// The certificate that new connections are shown.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// If a file cannot be read, or the key is not the certificate's.
    pub fn load(files: &TlsFiles) -> anyhow::Result<Self> {
        let current = Arc::new(Current(RwLock::new(Arc::new(certified(files)?))));
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { files: files.clone(), current, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// What takes connections.
    pub(super) const fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Looks at the files again and again.
    pub async fn follow_files(self) {
        let mut seen = self.changed_at();
        loop {
            tokio::time::sleep(RECHECK).await;
            let now = self.changed_at();
            if now != seen && self.reload() {
                seen = now;
            }
        }
    }

    /// Reads the files again. What cannot be used is told, and the certificate of before stays.
    fn reload(&self) -> bool {
        match certified(&self.files) {
            Ok(certified) => {
                let mut current = self.current.0.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(certified);
                tracing::info!("the certificate was read again");
                true
            }
            Err(error) => {
                tracing::warn!("the new certificate cannot be used: {error:#}");
                false
            }
        }
    }

    /// When each file was last changed.
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        let changed = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
        [changed(&self.files.certificate), changed(&self.files.key)]
    }
}

/// The certificate with its chain, and its key.
fn certified(files: &TlsFiles) -> anyhow::Result<CertifiedKey> {
    let TlsFiles { certificate, key } = files;
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("tls.certificate {} cannot be read", certificate.display()))?;
    anyhow::ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("tls.key {} cannot be read", key.display()))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .context("the certificate and its key cannot be used together")
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey as Generated, generate_simple_self_signed};

    use super::*;

    /// A new certificate in a folder, as its bytes.
    fn write(folder: &Path) -> Vec<u8> {
        let Generated { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
        std::fs::write(folder.join("certificate.pem"), cert.pem()).expect("written");
        cert.der().to_vec()
    }

    fn files(folder: &Path) -> TlsFiles {
        TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    fn shown(tls: &Tls) -> Vec<u8> {
        let current = tls.current.0.read().expect("a certificate");
        current.cert[0].to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_shown_and_a_bad_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = write(folder.path());
        let tls = Tls::load(&files(folder.path())).expect("it can be used");
        assert_eq!(shown(&tls), first);
        let second = write(folder.path());
        assert!(tls.reload());
        assert_eq!(shown(&tls), second);
        std::fs::write(folder.path().join("key.pem"), "no key").expect("written");
        assert!(!tls.reload());
        assert_eq!(shown(&tls), second);
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let (one, other) = (tempfile::tempdir(), tempfile::tempdir());
        let (one, other) = (one.expect("a folder"), other.expect("a folder"));
        write(one.path());
        write(other.path());
        let mixed = TlsFiles { key: other.path().join("key.pem"), ..files(one.path()) };
        let missing = TlsFiles { key: one.path().join("none.pem"), ..files(one.path()) };
        let swapped = TlsFiles { certificate: one.path().join("key.pem"), ..files(one.path()) };
        for (files, named) in [(mixed, "together"), (missing, "tls.key"), (swapped, "certificate")]
        {
            let error = Tls::load(&files).err().expect("refused");
            assert!(format!("{error:#}").contains(named), "{error:#}");
        }
    }
}
