//! Signing in and out, csrf, tries, devices, and the command line's own calls.

use super::client::{start, start_with};
use super::fake::{FakeSite, PASSWORD, person};
use crate::api::SessionId;
use crate::web::sessions::IDLE_MS_MAX;
use crate::web::site::{Session, Site as _};
use crate::web::tries::TRIES_PER_ACCOUNT;
use crate::web::{Settings, now_ms};

const COMMAND: &str =
    r#"{"id":"00112233445566778899aabbccddeeff","feature":"readMark","do":"setAll"}"#;

#[tokio::test]
async fn signing_in_gives_a_cookie_of_this_site_and_the_person() {
    let running = start(Settings::default()).await;
    let reply = running.try_sign_in(" Yann ", PASSWORD, "").await;
    assert_eq!(reply.status, 200);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("bocage-abababab="), "{cookie}");
    for attribute in [
        "; path=/",
        "; httponly",
        "; samesite=strict",
        "; max-age=2592000",
    ] {
        assert!(cookie.contains(attribute), "{cookie} lacks {attribute}");
    }
    assert!(
        !cookie.contains("secure"),
        "plain HTTP would not send it back: {cookie}"
    );
    assert_eq!(reply.json()["person"]["login"], "yann");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let kept = running.site.0.sessions.lock().expect("whole").clone();
    let token = cookie.split(['=', ';']).nth(1).expect("a value");
    assert_eq!(kept.len(), 1);
    assert!(kept.keys().all(|id| !token.contains(&id.to_string())));

    let browser = running.sign_in("maud").await;
    let me = running.call("GET /api/v1/me", &browser.asks(), "").await;
    assert_eq!(me.json()["person"]["name"], "Maud");
    assert_eq!(me.json()["csrf"], browser.csrf);
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_hear_the_same() {
    let running = start(Settings::default()).await;
    let unknown = running.try_sign_in("nobody", PASSWORD, "").await;
    let wrong = running.try_sign_in("yann", "not the password", "").await;
    assert_eq!(unknown.refusal(), (401, "wrong-password".into(), None));
    assert_eq!(unknown.body, wrong.body);
    let english = running
        .try_sign_in("yann", "no", "accept-language: en-GB,fr\r\n")
        .await;
    assert!(
        english.body.contains("The name or the password"),
        "{english:?}"
    );
}

#[tokio::test]
async fn an_account_is_not_searched_for_ever() {
    let running = start(Settings::default()).await;
    for n in 0..TRIES_PER_ACCOUNT {
        let reply = running.try_sign_in("yann", &format!("guess {n}"), "").await;
        assert_eq!(reply.status, 401, "{n}");
    }
    let reply = running.try_sign_in("yann", PASSWORD, "").await;
    assert_eq!(reply.refusal(), (429, "too-many-tries".into(), None));
    let seconds = reply.json()["error"]["retryAfterSeconds"].as_u64();
    assert!(
        seconds.is_some_and(|seconds| (1..=60).contains(&seconds)),
        "{reply:?}"
    );
    assert_eq!(
        reply.header("retry-after"),
        seconds.expect("checked").to_string()
    );
    running.sign_in("maud").await;
}

#[tokio::test]
async fn changes_need_the_token_of_the_page_and_no_foreign_origin() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let own = format!(
        "{}origin: http://{}\r\n",
        browser.changes(),
        running.server.address
    );
    let foreign = format!("{}origin: http://evil.example\r\n", browser.changes());
    let null = format!("{}origin: null\r\n", browser.changes());
    let guessed = format!("{}x-bocage-csrf: {}\r\n", browser.asks(), "0".repeat(32));
    let cases = [
        (String::new(), 401),
        (browser.asks(), 403),
        (guessed, 403),
        (foreign, 403),
        (null, 403),
        (own, 200),
        (browser.changes(), 200),
    ];
    for (headers, status) in cases {
        let reply = running
            .call("POST /api/v1/commands", &headers, COMMAND)
            .await;
        assert_eq!(reply.status, status, "{headers} {reply:?}");
    }
    assert_eq!(running.site.0.commands.lock().expect("whole").len(), 2);
    let foreign = running
        .try_sign_in("yann", PASSWORD, "origin: http://evil.example\r\n")
        .await;
    assert_eq!(foreign.refusal(), (403, "csrf".into(), None));
}

