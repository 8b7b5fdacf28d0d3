//! What an archive lists, and what it proves: the shapes between [`super::collect`] that writes,
//! [`super::prove`] that checks, and the command line that tells.

use std::collections::BTreeSet;

use bocage_crdt::features::commands::SpaceKind;
use bocage_crdt::ids::SpaceId;
use serde::{Deserialize, Serialize};

use super::Manifest;
use crate::api::rows::PersonRef;
use crate::hub::archive::Facts;

/// An item in the list of contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// What a list says of it.
    #[serde(flatten)]
    pub facts: Facts,
    /// A page: as Markdown, as HTML, its entries, and what was said of it when anything was.
    /// A channel: as data, as HTML, its entries.
    pub files: Vec<String>,
    /// The site that made the archive does not show all that the entries give.
    pub local: bool,
}

/// The space, as its settings say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settled {
    pub id: SpaceId,
    pub kind: SpaceKind,
    pub name: String,
    pub description: String,
    pub colour: String,
    pub symbol: String,
    pub visibility: String,
    pub closed: bool,
}

/// One page, post or channel, with what its entries prove.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// Its kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The file to read it in.
    pub file: String,
    /// Who made it; the id is proven, the name is not.
    pub author: PersonRef,
    /// When, by her site's clock.
    pub created_ms: u64,
    /// Who changed it last.
    pub changed_by: PersonRef,
    /// When.
    pub changed_ms: u64,
    /// Names of the sites that signed it.
    pub sites: BTreeSet<String>,
    /// Signed entries that it comes from.
    pub entries: u64,
    /// Messages or comments in it, each with its own entries.
    pub said: u64,
    /// What is exported is less than what the entries give; see [`Listed::local`].
    pub local: bool,
}

/// What an archive proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its pages, posts and channels; empty for the form that has no entries.
    pub items: Vec<Proven>,
    /// Decisions about rights.
    pub decisions: u64,
    /// Members that they give.
    pub members: u64,
    /// Signed entries in all.
    pub entries: u64,
}

impl Report {
    pub(super) fn without_entries(manifest: Manifest) -> Self {
        Self {
            manifest,
            items: Vec::new(),
            decisions: 0,
            members: 0,
            entries: 0,
        }
    }
}
