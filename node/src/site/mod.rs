//! The site: what each command does, once its arguments are read. This is the seam between the
//! command line, which knows no store and no network, and the parts that do the work.
//!
//! Reading order: this file is the list; [`founding`] makes a realm or joins one, `running` is the
//! life of a site, `open` brings up its hub, `control` reaches one that runs,
//! `storage` changes its keys and backs it up.

mod certificate;
mod control;
mod founding;
mod guest;
mod open;
mod realm;
mod recovery;
mod retiring;
mod running;
mod storage;

use std::time::{Duration, Instant};

use crate::archive;
use crate::archive::verify::Sound;
use crate::cli::operations::{
    AdmittingRequest, Count, DemoRequest, ExportRequest, InviteRequest, Invited, PasswordSet,
    PersonRequest, Place, RebuildReport, Redeemed, SiteLine, StatusReport, Stop,
};
use crate::failure::{Failure, Kind};
use crate::web::password;
use bocage_crdt::ids::NodeId;
use bocage_protocol::ticket::{Ticket, TicketRole};
use control::{Answer, Ask};

pub use founding::{found, join};
pub use guest::{guest_accept, guest_init};
pub use realm::{
    Ended, add_territory, deputise, end_person, place_site, rehome, remove_site, rights,
    set_rights, territories,
};
pub use recovery::{apply, drill, new_keys, recovery, share};
pub use retiring::retire;
pub use running::run;
pub use storage::{
    KeysReport, backup, keys_move, keys_rotate, keys_rotate_data, keys_status, restore,
};

/// Between two looks whether a ticket was redeemed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

fn internal(what: &str) -> Failure {
    Failure::new(Kind::Internal, what)
}

/// Issues a ticket, through the site that runs on this data directory or on the directory itself.
pub async fn invite(place: &Place, request: InviteRequest) -> Result<Invited, Failure> {
    let addresses = if request.addresses.is_empty() {
        founding::own_addresses(&place.config)
    } else {
        request.addresses
    };
    if addresses.is_empty() {
        return Err(Failure::new(
            Kind::Configuration,
            "no address to write into the ticket: set peers.addresses, or give --address",
        ));
    }
    let status = control::status(&place.data_directory, &place.config).await?;
    let ticket = Ticket {
        realm: founding::realm_of(place).await?,
        issuer: status.site.site.id,
        addresses,
        secret: rand::random(),
        role: TicketRole::Site,
        expires_ms: crate::web::now_ms() + u64::from(request.hours) * 3_600_000,
    };
    let ask = Ask::Issue(ticket.clone());
    control::ask(&place.data_directory, &place.config, ask).await?;
    Ok(Invited { ticket })
}

/// Names of the sites that may admit others.
pub async fn admitting(place: &Place) -> Result<Vec<String>, Failure> {
    match control::ask(&place.data_directory, &place.config, Ask::Admitting).await? {
        Answer::Admitting(names) => Ok(names),
        _ => Err(internal("another answer than asked for")),
    }
}

/// Lets a site admit others, or not any more; says its name.
pub async fn set_admitting(place: &Place, request: AdmittingRequest) -> Result<String, Failure> {
    let ask = Ask::SetAdmitting {
        site: request.site,
        admits: request.admits,
        root: request.root,
    };
    match control::ask(&place.data_directory, &place.config, ask).await? {
        Answer::Named(name) => Ok(name),
        _ => Err(internal("another answer than asked for")),
    }
}

