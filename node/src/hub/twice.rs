//! Sites whose key runs twice, as the network notices: for the technicians of both copies and of every
//! site they reach. What both write is kept, and counts once one of them is stopped.

use std::collections::BTreeMap;

use bocage_crdt::ids::NodeId;

use super::Hub;
use super::exchange::Link;
use crate::api::rows::SiteRef;
use crate::api::status::{TwiceLine, TwiceRun};
use crate::net::{Plane, Run};
use crate::store::{StoreError, StoreWrite};

/// Where what others told of this site is kept: a copy that is turned away is told only once.
const META: &str = "twice";

/// By site and by who noticed.
pub(super) type Twice = BTreeMap<(NodeId, NodeId), Vec<Run>>;

impl Hub {
    pub(super) fn load_twice(&mut self) -> Result<(), StoreError> {
        if let Some(bytes) = self.log_store.meta(META)? {
            self.twice = postcard::from_bytes(&bytes).unwrap_or_default();
        }
        Ok(())
    }

    /// What a site said that is no longer linked with counts no more: it cannot take it back.
    pub(super) fn forget_tellers(&mut self) {
        let (me, links) = (self.me.node, &self.links);
        let known = |node: &NodeId| *node == me || links.contains_key(node);
        if forget(&mut self.twice, known) {
            self.keep_twice();
        }
    }

    fn keep_twice(&mut self) {
        let me = self.me.node;
        let own = self.twice.iter().filter(|((of, _), _)| *of == me);
        let own: Twice = own.map(|(key, runs)| (*key, runs.clone())).collect();
        let bytes = postcard::to_stdvec(&own).expect("plain values always encode");
        self.batch.push(StoreWrite::Meta(META, bytes));
    }

    pub(super) fn runs_twice(&mut self, site: NodeId, by: NodeId, runs: Vec<Run>) {
        let on_edge = |link: &Link| link.plane == Plane::Edge;
        if site == self.me.node && !self.me.guest && self.links.get(&by).is_some_and(on_edge) {
            return; // A partner's machine does not raise alarms about the realm's sites.
        }
        let name = self.directory.site_name(&site);
        let changed = match runs.is_empty() {
            true => self.twice.remove(&(site, by)).is_some(),
            false => {
                let known = self.twice.keys().any(|(known, _)| *known == site);
                if !known {
                    let places: Vec<String> = runs.iter().map(place).collect();
                    let places = places.join(" and ");
                    tracing::error!(
                        "{name} runs twice: {places}. Stop one of them; each keeps what it wrote"
                    );
                    self.count_refused("site-twice");
                }
                self.twice.insert((site, by), runs) != self.twice.get(&(site, by)).cloned()
            }
        };
        if changed && !self.twice.keys().any(|(known, _)| *known == site) {
            tracing::warn!("{name} runs once again");
        }
        if changed && site == self.me.node {
            self.keep_twice();
        }
    }

    /// For the status of the site, by name.
    pub(super) fn twice_lines(&self) -> Vec<TwiceLine> {
        let mut by_site: BTreeMap<NodeId, Vec<Run>> = BTreeMap::new();
        for ((site, _), runs) in &self.twice {
            let known = by_site.entry(*site).or_default();
            for run in runs {
                // Several sites tell of the same copy.
                if !known.iter().any(|known| known.boot == run.boot) {
                    known.push(run.clone());
                }
            }
        }
        let line = |(site, mut runs): (NodeId, Vec<Run>)| {
            runs.sort_by_key(|run| run.boot);
            let first = runs.first().map(|run| run.boot);
            TwiceLine {
                site: SiteRef {
                    id: site,
                    name: self.directory.site_name(&site),
                },
                runs: (runs.iter())
                    .map(|run| TwiceRun {
                        address: run.address.map(|address| address.to_string()),
                        since_ms: run.since_ms,
                        kept: Some(run.boot) == first,
                    })
                    .collect(),
            }
        };
        by_site.into_iter().map(line).collect()
    }
}

/// Whether anything was forgotten.
fn forget(twice: &mut Twice, known: impl Fn(&NodeId) -> bool) -> bool {
    let before = twice.len();
    twice.retain(|(site, by), _| known(site) && known(by));
    twice.len() != before
}

fn place(run: &Run) -> String {
    match run.address {
        Some(address) => format!("at {address}"),
        None => "at an address that was not seen".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_site_said_goes_with_it() {
        let [me, liar, honest] = [1, 2, 3].map(|byte| NodeId([byte; 32]));
        let said = [(me, liar), (me, honest), (liar, me), (honest, me)];
        let mut twice: Twice = said.map(|key| (key, Vec::new())).into();
        assert!(!forget(&mut twice, |_| true));
        assert!(forget(&mut twice, |node| *node != liar));
        let left: Vec<_> = twice.keys().copied().collect();
        assert_eq!(left, [(me, honest), (honest, me)]);
    }
}
