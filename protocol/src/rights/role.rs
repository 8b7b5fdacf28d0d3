//! What a person or a site may do in a space: a set of rights, stored as bits. The four roles of
//! a space contain each other; the rights of the realm stand beside each other. Which kind of
//! item needs which right is not known here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of rights. The bits are on the wire; bits of later versions are kept and void.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Role(u16);

impl Role {
    /// No right at all.
    pub const NONE: Self = Self(0);
    /// Reads.
    pub const VIEWER: Self = Self(0b0001);
    /// Reads and comments.
    pub const COMMENTER: Self = Self(0b0011);
    /// Reads, comments and changes items. Guests never stand above it.
    pub const CONTRIBUTOR: Self = Self(0b0111);
    /// Everything in the space, members and hosts included.
    pub const MANAGER: Self = Self(0b1111);
    /// Realm: may open spaces.
    pub const CREATOR: Self = Self(1 << 4);
    /// Realm: looks after sites; sees their state, judges nobody.
    pub const TECHNICIAN: Self = Self(1 << 5);
    /// Realm: names and removes creators and technicians, of one territory or of all.
    pub const REGISTRAR: Self = Self(1 << 6);
    /// Realm: a site that may add and retire sites, and nothing else.
    pub const ADMITTING: Self = Self(1 << 7);
    /// A site that hosts the space, speaking for itself. Needed of an entry, never granted:
    /// being a host gives it.
    pub const HOST: Self = Self(1 << 8);
    /// A site that lets people of the realm into an open space, up to contributor; no more.
    pub const DOORKEEPER: Self = Self(1 << 9);
    /// Beside a role of a space: may let guests in for whom the holder answers; no more.
    pub const SPONSOR: Self = Self(1 << 10);

    const SPACE: u16 = Self::MANAGER.0;
    const REALM: u16 = Self::CREATOR.0 | Self::TECHNICIAN.0 | Self::REGISTRAR.0 | Self::ADMITTING.0;

    /// Whether every right of `needed` is in this set.
    pub fn allows(self, needed: Self) -> bool {
        self.0 & needed.0 == needed.0
    }

    /// The rights in either set.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The rights in both sets.
    pub fn within(self, ceiling: Self) -> Self {
        Self(self.0 & ceiling.0)
    }

    /// The rights of this set that are not in `taken`.
    pub fn without(self, taken: Self) -> Self {
        Self(self.0 & !taken.0)
    }

    /// Whether the holder may write rights operations: such rights have a seniority.
    pub fn has_authority(self) -> bool {
        self.0 & (FULL | LESSER) != 0
    }

    /// Whether authority of others may rest on it: doorkeepers and sponsors stand below all such.
    pub fn has_full_authority(self) -> bool {
        self.0 & FULL != 0
    }

    /// The largest of the four roles of a space in this set.
    pub fn space_role(self) -> Self {
        [
            Self::MANAGER,
            Self::CONTRIBUTOR,
            Self::COMMENTER,
            Self::VIEWER,
        ]
        .into_iter()
        .find(|role| self.allows(*role))
        .unwrap_or(Self::NONE)
    }

    /// One of the four roles: what may be granted in every space but the realm.
    pub fn is_space_role(self) -> bool {
        self != Self::NONE && self == self.space_role()
    }

    /// One of the four roles, perhaps with [`Self::SPONSOR`]: what a person may be appointed to.
    pub fn is_appointment(self) -> bool {
        Self(self.0 & !Self::SPONSOR.0).is_space_role()
    }

    /// Only rights of the realm, at least one: what may be granted in the realm.
    pub fn is_realm_role(self) -> bool {
        self != Self::NONE && self.0 & !Self::REALM == 0
    }

    /// Whether this version knows all the bits and they may stand in a payload.
    pub fn is_known(self) -> bool {
        self.0 & !(Self::SPACE | Self::REALM | LESSER) == 0
    }

    /// Names of the rights in the set, for the interface and for logs; the largest role only.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let role = match self.space_role() {
            Self::MANAGER => Some("manager"),
            Self::CONTRIBUTOR => Some("contributor"),
            Self::COMMENTER => Some("commenter"),
            Self::VIEWER => Some("viewer"),
            _ => None,
        };
        let realm = [
            (Self::CREATOR, "creator"),
            (Self::TECHNICIAN, "technician"),
            (Self::REGISTRAR, "registrar"),
            (Self::ADMITTING, "admitting"),
            (Self::HOST, "host"),
            (Self::DOORKEEPER, "doorkeeper"),
            (Self::SPONSOR, "sponsor"),
        ];
        role.into_iter().chain(
            realm
                .into_iter()
                .filter(move |(right, _)| self.allows(*right))
                .map(|(_, name)| name),
        )
    }
}

/// The bits by which operations are written: what a manager has over a contributor, and those of
/// registrars and admitting sites.
/// Rights from which other authority may come.
const FULL: u16 = (Role::MANAGER.0 & !Role::CONTRIBUTOR.0) | Role::REGISTRAR.0 | Role::ADMITTING.0;
/// Rights from which none comes.
const LESSER: u16 = Role::DOORKEEPER.0 | Role::SPONSOR.0;

impl fmt::Debug for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        write!(out, "Role({})", names.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_contain_each_other_and_realm_rights_do_not() {
        let roles = [
            Role::VIEWER,
            Role::COMMENTER,
            Role::CONTRIBUTOR,
            Role::MANAGER,
        ];
        for (place, role) in roles.iter().enumerate() {
            for (other_place, other) in roles.iter().enumerate() {
                assert_eq!(
                    role.allows(*other),
                    place >= other_place,
                    "{role:?} {other:?}"
                );
            }
            assert!(role.is_space_role() && !role.is_realm_role() && role.is_known());
        }
        assert!(!Role::MANAGER.allows(Role::CREATOR) && !Role::CREATOR.allows(Role::VIEWER));
        assert!(Role::CREATOR.with(Role::REGISTRAR).is_realm_role());
        assert!(!Role::HOST.is_realm_role() && !Role::HOST.is_known());
        assert!(!Role::NONE.is_space_role() && !Role::NONE.is_realm_role());
    }

    #[test]
    fn only_rights_that_carry_operations_have_authority() {
        let with = [
            Role::MANAGER,
            Role::REGISTRAR,
            Role::ADMITTING,
            Role::DOORKEEPER,
            Role::CONTRIBUTOR.with(Role::SPONSOR),
        ];
        let without = [
            Role::NONE,
            Role::CONTRIBUTOR,
            Role::CREATOR,
            Role::TECHNICIAN,
            Role::HOST,
        ];
        assert!(with.iter().all(|role| role.has_authority()));
        assert!(without.iter().all(|role| !role.has_authority()));
        assert!(with[..3].iter().all(|role| role.has_full_authority()));
        assert!(with[3..].iter().all(|role| !role.has_full_authority()));
    }

    #[test]
    fn appointments_are_roles_of_a_space_perhaps_with_sponsoring() {
        let sponsor = Role::CONTRIBUTOR.with(Role::SPONSOR);
        assert!(sponsor.is_appointment() && Role::MANAGER.is_appointment() && sponsor.is_known());
        assert!(!sponsor.is_space_role() && !Role::SPONSOR.is_appointment());
        assert!(!Role::DOORKEEPER.is_appointment() && !Role::CREATOR.is_appointment());
    }

    #[test]
    fn names_are_those_of_the_design() {
        let set = Role::COMMENTER.with(Role::TECHNICIAN);
        assert_eq!(set.names().collect::<Vec<_>>(), ["commenter", "technician"]);
    }
}
