//! Real request files, where they are at hand: every row is accounted for. They may not be shipped, so their absence is
//! told loudly and skips the test.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was imported, or why nothing was, is told"
)]

use crate::town;

use std::{path::PathBuf, time::Instant as Watch};

use huying_engine::{
    Setting,
    import::{map::Map, report::ImportReport},
};
use huying_store::TenantId;
use town::Town;

/// The file with its pack's map; None, said loudly, where it is absent.
fn at_hand(file: &str, pack: &str) -> Option<(PathBuf, Map)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/data/requests").join(file);
    if !path.exists() {
        eprintln!("SKIPPED: {file} is not at hand; nothing was tested with real requests");
        return None;
    }
    let map = std::fs::read_to_string(root.join("packs").join(pack).join("MAP.toml")).unwrap();
    Some((path, Map::parse(&map).unwrap()))
}

async fn import(town: &Town, tenant: TenantId, path: &PathBuf, map: &Map) -> ImportReport {
    let file = std::fs::File::open(path).unwrap();
    town.engine.import(tenant, file, map, None, |_| ()).await.unwrap()
}

fn account(name: &str, report: &ImportReport, watch: Watch) {
    println!(
        "{name}: {} rows in {:.1} s: {} added, {} listed; {:?}; due {:?}",
        report.rows,
        watch.elapsed().as_secs_f64(),
        report.added,
        report.problems.len(),
        report.all,
        report.due,
    );
    let mut reasons = std::collections::BTreeMap::<_, Vec<u64>>::new();
    for problem in &report.problems {
        reasons.entry((problem.problem.field.clone(), problem.problem.code)).or_default().push(problem.line);
    }
    for ((field, code), lines) in reasons {
        println!("  {} rows: {field} {code}, such as line {}", lines.len(), lines[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_of_a_city_import_on_their_own_times_and_only_once() {
    let Some((path, map)) = at_hand("la311.csv", "losangeles") else { return };
    let town = Town::new().await;
    let tenant = TenantId(311);
    town.engine.install(tenant, Setting::of_pack(town::pack("losangeles"), 0));
    let watch = Watch::now();
    let report = import(&town, tenant, &path, &map).await;
    account("la311", &report, watch);
    assert_eq!(report.rows, 10_000);
    assert_eq!(report.rows, report.added + report.problems.len() as u64);
    let no_place = report.problems.iter().filter(|problem| problem.problem.code == "no_place").count();
    assert_eq!(no_place, 11, "rows without coordinates");
    assert_eq!(report.all.located, report.all.cases, "every row that came in lies in a cell");
    let ended = report.all.closed + report.all.ended_otherwise;
    assert!(ended >= report.all.cases - 60, "all but the open ones have ended");
    let watch = Watch::now();
    let again = import(&town, tenant, &path, &map).await;
    println!("la311 again: {} already there in {:.1} s", again.already, watch.elapsed().as_secs_f64());
    assert_eq!((again.added, again.already, again.problems.len()), (0, report.added, report.problems.len()));
    assert_eq!(town.engine.store().count_cases(tenant).await.unwrap(), i64::try_from(report.added).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn promises_are_compared_with_the_due_dates_of_another_city() {
    let Some((path, map)) = at_hand("baltimore311.csv", "baltimore") else { return };
    let town = Town::new().await;
    let tenant = TenantId(312);
    town.engine.install(tenant, Setting::of_pack(town::pack("baltimore"), 0));
    let watch = Watch::now();
    let report = import(&town, tenant, &path, &map).await;
    account("baltimore311", &report, watch);
    assert_eq!(report.rows, report.added + report.problems.len() as u64);
    assert_eq!(report.due.compared, 9_714, "every row that has a due date");
    assert_eq!(report.due.same, report.due.compared, "our instants are theirs: {:?}", report.due.hours_apart);
}
