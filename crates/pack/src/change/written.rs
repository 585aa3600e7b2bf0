//! Edits of areas as a person chooses them on a form, written as the file that a change is made of ([`super::read`]).
//!
//! Owns the spelling only. Whether an edit can be made is told when the file is read, so that a form and a file written by hand are
//! refused for the same reasons. Start at [`edits`], then [`whole`].

use huying_geo::CellShape;
use huying_model::org::Unit;
use toml::{Table, Value};

use crate::listing::rings;

/// What somebody wants of areas, and of the units that serve them.
#[derive(Clone, PartialEq, Debug)]
pub enum Edit {
    /// One area becomes several.
    Split { area: String, into: Vec<Part> },
    /// Several become one: one of them, or a new one.
    Merge { areas: Vec<String>, code: String, name: String, name_en: String },
    /// One is named otherwise, lies elsewhere or is drawn otherwise. What is empty stays.
    Change { area: String, name: String, name_en: String, parent: String, shape: Option<CellShape> },
    /// One ends.
    End { area: String },
    /// A unit serves another area.
    Move { unit: String, area: String },
    /// A unit begins.
    Begin { unit: Box<Unit> },
}

/// One of the areas that an area becomes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Part {
    pub code: String,
    pub name: String,
    pub name_en: String,
    /// Areas below the old one that it takes.
    pub areas: Vec<String>,
    pub shape: Option<CellShape>,
}

/// The edits, without the lines `at` and `reason`.
pub fn edits(edits: &[Edit]) -> String {
    let mut all = Table::new();
    for edit in edits {
        let (name, table) = of(edit);
        if let Value::Array(list) = all.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(Value::Table(table));
        }
    }
    // A table of texts, numbers and lists can always be written.
    toml::to_string(&all).unwrap_or_default()
}

