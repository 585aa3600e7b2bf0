//! Everything of an authority taken out and into another node: its files are counted, and none goes missing without a word.

use std::collections::BTreeMap;

use huying_engine::{
    Setting,
    feed::Feeds,
    files::Files,
    intake::ReportIn,
    outbox::{
        Outbox, OutboxSettings,
        guard::Reach,
        subscribe::{Channel, Wanted},
    },
    takeout::FILES,
};
use huying_model::Name;
use huying_store::{
    Store, TenantId,
    backup::{Manifest, tenant},
};

use crate::{
    city::city,
    feeds::{GIVES, feed},
    founded::{founded, starter},
    made::jpeg,
    outbox::{outbox, receiver},
    town::{TENANT, Town, draft, pack},
};

/// A town with one photo, and what was taken out of it.
async fn taken(town: &Town) -> (Manifest, std::path::PathBuf) {
    let (dir, keys) = (town.folder.path().join("out"), town.folder.path().join("out-keys"));
    let taken = town.engine.take_out(TENANT, &dir, &keys, &|_| {}).await.unwrap();
    assert_eq!(taken.files, taken.manifest.open[FILES].rows);
    (taken.manifest, dir)
}

async fn with_photo() -> Town {
    let town = founded(&starter(&[])).await;
    let draft = serde_json::from_value(serde_json::json!({
        "source": "hotline", "matter": "city/order/vendor", "condition": 1, "text": "占道经营",
        "place": {"lon": 110.005, "lat": 30.015},
    }))
    .unwrap();
    let mut input = town.reporting(draft);
    input.uploads = vec![huying_engine::handle::Upload { bytes: jpeg(64, 48), kind: None }];
    town.engine.report(input).await.unwrap();
    town
}

