//! Two nodes and the network between them: one hands over (`a`), the other takes over (`b`).

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use huying_engine::{
    clock::SetClock,
    exchange::{schema, tell::Saying},
};

use super::{
    node::{self, Node},
    proxy::Proxy,
};
use crate::desk::MORNING;

/// Both go by the same names; what is given is bound to the unit `platform-b`.
pub const MAP_OF_A: &str = "format = 1
mode = \"batch\"
same = [\"matters\", \"areas\", \"statuses\", \"sources\", \"urgencies\"]
[purpose]
out = \"办理需联系反映人\"
[given]
matters = [\"city/order/*\"]
units = [\"platform-b\"]
[[unit]]
ours = \"platform-b\"
theirs = \"street\"
";
pub const MAP_OF_B: &str = "format = 1
mode = \"batch\"
same = [\"matters\", \"areas\", \"statuses\", \"sources\", \"urgencies\"]
[purpose]
in = \"办理需联系反映人\"
";
pub const SOURCE_A: &str = "urn:huying:a";
pub const SOURCE_B: &str = "urn:huying:b";

/// Rounds without any movement after which nothing is waited for any more: longer than the longest pause of a partner that is down.
const STILL: usize = 1_000;

pub struct Pair {
    pub a: Node,
    pub b: Node,
    pub to_a: Proxy,
    pub to_b: Proxy,
    pub clock: Arc<SetClock>,
    pub folder: tempfile::TempDir,
}

impl Pair {
    pub async fn open(seed: u64) -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
        // The addresses of both are known before either is there.
        let nowhere = "127.0.0.1:1".parse().unwrap();
        let to_a = Proxy::start(nowhere, seed).await;
        let to_b = Proxy::start(nowhere, seed + 1).await;
        let a = node::open(&folder.path().join("a"), clock.clone(), Some(&to_a.url())).await;
        let b = node::open(&folder.path().join("b"), clock.clone(), Some(&to_b.url())).await;
        to_a.lead_to(a.address);
        to_b.lead_to(b.address);
        let secret =
            a.befriend("b", &format!("{}/api/v1/exchange/a", to_b.url()), (SOURCE_B, SOURCE_A), None).await;
        b.befriend("a", &format!("{}/api/v1/exchange/b", to_a.url()), (SOURCE_A, SOURCE_B), Some(&secret))
            .await;
        a.map("b", MAP_OF_A).await;
        b.map("a", MAP_OF_B).await;
        // Whatever happened before they were partners is passed over.
        a.exchange.run().await.unwrap();
        b.exchange.run().await.unwrap();
        Pair { a, b, to_a, to_b, clock, folder }
    }

    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Exchanges until nothing waits on either side. Time goes on by some seconds each round, and by minutes after the first hour: what failed
    /// again and again is tried once an hour in the end. However much there is to tell, it ends; it has failed where nothing moves any more.
    pub async fn settle(&self) {
        let (mut round, mut still, mut before) = (0, 0, Vec::new());
        while still < STILL {
            self.round().await;
            let mut counts = self.left().await;
            if counts.is_empty() {
                // What was applied last may have led to more.
                self.round().await;
                counts = self.left().await;
                if counts.is_empty() {
                    return;
                }
            }
            still = if counts == before { still + 1 } else { 0 };
            before = counts;
            self.clock.advance(if round < 500 { 7_000 } else { 300_000 });
            round += 1;
        }
        panic!("it does not settle: {before:?}");
    }

    /// What waits, or has stopped, on either side.
    async fn left(&self) -> Vec<(String, String, i64)> {
        let all = [self.a.counts().await, self.b.counts().await].concat();
        all.into_iter().filter(|(_, state, _)| state != "done").collect()
    }

    /// Everything that both tell each other from now on is looked at by [`Pair::assert_as_described`].
    pub fn watch(&self) {
        self.to_a.watch();
        self.to_b.watch();
    }

    /// What was told is as the schemas say. Answers the types that were seen.
    pub fn assert_as_described(&self) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        for event in self.to_a.told().into_iter().chain(self.to_b.told()) {
            let kind = event["type"].as_str().unwrap().to_owned();
            let schema = schema::of(Saying::from_kind(&kind).unwrap());
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let wrong: Vec<String> =
                validator.iter_errors(&event["data"]).map(|why| why.to_string()).collect();
            assert!(wrong.is_empty(), "{kind}: {wrong:?} in {event}");
            seen.insert(kind);
        }
        seen
    }

    /// One round for both.
    pub async fn round(&self) {
        self.a.exchange.run().await.unwrap();
        self.b.exchange.run().await.unwrap();
    }
}
