//! The rows that queries and the WebSocket answer with, field for field as in docs/api.md.
//!
//! Only shapes live here: no query, no text for people, no rule. Times are milliseconds since
//! 1970 UTC.

use std::collections::BTreeMap;

use bocage_crdt::features::commands::{Colour, Role, Section, SpaceKind, Visibility};
use bocage_crdt::ids::{ItemId, NodeId, PersonId, SpaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::oversight::{Closed, EntryRequestRow, ToCheck};

/// A site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SiteRef {
    /// Its key.
    pub id: NodeId,
    /// Its name on screens.
    pub name: String,
}

/// A person, as shown beside what she wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonRef {
    /// Her id.
    pub id: PersonId,
    /// Her name.
    pub name: String,
    /// Name of her home site.
    pub site: String,
    /// Her trade, when she gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub job: Option<String>,
    /// Her organisation, when it is another than this one: she is a partner here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub partner: Option<String>,
    /// She deleted her account: the name is none any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", ts(optional, as = "Option<bool>"))]
    pub deleted: bool,
}

/// How far a row has travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Durable on this site only.
    Here,
    /// On some of the sites that host the space.
    Some,
    /// On all of them.
    Everywhere,
    /// Written by a guest's site: received by the partner, and looked at by none of its sites yet.
    Received,
}

/// Where an item is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// How far it has come.
    pub state: Reach,
    /// Names of the sites that hold it, this one first.
    pub sites: Vec<String>,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Made the item.
    Created,
    /// Changed it.
    Changed,
    /// Wrote in it.
    Wrote,
    /// Thanked for it.
    Thanked,
    /// Came into the space.
    Joined,
}

/// One line of what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActivityLine {
    /// Kind of the item.
    pub kind: String,
    /// What was done.
    pub verb: Verb,
    /// The item.
    pub item: ItemId,
    /// Its title.
    pub title: String,
    /// Who did it.
    pub person: PersonRef,
    /// When, by the clock of the site where it was done.
    pub at_ms: u64,
}

/// A site that has not been heard for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LateSite {
    /// Its name.
    pub name: String,
    /// When it was last heard; null when never.
    pub last_news_ms: Option<u64>,
}

/// A space in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceRow {
    /// The space.
    pub id: SpaceId,
    /// What it is for.
    pub kind: SpaceKind,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Its colour.
    pub colour: Colour,
    /// Its symbol.
    pub symbol: String,
    /// Who finds it.
    pub visibility: Visibility,
    /// Members.
    pub people: u32,
    /// Guests among them.
    pub guests: u32,
    /// Whether the person is a member.
    pub member: bool,
    /// Her role.
    pub role: Option<Role>,
    /// Where it is at home.
    pub territory: String,
    /// Messages and posts she has not read.
    pub unread: u32,
    /// When it last changed.
    pub changed_ms: u64,
    /// What happened last.
    pub last: Option<ActivityLine>,
    /// Where its newest state is.
    pub kept: Kept,
    /// Hosts that have not been heard for a while.
    pub late_sites: Vec<LateSite>,
    /// It can be read and no more.
    pub closed: bool,
}

/// How many spaces each filter shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceCounts {
    /// Spaces she is a member of.
    pub mine: u32,
    /// Spaces she can find.
    pub all: u32,
    /// Her spaces with something unread.
    pub unread: u32,
}

/// The list of spaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceList {
    /// The spaces.
    pub rows: Vec<SpaceRow>,
    /// What each filter would show.
    pub counts: SpaceCounts,
}

/// One space, opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceDetail {
    /// As in the list.
    pub row: SpaceRow,
    /// Sections switched on, in order.
    pub sections: Vec<Section>,
    /// Her role.
    pub me: Option<Role>,
    /// The root item: parent of what has no other.
    pub root: ItemId,
    /// Age of the oldest unheard host; null when all are current.
    pub rights_age_ms: Option<u64>,
    /// Whether she may enter by herself.
    pub can_join: bool,
    /// Whether the list of partners is for her: she may invite some, or there are some; never to a
    /// partner.
    pub partners: bool,
    /// Whether she may ask a manager to let her in.
    pub can_ask: bool,
    /// Her request, when she asked.
    pub asked: Option<EntryRequestRow>,
    /// Who closed it; null while it is open.
    pub closed: Option<Closed>,
    /// Held work and requests that wait for a manager; 0 for others.
    pub to_check: u32,
    /// Her own work that waits for a manager.
    pub own_held: u32,
}

/// What belongs to an item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemCounts {
    /// Comments.
    pub comments: u32,
    /// Thanks.
    pub thanks: u32,
}

/// How an item stands to the person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemMine {
    /// She thanked for it.
    pub thanked: bool,
    /// She has not read it.
    pub unread: bool,
    /// She may change it.
    pub can_change: bool,
}

