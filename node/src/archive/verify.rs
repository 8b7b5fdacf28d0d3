//! Checks an archive: nothing changed, nothing missing, nothing added; which site signed it, from
//! which logs; [`super::prove`] then checks its contents against their entries. Trusts nothing that
//! the file says before it is checked, and holds no more of it in memory than its list of files.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek, SeekFrom};

use bocage_crdt::ids::{EntryId, LogId, NodeId, PersonId};
use bocage_protocol::certificate::verifying_key;
use bocage_protocol::entry::{Entry, Header};
use zip::{CompressionMethod, ZipArchive};

use super::prove::prove;
use super::report::Report;
use super::{
    ARCHIVE_BYTES_MAX, EXPANSION_MAX, FILE_BYTES_MAX, FILES_MAX, FORMAT, FORMAT_WITHOUT_ENTRIES,
    File, Head, MANIFEST, MANIFEST_BYTES_MAX, Manifest, NAME_BYTES_MAX, PersonManifest, SIGNATURE,
    Signature, from_hex, signed_message,
};

/// The end record of a ZIP file without a comment.
const END_BYTES: u64 = 22;
/// The fixed part of a file's own header, and of its line in the directory.
const LOCAL_BYTES: u64 = 30;
const DIRECTORY_BYTES: u64 = 46;

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read.
    Unreadable(String),
    /// The end is missing, or the beginning: it was cut, or is no ZIP file.
    Cut,
    /// There are bytes in it that belong to no file.
    Padded,
    /// More files than an archive has.
    TooManyFiles,
    /// A file is larger than a limit, or expands more than text does.
    TooLarge(String),
    /// A name that no archive gives, or one that is given twice.
    BadName(String),
    /// Packed or locked in a way that no archive is.
    BadForm(String),
    /// No manifest, or no signature, where they belong.
    NoManifest,
    /// The manifest or the signature does not read.
    BadManifest(String),
    /// Of a later version.
    UnknownFormat(u32),
    /// The signature is not the site's over this manifest.
    WrongSignature,
    /// A file that the manifest names is not there.
    Missing(String),
    /// A file is there that the manifest does not name.
    Unlisted(String),
    /// A file is not what the manifest says.
    Changed(String),
    /// The last entry of a log is not signed by the site that it names.
    WrongHead(LogId),
    /// Another site signed than was asked for.
    OtherSite(NodeId),
    /// An entry is not one that the site keeping its log signed for this space, or not one of the
    /// item beside which it lies.
    WrongEntry {
        /// The file that holds it.
        file: String,
        /// The entry, when its header reads.
        entry: Option<EntryId>,
        /// What is wrong.
        what: String,
    },
    /// A file is not what the signed entries beside it give.
    NotAsSigned {
        /// The file.
        file: String,
        /// Which part of it.
        what: String,
    },
}

