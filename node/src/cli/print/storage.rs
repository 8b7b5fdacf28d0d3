//! What is shown of keys and backups.

use std::path::Path;

use super::{json, out, run_command};
use crate::backup::{Manifest, Written};
use crate::cli::operations::Place;
use crate::failure::Failure;
use crate::site::KeysReport;

pub(in crate::cli) fn keys(report: &KeysReport, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(report);
    }
    let older = match report.older_keys {
        0 => String::new(),
        older => format!(
            "Older keys  {older}: what they sealed is being sealed anew while the site runs\n"
        ),
    };
    out(&format!(
        "Site key    {} (id {})\nData keys   {}\n{older}",
        report.source, report.key_id, report.data_keys
    ))
}

pub(in crate::cli) fn backed_up(file: &Path, written: Written) -> Result<(), Failure> {
    out(&format!(
        "{} holds {} entries in {} bytes, sealed. Keep its passphrase or key file elsewhere: \
         nothing opens it without.\n",
        file.display(),
        written.entries,
        written.bytes
    ))
}

pub(in crate::cli) fn restored(manifest: &Manifest, place: &Place) -> Result<(), Failure> {
    out(&format!(
        "Restored {} of {}, as it was at {}.\nNever run it beside the old one.\n\nNext: {}\n",
        manifest.site_name,
        manifest.realm_name,
        jiff::Timestamp::from_millisecond(manifest.at_ms as i64).unwrap_or_default(),
        run_command(place)
    ))
}
