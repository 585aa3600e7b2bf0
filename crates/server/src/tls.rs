//! TLS: a certificate and its key from files, read at the start and again when the files have changed.
//!
//! Owns what is spoken: TLS 1.2 and 1.3 of rustls, HTTP/1.1. Refuses to make certificates: whoever issues them (an ACME client, an
//! authority of one's own) writes the files. Start at [`Tls::read`].

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// Why no TLS can be spoken with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{file}: {why}: give a file with the certificate and its chain in PEM")]
    Certificate { file: String, why: String },
    #[error("{file}: {why}: give the certificate's private key in PEM")]
    Key { file: String, why: String },
    #[error("the certificate and the key do not work together: {0}")]
    Pair(String),
}

/// A certificate with its key, where both lie in files.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    now: RwLock<Arc<CertifiedKey>>,
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let bad = |why: String| TlsError::Certificate { file: certificate.display().to_string(), why };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|why| bad(why.to_string()))?;
    if chain.is_empty() {
        return Err(bad("there is no certificate in it".into()));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|why| TlsError::Key { file: key.display().to_string(), why: why.to_string() })?;
    let made = CertifiedKey::from_der(chain, private, &ring::default_provider());
    made.map_err(|why| TlsError::Pair(why.to_string()))
}

impl Tls {
    /// Reads the files.
    pub fn read(certificate: &Path, key: &Path) -> Result<Arc<Tls>, TlsError> {
        let now = RwLock::new(Arc::new(load(certificate, key)?));
        Ok(Arc::new(Tls { certificate: certificate.to_owned(), key: key.to_owned(), now }))
    }

    /// Reads the files again: a renewed certificate holds for the next connection. What cannot be read changes nothing.
    pub fn renew(&self) -> Result<(), TlsError> {
        let new = Arc::new(load(&self.certificate, &self.key)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(crate) fn config(self: &Arc<Tls>) -> Result<Arc<ServerConfig>, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| TlsError::Pair(why.to_string()))?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::new(Resolver(Arc::clone(self)));
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

#[derive(Debug)]
struct Resolver(Arc<Tls>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.now.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
