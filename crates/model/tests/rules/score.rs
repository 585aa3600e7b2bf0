//! Every measure on journals that are small enough to be counted by hand.

use crate::town;

use huying_model::{
    CaseId, Command, Instant,
    actor::Role,
    case::RequestKind,
    catalogue::{EvidenceKind, Outcome, Source},
    command::Report,
    score::{Counts, Span, Subject, Tally, count},
};
use town::{DAY, HOUR, MINUTE, MORNING, World, filing, member, part, photo, policy, reporter, sealed, unit};

/// Every case of the world counted in a span.
fn tally(world: &World, span: Span) -> Tally {
    let mut tally = Tally::default();
    for (id, events) in &world.journal {
        tally.add(&count(*id, events, span));
    }
    tally
}

fn words(counts: &Counts) -> String {
    counts.iter().map(|(measure, n)| format!("{} {n}", measure.code())).collect::<Vec<_>>().join(", ")
}

/// What is not zero for `whose` (a unit, an area such as `area S1`, or all) up to now.
fn so_far(world: &World, whose: &str) -> String {
    told(world, whose, Span::up_to(world.now))
}

fn told(world: &World, whose: &str, span: Span) -> String {
    let tally = tally(world, span);
    match (whose, whose.strip_prefix("area "), whose.strip_prefix("worker ")) {
        ("all", _, _) => words(&tally.of(&Subject::All, None)),
        (_, Some(area), _) => words(&tally.within(&world.policy.org, &area.into(), None)),
        (_, _, Some(worker)) => words(&tally.of(&Subject::Worker(worker.into()), None)),
        (unit, ..) => words(&tally.of(&Subject::Unit(unit.into()), None)),
    }
}

/// Filed and dispatched: `city/litter` (receipt in 30 minutes, done in two working days, inspected, no callback).
fn dispatched(lead: &str) -> World {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    world.dispatch(1, lead, &[]);
    world
}

fn dispatcher() -> huying_model::Actor {
    member("centre-1", Role::Dispatcher)
}

#[test]
fn a_case_that_goes_the_usual_way_counts_for_whoever_did_each_step() {
    let mut world = dispatched("law-1");
    world.pass(10 * MINUTE);
    world.receive(1, "law-1");
    world.pass(2 * HOUR);
    world.complete(1);
    let all = "reported 1, filed 1, dispatched 1, first_kept 1, sent 1, received 1, received_on_time 1, due 1, done 1, done_on_time 1";
    for (whose, counted) in [
        ("all", all),
        ("area G1", all),
        ("area S1", all),
        ("area S2", ""),
        ("station-1", "reported 1"),
        ("centre-1", "filed 1"),
        (
            "law-1",
            "dispatched 1, first_kept 1, sent 1, received 1, received_on_time 1, due 1, done 1, done_on_time 1",
        ),
        ("inspection-1", ""),
        ("worker law-1/Handler", "received 1, received_on_time 1, due 1, done 1, done_on_time 1"),
        ("worker station-1/Acceptor", "filed 1"),
    ] {
        assert_eq!(so_far(&world, whose), counted, "{whose}");
    }
}

