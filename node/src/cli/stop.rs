//! How the program is asked to end: Ctrl-C and SIGTERM once means drain and close, twice means now.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::operations::Stop;
use crate::failure::{Failure, Kind};

/// What a shell reports for a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Listens from now on. The value turns true at the first signal.
pub(super) fn signals() -> Result<Stop, Failure> {
    let failed = |error| {
        Failure::new(
            Kind::Internal,
            format!("cannot listen for signals: {error}"),
        )
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: finishing what is under way; once more to stop at once");
        // Fails only when nobody waits any more.
        let _ = sender.send(true);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(INTERRUPTED);
    });
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[tokio::test]
    async fn sigterm_asks_once() {
        let mut stop = super::signals().expect("signals");
        assert!(!*stop.borrow());
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &std::process::id().to_string()])
            .status()
            .expect("kill is part of every system");
        assert!(sent.success());
        let asked = stop.wait_for(|stopped| *stopped);
        let asked = tokio::time::timeout(Duration::from_secs(30), asked).await;
        assert!(asked.is_ok_and(|asked| asked.is_ok()));
    }
}
