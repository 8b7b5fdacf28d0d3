//! Passwords: argon2id verifiers, made and checked away from the event loop, few at a time.
//!
//! Nothing here knows accounts or requests.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rand::RngExt as _;
use tokio::sync::Semaphore;

use crate::api::texts::Text;
use crate::api::{ApiError, ErrorCode};

/// Verifications at a time: each takes 19 MiB, and a site may have 512 MiB in all.
pub const AT_A_TIME: usize = 2;
/// Verifications that may wait: five seconds of work on a slow machine; more hear «busy».
pub const WAITING_MAX: usize = 64;
/// Longest password: a long sentence; hashing reads all of it.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Shortest password that the command line may set, in characters (ANSSI, R21: at least 9 where
/// tries are limited; a made password has 20).
pub const PASSWORD_CHARACTERS_MIN: usize = 9;

/// Verifier of no password that anybody knows; unknown names cost as much time as known ones.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The room in which passwords are hashed.
#[derive(Debug, Clone)]
pub struct Passwords {
    at_work: Arc<Semaphore>,
    inside: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            at_work: Arc::new(Semaphore::new(AT_A_TIME)),
            inside: Arc::new(Semaphore::new(AT_A_TIME + WAITING_MAX)),
        }
    }
}

impl Passwords {
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let inside = self.inside.clone().try_acquire_owned();
        let inside = inside.map_err(|_| ApiError::busy().with_retry_after(5))?;
        let at_work = self.at_work.clone().acquire_owned().await;
        let at_work = at_work.map_err(|_| ApiError::busy())?;
        // The permits go with the work: a client that hangs up does not make room for another.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (inside, at_work);
            job()
        });
        done.await.map_err(|_| ApiError::busy())
    }

    /// Whether `password` belongs to `verifier`; takes as long when there is no verifier.
    pub async fn verify(
        &self,
        password: String,
        verifier: Option<String>,
    ) -> Result<bool, ApiError> {
        self.work(move || {
            let right = check(&password, verifier.as_deref().unwrap_or(DUMMY));
            right && verifier.is_some()
        })
        .await
    }

    /// A new verifier.
    pub async fn make(&self, password: String) -> Result<String, ApiError> {
        acceptable(&password)?;
        self.work(move || verifier(&password)).await
    }
}

/// Whether a password may be set.
pub fn acceptable(password: &str) -> Result<(), ApiError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(ApiError::too_long("password", PASSWORD_BYTES_MAX));
    }
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        let error = ApiError::new(ErrorCode::UnknownFieldValue).with_text(Text::PasswordTooShort);
        let error = error.with_field("password");
        return Err(error.with_limit(PASSWORD_CHARACTERS_MIN as u64));
    }
    Ok(())
}

/// A new verifier, computed on this thread: 20 to 60 ms. For the command line.
pub fn verifier(password: &str) -> String {
    let salt: [u8; 16] = rand::rng().random();
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("default parameters, 16 bytes of salt and a bounded password always hash")
        .to_string()
}

fn check(password: &str, verifier: &str) -> bool {
    Argon2::default()
        .verify_password(password.as_bytes(), verifier)
        .is_ok()
}

/// A password to be told over the telephone: four groups without look-alikes, 98 bits.
pub fn invent() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    let group = |_| {
        let letter = |_| char::from(LETTERS[random.random_range(0..LETTERS.len())]);
        (0..5).map(letter).collect::<String>()
    };
    (0..4).map(group).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_passes() {
        let verifier = verifier("le marais breton");
        assert!(check("le marais breton", &verifier));
        assert!(!check("le marais poitevin", &verifier));
        assert!(!check("le marais breton", "not a verifier"));
    }

    #[test]
    fn the_dummy_costs_what_a_verifier_costs() {
        let parameters = |verifier: &str| verifier.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parameters(DUMMY), parameters(&verifier("any password")));
        // It must be well formed, or checking it would return at once.
        assert!(argon2::password_hash::phc::PasswordHash::new(DUMMY).is_ok());
    }

    #[test]
    fn invented_passwords_may_be_set_and_differ() {
        let (one, other) = (invent(), invent());
        assert_eq!(acceptable(&one), Ok(()));
        assert_ne!(one, other);
        assert!(acceptable("huit car").is_err());
    }
}
