//! Archives: a space in open formats, in one ZIP file that says of itself which site made it, from
//! which logs, and that nothing was changed, added or taken away since.
//!
//! `manifest.json` names every other file with its length and BLAKE3 hash, and the last entry of
//! each log with its signed header; `signature.json` is the site's signature over the manifest.
//! Beside what people read lie the signed entries that it comes from, so that not even the site
//! that made the archive can put words into somebody's mouth. Reading order: this file is the
//! shapes and the limits, [`write`] makes, [`verify`] checks the file and [`prove`] its contents
//! against their entries, `signed` and `replay` know what an entry gives, `collect` asks the hub
//! for the contents of a space, `person` for what one person wrote in all of them,
//! `texts` puts them into pages.

pub(crate) mod collect;
pub(crate) mod person;
pub mod prove;
mod replay;
pub mod report;
pub mod signed;
mod texts;
pub mod verify;
pub mod write;

pub(crate) use texts::csv_row;

use bocage_crdt::ids::{EntryId, LogId, NodeId, PersonId, SpaceId, WriterKey};
use bocage_protocol::certificate::NodeCertificate;
use serde::{Deserialize, Serialize};

/// The form of an archive; a later one is refused by name.
pub const FORMAT: u32 = 2;
/// The form before: without the entries. Its files and its signature are checked, no more.
pub const FORMAT_WITHOUT_ENTRIES: u32 = 1;
/// Names every other file; the last but one in the ZIP.
pub const MANIFEST: &str = "manifest.json";
/// Signs the manifest; the last in the ZIP.
pub const SIGNATURE: &str = "signature.json";
/// Most files: twenty-five thousand pages, each as Markdown, as HTML, with its entries and with
/// what was said of it.
pub const FILES_MAX: usize = 100_000;
/// Longest name of a file: what every file system takes.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest manifest: a hundred thousand files with their names and hashes.
pub const MANIFEST_BYTES_MAX: u64 = 64 << 20;
/// Largest file in an archive, expanded: a channel of several million messages, and below the 4 GiB
/// from which on ZIP needs other headers.
pub const FILE_BYTES_MAX: u64 = 3 << 30;
/// Largest archive, expanded.
pub const ARCHIVE_BYTES_MAX: u64 = 64 << 30;
/// Expanded over packed length of one file: text packs to a tenth, the densest form of the
/// packing allows a thousand; a bomb needs them all.
pub const EXPANSION_MAX: u64 = 1_100;

/// Largest file that is replayed as a whole: a page of as many operations as a page may have, each
/// in an entry of its own, in hex.
pub const REPLAYED_BYTES_MAX: u64 = 256 << 20;
/// Longest row of a list: an item with its versions, each as large as an entry may be, in hex.
pub const ROW_BYTES_MAX: usize = 16 << 20;

const CONTEXT: &str = "bocage 1 archive manifest";

/// What the site signs: bound to archives, so that no other signature of a site passes for one.
pub(crate) fn signed_message(manifest: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(manifest);
    let mut message = b"bocage 1 archive\0".to_vec();
    message.extend_from_slice(hasher.finalize().as_bytes());
    message
}

/// The last entry of one log: who wrote it, proven by its own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Head {
    /// The log.
    pub log: LogId,
    /// The key that signs it.
    pub writer: WriterKey,
    /// The site's own list of its writer keys, signed by the site.
    pub certificate: NodeCertificate,
    /// Name of that site, as known where the archive was made; proves nothing.
    pub site_name: String,
    /// Place of the entry, which is also how many there are.
    pub seq: u64,
    /// The entry: its header names the one before, and so all of them.
    pub entry: EntryId,
    /// The header's exact bytes, in hex.
    pub header: String,
    /// The writer's signature over them, in hex.
    pub signature: String,
    /// The site wrote two histories; what was not taken up is not in the archive.
    pub forked: bool,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in the ZIP.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its content, in hex.
    pub blake3: String,
}

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`], or an earlier one.
    pub format: u32,
    /// The program's version.
    pub program: String,
    /// The space.
    pub space: SpaceId,
    /// Its name.
    pub space_name: String,
    /// Name of the organisation.
    pub realm_name: String,
    /// The site that made the archive, and signs it.
    pub site: NodeId,
    /// Its name; proves nothing.
    pub site_name: String,
    /// When, by its clock, in milliseconds since 1970 UTC.
    pub made_ms: u64,
    /// Whether somebody wrote in the space while the archive was made: parts may then show a state
    /// before the heads.
    pub written_meanwhile: bool,
    /// Where each log ended.
    pub heads: Vec<Head>,
    /// Every file but the manifest and its signature, in the order of the ZIP.
    pub files: Vec<File>,
}

/// What the archive of one person's data says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The program's version.
    pub program: String,
    /// Whose data it is.
    pub person: PersonId,
    /// Her name; proves nothing.
    pub person_name: String,
    /// Name of the organisation.
    pub realm_name: String,
    /// The site that made the archive, and signs it.
    pub site: NodeId,
    /// Its name; proves nothing.
    pub site_name: String,
    /// When, by its clock, in milliseconds since 1970 UTC.
    pub made_ms: u64,
    /// Every file but the manifest and its signature, in the order of the ZIP.
    pub files: Vec<File>,
}

/// A manifest, of whatever: what the site that made the archive signs.
pub trait Signed: Serialize {
    /// The site.
    fn site(&self) -> NodeId;
}

impl Signed for Manifest {
    fn site(&self) -> NodeId {
        self.site
    }
}

impl Signed for PersonManifest {
    fn site(&self) -> NodeId {
        self.site
    }
}

/// The site's signature over the manifest's exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The site.
    pub site: NodeId,
    /// ed25519, in hex.
    pub signature: String,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !plain {
        return None;
    }
    (0..text.len()).step_by(2).map(digits).collect()
}

#[cfg(test)]
mod tests;
