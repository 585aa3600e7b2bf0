//! The Merkle log on both databases: it grows behind the commits, gives receipts, comes back from a backup, and a store whose
//! journal was dropped from, changed, exchanged, forked, cut or back-dated after a head was given out is found out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_model::Stage;
use huying_proof::{Checkpoint, WITHIN_SECONDS, hash, tile};
use huying_store::{Fault, Growth, Installed, LogBreach, LogReport, Store, TenantId, backup};

const NOW: huying_model::Instant = huying_model::Instant(T0 + 30_000);

fn entry(kind: &str, no: u32) -> Installed {
    let body = format!("{{\"no\":{no}}}");
    Installed {
        kind: kind.into(),
        version: format!("{no:08}").into(),
        hash: [1; 32],
        effective_at: NOW,
        installed_at: NOW,
        body,
    }
}

/// Twelve events of six cases and two acts of the authority, in the log.
async fn logged(home: &Home) -> Store {
    let store = home.open().await;
    for no in 1..=6 {
        report(&store, &told(no)).await;
        append(&store, no, comment(&store, no, T0 + 5, "已派人查看")).await.unwrap();
    }
    assert!(store.install(TENANT, &entry("policy", 1)).await.unwrap());
    assert!(store.install(TENANT, &entry("admission", 1)).await.unwrap());
    assert_eq!(store.grow_log(TENANT, NOW, 1000).await.unwrap(), Growth { added: 14, behind: false });
    store
}

async fn audited(store: &Store, kept: &[Checkpoint]) -> LogReport {
    let key = store.log_key(TENANT).await.unwrap().expect("a log has a key");
    store.audit_log(TENANT, &key, kept).await.unwrap()
}

/// The newest head as somebody outside would keep it.
async fn kept(store: &Store) -> Checkpoint {
    let key = store.log_key(TENANT).await.unwrap().unwrap();
    Checkpoint::open(&store.log_checkpoint(TENANT).await.unwrap().unwrap(), &key).unwrap()
}

/// What an audit says of a log that goes on after somebody tampered with the store.
async fn found(home: &Home, sql: &[&str]) -> Vec<LogBreach> {
    let store = logged(home).await;
    assert_eq!(audited(&store, &[kept(&store).await]).await.breaches, [], "before");
    for sql in sql {
        home.tamper(sql).await;
    }
    audited(&store, &[]).await.breaches
}

