//! How commands reach a site that runs: a socket in its data directory that only its owner opens.
//! Without a running site the same requests are done on the directory itself.

mod naming;
mod storing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bocage_crdt::ids::NodeId;
use bocage_protocol::ticket::{Ticket, TicketId};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::open::open_site;
use super::realm;
use crate::api::session::MyRights;
use crate::api::status::SiteStatus;
use crate::api::{ApiError, ErrorCode};
use crate::backup::Written;
use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::hub::{HubHandle, NotNamed};
use crate::keys::{Lock, Stretch};
use crate::recovery::Signing;
use crate::store::KeyReport;
use crate::web::site::{NewPerson, SetBy, Site};

use naming::not_named;

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";
/// Largest request or answer: a status with a thousand sites.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// From joining to the realm's first words: a second is usual, a slow line takes longer.
const JOINING_TIME_MAX: Duration = Duration::from_secs(10);
/// Between two looks whether they have come.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What can be asked.
#[derive(Serialize, Deserialize)]
pub(super) enum Ask {
    Issue(Ticket),
    /// Sites that may admit others.
    Admitting,
    /// Lets a site admit others, or not any more. The key stays on this machine's socket, which
    /// only the owner of the data directory opens.
    SetAdmitting {
        site: Option<String>,
        admits: bool,
        root: Signing,
    },
    Redeemed(TicketId),
    Status,
    Realm(realm::Ask),
    AddPerson {
        login: String,
        name: String,
        job: Option<String>,
        verifier: String,
        opens_spaces: bool,
        technician: bool,
    },
    SetVerifier {
        login: String,
        verifier: String,
    },
    /// What is known of the keys.
    Keys,
    /// Another site key. It stays on this machine's socket, like the recovery key above.
    Rewrap {
        key: [u8; 32],
        lock: Lock,
    },
    RenewDataKeys,
    /// A backup under this key.
    Backup {
        file: PathBuf,
        key: [u8; 32],
        stretch: Option<Stretch>,
    },
    /// Writes the archive of a space, by id or name, into a new file.
    Export {
        space: String,
        to: PathBuf,
    },
    /// Writes somebody's own data, by login, into a new file.
    ExportPerson {
        login: String,
        to: PathBuf,
    },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Redeemed(Option<(NodeId, String)>),
    Admitting(Vec<String>),
    Named(String),
    Realm(realm::Answer),
    Status(String),
    Refused {
        message: String,
        why: Why,
    },
    Keys(KeyReport),
    BackedUp(Written),
    /// Ended with this exit code.
    Failed {
        message: String,
        kind: Kind,
    },
}

/// Which family of refusals.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Why {
    Rules,
    NotFound,
    NotYet,
    ToSign,
}

fn refused(error: &ApiError) -> Answer {
    let (message, why) = match error.code {
        ErrorCode::NotFound => (error.to_string(), Why::NotFound),
        ErrorCode::Busy => (
            "the site is busy, or has heard nothing of its realm yet since it joined: let it run \
             until \"bocage status\" shows a link, then try again"
                .to_owned(),
            Why::NotYet,
        ),
        _ => (error.to_string(), Why::Rules),
    };
    Answer::Refused { message, why }
}

