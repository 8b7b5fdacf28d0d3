//! What the second reading takes from an operation's own bytes.

use bocage_crdt::ids::ItemId;

use super::super::graph::Key;
use super::super::*;
use super::reference::{Force, Reference};
use super::world::PersonId;

impl Reference {
    /// Key of what an operation gives: what carries no authority further is junior to the rest.
    pub(super) fn gift_key(&self, id: &EntryId) -> Key {
        let full = self.gift(id).is_some_and(|(_, role)| {
            role.allows(Role::MANAGER) || matches!(self.ops[id].operation, Operation::Create { .. })
        });
        if full {
            self.key(id)
        } else {
            self.key(id).lesser()
        }
    }

    /// What the operation gives to whom.
    pub(super) fn gift(&self, id: &EntryId) -> Option<(PersonId, Role)> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Create { .. } => Some((op.header.author, Role::MANAGER)),
            Operation::Grant { subject, role, .. }
            | Operation::Appoint { subject, role, .. }
            | Operation::SetRole { subject, role, .. } => Some((subject.person(), *role)),
            Operation::Deputise { subject, .. } => Some((subject.person(), Role::MANAGER)),
            _ => None,
        }
    }

    /// The territory of a gift, asked for one.
    pub(super) fn territory(&self, gift: &EntryId, asked: Option<ItemId>) -> Option<ItemId> {
        match &self.ops[gift].operation {
            Operation::Grant { territory, .. } | Operation::Appoint { territory, .. } => *territory,
            // It stands beside another right, and goes with whichever is named.
            Operation::SetRole { .. } => asked,
            _ => None,
        }
    }

    /// Where a hosting stands: the founding site in no territory.
    pub(super) fn site_territory(&self, site: &EntryId) -> Option<ItemId> {
        match &self.ops[site].operation {
            Operation::HostAdd { territory, .. } => *territory,
            _ => None,
        }
    }

    /// Where the authority of a gift counts.
    pub(super) fn counts_at(&self, id: &EntryId, node: &NodeId) -> bool {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Create { .. } => op.node == *node,
            Operation::Appoint { sites, .. } | Operation::Deputise { sites, .. } => {
                sites.contains(node)
            }
            Operation::Grant {
                subject: Subject::Site(site),
                ..
            } => site == node,
            _ => false,
        }
    }

    /// What the operation limits: whom, to what, from where, and how.
    pub(super) fn limit(&self, id: &EntryId) -> Option<(PersonId, Role, &Cut, Force)> {
        let op = &self.ops[id];
        let (subject, role, cut, order) = match &op.operation {
            Operation::SetRole { subject, role, cut } => (subject, *role, cut, &None),
            Operation::Revoke {
                subject,
                cut,
                order,
            } => (subject, Role::NONE, cut, order),
            _ => return None,
        };
        let subject = subject.person();
        let force = force(order, subject == op.header.author);
        Some((subject, role, cut, force))
    }

    /// The node that an operation makes a host, or a guest.
    pub(super) fn hosted(&self, id: &EntryId) -> Option<(NodeId, bool)> {
        match &self.ops[id].operation {
            Operation::Create { .. } => Some((self.ops[id].node, false)),
            Operation::HostAdd { node, .. } => Some((*node, false)),
            Operation::GuestAdd { node, .. } => Some((*node, true)),
            _ => None,
        }
    }

    pub(super) fn unhosted(&self, id: &EntryId) -> Option<(NodeId, &Cut, Force)> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::HostRemove { node, cut, order } => {
                let own = *node == op.node && op.header.author == PersonId::of_site(&op.node);
                Some((*node, cut, force(order, own)))
            }
            _ => None,
        }
    }

    /// Whether a guest's log may hold an operation, and another site's may.
    pub(super) fn may_stand(&self, id: &EntryId, guest: bool) -> bool {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Introduce { .. } => guest,
            Operation::Join | Operation::Adopt { .. } => true,
            Operation::HostRemove { order: None, .. } => {
                !guest
                    || self
                        .unhosted(id)
                        .is_some_and(|(_, _, force)| force == Force::Own)
            }
            _ => !guest,
        }
    }

    /// What the author must hold, one of several; nothing when the site or anybody may.
    pub(super) fn asked(&self, id: &EntryId) -> Vec<Role> {
        let op = &self.ops[id];
        let site_person = op.header.author == PersonId::of_site(&op.node);
        match &op.operation {
            Operation::Join | Operation::Introduce { .. } => vec![],
            Operation::Adopt { .. } | Operation::Deputise { .. } => vec![],
            Operation::Revoke { order: Some(_), .. }
            | Operation::HostRemove { order: Some(_), .. } => vec![],
            Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. }
                if site_person && *node == op.node =>
            {
                vec![]
            }
            Operation::Revoke { subject, .. } if subject.person() == op.header.author => vec![],
            Operation::Grant {
                subject: Subject::Person(_),
                sponsor: None,
                ..
            } => vec![Role::MANAGER, Role::DOORKEEPER],
            Operation::Grant {
                sponsor: Some(sponsor),
                ..
            } if *sponsor == op.header.author => vec![Role::MANAGER, Role::SPONSOR],
            Operation::GuestAdd { .. } => vec![Role::MANAGER, Role::SPONSOR],
            _ => vec![Role::MANAGER],
        }
    }

    /// Whether it could stand at all: by its form, its author and what a registrar signed.
    pub(super) fn is_sound(&self, id: &EntryId) -> bool {
        let op = &self.ops[id];
        let own = op.header.author == PersonId::of_site(&op.node);
        let ordered = |order: &[u8]| {
            let order = Order::decode(order).expect("the test writes orders");
            Operation::decode(&order.payload).expect("of operations")
        };
        match &op.operation {
            Operation::Unknown { .. } => false,
            Operation::Introduce { .. } | Operation::Adopt { .. } => own,
            Operation::Grant { subject, role, .. } => {
                let to_site = matches!(subject, Subject::Site(_));
                match *role {
                    Role::DOORKEEPER => to_site,
                    role => !to_site && Role::CONTRIBUTOR.allows(role),
                }
            }
            Operation::SetRole { role, .. } => Role::CONTRIBUTOR.allows(*role),
            Operation::Revoke {
                subject,
                order: Some(order),
                ..
            } => {
                let named = match ordered(order) {
                    Operation::Revoke { subject, .. } => Some(subject),
                    _ => None,
                };
                own && named == Some(*subject)
            }
            Operation::HostRemove {
                node,
                order: Some(order),
                ..
            } => {
                let named = match ordered(order) {
                    Operation::HostRemove { node, .. } => Some(node),
                    _ => None,
                };
                own && named == Some(*node)
            }
            Operation::Deputise { .. } => own,
            _ => true,
        }
    }

    pub(super) fn guest_role(&self, id: &EntryId) -> Role {
        match &self.ops[id].operation {
            Operation::GuestAdd { role, .. } => *role,
            _ => Role::NONE,
        }
    }

    pub(super) fn sponsors(&self, id: &EntryId) -> &[NodeId] {
        match &self.ops[id].operation {
            Operation::GuestAdd { sponsors, .. } => sponsors,
            _ => &[],
        }
    }

    /// Whom a guest site named.
    pub(super) fn names(&self, id: &EntryId) -> Option<PersonId> {
        let op = &self.ops[id];
        match &op.operation {
            Operation::Introduce { .. } => Some(PersonId::of(&op.node, &op.header.command)),
            _ => None,
        }
    }
}

/// Removals here leave at most contributor: all authority goes.
pub(super) fn has_authority(role: Role) -> bool {
    [Role::MANAGER, Role::SPONSOR, Role::DOORKEEPER]
        .iter()
        .any(|right| role.allows(*right))
}

fn force(order: &Option<Vec<u8>>, own: bool) -> Force {
    let Some(order) = order else {
        return if own { Force::Own } else { Force::Rank };
    };
    let order = Order::decode(order).expect("the test writes orders");
    match Operation::decode(&order.naming.operation) {
        Ok(Operation::Appoint { territory, .. }) => Force::Order(territory),
        other => panic!("a registrar is appointed: {other:?}"),
    }
}
