//! A contiguous range of one log in few bytes. What the receiver can derive is left out (space,
//! log, place, predecessor, payload hash and length, often the item); what repeats is named once;
//! signatures are sent whole. The receiver rebuilds the exact header bytes, and chain and
//! signature prove that it did: a wrong guess cannot pass for an entry.

use std::collections::BTreeMap;

use bocage_crdt::ids::{CommandId, EntryId, ItemId, LogId, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use super::bytes;
use super::compress::Codec;
use super::refusal::Refusal;
use crate::entry::{
    ActorOrigin, Carried, Creation, Entry, EntryKind, Header, ItemKind, payload_hash,
};
use crate::limits::{PROTOCOL_VERSION, RANGE_ENTRIES_MAX};

/// The layout that goes through [`Codec::wrap`].
#[derive(Serialize, Deserialize)]
struct Range {
    first_seq: u64,
    prev: EntryId,
    lamport: u64,
    wall_ms: u64,
    persons: Vec<PersonId>,
    heads: Vec<Vec<EntryId>>,
    items: Vec<ItemId>,
    kinds: Vec<ItemKind>,
    origins: Vec<ActorOrigin>,
    rows: Vec<Row>,
    /// Payloads end to end; the rows tell their lengths.
    #[serde(with = "bytes")]
    payloads: Vec<u8>,
    /// 64 bytes for each row.
    #[serde(with = "bytes")]
    signatures: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
enum Row {
    /// The header can be rebuilt.
    Built(Built),
    /// The header's exact bytes.
    Raw(#[serde(with = "bytes")] Vec<u8>, RowPayload),
}

#[derive(Serialize, Deserialize)]
struct Built {
    kind: EntryKind,
    /// Added to the lamport of the row before; the first row's is in the range.
    lamport_step: u64,
    /// Added to the wall time of the row before.
    wall_step: i64,
    author: u32,
    heads: u32,
    /// 0: the item is the command's own; else one more than its place in `items`.
    item: u32,
    /// Places of kind and parent.
    creation: Option<(u32, u32)>,
    command: CommandId,
    origin: Option<u32>,
    carried: Vec<Carried>,
    payload: RowPayload,
}

#[derive(Serialize, Deserialize)]
enum RowPayload {
    Bytes(u32),
    Erased { hash: [u8; 32], length: u32 },
}

/// Numbers values by first use.
struct Dictionary<T> {
    places: BTreeMap<T, u32>,
    values: Vec<T>,
}

impl<T: Ord + Clone> Dictionary<T> {
    fn new() -> Self {
        Self {
            places: BTreeMap::new(),
            values: Vec::new(),
        }
    }

    fn place(&mut self, value: &T) -> u32 {
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        let place = self.values.len() as u32;
        self.places.insert(value.clone(), place);
        self.values.push(value.clone());
        place
    }
}

/// Packs entries of one log. Those that do not follow the one before, or are of another space or
/// log, are sent raw: exactness is kept, judging is the receiver's business.
pub fn pack(codec: &mut Codec, space: &SpaceId, log: &LogId, entries: &[Entry]) -> Vec<u8> {
    let Some(first) = entries.first() else {
        return Vec::new();
    };
    let mut persons = Dictionary::new();
    let mut heads = Dictionary::new();
    let mut items = Dictionary::new();
    let mut kinds = Dictionary::new();
    let mut origins = Dictionary::new();
    let mut rows = Vec::with_capacity(entries.len());
    let mut payloads = Vec::new();
    let mut signatures = Vec::with_capacity(64 * entries.len());
    let mut previous: Option<&Entry> = None;
    for entry in entries {
        let header = &entry.header;
        let payload = match &entry.payload {
            Some(payload) => {
                payloads.extend_from_slice(payload);
                RowPayload::Bytes(payload.len() as u32)
            }
            None => RowPayload::Erased {
                hash: header.payload_hash,
                length: header.payload_length,
            },
        };
        signatures.extend_from_slice(&entry.signature);
        let (lamport, wall_ms) = match previous {
            Some(previous) => (previous.header.lamport, previous.header.wall_ms),
            None => (first.header.lamport, first.header.wall_ms),
        };
        let follows = match previous {
            Some(previous) => {
                header.seq == previous.header.seq.wrapping_add(1) && header.prev == previous.id
            }
            None => true,
        };
        let derivable = follows
            && header.version == PROTOCOL_VERSION
            && header.space == *space
            && header.log == *log
            && header.lamport >= lamport;
        rows.push(if derivable {
            let own_item = ItemId::of(space, &header.author, &header.command);
            Row::Built(Built {
                kind: header.kind,
                lamport_step: header.lamport - lamport,
                wall_step: header.wall_ms.wrapping_sub(wall_ms) as i64,
                author: persons.place(&header.author),
                heads: heads.place(&header.rights_heads),
                item: if header.item == own_item {
                    0
                } else {
                    1 + items.place(&header.item)
                },
                creation: header
                    .creation
                    .map(|made| (kinds.place(&made.kind), items.place(&made.parent))),
                command: header.command,
                origin: header.origin.map(|origin| origins.place(&origin)),
                carried: header.carried.clone(),
                payload,
            })
        } else {
            Row::Raw(entry.bytes.clone(), payload)
        });
        previous = Some(entry);
    }
    let range = Range {
        first_seq: first.header.seq,
        prev: first.header.prev,
        lamport: first.header.lamport,
        wall_ms: first.header.wall_ms,
        persons: persons.values,
        heads: heads.values,
        items: items.values,
        kinds: kinds.values,
        origins: origins.values,
        rows,
        payloads,
        signatures,
    };
    let plain = postcard::to_stdvec(&range).expect("plain values always encode");
    codec.wrap(&plain)
}

/// Rebuilds the entries. Their signatures and chain are *not* checked here.
pub fn unpack(
    codec: &mut Codec,
    space: &SpaceId,
    log: &LogId,
    packed: &[u8],
) -> Result<Vec<Entry>, Refusal> {
    if packed.is_empty() {
        return Ok(Vec::new());
    }
    let plain = codec.unwrap(packed)?;
    let (range, rest): (Range, _) =
        postcard::take_from_bytes(&plain).map_err(|_| Refusal::FrameMalformed)?;
    if !rest.is_empty() || range.rows.is_empty() || range.signatures.len() != 64 * range.rows.len()
    {
        return Err(Refusal::FrameMalformed);
    }
    if range.rows.len() > RANGE_ENTRIES_MAX {
        return Err(Refusal::FrameTooMany);
    }
    let mut payloads = &range.payloads[..];
    let mut entries: Vec<Entry> = Vec::with_capacity(range.rows.len());
    for (row, signature) in range.rows.iter().zip(range.signatures.chunks_exact(64)) {
        let signature: [u8; 64] = signature.try_into().expect("chunks of 64");
        let (Row::Raw(_, payload) | Row::Built(Built { payload, .. })) = row;
        let payload = match payload {
            RowPayload::Bytes(length) => {
                let (bytes, rest) = payloads
                    .split_at_checked(*length as usize)
                    .ok_or(Refusal::FrameMalformed)?;
                payloads = rest;
                Some(bytes.to_vec())
            }
            RowPayload::Erased { .. } => None,
        };
        let entry = match row {
            Row::Raw(bytes, _) => Entry::read(bytes.clone(), signature, payload)?,
            Row::Built(built) => {
                let previous = entries.last();
                let header = rebuild(&range, built, previous, space, log, payload.as_deref())
                    .ok_or(Refusal::FrameMalformed)?;
                Entry::rebuild(header, signature, payload)?
            }
        };
        entries.push(entry);
    }
    if !payloads.is_empty() {
        return Err(Refusal::FrameMalformed);
    }
    Ok(entries)
}

fn rebuild(
    range: &Range,
    built: &Built,
    previous: Option<&Entry>,
    space: &SpaceId,
    log: &LogId,
    payload: Option<&[u8]>,
) -> Option<Header> {
    let (seq, prev, lamport, wall_ms) = match previous {
        Some(entry) => (
            entry.header.seq.checked_add(1)?,
            entry.id,
            entry.header.lamport,
            entry.header.wall_ms,
        ),
        None => (range.first_seq, range.prev, range.lamport, range.wall_ms),
    };
    let author = *range.persons.get(built.author as usize)?;
    let (hash, length) = match (&built.payload, payload) {
        (RowPayload::Erased { hash, length }, _) => (*hash, *length),
        (RowPayload::Bytes(length), Some(payload)) => (payload_hash(payload), *length),
        (RowPayload::Bytes(_), None) => return None,
    };
    let creation = match built.creation {
        Some((kind, parent)) => Some(Creation {
            kind: *range.kinds.get(kind as usize)?,
            parent: *range.items.get(parent as usize)?,
        }),
        None => None,
    };
    let origin = match built.origin {
        Some(origin) => Some(*range.origins.get(origin as usize)?),
        None => None,
    };
    Some(Header {
        version: PROTOCOL_VERSION,
        kind: built.kind,
        space: *space,
        log: *log,
        seq,
        prev,
        lamport: lamport.checked_add(built.lamport_step)?,
        wall_ms: wall_ms.wrapping_add(built.wall_step as u64),
        rights_heads: range.heads.get(built.heads as usize)?.clone(),
        author,
        item: match built.item {
            0 => ItemId::of(space, &author, &built.command),
            place => *range.items.get(place as usize - 1)?,
        },
        creation,
        command: built.command,
        origin,
        carried: built.carried.clone(),
        payload_hash: hash,
        payload_length: length,
    })
}

/// How many leading entries fit one frame of about `bytes_max`: at least one.
pub fn fitting(entries: &[Entry], bytes_max: usize) -> usize {
    let mut bytes = 0;
    let fitting = entries
        .iter()
        .take(RANGE_ENTRIES_MAX)
        .take_while(|entry| {
            bytes += entry.bytes.len() + 64 + entry.payload.as_ref().map_or(0, Vec::len);
            bytes <= bytes_max
        })
        .count();
    fitting.max(1).min(entries.len())
}

#[cfg(test)]
mod tests;
