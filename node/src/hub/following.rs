//! Spaces follow groups: a site with a manager at home gives the people of a group the role that the
//! group has in a space, and takes it when they are in it no longer. What is given and taken are
//! ordinary operations; that a group was the reason is read from the id of their command.
//! [ADR 0020](../../../docs/adr/0020-groups-are-followed-by-hosts.md).

use std::collections::{BTreeMap, BTreeSet};

use bocage_crdt::features::group_role::{self, Given, RoleOfGroup};
use bocage_crdt::ids::{CommandId, ItemId, PersonId, SpaceId, derive};
use bocage_protocol::limits::MEMBERS_PER_SPACE_MAX;
use bocage_protocol::rights::{Gift, Operation, Role, Subject};

use super::Hub;
use super::leaving::TURN_MS;
use super::rows::kind;
use super::space::Space;
use crate::api::{ApiError, ErrorCode};

/// Spaces looked at in one turn: one that is not in memory is read from the disk first.
const LOOKED_PER_TURN: usize = 4;
/// Operations written for one space in one turn: some milliseconds; the next turn goes on.
const STEPS_PER_TURN: usize = 50;

/// Spaces that may have to follow groups.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// To be looked at.
    look: BTreeSet<SpaceId>,
    /// When one is due here.
    due_ms: BTreeMap<SpaceId, u64>,
    /// Those where nobody here may do it.
    nobody: BTreeSet<SpaceId>,
}

impl Following {
    pub(super) fn nobody(&self) -> impl Iterator<Item = &SpaceId> {
        self.nobody.iter()
    }
}

/// What somebody is to have in a space by one group, now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub group: ItemId,
    pub person: PersonId,
    pub role: Role,
    /// With which it is given.
    pub command: CommandId,
}

/// What is to be done for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// She keeps no more than this.
    Lower(Role, CommandId),
    /// She gets this.
    Give(Role, CommandId),
}

/// The command id of an operation that follows a group, marked as such for everybody who reads it.
fn marked(space: &SpaceId, nonce: [u8; 8]) -> CommandId {
    let mark: [u8; 8] = derive("bocage 1 operation after a group", &[&space.0, &nonce]);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&nonce);
    id[8..].copy_from_slice(&mark);
    CommandId(id)
}

/// Whether an operation of this command followed a group: people have not named anybody with it.
pub(super) fn follows(space: &SpaceId, command: &CommandId) -> bool {
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&command.0[..8]);
    marked(space, nonce) == *command
}

/// Gives what a manager's word about a group says, to somebody whom another word brought into it.
pub(super) fn giving(space: &SpaceId, word: &ItemId, joined: &ItemId) -> CommandId {
    let parts: [&[u8]; 2] = [&word.0, &joined.0];
    marked(space, derive("bocage 1 role through a group", &parts))
}

/// Takes what was given so.
pub(super) fn taking(space: &SpaceId, given: &CommandId) -> CommandId {
    marked(space, derive("bocage 1 role without a group", &[&given.0]))
}

/// Gives again what somebody was given by name while a group's leaving was written elsewhere.
fn restoring(space: &SpaceId, gift: &Gift) -> CommandId {
    let nonce = derive("bocage 1 role beside a group", &[&gift.operation.0]);
    marked(space, nonce)
}

/// What a person was given by name, by the word of people alone.
fn named(space: &SpaceId, gifts: &[Gift]) -> Role {
    let by_name = gifts.iter().filter(|gift| !follows(space, &gift.command));
    by_name.fold(Role::NONE, |role, gift| {
        role.with(gift.left_by(|removal| !follows(space, removal)))
    })
}

