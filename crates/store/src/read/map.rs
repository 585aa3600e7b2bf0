//! Where cases are: points of a map window, all open ones for tiles, and likely duplicates nearby.

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::{
    Filter,
    seen::{Seen, and},
};
use crate::{
    Fault, Store, TenantId,
    value::{Row, Value},
};

/// A window in 1e-7 degrees, both ends included. One that crosses the 180th meridian is asked for in two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub west_e7: i32,
    pub south_e7: i32,
    pub east_e7: i32,
    pub north_e7: i32,
}

/// A case on a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub case: CaseId,
    pub number: SmolStr,
    pub title: Option<String>,
    pub stage: SmolStr,
    pub matter: Option<SmolStr>,
    pub area: Option<SmolStr>,
    pub urgency: SmolStr,
    pub lon_e7: i32,
    pub lat_e7: i32,
    pub due: Option<Instant>,
    pub received_at: Instant,
}

/// An open case as a tile needs it. What has no point, as every dispute, is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub case: CaseId,
    pub number: SmolStr,
    pub matter: Option<SmolStr>,
    pub area: Option<SmolStr>,
    pub lon_e7: i32,
    pub lat_e7: i32,
    /// The end of its promise; None where that does not run.
    pub due: Option<Instant>,
}

/// What makes a case a likely duplicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    pub matter: SmolStr,
    pub bounds: Bounds,
    pub received_from: Instant,
    pub received_to: Instant,
}

/// A case that may be the same. The distance is the caller's to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    pub case: CaseId,
    pub number: SmolStr,
    pub title: Option<String>,
    pub stage: SmolStr,
    pub lon_e7: i32,
    pub lat_e7: i32,
    pub received_at: Instant,
}

fn degree(row: &Row, at: usize) -> Result<i32, Fault> {
    i32::try_from(row.int(at)?).map_err(|why| Fault::broken("reading a point", why))
}

const WINDOW: &str = "SELECT case_id, number, title, stage, matter, area, urgency, lon_e7, lat_e7, due, received_at FROM case_row
    WHERE tenant = $1 AND lon_e7 BETWEEN $2 AND $3 AND lat_e7 BETWEEN $4 AND $5";

/// The statements of the map window, open cases only and all, for the test that prepares everything.
pub(super) fn window(open_only: bool, params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let (span, limit) =
        if open_only { (" AND open = 1", 6) } else { (" AND received_at >= $6 AND received_at < $7", 8) };
    let seen = and(seen, |seen| seen.among("case_row", params));
    format!("{WINDOW}{span}{seen} ORDER BY received_at DESC, case_id DESC LIMIT ${limit}")
}

/// The statement of all open cases with a point, the newest first.
pub(super) fn open_placed(params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| seen.among("case_row", params));
    format!(
        "SELECT case_id, number, matter, area, lon_e7, lat_e7, due FROM case_row
        WHERE tenant = $1 AND open = 1 AND lon_e7 IS NOT NULL AND lat_e7 IS NOT NULL{seen}
        ORDER BY received_at DESC, case_id DESC LIMIT $2"
    )
}

/// The statement of likely duplicates: same matter, in a box, received within a span.
pub(super) fn neighbourhood(params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| seen.fits("case_row", params));
    format!(
        "SELECT case_id, number, title, stage, lon_e7, lat_e7, received_at FROM case_row @by(case_matter)
        WHERE tenant = $1 AND matter = $2 AND received_at >= $3 AND received_at <= $4
          AND lon_e7 BETWEEN $5 AND $6 AND lat_e7 BETWEEN $7 AND $8{seen}
        ORDER BY received_at DESC, case_id LIMIT $9"
    )
}

impl Store {
    /// Cases in a window, newest first: open ones, or (with a span in `filter`) all that were received in it. Of the filter,
    /// the span, `open_only` and what is `seen` count; at most `limit` up to 20,000.
    pub async fn map(
        &self,
        tenant: TenantId,
        bounds: Bounds,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Point>, Fault> {
        let mut params: Vec<Value> = vec![
            tenant.into(),
            bounds.west_e7.into(),
            bounds.east_e7.into(),
            bounds.south_e7.into(),
            bounds.north_e7.into(),
        ];
        let open_only =
            filter.open_only || (filter.received_from.is_none() && filter.received_until.is_none());
        if !open_only {
            params.push(filter.received_from.map_or(i64::MIN, |at| at.0).into());
            params.push(filter.received_until.map_or(i64::MAX, |at| at.0).into());
        }
        params.push(Value::Int(limit.clamp(1, 20_000) as i64));
        let text = window(open_only, &mut params, filter.seen.as_ref());
        let rows = self.db.query(&text, params).await?;
        rows.iter().map(point).collect()
    }

    /// Open cases with a point, of those that may be `seen`, the newest first, at most `most`.
    pub async fn open_placed(
        &self,
        tenant: TenantId,
        seen: Option<&Seen>,
        most: usize,
    ) -> Result<Vec<Placed>, Fault> {
        let mut params = vec![tenant.into(), Value::Int(i64::try_from(most).unwrap_or(i64::MAX))];
        let text = open_placed(&mut params, seen);
        let placed = |row: &Row| {
            Ok(Placed {
                case: row.id(0)?,
                number: row.word(1)?,
                matter: row.opt_word(2)?,
                area: row.opt_word(3)?,
                lon_e7: degree(row, 4)?,
                lat_e7: degree(row, 5)?,
                due: row.opt_int(6)?.map(Instant),
            })
        };
        self.db.query(&text, params).await?.iter().map(placed).collect()
    }

    /// Cases of the same matter in a box and span of time, of those that may be `seen`, newest first.
    pub async fn nearby(
        &self,
        tenant: TenantId,
        near: &Near,
        seen: Option<&Seen>,
        limit: usize,
    ) -> Result<Vec<Nearby>, Fault> {
        let mut params = vec![
            tenant.into(),
            near.matter.clone().into(),
            near.received_from.0.into(),
            near.received_to.0.into(),
            near.bounds.west_e7.into(),
            near.bounds.east_e7.into(),
            near.bounds.south_e7.into(),
            near.bounds.north_e7.into(),
            Value::Int(super::limit(limit) as i64),
        ];
        let text = neighbourhood(&mut params, seen);
        let rows = self.db.query(&text, params).await?;
        rows.iter()
            .map(|row| {
                Ok(Nearby {
                    case: row.id(0)?,
                    number: row.word(1)?,
                    title: row.opt_text(2)?.map(str::to_owned),
                    stage: row.word(3)?,
                    lon_e7: degree(row, 4)?,
                    lat_e7: degree(row, 5)?,
                    received_at: Instant(row.int(6)?),
                })
            })
            .collect()
    }
}

fn point(row: &Row) -> Result<Point, Fault> {
    Ok(Point {
        case: row.id(0)?,
        number: row.word(1)?,
        title: row.opt_text(2)?.map(str::to_owned),
        stage: row.word(3)?,
        matter: row.opt_word(4)?,
        area: row.opt_word(5)?,
        urgency: row.word(6)?,
        lon_e7: degree(row, 7)?,
        lat_e7: degree(row, 8)?,
        due: row.opt_int(9)?.map(Instant),
        received_at: Instant(row.int(10)?),
    })
}
