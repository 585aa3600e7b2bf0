//! The administrator's pages: what is chosen on a form does what one writes by hand, what is refused comes back as it was written, and
//! nothing goes round the second person.

use crate::desk;
use crate::drafts;

use desk::{Answer, Desk};
use drafts::found;
use huying_engine::notary::Notary;
use huying_model::PolicyVersion;
use huying_pack::{listing::Kind, rewrite::Written};
use serde_json::{Value, json};

type Fields<'a> = &'a [(&'a str, &'a str)];

async fn send(desk: &Desk, member: &str, path: &str, fields: Fields<'_>) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    desk.post(path).by(member).raw("application/x-www-form-urlencoded", body).send().await
}

async fn seen(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// What stands between two texts of a page.
#[track_caller]
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no “{before}” on the page:\n{page}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no “{after}” after “{before}”")).0
}

/// The edits that a preview would decide.
#[track_caller]
fn edits(page: &str) -> String {
    let text = between(page, "id=\"decided-edits\"", "</textarea>").split_once('>').unwrap().1;
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

async fn previewed(desk: &Desk, edits: &str) -> Value {
    let change = format!("at = \"2026-05-13\"\nreason = \"r\"\n{edits}");
    let body = json!({"change": change, "preview": true});
    desk.post("/api/v1/organisation/changes").by("administrator").json(&body).send().await.expect(200)
}

const WEST: &str = "{\"type\":\"Polygon\",\"coordinates\":[[[110.0,30.01],[110.004,30.01],[110.004,30.02],[110.0,30.02],[110.0,30.01]]]}";
const EAST: &str = "{\"type\":\"Feature\",\"properties\":null,\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[110.004,30.01],[110.01,30.01],[110.01,30.02],[110.004,30.02],[110.004,30.01]]]}}";
const SPLIT: &str = "[[split_area]]\narea = \"990101001001001\"\n\
    [[split_area.into]]\ncode = \"990101001001003\"\nname = \"桥头第三网格\"\nshape = [[110.0, 30.01], [110.004, 30.01], [110.004, 30.02], [110.0, 30.02]]\n\
    [[split_area.into]]\ncode = \"990101001001004\"\nname = \"桥头第四网格\"\nshape = [[110.004, 30.01], [110.01, 30.01], [110.01, 30.02], [110.004, 30.02]]\n\
    [[move_unit]]\nunit = \"grid-bridge-1\"\narea = \"990101001001004\"\n\
    [[add_unit]]\nid = \"grid-bridge-3\"\nname = \"桥头第三网格力量\"\nkind = \"grid_team\"\nfunction = \"grid-team\"\narea = \"990101001001003\"\n";

#[tokio::test]
async fn an_area_is_split_merged_named_and_ended_on_the_page_as_by_hand() {
    let desk = Desk::open().await;
    desk.report("city/facility/litter", "旧案").await;
    let split: Fields = &[
        ("act", "split"),
        ("area", "990101001001001"),
        ("parts", "2"),
        ("code-1", "990101001001003"),
        ("name-1", "桥头第三网格"),
        ("shape-1", WEST),
        ("team-1", "grid-bridge-3"),
        ("team_name-1", "桥头第三网格力量"),
        ("code-2", "990101001001004"),
        ("name-2", "桥头第四网格"),
        ("shape-2", EAST),
        ("unit-grid-bridge-1", "2"),
    ];
    let merge: Fields = &[
        ("act", "merge"),
        ("area", "990101001"),
        ("with", "990101002"),
        ("code", "990101002"),
        ("name", "新街道"),
    ];
    let along: Fields = &[
        ("act", "merge"),
        ("area", "990101002001001"),
        ("with", "990101002001002"),
        ("code", "990101002001001"),
        ("along", "yes"),
    ];
    let named: Fields = &[
        ("act", "draw"),
        ("area", "990101001001"),
        ("name", "桥头新社区"),
        ("name_en", "Bridge Community"),
        ("parent", "990101001"),
    ];
    let drawn: Fields =
        &[("act", "draw"), ("area", "990101001001001"), ("name", "桥头第一网格"), ("shape", WEST)];
    let ended: Fields = &[("act", "end"), ("area", "990101001001002")];
    for (fields, by_hand) in [
        (split, SPLIT),
        (
            merge,
            "[[merge_areas]]\nareas = [\"990101001\", \"990101002\"]\ncode = \"990101002\"\nname = \"新街道\"\n",
        ),
        (
            along,
            "[[merge_areas]]\nareas = [\"990101002001001\", \"990101002001002\"]\ncode = \"990101002001001\"\n\
             [[move_unit]]\nunit = \"grid-riverbend-2\"\narea = \"990101002001001\"\n",
        ),
        (named, "[[change_area]]\narea = \"990101001001\"\nname = \"桥头新社区\"\n"),
        (
            drawn,
            "[[change_area]]\narea = \"990101001001001\"\nshape = [[110.0, 30.01], [110.004, 30.01], [110.004, 30.02], [110.0, 30.02]]\n",
        ),
        (ended, "[[end_area]]\narea = \"990101001001002\"\n"),
    ] {
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("from", "2026-05-13T00:00")]).collect();
        let answer = send(&desk, "administrator", "/organisation", &fields).await;
        let page = answer.text();
        let of_page = previewed(&desk, &edits(&page)).await;
        assert_eq!(of_page, previewed(&desk, by_hand).await, "{by_hand}");
        // A gap is told and has no form that decides.
        let gap = of_page["findings"].as_array().unwrap().iter().any(|found| found["error"] == true);
        assert_eq!(answer.status.as_u16(), if gap { 422 } else { 200 }, "{by_hand}");
        assert_eq!(page.contains("value=\"decide\""), !gap, "{by_hand}");
        let touched = format!("涉及 {} 件", of_page["touched"]);
        assert!(page.contains(&touched), "{by_hand}: no “{touched}”");
        for moved in of_page["moves"].as_array().unwrap() {
            assert!(page.contains(moved["number"].as_str().unwrap()), "{by_hand}: {moved}");
        }
        // Each edit is told in the reader's language; programs have it in English.
        let told = between(&page, "id=\"preview\"", "</ul>");
        let lines = of_page["edits"].as_array().unwrap();
        assert_eq!(told.matches("<li>").count(), lines.len(), "{by_hand}: {told}");
        for line in lines {
            assert!(!told.contains(line.as_str().unwrap()), "{by_hand}: {line} stands on the Chinese page");
        }
        for line in of_page["grants"].as_array().unwrap() {
            let name = line.as_str().unwrap().split(' ').next().unwrap();
            assert!(page.contains(name), "{by_hand}: {line}");
        }
    }
    assert!(
        desk.state.engine.changes(desk.state.tenant()).await.unwrap().is_empty(),
        "a preview decides nothing"
    );
}

