//! Random authorities: the starter's rules over a made-up ground, with units and members of every kind in every place.
//! Start at [`plan`] and [`Authority::write`].

pub mod facts;
pub mod walk;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use proptest::prelude::*;

use super::desk;

/// How an authority looks: for each street its communities, each with a number of grids; and what goes beyond the usual.
#[derive(Clone, Debug)]
pub struct Plan {
    pub streets: Vec<Vec<u8>>,
    /// Units more than the usual: the kind and where.
    pub more_units: Vec<(u8, u16)>,
    /// Members more than the usual: one to three seats, each a unit and a role.
    pub more_members: Vec<Vec<(u16, u8)>>,
    /// What happens: who, which case, which command, and with what.
    pub steps: Vec<[u16; 4]>,
}

/// Any authority with some cases and what happens to them.
pub fn plan() -> impl Strategy<Value = Plan> {
    let streets = prop::collection::vec(prop::collection::vec(1..3_u8, 1..3), 1..4);
    let units = prop::collection::vec(any::<(u8, u16)>(), 0..6);
    let members = prop::collection::vec(prop::collection::vec(any::<(u16, u8)>(), 1..4), 4..10);
    let steps = prop::collection::vec(any::<[u16; 4]>(), 90..160);
    (streets, units, members, steps).prop_map(|(streets, more_units, more_members, steps)| Plan {
        streets,
        more_units,
        more_members,
        steps,
    })
}

/// A unit: its kind and the area it serves.
pub struct Unit {
    pub kind: &'static str,
    pub area: String,
}

/// What the test knows of an authority, from its own plan and not from the platform.
pub struct Authority {
    /// Each area with the one above it.
    pub areas: BTreeMap<String, Option<String>>,
    /// Each grid with its middle.
    pub grids: Vec<(String, f64, f64)>,
    pub units: BTreeMap<String, Unit>,
    /// Each member's seats: unit and role.
    pub members: BTreeMap<String, Vec<(String, &'static str)>>,
}

const ROOT: &str = "990101";
const ROLES: [&str; 11] = [
    "grid_worker",
    "operator",
    "acceptor",
    "dispatcher",
    "handler",
    "inspector",
    "caller_back",
    "supervisor",
    "leader",
    "administrator",
    "auditor",
];

impl Authority {
    /// The authority of a plan.
    pub fn of(plan: &Plan) -> Authority {
        let mut made = Authority {
            areas: BTreeMap::from([(ROOT.to_owned(), None)]),
            grids: Vec::new(),
            units: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        made.usual(plan);
        made.further(plan);
        made
    }

    fn unit(&mut self, id: String, kind: &'static str, area: &str, roles: &[&'static str]) {
        for role in roles {
            let seats = self.members.entry(format!("{id}-{role}")).or_default();
            seats.push((id.clone(), role));
        }
        self.units.insert(id, Unit { kind, area: area.to_owned() });
    }

    fn usual(&mut self, plan: &Plan) {
        let centre = ["acceptor", "operator", "dispatcher", "supervisor", "leader"];
        self.unit("centre".into(), "centre", ROOT, &centre);
        // Policies are activated by two, and somebody audits.
        for (member, role) in
            [("admin-1", "administrator"), ("admin-2", "administrator"), ("auditor", "auditor")]
        {
            self.members.insert(member.into(), vec![("centre".into(), role)]);
        }
        for id in ["dept-works", "dept-order", "dept-police", "dept-civil"] {
            self.unit(id.into(), "department", ROOT, &["handler"]);
        }
        self.unit("gas-company".into(), "external", ROOT, &[]);
        self.unit("inspection".into(), "post", ROOT, &["inspector"]);
        self.members.insert("inspection-2".into(), vec![("inspection".into(), "inspector")]);
        self.unit("callback".into(), "post", ROOT, &["caller_back"]);
        for (s, communities) in plan.streets.iter().enumerate() {
            let street = format!("{ROOT}{:03}", s + 1);
            self.areas.insert(street.clone(), Some(ROOT.into()));
            self.unit(format!("centre-{s}"), "centre", &street, &centre);
            for post in ["order", "traffic", "mediation"] {
                self.unit(format!("{post}-{s}"), "post", &street, &["handler"]);
            }
            for (c, grids) in communities.iter().enumerate() {
                let community = format!("{street}{:03}", c + 1);
                self.areas.insert(community.clone(), Some(street.clone()));
                self.unit(format!("station-{s}-{c}"), "station", &community, &["acceptor", "handler"]);
                for g in 0..usize::from(*grids) {
                    let grid = format!("{community}{:03}", g + 1);
                    self.areas.insert(grid.clone(), Some(community.clone()));
                    self.unit(format!("grid-{s}-{c}-{g}"), "grid_team", &grid, &["grid_worker"]);
                    let west = 110.0 + self.grids.len() as f64 * 0.01;
                    self.grids.push((grid, west + 0.005, 30.005));
                }
            }
        }
    }

