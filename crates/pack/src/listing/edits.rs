//! From a table of the organisation to the file of edits that a change is made of.
//!
//! Owns which edit a cell becomes. What an edit does is [`crate::change`]'s. Start at [`edits`].

use huying_geo::{CellShape, Point};
use toml::{Table, Value};

use super::{Compared, Kind, RowOf, Went, ground::SHAPE};

/// The file of edits, without the lines `at` and `reason`; empty where nothing is otherwise.
pub fn edits(compared: &Compared) -> String {
    let mut all = Table::new();
    let mut rows: Vec<&RowOf> = compared.rows.iter().collect();
    if compared.kind == Kind::Areas {
        // Larger areas before what lies in them: the table of afterwards knows the order.
        let depths = compared.depths();
        rows.sort_by_key(|row| (row.went == Went::Ended, depths.get(&row.key).copied()));
    }
    for row in rows {
        for (name, mut table) in of(compared.kind, row) {
            if row.new_of(SHAPE).is_some() && table.remove(SHAPE).is_some() {
                let shape = compared.shapes.get(&row.key);
                table.extend(shape.map(|shape| (SHAPE.to_owned(), rings(shape))));
            }
            if let Value::Array(list) = all.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                list.push(Value::Table(table));
            }
        }
    }
    // A table of texts, numbers and lists can always be written.
    toml::to_string(&all).unwrap_or_default()
}

/// Rings of degrees; seven decimals are the whole units that are kept inside.
pub fn rings(shape: &CellShape) -> Value {
    let point = |point: &Point| Value::Array(vec![Value::Float(point.lon()), Value::Float(point.lat())]);
    let ring = |ring: &Vec<Point>| Value::Array(ring.iter().map(point).collect());
    Value::Array(shape.rings.iter().map(ring).collect())
}

fn text(value: impl Into<String>) -> Value {
    Value::String(value.into())
}

/// Degrees as numbers, counts as whole ones; what is neither stays a text and is told when the edits are read.
fn cell(column: &str, new: &str) -> Value {
    let float = || new.parse::<f64>().ok().map(Value::Float);
    let whole = || new.parse::<i64>().ok().map(Value::Integer);
    let read = match column {
        "lon" | "lat" => float(),
        "households" | "rank" if new.is_empty() => Some(Value::Integer(0)),
        "households" | "rank" => whole(),
        "seats" => {
            let seats = new.split([' ', ';', '；', '　']).filter(|seat| !seat.is_empty());
            Some(Value::Array(seats.map(text).collect()))
        }
        _ => None,
    };
    read.unwrap_or_else(|| text(new))
}

fn of(kind: Kind, row: &RowOf) -> Vec<(&'static str, Table)> {
    let id = match kind {
        Kind::Members => "member",
        Kind::Areas => "area",
        _ => "unit",
    };
    let named = |id: &str| Table::from_iter([(id.to_owned(), text(&row.key))]);
    let filled = |mut table: Table, skip: &[&str]| {
        let cells = row.cells.iter().filter(|cell| !skip.contains(&cell.column.as_str()));
        table.extend(cells.map(|one| (one.column.to_string(), cell(&one.column, &one.new))));
        table
    };
    match (kind, row.went) {
        (Kind::Areas, Went::Added) => vec![("add_area", filled(Table::new(), &[]))],
        (Kind::Areas, Went::Changed) => vec![("change_area", filled(named(id), &[]))],
        (Kind::Areas, Went::Ended) => vec![("end_area", named(id))],
        (Kind::Units, Went::Added) => vec![("add_unit", filled(Table::new(), &[]))],
        (Kind::Units, Went::Changed) => {
            let mut edits = Vec::new();
            if let Some(area) = row.new_of("area") {
                let mut table = named(id);
                table.insert("area".to_owned(), text(area));
                edits.push(("move_unit", table));
            }
            let other = filled(named(id), &["area"]);
            if other.len() > 1 {
                edits.push(("change_unit", other));
            }
            edits
        }
        (Kind::Units, Went::Ended) => vec![("close_unit", named(id))],
        (Kind::Members, Went::Ended) => {
            let mut table = named(id);
            table.insert("seats".to_owned(), Value::Array(Vec::new()));
            vec![("seats", table)]
        }
        (Kind::Members, Went::Changed | Went::Added) => vec![("seats", filled(named(id), &["id"]))],
        _ => Vec::new(),
    }
}
