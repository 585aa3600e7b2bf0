//! Kill -9 at random moments under load, on both databases; on PostgreSQL the postmaster too.
//!
//! `HUYING_CRASHES` sets the number of rounds for each; the usual run is short.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod city;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use city::{
    place::{Home, Kind},
    *,
};
use huying_store::{RootKey, Store};

fn rounds(usual: u64) -> u64 {
    std::env::var("HUYING_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Not a test of its own: the process that the others kill. It works from the case number it is given and says each
/// answer on a line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_victim() {
    let (Ok(url), Ok(from)) = (std::env::var("HUYING_VICTIM_URL"), std::env::var("HUYING_VICTIM_FROM"))
    else {
        return;
    };
    let dir = std::env::var("HUYING_VICTIM_DIR").unwrap();
    let mut options = options(std::path::Path::new(&dir));
    options.root_key = RootKey::File(std::path::Path::new(&dir).join("seal.key"));
    let store = Arc::new(Store::open(&url, options).await.unwrap());
    let from: u64 = from.parse().unwrap();
    let mut clients = Vec::new();
    for client in 0..8_u64 {
        let store = Arc::clone(&store);
        clients.push(tokio::spawn(async move {
            for turn in 0_u64.. {
                let no = from + client + 8 * (turn / 4);
                let work = if turn % 4 == 0 {
                    report_work(&store, &told(no))
                } else {
                    append_work(no, comment(&store, no, T0 + turn as i64, "现场进展 step"))
                };
                match store.submit(keyed(work, key(&format!("{no:08}-{}", turn % 4), 1))).await {
                    Ok(receipt) => println!("\nANSWERED {no} {}", receipt.version),
                    Err(_) => return,
                }
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
}

/// Runs the victim, calls `strike` at a random moment, and gives the answers that came out.
fn work_until(
    home: &Home,
    from: u64,
    wait_ms: u64,
    strike: impl FnOnce(&mut std::process::Child),
) -> Vec<(u64, u32)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["the_victim", "--exact", "--nocapture"])
        .env("HUYING_VICTIM_URL", &home.url)
        .env("HUYING_VICTIM_FROM", from.to_string())
        .env("HUYING_VICTIM_DIR", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let (first, begun) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut answered = Vec::new();
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let mut words = line.split(' ');
            if words.next() != Some("ANSWERED") {
                continue;
            }
            if let (Some(Ok(no)), Some(Ok(version))) =
                (words.next().map(str::parse), words.next().map(str::parse))
            {
                answered.push((no, version));
                let _ = first.send(());
            }
        }
        answered
    });
    begun.recv_timeout(Duration::from_secs(60)).expect("the victim answers");
    std::thread::sleep(Duration::from_millis(wait_ms));
    strike(&mut child);
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Every answer is there, none twice, every proof holds.
async fn look(home: &Home, answered: &[(u64, u32)]) {
    let store = home.open().await;
    for (no, version) in answered {
        let journal = store.journal(TENANT, id(*no), 0, 100).await.unwrap();
        assert!(
            journal.len() >= *version as usize,
            "case {no} has {} entries, version {version} was answered",
            journal.len()
        );
        assert!(journal.len() <= 4, "case {no} has an entry twice");
        // What was answered is answered the same under its key.
        let step = version - 1;
        let again = store
            .submit(keyed(report_work(&store, &told(*no)), key(&format!("{no:08}-{step}"), 1)))
            .await
            .unwrap();
        assert!(again.replayed && again.version == *version, "case {no}: {again:?}");
    }
    let check = store.check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
    let audit = store.audit(&|_| {}).await.unwrap();
    assert!(audit.clean(), "{audit:?}");
    store.close().await;
}

async fn kills(kind: Kind) {
    let home = Home::new(kind).await;
    home.open().await.close().await;
    let mut all = 0;
    for round in 0..rounds(5) {
        let wait = 5 + (round * 7919) % 120;
        let answered = work_until(&home, 1 + round * 100_000, wait, |child| child.kill().unwrap());
        all += answered.len();
        look(&home, &answered).await;
    }
    println!("{kind:?}: {} kills, {all} answered, none lost", rounds(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing_that_it_answered_on_sqlite() {
    kills(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing_that_it_answered_on_postgres() {
    kills(Kind::Postgres).await;
}

/// The victim survives and is told that the database went away; what it had answered is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_postmaster_loses_nothing_that_was_answered() {
    let cluster = place::Cluster::start("killed");
    let mut all = 0;
    for round in 0..rounds(3) {
        let home = Home::within(&cluster.url()).await;
        home.open().await.close().await;
        let wait = 5 + (round * 7919) % 120;
        let answered = work_until(&home, 1, wait, |child| {
            cluster.kill();
            std::thread::sleep(Duration::from_millis(50));
            child.kill().unwrap();
        });
        all += answered.len();
        cluster.start_again();
        let home = home.moved_to(&cluster.url());
        look(&home, &answered).await;
        home.drop_on(&cluster.url()).await;
    }
    println!("postmaster: {} kills, {all} answered, none lost", rounds(3));
}
