//! `bocage demo`: three sites of one organisation on this machine, with people and their work.
//!
//! What lives here: starting and stopping the three, their people, what these wrote. The sites are
//! ordinary: each is a child process of the same program with its own data directory, and all that
//! is in them came through the command line and the public API. What must not: any way into a site
//! that a user does not have.
//!
//! Reading order: this file is the course of events, [`sites`] the processes, [`people`] and
//! [`contents`] the story, [`seed`] tells it through [`client`] and [`page`].

mod client;
mod contents;
mod page;
mod people;
mod seed;
mod sites;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use sites::{Running, Site};

/// The name of the demo's organisation.
const REALM: &str = "Département (démonstration)";
/// The password of every demo account. Not a secret: the sites listen on this machine only.
const PASSWORD: &str = "bocage-demo";
/// What the demo knows of its own folder. A folder without this file is never deleted.
const NOTES: &str = "demo.json";

/// Options of `bocage demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArguments {
    /// Where the three sites keep their data [default: bocage-demo in your data folder]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Web addresses take this port and the two after it; the lines between sites, 10 above
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub ports_from: u16,
    /// Delete the demo's data and begin again
    #[arg(long)]
    pub fresh: bool,
    /// Prepare the data, stop the sites and end: `bocage run` starts each of them later
    #[arg(long)]
    pub seed_only: bool,
}

/// Kept in the demo's folder.
#[derive(Debug, Serialize, Deserialize)]
struct Notes {
    /// The ports are part of the sites' addresses, which they told each other.
    ports_from: u16,
    /// Whether everything was written.
    seeded: bool,
}

/// Runs the demo until it is told to stop.
pub async fn run(arguments: DemoArguments) -> Result<()> {
    let directory = match arguments.data_dir {
        Some(directory) => directory,
        None => default_directory()?,
    };
    if arguments.fresh {
        delete(&directory)?;
    }
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("the folder {} cannot be made", directory.display()))?;
    let mut notes = read_notes(&directory)?.unwrap_or(Notes {
        ports_from: arguments.ports_from,
        seeded: false,
    });
    if notes.ports_from != arguments.ports_from {
        bail!(
            "the demo in {} was made for port {}: run it with --ports-from {}, or begin again with --fresh",
            directory.display(),
            notes.ports_from,
            notes.ports_from
        );
    }
    write_notes(&directory, &notes)?;
    let all = sites::all(&directory, notes.ports_from)?;
    for site in &all {
        sites::check_ports(site)?;
    }
    println!("The demo's data is in {}", directory.display());
    let mut stop = sites::StopSignal::new()?;
    let mut running = Vec::new();
    let outcome = tokio::select! {
        outcome = start_and_seed(&directory, &all, &mut notes, &mut running) => outcome.map(|()| true),
        () = stop.wait() => {
            println!("\nStopped before everything was ready; the next start goes on from here.");
            Ok(false)
        }
    };
    let ready = matches!(outcome, Ok(true));
    if ready && !arguments.seed_only {
        table::print(&all, &running);
        watch(&mut running, &mut stop).await;
    }
    let stopped = sites::stop(running).await;
    outcome?;
    stopped
}

/// Brings all sites up, founding what does not exist yet, and writes what is not written yet.
async fn start_and_seed(
    directory: &Path,
    all: &[Site],
    notes: &mut Notes,
    running: &mut Vec<Running>,
) -> Result<()> {
    // Nobody can be missing: `all` makes three.
    let (first, others) = all.split_first().context("the demo has no sites")?;
    if !first.exists() {
        println!("Founding «{REALM}» at {}", first.name);
        sites::found(first, REALM).await?;
    }
    println!("Starting {}", first.name);
    running.push(sites::start(first)?);
    sites::wait_ready(running, first).await?;
    for site in others {
        if !site.exists() {
            println!("{} joins, with a ticket from {}", site.name, first.name);
            let ticket = sites::invite(first).await?;
            sites::join(site, &ticket).await?;
        }
        println!("Starting {}", site.name);
        running.push(sites::start(site)?);
        sites::wait_ready(running, site).await?;
    }
    if !notes.seeded {
        let sites: Vec<Site> = all.to_vec();
        let task = tokio::task::spawn_blocking(move || seed::seed(&sites));
        task.await
            .context("the writing of the demo's contents broke off")??;
        notes.seeded = true;
        write_notes(directory, notes)?;
    }
    Ok(())
}

/// Waits for a signal; tells of each site that ends by itself, and goes on with the others: that
/// a site is missing is what the demo is about.
async fn watch(running: &mut Vec<Running>, stop: &mut sites::StopSignal) {
    loop {
        tokio::select! {
            () = stop.wait() => {
                println!("\nStopping the sites");
                return;
            }
            place = sites::one_ends(running) => {
                let gone = running.remove(place);
                println!("{}", gone.obituary());
                if running.is_empty() {
                    println!("No site is left.");
                    return;
                }
            }
        }
    }
}

fn default_directory() -> Result<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    let data = data.context("there is no home folder: say where with --data-dir")?;
    Ok(data.join("bocage-demo"))
}

fn delete(directory: &Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    if !directory.join(NOTES).is_file() {
        bail!(
            "{} is not a demo's folder (it holds no {NOTES}): it is not deleted",
            directory.display()
        );
    }
    std::fs::remove_dir_all(directory)
        .with_context(|| format!("{} cannot be deleted", directory.display()))
}

fn read_notes(directory: &Path) -> Result<Option<Notes>> {
    let path = directory.join(NOTES);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
    };
    let notes = serde_json::from_str(&text);
    notes
        .map(Some)
        .with_context(|| format!("{} is damaged: begin again with --fresh", path.display()))
}

fn write_notes(directory: &Path, notes: &Notes) -> Result<()> {
    let path = directory.join(NOTES);
    std::fs::write(&path, serde_json::to_vec_pretty(notes)?)
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demos_folder_is_deleted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let directory = folder.path().join("photos");
        std::fs::create_dir(&directory).expect("an empty folder");
        assert!(delete(&directory).is_err());
        assert!(directory.is_dir());
        write_notes(
            &directory,
            &Notes {
                ports_from: 8080,
                seeded: true,
            },
        )
        .expect("written");
        assert!(
            read_notes(&directory)
                .expect("read")
                .is_some_and(|notes| notes.seeded)
        );
        delete(&directory).expect("deleted");
        assert!(!directory.exists());
    }
}
