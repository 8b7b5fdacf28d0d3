//! What managers and technicians look after: held work, people who ask to enter, who gave what to
//! whom. Only shapes; times are the clock of the site where a thing was written.

use bocage_crdt::features::commands::Role;
use bocage_crdt::ids::{EntryId, ItemId, SpaceId};
use serde::{Deserialize, Serialize};

use super::rows::{PersonRef, SiteRef, SpaceRow};

/// Why work is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum HeldWhy {
    /// The author had not the right when it was written.
    NoRight,
    /// The author was removed, or got a lesser role, meanwhile.
    Removed,
    /// The site did not carry the space.
    NotHost,
    /// The site lost the space meanwhile.
    HostRemoved,
    /// The space was closed meanwhile.
    Closed,
    /// A manager put it aside.
    Quarantined,
    /// The site wrote two histories and has not taken both up.
    Forked,
    /// The site began anew without knowing what it had decided before.
    NotDescended,
    /// A guest's site wrote it, and no sponsor site has let it in: it came after the end of the
    /// stay, was not sound, or no sponsor was in reach.
    NotAdmitted,
    /// For a reason of a later version.
    Other,
}

/// Held work of one person on one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldRow {
    /// Names the row in a list.
    pub id: EntryId,
    /// The space.
    pub space: SpaceId,
    /// Its name.
    pub space_name: String,
    /// What `readmit` and `setAside` name; empty for a decision about rights.
    pub entries: Vec<EntryId>,
    /// The item; null for a decision about rights.
    pub item: Option<ItemId>,
    /// Its kind; `rights` for a decision about rights, `unknown` for one of a later version.
    pub kind: String,
    /// Its title, as far as it is known; a page that is shown: the title shown.
    pub title: String,
    /// What it says, as plain text, perhaps cut; null when it cannot be read (yet).
    pub text: Option<String>,
    /// Words written; null when they cannot be counted.
    pub words: Option<u32>,
    /// The author.
    pub person: PersonRef,
    /// The site where it was written.
    pub site: SiteRef,
    /// When the first and the last of it were written, by the writer's clock.
    pub from_ms: u64,
    /// See `fromMs`.
    pub to_ms: u64,
    /// Why it is held.
    pub why: HeldWhy,
    /// Whose decision holds it.
    pub by: Option<PersonRef>,
    /// When that was.
    pub by_ms: Option<u64>,
    /// What a manager wrote beside it.
    pub note: String,
    /// Who left it aside.
    pub aside: Option<PersonRef>,
    /// What was to be decided, of a decision about rights.
    pub decision: Option<AuditRow>,
}

/// Somebody who asks to enter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EntryRequestRow {
    /// The request: `answerRequest` names it.
    pub id: ItemId,
    /// Who.
    pub person: PersonRef,
    /// Why, in her words.
    pub reason: String,
    /// When, by the clock of her site.
    pub at_ms: u64,
    /// A manager said no.
    pub declined: bool,
}

/// What waits for a manager of a space; or for one of any space, of a person's own work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldPage {
    /// Held work, newest first.
    pub rows: Vec<HeldRow>,
    /// Cursor for `after`; null at the end.
    pub next: Option<String>,
    /// People who ask to enter, oldest first; on the first page only.
    pub requests: Vec<EntryRequestRow>,
    /// Rows left aside that this list does not show.
    pub aside: u32,
}

/// A space with things to be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ToCheck {
    /// The space.
    pub space: SpaceRow,
    /// Held work and requests to enter.
    pub count: u32,
}

/// By whom and when a space was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// Who.
    pub by: PersonRef,
    /// When, by the clock of the site where it was done.
    pub at_ms: u64,
}

/// What a decision about rights was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AuditAction {
    /// Founded the space.
    Create,
    /// Gave a role.
    Grant,
    /// Set another role.
    SetRole,
    /// Removed a person.
    Revoke,
    /// Let a site carry the space.
    HostAdd,
    /// Took the space from a site.
    HostRemove,
    /// Let held work count.
    Readmit,
    /// Put work aside.
    Quarantine,
    /// Closed the space.
    Close,
    /// Opened it again.
    Reopen,
    /// Erased items.
    Erase,
    /// Took up a second history of a site.
    Adopt,
    /// Let a partner's site in, or renewed its stay.
    GuestAdd,
    /// A partner's site named one of its people.
    Introduce,
    /// Changed the recovery keys.
    Rekey,
    /// Decided in the inbox of a closed space: left work aside, or answered who asks to enter.
    Decide,
    /// Something of a later version, or something that cannot be read.
    Other,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AuditState {
    /// It has its effect.
    Counts,
    /// It rests on something that is not here yet.
    Waiting,
    /// Kept without effect until somebody decides.
    Held,
    /// Without effect.
    Void,
}

/// One decision about rights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// The entry.
    pub id: EntryId,
    /// When, by the writer's clock.
    pub at_ms: u64,
    /// Who.
    pub by: PersonRef,
    /// At which site it was written.
    pub site: SiteRef,
    /// Whether the realm's recovery keys signed it.
    pub root: bool,
    /// What.
    pub action: AuditAction,
    /// Whom it is about.
    pub person: Option<PersonRef>,
    /// Which site it is about.
    pub about_site: Option<SiteRef>,
    /// The role, in a space.
    pub role: Option<Role>,
    /// Rights of the realm.
    pub realm_rights: Vec<String>,
    /// Who answers for a guest.
    pub sponsor: Option<PersonRef>,
    /// A guest's last moment.
    pub end_ms: Option<u64>,
    /// How many entries or items it is about.
    pub count: Option<u32>,
    /// Why, in the author's words.
    pub reason: String,
    /// The group that it followed; empty when that one is not known here any more.
    #[serde(default)]
    pub group: Option<String>,
    /// What became of it.
    pub state: AuditState,
    /// Why it has no effect: a word for programs, as in docs/api.md.
    pub why: Option<String>,
}

/// A stretch of the trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct AuditPage {
    /// Newest first.
    pub rows: Vec<AuditRow>,
    /// Cursor for `after`; null at the end. A page may be short and still not the last.
    pub next: Option<String>,
}
