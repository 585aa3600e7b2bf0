//! Every command that carries words, each given at least once, on cases of several sorts.
//!
//! Owns a walk that prefers what was not said yet, and the way to an end for every case that it began. Which commands carry words is
//! read from the API's own description, so a new one is looked for by itself. Start at [`say_everything`].

use std::collections::{BTreeMap, BTreeSet};

use huying_engine::{
    authority,
    handle::{Claimed, SayIn},
    timers::Timers,
};
use huying_model::{Actor, Case, CaseId, MemberId, Name, Stage, case::Part};
use huying_store::{Filter, Order};
use serde_json::{Value, json};

use crate::desk::{self, Desk};

/// Fields that hold words.
const WORDS: [&str; 9] =
    ["reason", "words", "question", "text", "title", "address", "name", "contact", "answer"];
/// Their field stays in the clear by design: a code, and what a task's step is called.
const CLEAR: [&str; 2] = ["redact", "milestone"];
/// They end a case, so they come last.
const ENDING: [Name; 6] =
    [Name::Decline, Name::Withdraw, Name::Merge, Name::Conclude, Name::Close, Name::Reclassify];
const MATTERS: [&str; 4] =
    ["city/facility/manhole", "city/order/vendor", "people/work/key-task", "safety/hazard/fire-lane"];
const UNITS: [&str; 4] = ["dept-works", "dept-order", "order-east", "station-bridge"];
/// The way through a case: half of them go it wherever nothing new can be said.
const FORWARD: [Name; 8] = [
    Name::File,
    Name::Dispatch,
    Name::Receive,
    Name::EndAssist,
    Name::Finish,
    Name::Pass,
    Name::RecordCallback,
    Name::Close,
];
/// What has to be said again so that the others can be said at all.
const LEADS_TO: [(Name, &[Name]); 6] = [
    (Name::Suspend, &[Name::Resume]),
    (Name::Request, &[Name::Grant, Name::Refuse]),
    (Name::Return, &[Name::Rule]),
    (Name::Merge, &[Name::Unmerge]),
    (Name::Finish, &[Name::Pass, Name::RecordCallback]),
    (Name::Pass, &[Name::RecordCallback, Name::Close]),
];
/// They can be said for a moment only: at once, where they are new.
const AT_ONCE: [Name; 8] = [
    Name::Resume,
    Name::Grant,
    Name::Refuse,
    Name::Rule,
    Name::Unmerge,
    Name::RecordCallback,
    Name::Answer,
    Name::FollowedUp,
];
/// More cases than this, and something cannot be said any more.
const MOST_CASES: usize = 40;
const STEPS: usize = 45;

/// What was said, and on which cases.
pub struct Said {
    pub cases: Vec<CaseId>,
    pub commands: BTreeSet<&'static str>,
}

/// The commands whose bodies have words, by the API's description.
pub async fn worded(desk: &Desk) -> BTreeSet<Name> {
    let told = desk.get("/api/v1/openapi.json").send().await.expect(200);
    let of = |path: &String| Name::from_code(path.split_once("/commands/")?.1);
    let names = told["paths"].as_object().unwrap().iter().filter_map(|(path, item)| Some((of(path)?, item)));
    let schema = |item: &Value| item["post"]["requestBody"]["content"]["application/json"]["schema"].clone();
    names
        .filter(|(name, item)| !CLEAR.contains(&name.code()) && has_words(&told, &schema(item)))
        .map(|(name, _)| name)
        .collect()
}

fn has_words(told: &Value, schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(key, value)| match (key.as_str(), value) {
            ("$ref", Value::String(to)) => {
                has_words(told, &told["components"]["schemas"][to.rsplit('/').next().unwrap()])
            }
            ("properties", Value::Object(of)) => {
                of.iter().any(|(name, of)| WORDS.contains(&name.as_str()) || has_words(told, of))
            }
            _ => has_words(told, value),
        }),
        Value::Array(list) => list.iter().any(|one| has_words(told, one)),
        _ => false,
    }
}

struct Walk<'a> {
    desk: &'a Desk,
    say: &'a dyn Fn(&str) -> String,
    actors: BTreeMap<String, Actor>,
    dice: u64,
    /// Why a command was refused last.
    no: BTreeMap<Name, String>,
}

