//! Archives that are sound, and every way in which one is not.

use std::io::{Cursor, Write};

use ed25519_dalek::SigningKey;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::verify::{Fault, verify};
use super::write::ArchiveWriter;
use super::*;
use bocage_crdt::ids::{CommandId, ItemId, PersonId};
use bocage_protocol::entry::{Entry, EntryKind, Header};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn site(seed: u8) -> NodeId {
    NodeId(key(seed).verifying_key().to_bytes())
}

const SPACE: SpaceId = SpaceId([9; 32]);

fn head() -> Head {
    let writer = WriterKey(key(2).verifying_key().to_bytes());
    let log = LogId::of(&writer, &SPACE);
    let header = Header {
        version: 1,
        kind: EntryKind::Record,
        space: SPACE,
        log,
        seq: 3,
        prev: EntryId([4; 32]),
        lamport: 7,
        wall_ms: 1,
        rights_heads: Vec::new(),
        author: PersonId([1; 16]),
        item: ItemId([2; 16]),
        creation: None,
        command: CommandId([3; 16]),
        origin: None,
        carried: Vec::new(),
        payload_hash: [0; 32],
        payload_length: 0,
    };
    let entry = Entry::sign(header, b"payload".to_vec(), &key(2));
    Head {
        log,
        writer,
        certificate: NodeCertificate::sign(&key(1), vec![writer]),
        site_name: "Nantes".into(),
        seq: 3,
        entry: entry.id,
        header: hex(&entry.bytes),
        signature: hex(&entry.signature),
        forked: false,
    }
}

fn manifest(files: Vec<File>) -> Manifest {
    Manifest {
        // Its files are made up: only the form without entries takes them.
        format: FORMAT_WITHOUT_ENTRIES,
        program: "0.1.0".into(),
        space: SPACE,
        space_name: "Routes".into(),
        realm_name: "Loire".into(),
        site: site(1),
        site_name: "Nantes".into(),
        made_ms: 1,
        written_meanwhile: false,
        heads: vec![head()],
        files,
    }
}

const FILES: [(&str, &[u8]); 3] = [
    ("pages/00001-plan.md", b"# Plan\n"),
    ("members.json", b"[]"),
    ("index.html", b""),
];

fn made(change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    for (name, content) in FILES {
        writer.file(name, content).expect("room");
    }
    let manifest = |files| {
        let mut manifest = manifest(files);
        change(&mut manifest);
        manifest
    };
    writer.finish(manifest, &key(1)).expect("room").into_inner()
}

fn check(bytes: &[u8]) -> Result<Manifest, Fault> {
    verify(Cursor::new(bytes), None).map(|report| report.manifest)
}

fn fault(bytes: &[u8]) -> &'static str {
    check(bytes).map_or_else(|fault| fault.name(), |_| "sound")
}

/// A ZIP with these files, as any program may make one.
fn zipped(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).expect("a name");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// The archive's own manifest and signature over other files.
fn with_files(files: &[(&str, &[u8])]) -> Vec<u8> {
    let sound = check(&made(|_| {})).expect("sound");
    let manifest = serde_json::to_vec_pretty(&sound).expect("plain");
    let signature = Signature {
        site: site(1),
        signature: hex(
            &ed25519_dalek::Signer::sign(&key(1), &signed_message(&manifest)).to_bytes(),
        ),
    };
    let signature = serde_json::to_vec_pretty(&signature).expect("plain");
    let mut all = files.to_vec();
    all.push((MANIFEST, &manifest));
    all.push((SIGNATURE, &signature));
    zipped(&all, CompressionMethod::Deflated)
}

