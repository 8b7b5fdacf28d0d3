//! The signed entries that the contents of an archive come from, and who may have signed them.

use std::collections::BTreeMap;

use bocage_crdt::ids::{EntryId, LogId, NodeId, SpaceId};
use bocage_protocol::certificate::verifying_key;
use bocage_protocol::entry::Entry;
use bocage_protocol::rights::Writer;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use super::{Head, Manifest, from_hex, hex};

/// An entry as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedEntry {
    /// The header's exact bytes, in hex: author, item, time, and the hash of the payload.
    pub header: String,
    /// The writer's signature over them, in hex.
    pub signature: String,
    /// The payload, in hex; null where a newer version replaced it: who wrote it and when stands
    /// in the header, what it said is in the archive no more.
    pub payload: Option<String>,
}

impl SignedEntry {
    pub(super) fn of(entry: &Entry, with_payload: bool) -> Self {
        let payload = entry.payload.as_deref().filter(|_| with_payload);
        Self {
            header: hex(&entry.bytes),
            signature: hex(&entry.signature),
            payload: payload.map(hex),
        }
    }

    fn read(&self) -> Result<Entry, &'static str> {
        let header = from_hex(&self.header).ok_or("its header does not read")?;
        let signature = from_hex(&self.signature).and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or("its signature does not read")?;
        let payload = match &self.payload {
            Some(payload) => Some(from_hex(payload).ok_or("its payload does not read")?),
            None => None,
        };
        Entry::read(header, signature, payload).map_err(|error| error.name())
    }
}

/// Who keeps one log, and where it ended.
pub(super) struct Signer {
    key: VerifyingKey,
    pub writer: Writer,
    pub site_name: String,
    seq: u64,
    entry: EntryId,
    forked: bool,
}

/// The sites whose logs the archive comes from, by the heads whose certificates were checked.
pub(super) struct Signers {
    space: SpaceId,
    logs: BTreeMap<LogId, Signer>,
}

impl Signers {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let signer = |head: &Head| {
            Some(Signer {
                key: verifying_key(&head.writer.0)?,
                writer: Writer {
                    node: head.certificate.node,
                    life: head.certificate.life(&head.writer)? as u32,
                },
                site_name: head.site_name.clone(),
                seq: head.seq,
                entry: head.entry,
                forked: head.forked,
            })
        };
        let logs = manifest.heads.iter();
        let logs = logs.filter_map(|head| Some((head.log, signer(head)?)));
        Self {
            space: manifest.space,
            logs: logs.collect(),
        }
    }

    pub(super) fn signer(&self, log: &LogId) -> Option<&Signer> {
        self.logs.get(log)
    }

    pub(super) fn node_of(&self, log: &LogId) -> Option<NodeId> {
        self.logs.get(log).map(|signer| signer.writer.node)
    }

    /// The entry, when the site that keeps its log signed exactly this, in this space.
    pub(super) fn open(&self, signed: &SignedEntry) -> Result<Entry, &'static str> {
        let entry = signed.read()?;
        let header = &entry.header;
        if header.space != self.space {
            return Err("it is of another space");
        }
        let signer = self.logs.get(&header.log);
        let signer = signer.ok_or("the manifest does not name its log")?;
        if !entry.signature_holds_by(&signer.key) {
            return Err("the signature is not that of its log");
        }
        // Of two histories, both were taken up: places stand twice.
        let beyond =
            header.seq > signer.seq || header.seq == signer.seq && entry.id != signer.entry;
        match beyond && !signer.forked {
            true => Err("its log ends before it"),
            false => Ok(entry),
        }
    }
}
