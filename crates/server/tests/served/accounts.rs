//! Accounts through the router: cookies, the gates, other sites, programs' keys, and what the demonstration's names are worth.

use crate::desk;

use desk::{Answer, Desk};
use huying_engine::accounts::{AccountRules, Accounts, Demanded, Knock, Scope, Sent, totp};
use huying_model::MemberId;
use huying_server::{Settings, SignIn, arrival::Proxies};
use serde_json::{Value, json};

pub const MEMBER: &str = "acceptor-east";
const PASSWORD: &str = "a river under stone";
const OTHER: &str = "three birds on a wire";
pub const OWN: &str = "http://localhost:8080";

pub async fn opened(settings: Settings) -> Desk {
    let desk = Desk::serving(settings).await;
    for member in [MEMBER, "administrator"] {
        invited(&desk, member).await;
    }
    desk
}

pub async fn open() -> Desk {
    opened(Settings::default()).await
}

fn accounts(desk: &Desk) -> &Accounts {
    desk.state.accounts().unwrap()
}

/// Gives a member the password.
async fn invited(desk: &Desk, member: &str) {
    let Sent::Shown(link) = accounts(desk).invite(&MemberId::new(member), None).await.unwrap() else {
        panic!()
    };
    accounts(desk).take_up(link.rsplit('/').next().unwrap(), PASSWORD).await.unwrap();
}

/// The pairs that an answer sets, as a browser sends them back.
pub fn pairs(answer: &Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

pub async fn signed_in(desk: &Desk, member: &str) -> String {
    let body = json!({"member": member, "password": PASSWORD});
    let answer = desk.post("/api/v1/session").json(&body).send().await;
    answer.expect(200);
    pairs(&answer)
}

pub async fn page(desk: &Desk, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let post = desk.post(path).raw("application/x-www-form-urlencoded", body);
    post.header("cookie", cookie).header("origin", OWN).header("accept", "text/html").send().await
}

#[tokio::test]
async fn a_member_signs_in_with_a_password_and_out_again() {
    let desk = open().await;
    let body = |password: &str| json!({"member": MEMBER, "password": password});
    let post = |body: Value| desk.post("/api/v1/session").json(&body).send();
    assert_eq!(post(body(OTHER)).await.problem(401)["code"], "wrong_credentials");
    assert_eq!(post(json!({"member": MEMBER})).await.problem(401)["code"], "wrong_credentials");
    let signed = post(body(PASSWORD)).await;
    assert_eq!(signed.expect(200)["seats"][0]["unit"], "centre-east");
    let line = signed.header("set-cookie");
    assert!(line.starts_with("huying=") && line.contains("; HttpOnly; SameSite=Lax"), "{line}");
    let cookie = pairs(&signed);
    let who = desk.get("/api/v1/session").header("cookie", &cookie).send().await.expect(200);
    assert_eq!(who["id"], MEMBER);
    let out =
        desk.method("DELETE", "/api/v1/session").header("cookie", &cookie).header("origin", OWN).send().await;
    assert!(out.status == 204 && out.header("set-cookie").contains("Max-Age=0"));
    desk.get("/api/v1/session").header("cookie", &cookie).send().await.problem(401);
}

#[tokio::test]
async fn the_names_of_the_demonstration_open_nothing() {
    let (desk, demo) = (open().await, Desk::open().await);
    let cookie = pairs(&demo.post("/api/v1/session").json(&json!({"member": MEMBER})).send().await);
    for path in ["/api/v1/session", "/api/v1/cases", "/api/v1/members", "/api/v1/account", "/api/v1/accounts"]
    {
        assert_eq!(desk.get(path).by(MEMBER).send().await.problem(401)["code"], "not_signed_in", "{path}");
        assert_eq!(
            desk.get(path).header("cookie", &cookie).send().await.problem(401)["code"],
            "not_signed_in"
        );
    }
    let page = desk.get("/desk").by(MEMBER).send().await;
    assert_eq!((page.status.as_u16(), page.header("location")), (303, "/sign-in?next=%2Fdesk"));
    // And in the demonstration there are no accounts.
    for path in ["/api/v1/account", "/api/v1/accounts"] {
        assert_eq!(demo.get(path).by("administrator").send().await.problem(409)["code"], "demo_members");
    }
}

#[tokio::test]
async fn another_sites_page_cannot_use_a_members_cookie() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let report = desk::report("city/facility/litter", "垃圾");
    let send = |headers: &[(&str, &str)]| {
        let post = desk.post("/api/v1/cases").header("cookie", &cookie).json(&report);
        headers.iter().fold(post, |post, (name, value)| post.header(name, value)).send()
    };
    for headers in [
        &[][..],
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://localhost:9090")],
    ] {
        assert_eq!(send(headers).await.problem(403)["code"], "cross_origin", "{headers:?}");
    }
    assert_eq!(send(&[("origin", OWN)]).await.status, 201);
    assert_eq!(send(&[("sec-fetch-site", "same-origin")]).await.status, 201);
}

