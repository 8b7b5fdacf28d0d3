//! Making a site: the first of a realm, or one that joins with a ticket.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bocage_crdt::ids::{CommandId, NodeId, PersonId, RealmId, SpaceId};
use bocage_protocol::rights::{Operation, Role, RootKeys, SpaceKind, Subject};
use bocage_protocol::ticket::{RedeemAnswer, RedeemRequest, Ticket, TicketRole};
use ed25519_dalek::SigningKey;
use tokio::sync::mpsc;

use super::open::{OpenSite, SiteRecord, open_with, store_failure, web_address};
use super::running::listen_addresses;
use super::{certificate, control};
use crate::api::session::MyRights;
use crate::cli::operations::{
    FoundRequest, Founded, JoinRequest, Joined, PasswordSet, PersonRequest, Place,
};
use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::hub::AdmittedSite;
use crate::identity::{self, DataDirectory, Identity};
use crate::keys::Opener;
use crate::net::{self, JoinError, NetConfig, NetHandle};
use crate::secret::Seed;
use crate::store::{LogStore, StoreWrite};
use crate::web::password;
use crate::web::site::{NewPerson, Site};

/// How long a join asks again before it gives up: two attempts of ten seconds that a busy issuer
/// did not answer in time, and a third that it does. Beyond that somebody has to look.
const JOIN_PATIENCE: Duration = Duration::from_secs(20);
/// Between two attempts: the last one's connection is closed by then.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Addresses that others may dial: those announced, else those listened on that are not «any».
pub(super) fn own_addresses(config: &Config) -> Vec<String> {
    dialled(&config.peers.addresses, &config.peers.listen)
}

/// As [`own_addresses`], for guest sites.
pub(super) fn edge_addresses(config: &Config) -> Vec<String> {
    dialled(&config.guests.addresses, &config.guests.listen)
}

fn dialled(announced: &[String], listen: &[SocketAddr]) -> Vec<String> {
    if !announced.is_empty() {
        return announced.to_vec();
    }
    let listen = listen.iter();
    listen
        .filter(|address| !address.ip().is_unspecified())
        .map(SocketAddr::to_string)
        .collect()
}

pub(super) fn name(what: &str, raw: &str) -> Result<String, Failure> {
    bocage_crdt::text::name(raw)
        .map_err(|error| Failure::new(Kind::Usage, format!("{what}: {error}")))
}

/// The record of a directory, read without disturbing a running site.
async fn record(place: &Place) -> Result<SiteRecord, Failure> {
    let file = place.data_directory.join("site");
    let bytes = std::fs::read(&file).map_err(|error| Failure::file("read", &file, &error))?;
    postcard::from_bytes(&bytes).map_err(|_| Failure::damaged(&file, "it names no realm"))
}

pub(super) async fn realm_of(place: &Place) -> Result<RealmId, Failure> {
    record(place).await.map(|record| record.realm)
}

pub(super) async fn realm_name_of(place: &Place) -> Result<String, Failure> {
    record(place).await.map(|record| record.realm_name)
}

/// Keeps who the site is: in the store, and beside it for commands while the site runs.
pub(super) fn keep_record(
    directory: &DataDirectory,
    opener: &Opener,
    record: &SiteRecord,
    more: Vec<StoreWrite>,
) -> Result<LogStore, Failure> {
    let store = LogStore::open(directory.path(), opener).map_err(|error| store_failure(&error))?;
    let writes = std::iter::once(record.write()).chain(more);
    store
        .commit(writes)
        .map_err(|error| store_failure(&error))?;
    let file = directory.file("site");
    // Without the secret: the file is for names only.
    let public = SiteRecord {
        secret: [0; 32],
        ..record.clone()
    };
    let bytes = postcard::to_stdvec(&public).expect("a record of plain values always encodes");
    std::fs::write(&file, bytes).map_err(|error| Failure::file("write", &file, &error))?;
    Ok(store)
}

/// The site key of a new site, before anything else is made: whoever cannot name it may try again.
pub(super) fn site_key(directory: &DataDirectory, config: &Config) -> Result<Opener, Failure> {
    let opener = super::open::opener(directory.path(), config);
    if !directory.has_site() {
        opener.make().map_err(|error| error.0)?;
    }
    Ok(opener)
}

