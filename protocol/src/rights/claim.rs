//! What an operation needs in order to stand, read from its own bytes and from the founding:
//! everything about it that no other operation can change.

use bocage_crdt::ids::{ItemId, SpaceId};

use super::graph::Graph;
use super::operation::{Operation, RootKeys, SpaceKind, Subject};
use super::role::Role;
use super::stored::Stored;
use super::{HeldReason, Standing, VoidReason};

/// What the founding says: the same in all valid foundings of a space, since its id binds them.
#[derive(Debug, Clone)]
pub(super) struct Founding {
    pub(super) kind: SpaceKind,
    pub(super) root: Option<RootKeys>,
}

impl Founding {
    /// The founding, if this operation is a valid one of `space`.
    pub(super) fn read(op: &Stored, space: &SpaceId) -> Option<Self> {
        let Ok(operation @ Operation::Create { kind, root, .. }) = &op.operation else {
            return None;
        };
        let is_realm = *kind == SpaceKind::Realm;
        let sound = op.heads.is_empty()
            && !op.is_root()
            && !matches!(kind, SpaceKind::Unknown(_))
            && root.is_some() == is_realm
            && (!is_realm || op.author == op.site)
            && operation.founded_space(&op.writer.node, &op.author, &op.command) == Some(*space);
        sound.then(|| Self {
            kind: *kind,
            root: root.clone(),
        })
    }

    /// What the founder holds: everything, except in the realm, where the root stands above.
    pub(super) fn role(&self) -> Role {
        match self.kind {
            SpaceKind::Realm => Role::ADMITTING,
            _ => Role::MANAGER,
        }
    }
}

/// Whose right an operation rests on, beside that of the site that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The root's signatures hold: it rests on nothing else.
    Root,
    /// The author holds a right that gives authority; a right of one territory only if it is
    /// this one, when one is named.
    Author(Role, Option<ItemId>),
    /// The site speaks for itself, or anybody may.
    Site,
}

/// Reads an operation other than a founding.
pub(super) fn need(graph: &Graph, place: u32, founding: &Founding) -> Result<Need, Standing> {
    let placed = graph.placed(place);
    let op = &placed.stored;
    let void = |reason| Err(Standing::Void(reason));
    let Ok(operation) = &op.operation else {
        return void(VoidReason::Malformed);
    };
    if op.heads.is_empty() || matches!(operation, Operation::Create { .. }) {
        return void(VoidReason::WrongFounding);
    }
    fits_space(operation, founding).map_err(Standing::Void)?;
    if let Some(keys) = founding.root.as_ref().filter(|_| op.is_root()) {
        return if op.root_holds(keys) {
            Ok(Need::Root)
        } else {
            void(VoidReason::NotSigned)
        };
    }
    if op.is_root() {
        return void(VoidReason::WrongPlace);
    }
    if placed.forked {
        return Err(Standing::Held(HeldReason::Forked));
    }
    if placed.not_descended {
        return Err(Standing::Held(HeldReason::NotDescended));
    }
    let is_realm = founding.kind == SpaceKind::Realm;
    match operation {
        Operation::Join => Ok(Need::Site),
        Operation::Adopt { .. } if op.author == op.site => Ok(Need::Site),
        Operation::Adopt { .. } => void(VoidReason::NoRight),
        Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. }
            if *node == op.writer.node && op.author == op.site =>
        {
            Ok(Need::Site)
        }
        Operation::Revoke { subject, .. } if subject.person() == op.author => Ok(Need::Site),
        Operation::HostAdd { .. } | Operation::HostRemove { .. } if is_realm => {
            // An admitting site speaks through its own log only.
            (op.author == op.site)
                .then_some(Need::Author(Role::ADMITTING, None))
                .ok_or(Standing::Void(VoidReason::NoRight))
        }
        Operation::Grant {
            role, territory, ..
        } if is_realm => realm_need(*role, *territory),
        Operation::SetRole { role, .. } if is_realm => realm_need(*role, None),
        _ if is_realm => Ok(Need::Author(Role::REGISTRAR, None)),
        _ => Ok(Need::Author(Role::MANAGER, None)),
    }
}

/// Registrars name creators and technicians; only the root names more.
fn realm_need(role: Role, territory: Option<ItemId>) -> Result<Need, Standing> {
    if Role::CREATOR.with(Role::TECHNICIAN).allows(role) {
        Ok(Need::Author(Role::REGISTRAR, territory))
    } else {
        Err(Standing::Void(VoidReason::NotSigned))
    }
}

/// Whether the operation and its role have a place in a space of this kind.
fn fits_space(operation: &Operation, founding: &Founding) -> Result<(), VoidReason> {
    let is_realm = founding.kind == SpaceKind::Realm;
    let role_fits = |subject: &Subject, role: &Role| {
        if !role.is_known() {
            return Err(VoidReason::UnknownOperation);
        }
        let is_site = matches!(subject, Subject::Site(_));
        let fits = if is_realm {
            role.is_realm_role()
                && is_site == role.allows(Role::ADMITTING)
                && (!is_site || *role == Role::ADMITTING)
        } else {
            // A private space has one person for good.
            role.is_space_role() && !is_site && founding.kind != SpaceKind::Private
        };
        fits.then_some(()).ok_or(VoidReason::WrongPlace)
    };
    match operation {
        Operation::Unknown { .. }
        | Operation::Appoint { .. }
        | Operation::Rekey { .. }
        | Operation::GuestAdd { .. }
        | Operation::Introduce { .. }
        | Operation::Deputise { .. } => Err(VoidReason::UnknownOperation),
        Operation::Revoke { order: Some(_), .. } | Operation::HostRemove { order: Some(_), .. } => {
            Err(VoidReason::UnknownOperation)
        }
        Operation::Grant {
            subject,
            role,
            sponsor,
            end_ms,
            ..
        } => {
            role_fits(subject, role)?;
            // Guests: never above contributor, never in the realm; an end needs a sponsor.
            let guest_fits = match sponsor {
                Some(_) => !is_realm && Role::CONTRIBUTOR.allows(*role),
                None => end_ms.is_none(),
            };
            guest_fits.then_some(()).ok_or(VoidReason::WrongPlace)
        }
        Operation::SetRole { subject, role, .. } => role_fits(subject, role),
        Operation::Close { .. } | Operation::Reopen if is_realm => Err(VoidReason::WrongPlace),
        // The root signs plain operations only.
        Operation::Root { .. } => Err(VoidReason::WrongPlace),
        _ => Ok(()),
    }
}
