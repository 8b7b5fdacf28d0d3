//! Sound, unknown and wrong keys, and where they came from.

use super::*;

fn read_text(text: &str) -> Result<(Config, Vec<UnknownKey>), Failure> {
    read(Figment::from(Toml::string(text)))
}

#[test]
fn nothing_is_needed_and_everything_is_read() {
    assert_eq!(read_text(""), Ok((Config::default(), Vec::new())));
    let (config, unknown) = read_text(
        r#"
        [site]
        name = "Ancenis"
        [web]
        listen = "0.0.0.0:443"
        public_address = "https://bocage.ancenis.example"
        tls = { certificate = "/etc/chain.pem", key = "/etc/key.pem" }
        [peers]
        listen = ["0.0.0.0:4470", "[::]:4470"]
        addresses = ["ancenis.example:4470"]
        lan_discovery = true
        [storage]
        key = "credential:bocage"
        [technician]
        contact = "poste 4455"
        [log]
        level = "warn,bocage_node::net=debug"
        format = "json"
        colour = false
        "#,
    )
    .expect("a sound configuration");
    assert_eq!(unknown, []);
    assert_eq!(config.site.name.as_deref(), Some("Ancenis"));
    assert_eq!(
        config.web.tls.map(|tls| tls.key),
        Some("/etc/key.pem".into())
    );
    assert_eq!(config.peers.listen.len(), 2);
    assert_eq!(
        config.storage.key,
        Some(KeySource::Credential("bocage".into()))
    );
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn unknown_keys_are_named_with_what_they_resemble() {
    let (_, unknown) = read_text("colour = 1\n[web]\nlsten = \"x\"\n[peers.extra]\nzzzzzzzz = 1\n")
        .expect("unknown keys are no error");
    let found: Vec<_> = unknown
        .iter()
        .map(|one| (one.key.as_str(), one.resembles))
        .collect();
    let expected = [
        ("colour", None),
        ("peers.extra", None),
        ("web.lsten", Some("web.listen")),
    ];
    assert_eq!(found, expected);
    assert!(unknown[2].to_string().ends_with("did you mean web.listen?"));
}

#[test]
fn a_wrong_value_names_key_expectation_and_place() {
    let cases = [
        ("[web]\nlisten = 80", "web.listen", "127.0.0.1:4480"),
        (
            "[web]\nlisten = \"localhost\"",
            "web.listen",
            "127.0.0.1:4480",
        ),
        (
            "[peers]\nlisten = [\"0.0.0.0\"]",
            "peers.listen",
            "[\"0.0.0.0:4470\"]",
        ),
        (
            "[peers]\nlan_discovery = \"no\"",
            "peers.lan_discovery",
            "true or false",
        ),
        ("[log]\nformat = \"xml\"", "log.format", "\"json\""),
        ("[log]\nlevel = \"a=b=c\"", "log.level", "error, warn"),
        ("web = 3", "web", ""),
    ];
    for (text, key, expected) in cases {
        let failure = read_text(text).expect_err(text);
        assert_eq!(failure.kind, Kind::Configuration);
        assert!(
            failure.message.contains(&format!("for {key} in")),
            "{failure}"
        );
        assert!(failure.message.contains(expected), "{failure}");
    }
    let failure = read_text("[web\n").expect_err("no TOML");
    assert!(failure.message.contains("cannot be read"), "{failure}");
}

#[test]
fn every_key_stands_in_the_manual() {
    let manual = include_str!("../../../docs/operate.md");
    for (key, _) in KEYS {
        assert!(
            manual.contains(&format!("`{key}`")),
            "docs/operate.md lacks {key}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_missed_only_when_it_was_named() {
    let nowhere = Path::new("/nonexistent/bocage.toml");
    let failure = load(nowhere, true).expect_err("it was named");
    assert_eq!(failure.kind, Kind::Configuration);
    assert!(failure.message.contains("/nonexistent/bocage.toml"));
    load(nowhere, false).expect("defaults");
}
