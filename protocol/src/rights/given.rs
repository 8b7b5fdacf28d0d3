//! What one person was given, gift by gift, and what limits each: for whoever follows in a space what
//! something else says, and must not touch what people gave her by name. Decides nothing.

use bocage_crdt::ids::{CommandId, EntryId, PersonId};

use super::Rights;
use super::effect::limits;
use super::role::Role;

/// One gift, by an operation that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// The operation.
    pub operation: EntryId,
    /// The command that asked for it.
    pub command: CommandId,
    /// What it gave.
    pub role: Role,
    /// The removals that limit it: the command of each, and what it leaves.
    pub limits: Vec<(CommandId, Role)>,
}

impl Gift {
    /// What is left of it: nothing once it is taken.
    pub fn left(&self) -> Role {
        self.left_by(|_| true)
    }

    /// What would be left of it if only these removals were.
    pub fn left_by(&self, heeded: impl Fn(&CommandId) -> bool) -> Role {
        let heeded = self.limits.iter().filter(|(command, _)| heeded(command));
        heeded.fold(self.role, |role, (_, ceiling)| role.within(*ceiling))
    }
}

impl Rights {
    /// Everybody who was ever given something here.
    pub fn gifted(&self) -> impl Iterator<Item = &PersonId> {
        let persons = self.evaluation.persons.iter();
        let gifted = persons.filter(|(_, state)| !state.assignments.is_empty());
        gifted.map(|(person, _)| person)
    }

    /// All that a person was given here. What is left of all of it together is her role.
    pub fn gifts(&self, person: &PersonId) -> Vec<Gift> {
        let Some(state) = self.evaluation.persons.get(person) else {
            return Vec::new();
        };
        let gifts = state.assignments.iter().map(|right| {
            let removals = state.removals.iter();
            let limiting = removals.filter(|removal| limits(&self.graph, removal, right));
            let given = self.graph.op(right.op);
            Gift {
                operation: given.id,
                command: given.command,
                role: right.role,
                limits: limiting
                    .map(|removal| (self.graph.op(removal.op).command, removal.ceiling))
                    .collect(),
            }
        });
        gifts.collect()
    }
}