#[tokio::test]
async fn failed_tries_are_answered_with_429_and_the_seconds_to_wait() {
    let desk = open().await;
    let wrong = json!({"member": MEMBER, "password": OTHER});
    for _ in 0..5 {
        desk.post("/api/v1/session").json(&wrong).send().await.problem(401);
    }
    let waits = desk.post("/api/v1/session").json(&wrong).send().await;
    assert_eq!(
        (waits.problem(429)["code"].as_str().unwrap(), waits.header("retry-after")),
        ("too_many_tries", "2")
    );
    let form = page(&desk, "/sign-in", "", &[("member", MEMBER), ("password", OTHER)]).await;
    assert_eq!((form.status.as_u16(), form.header("retry-after")), (429, "2"));
    assert!(form.text().contains("请在 2 秒后重试"), "{}", form.text());
}

#[tokio::test]
async fn a_connection_that_others_can_hear_carries_no_password() {
    let proxies = Proxies::read(["10.0.0.1"]).unwrap();
    let desk = opened(Settings { proxies, ..Settings::default() }).await;
    let body = json!({"member": MEMBER, "password": PASSWORD});
    let post = || desk.post("/api/v1/session").json(&body).header("host", "desk.example.org");
    assert_eq!(post().from("192.0.2.7:4000").send().await.problem(403)["code"], "secure_only");
    let forged = post().from("192.0.2.7:4000").header("x-forwarded-proto", "https");
    assert_eq!(forged.send().await.problem(403)["code"], "secure_only");
    assert_eq!(post().from("10.0.0.1:4000").send().await.problem(403)["code"], "secure_only");
    assert_eq!(desk.get("/healthz").from("192.0.2.7:4000").send().await.text(), "ok");
    let through = post().from("10.0.0.1:4000").header("x-forwarded-proto", "https").send().await;
    through.expect(200);
    let lines: Vec<_> =
        through.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(
            line.starts_with("__Host-huying") && line.contains("; Secure") && line.contains("Path=/;"),
            "{line}"
        );
        assert!(
            line.contains("HttpOnly") && line.contains("SameSite=Lax") && !line.contains("Domain"),
            "{line}"
        );
    }
    assert_eq!(through.header("strict-transport-security"), "max-age=31536000");
    let plain = desk.get("/api/v1/session").header("cookie", &pairs(&through)).send().await;
    assert_eq!(
        plain.problem(401)["code"],
        "not_signed_in",
        "a secure cookie does not count on a plain connection"
    );
}

#[tokio::test]
async fn a_password_that_was_given_out_opens_only_the_page_where_it_is_changed() {
    let desk = Desk::serving(Settings::default()).await;
    let first = accounts(&desk).first().await.unwrap().unwrap();
    let body = json!({"member": "administrator", "password": first.password});
    let cookie = pairs(&desk.post("/api/v1/session").json(&body).send().await);
    for path in ["/api/v1/session", "/api/v1/cases", "/api/v1/accounts", "/api/v1/account"] {
        let shut = desk.get(path).header("cookie", &cookie).send().await;
        assert_eq!(shut.problem(403)["code"], "password_first", "{path}");
    }
    let shut =
        page(&desk, "/account", &cookie, &[("act", "key"), ("name", "k"), ("days", "1"), ("password", "x")])
            .await;
    assert_eq!(shut.status, 422);
    let desk_page = desk.get("/desk").header("cookie", &cookie).send().await;
    assert_eq!((desk_page.status.as_u16(), desk_page.header("location")), (303, "/account"));
    let own = desk.get("/account").header("cookie", &cookie).send().await;
    assert!(own.status == 200 && own.text().contains("请先设置您自己的密码"), "{}", own.text());
    let fields = [("act", "password"), ("old_password", first.password.as_str()), ("new_password", PASSWORD)];
    let changed = page(&desk, "/account", &cookie, &fields).await;
    assert_eq!((changed.status.as_u16(), changed.header("location")), (303, "/account"));
    desk.get("/api/v1/accounts").header("cookie", &pairs(&changed)).send().await.expect(200);
    desk.get("/api/v1/session").header("cookie", &cookie).send().await.problem(401);
}

