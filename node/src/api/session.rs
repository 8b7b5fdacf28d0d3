//! Signing in, the person signed in, and her devices.
//!
//! Shapes only: passwords, tokens and cookies are the business of `web`.

use bocage_crdt::ids::InvalidId;
use serde::{Deserialize, Serialize};

use super::rows::{PersonRef, SiteRef};

/// A language of the interface.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// Light or dark.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RealmRef {
    /// Name of the organisation.
    pub name: String,
}

/// What a site says before anyone has signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// This site.
    pub site: SiteRef,
    /// Its realm.
    pub realm: RealmRef,
    /// Whom to ask for help; null when the site names nobody.
    pub contact: Option<String>,
    /// Language of the session, else of the browser.
    pub language: Language,
    /// Whether this browser has a session.
    pub signed_in: bool,
}

/// Name and password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name to sign in with.
    pub login: String,
    /// The password.
    pub password: String,
}

/// The person signed in, to herself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyPerson {
    /// As others see her.
    #[serde(flatten)]
    pub person: PersonRef,
    /// The name she signs in with.
    pub login: String,
}

/// What a person may do beyond her spaces.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MyRights {
    /// Open spaces.
    pub open_spaces: bool,
    /// See the status of the site.
    pub technician: bool,
    /// Say who may open spaces and who looks after sites, in a territory or everywhere.
    pub registrar: bool,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The person.
    pub person: MyPerson,
    /// What she may do.
    pub rights: MyRights,
    /// This site.
    pub site: SiteRef,
    /// Her language in this session.
    pub language: Language,
    /// Her theme in this session.
    pub theme: Theme,
    /// To be sent back as `x-bocage-csrf` with every change.
    pub csrf: String,
    /// Who gave her another home site, and when; null if nobody did.
    pub moved: Option<DoneToMe>,
    /// Who let her in again with a new password, and when; null if nobody did.
    pub let_in: Option<DoneToMe>,
}

/// Something that others did to somebody's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DoneToMe {
    /// Their name, or that of a site at whose machine it was done.
    pub by: String,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: u64,
}

/// Settings of a session; what is missing stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// Language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub language: Option<Language>,
    /// Light or dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub theme: Option<Theme>,
}

/// A new password, with the present one.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    pub current: String,
    /// The new one.
    pub password: String,
}

/// One device that is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionRow {
    /// To end it.
    pub id: SessionId,
    /// It is this one.
    pub current: bool,
    /// When it signed in.
    pub started_ms: u64,
    /// When it was last used, to the hour.
    pub last_seen_ms: u64,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Names a session without giving it away: half of the hash of its token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[cfg_attr(feature = "schema", ts(type = "string"), schema(value_type = String))]
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    /// The session that `token` opens.
    pub fn of(token: &[u8; 32]) -> Self {
        Self(bocage_crdt::ids::derive("bocage 1 session id", &[token]))
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl std::fmt::Debug for SessionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

impl std::str::FromStr for SessionId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        // One reader of hex is enough: identifiers of this size have it.
        text.parse::<bocage_crdt::ids::CommandId>()
            .map(|id| Self(id.0))
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
