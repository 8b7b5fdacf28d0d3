//! Identifiers: fixed-size byte strings, shown as lower-case hex, derived by domain-separated
//! BLAKE3. Nothing here draws random numbers: secrets and nonces are arguments.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId {
    /// How many hex digits the identifier has.
    pub digits: usize,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "an identifier of this kind has {} hex digits",
            self.digits
        )
    }
}

impl std::error::Error for InvalidId {}

fn write_hex(bytes: &[u8], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], InvalidId> {
    let wrong = InvalidId { digits: 2 * N };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(wrong);
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(wrong),
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Ok(bytes)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "schema", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(pub [u8; $size]);

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                crate::ids::hex_schema($size)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// Length in bytes.
            pub const SIZE: usize = $size;

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// Reads an identifier from exactly [`Self::SIZE`] bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Eight digits tell identifiers apart in a log line; the rest is noise there.
                write_hex(&self.0[..4], out)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serde_bytes_array::serialize(&self.0, serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    serde_bytes_array::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

/// How an identifier of `size` bytes looks in the public API: lower-case hex.
#[cfg(feature = "schema")]
fn hex_schema(size: usize) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .pattern(Some(format!("^[0-9a-f]{{{}}}$", 2 * size)))
        .into()
}

/// Fixed-size arrays without a length prefix, of any size (serde's own stop at 32).
pub(crate) mod serde_bytes_array {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::ser::SerializeTuple;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for byte in bytes {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }

    struct Bytes<const N: usize>;

    impl<'de, const N: usize> Visitor<'de> for Bytes<N> {
        type Value = [u8; N];

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "{N} bytes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[u8; N], A::Error> {
            let mut bytes = [0; N];
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = sequence
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(index, &self))?;
            }
            Ok(bytes)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        deserializer.deserialize_tuple(N, Bytes::<N>)
    }
}

id!(
    /// A realm: one organisation's federation. Equal to the id of its realm space.
    RealmId, 32
);
id!(
    /// A site: its ed25519 public key, which is also its libp2p identity.
    NodeId, 32
);
id!(
    /// The ed25519 public key that signs one log-writing life of a site (lost on a restore).
    WriterKey, 32
);
id!(
    /// A space. Known to its hosts only: never put it where another site could read it.
    SpaceId, 32
);
id!(
    /// A log: one writer key in one space.
    LogId, 32
);
id!(
    /// An entry: BLAKE3 over its exact header bytes.
    EntryId, 32
);
id!(
    /// A change of a document, as automerge hashes it (SHA-256).
    ChangeHash, 32
);
id!(
    /// A person, or a site acting for itself ([`PersonId::of_site`]).
    PersonId, 16
);
id!(
    /// An item of a space.
    ItemId, 16
);
id!(
    /// A command, made by the client that sends it; a retry carries the same id.
    CommandId, 16
);
id!(
    /// An automerge actor: one open tab, or one item's genesis.
    ActorId, 16
);
id!(
    /// Random bytes kept in a tab's page memory only: a reload makes another actor.
    ActorNonce, 16
);

/// The first `N` bytes of BLAKE3 in key-derivation mode over `parts`, each of fixed length.
pub fn derive<const N: usize>(context: &'static str, parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(part);
    }
    let mut bytes = [0; N];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

impl LogId {
    /// The log that `writer` keeps in `space`.
    pub fn of(writer: &WriterKey, space: &SpaceId) -> Self {
        Self(derive("bocage 1 log id", &[&writer.0, &space.0]))
    }
}

impl ItemId {
    /// The item that a command makes: the same at every site, so a retry elsewhere is harmless.
    pub fn of(space: &SpaceId, person: &PersonId, command: &CommandId) -> Self {
        Self(derive(
            "bocage 1 item id",
            &[&space.0, &person.0, &command.0],
        ))
    }

    /// The root of a space: its settings document, the parent of what has no other.
    pub fn root(space: &SpaceId) -> Self {
        Self(derive("bocage 1 root item id", &[&space.0]))
    }
}

impl ActorId {
    /// The actor of one tab: only the site named in it may vouch for its changes.
    pub fn of(site: &NodeId, person: &PersonId, nonce: &ActorNonce) -> Self {
        Self(derive("bocage 1 actor id", &[&site.0, &person.0, &nonce.0]))
    }

    /// The actor of an item's genesis change.
    pub fn genesis(item: &ItemId) -> Self {
        Self(item.0)
    }
}

impl PersonId {
    /// The site speaking for itself: it has no human author.
    pub fn of_site(site: &NodeId) -> Self {
        Self(derive("bocage 1 site as person", &[&site.0]))
    }

    /// The person that a command of `site` adds.
    pub fn of(site: &NodeId, command: &CommandId) -> Self {
        Self(derive("bocage 1 person id", &[&site.0, &command.0]))
    }
}

impl SpaceId {
    /// The private space of one person (read marks, drafts), known to her sites only.
    pub fn private(realm_secret: &[u8; 32], person: &PersonId) -> Self {
        Self(derive(
            "bocage 1 private space id",
            &[realm_secret, &person.0],
        ))
    }

    /// The space that a command opens. `site_secret` keeps the id unguessable.
    pub fn of(site_secret: &[u8; 32], person: &PersonId, command: &CommandId) -> Self {
        Self(derive(
            "bocage 1 space id",
            &[site_secret, &person.0, &command.0],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_back_and_nothing_else_is() {
        let id = ItemId(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in [
            "",
            "00",
            &"G".repeat(32),
            &id.to_string().to_uppercase().replace('3', "A"),
        ] {
            assert_eq!(
                wrong.parse::<ItemId>(),
                Err(InvalidId { digits: 32 }),
                "{wrong}"
            );
        }
    }

    #[test]
    fn ids_are_bare_bytes_on_the_wire_and_hex_in_json() {
        let id = SpaceId([7; 32]);
        let bytes = postcard::to_stdvec(&id).expect("ids always encode");
        assert_eq!(bytes, [7; 32]);
        assert_eq!(postcard::from_bytes::<SpaceId>(&bytes), Ok(id));
        let json = serde_json::to_string(&id).expect("ids always encode");
        assert_eq!(json, format!("\"{}\"", "07".repeat(32)));
        assert_eq!(serde_json::from_str::<SpaceId>(&json).ok(), Some(id));
    }

    #[test]
    fn derived_ids_are_golden() {
        let space = SpaceId([1; 32]);
        assert_eq!(
            ItemId::of(&space, &PersonId([2; 16]), &CommandId([3; 16])).to_string(),
            "923792e8504ba43dca76230b32d758f8"
        );
        assert_eq!(
            LogId::of(&WriterKey([4; 32]), &space).to_string(),
            "394e54eb790b5a17ba9b327b6897b372d4999f32c236acc23a939b733be7153a"
        );
    }
}