/// The file: from when on, why, and the edits as [`edits`] or a person wrote them.
pub fn whole(at: &str, reason: &str, edits: &str) -> String {
    format!("at = {}\nreason = {}\n\n{edits}", text(at), text(reason))
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn list(values: &[String]) -> Value {
    Value::Array(values.iter().map(|value| text(value)).collect())
}

/// The texts that are not empty.
fn filled(table: &mut Table, texts: &[(&str, &str)]) {
    let some = texts.iter().filter(|(_, value)| !value.is_empty());
    table.extend(some.map(|(key, value)| ((*key).to_owned(), text(value))));
}

fn of(edit: &Edit) -> (&'static str, Table) {
    let mut table = Table::new();
    let name = match edit {
        Edit::Split { area, into } => {
            table.insert("area".to_owned(), text(area));
            table.insert("into".to_owned(), Value::Array(into.iter().map(part).collect()));
            "split_area"
        }
        Edit::Merge { areas, code, name, name_en } => {
            table.insert("areas".to_owned(), list(areas));
            table.insert("code".to_owned(), text(code));
            filled(&mut table, &[("name", name.as_str())]);
            // One that stays keeps its English name; only a new one brings its own.
            if !areas.contains(code) {
                filled(&mut table, &[("name_en", name_en.as_str())]);
            }
            "merge_areas"
        }
        Edit::Change { area, name, name_en, parent, shape } => {
            table.insert("area".to_owned(), text(area));
            let texts = [("name", name.as_str()), ("name_en", name_en.as_str()), ("parent", parent.as_str())];
            filled(&mut table, &texts);
            table.extend(shape.iter().map(|shape| ("shape".to_owned(), rings(shape))));
            "change_area"
        }
        Edit::End { area } => {
            table.insert("area".to_owned(), text(area));
            "end_area"
        }
        Edit::Move { unit, area } => {
            filled(&mut table, &[("unit", unit.as_str()), ("area", area.as_str())]);
            "move_unit"
        }
        Edit::Begin { unit } => {
            let kind = serde_json::to_value(unit.kind).unwrap_or_default();
            let home = unit.home.as_ref().map_or("", |home| home.as_str());
            let texts = [
                ("id", unit.id.as_str()),
                ("name", unit.name.as_str()),
                ("function", unit.function.as_str()),
            ];
            filled(&mut table, &texts);
            let rest =
                [("kind", kind.as_str().unwrap_or_default()), ("area", unit.area.as_str()), ("home", home)];
            filled(&mut table, &rest);
            "add_unit"
        }
    };
    (name, table)
}

fn part(part: &Part) -> Value {
    let mut table = Table::new();
    table.insert("code".to_owned(), text(&part.code));
    filled(&mut table, &[("name", part.name.as_str()), ("name_en", part.name_en.as_str())]);
    if !part.areas.is_empty() {
        table.insert("areas".to_owned(), list(&part.areas));
    }
    table.extend(part.shape.iter().map(|shape| ("shape".to_owned(), rings(shape))));
    Value::Table(table)
}

#[cfg(test)]
mod tests {
    use huying_geo::Point;

    use super::*;

    fn corner(lon_e7: i32, lat_e7: i32) -> Point {
        Point::new(lon_e7, lat_e7)
    }

    #[test]
    fn a_split_is_written_as_one_writes_it_by_hand() {
        let shape =
            CellShape::rectangle(corner(1_100_000_000, 300_100_000), corner(1_100_040_000, 300_200_000));
        let into = vec![
            Part { code: "a3".into(), name: "三".into(), shape: Some(shape), ..Part::default() },
            Part { code: "a4".into(), name: "四".into(), areas: vec!["a1x".into()], ..Part::default() },
        ];
        let written = edits(&[Edit::Split { area: "a1".into(), into }]);
        let by_hand = "[[split_area]]\narea = \"a1\"\n\
            [[split_area.into]]\ncode = \"a3\"\nname = \"三\"\n\
            shape = [[[110.0, 30.01], [110.004, 30.01], [110.004, 30.02], [110.0, 30.02]]]\n\
            [[split_area.into]]\ncode = \"a4\"\nname = \"四\"\nareas = [\"a1x\"]\n";
        let read = |text: &str| text.parse::<Table>().unwrap();
        assert_eq!(read(&written), read(by_hand), "{written}");
    }

    #[test]
    fn a_merger_brings_an_english_name_only_where_its_area_is_new() {
        let merge = |code: &str| Edit::Merge {
            areas: vec!["a1".into(), "a2".into()],
            code: code.into(),
            name: String::new(),
            name_en: "Both".into(),
        };
        let of = |code: &str| whole("2026-05-13", "合并", &edits(&[merge(code)])).parse::<Table>().unwrap();
        let named = |table: &Table| table["merge_areas"][0].get("name_en").is_some();
        assert!(named(&of("a3")) && !named(&of("a2")));
        assert_eq!(
            (of("a3")["at"].as_str(), of("a3")["reason"].as_str()),
            (Some("2026-05-13"), Some("合并"))
        );
    }

    #[test]
    fn units_go_with_the_parts_of_their_area_and_new_ones_begin() {
        use huying_model::{AreaCode, UnitId, ids::Function, org::UnitKind};
        let unit = Unit {
            id: UnitId::new("team-3"),
            name: "三队".into(),
            kind: UnitKind::GridTeam,
            function: Function::new("grid-team"),
            area: AreaCode::new("a3"),
            home: None,
            from: None,
            until: None,
        };
        let moved = Edit::Move { unit: "team-1".into(), area: "a4".into() };
        let written = edits(&[moved, Edit::Begin { unit: Box::new(unit) }]);
        let by_hand = "[[move_unit]]\nunit = \"team-1\"\narea = \"a4\"\n\
            [[add_unit]]\nid = \"team-3\"\nname = \"三队\"\nkind = \"grid_team\"\nfunction = \"grid-team\"\narea = \"a3\"\n";
        assert_eq!(written.parse::<Table>().unwrap(), by_hand.parse::<Table>().unwrap(), "{written}");
    }

    #[test]
    fn what_is_empty_stays() {
        let change = Edit::Change {
            area: "a1".into(),
            name: "新".into(),
            name_en: String::new(),
            parent: String::new(),
            shape: None,
        };
        let table = edits(&[change, Edit::End { area: "a2".into() }]).parse::<Table>().unwrap();
        assert_eq!(table["change_area"][0].as_table().map(Table::len), Some(2));
        assert_eq!(table["end_area"][0]["area"].as_str(), Some("a2"));
    }
}
