//! A space is taken away as an archive, by a manager and by a technician, and checked elsewhere.
//! How one is falsified: `falsified`.

use std::path::Path;

use serde_json::json;

use super::program::run;
use super::realm::Realm;

/// The content of a file in a ZIP, by the program that every machine has.
fn unpacked(archive: &Path, name: &str) -> String {
    let file = std::fs::File::open(archive).expect("the archive");
    let mut zip = zip::ZipArchive::new(file).expect("a ZIP file");
    let mut text = String::new();
    let mut entry = zip.by_name(name).unwrap_or_else(|_| panic!("no {name}"));
    std::io::Read::read_to_string(&mut entry, &mut text).expect("text");
    text
}

fn names(archive: &Path) -> Vec<String> {
    let file = std::fs::File::open(archive).expect("the archive");
    let zip = zip::ZipArchive::new(file).expect("a ZIP file");
    let names = zip
        .file_names()
        .map(|name| name.expect("plain").into_owned());
    names.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_archive_holds_what_counts_and_proves_it() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let yann = place.add_person("yann");
    let space = marie.open_space("Pont de Varades", "hidden");
    let channel = marie.open_channel(&space, "Chantier <1>");
    marie.add_member(&space, &yann.id, "contributor");
    let page = json!({ "feature": "page", "do": "create", "space": space,
        "title": "Plan n° 7", "text": "Un <script>\nDeux" });
    let page = marie.command(page).ok()["item"].clone();
    let comment = json!({ "feature": "comment", "do": "write", "space": space, "on": page,
        "text": "Bien vu" });
    yann.command(comment).ok();
    for number in 0..12 {
        yann.say(&space, &channel, &format!("Ligne {number}")).ok();
    }
    let aside = yann.say(&space, &channel, "Mot à ne pas garder").ok()["item"].clone();
    let put = json!({ "feature": "space", "do": "quarantine", "space": space, "item": aside,
        "reason": "Personnel" });
    marie.command(put).ok();

    // While the site runs, and the file must not be there.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("varades.zip");
    let to = file.to_str().expect("plain").to_owned();
    let said = place
        .run(&["export", "pont de varades", "--to", &to], "")
        .succeeded();
    assert!(said.contains("Signed by Nantes of Loire"), "{said}");
    place
        .run(&["export", "Pont de Varades", "--to", &to], "")
        .failed(19, &["cannot make"]);
    place
        .run(&["export", "Nulle part", "--to", "x.zip"], "")
        .failed(20, &[]);
    let verify = |words: &[&str]| run(folder.path(), &[&["verify", &to], words].concat(), "");
    let said = verify(&[]).succeeded();
    assert!(said.starts_with("Sound: "), "{said}");
    assert!(
        said.contains("page \"Plan n° 7\" by "),
        "who wrote it: {said}"
    );
    assert!(said.contains(", 12 messages; "), "{said}");
    let key = place.admin("/site")["site"]["id"]
        .as_str()
        .expect("a key")
        .to_owned();
    verify(&["--site", &key]).succeeded();
    verify(&["--site", &"0".repeat(64)]).failed(22, &["other-site"]);

    let all = names(&file);
    let named = |part: &str, end: &str| {
        let found = all
            .iter()
            .find(|name| name.contains(part) && name.ends_with(end));
        found
            .unwrap_or_else(|| panic!("{part} {end} in {all:#?}"))
            .clone()
    };
    let text = unpacked(&file, &named("plan-n-7", ".md"));
    assert_eq!(text, "# Plan n° 7\n\nUn \\<script\\>\n\nDeux\n");
    let shown = unpacked(&file, &named("plan-n-7", ".html"));
    assert!(
        shown.contains("Un &lt;script&gt;") && shown.contains("Bien vu"),
        "{shown}"
    );
    assert!(unpacked(&file, &named("plan-n-7", ".comments.json")).contains("Bien vu"));
    let messages = unpacked(&file, &named("chantier-1", ".json"));
    let messages: serde_json::Value = serde_json::from_str(&messages).expect("JSON");
    assert_eq!(messages.as_array().map(Vec::len), Some(12));
    assert_eq!(messages[11]["text"], "Ligne 11");
    assert!(unpacked(&file, &named("chantier-1", ".html")).contains("Ligne 0"));
    assert!(unpacked(&file, "members.csv").contains("yann,Nantes,,contributor"));
    let trail: serde_json::Value =
        serde_json::from_str(&unpacked(&file, "audit.json")).expect("JSON");
    assert_eq!(trail[0]["action"], "quarantine");
    assert_eq!(
        unpacked(&file, "audit.csv").lines().count(),
        trail.as_array().map_or(0, Vec::len) + 1
    );
    for name in &all {
        let content = unpacked(&file, name);
        for kept in ["ne pas garder".to_owned(), hex(b"ne pas garder")] {
            assert!(!content.contains(&kept), "{name}");
        }
    }

    // Changed on the way: said by name, with an exit code of its own.
    let mut bytes = std::fs::read(&file).expect("the archive");
    bytes.extend(b"x");
    std::fs::write(&file, &bytes).expect("room");
    verify(&[]).failed(22, &["cut: "]);

    // The same from the browser, for managers only; nothing is left on the disk.
    let path = format!("/spaces/{space}/archive.zip");
    assert_eq!(yann.get(&path).refusal(), (403, "forbidden"));
    let bytes = marie.download(&path);
    std::fs::write(&file, bytes).expect("room");
    verify(&[]).succeeded();
    let left = std::fs::read_dir(&place.data).expect("a folder").flatten();
    assert!(
        left.into_iter()
            .all(|it| !it.file_name().to_string_lossy().starts_with("archive-"))
    );

    // The trail as a table, of one person.
    let table = marie.download(&format!("/spaces/{space}/audit.csv?person={}", yann.id));
    let table = String::from_utf8(table).expect("UTF-8");
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains(",grant,yann,"), "{table}");
    let data = marie.download(&format!("/spaces/{space}/audit.json"));
    let rows: serde_json::Value = serde_json::from_slice(&data).expect("JSON");
    assert_eq!(
        rows.as_array().map(Vec::len),
        trail.as_array().map(Vec::len)
    );
    assert_eq!(
        yann.get(&format!("/spaces/{space}/audit.csv")).refusal(),
        (403, "forbidden")
    );

    // Without a running site it is the same work.
    place.stop();
    let again = folder.path().join("again.zip");
    let again = again.to_str().expect("plain");
    place
        .run(&["export", &space, "--to", again], "")
        .succeeded();
    run(folder.path(), &["verify", again], "").succeeded();
}
