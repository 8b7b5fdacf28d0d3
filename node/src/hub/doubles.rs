//! Two changes under one number of one tab. An honest tab makes no such pair; whoever does would
//! have each site keep the one that came first. So the copy in a log of the site that the actor
//! names counts, else the one with the lower hash; the loser, and what rests on it, is left out
//! everywhere alike, whatever came first.

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::document::{Document, Genesis};
use bocage_crdt::features::DocumentContent;
use bocage_crdt::gate::{self, Outline};
use bocage_crdt::ids::{ActorId, ChangeHash, ItemId, LogId, NodeId, SpaceId};
use bocage_protocol::entry::Entry;

use super::Hub;
use super::documents::{
    Claimed, OpenDocument, ReadDocument, Tab, admit_all, change_hash, entry_changes,
};
use super::item::Body;
use super::refusals::Refused;
use super::trying::Odd;
use crate::api::ApiError;
use crate::store::EntryPlace;

/// The name under which such a pair is counted.
pub(super) const FORKED: &str = "change-forked";

/// A change, and whether it lies in a log of the site that its actor names.
type Placed = (Claimed, bool);

/// The changes that do not count.
fn losers(changes: &[Placed]) -> BTreeSet<ChangeHash> {
    let mut under_number: BTreeMap<(ActorId, u64), BTreeSet<(bool, ChangeHash)>> = BTreeMap::new();
    for ((bytes, expected), at_home) in changes {
        let Some((outline, hash)) = Outline::read(bytes).ok().zip(gate::hash_of(bytes)) else {
            continue;
        };
        if outline.actor == expected.actor {
            let number = (outline.actor, outline.seq);
            under_number
                .entry(number)
                .or_default()
                .insert((!at_home, hash));
        }
    }
    let mut losers = BTreeSet::new();
    for ranked in under_number.values() {
        let best = ranked.first().map(|(_, hash)| *hash);
        let others = ranked.iter().map(|(_, hash)| *hash);
        losers.extend(others.filter(|hash| Some(*hash) != best));
    }
    losers
}

/// The changes of an entry, and whether its log is one of the site where each was made.
fn placed(entry: &Entry, is_at_home: impl Fn(&NodeId) -> bool) -> Vec<Placed> {
    let header = &entry.header;
    // In the order of `entry_changes`: carried ones first.
    let carried = header.carried.iter().map(|carried| carried.origin.site);
    let own = header.origin.map(|origin| origin.site);
    let sites = carried.chain(own.into_iter().cycle());
    let changes = entry_changes(entry).unwrap_or_default();
    let placed = changes.into_iter().zip(sites);
    placed
        .map(|(change, site)| (change, is_at_home(&site)))
        .collect()
}

/// What the entries of a page say together, from them alone: no site's caution is asked.
pub(crate) fn replayed(
    item: ItemId,
    genesis: Genesis,
    entries: &[Entry],
    node_of: impl Fn(&LogId) -> Option<NodeId>,
) -> DocumentContent {
    let all: Vec<Placed> = entries
        .iter()
        .flat_map(|entry| placed(entry, |site| node_of(&entry.header.log) == Some(*site)))
        .collect();
    let read = |left_out: &BTreeSet<ChangeHash>| {
        let counts = |bytes: &[u8]| change_hash(bytes).is_none_or(|it| !left_out.contains(&it));
        let changes = all.iter().map(|(change, _)| change);
        let changes = changes.filter(|(bytes, _)| counts(bytes)).cloned();
        let mut document = Document::new(item, genesis);
        let mut refused = Vec::new();
        admit_all(&mut document, changes.collect(), &mut refused, None);
        document.settle();
        (
            DocumentContent::of(&document),
            refused.iter().any(|one| one.reason == FORKED),
        )
    };
    match read(&BTreeSet::new()) {
        (content, false) => content,
        (_, true) => read(&losers(&all)).0,
    }
}

