//! Many spaces that are equal already, and many pages for a site that has none.

use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, PersonId, SpaceId};
use bocage_node::api::rows::{ItemDetail, ItemPage, Reach, SpaceList};
use bocage_tests::clients::{Doing, Live, Outcome, Person, World, until};

use crate::limits::carry;
use crate::stats::median;
use crate::table::Row;
use crate::{Bench, Rows};

const SPACES: usize = 450;
const PAGES: usize = 10_000;
/// The first one has the pages, the others get them one after the other.
const PAGE_SITES: [&str; 4] = ["Nantes", "Ancenis", "Redon", "Blain"];
const CLIENTS: usize = 32;
/// Without a datagram for this long nothing is being said but «I am here».
const QUIET: Duration = Duration::from_millis(300);
const RECONNECTS: usize = 3;
const ARRIVAL_TIME_MAX: Duration = Duration::from_secs(60);
/// Bytes of a page's entry on a disk: header, signature and its first change.
const STORED_BYTES: usize = 700;
const TEXT: &str = "Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par \
                    bâtiment, et jamais pendant les épreuves. La demi-pension déménage dans le \
                    préau fermé de janvier à avril.";

/// Opens spaces, several at a time; each with a second member, if one is given.
pub(crate) async fn open_spaces(
    from: &Person,
    count: usize,
    member: Option<PersonId>,
) -> Outcome<Vec<SpaceId>> {
    let mut openers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = from.another().await?;
        openers.push(tokio::spawn(async move {
            let mut spaces = Vec::new();
            for number in (client..count).step_by(CLIENTS) {
                let space = person.open_space(&format!("Espace {number}")).await?;
                if let Some(member) = member {
                    person.add_member(space, member).await?;
                }
                spaces.push(space);
            }
            Ok::<_, String>(spaces)
        }));
    }
    let mut spaces = Vec::new();
    for opener in openers {
        spaces.extend(opener.await.doing("opening spaces")??);
    }
    Ok(spaces)
}

/// What a reconnect costs.
struct Reconnect {
    bytes: f64,
    datagrams: f64,
}

/// From joining the line until nothing but beats is left.
async fn reconnect(world: &World, lines: &mut [Live]) -> Outcome<Reconnect> {
    world.cut(true);
    for line in lines.iter_mut() {
        line.links(false).await?;
    }
    // What a site tried to say into the cut line does not count: it did not pass.
    let before = (world.bytes(), world.datagrams());
    world.cut(false);
    for line in lines.iter_mut() {
        line.links(true).await?;
    }
    let end = Instant::now() + Duration::from_secs(20);
    let mut last = (world.bytes(), world.datagrams());
    loop {
        tokio::time::sleep(QUIET).await;
        let now = (world.bytes(), world.datagrams());
        if now == last || Instant::now() > end {
            return Ok(Reconnect {
                bytes: (last.0 - before.0) as f64,
                datagrams: (last.1 - before.1) as f64,
            });
        }
        last = now;
    }
}

/// Spaces that this site shows, and knows to be kept by all of their sites.
async fn settled_spaces(person: &mut Person) -> usize {
    let list: Outcome<SpaceList> = person.get("/spaces?filter=mine").await;
    let settled = |list: SpaceList| {
        let rows = list.rows.iter();
        rows.filter(|row| row.kept.state == Reach::Everywhere)
            .count()
    };
    list.map_or(0, settled)
}