#[test]
fn what_is_late_is_late_and_a_promise_is_judged_as_it_stands_at_the_end_of_the_period() {
    let mut world = dispatched("law-1");
    world.pass(31 * MINUTE);
    world.receive(1, "law-1");
    assert!(
        so_far(&world, "law-1").ends_with("sent 1, received 1"),
        "late receipt: {}",
        so_far(&world, "law-1")
    );
    let promise = world.case(1).clock(&huying_model::clock::Timer::Promise).unwrap().due;
    let until = |until: Instant| Span { from: MORNING, until };
    let ask = Command::Request { kind: RequestKind::Extension, until: None, reason: sealed("more rubbish") };
    world.give(1, &member("law-1", Role::Handler), ask);
    world.pass(5 * MINUTE);
    let before = world.now;
    world.give(1, &dispatcher(), Command::Grant { no: 1, words: None });
    let extended = world.case(1).clock(&huying_model::clock::Timer::Promise).unwrap().due;
    assert!(extended > promise);
    world.until(extended.plus_ms(HOUR));
    let counted = |until: Instant| told(&world, "law-1", Span { from: MORNING, until });
    // Before the extension nothing was due, on the old promise's instant nothing is, after the new one it is.
    for (at, due) in
        [(before, false), (promise.plus_ms(MINUTE), false), (extended, false), (extended.plus_ms(1), true)]
    {
        assert_eq!(counted(at).contains("due 1, overdue 1"), due, "{at}: {}", counted(at));
    }
    // Closed late: due and overdue in the period in which it closes, and no longer open in it.
    world.complete(1);
    let later = Span { from: extended.plus_ms(1), until: world.now.plus_ms(DAY) };
    assert_eq!(told(&world, "law-1", later), "due 1, done 1, overdue 1");
    assert_eq!(told(&world, "law-1", until(MORNING.plus_ms(MINUTE))), "dispatched 1, first_kept 1, sent 1");
    let after = Span { from: world.now.plus_ms(1), until: world.now.plus_ms(DAY) };
    assert_eq!(told(&world, "all", after), "");
}

#[test]
fn a_suspended_case_is_not_due_and_an_exempted_unit_is_not_late() {
    let mut world = World::staircase(Source::Hotline);
    let until = world.now.plus_ms(50 * DAY);
    world.give(1, &member("centre-1", Role::Leader), Command::Suspend { until, reason: sealed("winter") });
    world.until(until.plus_ms(-HOUR));
    assert!(!so_far(&world, "all").contains("due"), "{}", so_far(&world, "all"));
    let mut world = World::staircase(Source::Hotline);
    let ask = Command::Request { kind: RequestKind::Exemption, until: None, reason: sealed("the flood") };
    world.give(1, &member("housing", Role::Handler), ask);
    world.give(1, &dispatcher(), Command::Grant { no: 1, words: None });
    world.pass(60 * DAY);
    assert!(so_far(&world, "all").ends_with("due 1, overdue 1"));
    assert!(!so_far(&world, "housing").contains("due"), "{}", so_far(&world, "housing"));
    world.complete(1);
    assert!(so_far(&world, "all").contains("due 1, done 1, overdue 1"));
    assert!(so_far(&world, "housing").contains("due 1, done 1, done_on_time 1"));
}

#[test]
fn the_first_dispatch_is_wrong_when_it_is_returned_reassigned_or_lost_after_a_recall() {
    let give = |world: &mut World, command: Command| world.give(1, &dispatcher(), command);
    let recall = || Command::Recall { reason: sealed("wait") };
    type Row<'a> = (&'a str, &'a dyn Fn(&mut World), &'a str);
    let cases: [Row; 5] = [
        (
            "returned",
            &|world| {
                world.give(
                    1,
                    &member("law-1", Role::Handler),
                    Command::Return { reason: sealed("not ours") },
                );
                world.dispatch(1, "market-1", &[]);
            },
            "dispatched 1, sent 1, returned 1",
        ),
        (
            "reassigned",
            &|world| {
                give(world, Command::Reassign { lead: unit("market-1"), reason: sealed("theirs") });
            },
            "dispatched 1, sent 1",
        ),
        (
            "recalled, and to another",
            &|world| {
                give(world, recall());
                world.dispatch(1, "market-1", &[]);
            },
            "dispatched 1, sent 1",
        ),
        (
            "recalled, and to the same",
            &|world| {
                give(world, recall());
                world.dispatch(1, "law-1", &["market-1"]);
            },
            "dispatched 1, first_kept 1, sent 2",
        ),
        (
            "taken over by the leader",
            &|world| {
                let command = Command::TakeOver { unit: unit("centre-1"), reason: None };
                world.give(1, &member("centre-1", Role::Leader), command);
            },
            "dispatched 1, first_kept 1, sent 1",
        ),
    ];
    for (name, then, counted) in cases {
        let mut world = dispatched("law-1");
        then(&mut world);
        assert_eq!(so_far(&world, "law-1"), counted, "{name}");
        assert!(so_far(&world, "all").contains("dispatched 1"), "{name}");
    }
}

