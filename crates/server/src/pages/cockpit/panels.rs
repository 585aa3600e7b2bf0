//! The panels of a cockpit: counts, promises kept, trend, problems, ranking, what came in last.
//!
//! Owns the drawing; each drawing has its table, each count leads to its cases. Refuses to count. Start at [`counts`].

use huying_engine::insight::{self, Ranking, period::Period};
use huying_model::{AreaCode, MatterCode, Stage, UnitId};
use huying_store::{Line, Sum};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    cases_of,
    charts::{self, Chart},
    figures::{Figures, Ground, RANK_DAYS, TREND_DAYS, today},
};
use crate::pages::{
    address,
    parts::{shape, time},
    view::View,
};

/// Lines of a panel.
const LINES: usize = 5;

/// Places of a ranking that stand open; the rest is one press away.
const PLACES: usize = 10;

/// A share with its sign, or that there is none.
pub fn share(view: &View, sum: &Sum) -> String {
    match insight::kept(sum) {
        Some(share) => format!("{}%", insight::tenths(share)),
        None => view.lang.pick("—（尚无）", "— (none yet)").to_owned(),
    }
}

/// A bar of a share or a part, in thousandths of its width. The number beside it says the same.
pub fn bar(thousandths: i64) -> Markup {
    html! {
        svg.bar viewBox="0 0 1000 80" preserveAspectRatio="none" aria-hidden="true" {
            rect.bar-ground width="1000" height="80" {}
            rect.bar-part width=(thousandths.clamp(0, 1_000)) height="80" {}
        }
    }
}

/// How many are open, and how they stand. Each number leads to its cases.
pub fn counts(view: &View, ground: &Ground, all: &Sum) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let parts = [
        ("overdue", pick("超期", "Overdue"), all.overdue),
        ("soon", pick("临期", "Due soon"), all.soon),
        ("fine", pick("正常", "In time"), insight::fine(all)),
        ("paused", pick("暂停", "Paused"), all.paused),
    ];
    html! {
        section.panel aria-labelledby="counts-name" {
            h2 id="counts-name" { (pick("正在办理", "Open cases")) }
            p.figure { a href=(cases_of(ground.area.as_str(), &[])) aria-label={ (pick("在办", "Open")) " " (all.open) } { (all.open) } }
            dl.figure-parts {
                @for (state, name, count) in parts {
                    div {
                        dt { span.chip data-urgency=(state) { (shape(state)) span.chip-words { (name) } } }
                        dd { a href=(cases_of(ground.area.as_str(), &[("state", state)])) aria-label={ (name) " " (count) } { (count) } }
                    }
                }
            }
        }
    }
}

/// The share of promises kept in the last week, beside the week before.
pub fn promises(view: &View, (last, before): (Sum, Sum)) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        section.panel aria-labelledby="kept-name" {
            h2 id="kept-name" { (pick("近 7 天按期率", "Kept in 7 days")) }
            p.figure { (share(view, &last)) }
            p.quiet { (pick("见分晓", "Decided")) " " (insight::decided(&last)) " · " (pick("按期", "kept")) " " (last.kept) " · " (pick("逾期办结", "closed late")) " " (last.late) " · " (pick("逾期未结", "open and late")) " " (last.broken) }
            p.quiet { (pick("此前 7 天", "The 7 days before")) " " (share(view, &before)) }
        }
    }
}

