//! The grouped answers against plain questions, one hour and one case at a time, on small random packs.
//!
//! Owns the generator and the brute force, which knows nothing of classes: it asks the model's own `route` for every
//! matter, cell, set of overlays, hour, source and urgency. Four grouped answers that are wrong on purpose (overlays one
//! at a time, one calendar for all, no dated changes, everything admitted) show that the comparison would notice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huying_model::{
    AreaCode, Instant, LevelName, MatterCode, MemberId, PolicyVersion, Rules, UnitId,
    actor::{Role, Seat},
    admission::{Admission, Admissions, Ruling},
    calendar::{Calendar, CalendarSpec, Limit},
    catalogue::{Condition, Limits, Matter, MatterKind, Source, Urgency},
    ids::Function,
    org::{Area, Member, Org, Selector, Unit, UnitKind},
    policy::Allowances,
    route::{Facts, Period, Question, Route, route},
};

use super::{Ground, Table, table::Trouble};
use crate::lint::Calendars;

/// A moment of a question: which stretch, which period.
type Moment = (usize, Period);
/// Matter, cell, overlays, moment, source, urgency.
type Case = (MatterCode, AreaCode, Vec<AreaCode>, Moment, Source, Urgency);

#[derive(Default, PartialEq, Debug)]
struct Verdict {
    uncovered: BTreeSet<Case>,
    ties: BTreeSet<(usize, usize)>,
    winners: BTreeSet<usize>,
}

