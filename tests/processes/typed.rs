//! What a tab sends and typing never makes is tried at its own site before it is stored: sound, it is
//! saved like everything else; unsound, the tab hears so in words and keeps its text.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, LoadOptions, ObjId, ROOT, ReadDoc, TextEncoding};
use bocage_crdt::ids::{ActorNonce, ItemId, SpaceId};
use bocage_node::api::error::ErrorBody;
use bocage_node::api::live::Base64;
use bocage_node::api::{BrowserMessage, ErrorCode, SiteMessage};
use bocage_tests::clients::{Live, Person};
use serde_json::json;

use super::client::PASSWORD;
use super::realm::{Place, Realm};

/// Memory in which the process that tries changes cannot even read one, in megabytes.
const NO_MEMORY_MB: u32 = 32;
/// A paste of thirty pages in one change: more operations than a browser puts into one.
const LETTERS: usize = 6_000;

/// A page that a tab has open.
pub(super) struct Tab {
    live: Live,
    document: AutoCommit,
    body: ObjId,
    item: ItemId,
    sent: u64,
}

/// What the site says of an edit.
#[derive(Debug)]
pub(super) enum Said {
    Saved,
    Refused(ErrorBody),
}

impl Tab {
    pub(super) async fn open(place: &Place, space: SpaceId, item: ItemId, nonce: u8) -> Self {
        let web = SocketAddr::from((Ipv4Addr::LOCALHOST, place.web));
        let person = Person::sign_in_with(web, &place.login(), PASSWORD).await;
        let mut live = Live::open(&person.expect("signed in"))
            .await
            .expect("a line");
        let nonce = ActorNonce([nonce; 16]);
        let open = BrowserMessage::Open { space, item, nonce };
        live.say(&open).await.expect("a line");
        let doc = live.hear(|message| match message {
            SiteMessage::Doc { actor, saved, .. } => Some((actor, saved)),
            _ => None,
        });
        let (actor, saved) = doc.await.expect("the document");
        let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
        let mut document = AutoCommit::load_with_options(&saved.0, options).expect("whole");
        document.set_actor(automerge::ActorId::from(actor.0));
        let (_, body) = document.get(ROOT, "body").expect("whole").expect("a body");
        Self {
            live,
            document,
            body,
            item,
            sent: 0,
        }
    }

    fn text(&self) -> String {
        self.document.text(&self.body).expect("a text")
    }

    /// Writes at the end, in one change, and sends it.
    pub(super) async fn write(&mut self, text: &str) {
        let end = self.document.length(&self.body);
        let written = self.document.splice_text(&self.body, end, 0, text);
        written.expect("an edit");
        let options = CommitOptions::default().with_time(0);
        self.document.commit_with(options);
        let change = self.document.get_last_local_change().expect("a change");
        self.sent += 1;
        let edit = BrowserMessage::Edit {
            item: self.item,
            n: self.sent,
            changes: vec![Base64(change.raw_bytes().to_vec())],
        };
        self.live.say(&edit).await.expect("a line");
    }

    /// The answer to the last edit, or the first refusal.
    pub(super) async fn said(&mut self) -> Said {
        let last = self.sent;
        let said = self.live.hear(|message| match message {
            SiteMessage::Saved { n, .. } if n >= last => Some(Said::Saved),
            SiteMessage::Refused { error, .. } => Some(Said::Refused(error)),
            _ => None,
        });
        said.await.expect("an answer")
    }
}

/// A space and a page in it, at this place.
fn page(place: &Place) -> (SpaceId, ItemId) {
    let person = place.person();
    let space = person.open_space("Voirie", "hidden");
    let create = json!({ "feature": "page", "do": "create", "space": space, "title": "Tournée" });
    let made = person.command(create).ok();
    let item = made["item"].as_str().expect("an id");
    (space.parse().expect("an id"), item.parse().expect("an id"))
}

#[tokio::test]
async fn a_sound_odd_change_is_saved_with_all_that_was_typed_behind_it() {
    let mut realm = Realm::found("Nantes");
    let place = realm.place(0);
    let (space, item) = page(place);
    let mut tab = Tab::open(place, space, item, 1).await;
    tab.write("lundi ").await;
    tab.write(&"x".repeat(LETTERS)).await;
    for letter in [" m", "a", "r", "d", "i"] {
        tab.write(letter).await;
    }
    let said = tab.said().await;
    assert!(matches!(said, Said::Saved), "{said:?}");
    let typed = tab.text();
    assert_eq!(Tab::open(place, space, item, 2).await.text(), typed);
    // Tried once and stored: the next life does not ask again.
    place.stop();
    place.start();
    assert_eq!(Tab::open(place, space, item, 3).await.text(), typed);
    assert_eq!(place.person().get("/site").ok()["frozen"], json!([]));
}

#[tokio::test]
async fn an_odd_change_that_fails_its_trial_is_refused_in_words_and_not_stored() {
    let mut realm = Realm::found("Nantes");
    let (space, item) = page(realm.place(0));
    realm.place(0).stop();
    let little = OsString::from(NO_MEMORY_MB.to_string());
    realm
        .place(0)
        .start_with(&[("BOCAGE_TRIAL__MEMORY_MB", little)]);
    let place = realm.place(0);
    let mut tab = Tab::open(place, space, item, 1).await;
    let mut other = Tab::open(place, space, item, 2).await;
    tab.write("lundi ").await;
    let said = tab.said().await;
    assert!(
        matches!(said, Said::Saved),
        "typing needs no trial: {said:?}"
    );
    tab.write(&"x".repeat(LETTERS)).await;
    tab.write(" mardi").await;
    let Said::Refused(error) = tab.said().await else {
        panic!("it was saved");
    };
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.message.contains("essayé à part"), "{}", error.message);
    // Nobody else was held up, and nothing of it is anywhere.
    other.write("jeudi ").await;
    let said = other.said().await;
    assert!(matches!(said, Said::Saved), "{said:?}");
    let text = Tab::open(place, space, item, 3).await.text();
    assert!(text.contains("lundi") && text.contains("jeudi"), "{text}");
    assert!(!text.contains('x') && !text.contains("mardi"), "{text}");
    // Nor on the disk.
    realm.place(0).stop();
    realm.place(0).start();
    let after = Tab::open(realm.place(0), space, item, 4).await.text();
    assert_eq!(after, text);
}