#[test]
fn a_lead_whose_finished_work_is_taken_over_is_sent_its_new_part_before_it_receives_it() {
    let mut world = dispatched("law-1");
    world.receive(1, "law-1");
    world.finish(1);
    let command = Command::TakeOver { unit: unit("centre-1"), reason: None };
    world.give(1, &member("centre-1", Role::Leader), command);
    assert_eq!(so_far(&world, "law-1"), "dispatched 1, first_kept 1, sent 2, received 1, received_on_time 1");
    world.receive(1, "law-1");
    assert_eq!(so_far(&world, "law-1"), "dispatched 1, first_kept 1, sent 2, received 2, received_on_time 2");
    assert!(so_far(&world, "all").contains("sent 2, received 2"), "{}", so_far(&world, "all"));
}

#[test]
fn whoever_leads_at_the_end_answers_for_it() {
    let mut world = dispatched("law-1");
    world.give(1, &member("law-1", Role::Handler), Command::Return { reason: sealed("not ours") });
    world.pass(5 * DAY);
    assert_eq!(so_far(&world, "law-1"), "dispatched 1, sent 1, returned 1");
    assert!(so_far(&world, "centre-1").ends_with("due 1, overdue 1"), "nobody else has it");
    world.dispatch(1, "market-1", &[]);
    assert!(so_far(&world, "market-1").ends_with("sent 1, due 1, overdue 1"));
    assert_eq!(so_far(&world, "centre-1"), "filed 1");
}

#[test]
fn rework_counts_once_for_every_time_and_the_last_call_to_a_reporter_is_what_counts() {
    let mut world = World::staircase(Source::Hotline);
    world.finish(1);
    world.give(1, &member("inspection-1", Role::Inspector), Command::Fail { reason: sealed("half done") });
    world.finish(1);
    world.pass_inspection(1);
    world.call_back(1, 1, false);
    world.give(1, &member("desk", Role::CallerBack), Command::Rework { reason: sealed("still there") });
    assert!(so_far(&world, "housing").ends_with("failed 1, reworked 1, called_back 1, reached 1"));
    world.complete(1);
    assert_eq!(
        so_far(&world, "all"),
        "reported 1, hotline 1, filed 1, dispatched 1, first_kept 1, sent 1, received 1, received_on_time 1, \
         due 1, done 1, done_on_time 1, failed 1, reworked 1, called_back 1, reached 1, satisfied 1, solved 1"
    );
    // Opened again, late: the first result stands.
    world.pass(DAY);
    world.give(1, &reporter(), Command::Reopen { reason: sealed("again") });
    world.pass(60 * DAY);
    let all = so_far(&world, "all");
    assert!(all.contains("due 1, done 1, done_on_time 1, failed 1, reworked 1, reopened 1"), "{all}");
    assert!(so_far(&world, "housing").contains("reopened 1"));
}

#[test]
fn a_merged_case_keeps_what_it_was_and_its_parent_is_counted_from_then_on() {
    let mut world = dispatched("law-1");
    world.receive(1, "law-1");
    for id in [2, 3] {
        world.report(id, Source::Resident, Some("G1"), "city/litter");
    }
    world.file(3, "city/litter");
    world.give(2, &member("station-1", Role::Acceptor), Command::Merge { into: CaseId(1) });
    world.give(3, &dispatcher(), Command::Merge { into: CaseId(1) });
    world.complete(1);
    assert_eq!(
        so_far(&world, "all"),
        "reported 3, filed 2, dispatched 1, first_kept 1, sent 1, received 1, received_on_time 1, due 1, done 1, done_on_time 1"
    );
    world.report(4, Source::Resident, Some("G1"), "city/litter");
    world.report(5, Source::Resident, Some("G1"), "city/litter");
    world.file(4, "city/litter");
    world.give(5, &member("station-1", Role::Acceptor), Command::Merge { into: CaseId(4) });
    let apart = Command::Unmerge { reason: sealed("another heap") };
    world.give(5, &dispatcher(), apart);
    assert!(so_far(&world, "all").starts_with("reported 5, filed 4"), "what leaves a merge is filed then");
    world.pass(5 * DAY);
    assert!(so_far(&world, "all").contains("due 3, done 1, done_on_time 1, overdue 2"));
}

