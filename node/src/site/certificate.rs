//! The site's own web certificate: made at founding or joining, made anew before it ends or when the
//! site is reached by a name it does not hold. A certificate that the configuration names is not
//! touched.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::web::authority::{Authority, AuthorityError};
use crate::web::tls::{Identity, Shown};

const FOLDER: &str = "tls";
const AUTHORITY: [&str; 2] = ["authority.pem", "authority.key"];
const SITE: [&str; 2] = ["site.pem", "site.key"];

/// A certificate is made anew this long before it ends: a site that is started once a month, or
/// looked at twice a year, still never shows one that has ended.
const RENEW_WITHIN_MS: u64 = 60 * 86_400_000;
/// How often a running site looks.
const LOOK_EVERY: Duration = Duration::from_secs(12 * 3_600);

fn failed(error: &AuthorityError) -> Failure {
    Failure::new(Kind::Internal, format!("no certificate was made: {error}"))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))
}

fn write(folder: &Path, files: [&str; 2], texts: [&str; 2]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    for (file, text) in files.into_iter().zip(texts) {
        crate::identity::write_whole(&folder.join(file), text.as_bytes())?;
    }
    Ok(())
}

/// What browsers of the office may type, as far as the authority may sign for it: a public name
/// needs a certificate of a public authority.
fn names(config: &Config, authority: &Authority) -> Vec<String> {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty() && !host.contains('.'));
    let listen = config.web.listen.ip();
    let typed = config.web.public_address.iter().filter_map(|address| {
        let address: axum::http::Uri = address.parse().ok()?;
        Some(address.host()?.trim_matches(['[', ']']).to_owned())
    });
    let mut names = vec!["localhost".to_owned()];
    names.extend(host.map(|host| format!("{host}.local")));
    names.extend((!listen.is_unspecified()).then(|| listen.to_string()));
    names.extend(typed);
    names.retain(|name| authority.may_sign_for(name));
    names.sort();
    names.dedup();
    names
}

/// Makes an authority, and the site's first certificate under it.
pub(super) fn make(directory: &Path, realm: &str, config: &Config) -> Result<(), Failure> {
    let now_ms = crate::web::now_ms();
    let authority = Authority::make(realm, &[], now_ms).map_err(|error| failed(&error))?;
    let texts = [&*authority.certificate_pem, &*authority.key_pem];
    write(&directory.join(FOLDER), AUTHORITY, texts)?;
    issue(directory, config, &authority, now_ms).map(drop)
}

fn issue(
    directory: &Path,
    config: &Config,
    authority: &Authority,
    now_ms: u64,
) -> Result<Identity, Failure> {
    let issued = authority.issue(&names(config, authority), now_ms);
    let issued = issued.map_err(|error| failed(&error))?;
    let texts = [&*issued.certificate_pem, &*issued.key_pem];
    write(&directory.join(FOLDER), SITE, texts)?;
    Ok(issued)
}

/// Why a certificate is made anew.
#[derive(Debug, PartialEq, Eq)]
enum Reason {
    /// Certificate and key do not fit together: a start that was cut off between the two files.
    Unusable,
    EndsSoon,
    /// The site is reached by a name that the certificate does not hold.
    LacksName(String),
}

/// Looks at a certificate; `None` when it may stay.
fn reason(identity: &Identity, wanted: &[String], now_ms: u64) -> Option<Reason> {
    if Shown::new(identity).is_err() {
        return Some(Reason::Unusable);
    }
    let der = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes()).ok();
    let parsed = der
        .as_ref()
        .and_then(|der| X509Certificate::from_der(der).ok());
    let Some((_, certificate)) = parsed else {
        return Some(Reason::Unusable);
    };
    let end_ms = certificate.validity().not_after.timestamp().max(0) as u64 * 1_000;
    if now_ms.saturating_add(RENEW_WITHIN_MS) > end_ms {
        return Some(Reason::EndsSoon);
    }
    let held = certificate.subject_alternative_name().ok().flatten();
    let held: Vec<String> = held
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(held_name)
        .collect();
    let lacking = wanted.iter().find(|name| !held.contains(name));
    lacking.map(|name| Reason::LacksName(name.clone()))
}

fn held_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(IpAddr::from),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(IpAddr::from),
        }
        .map(|address| address.to_string()),
        _ => None,
    }
}

