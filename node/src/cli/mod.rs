//! The command line: reads arguments and configuration, calls the site, prints what comes back.
//! Knows no store and no network.
//!
//! Reading order: [`arguments`] is what people type, [`operations`] what is asked of the site,
//! [`print`] what is shown, [`stop`] how the program ends.

pub mod arguments;
pub mod operations;
mod print;
pub mod realm;
pub mod recovery;
pub mod sealing;
mod stop;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tracing_subscriber::EnvFilter;

use crate::clock;
use crate::config::{self, Config, LogFormat};
use crate::demo;
use crate::failure::{Failure, Kind};
use crate::secret;
use crate::site;
use arguments::{AdmittingCommand, Arguments, Command, GuestCommand, PersonCommand};
use operations::{
    AcceptRequest, AdmittingRequest, DemoRequest, ExportRequest, FoundRequest, GuestInitRequest,
    InviteRequest, JoinRequest, PersonRequest, Place,
};
use sealing::KeysCommand;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bocage: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    if let Command::Completions { shell } = arguments.command {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Arguments::command(), "bocage", &mut text);
        return print::out(&String::from_utf8_lossy(&text));
    }
    let data_directory = arguments
        .data_dir
        .unwrap_or_else(arguments::default_data_directory);
    let file = arguments.config.as_ref();
    let (mut config, unknown) = config::load(
        &file
            .cloned()
            .unwrap_or_else(|| data_directory.join(config::FILE)),
        file.is_some(),
    )?;
    if let Some(level) = arguments.log {
        config.log.level = level;
    }
    start_log(&config)?;
    for key in unknown {
        tracing::warn!("{key}");
    }
    let place = Place {
        data_directory,
        config,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Kind::Internal,
                format!("the program cannot start its threads: {error}"),
            )
        })?;
    let done = runtime.block_on(perform(place, arguments.command));
    // What still runs after a clean end has nothing to say any more.
    runtime.shutdown_background();
    done
}

async fn perform(place: Place, command: Command) -> Result<(), Failure> {
    clock::check(clock::now_ms())?;
    match command {
        Command::Init(init) => {
            let request = FoundRequest {
                realm_name: init.realm,
                site_name: init.site,
                person: PersonRequest {
                    name: init.name,
                    login: init.login,
                    job: None,
                    opens_spaces: true,
                    technician: true,
                    password: read_password(init.password_stdin)?,
                },
            };
            let founded = site::found(&place, request).await?;
            print::founded(&founded, &place, !init.no_qr)
        }
        Command::Invite(invite) => {
            let request = InviteRequest {
                hours: invite.hours,
                addresses: invite.address,
            };
            let invited = site::invite(&place, request).await?;
            print::invited(&invited, !invite.no_qr)?;
            if invite.no_wait {
                return Ok(());
            }
            print::out("Waiting for the new site. Ctrl-C ends the waiting, not the ticket.\n")?;
            let mut stop = stop::signals()?;
            tokio::select! {
                redeemed = site::wait_redeemed(&place, &invited) => print::redeemed(&redeemed?),
                _ = stop.wait_for(|stopped| *stopped) => Ok(()),
            }
        }
        Command::Join(join) => {
            let request = JoinRequest {
                ticket: join.ticket,
                site_name: join.site,
            };
            print::joined(&site::join(&place, request).await?, &place)
        }
        Command::Guest(GuestCommand::Init(init)) => {
            let request = GuestInitRequest {
                site_name: init.site,
                person: PersonRequest {
                    name: init.name,
                    login: init.login,
                    job: None,
                    opens_spaces: false,
                    technician: true,
                    password: read_password(init.password_stdin)?,
                },
            };
            print::guest_founded(&site::guest_init(&place, request).await?)
        }
        Command::Guest(GuestCommand::Accept { ticket }) => {
            let accepted = site::guest_accept(&place, AcceptRequest { ticket }).await?;
            print::accepted(&accepted, &place)
        }
        Command::Admitting(AdmittingCommand::List) => {
            let names = site::admitting(&place).await?;
            print::out(
                &names
                    .iter()
                    .map(|name| format!("{name}\n"))
                    .collect::<String>(),
            )
        }
        Command::Admitting(AdmittingCommand::Add { site, request }) => {
            set_admitting(&place, site, true, request).await
        }
        Command::Admitting(AdmittingCommand::Remove { site, request }) => {
            set_admitting(&place, Some(site), false, request).await
        }
        Command::Recovery(command) => recovery::recovery(&place, command).await,
        Command::Territory(command) => realm::territory(&place, command).await,
        Command::Registrar(command) => realm::registrar(&place, command).await,
        Command::Site(command) => realm::site(&place, command).await,
        Command::Space(command) => realm::space(&place, command).await,
        Command::Run => site::run(&place, stop::signals()?).await,
        Command::Status { json } => print::status(&site::status(&place).await?, json),
        Command::Person(PersonCommand::Add(add)) => {
            let request = PersonRequest {
                name: add.name,
                login: add.login,
                job: add.job,
                opens_spaces: add.opens_spaces,
                technician: add.technician,
                password: read_password(add.password_stdin)?,
            };
            print::password(&site::person_add(&place, request).await?)
        }
        Command::Person(PersonCommand::Rights) => realm::list(&place).await,
        Command::Person(PersonCommand::Grant { rights, territory }) => {
            realm::person(&place, rights, true, territory).await
        }
        Command::Person(PersonCommand::End { login, by }) => realm::end(&place, login, by).await,
        Command::Person(PersonCommand::Rehome(asked)) => realm::rehome(&place, asked).await,
        Command::Person(PersonCommand::Withdraw(rights)) => {
            realm::person(&place, rights, false, None).await
        }
        Command::Person(PersonCommand::Reset { login }) => {
            print::password(&site::person_reset(&place, login).await?)
        }
        Command::Person(PersonCommand::Export { login, to }) => {
            print::archive(&site::export_person(&place, login, &to).await?)
        }
        Command::Export(asked) => {
            let request = ExportRequest {
                space: asked.space,
                to: asked.to,
            };
            print::archive(&site::export(&place, request).await?)
        }
        Command::Verify(asked) => print::archive(&site::verify(&asked.file, asked.site)?),
        Command::Rebuild { json } => print::rebuilt(&site::rebuild(&place).await?, json),
        Command::Keys(KeysCommand::Status { json }) => {
            print::keys(&site::keys_status(&place).await?, json)
        }
        Command::Keys(KeysCommand::Rotate { data: false }) => {
            print::keys(&site::keys_rotate(&place).await?, false)
        }
        Command::Keys(KeysCommand::Rotate { data: true }) => {
            print::keys(&site::keys_rotate_data(&place).await?, false)
        }
        Command::Keys(KeysCommand::Move { to }) => {
            print::keys(&site::keys_move(&place, to).await?, false)
        }
        Command::Backup(backup) => {
            let written = site::backup(&place, &backup.file, backup.key_file.as_deref()).await?;
            print::backed_up(&backup.file, written)
        }
        Command::Restore(restore) => {
            let key_file = restore.key_file.as_deref();
            print::restored(&site::restore(&place, &restore.file, key_file)?, &place)
        }
        Command::Demo(asked) => {
            let request = DemoRequest {
                directory: asked
                    .directory
                    .or_else(demo::default_directory)
                    .unwrap_or_else(|| PathBuf::from("bocage-demo")),
                first_port: asked.first_port,
                fresh: asked.fresh,
                seed_only: asked.seed_only,
            };
            demo::run(request, stop::signals()?).await
        }
        Command::Completions { .. } => Ok(()),
    }
}

