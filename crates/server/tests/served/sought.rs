//! What is searched for stands in no address, no log and no metric: the form of a page sends it in a body, the page that follows has it
//! sealed, and programs have a search whose words come in the body.

use crate::accounts;
use crate::desk;
use crate::traces;

use desk::Desk;
use serde_json::{Value, json};
use traces::Logged;

const WORDS: &str = "翠竹漏水";
const LOST: &str = "这个查找链接打不开";

fn escaped(words: &str) -> String {
    form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

async fn page(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// Every address that a page leads to.
fn addresses(page: &str) -> Vec<String> {
    let values = page.split('"').filter(|value| value.starts_with('/') || value.starts_with("http"));
    values.map(|value| value.replace("&amp;", "&")).collect()
}

/// The first address of a page with both parts in it.
#[track_caller]
fn led(page: &str, one: &str, other: &str) -> String {
    let found = addresses(page).into_iter().find(|to| to.contains(one) && to.contains(other));
    found.unwrap_or_else(|| panic!("no address has {one} and {other}:\n{page}"))
}

#[track_caller]
fn is_silent(to: &str, words: &str) {
    assert!(!to.contains(words) && !to.contains(&escaped(words)) && !to.contains("q="), "{to}");
}

/// As many cases as fill a page of the desk, and one more.
async fn reported(desk: &Desk) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..61 {
        ids.push(desk.report("city/facility/litter", WORDS).await);
    }
    ids
}

fn shown(page: &str, ids: &[String]) -> usize {
    ids.iter().filter(|id| page.contains(&format!("data-case=\"{id}\""))).count()
}

#[tokio::test]
async fn a_search_of_the_desk_goes_on_from_page_to_page_and_its_words_stand_in_no_address() {
    let desk = Desk::open().await;
    let ids = reported(&desk).await;
    let fields = [("to", "/desk"), ("queue", "accept"), ("source", "hotline"), ("q", WORDS)];
    let search = desk.sought("acceptor-east", &fields).await;
    assert!(search.starts_with("/desk?queue=accept&source=hotline&sought="), "{search}");
    is_silent(&search, WORDS);

    let first = page(&desk, "acceptor-east", &search).await;
    assert_eq!(shown(&first, &ids), 60, "{first}");
    assert!(first.contains(&format!("value=\"{WORDS}\"")), "the field has the words still: {first}");
    for to in addresses(&first) {
        is_silent(&to, WORDS);
    }
    // The next page, a row, and the other language all go on with the search.
    let second = page(&desk, "acceptor-east", &led(&first, "cursor=", "sought=")).await;
    assert_eq!(shown(&second, &ids), 1, "{second}");
    let row = page(&desk, "acceptor-east", &led(&first, "case=", "sought=")).await;
    assert!(shown(&row, &ids) >= 60, "{row}");
    let switch = desk.get(&led(&first, "lang=en", "sought=")).by("acceptor-east").send().await;
    assert_eq!(switch.status, 303);
    is_silent(switch.header("location"), WORDS);
    assert_eq!(shown(&page(&desk, "acceptor-east", switch.header("location")).await, &ids), 60);
    // Each filter goes by its own chip: the words, and the source beside them.
    let queue = "href=\"/desk?queue=accept&amp;source=hotline\"";
    assert!(first.contains(&format!("class=\"tag tag-strong\" {queue}")), "{first}");
    let others = first.matches("class=\"tag tag-strong\" href=\"/desk?queue=accept&amp;sought=").count();
    assert_eq!(others, 1, "{first}");
    // No filter that is kept has the words, sealed or not.
    let (_, keep) = first.split_once("value=\"keep\"").unwrap();
    let (keep, _) = keep.split_once("</form>").unwrap();
    assert!(!keep.contains("name=\"sought\"") && !keep.contains(WORDS), "{keep}");
}

#[tokio::test]
async fn a_search_opens_for_its_member_on_its_page_alone_and_else_there_is_none() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", WORDS).await;
    let fields = [("to", "/desk"), ("queue", "mine"), ("q", WORDS)];
    let search = desk.sought("acceptor-east", &fields).await;
    let (_, sealed) = search.split_once("sought=").unwrap();
    let other = if sealed.starts_with('A') { "B" } else { "A" };
    let found = page(&desk, "acceptor-east", &search).await;
    assert!(shown(&found, &[id]) == 1 && !found.contains(LOST), "{found}");
    for (member, to) in [
        ("dispatcher-east", search.clone()),
        ("acceptor-east", search[..search.len() - 5].to_owned()),
        ("acceptor-east", format!("/desk?queue=mine&sought={other}{}", &sealed[1..])),
        ("acceptor-east", "/desk?queue=mine&sought=x".to_owned()),
        ("acceptor-east", "/desk?queue=mine&sought=%00%ff".to_owned()),
        // A page of a search that is none is no page of the queue.
        ("acceptor-east", "/desk?queue=mine&sought=x&cursor=nonsense".to_owned()),
        ("auditor", format!("/access?sought={sealed}")),
    ] {
        let told = page(&desk, member, &to).await;
        assert!(
            told.contains(LOST) && !told.contains(&format!("value=\"{WORDS}\"")),
            "{member} {to}: {told}"
        );
    }
    // The words of an address of old are no search either.
    let old = page(&desk, "acceptor-east", &format!("/desk?queue=mine&q={}", escaped(WORDS))).await;
    assert!(!old.contains(&format!("value=\"{WORDS}\"")) && !old.contains(LOST), "{old}");
}

