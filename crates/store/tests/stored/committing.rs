//! The committer on both databases: durability, keys, races, lanes, bad commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_model::{CaseId, Refusal, Stage};
use huying_store::{CommitError, Fault, Known, Store, TenantId, Verdict, Work};

/// Holds the committer until the sender speaks, so that a test can fill the waiting room.
async fn block(store: &Arc<Store>) -> (tokio::task::JoinHandle<()>, mpsc::Sender<()>) {
    let (go, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    let begun = Arc::new(AtomicBool::new(false));
    let begin = Arc::clone(&begun);
    let decider = Does(id(99), move |_: &dyn Known| {
        begin.store(true, Ordering::SeqCst);
        let _ = wait.lock().expect("one committer").recv_timeout(Duration::from_secs(20));
        Err(Refusal::NothingDue)
    });
    let work = Work::new(TENANT, Box::new(decider));
    let held = Arc::clone(store);
    let blocked = tokio::spawn(async move {
        assert_eq!(held.submit(work).await.unwrap_err(), CommitError::Refused(Refusal::NothingDue));
    });
    until(|| begun.load(Ordering::SeqCst)).await;
    (blocked, go)
}

async fn submit_all(store: &Arc<Store>, work: Vec<Work>) -> Vec<Result<huying_store::Receipt, CommitError>> {
    let mut waiting = Vec::new();
    for one in work {
        let store = Arc::clone(store);
        waiting.push(tokio::spawn(async move { store.submit(one).await }));
        tokio::task::yield_now().await;
    }
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(one.await.expect("no panic outside the committer"));
    }
    answers
}

/// A command that asks once for another case, as the engine's do: its event comes to its own case, and to the other one where
/// that stands in `stage`.
fn with_other(own: u64, other: u64, stage: Stage, event: huying_model::Event) -> Work {
    let mut asked = false;
    let decider = Does(id(own), move |known: &dyn Known| -> Result<Verdict, Refusal> {
        if !std::mem::replace(&mut asked, true) {
            return Ok(Verdict::Need(vec![id(other)]));
        }
        let found = known.case(id(other)).ok_or(Refusal::UnknownCase)?;
        let follows = if found.stage == stage { vec![event.clone()] } else { Vec::new() };
        Ok(Verdict::Events(vec![(id(own), vec![event.clone()]), (id(other), follows)]))
    });
    Work::new(TENANT, Box::new(decider))
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..2000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to pass");
}

