//! Single rules of domain §2 that are easily lost: each a short story with the one outcome it allows.

use crate::town;

use huying_model::{
    Command, Refusal, Stage,
    actor::{Actor, Role},
    case::{Place, RequestKind},
    catalogue::{EvidenceKind, Outcome, Source, Urgency},
    clock::Timer,
    command::{Informant, Resolve, SplitPart},
    event::Audience,
    todo::{TodoKind, todos},
};
use town::{DAY, HOUR, MINUTE, World, filing, member, part, photo, policy, reporter, sealed, unit};

/// The same part under a matter of its own.
fn of(matter: &str, part: SplitPart) -> SplitPart {
    SplitPart { matter: Some(matter.into()), condition: Some(1), ..part }
}

#[test]
fn a_merged_case_ends_with_its_parent_however_that_ends() {
    for declined in [true, false] {
        let mut world = World::new(policy());
        for id in [1, 2] {
            world.report(id, Source::Resident, Some("G1"), "city/litter");
        }
        world.give(2, &member("station-1", Role::Acceptor), Command::Merge { into: huying_model::CaseId(1) });
        if declined {
            world.give(1, &member("station-1", Role::Acceptor), Command::Decline { reason: sealed("no") });
        } else {
            world.file(1, "city/litter");
            world.give(1, &member("centre-1", Role::Dispatcher), Command::Verify { words: None });
            let evidence = vec![photo(EvidenceKind::Finding)];
            let command =
                Command::Verified { is_true: false, filing: None, words: Some(sealed("gone")), evidence };
            world.give(1, &member("team-1", Role::GridWorker), command);
        }
        assert_eq!(world.case(2).stage, Stage::Closed, "declined: {declined}");
    }
}

#[test]
fn a_word_that_a_merged_case_has_ended_leaves_it_with_its_parent() {
    let mut world = World::new(policy());
    for id in [1, 2] {
        world.report(id, Source::Resident, Some("G1"), "city/litter");
    }
    world.give(2, &member("station-1", Role::Acceptor), Command::Merge { into: huying_model::CaseId(1) });
    world.file(1, "city/litter");
    world.give(1, &Actor::System, Command::ChildEnded { child: huying_model::CaseId(2) });
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Verify { words: None });
    let evidence = vec![photo(EvidenceKind::Finding)];
    let gone = Command::Verified { is_true: false, filing: None, words: Some(sealed("gone")), evidence };
    world.give(1, &member("team-1", Role::GridWorker), gone);
    assert_eq!(world.case(2).stage, Stage::Closed);
}

#[test]
fn a_case_is_suspended_once_whichever_way_it_is_asked_for() {
    let mut world = World::staircase(Source::Resident);
    let until = world.now.plus_ms(3 * DAY);
    let ask =
        Command::Request { kind: RequestKind::Suspension, until: Some(until), reason: sealed("winter") };
    world.give(1, &member("housing", Role::Handler), ask);
    let leader = member("centre-1", Role::Leader);
    world.give(1, &leader, Command::Suspend { until, reason: sealed("now") });
    world.give(1, &leader, Command::Resume { reason: None });
    let refused = world.try_give(1, &leader, Command::Grant { no: 1, words: None }).unwrap_err();
    assert_eq!(refused.code(), "spent");
}

#[test]
fn withdrawing_a_split_case_leaves_the_part_that_is_a_hazard_open() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    let parts = vec![part(11, "housing"), of("work/workshop", part(12, "law-1"))];
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Split { parts });
    world.give(1, &reporter(), Command::Withdraw { reason: None });
    assert_eq!((world.case(11).stage, world.case(12).stage), (Stage::Closed, Stage::Dispatched));
}

#[test]
fn an_objection_is_judged_by_the_level_above_wherever_the_place_turns_out_to_be() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.give(1, &member("station-1", Role::Acceptor), Command::Decline { reason: sealed("not ours") });
    world.give(1, &reporter(), Command::Object { reason: sealed("it is") });
    assert_eq!(world.case(1).custodian, unit("centre-1"));
    let place = Place { area: Some("G1".into()), ..Place::default() };
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Relocate { place, address: None });
    assert_eq!(world.case(1).custodian, unit("centre-1"), "not back to the station that declined");
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Verify { words: None });
    let untrue =
        Command::Verified { is_true: false, filing: None, words: Some(sealed("nothing")), evidence: vec![] };
    world.give(1, &member("team-1", Role::GridWorker), untrue);
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Reported, unit("centre-1")));
}

