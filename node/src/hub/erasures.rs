//! Answers about erasures: what one would concern, and how far each is, here and elsewhere.

use std::collections::BTreeSet;

use bocage_crdt::ids::{ItemId, NodeId, PersonId, SpaceId};
use bocage_protocol::rights::{Operation, Role};

use super::Hub;
use super::destroying::{CONFIRMED_HOURS, WAITING_HOURS, confirms, due_ms};
use super::erasing::{is_content, typed_reason};
use crate::api::ApiError;
use crate::api::erasures::{ErasureCandidate, ErasurePlan, ErasureRow, ErasureSite, ErasureState};
use crate::api::rows::SiteRef;
use crate::api::texts::Text;

impl Hub {
    /// What erasing an item would concern.
    pub(super) fn erasure_plan(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        person: &PersonId,
    ) -> Result<ErasurePlan, ApiError> {
        self.readable(space, person)?;
        let loaded = self.space(space)?;
        let row = loaded.items.get(item).ok_or_else(|| loaded.missing(item))?;
        if !is_content(row) {
            return Err(ApiError::value("item").with_text(Text::CannotBeErased));
        }
        let is_manager = self.may(space, person, Role::MANAGER);
        let site_may = self.may(space, &self.me.person, Role::MANAGER);
        let mut rows = Vec::new();
        for (id, depth) in self.subtree(space, item) {
            self.show(space, &id);
            let allowed = is_manager || (site_may && self.wrote_alone(space, &id, person)?);
            rows.extend(
                self.item_row(space, &id, person)
                    .map(|item| ErasureCandidate {
                        item,
                        depth,
                        allowed,
                    }),
            );
        }
        Ok(ErasurePlan {
            rows,
            hours: WAITING_HOURS,
            hours_confirmed: CONFIRMED_HOURS,
        })
    }

    /// All erasures of a space, newest first.
    pub(super) fn erasure_rows(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Result<Vec<ErasureRow>, ApiError> {
        self.readable(space, person)?;
        if !self.may(space, person, Role::MANAGER) {
            return Err(ApiError::forbidden());
        }
        self.erasures_of(space, person)
    }

    /// Those of the realm: what said who somebody was who deleted her account. Nobody takes them back.
    pub(super) fn site_erasure_rows(
        &mut self,
        person: &PersonId,
    ) -> Result<Vec<ErasureRow>, ApiError> {
        if !self.directory.rights(person).technician || self.me.guest {
            return Err(ApiError::forbidden());
        }
        let realm = self.realm();
        self.space(&realm)?;
        let mut rows = self.erasures_of(&realm, person)?;
        for row in &mut rows {
            (row.can_undo, row.can_confirm) = (false, false);
        }
        Ok(rows)
    }

    fn erasures_of(&self, space: &SpaceId, person: &PersonId) -> Result<Vec<ErasureRow>, ApiError> {
        let loaded = self.spaces.get(space).ok_or_else(ApiError::not_found)?;
        let receipts = loaded.receipts();
        let standing = loaded.erasures.standing();
        let hosts = loaded.hosts();
        let mut rows = Vec::new();
        for id in loaded.erasures.operations() {
            let known = self.erasing.rows.get(id);
            // One that never counted hid nothing: it is in the audit trail, not here.
            if known.is_none() && !standing.contains(id) && !receipts.contains_key(id) {
                continue;
            }
            let Some(Operation::Erase { items, reason }) = loaded.rights.operation(id) else {
                continue;
            };
            let by = loaded.rights_authors.get(id).copied().unwrap_or_default();
            let going = self.is_going(space, items);
            let state = match known {
                _ if !standing.contains(id) => ErasureState::Undone,
                Some(row) if row.destroyed_ms.is_some() => ErasureState::Destroyed,
                Some(row) if row.removed_ms.is_some() => ErasureState::Removed,
                _ if going => ErasureState::Removing,
                _ => ErasureState::Hidden,
            };
            let hidden = state == ErasureState::Hidden;
            let all = || self.erasing.rows.values();
            let said = receipts.get(id);
            let elsewhere = || {
                let mut holders = self.holders(loaded, &receipts, &BTreeSet::from([*id]));
                holders.remove(&self.me.node);
                !holders.is_empty()
            };
            let standing_here = known.is_some() && state != ErasureState::Undone;
            let can_undo = standing_here && (!going || elsewhere());
            let site = |node: &NodeId| {
                let receipt = said.and_then(|said| said.get(&PersonId::of_site(node)));
                ErasureSite {
                    site: SiteRef {
                        id: *node,
                        name: self.directory.site_name(node),
                    },
                    hidden_ms: receipt.map(|receipt| receipt.hidden_ms),
                    destroyed_ms: receipt.and_then(|receipt| receipt.destroyed_ms),
                    backups_until_ms: receipt.and_then(|receipt| receipt.backups_until_ms),
                }
            };
            let confirmed = known.is_some_and(|row| all().any(|other| confirms(row, other)));
            rows.push(ErasureRow {
                id: *id,
                by: self.directory.person_ref(&by),
                at_ms: loaded.rights_times.get(id).copied().unwrap_or(0),
                reason: typed_reason(reason),
                items: items.clone(),
                state,
                due_ms: known.filter(|_| hidden).map(|row| due_ms(row, all())),
                confirmed,
                can_confirm: hidden && !confirmed && by != *person,
                can_undo,
                sites: hosts.iter().map(site).collect(),
            });
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.at_ms, row.id)));
        Ok(rows)
    }
}
