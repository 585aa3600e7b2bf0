//! The organisation as it is today: areas, units, members, and how a selector such as `traffic-police@street` finds its unit.
//!
//! Always the current one (rules are pinned to a case, the organisation never is). Built once from a pack by
//! [`Org::new`], which refuses what would leave a case without a custodian.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    actor::{Role, Seat},
    ids::{AreaCode, Function, LevelName, MemberId, UnitId},
    roster::Roster,
    time::Instant,
};

/// A node of the place hierarchy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Area {
    pub code: AreaCode,
    pub name: SmolStr,
    pub level: LevelName,
    /// None only for the root.
    pub parent: Option<AreaCode>,
    pub from: Option<Instant>,
    pub until: Option<Instant>,
}

impl Area {
    pub fn active(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// What a unit is (domain §1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    Centre,
    Department,
    Post,
    Station,
    GridTeam,
    Company,
    /// Police, court, another platform: its home unit keeps the promise and answers the reporter.
    External,
}

/// Whoever can be made responsible.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unit {
    pub id: UnitId,
    pub name: SmolStr,
    pub kind: UnitKind,
    /// What it is there for: the first half of a selector. Centres have `centre`, grid teams `grid-team`.
    pub function: Function,
    /// The area it serves: every place inside.
    pub area: AreaCode,
    /// For a seconded post and an external unit: the unit it belongs to.
    pub home: Option<UnitId>,
    pub from: Option<Instant>,
    pub until: Option<Instant>,
}

impl Unit {
    pub fn active(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// A person's account: its seats. Demo members are named by their role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub name: SmolStr,
    pub seats: Vec<Seat>,
    /// What the colour of a case asks of its lead officer; 0 for none.
    #[serde(default)]
    pub rank: u8,
}

/// Where a unit is looked for, seen from a place.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Selector {
    /// `function@level`: the unit with this function in the place's area of that level.
    At { function: Function, level: LevelName },
    /// `function@parent`: of the level above the asking unit's.
    Parent { function: Function },
    /// `function@nearest`: in the smallest area around the place that has one.
    Nearest { function: Function },
    /// `=UNIT`: this very unit.
    Named(UnitId),
}

impl Selector {
    /// Reads `traffic-police@street`, `centre@parent`, `grid-team@nearest`, `=dept-housing`.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let text = text.trim();
        if let Some(unit) = text.strip_prefix('=') {
            return Ok(Selector::Named(UnitId::new(unit)));
        }
        match text.split_once('@') {
            Some((function, place)) if !function.is_empty() && !place.is_empty() => {
                let function = Function::new(function);
                Ok(match place {
                    "parent" => Selector::Parent { function },
                    "nearest" => Selector::Nearest { function },
                    level => Selector::At { function, level: LevelName::new(level) },
                })
            }
            _ => Err(format!(
                "'{text}' selects no unit: write function@level, function@parent, function@nearest or =unit-id"
            )),
        }
    }
}

impl Selector {
    /// The function that it looks for; None where it names a unit.
    pub fn function(&self) -> Option<&Function> {
        match self {
            Selector::At { function, .. }
            | Selector::Parent { function }
            | Selector::Nearest { function } => Some(function),
            Selector::Named(_) => None,
        }
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Selector::At { function, level } => write!(f, "{function}@{level}"),
            Selector::Parent { function } => write!(f, "{function}@parent"),
            Selector::Nearest { function } => write!(f, "{function}@nearest"),
            Selector::Named(unit) => write!(f, "={unit}"),
        }
    }
}
impl Serialize for Selector {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Selector::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The organisation cannot carry cases as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgError {
    #[error("areas need exactly one root (an area without parent), found {0}")]
    Roots(usize),
    #[error("area {area} has parent {parent}, which does not exist: add it or correct the parent")]
    NoParent { area: AreaCode, parent: AreaCode },
    #[error("area {0} stands in a circle of parents")]
    Circle(AreaCode),
    #[error("area {area} has level {level}, which the pack does not name")]
    NoLevel { area: AreaCode, level: LevelName },
    #[error("unit {unit} serves area {area}, which does not exist")]
    NoArea { unit: UnitId, area: AreaCode },
    #[error("unit {unit} has home {home}, which does not exist")]
    NoHome { unit: UnitId, home: UnitId },
    #[error("the external unit {0} has no home unit to keep its promises: name one")]
    Homeless(UnitId),
    #[error("no centre serves the root area: add a unit of kind centre and function centre there")]
    NoRootCentre,
    #[error("member {member} has a seat in unit {unit}, which does not exist")]
    NoSeat { member: MemberId, unit: UnitId },
    #[error("the roster of unit {unit} names the member {member}, who does not exist")]
    NoDuty { unit: UnitId, member: MemberId },
    #[error("{member} comes first in the roster of unit {unit} and has no seat there")]
    NoSeatOnDuty { unit: UnitId, member: MemberId },
}

/// The function of every centre.
pub const CENTRE: &str = "centre";

/// The organisation with its look-up tables.
#[derive(Clone, Debug)]
pub struct Org {
    /// From the root down.
    pub levels: Vec<LevelName>,
    pub areas: BTreeMap<AreaCode, Area>,
    pub units: BTreeMap<UnitId, Unit>,
    pub members: BTreeMap<MemberId, Member>,
    /// Where units stand, longitude and latitude in 1e-7 degrees (WGS-84); most are nowhere in particular.
    pub positions: BTreeMap<UnitId, (i32, i32)>,
    root: AreaCode,
    by_place: HashMap<(AreaCode, Function), Vec<UnitId>>,
    /// Who is on duty when; None where whoever sits in a unit answers for it at any time.
    pub roster: Option<Arc<Roster>>,
}

impl Org {
    pub fn new(
        levels: Vec<LevelName>,
        areas: Vec<Area>,
        units: Vec<Unit>,
        members: Vec<Member>,
    ) -> Result<Org, OrgError> {
        let areas: BTreeMap<_, _> = areas.into_iter().map(|area| (area.code.clone(), area)).collect();
        let units: BTreeMap<_, _> = units.into_iter().map(|unit| (unit.id.clone(), unit)).collect();
        let members: BTreeMap<_, _> = members.into_iter().map(|member| (member.id.clone(), member)).collect();
        let roots: Vec<_> = areas.values().filter(|area| area.parent.is_none()).collect();
        let [root] = roots.as_slice() else { return Err(OrgError::Roots(roots.len())) };
        let root = root.code.clone();
        let mut by_place: HashMap<(AreaCode, Function), Vec<UnitId>> = HashMap::new();
        for unit in units.values() {
            by_place.entry((unit.area.clone(), unit.function.clone())).or_default().push(unit.id.clone());
        }
        let positions = BTreeMap::new();
        let org = Org { levels, areas, units, members, positions, root, by_place, roster: None };
        org.check()?;
        Ok(org)
    }

