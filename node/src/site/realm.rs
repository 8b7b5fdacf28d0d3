//! The realm's own matters at the command line: what is asked of the running site, and its answers.

use serde::{Deserialize, Serialize};

use super::control::{self, Answer as ControlAnswer};
use crate::api::status::RecoveryState;
use crate::cli::operations::{Place, RightsRequest};
use crate::failure::{Failure, Kind};
use crate::hub::{Authority, Departure, Hub, NotNamed, Rehomed, RemovedSite, RightsLine, role_of};
use crate::recovery::{RootRequest, Signing};

/// Whose word an operation is.
#[derive(Serialize, Deserialize)]
pub(super) enum By {
    Registrar(Option<String>),
    /// A recovery key stays on this machine's socket, which only the owner of the data directory
    /// opens.
    Root(Signing),
}

impl By {
    fn authority(self) -> Authority {
        match self {
            Self::Registrar(login) => Authority::Registrar(login),
            Self::Root(signing) => Authority::Root(signing),
        }
    }
}

/// What can be asked.
#[derive(Serialize, Deserialize)]
pub(super) enum Ask {
    Territories,
    AddTerritory {
        name: String,
        by: Option<String>,
    },
    PlaceSite {
        site: String,
        territory: Option<String>,
        root: Option<Signing>,
    },
    Rights,
    RemoveSite {
        site: String,
        root: Option<Signing>,
        by: Option<String>,
    },
    Rehome {
        login: Option<String>,
        all_of: Option<String>,
        to: String,
        by: Option<String>,
    },
    SetRights {
        login: String,
        open_spaces: bool,
        technician: bool,
        registrar: bool,
        given: bool,
        territory: Option<String>,
        by: By,
    },
    /// Somebody leaves the realm for good.
    EndPerson {
        login: String,
        by: Option<String>,
    },
    /// A manager for a space that has none.
    Deputise {
        space: String,
        login: String,
        by: Option<String>,
    },
    /// What stands in the way of this site's leaving; or the leaving, once nothing does.
    Retire {
        done: bool,
    },
    /// Whether the others have heard that it left.
    Heard,
    /// Other recovery keys: their public halves.
    Share {
        keys: Vec<[u8; 32]>,
        threshold: u8,
        root: Signing,
        /// Enough of the new ones to act with, for what is named anew under them.
        fresh: Vec<[u8; 32]>,
    },
    /// A request that was signed: the file's bytes.
    Apply(Vec<u8>),
    /// Whether these are recovery keys; noted as an exercise, or not.
    Drill {
        publics: Vec<[u8; 32]>,
        note: bool,
    },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Names(Vec<String>),
    Rights(Vec<RightsLine>),
    Removed(RemovedSite),
    Rehomed(Rehomed),
    /// In whose name it was done; empty when it was so already.
    By(String),
    Recovery(RecoveryState),
    Departure(Departure),
    Heard(bool),
    /// Spaces that name a person still whose account a guest site removed.
    StillNamed(Vec<String>),
}

/// Does it, in the hub's turn.
pub(super) fn answer(hub: &mut Hub, ask: Ask) -> Result<Answer, NotNamed> {
    Ok(match ask {
        Ask::Territories => {
            let list = hub.territories()?.into_iter();
            Answer::Names(list.map(|(_, name)| name).collect())
        }
        Ask::AddTerritory { name, by } => Answer::By(hub.add_territory(&name, by.as_deref())?),
        Ask::PlaceSite {
            site,
            territory,
            root,
        } => {
            let territory = territory.as_deref();
            Answer::By(hub.set_site_territory(&site, territory, root.as_ref())?)
        }
        Ask::RemoveSite { site, root, by } => {
            Answer::Removed(hub.remove_site(&site, root.as_ref(), by.as_deref())?)
        }
        Ask::Rehome {
            login,
            all_of,
            to,
            by,
        } => {
            let (login, all_of) = (login.as_deref(), all_of.as_deref());
            Answer::Rehomed(hub.rehome(login, all_of, &to, by.as_deref())?)
        }
        Ask::EndPerson { login, by } if hub.is_guest_site() => match by {
            Some(_) => return Err(NotNamed::NoRegistrarHere),
            None => Answer::StillNamed(hub.remove_own_person(&login)?),
        },
        Ask::EndPerson { login, by } => Answer::By(hub.end_person(&login, by.as_deref())?),
        Ask::Deputise { space, login, by } => {
            Answer::By(hub.deputise(&space, &login, by.as_deref())?)
        }
        Ask::Retire { done: false } => Answer::Departure(hub.departure()?),
        Ask::Retire { done: true } => Answer::Departure(hub.retire()?),
        Ask::Heard => Answer::Heard(hub.has_been_heard()),
        Ask::Share {
            keys,
            threshold,
            root,
            fresh,
        } => {
            hub.share_recovery(keys, threshold, &root, &fresh)?;
            Answer::By(String::new())
        }
        Ask::Apply(bytes) => {
            let request = RootRequest::decode(&bytes);
            let request = request.ok_or(NotNamed::Refused("no request of a realm".to_owned()))?;
            Answer::By(hub.apply_request(request)?)
        }
        Ask::Drill { publics, note } => Answer::Recovery(hub.drill(&publics, note)?),
        Ask::Rights => Answer::Rights(hub.rights_lines()?),
        Ask::SetRights {
            login,
            open_spaces,
            technician,
            registrar,
            given,
            territory,
            by,
        } => {
            let mut role = role_of(open_spaces, technician);
            if registrar {
                role = role.with(bocage_protocol::rights::Role::REGISTRAR);
            }
            let by = by.authority();
            Answer::By(if given {
                hub.give_rights(&login, role, territory.as_deref(), &by)?
            } else {
                hub.take_rights(&login, role, &by)?
            })
        }
    })
}

