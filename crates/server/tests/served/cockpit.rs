//! The leader's screens over HTTP: what is counted, who sees how much of it, what is hidden of few, and the one key that calls a unit.

use crate::desk;

use std::io::Cursor;

use desk::{Desk, form, photo};
use huying_pack::sheet::Rows;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const MAY: &str = "from=2026-05-01&to=2026-05-31";

/// A broken cover from report to close, the last step `later`.
async fn closed(desk: &Desk, later: i64) {
    let works = "handler-dept-works";
    let id = desk.report("city/facility/manhole", "井盖破损").await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell(works, &id, "receive", json!({"unit": "dept-works"}), "handling").await;
    let (media, body) = form(&photo(), Some("after"));
    let sent = desk.post(&format!("/api/v1/cases/{id}/files")).by(works).raw(&media, body).send().await;
    let evidence = json!([{"kind": "after", "file": sent.expect(201)["file"]}]);
    let done = json!({"outcome": "solved", "evidence": evidence});
    desk.tell(works, &id, "finish", done, "inspecting").await;
    desk.tell("inspector-1", &id, "pass", json!({"words": "已修复"}), "calling_back").await;
    let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
    desk.tell("caller-back", &id, "record-callback", call, "calling_back").await;
    desk.clock.advance(later);
    desk.tell("caller-back", &id, "close", json!({}), "closed").await;
}

/// The rows of a table of the analysis, without its headings.
async fn table(desk: &Desk, member: &str, query: &str) -> Vec<Vec<String>> {
    let file = desk.get(&format!("/analysis/file?{query}")).by(member).send().await;
    assert_eq!(file.status, 200, "{}", file.text());
    assert_eq!(file.header("cache-control"), "no-store");
    Rows::open(Cursor::new(file.body)).unwrap().skip(1).map(|row| row.unwrap().cells).collect()
}

async fn page(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).header("accept-language", "zh").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn a_promise_that_is_closed_late_or_still_open_and_over_counts_as_not_kept() {
    let desk = Desk::open().await;
    closed(&desk, MINUTE).await;
    let rows = table(&desk, "leader-district", &format!("by=ranking&{MAY}")).await;
    assert_eq!(
        (rows[0][1].as_str(), rows[0][4].as_str(), rows[0][6].as_str()),
        ("1", "1", "100.0%"),
        "{rows:?}"
    );
    // One more that stays open beyond its promise, and one that is closed long after it.
    let open = desk.report("city/facility/manhole", "又一处").await;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", &open, "file", filing, "filed").await;
    closed(&desk, 60 * DAY).await;
    let rows = table(&desk, "leader-district", &format!("by=source&{MAY}")).await;
    assert_eq!(rows.len(), 1, "all came by the hotline: {rows:?}");
    let of = |column: usize| rows[0][column].as_str();
    assert_eq!((of(1), of(4), of(6), of(8)), ("3", "2", "33.3%", "1"), "{rows:?}");
    let same = table(&desk, "leader-district", &format!("by=source&{MAY}&format=xlsx")).await;
    assert_eq!(same[0][..6], rows[0][..6]);
    assert_eq!((same[0][6].as_str(), same[0][8].as_str()), ("0.333", "1"), "a share is a number: {same:?}");
}

#[tokio::test]
async fn a_figure_leads_to_exactly_its_cases_and_the_sentence_says_them() {
    let desk = Desk::open().await;
    for text in ["一", "二", "三"] {
        desk.report("city/facility/litter", text).await;
    }
    let shown = page(&desk, "leader-east", "/cockpit").await;
    assert!(shown.contains("东街道在办 3 件，没有超期"), "{shown}");
    desk.clock.advance(60 * DAY);
    desk.report("city/facility/litter", "四").await;
    let shown = page(&desk, "leader-east", "/cockpit").await;
    assert!(shown.contains("东街道在办 4 件，3 件超期，最多的是桥头社区（3 件）"), "{shown}");
    assert!(shown.contains("href=\"/cockpit/cases?area=990101001&amp;state=overdue\""), "{shown}");
    for (state, count) in [("overdue", 3), ("paused", 0)] {
        let list = page(&desk, "leader-east", &format!("/cockpit/cases?area=990101001&state={state}")).await;
        assert_eq!(list.matches("<td class=\"code\">").count(), count, "{state}");
    }
    let english = desk.get("/cockpit").by("leader-east").header("accept-language", "en").send().await.text();
    assert!(english.contains("4 open, 3 overdue, most in Bridge Community (3)"), "{english}");
    let wall = page(&desk, "leader-east", "/cockpit?wall=1").await;
    assert!(wall.contains("data-theme=\"dark\"") && wall.contains("东街道在办 4 件"), "{wall}");
    assert!(!wall.contains("<form"), "nobody stands at a wall to press a key");
}