    /// The same with the places where its units stand.
    #[must_use]
    pub fn standing(self, positions: BTreeMap<UnitId, (i32, i32)>) -> Org {
        Org { positions, ..self }
    }

    fn check(&self) -> Result<(), OrgError> {
        for area in self.areas.values() {
            if !self.levels.contains(&area.level) {
                return Err(OrgError::NoLevel { area: area.code.clone(), level: area.level.clone() });
            }
            if let Some(parent) = &area.parent
                && !self.areas.contains_key(parent)
            {
                return Err(OrgError::NoParent { area: area.code.clone(), parent: parent.clone() });
            }
            if self.ancestors(&area.code).take(self.areas.len() + 1).count() > self.areas.len() {
                return Err(OrgError::Circle(area.code.clone()));
            }
        }
        for unit in self.units.values() {
            if !self.areas.contains_key(&unit.area) {
                return Err(OrgError::NoArea { unit: unit.id.clone(), area: unit.area.clone() });
            }
            match &unit.home {
                Some(home) if !self.units.contains_key(home) => {
                    return Err(OrgError::NoHome { unit: unit.id.clone(), home: home.clone() });
                }
                None if unit.kind == UnitKind::External => return Err(OrgError::Homeless(unit.id.clone())),
                _ => {}
            }
        }
        for member in self.members.values() {
            if let Some(seat) = member.seats.iter().find(|seat| !self.units.contains_key(&seat.unit)) {
                return Err(OrgError::NoSeat { member: member.id.clone(), unit: seat.unit.clone() });
            }
        }
        self.units_at(&self.root, CENTRE).first().map(|_| ()).ok_or(OrgError::NoRootCentre)
    }

