//! Making entries: this site's own logs.

use std::collections::BTreeMap;

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, PersonId, SpaceId, WriterKey};
use bocage_crdt::record::Record;
use bocage_protocol::entry::{
    ActorOrigin, Carried, ChangesPayload, Creation, Entry, EntryKind, Header,
};
use bocage_protocol::limits::{LAMPORT_STEP_MAX, PROTOCOL_VERSION};
use bocage_protocol::log::LogState;
use bocage_protocol::rights::{Admission, HeldReason, Operation, Standing, Writer};

use super::item::order;
use super::space::Outcome;
use super::{After, Hub};
use crate::api::{ApiError, ErrorCode};
use crate::store::{EntryPlace, StoreWrite};

/// What an entry will say.
pub(crate) struct Draft {
    pub space: SpaceId,
    pub author: PersonId,
    pub item: ItemId,
    pub command: CommandId,
    pub creation: Option<Creation>,
    pub content: DraftContent,
}

/// Its payload.
pub(crate) enum DraftContent {
    Record(Record),
    /// A decision in the inbox of a closed space: held until it is taken up, in the same turn.
    WhileClosed(Record),
    Changes {
        origin: ActorOrigin,
        payload: ChangesPayload,
        carried: Vec<Carried>,
    },
    Rights(Box<Operation>),
    /// Signed together with these heads.
    RootSigned(Box<Operation>, Vec<EntryId>),
    Admission(Admission),
}

impl Hub {
    pub(crate) fn writer_key(&self) -> WriterKey {
        WriterKey(self.me.writer.verifying_key().to_bytes())
    }

    /// What an operation written here now must cite.
    pub(crate) fn rights_heads(&mut self, space: &SpaceId) -> Result<Vec<EntryId>, ApiError> {
        let life = self.me.certificate.life(&self.writer_key()).unwrap_or(0);
        let writer = Writer {
            node: self.me.node,
            life: life as u32,
        };
        Ok(self.space(space)?.rights.heads_of(&writer))
    }