#[tokio::test]
async fn codes_are_switched_on_asked_for_and_stand_in_by_recovery_codes() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let send = |method: &str, path: &str, cookie: &str, body: Value| {
        desk.method(method, path).header("cookie", cookie).header("origin", OWN).json(&body).send()
    };
    let begun = send("POST", "/api/v1/account/codes", &cookie, json!({})).await.expect(200);
    let secret = begun["secret"].as_str().unwrap();
    let code = || totp::code(&unbase32(secret), totp::step(desk.state.now()));
    let body = json!({"ticket": begun["ticket"], "code": code(), "password": PASSWORD});
    let on = send("PUT", "/api/v1/account/codes", &cookie, body).await;
    let recovery = on.expect(200)["recovery_codes"].as_array().unwrap().clone();
    assert_eq!((recovery.len(), on.header("cache-control")), (10, "no-store"));
    desk.get("/api/v1/session").header("cookie", &cookie).send().await.problem(401);
    desk.get("/api/v1/session").header("cookie", &pairs(&on)).send().await.expect(200);

    let half =
        desk.post("/api/v1/session").json(&json!({"member": MEMBER, "password": PASSWORD})).send().await;
    assert_eq!(half.expect(202)["next"], "second");
    let half = pairs(&half);
    for path in ["/api/v1/session", "/api/v1/cases", "/api/v1/account"] {
        assert_eq!(desk.get(path).header("cookie", &half).send().await.problem(401)["code"], "not_signed_in");
    }
    let second = |typed: String| send("POST", "/api/v1/session/second", &half, json!({"code": typed}));
    assert_eq!(second(code()).await.problem(401)["code"], "wrong_code", "the code was used before");
    desk.clock.advance(30_000);
    let whole = second(code()).await;
    whole.expect(200);
    assert_eq!(second(recovery[0].as_str().unwrap().to_owned()).await.problem(409)["code"], "too_late");
    let shown = desk.get("/api/v1/account").header("cookie", &pairs(&whole)).send().await.expect(200);
    assert_eq!((&shown["codes"], &shown["recovery_codes_left"]), (&json!(true), &json!(10)));
    // On the pages, with a recovery code.
    let form =
        page(&desk, "/sign-in", "", &[("member", MEMBER), ("password", PASSWORD), ("next", "/map")]).await;
    assert_eq!(form.header("location"), "/sign-in/second?next=%2Fmap");
    let wrong = page(&desk, "/sign-in/second", &pairs(&form), &[("code", "000000"), ("next", "/map")]).await;
    assert_eq!(wrong.status, 422);
    let typed = recovery[1].as_str().unwrap();
    let right = page(&desk, "/sign-in/second", &pairs(&form), &[("code", typed), ("next", "/map")]).await;
    assert_eq!((right.status.as_u16(), right.header("location")), (303, "/map"));
}

fn unbase32(text: &str) -> Vec<u8> {
    let value = |sign: u8| match sign {
        b'A'..=b'Z' => u64::from(sign - b'A'),
        _ => u64::from(sign - b'2') + 26,
    };
    let eight = |part: &[u8]| part.iter().fold(0, |bits, sign| (bits << 5) | value(*sign));
    text.as_bytes().chunks(8).flat_map(|part| eight(part).to_be_bytes()[3..].to_vec()).collect()
}