    fn further(&mut self, plan: &Plan) {
        let areas: Vec<String> = self.areas.keys().cloned().collect();
        for (no, (kind, place)) in plan.more_units.iter().enumerate() {
            let kind = ["department", "post", "company"][usize::from(*kind) % 3];
            let area = areas[usize::from(*place) % areas.len()].clone();
            self.unit(format!("more-{no}"), kind, &area, &["handler"]);
        }
        let units: Vec<String> = self.units.keys().cloned().collect();
        for (no, seats) in plan.more_members.iter().enumerate() {
            let seat = |(unit, role): &(u16, u8)| {
                (units[usize::from(*unit) % units.len()].clone(), ROLES[usize::from(*role) % ROLES.len()])
            };
            let mut seats: Vec<_> = seats.iter().map(seat).collect();
            seats.sort();
            seats.dedup();
            self.members.insert(format!("more-member-{no}"), seats);
        }
    }

    /// The pack of this authority: the starter's, with another ground, other units and other members.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let pack = desk::starter_in(folder);
        let put = |name: &str, text: String| std::fs::write(pack.join(name), text).unwrap();
        put("areas.csv", self.areas_table());
        put("units.csv", self.units_table());
        put("members.csv", self.members_table());
        put("roster.csv", "unit,days,hours,members\n".into());
        put("cells.geojson", self.cells());
        pack
    }

    fn areas_table(&self) -> String {
        let mut text = String::from("code,name,name_en,level,parent,households\n");
        for (code, parent) in &self.areas {
            let level = match code.len() {
                6 => "district",
                9 => "street",
                12 => "community",
                _ => "grid",
            };
            let households = if level == "grid" { "300" } else { "" };
            let parent = parent.as_deref().unwrap_or_default();
            writeln!(text, "{code},区域{code},Area {code},{level},{parent},{households}").unwrap();
        }
        text
    }

    fn units_table(&self) -> String {
        let mut text = String::from("id,name,name_en,kind,function,area,home\n");
        for (id, unit) in &self.units {
            let first = id.split('-').next().unwrap_or_default();
            let function = match (unit.kind, id.as_str()) {
                ("centre", _) => "centre",
                ("station", _) => "station",
                ("grid_team", _) => "grid-team",
                (_, "dept-works") => "works",
                (_, "dept-order") => "urban-order",
                (_, "dept-police") => "police",
                (_, "dept-civil") => "civil-affairs",
                (_, "gas-company") => "gas",
                _ if first == "traffic" => "traffic-police",
                // Every unit more has a function of its own, so that no route finds two.
                _ if first == "more" => id,
                _ => first,
            };
            let home = if id == "gas-company" { "dept-works" } else { "" };
            let kind = unit.kind;
            writeln!(text, "{id},单位{id},Unit {id},{kind},{function},{},{home}", unit.area).unwrap();
        }
        text
    }

    fn members_table(&self) -> String {
        let mut text = String::from("id,name,name_en,seats\n");
        for (id, seats) in &self.members {
            let seats: Vec<String> = seats.iter().map(|(unit, role)| format!("{unit}:{role}")).collect();
            writeln!(text, "{id},人员{id},Member {id},{}", seats.join(" ")).unwrap();
        }
        text
    }

    fn cells(&self) -> String {
        let cell = |(code, lon, _): &(String, f64, f64)| {
            let (west, east) = (lon - 0.005, lon + 0.005);
            let corners = [(west, 30.0), (east, 30.0), (east, 30.01), (west, 30.01), (west, 30.0)];
            let corners: Vec<String> = corners.iter().map(|(x, y)| format!("[{x:.4},{y:.4}]")).collect();
            format!(
                r#"{{"type":"Feature","properties":{{"code":"{code}","synthetic":true}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
                corners.join(",")
            )
        };
        let cells: Vec<String> = self.grids.iter().map(cell).collect();
        format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", cells.join(",\n"))
    }

    /// Whether an area lies in another, or is it.
    pub fn lies_in(&self, area: &str, outer: &str) -> bool {
        let mut at = Some(area.to_owned());
        while let Some(here) = at {
            if here == outer {
                return true;
            }
            at = self.areas.get(&here).cloned().flatten();
        }
        false
    }
}
