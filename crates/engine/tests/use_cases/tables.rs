//! Tables that come back edited: nothing is written by looking, what was shown is what is done, and every mistake is told at its cell.

use crate::{founded, town};

use std::io::Cursor;

use huying_engine::{
    Error,
    listing::{Asked, Shown},
};
use huying_model::{MatterCode, MemberId, UnitId};
use huying_pack::{
    listing::{Kind, Missing, Sheet, Went},
    sheet::{Encoding, Format, Rows, Writer},
};
use town::{TENANT, Town};

/// A town whose policy was laid down a minute ago: a change holds over what was laid down before it.
async fn opened() -> Town {
    let town = founded::founded(&founded::starter(&[])).await;
    town.clock.advance(60_000);
    town
}

/// A table of today as bytes, each cell passed through `edit`.
async fn table(
    town: &Town,
    kind: Kind,
    (format, encoding): (Format, Encoding),
    edit: impl Fn(&mut Vec<Vec<String>>),
) -> Vec<u8> {
    let mut rows = town.engine.listing(TENANT, kind).await.unwrap().rows;
    edit(&mut rows);
    let mut writer = Writer::new(format, encoding, kind.columns()).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish().unwrap().into_bytes().unwrap()
}

fn sheet(kind: Kind, bytes: &[u8]) -> Result<Sheet, Vec<huying_pack::Problem>> {
    Sheet::read(kind, "sent", Rows::with_remarks(Cursor::new(bytes.to_vec())))
}

async fn look(town: &Town, kind: Kind, bytes: &[u8], asked: &Asked) -> Shown {
    let by = town.actor("administrator");
    town.engine.table_preview(TENANT, &by, kind, sheet(kind, bytes), asked).await.unwrap()
}

async fn put(town: &Town, kind: Kind, bytes: &[u8], asked: &Asked, hash: &str) -> Result<Shown, Error> {
    let by = town.actor("administrator");
    town.engine.table_apply(TENANT, &by, kind, sheet(kind, bytes), (asked, hash)).await
}

fn because() -> Asked {
    Asked { reason: "台账更新".into(), ..Asked::default() }
}

const FORMS: [(Format, Encoding); 3] =
    [(Format::Csv, Encoding::Utf8), (Format::Csv, Encoding::Gb18030), (Format::Xlsx, Encoding::Utf8)];

#[tokio::test]
async fn every_table_comes_back_unedited_in_every_form_and_changes_nothing() {
    let town = opened().await;
    for kind in Kind::ALL {
        for form in FORMS {
            let bytes = table(&town, kind, form, |_| ()).await;
            let whole = Asked { missing: Missing::Ends, ..because() };
            let shown = look(&town, kind, &bytes, &whole).await;
            assert!(shown.problems.is_empty(), "{kind:?} {form:?}: {:?}", shown.problems);
            let rows = town.engine.listing(TENANT, kind).await.unwrap().rows.len();
            assert_eq!(shown.counts(), [0, 0, 0, rows], "{kind:?} {form:?}");
            assert_eq!(shown.hash, None, "there is nothing to apply");
        }
    }
}

