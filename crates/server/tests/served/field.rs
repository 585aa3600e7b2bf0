//! What a device of a grid worker meets: photos in parts, bodies that name them, in whose name, what became of a key, claims that keep how
//! they came about, the matters of its ground, and the shell.

use crate::{accounts, desk};

use base64::Engine as _;
use desk::{Answer, Desk, photo};
use huying_engine::uploads::{LEAST_PART, LONG_MS, MOST, SHORT_MS};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const WORKER: &str = "worker-bridge-1";
const LITTER: &str = "city/facility/litter";

fn name(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn begin_as(desk: &Desk, member: &str, bytes: &[u8], length: usize) -> Answer {
    let sum = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes));
    desk.post("/api/v1/uploads")
        .by(member)
        .header("upload-complete", "?0")
        .header("upload-length", &length.to_string())
        .header("repr-digest", &format!("sha-256=:{sum}:"))
        .send()
        .await
}

async fn begin(desk: &Desk, bytes: &[u8]) -> Answer {
    begin_as(desk, WORKER, bytes, bytes.len()).await
}

async fn append(desk: &Desk, name: &str, at: usize, part: &[u8], last: bool) -> Answer {
    desk.method("PATCH", &format!("/api/v1/uploads/{name}"))
        .by(WORKER)
        .header("upload-offset", &at.to_string())
        .header("upload-complete", if last { "?1" } else { "?0" })
        .raw("application/partial-upload", part)
        .send()
        .await
}

async fn far(desk: &Desk, member: &str, name: &str) -> Answer {
    desk.method("HEAD", &format!("/api/v1/uploads/{name}")).by(member).send().await
}

/// A photo that is wholly there.
async fn bring(desk: &Desk, bytes: &[u8]) -> String {
    let name = name(bytes);
    assert_eq!(begin(desk, bytes).await.status, 201);
    let answer = append(desk, &name, 0, bytes, true).await;
    assert_eq!((answer.status.as_u16(), answer.header("upload-complete")), (204, "?1"), "{}", answer.text());
    name
}

/// Photos that differ.
fn another(no: u8) -> Vec<u8> {
    let mut bytes = photo();
    bytes.extend([no; 3]);
    bytes
}

/// A photo of more than one part.
fn long(no: u8) -> Vec<u8> {
    let mut bytes = photo();
    bytes.extend([no; 3 * LEAST_PART]);
    bytes
}

