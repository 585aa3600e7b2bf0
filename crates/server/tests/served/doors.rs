//! Who may come in: sessions, the loopback rule, and the census of every address.

use crate::desk;
use crate::routes;

use std::fmt::Write as _;

use desk::Desk;
use huying_server::{Settings, arrival::Addresses};
use serde_json::json;

#[tokio::test]
async fn a_member_signs_in_by_name_and_the_cookie_lets_them_work() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/api/v1/session").send().await.problem(401)["code"], "not_signed_in");
    let signed = desk.post("/api/v1/session").json(&json!({"member": "acceptor-east"})).send().await;
    assert_eq!(signed.expect(200)["seats"][0]["unit"], "centre-east");
    let cookie = signed.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let who = desk.get("/api/v1/session").header("cookie", pair).send().await.expect(200);
    assert_eq!(who["id"], "acceptor-east");
    let forged = format!("{}x", pair);
    desk.get("/api/v1/session").header("cookie", &forged).send().await.problem(401);
    let unknown = desk.post("/api/v1/session").json(&json!({"member": "nobody"})).send().await.problem(400);
    assert_eq!(unknown["errors"][0]["field"], "member");
    let out = desk.method("DELETE", "/api/v1/session").header("cookie", pair).send().await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn nobody_signs_in_from_afar_through_a_proxy_or_under_another_name_of_this_machine() {
    let desk = Desk::open().await;
    let body = json!({"member": "acceptor-east"});
    let post = || desk.post("/api/v1/session").json(&body);
    assert_eq!(post().from("192.0.2.7:4000").send().await.problem(403)["code"], "loopback_only");
    assert_eq!(
        post().header("host", "huying.example.org").send().await.problem(403)["code"],
        "loopback_only"
    );
    assert_eq!(
        post().header("x-forwarded-for", "192.0.2.7").send().await.problem(403)["code"],
        "loopback_only"
    );
    let by_header = desk.get("/api/v1/cases").by("acceptor-east").from("192.0.2.7:4000").send().await;
    assert_eq!(by_header.problem(403)["code"], "loopback_only");
    let cookie = post().send().await.header("set-cookie").split(';').next().unwrap().to_owned();
    let by_cookie = desk.get("/api/v1/cases").header("cookie", &cookie).from("192.0.2.7:4000").send().await;
    assert_eq!(by_cookie.problem(403)["code"], "loopback_only");
    assert_eq!(
        desk.get("/api/v1/cases").header("cookie", &cookie).from("[::1]:4000").send().await.status,
        200
    );
}

