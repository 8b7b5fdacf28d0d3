//! Addresses and names of libp2p, and our own: nothing else knows both.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use bocage_crdt::ids::NodeId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, identity};

use super::{NetConfig, NetError, Transport};

/// Tries at finding a port number free for both UDP and TCP before giving up.
const PORT_TRIES: usize = 16;

/// A name server that is out of reach must not hold up the addresses that are known.
const LOOKUP_MAX: Duration = Duration::from_secs(3);
/// Addresses taken from one name: two families, a few machines.
const LOOKUP_ADDRESSES_MAX: usize = 8;

pub(crate) fn keypair(seed: &[u8; 32]) -> identity::Keypair {
    // Any 32 bytes are an ed25519 seed, so the only error (a wrong length) cannot occur.
    identity::Keypair::ed25519_from_bytes(*seed).expect("32 bytes are an ed25519 seed")
}

/// The peer id of a site; none for bytes that are not a point of the curve.
pub(crate) fn peer_of(node: &NodeId) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&node.0).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The site behind a peer id; none for peers with another kind of key.
pub(crate) fn node_of(peer: &PeerId) -> Option<NodeId> {
    // A short key stands in its peer id as it is ("identity" multihash, code 0).
    let hash = peer.as_ref();
    if hash.code() != 0 {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(NodeId(key.try_into_ed25519().ok()?.to_bytes()))
}

pub(crate) fn multiaddr(address: &SocketAddr, transport: Transport) -> Multiaddr {
    let base = Multiaddr::from(address.ip());
    match transport {
        Transport::Quic => base
            .with(Protocol::Udp(address.port()))
            .with(Protocol::QuicV1),
        Transport::Tcp => base.with(Protocol::Tcp(address.port())),
    }
}

/// The socket address and transport of a multiaddress; none for kinds we do not use.
pub(crate) fn socket(address: &Multiaddr) -> Option<(SocketAddr, Transport)> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match (parts.next()?, parts.next()) {
        (Protocol::Udp(port), Some(Protocol::QuicV1)) => {
            Some((SocketAddr::new(ip, port), Transport::Quic))
        }
        (Protocol::Tcp(port), None | Some(Protocol::P2p(_))) => {
            Some((SocketAddr::new(ip, port), Transport::Tcp))
        }
        _ => None,
    }
}

/// Host names and IP addresses with ports, looked up; what cannot be found is left out, and said in
/// the log. Names change, so look up again now and then.
pub async fn resolve(addresses: &[String]) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for address in addresses {
        match tokio::time::timeout(LOOKUP_MAX, tokio::net::lookup_host(address)).await {
            Ok(Ok(looked_up)) => found.extend(looked_up.take(LOOKUP_ADDRESSES_MAX)),
            Ok(Err(error)) => tracing::warn!(address, %error, "an address was not found"),
            Err(_) => tracing::warn!(address, "looking up an address took too long"),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Checks the addresses and fixes the ports before libp2p, whose errors name neither.
pub(crate) fn reserve(config: &NetConfig) -> Result<Vec<SocketAddr>, NetError> {
    config
        .listen
        .iter()
        .map(|address| reserve_one(*address, config))
        .collect()
}

fn reserve_one(wanted: SocketAddr, config: &NetConfig) -> Result<SocketAddr, NetError> {
    let failed = |address: SocketAddr, error: std::io::Error| match error.kind() {
        ErrorKind::AddrInUse => NetError::PortTaken(address),
        _ => NetError::Listen(address, error),
    };
    let mut last = None;
    if !config.tcp {
        return UdpSocket::bind(wanted)
            .and_then(|socket| socket.local_addr())
            .map_err(|error| failed(wanted, error));
    }
    for _ in 0..PORT_TRIES {
        let listener = TcpListener::bind(wanted).map_err(|error| failed(wanted, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| failed(wanted, error))?;
        if !config.quic {
            return Ok(address);
        }
        match UdpSocket::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) if wanted.port() == 0 => last = Some(failed(address, error)),
            Err(error) => return Err(failed(address, error)),
        }
    }
    Err(last.unwrap_or(NetError::PortTaken(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_and_its_peer_id_name_each_other() {
        let key = keypair(&[7; 32]);
        let peer = key.public().to_peer_id();
        let node = node_of(&peer).expect("an ed25519 peer");
        let signer = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        assert_eq!(node.0, signer.verifying_key().to_bytes());
        assert_eq!(peer_of(&node), Some(peer));
        assert_eq!(node_of(&PeerId::random()), None);
    }

    #[tokio::test]
    async fn what_can_be_looked_up_is() {
        let written = ["127.0.0.1:7", "nowhere", "[::1]:7", "127.0.0.1:7"].map(String::from);
        let expected: Vec<SocketAddr> = ["127.0.0.1:7", "[::1]:7"]
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        assert_eq!(resolve(&written).await, expected);
    }

    #[test]
    fn addresses_are_read_back() {
        for text in ["127.0.0.1:4001", "[2001:db8::1]:65535"] {
            let address: SocketAddr = text.parse().expect("an address");
            for transport in [Transport::Quic, Transport::Tcp] {
                assert_eq!(
                    socket(&multiaddr(&address, transport)),
                    Some((address, transport))
                );
            }
        }
        for other in ["/ip4/1.2.3.4/udp/5", "/dns4/example.org/tcp/5", "/memory/5"] {
            assert_eq!(socket(&other.parse().expect("a multiaddress")), None);
        }
    }
}
