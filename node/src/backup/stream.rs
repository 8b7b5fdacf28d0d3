//! The sealed file: a header in clear, then chunks, each sealed with its number and with whether
//! it is the last. A chunk that is flipped, missing, doubled or moved is noticed, and so is an end
//! that came too early.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use bocage_crdt::ids::derive;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::unusable;
use crate::failure::{Failure, Kind};
use crate::identity;
use crate::keys::{self, SiteKey, Stretch};

const MAGIC: &[u8] = b"bocage backup 1\n";
/// What a key file for backups calls its key.
const KEY_KIND: &str = "backup";
/// Plain bytes per chunk: memory at both ends.
const CHUNK: usize = 256 << 10;
const TAG: usize = 16;
/// A header is some fifty bytes.
const HEADER_BYTES_MAX: usize = 1 << 10;

/// What opens a backup.
pub struct BackupKey {
    key: SiteKey,
    stretch: Option<Stretch>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    /// Tells a wrong key from damage.
    key: [u8; 8],
    /// Of a passphrase.
    stretch: Option<Stretch>,
    /// Another for each backup: the key may serve many.
    nonce: [u8; 16],
}

impl BackupKey {
    /// The key of a key file; made if there is none.
    pub fn of_file(path: &Path) -> Result<Self, Failure> {
        let key = match identity::read_secret(path, KEY_KIND)? {
            Some(bytes) => SiteKey::new(bytes),
            None => {
                let key = SiteKey::fresh();
                identity::write_secret(path, KEY_KIND, key.bytes())?;
                tracing::info!("made the key of backups {}", path.display());
                key
            }
        };
        Ok(Self { key, stretch: None })
    }

    /// The key of a new passphrase.
    pub fn of_new_passphrase() -> Result<Self, Failure> {
        let stretch = Stretch::fresh();
        let passphrase = keys::new_passphrase(&keys::BACKUP).map_err(|error| error.0)?;
        let key = keys::stretched(&passphrase, &stretch).map_err(|error| error.0)?;
        Ok(Self {
            key,
            stretch: Some(stretch),
        })
    }

    /// The bytes and the stretch, to be handed to the running site.
    pub(crate) fn parts(&self) -> ([u8; 32], Option<Stretch>) {
        (*self.key.bytes(), self.stretch)
    }

    /// What [`BackupKey::parts`] gave.
    pub(crate) fn of_parts(key: [u8; 32], stretch: Option<Stretch>) -> Self {
        Self {
            key: SiteKey::new(Zeroizing::new(key)),
            stretch,
        }
    }
}

/// Each backup has a cipher of its own, so that chunks of two are never confused.
fn cipher(key: &SiteKey, header: &[u8]) -> XChaCha20Poly1305 {
    let key: Zeroizing<[u8; 32]> =
        Zeroizing::new(derive("bocage 1 backup", &[&key.bytes()[..], header]));
    XChaCha20Poly1305::new((&*key).into())
}

fn nonce(number: u64, last: bool) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[8] = u8::from(last);
    nonce.into()
}

/// Seals what is written to it.
pub(super) struct Sealing<W: Write> {
    out: W,
    cipher: XChaCha20Poly1305,
    number: u64,
    waiting: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    pub(super) fn begin(mut out: W, key: &BackupKey) -> io::Result<Self> {
        let header = Header {
            key: key.key.id(),
            stretch: key.stretch,
            nonce: rand::random(),
        };
        let header = postcard::to_stdvec(&header).expect("plain values always encode");
        out.write_all(MAGIC)?;
        out.write_all(&(header.len() as u16).to_le_bytes())?;
        out.write_all(&header)?;
        Ok(Self {
            out,
            cipher: cipher(&key.key, &header),
            number: 0,
            waiting: Vec::with_capacity(CHUNK + TAG),
        })
    }