/// Waits until the ticket is redeemed or expires.
pub async fn wait_redeemed(place: &Place, invited: &Invited) -> Result<Redeemed, Failure> {
    let ticket = &invited.ticket;
    while crate::web::now_ms() < ticket.expires_ms {
        if !control::is_running(&place.data_directory).await {
            return Err(Failure::new(
                Kind::NotReached,
                "no site runs on this directory: start it with \"bocage run\", it redeems the ticket",
            ));
        }
        let ask = Ask::Redeemed(ticket.id());
        if let Answer::Redeemed(Some((node, site_name))) =
            control::ask(&place.data_directory, &place.config, ask).await?
        {
            return Ok(Redeemed {
                node,
                site_name,
                words: ticket.six_words(&node),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(Failure::new(
        Kind::Refused,
        "the ticket has expired: issue a new one",
    ))
}

/// What the technician needs to see; works with and without a running site.
pub async fn status(place: &Place) -> Result<StatusReport, Failure> {
    let running = control::is_running(&place.data_directory).await;
    let status = control::status(&place.data_directory, &place.config).await?;
    let mut warnings = Vec::new();
    if status.disk.total_bytes > 0 && status.disk.free_bytes < status.disk.total_bytes / 20 {
        warnings.push("less than a twentieth of the disk is free".to_owned());
    }
    if status.encrypted_disk == Some(false) {
        warnings.push("the data directory is not on an encrypted disk".to_owned());
    }
    if status.site.restored {
        warnings.push(
            "this site's data came from a backup: it writes new logs, and fetches what it forgot"
                .to_owned(),
        );
    }
    for space in &status.unfollowed {
        warnings.push(format!(
            "the realm took a site away or gave a member another home, and nobody at home here may \
             do the same in \"{space}\": one of its managers does, at her site"
        ));
    }
    for fork in &status.forks {
        let (site, space) = (&fork.site.name, &fork.space);
        let what = if fork.held {
            "what it wrote from there on is held until that site takes it up"
        } else {
            "it has taken both up, and they count"
        };
        warnings.push(format!(
            "{site} wrote two histories in \"{space}\", as a copied or wrongly restored machine \
             does; {what}"
        ));
    }
    for line in &status.twice {
        let runs = line.runs.iter().map(|run| {
            let address = run
                .address
                .as_deref()
                .unwrap_or("an address that was not seen");
            let since = shown_time(run.since_ms);
            format!("at {address} since {since}")
        });
        let runs: Vec<String> = runs.collect();
        warnings.push(format!(
            "{} runs twice: {}. Stop one of them. Each keeps what it wrote, and hands it over when it \
             runs alone; until then links are kept with the first",
            line.site.name,
            runs.join(", ")
        ));
    }
    for space in &status.without_manager {
        warnings.push(format!(
            "nobody manages the space \"{space}\" any more: its members can let nobody in or out"
        ));
    }
    for registrar in status.registrars.iter().filter(|one| one.renew) {
        warnings.push(format!(
            "{} ({}) was named registrar under recovery keys that were replaced since: spaces opened \
             afterwards do not know her orders. Name her again: bocage registrar add",
            registrar.name, registrar.site
        ));
    }
    warnings.extend(recovery::warnings(&status));
    if { status.removed.iter() }.any(|removed| removed.site.id == status.site.site.id) {
        warnings.push(
            "this site is no longer one of its realm: stop it. What is on its disk stays there until \
             it is erased"
                .to_owned(),
        );
    }
    for item in &status.frozen {
        warnings.push(format!(
            "a change of \"{}\" in \"{}\" failed its trial ({}) and is left out here; if it is \
             an attack, a manager of the space sets the item aside for everybody",
            item.title, item.space, item.reason
        ));
    }
    for line in &status.damaged {
        let asked: Vec<&str> = line.asked.iter().map(|site| &site.name[..]).collect();
        let what = match asked.is_empty() {
            true => "no other site carries it: restore a backup if they are missed".to_owned(),
            false => format!("asked again of {}", asked.join(", ")),
        };
        warnings.push(format!(
            "damaged entries: {} of {} in \"{}\"; {what}; everything else goes on",
            line.entries, line.site.name, line.space
        ));
    }
    for site in &status.sites {
        if site.clock_skew_ms.is_some_and(|skew| skew.abs() > 120_000) {
            warnings.push(format!(
                "the clock of {} differs by minutes",
                site.site.name
            ));
        }
    }
    Ok(StatusReport {
        site_name: status.site.site.name.clone(),
        node: status.site.site.id,
        realm_name: founding::realm_name_of(place).await?,
        version: status.site.version.clone(),
        running,
        data_directory: place.data_directory.clone(),
        data_bytes: status.disk.data_bytes,
        free_bytes: (status.disk.total_bytes > 0).then_some(status.disk.free_bytes),
        spaces: u64::from(status.spaces),
        entries: status.entries,
        waiting: status
            .waiting
            .iter()
            .map(|line| Count {
                name: line.name.clone(),
                count: line.items,
            })
            .collect(),
        refused: status
            .refused
            .iter()
            .map(|line| Count {
                name: line.reason.clone(),
                count: line.count,
            })
            .collect(),
        sites: status
            .sites
            .iter()
            .map(|site| SiteLine {
                name: site.site.name.clone(),
                node: site.site.id,
                linked: site.connected,
                address: site
                    .line
                    .as_ref()
                    .and_then(|line| line.address.clone())
                    .or_else(|| site.addresses.first().cloned()),
                transport: site.line.as_ref().map(|line| line.transport.clone()),
                round_trip_ms: site.line.as_ref().and_then(|line| line.round_trip_ms),
                last_contact_ms: site.last_news_ms,
                missing_here: site.missing_here,
                missing_there: site.to_send,
            })
            .collect(),
        recovery: status.recovery.clone(),
        warnings,
    })
}

/// Writes the archive of a space into a new file, then reads it back and checks it.
pub async fn export(place: &Place, request: ExportRequest) -> Result<Sound, Failure> {
    let to = std::path::absolute(&request.to)
        .map_err(|error| Failure::file("name", &request.to, &error))?;
    let ask = Ask::Export {
        space: request.space,
        to: to.clone(),
    };
    control::ask(&place.data_directory, &place.config, ask).await?;
    verify(&to, None)
}

/// Writes one person's data into a new file, then reads it back and checks it.
pub async fn export_person(
    place: &Place,
    login: String,
    to: &std::path::Path,
) -> Result<Sound, Failure> {
    let to = std::path::absolute(to).map_err(|error| Failure::file("name", to, &error))?;
    let ask = Ask::ExportPerson {
        login,
        to: to.clone(),
    };
    control::ask(&place.data_directory, &place.config, ask).await?;
    verify(&to, None)
}

/// Checks an archive; needs no site.
pub fn verify(file: &std::path::Path, site: Option<NodeId>) -> Result<Sound, Failure> {
    let open = std::fs::File::open(file).map_err(|error| Failure::file("open", file, &error))?;
    archive::verify::verify_any(std::io::BufReader::new(open), site).map_err(|fault| {
        let message = format!("{} is not a sound archive: {fault}", file.display());
        Failure::new(Kind::NotSound, message)
    })
}

/// Adds a person homed at this site.
pub async fn person_add(place: &Place, request: PersonRequest) -> Result<PasswordSet, Failure> {
    let (password, made) = chosen(request.password)?;
    let ask = Ask::AddPerson {
        login: request.login.clone(),
        name: request.name,
        job: request.job,
        verifier: password::verifier(&password),
        opens_spaces: request.opens_spaces,
        technician: request.technician,
    };
    control::ask(&place.data_directory, &place.config, ask).await?;
    let asks = if request.opens_spaces || request.technician {
        let name = &status_name(place).await?;
        let rows = realm::rights(place).await?.into_iter();
        let own = rows.filter(|row| row.login == request.login && row.site == *name);
        own.flat_map(|row| row.asks).collect()
    } else {
        Vec::new()
    };
    Ok(PasswordSet {
        login: request.login,
        password: made.then_some(password),
        asks,
    })
}

async fn status_name(place: &Place) -> Result<String, Failure> {
    let status = control::status(&place.data_directory, &place.config).await?;
    Ok(status.site.site.name)
}

/// A given password that may be set, or one made up.
fn chosen(given: Option<String>) -> Result<(String, bool), Failure> {
    match given {
        Some(password) => {
            password::acceptable(&password)
                .map_err(|error| Failure::new(Kind::Usage, error.to_string()))?;
            Ok((password, false))
        }
        None => Ok((password::invent(), true)),
    }
}

/// Gives a person of this site a new password and ends her sessions.
pub async fn person_reset(place: &Place, login: String) -> Result<PasswordSet, Failure> {
    let password = password::invent();
    let verifier = password::verifier(&password);
    let ask = Ask::SetVerifier {
        login: login.clone(),
        verifier,
    };
    control::ask(&place.data_directory, &place.config, ask).await?;
    Ok(PasswordSet {
        login,
        password: Some(password),
        asks: Vec::new(),
    })
}

/// Recreates everything that is derived from the logs. Needs the site stopped.
pub async fn rebuild(place: &Place) -> Result<RebuildReport, Failure> {
    let began = Instant::now();
    if control::is_running(&place.data_directory).await {
        return Err(Failure::new(
            Kind::AlreadyRunning,
            "stop the site first: rebuild works alone",
        ));
    }
    {
        let directory = crate::identity::DataDirectory::open(&place.data_directory)?;
        let file = directory.file("state.redb");
        open::check_log(&directory, &place.config)?;
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::file("remove", &file, &error));
            }
            _ => {}
        }
    }
    let site = open::open_site(&place.data_directory, &place.config)?;
    let prints = site
        .hub
        .prints()
        .await
        .ok_or_else(|| internal("the hub ended"))?;
    let counts = site.hub.act(|hub| Ok(hub.counts())).await;
    let (items, entries) = counts.map_err(|error| internal(&error.to_string()))?;
    site.close().await?;
    Ok(RebuildReport {
        spaces: prints.len() as u64,
        items,
        entries,
        elapsed_ms: began.elapsed().as_millis() as u64,
    })
}

/// Runs three sites with example data until `stop`.
pub async fn demo(request: DemoRequest, stop: Stop) -> Result<(), Failure> {
    crate::demo::run(request, stop).await
}

/// For a warning: the machine's own time.
fn shown_time(time_ms: u64) -> String {
    let time = i64::try_from(time_ms).map(jiff::Timestamp::from_millisecond);
    match time {
        Ok(Ok(time)) => time
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        _ => "an unknown time".to_owned(),
    }
}