#[tokio::test]
async fn a_key_does_what_its_scopes_name_in_its_members_name_and_needs_no_origin() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let make = |scopes: Value, password: &str| {
        let body = json!({"name": "import", "scopes": scopes, "days": 30, "password": password});
        desk.post("/api/v1/account/keys").header("cookie", &cookie).header("origin", OWN).json(&body).send()
    };
    assert_eq!(make(json!(["everything"]), PASSWORD).await.problem(400)["errors"][0]["field"], "scopes");
    assert_eq!(make(json!(["read"]), OTHER).await.problem(401)["code"], "wrong_credentials");
    let made = make(json!(["read", "report"]), PASSWORD).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.expect(201);
    let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
    let ask = |method: &str, path: &str| desk.method(method, path).header("authorization", &bearer);
    let report = desk::report("city/facility/litter", "垃圾");
    assert_eq!(ask("GET", "/api/v1/session").send().await.expect(200)["id"], MEMBER);
    let id = ask("POST", "/api/v1/cases").json(&report).send().await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let handle =
        ask("POST", &format!("/api/v1/cases/{id}/commands/note")).json(&json!({"text": "x"})).send().await;
    assert_eq!(handle.problem(403)["code"], "key_scope");
    for (method, path) in [
        ("GET", "/api/v1/accounts"),
        ("GET", "/api/v1/account"),
        ("POST", "/api/v1/account/keys"),
        ("DELETE", "/api/v1/session"),
        ("GET", "/desk"),
    ] {
        let shut = ask(method, path).json(&json!({})).send().await;
        assert!(matches!(shut.status.as_u16(), 403 | 204), "{method} {path}: {}", shut.status);
    }
    let other = desk.get("/api/v1/session").header("authorization", "Bearer hy_x").header("cookie", &cookie);
    assert_eq!(
        other.send().await.problem(401)["code"],
        "not_signed_in",
        "a wrong key is not helped by a cookie"
    );
    let shown = desk.get("/api/v1/account").header("cookie", &cookie).send().await.expect(200);
    assert!(shown["keys"][0].get("key").is_none() && shown["keys"][0]["scopes"] == json!(["read", "report"]));
    let path = format!("/api/v1/account/keys/{}", made["id"].as_str().unwrap());
    let gone = desk.method("DELETE", &path).header("cookie", &cookie).header("origin", OWN).send().await;
    assert_eq!(gone.status, 204);
    assert_eq!(ask("GET", "/api/v1/session").send().await.problem(401)["code"], "not_signed_in");
}

#[tokio::test]
async fn a_key_with_every_scope_is_still_no_more_than_its_member() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let body = json!({"name": "all", "scopes": ["read", "report", "handle", "administer"], "days": 1, "password": PASSWORD});
    let post = desk.post("/api/v1/account/keys").header("cookie", &cookie).header("origin", OWN).json(&body);
    let bearer = format!("Bearer {}", post.send().await.expect(201)["key"].as_str().unwrap());
    for path in ["/api/v1/accounts", "/api/v1/subscriptions"] {
        let shut = desk.get(path).header("authorization", &bearer).send().await;
        assert_eq!(shut.problem(403)["code"], "administrators_only", "{path}");
    }
}

#[tokio::test]
async fn a_key_opens_nothing_while_its_member_has_something_to_do_first() {
    let rules = AccountRules { second_factor: Demanded::Everybody, ..AccountRules::default() };
    let sign_in = SignIn::Accounts(Box::new(rules), None);
    let desk = opened(Settings { sign_in, ..Settings::default() }).await;
    let (address, device) = ([192, 0, 2, 7].into(), String::new());
    let knock = Knock { member: MEMBER, password: PASSWORD, address, device, mark: None, had: None };
    let came = accounts(&desk).sign_in(knock).await.unwrap();
    let entered = accounts(&desk).entered(&came.token.text()).await.unwrap().unwrap();
    let made = accounts(&desk).make_key(&entered, "import", &[Scope::Read], 1, PASSWORD).await.unwrap();
    let asked = desk.get("/api/v1/cases").header("authorization", &format!("Bearer {}", made.key));
    assert_eq!(asked.send().await.problem(403)["code"], "codes_first");
}

