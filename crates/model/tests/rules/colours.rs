//! What a colour asks for besides shorter limits: the rank of the lead officer, meetings, and following up.

use crate::town;

use huying_model::{
    Command, Name, Policy, Refusal, Stage,
    actor::Role,
    calendar::Limit,
    catalogue::{Outcome, Source, Urgency},
    clock::{ClockChange, Timer},
    command::Resolve,
    event::{Audience, Body},
    org::Selector,
    policy::UrgencyRule,
    todo::{TodoKind, todos},
};
use town::{DAY, HOUR, World, member, member_id, part, sealed, unit};

/// Red: rank 2, a meeting a week, 30 days of following up; yellow: rank 1, half a month, 15 days; green: none of it.
fn coloured() -> huying_model::Rules {
    let mut rules = town::rules();
    let colour = |limit_percent, rank, meeting_days, follow_up_days| UrgencyRule {
        limit_percent,
        rank,
        meeting_days,
        follow_up_days,
    };
    rules.urgency.insert(Urgency::Red, colour(50, 2, 7, 30));
    rules.urgency.insert(Urgency::Yellow, colour(80, 1, 15, 15));
    rules
}

fn filed_under(rules: huying_model::Rules, urgency: Urgency) -> World {
    let mut world = World::new(Policy::new(town::org(), rules).unwrap());
    world.report(1, Source::Resident, Some("G1"), "home/staircase");
    let filing = town::filing("home/staircase", 1);
    world.give(1, &member("station-1", Role::Acceptor), Command::File { filing, urgency: Some(urgency) });
    world
}

fn filed(urgency: Urgency) -> World {
    filed_under(coloured(), urgency)
}

fn at_work(urgency: Urgency) -> World {
    let mut world = filed(urgency);
    world.dispatch(1, "housing", &["law-1"]);
    world.receive(1, "housing");
    world
}

fn appoint(of: &str, role: Role) -> Command {
    Command::Appoint { unit: unit(of), officer: member_id(of, role), co_officers: vec![] }
}

fn set(world: &mut World, urgency: Urgency) {
    let command = Command::SetUrgency { urgency, reason: None };
    world.give(1, &member("centre-1", Role::Dispatcher), command);
}

fn convene(world: &mut World, by: &str) {
    let command = Command::Convene { at: world.now, units: vec![unit("law-1")] };
    world.give(1, &member(by, Role::Leader), command);
}

fn meeting(world: &World) -> Option<i64> {
    world.due(1, &Timer::Meeting)
}

#[test]
fn the_lead_officer_has_the_rank_of_the_colour_and_an_assist_needs_none() {
    let (handler, leader) = (member("housing", Role::Handler), member("housing", Role::Leader));
    let mut world = at_work(Urgency::Red);
    let refused = world.try_give(1, &handler, appoint("housing", Role::Handler)).unwrap_err();
    assert_eq!(refused, Refusal::Rank { rank: 2 });
    assert!(refused.to_string().contains("rank 2 or above") && refused.zh().contains("不低于2"));
    world.give(1, &leader, appoint("housing", Role::Leader));
    world.give(1, &member("law-1", Role::Handler), appoint("law-1", Role::Handler));

    let mut green = at_work(Urgency::Green);
    green.give(1, &handler, appoint("housing", Role::Handler));
}

#[test]
fn where_nobody_in_the_lead_unit_has_the_rank_the_refusal_says_what_is_left_and_that_works() {
    let mut rules = coloured();
    rules.urgency.get_mut(&Urgency::Red).unwrap().rank = 3;
    let mut world = filed_under(rules, Urgency::Red);
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    let leader = member("housing", Role::Leader);
    let refused = world.try_give(1, &leader, appoint("housing", Role::Leader)).unwrap_err();
    assert_eq!(refused.code(), "nobody_of_rank");
    let (en, zh) = (refused.to_string(), refused.zh());
    assert!(en.contains("housing") && en.contains("raise the case, or call"), "{en}");
    assert!(zh.contains("housing") && zh.contains("层级不低于3") && zh.contains("提级"), "{zh}");
    world.give(1, &leader, Command::Call { callee: None, words: sealed("we need somebody senior") });
    world.give(1, &leader, Command::Raise { reason: sealed("nobody here has the rank") });
    assert_eq!((world.case(1).stage, &world.case(1).custodian), (Stage::Filed, &unit("centre-d")));
}

