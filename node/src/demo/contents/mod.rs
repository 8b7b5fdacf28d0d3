//! The story of the demo: seven spaces and what people of three sites wrote in them.
//!
//! Words only, all invented; places are real towns. One file per two or three spaces.

mod college;
mod kitchens;
mod roads;

use bocage_crdt::features::commands::{Colour, Role, SpaceKind, Visibility};

/// One space and its life so far.
#[derive(Debug)]
pub(super) struct SpaceText {
    /// Names it in command ids: never changes.
    pub key: &'static str,
    pub kind: SpaceKind,
    pub template: &'static str,
    pub name: &'static str,
    pub colour: Colour,
    pub symbol: &'static str,
    pub visibility: Visibility,
    pub description: &'static str,
    /// Login of the person who opens it.
    pub opener: &'static str,
    /// Logins of the other members.
    pub members: &'static [(&'static str, Role)],
    /// Titles of the template's pages and channels that steps name.
    pub from_template: &'static [&'static str],
    pub steps: &'static [Step],
}

/// One thing a person did. Items are named by their title; messages by their text.
#[derive(Debug)]
pub(super) enum Step {
    /// `body` in the notation of templates.
    Page {
        by: &'static str,
        title: &'static str,
        body: &'static str,
    },
    Post {
        by: &'static str,
        title: &'static str,
        text: &'static str,
    },
    Channel {
        by: &'static str,
        name: &'static str,
    },
    Say {
        by: &'static str,
        channel: &'static str,
        text: &'static str,
    },
    Comment {
        by: &'static str,
        on: &'static str,
        text: &'static str,
    },
    Thank {
        by: &'static str,
        on: &'static str,
        reason: &'static str,
    },
    /// Reads a post, or a channel up to here.
    Read {
        by: &'static str,
        what: &'static str,
    },
}

#[cfg(test)]
impl Step {
    /// Who, what she needs to exist, what exists afterwards.
    pub(super) fn named(&self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match *self {
            Self::Page { by, title, .. } | Self::Post { by, title, .. } => (by, None, Some(title)),
            Self::Channel { by, name } => (by, None, Some(name)),
            Self::Say { by, channel, text } => (by, Some(channel), Some(text)),
            Self::Comment { by, on, .. } | Self::Thank { by, on, .. } => (by, Some(on), None),
            Self::Read { by, what } => (by, Some(what), None),
        }
    }
}

/// In the order in which they are written: the last is the most recent in every list.
pub(super) const SPACES: &[&SpaceText] = &[
    &roads::SIGNS,
    &roads::WINTER,
    &kitchens::KITCHENS,
    &kitchens::ALLERGIES,
    &kitchens::SCOUTS,
    &roads::ROADS,
    &college::COLLEGE,
];
