//! Clients of the public API that cost little themselves, and the processes they speak to.
//!
//! Measurements run with clients and sites on the same cores, so a client must be cheap. Errors are
//! plain texts: whoever runs them reads them, and nobody handles them.

pub mod http;
pub mod live;
pub mod person;
pub mod process;
pub mod relay;
pub mod world;

pub use live::Live;
pub use person::Person;
pub use process::Process;
pub use relay::Relay;
pub use world::{Place, World};

/// What goes wrong is told, not handled.
pub type Outcome<T> = Result<T, String>;

/// Adds what was being done to an error.
pub trait Doing<T> {
    /// «doing: error».
    fn doing(self, what: &str) -> Outcome<T>;
}

impl<T, E: std::fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, what: &str) -> Outcome<T> {
        self.map_err(|error| format!("{what}: {error}"))
    }
}

/// Looks again every two milliseconds until something is so; bounded.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    within: std::time::Duration,
    mut look: impl FnMut() -> F,
) -> Outcome<T> {
    let end = tokio::time::Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        if tokio::time::Instant::now() > end {
            return Err(format!("waited {} s for {what}", within.as_secs()));
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
