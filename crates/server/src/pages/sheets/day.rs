//! The report of a day: what came in, what became of it, and what stands open now, by area and by matter.
//!
//! Owns sums over the cases in the member's sight; it counts nothing that a list would not show. Start at [`report`].

use std::collections::BTreeMap;

use axum::{extract::Query, response::Response};
use huying_model::{AreaCode, Instant, LevelName, MatterCode, Stage, UnitId};
use huying_store::{Filter, Line, OpenCount, Order};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use crate::{
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

/// What came in on the day, how much of it has ended, and what is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    came: i64,
    ended: i64,
    open: i64,
    overdue: i64,
}

impl Sum {
    fn of_line(line: &Line) -> Sum {
        let ended = Stage::from_code(&line.stage).is_some_and(|stage| !stage.is_open());
        Sum { came: 1, ended: i64::from(ended), ..Sum::default() }
    }
    fn of_count(count: &OpenCount) -> Sum {
        Sum { open: count.open, overdue: count.overdue, ..Sum::default() }
    }
    fn and(self, other: Sum) -> Sum {
        Sum {
            came: self.came + other.came,
            ended: self.ended + other.ended,
            open: self.open + other.open,
            overdue: self.overdue + other.overdue,
        }
    }
}

/// Sums by whatever a part is put under.
fn summed<K: Ord>(parts: impl IntoIterator<Item = (K, Sum)>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for (key, part) in parts {
        let sum = sums.entry(key).or_default();
        *sum = sum.and(part);
    }
    sums
}

/// The report of a day, today's where none is named.
pub async fn report(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let day: Option<Date> = asked.day.parse().ok().or_else(|| view.day(view.now).parse().ok());
    let span = day.and_then(|day| Some((begin(&view, day)?, begin(&view, day.tomorrow().ok()?)?)));
    let (from, until) = span.ok_or_else(Problem::not_found)?;
    let (lines, cut) = received(&view, from, until).await?;
    let (seen, store) = (view.seen()?, view.state.engine.store());
    let open = store.open_by_area(view.state.tenant(), view.now, None, seen.as_ref()).await?;
    let tally = Tally::of(&view).await?;
    let (day, title) = (view.day(from), view.lang.pick("日报", "Report of the day"));
    let units = view.units().into_iter().map(|unit| view.unit(&UnitId(unit)).to_string());
    let sheet = Sheet {
        title,
        left: html! { (joined(units, view.lang)) },
        right: html! { (day) " · " (view.fill(T::PrintedAt, &[&view.full(view.now)])) },
        body: html! {
            @if cut { p { b { (view.lang.pick("当日案件过多，仅统计最早的 2000 件。", "There were more cases than can be added up here: these are the first 2,000.")) } } }
            (tiles(&view, &lines, &open))
            (by_area(&view, &lines, &open))
            (by_matter(&view, &lines))
        },
        signs: vec![view.say(T::SignLeader).to_owned()],
    };
    let main = html! { (chooser(&view, &day)) (frames::sheet(&view, &sheet)) };
    Ok(frame::console(&view, &Page::new(title), Some(Here::Day), &tally, &main))
}

/// When a day begins where the authority is.
fn begin(view: &View, day: Date) -> Option<Instant> {
    view.setting.zone.to_timestamp(day.at(0, 0, 0, 0)).ok().map(Instant::from)
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

fn tiles(view: &View, lines: &[Line], open: &[OpenCount]) -> Markup {
    let parts = lines.iter().map(Sum::of_line).chain(open.iter().map(Sum::of_count));
    let all = parts.fold(Sum::default(), Sum::and);
    board::stat_tiles(&[
        Tile::new(view.lang.pick("当日受理", "Came in"), all.came),
        Tile::new(view.lang.pick("其中已结束", "Of them ended"), all.ended),
        Tile::new(view.lang.pick("现在在办", "Open now"), all.open),
        Tile::new(view.lang.pick("现在超期", "Overdue now"), all.overdue),
    ])
}

/// The level below the member's ground, or the ground's own where there is none below.
fn level(view: &View) -> Option<LevelName> {
    let org = view.org();
    let ground = org.areas.get(&places::ground(view))?;
    let depth = org.depth(&ground.level)?;
    org.levels.get(depth + 1).or_else(|| org.levels.get(depth)).cloned()
}

fn by_area(view: &View, lines: &[Line], open: &[OpenCount]) -> Markup {
    let level = level(view);
    let above = |code: &Option<SmolStr>| {
        let area = AreaCode(code.clone()?);
        view.org().at_level(&area, level.as_ref()?).map(|above| above.code.clone())
    };
    let came = lines.iter().map(|line| (above(&line.area), Sum::of_line(line)));
    let now = open.iter().map(|count| (above(&count.area), Sum::of_count(count)));
    let sums = summed(came.chain(now));
    html! {
        h2 id="by-area" { (view.lang.pick("按区域", "By area")) }
        (frames::table(Named::By("by-area"), &html! {
            table.table {
                thead { tr { th scope="col" { (view.say(T::Area)) } @for name in head(view) { th.number scope="col" { (name) } } } }
                tbody {
                    @for (area, sum) in &sums {
                        tr {
                            th scope="row" { @match area { Some(area) => (view.area(area)), None => (view.lang.pick("其他或地点待定", "Elsewhere, or not known")) } }
                            td.number { (sum.came) } td.number { (sum.ended) } td.number { (sum.open) } td.number { (sum.overdue) }
                        }
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
    let parts = lines.iter().map(|line| (line.matter.clone(), Sum::of_line(line)));
    let mut sums: Vec<(Option<SmolStr>, Sum)> = summed(parts).into_iter().collect();
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

    #[test]
    fn parts_are_put_under_their_key_and_added_up_there_alone() {
        let part = |came, ended| Sum { came, ended, ..Sum::default() };
        let open = Sum { open: 4, overdue: 1, ..Sum::default() };
        let sums = summed([("a", part(1, 0)), ("b", part(1, 1)), ("a", part(1, 1)), ("a", open)]);
        assert_eq!(sums.get("a"), Some(&Sum { came: 2, ended: 1, open: 4, overdue: 1 }));
        assert_eq!(sums.get("b"), Some(&part(1, 1)));
        assert_eq!(sums.len(), 2);
    }
}
