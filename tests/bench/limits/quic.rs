//! One QUIC stream on the loopback: asked for a number of bytes, the other side gives them back.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bocage_tests::clients::{Doing, Outcome};

/// Largest piece handed to a stream at once.
const PIECE_BYTES: usize = 64 << 10;

/// A connection with one stream.
pub(super) struct Line {
    send: quinn::SendStream,
    receive: quinn::RecvStream,
    // The connection closes when its last handle is dropped.
    _endpoint: quinn::Endpoint,
}

impl Line {
    pub(super) async fn open() -> Outcome<Self> {
        let made =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).doing("QUIC")?;
        let certificate = made.cert.der().clone();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        // Named here: with more than one provider in the program rustls would not choose itself.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .doing("QUIC")?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .doing("QUIC")?;
        let server = quinn::crypto::rustls::QuicServerConfig::try_from(server).doing("QUIC")?;
        let server = quinn::ServerConfig::with_crypto(Arc::new(server));
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let listening = quinn::Endpoint::server(server, local).doing("QUIC")?;
        let address = listening.local_addr().doing("QUIC")?;
        tokio::spawn(answer(listening));
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).doing("QUIC")?;
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .doing("QUIC")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = quinn::crypto::rustls::QuicClientConfig::try_from(client).doing("QUIC")?;
        let mut endpoint = quinn::Endpoint::client(local).doing("QUIC")?;
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(client)));
        let connecting = endpoint.connect(address, "localhost").doing("QUIC")?;
        let (send, receive) = connecting
            .await
            .doing("QUIC")?
            .open_bi()
            .await
            .doing("QUIC")?;
        Ok(Self {
            send,
            receive,
            _endpoint: endpoint,
        })
    }

    /// Sends `bytes` and waits until as many as `back` came back, which the other side sends when
    /// it has all.
    pub(super) async fn exchange(&mut self, bytes: usize, back: usize) -> Outcome<()> {
        let mut sizes = [0; 16];
        sizes[..8].copy_from_slice(&(bytes as u64).to_le_bytes());
        sizes[8..].copy_from_slice(&(back as u64).to_le_bytes());
        let piece = vec![7; PIECE_BYTES.min(bytes) + sizes.len()];
        let first = [&sizes[..], &piece[..PIECE_BYTES.min(bytes)]].concat();
        self.send.write_all(&first).await.doing("QUIC")?;
        let mut left = bytes - PIECE_BYTES.min(bytes);
        while left > 0 {
            let now = left.min(PIECE_BYTES);
            self.send.write_all(&piece[..now]).await.doing("QUIC")?;
            left -= now;
        }
        take(&mut self.receive, back).await
    }
}

async fn take(stream: &mut quinn::RecvStream, bytes: usize) -> Outcome<()> {
    let mut left = bytes;
    while left > 0 {
        let chunk = stream.read_chunk(left, true).await.doing("QUIC")?;
        left -= chunk.ok_or("the stream ended")?.bytes.len();
    }
    Ok(())
}

async fn answer(listening: quinn::Endpoint) -> Outcome<()> {
    let incoming = listening.accept().await.ok_or("nobody came")?;
    let (mut send, mut receive) = incoming
        .await
        .doing("QUIC")?
        .accept_bi()
        .await
        .doing("QUIC")?;
    let size = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("8 bytes")) as usize;
    loop {
        let mut sizes = [0; 16];
        receive.read_exact(&mut sizes).await.doing("QUIC")?;
        take(&mut receive, size(&sizes[..8])).await?;
        let back = vec![7; size(&sizes[8..])];
        send.write_all(&back).await.doing("QUIC")?;
    }
}
