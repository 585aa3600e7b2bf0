//! The built binary from outside: each command does what it says and ends with the code it promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails loudly and prints its figures"
)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
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
    /// The binary in this folder, on the store `database` (a file's name).
    fn huying(&self, database: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
        command.current_dir(self.dir.path()).env_clear().env("HUYING_DATABASE", format!("sqlite:{database}"));
        command.args(args).output().unwrap()
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

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

const MAP: &str = include_str!("desk_book/MAP.toml");

/// Points inside cells of the starter pack, as its own file of cells has them.
fn inside(no: usize) -> (f64, f64) {
    let text = std::fs::read_to_string(packs().join("starter/cells.geojson")).unwrap();
    let cells: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ring = cells["features"][no]["geometry"]["coordinates"][0].as_array().unwrap().clone();
    let middle = |axis: usize| {
        let sum: f64 = ring.iter().skip(1).map(|point| point[axis].as_f64().unwrap()).sum();
        sum / (ring.len() - 1) as f64
    };
    (middle(0), middle(1))
}

fn sample() -> String {
    let mut rows = String::from("no,told,done,lon,lat,what,state,words\n");
    for no in 0..6 {
        let (lon, lat) = inside(no);
        let (done, state) = if no % 2 == 0 { ("2026-03-03 15:00", "办结") } else { ("", "在办") };
        let what = if no < 3 { "积存垃圾" } else { "占道经营" };
        rows.push_str(&format!("A{no},2026-03-02 09:1{no},{done},{lon},{lat},{what},{state},第{no}件旧案\n"));
    }
    rows.push_str("A9,2026-03-02 10:00,,,,积存垃圾,在办,没有位置\n");
    rows
}

#[test]
fn a_store_is_made_filled_exported_kept_restored_and_proved() {
    let place = Place::new();
    std::fs::write(place.path("old.csv"), sample()).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    assert!(place.well("a.db", &["init", "--pack", "starter"]).contains("starter-1"));
    let first = place.well("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    assert!(first.contains("7 rows: 6 brought in, 0 were there, 1 not usable"), "{first}");
    assert!(first.contains("6 cases: 6 located"), "{first}");
    let again = place.well("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    assert!(again.contains("0 brought in, 6 were there"), "{again}");
    let strict = place.huying("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));

    let events = place.well("a.db", &["export", "events"]);
    assert!(events.lines().count() > 18, "{events}");
    assert!(!events.contains("旧案"), "words stay sealed in the journal");
    place.well("a.db", &["export", "cases", "--to", "cases.csv"]);
    assert_eq!(std::fs::read_to_string(place.path("cases.csv")).unwrap().lines().count(), 7);

    assert!(place.well("a.db", &["audit"]).contains("0 breaches"));
    assert!(place.well("a.db", &["rebuild", "--check"]).contains("0 different"));
    assert!(place.well("a.db", &["rebuild"]).contains("6 cases derived"));
    place.well("a.db", &["backup", "kept"]);
    assert_eq!(
        place.huying("a.db", &["backup", "kept"]).status.code(),
        Some(2),
        "a backup never overwrites one"
    );
    std::fs::copy(place.path("a.key"), place.path("b.key")).unwrap();
    place.well("b.db", &["restore", "kept"]);
    assert_eq!(place.well("b.db", &["export", "events"]), events, "the restored journal is the same");
    assert_eq!(
        place.huying("b.db", &["restore", "kept"]).status.code(),
        Some(2),
        "a store is never restored over"
    );
}

#[test]
fn another_sealing_key_does_not_open_a_store() {
    let place = Place::new();
    place.well("a.db", &["init", "--pack", "starter"]);
    std::fs::write(place.path("a.key"), "ab".repeat(32)).unwrap();
    let out = place.huying("a.db", &["audit"]);
    assert_eq!(out.status.code(), Some(3));
    assert!(text(&out.stderr).contains("sealing key"), "{}", text(&out.stderr));
}

#[test]
fn a_forged_receipt_is_refused_without_a_store_and_a_key_that_is_none_is_told() {
    let place = Place::new();
    let said = place.well("a.db", &["init", "--pack", "starter"]);
    let key = said.split("with the key ").nth(1).and_then(|rest| rest.split(": ").next()).unwrap();
    assert!(place.well("a.db", &["audit"]).contains(key), "the same key is there afterwards");
    std::fs::write(place.path("authority.key"), key).unwrap();
    std::fs::write(place.path("receipt.json"), "{\"format\":\"huying-receipt-1\"}").unwrap();
    let check = |key: &str| place.huying("none.db", &["audit", "--receipt", "receipt.json", "--key", key]);
    let out = check("authority.key");
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    assert!(text(&out.stdout).contains("does not hold"), "{}", text(&out.stdout));
    assert!(!place.path("none.db").exists(), "no store is needed");
    let out = check("receipt.json");
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("name+id+key"), "{}", text(&out.stderr));
    std::fs::write(place.path("head.txt"), "huying\n1\n").unwrap();
    assert_eq!(place.huying("a.db", &["audit", "--head", "head.txt"]).status.code(), Some(1));
}

#[test]
fn whoever_calls_wrongly_is_told_how_to_mend_it() {
    let place = Place::new();
    let nothing = place.huying("none.db", &["serve"]);
    assert_eq!(nothing.status.code(), Some(3));
    assert!(text(&nothing.stderr).contains("huying init"), "{}", text(&nothing.stderr));
    assert!(!place.path("none.db").exists(), "a typing error makes no store");
    let pack = place.huying("a.db", &["init", "--pack", "nowhere"]);
    assert_eq!(pack.status.code(), Some(2));
    assert!(text(&pack.stderr).contains("starter"), "{}", text(&pack.stderr));
    assert_eq!(place.huying("a.db", &["fly"]).status.code(), Some(2));
    std::fs::write(place.path("huying.toml"), "[server]\nlissten = \"x\"\n").unwrap();
    let config = place.huying("a.db", &["config"]);
    assert_eq!(config.status.code(), Some(3));
    assert!(text(&config.stderr).contains("lissten"), "{}", text(&config.stderr));
    let help = place.well("a.db", &["--help"]);
    assert!(help.contains("Examples:") && help.contains("Exit codes:"));
}

#[test]
fn config_prints_what_is_in_force_and_where_it_came_from_and_no_secret() {
    let place = Place::new();
    std::fs::write(place.path("mine.toml"), "[timers]\nperiod_seconds = 9\n[store]\nkey = \"c0ffee\"\n")
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
    command.current_dir(place.dir.path()).env_clear().env("HUYING__SERVER__LISTEN", "127.0.0.1:9");
    command.args(["config", "--config", "mine.toml", "--database", "postgres://me:hidden@host/db"]);
    let out = text(&command.output().unwrap().stdout);
    for (name, value, from) in [
        ("server.listen", "127.0.0.1:9", "environment HUYING__SERVER__LISTEN"),
        ("timers.period_seconds", "9", "mine.toml"),
        ("store.database", "postgres://me:***@host/db", "flag --database"),
        ("store.key", "***", "mine.toml"),
        ("log.level", "info", "default"),
    ] {
        let line = out.lines().find(|line| line.starts_with(&format!("{name} = "))).unwrap_or_default();
        assert!(line.contains(&format!("\"{value}\"")) && line.ends_with(from), "{name}: {line}");
    }
    assert!(!out.contains("hidden") && !out.contains("c0ffee"), "{out}");
}

#[test]
fn lint_and_stories_of_a_pack_end_with_the_code_that_scripts_ask_for() {
    let place = Place::new();
    let starter = packs().join("starter");
    let starter = starter.to_str().unwrap();
    assert!(place.well("a.db", &["pack", "lint", starter]).contains("0 errors"));
    place.well("a.db", &["pack", "test", "starter"]);
    assert!(place.well("a.db", &["pack", "list"]).lines().any(|line| line == "jiangbei"));
    let broken = place.path("broken");
    std::fs::create_dir(&broken).unwrap();
    for entry in std::fs::read_dir(starter).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), broken.join(entry.file_name())).unwrap();
    }
    std::fs::copy(packs().join("calendars/cn.csv"), broken.join("cn.csv")).unwrap();
    let routes = std::fs::read_to_string(broken.join("routes.csv")).unwrap();
    let without: Vec<&str> = routes.lines().filter(|line| !line.starts_with("R-03")).collect();
    std::fs::write(broken.join("routes.csv"), without.join("\n") + "\n").unwrap();
    let out = place.huying("a.db", &["pack", "lint", "broken"]);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stdout));
    assert!(text(&out.stdout).contains("city/order/vendor"), "{}", text(&out.stdout));
    let out = place.huying("a.db", &["pack", "lint", "broken", "--json"]);
    assert_eq!(out.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&told["findings"][0]["rule"], &told["findings"][0]["file"]),
        (&"no-route".into(), &"matters.csv".into())
    );
    // Whole again, but for a track without a matter: a warning, which only a strict lint counts.
    std::fs::write(broken.join("routes.csv"), routes).unwrap();
    let tracks = std::fs::read_to_string(broken.join("tracks.csv")).unwrap();
    std::fs::write(
        broken.join("tracks.csv"),
        tracks + "people,民生服务,Service,school,教育,School,district\n",
    )
    .unwrap();
    assert!(place.well("a.db", &["pack", "lint", "broken"]).contains("0 errors, 1 warnings"));
    assert_eq!(place.huying("a.db", &["pack", "lint", "broken", "--strict"]).status.code(), Some(1));
}

