//! The register of components: a table is looked at and then taken, what stood before stays, a cut run goes on, and a report may name one.

use crate::town;

use std::io::Cursor;

use huying_engine::{
    Error,
    listing::{Asked, Shown},
    place::PlaceDraft,
};
use huying_geo::{Datum, Point};
use huying_model::{Component, ComponentCode, MatterCode, MemberId, component::State};
use huying_pack::{
    listing::{self, Kind, Missing, Sheet, Went},
    sheet::{Encoding, Format, Rows, Writer},
};
use huying_store::{
    Filter, Order,
    components::{ComponentFilter, Signed},
};
use town::{TENANT, Town, draft};

const KIND: Kind = Kind::Components;
const COVER: &str = "9901010101000001";
const LAMP: &str = "9901010137000001";
const CENSUS: &str = "code,name,state,matter,lon,lat,area,owner,keeper,supervisor,note\n\
    9901010101000001,上水井盖,完好,city/facility/manhole,110.005,30.015,,dept-works,order-east,centre-east,桥头路口\n\
    9901010137000001,路灯,lost,,110.025,30.015,,,,,\n\
    9901010305000001,垃圾箱,,,,,990101001001,,,,\n";

type Form = (Format, Encoding);
const FORMS: [Form; 3] =
    [(Format::Csv, Encoding::Utf8), (Format::Csv, Encoding::Gb18030), (Format::Xlsx, Encoding::Utf8)];

fn sheet(bytes: &[u8]) -> Result<Sheet, Vec<huying_pack::Problem>> {
    listing::open(KIND, "sent", bytes.to_vec(), None)
}

fn because() -> Asked {
    Asked { reason: "部件普查".into(), ..Asked::default() }
}

fn whole() -> Asked {
    Asked { missing: Missing::Ends, ..because() }
}

async fn look(town: &Town, bytes: &[u8], asked: &Asked) -> Shown {
    let by = town.actor("administrator");
    town.engine.table_preview(TENANT, &by, KIND, sheet(bytes), asked).await.unwrap()
}

async fn put(town: &Town, bytes: &[u8], asked: &Asked, hash: &str) -> Result<Shown, Error> {
    let by = town.actor("administrator");
    town.engine.table_apply(TENANT, &by, KIND, sheet(bytes), (asked, hash)).await
}

/// Looked at and taken.
async fn take(town: &Town, bytes: &[u8], asked: &Asked) -> Shown {
    let shown = look(town, bytes, asked).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    let hash = shown.hash.expect("something changes");
    put(town, bytes, asked, &hash).await.unwrap()
}

/// The table of today, each cell passed through `edit`.
async fn table(town: &Town, form: Form, edit: impl Fn(&mut Vec<Vec<String>>)) -> Vec<u8> {
    let mut rows = town.engine.listing(TENANT, KIND).await.unwrap().rows;
    edit(&mut rows);
    let mut writer = Writer::new(form.0, form.1, KIND.columns()).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish().unwrap().into_bytes().unwrap()
}

async fn one(town: &Town, code: &str) -> Component {
    let code = ComponentCode::parse(code).unwrap();
    town.engine.store().component(TENANT, &code).await.unwrap().unwrap().component
}

async fn town() -> Town {
    let town = Town::new().await;
    take(&town, CENSUS.as_bytes(), &because()).await;
    town
}

