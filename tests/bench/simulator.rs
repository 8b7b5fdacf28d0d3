//! The large simulated world: run here as the test that asserts it, its figures read from what it
//! prints.

use std::collections::BTreeMap;

use bocage_tests::clients::{Doing, Outcome};

use crate::table::Row;
use crate::{Bench, Rows};

const LARGE: &str = "large::fifty_sites_and_a_thousand_spaces_converge";
const EQUAL: &str = "costs::equal_spaces_meet_again_at_little_cost";
/// Before each line of figures that a test prints for us: `figures <phase>: name=value …`.
const MARK: &str = "figures ";

type Figures = BTreeMap<String, f64>;

/// Runs one test of the simulator to its end; its figures by phase. A failed assertion fails it.
async fn figures(bench: &Bench, test: &str) -> Outcome<BTreeMap<String, Figures>> {
    let mut run = tokio::process::Command::new(&bench.simulator);
    run.current_dir(&bench.project)
        .args(["--exact", test, "--nocapture"])
        .kill_on_drop(true);
    let output = run.output().await.doing("the simulator")?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || !words.contains("1 passed") {
        return Err(format!("{test} ended with {}: {words}", output.status));
    }
    let lines = words.lines().filter_map(|line| line.split_once(MARK));
    let phases = lines.filter_map(|(_, rest)| rest.split_once(": "));
    let read = |text: &str| -> Option<Figures> {
        text.split(' ')
            .map(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect()
    };
    let found: Option<BTreeMap<String, Figures>> = phases
        .map(|(phase, text)| Some((phase.to_owned(), read(text)?)))
        .collect();
    found.ok_or_else(|| format!("{test} printed other figures than expected: {words}"))
}

pub(crate) async fn simulator(bench: &Bench) -> Rows {
    let large = figures(bench, LARGE).await?;
    let equal = figures(bench, EQUAL).await?;
    let mut rows = Vec::new();
    for (phase, name) in [("calm", "calm"), ("rough", "20 % of frames lost, walls")] {
        let found = large
            .get(phase)
            .ok_or_else(|| format!("no figures of «{phase}»"))?;
        let figure = |name: &str| found.get(name).copied();
        let row = |what: &str, unit, value, limit: Option<f64>| {
            let mut row = Row::plain(format!("simulator, {name}: {what}"), unit, value);
            if let (Some(value), Some(limit)) = (value, limit) {
                (row.target, row.holds) = (Some(limit), Some(value <= limit));
            }
            row
        };
        let receivers = figure("deliveries").zip(figure("edits"));
        rows.push(
            row("bytes per edit", "B", figure("bytes"), None).note(format!(
                "50 sites, 1,000 spaces, {:.1} receivers of each edit; it converged, or this row \
                 would be missing",
                receivers.map_or(0.0, |(deliveries, edits)| deliveries / edits)
            )),
        );
        rows.push(
            row(
                "bytes per edit and receiver",
                "B",
                figure("bytes-each"),
                figure("bytes-each-max"),
            )
            .note("target: what the test asserts"),
        );
        rows.push(row(
            "hops, the longest",
            "",
            figure("hops-most"),
            figure("hops-max"),
        ));
        rows.push(row("round trips per edit", "", figure("round-trips"), None));
    }
    let equal = equal.get("equal").ok_or("no figures of equal spaces")?;
    rows.push(
        Row::at_most(
            "450 equal spaces reconnect, simulated",
            "trips",
            equal.get("round-trips").copied(),
            1.5,
        )
        .note(format!(
            "round trips from the open stream until both know; {:.1} KB of frames",
            equal.get("bytes").map_or(0.0, |bytes| bytes / 1e3)
        )),
    );
    Ok(rows)
}
