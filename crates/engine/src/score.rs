//! Scorecards of a period, counted from the journal.
//!
//! Owns the way from the store's pages to sums, and who may see which row. What is counted is the model's. A period that
//! has not ended is judged as of now. Start at [`Engine::scorecards`].

use huying_model::{
    AreaCode, CaseId, LevelName, MemberId, UnitId,
    org::{Org, UnitKind},
    score::{Counting, Counts, Indicator, Line, Of, Period, Span, Subject, Tally, scorecard},
};
use huying_store::TenantId;
use jiff::civil::Date;
use smol_str::SmolStr;

use crate::{Engine, Error, Problem, authority::Sight};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ScoreIn {
    pub period: Period,
    pub of: Of,
    /// A day in the period; today where none is given.
    pub at: Option<Date>,
    /// The level of the areas; the dispatching one where none is named.
    pub level: Option<LevelName>,
}

/// An indicator of one subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    pub indicator: Indicator,
    pub counted: u64,
    pub over: Option<u64>,
    /// Hundredths of a percent.
    pub percent: Option<u64>,
    /// Hundredths of a point.
    pub points: u64,
}

/// A scorecard of one subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// The area's code, or the id of unit or worker.
    pub subject: SmolStr,
    pub name: SmolStr,
    pub scorecard: SmolStr,
    /// Hundredths of a point.
    pub points: u64,
    /// The points that could be reached, in hundredths.
    pub out_of: u64,
    pub figures: Vec<Figure>,
}

/// Every scorecard of a period that may be seen, by scorecard and subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScoreOut {
    pub span: Span,
    pub cards: Vec<Card>,
}

/// Reads a day such as `2026-05-12`.
///
/// # Errors
/// The problem with the field `at`.
pub fn day(text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_error| no_such_day())
}

fn no_such_day() -> Problem {
    Problem::at("at", "no_such_day", "Write a day of the calendar as 2026-05-12.")
}

/// Read at once.
const PAGE: usize = 1000;

impl Engine {
    /// The scorecards of the pack in force for a period, as far as `sight` goes.
    pub async fn scorecards(
        &self,
        tenant: TenantId,
        asked: &ScoreIn,
        sight: &Sight,
    ) -> Result<ScoreOut, Error> {
        let setting = self.setting(tenant)?;
        let now = self.now().plus_ms(1);
        let today = || setting.zone.to_datetime(now.timestamp()).date();
        let whole = asked.period.around(asked.at.unwrap_or_else(today), &setting.zone);
        let whole = whole.ok_or_else(no_such_day)?;
        let span = Span { until: whole.until.min(now).max(whole.from), ..whole };
        let org = &setting.policy.org;
        let rules = &setting.policy.current;
        let level = asked.level.as_ref().unwrap_or(&rules.dispatch_level);
        if org.depth(level).is_none() {
            return Err(Problem::at("level", "unknown_level", "Name a level of the pack.").into());
        }
        let tally = self.tally(tenant, span).await?;
        let mut cards = Vec::new();
        let indicators: Vec<&Indicator> =
            rules.indicators.iter().filter(|row| row.of == asked.of && row.period == asked.period).collect();
        let mut names: Vec<&SmolStr> = indicators.iter().map(|row| &row.scorecard).collect();
        names.sort();
        names.dedup();
        let subjects = subjects(org, asked.of, level, &tally, sight);
        for name in names {
            let rows = || indicators.iter().copied().filter(|row| &row.scorecard == name);
            for (subject, shown) in &subjects {
                let counts = |source| counts(&tally, org, subject, source);
                let card = scorecard(rows(), counts);
                cards.push(Card {
                    subject: id(subject),
                    name: shown.clone(),
                    scorecard: name.clone(),
                    points: card.points,
                    out_of: card.out_of,
                    figures: card.lines.iter().map(figure).collect(),
                });
            }
        }
        Ok(ScoreOut { span, cards })
    }

    /// The journals of the span, page by page; one case is in memory at a time.
    async fn tally(&self, tenant: TenantId, span: Span) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        let mut after = (CaseId(0), 0);
        let mut open: Option<(CaseId, Counting)> = None;
        loop {
            let page = self.store().journals_of_span(tenant, after, (span.from, span.until), PAGE).await?;
            let Some((last, seq, _)) = page.last() else { break };
            after = (*last, *seq);
            for (id, _, event) in &page {
                if open.as_ref().is_none_or(|(known, _)| known != id) {
                    let before = open.replace((*id, Counting::new(*id, span)));
                    before.into_iter().for_each(|(_, case)| tally.add(&case.end()));
                }
                if let Some((_, case)) = &mut open {
                    case.take(event);
                }
            }
        }
        open.into_iter().for_each(|(_, case)| tally.add(&case.end()));
        Ok(tally)
    }
}

fn counts(
    tally: &Tally,
    org: &Org,
    subject: &Subject,
    source: Option<huying_model::catalogue::Source>,
) -> Counts {
    match subject {
        Subject::Area(area) => tally.within(org, area, source),
        other => tally.of(other, source),
    }
}

fn figure(line: &Line) -> Figure {
    let Line { indicator, counted, over, percent, points } = line;
    Figure {
        indicator: (*indicator).clone(),
        counted: *counted,
        over: *over,
        percent: *percent,
        points: *points,
    }
}

fn id(subject: &Subject) -> SmolStr {
    match subject {
        Subject::All => SmolStr::default(),
        Subject::Area(code) => code.0.clone(),
        Subject::Unit(unit) => unit.0.clone(),
        Subject::Worker(member) => member.0.clone(),
    }
}

/// Whoever is judged, with names, as far as it may be seen: areas of the level that are seen whole, units one sits in or
/// whose area is seen whole, workers whose unit serves such an area. Units and workers without anything counted are left out.
fn subjects(org: &Org, of: Of, level: &LevelName, tally: &Tally, sight: &Sight) -> Vec<(Subject, SmolStr)> {
    let sees_area = |area: &AreaCode| sight.all || sight.in_area(org, Some(area));
    let sees_unit =
        |id: &UnitId| sight.units.contains(id) || org.units.get(id).is_some_and(|unit| sees_area(&unit.area));
    let company = |id: &UnitId| org.units.get(id).is_some_and(|unit| unit.kind == UnitKind::Company);
    let unit = |id: &UnitId| {
        let name = org.units.get(id)?.name.clone();
        sees_unit(id).then(|| (Subject::Unit(id.clone()), name))
    };
    // A worker is judged by those who see the whole area of the unit.
    let worker = |id: &MemberId| {
        let member = org.members.get(id)?;
        let led = |unit: &UnitId| org.units.get(unit).is_some_and(|unit| sees_area(&unit.area));
        member
            .seats
            .iter()
            .any(|seat| led(&seat.unit))
            .then(|| (Subject::Worker(id.clone()), member.name.clone()))
    };
    match of {
        Of::Area => {
            let of_level = org.areas.values().filter(|area| &area.level == level && sees_area(&area.code));
            of_level.map(|area| (Subject::Area(area.code.clone()), area.name.clone())).collect()
        }
        Of::Unit => {
            tally.subjects().filter_map(|s| if let Subject::Unit(id) = s { unit(id) } else { None }).collect()
        }
        Of::Company => tally
            .subjects()
            .filter_map(|s| match s {
                Subject::Unit(id) if company(id) => unit(id),
                _ => None,
            })
            .collect(),
        Of::Worker => tally
            .subjects()
            .filter_map(|s| if let Subject::Worker(id) = s { worker(id) } else { None })
            .collect(),
    }
}
