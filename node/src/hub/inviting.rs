//! Inviting partners: people with an account here, sites of their own, and the list of what leaves
//! the organisation with either. A guest reads one space until a date and has somebody who answers
//! for her; she does not see the directory, invite, open spaces or own them.

use std::collections::BTreeMap;

use bocage_crdt::features::commands as words;
use bocage_crdt::ids::{CommandId, NodeId, PersonId, SpaceId};
use bocage_protocol::rights::{Operation, Role, Subject};
use bocage_protocol::ticket::{Ticket, TicketRole};

use super::Hub;
use super::admission::GuestGrant;
use super::rows::{kind, role_of, role_word};
use crate::api::guests::{
    GUEST_STAY_DAYS_MAX, GuestList, GuestPerson, GuestPersonReady, GuestSite, GuestTicket,
    GuestTicketReady, InviteGuestPerson, InviteGuestSite, Leaving, LeavingItem,
};
use crate::api::rows::SiteRef;
use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};
use crate::web::site::NewPerson;

/// How long a guest's ticket is good for: it goes by mail, and is used in working hours.
const TICKET_HOURS: u64 = 24;
const DAY_MS: u64 = 24 * 3_600_000;

impl Hub {
    /// A guest stays for a time that lies ahead and has an end.
    fn stay(&self, end_ms: u64) -> Result<u64, ApiError> {
        let now = self.clock.wall_ms();
        if end_ms <= now || end_ms > now + GUEST_STAY_DAYS_MAX * DAY_MS {
            return Err(ApiError::value("endMs").with_limit(GUEST_STAY_DAYS_MAX));
        }
        Ok(end_ms)
    }

    fn guest_role(role: words::Role) -> Result<Role, ApiError> {
        match role {
            words::Role::Manager => Err(ApiError::value("role")),
            role => Ok(role_of(role)),
        }
    }

