//! Backup and restore: everything that is primary comes back, the rest is derived and proved equal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use std::sync::atomic::{AtomicU32, Ordering};

use huying_model::{Instant, Stage};
use huying_store::{
    FileRow, Installed, NewDelivery, Store, TenantId, Work, backup,
    exchange::{NewIn, NewOut},
    feeds::{Direction, LetterRow},
};
use smol_str::{SmolStr, format_smolstr};

async fn lived_in(home: &Home) -> Store {
    let store = home.open().await;
    for no in 1..=5 {
        let photo = FileRow {
            case: id(no),
            hash: format!("{no:064}").into(),
            media: "image/jpeg".into(),
            bytes: 1000,
            shown: Some("shown".into()),
            thumb: None,
            key: None,
            added_at: T0,
            meta: "{}".into(),
        };
        let work = Work { files: vec![photo], ..report_work(&store, &told(no)) };
        store.submit(keyed(work, key(&format!("k{no}"), 1))).await.unwrap();
    }
    append(&store, 2, comment(&store, 2, T0, "现场已处理 done")).await.unwrap();
    append(&store, 3, moved(T0, Stage::Closed, "centre-a")).await.unwrap();
    let pack = Installed {
        kind: "policy".into(),
        version: "1".into(),
        hash: [7; 32],
        effective_at: huying_model::Instant(T0),
        installed_at: huying_model::Instant(T0),
        body: "{\"规则\":1}".into(),
    };
    store.install(TENANT, &pack).await.unwrap();
    store.set_cursor(TENANT, "mail", 1, 3).await.unwrap();
    store
}

async fn restored_from(home: &Home, kind: Kind) {
    let store = lived_in(home).await;
    let (dir, keys) = (home.path().join("backup"), home.path().join("keys"));
    let manifest = store.backup(&dir, &keys, T0).await.unwrap();
    assert_eq!(manifest.files["event"].rows, 7);
    assert!(!dir.join("seal_key.jsonl").exists(), "keys are kept apart");
    let other = Home::new(kind).await;
    let (copy, found) = backup::restore(&other.url, home.options(), &dir, &keys).await.unwrap();
    assert_eq!((found.check.cases, found.audit.events), (5, 7));
    for no in 1..=5 {
        assert_eq!(copy.case(TENANT, id(no)).await.unwrap(), store.case(TENANT, id(no)).await.unwrap());
        assert_eq!(
            copy.journal(TENANT, id(no), 0, 10).await.unwrap(),
            store.journal(TENANT, id(no), 0, 10).await.unwrap()
        );
        assert_eq!(copy.files(TENANT, id(no)).await.unwrap(), store.files(TENANT, id(no)).await.unwrap());
    }
    assert_eq!(
        copy.installed(TENANT, "policy").await.unwrap(),
        store.installed(TENANT, "policy").await.unwrap()
    );
    assert_eq!(copy.cursor(TENANT, "mail").await.unwrap(), [(1, 3)]);
    assert!(copy.submit(keyed(report_work(&copy, &told(1)), key("k1", 1))).await.unwrap().replayed);
    assert_eq!(append(&copy, 4, moved(T0, Stage::Filed, "centre-b")).await.unwrap().position, 8);
    assert!(
        backup::restore(&other.url, home.options(), &dir, &keys).await.is_err(),
        "a store that is not empty is refused"
    );
}

const OTHER: TenantId = TenantId(9);