/// What came in on each day, how much of it is closed, and how much is filed, open and late.
pub fn trend(view: &View, ground: &Ground, days: &[(Date, Sum)]) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let period = days.first().zip(days.last()).map(|((from, _), (to, _))| Period { from: *from, to: *to });
    let chart = Chart {
        id: "trend".to_owned(),
        form: "line",
        name: view
            .lang
            .pick(format!("近 {TREND_DAYS} 天收到的案件"), format!("Received in {TREND_DAYS} days")),
        table: "trend-days".to_owned(),
        note: charts::note(view, ground),
        file: format!("trend-{}-{}", ground.area, today(view)),
    };
    html! {
        section.panel aria-labelledby="trend-name" {
            h2 id="trend-name" { (chart.name) }
            (charts::figure(&chart, Some(&trend_drawing(view, days))))
            details id="trend-table" {
                summary { (pick("数据表", "As a table")) }
                table.table id=(chart.table) {
                    thead { tr {
                        th scope="col" { (pick("日期", "Day")) }
                        th.number scope="col" data-series="c1" { (pick("收到", "Received")) }
                        th.number scope="col" data-series="c4" { (pick("已办结", "Closed")) }
                        th.number scope="col" data-series="c2" { (pick("超期未结", "Open, late")) }
                        th.number scope="col" { (pick("按期率", "Kept")) }
                    } }
                    tbody { @for (day, sum) in days { tr { th scope="row" { (day.to_string()) } td.number { (sum.cases) } td.number { (sum.closed) } td.number { (sum.broken) } td.number { (share(view, sum)) } } } }
                }
            }
            p.row.no-print {
                (charts::button(view, &chart))
                @if let Some(period) = period { a.button href=(charts::days_file(ground, period, "xlsx")) { (pick("导出表格", "Save as Excel")) span.visually-hidden { " " (chart.name) } } }
            }
        }
    }
}

/// The same without a script: what came in, and of it what is closed.
fn trend_drawing(view: &View, days: &[(Date, Sum)]) -> Markup {
    const STEP: usize = 40;
    const HIGH: i64 = 120;
    let most = days.iter().map(|(_, sum)| sum.cases).max().unwrap_or_default().max(1);
    let tall = |count: i64| count * HIGH / most;
    html! {
        svg.trend viewBox={ "0 0 " (days.len() * STEP) " 150" } role="img" aria-labelledby="trend-key" {
            @for (at, (day, sum)) in days.iter().enumerate() {
                @let left = at * STEP + 4;
                rect.bar-ground x=(left) y=(HIGH - tall(sum.cases)) width="32" height=(tall(sum.cases)) {}
                rect.bar-part x=(left) y=(HIGH - tall(sum.closed)) width="32" height=(tall(sum.closed)) {}
                @if at % 3 == days.len().saturating_sub(1) % 3 { text x=(left + 16) y="142" text-anchor="middle" { (day.strftime("%m-%d").to_string()) } }
            }
        }
        figcaption.quiet id="trend-key" { (view.lang.pick("收到（浅）与其中已办结（深）", "Received (pale), of them closed (dark)")) }
    }
}

/// The matters that press most, each with the unit that has most of them.
pub fn problems(view: &View, ground: &Ground, figures: &Figures) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    let top = insight::pressing(insight::by(&figures.open, |heap| heap.matter.clone()));
    let holder = |matter: &smol_str::SmolStr| {
        let of = insight::by(&figures.open, |heap| {
            heap.lead.clone().filter(|_| heap.matter.as_ref() == Some(matter))
        });
        insight::pressing(of).into_iter().next().map(|(unit, _)| view.unit(&UnitId(unit)))
    };
    html! {
        section.panel aria-labelledby="problems-name" {
            h2 id="problems-name" { (pick("最紧的五类问题", "The five most pressing matters")) }
            @if top.is_empty() { p.quiet { (pick("没有在办案件。", "No open cases.")) } } @else {
                ol.plain.lines data-most="5" {
                    @for (matter, sum) in top.iter().take(LINES) {
                        li {
                            a href=(cases_of(ground.area.as_str(), &[("matter", matter.as_str())])) { (view.matter(Some(&MatterCode(matter.clone())))) }
                            " " span { (pick("在办", "open")) " " (sum.open) }
                            @if sum.overdue > 0 { " " span.chip data-urgency="overdue" { (shape("overdue")) span.chip-words { (pick("超期", "overdue")) " " (sum.overdue) } } }
                            @if let Some(unit) = holder(matter) { small { (pick("最紧的单位：", "presses most with: ")) (unit) } }
                        }
                    }
                }
            }
        }
    }
}