#[test]
fn a_fallback_owner_that_is_gone_hands_the_difficult_case_on() {
    let mut world = World::staircase(Source::Resident);
    world.give(1, &member("housing", Role::Handler), Command::MarkDifficult { reason: sealed("hard") });
    let system = huying_model::Actor::System;
    world.give(1, &system, Command::Rehome { from: unit("urban"), to: unit("planning") });
    let decide = Command::Decide { resolve: Resolve::Lead { unit: unit("law-1") }, reason: sealed("so") };
    world.give(1, &member("planning", Role::Leader), decide);
    assert_eq!(world.case(1).custodian, unit("law-1"));
}

#[test]
fn a_follow_up_nobody_does_is_an_item_a_leader_can_see_and_acknowledge() {
    let mut world = World::staircase(Source::Resident);
    world.complete(1);
    let leader = member("centre-1", Role::Leader);
    world.give(1, &leader, Command::FollowUp { unit: unit("housing"), words: None });
    world.pass(DAY);
    let lines = todos(world.case(1));
    assert!(
        lines.iter().any(|line| line.kind == TodoKind::Attention && line.unit == unit("centre-d")),
        "{lines:?}"
    );
    world.give(1, &member("centre-d", Role::Leader), Command::Acknowledge { words: None });
}

#[test]
fn the_same_urgency_again_takes_no_granted_extension_back_and_a_higher_one_keeps_what_it_added() {
    let mut world = World::staircase(Source::Resident);
    let promised = world.case(1).clock(&Timer::Promise).unwrap().due;
    let ask = Command::Request { kind: RequestKind::Extension, until: None, reason: sealed("more") };
    world.give(1, &member("housing", Role::Handler), ask);
    world.give(1, &member("centre-1", Role::Leader), Command::Grant { no: 1, words: None });
    let extended = world.case(1).clock(&Timer::Promise).unwrap().due;
    assert!(extended > promised);
    let set = |urgency| Command::SetUrgency { urgency, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Green));
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, extended);
    world.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Red));
    let red = world.case(1).clock(&Timer::Promise).unwrap().due;
    assert!(
        red < extended && red.minus(town::MORNING) > extended.minus(promised),
        "half the limit, and all that was added"
    );
}

#[test]
fn an_urgency_set_while_a_case_is_suspended_counts_when_it_resumes() {
    let mut world = World::staircase(Source::Resident);
    let before = world.case(1).clock(&Timer::Promise).unwrap().due;
    let until = world.now.plus_ms(7 * DAY);
    world.give(1, &member("centre-1", Role::Leader), Command::Suspend { until, reason: sealed("rain") });
    world.give(
        1,
        &member("centre-1", Role::Dispatcher),
        Command::SetUrgency { urgency: Urgency::Red, reason: None },
    );
    world.pass(7 * DAY);
    let resumed = world.case(1).clock(&Timer::Promise).unwrap().due;
    assert!(resumed < before.plus_ms(7 * DAY), "{resumed} is earlier than the old promise a week later");
}

#[test]
fn a_suspension_ends_at_its_instant_even_when_nobody_looked_for_days() {
    let mut world = World::staircase(Source::Resident);
    let before = world.case(1).clock(&Timer::Promise).unwrap().due;
    world.give(
        1,
        &member("centre-1", Role::Leader),
        Command::Suspend { until: world.now.plus_ms(7 * DAY), reason: sealed("rain") },
    );
    world.wait(9 * DAY);
    world.give(1, &huying_model::Actor::System, Command::Tick);
    assert_eq!(world.case(1).clock(&Timer::Promise).unwrap().due, before.plus_ms(7 * DAY));
}

#[test]
fn a_reopened_split_or_self_handled_case_is_worked_like_any_other() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    let taken =
        Command::SelfHandle { filing: filing("city/litter", 1), done: false, words: None, evidence: vec![] };
    world.give(1, &member("team-1", Role::GridWorker), taken);
    world.finish(1);
    world.pass_inspection(1);
    world.give(1, &reporter(), Command::Reopen { reason: sealed("again") });
    world.dispatch(1, "law-1", &[]);
    world.receive(1, "law-1");
    let given_up =
        world.try_give(1, &member("law-1", Role::Handler), Command::CannotSolve { reason: sealed("no") });
    assert_eq!(given_up.unwrap_err(), Refusal::NotSelfHandled);
    world.give(1, &member("law-1", Role::Handler), Command::Return { reason: sealed("not ours") });
}

