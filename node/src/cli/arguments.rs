//! What people type. The help texts are read more often than any manual: short, and with examples.

use std::path::{Path, PathBuf};

use bocage_crdt::ids::NodeId;
use bocage_protocol::ticket::Ticket;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::realm::{RegistrarCommand, Rehome, Rights, SiteCommand, SpaceCommand, TerritoryCommand};
use super::recovery::RecoveryCommand;
use super::sealing::{Backup, KeysCommand, Restore};

const EXAMPLES: &str = "\
Examples:
  bocage init --realm \"Département\" --site Nantes --name \"Marie Le Goff\" --login marie
      found a realm with this machine as its first site
  bocage run
      serve the site in this terminal until Ctrl-C
  bocage invite
      print a ticket for one new site, and wait for it
  bocage join bocage-aeaqc… --site Ancenis
      make this machine a site of the ticket's realm
  bocage status
      what is current, what is late, and what needs attention
  bocage demo
      three sites with example data on this machine

The manual is docs/operate.md: ports, backups, exit codes, troubleshooting.";

/// Collaboration for organisations spread over a territory: every office runs its own site, and
/// goes on working when the line is cut.
#[derive(Debug, Parser)]
#[command(name = "bocage", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// The data directory [default: /var/lib/bocage if it is there, else ~/.local/share/bocage]
    #[arg(long, global = true, value_name = "DIRECTORY", env = "BOCAGE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration [default: bocage.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE", env = "BOCAGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// How much is logged: error, warn, info, debug, trace, or a filter per module
    #[arg(long, global = true, value_name = "LEVEL", env = "BOCAGE_LOG")]
    pub log: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Found a realm with this machine as its first site
    Init(Init),
    /// Print a ticket with which one new site may join
    Invite(Invite),
    /// Make this machine a site of the ticket's realm
    Join(Join),
    /// A partner's own site: outside the organisation, with the spaces it is let into
    #[command(subcommand)]
    Guest(GuestCommand),
    /// Which sites may admit others: the founding site, and those named with the recovery key
    #[command(subcommand)]
    Admitting(AdmittingCommand),
    /// Territories of the realm: where sites stand, for what rights are given
    #[command(subcommand)]
    Territory(TerritoryCommand),
    /// Registrars: people who say who may open spaces and who looks after sites
    #[command(subcommand)]
    Registrar(RegistrarCommand),
    /// A space that has no manager any more
    #[command(subcommand)]
    Space(SpaceCommand),
    /// A site's place in the realm: its territory, or taking a lost machine out
    #[command(subcommand)]
    Site(SiteCommand),
    /// The recovery keys, which stand above everybody: made for several people, used, tried out
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// Serve the site until Ctrl-C or SIGTERM, then close cleanly
    Run,
    /// Show sites, last contact, what waits and what was refused
    Status {
        /// Print JSON, for scripts
        #[arg(long)]
        json: bool,
    },
    /// Add a person, or let her back in
    #[command(subcommand)]
    Person(PersonCommand),
    /// Write a space into one file, in open formats, signed by this site
    Export(Export),
    /// Check an archive that "bocage export" or a space's settings made
    Verify(Verify),
    /// Recreate everything that is derived from the logs (stop the site first)
    Rebuild {
        /// Print JSON, for scripts
        #[arg(long)]
        json: bool,
    },
    /// The site key, which opens what lies on the disk
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write everything this site has into one sealed file, also while it runs
    Backup(Backup),
    /// Make a data directory from a backup
    Restore(Restore),
    /// Run three sites with example data on this machine
    Demo(Demo),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  bocage completions bash > /etc/bash_completion.d/bocage")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `bocage init`
#[derive(Debug, Args)]
#[command(after_help = "\
The recovery key is printed once, as 24 words and as a QR code. Print it or copy it by hand,
and keep it away from this machine: it is the only way to replace this site if it is lost.

Example:
  bocage init --realm \"Département\" --site Nantes --name \"Marie Le Goff\" --login marie")]
pub struct Init {
    /// Name of the organisation
    #[arg(long, value_name = "NAME")]
    pub realm: String,
    /// Name of this site, usually its town
    #[arg(long, value_name = "NAME")]
    pub site: String,
    /// Name of the first person: may open spaces, looks after the site
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What she types to sign in
    #[arg(long)]
    pub login: String,
    /// Read her password as one line from the standard input, instead of making one up
    #[arg(long)]
    pub password_stdin: bool,
    /// Leave out the QR code
    #[arg(long)]
    pub no_qr: bool,
}

/// `bocage invite`
#[derive(Debug, Args)]
#[command(after_help = "\
Whoever holds the ticket can join once: hand it to one person. Both screens then show six words;
compare them by telephone before trusting the new site.

Examples:
  bocage invite
  bocage invite --hours 24 --address bocage.nantes.example:4470")]
pub struct Invite {
    /// How long the ticket is good for
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=24))]
    pub hours: u8,
    /// Where the new site reaches this one; may be repeated [default: peers.addresses]
    #[arg(long, value_name = "HOST:PORT")]
    pub address: Vec<String>,
    /// Do not wait until the ticket is used
    #[arg(long)]
    pub no_wait: bool,
    /// Leave out the QR code
    #[arg(long)]
    pub no_qr: bool,
}

/// `bocage admitting`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The recovery key is read from the standard input, as the 24 words that \"bocage init\" printed. It
signs one operation and is not kept. Any site of the realm may carry that operation.

Examples:
  bocage admitting add
      this site may admit others from now on
  bocage admitting add Ancenis
  bocage admitting remove Nantes
      the machine at Nantes is lost: whoever has it admits nobody")]