on_both! {
    async fn what_was_answered_is_there_after_opening_again(home: &Home) {
        let store = home.open().await;
        let first = report(&store, &told(1)).await;
        assert_eq!((first.version, first.stage, first.number.as_str()), (1, Stage::Reported, "T-000001"));
        let said = append(&store, 1, comment(&store, 1, T0, "已联系供电公司")).await.unwrap();
        assert_eq!((said.version, said.position), (2, 2));
        store.close().await;

        let store = home.open().await;
        let next = append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        assert_eq!((next.version, next.stage, next.position), (3, Stage::Filed, 3));
        let view = store.case(TENANT, id(1)).await.unwrap().unwrap();
        assert_eq!(view.case.custodian.as_str(), "centre-b");
        assert_eq!(view.texts.title.as_deref(), Some("路灯不亮 1"));
        assert!(view.texts.text.unwrap().contains("三号楼"));
        assert_eq!(view.texts.address.as_deref(), Some("幸福路12号"));
    }

    async fn a_key_gives_the_first_answer_again_also_after_a_restart(home: &Home) {
        let store = home.open().await;
        let first = store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap();
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        let again = store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap();
        assert!(again.replayed && !first.replayed);
        assert_eq!((again.version, again.stage, again.position), (first.version, first.stage, first.position));
        store.close().await;

        let store = home.open().await;
        let after = store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap();
        assert!(after.replayed);
        assert_eq!(after.number, first.number);
        let other = store.submit(keyed(report_work(&store, &told(2)), key("k1", 2))).await.unwrap_err();
        assert_eq!(other, CommitError::Fault(Fault::KeyReused));
        assert!(store.case(TENANT, id(2)).await.unwrap().is_none());
    }

    /// The second sending makes a key of the same name, which must never seal words of the case.
    async fn a_report_that_is_sent_twice_leaves_the_words_readable(home: &Home) {
        let store = home.open().await;
        store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap();
        assert!(store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap().replayed);
        append(&store, 1, comment(&store, 1, T0, "第一次")).await.unwrap();
        store.close().await;
        let store = home.open().await;
        assert!(store.submit(keyed(report_work(&store, &told(1)), key("k1", 1))).await.unwrap().replayed);
        assert!(store.submit(report_work(&store, &told(1))).await.is_err(), "begun already");
        store.load_keys(TENANT, &[huying_store::case_key(id(1))]).await.unwrap();
        append(&store, 1, comment(&store, 1, T0, "第二次")).await.unwrap();
        store.close().await;
        let store = home.open().await;
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
        let seals = store.seals(TENANT);
        for entry in store.journal(TENANT, id(1), 0, 10).await.unwrap() {
            assert!(huying_store::project::spoken(&entry.event).into_iter().all(|words| seals.open(words).is_some()));
        }
    }

    async fn the_same_key_twice_in_one_batch_is_done_once(home: &Home) {
        let store = Arc::new(home.open().await);
        report(&store, &told(1)).await;
        let (blocked, go) = block(&store).await;
        let say = || keyed(append_work(1, comment(&store, 1, T0, "同一句话")), key("twice", 3));
        let work = vec![say(), say(), say()];
        let all = { let store = Arc::clone(&store); tokio::spawn(async move { submit_all(&store, work).await }) };
        until(|| store.waiting().0 == 3).await;
        go.send(()).unwrap();
        blocked.await.unwrap();
        let all = all.await.unwrap();
        assert!(all.iter().all(|answer| answer.as_ref().is_ok_and(|receipt| receipt.version == 2)), "{all:?}");
        assert_eq!(all.iter().filter(|answer| answer.as_ref().is_ok_and(|receipt| receipt.replayed)).count(), 2);
        assert_eq!(store.journal(TENANT, id(1), 0, 10).await.unwrap().len(), 2);
    }

    async fn a_refused_command_may_be_sent_again_under_its_key(home: &Home) {
        let store = home.open().await;
        let work = || keyed(append_work(5, moved(T0, Stage::Filed, "centre-b")), key("later", 1));
        assert_eq!(store.submit(work()).await.unwrap_err(), CommitError::Refused(Refusal::UnknownCase));
        report(&store, &told(5)).await;
        assert_eq!(store.submit(work()).await.unwrap().version, 2);
    }

    async fn a_version_that_has_moved_on_is_a_conflict(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        append(&store, 1, comment(&store, 1, T0, "一")).await.unwrap();
        let mut work = append_work(1, moved(T0, Stage::Filed, "centre-b"));
        work.expect_version = Some(1);
        let stale = store.submit(work).await.unwrap_err();
        assert_eq!(stale, CommitError::Fault(Fault::Conflict { case: id(1), is: 2, expected: 1 }));
        let mut work = append_work(1, moved(T0, Stage::Filed, "centre-b"));
        work.expect_version = Some(2);
        assert_eq!(store.submit(work).await.unwrap().version, 3);
        let mut nowhere = append_work(7, moved(T0, Stage::Filed, "centre-b"));
        nowhere.expect_version = Some(2);
        assert!(matches!(store.submit(nowhere).await, Err(CommitError::Fault(Fault::NotFound(_)))));
    }

    async fn one_bad_command_in_a_batch_of_64_fails_alone(home: &Home) {
        let store = Arc::new(home.open().await);
        report(&store, &told(1000)).await;
        let (blocked, go) = block(&store).await;
        let work: Vec<Work> = (1..=64)
            .map(|no| {
                // The bad one's number is taken, which only the database can know.
                let (mut event, seal_key) = reported(&store.seals(TENANT), &told(no));
                if no == 41
                    && let huying_model::event::Body::Reported { report, .. } = &mut event.body
                {
                    report.number = "T-001000".into();
                }
                let decider = Does(id(no), move |_: &dyn Known| Ok(Verdict::Events(vec![(id(no), vec![event.clone()])])));
                Work { seal_keys: vec![seal_key], ..Work::new(TENANT, Box::new(decider)) }
            })
            .collect();
        let all = { let store = Arc::clone(&store); tokio::spawn(async move { submit_all(&store, work).await }) };
        until(|| store.waiting().0 >= 64).await;
        go.send(()).unwrap();
        blocked.await.unwrap();
        for (no, answer) in (1..).zip(all.await.unwrap()) {
            if no == 41 {
                assert_eq!(answer.unwrap_err(), CommitError::Fault(Fault::NumberTaken));
            } else {
                assert_eq!(answer.unwrap().number, format!("T-{no:06}"));
            }
        }
        assert!(store.stats().halved.load(Ordering::Relaxed) >= 1, "the batch was never halved");
        assert!(store.case(TENANT, id(41)).await.unwrap().is_none());
        assert!(store.check(&|_| {}).await.unwrap().clean());
        assert!(store.audit(&|_| {}).await.unwrap().clean());
    }

    async fn a_decider_that_panics_takes_nobody_with_it(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        let bad = Does(id(1), |_: &dyn Known| -> Result<Verdict, Refusal> { panic!("a rule went wrong") });
        let answer = store.submit(Work::new(TENANT, Box::new(bad))).await;
        assert!(matches!(answer, Err(CommitError::Fault(Fault::Broken(_)))));
        assert_eq!(append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap().version, 2);
    }

    async fn events_of_two_cases_are_stored_together_and_needed_cases_are_loaded(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        report(&store, &told(2)).await;
        let decider = Does(id(1), |known: &dyn Known| {
            if known.case(id(2)).is_none() {
                return Ok(Verdict::Need(vec![id(2), id(3)]));
            }
            assert!(known.case(id(3)).is_none(), "a case that does not exist is none");
            Ok(Verdict::Events(vec![
                (id(1), vec![moved(T0, Stage::Filed, "centre-b")]),
                (id(2), vec![moved(T0, Stage::Filed, "centre-c"), moved(T0, Stage::Dispatched, "post-1")]),
            ]))
        });
        let receipt = store.submit(Work::new(TENANT, Box::new(decider))).await.unwrap();
        assert_eq!((receipt.version, receipt.position), (2, 5));
        assert_eq!(store.case(TENANT, id(2)).await.unwrap().unwrap().case.version, 3);
        assert!(store.check(&|_| {}).await.unwrap().clean());
    }

    async fn what_a_command_asked_for_is_there_beside_others_and_when_its_batch_is_decided_again(home: &Home) {
        let store = Arc::new(home.open().await);
        for no in [1, 2, 1000] {
            report(&store, &told(no)).await;
        }
        let (blocked, go) = block(&store).await;
        let (mut event, seal_key) = reported(&store.seals(TENANT), &told(41));
        if let huying_model::event::Body::Reported { report, .. } = &mut event.body {
            report.number = "T-001000".into();
        }
        let decider = Does(id(41), move |_: &dyn Known| Ok(Verdict::Events(vec![(id(41), vec![event.clone()])])));
        let bad = Work { seal_keys: vec![seal_key], ..Work::new(TENANT, Box::new(decider)) };
        let filed = || moved(T0, Stage::Filed, "centre-b");
        let work = vec![append_work(2, filed()), with_other(1, 2, Stage::Filed, filed()), bad];
        let all = { let store = Arc::clone(&store); tokio::spawn(async move { submit_all(&store, work).await }) };
        until(|| store.waiting().0 == 3).await;
        go.send(()).unwrap();
        blocked.await.unwrap();
        let all = all.await.unwrap();
        assert_eq!(all[2], Err(CommitError::Fault(Fault::NumberTaken)));
        assert_eq!(all[1].as_ref().map(|receipt| receipt.version), Ok(2));
        assert!(store.stats().halved.load(Ordering::Relaxed) >= 1, "the batch was never decided again");
        assert_eq!(store.case(TENANT, id(2)).await.unwrap().unwrap().case.version, 3);
    }

    async fn asking_for_the_same_case_for_ever_is_stopped(home: &Home) {
        let store = home.open().await;
        let decider = Does(id(1), |_: &dyn Known| Ok(Verdict::Need(vec![id(2)])));
        let answer = store.submit(Work::new(TENANT, Box::new(decider))).await;
        assert!(matches!(answer, Err(CommitError::Fault(Fault::Broken(_)))), "{answer:?}");
    }

    async fn persons_come_before_imports_and_tenants_take_turns(home: &Home) {
        let mut options = home.options();
        options.max_batch = 4;
        let store = Arc::new(home.open_with(options).await);
        let order: Arc<Mutex<Vec<&'static str>>> = Arc::default();
        let note = |name: &'static str, tenant: i64| {
            let order = Arc::clone(&order);
            let decider = Does(CaseId(1), move |_: &dyn Known| {
                order.lock().expect("one committer").push(name);
                Err(Refusal::NothingDue)
            });
            Work::new(TenantId(tenant), Box::new(decider))
        };
        let (blocked, go) = block(&store).await;
        let mut work: Vec<Work> = (0..6).map(|_| bulk(note("import", 1))).collect();
        work.extend((0..6).map(|_| note("busy tenant", 1)));
        work.extend((0..2).map(|_| note("quiet tenant", 2)));
        let all = { let store = Arc::clone(&store); tokio::spawn(async move { submit_all(&store, work).await }) };
        until(|| store.waiting() == (8, 6)).await;
        go.send(()).unwrap();
        let _ = (blocked.await.unwrap(), all.await.unwrap());
        let mut order = order.lock().unwrap().clone();
        let imports = order.split_off(8);
        assert_eq!(order, ["busy tenant", "quiet tenant", "busy tenant", "quiet tenant", "busy tenant", "busy tenant", "busy tenant", "busy tenant"]);
        assert!(imports.iter().all(|name| *name == "import"), "{imports:?}");
    }

    async fn a_full_lane_says_busy_at_once(home: &Home) {
        let mut options = home.options();
        options.queue = 3;
        let store = Arc::new(home.open_with(options).await);
        report(&store, &told(1)).await;
        let (blocked, go) = block(&store).await;
        let work = (0..3).map(|no| append_work(1, moved(T0 + no, Stage::Filed, "centre-b"))).collect();
        let waiting = { let store = Arc::clone(&store); tokio::spawn(async move { submit_all(&store, work).await }) };
        until(|| store.waiting().0 == 3).await;
        let full = store.submit(append_work(1, moved(T0, Stage::Filed, "centre-b"))).await.unwrap_err();
        assert!(matches!(full, CommitError::Fault(Fault::Busy { retry_after_ms }) if retry_after_ms > 0));
        go.send(()).unwrap();
        blocked.await.unwrap();
        assert!(waiting.await.unwrap().iter().all(Result::is_ok));
    }

    async fn a_store_does_not_open_with_another_sealing_key(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        store.close().await;
        let mut options = home.options();
        options.root_key = huying_store::RootKey::Hex("ab".repeat(32));
        let refused = Store::open(&home.url, options).await.err().expect("it is refused");
        assert!(refused.to_string().contains("sealing key"), "{refused}");
    }

    async fn many_clients_at_once_leave_every_answered_command_once_and_a_clean_store(home: &Home) {
        let mut options = home.options();
        options.cached_cases = 8; // far fewer than there are cases, so that loading is exercised
        let store = Arc::new(home.open_with(options).await);
        for no in 1..=24 {
            report(&store, &told(no)).await;
        }
        let mut clients = Vec::new();
        for client in 0..8_u64 {
            let store = Arc::clone(&store);
            clients.push(tokio::spawn(async move {
                for turn in 0..30_u64 {
                    let no = 1 + (client * 7 + turn * 5) % 24;
                    let stage = [Stage::Filed, Stage::Dispatched, Stage::Handling, Stage::Inspecting][(turn % 4) as usize];
                    let event = if turn % 3 == 0 { comment(&store, no, T0, "进展：已到现场 arrived") } else { moved(T0 + turn as i64, stage, "post-1") };
                    append(&store, no, event).await.expect("appended");
                }
            }));
        }
        for client in clients {
            client.await.unwrap();
        }
        let (stream, last) = store.streams().await.unwrap()[0];
        assert_eq!((stream, last), (1, 24 + 240));
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
        assert_eq!((check.cases, check.events), (24, 264));
        assert!(store.audit(&|_| {}).await.unwrap().clean());
    }
}

