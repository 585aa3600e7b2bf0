//! Admission: what grid workers may be asked for, the notice when they no longer may, and the desk that decides.

use crate::town;

use huying_model::{
    Actor, CaseId, Command, Instant, MatterCode, Policy, Refusal, Rules, Stage,
    actor::{Role, Seat},
    admission::{
        Admission, Admissions, Ruling,
        desk::{Act, Cx, Desk, No, State},
        needed,
    },
    case::CallState,
    catalogue::{Source, Urgency},
    command::Resolve,
    event::{Audience, Body},
    route::{Facts, Lost, Route},
};
use town::{HOUR, MINUTE, MORNING, World, filing, member, org, part, photo, reporter, rules, sealed, unit};

fn row(matter: &str, ruling: Ruling, rule: &str, from: Option<Instant>, until: Option<Instant>) -> Admission {
    Admission {
        matter: matter.into(),
        applicant: unit("law-1"),
        office: unit("centre-d"),
        ruling,
        rule: rule.into(),
        from,
        until,
    }
}

fn after(minutes: i64) -> Option<Instant> {
    Some(MORNING.plus_ms(minutes * MINUTE))
}

fn required(rows: Vec<Admission>) -> Admissions {
    Admissions { required: true, office: None, rows }
}

fn town_with(rows: Vec<Admission>) -> Rules {
    Rules { admissions: required(rows).into(), ..rules() }
}

fn world(rows: Vec<Admission>) -> World {
    World::new(Policy::new(org(), town_with(rows)).unwrap())
}

#[test]
fn the_row_in_force_that_names_most_of_the_matter_decides_and_of_equal_ones_the_later() {
    use Ruling::{Admitted, Refused, Vetoed};
    let rows = [
        row("*", Refused, "everything else", None, None),
        row("city/*", Admitted, "the city's", None, None),
        row("city/parking", Refused, "the police", None, after(60)),
        row("city/litter", Admitted, "light work", None, None),
        row("city/litter", Vetoed, "winter", after(30), None),
    ];
    let told = |rows: &[Admission], matter: &str, minutes: i64| {
        let bar = required(rows.to_vec()).bar(&MatterCode::new(matter), after(minutes).unwrap());
        bar.map(|rule| rule.to_string())
    };
    let table: &[(&str, i64, Option<&str>)] = &[
        ("home/staircase", 0, Some("everything else")),
        ("city/signs", 0, None),
        ("city/parking", 0, Some("the police")),
        ("city/parking", 59, Some("the police")),
        ("city/parking", 60, None),
        ("city/litter", 29, None),
        ("city/litter", 30, Some("winter")),
    ];
    for (matter, minutes, expected) in table {
        assert_eq!(told(&rows, matter, *minutes).as_deref(), *expected, "{matter} after {minutes} minutes");
    }
    let open = Admissions { required: false, office: None, rows: rows.to_vec() };
    assert_eq!(
        open.bar(&MatterCode::new("home/staircase"), MORNING),
        None,
        "nothing is barred unless asked for"
    );
    assert!(
        told(&[], "city/parking", 0).unwrap().contains("no decision"),
        "a matter nobody decided on is barred"
    );
}

fn refused(world: &mut World, id: u128, actor: &Actor, command: Command) {
    let before = world.case(id).clone();
    match world.try_give(id, actor, command).unwrap_err() {
        refusal @ Refusal::NotAdmitted { .. } => {
            assert_eq!(refusal.code(), "not_admitted");
            assert!(refusal.to_string().contains("rule 12") && refusal.zh().contains("rule 12"), "{refusal}");
        }
        other => panic!("refused otherwise: {}", other.code()),
    }
    assert_eq!(world.case(id), &before);
}

#[test]
fn grid_workers_are_not_asked_for_a_matter_that_is_not_admitted_in_any_way() {
    let mut world = world(vec![row("city/*", Ruling::Refused, "rule 12", None, None)]);
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    let centre = member("centre-1", Role::Dispatcher);
    let to = |lead: &str, assists: &[&str]| Command::Dispatch {
        lead: unit(lead),
        assists: assists.iter().map(|id| unit(id)).collect(),
        routing: None,
    };
    refused(&mut world, 1, &centre, to("team-1", &[]));
    refused(&mut world, 1, &centre, to("law-1", &["team-1"]));
    refused(&mut world, 1, &centre, Command::Split { parts: vec![part(11, "law-1"), part(12, "team-1")] });
    world.dispatch(1, "law-1", &[]);
    refused(&mut world, 1, &centre, Command::Reassign { lead: unit("team-1"), reason: sealed("r") });
    world.receive(1, "law-1");
    let law = member("law-1", Role::Handler);
    refused(&mut world, 1, &law, Command::AddAssist { unit: unit("team-1") });
    refused(&mut world, 1, &law, Command::Call { callee: Some(unit("team-1")), words: sealed("help") });
    world.give(1, &law, Command::MarkDifficult { reason: sealed("hard") });
    let resolve = Resolve::Lead { unit: unit("team-1") };
    refused(&mut world, 1, &member("urban", Role::Leader), Command::Decide { resolve, reason: sealed("so") });
}