pub enum AdmittingCommand {
    /// List the sites that may admit others
    List,
    /// Let a site admit others
    Add {
        /// Its name [default: this site]
        site: Option<String>,
        /// Where several recovery keys sign together: write into this file what they are to sign
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
    /// Let a site admit others no longer; those that it admitted stay
    Remove {
        /// Its name
        site: String,
        /// Where several recovery keys sign together: write into this file what they are to sign
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
}

/// `bocage join`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bocage join bocage-aeaqc… --site Ancenis")]
pub struct Join {
    /// The ticket, as one argument (spaces and line breaks in it do not matter)
    pub ticket: Ticket,
    /// Name of this site, usually its town
    #[arg(long, value_name = "NAME")]
    pub site: String,
}

/// `bocage guest`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The ticket comes from the partner: whoever runs the space invites this site on the space's screen.
Nothing but that space is then kept here, and what is written here counts there once the partner's
sites have looked at it.

Examples:
  bocage guest init --site \"Cabinet Morvan\" --name \"Ana Morvan\" --login ana
  bocage guest accept bocage-aeaqc…
  bocage run")]
pub enum GuestCommand {
    /// Make this machine a guest site, with its first person
    Init(GuestInit),
    /// Let this guest site into the space of a ticket
    Accept {
        /// The ticket, as one argument (spaces and line breaks in it do not matter)
        ticket: Ticket,
    },
}

/// `bocage guest init`
#[derive(Debug, Args)]
pub struct GuestInit {
    /// Name of this site, usually the partner's
    #[arg(long, value_name = "NAME")]
    pub site: String,
    /// Name of the first person
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What she types to sign in
    #[arg(long)]
    pub login: String,
    /// Read her password as one line from the standard input, instead of making one up
    #[arg(long)]
    pub password_stdin: bool,
}

/// `bocage person`
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Add a person to this site
    Add(PersonAdd),
    /// List who holds rights of the realm, and who asks for some
    Rights,
    /// Give a person rights of the realm, in the name of a registrar or of the root
    Grant {
        /// What, to whom, by whom.
        #[command(flatten)]
        rights: Rights,
        /// For this territory only [default: everywhere]
        #[arg(long, value_name = "NAME")]
        territory: Option<String>,
    },
    /// Give a person, or everybody of a site, another home site
    Rehome(Rehome),
    /// Let a person leave for good: she signs in nowhere any more, and is taken out of every space
    #[command(after_help = "\
What she wrote and is known by then stays; what comes later is held for the managers. \"bocage person
rehome LOGIN --to SITE\" lets her sign in again; spaces invite her anew.

At a partner's own site it removes the account there. Spaces that were told her name keep it.")]
    End {
        /// What she types to sign in; add @ and her site if several people have it
        login: String,
        /// Login of the registrar in whose name [default: one at home at this site who may]
        #[arg(long, value_name = "LOGIN")]
        by: Option<String>,
    },
    /// Take rights of the realm from a person, everywhere and at once
    Withdraw(Rights),
    /// Give a person of this site a new password, and end her sessions
    Reset {
        /// What she types to sign in
        login: String,
    },
    /// Write what a person wrote, and what is kept about her, into one file
    #[command(after_help = "\
The same file as her own profile offers her. Of what others wrote it holds no more than titles.

Example:
  bocage person export yann --to yann.zip")]
    Export {
        /// What she types to sign in; add @ and her site if several people have it
        login: String,
        /// The file to make
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

/// `bocage person add`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bocage person add --name \"Yann Le Bihan\" --login yann --job \"Agent des routes\"
  bocage person add --name \"Awa Diop\" --login awa --opens-spaces")]
pub struct PersonAdd {
    /// As shown to others
    #[arg(long)]
    pub name: String,
    /// What she types to sign in
    #[arg(long)]
    pub login: String,
    /// What she does, shown beside her name
    #[arg(long)]
    pub job: Option<String>,
    /// May open spaces: given if a registrar is at home here, else asked for
    #[arg(long)]
    pub opens_spaces: bool,
    /// Sees the status page of sites: given or asked for likewise
    #[arg(long)]
    pub technician: bool,
    /// Read her password as one line from the standard input, instead of making one up
    #[arg(long)]
    pub password_stdin: bool,
}

/// `bocage export`
#[derive(Debug, Args)]
#[command(after_help = "\
Pages and posts as Markdown and HTML, messages and comments as JSON and HTML, members and the trail of
rights as JSON and CSV. What is held for a manager, or erased, is not in it.

Example:
  bocage export \"Pont de Varades\" --to varades.zip")]
pub struct Export {
    /// The space: its whole name, or its id
    pub space: String,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// `bocage verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Needs no site and no network. Says which site signed the archive, by its key: compare it with the one
that \"bocage status\" shows at that site, or name it with --site.

Example:
  bocage verify varades.zip")]
pub struct Verify {
    /// The archive
    pub file: PathBuf,
    /// Refuse it unless this site signed it
    #[arg(long, value_name = "KEY")]
    pub site: Option<NodeId>,
}

/// `bocage demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Holds the three sites' data [default: ~/.local/share/bocage-demo]
    #[arg(long, value_name = "DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// Six ports from this one on are used
    #[arg(long, default_value_t = 4480)]
    pub first_port: u16,
    /// Throw away what an earlier demo left
    #[arg(long)]
    pub fresh: bool,
    /// Write the example data, stop the sites and end: `bocage run` starts each of them later
    #[arg(long)]
    pub seed_only: bool,
}

/// The place packages use if it exists, else the person's own.
pub(crate) fn default_data_directory() -> PathBuf {
    let shared = Path::new("/var/lib/bocage");
    if shared.is_dir() {
        return shared.to_owned();
    }
    let own = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
    match own {
        Some(own) => own.join("bocage"),
        None => shared.to_owned(),
    }
}

#[cfg(test)]
mod tests;
