//! The list of decoders, each with samples, the memory it may hold, and how it is read.

use bocage_node::archive::EXPANSION_MAX;
use bocage_node::decoders;
use bocage_node::store::{AccountRow, LiveRow, LogRow};
use bocage_node::trial::TrialRequest;
use bocage_node::web::home::{HomeAnswer, HomeQuestion};
use bocage_protocol::certificate::NodeCertificate;
use bocage_protocol::limits::FRAME_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::content::*;
use super::rows::*;
use super::trust::*;
use super::wire::*;

/// What a decoder made of its input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Turned away, by name.
    Refused(String),
    /// Read; these bytes say the same.
    As(Vec<u8>),
    /// Read; there is no way back to bytes.
    Done,
}

/// One decoder.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) samples: fn() -> Vec<Vec<u8>>,
    pub(crate) read: fn(&[u8]) -> Read,
    /// Memory held at once, at most: so much, and so much more for each byte of the input.
    pub(crate) bytes_max: usize,
    pub(crate) bytes_per_byte: usize,
    /// What a text is made of, for texts.
    pub(crate) words: &'static [&'static str],
}

/// What a decoder that holds nothing large may hold besides its input.
const LITTLE: usize = 64 << 10;
/// A list entry of one byte is at most a list of lists' header in memory, doubled while it grows.
const PER_BYTE: usize = 80;

const fn binary(
    name: &'static str,
    samples: fn() -> Vec<Vec<u8>>,
    read: fn(&[u8]) -> Read,
) -> Target {
    Target {
        name,
        samples,
        read,
        bytes_max: LITTLE,
        bytes_per_byte: PER_BYTE,
        words: &[],
    }
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "-1",
    "\\u0000",
    "\\ud800",
    "{\"t\":",
    "[[",
    "{\"a\":",
    "\"do\":",
    "18446744073709551616",
];
const TOML: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "=",
    "\"",
    "\n",
    "'''",
    "{",
    "}",
    "web.",
    "listen",
    "\\uD800",
    "1e999",
    "[peers]\n",
    "a.b.c=1\n",
    "#",
];

pub(crate) static TARGETS: &[Target] = &[
    binary("frame", frames, frame),
    // A range of 1 MiB unpacked, in which one byte may stand for a row or a list.
    Target {
        bytes_max: FRAME_BYTES_MAX * (1 + PER_BYTE),
        ..binary("range", ranges, range)
    },
    Target {
        bytes_max: 2 * FRAME_BYTES_MAX,
        ..binary("compressed", compressed_samples, compressed)
    },
    binary("header", headers, header),
    binary("operation", operations, operation),
    binary("certificate", certificates, row::<NodeCertificate>),
    binary("ticket", tickets, ticket_text),
    binary("redeem_request", redeem_requests, redeem_request),
    binary("redeem_answer", redeem_answers, redeem_answer),
    binary("record", records, record),
    binary("changes", changes, changes_payload),
    // Ten thousand operations decoded, twice, and the index of the document.
    Target {
        bytes_max: 16 << 20,
        ..binary("gate", gate_samples, through_gate)
    },
    Target {
        words: JSON,
        ..binary("blocks", blocks, as_html)
    },
    Target {
        words: JSON,
        bytes_per_byte: 4 * PER_BYTE, // an object's fields, left out one by one to find the wrong one
        ..binary("command", commands, command)
    },
    Target {
        words: JSON,
        bytes_per_byte: 4 * PER_BYTE,
        ..binary("browser_message", browser_messages, browser_message)
    },
    binary("log_row", log_rows, row::<LogRow>),
    binary("live_row", live_rows, row::<LiveRow>),
    binary("account_row", account_rows, row::<AccountRow>),
    binary("side_frame", side_frames, |bytes| {
        encoded(decoders::side_frame(bytes), "presence-malformed")
    }),
    binary("beacon", beacons, |bytes| {
        encoded(decoders::beacon(bytes), "beacon-malformed")
    }),
    Target {
        words: TOML,
        bytes_max: 1 << 20,
        bytes_per_byte: 40 * PER_BYTE, // a tree of values with the place of each, and a copy
        ..binary("config", configurations, configuration)
    },
    binary("greeting", greetings, |bytes| {
        encoded(decoders::greeting(bytes), "greeting-malformed")
    }),
    binary("trial_request", trial_requests, row::<TrialRequest>),
    binary("order", orders, order),
    binary("admission", admissions, admission),
    binary("guest_welcome", guest_welcomes, |bytes| {
        encoded(decoders::guest_welcome(bytes), "welcome-malformed")
    }),
    binary("home_question", home_questions, row::<HomeQuestion>),
    binary("home_answer", home_answers, row::<HomeAnswer>),
    binary("sealed_value", sealed_values, sealed_value),
    // A record is read whole, 4 MiB at most, as its length says.
    Target {
        bytes_max: 5 << 20,
        ..binary("backup_record", backup_records, |bytes| {
            encoded(decoders::backup_record(bytes), "record-malformed")
        })
    },
    Target {
        words: JSON,
        bytes_per_byte: 4 * PER_BYTE,
        ..binary("archive_manifest", archive_manifests, archive_manifest)
    },
    // The window of the packing, and what one byte may expand to.
    Target {
        bytes_max: 1 << 20,
        bytes_per_byte: 2 * EXPANSION_MAX as usize,
        ..binary("archive", archives, archive)
    },
];

pub(crate) fn encoded(read: Option<Vec<u8>>, refusal: &str) -> Read {
    read.map_or_else(|| Read::Refused(refusal.to_owned()), Read::As)
}

pub(crate) fn refused(reason: impl ToString) -> Read {
    Read::Refused(reason.to_string())
}

pub(crate) fn row<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Read {
    match postcard::from_bytes::<T>(bytes) {
        Ok(row) => Read::As(stored(&row)),
        Err(error) => refused(error),
    }
}

pub(crate) fn stored(row: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(row).expect("plain values always encode")
}