#[tokio::test]
async fn units_are_added_renamed_moved_and_closed_by_their_table_and_only_by_the_hash_that_was_shown() {
    let town = opened().await;
    let edit = |rows: &mut Vec<Vec<String>>| {
        for row in rows.iter_mut().filter(|row| row[0] == "order-east") {
            row[1] = "东街道综合执法队".into();
            row[7] = "110.005".into();
            row[8] = "30.015".into();
        }
        let new = [
            "order-bridge",
            "桥头执法岗",
            "Bridge Order",
            "post",
            "order",
            "990101001001",
            "dept-order",
            "",
            "",
            "",
            "",
        ];
        rows.push(new.map(str::to_owned).to_vec());
    };
    let bytes = table(&town, Kind::Units, FORMS[2], edit).await;
    let asked = Asked { missing: Missing::Ends, ..because() };
    let shown = look(&town, Kind::Units, &bytes, &asked).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    assert_eq!(&shown.counts()[..3], [1, 1, 0], "{shown:?}");
    let changed = shown.compared.as_ref().unwrap().rows.iter().find(|row| row.went == Went::Changed).unwrap();
    assert_eq!((changed.key.as_str(), changed.cells.len()), ("order-east", 3), "{changed:?}");
    assert_eq!(
        (changed.cells[0].old.as_str(), changed.cells[0].new.as_str()),
        ("东街道综合执法岗", "东街道综合执法队")
    );
    assert!(town.engine.changes(TENANT).await.unwrap().is_empty(), "a preview decides nothing");
    let other = put(&town, Kind::Units, &bytes, &asked, &"0".repeat(64)).await.unwrap_err();
    let Error::Invalid(problems) = other else { panic!("{other}") };
    assert_eq!(problems[0].code, "preview_stale");
    // Looked at again a minute later it is still the same, since it would do the same.
    town.clock.advance(60_000);
    put(&town, Kind::Units, &bytes, &asked, shown.hash.as_deref().unwrap()).await.unwrap();
    let setting = town.engine.setting(TENANT).unwrap();
    let org = &setting.policy.org;
    assert_eq!(org.units[&UnitId::new("order-east")].name, "东街道综合执法队");
    assert_eq!(org.positions[&UnitId::new("order-east")], (1_100_050_000, 300_150_000));
    assert!(org.active(&UnitId::new("order-bridge"), town.now()));
    let again = look(&town, Kind::Units, &bytes, &asked).await;
    assert_eq!(&again.counts()[..3], [0, 0, 0], "what was done is done: {again:?}");
    // The whole table without the new post ends it; without a post that is needed it would leave a gap, which is shown and refused.
    let without = |id: &'static str| move |rows: &mut Vec<Vec<String>>| rows.retain(|row| row[0] != id);
    let fewer = table(&town, Kind::Units, FORMS[0], without("order-bridge")).await;
    let shown = look(&town, Kind::Units, &fewer, &asked).await;
    assert_eq!(&shown.counts()[..3], [0, 0, 1], "{shown:?}");
    put(&town, Kind::Units, &fewer, &asked, shown.hash.as_deref().unwrap()).await.unwrap();
    let setting = town.engine.setting(TENANT).unwrap();
    assert!(!setting.policy.org.active(&UnitId::new("order-bridge"), town.now()));
    let gap = table(&town, Kind::Units, FORMS[0], without("mediation-west")).await;
    let shown = look(&town, Kind::Units, &gap, &asked).await;
    assert!(shown.change.as_ref().unwrap().findings.iter().any(|found| found.error));
    assert_eq!(shown.hash, None, "what leaves a gap cannot be applied");
    let refused = put(&town, Kind::Units, &gap, &asked, "any").await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(ref problems) if problems[0].code == "gap"), "{refused}");
}

