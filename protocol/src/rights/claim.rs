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
            && root.is_some() >= is_realm
            // The id of a private space does not bind a root.
            && (root.is_none() || *kind != SpaceKind::Private)
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

/// What of a right an operation asks: one of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked(Role, Role);

impl Asked {
    /// This right and no other.
    pub(super) fn only(role: Role) -> Self {
        Self(role, role)
    }

    pub(super) fn is_met_by(self, role: Role) -> bool {
        role.allows(self.0) || role.allows(self.1)
    }
}

/// Whose right an operation rests on, beside that of the site that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The root's signatures hold: it rests on nothing else.
    Root,
    /// The author holds a right that gives authority.
    Author(Asked, Scope),
    /// The site speaks for itself, or anybody may.
    Site,
    /// The site carries a registrar's order for this territory, or for all.
    Order(Option<ItemId>),
    /// The site carries a registrar's order that names a deputy.
    Deputy,
}

/// Which rights will do, where rights are of territories: in the realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Any: what the operation takes is limited instead.
    Any,
    /// One of this territory, or one that is for all.
    Within(Option<ItemId>),
}

impl Scope {
    pub(super) fn admits(self, territory: Option<ItemId>) -> bool {
        match self {
            Self::Any => true,
            Self::Within(own) => territory.is_none() || territory == own,
        }
    }
}

