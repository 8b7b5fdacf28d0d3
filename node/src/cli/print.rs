//! What is shown on the terminal. Results go to the standard output, so that they can be piped;
//! everything else is logged to the standard error.

mod storage;

pub(super) use storage::{backed_up, keys, restored};

use std::io::Write;

use bocage_protocol::ticket::WORDS;

use super::operations::{
    Accepted, Founded, GuestFounded, Invited, Joined, PasswordSet, Place, RebuildReport, Redeemed,
    SiteLine, StatusReport,
};
use crate::archive::verify::Sound;
use crate::clock;
use crate::failure::{Failure, Kind};
use crate::secret;

/// Writes to the standard output. A closed pipe is no failure: the reader has seen enough.
pub(super) fn out(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            Kind::Internal,
            format!("cannot write to the standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

fn json(report: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(report)
        .map_err(|error| Failure::new(Kind::Internal, format!("no JSON: {error}")))?;
    out(&format!("{text}\n"))
}

/// The command to type next, with the data directory where it is not the usual one.
fn run_command(place: &Place) -> String {
    if place.data_directory == super::arguments::default_data_directory() {
        "bocage run".into()
    } else {
        format!("bocage run --data-dir {}", place.data_directory.display())
    }
}

pub(super) fn founded(founded: &Founded, place: &Place, with_code: bool) -> Result<(), Failure> {
    let words = secret::recovery_words(&founded.recovery_key);
    let mut text = String::from("The realm is founded.\n\nRecovery key, shown only now. ");
    text.push_str("Print it or copy it by hand, and keep it away\nfrom this machine:\n\n");
    text.push_str(&numbered(&words, 4));
    if with_code {
        // Twenty-four words always fit a QR code; if not, the words alone are enough.
        text.push_str(
            &secret::qr_code(&words.join(" ")).map_or(String::new(), |code| format!("\n{code}")),
        );
    }
    text.push_str(&format!(
        "\nRealm   {}\nSite    {}\n",
        founded.realm, founded.node
    ));
    text.push_str(&way_in(&founded.person));
    text.push_str(&format!(
        "\nNext: {}\nthen open {}\n",
        run_command(place),
        founded.web_address
    ));
    out(&text)
}

pub(super) fn invited(invited: &Invited, with_code: bool) -> Result<(), Failure> {
    let ticket = &invited.ticket;
    let mut text = format!(
        "Ticket for a site of the realm, good once, until {}:\n\n",
        at(ticket.expires_ms)
    );
    text.push_str(&format!("{ticket}\n\n"));
    if with_code {
        // A ticket with many long addresses may be too long for a code: it can still be copied.
        text.push_str(
            &secret::qr_code(&ticket.to_qr_text())
                .map_or(String::new(), |code| format!("{code}\n")),
        );
    }
    text.push_str("On the new machine:\n\n  bocage join <ticket> --site <its name>\n\n");
    out(&text)
}

pub(super) fn redeemed(redeemed: &Redeemed) -> Result<(), Failure> {
    out(&format!(
        "{} has joined ({}).\n\n{}",
        redeemed.site_name,
        redeemed.node,
        compare(redeemed.words)
    ))
}

pub(super) fn joined(joined: &Joined, place: &Place) -> Result<(), Failure> {
    out(&format!(
        "This machine is now a site of {} ({}).\n\n{}\nNext: {}\nthen open {}\n",
        joined.realm_name,
        joined.node,
        compare(joined.words),
        run_command(place),
        joined.web_address
    ))
}

pub(super) fn guest_founded(founded: &GuestFounded) -> Result<(), Failure> {
    out(&format!(
        "{} is a guest site now ({}).\n\n{}\nNext: ask the partner for a ticket, then \
         \"bocage guest accept <ticket>\"\n",
        founded.site_name,
        founded.node,
        way_in(&founded.person)
    ))
}

pub(super) fn accepted(accepted: &Accepted, place: &Place) -> Result<(), Failure> {
    out(&format!(
        "This guest site was let into a space of {} ({}).\n\n{}\nNext: {}\nthen open {}\n",
        accepted.realm_name,
        accepted.node,
        compare(accepted.words),
        run_command(place),
        accepted.web_address
    ))
}

fn compare(words: [u16; WORDS]) -> String {
    format!(
        "Both screens must show the same six words. Compare them by telephone; if one differs,\n\
         somebody stands in between: remove the new site and start again.\n\n  {}\n",
        secret::six_words(words).join("  ")
    )
}

pub(super) fn password(set: &PasswordSet) -> Result<(), Failure> {
    let mut text = way_in(set);
    if !set.asks.is_empty() {
        text.push_str(&format!(
            "\nAsked for, not given yet: {}. No registrar is at home at this site; one gives it with\n\
             \"bocage person grant {}\" where she is.\n",
            set.asks.join(", "),
            set.login
        ));
    }
    out(&text)
}

fn way_in(set: &PasswordSet) -> String {
    match &set.password {
        Some(password) => format!(
            "Login     {}\nPassword  {password}\n\n\
             The password is shown only now, and is to be changed at the first sign-in.\n",
            set.login
        ),
        None => format!("Login     {}\n", set.login),
    }
}

/// A sound archive: who signed it, from which logs, and what each item in it proves.
pub(super) fn archive(sound: &Sound) -> Result<(), Failure> {
    let report = match sound {
        Sound::Space(report) => report,
        Sound::Person(manifest) => {
            let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
            return out(&format!(
                "Sound: {} files, {bytes} bytes, data of {} ({})\n\
                 Signed by {} of {}, key {}\n\
                 Made {}\n",
                manifest.files.len(),
                manifest.person_name,
                manifest.person,
                manifest.site_name,
                manifest.realm_name,
                manifest.site,
                at(manifest.made_ms)
            ));
        }
    };
    let manifest = &report.manifest;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let mut text = format!(
        "Sound: {} files, {bytes} bytes, of the space \"{}\" ({})\n\
         Signed by {} of {}, key {}\n\
         Made {}, from:\n",
        manifest.files.len(),
        manifest.space_name,
        manifest.space,
        manifest.site_name,
        manifest.realm_name,
        manifest.site,
        at(manifest.made_ms)
    );
    for head in &manifest.heads {
        let fork = if head.forked { ", two histories" } else { "" };
        text.push_str(&format!(
            "  {} entries of {}, last {}{fork}\n",
            head.seq, head.site_name, head.entry
        ));
    }
    if manifest.written_meanwhile {
        text.push_str("Somebody wrote in the space meanwhile: some of it may not be in.\n");
    }
    if report.manifest.format == crate::archive::FORMAT_WITHOUT_ENTRIES {
        text.push_str("Made by an earlier version: the signed entries are not in it.\n");
        return out(&text);
    }
    text.push_str(&format!(
        "Every text is what its signed entries give, {} in all.\n\
         {} members, as {} decisions give them.\n",
        report.entries, report.members, report.decisions
    ));
    for item in &report.items {
        let changed = match item.changed_ms == item.created_ms {
            true => String::new(),
            false => format!(
                ", changed by {} {}",
                item.changed_by.name,
                at(item.changed_ms)
            ),
        };
        let said = match (item.said, &*item.kind) {
            (0, _) => String::new(),
            (said, "channel") => format!(", {said} messages"),
            (said, _) => format!(", {said} comments"),
        };
        let sites: Vec<&str> = item.sites.iter().map(|site| &**site).collect();
        text.push_str(&format!(
            "  {} \"{}\" by {} {}{changed}{said}; {} entries, signed at {}\n    {}\n",
            item.kind,
            item.title,
            item.author.name,
            at(item.created_ms),
            item.entries,
            sites.join(", "),
            item.file
        ));
        if item.local {
            text.push_str("    shows less than its entries: that site left changes out\n");
        }
    }
    out(&text)
}

pub(super) fn rebuilt(report: &RebuildReport, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(report);
    }
    out(&format!(
        "Rebuilt {} items of {} spaces from {} entries in {:.1} s.\n",
        report.items,
        report.spaces,
        report.entries,
        report.elapsed_ms as f64 / 1_000.0
    ))
}

pub(super) fn status(report: &StatusReport, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(report);
    }
    out(&status_text(report, clock::now_ms()))
}

