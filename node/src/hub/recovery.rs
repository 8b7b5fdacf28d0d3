//! The realm's recovery keys: what is written under them, which keys there are, and when somebody
//! last made sure that enough of them can be read.

use bocage_crdt::ids::CommandId;
use bocage_protocol::rights::{Operation, RootChange, RootKeys};
use ed25519_dalek::SigningKey;

use super::Hub;
use super::admitting::NotNamed;
use super::writing::{Draft, DraftContent};
use crate::api::status::{LostRekey, RecoveryState};
use crate::recovery::{RootRequest, Signing, key_set, short_name};
use crate::store::{StoreError, StoreWrite};

/// Where the exercises are kept.
const META: &str = "recovery";

/// Public keys whose words were read at this site, each with the last time.
pub(super) type Drills = Vec<([u8; 32], u64)>;

impl Hub {
    pub(super) fn load_drills(&mut self) -> Result<(), StoreError> {
        if let Some(bytes) = self.log_store.meta(META)? {
            self.drills = postcard::from_bytes(&bytes).unwrap_or_default();
        }
        Ok(())
    }

    fn root_keys(&mut self) -> Result<RootKeys, NotNamed> {
        self.realm_now()?.root.ok_or(NotNamed::RealmNotHere)
    }

    /// Said before anything else is looked at: a mistaken key is not a question of which site.
    pub(super) fn may_sign(&mut self, signing: &Signing) -> Result<(), NotNamed> {
        let root = self.root_keys()?;
        match signing.key() {
            Some(key) => root_place(&root, &key).map(drop),
            None => Ok(()),
        }
    }

    /// Writes an operation of the realm under the root's signature, or prepares it for several.
    pub(super) fn write_as_root(
        &mut self,
        operation: &Operation,
        says: &str,
        signing: &Signing,
    ) -> Result<(), NotNamed> {
        let (realm, root) = (self.realm(), self.root_keys()?);
        let heads = self.rights_heads(&realm);
        let heads = heads.map_err(|error| NotNamed::Refused(error.to_string()))?;
        let key = match signing {
            Signing::Words(key) => SigningKey::from_bytes(key),
            Signing::Request(file) => {
                return Err(NotNamed::ToSign(
                    file.clone(),
                    Box::new(RootRequest {
                        realm_name: self.me.realm_name.clone(),
                        realm,
                        says: says.to_owned(),
                        keys: root,
                        rights_heads: heads,
                        operation: operation.encode(),
                        signatures: Vec::new(),
                    }),
                ));
            }
        };
        let place = root_place(&root, &key)?;
        let operation = operation.sign_as_root(&realm, &heads, &[(place, &key)]);
        self.write_signed(operation, heads)
    }

    /// What the root signed is written with exactly the heads that it signed.
    fn write_signed(
        &mut self,
        operation: Operation,
        heads: Vec<bocage_crdt::ids::EntryId>,
    ) -> Result<(), NotNamed> {
        let realm = self.realm();
        let draft = Draft {
            space: realm,
            author: self.me.person,
            item: bocage_crdt::ids::ItemId::root(&realm),
            command: CommandId(rand::random()),
            creation: None,
            content: DraftContent::RootSigned(Box::new(operation), heads),
        };
        self.write_entry(draft)
            .map_err(|error| NotNamed::Refused(error.to_string()))?;
        self.after_rights(&realm);
        Ok(())
    }

    /// Carries what enough holders signed; says what it was about.
    pub(crate) fn apply_request(&mut self, request: RootRequest) -> Result<String, NotNamed> {
        if request.realm != self.realm() {
            return Err(NotNamed::AnotherKey);
        }
        if request.keys != self.root_keys()? {
            return Err(NotNamed::KeysChanged);
        }
        match request.missing() {
            0 => {}
            more => return Err(NotNamed::MoreSignatures(more as u8)),
        }
        let operation = Operation::Root {
            operation: request.operation,
            signatures: request.signatures,
        };
        self.write_signed(operation, request.rights_heads)?;
        tracing::warn!("by the recovery keys: {}", request.says);
        Ok(request.says)
    }