#[tokio::test]
async fn an_administrator_invites_resets_and_closes_and_nobody_else_does() {
    let desk = open().await;
    let (admin, member) = (signed_in(&desk, "administrator").await, signed_in(&desk, MEMBER).await);
    let post = |cookie: &str, path: &str, body: Value| {
        desk.post(&format!("/api/v1/accounts/{path}"))
            .header("cookie", cookie)
            .header("origin", OWN)
            .json(&body)
            .send()
    };
    for path in
        ["leader-district/invite", "leader-district/reset", "leader-district/lock", "leader-district/unlock"]
    {
        assert_eq!(post(&member, path, json!({})).await.problem(403)["code"], "administrators_only");
    }
    let invited = post(&admin, "leader-district/invite", json!({"mail": "leader@example.org"})).await;
    assert_eq!(invited.header("cache-control"), "no-store");
    let invited = invited.expect(200);
    let link = invited["link"].as_str().unwrap();
    assert!(invited["mailed"] == false && link.starts_with("/invitation/"), "{invited}");
    let page_of = |path: &str| desk.get(path).header("accept", "text/html").send();
    let form = page_of(link).await;
    assert!(form.status == 200 && form.text().contains("leader-district"));
    assert_eq!(form.header("referrer-policy"), "strict-origin", "the link stays with whoever has it");
    let fields = |new: &'static str, again: &'static str| [("new_password", new), ("again", again)];
    assert_eq!(page(&desk, link, "", &fields(OTHER, PASSWORD)).await.status, 422);
    assert_eq!(page(&desk, link, "", &fields("1234567890", "1234567890")).await.status, 422);
    let taken = page(&desk, link, "", &fields(PASSWORD, PASSWORD)).await;
    assert_eq!((taken.status.as_u16(), taken.header("location")), (303, "/sign-in"));
    assert_eq!(page_of(link).await.status, 404, "it works once");
    let leader = signed_in(&desk, "leader-district").await;

    let list = desk.get("/api/v1/accounts").header("cookie", &admin).send().await;
    assert!(!list.text().contains("leader@example.org"), "the address is not shown");
    let list = list.expect(200);
    let row = list.as_array().unwrap().iter().find(|row| row["member"] == "leader-district").unwrap().clone();
    assert_eq!((&row["state"], &row["mail"]), (&json!("active"), &json!(true)));
    assert_eq!(post(&admin, "administrator/lock", json!({})).await.problem(409)["code"], "own_account");
    assert_eq!(post(&admin, "nobody/lock", json!({})).await.problem(404)["code"], "no_account");
    assert_eq!(post(&admin, "leader-district/lock", json!({})).await.status, 204);
    desk.get("/api/v1/session").header("cookie", &leader).send().await.problem(401);
    let shown = desk.get("/accounts").header("cookie", &admin).send().await.text();
    assert!(shown.contains("已停用") && shown.contains("leader-district"), "{shown}");
    let page_link = page(&desk, "/accounts", &admin, &[("act", "reset"), ("member", MEMBER)]).await;
    assert!(page_link.status == 200 && page_link.text().contains("/invitation/"), "{}", page_link.text());
    assert_eq!(page(&desk, "/accounts", &member, &[("act", "reset"), ("member", MEMBER)]).await.status, 403);
}

#[tokio::test]
async fn a_member_signs_devices_out_and_what_streams_to_them_ends() {
    let desk = open().await;
    let (here, there) = (signed_in(&desk, MEMBER).await, signed_in(&desk, MEMBER).await);
    let stream = desk.get("/api/v1/stream?after=0").header("cookie", &there).start().await;
    assert_eq!(stream.status(), 200);
    let account = desk.get("/api/v1/account").header("cookie", &here).send().await.expect(200);
    assert_eq!(account["devices"].as_array().unwrap().len(), 2);
    let out = desk.method("DELETE", "/api/v1/account/devices").header("cookie", &here).header("origin", OWN);
    assert_eq!(out.send().await.status, 204);
    desk.get("/api/v1/session").header("cookie", &there).send().await.problem(401);
    desk.get("/api/v1/session").header("cookie", &here).send().await.expect(200);
    let rest = axum::body::to_bytes(stream.into_body(), 1 << 20);
    tokio::time::timeout(std::time::Duration::from_secs(30), rest).await.expect("the stream ends").unwrap();
}

#[tokio::test]
async fn a_page_that_asks_by_itself_keeps_no_session_open_and_a_wall_shows_what_it_shows_until_the_end() {
    const MINUTE: i64 = 60_000;
    let desk = open().await;
    let ask = async |cookie: &str, path: &str, unattended: &str| {
        let get = desk.get(path).header("cookie", cookie).header("unattended", unattended);
        get.header("accept", "text/html").send().await.status.as_u16()
    };
    let cookie = signed_in(&desk, MEMBER).await;
    desk.clock.advance(20 * MINUTE);
    assert_eq!(ask(&cookie, "/cockpit", "?0").await, 200, "somebody pressed something");
    for minutes in [15, 14] {
        desk.clock.advance(minutes * MINUTE);
        assert_eq!(ask(&cookie, "/cockpit", "?1").await, 200);
        let stream = desk.get("/desk/live").header("cookie", &cookie).start().await;
        assert_eq!(stream.status(), 200);
    }
    desk.clock.advance(MINUTE);
    assert_eq!(ask(&cookie, "/cockpit", "?1").await, 303, "half an hour after somebody was there");
    desk.clock.advance(10 * 60 * MINUTE);
    accounts(&desk).purge().await.unwrap();
    assert_eq!(ask(&cookie, "/cockpit?wall=1", "?1").await, 200, "a wall goes on");
    assert_eq!(accounts(&desk).devices(&MemberId::new(MEMBER)).await.unwrap().len(), 1, "and can be ended");
    assert_eq!(ask(&cookie, "/cockpit/cases", "?0").await, 303, "it opens nothing else, and trying ends it");
    assert_eq!(ask(&cookie, "/cockpit?wall=1", "?1").await, 303);
    let cookie = signed_in(&desk, MEMBER).await;
    desk.clock.advance(12 * 60 * MINUTE);
    assert_eq!(ask(&cookie, "/cockpit?wall=1", "?1").await, 303, "until the absolute end");
}

