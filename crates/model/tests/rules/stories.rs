//! Twelve stories of the five systems, told in the words of the domain so that the words hold.

use crate::town;

use huying_model::{
    Actor, CaseId, Command, Name, Refusal, Stage,
    actor::Role,
    case::{Bond, CallState},
    catalogue::{EvidenceKind, Outcome, Source},
    clock::Timer,
    command::{Resolve, SplitPart},
    event::Audience,
    route::Facts,
};
use town::{DAY, HOUR, MINUTE, World, filing, member, part, photo, policy, reporter, sealed, unit};

fn routed(world: &World, id: u128) -> Command {
    let case = world.case(id);
    let rules = world.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let routing = rules
        .route(
            &world.policy.org,
            case.matter.as_ref().unwrap(),
            case.place.area.as_ref(),
            &[],
            case.source,
            case.urgency,
            world.now,
            &Facts::default(),
        )
        .unwrap();
    Command::Dispatch {
        lead: routing.lead.clone(),
        assists: routing.assists.clone(),
        routing: Some(Box::new(routing)),
    }
}

/// 直派: badly parked cars go straight to the seconded traffic post, by System, because a row says so.
#[test]
fn a_parking_report_goes_straight_to_the_seconded_post_and_is_done_in_two_hours() {
    let mut world = World::new(policy());
    world.report(1, Source::GridWorker, Some("G1"), "city/parking");
    assert_eq!(world.case(1).custodian, unit("station-1"));
    world.give(1, &Actor::System, Command::File { filing: filing("city/parking", 1), urgency: None });
    let dispatch = routed(&world, 1);
    let events = world.give(1, &Actor::System, dispatch);
    let json = serde_json::to_string(&events[0]).unwrap();
    assert!(
        json.contains("R-1") && json.contains("town-1"),
        "the answer carries its row and version: {json}"
    );
    assert_eq!(world.case(1).custodian, unit("traffic-1"));
    assert_eq!(world.due(1, &Timer::Receive(unit("traffic-1"))), Some(10 * MINUTE));
    world.pass(8 * MINUTE);
    world.receive(1, "traffic-1");
    assert_eq!(world.due(1, &Timer::Handle(unit("traffic-1"))), Some(2 * HOUR));
    world.pass(HOUR);
    world.complete(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
    assert!(world.told(1, &Audience::Reporters, "closed"));
}

/// An illegal workshop: lead with four assists, each with its own five-minute clock.
#[test]
fn a_lead_with_four_assists_finishes_when_each_has_received_in_five_minutes_and_is_done() {
    let mut world = World::new(policy());
    world.report(1, Source::Patrol, Some("G1"), "work/workshop");
    world.file(1, "work/workshop");
    let dispatch = routed(&world, 1);
    world.give(1, &member("centre-1", Role::Dispatcher), dispatch);
    let all = ["law-1", "market-1", "fire-1", "health-1", "team-1"];
    assert_eq!(world.case(1).assignments.len(), all.len());
    for name in all {
        assert_eq!(world.due(1, &Timer::Receive(unit(name))), Some(5 * MINUTE), "{name}");
    }
    world.pass(4 * MINUTE);
    for name in all {
        world.receive(1, name);
        assert_eq!(world.due(1, &Timer::Arrive(unit(name))), Some(30 * MINUTE), "{name}");
    }
    let appoint = Command::Appoint {
        unit: unit("law-1"),
        officer: town::member_id("law-1", Role::Handler),
        co_officers: vec![town::member_id("law-1", Role::Leader)],
    };
    world.give(1, &member("law-1", Role::Leader), appoint);
    let early = Command::Finish {
        outcome: Outcome::Solved,
        reason: None,
        evidence: vec![photo(EvidenceKind::After)],
    };
    let refused = world.try_give(1, &member("law-1", Role::Handler), early).unwrap_err();
    assert_eq!(refused.code(), "not_done");
    world.pass(20 * MINUTE);
    for name in all {
        world.give(1, &member(name, Role::Handler), Command::Arrive { unit: unit(name) });
    }
    for name in &all[1..4] {
        let done = Command::EndAssist { unit: unit(name), done: true, reason: None };
        world.give(1, &member(name, Role::Handler), done);
    }
    let ended =
        Command::EndAssist { unit: unit("team-1"), done: false, reason: Some(sealed("not needed any more")) };
    world.give(1, &member("law-1", Role::Handler), ended);
    world.pass(3 * HOUR);
    world.complete(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
    assert!(world.now.minus(town::MORNING) < 9 * HOUR, "closed the same day");
}

/// 一事双报: what the grid cannot solve goes, as one case, to the mediation centre and the police.
#[test]
fn a_dispute_the_grid_cannot_solve_is_one_case_with_two_units_and_both_receipt_clocks_run() {
    let mut world = World::new(policy());
    world.report(1, Source::GridWorker, Some("G1"), "life/dispute");
    let taken =
        Command::SelfHandle { filing: filing("life/dispute", 1), done: false, words: None, evidence: vec![] };
    world.give(1, &member("team-1", Role::GridWorker), taken);
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Handling, unit("team-1")));
    let promise = world.case(1).clock(&Timer::Promise).unwrap().due;
    world.pass(2 * HOUR);
    world.give(
        1,
        &member("team-1", Role::GridWorker),
        Command::CannotSolve { reason: sealed("no way forward") },
    );
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Filed, unit("centre-1")));
    assert!(world.due(1, &Timer::BringIn).is_some(), "the centre has a limit to bring in others");
    let dispatch = routed(&world, 1);
    world.give(1, &member("centre-1", Role::Dispatcher), dispatch);
    for name in ["mediation", "police-1"] {
        assert!(world.due(1, &Timer::Receive(unit(name))).is_some(), "{name}");
    }
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, promise, "nothing resets the promise");
}

