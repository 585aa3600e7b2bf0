//! The report of a day: what came in, what became of it, and what stands open now, by area and by matter.
//!
//! Owns sums over the list of cases in the member's sight; it counts nothing that the list would not show. Start at [`report`].

use std::collections::BTreeMap;

use axum::{extract::Query, response::Response};
use huying_model::{AreaCode, Instant, LevelName, MatterCode, Stage};
use huying_store::{Filter, Line, Order};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use crate::{
    api::counts,
    pages::{
        components::{
            board::{self, Tile},
            frames::{self, Named, Sheet},
        },
        frame::{self, Here, Page},
        parts::joined,
        places,
        tabs::Tally,
        texts::T,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// Cases of a day that are added up; a day with more says so.
const MOST: usize = 2_000;
/// Matters that are named.
const MATTERS: usize = 10;

/// Which day, as `2026-11-23`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    day: String,
}

/// What came in, and how much of it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    came: usize,
    ended: usize,
}

/// The report of a day, today's where none is named.
pub async fn report(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let day: Option<Date> = asked.day.parse().ok().or_else(|| view.day(view.now).parse().ok());
    let span = day.and_then(|day| Some((begin(&view, day)?, begin(&view, day.tomorrow().ok()?)?)));
    let (from, until) = span.ok_or_else(Problem::not_found)?;
    let (lines, cut) = received(&view, from, until).await?;
    let level = level(&view).ok_or_else(Problem::not_found)?;
    let open = counts::by_level(&view.state, view.signed()?, &level).await?;
    let (day, title) = (view.day(from), view.lang.pick("日报", "Report of the day"));
    let units = view.units().into_iter().map(|unit| view.unit(&huying_model::UnitId(unit)).to_string());
    let sheet = Sheet {
        title,
        left: html! { (joined(units, view.lang)) },
        right: html! { (day) " · " (view.fill(T::PrintedAt, &[&view.full(view.now)])) },
        body: html! {
            @if cut { p { b { (view.lang.pick("当日案件过多，仅统计最早的 2000 件。", "There were more cases than can be added up here: these are the first 2,000.")) } } }
            (tiles(&view, &lines, open.values()))
            (by_area(&view, &lines, &open, &level))
            (by_matter(&view, &lines))
        },
        signs: vec![view.say(T::SignLeader).to_owned()],
    };
    let main = html! { (chooser(&view, &day)) (frames::sheet(&view, &sheet)) };
    let tally = Tally::of(&view).await?;
    Ok(frame::console(&view, &Page::new(title), Some(Here::Day), &tally, &main))
}

/// When a day begins where the authority is.
fn begin(view: &View, day: Date) -> Option<Instant> {
    view.setting.zone.to_timestamp(day.at(0, 0, 0, 0)).ok().map(Instant::from)
}

/// The level below the member's ground, or the ground's own where there is none below.
fn level(view: &View) -> Option<LevelName> {
    let org = view.org();
    let ground = org.areas.get(&places::ground(view))?;
    let depth = org.depth(&ground.level)?;
    org.levels.get(depth + 1).or_else(|| org.levels.get(depth)).cloned()
}

async fn received(view: &View, from: Instant, until: Instant) -> Result<(Vec<Line>, bool), Problem> {
    let filter = Filter {
        received_from: Some(from),
        received_until: Some(until),
        seen: view.seen()?,
        ..Filter::default()
    };
    let store = view.state.engine.store();
    let page = store.list(view.state.tenant(), &filter, Order::OldestFirst, None, MOST).await?;
    Ok((page.items, page.next.is_some()))
}

/// Sums by whatever a line is put under.
fn summed<K: Ord>(lines: &[Line], key: impl Fn(&Line) -> K) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(key(line)).or_default();
        sum.came += 1;
        sum.ended += usize::from(Stage::from_code(&line.stage).is_some_and(|stage| !stage.is_open()));
    }
    sums
}

