//! The tables of `log.redb`, and how its values are sealed. Layout in `docs/storage.md`.

use bocage_protocol::entry::Entry;
use redb::{TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::compacting::Database;
use super::keyring::{CipherKind, Keys, SITE, wrap};
use super::rows::{EntryPlace, StoreWrite};
use super::sealed::{self, Place};
use super::tagged;
use crate::keys::SiteKey;

/// Raised whenever a value's shape or meaning changes.
pub(super) const FORMAT: u8 = 2;
/// Values of `meta` that must be read before there is a key.
const CLEAR: u8 = 1;

/// Names in `meta` with a value in clear.
pub(super) const META_FORMAT: &str = "format";
pub(super) const META_LOCK: &str = "lock";
/// Hides logins.
pub(super) const META_LOGINS: &str = "logins";

pub(super) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
pub(super) const KEYS: TableDefinition<u32, &[u8]> = TableDefinition::new("keys");
pub(super) const SPACES: TableDefinition<u32, &[u8]> = TableDefinition::new("spaces");
pub(super) const LOGS: TableDefinition<u32, &[u8]> = TableDefinition::new("logs");
pub(super) const ENTRIES: TableDefinition<(u32, u64), &[u8]> = TableDefinition::new("entries");
pub(super) const CERTIFICATES: TableDefinition<&[u8; 32], &[u8]> =
    TableDefinition::new("certificates");
pub(super) const LIVE: TableDefinition<u64, &[u8]> = TableDefinition::new("live");
pub(super) const ACCOUNTS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("accounts");
pub(super) const SESSIONS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("sessions");
pub(super) const ERASURES: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("erasures");

/// A value's place in this file.
pub(super) fn place<'a>(table: &'static str, key: &'a [u8]) -> Place<'a> {
    Place {
        format: FORMAT,
        table,
        key,
    }
}

pub(super) fn entry_key(place: EntryPlace) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&place.log.to_be_bytes());
    key[4..].copy_from_slice(&place.seq.to_be_bytes());
    key
}

/// Entry value: signature, header length (u16 little endian), header, payload.
pub(super) fn entry_value(entry: &Entry) -> Vec<u8> {
    let payload = entry.payload.as_deref();
    let length = payload.map_or(0, <[u8]>::len);
    let mut value = Vec::with_capacity(64 + 3 + entry.bytes.len() + length);
    value.extend_from_slice(&entry.signature);
    value.extend_from_slice(&(entry.bytes.len() as u16).to_le_bytes());
    value.push(u8::from(payload.is_some()));
    value.extend_from_slice(&entry.bytes);
    value.extend_from_slice(payload.unwrap_or_default());
    value
}

pub(super) fn read_entry(value: &[u8]) -> Result<Entry, String> {
    let cut = || "an entry is cut short".to_owned();
    let (signature, rest) = value.split_at_checked(64).ok_or_else(cut)?;
    let (lengths, rest) = rest.split_at_checked(3).ok_or_else(cut)?;
    let header_length = usize::from(u16::from_le_bytes([lengths[0], lengths[1]]));
    let (header, payload) = rest.split_at_checked(header_length).ok_or_else(cut)?;
    let payload = (lengths[2] == 1).then(|| payload.to_vec());
    let signature = signature.try_into().map_err(|_| cut())?;
    Entry::read(header.to_vec(), signature, payload)
        .map_err(|error| format!("an entry does not read: {error}"))
}

/// Opens an entry's value.
pub(super) fn open_entry(keys: &Keys, at: EntryPlace, sealed: &[u8]) -> Result<Entry, String> {
    sealed::open(keys, place("entries", &entry_key(at)), sealed)
        .and_then(|value| read_entry(&value))
}

/// Makes what is missing.
pub(super) fn make_all(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(META)?;
    transaction.open_table(KEYS)?;
    transaction.open_table(SPACES)?;
    transaction.open_table(LOGS)?;
    transaction.open_table(ENTRIES)?;
    transaction.open_table(CERTIFICATES)?;
    transaction.open_table(LIVE)?;
    transaction.open_table(ACCOUNTS)?;
    transaction.open_table(SESSIONS)?;
    transaction.open_table(ERASURES)?;
    Ok(())
}

