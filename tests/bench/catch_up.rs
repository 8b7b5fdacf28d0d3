//! A site that was away, and one that is let into a space.

use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_node::api::rows::{MessagePage, Reach};
use bocage_node::store::seal_and_open;
use bocage_tests::clients::{Live, Outcome, Person, World, until};

use crate::limits::carry;
use crate::messages::{TEXT, Talk, send_many};
use crate::stats::{median, ms};
use crate::table::Row;
use crate::{Bench, Rows};

const JOIN_MESSAGES: usize = 1_000;
const RUNS: usize = 5;
const CLIENTS: usize = 64;
const READABLE_TIME_MAX: Duration = Duration::from_secs(60);

/// Values timed to know what one costs.
const SEALED_AT_ONCE: usize = 10_000;

/// The bytes that one entry of a message takes on a disk.
const STORED_BYTES: usize = 400;

/// What must be shown.
struct Wanted {
    space: SpaceId,
    channel: ItemId,
    last: ItemId,
    /// Messages in all: the reader has read none of them.
    count: usize,
}

impl Wanted {
    fn path(&self, limit: usize) -> String {
        let (space, channel) = (self.space, self.channel);
        format!("/spaces/{space}/channels/{channel}/messages?limit={limit}")
    }

    /// Whether one answer shows the last message and counts all as unread: the count comes from
    /// the views, so everything before it was verified, judged and applied.
    async fn is_shown(&self, person: &mut Person) -> bool {
        let page: Outcome<MessagePage> = person.get(&self.path(1)).await;
        page.is_ok_and(|page| {
            let newest = page.rows.last().map(|row| row.id);
            newest == Some(self.last) && page.unread as usize == self.count
        })
    }

