//! TLS of the web server: a certificate and a key become an acceptor.
//!
//! Certificates are made in `authority`; links between sites have their own TLS elsewhere.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
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

/// Accepts TLS 1.3 with this identity: every browser since 2019 speaks it. HTTP/1.1 only: WebSockets need it.
pub fn acceptor(identity: &Identity) -> Result<TlsAcceptor, TlsError> {
    let chain = CertificateDer::pem_slice_iter(identity.certificate_pem.as_bytes());
    let chain: Vec<_> = chain
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes());
    let key = key.map_err(|_| TlsError::NoKey)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(TlsError::Refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