pub(super) async fn ask(place: &Place, ask: Ask) -> Result<Answer, Failure> {
    let ask = control::Ask::Realm(ask);
    match control::ask(&place.data_directory, &place.config, ask).await? {
        ControlAnswer::Realm(said) => Ok(said),
        _ => Err(other()),
    }
}

pub(super) fn other() -> Failure {
    Failure::new(Kind::Internal, "another answer than asked for")
}

pub(super) async fn in_whose_name(place: &Place, asked: Ask) -> Result<String, Failure> {
    match ask(place, asked).await? {
        Answer::By(name) => Ok(name),
        _ => Err(other()),
    }
}

/// Names of the realm's territories.
pub async fn territories(place: &Place) -> Result<Vec<String>, Failure> {
    match ask(place, Ask::Territories).await? {
        Answer::Names(names) => Ok(names),
        _ => Err(other()),
    }
}

/// Adds a territory; says in whose name.
pub async fn add_territory(
    place: &Place,
    name: String,
    by: Option<String>,
) -> Result<String, Failure> {
    in_whose_name(place, Ask::AddTerritory { name, by }).await
}

/// Lets a site stand in a territory, or in none; says its name.
pub async fn place_site(
    place: &Place,
    site: String,
    territory: Option<String>,
    root: Option<Signing>,
) -> Result<String, Failure> {
    let asked = Ask::PlaceSite {
        site,
        territory,
        root,
    };
    in_whose_name(place, asked).await
}

/// Takes a lost or stolen site from the realm; its name, and who is still at home there.
pub async fn remove_site(
    place: &Place,
    site: String,
    root: Option<Signing>,
    by: Option<String>,
) -> Result<(String, Vec<String>), Failure> {
    match ask(place, Ask::RemoveSite { site, root, by }).await? {
        Answer::Removed(removed) => Ok((removed.name, removed.people)),
        _ => Err(other()),
    }
}

/// Gives a person, or everybody of a site, another home site: their logins, and in whose name.
pub async fn rehome(
    place: &Place,
    login: Option<String>,
    all_of: Option<String>,
    to: String,
    by: Option<String>,
) -> Result<(Vec<String>, String), Failure> {
    let asked = Ask::Rehome {
        login,
        all_of,
        to,
        by,
    };
    match ask(place, asked).await? {
        Answer::Rehomed(rehomed) => Ok((rehomed.names, rehomed.by)),
        _ => Err(other()),
    }
}

/// How somebody left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The realm, in whose name; empty when it was so already.
    By(String),
    /// A partner's own site: spaces that name her still.
    StillNamed(Vec<String>),
}

/// Somebody leaves the realm for good, or a partner's own site.
pub async fn end_person(
    place: &Place,
    login: String,
    by: Option<String>,
) -> Result<Ended, Failure> {
    match ask(place, Ask::EndPerson { login, by }).await? {
        Answer::By(name) => Ok(Ended::By(name)),
        Answer::StillNamed(spaces) => Ok(Ended::StillNamed(spaces)),
        _ => Err(other()),
    }
}

/// Names a manager for a space that has none; says in whose name.
pub async fn deputise(
    place: &Place,
    space: String,
    login: String,
    by: Option<String>,
) -> Result<String, Failure> {
    in_whose_name(place, Ask::Deputise { space, login, by }).await
}

/// Gives rights of the realm, or takes them; says in whose name.
pub async fn set_rights(place: &Place, request: RightsRequest) -> Result<String, Failure> {
    let asked = Ask::SetRights {
        login: request.login,
        open_spaces: request.opens_spaces,
        technician: request.technician,
        registrar: request.registrar,
        given: request.given,
        territory: request.territory,
        by: match request.root {
            Some(root) => By::Root(root),
            None => By::Registrar(request.by),
        },
    };
    in_whose_name(place, asked).await
}

/// Who holds rights of the realm, and whose site asks for some: as lines to print.
pub async fn rights(place: &Place) -> Result<Vec<crate::cli::operations::RightsRow>, Failure> {
    match ask(place, Ask::Rights).await? {
        Answer::Rights(lines) => Ok(lines
            .into_iter()
            .map(|line| crate::cli::operations::RightsRow {
                name: line.name,
                login: line.login,
                site: line.site,
                rights: line.rights,
                asks: line.asks,
            })
            .collect()),
        _ => Err(other()),
    }
}
