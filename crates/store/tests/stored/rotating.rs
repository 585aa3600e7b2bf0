//! Another root key, another cipher: what was sealed stays readable, whatever moment a rotation is cut short at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_store::{Options, RootKey, Store, Suite, backup, case_key};

const OLD: &str = "0a";
const NEW: &str = "0b";

fn key(byte: &str) -> RootKey {
    RootKey::Hex(byte.repeat(32))
}

fn with(home: &Home, root: &str, old: Option<&str>, suite: Suite) -> Options {
    Options { root_key: key(root), old_root_key: old.map(key), suite, ..home.options() }
}

async fn open(home: &Home, root: &str, old: Option<&str>) -> Store {
    home.open_with(with(home, root, old, Suite::Aes)).await
}

async fn refused(home: &Home, root: &str, old: Option<&str>) -> String {
    let opened = Store::open(&home.url, with(home, root, old, Suite::Aes)).await;
    opened.err().expect("it is refused").to_string()
}

async fn readable(store: &Store, cases: std::ops::RangeInclusive<u64>) {
    for no in cases {
        let view = store.case(TENANT, id(no)).await.unwrap().unwrap();
        assert!(view.texts.text.unwrap().contains("路灯"), "case {no}");
    }
}

on_both! {
    async fn a_store_is_read_with_both_keys_then_rotated_then_with_the_new_one_alone(home: &Home) {
        let store = open(home, OLD, None).await;
        for no in 1..=700 {
            report(&store, &told(no)).await;
        }
        store.destroy_key(TENANT, &case_key(id(700))).await.unwrap();
        let seals = store.seals(TENANT);
        let (secret, sum) = (seals.seal_secret("mail", b"a@example.org").unwrap(), seals.mac("track", b"1"));
        let log = { store.grow_log(TENANT, huying_model::Instant(T0), 5000).await.unwrap(); store.log_checkpoint(TENANT).await.unwrap() };
        let unasked = store.rotate_root(&|_| {}).await.unwrap_err().to_string();
        assert!(unasked.contains("old sealing key"), "{unasked}");
        store.close().await;
        assert!(refused(home, NEW, None).await.contains("sealing key"));
        assert!(refused(home, NEW, Some("0c")).await.contains("sealing key"));

        let store = open(home, NEW, Some(OLD)).await;
        readable(&store, 1..=699).await;
        report(&store, &told(701)).await;
        assert_eq!(store.seals(TENANT).mac("track", b"1"), sum, "what residents hold stays");
        let rotated = store.rotate_root(&|_| {}).await.unwrap();
        assert_eq!(rotated.keys, 700, "699 cases and the log's key; one is gone, one was new already");
        assert_eq!(store.rotate_root(&|_| {}).await.unwrap().keys, 0);
        store.close().await;

        let store = open(home, NEW, None).await;
        readable(&store, 1..=699).await;
        readable(&store, 701..=701).await;
        assert_eq!(store.case(TENANT, id(700)).await.unwrap().unwrap().texts, Default::default());
        let seals = store.seals(TENANT);
        assert_eq!(seals.open_secret("mail", &secret).unwrap(), b"a@example.org");
        assert_eq!(seals.mac("track", b"1"), sum);
        assert_eq!(store.log_checkpoint(TENANT).await.unwrap(), log, "the log keeps its name and key");
        assert!(store.check(&|_| {}).await.unwrap().clean() && store.audit(&|_| {}).await.unwrap().clean());
        store.close().await;
        assert!(refused(home, OLD, None).await.contains("sealing key"), "the old key opens nothing any more");
    }
    async fn a_rotation_that_was_cut_short_goes_on(home: &Home) {
        let store = open(home, OLD, None).await;
        for no in 1..=3 {
            report(&store, &told(no)).await;
        }
        store.close().await;
        let store = open(home, NEW, Some(OLD)).await;
        store.rotate_root(&|_| {}).await.unwrap();
        store.close().await;
        // As if it had ended before its last step: the mark is still the old one's, and a key under the old root came late.
        let mark = mark_of(OLD);
        home.tamper(&format!("UPDATE meta SET value = '{mark}' WHERE name = 'root_key_mark'")).await;
        let late = open(home, OLD, Some(NEW)).await;
        report(&late, &told(4)).await;
        late.close().await;
        let store = open(home, NEW, Some(OLD)).await;
        readable(&store, 1..=4).await;
        assert_eq!(store.rotate_root(&|_| {}).await.unwrap().keys, 1, "the late key");
        store.close().await;
        readable(&open(home, NEW, None).await, 1..=4).await;
    }
    async fn a_tenant_that_chooses_sm4_reads_what_was_sealed_before_and_is_rotated_and_restored(home: &Home) {
        let store = open(home, OLD, None).await;
        report(&store, &told(1)).await;
        store.close().await;
        let store = home.open_with(with(home, OLD, None, Suite::Sm4)).await;
        report(&store, &told(2)).await;
        append(&store, 1, comment_of(&store, 1).await).await.unwrap();
        readable(&store, 1..=2).await;
        store.close().await;
        let store = home.open_with(with(home, NEW, Some(OLD), Suite::Sm4)).await;
        store.rotate_root(&|_| {}).await.unwrap();
        let (dir, keys) = (home.path().join("backup"), home.path().join("keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        let other = Home::new(Kind::Sqlite).await;
        let options = with(&other, NEW, None, Suite::Sm4);
        let (copy, _) = backup::restore(&other.url, options, &dir, &keys).await.unwrap();
        readable(&copy, 1..=2).await;
        assert_eq!(copy.seals(TENANT).mac("track", b"1"), store.seals(TENANT).mac("track", b"1"));
    }
}

async fn comment_of(store: &Store, no: u64) -> huying_model::Event {
    store.load_keys(TENANT, &[case_key(id(no))]).await.unwrap();
    comment(store, no, T0, "后来的话")
}

/// As the store writes it.
fn mark_of(root: &str) -> String {
    use sha2::{Digest, Sha256};
    let bytes = [u8::from_str_radix(root, 16).unwrap(); 32];
    let sum = Sha256::new().chain_update(b"huying root key mark").chain_update(bytes).finalize();
    sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
