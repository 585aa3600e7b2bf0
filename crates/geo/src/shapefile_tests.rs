//! Shapefiles read back as they were written, and damaged ones refused in words.

use proptest::prelude::*;

use super::*;

fn read(parts: Parts, datum: Option<Datum>) -> Result<Vec<Record>, Wrong> {
    super::read(parts, datum, &["code", "name"])
}

fn square(from: i32, size: i32) -> CellShape {
    CellShape::rectangle(Point::new(from, from), Point::new(from + size, from + size))
}

fn parts(files: &Files) -> Parts<'_> {
    Parts { shp: &files.shp, dbf: &files.dbf, prj: Some(&files.prj), cpg: Some(&files.cpg) }
}

fn layer() -> Files {
    let (one, two) = (square(300_000_000, 500), with_hole_at(300_000_000));
    write(&["code", "name"], &[(vec!["990101", "起步区"], &one), (vec!["990102", ""], &two)])
}

fn with_hole_at(from: i32) -> CellShape {
    CellShape { rings: vec![square(from, 1000).rings.remove(0), square(from + 200, 100).rings.remove(0)] }
}

/// Twice the area that is inside, without regard to how rings run.
fn area(shape: &CellShape) -> i128 {
    polygons(shape).iter().flatten().map(|ring| crate::shape::doubled_area(ring)).sum()
}

#[test]
fn what_is_written_is_read_with_its_holes_and_attributes() {
    let files = layer();
    let read = read(parts(&files), None).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].fields["name"], "起步区");
    assert!(!read[1].fields.contains_key("name"));
    assert_eq!(area(read[0].shape.as_ref().unwrap()), area(&square(300_000_000, 500)));
    assert_eq!(area(read[1].shape.as_ref().unwrap()), area(&with_hole_at(300_000_000)));
    assert_eq!(files.shx.len(), 100 + 2 * 8);
}

#[test]
fn attributes_in_gbk_are_read_where_the_layer_says_so() {
    let mut files = layer();
    let (gbk, _, _) = encoding_rs::GB18030.encode("起步区");
    let at = files.dbf.windows(9).position(|bytes| bytes == "起步区".as_bytes()).unwrap();
    files.dbf[at..at + 9].fill(b' ');
    files.dbf[at..at + gbk.len()].copy_from_slice(&gbk);
    files.cpg = "GBK".into();
    assert_eq!(read(parts(&files), None).unwrap()[0].fields["name"], "起步区");
}

#[test]
fn a_system_that_is_not_degrees_of_a_known_datum_is_refused_by_its_name() {
    let files = layer();
    for (prj, wanted) in [
        (
            "PROJCS[\"CGCS2000_3_Degree_GK_CM_105E\",GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\"]]",
            "CGCS2000_3_Degree",
        ),
        ("GEOGCS[\"GCS_Beijing_1954\",DATUM[\"D_Beijing_1954\"]]", "GCS_Beijing_1954"),
        // The shift to WGS 84 says nothing of the numbers in the file.
        (
            "GEOGCS[\"Beijing 1954\",DATUM[\"Beijing 1954\",SPHEROID[\"Krassowsky 1940\",6378245.0,298.3],TOWGS84[15.8,-154.4,-82.3,0,0,0,0]],PRIMEM[\"Greenwich\",0.0]]",
            "Beijing 1954",
        ),
        ("GEOGCS[\"Xian 1980\",DATUM[\"Xian_1980\",SPHEROID[\"IAG 1975\",6378140,298.257]]]", "Xian 1980"),
    ] {
        // Whatever the sender says of it.
        for told in [None, Some(Datum::Wgs84)] {
            let why = read(Parts { prj: Some(prj), ..parts(&files) }, told).unwrap_err().to_string();
            assert!(why.contains(wanted) && why.contains("EPSG:4490"), "{why}");
        }
    }
    let silent = Parts { prj: None, ..parts(&files) };
    assert_eq!(read(silent, None), Err(Wrong::NoSystem));
    let shifted = read(silent, Some(Datum::Gcj02)).unwrap();
    assert!(shifted[0].shape.is_some());
    let cgcs = "GEOGCS[\"China Geodetic Coordinate System 2000\",DATUM[\"China_2000\"]]";
    assert!(read(Parts { prj: Some(cgcs), ..parts(&files) }, None).is_ok());
}

#[test]
fn lines_and_uneven_layers_are_refused() {
    let mut files = layer();
    files.shp[32] = 3;
    assert_eq!(read(parts(&files), None), Err(Wrong::NotPolygons(3)));
    let mut files = layer();
    files.dbf[4] = 1;
    assert_eq!(read(parts(&files), None), Err(Wrong::Uneven { shapes: 2, rows: 1 }));
}

#[test]
fn a_table_that_says_more_rows_than_shapes_is_refused_before_it_is_read() {
    let mut files = layer();
    files.dbf[4..8].copy_from_slice(&100_000_000_u32.to_le_bytes());
    files.dbf.resize(32 << 20, b' ');
    assert_eq!(read(parts(&files), None), Err(Wrong::Uneven { shapes: 2, rows: 100_000_000 }));
    let mut many = layer();
    let record = [&1_i32.to_be_bytes()[..], &2_i32.to_be_bytes(), &NULL.to_le_bytes()].concat();
    many.shp.truncate(100);
    many.shp.extend(record.repeat(MOST_RECORDS + 1));
    assert_eq!(read(parts(&many), None), Err(Wrong::TooMany));
}

#[test]
fn only_named_attributes_are_read_and_text_in_no_known_encoding_is_refused_with_its_record() {
    let shape = square(300_000_000, 500);
    let files = write(&["code", "name", "remarks"], &[(vec!["990101", "起步区", "x"], &shape)]);
    let found = read(parts(&files), None).unwrap();
    assert_eq!(found[0].fields.keys().collect::<Vec<_>>(), ["code", "name"]);
    let mut broken = layer();
    let at = broken.dbf.windows(9).position(|bytes| bytes == "起步区".as_bytes()).unwrap();
    broken.dbf[at..at + 3].fill(0xFF);
    assert_eq!(read(parts(&broken), None), Err(Wrong::Encoding { record: 1 }));
}

proptest! {
    #[test]
    fn damaged_bytes_are_refused_or_read_and_never_believed(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), of_shapes in any::<bool>(),
    ) {
        let end = |files: &mut Files, short: Option<usize>| {
            let bytes = if of_shapes { &mut files.shp } else { &mut files.dbf };
            match short {
                Some(short) => bytes.truncate(short),
                None => {
                    let place = at.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            bytes.len()
        };
        let mut files = layer();
        let long = end(&mut files, None);
        let _ = read(parts(&files), None);
        let short = cut.index(long);
        end(&mut files, Some(short));
        let _ = read(parts(&files), None);
        let mut files = layer();
        end(&mut files, Some(short));
        // The last byte of a table only marks its end.
        let whole = !of_shapes && short + 1 == long;
        prop_assert_eq!(read(parts(&files), None).is_ok(), whole);
    }
}
