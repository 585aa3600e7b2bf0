//! The dispatch table and the limits of a policy, compiled for asking millions of times.
//!
//! Owns the compiled form and promises one thing: it answers exactly as [`huying_model::Rules::route`] does without facts, and
//! as the clocks of a case start ([`huying_model::decide`]), only faster. Rows are ordered by weight once, matters that the same
//! rows fit share a class, units that selectors find are looked up once per area and moment of the organisation. It refuses
//! facts (distance, load): whoever has them asks the model. Start at [`Kernel::compile`], then [`Kernel::way`] and
//! [`Kernel::due`].

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use huying_model::{
    AreaCode, Instant, MatterCode, Policy, Rules, UnitId,
    calendar::{Calendar, Due, Limit},
    catalogue::{Limits, Source, Urgency},
    clock::TimerKind,
    org::Org,
    route::{Period, Route, glob},
};

mod table;

use table::Table;

/// A matter by its place in the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatterNo(u32);

/// An area by its place in the organisation, or none, or one that the organisation does not know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AreaNo(u32);

/// What is asked, in the kernel's own numbers.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub matter: MatterNo,
    pub area: AreaNo,
    pub overlays: &'a [AreaCode],
    pub source: Source,
    pub urgency: Urgency,
    pub at: Instant,
}

/// Who gets it, and by which row.
#[derive(Clone, Copy, Debug)]
pub struct Way<'k> {
    pub row: &'k Route,
    pub lead: &'k UnitId,
    /// A selector of the row finds several units here, and this is the first: facts may choose another.
    pub rivals: bool,
    at: usize,
    assists: &'k [u32],
    units: &'k [UnitId],
}

impl<'k> Way<'k> {
    pub fn assists(&self) -> impl Iterator<Item = &'k UnitId> + use<'k> {
        let units = self.units;
        self.assists.iter().filter_map(move |no| units.get(*no as usize))
    }
}

/// When the clocks of a case's work end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dues {
    pub receive: Due,
    pub handle: Due,
    pub promise: Due,
}

/// A matter ready to be asked.
struct Entry {
    class: u32,
    /// From which instants on grid workers may be asked for it, or may not; empty where they always may.
    admitted: Vec<(Instant, bool)>,
    calendar: Arc<Calendar>,
    conditions: Vec<(u16, Times)>,
}

/// Limits with their shorter forms, by urgency.
#[derive(Clone, Copy)]
struct Times {
    handle: [Limit; 3],
    promise: [Limit; 3],
    receive: Option<Limit>,
}

impl Times {
    fn new(rules: &Rules, limits: &Limits) -> Times {
        let all = [Urgency::Green, Urgency::Yellow, Urgency::Red];
        Times {
            handle: all.map(|urgency| rules.shortened(limits.handle, urgency)),
            promise: all.map(|urgency| rules.shortened(limits.promise, urgency)),
            receive: limits.receive,
        }
    }
}

/// A policy compiled.
pub struct Kernel {
    rules: Arc<Rules>,
    units: Vec<UnitId>,
    areas: HashMap<AreaCode, u32>,
    matters: HashMap<MatterCode, u32>,
    entries: Vec<Entry>,
    /// Limits of rows that have their own, by the row's place in the table.
    of_row: Vec<Option<Times>>,
    receive: Option<Limit>,
    table: Table,
    /// The same for matters of which grid workers may not be asked; None where they may be asked of everything.
    barred: Option<Table>,
}

/// How the admission of a matter goes through time: asked once at every moment at which it may change.
fn admitted(rules: &Rules, matter: &MatterCode) -> Vec<(Instant, bool)> {
    let admissions = &rules.admissions;
    if !admissions.required {
        return Vec::new();
    }
    let rows = admissions.rows.iter().filter(|row| glob(&row.matter, matter.as_str()));
    let moments: BTreeSet<Instant> = rows.flat_map(|row| [row.from, row.until]).flatten().collect();
    let moments = std::iter::once(Instant(i64::MIN)).chain(moments);
    moments.map(|at| (at, admissions.bar(matter, at).is_none())).collect()
}

impl Entry {
    fn admits(&self, at: Instant) -> bool {
        let begun = self.admitted.partition_point(|(from, _)| *from <= at);
        begun.checked_sub(1).and_then(|last| self.admitted.get(last)).is_none_or(|(_, so)| *so)
    }
}

fn number<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}

