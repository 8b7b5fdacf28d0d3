//! Somebody deletes her account: her home site says so in the realm, and every site follows.
//!
//! What goes: her sign-in everywhere, her memberships, her rights, the cards that tell who she is, and
//! her private spaces. What stays is what she wrote for others, without her name. The word that the
//! account is deleted stands in a card of its own, so that the cards with her name can be erased like
//! anything else: hidden at once, destroyed after the waiting time, with receipts.

use std::collections::BTreeSet;

use bocage_crdt::features::commands::ERASED_ITEMS_MAX;
use bocage_crdt::features::person::Card;
use bocage_crdt::features::residence::NOWHERE;
use bocage_crdt::ids::{CommandId, ItemId, NodeId, PersonId, SpaceId, derive};
use bocage_protocol::rights::{Operation, Role, Subject};

use super::Hub;
use super::erasing::ACCOUNT_DELETED;
use super::rows::kind;
use crate::api::own_data::{OwnData, SpaceName};
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::store::StoreWrite;

/// Between two sites that may erase the same cards: the first does it, and the next finds it done
/// unless the first is out of reach.
const TURN_MS: u64 = 1_500;

/// What deleted accounts still ask of this site.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    /// To be looked for again.
    look: bool,
    /// When this site erases the cards with their names, if nobody did before.
    cards_due_ms: Option<u64>,
    /// Whose private space was looked at since the start: nothing comes into it any more.
    private_done: BTreeSet<PersonId>,
}

impl Deletions {
    pub(super) fn look_again(&mut self) {
        self.look = true;
    }
}

impl Hub {
    /// What deleting her account would do, and what stands in its way.
    pub(crate) fn own_data(&mut self, person: &PersonId) -> Result<OwnData, ApiError> {
        let home = self.directory.home_of(person);
        let home = home.ok_or_else(ApiError::not_found)?;
        let mut plan = OwnData {
            home: (home != self.me.node).then(|| self.directory.site_name(&home)),
            guest_site: self.me.guest,
            spaces: Vec::new(),
            last_registrar: false,
            last_technician: false,
            contact: self.me.data_protection.clone(),
        };
        if self.me.guest || home != self.me.node {
            return Ok(plan);
        }
        let hers = self.summaries.iter();
        let hers = hers.filter(|(_, known)| known.people_space && known.members.contains(person));
        let hers: Vec<SpaceId> = hers.map(|(space, _)| *space).collect();
        for space in hers {
            let managers: Vec<PersonId> = self.space(&space)?.managers().collect();
            let other = |manager: &PersonId| manager != person && self.is_here(manager);
            if managers.contains(person) && !managers.iter().any(other) {
                self.show(&space, &ItemId::root(&space));
                let name = self.setting(&space, "name");
                plan.spaces.push(SpaceName { id: space, name });
            }
            self.put_away_idle();
        }
        let territory = self.directory.territory;
        let registrar = |of: &PersonId| {
            { self.directory.gifts(of).iter() }.any(|(role, _)| role.allows(Role::REGISTRAR))
        };
        let technician = |of: &PersonId| self.directory.holds(of, Role::TECHNICIAN, territory);
        let only = |holds: &dyn Fn(&PersonId) -> bool| {
            let mut others = self.directory.everybody();
            holds(person) && !others.any(|(it, at)| it != person && at.site != NOWHERE && holds(it))
        };
        plan.last_registrar = only(&registrar);
        plan.last_technician = only(&technician);
        Ok(plan)
    }

    /// Whether somebody has an account still.
    fn is_here(&self, person: &PersonId) -> bool {
        self.directory.home_of(person) != Some(NOWHERE)
    }

