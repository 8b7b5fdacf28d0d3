//! Messages of a channel, from the API at one site to a subscriber at another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bocage_crdt::ids::{ItemId, SpaceId};
use bocage_node::api::rows::MessagePage;
use bocage_node::api::{BrowserMessage, Topic};
use bocage_tests::clients::http::Http;
use bocage_tests::clients::{Live, Outcome, Person, World};
use serde::Deserialize;

use crate::stats::{median, ms, p50_p99, sum};
use crate::table::Row;
use crate::{Bench, Rows};

const MESSAGES: usize = 400;
const RUNS: usize = 3;
const CLIENTS: usize = 64;
const REQUESTS_EACH: usize = 200;
const THROUGHPUT_MESSAGES: usize = 12_800;
/// A sentence, as people send them.
pub(crate) const TEXT: &str = "Équipe 2 partie pour les accotements, retour prévu à 11 h 30.";

/// As little of a live message as is needed to know what arrived.
#[derive(Deserialize)]
struct Arrived {
    t: String,
    #[serde(default)]
    put: Vec<ArrivedRow>,
}

#[derive(Deserialize)]
struct ArrivedRow {
    id: ItemId,
    #[serde(default)]
    fields: ArrivedFields,
}

#[derive(Deserialize, Default)]
struct ArrivedFields {
    #[serde(default)]
    text: String,
}

/// Two sites with a channel that the second one's person watches.
pub(crate) struct Talk {
    pub world: World,
    pub here: Person,
    pub there: Person,
    pub space: SpaceId,
    pub channel: ItemId,
    watching: Live,
}

impl Talk {
    pub(crate) async fn begin(bench: &Bench, with_relay: bool) -> Outcome<Self> {
        let world = World::new(&bench.binary, &["Nantes", "Ancenis"], with_relay).await?;
        let (mut here, there) = (world.person(0).await?, world.person(1).await?);
        let space = here.open_space("Messages").await?;
        let channel = here.open_channel(space, "Banc").await?;
        here.add_member(space, there.id()).await?;
        let watching = Live::open(&there).await?;
        let mut talk = Self {
            world,
            here,
            there,
            space,
            channel,
            watching,
        };
        talk.watch().await?;
        Ok(talk)
    }

