//! What is erased is gone: from the rows, from the search, and from the bytes of the database itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use crate::{
    bytes,
    city::{
        place::{Home, Kind},
        *,
    },
};
use huying_model::{Event, Instant, MemberId, UnitId, case::Place, command::Informant, event::Body};
use huying_store::{
    CommitError, Store, Work, case_key,
    person::{AccessOf, AccessRow, Erase, ErasureRow},
    talk_key,
};

/// Words that stand nowhere else, in no other test of this binary either, because they share a cluster: Han characters that make pairs, and a word of another script.
const TITLE: &str = "欧阳翠花楼下积水";
const NEEDLES: [&str; 4] = ["欧阳翠花", "阳翠", "Zyxwvu", "zyxwvu"];

fn found(home: &Home) -> Vec<&'static str> {
    NEEDLES.into_iter().filter(|needle| bytes::stand(home, needle)).collect()
}

fn whole(no: u64) -> Erase {
    Erase { case: id(no), keys: BTreeSet::new(), whole: true }
}

async fn lived_in(home: &Home) -> Store {
    let store = home.open().await;
    for no in 1..=40 {
        report(&store, &told(no)).await;
    }
    let named = Told { title: TITLE.to_owned(), text: "Zyxwvu 说的".to_owned(), ..told(50) };
    let work = keyed(report_work(&store, &named), key("Zyxwvu-1", 1));
    store.submit(work).await.unwrap();
    append(&store, 50, comment(&store, 50, T0, "已联系欧阳翠花")).await.unwrap();
    for no in 51..=90 {
        report(&store, &told(no)).await;
    }
    store
}

async fn hits(store: &Store, q: &str) -> usize {
    store.search(TENANT, q, None, None, 10).await.unwrap().items.len()
}

/// A comment under a key of its own, as callbacks have it.
async fn talked(store: &Store, no: u64, text: &str) -> Result<(), CommitError> {
    let seals = store.seals(TENANT);
    let key = seals.new_key_of(&talk_key(id(no)), id(no)).unwrap();
    let words = seals.seal(&key.name, text).unwrap();
    let event = event(T0, Body::Commented { words }, None, Vec::new());
    let work = Work { seal_keys: vec![key], ..append_work(no, event) };
    store.submit(work).await.map(drop)
}

async fn relocate(store: &Store, no: u64, address: &str) {
    let address = Some(store.seals(TENANT).seal(&case_key(id(no)), address).unwrap());
    let body = Body::Relocated { place: Place::default(), address, centre: None };
    append(store, no, event(T0, body, None, Vec::new())).await.unwrap();
}

fn redacted(entry: u32) -> Event {
    event(T0, Body::Redacted { event: entry, reason: "personal_data".into() }, None, Vec::new())
}

/// Title and address, on the case's page and in lists alike.
async fn heading(store: &Store, no: u64) -> (Option<String>, Option<String>) {
    let page = store.case(TENANT, id(no)).await.unwrap().unwrap().texts;
    let row = store.cases(TENANT, &[id(no)]).await.unwrap().remove(0).texts;
    assert_eq!((&page.title, &page.address), (&row.title, &row.address));
    (row.title, row.address)
}