#[test]
fn a_ruling_of_the_centre_does_not_reach_grid_workers_either() {
    let mut world = world(vec![row("city/*", Ruling::Refused, "rule 12", None, None)]);
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    for _ in 0..2 {
        world.dispatch(1, "law-1", &[]);
        world.give(1, &member("law-1", Role::Handler), Command::Return { reason: sealed("not ours") });
    }
    let centre = member("centre-1", Role::Leader);
    let rule = |lead: &str| Command::Rule { lead: unit(lead), assists: vec![], reason: sealed("so") };
    refused(&mut world, 1, &centre, rule("team-1"));
    world.give(1, &centre, rule("law-1"));
}

#[test]
fn what_grid_workers_find_verify_and_do_themselves_is_not_barred_even_after_a_failed_inspection() {
    let mut world = world(vec![row("*", Ruling::Refused, "rule 12", None, None)]);
    let team = member("team-1", Role::GridWorker);
    world.report(1, Source::GridWorker, Some("G1"), "city/litter");
    let evidence = vec![photo(huying_model::catalogue::EvidenceKind::After)];
    let done = Command::SelfHandle { filing: filing("city/litter", 1), done: true, words: None, evidence };
    world.give(1, &team, done);
    let inspector = member(world.case(1).custodian.as_str(), Role::Inspector);
    world.give(1, &inspector, Command::Fail { reason: sealed("not clean") });
    assert_eq!((world.case(1).stage, world.case(1).custodian.clone()), (Stage::Handling, unit("team-1")));
    assert_eq!(needed(&world.policy, world.case(1), world.now), [], "its own find is not taken from it");
    world.report(2, Source::Hotline, Some("G1"), "city/litter");
    world.give(2, &member("station-1", Role::Acceptor), Command::Verify { words: None });
    assert_eq!(world.case(2).custodian, unit("team-1"));
    assert_eq!(needed(&world.policy, world.case(2), world.now), []);
    let found = Command::Verified { is_true: true, filing: None, words: None, evidence: vec![] };
    world.give(2, &team, found);
    assert_eq!(world.case(2).stage, Stage::Filed);
}

#[test]
fn a_route_to_grid_workers_finds_nobody_without_admission_and_the_next_row_answers() {
    let asked = |rows: Vec<Admission>| {
        let mut town = town_with(rows);
        let base = town.routes.iter().find(|row| row.id == "R-4").unwrap().clone();
        let teams = huying_model::org::Selector::parse("grid-team@grid").unwrap();
        let asks = Route { id: "R-9".into(), matter: "city/litter".into(), lead: teams, ..base };
        town.routes.push(asks);
        let (matter, area) = (MatterCode::new("city/litter"), "G1".into());
        let (source, facts) = (Source::Resident, Facts::default());
        town.route(&org(), &matter, Some(&area), &[], source, Urgency::Green, MORNING, &facts).unwrap()
    };
    let barred = asked(vec![]);
    assert_eq!((barred.lead, barred.because.rule.as_str()), (unit("law-1"), "R-4"));
    assert!(barred.because.lost.contains(&("R-9".into(), Lost::NotAdmitted)), "{:?}", barred.because.lost);
    let free = asked(vec![row("city/litter", Ruling::Admitted, "light work", None, None)]);
    assert_eq!((free.lead, free.because.rule.as_str()), (unit("team-1"), "R-9"));
}

/// An admitted matter that is vetoed after an hour.
fn vetoed_later() -> World {
    world(vec![
        row("city/*", Ruling::Admitted, "light work", None, None),
        row("city/*", Ruling::Vetoed, "rule 12", after(60), None),
    ])
}

fn sweep(world: &mut World, id: u128) -> Vec<Command> {
    let given = needed(&world.policy, world.case(id), world.now);
    for command in given.clone() {
        world.give(id, &Actor::System, command);
    }
    assert_eq!(needed(&world.policy, world.case(id), world.now), [], "done twice, the second does nothing");
    given
}

