//! The register of service recipients: record, key and entry of the log change together or not at all, and what is forgotten is gone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use crate::{
    bytes,
    city::{
        T0, TENANT, id,
        place::{Home, Kind},
    },
};
use huying_model::{AreaCode, Instant, MemberId, RecipientId, UnitId, words::Sealed};
use huying_store::{
    Fault, Key, Options, RootKey, Store, TenantId, backup,
    person::{Consent, ErasureRow, Noted, RecipientFilter, RecipientRow, recipient_key},
};
use smol_str::SmolStr;

/// Stands in no other test of this binary: they share a cluster.
const NAME: &str = "司马翠花 Qwvutson";

fn noted(what: &str) -> Noted {
    Noted { at: Instant(T0), body: format!("{{\"what\":\"{what}\"}}") }
}

fn row(no: u64, unit: &str, area: &str, groups: &[&str]) -> RecipientRow {
    let consent = Consent {
        given_by: "self".into(),
        how: "written".into(),
        purposes: vec!["visits".into()],
        at: Instant(T0),
        until: Instant(T0 + 1_000),
    };
    RecipientRow {
        id: RecipientId(id(no)),
        version: 1,
        unit: UnitId::new(unit),
        area: AreaCode::new(area),
        groups: groups.iter().map(|code| (*code).into()).collect(),
        consent,
        registered_at: Instant(T0),
        withdrawn_at: None,
        sealed: String::new(),
    }
}

/// Puts somebody down whose name is sealed under their own key.
async fn add(store: &Store, row: RecipientRow) -> RecipientRow {
    let seals = store.seals(TENANT);
    let key = seals.new_person_key(&row.key()).unwrap();
    let sealed = serde_json::to_string(&seals.seal(&key.name, NAME).unwrap()).unwrap();
    let row = RecipientRow { sealed, ..row };
    store.add_recipient(TENANT, &row, &key, &noted("registered"), None).await.unwrap();
    row
}

async fn name(store: &Store, row: &RecipientRow) -> Option<String> {
    store.load_keys(TENANT, &[row.key()]).await.unwrap();
    let sealed: Sealed = serde_json::from_str(&row.sealed).unwrap();
    store.seals(TENANT).open(&sealed)
}

fn erasure(row: &RecipientRow) -> ErasureRow {
    let (by, at) = (MemberId::new("worker"), Instant(T0));
    ErasureRow {
        id: "r1".into(),
        case: row.id.0,
        reporter: None,
        reason: "withdrawn".into(),
        state: "done".into(),
        proposed_by: by.clone(),
        proposed_at: at,
        decided_by: Some(by),
        decided_at: Some(at),
        keys: 1,
        scoured_at: None,
    }
}

async fn log(store: &Store) -> Vec<String> {
    let mut rows = store.installed(TENANT, "recipients").await.unwrap();
    rows.sort_by(|a, b| a.version.cmp(&b.version));
    rows.iter().map(|row| format!("{} {}", row.version, row.body)).collect()
}