#[test]
fn a_sound_archive_says_who_made_it_from_what() {
    let bytes = made(|_| {});
    let manifest = check(&bytes).expect("sound");
    let names: Vec<&str> = manifest.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, FILES.map(|(name, _)| name));
    assert_eq!((manifest.site, manifest.heads[0].seq), (site(1), 3));
    assert_eq!(check(&with_files(&FILES)).map(|_| ()), Ok(()));
    // The same contents make the same bytes.
    assert_eq!(made(|_| {}), bytes);
    assert!(verify(Cursor::new(&bytes), Some(site(1))).is_ok());
    let other = verify(Cursor::new(&bytes), Some(site(2))).map(|_| ());
    assert_eq!(other, Err(Fault::OtherSite(site(1))));
}

#[test]
fn every_single_byte_that_is_changed_is_noticed() {
    let sound = made(|_| {});
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x40;
        // What a file is said to be packed with, when, and by which program, is not content.
        if let Ok(manifest) = check(&bytes) {
            assert_eq!(Ok(manifest), check(&sound), "byte {at}");
        }
    }
    let content = sound.windows(4).position(|it| it == b"Plan").or(Some(60));
    let mut bytes = sound;
    bytes[content.expect("somewhere")] ^= 1;
    assert_ne!(fault(&bytes), "sound");
}

#[test]
fn a_cut_or_padded_archive_is_refused() {
    let sound = made(|_| {});
    for length in 0..sound.len() {
        assert_ne!(fault(&sound[..length]), "sound", "cut at {length}");
    }
    let behind = [&sound[..], b"x"].concat();
    let before = [b"MZ", &sound[..]].concat();
    assert_eq!(fault(&behind), "cut");
    assert_eq!(fault(&before), "padded");
    // A comment at the end is room for anything.
    let mut commented = sound.clone();
    let at = commented.len() - 2;
    commented[at] = 4;
    commented.extend(b"more");
    assert_eq!(fault(&commented), "cut");
    // Between the files and their directory.
    let end = sound.len() - 22;
    let number = |at: usize| u32::from_le_bytes(sound[at..at + 4].try_into().expect("four"));
    let directory = number(end + 16) as usize;
    let mut stretched = sound[..directory].to_vec();
    stretched.extend(b"hidden");
    stretched.extend(&sound[directory..]);
    let end = stretched.len() - 22;
    stretched[end + 16..end + 20].copy_from_slice(&(directory as u32 + 6).to_le_bytes());
    assert_eq!(fault(&stretched), "padded");
}

#[test]
fn files_are_those_of_the_manifest() {
    let [page, members, index] = FILES;
    let changed = (page.0, &b"# Plus\n"[..]);
    let longer = (page.0, &b"# Plan\n\n"[..]);
    type Case<'a> = (&'a str, &'a [(&'a str, &'a [u8])], &'a str);
    let cases: [Case<'_>; 6] = [
        ("whole", &FILES, "sound"),
        ("one is missing", &[page, index], "missing-file"),
        (
            "one more",
            &[page, members, index, ("more.txt", b"?")],
            "unlisted-file",
        ),
        (
            "another content",
            &[changed, members, index],
            "changed-file",
        ),
        ("a longer one", &[longer, members, index], "changed-file"),
        ("none", &[], "missing-file"),
    ];
    for (what, files, expected) in cases {
        assert_eq!(fault(&with_files(files)), expected, "{what}");
    }
}

#[test]
fn names_that_lead_elsewhere_and_other_forms_are_refused() {
    for name in [
        "../x", "/etc/x", "a//b", ".hidden", "a\\b", "é.md", "a/../b",
    ] {
        let bytes = zipped(&[(name, b"x")], CompressionMethod::Stored);
        assert_eq!(fault(&bytes), "bad-name", "{name}");
    }
    let bare = zipped(&[("a.md", b"x")], CompressionMethod::Deflated);
    assert_eq!(fault(&bare), "no-manifest");
    let odd = zipped(
        &[("a.md", b"x"), (MANIFEST, b"{}"), (SIGNATURE, b"?")],
        CompressionMethod::Stored,
    );
    assert_eq!(fault(&odd), "bad-manifest");
    assert_eq!(fault(b""), "cut");
    assert_eq!(fault(&[0; 4_096]), "cut");
}

