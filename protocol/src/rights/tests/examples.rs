//! The worked examples of `docs/rights.md`, run: every block fenced as `rights` is a history of
//! sites that write, exchange and expect. Each is delivered in many orders, small ones in all.
//!
//! `SITE PERSON VERB … [at SITE …] [under WHOM …] [of TERRITORY] [upto all | nothing | NAME …]
//! [by REGISTRAR] [on NAME …] [citing NAME …] [as NAME]` writes at a site, `itself` is its own person;
//! `sync SITE SITE` exchanges; `NAME STANDING` and `role PERSON ROLE` expect.

use std::collections::BTreeMap;

use super::super::*;
use super::orders::{deputise, ordered_host_removal, ordered_removal};
use super::world::{Dice, World, id, node, person};
use bocage_crdt::ids::ItemId;

/// One history: names of what was written, and of sites in order of appearance.
struct Play {
    world: Option<World>,
    sites: Vec<String>,
    names: BTreeMap<String, EntryId>,
    /// People whom guest sites introduced.
    introduced: BTreeMap<String, PersonId>,
}

fn list<'a>(words: &[&'a str], after: &str) -> Option<Vec<&'a str>> {
    let start = words.iter().position(|word| *word == after)? + 1;
    let rest = &words[start..];
    let end = rest
        .iter()
        .position(|word| ["upto", "citing", "at", "under", "of", "by", "on", "as"].contains(word))
        .unwrap_or(rest.len());
    Some(rest[..end].to_vec())
}

fn role(name: &str) -> Role {
    match name {
        "viewer" => Role::VIEWER,
        "commenter" => Role::COMMENTER,
        "contributor" => Role::CONTRIBUTOR,
        "manager" => Role::MANAGER,
        "sponsor" => Role::CONTRIBUTOR.with(Role::SPONSOR),
        "doorkeeper" => Role::DOORKEEPER,
        "nothing" => Role::NONE,
        other => panic!("no role {other}"),
    }
}

fn standing_name(standing: &Standing) -> String {
    match standing {
        Standing::Counts => "counts".into(),
        Standing::Waiting { .. } => "waiting".into(),
        Standing::Held(reason) => format!("held {}", first_word(&format!("{reason:?}"))),
        Standing::Void(reason) => format!("void {}", first_word(&format!("{reason:?}"))),
    }
}

fn first_word(text: &str) -> String {
    text.split('(').next().unwrap_or_default().to_string()
}

impl Play {
    fn site(&self, name: &str) -> usize {
        self.sites
            .iter()
            .position(|site| site == name)
            .unwrap_or_else(|| panic!("no site {name}"))
    }

    fn person(&self, name: &str) -> PersonId {
        let introduced = self.introduced.get(name).copied();
        introduced.unwrap_or_else(|| person(name))
    }

    fn ids(&self, names: &[&str]) -> Vec<EntryId> {
        let mut ids: Vec<_> = names.iter().map(|name| self.names[*name]).collect();
        ids.sort();
        ids
    }

    fn operation(&self, site: usize, words: &[&str]) -> Option<Operation> {
        let world = self.world.as_ref().expect("a space was founded");
        let who = |place: usize| self.person(words[place]);
        let subject = |place: usize| match self.sites.iter().any(|site| site == words[place]) {
            true => Subject::Site(node(words[place])),
            false => Subject::Person(who(place)),
        };
        let named = |after| -> Option<Vec<NodeId>> {
            let mut nodes: Vec<_> = list(words, after)?.into_iter().map(node).collect();
            nodes.sort();
            Some(nodes)
        };
        let territory = list(words, "of").map(|names| ItemId(id(names[0])));
        let ordered = list(words, "by").is_some();
        let cut = match list(words, "upto").as_deref() {
            None | Some(["nothing"]) => Cut::default(),
            Some(["all"]) => world.cut_of_all(site),
            Some(names) => world.cut_at(&self.ids(names)),
        };
        Some(match words[2] {
            "hosts" => Operation::HostAdd {
                node: node(words[3]),
                name: words[3].into(),
                addresses: Vec::new(),
                territory,
            },
            "unhosts" if ordered => ordered_host_removal(node(words[3]), cut, territory),
            "unhosts" => Operation::HostRemove {
                node: node(words[3]),
                cut,
                order: None,
            },
            "grants" => match named("at") {
                Some(sites) => Operation::Appoint {
                    subject: subject(3),
                    role: role(words[4]),
                    territory,
                    sites,
                },
                None => Operation::Grant {
                    subject: subject(3),
                    role: role(words[4]),
                    territory,
                    sponsor: list(words, "under").map(|names| self.person(names[0])),
                    end_ms: None,
                },
            },
            "invites" => Operation::GuestAdd {
                node: node(words[3]),
                name: words[3].into(),
                role: role(words[4]),
                sponsors: named("under").expect("a guest has sponsors"),
                addresses: Vec::new(),
                end_ms: None,
            },
            "introduces" => Operation::Introduce {
                name: words[3].into(),
            },
            "deputises" => {
                let sites = named("at").expect("a deputy has sites");
                deputise(&world.space, who(3), sites)
            }
            "sets" => Operation::SetRole {
                subject: subject(3),
                role: role(words[4]),
                cut,
            },
            "revokes" if ordered => ordered_removal(who(3), cut, territory),
            "revokes" => Operation::Revoke {
                subject: subject(3),
                cut,
                order: None,
            },
            "closes" => Operation::Close { cut },
            "reopens" => Operation::Reopen,
            "joins" => Operation::Join,
            "readmits" => Operation::Readmit {
                entries: self.ids(&words[3..4]),
            },
            "quarantines" => Operation::Quarantine {
                entry: self.names[words[3]],
            },
            "invents" => Operation::Unknown {
                bytes: vec![99, 1, 2, 3],
            },
            "writes" | "admits" => return None,
            other => panic!("no verb {other}"),
        })
    }