    /// Gives a partner's person an account here, if she has none, and lets her into one space.
    pub(crate) fn invite_guest_person(
        &mut self,
        space: SpaceId,
        author: PersonId,
        asked: &InviteGuestPerson,
        password: String,
        verifier: String,
    ) -> Result<GuestPersonReady, ApiError> {
        self.may_sponsor(&space, &author)?;
        let end_ms = self.stay(asked.end_ms)?;
        let role = Self::guest_role(asked.role)?;
        let login = bocage_crdt::features::person::login(&asked.login)
            .map_err(|_| ApiError::value("login"))?;
        let known = self.directory.account_row(&login).map(|row| row.person);
        let (person, password) = match known {
            Some(person) if self.directory.is_guest(&person) => {
                (self.directory.person_ref(&person), None)
            }
            Some(_) => {
                return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::LoginTaken));
            }
            None => {
                let new = NewPerson {
                    login: login.clone(),
                    name: asked.name.clone(),
                    job: Some(asked.organisation.clone()),
                    verifier,
                    rights: Default::default(),
                };
                (self.try_add_person(new, true)?, Some(password))
            }
        };
        self.grant_guest(space, author, person.id, role, end_ms)?;
        Ok(GuestPersonReady {
            person,
            login,
            password,
        })
    }

    fn grant_guest(
        &mut self,
        space: SpaceId,
        author: PersonId,
        person: PersonId,
        role: Role,
        end_ms: u64,
    ) -> Result<(), ApiError> {
        let operation = Operation::Grant {
            subject: Subject::Person(person),
            role,
            territory: None,
            sponsor: Some(author),
            end_ms: Some(end_ms),
        };
        self.write_operation(space, author, CommandId(rand::random()), operation)?;
        let home = self.directory.home_of(&person);
        let command = CommandId(rand::random());
        self.add_hosts(space, author, command, home.into_iter().collect())
    }

    /// Issues a ticket for a partner's site; it opens one space, in the name of who asked.
    pub(crate) fn invite_guest_site(
        &mut self,
        space: SpaceId,
        author: PersonId,
        asked: &InviteGuestSite,
    ) -> Result<GuestTicketReady, ApiError> {
        self.may_sponsor(&space, &author)?;
        let end_ms = self.stay(asked.end_ms)?;
        let role = Self::guest_role(asked.role)?;
        if self.me.edge_addresses.is_empty() {
            return Err(ApiError::new(ErrorCode::Conflict).with_text(Text::GuestsNotReachable));
        }
        let ticket = Ticket {
            realm: self.me.realm,
            issuer: self.me.node,
            addresses: self.me.edge_addresses.clone(),
            secret: rand::random(),
            role: TicketRole::GuestSite,
            expires_ms: self.clock.wall_ms() + TICKET_HOURS * 3_600_000,
        };
        let grant = GuestGrant {
            space,
            by: author,
            role,
            end_ms: Some(end_ms),
        };
        self.issue(ticket.clone(), Some(grant))?;
        Ok(GuestTicketReady {
            qr_svg: crate::secret::qr_svg(&ticket.to_qr_text()),
            site: self.site_ref(),
            ticket: ticket.to_string(),
            expires_ms: ticket.expires_ms,
        })
    }

    pub(super) fn renew_guest(
        &mut self,
        space: SpaceId,
        author: PersonId,
        person: PersonId,
        end_ms: u64,
    ) -> Result<(), ApiError> {
        self.may_sponsor(&space, &author)?;
        let end_ms = self.stay(end_ms)?;
        let members = self.space(&space)?.rights.now().persons.get(&person);
        let member = members.filter(|member| member.sponsor.is_some());
        let role = member.ok_or_else(|| ApiError::value("person"))?.role;
        self.grant_guest(space, author, person, role.space_role(), end_ms)
    }

    pub(super) fn renew_guest_site(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        node: NodeId,
        end_ms: u64,
    ) -> Result<(), ApiError> {
        self.may_sponsor(&space, &author)?;
        let end_ms = self.stay(end_ms)?;
        let sites = self.guest_sites(&space);
        let guest = sites.get(&node).ok_or_else(|| ApiError::value("site"))?;
        let operation = Operation::GuestAdd {
            node,
            name: guest.name.clone(),
            role: guest.role,
            sponsors: guest.sponsors.clone(),
            addresses: guest.addresses.clone(),
            end_ms: Some(end_ms),
        };
        self.write_operation(space, author, command, operation)
            .map(drop)
    }

    pub(super) fn end_guest_site(
        &mut self,
        space: SpaceId,
        author: PersonId,
        command: CommandId,
        node: NodeId,
    ) -> Result<(), ApiError> {
        self.may_sponsor(&space, &author)?;
        if !self.guest_sites(&space).contains_key(&node) {
            return Ok(());
        }
        let cut = self.cut_here(&space);
        let operation = Operation::HostRemove {
            node,
            cut,
            order: None,
        };
        self.write_operation(space, author, command, operation)
            .map(drop)
    }

    /// Whether the list of guests is for this reader: whoever may invite, and others when there is
    /// something in it. Guests know each other from what they write, not from a list.
    pub(super) fn sees_guests(&mut self, space: &SpaceId, reader: &PersonId) -> bool {
        if self.me.guest || self.directory.is_guest(reader) {
            return false;
        }
        if self.may_sponsor(space, reader).is_ok() {
            return true;
        }
        let people = self.spaces.get(space).map_or(0, |space| space.audience().1);
        people > 0 || !self.guest_sites(space).is_empty()
    }

    /// Who is in the space from outside.
    pub(super) fn guest_list(
        &mut self,
        space: &SpaceId,
        reader: &PersonId,
    ) -> Result<GuestList, ApiError> {
        self.readable(space, reader)?;
        if self.me.guest || self.directory.is_guest(reader) {
            return Err(ApiError::forbidden());
        }
        let now = self.clock.wall_ms();
        let ended = |end: Option<u64>| end.is_some_and(|end| end <= now);
        let may_invite = self.may_sponsor(space, reader).is_ok();
        let manages = self.may(space, reader, Role::MANAGER);
        let copies = if manages { self.count_copies(space) } else { 0 };
        let loaded = self.space(space)?;
        let members: Vec<_> = loaded
            .rights
            .now()
            .persons
            .iter()
            .filter_map(|(person, member)| {
                Some((
                    *person,
                    role_word(member.role)?,
                    member.sponsor?,
                    member.end_ms,
                ))
            })
            .collect();
        let people = members
            .into_iter()
            .map(|(person, role, sponsor, end_ms)| GuestPerson {
                person: self.directory.person_ref(&person),
                role,
                sponsor: self.directory.person_ref(&sponsor),
                end_ms,
                ended: ended(end_ms),
            })
            .collect();
        let waiting = self.unadmitted_of(space);
        let introduced = self
            .spaces
            .get(space)
            .map_or_else(Vec::new, |space| space.introduced());
        let sites = self
            .guest_sites(space)
            .into_iter()
            .filter_map(|(node, guest)| {
                let link = self.links.get(&node);
                let people = introduced.iter().filter(|(_, site, _)| *site == node);
                Some(GuestSite {
                    role: role_word(guest.role)?,
                    sponsors: guest
                        .sponsors
                        .iter()
                        .map(|sponsor| self.directory.site_name(sponsor))
                        .collect(),
                    end_ms: guest.end_ms,
                    ended: ended(guest.end_ms),
                    connected: link.is_some_and(|link| link.connected),
                    last_news_ms: link.and_then(|link| link.last_news_ms),
                    waiting: waiting.get(&node).copied().unwrap_or(0),
                    people: people.map(|(_, _, name)| name.clone()).collect(),
                    site: SiteRef {
                        id: node,
                        name: guest.name,
                    },
                })
            });
        let tickets = self.tickets.values().filter_map(|issued| {
            let grant = issued
                .guest
                .as_ref()
                .filter(|grant| grant.space == *space)?;
            let used = issued.redeemed.as_ref();
            Some(GuestTicket {
                expires_ms: issued.ticket.expires_ms,
                by: grant.by,
                used_by: used.map(|(_, name)| name.clone()),
                words: used.map(|(node, _)| {
                    crate::secret::six_words(issued.ticket.six_words(node)).join(" ")
                }),
            })
        });
        Ok(GuestList {
            people,
            sites: sites.collect(),
            tickets: match may_invite {
                true => tickets.collect(),
                false => Vec::new(),
            },
            may_invite,
            may_end: manages,
            copies,
            reachable: !self.me.edge_addresses.is_empty(),
        })
    }

    fn unadmitted_of(&self, space: &SpaceId) -> BTreeMap<NodeId, u32> {
        let mut waiting = BTreeMap::new();
        for place in self
            .spaces
            .get(space)
            .map_or_else(Vec::new, |space| space.pending_places())
        {
            *waiting
                .entry(self.catalog.writer_of(place.log).node)
                .or_insert(0) += 1;
        }
        waiting
    }

    /// All that a guest of this space would read.
    pub(super) fn leaving(
        &mut self,
        space: &SpaceId,
        reader: &PersonId,
    ) -> Result<Leaving, ApiError> {
        self.may_sponsor(space, reader)?;
        self.show_stale(space, usize::MAX);
        let kinds = ["page", "post", "channel"];
        let inside = kind("message");
        let comment = kind("comment");
        let loaded = self.space(space)?;
        let mut items = Vec::new();
        for name in kinds {
            for (id, row) in loaded.of_kind(kind(name)) {
                let holds = match name {
                    "channel" => loaded.count_children(*id, inside),
                    _ => loaded.count_children(*id, comment),
                };
                items.push(LeavingItem {
                    id: *id,
                    kind: name.to_owned(),
                    title: row.title(),
                    holds: holds as u32,
                    changed_ms: row.changed_ms,
                });
            }
        }
        let comments = loaded.of_kind(comment).count() as u32;
        let members = loaded.member_list();
        let people = members
            .iter()
            .map(|(person, ..)| self.directory.person_ref(person).name)
            .collect();
        Ok(Leaving {
            items,
            comments,
            people,
        })
    }
}
