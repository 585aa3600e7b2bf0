//! Tiles over HTTP: what they show is in sight and nothing else, counts add up, and what has not changed is not sent again.

use crate::desk;
use crate::tile_reader::{ReadFeature, ReadLayer, Shape, Told, read};

use std::collections::BTreeSet;

use desk::{Answer, Desk};
use huying_geo::{Datum, Point, tile::Address};
use huying_server::{
    Settings,
    basemap::{Basemap, Kind},
};
use serde_json::json;

/// The middle of the first grid, where [`desk::report`] places a case.
const SPOT: (f64, f64) = (110.005, 30.015);

/// The address of the tile around a place.
pub fn around((lon, lat): (f64, f64), zoom: u8) -> Address {
    Address::around(Point::from_degrees(lon, lat).unwrap(), zoom).unwrap()
}

/// The path of a tile.
pub fn path(layers: &str, at: Address) -> String {
    format!("/api/v1/tiles/{layers}/{}/{}/{}", at.zoom(), at.x(), at.y())
}

/// The layers of a tile; none where there is nothing to see.
pub fn layers(answer: &Answer) -> Vec<ReadLayer> {
    match answer.status.as_u16() {
        204 => {
            assert!(answer.body.is_empty());
            Vec::new()
        }
        200 => {
            assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
            read(&answer.body)
        }
        other => panic!("a tile with status {other}: {}", answer.text()),
    }
}

/// The features of a layer.
pub fn of<'a>(layers: &'a [ReadLayer], name: &str) -> &'a [ReadFeature] {
    layers.iter().find(|layer| layer.name == name).map_or(&[][..], |layer| &layer.features[..])
}

/// A text of a feature.
pub fn text<'a>(feature: &'a ReadFeature, key: &str) -> &'a str {
    match feature.properties.get(key) {
        Some(Told::Text(text)) => text,
        other => panic!("{key} is {other:?}"),
    }
}

/// A whole number of a feature.
pub fn whole(feature: &ReadFeature, key: &str) -> i128 {
    match feature.properties.get(key) {
        Some(Told::Whole(number)) => *number,
        other => panic!("{key} is {other:?}"),
    }
}

async fn shown(desk: &Desk, member: &str, name: &str, at: Address) -> Vec<ReadLayer> {
    layers(&desk.get(&path(name, at)).by(member).send().await)
}

#[tokio::test]
async fn areas_have_their_names_once_and_levels_come_as_they_are_told_apart() {
    let desk = Desk::open().await;
    let far = shown(&desk, "acceptor-east", "ground", around(SPOT, 10)).await;
    let near = shown(&desk, "acceptor-east", "ground", around(SPOT, 14)).await;
    let levels = |layers: &[ReadLayer]| -> BTreeSet<String> {
        of(layers, "areas").iter().map(|area| text(area, "level").to_owned()).collect()
    };
    assert!(levels(&far).len() < levels(&near).len(), "{:?} {:?}", levels(&far), levels(&near));
    let grid = of(&near, "areas").iter().find(|area| text(area, "code") == "990101001001001");
    let grid = grid.expect("the grid is drawn where it lies");
    assert!(matches!(grid.shape, Shape::Polygons(_)));
    assert!(!text(grid, "name").is_empty() && text(grid, "name_en").is_ascii());
    // Every name of the whole ground stands in one tile of a zoom.
    let mut names: Vec<String> = Vec::new();
    let (west, east) = (around((109.9, 30.2), 13), around((110.2, 29.9), 13));
    for x in west.x()..=east.x() {
        for y in west.y()..=east.y() {
            let tile = shown(&desk, "acceptor-east", "areas", Address::new(13, x, y).unwrap()).await;
            names.extend(of(&tile, "labels").iter().map(|label| text(label, "code").to_owned()));
        }
    }
    let once: BTreeSet<&String> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "a name stands twice: {names:?}");
    assert!(names.iter().any(|code| code == "990101001001001"), "{names:?}");
}

#[tokio::test]
async fn a_case_stands_where_it_lies_and_only_for_who_may_see_it() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    for zoom in [0, 8, 14, 20] {
        let tile = shown(&desk, "acceptor-east", "cases", around(SPOT, zoom)).await;
        let [case] = of(&tile, "cases") else { panic!("zoom {zoom}: {tile:?}") };
        assert_eq!(text(case, "case"), id);
        assert_eq!(
            case.properties.keys().map(String::as_str).collect::<Vec<_>>(),
            ["case", "number", "urgency"]
        );
        let answer = desk.get(&path("cases", around(SPOT, zoom))).by("acceptor-west").send().await;
        assert_eq!(answer.status, 204, "zoom {zoom}");
    }
    let elsewhere = desk.get(&path("cases", around((0.0, 0.0), 14))).by("acceptor-east").send().await;
    assert_eq!(elsewhere.status, 204);
    let whole = shown(&desk, "acceptor-east", "all", around(SPOT, 13)).await;
    let names: Vec<&str> = whole.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["areas", "labels", "cases"]);
}