    /// Subscribes, and sends until the first one arrives: then everything is in place.
    pub(crate) async fn watch(&mut self) -> Outcome<()> {
        self.watching = Live::open(&self.there).await?;
        let topics = vec![Topic::Channel(self.space, self.channel)];
        let path = format!("/spaces/{}/channels/{}/messages", self.space, self.channel);
        let end = Instant::now() + Duration::from_secs(20);
        while let Err(error) = self.there.get_bytes(&path).await {
            if Instant::now() > end {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.watching.say(&BrowserMessage::Watch { topics }).await?;
        let first = self.here.send(self.space, self.channel, "premier").await?;
        self.arrives(first).await
    }

    async fn arrives(&mut self, item: ItemId) -> Outcome<()> {
        loop {
            let arrived: Arrived = self.watching.next().await?;
            if arrived.t == "rows" && arrived.put.iter().any(|row| row.id == item) {
                return Ok(());
            }
        }
    }

    /// From before the call to the row at the other site; one message at a time.
    async fn one(&mut self) -> Outcome<f64> {
        let begun = Instant::now();
        // Its id is known from the answer only, and the row may be there before the answer.
        let (here, watching) = (&mut self.here, &mut self.watching);
        let sent = here.send(self.space, self.channel, TEXT);
        let heard = async {
            loop {
                let arrived: Arrived = watching.next().await?;
                if arrived.t == "rows" && !arrived.put.is_empty() {
                    let at = Instant::now();
                    let ids: Vec<ItemId> = arrived.put.iter().map(|row| row.id).collect();
                    return Ok::<_, String>((at, ids));
                }
            }
        };
        let (item, heard) = tokio::join!(sent, heard);
        let (item, (at, ids)) = (item?, heard?);
        if ids.contains(&item) {
            return Ok(ms(at - begun));
        }
        // A row of an earlier message changed (it reached more sites): wait for ours.
        self.arrives(item).await?;
        Ok(ms(begun.elapsed()))
    }

    /// Sends many over many connections, ended when each is acknowledged.
    pub(crate) async fn send_many(&self, count: usize, clients: usize) -> Outcome<()> {
        send_many(&self.here, (self.space, self.channel), count, clients).await
    }

    /// How many messages the channel holds.
    pub(crate) async fn count(&mut self) -> Outcome<usize> {
        let path = format!("/spaces/{}/channels/{}/messages", self.space, self.channel);
        let page: MessagePage = self.there.get(&format!("{path}?limit=100")).await?;
        match page.before {
            None => Ok(page.rows.len()),
            Some(_) => Err("more messages than one page shows".to_owned()),
        }
    }
}

/// Sends many over many connections of one person, ended when each is acknowledged.
pub(crate) async fn send_many(
    from: &Person,
    (space, channel): (SpaceId, ItemId),
    count: usize,
    clients: usize,
) -> Outcome<()> {
    let mut senders = Vec::new();
    for client in 0..clients {
        let mut person = from.another().await?;
        let share = count / clients + usize::from(client < count % clients);
        senders.push(tokio::spawn(async move {
            for number in 0..share {
                let text = format!("{client} {number} {TEXT}");
                person.send(space, channel, &text).await?;
            }
            Ok::<(), String>(())
        }));
    }
    for sender in senders {
        sender.await.map_err(|error| error.to_string())??;
    }
    Ok(())
}

pub(crate) async fn latency(bench: &Bench) -> Rows {
    let mut talk = Talk::begin(bench, true).await?;
    let mut runs = Vec::new();
    let mut bytes = Vec::new();
    for _ in 0..RUNS {
        let before = talk.world.bytes();
        let mut times = Vec::new();
        for _ in 0..MESSAGES {
            times.push(talk.one().await?);
        }
        // Let acknowledgements pass: they belong to the messages.
        tokio::time::sleep(Duration::from_millis(300)).await;
        bytes.push((talk.world.bytes() - before) as f64 / MESSAGES as f64);
        runs.push(times);
    }
    talk.world.end().await?;
    let (p50, p99) = p50_p99(&runs);
    let limits = &bench.limits;
    let limit = sum(&[limits.commit, limits.tcp_round_trip, limits.quic_round_trip]);
    let row = |name, value, target, peer| {
        Row::at_most(
            format!("message, call at A to subscriber at B, {name}"),
            "ms",
            value,
            target,
        )
        .peer("Synapse, measured before", Some(peer))
        .limit("a durable commit, TCP and QUIC round trips", limit)
        .note(format!(
            "median of {RUNS} runs of {MESSAGES}; through the bench's relay, which adds about 0.1 ms"
        ))
    };
    Ok(vec![
        row("p50", p50, 2.0, 56.0),
        row("p99", p99, 8.0, 114.0),
        Row::at_most(
            "bytes per message on the wire, live, one at a time",
            "B",
            median(&bytes),
            500.0,
        )
        .peer("Synapse, measured before", Some(1_890.0))
        .limit("64 bytes and the text", Some(64.0 + TEXT.len() as f64))
        .note("both ways, with QUIC, UDP and IP headers and acknowledgements"),
    ])
}

pub(crate) async fn throughput(bench: &Bench) -> Rows {
    let mut talk = Talk::begin(bench, false).await?;
    let mut rates = Vec::new();
    let mut costs = Vec::new();
    let mut out_of_order = 0;
    for _ in 0..RUNS {
        let cpu = |talk: &Talk| {
            Ok::<f64, String>(
                talk.world.process(0)?.cpu_seconds()? + talk.world.process(1)?.cpu_seconds()?,
            )
        };
        let before = cpu(&talk)?;
        let begun = Instant::now();
        let watching = Live::open(&talk.there).await?;
        let mut watching = std::mem::replace(&mut talk.watching, watching);
        let listening = tokio::spawn(async move {
            // Per client the number of its message that must come next.
            let mut next: BTreeMap<u32, u32> = BTreeMap::new();
            let (mut count, mut disorder) = (0, 0);
            while count < THROUGHPUT_MESSAGES {
                let arrived: Arrived = watching.next().await?;
                for row in arrived.put.iter().filter(|_| arrived.t == "rows") {
                    let mut words = row.fields.text.split(' ');
                    let pair = words.next().zip(words.next());
                    let pair = pair
                        .and_then(|(c, n)| Some((c.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
                    let Some((client, number)) = pair else {
                        continue;
                    };
                    let expected = next.entry(client).or_default();
                    // A row comes again when it has reached more sites.
                    if number < *expected {
                        continue;
                    }
                    disorder += usize::from(number > *expected);
                    count += 1;
                    *expected = number + 1;
                }
            }
            Ok::<_, String>((disorder, watching))
        });
        talk.send_many(THROUGHPUT_MESSAGES, CLIENTS).await?;
        let (disorder, watching) = listening.await.map_err(|error| error.to_string())??;
        rates.push(THROUGHPUT_MESSAGES as f64 / begun.elapsed().as_secs_f64());
        costs.push((cpu(&talk)? - before) * 1e6 / THROUGHPUT_MESSAGES as f64);
        out_of_order += disorder;
        talk.watching = watching;
        // The next run's numbers begin again.
        let channel = talk.here.open_channel(talk.space, "Banc, suite").await?;
        talk.channel = channel;
        talk.watch().await?;
    }
    let asked = empty_requests(&talk).await?;
    talk.world.end().await?;
    let order = match out_of_order {
        0 => "each client's messages arrived in order".to_owned(),
        count => format!("{count} messages arrived out of their sender's order"),
    };
    let mut rate = Row::at_least(
        "messages delivered live at B, 64 clients",
        "1/s",
        median(&rates),
        5_000.0,
    )
    .peer("Synapse, measured before", Some(33.0))
    .limit(
        "requests that ask for nothing, of the same clients to one site",
        Some(asked),
    )
    .note(format!(
        "median of {RUNS} runs of {THROUGHPUT_MESSAGES}, from the first call until the last one is \
         delivered; {order}; clients share the cores with both sites"
    ));
    if out_of_order > 0 {
        rate.holds = Some(false);
    }
    Ok(vec![
        rate,
        Row::plain(
            "processor time per message, both sites",
            "us",
            median(&costs),
        )
        .limit(
            "one signature made and one checked",
            sum(&[bench.limits.sign, bench.limits.verify]).map(|ms| ms * 1e3),
        )
        .note("without HTTP, measured before: 240 us"),
    ])
}

/// Requests per second that [`CLIENTS`] get answered when nothing is to be done for them.
async fn empty_requests(talk: &Talk) -> Outcome<f64> {
    let web = talk.here.web();
    let begun = Instant::now();
    let mut askers = Vec::new();
    for _ in 0..CLIENTS {
        askers.push(tokio::spawn(async move {
            let mut http = Http::connect(web).await?;
            for _ in 0..REQUESTS_EACH {
                let answer = http.send("GET", "/api/v1/welcome", "", b"").await?;
                if answer.status != 200 {
                    return Err(format!("the welcome answers {}", answer.status));
                }
            }
            Ok(())
        }));
    }
    for asker in askers {
        asker.await.map_err(|error| error.to_string())??;
    }
    Ok((CLIENTS * REQUESTS_EACH) as f64 / begun.elapsed().as_secs_f64())
}
