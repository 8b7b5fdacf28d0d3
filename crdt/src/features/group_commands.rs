//! The commands about groups of people, in the JSON shape in which clients send them.

use serde::{Deserialize, Serialize};

use super::words::Role;
use crate::ids::{ItemId, PersonId, SpaceId};

/// Commands of groups of people. Registrars keep a group; what it may do in a space is said by a
/// manager of that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum GroupCommand {
    /// Opens a group.
    Open {
        /// Its name.
        name: String,
        /// Whose registrars keep it, beside those for all; the whole realm's when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        territory: Option<ItemId>,
    },
    /// Gives it another name.
    Rename {
        /// The group.
        group: ItemId,
        /// Its name.
        name: String,
    },
    /// Puts a person in.
    Add {
        /// The group.
        group: ItemId,
        /// The person.
        person: PersonId,
    },
    /// Takes a person out: she loses what only the group gave her.
    Remove {
        /// The group.
        group: ItemId,
        /// The person.
        person: PersonId,
    },
    /// Ends the group: everybody loses what only it gave.
    End {
        /// The group.
        group: ItemId,
    },
    /// Gives everybody in the group a role in a space, now and later; not that of a manager.
    Give {
        /// The space.
        space: SpaceId,
        /// The group.
        group: ItemId,
        /// The role.
        role: Role,
    },
    /// Ends that: who was let in by the group only is a member no longer.
    Take {
        /// The space.
        space: SpaceId,
        /// The group.
        group: ItemId,
    },
}
