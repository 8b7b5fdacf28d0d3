//! The hub: one thread that owns everything a site knows, and the closed list of what can wake it.
//!
//! It has no lock and waits for nothing but its next [`Wake`]: disk writes go to the commit threads
//! and come back as tickets, frames go to bounded queues. Reading order: this file is the loop;
//! `writing` makes entries, `exchange` feeds the machine that keeps sites in step, `spaces` loads
//! and judges, `documents` holds open pages, `commands` and `queries` answer people, `browsers`
//! tells open tabs, `directory` knows sites and people, `status` speaks to the technician,
//! `storage` lends the stores.

mod accounts;
mod admission;
mod admitting;
pub(crate) mod archive;
pub(crate) mod archived;
mod audit;
mod awaiting;
mod browsers;
mod catalog;
mod clock;
mod closing;
mod commands;
mod copying;
mod deletions;
mod destroying;
mod directory;
mod documents;
mod doubles;
mod durable;
mod entering;
mod erasing;
mod erasures;
mod exchange;
mod following;
mod forks;
mod groups;
mod guest_site;
mod guests;
mod handle;
mod healing;
mod held;
mod held_index;
mod home;
mod inviting;
mod item;
mod leaving;
mod listing;
mod lists;
mod live;
mod lives;
mod logging;
mod looking;
mod members;
mod myself;
mod opening;
mod ordering;
pub(crate) mod own_data;
pub(crate) mod presence;
mod queries;
mod read_marks;
mod realm;
mod rebuilding;
mod recovery;
mod refusals;
mod retiring;
mod rows;
mod saving;
mod snapshots;
mod space;
mod space_summary;
mod spaces;
mod status;
mod storage;
pub(crate) mod templates;
mod trying;
mod twice;
mod typed;
mod undoing;
mod vouching;
mod wakes;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::machine::{Effect, Event, Machine, MachineConfig};
use bocage_protocol::ticket::TicketId;
use tokio::sync::{mpsc, oneshot};

use crate::api::{ApiError, SessionId};
use crate::net::{NetEvent, NetHandle};
use crate::store::{
    Committer, EntryPlace, LogNumber, LogStore, StateStore, StateWrite, StoreError, StoreWrite,
    Ticket,
};
use crate::trial::Trials;
use crate::web::home::Asked;
use crate::web::site::Session;
use browsers::Browsers;
use catalog::Catalog;
use clock::Clock;
use directory::Directory;
use documents::Documents;
use exchange::Link;
use presence::RemotePresence;
use space::Space;
use spaces::Summary;

pub(crate) use admission::Admitted as AdmittedSite;
pub(crate) use admitting::NotNamed;
pub(crate) use directory::Admitted;
pub(crate) use doubles::replayed;
pub(crate) use guest_site::{GUEST_META, GuestRecord, GuestWelcome};
pub use handle::HubHandle;
pub(crate) use handle::role_of;
pub(crate) use leaving::{Rehomed, RemovedSite};
pub(crate) use myself::Myself;
pub(crate) use realm::{Authority, RightsLine};
pub(crate) use retiring::Departure;
pub(crate) use rows::role_word;
pub(crate) use storage::Storage;
use wakes::Report;
pub(crate) use wakes::{After, Wake};

/// Requests waiting for the hub. A full queue answers «busy», it never grows.
pub(crate) const WAKES_MAX: usize = 8_192;
/// Network events waiting: while full, peers are held back by the transport.
pub(crate) const NET_EVENTS_MAX: usize = 1_024;
/// Wakes taken in one turn: joins their writes into one commit and one frame per peer.
const WAKES_PER_TURN: usize = 256;
/// Longest sleep: browsers are told of changed lists, rows are saved, spaces put away.
const TURN_WAIT_MAX: Duration = Duration::from_millis(100);

pub(crate) type Reply<T> = oneshot::Sender<Result<T, ApiError>>;