/// One cell takes half of its neighbour's ground, which lets the seats of its team reach further.
const DRAWN: &str = "[[change_area]]\narea = \"990101001001001\"\n\
    shape = [[110.0, 30.005], [110.01, 30.005], [110.01, 30.02], [110.0, 30.02]]\n\
    [[change_area]]\narea = \"990101001001002\"\n\
    shape = [[110.0, 30.0], [110.01, 30.0], [110.01, 30.005], [110.0, 30.005]]\n";

#[tokio::test]
async fn what_gives_nothing_is_decided_by_one_and_what_lets_a_seat_reach_further_waits_for_another() {
    let desk = Desk::open().await;
    let (engine, tenant) = (desk.state.engine.clone(), desk.state.tenant());
    let named: Fields =
        &[("act", "draw"), ("area", "990101001001"), ("name", "桥头新社区"), ("name_en", "Bridge Community")];
    let page = send(&desk, "administrator", "/organisation", named).await.text();
    let text = edits(&page);
    let decide = [("act", "decide"), ("area", "990101001001"), ("edits", text.as_str()), ("reason", "更名")];
    let done = send(&desk, "administrator", "/organisation", &decide).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/organisation?area=990101001001&done=decided"),
        "{}",
        done.text()
    );
    assert!(seen(&desk, "administrator", done.header("location")).await.contains("桥头新社区"));
    let decided = engine.changes(tenant).await.unwrap();
    assert_eq!((decided.len(), decided[0].reason.as_str()), (1, "更名"));

    let decide = [("act", "decide"), ("edits", DRAWN), ("from", "2026-05-13T08:00"), ("reason", "重画")];
    let waits = send(&desk, "administrator", "/organisation", &decide).await;
    assert_eq!((waits.status.as_u16(), waits.header("location")), (303, "/organisation?area=&done=waits"));
    let own = seen(&desk, "administrator", "/organisation").await;
    assert!(own.contains("撤回理由") && !own.contains("value=\"approve\""), "nobody agrees to their own");
    let forced = send(&desk, "administrator", "/organisation", &[("act", "approve"), ("no", "1")]).await;
    assert!(forced.status == 422 && forced.text().contains("申请人不能批准自己"), "{}", forced.text());
    assert_eq!(engine.changes(tenant).await.unwrap().len(), 1, "nothing is decided yet");
    let other = seen(&desk, "administrator-2", "/organisation").await;
    assert!(other.contains("驳回理由") && other.contains("value=\"approve\""));
    let agreed = send(&desk, "administrator-2", "/organisation", &[("act", "approve"), ("no", "1")]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.text());
    assert_eq!(engine.changes(tenant).await.unwrap().len(), 2);
    for (member, fields) in [
        ("leader-district", named),
        ("leader-district", &[("act", "decide"), ("edits", DRAWN), ("reason", "r")][..]),
        ("auditor", &[("act", "approve"), ("no", "1")][..]),
    ] {
        let no = send(&desk, member, "/organisation", fields).await;
        assert_eq!(no.problem(403)["code"], "administrators_only", "{member}");
    }
}

