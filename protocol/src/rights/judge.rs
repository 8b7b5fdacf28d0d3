//! Which content entries count: the author's right and the site's place in the state that the
//! entry cites, then every removal outside that past by its cut. Hashes nothing: this is on the
//! path of every message. A guest's entries count beside that only under an admission. `vouch` adds a
//! second way to count: it needs the ancestors of changes, which only the caller knows.

use bocage_crdt::ids::{EntryId, NodeId, PersonId};

use super::role::Role;
use super::then::Then;
use super::{HeldReason, Rights, Standing};
use crate::entry::{EntryKind, Header};
use crate::limits::RIGHTS_HEADS_MAX;

impl Rights {
    /// What becomes of an entry in a log kept by `node`. `needed` is what its kind of item asks
    /// of an author: one of the roles, a right of the realm, or [`Role::HOST`] for what a site
    /// says about itself under its own author id. An operation's own standing for a rights entry.
    pub fn judge(&self, id: &EntryId, header: &Header, node: &NodeId, needed: Role) -> Standing {
        match header.kind {
            EntryKind::Rights => return self.stands(id),
            EntryKind::Admission => return self.judge_then(id, header, node, Role::HOST),
            _ => {}
        }
        let nothing_special = self.evaluation.closings.is_empty()
            && self.evaluation.readmitted.is_empty()
            && self.evaluation.quarantined.is_empty()
            && !self.graph.is_log_forked(&header.log);
        if nothing_special && header.rights_heads == self.heads && self.all_is_cited() {
            return self.judge_now(id, header, node, needed);
        }
        self.judge_then(id, header, node, needed)
    }

    /// With nothing outside its past an entry is judged by the present state.
    fn judge_now(&self, id: &EntryId, header: &Header, node: &NodeId, needed: Role) -> Standing {
        let Some(host) = self.members.hosts.get(node) else {
            return self.judge_then(id, header, node, needed);
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
        self.judge_without(id, header, node, needed, &|_| false)
    }

    /// The same as if some removals of persons and sites outside its past covered it.
    pub(super) fn judge_without(
        &self,
        id: &EntryId,
        header: &Header,
        node: &NodeId,
        needed: Role,
        lifted: &dyn Fn(u32) -> bool,
    ) -> Standing {
        let past = match self.past_of(header) {
            Ok(past) => past,
            Err(standing) => return standing,
        };
        let then = Then {
            rights: self,
            past: &past,
            header,
            id,
            lifted,
        };
        let verdict = self.in_state(&then, node, needed);
        match verdict {
            Standing::Held(_) if self.is_readmitted(id, None) => Standing::Counts,
            Standing::Counts => match self.quarantine(id) {
                Some(by) => Standing::Held(HeldReason::Quarantined(by)),
                None => Standing::Counts,
            },
            other => other,
        }
    }

    /// What an entry rests on: what it cites, and the operation before it in its log.
    pub(super) fn past_of(&self, header: &Header) -> Result<Vec<u32>, Standing> {
        let mut past = Vec::new();
        for head in &header.rights_heads {
            match self.graph.place(head) {
                Some(place) => self.graph.join(&mut past, place),
                None if self.graph.is_tangled(head) => {
                    return Err(Standing::Held(HeldReason::Forked));
                }
                None => {
                    return Err(Standing::Waiting {
                        missing: self.missing(&header.rights_heads),
                    });
                }
            }
        }
        if let Some(before) = self.graph.before(&header.log, header.seq, header.prev) {
            self.graph.join(&mut past, before);
        }
        Ok(past)
    }

    fn in_state(&self, then: &Then<'_>, node: &NodeId, needed: Role) -> Standing {
        let (header, id) = (then.header, then.id);
        if self.graph.is_forked(&header.log, node, header.seq, id) {
            return Standing::Held(HeldReason::Forked);
        }
        let Some(host) = self.evaluation.hosts.get(node) else {
            return Standing::Held(HeldReason::NotHost);
        };
        let place = then.site(host, false);
        let is_guest = place.is_err();
        let judged = match place.map(drop) {
            Ok(()) if needed == Role::HOST => match header.author == PersonId::of_site(node) {
                true => Ok(()),
                false => Err(HeldReason::NoRight),
            },
            Ok(()) => then.author(needed),
            Err(no_host) => then.guest(host, node, needed, no_host),
        };
        match judged {
            Err(reason) => Standing::Held(reason),
            Ok(()) => match self.closing_then(then) {
                Some(by) => Standing::Held(HeldReason::Closed(by)),
                None if is_guest && !self.is_admitted(id, header, node) => {
                    Standing::Held(HeldReason::NotAdmitted)
                }
                None => Standing::Counts,
            },
        }
    }

    /// The closing that holds an entry, if one does.
    fn closing_then(&self, then: &Then<'_>) -> Option<EntryId> {
        let reopened = |close: u32| {
            self.evaluation
                .reopenings
                .iter()
                .any(|reopen| then.knew(*reopen) && self.graph.in_past(close, *reopen))
        };
        self.evaluation
            .closings
            .iter()
            .copied()
            .filter(|close| {
                if then.knew(*close) {
                    !reopened(*close)
                } else {
                    !then.is_below_cut(*close)
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