    /// Waits for that; milliseconds since `begun`.
    async fn shown_after(&self, person: &mut Person, begun: Instant) -> Outcome<f64> {
        let end = Instant::now() + READABLE_TIME_MAX;
        while !self.is_shown(person).await {
            if Instant::now() > end {
                let shown = match count(person, self).await {
                    Ok(count) => format!("{count} of {} messages are shown", self.count),
                    Err(error) => error,
                };
                return Err(format!("not all is readable after 60 s: {shown}"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(ms(begun.elapsed()))
    }

    /// Waits until the author's site knows that the last one is durable at the other.
    async fn kept_after(&self, author: &mut Person, begun: Instant) -> Outcome<f64> {
        let end = Instant::now() + READABLE_TIME_MAX;
        loop {
            let page: MessagePage = author.get(&self.path(1)).await?;
            let kept = page.rows.last().map(|row| row.kept.state);
            if kept == Some(Reach::Everywhere) {
                return Ok(ms(begun.elapsed()));
            }
            if Instant::now() > end {
                return Err("the last message is not durable at the other site".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// How many messages a site shows, page by page.
async fn count(person: &mut Person, wanted: &Wanted) -> Outcome<usize> {
    let path = wanted.path(100);
    let mut page: MessagePage = person.get(&path).await?;
    let mut count = page.rows.len();
    while let Some(before) = page.before {
        page = person.get(&format!("{path}&before={before}")).await?;
        count += page.rows.len();
    }
    Ok(count)
}

/// What one absence cost.
struct Absence {
    readable_s: f64,
    kept_s: f64,
    redial_s: f64,
    bytes_each: f64,
    /// Values that the site which was away sealed or opened until all was readable, their bytes.
    sealed: (u64, u64),
}

/// The line is cut until both sites say so, messages are sent, the line is joined again.
async fn one_absence(talk: &mut Talk, total: &mut usize, messages: usize) -> Outcome<Absence> {
    let mut lines = [
        Live::open(&talk.here).await?,
        Live::open(&talk.there).await?,
    ];
    for line in &mut lines {
        line.links(true).await?;
    }
    talk.world.cut(true);
    for line in &mut lines {
        line.links(false).await?;
    }
    talk.send_many(messages - 1, CLIENTS).await?;
    let last = talk.here.send(talk.space, talk.channel, "dernier").await?;
    *total += messages;
    let wanted = Wanted {
        space: talk.space,
        channel: talk.channel,
        last,
        count: *total,
    };
    let before = talk.world.bytes();
    let work = talk.world.counters(1).await?;
    let joined = Instant::now();
    talk.world.cut(false);
    let shown = wanted.shown_after(&mut talk.there, joined).await?;
    let worked = talk.world.counters(1).await?;
    // The first answer of a handshake: earlier than anything a site could call «connected».
    let up = talk.world.answered().ok_or("no datagram came back")?;
    let kept = wanted.kept_after(&mut talk.here, joined).await?;
    let bytes = talk.world.bytes() - before;
    let redial_s = (up - joined).as_secs_f64();
    let found = count(&mut talk.there, &wanted).await?;
    if found != wanted.count {
        return Err(format!("{found} of {} messages are listed", wanted.count));
    }
    Ok(Absence {
        readable_s: shown / 1e3 - redial_s,
        kept_s: kept / 1e3 - redial_s,
        redial_s,
        bytes_each: bytes as f64 / messages as f64,
        sealed: (
            worked.sealed_values - work.sealed_values,
            worked.sealed_bytes - work.sealed_bytes,
        ),
    })
}

/// The share of catching up that sealing takes: as many values of such a length as the site which
/// was away sealed and opened, by the store's own functions, timed in this run.
fn at_rest(messages: usize, absences: &[Absence]) -> Outcome<Row> {
    let mut shares = Vec::new();
    let mut each = Vec::new();
    for absence in absences {
        let (values, bytes) = absence.sealed;
        if values < messages as u64 {
            return Err(format!(
                "{values} values were sealed for {messages} messages"
            ));
        }
        let value = vec![7; (bytes / values) as usize];
        let begun = Instant::now();
        seal_and_open((0..SEALED_AT_ONCE).map(|_| &value[..]))?;
        // Each of them was sealed and opened: two of those that the site counts.
        let one = begun.elapsed().as_secs_f64() / (2 * SEALED_AT_ONCE) as f64;
        shares.push(100.0 * values as f64 * one / absence.readable_s);
        each.push(values as f64 / messages as f64);
    }
    let name = format!("at-rest encryption, of catching up {messages} messages");
    Ok(Row::at_most(name, "%", median(&shares), 10.0).note(format!(
        "median of {}; {:.1} values sealed or opened for each message until all is readable, as the \
         site counts them, at what one costs in this run; a part of it runs beside the rest, on the \
         threads that write",
        absences.len(),
        median(&each).unwrap_or_default()
    )))
}

pub(crate) async fn absence(bench: &Bench) -> Rows {
    let mut talk = Talk::begin(bench, true).await?;
    let mut total = talk.count().await?;
    let mut rows = Vec::new();
    let mut redials = Vec::new();
    for (messages, runs, target, peer) in
        [(1_000, 3, 0.3, Some(37.0)), (10_000, 3, 1.0, Some(899.0))]
    {
        let mut absences = Vec::new();
        for _ in 0..runs {
            absences.push(one_absence(&mut talk, &mut total, messages).await?);
        }
        let of = |figure: fn(&Absence) -> f64| {
            median(&absences.iter().map(figure).collect::<Vec<f64>>())
        };
        rows.push(at_rest(messages, &absences)?);
        redials.extend(absences.iter().map(|absence| absence.redial_s));
        let raw = carry(messages, STORED_BYTES).await?;
        let kept = of(|absence| absence.kept_s).unwrap_or_default();
        let name = format!("absent for {messages} messages, all readable");
        rows.push(
            Row::at_most(name, "s", of(|absence| absence.readable_s), target)
                .peer("Synapse, measured before (10,000: not done by then)", peer)
                .limit(
                    "as many values over one QUIC stream and into one commit",
                    Some(raw),
                )
                .note(format!(
                    "median of {runs}, from the first answer of the handshake; readable: one \
                     answer shows the last and counts all as unread, and all are then listed; \
                     durable there and told to their author after {kept:.2} s"
                )),
        );
        let name = format!("bytes per message on the wire, catching up {messages}");
        rows.push(
            Row::at_most(name, "B", of(|absence| absence.bytes_each), 300.0)
                .peer("Synapse, measured before", Some(5_400.0))
                .limit("64 bytes and the text", Some(64.0 + TEXT.len() as f64))
                .note("both ways, with the handshake and QUIC, UDP and IP headers; zstd"),
        );
    }
    rows.push(
        Row::at_most(
            "redial once the line is back, slowest of all",
            "s",
            redials.iter().copied().reduce(f64::max),
            2.0,
        )
        .note("from joining the line to the first answer of a handshake"),
    );
    talk.world.end().await?;
    Ok(rows)
}

/// A person of another site is let into a space with history.
pub(crate) async fn join(bench: &Bench) -> Rows {
    let world = World::new(&bench.binary, &["Nantes", "Ancenis"], false).await?;
    let (mut here, mut there) = (world.person(0).await?, world.person(1).await?);
    let mut times = Vec::new();
    for run in 0..RUNS {
        let space = here.open_space(&format!("Histoire {run}")).await?;
        let channel = here.open_channel(space, "Banc").await?;
        send_many(&here, (space, channel), JOIN_MESSAGES - 1, CLIENTS).await?;
        let wanted = Wanted {
            space,
            channel,
            last: here.send(space, channel, "dernier").await?,
            count: JOIN_MESSAGES,
        };
        let begun = Instant::now();
        here.add_member(space, there.id()).await?;
        times.push(wanted.shown_after(&mut there, begun).await?);
    }
    let linked = until(
        "the sites to stay linked",
        Duration::from_secs(5),
        || async { world.linked(1).await.ok() },
    );
    linked.await?;
    world.end().await?;
    Ok(vec![
        Row::at_most(
            "join a space of 1,000 messages, history included",
            "ms",
            median(&times),
            100.0,
        )
        .peer("Synapse, measured before (an empty room)", Some(102.0))
        .limit(
            "as many values over one QUIC stream and into one commit",
            Some(carry(JOIN_MESSAGES, STORED_BYTES).await? * 1e3),
        )
        .note(format!(
            "median of {RUNS}, from the manager's call until one answer to the new member shows \
             the last message and counts all as unread"
        )),
    ])
}
