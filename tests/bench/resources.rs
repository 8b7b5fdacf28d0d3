//! Memory, starting, and the size of what a browser loads.

use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_tests::clients::http::Http;
use bocage_tests::clients::{Doing, Outcome, Person, Process, World, process};

use crate::stats::{median, ms};
use crate::table::Row;
use crate::{Bench, Rows};

const STARTS: usize = 5;
const SPACES: usize = 450;
const ITEMS: usize = 200_000;
const CLIENTS: usize = 32;
/// After the last request: caches are written, spaces put away.
const IDLE_AFTER: Duration = Duration::from_secs(6);

/// What the web interface's own check measures, read from its words.
pub(crate) async fn size(bench: &Bench) -> Rows {
    let mut check = tokio::process::Command::new("node");
    check
        .current_dir(bench.project.join("web-ui"))
        .arg("scripts/check-size.mjs");
    let output = check.output().await.doing("node scripts/check-size.mjs")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let kilobytes = |name: &str| {
        let line = text.lines().find(|line| line.trim_end().ends_with(name))?;
        line.split("KB")
            .next()?
            .split_whitespace()
            .last()?
            .parse::<f64>()
            .ok()
    };
    let engine = kilobytes("src/features/pages/engine.ts");
    let wasm = kilobytes(".wasm");
    let note = match wasm {
        Some(wasm) => format!("and {wasm} KB of WebAssembly"),
        None => "the size of the WebAssembly was not found".to_owned(),
    };
    Ok(vec![
        Row::at_most(
            "first screen, brotli",
            "KB",
            kilobytes("first screen"),
            160.0,
        )
        .peer("State's Docs and others: megabytes", None),
        Row::at_most("editor, brotli, without WebAssembly", "KB", engine, 80.0).note(note),
    ])
}

/// Starts the first site anew until a browser has its first page.
async fn start_time(world: &mut World) -> Outcome<f64> {
    world.stop(0).await?;
    let begun = Instant::now();
    world.start(0).await?;
    let mut http = Http::connect(world.places[0].web).await?;
    let page = http.send("GET", "/", "", b"").await?;
    if page.status != 200 || !page.body.starts_with(b"<!") {
        return Err(format!("the first page answers {}", page.status));
    }
    Ok(ms(begun.elapsed()) / 1e3)
}

async fn fill(here: &Person, places: &[(SpaceId, ItemId)]) -> Outcome<()> {
    let mut writers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = here.another().await?;
        let places = places.to_vec();
        writers.push(tokio::spawn(async move {
            for number in (client..ITEMS).step_by(CLIENTS) {
                let (space, channel) = places[number / CLIENTS % places.len()];
                person
                    .send(
                        space,
                        channel,
                        &format!("Message numéro {number}, pour la mémoire."),
                    )
                    .await?;
            }
            Ok::<(), String>(())
        }));
    }
    for writer in writers {
        writer.await.doing("filling")??;
    }
    Ok(())
}

pub(crate) async fn memory(bench: &Bench) -> Rows {
    let mut rows = vec![
        demo_memory(bench)
            .await
            .unwrap_or_else(|reason| Row::missing("memory, idle with the demo's data", reason)),
    ];
    let mut world = World::new(&bench.binary, &["Nantes"], false).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start_time(&mut world).await?);
    }
    rows.push(Row::at_most(
        "start to first page, nearly empty",
        "s",
        median(&starts),
        2.0,
    ));
    let mut here = world.person(0).await?;
    let mut places = Vec::new();
    for number in 0..SPACES {
        let space = here.open_space(&format!("Espace {number}")).await?;
        places.push((space, here.open_channel(space, "Banc").await?));
    }
    let begun = Instant::now();
    fill(&here, &places).await?;
    let filling = begun.elapsed().as_secs_f64();
    tokio::time::sleep(IDLE_AFTER).await;
    let grown = world.process(0)?.memory_mb()?;
    let start = start_time(&mut world).await?;
    tokio::time::sleep(IDLE_AFTER).await;
    let rested = world.process(0)?.memory_mb()?;
    rows.push(
        Row::at_most(
            "memory, 450 spaces and 200,000 items, idle",
            "MB",
            Some(rested),
            150.0,
        )
        .note(format!(
            "after a restart; right after writing them ({filling:.0} s): {grown:.0} MB"
        )),
    );
    rows.push(Row::at_most(
        "start to first page, with them",
        "s",
        Some(start),
        2.0,
    ));
    world.end().await?;
    Ok(rows)
}

/// The largest of the demo's three sites, at rest.
async fn demo_memory(bench: &Bench) -> Outcome<Row> {
    let folder = tempfile::TempDir::with_prefix("bocage-").doing("a folder")?;
    let demo = folder.path().join("demo");
    let path = demo.display().to_string();
    // Below the range that the system gives to outgoing connections.
    let port = (12_000 + std::process::id() % 18_000).to_string();
    let words = [
        "demo",
        "--seed-only",
        "--directory",
        &path,
        "--first-port",
        &port,
    ];
    process::run(&bench.binary, folder.path(), &words, "").await?;
    let mut running = Vec::new();
    for site in ["nantes", "chateaubriant", "ancenis"] {
        running.push(Process::start(&bench.binary, &demo.join(site))?);
    }
    tokio::time::sleep(IDLE_AFTER).await;
    let memory: Result<Vec<f64>, String> = running.iter().map(Process::memory_mb).collect();
    for site in running {
        site.stop().await?;
    }
    let largest = memory?.into_iter().reduce(f64::max);
    Ok(Row::at_most(
        "memory, idle with the demo's data, largest site",
        "MB",
        largest,
        60.0,
    )
    .peer("Synapse, measured before", Some(124.0)))
}
