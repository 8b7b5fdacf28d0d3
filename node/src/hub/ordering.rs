//! Registrars' orders: somebody leaves the realm for good, or a space gets a deputy. Decided in the realm,
//! and carried into each space by a site that needs no right of its own for it: all that proves the
//! registrar's word goes with it.

use bocage_crdt::features::Feature;
use bocage_crdt::features::residence::{Move, NOWHERE, Residence};
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::rights::{Operation, Order, Role, RootKeys, RootProof, Standing, Subject};

use super::Hub;
use super::admitting::NotNamed;
use crate::api::{ApiError, ErrorCode};

fn refused(error: ApiError) -> NotNamed {
    NotNamed::Refused(error.to_string())
}

/// The order is given where the space is known by name, and goes into it from there.
const NOT_CARRIED: &str = "this site carries no space of this name or id. Type the same at a site that \
                           carries it and where a registrar for the whole realm is at home. If no site \
                           is both, the recovery keys name a registrar at one that carries it: bocage \
                           registrar add LOGIN";
const NO_REGISTRAR: &str = "this site carries the space, but no registrar for the whole realm is at home \
                            here. Type the same where both is so. If no site is both, the recovery keys \
                            name a registrar here: bocage registrar add LOGIN";

/// The root's appointment of a registrar.
pub(super) struct Naming {
    pub(super) person: PersonId,
    role: Role,
    pub(super) territory: Option<ItemId>,
    sites: Vec<NodeId>,
    proof: RootProof,
}

impl Naming {
    /// The same, to be signed by later keys.
    pub(super) fn again(&self) -> Operation {
        Operation::Appoint {
            subject: Subject::Person(self.person),
            role: self.role,
            territory: self.territory,
            sites: self.sites.clone(),
        }
    }
}

/// What of the realm's history an order may need.
#[derive(Default)]
struct Proofs {
    namings: Vec<Naming>,
    /// Changes of the root keys that stand, with the keys that they name.
    rekeys: Vec<(RootKeys, RootProof)>,
    /// What may be ordered, with the site that wrote it; the newest last.
    ordered: Vec<(NodeId, Entry)>,
}

impl Hub {
    /// Somebody leaves for good: she signs in nowhere any more, and every site that carries a space
    /// of hers takes her out of it. Says in whose name; nothing if it is so already.
    pub(crate) fn end_person(&mut self, login: &str, by: Option<&str>) -> Result<String, NotNamed> {
        let person = self.person_named(login)?;
        let known = self.directory.person(&person).cloned();
        let known = known.ok_or(NotNamed::NoSuchPerson)?;
        if known.site == NOWHERE {
            return Ok(String::new());
        }
        let now = self.realm_now()?;
        if { self.directory.gifts(&person).iter() }.any(|(had, _)| had.has_authority()) {
            return Err(NotNamed::RootOnly);
        }
        let territory = super::leaving::territory_of(&now, &known.site);
        let registrar = self.registrar_here(by, territory)?;
        let realm = self.realm();
        let operation = Operation::Revoke {
            subject: Subject::Person(person),
            cut: self.cut_here(&realm),
            order: None,
        };
        self.write_operation(realm, registrar, CommandId(rand::random()), operation)
            .map_err(refused)?;
        let content = Move {
            person,
            from: known.site,
            to: NOWHERE,
        }
        .to_content();
        let command = CommandId(rand::random());
        let item = ItemId::of(&realm, &registrar, &command);
        let (parent, number) = (Some(ItemId::root(&realm)), Residence.number());
        self.write_item(realm, registrar, command, item, number, parent, content)
            .map_err(refused)?;
        self.after_rights(&realm);
        let name = self.directory.person_ref(&registrar).name;
        tracing::warn!("{} has left the realm, by {name}", known.login);
        Ok(name)
    }

