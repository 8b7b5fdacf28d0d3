//! Which content entries count: the author's right and the site's place in the state that the
//! entry cites, then every removal outside that past by its cut. Hashes nothing: this is on the
//! path of every message. Vouching (rule 5 of the design) will add a second way to count here,
//! between the removals and [`Standing::Held`]; it needs the ancestors of changes, which only the
//! caller knows.

use bocage_crdt::ids::{EntryId, NodeId, PersonId};

use super::effect::{cut_of, ends, limits};
use super::graph::Key;
use super::role::Role;
use super::{HeldReason, Rights, Standing};
use crate::entry::{EntryKind, Header};
use crate::limits::RIGHTS_HEADS_MAX;

impl Rights {
    /// What becomes of an entry in a log kept by `node`. `needed` is what its kind of item asks
    /// of an author: one of the roles, a right of the realm, or [`Role::HOST`] for what a site
    /// says about itself under its own author id. An operation's own standing for a rights entry.
    pub fn judge(&self, id: &EntryId, header: &Header, node: &NodeId, needed: Role) -> Standing {
        if header.kind == EntryKind::Rights {
            return self.stands(id);
        }
        let nothing_special = self.evaluation.closings.is_empty()
            && self.evaluation.readmitted.is_empty()
            && self.evaluation.quarantined.is_empty()
            && !self.graph.is_log_forked(&header.log);
        if nothing_special && header.rights_heads == self.heads && self.all_is_cited() {
            return self.judge_now(header, node, needed);
        }
        self.judge_then(id, header, node, needed)
    }

    /// With nothing outside its past an entry is judged by the present state.
    fn judge_now(&self, header: &Header, node: &NodeId, needed: Role) -> Standing {
        let Some(host) = self.members.hosts.get(node) else {
            return Standing::Held(HeldReason::NotHost);
        };
        let role = if needed == Role::HOST {
            site_role(header.author == host.person)
        } else {
            self.members.role(&header.author)
        };
        if needed != Role::NONE && role.allows(needed) {
            Standing::Counts
        } else {
            Standing::Held(HeldReason::NoRight)
        }
    }

    /// Judges in the state that the entry cites.
    pub(super) fn judge_then(
        &self,
        id: &EntryId,
        header: &Header,
        node: &NodeId,
        needed: Role,
    ) -> Standing {
        let mut past = Vec::new();
        for head in &header.rights_heads {
            match self.graph.place(head) {
                Some(place) => self.graph.join(&mut past, place),
                None if self.graph.is_tangled(head) => {
                    return Standing::Held(HeldReason::Forked);
                }
                None => {
                    return Standing::Waiting {
                        missing: self.missing(&header.rights_heads),
                    };
                }
            }
        }
        if let Some(before) = self.graph.before(&header.log, header.seq, header.prev) {
            self.graph.join(&mut past, before);
        }
        let verdict = self.in_state(&past, id, header, node, needed);
        match verdict {
            Standing::Held(_) if self.is_readmitted(id, None) => Standing::Counts,
            Standing::Counts => match self.quarantine(id) {
                Some(by) => Standing::Held(HeldReason::Quarantined(by)),
                None => Standing::Counts,
            },
            other => other,
        }
    }

    fn in_state(
        &self,
        past: &[u32],
        id: &EntryId,
        header: &Header,
        node: &NodeId,
        needed: Role,
    ) -> Standing {
        if self.graph.is_forked(&header.log, node, header.seq, id) {
            return Standing::Held(HeldReason::Forked);
        }
        let knew = |place: u32| self.graph.contains(past, place);
        let covers = |place: u32| {
            cut_of(&self.graph, place).is_some_and(|cut| cut.covers(&header.log, header.seq, id))
        };
        if let Err(reason) = self.site_then(node, knew, covers) {
            return Standing::Held(reason);
        }
        if needed == Role::HOST {
            let is_own = header.author == PersonId::of_site(node);
            if !is_own {
                return Standing::Held(HeldReason::NoRight);
            }
        } else if let Err(reason) = self.author_then(header, needed, knew, covers) {
            return Standing::Held(reason);
        }
        match self.closing_then(knew, covers) {
            Some(by) => Standing::Held(HeldReason::Closed(by)),
            None => Standing::Counts,
        }
    }