/// 一警双派: a police call goes to a mediator and a grid team at once, one dispatch with two assignments.
#[test]
fn a_police_call_is_dispatched_twice_at_once_and_finished_when_both_are_done() {
    let mut world = World::new(policy());
    world.report(1, Source::PoliceCall, Some("G1"), "life/dispute");
    world.file(1, "life/dispute");
    world.dispatch(1, "mediation", &["team-1"]);
    world.receive(1, "team-1");
    assert_eq!(world.case(1).stage, Stage::Dispatched, "an assist's receipt does not stand for the lead's");
    world.receive(1, "mediation");
    world.give(
        1,
        &member("team-1", Role::Handler),
        Command::EndAssist { unit: unit("team-1"), done: true, reason: None },
    );
    world.complete(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
}

/// 提级呼: nobody answers, so the call climbs rung by rung until a leader has it in the queue.
#[test]
fn a_call_that_nobody_answers_climbs_to_a_leader_and_ends_when_it_is_answered() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    world.dispatch(1, "team-1", &[]);
    world.receive(1, "team-1");
    world.give(
        1,
        &member("team-1", Role::GridWorker),
        Command::Call { callee: None, words: sealed("need a crane") },
    );
    let mut climbed = vec![world.case(1).calls[0].callee.clone()];
    for _ in 0..3 {
        world.pass(15 * MINUTE);
        climbed.push(world.case(1).calls[0].callee.clone());
    }
    assert_eq!(climbed, ["station-1", "centre-1", "urban", "centre-d"].map(unit));
    assert!(world.case(1).attention.is_none());
    world.pass(15 * MINUTE);
    let item = world.case(1).attention.clone().unwrap();
    assert_eq!((item.unit, item.causes), (unit("centre-1"), vec![Timer::Call(1)]));
    assert_eq!(world.case(1).custodian, unit("team-1"), "a call never moves custody");
    let other =
        world.try_give(1, &member("urban", Role::Handler), Command::Answer { no: 1, words: sealed("me") });
    assert_eq!(other.unwrap_err().code(), "not_yours");
    world.give(
        1,
        &member("centre-d", Role::Leader),
        Command::Answer { no: 1, words: sealed("the crane is on its way") },
    );
    assert!(world.case(1).attention.is_none(), "the leader's item ends with its cause");
    let own = world.try_give(1, &member("centre-d", Role::Leader), Command::RateAnswer { no: 1, stars: 5 });
    assert_eq!(own.unwrap_err().code(), "not_yours");
    world.give(1, &member("team-1", Role::GridWorker), Command::RateAnswer { no: 1, stars: 2 });
    assert_eq!((world.case(1).calls[0].state, world.case(1).calls[0].stars), (CallState::Answered, Some(2)));
}