#[tokio::test]
async fn a_census_comes_in_and_every_component_lies_in_the_cell_of_its_point() {
    let town = Town::new().await;
    let shown = look(&town, CENSUS.as_bytes(), &because()).await;
    assert_eq!(shown.counts(), [3, 0, 0, 0], "{shown:?}");
    assert_eq!(town.engine.store().count_components(TENANT).await.unwrap(), 0, "looking writes nothing");
    take(&town, CENSUS.as_bytes(), &because()).await;
    let cover = one(&town, COVER).await;
    assert_eq!(cover.area.as_ref().unwrap().as_str(), "990101001001001", "the cell of its point");
    assert_eq!((cover.lon_e7, cover.lat_e7), (Some(1_100_050_000), Some(300_150_000)));
    assert_eq!(cover.first_asked().unwrap().as_str(), "order-east");
    assert_eq!(cover.matter, Some(MatterCode::new("city/facility/manhole")));
    assert_eq!((cover.since, cover.until), (town.now(), None));
    assert_eq!(one(&town, LAMP).await.state, State::Lost);
    let bin = one(&town, "9901010305000001").await;
    assert_eq!((bin.state, bin.area.unwrap().as_str(), bin.lon_e7), (State::Intact, "990101001001", None));
    let history = town.engine.store().component_history(TENANT, &cover.code, None, 9).await.unwrap();
    assert_eq!(
        (history.len(), history[0].by.as_str(), history[0].reason.as_str()),
        (1, "administrator", "部件普查")
    );
}

#[tokio::test]
async fn the_table_comes_back_unedited_in_every_form_and_changes_nothing() {
    let town = town().await;
    for form in FORMS {
        let bytes = table(&town, form, |_| ()).await;
        let shown = look(&town, &bytes, &whole()).await;
        assert!(shown.problems.is_empty(), "{form:?}: {:?}", shown.problems);
        assert_eq!((shown.counts(), shown.hash), ([0, 0, 0, 3], None), "{form:?}");
    }
}

#[tokio::test]
async fn rows_are_changed_ended_and_brought_back_in_every_form_and_nothing_is_lost() {
    for form in FORMS {
        let town = town().await;
        let edit = |rows: &mut Vec<Vec<String>>| {
            rows.retain(|row| row[0] != LAMP);
            for row in rows.iter_mut().filter(|row| row[0] == COVER) {
                (row[1], row[2]) = ("=上水井盖".into(), "damaged".into());
            }
            let new =
                ["9901010402000001", "行道树", "intact", "", "110.015", "30.015", "", "", "", "", "", "", ""];
            rows.push(new.map(str::to_owned).to_vec());
        };
        let bytes = table(&town, form, edit).await;
        assert_eq!(look(&town, &bytes, &because()).await.counts(), [1, 1, 0, 2], "what the file lacks stays");
        town.clock.advance(60_000);
        let shown = take(&town, &bytes, &whole()).await;
        assert_eq!(shown.counts(), [1, 1, 1, 1], "{form:?}");
        let rows = &shown.compared.as_ref().unwrap().rows;
        let changed = rows.iter().find(|row| row.went == Went::Changed).unwrap();
        let cells: Vec<_> = changed
            .cells
            .iter()
            .map(|cell| (cell.column.as_str(), cell.old.as_str(), cell.new.as_str()))
            .collect();
        assert_eq!(cells, [("name", "上水井盖", "=上水井盖"), ("state", "intact", "damaged")]);
        assert_eq!(one(&town, COVER).await.state, State::Damaged);
        assert_eq!(one(&town, LAMP).await.until, Some(town.now()), "it has ended and is still known");
        let listed = |ended| ComponentFilter { ended, ..ComponentFilter::default() };
        let count = async |ended| {
            town.engine.store().components(TENANT, &listed(ended), None, 9).await.unwrap().items.len()
        };
        assert_eq!((count(false).await, count(true).await), (3, 4));
        // One that has ended stays ended, whatever becomes of the rest, until its 'until' is emptied.
        let again = table(&town, form, |_| ()).await;
        assert_eq!(look(&town, &again, &whole()).await.counts(), [0, 0, 0, 4]);
        let back = table(&town, form, |rows| rows.iter_mut().for_each(|row| row[12].clear())).await;
        assert_eq!(take(&town, &back, &because()).await.counts(), [0, 1, 0, 3]);
        assert_eq!(one(&town, LAMP).await.until, None);
        let code = ComponentCode::new(LAMP);
        let history = town.engine.store().component_history(TENANT, &code, None, 9).await.unwrap();
        let ends: Vec<bool> = history.iter().map(|change| change.row.component.until.is_some()).collect();
        assert_eq!(ends, [false, true, false], "each change is kept");
    }
}