    fn chunk(&mut self, last: bool) -> io::Result<()> {
        let length = self.waiting.len() as u32;
        let tag = self
            .cipher
            .encrypt_inout_detached(
                &nonce(self.number, last),
                &[],
                InOutBuf::from(&mut self.waiting[..]),
            )
            .map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        self.number += 1;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.waiting)?;
        self.out.write_all(&tag)?;
        self.waiting.clear();
        Ok(())
    }

    /// Writes the last chunk.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.chunk(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK - self.waiting.len();
        let taken = bytes.len().min(room);
        self.waiting.extend_from_slice(&bytes[..taken]);
        // A full chunk waits for a byte after it: only then is it known not to be the last.
        if taken < bytes.len() && taken == 0 {
            self.chunk(false)?;
            return self.write(bytes);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what was sealed. Nothing is handed out that did not match its tag.
pub(super) struct Opening<R: Read> {
    from: R,
    header: Vec<u8>,
    cipher: XChaCha20Poly1305,
    number: u64,
    chunk: Vec<u8>,
    at: usize,
    last: bool,
}

/// The key for a header, asked for once it is known which kind opens it.
pub(super) fn open<R: Read>(
    mut from: R,
    file: &Path,
    key_file: Option<&Path>,
) -> Result<Opening<R>, Failure> {
    let failed = |_: io::Error| unusable(file, "it is cut off, or no backup of Bocage");
    let mut magic = [0; MAGIC.len()];
    from.read_exact(&mut magic).map_err(failed)?;
    if magic != MAGIC {
        return Err(unusable(
            file,
            "it is no backup of Bocage, or of a later version",
        ));
    }
    let mut length = [0; 2];
    from.read_exact(&mut length).map_err(failed)?;
    let length = usize::from(u16::from_le_bytes(length));
    if length > HEADER_BYTES_MAX {
        return Err(unusable(file, "its header is damaged"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).map_err(failed)?;
    let header: Header =
        postcard::from_bytes(&bytes).map_err(|_| unusable(file, "its header is damaged"))?;
    let wrong = |what: &str| Failure::new(Kind::SiteKey, format!("{what} {}", file.display()));
    let key = match (&header.stretch, key_file) {
        (_, Some(path)) => {
            let read = identity::read_secret(path, KEY_KIND)?;
            SiteKey::new(read.ok_or_else(|| Failure::missing(path))?)
        }
        (Some(stretch), None) => {
            let passphrase = keys::read_passphrase(&keys::BACKUP).map_err(|error| error.0)?;
            keys::stretched(&passphrase, stretch).map_err(|error| error.0)?
        }
        (None, None) => return Err(wrong("name the key file with --key-file: it opens")),
    };
    if key.id() != header.key {
        return Err(wrong("this key or passphrase does not open"));
    }
    Ok(Opening {
        from,
        cipher: cipher(&key, &bytes),
        header: bytes,
        number: 0,
        chunk: Vec::new(),
        at: 0,
        last: false,
    })
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

impl<R: Read> Opening<R> {
    fn next(&mut self) -> io::Result<()> {
        let cut = |error: io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => bad("it is cut off"),
            _ => error,
        };
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(cut)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > CHUNK {
            return Err(bad("a chunk is damaged"));
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed).map_err(cut)?;
        let mut tag = [0; TAG];
        self.from.read_exact(&mut tag).map_err(cut)?;
        for last in [false, true] {
            let mut plain = sealed.clone();
            let opened = self.cipher.decrypt_inout_detached(
                &nonce(self.number, last),
                &[],
                InOutBuf::from(&mut plain[..]),
                &tag.into(),
            );
            if opened.is_ok() {
                (self.chunk, self.at, self.last) = (plain, 0, last);
                self.number += 1;
                return Ok(());
            }
        }
        Err(bad("a chunk is damaged"))
    }

    /// The same backup from its beginning.
    pub(super) fn again(&self, mut from: R) -> io::Result<Self> {
        let mut start = vec![0; MAGIC.len() + 2 + self.header.len()];
        from.read_exact(&mut start)?;
        if !start.ends_with(&self.header) {
            return Err(bad("it changed while it was read"));
        }
        Ok(Self {
            from,
            header: self.header.clone(),
            cipher: self.cipher.clone(),
            number: 0,
            chunk: Vec::new(),
            at: 0,
            last: false,
        })
    }

    /// Whether the last chunk was read whole, and nothing stands after it.
    pub(super) fn ended(&mut self) -> io::Result<bool> {
        if !self.last || self.at < self.chunk.len() {
            return Ok(false);
        }
        Ok(self.from.read(&mut [0])? == 0)
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            if self.last {
                return Ok(0);
            }
            self.next()?;
        }
        let taken = into.len().min(self.chunk.len() - self.at);
        into[..taken].copy_from_slice(&self.chunk[self.at..][..taken]);
        self.at += taken;
        Ok(taken)
    }
}
