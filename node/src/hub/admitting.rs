//! Which sites may admit others to the realm. The founding site may from the start; the realm's
//! recovery key lets further ones, and takes the right from one that is lost.

use bocage_crdt::ids::{NodeId, SpaceId};
use bocage_protocol::rights::{Operation, Role, Subject};

use std::path::PathBuf;

use super::Hub;
use crate::recovery::{RootRequest, Signing};

/// A site that may admit others, or is asked about.
pub(crate) type NamedSite = (NodeId, String);

/// Why a site was not let admit others, or not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotNamed {
    /// The realm's founding is not here yet.
    RealmNotHere,
    /// Another realm's key, or a mistaken one that happens to read well.
    AnotherKey,
    /// The realm asks for more than one signature.
    MoreKeys(u8),
    /// Prepared for the holders of several keys, to be written into this file: nothing is done yet.
    ToSign(PathBuf, Box<RootRequest>),
    /// So many of them have not signed.
    MoreSignatures(u8),
    /// The recovery keys were changed after the request was prepared.
    KeysChanged,
    /// No site of the realm has this name.
    NoSuchSite,
    /// Several have.
    SeveralSites,
    /// Nobody has this login.
    NoSuchPerson,
    /// Several people have it, at these sites.
    SeveralPersons(Vec<String>),
    /// The realm has no territory of this name.
    NoSuchTerritory,
    /// It has one already.
    TerritoryThere,
    /// No registrar who may do this is at home here.
    NoRegistrarHere,
    /// The site would take itself from the realm.
    ThisSite,
    /// This site may not admit or remove others.
    NotAdmitting,
    /// Somebody at the new home site has this login.
    LoginThere(String),
    /// The registrar was named under root keys that the space does not know.
    NotProven,
    /// The right is of those that only the root takes.
    RootOnly,
    /// The rights said no.
    Refused(String),
}

impl Hub {
    /// Sites of the realm that may admit others.
    pub(crate) fn admitting_sites(&mut self) -> Vec<NamedSite> {
        let realm = SpaceId(self.me.realm.0);
        let Ok(space) = self.space(&realm) else {
            return Vec::new();
        };
        let now = space.rights.now();
        let admitting = now
            .hosts
            .iter()
            .filter(|(_, host)| now.role(&host.person).allows(Role::ADMITTING));
        let nodes: Vec<NodeId> = admitting.map(|(node, _)| *node).collect();
        nodes
            .into_iter()
            .map(|node| (node, self.directory.site_name(&node)))
            .collect()
    }

    /// Whether this site may admit others.
    pub(crate) fn may_admit(&mut self) -> bool {
        let me = self.me.node;
        self.admitting_sites().iter().any(|(node, _)| *node == me)
    }

    /// Lets a site admit others, or not any more, under the root's signature: this site by itself,
    /// or the one of this name. Nothing is written when it is so already.
    pub(crate) fn set_admitting(
        &mut self,
        site: Option<&str>,
        admits: bool,
        signing: &Signing,
    ) -> Result<String, NotNamed> {
        let realm = self.realm();
        let now = self.realm_now()?;
        self.may_sign(signing)?;
        let node = match site {
            None => self.me.node,
            Some(name) => self.site_named(name)?,
        };
        let name = self.directory.site_name(&node);
        let subject = Subject::Site(node);
        if now
            .persons
            .get(&subject.person())
            .is_some_and(|site| site.role.allows(Role::ADMITTING))
            == admits
        {
            return Ok(name);
        }
        let operation = if admits {
            Operation::Grant {
                subject,
                role: Role::ADMITTING,
                territory: None,
                sponsor: None,
                end_ms: None,
            }
        } else {
            // Sites that it admitted and that are known here stay.
            let cut = self.cut_here(&realm);
            Operation::Revoke {
                subject,
                cut,
                order: None,
            }
        };
        let may = if admits { "may" } else { "may no longer" };
        let says = format!("{name} {may} admit sites to the realm");
        self.write_as_root(&operation, &says, signing)?;
        tracing::warn!("{says}, by the recovery key");
        Ok(name)
    }
}
