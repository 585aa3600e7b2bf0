//! Asks the dispatch table every question that can be asked of it, and tells what is wrong with the answers.
//!
//! Owns the findings and their examples: matter, cell, overlays, hour, source and urgency of one case that shows each.
//! The domain is every matter × cell × set of overlays that meets there × hour (periods by the matter's own calendar, in
//! every stretch between dated changes of units, areas and admissions) × source × urgency; it is finite because [`table`] groups what is alike, and
//! complete because it groups nothing else. A case of unknown place is the root centre's to dispatch and not asked for.
//! Start at [`check`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    catalogue::Urgency,
    route::{Facts, Lost, Question},
};

use crate::lint::{Calendars, LintReport, Severity, admission, at_route, civil, place, staff};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

mod ground;
mod table;

pub use ground::{Ground, boxes_meet};
pub use table::Kin;
use table::{Answer, Found, Table, Trouble};

#[cfg(test)]
mod brute;

/// Rows that an example names at most.
const SHOWN_ROWS: usize = 6;

/// Cases of some kin that fare badly in one way.
struct Bad {
    /// Classes by number, with their sizes.
    cells: BTreeMap<usize, usize>,
    example: String,
    rows: BTreeSet<usize>,
}

pub fn check(pack: &Pack, spots: &Spots, ground: &Ground, hours: &Calendars, report: &mut LintReport) {
    let rules = &pack.policy.current;
    let table = Table::of(&pack.policy.org, rules, ground, hours);
    let mut bad: BTreeMap<(usize, Trouble), Bad> = BTreeMap::new();
    let mut ties: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let mut won = vec![false; rules.routes.len()];
    let mut over: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); rules.routes.len()];
    let mut unadmitted: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut unranked: BTreeMap<(usize, Urgency), Unranked> = BTreeMap::new();
    let seats = staff::Seats::of(&pack.policy.org);
    let asked = table.ask(|answer| {
        if let Some(winner) = answer.winner {
            won[winner] = true;
            for row in answer.beaten.iter().filter(|row| !won[**row]) {
                over[*row].insert(winner);
            }
            for row in answer.tied {
                ties.entry((winner, *row)).or_insert_with(|| case(pack, answer));
            }
            let rank = table.lead_rank(winner, answer.class);
            for urgency in answer.urgencies.iter().filter(|urgency| rules.rank(**urgency) > rank) {
                let found = unranked
                    .entry((winner, *urgency))
                    .or_insert_with(|| Unranked::of(pack, &seats, answer, urgency));
                found.cells.insert(answer.class.number, answer.class.cells.len());
            }
        }
        if let Some(row) = answer.unadmitted {
            unadmitted.entry(row).or_default().entry(answer.kin.number).or_insert(answer.class.stretch);
        }
        if let Some(trouble) = answer.trouble {
            let entry = bad.entry((answer.kin.number, trouble)).or_insert_with(|| {
                let example = format!("{}: {}", case(pack, answer), why(pack, &table, answer, trouble));
                Bad { cells: BTreeMap::new(), example, rows: BTreeSet::new() }
            });
            entry.cells.insert(answer.class.number, answer.class.cells.len());
            entry.rows.extend(answer.winner.into_iter().chain(answer.beaten.iter().copied()));
            if trouble == Trouble::NoRoute {
                entry.rows.extend(answer.kin.rows.iter().take(SHOWN_ROWS));
            }
        }
    });
    for ((kin, trouble), bad) in &bad {
        tell(pack, spots, &table.kins[*kin], *trouble, bad, report);
    }
    tell_ties(pack, spots, &ties, report);
    shadows(pack, spots, &won, &over, report);
    absent(pack, spots, &table, ground, report);
    tell_unranked(pack, spots, &unranked, report);
    for (row, kins) in &unadmitted {
        let of = |(kin, stretch): (&usize, &usize)| (&table.kins[*kin], ground.stretches[*stretch].from);
        admission::tell_row(pack, spots, &rules.routes[*row], kins.iter().map(of), report);
    }
    report.counts.push(("questions asked of the dispatch table (by classes)".to_owned(), asked));
    report.counts.push(("classes of cells".to_owned(), table.classes.len()));
    report.counts.push(("stretches between dated changes".to_owned(), ground.stretches.len()));
}

/// Cases whose lead unit has nobody of the rank that their colour asks for.
struct Unranked {
    /// Classes by number, with their sizes.
    cells: BTreeMap<usize, usize>,
    example: String,
}

impl Unranked {
    fn of(pack: &Pack, seats: &staff::Seats, answer: &Answer, urgency: &Urgency) -> Unranked {
        let row = answer.winner.and_then(|row| pack.policy.current.routes.get(row));
        let place = answer.class.cells.first().zip(answer.periods.first());
        let units = row.zip(place).map(|(row, ((cell, _), (_, at)))| {
            let mut units = pack.policy.org.select(&row.lead, Some(cell), None, *at);
            units.sort_by_key(|unit| seats.highest_rank(&pack.policy.org, unit));
            units
        });
        let unit = units.and_then(|units| units.into_iter().next()).unwrap_or_default();
        let answer = Answer { urgencies: std::slice::from_ref(urgency), ..*answer };
        Unranked { cells: BTreeMap::new(), example: format!("{} goes to {unit}", case(pack, &answer)) }
    }
}

