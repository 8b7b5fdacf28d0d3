//! What guests wrote a moment ago: a sponsor site will look at it by itself. Managers are asked
//! about it when none has done so in time, or when the guest's stay was over.

use bocage_crdt::ids::SpaceId;
use bocage_protocol::rights::HeldReason;

use super::Hub;
use super::space::Outcome;
use crate::store::EntryPlace;

/// How long sponsors have the floor: all of them in their turn, and a line that was cut for a moment.
const SPONSORS_HAVE_MS: u64 = 60_000;

impl Hub {
    /// An entry came that does not count.
    pub(super) fn guest_is_awaited(&mut self, id: &SpaceId, place: EntryPlace, outcome: Outcome) {
        if outcome != Outcome::Held(HeldReason::NotAdmitted) {
            return;
        }
        let node = self.catalog.writer_of(place.log).node;
        let now = self.clock.now_ms();
        if !self.guests_shut_out(id).contains(&node)
            && let Some(space) = self.spaces.get_mut(id)
        {
            space.awaited.insert(place, now);
        }
    }

    /// Time passed.
    pub(super) fn awaiting_tick(&mut self, now_ms: u64) {
        let mut ripe = Vec::new();
        for (id, space) in &mut self.spaces {
            let before = space.awaited.len();
            let held = &space.held;
            space
                .awaited
                .retain(|place, since| held.contains_key(place) && *since + SPONSORS_HAVE_MS > now_ms);
            if space.awaited.len() < before {
                ripe.push(*id);
            }
        }
        for id in ripe {
            self.people_changed(&id);
        }
    }
}