/// Adds a person; waits for the realm's first words to a site that has just joined.
async fn add_person(
    hub: &HubHandle,
    person: NewPerson,
    patience: Duration,
) -> Result<(), ApiError> {
    let end = Instant::now() + patience;
    loop {
        match hub.add_person(person.clone()).await {
            Err(error) if error.code == ErrorCode::Busy && Instant::now() < end => {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            done => return done.map(drop),
        }
    }
}

async fn admitting(hub: &HubHandle) -> Result<Vec<String>, ApiError> {
    let sites = hub.act(|hub| Ok(hub.admitting_sites())).await?;
    Ok(sites.into_iter().map(|(_, name)| name).collect())
}

/// Said here, before anybody travels with a ticket that no site would honour.
async fn issue(hub: &HubHandle, ticket: Ticket) -> Answer {
    let issued = hub.act(move |hub| match hub.may_admit() {
        true => hub.issue(ticket, None).map(|()| true),
        false => Ok(false),
    });
    match issued.await {
        Ok(true) => Answer::Done,
        Ok(false) => {
            let sites = admitting(hub).await.unwrap_or_default();
            if sites.is_empty() {
                return not_named(&NotNamed::RealmNotHere);
            }
            Answer::Refused {
                message: format!(
                    "this site may not admit others: run \"bocage invite\" at {}, or let this one \
                     with \"bocage admitting add\" and the realm's recovery key",
                    sites.join(" or ")
                ),
                why: Why::Rules,
            }
        }
        Err(error) => refused(&error),
    }
}

/// The file is the caller's: the socket is opened by the owner of the data directory only.
async fn export(hub: &HubHandle, space: String, to: &Path) -> Answer {
    let found = hub.act(move |hub| hub.space_named(&space)).await;
    let space = match found {
        Ok(space) => space,
        Err(error) if error.code == ErrorCode::Conflict => {
            return Answer::Refused {
                message: "several spaces have this name: give the id, as in its address".to_owned(),
                why: Why::Rules,
            };
        }
        Err(error) => return refused(&error),
    };
    let made = |file| crate::archive::collect::archive(hub.clone(), space, file);
    into_new_file(to, made).await
}

async fn export_person(hub: &HubHandle, login: String, to: &Path) -> Answer {
    let found = hub.act(move |hub| Ok(hub.person_to_export(&login))).await;
    let person = match found {
        Ok(Ok(person)) => person,
        Ok(Err(why)) => return not_named(&why),
        Err(error) => return refused(&error),
    };
    let made = |file| crate::archive::person::own_data(hub.clone(), person, file);
    into_new_file(to, made).await
}

async fn into_new_file<M>(to: &Path, made: impl FnOnce(std::fs::File) -> M) -> Answer
where
    M: Future<Output = Result<std::fs::File, ApiError>>,
{
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(to);
    let file = match file {
        Ok(file) => file,
        Err(error) => {
            return Answer::Refused {
                message: format!("cannot make {}: {error}", to.display()),
                why: Why::Rules,
            };
        }
    };
    match made(file).await {
        Ok(_) => Answer::Done,
        Err(error) => {
            // Half an archive is none; the file is ours, nothing stood there before.
            let _ = std::fs::remove_file(to);
            refused(&error)
        }
    }
}

async fn answer(hub: &HubHandle, ask: Ask, patience: Duration) -> Answer {
    let done = match ask {
        Ask::Export { space, to } => return export(hub, space, &to).await,
        Ask::ExportPerson { login, to } => return export_person(hub, login, &to).await,
        Ask::Issue(ticket) => return issue(hub, ticket).await,
        Ask::Admitting => {
            return match admitting(hub).await {
                Ok(names) => Answer::Admitting(names),
                Err(error) => refused(&error),
            };
        }
        Ask::SetAdmitting { site, admits, root } => {
            let named = hub.act(move |hub| Ok(hub.set_admitting(site.as_deref(), admits, &root)));
            return match named.await {
                Ok(Ok(name)) => Answer::Named(name),
                Ok(Err(why)) => not_named(&why),
                Err(error) => refused(&error),
            };
        }
        Ask::Redeemed(id) => match hub.act(move |hub| Ok(hub.redeemed(&id))).await {
            Ok(redeemed) => return Answer::Redeemed(redeemed),
            Err(error) => Err(error),
        },
        Ask::Status => match hub.status().await {
            Ok(json) => return Answer::Status(String::from_utf8_lossy(&json).into_owned()),
            Err(error) => Err(error),
        },
        Ask::AddPerson {
            login,
            name,
            job,
            verifier,
            opens_spaces,
            technician,
        } => {
            let rights = MyRights {
                open_spaces: opens_spaces,
                technician,
                registrar: false,
            };
            let person = NewPerson {
                login,
                name,
                job,
                verifier,
                rights,
            };
            add_person(hub, person, patience).await
        }
        Ask::SetVerifier { login, verifier } => hub
            .set_verifier(login, verifier, SetBy::Machine)
            .await
            .map(drop),
        Ask::Realm(ask) => match hub.act(move |hub| Ok(realm::answer(hub, ask))).await {
            Ok(Ok(said)) => return Answer::Realm(said),
            Ok(Err(why)) => return not_named(&why),
            Err(error) => Err(error),
        },
        Ask::Keys | Ask::Rewrap { .. } | Ask::RenewDataKeys | Ask::Backup { .. } => {
            return match storing::answer(hub, ask).await {
                Ok(answer) => answer,
                Err(Failure { kind, message }) => Answer::Failed { message, kind },
            };
        }
    };
    match done {
        Ok(()) => Answer::Done,
        Err(error) => refused(&error),
    }
}

async fn read(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u32_le().await? as usize;
    if length > MESSAGE_BYTES_MAX {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn write(stream: &mut UnixStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_u32_le(bytes.len() as u32).await?;
    stream.write_all(bytes).await
}

/// Serves the socket until the task is dropped.
pub(super) fn serve(directory: &Path, hub: HubHandle) -> Result<Guard, Failure> {
    let path = directory.join(SOCKET);
    // The directory is locked: a socket left here is of a site that was killed.
    let _ = std::fs::remove_file(&path);
    let listener =
        UnixListener::bind(&path).map_err(|error| Failure::file("listen on", &path, &error))?;
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let hub = hub.clone();
            tokio::spawn(async move {
                let Ok(bytes) = read(&mut stream).await else {
                    return;
                };
                let said = match postcard::from_bytes(&bytes) {
                    Ok(ask) => answer(&hub, ask, JOINING_TIME_MAX).await,
                    Err(_) => Answer::Refused {
                        message: "the running site is of another version".to_owned(),
                        why: Why::NotYet,
                    },
                };
                let bytes = postcard::to_stdvec(&said).expect("plain values always encode");
                // A caller that went away needs no answer.
                let _ = write(&mut stream, &bytes).await;
            });
        }
    });
    Ok(Guard { path, task })
}

