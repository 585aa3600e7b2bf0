//! What a mapping must not say: names that the pack does not have, ways that lead nowhere or to two places, and personal data that
//! nobody has given a purpose. Every finding names its line and the mend. Start at [`checked`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{
    AreaCode, MatterCode, Stage, UnitId,
    catalogue::{Outcome, Source, Urgency},
    org::UnitKind,
    route::glob,
};
use smol_str::SmolStr;

use super::{
    Kind, Mapping, Pair,
    rows::{At, Read, Row},
};
use crate::{Pack, problem::Problems, words::word};

/// Every rule with what it finds, in Chinese and in English; docs/exchange.md lists them, and a test breaks each.
pub const RULES: &[(&str, &str, &str)] = &[
    ("unreadable", "文件无法读取，或有未知的设置", "the file cannot be read, or has an unknown setting"),
    (
        "unknown-name",
        "事项、区域、单位、状态、来源、颜色、类型或字段不存在",
        "a matter, area, unit, status, source, urgency, type or field does not exist",
    ),
    ("not-external", "绑定的单位不是外部单位", "a unit that is bound is no external unit"),
    ("two-meanings", "对方的一个名称对应我方两个名称", "one of theirs means two of ours"),
    (
        "no-way-back",
        "对方的多个名称对应我方同一个名称，未说明回传用哪一个",
        "several of theirs mean one of ours, and which it becomes is not said",
    ),
    (
        "no-way-out",
        "交给对方的事项或单位没有对应名称",
        "a matter or unit that the partner is given has no name of theirs",
    ),
    ("no-purpose", "字段含个人信息而未说明目的", "a field carries personal data and no purpose is declared"),
];

/// Fields of a message by their names here, and whether they are of a person.
pub const FIELDS: &[(&str, bool)] = &[
    ("number", false),
    ("title", false),
    ("text", false),
    ("address", false),
    ("matter", false),
    ("area", false),
    ("unit", false),
    ("lon", false),
    ("lat", false),
    ("source", false),
    ("urgency", false),
    ("promise", false),
    ("received_at", false),
    ("outcome", false),
    ("stage", false),
    ("words", false),
    ("reason", false),
    ("solved", false),
    ("satisfied", false),
    ("hazard", false),
    ("custody", false),
    ("files", false),
    ("reporter.name", true),
    ("reporter.contact", true),
];

/// Types of messages, as the engine has them.
pub const TYPES: [&str; 10] = [
    "handed-over",
    "received",
    "progressed",
    "returned",
    "finished",
    "closed",
    "reopened",
    "noted",
    "file",
    "skipped",
];

/// Signs in a heading that speak of a person, whatever it is mapped to.
const PERSONAL: [&str; 12] = [
    "身份证",
    "电话",
    "手机",
    "姓名",
    "联系方式",
    "来电号码",
    "phone",
    "mobile",
    "id_card",
    "idcard",
    "e-mail",
    "email",
];

struct Check<'a> {
    read: &'a Read,
    pack: &'a Pack,
    problems: &'a Problems,
}

/// The mapping that the rows make; what is wrong with them is told.
pub(super) fn checked(read: &Read, pack: &Pack, problems: &Problems) -> Mapping {
    let check = Check { read, pack, problems };
    check.names();
    check.ways();
    check.persons();
    let given = check.given();
    check.mapping(given)
}

