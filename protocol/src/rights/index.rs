//! Stored operations under numbers, found by their ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use bocage_crdt::ids::EntryId;

use super::stored::Stored;

/// Stored operations by number, in the order of their ids.
pub(super) struct Index<'a> {
    pub(super) ops: Vec<&'a Arc<Stored>>,
    ids: Vec<EntryId>,
    /// First eight bytes of the ids: a search of these alone stays in the cache.
    starts: Vec<u64>,
    /// Per leading bits of an id, the first place of those that begin so; and the end. Ids are hashes, so
    /// a drawer holds about one; whoever fills one by trying only makes it a search of that one.
    drawers: Vec<u32>,
    shift: u32,
}

impl<'a> Index<'a> {
    pub(super) fn of(stored: &'a BTreeMap<EntryId, Arc<Stored>>) -> Self {
        let starts: Vec<u64> = stored.keys().map(start).collect();
        let bits = stored.len().next_power_of_two().trailing_zeros().max(1);
        let shift = u64::BITS - bits;
        let mut drawers = vec![0; (1 << bits) + 1];
        for start in &starts {
            drawers[(start >> shift) as usize + 1] += 1;
        }
        (1..drawers.len()).for_each(|drawer| drawers[drawer] += drawers[drawer - 1]);
        Self {
            ops: stored.values().collect(),
            ids: stored.keys().copied().collect(),
            starts,
            drawers,
            shift,
        }
    }

    pub(super) fn find(&self, id: &EntryId) -> Option<u32> {
        let start = start(id);
        let drawer = (start >> self.shift) as usize;
        let [from, to] = [drawer, drawer + 1].map(|at| self.drawers[at] as usize);
        let first = from + self.starts[from..to].partition_point(|other| *other < start);
        (first..to)
            .take_while(|place| self.starts[*place] == start)
            .find(|place| self.ids[*place] == *id)
            .map(|place| place as u32)
    }
}

fn start(id: &EntryId) -> u64 {
    id.0[..8]
        .iter()
        .fold(0, |start, byte| start << 8 | u64::from(*byte))
}
