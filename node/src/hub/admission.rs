//! New sites: tickets issued here, redeemed once, and spaces offered to the sites that are to
//! carry them. Also this site's own next life, when its disk went back in time.

use std::collections::BTreeSet;

use bocage_crdt::ids::{CommandId, LogId, NodeId, PersonId, SpaceId, WriterKey, derive};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::limits::SPACES_PER_REALM_MAX;
use bocage_protocol::machine::Event;
use bocage_protocol::rights::{Operation, Role};
use bocage_protocol::ticket::{RedeemAnswer, RedeemRequest, Refusal, Ticket, TicketId, TicketRole};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::guest_site::{GuestWelcome, Sponsor};
use super::{After, Hub};
use crate::api::{ApiError, ErrorCode};
use crate::identity;
use crate::net::Plane;
use crate::store::{StoreError, StoreWrite};

/// Tickets that may be open at once: a roll-out of a territory in one day.
const TICKETS_MAX: usize = 64;

/// Spaces that one site may have offered and sent nothing of: a territory's worth.
const OFFERS_OPEN_MAX: usize = 2_000;

/// What a new site starts from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Admitted {
    /// The organisation's name.
    pub realm_name: String,
    /// The issuing site's name.
    pub issuer_name: String,
}

/// A ticket and what became of it, as it lies on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Issued {
    pub ticket: Ticket,
    /// The site that redeemed it, and its name.
    pub redeemed: Option<(NodeId, String)>,
    /// Of a guest's ticket: what it opens.
    pub guest: Option<GuestGrant>,
}

/// What a guest's ticket opens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GuestGrant {
    /// The space.
    pub space: SpaceId,
    /// Who answers for the guest.
    pub by: PersonId,
    /// What its people may do.
    pub role: Role,
    /// Its last moment.
    pub end_ms: Option<u64>,
}

fn bytes_of(welcome: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(welcome).expect("plain values always encode")
}

impl Hub {
    pub(crate) fn load_tickets(&mut self) -> Result<(), StoreError> {
        if let Some(bytes) = self.log_store.meta("tickets")?
            && let Ok(issued) = postcard::from_bytes::<Vec<Issued>>(&bytes)
        {
            self.tickets = issued
                .into_iter()
                .map(|one| (one.ticket.id(), one))
                .collect();
        }
        Ok(())
    }

    fn keep_tickets(&mut self) {
        let now = self.clock.wall_ms();
        self.tickets
            .retain(|_, issued| issued.ticket.expires_ms > now);
        let issued: Vec<&Issued> = self.tickets.values().collect();
        let bytes = postcard::to_stdvec(&issued).expect("tickets of plain values always encode");
        self.batch.push(StoreWrite::Meta("tickets", bytes));
    }

    /// Issues a ticket; durable before anybody holds it.
    pub(crate) fn issue(
        &mut self,
        ticket: Ticket,
        guest: Option<GuestGrant>,
    ) -> Result<(), ApiError> {
        self.keep_tickets();
        if self.tickets.len() >= TICKETS_MAX {
            let error = ApiError::new(ErrorCode::TooManyTries);
            return Err(error.with_limit(TICKETS_MAX as u64));
        }
        self.tickets.insert(
            ticket.id(),
            Issued {
                ticket,
                redeemed: None,
                guest,
            },
        );
        self.keep_tickets();
        Ok(())
    }

    /// Who redeemed a ticket; `None` while it is open.
    pub(crate) fn redeemed(&self, ticket: &TicketId) -> Option<(NodeId, String)> {
        self.tickets.get(ticket)?.redeemed.clone()
    }

    /// A stranger on the join stream. The ticket burns in the transaction that admits it.
    pub(crate) fn join_request(
        &mut self,
        peer: NodeId,
        plane: Plane,
        request: &[u8],
        answer: oneshot::Sender<Vec<u8>>,
    ) {
        let tried = match plane {
            Plane::Core => self
                .try_join(peer, request)
                .map(|welcome| bytes_of(&welcome)),
            Plane::Edge => self
                .try_join_as_guest(peer, request)
                .map(|welcome| bytes_of(&welcome)),
        };
        let said = match tried {
            // A site of the realm asks again when the answer to its ticket was lost on the way. Its
            // connection proves who it is, and the answer tells it nothing that sites do not know.
            Err(_)
                if plane == Plane::Core
                    && self.hosts_of(&SpaceId(self.me.realm.0)).contains(&peer) =>
            {
                tracing::info!(
                    "{} asks again: it is admitted",
                    self.directory.site_name(&peer)
                );
                Ok(bytes_of(&self.welcome()))
            }
            done => done,
        };
        let said = match said {
            Ok(admitted) => RedeemAnswer::Admitted(admitted),
            Err(refusal) => {
                self.count_refused("ticket-refused");
                RedeemAnswer::Refused(refusal)
            }
        };
        self.after.push(After::JoinAnswer(answer, said.to_bytes()));
    }

