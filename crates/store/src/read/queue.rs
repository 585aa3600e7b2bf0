//! Queues: what units must do now, earliest due first.

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::{
    Page, bad_cursor, one_more, paged, parts,
    seen::{Seen, and},
};
use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::NO_DUE,
};

/// One line of a queue, with what the desk shows of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLine {
    pub unit: SmolStr,
    /// When this unit's own clock ends; None where none runs.
    pub due: Option<Instant>,
    pub case: CaseId,
    /// `custody`, `assignment`, `call`, `request`, `attention` or `trace`.
    pub kind: SmolStr,
    /// Call, request or trace number; 0 otherwise.
    pub no: i64,
    pub paused: bool,
    pub number: SmolStr,
    pub title: Option<String>,
    pub address: Option<String>,
    pub stage: SmolStr,
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: SmolStr,
    pub urgency: SmolStr,
    pub hazard: bool,
    pub suspended: bool,
    pub lead: Option<SmolStr>,
    pub custodian: SmolStr,
    pub received_at: Instant,
    /// When the public promise (before filing, the intake) ends.
    pub promise: Option<Instant>,
}

/// How a unit's queue stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    pub unit: SmolStr,
    pub overdue: i64,
    pub soon: i64,
    pub fine: i64,
    pub paused: i64,
}

/// Which part of a queue: codes of [`huying_model::todo::TodoKind`] and of stages. An empty list has nothing.
#[derive(Clone, Copy, Debug)]
pub struct QueuePart {
    pub kinds: &'static [&'static str],
    pub stages: &'static [&'static str],
}

/// Lines of one kind at one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartCount {
    pub kind: SmolStr,
    pub stage: SmolStr,
    pub lines: i64,
    pub overdue: i64,
}

fn line(row: &Row) -> Result<QueueLine, Fault> {
    let due = row.int(1)?;
    Ok(QueueLine {
        unit: row.word(0)?,
        due: (due != NO_DUE).then_some(Instant(due)),
        case: row.id(2)?,
        kind: row.word(3)?,
        no: row.int(4)?,
        paused: row.flag(5)?,
        number: row.word(6)?,
        title: row.opt_text(7)?.map(str::to_owned),
        stage: row.word(8)?,
        area: row.opt_word(9)?,
        matter: row.opt_word(10)?,
        source: row.word(11)?,
        urgency: row.word(12)?,
        hazard: row.flag(13)?,
        suspended: row.flag(14)?,
        lead: row.opt_word(15)?,
        custodian: row.word(16)?,
        received_at: Instant(row.int(17)?),
        promise: row.opt_int(18)?.map(Instant),
        address: row.opt_text(19)?.map(str::to_owned),
    })
}

fn order(line: &QueueLine) -> (i64, CaseId, SmolStr, i64, SmolStr) {
    (line.due.map_or(NO_DUE, |at| at.0), line.case, line.kind.clone(), line.no, line.unit.clone())
}

fn place(line: &QueueLine) -> String {
    let (due, case, kind, no, _) = order(line);
    format!("{due}~{case}~{no}~{kind}")
}

fn after(cursor: Option<&str>) -> Result<[Value; 4], Fault> {
    let Some(cursor) = cursor else {
        return Ok([Value::Int(i64::MIN), Value::Blob(Vec::new()), "".into(), Value::Int(-1)]);
    };
    let [due, case, no, kind] = parts(cursor)?;
    let number = |text: &str| text.parse::<i64>().map_err(|_why| bad_cursor());
    let case: CaseId = case.parse().map_err(|_why| bad_cursor())?;
    Ok([number(due)?.into(), case.into(), kind.into(), number(no)?.into()])
}

/// The statement of [`Store::queue`].
pub(super) fn lines_of(params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| seen.fits("c", params));
    format!("{}{seen} ORDER BY t.due, t.case_id, t.kind, t.no LIMIT $7", sql::QUEUE)
}

/// How many lines each unit has by when they are due; it ends with what may be seen, and with its groups.
const COUNTS: &str = "SELECT unit, CAST(SUM(CASE WHEN paused = 0 AND due <= $3 THEN 1 ELSE 0 END) AS bigint),
          CAST(SUM(CASE WHEN paused = 0 AND due > $3 AND due <= $4 THEN 1 ELSE 0 END) AS bigint),
          CAST(SUM(CASE WHEN paused = 0 AND due > $4 THEN 1 ELSE 0 END) AS bigint),
          CAST(SUM(paused) AS bigint)
        FROM todo WHERE tenant = $1 AND unit IN @list($2)";

