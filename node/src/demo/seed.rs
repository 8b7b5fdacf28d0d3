//! Tells the story of `contents` to the three sites, each step by its person at her home site.
//!
//! Every command's id is derived from its place in the story: telling it again, after a start that
//! was cut short, adds nothing.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use bocage_crdt::features::Command;
use bocage_crdt::features::commands::{
    ChannelCommand, CommentCommand, MessageCommand, PageCommand, PostCommand, ReadMarkCommand,
    SpaceCommand, ThanksCommand,
};
use bocage_crdt::ids::{ActorNonce, CommandId, ItemId, SpaceId, derive};
use serde::Deserialize;

use super::client::{self, Client};
use super::contents::{self, SpaceText, Step};
use super::page;
use super::people::PEOPLE;
use super::sites::Site;
use crate::api::rows::ItemRow;

/// Makes another story out of the same words: changed when the contents change in place.
const STORY: &[u8] = b"bocage demo 1";

/// Everybody signed in, and what the story has named so far.
struct Teller {
    clients: BTreeMap<&'static str, Client>,
}

/// What one space has so far.
struct Place {
    text: &'static SpaceText,
    space: SpaceId,
    /// By the title or, for a message, its text.
    items: BTreeMap<&'static str, (ItemId, String)>,
    /// The last message of each channel.
    last: BTreeMap<&'static str, String>,
    step: u32,
}

/// Makes the accounts, signs everybody in and writes everything.
pub(super) fn seed(sites: &[Site]) -> Result<()> {
    println!("Making {} accounts", PEOPLE.len());
    let mut clients = BTreeMap::new();
    for person in PEOPLE {
        let site = sites.iter().find(|site| site.key == person.site);
        let site = site.with_context(|| format!("{} has no home", person.name))?;
        client::add_person(site, person)?;
        let client = Client::sign_in(site, person.login)?;
        let first = sites.first().context("no site")?;
        if site.key != first.key && (person.opens_spaces || person.technician) {
            // Registrars are at home at headquarters.
            client::give_rights(first, person, &client)?;
        }
        clients.insert(person.login, client);
    }
    let teller = Teller { clients };
    for text in contents::SPACES {
        println!("Writing «{}»", text.name);
        teller
            .tell(text)
            .with_context(|| format!("writing «{}»", text.name))?;
    }
    for client in teller.clients.into_values() {
        client.sign_out()?;
    }
    Ok(())
}

impl Teller {
    fn client(&self, login: &str) -> Result<&Client> {
        self.clients
            .get(login)
            .with_context(|| format!("the story names nobody called {login}"))
    }

    fn tell(&self, text: &'static SpaceText) -> Result<()> {
        let mut place = self.open(text)?;
        for step in text.steps {
            place.step += 1;
            self.take(&mut place, step)
                .with_context(|| format!("step {}", place.step))?;
        }
        Ok(())
    }

    /// Opens the space and lets its members in.
    fn open(&self, text: &'static SpaceText) -> Result<Place> {
        let opener = self.client(text.opener)?;
        let open = Command::Space(SpaceCommand::Open {
            kind: text.kind,
            template: text.template.to_owned(),
            name: text.name.to_owned(),
            colour: text.colour,
            symbol: text.symbol.to_owned(),
            visibility: text.visibility,
            description: text.description.to_owned(),
        });
        let answer = opener.command(command_id(text, "open", 0), open)?;
        let space = answer.space.context("the site opened no space")?;
        for (number, (login, role)) in (0..).zip(text.members) {
            let person = self.client(login)?.person();
            let add = Command::Space(SpaceCommand::AddMember {
                space,
                person,
                role: *role,
            });
            opener.command(command_id(text, "member", number), add)?;
        }
        let items = BTreeMap::new();
        let mut place = Place {
            text,
            space,
            items,
            last: BTreeMap::new(),
            step: 0,
        };
        self.find_template_items(opener, &mut place)?;
        Ok(place)
    }

    /// Channels and pages that came with the template can be named by the story, too.
    fn find_template_items(&self, opener: &Client, place: &mut Place) -> Result<()> {
        #[derive(Deserialize)]
        struct Rows {
            rows: Vec<ItemRow>,
        }
        for kind in ["channel", "page"] {
            let path = format!("/spaces/{}/items?kind={kind}", place.space);
            for row in opener.get::<Rows>(&path)?.rows {
                let named = place
                    .text
                    .from_template
                    .iter()
                    .find(|name| **name == row.title);
                if let Some(name) = named {
                    place.items.insert(name, (row.id, row.order));
                }
            }
        }
        Ok(())
    }