/// A byte of the journal is changed behind the store's back, in the file itself.
#[test]
fn an_audit_finds_an_entry_that_was_changed_behind_the_stores_back() {
    let place = Place::new();
    std::fs::write(place.path("old.csv"), sample()).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    place.well("a.db", &["init", "--pack", "starter"]);
    place.well("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    assert!(place.well("a.db", &["audit"]).contains("0 breaches"));
    let told = br#""kind":"problem""#;
    let find = |bytes: &[u8]| -> Vec<usize> {
        (0..bytes.len().saturating_sub(told.len())).filter(|at| bytes[*at..].starts_with(told)).collect()
    };
    // The last connection to close moves everything from the log into the file; a process that ends before its readers
    // leaves that to the next one.
    let mut bytes = std::fs::read(place.path("a.db")).unwrap();
    for _ in 0..40 {
        let log = std::fs::metadata(place.path("a.db-wal")).map_or(0, |log| log.len());
        if log == 0 && !find(&bytes).is_empty() {
            break;
        }
        place.well("a.db", &["audit"]);
        bytes = std::fs::read(place.path("a.db")).unwrap();
    }
    let at = find(&bytes);
    assert!(!at.is_empty(), "a report lies in the file in the clear but for its words");
    let _ = std::fs::remove_file(place.path("a.db-wal"));
    for at in at {
        bytes[at + 8..at + 15].copy_from_slice(b"dispute");
    }
    std::fs::write(place.path("a.db"), bytes).unwrap();
    let out = place.huying("a.db", &["audit"]);
    assert_eq!(out.status.code(), Some(1), "{}{}", text(&out.stdout), text(&out.stderr));
    assert!(text(&out.stdout).contains("was changed"), "{}", text(&out.stdout));
}

#[test]
fn an_explanation_is_told_as_text_in_two_languages_and_as_json() {
    let place = Place::new();
    let ask = |more: &[&'static str]| {
        let mut args =
            vec!["pack", "explain", "starter", "--matter", "city/order/parking", "--at", "110.005,30.015"];
        args.extend(["--when", "2024-03-05 10:00", "--source", "grid_worker"]);
        args.extend(more);
        place.well("a.db", &args)
    };
    let zh = ask(&[]);
    assert!(
        zh.contains("东街道派驻交巡警岗") && zh.contains("R-04") && zh.contains("2024-03-05 10:10"),
        "{zh}"
    );
    let en = ask(&["--lang", "en"]);
    assert!(en.contains("East Street Traffic Post") && en.contains("Not by: R-03"), "{en}");
    let json: serde_json::Value = serde_json::from_str(&ask(&["--json"])).unwrap();
    assert_eq!(json["lead"]["unit"]["code"], "traffic-east");
    assert_eq!(json["at"], "2024-03-05T02:00:00Z");
    let wrong = [
        "pack",
        "explain",
        "starter",
        "--matter",
        "city/order/parkin",
        "--at",
        "1,1",
        "--when",
        "x",
        "--source",
        "y",
        "--lang",
        "en",
    ];
    let out = place.huying("a.db", &wrong);
    assert_eq!(out.status.code(), Some(2));
    let told = text(&out.stderr);
    for part in ["city/order/parking", "--at: ", "--when: ", "--source: "] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_draft_is_compared_with_a_store_an_exported_journal_and_a_table() {
    let place = Place::new();
    std::fs::write(place.path("old.csv"), sample()).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    place.well("a.db", &["init", "--pack", "starter"]);
    place.well("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    place.well("a.db", &["export", "events", "--to", "events.jsonl"]);
    place.well("a.db", &["export", "cases", "--to", "cases.csv"]);
    let draft = place.path("draft");
    std::fs::create_dir(&draft).unwrap();
    for entry in
        std::fs::read_dir(packs().join("starter")).unwrap().flatten().filter(|entry| entry.path().is_file())
    {
        std::fs::copy(entry.path(), draft.join(entry.file_name())).unwrap();
    }
    std::fs::copy(packs().join("calendars/cn.csv"), draft.join("cn.csv")).unwrap();
    let routes = std::fs::read_to_string(draft.join("routes.csv")).unwrap();
    std::fs::write(draft.join("routes.csv"), routes.replace("order@street", "works@district")).unwrap();
    let json = |args: &[&str]| -> serde_json::Value {
        let args: Vec<&str> = ["pack", "what-if", "draft", "--json"].iter().chain(args).copied().collect();
        serde_json::from_str(&place.well("a.db", &args)).unwrap()
    };
    let lead = |report: &serde_json::Value| {
        let kinds = report["kinds"].as_array().unwrap().iter();
        kinds.clone().find(|kind| kind["code"] == "lead").unwrap()["cases"].as_u64().unwrap()
    };
    // Three heaps of litter and three vendors; what is sent by the rows for order goes to public works now.
    let store = json(&["--against", "sqlite:a.db", "--html", "what-if.html"]);
    assert_eq!((store["cases"].as_u64(), lead(&store)), (Some(6), 3), "{store}");
    let page = std::fs::read_to_string(place.path("what-if.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("市政公用科"), "{page}");
    let journal = json(&["--against", "events.jsonl", "--baseline", "starter"]);
    assert_eq!(journal["kinds"], store["kinds"], "the exported journal says the same");
    let table = json(&["--against", "cases.csv", "--baseline", "starter"]);
    assert_eq!((table["cases"].as_u64(), lead(&table)), (Some(6), 3), "{table}");
    let none = place.huying("a.db", &["pack", "what-if", "draft", "--against", "cases.csv"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("--baseline"), "{}", text(&none.stderr));
}

#[test]
fn a_policy_is_drafted_proposed_and_approved_on_the_command_line_by_two() {
    let place = Place::new();
    place.well("a.db", &["init", "--pack", "starter"]);
    let again = place.huying("a.db", &["init", "--pack", "losangeles"]);
    assert_eq!(again.status.code(), Some(2), "a store keeps the pack it began with: {}", text(&again.stderr));
    let acts = |args: &[&str]| place.huying("a.db", &[&["policy"], args].concat());
    let draft = ["draft", "baltimore", "--by", "administrator", "--reason", "a try"];
    let drafted = acts(&draft);
    assert!(matches!(drafted.status.code(), Some(0 | 1)), "{}", text(&drafted.stderr));
    let twice = acts(&draft);
    assert!(
        twice.status.code() == Some(1) && text(&twice.stdout).contains("version_taken"),
        "{}",
        text(&twice.stdout)
    );
    let stranger = acts(&["draft", "baltimore", "--by", "nobody", "--reason", "a try"]);
    assert_eq!(stranger.status.code(), Some(2));
    let listed = text(&acts(&["list"]).stdout);
    assert!(listed.contains("* starter-1") && listed.contains("a try"), "{listed}");
    let revoke = acts(&["revoke", "--by", "administrator", "--reason", "r"]);
    assert!(text(&revoke.stdout).contains("nothing_before"), "{}", text(&revoke.stdout));
    let file = place.path("change.toml");
    std::fs::write(&file, "at = \"2999-01-01\"\nreason = \"r\"\n[[close_unit]]\nunit = \"nobody\"\n")
        .unwrap();
    let change = place
        .huying("a.db", &["org", "change", file.to_str().unwrap(), "--preview", "--by", "administrator"]);
    assert!(
        change.status.code() == Some(1) && text(&change.stdout).contains("change.toml:4"),
        "{}",
        text(&change.stdout)
    );
}

#[test]
fn a_scorecard_is_told_as_text_and_as_json_and_a_wrong_question_is_mended() {
    let place = Place::new();
    std::fs::write(place.path("old.csv"), sample()).unwrap();
    std::fs::write(place.path("MAP.toml"), MAP).unwrap();
    place.well("a.db", &["init", "--pack", "starter"]);
    let empty = place.well("a.db", &["scorecard", "--at", "2026-03-02"]);
    assert!(empty.contains("nothing was counted"), "{empty}");
    place.well("a.db", &["import", "cases", "old.csv", "--map", "MAP.toml"]);
    let text_of = place.well("a.db", &["scorecard", "--of", "area", "--at", "2026-03-02"]);
    assert!(text_of.contains("Filing rate") && text_of.contains("points"), "{text_of}");
    let json = place.well("a.db", &["scorecard", "--of", "area", "--at", "2026-03-02", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["from"], "2026-02-28T16:00:00Z");
    let figures =
        json["scorecards"].as_array().unwrap().iter().flat_map(|card| card["indicators"].as_array().unwrap());
    let reports: u64 =
        figures.filter(|one| one["id"] == "reports").map(|one| one["counted"].as_u64().unwrap()).sum();
    assert_eq!(reports, 6, "every case that was brought in lies in one street: {json}");
    let none =
        place.well("a.db", &["scorecard", "--of", "company", "--period", "year", "--at", "2026-03-02"]);
    assert!(none.contains("nothing was counted"), "{none}");
    for (args, words) in
        [(["--at", "2026-02-30"], "--at"), (["--of", "pigeon"], "area"), (["--period", "fortnight"], "month")]
    {
        let wrong = place.huying("a.db", &[&["scorecard"][..], &args[..]].concat());
        assert_eq!(wrong.status.code(), Some(2), "{args:?}: {}", text(&wrong.stderr));
        assert!(text(&wrong.stderr).contains(words), "{args:?}: {}", text(&wrong.stderr));
    }
    let level = place.huying("a.db", &["scorecard", "--of", "area", "--level", "moon"]);
    assert_ne!(level.status.code(), Some(0), "{}", text(&level.stdout));
}