#[tokio::test]
async fn a_dispute_is_in_no_tile() {
    let desk = Desk::open().await;
    let id = desk.report("safety/dispute/neighbours", "邻里纠纷").await;
    let case = desk.get(&format!("/api/v1/cases/{id}")).by("acceptor-east").send().await.expect(200);
    assert_eq!(case["matter"], "safety/dispute/neighbours");
    for member in ["acceptor-east", "leader-district"] {
        for zoom in [0, 14, 20] {
            let answer = desk.get(&path("cases", around(SPOT, zoom))).by(member).send().await;
            assert_eq!(answer.status, 204, "{member} at zoom {zoom}");
        }
        let page = desk.get("/map").by(member).send().await;
        assert!(page.status == 200 && !page.text().contains(&id), "{member}: the list beside the map");
        let public = desk.get(&path("public", around(SPOT, 14))).send().await;
        let tile = layers(&public);
        assert!(of(&tile, "areas").iter().all(|area| whole(area, "open") == 0));
    }
}

#[tokio::test]
async fn counts_add_up_at_every_zoom_and_urgent_cases_stand_alone() {
    let desk = Desk::open().await;
    for no in 0..12 {
        desk.report("city/facility/litter", &format!("垃圾 {no}")).await;
    }
    // The first are overdue when the others come in.
    desk.clock.set(desk.state.now().plus_minutes(30 * 24 * 60));
    for no in 0..7 {
        let id = desk.report("city/facility/litter", &format!("又是垃圾 {no}")).await;
        // Filed, a case has days; before that an acceptor has hours, and the case is due soon.
        let filing = json!({"filing": {"matter": "city/facility/litter", "condition": 1}});
        desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    }
    for zoom in [0, 5, 10, 13, 14, 18] {
        let tile = shown(&desk, "acceptor-east", "cases", around(SPOT, zoom)).await;
        let alone = of(&tile, "cases");
        let gathered: i128 = of(&tile, "clusters").iter().map(|it| whole(it, "count")).sum();
        assert_eq!(alone.len() as i128 + gathered, 19, "zoom {zoom}");
        let overdue = alone.iter().filter(|case| text(case, "urgency") == "overdue").count();
        assert_eq!(overdue, 12, "zoom {zoom}");
        for cluster in of(&tile, "clusters") {
            let classes = ["overdue", "soon", "fine", "paused"].map(|class| whole(cluster, class));
            assert_eq!(classes.iter().sum::<i128>(), whole(cluster, "count"));
            assert_eq!((classes[0], classes[1]), (0, 0), "an urgent case is gathered");
        }
        assert_eq!(gathered == 0, zoom >= 14, "zoom {zoom}");
    }
}

#[tokio::test]
async fn a_tile_is_sent_again_only_where_something_in_sight_has_changed() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let tile = path("all", around(SPOT, 14));
    let first = desk.get(&tile).by("acceptor-east").send().await;
    let tag = first.header("etag").to_owned();
    assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "private, no-cache"));
    let again = async || desk.get(&tile).by("acceptor-east").header("if-none-match", &tag).send().await;
    let same = again().await;
    assert_eq!((same.status.as_u16(), same.header("etag"), same.body.len()), (304, tag.as_str(), 0));
    // Something happens out of sight, and something in sight that no map shows.
    let mut west = desk::report("city/facility/litter", "西边的事");
    west["place"] = json!({"lon": 110.025, "lat": 30.015});
    desk.post("/api/v1/cases").by("acceptor-west").json(&west).send().await.expect(201);
    desk.command("acceptor-east", &id, "note", &json!({"words": "备注"})).send().await.expect(200);
    assert_eq!(again().await.status, 304);
    // Time alone makes a case more urgent.
    desk.clock.set(desk.state.now().plus_minutes(30 * 24 * 60));
    let later = again().await;
    assert_eq!(later.status, 200);
    assert_eq!(text(&of(&layers(&later), "cases")[0], "urgency"), "overdue");
    // Another member who may see something else has another tile.
    let other =
        desk.get(&tile).by("acceptor-west").header("if-none-match", later.header("etag")).send().await;
    assert_eq!(other.status, 200);
    desk.report("city/facility/litter", "又一件").await;
    let more = shown(&desk, "acceptor-east", "cases", around(SPOT, 14)).await;
    assert_eq!(of(&more, "cases").len(), 2);
}

