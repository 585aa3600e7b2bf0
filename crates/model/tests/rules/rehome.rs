//! Units that are no longer there: who goes on with what they had, and that somebody always can.

use crate::town;

use std::sync::Arc;

use huying_model::{
    Actor, CaseId, Command, Name, Policy, Refusal, Stage,
    actor::Role,
    apply::replay,
    case::RequestKind,
    catalogue::{EvidenceKind, Source},
    clock::Timer,
    decide::successor,
    event::{Audience, Body},
    org::Selector,
};
use town::{HOUR, MINUTE, World, filing, member, member_id, older, photo, policy, sealed, unit};

/// The unit is not in force any more, and the sweep hands over what it has in case 1: to whom.
fn gone(world: &mut World, id: &str) -> String {
    let mut org = (*world.policy.org).clone();
    org.units.get_mut(&unit(id)).unwrap().until = Some(world.now);
    world.policy = Arc::new(Policy { org: Arc::new(org), ..(*world.policy).clone() });
    let to = successor(&world.policy, world.case(1), &unit(id), world.now);
    world.give(1, &Actor::System, Command::Rehome { from: unit(id), to: to.clone() });
    to.to_string()
}

fn reported(policy: Policy, matter: &str) -> World {
    let mut world = World::new(policy);
    world.report(1, Source::Resident, Some("G1"), matter);
    world
}

fn dispatched(matter: &str, lead: &str, assists: &[&str]) -> World {
    let mut world = reported(policy(), matter);
    world.file(1, matter);
    world.dispatch(1, lead, assists);
    world
}

fn filed() -> World {
    let mut world = reported(policy(), "home/staircase");
    world.file(1, "home/staircase");
    world
}

fn at_work() -> World {
    World::staircase(Source::Resident)
}

fn ask(world: &mut World, id: &str, kind: RequestKind) {
    let request = Command::Request { kind, until: None, reason: sealed("more time") };
    world.give(1, &member(id, Role::Handler), request);
}

fn did_it(world: &World, id: &str) -> bool {
    world.case(1).doer_units.contains(&unit(id))
}

/// Led, helped and finished; the inspecting unit has it.
fn finished(lead: &str, assist: Option<&str>) -> World {
    let mut world = dispatched("home/staircase", lead, assist.as_slice());
    world.receive(1, lead);
    if let Some(id) = assist {
        world.receive(1, id);
        let done = Command::EndAssist { unit: unit(id), done: true, reason: None };
        world.give(1, &member(id, Role::Handler), done);
    }
    world.finish(1);
    assert_eq!(world.case(1).custodian, unit("inspection-1"));
    world
}

#[test]
fn an_inspection_goes_on_at_a_unit_that_may_look_and_where_there_is_none_by_the_auditors_nominee() {
    // Lead, assist, who has the inspection then, whether somebody has to be named.
    let table = [
        ("housing", None, "centre-1", false),
        ("centre-1", None, "centre-d", false),
        ("centre-1", Some("centre-d"), "centre-d", true),
    ];
    for (lead, assist, heir, named) in table {
        let mut world = finished(lead, assist);
        assert_eq!(gone(&mut world, "inspection-1"), heir, "{lead} {assist:?}");
        let case = world.case(1);
        assert_eq!((case.stage, case.wants_nominee), (Stage::Inspecting, named), "{lead} {assist:?}");
        assert_eq!(world.told(1, &Audience::Auditor, "nominee"), named);
        let looks = if named { "planning" } else { heir };
        if named {
            let nominate = Command::Nominate { member: member_id(looks, Role::Inspector) };
            world.give(1, &member("centre-d", Role::Auditor), nominate);
        }
        world.give(1, &member(looks, Role::Inspector), Command::Pass { words: None });
        assert_eq!(world.case(1).stage, Stage::CallingBack, "{lead} {assist:?}");
    }
}