#[tokio::test]
async fn asking_for_a_reset_tells_nobody_whether_there_is_such_an_account() {
    let desk = open().await;
    let ask = |member: &str| desk.post("/api/v1/account/forgotten").json(&json!({ "member": member })).send();
    let (known, unknown) = (ask(MEMBER).await, ask("nobody").await);
    assert_eq!((known.status.as_u16(), known.body), (202, unknown.body.clone()));
    assert_eq!(unknown.status, 202);
    let page = desk.get("/reset").header("accept", "text/html").send().await;
    assert!(page.text().contains("请联系系统管理员"), "without mail the page says whom to ask");
}

#[tokio::test]
async fn no_secret_stands_in_the_store_as_it_was_given() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let token = cookie.split(';').next().unwrap().split('=').nth(1).unwrap().to_owned();
    let body = json!({"name": "import", "scopes": ["read"], "days": 30, "password": PASSWORD});
    let made = desk
        .post("/api/v1/account/keys")
        .header("cookie", &cookie)
        .header("origin", OWN)
        .json(&body)
        .send()
        .await;
    let key = made.expect(201)["key"].as_str().unwrap().to_owned();
    let Sent::Shown(link) =
        accounts(&desk).invite(&MemberId::new("leader-district"), Some("leader@example.org")).await.unwrap()
    else {
        panic!()
    };
    let link = link.rsplit('/').next().unwrap().to_owned();
    desk.state.engine.store().close().await;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(desk.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            found.extend(std::fs::read(path).unwrap());
        }
    }
    assert!(found.len() > 100_000, "the store was really read");
    for secret in [PASSWORD, &token, &key, &key[3..], &link, "leader@example.org"] {
        let stands = found.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!stands, "a secret stands in the store");
    }
    assert!(found.windows(9).any(|window| window == b"$argon2id"), "the hash does");
}

#[tokio::test]
async fn whoever_has_number_and_secret_follows_a_case_and_nobody_with_one_of_them() {
    let desk = open().await;
    let cookie = signed_in(&desk, MEMBER).await;
    let report = desk::report("city/facility/litter", "垃圾");
    let send =
        || desk.post("/api/v1/cases").header("cookie", &cookie).header("origin", OWN).json(&report).send();
    let (one, other) = (send().await.expect(201), send().await.expect(201));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (number, secret) = (text(&one["number"]), text(&one["follow_secret"]));
    assert_ne!(one["follow_secret"], other["follow_secret"]);
    let look = |number: &str, secret: &str| {
        desk.post("/api/v1/track").json(&json!({"number": number, "secret": secret})).send()
    };
    let seen = look(&number, &secret.to_lowercase().replace('-', " ")).await;
    assert!(!seen.text().contains("垃圾") && seen.header("cache-control") == "no-store", "{}", seen.text());
    assert_eq!(seen.expect(200)["number"], one["number"]);
    for (number, secret) in [
        (&number, &text(&other["follow_secret"])),
        (&text(&other["number"]), &secret),
        (&number, &String::new()),
        (&String::from("PX-000000-0000-0000"), &secret),
    ] {
        assert_eq!(look(number, secret).await.problem(404)["code"], "not_found");
    }
    let shown = page(&desk, "/track", "", &[("number", &number), ("secret", &secret)]).await.text();
    assert!(shown.contains("待受理") && !shown.contains("垃圾"), "{shown}");
    assert_eq!(page(&desk, "/track", "", &[("number", &number), ("secret", "x")]).await.status, 422);
    for _ in 0..20 {
        look(&number, "x").await;
    }
    assert_eq!(look(&number, &secret).await.problem(429)["code"], "too_many_tries");
}