impl Walk<'_> {
    /// The same numbers in each run.
    fn throw(&mut self, sides: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap() % sides
    }

    async fn case(&self, id: CaseId) -> Case {
        self.desk.state.engine.store().case(self.desk.state.tenant(), id).await.unwrap().unwrap().case
    }

    fn able(&self, case: &Case) -> Vec<(Name, String)> {
        let setting = self.desk.state.setting().unwrap();
        let of = |(who, actor): (&String, &Actor)| {
            let may = self.desk.state.engine.allowed(&setting, case, actor);
            may.into_iter().map(|name| (name, who.clone())).collect::<Vec<_>>()
        };
        let mut able: Vec<(Name, String)> = self.actors.iter().flat_map(of).collect();
        if case.stage == Stage::Merged {
            // Whether the case on the other side is open is not known to the list.
            able.extend(self.actors.keys().map(|who| (Name::Unmerge, who.clone())));
        }
        able
    }

    async fn give(&mut self, case: &Case, name: Name, who: &str, others: &[CaseId]) -> bool {
        let body = body(case, name, self.say, self.dice, others);
        match &self.actors[who] {
            Actor::Member { .. } => {
                let id = case.id.to_string();
                let answer = self.desk.command(who, &id, name.code(), &body).send().await;
                if answer.status != 200 {
                    self.no.insert(name, format!("{who} at {:?}: {}", case.stage, answer.text()));
                }
                answer.status == 200
            }
            actor => {
                let input = SayIn {
                    tenant: self.desk.state.tenant(),
                    actor: actor.clone(),
                    case: case.id,
                    name,
                    body,
                    uploads: Vec::new(),
                    claimed: Claimed::default(),
                    key: None,
                    if_match: None,
                };
                self.desk.state.engine.say(input).await.is_ok()
            }
        }
    }

    /// Goes on with one case; what it said for the first time is put to what was `said`.
    async fn go_on(
        &mut self,
        id: CaseId,
        (wanted, said): (&BTreeSet<Name>, &mut BTreeSet<Name>),
        all: &[CaseId],
        forward: bool,
    ) {
        let mut refused: BTreeSet<Name> = BTreeSet::new();
        for step in 0..STEPS {
            if step == STEPS / 2 {
                // What stands still climbs to leaders, who acknowledge it.
                self.desk.clock.advance(3 * 86_400_000);
                let timers = Timers::new(self.desk.state.engine.clone(), "test");
                timers.step_all(self.desk.state.now()).await.unwrap();
            }
            let case = self.case(id).await;
            let able: Vec<_> =
                self.able(&case).into_iter().filter(|(name, _)| !refused.contains(name)).collect();
            let unsaid = |name: &Name| wanted.contains(name) && !said.contains(name);
            let leads = |name: &Name| LEADS_TO.iter().any(|(of, to)| of == name && to.iter().any(unsaid));
            let new = |name: &Name| unsaid(name) || leads(name);
            let late = step + 8 > STEPS || !case.is_open();
            let fresh: Vec<_> =
                able.iter().filter(|(name, _)| new(name) && (late || !ENDING.contains(name))).collect();
            let usual: Vec<_> = able.iter().filter(|(name, _)| !ENDING.contains(name)).collect();
            let next = FORWARD.iter().find_map(|step| able.iter().find(|(name, _)| name == step));
            let now: Vec<_> =
                fresh.iter().copied().filter(|(name, _)| AT_ONCE.contains(name) && unsaid(name)).collect();
            let from = match next.filter(|_| forward) {
                _ if !now.is_empty() => now,
                _ if !fresh.is_empty() => fresh,
                Some(next) => vec![next],
                None => usual,
            };
            if from.is_empty() {
                return;
            }
            let (name, who) = from[self.throw(from.len())].clone();
            if self.give(&case, name, &who, all).await {
                said.insert(name);
                refused.clear();
            } else {
                refused.insert(name);
            }
        }
    }

    /// Brings a case to an end, whatever it takes. False where another has to end before.
    async fn end(&mut self, id: CaseId) -> bool {
        const WAY: [Name; 15] = [
            Name::Decide,
            Name::Resume,
            Name::EndAssist,
            Name::Receive,
            Name::Finish,
            Name::Pass,
            Name::RecordCallback,
            Name::Close,
            Name::Conclude,
            Name::Decline,
            Name::Verified,
            Name::Rule,
            Name::Dispatch,
            Name::Rework,
            Name::Nominate,
        ];
        for _ in 0..80 {
            let case = self.case(id).await;
            if !case.is_open() {
                return true;
            }
            let mut able = self.able(&case);
            able.sort_by_key(|(name, _)| WAY.iter().position(|other| other == name).unwrap_or(WAY.len()));
            let mut went = false;
            for (name, who) in able.into_iter().filter(|(name, _)| WAY.contains(name)) {
                self.throw(2);
                if self.give(&case, name, &who, &[]).await {
                    went = true;
                    break;
                }
            }
            if !went {
                return false;
            }
        }
        false
    }
}