const NEW_PASSWORD: &str = "un autre mot de passe";

fn new_password(current: &str, password: &str) -> String {
    serde_json::json!({ "current": current, "password": password }).to_string()
}

#[tokio::test]
async fn a_person_changes_her_own_password_and_her_other_devices_are_signed_out() {
    const CALL: &str = "POST /api/v1/me/password";
    let running = start(Settings::default()).await;
    let (here, phone) = (running.sign_in("yann").await, running.sign_in("yann").await);
    let maud = running.sign_in("maud").await;
    let right = new_password(PASSWORD, NEW_PASSWORD);
    for (headers, status) in [(String::new(), 401), (here.asks(), 403)] {
        assert_eq!(running.call(CALL, &headers, &right).await.status, status);
    }
    let wrong = new_password("not the password", NEW_PASSWORD);
    let reply = running.call(CALL, &here.changes(), &wrong).await;
    let current = Some("current".to_owned());
    assert_eq!(reply.refusal(), (401, "wrong-password".into(), current));
    let short = new_password(PASSWORD, "court");
    let reply = running.call(CALL, &here.changes(), &short).await;
    let field = Some("password".to_owned());
    assert_eq!(reply.refusal(), (400, "unknown-field-value".into(), field));
    let long = new_password(PASSWORD, &"x".repeat(1_025));
    let reply = running.call(CALL, &here.changes(), &long).await;
    assert_eq!(reply.refusal().1, "too-long");
    // Nothing of that changed anything.
    assert_eq!(running.try_sign_in("yann", PASSWORD, "").await.status, 200);

    let reply = running.call(CALL, &here.changes(), &right).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    let me = "GET /api/v1/me";
    assert_eq!(running.call(me, &here.asks(), "").await.status, 200);
    assert_eq!(running.call(me, &phone.asks(), "").await.status, 401);
    assert_eq!(running.call(me, &maud.asks(), "").await.status, 200);
    let reply = running
        .call("POST /api/v1/commands", &here.changes(), COMMAND)
        .await;
    assert_eq!(
        reply.status, 200,
        "the page's own token still counts: {reply:?}"
    );
    assert_eq!(running.try_sign_in("yann", PASSWORD, "").await.status, 401);
    assert_eq!(
        running.try_sign_in("yann", NEW_PASSWORD, "").await.status,
        200
    );
    // What lies on the disk is the session that goes on, from now on.
    let kept = running.site.0.sessions.lock().expect("whole").clone();
    assert!(kept.values().all(|row| row.started_ms <= now_ms() + 1));
}

#[tokio::test]
async fn a_device_left_open_does_not_let_passwords_be_tried_for_ever() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let call = |current: String| {
        let (running, headers) = (&running, browser.changes());
        async move {
            let body = new_password(&current, NEW_PASSWORD);
            running
                .call("POST /api/v1/me/password", &headers, &body)
                .await
        }
    };
    for n in 0..TRIES_PER_ACCOUNT {
        assert_eq!(call(format!("guess {n}")).await.status, 401, "{n}");
    }
    let reply = call(PASSWORD.to_owned()).await;
    assert_eq!(reply.refusal(), (429, "too-many-tries".into(), None));
}