#[test]
fn parts_of_a_split_are_work_of_their_units_and_one_case_for_the_area() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    world.file(1, "home/staircase");
    world.give(1, &dispatcher(), Command::Split { parts: vec![part(11, "housing"), part(12, "planning")] });
    for (id, lead) in [(11, "housing"), (12, "planning")] {
        world.receive(id, lead);
        world.finish(id);
        world.pass_inspection(id);
    }
    assert_eq!(so_far(&world, "all"), "reported 1, filed 1, sent 2, received 2, received_on_time 2");
    assert_eq!(
        so_far(&world, "planning"),
        "dispatched 1, first_kept 1, sent 1, received 1, received_on_time 1, due 1, done 1, done_on_time 1"
    );
    let evidence = vec![photo(EvidenceKind::After)];
    let finish = Command::Finish { outcome: Outcome::Solved, reason: None, evidence };
    world.give(1, &member("centre-1", Role::Leader), finish);
    world.pass_inspection(1);
    world.call_back(1, 1, true);
    world.close(1);
    let all = so_far(&world, "area S1");
    assert!(all.contains("due 1, done 1, done_on_time 1, called_back 1"), "{all}");
    assert!(so_far(&world, "centre-1").contains("due 1, done 1, done_on_time 1"));
}

#[test]
fn what_a_grid_worker_handles_counts_as_filed_and_done_by_the_team() {
    let worker = member("team-1", Role::GridWorker);
    let handle = |done: bool| Command::SelfHandle {
        filing: filing("city/litter", 1),
        done,
        words: None,
        evidence: if done { vec![photo(EvidenceKind::After)] } else { Vec::new() },
    };
    let mut world = World::new(policy());
    world.report(1, Source::GridWorker, Some("G1"), "city/litter");
    world.give(1, &worker, handle(true));
    world.pass_inspection(1);
    let done = "self_handled 1, due 1, done 1, done_on_time 1";
    assert_eq!(so_far(&world, "all"), format!("reported 1, filed 1, {done}"));
    assert_eq!(so_far(&world, "team-1"), done);
    assert_eq!(so_far(&world, "worker team-1/Grid worker"), format!("reported 1, filed 1, {done}"));
    // Taken on, and given up: it is the centre's.
    world.report(2, Source::GridWorker, Some("G1"), "city/litter");
    world.give(2, &worker, handle(false));
    world.give(2, &worker, Command::CannotSolve { reason: sealed("too heavy") });
    world.pass(5 * DAY);
    assert_eq!(so_far(&world, "team-1"), "self_handled 2, due 1, done 1, done_on_time 1");
    assert_eq!(so_far(&world, "centre-1"), "filed 2, due 1, overdue 1");
}

#[test]
fn a_decline_counts_for_whoever_declined_and_so_does_the_objection() {
    let mut world = World::new(policy());
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    let acceptor = member("station-1", Role::Acceptor);
    world.give(1, &acceptor, Command::Decline { reason: sealed("private ground") });
    world.give(1, &reporter(), Command::Object { reason: sealed("it is the street") });
    world.pass(10 * DAY);
    assert_eq!(so_far(&world, "station-1"), "reported 1, declined 1, objections 1");
    assert_eq!(so_far(&world, "all"), "reported 1, declined 1, objections 1", "what is not filed is not due");
    let judge = world.case(1).custodian.clone();
    world.give(1, &member(judge.as_str(), Role::Acceptor), Command::Decline { reason: sealed("it is not") });
    assert_eq!(so_far(&world, "all"), "reported 1, declined 2, objections 1");
}