/// 派件退回: the street returns what the district pushed down; after two returns the centre rules.
#[test]
fn a_case_is_returned_from_street_to_district_and_after_two_returns_the_centre_rules() {
    let mut world = World::new(policy());
    world.report(1, Source::Hotline, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    world.give(
        1,
        &member("centre-1", Role::Dispatcher),
        Command::Raise { reason: sealed("three departments") },
    );
    assert_eq!(world.case(1).custodian, unit("centre-d"));
    let down = Command::PushDown { to: unit("centre-1"), reason: None };
    world.give(1, &member("centre-d", Role::Dispatcher), down);
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Return { reason: sealed("not ours") });
    assert_eq!((world.case(1).custodian.clone(), world.case(1).by_hand), (unit("centre-d"), true));
    world.dispatch(1, "housing", &[]);
    world.give(1, &member("housing", Role::Handler), Command::Return { reason: sealed("planning's") });
    let dispatch = Command::Dispatch { lead: unit("planning"), assists: vec![], routing: None };
    let refused = world.try_give(1, &member("centre-d", Role::Dispatcher), dispatch).unwrap_err();
    assert_eq!(refused, Refusal::MustRule);
    let rule =
        Command::Rule { lead: unit("housing"), assists: vec![], reason: sealed("the stairs are housing's") };
    world.give(1, &member("centre-d", Role::Dispatcher), rule);
    let again =
        world.try_give(1, &member("housing", Role::Handler), Command::Return { reason: sealed("no") });
    assert_eq!(again.unwrap_err(), Refusal::RuledLead);
    assert!(!world.allowed(1, &member("housing", Role::Handler)).contains(&Name::Return), "no button either");
    world.receive(1, "housing");
    world.complete(1);
    assert_eq!(world.case(1).used.returns, 2);
}

/// A private staircase, split by hand over three departments; the parent waits and then is finished.
#[test]
fn a_staircase_is_split_over_three_departments_and_finished_when_the_last_part_has_ended() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    world.give(
        1,
        &member("centre-1", Role::Dispatcher),
        Command::Raise { reason: sealed("across departments") },
    );
    let promise = world.case(1).clock(&Timer::Promise).unwrap().due;
    let parts = vec![part(11, "housing"), part(12, "planning"), part(13, "urban")];
    world.give(1, &member("centre-d", Role::Dispatcher), Command::Split { parts });
    assert_eq!(
        (world.case(1).stage, world.case(1).lead_unit().cloned()),
        (Stage::Handling, Some(unit("centre-d")))
    );
    for (id, lead) in [(11, "housing"), (12, "planning"), (13, "urban")] {
        assert_eq!((world.case(id).stage, world.case(id).custodian.clone()), (Stage::Dispatched, unit(lead)));
        assert!(
            world.case(id).clock(&Timer::Promise).unwrap().due <= promise,
            "a part never runs past its parent"
        );
        let open = world.try_give(1, &member("centre-d", Role::Dispatcher), finish());
        assert_eq!(open.unwrap_err(), Refusal::PartsOpen);
        world.receive(id, lead);
        world.complete(id);
    }
    assert!(
        world.case(1).clock(&Timer::Handle(unit("centre-d"))).is_some(),
        "the last end starts the parent's clock"
    );
    world.give(1, &member("centre-d", Role::Dispatcher), finish());
    assert_eq!(world.case(1).stage, Stage::Inspecting);
    world.pass_inspection(1);
    world.call_back(1, 1, true);
    world.close(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
}

fn finish() -> Command {
    Command::Finish { outcome: Outcome::Solved, reason: None, evidence: vec![photo(EvidenceKind::After)] }
}

/// 疑难: a meeting, a whistle, and an owner of last resort while it is undecided.
#[test]
fn a_difficult_case_has_a_fallback_owner_until_the_meeting_decides_and_the_leads_clock_runs_on() {
    let mut world = World::new(policy());
    world.report(1, Source::Hotline, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    world.dispatch(1, "housing", &["law-1"]);
    world.receive(1, "housing");
    let handle = world.case(1).clock(&Timer::Handle(unit("housing"))).unwrap().due;
    world.give(1, &member("housing", Role::Handler), Command::MarkDifficult { reason: sealed("no owner") });
    assert_eq!(world.case(1).custodian, unit("urban"));
    let done = world.try_give(1, &member("housing", Role::Handler), finish()).unwrap_err();
    assert_eq!(done.code(), "in_difficult");
    let at = world.now.plus_ms(2 * DAY);
    let convene = Command::Convene { at, units: vec![unit("housing"), unit("planning")] };
    world.give(1, &member("urban", Role::Leader), convene);
    world.give(
        1,
        &member("urban", Role::Handler),
        Command::Call { callee: Some(unit("planning")), words: sealed("come") },
    );
    assert_eq!(world.case(1).clock(&Timer::Handle(unit("housing"))).unwrap().due, handle);
    let decide =
        Command::Decide { resolve: Resolve::Lead { unit: unit("planning") }, reason: sealed("it is a plan") };
    world.give(1, &member("urban", Role::Leader), decide);
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Dispatched, unit("planning")));
    world.receive(1, "planning");
    let twice = world.try_give(
        1,
        &member("planning", Role::Handler),
        Command::MarkDifficult { reason: sealed("still") },
    );
    assert_eq!(twice.unwrap_err().code(), "spent");
}

