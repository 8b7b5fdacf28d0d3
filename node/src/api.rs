//! The public API: every shape that crosses it, as docs/api.md and the OpenAPI document state it.
//!
//! Reading order: [`session`] signs in, [`query`] asks, [`rows`], [`oversight`] and [`status`] answer,
//! [`own_data`] is what people ask about themselves, [`groups`] are groups of people, [`command`] changes,
//! [`live`] is the WebSocket, [`admin`] the command line's own calls, and
//! [`error`] with [`texts`] says no in the person's language. [`describe`] lists the calls.
//! No socket and no store is known here.

pub mod admin;
pub mod command;
pub mod describe;
pub mod erasures;
pub mod error;
pub mod groups;
pub mod guests;
pub mod live;
pub mod oversight;
pub mod own_data;
pub mod query;
pub mod rows;
pub mod session;
pub mod status;
pub mod texts;

pub use command::{CommandAnswer, CommandEnvelope};
pub use error::{ApiError, ErrorCode};
pub use live::{BrowserMessage, ChangedTopic, SiteMessage, Topic};
pub use query::Query;
pub use session::{Language, SessionId, Theme};
