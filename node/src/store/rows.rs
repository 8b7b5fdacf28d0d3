//! What lies in `log.redb`, as its callers see it.

use bocage_crdt::ids::{EntryId, ItemId, LogId, PersonId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::entry::Entry;
use bocage_protocol::log::LogState;
use serde::{Deserialize, Serialize};

/// Short number of a space in this store: keys stay small.
pub type SpaceNumber = u32;
/// Short number of a log in this store.
pub type LogNumber = u32;
/// Set in a log's number: entries of the other branches of that log, should its writer have written
/// two at one place. They are numbered as they came, for their places in the log are taken.
pub const OTHER_BRANCHES: LogNumber = 1 << 31;

/// Where an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPlace {
    /// The log.
    pub log: LogNumber,
    /// Its place there, from 1; among [`OTHER_BRANCHES`] its number in the order of arrival.
    pub seq: u64,
}

/// A log known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// The space it belongs to.
    pub space: SpaceNumber,
    /// Its id.
    pub log: LogId,
    /// Its state, as the exchange between sites last told it. Of our own current log only the
    /// writer holds true: its head is the last entry.
    pub state: LogState,
}

/// A document change that no entry holds yet, durable here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRow {
    /// The space.
    pub space: SpaceId,
    /// The document.
    pub item: ItemId,
    /// Its author.
    pub author: PersonId,
    /// The tab.
    pub origin: bocage_protocol::entry::ActorOrigin,
    /// The change's bytes.
    pub change: Vec<u8>,
}

/// How a person signs in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The person.
    pub person: PersonId,
    /// argon2id in PHC string form.
    pub verifier: String,
    /// Held two rights in the first version; they stand in the realm now.
    pub reserved: [u8; 2],
    /// When the verifier was set: sessions older than this are over.
    pub changed_ms: u64,
}

/// A signed-in browser, keyed by an id derived from its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session's row as the web module encodes it.
    pub bytes: Vec<u8>,
}

/// How far an erasure is at this site, keyed by the operation's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRow {
    /// The space.
    pub space: SpaceId,
    /// Who erased; nobody, where a site did it by itself.
    pub by: PersonId,
    /// What, sorted.
    pub items: Vec<ItemId>,
    /// When it was first seen to stand here, by this site's clock: the waiting time begins.
    pub seen_ms: u64,
    /// When the last payload was overwritten here.
    pub removed_ms: Option<u64>,
    /// When the files were compacted after that: the bytes are gone.
    pub destroyed_ms: Option<u64>,
    /// The site's receipt says what this row says.
    pub receipted: bool,
}

/// One write of a batch.
#[derive(Debug)]
pub enum StoreWrite {
    /// A value under a name.
    Meta(&'static str, Vec<u8>),
    /// A space gets its number.
    Space(SpaceNumber, SpaceId),
    /// A log gets its number, or another state.
    Log(LogNumber, LogRow),
    /// An entry of the log's main line, or of its [`OTHER_BRANCHES`].
    Entry(EntryPlace, Box<Entry>),
    /// A site's writer keys.
    Certificate(Box<NodeCertificate>),
    /// A live change under a running number.
    Live(u64, Box<LiveRow>),
    /// The change is in an entry now.
    LiveDone(u64),
    /// An account under its login.
    Account(String, AccountRow),
    /// An account is no longer kept.
    AccountGone(String),
    /// A session under its id; `None` removes it.
    Session([u8; 16], Option<SessionRow>),
    /// How far an erasure is; `None` forgets it.
    Erasure(EntryId, Option<Box<ErasureRow>>),
    /// Cleans the file of what was overwritten, once the batch is written.
    Compact,
}

/// What is read once, at the start.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Spaces by number.
    pub spaces: Vec<(SpaceNumber, SpaceId)>,
    /// Logs by number.
    pub logs: Vec<(LogNumber, LogRow)>,
    /// Certificates.
    pub certificates: Vec<NodeCertificate>,
    /// Live rows by number.
    pub live: Vec<(u64, LiveRow)>,
    /// Accounts by login.
    pub accounts: Vec<(String, AccountRow)>,
    /// Sessions by id.
    pub sessions: Vec<([u8; 16], SessionRow)>,
    /// Erasures by operation.
    pub erasures: Vec<(EntryId, ErasureRow)>,
}

/// A log's row. Rows from before damaged entries were noted end one byte earlier, and those from
/// before entries could come without payload two: there were none of either.
pub(super) fn read_log(bytes: &[u8]) -> Result<LogRow, String> {
    postcard::from_bytes(bytes)
        .or_else(|_| postcard::from_bytes(&[bytes, &[0]].concat()))
        .or_else(|_| postcard::from_bytes(&[bytes, &[0, 0]].concat()))
        .map_err(|error| format!("a stored row does not decode: {error}"))
}