#[tokio::test]
async fn a_form_of_the_organisation_that_is_refused_comes_back_as_it_was_written() {
    let desk = Desk::open().await;
    let wrong: Fields = &[
        ("act", "split"),
        ("area", "990101001001001"),
        ("parts", "3"),
        ("code-1", "990101001001003"),
        ("name-1", "第一块"),
        ("shape-1", "一个圈"),
        ("from", "2026-05-13T09:00"),
    ];
    let answer = send(&desk, "administrator", "/organisation", wrong).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    for words in
        ["error-summary", "边界无法读取", "第一块", "一个圈", "2026-05-13T09:00", "第 3 部分", "出错："]
    {
        assert!(page.contains(words), "no “{words}”:\n{page}");
    }
    // What is wrong with the edits themselves is told as for a file.
    let taken: Fields = &[
        ("act", "split"),
        ("area", "990101001001001"),
        ("code-1", "990101001001002"),
        ("name-1", "重码"),
        ("shape-1", WEST),
        ("code-2", "990101001001004"),
        ("name-2", "乙"),
        ("shape-2", EAST),
    ];
    let answer = send(&desk, "administrator", "/organisation", taken).await;
    assert!(answer.status == 422 && answer.text().contains("is taken"), "{}", answer.text());
    assert!(answer.text().contains("重码"));
    // A decision without a reason keeps what was looked at.
    let named = "[[change_area]]\narea = \"990101001001\"\nname = \"桥头新社区\"\n";
    let answer = send(&desk, "administrator", "/organisation", &[("act", "decide"), ("edits", named)]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(edits(&answer.text()).trim(), named.trim());
    assert!(answer.text().contains("缺少理由"));
    let none = send(&desk, "administrator", "/organisation", &[("act", "text"), ("edits", "")]).await;
    assert!(none.status == 422 && none.text().contains("no edit"), "{}", none.text());
    assert!(desk.state.engine.changes(desk.state.tenant()).await.unwrap().is_empty());
}

/// The fields of one edited row of a table.
fn row(cells: &[String], column: usize, new: &str) -> Vec<(String, String)> {
    let seen = serde_json::to_string(cells).unwrap();
    vec![("row-0".to_owned(), seen), (format!("cell-0-{column}"), new.to_owned())]
}

/// What a hidden field of a page holds.
#[track_caller]
fn hidden(page: &str, name: &str) -> String {
    let value = between(page, &format!("<input type=\"hidden\" name=\"{name}\" value=\""), "\"");
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn seats_are_edited_as_rows_and_do_what_a_table_does_that_is_sent() {
    let desk = Desk::open().await;
    found(&desk).await;
    desk.clock.advance(60_000);
    let (engine, tenant) = (desk.state.engine.clone(), desk.state.tenant());
    // A member is found by their name, which stands in no address.
    let search =
        send(&desk, "administrator", "/organisation/members", &[("q", "auditor"), ("go", "0")]).await;
    let to = search.header("location");
    assert!(to.starts_with("/organisation/members?skip=0&sought=") && !to.contains("auditor"), "{to}");
    let page = seen(&desk, "administrator", to).await;
    assert!(page.contains("name=\"cell-0-3\"") && page.contains("centre:auditor"), "{page}");
    assert!(page.contains("name=\"q\" value=\"auditor\""), "{page}");
    let listing = engine.listing(tenant, Kind::Members).await.unwrap();
    let auditor = listing.rows.iter().find(|row| row[0] == "auditor").unwrap().clone();
    let seats = "centre:auditor centre-east:auditor";

    let answer =
        send(&desk, "administrator", "/organisation/members", &borrowed(&row(&auditor, 3, seats))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.text();
    let (media, body) =
        crate::tables::form(&[], "members.csv", format!("id,seats\nauditor,{seats}\n").as_bytes());
    let sent =
        desk.post("/api/v1/tables/members").by("administrator").raw(&media, body).send().await.expect(200);
    assert_eq!((&sent["changed"], &sent["rows"][0]["cells"][0]["new"]), (&json!(1), &json!(seats)));
    let grants = sent["change"]["grants"].as_array().unwrap();
    let (zh, en) = (
        "审计员（auditor）：东街道治理中心（centre-east）审计员",
        "Auditor (auditor): East Street Centre (centre-east), Auditor",
    );
    assert_eq!(grants, &[json!(format!("{zh} · {en}"))], "programs have it in both languages");
    assert!(page.contains(zh) && !page.contains(en) && page.contains("须另一位管理员同意"), "{page}");
    assert!(page.contains(&format!("value=\"{seats}\"")), "the row stays as it was written");

    let held = between(&page, "name=\"held\" value=\"", "\"").to_owned();
    let without = send(&desk, "administrator", "/organisation/members", &[("held", &held)]).await;
    assert!(without.status == 422 && without.text().contains(&held), "what was looked at stays");
    let fields = [("held", held.as_str()), ("reason", "增设")];
    let done = send(&desk, "administrator", "/organisation/members", &fields).await;
    assert!(done.status == 200 && done.text().contains("等待另一位管理员同意"), "{}", done.text());
    assert_eq!(engine.grants(tenant).await.unwrap().len(), 1);
    assert!(engine.changes(tenant).await.unwrap().is_empty(), "nothing is decided yet");

    // A wrong cell leads to its field and keeps what was written; a row that is another by now is told.
    let wrong =
        send(&desk, "administrator", "/organisation/members", &borrowed(&row(&auditor, 3, "nobody:auditor")))
            .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("href=\"#cell-5-3\"") && wrong.text().contains("value=\"nobody:auditor\""),
        "{}",
        wrong.text()
    );
    let mut other = auditor.clone();
    other[1] = "从前的名字".to_owned();
    let stale =
        send(&desk, "administrator", "/organisation/members", &borrowed(&row(&other, 3, seats))).await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    // As it was, as it is, and as it was written here; and what is chosen is taken up.
    let page = stale.text();
    for words in ["别人先改了同样的行", "从前的名字", &auditor[1], seats] {
        assert!(page.contains(words), "no “{words}”:\n{page}");
    }
    let (edits, mark) = (hidden(&page, "edits"), hidden(&page, "since"));
    let mine = [("edits", edits.as_str()), ("since", mark.as_str()), ("since-0", "mine"), ("go", "0")];
    let settled = send(&desk, "administrator", "/organisation/members", &mine).await;
    assert_eq!(settled.status, 200, "{}", settled.text());
    let edits = hidden(&settled.text(), "edits");
    assert!(edits.contains(seats) && edits.contains(&auditor[1]) && !edits.contains("从前的名字"), "{edits}");
    let open =
        [("edits", hidden(&page, "edits")), ("since", "another".to_owned()), ("since-0", "mine".into())];
    let open: Vec<(&str, &str)> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(send(&desk, "administrator", "/organisation/members", &open).await.status, 409);
    let stranger = desk.get("/organisation/members").by("acceptor-east").send().await;
    assert_eq!(stranger.problem(403)["code"], "administrators_only");
    desk.get("/organisation/matters").by("administrator").send().await.problem(404);
}

#[tokio::test]
async fn a_unit_that_is_ended_on_the_page_closes_and_every_other_stays() {
    let desk = Desk::open().await;
    found(&desk).await;
    desk.clock.advance(60_000);
    let listing = desk.state.engine.listing(desk.state.tenant(), Kind::Units).await.unwrap();
    let unit = listing.rows.iter().find(|row| row[0] == "mediation-west").unwrap().clone();
    let seen = serde_json::to_string(&unit).unwrap();
    let fields = [("row-0", seen.as_str()), ("end-0", "yes"), ("from", "2026-05-13T00:00")];
    let page = send(&desk, "administrator", "/organisation/units", &fields).await.text();
    let tiles = between(&page, "<dl class=\"stat-tiles\">", "</dl>");
    assert!(
        tiles.contains("<dt>终止</dt><dd>1</dd>") && tiles.contains("<dt>变更</dt><dd>0</dd>"),
        "{tiles}"
    );
}

#[tokio::test]
async fn a_route_is_edited_looked_at_and_kept_as_one_writes_it_by_hand() {
    let desk = Desk::open().await;
    found(&desk).await;
    let (engine, tenant) = (desk.state.engine.clone(), desk.state.tenant());
    let text = |version: &'static str| {
        let engine = engine.clone();
        async move {
            let files = engine.policy_files(tenant, &PolicyVersion::new(version)).await.unwrap();
            files.text("routes.csv").unwrap().to_owned()
        }
    };
    let today = text("starter-1").await;
    let read = Written::read(&today);
    let (lead, note) = (
        read.head.iter().position(|column| column == "lead").unwrap(),
        read.head.iter().position(|column| column == "note").unwrap(),
    );
    let third = read.rows.iter().find(|row| row[0] == "R-03").unwrap();
    let with = |mut fields: Vec<(String, String)>, more: Fields| {
        fields.push(("table".to_owned(), "routes.csv".to_owned()));
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    };
    // Who gets a case now and then stands beside the table.
    let ask: Fields = &[("act", "try"), ("matter", "city/order/vendor"), ("area", "990101001001001")];
    let fields = with(row(third, lead, "works@district"), ask);
    let page = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await.text();
    let told = between(&page, "id=\"found\"", "</section>");
    assert!(told.contains("市政公用科") && told.contains("综合执法"), "{told}");
    assert!(page.contains("class=\"what-if\"") && page.contains("value=\"works@district\""), "{page}");
    // A selector that finds nobody is told and kept as it was written.
    let fields = with(row(third, lead, "nobody@street"), &[("act", "keep"), ("reason", "试")]);
    let refused = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"nobody@street\"") && refused.text().contains("routes.csv"));
    let nothing = with(row(third, lead, &third[lead]), &[("act", "keep"), ("reason", "试")]);
    let nothing = send(&desk, "administrator", "/policy/edit", &borrowed(&nothing)).await;
    assert!(nothing.status == 422 && nothing.text().contains("没有任何改动"));

    let fields = with(row(third, note, "街面秩序归街道"), &[("act", "keep")]);
    let without = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await;
    assert!(
        without.status == 422 && without.text().contains("value=\"街面秩序归街道\""),
        "{}",
        without.text()
    );
    let fields = with(row(third, note, "街面秩序归街道"), &[("act", "keep"), ("reason", "注明")]);
    let kept = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await;
    assert_eq!(
        (kept.status.as_u16(), kept.header("location")),
        (303, "/policy/version?name=starter-2"),
        "{}",
        kept.text()
    );
    let line = today.lines().find(|line| line.starts_with("R-03,")).unwrap();
    let by_hand = today.replacen(line, &format!("{line}街面秩序归街道"), 1);
    assert_eq!(text("starter-2").await, by_hand, "nothing else is written otherwise");
    let policy = seen(&desk, "administrator", "/policy").await;
    assert!(
        policy.contains("现行版本：<b>starter-1</b>") && policy.contains("starter-2"),
        "two people bring it into force"
    );
    let stranger = send(&desk, "leader-district", "/policy/edit", &borrowed(&fields)).await;
    assert_eq!(stranger.problem(403)["code"], "administrators_only");
}