/// The state of a site. See the module.
pub(crate) struct Hub {
    me: Myself,
    clock: Clock,
    started_ms: u64,
    catalog: Catalog,
    log_store: Arc<LogStore>,
    state_store: Arc<StateStore>,
    commits: Committer<StoreWrite>,
    saves: Committer<StateWrite>,
    machine: Machine,
    effects: VecDeque<Effect>,
    running_effects: bool,
    net: Option<NetHandle>,
    /// The network of guests; a guest site has no other.
    edge: Option<NetHandle>,
    guests: guests::Guests,
    trying: trying::Trying,
    /// Of a guest site.
    own_people: guest_site::OwnPeople,
    spaces: BTreeMap<SpaceId, Space>,
    summaries: BTreeMap<SpaceId, Summary>,
    directory: Directory,
    sessions: BTreeMap<SessionId, Session>,
    browsers: Browsers,
    documents: Documents,
    presence: RemotePresence,
    links: BTreeMap<NodeId, Link>,
    /// Durable heights that peers told, per log number.
    acks: BTreeMap<NodeId, BTreeMap<LogNumber, u64>>,
    acks_dirty: BTreeSet<NodeId>,
    refused: BTreeMap<String, u64>,
    /// What commands did lately, for retries.
    done: BTreeMap<(PersonId, CommandId), commands::Done>,
    done_order: VecDeque<(PersonId, CommandId)>,
    /// Writes of this turn and what follows them.
    batch: Vec<StoreWrite>,
    after: Vec<After>,
    durable: VecDeque<(Ticket, Vec<After>)>,
    /// Rows changed in this turn.
    touched: BTreeMap<SpaceId, BTreeSet<ItemId>>,
    failed: Option<StoreError>,
    /// Whose marks are read since the start.
    marks_read: BTreeSet<PersonId>,
    /// How far each person has read, by channel or post: order and arrival number.
    marks: BTreeMap<PersonId, BTreeMap<ItemId, (Order, u64)>>,
    /// Entries given to the disk that may not be readable there yet.
    recent: BTreeMap<EntryPlace, Entry>,
    /// What the commit threads say: at most one message for each commit.
    reports: mpsc::UnboundedReceiver<Report>,
    /// For trials: at most one message for each on its way.
    report: mpsc::UnboundedSender<Report>,
    /// Rounds of saving: the last one begun, those on their way, the last one on the disk.
    save_round: u64,
    rounds_sent: VecDeque<(Ticket, u64)>,
    saved_round: u64,
    /// Tickets issued here.
    tickets: BTreeMap<TicketId, admission::Issued>,
    drills: recovery::Drills,
    twice: twice::Twice,
    retiring: Option<BTreeSet<SpaceId>>,
    /// Spaces that are judged anew.
    rejudge: rebuilding::Rejudging,
    /// When branches of this site's own logs are to be taken up, by space.
    adoptions: BTreeMap<SpaceId, u64>,
    /// When to look again whether neighbours have all above forks, and after how long.
    fork_compare: Option<(u64, u64)>,
    /// Hosts of spaces of which no entry is here yet.
    provisional: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    /// Hosts of each space as the exchange was last told.
    told_hosts: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    /// What is erased, and how far it is destroyed here.
    erasing: erasing::Erasing,
    healing: healing::Healing,
    next_save_ms: u64,
    bytes_sent: u64,
    bytes_received: u64,
    questions: mpsc::Sender<Asked>,
    away: Arc<AtomicBool>,
    /// What the realm decided and spaces are still to follow.
    duties: leaving::Duties,
    deletions: deletions::Deletions,
    groups: groups::Groups,
    following: following::Following,
}

/// What the hub is started with.
pub(crate) struct HubParts {
    pub me: Myself,
    pub log_store: Arc<LogStore>,
    pub state_store: Arc<StateStore>,
    /// Questions of other sites about people at home here.
    pub questions: mpsc::Sender<Asked>,
    /// Whether a site of the realm does not answer; the web server asks for every refused sign-in.
    pub away: Arc<AtomicBool>,
    /// The queue before the process that tries changes.
    pub trials: Trials,
}