    fn site_then(
        &self,
        node: &NodeId,
        knew: impl Fn(u32) -> bool,
        covers: impl Fn(u32) -> bool,
    ) -> Result<(), HeldReason> {
        let host = self.evaluation.hosts.get(node).ok_or(HeldReason::NotHost)?;
        let mut removed_by: Option<Key> = None;
        for hosting in host.hostings.iter().filter(|hosting| knew(hosting.op)) {
            let mut beyond: Option<Key> = None;
            let mut known = false;
            for removal in host
                .removals
                .iter()
                .filter(|it| ends(&self.graph, it, hosting))
            {
                known |= knew(removal.op);
                if !covers(removal.op) {
                    beyond = earliest(beyond, self.graph.key(removal.op));
                }
            }
            match beyond {
                _ if known => {}
                None => return Ok(()),
                Some(by) => removed_by = earliest(removed_by, by),
            }
        }
        Err(removed_by.map_or(HeldReason::NotHost, |by| HeldReason::HostRemoved(by.1)))
    }

    fn author_then(
        &self,
        header: &Header,
        needed: Role,
        knew: impl Fn(u32) -> bool,
        covers: impl Fn(u32) -> bool,
    ) -> Result<(), HeldReason> {
        let person = self
            .evaluation
            .persons
            .get(&header.author)
            .ok_or(HeldReason::NoRight)?;
        let (mut at_the_time, mut left) = (Role::NONE, Role::NONE);
        let mut removed_by: Option<Key> = None;
        for right in person.assignments.iter().filter(|right| knew(right.op)) {
            let (mut then, mut since) = (right.role, right.role);
            let limiting = person
                .removals
                .iter()
                .filter(|removal| limits(&self.graph, removal, right));
            for removal in limiting {
                if knew(removal.op) {
                    then = then.within(removal.ceiling);
                } else if !covers(removal.op) {
                    since = since.within(removal.ceiling);
                    if !removal.ceiling.allows(needed) {
                        removed_by = earliest(removed_by, self.graph.key(removal.op));
                    }
                }
            }
            at_the_time = at_the_time.with(then);
            left = left.with(then.within(since));
        }
        if needed == Role::NONE || !at_the_time.allows(needed) {
            return Err(HeldReason::NoRight);
        }
        match removed_by {
            Some(by) if !left.allows(needed) => Err(HeldReason::Removed(by.1)),
            _ => Ok(()),
        }
    }

    /// The closing that holds an entry, if one does.
    fn closing_then(
        &self,
        knew: impl Fn(u32) -> bool,
        covers: impl Fn(u32) -> bool,
    ) -> Option<EntryId> {
        let reopened = |close: u32| {
            self.evaluation
                .reopenings
                .iter()
                .any(|reopen| knew(*reopen) && self.graph.in_past(close, *reopen))
        };
        self.evaluation
            .closings
            .iter()
            .copied()
            .filter(|close| {
                if knew(*close) {
                    !reopened(*close)
                } else {
                    !covers(*close)
                }
            })
            .map(|close| self.graph.key(close))
            .min()
            .map(|key| key.1)
    }

    /// Whether a manager readmitted an entry, and knew of this quarantine if one is named.
    fn is_readmitted(&self, id: &EntryId, quarantine: Option<u32>) -> bool {
        self.evaluation
            .readmitted
            .get(id)
            .is_some_and(|readmissions| {
                readmissions.iter().any(|readmission| {
                    quarantine.is_none_or(|place| self.graph.in_past(place, *readmission))
                })
            })
    }

    fn quarantine(&self, id: &EntryId) -> Option<EntryId> {
        self.evaluation
            .quarantined
            .get(id)?
            .iter()
            .filter(|place| !self.is_readmitted(id, Some(**place)))
            .map(|place| self.graph.key(*place))
            .min()
            .map(|key| key.1)
    }

    /// Whether the heads cover all that counts: not when there are more than an entry may cite.
    fn all_is_cited(&self) -> bool {
        self.heads.len() < RIGHTS_HEADS_MAX
    }
}

fn site_role(is_own: bool) -> Role {
    if is_own { Role::HOST } else { Role::NONE }
}

fn earliest(one: Option<Key>, other: Key) -> Option<Key> {
    Some(one.map_or(other, |one| one.min(other)))
}
