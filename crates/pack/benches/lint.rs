//! The lint's completeness at the size of a district: `cargo bench -p huying-pack --bench lint`.
//!
//! The ground, units and people are those of the demo pack: 8,470 grids and micro-grids, whose teams are told apart. On it
//! stand 512 made matters and some 700 rows that name areas, levels, sources, urgencies, periods and overlays, forty
//! overlays that meet each other, and posts that begin and end on dates; so hours, overlays and dates all count. What is
//! timed is the whole lint, and reading alone for comparison; the lint's share is the difference.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use huying_pack::{Dir, LintReport, Source, lint_from, load_from};

const MATTERS: usize = 512;
const TRACKS: usize = 56;
const SOURCES: [&str; 10] = [
    "grid_worker",
    "resident",
    "hotline",
    "police_call",
    "walk_in",
    "department",
    "upper_platform",
    "sensor",
    "video",
    "media",
];
const LEADS: [&str; 5] =
    ["centre@street", "station@community", "grid-team@nearest", "centre@district", "order@street"];

fn main() {
    let report = lint_from(&District::new());
    let unreadable = report.findings.iter().find(|finding| finding.rule == "unreadable");
    assert!(unreadable.is_none(), "the bench's pack has mistakes: {unreadable:?}");
    describe(&report);
    divan::main();
}

