//! The sandbox: a developer's way through it, and that nothing of it is in the authority beside it, goes out under its name, or outlives it.

mod yard;

use huying_engine::accounts::Sent;
use huying_model::MemberId;
use huying_server::{Settings, open311::Open311};
use serde_json::{Value, json};
use yard::{FIRST, MARK, Yard, receiver, until};

use crate::{
    desk::{self, Desk},
    drafts,
    traces::{self, Needle, Server},
};

/// `沙丘标记` as a part of an address.
const MARK_ASKED: &str = "%E6%B2%99%E4%B8%98%E6%A0%87%E8%AE%B0";

fn needles() -> Vec<Needle> {
    vec![(MARK.to_owned(), MARK.as_bytes().to_vec())]
}

/// Everything of the authority: every primary table as a backup has it, and what each way of looking over it answers.
async fn whole(desk: &Desk, name: &str) -> Vec<(String, String)> {
    let (dir, keys) = (desk.folder.path().join(name), desk.folder.path().join(format!("{name}-keys")));
    let store = desk.state.engine.store();
    store.backup(&dir, &keys, 0).await.unwrap();
    let mut all = Vec::new();
    for folder in [dir, keys] {
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for path in names {
            all.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(path).unwrap(),
            ));
        }
    }
    assert!(store.check(&|_| {}).await.unwrap().clean(), "what is derived is that of the journal");
    assert!(store.audit(&|_| {}).await.unwrap().clean(), "no stream has a gap");
    let search = format!("/api/v1/search?q={MARK_ASKED}");
    for path in [
        "/api/v1/cases",
        &search,
        "/api/v1/map?bbox=109,29,112,31",
        "/api/v1/counts?level=street",
        "/api/v1/duplicates?lon=110.005&lat=30.015&matter=city/facility/litter",
        "/api/v1/subscriptions",
        "/api/v1/policy",
        "/api/v1/organisation/changes",
        "/open311/v2/requests.json",
        "/open311/v2/requests.xml?status=closed",
    ] {
        let by = if path.contains("subscriptions") { "administrator" } else { "leader-district" };
        let answer = desk.get(path).by(by).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("huying-sandbox")), (200, ""), "{path}");
        all.push((path.to_owned(), answer.text()));
    }
    all
}