/// What is to be done for a person with these gifts, of whom groups claim this. A removal by name
/// is never undone: she comes back with another word, of a registrar or of a manager.
fn steps(space: &SpaceId, gifts: &[Gift], claims: &[Claim], closed: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let named = named(space, gifts);
    let claimed = claims.iter();
    let kept = claimed.fold(named, |role, claim| role.with(claim.role));
    let followed = gifts.iter().filter(|gift| follows(space, &gift.command));
    let exceeding = followed.filter(|gift| !kept.allows(gift.left()));
    if let Some(gift) = exceeding.min_by_key(|gift| gift.command)
        && !kept.has_authority()
    {
        steps.push(Step::Lower(kept, taking(space, &gift.command)));
    }
    if closed {
        // Nobody is let into a closed space: this waits for its reopening.
        return steps;
    }
    let actual = gifts.iter();
    let actual = actual.fold(Role::NONE, |role, gift| role.with(gift.left()));
    if !actual.allows(named) {
        let lost = gifts
            .iter()
            .find(|gift| !follows(space, &gift.command) && gift.left() != gift.role);
        steps.extend(lost.map(|gift| Step::Give(named, restoring(space, gift))));
    }
    for claim in claims {
        let mut given = gifts.iter().filter(|gift| gift.command == claim.command);
        let settled = given.any(|gift| {
            let by_name = gift.limits.iter();
            let mut by_name = by_name.filter(|(removal, _)| !follows(space, removal));
            gift.left().allows(claim.role) || by_name.next().is_some()
        });
        if !settled {
            steps.push(Step::Give(claim.role, claim.command));
        }
    }
    steps
}

fn role(given: Given) -> Role {
    match given {
        Given::Viewer => Role::VIEWER,
        Given::Commenter => Role::COMMENTER,
        Given::Contributor => Role::CONTRIBUTOR,
    }
}

impl Space {
    /// Managers' words about groups, in their order.
    pub(super) fn words_about_groups(&self) -> impl Iterator<Item = (ItemId, RoleOfGroup)> + '_ {
        let words = self.children(ItemId::root(&self.id), kind("groupRole"));
        words.filter_map(|(_, id)| {
            let record = self.items.get(&id)?.record()?;
            Some((id, RoleOfGroup::of(record)?))
        })
    }

    /// Groups with a role here: by which word, and which.
    pub(super) fn group_roles(&self) -> BTreeMap<ItemId, (ItemId, Given)> {
        group_role::standing(self.words_about_groups())
    }

    /// Whether a group has, or had, something to say here.
    pub(super) fn is_grouped(&self) -> bool {
        self.grouped || self.words_about_groups().next().is_some()
    }

    /// What somebody was given here by name.
    pub(super) fn named_role(&self, person: &PersonId) -> Role {
        match self.is_grouped() {
            true => named(&self.id, &self.rights.gifts(person)),
            false => self.rights.now().role(person),
        }
    }
}

impl Hub {
    /// What groups claim in a space for their people.
    pub(super) fn claims_in(&self, id: &SpaceId) -> Vec<Claim> {
        let Some(space) = self.spaces.get(id) else {
            return Vec::new();
        };
        let mut claims = Vec::new();
        for (group, (word, given)) in space.group_roles() {
            let people = self.groups.people_of(&group);
            let people = people.filter(|(person, _)| self.is_of_realm(person));
            claims.extend(people.map(|(person, joined)| Claim {
                group,
                person: *person,
                role: role(given),
                command: giving(id, &word, joined),
            }));
        }
        claims
    }

    /// What is to be done in a space, takings first.
    fn group_work(&self, id: &SpaceId) -> Vec<(PersonId, Step)> {
        let carried = |space: &&Space| space.hosts().contains(&self.me.node);
        let Some(space) = self.spaces.get(id).filter(carried) else {
            return Vec::new();
        };
        let now = space.rights.now();
        if self.me.guest || now.kind.and_then(super::rows::kind_word).is_none() {
            return Vec::new();
        }
        let mut claims: BTreeMap<PersonId, Vec<Claim>> = BTreeMap::new();
        for claim in self.claims_in(id) {
            claims.entry(claim.person).or_default().push(claim);
        }
        let gifted = space.rights.gifted();
        let people: BTreeSet<PersonId> = gifted.chain(claims.keys()).copied().collect();
        let mut work = Vec::new();
        for person in people {
            if self.directory.is_guest(&person) {
                continue;
            }
            let gifts = space.rights.gifts(&person);
            let claims = claims.get(&person).map_or(&[][..], Vec::as_slice);
            let steps = steps(id, &gifts, claims, now.closed.is_some());
            work.extend(steps.into_iter().map(|step| (person, step)));
        }
        work.sort_by_key(|(_, step)| matches!(step, Step::Give(..)));
        work
    }

    /// Asks what a group's word, of the realm or of the space, makes of a space.
    pub(super) fn look_after_groups(&mut self, id: &SpaceId) {
        let loaded = self.spaces.get(id).map(Space::is_grouped);
        let saved = self.summaries.get(id).is_some_and(|it| it.grouped);
        if loaded.unwrap_or(saved) {
            self.following.look.insert(*id);
        }
    }