    fn take(&self, place: &mut Place, step: &Step) -> Result<()> {
        let space = place.space;
        let id = command_id(place.text, "step", place.step);
        match *step {
            Step::Page { by, title, body } => {
                let create = PageCommand::Create {
                    space,
                    parent: None,
                    title: title.to_owned(),
                    text: None,
                };
                let item = self.make(place, by, id, title, Command::Page(create))?;
                let nonce = ActorNonce(derive("bocage demo nonce", &[STORY, &item.0]));
                page::write(self.client(by)?, space, item, nonce, body)
            }
            Step::Post { by, title, text } => {
                let (title_owned, text) = (title.to_owned(), text.to_owned());
                let create = PostCommand::Create {
                    space,
                    title: title_owned,
                    text,
                };
                self.make(place, by, id, title, Command::Post(create))
                    .map(drop)
            }
            Step::Channel { by, name } => {
                let create = ChannelCommand::Create {
                    space,
                    name: name.to_owned(),
                };
                self.make(place, by, id, name, Command::Channel(create))
                    .map(drop)
            }
            Step::Say { by, channel, text } => {
                let (into, _) = place.named(channel)?;
                let send = MessageCommand::Send {
                    space,
                    channel: into,
                    text: text.to_owned(),
                };
                self.make(place, by, id, text, Command::Message(send))?;
                let (_, order) = place.named(text)?;
                place.last.insert(channel, order);
                Ok(())
            }
            Step::Comment { by, on, text } => {
                let (on, _) = place.named(on)?;
                let write = CommentCommand::Write {
                    space,
                    on,
                    text: text.to_owned(),
                };
                self.client(by)?
                    .command(id, Command::Comment(write))
                    .map(drop)
            }
            Step::Thank { by, on, reason } => {
                let (on, _) = place.named(on)?;
                let reason = (!reason.is_empty()).then(|| reason.to_owned());
                let give = ThanksCommand::Give { space, on, reason };
                self.client(by)?
                    .command(id, Command::Thanks(give))
                    .map(drop)
            }
            Step::Read { by, what } => {
                let (item, order) = place.named(what)?;
                let up_to = place.last.get(what).cloned().unwrap_or(order);
                let set = ReadMarkCommand::Set { space, item, up_to };
                self.client(by)?
                    .command(id, Command::ReadMark(set))
                    .map(drop)
            }
        }
    }

    /// Does a command that makes an item, and remembers it under `name`.
    fn make(
        &self,
        place: &mut Place,
        by: &str,
        id: CommandId,
        name: &'static str,
        command: Command,
    ) -> Result<ItemId> {
        let answer = self.client(by)?.command(id, command)?;
        let item = answer.item.context("the site made no item")?;
        place
            .items
            .insert(name, (item, answer.order.unwrap_or_default()));
        Ok(item)
    }
}

impl Place {
    fn named(&self, name: &str) -> Result<(ItemId, String)> {
        let found = self.items.get(name).cloned();
        found.with_context(|| format!("the story has not made «{name}» before this step"))
    }
}

fn command_id(text: &SpaceText, what: &str, number: u32) -> CommandId {
    // Parts end with a zero byte: no two of them join to the same bytes.
    let parts: [&[u8]; 7] = [
        STORY,
        &[0],
        text.key.as_bytes(),
        &[0],
        what.as_bytes(),
        &[0],
        &number.to_be_bytes(),
    ];
    CommandId(derive("bocage demo command", &parts))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::people;
    use super::*;

    /// The sites would say the same, one step at a time and only in a running demo.
    #[test]
    fn the_story_names_only_what_it_has_made_and_whom_it_has_let_in() {
        let mut ids = BTreeSet::new();
        for text in contents::SPACES {
            let opener = people::find(text.opener).expect("an opener");
            assert!(opener.opens_spaces, "{} may not open spaces", opener.name);
            let members: BTreeSet<&str> = text.members.iter().map(|(login, _)| *login).collect();
            assert_eq!(
                members.len(),
                text.members.len(),
                "{}: somebody twice",
                text.key
            );
            assert!(
                !members.contains(text.opener),
                "{}: the opener is in",
                text.key
            );
            let template = crate::hub::templates::find(text.template).expect("a template");
            assert_eq!(template.kind, text.kind);
            let shipped = template
                .channels
                .iter()
                .chain(template.pages.iter().map(|p| &p.title));
            let shipped: BTreeSet<&str> = shipped.map(|name| name.fr).collect();
            let mut made: BTreeSet<&str> = text.from_template.iter().copied().collect();
            assert!(made.is_subset(&shipped), "{}: {made:?}", text.key);
            for (number, step) in (1..).zip(text.steps) {
                let (by, needs, makes) = step.named();
                assert!(
                    by == text.opener || members.contains(by),
                    "{}: {by}",
                    text.key
                );
                assert!(
                    needs.is_none_or(|name| made.contains(name)),
                    "{}: {step:?}",
                    text.key
                );
                assert!(
                    makes.is_none_or(|name| made.insert(name)),
                    "{}: {step:?}",
                    text.key
                );
                assert!(ids.insert(command_id(text, "step", number)));
            }
        }
    }
}