#[tokio::test]
async fn a_route_and_who_is_expected_to_answer_by_it_go_into_one_draft() {
    let desk = Desk::open().await;
    found(&desk).await;
    let (engine, tenant) = (desk.state.engine.clone(), desk.state.tenant());
    let files = engine.policy_files(tenant, &PolicyVersion::new("starter-1")).await.unwrap();
    let (routes, expected) = ("routes.csv", "scenarios/expectations.csv");
    let by_hand = |file: &str, old: &str, new: &str| files.text(file).unwrap().replacen(old, new, 1);
    let found_row = |file: &str, begins: &str| {
        let read = Written::read(files.text(file).unwrap());
        let row = read.rows.iter().find(|row| row[0] == begins).unwrap().clone();
        (row.iter().position(|cell| cell == "order@street").unwrap(), row)
    };
    let (lead, third) = found_row(routes, "R-03");
    let mut fields = row(&third, lead, "works@district");
    fields.extend([("table".into(), routes.into()), ("go".into(), format!("{expected} 0"))]);
    let page = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.text();
    assert!(page.contains("name=\"carried:routes.csv\"") && page.contains("责任清单"), "{page}");
    let (answers, vendor) = found_row(expected, "city/order/vendor");
    let mut fields = row(&vendor, answers, "works@district");
    fields.extend([
        ("table".into(), expected.into()),
        ("carried:routes.csv".into(), hidden(&page, "carried:routes.csv")),
        ("act".into(), "keep".into()),
        ("reason".into(), "执法改由市政处置".into()),
    ]);
    let kept = send(&desk, "administrator", "/policy/edit", &borrowed(&fields)).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let then = engine.policy_files(tenant, &PolicyVersion::new("starter-2")).await.unwrap();
    let routes_then =
        by_hand(routes, "R-03,city/order/*,,,,order@street", "R-03,city/order/*,,,,works@district");
    assert_eq!(then.text(routes), Some(routes_then.as_str()));
    let expected_then =
        by_hand(expected, "city/order/vendor,,,,order@street", "city/order/vendor,,,,works@district");
    assert_eq!(then.text(expected), Some(expected_then.as_str()));
}