#[tokio::test]
async fn whoever_does_not_see_a_ground_sees_nothing_of_it_and_is_told_so() {
    let desk = Desk::open().await;
    desk.report("city/facility/litter", "一").await;
    let foreign = page(&desk, "leader-west", "/cockpit?area=990101001").await;
    assert!(foreign.contains("东街道没有在办案件") && foreign.contains("只含您能看到的案件"), "{foreign}");
    let own = page(&desk, "leader-east", "/cockpit?area=990101001").await;
    assert!(own.contains("东街道在办 1 件") && !own.contains("只含您能看到的案件"), "{own}");
    assert!(table(&desk, "leader-west", &format!("by=source&area=990101001&{MAY}")).await.is_empty());
    assert!(table(&desk, "administrator", &format!("by=source&{MAY}")).await.is_empty());
    for path in ["/cockpit", "/cockpit/cases", "/analysis", "/analysis/file?by=source"] {
        let stranger = desk.get(path).send().await;
        assert_eq!(stranger.status, 303, "{path}");
    }
}

#[tokio::test]
async fn groups_of_few_are_hidden_with_what_would_give_them_away() {
    let desk = Desk::open().await;
    let report = async |matter: &str, count: usize| {
        for no in 0..count {
            desk.report(matter, &format!("第{no}件")).await;
        }
    };
    report("city/facility/litter", 12).await;
    report("people/service/elder-card", 3).await;
    let hidden = "少于 10 或从略";
    let of = |rows: Vec<Vec<String>>| {
        rows.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect::<Vec<_>>()
    };
    let groups = async || of(table(&desk, "leader-district", &format!("by=group&{MAY}")).await);
    let told = groups().await;
    let counts: Vec<&str> = told.iter().map(|(_, count)| count.as_str()).collect();
    assert_eq!(
        counts,
        [hidden, "0", "0", "0", hidden, "0"],
        "three would be the difference from fifteen: {told:?}"
    );
    report("people/work/key-task", 8).await;
    let told = groups().await;
    let counts: Vec<&str> = told.iter().map(|(_, count)| count.as_str()).collect();
    assert_eq!(counts, ["12", "0", "0", "0", hidden, hidden], "{told:?}");
    let work = of(table(&desk, "leader-district", &format!("by=key-work&{MAY}")).await);
    assert!(
        work.contains(&("上级交办任务".to_owned(), hidden.to_owned())),
        "the key work tells of tasks what the groups tell: {work:?}"
    );
    let shown = page(&desk, "leader-district", &format!("/analysis?{MAY}")).await;
    for (id, name) in [("group", "任务涉及的"), ("key-work", "上级交办任务")] {
        let part = shown.split(&format!("id=\"{id}\"")).nth(1).unwrap().split("</section>").next().unwrap();
        let row = part.split(name).nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(hidden) && !row.contains(">8<"), "{row}");
        assert!(id != "group" || !part.contains("/cockpit/cases"), "no case of a group is listed: {part}");
    }
}

