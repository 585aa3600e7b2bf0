//! The row of a case: inserted whole, afterwards only the columns that changed.
//!
//! SQLite rewrites every index that has a column of an UPDATE, whether or not its value is another; so each set of changed
//! columns has a statement of its own. Few sets occur, and their statements stay prepared. Start at [`put`].

use rusqlite::{Connection, Statement, params, types::ToSqlOutput};

use super::{Rusqlite, id};
use crate::write::{CaseRow, Changed, Column};

fn insert(db: &Connection, row: &CaseRow) -> Rusqlite<usize> {
    db.prepare_cached(
        "INSERT INTO case_row (tenant, case_id, version, number, stage, open, custodian, centre, lead, area, matter, source,
           urgency, hazard, suspended, received_at, filed_at, closed_at, due, next_step, lon_e7, lat_e7, title, address, head, state,
           component)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)
         ON CONFLICT (tenant, case_id) DO NOTHING",
    )?
    .execute(params![
        row.tenant.0, id(row.case), row.version, row.number.as_str(), row.stage, row.open, row.custodian.as_str(),
        row.centre.as_str(), row.lead.as_deref(), row.area.as_deref(), row.matter.as_deref(), row.source, row.urgency,
        row.hazard, row.suspended, row.received_at, row.filed_at, row.closed_at, row.due, row.next_step, row.lon_e7,
        row.lat_e7, row.title, row.address, row.head, row.state, row.component.as_deref(),
    ])
}

fn name(column: Column) -> &'static str {
    match column {
        Column::Stage => "stage",
        Column::Custodian => "custodian",
        Column::Lead => "lead",
        Column::Suspended => "suspended",
        Column::NextStep => "next_step",
        Column::Number => "number",
        Column::Open => "open",
        Column::Centre => "centre",
        Column::Area => "area",
        Column::Matter => "matter",
        Column::Source => "source",
        Column::Urgency => "urgency",
        Column::Hazard => "hazard",
        Column::ReceivedAt => "received_at",
        Column::FiledAt => "filed_at",
        Column::ClosedAt => "closed_at",
        Column::Due => "due",
        Column::Lon => "lon_e7",
        Column::Lat => "lat_e7",
        Column::Title => "title",
        Column::Address => "address",
    }
}

fn bind(to: &mut Statement<'_>, at: usize, column: Column, row: &CaseRow) -> Rusqlite<()> {
    match column {
        Column::Stage => to.raw_bind_parameter(at, row.stage),
        Column::Custodian => to.raw_bind_parameter(at, row.custodian.as_str()),
        Column::Lead => to.raw_bind_parameter(at, row.lead.as_deref()),
        Column::Suspended => to.raw_bind_parameter(at, row.suspended),
        Column::NextStep => to.raw_bind_parameter(at, row.next_step),
        Column::Number => to.raw_bind_parameter(at, row.number.as_str()),
        Column::Open => to.raw_bind_parameter(at, row.open),
        Column::Centre => to.raw_bind_parameter(at, row.centre.as_str()),
        Column::Area => to.raw_bind_parameter(at, row.area.as_deref()),
        Column::Matter => to.raw_bind_parameter(at, row.matter.as_deref()),
        Column::Source => to.raw_bind_parameter(at, row.source),
        Column::Urgency => to.raw_bind_parameter(at, row.urgency),
        Column::Hazard => to.raw_bind_parameter(at, row.hazard),
        Column::ReceivedAt => to.raw_bind_parameter(at, row.received_at),
        Column::FiledAt => to.raw_bind_parameter(at, row.filed_at),
        Column::ClosedAt => to.raw_bind_parameter(at, row.closed_at),
        Column::Due => to.raw_bind_parameter(at, row.due),
        Column::Lon => to.raw_bind_parameter(at, row.lon_e7),
        Column::Lat => to.raw_bind_parameter(at, row.lat_e7),
        Column::Title => to.raw_bind_parameter(at, row.title.as_deref()),
        Column::Address => to.raw_bind_parameter(at, row.address.as_deref()),
    }
}

/// The statement for a set of columns: theirs from `?7` on.
fn text(changed: Changed) -> String {
    let mut sql = String::from("UPDATE case_row SET version = ?4, head = ?5, state = ?6");
    for (no, column) in columns(changed).enumerate() {
        sql.push_str(&format!(", {} = ?{}", name(column), no + 7));
    }
    sql.push_str(" WHERE tenant = ?1 AND case_id = ?2 AND version = ?3");
    sql
}

fn columns(changed: Changed) -> impl Iterator<Item = Column> {
    Column::ALL.into_iter().filter(move |column| changed.has(*column))
}

fn update(db: &Connection, row: &CaseRow) -> Rusqlite<usize> {
    let mut statement = db.prepare_cached(&text(row.changed))?;
    statement.raw_bind_parameter(1, row.tenant.0)?;
    statement.raw_bind_parameter(2, id(row.case))?;
    statement.raw_bind_parameter(3, row.was)?;
    statement.raw_bind_parameter(4, row.version)?;
    statement.raw_bind_parameter(5, row.head)?;
    statement.raw_bind_parameter(6, ToSqlOutput::from(row.state.as_str()))?;
    for (no, column) in columns(row.changed).enumerate() {
        bind(&mut statement, no + 7, column, row)?;
    }
    statement.raw_execute()
}

/// Writes the row over the version that was read. None when it is not there.
pub(super) fn put(db: &Connection, row: &CaseRow) -> Rusqlite<Option<()>> {
    let written = if row.was == 0 { insert(db, row)? } else { update(db, row)? };
    Ok((written == 1).then_some(()))
}