/// Founds a realm with this site as its first. Fails if the directory has a site.
pub async fn found(place: &Place, request: FoundRequest) -> Result<Founded, Failure> {
    let realm_name = name("the realm's name", &request.realm_name)?;
    let site_name = name("the site's name", &request.site_name)?;
    // Said before anything is made: a directory half founded would refuse the next try.
    check_person(&request.person)?;
    let given = request.person.password.clone();
    let directory = DataDirectory::open(&place.data_directory)?;
    super::open::not_joining(&directory)?;
    let opener = site_key(&directory, &place.config)?;
    let identity = Identity::create(&directory, Seed::fresh(), Seed::fresh())?;
    let recovery_key = Seed::fresh().0;
    let recovery = SigningKey::from_bytes(&recovery_key);
    let node = identity.node();
    let site = PersonId::of_site(&node);
    let command = CommandId(rand::random());
    let keys = vec![recovery.verifying_key().to_bytes()];
    let root = Some(RootKeys {
        version: 1,
        threshold: 1,
        keys,
    });
    let (space, create) = Operation::found(
        SpaceKind::Realm,
        rand::random(),
        root,
        &node,
        &site,
        &command,
    );
    let realm = RealmId(space.0);
    let secret = rand::random();
    let record = SiteRecord {
        realm,
        realm_name: realm_name.clone(),
        site_name,
        secret,
    };
    let log_store = keep_record(&directory, &opener, &record, Vec::new())?;
    certificate::make(directory.path(), &realm_name, &place.config)?;
    let open = open_with(directory, identity, &place.config, log_store)?;
    let host = Operation::HostAdd {
        node,
        name: record.site_name.clone(),
        addresses: own_addresses(&place.config),
        territory: None,
    };
    let written = open.hub.act(move |hub| {
        hub.register_space(space);
        hub.write_operation(space, site, command, create)?;
        hub.write_operation(space, site, CommandId(rand::random()), host)
    });
    written
        .await
        .map_err(|error| Failure::new(Kind::Internal, error.to_string()))?;
    let password = given.clone().unwrap_or_else(password::invent);
    let login = request.person.login.clone();
    let person = NewPerson {
        login: login.clone(),
        name: request.person.name,
        job: request.person.job,
        verifier: password::verifier(&password),
        // The root gives her these, with the registrar's, once she is known.
        rights: MyRights::default(),
    };
    let added = open.hub.add_person(person).await;
    let person = added.map_err(|error| Failure::new(Kind::Usage, error.to_string()))?;
    name_registrar(&open, space, site, person.id, &recovery, node).await?;
    open.close().await?;
    Ok(Founded {
        realm,
        node,
        recovery_key,
        web_address: web_address(&place.config),
        person: PasswordSet {
            login,
            password: given.is_none().then_some(password),
            asks: Vec::new(),
        },
    })
}

/// Whether a person may be added by these words.
pub(super) fn check_person(person: &PersonRequest) -> Result<(), Failure> {
    name("the person's name", &person.name)?;
    if bocage_crdt::features::person::login(&person.login).is_err() {
        return Err(Failure::new(
            Kind::Usage,
            format!(
                "\"{}\" cannot be a login: letters, digits, points, hyphens and underscores, not \
                 too many",
                person.login.escape_debug()
            ),
        ));
    }
    if let Some(password) = &person.password {
        password::acceptable(password)
            .map_err(|error| Failure::new(Kind::Usage, error.to_string()))?;
    }
    Ok(())
}

/// The first person looks after the realm: signed by the root while its key is at hand.
async fn name_registrar(
    open: &OpenSite,
    space: SpaceId,
    site: PersonId,
    person: PersonId,
    recovery: &SigningKey,
    node: NodeId,
) -> Result<(), Failure> {
    let appoint = Operation::Appoint {
        subject: Subject::Person(person),
        role: Role::REGISTRAR.with(Role::CREATOR).with(Role::TECHNICIAN),
        territory: None,
        sites: vec![node],
    };
    let recovery = recovery.clone();
    let written = open.hub.act(move |hub| {
        let heads = hub.rights_heads(&space)?;
        let signed = appoint.sign_as_root(&space, &heads, &[(0, &recovery)]);
        hub.write_operation(space, site, CommandId(rand::random()), signed)
    });
    written
        .await
        .map(drop)
        .map_err(|error| Failure::new(Kind::Internal, error.to_string()))
}

/// Said before anybody is asked.
pub(super) fn check_ticket(ticket: &Ticket, role: TicketRole) -> Result<(), Failure> {
    if ticket.role != role {
        let message = match ticket.role {
            TicketRole::Site => {
                "this ticket is for a site of the organisation: use it with \"bocage join\""
            }
            TicketRole::GuestSite => {
                "this ticket is for a partner's site: \"bocage guest init\", then \"bocage guest \
                 accept\""
            }
        };
        return Err(Failure::new(Kind::Usage, message));
    }
    ticket
        .check_life(crate::web::now_ms())
        .map_err(|refusal| Failure::new(Kind::Refused, refusal.to_string()))
}