#[tokio::test]
async fn a_page_of_another_site_cannot_make_a_signed_in_browser_change_anything() {
    let desk = Desk::open().await;
    let report = desk::report("city/facility/litter", "垃圾");
    let send = |origin: &str| {
        desk.post("/api/v1/cases").by("acceptor-east").header("origin", origin).json(&report).send()
    };
    assert_eq!(send("http://evil.example").await.problem(403)["code"], "cross_origin");
    assert_eq!(send("http://localhost:8080").await.status, 201);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let desk = Desk::open().await;
    for path in ["/healthz", "/api", "/api/v1/session", "/nothing"] {
        let answer = desk.get(path).send().await;
        assert!(answer.header("content-security-policy").contains("default-src"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn what_a_member_reads_is_kept_by_no_browser() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let one = format!("/api/v1/cases/{id}");
    let page = format!("/cases/{id}");
    let queue = "/api/v1/units/centre-east/queue";
    for path in [one.as_str(), "/api/v1/cases", "/api/v1/search?q=a", queue, page.as_str()] {
        let answer = desk.get(path).by("acceptor-east").send().await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"), "{path}");
    }
}

#[tokio::test]
async fn operators_ask_for_health_and_metrics_that_name_routes_and_never_persons() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/healthz").send().await.text(), "ok");
    assert_eq!(desk.get("/readyz").send().await.text(), "ready");
    let id = desk.report("city/facility/litter", "垃圾").await;
    desk.get("/api/v1/search?q=secret").by("acceptor-east").send().await.expect(200);
    desk.command("acceptor-east", &id, "finish", &json!({"outcome": "solved"})).send().await.problem(409);
    let text = desk.get("/metrics").send().await.text();
    for line in [
        "huying_http_requests_total{method=\"POST\",route=\"/api/v1/cases\",status=\"201\"} 1",
        "huying_commands_total{command=\"report\",outcome=\"done\"} 1",
        "huying_commands_total{command=\"finish\",outcome=\"not_from_here\"} 1",
        "huying_live_streams 0",
    ] {
        assert!(text.contains(line), "{line} is missing of:\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    for secret in ["secret", "acceptor-east", id.as_str()] {
        assert!(!text.contains(secret), "{secret} stands in the metrics");
    }
}

#[tokio::test]
async fn figures_are_told_on_this_machine_and_to_declared_addresses_alone() {
    let demo = Desk::open().await;
    let afar = demo.get("/metrics").from("192.0.2.7:4000").send().await;
    assert_eq!(afar.problem(403)["code"], "operators_only");
    let metrics_from = Addresses::read(["192.0.2.9"]).unwrap();
    let proxies = Addresses::read(["10.0.0.1"]).unwrap();
    let desk = Desk::serving(Settings { metrics_from, proxies, ..Settings::default() }).await;
    assert_eq!(desk.get("/metrics").send().await.status, 200);
    assert_eq!(desk.get("/metrics").from("192.0.2.9:4000").send().await.status, 200, "in clear too");
    // A declared address is no way round the door for anything else.
    let other = desk.get("/api/v1/problems").from("192.0.2.9:4000").send().await;
    assert_eq!(other.problem(403)["code"], "secure_only");
    for (client, told) in [("192.0.2.7", 403_u16), ("192.0.2.9", 200)] {
        let through = desk.get("/metrics").from("10.0.0.1:4000").header("x-forwarded-proto", "https");
        let answer = through.header("x-forwarded-for", client).send().await;
        assert_eq!(answer.status, told, "{client}: {}", answer.text());
    }
}

/// Who gets in, found out by asking: from afar without a name, from here without a name, from here as a member.
async fn who(desk: &Desk, method: &str, path: &str) -> &'static str {
    let id = "0".repeat(32);
    let path: String = path
        .split('/')
        .map(|part| if part.starts_with('{') { id.as_str() } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let shut = |status: u16| matches!(status, 401 | 403) || (300..400).contains(&status);
    let afar = desk.method(method, &path).from("192.0.2.7:4000").start().await.status().as_u16();
    let near = desk.method(method, &path).start().await.status().as_u16();
    let member = desk.method(method, &path).by("leader-district").start().await.status().as_u16();
    let administrator = desk.method(method, &path).by("administrator").start().await.status().as_u16();
    let keeper = desk.method(method, &path).by("handler-order-east").start().await.status().as_u16();
    match (shut(afar), shut(near), matches!(member, 401 | 403)) {
        (false, false, false) => "anyone",
        (true, false, false) => "loopback",
        (true, true, false) => "member",
        (true, true, true) if !shut(administrator) => "administrator",
        (true, true, true) if !shut(keeper) => "keeper",
        _ => "nobody",
    }
}

#[tokio::test]
async fn the_census_of_who_may_use_which_address_is_the_one_that_is_checked_in() {
    let desk = Desk::open().await;
    let routes = routes::all();
    assert!(routes.len() > 80, "only {} addresses were found", routes.len());
    let mut census = String::from(
        "# Who may use which address: anyone, loopback (on this machine, signed in or not), member (signed in, on this machine),\n\
         # administrator (a member who looks after the whole authority), keeper (who keeps service recipients: grid workers and handlers).\n\
         # What a member may do there is the model's table; what they may see is the engine's rule of sight.\n\
         # Made by asking every address: HUYING_BLESS=1 cargo test -p huying-server --test served doors\n",
    );
    for (method, path) in routes {
        writeln!(census, "{:<13} {method:<7} {path}", who(&desk, &method, &path).await).unwrap();
    }
    routes::compare("census.txt", &census);
}

/// What opens without signing in where members come in by accounts: the way in, links that were handed over, reporting and following
/// one's own case, programs of others, the description, and what operators ask.
const OPEN: [&str; 52] = [
    "GET /api/v1/exchange/schemas/{name}",
    "GET /api/v1/exchange/{partner}/files/{address}",
    "GET /api",
    "GET /api/v1/log/checkpoint",
    "GET /api/v1/log/tile/{level}/{index}",
    "GET /api/v1/openapi.json",
    "GET /api/v1/problems",
    "GET /api/v1/tiles/public/{z}/{x}/{y}",
    "GET /api/v1/words",
    "POST /api/v1/account/forgotten",
    "POST /api/v1/account/invitation",
    "POST /api/v1/reports",
    "POST /api/v1/reports/challenge",
    "DELETE /api/v1/session",
    "POST /api/v1/session",
    "POST /api/v1/session/passkey",
    "POST /api/v1/session/passkey/challenge",
    "POST /api/v1/session/second",
    "POST /api/v1/track",
    "POST /api/v1/track/receipt",
    "GET /assets/{name}",
    // The shell of the field app, without a word of anybody.
    "GET /field",
    "GET /field/{*rest}",
    "GET /field-worker.js",
    "GET /accessibility",
    "GET /developers",
    "GET /developers/guide/{name}",
    "GET /developers/operation",
    "GET /developers/sandbox",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /help",
    "GET /invitation/{token}",
    "POST /invitation/{token}",
    "GET /open311/v2/{*rest}",
    "POST /open311/v2/{*rest}",
    "GET /public",
    "GET /public/{number}",
    "GET /report",
    "POST /report",
    "GET /reset",
    "POST /reset",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/openid",
    "GET /sign-in/openid/back",
    "POST /sign-in/second",
    "GET /track",
    "POST /track",
    "POST /track/act",
    "POST /track/receipt",
];

#[tokio::test]
async fn where_members_have_accounts_nothing_else_opens_to_a_name_or_to_nobody() {
    let desk = Desk::serving(Settings::default()).await;
    let demo = Desk::open().await;
    let chosen = demo.post("/api/v1/session").json(&json!({"member": "administrator"})).send().await;
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    let mut open = std::collections::BTreeSet::new();
    for (method, path) in routes::all() {
        let asked = path.replace(['{', '}'], "");
        let ask = || desk.method(&method, &asked);
        let nobody = ask().start().await.status().as_u16();
        let name = ask().by("administrator").start().await.status().as_u16();
        let old = ask().header("cookie", &cookie).header("origin", "http://localhost:8080").start().await;
        for status in [nobody, name, old.status().as_u16()] {
            if status != 401 && !(300..400).contains(&status) {
                open.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(open, OPEN.map(str::to_owned).into());
    // What the description says of them is what they do.
    let document: serde_json::Value = serde_json::from_str(&huying_server::openapi::text()).unwrap();
    for (method, path) in routes::described() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let said = operation["security"] == json!([{}]);
        assert_eq!(said, open.contains(&format!("{method} {path}")), "{method} {path}");
    }
}

#[tokio::test]
async fn an_administrator_subscribes_somebody_and_sees_the_secret_once() {
    let desk = Desk::open().await;
    let body =
        json!({"channel": "webhook", "target": "https://example.org/hook", "wanted": {"kinds": ["closed"]}});
    let post = |member: &str, body: &serde_json::Value| {
        desk.post("/api/v1/subscriptions").by(member).json(body).send()
    };
    assert_eq!(post("leader-district", &body).await.problem(403)["code"], "administrators_only");
    let made = post("administrator", &body).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.expect(201);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let listed = desk.get("/api/v1/subscriptions").by("administrator").send().await.expect(200);
    assert_eq!((&listed[0]["id"], &listed[0]["wanted"]["kinds"]), (&made["id"], &json!(["closed"])));
    assert_eq!(listed[0].get("secret"), None);
    for (field, wrong) in [
        ("channel", json!({"channel": "pigeon", "target": "roof"})),
        ("target", json!({"channel": "webhook", "target": "http://127.0.0.1/hook"})),
        ("target", json!({"channel": "mail", "target": "nobody"})),
        ("units", json!({"channel": "mail", "target": "a@example.org", "wanted": {"units": ["none"]}})),
    ] {
        assert_eq!(post("administrator", &wrong).await.problem(400)["errors"][0]["field"], field, "{wrong}");
    }
    let path = format!("/api/v1/subscriptions/{}", made["id"].as_str().unwrap());
    desk.method("DELETE", &path).by("leader-district").send().await.problem(403);
    assert_eq!(desk.method("DELETE", &path).by("administrator").send().await.status, 204);
    desk.method("DELETE", &path).by("administrator").send().await.problem(404);
    let listed = desk.get("/api/v1/subscriptions").by("administrator").send().await.expect(200);
    assert_eq!(listed, json!([]));
}
