//! Figures upward: what was received in a day and became of it, pushed by the day or by the hour.
//!
//! By the day, each of the last five weeks is pushed once a day, since cases end long after they came; by the hour, the day that runs.
//! The newer push of a period takes the place of the older at the receiver. Counts only; no case and no person. Start at [`Exchange::push_figures`].

use std::sync::PoisonError;

use huying_model::{CaseId, Instant};
use huying_pack::partner::{Every, Kind, Mapping};
use huying_store::{
    TenantId,
    exchange::{NewOut, OutRow},
};
use jiff::civil::Date;
use serde_json::{Value, json};
use smol_str::format_smolstr;

use super::{
    Exchange,
    event::Event,
    partner::{Known, Partners},
    tell::Saying,
    translate,
};
use crate::Error;

/// Figures belong to no case: they stand under this one.
const NO_CASE: CaseId = CaseId(0);
const HOUR_MS: i64 = 3_600_000;
/// Days that are told anew each day.
const AGAIN: i64 = 35;

/// A day of the counts as people write it.
fn written(day: i64) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let days = i32::try_from(day).unwrap_or(0);
    epoch.checked_add(jiff::Span::new().days(days)).map_or_else(|_| String::new(), |date| date.to_string())
}

impl Exchange {
    /// Puts the figures that are due behind what goes out, each once.
    pub(super) async fn push_figures(&self, tenant: TenantId, known: &Partners) -> Result<(), Error> {
        let now = self.engine.now();
        let store = self.engine.store();
        let mut new = Vec::new();
        for partner in known.iter().filter(|partner| partner.row.active) {
            let Some(every) = partner.mapping.as_ref().and_then(|mapping| mapping.figures) else { continue };
            let (days, when) = match every {
                // Most of what was received in a day ends after it: its counts are told anew for as long as they may change.
                Every::Day => {
                    let today = store.day_of(now);
                    (today - AGAIN..today, written(today))
                }
                Every::Hour => {
                    let day = store.day_of(now.plus_ms(-HOUR_MS));
                    (day..day + 1, now.0.div_euclid(HOUR_MS).to_string())
                }
            };
            let turn = format_smolstr!("{when}");
            let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
            if pushed.get(&(tenant, partner.row.id.clone())) == Some(&turn) {
                continue;
            }
            pushed.insert((tenant, partner.row.id.clone()), turn);
            new.extend(days.map(|day| NewOut {
                partner: partner.row.id.clone(),
                case: NO_CASE,
                id: format_smolstr!("{}:figures:{}:{when}", partner.row.id, written(day)),
                kind: Saying::Figures.code().into(),
                seq: u32::try_from(day).unwrap_or(0),
                stream: 0,
                position: 0,
                at: now,
                reason: None,
            }));
        }
        if new.is_empty() {
            return Ok(());
        }
        let kept = store.add_out(tenant, &new).await;
        if kept.is_err() {
            self.pushed.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        kept.map(drop).map_err(Error::from)
    }

    /// The event of a push, counted when it is sent.
    pub(super) async fn figures_event(
        &self,
        tenant: TenantId,
        (partner, mapping): (&Known, &Mapping),
        row: &OutRow,
    ) -> Result<Event, Error> {
        let day = i64::from(row.seq);
        let now: Instant = self.engine.now();
        Ok(Event {
            id: row.id.to_string(),
            source: partner.row.own.clone(),
            kind: translate::kind(mapping, Saying::Figures),
            subject: Some(format!("figures-{}", written(day))),
            time: Some(now),
            sequence: None,
            data: self.counted(tenant, mapping, day).await?,
        })
    }

    async fn counted(&self, tenant: TenantId, mapping: &Mapping, day: i64) -> Result<Value, Error> {
        let store = self.engine.store();
        let name = |kind: Kind, ours: &str| {
            mapping.theirs(kind, ours).map_or_else(|| ours.to_owned(), |theirs| theirs.to_string())
        };
        let row = |what: &str, name: String, stage: &str, n: i64, late: i64, spent: i64| json!({what: name, "stage": stage, "cases": n, "late": late, "spent_ms": spent});
        let areas = store.count_by_area(tenant, day, day).await?;
        let areas: Vec<Value> = areas
            .iter()
            .map(|it| {
                row("area", name(Kind::Area, &it.area), &it.stage, it.sum.n, it.sum.late, it.sum.spent_ms)
            })
            .collect();
        let matters = store.count_by_matter(tenant, day, day).await?;
        let matters: Vec<Value> = matters
            .iter()
            .map(|it| {
                row(
                    "matter",
                    name(Kind::Matter, &it.matter),
                    &it.stage,
                    it.sum.n,
                    it.sum.late,
                    it.sum.spent_ms,
                )
            })
            .collect();
        let sources = store.count_by_day(tenant, day, day).await?;
        let sources: Vec<Value> = sources
            .iter()
            .map(|it| {
                row(
                    "source",
                    name(Kind::Source, &it.source),
                    &it.stage,
                    it.sum.n,
                    it.sum.late,
                    it.sum.spent_ms,
                )
            })
            .collect();
        Ok(json!({"period": written(day), "areas": areas, "matters": matters, "sources": sources}))
    }
}