async fn report(desk: &Desk, key: &str, uploads: &Value) -> Answer {
    let body = json!({"source": "grid_worker", "matter": LITTER, "place": {"lon": 110.005, "lat": 30.015}, "uploads": uploads});
    desk.post("/api/v1/cases").by(WORKER).header("idempotency-key", key).json(&body).send().await
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_photo_in_parts_comes_into_the_case_with_the_report_that_names_it() {
    let desk = Desk::open().await;
    let (bytes, name) = (long(0), name(&long(0)));
    let begun = begin(&desk, &bytes).await;
    assert_eq!(
        (begun.status.as_u16(), begun.header("location")),
        (201, format!("/api/v1/uploads/{name}").as_str())
    );
    assert_eq!(
        begun.header("upload-limit"),
        "max-size=20971520, min-append-size=16384, max-append-size=4194304, max-age=604800"
    );
    assert_eq!((begun.header("upload-offset"), begun.header("upload-complete")), ("0", "?0"));
    assert_eq!(append(&desk, &name, 0, &bytes[..LEAST_PART], false).await.status, 204);
    assert_eq!(far(&desk, WORKER, &name).await.header("upload-offset"), "16384");
    let again = begin(&desk, &bytes).await;
    assert_eq!((again.status.as_u16(), again.header("upload-offset")), (200, "16384"));
    let named = json!([{"upload": name, "kind": "before"}]);
    let missing = report(&desk, "k-1", &named).await.problem(409);
    assert_eq!((missing["code"].as_str(), codes(&missing)), (Some("upload_missing"), vec!["uploads[0]"]));
    let whole = append(&desk, &name, LEAST_PART, &bytes[LEAST_PART..], true).await;
    assert_eq!((whole.status.as_u16(), whole.header("upload-complete")), (204, "?1"));
    // The key was not used up by what was missing.
    let told = report(&desk, "k-1", &named).await.expect(201);
    let id = told["id"].as_str().unwrap();
    let files = desk.get(&format!("/api/v1/cases/{id}/files")).by("acceptor-east").send().await.expect(200);
    assert_eq!(
        (files.as_array().unwrap().len(), &files[0]["kind"], &files[0]["bytes"]),
        (1, &json!("before"), &json!(bytes.len()))
    );
    // The answer was lost, and the photo is gone: the first answer comes again.
    desk.method("DELETE", &format!("/api/v1/uploads/{name}")).by(WORKER).send().await;
    assert_eq!(far(&desk, WORKER, &name).await.status, 404);
    let same = report(&desk, "k-1", &named).await.expect(201);
    assert_eq!((&same["id"], &same["replayed"]), (&told["id"], &json!(true)));
    let other = report(&desk, "k-1", &json!([])).await.problem(422);
    assert_eq!(other["code"], "key_reused");
}

#[tokio::test]
async fn a_part_is_taken_where_the_upload_has_come_to_and_nowhere_else() {
    let desk = Desk::open().await;
    let (bytes, name) = (photo(), name(&photo()));
    assert_eq!(append(&desk, &name, 0, b"x", false).await.problem(404)["code"], "not_found");
    begin(&desk, &bytes).await;
    let elsewhere = append(&desk, &name, 7, b"x", false).await;
    assert_eq!(
        (elsewhere.problem(409)["code"].as_str(), elsewhere.header("upload-offset")),
        (Some("upload_offset"), "0")
    );
    let mut long = bytes.clone();
    long.push(0);
    let long = append(&desk, &name, 0, &long, true).await;
    assert_eq!((codes(&long.problem(400)), long.header("upload-offset")), (vec!["Upload-Length"], "0"));
    assert_eq!(codes(&append(&desk, &name, 0, b"", false).await.problem(400)), ["body"]);
    let media =
        desk.method("PATCH", &format!("/api/v1/uploads/{name}")).by(WORKER).raw("image/jpeg", bytes.clone());
    assert_eq!(media.send().await.problem(415)["code"], "unsupported_type");
    // Bytes that do not give the name, and a last part that comes too soon: both throw it away.
    let wrong = vec![1; bytes.len()];
    for part in [&wrong[..], &bytes[..50]] {
        begin(&desk, &bytes).await;
        assert_eq!(append(&desk, &name, 0, part, true).await.problem(409)["code"], "upload_digest");
        assert_eq!(far(&desk, WORKER, &name).await.status, 404);
    }
    bring(&desk, &bytes).await;
    let twice = append(&desk, &name, bytes.len(), b"x", true).await;
    assert_eq!(
        (twice.problem(409)["code"].as_str(), twice.header("upload-complete")),
        (Some("upload_complete"), "?1")
    );
}

#[tokio::test]
async fn a_part_is_no_smaller_than_the_field_app_ever_sends_but_the_last() {
    let desk = Desk::open().await;
    let (bytes, name) = (long(0), name(&long(0)));
    begin(&desk, &bytes).await;
    for many in [1, LEAST_PART - 1] {
        let small = append(&desk, &name, 0, &bytes[..many], false).await;
        let problem = small.problem(400);
        assert_eq!((codes(&problem), small.header("upload-offset")), (vec!["body"], "0"), "{problem}");
        assert!(problem["errors"][0]["mend"].as_str().unwrap().contains("16384"), "{problem}");
    }
    let mut at = 0;
    while bytes.len() - at > LEAST_PART {
        assert_eq!(append(&desk, &name, at, &bytes[at..at + LEAST_PART], false).await.status, 204);
        at += LEAST_PART;
    }
    let early = append(&desk, &name, at, &bytes[at..bytes.len() - 1], false).await;
    assert_eq!(codes(&early.problem(400)), ["body"], "more was to follow");
    assert_eq!(append(&desk, &name, at, &bytes[at..], false).await.status, 204, "it comes to the end");
    let whole = append(&desk, &name, bytes.len(), b"", true).await;
    assert_eq!((whole.status.as_u16(), whole.header("upload-complete")), (204, "?1"));
}

#[tokio::test]
async fn an_upload_is_its_members_alone_and_a_request_in_anothers_name_does_nothing() {
    let desk = Desk::open().await;
    let name = bring(&desk, &photo()).await;
    assert_eq!(far(&desk, WORKER, &name).await.status, 204);
    assert_eq!(far(&desk, "acceptor-east", &name).await.status, 404);
    let body = json!({"text": "垃圾", "uploads": [{"upload": name}]});
    let theirs = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.problem(409);
    assert_eq!(theirs["code"], "upload_missing");
    let meant = |member: &str, named: &str| {
        desk.post("/api/v1/cases")
            .by(member)
            .header("for-member", named)
            .json(&json!({"text": "垃圾", "place": {"lon": 110.005, "lat": 30.015}}))
            .send()
    };
    assert_eq!(meant("acceptor-east", WORKER).await.problem(409)["code"], "another_member");
    assert_eq!(meant("acceptor-east", "").await.problem(409)["code"], "another_member");
    assert_eq!(meant("acceptor-east", "acceptor%2Deast").await.status, 201, "percent-encoded");
    let nobody =
        desk.post("/api/v1/cases").header("for-member", WORKER).json(&json!({"text": "垃圾"})).send().await;
    assert_eq!(nobody.problem(401)["code"], "not_signed_in");
    let listed = desk.get("/api/v1/cases").by("acceptor-east").send().await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn a_read_in_anothers_name_answers_nothing_of_whoever_is_signed_in() {
    let desk = Desk::open().await;
    let id = desk.report(LITTER, "垃圾").await;
    let case = format!("/api/v1/cases/{id}?journal=false");
    for path in [
        "/api/v1/session",
        "/api/v1/matters",
        "/api/v1/matters/frequent",
        "/api/v1/areas",
        "/api/v1/units/centre-east",
        "/api/v1/units/centre-east/queue",
        "/api/v1/keys/k-1",
        &case,
    ] {
        let read = |named: &str| desk.get(path).by("acceptor-east").header("for-member", named).send();
        assert_eq!(read(WORKER).await.problem(409)["code"], "another_member", "{path}");
        assert_ne!(read("acceptor-east").await.status, 409, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_file_that_is_taken_is_told_by_its_place_and_the_case_never_comes_to_be() {
    let desk = Desk::open().await;
    let (good, text) = (bring(&desk, &photo()).await, bring(&desk, b"only words, no picture").await);
    let mixed = json!([{"upload": good}, {"upload": text}]);
    let problem = report(&desk, "k-1", &mixed).await.problem(415);
    assert_eq!((problem["code"].as_str(), codes(&problem)), (Some("file_type"), vec!["uploads[1]"]));
    // A picture by its first bytes that cannot be drawn.
    let broken = bring(&desk, &photo()[..200]).await;
    let problem = report(&desk, "k-2", &json!([{"upload": good}, {"upload": broken}])).await.problem(400);
    assert_eq!((problem["code"].as_str(), codes(&problem)), (Some("file_broken"), vec!["uploads[1]"]));
    let lost = [name(b"one"), name(b"two")].map(|upload| json!({"upload": upload}));
    let problem = report(&desk, "k-3", &json!([lost[0], {"upload": good}, lost[1]])).await.problem(409);
    assert_eq!(codes(&problem), ["uploads[0]", "uploads[2]"], "all that are missing at once");
    let listed = desk.get("/api/v1/cases").by("acceptor-east").send().await.expect(200);
    assert_eq!(listed["items"], json!([]));
    let id = desk.report(LITTER, "垃圾").await;
    let note = json!({"words": "看过", "uploads": [{"upload": good}]});
    let problem = desk.command("acceptor-east", &id, "note", &note).send().await.problem(400);
    assert_eq!(
        (problem["errors"][0]["code"].as_str(), codes(&problem)),
        (Some("no_files_here"), vec!["uploads"])
    );
}

#[tokio::test]
async fn there_is_a_bound_on_what_a_member_may_have_lying_there() {
    let desk = Desk::open().await;
    let large = begin_as(&desk, WORKER, b"large", 20 * 1024 * 1024 + 1).await;
    assert_eq!(large.problem(413)["code"], "too_large");
    assert_eq!(codes(&begin_as(&desk, WORKER, b"none", 0).await.problem(400)), ["Upload-Length"]);
    for no in 0..MOST {
        assert_eq!(begin_as(&desk, WORKER, &no.to_be_bytes(), 1000).await.status, 201);
    }
    let full = begin_as(&desk, WORKER, b"one more", 1000).await;
    assert_eq!(
        (full.problem(429)["code"].as_str(), full.header("retry-after")),
        (Some("uploads_full"), "900")
    );
    assert_eq!(
        begin_as(&desk, WORKER, &0_i64.to_be_bytes(), 1000).await.status,
        200,
        "what is there goes on"
    );
    assert_eq!(
        codes(&begin_as(&desk, WORKER, &0_i64.to_be_bytes(), 999).await.problem(400)),
        ["Upload-Length"]
    );
    assert_eq!(
        begin_as(&desk, "acceptor-east", b"one more", 1000).await.status,
        201,
        "others have their own"
    );
    for no in 0..20_u8 {
        let fill = begin_as(&desk, "acceptor-west", &[no], 20 * 1024 * 1024).await;
        assert_eq!(fill.status, 201);
    }
    assert_eq!(begin_as(&desk, "acceptor-west", b"one more", 1).await.status, 429, "so many bytes");
}

#[tokio::test]
async fn what_nobody_goes_on_with_is_thrown_away_in_its_time_and_its_parts_with_it() {
    let desk = Desk::open().await;
    let (half, whole, used) = (long(1), another(2), another(3));
    begin(&desk, &half).await;
    assert_eq!(append(&desk, &name(&half), 0, &half[..LEAST_PART], false).await.status, 204);
    for bytes in [&whole, &used] {
        bring(&desk, bytes).await;
    }
    report(&desk, "k-1", &json!([{"upload": name(&used)}])).await.expect(201);
    let left = || async {
        desk.state.engine.sweep_uploads(desk.state.tenant()).await.unwrap();
        let mut left = Vec::new();
        for bytes in [&half, &whole, &used] {
            left.push(far(&desk, WORKER, &name(bytes)).await.status == 204);
        }
        left
    };
    assert_eq!(left().await, [true, true, true]);
    desk.clock.advance(SHORT_MS - 1);
    assert_eq!(left().await, [true, true, true], "a day after the last byte");
    desk.clock.advance(1);
    assert_eq!(left().await, [false, true, false], "what is not whole, and what was used");
    desk.clock.advance(LONG_MS - SHORT_MS - 1);
    assert_eq!(left().await, [false, true, false]);
    desk.clock.advance(1);
    assert_eq!(left().await, [false, false, false]);
    // What lies in the file store now is the case's: an original, a copy to show, a small one.
    let mut folders = vec![desk.folder.path().join("files")];
    let mut objects = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { objects += 1 }
        }
    }
    assert_eq!(objects, 3);
}

#[tokio::test]
async fn a_device_can_ask_what_became_of_its_key() {
    let desk = Desk::open().await;
    let ask =
        |member: &'static str, key: &'static str| desk.get(&format!("/api/v1/keys/{key}")).by(member).send();
    ask(WORKER, "k-1").await.problem(404);
    let told = report(&desk, "k-1", &json!([])).await.expect(201);
    let found = ask(WORKER, "k-1").await.expect(200);
    for field in ["id", "number", "version", "stage"] {
        assert_eq!(found[field], told[field], "{field}");
    }
    assert_eq!(found["replayed"], true);
    ask("acceptor-east", "k-1").await.problem(404);
}

#[tokio::test]
async fn a_claim_keeps_how_it_came_about() {
    let desk = Desk::open().await;
    let id = desk.report(LITTER, "垃圾").await;
    let claimed =
        json!({"occurred_at": desk::MORNING, "device_at": "2026-05-12T03:00:00.5Z", "offset_ms": -7_200_500});
    let note = json!({"words": "看过", "claimed": claimed});
    desk.command("acceptor-east", &id, "note", &note).send().await.expect(200);
    let case = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    let entries = case["journal"].as_array().unwrap();
    let (first, last) = (&entries[0], &entries[entries.len() - 1]);
    assert_eq!((&first["device_at"], &first["offset_ms"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (last["device_at"].as_str(), &last["offset_ms"]),
        (Some("2026-05-12T03:00:00.5Z"), &json!(-7_200_500))
    );
    for (field, wrong) in
        [("offset_ms", json!("soon")), ("offset_ms", json!(1.5)), ("device_at", json!("soon"))]
    {
        let mut claimed = json!({"occurred_at": desk::MORNING});
        claimed[field] = wrong;
        let note = json!({"words": "看过", "claimed": claimed});
        let problem = desk.command("acceptor-east", &id, "note", &note).send().await.problem(400);
        assert_eq!(codes(&problem), [format!("claimed.{field}")]);
    }
}

#[tokio::test]
async fn the_six_matters_are_those_of_the_ground_and_season_whoever_reported_them() {
    let desk = Desk::open().await;
    let at = |matter: &str, lon: f64| {
        let mut body = desk::report(matter, "一件");
        body["place"]["lon"] = json!(lon);
        let member = if lon < 110.02 { "acceptor-east" } else { "acceptor-west" };
        desk.post("/api/v1/cases").by(member).json(&body).send()
    };
    for (matter, lon, times) in
        [("city/order/parking", 110.005, 3), (LITTER, 110.005, 1), ("city/order/vendor", 110.025, 5)]
    {
        for _ in 0..times {
            assert_eq!(at(matter, lon).await.status, 201);
        }
    }
    let six = || async {
        let found = desk.get("/api/v1/matters/frequent").by(WORKER).send().await.expect(200);
        let rows = found.as_array().unwrap().clone();
        assert_eq!(rows.len(), 6, "{found}");
        rows.iter()
            .map(|row| (row["code"].as_str().unwrap().to_owned(), row["cases"].as_i64().unwrap()))
            .collect::<Vec<_>>()
    };
    let counted = |rows: &[(String, i64)]| rows.iter().filter(|row| row.1 > 0).cloned().collect::<Vec<_>>();
    let wanted = vec![("city/order/parking".to_owned(), 3), (LITTER.to_owned(), 1)];
    assert_eq!(counted(&six().await), wanted);
    desk.clock.advance(60 * SHORT_MS);
    assert!(counted(&six().await).is_empty(), "what was two months ago is no more frequent");
    desk.clock.advance(300 * SHORT_MS);
    assert_eq!(counted(&six().await), wanted, "and is again when the season comes");
}

#[tokio::test]
async fn the_shell_is_the_same_for_everybody_and_names_what_it_needs_by_hash() {
    let desk = Desk::open().await;
    let nobody = desk.get("/field").send().await;
    let member = desk.get("/field/task/7?x=1").by(WORKER).header("accept-language", "en").send().await;
    assert_eq!((nobody.status.as_u16(), &nobody.body), (200, &member.body));
    assert!(nobody.header("content-type").starts_with("text/html"));
    // The browser is marked as one that carries the app; that somebody has left stands until the app has seen it.
    assert!(nobody.header("set-cookie").starts_with("huying-field=here; Path=/; SameSite=Lax; Max-Age="));
    // An answer that is overtaken by a sign-out puts nothing over the mark of that.
    for mark in ["huying-field=left", "huying-field=here"] {
        let marked = desk.get("/field").header("cookie", mark).send().await;
        assert_eq!((marked.status.as_u16(), marked.header("set-cookie")), (200, ""), "{mark}");
    }
    assert!(nobody.header("content-security-policy").contains("default-src 'self'"));
    let worker = desk.get("/field-worker.js").send().await;
    assert_eq!((worker.status.as_u16(), worker.header("cache-control")), (200, "no-cache"));
    assert!(worker.header("content-type").starts_with("text/javascript"));
    // Every file that the page names is one of the shell, and is there.
    let (page, script) = (nobody.text(), worker.text());
    let named: Vec<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(named.len() >= 4, "{page}");
    for file in named {
        assert!(script.contains(file), "{file} is not kept by the worker");
        assert_eq!(desk.get(file).send().await.status, 200, "{file}");
    }
}

#[tokio::test]
async fn a_sign_out_that_is_told_late_ends_nobody_elses_session_and_the_field_app_hears_of_every_one() {
    let desk = accounts::open().await;
    let cookie = accounts::signed_in(&desk, accounts::MEMBER).await;
    let end = |named: &str, cookie: &str| {
        let end =
            desk.method("DELETE", "/api/v1/session").header("cookie", cookie).header("origin", accounts::OWN);
        end.header("for-member", named).send()
    };
    assert_eq!(end("somebody%20else", &cookie).await.problem(409)["code"], "another_member");
    desk.get("/api/v1/session").header("cookie", &cookie).send().await.expect(200);
    // A browser that does not carry the app is told nothing of it.
    let out = end(accounts::MEMBER, &cookie).await;
    assert!(
        out.status == 204 && !accounts::pairs(&out).contains("huying-field"),
        "{}",
        accounts::pairs(&out)
    );
    desk.get("/api/v1/session").header("cookie", &cookie).send().await.problem(401);
    assert_eq!(end(accounts::MEMBER, &cookie).await.status, 204, "nobody is signed in, so nobody else is");
    // One that does goes on in the app, which wipes what lies there; so does a program of the page.
    let carries = format!("{}; huying-field=here", accounts::signed_in(&desk, accounts::MEMBER).await);
    let out = accounts::page(&desk, "/sign-out", &carries, &[]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/field/left"));
    assert!(accounts::pairs(&out).contains("huying-field=left"), "{}", accounts::pairs(&out));
    let carries = format!("{}; huying-field=here", accounts::signed_in(&desk, accounts::MEMBER).await);
    assert!(accounts::pairs(&end(accounts::MEMBER, &carries).await).contains("huying-field=left"));
    let plain =
        accounts::page(&desk, "/sign-out", &accounts::signed_in(&desk, accounts::MEMBER).await, &[]).await;
    assert_eq!((plain.status.as_u16(), plain.header("location")), (303, "/sign-in"));
}