    fn try_join(&mut self, peer: NodeId, request: &[u8]) -> Result<Admitted, Refusal> {
        let request = RedeemRequest::from_bytes(request)?;
        let now = self.clock.wall_ms();
        let issued = self.tickets.get(&request.ticket).ok_or(Refusal::Unknown)?;
        if issued.redeemed.is_some() || issued.ticket.role != TicketRole::Site {
            return Err(Refusal::Unknown);
        }
        request.check(&issued.ticket, &peer, now)?;
        let realm = SpaceId(self.me.realm.0);
        let command = CommandId(derive("bocage 1 admission", &[&peer.0, &request.ticket]));
        let operation = Operation::HostAdd {
            node: peer,
            name: request.site_name.clone(),
            addresses: request.addresses.clone(),
            territory: None,
        };
        let site = self.me.person;
        self.write_operation(realm, site, command, operation)
            .map_err(|error| {
                tracing::error!("a site with a good ticket was not admitted: {error}");
                Refusal::Unknown
            })?;
        self.batch.push(StoreWrite::Certificate(Box::new(
            request.certificate.clone(),
        )));
        self.catalog.set_certificate(request.certificate);
        if let Some(issued) = self.tickets.get_mut(&request.ticket) {
            issued.redeemed = Some((peer, request.site_name.clone()));
        }
        self.keep_tickets();
        tracing::info!("{} was admitted to the realm", request.site_name);
        Ok(self.welcome())
    }

    /// As [`Self::try_join`], for a partner's site: it is let into one space, in the name of the
    /// person who asked for its ticket, who must still be allowed to.
    fn try_join_as_guest(&mut self, peer: NodeId, request: &[u8]) -> Result<GuestWelcome, Refusal> {
        let request = RedeemRequest::from_bytes(request)?;
        let now = self.clock.wall_ms();
        let issued = self.tickets.get(&request.ticket).ok_or(Refusal::Unknown)?;
        let grant = issued.guest.clone().ok_or(Refusal::Unknown)?;
        let redeemed = issued.redeemed.clone();
        if redeemed.as_ref().is_some_and(|(node, _)| *node != peer) {
            return Err(Refusal::Unknown);
        }
        request.check(&issued.ticket, &peer, now)?;
        if redeemed.is_none() {
            let refused = |error: ApiError| {
                tracing::error!("a guest with a good ticket was not admitted: {error}");
                Refusal::Unknown
            };
            let sponsors = self.choose_sponsors(&grant).map_err(refused)?;
            let operation = Operation::GuestAdd {
                node: peer,
                name: request.site_name.clone(),
                role: grant.role,
                sponsors,
                addresses: request.addresses.clone(),
                end_ms: grant.end_ms,
            };
            let command = CommandId(derive("bocage 1 guest", &[&peer.0, &request.ticket]));
            self.write_operation(grant.space, grant.by, command, operation)
                .map_err(refused)?;
            self.certificate_came(request.certificate.clone());
            if let Some(issued) = self.tickets.get_mut(&request.ticket) {
                issued.redeemed = Some((peer, request.site_name.clone()));
            }
            self.keep_tickets();
            tracing::info!("{} was admitted as a guest", request.site_name);
        }
        let sites = self.guest_sites(&grant.space);
        let nodes = sites
            .get(&peer)
            .map_or_else(Vec::new, |guest| guest.sponsors.clone());
        let sponsor = |node: NodeId| -> Sponsor {
            (
                node,
                self.directory.site_name(&node),
                self.edge_addresses_of(&node),
            )
        };
        let me = self.me.node;
        let others = nodes.into_iter().filter(|node| *node != me);
        Ok(GuestWelcome {
            realm_name: self.me.realm_name.clone(),
            space: grant.space,
            sponsors: std::iter::once(me).chain(others).map(sponsor).collect(),
        })
    }

