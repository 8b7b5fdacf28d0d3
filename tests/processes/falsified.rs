//! An archive is falsified, file by file: by somebody who changes bytes on the way, and by a site
//! that makes an archive of its own in which others say what they never said.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use bocage_crdt::ids::NodeId;
use bocage_node::archive::verify::{Fault, verify};
use bocage_node::archive::write::ArchiveWriter;
use bocage_node::archive::{MANIFEST, Manifest, SIGNATURE};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::program::run;
use super::realm::Realm;

/// The files of an archive, in their order.
type Files = Vec<(String, Vec<u8>)>;

fn unpacked(archive: &[u8]) -> Files {
    let mut zip = ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("whole");
        let name = String::from_utf8(file.name_raw().to_vec()).expect("plain");
        files.push((name, content));
    }
    files
}

fn packed(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(name.as_str(), options).expect("a name");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// The same files, signed by a site that lies.
fn resigned(files: &Files, manifest: &Manifest) -> Vec<u8> {
    let liar = SigningKey::from_bytes(&[66; 32]);
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if ![MANIFEST, SIGNATURE].contains(&&**name) {
            writer.file(name, content).expect("room");
        }
    }
    let manifest = |files| Manifest {
        site: NodeId(liar.verifying_key().to_bytes()),
        files,
        ..manifest.clone()
    };
    writer.finish(manifest, &liar).expect("room").into_inner()
}

fn fault(archive: &[u8]) -> String {
    match verify(Cursor::new(archive), None) {
        Ok(_) => "sound".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

fn content<'a>(files: &'a mut Files, end: &str) -> &'a mut Vec<u8> {
    let found = files.iter_mut().find(|(name, _)| name.ends_with(end));
    &mut found.unwrap_or_else(|| panic!("no {end}")).1
}

fn replace(files: &mut Files, end: &str, from: &str, to: &str) {
    let file = content(files, end);
    let text = String::from_utf8(file.clone()).expect("text");
    assert!(text.contains(from), "{end} holds no {from:?}: {text}");
    *file = text.replace(from, to).into_bytes();
}

/// Changes the rows of a list; those of lists stand on lines of their own.
fn rows(files: &mut Files, end: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let file = content(files, end);
    let mut list: Vec<Value> = serde_json::from_slice(file).expect("a list");
    change(&mut list);
    let lines: Vec<String> = list.iter().map(Value::to_string).collect();
    *file = format!("[\n{}\n]\n", lines.join(",\n")).into_bytes();
}

/// One hexadecimal digit near the end, another.
fn another_digit(row: &mut Value, key: &str) {
    let text = row[key].as_str().expect("hex").to_owned();
    let (start, end) = text.split_at(text.len() - 1);
    let digit = if end == "0" { "1" } else { "0" };
    row[key] = json!(format!("{start}{digit}"));
}

