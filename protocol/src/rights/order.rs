//! A registrar's order: her realm operation with all that proves it, for spaces whose hosts do not
//! judge the realm. Verified from its own bytes and the space's founding alone, so every host
//! comes to the same verdict at any time.

use bocage_crdt::ids::SpaceId;
use serde::{Deserialize, Serialize};

use super::root::RootProof;
use crate::certificate::NodeCertificate;
use crate::limits::{ENTRY_BYTES_MAX, ORDER_REKEYS_MAX};

/// What a host carries into a space when a registrar ended somebody's right, or names a deputy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The realm.
    pub realm: SpaceId,
    /// From the keys that the space's founding names to those that signed `naming`.
    pub rekeys: Vec<RootProof>,
    /// The root's appointment of the registrar.
    pub naming: RootProof,
    /// Header of her operation: an entry of the realm.
    pub header: Vec<u8>,
    /// The operation.
    pub payload: Vec<u8>,
    /// The writer's signature over the header, 64 bytes.
    pub signature: Vec<u8>,
    /// The certificate of the site that wrote it.
    pub certificate: NodeCertificate,
}

impl Order {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain values always encode")
    }

    /// Reads canonical bytes; `None` if they are not, or over a limit.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return None;
        }
        let (order, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        let sound =
            rest.is_empty() && order.rekeys.len() <= ORDER_REKEYS_MAX && order.encode() == bytes;
        sound.then_some(order)
    }
}