#[test]
fn the_reporter_who_left_a_telephone_is_called_back_after_a_merge_not_the_one_who_did_not() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/parking");
    let mut report = huying_model::command::Report { number: "T-2".into(), ..Default::default() };
    report.place.area = Some("G1".into());
    report.reporters =
        [false, true].map(|reachable| Informant { reachable, name: None, contact: None }).to_vec();
    world.give(2, &reporter(), Command::Report { report: Box::new(report) });
    world.give(2, &member("station-1", Role::Acceptor), Command::Merge { into: huying_model::CaseId(1) });
    assert_eq!(world.case(1).waiting(), [(huying_model::CaseId(1), 0), (huying_model::CaseId(2), 1)]);
}

#[test]
fn no_clock_of_a_parts_work_runs_past_what_its_parent_had_promised() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/parking");
    world.file(1, "city/parking");
    let promised = world.case(1).clock(&Timer::Promise).unwrap().due;
    world.wait(4 * HOUR);
    let parts = vec![of("home/staircase", part(11, "housing")), part(12, "law-1")];
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Split { parts });
    world.wait(MINUTE);
    world.receive(11, "housing");
    for of in [Timer::Promise, Timer::Handle(unit("housing"))] {
        assert_eq!(world.case(11).clock(&of).unwrap().due, promised, "{of:?}");
    }
}

#[test]
fn a_parent_whose_promise_is_shortened_shortens_its_parts_and_their_parts() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    let parts = vec![part(11, "housing"), part(12, "planning"), part(13, "urban")];
    world.give(1, &member("centre-1", Role::Dispatcher), Command::Split { parts });
    for (id, lead) in [(11, "housing"), (12, "planning"), (13, "urban")] {
        world.receive(id, lead);
    }
    let parts = vec![part(21, "planning"), part(22, "urban")];
    world.give(11, &member("housing", Role::Handler), Command::Split { parts });
    world.pass(10 * MINUTE);
    world.receive(21, "planning");
    let pause = Command::Suspend { until: world.now.plus_ms(3 * DAY), reason: sealed("the owner is away") };
    world.give(12, &member("centre-1", Role::Leader), pause);
    world.finish(13);
    world.pass_inspection(13);
    world.pass(DAY);
    let closed = world.journal[&huying_model::CaseId(13)].len();
    let due = |world: &World, id: u128, of: Timer| world.case(id).clock(&of).unwrap().due;
    let cap = |world: &World, id: u128| world.case(id).parent.as_ref().and_then(|parent| parent.cap);
    let promised = due(&world, 1, Timer::Promise);
    let set = |urgency| Command::SetUrgency { urgency, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Red));
    let earlier = due(&world, 1, Timer::Promise);
    assert!(earlier < promised);
    for id in [11, 21, 22] {
        assert_eq!((due(&world, id, Timer::Promise), cap(&world, id)), (earlier, Some(earlier)), "{id}");
    }
    // It was received ten minutes after the parent was filed, and has ten working days: half of twenty ends before.
    assert_eq!(due(&world, 21, Timer::Handle(unit("planning"))), earlier);
    assert!(due(&world, 22, Timer::Receive(unit("urban"))) < earlier, "what ends before stays");
    assert_eq!(cap(&world, 12), Some(earlier), "a suspended part hears of it");
    assert_eq!(world.journal[&huying_model::CaseId(13)].len(), closed, "a closed part does not");
    world.pass(3 * DAY);
    assert_eq!(due(&world, 12, Timer::Promise), earlier, "and goes on under it");
    // Never the other way, and nothing is written twice.
    let before: Vec<usize> = world.journal.values().map(Vec::len).collect();
    let mut again = world.clone();
    again.give(1, &member("centre-1", Role::Dispatcher), set(Urgency::Green));
    let after: Vec<usize> = again.journal.values().map(Vec::len).collect();
    assert_eq!(after.iter().sum::<usize>(), before.iter().sum::<usize>() + 1);
    assert_eq!(due(&again, 21, Timer::Promise), earlier);
}