    /// Deletes the account of somebody who is at home here, at her own wish. From this turn on she
    /// signs in nowhere; spaces and other sites follow as they hear of it.
    pub(crate) fn delete_account(&mut self, person: PersonId) -> Result<(), ApiError> {
        let plan = self.own_data(&person)?;
        let refused = |text| Err(ApiError::new(ErrorCode::Conflict).with_text(text));
        if plan.guest_site {
            return refused(Text::DeletedByPartner);
        }
        if plan.home.is_some() {
            return refused(Text::DeletedAtHome);
        }
        if !plan.spaces.is_empty() {
            return refused(Text::LastManagerLeaves);
        }
        if plan.last_registrar {
            return refused(Text::LastRegistrar);
        }
        if plan.last_technician {
            return refused(Text::LastTechnician);
        }
        // What she typed until now is hers, and stays.
        let spaces: Vec<SpaceId> = self.summaries.keys().copied().collect();
        for space in spaces {
            for item in self.documents.of_space(&space) {
                self.log_now(&item);
            }
        }
        let realm = self.realm();
        if self
            .space(&realm)?
            .rights
            .now()
            .persons
            .contains_key(&person)
        {
            self.give_up(&realm, person)?;
        }
        let card = Card::deleted(person, self.clock.wall_ms());
        let command = CommandId(derive(
            "bocage 1 account deleted",
            &[&self.me.secret, &person.0],
        ));
        self.write_card(&card, command)?;
        self.after_rights(&realm);
        tracing::warn!("an account was deleted, by whom it was: {person:?}");
        Ok(())
    }

    /// Gives up, in her own name, what somebody may in a space.
    pub(super) fn give_up(&mut self, space: &SpaceId, person: PersonId) -> Result<(), ApiError> {
        let operation = Operation::Revoke {
            subject: Subject::Person(person),
            cut: self.cut_here(space),
            order: None,
        };
        let command = CommandId(rand::random());
        self.write_operation(*space, person, command, operation)
            .map(drop)
    }

    /// Sessions of somebody who left are over, and forgotten.
    pub(super) fn forget_sessions(&mut self, person: &PersonId) {
        let hers = self.sessions.iter();
        let hers = hers.filter(|(_, session)| session.person == *person);
        let hers: Vec<_> = hers.map(|(id, _)| *id).collect();
        for id in hers {
            self.sessions.remove(&id);
            self.batch.push(StoreWrite::Session(id.0, None));
        }
    }

    /// Follows deletions: here, and where this site speaks for a registrar, in the realm.
    pub(super) fn deletions_tick(&mut self, now_ms: u64) {
        if std::mem::take(&mut self.deletions.look) {
            let deleted = self.directory.deleted();
            if deleted.is_empty() {
                return;
            }
            for person in deleted {
                self.forget_sessions(&person);
                if self.deletions.private_done.contains(&person) {
                    continue;
                }
                match self.erase_private(&person) {
                    Ok(()) => drop(self.deletions.private_done.insert(person)),
                    Err(error) => tracing::error!("a private space is not erased: {error}"),
                }
            }
            let shared = self.summaries.iter();
            let shared = shared.filter(|(_, known)| !known.guest_sites.is_empty());
            for space in shared.map(|(space, _)| *space).collect::<Vec<_>>() {
                if let Err(error) = self.cards_in(&space) {
                    tracing::error!("guests still read the name of a deleted account: {error}");
                }
            }
            if self.deletions.cards_due_ms.is_none() && !self.cards_of_deleted().is_empty() {
                let hosts = self.hosts_of(&self.realm());
                let before = hosts.iter().filter(|node| **node < self.me.node).count() as u64;
                self.deletions.cards_due_ms = Some(now_ms + before * TURN_MS);
            }
        }
        if self.deletions.cards_due_ms.is_some_and(|due| due <= now_ms) {
            self.deletions.cards_due_ms = None;
            self.erase_cards();
        }
    }

    /// Cards that still say who somebody was.
    fn cards_of_deleted(&self) -> BTreeSet<ItemId> {
        let Some(space) = self.spaces.get(&self.realm()) else {
            return BTreeSet::new();
        };
        let cards = space.of_kind(kind("person"));
        let cards = cards.filter_map(|(id, item)| Some((*id, Card::of(item.record()?)?)));
        let of_deleted = |card: &Card| !card.deleted && self.directory.is_deleted(&card.person);
        cards
            .filter(|(_, card)| of_deleted(card))
            .map(|(id, _)| id)
            .collect()
    }

