//! Attributes of services: what a report is filled with, what it is refused for, and where attributes that come are kept.

use crate::{city, town};

use std::collections::BTreeMap;

use city::{Shared, attribute, city, request};
use huying_engine::{
    feed::{Feeds, map::FeedMap, sounding::Gaps},
    intake::ReportDraft,
    outbox::guard::Reach,
};
use huying_model::{CaseId, Instant, MemberId, Name};
use huying_store::{CaseView, feeds::LetterRow, person::AccessOf};
use serde_json::{Value, json};
use town::{TENANT, Town, draft};

const GIVES: &str = r#"
system = "works"
url = "URL"
[push]
purpose = "handling"
[push.matter]
"city/facility/streetlight" = "014"
"city/facility/manhole" = "015"
"#;

/// An answer to every question of the street light, as it is written here.
const ANSWERS: &str = "灯在哪里？：小区内\n有哪些现象？：不亮、闪烁\n灯杆编号：秘密杆号\n几盏？：3\n从什么时候开始？：2026-05-01 20:00:00+08:00\n还有什么？：秘密甲\n秘密乙\nTHEIR_OWN: 秘密丙";

/// One required attribute of each datatype.
fn every_datatype() -> Value {
    json!([
        attribute("CODE", "string", true, &[]),
        attribute("COUNT", "number", true, &[]),
        attribute("SINCE", "datetime", true, &[]),
        attribute("NOTE", "text", true, &[]),
        attribute("SPOT", "singlevaluelist", true, &["R", "Y"]),
        attribute("SIGNS", "multivaluelist", true, &["1", "2", "3"]),
        attribute("EXTRA", "string", false, &[]),
    ])
}

const FILLS: &str = r#"
[push.attribute."014"]
CODE = { from = "number" }
COUNT = { value = "1" }
SINCE = { from = "received" }
NOTE = { from = "matter" }
SPOT = { from = "answer:AREA", map = { road = "R", yard = "Y" } }
SIGNS = { from = "answer:SIGNS", map = { dark = "1", flicker = ["2", "3"] } }
"#;

async fn put(town: &Town, map: &str, url: &str) -> Result<Feeds, huying_engine::Error> {
    let by = MemberId::new("administrator");
    let set = ("city", &*map.replace("URL", url), None);
    town.engine.put_feed(TENANT, set, (&by, true), Reach::Anywhere).await?;
    Ok(Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap())
}

/// A city whose service 014 asks one attribute of each datatype.
async fn asking() -> (String, Shared) {
    let (url, there) = city(Vec::new()).await;
    there.lock().unwrap().definitions.insert("014".to_owned(), every_datatype());
    (url, there)
}

/// A case of a street light with an answer to every question, filed.
async fn filed(town: &Town) -> CaseId {
    let light = draft("city/facility/streetlight", "秘密的话");
    let case = town.report(ReportDraft { answers: Some(ANSWERS.to_owned()), ..light }).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/streetlight", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    case
}

async fn letters(town: &Town, state: &str) -> Vec<LetterRow> {
    town.engine.store().letters(TENANT, "city", state, None, 50).await.unwrap().items
}

/// The attributes that the only report was sent with.
fn attributes(there: &Shared) -> BTreeMap<String, String> {
    let sent = there.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent[0]
        .1
        .iter()
        .filter(|(name, _)| name.starts_with("attribute"))
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect()
}

fn table(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    rows.iter().map(|(name, value)| (format!("attribute[{name}"), (*value).to_owned())).collect()
}

/// How often something that was said of the case was noted as given.
async fn noted(town: &Town, case: CaseId) -> usize {
    let end = (Instant(i64::MAX), i64::MAX);
    let rows =
        town.engine.store().accesses(TENANT, &AccessOf::Case(case), Instant(0), end, 50).await.unwrap();
    rows.iter().filter(|row| row.what == "given" && row.purpose.as_deref() == Some("handling")).count()
}