/// Domain §2, take over: an old lead becomes an assist, a pending inspection is cancelled, the next inspector is neither.
#[test]
fn a_leader_who_takes_over_finished_work_has_its_old_lead_as_assist_and_neither_of_them_inspects() {
    for from in [Stage::Inspecting, Stage::CallingBack] {
        let mut world = World::staircase(Source::Resident);
        world.finish(1);
        if from == Stage::CallingBack {
            world.pass_inspection(1);
        }
        assert_eq!(world.case(1).stage, from);
        let leader = member("centre-1", Role::Leader);
        world.give(1, &leader, Command::TakeOver { unit: unit("centre-1"), reason: None });
        let case = world.case(1);
        assert_eq!((case.stage, case.lead_unit()), (Stage::Handling, Some(&unit("centre-1"))));
        assert!(case.clock(&Timer::Inspect).is_none() && case.clock(&Timer::CallBack).is_none());
        assert!(case.open_assignment(&unit("housing")).is_some_and(|part| !part.lead), "{from:?}");
        assert!(world.told(1, &Audience::Unit(unit("housing")), "assist"));
        let evidence = vec![photo(EvidenceKind::After), photo(EvidenceKind::Document)];
        let finish = Command::Finish { outcome: Outcome::Solved, reason: None, evidence };
        let refused = world.try_give(1, &leader, finish.clone()).unwrap_err();
        assert_eq!(refused, Refusal::NotDone { unit: unit("housing") });
        world.receive(1, "housing");
        let done = Command::EndAssist { unit: unit("housing"), done: true, reason: None };
        world.give(1, &member("housing", Role::Handler), done);
        world.give(1, &leader, finish);
        assert_eq!(world.case(1).custodian, unit("inspection-1"));
        assert!([unit("housing"), unit("centre-1")].iter().all(|u| world.case(1).doer_units.contains(u)));
    }
}

#[test]
fn an_old_lead_that_may_not_be_asked_any_more_does_not_come_back_as_assist() {
    let mut world = World::staircase(Source::Resident);
    world.finish(1);
    let mut org = (*world.policy.org).clone();
    org.units.get_mut(&unit("housing")).unwrap().until = Some(world.now);
    let mut policy = (*world.policy).clone();
    policy.org = org.into();
    world.policy = policy.into();
    world.give(
        1,
        &member("centre-1", Role::Leader),
        Command::TakeOver { unit: unit("centre-1"), reason: None },
    );
    assert!(world.case(1).open_assists().next().is_none());
}

/// Domain §2, filing: what the grid cannot solve is no return, and a clock of its own brings in others.
#[test]
fn what_a_team_cannot_solve_waits_by_its_own_clock_until_others_are_brought_in() {
    let mut world = World::new(policy());
    world.report(1, Source::GridWorker, Some("G1"), "city/litter");
    let worker = member("team-1", Role::GridWorker);
    let take =
        Command::SelfHandle { filing: filing("city/litter", 1), done: false, words: None, evidence: vec![] };
    world.give(1, &worker, take);
    world.give(1, &worker, Command::CannotSolve { reason: sealed("too heavy") });
    assert_eq!(world.case(1).used.returns, 0);
    assert!(world.case(1).clock(&Timer::Dispatch).is_none());
    assert_eq!(world.due(1, &Timer::BringIn), Some(6 * HOUR), "four working hours over the noon break");
    world.pass(DAY);
    assert!(world.case(1).attention.as_ref().unwrap().causes.contains(&Timer::BringIn));
    world.dispatch(1, "law-1", &[]);
    assert!(world.case(1).clock(&Timer::BringIn).is_none());
    world.give(1, &member("law-1", Role::Handler), Command::Return { reason: sealed("not ours") });
    assert!(
        world.case(1).clock(&Timer::Dispatch).is_some() && world.case(1).clock(&Timer::BringIn).is_none()
    );
}

/// A resident's report of this matter at these degrees.
fn told(world: &mut World, id: u128, source: Source, matter: Option<&str>, (lon_e7, lat_e7): (i32, i32)) {
    let place =
        Place { area: Some("G1".into()), lon_e7: Some(lon_e7), lat_e7: Some(lat_e7), ..Place::default() };
    let number = format!("T-{id}").into();
    let matter = matter.map(|code| code.into());
    let report = huying_model::command::Report { number, source, place, matter, ..Default::default() };
    world.give(id, &reporter(), Command::Report { report: Box::new(report) });
}

