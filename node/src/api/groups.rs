//! Rows about groups of people.

use bocage_crdt::features::commands::Role;
use bocage_crdt::ids::ItemId;
use serde::{Deserialize, Serialize};

use super::rows::PersonRef;

/// A group of people of the realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GroupRow {
    /// The group.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Whose registrars keep it, beside those for all; null for the whole realm's.
    pub territory: Option<String>,
    /// Who is in it, by name.
    pub people: Vec<PersonRef>,
    /// Whether she keeps it.
    pub may_change: bool,
}

/// Where somebody may open a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct GroupPlace {
    /// The territory; null for the whole realm.
    pub id: Option<ItemId>,
    /// Its name.
    pub name: Option<String>,
}

/// The groups of the realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct GroupList {
    /// The groups, by name.
    pub rows: Vec<GroupRow>,
    /// Where she may open one: nothing for those who are no registrars, or not at home here.
    pub places: Vec<GroupPlace>,
}

/// A group with a role in a space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceGroup {
    /// The group.
    pub group: ItemId,
    /// Its name.
    pub name: String,
    /// What its people may do.
    pub role: Role,
    /// How many they are.
    pub people: u32,
    /// The group is no more.
    pub ended: bool,
    /// Who gave it the role.
    pub by: PersonRef,
    /// When, by the clock of the site where it was done.
    pub since_ms: u64,
}
