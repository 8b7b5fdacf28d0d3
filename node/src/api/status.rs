//! The status page of a site, for its technician.
//!
//! Only shapes; what is measured, and when a site counts as late, is decided elsewhere.
use bocage_crdt::ids::ItemId;
use serde::{Deserialize, Serialize};

use super::rows::SiteRef;

/// The site itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnSite {
    /// Id and name.
    #[serde(flatten)]
    pub site: SiteRef,
    /// Version of the program.
    pub version: String,
    /// When it started.
    pub started_ms: u64,
    /// Whom people ask for help; null when the configuration names nobody.
    pub contact: Option<String>,
    /// Whether its data came from a backup, at this start or since: it writes new logs.
    pub restored: bool,
    /// Where browsers reach it.
    pub web_address: String,
}

/// Another site, as seen from here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SiteLine {
    /// Id and name.
    pub site: SiteRef,
    /// Whether a line is up.
    pub connected: bool,
    /// When it was last heard; null when never.
    pub last_news_ms: Option<u64>,
    /// Since when something waits for it.
    pub late_since_ms: Option<u64>,
    /// Entries that wait for it.
    pub to_send: u64,
    /// Entries it has shown that are not here yet.
    pub missing_here: u64,
    /// Spaces both carry.
    pub spaces: u32,
    /// How far its clock is ahead of ours.
    pub clock_skew_ms: Option<i64>,
    /// Where it is tried.
    pub addresses: Vec<String>,
    /// The line that is up; null without one.
    pub line: Option<LineState>,
}

/// A line that is up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LineState {
    /// The other site's address, as seen here.
    pub address: Option<String>,
    /// `quic` or `tcp`.
    pub transport: String,
    /// There and back, as last measured; null before the first measurement.
    pub round_trip_ms: Option<f64>,
}

/// Items that wait for something, by space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingLine {
    /// The space.
    pub name: String,
    /// How many.
    pub items: u64,
}

/// Entries that the disk of this site damaged, by space and the site that wrote them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DamagedLine {
    /// The space.
    pub space: String,
    /// The site that wrote them.
    pub site: SiteRef,
    /// How many.
    pub entries: u64,
    /// Sites that are asked for them; none when no other site carries the space.
    pub asked: Vec<SiteRef>,
}

/// What was refused, by reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefusedLine {
    /// The named reason.
    pub reason: String,
    /// How often since the start.
    pub count: u64,
}

/// A site that wrote two histories of one log, as a restored or copied machine does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ForkLine {
    /// The site.
    pub site: SiteRef,
    /// The space.
    pub space: String,
    /// Whether what it wrote from there on is still held; else the site has taken both up.
    pub held: bool,
}

/// A site whose key runs twice, as a copied disk does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TwiceLine {
    /// The site; perhaps this one.
    pub site: SiteRef,
    /// Its copies, the one that started first before the others.
    pub runs: Vec<TwiceRun>,
}

/// One of the copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TwiceRun {
    /// Where it was seen.
    pub address: Option<String>,
    /// Since when.
    pub since_ms: u64,
    /// Whether links are kept with this one.
    pub kept: bool,
}

/// The realm's recovery keys, by which they are told apart on paper: eight digits each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecoveryState {
    /// 1 at the founding.
    pub version: u32,
    /// How many sign together.
    pub threshold: u8,
    /// All of them.
    pub keys: Vec<String>,
    /// How many of them were read in an exercise at this site.
    pub tested: u32,
    /// Since when enough of them to act with were read; null when they never were.
    pub drilled_ms: Option<u64>,
    /// Changes of the keys that were made beside another one, and do not stand.
    pub lost: Vec<LostRekey>,
}

/// Two changes of the recovery keys at once: one stands everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LostRekey {
    /// The version that both named.
    pub version: u32,
    /// Keys that signed the one that stands.
    pub kept_by: Vec<String>,
    /// Keys that signed the one that does not.
    pub lost_by: Vec<String>,
}

/// A site that was taken from the realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RemovedSiteLine {
    /// The site.
    pub site: SiteRef,
    /// Whether it left by itself.
    pub own: bool,
}

/// A registrar of the realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegistrarLine {
    /// Her name.
    pub name: String,
    /// Her home site.
    pub site: String,
    /// The territory she is one for; null for the whole realm.
    pub territory: Option<String>,
    /// Named under earlier recovery keys only: spaces opened since they were replaced do not know her.
    pub renew: bool,
}

/// An item of which something is left out at this site: it passed every rule and failed its trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FrozenLine {
    /// The space.
    pub space: String,
    /// The item.
    pub item: ItemId,
    /// Its title, as it is shown.
    pub title: String,
    /// The named reason.
    pub reason: String,
}

/// Room on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Disk {
    /// Free.
    pub free_bytes: u64,
    /// In all.
    pub total_bytes: u64,
    /// Taken by this site's data.
    pub data_bytes: u64,
}

/// How a site fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// The site itself.
    pub site: OwnSite,
    /// Nothing needs the technician.
    pub ok: bool,
    /// The other sites.
    pub sites: Vec<SiteLine>,
    /// What waits.
    pub waiting: Vec<WaitingLine>,
    /// Spaces in which nobody of this site may take out a site that left the realm, or bring in
    /// the new home of a member: their managers are elsewhere, or there is none.
    pub unfollowed: Vec<String>,
    /// Sites that wrote two histories.
    pub forks: Vec<ForkLine>,
    /// Sites that run twice.
    pub twice: Vec<TwiceLine>,
    /// Names of spaces here in which nobody may let others in or out any more.
    pub without_manager: Vec<String>,
    /// The realm's recovery keys; null on a guest site.
    pub recovery: Option<RecoveryState>,
    /// Names of the realm's territories.
    pub territories: Vec<String>,
    /// Its registrars.
    pub registrars: Vec<RegistrarLine>,
    /// Sites that were taken from it.
    pub removed: Vec<RemovedSiteLine>,
    /// Items of which something is left out here.
    pub frozen: Vec<FrozenLine>,
    /// What the disk damaged.
    pub damaged: Vec<DamagedLine>,
    /// What was refused.
    pub refused: Vec<RefusedLine>,
    /// Room on the disk.
    pub disk: Disk,
    /// Whether the data lies on an encrypted disk; null when unknown.
    pub encrypted_disk: Option<bool>,
    /// Spaces carried.
    pub spaces: u32,
    /// Items kept.
    pub items: u64,
    /// Entries of all logs stored.
    pub entries: u64,
    /// Resident memory of the program.
    pub memory_bytes: u64,
}
