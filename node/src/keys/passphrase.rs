//! A passphrase: where it is read from, and how it becomes a key.

use std::io::{BufRead, IsTerminal, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::{KeyError, SiteKey, Stretch};

/// What a passphrase opens. Each has variables that name a file whose first line it is, for starts
/// without a terminal: that of the passphrase in use, and that of the one that takes its place.
pub(crate) struct Phrase {
    what: &'static str,
    file: &'static str,
    new_file: &'static str,
}

/// Opens `log.redb`.
pub(crate) const STORAGE: Phrase = Phrase {
    what: "of this site's storage",
    file: "BOCAGE_PASSPHRASE_FILE",
    new_file: "BOCAGE_NEW_PASSPHRASE_FILE",
};
/// Opens a backup.
pub(crate) const BACKUP: Phrase = Phrase {
    what: "of the backup",
    file: "BOCAGE_BACKUP_PASSPHRASE_FILE",
    new_file: "BOCAGE_BACKUP_PASSPHRASE_FILE",
};
/// Shortest passphrase that is accepted as a new one, in characters. Unlike a password it can be
/// tried without limit by whoever has the file: four words that were drawn have 20 and more.
pub(super) const CHARACTERS_MIN: usize = 16;
/// Longest: a page of text is a mistake.
const BYTES_MAX: usize = 1_024;

/// 64 MiB and three passes, once per start: about 200 ms, and a site may have 512 MiB.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
/// What a store may ask for: a damaged number must not take the machine's memory.
const MEMORY_KIB_MAX: u32 = 1 << 20;
const PASSES_MAX: u32 = 64;

impl Stretch {
    /// This version's numbers with a fresh salt.
    pub(crate) fn fresh() -> Self {
        Self {
            salt: rand::random(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
        }
    }
}

/// The key of a passphrase.
pub(crate) fn stretched(passphrase: &str, how: &Stretch) -> Result<SiteKey, KeyError> {
    let sane = how.memory_kib <= MEMORY_KIB_MAX && how.passes <= PASSES_MAX;
    let params = Params::new(how.memory_kib, how.passes, 1, Some(32));
    let (true, Ok(params)) = (sane, params) else {
        return Err(KeyError::new(
            "log.redb asks for more work on the passphrase than any version does: it is damaged, \
             restore it from the last backup",
        ));
    };
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &how.salt, &mut *key)
        .map_err(|error| KeyError::new(format!("the passphrase cannot be used: {error}")))?;
    Ok(SiteKey::new(key))
}

/// The passphrase in use.
pub(crate) fn current(phrase: &Phrase) -> Result<Zeroizing<String>, KeyError> {
    match of_file(phrase.file)? {
        Some(passphrase) => Ok(passphrase),
        None => typed(phrase, "Passphrase"),
    }
}

/// A new one: typed twice, and not too short.
pub(crate) fn new(phrase: &Phrase) -> Result<Zeroizing<String>, KeyError> {
    let given = match of_file(phrase.new_file)? {
        Some(passphrase) => Some(passphrase),
        None => of_file(phrase.file)?,
    };
    let passphrase = match given {
        Some(passphrase) => passphrase,
        None => {
            let passphrase = typed(phrase, "New passphrase")?;
            if *typed(phrase, "The same passphrase again")? != *passphrase {
                return Err(KeyError::new("these were two passphrases: begin again"));
            }
            passphrase
        }
    };
    if passphrase.chars().count() < CHARACTERS_MIN {
        return Err(KeyError::new(format!(
            "the passphrase is too short: at least {CHARACTERS_MIN} characters, better five words \
             drawn at random"
        )));
    }
    Ok(passphrase)
}

fn of_file(variable: &str) -> Result<Option<Zeroizing<String>>, KeyError> {
    let Some(path) = std::env::var_os(variable) else {
        return Ok(None);
    };
    let failed = |what: &str| {
        KeyError::new(format!(
            "{variable} names {}, and {what}",
            path.to_string_lossy()
        ))
    };
    let bytes =
        std::fs::read(&path).map_err(|error| failed(&format!("it is not read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("it is no text"))?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().unwrap_or_default();
    checked(line).map(Some).map_err(|what| failed(&what))
}

fn checked(line: &str) -> Result<Zeroizing<String>, String> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.len() > BYTES_MAX {
        return Err(format!("its first line must have 1 to {BYTES_MAX} bytes"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// The terminal shows nothing while this lives.
struct Silent(Termios);

impl Silent {
    fn begin() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent).ok()?;
        Some(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that went away needs nothing back.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
        eprintln!();
    }
}

fn typed(phrase: &Phrase, question: &str) -> Result<Zeroizing<String>, KeyError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(KeyError::new(format!(
            "there is no terminal to ask for the passphrase {}: name a file that holds it in {}",
            phrase.what, phrase.file
        )));
    }
    eprint!("{question} {}: ", phrase.what);
    let _ = std::io::stderr().flush();
    let silent = Silent::begin();
    let mut line = Zeroizing::new(String::new());
    let read = stdin.lock().read_line(&mut line);
    drop(silent);
    read.map_err(|error| KeyError::new(format!("the passphrase is not read: {error}")))?;
    checked(&line).map_err(|what| KeyError::new(format!("no passphrase: {what}")))
}