#[test]
fn a_veto_ends_the_lead_of_a_grid_team_with_notice_and_the_centre_dispatches_again() {
    let mut world = vetoed_later();
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    world.dispatch(1, "team-1", &["law-1"]);
    world.receive(1, "team-1");
    let promised = world.case(1).clock(&huying_model::clock::Timer::Promise).unwrap().due;
    world.pass(59 * MINUTE);
    assert_eq!(needed(&world.policy, world.case(1), world.now), [], "not before its instant");
    world.pass(MINUTE);
    assert_eq!(sweep(&mut world, 1), [Command::Veto { unit: unit("team-1") }]);
    let case = world.case(1);
    assert_eq!((case.stage, case.custodian.clone()), (Stage::Filed, unit("centre-1")));
    assert_eq!(case.clock(&huying_model::clock::Timer::Promise).unwrap().due, promised);
    assert!(world.told(1, &Audience::Unit(unit("team-1")), "vetoed"));
    let last = &world.journal[&CaseId(1)].last().unwrap().body;
    assert!(matches!(last, Body::Vetoed { rule, .. } if rule == "rule 12"), "the rule is quoted: {last:?}");
    refused(
        &mut world,
        1,
        &member("centre-1", Role::Dispatcher),
        Command::Dispatch { lead: unit("team-1"), assists: vec![], routing: None },
    );
    world.dispatch(1, "law-1", &[]);
}

#[test]
fn a_veto_ends_assistance_and_calls_and_the_lead_goes_on() {
    let mut world = vetoed_later();
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    world.dispatch(1, "law-1", &["team-1"]);
    world.receive(1, "law-1");
    world.report(2, Source::Resident, Some("G1"), "city/litter");
    world.file(2, "city/litter");
    world.dispatch(2, "law-1", &[]);
    world.pass(58 * MINUTE);
    let call = Command::Call { callee: Some(unit("team-1")), words: sealed("help") };
    world.give(2, &member("law-1", Role::Handler), call);
    world.pass(2 * MINUTE);
    for id in [1, 2] {
        assert_eq!(sweep(&mut world, id), [Command::Veto { unit: unit("team-1") }]);
        assert_eq!(world.case(id).custodian, unit("law-1"));
        assert!(world.told(id, &Audience::Unit(unit("team-1")), "vetoed"));
    }
    assert_eq!(world.case(1).open_assists().count(), 0);
    assert!(world.told(1, &Audience::Unit(unit("law-1")), "assist_ended"));
    assert_eq!(world.case(2).calls[0].state, CallState::Ended);
    world.finish(1);
}

#[test]
fn a_team_that_waits_for_parts_or_for_a_meeting_hands_over_to_the_centre() {
    let mut world = vetoed_later();
    for id in [1, 2] {
        world.report(id, Source::Resident, Some("G1"), "city/litter");
        world.file(id, "city/litter");
        world.dispatch(id, "team-1", &[]);
        world.receive(id, "team-1");
    }
    let team = member("team-1", Role::Handler);
    world.give(1, &team, Command::Split { parts: vec![part(11, "law-1"), part(12, "market-1")] });
    world.give(2, &team, Command::MarkDifficult { reason: sealed("hard") });
    world.pass(HOUR);
    for id in [1, 2] {
        let over = Command::Rehome { from: unit("team-1"), to: unit("centre-1") };
        assert_eq!(sweep(&mut world, id), [over]);
        assert_eq!(world.case(id).lead_unit(), Some(&unit("centre-1")));
    }
    assert!(world.case(2).difficult.is_some(), "the meeting still decides");
}

#[test]
fn what_the_desk_decides_holds_for_cases_that_are_pinned_already() {
    let mut world = world(vec![row("city/*", Ruling::Admitted, "light work", None, None)]);
    world.report(1, Source::Resident, Some("G1"), "city/litter");
    world.file(1, "city/litter");
    let veto = row("city/litter", Ruling::Vetoed, "rule 12", None, None);
    world.policy = world.policy.admitting(&[veto]).into();
    let command = Command::Dispatch { lead: unit("team-1"), assists: vec![], routing: None };
    refused(&mut world, 1, &member("centre-1", Role::Dispatcher), command);
}

// The desk.

struct Hall {
    desk: Desk,
    now: Instant,
}

