//! The trail: who gave what to whom, when, by which site, and what became of it.
//!
//! Read from the stored rights entries themselves, newest first; nothing is kept beside them.

use bocage_crdt::features::read_mark::Order;
use bocage_crdt::ids::{EntryId, PersonId, SpaceId};
use bocage_protocol::entry::Entry;
use bocage_protocol::rights::{HeldReason, Operation, Role, Standing, Subject, VoidReason};

use super::Hub;
use super::rows::role_word;
use crate::api::ApiError;
use crate::api::oversight::{AuditAction, AuditPage, AuditRow, AuditState, HeldWhy};
use crate::store::EntryPlace;

/// Entries read for one page, however few fit the filter: some milliseconds of the hub's turn.
const SCANNED_MAX: usize = 1_000;

fn void_word(reason: VoidReason) -> &'static str {
    match reason {
        VoidReason::Malformed => "malformed",
        VoidReason::UnknownOperation => "unknownOperation",
        VoidReason::WrongFounding => "wrongFounding",
        VoidReason::WrongPlace => "wrongPlace",
        VoidReason::NoRight => "noRight",
        VoidReason::Removed(_) => "removed",
        VoidReason::HostRemoved(_) => "hostRemoved",
        VoidReason::NotSenior => "notSenior",
        VoidReason::NotSigned => "notSigned",
        VoidReason::WrongOrder => "wrongOrder",
    }
}

fn held_word(reason: HeldReason) -> String {
    let word: HeldWhy = super::held::why(reason).0;
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => word,
        // Unit variants are words.
        _ => String::new(),
    }
}

fn standing(standing: Standing) -> (AuditState, Option<String>) {
    match standing {
        Standing::Counts => (AuditState::Counts, None),
        Standing::Waiting { .. } => (AuditState::Waiting, None),
        Standing::Held(reason) => (AuditState::Held, Some(held_word(reason))),
        Standing::Void(reason) => (AuditState::Void, Some(void_word(reason).to_owned())),
    }
}

/// The parts of a row that an operation fills.
#[derive(Default)]
struct About {
    person: Option<PersonId>,
    node: Option<bocage_crdt::ids::NodeId>,
    role: Option<Role>,
    sponsor: Option<PersonId>,
    end_ms: Option<u64>,
    count: Option<u32>,
    reason: String,
}

impl About {
    fn subject(subject: &Subject) -> Self {
        match subject {
            Subject::Person(person) => Self {
                person: Some(*person),
                ..Self::default()
            },
            Subject::Site(node) => Self {
                node: Some(*node),
                ..Self::default()
            },
        }
    }
}

fn about(operation: Option<&Operation>) -> (AuditAction, About) {
    let count = |many: usize| About {
        count: Some(many as u32),
        ..About::default()
    };
    let site = |node| About {
        node: Some(node),
        ..About::default()
    };
    match operation {
        Some(Operation::Create { .. }) => (AuditAction::Create, About::default()),
        Some(Operation::Grant {
            subject,
            role,
            sponsor,
            end_ms,
            ..
        }) => (
            AuditAction::Grant,
            About {
                role: Some(*role),
                sponsor: *sponsor,
                end_ms: *end_ms,
                ..About::subject(subject)
            },
        ),
        Some(Operation::Appoint { subject, role, .. }) => (
            AuditAction::Grant,
            About {
                role: Some(*role),
                ..About::subject(subject)
            },
        ),
        Some(Operation::Deputise { subject, .. }) => (
            AuditAction::Grant,
            About {
                role: Some(Role::MANAGER),
                ..About::subject(subject)
            },
        ),
        Some(Operation::GuestAdd {
            node, role, end_ms, ..
        }) => (
            AuditAction::GuestAdd,
            About {
                role: Some(*role),
                end_ms: *end_ms,
                ..site(*node)
            },
        ),
        Some(Operation::Introduce { name }) => (
            AuditAction::Introduce,
            About {
                reason: name.clone(),
                ..About::default()
            },
        ),
        Some(Operation::Rekey { .. }) => (AuditAction::Rekey, About::default()),
        Some(Operation::SetRole { subject, role, .. }) => (
            AuditAction::SetRole,
            About {
                role: Some(*role),
                ..About::subject(subject)
            },
        ),
        Some(Operation::Revoke { subject, .. }) => (AuditAction::Revoke, About::subject(subject)),
        Some(Operation::HostAdd { node, .. }) => (AuditAction::HostAdd, site(*node)),
        Some(Operation::HostRemove { node, .. }) => (AuditAction::HostRemove, site(*node)),
        Some(Operation::Readmit { entries }) => (AuditAction::Readmit, count(entries.len())),
        Some(Operation::Quarantine { .. }) => (AuditAction::Quarantine, count(1)),
        Some(Operation::Close { .. }) => (AuditAction::Close, About::default()),
        Some(Operation::Reopen) => (AuditAction::Reopen, About::default()),
        Some(Operation::Erase { items, reason }) => (
            AuditAction::Erase,
            About {
                reason: super::erasing::typed_reason(reason),
                ..count(items.len())
            },
        ),
        Some(Operation::Adopt { .. }) => (AuditAction::Adopt, About::default()),
        _ => (AuditAction::Other, About::default()),
    }
}

