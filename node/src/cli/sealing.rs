//! What is typed about keys on the disk, and about backups: the arguments only.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::keys::KeySource;

/// `bocage keys`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The site key wraps the data keys, and these seal what people wrote. At first it lies in the data
directory: against a stolen disk or copied files it helps only elsewhere.

Examples:
  bocage keys status
  bocage keys move --to passphrase
  bocage keys move --to file:/etc/bocage/storage.key
  bocage keys move --to credential:bocage
  bocage keys rotate
  bocage keys rotate --data
      somebody may have had the old keys: also seal everything anew")]
pub enum KeysCommand {
    /// Show where the site key is, and how many data keys it opens
    Status {
        /// Print JSON, for scripts
        #[arg(long)]
        json: bool,
    },
    /// Make a new site key at the same place
    Rotate {
        /// Make new data keys instead, and seal everything anew while the site goes on
        #[arg(long)]
        data: bool,
    },
    /// Make a new site key at another place; the old one opens nothing afterwards
    Move {
        /// `file:PATH`, `passphrase` or `credential:NAME`
        #[arg(long, value_name = "PLACE")]
        to: KeySource,
    },
}

/// `bocage backup`
#[derive(Debug, Args)]
#[command(after_help = "\
Sealed with a passphrase (asked for, or in the file that BOCAGE_BACKUP_PASSPHRASE_FILE names) or
with a key file. Keep either away from the backups, and from this machine.

Examples:
  bocage backup /media/usb/nantes.backup
  bocage backup --key-file /etc/bocage/backup.key /srv/backups/nantes.backup")]
pub struct Backup {
    /// The file to write; it must not exist
    pub file: PathBuf,
    /// Seal with the key in this file, which is made if it is not there
    #[arg(long, value_name = "PATH")]
    pub key_file: Option<PathBuf>,
}

/// `bocage restore`
#[derive(Debug, Args)]
#[command(after_help = "\
The backup is checked to its last byte before anything is written. The restored site begins a new
life: it fetches from the others what it had written since.

Example:
  bocage restore /media/usb/nantes.backup --data-dir /var/lib/bocage")]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
    /// The key file it was sealed with, if not with a passphrase
    #[arg(long, value_name = "PATH")]
    pub key_file: Option<PathBuf>,
}
