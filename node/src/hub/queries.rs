//! Answers to questions: views read from the spaces in memory, as ready JSON.

use axum::body::Bytes;
use bocage_crdt::features::commands::Section;
use bocage_crdt::features::read_mark::Order;
use bocage_crdt::html;
use bocage_crdt::ids::{ItemId, PersonId, SpaceId};
use bocage_crdt::text::fold;
use serde::Serialize;

use super::rows::{kind, role_word};
use super::{Hub, templates};
use crate::api::rows::{
    Audience, ItemDetail, ItemPage, ItemRow, MessagePage, PersonRef, Rows, SpaceDetail, SpaceRow,
    Template,
};
use crate::api::{ApiError, Language, Query};
use crate::web::site::Viewer;

/// Operations of a page after which one is asked to continue in a new one.
const SOFT_OPERATIONS: u64 = 10_000;

fn json<T: Serialize>(answer: &T) -> Bytes {
    serde_json::to_vec(answer)
        .expect("answers of plain values always encode")
        .into()
}

impl Hub {
    /// Answers a question for one person.
    pub(crate) fn query(&mut self, viewer: Viewer, query: Query) -> Result<Bytes, ApiError> {
        let person = viewer.person;
        Ok(match query {
            Query::Today => json(&self.today(&person)),
            Query::Spaces { filter, q } => json(&self.space_list(&person, filter, &q)),
            Query::Space { space } => json(&self.space_detail(&space, &person)?),
            Query::Items {
                space,
                kind,
                parent,
                after,
                limit,
            } => json(&self.items(&person, &space, kind, parent, after, limit as usize)?),
            Query::Item { space, item } => json(&self.item_detail(&space, &item, &person)?),
            Query::Messages {
                space,
                channel,
                before,
                limit,
            } => json(&self.messages(&person, &space, &channel, before, limit as usize)?),
            Query::Channels => json(&Rows {
                rows: self.channels(&person),
            }),
            Query::Members { space } => {
                self.readable(&space, &person)?;
                json(&Rows {
                    rows: self.member_rows(&space)?,
                })
            }
            Query::Groups => json(&self.group_list(&person)?),
            Query::SpaceGroups { space } => json(&Rows {
                rows: self.space_groups(&space, &person)?,
            }),
            Query::Guests { space } => json(&self.guest_list(&space, &person)?),
            Query::Leaving { space } => json(&self.leaving(&space, &person)?),
            Query::Copies { space } => json(&self.copy_list(&space, &person)?),
            Query::People { q, limit } => {
                if self.directory.is_guest(&person) {
                    return Err(ApiError::forbidden());
                }
                json(&Rows {
                    rows: self.directory.find(&q, limit as usize),
                })
            }
            Query::Search { q } => json(&Rows {
                rows: self.search(&person, &q),
            }),
            Query::Erasures { space } => json(&Rows {
                rows: self.erasure_rows(&space, &person)?,
            }),
            Query::SiteErasures => json(&Rows {
                rows: self.site_erasure_rows(&person)?,
            }),
            Query::ErasurePlan { space, item } => json(&self.erasure_plan(&space, &item, &person)?),
            Query::Templates => json(&Rows {
                rows: template_rows(viewer.language),
            }),
            Query::Held {
                space,
                aside,
                after,
                limit,
            } => json(&self.held_page(&space, &person, aside, after.as_deref(), limit as usize)?),
            Query::OwnHeld => json(&self.own_held_page(&person)),
            Query::Audit {
                space,
                person: about,
                after,
                limit,
            } => {
                let after = after.as_deref();
                json(&self.audit_page(space, &person, about, after, limit as usize)?)
            }
            Query::Site => {
                if !self.directory.rights(&person).technician {
                    return Err(ApiError::forbidden());
                }
                self.status_json()?
            }
        })
    }

    pub(super) fn readable(&mut self, space: &SpaceId, person: &PersonId) -> Result<(), ApiError> {
        self.space(space)?;
        self.show(space, &ItemId::root(space));
        if self.may_read(space, person) {
            Ok(())
        } else {
            Err(ApiError::not_found())
        }
    }