#[test]
fn a_bomb_is_refused_before_it_expands() {
    // A thousand to one is the most that the packing gives; the size that is said is checked.
    let bomb = vec![0; 64 << 20];
    let packed = zipped(&[("bomb.md", &bomb)], CompressionMethod::Deflated);
    assert!(packed.len() < 128 << 10, "{}", packed.len());
    let mut lying = packed;
    let at = lying
        .windows(4)
        .rposition(|it| it == b"PK\x01\x02")
        .expect("a directory");
    lying[at + 24..at + 28].copy_from_slice(&u32::MAX.to_le_bytes()[..4]);
    assert!(
        ["too-large", "padded", "cut"].contains(&fault(&lying)),
        "{}",
        fault(&lying)
    );
    // More files than there may be: said in the end record, refused before any is read.
    let mut many = made(|_| {});
    let end = many.len() - 22;
    many[end + 8..end + 12].copy_from_slice(&[0xFE, 0xFF, 0xFE, 0xFF]);
    assert_ne!(fault(&many), "sound");
}

#[test]
fn the_manifest_is_the_sites_and_its_heads_are_proven() {
    let other = WriterKey(key(5).verifying_key().to_bytes());
    type Change = fn(&mut Manifest);
    let cases: [(&str, Change, &str); 8] = [
        ("another site", |it| it.site = site(2), "wrong-signature"),
        ("a later form", |it| it.format = 3, "unknown-format"),
        ("without entries", |it| it.format = FORMAT, "missing-file"),
        ("a head's place", |it| it.heads[0].seq = 4, "wrong-head"),
        (
            "a head's entry",
            |it| it.heads[0].entry = EntryId([1; 32]),
            "wrong-head",
        ),
        (
            "another space",
            |it| it.space = SpaceId([8; 32]),
            "wrong-head",
        ),
        (
            "a head's signature",
            |it| it.heads[0].signature.replace_range(..2, "00"),
            "wrong-head",
        ),
        (
            "no certificate",
            |it| it.heads[0].certificate.writers.clear(),
            "wrong-head",
        ),
    ];
    for (what, change, expected) in cases {
        assert_eq!(fault(&made(change)), expected, "{what}");
    }
    let foreign = made(|it| {
        it.heads[0].certificate = NodeCertificate::sign(&key(1), vec![other]);
    });
    assert_eq!(fault(&foreign), "wrong-head");
    // Signed as something else by the same site.
    let sound = check(&made(|_| {})).expect("sound");
    let manifest = serde_json::to_vec_pretty(&sound).expect("plain");
    let bare = Signature {
        site: site(1),
        signature: hex(&ed25519_dalek::Signer::sign(&key(1), &manifest).to_bytes()),
    };
    let bare = serde_json::to_vec(&bare).expect("plain");
    let mut all = FILES.to_vec();
    all.push((MANIFEST, &manifest));
    all.push((SIGNATURE, &bare));
    assert_eq!(
        fault(&zipped(&all, CompressionMethod::Deflated)),
        "wrong-signature"
    );
}

#[test]
fn what_an_archive_does_not_hold_is_refused_when_it_is_made() {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    assert!(writer.begin(&"x".repeat(NAME_BYTES_MAX + 1)).is_err());
    assert!(writer.add(b"nothing was begun").is_err());
    for number in 0..FILES_MAX {
        writer.begin(&format!("f/{number}")).expect("room");
    }
    assert!(writer.begin("one-more").is_err());
    // As many as there may be are read again, in the form that ZIP has for so many.
    let bytes = writer.finish(manifest, &key(1)).expect("room").into_inner();
    assert_eq!(check(&bytes).map(|it| it.files.len()), Ok(FILES_MAX));
}

#[test]
fn hexadecimal_is_read_in_one_form_only() {
    assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
    for wrong in ["0", "0F", "+1", "é0", "0x"] {
        assert_eq!(from_hex(wrong), None, "{wrong}");
    }
}
