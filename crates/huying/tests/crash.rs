//! The crash campaign: the built binary is killed at random moments while clients send, and nothing acknowledged may be
//! lost, nothing may happen twice.
//!
//! Every client sends each command with an idempotency key, and after a crash sends what was not acknowledged again
//! under the same key. At the end the journal is counted entry by entry against what the clients know, and `audit` and `rebuild
//! --check` have to be clean. On PostgreSQL every second crash is the postmaster's. `HUYING_CRASH_ROUNDS` says how many
//! crashes each database gets; a few stand in the usual tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails loudly and prints its figures"
)]

mod crash_made {
    pub mod client;
    pub mod server;
}

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crash_made::{
    client::{Client, Known},
    server::{Cluster, Place, Served},
};

const CLIENTS: usize = 4;
/// Entries that a campaign must have made to show anything.
const LEAST: usize = 10 * CLIENTS;

fn rounds(usual: u64) -> u64 {
    std::env::var("HUYING_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Numbers that are the same in every run; the moments they make are not, because machines differ.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Clients send until the moment comes; then `crash` happens. Returns the clients with what they know.
fn round(served: &Served, clients: Vec<Client>, after: Duration, crash: impl FnOnce()) -> Vec<Client> {
    let over = Arc::new(AtomicBool::new(false));
    let running: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let (over, port) = (Arc::clone(&over), served.port);
            thread::spawn(move || {
                client.send_until(port, &over);
                client
            })
        })
        .collect();
    thread::sleep(after);
    crash();
    over.store(true, Ordering::SeqCst);
    running.into_iter().map(|client| client.join().expect("a client runs to its end")).collect()
}

/// What stands in the journal against what the clients were told.
fn judge(place: &Place, url: &str, clients: &[Client]) -> (usize, usize) {
    let mut stored: BTreeMap<String, usize> = BTreeMap::new();
    for line in place.well(url, &["export", "events"]).lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        *stored.entry(entry["case"].as_str().expect("a case").to_owned()).or_default() += 1;
    }
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for Known { case, entries } in clients.iter().flat_map(|client| &client.known) {
        expected.insert(case.clone(), *entries);
    }
    let lost: Vec<_> =
        expected.iter().filter(|(case, n)| stored.get(*case).is_none_or(|have| have < n)).collect();
    let twice: Vec<_> =
        stored.iter().filter(|(case, n)| expected.get(*case).is_none_or(|told| *n > told)).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    assert!(twice.is_empty(), "there without having been acknowledged, or twice: {twice:?}");
    for check in [&["audit"][..], &["rebuild", "--check"]] {
        place.well(url, check);
    }
    (expected.len(), expected.values().sum())
}

fn campaign(place: &Place, mut url: String, rounds: u64, cluster: Option<&Cluster>) {
    place.well(&url, &["init", "--pack", "starter"]);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut clients: Vec<Client> = (0..CLIENTS).map(Client::new).collect();
    let served_enough =
        |clients: &[Client]| clients.iter().map(|client| client.acknowledged).sum::<usize>() > LEAST;
    let mut crashes = 0;
    // A machine that is busy with other things serves little between two crashes: it gets more of them, up to a bound.
    while crashes < rounds || !served_enough(&clients) && crashes < 4 * rounds {
        let no = crashes;
        crashes += 1;
        let served = place.serve(&url);
        let after = Duration::from_millis(40 + dice.below(500));
        clients = match cluster.filter(|_| no % 2 == 1) {
            Some(cluster) => {
                let clients = round(&served, clients, after, || cluster.kill());
                served.kill();
                url = cluster.start_again();
                clients
            }
            None => round(&served, clients, after, || served.kill()),
        };
    }
    let served = place.serve(&url);
    for client in &mut clients {
        client.settle(served.port);
    }
    served.end();
    let (cases, entries) = judge(place, &url, &clients);
    let sum = |of: fn(&Client) -> usize| clients.iter().map(of).sum::<usize>();
    println!(
        "{crashes} crashes on {}: {} commands acknowledged, {} sent again ({} had been stored), {cases} cases with {entries} entries, 0 lost, 0 twice",
        if cluster.is_some() { "PostgreSQL" } else { "SQLite" },
        sum(|client| client.acknowledged),
        sum(|client| client.again),
        sum(|client| client.replayed),
    );
    assert!(entries > LEAST, "the clients were really served between the crashes");
}

#[test]
fn a_killed_server_on_sqlite_loses_nothing_it_acknowledged_and_does_nothing_twice() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.path("crash.db").display());
    campaign(&place, url, rounds(8), None);
}

#[test]
fn a_killed_server_or_postmaster_on_postgresql_loses_nothing_it_acknowledged_and_does_nothing_twice() {
    let place = Place::new();
    let cluster = Cluster::start();
    campaign(&place, cluster.url(), rounds(4), Some(&cluster));
}
