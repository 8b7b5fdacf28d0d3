//! Many spaces that are equal already, and many pages for a site that has none.

use std::time::{Duration, Instant};

use bocage_crdt::ids::SpaceId;
use bocage_node::api::rows::SpaceList;
use bocage_tests::clients::{Live, Outcome, Person, World};

use crate::stats::median;
use crate::table::Row;
use crate::{Bench, Rows};

const SPACES: usize = 450;
const PAGES: usize = 10_000;
const CLIENTS: usize = 32;
const QUIET: Duration = Duration::from_millis(400);
const RECONNECTS: usize = 3;

/// Bytes that pass from joining the line until nothing but beats is left.
async fn reconnect(world: &World, line: &mut Live) -> Outcome<f64> {
    world.cut(true);
    line.links(false).await?;
    // What a site tried to say into the cut line must not count as part of the comparison.
    let before = world.bytes();
    world.cut(false);
    line.links(true).await?;
    let end = Instant::now() + Duration::from_secs(20);
    let mut last = world.bytes();
    loop {
        tokio::time::sleep(QUIET).await;
        let now = world.bytes();
        if now == last || Instant::now() > end {
            return Ok((last - before) as f64);
        }
        last = now;
    }
}

async fn spaces_of(person: &mut Person) -> usize {
    let list: Outcome<SpaceList> = person.get("/spaces?filter=mine").await;
    list.map_or(0, |list| list.rows.len())
}

pub(crate) async fn equal_spaces(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &["Nantes", "Ancenis"], true).await?;
    let (mut here, mut there) = (world.person(0).await?, world.person(1).await?);
    let mut line = Live::open(&there).await?;
    line.links(true).await?;
    let mut bare = Vec::new();
    for _ in 0..RECONNECTS {
        bare.push(reconnect(&world, &mut line).await?);
    }
    for number in 0..SPACES {
        let space = here.open_space(&format!("Espace {number}")).await?;
        here.add_member(space, there.id()).await?;
    }
    let end = Instant::now() + Duration::from_secs(60);
    while spaces_of(&mut there).await < SPACES {
        if Instant::now() > end {
            return Err("the spaces did not arrive within 60 s".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What was still on its way between the two has passed.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut full = Vec::new();
    for _ in 0..RECONNECTS {
        full.push(reconnect(&world, &mut line).await?);
    }
    world.end().await?;
    let kilobytes = |bytes: &[f64]| median(bytes).map(|bytes| bytes / 1e3);
    let (bare, full) = (kilobytes(&bare), kilobytes(&full));
    let difference = full.zip(bare).map(|(full, bare)| full - bare);
    Ok(vec![
        Row::at_most(
            "450 equal spaces reconnect, beyond a bare reconnect",
            "KB",
            difference,
            16.0,
        )
        .note("round trips are counted by the simulator, which sees them"),
        Row::plain("the same, in all", "KB", full)
            .limit("the same reconnect without any space", bare)
            .note("with the handshake and QUIC, UDP and IP headers"),
    ])
}

async fn make_pages(here: &Person, space: SpaceId) -> Outcome<()> {
    let text = "Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment, et \
                jamais pendant les épreuves. La demi-pension déménage dans le préau fermé de janvier à avril.";
    let mut makers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = here.another().await?;
        makers.push(tokio::spawn(async move {
            for number in (client..PAGES).step_by(CLIENTS) {
                person
                    .make_page(space, &format!("Page {number}"), Some(text))
                    .await?;
            }
            Ok::<(), String>(())
        }));
    }
    for maker in makers {
        maker.await.map_err(|error| error.to_string())??;
    }
    Ok(())
}

/// Items of a space as the site counts them, cheaply: its status knows.
async fn items_at(world: &World, place: usize) -> Outcome<u64> {
    let place = &world.places[place];
    let token = std::fs::read_to_string(place.data.join("admin-token"));
    let token = token.map_err(|error| format!("the token: {error}"))?;
    let mut http = bocage_tests::clients::http::Http::connect(place.web).await?;
    let header = format!("authorization: Bearer {}\r\n", token.trim());
    let response = http.send("GET", "/api/v1/site", &header, b"").await?;
    let status: serde_json::Value = serde_json::from_slice(&response.body)
        .map_err(|error| format!("the status ({}): {error}", response.status))?;
    status["items"]
        .as_u64()
        .ok_or_else(|| format!("the status counts no items: {status}"))
}

pub(crate) async fn pages(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &["Nantes", "Ancenis"], true).await?;
    let (mut here, there) = (world.person(0).await?, world.person(1).await?);
    let space = here.open_space("Beaucoup de pages").await?;
    let begun = Instant::now();
    make_pages(&here, space).await?;
    let making = begun.elapsed().as_secs_f64();
    let (before, bytes) = (items_at(&world, 1).await?, world.bytes());
    let begun = Instant::now();
    here.add_member(space, there.id()).await?;
    let end = begun + Duration::from_secs(90);
    while items_at(&world, 1).await? < before + PAGES as u64 {
        if Instant::now() > end {
            let found = items_at(&world, 1).await? - before;
            return Err(format!("{found} of {PAGES} pages are there after 90 s"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    tokio::time::sleep(QUIET).await;
    let each = (world.bytes() - bytes) as f64 / PAGES as f64;
    world.end().await?;
    Ok(vec![
        Row::at_most(
            "10,000 pages of 200 B to a fresh site",
            "s",
            Some(seconds),
            2.0,
        )
        .peer("Hocuspocus, measured before (1 KiB each)", Some(8.4))
        .note(format!(
            "one run; making them through the API took {making:.1} s"
        )),
        Row::at_most("the same, on the wire per page", "B", Some(each), 600.0),
    ])
}