#[test]
fn a_colour_that_rises_over_the_officers_rank_tells_the_lead_unit_to_appoint_another() {
    for (officer, told) in [(Role::Handler, true), (Role::Leader, false)] {
        let mut world = at_work(Urgency::Green);
        world.give(1, &member("housing", Role::Leader), appoint("housing", officer));
        set(&mut world, Urgency::Red);
        let to = Audience::Unit(unit("housing"));
        assert_eq!(world.told(1, &to, "officer_rank"), told, "{officer:?}");
    }
    let mut world = at_work(Urgency::Yellow);
    let refused = world.try_give(1, &member("housing", Role::Leader), appoint("housing", Role::Handler));
    assert_eq!(refused.unwrap_err(), Refusal::Rank { rank: 1 });
    set(&mut world, Urgency::Green);
    assert!(!world.told(1, &Audience::Unit(unit("housing")), "officer_rank"), "nobody was appointed");
}

#[test]
fn the_meeting_clock_runs_from_filing_until_the_work_is_done_and_a_return_does_not_reset_it() {
    let mut world = filed(Urgency::Red);
    assert_eq!(meeting(&world), Some(7 * DAY));
    world.wait(DAY);
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    let back = Command::Return { reason: sealed("not ours") };
    world.give(1, &member("housing", Role::Leader), back);
    assert_eq!(meeting(&world), Some(6 * DAY));
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    world.finish(1);
    assert_eq!((world.case(1).stage, meeting(&world)), (Stage::Inspecting, None));
    let fail = Command::Fail { reason: sealed("not done") };
    world.give(1, &member("inspection-1", Role::Inspector), fail);
    assert_eq!((world.case(1).stage, meeting(&world)), (Stage::Handling, Some(7 * DAY)), "at work again");
}

#[test]
fn a_meeting_that_is_held_starts_the_wait_for_the_next_one() {
    let mut world = filed(Urgency::Red);
    world.wait(2 * DAY);
    convene(&mut world, "centre-1");
    assert_eq!(meeting(&world), Some(7 * DAY), "held by the centre before the dispatch");
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    world.wait(3 * DAY);
    convene(&mut world, "housing");
    assert_eq!(meeting(&world), Some(7 * DAY), "held by the lead unit");
    assert!(world.told(1, &Audience::Unit(unit("law-1")), "convened"));
    let stranger = member("market-1", Role::Leader);
    let command = Command::Convene { at: world.now, units: vec![] };
    assert_eq!(world.try_give(1, &stranger, command).unwrap_err().code(), "not_yours");
}

#[test]
fn a_meeting_nobody_holds_comes_before_a_leader_and_leaves_that_queue_once_it_is_held() {
    let mut world = at_work(Urgency::Red);
    let causes = |world: &World| world.case(1).attention.as_ref().map(|item| item.causes.clone());
    world.pass(7 * DAY + HOUR);
    assert!(world.told(1, &Audience::Unit(unit("housing")), "overdue"), "first the lead unit");
    world.pass(2 * DAY);
    assert!(causes(&world).unwrap().contains(&Timer::Meeting));
    assert!(todos(world.case(1)).iter().any(|line| line.kind == TodoKind::Attention));
    assert_eq!(world.case(1).clock(&Timer::Meeting).unwrap().next, None, "its ladder has an end");
    convene(&mut world, "housing");
    assert!(causes(&world).is_none_or(|causes| !causes.contains(&Timer::Meeting)));
}

#[test]
fn another_colour_has_its_own_meetings_and_the_same_one_changes_nothing() {
    let mut world = at_work(Urgency::Red);
    world.wait(DAY);
    set(&mut world, Urgency::Red);
    assert_eq!(meeting(&world), Some(6 * DAY));
    set(&mut world, Urgency::Yellow);
    assert_eq!(meeting(&world), Some(15 * DAY));
    set(&mut world, Urgency::Green);
    assert_eq!(meeting(&world), None);
    let leader = member("housing", Role::Leader);
    assert!(!world.allowed(1, &leader).contains(&Name::Convene));
    let command = Command::Convene { at: world.now, units: vec![] };
    assert_eq!(world.try_give(1, &leader, command).unwrap_err(), Refusal::NoMeetings);
}

#[test]
fn a_suspension_stops_the_meetings_and_they_go_on_after_it() {
    let until = |world: &World| world.now.plus_ms(20 * DAY);
    let leader = member("centre-1", Role::Leader);
    for other_colour in [false, true] {
        let mut world = at_work(Urgency::Red);
        world.wait(DAY);
        let command = Command::Suspend { until: until(&world), reason: sealed("winter") };
        world.give(1, &leader, command);
        assert!(world.case(1).clock(&Timer::Meeting).is_some_and(|clock| !clock.runs()));
        if other_colour {
            set(&mut world, Urgency::Yellow);
            assert_eq!(
                meeting(&world),
                None,
                "the other colour's meetings wait for the end of the suspension"
            );
        }
        world.wait(2 * DAY);
        world.give(1, &leader, Command::Resume { reason: None });
        let left = if other_colour { 15 * DAY } else { 6 * DAY };
        assert_eq!(meeting(&world), Some(left), "another colour: {other_colour}");
    }
}