    fn run(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["sites", ref names @ ..] => {
                self.sites = names.iter().map(ToString::to_string).collect();
            }
            ["sync", one, other] => {
                let (one, other) = (self.site(one), self.site(other));
                self.world
                    .as_mut()
                    .expect("a space was founded")
                    .sync(one, other);
            }
            [_, founder, "founds"] => {
                let sites: Vec<_> = self.sites.iter().map(String::as_str).collect();
                self.world = Some(World::found(&sites, &person(founder)));
            }
            _ => {
                let site = self.site(words[0]);
                let author = match words[1] {
                    "itself" => PersonId::of_site(&node(words[0])),
                    name => self.person(name),
                };
                let heads = list(&words, "citing").map(|names| self.ids(&names));
                let operation = self.operation(site, &words);
                let admitted = self.ids(if words[2] == "admits" {
                    &words[3..4]
                } else {
                    &[]
                });
                let world = self.world.as_mut().expect("a space was founded");
                let id = match operation {
                    Some(Operation::Introduce { name }) => {
                        let command = world.command();
                        let named = PersonId::of(&node(words[0]), &command);
                        self.introduced.insert(name.clone(), named);
                        let operation = Operation::Introduce { name };
                        world.operate_as(site, author, command, heads, &operation)
                    }
                    Some(operation) => world.operate(site, author, heads, &operation),
                    None if words[2] == "admits" => {
                        let seq = world.entry(&admitted[0]).0.header.seq;
                        world.admit(site, heads, &[(seq, admitted[0])])
                    }
                    None => world.say(site, author, heads),
                };
                if let Some(names) = list(&words, "on") {
                    let rests = names.iter().map(|name| self.names[*name]).collect();
                    world.rests.insert(id, rests);
                }
                if let Some([name]) = list(&words, "as").as_deref() {
                    self.names.insert(name.to_string(), id);
                }
            }
        }
    }

    fn expect(&self, rights: &Rights, line: &str) {
        let world = self.world.as_ref().expect("a space was founded");
        if let ["role", name, expected] = line.split_whitespace().collect::<Vec<_>>()[..] {
            let now = rights.now().role(&self.person(name));
            assert_eq!(now, role(expected), "{line}");
            return;
        }
        let (name, expected) = line.split_once(' ').expect("an expectation has a standing");
        let at = (world.entries.iter()).position(|(entry, _)| entry.id == self.names[name]);
        let standing = &world.standings(rights)[at.expect("it was written")];
        assert_eq!(standing_name(standing), expected, "{name}");
    }
}

use super::world::PersonId;

fn is_expectation(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    words[0] == "role" || ["counts", "held", "void", "waiting"].contains(&words[1])
}

/// Plays a history, then checks what it expects under many orders of delivery.
fn check(history: &str) {
    let mut play = Play {
        world: None,
        sites: Vec::new(),
        names: BTreeMap::new(),
        introduced: BTreeMap::new(),
    };
    let lines = || {
        history
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    };
    lines()
        .filter(|line| !is_expectation(line))
        .for_each(|line| play.run(line));
    let world = play.world.as_ref().expect("a space was founded");
    let whole = world.whole();
    let expectations: Vec<_> = lines().filter(|line| is_expectation(line)).collect();
    assert!(
        !expectations.is_empty(),
        "a history without expectation: {history}"
    );
    expectations
        .iter()
        .for_each(|line| play.expect(&whole, line));
    let count = world.entries.len();
    if count <= 6 {
        permutations(count, &mut |order| world.check_order(order, &whole));
    } else {
        let mut dice = Dice(7);
        (0..400).for_each(|_| world.check_order(&dice.shuffled(count), &whole));
    }
}

fn permutations(count: usize, visit: &mut impl FnMut(&[usize])) {
    fn extend(order: &mut Vec<usize>, count: usize, visit: &mut impl FnMut(&[usize])) {
        if order.len() == count {
            return visit(order);
        }
        for next in 0..count {
            if !order.contains(&next) {
                order.push(next);
                extend(order, count, visit);
                order.pop();
            }
        }
    }
    extend(&mut Vec::new(), count, visit);
}

/// The blocks of the document, each with the heading above it.
fn blocks() -> Vec<(String, String)> {
    let text = include_str!("../../../../docs/rights.md");
    let (mut heading, mut block, mut blocks) = (String::new(), None::<String>, Vec::new());
    for line in text.lines() {
        match &mut block {
            None if line == "```rights" => block = Some(String::new()),
            None if line.starts_with('#') => heading = line.trim_start_matches('#').trim().into(),
            None => {}
            Some(_) if line == "```" => {
                blocks.extend(block.take().map(|block| (heading.clone(), block)));
            }
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    blocks
}

#[test]
fn the_document_tells_the_truth() {
    let blocks = blocks();
    assert!(
        blocks.len() >= 10,
        "only {} examples were found",
        blocks.len()
    );
    for (heading, block) in blocks {
        println!("{heading}");
        check(&block);
    }
}
