//! Partners in a space: people with an account here, and sites of their own.
//!
//! Shapes only.

use bocage_crdt::features::commands::Role;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use super::rows::{PersonRef, SiteRef};

/// Longest stay of a guest: whoever is needed for longer is renewed by somebody who still answers
/// for her.
pub const GUEST_STAY_DAYS_MAX: u64 = 731;
/// Items copied by one command: each becomes an entry, and all of them are one commit.
pub const COPIED_ITEMS_MAX: usize = 200;

/// A partner's person is to get an account on this site, for one space.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteGuestPerson {
    /// The name to sign in with. One that a guest of this site has already invites that guest.
    pub login: String,
    /// Her name on screens.
    pub name: String,
    /// Her organisation.
    pub organisation: String,
    /// Viewer, commenter or contributor.
    pub role: Role,
    /// Her last moment, milliseconds since 1970 UTC.
    pub end_ms: u64,
}

/// A partner's person can sign in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestPersonReady {
    /// Who.
    pub person: PersonRef,
    /// The name to sign in with.
    pub login: String,
    /// Her first password: shown once, kept nowhere. Null when she had an account already.
    pub password: Option<String>,
}

/// A partner's own site is to carry a space.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteGuestSite {
    /// What its people may do: viewer, commenter or contributor.
    pub role: Role,
    /// Its last moment, milliseconds since 1970 UTC.
    pub end_ms: u64,
}

/// A ticket for a partner's site.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestTicketReady {
    /// To be handed to one person, once.
    pub ticket: String,
    /// Until when it is good.
    pub expires_ms: u64,
    /// The site that issued it: no other redeems it.
    pub site: SiteRef,
    /// The same as a picture for a camera, as SVG; null when it is too long for one.
    pub qr_svg: Option<String>,
}

/// The guests of a space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestList {
    /// People with an account on a site.
    pub people: Vec<GuestPerson>,
    /// Sites of their own.
    pub sites: Vec<GuestSite>,
    /// Tickets that are open or were used lately; for those who may invite.
    pub tickets: Vec<GuestTicket>,
    /// Whether she may invite guests.
    pub may_invite: bool,
    /// Whether she may end their stay: managers only.
    pub may_end: bool,
    /// How many copies of items of other spaces are here; 0 for all but managers.
    pub copies: u32,
    /// Whether partners' sites can reach this site: its technician set `guests.listen`.
    pub reachable: bool,
}

/// A guest with an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestPerson {
    /// Who.
    pub person: PersonRef,
    /// What she may do.
    pub role: Role,
    /// Who answers for her.
    pub sponsor: PersonRef,
    /// Her last moment; null for one who was let in without.
    pub end_ms: Option<u64>,
    /// Whether it is over, by this site's clock.
    pub ended: bool,
}

/// A partner's site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestSite {
    /// Which.
    pub site: SiteRef,
    /// What its people may do.
    pub role: Role,
    /// Sites that look at what it writes.
    pub sponsors: Vec<String>,
    /// Its last moment; null for one that was let in without.
    pub end_ms: Option<u64>,
    /// Whether it is over, by this site's clock.
    pub ended: bool,
    /// Whether it is connected with this site.
    pub connected: bool,
    /// When it was last heard here.
    pub last_news_ms: Option<u64>,
    /// Changes received from it that wait for a manager or a sponsor site.
    pub waiting: u32,
    /// Its people in this space.
    pub people: Vec<String>,
}

/// A ticket for a partner's site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GuestTicket {
    /// Until when it is good.
    pub expires_ms: u64,
    /// Who asked for it.
    pub by: PersonId,
    /// The site that used it.
    pub used_by: Option<String>,
    /// Once used: the six words to compare by telephone.
    pub words: Option<String>,
}

/// What leaves the organisation with an invitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    /// Pages, posts and channels, by title.
    pub items: Vec<LeavingItem>,
    /// Comments on them.
    pub comments: u32,
    /// Names of the members, which a guest reads.
    pub people: Vec<String>,
}

/// One thing that leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LeavingItem {
    /// The item.
    pub id: ItemId,
    /// Page, post or channel.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Messages in a channel, comments on a page or post.
    pub holds: u32,
    /// When it was last changed, milliseconds since 1970 UTC.
    pub changed_ms: u64,
}

/// Copies in a space, with where each comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyList {
    /// By kind and title.
    pub rows: Vec<CopyRow>,
}

/// A copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyRow {
    /// The copy.
    pub item: ItemId,
    /// Page or post.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Who copied it last.
    pub by: PersonRef,
    /// When.
    pub at_ms: u64,
    /// Whether somebody wrote into the copy itself. That stays when it is copied again.
    pub written_here: bool,
    /// How it stands to its original.
    pub state: CopyState,
    /// The original, for those who may read it.
    pub original: Option<CopyOriginal>,
}

/// How a copy stands to its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum CopyState {
    /// Nothing was written in the original since.
    Current,
    /// The original was written in since.
    Changed,
    /// The original is not at this site, or not for this person.
    Unreadable,
    /// The original was erased.
    Erased,
}

/// What a copy was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyOriginal {
    /// Its space.
    pub space: SpaceId,
    /// The name of the space.
    pub space_name: String,
    /// The original.
    pub item: ItemId,
    /// Its title now.
    pub title: String,
    /// When it was last changed.
    pub changed_ms: u64,
    /// By whom.
    pub changed_by: PersonRef,
}