#[test]
fn whoever_takes_over_work_did_it_and_whoever_takes_over_custody_a_call_or_a_decision_did_not() {
    type Told = (&'static str, fn() -> World, &'static str, &'static str, bool);
    let table: [Told; 5] = [
        ("dispatches", filed, "centre-1", "centre-d", false),
        ("leads", at_work, "housing", "centre-1", true),
        (
            "is called",
            || {
                let mut world = at_work();
                let call = Command::Call { callee: Some(unit("urban")), words: sealed("help") };
                world.give(1, &member("housing", Role::Handler), call);
                world
            },
            "urban",
            "centre-1",
            false,
        ),
        (
            "decides",
            || {
                let mut world = at_work();
                ask(&mut world, "housing", RequestKind::Extension);
                world
            },
            "centre-1",
            "centre-d",
            false,
        ),
        (
            "answers for a difficult case",
            || {
                let mut world = at_work();
                let hard = Command::MarkDifficult { reason: sealed("hard") };
                world.give(1, &member("housing", Role::Handler), hard);
                world
            },
            "urban",
            "centre-1",
            false,
        ),
    ];
    for (what, lives, from, heir, works) in table {
        let mut world = lives();
        assert_eq!(gone(&mut world, from), heir, "{what}");
        assert_eq!(did_it(&world, heir), works, "{what}");
    }
}

#[test]
fn an_older_entry_bars_the_unit_as_it_always_did_and_the_auditor_may_name_somebody() {
    let mut world = finished("housing", None);
    gone(&mut world, "inspection-1");
    assert!(!did_it(&world, "centre-1"));
    let events: Vec<_> =
        world.journal[&CaseId(1)].iter().map(|event| older(event, &["without_part"])).collect();
    assert!(events.iter().any(|event| matches!(&event.body, Body::Rehomed { without_part: false, .. })));
    world.cases.insert(CaseId(1), replay(CaseId(1), &events));
    world.journal.insert(CaseId(1), events);
    assert!(did_it(&world, "centre-1") && !world.case(1).wants_nominee);
    let inspector = member("centre-1", Role::Inspector);
    let refused = world.try_give(1, &inspector, Command::Pass { words: None }).unwrap_err();
    assert_eq!(refused, Refusal::NotYours { command: Name::Pass });
    let auditor = member("centre-d", Role::Auditor);
    assert!(world.allowed(1, &auditor).contains(&Name::Nominate));
    world.give(1, &auditor, Command::Nominate { member: member_id("planning", Role::Inspector) });
    world.give(1, &member("planning", Role::Inspector), Command::Pass { words: None });
    assert_eq!(world.case(1).stage, Stage::CallingBack);
}

#[test]
fn a_verification_goes_on_at_another_team_and_where_there_is_none_the_case_goes_on_without() {
    // Whether another unit verifies too, whether it is filed, who has it then and where it stands.
    let table = [
        (true, false, "law-1", Stage::Verifying),
        (true, true, "law-1", Stage::Verifying),
        (false, false, "station-1", Stage::Reported),
        (false, true, "centre-1", Stage::Filed),
    ];
    for (another, filed, heir, stage) in table {
        let mut rules = town::rules();
        if another {
            rules.verifiers.push(Selector::parse("law@street").unwrap());
        }
        let mut world = reported(Policy::new(town::org(), rules).unwrap(), "city/litter");
        if filed {
            world.file(1, "city/litter");
        }
        let asks = world.case(1).custodian.clone();
        world.give(1, &member(asks.as_str(), Role::Dispatcher), Command::Verify { words: None });
        assert_eq!(gone(&mut world, "team-1"), heir, "{another} {filed}");
        let case = world.case(1);
        assert_eq!((case.stage, &case.custodian), (stage, &unit(heir)), "{another} {filed}");
        assert_eq!(case.clock(&Timer::Verify).is_some(), another, "{another} {filed}");
        if another {
            let (filing, words) = (Some(filing("city/litter", 1)), Some(sealed("seen")));
            let evidence = vec![photo(EvidenceKind::Finding)];
            let seen = Command::Verified { is_true: true, filing, words, evidence };
            world.give(1, &member(heir, Role::Handler), seen);
        } else if !filed {
            world.file(1, "city/litter");
        }
        assert!(world.case(1).clock(&Timer::Dispatch).is_some(), "{another} {filed}");
        world.dispatch(1, "law-1", &[]);
    }
}

#[test]
fn a_request_ends_with_the_unit_that_asked_and_with_the_one_that_would_come_to_decide_on_its_own() {
    // Lead and assist ask; who is gone, and whose requests wait on.
    let table: [(&str, Option<&str>, &str, &[&str]); 4] = [
        ("housing", None, "housing", &[]),
        ("centre-1", None, "centre-d", &[]),
        ("housing", Some("law-1"), "law-1", &["housing"]),
        ("housing", Some("law-1"), "centre-1", &["housing", "law-1"]),
    ];
    for (lead, assist, from, left) in table {
        let mut world = dispatched("home/staircase", lead, assist.as_slice());
        for id in std::iter::once(lead).chain(assist) {
            world.receive(1, id);
            ask(&mut world, id, RequestKind::Extension);
        }
        let asked = world.case(1).requests.clone();
        let heir = gone(&mut world, from);
        let case = world.case(1);
        let waits: Vec<&str> = case.requests.iter().map(|request| request.unit.as_str()).collect();
        assert_eq!(waits, left, "{from} is gone");
        for request in &asked {
            let open = case.requests.iter().any(|other| other.no == request.no);
            assert_eq!(case.clock(&Timer::Request(request.no)).is_some(), open, "{from} is gone");
        }
        let ended = asked.len() > left.len();
        assert_eq!(world.told(1, &Audience::Unit(heir.as_str().into()), "request_ended"), ended);
        let grant = Command::Grant { no: asked[0].no, words: None };
        let leads = case.lead_unit().unwrap().to_string();
        let own = world.try_give(1, &member(&leads, Role::Dispatcher), grant);
        assert!(own.is_err(), "{leads} grants nothing to itself");
    }
}

/// Domain §2, filing: what the grid could not solve has a clock of its own, whoever the centre is.
#[test]
fn a_centre_that_is_replaced_leaves_the_wait_for_others_and_its_leaders_item() {
    let mut world = reported(policy(), "city/litter");
    let worker = member("team-1", Role::GridWorker);
    let filing = filing("city/litter", 1);
    world.give(1, &worker, Command::SelfHandle { filing, done: false, words: None, evidence: vec![] });
    world.give(1, &worker, Command::CannotSolve { reason: sealed("too heavy") });
    world.pass(6 * HOUR + 11 * MINUTE);
    let due = world.case(1).clock(&Timer::BringIn).unwrap().due;
    assert_eq!(gone(&mut world, "centre-1"), "centre-d");
    let case = world.case(1);
    assert_eq!(
        (case.stage, &case.custodian, &case.centre),
        (Stage::Filed, &unit("centre-d"), &unit("centre-d"))
    );
    assert_eq!(case.clock(&Timer::BringIn).map(|clock| clock.due), Some(due));
    let item = case.attention.as_ref().unwrap();
    assert!(item.unit == unit("centre-d") && item.causes.contains(&Timer::BringIn));
    world.dispatch(1, "law-1", &[]);
    assert!(world.case(1).clock(&Timer::BringIn).is_none() && world.case(1).attention.is_none());
}

#[test]
fn a_unit_that_takes_a_part_beside_its_own_is_asked_to_receive_only_what_it_has_not() {
    // Lead, assist, who has received in this order, where the case stands then, and whether a receipt is waited for.
    let table: [(&str, &str, &[&str], Stage, bool); 5] = [
        ("law-1", "centre-1", &["centre-1"], Stage::Handling, false),
        ("law-1", "centre-1", &[], Stage::Dispatched, true),
        ("law-1", "centre-1", &["law-1", "centre-1"], Stage::Handling, false),
        ("centre-1", "law-1", &["centre-1"], Stage::Handling, false),
        ("centre-1", "law-1", &["centre-1", "law-1"], Stage::Handling, false),
    ];
    let own = || Timer::Handle(unit("centre-1"));
    let due = |world: &World| world.case(1).clock(&own()).map(|clock| clock.due);
    for (lead, assist, received, stage, waits) in table {
        let mut world = dispatched("city/litter", lead, &[assist]);
        for id in received {
            world.wait(MINUTE);
            world.receive(1, id);
        }
        let before = due(&world);
        // Whoever has not received is late, and a leader has it.
        world.pass(45 * MINUTE);
        assert_eq!(gone(&mut world, "law-1"), "centre-1");
        let case = world.case(1);
        assert_eq!((case.stage, &case.custodian), (stage, &unit("centre-1")), "{lead} {received:?}");
        assert_eq!(case.lead_unit(), Some(&unit("centre-1")));
        assert_eq!(case.clock(&Timer::Receive(unit("centre-1"))).is_some(), waits, "{lead} {received:?}");
        assert_eq!(case.attention.is_some(), waits, "{lead} {received:?}");
        assert!(case.clocks.iter().all(|clock| clock.of.unit() != Some(&unit("law-1"))));
        if lead == "centre-1" {
            assert_eq!(due(&world), before, "the lead's own clock stays: {received:?}");
        }
        if waits {
            world.receive(1, "centre-1");
        }
        world.finish(1);
        assert_eq!(world.case(1).stage, Stage::Inspecting, "{lead} {received:?}");
    }
}
