//! The project's own commands, started with `cargo xtask <command>`.
//!
//! What lives here: reading the command line and handing over to one module per command. What must
//! not: anything the product needs to run (no crate of the product depends on this one), and heavy
//! dependencies (this package is built before the first word is said on a fresh machine).

mod bench;
mod chromium;
mod project;
mod requirements;
mod run;
mod shell;
mod stamp;
mod test;
mod tidy;
mod web;

use anyhow::{Result, bail};
use project::Project;

const HELP: &str = "\
Bocage: the project's commands

  cargo xtask run [-- ARGS]             build everything and start the demo: three sites
                                        --release: slower to build, quicker to run
                                        --debug: the build that the tests use
                                        ARGS are handed to `bocage demo`
  cargo xtask test                      everything that must hold before a change enters
      --list                            name the steps
      --only STEP                       run one step (can be given several times)
  cargo xtask tidy                      the checks on files and manifests alone (seconds)
  cargo xtask types                     write docs/openapi.json and the TypeScript types again
  cargo xtask bench [NAME] [--peers]    measure, print the table, write target/bench.json
                                        --peers: install the programs we compare with, too
";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = dispatch(&arguments) {
        eprintln!("\nerror: {error:#}");
        std::process::exit(1);
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    if matches!(command.as_str(), "help" | "--help" | "-h") {
        print!("{HELP}");
        return Ok(());
    }
    let project = Project::find()?;
    match command.as_str() {
        "run" => run::run(&project, rest),
        "test" => test::test(&project, rest),
        "tidy" => tidy::tidy(&project),
        "types" => bench::types(&project),
        "bench" => bench::bench(&project, rest),
        other => bail!("there is no command «{other}». The commands are:\n\n{HELP}"),
    }
}