    /// Erases them in the name of a registrar who is at home here; where none is, a site with one
    /// does it.
    fn erase_cards(&mut self) {
        let items: Vec<ItemId> = self.cards_of_deleted().into_iter().collect();
        let Ok(registrar) = self.registrar_here(None, None) else {
            return;
        };
        let realm = self.realm();
        for items in items.chunks(ERASED_ITEMS_MAX) {
            let operation = Operation::Erase {
                items: items.to_vec(),
                reason: ACCOUNT_DELETED.to_owned(),
            };
            let command = CommandId(rand::random());
            if let Err(error) = self.write_operation(realm, registrar, command, operation) {
                tracing::error!("the name of a deleted account is not erased: {error}");
            }
        }
    }

    /// Names that guests were told in a space: one site says there that the account is deleted, and
    /// erases them. The first of those where a manager is at home; without any, the first sponsor,
    /// which can only say it.
    fn cards_in(&mut self, space: &SpaceId) -> Result<(), ApiError> {
        let loaded = self.space(space)?;
        let (hosts, managers) = (loaded.hosts(), loaded.managers().collect::<Vec<_>>());
        let homes = managers.iter().filter_map(|it| self.directory.home_of(it));
        let homes: BTreeSet<NodeId> = homes.filter(|home| hosts.contains(home)).collect();
        let sponsors = self.guest_sites(space).into_values();
        let mut sponsors = sponsors.filter_map(|guest| guest.sponsors.first().copied());
        let doer = homes.first().copied().or_else(|| sponsors.next());
        if doer != Some(self.me.node) {
            return Ok(());
        }
        let cards = self.space(space)?.of_kind(kind("person"));
        let cards = cards.filter_map(|(id, item)| Some((*id, Card::of(item.record()?)?)));
        let cards: Vec<(ItemId, Card)> = cards.filter(|(_, card)| !card.deleted).collect();
        let mut items = Vec::new();
        for (item, card) in cards {
            if !self.directory.is_deleted(&card.person) {
                continue;
            }
            items.push(item);
            let (site, root) = (self.me.person, ItemId::root(space));
            let parts: [&[u8]; 2] = [&space.0, &card.person.0];
            let command = CommandId(derive("bocage 1 deleted account in a space", &parts));
            let item = ItemId::of(space, &site, &command);
            if self.space(space)?.items.contains_key(&item) {
                continue;
            }
            let deleted = Card::deleted(card.person, 0).to_content();
            let content = deleted.map_err(super::commands::invalid)?;
            let number = kind("person");
            self.write_item(*space, site, command, item, number, Some(root), content)?;
        }
        let Some(manager) = self.manager_here(space).filter(|_| !items.is_empty()) else {
            return Ok(());
        };
        for items in items.chunks(ERASED_ITEMS_MAX) {
            let operation = Operation::Erase {
                items: items.to_vec(),
                reason: ACCOUNT_DELETED.to_owned(),
            };
            self.write_operation(*space, manager, CommandId(rand::random()), operation)?;
        }
        Ok(())
    }

    /// What this site alone knew of her: how far she had read.
    pub(super) fn erase_private(&mut self, person: &PersonId) -> Result<(), ApiError> {
        self.marks.remove(person);
        let space = self.private_space_of(person);
        if self.catalog.space_number(&space).is_none() {
            return Ok(());
        }
        let marks = self.space(&space)?.of_kind(kind("readMark"));
        let marks: Vec<ItemId> = marks.map(|(item, _)| *item).collect();
        for items in marks.chunks(ERASED_ITEMS_MAX) {
            let operation = Operation::Erase {
                items: items.to_vec(),
                reason: String::new(),
            };
            self.write_operation(space, *person, CommandId(rand::random()), operation)?;
        }
        Ok(())
    }
}