impl Hub {
    /// Whether the log is one of the site's.
    pub(super) fn is_log_of(&self, site: &NodeId, space: &SpaceId, log: &LogId) -> bool {
        // What is kept of others does not name this site's own lives.
        let lives = match *site == self.me.node {
            true => Some(&self.me.certificate),
            false => self.catalog.certificate(site),
        };
        lives.is_some_and(|lives| {
            let mut writers = lives.writers.iter();
            writers.any(|writer| LogId::of(writer, space) == *log)
        })
    }

    fn placed(&self, space: &SpaceId, entry: &Entry) -> Vec<Placed> {
        placed(entry, |site| self.is_log_of(site, space, &entry.header.log))
    }

    fn all_placed(
        &mut self,
        space: &SpaceId,
        entries: &[EntryPlace],
    ) -> Result<Vec<Placed>, ApiError> {
        let mut changes = Vec::new();
        for place in entries {
            let found = match self.log_store.entry(*place) {
                Ok(found) => found.or_else(|| self.unwritten(*place)),
                Err(error) => return Err(self.cannot_read(error)),
            };
            if let Some(entry) = found {
                changes.extend(self.placed(space, &entry));
            }
        }
        Ok(changes)
    }

    /// Reads a document from all its entries, without the changes that lose their number.
    pub(super) fn read_without_doubles(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        genesis: Genesis,
        entries: &[EntryPlace],
    ) -> Result<ReadDocument, ApiError> {
        let placed = self.all_placed(space, entries)?;
        let typed = self.sleeping_actors(space, item);
        let (claimed, placed): (Vec<Placed>, Vec<Placed>) = { placed.into_iter() }
            .partition(|((_, expected), at_home)| !at_home && typed.contains(&expected.actor));
        let losers = losers(&placed);
        tracing::warn!(
            "{} changes of {item:?} are left out: others have their numbers",
            losers.len()
        );
        let changes = placed.into_iter().map(|(change, _)| change);
        let winners = changes
            .filter(|(bytes, _)| change_hash(bytes).is_none_or(|hash| !losers.contains(&hash)));
        let lost = losers.iter().map(|hash| Refused::hashed(FORKED, hash));
        let mut refused: Vec<_> = lost.collect();
        let mut document = Document::new(*item, genesis);
        let mut odd = Odd::new(&self.trying.said, BTreeSet::new());
        let winners = winners.collect();
        let (_, mut unready) = admit_all(&mut document, winners, &mut refused, Some(&mut odd));
        unready.extend(claimed.into_iter().map(|(change, _)| change));
        let odd = odd.into_trial(&mut document);
        let broken = document.settle();
        let broken = broken.iter().map(|change| change.hash());
        refused.extend(broken.map(|hash| Refused::hashed("change-broken", &hash)));
        self.count_refused_changes(item, refused);
        let logged = document.change_hashes();
        self.left_out(space, item, odd, &unready);
        Ok((document, logged, unready))
    }

    /// After changes of an entry met their numbers taken: an open document that shows a loser, or
    /// lacks a winner, is read anew, and its tabs begin again from there.
    pub(super) fn settle_doubles(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        came: &BTreeSet<ChangeHash>,
    ) {
        let row = self
            .spaces
            .get(space)
            .and_then(|space| space.items.get(item));
        let Some(Body::Document { entries, .. }) = row.map(|row| &row.body) else {
            return;
        };
        let entries = entries.clone();
        let Ok(placed) = self.all_placed(space, &entries) else {
            return; // The disk failed: the site ends, and says so.
        };
        let losers = losers(&placed);
        let Some(open) = self.documents.open.get(item) else {
            return;
        };
        let shows = |hash: &ChangeHash| open.document.has_change(hash);
        let lacks = |hash: &&ChangeHash| !losers.contains(hash) && !shows(hash);
        if losers.iter().any(shows) || came.iter().any(|hash| lacks(&hash)) {
            self.rebase_document(item);
        }
    }
}

