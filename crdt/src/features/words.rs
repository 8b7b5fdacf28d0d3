//! The words that describe a space, shared by commands and rows: closed sets, spelt as clients
//! spell them. What they mean for rights is not decided here.

use serde::{Deserialize, Serialize};

/// What a space is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SpaceKind {
    /// Work with an end.
    Project,
    /// People of one service.
    Team,
    /// One trade across the territory.
    Practice,
    /// A place to try things.
    Sandbox,
}

/// The colour of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Colour {
    /// Hedge green.
    Haie,
    /// Gorse yellow.
    Ajonc,
    /// Brick red.
    Brique,
    /// Apple-tree pink.
    Pommier,
    /// Heather purple.
    Bruyere,
    /// River blue.
    Loire,
    /// Slate grey.
    Ardoise,
    /// Buckwheat brown.
    Sarrasin,
}

/// Who finds a space and how one enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Everybody of the realm finds it and may join.
    Open,
    /// Everybody finds it; a manager lets people in.
    Request,
    /// Only members know that it exists.
    Hidden,
}

/// What a member may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Comments and thanks.
    Commenter,
    /// Writes.
    Contributor,
    /// Decides who is a member.
    Manager,
}

/// A part of a space that can be switched on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Section {
    /// Posts.
    Wall,
    /// Pages.
    Pages,
    /// Channels.
    Messages,
}