on_both! {
    async fn an_erased_case_is_in_no_byte_of_the_database_and_every_proof_holds(home: &Home) {
        let store = lived_in(home).await;
        assert_eq!(hits(&store, "翠花").await, 1);
        store.close().await;
        // Closed and opened, so that a file's log is in the file and a server has written its pages.
        let store = home.open().await;
        store.scour(Instant(T0)).await.unwrap();
        assert_eq!(found(home), NEEDLES, "the test can find what is there");
        let erased = store.erase(TENANT, &whole(50)).await.unwrap();
        assert_eq!((erased.keys, erased.documents), (1, 2));
        store.scour(Instant(T0)).await.unwrap();
        assert_eq!(found(home), [""; 0]);
        assert_eq!(hits(&store, "翠花").await, 0);
        assert_eq!(store.case(TENANT, id(50)).await.unwrap().unwrap().texts, Default::default());
        assert!(store.audit(&|_| {}).await.unwrap().clean());
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
        assert_eq!(hits(&store, "路灯").await, 10, "others are found as before");
        let again = store.erase(TENANT, &whole(50)).await.unwrap();
        assert_eq!(again.keys, 0, "nothing is left to destroy");
        let (dir, keys) = (home.path().join("backup"), home.path().join("keys"));
        store.backup(&dir, &keys, T0).await.unwrap();
        for needle in NEEDLES {
            assert!(!bytes::hold(&dir, needle) && !bytes::hold(&keys, needle), "{needle}");
        }
    }
    async fn words_under_another_key_of_the_case_stay_to_be_found(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        talked(&store, 1, "回访时说诸葛大力不在家").await.unwrap();
        assert_eq!((hits(&store, "大力").await, hits(&store, "路灯").await), (1, 1));
        let keys = BTreeSet::from([talk_key(id(1))]);
        store.erase(TENANT, &Erase { case: id(1), keys, whole: false }).await.unwrap();
        assert_eq!((hits(&store, "大力").await, hits(&store, "路灯").await), (0, 1));
        assert!(store.check(&|_| {}).await.unwrap().clean());
        store.destroy_key(TENANT, &case_key(id(1))).await.unwrap();
        assert_eq!(hits(&store, "路灯").await, 0);
        assert!(store.check(&|_| {}).await.unwrap().clean());
    }
    async fn an_address_is_shown_until_the_entry_that_gave_it_is_redacted(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        relocate(&store, 1, "诸葛家三单元").await;
        assert_eq!(heading(&store, 1).await, (Some("路灯不亮 1".into()), Some("诸葛家三单元".into())));
        store.close().await;
        // What memory knew of the case is gone.
        let store = home.open().await;
        append(&store, 1, redacted(2)).await.unwrap();
        assert_eq!(heading(&store, 1).await, (Some("路灯不亮 1".into()), None));
        assert_eq!(hits(&store, "诸葛家").await, 0);
        relocate(&store, 1, "幸福路13号").await;
        append(&store, 1, redacted(1)).await.unwrap();
        assert_eq!(heading(&store, 1).await, (None, Some("幸福路13号".into())), "a later entry gave the address");
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
        store.rebuild(&|_| {}).await.unwrap();
        assert_eq!(heading(&store, 1).await, (None, Some("幸福路13号".into())));
    }
    async fn a_person_s_key_goes_alone_and_the_case_keeps_its_words(home: &Home) {
        let store = home.open().await;
        let (mut first, key) = reported(&store.seals(TENANT), &told(1));
        let person = store.seals(TENANT).new_key_of(&"p1".into(), id(1)).unwrap();
        let sealed = store.seals(TENANT).seal(&person.name, "诸葛大力").unwrap();
        if let Body::Reported { report, .. } = &mut first.body {
            report.reporters = vec![Informant { name: Some(sealed.clone()), contact: None, reachable: false }];
        }
        let decider = Does(id(1), move |_: &dyn huying_store::Known| {
            Ok(huying_store::Verdict::Events(vec![(id(1), vec![first.clone()])]))
        });
        let work = Work { seal_keys: vec![key, person], ..Work::new(TENANT, Box::new(decider)) };
        store.submit(work).await.unwrap();
        assert_eq!(store.key_of(TENANT, &"p1".into()).await.unwrap(), Some((Some(id(1)), true)));
        assert_eq!(store.seals(TENANT).open(&sealed).as_deref(), Some("诸葛大力"));
        let keys = BTreeSet::from(["p1".into()]);
        store.erase(TENANT, &Erase { case: id(1), keys, whole: false }).await.unwrap();
        store.load_keys(TENANT, &["p1".into()]).await.unwrap();
        assert_eq!(store.seals(TENANT).open(&sealed), None);
        assert_eq!(store.key_of(TENANT, &"p1".into()).await.unwrap(), Some((Some(id(1)), false)));
        assert!(store.case(TENANT, id(1)).await.unwrap().unwrap().texts.title.is_some());
        assert!(store.check(&|_| {}).await.unwrap().clean() && store.audit(&|_| {}).await.unwrap().clean());
    }
    async fn accesses_are_read_newest_first_by_case_and_by_member_and_dropped_by_age(home: &Home) {
        let store = home.open().await;
        let row = |at: i64, member: &str, case: u64, what: &str| AccessRow {
            at: Instant(at),
            no: at,
            member: MemberId::new(member),
            unit: Some(UnitId::new("centre-a")),
            case: id(case),
            what: what.into(),
            field: Some("contact".into()),
            reporter: Some(0),
            purpose: Some("callback".into()),
        };
        let rows = [row(1, "a", 1, "opened"), row(2, "b", 1, "revealed"), row(3, "a", 2, "opened")];
        store.note_accesses(TENANT, &rows).await.unwrap();
        let end = (Instant(i64::MAX), 0);
        let read = |of: AccessOf, from: i64, before: (Instant, i64)| {
            let store = &store;
            async move { store.accesses(TENANT, &of, Instant(from), before, 10).await.unwrap() }
        };
        assert_eq!(read(AccessOf::Everybody, 0, end).await, [rows[2].clone(), rows[1].clone(), rows[0].clone()]);
        assert_eq!(read(AccessOf::Everybody, 2, (Instant(3), 3)).await, [rows[1].clone()]);
        assert_eq!(read(AccessOf::Case(id(1)), 0, end).await, [rows[1].clone(), rows[0].clone()]);
        assert_eq!(read(AccessOf::Member(MemberId::new("a")), 0, end).await, [rows[2].clone(), rows[0].clone()]);
        assert_eq!(store.accesses_shown(TENANT, id(1)).await.unwrap(), [rows[1].clone()]);
        assert_eq!(store.accesses_shown(TENANT, id(2)).await.unwrap(), []);
        assert_eq!(store.purge_accesses(TENANT, Instant(3)).await.unwrap(), 2);
        assert_eq!(read(AccessOf::Everybody, 0, end).await, [rows[2].clone()]);
    }
    async fn an_erasure_is_decided_once_and_asks_for_a_rewriting(home: &Home) {
        let store = home.open().await;
        let it = ErasureRow {
            id: "e1".into(),
            case: id(1),
            reporter: Some(0),
            reason: "withdrawn".into(),
            state: "proposed".into(),
            proposed_by: MemberId::new("a"),
            proposed_at: Instant(T0),
            decided_by: None,
            decided_at: None,
            keys: 0,
            scoured_at: None,
        };
        store.propose_erasure(TENANT, &it).await.unwrap();
        assert_eq!(store.erasure(TENANT, "e1").await.unwrap(), Some(it.clone()));
        assert!(!store.wants_scouring().await.unwrap());
        let done = ErasureRow {
            state: "done".into(),
            decided_by: Some(MemberId::new("b")),
            decided_at: Some(Instant(T0 + 1)),
            keys: 2,
            ..it
        };
        assert!(store.decide_erasure(TENANT, "proposed", &done).await.unwrap());
        assert!(!store.decide_erasure(TENANT, "proposed", &done).await.unwrap());
        assert!(store.wants_scouring().await.unwrap());
        store.scour(Instant(T0 + 2)).await.unwrap();
        assert!(!store.wants_scouring().await.unwrap());
        assert_eq!(store.erasures(TENANT, 10).await.unwrap(), [ErasureRow { scoured_at: Some(Instant(T0 + 2)), ..done }]);
    }
}
