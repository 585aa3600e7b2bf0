//! Who sees which case: in random authorities every way of looking shows a member the same set, and the one that a simple
//! model finds in the journal; and what is out of sight answers like what does not exist.
//!
//! `HUYING_SIGHT_CASES=200 cargo test -p huying-server --test served sight` tries more authorities than the usual few.
#![allow(clippy::print_stdout, reason = "what was tried is told")]

mod figures;
mod further;

use crate::authority;
use crate::desk;
use crate::traces::Server;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use authority::{Authority, Plan, facts::Facts, walk};
use desk::{Answer, Desk};
use futures::StreamExt;
use huying_model::todo;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRng, TestRunner},
};
use serde_json::{Value, json};

type Cases = BTreeMap<String, Facts>;
type Ids = BTreeSet<String>;

const DISPUTE: &str = "safety/dispute/neighbours";

/// What one run has tried, so that a run in which nothing happened does not pass.
#[derive(Default, Debug)]
struct Tried {
    commands: BTreeSet<&'static str>,
    seen: usize,
    unseen: usize,
    by_part_only: usize,
    duplicates: usize,
    cards: usize,
    figures: usize,
}

struct World {
    desk: Desk,
    authority: Authority,
    cases: Cases,
}

/// On a database of its own: a file, or the one that `url` names.
async fn live(plan: &Plan, url: Option<&str>, tried: &mut Tried) -> World {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::of(plan);
    let pack = authority.write(folder.path());
    let desk = match url {
        Some(url) => Desk::governed_at(&pack, url).await,
        None => Desk::governed_by(&pack, desk::demonstration()).await,
    };
    let reported = walk::report(&desk, &authority, plan).await;
    for step in plan.steps.iter().skip(reported) {
        tried.commands.extend(walk::step(&desk, &authority, *step).await.map(huying_model::Name::code));
    }
    let store = desk.state.engine.store();
    let journal = store.events_after(store.stream(), 0, 1000).await.unwrap();
    let last = store.streams().await.unwrap()[0].1;
    assert_eq!(journal.last().unwrap().position, last, "the whole journal was read");
    let cases = authority::facts::read(&authority, &journal);
    World { desk, authority, cases }
}

impl World {
    async fn ask(&self, member: &str, path: &str) -> Answer {
        self.desk.get(path).by(member).send().await
    }

    fn should(&self, member: &str) -> Ids {
        let sees = |(_, facts): &(&String, &Facts)| self.authority.sees(member, facts);
        self.cases.iter().filter(sees).map(|(id, _)| id.clone()).collect()
    }

    /// Those whose words a search may find: words of disputes stand in no index.
    fn found(&self, ids: &Ids) -> Ids {
        ids.iter().filter(|id| self.cases[*id].matter != DISPUTE).cloned().collect()
    }

    fn open(&self, ids: &Ids) -> Ids {
        ids.iter().filter(|id| self.cases[*id].open).cloned().collect()
    }