#[tokio::test]
async fn devices_are_listed_and_signed_out() {
    let running = start(Settings::default()).await;
    let (kitchen, phone) = (running.sign_in("yann").await, running.sign_in("yann").await);
    let other = running.sign_in("maud").await;
    let rows = running
        .call("GET /api/v1/me/sessions", &phone.asks(), "")
        .await
        .json();
    let rows = rows["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    let of_kitchen = rows
        .iter()
        .find(|row| row["current"] == false)
        .expect("the other one");
    let call = format!(
        "DELETE /api/v1/me/sessions/{}",
        of_kitchen["id"].as_str().expect("id")
    );
    // Nobody ends the sessions of others.
    assert_eq!(running.call(&call, &other.changes(), "").await.status, 404);
    assert_eq!(running.call(&call, &phone.changes(), "").await.status, 204);
    assert_eq!(
        running
            .call("GET /api/v1/me", &kitchen.asks(), "")
            .await
            .status,
        401
    );

    let reply = running
        .call("DELETE /api/v1/session", &phone.changes(), "")
        .await;
    assert_eq!(reply.status, 204);
    assert!(
        reply.header("set-cookie").contains("max-age=0"),
        "{reply:?}"
    );
    assert_eq!(
        running
            .call("GET /api/v1/me", &phone.asks(), "")
            .await
            .status,
        401
    );
    assert_eq!(running.site.0.sessions.lock().expect("whole").len(), 1);
}

#[tokio::test]
async fn sessions_outlive_a_restart_but_not_the_admission() {
    let running = start(Settings::default()).await;
    let browser = running.sign_in("yann").await;
    let body = r#"{"language":"en","theme":"dark"}"#;
    let reply = running
        .call("PUT /api/v1/me/preferences", &browser.changes(), body)
        .await;
    assert_eq!(reply.json()["language"], "en");
    let site = running.site.clone();
    running.server.stop().await;
    // One that was forgotten on a machine for a month is cleared away at the start.
    let forgotten = Session {
        last_seen_ms: now_ms() - IDLE_MS_MAX,
        id: SessionId([9; 16]),
        ..site
            .0
            .sessions
            .lock()
            .expect("whole")
            .values()
            .next()
            .expect("kept")
            .clone()
    };
    site.put_session(forgotten).await.expect("kept");

    let running = start_with(site, Settings::default()).await;
    let me = running
        .call("GET /api/v1/me", &browser.asks(), "")
        .await
        .json();
    assert_eq!(
        (&me["language"], &me["theme"]),
        (&"en".into(), &"dark".into())
    );
    assert_eq!(running.site.0.sessions.lock().expect("whole").len(), 1);
    let admitted = &running.site.0.admitted_since;
    admitted.lock().expect("whole").insert(person(1), None);
    let reply = running.call("GET /api/v1/me", &browser.asks(), "").await;
    assert_eq!(reply.refusal(), (401, "not-signed-in".into(), None));
    assert_eq!(running.try_sign_in("yann", PASSWORD, "").await.status, 401);
}

#[tokio::test]
async fn the_command_line_adds_people_with_the_token_only() {
    let site = FakeSite::new();
    let settings = Settings {
        admin_token: Some("s3cret".into()),
        ..Settings::default()
    };
    let running = start_with(site, settings).await;
    let token = "authorization: Bearer s3cret\r\n";
    let body = r#"{"login":"lena","name":"Léna","openSpaces":true}"#;
    let yann = running.sign_in("yann").await;
    for headers in ["", "authorization: Bearer s3cre\r\n", &yann.changes()] {
        let reply = running
            .call("POST /api/v1/admin/people", headers, body)
            .await;
        assert_eq!(
            reply.refusal(),
            (403, "forbidden".into(), None),
            "{headers}"
        );
    }
    let proxied = format!("{token}x-forwarded-for: 203.0.113.9\r\n");
    assert_eq!(
        running
            .call("POST /api/v1/admin/people", &proxied, body)
            .await
            .status,
        403
    );

    let reply = running.call("POST /api/v1/admin/people", token, body).await;
    let password = reply.json()["password"].as_str().expect("made").to_owned();
    assert_eq!(running.try_sign_in("lena", &password, "").await.status, 200);
    let again = running.call("POST /api/v1/admin/people", token, body).await;
    assert_eq!(again.refusal(), (409, "conflict".into(), None));

    assert_eq!(
        running.call("GET /api/v1/site", token, "").await.json()["ok"],
        true
    );
    assert_eq!(
        running
            .call("GET /api/v1/site", &yann.asks(), "")
            .await
            .status,
        403
    );
    for path in [
        "GET /api/v1/admin/fingerprints",
        "GET /api/v1/admin/counters",
    ] {
        assert_eq!(running.call(path, token, "").await.status, 200, "{path}");
        let refused = running.call(path, &yann.asks(), "").await;
        assert_eq!(refused.refusal(), (403, "forbidden".into(), None), "{path}");
    }
    assert_eq!(
        running.call("GET /api/v1/today", token, "").await.status,
        401
    );

    let reset = "POST /api/v1/admin/people/yann/password";
    let short = running.call(reset, token, r#"{"password":"court"}"#).await;
    assert_eq!(short.refusal().2.as_deref(), Some("password"));
    let before_ms = now_ms();
    assert_eq!(running.call(reset, token, "{}").await.status, 200);
    assert!(now_ms() >= before_ms);
    assert_eq!(
        running
            .call("GET /api/v1/me", &yann.asks(), "")
            .await
            .status,
        401
    );
}
