//! A site that leaves by itself: it hands over what others miss, then takes itself out of its spaces
//! and of the realm. Nobody else has to do anything, and nothing that it carried is lost.

use std::collections::BTreeSet;

use bocage_crdt::ids::{CommandId, NodeId, SpaceId};
use bocage_protocol::rights::Operation;
use serde::{Deserialize, Serialize};

use super::Hub;
use super::admitting::NotNamed;
use crate::store::EntryPlace;

/// What still stands in the way of a site that is to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Departure {
    /// Logins of people who are at home here.
    pub people: Vec<String>,
    /// What no other site has yet, each in a sentence: time may mend it.
    pub missing: Vec<String>,
}

impl Hub {
    /// Spaces that this site carries for people, and the realm.
    fn carried(&self) -> Vec<SpaceId> {
        let realm = self.realm();
        let spaces = self.summaries.iter();
        let mut carried: Vec<SpaceId> = spaces
            .filter(|(id, summary)| {
                summary.people_space && **id != realm && summary.hosts.contains(&self.me.node)
            })
            .map(|(id, _)| *id)
            .collect();
        carried.push(realm);
        carried
    }

    /// Whether the site could leave now.
    pub(crate) fn departure(&mut self) -> Result<Departure, NotNamed> {
        let now = self.realm_now()?;
        let me = self.me.node;
        if now.hosts.len() == 1 {
            return Err(NotNamed::Refused(
                "this is the only site of its realm: there is nobody to hand anything to"
                    .to_owned(),
            ));
        }
        if self.admitting_sites().iter().all(|(node, _)| *node == me) {
            return Err(NotNamed::Refused(
                "no other site may admit sites to the realm: name one first (\"bocage admitting add \
                 SITE\")"
                    .to_owned(),
            ));
        }
        // What was typed last counts as well.
        self.log_all_documents();
        let people = self.directory.everybody();
        let people = people.filter(|(_, known)| known.site == me);
        let people = people.map(|(_, known)| known.login.clone()).collect();
        let mut missing = Vec::new();
        for id in self.carried() {
            let name = match id == self.realm() {
                true => "the realm".to_owned(),
                false => format!("\"{}\"", self.name_of(&id)),
            };
            let others: Vec<NodeId> = self.hosts_of(&id).into_iter().collect();
            let others = others.iter().filter(|node| **node != me);
            let linked = others.clone().filter(|node| {
                let link = self.links.get(*node);
                link.is_some_and(|link| link.connected)
            });
            match (others.count(), linked.count()) {
                (0, _) => {
                    missing.push(format!("no other site carries {name}"));
                    continue;
                }
                (_, 0) => missing.push(format!("no other site that carries {name} is linked")),
                _ => {}
            }
            let only_here = self.only_here(&id);
            if only_here > 0 {
                missing.push(format!(
                    "{only_here} entries of {name} are nowhere else yet"
                ));
            }
        }
        Ok(Departure { people, missing })
    }

    /// Entries of a space of which no other host has said that it keeps them.
    fn only_here(&self, id: &SpaceId) -> u64 {
        let hosts = self.hosts_of(id);
        let others: Vec<&NodeId> = hosts.iter().filter(|node| **node != self.me.node).collect();
        let of_log = |known: &super::catalog::KnownLog| {
            let place = EntryPlace {
                log: known.number,
                seq: known.state.reach(),
            };
            let wanted = [
                self.acked_place(place),
                EntryPlace {
                    log: known.number,
                    seq: known.state.height(),
                },
            ];
            let lacks = |node: &&NodeId| {
                let heights = self.acks.get(*node);
                let has = |log| heights.and_then(|heights| heights.get(&log)).copied();
                let lacking = wanted.iter().map(|place| {
                    let has = has(place.log).unwrap_or(0);
                    place.seq.saturating_sub(has)
                });
                lacking.max().unwrap_or(0)
            };
            // Its own site has it, if it carries the space still.
            match hosts.contains(&known.state.node) && known.state.node != self.me.node {
                true => 0,
                false => others.iter().map(lacks).min().unwrap_or(0),
            }
        };
        self.catalog.logs_of(id).iter().map(of_log).sum()
    }

    /// Leaves every space, and the realm once others have heard of that. Refused while
    /// [`Self::departure`] names anything; to be asked again while the answer names something.
    pub(crate) fn retire(&mut self) -> Result<Departure, NotNamed> {
        let mut left = self.departure()?;
        if !left.people.is_empty() || !left.missing.is_empty() {
            return Ok(left);
        }
        // From here on the exchange goes on telling until the process ends: others have to hear it.
        let realm = self.realm();
        let of_people = self.carried().into_iter().filter(|id| *id != realm);
        for id in of_people.collect::<Vec<SpaceId>>() {
            self.appoint_moved(&id);
            self.leave(&id)?;
        }
        // Who hears that this site left the realm ends the line to it: that is said last.
        let spaces = self.retiring.get_or_insert_default().clone();
        for id in spaces {
            let only_here = self.only_here(&id);
            if only_here > 0 {
                let name = self.name_of(&id);
                left.missing.push(format!(
                    "no other site knows yet that this one left \"{name}\""
                ));
            }
        }
        if left.missing.is_empty() {
            self.leave(&realm)?;
            tracing::warn!("this site has left the realm");
        }
        Ok(left)
    }

    fn leave(&mut self, id: &SpaceId) -> Result<(), NotNamed> {
        self.retiring.get_or_insert_default().insert(*id);
        let operation = Operation::HostRemove {
            node: self.me.node,
            cut: self.cut_here(id),
            order: None,
        };
        let (site, command) = (self.me.person, CommandId(rand::random()));
        self.write_operation(*id, site, command, operation)
            .map_err(|error| NotNamed::Refused(error.to_string()))?;
        self.after_rights(id);
        Ok(())
    }

    /// Who carries a space, for the exchange: it forgets what is not carried here any more, and this
    /// site's leaving has to go out first.
    pub(super) fn hosts_to_tell(&self, id: &SpaceId) -> BTreeSet<NodeId> {
        let mut hosts = self.hosts_of(id);
        let leaving = self.retiring.as_ref();
        if leaving.is_some_and(|left| left.contains(id)) && !hosts.is_empty() {
            hosts.insert(self.me.node);
        }
        hosts
    }

    /// Whether this site left, and every link has been ended by those who heard of it.
    pub(crate) fn has_been_heard(&self) -> bool {
        let realm = self.realm();
        let left = self
            .retiring
            .as_ref()
            .is_some_and(|left| left.contains(&realm));
        left && !self.links.values().any(|link| link.connected)
    }
}
