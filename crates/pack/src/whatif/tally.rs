//! Counts of what a draft would have changed.
//!
//! Owns the sums by unit, street, matter and hour of the week, the spread of shifts and the examples. Its size hangs on the packs
//! and not on the number of cases. Start at [`Tally::count`]; [`super::report`] is what is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use huying_model::{AreaCode, Instant, LevelName, MatterCode, PolicyVersion, org::Org};
use smol_str::SmolStr;

use super::report::{Example, Group, HOURS, Kind, Moved, Read, Report, Share, Shift, Shown, Spread};
use super::{Change, Missing, Outcome, Past};
use crate::load::Pack;
use crate::told::{Told, told};

/// Examples that are kept of each kind of change, and reasons why something could not be used.
const EXAMPLES: usize = 5;
/// Examples of a moved lead, one for each pair of units, the most frequent first.
const MOVES_SHOWN: usize = 40;
const MINUTE: i64 = 60_000;

/// How often each amount of minutes occurs.
type Amounts = BTreeMap<i64, u64>;

#[derive(Default)]
struct Shifts {
    earlier: Amounts,
    later: Amounts,
}

impl Shifts {
    fn add(&mut self, ms: i64) {
        let minutes = (ms.abs() + MINUTE - 1) / MINUTE;
        match ms {
            0 => {}
            ..0 => *self.earlier.entry(minutes).or_default() += 1,
            _ => *self.later.entry(minutes).or_default() += 1,
        }
    }
    fn shift(&self) -> Shift {
        let sum = |of: &Amounts| of.values().sum();
        Shift {
            earlier: sum(&self.earlier),
            later: sum(&self.later),
            earlier_minutes: spread(&self.earlier),
            later_minutes: spread(&self.later),
        }
    }
}

fn spread(of: &Amounts) -> Spread {
    let total: u64 = of.values().sum();
    let at = |per_cent: u64| {
        // The smallest amount below which so many per cent lie (nearest rank).
        let rank = (total * per_cent).div_ceil(100).max(1);
        let mut below = 0;
        let found = of.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        });
        found.map_or(0, |(minutes, _)| *minutes)
    };
    Spread { median: at(50), p90: at(90), most: of.keys().next_back().copied().unwrap_or(0) }
}

const KINDS: [(&str, &str, &str); 9] = [
    ("lead", "主办单位变", "another lead"),
    ("assists", "协办单位变", "other assists"),
    ("closing_level", "结案层级变", "another closing level"),
    ("receive", "签收期限变", "receipt due at another time"),
    ("handle", "处置期限变", "handling due at another time"),
    ("promise", "办结期限变", "promise due at another time"),
    ("lost_route", "不再有派单规则", "no route any more"),
    ("gained_route", "新有派单规则", "a route where there was none"),
    ("lost_matter", "事项或立案条件不再有", "matter or condition no longer there"),
];

/// Sums in the making.
pub(super) struct Tally {
    /// Shared, so that an example can be put into words while the sums change.
    names: Arc<Names>,
    cases: u64,
    changed: u64,
    by_facts: u64,
    read: Option<Read>,
    kinds: [(u64, Vec<Example>); KINDS.len()],
    shifts: [Shifts; 3],
    moves: BTreeMap<(SmolStr, SmolStr), (u64, Example)>,
    streets: BTreeMap<AreaCode, Share>,
    matters: BTreeMap<MatterCode, Share>,
    hours: Vec<Share>,
    unusable: u64,
    unusable_examples: Vec<String>,
}

/// What is needed of the packs to name things, and to tell hours and streets.
struct Names {
    zone: jiff::tz::TimeZone,
    level: LevelName,
    draft: PolicyVersion,
    orgs: [Arc<Org>; 2],
    matters: BTreeMap<MatterCode, Told>,
    levels: BTreeMap<SmolStr, Told>,
    english: BTreeMap<SmolStr, SmolStr>,
}

