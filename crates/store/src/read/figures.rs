//! What figures are summed from: cases that are alike in everything that a figure is told by, counted together.
//!
//! Owns the one statement in which a case counts as open, overdue, closed in time. Refuses to say what a share or a rank is: the
//! engine sums (its page `insight`). Start at [`Store::heaps`].

use std::ops::AddAssign;

use huying_model::Instant;
use smol_str::SmolStr;

use super::{Seen, made::Made};
use crate::{Fault, Store, TenantId, value::Row};

/// Which cases are counted, and at which moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Among {
    /// Those received from the first instant until before the second; None for those that are open.
    pub received: Option<(Instant, Instant)>,
    /// Those in one of these areas; empty for all, those without a place too.
    pub areas: Vec<SmolStr>,
    pub now: Instant,
    /// What ends by then is soon due.
    pub soon: Instant,
    /// What the reader may see; None for everything.
    pub seen: Option<Seen>,
}

/// Cases counted. Every open case is one of overdue, soon, fine and paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub cases: i64,
    pub open: i64,
    /// Open, and what runs (the promise; before filing the intake) has ended.
    pub overdue: i64,
    pub soon: i64,
    /// Open without a clock that runs.
    pub paused: i64,
    /// At the stage closed.
    pub closed: i64,
    /// Closed by the promised instant.
    pub kept: i64,
    /// Closed after it.
    pub late: i64,
    /// Filed, still open, and the promise has ended.
    pub broken: i64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.cases += other.cases;
        self.open += other.open;
        self.overdue += other.overdue;
        self.soon += other.soon;
        self.paused += other.paused;
        self.closed += other.closed;
        self.kept += other.kept;
        self.late += other.late;
        self.broken += other.broken;
    }
}

/// Cases that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: SmolStr,
    pub urgency: SmolStr,
    pub hazard: bool,
    pub lead: Option<SmolStr>,
    pub stage: SmolStr,
    pub sum: Sum,
}

const ALIKE: &str = "area, matter, source, urgency, hazard, lead, stage";
const DAY_MS: i64 = 86_400_000;

/// The counts, in the order of [`Sum`].
fn sums(now: usize, soon: usize) -> String {
    let when = |condition: String| format!(", CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS bigint)");
    let conditions = [
        "open = 1".to_owned(),
        format!("open = 1 AND due <= ${now}"),
        format!("open = 1 AND due > ${now} AND due <= ${soon}"),
        "open = 1 AND due IS NULL".to_owned(),
        "stage = 'closed'".to_owned(),
        "stage = 'closed' AND closed_at <= due".to_owned(),
        "stage = 'closed' AND closed_at > due".to_owned(),
        format!("open = 1 AND filed_at IS NOT NULL AND due <= ${now}"),
    ];
    format!("COUNT(*){}", conditions.map(when).concat())
}

fn sum(row: &Row, from: usize) -> Result<Sum, Fault> {
    Ok(Sum {
        cases: row.int(from)?,
        open: row.int(from + 1)?,
        overdue: row.int(from + 2)?,
        soon: row.int(from + 3)?,
        paused: row.int(from + 4)?,
        closed: row.int(from + 5)?,
        kept: row.int(from + 6)?,
        late: row.int(from + 7)?,
        broken: row.int(from + 8)?,
    })
}

/// A statement that counts by `keys`. A day is counted in the store's offset, as everywhere in the store.
fn make(tenant: TenantId, among: &Among, offset_ms: Option<i64>) -> Made {
    let mut made = Made::of(tenant, String::new());
    let (now, soon) = (made.param(among.now.0), made.param(among.soon.0));
    let keys = match offset_ms {
        Some(offset) => format!("(received_at + ${}) / {DAY_MS}", made.param(offset)),
        None => ALIKE.to_owned(),
    };
    made.sql = format!("SELECT {keys}, {} FROM case_row WHERE tenant = $1", sums(now, soon));
    match among.received {
        Some((from, until)) => {
            made.and("received_at >= #", from.0);
            made.and("received_at < #", until.0);
        }
        None => made.sql.push_str(" AND open = 1"),
    }
    made.one_of("area", &among.areas);
    if let Some(seen) = &among.seen {
        let condition = seen.among("case_row", &mut made.params);
        made.sql.push_str(&format!(" AND {condition}"));
    }
    // A day by its place in the list: its text holds a parameter.
    let by = if offset_ms.is_some() { "1" } else { ALIKE };
    made.sql.push_str(&format!(" GROUP BY {by} ORDER BY {by}"));
    made
}

/// Every statement of this page, for the test that prepares all of them.
pub(super) fn shapes() -> Vec<String> {
    let ground = Seen { areas: vec!["5".into()], ..Seen::default() };
    let mut shapes = Vec::new();
    for seen in [None, Some(Seen::default()), Some(ground)] {
        for received in [None, Some((Instant(0), Instant(1)))] {
            let areas = vec![SmolStr::new("a"), SmolStr::new("b")];
            let among = Among { received, areas, now: Instant(0), soon: Instant(1), seen: seen.clone() };
            shapes.push(make(TenantId(1), &among, None).sql);
            shapes.push(make(TenantId(1), &among, Some(0)).sql);
        }
    }
    shapes
}

impl Store {
    /// The cases in heaps of those that are alike.
    pub async fn heaps(&self, tenant: TenantId, among: &Among) -> Result<Vec<Heap>, Fault> {
        let made = make(tenant, among, None);
        let rows = self.db.query(&made.sql, made.params).await?;
        rows.iter()
            .map(|row| {
                Ok(Heap {
                    area: row.opt_word(0)?,
                    matter: row.opt_word(1)?,
                    source: row.word(2)?,
                    urgency: row.word(3)?,
                    hazard: row.flag(4)?,
                    lead: row.opt_word(5)?,
                    stage: row.word(6)?,
                    sum: sum(row, 7)?,
                })
            })
            .collect()
    }

    /// The same cases by their day of receipt ([`Store::day_of`]), earliest first; days without any are left out.
    pub async fn days(&self, tenant: TenantId, among: &Among) -> Result<Vec<(i64, Sum)>, Fault> {
        let made = make(tenant, among, Some(self.offset_ms));
        let rows = self.db.query(&made.sql, made.params).await?;
        rows.iter().map(|row| Ok((row.int(0)?, sum(row, 1)?))).collect()
    }
}
