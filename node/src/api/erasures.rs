//! What the API says of erasures: what one would concern, and where each one stands.
//!
//! Shapes only. Nothing of what was erased is in them: not even a title.

use bocage_crdt::ids::{EntryId, ItemId};
use serde::{Deserialize, Serialize};

use super::rows::{ItemRow, PersonRef, SiteRef};

/// What erasing an item would concern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErasurePlan {
    /// The item first, then what lies under it, each after its parent.
    pub rows: Vec<ErasureCandidate>,
    /// Hours after which a site destroys the bytes.
    pub hours: u32,
    /// The same once a second manager has confirmed.
    pub hours_confirmed: u32,
}

/// One item that an erasure may name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErasureCandidate {
    /// The item.
    pub item: ItemRow,
    /// How deep below the first one it lies.
    pub depth: u32,
    /// Whether the person may erase it.
    pub allowed: bool,
}

/// How far an erasure is at this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ErasureState {
    /// Hidden; the bytes are here until `dueMs`.
    Hidden,
    /// The bytes are being removed.
    Removing,
    /// No stored value holds them; the files are still to be compacted.
    Removed,
    /// The bytes have left the files of this site.
    Destroyed,
    /// Taken back, or its author was removed: shown again.
    Undone,
}

/// One erasure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErasureRow {
    /// Its id.
    pub id: EntryId,
    /// Who erased.
    pub by: PersonRef,
    /// When, by the clock of the site where it was done.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
    /// What.
    pub items: Vec<ItemId>,
    /// How far it is here.
    pub state: ErasureState,
    /// When this site destroys the bytes, by its own clock; null when that is past or undone.
    pub due_ms: Option<u64>,
    /// Whether a second manager confirmed it.
    pub confirmed: bool,
    /// Whether the reader may confirm it.
    pub can_confirm: bool,
    /// Whether the reader may take it back.
    pub can_undo: bool,
    /// What each site of the space says.
    pub sites: Vec<ErasureSite>,
}

/// What a site says of an erasure, by its own clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErasureSite {
    /// The site.
    pub site: SiteRef,
    /// Since when nobody sees it there; null: not yet.
    pub hidden_ms: Option<u64>,
    /// Since when the bytes are gone there; null: not yet.
    pub destroyed_ms: Option<u64>,
    /// Until when its backups may hold them; null when it does not know.
    pub backups_until_ms: Option<u64>,
}
