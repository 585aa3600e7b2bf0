//! Feeds as an administrator lives with them: made on a page, tried, paused, and their dead letters worked off one by one and together.

use crate::{city, desk};

use city::{Shared, attribute, city, request};
use desk::{Answer, Desk, demonstration};
use huying_engine::{feed::Feeds, outbox::guard::Reach};
use huying_model::MemberId;
use huying_server::{
    Settings,
    open311::{DemoKey, Open311},
};
use serde_json::json;

const MAP: &str = "system = \"city311\"\nurl = \"URL\"\ntime_zone = \"Asia/Shanghai\"\n[pull]\n[pull.matter]\n\"001\" = \"city/facility/streetlight\"\n\"002\" = \"city/order/vendor\"\n";
const FORM: &str = "application/x-www-form-urlencoded";
const EARLY: &str = "2026-05-11T10:00:00+08:00";

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn post(desk: &Desk, member: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    desk.post(path).by(member).header("accept-language", "zh").raw(FORM, form(fields)).send().await
}

async fn seen(desk: &Desk, path: &str, lang: &str) -> String {
    let answer = desk.get(path).by("administrator").header("accept-language", lang).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// Acts on the feed, which has to go well.
#[track_caller]
fn back(answer: &Answer) {
    assert_eq!(answer.status, 303, "{}", answer.text());
}

async fn act(desk: &Desk, fields: &[(&str, &str)]) -> Answer {
    post(desk, "administrator", "/feeds/city", fields).await
}

/// A platform with a feed to a city that has one request it can tell and three that it cannot.
async fn open() -> (Desk, Feeds, Shared) {
    let desk = Desk::serving(Settings { webhooks: Reach::Anywhere, ..demonstration() }).await;
    let mut odd = request("2", "009", "open", EARLY);
    odd["service_name"] = json!("<b>Graffiti</b>");
    let lost =
        json!({"service_request_id": "4", "status": "lost", "requested_datetime": "2026-05-11T09:00:00Z"});
    let all = vec![request("1", "001", "open", EARLY), odd, request("3", "008", "open", EARLY), lost];
    let (url, there) = city(all).await;
    let map = MAP.replace("URL", &url);
    let fields = [("id", "city"), ("map", map.as_str()), ("key", "secret-of-theirs"), ("active", "yes")];
    back(&post(&desk, "administrator", "/feeds", &fields).await);
    let feeds = Feeds::new(desk.state.engine.clone(), "node", Reach::Anywhere).unwrap();
    (desk, feeds, there)
}

async fn cases(desk: &Desk) -> usize {
    let answer = desk.get("/api/v1/cases").by("leader-district").send().await.expect(200);
    answer["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn only_who_administers_the_whole_authority_sees_and_changes_feeds() {
    let (desk, ..) = open().await;
    for path in ["/feeds", "/feeds/city"] {
        for member in ["dispatcher-east", "leader-district"] {
            assert_eq!(desk.get(path).by(member).send().await.status, 403, "{member} {path}");
            assert_eq!(post(&desk, member, path, &[("act", "end"), ("id", "x")]).await.status, 403);
        }
        assert_eq!(desk.get(path).send().await.status, 303, "a stranger signs in first");
    }
    assert_eq!(desk.get("/feeds/none").by("administrator").send().await.status, 404);
    assert_eq!(post(&desk, "administrator", "/feeds/none", &[("act", "pause")]).await.status, 404);
    assert!(seen(&desk, "/desk", "zh").await.contains("href=\"/feeds\""));
    let other = desk.get("/desk").by("dispatcher-east").send().await.text();
    assert!(!other.contains("href=\"/feeds\""));
}

#[tokio::test]
async fn a_map_that_does_not_fit_comes_back_with_what_is_wrong_and_as_it_was_written() {
    let (desk, ..) = open().await;
    let wrong = "system = \"a:b\"\nurl = \"https://a.example\"\n[pull]\n[pull.matter]\n\"1\" = \"no/such\"\n";
    let told = post(&desk, "administrator", "/feeds", &[("id", "other"), ("map", wrong)]).await;
    assert_eq!(told.status, 422);
    for words in ["error-summary", "pull.matter.1", "没有该事项", "a:b", "value=\"other\""] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let told = post(&desk, "administrator", "/feeds", &[("id", "city"), ("map", wrong)]).await;
    assert!(told.status == 422 && told.text().contains("已有同名对接"));
    let told = act(&desk, &[("act", "change"), ("map", "system = ")]).await;
    assert!(told.status == 422 && told.text().contains("line 1"), "{}", told.text());
    let page = seen(&desk, "/feeds", "zh").await;
    assert!(page.contains("city311") && !page.contains("secret-of-theirs"), "{page}");
}

#[tokio::test]
async fn a_dead_letter_is_seen_tried_again_said_what_it_is_and_set_aside() {
    let (desk, feeds, _there) = open().await;
    feeds.run().await.unwrap();
    assert_eq!(cases(&desk).await, 1);
    let page = seen(&desk, "/feeds", "zh").await;
    assert!(page.contains("运行中") && page.contains("<span class=\"tag tag-strong\">3</span>"), "{page}");
    let page = seen(&desk, "/feeds/city", "zh").await;
    for words in
        ["对照表中没有这项服务", "009", "008", "&lt;b&gt;Graffiti", "value=\"in:2\"", "诉求缺少必要内容"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("街灯不亮"), "words of a request stay where they are");
    let english = seen(&desk, "/feeds/city", "en").await;
    assert!(english.contains("names no matter for the service") && !english.contains("对照表"), "{english}");

    // Again, without anything having changed.
    back(&act(&desk, &[("act", "again"), ("letter", "in:2")]).await);
    assert!(seen(&desk, "/feeds/city?state=waiting", "zh").await.contains("009"));
    feeds.run().await.unwrap();
    assert!(seen(&desk, "/feeds/city", "zh").await.contains("value=\"in:2\""), "it is dead again");

    // A person says what it is.
    let told = act(&desk, &[("act", "as"), ("letter", "in:2"), ("code", "no/such")]).await;
    assert!(told.status == 422 && told.text().contains("没有该事项"), "{}", told.text());
    let says = [("act", "as"), ("letter", "in:2"), ("code", "city/facility/litter"), ("all", "yes")];
    back(&act(&desk, &says).await);
    feeds.run().await.unwrap();
    assert_eq!(cases(&desk).await, 2);
    let page = seen(&desk, "/feeds/city", "zh").await;
    assert!(
        !page.contains("value=\"in:2\"") && page.contains("&quot;009&quot; = &quot;city/facility/litter"),
        "{page}"
    );

    // Set aside, with a reason only.
    let told = act(&desk, &[("act", "aside"), ("letter", "in:3")]).await;
    assert!(told.status == 422 && told.text().contains("缺少理由"), "{}", told.text());
    back(&act(&desk, &[("act", "aside"), ("letter", "in:3"), ("reason", "不属本辖区")]).await);
    let aside = seen(&desk, "/feeds/city?state=dropped", "zh").await;
    assert!(
        aside.contains("不属本辖区") && !seen(&desk, "/feeds/city", "zh").await.contains("in:3"),
        "{aside}"
    );
}

#[tokio::test]
async fn many_letters_are_settled_together() {
    let (desk, feeds, _there) = open().await;
    feeds.run().await.unwrap();
    let none = act(&desk, &[("act", "again")]).await;
    assert!(none.status == 422 && none.text().contains("没有选择任何一条"), "{}", none.text());
    back(&act(&desk, &[("act", "again"), ("letter", "in:2"), ("letter", "in:3")]).await);
    let waiting = seen(&desk, "/feeds/city?state=waiting", "zh").await;
    assert!(waiting.contains("009") && waiting.contains("008"), "{waiting}");
    feeds.run().await.unwrap();
    let all = [
        ("act", "aside"),
        ("reason", "测试数据"),
        ("letter", "in:2"),
        ("letter", "in:3"),
        ("letter", "in:4"),
    ];
    back(&act(&desk, &all).await);
    assert!(seen(&desk, "/feeds/city", "zh").await.contains("没有条目"));
    assert_eq!(seen(&desk, "/feeds/city?state=dropped", "zh").await.matches("测试数据").count(), 3);
    assert_eq!(cases(&desk).await, 1);
}

#[tokio::test]
async fn the_other_side_is_tried_a_feed_is_paused_taken_up_and_ended() {
    let (desk, feeds, there) = open().await;
    there.lock().unwrap().services =
        vec![json!({"service_code": "001", "service_name": "Lamps"}), json!({"service_code": "003"})];
    let told = act(&desk, &[("act", "sound")]).await;
    assert_eq!(told.status, 200);
    for words in ["已连接", "Lamps", "未对照", "对照表中的以下服务对方没有：002"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    back(&act(&desk, &[("act", "pause")]).await);
    assert!(seen(&desk, "/feeds/city", "en").await.contains("paused"));
    feeds.run().await.unwrap();
    assert_eq!(cases(&desk).await, 0, "a paused feed takes nothing");
    back(&act(&desk, &[("act", "resume")]).await);
    there.lock().unwrap().odd = vec![(503, "[]")];
    feeds.run().await.unwrap();
    let page = seen(&desk, "/feeds", "zh").await;
    assert!(page.contains("上次中断") && page.contains("对方平台拒绝或出错"), "{page}");
    back(&act(&desk, &[("act", "look")]).await);
    feeds.run().await.unwrap();
    assert_eq!(cases(&desk).await, 1);
    let row = desk.state.engine.store().feeds(desk.state.tenant()).await.unwrap().remove(0);
    assert!(row.key.is_some(), "pausing keeps the key");
    back(&act(&desk, &[("act", "end"), ("sure", "yes")]).await);
    assert!(seen(&desk, "/feeds", "zh").await.contains("还没有对接"));
    assert_eq!(cases(&desk).await, 1, "its cases stay");
}

#[tokio::test]
async fn the_same_is_done_by_programs() {
    let (desk, feeds, there) = open().await;
    there.lock().unwrap().services = vec![json!({"service_code": "001"})];
    feeds.run().await.unwrap();
    let ask = |path: &str| desk.get(&format!("/api/v1/feeds/{path}")).by("administrator").send();
    let told = ask("city/services").await.expect(200);
    assert_eq!(
        (&told["services"][0]["taken_as"], &told["gone"]),
        (&json!("city/facility/streetlight"), &json!(["002"]))
    );
    assert_eq!(ask("none/services").await.status, 404);
    let settle = |letter: &str, body: serde_json::Value| {
        desk.post(&format!("/api/v1/feeds/city/letters/{letter}")).by("administrator").json(&body).send()
    };
    assert_eq!(
        settle("in:2", json!({"act": "as"})).await.problem(400)["errors"][0]["code"],
        "unknown_matter"
    );
    assert_eq!(settle("in:2", json!({"act": "as", "code": "city/facility/litter"})).await.status, 204);
    assert_eq!(settle("in:3", json!({"act": "drop", "reason": "不属本辖区"})).await.status, 204);
    assert_eq!(settle("in:4", json!({"act": "drop"})).await.status, 204);
    assert_eq!(settle("in:4", json!({"act": "again"})).await.status, 404);
    feeds.run().await.unwrap();
    assert_eq!(cases(&desk).await, 2);
    let aside = ask("city/letters?state=dropped").await.expect(200);
    let reasons: Vec<_> =
        aside["items"].as_array().unwrap().iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, [json!("不属本辖区"), json!(null)]);
    let done = ask("city/letters?state=done").await.expect(200);
    assert_eq!(done["items"][0]["chosen"], "city/facility/litter");
}

const GIVES: &str = "system = \"works\"\nurl = \"URL\"\n[push]\nwords = \"text\"\npurpose = \"handling\"\n[push.matter]\n\"city/facility/streetlight\" = \"014\"\n";
const FILLS: &str = r#"[push.attribute."014"]
OURS = { from = "number" }
SPOT = { from = "answer:AREA", map = { road = "R", yard = "Y" } }
SIGNS = { from = "answer:SIGNS", map = { dark = "1", flicker = "2" } }
COUNT = { from = "answer:COUNT" }
SINCE = { from = "answer:SINCE" }
NOTE = { from = "answer:MORE" }
"#;
const KEY: &str = "demo_key_of_a_test";

/// A platform that takes reports from outside, with a feed to a city whose service asks one attribute of each datatype.
async fn giving() -> (Desk, Feeds, Shared) {
    let demo = Some(DemoKey { key: KEY.to_owned(), member: MemberId::new("dispatcher-east") });
    let open311 = Open311 { demo, ..Open311::default() };
    let desk = Desk::serving(Settings { webhooks: Reach::Anywhere, open311, ..demonstration() }).await;
    let (url, there) = city(Vec::new()).await;
    {
        let mut city = there.lock().unwrap();
        let asked = json!([
            attribute("OURS", "string", true, &[]),
            attribute("SPOT", "singlevaluelist", true, &["R", "Y"]),
            attribute("SIGNS", "multivaluelist", true, &["1", "2"]),
            attribute("COUNT", "number", true, &[]),
            attribute("SINCE", "datetime", true, &[]),
            attribute("NOTE", "text", true, &[]),
        ]);
        city.services = vec![json!({"service_code": "014", "service_name": "Lamps", "metadata": true})];
        city.definitions.insert("014".to_owned(), asked);
    }
    let map = GIVES.replace("URL", &url);
    let fields = [("id", "city"), ("map", map.as_str()), ("active", "yes")];
    back(&post(&desk, "administrator", "/feeds", &fields).await);
    let feeds = Feeds::new(desk.state.engine.clone(), "node", Reach::Anywhere).unwrap();
    (desk, feeds, there)
}

/// A street light that somebody reports from outside, with an answer to every question, filed. Its number.
async fn reported(desk: &Desk) -> String {
    let fields = [
        ("api_key", KEY),
        ("service_code", "city.facility.streetlight"),
        ("lat", "30.015"),
        ("long", "110.005"),
        ("attribute[AREA]", "yard"),
        ("attribute[SIGNS][]", "dark"),
        ("attribute[SIGNS][]", "flicker"),
        ("attribute[COUNT]", "3"),
        ("attribute[SINCE]", "2026-05-01 20:00:00+08:00"),
        ("attribute[MORE]", "一行\n二行"),
        ("attribute[THEIR_OWN]", "自行填写"),
    ];
    let kept = desk.post("/open311/v2/requests.json").raw(FORM, form(&fields)).send().await.expect(200);
    let listed = desk.get("/api/v1/cases").by("leader-district").send().await.expect(200);
    let filing = json!({"filing": {"matter": "city/facility/streetlight", "condition": 1}});
    let id = listed["items"][0]["id"].as_str().unwrap();
    desk.tell("handler-station-bridge", id, "file", filing, "filed").await;
    kept[0]["service_request_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_was_answered_here_fills_what_a_service_asks_there() {
    let (desk, feeds, there) = giving().await;
    let told = act(&desk, &[("act", "sound")]).await.text();
    assert!(told.contains("必填而未对照：") && told.contains("SINCE"), "{told}");
    let services = || desk.get("/api/v1/feeds/city/services").by("administrator").send();
    let told = services().await.expect(200);
    let missing = json!(["OURS", "SPOT", "SIGNS", "COUNT", "SINCE", "NOTE"]);
    assert_eq!(told["services"][0]["attributes"]["missing"], missing, "{told}");

    let number = reported(&desk).await;
    feeds.run().await.unwrap();
    let page = seen(&desk, "/feeds/city", "zh").await;
    assert!(page.contains("上报与对方服务要求的属性不符") && page.contains("SPOT is required"), "{page}");
    assert!(there.lock().unwrap().sent.is_empty());

    let row = desk.state.engine.store().feeds(desk.state.tenant()).await.unwrap().remove(0);
    let wrong = format!("{}\n{}", row.map, FILLS.replace("road = \"R\"", "roof = \"R\""));
    let told = act(&desk, &[("act", "change"), ("map", &wrong)]).await;
    assert!(told.status == 422 && told.text().contains("push.attribute.014.SPOT"), "{}", told.text());
    let mended = format!("{}\n{FILLS}", row.map);
    back(&act(&desk, &[("act", "change"), ("map", &mended)]).await);
    let told = services().await.expect(200);
    let attributes = &told["services"][0]["attributes"];
    let unsure = json!(["SPOT", "SIGNS", "COUNT", "SINCE", "NOTE"]);
    assert_eq!((&attributes["missing"], &attributes["unsure"]), (&json!([]), &unsure), "{told}");
    assert_eq!((&attributes["wrong"], &attributes["unknown"]), (&json!([]), &json!([])), "{told}");
    let letter =
        desk.state.engine.store().letters(desk.state.tenant(), "city", "dead", None, 10).await.unwrap();
    let id = letter.items[0].id.to_string();
    back(&act(&desk, &[("act", "again"), ("letter", &id)]).await);
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    for (name, wanted) in [
        ("attribute[OURS]", number.as_str()),
        ("attribute[SPOT]", "Y"),
        ("attribute[SIGNS][]", "1|2"),
        ("attribute[COUNT]", "3"),
        ("attribute[SINCE]", "2026-05-01T20:00:00+08:00"),
        ("attribute[NOTE]", "一行\n二行"),
    ] {
        assert_eq!(sent[0].1[name], wanted, "{sent:?}");
    }
    assert!(!format!("{sent:?}").contains("自行填写"), "what no line names stays here");
}