on_both! {
    async fn the_log_takes_in_every_event_and_act_once_and_says_where_it_is(home: &Home) {
        let store = logged(home).await;
        assert_eq!(store.grow_log(TENANT, NOW, 1000).await.unwrap(), Growth::default(), "nothing is taken twice");
        let report = audited(&store, &[]).await;
        assert_eq!((report.leaves, report.heads, report.waiting), (14, 1, 0));
        append(&store, 2, moved(T0 + 9, Stage::Handling, "post-1")).await.unwrap();
        assert_eq!(audited(&store, &[]).await.waiting, 1);
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        let report = audited(&store, &[]).await;
        assert_eq!((report.leaves, report.heads, report.waiting, report.breaches), (15, 2, 0, vec![]));
    }

    async fn a_log_that_is_behind_signs_no_head_before_it_has_caught_up(home: &Home) {
        let store = home.open().await;
        for no in 1..=5 {
            report(&store, &told(no)).await;
        }
        for _ in 0..2 {
            assert_eq!(store.grow_log(TENANT, NOW, 2).await.unwrap(), Growth { added: 2, behind: true });
            assert_eq!(store.log_checkpoint(TENANT).await.unwrap(), None);
        }
        assert_eq!(store.grow_log(TENANT, NOW, 2).await.unwrap(), Growth { added: 1, behind: false });
        assert_eq!(kept(&store).await.size, 5);
        assert_eq!(audited(&store, &[]).await.breaches, []);
    }

    async fn a_receipt_of_every_case_holds_offline_and_goes_on_holding(home: &Home) {
        let store = logged(home).await;
        let key = store.log_key(TENANT).await.unwrap().unwrap();
        let first = store.log_receipt(TENANT, id(1)).await.unwrap().unwrap();
        for no in 1..=6 {
            let receipt = store.log_receipt(TENANT, id(no)).await.unwrap().expect("it is in the log");
            assert_eq!(receipt.check(&key).unwrap().number, format!("T-{no:06}"));
            assert_eq!(receipt.within_seconds, WITHIN_SECONDS);
        }
        report(&store, &told(7)).await;
        assert_eq!(store.log_receipt(TENANT, id(7)).await.unwrap(), None, "not yet");
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        let seventh = store.log_receipt(TENANT, id(7)).await.unwrap().unwrap();
        assert_eq!((seventh.leaf, seventh.size), (14, 15));
        seventh.check(&key).unwrap();
        first.check(&key).unwrap();
        assert!(store.log_receipt(TENANT, id(99)).await.is_err());
    }

    async fn tiles_are_given_out_as_far_as_the_signed_head_reaches(home: &Home) {
        let store = logged(home).await;
        let first = store.log_tile(TENANT, 0, 0, 14).await.unwrap().unwrap();
        let receipt = store.log_receipt(TENANT, id(1)).await.unwrap().unwrap();
        assert_eq!(tile::hashes(&first).unwrap()[0], hash::leaf(&receipt.event_hash));
        assert_eq!(store.log_tile(TENANT, 0, 0, 3).await.unwrap().unwrap(), first[..96]);
        for (level, index, width) in [(0, 0, 15), (0, 0, 256), (0, 1, 1), (1, 0, 1), (9, 0, 1), (0, u64::MAX, 1), (0, 0, 0)] {
            assert_eq!(store.log_tile(TENANT, level, index, width).await.unwrap(), None, "{level} {index} {width}");
        }
    }

    async fn a_tenant_has_a_log_of_its_own(home: &Home) {
        let store = logged(home).await;
        let other = TenantId(2);
        assert_eq!(store.grow_log(other, NOW, 1000).await.unwrap(), Growth::default());
        assert_eq!(store.log_checkpoint(other).await.unwrap(), None);
        let mine = store.make_log_key(TENANT).await.unwrap();
        assert_eq!(mine, store.log_key(TENANT).await.unwrap().unwrap(), "a key is made once");
        assert_ne!(mine, store.make_log_key(other).await.unwrap());
    }

    async fn a_store_that_was_opened_again_signs_with_the_same_key_and_goes_on(home: &Home) {
        let store = logged(home).await;
        let (key, before) = (store.log_key(TENANT).await.unwrap(), kept(&store).await);
        store.close().await;
        let store = home.open().await;
        report(&store, &told(7)).await;
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        assert_eq!(store.log_key(TENANT).await.unwrap(), key);
        assert_eq!(audited(&store, &[before]).await.breaches, []);
    }

    async fn a_log_restored_from_a_backup_is_the_same_and_goes_on(home: &Home) {
        let store = logged(home).await;
        let before = kept(&store).await;
        append(&store, 2, moved(T0 + 9, Stage::Handling, "post-1")).await.unwrap();
        let (dir, keys) = (home.path().join("kept"), home.path().join("kept-keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        let key = store.log_key(TENANT).await.unwrap();
        store.close().await;
        let new = Home::new(Kind::Sqlite).await;
        let (store, _) = backup::restore(&new.url, home.options(), &dir, &keys).await.unwrap();
        assert_eq!(store.log_key(TENANT).await.unwrap(), key);
        let report = audited(&store, std::slice::from_ref(&before)).await;
        assert_eq!((report.leaves, report.waiting, report.breaches), (14, 1, vec![]));
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        assert_eq!(audited(&store, &[before]).await.breaches, []);
    }

    async fn a_dropped_event_is_found(home: &Home) {
        let found = found(home, &["DELETE FROM event WHERE position = 5"]).await;
        assert_eq!(found[0], LogBreach::Count { source: 1, past: 0, through: 12, logged: 12, found: 11 });
    }
    async fn an_event_moved_behind_the_head_is_found(home: &Home) {
        let found = found(home, &["UPDATE event SET position = 13 WHERE position = 12", "UPDATE stream SET position = 13"]).await;
        assert_eq!(found[0], LogBreach::Count { source: 1, past: 0, through: 12, logged: 12, found: 11 });
    }
    async fn a_changed_event_is_found_even_where_its_hash_was_made_to_fit(home: &Home) {
        let found = found(home, &["UPDATE event SET hash = prev WHERE position = 2"]).await;
        assert!(found.contains(&LogBreach::Head { size: 14, made_at: NOW.0 }), "{found:?}");
        assert!(found.contains(&LogBreach::Tile { level: 0, no: 0 }), "{found:?}");
    }
    async fn events_in_another_order_are_found(home: &Home) {
        let swap = ["UPDATE event SET position = 100 WHERE position = 3", "UPDATE event SET position = 3 WHERE position = 4", "UPDATE event SET position = 4 WHERE position = 100"];
        let found = found(home, &swap).await;
        assert!(found.contains(&LogBreach::Head { size: 14, made_at: NOW.0 }), "{found:?}");
    }
    async fn a_changed_act_of_the_authority_is_found(home: &Home) {
        let found = found(home, &["UPDATE installed SET body = '{\"no\":2}' WHERE kind = 'policy'"]).await;
        assert!(found.contains(&LogBreach::Head { size: 14, made_at: NOW.0 }), "{found:?}");
    }
    async fn a_changed_or_dropped_act_of_each_log_of_the_authority_is_found(home: &Home) {
        let store = logged(home).await;
        for kind in ["organisation", "grants"] {
            assert!(store.install(TENANT, &entry(kind, 1)).await.unwrap());
        }
        assert_eq!(store.grow_log(TENANT, NOW, 1000).await.unwrap(), Growth { added: 2, behind: false });
        for (source, kind) in [(-1, "admission"), (-2, "policy"), (-3, "organisation"), (-4, "grants")] {
            assert_eq!(audited(&store, &[]).await.breaches, [], "before {kind}");
            home.tamper(&format!("UPDATE installed SET body = '{{\"no\":2}}' WHERE kind = '{kind}'")).await;
            let changed = audited(&store, &[]).await.breaches;
            assert!(changed.iter().any(|it| matches!(it, LogBreach::Head { size: 16, .. })), "{kind}: {changed:?}");
            home.tamper(&format!("UPDATE installed SET body = '{{\"no\":1}}' WHERE kind = '{kind}'")).await;
            // Under another name it is dropped from this log, and stands in none.
            home.tamper(&format!("UPDATE installed SET kind = 'aside' WHERE kind = '{kind}'")).await;
            let dropped = audited(&store, &[]).await.breaches;
            let count = LogBreach::Count { source, past: 0, through: 1, logged: 1, found: 0 };
            assert!(dropped.contains(&count), "{kind}: {dropped:?}");
            home.tamper(&format!("UPDATE installed SET kind = '{kind}' WHERE kind = 'aside'")).await;
        }
    }
    async fn an_act_that_begins_to_count_earlier_is_found(home: &Home) {
        let found = found(home, &["UPDATE installed SET effective_at = effective_at - 1 WHERE kind = 'admission'"]).await;
        assert!(found.contains(&LogBreach::Head { size: 14, made_at: NOW.0 }), "{found:?}");
    }
    async fn a_changed_tile_is_found(home: &Home) {
        let found = found(home, &["UPDATE log_tile SET hashes = (SELECT hash FROM event WHERE position = 1)"]).await;
        assert_eq!(found, [LogBreach::Tile { level: 0, no: 0 }]);
    }
    async fn a_head_with_another_time_is_found(home: &Home) {
        let found = found(home, &["UPDATE log_head SET note = replace(note, 'time 1', 'time 2')"]).await;
        assert!(matches!(&found[..], [LogBreach::Signature { size: 14, .. }]), "{found:?}");
    }
    async fn heads_whose_signatures_were_taken_away_are_found(home: &Home) {
        let found = found(home, &["UPDATE log_head SET note = ''"]).await;
        assert_eq!(found, [LogBreach::Unsigned { leaves: 14 }]);
    }
    async fn heads_that_were_taken_away_are_found(home: &Home) {
        let found = found(home, &["DELETE FROM log_head"]).await;
        assert_eq!(found, [LogBreach::Unsigned { leaves: 14 }]);
    }
    async fn a_log_that_is_behind_lacks_no_signature(home: &Home) {
        let store = home.open().await;
        store.make_log_key(TENANT).await.unwrap();
        for no in 1..=3 {
            assert!(store.install(TENANT, &entry("policy", no)).await.unwrap());
        }
        report(&store, &told(1)).await;
        for _ in 0..3 {
            assert!(store.grow_log(TENANT, NOW, 1).await.unwrap().behind);
            assert_eq!(audited(&store, &[]).await.breaches, [], "entries or acts wait still");
        }
        while store.grow_log(TENANT, NOW, 1).await.unwrap().behind {}
        let report = audited(&store, &[]).await;
        assert_eq!((report.leaves, report.breaches), (4, vec![]));
    }

    async fn a_part_of_a_split_was_reported_by_nobody_and_has_no_receipt(home: &Home) {
        let store = logged(home).await;
        assert!(store.log_receipt(TENANT, id(1)).await.unwrap().is_some());
        home.tamper("UPDATE event SET kind = 'began' WHERE position = 1").await;
        assert!(matches!(store.log_receipt(TENANT, id(1)).await, Err(Fault::NotFound(_))));
    }

    async fn runs_that_do_not_fit_together_are_found(home: &Home) {
        let found = found(home, &["UPDATE log_run SET leaf = leaf + 1 WHERE source = -2"]).await;
        assert_eq!(found[0], LogBreach::Runs { leaf: 14 });
    }

    async fn an_event_that_says_it_was_recorded_before_a_head_it_is_not_in_is_found(home: &Home) {
        let store = logged(home).await;
        let late = NOW.0 - WITHIN_SECONDS * 1000 - 1;
        append(&store, 2, moved(late, Stage::Handling, "post-1")).await.unwrap();
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        let breach = LogBreach::BackDated { leaf: 14, recorded_at: late, head_at: NOW.0 };
        assert_eq!(audited(&store, &[]).await.breaches, [breach]);
    }

    async fn entries_that_say_they_were_received_before_they_were_recorded_are_counted(home: &Home) {
        let store = logged(home).await;
        assert_eq!(store.audit(&|_| {}).await.unwrap().earlier, 0);
        let mut dated_back = moved(T0 + 9, Stage::Handling, "post-1");
        dated_back.times.received = huying_model::Instant(T0 + 9 - 86_400_000);
        append(&store, 2, dated_back).await.unwrap();
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        let report = store.audit(&|_| {}).await.unwrap();
        assert_eq!((report.earlier, report.breaches), (1, vec![]), "it may be an import: a person has to look");
        assert_eq!(audited(&store, &[]).await.breaches, [], "the log cannot tell");
    }

    async fn a_fork_made_by_whoever_has_the_key_is_found_with_an_earlier_head_only(home: &Home) {
        let store = logged(home).await;
        let given = kept(&store).await;
        // The log is thrown away and made anew over a journal in which one hash is another: everything in the store fits.
        for table in ["log_head", "log_run", "log_tile", "cursor"] {
            home.tamper(&format!("DELETE FROM {table}")).await;
        }
        home.tamper("UPDATE event SET hash = prev WHERE position = 2").await;
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        assert_eq!(audited(&store, &[]).await.breaches, [], "by itself the log is whole");
        assert_eq!(audited(&store, std::slice::from_ref(&given)).await.breaches, [LogBreach::Fork { size: 14, at: NOW.0 }]);
    }

    async fn a_log_whose_end_was_cut_off_is_found_with_an_earlier_head(home: &Home) {
        let store = logged(home).await;
        let given = kept(&store).await;
        for table in ["log_head", "log_run", "log_tile", "cursor", "installed"] {
            home.tamper(&format!("DELETE FROM {table}")).await;
        }
        home.tamper("DELETE FROM event WHERE position = 12").await;
        home.tamper("UPDATE stream SET position = 11").await;
        store.grow_log(TENANT, NOW, 1000).await.unwrap();
        assert_eq!(audited(&store, &[]).await.breaches, []);
        assert_eq!(audited(&store, &[given]).await.breaches, [LogBreach::Cut { size: 14, found: 11 }]);
    }
}

/// Two nodes whose lease ran out at the wrong moment grow the log at once: it is never grown twice from the same size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_grow_the_log_at_once_leave_one_log() {
    let home = Home::new(Kind::Sqlite).await;
    let store = std::sync::Arc::new(home.open().await);
    for no in 1..=40 {
        report(&store, &told(no)).await;
    }
    let grow = |store: std::sync::Arc<Store>| async move {
        let mut added = 0;
        for _ in 0..60 {
            added += store.grow_log(TENANT, NOW, 1).await.map_or(0, |growth| growth.added);
        }
        added
    };
    let (one, two) = tokio::join!(tokio::spawn(grow(store.clone())), tokio::spawn(grow(store.clone())));
    assert_eq!(one.unwrap() + two.unwrap(), 40);
    let report = audited(&store, &[]).await;
    assert_eq!((report.leaves, report.breaches), (40, vec![]));
}

/// More leaves than one tile and one run hold, with both sources taking turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_of_many_runs_and_two_levels_of_tiles_is_whole() {
    let home = Home::new(Kind::Sqlite).await;
    let store = home.open().await;
    for no in 1..=600 {
        report(&store, &told(no)).await;
        if no % 100 == 0 {
            store.install(TENANT, &entry("policy", (no / 100) as u32)).await.unwrap();
            while store.grow_log(TENANT, NOW, 64).await.unwrap().behind {}
        }
    }
    let report = audited(&store, &[]).await;
    assert_eq!((report.leaves, report.heads, report.breaches), (606, 6, vec![]));
    let key = store.log_key(TENANT).await.unwrap().unwrap();
    for no in [1, 100, 101, 257, 599, 600] {
        store.log_receipt(TENANT, id(no)).await.unwrap().unwrap().check(&key).unwrap();
    }
    assert!(store.log_tile(TENANT, 1, 0, 2).await.unwrap().is_some());
    assert!(store.log_tile(TENANT, 0, 0, 256).await.unwrap().is_some());
}
