//! Counts: what stands open now, and what was received and became of it by day.

use huying_model::Instant;
use smol_str::SmolStr;

use super::seen::{Seen, and};
use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::RollupSum,
};

/// Open cases of an area at a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCount {
    /// None where the place is unknown.
    pub area: Option<SmolStr>,
    pub stage: SmolStr,
    pub open: i64,
    /// Of them, those whose promise has ended.
    pub overdue: i64,
}

/// Cases received in a span of days, by area and today's stage. The area is empty where the place is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaCount {
    pub area: SmolStr,
    pub stage: SmolStr,
    pub sum: RollupSum,
}

/// The same by matter; empty where none is given yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterCount {
    pub matter: SmolStr,
    pub stage: SmolStr,
    pub sum: RollupSum,
}

/// The same by day of receipt and source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970-01-01 in the store's offset: [`Store::day_of`].
    pub day: i64,
    pub source: SmolStr,
    pub stage: SmolStr,
    pub sum: RollupSum,
}

/// The statement of [`Store::open_by_area`].
pub(super) fn open_by_area(params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| seen.among("case_row", params));
    format!(
        "SELECT area, stage, COUNT(*), CAST(SUM(CASE WHEN due IS NOT NULL AND due <= $2 THEN 1 ELSE 0 END) AS bigint)
        FROM case_row WHERE tenant = $1 AND open = 1 AND received_at >= $3 AND received_at < $4{seen} GROUP BY area, stage ORDER BY area, stage"
    )
}

/// The statement of [`Store::frequent_matters`]. Within areas, their list stands behind the spans.
pub(super) fn frequent(params: &mut Vec<Value>, within: bool, seen: Option<&Seen>) -> String {
    let within = if within { " AND area IN @list($7)" } else { "" };
    let seen = and(seen, |seen| seen.among("case_row", params));
    format!(
        "SELECT matter, COUNT(*) FROM case_row WHERE tenant = $1 AND matter IS NOT NULL
          AND ((received_at >= $2 AND received_at < $3) OR (received_at >= $4 AND received_at < $5)){within}{seen}
        GROUP BY matter ORDER BY COUNT(*) DESC, matter LIMIT $6"
    )
}

fn sum(row: &Row, from: usize) -> Result<RollupSum, Fault> {
    Ok(RollupSum { n: row.int(from)?, late: row.int(from + 1)?, spent_ms: row.int(from + 2)? })
}

impl Store {
    /// The day of an instant, as the counts have it.
    pub fn day_of(&self, at: Instant) -> i64 {
        (at.0 + self.offset_ms).div_euclid(86_400_000)
    }

    /// Open cases by area and stage, with those overdue at `now`; of those received in a span where one is given, and of
    /// those that may be `seen`.
    pub async fn open_by_area(
        &self,
        tenant: TenantId,
        now: Instant,
        received: Option<(Instant, Instant)>,
        seen: Option<&Seen>,
    ) -> Result<Vec<OpenCount>, Fault> {
        let (from, until) = received.map_or((i64::MIN, i64::MAX), |(from, until)| (from.0, until.0));
        let mut params = vec![tenant.into(), now.0.into(), from.into(), until.into()];
        let text = open_by_area(&mut params, seen);
        let rows = self.db.query(&text, params).await?;
        rows.iter()
            .map(|row| {
                Ok(OpenCount {
                    area: row.opt_word(0)?,
                    stage: row.word(1)?,
                    open: row.int(2)?,
                    overdue: row.int(3)?,
                })
            })
            .collect()
    }

    /// The matters with the most cases received in either of two spans, of those that may be `seen`, within some areas (all where none
    /// is named); most first.
    pub async fn frequent_matters(
        &self,
        tenant: TenantId,
        spans: [(Instant, Instant); 2],
        areas: &[SmolStr],
        seen: Option<&Seen>,
        most: usize,
    ) -> Result<Vec<(SmolStr, i64)>, Fault> {
        let mut params: Vec<Value> = vec![tenant.into()];
        params.extend(spans.iter().flat_map(|(from, until)| [Value::from(from.0), Value::from(until.0)]));
        params.push(Value::Int(super::limit(most) as i64));
        if !areas.is_empty() {
            let list = serde_json::to_string(areas).map_err(|why| Fault::broken("asking for areas", why))?;
            params.push(list.into());
        }
        let text = frequent(&mut params, !areas.is_empty(), seen);
        let rows = self.db.query(&text, params).await?;
        rows.iter().map(|row| Ok((row.word(0)?, row.int(1)?))).collect()
    }

    /// Cases received from day `from` to day `to` (both included), by area and stage.
    pub async fn count_by_area(&self, tenant: TenantId, from: i64, to: i64) -> Result<Vec<AreaCount>, Fault> {
        let rows = self.db.query(sql::ROLLUP_BY_AREA, vec![tenant.into(), from.into(), to.into()]).await?;
        rows.iter()
            .map(|row| Ok(AreaCount { area: row.word(0)?, stage: row.word(1)?, sum: sum(row, 2)? }))
            .collect()
    }

    /// The same by matter and stage.
    pub async fn count_by_matter(
        &self,
        tenant: TenantId,
        from: i64,
        to: i64,
    ) -> Result<Vec<MatterCount>, Fault> {
        let rows = self.db.query(sql::ROLLUP_BY_MATTER, vec![tenant.into(), from.into(), to.into()]).await?;
        rows.iter()
            .map(|row| Ok(MatterCount { matter: row.word(0)?, stage: row.word(1)?, sum: sum(row, 2)? }))
            .collect()
    }

    /// The same by day, source and stage.
    pub async fn count_by_day(&self, tenant: TenantId, from: i64, to: i64) -> Result<Vec<DayCount>, Fault> {
        let rows = self.db.query(sql::ROLLUP_BY_DAY, vec![tenant.into(), from.into(), to.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(DayCount {
                    day: row.int(0)?,
                    source: row.word(1)?,
                    stage: row.word(2)?,
                    sum: sum(row, 3)?,
                })
            })
            .collect()
    }

    /// How many cases a tenant has. Counts rows: for tools, not for pages.
    pub async fn count_cases(&self, tenant: TenantId) -> Result<i64, Fault> {
        let rows = self.db.query(sql::COUNT_CASES, vec![tenant.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// The tenants that have cases.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, Fault> {
        let rows = self.db.query(sql::TENANTS, Vec::new()).await?;
        rows.iter().map(|row| row.int(0).map(TenantId)).collect()
    }
}