    pub fn root(&self) -> &AreaCode {
        &self.root
    }
    /// The area itself first, then its parents up to the root.
    pub fn ancestors<'a>(&'a self, area: &AreaCode) -> impl Iterator<Item = &'a Area> + 'a {
        std::iter::successors(self.areas.get(area), |area| {
            area.parent.as_ref().and_then(|p| self.areas.get(p))
        })
    }
    /// The area of `level` around `area` (or `area` itself).
    pub fn at_level(&self, area: &AreaCode, level: &LevelName) -> Option<&Area> {
        self.ancestors(area).find(|found| &found.level == level)
    }
    /// 0 is the root's level; larger is smaller ground.
    pub fn depth(&self, level: &LevelName) -> Option<usize> {
        self.levels.iter().position(|found| found == level)
    }
    /// The depth of the area that a unit serves.
    pub fn unit_depth(&self, unit: &UnitId) -> Option<usize> {
        let area = self.areas.get(&self.units.get(unit)?.area)?;
        self.depth(&area.level)
    }
    /// The functions that several units share in one area.
    pub fn shared_functions(&self) -> BTreeSet<&Function> {
        self.by_place.iter().filter(|(_, units)| units.len() > 1).map(|((_, function), _)| function).collect()
    }
    pub fn units_at(&self, area: &AreaCode, function: &str) -> &[UnitId] {
        self.by_place.get(&(area.clone(), Function::new(function))).map_or(&[], Vec::as_slice)
    }
    fn active_at(&self, area: &AreaCode, function: &str, at: Instant) -> Option<&UnitId> {
        self.units_at(area, function).iter().find(|unit| self.active(unit, at))
    }
    /// Exists and is in force at this moment.
    pub fn active(&self, unit: &UnitId, at: Instant) -> bool {
        self.units.get(unit).is_some_and(|unit| unit.active(at))
    }
    /// Exists, is in force, and the place lies in its area. An unknown place is served from the root only.
    pub fn serves(&self, unit: &UnitId, place: Option<&AreaCode>, at: Instant) -> bool {
        let Some(found) = self.units.get(unit).filter(|unit| unit.active(at)) else { return false };
        match place {
            Some(place) => self.ancestors(place).any(|area| area.code == found.area),
            None => found.area == self.root,
        }
    }
    /// All units a selector names for a place, seen from `asking`; more than one where posts share a function.
    pub fn select(
        &self,
        selector: &Selector,
        place: Option<&AreaCode>,
        asking: Option<&UnitId>,
        at: Instant,
    ) -> Vec<UnitId> {
        let place = place.unwrap_or(&self.root);
        let in_area = |area: &AreaCode, function: &Function| -> Vec<UnitId> {
            self.units_at(area, function.as_str())
                .iter()
                .filter(|unit| self.active(unit, at))
                .cloned()
                .collect()
        };
        match selector {
            Selector::Named(unit) => self.active(unit, at).then(|| unit.clone()).into_iter().collect(),
            Selector::At { function, level } => {
                self.at_level(place, level).map_or_else(Vec::new, |area| in_area(&area.code, function))
            }
            Selector::Nearest { function } => self
                .ancestors(place)
                .map(|area| in_area(&area.code, function))
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
            Selector::Parent { function } => {
                let from = asking.and_then(|unit| self.units.get(unit)).map_or(place, |unit| &unit.area);
                self.ancestors(from)
                    .skip(1)
                    .map(|area| in_area(&area.code, function))
                    .find(|found| !found.is_empty())
                    .unwrap_or_default()
            }
        }
    }
    /// The nearest centre around a place; the root's where the place is unknown.
    pub fn centre_of(&self, place: Option<&AreaCode>, at: Instant) -> UnitId {
        self.centre_from(place.unwrap_or(&self.root), at)
    }
    /// The centre of the given level around a place, or the nearest one above it.
    pub fn centre_at(&self, place: Option<&AreaCode>, level: &LevelName, at: Instant) -> UnitId {
        let place = place.unwrap_or(&self.root);
        let from = self.at_level(place, level).map_or(&self.root, |area| &area.code);
        self.centre_from(from, at)
    }
    fn centre_from(&self, area: &AreaCode, at: Instant) -> UnitId {
        self.ancestors(area)
            .find_map(|area| self.active_at(&area.code, CENTRE, at))
            .cloned()
            .unwrap_or_else(|| self.root_centre())
    }
    /// [`Org::new`] refuses an organisation without one.
    pub fn root_centre(&self) -> UnitId {
        self.units_at(&self.root, CENTRE).first().cloned().unwrap_or_default()
    }
    /// The centre of the next level above this unit's own; None at the top.
    pub fn centre_above(&self, unit: &UnitId, at: Instant) -> Option<UnitId> {
        let area = &self.units.get(unit)?.area;
        self.ancestors(area).skip(1).find_map(|area| self.active_at(&area.code, CENTRE, at)).cloned()
    }
    /// The centre whose leaders answer for this one: itself, or the nearest above that has any.
    pub fn leader_unit(&self, centre: &UnitId, at: Instant) -> UnitId {
        let upward = std::iter::successors(Some(centre.clone()), |unit| self.centre_above(unit, at));
        upward
            .into_iter()
            .find(|unit| self.sitting(unit, &[Role::Leader]).next().is_some())
            .unwrap_or_else(|| self.root_centre())
    }
    /// The unit is the centre of its area, at or above the place.
    pub fn is_centre(&self, unit: &UnitId) -> bool {
        self.units.get(unit).is_some_and(|unit| unit.kind == UnitKind::Centre)
    }
    /// A member's rank; 0 for one whom the organisation does not know.
    pub fn rank(&self, member: &MemberId) -> u8 {
        self.members.get(member).map_or(0, |member| member.rank)
    }
    /// The members who sit in a unit with one of these roles.
    pub fn sitting<'a>(
        &'a self,
        unit: &'a UnitId,
        roles: &'a [Role],
    ) -> impl Iterator<Item = &'a Member> + 'a {
        self.members.values().filter(move |member| {
            member.seats.iter().any(|seat| &seat.unit == unit && roles.contains(&seat.role))
        })
    }
}