#[tokio::test]
async fn a_report_without_what_a_service_requires_stops_and_says_what_is_missing() {
    for mute in [false, true] {
        let town = Town::new().await;
        let (url, there) = asking().await;
        there.lock().unwrap().mute = mute;
        let feeds = put(&town, GIVES, &url).await.unwrap();
        filed(&town).await;
        feeds.run().await.unwrap();
        let dead = letters(&town, "dead").await;
        assert_eq!(dead.len(), 1);
        let error = dead[0].error.as_deref().unwrap();
        for code in ["CODE", "COUNT", "SINCE", "NOTE", "SPOT", "SIGNS"] {
            assert!(error.contains(&format!("{code} is required and not filled")), "{error}");
        }
        assert!(!error.contains("EXTRA") && error.contains("400"), "{error}");
        // After the map was mended the letter is told once more.
        let feeds = put(&town, &format!("{GIVES}{FILLS}"), &url).await.unwrap();
        let store = town.engine.store();
        assert!(store.settle_letter(TENANT, "city", &dead[0].id, true, town.now()).await.unwrap());
        feeds.run().await.unwrap();
        assert!(letters(&town, "dead").await.is_empty());
        assert_eq!(there.lock().unwrap().requests.len(), 1);
    }
}

#[tokio::test]
async fn a_report_is_filled_as_the_map_says_and_nothing_that_somebody_wrote_goes_along() {
    let town = Town::new().await;
    let (url, there) = asking().await;
    let feeds = put(&town, &format!("{GIVES}{FILLS}"), &url).await.unwrap();
    let case = filed(&town).await;
    feeds.run().await.unwrap();
    assert!(letters(&town, "dead").await.is_empty(), "{:?}", letters(&town, "dead").await);
    let number = town.case(case).await.number;
    let wanted = table(&[
        ("CODE]", number.as_str()),
        ("COUNT]", "1"),
        ("SINCE]", "2026-05-12T09:00:00+08:00"),
        ("NOTE]", "路灯不亮"),
        ("SPOT]", "Y"),
        ("SIGNS][]", "1|2|3"),
    ]);
    assert_eq!(attributes(&there), wanted);
    assert!(!format!("{:?}", there.lock().unwrap().sent).contains("秘密"), "no words went out");
    assert_eq!(noted(&town, case).await, 1, "answers were given for a purpose, and that is written down");
}