    /// Names a manager for a space in which nobody is left who may.
    pub(crate) fn deputise(
        &mut self,
        space: &str,
        login: &str,
        by: Option<&str>,
    ) -> Result<String, NotNamed> {
        let person = self.person_named(login)?;
        let home = self.directory.home_of(&person);
        let home = home.filter(|home| *home != NOWHERE);
        let home = home.ok_or(NotNamed::NoSuchPerson)?;
        let space = self.space_named(space);
        let space = space.map_err(|error| match error.code {
            ErrorCode::NotFound => NotNamed::Refused(NOT_CARRIED.to_owned()),
            _ => refused(error),
        })?;
        if !self.hosts_of(&space).contains(&self.me.node) {
            return Err(NotNamed::Refused(NOT_CARRIED.to_owned()));
        }
        if self
            .summaries
            .get(&space)
            .is_some_and(|known| known.managers > 0)
        {
            return Err(NotNamed::Refused(
                "somebody manages this space: she lets others in".to_owned(),
            ));
        }
        let registrar = self.registrar_here(by, None).map_err(|why| match why {
            NotNamed::NoRegistrarHere => NotNamed::Refused(NO_REGISTRAR.to_owned()),
            why => why,
        })?;
        let (realm, sites) = (self.realm(), vec![home]);
        let subject = Subject::Person(person);
        let appoint = Operation::Appoint {
            subject,
            role: Role::MANAGER,
            territory: Some(ItemId::root(&space)),
            sites: sites.clone(),
        };
        self.write_operation(realm, registrar, CommandId(rand::random()), appoint.clone())
            .map_err(refused)?;
        let order = self.order_for(&space, None, |operation| *operation == appoint);
        let order = order.ok_or(NotNamed::NotProven)?;
        let operation = Operation::Deputise {
            subject,
            sites,
            order,
        };
        let (site, command) = (self.me.person, CommandId(rand::random()));
        self.write_operation(space, site, command, operation)
            .map_err(refused)?;
        self.after_rights(&space);
        let homes = std::collections::BTreeSet::from([home]);
        let homes = &homes - &self.hosts_of(&space);
        self.add_hosts(space, person, CommandId(rand::random()), homes)
            .map_err(refused)?;
        self.after_rights(&space);
        Ok(self.directory.person_ref(&registrar).name)
    }

    /// Takes somebody who left the realm out of a space: by a manager at home here, else by the
    /// registrar's order. False if neither is possible at this site.
    pub(super) fn take_out(
        &mut self,
        space: &SpaceId,
        manager: Option<PersonId>,
        person: PersonId,
    ) -> bool {
        let subject = Subject::Person(person);
        if self.directory.is_deleted(&person) {
            // Her own word, which needs nobody else's right.
            return self.give_up(space, person).is_ok() && self.has_left(space, &person);
        }
        if let Some(manager) = manager {
            let operation = Operation::Revoke {
                subject,
                cut: self.cut_here(space),
                order: None,
            };
            let command = CommandId(rand::random());
            // Refused where the manager is junior to her.
            if self
                .write_operation(*space, manager, command, operation)
                .is_ok()
                && self.has_left(space, &person)
            {
                return true;
            }
        }
        let ordered = |operation: &Operation| match operation {
            Operation::Revoke { subject: of, .. } => *of == subject,
            _ => false,
        };
        let right = self.spaces.get(space).and_then(|space| {
            let member = space.rights.now().persons.get(&person)?;
            member.territory
        });
        let Some(order) = self.order_for(space, right, ordered) else {
            return false;
        };
        let operation = Operation::Revoke {
            subject,
            cut: self.cut_here(space),
            order: Some(order),
        };
        let (site, command) = (self.me.person, CommandId(rand::random()));
        self.write_operation(*space, site, command, operation)
            .is_ok()
    }

    /// Takes a site that left the realm out of a space: by a manager here, where she is senior to it,
    /// else by a registrar's order. False if neither is possible at this site.
    pub(super) fn take_site_out(
        &mut self,
        space: &SpaceId,
        manager: Option<PersonId>,
        node: NodeId,
    ) -> bool {
        let removal = |cut, order| Operation::HostRemove { node, cut, order };
        if let Some(manager) = manager {
            let operation = removal(self.cut_here(space), None);
            let command = CommandId(rand::random());
            if self
                .write_operation(*space, manager, command, operation)
                .is_ok()
                && !self.carries(space, &node)
            {
                return true;
            }
        }
        let ordered = |operation: &Operation| match operation {
            Operation::HostRemove { node: of, .. } => *of == node,
            _ => false,
        };
        let territory = self.spaces.get(space).and_then(|space| {
            let host = space.rights.now().hosts.get(&node)?;
            host.territory
        });
        let Some(order) = self.order_for(space, territory, ordered) else {
            return false;
        };
        let operation = removal(self.cut_here(space), Some(order));
        let (site, command) = (self.me.person, CommandId(rand::random()));
        self.write_operation(*space, site, command, operation)
            .is_ok()
            && !self.carries(space, &node)
    }

    fn carries(&self, space: &SpaceId, node: &NodeId) -> bool {
        let space = self.spaces.get(space);
        space.is_some_and(|space| space.rights.now().hosts.contains_key(node))
    }

    fn has_left(&self, space: &SpaceId, person: &PersonId) -> bool {
        let space = self.spaces.get(space);
        space.is_some_and(|space| !space.rights.now().persons.contains_key(person))
    }

