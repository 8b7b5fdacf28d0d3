//! The program `bocage`. What it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: with two providers in the program rustls would not choose by itself.
    // An error means that one is installed already, which nothing before this line can have done.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    bocage_node::cli::main()
}
