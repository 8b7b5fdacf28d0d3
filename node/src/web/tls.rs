//! TLS of the web server: a certificate and a key become an acceptor.
//!
//! Certificates are made in `authority`; links between sites have their own TLS elsewhere.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

/// A certificate chain and its key, both in PEM.
#[derive(Clone)]
pub struct Identity {
    /// The site's certificate first, then those above it.
    pub certificate_pem: String,
    /// The private key of the first.
    pub key_pem: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the key.
        out.write_str("Identity")
    }
}

/// Why certificate or key cannot be used.
#[derive(Debug)]
pub enum TlsError {
    /// No certificate in the PEM.
    NoCertificate,
    /// No private key in the PEM.
    NoKey,
    /// They do not fit together, or use what rustls refuses.
    Refused(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => out.write_str(
                "the certificate file holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
            ),
            Self::NoKey => out.write_str(
                "the key file holds no private key in PEM (-----BEGIN PRIVATE KEY-----)",
            ),
            Self::Refused(error) => write!(
                out,
                "certificate and key cannot be used together: {error}; check that both files belong \
                 to each other"
            ),
        }
    }
}

impl std::error::Error for TlsError {}

fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes());
    let chain: Vec<_> = chain
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes());
    let key = key.map_err(|_| TlsError::NoKey)?;
    let provider = aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain, key, &provider)
        .map(Arc::new)
        .map_err(TlsError::Refused)
}

/// The identity that new connections meet; it may be replaced while the server runs, because a
/// site runs for years and its certificate does not.
#[derive(Debug)]
pub struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    /// Begins with this identity.
    pub fn new(identity: &Identity) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self(RwLock::new(certified(identity)?))))
    }

    /// Shows another from now on; connections that stand are not touched. On an error the old one
    /// stays.
    pub fn replace(&self, identity: &Identity) -> Result<(), TlsError> {
        let fresh = certified(identity)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown))
    }
}

/// Accepts TLS 1.3 with what is shown: every browser since 2019 speaks it. HTTP/1.1 only:
/// WebSockets need it.
pub fn acceptor(shown: Arc<Shown>) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Refused)?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
