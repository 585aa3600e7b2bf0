//! Cases of another system on a page: looked at without writing, brought in beside the requests, and no second time.

use crate::desk;
use crate::drafts;

use std::io::Cursor;

use desk::{Answer, Desk};
use drafts::BOUNDARY;
use huying_engine::import::mark;
use huying_pack::sheet::Rows;
use sha2::{Digest, Sha256};

const MAP: &str = r#"
system = "city311"
time_zone = "Asia/Shanghai"
time_format = "%m/%d/%y %H:%M"
[columns]
foreign = "id"
created = "created"
closed = "closed"
lon = "lon"
lat = "lat"
matter = "type"
status = "status"
source = "source"
title = "type"
[matter]
Vending = "city/order/vendor"
Parking = "city/order/parking"
Light = "city/facility/streetlight"
[source]
Call = "hotline"
"*" = "resident"
[status]
Closed = "solved"
Cancelled = "withdrawn"
Open = "open"
"#;

const TABLE: &str = "\u{feff}id,type,status,created,closed,lon,lat,source
A1,Vending,Closed,5/4/26 9:05,5/4/26 10:00,110.005,30.015,Call
A2,Parking,Closed,5/4/26 9:10,5/4/26 20:00,110.005,30.015,App
A3,Light,Closed,5/4/26 9:15,5/6/26 10:00,110.025,30.005,Call
A4,Vending,Cancelled,5/4/26 9:20,5/4/26 9:40,110.005,30.005,Call
A5,Vending,Open,5/4/26 9:25,,110.005,30.005,Call
A6,Vending,Closed,5/4/26 9:30,5/4/26 9:40,,,Call
A7,Vending,Closed,5/4/26 9:30,5/4/26 9:00,110.005,30.005,Call
A8,Flying saucer,Closed,5/4/26 9:30,5/4/26 9:40,110.005,30.005,Call
A9,Vending,Lost,5/4/26 9:30,5/4/26 9:40,110.005,30.005,Call
A10,Vending,Closed,yesterday,5/4/26 9:40,110.005,30.005,Call
A11,Vending,Closed,5/4/26 9:30
";

