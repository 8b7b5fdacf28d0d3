//! Keeps a libp2p behaviour (the gossip) to connections with members of the realm. Connections of
//! strangers, who may only ask to join, carry none of its streams, and their number is bounded.
//! On the edge nobody hears the gossip: guests are known there, and told nothing of the realm.

use std::collections::{BTreeMap, BTreeSet};
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::derive_prelude::Either;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// Connections of strangers at once: four joins under way, and a few that knock.
const STRANGERS_MAX: usize = 16;

/// The reason given when [`STRANGERS_MAX`] is reached.
#[derive(Debug)]
pub(crate) struct TooManyStrangers;

impl std::fmt::Display for TooManyStrangers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("too many unknown peers are connected")
    }
}

impl std::error::Error for TooManyStrangers {}

/// `inner`, seeing members only. Whether a connection is a member's is settled when it begins.
pub(crate) struct Members<B> {
    pub(crate) inner: B,
    /// Whether members hear `inner` at all.
    speaks: bool,
    members: BTreeSet<PeerId>,
    connections: BTreeMap<ConnectionId, PeerId>,
    strangers: BTreeSet<ConnectionId>,
}

impl<B> Members<B> {
    pub(crate) fn new(inner: B, speaks: bool) -> Self {
        Self {
            inner,
            speaks,
            members: BTreeSet::new(),
            connections: BTreeMap::new(),
            strangers: BTreeSet::new(),
        }
    }

    /// Applies to connections that begin from now on.
    pub(crate) fn set(&mut self, members: BTreeSet<PeerId>) {
        self.members = members;
    }

    /// Whether the connection began while its peer was no member.
    pub(crate) fn is_stranger(&self, connection: ConnectionId) -> bool {
        self.strangers.contains(&connection)
    }

    /// Connections of the peer that `inner` knows, but for `connection`.
    fn others(&self, peer: PeerId, connection: ConnectionId) -> usize {
        self.connections
            .iter()
            .filter(|(id, other)| **other == peer && **id != connection)
            .count()
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for Members<B> {
    type ConnectionHandler = Either<THandler<B>, dummy::ConnectionHandler>;
    type ToSwarm = B::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.members.contains(&peer) {
            if !self.speaks {
                return Ok(Either::Right(dummy::ConnectionHandler));
            }
            return self
                .inner
                .handle_established_inbound_connection(id, peer, local, remote)
                .map(Either::Left);
        }
        if self.strangers.len() >= STRANGERS_MAX {
            return Err(ConnectionDenied::new(TooManyStrangers));
        }
        Ok(Either::Right(dummy::ConnectionHandler))
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.speaks || !self.members.contains(&peer) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.inner
            .handle_established_outbound_connection(id, peer, address, role, port)
            .map(Either::Left)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(established) => {
                let (peer, id) = (established.peer_id, established.connection_id);
                if !self.members.contains(&peer) {
                    self.strangers.insert(id);
                    return;
                }
                if !self.speaks {
                    return;
                }
                self.connections.insert(id, peer);
                let other_established = self.others(peer, id);
                self.inner.on_swarm_event(FromSwarm::ConnectionEstablished(
                    ConnectionEstablished {
                        other_established,
                        ..established
                    },
                ));
            }
            FromSwarm::ConnectionClosed(closed) => {
                let id = closed.connection_id;
                if self.strangers.remove(&id) || self.connections.remove(&id).is_none() {
                    return;
                }
                let remaining_established = self.others(closed.peer_id, id);
                self.inner
                    .on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
                        remaining_established,
                        ..closed
                    }));
            }
            FromSwarm::AddressChange(change)
                if !self.connections.contains_key(&change.connection_id) => {}
            other => self.inner.on_swarm_event(other),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            Either::Left(event) => self.inner.on_connection_handler_event(peer, id, event),
            // The handler of strangers has no events: its event type has no value.
            Either::Right(event) => match event {},
        }
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.inner
            .poll(context)
            .map(|event| event.map_in(Either::Left))
    }
}