pub(crate) async fn equal_spaces(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &["Nantes", "Ancenis"], true).await?;
    let (mut here, mut there) = (world.person(0).await?, world.person(1).await?);
    let mut lines = [Live::open(&here).await?, Live::open(&there).await?];
    for line in &mut lines {
        line.links(true).await?;
    }
    let mut bare = Vec::new();
    for _ in 0..RECONNECTS {
        bare.push(reconnect(&world, &mut lines).await?);
    }
    open_spaces(&here, SPACES, Some(there.id())).await?;
    for person in [&mut here, &mut there] {
        let end = Instant::now() + ARRIVAL_TIME_MAX;
        while settled_spaces(person).await < SPACES {
            if Instant::now() > end {
                return Err("the spaces are not equal after 60 s".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    // What was still on its way between the two has passed.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut full = Vec::new();
    for _ in 0..RECONNECTS {
        full.push(reconnect(&world, &mut lines).await?);
    }
    world.end().await?;
    let of = |runs: &[Reconnect], figure: fn(&Reconnect) -> f64| {
        median(&runs.iter().map(figure).collect::<Vec<f64>>())
    };
    let kilobytes = |runs: &[Reconnect]| of(runs, |run| run.bytes / 1e3);
    let (empty, whole) = (kilobytes(&bare), kilobytes(&full));
    let difference = whole.zip(empty).map(|(whole, empty)| whole - empty);
    let datagrams = of(&full, |run| run.datagrams).unwrap_or_default();
    Ok(vec![
        Row::at_most(
            "450 equal spaces reconnect, beyond a bare reconnect",
            "KB",
            difference,
            16.0,
        )
        .limit(
            "16 bytes per space and direction",
            Some(SPACES as f64 * 32.0 / 1e3),
        )
        .note(format!(
            "median of {RECONNECTS}, on the wire, both ways; round trips: see the simulator"
        )),
        Row::plain("the same, in all", "KB", whole)
            .limit("the same reconnect without any space", empty)
            .note(format!(
                "with the handshake and QUIC, UDP and IP headers, {datagrams:.0} datagrams"
            )),
    ])
}

async fn make_pages(here: &Person, space: SpaceId) -> Outcome<()> {
    let mut makers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = here.another().await?;
        makers.push(tokio::spawn(async move {
            for number in (client..PAGES).step_by(CLIENTS) {
                person.make_page(space, &title(number), Some(TEXT)).await?;
            }
            Ok::<(), String>(())
        }));
    }
    for maker in makers {
        maker.await.doing("making pages")??;
    }
    Ok(())
}

fn title(number: usize) -> String {
    // Before those of the template.
    format!("{number:05} page")
}

/// Items as the site counts them, cheaply: its status knows.
async fn items_at(world: &World, place: usize) -> Outcome<u64> {
    let place = &world.places[place];
    let token = std::fs::read_to_string(place.data.join("admin-token")).doing("the token")?;
    let mut http = bocage_tests::clients::http::Http::connect(place.web).await?;
    let header = format!("authorization: Bearer {}\r\n", token.trim());
    let response = http.send("GET", "/api/v1/site", &header, b"").await?;
    let status: serde_json::Value = serde_json::from_slice(&response.body)
        .map_err(|error| format!("the status ({}): {error}", response.status))?;
    status["items"]
        .as_u64()
        .ok_or_else(|| format!("the status counts no items: {status}"))
}

/// The first pages by title, which a site can only tell once it has read every page.
async fn first_pages(person: &mut Person, space: SpaceId) -> Outcome<ItemPage> {
    let path = format!("/spaces/{space}/items?kind=page&limit=100");
    person.get(&path).await
}

/// All pages with their titles, as the list tells them.
async fn all_pages(person: &mut Person, space: SpaceId) -> Outcome<Vec<ItemId>> {
    let mut page = first_pages(person, space).await?;
    let mut found = Vec::with_capacity(PAGES);
    loop {
        for row in page.rows.iter().take(PAGES - found.len()) {
            if row.title != title(found.len()) {
                return Err(format!("page {} is listed as «{}»", found.len(), row.title));
            }
            found.push(row.id);
        }
        let Some(next) = page.next.filter(|_| found.len() < PAGES) else {
            return Ok(found);
        };
        let path = format!("/spaces/{space}/items?kind=page&limit=100&after={next}");
        page = person.get(&path).await?;
    }
}

/// Reads every page at the fresh site and compares its text; seconds.
async fn read_all(person: &Person, space: SpaceId, pages: &[ItemId]) -> Outcome<f64> {
    let begun = Instant::now();
    let mut readers = Vec::new();
    for client in 0..CLIENTS {
        let mut person = person.another().await?;
        let share: Vec<ItemId> = pages
            .iter()
            .skip(client)
            .step_by(CLIENTS)
            .copied()
            .collect();
        readers.push(tokio::spawn(async move {
            for item in share {
                let path = format!("/spaces/{space}/items/{item}");
                let detail: ItemDetail = person.get(&path).await?;
                let html = detail.html.unwrap_or_default();
                if !html.contains(TEXT) {
                    return Err(format!("a page reads «{html}»"));
                }
            }
            Ok(())
        }));
    }
    for reader in readers {
        reader.await.doing("reading pages")??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Seconds of one run: until all pages are there, until their list is told, to read each; and
/// bytes per page.
struct Pages {
    there: f64,
    listed: f64,
    read: f64,
    bytes_each: f64,
}

/// One more site without any of them gets the space.
async fn one_site(world: &World, at: usize, here: &mut Person, space: SpaceId) -> Outcome<Pages> {
    let mut there = world.person(at).await?;
    let (before, bytes) = (items_at(world, at).await?, world.bytes());
    let begun = Instant::now();
    here.add_member(space, there.id()).await?;
    until("all pages to arrive", ARRIVAL_TIME_MAX, || async {
        let items = items_at(world, at).await.ok()?;
        (items >= before + PAGES as u64).then_some(())
    })
    .await?;
    let arrived = begun.elapsed().as_secs_f64();
    // The entry that lets the reader in is the last of all.
    let list = loop {
        match first_pages(&mut there, space).await {
            Ok(list) => break list,
            Err(error) if begun.elapsed() > ARRIVAL_TIME_MAX => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    };
    let listed = begun.elapsed().as_secs_f64();
    let mut titles = list.rows.iter().enumerate();
    if list.rows.len() != 100 || titles.any(|(n, row)| row.title != title(n)) {
        return Err("the list does not begin with the first 100 pages".to_owned());
    }
    tokio::time::sleep(QUIET).await;
    let bytes_each = (world.bytes() - bytes) as f64 / PAGES as f64;
    let pages = all_pages(&mut there, space).await?;
    if pages.len() != PAGES {
        return Err(format!("{} of {PAGES} pages are listed", pages.len()));
    }
    let read = read_all(&there, space, &pages).await?;
    Ok(Pages {
        there: arrived,
        listed,
        read,
        bytes_each,
    })
}

pub(crate) async fn pages(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &PAGE_SITES, true).await?;
    let mut here = world.person(0).await?;
    let space = here.open_space("Beaucoup de pages").await?;
    make_pages(&here, space).await?;
    let mut runs = Vec::new();
    for at in 1..PAGE_SITES.len() {
        runs.push(one_site(&world, at, &mut here, space).await?);
    }
    world.end().await?;
    let of = |figure: fn(&Pages) -> f64| median(&runs.iter().map(figure).collect::<Vec<f64>>());
    let arrived = of(|run| run.there).unwrap_or_default();
    let raw = carry(PAGES, STORED_BYTES).await?;
    let peers = &bench.peers;
    Ok(vec![
        Row::at_most(
            "10,000 pages of 200 B to a fresh site, each one opened",
            "s",
            of(|run| run.listed),
            2.0,
        )
        .peer(&peers.pages, peers.pages_s)
        .limit(
            "as many values over one QUIC stream and into one commit",
            Some(raw),
        )
        .note(format!(
            "median of {} sites, from the manager's call until the site tells their list by \
             title, for which it has read each; stored and judged after {arrived:.2} s; then all \
             titles and texts were compared",
            runs.len()
        )),
        Row::plain(
            "then each page's text asked by 32 readers, all 10,000",
            "s",
            of(|run| run.read),
        ),
        Row::at_most(
            "10,000 pages, on the wire per page",
            "B",
            of(|run| run.bytes_each),
            600.0,
        )
        .limit("64 bytes and the text", Some(64.0 + TEXT.len() as f64)),
    ])
}
