//! The simulated city holds the promises, is the same for the same seed, and stores what it did.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails loudly and prints its figures"
)]

use std::{path::PathBuf, sync::Arc};

use huying_engine::Setting;
use huying_model::{Instant, Stage};
use huying_sim::{City, Figures, Ground, Habits, Plan, World, load, oracle, pen::BlankPen};
use huying_store::{Options, RootKey, Store, TenantId};

const DAY: i64 = 86_400_000;

fn world() -> World {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
    let pack = huying_pack::load(dir).unwrap();
    let ground = Ground::of_pack(&pack);
    World::new(&Setting::of_pack(pack, 0), ground, Habits::default())
}

fn plan(cases: usize, days: i64) -> Plan {
    let until: Instant = "2026-06-30T02:00:00Z".parse().unwrap();
    Plan { seed: 7, from: until.plus_ms(-days * DAY), until, cases, watch: true }
}

fn lived(world: &World, plan: Plan) -> (Figures, Vec<String>) {
    let mut city = City::new(world, plan);
    let mut told = Vec::new();
    city.run(&mut BlankPen, |slice, _| {
        told.extend(slice.iter().flat_map(|(case, events)| {
            events.iter().map(move |event| format!("{case} {}", serde_json::to_string(event).unwrap()))
        }));
        Ok::<(), ()>(())
    })
    .unwrap();
    (city.figures, told)
}

#[test]
fn a_census_lies_inside_the_cells_and_is_the_same_for_the_same_seed() {
    let (world, at) = (world(), "2026-06-30T02:00:00Z".parse::<Instant>().unwrap());
    let all = world.census(400, at, 7);
    assert!(all.len() > 380, "{}", all.len());
    assert_eq!(all, world.census(400, at, 7));
    assert_ne!(all, world.census(400, at, 8));
    let codes: std::collections::BTreeSet<_> = all.iter().map(|it| &it.code).collect();
    assert_eq!(codes.len(), all.len());
    for it in &all {
        huying_model::ComponentCode::parse(it.code.as_str()).unwrap();
        let point = huying_geo::Point::new(it.lon_e7.unwrap(), it.lat_e7.unwrap());
        assert_eq!(world.places.locate(point).leaf().unwrap(), it.area.as_ref().unwrap().as_str(), "{it:?}");
        assert!(it.keeper.iter().chain(&it.supervisor).all(|unit| world.policy.org.active(unit, at)));
    }
    assert!(all.iter().any(|it| it.keeper.is_some() && it.matter.is_some()));
}

#[test]
fn a_city_of_sixty_days_keeps_every_promise_and_leaves_work_in_every_open_stage() {
    let (figures, _) = lived(&world(), plan(1500, 60));
    println!("{}", serde_json::to_string_pretty(&figures).unwrap());
    assert!(figures.breaches.is_empty(), "{:#?}", figures.breaches);
    assert_eq!(figures.cases, 1500);
    assert!(figures.ticks > 500, "clocks stepped");
    for command in [
        "file",
        "dispatch",
        "receive",
        "finish",
        "pass",
        "close",
        "return",
        "fail",
        "rework",
        "merge",
        "decline",
        "verify",
        "self-handle",
        "request",
        "grant",
        "call",
        "answer",
        "reopen",
        "rate",
    ] {
        assert!(figures.commands.contains_key(command), "nobody gave the command {command}");
    }
    let closed = figures.stages.get(Stage::Closed.code()).copied().unwrap_or(0);
    assert!(closed > 1000, "most cases come to an end: {:?}", figures.stages);
    let refused: usize = figures.refused.values().sum();
    assert!(refused * 10 < figures.events, "people mostly know the rules: {:?}", figures.refused);
}

#[test]
fn the_same_seed_gives_the_same_city_and_another_seed_another() {
    let (world_a, world_b) = (world(), world());
    let (a, b) = (lived(&world_a, plan(120, 12)).1, lived(&world_b, plan(120, 12)).1);
    assert!(a == b, "the first difference: {:?}", a.iter().zip(&b).find(|(a, b)| a != b));
    let other = lived(&world(), Plan { seed: 8, ..plan(120, 12) }).1;
    assert!(a != other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stored_city_passes_the_oracle_the_audit_and_the_rebuild_check() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("city.db").display());
    let store = Store::open(&url, Options::new(RootKey::Hex("5a".repeat(32)))).await.unwrap();
    let world = Arc::new(world());
    let plan = plan(300, 30);
    let figures = load(&store, TenantId(1), Arc::clone(&world), plan, &|_| {}).await.unwrap();
    let seen = oracle::examine(&store, TenantId(1), &world.policy, plan.until).await.unwrap();
    println!("{} cases, {} events, {} breaches", seen.cases, seen.events, seen.breaches.len());
    assert!(seen.breaches.is_empty(), "{:#?}", seen.breaches);
    assert_eq!(seen.events, figures.events);
    let audit = store.audit(&|_| {}).await.unwrap();
    assert!(audit.clean(), "{audit:?}");
    let check = store.check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
}

/// Everything that can be read of a tenant, in one text.
async fn told_of(store: &Store, tenant: TenantId) -> String {
    let mut events = Vec::new();
    store.export_events(&mut events).await.unwrap();
    let mut told = String::from_utf8(events).unwrap();
    let (filter, order) = (huying_store::Filter::default(), huying_store::Order::OldestFirst);
    let mut cursor: Option<String> = None;
    loop {
        let page = store.list(tenant, &filter, order, cursor.as_deref(), 500).await.unwrap();
        told.push_str(&format!("{:?}\n", page.items));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    for word in ["路灯", "垃圾", "井盖", "噪音"] {
        told.push_str(&format!("{:?}\n", store.search(tenant, word, None, None, 500).await.unwrap().items));
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_city_is_exported_and_taken_in_again_is_the_same_city() {
    let (tenant, world) = (TenantId(1), Arc::new(world()));
    for seed in [1, 2, 3, 5, 8] {
        let folder = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let options = || Options::new(RootKey::File(folder.path().join("root.key")));
        let store = Store::open(&url("a.db"), options()).await.unwrap();
        let made = Plan { seed, watch: false, ..plan(20 + 15 * usize::try_from(seed).unwrap(), 4) };
        load(&store, tenant, Arc::clone(&world), made, &|_| ()).await.unwrap();
        let (dir, keys) = (folder.path().join("out"), folder.path().join("keys"));
        let manifest = store.export_tenant(tenant, (&dir, &keys), 0, &|_| {}).await.unwrap();
        huying_store::backup::tenant::finish(&dir, &manifest).unwrap();
        let (copy, found) =
            huying_store::backup::tenant::import(&url("b.db"), options(), (&dir, &keys), &|_| {})
                .await
                .unwrap();
        assert!(found.check.clean() && found.audit.clean(), "seed {seed}: {:?}", found.check.differences);
        assert_eq!(told_of(&copy, tenant).await, told_of(&store, tenant).await, "seed {seed}");
        let (again, keys) = (folder.path().join("again"), folder.path().join("again-keys"));
        let second = copy.export_tenant(tenant, (&again, &keys), 0, &|_| {}).await.unwrap();
        assert_eq!(second.files, manifest.files, "seed {seed}: what comes out is what went in");
    }
}