impl Hub {
    /// Reads the disk and brings the views up to its heights.
    pub(crate) fn open(parts: HubParts, admitted: directory::Admitted) -> Result<Self, StoreError> {
        let HubParts {
            mut me,
            log_store,
            state_store,
            questions,
            away,
            trials,
        } = parts;
        let clock = Clock::start();
        let mut loaded = log_store.load()?;
        let now_ms = clock.wall_ms();
        destroying::compact_at_start(&log_store, &state_store, &mut loaded.erasures, now_ms)?;
        let writer = bocage_crdt::ids::WriterKey(me.writer.verifying_key().to_bytes());
        let mut catalog = Catalog::load(
            Arc::clone(&log_store),
            loaded.spaces,
            loaded.logs,
            loaded.certificates,
            &me.node,
            &writer,
        )?;
        if catalog.is_cut_short() {
            lives::begin_anew(&mut me, &mut catalog, &log_store)?;
        }
        let machine = Machine::new(
            MachineConfig {
                me: me.node,
                certificate: me.certificate.clone(),
                realm: me.realm,
                name: me.name.clone(),
            },
            &catalog,
        );
        let writing = Arc::clone(&log_store);
        let saving = Arc::clone(&state_store);
        let (durable, reports) = mpsc::unbounded_channel();
        let saved = durable.clone();
        let tried = durable.clone();
        let mut hub = Self {
            started_ms: clock.wall_ms(),
            clock,
            catalog,
            commits: Committer::start(
                "commit",
                move |writes| writing.commit(writes),
                // Never waits: the hub may be waiting for this thread.
                move |report| drop(durable.send(Report::Log(report))),
            ),
            saves: Committer::start(
                "save",
                move |writes| saving.commit(writes),
                move |report| drop(saved.send(Report::State(report))),
            ),
            log_store,
            state_store,
            machine,
            effects: VecDeque::new(),
            running_effects: false,
            net: None,
            edge: None,
            guests: guests::Guests::default(),
            trying: trying::Trying::new(trials),
            own_people: guest_site::OwnPeople::default(),
            spaces: BTreeMap::new(),
            summaries: BTreeMap::new(),
            directory: Directory::new(me.node, me.name.clone(), loaded.accounts, admitted),
            sessions: BTreeMap::new(),
            browsers: Browsers::default(),
            documents: Documents::default(),
            presence: RemotePresence::default(),
            links: BTreeMap::new(),
            acks: BTreeMap::new(),
            acks_dirty: BTreeSet::new(),
            refused: BTreeMap::new(),
            done: BTreeMap::new(),
            done_order: VecDeque::new(),
            batch: Vec::new(),
            after: Vec::new(),
            durable: VecDeque::new(),
            touched: BTreeMap::new(),
            failed: None,
            marks_read: BTreeSet::new(),
            marks: BTreeMap::new(),
            recent: BTreeMap::new(),
            reports,
            report: tried,
            save_round: 0,
            rounds_sent: VecDeque::new(),
            saved_round: 0,
            tickets: BTreeMap::new(),
            drills: Vec::new(),
            twice: twice::Twice::new(),
            retiring: None,
            rejudge: rebuilding::Rejudging::default(),
            adoptions: BTreeMap::new(),
            fork_compare: None,
            provisional: BTreeMap::new(),
            told_hosts: BTreeMap::new(),
            erasing: erasing::Erasing::new(loaded.erasures),
            healing: healing::Healing::default(),
            next_save_ms: 0,
            bytes_sent: 0,
            bytes_received: 0,
            questions,
            away,
            duties: leaving::Duties::default(),
            deletions: deletions::Deletions::default(),
            groups: groups::Groups::default(),
            following: following::Following::default(),
            me,
        };
        crate::store::reseal_aside(&hub.log_store, &hub.state_store);
        hub.directory.guest = hub.me.guest;
        hub.load_sessions(loaded.sessions);
        hub.load_acks()?;
        hub.load_tickets()?;
        hub.load_drills()?;
        hub.load_twice()?;
        hub.remember_lives();
        if hub.me.guest {
            hub.load_guest()?;
        } else {
            hub.load_bootstrap()?;
        }
        hub.load_summaries()?;
        hub.load_live(loaded.live)?;
        hub.end_turn();
        Ok(hub)
    }