fn body(case: &Case, name: Name, say: &dyn Fn(&str) -> String, dice: u64, others: &[CaseId]) -> Value {
    let pick = usize::try_from(dice >> 40).unwrap();
    let (unit, other) = (UNITS[pick % 4], UNITS[(pick + 1) % 4]);
    let part = |lead: bool| case.assignments.iter().find(|part| part.part.open() && part.lead == lead);
    let sent = case.assignments.iter().find(|part| part.part == Part::Sent);
    let own = |part: Option<&huying_model::case::Assignment>| part.map(|part| part.unit.clone());
    let matter = case.matter.as_ref().map_or(MATTERS[pick % 4], |matter| matter.as_str());
    let filing = json!({"matter": matter, "condition": 1});
    let (words, later) = (say(name.zh()), "2026-05-20T01:00:00Z");
    let no = case.calls.first().map_or(1, |call| call.no);
    match name {
        Name::File | Name::Reclassify => json!({"filing": filing}),
        Name::Verified => json!({"is_true": !pick.is_multiple_of(3), "filing": filing, "words": words}),
        Name::SelfHandle => json!({"filing": filing, "done": false, "words": words}),
        Name::Dispatch => json!({"lead": unit, "assists": [other]}),
        Name::Rule | Name::Reassign => json!({"lead": unit, "reason": words}),
        Name::PushDown => json!({"to": "centre-east", "reason": words}),
        Name::TakeOver => json!({"unit": case.centre, "reason": words}),
        Name::Receive => json!({"unit": own(sent)}),
        Name::Arrive => json!({"unit": own(part(true))}),
        Name::Progress => json!({"unit": own(part(true)), "words": words}),
        Name::AddAssist => json!({"unit": other}),
        Name::EndAssist => json!({"unit": own(part(false)), "done": false, "reason": words}),
        Name::Finish => json!({"outcome": "explained", "reason": words}),
        Name::RecordCallback => {
            let own = case.reporters.iter().filter(|it| !it.withdrawn).map(|it| (case.id, it.no));
            let merged = |child: &'_ huying_model::case::Child| {
                child.reporters.iter().map(|no| (child.case, *no)).collect::<Vec<_>>()
            };
            let called = |(of, no): &(CaseId, u16)| {
                case.callbacks.iter().any(|it| (it.case, it.reporter, it.reached) == (*of, *no, true))
            };
            let (of, reporter) = own
                .chain(case.children.iter().flat_map(merged))
                .find(|it| !called(it))
                .unwrap_or((case.id, 0));
            json!({"case": of.to_string(), "reporter": reporter, "reached": true, "solved": !pick.is_multiple_of(4), "words": words})
        }
        Name::Conclude => {
            json!({"outcome": if case.last_word { "explained" } else { "answered" }, "reason": words})
        }
        Name::Merge => json!({"into": others.get(pick % others.len().max(1))}),
        Name::Split => json!({"parts": [
            {"lead": unit, "title": say("一"), "text": words}, {"lead": other, "title": say("二"), "text": words},
        ]}),
        Name::Relocate => json!({"place": {"lon": 110.005, "lat": 30.015}, "address": words}),
        Name::SetUrgency => {
            let urgency =
                if case.urgency == huying_model::catalogue::Urgency::Red { "yellow" } else { "red" };
            json!({"urgency": urgency, "reason": words})
        }
        Name::Supplement => {
            json!({"words": words, "informant": {"reachable": true, "name": say("邻居"), "contact": words}})
        }
        Name::AskReporter => json!({"question": words}),
        Name::Call => json!({"callee": other, "words": words}),
        Name::Answer => json!({"no": no, "words": words}),
        Name::RateAnswer => json!({"no": no, "stars": 3}),
        Name::Request => json!({"kind": "extension", "reason": words}),
        Name::Grant => json!({"no": case.requests.first().map(|request| request.no), "words": words}),
        Name::Refuse => json!({"no": case.requests.first().map(|request| request.no), "reason": words}),
        Name::Suspend => json!({"until": later, "reason": words}),
        Name::Convene => json!({"at": later, "units": [unit, other]}),
        Name::Decide => json!({"resolve": {"kind": "lead", "unit": unit}, "reason": words}),
        Name::FollowUp => json!({"unit": "station-bridge", "words": words}),
        Name::FollowedUp => json!({"no": case.traces.first().map(|trace| trace.no), "words": words}),
        Name::Nominate => json!({"member": "inspector-2"}),
        Name::Rate => json!({"stars": 2, "words": words}),
        Name::Verify | Name::Attach | Name::Pass | Name::Close | Name::Acknowledge => json!({"words": words}),
        Name::Comment | Name::Note | Name::Supervise | Name::Publish => json!({"words": words}),
        _ => json!({"reason": words}),
    }
}

