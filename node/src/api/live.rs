//! The messages of the WebSocket, both ways.
//!
//! Shapes and topics only: who watches what, and what is sent when, is the hub's business.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bocage_crdt::ids::{ActorId, ActorNonce, ItemId, SpaceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::ErrorBody;
use super::rows::{ItemRow, Kept, PersonRef, SiteRef};

/// Topics that one browser may watch at once: every screen we draw watches fewer than ten.
pub const TOPICS_PER_BROWSER_MAX: usize = 64;
/// Changes in one `edit`: as many as one entry holds.
pub const CHANGES_PER_EDIT_MAX: usize = bocage_protocol::limits::CHANGES_PER_ENTRY_MAX;
/// Longest automerge cursor that presence carries; automerge writes about 40 characters.
pub const CURSOR_BYTES_MAX: usize = 128;

/// From a browser to its site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "t", rename_all = "camelCase", deny_unknown_fields)]
pub enum BrowserMessage {
    /// Replaces the set of watched topics.
    Watch {
        /// What is watched from now on.
        topics: Vec<Topic>,
    },
    /// Opens an item for writing.
    Open {
        /// Its space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Random, kept in page memory only: it makes the tab's actor.
        nonce: ActorNonce,
    },
    /// Changes made in this tab.
    Edit {
        /// The item.
        item: ItemId,
        /// Counts up per open item.
        n: u64,
        /// Automerge changes.
        changes: Vec<Base64>,
    },
    /// Where the person is in the text.
    Here {
        /// The item.
        item: ItemId,
        /// Where the selection starts: an automerge cursor.
        anchor: Option<String>,
        /// Where it ends.
        head: Option<String>,
    },
    /// Closes an item.
    Close {
        /// The item.
        item: ItemId,
    },
    /// Are you there?
    Ping,
}

/// From a site to a browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "t", rename_all = "camelCase")]
pub enum SiteMessage {
    /// The first message.
    Hello {
        /// This site.
        site: SiteRef,
        /// Who is signed in.
        person: PersonRef,
        /// Now, by the site's clock.
        #[serde(rename = "nowMs")]
        now_ms: u64,
    },
    /// Rows of a watched space or channel.
    Rows {
        /// The topic they belong to.
        topic: Topic,
        /// New or changed rows.
        put: Vec<ItemRow>,
        /// Rows that left.
        del: Vec<ItemId>,
    },
    /// Rows of this person that reached more sites.
    Kept {
        /// Their space.
        space: SpaceId,
        /// Where each is now.
        rows: Vec<KeptRow>,
    },
    /// Views to be asked for again.
    Changed {
        /// Which.
        topics: Vec<ChangedTopic>,
    },
    /// An opened item: its document and the tab's actor.
    Doc {
        /// The item.
        item: ItemId,
        /// The actor that this tab writes as.
        actor: ActorId,
        /// The saved automerge document.
        saved: Base64,
        /// Who else has it open.
        people: Vec<Presence>,
    },
    /// Changes of others.
    Edit {
        /// The item.
        item: ItemId,
        /// Automerge changes.
        changes: Vec<Base64>,
    },
    /// Durable on this site's disk.
    Saved {
        /// The item.
        item: ItemId,
        /// Number of the `edit`.
        n: u64,
    },
    /// Change `n` and later ones are not taken: reopen the item.
    Refused {
        /// The item.
        item: ItemId,
        /// Number of the first `edit` not taken.
        n: u64,
        /// Why.
        error: ErrorBody,
    },
    /// Rights changed: reopen the item; the tab keeps unsent text.
    Rebase {
        /// The item.
        item: ItemId,
    },
    /// Who has the item open.
    People {
        /// The item.
        item: ItemId,
        /// The tabs.
        people: Vec<Presence>,
    },
    /// The lines to other sites; at the start and when they change.
    Links {
        /// The sites.
        sites: Vec<SiteLink>,
    },
    /// I am.
    Pong,
}

/// Where one row is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeptRow {
    /// The item.
    pub id: ItemId,
    /// Where it is.
    pub kept: Kept,
}

/// One tab that has an item open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The tab.
    pub id: String,
    /// Who sits there.
    pub person: PersonRef,
    /// Where her selection starts.
    pub anchor: Option<String>,
    /// Where it ends.
    pub head: Option<String>,
}