#[tokio::test]
async fn an_audit_is_begun_on_the_page_and_says_what_it_found_and_how_to_verify_it() {
    let desk = Desk::open().await;
    desk.report("city/facility/litter", "垃圾").await;
    let before = seen(&desk, "auditor", "/audit").await;
    assert!(before.contains("没有核验过") && before.contains("还没有签名的日志头"), "{before}");
    Notary::new(desk.state.engine.clone(), "test").run().await.unwrap().unwrap();
    let head = desk.get("/api/v1/log/checkpoint").send().await.text();
    let wrong =
        send(&desk, "administrator", "/audit", &[("act", "audit"), ("head", "some other head")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("some other head"), "{}", wrong.text());
    // Browsers send line breaks of their own.
    let begun =
        send(&desk, "administrator", "/audit", &[("act", "audit"), ("head", &head.replace('\n', "\r\n"))])
            .await;
    assert_eq!((begun.status.as_u16(), begun.header("location")), (303, "/audit"), "{}", begun.text());
    let mut page = seen(&desk, "administrator", "/audit").await;
    while page.contains("正在核验") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        page = seen(&desk, "administrator", "/audit").await;
    }
    assert!(page.contains("全部相符") && page.contains("huying audit --head"), "{page}");
    for member in ["acceptor-east", "leader-district"] {
        let no = desk.get("/audit").by(member).send().await;
        assert_eq!(no.problem(403)["code"], "administrators_only", "{member}");
    }
}