/// Two nodes on one PostgreSQL, each with its own stream, work on the same cases from memory that goes stale all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_postgres_lose_nothing_and_refuse_nobody_on_a_stale_look() {
    let home = Home::new(Kind::Postgres).await;
    let first = Arc::new(home.open().await);
    let mut options = home.options();
    options.stream = 2;
    let second = Arc::new(home.open_with(options).await);
    for no in 1..=3 {
        report(&first, &told(no)).await;
    }
    let mut nodes = Vec::new();
    for store in [Arc::clone(&first), Arc::clone(&second)] {
        nodes.push(tokio::spawn(async move {
            for turn in 0..40_u64 {
                append(&store, 1 + turn % 3, moved(T0 + turn as i64, Stage::Filed, "centre-b"))
                    .await
                    .expect("appended");
            }
        }));
    }
    for node in nodes {
        node.await.unwrap();
    }
    let versions: u32 = {
        let mut sum = 0;
        for no in 1..=3 {
            sum += first.case(TENANT, id(no)).await.unwrap().unwrap().case.version;
        }
        sum
    };
    assert_eq!(versions, 83);
    assert!(first.check(&|_| {}).await.unwrap().clean());
    assert!(first.audit(&|_| {}).await.unwrap().clean());
    // The second node holds an old look at case 9, which exists only since the first node made it.
    assert!(append(&second, 9, moved(T0, Stage::Filed, "centre-b")).await.is_err());
    report(&first, &told(9)).await;
    assert_eq!(append(&second, 9, moved(T0, Stage::Filed, "centre-b")).await.unwrap().version, 2);
}

