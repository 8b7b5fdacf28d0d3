//! The bounds of the fields of commands, and the form in which names are kept.
//!
//! Nothing here decides who may send a command.

use super::commands::{
    ChannelCommand, Command, CommentCommand, ErasureCommand, GroupCommand, MessageCommand,
    PageCommand, PostCommand, ReadMarkCommand, SpaceCommand, ThanksCommand,
};
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

/// Items of one erasure: its entry names each with 16 bytes and stays small beside the frame.
pub const ERASED_ITEMS_MAX: usize = 1_000;
/// Longest reason of an erasure: a sentence or two. The protocol would take 2,000 bytes.
pub const ERASURE_REASON_BYTES_MAX: usize = 500;
/// Held entries named in one command: a screen of the inbox, each row with an hour's typing.
pub const ENTRIES_PER_COMMAND_MAX: usize = 4_096;
/// Longest reason for setting something aside or for wishing to enter: a short paragraph.
pub const REASON_TEXT_BYTES_MAX: usize = 500;

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
    /// More than this many of them.
    TooMany(usize),
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
            Self::Erasure(ErasureCommand::Erase { items, reason, .. }) => {
                at_most("reason", reason, ERASURE_REASON_BYTES_MAX)?;
                let fault = match items.len() {
                    0 => Some(Fault::Empty),
                    1..=ERASED_ITEMS_MAX => None,
                    _ => Some(Fault::TooMany(ERASED_ITEMS_MAX)),
                };
                if let Some(fault) = fault {
                    let field = "items";
                    return Err(FieldFault { field, fault });
                }
            }
            Self::Group(
                GroupCommand::Open { name: raw, .. } | GroupCommand::Rename { name: raw, .. },
            ) => name("name", raw)?,
            Self::Group(_)
            | Self::Erasure(ErasureCommand::Undo { .. })
            | Self::Message(MessageCommand::Withdraw { .. })
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
            Self::Readmit { entries, .. } | Self::SetAside { entries, .. } => {
                let fault = match entries.len() {
                    0 => Fault::Empty,
                    count if count > ENTRIES_PER_COMMAND_MAX => {
                        Fault::TooLong(ENTRIES_PER_COMMAND_MAX)
                    }
                    _ => return Ok(()),
                };
                let field = "entries";
                Err(FieldFault { field, fault })
            }
            Self::Quarantine { reason, .. } | Self::AskToEnter { reason, .. } => {
                said("reason", reason, REASON_TEXT_BYTES_MAX)
            }
            Self::AddMember { .. }
            | Self::SetRole { .. }
            | Self::RemoveMember { .. }
            | Self::Close { .. }
            | Self::Reopen { .. }
            | Self::AnswerRequest { .. }
            | Self::Join { .. }
            | Self::RenewGuest { .. }
            | Self::RenewGuestSite { .. }
            | Self::EndGuestSite { .. }
            | Self::CopyItems { .. }
            | Self::UpdateCopies { .. }
            | Self::SetSponsor { .. } => Ok(()),
        }
    }
}