/// Areas below and units, by the share of promises kept. Never persons.
pub fn rankings(view: &View, ground: &Ground, figures: &Figures) -> Markup {
    let areas = ground.next_level(view).map(|level| insight::ranking(figures.recent_by(view, &level)));
    let units = insight::ranking(insight::by(&figures.recent, |heap| heap.lead.clone()));
    let area =
        |code: &AreaCode| (view.area(code).to_string(), address("/cockpit", &[("area", code.as_str())]));
    let unit = |id: &smol_str::SmolStr| {
        (view.unit(&UnitId(id.clone())).to_string(), cases_of(ground.area.as_str(), &[("unit", id.as_str())]))
    };
    html! {
        @if let Some(areas) = areas { (ranking(view, "areas", view.lang.pick("区域按期率", "Kept by area"), &areas, area)) }
        (ranking(view, "units", view.lang.pick("单位按期率", "Kept by unit"), &units, unit))
    }
}

fn ranking<K>(
    view: &View,
    id: &str,
    name: &str,
    ranking: &Ranking<K>,
    named: impl Fn(&K) -> (String, String),
) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        section.panel aria-labelledby={ (id) "-name" } {
            h2 id={ (id) "-name" } { (name) " · " (view.lang.pick(format!("近 {RANK_DAYS} 天"), format!("{RANK_DAYS} days"))) }
            @let (first, rest) = ranking.placed.split_at(ranking.placed.len().min(PLACES));
            @if first.is_empty() { p.quiet { (pick("见分晓的承诺还不够排名。", "Too few promises are decided for a ranking.")) } } @else { (places(view, 1, first, &named)) }
            @if !rest.is_empty() {
                details id={ (id) "-rest" } {
                    summary { (view.lang.pick(format!("其余 {} 个", rest.len()), format!("{} more", rest.len()))) }
                    (places(view, PLACES + 1, rest, &named))
                }
            }
            @if !ranking.few.is_empty() { p.quiet { (view.lang.pick(format!("另有 {} 个不足以排名。", ranking.few.len()), format!("{} more have too few.", ranking.few.len()))) } }
        }
    }
}

/// A part of a ranking, its first place being this one.
fn places<K>(
    view: &View,
    first: usize,
    placed: &[(K, Sum)],
    named: &impl Fn(&K) -> (String, String),
) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        table.table.rank {
            thead { tr { th scope="col" { (pick("名次", "Place")) } th scope="col" { (pick("名称", "Name")) } th.number scope="col" { (pick("按期率", "Kept")) } th scope="col" { span.visually-hidden { (pick("图示", "Bar")) } } th.number scope="col" { (pick("见分晓", "Decided")) } } }
            tbody data-most="5" {
                @for (place, (key, sum)) in (first..).zip(placed) {
                    @let (name, href) = named(key);
                    tr { td { (place) } th scope="row" { a href=(href) { (name) } } td.number { (share(view, sum)) } td { (bar(insight::kept(sum).unwrap_or_default())) } td.number { (insight::decided(sum)) } }
                }
            }
        }
    }
}

/// What came in last.
pub fn ticker(view: &View, lines: &[Line]) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        section.panel aria-labelledby="ticker-name" {
            h2 id="ticker-name" { (pick("刚刚收到", "Just received")) }
            @if lines.is_empty() { p.quiet { (pick("还没有案件。", "No cases yet.")) } } @else {
                ol.plain.lines data-most="6" {
                    @for line in lines {
                        @let matter = line.matter.as_ref().map(|code| MatterCode(code.clone()));
                        @let area = line.area.as_ref().map(|code| AreaCode(code.clone()));
                        li {
                            (time(view, line.received_at)) " "
                            a href={ "/cases/" (line.number) } { (view.matter(matter.as_ref())) }
                            " " small { (view.short_place(area.as_ref())) " · " (Stage::from_code(&line.stage).map(|stage| pick(stage.zh(), stage.en())).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}