fn status_text(report: &StatusReport, now_ms: u64) -> String {
    let state = if report.running { "running" } else { "stopped" };
    let free = report.free_bytes.map_or("unknown".into(), bytes);
    let mut text = format!(
        "{} ({}), {state}, version {}\nRealm   {}\nData    {} in {}, {free} free\n\
         Holds   {} spaces, {} entries\n",
        report.site_name,
        &report.node.to_string()[..8],
        report.version,
        report.realm_name,
        bytes(report.data_bytes),
        report.data_directory.display(),
        report.spaces,
        report.entries,
    );
    if let Some(keys) = &report.recovery {
        let exercise = keys.drilled_ms.map_or("never".into(), at);
        text.push_str(&format!(
            "Keys    {} of {} sign together, exercise {exercise}\n",
            keys.threshold,
            keys.keys.len()
        ));
    }
    let mut rows = vec![
        [
            "SITE",
            "STATE",
            "LAST NEWS",
            "MISSING HERE",
            "MISSING THERE",
            "ADDRESS",
        ]
        .map(String::from)
        .to_vec(),
    ];
    rows.extend(report.sites.iter().map(|site| site_row(site, now_ms)));
    text.push('\n');
    text.push_str(&table(&rows));
    for (title, counts) in [("Waiting", &report.waiting), ("Refused", &report.refused)] {
        if !counts.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            let rows: Vec<Vec<String>> = counts
                .iter()
                .map(|one| vec![format!("  {}", one.name), one.count.to_string()])
                .collect();
            text.push_str(&table(&rows));
        }
    }
    for warning in &report.warnings {
        text.push_str(&format!("\n! {warning}\n"));
    }
    text
}