struct Dice(u64);
impl Dice {
    fn roll(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
    fn maybe<T: Clone>(&mut self, of: &[T], of_three: usize) -> Option<T> {
        (self.roll(3) < of_three).then(|| self.one(of))
    }
}

struct World {
    org: Org,
    rules: Rules,
    sets: BTreeMap<AreaCode, Vec<Vec<AreaCode>>>,
}

const HOURS: [&[&str]; 2] = [&["09:00-12:00"], &["00:00-24:00"]];

fn calendar(hours: &[&str], weekend: &[&str]) -> Arc<Calendar> {
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
    let spec = CalendarSpec {
        zone: "Asia/Shanghai".to_owned(),
        hours: words(hours),
        weekend: words(weekend),
        weekdays: BTreeMap::new(),
        day_minutes: None,
        holidays: None,
        published: None,
    };
    Arc::new(Calendar::new(&spec, &[]).unwrap())
}

fn day(number: usize) -> Instant {
    "2025-03-03T00:00+08:00".parse::<Instant>().unwrap().plus_minutes(number as i64 * 1440)
}

fn areas() -> Vec<Area> {
    let area = |code: &str, level: &str, parent: Option<&str>| Area {
        code: code.into(),
        name: code.into(),
        level: level.into(),
        parent: parent.map(AreaCode::new),
        from: None,
        until: None,
    };
    vec![
        area("r", "root", None),
        area("s1", "street", Some("r")),
        area("s2", "street", Some("r")),
        area("g1", "grid", Some("s1")),
        area("g2", "grid", Some("s1")),
        area("g3", "grid", Some("s2")),
    ]
}

fn world(dice: &mut Dice) -> World {
    let mut areas = areas();
    let codes: Vec<AreaCode> = areas.iter().map(|area| area.code.clone()).collect();
    for area in areas.iter_mut().skip(3) {
        area.from = dice.maybe(&[day(2), day(5)], 1);
    }
    let functions = ["a", "b", "c"].map(Function::new);
    let unit = |id: usize, function: Function, area: AreaCode, dice: &mut Dice| Unit {
        id: UnitId::new(format!("u{id}")),
        name: "u".into(),
        kind: if dice.roll(3) == 0 { UnitKind::GridTeam } else { UnitKind::Department },
        function,
        area,
        home: None,
        from: dice.maybe(&[day(1), day(4)], 1),
        until: dice.maybe(&[day(5), day(8)], 1),
    };
    let mut units: Vec<Unit> =
        (0..5).map(|id| unit(id, dice.one(&functions), dice.one(&codes), dice)).collect();
    units.push(Unit {
        id: "centre".into(),
        kind: UnitKind::Centre,
        function: "centre".into(),
        area: "r".into(),
        from: None,
        until: None,
        ..units[0].clone()
    });
    let seats = units.iter().map(|unit| Seat { unit: unit.id.clone(), role: Role::Handler }).collect();
    let members = vec![Member { id: MemberId::new("m"), name: "m".into(), seats, rank: 0 }];
    let levels = ["root", "street", "grid"].map(LevelName::new).to_vec();
    let org = Org::new(levels.clone(), areas, units, members).unwrap();
    let overlays = ["o1", "o2"].map(AreaCode::new);
    let mut sets = BTreeMap::new();
    for cell in codes.iter().skip(3) {
        let all = [vec![], vec![overlays[0].clone()], vec![overlays[1].clone()], overlays.to_vec()];
        let mut own: Vec<Vec<AreaCode>> =
            all.into_iter().filter(|set| set.is_empty() || dice.roll(2) > 0).collect();
        own.truncate(3);
        sets.insert(cell.clone(), own);
    }
    let rules = rules(dice, &codes, &levels, &overlays, &functions);
    World { org, rules, sets }
}

fn rules(
    dice: &mut Dice,
    codes: &[AreaCode],
    levels: &[LevelName],
    overlays: &[AreaCode],
    functions: &[Function],
) -> Rules {
    let matters = ["x/y/a", "x/y/b", "x/z/a"];
    let limits =
        Limits { handle: Limit::working(60), promise: Limit::working(120), receive: None, arrive: None };
    let matter = |code: &str, dice: &mut Dice| Matter {
        code: code.into(),
        name: code.into(),
        name_en: code.into(),
        board: "x".into(),
        track: "y".into(),
        kind: MatterKind::Problem,
        hazard: false,
        closing_level: "root".into(),
        inspect: false,
        call_back: false,
        calendar: dice.maybe(&["other".into()], 1),
        conditions: vec![Condition {
            no: 1,
            opens_when: "".into(),
            closes_when: "".into(),
            limits,
            evidence: Vec::new(),
        }],
    };
    let selector = |dice: &mut Dice| match dice.roll(4) {
        0 => Selector::At { function: dice.one(functions), level: dice.one(levels) },
        1 => Selector::Parent { function: dice.one(functions) },
        2 => Selector::Named(UnitId::new(format!("u{}", dice.roll(5)))),
        _ => Selector::Nearest { function: dice.one(functions) },
    };
    let row = |id: usize, dice: &mut Dice| Route {
        id: format!("R{id}").into(),
        matter: dice.one(&["*", "x/*", "x/y/*", "x/z/*", "x/y/a", "x/z/a", "*/a"]).into(),
        overlay: dice.maybe(overlays, 1),
        area: dice.maybe(codes, 1),
        level: dice.maybe(levels, 1),
        source: dice.maybe(&[Source::Hotline, Source::Sensor], 1),
        urgency: dice.maybe(&[Urgency::Green, Urgency::Red], 1),
        period: dice.maybe(&[Period::Working, Period::Night, Period::Holiday], 1),
        lead: selector(dice),
        assists: if dice.roll(4) == 0 { vec![selector(dice)] } else { Vec::new() },
        limits: None,
        closing_level: None,
    };
    let count = 2 + dice.roll(7);
    let mut routes: Vec<Route> = (0..count).map(|id| row(id, dice)).collect();
    // Random rows are seldom equally specific: some get a twin that sends elsewhere.
    for id in count..count + dice.roll(3) {
        let twin = dice.one(&routes);
        routes.push(Route { id: format!("R{id}").into(), lead: selector(dice), ..twin });
    }
    let calendars = [
        ("own".into(), calendar(HOURS[0], &["sat", "sun"])),
        ("other".into(), calendar(HOURS[1], &dice.one(&[vec![], vec!["sun"], vec!["mon", "tue"]]))),
    ];
    Rules {
        version: PolicyVersion::new("v"),
        from: day(0),
        matters: matters.iter().map(|code| (MatterCode::new(code), matter(code, dice))).collect(),
        routes,
        allowances: Allowances::default(),
        timers: BTreeMap::new(),
        urgency: BTreeMap::new(),
        outcomes: Vec::new(),
        auto: Vec::new(),
        indicators: Vec::new(),
        admissions: Arc::new(admissions(dice)),
        order: None,
        steps: Vec::new(),
        dispatch_level: "root".into(),
        verifiers: Vec::new(),
        inspectors: Vec::new(),
        callers_back: Vec::new(),
        tracers: Vec::new(),
        fallback: Selector::Named("centre".into()),
        call_ladder: Vec::new(),
        suspension: Limit::calendar_days(1),
        reopen_days: 0,
        objection_days: 0,
        rating_days: 0,
        skew_ms: 0,
        calendars: calendars.into(),
        calendar: "own".into(),
    }
}

fn admissions(dice: &mut Dice) -> Admissions {
    let row = |matter: &str, dice: &mut Dice| Admission {
        matter: matter.into(),
        applicant: "u0".into(),
        office: "centre".into(),
        ruling: dice.one(&[Ruling::Admitted, Ruling::Admitted, Ruling::Vetoed]),
        rule: "".into(),
        from: dice.maybe(&[day(3), day(6)], 1),
        until: dice.maybe(&[day(7)], 1),
    };
    let rows = ["x/*", "x/y/*", "x/z/a"].into_iter().filter(|_| dice.roll(2) > 0).collect::<Vec<_>>();
    let rows = rows.into_iter().map(|matter| row(matter, dice)).collect();
    Admissions { required: dice.roll(2) > 0, office: None, rows }
}

/// Every question, hour by hour. Nothing of the organisation changes after day 8, so two weeks and a day show every hour.
fn brute(world: &World) -> Verdict {
    let World { org, rules, sets } = world;
    let mut verdict = Verdict::default();
    let dates = org.units.values().flat_map(|unit| [unit.from, unit.until]);
    let dates = dates.chain(org.areas.values().flat_map(|area| [area.from, area.until]));
    let dates = dates.flatten().chain(rules.admissions.moments());
    let dates: BTreeSet<Instant> = dates.filter(|at| *at > day(0)).collect();
    let facts = Facts::default();
    let lone: Vec<Vec<Route>> = rules.routes.iter().map(|row| vec![row.clone()]).collect();
    for hour in (0..16 * 24).step_by(3) {
        let at = day(0).plus_minutes(hour * 60);
        let stretch = dates.iter().filter(|date| **date <= at).count();
        let there = |area: &&Area| area.from.is_none_or(|from| from <= at);
        let smallest = |area: &&Area| {
            !org.areas.values().filter(there).any(|other| other.parent.as_ref() == Some(&area.code))
        };
        let cells: Vec<&Area> = org.areas.values().filter(there).filter(smallest).collect();
        for (matter, cell) in
            rules.matters.keys().flat_map(|matter| cells.iter().map(move |cell| (matter, *cell)))
        {
            let period = rules.period(matter, at);
            let admitted = rules.admissions.bar(matter, at).is_none();
            let none = vec![Vec::new()];
            for overlays in sets.get(&cell.code).unwrap_or(&none) {
                for (source, urgency) in Source::ALL.into_iter().flat_map(|source| {
                    [Urgency::Green, Urgency::Yellow, Urgency::Red].map(|urgency| (source, urgency))
                }) {
                    let area = Some(&cell.code);
                    let asked = Question {
                        matter,
                        area,
                        overlays,
                        source,
                        urgency,
                        period,
                        at,
                        admitted,
                        facts: &facts,
                    };
                    let ask = |rows: &[Route]| route(rows, &rules.version, org, &asked);
                    let Some(routing) = ask(&rules.routes) else {
                        let case = (matter.clone(), cell.code.clone(), overlays.clone());
                        verdict.uncovered.insert((
                            case.0,
                            case.1,
                            case.2,
                            (stretch, period),
                            source,
                            urgency,
                        ));
                        continue;
                    };
                    let won = rules.routes.iter().position(|row| row.id == routing.because.rule).unwrap();
                    verdict.winners.insert(won);
                    let weight = rules.routes[won].weight(org);
                    for (other, row) in rules.routes.iter().enumerate().filter(|(other, _)| *other != won) {
                        if row.weight(org) == weight && ask(&lone[other]).is_some() {
                            verdict.ties.insert((won, other));
                        }
                    }
                }
            }
        }
    }
    verdict
}

fn grouped(org: &Org, rules: &Rules, sets: &BTreeMap<AreaCode, Vec<Vec<AreaCode>>>) -> Verdict {
    let ground = Ground::new(org, rules, sets.clone());
    let hours = Calendars::of(&rules.calendars, rules.from);
    let table = Table::of(org, rules, &ground, &hours);
    let mut verdict = Verdict::default();
    table.ask(|answer| {
        verdict.winners.extend(answer.winner);
        verdict
            .ties
            .extend(answer.winner.into_iter().flat_map(|won| answer.tied.iter().map(move |row| (won, *row))));
        if answer.trouble != Some(Trouble::NoRoute) {
            return;
        }
        for (matter, (cell, overlays)) in answer
            .kin
            .matters
            .iter()
            .flat_map(|matter| answer.class.cells.iter().map(move |cell| (matter, cell)))
        {
            for (period, _) in answer.periods {
                let moment = (answer.class.stretch, *period);
                for (source, urgency) in answer
                    .sources
                    .iter()
                    .flat_map(|source| answer.urgencies.iter().map(move |urgency| (*source, *urgency)))
                {
                    let (cell, overlays) = ((*cell).clone(), overlays.to_vec());
                    verdict.uncovered.insert(((*matter).clone(), cell, overlays, moment, source, urgency));
                }
            }
        }
    });
    verdict
}

const WORLDS: u64 = 90;

#[test]
fn grouped_answers_are_those_of_every_single_question() {
    let (mut gaps, mut ties, mut shadowed) = (0, 0, 0);
    for seed in 1..=WORLDS {
        let world = world(&mut Dice(seed));
        let (one_by_one, by_classes) = (brute(&world), grouped(&world.org, &world.rules, &world.sets));
        assert_eq!(by_classes, one_by_one, "seed {seed}: {:#?}", world.rules.routes);
        gaps += one_by_one.uncovered.len();
        ties += one_by_one.ties.len();
        shadowed += world.rules.routes.len() - one_by_one.winners.len();
    }
    // The random packs must have of each what is compared.
    assert!(gaps > 1000 && ties > 20 && shadowed > 20, "{gaps} {ties} {shadowed}");
}

#[test]
fn a_wrong_grouping_is_noticed() {
    let mut noticed = [0; 4];
    for seed in 1..=WORLDS {
        let world = world(&mut Dice(seed));
        let right = brute(&world);
        let one_at_a_time: BTreeMap<AreaCode, Vec<Vec<AreaCode>>> = world
            .sets
            .iter()
            .map(|(cell, sets)| (cell.clone(), sets.iter().filter(|set| set.len() < 2).cloned().collect()))
            .collect();
        noticed[0] += usize::from(grouped(&world.org, &world.rules, &one_at_a_time) != right);
        let mut one_calendar = world.rules.clone();
        one_calendar.matters.values_mut().for_each(|matter| matter.calendar = None);
        noticed[1] += usize::from(grouped(&world.org, &one_calendar, &world.sets) != right);
        let Org { levels, areas, units, members, .. } = world.org.clone();
        let undated = areas.into_values().map(|area| Area { from: None, until: None, ..area }).collect();
        let units = units.into_values().map(|unit| Unit { from: None, until: None, ..unit }).collect();
        let undated = Org::new(levels, undated, units, members.into_values().collect()).unwrap();
        noticed[2] += usize::from(grouped(&undated, &world.rules, &world.sets) != right);
        let admitted = Rules { admissions: Arc::default(), ..world.rules.clone() };
        noticed[3] += usize::from(grouped(&world.org, &admitted, &world.sets) != right);
    }
    assert!(noticed.iter().all(|count| *count > 10), "{noticed:?} of {WORLDS}");
}