impl Tally {
    pub fn new(base: &Pack, draft: &Pack) -> Tally {
        let zone = base.policy.current.calendar_of(None).map(|calendar| calendar.zone().clone());
        let levels = &draft.policy.org.levels;
        // Streets are the level below the root, whatever a pack calls it.
        let level = levels.get(1).or(levels.first()).cloned().unwrap_or_default();
        let mut matters = BTreeMap::new();
        let mut english = BTreeMap::new();
        let mut level_names = BTreeMap::new();
        for pack in [base, draft] {
            for matter in pack.policy.current.matters.values() {
                matters.insert(matter.code.clone(), told(matter.name.as_str(), matter.name_en.as_str()));
            }
            for level in &pack.levels {
                level_names
                    .insert(level.code.0.clone(), told(level.name.zh.as_str(), level.name.en.as_str()));
            }
            let org = &pack.policy.org;
            let codes =
                org.units.keys().map(|unit| &unit.0).chain(org.areas.values().map(|area| &area.code.0));
            english.extend(codes.filter_map(|code| Some((code.clone(), pack.english(code)?.clone()))));
        }
        let orgs = [draft.policy.org.clone(), base.policy.org.clone()];
        let names = Names {
            zone: zone.unwrap_or(jiff::tz::TimeZone::UTC),
            level,
            draft: draft.version.clone(),
            orgs,
            matters,
            levels: level_names,
            english,
        };
        Tally {
            names: Arc::new(names),
            cases: 0,
            changed: 0,
            by_facts: 0,
            read: None,
            kinds: Default::default(),
            shifts: Default::default(),
            moves: BTreeMap::new(),
            streets: BTreeMap::new(),
            matters: BTreeMap::new(),
            hours: vec![Share::default(); HOURS],
            unusable: 0,
            unusable_examples: Vec::new(),
        }
    }

    pub fn unusable(&mut self, what: String) {
        self.unusable += 1;
        if self.unusable_examples.len() < EXAMPLES {
            self.unusable_examples.push(what);
        }
    }

    /// Whether facts choose among several units.
    pub fn chosen(&mut self, by_facts: bool) {
        self.by_facts += u64::from(by_facts);
    }

    pub fn read_of(&mut self, read: Read) {
        self.read = Some(read);
    }

    pub fn unknown_before(&mut self, past: &Past, why: Missing) {
        let what = match why {
            Missing::Matter => format!("{}: the baseline has no matter '{}'", past.number, past.matter),
            Missing::Condition => {
                format!(
                    "{}: the baseline has no condition {} of {}",
                    past.number,
                    past.condition.unwrap_or(0),
                    past.matter
                )
            }
        };
        self.unusable(what);
    }

    /// The draft does not know the matter or the condition any more.
    pub fn unknown_after(&mut self, past: &Past, before: impl Fn() -> Outcome) {
        let (names, area) = (self.names.clone(), past.place.area.as_ref());
        self.group(past, area, true);
        self.kind(8, || names.example(past, area, &(before(), Outcome::default())));
    }

    /// One case with what changes; the answers are only put into words where an example of it is wanted.
    pub fn count(
        &mut self,
        past: &Past,
        area: Option<&AreaCode>,
        change: &Change,
        answers: impl Fn() -> (Outcome, Outcome),
    ) {
        self.group(past, area, change.any());
        if !change.any() {
            return;
        }
        for (shifts, ms) in self.shifts.iter_mut().zip([change.receive, change.handle, change.promise]) {
            shifts.add(ms);
        }
        let kinds = [
            change.lead,
            change.assists,
            change.level,
            change.receive != 0,
            change.handle != 0,
            change.promise != 0,
            change.lost_route,
            change.gained_route,
        ];
        let names = self.names.clone();
        let shown = || names.example(past, area, &answers());
        for (kind, _) in kinds.into_iter().enumerate().filter(|(_, so)| *so) {
            self.kind(kind, shown);
        }
        if change.lead {
            let (before, after) = answers();
            let unit = |outcome: &Outcome| outcome.lead.clone().unwrap_or_default().0;
            let moved = self.moves.entry((unit(&before), unit(&after)));
            moved.or_insert_with(|| (0, shown())).0 += 1;
        }
    }

    fn kind(&mut self, kind: usize, shown: impl Fn() -> Example) {
        if let Some((count, examples)) = self.kinds.get_mut(kind) {
            *count += 1;
            if examples.len() < EXAMPLES {
                examples.push(shown());
            }
        }
    }

