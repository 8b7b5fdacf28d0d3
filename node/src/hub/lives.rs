//! A life that ends before the site opens: its own last word in a space cannot be read.

use bocage_crdt::ids::WriterKey;

use super::Myself;
use super::catalog::Catalog;
use crate::identity;
use crate::store::{LogStore, StoreError};

/// The last entry of a log that we write cannot be read, so nothing can follow it. A new writer key
/// begins new logs, as after a restore; the entry is missing from the old one like any other, and the
/// other sites are asked for it.
pub(super) fn begin_anew(
    me: &mut Myself,
    catalog: &mut Catalog,
    store: &LogStore,
) -> Result<(), StoreError> {
    // First, or a kill in between would leave logs under a former key without their ends.
    let mut heads = Vec::new();
    catalog.keep_own_heads(&me.node, &mut heads);
    store.commit(heads)?;
    let writers = me.certificate.writers.clone();
    let renewed = identity::renew(&me.directory, &me.node_key, writers);
    let (fresh, certificate) = renewed.map_err(|failure| StoreError::Damaged {
        file: store.file().to_owned(),
        what: format!(
            "the last entry of a log; no new log can begin: {}",
            failure.message
        ),
    })?;
    tracing::error!(
        "the last entry that this site wrote in a space is damaged: new entries go to a new log, as \
         after a restore, and the other sites are asked for the old one"
    );
    me.writer = fresh;
    me.certificate = certificate;
    catalog.writer = WriterKey(me.writer.verifying_key().to_bytes());
    Ok(())
}