#[tokio::test]
async fn a_group_that_is_the_whole_is_not_told_by_it() {
    let desk = Desk::open().await;
    for no in 0..3 {
        desk.report("people/work/key-task", &format!("第{no}件")).await;
    }
    let rows = table(&desk, "leader-district", &format!("by=group&{MAY}")).await;
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row[1] == "少于 10 或从略").count(), 2, "{rows:?}");
    let none = table(&desk, "leader-district", "by=group&from=2025-05-01&to=2025-05-31&with=year").await;
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn a_leader_calls_the_holder_of_an_overdue_case_with_one_key() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "一").await;
    desk.clock.advance(60 * DAY);
    let shown = page(&desk, "supervisor-east", "/cockpit").await;
    let action = format!("action=\"/cases/{id}/commands/supervise\"");
    assert_eq!(shown.matches(&action).count(), 1, "{shown}");
    let form = shown.split(&action).nth(1).unwrap().split("</form>").next().unwrap();
    assert_eq!(form.matches("<button").count(), 1);
    assert_eq!(
        form.matches("<input").count(),
        form.matches("type=\"hidden\"").count(),
        "nothing is to be filled in"
    );
    let value = |name: &str| {
        let field =
            form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name}"));
        field.split('"').next().unwrap().replace("&amp;", "&")
    };
    let mut body = String::new();
    for name in ["idempotency_key", "back", "words"] {
        let sent: String = form_urlencoded::byte_serialize(value(name).as_bytes()).collect();
        body.push_str(&format!("{name}={sent}&"));
    }
    let send = || {
        let post = desk.post(&format!("/cases/{id}/commands/supervise")).by("supervisor-east");
        post.raw("application/x-www-form-urlencoded", body.clone().into_bytes()).send()
    };
    for _ in 0..2 {
        let answer = send().await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(
            answer.header("location").starts_with("/cockpit?area=990101001"),
            "{}",
            answer.header("location")
        );
    }
    let whole: Value =
        desk.get(&format!("/api/v1/cases/{id}")).by("supervisor-east").send().await.expect(200);
    let journal = whole["journal"].as_array().unwrap();
    assert_eq!(
        journal.iter().filter(|entry| entry["kind"] == "supervised").count(),
        1,
        "pressed twice, it is said once"
    );
}

#[tokio::test]
async fn each_day_has_a_row_and_every_chart_has_a_table_that_names_its_columns() {
    let desk = Desk::open().await;
    desk.report("city/facility/litter", "一").await;
    let rows = table(&desk, "leader-district", &format!("by=day&{MAY}")).await;
    assert_eq!(rows.len(), 31);
    assert_eq!((rows[0][0].as_str(), rows[30][0].as_str()), ("2026-05-01", "2026-05-31"));
    let same = table(&desk, "leader-district", &format!("by=day&{MAY}&format=xlsx")).await;
    assert_eq!((&same[0][..6], &same[30][..6]), (&rows[0][..6], &rows[30][..6]), "a day is a day: {same:?}");
    let busy: Vec<&str> =
        rows.iter().map(|row| row[1].as_str()).filter(|received| *received != "0").collect();
    assert_eq!(busy, ["1"], "one day has the one case: {rows:?}");
    for path in ["/cockpit".to_owned(), format!("/analysis?{MAY}")] {
        let shown = page(&desk, "leader-district", &path).await;
        let tables: Vec<&str> =
            shown.split("data-table=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!tables.is_empty(), "{path}: {shown}");
        for id in tables {
            let table = shown.split(&format!("<table class=\"table\" id=\"{id}\">")).nth(1);
            let head = table.and_then(|table| table.split("</thead>").next()).unwrap_or_default();
            assert!(head.matches("data-series=").count() >= 2, "{path}: {id}: {head}");
        }
    }
}

#[tokio::test]
async fn days_that_are_none_come_back_as_they_were_written() {
    let desk = Desk::open().await;
    for (query, words) in [
        ("from=2026-05-12&to=2026-05-01", "结束日期早于开始日期"),
        ("from=2020-05-12&to=2026-05-01", "时间跨度太长"),
        ("from=2026-02-30&to=2026-05-01", "没有这一天"),
    ] {
        let ask =
            desk.get(&format!("/analysis?{query}")).by("leader-district").header("accept-language", "zh");
        let answer = ask.send().await;
        assert_eq!(answer.status, 422, "{query}");
        let text = answer.text();
        assert!(text.contains(words) && text.contains("error-summary"), "{query}: {text}");
        let from = query.split('&').next().unwrap().trim_start_matches("from=");
        assert!(text.contains(&format!("value=\"{from}\"")), "{query}: the form comes back");
        let file = desk.get(&format!("/analysis/file?by=source&{query}")).by("leader-district").send().await;
        assert_eq!(file.status, 400, "{query}");
    }
    assert_eq!(desk.get("/analysis/file?by=colour").by("leader-district").send().await.status, 404);
}