#[tokio::test]
async fn the_door_of_searches_leads_to_known_pages_with_what_they_know() {
    let desk = Desk::open().await;
    let bare =
        [("to", "/desk"), ("queue", "dispatch"), ("source", ""), ("q", "  "), ("cursor", "c"), ("x", "y")];
    assert_eq!(desk.sought("dispatcher-east", &bare).await, "/desk?queue=dispatch");
    let ask = async |fields: &[(&str, &str)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = desk.post("/sought").by("dispatcher-east");
        post.raw("application/x-www-form-urlencoded", body).send().await
    };
    for to in ["", "/cases/new", "https://example.org", "//example.org", "/desk?q=1"] {
        ask(&[("to", to), ("q", WORDS)]).await.problem(404);
    }
    let long = "长".repeat(501);
    for (words, code) in [("甲\u{0}乙", "control_character"), (long.as_str(), "text_too_long")] {
        let problem = ask(&[("to", "/desk"), ("q", words)]).await.problem(400);
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!("q"), &json!(code))
        );
    }
    let most = desk.sought("dispatcher-east", &[("to", "/desk"), ("q", &"长".repeat(500))]).await;
    page(&desk, "dispatcher-east", &most).await;
    // Whoever has to sign in first comes back to the desk.
    let stranger =
        desk.post("/sought").raw("application/x-www-form-urlencoded", "to=%2Fdesk&q=a").send().await;
    assert_eq!((stranger.status.as_u16(), stranger.header("location")), (303, "/sign-in?next=%2Fsought"));
    assert_eq!(desk.get("/sought").by("dispatcher-east").send().await.header("location"), "/desk");
}

#[tokio::test]
async fn members_are_searched_among_accounts_and_sign_ins_without_their_names_in_an_address() {
    let desk = accounts::open().await;
    let admin = accounts::signed_in(&desk, "administrator").await;
    let search = async |fields: &[(&str, &str)]| {
        let sent = accounts::page(&desk, "/sought", &admin, fields).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        sent.header("location").to_owned()
    };
    let see = async |to: &str| {
        let shown = desk.get(to).header("cookie", &admin).header("accept", "text/html").send().await;
        assert_eq!(shown.status, 200, "{to}: {}", shown.text());
        shown.text()
    };
    let to = search(&[("to", "/accounts"), ("q", "受理员")]).await;
    assert!(to.starts_with("/accounts?sought="), "{to}");
    is_silent(&to, "受理员");
    let shown = see(&to).await;
    assert!(shown.contains("acceptor-west") && !shown.contains("dispatcher-west"), "{shown}");
    let lock = [("act", "lock"), ("member", accounts::MEMBER)];
    let locked = accounts::page(&desk, "/accounts", &admin, &lock).await;
    assert_eq!(locked.status, 303, "{}", locked.text());
    is_silent(locked.header("location"), accounts::MEMBER);
    let shown = see(locked.header("location")).await;
    assert!(shown.contains("已停用") && !shown.contains("acceptor-west"), "{shown}");

    let to = search(&[("to", "/sign-ins"), ("member", "administrator"), ("what", "signed_in")]).await;
    assert!(to.starts_with("/sign-ins?what=signed_in&sought="), "{to}");
    is_silent(&to, "administrator");
    let shown = see(&to).await;
    assert!(shown.contains("value=\"administrator\"") && !shown.contains("没有记录"), "{shown}");
    let nobody = see(&search(&[("to", "/sign-ins"), ("member", "nobody")]).await).await;
    assert!(nobody.contains("没有记录"), "{nobody}");
    // Another site's page searches in nobody's name.
    let post = desk.post("/sought").raw("application/x-www-form-urlencoded", "to=%2Faccounts&q=a");
    let foreign = post.header("cookie", &admin).header("origin", "https://example.org").send().await;
    assert_eq!(foreign.problem(403)["code"], "cross_origin");
}