    /// The bytes that prove to every host of a space that a registrar said this: one for all, or for
    /// the territory of what it is about.
    pub(super) fn order_for(
        &mut self,
        space: &SpaceId,
        about: Option<ItemId>,
        ordered: impl Fn(&Operation) -> bool,
    ) -> Option<Vec<u8>> {
        let founding = self.space(space).ok()?.rights.now().root.clone()?;
        let proofs = self.proofs(ordered)?;
        let realm = self.realm();
        for (node, entry) in proofs.ordered.into_iter().rev() {
            let Some(certificate) = self.catalog.certificate(&node).cloned() else {
                continue;
            };
            let (mut keys, mut rekeys) = (founding.clone(), Vec::new());
            loop {
                let hers = proofs.namings.iter().find(|naming| {
                    naming.person == entry.header.author
                        && naming.sites.contains(&node)
                        && (naming.territory.is_none() || naming.territory == about)
                        && naming.proof.holds(&keys, &realm)
                });
                if let Some(Naming { proof: naming, .. }) = hers {
                    let order = Order {
                        realm,
                        rekeys,
                        naming: naming.clone(),
                        header: entry.bytes.clone(),
                        payload: entry.payload.clone()?,
                        signature: entry.signature.to_vec(),
                        certificate,
                    };
                    return Some(order.encode());
                }
                let mut next = proofs.rekeys.iter();
                let Some((next, proof)) = next.find(|(next, _)| next.version == keys.version + 1)
                else {
                    break;
                };
                rekeys.push(proof.clone());
                keys = next.clone();
            }
        }
        None
    }

    /// How those who are registrars now were named, as far as nothing says so under root keys of this
    /// version: spaces that were founded under them know no earlier naming.
    pub(super) fn outdated_namings(&mut self, version: u32) -> Vec<Naming> {
        let (Ok(now), realm) = (self.realm_now(), self.realm()) else {
            return Vec::new();
        };
        if version < 2 {
            return Vec::new();
        }
        let keys = now.root.filter(|keys| keys.version >= version);
        let namings = self
            .proofs(|_| false)
            .map_or_else(Vec::new, |it| it.namings);
        let renewed = |naming: &Naming| {
            let keys = keys.as_ref();
            keys.is_some_and(|keys| naming.proof.holds(keys, &realm))
        };
        let place = |naming: &Naming| (naming.person, naming.territory);
        let known: Vec<_> = { namings.iter() }
            .filter(|it| renewed(it))
            .map(place)
            .collect();
        let mut outdated: Vec<Naming> = Vec::new();
        for naming in namings {
            let is_one = now.persons.get(&naming.person).is_some_and(|member| {
                let mut rights = member.rights.iter();
                rights.any(|(role, territory)| {
                    role.allows(Role::REGISTRAR) && *territory == naming.territory
                })
            });
            let twice = outdated
                .iter()
                .any(|other| place(other) == place(&naming) && other.sites == naming.sites);
            if is_one && !twice && !known.contains(&place(&naming)) {
                outdated.push(naming);
            }
        }
        outdated
    }

    /// Reads the operations of the realm that stand: there are few beside what people write.
    fn proofs(&mut self, ordered: impl Fn(&Operation) -> bool) -> Option<Proofs> {
        let realm = self.realm();
        let space = self.space(&realm).ok()?;
        let places = space.rights_places.clone();
        let mut proofs = Proofs::default();
        let mut found = Vec::new();
        for place in places {
            let Ok(Some(entry)) = self.stored_entry(place) else {
                continue;
            };
            let rights = &self.spaces.get(&realm)?.rights;
            let Some(Ok(operation)) = entry.payload.as_deref().map(Operation::decode) else {
                continue;
            };
            if rights.stands(&entry.id) != Standing::Counts {
                continue;
            }
            if ordered(&operation) {
                let node = self.catalog.writer_of(place.log).node;
                found.push((entry.header.lamport, entry.id, node, entry));
                continue;
            }
            let Operation::Root {
                operation,
                signatures,
            } = operation
            else {
                continue;
            };
            let signed = Operation::decode(&operation);
            let proof = RootProof {
                rights_heads: entry.header.rights_heads.clone(),
                operation,
                signatures,
            };
            match signed {
                Ok(Operation::Appoint {
                    subject: Subject::Person(person),
                    role,
                    territory,
                    sites,
                }) if role.allows(Role::REGISTRAR) => proofs.namings.push(Naming {
                    person,
                    role,
                    territory,
                    sites,
                    proof,
                }),
                Ok(Operation::Rekey { keys }) => proofs.rekeys.push((keys, proof)),
                _ => {}
            }
        }
        found.sort_by_key(|(lamport, id, ..)| (*lamport, *id));
        let ordered = found.into_iter().map(|(_, _, node, entry)| (node, entry));
        proofs.ordered = ordered.collect();
        Some(proofs)
    }
}
