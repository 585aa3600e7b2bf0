//! How far the seats of members reach, compared before and after a change: what needs a second person because somebody gets more by it.
//!
//! A seat is a unit and a role, and what it opens hangs on the unit: what it is, which ground it serves, and what lies in that ground. So a
//! seat is given also where its unit moves up, where an area comes to lie in another one or is drawn over other ground, where a unit of
//! a company becomes one of the authority, and where somebody comes to deputise. Refuses to decide who has to agree: that is
//! [`crate::grants`]'s. Start at [`given`].

use std::collections::{BTreeMap, BTreeSet};

use huying_geo::{CellShape, Point, mosaic::overlaps, polygons::square_metres};
use huying_model::{
    AreaCode, Instant, MemberId, UnitId,
    actor::{Role, Seat},
    org::{Area, Org},
    told::Line,
};
use huying_pack::Pack;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::authority::ground;

/// So much of a piece lies in what it was cut from: the rest is a matter of measuring.
const NEARLY: f64 = 0.999;

/// A seat that somebody has afterwards and not before, or that reaches further afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    /// What is told of it.
    pub line: Line,
    /// What tells it from any other, however things are named: whose it is, which, and everything that it opens ([`Marks`]).
    pub mark: String,
}

/// The seats that somebody has afterwards and not before, and those that reach further afterwards.
pub(crate) fn given(before: &Pack, after: &Pack, at: Instant) -> Vec<Given> {
    let compared = Compared::of(before, after);
    let (mut lines, mut marks) = (Vec::new(), Marks::of(after));
    for (id, member) in &compared.after.members {
        let had = seats(compared.before, id, at);
        for seat in seats(compared.after, id, at) {
            let more = if had.contains(&seat) { compared.further(&seat) } else { Some(("", "")) };
            let Some(more) = more else { continue };
            let line = line(after, (id, &member.name), &seat, more);
            lines.push(Given { line, mark: marks.mark(id, &seat) });
        }
    }
    lines
}

/// Whose seat it is, and how it reaches further than it did. Names are for whoever agrees; ids stand beside them, since two units may have one
/// name, and nobody has agreed to a seat in the other.
fn line(pack: &Pack, (id, name): (&MemberId, &SmolStr), seat: &Seat, (zh, en): (&str, &str)) -> Line {
    let code = &seat.unit;
    let unit = pack.policy.org.units.get(code).map_or(&code.0, |unit| &unit.name);
    let name_en = pack.english(id.as_str()).unwrap_or(name);
    let unit_en = pack.english(code.as_str()).unwrap_or(unit);
    let role = pack.role(seat.role);
    Line::of(
        format!("{name}（{id}）：{unit}（{code}）{}{zh}", role.zh),
        format!("{name_en} ({id}): {unit_en} ({code}), {}{en}", role.en),
    )
}

/// The seats that are a member's from this moment on, those for which they deputise at any hour too.
fn seats(org: &Org, member: &MemberId, at: Instant) -> BTreeSet<Seat> {
    let own = |member: &MemberId| org.members.get(member).map_or(&[][..], |found| found.seats.as_slice());
    let ended =
        |unit: &UnitId| org.units.get(unit).is_none_or(|unit| unit.until.is_some_and(|end| end <= at));
    let mut all: BTreeSet<Seat> = own(member).iter().cloned().collect();
    if let Some(roster) = &org.roster {
        for duty in roster.units().flat_map(|unit| roster.of(unit)) {
            if let Some((first, deputies)) = duty.members.split_first()
                && deputies.contains(member)
            {
                all.extend(own(first).iter().filter(|seat| seat.unit == duty.unit).cloned());
            }
        }
    }
    all.retain(|seat| !ended(&seat.unit));
    all
}

/// What an area of afterwards is of the areas of before.
struct Held<'a> {
    /// Whoever saw all of these sees nothing new in it.
    parts: BTreeSet<&'a AreaCode>,
    /// And so does whoever saw one of these: each held all of it.
    around: BTreeSet<&'a AreaCode>,
}

/// The organisations of before and after, with what their areas hold.
struct Compared<'a> {
    before: &'a Org,
    after: &'a Org,
    /// Areas by the area that they lie in.
    were: BTreeMap<&'a AreaCode, Vec<&'a AreaCode>>,
    are: BTreeMap<&'a AreaCode, Vec<&'a AreaCode>>,
    /// Areas that are new or drawn otherwise.
    held: BTreeMap<&'a AreaCode, Held<'a>>,
}

fn below(org: &Org) -> BTreeMap<&AreaCode, Vec<&AreaCode>> {
    let mut children: BTreeMap<&AreaCode, Vec<&AreaCode>> = BTreeMap::new();
    for area in org.areas.values() {
        if let Some(parent) = &area.parent {
            children.entry(parent).or_default().push(&area.code);
        }
    }
    children
}

/// An area with everything that lies in it.
fn whole<'a>(
    children: &BTreeMap<&'a AreaCode, Vec<&'a AreaCode>>,
    area: &'a AreaCode,
) -> BTreeSet<&'a AreaCode> {
    let (mut found, mut open) = (BTreeSet::new(), vec![area]);
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(children.get(next).into_iter().flatten().copied());
        }
    }
    found
}

