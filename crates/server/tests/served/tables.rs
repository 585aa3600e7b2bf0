//! Tables over HTTP: taken away by whoever may read, sent back by administrators, looked at before they are applied.

use crate::desk;
use crate::drafts;

use std::io::Cursor;

use desk::{Answer, Desk};
use drafts::{BOUNDARY, found};
use huying_pack::sheet::{Encoding, Format, Rows, Writer};

/// A form with these fields and one file.
pub fn form(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
            .bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn send(desk: &Desk, member: &str, table: &str, fields: &[(&str, &str)], bytes: &[u8]) -> Answer {
    let (media, body) = form(fields, "sent.csv", bytes);
    desk.post(&format!("/api/v1/tables/{table}")).by(member).raw(&media, body).send().await
}

/// The cells of every row; a workbook does not hold the empty cells at a row's end, so no row here does.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let filled = |mut cells: Vec<String>| {
        cells.truncate(cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
        cells
    };
    Rows::open(Cursor::new(bytes.to_vec())).unwrap().map(|row| filled(row.unwrap().cells)).collect()
}

/// A served starter pack whose first version has been in force for a minute.
async fn open() -> Desk {
    let desk = Desk::open().await;
    found(&desk).await;
    desk.clock.advance(60_000);
    desk
}

#[tokio::test]
async fn a_table_is_taken_away_edited_looked_at_and_applied() {
    let desk = open().await;
    let csv = desk.get("/api/v1/tables/units").by("acceptor-east").send().await;
    assert_eq!((csv.status.as_u16(), csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(csv.body.starts_with(b"\xEF\xBB\xBF"), "spreadsheets look for the mark");
    let gb = desk.get("/api/v1/tables/units?encoding=gb18030").by("acceptor-east").send().await;
    let xlsx = desk.get("/api/v1/tables/units?format=xlsx").by("acceptor-east").send().await;
    assert!(xlsx.header("content-disposition").contains("units.xlsx"));
    assert_eq!(rows(&csv.body), rows(&gb.body));
    assert_eq!(rows(&csv.body)[1], rows(&xlsx.body)[1]);
    desk.get("/api/v1/tables/colours").by("acceptor-east").send().await.problem(404);
    desk.get("/api/v1/tables/units?format=ods").by("acceptor-east").send().await.problem(400);

    let edited = csv.text().replace("东街道综合执法岗", "东街道综合执法队").into_bytes();
    let no = send(&desk, "acceptor-east", "units", &[], &edited).await;
    assert_eq!(no.problem(403)["code"], "administrators_only");
    let shown = send(&desk, "administrator", "units", &[("missing", "ends")], &edited).await.expect(200);
    assert_eq!(
        (&shown["changed"], &shown["added"], &shown["ended"]),
        (&1.into(), &0.into(), &0.into()),
        "{shown}"
    );
    assert_eq!(shown["rows"][0]["cells"][0]["new"], "东街道综合执法队");
    assert_eq!(shown["applied"], false);
    let hash = shown["hash"].as_str().unwrap();
    let apply = |hash: &'static str, reason: &'static str| {
        vec![("missing", "ends"), ("hash", hash), ("reason", reason)]
    };
    let without = send(&desk, "administrator", "units", &[("hash", hash)], &edited).await;
    assert_eq!(without.problem(400)["errors"][0]["field"], "reason");
    let stale = send(&desk, "administrator", "units", &apply("00", "台账更新"), &edited).await;
    assert_eq!(stale.problem(409)["code"], "preview_stale");
    let fields = [("missing", "ends"), ("hash", hash), ("reason", "台账更新")];
    let done = send(&desk, "administrator", "units", &fields, &edited).await.expect(200);
    assert_eq!(done["applied"], true);
    let after = desk.get("/api/v1/tables/units").by("acceptor-east").send().await;
    assert!(after.text().contains("东街道综合执法队"));
}

#[tokio::test]
async fn cases_leave_as_a_file_only_for_whoever_may_read_them_and_no_cell_is_a_formula() {
    let desk = open().await;
    desk.report("city/facility/litter", "=HYPERLINK(\"http://evil.example\")").await;
    let of = async |member: &str, query: &str| {
        let answer = desk.get(&format!("/api/v1/tables/cases{query}")).by(member).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.body
    };
    let east = of("acceptor-east", "").await;
    assert!(String::from_utf8_lossy(&east).contains("'=HYPERLINK"));
    assert_eq!(rows(&east).len(), 2);
    assert_eq!(rows(&east)[1][1], "=HYPERLINK(\"http://evil.example\")", "it comes back as it was");
    assert_eq!(rows(&of("acceptor-east", "?format=xlsx").await), rows(&east));
    assert_eq!(rows(&of("acceptor-west", "").await).len(), 1, "nothing but the headings");
    assert_eq!(rows(&of("administrator", "?format=xlsx").await).len(), 1);
    assert_eq!(rows(&of("acceptor-east", "?stage=closed").await).len(), 1);
    desk.get("/api/v1/tables/cases").send().await.problem(401);
    let outlines = desk.get("/api/v1/tables/outlines").by("acceptor-east").send().await;
    assert_eq!(outlines.json()["features"][0]["properties"]["level"], "grid");
}

#[tokio::test]
async fn mistakes_are_answered_all_at_once_with_their_places() {
    let desk = open().await;
    let mut writer =
        Writer::new(Format::Xlsx, Encoding::Utf8, &["id", "name", "kind", "function", "area"]).unwrap();
    writer.row(&["unit-a", "甲", "castle", "order", "990101001"]).unwrap();
    writer.row(&["unit-b", "乙", "post", "order", "1"]).unwrap();
    let bytes = writer.finish().unwrap().into_bytes().unwrap();
    let shown = send(&desk, "administrator", "units", &[], &bytes).await.expect(200);
    let at = |no: usize| (shown["problems"][no]["line"].as_u64(), shown["problems"][no]["column"].as_u64());
    assert_eq!((at(0), at(1)), ((Some(2), Some(3)), (Some(3), Some(5))), "{shown}");
    assert!(shown["hash"].is_null());
    let broken = send(&desk, "administrator", "units", &[], b"PK\x03\x04").await.expect(200);
    assert!(broken["problems"][0]["message"].as_str().unwrap().contains("workbook"), "{broken}");
    let bad = send(&desk, "administrator", "units", &[("missing", "perhaps")], b"id\n").await;
    assert_eq!(bad.problem(400)["errors"][0]["field"], "missing");
}

#[tokio::test]
async fn an_administrator_does_all_of_it_on_a_page() {
    let desk = open().await;
    let page = desk.get("/import").by("administrator").header("accept-language", "zh").send().await;
    assert!(page.text().contains("导入导出") && page.text().contains("/api/v1/tables/units?format=xlsx"));
    assert_eq!(desk.get("/import").by("acceptor-east").send().await.status, 403);
    let csv = desk.get("/api/v1/tables/units").by("administrator").send().await;
    let edited = csv.text().replace("东街道综合执法岗", "东街道综合执法队").into_bytes();
    let (media, body) = form(&[("table", "units")], "units.csv", &edited);
    let shown = desk
        .post("/import")
        .by("administrator")
        .header("accept-language", "zh")
        .raw(&media, body)
        .send()
        .await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let text = shown.text();
    for words in ["预览", "order-east", "东街道综合执法岗", "东街道综合执法队", "按预览执行"]
    {
        assert!(text.contains(words), "“{words}” is not on the page");
    }
    let held = text.split("name=\"held\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let report = desk.get(&format!("/import/report?held={held}")).by("administrator").send().await;
    assert!(rows(&report.body).iter().any(|row| row.contains(&"东街道综合执法队".to_owned())));
    assert_eq!(
        desk.get(&format!("/import/report?held={held}")).by("administrator-2").send().await.status,
        400
    );
    let (media, body) = form(&[("held", &held), ("reason", "台账更新")], "", b"");
    let done = desk
        .post("/import")
        .by("administrator")
        .header("accept-language", "zh")
        .raw(&media, body)
        .send()
        .await;
    assert!(done.text().contains("已完成"), "{}", done.text());
    assert!(
        desk.get("/api/v1/tables/units").by("administrator").send().await.text().contains("东街道综合执法队")
    );
    let wrong = form(&[("table", "units")], "units.csv", b"id,area\nunit-x,0\n");
    let wrong = desk
        .post("/import")
        .by("administrator")
        .header("accept-language", "zh")
        .raw(&wrong.0, wrong.1)
        .send()
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("处错误") && wrong.text().contains("第 2 行"), "{}", wrong.text());
}
