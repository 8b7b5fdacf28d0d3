//! Lists that need many documents read first: a slice of the reading in each turn, so that what
//! others ask is answered meanwhile, and then the list.

use axum::body::Bytes;
use bocage_crdt::ids::SpaceId;

use super::{Hub, Reply};
use crate::api::{ApiError, Query};
use crate::web::site::Viewer;

/// Documents read in one turn for lists: some tens of milliseconds on a small machine.
pub(super) const SHOWN_PER_TURN: usize = 100;
/// Lists that wait for their documents; beyond, people are told to ask again.
const LISTS_WAITING_MAX: usize = 64;

/// A question whose answer waits for documents.
pub(super) struct Waiting {
    space: SpaceId,
    /// How many were not read when it was looked at last.
    stale: usize,
    viewer: Viewer,
    query: Query,
    reply: Reply<Bytes>,
}

impl Hub {
    /// Answers a question, now or when the documents are read that it asks about.
    pub(super) fn asked(&mut self, viewer: Viewer, query: Query, reply: Reply<Bytes>) {
        self.know_marks(&viewer.person);
        if let Some((space, stale)) = self.stale_documents(&viewer, &query) {
            if self.documents.lists.len() < LISTS_WAITING_MAX {
                self.documents.lists.push_back(Waiting {
                    space,
                    stale,
                    viewer,
                    query,
                    reply,
                });
            } else {
                // Whoever asked may be gone.
                let _ = reply.send(Err(ApiError::busy()));
            }
            return;
        }
        let answer = self.query(viewer, query);
        let _ = reply.send(answer);
    }

    /// The first space of which a question needs more documents than one turn reads, and how many.
    fn stale_documents(&mut self, viewer: &Viewer, query: &Query) -> Option<(SpaceId, usize)> {
        let spaces = match query {
            // Pages stand in the order of their titles.
            Query::Items { space, kind, .. } if kind.as_deref() == Some("page") => vec![*space],
            Query::Leaving { space } => vec![*space],
            Query::Search { .. } => self.spaces_of(&viewer.person),
            _ => return None,
        };
        for space in spaces {
            // Nobody makes this site read what she may not.
            if self.readable(&space, &viewer.person).is_err() {
                continue;
            }
            let stale = self.stale_in(&space);
            if stale > SHOWN_PER_TURN {
                return Some((space, stale));
            }
            self.put_away_idle();
        }
        None
    }

    fn stale_in(&self, space: &SpaceId) -> usize {
        let loaded = self.spaces.get(space);
        let items = loaded.into_iter().flat_map(|space| space.items.values());
        items.filter(|item| item.is_stale()).count()
    }

    /// Reads a slice for the list that waits longest, and answers it if that was the last.
    pub(super) fn lists_tick(&mut self) {
        let Some(mut first) = self.documents.lists.pop_front() else {
            return;
        };
        if first.reply.is_closed() {
            return;
        }
        if let Err(error) = self.space(&first.space) {
            let _ = first.reply.send(Err(error));
            return;
        }
        self.show_stale(&first.space, SHOWN_PER_TURN);
        let left = self.stale_in(&first.space);
        // What cannot be read stays as it is: it keeps nobody waiting.
        let goes_on = left > SHOWN_PER_TURN && left < first.stale;
        if goes_on {
            first.stale = left;
            self.documents.lists.push_front(first);
        } else if left < first.stale {
            // Another of its spaces, perhaps.
            self.asked(first.viewer, first.query, first.reply);
        } else {
            let answer = self.query(first.viewer, first.query);
            let _ = first.reply.send(answer);
        }
    }
}