fn site_row(site: &SiteLine, now_ms: u64) -> Vec<String> {
    let state = match (site.linked, site.round_trip_ms) {
        (true, Some(time)) => format!("linked, {time:.1} ms"),
        (true, None) => "linked".into(),
        (false, _) => "no link".into(),
    };
    let address = match (&site.address, &site.transport) {
        (Some(address), Some(transport)) => format!("{address} ({transport})"),
        (Some(address), None) => address.clone(),
        (None, _) => "-".into(),
    };
    vec![
        site.name.clone(),
        state,
        site.last_contact_ms
            .map_or("never".into(), |then| ago(then, now_ms)),
        site.missing_here.to_string(),
        site.missing_there.to_string(),
        address,
    ]
}

fn ago(then_ms: u64, now_ms: u64) -> String {
    let seconds = now_ms.saturating_sub(then_ms) / 1_000;
    match seconds {
        0..=1 => "now".into(),
        2..=119 => format!("{seconds} s ago"),
        120..=7_199 => format!("{} min ago", seconds / 60),
        7_200..=172_799 => format!("{} h ago", seconds / 3_600),
        _ => at(then_ms),
    }
}

/// Local time; the offset leaves no doubt on machines set to UTC.
pub(super) fn at(time_ms: u64) -> String {
    match i64::try_from(time_ms).map(jiff::Timestamp::from_millisecond) {
        Ok(Ok(time)) => time
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M %:z")
            .to_string(),
        _ => "an impossible time".into(),
    }
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count} B"),
        _ => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// Columns as wide as their widest cell, the last one free.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Words with their numbers, so that a missing one is noticed while copying.
pub(super) fn numbered(words: &[String], columns: usize) -> String {
    let mut text = String::new();
    for (line, chunk) in words.chunks(columns).enumerate() {
        let cells = chunk
            .iter()
            .enumerate()
            .map(|(column, word)| format!("{:>4}. {word:<10}", line * columns + column + 1));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
