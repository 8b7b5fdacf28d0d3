//! Golden bytes of everything that is written down or sent, and the table of refusals.

use bocage_crdt::ids::WriterKey;
use ed25519_dalek::SigningKey;

use super::*;

const NOW_MS: u64 = 1_790_000_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn node(seed: u8) -> NodeId {
    NodeId(key(seed).verifying_key().to_bytes())
}

fn certificate(seed: u8) -> NodeCertificate {
    let writer = WriterKey(key(seed + 100).verifying_key().to_bytes());
    NodeCertificate::sign(&key(seed), vec![writer])
}

fn ticket() -> Ticket {
    Ticket {
        realm: RealmId([1; 32]),
        issuer: node(2),
        addresses: vec!["192.0.2.7:4470".into(), "nantes.example.org:4470".into()],
        secret: [3; 16],
        role: TicketRole::Site,
        expires_ms: NOW_MS + 3_600_000,
    }
}

fn request() -> RedeemRequest {
    let addresses = vec!["192.0.2.9:4470".into()];
    RedeemRequest::new(&ticket(), certificate(4), "Ancenis".into(), addresses)
}

#[test]
fn the_written_form_is_golden_and_forgiving() {
    let ticket = ticket();
    let written = ticket.to_string();
    assert_eq!(written, GOLDEN_TICKET);
    assert_eq!(written.parse(), Ok(ticket.clone()));
    assert_eq!(ticket.to_qr_text().parse(), Ok(ticket.clone()));
    let mailed = written
        .as_bytes()
        .chunks(20)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect::<Vec<_>>()
        .join("-\r\n  ");
    assert_eq!(format!("  {mailed}\n").parse(), Ok(ticket));
}

#[test]
fn every_single_slip_is_noticed() {
    let written = ticket().to_string();
    for place in PREFIX.len()..written.len() {
        let mut slip = written.clone();
        let other = if &slip[place..=place] == "a" {
            "b"
        } else {
            "a"
        };
        slip.replace_range(place..=place, other);
        assert_eq!(
            slip.parse::<Ticket>(),
            Err(TicketError::Misspelled),
            "{place}"
        );
        let mut cut = written.clone();
        cut.remove(place);
        assert_eq!(
            cut.parse::<Ticket>(),
            Err(TicketError::Misspelled),
            "{place}"
        );
    }
}

#[test]
fn other_texts_are_refused_by_name() {
    let sealed = |mut bytes: Vec<u8>| {
        bytes.extend(checksum(&bytes));
        format!("{PREFIX}{}", base32::encode(&bytes))
    };
    let mut long = vec![VERSION];
    long.extend(postcard::to_stdvec(&ticket()).expect("encodes"));
    long.push(0);
    let mut crowded = ticket();
    crowded.addresses = vec!["a:1".into(); ADDRESSES_MAX + 1];
    let cases = [
        (String::new(), TicketError::NotATicket),
        ("https://example.org".into(), TicketError::NotATicket),
        ("a".repeat(WRITTEN_BYTES_MAX + 1), TicketError::NotATicket),
        (PREFIX.into(), TicketError::Misspelled),
        (sealed(vec![]), TicketError::Malformed),
        (sealed(vec![2, 1, 1]), TicketError::Version(2)),
        (sealed(vec![1, 1, 1]), TicketError::Malformed),
        (sealed(long), TicketError::Malformed),
        (crowded.to_string(), TicketError::Malformed),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Ticket>(), Err(expected), "{text}");
    }
}