async fn set_admitting(
    place: &Place,
    site: Option<String>,
    admits: bool,
    request: Option<PathBuf>,
) -> Result<(), Failure> {
    let request = AdmittingRequest {
        site,
        admits,
        root: realm::signing(request)?,
    };
    let name = site::set_admitting(place, request).await?;
    print::out(&match admits {
        true => format!("{name} may admit sites to the realm.\n"),
        false => format!("{name} may no longer admit sites to the realm.\n"),
    })
}

/// Read until the 24 words are complete or the input ends, on one line or several.
fn read_recovery_key() -> Result<[u8; 32], Failure> {
    if std::io::stdin().is_terminal() {
        eprintln!("Type the 24 words of the realm's recovery key, then Enter:");
    }
    let mut words = String::new();
    while words.split_whitespace().count() < secret::RECOVERY_WORDS {
        let read = std::io::stdin().read_line(&mut words).map_err(|error| {
            Failure::new(
                Kind::Usage,
                format!("cannot read the recovery key: {error}"),
            )
        })?;
        if read == 0 {
            break;
        }
    }
    secret::recovery_key(&words).ok_or_else(no_recovery_key)
}

fn no_recovery_key() -> Failure {
    Failure::new(
        Kind::Usage,
        "these are not the 24 words of a recovery key: look for a mistyped, missing or swapped one",
    )
}

/// A password never stands on the command line, where every user of the machine could read it.
fn read_password(from_stdin: bool) -> Result<Option<String>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::new(Kind::Usage, format!("cannot read the password: {error}")))?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::new(
            Kind::Usage,
            "no password came on the standard input: give it as one line",
        )),
        password => Ok(Some(password.to_owned())),
    }
}

fn start_log(config: &Config) -> Result<(), Failure> {
    let log = &config.log;
    // At the ordinary level a library's own greetings say nothing to a technician.
    let directives = match &*log.level {
        "info" => "info,libp2p_swarm=warn",
        other => other,
    };
    let filter: EnvFilter = directives
        .parse()
        .map_err(|error| Failure::new(Kind::Usage, format!("--log {}: {error}", log.level)))?;
    let colour = log
        .colour
        .unwrap_or_else(|| std::io::stderr().is_terminal());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour);
    let started = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| Failure::new(Kind::Internal, format!("no log: {error}")))?;
    // Nothing must linger in a buffer when the process ends early.
    let _ = std::io::stderr().flush();
    Ok(())
}