impl Fault {
    /// A word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Cut => "cut",
            Self::Padded => "padded",
            Self::TooManyFiles => "too-many-files",
            Self::TooLarge(_) => "too-large",
            Self::BadName(_) => "bad-name",
            Self::BadForm(_) => "bad-form",
            Self::NoManifest => "no-manifest",
            Self::BadManifest(_) => "bad-manifest",
            Self::UnknownFormat(_) => "unknown-format",
            Self::WrongSignature => "wrong-signature",
            Self::Missing(_) => "missing-file",
            Self::Unlisted(_) => "unlisted-file",
            Self::Changed(_) => "changed-file",
            Self::WrongHead(_) => "wrong-head",
            Self::OtherSite(_) => "other-site",
            Self::WrongEntry { .. } => "wrong-entry",
            Self::NotAsSigned { .. } => "not-as-signed",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.name())?;
        match self {
            Self::Unreadable(what) => write!(out, "the file cannot be read: {what}"),
            Self::Cut => out.write_str("the file is cut, or is no archive"),
            Self::Padded => out.write_str("the file holds bytes that belong to no file in it"),
            Self::TooManyFiles => write!(out, "more than {FILES_MAX} files"),
            Self::TooLarge(name) => write!(out, "{name:?} is larger than an archive allows"),
            Self::BadName(name) => write!(out, "a file is named {name:?}, or two are"),
            Self::BadForm(name) => write!(out, "{name:?} is packed as no archive packs"),
            Self::NoManifest => out.write_str("it does not end with a manifest and its signature"),
            Self::BadManifest(what) => {
                write!(out, "{MANIFEST:?} or {SIGNATURE:?} does not read: {what}")
            }
            Self::UnknownFormat(format) => {
                write!(out, "form {format} is of a later version: use that one")
            }
            Self::WrongSignature => write!(
                out,
                "{MANIFEST:?} or {SIGNATURE:?} was changed: the signature is not the site's"
            ),
            Self::Missing(name) => write!(out, "{name:?} is missing"),
            Self::Unlisted(name) => write!(out, "{name:?} does not belong to it"),
            Self::Changed(name) => write!(out, "{name:?} was changed"),
            Self::WrongHead(log) => write!(out, "the end of log {log} is not signed by its site"),
            Self::OtherSite(site) => write!(out, "it is signed by site {site}"),
            Self::WrongEntry { file, entry, what } => {
                let entry = entry.map_or_else(String::new, |entry| format!(" {entry}"));
                write!(out, "an entry{entry} in {file:?}: {what}")
            }
            Self::NotAsSigned { file, what } => {
                write!(out, "{file:?} is not what its signed entries give: {what}")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Cut,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// What a manifest says before its files are checked.
enum Signed {
    Space(Manifest),
    Person(PersonManifest),
}

/// A sound archive.
#[derive(Debug)]
pub enum Sound {
    /// Of a space.
    Space(Report),
    /// Of one person's data.
    Person(PersonManifest),
}

/// Checks an archive of a space, and that this site signed it if one is named.
pub fn verify<R: Read + Seek>(file: R, site: Option<NodeId>) -> Result<Report, Fault> {
    match verify_any(file, site)? {
        Sound::Space(report) => Ok(report),
        Sound::Person(_) => {
            let what = "it is of one person's data, not of a space".to_owned();
            Err(Fault::BadManifest(what))
        }
    }
}

/// Checks an archive of a space, or of one person's data.
pub fn verify_any<R: Read + Seek>(mut file: R, site: Option<NodeId>) -> Result<Sound, Fault> {
    let layout = Layout::read(&mut file)?;
    let mut zip = ZipArchive::new(file).map_err(|_| Fault::Cut)?;
    let count = zip.len();
    if count as u64 != layout.count || zip.offset() != 0 {
        // Two files of one name, which no archive has, or something before the first.
        return Err(Fault::Padded);
    }
    let names = layout.check(&mut zip)?;
    let [.., manifest_name, signature_name] = &names[..] else {
        return Err(Fault::NoManifest);
    };
    if manifest_name != MANIFEST || signature_name != SIGNATURE {
        return Err(Fault::NoManifest);
    }
    let manifest_bytes = read_whole(&mut zip, count - 2)?;
    let signature = read_whole(&mut zip, count - 1)?;
    let signature: Signature = serde_json::from_slice(&signature)
        .map_err(|error| Fault::BadManifest(error.to_string()))?;
    // The form is looked at before the rest: a later one may have other fields.
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
        person: Option<PersonId>,
    }
    let form: Form = serde_json::from_slice(&manifest_bytes)
        .map_err(|error| Fault::BadManifest(error.to_string()))?;
    if ![FORMAT_WITHOUT_ENTRIES, FORMAT].contains(&form.format) {
        return Err(Fault::UnknownFormat(form.format));
    }
    let signed = match form.person {
        None => Signed::Space(manifest_of(&manifest_bytes)?),
        Some(_) => Signed::Person(manifest_of(&manifest_bytes)?),
    };
    let (signer, files) = match &signed {
        Signed::Space(manifest) => (manifest.site, &manifest.files),
        Signed::Person(manifest) => (manifest.site, &manifest.files),
    };
    if signature.site != signer || !is_signed(&signature, &manifest_bytes) {
        return Err(Fault::WrongSignature);
    }
    if site.is_some_and(|asked| asked != signer) {
        return Err(Fault::OtherSite(signer));
    }
    if let Signed::Space(manifest) = &signed {
        let mut heads = manifest.heads.iter();
        if let Some(head) = heads.find(|head| !is_head(head, manifest)) {
            return Err(Fault::WrongHead(head.log));
        }
    }
    check_files(&mut zip, &names[..count - 2], files)?;
    Ok(match signed {
        Signed::Space(manifest) if manifest.format == FORMAT_WITHOUT_ENTRIES => {
            Sound::Space(Report::without_entries(manifest))
        }
        Signed::Space(manifest) => Sound::Space(prove(&mut zip, manifest)?),
        Signed::Person(manifest) => Sound::Person(manifest),
    })
}

fn manifest_of<M: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<M, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::BadManifest(error.to_string()))
}