fn objects(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.join(FILES)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_whose_files_were_not_all_copied_is_not_taken_in() {
    let town = with_photo().await;
    let (manifest, dir) = taken(&town).await;
    let all = objects(&dir);
    assert_eq!(all.len(), 3, "the original, the shown copy and the small one");
    let other = Town::new().await;
    assert_eq!(other.engine.take_in_files(&dir, &manifest).await.unwrap(), 3);
    for path in &all {
        let name = path.file_name().unwrap().to_str().unwrap();
        let kept = other.engine.files().sealed(name).await.unwrap();
        assert_eq!(kept.unwrap(), std::fs::read(path).unwrap());
    }
    std::fs::remove_file(&all[0]).unwrap();
    let why = other.engine.take_in_files(&dir, &manifest).await.unwrap_err().to_string();
    assert!(why.contains("2 files and not the 3"), "{why}");
    std::fs::remove_dir_all(dir.join(FILES)).unwrap();
    assert!(other.engine.take_in_files(&dir, &manifest).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_lost_is_named_on_the_way_out_and_one_that_was_forgotten_is_not() {
    let town = with_photo().await;
    assert!(town.engine.lost_files(TENANT).await.unwrap().is_empty());
    let row = town.engine.store().files_after(TENANT, None, 10).await.unwrap().remove(0);
    let files: &Files = town.engine.files();
    files.remove(row.thumb.as_deref().unwrap()).await.unwrap();
    let (dir, keys) = (town.folder.path().join("out"), town.folder.path().join("out-keys"));
    let taken = town.engine.take_out(TENANT, &dir, &keys, &|_| {}).await.unwrap();
    assert_eq!((taken.files, taken.lost), (2, vec![row.thumb.as_deref().unwrap().to_owned()]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&keys).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the keys are for whoever made the export");
    }
    // Its key is destroyed: nobody can ask for it any more.
    town.engine.store().destroy_key(TENANT, &huying_store::case_key(row.case)).await.unwrap();
    assert!(town.engine.lost_files(TENANT).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_old_node_had_not_told_yet_is_told_from_the_new_one() {
    let town = with_photo().await;
    town.clock.advance(1_000);
    let (url, got) = receiver(&["200 OK"]).await;
    let wanted = Wanted { kinds: vec!["reported".into()], ..Wanted::default() };
    town.engine.subscribe(TENANT, Channel::Webhook, &url, &wanted, Reach::Anywhere).await.unwrap();
    town.report(draft("city/order/vendor", "告知过的")).await;
    outbox(&town, "node-1", Reach::Anywhere).run().await.unwrap();
    town.report(draft("city/order/vendor", "还没有告知的")).await;
    let (manifest, dir) = taken(&town).await;
    let names: Vec<&String> = manifest.cursors.keys().collect();
    assert_eq!(names, ["outbox"], "no partner was ever told anything");

    let url = format!("sqlite:{}", town.folder.path().join("moved.db").display());
    let keys = town.folder.path().join("out-keys");
    let (store, _) = tenant::import(&url, town.options(), (&dir, &keys), &|_| {}).await.unwrap();
    let engine = town.on(store);
    let settings = OutboxSettings { reach: Reach::Anywhere, ..OutboxSettings::default() };
    let there = Outbox::new(engine.clone(), "node-1", &settings).unwrap();
    let told = || got.lock().unwrap().len();
    // An export of an older version does not say it: everything counts as told.
    let older = Manifest { cursors: BTreeMap::new(), ..manifest };
    engine.begin_telling_here(&older).await.unwrap();
    there.run().await.unwrap();
    assert_eq!(told(), 1);
    engine.begin_telling_here(&tenant::manifest(&dir).unwrap()).await.unwrap();
    for _ in 0..2 {
        there.run().await.unwrap();
        assert_eq!(told(), 2, "the one that waited, and not the one before it");
    }
}

/// Another tenant's events, in the same stream.
async fn reports_elsewhere(town: &Town) {
    let neighbour = TenantId(2);
    town.engine.install(neighbour, Setting::of_pack(pack("starter"), 0));
    for _ in 0..8 {
        let report =
            ReportIn { tenant: neighbour, ..town.reporting(draft("city/facility/manhole", "别处的")) };
        town.engine.report(report).await.unwrap();
    }
}

/// Its cursor stands where the other tenant's events ended, and what happens in the new node takes their places.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_gives_what_happens_in_the_new_node_though_another_tenant_stood_beside_it_in_the_old_one() {
    let town = founded(&starter(&[])).await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    let filed = serde_json::json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    let case = town.report(draft("city/facility/manhole", "送出的")).await.receipt.case;
    town.say("handler-station-bridge", case, Name::File, filed.clone()).await;
    reports_elsewhere(&town).await;
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 1);
    let (manifest, dir) = taken(&town).await;

    let moved = format!("sqlite:{}", town.folder.path().join("moved.db").display());
    let keys = town.folder.path().join("out-keys");
    let (store, _) = tenant::import(&moved, town.options(), (&dir, &keys), &|_| {}).await.unwrap();
    store.close().await;
    let engine = town.on(Store::open(&moved, town.options()).await.unwrap());
    engine.begin_telling_here(&manifest).await.unwrap();
    let feeds = Feeds::new(engine.clone(), "node", Reach::Anywhere).unwrap();
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 1, "what was given is not given again");
    town.clock.advance(60_000);
    let report = town.reporting(draft("city/facility/manhole", "搬家之后的"));
    let case = engine.report(report).await.unwrap().receipt.case;
    engine.say(town.saying("handler-station-bridge", case, Name::File, filed)).await.unwrap();
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 2);
}

/// Its last run ends where the other tenant's events ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_goes_on_in_the_new_node_though_another_tenant_stood_beside_it_in_the_old_one() {
    let town = founded(&starter(&[])).await;
    town.report(draft("city/facility/manhole", "搬家之前的")).await;
    reports_elsewhere(&town).await;
    town.engine.store().grow_log(TENANT, town.now(), 1_000).await.unwrap();
    let (_, dir) = taken(&town).await;

    let moved = format!("sqlite:{}", town.folder.path().join("moved.db").display());
    let keys = town.folder.path().join("out-keys");
    let (store, _) = tenant::import(&moved, town.options(), (&dir, &keys), &|_| {}).await.unwrap();
    store.close().await;
    let engine = town.on(Store::open(&moved, town.options()).await.unwrap());
    let store = engine.store();
    let key = store.log_key(TENANT).await.unwrap().unwrap();
    let before = store.audit_log(TENANT, &key, &[]).await.unwrap();
    assert_eq!((before.waiting, before.breaches), (0, vec![]));
    town.clock.advance(60_000);
    let report = town.reporting(draft("city/facility/manhole", "搬家之后的"));
    let case = engine.report(report).await.unwrap().receipt.case;
    store.grow_log(TENANT, town.now(), 1_000).await.unwrap();
    let after = store.audit_log(TENANT, &key, &[]).await.unwrap();
    assert_eq!((after.waiting, after.breaches), (0, vec![]));
    assert!(after.leaves > before.leaves, "what happened here is in it");
    let receipt = store.log_receipt(TENANT, case).await.unwrap().unwrap();
    assert!(receipt.check(&key).is_ok());
}