/// The line to another site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SiteLink {
    /// Its name.
    pub name: String,
    /// Whether the line is up.
    pub connected: bool,
    /// When it was last heard; null when never.
    pub last_news_ms: Option<u64>,
}

/// Bytes, written as base64 in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[cfg_attr(feature = "schema", ts(type = "string"), schema(value_type = String))]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text.as_bytes());
        bytes.map(Self).map_err(de::Error::custom)
    }
}

/// What a browser can watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS))]
#[cfg_attr(
    feature = "schema",
    ts(type = "\"mine\" | \"site\" | `space:${string}` | `channel:${string}/${string}`")
)]
pub enum Topic {
    /// The person's lists: spaces, channels, today.
    Mine,
    /// The status of the site (technicians).
    Site,
    /// The rows of a space.
    Space(SpaceId),
    /// The messages of a channel.
    Channel(SpaceId, ItemId),
}

impl fmt::Display for Topic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mine => out.write_str("mine"),
            Self::Site => out.write_str("site"),
            Self::Space(space) => write!(out, "space:{space}"),
            Self::Channel(space, channel) => write!(out, "channel:{space}/{channel}"),
        }
    }
}

impl FromStr for Topic {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = "unknown topic: mine, site, space:<space> or channel:<space>/<item>";
        match (text, text.split_once(':')) {
            ("mine", _) => Ok(Self::Mine),
            ("site", _) => Ok(Self::Site),
            (_, Some(("space", space))) => space.parse().map(Self::Space).map_err(|_| unknown),
            (_, Some(("channel", path))) => {
                let (space, channel) = path.split_once('/').ok_or(unknown)?;
                let space = space.parse().map_err(|_| unknown)?;
                let channel = channel.parse().map_err(|_| unknown)?;
                Ok(Self::Channel(space, channel))
            }
            _ => Err(unknown),
        }
    }
}

/// A view that a browser should ask for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS))]
#[cfg_attr(
    feature = "schema",
    ts(type = "\"today\" | \"spaces\" | \"channels\" | \"site\" | `space:${string}`")
)]
pub enum ChangedTopic {
    /// `GET /today`.
    Today,
    /// `GET /spaces` and `GET /groups`.
    Spaces,
    /// `GET /channels`.
    Channels,
    /// `GET /site`.
    Site,
    /// Everything of one space.
    Space(SpaceId),
}

impl fmt::Display for ChangedTopic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Today => out.write_str("today"),
            Self::Spaces => out.write_str("spaces"),
            Self::Channels => out.write_str("channels"),
            Self::Site => out.write_str("site"),
            Self::Space(space) => write!(out, "space:{space}"),
        }
    }
}

impl FromStr for ChangedTopic {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "today" => Self::Today,
            "spaces" => Self::Spaces,
            "channels" => Self::Channels,
            "site" => Self::Site,
            _ => Self::Space(
                text.strip_prefix("space:")
                    .and_then(|space| space.parse().ok())
                    .ok_or("unknown topic")?,
            ),
        })
    }
}

macro_rules! as_text {
    ($name:ident) => {
        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <String as utoipa::PartialSchema>::schema()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

as_text!(Topic);
as_text!(ChangedTopic);

impl BrowserMessage {
    /// Reads one text frame; refuses what is malformed or over a bound, saying why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let message: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let long =
            |cursor: &Option<String>| cursor.as_deref().map_or(0, str::len) > CURSOR_BYTES_MAX;
        match &message {
            Self::Watch { topics } if topics.len() > TOPICS_PER_BROWSER_MAX => {
                Err(format!("at most {TOPICS_PER_BROWSER_MAX} topics"))
            }
            Self::Edit { changes, .. } if changes.len() > CHANGES_PER_EDIT_MAX => {
                Err(format!("at most {CHANGES_PER_EDIT_MAX} changes"))
            }
            Self::Here { anchor, head, .. } if long(anchor) || long(head) => {
                Err(format!("a cursor has at most {CURSOR_BYTES_MAX} bytes"))
            }
            _ => Ok(message),
        }
    }
}

impl SiteMessage {
    /// The text frame: made once, sent to every browser that watches.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("plain rows with text keys always encode")
    }
}