/// Numbers that somebody takes before the tab does to which they belong: what the tab typed here is
/// not refused for that. Others see the change until the tab's own one comes, which then counts.
impl Hub {
    /// Actors of this site whose live changes wait on the disk, and may still be logged.
    pub(super) fn sleeping_actors(&self, space: &SpaceId, item: &ItemId) -> BTreeSet<ActorId> {
        let rows = self.documents.sleeping.get(item).into_iter().flatten();
        let own = rows.filter(|(_, row)| row.origin.site == self.me.node);
        let allowed = own.filter(|(_, row)| {
            let needed = self.role_to_change(space, item, &row.author);
            needed.is_some_and(|needed| self.may(space, &row.author, needed))
        });
        allowed
            .map(|(_, row)| ActorId::of(&row.origin.site, &row.author, &row.origin.nonce))
            .collect()
    }

    /// A tab was closed: what others say that it typed is like any other change from now on.
    pub(super) fn let_claimed_in(&mut self, item: &ItemId) {
        let Some(open) = self.documents.open.get_mut(item) else {
            return;
        };
        let claimed = std::mem::take(&mut open.claimed).into_iter();
        let (kept, free): (Vec<_>, Vec<_>) = claimed.partition(|one| open.is_claimed(one));
        open.claimed = kept;
        if !free.is_empty() {
            open.unready.extend(free);
            self.admit_unready(item, &BTreeSet::new());
        }
    }
}

impl OpenDocument {
    /// Whether a change of another site's entry is said to be typed in a tab that is open here, and
    /// was not.
    pub(super) fn is_claimed(&self, (bytes, expected): &Claimed) -> bool {
        let actor = |tab: &Tab| ActorId::of(&tab.origin.site, &tab.person, &tab.origin.nonce);
        self.tabs.values().any(|tab| actor(tab) == expected.actor)
            && change_hash(bytes).is_some_and(|hash| !self.document.has_change(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::features::{Payload, by_name};
    use bocage_crdt::gate::ActorExpectation;

    const ITEM: ItemId = ItemId([7; 16]);

    fn change(actor: ActorId, text: &str) -> Claimed {
        let Some(Payload::Document(genesis)) = by_name("page").map(|kind| kind.payload()) else {
            panic!("pages are documents");
        };
        let mut document = Document::new(ITEM, *genesis);
        let made = document.edit(actor, |edit| edit.set_text("title", text));
        let bytes = made.expect("an edit").expect("a change");
        (bytes, ActorExpectation { actor })
    }

    fn hash((bytes, _): &Claimed) -> ChangeHash {
        change_hash(bytes).expect("a whole change")
    }

    #[test]
    fn the_copy_at_home_counts_else_the_lower_hash() {
        let (anne, ben) = (ActorId([1; 16]), ActorId([2; 16]));
        let mut pair = [change(anne, "x"), change(anne, "y")];
        pair.sort_by_key(hash);
        let [low, high] = pair;
        let other = change(ben, "z");
        // Claimed for another tab: the gate refuses it, so it takes nobody's number.
        let stolen = (low.0.clone(), ActorExpectation { actor: ben });
        type Case<'a> = (&'a str, Vec<(&'a Claimed, bool)>, Vec<&'a Claimed>);
        let cases: [Case<'_>; 7] = [
            ("alone", vec![(&low, false), (&other, false)], vec![]),
            ("twice the same", vec![(&low, false), (&low, true)], vec![]),
            (
                "nowhere at home",
                vec![(&high, false), (&low, false)],
                vec![&high],
            ),
            (
                "the higher at home",
                vec![(&low, false), (&high, true)],
                vec![&low],
            ),
            (
                "the lower at home",
                vec![(&high, false), (&low, true)],
                vec![&high],
            ),
            (
                "both at home",
                vec![(&high, true), (&low, true)],
                vec![&high],
            ),
            (
                "for another tab",
                vec![(&stolen, true), (&high, false)],
                vec![],
            ),
        ];
        for (name, changes, expected) in cases {
            let expected: BTreeSet<ChangeHash> = expected.into_iter().map(hash).collect();
            for reversed in [false, true] {
                let mut changes: Vec<Placed> = changes
                    .iter()
                    .map(|(change, at_home)| ((*change).clone(), *at_home))
                    .collect();
                if reversed {
                    changes.reverse();
                }
                assert_eq!(losers(&changes), expected, "{name}, reversed: {reversed}");
            }
        }
    }
}
