//! Which entries count: a pure function of the set of stored rights entries, whatever the order
//! they came in. Time judges nothing here, storing is not judging, and nothing is ever asked of
//! another site. `docs/rights.md` explains the rules with worked examples that run as tests.
//!
//! Reading order: [`operation`] is what can be asked for and its exact bytes, [`role`] what may be
//! held.

pub mod operation;
pub mod role;

use bocage_crdt::ids::{EntryId, NodeId};

pub use operation::{Cut, CutPoint, Operation, RootKeys, SpaceKind, Subject};
pub use role::Role;

/// Who keeps a log: known from the site's certificate, since a header names only the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// The site.
    pub node: NodeId,
    /// Which life of the site, from 0: place of the writer key in its certificate.
    pub life: u32,
}

/// What becomes of a stored entry. Only [`Standing::Counts`] has an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is shown, or has its effect.
    Counts,
    /// It rests on entries that are not stored here: judged when they come.
    Waiting {
        /// Their ids, sorted.
        missing: Vec<EntryId>,
    },
    /// Kept and hidden; managers see it listed and may readmit content.
    Held(HeldReason),
    /// Kept and forwarded, without effect.
    Void(VoidReason),
}

/// Why an entry is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldReason {
    /// The author had not the right in the state that the entry cites.
    NoRight,
    /// The author lost the right by this removal, whose cut does not cover the entry.
    Removed(EntryId),
    /// The site did not carry the space in the state that the entry cites.
    NotHost,
    /// The site lost the space by this removal, whose cut does not cover the entry.
    HostRemoved(EntryId),
    /// The space was closed by this operation, whose cut does not cover the entry.
    Closed(EntryId),
    /// A manager put it aside.
    Quarantined(EntryId),
    /// The log has two entries in one place, at or before this one, and nobody adopted it.
    Forked,
    /// A new life of the site that did not know of its own earlier operations.
    NotDescended,
}

/// Why an entry is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VoidReason {
    /// The payload is not a canonical operation.
    Malformed,
    /// An operation, role or form of a later version: judged again after an upgrade.
    UnknownOperation,
    /// A founding that does not give this space's id, or an operation that cites nothing.
    WrongFounding,
    /// An operation that has no place in this kind of space, or a role that has none.
    WrongPlace,
    /// The author had not the right in the state of the operation's own ancestors.
    NoRight,
    /// The author was removed by this operation, concurrent and with a cut below.
    Removed(EntryId),
    /// The site was removed by this operation, concurrent and with a cut below.
    HostRemoved(EntryId),
    /// The subject stands above the author.
    NotSenior,
    /// Too few root keys signed.
    NotSigned,
}

/// What an insertion did to the verdicts given before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// Stored before, or not a rights entry of this space with its payload: nothing changed.
    Ignored,
    /// Kept until what it cites comes.
    Waiting,
    /// Verdicts given before hold; only waiting entries may now be judged.
    OnTop,
    /// Any verdict may have changed: judge the space's entries again.
    Rejudge,
}
