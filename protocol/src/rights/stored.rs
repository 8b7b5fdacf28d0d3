//! What is kept of every rights entry, and what is known of forked logs: facts, no verdicts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bocage_crdt::ids::{CommandId, EntryId, LogId, PersonId};

use super::Writer;
use super::operation::{MalformedOperation, Operation};
use super::root::{RootKeys, RootSignature, root_message, root_signatures_hold};
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
    root: Option<RootClaim>,
}

/// Signatures of root keys, to be checked once the keys are known.
#[derive(Debug)]
struct RootClaim {
    message: Vec<u8>,
    signatures: Vec<RootSignature>,
    /// The space id binds the founding's root keys, so a verdict never changes.
    holds: OnceLock<bool>,
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
            root,
        })
    }

    /// Whether it came under the root's signatures; whether these hold is another question.
    pub(super) fn is_root(&self) -> bool {
        self.root.is_some()
    }

    /// Whether enough of these root keys signed it.
    pub(super) fn root_holds(&self, keys: &RootKeys) -> bool {
        self.root.as_ref().is_some_and(|root| {
            *root
                .holds
                .get_or_init(|| root_signatures_hold(keys, &root.message, &root.signatures))
        })
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
