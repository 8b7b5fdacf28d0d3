//! How large a change and an item may be. Constants of the protocol version: a site that used
//! others would judge differently, and replicas must agree. Change one only with the version.

/// Largest change, in bytes. It travels whole inside one log entry of 256 KiB; the rest is room
/// for the entry's header and frame.
pub const CHANGE_BYTES_MAX: usize = 240 * 1024;

/// Most operations in one change. Applying costs about 1 us each, and a change of 113 bytes can
/// claim ten million of them; a long paste is several changes.
pub const OPERATIONS_PER_CHANGE_MAX: usize = 10_000;

/// Most predecessors named in one change: twice its operations, as values in conflict are
/// replaced together.
pub const PREDECESSORS_PER_CHANGE_MAX: usize = 2 * OPERATIONS_PER_CHANGE_MAX;

/// Most parents of one change: open tabs that typed at the same instant.
pub const PARENTS_MAX: usize = 32;

/// Most other actors named in one change: tabs whose text it touches. Selecting all of a page
/// and deleting it names every tab that ever wrote there.
pub const ACTORS_PER_CHANGE_MAX: usize = 2_000;

/// From here on an item is reported as long, and people are offered to continue in a new one:
/// every change from afar costs about 0.25 us x operations.
pub const ITEM_OPERATIONS_SOFT: u64 = 10_000;

/// No change may have this many operations among its ancestors. Opening such an item costs a
/// tenth of a second and tens of megabytes, which a small machine still bears.
pub const ITEM_OPERATIONS_MAX: u64 = 100_000;

/// Deepest nesting of objects; automerge aborts the process beyond 256.
pub const DEPTH_MAX: u8 = 32;

/// Longest key of a map, in bytes: `step/<32 digits>/done` fits four times. Keys repeat by run
/// length, so a long one would expand with the number of operations.
pub const KEY_BYTES_MAX: usize = 128;

/// Longest name of a mark, in bytes; the same reason.
pub const MARK_NAME_BYTES_MAX: usize = 64;

/// Most marks set in one change. Finding whether an end lies behind its beginning can walk over
/// every element of the text: 500 walks of 100,000 steps take a tenth of a second.
pub const MARKS_PER_CHANGE_MAX: usize = 500;
