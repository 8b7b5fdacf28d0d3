//! A site that leaves by itself: nothing that it carried is lost, and nobody is left at home there.

use super::program::until;
use super::realm::{ARRIVAL_TIME_MAX, Realm};

const RETIRE: [&str; 4] = ["site", "retire", "--wait", "20"];
/// For a departure that is to be refused.
const AT_ONCE: [&str; 4] = ["site", "retire", "--wait", "0"];

#[test]
fn a_site_that_retires_hands_over_everything_and_is_gone_at_every_site() {
    let mut realm = Realm::found("Nantes");
    realm.place(0).run(&AT_ONCE, "").failed(19, &["only site"]);
    realm.join("Ancenis");
    realm.join("Blain");
    realm
        .place(0)
        .run(&AT_ONCE, "")
        .failed(19, &["admitting add"]);

    let blain = realm.place(2).person();
    let marie = realm.place(0).person();
    let space = blain.open_space("Routes", "hidden");
    let channel = blain.open_channel(&space, "Chantiers");
    // Only its own site carries the space, and its people are at home there.
    let own = blain.open_space("Cantine", "hidden");
    blain.add_member(&space, &marie.id, "manager");
    blain.say(&space, &channel, "Première").ok();
    marie.sees(&space, &channel, 1);
    realm
        .place(2)
        .run(&AT_ONCE, "")
        .failed(19, &["still at home here: blain", "rehome"]);
    let rehome = ["person", "rehome", "--all-of", "Blain", "--to", "Ancenis"];
    realm.place(0).run(&rehome, "").succeeded();
    // She is told who did it, and when.
    until("her new home at Blain", ARRIVAL_TIME_MAX, || {
        let told = blain.get("/me").ok();
        let by_whom = told["moved"]["by"] == "Nantes" && told["moved"]["atMs"].is_u64();
        (by_whom && told["person"]["site"] == "Ancenis").then_some(())
    });

    // What nobody else has is waited for, and named when the time is up.
    realm.place(0).stop();
    realm.place(1).stop();
    realm
        .place(2)
        .run(&AT_ONCE, "")
        .failed(18, &["stays in the realm", "\"Routes\" is linked"]);
    blain.say(&space, &channel, "Dernière").ok();
    realm
        .place(2)
        .run(&AT_ONCE, "")
        .failed(18, &["entries of \"Routes\" are nowhere else yet"]);
    realm.place(0).start();
    realm.place(1).start();
    let told = realm.place(2).run(&RETIRE, "").succeeded();
    assert!(told.contains("the others have heard it"), "{told}");

    for at in 0..2 {
        until("Blain to be gone", ARRIVAL_TIME_MAX, || {
            let told = realm.place(at).admin("/site");
            let removed = &told["removed"];
            let gone = removed[0]["site"]["name"] == "Blain" && removed[0]["own"] == true;
            (gone && told["sites"].as_array().expect("a list").len() == 1).then_some(())
        });
        // A space whose entries arrived after the decision follows as soon as it may.
        until("every space to follow the realm", ARRIVAL_TIME_MAX, || {
            let told = realm.place(at).admin("/site");
            (told["unfollowed"] == serde_json::json!([])).then_some(())
        });
    }
    let status = realm.place(2).run(&["status"], "").succeeded();
    assert!(status.contains("no longer one of its realm"), "{status}");
    realm.place(2).kill();

    // Everything that was said there is elsewhere, and counts.
    marie.sees(&space, &channel, 2);
    let texts = marie.texts(&space, &channel);
    assert_eq!(texts, ["Première", "Dernière"]);
    let told = realm
        .place(1)
        .run(&["person", "reset", "blain"], "")
        .succeeded();
    let fresh = told.split_whitespace().nth(3).expect("a password");
    let web = realm.place(1).web;
    let again = until("her sign-in at home", ARRIVAL_TIME_MAX, || {
        super::client::Person::sign_in(web, "blain", fresh).ok()
    });
    again.sees(&space, &channel, 2);
    until("her own space at her new home", ARRIVAL_TIME_MAX, || {
        (again.get(&format!("/spaces/{own}")).status == 200).then_some(())
    });
    // She manages from there what she managed from the site that is gone.
    again.add_member(&own, &marie.id, "contributor");
}
