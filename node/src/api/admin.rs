//! Accounts, as the technician's command line manages them on its own machine, and what a site
//! tells there of its own content and work.
//!
//! Shapes only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::PersonRef;

/// A person to be added to this site.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct AddPerson {
    /// The name to sign in with.
    pub login: String,
    /// Her name on screens.
    pub name: String,
    /// Her trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub job: Option<String>,
    /// Her first password; made by the site when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub password: Option<String>,
    /// May open spaces.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(optional, as = "Option<bool>"))]
    pub open_spaces: bool,
    /// May see the status of the site.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(optional, as = "Option<bool>"))]
    pub technician: bool,
}

/// Rights of the realm for a person, in the name of a registrar who is at home at this site.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct GiveRights {
    /// May open spaces.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(optional, as = "Option<bool>"))]
    pub open_spaces: bool,
    /// May see the status of sites.
    #[serde(default)]
    #[cfg_attr(feature = "schema", ts(optional, as = "Option<bool>"))]
    pub technician: bool,
    /// For the territory of this name; everywhere without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub territory: Option<String>,
}

/// A new password for a person; ends her sessions.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// Made by the site when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(optional))]
    pub password: Option<String>,
}

/// A person who can now sign in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonReady {
    /// Who.
    pub person: PersonRef,
    /// The name to sign in with.
    pub login: String,
    /// The password: shown once, kept nowhere.
    pub password: String,
}

/// What the site shows of its spaces, in one hash each: equal at sites that show the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fingerprints {
    /// By space.
    pub spaces: BTreeMap<String, String>,
}

/// What the site did since its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Bytes of frames sent to other sites.
    pub bytes_sent: u64,
    /// Bytes of frames that came from other sites.
    pub bytes_received: u64,
    /// Durable commits of the log.
    pub commits: u64,
    /// Values sealed for the disk, or opened after reading.
    pub sealed_values: u64,
    /// Their bytes.
    pub sealed_bytes: u64,
    /// What was refused, by reason.
    pub refused: BTreeMap<String, u64>,
}