#[test]
fn a_falsified_archive_is_refused_by_the_name_of_what_was_changed() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let marie = place.person();
    let yann = place.add_person("yann");
    let space = marie.open_space("Pont de Varades", "hidden");
    let channel = marie.open_channel(&space, "Chantier");
    marie.add_member(&space, &yann.id, "contributor");
    for (title, text) in [("Plan", "La pile est fissurée"), ("Relevé", "Rien à dire")] {
        let page = json!({ "feature": "page", "do": "create", "space": space,
            "title": title, "text": text });
        let page = marie.command(page).ok()["item"].clone();
        let comment = json!({ "feature": "comment", "do": "write", "space": space, "on": page,
            "text": format!("Lu : {title}") });
        yann.command(comment).ok();
    }
    let said = yann.say(&space, &channel, "Je passe lundi").ok()["item"].clone();
    marie.say(&space, &channel, "Bien reçu").ok();
    let change = json!({ "feature": "message", "do": "change", "space": space, "item": said,
        "text": "Je passe mardi" });
    yann.command(change).ok();
    let archive = marie.download(&format!("/spaces/{space}/archive.zip"));
    let report = verify(Cursor::new(&archive), None);
    let report = report.unwrap_or_else(|fault| panic!("{fault}"));
    let listed: BTreeMap<&str, (String, u64)> = report
        .items
        .iter()
        .map(|item| (&*item.title, (item.author.id.to_string(), item.said)))
        .collect();
    assert_eq!(listed["Plan"], (marie.id.clone(), 1));
    assert_eq!(listed["Chantier"], (marie.id.clone(), 2));
    assert_eq!(report.members, 2);
    let whole = unpacked(&archive);
    // What was replaced is not in it, though its entry still says who wrote it and when.
    let text = String::from_utf8(content(&mut whole.clone(), "chantier.json").clone());
    let hexadecimal: String = "lundi".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.expect("text").contains(&hexadecimal));

    // Changed on the way: each file is named, and the manifest and its signature are.
    for (at, (name, bytes)) in whole.iter().enumerate() {
        let mut files = whole.clone();
        let middle = bytes.len() / 2;
        files[at].1[middle] ^= 1;
        let fault = fault(&packed(&files));
        assert!(fault.contains(&format!("{name:?}")), "{name}: {fault}");
    }

    // Changed by a site that signs what it changed.
    assert_eq!(fault(&resigned(&whole, &report.manifest)), "sound");
    type Lie<'a> = (&'a str, fn(&mut Files), &'a str, &'a str);
    let lies: [Lie<'_>; 18] = [
        (
            "a page's text",
            |it| replace(it, "plan.md", "fissurée", "intacte"),
            "not-as-signed",
            "plan.md",
        ),
        (
            "a page as it is shown",
            |it| replace(it, "plan.html", "fissurée", "intacte"),
            "not-as-signed",
            "plan.html",
        ),
        (
            "an entry's payload",
            |it| {
                rows(it, "plan.entries.json", |rows| {
                    another_digit(&mut rows[0], "payload")
                })
            },
            "wrong-entry",
            "plan.entries.json",
        ),
        (
            "an entry's header",
            |it| {
                rows(it, "plan.entries.json", |rows| {
                    another_digit(&mut rows[0], "header")
                })
            },
            "wrong-entry",
            "plan.entries.json",
        ),
        (
            "an entry's signature",
            |it| {
                rows(it, "plan.entries.json", |rows| {
                    another_digit(&mut rows[0], "signature")
                })
            },
            "wrong-entry",
            "plan.entries.json",
        ),
        (
            "a page without its entries",
            |it| rows(it, "plan.entries.json", Vec::clear),
            "not-as-signed",
            "plan.entries.json",
        ),
        (
            "another page's entries",
            |it| {
                let other = content(it, "releve.entries.json").clone();
                *content(it, "plan.entries.json") = other;
            },
            "wrong-entry",
            "plan.entries.json",
        ),
        (
            "who wrote a page",
            |it| {
                let text = String::from_utf8(content(it, "contents.json").clone());
                let mut list: Vec<Value> =
                    serde_json::from_str(&text.expect("text")).expect("a list");
                list[0]["createdMs"] = json!(1);
                *content(it, "contents.json") = serde_json::to_vec_pretty(&list).expect("plain");
            },
            "not-as-signed",
            "contents.json",
        ),
        (
            "a comment",
            |it| replace(it, "plan.comments.json", "Lu : Plan", "Refusé"),
            "not-as-signed",
            "plan.comments.json",
        ),
        (
            "a message",
            |it| replace(it, "chantier.json", "mardi", "jeudi"),
            "not-as-signed",
            "chantier.json",
        ),
        (
            "when a message was written",
            |it| rows(it, "chantier.json", |rows| rows[0]["atMs"] = json!(1)),
            "not-as-signed",
            "chantier.json",
        ),
        (
            "who wrote a message",
            |it| {
                rows(it, "chantier.json", |rows| {
                    rows[0]["author"] = rows[1]["author"].clone();
                });
            },
            "not-as-signed",
            "chantier.json",
        ),
        (
            "a channel as it is shown",
            |it| replace(it, "chantier.html", "mardi", "jeudi"),
            "not-as-signed",
            "chantier.html",
        ),
        (
            "a member's role",
            |it| replace(it, "members.json", "contributor", "manager"),
            "not-as-signed",
            "members.json",
        ),
        (
            "members as a table",
            |it| replace(it, "members.csv", "contributor", "manager"),
            "not-as-signed",
            "members.csv",
        ),
        (
            "who decided",
            |it| {
                rows(it, "audit.json", |rows| {
                    let other = rows[0]["person"].clone();
                    assert!(other.is_object(), "{:#}", rows[0]);
                    rows[0]["by"] = other;
                });
            },
            "not-as-signed",
            "audit.json",
        ),
        (
            "the space's name",
            |it| replace(it, "space.json", "Varades", "Mauves"),
            "not-as-signed",
            "space.json",
        ),
        (
            "a file from nowhere",
            |it| it.push(("pages/00009-plus.md".into(), b"# Plus".to_vec())),
            "not-as-signed",
            "pages/00009-plus.md",
        ),
    ];
    for (what, lie, name, file) in lies {
        let mut files = whole.clone();
        lie(&mut files);
        let fault = fault(&resigned(&files, &report.manifest));
        let named = fault.starts_with(&format!("{name}: ")) && fault.contains(file);
        assert!(named, "{what}: {fault}");
    }
    // The program says it with its own exit code.
    let mut files = whole.clone();
    replace(&mut files, "plan.md", "fissurée", "intacte");
    let folder = tempfile::tempdir().expect("a folder");
    let lying = folder.path().join("lying.zip");
    std::fs::write(&lying, resigned(&files, &report.manifest)).expect("room");
    let lying = lying.to_str().expect("plain");
    run(folder.path(), &["verify", lying], "").failed(22, &["not-as-signed: ", "plan.md"]);

    // A head that its site never signed.
    let mut manifest = report.manifest.clone();
    manifest.heads[0].seq += 1;
    let wrong = verify(Cursor::new(resigned(&whole, &manifest)), None);
    assert_eq!(wrong, Err(Fault::WrongHead(manifest.heads[0].log)));
}