/// Where things must lie, from the end record.
struct Layout {
    count: u64,
    directory: u64,
    directory_bytes: u64,
}

impl Layout {
    fn read<R: Read + Seek>(file: &mut R) -> Result<Self, Fault> {
        let length = file.seek(SeekFrom::End(0))?;
        let at = length.checked_sub(END_BYTES).ok_or(Fault::Cut)?;
        file.seek(SeekFrom::Start(at))?;
        let mut end = [0; END_BYTES as usize];
        file.read_exact(&mut end)?;
        file.seek(SeekFrom::Start(0))?;
        let short = |at: usize| u64::from(u16::from_le_bytes([end[at], end[at + 1]]));
        let long = |at: usize| short(at) | short(at + 2) << 16;
        if end[..4] != *b"PK\x05\x06" {
            // Something was added behind the end, or the end is gone: looked for by nobody.
            return Err(Fault::Cut);
        }
        if short(20) != 0 {
            return Err(Fault::Padded);
        }
        let count = short(10);
        if count == 0xFFFF || long(16) == 0xFFFF_FFFF {
            return Self::read_large(file, at);
        }
        let layout = Self {
            count,
            directory: long(16),
            directory_bytes: long(12),
        };
        layout.ends_at(at)
    }

    /// The end record of archives beyond 65,535 files or 4 GiB stands before the other one.
    fn read_large<R: Read + Seek>(file: &mut R, end: u64) -> Result<Self, Fault> {
        const LOCATOR_BYTES: u64 = 20;
        const RECORD_BYTES: u64 = 56;
        let at = end
            .checked_sub(LOCATOR_BYTES + RECORD_BYTES)
            .ok_or(Fault::Cut)?;
        file.seek(SeekFrom::Start(at))?;
        let mut record = [0; (LOCATOR_BYTES + RECORD_BYTES) as usize];
        file.read_exact(&mut record)?;
        file.seek(SeekFrom::Start(0))?;
        let number = |at: usize| {
            let bytes: [u8; 8] = record[at..at + 8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        let whole = record[..4] == *b"PK\x06\x06"
            && number(4) == RECORD_BYTES - 12
            && record[56..60] == *b"PK\x06\x07"
            && number(64) == at;
        if !whole {
            return Err(Fault::Padded);
        }
        let layout = Self {
            count: number(32),
            directory: number(48),
            directory_bytes: number(40),
        };
        layout.ends_at(at)
    }

    fn ends_at(self, end: u64) -> Result<Self, Fault> {
        if self.count > FILES_MAX as u64 + 2 {
            return Err(Fault::TooManyFiles);
        }
        match self.directory.checked_add(self.directory_bytes) {
            Some(at) if at == end => Ok(self),
            _ => Err(Fault::Padded),
        }
    }

    /// Every file follows the one before without a gap, and nothing else is said of any.
    fn check<R: Read + Seek>(&self, zip: &mut ZipArchive<R>) -> Result<Vec<String>, Fault> {
        let mut names = Vec::with_capacity(zip.len());
        let mut next = 0;
        let mut lines = 0;
        let mut total: u64 = 0;
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(|_| Fault::Cut)?;
            let raw = file.name_raw();
            let shown = String::from_utf8_lossy(raw).into_owned();
            if !is_plain_name(raw) {
                return Err(Fault::BadName(shown));
            }
            let packed = matches!(
                file.compression(),
                CompressionMethod::Deflated | CompressionMethod::Stored
            );
            if file.encrypted() || !packed {
                return Err(Fault::BadForm(shown));
            }
            let (size, packed) = (file.size(), file.compressed_size());
            total = total.saturating_add(size);
            if size > FILE_BYTES_MAX
                || total > ARCHIVE_BYTES_MAX
                || size > packed.saturating_mul(EXPANSION_MAX)
            {
                return Err(Fault::TooLarge(shown));
            }
            let data = file.data_start().ok_or(Fault::Cut)?;
            let name_bytes = raw.len() as u64;
            if file.header_start() != next || data != next + LOCAL_BYTES + name_bytes {
                return Err(Fault::Padded);
            }
            next = data + packed;
            lines += DIRECTORY_BYTES + name_bytes;
            names.push(shown);
        }
        if next != self.directory || lines != self.directory_bytes {
            return Err(Fault::Padded);
        }
        Ok(names)
    }
}

/// Names that archives give: folders and files of plain letters, none that leads elsewhere.
fn is_plain_name(name: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    let parts = |part: &[u8]| !part.is_empty() && part[0] != b'.';
    name.len() <= NAME_BYTES_MAX
        && name.iter().all(plain)
        && name.split(|it| *it == b'/').all(parts)
}

/// Reads manifest or signature: both are small.
fn read_whole<R: Read + Seek>(zip: &mut ZipArchive<R>, index: usize) -> Result<Vec<u8>, Fault> {
    let file = zip.by_index(index).map_err(|_| Fault::Cut)?;
    let mut bytes = Vec::new();
    let read = file.take(MANIFEST_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|_| Fault::Cut)?;
    if bytes.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(Fault::TooLarge(MANIFEST.to_owned()));
    }
    Ok(bytes)
}

