//! What must hold of a world with guests once it is healed.

use std::collections::BTreeSet;

use bocage_crdt::ids::{EntryId, NodeId};
use bocage_protocol::entry::EntryKind;
use bocage_protocol::rights::{Rights, Role, Standing, Writer};

use crate::guests::Cast;
use crate::minds::{links, stored};
use crate::world::World;

/// What differs between members, or between them and an honest guest that is let in everywhere.
pub(crate) fn difference(world: &World, cast: &Cast) -> Option<String> {
    for space in [cast.shared, cast.inner] {
        let first = world.sites[0].disk.ids(&space);
        let mind = &world.minds[0];
        let node = |at: usize| world.sites[at].id;
        for at in 1..world.sites.len() {
            let is_guest = at >= cast.members;
            let told = |site: usize| {
                let hosts = world.sites[site].hosts.get(&space);
                hosts.is_some_and(|hosts| hosts.contains(&node(at)))
            };
            let linked = |site: usize| world.links.get(&(site, at)).is_some_and(|link| link.exists);
            let in_it = (0..cast.members).any(|site| linked(site) && told(site));
            if is_guest && (!in_it || cast.hostile == Some(at)) {
                continue;
            }
            if world.sites[at].disk.ids(&space) != first {
                return Some(format!("sites 0 and {at} store other entries of {space:?}"));
            }
            let other = &world.minds[at];
            if other.rows(&space) != mind.rows(&space) {
                return Some(format!("sites 0 and {at} show other rows of {space:?}"));
            }
        }
    }
    None
}

pub(crate) fn pending(world: &World, cast: &Cast) -> Option<String> {
    for (at, site) in world.sites[..cast.members].iter().enumerate() {
        let pending = site.machine.as_ref().map(|machine| machine.pending())?;
        if pending.tickets > 0 || !site.pending.is_empty() {
            return Some(format!("site {at}: {pending:?}"));
        }
    }
    None
}

/// Work of an honest guest whose right did not end, and that does not count yet.
pub(crate) fn unadmitted(world: &World, cast: &Cast) -> Option<String> {
    let rows = world.minds[0].rows(&cast.shared);
    let known = world.minds[0].known.get(&cast.shared)?;
    for guest in cast.guests(world) {
        if cast.hostile == Some(guest) || cast.ending.contains(&guest) {
            continue;
        }
        let node = world.sites[guest].id;
        let mut of = known.iter().filter(|(_, (_, writer))| *writer == node);
        if let Some((id, (entry, _))) = of.find(|(id, _)| !rows.contains(id)) {
            let standing = world.minds[0].standing(&cast.shared, entry, &node);
            return Some(format!("{id:?} of guest {guest} is {standing:?}"));
        }
    }
    None
}

pub(crate) fn check_nothing_lost(world: &World, cast: &Cast) {
    for space in [cast.shared, cast.inner] {
        let held: BTreeSet<EntryId> = world.sites[0]
            .disk
            .ids(&space)
            .into_values()
            .flatten()
            .collect();
        let of_hostile = |id: &EntryId| {
            let known = world
                .minds
                .iter()
                .filter_map(|mind| mind.known.get(&space)?.get(id));
            let hostile = cast.hostile.map(|at| world.sites[at].id);
            let mut nodes = known.map(|(_, node)| Some(*node));
            nodes.any(|node| node == hostile)
        };
        // What a site told its own user, by now at every member; a guest's, once one received it.
        let members: Vec<NodeId> = world.sites[..cast.members]
            .iter()
            .map(|site| site.id)
            .collect();
        for (of, id) in world.acknowledged.iter().chain(&world.received) {
            let mut minds = world.minds.iter();
            let node = minds.find_map(|mind| Some(mind.known.get(of)?.get(id)?.1));
            let by_member = node.is_some_and(|node| members.contains(&node));
            let must = by_member || world.received.contains(&(*of, *id));
            if *of == space && must && !of_hostile(id) {
                assert!(held.contains(id), "{id:?}, which was acknowledged, is lost");
            }
        }
    }
    for guest in cast.guests(world) {
        let disk = &world.sites[guest].disk;
        let others = disk.spaces.keys().filter(|space| **space != cast.shared);
        let of_others = others.filter(|space| {
            let own = world.sites[guest].own_log(space);
            disk.spaces[*space].keys().any(|log| *log != own)
        });
        assert_eq!(
            of_others.count(),
            0,
            "guest {guest} holds what was not granted"
        );
    }
}

/// Rights that grew entry by entry, and those of the whole set at once, at every member.
pub(crate) fn check_judgements(world: &World, cast: &Cast) {
    for space in [cast.shared, cast.inner] {
        let site = &world.sites[0];
        let all: Vec<_> = stored(site, &site.disk, &space);
        let mut whole = Rights::of(space, all.iter().map(|(entry, writer)| (entry, *writer)));
        for (log, of) in site.disk.spaces.get(&space).into_iter().flatten() {
            if of.state.fork.is_some() {
                whole.fork(*log, &links(of));
            }
        }
        let judge = |rights: &Rights| -> Vec<(EntryId, Standing)> {
            let each = all.iter().map(|(entry, Writer { node, .. })| {
                let (id, header) = (entry.id, &entry.header);
                (id, rights.judge(&id, header, node, Role::CONTRIBUTOR))
            });
            each.collect()
        };
        let expected = judge(&whole);
        for at in 0..cast.members {
            let rights = &world.minds[at].rights[&space];
            assert_eq!(rights.now(), whole.now(), "members at site {at}");
            assert_eq!(rights.heads(), whole.heads(), "heads at site {at}");
            assert_eq!(judge(rights), expected, "standings at site {at}");
        }
    }
}

/// Whatever guests did: the members are who they were, and what they wrote counts.
pub(crate) fn check_unharmed(world: &World, cast: &Cast) {
    let members: BTreeSet<NodeId> = world.sites[..cast.members]
        .iter()
        .map(|site| site.id)
        .collect();
    for space in [cast.shared, cast.inner] {
        let mind = &world.minds[0];
        let now = mind.rights[&space].now();
        assert_eq!(now.hosts.keys().copied().collect::<BTreeSet<_>>(), members);
        assert!(now.closed.is_none() && now.role(&cast.founder).allows(Role::MANAGER));
        assert_eq!(
            now.persons.len(),
            1 + cast.people.len(),
            "nobody else is in it"
        );
        for person in &cast.people {
            assert_eq!(now.role(person), Role::CONTRIBUTOR);
        }
        let rows = mind.rows(&space);
        for (id, (entry, node)) in &mind.known[&space] {
            if members.contains(node) && entry.header.kind == EntryKind::Record {
                assert!(rows.contains(id), "a member's {id:?} does not count");
            }
        }
    }
}
