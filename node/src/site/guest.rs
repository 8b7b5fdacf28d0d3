//! A partner's site: made without any realm, then let into spaces one by one with tickets.

use bocage_crdt::ids::RealmId;
use bocage_protocol::ticket::TicketRole;

use super::founding::{
    NotAdmitted, ask_issuer, check_person, check_ticket, keep_record, name, site_key,
};
use super::open::{SiteRecord, open_with, read_record, store_failure, web_address};
use super::{certificate, control};
use crate::api::session::MyRights;
use crate::cli::operations::{
    AcceptRequest, Accepted, GuestFounded, GuestInitRequest, PasswordSet, Place,
};
use crate::failure::{Failure, Kind};
use crate::hub::{GUEST_META, GuestRecord, GuestWelcome};
use crate::identity::{DataDirectory, Identity};
use crate::secret::Seed;
use crate::store::LogStore;
use crate::web::password;
use crate::web::site::{NewPerson, Site};

/// Makes this data directory a guest site, with its first person.
pub async fn guest_init(place: &Place, request: GuestInitRequest) -> Result<GuestFounded, Failure> {
    let site_name = name("the site's name", &request.site_name)?;
    check_person(&request.person)?;
    let directory = DataDirectory::open(&place.data_directory)?;
    super::open::not_joining(&directory)?;
    let opener = site_key(&directory, &place.config)?;
    let identity = Identity::create(&directory, Seed::fresh(), Seed::fresh())?;
    let node = identity.node();
    let record = SiteRecord {
        realm: RealmId::default(),
        realm_name: String::new(),
        site_name: site_name.clone(),
        secret: rand::random(),
    };
    let guest = vec![GuestRecord::default().write()];
    let log_store = keep_record(&directory, &opener, &record, guest)?;
    certificate::make(directory.path(), &site_name, &place.config)?;
    let open = open_with(directory, identity, &place.config, log_store)?;
    let given = request.person.password.clone();
    let password = given.clone().unwrap_or_else(password::invent);
    let login = request.person.login.clone();
    let person = NewPerson {
        login: login.clone(),
        name: request.person.name,
        job: request.person.job,
        verifier: password::verifier(&password),
        rights: MyRights {
            technician: true,
            ..MyRights::default()
        },
    };
    let added = open.hub.add_person(person).await;
    open.close().await?;
    added.map_err(|error| Failure::new(Kind::Usage, error.to_string()))?;
    Ok(GuestFounded {
        node,
        site_name,
        web_address: web_address(&place.config),
        person: PasswordSet {
            login,
            password: given.is_none().then_some(password),
            asks: Vec::new(),
        },
    })
}

/// Lets this guest site into the space of a ticket.
pub async fn guest_accept(place: &Place, request: AcceptRequest) -> Result<Accepted, Failure> {
    let ticket = request.ticket;
    check_ticket(&ticket, TicketRole::GuestSite)?;
    if control::is_running(&place.data_directory).await {
        return Err(Failure::new(
            Kind::AlreadyRunning,
            "the guest site runs: stop it, accept the ticket, and start it again",
        ));
    }
    let directory = DataDirectory::open(&place.data_directory)?;
    if !directory.has_site() {
        return Err(Failure::new(
            Kind::DataDirectory,
            "there is no guest site here yet: \"bocage guest init\" makes one",
        ));
    }
    let opener = super::open::opener(directory.path(), &place.config);
    let identity = Identity::load(&directory, Seed::fresh())?;
    let (record, guest) = {
        let store =
            LogStore::open(directory.path(), &opener).map_err(|error| store_failure(&error))?;
        let guest = store
            .meta(GUEST_META)
            .map_err(|error| store_failure(&error))?;
        (read_record(&store)?, guest)
    };
    let Some(mut guest) = guest.as_deref().and_then(GuestRecord::read) else {
        return Err(Failure::new(
            Kind::Usage,
            "this directory holds a site of an organisation: a guest site needs one of its own",
        ));
    };
    if record.realm != RealmId::default() && record.realm != ticket.realm {
        return Err(Failure::new(
            Kind::Refused,
            format!(
                "this guest site works with {}: make another guest site, in another data \
                 directory, for another organisation",
                record.realm_name
            ),
        ));
    }
    let welcome: GuestWelcome = match ask_issuer(place, &identity, &record.site_name, &ticket).await
    {
        Ok(welcome) => welcome,
        Err(NotAdmitted::Surely(failure) | NotAdmitted::Perhaps(failure)) => {
            return Err(failure);
        }
    };
    let mut sponsors = welcome.sponsors;
    if let Some((_, _, addresses)) = sponsors
        .iter_mut()
        .find(|(node, ..)| *node == ticket.issuer)
    {
        // As written in the ticket: it led here.
        addresses.splice(0..0, ticket.addresses.iter().cloned());
        addresses.dedup();
    }
    guest.add(welcome.space, sponsors);
    let record = SiteRecord {
        realm: ticket.realm,
        realm_name: welcome.realm_name.clone(),
        ..record
    };
    keep_record(&directory, &opener, &record, vec![guest.write()])?;
    let node = identity.node();
    Ok(Accepted {
        realm_name: welcome.realm_name,
        node,
        words: ticket.six_words(&node),
        web_address: web_address(&place.config),
    })
}