fn tiles<'a>(view: &View, lines: &[Line], open: impl Iterator<Item = &'a (i64, i64)>) -> Markup {
    let all = summed(lines, |_| ()).remove(&()).unwrap_or_default();
    let (open, overdue) = open.fold((0_i64, 0_i64), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    board::stat_tiles(&[
        Tile::new(view.lang.pick("当日受理", "Came in"), all.came),
        Tile::new(view.lang.pick("其中已结束", "Of them ended"), all.ended),
        Tile::new(view.lang.pick("现在在办", "Open now"), open),
        Tile::new(view.lang.pick("现在超期", "Overdue now"), overdue),
    ])
}

fn by_area(view: &View, lines: &[Line], open: &BTreeMap<AreaCode, (i64, i64)>, level: &LevelName) -> Markup {
    let of = |line: &Line| {
        let area = AreaCode(line.area.clone()?);
        view.org().at_level(&area, level).map(|above| above.code.clone())
    };
    let came = summed(lines, of);
    let mut areas: Vec<&AreaCode> = came.keys().flatten().chain(open.keys()).collect();
    areas.sort();
    areas.dedup();
    let unplaced = came.get(&None).copied();
    html! {
        h2 id="by-area" { (view.lang.pick("按区域", "By area")) }
        (frames::table(Named::By("by-area"), &html! {
            table.table {
                thead { tr { th scope="col" { (view.say(T::Area)) } @for name in head(view) { th.number scope="col" { (name) } } } }
                tbody {
                    @for area in areas {
                        @let sum = came.get(&Some(area.clone())).copied().unwrap_or_default();
                        @let (now, late) = open.get(area).copied().unwrap_or_default();
                        tr { th scope="row" { (view.area(area)) } td.number { (sum.came) } td.number { (sum.ended) } td.number { (now) } td.number { (late) } }
                    }
                    @if let Some(sum) = unplaced {
                        tr { th scope="row" { (view.say(T::PlaceUnknown)) } td.number { (sum.came) } td.number { (sum.ended) } td {} td {} }
                    }
                }
            }
        }))
    }
}

fn head(view: &View) -> [&'static str; 4] {
    view.lang
        .pick(["当日受理", "已结束", "现在在办", "现在超期"], ["Came in", "Ended", "Open now", "Overdue now"])
}

fn by_matter(view: &View, lines: &[Line]) -> Markup {
    let mut sums: Vec<(Option<SmolStr>, Sum)> =
        summed(lines, |line| line.matter.clone()).into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.came));
    let [came, ended, ..] = head(view);
    html! {
        h2 id="by-matter" { (view.lang.pick("当日受理最多的事项", "Matters that came in most")) }
        @if sums.is_empty() { p { (view.say(T::None)) } } @else {
            (frames::table(Named::By("by-matter"), &html! {
                table.table {
                    thead { tr { th scope="col" { (view.say(T::Matter)) } th.number scope="col" { (came) } th.number scope="col" { (ended) } } }
                    tbody { @for (matter, sum) in sums.into_iter().take(MATTERS) {
                        tr { th scope="row" { (view.matter(matter.map(MatterCode).as_ref())) } td.number { (sum.came) } td.number { (sum.ended) } }
                    } }
                }
            }))
        }
    }
}

/// Another day, and how it is printed.
fn chooser(view: &View, day: &str) -> Markup {
    html! {
        nav.sheet-nav.no-print aria-label=(view.say(T::Print)) {
            form.row method="get" action="/day" {
                label for="day" { (view.lang.pick("日期", "Day")) }
                input.input id="day" type="date" name="day" value=(day);
                button.button { (view.lang.pick("查看", "Show")) }
            }
            span.quiet { (view.say(T::PrintHint)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: &str, matter: Option<&str>) -> Line {
        Line {
            case: "0".repeat(32).parse().unwrap(),
            number: "1".into(),
            title: None,
            stage: stage.into(),
            area: None,
            matter: matter.map(SmolStr::new),
            source: "resident".into(),
            urgency: "normal".into(),
            received_at: Instant(0),
            due: None,
            lead: None,
            custodian: "unit".into(),
        }
    }

    #[test]
    fn what_came_in_is_put_under_its_matter_and_what_has_ended_is_counted_within() {
        let lines = [line("filed", Some("a")), line("closed", Some("a")), line("declined", None)];
        let sums = summed(&lines, |line| line.matter.clone());
        assert_eq!(sums.get(&Some("a".into())), Some(&Sum { came: 2, ended: 1 }));
        assert_eq!(sums.get(&None), Some(&Sum { came: 1, ended: 1 }));
    }
}
