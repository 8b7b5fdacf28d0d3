//! Why something of a peer is turned away, and what that does to the connection. `docs/wire.md`
//! has this table; a test holds the two together.

use std::fmt;

use crate::entry::InvalidEntry;

/// A reason to turn something of a peer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The frame does not decode.
    FrameMalformed,
    /// The frame, or what it declares to expand to, is too large.
    FrameTooLarge,
    /// A version this program cannot read.
    FrameUnknownVersion,
    /// A kind of frame this program does not know.
    FrameUnknownKind,
    /// More items than a frame of its kind may name.
    FrameTooMany,
    /// Compressed bytes do not expand to what they declare, or expand too much.
    FrameExpansion,
    /// Anything before Hello.
    HelloMissing,
    /// No Hello in time.
    HelloLate,
    /// A second Hello.
    HelloRepeated,
    /// Of another realm.
    HelloWrongRealm,
    /// The certificate is not valid, not the peer's, or the name too long.
    HelloInvalid,
    /// The certificate contradicts the one we know of that site.
    CertificateConflict,
    /// A certificate that came with entries is not valid.
    CertificateInvalid,
    /// The peer and we do not share a space of that tag.
    NotShared,
    /// Nobody certified the writer of these entries.
    WriterUnknown,
    /// The space has as many logs as it may have.
    TooManyLogs,
    /// The peer told of as many sites as it may.
    TooManySites,
    /// The peer asks for more than it may have open.
    TooManyWants,
    /// The log has as many branches as are kept.
    TooManyBranches,
    /// An entry without its payload that no standing erase covers.
    EntryWithoutPayload,
    /// More data than the window allows.
    WindowExceeded,
    /// The two entries prove no fork.
    ForkUnproven,
    /// The peer shows more of our own log than we have, and no entry of it.
    OwnClaimUnproven,
    /// More of the peer was turned away within a minute than an honest one comes to.
    TooManyRefusals,
    /// An entry that is none.
    Entry(InvalidEntry),
}

impl Refusal {
    /// The name under which it is counted and said in a Bye.
    pub fn name(self) -> &'static str {
        match self {
            Self::FrameMalformed => "frame-malformed",
            Self::FrameTooLarge => "frame-too-large",
            Self::FrameUnknownVersion => "frame-unknown-version",
            Self::FrameUnknownKind => "frame-unknown-kind",
            Self::FrameTooMany => "frame-too-many",
            Self::FrameExpansion => "frame-expansion",
            Self::HelloMissing => "hello-missing",
            Self::HelloLate => "hello-late",
            Self::HelloRepeated => "hello-repeated",
            Self::HelloWrongRealm => "hello-wrong-realm",
            Self::HelloInvalid => "hello-invalid",
            Self::CertificateConflict => "certificate-conflict",
            Self::CertificateInvalid => "certificate-invalid",
            Self::NotShared => "not-shared",
            Self::WriterUnknown => "writer-unknown",
            Self::TooManyLogs => "too-many-logs",
            Self::TooManySites => "too-many-sites",
            Self::TooManyWants => "too-many-wants",
            Self::TooManyBranches => "too-many-branches",
            Self::EntryWithoutPayload => "entry-without-payload",
            Self::WindowExceeded => "window-exceeded",
            Self::ForkUnproven => "fork-unproven",
            Self::OwnClaimUnproven => "own-claim-unproven",
            Self::TooManyRefusals => "too-many-refusals",
            Self::Entry(invalid) => invalid.name(),
        }
    }

    /// Whether it counts against the peer. What a later program says is no fault of its site.
    pub fn is_fault(self) -> bool {
        !matches!(
            self,
            Self::FrameUnknownKind | Self::Entry(InvalidEntry::UnknownVersion)
        )
    }

    /// Whether the connection ends. It does when the stream itself can no longer be understood
    /// or believed; what only concerns one space or log is dropped and the rest goes on.
    pub fn closes(self) -> bool {
        matches!(
            self,
            Self::FrameMalformed
                | Self::FrameTooLarge
                | Self::FrameUnknownVersion
                | Self::FrameTooMany
                | Self::FrameExpansion
                | Self::HelloMissing
                | Self::HelloLate
                | Self::HelloRepeated
                | Self::HelloWrongRealm
                | Self::HelloInvalid
                | Self::CertificateConflict
                | Self::WindowExceeded
                | Self::TooManyRefusals
        )
    }

    /// All of them, for the document's test and for counters that start at zero.
    pub fn all() -> Vec<Self> {
        use InvalidEntry as Invalid;
        let mut all = vec![
            Self::FrameMalformed,
            Self::FrameTooLarge,
            Self::FrameUnknownVersion,
            Self::FrameUnknownKind,
            Self::FrameTooMany,
            Self::FrameExpansion,
            Self::HelloMissing,
            Self::HelloLate,
            Self::HelloRepeated,
            Self::HelloWrongRealm,
            Self::HelloInvalid,
            Self::CertificateConflict,
            Self::CertificateInvalid,
            Self::NotShared,
            Self::WriterUnknown,
            Self::TooManyLogs,
            Self::TooManySites,
            Self::TooManyWants,
            Self::TooManyBranches,
            Self::EntryWithoutPayload,
            Self::WindowExceeded,
            Self::ForkUnproven,
            Self::OwnClaimUnproven,
            Self::TooManyRefusals,
        ];
        let invalid = [
            Invalid::TooLarge,
            Invalid::Malformed,
            Invalid::UnknownVersion,
            Invalid::WrongPayload,
            Invalid::WrongLog,
            Invalid::BrokenChain,
            Invalid::WrongSignature,
            Invalid::BadLists,
        ];
        all.extend(invalid.map(Self::Entry));
        all
    }
}

impl From<InvalidEntry> for Refusal {
    fn from(invalid: InvalidEntry) -> Self {
        Self::Entry(invalid)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::error::Error for Refusal {}