/// Rows whose lead unit has nobody of the rank that a colour asks of the lead officer.
fn tell_unranked(
    pack: &Pack,
    spots: &Spots,
    unranked: &BTreeMap<(usize, Urgency), Unranked>,
    report: &mut LintReport,
) {
    let rules = &pack.policy.current;
    for ((number, urgency), found) in unranked {
        let Some(row) = rules.routes.get(*number) else { continue };
        let cells: usize = found.cells.values().sum();
        let colour = format!("{urgency:?}").to_lowercase();
        let rank = rules.rank(*urgency);
        let what = format!(
            "the lead of the row {} has nobody of rank {rank}, which {colour} asks for, in {cells} cells",
            row.id
        );
        let mend = "Give a member of the unit that rank in members.csv, or ask for a lower one under urgency";
        let problem = at_route(spots, &row.id).problem(what, mend);
        let rows = vec![row.id.to_string()];
        report.add_with_rows(Severity::Warning, "unranked-lead", problem, found.example.clone(), rows);
    }
}

/// The case that an answer stands for, in words.
fn case(pack: &Pack, answer: &Answer) -> String {
    let rules = &pack.policy.current;
    let (Some(matter), Some((cell, overlays)), Some((period, at))) =
        (answer.kin.matters.first(), answer.class.cells.first(), answer.periods.first())
    else {
        return String::new();
    };
    let name = rules.matters.get(*matter).map_or("", |matter| matter.name.as_str());
    let hour =
        rules.calendar_of(Some(matter)).map_or_else(|| at.to_string(), |calendar| civil(calendar, *at));
    let source = answer.sources.first().map_or("", |source| source.code());
    let urgency =
        answer.urgencies.first().map_or_else(String::new, |urgency| format!("{urgency:?}").to_lowercase());
    let within: Vec<&str> = overlays.iter().map(|overlay| overlay.as_str()).collect();
    let within =
        if within.is_empty() { String::new() } else { format!(" in the overlays {}", within.join(" and ")) };
    let period = format!("{period:?}").to_lowercase();
    format!("{name} ({matter}) in {}{within}, {hour} ({period}), from {source}, {urgency}", place(pack, cell))
}

/// Why that case fares badly.
fn why(pack: &Pack, table: &Table, answer: &Answer, trouble: Trouble) -> String {
    let rules = &pack.policy.current;
    let (Some(matter), Some((cell, overlays)), Some((period, at))) =
        (answer.kin.matters.first(), answer.class.cells.first(), answer.periods.first())
    else {
        return String::new();
    };
    if let (Some(row), false) = (answer.winner, trouble == Trouble::NoRoute) {
        let bad = |found: Found| {
            found == if trouble == Trouble::NoHandler { Found::Unstaffed } else { Found::Elsewhere }
        };
        let selectors: Vec<String> = table
            .found(row, answer.class, answer.kin.bars(answer.class.stretch))
            .filter(|(_, found)| bad(*found))
            .map(|(selector, _)| {
                let units = pack.policy.org.select(selector, Some(cell), None, *at);
                let units: Vec<&str> = units
                    .iter()
                    .filter(|unit| {
                        trouble == Trouble::CannotServe || !staff::can_handle(&pack.policy.org, unit)
                    })
                    .map(|unit| unit.as_str())
                    .collect();
                format!("{selector} is {}", units.join(" or "))
            })
            .collect();
        return format!("row {}: {}", rules.routes[row].id, selectors.join(", "));
    }
    if answer.kin.rows.is_empty() {
        return "no row names the matter".to_owned();
    }
    let facts = Facts::default();
    let (source, urgency) = (
        answer.sources.first().copied().unwrap_or_default(),
        answer.urgencies.first().copied().unwrap_or_default(),
    );
    let asked = Question {
        matter,
        area: Some(cell),
        overlays,
        source,
        urgency,
        period: *period,
        at: *at,
        admitted: !answer.kin.bars(answer.class.stretch),
        facts: &facts,
    };
    let lost = |number: &usize| {
        let row = &rules.routes[*number];
        let there = || table.found(*number, answer.class, false).all(|(_, found)| found != Found::Nobody);
        match row.fits(&pack.policy.org, &asked) {
            Err(column) => format!("{} is for another {}", row.id, column_name(column)),
            Ok(()) if there() => format!("{} asks grid workers, for whom it is not admitted", row.id),
            Ok(()) => format!("{} finds nobody there", row.id),
        }
    };
    let words: Vec<String> = answer.kin.rows.iter().take(SHOWN_ROWS).map(lost).collect();
    words.join(", ")
}