fn is_signed(signature: &Signature, manifest: &[u8]) -> bool {
    let key = verifying_key(&signature.site.0);
    let bytes = from_hex(&signature.signature);
    let signature = bytes.and_then(|bytes| ed25519_dalek::Signature::from_slice(&bytes).ok());
    match (key, signature) {
        (Some(key), Some(signature)) => key
            .verify_strict(&signed_message(manifest), &signature)
            .is_ok(),
        _ => false,
    }
}

/// Whether a log ends as is said, by the word of the site that keeps it.
fn is_head(head: &Head, manifest: &Manifest) -> bool {
    let bytes = from_hex(&head.header);
    let signature = from_hex(&head.signature).and_then(|bytes| bytes.try_into().ok());
    let (Some(bytes), Some(signature)) = (bytes, signature) else {
        return false;
    };
    if Header::id_of(&bytes) != head.entry {
        return false;
    }
    let Ok(entry) = Entry::read(bytes, signature, None) else {
        return false;
    };
    head.certificate.is_valid()
        && head.certificate.life(&head.writer).is_some()
        && LogId::of(&head.writer, &manifest.space) == head.log
        && entry.header.log == head.log
        && entry.header.space == manifest.space
        && entry.header.seq == head.seq
        && entry.signature_holds(&head.writer)
}

/// Every file as the manifest says, in its order, and no other.
fn check_files<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    names: &[String],
    files: &[File],
) -> Result<(), Fault> {
    let listed: BTreeMap<&str, _> = files.iter().map(|file| (&*file.name, file)).collect();
    if listed.len() != files.len() {
        return Err(Fault::BadManifest("a file is named twice".to_owned()));
    }
    let there: std::collections::BTreeSet<&str> = names.iter().map(|name| &**name).collect();
    if let Some(missing) = files.iter().find(|it| !there.contains(&*it.name)) {
        return Err(Fault::Missing(missing.name.clone()));
    }
    for (index, name) in names.iter().enumerate() {
        let Some(file) = listed.get(&**name) else {
            return Err(Fault::Unlisted(name.clone()));
        };
        let changed = || Fault::Changed(name.clone());
        let mut content = zip
            .by_index(index)
            .map_err(|_| changed())?
            .take(file.bytes + 1);
        let mut hasher = blake3::Hasher::new();
        let length = std::io::copy(&mut content, &mut hasher).map_err(|_| changed())?;
        if length != file.bytes || hasher.finalize().to_hex().as_str() != file.blake3 {
            return Err(changed());
        }
    }
    Ok(())
}
