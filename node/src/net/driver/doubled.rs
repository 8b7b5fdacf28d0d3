//! Neighbours that run twice, and this site if it does.

use super::*;

fn wall_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

impl Driver {
    /// A link stands, and the other side said which start of it this is.
    pub(super) fn greeted(
        &mut self,
        peer: NodeId,
        address: Option<SocketAddr>,
        told: bool,
        greeting: Greeting,
        now: Instant,
    ) {
        let Some(neighbour) = self.neighbours.get_mut(&peer) else {
            return;
        };
        let boots = &mut neighbour.boots;
        boots.up(greeting.boot, address, told, now, wall_ms());
        let runs = boots.runs(now);
        let gives_way = boots.gives_way(greeting.boot, now);
        let begins = !runs.is_empty() && !std::mem::replace(&mut boots.alarmed, !runs.is_empty());
        if begins {
            self.tell(NetEvent::Twice {
                site: peer,
                by: self.node,
                runs,
            });
        }
        if begins {
            // The next greeting tells it.
            self.stop_link(&peer, "this site runs twice");
        } else if gives_way {
            self.stop_link(
                &peer,
                "this site runs twice: links are kept with the other copy",
            );
        }
        // Told when it is nothing too: the alarm may be from before this start.
        let (site, by, runs) = (self.node, peer, greeting.runs);
        self.tell(NetEvent::Twice { site, by, runs });
    }

    /// Says which neighbours run once again; when to look again.
    pub(super) fn look_for_ends(&mut self, now: Instant) -> Option<Instant> {
        let mut over = Vec::new();
        let mut wake: Option<Instant> = None;
        for (peer, neighbour) in &mut self.neighbours {
            let Some(due) = neighbour.boots.due(now) else {
                continue;
            };
            if due > now {
                wake = Some(wake.map_or(due, |wake| wake.min(due)));
            } else if neighbour.boots.runs(now).is_empty() {
                neighbour.boots.alarmed = false;
                over.push(*peer);
            } else {
                wake = Some(now + super::super::boots::SEEN_MAX);
            }
        }
        for peer in over {
            self.tell(NetEvent::Twice {
                site: peer,
                by: self.node,
                runs: Vec::new(),
            });
            // Its next greeting is without copies.
            self.stop_link(&peer, "this site runs once again");
        }
        wake
    }
}