impl<'a> Compared<'a> {
    fn of(before: &'a Pack, after: &'a Pack) -> Compared<'a> {
        let (was, is) = (&*before.policy.org, &*after.policy.org);
        let drawn: Vec<Drawn> = before.shapes.cells.iter().filter_map(Drawn::of).collect();
        let mut held = BTreeMap::new();
        for area in is.areas.values() {
            let shape = after.shapes.cells.get(&area.code);
            let known = was.areas.contains_key(&area.code);
            if !known || shape.is_some_and(|shape| before.shapes.cells.get(&area.code) != Some(shape)) {
                held.insert(&area.code, held_by(was, is, area, shape, &drawn));
            }
        }
        Compared { before: was, after: is, were: below(was), are: below(is), held }
    }

    /// Whether a seat of both reaches further afterwards, and how that is said.
    fn further(&self, seat: &Seat) -> Option<(&'static str, &'static str)> {
        let (was, is) = (self.before.units.get(&seat.unit)?, self.after.units.get(&seat.unit)?);
        if was.kind != is.kind {
            return Some(("（单位性质变更）", " (its unit becomes one of another kind)"));
        }
        let all = |org: &Org, area: &AreaCode| area == org.root();
        let further = match seat.role {
            Role::Administrator => all(self.after, &is.area) && !all(self.before, &was.area),
            _ => ground(self.after, seat).is_some() && !self.covers(&was.area, &is.area),
        };
        further.then_some(("（范围扩大）", " (it reaches further)"))
    }

    /// Whether whoever saw all of one area of before sees nothing new in one of afterwards.
    fn covers(&self, was: &'a AreaCode, is: &'a AreaCode) -> bool {
        if was == self.before.root() {
            return true;
        }
        let had = whole(&self.were, was);
        whole(&self.are, is).iter().all(|area| match self.held.get(area) {
            None => had.contains(area),
            Some(held) => {
                held.parts.iter().all(|part| had.contains(part))
                    || held.around.iter().any(|around| had.contains(around))
            }
        })
    }
}

/// An area of before as it was drawn, with the box around it.
struct Drawn<'a> {
    code: &'a AreaCode,
    shape: &'a CellShape,
    low: Point,
    high: Point,
}

impl<'a> Drawn<'a> {
    fn of((code, shape): (&'a AreaCode, &'a CellShape)) -> Option<Drawn<'a>> {
        shape.bounds().map(|(low, high)| Drawn { code, shape, low, high })
    }

    /// How much ground it has in common with a shape of this box.
    fn common(&self, shape: &CellShape, (low, high): (Point, Point)) -> f64 {
        let beside = self.low.lon_e7 >= high.lon_e7
            || low.lon_e7 >= self.high.lon_e7
            || self.low.lat_e7 >= high.lat_e7
            || low.lat_e7 >= self.high.lat_e7;
        if beside {
            return 0.0;
        }
        overlaps(&[self.shape.clone(), shape.clone()]).iter().map(|found| found.square_metres).sum()
    }
}

/// What a new area, or one that is drawn otherwise, is of the areas of before.
fn held_by<'a>(
    was: &'a Org,
    is: &'a Org,
    area: &'a Area,
    shape: Option<&CellShape>,
    drawn: &[Drawn<'a>],
) -> Held<'a> {
    let above: BTreeSet<&AreaCode> =
        was.ancestors(&area.code).chain(is.ancestors(&area.code)).map(|area| &area.code).collect();
    // A new area is at least a piece of the smallest one around it that was there.
    let nearest = is.ancestors(&area.code).find_map(|around| was.areas.get(&around.code));
    let mut parts: BTreeSet<&AreaCode> = nearest.map(|around| &around.code).into_iter().collect();
    let mut around = BTreeSet::new();
    let Some((shape, bounds)) = shape.and_then(|shape| Some((shape, shape.bounds()?))) else {
        return Held { parts, around };
    };
    let size = square_metres(shape);
    for other in drawn {
        let common = other.common(shape, bounds);
        // What lies around it holds it anyway.
        if common > 0.0 && !above.contains(other.code) {
            parts.insert(other.code);
        }
        if common >= size * NEARLY && !was.areas.contains_key(&area.code) {
            around.insert(other.code);
        }
    }
    Held { parts, around }
}

/// What seats open in one organisation, as marks that are equal only where they open the same. Whoever agreed to a seat has agreed to what it
/// opened then, and to nothing that its unit, its area or a cell came to be since.
struct Marks<'a> {
    pack: &'a Pack,
    below: BTreeMap<&'a AreaCode, Vec<&'a AreaCode>>,
    grounds: BTreeMap<&'a AreaCode, String>,
}

impl<'a> Marks<'a> {
    fn of(pack: &'a Pack) -> Marks<'a> {
        Marks { pack, below: below(&pack.policy.org), grounds: BTreeMap::new() }
    }

    fn mark(&mut self, member: &MemberId, seat: &Seat) -> String {
        let pack: &'a Pack = self.pack;
        let org: &'a Org = &pack.policy.org;
        let unit = org.units.get(&seat.unit);
        let at_root = unit.is_some_and(|unit| &unit.area == org.root());
        let opens = match ground(org, seat) {
            Some(_) if at_root => "all".to_owned(),
            Some(area) => self.ground(area),
            None if at_root && seat.role == Role::Administrator => "all".to_owned(),
            None => String::new(),
        };
        // Names and numbers can always be written.
        serde_json::to_string(&(member, &seat.unit, seat.role, unit.map(|unit| unit.kind), opens))
            .unwrap_or_default()
    }

    /// An area with everything that lies in it, as it is drawn.
    fn ground(&mut self, area: &'a AreaCode) -> String {
        let (cells, below) = (&self.pack.shapes.cells, &self.below);
        let drawn = || -> String {
            let all: Vec<(&AreaCode, Option<&CellShape>)> =
                whole(below, area).into_iter().map(|code| (code, cells.get(code))).collect();
            let text = serde_json::to_vec(&all).unwrap_or_default();
            Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        self.grounds.entry(area).or_insert_with(drawn).clone()
    }
}
