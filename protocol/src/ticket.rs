//! The paper a new site joins with: what it holds, how it is written down, how it is redeemed and
//! which attempts are refused. Pure: secrets and times are arguments, and remembering which tickets
//! are burnt is the issuer's store's business.
//!
//! The secret itself never travels: the joiner proves it by a MAC over both keys and everything it
//! says about itself, so a listener or a wrong site learns nothing it could use.

use std::fmt;
use std::str::FromStr;

use bocage_crdt::ids::{NodeId, RealmId, derive};
use bocage_crdt::text;
use serde::{Deserialize, Serialize};

use crate::certificate::NodeCertificate;
use crate::limits::TICKET_LIFE_MAX;

mod base32;
#[cfg(test)]
mod tests;

/// What the written form begins with.
pub const PREFIX: &str = "bocage-";
/// Version of the bytes in the written form.
const VERSION: u8 = 1;
/// Tells a slip of the pen from a ticket: one in 2^32 slips passes, and then fails at the MAC.
const CHECKSUM_BYTES: usize = 4;
/// Addresses in one ticket: two interfaces, two families, and a name.
pub const ADDRESSES_MAX: usize = 8;
/// Longest address: a full host name with its port.
pub const ADDRESS_BYTES_MAX: usize = 262;
/// Written tickets longer than this are not read: all the above fits.
pub const WRITTEN_BYTES_MAX: usize = 8 << 10;
/// Words that both screens show; 66 bits, more than anyone can search for in a ticket's life.
pub const WORDS: usize = 6;

/// What the new site becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketRole {
    /// A site of the realm.
    Site,
    /// A partner's site, outside the realm: holds only what it was granted.
    GuestSite,
}

/// Names a ticket without telling its secret.
pub type TicketId = [u8; 16];

/// An invitation for one site. Whoever holds it can join once, so it is shown to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The realm to join.
    pub realm: RealmId,
    /// The site that issued it, and the only one that redeems it.
    pub issuer: NodeId,
    /// Where the issuer is reached: host or IP address, and port.
    pub addresses: Vec<String>,
    /// 128 random bits.
    pub secret: [u8; 16],
    /// What the new site becomes.
    pub role: TicketRole,
    /// From then on it is refused, by the issuer's clock (milliseconds since 1970 UTC).
    pub expires_ms: u64,
}

/// Why a text is not a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketError {
    /// It does not begin like one.
    NotATicket,
    /// A character was lost or changed.
    Misspelled,
    /// Written by a newer program.
    Version(u8),
    /// Sound, but not what a ticket holds.
    Malformed,
}

impl fmt::Display for TicketError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATicket => write!(out, "a ticket begins with {PREFIX}; copy the whole line"),
            Self::Misspelled => out.write_str(
                "the ticket was cut or misspelled; copy it again, from first to last letter",
            ),
            Self::Version(version) => write!(
                out,
                "the ticket is of version {version}, newer than this program; update it"
            ),
            Self::Malformed => out.write_str("this is not a ticket of Bocage; ask for a new one"),
        }
    }
}

impl std::error::Error for TicketError {}

/// Why the issuer does not redeem a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No such ticket here: never issued, restored from a backup, or already redeemed.
    Unknown,
    /// Its time is over.
    Expired,
    /// It would live longer than any ticket may.
    LifeTooLong,
    /// The certificate is not the connected site's.
    WrongSite,
    /// The certificate does not hold.
    BadCertificate,
    /// The secret is not proven.
    BadProof,
    /// The site's name is empty, too long or unprintable.
    BadName,
    /// Too many addresses, or one that is too long.
    BadAddresses,
    /// The request cannot be read.
    Malformed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unknown => "the ticket is unknown or already used: ask for a new one",
            Self::Expired => "the ticket has expired: ask for a new one",
            Self::LifeTooLong => "the ticket is valid for more than 24 hours: check the clocks",
            Self::WrongSite => "the site's certificate is another site's",
            Self::BadCertificate => "the site's certificate does not hold",
            Self::BadProof => "the ticket's secret does not fit: copy the ticket again",
            Self::BadName => "the site's name is empty, too long or unprintable: choose another",
            Self::BadAddresses => "the site announces too many addresses, or too long ones",
            Self::Malformed => "the request cannot be read: are both programs up to date?",
        })
    }
}

impl std::error::Error for Refusal {}

impl Ticket {
    /// Its name in the issuer's store and in the request.
    pub fn id(&self) -> TicketId {
        derive("bocage 1 ticket id", &[&self.secret, &self.realm.0])
    }

    /// Whether it may be issued or redeemed at `now_ms`.
    pub fn check_life(&self, now_ms: u64) -> Result<(), Refusal> {
        // A day in milliseconds: fits by far.
        let longest = TICKET_LIFE_MAX.as_millis() as u64;
        match self.expires_ms.checked_sub(now_ms) {
            None | Some(0) => Err(Refusal::Expired),
            Some(left) if left > longest => Err(Refusal::LifeTooLong),
            Some(_) => Ok(()),
        }
    }

    /// Six numbers of 11 bits for a list of 2,048 words; equal on both screens only if both sites
    /// mean each other and the same ticket.
    pub fn six_words(&self, joiner: &NodeId) -> [u16; WORDS] {
        six_words(&self.issuer, joiner, &self.secret)
    }

    /// Capitals fit a smaller QR code and are read as well.
    pub fn to_qr_text(&self) -> String {
        self.to_string().to_ascii_uppercase()
    }

    fn is_sound(&self) -> bool {
        addresses_are_sound(&self.addresses)
    }
}