#[test]
fn a_request_is_golden_and_read_back() {
    let bytes = request().to_bytes();
    assert_eq!(blake3::hash(&bytes).to_hex().as_str(), GOLDEN_REQUEST_HASH);
    assert_eq!(RedeemRequest::from_bytes(&bytes), Ok(request()));
    for end in 0..bytes.len() {
        assert_eq!(
            RedeemRequest::from_bytes(&bytes[..end]),
            Err(Refusal::Malformed)
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(RedeemRequest::from_bytes(&longer), Err(Refusal::Malformed));
    let answers = [
        (RedeemAnswer::Admitted(vec![7, 8]), vec![0, 2, 7, 8]),
        (RedeemAnswer::Refused(Refusal::Expired), vec![1, 1]),
    ];
    for (answer, bytes) in answers {
        assert_eq!(answer.to_bytes(), bytes);
        assert_eq!(RedeemAnswer::from_bytes(&bytes), Ok(answer));
    }
}

#[test]
fn only_the_right_request_is_redeemed() {
    let day_ms = 24 * 3_600_000;
    let expires = ticket().expires_ms;
    let other_secret = Ticket {
        secret: [9; 16],
        ..ticket()
    };
    // The right id with a proof of another secret.
    let mut guessed = RedeemRequest::new(&other_secret, certificate(4), "Ancenis".into(), vec![]);
    guessed.ticket = ticket().id();
    let changed = |change: fn(&mut RedeemRequest)| {
        let mut request = request();
        change(&mut request);
        request
    };
    let proven = |certificate, name: &str, addresses| {
        RedeemRequest::new(&ticket(), certificate, name.into(), addresses)
    };
    let mut unsigned = certificate(4);
    unsigned.signature[0] ^= 1;
    let cases = [
        (request(), NOW_MS, Ok(())),
        (request(), expires - 1, Ok(())),
        (request(), expires, Err(Refusal::Expired)),
        (request(), u64::MAX, Err(Refusal::Expired)),
        (request(), expires - day_ms, Ok(())),
        (request(), expires - day_ms - 1, Err(Refusal::LifeTooLong)),
        (changed(|r| r.ticket[0] ^= 1), NOW_MS, Err(Refusal::Unknown)),
        (
            changed(|r| r.proof[31] ^= 1),
            NOW_MS,
            Err(Refusal::BadProof),
        ),
        (
            changed(|r| r.site_name.push('x')),
            NOW_MS,
            Err(Refusal::BadProof),
        ),
        (
            changed(|r| r.addresses.clear()),
            NOW_MS,
            Err(Refusal::BadProof),
        ),
        (guessed, NOW_MS, Err(Refusal::BadProof)),
        (
            proven(certificate(5), "Ancenis", vec![]),
            NOW_MS,
            Err(Refusal::WrongSite),
        ),
        (
            proven(unsigned, "Ancenis", vec![]),
            NOW_MS,
            Err(Refusal::BadCertificate),
        ),
        (
            proven(certificate(4), "", vec![]),
            NOW_MS,
            Err(Refusal::BadName),
        ),
        (
            proven(certificate(4), " Ancenis", vec![]),
            NOW_MS,
            Err(Refusal::BadName),
        ),
        (
            proven(certificate(4), &"n".repeat(256), vec![]),
            NOW_MS,
            Err(Refusal::BadName),
        ),
        (
            proven(certificate(4), "Ancenis", vec!["a:1".into(); 9]),
            NOW_MS,
            Err(Refusal::BadAddresses),
        ),
        (
            proven(certificate(4), "Ancenis", vec!["a b:1".into()]),
            NOW_MS,
            Err(Refusal::BadAddresses),
        ),
    ];
    for (number, (request, now_ms, expected)) in cases.into_iter().enumerate() {
        assert_eq!(
            request.check(&ticket(), &node(4), now_ms),
            expected,
            "case {number}"
        );
    }
}

#[test]
fn six_words_agree_only_for_the_same_three() {
    let words = ticket().six_words(&node(4));
    assert_eq!(words, GOLDEN_WORDS);
    assert!(words.iter().all(|word| *word < 2_048));
    let secret = [3; 16];
    let others = [
        six_words(&node(4), &node(2), &secret),
        six_words(&node(2), &node(5), &secret),
        six_words(&node(2), &node(4), &[4; 16]),
    ];
    assert!(others.iter().all(|other| *other != words));
}

const GOLDEN_TICKET: &str = concat!(
    "bocage-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqdajzo4hkq7ixl5lkgvdgyngh5tglrw",
    "fjdnhog6rf35qploh4tm4uaihdcojsfyyc4mrog45dinbxgalw4yloorsxgltfpbqw24dmmuxg64thhi2dinzqamb",
    "qgaydambqgaydambqgaydamaibnm5usgdiqym3qga"
);
const GOLDEN_REQUEST_HASH: &str =
    "6fb69fa12168181dfbc3432f157abbb17ac1ae717f0b158d8c600215f2153de0";
const GOLDEN_WORDS: [u16; WORDS] = [393, 1930, 130, 241, 1661, 1144];
