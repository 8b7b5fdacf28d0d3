//! A site that was away, and one that is let into a space.

use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_node::api::rows::MessagePage;
use bocage_tests::clients::{Live, Outcome, Person, World, until};

use crate::messages::Talk;
use crate::stats::{median, ms};
use crate::table::Row;
use crate::{Bench, Rows};

const JOIN_MESSAGES: usize = 1_000;
const RUNS: usize = 3;
const READABLE_TIME_MAX: Duration = Duration::from_secs(60);

/// The last message, as the other site shows it; none while the channel is unknown there.
async fn newest(person: &mut Person, space: SpaceId, channel: ItemId) -> Option<ItemId> {
    let path = format!("/spaces/{space}/channels/{channel}/messages?limit=1");
    let page: MessagePage = person.get(&path).await.ok()?;
    page.rows.last().map(|row| row.id)
}

/// How many messages a site shows in all.
async fn count(person: &mut Person, space: SpaceId, channel: ItemId) -> Outcome<usize> {
    let path = format!("/spaces/{space}/channels/{channel}/messages?limit=100");
    let mut page: MessagePage = person.get(&path).await?;
    let mut count = page.rows.len();
    while let Some(before) = page.before {
        page = person.get(&format!("{path}&before={before}")).await?;
        count += page.rows.len();
    }
    Ok(count)
}

/// Waits until the last message is shown, then makes sure that all are; milliseconds since `begun`.
async fn all_readable(
    person: &mut Person,
    (space, channel): (SpaceId, ItemId),
    (last, expected): (ItemId, usize),
    begun: Instant,
) -> Outcome<f64> {
    let end = Instant::now() + READABLE_TIME_MAX;
    while newest(person, space, channel).await != Some(last) {
        if Instant::now() > end {
            let shown = match count(person, space, channel).await {
                Ok(count) => format!("{count} of {expected} messages are shown"),
                Err(error) => error,
            };
            return Err(format!(
                "the last message is not readable after 60 s: {shown}"
            ));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let readable = ms(begun.elapsed());
    let found = count(person, space, channel).await?;
    if found == expected {
        return Ok(readable);
    }
    // The last came before some others: the time counts until nothing is missing.
    while count(person, space, channel).await? != expected {
        if Instant::now() > end {
            return Err(format!(
                "{found} of {expected} messages are readable after 60 s"
            ));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(ms(begun.elapsed()))
}

/// The line is cut, messages are sent, the line is joined again.
pub(crate) async fn absence(bench: &Bench) -> Rows {
    let mut talk = Talk::begin(bench, true).await?;
    let place = (talk.space, talk.channel);
    let mut total = count(&mut talk.here, place.0, place.1).await?;
    let mut rows = Vec::new();
    let mut redials = Vec::new();
    for (messages, target, limit, peer) in [
        (1_000, 0.3, 0.04, Some(37.0)),
        (10_000, 1.0, 0.4, Some(899.0)),
    ] {
        let mut line = Live::open(&talk.there).await?;
        line.links(true).await?;
        talk.world.cut(true);
        line.links(false).await?;
        talk.send_many(messages - 1, 32).await?;
        let last = talk.here.send(place.0, place.1, "dernier").await?;
        total += messages;
        let before = talk.world.bytes();
        talk.world.cut(false);
        let joined = Instant::now();
        line.links(true).await?;
        let up = Instant::now();
        redials.push((up - joined).as_secs_f64());
        let readable = all_readable(&mut talk.there, place, (last, total), up).await? / 1e3;
        let bytes = (talk.world.bytes() - before) as f64 / messages as f64;
        let name = format!("absent for {messages} messages, all readable");
        rows.push(
            Row::at_most(name, "s", Some(readable), target)
                .peer("Synapse, measured before (10,000: not done by then)", peer)
                .limit("measured before", Some(limit)),
        );
        let name = format!("bytes per message on the wire, catching up {messages}");
        rows.push(
            Row::at_most(name, "B", Some(bytes), 300.0)
                .peer("Synapse, measured before", Some(5_400.0))
                .note("both ways, with the handshake and QUIC, UDP and IP headers"),
        );
    }
    let slowest = redials.iter().copied().reduce(f64::max);
    rows.push(Row::at_most(
        "redial once the line is back, the slower of two",
        "s",
        slowest,
        2.0,
    ));
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
        let mut last = None;
        for number in 0..JOIN_MESSAGES {
            last = Some(
                here.send(space, channel, &format!("Message numéro {number}"))
                    .await?,
            );
        }
        let last = last.ok_or("no messages")?;
        let begun = Instant::now();
        here.add_member(space, there.id()).await?;
        let wanted = (last, JOIN_MESSAGES);
        times.push(all_readable(&mut there, (space, channel), wanted, begun).await?);
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
        .limit("measured before", Some(30.0))
        .note("from the manager's call to the last message at the new member's site"),
    ])
}
