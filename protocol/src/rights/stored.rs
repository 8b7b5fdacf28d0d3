//! What is kept of every rights entry, and what is known of forked logs: facts, no verdicts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, PersonId, SpaceId};

use super::Writer;
use super::operation::{MalformedOperation, Operation};
use super::order::Order;
use super::root::{RootKeys, RootSignature, root_message, root_signatures_hold, root_signers};
use crate::entry::Entry;

/// An operation as stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: EntryId,
    pub(super) log: LogId,
    pub(super) seq: u64,
    pub(super) prev: EntryId,
    pub(super) heads: Vec<EntryId>,
    pub(super) author: PersonId,
    pub(super) command: CommandId,
    pub(super) writer: Writer,
    /// The site's own author id: kept because it costs a hash.
    pub(super) site: PersonId,
    /// The operation; the one within if the root signed.
    pub(super) operation: Result<Operation, MalformedOperation>,
    pub(super) space: SpaceId,
    root: Option<RootClaim>,
    ordered: OnceLock<Option<(Option<ItemId>, Operation)>>,
}

/// Signatures of root keys, to be checked once the keys are known.
#[derive(Debug)]
struct RootClaim {
    message: Vec<u8>,
    signatures: Vec<RootSignature>,
    /// The verdict under the keys that were asked about first: others are rare.
    holds: OnceLock<(RootKeys, bool)>,
}

impl Stored {
    /// `None` without payload: payloads of rights entries are never erased, so it will come.
    pub(super) fn read(entry: &Entry, writer: Writer, site: PersonId) -> Option<Self> {
        let header = &entry.header;
        let mut operation = Operation::decode(entry.payload.as_ref()?);
        let mut root = None;
        if let Ok(Operation::Root {
            operation: inner,
            signatures,
        }) = operation
        {
            root = Some(RootClaim {
                message: root_message(&header.space, &header.rights_heads, &inner),
                signatures,
                holds: OnceLock::new(),
            });
            operation = Operation::decode(&inner);
        }
        Some(Self {
            id: entry.id,
            log: header.log,
            seq: header.seq,
            prev: header.prev,
            heads: header.rights_heads.clone(),
            author: header.author,
            command: header.command,
            writer,
            site,
            operation,
            space: header.space,
            root,
            ordered: OnceLock::new(),
        })
    }

    /// Whether it came under the root's signatures; whether these hold is another question.
    pub(super) fn is_root(&self) -> bool {
        self.root.is_some()
    }

    /// Whether enough of these root keys signed it.
    pub(super) fn root_holds(&self, keys: &RootKeys) -> bool {
        self.root.as_ref().is_some_and(|root| {
            let check = || root_signatures_hold(keys, &root.message, &root.signatures);
            let (first, holds) = root.holds.get_or_init(|| (keys.clone(), check()));
            if first == keys { *holds } else { check() }
        })
    }

    /// Those of these root keys that signed it, sorted.
    pub(super) fn root_signers(&self, keys: &RootKeys) -> Vec<[u8; 32]> {
        let claims = self.root.iter();
        let signed = claims.flat_map(|root| root_signers(keys, &root.message, &root.signatures));
        let mut signers: Vec<_> = signed.collect();
        signers.sort_unstable();
        signers
    }

    /// What a registrar ordered, and her territory. The space id binds the founding's keys, so
    /// the answer never changes.
    pub(super) fn ordered(&self, keys: &RootKeys) -> Option<&(Option<ItemId>, Operation)> {
        let bytes = match &self.operation {
            Ok(
                Operation::Revoke {
                    order: Some(bytes), ..
                }
                | Operation::HostRemove {
                    order: Some(bytes), ..
                }
                | Operation::Deputise { order: bytes, .. },
            ) => bytes,
            _ => return None,
        };
        let ordered = self
            .ordered
            .get_or_init(|| Order::decode(bytes)?.read(keys));
        ordered.as_ref()
    }

    /// Whether it takes up branches: such an operation changes what lies before it.
    pub(super) fn is_adoption(&self) -> bool {
        matches!(self.operation, Ok(Operation::Adopt { .. }))
    }
}

/// Logs known to have two entries in one place, with the chain of all that is stored above.
#[derive(Debug, Clone, Default)]
pub(super) struct Forks(BTreeMap<LogId, Fork>);

#[derive(Debug, Clone, Default)]
pub(super) struct Fork {
    pub(super) from: Option<u64>,
    pub(super) links: BTreeMap<EntryId, (u64, EntryId)>,
}

impl Forks {
    /// Adds facts; whether any was new.
    pub(super) fn state(&mut self, log: LogId, entries: &[(u64, EntryId, EntryId)]) -> bool {
        let fork = self.0.entry(log).or_default();
        let mut new = false;
        for (seq, id, prev) in entries {
            new |= fork.links.insert(*id, (*seq, *prev)).is_none();
            fork.from = Some(fork.from.map_or(*seq, |from| from.min(*seq)));
        }
        new
    }

    pub(super) fn get(&self, log: &LogId) -> Option<&Fork> {
        self.0.get(log)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_forked(&self, log: &LogId) -> bool {
        self.0.contains_key(log)
    }

    /// Whether this place of the log is at or above its fork.
    pub(super) fn reaches(&self, log: &LogId, seq: u64) -> bool {
        self.0
            .get(log)
            .and_then(|fork| fork.from)
            .is_some_and(|from| seq >= from)
    }
}