#[test]
fn the_platform_merges_by_itself_only_what_residents_reported_of_one_matter_near_and_soon() {
    let here = (1_100_000_000, 300_000_000);
    let far = (here.0 + 10_001, here.1);
    let litter = Some("city/litter");
    for (source, matter, place, wait, merges) in [
        (Source::Resident, litter, here, 59 * MINUTE, true),
        (Source::Resident, litter, (here.0 + 10_000, here.1 - 5_000), 0, true),
        (Source::Resident, litter, here, 61 * MINUTE, false),
        (Source::Resident, litter, far, 0, false),
        (Source::Resident, Some("city/parking"), here, 0, false),
        (Source::Resident, None, here, 0, false),
        (Source::Hotline, litter, here, 0, false),
    ] {
        let mut world = World::new(policy());
        told(&mut world, 1, Source::Resident, litter, here);
        world.pass(wait);
        told(&mut world, 2, source, matter, place);
        let merge = Command::Merge { into: huying_model::CaseId(1) };
        let outcome = world.try_give(2, &huying_model::Actor::System, merge);
        assert_eq!(outcome.is_ok(), merges, "{source:?} {matter:?} {place:?} after {wait}: {outcome:?}");
        if let Err(refused) = outcome {
            assert_eq!(refused, Refusal::NotYours { command: huying_model::Name::Merge });
        }
    }
}

#[test]
fn what_everybody_sees_is_what_the_centre_approved_last_and_nothing_of_a_dispute() {
    let mut world = World::staircase(Source::Resident);
    let centre = world.case(1).centre.clone();
    let dispatcher = member(centre.as_str(), Role::Dispatcher);
    let publish = |words: Option<&str>, files: &[&str]| Command::Publish {
        words: words.map(sealed),
        files: files.iter().map(|file| (*file).into()).collect(),
    };
    assert_eq!(world.try_give(1, &dispatcher, publish(None, &[])).unwrap_err(), Refusal::NothingPublished);
    let unknown = Refusal::UnknownFile { file: "none".into() };
    assert_eq!(world.try_give(1, &dispatcher, publish(Some("x"), &["none"])).unwrap_err(), unknown);
    let mut evidence = vec![photo(EvidenceKind::Before), photo(EvidenceKind::Document)];
    evidence[1].file = "11ff".into();
    world.give(1, &dispatcher, Command::Attach { evidence: evidence.clone(), words: None });
    let document = evidence[1].file.clone();
    let refused = world.try_give(1, &dispatcher, publish(None, &[document.as_str()])).unwrap_err();
    assert_eq!(refused, Refusal::OnlyPhotos);
    let (before, version) = (world.case(1).public_at, world.case(1).version);
    assert!(world.case(1).published.is_none());
    world.now = world.now.plus_ms(MINUTE);
    world.give(1, &dispatcher, Command::Comment { words: sealed("inside") });
    assert_eq!(world.case(1).public_at, before, "nobody outside hears of a comment");
    let photo = evidence[0].file.clone();
    world.give(1, &dispatcher, publish(Some("for all"), &[photo.as_str(), photo.as_str()]));
    let shown = world.case(1).published.clone().unwrap();
    assert_eq!((shown.event, shown.files.as_slice()), (version + 2, std::slice::from_ref(&photo)));
    assert_eq!(world.case(1).public_at, world.now);
    world.give(1, &dispatcher, Command::Redact { event: version + 1, reason: "other".into() });
    assert!(world.case(1).published.is_some(), "another entry was redacted");
    world.give(1, &dispatcher, Command::Redact { event: shown.event, reason: "other".into() });
    assert!(world.case(1).published.is_none());
    world.give(1, &dispatcher, publish(Some("again"), &[]));
    world.give(1, &dispatcher, publish(None, &[]));
    assert!(world.case(1).published.is_none(), "an empty one takes back");
    world.give(1, &dispatcher, publish(Some("with the photo"), &[photo.as_str()]));
    let before = world.case(1).public_at;
    world.now = world.now.plus_ms(MINUTE);
    // The entry that brought the photo.
    world.give(1, &dispatcher, Command::Redact { event: version, reason: "personal_data".into() });
    let left = world.case(1).published.clone().unwrap();
    assert!(left.words.is_some() && left.files.is_empty(), "{left:?}");
    assert!(world.case(1).hides_file(&photo) && world.case(1).public_at > before);
    let refused = world.try_give(1, &dispatcher, publish(None, &[photo.as_str()])).unwrap_err();
    assert_eq!(refused, Refusal::UnknownFile { file: photo });
}
