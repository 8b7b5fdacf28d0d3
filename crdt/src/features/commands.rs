//! Every command, in the exact JSON shape in which clients send it, and the bounds of its fields.
//!
//! One enum per feature. Nothing here decides who may send a command or what it does: that is the
//! business of the feature and of the rights. Adding a field is adding it here; the OpenAPI
//! document, the TypeScript types and their tests follow.

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, PersonId, SpaceId};
use crate::text::{self, InvalidName, NAME_BYTES_MAX};

/// Longest message or comment: ten printed pages; what is longer is a page.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 16 << 10;
/// Longest text of a post, and of the first text of a page: stays within one entry.
pub const POST_TEXT_BYTES_MAX: usize = 64 << 10;
/// Longest description of a space: it is sent with every row of the space list.
pub const DESCRIPTION_BYTES_MAX: usize = 1 << 10;
/// Longest name of a symbol or template: both name something that the program ships.
pub const KEYWORD_BYTES_MAX: usize = 64;
/// Longest `order` of an item, as handed out by the site.
pub const ORDER_BYTES_MAX: usize = 128;

/// What a space is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SpaceKind {
    /// Work with an end.
    Project,
    /// People of one service.
    Team,
    /// One trade across the territory.
    Practice,
    /// A place to try things.
    Sandbox,
}

/// The colour of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Colour {
    /// Hedge green.
    Haie,
    /// Gorse yellow.
    Ajonc,
    /// Brick red.
    Brique,
    /// Apple-tree pink.
    Pommier,
    /// Heather purple.
    Bruyere,
    /// River blue.
    Loire,
    /// Slate grey.
    Ardoise,
    /// Buckwheat brown.
    Sarrasin,
}

/// Who finds a space and how one enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Everybody of the realm finds it and may join.
    Open,
    /// Everybody finds it; a manager lets people in.
    Request,
    /// Only members know that it exists.
    Hidden,
}

/// What a member may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Comments and thanks.
    Commenter,
    /// Writes.
    Contributor,
    /// Decides who is a member.
    Manager,
}

/// A part of a space that can be switched on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Section {
    /// Posts.
    Wall,
    /// Pages.
    Pages,
    /// Channels.
    Messages,
}

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
}

/// Why a field of a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, as clients spell it.
    pub field: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing visible in it.
    Empty,
    /// Longer than this many bytes.
    TooLong(usize),
    /// A control character, or one that turns the reading direction.
    Unprintable,
}

/// Brings a name into the form in which it is kept.
fn name(field: &'static str, raw: &mut String) -> Result<(), FieldFault> {
    let fault = match text::name(raw) {
        Ok(kept) => {
            *raw = kept;
            return Ok(());
        }
        Err(InvalidName::Empty) => Fault::Empty,
        Err(InvalidName::TooLong) => Fault::TooLong(NAME_BYTES_MAX),
        Err(InvalidName::Unprintable) => Fault::Unprintable,
    };
    Err(FieldFault { field, fault })
}

fn optional_name(field: &'static str, raw: &mut Option<String>) -> Result<(), FieldFault> {
    raw.as_mut().map_or(Ok(()), |raw| name(field, raw))
}

fn at_most(field: &'static str, text: &str, limit: usize) -> Result<(), FieldFault> {
    if text.len() > limit {
        let fault = Fault::TooLong(limit);
        return Err(FieldFault { field, fault });
    }
    Ok(())
}

/// A text that would show as an empty line is a slip of the hand, not a message.
fn said(field: &'static str, text: &str, limit: usize) -> Result<(), FieldFault> {
    if text.trim().is_empty() {
        let fault = Fault::Empty;
        return Err(FieldFault { field, fault });
    }
    at_most(field, text, limit)
}

impl Command {
    /// The command with names in the form in which they are kept (NFC, trimmed) and every field
    /// within its bound; or the first field that is not. Texts are kept exactly.
    pub fn checked(mut self) -> Result<Self, FieldFault> {
        match &mut self {
            Self::Space(command) => command.check()?,
            Self::Page(PageCommand::Create { title, text, .. }) => {
                name("title", title)?;
                at_most("text", text.as_deref().unwrap_or(""), POST_TEXT_BYTES_MAX)?;
            }
            Self::Page(PageCommand::Rename { title, .. }) => name("title", title)?,
            Self::Post(PostCommand::Create { title, text, .. }) => {
                name("title", title)?;
                at_most("text", text, POST_TEXT_BYTES_MAX)?;
            }
            Self::Post(PostCommand::Change { title, text, .. }) => {
                optional_name("title", title)?;
                at_most("text", text.as_deref().unwrap_or(""), POST_TEXT_BYTES_MAX)?;
            }
            Self::Channel(
                ChannelCommand::Create { name: raw, .. } | ChannelCommand::Rename { name: raw, .. },
            ) => name("name", raw)?,
            Self::Message(
                MessageCommand::Send { text, .. } | MessageCommand::Change { text, .. },
            )
            | Self::Comment(
                CommentCommand::Write { text, .. } | CommentCommand::Change { text, .. },
            ) => said("text", text, MESSAGE_TEXT_BYTES_MAX)?,
            Self::Thanks(ThanksCommand::Give { reason, .. }) => optional_name("reason", reason)?,
            Self::ReadMark(ReadMarkCommand::Set { up_to, .. }) => {
                at_most("upTo", up_to, ORDER_BYTES_MAX)?;
            }
            Self::Message(MessageCommand::Withdraw { .. })
            | Self::Comment(CommentCommand::Withdraw { .. })
            | Self::Thanks(ThanksCommand::TakeBack { .. })
            | Self::ReadMark(ReadMarkCommand::SetAll { .. }) => {}
        }
        Ok(self)
    }
}

impl SpaceCommand {
    fn check(&mut self) -> Result<(), FieldFault> {
        match self {
            Self::Open {
                template,
                name: raw,
                symbol,
                description,
                ..
            } => {
                name("name", raw)?;
                at_most("template", template, KEYWORD_BYTES_MAX)?;
                at_most("symbol", symbol, KEYWORD_BYTES_MAX)?;
                at_most("description", description, DESCRIPTION_BYTES_MAX)
            }
            Self::Change {
                name: raw,
                symbol,
                description,
                ..
            } => {
                optional_name("name", raw)?;
                at_most("symbol", symbol.as_deref().unwrap_or(""), KEYWORD_BYTES_MAX)?;
                let description = description.as_deref().unwrap_or("");
                at_most("description", description, DESCRIPTION_BYTES_MAX)
            }
            Self::AddMember { .. }
            | Self::SetRole { .. }
            | Self::RemoveMember { .. }
            | Self::Join { .. } => Ok(()),
        }
    }
}