impl Hall {
    fn new() -> Hall {
        Hall { desk: Desk::default(), now: MORNING }
    }
    fn act(&mut self, actor: &Actor, act: Act) -> Result<u32, No> {
        let (town, pack) = (org(), required(vec![]));
        let known = |matter: &MatterCode| matter.as_str().starts_with("city/");
        let cx = Cx { org: &town, pack: &pack, known: &known, actor, now: self.now };
        let entry = self.desk.decide(&cx, &act)?;
        let stored = serde_json::from_str(&serde_json::to_string(&entry).unwrap()).unwrap();
        assert_eq!(entry, stored, "an entry reads back as it was written");
        self.desk.apply(&stored);
        Ok(entry.no)
    }
    fn bar(&self, minutes: i64) -> Option<String> {
        let admissions = required(self.desk.rows());
        admissions.bar(&MatterCode::new("city/litter"), after(minutes).unwrap()).map(|rule| rule.to_string())
    }
}

fn apply() -> Act {
    Act::Apply {
        matter: "city/litter".into(),
        applicant: unit("law-1"),
        reason: "they walk there daily".into(),
    }
}

#[test]
fn a_department_applies_the_office_admits_with_a_rule_and_may_veto_from_an_instant_on() {
    let mut hall = Hall::new();
    assert_eq!(hall.act(&member("law-1", Role::Leader), apply()), Ok(1));
    assert!(hall.bar(0).is_some(), "an application admits nothing");
    let office = member("centre-d", Role::Leader);
    hall.act(&office, Act::Admit { no: 1, rule: "rule 3".into(), from: after(10) }).unwrap();
    assert_eq!((hall.bar(9).is_some(), hall.bar(10)), (true, None));
    hall.now = after(20).unwrap();
    let veto = Act::Veto { matter: "city/litter".into(), rule: "rule 12".into(), from: after(40) };
    assert_eq!(hall.act(&office, veto.clone()), Ok(2));
    assert_eq!((hall.bar(39), hall.bar(40).as_deref()), (None, Some("rule 12")));
    assert_eq!(hall.act(&office, veto), Err(No::NotAdmitted), "what is vetoed already");
    hall.now = after(50).unwrap();
    assert_eq!(
        hall.act(&member("law-1", Role::Leader), apply()),
        Ok(3),
        "a vetoed matter may be asked for again"
    );
    hall.act(&office, Act::Refuse { no: 3, rule: "rule 13".into() }).unwrap();
    assert_eq!(hall.bar(50).as_deref(), Some("rule 13"));
    let states: Vec<State> = hall.desk.applications.iter().map(|open| open.state).collect();
    assert_eq!(states, [State::Admitted, State::Vetoed, State::Refused]);
}

#[test]
fn the_desk_refuses_strangers_own_decisions_and_decisions_without_a_rule() {
    let mut hall = Hall::new();
    let law = member("law-1", Role::Handler);
    let unknown = Act::Apply { matter: "sea/fish".into(), applicant: unit("law-1"), reason: "r".into() };
    assert_eq!(hall.act(&law, unknown), Err(No::UnknownMatter));
    assert_eq!(hall.act(&member("market-1", Role::Handler), apply()), Err(No::NotYours));
    let silent = Act::Apply { matter: "city/litter".into(), applicant: unit("law-1"), reason: " ".into() };
    assert_eq!(hall.act(&law, silent), Err(No::RuleMissing));
    let own = Act::Apply { matter: "city/litter".into(), applicant: unit("centre-d"), reason: "r".into() };
    assert_eq!(hall.act(&member("centre-d", Role::Leader), own), Err(No::OwnApplication));
    // Sits in both units: applies for the one and would decide for the other.
    let (Actor::Member { id, mut seats }, office) = (law, unit("centre-d")) else { panic!("a member") };
    seats.push(Seat { unit: office, role: Role::Leader });
    let both = Actor::Member { id, seats };
    hall.act(&both, apply()).unwrap();
    assert_eq!(hall.act(&both, apply()), Err(No::Already));
    let admit = |rule: &str, from| Act::Admit { no: 1, rule: rule.into(), from };
    assert_eq!(hall.act(&both, admit("rule 3", None)), Err(No::OwnApplication));
    assert_eq!(hall.act(&member("law-1", Role::Leader), admit("rule 3", None)), Err(No::NotYours));
    let office = member("centre-d", Role::Dispatcher);
    assert_eq!(hall.act(&office, admit("", None)), Err(No::RuleMissing));
    assert_eq!(hall.act(&office, admit("rule 3", after(-1))), Err(No::TooEarly));
    assert_eq!(hall.act(&reporter(), admit("rule 3", None)), Err(No::NotYours));
    hall.act(&member("law-1", Role::Leader), Act::Withdraw { no: 1, reason: "solved otherwise".into() })
        .unwrap();
    assert_eq!(hall.act(&office, admit("rule 3", None)), Err(No::NotWaiting));
    assert_eq!(hall.desk.rows(), []);
}
