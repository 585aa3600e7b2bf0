//! Limits through the router: too often is 429 with Retry-After, and what is too long is refused before anything is read.

use crate::desk;

use desk::Desk;
use huying_server::{
    Settings, SignIn,
    rates::{Limits, Rate},
};
use serde_json::json;

async fn limited() -> Desk {
    let few = |address| Rate { address, device: 3, key: 3 };
    let limits =
        Limits { report: few(5), follow: few(4), sign_in: few(4), other: few(40), kept: 1_000, streams: 2 };
    Desk::serving(Settings { limits: Some(limits), ..Settings::default() }).await
}

#[tokio::test]
async fn whoever_tries_to_sign_in_too_often_is_told_when_to_come_again() {
    let desk = limited().await;
    let body = json!({"member": "nobody", "password": "a river under stone"});
    let post = || desk.post("/api/v1/session").json(&body).send();
    for _ in 0..4 {
        assert_eq!(post().await.problem(401)["code"], "wrong_credentials");
    }
    let refused = post().await;
    assert_eq!(refused.problem(429)["code"], "too_many_requests");
    assert_eq!(refused.header("retry-after"), "15");
    assert_eq!(desk.get("/healthz").send().await.text(), "ok", "a probe is always answered");
    let page = desk.post("/sign-in").header("accept", "text/html").send().await;
    assert!(page.status == 429 && page.header("content-type").starts_with("text/html"), "{}", page.text());
    assert!(page.text().contains("请求过于频繁"), "{}", page.text());
    desk.clock.advance(15_000);
    assert_eq!(post().await.problem(401)["code"], "wrong_credentials");
}

#[tokio::test]
async fn following_by_secret_is_limited_apart_from_signing_in() {
    let desk = limited().await;
    let body = json!({"number": "20260512-0001", "secret": "0000-0000-0000"});
    let post = || desk.post("/api/v1/track").json(&body).send();
    for _ in 0..4 {
        post().await.problem(404);
    }
    assert_eq!(post().await.problem(429)["code"], "too_many_requests");
    let signing = json!({"member": "nobody", "password": "a river under stone"});
    desk.post("/api/v1/session").json(&signing).send().await.problem(401);
}

#[tokio::test]
async fn a_program_is_limited_by_its_key_and_an_unknown_one_as_well() {
    let desk = limited().await;
    let get = |key: &str| desk.get("/api/v1/cases").header("authorization", &format!("Bearer {key}")).send();
    for _ in 0..3 {
        get("hy_one").await.problem(401);
    }
    get("hy_one").await.problem(429);
    get("hy_two").await.problem(401);
}

#[tokio::test]
async fn a_member_holds_so_many_live_streams_and_another_when_one_has_ended() {
    let limits = Limits { streams: 2, ..Limits::default() };
    let settings = Settings { sign_in: SignIn::Demo, limits: Some(limits), ..Settings::default() };
    let desk = Desk::serving(settings).await;
    let open = |member: &str, path: &str| desk.get(path).by(member).start();
    let (first, second) =
        (open("acceptor-east", "/api/v1/stream").await, open("acceptor-east", "/desk/live").await);
    assert!(first.status() == 200 && second.status() == 200, "pages and programs together");
    for path in ["/api/v1/stream?after=0", "/desk/live"] {
        let refused = desk.get(path).by("acceptor-east").send().await;
        assert_eq!(refused.problem(429)["code"], "too_many_requests", "{path}");
        assert_eq!(refused.header("retry-after"), "30", "{path}");
        assert!(refused.text().contains("实时连接已达上限（2 个）"), "{path}: {}", refused.text());
        let english = desk.get(path).by("acceptor-east").header("accept-language", "en").send().await;
        assert!(english.text().contains("You hold 2 live streams"), "{path}: {}", english.text());
    }
    assert_eq!(open("acceptor-west", "/api/v1/stream").await.status(), 200, "each has their own");
    drop(first);
    assert_eq!(open("acceptor-east", "/desk/live").await.status(), 200);
    drop(second);
}

#[tokio::test]
async fn in_the_demonstration_nobody_is_limited() {
    let desk = Desk::serving(Settings { sign_in: SignIn::Demo, limits: None, ..Settings::default() }).await;
    for _ in 0..200 {
        desk.get("/api/v1/session").by("acceptor-east").send().await.expect(200);
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_read() {
    let desk = Desk::open().await;
    let long = format!("/api/v1/search?q={}", "x".repeat(9_000));
    let refused = desk.get(&long).by("acceptor-east").send().await;
    assert_eq!(refused.problem(414)["code"], "address_too_long");
    let body = vec![b' '; huying_server::sent::MAX_JSON + 1];
    let refused = desk.post("/api/v1/cases").by("acceptor-east").raw("application/json", body).send().await;
    assert_eq!(refused.problem(413)["code"], "too_large");
    for limit in ["0", "501", "-1", "x"] {
        let path = format!("/api/v1/cases?limit={limit}");
        let problem = desk.get(&path).by("acceptor-east").send().await.problem(400);
        assert_eq!(problem["errors"][0]["field"], "limit", "{limit}");
    }
}
