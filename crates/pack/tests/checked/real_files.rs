//! The city packs against the public files they were made for. The files are not shipped: where they are absent
//! the tests say so and check nothing.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what was absent"
)]

use std::path::PathBuf;

use huying_geo::Point;
use huying_model::{Instant, MatterCode, UnitId};
use huying_pack::{Pack, load};

fn pack(name: &str) -> Pack {
    load(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)).unwrap()
}

fn rows(name: &str) -> Option<Vec<std::collections::HashMap<String, String>>> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/requests").join(name);
    let Ok(mut reader) = csv::Reader::from_path(&file) else {
        println!("ABSENT: shared/data/requests/{name}; nothing was checked");
        return None;
    };
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn map(name: &str) -> toml::Table {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name).join("MAP.toml");
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

/// Every value of the map's table is a thing of the pack.
fn known(map: &toml::Table, table: &str, is_known: impl Fn(&str) -> bool) {
    for (value, name) in map[table].as_table().unwrap() {
        assert!(is_known(name.as_str().unwrap()), "{table}: {value} = {name}");
    }
}

#[test]
fn the_maps_name_only_matters_and_units_of_their_packs() {
    for name in ["losangeles", "baltimore"] {
        let (pack, map) = (pack(name), map(name));
        known(&map, "matter", |code| pack.policy.current.matters.contains_key(&MatterCode::new(code)));
        known(&map, "unit", |unit| pack.policy.org.units.contains_key(&UnitId::new(unit)));
    }
}

#[test]
fn every_real_request_with_coordinates_lies_in_a_cell_and_has_a_matter() {
    let Some(rows) = rows("la311.csv") else { return };
    let (pack, map) = (pack("losangeles"), map("losangeles"));
    let matters = map["matter"].as_table().unwrap();
    let mut bare = 0;
    for row in &rows {
        assert!(matters.contains_key(&row["requesttype"]), "{}", row["requesttype"]);
        let (Ok(lon), Ok(lat)) = (row["longitude"].parse(), row["latitude"].parse()) else {
            bare += 1;
            continue;
        };
        let found = pack.places.locate(Point::from_degrees(lon, lat).unwrap());
        assert!(found.at_level("cell").is_some(), "{} at {lon}, {lat}", row["srnumber"]);
    }
    assert_eq!((rows.len(), bare), (10_000, 11));
}

#[test]
fn our_due_instants_are_those_of_a_real_file() {
    let Some(rows) = rows("baltimore311.csv") else { return };
    let (pack, map) = (pack("baltimore"), map("baltimore"));
    let calendar = pack.policy.current.calendar_of(None).unwrap();
    let instant = |text: &str| -> Instant {
        let civil = jiff::civil::DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text).unwrap();
        calendar.zone().to_ambiguous_timestamp(civil).compatible().unwrap().into()
    };
    let (mut due, mut same) = (0, 0);
    for row in rows.iter().filter(|row| !row["DueDate"].is_empty()) {
        let matter = MatterCode::new(map["matter"][row["SRType"].as_str()].as_str().unwrap());
        let promise = pack.policy.current.matters[&matter].conditions[0].limits.promise;
        due += 1;
        same +=
            usize::from(calendar.due(instant(&row["CreatedDate"]), promise).at == instant(&row["DueDate"]));
    }
    println!("{same} of {due} due instants are the file's own");
    assert_eq!((due, same), (9_714, 9_714));
}