impl Hub {
    /// A stretch of the trail: of a space for its managers, of the realm for technicians.
    pub(super) fn audit_page(
        &mut self,
        space: Option<SpaceId>,
        viewer: &PersonId,
        person: Option<PersonId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<AuditPage, ApiError> {
        let space = match space {
            Some(space) => {
                self.require(&space, viewer, Role::MANAGER)?;
                space
            }
            None if self.directory.rights(viewer).technician => SpaceId(self.me.realm.0),
            None => return Err(ApiError::forbidden()),
        };
        self.trail_page(space, person, after, limit)
    }

    /// The same, for whoever was allowed already.
    pub(crate) fn trail_page(
        &mut self,
        space: SpaceId,
        person: Option<PersonId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<AuditPage, ApiError> {
        let after = match after {
            Some(text) => Some(Order::parse(text).ok_or_else(|| ApiError::value("after"))?),
            None => None,
        };
        let trail = &self.space(&space)?.trail;
        let end = after.map(|after| {
            let log = 0;
            (after, EntryPlace { log, seq: 0 })
        });
        let below = match end {
            Some(end) => trail.range(..end),
            None => trail.range(..),
        };
        let places: Vec<(Order, EntryPlace)> = below.rev().take(SCANNED_MAX).copied().collect();
        let mut rows = Vec::new();
        let mut last = None;
        for (at, place) in &places {
            if rows.len() == limit {
                break;
            }
            last = Some(*at);
            let stored = self.stored_entry(*place);
            let Some(entry) = stored.map_err(|error| self.cannot_read(error))? else {
                continue;
            };
            let Some(row) = self.audit_row(&space, *place, &entry) else {
                continue;
            };
            let concerns = |person: PersonId| {
                row.by.id == person || row.person.as_ref().is_some_and(|about| about.id == person)
            };
            if person.is_none_or(concerns) {
                rows.push(row);
            }
        }
        let trail = &self.space(&space)?.trail;
        let first = trail.first().map(|(at, _)| *at);
        let next = last.filter(|last| first.is_some_and(|first| first < *last));
        Ok(AuditPage {
            rows,
            next: next.map(|at| at.to_text()),
        })
    }

    /// One row; `None` for operations that only gather others and say nothing.
    pub(super) fn audit_row(
        &mut self,
        space: &SpaceId,
        place: EntryPlace,
        entry: &Entry,
    ) -> Option<AuditRow> {
        let loaded = self.space(space).ok()?;
        let rights = &loaded.rights;
        let operation = rights.operation(&entry.id);
        if operation == Some(&Operation::Join) {
            return None;
        }
        let (state, why) = standing(rights.stands(&entry.id));
        let (mut action, mut about) = about(operation);
        if let Some(Operation::Readmit { entries }) = operation
            && loaded.decides(entries)
        {
            (action, about) = (AuditAction::Decide, About::default());
        }
        let root = matches!(
            entry.payload.as_deref().map(Operation::decode),
            Some(Ok(Operation::Root { .. }))
        );
        let role = about.role.unwrap_or(Role::NONE);
        let group = about
            .person
            .and_then(|person| self.group_behind(space, &entry.header.command, &person));
        Some(AuditRow {
            id: entry.id,
            at_ms: entry.header.wall_ms,
            by: self.directory.person_ref(&entry.header.author),
            site: self.site_of(&self.node_of(place.log)),
            root,
            action,
            person: about
                .person
                .map(|person| self.directory.person_ref(&person)),
            about_site: about.node.map(|node| self.site_of(&node)),
            role: role_word(role),
            realm_rights: match role_word(role) {
                Some(_) => Vec::new(),
                None => role.names().map(str::to_owned).collect(),
            },
            sponsor: about
                .sponsor
                .map(|person| self.directory.person_ref(&person)),
            end_ms: about.end_ms,
            count: about.count,
            reason: about.reason,
            group,
            state,
            why,
        })
    }

    /// The person who wrote a rights operation, and when.
    pub(super) fn decided(&mut self, space: &SpaceId, id: &EntryId) -> Option<(PersonId, u64)> {
        let entry = self.rights_entry(space, id)?;
        Some((entry.header.author, entry.header.wall_ms))
    }
}
