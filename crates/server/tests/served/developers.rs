//! What developers of other systems are promised: pages without a network, names that stand once, a log of webhooks over HTTP, and that
//! nothing goes without having been announced.

use crate::desk;

use std::collections::BTreeSet;
use std::path::Path;

use desk::Desk;
use huying_server::{
    Settings,
    openapi::{self, deprecated::Deprecated},
};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(&openapi::text()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(seen.insert(id.clone()), "{method} {path} is called {id}, and so is another");
    }
}

#[test]
fn an_operation_that_is_gone_stands_in_the_changelog() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("operations.txt");
    let now: BTreeSet<String> =
        operations(&document()).into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let known = std::fs::read_to_string(&path).unwrap();
    let ever: BTreeSet<String> = known.lines().map(str::to_owned).chain(now.iter().cloned()).collect();
    if std::env::var_os("HUYING_BLESS").is_some() {
        std::fs::write(&path, ever.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
    let changes = std::fs::read_to_string(root.join("../../docs/api-changes.md")).unwrap();
    let removed = changes.split("## Removed").nth(1).unwrap_or_default();
    for gone in ever.difference(&now) {
        assert!(
            removed.contains(&format!("`{gone}`")),
            "{gone} is gone and docs/api-changes.md does not say so"
        );
    }
    let new: Vec<&String> =
        now.iter().filter(|line| !known.lines().any(|one| one == line.as_str())).collect();
    assert!(
        new.is_empty() || std::env::var_os("HUYING_BLESS").is_some(),
        "operations.txt lacks {new:?}: say what is new in docs/api-changes.md, then write it with HUYING_BLESS=1"
    );
}

const ENDS: &[Deprecated] =
    &[Deprecated { method: "GET", path: "/api/v1/units/{unit}", since: 1_767_225_600, until: 1_798_761_600 }];

#[tokio::test]
async fn an_operation_that_is_to_go_says_so_with_every_answer() {
    let desk = Desk::serving(Settings { deprecated: ENDS, ..desk::demonstration() }).await;
    for id in ["order-east", "nowhere"] {
        let answer = desk.get(&format!("/api/v1/units/{id}")).by("acceptor-east").send().await;
        assert_eq!(answer.header("deprecation"), "@1767225600", "{}", answer.text());
        assert_eq!(answer.header("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
        assert!(answer.header("link").contains("/developers/guide/changes"));
    }
    let other = desk.get("/api/v1/units").by("acceptor-east").send().await;
    assert_eq!(other.header("deprecation"), "");
}

#[tokio::test]
async fn the_pages_tell_every_operation_and_open_for_everybody() {
    let desk = Desk::open().await;
    let index = desk.get("/developers").header("accept-language", "en").send().await;
    assert_eq!(index.status, 200);
    let text = index.text();
    for (method, path, _) in operations(&document()) {
        assert!(text.contains(&format!("{method} {path}")), "{method} {path} is not on the page");
        let query = format!(
            "method={}&path={}",
            method.to_lowercase(),
            path.replace('/', "%2F").replace('{', "%7B").replace('}', "%7D")
        );
        let page = desk.get(&format!("/developers/operation?{query}")).send().await;
        assert_eq!(page.status, 200, "{method} {path}: {}", page.text());
        assert!(page.text().contains("curl -sS -X"), "{method} {path}");
    }
    let found = desk.get("/developers?q=replay").send().await.text();
    assert!(found.contains("/replay") && !found.contains("/api/v1/matters"));
    assert_eq!(desk.get("/developers/operation?method=get&path=/nowhere").send().await.status, 404);
    for name in ["sandbox", "keys", "idempotency", "paging", "errors", "webhooks", "tables", "changes"] {
        let guide =
            desk.get(&format!("/developers/guide/{name}")).header("accept-language", "zh").send().await;
        assert_eq!(guide.status, 200, "{name}");
    }
    assert_eq!(desk.get("/developers/guide/nothing").send().await.status, 404);
    assert!(
        !text.contains("src=\"http") && !text.contains("href=\"http"),
        "something is loaded from elsewhere"
    );
}

#[tokio::test]
async fn administrators_look_after_a_webhook_and_nobody_else_does() {
    let desk = Desk::open().await;
    let target = json!({"channel": "webhook", "target": "https://example.org/hook", "wanted": {"kinds": ["reported"]}});
    let made = desk.post("/api/v1/subscriptions").by("administrator").json(&target).send().await.expect(201);
    let at = format!("/api/v1/subscriptions/{}", made["id"].as_str().unwrap());
    for path in ["", "/deliveries"] {
        assert_eq!(
            desk.get(&format!("{at}{path}")).by("acceptor-east").send().await.problem(403)["code"],
            "administrators_only"
        );
    }
    let post = async |path: &str, body: Value| {
        desk.post(&format!("{at}{path}")).by("administrator").json(&body).send().await
    };
    assert_eq!(post("/pause", json!({})).await.expect(200)["paused"], true);
    let ping = post("/ping", json!({})).await.expect(202);
    let stands = desk.get(&at).by("administrator").send().await.expect(200);
    assert_eq!((&stands["waiting"], &stands["active"]), (&1.into(), &true.into()));
    let log =
        desk.get(&format!("{at}/deliveries?state=waiting")).by("administrator").send().await.expect(200);
    assert_eq!((&log["items"][0]["id"], &log["items"][0]["attempts"]), (&ping["message"], &0.into()));
    let message = ping["message"].as_str().unwrap();
    let tries =
        desk.get(&format!("{at}/deliveries/{message}/tries")).by("administrator").send().await.expect(200);
    assert_eq!(tries, json!([]));
    assert_eq!(post(&format!("/deliveries/{message}/again"), json!({})).await.status, 202);
    assert_eq!(post("/deliveries/nothing/again", json!({})).await.status, 404);
    assert_eq!(post("/resume", json!({})).await.expect(200)["paused"], false);
    let secret = post("/secret", json!({"overlap_hours": 1})).await.expect(200);
    assert_ne!(secret["secret"], made["secret"]);
    assert!(secret["old_secret_until"].is_string());
    assert_eq!(
        post("/secret", json!({"overlap_hours": -1})).await.problem(400)["errors"][0]["field"],
        "overlap_hours"
    );
    assert_eq!(post("/replay", json!({})).await.problem(400)["errors"][0]["field"], "from");
    assert_eq!(post("/replay", json!({"from": "2026-01-01T00:00:00Z"})).await.expect(202), json!([]));
    assert_eq!(
        desk.get(&format!("{at}/deliveries?state=lost")).by("administrator").send().await.problem(400)["errors"]
            [0]["field"],
        "state"
    );
    desk.get("/api/v1/subscriptions/sub_0/deliveries").by("administrator").send().await.problem(404);
}