/// The certificate to show, made anew where it must be. Without the authority's key the old one
/// stays, and the log says what will happen when it ends.
fn current(directory: &Path, config: &Config, now_ms: u64) -> Result<(Identity, bool), Failure> {
    let folder = directory.join(FOLDER);
    let identity = Identity {
        certificate_pem: read(&folder.join(SITE[0]))?,
        key_pem: read(&folder.join(SITE[1]))?,
    };
    let keys = AUTHORITY.map(|file| std::fs::read_to_string(folder.join(file)));
    let [Ok(certificate_pem), Ok(key_pem)] = keys else {
        if reason(&identity, &[], now_ms).is_some() {
            tracing::error!(
                "the site's certificate ends soon or cannot be used, and {} is not there to make \
                 another: put it back from a backup, or name a certificate in web.tls",
                folder.join(AUTHORITY[1]).display()
            );
        }
        return Ok((identity, false));
    };
    let authority = Authority {
        certificate_pem,
        key_pem,
        domains: Vec::new(),
    };
    let Some(reason) = reason(&identity, &names(config, &authority), now_ms) else {
        return Ok((identity, false));
    };
    let fresh = issue(directory, config, &authority, now_ms)?;
    tracing::info!("made a new web certificate: {reason:?}; devices need not trust anything anew");
    Ok((fresh, true))
}

/// Certificate and key to begin with: configured ones, else the site's own; none is needed on this
/// machine's own addresses.
pub(super) fn at_start(directory: &Path, config: &Config) -> Result<Option<Identity>, Failure> {
    if let Some(given) = &config.web.tls {
        return Ok(Some(Identity {
            certificate_pem: read(&given.certificate)?,
            key_pem: read(&given.key)?,
        }));
    }
    if config.web.listen.ip().is_loopback() {
        return Ok(None);
    }
    current(directory, config, crate::web::now_ms()).map(|(identity, _)| Some(identity))
}

/// Looks now and then, as long as the site runs.
pub(super) async fn keep(directory: &Path, config: &Config, shown: Option<Arc<Shown>>) {
    let Some(shown) = shown.filter(|_| config.web.tls.is_none()) else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let renewed = match current(directory, config, crate::web::now_ms()) {
            Ok((_, false)) => continue,
            Ok((identity, true)) => shown.replace(&identity).map_err(|error| error.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        if let Err(error) = renewed {
            tracing::error!("the web certificate was not renewed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 86_400_000;

    fn config(listen: &str) -> Config {
        let mut config = Config::default();
        config.web.listen = listen.parse().expect("an address");
        config
    }

    fn made(listen: &str) -> (tempfile::TempDir, Config) {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(listen);
        make(directory.path(), "Loire", &config).expect("made");
        (directory, config)
    }

    #[test]
    fn a_certificate_stays_until_its_end_is_near_and_is_then_made_anew() {
        let (directory, config) = made("192.168.1.20:443");
        let now_ms = crate::web::now_ms();
        let days = crate::web::authority::CERTIFICATE_DAYS as u64;
        for (later, anew) in [(0, false), (days - 70, false), (days - 50, true)] {
            let at_ms = now_ms + later * DAY_MS;
            let (_, renewed) = current(directory.path(), &config, at_ms).expect("readable");
            assert_eq!(renewed, anew, "after {later} days");
        }
        let late_ms = now_ms + (days - 50) * DAY_MS;
        let (_, again) = current(directory.path(), &config, late_ms).expect("readable");
        assert!(!again, "the new one is good for as long as the first was");
    }

    #[test]
    fn a_new_address_or_name_of_the_site_gets_a_certificate_that_holds_it() {
        let (directory, mut config) = made("192.168.1.20:443");
        let now_ms = crate::web::now_ms();
        config.web.listen = "10.0.0.7:443".parse().expect("an address");
        config.web.public_address = Some("https://kermesse.lan:8443".to_owned());
        let (identity, renewed) = current(directory.path(), &config, now_ms).expect("readable");
        assert!(renewed);
        let wanted = ["10.0.0.7".to_owned(), "kermesse.lan".to_owned()];
        assert_eq!(reason(&identity, &wanted, now_ms), None);
        // A public name is left to a public authority, and does not make one after the other.
        config.web.public_address = Some("https://bocage.example.org".to_owned());
        let (_, renewed) = current(directory.path(), &config, now_ms).expect("readable");
        assert!(!renewed);
    }

    #[test]
    fn a_start_cut_off_between_both_files_heals() {
        let (directory, config) = made("192.168.1.20:443");
        let (other, _) = made("192.168.1.20:443");
        let key = other.path().join(FOLDER).join(SITE[1]);
        std::fs::copy(key, directory.path().join(FOLDER).join(SITE[1])).expect("copied");
        let now_ms = crate::web::now_ms();
        let (identity, renewed) = current(directory.path(), &config, now_ms).expect("readable");
        assert!(renewed && Shown::new(&identity).is_ok());
    }

    #[test]
    fn without_the_authoritys_key_the_old_one_stays() {
        let (directory, config) = made("192.168.1.20:443");
        let key = directory.path().join(FOLDER).join(AUTHORITY[1]);
        std::fs::remove_file(key).expect("removed");
        let late_ms = crate::web::now_ms() + 799 * DAY_MS;
        let (identity, renewed) = current(directory.path(), &config, late_ms).expect("readable");
        assert!(!renewed && Shown::new(&identity).is_ok());
    }
}