/// What is left as it is has no row whose version would be checked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_on_one_postgres_leave_no_case_as_it_is_on_a_stale_look() {
    let home = Home::new(Kind::Postgres).await;
    let first = home.open().await;
    let mut options = home.options();
    options.stream = 2;
    let second = home.open_with(options).await;
    // Takes a case back from a post that is gone, and does nothing to one that the post does not have.
    let back = |no: u64| {
        let decider = Does(id(no), move |known: &dyn Known| -> Result<Verdict, Refusal> {
            let held = known.case(id(no)).is_some_and(|case| case.custodian.as_str() == "post-1");
            let events = if held { vec![moved(T0 + 1, Stage::Filed, "centre-b")] } else { Vec::new() };
            Ok(Verdict::Events(vec![(id(no), events)]))
        });
        Work::new(TENANT, Box::new(decider))
    };
    for no in 1..=3 {
        report(&first, &told(no)).await;
    }
    // The first node still holds what it has written.
    for no in 1..=2 {
        append(&second, no, moved(T0, Stage::Handling, "post-1")).await.unwrap();
    }
    let receipt = first.submit(back(1)).await.unwrap();
    assert_eq!((receipt.version, receipt.stage), (3, Stage::Filed));
    assert_eq!(first.submit(back(1)).await.unwrap().version, 3, "there is nothing more to take back");

    // The other case follows, which the first node has as it was reported.
    let ended = moved(T0 + 2, Stage::Closed, "centre-a");
    assert_eq!(first.submit(with_other(3, 2, Stage::Handling, ended)).await.unwrap().version, 2);
    assert_eq!(second.case(TENANT, id(2)).await.unwrap().unwrap().case.stage, Stage::Closed);

    // A precondition is asked of what is stored, too.
    append(&second, 1, moved(T0 + 3, Stage::Filed, "centre-b")).await.unwrap();
    let work = Work { expect_version: Some(3), ..back(1) };
    let conflict = CommitError::Fault(Fault::Conflict { case: id(1), is: 4, expected: 3 });
    assert_eq!(first.submit(work).await.unwrap_err(), conflict);
    assert!(first.check(&|_| {}).await.unwrap().clean());
}