    /// Replaces the recovery keys by others. Whoever was named registrar is named again under these, if
    /// enough of them are at hand: spaces founded from now on know no earlier ones.
    pub(crate) fn share_recovery(
        &mut self,
        keys: Vec<[u8; 32]>,
        threshold: u8,
        signing: &Signing,
        fresh: &[[u8; 32]],
    ) -> Result<(), NotNamed> {
        let version = self.root_keys()?.version;
        let keys = key_set(version + 1, threshold, keys);
        let keys = keys.map_err(|why| NotNamed::Refused(why.to_owned()))?;
        let says = format!("new recovery keys: {threshold} of {}", keys.keys.len());
        let operation = Operation::Rekey { keys };
        let namings = self.outdated_namings(version + 1);
        self.write_as_root(&operation, &says, signing)?;
        tracing::warn!("{says}");
        let root = self.root_keys()?;
        let mut signers: Vec<(u8, SigningKey)> = fresh
            .iter()
            .map(SigningKey::from_bytes)
            .filter_map(|key| {
                let public = key.verifying_key().to_bytes();
                let place = root.keys.iter().position(|known| *known == public)?;
                Some((place as u8, key))
            })
            .collect();
        signers.sort_by_key(|(place, _)| *place);
        if signers.len() < usize::from(root.threshold) {
            return Ok(());
        }
        let signers: Vec<(u8, &SigningKey)> =
            signers.iter().map(|(place, key)| (*place, key)).collect();
        for naming in namings {
            let realm = self.realm();
            let heads = self.rights_heads(&realm);
            let heads = heads.map_err(|error| NotNamed::Refused(error.to_string()))?;
            let signed = naming.again().sign_as_root(&realm, &heads, &signers);
            self.write_signed(signed, heads)?;
        }
        Ok(())
    }

    /// Whether these are present keys; all are, or nothing is noted.
    pub(crate) fn drill(
        &mut self,
        publics: &[[u8; 32]],
        note: bool,
    ) -> Result<RecoveryState, NotNamed> {
        let root = self.root_keys()?;
        if !publics.iter().all(|key| root.keys.contains(key)) {
            return Err(NotNamed::AnotherKey);
        }
        if note {
            let now = self.clock.wall_ms();
            // Of keys that were replaced nothing is to be remembered.
            self.drills
                .retain(|(key, _)| root.keys.contains(key) && !publics.contains(key));
            self.drills.extend(publics.iter().map(|key| (*key, now)));
            let bytes = postcard::to_stdvec(&self.drills).expect("plain values always encode");
            self.batch.push(StoreWrite::Meta(META, bytes));
        }
        self.recovery_state().ok_or(NotNamed::RealmNotHere)
    }

    /// How the recovery keys stand; `None` where the realm is not known, as on a guest site.
    pub(crate) fn recovery_state(&mut self) -> Option<RecoveryState> {
        let now = self.realm_now().ok()?;
        let root = now.root?;
        let tested = self.drills.iter();
        let mut tested: Vec<u64> = tested
            .filter(|(key, _)| root.keys.contains(key))
            .map(|(_, at_ms)| *at_ms)
            .collect();
        tested.sort_unstable_by_key(|at_ms| std::cmp::Reverse(*at_ms));
        let signers = |change: &RootChange| change.signers.iter().map(short_name).collect();
        let lost = now.lost_rekeys.iter().map(|lost| {
            let mut kept = now.rekeys.iter();
            let kept = kept.find(|kept| kept.keys.version == lost.keys.version);
            LostRekey {
                version: lost.keys.version,
                lost_by: signers(lost),
                kept_by: kept.map(signers).unwrap_or_default(),
            }
        });
        Some(RecoveryState {
            version: root.version,
            threshold: root.threshold,
            tested: tested.len() as u32,
            // Of enough keys to act with, the one that was read longest ago.
            drilled_ms: tested.get(usize::from(root.threshold) - 1).copied(),
            lost: lost.collect(),
            keys: root.keys.iter().map(short_name).collect(),
        })
    }
}

/// Which of the keys this is, where one is enough.
fn root_place(root: &RootKeys, key: &SigningKey) -> Result<u8, NotNamed> {
    let public = key.verifying_key().to_bytes();
    let place = root.keys.iter().position(|known| *known == public);
    let place = place.ok_or(NotNamed::AnotherKey)?;
    match root.threshold {
        1 => Ok(place as u8),
        more => Err(NotNamed::MoreKeys(more)),
    }
}