#[tokio::test]
async fn in_a_shifted_datum_everything_is_moved_alike() {
    let desk = Desk::open().await;
    desk.report("city/facility/litter", "垃圾").await;
    let inside = Point::from_degrees(SPOT.0, SPOT.1).unwrap();
    let (lon, lat) = Datum::Gcj02.from_inside(inside);
    let there = around((lon, lat), 18);
    assert_ne!(there, around(SPOT, 18), "the datum moves a place by more than a tile");
    let asked = |datum: &str| format!("{}?datum={datum}", path("all", there));
    let moved = layers(&desk.get(&asked("gcj02")).by("acceptor-east").send().await);
    assert_eq!(of(&moved, "cases").len(), 1);
    assert!(of(&moved, "areas").iter().any(|area| text(area, "code") == "990101001001001"));
    let plain = layers(&desk.get(&asked("cgcs2000")).by("acceptor-east").send().await);
    assert_eq!(of(&plain, "cases").len(), 0);
    let wrong = desk.get(&asked("mars")).by("acceptor-east").send().await;
    assert_eq!(wrong.problem(400)["errors"][0]["field"], "datum");
}

#[tokio::test]
async fn everybody_gets_counts_of_areas_and_nothing_else() {
    let desk = Desk::open().await;
    for no in 0..3 {
        desk.report("city/facility/litter", &format!("垃圾 {no}")).await;
    }
    for zoom in [11, 13] {
        let answer = desk.get(&path("public", around(SPOT, zoom))).send().await;
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
        let tile = layers(&answer);
        let names: Vec<&str> = tile.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["areas", "labels"]);
        let root = of(&tile, "areas").iter().find(|area| whole(area, "depth") == 0).unwrap();
        let listed = desk.state.setting().unwrap().public_matters();
        let public = listed.iter().any(|matter| matter == "city/facility/litter");
        assert_eq!(whole(root, "open"), if public { 3 } else { 0 }, "zoom {zoom}");
        let keys: BTreeSet<&str> =
            of(&tile, "areas").iter().flat_map(|area| area.properties.keys().map(String::as_str)).collect();
        assert_eq!(keys, BTreeSet::from(["code", "level", "depth", "name", "name_en", "open"]));
    }
}

#[tokio::test]
async fn what_is_no_tile_does_not_exist_and_a_stranger_is_asked_who_they_are() {
    let desk = Desk::open().await;
    for path in
        ["cases/1/2/0", "cases/21/0/0", "cases/1/01/0", "cases/a/0/0", "persons/1/0/0", "areas,cases/1/0/0"]
    {
        let path = format!("/api/v1/tiles/{path}");
        desk.get(&path).by("acceptor-east").send().await.problem(404);
        desk.get(&path).send().await.problem(401);
    }
    desk.get("/api/v1/tiles/public/1/2/0").send().await.problem(404);
    let unknown = desk.get("/api/v1/tiles/cases/1/0/0?colour=red").by("acceptor-east").send().await;
    assert_eq!(unknown.problem(400)["errors"][0]["field"], "colour");
}

#[tokio::test]
async fn the_page_of_the_map_lists_what_tiles_show_in_the_datum_of_what_lies_under_it() {
    let url = "https://tiles.example.org/{z}/{x}/{y}.png";
    let basemap = Basemap::checked(Kind::Xyz, url, Datum::Gcj02, "某图", 17).unwrap();
    let desk = Desk::serving(Settings { basemap, ..desk::demonstration() }).await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    let page = async |member: &str| desk.get("/map").by(member).header("accept-language", "zh").send().await;
    let east = page("acceptor-east").await;
    let (lon, lat) = Datum::Gcj02.from_inside(Point::from_degrees(SPOT.0, SPOT.1).unwrap());
    let there = Point::from_degrees(lon, lat).unwrap();
    let (case, lon, lat) = (
        format!("data-case=\"{id}\""),
        format!("data-lon=\"{}\"", there.lon()),
        format!("data-lat=\"{}\"", there.lat()),
    );
    let text = east.text();
    for said in
        [case.as_str(), &lon, &lat, "data-datum=\"gcj02\"", "data-base=\"raster\"", url, "底图：某图", "超期"]
    {
        assert!(text.contains(said), "{said} is not on the page");
    }
    // Only this page lets the other host in, and only that one.
    let policy = east.header("content-security-policy");
    for part in
        ["img-src 'self' https://tiles.example.org data:", "connect-src 'self' https://tiles.example.org"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    let other = desk.get("/desk").by("acceptor-east").send().await;
    assert!(!other.header("content-security-policy").contains("example.org"));
    let west = page("acceptor-west").await;
    assert!(west.status == 200 && !west.text().contains(&id));
    assert!(west.text().contains("此范围内没有您能看到的在办案件。"));
}