    /// Every page of an address.
    async fn pages(&self, member: &str, path: &str) -> Vec<String> {
        let (mut ids, mut cursor): (Vec<String>, _) = (Vec::new(), None);
        loop {
            let from = cursor.map_or_else(String::new, |cursor: String| format!("&cursor={cursor}"));
            let page = self.ask(member, &format!("{path}{from}")).await.expect(200);
            let items = page["items"].as_array().unwrap();
            ids.extend(items.iter().map(|line| line["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return ids,
            }
            assert!(!items.is_empty(), "{path}: an empty page says that more follows");
        }
    }

    async fn lists(&self, member: &str, should: &Ids) {
        let once = |ids: Vec<String>| {
            let set: Ids = ids.iter().cloned().collect();
            assert_eq!(set.len(), ids.len(), "{member}: a case stands twice");
            set
        };
        let listed = once(self.pages(member, "/api/v1/cases?limit=3").await);
        for id in listed.symmetric_difference(should) {
            // What would explain it, before the comparison fails.
            println!("{member} sits at {:?}; {id}: {:?}", self.authority.members[member], self.cases[id]);
        }
        assert_eq!(&listed, should, "{member}: the list");
        let open = once(self.pages(member, "/api/v1/cases?limit=4&open=true").await);
        assert_eq!(open, self.open(should), "{member}: the open list");
        // A case spoken of on two pages of a search stands on both.
        let found: Ids =
            self.pages(member, "/api/v1/search?limit=2&q=%E5%8D%A0%E9%81%93").await.into_iter().collect();
        assert_eq!(found, self.found(should), "{member}: the search");
        let said = once(self.pages(member, "/api/v1/cases?limit=5&q=%E5%8D%A0%E9%81%93").await);
        assert_eq!(said, self.found(should), "{member}: the list by words");
    }

    async fn maps_and_counts(&self, member: &str, should: &Ids) {
        // A window would tell the point of a dispute, so it is on no map.
        let placed = |ids: &Ids| {
            let found = self.found(ids).into_iter();
            found.filter(|id| self.cases[id].point.is_some()).collect::<Ids>()
        };
        for (span, should) in
            [("", self.open(should)), ("&received_from=2020-01-01T00:00:00Z", should.clone())]
        {
            let map = self.ask(member, &format!("/api/v1/map?bbox=109,29,112,31{span}")).await.expect(200);
            let shown: Ids = map["features"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(shown, placed(&should), "{member}: the map");
            assert_eq!(map["truncated"], false);
        }
        let counts = self.ask(member, "/api/v1/counts?level=street").await.expect(200);
        let sum: u64 = counts.as_array().unwrap().iter().map(|it| it["open"].as_u64().unwrap()).sum();
        assert_eq!(sum, self.open(should).len() as u64, "{member}: the counts");
    }

    /// Likely duplicates of every case that lies somewhere, as a form would ask for them.
    async fn duplicates(&self, member: &str, should: &Ids) -> usize {
        let mut found = 0;
        let spots: BTreeSet<_> =
            self.cases.values().filter_map(|facts| Some((facts.point?, facts.matter.clone()))).collect();
        for ((lon, lat), matter) in spots {
            let (x, y) = (lon as f64 / 1e7, lat as f64 / 1e7);
            let path = format!("/api/v1/duplicates?lon={x}&lat={y}&matter={matter}");
            let near = self.ask(member, &path).await.expect(200);
            let near: Ids =
                near.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
            // Less than 60 metres along the parallel on which the walk reports.
            let beside = |facts: &Facts| {
                facts.matter == matter && facts.point.is_some_and(|(x, y)| (x - lon).abs() < 6000 && y == lat)
            };
            for id in &near {
                assert!(should.contains(id) && beside(&self.cases[id]), "{member}: a duplicate out of sight");
            }
            found += near.len();
        }
        found
    }

    async fn single_reads(&self, member: &str, should: &Ids, commands: bool) {
        let nowhere = self.ask(member, "/api/v1/cases/SD-9999-9999").await;
        nowhere.problem(404);
        let nothing = "0".repeat(32);
        for (id, facts) in &self.cases {
            let seen = should.contains(id);
            for name in [id, &facts.number] {
                let path = format!("/api/v1/cases/{name}");
                let answer = self.ask(member, &path).await;
                if seen {
                    assert_eq!(answer.expect(200)["id"], json!(id), "{member}");
                    continue;
                }
                assert_eq!((answer.status.as_u16(), &answer.body), (404, &nowhere.body), "{member} {path}");
                for more in ["/files", "/receipt", "/files/abc"] {
                    let here = self.ask(member, &format!("{path}{more}")).await;
                    let there = self.ask(member, &format!("/api/v1/cases/{nothing}{more}")).await;
                    assert_eq!(here.status, 404, "{member} {path}{more}");
                    assert_eq!(here.body, there.body, "{member} {path}{more}");
                }
            }
            if !seen && commands {
                self.commands_out_of_sight(member, id).await;
            }
        }
    }

    async fn commands_out_of_sight(&self, member: &str, id: &str) {
        for (name, body) in [
            ("comment", json!({"words": "你好"})),
            ("receive", json!({"unit": "centre"})),
            ("file", json!({"filing": {"matter": "city/order/vendor", "condition": 1}})),
            ("file", json!({"filing": "nonsense"})),
        ] {
            let here = self.desk.command(member, id, name, &body).send().await;
            let there = self.desk.command(member, &"0".repeat(32), name, &body).send().await;
            assert_eq!((here.status.as_u16(), &here.body), (404, &there.body), "{member} {name}");
        }
    }

    /// Every unit's queue: 404, or lines of what is seen; and all that the model has of them.
    async fn queues(&self, member: &str, should: &Ids) {
        let store = self.desk.state.engine.store();
        let ids: Vec<_> = self.cases.keys().map(|id| id.parse().unwrap()).collect();
        let views = store.cases(self.desk.state.tenant(), &ids).await.unwrap();
        let seats = &self.authority.members[member];
        for (unit, of) in &self.authority.units {
            let path = format!("/api/v1/units/{unit}/queue?limit=3");
            let own = seats.iter().any(|(seat, role)| seat == unit && *role != "administrator");
            let may = own
                || seats.iter().any(|(seat, role)| {
                    let of_place =
                        matches!(self.authority.units[seat].kind, "centre" | "station" | "grid_team");
                    *role != "administrator"
                        && (of_place || *role == "auditor")
                        && self.authority.lies_in(&of.area, &self.authority.units[seat].area)
                });
            if !may {
                self.ask(member, &path).await.problem(404);
                continue;
            }
            let mut lines: Vec<String> = Vec::new();
            for view in &views {
                let of_unit = todo::todos(&view.case).into_iter().filter(|line| line.unit.as_str() == unit);
                lines.extend(of_unit.map(|_| view.case.id.to_string()));
            }
            lines.retain(|id| should.contains(id));
            let tally = self.ask(member, &format!("/api/v1/units/{unit}/tally")).await.expect(200);
            let count: u64 =
                ["overdue", "soon", "fine", "paused"].iter().map(|it| tally[it].as_u64().unwrap()).sum();
            let mut shown = self.pages(member, &path).await;
            assert_eq!(count, shown.len() as u64, "{member}: the tally of {unit}");
            shown.sort();
            lines.sort();
            assert_eq!(shown, lines, "{member}: the queue of {unit}");
        }
    }

    /// The live stream from the beginning: everything of what is seen, in its order, and nothing else.
    async fn stream(&self, member: &str, should: &Ids) {
        let mut entries: Vec<(i64, String, String)> = Vec::new();
        for id in should {
            entries.extend(self.cases[id].entries.iter().map(|(at, kind)| (*at, kind.clone(), id.clone())));
        }
        entries.sort();
        let body = self.desk.get("/api/v1/stream?after=0").by(member).start().await.into_body();
        let (mut told, mut rest, mut body) = (Vec::new(), String::new(), body.into_data_stream());
        loop {
            while let Some((one, more)) = rest.split_once("\n\n") {
                if let Some(data) = one.lines().find_map(|line| line.strip_prefix("data:")) {
                    let data: Value = serde_json::from_str(data.trim()).unwrap();
                    told.push((
                        data["kind"].as_str().unwrap().to_owned(),
                        data["id"].as_str().unwrap().to_owned(),
                    ));
                }
                rest = more.to_owned();
            }
            // The stream never ends: once everything came, a moment more shows that nothing follows.
            let wait =
                if told.len() < entries.len() { Duration::from_secs(20) } else { Duration::from_millis(5) };
            match tokio::time::timeout(wait, body.next()).await {
                Ok(Some(bytes)) => rest.push_str(&String::from_utf8_lossy(&bytes.unwrap())),
                _ => break,
            }
        }
        let should: Vec<_> = entries.into_iter().map(|(_, kind, id)| (kind, id)).collect();
        assert_eq!(told, should, "{member}: the stream");
    }

    /// Pages name no case that is out of sight.
    async fn pages_drawn(&self, member: &str, should: &Ids) {
        let search = self.desk.sought(member, &[("to", "/desk"), ("q", "占道")]).await;
        let mut paths = vec!["/desk".to_owned(), search];
        paths.extend(self.cases.keys().map(|id| format!("/desk?case={id}")));
        paths.extend(should.iter().map(|id| format!("/cases/{id}")));
        for path in paths {
            let shown = self.ask(member, &path).await.text();
            for (id, facts) in self.cases.iter().filter(|(id, _)| !should.contains(*id)) {
                let asked = path.ends_with(id.as_str());
                assert!(!shown.contains(&facts.number), "{member} {path} names {}", facts.number);
                assert!(asked || !shown.contains(&format!("/cases/{id}")), "{member} {path} links to {id}");
            }
        }
        for id in self.cases.keys().filter(|id| !should.contains(*id)) {
            assert_eq!(self.ask(member, &format!("/cases/{id}")).await.status, 404, "{member}");
        }
    }

    /// A merge into a case out of sight is refused like one into a case that does not exist.
    async fn merges(&self, member: &str, should: &Ids) {
        let Some(own) = should.iter().find(|id| self.cases[*id].open) else { return };
        let into = |id: String| self.desk.command(member, own, "merge", &json!({"into": id})).send();
        let nowhere = into("0".repeat(31) + "1").await;
        for id in self.cases.keys().filter(|id| !should.contains(*id)).take(3) {
            let there = into(id.clone()).await;
            assert_eq!(
                (there.status, &there.body),
                (nowhere.status, &nowhere.body),
                "{member}: merge into {id}"
            );
        }
    }
}

async fn one_set_everywhere(plan: &Plan, url: Option<&str>, tried: &mut Tried) {
    let world = live(plan, url, tried).await;
    for (no, member) in world.authority.members.keys().enumerate() {
        let should = world.should(member);
        tried.seen += should.len();
        tried.unseen += world.cases.len() - should.len();
        if !world.authority.members[member]
            .iter()
            .any(|(unit, _)| matches!(world.authority.units[unit].kind, "centre" | "station" | "grid_team"))
        {
            tried.by_part_only += should.len();
        }
        world.lists(member, &should).await;
        world.maps_and_counts(member, &should).await;
        world.tiles(member, &should).await;
        world.stream(member, &should).await;
        world.desk_stream(member, &should).await;
        world.due(member, &should).await;
        world.taken_away(member, &should).await;
        tried.figures += world.figures(member, &should).await;
        // The dearer looks for every third member: another third in the next authority.
        let dear = (no + plan.steps.len()).is_multiple_of(3);
        world.single_reads(member, &should, dear).await;
        if dear {
            tried.duplicates += world.duplicates(member, &should).await;
            world.queues(member, &should).await;
            tried.cards += world.scorecards(member).await;
            world.pages_drawn(member, &should).await;
            world.posts_drawn(member, &should).await;
            world.screens(member, &should).await;
        }
    }
    // Last, since a merge that is taken would change what is compared.
    for member in world.authority.members.keys() {
        world.merges(member, &world.should(member)).await;
    }
}

#[test]
fn every_way_of_looking_shows_the_same_cases_and_those_of_a_simple_model() {
    let cases = std::env::var("HUYING_SIGHT_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tried = Mutex::new(Tried::default());
    let config = Config { cases, max_shrink_iters: 30, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let ran = runner.run(&authority::plan(), |plan| {
        // A run that failed leaves the lock behind; the next, smaller one goes on with it.
        let mut tried = tried.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.block_on(one_set_everywhere(&plan, None, &mut tried));
        Ok(())
    });
    ran.unwrap_or_else(|why| panic!("{why}"));
    let tried = tried.into_inner().unwrap();
    println!("{cases} authorities: {tried:?}");
    assert!(
        tried.seen > 50
            && tried.unseen > 50
            && tried.by_part_only > 5
            && tried.duplicates > 5
            && tried.cards > 5
            && tried.figures > 50,
        "{tried:?}"
    );
    assert!(tried.commands.len() > 12, "{tried:?}");
}

#[test]
fn a_store_on_postgres_shows_the_same_cases_everywhere_too() {
    let server = Server::start("sight");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config::default();
    // One authority, the same in each run: what differs is the database.
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let plan = authority::plan().new_tree(&mut runner).unwrap().current();
    let mut tried = Tried::default();
    runtime.block_on(one_set_everywhere(&plan, Some(&server.url), &mut tried));
    println!("on PostgreSQL: {tried:?}");
    assert!(tried.seen > 20 && tried.unseen > 20 && tried.commands.len() > 8, "{tried:?}");
}
