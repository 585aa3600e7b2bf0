//! What a client of the bench does with one case: who sends which command, worked out beforehand on the model alone, so
//! that clients do nothing but send.

use std::sync::Arc;

use anyhow::{Result, bail};
use huying_engine::follow::{Follow, route};
use huying_model::{
    Actor, Case, CaseId, Command, Instant,
    actor::Role,
    apply,
    catalogue::{Outcome, Source, Urgency},
    command::{Filing, Report},
    event::Times,
    steps::StepName,
};
use huying_sim::{
    World,
    arrivals::{self, Topic},
    pen::Pen,
    says,
};
use huying_store::{Decider, Known, Verdict};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// Characters of a report's text.
pub const SIGNS: usize = 400;

/// Where a life comes from: the first of these that the pack inspects and closes without calling back.
const SOURCES: [Source; 3] = [Source::Hotline, Source::Department, Source::UpperPlatform];

/// What a life's search asks for. The newest twenty of many hits are found at once; twenty of a handful are looked for
/// through everything that has the words, and that grows with the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Asked {
    /// The matter's name: many cases have it.
    Matter,
    /// The whole title, place and matter: few cases have it.
    Title,
}

/// One request: who, which command (none for the report), and the body.
pub struct Step {
    pub member: String,
    pub command: Option<&'static str>,
    pub body: String,
}

/// The commands of one case from report to close, and the search at its end.
pub struct Life {
    pub steps: Vec<Step>,
    pub searcher: String,
    pub search: String,
}

struct One<'a>(&'a Case);

impl Known for One<'_> {
    fn case(&self, id: CaseId) -> Option<&Case> {
        (self.0.version > 0 && self.0.id == id).then_some(self.0)
    }
}

/// Different lives in different places; clients go through them in turn.
pub fn lives(world: &World, count: usize, seed: u64, at: Instant, asked: Asked) -> Result<Vec<Life>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut lives = Vec::new();
    for _ in 0..count * 40 {
        if let Some(life) = world.topic(&mut rng).and_then(|topic| life(world, &topic, at, asked, &mut rng)) {
            lives.push(life);
            if lives.len() == count {
                return Ok(lives);
            }
        }
    }
    bail!(
        "the pack has too few matters that are inspected and close without callback: {} lives found",
        lives.len()
    )
}

/// The straight way of a matter that is inspected by somebody else, without photos, assists or callback.
fn life(world: &World, topic: &Topic, at: Instant, asked: Asked, rng: &mut ChaCha8Rng) -> Option<Life> {
    let rules = &world.policy.current;
    let matter = rules.matters.get(&topic.matter)?;
    let condition = matter.condition(topic.condition)?;
    let straight = |source: &Source| {
        let needs = |step| rules.needs(step, Some(&topic.matter), *source, Urgency::default());
        needs(StepName::Inspect) && !needs(StepName::CallBack)
    };
    let source = SOURCES.into_iter().find(straight)?;
    let plain = condition.limits.arrive.is_none() && topic.place.lon_e7.is_some();
    let area = topic.place.area.as_ref().filter(|_| plain)?;
    let org = &world.policy.org;
    let (title, text) = says::report(org, matter, condition, Some(area), source, SIGNS, rng);
    let mut case = Case::blank(arrivals::id(at, rng));
    let search = match asked {
        Asked::Matter => matter.name.to_string(),
        Asked::Title => title.clone(),
    };
    let mut life = Life { steps: Vec::new(), searcher: String::new(), search };
    let report = Report {
        source,
        kind: matter.kind,
        place: topic.place.clone(),
        matter: Some(topic.matter.clone()),
        condition: Some(topic.condition),
        ..Report::default()
    };
    let degrees = |e7: Option<i32>| f64::from(e7.unwrap_or_default()) / 1e7;
    let body = json!({
        "source": source, "matter": topic.matter, "condition": topic.condition, "title": title, "text": text,
        "address": says::address(org, Some(area), rng),
        "place": {"lon": degrees(topic.place.lon_e7), "lat": degrees(topic.place.lat_e7)},
    });
    let operator = world.someone(&org.root_centre(), &[Role::Operator, Role::Acceptor], rng)?;
    life.searcher = operator.member_id()?.to_string();
    let mut give = |case: &mut Case, actor: Actor, command: Command, body: serde_json::Value| -> Option<()> {
        let name = command.name();
        let member = actor.member_id()?.to_string();
        let mut follow = Follow::new(Arc::clone(&world.policy), actor, case.id, command, Times::at(at));
        let Ok(Verdict::Events(written)) = follow.decide(&One(case)) else { return None };
        for event in written.iter().flat_map(|(_, events)| events) {
            apply(case, event);
        }
        let command = (name != huying_model::Name::Report).then(|| name.code());
        life.steps.push(Step { member, command, body: body.to_string() });
        Some(())
    };
    give(&mut case, operator, Command::Report { report: Box::new(report) }, body)?;
    let intake = [Role::Acceptor, Role::Dispatcher];
    let actor = world.someone(&case.custodian, &intake, rng)?;
    let filing = Filing { matter: topic.matter.clone(), condition: topic.condition };
    let body = json!({"filing": filing});
    give(&mut case, actor, Command::File { filing, urgency: None }, body)?;
    let routing =
        route(&world.policy, &case, Times::at(at), None).filter(|routing| routing.assists.is_empty())?;
    let lead = routing.lead;
    let actor = world.someone(&case.custodian, &[Role::Dispatcher], rng)?;
    let body = json!({"lead": lead, "assists": []});
    give(
        &mut case,
        actor,
        Command::Dispatch { lead: lead.clone(), assists: Vec::new(), routing: None },
        body,
    )?;
    let working = [Role::Handler, Role::GridWorker, Role::Dispatcher, Role::Acceptor];
    let unit = case.custodian.clone();
    let worker = world.someone(&unit, &working, rng)?;
    let body = json!({"unit": unit});
    give(&mut case, worker.clone(), Command::Receive { unit }, body)?;
    // Answered, not solved: that needs a reason where the other needs a photo, and this bench measures no photos.
    let reason = "已当面答复并说明办理依据，来电人表示理解";
    let sealed = huying_sim::pen::BlankPen.words(case.id, reason);
    let finish = Command::Finish { outcome: Outcome::Answered, reason: Some(sealed), evidence: Vec::new() };
    give(&mut case, worker, finish, json!({"outcome": "answered", "reason": reason, "evidence": []}))?;
    let inspecting = [Role::Inspector, Role::GridWorker, Role::Dispatcher, Role::Supervisor];
    let inspector = world.someone_but(&case.custodian, &inspecting, &case.doers, rng)?;
    give(&mut case, inspector, Command::Pass { words: None }, json!({}))?;
    (case.stage == huying_model::Stage::Closed).then_some(life)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::PackFiles;
    use huying_engine::Setting;
    use huying_sim::{Ground, world::Habits};

    #[test]
    fn the_demo_district_has_lives_for_the_bench() {
        let pack = PackFiles::named("jiangbei").unwrap().read().unwrap();
        let world =
            World::new(&Setting::of_pack(pack.clone(), 0), Ground::of_pack(&pack), Habits::straight());
        let lives = lives(&world, 5, 1, Instant(1_764_000_000_000), Asked::Matter).unwrap();
        let commands: Vec<_> = lives.iter().map(|life| life.steps.len()).collect();
        assert_eq!(commands, [6; 5], "report, file, dispatch, receive, finish, and the pass that closes");
    }
}
