//! How commands reach a site that runs: a socket in its data directory that only its owner opens.
//! Without a running site the same requests are done on the directory itself.

use std::path::{Path, PathBuf};

use bocage_crdt::ids::NodeId;
use bocage_protocol::ticket::{Ticket, TicketId};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::open::open_site;
use crate::api::ApiError;
use crate::api::session::MyRights;
use crate::api::status::SiteStatus;
use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::hub::HubHandle;
use crate::web::site::{NewPerson, Site};

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";
/// Largest request or answer: a status with a thousand sites.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Issue(Ticket),
    Redeemed(TicketId),
    Status,
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
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Redeemed(Option<(NodeId, String)>),
    Status(String),
    Refused { message: String, not_found: bool },
}

fn refused(error: &ApiError) -> Answer {
    let not_found = error.code == crate::api::ErrorCode::NotFound;
    Answer::Refused {
        message: error.to_string(),
        not_found,
    }
}

async fn answer(hub: &HubHandle, ask: Ask) -> Answer {
    let done = match ask {
        Ask::Issue(ticket) => hub.act(move |hub| hub.issue(ticket)).await,
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
            };
            hub.add_person(NewPerson {
                login,
                name,
                job,
                verifier,
                rights,
            })
            .await
            .map(drop)
        }
        Ask::SetVerifier { login, verifier } => hub.set_verifier(login, verifier).await.map(drop),
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
                    Ok(ask) => answer(&hub, ask).await,
                    Err(_) => Answer::Refused {
                        message: "the running site is of another version".to_owned(),
                        not_found: false,
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
            let said = answer(&site.hub, ask).await;
            site.close().await?;
            said
        }
    };
    match said {
        Answer::Refused { message, not_found } => {
            let kind = if not_found {
                Kind::NotFound
            } else {
                Kind::Refused
            };
            Err(Failure::new(kind, message))
        }
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