    fn group(&mut self, past: &Past, area: Option<&AreaCode>, changed: bool) {
        self.cases += 1;
        self.changed += u64::from(changed);
        match self.matters.get_mut(&past.matter) {
            Some(share) => share.add(changed),
            None => self.matters.entry(past.matter.clone()).or_default().add(changed),
        }
        let street = area.and_then(|area| self.names.street(area)).unwrap_or_default();
        self.streets.entry(street).or_default().add(changed);
        let civil = self.names.zone.to_datetime(past.sent.timestamp());
        let day = usize::try_from(civil.weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(civil.hour()).unwrap_or(0);
        if let Some(share) = self.hours.get_mut(day * 24 + hour) {
            share.add(changed);
        }
    }

    pub fn report(self, baseline: Vec<PolicyVersion>) -> Report {
        let Tally { names, kinds, shifts, moves, .. } = self;
        let [receive, handle, promise] = shifts.map(|shifts| shifts.shift());
        let kinds = KINDS.into_iter().zip(kinds).map(|((code, zh, en), (cases, examples))| Kind {
            code: SmolStr::new_static(code),
            name: told(zh, en),
            cases,
            examples,
        });
        let mut moves: Vec<Moved> = moves
            .into_iter()
            .map(|((from, to), (cases, example))| {
                let group = |code: &SmolStr| Group {
                    code: code.clone(),
                    name: names.unit(code),
                    share: Share::default(),
                };
                Moved { from: group(&from), to: group(&to), cases, example: Some(example) }
            })
            .collect();
        moves.sort_by_key(|moved| std::cmp::Reverse(moved.cases));
        moves.truncate(MOVES_SHOWN);
        Report {
            baseline,
            draft: names.draft.clone(),
            cases: self.cases,
            changed: self.changed,
            by_facts: self.by_facts,
            read: self.read,
            kinds: kinds.collect(),
            receive,
            handle,
            promise,
            moves,
            by_street: groups(self.streets, |code| (code.0.clone(), names.area(code))),
            street_level: names.level.clone(),
            by_matter: groups(self.matters, |code| {
                (code.0.clone(), names.matters.get(code).cloned().unwrap_or_default())
            }),
            by_hour: self.hours,
            unusable: self.unusable,
            unusable_examples: self.unusable_examples,
        }
    }
}

/// The most changed first; groups of equal change by code.
fn groups<K>(of: BTreeMap<K, Share>, name: impl Fn(&K) -> (SmolStr, Told)) -> Vec<Group> {
    let group = |(key, share): (K, Share)| {
        let (code, name) = name(&key);
        Group { code, name, share }
    };
    let mut groups: Vec<Group> = of.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.share.changed));
    groups
}

impl Names {
    fn street(&self, area: &AreaCode) -> Option<AreaCode> {
        self.orgs.iter().find_map(|org| org.at_level(area, &self.level)).map(|street| street.code.clone())
    }
    /// A moment as people of the place read it, with its offset.
    fn moment(&self, at: Instant) -> String {
        let at = at.timestamp();
        at.display_with_offset(self.zone.to_offset(at)).to_string()
    }
    fn shown(&self, outcome: &Outcome) -> Shown {
        let at = |at: Option<Instant>| at.map(|at| self.moment(at));
        Shown {
            row: outcome.row.clone(),
            lead: outcome.lead.as_ref().map(|unit| unit.0.clone()),
            lead_name: outcome.lead.as_ref().map(|unit| self.unit(&unit.0)),
            assists: outcome.assists.iter().map(|unit| unit.0.clone()).collect(),
            assist_names: outcome.assists.iter().map(|unit| self.unit(&unit.0)).collect(),
            closing_level: outcome.level.clone(),
            level_name: self.levels.get(&outcome.level).cloned().unwrap_or_default(),
            receive: at(outcome.receive),
            handle: at(outcome.handle),
            promise: at(outcome.promise),
        }
    }
    fn example(&self, past: &Past, area: Option<&AreaCode>, (before, after): &(Outcome, Outcome)) -> Example {
        Example {
            number: past.number.clone(),
            matter: past.matter.0.clone(),
            matter_name: self.matters.get(&past.matter).cloned().unwrap_or_default(),
            area: area.map(|area| area.0.clone()).unwrap_or_default(),
            area_name: self.area(area.unwrap_or(&AreaCode::default())),
            filed: self.moment(past.filed),
            before: self.shown(before),
            after: self.shown(after),
        }
    }
    fn named(&self, code: &SmolStr, zh: Option<&SmolStr>) -> Told {
        let zh = zh.unwrap_or(code);
        told(zh.as_str(), self.english.get(code).unwrap_or(zh).as_str())
    }
    fn area(&self, code: &AreaCode) -> Told {
        if code.as_str().is_empty() {
            return told("位置不明", "place unknown");
        }
        self.named(&code.0, self.orgs.iter().find_map(|org| org.areas.get(code)).map(|area| &area.name))
    }
    fn unit(&self, code: &SmolStr) -> Told {
        let found = self.orgs.iter().find_map(|org| org.units.get(code.as_str()));
        self.named(code, found.map(|unit| &unit.name))
    }
}