#[test]
fn a_verification_counts_for_the_team_and_files_when_it_is_true() {
    let mut world = World::new(policy());
    for (id, is_true) in [(1, true), (2, false)] {
        world.report(id, Source::Resident, Some("G1"), "city/litter");
        world.give(id, &member("station-1", Role::Acceptor), Command::Verify { words: None });
        let words = Some(sealed("looked"));
        let command = Command::Verified { is_true, filing: None, words, evidence: Vec::new() };
        world.give(id, &member("team-1", Role::GridWorker), command);
    }
    assert_eq!(so_far(&world, "all"), "reported 2, filed 1, declined 1, verified 2, verified_true 1");
    assert_eq!(so_far(&world, "team-1"), "declined 1, verified 2, verified_true 1");
    assert_eq!(so_far(&world, "centre-1"), "filed 1");
}

#[test]
fn a_void_case_is_done_by_the_centre_and_a_withdrawn_one_is_nobodys() {
    let mut world = World::new(policy());
    for id in [1, 2] {
        world.report(id, Source::Resident, Some("G1"), "city/litter");
        world.file(id, "city/litter");
    }
    let void = || Command::Conclude { outcome: Outcome::Void, reason: sealed("a drill") };
    world.give(1, &dispatcher(), void());
    assert_eq!(so_far(&world, "centre-1"), "filed 2");
    world.give(1, &member("centre-1", Role::Leader), void());
    world.call_back(1, 1, true);
    world.close(1);
    world.give(2, &reporter(), Command::Withdraw { reason: None });
    world.pass(10 * DAY);
    let done = "filed 2, due 1, done 1, done_on_time 1, called_back 1, reached 1, satisfied 1, solved 1";
    assert_eq!(so_far(&world, "centre-1"), done);
    assert_eq!(so_far(&world, "all"), format!("reported 2, {done}"));
}

#[test]
fn a_call_that_climbs_is_answered_in_time_by_its_last_callee_and_by_nobody_in_total() {
    let mut world = World::staircase(Source::Hotline);
    let call = |callee: &str| Command::Call { callee: Some(unit(callee)), words: sealed("a ladder, please") };
    world.give(1, &member("housing", Role::Handler), call("fire-1"));
    world.pass(10 * MINUTE);
    let answer = |no| Command::Answer { no, words: sealed("coming") };
    world.give(1, &member("fire-1", Role::Handler), answer(1));
    world.give(1, &member("housing", Role::Handler), Command::RateAnswer { no: 1, stars: 4 });
    world.give(1, &member("housing", Role::Handler), call("police-1"));
    world.pass(20 * MINUTE);
    let climbed = world.case(1).calls[1].callee.clone();
    assert_ne!(climbed, unit("police-1"));
    world.give(1, &member(climbed.as_str(), Role::Handler), answer(2));
    assert_eq!(
        so_far(&world, "fire-1"),
        "calls 1, calls_answered 1, calls_on_time 1, calls_rated 1, call_stars 4"
    );
    assert_eq!(so_far(&world, "police-1"), "calls 1");
    assert!(so_far(&world, climbed.as_str()).contains("calls 1, calls_answered 1, calls_on_time 1"));
    let all = so_far(&world, "all");
    assert!(
        all.ends_with("calls 2, calls_answered 2, calls_on_time 1, calls_rated 1, call_stars 4"),
        "{all}"
    );
}

#[test]
fn counts_are_kept_by_source_and_those_without_a_place_stand_in_the_total_only() {
    let mut world = World::new(policy());
    for (id, source, place) in
        [(1, Source::Hotline, Some("G1")), (2, Source::Resident, Some("G2")), (3, Source::Hotline, None)]
    {
        let mut report = Report { number: format!("T-{id}").into(), source, ..Report::default() };
        report.place.area = place.map(Into::into);
        world.give(id, &huying_model::Actor::System, Command::Report { report: Box::new(report) });
    }
    let tally = tally(&world, Span::up_to(world.now));
    let org = &world.policy.org;
    let of = |source| words(&tally.of(&Subject::All, source));
    assert_eq!(of(Some(Source::Hotline)), "reported 2, hotline 2");
    assert_eq!(of(Some(Source::Resident)), "reported 1");
    assert_eq!(of(None), "reported 3, hotline 2");
    assert_eq!(words(&tally.within(org, &"D".into(), None)), "reported 2, hotline 1");
    assert_eq!(words(&tally.within(org, &"S1".into(), Some(Source::Hotline))), "reported 1, hotline 1");
}