/// The tenant alone, out of a store that holds another one too, into an empty store of either kind, and out of that again.
async fn moved_by_export(home: &Home, kind: Kind) {
    let store = lived_in(home).await;
    store.submit(report_work_of(&store, OTHER, &told(40))).await.unwrap();
    append(&store, 1, comment(&store, 1, T0, "后来的话")).await.unwrap();
    let (dir, keys) = (home.path().join("out"), home.path().join("out-keys"));
    let manifest = store.export_tenant(TENANT, (&dir, &keys), T0, &|_| {}).await.unwrap();
    assert_eq!((manifest.tenant, manifest.files["event"].rows), (Some(TENANT.0), 8));
    assert!(backup::tenant::manifest(&dir).is_err(), "a cut export has no manifest");
    backup::tenant::finish(&dir, &manifest).unwrap();
    let events = std::fs::read_to_string(dir.join("tables/event.jsonl")).unwrap();
    assert!(events.lines().all(|line| line.contains("\"tenant\":1")) && events.contains("\"kind\":"));
    assert!(!dir.join("tables/seal_key.jsonl").exists() && !dir.join("tables/subscription.jsonl").exists());
    let wrong =
        backup::restore("sqlite:unused", home.options(), &dir, &keys).await.err().unwrap().to_string();
    assert!(wrong.contains("huying import tenant"), "{wrong}");
    let other = Home::new(kind).await;
    let (copy, found) =
        backup::tenant::import(&other.url, home.options(), (&dir, &keys), &|_| {}).await.unwrap();
    assert_eq!((found.check.cases, found.audit.events), (5, 8));
    assert!(found.check.clean() && found.audit.clean());
    for no in 1..=5 {
        assert_eq!(copy.case(TENANT, id(no)).await.unwrap(), store.case(TENANT, id(no)).await.unwrap());
        assert_eq!(
            copy.journal(TENANT, id(no), 0, 10).await.unwrap(),
            store.journal(TENANT, id(no), 0, 10).await.unwrap()
        );
    }
    for text in ["后来", "路灯", "done"] {
        let there = store.search(TENANT, text, None, None, 10).await.unwrap();
        assert_eq!(copy.search(TENANT, text, None, None, 10).await.unwrap(), there, "{text}");
    }
    let (filter, order) = (huying_store::Filter::default(), huying_store::Order::OldestFirst);
    let all = store.list(TENANT, &filter, order, None, 10).await.unwrap();
    assert_eq!(copy.list(TENANT, &filter, order, None, 10).await.unwrap(), all);
    assert_eq!(copy.count_cases(OTHER).await.unwrap(), 0, "the other tenant stays where it is");
    // What comes out of the copy is what went in.
    let (dir2, keys2) = (home.path().join("again"), home.path().join("again-keys"));
    let again = copy.export_tenant(TENANT, (&dir2, &keys2), T0, &|_| {}).await.unwrap();
    assert_eq!(again.files, manifest.files);
    append(&copy, 4, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
}

/// What is kept of an event beside the journal: that a partner, a webhook or another city's server is told of it, or that it came of a message.
#[derive(Clone, Copy, Debug)]
enum Trace {
    Message,
    Delivery,
    Letter,
    Applied,
}

/// Events that are written while a store is copied.
const MEANWHILE: u32 = 40;

fn brain() -> SmolStr {
    "brain".into()
}

/// An event, and after it what is kept of it.
async fn lives_on(store: &Store, trace: Trace) {
    let receipt = append(store, 1, comment(store, 1, T0, "又一句")).await.unwrap();
    let (seq, position) = (receipt.version, i64::try_from(receipt.position).unwrap());
    let (case, id, now) = (id(1), format_smolstr!("{seq:06}"), Instant(T0));
    match trace {
        Trace::Message => {
            let new = NewOut {
                partner: brain(),
                case,
                id,
                kind: "noted".into(),
                seq,
                stream: 1,
                position,
                at: now,
                reason: None,
            };
            store.add_out(TENANT, &[new]).await.unwrap();
        }
        Trace::Delivery => {
            let new = NewDelivery {
                id,
                subscriber: "somebody".into(),
                channel: "webhook".into(),
                target: "https://example.org/".into(),
                payload: "{}".into(),
                created_at: now,
            };
            store.deliver(TENANT, &[new], None).await.unwrap();
        }
        Trace::Letter => {
            let new = LetterRow {
                id,
                direction: Direction::Out,
                case: Some(case),
                seq: i64::from(seq),
                body: None,
                state: "waiting".into(),
                attempts: 0,
                due_at: now,
                error: None,
                made_at: now,
            };
            store.add_letters(TENANT, "city", &[new]).await.unwrap();
        }
        Trace::Applied => {
            let new = NewIn {
                source: "urn:brain".into(),
                id: id.to_string(),
                subject: SmolStr::default(),
                no: None,
                kind: "noted".into(),
                sent_at: now,
                body: b"sealed".to_vec(),
            };
            store.add_in(TENANT, &brain(), &[new], now).await.unwrap();
            for row in store.in_due(TENANT, &brain(), now, 9).await.unwrap() {
                store.in_done(TENANT, &row, (Some(case), None), now).await.unwrap();
            }
        }
    }
}

/// The newest event of which something is kept.
async fn newest_trace(store: &Store, trace: Trace) -> u32 {
    let ids: Vec<String> = match trace {
        Trace::Message => {
            let rows = store.out_of_case(TENANT, "brain", id(1)).await.unwrap();
            rows.iter().map(|row| row.id.to_string()).collect()
        }
        Trace::Delivery => {
            let rows = store.deliveries(TENANT, None, 100).await.unwrap().items;
            rows.iter().map(|row| row.id.to_string()).collect()
        }
        Trace::Letter => {
            let rows = store.letters(TENANT, "city", "waiting", None, 100).await.unwrap().items;
            rows.iter().map(|row| row.id.to_string()).collect()
        }
        Trace::Applied => {
            let rows = store.in_list(TENANT, "brain", "done", 100).await.unwrap();
            rows.into_iter().map(|row| row.id).collect()
        }
    };
    ids.iter().map(|id| id.parse().unwrap()).max().unwrap_or_default()
}

/// A copy of a store that is written to between any two tables.
async fn copied_while_it_lives(home: &Home, kind: Kind, store: &Store, trace: Trace) {
    let written = AtomicU32::new(0);
    let meanwhile = |_rows: u64| {
        if written.fetch_add(1, Ordering::SeqCst) < MEANWHILE {
            let here = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| here.block_on(lives_on(store, trace)));
        }
    };
    let dir = home.path().join(format!("{trace:?}"));
    let keys = home.path().join(format!("{trace:?}-keys"));
    let manifest = store.export_tenant(TENANT, (&dir, &keys), T0, &meanwhile).await.unwrap();
    backup::tenant::finish(&dir, &manifest).unwrap();
    let other = Home::new(kind).await;
    let (copy, _) = backup::tenant::import(&other.url, home.options(), (&dir, &keys), &|_| {}).await.unwrap();
    let last = copy.case(TENANT, id(1)).await.unwrap().unwrap().case.version;
    let newest = newest_trace(&copy, trace).await;
    assert!((2..=last).contains(&newest), "{trace:?}: of event {newest}, and the last is {last}");
}

