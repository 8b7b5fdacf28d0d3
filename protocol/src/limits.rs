//! Every bound of the protocol, each with its reason. A verdict may rest only on constants of the
//! protocol version: replicas must agree, whatever their memory or load.

use std::time::Duration;

/// Version of the header, payload and frame formats that this program writes.
pub const PROTOCOL_VERSION: u8 = 1;

/// Largest frame between sites: bounds what one peer can make another hold before judging it.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Largest entry (header and payload): four fit a frame with room, and a paste of a long report fits.
pub const ENTRY_BYTES_MAX: usize = 256 << 10;
/// Largest header: 32 rights heads and a full carried list fit.
pub const HEADER_BYTES_MAX: usize = 16 << 10;
/// Most automerge changes in one entry: a second of twenty people's keystrokes.
pub const CHANGES_PER_ENTRY_MAX: usize = 1_000;
/// Most carried changes in one entry: each costs its origin in the header.
pub const CARRIED_PER_ENTRY_MAX: usize = 100;
/// Most rights heads an entry cites; a `join` gathers more than 8 before it comes to that.
pub const RIGHTS_HEADS_MAX: usize = 32;
/// Rights heads above which a site writes a `join`.
pub const RIGHTS_HEADS_JOIN: usize = 8;
/// Root keys of a realm: more hands than this are never found together.
pub const ROOT_KEYS_MAX: usize = 16;
/// Sites where one person's authority counts: her home site and its deputies; more is no limit to
/// what a stolen machine could say in her name.
pub const APPOINT_SITES_MAX: usize = 8;
/// Sponsor sites of one guest site: the design asks for two, a few more stand in.
pub const GUEST_SPONSORS_MAX: usize = 8;
/// A guest's name, in bytes of UTF-8: as a site's.
pub const PERSON_NAME_BYTES_MAX: usize = 255;
/// Changes of root keys that one order may prove: one a year since the space was founded.
pub const ORDER_REKEYS_MAX: usize = 64;
/// Ranges in one admission: a busy second of a few guests, and each is looked at when judging.
pub const ADMITTED_RANGES_MAX: usize = 256;
/// A site's name on the screen, in bytes of UTF-8.
pub const HOST_NAME_BYTES_MAX: usize = 255;
/// Addresses of a site: a few networks, each with two transports and both IP versions.
pub const HOST_ADDRESSES_MAX: usize = 16;
/// One address of a site: a multiaddress with the longest DNS name fits.
pub const HOST_ADDRESS_BYTES_MAX: usize = 512;
/// The reason given for an erasure: two paragraphs.
pub const REASON_BYTES_MAX: usize = 2_000;
/// Largest step of lamport from one entry of a log to its next: nobody can exhaust the counter.
pub const LAMPORT_STEP_MAX: u64 = 1 << 32;
/// Writer keys one site may have had: a new one per restore, two hundred restores are a fault.
pub const WRITERS_PER_NODE_MAX: usize = 256;
/// Logs per space: 30 sites with a few restores each, and guests.
pub const LOGS_PER_SPACE_MAX: usize = 10_000;
/// Spaces per realm.
pub const SPACES_PER_REALM_MAX: usize = 100_000;
/// Members per space.
pub const MEMBERS_PER_SPACE_MAX: usize = 10_000;
/// Gaps told per log: more are joined into one, so that a hostile log cannot grow every `Have`.
pub const GAPS_PER_LOG_MAX: usize = 64;
/// Entries held above a gap, per log: what arrives beyond is asked for again later.
pub const ENTRIES_ABOVE_GAP_MAX: usize = 4_096;
/// Entries of a log that came without payload before the erasure that covers them: ten large
/// erasures on their way at once, 600 KB in the log's state.
pub const NAKED_PER_LOG_MAX: usize = 10_000;
/// Damaged entries of a log that are asked for again: a megabyte of bad disk, 700 KB in the log's
/// state. A disk that lost more is replaced, and its site joins anew.
pub const LOST_PER_LOG_MAX: usize = 10_000;
/// Own compression: declared size over compressed size at most this, else refused before reading.
pub const EXPANSION_RATIO_MAX: usize = 50;
/// Sites up to which every entry is pushed to every connected host.
pub const PUSH_TO_ALL_SITES_MAX: usize = 30;
/// Bytes a peer may have under way to us before we acknowledge: one second at 8 Mbit/s.
pub const PEER_WINDOW_BYTES: usize = 1 << 20;
/// Outgoing frames queued per peer, beside a bound in bytes: two for each space of one listing,
/// which are answered in one go after a long absence. When full, the link begins anew.
pub const PEER_QUEUE_FRAMES_MAX: usize = 2 * SPACES_PER_FRAME_MAX;
/// Live changes without an entry that one peer may have pending here, per space.
pub const LIVE_PENDING_MAX: usize = 10_000;
/// How long a live change may wait for its entry before a dependant carries it.
pub const LIVE_ENTRY_WAIT: Duration = Duration::from_secs(2);
/// Longest time between dialling attempts.
pub const REDIAL_WAIT_MAX: Duration = Duration::from_secs(30);
/// A peer's clock this far from ours is shown to the technician; entries are never judged by it.
pub const CLOCK_SKEW_SHOWN: Duration = Duration::from_secs(120);
/// A ticket's longest life.
pub const TICKET_LIFE_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Entries in one packed range: bounds what a small frame may expand to in memory.
pub const RANGE_ENTRIES_MAX: usize = 4_096;
/// Bytes of entries packed into one frame while catching up: small enough to share the line with
/// pushes, large enough that compression sees the repetition.
pub const ENTRIES_CHUNK_BYTES: usize = 128 << 10;
/// Packed ranges below this many bytes are not compressed: signatures and ids fill them.
pub const COMPRESS_BYTES_MIN: usize = 512;
/// Spaces named in one frame: 32,768 of 16 bytes fit half a frame.
pub const SPACES_PER_FRAME_MAX: usize = 32_768;
/// Logs named in one frame of heights, wants or acks.
pub const LOGS_PER_FRAME_MAX: usize = 8_192;
/// Branches kept of one forked log: an honest site forks once or twice by restoring a machine's
/// image; a hostile one shall not fill disks.
pub const FORK_BRANCHES_MAX: usize = 16;
/// Ranges asked of one peer and not yet delivered; further ones wait for these.
pub const WANTS_PER_PEER_MAX: usize = 2_048;
/// Ranges a peer may have asked of us and not yet got: what it asks beyond is refused.
pub const SERVING_PER_PEER_MAX: usize = 4_096;
/// Logs of a space at which one that is only announced gets no place any more: what a peer makes up
/// must leave room for logs that exist.
pub const ANNOUNCED_LOGS_PER_SPACE_MAX: usize = LOGS_PER_SPACE_MAX / 2;
/// Chunks served to one peer in one tick of the machine: a full window. The shell does other work
/// between ticks, so that a peer that asks without end does not have the site to itself.
pub const CHUNKS_PER_TICK_MAX: usize = PEER_WINDOW_BYTES / ENTRIES_CHUNK_BYTES;
/// Logs a peer may announce that have no entry here yet, on all its connections together.
pub const UNPROVEN_LOGS_PER_PEER_MAX: usize = 16_384;
/// Entries of one log that a site says it misses: what a busy site writes in ten years. A height is
/// a peer's word, and one log's must not hide what all others lack.
pub const MISSING_PER_LOG_MAX: u64 = 1_000_000;
/// How long a peer may deliver nothing of what it was asked before others are asked.
pub const WANT_WAIT_MS: u64 = 10_000;
/// How long one range may be under way while its peer delivers other things: as long as the largest
/// number of ranges asked at once takes on a slow line; then others are asked for it.
pub const ASK_WAIT_MAX_MS: u64 = 60_000;
/// How long heights learned from one peer are gathered before they are told to the others.
pub const ANNOUNCE_WAIT_MS: u64 = 250;
/// How long a peer may differ without any progress before both compare again.
pub const RESYNC_WAIT_MS: u64 = 30_000;
/// News of a peer are reported at most this often.
pub const PEER_NEWS_EVERY_MS: u64 = 5_000;
/// A peer that said no Hello by then is turned away.
pub const HELLO_WAIT_MS: u64 = 10_000;
/// Digested bytes after which credit is returned: a sixteenth of the window.
pub const CREDIT_STEP_BYTES: usize = PEER_WINDOW_BYTES / 16;
/// Longest site name in a Hello, in bytes.
pub const SITE_NAME_BYTES_MAX: usize = 255;
/// What one peer may have turned away in a minute without being cut off. An honest one comes to
/// hundreds at most, when it is no host any more of spaces that it still speaks of.
pub const REFUSALS_PER_MINUTE_MAX: usize = 1_000;
/// How long a peer that was cut off for that is not listened to: long enough that its trying again
/// costs nothing, short enough for a site that was repaired.
pub const SHUT_OUT_MS: u64 = 60_000;
/// Sites that one peer may tell of and that never stood there themselves: a quarter of all, so that
/// one liar leaves room for what the others tell.
pub const SITES_TOLD_PER_PEER_MAX: usize = SITES_KNOWN_MAX / 4;
/// Sites whose certificates are kept: as many as a space may have logs; a hostile peer shall not
/// fill memory and disk with made-up sites.
pub const SITES_KNOWN_MAX: usize = 10_000;
