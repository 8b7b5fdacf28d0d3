//! Reading the entries of `log.redb`.

use std::sync::{Arc, TryLockError};
use std::time::Duration;

use bocage_protocol::entry::Entry;

use super::keyring::Keys;
use super::rows::{EntryPlace, LogNumber, OTHER_BRANCHES};
use super::tables::*;
use super::{LogStore, StoreError, store_error};

/// Between two looks for a key that a commit is about to tell.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Where a log ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LogEnd {
    /// The last entry that can be read.
    pub entry: Option<Entry>,
    /// The place of the last entry, if that one cannot be read.
    pub damaged: Option<u64>,
}

impl LogStore {
    fn nobody_writes(&self) -> bool {
        !matches!(self.site.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Entries of a log from `from` on, in order, until `bytes_max` is passed or a gap comes.
    pub fn entries(
        &self,
        log: LogNumber,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        let mut bytes = 0;
        self.scan(log, from, |entry| {
            bytes += entry.bytes.len() + 64 + entry.payload.as_ref().map_or(0, Vec::len);
            found.push(entry);
            bytes < bytes_max
        })?;
        Ok(found)
    }

    /// Calls `take` for each stored entry of a log from `from` on, while it says true.
    pub fn scan(
        &self,
        log: LogNumber,
        from: u64,
        mut take: impl FnMut(Entry) -> bool,
    ) -> Result<(), StoreError> {
        self.scan_stored(log, from, |_, entry| take(entry))
    }

    /// The same with the number under which each entry is stored.
    pub fn scan_stored(
        &self,
        log: LogNumber,
        from: u64,
        mut take: impl FnMut(u64, Entry) -> bool,
    ) -> Result<(), StoreError> {
        let mut keys = self.keyring.now();
        let mut read = || -> Result<(), redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            for row in table.range((log, from)..=(log, u64::MAX))? {
                let (key, value) = row?;
                let (log, seq) = key.value();
                match self.open_entry(&mut keys, EntryPlace { log, seq }, value.value()) {
                    Ok(entry) => {
                        if !take(seq, entry) {
                            break;
                        }
                    }
                    Err(what) => self.unreadable.note(EntryPlace { log, seq }, &what),
                }
            }
            Ok(())
        };
        read().map_err(|error| store_error(&self.file, error))
    }

    /// A key that is durable since a moment is told right after its commit: whoever read the file
    /// in between looks again until the commit has ended. (It does not wait for the lock: its read
    /// may be what the end of that commit, a cleaning, waits for.)
    fn open_entry(
        &self,
        keys: &mut Arc<Keys>,
        at: EntryPlace,
        sealed: &[u8],
    ) -> Result<Entry, String> {
        loop {
            let nobody_writes = self.nobody_writes();
            match open_entry(keys, at, sealed) {
                Err(_) if !nobody_writes => {
                    std::thread::sleep(LOOK_EVERY);
                    *keys = self.keyring.now();
                }
                Err(what) => {
                    let now = self.keyring.now();
                    if Arc::ptr_eq(keys, &now) {
                        return Err(what);
                    }
                    *keys = now;
                }
                opened => return opened,
            }
        }
    }

    /// One entry; a damaged one is noted, and is as if it were not there.
    pub fn entry(&self, at: EntryPlace) -> Result<Option<Entry>, StoreError> {
        let Some(sealed) = self.sealed_entry(at)? else {
            return Ok(None);
        };
        let opened = self.open_entry(&mut self.keyring.now(), at, &sealed);
        Ok(opened.map_err(|what| self.unreadable.note(at, &what)).ok())
    }

    fn sealed_entry(&self, at: EntryPlace) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            Ok(table
                .get((at.log, at.seq))?
                .map(|value| value.value().to_vec()))
        };
        read().map_err(|error| store_error(&self.file, error))
    }

    /// The end of a log.
    pub fn last_entry(&self, log: LogNumber) -> Result<LogEnd, StoreError> {
        let mut end = LogEnd::default();
        let Some(last) = self.last_seq(log)? else {
            return Ok(end);
        };
        for seq in (1..=last).rev() {
            end.entry = self.entry(EntryPlace { log, seq })?;
            if end.entry.is_some() {
                break;
            }
            end.damaged = Some(last);
        }
        Ok(end)
    }

    /// The last stored place of a log.
    pub fn last_seq(&self, log: LogNumber) -> Result<Option<u64>, StoreError> {
        let read = || -> Result<Option<u64>, redb::Error> {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            let mut range = table.range((log, 0)..=(log, u64::MAX))?;
            Ok(range.next_back().transpose()?.map(|(key, _)| key.value().1))
        };
        read().map_err(|error| store_error(&self.file, error))
    }

    /// Entries of other branches of a forked log.
    pub fn branches(&self, log: LogNumber) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        self.scan(log | OTHER_BRANCHES, 0, |entry| {
            found.push(entry);
            true
        })?;
        Ok(found)
    }
}