    /// Runs until asked to close or until the disk fails.
    pub(crate) async fn run(
        mut self,
        mut wakes: mpsc::Receiver<Wake>,
        mut net_events: mpsc::Receiver<NetEvent>,
    ) -> Result<(), StoreError> {
        let mut turn = Vec::with_capacity(WAKES_PER_TURN);
        let mut frames = Vec::with_capacity(WAKES_PER_TURN);
        loop {
            let wait = self.next_wait();
            let heard = !net_events.is_closed() || !net_events.is_empty();
            tokio::select! {
                biased;
                // A closed queue would be ready for ever.
                _ = net_events.recv_many(&mut frames, WAKES_PER_TURN), if heard => {}
                Some(report) = self.reports.recv() => self.on_report(report),
                _ = wakes.recv_many(&mut turn, WAKES_PER_TURN) => {}
                () = tokio::time::sleep(wait) => {}
            }
            // Whatever woke the hub, each source gets its share of the turn.
            while let Ok(report) = self.reports.try_recv() {
                self.on_report(report);
            }
            while turn.len() < WAKES_PER_TURN
                && let Ok(wake) = wakes.try_recv()
            {
                turn.push(wake);
            }
            for event in frames.drain(..) {
                self.net_event(event);
            }
            for wake in turn.drain(..) {
                if let Wake::Close(done) = wake {
                    // Closed first: a commit thread that reports must never wait for us here.
                    wakes.close();
                    self.close();
                    // The caller may have given up waiting; the work is done all the same.
                    let _ = done.send(());
                    return self.failed.map_or(Ok(()), Err);
                }
                self.wake(wake);
            }
            self.tick();
            self.end_turn();
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
        }
    }

    fn next_wait(&self) -> Duration {
        let now = self.clock.now_ms();
        let due = [self.machine.next_wake_ms(), self.documents.next_due_ms()];
        due.into_iter()
            .flatten()
            .chain(self.rejudge.due_ms())
            .map(|at| Duration::from_millis(at.saturating_sub(now)))
            .fold(TURN_WAIT_MAX, Duration::min)
    }

    /// Feeds the machine and carries out what it asks for.
    pub(crate) fn machine_event(&mut self, event: Event) {
        let now = self.clock.now_ms();
        let mut effects = Vec::new();
        self.machine.handle(now, event, &self.catalog, &mut effects);
        self.effects.extend(effects);
        self.run_effects();
    }

    fn tick(&mut self) {
        let now = self.clock.now_ms();
        if self.machine.next_wake_ms().is_some_and(|due| due <= now) {
            self.machine_event(Event::Tick);
        }
        self.forks_tick(now);
        self.leaving_tick(now);
        self.following_tick(now);
        self.deletions_tick(now);
        self.documents_tick(now);
        self.save_tick(now);
        self.browsers_tick(now);
        self.presence_tick(now);
        self.guests_tick(now);
        self.awaiting_tick(now);
        self.trying_tick(now);
        let away = self.links.values().any(|link| !link.connected);
        self.away.store(away, Ordering::Relaxed);
        self.erasing_tick(now);
        self.healing_tick(now);
    }

    /// Hands the turn's writes to the disk and tells the browsers what changed.
    fn end_turn(&mut self) {
        if !self.batch.is_empty() || !self.after.is_empty() {
            let written = self.batch.iter().filter_map(|write| match write {
                StoreWrite::Entry(place, _) => Some(*place),
                _ => None,
            });
            self.after.push(After::Readable(written.collect()));
            let ticket = self.commits.write(std::mem::take(&mut self.batch));
            self.durable
                .push_back((ticket, std::mem::take(&mut self.after)));
        }
        self.tell_browsers();
    }
}