/// An item in a list. `fields` depends on the kind: see docs/api.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemRow {
    /// The item.
    pub id: ItemId,
    /// Its space.
    pub space: SpaceId,
    /// Its kind.
    pub kind: String,
    /// The item above.
    pub parent: ItemId,
    /// Its title.
    pub title: String,
    /// Who made it.
    pub author: PersonRef,
    /// When.
    pub created_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
    /// Who changed it last.
    pub changed_by: PersonRef,
    /// Set when it came late.
    pub arrived_ms: Option<u64>,
    /// Opaque, sortable as text.
    pub order: String,
    /// Where it is.
    pub kept: Kept,
    /// What belongs to it.
    pub counts: ItemCounts,
    /// How it stands to her.
    pub mine: ItemMine,
    /// Fields that two people changed at once, with every value.
    #[cfg_attr(feature = "schema", ts(type = "Record<string, unknown[]>"))]
    pub conflicts: BTreeMap<String, Vec<Value>>,
    /// Of a message or comment: what its author wrote in its place at the same time, newest first.
    pub others: Vec<OtherVersion>,
    /// The fields of its kind.
    #[cfg_attr(feature = "schema", ts(type = "Record<string, unknown>"))]
    pub fields: BTreeMap<String, Value>,
}

/// A version of a message or comment, concurrent to the one shown: nobody who wrote one had seen
/// the other. The next change replaces both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OtherVersion {
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub by: PersonRef,
    /// When.
    pub at_ms: u64,
}

/// A page of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemPage {
    /// The items.
    pub rows: Vec<ItemRow>,
    /// Cursor for `after`; null at the end.
    pub next: Option<String>,
}

/// How many people see something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Audience {
    /// Members.
    pub people: u32,
    /// Guests among them.
    pub guests: u32,
}

/// One item, opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemDetail {
    /// As in the list.
    pub row: ItemRow,
    /// The text as clean HTML, for kinds that have one.
    pub html: Option<String>,
    /// Comments, oldest first.
    pub comments: Vec<ItemRow>,
    /// Who thanked.
    pub thanks: Vec<PersonRef>,
    /// Path of the list it belongs to.
    pub back_to: String,
    /// Who sees it.
    pub visible_to: Audience,
    /// Who has it open for writing.
    pub editing: Vec<PersonRef>,
    /// Whether she may write in it.
    pub writable: bool,
    /// Operations until the soft limit.
    pub room_left: u64,
}

/// A stretch of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessagePage {
    /// The channel.
    pub channel: ItemRow,
    /// Messages, oldest first.
    pub rows: Vec<ItemRow>,
    /// Cursor for older ones; null at the beginning.
    pub before: Option<String>,
    /// Unread messages of the channel.
    pub unread: u32,
    /// The first of them.
    pub first_unread: Option<ItemId>,
}

/// A channel in the list of all channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChannelRow {
    /// The channel.
    pub channel: ItemRow,
    /// Its space.
    pub space: SpaceRow,
    /// Unread messages.
    pub unread: u32,
    /// The newest message.
    pub last: Option<ItemRow>,
}

/// A member of a space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub person: PersonRef,
    /// Her role.
    pub role: Role,
    /// Since when.
    pub since_ms: u64,
    /// Who let her in; null for the founder.
    pub added_by: Option<PersonRef>,
    /// Whether she decides who is a member.
    pub manager: bool,
    /// Whether she may invite guests without being a manager.
    pub sponsor: bool,
    /// Names of the groups by which she is here.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether she is here by name: she stays when she leaves these groups.
    #[serde(default)]
    pub by_name: bool,
}

/// An item with its space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemInSpace {
    /// The item.
    pub item: ItemRow,
    /// Its space.
    pub space: SpaceRow,
}

/// What happened in one space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceChanges {
    /// The space.
    pub space: SpaceRow,
    /// Newest first.
    pub lines: Vec<ActivityLine>,
}

/// The first screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Today {
    /// Now, by the site's clock.
    pub date_ms: u64,
    /// Posts she has not read.
    pub to_read: Vec<ItemInSpace>,
    /// What changed in her spaces.
    pub changes: Vec<SpaceChanges>,
    /// Unread messages in all channels.
    pub unread_messages: u32,
    /// Spaces she manages in which something is to be looked at.
    pub to_check: Vec<ToCheck>,
    /// Her own work, in all spaces, that waits for a manager.
    pub own_held: u32,
}

/// A template that a space can be opened from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// What `space open` names.
    pub id: String,
    /// Kind of the space it makes.
    pub kind: SpaceKind,
    /// Its name.
    pub name: String,
    /// What it is good for.
    pub description: String,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchRow {
    /// The space, or the space of the item.
    pub space: SpaceRow,
    /// The item; null when the space itself was found.
    pub item: Option<ItemRow>,
}

/// A list without pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Rows<Row> {
    /// The rows.
    pub rows: Vec<Row>,
}