#[tokio::test]
async fn every_mistake_of_every_row_is_told_at_its_cell() {
    let town = town().await;
    let csv = "# 备注\nname,code,state,matter,lon,lat,area,owner,keeper,from,until\n\
        甲,99010101010000,完好,,,,,,,,\n\
        乙,9901010101000009,不知道,city/none,110.005,,,nobody,order-east,,\n\
        ,9901010101000010,完好,,200,30.015,,,,,\n\
        丁,9901010101000010,完好,,,,,,,,\n\
        戊,9901010101000011,完好,,120,31,,,,2026-01-01,2026-02-01\n\
        己,9901010101000012,完好,,x,30,nowhere,,,,\n\
        庚,9901010101000013,完好,,,,nowhere,,,,\n";
    let shown = look(&town, csv.as_bytes(), &because()).await;
    let at: Vec<(u32, u32, &str)> =
        shown.problems.iter().map(|one| (one.line, one.column, one.field.as_str())).collect();
    for wanted in [
        (3, 2, "code"),
        (4, 3, "state"),
        (4, 4, "matter"),
        (4, 6, "lat"),
        (4, 8, "owner"),
        (5, 1, "name"),
        (5, 5, "lon"),
        (6, 2, "code"),
        (7, 5, "lon"),
        (7, 10, "from"),
        (7, 11, "until"),
        (8, 5, "lon"),
        (9, 7, "area"),
    ] {
        assert!(at.contains(&wanted), "{wanted:?} is missing of {:?}", shown.problems);
    }
    assert!(shown.problems.iter().all(|one| !one.message.is_empty() && !one.mend.is_empty()));
    assert_eq!(shown.hash, None);
    let refused = put(&town, csv.as_bytes(), &because(), "any").await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(ref problems) if problems.len() >= 13), "{refused}");
    assert_eq!(town.engine.store().count_components(TENANT).await.unwrap(), 3, "nothing of it was taken");
    let rows = Rows::with_remarks(Cursor::new(b"name\nx\n".to_vec()));
    let no = Sheet::read(KIND, "sent", rows).unwrap_err();
    assert!(no[0].message.contains("the column 'code' is missing"));
    let other = town.actor("leader-district");
    let no = town.engine.table_preview(TENANT, &other, KIND, sheet(CENSUS.as_bytes()), &because()).await;
    assert_eq!(no.unwrap_err().code(), "administrators_only");
    let no = town.engine.table_apply(TENANT, &other, KIND, sheet(CENSUS.as_bytes()), (&because(), "x")).await;
    assert_eq!(no.unwrap_err().code(), "administrators_only");
    let later = Asked { at: Some("2026-12-01 08:00".into()), ..because() };
    assert_eq!(put(&town, CENSUS.as_bytes(), &later, "x").await.unwrap_err().code(), "not_here");
}

#[tokio::test]
async fn a_unit_that_was_closed_later_is_no_mistake_where_nobody_touches_it() {
    let town = town().await;
    let setting = town.engine.setting(TENANT).unwrap();
    let code = ComponentCode::new(COVER);
    let row = town.engine.store().component(TENANT, &code).await.unwrap().unwrap();
    let by = MemberId::new("administrator");
    let signed = Signed { by: &by, at: town.now(), reason: "", run: "before" };
    let gone = Component { owner: Some("closed-long-ago".into()), ..row.component };
    town.engine.store().change_components(TENANT, &[(gone, row.no + 1)], &signed).await.unwrap();
    assert!(!setting.policy.org.units.contains_key("closed-long-ago"));
    let named = table(&town, FORMS[0], |rows| rows.iter_mut().for_each(|row| row[10] = "改".into())).await;
    assert!(look(&town, &named, &because()).await.problems.is_empty());
    let other =
        table(&town, FORMS[0], |rows| rows.iter_mut().for_each(|row| row[8] = "closed-too".into())).await;
    assert_eq!(look(&town, &other, &because()).await.problems.len(), 3);
}