fn addresses_are_sound(addresses: &[String]) -> bool {
    addresses.len() <= ADDRESSES_MAX
        && addresses.iter().all(|address| {
            (1..=ADDRESS_BYTES_MAX).contains(&address.len())
                && address.bytes().all(|byte| byte.is_ascii_graphic())
        })
}

/// See [`Ticket::six_words`].
pub fn six_words(issuer: &NodeId, joiner: &NodeId, secret: &[u8; 16]) -> [u16; WORDS] {
    let bytes: [u8; 2 * WORDS] = derive("bocage 1 six words", &[&issuer.0, &joiner.0, secret]);
    let mut words = [0; WORDS];
    for (word, pair) in words.iter_mut().zip(bytes.chunks_exact(2)) {
        *word = u16::from_le_bytes([pair[0], pair[1]]) & 0x7FF;
    }
    words
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    derive("bocage 1 ticket checksum", &[bytes])
}

/// `bocage-` and lower-case base32 of version, content and checksum.
impl fmt::Display for Ticket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION];
        bytes.extend(postcard::to_stdvec(self).map_err(|_| fmt::Error)?);
        bytes.extend(checksum(&bytes));
        out.write_str(PREFIX)?;
        out.write_str(&base32::encode(&bytes))
    }
}

/// Capitals, line breaks, spaces and hyphens do not matter: mail programs and people add them.
impl FromStr for Ticket {
    type Err = TicketError;

    fn from_str(raw: &str) -> Result<Self, TicketError> {
        if raw.len() > WRITTEN_BYTES_MAX {
            return Err(TicketError::NotATicket);
        }
        let text: String = raw
            .chars()
            .filter(|character| !character.is_whitespace() && *character != '-')
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let text = text
            .strip_prefix(PREFIX.trim_end_matches('-'))
            .ok_or(TicketError::NotATicket)?;
        let bytes = base32::decode(text).ok_or(TicketError::Misspelled)?;
        let (content, sum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(TicketError::Misspelled)?;
        if *sum != checksum(content) {
            return Err(TicketError::Misspelled);
        }
        match content.split_first() {
            Some((&VERSION, body)) => postcard::take_from_bytes::<Self>(body)
                .ok()
                .filter(|(ticket, rest)| rest.is_empty() && ticket.is_sound())
                .map(|(ticket, _)| ticket)
                .ok_or(TicketError::Malformed),
            Some((version, _)) => Err(TicketError::Version(*version)),
            None => Err(TicketError::Malformed),
        }
    }
}

/// What the new site sends to the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemRequest {
    /// Which ticket.
    pub ticket: TicketId,
    /// The new site's keys.
    pub certificate: NodeCertificate,
    /// The name it wishes to be known by.
    pub site_name: String,
    /// Where it is reached.
    pub addresses: Vec<String>,
    /// Proof of the secret over both sites' keys and all of the above.
    pub proof: [u8; 32],
}

impl RedeemRequest {
    /// A request of the site that `certificate` names.
    pub fn new(
        ticket: &Ticket,
        certificate: NodeCertificate,
        site_name: String,
        addresses: Vec<String>,
    ) -> Self {
        let mut request = Self {
            ticket: ticket.id(),
            certificate,
            site_name,
            addresses,
            proof: [0; 32],
        };
        request.proof = *request.expected_proof(ticket).as_bytes();
        request
    }

    /// The bytes sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain lists and strings: postcard into a vector fails for none of them.
        postcard::to_stdvec(self).expect("a request always encodes")
    }

    /// Reads exactly one request.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        match postcard::take_from_bytes(bytes) {
            Ok((request, [])) => Ok(request),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Whether the issuer may redeem `ticket` for the site connected as `peer`. The ticket must be
    /// the stored one named by [`Self::ticket`], and not burnt; burning it belongs to the
    /// transaction that admits the site.
    pub fn check(&self, ticket: &Ticket, peer: &NodeId, now_ms: u64) -> Result<(), Refusal> {
        if self.ticket != ticket.id() {
            return Err(Refusal::Unknown);
        }
        ticket.check_life(now_ms)?;
        if self.certificate.node != *peer {
            return Err(Refusal::WrongSite);
        }
        // Compared as hashes, which blake3 does in constant time.
        if self.expected_proof(ticket) != blake3::Hash::from(self.proof) {
            return Err(Refusal::BadProof);
        }
        if !self.certificate.is_valid() {
            return Err(Refusal::BadCertificate);
        }
        if text::name(&self.site_name).as_deref() != Ok(self.site_name.as_str()) {
            return Err(Refusal::BadName);
        }
        if !addresses_are_sound(&self.addresses) {
            return Err(Refusal::BadAddresses);
        }
        Ok(())
    }

    fn expected_proof(&self, ticket: &Ticket) -> blake3::Hash {
        let key: [u8; 32] = derive("bocage 1 ticket proof", &[&ticket.secret]);
        let said = (&self.certificate, &self.site_name, &self.addresses);
        let said = postcard::to_stdvec(&said).expect("lists and strings always encode");
        blake3::Hasher::new_keyed(&key)
            .update(&ticket.issuer.0)
            .update(&self.certificate.node.0)
            .update(&said)
            .finalize()
    }
}

/// What the issuer answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedeemAnswer {
    /// Admitted; the bytes are what the new site starts from, opaque here.
    Admitted(Vec<u8>),
    /// Not admitted, and why.
    Refused(Refusal),
}

impl RedeemAnswer {
    /// The bytes sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("an answer always encodes")
    }

    /// Reads exactly one answer.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        match postcard::take_from_bytes(bytes) {
            Ok((answer, [])) => Ok(answer),
            _ => Err(Refusal::Malformed),
        }
    }
}