#[tokio::test]
async fn a_program_searches_by_a_body_and_is_answered_as_by_the_address() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.report("city/facility/litter", WORDS).await;
    }
    let get = |path: String| desk.get(&path).by("acceptor-east").send();
    let post = |path: &str, body: &Value| desk.post(path).by("acceptor-east").json(body).send();
    for (address, path, more) in [
        ("/api/v1/search?limit=2", "/api/v1/search", json!({})),
        (
            "/api/v1/cases?limit=2&open=true&order=oldest&source=hotline",
            "/api/v1/cases/search",
            json!({"open": true, "order": "oldest", "source": "hotline"}),
        ),
    ] {
        let mut body = more;
        (body["q"], body["limit"]) = (json!(WORDS), json!(2));
        let first = post(path, &body).await.expect(200);
        assert_eq!(first["items"].as_array().unwrap().len(), 2, "{path}: {first}");
        assert_eq!(first, get(format!("{address}&q={}", escaped(WORDS))).await.expect(200), "{path}");
        let next = first["next"].as_str().unwrap();
        body["cursor"] = json!(next);
        let second = post(path, &body).await.expect(200);
        assert_eq!(second["items"].as_array().unwrap().len(), 1, "{path}: {second}");
        let asked = get(format!("{address}&q={}&cursor={}", escaped(WORDS), escaped(next))).await;
        assert_eq!(second, asked.expect(200), "{path}");
    }
    desk.post("/api/v1/search").json(&json!({"q": WORDS})).send().await.problem(401);
    for (path, body, field) in [
        ("/api/v1/search", json!({}), "q"),
        ("/api/v1/search", json!({"q": "a\u{0}b"}), "q"),
        ("/api/v1/search", json!({"q": "a ".repeat(5_000)}), "q"),
        ("/api/v1/search", json!({"q": "a", "limit": 0}), "limit"),
        ("/api/v1/search", json!({"q": "a", "stage": "filed"}), "stage"),
        ("/api/v1/search", json!({"q": WORDS, "cursor": "nonsense"}), "cursor"),
        ("/api/v1/cases/search", json!({"stage": "lost"}), "stage"),
        ("/api/v1/cases/search", json!({"custodian": "\u{1b}"}), "custodian"),
        ("/api/v1/cases/search", json!({"colour": "red"}), "colour"),
    ] {
        let problem = post(path, &body).await.problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{path}: {problem}");
    }
}

#[tokio::test]
async fn what_is_searched_for_stands_in_no_line_of_the_log_and_in_no_metric() {
    let logged = Logged::start();
    let desk = Desk::open().await;
    let words = "vexillographer";
    let search = desk.sought("acceptor-east", &[("to", "/desk"), ("q", words)]).await;
    page(&desk, "acceptor-east", &search).await;
    for path in ["/api/v1/search", "/api/v1/cases/search"] {
        desk.post(path).by("acceptor-east").json(&json!({"q": words})).send().await.expect(200);
    }
    // Addresses of old that hold words leave none behind either.
    for path in ["/api/v1/search", "/api/v1/cases", "/desk"] {
        let asked = desk.get(&format!("{path}?q={words}")).by("acceptor-east").send().await;
        assert_eq!(asked.status, 200, "{path}");
    }
    let metrics = desk.get("/metrics").send().await.text();
    let log = logged.text();
    assert!(log.contains("/sought") && metrics.contains("route=\"/sought\""), "both tell the route");
    for (name, text) in [("the log", log), ("the metrics", metrics)] {
        assert!(!text.to_lowercase().contains(words), "{name} holds what was searched for");
    }
}