    /// This site and, where the realm has another that guests can reach, that one: so that neither
    /// machine alone decides whether a partner is heard.
    fn choose_sponsors(&mut self, grant: &GuestGrant) -> Result<Vec<NodeId>, ApiError> {
        let me = self.me.node;
        let present = self.space(&grant.space)?.hosts();
        // A delegated sponsor adds no hosts: the second one then carries the space already.
        let manages = self.may(&grant.space, &grant.by, Role::MANAGER);
        let reached: Vec<NodeId> = self
            .all_sites()
            .into_iter()
            .filter(|node| *node != me && !self.edge_addresses_of(node).is_empty())
            .collect();
        let second = reached
            .iter()
            .find(|node| present.contains(node))
            .or(reached.first().filter(|_| manages))
            .copied();
        if let Some(second) = second.filter(|second| !present.contains(second)) {
            let command = CommandId(rand::random());
            self.add_hosts(grant.space, grant.by, command, BTreeSet::from([second]))?;
        }
        let mut sponsors: Vec<NodeId> = second.into_iter().chain([me]).collect();
        sponsors.sort();
        Ok(sponsors)
    }

    fn welcome(&self) -> Admitted {
        Admitted {
            realm_name: self.me.realm_name.clone(),
            issuer_name: self.me.name.clone(),
        }
    }

    /// The realm's first contact of a site that has joined and heard nothing yet.
    pub(crate) fn load_bootstrap(&mut self) -> Result<(), StoreError> {
        let Some(bytes) = self.log_store.meta("bootstrap")? else {
            return Ok(());
        };
        let Ok((issuer, name, addresses)) =
            postcard::from_bytes::<(NodeId, String, Vec<String>)>(&bytes)
        else {
            return Ok(());
        };
        let realm = SpaceId(self.me.realm.0);
        self.provisional
            .insert(realm, BTreeSet::from([self.me.node, issuer]));
        self.directory.set_site(issuer, name);
        self.links.entry(issuer).or_default().addresses = addresses;
        self.register_space(realm);
        Ok(())
    }

    /// Spaces that a site is to carry and has not acknowledged anything of: told until it does.
    pub(crate) fn offers_for(&self, peer: &NodeId) -> Vec<SpaceId> {
        let acks = self.acks.get(peer);
        // What it wrote in an earlier life it may have forgotten.
        let writer = self
            .catalog
            .certificate(peer)
            .and_then(|lives| lives.writers.last().copied());
        let heard = |space: &SpaceId| {
            self.catalog.logs_of(space).iter().any(|log| {
                acks.and_then(|heights| heights.get(&log.number))
                    .is_some_and(|height| *height > 0)
                    || (log.state.node == *peer && Some(log.state.writer) == writer)
            })
        };
        self.summaries
            .keys()
            .filter(|space| self.hosts_of(space).contains(peer) && !heard(space))
            .copied()
            .collect()
    }

    /// A site of the realm asks us to carry spaces. What they hold decides later who may what.
    /// Nothing is stored before the first entry comes.
    pub(crate) fn offered(&mut self, peer: NodeId, spaces: Vec<SpaceId>) {
        tracing::debug!("{peer:?} offers {} spaces", spaces.len());
        let realm = SpaceId(self.me.realm.0);
        if !self.hosts_of(&realm).contains(&peer) {
            self.count_refused("offer-of-a-stranger");
            return;
        }
        for space in spaces {
            if let Some(hosts) = self.provisional.get_mut(&space) {
                // Who offered it first may be gone before all of it is here.
                if hosts.insert(peer) {
                    let hosts = self.hosts_of(&space);
                    self.machine_event(Event::SpaceChanged { space, hosts });
                }
                continue;
            }
            if self.catalog.space_number(&space).is_some() {
                continue;
            }
            let open = self
                .provisional
                .values()
                .filter(|hosts| hosts.contains(&peer))
                .count();
            if open >= OFFERS_OPEN_MAX || self.catalog.spaces().count() >= SPACES_PER_REALM_MAX {
                self.count_refused("offers-full");
                return;
            }
            let hosts = BTreeSet::from([self.me.node, peer]);
            self.provisional.insert(space, hosts.clone());
            self.machine_event(Event::SpaceChanged { space, hosts });
        }
    }

