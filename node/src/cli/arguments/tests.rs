//! What people type, as cases.

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

#[test]
fn the_command_line_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn what_people_type_is_read_or_refused() {
    let cases: [(&[&str], Result<(), ErrorKind>); 23] = [
        (
            &["person", "rehome", "--all-of", "Blain", "--to", "Nantes"],
            Ok(()),
        ),
        (
            &["person", "rehome", "--to", "Nantes"],
            Err(ErrorKind::MissingRequiredArgument),
        ),
        (&["territory", "add", "Loire"], Ok(())),
        (&["site", "territory", "Ancenis", "Loire"], Ok(())),
        (
            &["person", "grant", "awa", "--by", "x", "--recovery-key"],
            Err(ErrorKind::ArgumentConflict),
        ),
        (
            &["person", "withdraw", "awa", "--territory", "Loire"],
            Err(ErrorKind::UnknownArgument),
        ),
        (&["run"], Ok(())),
        (&["run", "--data-dir", "/d", "--log", "debug"], Ok(())),
        (
            &[
                "invite",
                "--hours",
                "24",
                "--address",
                "a:1",
                "--address",
                "b:2",
            ],
            Ok(()),
        ),
        (
            &["invite", "--hours", "25"],
            Err(ErrorKind::ValueValidation),
        ),
        (
            &["join", "nonsense", "--site", "x"],
            Err(ErrorKind::ValueValidation),
        ),
        (
            &["init", "--realm", "x"],
            Err(ErrorKind::MissingRequiredArgument),
        ),
        (&["person", "reset", "marie"], Ok(())),
        (&["admitting", "add"], Ok(())),
        (
            &["admitting", "remove"],
            Err(ErrorKind::MissingRequiredArgument),
        ),
        (
            &[
                "guest", "init", "--site", "x", "--name", "y", "--login", "z",
            ],
            Ok(()),
        ),
        (
            &["guest", "accept", "nonsense"],
            Err(ErrorKind::ValueValidation),
        ),
        (&["invite", "--guest"], Err(ErrorKind::UnknownArgument)),
        (&["completions", "fish"], Ok(())),
        (&["export", "Routes", "--to", "r.zip"], Ok(())),
        (
            &["export", "Routes"],
            Err(ErrorKind::MissingRequiredArgument),
        ),
        (
            &["verify", "r.zip", "--site", "Nantes"],
            Err(ErrorKind::ValueValidation),
        ),
        (&["dance"], Err(ErrorKind::InvalidSubcommand)),
    ];
    for (typed, expected) in cases {
        let words = std::iter::once(&"bocage").chain(typed);
        let read = Arguments::try_parse_from(words);
        assert_eq!(
            read.map(|_| ()).map_err(|error| error.kind()),
            expected,
            "{typed:?}"
        );
    }
}
