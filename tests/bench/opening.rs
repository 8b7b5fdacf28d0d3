//! A page with a long history, opened by a site that has just started.

use std::time::{Duration, Instant};

use bocage_node::api::rows::ItemDetail;
use bocage_tests::clients::{Outcome, World};

use crate::keystrokes::Editor;
use crate::stats::{median, ms};
use crate::table::Row;
use crate::{Bench, Rows};

const CHANGES: usize = 5_000;
/// Changes in one message: a client that comes back with what it kept sends such runs.
const RUN: usize = 50;
const STARTS: usize = 5;
/// Everything typed is signed into entries within a second, and rows are saved every two.
const SETTLED_AFTER: Duration = Duration::from_secs(4);

/// Types one letter after the other, then opens the page after each of several starts.
pub(crate) async fn long_page(bench: &Bench) -> Rows {
    let mut world = World::new(&bench.binary, &["Nantes"], false).await?;
    let mut here = world.person(0).await?;
    let space = here.open_space("Longue page").await?;
    let item = here.make_page(space, "Longue page", None).await?;
    let mut writer = Editor::open(&here, space, item, 1).await?;
    for run in 0..CHANGES / RUN {
        let keys = (0..RUN)
            .map(|_| writer.press())
            .collect::<Outcome<Vec<_>>>()?;
        writer.send(run as u64, keys).await?;
    }
    writer.saved((CHANGES / RUN - 1) as u64).await?;
    let (saved, loading) = writer.whole()?;
    drop(writer);
    tokio::time::sleep(SETTLED_AFTER).await;
    let path = format!("/spaces/{space}/items/{item}");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        world.stop(0).await?;
        world.start(0).await?;
        // The space and its list first: only the page's own opening is measured.
        here.get_bytes(&format!("/spaces/{space}")).await?;
        let begun = Instant::now();
        let detail: ItemDetail = here.get(&path).await?;
        times.push(ms(begun.elapsed()));
        let letters = detail.html.unwrap_or_default().matches('e').count();
        if letters < CHANGES {
            return Err(format!("{letters} of {CHANGES} letters are read"));
        }
    }
    world.end().await?;
    Ok(vec![
        Row::at_most(
            "open a page of 5,000 changes, cold",
            "ms",
            median(&times),
            50.0,
        )
        .limit("automerge loads the page saved whole", Some(loading))
        .note(format!(
            "median of {STARTS} starts; through the gate, from its entries; {} KB saved whole",
            saved / 1_000
        )),
    ])
}