impl Kernel {
    /// Compiles the rules in force.
    pub fn compile(policy: &Policy) -> Kernel {
        Kernel::of(policy.current.clone(), &policy.org)
    }

    /// Compiles one version of the rules with the organisation as it is.
    pub fn of(rules: Arc<Rules>, org: &Arc<Org>) -> Kernel {
        let areas: HashMap<AreaCode, u32> = org.areas.keys().cloned().zip(0..).collect();
        let units: Vec<UnitId> = org.units.keys().cloned().collect();
        let (table, classes) = Table::new(&rules, org, &areas, &units, true);
        let barred = rules.admissions.required.then(|| Table::new(&rules, org, &areas, &units, false).0);
        let mut entries = Vec::new();
        let mut matters = HashMap::new();
        for (matter, class) in rules.matters.values().zip(classes) {
            let name = matter.calendar.as_ref().unwrap_or(&rules.calendar);
            // Rules::check refuses a calendar that is not there.
            let Some(calendar) = rules.calendars.get(name) else { continue };
            let of = |condition: &huying_model::catalogue::Condition| {
                (condition.no, Times::new(&rules, &condition.limits))
            };
            matters.insert(matter.code.clone(), number(&entries));
            entries.push(Entry {
                class,
                admitted: admitted(&rules, &matter.code),
                calendar: calendar.clone(),
                conditions: matter.conditions.iter().map(of).collect(),
            });
        }
        let of_row =
            rules.routes.iter().map(|row| row.limits.map(|limits| Times::new(&rules, &limits))).collect();
        let receive = rules.timers.get(&TimerKind::Receive).map(|rule| rule.limit);
        Kernel { units, areas, matters, entries, of_row, receive, table, barred, rules }
    }

    /// The rules it was compiled from.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    pub fn matter(&self, code: &MatterCode) -> Option<MatterNo> {
        self.matters.get(code).copied().map(MatterNo)
    }

    /// The number of an area; one that is unknown has a number too, and fits no row that names a place.
    pub fn area(&self, code: Option<&AreaCode>) -> AreaNo {
        let none = u32::try_from(self.areas.len()).unwrap_or(u32::MAX - 1);
        AreaNo(code.map_or(none, |code| self.areas.get(code).copied().unwrap_or(none + 1)))
    }

    /// Who gets it; None where no row fits and finds its units.
    #[inline]
    pub fn way(&self, ask: &Ask) -> Option<Way<'_>> {
        let entry = self.entries.get(ask.matter.0 as usize)?;
        let period = period(&entry.calendar, ask.at);
        let table = self.barred.as_ref().filter(|_| !entry.admits(ask.at)).unwrap_or(&self.table);
        let found = table.find(entry.class, ask.area.0, ask, period)?;
        Some(Way {
            row: self.rules.routes.get(usize::from(found.row))?,
            at: usize::from(found.row),
            lead: self.units.get(found.lead as usize)?,
            rivals: found.rivals,
            assists: table.assists(found),
            units: &self.units,
        })
    }

    /// When what is due: the promise counted from filing, receipt from dispatch, handling as if it were received at once. None
    /// where the matter has no such condition.
    #[inline]
    pub fn due(
        &self,
        ask: &Ask,
        condition: u16,
        way: Option<&Way>,
        filed: Instant,
        sent: Instant,
    ) -> Option<Dues> {
        let entry = self.entries.get(ask.matter.0 as usize)?;
        let (_, own) = entry.conditions.iter().find(|(no, _)| *no == condition)?;
        let row = way.and_then(|way| self.of_row.get(way.at)?.as_ref());
        let urgency = ask.urgency as usize;
        let receive = row.and_then(|row| row.receive).or(own.receive).or(self.receive)?;
        let handle = *row.unwrap_or(own).handle.get(urgency)?;
        let calendar = &entry.calendar;
        Some(Dues {
            receive: calendar.due(sent, receive),
            handle: calendar.due(sent, handle),
            promise: calendar.due(filed, *own.promise.get(urgency)?),
        })
    }

    /// The first condition of a matter.
    pub fn first_condition(&self, matter: MatterNo) -> Option<u16> {
        self.entries.get(matter.0 as usize)?.conditions.first().map(|(no, _)| *no)
    }
}

/// As [`Rules::period`], without looking for the calendar.
#[inline]
fn period(calendar: &Calendar, at: Instant) -> Period {
    if calendar.is_working(at) {
        Period::Working
    } else if calendar.is_workday_at(at) {
        Period::Night
    } else {
        Period::Holiday
    }
}