/// The statement of [`Store::queue_counts`].
pub(super) fn counts_of(params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| {
        let fits = seen.fits("c", params);
        format!(
            "EXISTS (SELECT 1 FROM case_row c WHERE c.tenant = todo.tenant AND c.case_id = todo.case_id AND {fits})"
        )
    });
    format!("{}{seen} GROUP BY unit ORDER BY unit", COUNTS)
}

impl Store {
    /// The queue of one or more units, earliest due first, lines without a due instant last; only lines of cases that may be
    /// `seen`. Whoever sits in the units needs none: a line is a part in its case.
    pub async fn queue(
        &self,
        tenant: TenantId,
        units: &[SmolStr],
        seen: Option<&Seen>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<QueueLine>, Fault> {
        let mut lines = Vec::new();
        for unit in units {
            let [due, case, kind, no] = after(cursor)?;
            let mut params = vec![tenant.into(), unit.into(), due, case, kind, no, one_more(limit)];
            let text = lines_of(&mut params, seen);
            for row in self.db.query(&text, params).await? {
                lines.push(line(&row)?);
            }
        }
        lines.sort_by_cached_key(order);
        Ok(paged(lines, limit, place))
    }

    /// A part of these units' queues: lines of any of these kinds, of cases at any of these stages.
    pub async fn queue_part(
        &self,
        tenant: TenantId,
        units: &[SmolStr],
        part: &QueuePart,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<QueueLine>, Fault> {
        let list = |codes: &[&str]| {
            serde_json::to_string(codes).map_err(|why| Fault::broken("asking for a part of a queue", why))
        };
        let (kinds, stages) = (list(part.kinds)?, list(part.stages)?);
        let mut lines = Vec::new();
        for unit in units {
            let [due, case, kind, no] = after(cursor)?;
            let params = vec![
                tenant.into(),
                unit.into(),
                due,
                case,
                kind,
                no,
                one_more(limit),
                kinds.clone().into(),
                stages.clone().into(),
            ];
            for row in self.db.query(sql::QUEUE_PART, params).await? {
                lines.push(line(&row)?);
            }
        }
        lines.sort_by_cached_key(order);
        Ok(paged(lines, limit, place))
    }

    /// How many lines these units' queues have, by kind and stage.
    pub async fn queue_parts(
        &self,
        tenant: TenantId,
        units: &[SmolStr],
        now: Instant,
    ) -> Result<Vec<PartCount>, Fault> {
        let list = serde_json::to_string(units).map_err(|why| Fault::broken("asking for counts", why))?;
        let rows = self.db.query(sql::QUEUE_PARTS, vec![tenant.into(), list.into(), now.0.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(PartCount {
                    kind: row.word(0)?,
                    stage: row.word(1)?,
                    lines: row.int(2)?,
                    overdue: row.int(3)?,
                })
            })
            .collect()
    }

    /// How many cases each of these units has in custody or takes part in. Units without any are left out.
    pub async fn open_work(&self, tenant: TenantId, units: &[SmolStr]) -> Result<Vec<(SmolStr, i64)>, Fault> {
        let list = serde_json::to_string(units).map_err(|why| Fault::broken("asking for open work", why))?;
        let rows = self.db.query(sql::OPEN_WORK, vec![tenant.into(), list.into()]).await?;
        rows.iter().map(|row| Ok((row.word(0)?, row.int(1)?))).collect()
    }

    /// How the queues of these units stand: overdue at `now`, due until `soon`, fine, paused; only lines of cases that may be
    /// `seen`. Units without lines are left out.
    pub async fn queue_counts(
        &self,
        tenant: TenantId,
        units: &[SmolStr],
        seen: Option<&Seen>,
        now: Instant,
        soon: Instant,
    ) -> Result<Vec<QueueCount>, Fault> {
        let list = serde_json::to_string(units).map_err(|why| Fault::broken("asking for counts", why))?;
        let mut params = vec![tenant.into(), list.into(), now.0.into(), soon.0.into()];
        let text = counts_of(&mut params, seen);
        let rows = self.db.query(&text, params).await?;
        rows.iter()
            .map(|row| {
                Ok(QueueCount {
                    unit: row.word(0)?,
                    overdue: row.int(1)?,
                    soon: row.int(2)?,
                    fine: row.int(3)?,
                    paused: row.int(4)?,
                })
            })
            .collect()
    }
}