/// A value in clear: its tag finds damage.
pub(super) fn put_clear<T: Serialize>(
    transaction: &WriteTransaction,
    name: &'static str,
    row: &T,
) -> Result<(), redb::Error> {
    let tagged = tagged::seal_row(CLEAR, name.as_bytes(), row);
    transaction
        .open_table(META)?
        .insert(name, tagged.as_slice())?;
    Ok(())
}

pub(super) fn open_clear<T: DeserializeOwned>(name: &str, value: &[u8]) -> Result<T, String> {
    tagged::open_row(CLEAR, name.as_bytes(), value)
}

/// A data key for a space, in the table before anything is sealed with it.
pub(super) fn draw_key(
    transaction: &WriteTransaction,
    keys: &mut Keys,
    site: &SiteKey,
    space: super::SpaceNumber,
) -> Result<(), redb::Error> {
    let (number, key) = keys.draw(space);
    let wrapped = wrap(site, number, space, CipherKind::NOW, &key);
    transaction
        .open_table(KEYS)?
        .insert(number, wrapped.as_slice())?;
    Ok(())
}

/// Writes anything but an entry.
pub(super) fn write_row(
    transaction: &WriteTransaction,
    keys: &Keys,
    write: StoreWrite,
) -> Result<(), redb::Error> {
    match write {
        StoreWrite::Meta(name, value) => {
            let sealed = sealed::seal(keys, SITE, place("meta", name.as_bytes()), &value);
            transaction
                .open_table(META)?
                .insert(name, sealed.as_slice())?;
        }
        StoreWrite::Space(number, space) => {
            let key = number.to_be_bytes();
            let sealed = sealed::seal_row(keys, SITE, place("spaces", &key), &space);
            transaction
                .open_table(SPACES)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::Log(number, row) => {
            let key = number.to_be_bytes();
            let sealed = sealed::seal_row(keys, row.space, place("logs", &key), &row);
            transaction
                .open_table(LOGS)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::Certificate(row) => {
            let sealed = sealed::seal_row(keys, SITE, place("certificates", &row.node.0), &row);
            transaction
                .open_table(CERTIFICATES)?
                .insert(&row.node.0, sealed.as_slice())?;
        }
        StoreWrite::Live(number, row) => {
            let key = number.to_be_bytes();
            let space = keys.number_of(&row.space);
            let sealed = sealed::seal_row(keys, space, place("live", &key), &row);
            transaction
                .open_table(LIVE)?
                .insert(number, sealed.as_slice())?;
        }
        StoreWrite::LiveDone(number) => {
            transaction.open_table(LIVE)?.remove(number)?;
        }
        StoreWrite::AccountGone(login) => {
            transaction
                .open_table(ACCOUNTS)?
                .remove(&keys.login(&login))?;
        }
        StoreWrite::Account(login, row) => {
            let key = keys.login(&login);
            let row = (login, row);
            let sealed = sealed::seal_row(keys, SITE, place("accounts", &key), &row);
            transaction
                .open_table(ACCOUNTS)?
                .insert(&key, sealed.as_slice())?;
        }
        StoreWrite::Session(id, Some(row)) => {
            let sealed = sealed::seal_row(keys, SITE, place("sessions", &id), &row);
            transaction
                .open_table(SESSIONS)?
                .insert(&id, sealed.as_slice())?;
        }
        StoreWrite::Session(id, None) => {
            transaction.open_table(SESSIONS)?.remove(&id)?;
        }
        StoreWrite::Erasure(id, Some(row)) => {
            let sealed = sealed::seal_row(keys, SITE, place("erasures", &id.0), &row);
            transaction
                .open_table(ERASURES)?
                .insert(&id.0, sealed.as_slice())?;
        }
        StoreWrite::Erasure(id, None) => {
            transaction.open_table(ERASURES)?.remove(&id.0)?;
        }
        StoreWrite::Entry(..) | StoreWrite::Compact => {
            unreachable!("entries have their open table, and the file is cleaned at the end")
        }
    }
    Ok(())
}

/// A clear value of `meta`, of any format of this file.
pub(super) fn clear_value(database: &Database, name: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = match database.begin_read()?.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        table => table?,
    };
    Ok(table.get(name)?.map(|value| value.value().to_vec()))
}