    /// A peer knows writer keys of ours that we forgot: this directory comes from an old backup.
    pub(crate) fn adopt_lives(&mut self, known: &NodeCertificate) {
        if let Some(certificate) = self.merged_lives(&known.writers) {
            self.machine_event(Event::Certificate { certificate });
        }
    }

    /// This site's list of lives with these named in it; kept when it changed.
    fn merged_lives(&mut self, known: &[WriterKey]) -> Option<NodeCertificate> {
        let current = self.writer_key();
        let mut writers: Vec<_> = self.me.certificate.writers.clone();
        writers.extend(known.iter().copied());
        let mut ordered = Vec::new();
        for writer in writers {
            if writer != current && !ordered.contains(&writer) {
                ordered.push(writer);
            }
        }
        ordered.push(current);
        if ordered == self.me.certificate.writers {
            return Some(self.me.certificate.clone());
        }
        let certificate = NodeCertificate::sign(&self.me.node_key, ordered);
        if let Err(failure) = identity::keep_life(&self.me.directory, &self.me.writer, &certificate)
        {
            tracing::error!("{failure}");
            self.count_refused("certificate-not-kept");
            return None;
        }
        self.me.certificate = certificate.clone();
        self.certificate_came(certificate.clone());
        Some(certificate)
    }

    /// At the start: the list of lives names every key that signed a log here, whatever file a
    /// restore left out, and the store knows the list. A directory from a backup honours no ticket.
    pub(crate) fn remember_lives(&mut self) {
        let me = self.me.node;
        let mut known = self
            .catalog
            .certificate(&me)
            .map_or_else(Vec::new, |stored| stored.writers.clone());
        for (space, _) in self.catalog.spaces() {
            let logs = self.catalog.logs_of(&space).iter();
            let own = logs.filter(|known| known.state.node == me);
            known.extend(own.map(|known| known.state.writer));
        }
        if let Some(certificate) = self.merged_lives(&known) {
            if self.catalog.certificate(&me) != Some(&certificate) {
                self.certificate_came(certificate.clone());
            }
            self.machine_event(Event::Certificate { certificate });
        }
        let soon = self.clock.now_ms();
        let spaces = self.catalog.spaces().map(|(space, _)| space);
        let forked = spaces.filter(|space| self.catalog.has_fork(space));
        self.adoptions.extend(forked.map(|space| (space, soon)));
        if self.me.new_life {
            if self.catalog.spaces().next().is_some() {
                tracing::warn!(
                    "there was no writer.key: a new life of this site begins, as after a restore"
                );
            }
            self.void_tickets();
        }
    }

    /// A restored directory may hold tickets as open that were used since.
    fn void_tickets(&mut self) {
        if !self.tickets.is_empty() {
            tracing::warn!("{} tickets are void since the restore", self.tickets.len());
            self.tickets.clear();
            self.keep_tickets();
        }
    }

    /// A peer shows entries of ours that are not here. Every space may say so at once; the first
    /// ends the life, and the others speak of a log that is not written any more.
    pub(crate) fn own_log_ahead(&mut self, space: &SpaceId, log: &LogId) {
        if LogId::of(&self.writer_key(), space) == *log {
            self.renew_writer();
        }
    }

    /// Our own log was longer once: this writer key is burnt. A new one begins new logs.
    fn renew_writer(&mut self) {
        let writers = self.me.certificate.writers.clone();
        let renewed = identity::renew(&self.me.directory, &self.me.node_key, writers);
        let (fresh, certificate) = match renewed {
            Ok(renewed) => renewed,
            Err(failure) => {
                // The site goes on reading and serving; its technician reads why it cannot write.
                tracing::error!("{failure}");
                self.count_refused("writer-not-renewed");
                return;
            }
        };
        tracing::error!(
            "another site holds newer entries of ours: this disk went back in time. New entries \
             go to a new log; the old one is fetched from the others"
        );
        self.catalog.keep_own_heads(&self.me.node, &mut self.batch);
        self.catalog.former = Some(self.writer_key());
        self.me.writer = fresh;
        self.me.new_life = true;
        self.catalog.writer = self.writer_key();
        self.me.certificate = certificate.clone();
        self.certificate_came(certificate.clone());
        self.void_tickets();
        self.after.push(After::Renewed(certificate));
    }
}