    fn space_detail(
        &mut self,
        space: &SpaceId,
        person: &PersonId,
    ) -> Result<SpaceDetail, ApiError> {
        let readable = self.readable(space, person).is_ok();
        if !readable && !self.is_found(space, person) {
            return Err(ApiError::not_found());
        }
        let mut row = self
            .space_row(space, person)
            .ok_or_else(ApiError::not_found)?;
        if !readable {
            row = from_outside(row);
        }
        let sections = match self.setting(space, "sections").as_str() {
            _ if !readable => Vec::new(),
            "" => vec![Section::Wall, Section::Pages, Section::Messages],
            text => text
                .split(',')
                .filter_map(|word| serde_json::from_value(serde_json::json!(word)).ok())
                .collect(),
        };
        let now = self.clock.wall_ms();
        let rights_age_ms = row
            .late_sites
            .iter()
            .map(|site| {
                site.last_news_ms
                    .map_or(now, |last| now.saturating_sub(last))
            })
            .max();
        let me = role_word(self.space(space)?.rights.now().role_at_home(person));
        let closed = self.closed(space);
        let outside = me.is_none() && closed.is_none();
        let partners = self.sees_guests(space, person);
        let can_join = outside && self.is_open(space);
        let asked = match me {
            None => self.own_request(space, person),
            Some(_) => None,
        };
        let refused = asked.as_ref().is_none_or(|asked| asked.declined);
        let can_ask = outside && self.is_on_request(space) && refused;
        let to_check = self.count_to_check(space, person);
        let own_held = self.space(space)?.count_own_held(person);
        Ok(SpaceDetail {
            row,
            sections,
            me,
            root: ItemId::root(space),
            rights_age_ms,
            can_join,
            partners,
            can_ask,
            asked,
            closed,
            to_check,
            own_held,
        })
    }

    fn items(
        &mut self,
        person: &PersonId,
        space: &SpaceId,
        wanted: Option<String>,
        parent: Option<ItemId>,
        after: Option<String>,
        limit: usize,
    ) -> Result<ItemPage, ApiError> {
        self.readable(space, person)?;
        let numbers: Vec<u16> = match wanted.as_deref() {
            Some(name) => match kind(name) {
                0 => return Err(ApiError::value("kind")),
                number => vec![number],
            },
            None => ["page", "post", "channel"].map(kind).to_vec(),
        };
        let root = ItemId::root(space);
        let under = parent.unwrap_or(root);
        let by_title = wanted.as_deref() == Some("page");
        let ids: Vec<ItemId> = {
            let loaded = self.space(space)?;
            loaded
                .items
                .iter()
                .filter(|(_, row)| numbers.contains(&row.kind.number))
                .map(|(id, _)| *id)
                .collect()
        };
        let mut keyed = Vec::new();
        for id in ids {
            if self.shown_parent(space, &id) != under {
                continue;
            }
            if by_title {
                self.show(space, &id);
            }
            let Some(row) = self
                .spaces
                .get(space)
                .and_then(|space| space.items.get(&id))
            else {
                continue;
            };
            // Pages by title; everything else newest first: the order's text, complemented.
            let key = if by_title {
                format!("{}\u{0}{}", fold(&row.title()), row.created.to_text())
            } else {
                reversed(&row.created.to_text())
            };
            keyed.push((key, id));
        }
        keyed.sort();
        let start = match &after {
            Some(after) => {
                let after = decode_cursor(after).ok_or_else(|| ApiError::value("after"))?;
                keyed.partition_point(|(key, _)| *key <= after)
            }
            None => 0,
        };
        let mut rows = Vec::new();
        let page = keyed.iter().skip(start).take(limit);
        let chosen: Vec<(String, ItemId)> = page.cloned().collect();
        for (_, id) in &chosen {
            self.show(space, id);
            rows.extend(self.item_row(space, id, person));
        }
        let more = start + chosen.len() < keyed.len();
        let next = chosen
            .last()
            .filter(|_| more)
            .map(|(key, _)| encode_cursor(key));
        Ok(ItemPage { rows, next })
    }