/// Makes this data directory a site of the ticket's realm.
pub async fn join(place: &Place, request: JoinRequest) -> Result<Joined, Failure> {
    let site_name = name("the site's name", &request.site_name)?;
    let ticket = request.ticket;
    check_ticket(&ticket, TicketRole::Site)?;
    if control::is_running(&place.data_directory).await {
        return Err(Failure::new(
            Kind::AlreadyRunning,
            "a site runs on this directory already",
        ));
    }
    let directory = DataDirectory::open(&place.data_directory)?;
    let opener = site_key(&directory, &place.config)?;
    let identity = Identity::for_joining(&directory, Seed::fresh(), Seed::fresh())?;
    let admitted: AdmittedSite = match ask_issuer(place, &identity, &site_name, &ticket).await {
        Ok(admitted) => admitted,
        Err(NotAdmitted::Perhaps(failure)) => return Err(failure),
        Err(NotAdmitted::Surely(failure)) => {
            // No realm knows these keys: the next try begins anew.
            for file in [
                identity::IDENTITY_FILE,
                identity::WRITER_FILE,
                identity::CERTIFICATE_FILE,
                identity::JOINING_FILE,
            ] {
                let _ = std::fs::remove_file(directory.file(file));
            }
            return Err(failure);
        }
    };
    let record = SiteRecord {
        realm: ticket.realm,
        realm_name: admitted.realm_name.clone(),
        site_name,
        secret: rand::random(),
    };
    let bootstrap = (
        ticket.issuer,
        &admitted.issuer_name,
        // As written: names are looked up whenever the site is dialled.
        &ticket.addresses,
    );
    let bootstrap = postcard::to_stdvec(&bootstrap).expect("plain values always encode");
    keep_record(
        &directory,
        &opener,
        &record,
        vec![StoreWrite::Meta("bootstrap", bootstrap)],
    )?;
    certificate::make(directory.path(), &admitted.realm_name, &place.config)?;
    let begun = directory.file(identity::JOINING_FILE);
    std::fs::remove_file(&begun).map_err(|error| Failure::file("remove", &begun, &error))?;
    let node = identity.node();
    Ok(Joined {
        realm_name: admitted.realm_name,
        node,
        words: ticket.six_words(&node),
        web_address: web_address(&place.config),
    })
}

/// Why there was no welcome.
pub(super) enum NotAdmitted {
    /// The issuer cannot have admitted these keys.
    Surely(Failure),
    /// It was asked and its answer is not known.
    Perhaps(Failure),
}

/// Asks until there is an answer or patience ends. Asking again is harmless: the issuer admits a
/// site once, and tells it so as often as it asks.
pub(super) async fn ask_issuer<W: serde::de::DeserializeOwned>(
    place: &Place,
    identity: &Identity,
    site_name: &str,
    ticket: &Ticket,
) -> Result<W, NotAdmitted> {
    // Any port: nobody dials a site that has not joined, and the configured one stays free for
    // `run`, which may follow at once.
    let mut listen = listen_addresses(&place.config);
    listen.iter_mut().for_each(|address| address.set_port(0));
    let key = identity.node_key.to_bytes();
    let (config, addresses) = match ticket.role {
        TicketRole::Site => (NetConfig::new(key, listen), own_addresses(&place.config)),
        TicketRole::GuestSite => (
            NetConfig::edge(key, Vec::new()),
            edge_addresses(&place.config),
        ),
    };
    let (events, mut heard) = mpsc::channel(64);
    let network = net::start(config, events)
        .await
        .map_err(|error| NotAdmitted::Surely(super::running::net_failure(&error)))?;
    let drain = tokio::spawn(async move { while heard.recv().await.is_some() {} });
    let request = RedeemRequest::new(
        ticket,
        identity.certificate.clone(),
        site_name.to_owned(),
        addresses,
    );
    let answer = ask_again(&network, ticket, &request.to_bytes()).await;
    network.close().await;
    drain.abort();
    let refused = |failure| Err(NotAdmitted::Surely(failure));
    match RedeemAnswer::from_bytes(&answer?) {
        Ok(RedeemAnswer::Admitted(bytes)) => postcard::from_bytes(&bytes).map_err(|_| {
            let message = "the issuing site is of another version";
            NotAdmitted::Perhaps(Failure::new(Kind::Refused, message))
        }),
        Ok(RedeemAnswer::Refused(refusal)) | Err(refusal) => {
            refused(Failure::new(Kind::Refused, refusal.to_string()))
        }
    }
}

async fn ask_again(
    network: &NetHandle,
    ticket: &Ticket,
    request: &[u8],
) -> Result<Vec<u8>, NotAdmitted> {
    let end = Instant::now() + JOIN_PATIENCE;
    let mut asked = false;
    loop {
        // Looked up each time: names move, and name servers wake up late.
        let addresses = net::resolve(&ticket.addresses).await;
        let answer = network.join(ticket.issuer, addresses, request.to_vec());
        let error = match answer.await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        asked |= matches!(error, JoinError::NoAnswer | JoinError::TooLate);
        let hopeless = matches!(error, JoinError::OtherSite | JoinError::NotSent);
        if !hopeless && Instant::now() < end {
            tracing::warn!("{error}; trying again");
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
            continue;
        }
        return Err(if asked {
            let message = format!(
                "{error}. It may have admitted this site all the same: type the same command \
                 again, with the same ticket and data directory"
            );
            NotAdmitted::Perhaps(Failure::new(Kind::NotReached, message))
        } else {
            NotAdmitted::Surely(Failure::new(Kind::NotReached, error.to_string()))
        });
    }
}