    /// Follows groups, each space in this site's turn: a host before it may do it first.
    pub(super) fn following_tick(&mut self, now_ms: u64) {
        for _ in 0..LOOKED_PER_TURN {
            let Some(id) = self.following.look.pop_first() else {
                break;
            };
            if self.space(&id).is_err() || self.group_work(&id).is_empty() {
                self.following.due_ms.remove(&id);
                self.following.nobody.remove(&id);
                continue;
            }
            let before = self.hosts_of(&id);
            let before = before.iter().filter(|node| **node < self.me.node).count();
            let at_ms = now_ms + before as u64 * TURN_MS;
            self.following.due_ms.entry(id).or_insert(at_ms);
        }
        let due = self.following.due_ms.iter();
        let due = due.filter(|(_, at)| **at <= now_ms).map(|(id, _)| *id);
        for id in due.take(LOOKED_PER_TURN).collect::<Vec<_>>() {
            self.following.due_ms.remove(&id);
            self.following.nobody.remove(&id);
            if let Err(error) = self.follow_groups(&id) {
                tracing::warn!("a space does not follow its groups yet: {error}");
                self.following.nobody.insert(id);
            }
        }
    }

    fn follow_groups(&mut self, id: &SpaceId) -> Result<(), ApiError> {
        self.space(id)?;
        let work = self.group_work(id);
        if work.is_empty() {
            return Ok(());
        }
        let Some(author) = self.manager_here(id) else {
            self.following.nobody.insert(*id);
            return Ok(());
        };
        let more = work.len() > STEPS_PER_TURN;
        let mut failed = Ok(());
        for (person, step) in work.into_iter().take(STEPS_PER_TURN) {
            if let Err(error) = self.take_step(id, author, person, step) {
                // Of one person: the others are not to wait for her.
                failed = Err(error);
            }
        }
        self.after_rights(id);
        if more && failed.is_ok() {
            self.following.look.insert(*id);
        }
        failed
    }

