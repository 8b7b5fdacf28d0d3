//! What commands ask of the site and what they get back: plain values, no behaviour. Reports are
//! also printed as JSON, so their field names are a promise to scripts.

use std::path::PathBuf;

use bocage_crdt::ids::{NodeId, RealmId};
use bocage_protocol::ticket::{Ticket, WORDS};
use serde::Serialize;
use tokio::sync::watch;

use crate::api::status::RecoveryState;
use crate::config::Config;
use crate::recovery::Signing;

/// Turns true once, when the program is asked to end.
pub type Stop = watch::Receiver<bool>;

/// Where a site lives, and its settings.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data directory; it may not exist yet.
    pub data_directory: PathBuf,
    /// The configuration, read and checked.
    pub config: Config,
}

/// `bocage init`
#[derive(Debug, Clone)]
pub struct FoundRequest {
    /// Name of the realm.
    pub realm_name: String,
    /// Name of its first site.
    pub site_name: String,
    /// The first person: opens spaces, looks after the site.
    pub person: PersonRequest,
}

/// A realm was founded.
#[derive(Debug, Clone)]
pub struct Founded {
    /// The realm.
    pub realm: RealmId,
    /// Its first site.
    pub node: NodeId,
    /// Shown once and never stored.
    pub recovery_key: [u8; 32],
    /// What to open in a browser once the site runs.
    pub web_address: String,
    /// The first person's way in.
    pub person: PasswordSet,
}

/// `bocage invite`
#[derive(Debug, Clone)]
pub struct InviteRequest {
    /// How long the ticket is good for, 1 to 24 hours.
    pub hours: u8,
    /// Written into the ticket instead of the configured addresses, when given.
    pub addresses: Vec<String>,
}

/// `bocage admitting add` and `remove`
#[derive(Clone)]
pub struct AdmittingRequest {
    /// The site's name; this one without.
    pub site: Option<String>,
    /// Whether it may admit others from now on.
    pub admits: bool,
    /// What signs the operation.
    pub root: Signing,
}

/// `bocage person grant` and `withdraw`, `bocage registrar add` and `remove`
#[derive(Clone)]
pub struct RightsRequest {
    /// Whose; with `@` and the site where several people have the login.
    pub login: String,
    /// Opening spaces.
    pub opens_spaces: bool,
    /// Looking after sites.
    pub technician: bool,
    /// Naming those two.
    pub registrar: bool,
    /// Given, or taken.
    pub given: bool,
    /// The territory for which they are; everywhere without.
    pub territory: Option<String>,
    /// The registrar in whose name; whoever may without.
    pub by: Option<String>,
    /// The root instead of a registrar.
    pub root: Option<Signing>,
}

/// `bocage recovery share`
#[derive(Clone)]
pub struct ShareRequest {
    /// How many new keys.
    pub keys: u8,
    /// How many of them sign together.
    pub threshold: u8,
    /// What signs the change.
    pub root: Signing,
}

/// New recovery keys, shown once and never stored.
pub struct Shared {
    /// The realm.
    pub realm_name: String,
    /// Their version.
    pub version: u32,
    /// How many of them sign together.
    pub threshold: u8,
    /// In the order in which they are numbered.
    pub keys: Vec<[u8; 32]>,
}

/// What one person may in the realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsRow {
    /// As shown to others.
    pub name: String,
    /// As typed to sign in.
    pub login: String,
    /// Her home site.
    pub site: String,
    /// Rights, each with its territory if it is for one only.
    pub rights: Vec<(String, Option<String>)>,
    /// Rights that her site asks for.
    pub asks: Vec<String>,
}

/// A ticket was issued.
#[derive(Debug, Clone)]
pub struct Invited {
    /// To be handed to one person.
    pub ticket: Ticket,
}

/// A ticket was redeemed.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// The new site.
    pub node: NodeId,
    /// Its name.
    pub site_name: String,
    /// To be compared with the other screen.
    pub words: [u16; WORDS],
}

/// `bocage join`
#[derive(Debug, Clone)]
pub struct JoinRequest {
    /// The ticket.
    pub ticket: Ticket,
    /// Name of the new site.
    pub site_name: String,
}

/// This site has joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Name of the realm.
    pub realm_name: String,
    /// This site.
    pub node: NodeId,
    /// To be compared with the other screen.
    pub words: [u16; WORDS],
    /// What to open in a browser once the site runs.
    pub web_address: String,
}

