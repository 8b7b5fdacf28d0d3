//! Who this site is, as the hub is told at its start.

use std::path::PathBuf;

use bocage_crdt::ids::{NodeId, PersonId, RealmId};
use bocage_protocol::certificate::NodeCertificate;
use ed25519_dalek::SigningKey;

/// Who this site is.
pub(crate) struct Myself {
    pub node: NodeId,
    /// The site as a person: author of what it says for itself.
    pub person: PersonId,
    pub name: String,
    pub realm: RealmId,
    pub realm_name: String,
    pub certificate: NodeCertificate,
    pub writer: SigningKey,
    pub node_key: SigningKey,
    /// A partner's site: outside the realm, with the spaces it was let into.
    pub guest: bool,
    /// Where guests reach this site.
    pub edge_addresses: Vec<String>,
    /// Keeps the ids of spaces opened here unguessable.
    pub secret: [u8; 32],
    pub web_address: String,
    pub directory: PathBuf,
    /// This start found no writer key: the directory comes from a backup.
    pub new_life: bool,
    /// Whom people ask for help.
    pub contact: Option<String>,
    /// Whom people ask about their data.
    pub data_protection: Option<String>,
    /// How long backups of this site are kept, if its technician says so.
    pub backups_keep_days: Option<u32>,
}