    fn take_step(
        &mut self,
        id: &SpaceId,
        author: PersonId,
        person: PersonId,
        step: Step,
    ) -> Result<(), ApiError> {
        let subject = Subject::Person(person);
        let (role, command) = match step {
            Step::Lower(kept, command) => {
                let cut = self.cut_here(id);
                let operation = match kept {
                    Role::NONE => Operation::Revoke {
                        subject,
                        cut,
                        order: None,
                    },
                    role => Operation::SetRole { subject, role, cut },
                };
                return self
                    .write_operation(*id, author, command, operation)
                    .map(drop);
            }
            Step::Give(role, command) => (role, command),
        };
        let members = &self.space(id)?.rights.now().persons;
        if members.len() >= MEMBERS_PER_SPACE_MAX && !members.contains_key(&person) {
            let full = ApiError::new(ErrorCode::TooLarge).with_field("space");
            return Err(full.with_limit(MEMBERS_PER_SPACE_MAX as u64));
        }
        self.give(*id, author, command, person, role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bocage_crdt::ids::EntryId;

    const SPACE: SpaceId = SpaceId([1; 32]);
    const BY_NAME: CommandId = CommandId([5; 16]);

    fn claim(word: u8, joined: u8, role: Role) -> Claim {
        Claim {
            group: ItemId([3; 16]),
            person: PersonId([2; 16]),
            role,
            command: giving(&SPACE, &ItemId([word; 16]), &ItemId([joined; 16])),
        }
    }

    fn gift(command: CommandId, role: Role, limits: &[(CommandId, Role)]) -> Gift {
        Gift {
            operation: EntryId([8; 32]),
            command,
            role,
            limits: limits.to_vec(),
        }
    }

    fn check(gifts: &[Gift], claims: &[Claim], expected: &[Step]) {
        assert_eq!(
            steps(&SPACE, gifts, claims, false),
            expected,
            "{gifts:?} {claims:?}"
        );
    }

    #[test]
    fn only_ids_made_for_a_group_are_marked_and_only_for_their_space() {
        let given = giving(&SPACE, &ItemId([1; 16]), &ItemId([2; 16]));
        let taken = taking(&SPACE, &given);
        for command in [given, taken] {
            assert!(follows(&SPACE, &command));
            assert!(!follows(&SpaceId([2; 32]), &command));
        }
        assert!(given != taken && !follows(&SPACE, &BY_NAME));
    }

    #[test]
    fn who_is_in_a_group_is_given_its_role_once() {
        let wanted = claim(1, 2, Role::CONTRIBUTOR);
        let give = Step::Give(Role::CONTRIBUTOR, wanted.command);
        check(&[], &[wanted], &[give]);
        let given = gift(wanted.command, Role::CONTRIBUTOR, &[]);
        check(std::slice::from_ref(&given), &[wanted], &[]);
        // Beside what she has by name: her name goes, and what the group said was answered then.
        let by_name = gift(BY_NAME, Role::MANAGER, &[]);
        check(std::slice::from_ref(&by_name), &[wanted], &[give]);
        check(&[by_name, given], &[wanted], &[]);
    }

    #[test]
    fn who_is_out_loses_what_only_the_group_gave() {
        let was = claim(1, 2, Role::CONTRIBUTOR);
        let given = || gift(was.command, Role::CONTRIBUTOR, &[]);
        let out = taking(&SPACE, &was.command);
        check(&[given()], &[], &[Step::Lower(Role::NONE, out)]);
        let reads = gift(BY_NAME, Role::VIEWER, &[]);
        check(&[given(), reads], &[], &[Step::Lower(Role::VIEWER, out)]);
        for role in [Role::CONTRIBUTOR, Role::MANAGER] {
            check(&[given(), gift(BY_NAME, role, &[])], &[], &[]);
        }
        // Taken already.
        let taken = gift(was.command, Role::CONTRIBUTOR, &[(out, Role::NONE)]);
        check(&[taken], &[], &[]);
        // Another group keeps her, with less.
        let other = claim(4, 5, Role::COMMENTER);
        let both = [given(), gift(other.command, Role::COMMENTER, &[])];
        check(&both, &[other], &[Step::Lower(Role::COMMENTER, out)]);
    }

    #[test]
    fn a_removal_by_name_is_not_undone_and_one_by_a_group_is() {
        let wanted = claim(1, 2, Role::CONTRIBUTOR);
        let removed = [(BY_NAME, Role::NONE)];
        let given = gift(wanted.command, Role::CONTRIBUTOR, &removed);
        check(&[given], &[wanted], &[]);
        // In, out and in again, while the second was not known of.
        let before = claim(1, 1, Role::CONTRIBUTOR);
        let out = [(taking(&SPACE, &before.command), Role::NONE)];
        let given = gift(wanted.command, Role::CONTRIBUTOR, &out);
        let again = Step::Give(Role::CONTRIBUTOR, wanted.command);
        check(&[given], &[wanted], &[again]);
    }

    #[test]
    fn who_was_named_while_a_group_let_her_go_stays() {
        let was = claim(1, 2, Role::CONTRIBUTOR);
        let out = [(taking(&SPACE, &was.command), Role::NONE)];
        let given = gift(was.command, Role::CONTRIBUTOR, &out);
        let meanwhile = gift(BY_NAME, Role::COMMENTER, &out);
        let again = restoring(&SPACE, &meanwhile);
        let lost = [given, meanwhile];
        check(&lost, &[], &[Step::Give(Role::COMMENTER, again)]);
        let restored = gift(again, Role::COMMENTER, &[]);
        let [given, meanwhile] = lost;
        check(
            &[given.clone(), meanwhile.clone(), restored.clone()],
            &[],
            &[],
        );
        // Until a person removes her.
        let removed = [out[0], (BY_NAME, Role::NONE)];
        let gone = [given, meanwhile, restored].map(|gift| Gift {
            limits: removed.to_vec(),
            ..gift
        });
        check(&gone, &[], &[]);
    }

    #[test]
    fn a_closed_space_lets_nobody_in_and_lets_people_go() {
        let was = claim(1, 2, Role::VIEWER);
        let given = gift(was.command, Role::VIEWER, &[]);
        let out = Step::Lower(Role::NONE, taking(&SPACE, &was.command));
        assert_eq!(steps(&SPACE, &[given], &[], true), [out]);
        assert_eq!(steps(&SPACE, &[], &[was], true), []);
    }

    #[test]
    fn a_smaller_role_for_the_group_lowers_its_people() {
        let (before, now) = (claim(1, 2, Role::CONTRIBUTOR), claim(3, 2, Role::VIEWER));
        let given = gift(before.command, Role::CONTRIBUTOR, &[]);
        let lower = Step::Lower(Role::VIEWER, taking(&SPACE, &before.command));
        let give = Step::Give(Role::VIEWER, now.command);
        check(&[given], &[now], &[lower, give]);
    }
}