#[tokio::test]
async fn areas_are_described_anew_and_what_lies_in_one_that_ends_ends_with_it() {
    let town = opened().await;
    let edit = |rows: &mut Vec<Vec<String>>| {
        for row in rows.iter_mut().filter(|row| row[0] == "990101001001001") {
            row[1] = "桥头一格".into();
            row[2] = String::new();
            row[5] = "301".into();
        }
    };
    let bytes = table(&town, Kind::Areas, FORMS[0], edit).await;
    let shown = look(&town, Kind::Areas, &bytes, &because()).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    assert_eq!(&shown.counts()[..3], [0, 1, 0]);
    put(&town, Kind::Areas, &bytes, &because(), shown.hash.as_deref().unwrap()).await.unwrap();
    let listing = town.engine.listing(TENANT, Kind::Areas).await.unwrap();
    let row = listing.rows.iter().find(|row| row[0] == "990101001001001").unwrap();
    assert_eq!((row[1].as_str(), row[2].as_str(), row[5].as_str()), ("桥头一格", "", "301"));
    // A child stands above its parent here: the order of rows means nothing. Nobody answers in the new grid yet, and that is told.
    let new = |rows: &mut Vec<Vec<String>>| {
        let row = |code: &str, name: &str, level: &str, parent: &str| {
            [code, name, "", level, parent, "120", "", "", ""].map(str::to_owned).to_vec()
        };
        rows.insert(0, row("990101002002001", "新区第一网格", "grid", "990101002002"));
        rows.insert(0, row("990101002002", "新区社区", "community", "990101002"));
    };
    let bytes = table(&town, Kind::Areas, FORMS[0], new).await;
    let shown = look(&town, Kind::Areas, &bytes, &because()).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    assert_eq!(&shown.counts()[..3], [2, 0, 0]);
    assert!(
        shown.change.as_ref().unwrap().findings.iter().any(|found| found.error && found.rule == "no-route")
    );
    assert_eq!(shown.hash, None);
    // What lies in an area that ends has to end with it.
    let without = |codes: &'static [&str]| {
        move |rows: &mut Vec<Vec<String>>| rows.retain(|row| !codes.contains(&row[0].as_str()))
    };
    let whole = Asked { missing: Missing::Ends, ..because() };
    let half = table(&town, Kind::Areas, FORMS[0], without(&["990101001002"])).await;
    let shown = look(&town, Kind::Areas, &half, &whole).await;
    assert!(shown.problems.iter().any(|one| one.message.contains("990101001002")), "{:?}", shown.problems);
    assert_eq!(shown.hash, None);
    let all = ["990101001002", "990101001002001", "990101001002002"];
    let bytes =
        table(&town, Kind::Areas, FORMS[0], move |rows| rows.retain(|row| !all.contains(&row[0].as_str())))
            .await;
    let shown = look(&town, Kind::Areas, &bytes, &whole).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    assert_eq!(&shown.counts()[..3], [0, 0, 3]);
    let edits = &shown.change.as_ref().unwrap().edits;
    let closes = |line: &huying_pack::change::Line| {
        line.en.contains("(station-market) closes with its area")
            && line.zh.contains("（station-market）随所在区域撤销")
    };
    assert!(edits.iter().any(closes), "{edits:?}");
}

#[tokio::test]
async fn outlines_come_as_layers_and_only_those_that_are_otherwise_are_shown() {
    let town = opened().await;
    let (geojson, count) = town.engine.outlines_as_geojson(TENANT).unwrap();
    let layer = town.engine.outlines_as_shapefile(TENANT).await.unwrap();
    assert!(count > 3);
    let by = town.actor("administrator");
    let opened = |bytes: Vec<u8>| huying_pack::listing::open(Kind::Areas, "layer", bytes, None);
    for bytes in [geojson.clone().into_bytes(), layer] {
        let shown =
            town.engine.table_preview(TENANT, &by, Kind::Areas, opened(bytes), &because()).await.unwrap();
        assert!(shown.problems.is_empty(), "{:?}", shown.problems);
        assert_eq!(&shown.counts()[..3], [0, 0, 0], "{:?}", shown.compared.unwrap().rows);
    }
    // A corner of the first grid moves outwards.
    let corner = geojson.replacen("[110,30.02]", "[109.999,30.021]", 1);
    assert_ne!(corner, geojson, "the first cell begins in that corner: correct the test");
    let bytes = corner.into_bytes();
    let preview =
        town.engine.table_preview(TENANT, &by, Kind::Areas, opened(bytes.clone()), &because()).await.unwrap();
    assert!(preview.problems.is_empty(), "{:?}", preview.problems);
    let rows = &preview.compared.as_ref().unwrap().rows;
    assert_eq!(
        (rows.len(), rows[0].cells.len(), rows[0].cells[0].column.as_str()),
        (1, 1, "shape"),
        "{rows:?}"
    );
    let hash = preview.hash.unwrap();
    town.engine
        .table_apply(TENANT, &by, Kind::Areas, opened(bytes.clone()), (&because(), &hash))
        .await
        .unwrap();
    let again = town.engine.table_preview(TENANT, &by, Kind::Areas, opened(bytes), &because()).await.unwrap();
    assert_eq!(&again.counts()[..3], [0, 0, 0], "it is drawn so now");
    let no = huying_pack::listing::open(Kind::Areas, "layer", b"{\"type\":\"Feature\"}".to_vec(), None)
        .unwrap_err();
    assert!(!no[0].message.is_empty());
}