/// Reads an operation other than a founding; `keys` are the root's that stand in its past.
pub(super) fn need(
    graph: &Graph,
    place: u32,
    founding: &Founding,
    keys: Option<&RootKeys>,
) -> Result<Need, Standing> {
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
    if let Some(keys) = keys.filter(|_| op.is_root()) {
        return match operation {
            // These speak for the site that writes them.
            Operation::Introduce { .. }
            | Operation::Deputise { .. }
            | Operation::Revoke { order: Some(_), .. }
            | Operation::HostRemove { order: Some(_), .. } => void(VoidReason::WrongPlace),
            Operation::Rekey { keys: next } if next.version != keys.version.wrapping_add(1) => {
                void(VoidReason::WrongPlace)
            }
            _ if op.root_holds(keys) => Ok(Need::Root),
            _ => void(VoidReason::NotSigned),
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
    if let Operation::Revoke { order: Some(_), .. }
    | Operation::HostRemove { order: Some(_), .. }
    | Operation::Deputise { .. } = operation
    {
        return order_need(op, operation, founding);
    }
    if founding.kind == SpaceKind::Realm {
        return need_in_realm(op, operation);
    }
    let manager = Need::Author(Asked::only(Role::MANAGER), Scope::Any);
    let or = |other| Need::Author(Asked(Role::MANAGER, other), Scope::Any);
    match operation {
        Operation::Grant {
            subject: Subject::Person(_),
            sponsor,
            ..
        } => Ok(match sponsor {
            None => or(Role::DOORKEEPER),
            Some(sponsor) if *sponsor == op.author => or(Role::SPONSOR),
            Some(_) => manager,
        }),
        Operation::GuestAdd { .. } => Ok(or(Role::SPONSOR)),
        _ => Ok(about_itself(op, operation)?.unwrap_or(manager)),
    }
}

/// What a site says for itself, and what anybody may.
fn about_itself(op: &Stored, operation: &Operation) -> Result<Option<Need>, Standing> {
    let is_own = op.author == op.site;
    match operation {
        Operation::Join => Ok(Some(Need::Site)),
        Operation::Adopt { .. } | Operation::Introduce { .. } if is_own => Ok(Some(Need::Site)),
        Operation::Adopt { .. } | Operation::Introduce { .. } => {
            Err(Standing::Void(VoidReason::NoRight))
        }
        Operation::HostAdd { node, .. } | Operation::HostRemove { node, .. }
            if *node == op.writer.node && is_own =>
        {
            Ok(Some(Need::Site))
        }
        Operation::Revoke { subject, .. } if subject.person() == op.author => Ok(Some(Need::Site)),
        _ => Ok(None),
    }
}

fn need_in_realm(op: &Stored, operation: &Operation) -> Result<Need, Standing> {
    if let Some(need) = about_itself(op, operation)? {
        return Ok(need);
    }
    let registrar = |scope| Ok(Need::Author(Asked::only(Role::REGISTRAR), scope));
    match operation {
        // An admitting site speaks through its own log only; a registrar removes sites too.
        Operation::HostAdd { .. } | Operation::HostRemove { .. } if op.author == op.site => Ok(
            Need::Author(Asked::only(Role::ADMITTING), Scope::Within(None)),
        ),
        Operation::HostRemove { .. } | Operation::Revoke { .. } => registrar(Scope::Any),
        Operation::HostAdd { .. } => Err(Standing::Void(VoidReason::NoRight)),
        Operation::Rekey { .. } => Err(Standing::Void(VoidReason::NotSigned)),
        // A deputy for a space: an order to its hosts, without effect here.
        Operation::Appoint { role, .. } if role.is_appointment() => registrar(Scope::Any),
        // Registrars name creators and technicians; only the root names more.
        Operation::Grant { role, .. }
        | Operation::SetRole { role, .. }
        | Operation::Appoint { role, .. }
            if !Role::CREATOR.with(Role::TECHNICIAN).allows(*role) =>
        {
            Err(Standing::Void(VoidReason::NotSigned))
        }
        Operation::Grant { territory, .. } | Operation::Appoint { territory, .. } => {
            registrar(Scope::Within(*territory))
        }
        Operation::SetRole { .. } => registrar(Scope::Any),
        _ => registrar(Scope::Within(None)),
    }
}

/// The territory of a proved order that ends a right or a hosting, whether or not its carrier may
/// stand: who knows of it knows what a registrar said.
pub(super) fn carried_order(op: &Stored, founding: &Founding) -> Option<Option<ItemId>> {
    let operation = op.operation.as_ref().ok()?;
    match order_need(op, operation, founding) {
        Ok(Need::Order(territory)) if !op.is_root() => Some(territory),
        _ => None,
    }
}

/// An order is carried by a site in its own name.
fn order_need(op: &Stored, operation: &Operation, founding: &Founding) -> Result<Need, Standing> {
    if op.author != op.site {
        return Err(Standing::Void(VoidReason::NoRight));
    }
    let wrong = || Standing::Void(VoidReason::WrongOrder);
    let keys = founding.root.as_ref().ok_or_else(wrong)?;
    let (territory, ordered) = op.ordered(keys).ok_or_else(wrong)?;
    let (fits, need) = match (operation, ordered) {
        (
            Operation::Revoke { subject, .. },
            Operation::Revoke {
                subject: other,
                order: None,
                ..
            },
        ) => (subject == other, Need::Order(*territory)),
        (
            Operation::HostRemove { node, .. },
            Operation::HostRemove {
                node: other,
                order: None,
                ..
            },
        ) => (node == other, Need::Order(*territory)),
        (
            Operation::Deputise { subject, sites, .. },
            Operation::Appoint {
                subject: other,
                role,
                territory: space,
                sites: others,
            },
        ) => {
            // What the registrar signed names the space, so that it deputises in no other.
            let here = *space == Some(ItemId::root(&op.space));
            let same = subject == other && sites == others && *role == Role::MANAGER;
            (here && same, Need::Deputy)
        }
        _ => return Err(wrong()),
    };
    fits.then_some(need).ok_or_else(wrong)
}

/// Whether the operation and its role have a place in a space of this kind.
fn fits_space(operation: &Operation, founding: &Founding) -> Result<(), VoidReason> {
    let is_realm = founding.kind == SpaceKind::Realm;
    let is_private = founding.kind == SpaceKind::Private;
    let fits = match operation {
        Operation::Unknown { .. } => return Err(VoidReason::UnknownOperation),
        Operation::Grant { role, .. }
        | Operation::SetRole { role, .. }
        | Operation::Appoint { role, .. }
        | Operation::GuestAdd { role, .. }
            if !role.is_known() =>
        {
            return Err(VoidReason::UnknownOperation);
        }
        Operation::Grant {
            subject,
            role,
            sponsor,
            end_ms,
            ..
        } => {
            // Guests: never above contributor, never in the realm; an end needs a sponsor.
            let guest_fits = match sponsor {
                Some(_) => {
                    !is_realm
                        && matches!(subject, Subject::Person(_))
                        && Role::CONTRIBUTOR.allows(*role)
                }
                None => end_ms.is_none(),
            };
            role_fits(subject, *role, founding) && guest_fits
        }
        Operation::SetRole { subject, role, .. } => role_fits(subject, *role, founding),
        Operation::Appoint {
            subject,
            role,
            sites,
            ..
        } => match subject {
            // A site's right is exercised in its own log only.
            Subject::Site(node) => role_fits(subject, *role, founding) && sites[..] == [*node],
            Subject::Person(_) if is_realm => {
                *role == Role::MANAGER || (role.is_realm_role() && !role.allows(Role::ADMITTING))
            }
            Subject::Person(_) => role.is_appointment() && !is_private,
        },
        Operation::Close { .. } | Operation::Reopen => !is_realm,
        // The root signs plain operations only.
        Operation::Root { .. } => false,
        Operation::Rekey { .. } => is_realm,
        Operation::GuestAdd { role, .. } => {
            !is_realm && !is_private && role.is_space_role() && Role::CONTRIBUTOR.allows(*role)
        }
        Operation::Introduce { .. } => !is_realm && !is_private,
        Operation::Deputise { subject, .. } => {
            !is_realm && !is_private && matches!(subject, Subject::Person(_))
        }
        Operation::Revoke { order: Some(_), .. } | Operation::HostRemove { order: Some(_), .. } => {
            !is_realm
        }
        _ => true,
    };
    fits.then_some(()).ok_or(VoidReason::WrongPlace)
}

/// Whether a role may be granted: authority is given to sites here, to persons by appointment.
fn role_fits(subject: &Subject, role: Role, founding: &Founding) -> bool {
    let is_site = matches!(subject, Subject::Site(_));
    match founding.kind {
        SpaceKind::Realm if is_site => role == Role::ADMITTING,
        SpaceKind::Realm => role.is_realm_role() && !role.has_authority(),
        // A private space has one person for good.
        SpaceKind::Private => false,
        _ if is_site => role == Role::DOORKEEPER,
        _ => role.is_space_role() && !role.has_authority(),
    }
}
