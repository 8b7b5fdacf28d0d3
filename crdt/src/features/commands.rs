//! Every command, in the exact JSON shape in which clients send it, one enum per feature.
//!
//! Nothing here decides who may send a command or what it does: that is the business of the feature
//! and of the rights. Adding a field is adding it here (and its bound in `bounds`); the OpenAPI
//! document, the TypeScript types and their tests follow.

use serde::{Deserialize, Serialize};

use crate::ids::{EntryId, ItemId, NodeId, PersonId, SpaceId};

pub use super::bounds::*;
pub use super::group_commands::*;
pub use super::words::*;

/// Everything that can be asked of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "feature", rename_all = "camelCase")]
pub enum Command {
    /// Spaces and their members.
    Space(SpaceCommand),
    /// Pages.
    Page(PageCommand),
    /// Posts on the wall.
    Post(PostCommand),
    /// Channels.
    Channel(ChannelCommand),
    /// Messages in channels.
    Message(MessageCommand),
    /// Comments on items.
    Comment(CommentCommand),
    /// Thanks for items.
    Thanks(ThanksCommand),
    /// What the person has read.
    ReadMark(ReadMarkCommand),
    /// Content that must be gone.
    Erasure(ErasureCommand),
    /// Groups of people.
    Group(GroupCommand),
}

/// Commands of spaces and their members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum SpaceCommand {
    /// Opens a space from a template.
    Open {
        /// What it is for.
        kind: SpaceKind,
        /// Id of a template that the site lists.
        template: String,
        /// Its name.
        name: String,
        /// Its colour.
        colour: Colour,
        /// Name of one of the shipped symbols.
        symbol: String,
        /// Who finds it.
        visibility: Visibility,
        /// One sentence for the list.
        description: String,
    },
    /// Changes what is given, leaves the rest.
    Change {
        /// The space.
        space: SpaceId,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        name: Option<String>,
        /// One sentence for the list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        description: Option<String>,
        /// Its colour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        colour: Option<Colour>,
        /// Name of one of the shipped symbols.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        symbol: Option<String>,
        /// Who finds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        visibility: Option<Visibility>,
        /// The sections switched on, in order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        sections: Option<Vec<Section>>,
    },
    /// Makes a person a member.
    AddMember {
        /// The space.
        space: SpaceId,
        /// The person.
        person: PersonId,
        /// The role she gets.
        role: Role,
    },
    /// Gives a member another role.
    SetRole {
        /// The space.
        space: SpaceId,
        /// The person.
        person: PersonId,
        /// The role she gets.
        role: Role,
    },
    /// Ends a membership.
    RemoveMember {
        /// The space.
        space: SpaceId,
        /// The person.
        person: PersonId,
    },
    /// Enters an open space.
    Join {
        /// The space.
        space: SpaceId,
    },
    /// Lets a guest stay until another date.
    RenewGuest {
        /// The space.
        space: SpaceId,
        /// The guest.
        person: PersonId,
        /// Her last moment, milliseconds since 1970 UTC.
        #[serde(rename = "endMs")]
        end_ms: u64,
    },
    /// Lets a partner's site stay until another date.
    RenewGuestSite {
        /// The space.
        space: SpaceId,
        /// The partner's site.
        site: NodeId,
        /// Its last moment, milliseconds since 1970 UTC.
        #[serde(rename = "endMs")]
        end_ms: u64,
    },
    /// Ends the stay of a partner's site.
    EndGuestSite {
        /// The space.
        space: SpaceId,
        /// The partner's site.
        site: NodeId,
    },
    /// Copies pages and posts, as they are now, into another space: what a partner is to see.
    CopyItems {
        /// The space they go to.
        space: SpaceId,
        /// The space they are in.
        from: SpaceId,
        /// Which pages and posts.
        items: Vec<ItemId>,
    },
    /// Lets held work count.
    Readmit {
        /// The space.
        space: SpaceId,
        /// Held entries, as the inbox names them.
        entries: Vec<EntryId>,
    },
    /// Leaves held work aside, for all managers; it stays kept.
    SetAside {
        /// The space.
        space: SpaceId,
        /// Held entries, as the inbox names them.
        entries: Vec<EntryId>,
        /// `false` brings them back into the inbox.
        aside: bool,
    },
    /// Holds an item everywhere.
    Quarantine {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Why, for the other managers.
        reason: String,
    },
    /// Makes the space read-only; its guests go.
    Close {
        /// The space.
        space: SpaceId,
    },
    /// Lets people write again.
    Reopen {
        /// The space.
        space: SpaceId,
    },
    /// Asks the managers to be let in.
    AskToEnter {
        /// The space.
        space: SpaceId,
        /// Why, in a sentence.
        reason: String,
    },
    /// Answers somebody who asked.
    AnswerRequest {
        /// The space.
        space: SpaceId,
        /// The request.
        request: ItemId,
        /// Lets her in, or not.
        accept: bool,
        /// The role she gets; contributor when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        role: Option<Role>,
    },
    /// Copies again what the originals of copies say now; what was written into the copies stays.
    UpdateCopies {
        /// The space with the copies.
        space: SpaceId,
        /// Which copies.
        items: Vec<ItemId>,
    },
    /// Makes a contributor answer for guests whom she invites, or no longer.
    SetSponsor {
        /// The space.
        space: SpaceId,
        /// The contributor.
        person: PersonId,
        /// Whether she may invite guests.
        sponsor: bool,
    },
}

