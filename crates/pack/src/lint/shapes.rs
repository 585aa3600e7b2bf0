//! How the cells lie: no shape, common ground, ground that none holds, overlays beside everything.
//!
//! Owns what counts as much. Points of common ground go to one of the two cells, always the same one, so a sliver is a
//! warning; from a thousandth of the smaller cell on it is an error. A gap is judged likewise by the smallest cell beside it:
//! a point there finds no cell, and the case goes to the root centre. Below a square metre nothing is told. Where an area
//! above the cells has a shape of its own, it is compared with what lies below it. Start at [`check`].

use huying_geo::{CellShape, Point, mosaic, nesting, places, polygons::square_metres};
use huying_model::AreaCode;

use crate::lint::{LintReport, Severity, coverage::boxes_meet, place};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

/// Square metres below which nothing is told.
const LEAST: f64 = 1.0;
/// The part of a cell from which a sliver is more than that.
const MUCH: f64 = 0.001;
/// Cells that a finding names at most.
const SHOWN: usize = 6;

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    shapeless(pack, spots, report);
    let org = &pack.policy.org;
    let above: std::collections::BTreeSet<&AreaCode> =
        org.areas.values().filter_map(|area| area.parent.as_ref()).collect();
    let leaves: Vec<(&AreaCode, &CellShape)> =
        pack.shapes.cells.iter().filter(|(code, _)| !above.contains(code)).collect();
    let shapes: Vec<CellShape> = leaves.iter().map(|(_, shape)| (*shape).clone()).collect();
    overlaps(pack, spots, &leaves, &shapes, report);
    gaps(pack, spots, &leaves, &shapes, report);
    nested(pack, spots, report);
    idle_overlays(pack, spots, report);
}

fn shapeless(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let bare = crate::shapes::shapeless(&pack.shapes, &spots.ground);
    let Some(first) = bare.first() else { return };
    let what = format!("{} of the smallest areas have no shape, so no point leads to them", bare.len());
    let problem =
        spots.ground.spot(first).problem(what, "Add their polygons to the file that [shapes] names");
    // A pack without any shape works by codes alone.
    let severity = if pack.shapes.cells.is_empty() { Severity::Warning } else { Severity::Error };
    report.add(severity, "no-shape", problem, place(pack, first));
}

fn at(point: Point) -> String {
    format!("{:.6}, {:.6}", point.lon(), point.lat())
}

fn judged(size: f64, of: f64) -> Severity {
    if size < of * MUCH { Severity::Warning } else { Severity::Error }
}

fn overlaps(
    pack: &Pack,
    spots: &Spots,
    leaves: &[(&AreaCode, &CellShape)],
    shapes: &[CellShape],
    report: &mut LintReport,
) {
    for overlap in mosaic::overlaps(shapes).into_iter().filter(|overlap| overlap.square_metres > LEAST) {
        let ((first, one), (second, other)) = (leaves[overlap.first], leaves[overlap.second]);
        // Two of a split or merge may lie on the same ground one after the other.
        if !together(pack, first, second) {
            continue;
        }
        let size = overlap.square_metres;
        let severity = judged(size, square_metres(one).min(square_metres(other)));
        let what = format!("{first} and {second} both hold {size:.0} m²");
        let mend = "Draw their border once, for both";
        let problem = spots.ground.spot(second).problem(what, mend);
        let example =
            format!("{} lies in {} and {}", at(overlap.example), place(pack, first), place(pack, second));
        report.add_with_rows(
            severity,
            "overlap",
            problem,
            example,
            vec![first.to_string(), second.to_string()],
        );
    }
}

/// Whether both are in force at some moment.
fn together(pack: &Pack, first: &AreaCode, second: &AreaCode) -> bool {
    let dates = |code| pack.policy.org.areas.get(code).map(|area| (area.from, area.until));
    let (Some((from, until)), Some((other_from, other_until))) = (dates(first), dates(second)) else {
        return true;
    };
    let before =
        |until: Option<_>, from: Option<_>| until.zip(from).is_some_and(|(until, from)| until <= from);
    !before(until, other_from) && !before(other_until, from)
}

fn gaps(
    pack: &Pack,
    spots: &Spots,
    leaves: &[(&AreaCode, &CellShape)],
    shapes: &[CellShape],
    report: &mut LintReport,
) {
    for gap in mosaic::gaps(shapes).into_iter().filter(|gap| gap.square_metres > LEAST) {
        let beside: Vec<&(&AreaCode, &CellShape)> =
            gap.beside.iter().filter_map(|n| leaves.get(*n)).collect();
        let Some((first, _)) = beside.first() else { continue };
        let smallest = beside.iter().map(|(_, shape)| square_metres(shape)).fold(f64::INFINITY, f64::min);
        let names: Vec<String> = beside.iter().take(SHOWN).map(|(code, _)| code.to_string()).collect();
        let what = format!("{:.0} m² between {} lie in no cell", gap.square_metres, names.join(", "));
        let problem = spots.ground.spot(first).problem(what, "Draw their borders to each other");
        let example = format!("{} lies in no cell, beside {}", at(gap.example), place(pack, first));
        report.add_with_rows(judged(gap.square_metres, smallest), "gap", problem, example, names);
    }
}

/// Areas with a shape of their own, against those below.
fn nested(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let area = |area: &huying_model::org::Area| places::Area {
        code: area.code.0.clone(),
        level: area.level.0.clone(),
        parent: area.parent.as_ref().map(|parent| parent.0.clone()),
        shape: pack.shapes.cells.get(&area.code).cloned(),
    };
    let areas: Vec<places::Area> = pack.policy.org.areas.values().map(area).collect();
    for breach in nesting::breaches(&areas).unwrap_or_default() {
        let (rule, code, rows) = match &breach {
            // Neighbours are judged above, to the square metre.
            nesting::Breach::Overlap { .. } => continue,
            nesting::Breach::Outside { child, parent, .. } => ("overlap", child, vec![child, parent]),
            nesting::Breach::Gap { parent, .. } | nesting::Breach::Size { parent, .. } => {
                ("gap", parent, vec![parent])
            }
        };
        let problem = spots
            .ground
            .spot(&AreaCode(code.clone()))
            .problem(breach.to_string(), "Draw the larger area as what its cells enclose, or leave it out");
        let rows = rows.into_iter().map(ToString::to_string).collect();
        report.add_with_rows(Severity::Warning, rule, problem, place(pack, &AreaCode(code.clone())), rows);
    }
}

fn idle_overlays(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    for (code, names) in &pack.overlays {
        let touches = |shape: &CellShape| {
            let near = pack.shapes.cells.values().filter(|cell| boxes_meet(cell, shape));
            near.into_iter().any(|cell| mosaic::meeting(cell, std::slice::from_ref(shape)).contains(&vec![0]))
        };
        let why = match pack.shapes.overlays.get(code) {
            None => "has no shape",
            Some(shape) if !touches(shape) => "touches no cell",
            Some(_) => continue,
        };
        let what = format!("the overlay {code} {why}, so no case lies in it");
        let spot = Spot { file: crate::places::OVERLAYS.into(), ..spots.ground.spot(code) };
        let problem =
            spot.problem(what, "Draw it into the file of overlays that [shapes] names, or remove it");
        report.add(Severity::Warning, "idle-overlay", problem, names.zh.to_string());
    }
}