#[tokio::test]
async fn seats_that_a_table_gives_wait_for_a_second_administrator() {
    let town = opened().await;
    let csv = "id,name,seats\nacceptor-new,新受理员,centre-east:acceptor\ninspector-2,核查员乙,\n";
    let shown = look(&town, Kind::Members, csv.as_bytes(), &because()).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    assert_eq!(&shown.counts()[..3], [1, 1, 0]);
    assert_eq!(shown.change.as_ref().unwrap().grants.len(), 1);
    let done = put(&town, Kind::Members, csv.as_bytes(), &because(), shown.hash.as_deref().unwrap()).await;
    let waits = done.unwrap().change.unwrap().waits.unwrap();
    let there = |town: &Town| {
        town.engine.setting(TENANT).unwrap().policy.org.members.contains_key(&MemberId::new("acceptor-new"))
    };
    assert!(!there(&town));
    town.engine.approve_grant(TENANT, &town.actor("administrator-2"), waits).await.unwrap();
    assert!(there(&town));
    let setting = town.engine.setting(TENANT).unwrap();
    assert!(setting.policy.org.members[&MemberId::new("inspector-2")].seats.is_empty());
}

#[tokio::test]
async fn matters_become_a_draft_of_the_policy_under_the_next_version() {
    let town = opened().await;
    let matters = town.engine.listing(TENANT, Kind::Matters).await.unwrap().rows;
    let code = matters[0][0].clone();
    let csv = format!("code,name\n{code},改名的事项\n");
    let shown = look(&town, Kind::Matters, csv.as_bytes(), &because()).await;
    assert!(shown.problems.is_empty(), "{:?}", shown.problems);
    let version = shown.version.clone().unwrap();
    put(&town, Kind::Matters, csv.as_bytes(), &because(), shown.hash.as_deref().unwrap()).await.unwrap();
    let book = town.engine.policy_book(TENANT).await.unwrap();
    assert!(book.version(&version).is_some());
    let files = town.engine.policy_files(TENANT, &version).await.unwrap();
    let pack = huying_pack::load_from(&files).unwrap();
    assert_eq!(pack.policy.current.matters[&MatterCode::new(&code)].name, "改名的事项");
    assert_eq!(pack.policy.current.matters.len(), matters.len());
    let setting = town.engine.setting(TENANT).unwrap();
    assert_ne!(setting.policy.current.version, version, "a draft holds nothing");
}

#[tokio::test]
async fn every_mistake_is_told_at_its_row_and_column_of_the_file_that_came() {
    let town = opened().await;
    let csv = "# 备注\nname,id,area,kind,function,home,lon\n\
        甲,unit-a,990101999,post,order,,\n\
        乙,unit-b,990101001,castle,Order 1,,\n\
        丙,,990101001,post,order,,\n\
        丁,unit-d,990101001,post,order,nowhere,110\n\
        戊,unit-a,990101001,post,order,,\n";
    let shown = look(&town, Kind::Units, csv.as_bytes(), &because()).await;
    let at: Vec<(u32, u32, &str)> =
        shown.problems.iter().map(|one| (one.line, one.column, one.field.as_str())).collect();
    for wanted in
        [(3, 3, "area"), (4, 4, "kind"), (4, 5, "function"), (5, 2, "id"), (6, 6, "home"), (7, 2, "id")]
    {
        assert!(at.contains(&wanted), "{wanted:?} is missing of {:?}", shown.problems);
    }
    assert!(at.iter().any(|(line, ..)| *line == 6), "one degree without the other");
    assert!(shown.problems.iter().all(|one| !one.message.is_empty()));
    assert_eq!(shown.hash, None);
    for (bytes, words) in [
        (&b"id,colour\na,red\n"[..], "the column 'colour' is unknown"),
        (b"name\nx\n", "the column 'id' is missing"),
        (b"", "empty"),
        (b"PK\x03\x04 no more", "workbook cannot be read"),
        (b"id,name\n\xff\xff\xff,x\n", "neither UTF-8 nor GB18030"),
    ] {
        let shown = look(&town, Kind::Units, bytes, &because()).await;
        assert!(
            shown.problems.iter().any(|one| one.message.contains(words)),
            "{words}: {:?}",
            shown.problems
        );
    }
    let no = town
        .engine
        .table_preview(
            TENANT,
            &town.actor("leader-district"),
            Kind::Units,
            sheet(Kind::Units, b"id\n"),
            &because(),
        )
        .await;
    assert_eq!(no.unwrap_err().code(), "administrators_only");
}
