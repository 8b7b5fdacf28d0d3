//! The realm's own certificate authority, for organisations that have none: it is made by `init`,
//! trusted once per device (page `/confiance`), and signs the certificates of the sites' web pages.
//!
//! It may only speak for private names and addresses and for the domains named when it was made:
//! whoever steals its key cannot pretend to be somebody's bank. Links between sites do not use it.

use std::fmt;
use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};

use super::tls::Identity;

/// Life of the authority: trusting it again on every device is a day's work for a technician.
pub const AUTHORITY_YEARS: i16 = 15;
/// Life of a site's certificate: Apple refuses more than 825 days under any authority.
pub const CERTIFICATE_DAYS: i64 = 800;
/// A clock that is late by less than this still accepts a new certificate.
const CLOCK_DAYS: i64 = 2;

/// Names that no public authority signs for.
const PRIVATE_NAMES: [&str; 6] = ["localhost", "local", "lan", "internal", "home.arpa", "test"];
/// Addresses that are not routed on the internet: RFC 1918, 3927, 4193, 4291, 6598, loopback.
const PRIVATE_ADDRESSES: [(&str, u8); 9] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("169.254.0.0", 16),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("fe80::", 10),
    ("::1", 128),
];

/// A certificate authority.
#[derive(Clone)]
pub struct Authority {
    /// Its certificate: public, offered at `/confiance`.
    pub certificate_pem: String,
    /// Its key: stays on the machine that made it.
    pub key_pem: String,
    /// Domains beyond the private ones that it may sign for.
    pub domains: Vec<String>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the key.
        write!(out, "Authority for {:?}", self.domains)
    }
}

/// Why no certificate was made.
#[derive(Debug)]
pub enum AuthorityError {
    /// The authority may not sign for this name.
    NotOurs(String),
    /// Not a host name or address.
    Name(String),
    /// No name was given.
    NoName,
    /// The authority's own files cannot be read, or signing failed.
    Failed(rcgen::Error),
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs(name) => write!(
                out,
                "the realm's authority may not sign for {name}: it is neither private nor under a \
                 domain named at its founding; give the site a certificate of its own"
            ),
            Self::Name(name) => write!(out, "{name:?} is neither a host name nor an address"),
            Self::NoName => out.write_str("name at least one host name or address of the site"),
            Self::Failed(error) => write!(out, "the realm's authority cannot sign: {error}"),
        }
    }
}

impl std::error::Error for AuthorityError {}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Failed(error)
    }
}

fn date(ms: i64, days: i64) -> (i16, u8, u8) {
    // Outside jiff's years the clock is broken anyway: then the dates are, too.
    let day = jiff::Timestamp::from_millisecond(ms + days * 86_400_000).unwrap_or_default();
    let day = day.to_zoned(jiff::tz::TimeZone::UTC).date();
    (day.year(), day.month() as u8, day.day() as u8)
}

fn lives(params: &mut CertificateParams, now_ms: u64, days: i64) {
    let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX / 2);
    let (year, month, day) = date(now_ms, -CLOCK_DAYS);
    params.not_before = rcgen::date_time_ymd(year.into(), month, day);
    let (year, month, day) = date(now_ms, days);
    params.not_after = rcgen::date_time_ymd(year.into(), month, day);
}

fn constraints(domains: &[String]) -> NameConstraints {
    let names = PRIVATE_NAMES.into_iter().map(str::to_owned);
    let names = names
        .chain(domains.iter().cloned())
        .map(GeneralSubtree::DnsName);
    let addresses = PRIVATE_ADDRESSES.iter().map(|(address, prefix)| {
        let address: IpAddr = address.parse().expect("the table holds addresses");
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, *prefix))
    });
    NameConstraints {
        permitted_subtrees: names.chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    }
}

fn within(address: IpAddr, subnet: IpAddr, prefix: u8) -> bool {
    match (address, subnet) {
        (IpAddr::V4(address), IpAddr::V4(subnet)) => {
            (address.to_bits() ^ subnet.to_bits()).leading_zeros() >= u32::from(prefix)
        }
        (IpAddr::V6(address), IpAddr::V6(subnet)) => {
            (address.to_bits() ^ subnet.to_bits()).leading_zeros() >= u32::from(prefix)
        }
        _ => false,
    }
}

impl Authority {
    /// A new authority of a realm, also for names under `domains`.
    pub fn make(realm: &str, domains: &[String], now_ms: u64) -> Result<Self, AuthorityError> {
        let domains: Vec<String> = domains
            .iter()
            .map(|domain| domain.trim().trim_matches('.').to_ascii_lowercase())
            .filter(|domain| !domain.is_empty())
            .collect();
        let mut params = CertificateParams::default();
        lives(&mut params, now_ms, i64::from(AUTHORITY_YEARS) * 365);
        params.distinguished_name = rcgen::DistinguishedName::new();
        // 64 characters are the bound of a common name (RFC 5280, ub-common-name).
        let name: String = format!("Bocage {realm}").chars().take(64).collect();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(constraints(&domains));
        let key = KeyPair::generate()?;
        Ok(Self {
            certificate_pem: params.self_signed(&key)?.pem(),
            key_pem: key.serialize_pem(),
            domains,
        })
    }

    /// Whether it may speak for this host name or address.
    pub fn may_sign_for(&self, name: &str) -> bool {
        if let Ok(address) = name.parse::<IpAddr>() {
            return PRIVATE_ADDRESSES.iter().any(|(subnet, prefix)| {
                let subnet = subnet.parse().expect("the table holds addresses");
                within(address, subnet, *prefix)
            });
        }
        let name = name.to_ascii_lowercase();
        let names = PRIVATE_NAMES
            .into_iter()
            .chain(self.domains.iter().map(String::as_str));
        names.into_iter().any(|parent| {
            let below = name.strip_suffix(parent);
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    }

    /// A certificate for a site that is reached by `names` (host names and addresses).
    pub fn issue(&self, names: &[String], now_ms: u64) -> Result<Identity, AuthorityError> {
        let Some(first) = names.first() else {
            return Err(AuthorityError::NoName);
        };
        if let Some(other) = names.iter().find(|name| !self.may_sign_for(name)) {
            return Err(AuthorityError::NotOurs(other.clone()));
        }
        let mut params =
            CertificateParams::new(names).map_err(|_| AuthorityError::Name(names.join(", ")))?;
        lives(&mut params, now_ms, CERTIFICATE_DAYS);
        params.distinguished_name = rcgen::DistinguishedName::new();
        let name: String = first.chars().take(64).collect();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let authority_key = KeyPair::from_pem(&self.key_pem)?;
        let issuer = Issuer::from_ca_cert_pem(&self.certificate_pem, authority_key)?;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Identity {
            certificate_pem: format!("{}{}", certificate.pem(), self.certificate_pem),
            key_pem: key.serialize_pem(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_for_private_names_and_its_domains_only() {
        let authority = Authority::make("Loire", &["loire.example".into()], 1_790_000_000_000);
        let authority = authority.expect("made");
        for (name, may) in [
            ("localhost", true),
            ("nantes.local", true),
            ("Nantes.Loire.example", true),
            ("loire.example", true),
            ("autreloire.example", false),
            ("example", false),
            ("192.168.1.20", true),
            ("172.32.0.1", false),
            ("8.8.8.8", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            let made = authority.issue(&[name.to_owned()], 1_790_000_000_000);
            assert_eq!(made.is_ok(), may, "{name}: {:?}", made.err());
        }
    }
}
