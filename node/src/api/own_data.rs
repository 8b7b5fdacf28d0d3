//! One's own data: what a person may take away, and what stands in the way of deleting her account.

use bocage_crdt::ids::SpaceId;
use serde::{Deserialize, Serialize};

/// What the screen says before somebody deletes her account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnData {
    /// Whom people ask about their data, as the site's technician named them; null if nobody.
    pub contact: Option<String>,
    /// Her home site, when it is another: her account is deleted there.
    pub home: Option<String>,
    /// This is a partner's own site: its technician removes accounts.
    pub guest_site: bool,
    /// Spaces that nobody else manages: she names another manager first.
    pub spaces: Vec<SpaceName>,
    /// Nobody else gives rights in the network.
    pub last_registrar: bool,
    /// Nobody else looks after this site.
    pub last_technician: bool,
}

/// A space, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpaceName {
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
}

/// Asks for the deletion of one's account.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct DeleteAccount {
    /// The password: nobody else at an open device deletes the account.
    pub password: String,
}