/// 自处置: done on the spot it is inspected by others; taken on it is the team's until it is done.
#[test]
fn a_self_handled_matter_is_inspected_by_somebody_else_whether_done_or_taken_on() {
    let mut world = World::new(policy());
    let team = member("team-1", Role::GridWorker);
    world.report(1, Source::GridWorker, Some("G1"), "city/litter");
    let evidence = vec![photo(EvidenceKind::After)];
    let done = Command::SelfHandle { filing: filing("city/litter", 1), done: true, words: None, evidence };
    let without =
        Command::SelfHandle { filing: filing("city/litter", 1), done: true, words: None, evidence: vec![] };
    assert_eq!(world.try_give(1, &team, without).unwrap_err().code(), "evidence_missing");
    let elsewhere = world.try_give(1, &member("team-2", Role::GridWorker), done.clone());
    assert_eq!(elsewhere.unwrap_err().code(), "not_yours");
    world.give(1, &team, done);
    assert_eq!(
        (world.case(1).stage, world.case(1).custodian.clone()),
        (Stage::Inspecting, unit("inspection-1"))
    );
    world.pass_inspection(1);
    assert_eq!(world.case(1).stage, Stage::Closed);
    world.report(2, Source::GridWorker, Some("G1"), "city/litter");
    let taken =
        Command::SelfHandle { filing: filing("city/litter", 1), done: false, words: None, evidence: vec![] };
    world.give(2, &team, taken);
    assert_eq!(world.case(2).stage, Stage::Handling);
    world.finish(2);
    assert_eq!(world.case(2).custodian, unit("inspection-1"));
}

/// 并案: three reporters, one of them not satisfied; the parent is reworked, all are told and called back again.
#[test]
fn one_unsatisfied_reporter_of_three_merged_cases_sends_the_parent_back_to_work() {
    let mut world = World::new(policy());
    for id in 1..=3 {
        world.report(id, Source::Resident, Some("G1"), "city/parking");
        world.file(id, "city/parking");
        world.pass(MINUTE);
    }
    for child in [2, 3] {
        world.give(child, &member("centre-1", Role::Dispatcher), Command::Merge { into: CaseId(1) });
        assert_eq!(world.case(child).stage, Stage::Merged);
    }
    assert_eq!(world.case(1).waiting().len(), 3);
    world.dispatch(1, "traffic-1", &[]);
    world.receive(1, "traffic-1");
    world.finish(1);
    world.pass_inspection(1);
    world.call_back(1, 1, true);
    world.call_back(1, 2, true);
    let early = world.try_give(1, &member("desk", Role::CallerBack), Command::Close { words: None });
    assert_eq!(early.unwrap_err(), Refusal::NotCalledBack);
    world.call_back(1, 3, false);
    let unsolved = world.try_give(1, &member("desk", Role::CallerBack), Command::Close { words: None });
    assert_eq!(unsolved.unwrap_err(), Refusal::Unsolved);
    world.give(1, &member("desk", Role::CallerBack), Command::Rework { reason: sealed("one car is back") });
    assert_eq!((world.case(1).stage, world.case(1).used.reworks), (Stage::Handling, 1));
    world.finish(1);
    world.pass_inspection(1);
    for id in 1..=3 {
        world.call_back(1, id, true);
    }
    world.close(1);
    for id in 1..=3 {
        assert_eq!(world.case(id).stage, Stage::Closed, "children close with their parent");
        assert!(world.told(id, &Audience::Reporters, "closed"));
    }
    // A follower says afterwards that it is not solved: the parent is reopened.
    world.give(3, &reporter(), Command::Reopen { reason: sealed("again") });
    assert_eq!((world.case(1).stage, world.case(1).used.reopens), (Stage::Filed, 1));
    assert!(world.case(1).children.iter().all(|child| child.bond == Bond::Merged));
}

