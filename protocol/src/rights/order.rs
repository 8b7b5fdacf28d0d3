//! A registrar's order: her realm operation with all that proves it, for spaces whose hosts do not
//! judge the realm. Verified from its own bytes and the space's founding alone, so every host
//! comes to the same verdict at any time.

use bocage_crdt::ids::{ItemId, LogId, SpaceId};
use serde::{Deserialize, Serialize};

use super::operation::{Operation, Subject};
use super::role::Role;
use super::root::{RootKeys, RootProof};
use crate::certificate::NodeCertificate;
use crate::entry::{Entry, EntryKind, Header, payload_hash};
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

    /// What the registrar ordered, and her territory, if the order holds under the root keys that
    /// a space's founding names.
    pub(super) fn read(&self, founding: &RootKeys) -> Option<(Option<ItemId>, Operation)> {
        let mut keys = founding.clone();
        for rekey in &self.rekeys {
            let Ok(Operation::Rekey { keys: next }) = Operation::decode(&rekey.operation) else {
                return None;
            };
            if next.version != keys.version.checked_add(1)? || !rekey.holds(&keys, &self.realm) {
                return None;
            }
            keys = next;
        }
        let Ok(Operation::Appoint {
            subject: Subject::Person(registrar),
            role,
            territory,
            sites,
        }) = Operation::decode(&self.naming.operation)
        else {
            return None;
        };
        if !role.is_realm_role()
            || !role.allows(Role::REGISTRAR)
            || !self.naming.holds(&keys, &self.realm)
        {
            return None;
        }
        let header = Header::decode(&self.header).ok()?;
        let is_hers = header.kind == EntryKind::Rights
            && header.space == self.realm
            && header.author == registrar
            && !header.rights_heads.is_empty()
            && header.payload_length as usize == self.payload.len()
            && header.payload_hash == payload_hash(&self.payload)
            && sites.contains(&self.certificate.node)
            && self.certificate.is_valid();
        let writers = || self.certificate.writers.iter();
        let writer = writers().find(|writer| LogId::of(writer, &self.realm) == header.log)?;
        let entry = Entry {
            id: Header::id_of(&self.header),
            header,
            bytes: self.header.clone(),
            signature: self.signature[..].try_into().ok()?,
            payload: None,
        };
        let operation = Operation::decode(&self.payload).ok()?;
        (is_hers && entry.signature_holds(writer)).then_some((territory, operation))
    }
}