on_both! {
    async fn a_store_that_is_written_to_while_it_is_copied_keeps_nothing_of_an_event_that_the_copy_lacks(home: &Home) {
        let kind = if home.url.starts_with("sqlite") { Kind::Sqlite } else { Kind::Postgres };
        let store = lived_in(home).await;
        for trace in [Trace::Message, Trace::Delivery, Trace::Letter, Trace::Applied] {
            copied_while_it_lives(home, kind, &store, trace).await;
        }
    }
    async fn what_is_installed_together_is_there_whole_or_not_at_all(home: &Home) {
        let store = home.open().await;
        let row = |version: &str, body: &str| Installed {
            kind: "policy".into(),
            version: version.into(),
            hash: [7; 32],
            effective_at: Instant(T0),
            installed_at: Instant(T0),
            body: body.into(),
        };
        let first = [row("1", "a"), row("2", "b")];
        assert!(store.install_together(TENANT, &first).await.unwrap());
        let late = [row("3", "c"), row("2", "another node's")];
        assert!(!store.install_together(TENANT, &late).await.unwrap());
        assert_eq!(store.installed(TENANT, "policy").await.unwrap(), first);
        assert!(store.install_together(TENANT, &first).await.unwrap(), "what was written and never answered");
    }
    async fn one_tenant_of_two_moves_to_an_empty_store(home: &Home) {
        let kind = if home.url.starts_with("sqlite") { Kind::Sqlite } else { Kind::Postgres };
        moved_by_export(home, kind).await;
    }
    async fn one_tenant_of_two_moves_to_the_other_database(home: &Home) {
        let kind = if home.url.starts_with("sqlite") { Kind::Postgres } else { Kind::Sqlite };
        moved_by_export(home, kind).await;
    }
    async fn a_restored_store_equals_the_one_that_was_copied(home: &Home) {
        let kind = if home.url.starts_with("sqlite") { Kind::Sqlite } else { Kind::Postgres };
        restored_from(home, kind).await;
    }
    async fn a_backup_moves_to_the_other_database(home: &Home) {
        let kind = if home.url.starts_with("sqlite") { Kind::Postgres } else { Kind::Sqlite };
        restored_from(home, kind).await;
    }
    async fn a_damaged_backup_is_refused(home: &Home) {
        let store = lived_in(home).await;
        let (dir, keys) = (home.path().join("backup"), home.path().join("keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        let path = dir.join("file.jsonl");
        let text = std::fs::read_to_string(&path).unwrap().replace("image/jpeg", "image/webp");
        std::fs::write(&path, text).unwrap();
        let other = Home::new(Kind::Sqlite).await;
        let why = backup::restore(&other.url, home.options(), &dir, &keys).await.err().expect("refused").to_string();
        assert!(why.contains("not what the manifest says"), "{why}");
    }
    async fn an_export_has_one_line_for_each_event(home: &Home) {
        let store = lived_in(home).await;
        let mut out = Vec::new();
        assert_eq!(store.export_events(&mut out).await.unwrap(), 7);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 7);
        assert!(!text.contains("路灯"), "words stay sealed");
    }
}