/// A hotline case too vague to dispatch is verified by the grid worker first.
#[test]
fn a_vague_hotline_case_is_located_verified_and_filed_by_the_grid_worker() {
    let mut world = World::new(policy());
    world.report(1, Source::Hotline, None, "");
    assert_eq!(
        world.case(1).custodian,
        unit("centre-d"),
        "an unknown place is the root centre's, never refused"
    );
    let intake = world.case(1).clock(&Timer::Intake).unwrap().due;
    let operator = member("centre-d", Role::Operator);
    let unplaced = world.try_give(1, &operator, Command::Verify { words: None }).unwrap_err();
    assert_eq!(unplaced, Refusal::PlaceMissing);
    world.give(1, &operator, Command::AskReporter { question: sealed("which street?") });
    world.give(
        1,
        &reporter(),
        Command::Supplement { words: Some(sealed("G1")), evidence: vec![], informant: None },
    );
    assert!(!world.case(1).asked);
    let place = huying_model::case::Place { area: Some("G1".into()), ..Default::default() };
    world.give(1, &member("centre-d", Role::Acceptor), Command::Relocate { place, address: None });
    assert_eq!(world.case(1).custodian, unit("station-1"));
    world.give(1, &member("station-1", Role::Acceptor), Command::Verify { words: None });
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Verifying, unit("team-1")));
    assert_eq!(
        world.case(1).clock(&Timer::Intake).unwrap().due,
        intake,
        "the intake clock is reset by nothing"
    );
    let verified = Command::Verified {
        is_true: true,
        filing: Some(filing("city/litter", 1)),
        words: None,
        evidence: vec![photo(EvidenceKind::Before)],
    };
    world.give(1, &member("team-1", Role::GridWorker), verified);
    assert_eq!(world.case(1).stage, Stage::Filed);
    let again = world.try_give(1, &member("centre-1", Role::Dispatcher), Command::Verify { words: None });
    assert_eq!(again.unwrap_err().code(), "spent");
}

/// 令行禁止: a top-down task is fanned out to twelve streets, with milestones.
#[test]
fn a_top_down_task_is_fanned_out_to_twelve_streets_and_each_reaches_its_milestones() {
    let mut world = World::new(policy());
    let mut report = huying_model::command::Report {
        number: "T-1".into(),
        source: Source::UpperPlatform,
        ..Default::default()
    };
    report.place.area = Some("D".into());
    world.give(1, &member("centre-d", Role::Acceptor), Command::Report { report: Box::new(report) });
    world.file(1, "task/key-work");
    let streets: Vec<String> = (0..10).map(|no| format!("T{no}")).chain(["S1".into(), "S2".into()]).collect();
    let centres: Vec<String> =
        (0..10).map(|no| format!("centre-t{no}")).chain(["centre-1".into(), "centre-2".into()]).collect();
    let parts = streets.iter().zip(&centres).zip(100..).map(|((street, centre), id)| SplitPart {
        place: Some(huying_model::case::Place { area: Some(street.as_str().into()), ..Default::default() }),
        ..part(id, centre)
    });
    let parts: Vec<SplitPart> = parts.collect();
    world.give(1, &member("centre-d", Role::Leader), Command::Split { parts });
    for (centre, id) in centres.iter().zip(100..) {
        world.give(id, &member(centre, Role::Handler), Command::Receive { unit: unit(centre) });
        world.give(id, &member(centre, Role::Handler), Command::Milestone { name: "started".into() });
        let finish = Command::Finish { outcome: Outcome::Solved, reason: None, evidence: vec![] };
        world.give(id, &member(centre, Role::Handler), finish);
        assert_ne!(world.case(id).custodian, unit(centre), "nobody inspects own work");
        world.pass_inspection(id);
        assert_eq!(world.case(id).stage, Stage::Closed);
    }
    assert!(world.case(1).children.iter().all(|child| !child.open));
    let finish = Command::Finish { outcome: Outcome::Solved, reason: None, evidence: vec![] };
    world.give(1, &member("centre-d", Role::Leader), finish);
    assert!(world.case(1).wants_nominee, "the top centre worked itself, so the auditor names who inspects");
    let nominee = town::member_id("housing", Role::Inspector);
    world.give(1, &member("centre-d", Role::Auditor), Command::Nominate { member: nominee });
    world.give(1, &member("housing", Role::Inspector), Command::Pass { words: None });
    assert_eq!(world.case(1).stage, Stage::Closed);
}