/// `bocage guest init`
#[derive(Debug, Clone)]
pub struct GuestInitRequest {
    /// Name of the guest site.
    pub site_name: String,
    /// Its first person.
    pub person: PersonRequest,
}

/// A guest site is made, and is in no space yet.
#[derive(Debug, Clone)]
pub struct GuestFounded {
    /// This site.
    pub node: NodeId,
    /// Its name.
    pub site_name: String,
    /// What to open in a browser once the site runs.
    pub web_address: String,
    /// Its first person.
    pub person: PasswordSet,
}

/// `bocage guest accept`
#[derive(Debug, Clone)]
pub struct AcceptRequest {
    /// The ticket.
    pub ticket: Ticket,
}

/// This guest site was let into a space.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Name of the partner's realm.
    pub realm_name: String,
    /// This site.
    pub node: NodeId,
    /// To be compared with the other screen.
    pub words: [u16; WORDS],
    /// What to open in a browser once the site runs.
    pub web_address: String,
}

/// `bocage person add`
#[derive(Debug, Clone)]
pub struct PersonRequest {
    /// As shown to others.
    pub name: String,
    /// As typed to sign in.
    pub login: String,
    /// What she does, shown beside her name.
    pub job: Option<String>,
    /// May open spaces.
    pub opens_spaces: bool,
    /// Sees the site's status page.
    pub technician: bool,
    /// Her password; none: one is made up and must be changed.
    pub password: Option<String>,
}

/// A person can sign in.
#[derive(Debug, Clone)]
pub struct PasswordSet {
    /// As typed to sign in.
    pub login: String,
    /// Set when it was made up; shown once and never stored.
    pub password: Option<String>,
    /// Rights of the realm that are asked for her: no registrar at home here could give them.
    pub asks: Vec<String>,
}

/// `bocage export`
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Id or whole name of the space.
    pub space: String,
    /// A file that does not exist yet.
    pub to: PathBuf,
}

/// `bocage demo`
#[derive(Debug, Clone)]
pub struct DemoRequest {
    /// Holds the three sites' data directories.
    pub directory: PathBuf,
    /// Ports from here on: three for browsers, three for sites.
    pub first_port: u16,
    /// Begin with fresh example data.
    pub fresh: bool,
    /// End once the example data is written.
    pub seed_only: bool,
}

/// `bocage rebuild`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RebuildReport {
    /// Spaces rebuilt.
    pub spaces: u64,
    /// Items in them.
    pub items: u64,
    /// Entries read.
    pub entries: u64,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// `bocage status`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// This site's name.
    pub site_name: String,
    /// Its id.
    pub node: NodeId,
    /// The realm's name.
    pub realm_name: String,
    /// The program's version.
    pub version: String,
    /// Whether the site runs now.
    pub running: bool,
    /// The data directory.
    pub data_directory: PathBuf,
    /// Bytes used by the data directory.
    pub data_bytes: u64,
    /// Bytes free on its disk, when known.
    pub free_bytes: Option<u64>,
    /// Spaces carried here.
    pub spaces: u64,
    /// Entries stored here.
    pub entries: u64,
    /// What waits for something: words and a number each.
    pub waiting: Vec<Count>,
    /// What was refused since the start, by name.
    pub refused: Vec<Count>,
    /// The realm's recovery keys; null on a guest site.
    pub recovery: Option<RecoveryState>,
    /// The other sites.
    pub sites: Vec<SiteLine>,
    /// What the technician should do something about.
    pub warnings: Vec<String>,
}

/// A name and a number.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// What.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Another site, seen from this one.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteLine {
    /// Its name.
    pub name: String,
    /// Its id.
    pub node: NodeId,
    /// Whether a link stands now.
    pub linked: bool,
    /// Address of the link, or the first one dialled.
    pub address: Option<String>,
    /// `quic` or `tcp`.
    pub transport: Option<String>,
    /// Measured on the link.
    pub round_trip_ms: Option<f64>,
    /// Last news, milliseconds since 1970 UTC.
    pub last_contact_ms: Option<u64>,
    /// Entries it has told us of that are not here.
    pub missing_here: u64,
    /// Entries here that it has not acknowledged.
    pub missing_there: u64,
}
