//! The machine that keeps sites in step: one entrance, [`Machine::handle`], effects out.
//!
//! It holds no socket, no disk and no clock; time is an argument. Reading order: [`event`] is the
//! contract with the shell.

pub mod event;

pub use event::{Effect, Event, LiveChanges, LogReader, MachineConfig, Place, StoredEntry, Ticket};

/// One site's exchange with all its peers.
pub struct Machine {
    config: MachineConfig,
}

impl Machine {
    /// A machine that knows the stored certificates and no space yet: report each with
    /// [`Event::SpaceChanged`], then the peers.
    pub fn new(config: MachineConfig, logs: &dyn LogReader) -> Self {
        let _ = logs.certificates();
        Self { config }
    }

    /// Digests one event. `now_ms` is monotonic. Effects are appended to `out` in order.
    pub fn handle(
        &mut self,
        now_ms: u64,
        event: Event,
        logs: &dyn LogReader,
        out: &mut Vec<Effect>,
    ) {
        let _ = (now_ms, event, logs, out, &self.config);
    }

    /// When the machine wants a [`Event::Tick`] at the latest; `None` while nothing is pending.
    pub fn next_wake_ms(&self) -> Option<u64> {
        None
    }
}
