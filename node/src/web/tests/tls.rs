//! TLS with the realm's own authority: a browser that trusts it gets in, others do not.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::client::{Running, exchange, start};
use crate::web::authority::Authority;
use crate::web::tls::{Identity, Shown, TlsError};
use crate::web::{Settings, now_ms};

fn connector(authority: &Authority) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.certificate_pem.as_bytes());
    roots.add(root.expect("a certificate")).expect("usable");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn encrypted(authority: &Authority, names: &[&str]) -> Running {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let settings = Settings {
        tls: Some(authority.issue(&names, now_ms()).expect("signed")),
        authority_pem: Some(authority.certificate_pem.clone()),
        ..Settings::default()
    };
    start(settings).await
}

#[tokio::test]
async fn who_trusts_the_authority_gets_in_by_the_names_it_signed() {
    let authority = Authority::make("Loire", &["loire.example".into()], now_ms()).expect("made");
    let stranger = Authority::make("Loire", &[], now_ms()).expect("made");
    let running = encrypted(&authority, &["nantes.loire.example", "127.0.0.1"]).await;
    let connect = async |authority: &Authority, name: &'static str| {
        let stream = TcpStream::connect(running.server.address)
            .await
            .expect("connects");
        let name = ServerName::try_from(name).expect("a name");
        connector(authority).connect(name, stream).await
    };
    for name in ["nantes.loire.example", "127.0.0.1"] {
        let stream = connect(&authority, name).await.expect(name);
        let body = r#"{"login":"maud","password":"le marais breton"}"#;
        let request = format!(
            "POST /api/v1/session HTTP/1.1\r\nhost: {name}\r\norigin: https://{name}\r\n\
             connection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let reply = exchange(stream, request.as_bytes()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert!(reply.header("set-cookie").contains("; secure"), "{reply:?}");
    }
    assert!(connect(&authority, "ancenis.loire.example").await.is_err());
    assert!(connect(&stranger, "127.0.0.1").await.is_err());

    // A plain request on an encrypted port is hung up on; the next browser is served.
    let plain = running.call("GET /", "", "").await;
    assert_eq!(plain.status, 0, "{plain:?}");
    let stream = connect(&authority, "127.0.0.1").await.expect("still there");
    let request = b"GET /confiance HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let page = exchange(stream, request).await;
    assert!(page.body.contains("/confiance/autorite.crt"), "{page:?}");
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart_and_a_bad_one_is_not() {
    let authority = Authority::make("Loire", &[], now_ms()).expect("made");
    let running = encrypted(&authority, &["nantes.local"]).await;
    let connects = async |name: &'static str| {
        let stream = TcpStream::connect(running.server.address)
            .await
            .expect("connects");
        let name = ServerName::try_from(name).expect("a name");
        let connected = connector(&authority).connect(name, stream).await;
        connected.is_ok()
    };
    assert!(connects("nantes.local").await && !connects("don.local").await);
    let shown = running.server.shown.clone().expect("it speaks TLS");
    let names = ["don.local".to_owned()];
    let fresh = authority.issue(&names, now_ms()).expect("signed");
    shown.replace(&fresh).expect("a good one");
    assert!(!connects("nantes.local").await && connects("don.local").await);
    let bad = Identity {
        key_pem: String::new(),
        ..fresh
    };
    assert!(matches!(shown.replace(&bad), Err(TlsError::NoKey)));
    assert!(connects("don.local").await);
}

#[tokio::test]
async fn files_that_do_not_fit_are_refused_by_name() {
    let authority = Authority::make("Loire", &[], now_ms()).expect("made");
    let names = ["localhost".to_owned()];
    let one = authority.issue(&names, now_ms()).expect("signed");
    let other = authority.issue(&names, now_ms()).expect("signed");
    let mixed = Identity {
        certificate_pem: one.certificate_pem.clone(),
        key_pem: other.key_pem,
    };
    assert!(matches!(Shown::new(&mixed), Err(TlsError::Refused(_))));
    let swapped = Identity {
        certificate_pem: one.key_pem.clone(),
        key_pem: one.certificate_pem.clone(),
    };
    assert!(matches!(Shown::new(&swapped), Err(TlsError::NoCertificate)));
    let keyless = Identity {
        key_pem: String::new(),
        ..one
    };
    assert!(matches!(Shown::new(&keyless), Err(TlsError::NoKey)));
}