/// Commands of pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum PageCommand {
    /// Makes a page; `text` is cut into paragraphs at line ends.
    Create {
        /// The space.
        space: SpaceId,
        /// The page above; the root of the space when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        parent: Option<ItemId>,
        /// Its title.
        title: String,
        /// Plain text, kept exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        text: Option<String>,
    },
    /// Gives it another title.
    Rename {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Its title.
        title: String,
    },
}

/// Commands of posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum PostCommand {
    /// Writes on the wall.
    Create {
        /// The space.
        space: SpaceId,
        /// Its title.
        title: String,
        /// Plain text, kept exactly.
        text: String,
    },
    /// Changes what is given.
    Change {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Its title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        title: Option<String>,
        /// Plain text, kept exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        text: Option<String>,
    },
}

/// Commands of channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum ChannelCommand {
    /// Opens a channel.
    Create {
        /// The space.
        space: SpaceId,
        /// Its name.
        name: String,
    },
    /// Gives it another name.
    Rename {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Its name.
        name: String,
    },
}

/// Commands of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum MessageCommand {
    /// Sends.
    Send {
        /// The space.
        space: SpaceId,
        /// The channel.
        channel: ItemId,
        /// Plain text, kept exactly.
        text: String,
    },
    /// Replaces the text.
    Change {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Plain text, kept exactly.
        text: String,
    },
    /// Takes it back: the place stays, the text goes.
    Withdraw {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
    },
}

/// Commands of comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum CommentCommand {
    /// Writes.
    Write {
        /// The space.
        space: SpaceId,
        /// The item it is about.
        on: ItemId,
        /// Plain text, kept exactly.
        text: String,
    },
    /// Replaces the text.
    Change {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
        /// Plain text, kept exactly.
        text: String,
    },
    /// Takes it back.
    Withdraw {
        /// The space.
        space: SpaceId,
        /// The item.
        item: ItemId,
    },
}

/// Commands of thanks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum ThanksCommand {
    /// Thanks.
    Give {
        /// The space.
        space: SpaceId,
        /// The item it is about.
        on: ItemId,
        /// Why, in a few words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        reason: Option<String>,
    },
    /// Takes the thanks back.
    TakeBack {
        /// The space.
        space: SpaceId,
        /// The item it is about.
        on: ItemId,
    },
}

/// Commands of read marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum ReadMarkCommand {
    /// Everything in the channel or post up to here is read.
    Set {
        /// The space.
        space: SpaceId,
        /// A channel or a post.
        item: ItemId,
        /// `order` of the last item read.
        #[serde(rename = "upTo")]
        up_to: String,
    },
    /// All is read: of the space, or everywhere.
    SetAll {
        /// The space; everywhere when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(optional))]
        space: Option<SpaceId>,
    },
}

/// Commands of erasures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum ErasureCommand {
    /// Hides items at once at every site; their bytes are destroyed later. Said of items that
    /// another manager erased already, it confirms: they are destroyed sooner.
    Erase {
        /// The space.
        space: SpaceId,
        /// Which; what lies under them is named, never implied.
        items: Vec<ItemId>,
        /// Why, for people; kept for good, so it must not repeat what is to be gone.
        reason: String,
    },
    /// Takes an erasure back, while this site has destroyed nothing.
    Undo {
        /// The space.
        space: SpaceId,
        /// The erasure, as the list of erasures names it.
        erasure: EntryId,
    },
}

macro_rules! in_space {
    ($($command:ident { $($variant:ident),* })*) => {$(
        impl $command {
            /// The space it is about.
            pub fn space(&self) -> SpaceId {
                match self {
                    $(Self::$variant { space, .. })|* => *space,
                }
            }
        }
    )*};
}

in_space! {
    PageCommand { Create, Rename }
    PostCommand { Create, Change }
    ChannelCommand { Create, Rename }
    MessageCommand { Send, Change, Withdraw }
    CommentCommand { Write, Change, Withdraw }
    ThanksCommand { Give, TakeBack }
    ErasureCommand { Erase, Undo }
}
