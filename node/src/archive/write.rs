//! Makes an archive, file after file, in one pass: what is in memory is one piece of one file and
//! the list of names.

use std::io::{Seek, Write};

use ed25519_dalek::{Signer, SigningKey};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{
    ARCHIVE_BYTES_MAX, FILE_BYTES_MAX, FILES_MAX, File, MANIFEST, MANIFEST_BYTES_MAX,
    NAME_BYTES_MAX, SIGNATURE, Signature, Signed, hex, signed_message,
};

/// Why an archive is not made.
#[derive(Debug)]
pub enum WriteError {
    /// More files, or larger ones, than an archive holds.
    TooLarge,
    /// The file system said no.
    Io(String),
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => out.write_str(
                "this is more than one archive holds: nothing was made, the content stands",
            ),
            Self::Io(what) => write!(out, "the archive cannot be written: {what}"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<zip::result::ZipError> for WriteError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Io(error.to_string())
    }
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}

/// An archive being made.
pub struct ArchiveWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
    files: Vec<File>,
    open: Option<(String, u64, blake3::Hasher)>,
    total: u64,
}

fn options() -> SimpleFileOptions {
    // No time, no rights: the same contents make the same bytes.
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

impl<W: Write + Seek> ArchiveWriter<W> {
    /// An archive without files.
    pub fn new(to: W) -> Self {
        Self {
            zip: ZipWriter::new(to),
            files: Vec::new(),
            open: None,
            total: 0,
        }
    }

    /// Begins the next file; the one before is complete.
    pub fn begin(&mut self, name: &str) -> Result<(), WriteError> {
        self.complete();
        if self.files.len() == FILES_MAX || name.len() > NAME_BYTES_MAX {
            return Err(WriteError::TooLarge);
        }
        self.zip.start_file(name, options())?;
        self.open = Some((name.to_owned(), 0, blake3::Hasher::new()));
        Ok(())
    }

    /// Adds to the file that was begun.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let Some((_, length, hasher)) = &mut self.open else {
            return Err(WriteError::Io("no file was begun".to_owned()));
        };
        *length += bytes.len() as u64;
        self.total += bytes.len() as u64;
        if *length > FILE_BYTES_MAX || self.total > ARCHIVE_BYTES_MAX {
            return Err(WriteError::TooLarge);
        }
        hasher.update(bytes);
        self.zip.write_all(bytes)?;
        Ok(())
    }

    /// A whole file at once.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.begin(name)?;
        self.add(bytes)
    }

    fn complete(&mut self) {
        if let Some((name, bytes, hasher)) = self.open.take() {
            let blake3 = hasher.finalize().to_hex().to_string();
            self.files.push(File {
                name,
                bytes,
                blake3,
            });
        }
    }

    /// Adds manifest and signature, and ends the archive.
    pub fn finish<M: Signed>(
        mut self,
        manifest: impl FnOnce(Vec<File>) -> M,
        key: &SigningKey,
    ) -> Result<W, WriteError> {
        self.complete();
        let manifest = manifest(std::mem::take(&mut self.files));
        let bytes = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::other)?;
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(WriteError::TooLarge);
        }
        let signature = Signature {
            site: manifest.site(),
            signature: hex(&key.sign(&signed_message(&bytes)).to_bytes()),
        };
        self.zip.start_file(MANIFEST, options())?;
        self.zip.write_all(&bytes)?;
        self.zip.start_file(SIGNATURE, options())?;
        let signature = serde_json::to_vec_pretty(&signature).map_err(std::io::Error::other)?;
        self.zip.write_all(&signature)?;
        Ok(self.zip.finish()?)
    }
}