#[expect(clippy::print_stderr, reason = "a bench says what it measured")]
fn describe(report: &LintReport) {
    for name in [
        "matters",
        "routes",
        "areas of level grid",
        "areas of level micro",
        "classes of cells",
        "stretches between dated changes",
        "questions asked of the dispatch table (by classes)",
    ] {
        eprintln!("{:>9}  {name}", report.count(name));
    }
    eprintln!("{:>9}  findings", report.findings.len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole_lint(bencher: Bencher) {
    let district = District::new();
    bencher.bench_local(|| black_box(lint_from(&district).errors()));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn reading_alone(bencher: Bencher) {
    let district = District::new();
    bencher.bench_local(|| black_box(load_from(&district).is_ok()));
}

/// The demo pack's ground under made rules.
struct District {
    ground: Dir,
    made: Vec<(&'static str, String)>,
}

impl District {
    fn new() -> District {
        let ground = Dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs/jiangbei"));
        let read = |name: &str| {
            let bytes = ground.bytes(name).ok().flatten().unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        };
        let areas = read("areas.csv");
        let codes = |level: &str| -> Vec<String> {
            let of_level = areas.lines().filter(|line| line.contains(&format!(",{level},")));
            of_level.filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
        };
        let (streets, communities, grids) = (codes("street"), codes("community"), codes("grid"));
        let settings =
            read("pack.toml").replacen("[shapes]\n", "[shapes]\noverlays = \"overlays.geojson\"\n", 1);
        let posts = dated_posts(&streets);
        let made = vec![
            ("pack.toml", settings),
            ("areas.csv", areas),
            ("cells.topojson", read("cells.topojson")),
            ("units.csv", read_with(&read("units.csv"), &posts)),
            ("members.csv", members(&read("members.csv"), streets.len())),
            ("tracks.csv", tracks()),
            ("matters.csv", matters()),
            ("conditions.csv", conditions()),
            ("routes.csv", routes(&streets, &communities, &grids)),
            ("overlays.csv", overlays()),
            ("overlays.geojson", outlines(&ground)),
        ];
        District { ground, made }
    }
}

impl Source for District {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.made.iter().find(|(made, _)| *made == name) {
            Some((_, text)) => Ok(Some(text.clone().into_bytes())),
            None if name.contains("calendars") => self.ground.bytes(name),
            None => Ok(None),
        }
    }
    fn names(&self, _folder: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// The table with rows that have values only in these columns.
fn read_with(table: &str, rows: &[Vec<(&str, String)>]) -> String {
    let (head, rest) = table.split_once('\n').unwrap_or((table, ""));
    let mut columns: Vec<&str> = head.split(',').collect();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(name) {
            columns.push(name);
        }
    }
    let mut text = format!("{}\n{rest}", columns.join(","));
    for row in rows {
        let cell =
            |name: &&str| row.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let cells: Vec<&str> = columns.iter().map(cell).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

/// In every street a post that is there from one day to another.
fn dated_posts(streets: &[String]) -> Vec<Vec<(&'static str, String)>> {
    let post = |(number, street): (usize, &String)| {
        vec![
            ("id", format!("dated-{number}")),
            ("name", format!("Dated {number}")),
            ("kind", "post".to_owned()),
            ("function", "dated".to_owned()),
            ("area", street.clone()),
            ("from", format!("2026-03-{:02}", number + 1)),
            ("until", format!("2027-05-{:02}", number + 1)),
        ]
    };
    streets.iter().enumerate().map(post).collect()
}

fn members(table: &str, posts: usize) -> String {
    let member = |n| {
        vec![
            ("id", format!("dated-handler-{n}")),
            ("name", "Handler".to_owned()),
            ("seats", format!("dated-{n}:handler")),
        ]
    };
    read_with(table, &(0..posts).map(member).collect::<Vec<_>>())
}

fn tracks() -> String {
    let mut text = "board,board_name,track,track_name\n".to_owned();
    for track in 0..TRACKS {
        let _ = writeln!(text, "b{0},Board {0},t{track},Track {track}", track % 7);
    }
    text
}

fn code(matter: usize) -> String {
    let track = matter % TRACKS;
    format!("b{}/t{track}/m{matter}", track % 7)
}

fn matters() -> String {
    let mut text = "code,name,kind,closing_level,inspect,call_back\n".to_owned();
    for matter in 0..MATTERS {
        let _ = writeln!(text, "{},Matter {matter},problem,street,yes,no", code(matter));
    }
    text
}

fn conditions() -> String {
    let mut text = "matter,no,opens_when,closes_when,handle,promise\n".to_owned();
    for matter in 0..MATTERS {
        let _ = writeln!(text, "{},1,seen,mended,{}wh,{}wd", code(matter), 1 + matter % 30, 5 + matter % 9);
    }
    text
}

fn routes(streets: &[String], communities: &[String], grids: &[String]) -> String {
    let mut text = "id,matter,overlay,area,level,source,urgency,period,lead,assists\n".to_owned();
    let mut row = |cells: [&str; 9]| {
        let id = text.lines().count();
        let _ = writeln!(text, "R{id},{}", cells.join(","));
    };
    for track in 0..TRACKS {
        let all = format!("b{}/t{track}/*", track % 7);
        let lead = LEADS[track % LEADS.len()];
        row([&all, "", "", "", "", "", "", lead, ""]);
        row([&all, "", "", "", SOURCES[track % SOURCES.len()], "", "", "centre@district", ""]);
        row([&all, "", "", "", "", "red", "night", "centre@street", "centre@district"]);
        row([&all, "", &streets[track % streets.len()], "", "", "", "", "dated@street", ""]);
        row([
            &all,
            "",
            &communities[track * 2 % communities.len()],
            "",
            "",
            "",
            "holiday",
            "grid-team@nearest",
            "",
        ]);
        row([&all, "", &grids[track * 23 % grids.len()], "", "", "", "", "station@community", ""]);
    }
    for matter in (0..MATTERS).step_by(2) {
        row([&code(matter), "", "", "", "", "", "", LEADS[matter % LEADS.len()], ""]);
    }
    for matter in (0..MATTERS).step_by(5) {
        let overlay = format!("o{}", matter % 40);
        row([&code(matter), &overlay, "", "", "", "", "", "centre@street", ""]);
    }
    text
}

fn overlays() -> String {
    let mut text = "code,name\n".to_owned();
    (0..40).for_each(|n| text.push_str(&format!("o{n},Overlay {n}\n")));
    text
}

/// Squares of two kilometres, each a kilometre further, over the middle of the outline.
fn outlines(ground: &Dir) -> String {
    let outline = ground.bytes("outline.geojson").ok().flatten().unwrap_or_default();
    let numbers = String::from_utf8(outline).unwrap_or_default();
    let numbers: Vec<f64> = numbers
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|word| word.contains('.'))
        .filter_map(|word| word.parse().ok())
        .collect();
    let middle = |from: f64, to: f64| {
        let within: Vec<f64> = numbers.iter().copied().filter(|n| (from..to).contains(n)).collect();
        within.iter().sum::<f64>() / within.len().max(1) as f64
    };
    let (lon, lat) = (middle(70.0, 140.0), middle(15.0, 55.0));
    let feature = |n: usize| {
        let (west, south) = (lon + (n % 8) as f64 * 0.01 - 0.04, lat + (n / 8) as f64 * 0.01 - 0.025);
        let (east, north) = (west + 0.02, south + 0.02);
        format!(
            r#"{{"type":"Feature","properties":{{"code":"o{n}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
        )
    };
    let features: Vec<String> = (0..40).map(feature).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}
