//! What a backup holds: a manifest, files, rows of `log.redb`, and at the end how many there were.

use std::io::{self, ErrorKind, Read, Write};

use bocage_crdt::ids::{EntryId, NodeId, RealmId, SpaceId};
use bocage_protocol::certificate::NodeCertificate;
use serde::{Deserialize, Serialize};

use crate::store::{AccountRow, ErasureRow, LiveRow, LogRow};

/// Largest record: an entry of 256 KiB, or a file.
const RECORD_BYTES_MAX: usize = 4 << 20;

/// What the backup is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The realm.
    pub realm: RealmId,
    /// Its name.
    pub realm_name: String,
    /// The site.
    pub node: NodeId,
    /// Its name.
    pub site_name: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// The program that wrote it.
    pub version: String,
}

/// One piece. New kinds go to the end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Record {
    /// The first.
    Manifest(Manifest),
    /// A file of the data directory, by its path there.
    File(String, Vec<u8>),
    /// A value of `meta`.
    Meta(String, Vec<u8>),
    Space(u32, SpaceId),
    Log(u32, LogRow),
    Certificate(NodeCertificate),
    Live(u64, LiveRow),
    Account(String, AccountRow),
    /// Log, place, and the entry as it lies in the table before it is sealed.
    Entry(u32, u64, Vec<u8>),
    /// The last: how many records came before it.
    End(u64),
    /// How far an erasure is.
    Erasure(EntryId, ErasureRow),
}

pub(super) fn put(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let bytes = postcard::to_stdvec(record).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
    out.write_all(&(bytes.len() as u32).to_le_bytes())?;
    out.write_all(&bytes)
}

/// A record that was read, written again: for the fuzz tests.
pub(crate) fn read_again(bytes: &[u8]) -> Option<Vec<u8>> {
    let record = take(&mut &bytes[..]).ok()?;
    let mut again = Vec::new();
    put(&mut again, &record).ok()?;
    Some(again)
}

pub(super) fn take(from: &mut impl Read) -> io::Result<Record> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > RECORD_BYTES_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    read(bytes).map_err(|_| ErrorKind::InvalidData.into())
}

/// A record. A log's row from before entries could come without payload ends one byte earlier: there
/// were none.
fn read(mut bytes: Vec<u8>) -> postcard::Result<Record> {
    postcard::from_bytes(&bytes).or_else(|error| {
        bytes.push(0);
        match postcard::from_bytes(&bytes) {
            Ok(log @ Record::Log(..)) => Ok(log),
            _ => Err(error),
        }
    })
}
