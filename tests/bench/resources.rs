//! Memory, starting, and the size of what a browser loads.

use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_node::api::rows::{MessagePage, Today};
use bocage_tests::clients::http::Http;
use bocage_tests::clients::{Doing, Outcome, Person, Process, World, process};

use crate::spaces::open_spaces;
use crate::stats::{median, ms};
use crate::table::Row;
use crate::{Bench, Rows};

const STARTS: usize = 5;
const STARTS_FULL: usize = 3;
const SPACES: usize = 450;
const ITEMS: usize = 200_000;
const CLIENTS: usize = 64;
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

/// Starts the first site anew until its person has the first page: the program's files, and the
/// answer to the first screen's question, for which every space of theirs is read.
async fn start_time(world: &mut World, person: &mut Person) -> Outcome<f64> {
    world.stop(0).await?;
    let begun = Instant::now();
    world.start(0).await?;
    let mut http = Http::connect(world.places[0].web).await?;
    let page = http.send("GET", "/", "", b"").await?;
    if page.status != 200 || !page.body.starts_with(b"<!") {
        return Err(format!("the first page answers {}", page.status));
    }
    let today: Today = person.get("/today").await?;
    if today.date_ms == 0 {
        return Err("the first screen has no date".to_owned());
    }
    Ok(ms(begun.elapsed()) / 1e3)
}

/// Writes messages round robin, each client for itself: every space is busy all the time.
async fn fill(here: &Person, places: &[(SpaceId, ItemId)]) -> Outcome<()> {
    let mut writers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = here.another().await?;
        let places = places.to_vec();
        writers.push(tokio::spawn(async move {
            for number in (client..ITEMS).step_by(CLIENTS) {
                let (space, channel) = places[number / CLIENTS % places.len()];
                let text = format!("Message numéro {number}, pour la mémoire.");
                person.send(space, channel, &text).await?;
            }
            Ok::<(), String>(())
        }));
    }
    for writer in writers {
        writer.await.doing("filling")??;
    }
    Ok(())
}

async fn open_channels(here: &Person) -> Outcome<Vec<(SpaceId, ItemId)>> {
    let spaces = open_spaces(here, SPACES, None).await?;
    let mut person = here.another().await?;
    let mut places = Vec::new();
    for space in spaces {
        places.push((space, person.open_channel(space, "Banc").await?));
    }
    Ok(places)
}

/// Opens every channel, as people do in the course of a day; how many messages they hold.
async fn look_around(here: &mut Person, places: &[(SpaceId, ItemId)]) -> Outcome<usize> {
    let mut shown = 0;
    for (space, channel) in places {
        let path = format!("/spaces/{space}/channels/{channel}/messages?limit=100");
        let mut page: MessagePage = here.get(&path).await?;
        shown += page.rows.len();
        while let Some(before) = page.before {
            page = here.get(&format!("{path}&before={before}")).await?;
            shown += page.rows.len();
        }
    }
    Ok(shown)
}

pub(crate) async fn memory(bench: &Bench) -> Rows {
    let mut rows = vec![
        demo_memory(bench)
            .await
            .unwrap_or_else(|reason| Row::missing("memory, idle with the demo's data", reason)),
    ];
    let mut world = World::new(&bench.binary, &["Nantes"], false).await?;
    let mut here = world.person(0).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start_time(&mut world, &mut here).await?);
    }
    let start = |name, times: &[f64]| {
        Row::at_most(name, "s", median(times), 2.0).note(format!(
            "median of {}, from starting the process until it answered for the interface's first \
             file and the first screen's content",
            times.len()
        ))
    };
    rows.push(start("start to first page, nearly empty", &starts));
    let places = open_channels(&here).await?;
    let begun = Instant::now();
    fill(&here, &places).await?;
    let filling = begun.elapsed().as_secs_f64();
    tokio::time::sleep(IDLE_AFTER).await;
    let grown = world.process(0)?.memory_mb()?;
    let mut starts = Vec::new();
    for _ in 0..STARTS_FULL {
        starts.push(start_time(&mut world, &mut here).await?);
    }
    let shown = look_around(&mut here, &places).await?;
    if shown != ITEMS {
        return Err(format!("{shown} of {ITEMS} messages are shown"));
    }
    tokio::time::sleep(IDLE_AFTER).await;
    let rested = world.process(0)?.memory_mb()?;
    rows.push(
        Row::at_most(
            "memory, 450 spaces and 200,000 items, idle after writing",
            "MB",
            Some(grown),
            150.0,
        )
        .note(format!(
            "resident, right after {CLIENTS} clients wrote all of them in {filling:.0} s"
        )),
    );
    rows.push(
        Row::at_most(
            "the same, after a restart and reading all of them",
            "MB",
            Some(rested),
            150.0,
        )
        .note("resident, once every message of every space was listed"),
    );
    rows.push(start("start to first page, with them", &starts));
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
