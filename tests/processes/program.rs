//! The program as a process: run to its end, or watched while it runs. Knows no site and no API.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// For a command with key derivation and a line to another site, on a machine busy with builds.
pub(crate) const COMMAND_TIME_MAX: Duration = Duration::from_secs(40);
/// Between two looks at something that is awaited: short beside any step of a process.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Looks until there is something to see; fails, saying what was awaited, when time is up.
pub(crate) fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        let waited = begun.elapsed();
        assert!(waited < within, "waited {} s for {what}", within.as_secs());
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Where the program is: `BOCAGE_BIN`, else beside this test's own folder in the target directory.
pub(crate) fn binary() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let named = std::env::var_os("BOCAGE_BIN").map(PathBuf::from);
        let path = named.unwrap_or_else(|| {
            let test = std::env::current_exe().expect("a process knows its own program");
            let built = test.parent().and_then(Path::parent);
            built.expect("a test lies in target/*/deps").join("bocage")
        });
        assert!(
            path.is_file(),
            "{} is not there: build it with `cargo build -p bocage-node`, or name it in BOCAGE_BIN",
            path.display()
        );
        path
    })
}

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; a signal's number below zero.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it logged.
    pub err: String,
}

impl Ended {
    /// What it printed, if it succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.out
    }

    /// It must have failed with this code and these words in its message.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        for words in words {
            assert!(self.err.contains(words), "no «{words}» in {self:#?}");
        }
    }
}

/// A process; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    out: File,
    err: File,
}

fn read(file: &File) -> String {
    let length = file.metadata().map_or(0, |found| found.len());
    let mut bytes = vec![0; length as usize];
    // The child writes through its own copy of the file; reading at a place moves nothing.
    let read = file.read_at(&mut bytes, 0).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

impl Process {
    /// Starts the program on a data directory.
    pub(crate) fn start(data: &Path, words: &[&str], settings: &[(&str, OsString)]) -> Self {
        let out = tempfile::tempfile().expect("a temporary file");
        let err = tempfile::tempfile().expect("a temporary file");
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BOCAGE_") {
                command.env_remove(name);
            }
        }
        command.arg("--data-dir").arg(data).args(words);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped());
        command.stdout(out.try_clone().expect("a second handle"));
        command.stderr(err.try_clone().expect("a second handle"));
        let child = command.spawn().expect("the program starts");
        Self { child, out, err }
    }

    /// Gives it a text to read; without one it meets the end of its input.
    pub(crate) fn type_in(&mut self, text: &str) {
        if let Some(mut stdin) = self.child.stdin.take() {
            // A command that reads nothing may have ended already.
            let _ = stdin.write_all(text.as_bytes());
        }
    }

    /// What it has printed so far.
    pub(crate) fn out(&self) -> String {
        read(&self.out)
    }

    /// What it has logged so far.
    pub(crate) fn err(&self) -> String {
        read(&self.err)
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self, within: Duration) -> Ended {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("a child can be waited for") {
                Some(status) => break status,
                None if begun.elapsed() > within => panic!(
                    "still running after {} s: {} {}",
                    within.as_secs(),
                    self.out(),
                    self.err()
                ),
                None => std::thread::sleep(LOOK_EVERY),
            }
        };
        let signal = status.signal().map(|signal| -signal);
        Ended {
            code: status.code().or(signal).unwrap_or(i32::MIN),
            out: self.out(),
            err: self.err(),
        }
    }

    /// SIGKILL, and gone when it returns.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself: the test sees that elsewhere.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// SIGSTOP: it keeps its sockets and does nothing.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Its number at the kernel.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.expect("kill is there").success(), "SIG{name} to {pid}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command to its end.
pub(crate) fn run(data: &Path, words: &[&str], input: &str) -> Ended {
    run_with(data, words, input, &[])
}

/// Runs a command to its end, with variables of the environment.
pub(crate) fn run_with(
    data: &Path,
    words: &[&str],
    input: &str,
    settings: &[(&str, OsString)],
) -> Ended {
    let mut process = Process::start(data, words, settings);
    process.type_in(input);
    process.ended(COMMAND_TIME_MAX)
}