    /// Signs an entry in this site's log of the space, applies it here, and queues it for the
    /// disk; once durable it goes to the other hosts. Refuses what would not count.
    pub(crate) fn write_entry(&mut self, draft: Draft) -> Result<Entry, ApiError> {
        if let DraftContent::Rights(_) = draft.content {
            // What was typed before it says so.
            self.log_space(&draft.space);
        }
        let writer = self.writer_key();
        let log = LogId::of(&writer, &draft.space);
        let head = self.catalog.log(&log).and_then(|known| known.state.head);
        let wall_ms = self.clock.wall_ms();
        let me = self.me.node;
        let operation_heads = match &draft.content {
            DraftContent::Rights(_) => self.rights_heads(&draft.space)?,
            DraftContent::RootSigned(_, heads) => heads.clone(),
            _ => Vec::new(),
        };
        let space = self.space(&draft.space)?;
        let last = head.map_or(0, |head| head.lamport);
        let while_closed = matches!(draft.content, DraftContent::WhileClosed(_));
        let (kind, payload, origin, carried) = match draft.content {
            DraftContent::Record(record) | DraftContent::WhileClosed(record) => {
                (EntryKind::Record, record.encode(), None, Vec::new())
            }
            DraftContent::Changes {
                origin,
                payload,
                carried,
            } => (EntryKind::Changes, payload.encode(), Some(origin), carried),
            DraftContent::Rights(operation) | DraftContent::RootSigned(operation, _) => {
                (EntryKind::Rights, operation.encode(), None, Vec::new())
            }
            DraftContent::Admission(admission) => {
                (EntryKind::Admission, admission.encode(), None, Vec::new())
            }
        };
        let header = Header {
            version: PROTOCOL_VERSION,
            kind,
            space: draft.space,
            log,
            seq: head.map_or(1, |head| head.seq + 1),
            prev: head.map_or(EntryId::default(), |head| head.id),
            // A peer that ran its counter ahead cannot make our own chain invalid.
            lamport: (space.lamport + 1).min(last + LAMPORT_STEP_MAX),
            wall_ms,
            rights_heads: match kind {
                EntryKind::Rights => operation_heads,
                _ => space.rights.heads().to_vec(),
            },
            author: draft.author,
            item: draft.item,
            creation: draft.creation,
            command: draft.command,
            origin,
            carried,
            payload_hash: [0; 32],
            payload_length: 0,
        };
        let entry = Entry::sign(header, payload, &self.me.writer);
        if entry.bytes.len() + entry.header.payload_length as usize
            > bocage_protocol::limits::ENTRY_BYTES_MAX
        {
            let limit = bocage_protocol::limits::ENTRY_BYTES_MAX as u64;
            return Err(ApiError::new(ErrorCode::TooLarge).with_limit(limit));
        }
        let number = match self.catalog.log(&log) {
            Some(known) => known.number,
            None => {
                let state = LogState::new(writer, me);
                self.catalog
                    .set_state(draft.space, log, state, &mut self.batch)
            }
        };
        let place = EntryPlace {
            log: number,
            seq: entry.header.seq,
        };
        let from = self.catalog.writer_of(number);
        let space = self.space(&draft.space)?;
        let before = (kind == EntryKind::Rights).then(|| space.rights.clone());
        let outcome = space.apply(place, from, &entry, wall_ms);
        if let Some(before) = before
            && space.rights.stands(&entry.id) != Standing::Counts
        {
            // An operation that changes nothing is not written: its author is told.
            space.rights = before;
            space.rights_places.remove(&place);
            space.rights_times.remove(&entry.id);
            space.rights_authors.remove(&entry.id);
            space
                .trail
                .remove(&(order(entry.header.lamport, entry.id), place));
            space.erasures_moved([]);
            return Err(ApiError::forbidden());
        }
        if outcome == Outcome::Erased {
            return Err(ApiError::new(ErrorCode::Erased));
        }
        let is_awaited = while_closed && matches!(outcome, Outcome::Held(HeldReason::Closed(_)));
        if !is_awaited && let Outcome::Waiting | Outcome::Held(_) | Outcome::Void(_) = outcome {
            // Not signed into the log: nothing that we know not to count leaves this site.
            let space = self.space(&draft.space)?;
            space.pending.remove(&place);
            space.held.remove(&place);
            space.forget_held(&place, &entry.header.item);
            return Err(match outcome {
                Outcome::Void(reason) => {
                    tracing::warn!("a command led to a void entry: {reason}");
                    ApiError::new(ErrorCode::Conflict)
                }
                _ => ApiError::forbidden(),
            });
        }
        self.catalog.set_head(&log, entry.head());
        let space = self.space(&draft.space)?;
        space.heights.insert(number, place.seq);
        self.recent.insert(place, entry.clone());
        self.batch
            .push(StoreWrite::Entry(place, Box::new(entry.clone())));
        self.after.push(After::Publish(draft.space, entry.clone()));
        if !is_awaited {
            self.after_outcome(draft.space, place, outcome, &entry);
        }
        self.report(|hub| hub.vouch(&draft.space));
        Ok(entry)
    }

    /// Writes a rights operation and tells the exchange about changed hosts.
    pub(crate) fn write_operation(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        operation: Operation,
    ) -> Result<Entry, ApiError> {
        self.write_entry(Draft {
            space,
            author,
            item: ItemId::root(&space),
            command,
            creation: None,
            content: DraftContent::Rights(Box::new(operation)),
        })
    }

    /// Per log of the space the last entry stored here: where a removal falls.
    pub(crate) fn cut_here(&self, space: &SpaceId) -> bocage_protocol::rights::Cut {
        let points: BTreeMap<LogId, (u64, EntryId)> = self
            .catalog
            .logs_of(space)
            .iter()
            .filter_map(|known| Some((known.log, (known.state.head?.seq, known.state.head?.id))))
            .collect();
        bocage_protocol::rights::Cut::new(
            points
                .into_iter()
                .map(|(log, (seq, entry))| bocage_protocol::rights::CutPoint { log, seq, entry })
                .collect(),
        )
    }
}