#[tokio::test]
async fn what_was_shown_is_what_is_done_and_a_cut_run_goes_on_under_its_hash() {
    let town = Town::new().await;
    let rows: String = (1..=1_203).map(|no| format!("9901010137{no:06},路灯{no},110.005,30.015\n")).collect();
    let csv = format!("code,name,lon,lat\n{rows}");
    let shown = look(&town, csv.as_bytes(), &because()).await;
    let hash = shown.hash.unwrap();
    // Half of it was written when the machine went down.
    let by = MemberId::new("administrator");
    let signed = Signed { by: &by, at: town.now(), reason: "部件普查", run: &hash };
    let lamp = |no: u32| Component {
        code: ComponentCode::new(format!("9901010137{no:06}")),
        name: format!("路灯{no}").into(),
        state: State::Intact,
        matter: None,
        lon_e7: Some(1_100_050_000),
        lat_e7: Some(300_150_000),
        area: Some("990101001001001".into()),
        owner: None,
        keeper: None,
        supervisor: None,
        note: "".into(),
        since: town.now(),
        until: None,
    };
    let half: Vec<_> = (1..=500).map(|no| (lamp(no), 1)).collect();
    town.engine.store().change_components(TENANT, &half, &signed).await.unwrap();
    town.clock.advance(60_000);
    put(&town, csv.as_bytes(), &because(), &hash).await.unwrap();
    assert_eq!(town.engine.store().count_components(TENANT).await.unwrap(), 1_203);
    let numbers = |town: &Town, no: u32| {
        let (store, code) = (town.engine.clone(), ComponentCode::new(format!("9901010137{no:06}")));
        async move { store.store().component(TENANT, &code).await.unwrap().unwrap().no }
    };
    assert_eq!((numbers(&town, 3).await, numbers(&town, 1_203).await), (1, 1), "nothing is written twice");
    // Once more: it is done already.
    put(&town, csv.as_bytes(), &because(), &hash).await.unwrap();
    assert_eq!(numbers(&town, 3).await, 1);
    // Another table is not that table, and what somebody changed meanwhile is not passed over.
    let one = "code,name\n9901010137000003,路灯三\n";
    assert_eq!(put(&town, one.as_bytes(), &because(), &hash).await.unwrap_err().code(), "preview_stale");
    let hash = look(&town, one.as_bytes(), &because()).await.hash.unwrap();
    take(&town, "code,name\n9901010137000003,另一个名字\n".as_bytes(), &because()).await;
    let refused = put(&town, one.as_bytes(), &because(), &hash).await.unwrap_err();
    assert_eq!(refused.code(), "preview_stale");
    assert_eq!(look(&town, one.as_bytes(), &because()).await.counts(), [0, 1, 0, 1_202]);
    let silent = Asked { reason: " ".into(), ..because() };
    let hash = look(&town, one.as_bytes(), &silent).await.hash.unwrap();
    assert_eq!(put(&town, one.as_bytes(), &silent, &hash).await.unwrap_err().code(), "reason_missing");
}