fn column_name(lost: Lost) -> &'static str {
    match lost {
        Lost::Matter => "matter",
        Lost::Overlay => "overlay",
        Lost::Area => "area",
        Lost::Level => "level",
        Lost::Source => "source",
        Lost::Urgency => "urgency",
        Lost::Period => "period",
        Lost::LessSpecific | Lost::NobodyThere | Lost::NotAdmitted => "place",
    }
}

fn ids(pack: &Pack, rows: impl IntoIterator<Item = usize>) -> Vec<String> {
    rows.into_iter()
        .filter_map(|row| pack.policy.current.routes.get(row))
        .map(|row| row.id.to_string())
        .collect()
}

fn tell(pack: &Pack, spots: &Spots, kin: &table::Kin, trouble: Trouble, bad: &Bad, report: &mut LintReport) {
    let Some(matter) = kin.matters.first() else { return };
    let cells: usize = bad.cells.values().sum();
    let like = match kin.matters.len() {
        1 => String::new(),
        many => format!(" and {} more matters", many - 1),
    };
    let spot = spots.matters.get(*matter).cloned().unwrap_or_else(|| Spot::file(crate::catalogue::MATTERS));
    let (rule, what, mend) = match trouble {
        Trouble::NoRoute => (
            "no-route",
            format!("no row fits {matter}{like}, in {cells} cells"),
            "Add a row to routes.csv that fits, such as one for its track",
        ),
        Trouble::NoHandler => (
            "no-handler",
            format!("a unit in which nobody works gets {matter}{like}, in {cells} cells"),
            "Give the unit a member with the role handler or grid_worker",
        ),
        Trouble::CannotServe => (
            "cannot-serve",
            format!("a unit that does not serve the place gets {matter}{like}, in {cells} cells"),
            "Let the row name a unit of the place, of a larger area, or an external one whose home serves it",
        ),
    };
    let rows = ids(pack, bad.rows.iter().copied().take(SHOWN_ROWS));
    report.add_with_rows(Severity::Error, rule, spot.problem(what, mend), bad.example.clone(), rows);
}

fn tell_ties(pack: &Pack, spots: &Spots, ties: &BTreeMap<(usize, usize), String>, report: &mut LintReport) {
    for ((first, second), example) in ties {
        let rows = ids(pack, [*first, *second]);
        let [one, other] = rows.as_slice() else { continue };
        let what = format!("the rows {one} and {other} fit equally well");
        let problem = at_route(spots, other).problem(what, "Make one of them more specific, or remove it");
        report.add_with_rows(Severity::Error, "tie", problem, example.clone(), rows);
    }
}

/// Rows that never win, whatever is asked and whenever.
fn shadows(pack: &Pack, spots: &Spots, won: &[bool], over: &[BTreeSet<usize>], report: &mut LintReport) {
    for (number, row) in pack.policy.current.routes.iter().enumerate().filter(|(number, _)| !won[*number]) {
        let above = ids(pack, over[number].iter().copied().take(SHOWN_ROWS));
        let (why, example) = if above.is_empty() {
            ("it fits no case, or finds nobody wherever it fits", format!("matter {}", row.matter))
        } else {
            (
                "others are more specific wherever it fits",
                format!("{} goes to {}", row.matter, above.join(" or ")),
            )
        };
        let what = format!("the row {} is never the answer: {why}", row.id);
        let problem = at_route(spots, &row.id).problem(what, "Remove it, or make it more specific");
        let rows = std::iter::once(row.id.to_string()).chain(above).collect();
        report.add_with_rows(Severity::Error, "shadowed", problem, example, rows);
    }
}

/// Rows whose selectors find nobody in some cell that the row is meant for.
fn absent(pack: &Pack, spots: &Spots, table: &Table, ground: &Ground, report: &mut LintReport) {
    let calendar = pack.policy.current.calendar_of(None);
    for (number, row) in pack.policy.current.routes.iter().enumerate() {
        let mut lost: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for class in table.classes.iter().filter(|class| table.place_fits(number, class)) {
            for (selector, _) in
                table.found(number, class, false).filter(|(_, found)| *found == Found::Nobody)
            {
                let from = ground.stretches.get(class.stretch).map(|stretch| stretch.from);
                let when = from.zip(calendar).map_or(String::new(), |(at, calendar)| civil(calendar, at));
                let first = class.cells.first().map_or(String::new(), |(cell, _)| place(pack, cell));
                let entry = lost.entry(selector.to_string()).or_insert((0, format!("{first}, from {when}")));
                entry.0 += class.cells.len();
            }
        }
        for (selector, (cells, example)) in lost {
            let what = format!("'{selector}' of the row {} finds nobody in {cells} cells", row.id);
            let problem =
                at_route(spots, &row.id).problem(what, "Add the unit, or limit the row to where it is");
            let rows = vec![row.id.to_string()];
            report.add_with_rows(Severity::Warning, "absent-unit", problem, example, rows);
        }
    }
}
