//! The program `bocage`. What it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: with two providers in the program rustls would not choose by itself.
    // An error means that one is installed already, which nothing before this line can have done.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut words = std::env::args().skip(1);
    // Before any thread, setting or log: the child that tries changes has none of these.
    if words.next().as_deref() == Some(bocage_node::trial::COMMAND) {
        return bocage_node::trial::child::main(words);
    }
    bocage_node::cli::main()
}
