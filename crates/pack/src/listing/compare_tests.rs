//! Tables that take more memory than they look, and moments as spreadsheets write them.

use std::io::Cursor;

use huying_geo::Datum;

use super::*;
use crate::listing::{ground, open};

fn table(text: String) -> Result<Rows, Unread> {
    Rows::with_remarks(Cursor::new(text.into_bytes()))
}

#[test]
fn a_table_that_swells_in_memory_is_refused_and_cells_that_nobody_reads_take_none() {
    let long = "长".repeat(1_000);
    let rows: String = (0..100).map(|no| format!("u{no},{long}\n")).collect();
    let why =
        Sheet::read_within(Kind::Units, "u.csv", table(format!("id,name\n{rows}")), 100_000).unwrap_err();
    assert!(why.len() == 1 && why[0].message.contains("MB of text"), "{why:?}");
    // A hundred more cells without a heading in each row.
    let blanks = ",x".repeat(100);
    let rows: String = (0..100).map(|no| format!("u{no},a{blanks}\n")).collect();
    let head = format!("id,name{}", ",".repeat(100));
    let sheet = Sheet::read_within(Kind::Units, "u.csv", table(format!("{head}\n{rows}")), 10_000).unwrap();
    assert_eq!((sheet.lines.len(), sheet.lines[0].cells.len()), (100, 2));
}

#[test]
fn a_moment_is_the_same_however_a_spreadsheet_writes_it_and_stays_as_it_was() {
    let old = "2026-05-12 08:00";
    for new in
        ["2026-05-12 08:00", "2026/5/12 8:00", "2026-05-12 08:00:00", "2026.5.12 8:00:00", "2026-05-12T08:00"]
    {
        assert!(same(Kind::Units, "from", old, new), "{new}");
    }
    for new in
        ["2026/5/12", "2026-05-12 08:01", "2026-05-13 08:00", "", "八点", "2026-05", "2026-05-12 08:00:00:00"]
    {
        assert!(!same(Kind::Units, "from", old, new), "{new}");
    }
    assert!(same(Kind::Areas, "until", "2026-05-12", "2026/5/12"));
    let columns = Kind::Areas.columns();
    let row = |from: &str| -> Vec<String> {
        let cell = |column: &&&str| match **column {
            "code" => "990101".to_owned(),
            "name" => "起步区".to_owned(),
            "from" => from.to_owned(),
            _ => String::new(),
        };
        columns.iter().map(|column| cell(&column)).collect()
    };
    let today = Listing { kind: Kind::Areas, rows: vec![row(old)] };
    let text = format!("{}\n{}\n", columns.join(","), row("2026/5/12 8:00").join(","));
    let sheet = Sheet::read(Kind::Areas, "a.csv", table(text)).unwrap();
    let found = Compared::of(sheet, &today, Missing::Stays);
    assert!(found.problems.is_empty() && found.rows.is_empty(), "{:?} {:?}", found.problems, found.rows);
    assert_eq!(found.merged[0].1, row(old));
}

#[test]
fn geojson_is_read_in_both_encodings_and_never_with_signs_in_place_of_what_was_there() {
    let ring = "[[110.0,30.0],[110.1,30.0],[110.1,30.1],[110.0,30.0]]";
    let text = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"code\":\"990101\",\"name\":\"起步区\"}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}}}]}}"
    );
    let read = |bytes: Vec<u8>| open(Kind::Areas, "areas.geojson", bytes, Some(Datum::Wgs84));
    let plain = read(text.clone().into_bytes()).unwrap();
    let (gbk, _, _) = encoding_rs::GB18030.encode(&text);
    assert_eq!(read(gbk.into_owned()).unwrap(), plain);
    let broken: Vec<u8> =
        text.replace("起步区", "?").bytes().map(|byte| if byte == b'?' { 0xFF } else { byte }).collect();
    let why = read(broken).unwrap_err();
    assert!(why[0].message.contains("neither UTF-8 nor GB18030"), "{why:?}");
    let many = vec![(BTreeMap::from([("code".to_owned(), "1".to_owned())]), None); MOST_ROWS + 1];
    assert!(ground::of_features("areas.zip", many).unwrap_err()[0].message.contains("more than 200000"));
}