async fn ids(store: &Store, own: &[(&str, &[&str])], group: Option<&str>) -> Vec<u64> {
    let words = |list: &[&str]| list.iter().map(SmolStr::new).collect::<Vec<SmolStr>>();
    let own = own.iter().map(|(unit, areas)| (SmolStr::new(unit), words(areas)));
    let filter = RecipientFilter { own: own.collect(), group: group.map(SmolStr::new) };
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = store.recipients(TENANT, &filter, cursor.as_deref(), 2).await.unwrap();
        found.extend(page.items.iter().map(|row| (1..=9).find(|no| id(*no) == row.id.0).unwrap()));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

on_both! {
    async fn a_list_has_those_of_ones_own_units_in_their_cells_and_of_nobody_else(home: &Home) {
        let store = home.open().await;
        for (no, unit, area, groups) in [
            (1, "a", "1", &["old"][..]),
            (2, "a", "1", &["old", "ill"][..]),
            (3, "a", "2", &["old"][..]),
            (4, "b", "1", &["old"][..]),
            (5, "a", "1", &["ol_"][..]),
        ] {
            add(&store, row(no, unit, area, groups)).await;
        }
        let mut all = ids(&store, &[("a", &["1", "2"]), ("b", &["1"])], None).await;
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4, 5]);
        let mut of_a = ids(&store, &[("a", &["1"]), ("b", &["2"])], Some("old")).await;
        of_a.sort_unstable();
        assert_eq!(of_a, [1, 2], "a unit's cells are its own, not another's of the same member");
        assert_eq!(ids(&store, &[("a", &["1"])], Some("ol_")).await, [5], "no sign of a pattern");
        assert_eq!(ids(&store, &[], None).await, [0_u64; 0], "who keeps nobody sees nobody");
        let counts = store.count_recipients(TENANT, Instant(T0)).await.unwrap();
        assert_eq!(counts.iter().map(|(_, _, people)| people).sum::<i64>(), 5);
        assert!(store.count_recipients(TENANT, Instant(T0 + 1_000)).await.unwrap().is_empty(), "consent is over");
        assert!(store.count_recipients(TenantId(2), Instant(T0)).await.unwrap().is_empty());
        assert!(store.recipients(TENANT, &RecipientFilter::default(), Some("rubbish"), 2).await.is_err());
    }

    async fn record_and_entry_change_together_and_of_two_changes_at_once_one_is_lost_whole(home: &Home) {
        let store = home.open().await;
        let first = add(&store, row(1, "a", "1", &["old"])).await;
        let second = RecipientRow { version: 2, area: AreaCode::new("2"), ..first.clone() };
        store.set_recipient(TENANT, &second, &noted("changed")).await.unwrap();
        assert_eq!(store.recipient(TENANT, first.id).await.unwrap(), Some(second.clone()));
        let late = RecipientRow { version: 2, withdrawn_at: Some(Instant(T0)), ..first.clone() };
        let beaten = store.set_recipient(TENANT, &late, &noted("late")).await;
        assert!(beaten.is_err(), "who read the same version is not told that it was done");
        assert!(store.set_recipient(TENANT, &second, &noted("changed")).await.is_err(), "nor is it done twice");
        assert!(store.set_recipient(TENANT, &RecipientRow { version: 4, ..late }, &noted("ahead")).await.is_err());
        assert_eq!(store.recipient(TENANT, first.id).await.unwrap(), Some(second.clone()));
        let entries = ["00000001 {\"what\":\"registered\"}", "00000002 {\"what\":\"changed\"}"];
        assert_eq!(log(&store).await, entries, "what was not done is not in the log");
        store.erase_recipient(TENANT, &second, &erasure(&second), &noted("erased")).await.unwrap();
        let third = RecipientRow { version: 3, ..second.clone() };
        assert!(store.set_recipient(TENANT, &third, &noted("after")).await.is_err(), "nobody comes back");
        assert!(store.erase_recipient(TENANT, &second, &erasure(&second), &noted("again")).await.is_err());
        assert_eq!(log(&store).await.len(), 3);
        assert_eq!(store.recipient(TENANT, first.id).await.unwrap(), None);
        let added = store.grow_log(TENANT, Instant(T0), 100).await.unwrap().added;
        assert_eq!(added, 3, "each stands in the Merkle log");
        let key = store.log_key(TENANT).await.unwrap().unwrap();
        assert_eq!(store.audit_log(TENANT, &key, &[]).await.unwrap().breaches, []);
        home.tamper("UPDATE installed SET body = '{\"what\":\"nothing\"}' WHERE kind = 'recipients' AND version = '00000002'").await;
        assert!(!store.audit_log(TENANT, &key, &[]).await.unwrap().breaches.is_empty(), "and is missed where it is changed");
    }

    async fn under_one_key_one_is_registered_and_under_the_same_with_another_body_nobody(home: &Home) {
        let store = home.open().await;
        let sum = |body: u8| {
            let mut sum = *b"the sum of what was registered, ";
            sum[31] = body;
            sum
        };
        let once = |body: u8| Key { member: "worker".into(), key: "k-1".into(), body_hash: sum(body) };
        let put = async |no: u64| {
            let row = row(no, "a", "1", &["old"]);
            let key = store.seals(TENANT).new_person_key(&row.key()).unwrap();
            store.add_recipient(TENANT, &row, &key, &noted("registered"), Some(&once(1))).await
        };
        assert_eq!(store.recipient_of_key(TENANT, &once(1)).await.unwrap(), None);
        put(1).await.unwrap();
        assert!(put(2).await.is_err(), "who comes at the same moment");
        assert_eq!(store.recipient(TENANT, RecipientId(id(2))).await.unwrap(), None, "and nothing of it is written");
        assert_eq!(store.recipient_of_key(TENANT, &once(1)).await.unwrap(), Some(RecipientId(id(1))));
        assert!(matches!(store.recipient_of_key(TENANT, &once(2)).await, Err(Fault::KeyReused)));
        assert!(!bytes::stand(home, sum(1)), "the body's own sum could be tried out");
        assert!(store.key_answer(TENANT, "worker", "k-1").await.unwrap().is_none(), "no command was done");
        assert_eq!(log(&store).await.len(), 1);
    }

    async fn whoever_is_forgotten_is_in_no_byte_of_the_database(home: &Home) {
        let store = home.open().await;
        let stays = add(&store, row(2, "a", "1", &["old"])).await;
        let gone = add(&store, row(1, "a", "1", &["old"])).await;
        let (dir, keys) = (home.path().join("before"), home.path().join("before-keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        let wrapped = wrapped(&keys, &gone);
        let sealed: Sealed = serde_json::from_str(&gone.sealed).unwrap();
        store.close().await;
        let store = home.open().await;
        store.scour(Instant(T0)).await.unwrap();
        assert!(bytes::stand(home, sealed.cipher.as_bytes()) && bytes::stand(home, &wrapped), "the test finds what is there");
        for needle in ["司马翠花", "Qwvutson"] {
            assert!(!bytes::stand(home, needle), "{needle} was never in the clear");
        }
        assert_eq!(name(&store, &gone).await.as_deref(), Some(NAME));
        store.erase_recipient(TENANT, &gone, &erasure(&gone), &noted("erased")).await.unwrap();
        assert_eq!(name(&store, &gone).await, None, "nobody who kept the ciphertext opens it");
        assert_eq!(store.key_of(TENANT, &recipient_key(gone.id)).await.unwrap(), Some((None, false)));
        assert!(store.wants_scouring().await.unwrap());
        store.scour(Instant(T0)).await.unwrap();
        assert!(!bytes::stand(home, sealed.cipher.as_bytes()) && !bytes::stand(home, &wrapped), "row and key are gone");
        let (dir, keys) = (home.path().join("after"), home.path().join("after-keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        for place in [&dir, &keys] {
            assert!(!bytes::hold(place, sealed.cipher.as_bytes()), "in a later backup");
        }
        assert_eq!(name(&store, &stays).await.as_deref(), Some(NAME), "others are as before");
        let (check, audit) = (store.check(&|_| {}).await.unwrap(), store.audit(&|_| {}).await.unwrap());
        assert!(check.clean() && audit.clean());
    }

    async fn recipients_are_read_after_the_root_key_was_replaced_and_in_another_store(home: &Home) {
        let root = |byte: &str| RootKey::Hex(byte.repeat(32));
        let with = |new: &str, old: Option<&str>| Options {
            root_key: root(new), old_root_key: old.map(root), ..home.options()
        };
        let store = home.open_with(with("0a", None)).await;
        let row = add(&store, row(1, "a", "1", &["old"])).await;
        store.close().await;
        let store = home.open_with(with("0b", Some("0a"))).await;
        assert_eq!(store.rotate_root(&|_| {}).await.unwrap().keys, 1, "the recipient's");
        store.close().await;
        let store = home.open_with(with("0b", None)).await;
        assert_eq!(name(&store, &row).await.as_deref(), Some(NAME));

        let (dir, keys) = (home.path().join("out"), home.path().join("out-keys"));
        let manifest = store.export_tenant(TENANT, (&dir, &keys), T0, &|_| {}).await.unwrap();
        backup::tenant::finish(&dir, &manifest).unwrap();
        assert_eq!(manifest.files["recipient"].rows, 1);
        for needle in ["司马翠花", "Qwvutson"] {
            assert!(!bytes::hold(&dir, needle) && !bytes::hold(&keys, needle), "it leaves sealed");
        }
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let other = Home::new(kind).await;
            let (copy, found) =
                backup::tenant::import(&other.url, with("0b", None), (&dir, &keys), &|_| {}).await.unwrap();
            assert!(found.check.clean() && found.audit.clean());
            assert_eq!(copy.recipient(TENANT, row.id).await.unwrap(), Some(row.clone()));
            assert_eq!(name(&copy, &row).await.as_deref(), Some(NAME));
            assert_eq!(log(&copy).await, log(&store).await);
        }
    }
}

/// A data key as it is wrapped, out of a backup's keys.
fn wrapped(keys: &Path, row: &RecipientRow) -> Vec<u8> {
    let text = std::fs::read_to_string(keys.join("seal_key.jsonl")).unwrap();
    let line = text.lines().find(|line| line.contains(row.key().as_str())).unwrap();
    let cells: serde_json::Value = serde_json::from_str(line).unwrap();
    let hex = cells[3]["hex"].as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