/// A form with these fields and files, each file under the name of its field.
fn form(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    let mut part = |head: String, bytes: &[u8]| {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    for (field, value) in fields {
        part(format!("name=\"{field}\""), value.as_bytes());
    }
    for (field, bytes) in files {
        part(format!("name=\"{field}\"; filename=\"{field}.bin\""), bytes);
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn send(desk: &Desk, member: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let (media, body) = form(fields, files);
    desk.post("/imports").by(member).raw(&media, body).send().await
}

/// Sends a table and its map.
async fn tables(desk: &Desk, member: &str, act: &str, table: &[u8], map: &[u8]) -> Answer {
    send(desk, member, &[("act", act)], &[("table", table), ("map", map)]).await
}

async fn cases(desk: &Desk) -> i64 {
    desk.state.engine.store().count_cases(desk.state.tenant()).await.unwrap()
}

/// The page when the import that was begun has ended.
async fn ended(desk: &Desk, begun: &Answer) -> String {
    assert_eq!((begun.status.as_u16(), begun.header("location")), (303, "/imports#last"), "{}", begun.text());
    loop {
        let page = desk.get("/imports").by("administrator").send().await;
        assert_eq!(page.status, 200, "{}", page.text());
        if !page.text().contains("正在导入") {
            return page.text();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn figure(page: &str, name: &str, value: u32) {
    let tile = format!("<dt>{name}</dt><dd>{value}</dd>");
    assert!(page.contains(&tile), "{tile} is not on the page: {page}");
}

/// Line and id of every row of a file of refused ones.
fn refused(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let rows = Rows::open(Cursor::new(answer.body.clone())).unwrap().skip(1);
    rows.map(|row| row.unwrap().cells).map(|cells| (cells[0].clone(), cells[1].clone())).collect()
}

fn wrong_rows() -> Vec<(String, String)> {
    (7..=12).zip(6..=11).map(|(line, no): (u32, u32)| (line.to_string(), format!("A{no}"))).collect()
}

fn held(page: &str) -> String {
    page.split("name=\"held\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_preview_of_cases_writes_nothing_and_names_each_bad_row_by_its_line() {
    let desk = Desk::open().await;
    let before = desk.get("/imports").by("administrator").send().await.text();
    assert!(before.contains("没有从本页导入过") && before.contains("docs/import-and-export.md"), "{before}");
    let shown = tables(&desk, "administrator", "preview", TABLE.as_bytes(), MAP.as_bytes()).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let page = shown.text();
    for (name, value) in [("总行数", 11), ("将新建案件", 5), ("与前行同案", 0), ("不能导入", 6)]
    {
        figure(&page, name, value);
    }
    for words in ["“Flying saucer”：没有该事项。", "“Lost”：状态没有对应。", "“yesterday”：", "开始导入"]
    {
        assert!(page.contains(words), "{words} is not on the page: {page}");
    }
    let held = held(&page);
    let file = format!("/imports/refused?held={held}");
    let told = desk.get(&file).by("administrator").send().await;
    assert_eq!(refused(&told), wrong_rows());
    let english = desk.get(&file).by("administrator").header("accept-language", "en").send().await;
    assert!(english.text().contains("The map does not say what “Lost” means"), "{}", english.text());
    assert_eq!(desk.get(&file).by("administrator-2").send().await.status, 400, "it is whoever brought it's");
    assert_eq!(cases(&desk).await, 0);
    let after = desk.get("/imports").by("administrator").send().await.text();
    assert!(after.contains("没有从本页导入过"), "{after}");
    assert_eq!(desk.get("/imports/refused").by("administrator").send().await.status, 404);
}

#[tokio::test]
async fn what_was_looked_at_is_brought_in_on_its_own_times_and_a_second_time_adds_nothing() {
    let desk = Desk::open().await;
    let shown = tables(&desk, "administrator", "preview", TABLE.as_bytes(), MAP.as_bytes()).await;
    let held = held(&shown.text());
    let begun = send(&desk, "administrator", &[("act", "import"), ("held", &held)], &[]).await;
    let page = ended(&desk, &begun).await;
    for (name, value) in [("总行数", 11), ("已导入", 5), ("原已存在", 0), ("未能导入", 6)] {
        figure(&page, name, value);
    }
    assert!(page.contains("系统管理员") && page.contains("“Lost”：状态没有对应。"), "{page}");
    let (store, tenant) = (desk.state.engine.store(), desk.state.tenant());
    let lines = store.list(tenant, &Default::default(), Default::default(), None, 50).await.unwrap().items;
    let mut received: Vec<_> = lines.iter().map(|line| line.received_at.to_string()).collect();
    received.sort();
    let own = [5, 10, 15, 20, 25].map(|minute| format!("2026-05-04T01:{minute:02}:00Z"));
    assert_eq!(received, own);
    assert_eq!(lines.iter().filter(|line| line.stage == "closed").count(), 3);
    let told = desk.get("/imports/refused").by("administrator-2").send().await;
    assert_eq!(refused(&told), wrong_rows());

    let streams = store.streams().await.unwrap();
    let again = tables(&desk, "administrator-2", "import", TABLE.as_bytes(), MAP.as_bytes()).await;
    let page = ended(&desk, &again).await;
    for (name, value) in [("总行数", 11), ("已导入", 0), ("原已存在", 5), ("未能导入", 6)] {
        figure(&page, name, value);
    }
    assert_eq!(
        (cases(&desk).await, store.streams().await.unwrap()),
        (5, streams),
        "not one event was written"
    );
    // A later table carries a case on, and the preview says from where to where.
    let later = TABLE.replace("A5,Vending,Open,5/4/26 9:25,,", "A5,Vending,Closed,5/4/26 9:25,5/7/26 9:00,");
    let shown = tables(&desk, "administrator", "preview", later.as_bytes(), MAP.as_bytes()).await.text();
    figure(&shown, "将推进已有案件", 1);
    assert!(shown.contains("→ 已结案"), "{shown}");
}

#[tokio::test]
async fn another_language_looks_again_at_what_was_looked_at() {
    let desk = Desk::open().await;
    let page = tables(&desk, "administrator", "preview", TABLE.as_bytes(), MAP.as_bytes()).await.text();
    assert!(page.contains("form=\"bring\" formaction=\"/imports?lang=en\""), "{page}");
    let kept = held(&page);
    let (media, body) = form(&[("act", "preview"), ("held", &kept)], &[]);
    let english = desk.post("/imports?lang=en").by("administrator").raw(&media, body).send().await;
    assert_eq!(english.status, 200, "{}", english.text());
    let english = english.text();
    figure(&english, "Would begin a case", 5);
    assert!(english.contains("The map does not say what “Lost” means"), "{english}");
    assert!(english.contains("form=\"bring\" formaction=\"/imports?lang=zh\""), "{english}");
    assert_eq!(held(&english), kept, "the files are kept once");
    let told = desk.get(&format!("/imports/refused?held={kept}")).by("administrator").send().await;
    assert_eq!((refused(&told), cases(&desk).await), (wrong_rows(), 0));
}

#[tokio::test]
async fn one_preview_runs_at_a_time_and_the_files_of_whoever_waits_are_kept() {
    let desk = Desk::open().await;
    let page = tables(&desk, "administrator", "preview", TABLE.as_bytes(), MAP.as_bytes()).await.text();
    let kept = held(&page);
    let mut long = TABLE.lines().next().unwrap().to_owned();
    for no in 0..2_000 {
        long += &format!("\nB{no},Vending,Closed,5/4/26 9:05,5/4/26 10:00,110.005,30.015,Call");
    }
    // A form that names files which are there is read at once, while the long table is looked at.
    let looks = [("act", "preview"), ("held", kept.as_str())];
    // Which of the two comes first is the runtime's, and one may be over before the other comes: it is tried until they meet.
    let mut met = false;
    for _ in 0..20 {
        let (first, second) = tokio::join!(
            tables(&desk, "administrator-2", "preview", long.as_bytes(), MAP.as_bytes()),
            send(&desk, "administrator", &looks, &[]),
        );
        let waits = [&first, &second].into_iter().find(|answer| answer.status == 409);
        let Some(waits) = waits else { continue };
        assert!(first.status == 200 || second.status == 200, "{} {}", first.text(), second.text());
        assert!(waits.text().contains("已有一次预览正在进行"), "{}", waits.text());
        assert!(!held(&waits.text()).is_empty());
        met = true;
        break;
    }
    assert!(met, "never was one looked at while another was");
    let again = send(&desk, "administrator", &looks, &[]).await;
    figure(&again.text(), "将新建案件", 5);
}

#[tokio::test]
async fn an_import_that_goes_on_counts_what_was_refused_before_it_was_cut() {
    let desk = Desk::open().await;
    let (store, tenant) = (desk.state.engine.store(), desk.state.tenant());
    // Three rows were done, of which the rules refused one.
    let sum: [u8; 32] = Sha256::digest(TABLE.as_bytes()).into();
    store.set_cursors(tenant, &mark(&sum, MAP), &[(0, 3), (1, 1)]).await.unwrap();
    let begun = tables(&desk, "administrator", "import", TABLE.as_bytes(), MAP.as_bytes()).await;
    let page = ended(&desk, &begun).await;
    for (name, value) in [("总行数", 11), ("已导入", 2), ("未能导入", 7)] {
        figure(&page, name, value);
    }
    assert!(page.contains("另有 1 行当时被规则拒绝") && !page.contains("前 10000 行"), "{page}");
    let told = desk.get("/imports/refused").by("administrator").send().await;
    assert_eq!(refused(&told), wrong_rows());
}

#[tokio::test]
async fn cases_are_brought_in_by_administrators_alone() {
    let desk = Desk::open().await;
    for member in ["acceptor-east", "dispatcher-east", "auditor", "leader-district"] {
        for path in ["/imports", "/imports/refused"] {
            let no = desk.get(path).by(member).send().await;
            assert_eq!(no.problem(403)["code"], "administrators_only", "{member} {path}");
        }
        let no = tables(&desk, member, "import", TABLE.as_bytes(), MAP.as_bytes()).await;
        assert_eq!(no.problem(403)["code"], "administrators_only", "{member}");
    }
    let stranger = desk.get("/imports").send().await;
    assert!(stranger.status == 303 && stranger.header("location").starts_with("/sign-in"), "{stranger:?}");
    let (media, body) = form(&[("act", "import")], &[("table", TABLE.as_bytes()), ("map", MAP.as_bytes())]);
    let stranger = desk.post("/imports").raw(&media, body).send().await;
    assert!(stranger.status == 303 && stranger.header("location").starts_with("/sign-in"), "{stranger:?}");
    assert_eq!(cases(&desk).await, 0);
}

#[tokio::test]
async fn a_file_that_is_no_table_and_a_map_that_is_no_map_are_told_in_a_sentence() {
    let desk = Desk::open().await;
    let other = MAP.replace("city/order/vendor", "city/order/none");
    let wrong: [(&[u8], &[u8], &str); 6] = [
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", MAP.as_bytes(), "文件无法读取"),
        (b"PK\x03\x04", MAP.as_bytes(), "文件无法读取"),
        (b"a word", MAP.as_bytes(), "“created”：文件中没有该列。"),
        (TABLE.as_bytes(), b"[columns", "对照表无法读取"),
        (TABLE.as_bytes(), b"\xff\xfe", "对照表不是 UTF-8 文本"),
        (TABLE.as_bytes(), other.as_bytes(), "“city/order/none”：没有该事项。"),
    ];
    for (table, map, words) in wrong {
        for act in ["preview", "import"] {
            let no = tables(&desk, "administrator", act, table, map).await;
            assert!(no.status == 422 && no.text().contains(words), "{act} {words}: {}", no.text());
            assert!(
                no.text().contains("请更正后重新提交") && !no.text().contains("按 errors"),
                "{}",
                no.text()
            );
        }
    }
    let alone = send(&desk, "administrator", &[("act", "preview")], &[("table", TABLE.as_bytes())]).await;
    assert!(alone.status == 422 && alone.text().contains("请选择对照表"), "{}", alone.text());
    let gone = send(&desk, "administrator", &[("act", "import"), ("held", "0")], &[]).await;
    assert!(gone.status == 422 && gone.text().contains("预览已过期"), "{}", gone.text());
    let unknown = tables(&desk, "administrator", "destroy", TABLE.as_bytes(), MAP.as_bytes()).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(cases(&desk).await, 0);
}

#[tokio::test]
async fn what_is_too_large_for_the_page_is_led_to_the_command() {
    let desk = Desk::open().await;
    let large = vec![b'a'; 34 * 1024 * 1024];
    let no = tables(&desk, "administrator", "preview", &large, MAP.as_bytes()).await;
    assert_eq!(no.status, 413);
    assert!(no.text().contains("huying import cases FILE --map MAP.toml"), "{}", no.text());
}