#[test]
fn a_difficult_case_meets_by_its_own_procedure_and_by_its_colour_again_once_that_has_decided() {
    let mut world = at_work(Urgency::Red);
    let handler = member("housing", Role::Handler);
    world.give(1, &handler, Command::MarkDifficult { reason: sealed("hard") });
    let due = world.case(1).clock(&Timer::Meeting).unwrap().due;
    world.wait(HOUR);
    convene(&mut world, "urban");
    assert_eq!(world.case(1).clock(&Timer::Meeting).unwrap().due, due, "only a decision ends the procedure");
    let decide = Command::Decide { resolve: Resolve::Lead { unit: unit("planning") }, reason: sealed("so") };
    world.give(1, &member("urban", Role::Leader), decide);
    assert_eq!((world.case(1).stage, meeting(&world)), (Stage::Dispatched, Some(7 * DAY)));
}

#[test]
fn the_parts_of_a_split_case_have_the_meetings_and_what_waits_for_them_has_none() {
    let mut world = at_work(Urgency::Red);
    let parts = vec![part(11, "housing"), part(12, "planning")];
    world.give(1, &member("housing", Role::Leader), Command::Split { parts });
    assert_eq!(meeting(&world), None);
    assert_eq!(world.due(11, &Timer::Meeting), Some(7 * DAY));
}

#[test]
fn a_closed_case_is_followed_up_by_itself_for_as_long_as_its_colour_asks() {
    for (urgency, days) in [(Urgency::Red, Some(30)), (Urgency::Yellow, Some(15)), (Urgency::Green, None)] {
        let mut world = filed(urgency);
        world.dispatch(1, "housing", &[]);
        world.receive(1, "housing");
        world.complete(1);
        assert_eq!(world.case(1).stage, Stage::Closed);
        assert_eq!(world.due(1, &Timer::Trace(1)), days.map(|days| days * DAY), "{urgency:?}");
        let lines = todos(world.case(1));
        assert_eq!(lines.iter().any(|line| line.kind == TodoKind::Trace), days.is_some(), "{urgency:?}");
    }
}

#[test]
fn whom_the_pack_names_follows_up_and_is_told_when_it_is_late() {
    let mut rules = coloured();
    rules.tracers = vec![Selector::parse("urban@district").unwrap()];
    let mut world = filed_under(rules, Urgency::Red);
    world.dispatch(1, "housing", &[]);
    world.receive(1, "housing");
    world.complete(1);
    assert_eq!(world.case(1).traces[0].unit, unit("urban"));
    let urban = Audience::Unit(unit("urban"));
    assert!(world.told(1, &urban, "follow_up"));
    world.pass(30 * DAY + HOUR);
    assert!(world.told(1, &urban, "overdue"), "not whoever had the case last");
    world.give(1, &member("urban", Role::Leader), Command::FollowedUp { no: 1, words: None });
    assert!(world.case(1).clocks.is_empty() && world.case(1).attention.is_none());
}

#[test]
fn a_void_case_is_not_followed_up_and_a_reopened_one_not_any_more() {
    let mut world = filed(Urgency::Red);
    let void = || Command::Conclude { outcome: Outcome::Void, reason: sealed("a test call") };
    world.give(1, &member("centre-1", Role::Dispatcher), void());
    world.give(1, &member("centre-1", Role::Leader), void());
    world.call_back(1, 1, true);
    let events = world.give(1, &member("desk", Role::CallerBack), Command::Close { words: None });
    assert!(!events.iter().any(|event| matches!(event.body, Body::FollowUpSet { .. })));

    let mut world = at_work(Urgency::Red);
    world.give(
        1,
        &member("housing", Role::Leader),
        Command::EndAssist { unit: unit("law-1"), done: false, reason: Some(sealed("not needed")) },
    );
    world.complete(1);
    let events = world.give(1, &town::reporter(), Command::Reopen { reason: sealed("again") });
    assert!(events[0].clocks.contains(&ClockChange::Stop(Timer::Trace(1))));
    assert!(world.case(1).traces.iter().all(|trace| trace.done));
    assert_eq!(meeting(&world), Some(7 * DAY), "and it meets again");
}

#[test]
fn a_colour_only_shortens_a_limit_and_never_to_nothing_where_it_was_something() {
    let rules = coloured();
    for (amount, green, red) in [(0, 0, 0), (1, 1, 1), (3, 3, 2), (10, 10, 5)] {
        let under = |urgency| rules.shortened(Limit::calendar_days(amount), urgency);
        let days = [Urgency::Green, Urgency::Red].map(|urgency| under(urgency).amount);
        assert_eq!(days, [green, red], "of {amount} days");
    }
}
