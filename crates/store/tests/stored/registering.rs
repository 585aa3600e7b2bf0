//! The register of components: what stood before stays, how each stands now is the last change of it, and of two changes at once one is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::city::{
    T0, TENANT,
    place::{Home, Kind},
};
use huying_model::{AreaCode, Component, ComponentCode, Instant, MemberId, UnitId, component::State};
use huying_store::{
    Bounds, Store, TenantId, backup,
    components::{ComponentFilter, Signed},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

fn component(no: u32, name: &str) -> Component {
    Component {
        code: ComponentCode::parse(&format!("99010101{:02}{no:06}", 1 + no % 3)).unwrap(),
        name: name.into(),
        state: State::ALL[no as usize % 6],
        matter: None,
        lon_e7: Some(1_100_000_000 + no as i32 * 1_000),
        lat_e7: Some(300_000_000 + no as i32 * 1_000),
        area: Some(AreaCode::new(if no.is_multiple_of(2) { "990101001001001" } else { "990101001001002" })),
        owner: Some(UnitId::new("owner")),
        keeper: no.is_multiple_of(4).then(|| UnitId::new("keeper")),
        supervisor: None,
        note: "".into(),
        since: Instant(T0),
        until: None,
    }
}

async fn change(store: &Store, tenant: TenantId, changes: &[(Component, i64)], run: &str) -> usize {
    let by = MemberId::new("administrator");
    let signed = Signed { by: &by, at: Instant(T0), reason: "普查", run };
    store.change_components(tenant, changes, &signed).await.unwrap()
}

async fn all(store: &Store, tenant: TenantId, filter: &ComponentFilter) -> Vec<Component> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = store.components(tenant, filter, cursor.as_deref(), 7).await.unwrap();
        found.extend(page.items.into_iter().map(|row| row.component));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

fn everything() -> ComponentFilter {
    ComponentFilter { ended: true, ..ComponentFilter::default() }
}

/// The last of each change that is told, by code.
async fn replayed(store: &Store) -> BTreeMap<String, Component> {
    let mut last = BTreeMap::new();
    for now in all(store, TENANT, &everything()).await {
        let mut history = store.component_history(TENANT, &now.code, None, 100).await.unwrap();
        let numbers: Vec<i64> = history.iter().map(|change| change.row.no).collect();
        assert_eq!(numbers, (1..=history.len() as i64).rev().collect::<Vec<_>>(), "no number is missing");
        history.reverse();
        for change in history {
            last.insert(now.code.to_string(), change.row.component);
        }
    }
    last
}

on_both! {
    async fn a_component_is_found_by_place_kind_state_unit_area_and_words(home: &Home) {
        let store = home.open().await;
        let changes: Vec<(Component, i64)> = (1..=30).map(|no| (component(no, &format!("井盖{no}_%")), 1)).collect();
        assert_eq!(change(&store, TENANT, &changes, "a").await, 30);
        assert_eq!(change(&store, TenantId(2), &[(component(1, "别处"), 1)], "a").await, 1);
        let plain: Vec<Component> = changes.iter().map(|(component, _)| component.clone()).collect();
        let window = Bounds { west_e7: 1_100_005_000, south_e7: 300_000_000, east_e7: 1_100_010_000, north_e7: 300_009_000 };
        let filter = ComponentFilter::default;
        type Fits = fn(&Component) -> bool;
        let cases: [(ComponentFilter, Fits); 8] = [
            (filter(), |_| true),
            (ComponentFilter { bounds: Some(window), ..filter() }, |it| (5..=9).contains(&((it.lat_e7.unwrap() - 300_000_000) / 1_000))),
            (ComponentFilter { kind: Some("0102".into()), ..filter() }, |it| it.code.kind() == "0102"),
            (ComponentFilter { kind: Some("01".into()), states: vec![State::Lost, State::Intact], ..filter() }, |it| matches!(it.state, State::Lost | State::Intact)),
            (ComponentFilter { unit: Some("keeper".into()), ..filter() }, |it| it.keeper.is_some()),
            (ComponentFilter { areas: vec!["990101001001001".into()], ..filter() }, |it| it.area.as_ref().unwrap().as_str().ends_with('1')),
            (ComponentFilter { text: Some("3_%".into()), ..filter() }, |it| it.name.ends_with("3_%")),
            (ComponentFilter { text: Some("9901010101".into()), ..filter() }, |it| it.code.kind() == "0101"),
        ];
        for (filter, fits) in cases {
            let mut should: Vec<Component> = plain.iter().filter(|it| fits(it)).cloned().collect();
            should.sort_by(|a, b| a.code.cmp(&b.code));
            assert!(!should.is_empty());
            assert_eq!(all(&store, TENANT, &filter).await, should, "{filter:?}");
        }
        assert_eq!(store.count_components(TENANT).await.unwrap(), 30);
    }

    async fn what_stood_before_stays_and_of_two_changes_at_once_one_is_lost(home: &Home) {
        let store = home.open().await;
        let first = component(1, "上水井盖");
        assert_eq!(change(&store, TENANT, &[(first.clone(), 1)], "census").await, 1);
        let lost = Component { state: State::Lost, ..first.clone() };
        let ended = Component { until: Some(Instant(T0 + 5)), ..first.clone() };
        assert_eq!(change(&store, TENANT, &[(lost.clone(), 2)], "round").await, 1);
        assert_eq!(change(&store, TENANT, &[(ended.clone(), 2), (component(2, "雨水箅子"), 1)], "other").await, 1, "the second of two is left out, alone");
        let now = store.component(TENANT, &first.code).await.unwrap().unwrap();
        assert_eq!((&now.component, now.no, now.run.as_str()), (&lost, 2, "round"));
        let history = store.component_history(TENANT, &first.code, None, 10).await.unwrap();
        let told: Vec<_> = history.iter().map(|change| (change.row.no, &change.row.component, change.by.as_str(), change.reason.as_str())).collect();
        assert_eq!(told, [(2, &lost, "administrator", "普查"), (1, &first, "administrator", "普查")]);
        let before = store.components_before(TENANT, std::slice::from_ref(&first.code), "round").await.unwrap();
        assert_eq!(before[0].component, first);
        assert!(store.components_before(TENANT, &[component(2, "").code], "other").await.unwrap().is_empty(), "it came by this run");
        assert_eq!(change(&store, TENANT, &[(ended, 3)], "end").await, 1);
        assert_eq!(all(&store, TENANT, &ComponentFilter::default()).await.len(), 1, "what has ended is listed only when it is asked for");
        assert_eq!(all(&store, TENANT, &everything()).await.len(), 2);
    }

    async fn how_each_stands_is_derived_again_and_what_was_tampered_with_is_found(home: &Home) {
        let store = home.open().await;
        let changes: Vec<_> = (1..=5).flat_map(|no| [(component(no, "旧名"), 1), (component(no, "新名"), 2)]).collect();
        assert_eq!(change(&store, TENANT, &changes, "a").await, 10);
        let before = all(&store, TENANT, &everything()).await;
        let clean = store.check(&|_| {}).await.unwrap();
        assert!(clean.clean() && clean.components == 5, "{clean:?}");
        home.tamper("UPDATE component SET name = '别名' WHERE code = '9901010102000001'").await;
        let found = store.check(&|_| {}).await.unwrap();
        assert_eq!((found.different, found.differences[0].table), (1, "component"), "{found:?}");
        home.tamper("DELETE FROM component WHERE code = '9901010103000002'").await;
        assert_eq!(store.check(&|_| {}).await.unwrap().different, 2);
        store.rebuild(&|_| {}).await.unwrap();
        assert!(store.check(&|_| {}).await.unwrap().clean());
        assert_eq!(all(&store, TENANT, &everything()).await, before);
    }

    async fn a_register_moves_with_its_tenant_and_with_a_backup(home: &Home) {
        let store = home.open().await;
        let changes: Vec<_> = (1..=1_200).map(|no| (component(no, "路灯"), 1)).collect();
        for part in changes.chunks(500) {
            change(&store, TENANT, part, "a").await;
        }
        change(&store, TENANT, &[(component(3, "路灯（已换）"), 2)], "b").await;
        change(&store, TenantId(9), &[(component(7, "别处"), 1)], "a").await;
        let (dir, keys) = (home.path().join("out"), home.path().join("out-keys"));
        let manifest = store.export_tenant(TENANT, (&dir, &keys), T0, &|_| {}).await.unwrap();
        assert_eq!(manifest.files["component_change"].rows, 1_201);
        backup::tenant::finish(&dir, &manifest).unwrap();
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let other = Home::new(kind).await;
            let (copy, found) = backup::tenant::import(&other.url, home.options(), (&dir, &keys), &|_| {}).await.unwrap();
            assert_eq!(found.check.components, 1_200);
            assert_eq!(all(&copy, TENANT, &everything()).await, all(&store, TENANT, &everything()).await);
            assert_eq!(copy.component_history(TENANT, &component(3, "").code, None, 9).await.unwrap(), store.component_history(TENANT, &component(3, "").code, None, 9).await.unwrap());
            assert!(all(&copy, TenantId(9), &everything()).await.is_empty());
        }
        let (dir, keys) = (home.path().join("kept"), home.path().join("kept-keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        let other = Home::new(Kind::Sqlite).await;
        let (copy, _) = backup::restore(&other.url, home.options(), &dir, &keys).await.unwrap();
        assert_eq!(all(&copy, TenantId(9), &everything()).await.len(), 1);
    }

    async fn a_history_that_is_replayed_is_how_things_stand_and_a_change_that_comes_late_is_lost(home: &Home) {
        let store = home.open().await;
        let mut runner = TestRunner::deterministic();
        // Which component, whether somebody was faster, its name, whether it ends.
        let steps = prop::collection::vec((1u32..6, prop::bool::ANY, "[a-z]{1,3}", prop::bool::ANY), 1..6);
        let mut expected: BTreeMap<String, (i64, Component)> = BTreeMap::new();
        for round in 0..40_i64 {
            let (mut changes, mut taken) = (Vec::new(), 0);
            for (which, late, name, ends) in steps.new_tree(&mut runner).unwrap().current() {
                let it = Component { until: ends.then_some(Instant(T0 + round)), ..component(which, &name) };
                let held = expected.get(it.code.as_str()).map_or(0, |(no, _)| *no);
                let no = if late && held > 0 { held } else { held + 1 };
                if no > held {
                    expected.insert(it.code.to_string(), (no, it.clone()));
                    taken += 1;
                }
                changes.push((it, no));
            }
            assert_eq!(change(&store, TENANT, &changes, &round.to_string()).await, taken);
        }
        let now: BTreeMap<String, Component> = all(&store, TENANT, &everything()).await.into_iter().map(|it| (it.code.to_string(), it)).collect();
        assert_eq!(now, expected.into_iter().map(|(code, (_, it))| (code, it)).collect());
        assert_eq!(replayed(&store).await, now);
        assert!(store.check(&|_| {}).await.unwrap().clean());
    }
}