#[tokio::test]
async fn points_of_another_system_are_converted_once() {
    let town = Town::new().await;
    let (lon, lat) = Datum::Gcj02.from_inside(Point::new(1_100_050_000, 300_150_000));
    let csv = format!("code,name,lon,lat\n{COVER},上水井盖,{lon},{lat}\n");
    let by = town.actor("administrator");
    let open = |bytes: &[u8]| listing::open(KIND, "sent", bytes.to_vec(), Some(Datum::Gcj02));
    let shown = town.engine.table_preview(TENANT, &by, KIND, open(csv.as_bytes()), &because()).await.unwrap();
    let hash = shown.hash.unwrap();
    town.engine.table_apply(TENANT, &by, KIND, open(csv.as_bytes()), (&because(), &hash)).await.unwrap();
    let cover = one(&town, COVER).await;
    let point = Point::new(cover.lon_e7.unwrap(), cover.lat_e7.unwrap());
    assert!(point.metres_to(Point::new(1_100_050_000, 300_150_000)) < 0.1, "{point:?}");
    // What goes out is in the inner system; where it comes back under the other's name, degrees that are as they were stay.
    let bytes = table(&town, FORMS[0], |_| ()).await;
    let again = town.engine.table_preview(TENANT, &by, KIND, open(&bytes), &because()).await.unwrap();
    assert_eq!(again.counts(), [0, 0, 0, 1], "{:?}", again.compared.unwrap().rows);
}

#[tokio::test]
async fn the_nearest_component_comes_first_and_far_ones_do_not_come() {
    let town = town().await;
    let csv = "code,name,lon,lat\n9901010101000002,近,110.0051,30.015\n9901010101000003,远,110.0069,30.015\n";
    take(&town, csv.as_bytes(), &because()).await;
    let near = async |metres, filter: ComponentFilter| {
        let spot = (Point::new(1_100_050_000, 300_150_000), metres);
        let found = town.engine.components_near(TENANT, spot, &filter, 9).await.unwrap();
        found
            .into_iter()
            .map(|(row, away)| (row.component.code.to_string(), away.round() as i64))
            .collect::<Vec<_>>()
    };
    let all = ComponentFilter::default;
    assert_eq!(near(50.0, all()).await, [(COVER.to_owned(), 0), ("9901010101000002".to_owned(), 10)]);
    assert_eq!(near(500.0, all()).await.len(), 3);
    assert!(near(500.0, ComponentFilter { kind: Some("0137".into()), ..all() }).await.is_empty());
}

#[tokio::test]
async fn a_report_about_a_component_lies_where_it_stands_and_its_cases_are_found_by_it() {
    let town = town().await;
    let about = |code: &str| huying_engine::intake::ReportDraft {
        place: PlaceDraft::default(),
        matter: None,
        component: Some(ComponentCode::new(code)),
        ..draft("city/facility/litter", "井盖响")
    };
    let id = town.report(about(COVER)).await.receipt.case;
    let case = town.case(id).await;
    assert_eq!(case.component, Some(ComponentCode::new(COVER)));
    assert_eq!(case.place.area.as_ref().unwrap().as_str(), "990101001001001");
    assert_eq!(case.matter, Some(MatterCode::new("city/facility/manhole")));
    // What the report tells is what counts.
    let told = huying_engine::intake::ReportDraft {
        component: Some(COVER.into()),
        ..draft("city/facility/litter", "旁边有垃圾")
    };
    town.clock.advance(1);
    let second = town.report(told).await.receipt.case;
    assert_eq!(town.case(second).await.matter, Some(MatterCode::new("city/facility/litter")));
    town.report(draft("city/facility/litter", "别处")).await;
    let filter = Filter { component: Some(COVER.into()), ..Filter::default() };
    let found = town.engine.store().list(TENANT, &filter, Order::OldestFirst, None, 9).await.unwrap().items;
    assert_eq!(found.iter().map(|line| line.case).collect::<Vec<_>>(), [id, second]);
    for unknown in ["9901010101000999", "12", "井盖"] {
        let error = town.engine.report(town.reporting(about(unknown))).await.unwrap_err();
        let Error::Invalid(problems) = error else { panic!("{error}") };
        assert_eq!(
            (problems[0].field.as_str(), problems[0].code),
            ("component", "unknown_component"),
            "{unknown}"
        );
    }
    let store = town.engine.store();
    assert!(store.check(&|_| {}).await.unwrap().clean());
    store.rebuild(&|_| {}).await.unwrap();
    let again = store.list(TENANT, &filter, Order::OldestFirst, None, 9).await.unwrap().items;
    assert_eq!(again, found, "it is derived from the journal");
}
