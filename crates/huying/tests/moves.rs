//! In and out by the built binary: edited tables, a cut import, and everything of an authority in another node.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn command(&self, database: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
        command.current_dir(self.dir.path()).env_clear().env("HUYING_DATABASE", format!("sqlite:{database}"));
        command.args(args);
        command
    }
    fn huying(&self, database: &str, args: &[&str]) -> Output {
        self.command(database, args).output().unwrap()
    }
    fn well(&self, database: &str, args: &[&str]) -> String {
        let out = self.huying(database, args);
        assert_eq!(out.status.code(), Some(0), "{args:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stdout)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const MAP: &str = include_str!("desk_book/MAP.toml");

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

/// A point inside a cell of the starter pack.
fn inside() -> (f64, f64) {
    (110.005, 30.015)
}

/// Rows of cases, each in one cell of the starter pack.
fn cases(count: usize) -> String {
    let (lon, lat) = inside();
    let mut rows = String::from("no,told,done,lon,lat,what,state,words\n");
    for no in 0..count {
        let (hour, minute) = (8 + no % 10, no % 60);
        writeln!(rows, "A{no},2026-03-02 {hour:02}:{minute:02},,{lon},{lat},积存垃圾,在办,第{no}件").unwrap();
    }
    rows
}

/// What can be asked of a node, in one text.
fn told(place: &Place, database: &str) -> String {
    let mut all = String::new();
    for what in
        ["events", "cases", "areas", "units", "members", "matters", "conditions", "components", "outlines"]
    {
        all += &place.well(database, &["export", what]);
    }
    assert!(place.well(database, &["audit"]).contains("0 breaches"));
    assert!(place.well(database, &["rebuild", "--check"]).contains("0 different"));
    all
}

#[test]
fn everything_of_the_demo_district_moves_to_an_empty_node_and_is_the_same_there() {
    let place = Place::new();
    let args =
        ["demo", "--pack", "jiangbei", "--cases", "150", "--days", "5", "--still", "--listen", "127.0.0.1:0"];
    let mut demo = place.command("a.db", &args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(demo.stdout.take().unwrap());
    assert!(said.lines().any(|line| line.unwrap().contains("is serving")), "the demonstration did not begin");
    demo.kill().unwrap();
    demo.wait().unwrap();
    let before = told(&place, "a.db");
    assert!(before.lines().count() > 1000);
    assert!(
        place.well("a.db", &["export", "components"]).lines().count() > 300,
        "the demonstration has a census"
    );
    let said = place.well("a.db", &["export", "tenant", "out"]);
    assert!(said.contains("rows and") && place.path("out/manifest.json").is_file());
    for file in [
        "out/open/cases.csv",
        "out/open/areas.geojson",
        "out/open/components.csv",
        "out/tables/component_change.jsonl",
        "out/policy/jiangbei-1/pack.toml",
        "out-keys/seal_key.jsonl",
    ] {
        assert!(place.path(file).is_file(), "{file}");
    }
    assert_eq!(
        place.huying("a.db", &["export", "tenant", "out"]).status.code(),
        Some(2),
        "nothing is written over"
    );
    let other = place.huying("b.db", &["import", "tenant", "out"]);
    assert_ne!(other.status.code(), Some(0), "another sealing key does not open it");
    for left in ["b.db", "b.db-wal", "b.db-shm", "b.key", "b.files"] {
        assert!(!place.path(left).exists(), "a failed import leaves nothing in the way: {left}");
    }
    std::fs::copy(place.path("a.key"), place.path("b.key")).unwrap();
    place.well("b.db", &["import", "tenant", "out"]);
    assert_eq!(told(&place, "b.db"), before);
    let receipt = |database: &str| {
        let number = before
            .lines()
            .find(|line| line.contains("JB"))
            .and_then(|line| line.split('"').find(|word| word.starts_with("JB")));
        number.map(|number| text(&place.huying(database, &["receipt", number]).stdout))
    };
    assert_eq!(receipt("a.db"), receipt("b.db"));
    assert_eq!(
        place.huying("b.db", &["import", "tenant", "out"]).status.code(),
        Some(2),
        "a store is never filled twice"
    );
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was_and_nothing_is_doubled() {
    let place = Place::new();
    let rows = 6_000;
    std::fs::write(place.path("old.csv"), cases(rows)).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    place.well("a.db", &["init", "--pack", "starter"]);
    let args = ["import", "cases", "old.csv", "--map", "MAP.toml"];
    let size = || {
        let of = |name: &str| std::fs::metadata(place.path(name)).map_or(0, |file| file.len());
        of("a.db") + of("a.db-wal")
    };
    let empty = size();
    let mut cut = place.command("a.db", &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Some marks of 512 rows are behind it by then, and most rows before it.
    while size() < empty + (12 << 20) && cut.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(cut.try_wait().unwrap().is_none(), "it was not cut");
    cut.kill().unwrap();
    cut.wait().unwrap();
    let said = place.well("a.db", &args);
    assert!(said.contains("done before the import was cut"), "{said}");
    assert!(said.contains("0 not usable"), "{said}");
    assert_eq!(place.well("a.db", &["export", "cases"]).lines().count(), rows + 1);
    assert!(place.well("a.db", &["audit"]).contains("0 breaches"));
    let again = place.well("a.db", &args);
    assert!(again.contains(&format!("0 brought in, {rows} were there")), "{again}");
}

#[test]
fn a_table_is_taken_away_as_a_workbook_edited_shown_and_applied() {
    let place = Place::new();
    assert!(packs().join("starter/units.csv").is_file());
    place.well("a.db", &["init", "--pack", "starter"]);
    place.well("a.db", &["export", "units", "--to", "units.xlsx"]);
    let same =
        place.well("a.db", &["import", "units", "units.xlsx", "--by", "administrator", "--missing", "end"]);
    assert!(same.contains("0 added, 0 changed, 0 ended") && same.contains("nothing would change"), "{same}");
    std::fs::write(place.path("new.csv"), "id,name\norder-east,东街道综合执法队\n").unwrap();
    let shown = place.well("a.db", &["import", "units", "new.csv", "--by", "administrator", "--preview"]);
    assert!(shown.contains("东街道综合执法岗 → 东街道综合执法队"), "{shown}");
    let hash = shown.split("--apply ").nth(1).unwrap().split(' ').next().unwrap();
    let apply =
        ["import", "units", "new.csv", "--by", "administrator", "--reason", "台账更新", "--apply", hash];
    assert!(place.well("a.db", &apply).contains("done"));
    assert!(place.well("a.db", &["export", "units"]).contains("东街道综合执法队"));
    assert_eq!(
        place.huying("a.db", &apply).status.code(),
        Some(1),
        "what was shown is not what it would do now"
    );
    std::fs::write(place.path("bad.csv"), "id,area\norder-east,0\nnew,\n").unwrap();
    let bad = place.huying("a.db", &["import", "units", "bad.csv", "--by", "administrator"]);
    assert_eq!(bad.status.code(), Some(1));
    let told = text(&bad.stdout);
    assert!(told.contains("bad.csv:2:2 (area)") && told.contains("bad.csv:3"), "{told}");
    place.well("a.db", &["export", "outlines", "--to", "areas.zip"]);
    let areas = place.well("a.db", &["import", "areas", "areas.zip", "--by", "administrator"]);
    assert!(areas.contains("nothing would change"), "{areas}");
    place.well("a.db", &["export", "outlines", "--to", "areas.geojson"]);
    let text = std::fs::read_to_string(place.path("areas.geojson")).unwrap();
    std::fs::write(place.path("moved.geojson"), text.replacen("110.0", "110.001", 1)).unwrap();
    let moved = place.well("a.db", &["import", "areas", "moved.geojson", "--by", "administrator"]);
    assert!(moved.contains("shape: ") && moved.contains("1 changed"), "{moved}");
}

#[test]
fn a_census_is_taken_in_taken_away_and_corrected_on_the_command_line() {
    let place = Place::new();
    let (lon, lat) = inside();
    let mut census = String::from("code,name,lon,lat\n");
    for no in 1..=1_200 {
        writeln!(census, "9901010137{no:06},路灯{no},{lon},{lat}").unwrap();
    }
    std::fs::write(place.path("census.csv"), census).unwrap();
    place.well("a.db", &["init", "--pack", "starter"]);
    let put = |file: &'static str, more: &[&str]| {
        let args = ["import", "components", file, "--by", "administrator"];
        place.well("a.db", &[&args, more].concat())
    };
    let take = |file: &'static str| {
        let shown = put(file, &[]);
        let hash = shown.split("--apply ").nth(1).unwrap().split(' ').next().unwrap();
        let reason = ["--reason", "部件普查", "--apply", hash];
        // Once more is the same answer, and nothing is written twice.
        assert!(put(file, &reason).contains("done") && put(file, &reason).contains("done"));
        shown
    };
    assert!(take("census.csv").contains("1200 added, 0 changed, 0 ended"));
    for file in ["components.xlsx", "components.csv"] {
        place.well("a.db", &["export", "components", "--to", file]);
        assert!(put(file, &["--missing", "end"]).contains("nothing would change"), "{file}");
    }
    place.well("a.db", &["export", "components", "--encoding", "gb18030", "--to", "gb.csv"]);
    assert!(put("gb.csv", &["--missing", "end"]).contains("nothing would change"));
    let text_of = std::fs::read_to_string(place.path("components.csv")).unwrap();
    std::fs::write(place.path("mended.csv"), text_of.replacen("路灯7,intact", "路灯7,lost", 1)).unwrap();
    assert!(take("mended.csv").contains("state: intact → lost"));
    let bad = "code,name\n1,x\n9901010137000001,\n";
    std::fs::write(place.path("bad.csv"), bad).unwrap();
    let bad = place.huying("a.db", &["import", "components", "bad.csv", "--by", "administrator"]);
    assert_eq!(bad.status.code(), Some(1));
    let told = text(&bad.stdout);
    assert!(told.contains("bad.csv:2:1 (code)") && told.contains("bad.csv:3:2 (name)"), "{told}");
    assert!(place.well("a.db", &["rebuild", "--check"]).contains("1200 components compared, 0 different"));
}