#[tokio::test]
async fn places_conditions_and_moments_go_out_as_codes_of_theirs_and_what_is_not_known_as_the_default() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let fills = r#"
[push.attribute."014"]
CELL = { from = "area" }
CELL_CODE = { from = "area_code" }
STREET = { from = "area@street" }
WARD = { from = "area@street", map = { "990101001" = "W1", "990101002" = "W2" } }
OTHER_WARD = { from = "area@street", map = { "990101002" = "W2" }, default = ["W0"] }
NO_WARD = { from = "area@street", map = { "990101002" = "W2" } }
POINT = { from = "point" }
WHICH = { from = "condition" }
KIND = { from = "matter", map = { "city/facility/streetlight" = "lamp" } }
FILED = { from = "filed" }
BOTH = { value = ["a", "b & c"] }
ASKED = { from = "answer:SIGNS", default = "none" }
"#;
    let feeds = put(&town, &format!("{GIVES}{fills}"), &url).await.unwrap();
    let case = town.report(draft("city/facility/streetlight", "秘密的话")).await.receipt.case;
    town.clock.advance(90_000);
    let filing = json!({"filing": {"matter": "city/facility/streetlight", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    feeds.run().await.unwrap();
    let wanted = table(&[
        ("CELL]", "桥头第一网格"),
        ("CELL_CODE]", "990101001001001"),
        ("STREET]", "东街道"),
        ("WARD]", "W1"),
        ("OTHER_WARD][]", "W0"),
        ("POINT]", "30.015,110.005"),
        ("WHICH]", "1"),
        ("KIND]", "lamp"),
        ("FILED]", "2026-05-12T09:01:30+08:00"),
        ("BOTH][]", "a|b & c"),
        ("ASKED][]", "none"),
    ]);
    assert_eq!(attributes(&there), wanted);
    assert_eq!(noted(&town, case).await, 0, "nobody said anything of it that went out");
}

#[tokio::test]
async fn what_somebody_wrote_fills_an_attribute_only_where_words_go_out() {
    let town = Town::new().await;
    let (url, there) = asking().await;
    let fills = r#"
[push.attribute."014"]
CODE = { from = "answer:POLE" }
COUNT = { from = "answer:COUNT" }
SINCE = { from = "answer:SINCE" }
NOTE = { from = "answer:MORE" }
EXTRA = { from = "title" }
SPOT = { value = "R" }
SIGNS = { value = ["2"] }
"#;
    let refused = put(&town, &format!("{GIVES}{fills}"), &url).await.err().unwrap().to_string();
    for code in ["CODE", "COUNT", "SINCE", "NOTE", "EXTRA"] {
        assert!(refused.contains(&format!("push.attribute.014.{code}: Words of a case")), "{refused}");
    }
    assert!(!refused.contains("SPOT"), "{refused}");
    let words = GIVES.replace("[push]\n", "[push]\nwords = \"text\"\n");
    let feeds = put(&town, &format!("{words}{fills}"), &url).await.unwrap();
    let case = filed(&town).await;
    feeds.run().await.unwrap();
    let wanted = table(&[
        ("CODE]", "秘密杆号"),
        ("COUNT]", "3"),
        ("SINCE]", "2026-05-01T20:00:00+08:00"),
        ("NOTE]", "秘密甲\n秘密乙"),
        ("EXTRA]", "秘密的话"),
        ("SPOT]", "R"),
        ("SIGNS][]", "2"),
    ]);
    assert_eq!(attributes(&there), wanted);
    assert!(!format!("{:?}", there.lock().unwrap().sent).contains("秘密丙"), "what nobody asked stays here");
    assert_eq!(noted(&town, case).await, 1);
}

#[tokio::test]
async fn a_value_that_they_do_not_take_stops_the_report_and_the_letter_does_not_repeat_it() {
    let town = Town::new().await;
    let (url, there) = asking().await;
    there.lock().unwrap().mute = true;
    let words = GIVES.replace("[push]\n", "[push]\nwords = \"text\"\n");
    let fills = FILLS.replace("COUNT = { value = \"1\" }", "COUNT = { from = \"answer:POLE\" }");
    let feeds = put(&town, &format!("{words}{fills}"), &url).await.unwrap();
    filed(&town).await;
    feeds.run().await.unwrap();
    let dead = letters(&town, "dead").await;
    let error = dead[0].error.as_deref().unwrap();
    assert!(error.contains("COUNT does not take what it is filled with"), "{error}");
    assert!(!error.contains("秘密") && !error.contains("SPOT"), "{error}");
}

#[tokio::test]
async fn trying_the_other_side_tells_what_the_map_does_not_fill_and_what_they_do_not_take() {
    let town = Town::new().await;
    let (url, there) = asking().await;
    {
        let mut city = there.lock().unwrap();
        let service = |code: &str, metadata: bool| json!({"service_code": code, "metadata": metadata});
        city.services =
            vec![service("014", true), service("015", true), service("016", true), service("017", false)];
        city.definitions.insert("017".to_owned(), json!([attribute("LATE", "string", true, &[])]));
    }
    let gaps = async || {
        let told = town.engine.sound_feed(TENANT, "city", Reach::Anywhere).await.unwrap();
        let lacks = told.lacks();
        let mut services = told.services.into_iter();
        let (first, second, third) =
            (services.next().unwrap(), services.next().unwrap(), services.next().unwrap());
        assert!(second.unasked.unwrap().contains("404"), "a service without a definition is told");
        assert_eq!((third.gaps, third.unasked), (None, None), "nothing is given to it");
        assert!(lacks && services.next().unwrap().gaps.is_none());
        first.gaps.unwrap()
    };
    let all = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<String>>();
    put(&town, GIVES, &url).await.unwrap();
    let missing = all(&["CODE", "COUNT", "SINCE", "NOTE", "SPOT", "SIGNS"]);
    assert_eq!(gaps().await, Gaps { missing, ..Gaps::default() });

    let fills = r#"
[push.attribute."014"]
CODE = { from = "area" }
COUNT = { from = "number" }
SINCE = { value = "2026-05-01T20:00:00" }
NOTE = { from = "matter" }
SPOT = { from = "answer:AREA", map = { road = "R", yard = "Z" }, default = "Y" }
SIGNS = { from = "condition" }
OLD = { value = "x" }
"#;
    put(&town, &format!("{GIVES}{fills}"), &url).await.unwrap();
    let wrong = [("COUNT", "number"), ("SINCE", "2026-05-01T20:00:00"), ("SPOT", "Z")];
    let wanted = Gaps {
        missing: Vec::new(),
        unsure: all(&["CODE"]),
        wrong: wrong.iter().map(|(code, value)| ((*code).to_owned(), (*value).to_owned())).collect(),
        unknown: all(&["OLD"]),
    };
    assert_eq!(gaps().await, wanted);
    put(&town, &format!("{GIVES}{FILLS}"), &url).await.unwrap();
    assert_eq!(gaps().await, Gaps { unsure: all(&["SPOT", "SIGNS"]), ..Gaps::default() });
}

#[tokio::test]
async fn a_map_whose_attributes_do_not_fit_is_refused_with_each_place_and_its_mend() {
    let town = Town::new().await;
    let setting = town.engine.setting(TENANT).unwrap();
    let fills = r#"
[push.attribute."014"]
A = { from = "answer:NONE" }
B = { from = "answer:AREA", map = { roof = "1" } }
C = { from = "condition", map = { 9 = "1" } }
D = { from = "area@village" }
E = { from = "area", map = { "123" = "1" } }
F = { from = "matter", map = { "no/such" = "1" } }
G = { value = "x", from = "number" }
H = { value = "x", default = "y" }
I = { value = "" }
J = { from = "received", map = { x = "1" } }
"K\"[" = { value = "x" }
L = { from = "answer:WARNING" }
[pull]
[pull.matter]
"001" = "city/facility/streetlight"
[pull.attribute."001"]
A = { to = "answer:NONE" }
B = { to = "answer:AREA", map = { x = "roof" } }
C = { to = "condition", map = { x = "9" } }
D = { to = "condition", name = "x" }
"*" = { to = "answer:AREA" }
"#;
    let wrong = FeedMap::parse(&format!("{GIVES}{fills}")).unwrap().check(&setting).unwrap_err();
    let told: Vec<(&str, &str)> =
        wrong.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
    let push = |code: &str| format!("push.attribute.014.{code}");
    let pull = |code: &str| format!("pull.attribute.001.{code}");
    let wanted = [
        (push("A"), "unknown_question"),
        (push("B"), "unknown_value"),
        (push("C"), "unknown_condition"),
        (push("D"), "unknown_level"),
        (push("E"), "unknown_area"),
        (push("F"), "unknown_matter"),
        (push("G"), "missing"),
        (push("H"), "not_here"),
        (push("I"), "missing"),
        (push("J"), "not_here"),
        (push("K\"["), "no_code"),
        (push("L"), "unknown_question"),
        (pull("*"), "not_here"),
        (pull("A"), "unknown_question"),
        (pull("B"), "unknown_value"),
        (pull("C"), "unknown_condition"),
        (pull("D"), "not_here"),
    ];
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(place, code)| (place.as_str(), *code)).collect();
    assert_eq!(told, wanted);
    let mends: Vec<&str> = wrong.iter().map(|problem| problem.mend.as_str()).collect();
    assert!(mends[0].contains("AREA, COUNT") && mends[1].contains("road, yard"), "{mends:?}");

    // A reporter is no fact that a line can name, and a purpose is asked for every answer of one.
    for (line, told) in [
        ("A = { from = \"reporter\" }", "is no fact of a case"),
        ("A = { from = \"contact\" }", "is no fact of a case"),
        ("A = { value = 1 }", "a text in quotes"),
        ("A = { form = \"number\" }", "unknown field"),
    ] {
        let text = format!("{GIVES}[push.attribute.\"014\"]\n{line}\n");
        let refused = FeedMap::parse(&text).unwrap_err();
        assert!(refused.mend.contains(told) && refused.mend.contains("line 10"), "{}", refused.mend);
    }
    let aimless = format!("{GIVES}{FILLS}").replace("purpose = \"handling\"\n", "");
    let wrong = FeedMap::parse(&aimless).unwrap().check(&setting).unwrap_err();
    assert!(wrong.iter().all(|problem| problem.field == "push.purpose") && wrong.len() == 2, "{wrong:?}");
}

#[tokio::test]
async fn attributes_that_come_are_kept_where_the_map_says_and_others_are_not_taken() {
    let town = Town::new().await;
    let early = "2026-05-11T10:00:00+08:00";
    let mut light = request("1", "001", "open", early);
    light["attributes"] = json!([
        {"code": "WHERE", "value": "on the road"},
        {"code": "POLE", "name": "Number of the pole", "value": "7\n灯在哪里？：小区内"},
        {"code": "PHONE", "value": "13900000000"},
        {"label": "Colour", "name": "colour", "code": "or", "value": "Orange"},
    ]);
    let mut hole = request("2", "002", "open", early);
    hole["attributes"] = json!({"SIZE": "small", "SEEN": ["x", "y"], "PHONE": "13900000000"});
    let mut odd = request("3", "002", "open", early);
    odd["attributes"] = json!({"SIZE": "huge"});
    let (url, there) = city(vec![light, hole, odd, request("4", "002", "open", early)]).await;
    let takes = r#"
system = "city311"
url = "URL"
time_zone = "Asia/Shanghai"
[pull]
[pull.matter]
"001" = "city/facility/streetlight"
"002" = "city/facility/manhole"
[pull.attribute."001"]
WHERE = { to = "answer:AREA", map = { "on the road" = "road" } }
POLE = { to = "answer:POLE" }
colour = { to = "line", name = "颜色" }
[pull.attribute."*"]
SIZE = { to = "condition", map = { large = "1", small = "2" } }
SEEN = { to = "line" }
"#;
    let feeds = put(&town, takes, &url).await.unwrap();
    let looked = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((looked.added, looked.dead), (4, 0), "an attribute never stops its request");
    assert!(there.lock().unwrap().asked.iter().all(|query| query.contains("extensions=true")));
    let seen = taken(&town).await;
    let of = |id: &str| {
        let view = &seen[&format!("city311:{id}")];
        (view.case.condition, view.texts.answers.as_deref())
    };
    let light = "颜色：Orange\n灯在哪里？：路边\n灯杆编号：7 灯在哪里？：小区内";
    assert_eq!(of("1"), (Some(1), Some(light)));
    assert_eq!(of("2"), (Some(2), Some("SEEN：x、y")));
    assert_eq!(of("3"), (Some(1), Some("SIZE：huge")), "what is no condition here is kept as a line");
    assert_eq!(of("4"), (Some(1), None));

    // A map that names none takes none, and does not ask for more.
    let town = Town::new().await;
    let bare = takes.split("[pull.attribute").next().unwrap();
    there.lock().unwrap().asked.clear();
    put(&town, bare, &url).await.unwrap().pull_now(TENANT, "city").await.unwrap();
    assert!(there.lock().unwrap().asked.iter().all(|query| !query.contains("extensions")));
    assert!(taken(&town).await.values().all(|view| view.texts.answers.is_none()));
}

/// Every case by its id there.
async fn taken(town: &Town) -> BTreeMap<String, CaseView> {
    let store = town.engine.store();
    let list = store.list(TENANT, &Default::default(), Default::default(), None, 100).await.unwrap();
    let mut all = BTreeMap::new();
    for line in list.items {
        let view = store.case(TENANT, line.case).await.unwrap().unwrap();
        let first = store.journal(TENANT, line.case, 0, 1).await.unwrap().remove(0);
        let huying_model::event::Body::Reported { report, .. } = &first.event.body else {
            panic!("{first:?}")
        };
        all.insert(report.foreign.as_ref().unwrap().to_string(), view);
    }
    all
}