async fn a_developer_tries_everything_and_the_authority_is_as_it_was(yard: Yard) {
    let desk = &yard.desk;
    let own = desk.report("city/facility/litter", "自己的垃圾").await;
    let before = whole(desk, "before").await;
    let (id, number) = yard.lived_through().await;
    assert!(number.starts_with("SBX-"), "{number}");
    let operator = yard.key("centre-east.operator.1").await;
    let leader = yard.key("centre.leader.1").await;
    let listed = yard.get(&leader, "/api/v1/cases").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), FIRST + 1, "{listed}");
    let found = yard.get(&leader, &format!("/api/v1/search?q={MARK_ASKED}")).await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), FIRST + 1);
    assert_eq!(yard.get(&leader, &format!("/api/v1/cases/{own}")).await.problem(404)["code"], "not_found");
    let tracked = desk.get("/sandbox/open311/v2/requests.json?status=open,closed").send().await;
    assert!(tracked.status == 200 && tracked.header("huying-sandbox") == "true", "{}", tracked.text());
    let discovery = desk.get("/sandbox/open311/v2/discovery.json").send().await.expect(200);
    assert!(discovery.to_string().contains("http://localhost:8080/sandbox/open311/v2"), "{discovery}");
    let administrator = yard.key("centre.administrator.1").await;
    let hook = json!({"channel": "webhook", "target": "http://127.0.0.1:9/hook", "wanted": {}});
    yard.post(&administrator, "/api/v1/subscriptions", &hook).await.expect(201);
    let book = drafts::files(&[drafts::SECOND]);
    let (media, body) = drafts::form("try", &book);
    yard.ask(&administrator, "POST", "/api/v1/policy/versions").raw(&media, body).send().await.expect(201);
    yard.post(&operator, "/api/v1/cases", &desk::report("city/order/vendor", MARK)).await.expect(201);

    for path in [format!("/api/v1/cases/{id}"), format!("/api/v1/cases/{number}")] {
        assert_eq!(desk.get(&path).by("leader-district").send().await.problem(404)["code"], "not_found");
    }
    assert_eq!(whole(desk, "after").await, before, "the authority is as it was");
    assert_eq!(traces::found(desk.folder.path(), &needles()), [""; 0], "in no byte of it");

    desk.clock.advance(60_000);
    let made = yard.reset().await.expect(200);
    assert_eq!(made["policy"], "starter-1");
    assert_eq!(whole(desk, "later").await, before, "and so it stays");
    for key in [&operator, &leader, &administrator] {
        assert_eq!(yard.get(key, "/api/v1/session").await.problem(401)["code"], "not_signed_in");
    }
    let leader = yard.key("centre.leader.1").await;
    let listed = yard.get(&leader, "/api/v1/cases").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), FIRST, "{listed}");
    let administrator = yard.key("centre.administrator.1").await;
    assert_eq!(yard.get(&administrator, "/api/v1/subscriptions").await.expect(200), json!([]));
    assert_eq!(yard.places().len(), 1, "the one before is gone");
    let only = [("井盖".to_owned(), format!("{MARK}井盖").into_bytes())];
    assert_eq!(traces::found(yard.folder.path(), &only), [""; 0], "in no byte of the new one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_it_is_in_the_authority_and_nothing_of_it_outlives_it() {
    a_developer_tries_everything_and_the_authority_is_as_it_was(Yard::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_it_is_in_an_authority_on_postgres_either() {
    let server = Server::start("sandbox");
    a_developer_tries_everything_and_the_authority_is_as_it_was(Yard::at(&server.url).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_opens_one_opens_nothing_of_the_other() {
    let yard = Yard::serving(Settings::default()).await;
    let (desk, word) = (&yard.desk, "a river under stone");
    let accounts = desk.state.accounts().unwrap();
    let Sent::Shown(link) = accounts.invite(&MemberId::new("administrator"), None).await.unwrap() else {
        panic!()
    };
    accounts.take_up(link.rsplit('/').next().unwrap(), word).await.unwrap();
    let body = json!({"member": "administrator", "password": word});
    let signed = desk.post("/api/v1/session").json(&body).send().await;
    let cookie = signed.header("set-cookie").split(';').next().unwrap().to_owned();
    let with = |path: &str, body: Value| {
        let ask = desk.post(path).header("cookie", &cookie).header("origin", "http://localhost:8080");
        ask.json(&body).send()
    };
    let scopes = json!(["read", "report", "handle", "administer"]);
    let real = json!({"name": "real", "scopes": scopes, "days": 1, "password": word});
    let real = with("/api/v1/account/keys", real).await.expect(201)["key"].as_str().unwrap().to_owned();
    let made = with("/api/v1/sandbox/keys", json!({"member": "centre.administrator.1", "name": "try"})).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.expect(201);
    assert_eq!((&made["scopes"], &made["address"]), (&scopes, &json!("/sandbox")));
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("hy_sandbox_"), "it is recognised wherever it lies about");

    for path in
        ["/api/v1/session", "/api/v1/cases", "/api/v1/subscriptions", "/api/v1/sandbox", "/api/v1/members"]
    {
        let bearer = format!("Bearer {key}");
        let there = desk.get(path).header("authorization", &bearer).send().await;
        assert_eq!(there.problem(401)["code"], "not_signed_in", "{path}: a key of the sandbox outside");
        if path.ends_with("/sandbox") {
            continue;
        }
        assert_eq!(yard.get(&key, path).await.status, 200, "{path}");
        let inside = yard.get(&real, path).await;
        assert_eq!(inside.problem(401)["code"], "not_signed_in", "{path}: a key of the authority inside");
        let cookie = desk.get(&format!("/sandbox{path}")).header("cookie", &cookie).send().await;
        assert_eq!(cookie.problem(401)["code"], "not_signed_in", "{path}: a cookie of the authority inside");
        let named = desk.get(&format!("/sandbox{path}")).by("administrator").send().await;
        assert_eq!(named.problem(401)["code"], "not_signed_in", "{path}: a name inside");
        assert_eq!(named.header("huying-sandbox"), "true");
    }
    let operator = json!({"member": "centre-east.operator.1", "name": "try"});
    let operator =
        with("/api/v1/sandbox/keys", operator).await.expect(201)["key"].as_str().unwrap().to_owned();
    let open = |root: &str, key: &str| {
        let form =
            format!("api_key={key}&service_code=city.facility.litter&lat=30.015&long=110.005&description=x");
        let path = format!("{root}/open311/v2/requests.json");
        desk.post(&path).raw("application/x-www-form-urlencoded", form).send()
    };
    assert_eq!(open("", &operator).await.status, 403);
    assert_eq!(open("/sandbox", &real).await.status, 403);
    let taken = open("/sandbox", &operator).await;
    assert!(taken.status.is_success(), "{}", taken.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sandbox_has_not_got_is_shut_and_the_rest_of_the_platform_is_not_there() {
    let yard = Yard::open().await;
    let key = yard.key("centre.administrator.1").await;
    for (method, path) in [
        ("GET", "/api/v1/accounts"),
        ("GET", "/api/v1/account"),
        ("POST", "/api/v1/account/invitation"),
        ("POST", "/api/v1/session"),
        ("GET", "/api/v1/partners"),
        ("GET", "/api/v1/feeds"),
        ("GET", "/api/v1/sandbox"),
        ("POST", "/api/v1/sandbox/reset"),
    ] {
        let answer = yard.ask(&key, method, path).json(&json!({})).send().await;
        assert_eq!(answer.problem(403)["code"], "not_in_sandbox", "{method} {path}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    for path in ["", "/", "/desk", "/metrics", "/healthz", "/api", "/sandbox/api/v1/cases", "/assets/app.css"]
    {
        let answer = yard.get(&key, path).await;
        assert_eq!(answer.problem(404)["code"], "not_found", "{path}");
        assert_eq!(answer.header("huying-sandbox"), "true", "{path}");
    }
    let document = yard.desk.get("/sandbox/api/v1/openapi.json").send().await.expect(200);
    assert_eq!(document["servers"][0]["url"], "/sandbox");
    let english = yard.desk.get("/sandbox/nothing").header("accept-language", "en").send().await.problem(404);
    assert!(english["detail"].as_str().unwrap().is_ascii(), "{english}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_administrators_of_the_authority_hand_out_keys_and_make_it_new() {
    let yard = Yard::open().await;
    let desk = &yard.desk;
    let stands = desk.get("/api/v1/sandbox").by("administrator").send().await.expect(200);
    let members = stands["members"].as_array().unwrap();
    let real = desk.get("/api/v1/members").by("administrator").send().await.expect(200);
    for one in real.as_array().unwrap() {
        assert!(
            members.iter().all(|other| other["id"] != one["id"] && other["name"] != one["name"]),
            "{one}"
        );
    }
    for (path, body) in [
        ("/api/v1/sandbox/keys", json!({"member": "centre.leader.1", "name": "try"})),
        ("/api/v1/sandbox/reset", json!({"made_at": stands["made_at"]})),
    ] {
        let refused = desk.post(path).by("leader-district").json(&body).send().await;
        assert_eq!(refused.problem(403)["code"], "administrators_only", "{path}");
    }
    for (field, body) in [
        ("member", json!({"member": "administrator", "name": "try"})),
        ("name", json!({"member": "centre.leader.1", "name": " "})),
        ("days", json!({"member": "centre.leader.1", "name": "try", "days": 367})),
        ("scopes", json!({"member": "centre.leader.1", "name": "try", "scopes": ["all"]})),
    ] {
        let wrong = desk.post("/api/v1/sandbox/keys").by("administrator").json(&body).send().await;
        assert_eq!(wrong.problem(400)["errors"][0]["field"], field);
    }
    let key = yard.key("centre.leader.1").await;
    assert_eq!(yard.get(&key, "/api/v1/session").await.expect(200)["id"], "centre.leader.1");
    let stands = desk.get("/api/v1/sandbox").by("administrator").send().await.expect(200);
    let path = format!("/api/v1/sandbox/keys/{}", stands["keys"][0]["id"].as_str().unwrap());
    desk.method("DELETE", &path).by("leader-district").send().await.problem(403);
    assert_eq!(desk.method("DELETE", &path).by("administrator").send().await.status, 204);
    desk.method("DELETE", &path).by("administrator").send().await.problem(404);
    assert_eq!(yard.get(&key, "/api/v1/session").await.problem(401)["code"], "not_signed_in");
    let reset = |made_at: Value| {
        desk.post("/api/v1/sandbox/reset").by("administrator").json(&json!({"made_at": made_at})).send()
    };
    assert_eq!(reset(json!("yesterday")).await.problem(400)["errors"][0]["field"], "made_at");
    assert_eq!(reset(json!("2020-01-01T00:00:00Z")).await.problem(409)["code"], "sandbox_other");
    reset(stands["made_at"].clone()).await.expect(200);
    assert_eq!(reset(stands["made_at"].clone()).await.problem(409)["code"], "sandbox_other", "it goes once");

    let without = Desk::open().await;
    let none = without.get("/api/v1/sandbox").by("administrator").send().await;
    assert_eq!(none.problem(404)["code"], "no_sandbox");
    assert_eq!(without.get("/sandbox/api/v1/words").send().await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_carry_the_mark_and_no_mail_goes_out() {
    let yard = Yard::open().await;
    let key = yard.key("centre.administrator.1").await;
    let (url, got) = receiver().await;
    let wanted = json!({"kinds": ["reported"]});
    let hook = json!({"channel": "webhook", "target": url, "wanted": wanted});
    let hook = yard.post(&key, "/api/v1/subscriptions", &hook).await.expect(201);
    let mail = json!({"channel": "mail", "target": "desk@example.org", "wanted": {}});
    let mail = yard.post(&key, "/api/v1/subscriptions", &mail).await.expect(201);
    yard.lived_through().await;
    let at = format!("/api/v1/subscriptions/{}", hook["id"].as_str().unwrap());
    yard.post(&key, &format!("{at}/ping"), &json!({})).await.expect(202);
    until("both messages", || async { (got.lock().unwrap().len() >= 2).then_some(()) }).await;
    for (head, body) in got.lock().unwrap().iter() {
        assert!(head.contains("huying-sandbox: true\r\n"), "{head}");
        assert_eq!(body["data"]["sandbox"], true, "{body}");
        assert!(!body.to_string().contains(MARK), "a message holds no words");
    }
    yard.post(&key, &format!("{at}/replay"), &json!({"from": "2026-01-01T00:00:00Z"})).await.expect(202);
    until("the cases that were there", || async { (got.lock().unwrap().len() > 2 + FIRST).then_some(()) })
        .await;
    let log = format!("/api/v1/subscriptions/{}/deliveries?state=failed", mail["id"].as_str().unwrap());
    let ended = until("the end of the letter", || async {
        let log = yard.get(&key, &log).await.expect(200);
        log["items"].as_array().unwrap().first().cloned()
    });
    let ended = ended.await;
    assert!(ended["error"].as_str().unwrap().contains("no mail"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_there_again_after_a_restart_and_what_was_half_made_is_not() {
    let yard = Yard::open().await;
    let key = yard.key("centre.leader.1").await;
    let half = yard.folder.path().join("7");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("huying.db"), "half a database").unwrap();
    yard.sandbox().close().await;
    let shut = yard.get(&key, "/api/v1/cases").await;
    assert_eq!(
        (shut.problem(503)["code"].as_str().unwrap(), shut.header("retry-after")),
        ("sandbox_making", "5")
    );
    yard.sandbox().open().await.unwrap();
    assert!(!half.exists() && yard.places().len() == 1);
    let listed = yard.get(&key, "/api/v1/cases").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), FIRST, "the key and the cases are those of before");

    yard.sandbox().close().await;
    let place = yard.places().remove(0);
    std::fs::write(place.join("huying.key"), "00".repeat(32)).unwrap();
    yard.sandbox().open().await.unwrap();
    assert_eq!(yard.get(&key, "/api/v1/cases").await.status, 401, "one that cannot be opened is made anew");
    assert!(!place.exists() && yard.places().len() == 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_new_it_goes_by_the_policy_and_the_units_of_today() {
    let yard = Yard::open().await;
    let desk = &yard.desk;
    drafts::draft(desk, "administrator", &[drafts::SECOND]).await.expect(201);
    let proposal = json!({"version": "starter-2", "reason": "r"});
    drafts::post(desk, "administrator", "policy/proposals", proposal).await.expect(200);
    drafts::post(desk, "administrator-2", "policy/proposals/1/approve", json!({})).await.expect(200);
    let key = yard.key("centre.leader.1").await;
    assert_eq!(yard.get(&key, "/api/v1/policy").await.expect(200)["in_force"], "starter-1");
    desk.clock.advance(60_000);
    assert_eq!(yard.reset().await.expect(200)["policy"], "starter-2");
    let key = yard.key("centre.leader.1").await;
    assert_eq!(yard.get(&key, "/api/v1/policy").await.expect(200)["in_force"], "starter-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_leads_those_who_test_to_the_sandbox_and_the_sandbox_never_out_of_itself() {
    let open311 = Open311 { url: Some("https://city.example".to_owned()), ..Open311::default() };
    let yard = Yard::serving(Settings { open311, ..Settings::default() }).await;
    let endpoints = async |path: &str| {
        let said = yard.desk.get(path).send().await.expect(200);
        let all = said["endpoints"].as_array().unwrap().iter();
        all.map(|one| (one["type"].clone(), one["url"].clone())).collect::<Vec<_>>()
    };
    let (real, beside) = ("https://city.example/open311/v2", "https://city.example/sandbox/open311/v2");
    let told = endpoints("/open311/v2/discovery.json").await;
    assert_eq!(told, [(json!("production"), json!(real)), (json!("test"), json!(beside))]);
    let inside = endpoints("/sandbox/open311/v2/discovery.json").await;
    assert!(inside.len() == 2 && inside.iter().all(|(_, url)| *url == json!(beside)), "{inside:?}");
}

const FORM: &str = "application/x-www-form-urlencoded";
const PAGE: &str = "/developers/sandbox";

async fn seen(desk: &Desk, member: Option<&str>, language: &str) -> String {
    let ask = desk.get(PAGE).header("accept-language", language);
    let answer = match member {
        Some(member) => ask.by(member).send().await,
        None => ask.send().await,
    };
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_page_tells_where_it_lies_and_gives_keys_to_administrators_alone() {
    let yard = Yard::open().await;
    let desk = &yard.desk;
    for (language, words) in [("zh", "可复制的示例"), ("en", "Requests to copy")] {
        let told = seen(desk, None, language).await;
        for words in [words, "/sandbox/api/v1", "/sandbox/open311/v2", "starter-1"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let other = seen(desk, Some("leader-district"), language).await;
        for page in [told, other] {
            assert!(!page.contains("centre.leader.1") && !page.contains("made_at"), "{page}");
        }
    }
    assert!(seen(desk, Some("administrator"), "en").await.contains("centre.leader.1"));

    let post = |member: &str, fields: &[(&str, &str)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        desk.post(PAGE).by(member).raw(FORM, body).send()
    };
    let wanted =
        [("act", "key"), ("member", "centre.leader.1"), ("name", "try"), ("scopes", "read"), ("days", "7")];
    assert_eq!(post("leader-district", &wanted).await.status, 403);
    assert_eq!(post("administrator", &wanted[..4]).await.status, 200, "thirty days where nobody says");
    for wrong in [&wanted[..3], &[("act", "reset"), ("made_at", "2020-01-01T00:00:00Z")]] {
        assert_eq!(post("administrator", wrong).await.status, 422, "{wrong:?}");
    }
    let made = post("administrator", &wanted).await;
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, "no-store"));
    let text = made.text();
    let key: String = text[text.find("hy_sandbox_").unwrap()..].split('<').next().unwrap().to_owned();
    assert_eq!(yard.get(&key, "/api/v1/session").await.expect(200)["id"], "centre.leader.1");
    assert!(!seen(desk, Some("administrator"), "zh").await.contains(&key), "it was shown once");

    let stands = desk.get("/api/v1/sandbox").by("administrator").send().await.expect(200);
    let (made_at, id) = (stands["made_at"].as_str().unwrap(), stands["keys"][0]["id"].as_str().unwrap());
    assert_eq!(post("administrator", &[("act", "drop"), ("id", id)]).await.status, 303);
    assert_eq!(post("administrator", &[("act", "drop"), ("id", "nothing")]).await.status, 404);
    desk.clock.advance(60_000);
    let again = [("act", "reset"), ("made_at", made_at), ("sure", "yes")];
    assert_eq!(post("administrator", &again).await.status, 303);
    assert_eq!(post("administrator", &again).await.status, 422, "another stands there by now");
    assert_eq!(yard.get(&key, "/api/v1/session").await.problem(401)["code"], "not_signed_in");

    let without = Desk::open().await;
    assert!(seen(&without, None, "en").await.contains("There is no sandbox on this server"));
    let none = without.post(PAGE).by("administrator").raw(FORM, "act=reset&sure=yes").send().await;
    assert_eq!(none.status, 404);
}