impl Check<'_> {
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.read.rows.iter().filter(move |(of, _)| *of == kind).map(|(_, row)| row)
    }

    /// Whether the pack has a name of this kind.
    fn known(&self, kind: Kind, name: &str) -> bool {
        let org = &self.pack.policy.current.matters;
        match kind {
            Kind::Matter => org.contains_key(&MatterCode::new(name)),
            Kind::Area => self.pack.policy.org.areas.contains_key(&AreaCode::new(name)),
            Kind::Unit => self.pack.policy.org.units.contains_key(&UnitId::new(name)),
            Kind::Status => {
                Stage::ALL.iter().any(|stage| stage.code() == name) || word::<Outcome>(name).is_ok()
            }
            Kind::Source => Source::from_code(name).is_some(),
            Kind::Urgency => word::<Urgency>(name).is_ok(),
            Kind::Type => TYPES.contains(&name),
            Kind::Field => FIELDS.iter().any(|(field, _)| *field == name),
        }
    }

    fn mend(&self, kind: Kind) -> String {
        let list = |names: Vec<&str>| format!("Write one of {}", names.join(", "));
        match kind {
            Kind::Matter => "Write the code of a matter of the pack's catalogue".to_owned(),
            Kind::Area => "Write the code of an area of the pack".to_owned(),
            Kind::Unit => "Write the id of an external unit of the pack".to_owned(),
            Kind::Status => "Write a stage or an outcome, such as handling or solved".to_owned(),
            Kind::Source => list(Source::ALL.iter().map(|source| source.code()).collect()),
            Kind::Urgency => list(vec!["green", "yellow", "red"]),
            Kind::Type => list(TYPES.to_vec()),
            Kind::Field => list(FIELDS.iter().map(|(field, _)| *field).collect()),
        }
    }

    /// Names that the pack does not have; bound units that are no external ones.
    fn names(&self) {
        for (kind, row) in &self.read.rows {
            if !self.known(*kind, &row.ours) {
                let what = format!("there is no {} '{}'", kind.code(), row.ours);
                self.problems.at(row.at_ours.clone(), what, self.mend(*kind));
            } else if *kind == Kind::Unit {
                let unit = self.pack.policy.org.units.get(&UnitId(row.ours.clone()));
                if unit.is_none_or(|unit| unit.kind != UnitKind::External) {
                    let what = format!("the unit '{}' is no external unit", row.ours);
                    let mend =
                        "Bind an external unit: give the partner one in the pack's units with a home unit";
                    self.problems.at(row.at_ours.clone(), what, mend);
                }
            }
        }
        for (kind, (name, spot)) in &self.read.defaults {
            if !self.known(*kind, name) {
                let what = format!("there is no {} '{name}'", kind.code());
                self.problems.at(spot.clone(), what, self.mend(*kind));
            }
        }
    }

    /// One of theirs must mean one of ours; where several mean the same, one of them is the way back.
    fn ways(&self) {
        for kind in Kind::ALL {
            let mut meant: BTreeMap<&str, &Row> = BTreeMap::new();
            let mut back: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
            for row in self.of(kind) {
                if row.way.goes_in() {
                    match meant.get(row.theirs.as_str()) {
                        Some(first) if first.ours != row.ours => {
                            let what = format!("'{}' means '{}' and '{}'", row.theirs, first.ours, row.ours);
                            self.problems.at(row.at_theirs.clone(), what, "Leave one of the two rows");
                        }
                        _ => drop(meant.insert(&row.theirs, row)),
                    }
                }
                if row.way.goes_out() {
                    back.entry(&row.ours).or_default().push(row);
                }
            }
            for rows in back.values().filter(|rows| rows.len() > 1) {
                let chosen = rows.iter().filter(|row| row.back).count();
                if let (false, Some(last)) = (chosen == 1, rows.last()) {
                    let what = format!("{} names of theirs mean '{}'", rows.len(), last.ours);
                    let mend =
                        "Write back = true in the one row that ours becomes, or way = \"in\" in the others";
                    self.problems.at(last.at_ours.clone(), what, mend);
                }
            }
        }
    }

    fn personal(&self, row: &Row) -> bool {
        let heading = row.theirs.to_lowercase();
        FIELDS.iter().any(|(field, personal)| *field == row.ours && *personal)
            || PERSONAL.iter().any(|sign| heading.contains(sign))
    }

    /// What is of a person needs a purpose for the way it goes.
    fn persons(&self) {
        for row in self.of(Kind::Field).filter(|row| self.personal(row)) {
            let purposes = [
                ("in", row.way.goes_in(), &self.read.purpose_in),
                ("out", row.way.goes_out(), &self.read.purpose_out),
            ];
            for (way, goes, purpose) in purposes {
                if goes && purpose.is_none() {
                    let what = format!(
                        "'{}' is of a person, and no purpose is declared for the way {way}",
                        row.theirs
                    );
                    let mend = format!(
                        "Declare it under [purpose] as {way} = \"…\", or leave the field out with [[drop]]"
                    );
                    self.problems.at(row.at_theirs.clone(), what, mend);
                }
            }
        }
    }

    /// Matters and units that the partner is given have a way out, each.
    fn given(&self) -> BTreeSet<MatterCode> {
        let mut given = BTreeSet::new();
        let same = self.read.same.contains(&Kind::Matter);
        let out: BTreeSet<&str> =
            self.of(Kind::Matter).filter(|row| row.way.goes_out()).map(|row| row.ours.as_str()).collect();
        for (wanted, spot) in &self.read.given_matters {
            let all = self.pack.policy.current.matters.keys().filter(|code| glob(wanted, code.as_str()));
            let found: Vec<&MatterCode> = all.collect();
            if found.is_empty() {
                let what = format!("no matter fits '{wanted}'");
                self.problems.at(spot.clone(), what, self.mend(Kind::Matter));
            }
            for code in found {
                if !same && !out.contains(code.as_str()) {
                    self.no_way_out(spot, "matter", code.as_str());
                }
                given.insert(code.clone());
            }
        }
        for (unit, spot) in &self.read.given_units {
            if !self.known(Kind::Unit, unit) {
                self.problems.at(spot.clone(), format!("there is no unit '{unit}'"), self.mend(Kind::Unit));
            } else if !self.of(Kind::Unit).any(|row| row.ours == *unit) {
                self.no_way_out(spot, "unit", unit);
            }
        }
        given
    }

    fn no_way_out(&self, spot: &crate::problem::Spot, kind: &str, name: &str) {
        let what = format!("the partner is given the {kind} '{name}', which has no name of theirs");
        self.problems.at(spot.clone(), what, format!("Add a row [[{kind}]] with ours = \"{name}\""));
    }

    fn mapping(&self, given: BTreeSet<MatterCode>) -> Mapping {
        let mut mapping = Mapping {
            mode: self.read.mode,
            purpose_out: self.read.purpose_out.clone(),
            purpose_in: self.read.purpose_in.clone(),
            defaults: self
                .read
                .defaults
                .iter()
                .map(|(kind, (name, _)): &(Kind, At)| (*kind, name.clone()))
                .collect(),
            same: self.read.same.iter().copied().collect(),
            given,
            figures: self.read.figures,
            dropped: self.read.dropped.iter().cloned().collect(),
            ..Mapping::default()
        };
        for (kind, row) in &self.read.rows {
            let (ours, theirs): (SmolStr, SmolStr) = (row.ours.clone(), row.theirs.clone());
            if *kind == Kind::Field {
                mapping.fields.push(Pair { ours, theirs, way: row.way });
                continue;
            }
            if row.way.goes_in() {
                mapping.back.insert((*kind, theirs.clone()), ours.clone());
            }
            if row.way.goes_out() && (row.back || !mapping.out.contains_key(&(*kind, ours.clone()))) {
                mapping.out.insert((*kind, ours), theirs);
            }
        }
        mapping
    }
}