    fn item_detail(
        &mut self,
        space: &SpaceId,
        item: &ItemId,
        person: &PersonId,
    ) -> Result<ItemDetail, ApiError> {
        self.readable(space, person)?;
        self.show(space, item);
        let row = self
            .item_row(space, item, person)
            .ok_or_else(|| self.missing_item(space, item))?;
        let (mut html, mut operations) = (None, 0);
        if matches!(row.kind.as_str(), "page" | "post") {
            self.open_document(space, item)?;
            html = self.settled(item).map(|content| html::html(&content.body));
            operations = self
                .documents
                .get(item)
                .map_or(0, |open| open.document.operations());
        }
        let loaded = self.space(space)?;
        let (people, guests) = loaded.audience();
        let comments: Vec<ItemId> = loaded
            .children(*item, kind("comment"))
            .map(|(_, id)| id)
            .collect();
        let thanks: Vec<PersonId> = loaded
            .children(*item, kind("thanks"))
            .filter_map(|(_, id)| loaded.items.get(&id))
            .filter(|row| row.record().is_some_and(|record| !record.flag("withdrawn")))
            .map(|row| row.creator)
            .collect();
        let comments: Vec<ItemRow> = comments
            .iter()
            .filter_map(|id| self.item_row(space, id, person))
            .collect();
        let section = match row.kind.as_str() {
            "page" => "pages",
            "channel" | "message" => "messages",
            _ => "mur",
        };
        let needed = self.role_to_change(space, item, person);
        let mut editing: Vec<PersonRef> = Vec::new();
        for presence in self.people_in(item, None) {
            if !editing.iter().any(|known| known.id == presence.person.id) {
                editing.push(presence.person);
            }
        }
        Ok(ItemDetail {
            row,
            html,
            comments,
            thanks: thanks
                .iter()
                .map(|person| self.directory.person_ref(person))
                .collect(),
            back_to: format!("/espaces/{space}/{section}"),
            visible_to: Audience { people, guests },
            editing,
            writable: needed.is_some_and(|needed| self.may_write(space, person, needed)),
            room_left: SOFT_OPERATIONS.saturating_sub(operations as u64),
        })
    }

    fn messages(
        &mut self,
        person: &PersonId,
        space: &SpaceId,
        channel: &ItemId,
        before: Option<String>,
        limit: usize,
    ) -> Result<MessagePage, ApiError> {
        self.readable(space, person)?;
        let before = match before {
            Some(text) => Some(Order::parse(&text).ok_or_else(|| ApiError::value("before"))?),
            None => None,
        };
        let loaded = self.space(space)?;
        if loaded
            .items
            .get(channel)
            .is_none_or(|row| row.kind.number != kind("channel"))
        {
            return Err(loaded.missing(channel));
        }
        let mut found: Vec<(Order, ItemId)> = loaded
            .children_before(*channel, kind("message"), before)
            .take(limit + 1)
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        found.reverse();
        let loaded = self.spaces.get(space).ok_or_else(ApiError::not_found)?;
        let unread = loaded.unread(channel, self.seen(person, channel), person);
        let first_unread = unread
            .iter()
            .filter_map(|id| Some((loaded.items.get(id)?.created, *id)))
            .min()
            .map(|(_, id)| id);
        let rows: Vec<ItemRow> = found
            .iter()
            .filter_map(|(_, id)| self.item_row(space, id, person))
            .collect();
        Ok(MessagePage {
            channel: self
                .item_row(space, channel, person)
                .ok_or_else(ApiError::not_found)?,
            before: found
                .first()
                .filter(|_| more)
                .map(|(order, _)| order.to_text()),
            rows,
            unread: unread.len() as u32,
            first_unread,
        })
    }
}

/// What people see of a space that they find but may not read: its name and look.
pub(super) fn from_outside(row: SpaceRow) -> SpaceRow {
    SpaceRow {
        unread: 0,
        changed_ms: 0,
        last: None,
        ..row
    }
}

fn template_rows(language: Language) -> Vec<Template> {
    templates::all()
        .map(|template| Template {
            id: template.id.to_owned(),
            kind: template.kind,
            name: template.name.get(language).to_owned(),
            description: template.description.get(language).to_owned(),
        })
        .collect()
}

/// Lower-case hex that sorts the other way round: each digit d becomes 15 - d.
fn reversed(hex: &str) -> String {
    hex.chars()
        .map(|digit| {
            digit.to_digit(16).map_or(digit, |value| {
                char::from_digit(15 - value, 16).expect("0 to 15 is a hex digit")
            })
        })
        .collect()
}

fn encode_cursor(key: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key)
}

fn decode_cursor(cursor: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversed_orders_sort_backwards() {
        let mut orders = ["00ff", "0a00", "9f10", "a000", "ffff"].map(str::to_owned);
        orders.sort_by_key(|order| reversed(order));
        assert_eq!(orders, ["ffff", "a000", "9f10", "0a00", "00ff"]);
    }

    #[test]
    fn cursors_are_read_back() {
        let key = "œufs\u{0}0001";
        assert_eq!(decode_cursor(&encode_cursor(key)).as_deref(), Some(key));
        assert_eq!(decode_cursor("é"), None);
    }
}
