//! From a key pressed in one client to the letter applied in another, at one site and at two.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Change, LoadOptions, ObjId, ROOT, ReadDoc, TextEncoding};
use bocage_crdt::ids::{ActorNonce, ItemId, SpaceId};
use bocage_node::api::live::Base64;
use bocage_node::api::{BrowserMessage, SiteMessage};
use bocage_tests::clients::{Doing, Live, Outcome, Person, World};

use crate::stats::{ms, p50_p99, sum};
use crate::table::Row;
use crate::{Bench, Rows};

const KEYS_PER_SECOND: u64 = 50;
const KEYS: usize = 400;
/// Not counted: sockets, pages and caches are cold.
const KEYS_BEFORE: usize = 25;
const RUNS: usize = 3;

pub(crate) async fn keystrokes(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &["Nantes", "Ancenis"], false).await?;
    let (mut here, mut there) = (world.person(0).await?, world.person(1).await?);
    let space = here.open_space("Frappe").await?;
    here.add_member(space, there.id()).await?;
    let mut rows = Vec::new();
    for (sites, targets) in [("one site", (1.6, 6.0)), ("two sites", (3.0, 12.0))] {
        let mut runs = Vec::new();
        for run in 0..RUNS {
            let item = here
                .make_page(space, &format!("Page {sites} {run}"), None)
                .await?;
            let path = format!("/spaces/{space}/items/{item}");
            wait_for(&mut there, &path).await?;
            let other = if sites == "one site" { &here } else { &there };
            runs.push(one_run(&here, other, space, item).await?);
        }
        let (p50, p99) = p50_p99(&runs);
        let peers = &bench.peers;
        let limits = &bench.limits;
        let (limit, limit_value) = match sites {
            "one site" => ("loopback TCP round trip", limits.tcp_round_trip),
            _ => (
                "TCP and QUIC round trips, and a durable commit, which comes before sending on",
                sum(&[limits.tcp_round_trip, limits.quic_round_trip, limits.commit]),
            ),
        };
        for (name, value, target, peer) in [
            ("p50", p50, targets.0, peers.keystroke_p50),
            ("p99", p99, targets.1, peers.keystroke_p99),
        ] {
            let row = Row::at_most(
                format!("keystroke to the other client, {sites}, {name}"),
                "ms",
                value,
                target,
            );
            let row = row.limit(limit, limit_value);
            rows.push(match sites {
                "one site" => row.peer(&peers.keystroke, peer),
                _ => row.peer("none does it", None),
            });
        }
    }
    world.end().await?;
    Ok(rows)
}

async fn wait_for(person: &mut Person, path: &str) -> Outcome<()> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match person.get_bytes(path).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// A page open in one client.
pub(crate) struct Editor {
    live: Live,
    document: AutoCommit,
    body: ObjId,
    item: ItemId,
}

impl Editor {
    pub(crate) async fn open(
        person: &Person,
        space: SpaceId,
        item: ItemId,
        nonce: u8,
    ) -> Outcome<Self> {
        let mut live = Live::open(person).await?;
        let nonce = ActorNonce([nonce; 16]);
        live.say(&BrowserMessage::Open { space, item, nonce })
            .await?;
        let (actor, saved) = live
            .hear(|message| match message {
                SiteMessage::Doc {
                    item: of,
                    actor,
                    saved,
                    ..
                } if of == item => Some((actor, saved)),
                _ => None,
            })
            .await?;
        let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
        let mut document =
            AutoCommit::load_with_options(&saved.0, options).doing("the document")?;
        document.set_actor(automerge::ActorId::from(actor.0));
        let body = document.get(ROOT, "body").doing("the document")?;
        let (_, body) = body.ok_or("the page has no body")?;
        Ok(Self {
            live,
            document,
            body,
            item,
        })
    }

    fn letters(&self) -> usize {
        self.document.length(&self.body)
    }

    /// Writes one letter at the end; the change.
    pub(crate) fn press(&mut self) -> Outcome<Base64> {
        let end = self.letters();
        let document = &mut self.document;
        document
            .splice_text(&self.body, end, 0, "e")
            .doing("a key")?;
        document.commit_with(CommitOptions::default().with_time(0));
        let change = document
            .get_last_local_change()
            .ok_or("a key made no change")?;
        Ok(Base64(change.raw_bytes().to_vec()))
    }

    pub(crate) async fn send(&mut self, n: u64, changes: Vec<Base64>) -> Outcome<()> {
        let item = self.item;
        let edit = BrowserMessage::Edit { item, n, changes };
        self.live.say(&edit).await
    }

    /// Waits until the site has taken all edits up to this one.
    pub(crate) async fn saved(&mut self, last: u64) -> Outcome<()> {
        self.live
            .hear(|message| match message {
                SiteMessage::Saved { n, .. } if n >= last => Some(Ok(())),
                SiteMessage::Refused { error, .. } => Some(Err(format!("refused: {error:?}"))),
                _ => None,
            })
            .await?
    }

    /// Bytes of the whole document, and milliseconds to read them back.
    pub(crate) fn whole(&mut self) -> Outcome<(usize, f64)> {
        let saved = self.document.save();
        let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
        let begun = Instant::now();
        let loaded = AutoCommit::load_with_options(&saved, options).doing("the document")?;
        let took = ms(begun.elapsed());
        if loaded.length(&self.body) != self.letters() {
            return Err("the saved document reads differently".to_owned());
        }
        Ok((saved.len(), took))
    }
}

/// Types at the pace of a fast writer; milliseconds per key, from before the key is put into the
/// writer's document to after it is applied in the reader's.
async fn one_run(one: &Person, other: &Person, space: SpaceId, item: ItemId) -> Outcome<Vec<f64>> {
    let mut writer = Editor::open(one, space, item, 1).await?;
    let mut reader = Editor::open(other, space, item, 2).await?;
    let pressed = Arc::new(Mutex::new(VecDeque::new()));
    let shared = pressed.clone();
    let typing = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / KEYS_PER_SECOND));
        for n in 1..=KEYS as u64 {
            beat.tick().await;
            // Nothing panics while it is held.
            shared
                .lock()
                .map_err(|_| "poisoned")?
                .push_back(Instant::now());
            let change = writer.press()?;
            writer.send(n, vec![change]).await?;
        }
        // The last keys must be taken before the socket goes.
        writer.saved(KEYS as u64).await
    });
    let mut times = Vec::with_capacity(KEYS);
    let empty = reader.letters();
    while times.len() < KEYS {
        let changes = reader
            .live
            .hear(|message| match message {
                SiteMessage::Edit { item: of, changes } if of == item => Some(changes),
                _ => None,
            })
            .await?;
        let changes: Result<Vec<Change>, _> = changes
            .into_iter()
            .map(|change| Change::from_bytes(change.0))
            .collect();
        reader
            .document
            .apply_changes(changes.doing("a change")?)
            .doing("a change")?;
        let now = Instant::now();
        let mut pressed = pressed.lock().map_err(|_| "poisoned")?;
        for _ in times.len()..reader.letters() - empty {
            let at = pressed.pop_front().ok_or("a letter that nobody typed")?;
            times.push(ms(now - at));
        }
    }
    typing.await.doing("typing")??;
    Ok(times.split_off(KEYS_BEFORE))
}