/// Removes the socket when the site ends.
pub(super) struct Guard {
    path: PathBuf,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.task.abort();
        // The next start removes it as well.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a site runs on the directory.
pub(super) async fn is_running(directory: &Path) -> bool {
    UnixStream::connect(directory.join(SOCKET)).await.is_ok()
}

/// Asks the running site; without one, opens the directory and does it here.
pub(super) async fn ask(directory: &Path, config: &Config, ask: Ask) -> Result<Answer, Failure> {
    let said = match UnixStream::connect(directory.join(SOCKET)).await {
        Ok(mut stream) => {
            let bytes = postcard::to_stdvec(&ask).expect("plain values always encode");
            let asked = async {
                write(&mut stream, &bytes).await?;
                read(&mut stream).await
            };
            let bytes = asked.await.map_err(|error| {
                Failure::new(
                    Kind::NotReached,
                    format!("the running site did not answer: {error}"),
                )
            })?;
            postcard::from_bytes(&bytes).map_err(|_| {
                Failure::new(Kind::NotReached, "the running site is of another version")
            })?
        }
        Err(_) => {
            let site = open_site(directory, config)?;
            // Without a line nothing can come: no use in waiting for it.
            let said = answer(&site.hub, ask, Duration::ZERO).await;
            site.close().await?;
            said
        }
    };
    match said {
        Answer::Refused { message, why } => {
            let kind = match why {
                Why::Rules => Kind::Refused,
                Why::NotFound => Kind::NotFound,
                Why::NotYet => Kind::NotReached,
                Why::ToSign => Kind::ToSign,
            };
            Err(Failure::new(kind, message))
        }
        Answer::Failed { message, kind } => Err(Failure::new(kind, message)),
        said => Ok(said),
    }
}

/// The status as the running or opened site tells it.
pub(super) async fn status(directory: &Path, config: &Config) -> Result<SiteStatus, Failure> {
    match ask(directory, config, Ask::Status).await? {
        Answer::Status(json) => serde_json::from_str(&json).map_err(|error| {
            Failure::new(
                Kind::NotReached,
                format!("the running site is of another version: {error}"),
            )
        }),
        _ => Err(Failure::new(
            Kind::Internal,
            "another answer than asked for",
        )),
    }
}
