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

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cli::operations::{DemoRequest, Stop};
use crate::failure::{Failure, Kind};
use sites::{Running, Site};

/// The name of the demo's organisation.
const REALM: &str = "Département (démonstration)";
/// The password of every demo account. Not a secret: the sites listen on this machine only.
const PASSWORD: &str = "bocage-demo";
/// What the demo knows of its own folder. A folder without this file is never deleted.
const NOTES: &str = "demo.json";

/// Kept in the demo's folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    /// The ports are part of the sites' addresses, which they told each other.
    first_port: u16,
    /// Keys of the sites that were founded or have joined.
    made: Vec<String>,
    /// Whether everything was written.
    seeded: bool,
}

/// Runs the demo until it is told to stop, or, with `seed_only`, until everything is written.
pub async fn run(request: DemoRequest, stop: Stop) -> Result<(), Failure> {
    course(request, stop)
        .await
        .map_err(|error| match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Failure::new(Kind::Internal, format!("{error:#}")),
        })
}

/// Where the demo lives when nobody says: beside other programs' data, not in the sources.
pub fn default_directory() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")))?;
    Some(data.join("bocage-demo"))
}

async fn course(request: DemoRequest, mut stop: Stop) -> Result<()> {
    let directory = std::path::absolute(&request.directory)?;
    if request.fresh {
        delete(&directory)?;
    }
    std::fs::create_dir_all(&directory)
        .map_err(|error| Failure::file("create", &directory, &error))?;
    let mut notes = read_notes(&directory)?.unwrap_or(Notes {
        first_port: request.first_port,
        ..Notes::default()
    });
    if notes.first_port != request.first_port {
        let made_for = notes.first_port;
        let message = format!(
            "the demo in {} was made for port {made_for}: run it with --first-port {made_for}, or \
             begin again with --fresh",
            directory.display()
        );
        return Err(Failure::new(Kind::Usage, message).into());
    }
    write_notes(&directory, &notes)?;
    let all = sites::all(&directory, notes.first_port)?;
    for site in &all {
        sites::check_ports(site)?;
    }
    println!("The demo's data is in {}", directory.display());
    let mut running = Vec::new();
    let outcome = tokio::select! {
        outcome = start_and_seed(&directory, &all, &mut notes, &mut running) => {
            outcome.map(|()| true)
        }
        _ = stop.wait_for(|stopped| *stopped) => {
            println!("\nStopped before everything was ready; the next start goes on from here.");
            Ok(false)
        }
    };
    let ready = matches!(outcome, Ok(true));
    if ready && !request.seed_only {
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
    let (first, _) = all.split_first().context("the demo has no sites")?;
    for site in all {
        let is_first = site.key == first.key;
        if !notes.made.iter().any(|made| made == site.key) {
            println!(
                "{}",
                match is_first {
                    true => format!("Founding «{REALM}» at {}", site.name),
                    false => format!("{} joins, with a ticket from {}", site.name, first.name),
                }
            );
            sites::prepare(site)?;
            match is_first {
                true => sites::found(site, REALM).await?,
                false => sites::join(site, sites::invite(first).await?).await?,
            }
            notes.made.push(site.key.to_owned());
            write_notes(directory, notes)?;
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
async fn watch(running: &mut Vec<Running>, stop: &mut Stop) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => {
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

fn delete(directory: &Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    if !directory.join(NOTES).is_file() {
        let message = format!(
            "{} is not a demo's folder (it holds no {NOTES}): it is not deleted",
            directory.display()
        );
        return Err(Failure::new(Kind::DataDirectory, message).into());
    }
    std::fs::remove_dir_all(directory)
        .map_err(|error| Failure::file("delete", directory, &error).into())
}

fn read_notes(directory: &Path) -> Result<Option<Notes>> {
    let path = directory.join(NOTES);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file("read", &path, &error).into()),
    };
    let notes = serde_json::from_str(&text);
    notes
        .map(Some)
        .with_context(|| format!("{} is damaged: begin again with --fresh", path.display()))
}

fn write_notes(directory: &Path, notes: &Notes) -> Result<()> {
    let path = directory.join(NOTES);
    std::fs::write(&path, serde_json::to_vec_pretty(notes)?)
        .map_err(|error| Failure::file("write", &path, &error).into())
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
                seeded: true,
                ..Notes::default()
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