/// Says everything that can be said, with words from `say` in each field, and ends every case that came of it.
pub async fn say_everything(desk: &Desk, say: &dyn Fn(&str) -> String) -> Said {
    let setting = desk.state.setting().unwrap();
    let (org, now) = (&setting.policy.org, desk.state.now());
    let actor = |id: &MemberId| (id.to_string(), authority::actor(org, id, now).unwrap());
    let mut actors: BTreeMap<String, Actor> = org.members.keys().map(actor).collect();
    actors.insert("a reporter".to_owned(), Actor::Reporter { no: 0 });
    let (wanted, mut said) = (worded(desk).await, BTreeSet::new());
    let mut walk = Walk { desk, say, actors, dice: 7, no: BTreeMap::new() };
    let mut cases: Vec<CaseId> = Vec::new();
    for round in 0..MOST_CASES {
        if wanted.is_subset(&said) {
            break;
        }
        let mut report = desk::report(MATTERS[round % 4], &say("报告"));
        report["address"] = json!(say("地址"));
        report["answers"] = json!(say("回答"));
        report["reporters"] = json!([{"name": say("本人"), "contact": say("电话")}]);
        // A grid worker may do it on the spot.
        let (by, source) =
            if round % 3 == 2 { ("worker-bridge-1", "grid_worker") } else { ("acceptor-east", "hotline") };
        report["source"] = json!(source);
        let made = desk.post("/api/v1/cases").by(by).json(&report).send().await.expect(201);
        let id = made["id"].as_str().unwrap().parse().unwrap();
        walk.go_on(id, (&wanted, &mut said), &cases, (round / 4) % 2 == 1).await;
        cases.push(id);
    }
    let missing: Vec<_> = wanted.difference(&said).map(|name| (name.code(), walk.no.get(name))).collect();
    assert!(missing.is_empty(), "never said: {missing:#?}");
    let (store, tenant, filter) = (desk.state.engine.store(), desk.state.tenant(), Filter::default());
    let list = store.list(tenant, &filter, Order::NewestFirst, None, 1000).await.unwrap();
    let all: Vec<CaseId> = list.items.iter().map(|line| line.case).collect();
    // Parts end before what they are parts of, and in which order they stand here nobody knows.
    let mut open = all.clone();
    for _ in 0..6 {
        let mut left = Vec::new();
        for id in open {
            if !walk.end(id).await {
                left.push(id);
            }
        }
        open = left;
    }
    assert!(open.is_empty(), "{} cases do not end: {:#?}", open.len(), walk.no);
    Said { cases: all, commands: wanted.iter().map(|name| name.code()).collect() }
}
