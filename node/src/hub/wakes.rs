//! The closed list of what can wake the hub beside the network and time, and what it does once a
//! batch is durable.

use axum::body::Bytes;
use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::Entry;
use bocage_protocol::machine::LiveChanges;
use std::collections::BTreeMap;
use tokio::sync::oneshot;

use super::{Hub, Reply};
use crate::api::{BrowserMessage, CommandEnvelope, Query, SessionId};
use crate::net::NetHandle;
use crate::store::{Durable, EntryPlace, StateWrite};
use crate::web::site::{
    Account, AccountKey, AttachmentId, NewPerson, Outbox, Session, SetBy, Viewer,
};

/// Everything that can wake the hub, beside the network and time.
pub(crate) enum Wake {
    Query(Viewer, Query, Reply<Bytes>),
    Command(Viewer, Box<CommandEnvelope>, Reply<Bytes>),
    Attach(AttachmentId, Viewer, Outbox),
    Browser(AttachmentId, BrowserMessage),
    Detach(AttachmentId),
    Account(AccountKey, oneshot::Sender<Option<Account>>),
    Sessions(oneshot::Sender<Vec<Session>>),
    PutSession(Session, Reply<()>),
    DropSessions(Vec<SessionId>, Reply<()>),
    Status(Reply<Bytes>),
    AddPerson(Box<NewPerson>, Reply<crate::api::rows::PersonRef>),
    SetVerifier(String, String, SetBy, Reply<crate::api::rows::PersonRef>),
    /// Canonical rows of every space, for comparing sites.
    Fingerprints(oneshot::Sender<BTreeMap<SpaceId, String>>),
    /// What was done since the start.
    Counters(oneshot::Sender<crate::api::admin::Counters>),
    /// The network listens: from now on it is fed.
    Net(NetHandle),
    /// Something of the command line, with a call when it is durable.
    Act(Box<dyn FnOnce(&mut Hub) + Send>, Reply<()>),
    Close(oneshot::Sender<()>),
}

/// What a commit thread says, or the child process that tries changes.
pub(super) enum Report {
    Log(Durable),
    State(Durable),
    /// The answer to a trial, by its number.
    Trial(u64, crate::trial::Trial),
}

/// What happens once a batch is durable.
#[expect(
    clippy::large_enum_variant,
    reason = "moved twice in its life, in queues of one turn; a box would be an allocation per entry"
)]
pub(crate) enum After {
    Answer(Reply<Bytes>, Bytes),
    Done(Reply<()>),
    Person(
        Reply<crate::api::rows::PersonRef>,
        crate::api::rows::PersonRef,
    ),
    Publish(SpaceId, Entry),
    /// A new life of this site: its list of writer keys, once all of the former log is durable.
    Renewed(NodeCertificate),
    MachineStored(u64),
    SendLive(LiveChanges),
    TabSaved(AttachmentId, ItemId, u64),
    JoinAnswer(oneshot::Sender<Vec<u8>>, Vec<u8>),
    CatchUp(SpaceId),
    /// Damaged entries of the space were written anew.
    Healed(SpaceId),
    /// Rows that include nothing but what is durable by now; with the last of a round its number.
    Save(Vec<StateWrite>, Option<u64>),
    /// These entries can be read from the disk now.
    Readable(Vec<EntryPlace>),
    /// The log file is compacted.
    LogCompacted,
}

impl Hub {
    /// Answers, or begins what ends in an answer.
    pub(super) fn wake(&mut self, wake: Wake) {
        if matches!(
            wake,
            Wake::Query(..) | Wake::Command(..) | Wake::Browser(..)
        ) {
            self.erasing.compaction.asked_ms = self.clock.now_ms();
        }
        match wake {
            Wake::Query(viewer, query, reply) => self.asked(viewer, query, reply),
            Wake::Command(viewer, envelope, reply) => {
                self.know_marks(&viewer.person);
                self.command(viewer, *envelope, reply);
            }
            Wake::Attach(id, viewer, outbox) => self.attach(id, viewer, outbox),
            Wake::Browser(id, message) => self.browser(id, message),
            Wake::Detach(id) => self.detach(id),
            Wake::Account(key, reply) => {
                let _ = reply.send(self.directory.account(&key));
            }
            Wake::Sessions(reply) => {
                let _ = reply.send(self.sessions.values().cloned().collect());
            }
            Wake::PutSession(session, reply) => self.put_session(session, reply),
            Wake::DropSessions(ids, reply) => self.drop_sessions(&ids, reply),
            Wake::Status(reply) => {
                let answer = self.status_json();
                let _ = reply.send(answer);
            }
            Wake::AddPerson(person, reply) => self.add_person(*person, reply),
            Wake::SetVerifier(login, verifier, by, reply) => {
                self.set_verifier(&login, verifier, by, reply);
            }
            Wake::Fingerprints(reply) => {
                let rows = self.fingerprints();
                let _ = reply.send(rows);
            }
            Wake::Counters(reply) => drop(reply.send(self.counters())),
            Wake::Net(net) => self.start_net(net),
            Wake::Act(action, done) => {
                action(self);
                self.after.push(After::Done(done));
            }
            Wake::Close(_) => unreachable!("the loop takes it first"),
        }
    }
}
