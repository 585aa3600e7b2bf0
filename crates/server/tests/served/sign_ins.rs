//! The log of sign-ins through the router: everybody sees their own, whoever audits sees all, and nobody else sees anything.

use crate::desk;

use desk::{Answer, Desk};
use huying_engine::accounts::{AccountRules, Duties, Sent};
use huying_model::MemberId;
use huying_server::{Settings, SignIn};
use serde_json::{Value, json};

const MEMBER: &str = "acceptor-east";
const PASSWORD: &str = "a river under stone";
const OWN: &str = "http://localhost:8080";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Each of these has an account, made on the terminal.
async fn opened(settings: Settings, members: &[&str]) -> Desk {
    let desk = Desk::serving(settings).await;
    for member in members {
        let accounts = desk.state.accounts().unwrap();
        let Sent::Shown(link) = accounts.invite(&MemberId::new(member), None).await.unwrap() else {
            panic!()
        };
        accounts.take_up(link.rsplit('/').next().unwrap(), PASSWORD).await.unwrap();
    }
    desk
}

async fn try_in(desk: &Desk, member: &str, password: &str) -> Answer {
    let body = json!({"member": member, "password": password});
    desk.post("/api/v1/session").header("user-agent", AGENT).json(&body).send().await
}

async fn signed_in(desk: &Desk, member: &str) -> String {
    let answer = try_in(desk, member, PASSWORD).await;
    answer.expect(200);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn what(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["what"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_member_sees_what_happened_to_their_own_account_and_ends_what_was_not_theirs() {
    let desk = opened(Settings::default(), &[MEMBER, "administrator"]).await;
    try_in(&desk, MEMBER, "three birds on a wire").await.problem(401);
    let (there, here) = (signed_in(&desk, MEMBER).await, signed_in(&desk, MEMBER).await);
    let guard = signed_in(&desk, "administrator").await;
    let reset = desk.post(&format!("/api/v1/accounts/{MEMBER}/reset")).header("cookie", &guard);
    reset.header("origin", OWN).header("user-agent", AGENT).json(&json!({})).send().await.expect(200);
    let rows = desk.get("/api/v1/account/sign-ins").header("cookie", &here).send().await.expect(200);
    assert_eq!(what(&rows), ["link_made", "signed_in", "signed_in", "failed", "link_taken", "link_made"]);
    assert_eq!((&rows[0]["by"], &rows[0]["way"]), (&json!("administrator"), &json!("reset")));
    for no in 0..4_usize {
        assert_eq!((&rows[no]["member"], &rows[no]["times"]), (&json!(MEMBER), &json!(1)), "{rows}");
        assert_eq!(
            (&rows[no]["device"], &rows[no]["network"]),
            (&json!("Firefox · Linux"), &json!("127.0.0.0/24"))
        );
    }
    assert!(!rows.to_string().contains("127.0.0.1"), "{rows}");
    let page = desk.get("/account").header("cookie", &here).header("accept", "text/html").send().await.text();
    for words in ["都是您本人吗", "登录失败", "127.0.0.0/24", "不是我：结束其他所有登录"]
    {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    assert!(!page.contains("href=\"/sign-ins\""), "the log of everybody is not theirs");
    let not_me = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("act", "end-devices"), ("keys", "yes")])
        .finish();
    let post = desk.post("/account").raw("application/x-www-form-urlencoded", not_me);
    assert_eq!(post.header("cookie", &here).header("origin", OWN).send().await.status, 303);
    desk.get("/api/v1/session").header("cookie", &there).send().await.problem(401);
    let rows = desk.get("/api/v1/account/sign-ins").header("cookie", &here).send().await.expect(200);
    assert_eq!((&rows[0]["what"], &rows[0]["way"]), (&json!("signed_out"), &json!("everywhere")));
}

#[tokio::test]
async fn where_three_are_apart_the_one_who_audits_reads_the_log_and_nobody_else() {
    let set = |name: &str| [MemberId::new(name)].into();
    let duties =
        Duties { system: set("administrator"), security: set("administrator-2"), audit: set("auditor") };
    let rules = AccountRules { duties: Some(duties), ..AccountRules::default() };
    let settings = Settings { sign_in: SignIn::Accounts(Box::new(rules), None), ..Settings::default() };
    let desk =
        opened(settings, &["administrator", "administrator-2", "auditor", MEMBER, "supervisor-east"]).await;
    try_in(&desk, "my own password", PASSWORD).await.problem(401);
    let audit = signed_in(&desk, "auditor").await;
    for (member, code) in [
        ("administrator", "another_administrator"),
        ("administrator-2", "another_administrator"),
        (MEMBER, "administrators_only"),
        ("supervisor-east", "administrators_only"),
    ] {
        let cookie = signed_in(&desk, member).await;
        let shut = desk.get("/api/v1/sign-ins").header("cookie", &cookie).send().await;
        assert_eq!(shut.problem(403)["code"], code, "{member}");
        let page = desk.get("/sign-ins").header("cookie", &cookie).header("accept", "text/html").send().await;
        assert_eq!(page.status, 403, "{member}");
        let bar = desk.get("/policy").header("cookie", &cookie).send().await.text();
        assert!(!bar.contains("href=\"/sign-ins\""), "{member}");
    }
    let get = |query: &str| desk.get(&format!("/api/v1/sign-ins{query}")).header("cookie", &audit).send();
    let all = get("?limit=500").await.expect(200);
    assert_eq!(all["next"], Value::Null);
    let all = all["items"].as_array().unwrap().clone();
    let typed = all.iter().find(|row| row["member"].is_null()).unwrap();
    assert_eq!((&typed["what"], &typed["times"]), (&json!("failed"), &json!(1)));
    assert!(!json!(all).to_string().contains("my own password"), "what was typed stands nowhere");
    // Chosen in the query, and page by page the same.
    let own = get(&format!("?member={MEMBER}&what=signed_in")).await.expect(200);
    assert_eq!((what(&own["items"]), &own["items"][0]["member"]), (vec!["signed_in"], &json!(MEMBER)));
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&format!("?limit=4{cursor}")).await.expect(200);
        pages.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, all);
    for (query, field) in
        [("?what=online", "what"), ("?cursor=x", "cursor"), ("?limit=0", "limit"), ("?from=monday", "from")]
    {
        assert_eq!(get(query).await.problem(400)["errors"][0]["field"], field, "{query}");
    }
    let page = desk.get("/sign-ins?what=failed").header("cookie", &audit).send().await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("不存在的编号") && page.text().contains("不得用于考勤"), "{}", page.text());
    assert!(page.text().contains("href=\"/sign-ins\""), "the bar leads there");
}

#[tokio::test]
async fn where_they_are_not_apart_administrators_and_auditors_of_the_whole_authority_read_it() {
    let desk = opened(Settings::default(), &["administrator", "auditor", MEMBER]).await;
    for (member, status) in [("administrator", 200), ("auditor", 200), (MEMBER, 403)] {
        let cookie = signed_in(&desk, member).await;
        let answer = desk.get("/api/v1/sign-ins").header("cookie", &cookie).send().await;
        assert_eq!(answer.status.as_u16(), status, "{member}: {}", answer.text());
    }
}
