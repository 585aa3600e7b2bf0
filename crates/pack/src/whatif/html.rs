//! The comparison as one page that needs nothing else: plots drawn here, each with its table, no script.
//!
//! Owns the page's order and its style. The same parts stand on the server's page ([`parts`]), whose own style sheet knows their
//! classes; so there is no style in an attribute. Start at [`write`].

use std::fmt::Write as _;

use super::examples;
use super::report::{Group, HOURS, Kind, Report, Shift};
use super::svg::{self, plain};
use super::text::{day, extent, hour, percent, span};
use crate::told::Lang;

/// Lines of a plot.
const LINES: usize = 20;
/// Lines of the table beside a plot.
const ROWS: usize = 200;
/// Units on each side of the matrix.
const UNITS: usize = 12;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--ground:#fff;--line:#d0d7de;--bar:#2f6f9f;--q1:#d6e6f2;--q2:#a9cbe3;--q3:#6ea5cc;--q4:#3a7cab;--q5:#1b4f78}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#9aa7b4;--ground:#12161b;--line:#30363d;--bar:#6ea5cc;--q1:#1d3547;--q2:#24506f;--q3:#2f7099;--q4:#5a9cc6;--q5:#a9cbe3}}
body{font:16px/1.6 system-ui,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif;color:var(--ink);background:var(--ground);max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.15rem;margin-top:2.2rem}.quiet,.plot .label{color:var(--quiet);fill:var(--quiet)}
.plot svg{width:100%;min-width:36rem;height:auto;font-size:13px}.plot .bar{fill:var(--bar)}.plot .value{fill:var(--ink)}.plot .q0{fill:none;stroke:var(--line)}.plot .q1{fill:var(--q1)}.plot .q2{fill:var(--q2)}.plot .q3{fill:var(--q3)}.plot .q4{fill:var(--q4)}.plot .q5{fill:var(--q5)}
.m1{background:var(--q1)}.m2{background:var(--q2)}.table-scroll,.plot{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}.number{text-align:right;font-variant-numeric:tabular-nums}
.code{font-family:ui-monospace,monospace;font-size:.85em}ul{padding-left:1.2rem}figure{margin:1rem 0}summary{cursor:pointer;color:var(--quiet)}
";

/// The whole page.
pub fn write(report: &Report, lang: Lang) -> String {
    let title = plain(&title(report, lang));
    let tag = lang.pick("zh-CN", "en");
    let parts = parts(report, lang, &|_| None);
    format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{parts}</main></body></html>\n"
    )
}

/// What is compared with what.
pub fn title(report: &Report, lang: Lang) -> String {
    let bases: Vec<&str> = report.baseline.iter().map(|version| version.as_str()).collect();
    lang.pick(
        format!("试算：{} 与草案 {}", bases.join("、"), report.draft),
        format!("What if: {} beside the draft {}", bases.join(", "), report.draft),
    )
}

/// Everything below the title. `case` gives the address of a case by its number, where cases can be looked at.
pub fn parts(report: &Report, lang: Lang, case: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    for sentence in extent(report, lang) {
        let _ = write!(out, "<p>{}</p>", plain(&sentence));
    }
    kinds(&mut out, report, lang);
    shifts(&mut out, report, lang);
    moves(&mut out, report, lang);
    groups(&mut out, lang.pick("按镇街", "By street"), &report.by_street, lang);
    groups(&mut out, lang.pick("按事项", "By matter"), &report.by_matter, lang);
    hours(&mut out, report, lang);
    examples::write(&mut out, report, lang, case);
    unusable(&mut out, report, lang);
    out
}

/// A column of a table: its heading, and whether it holds numbers.
pub(super) type Column<'a> = (&'a str, bool);

/// A table that scrolls by itself where the screen is narrow. Cells are markup already.
pub(super) fn table(out: &mut String, name: &str, columns: &[Column], rows: &[Vec<String>]) {
    let name = plain(name);
    let _ = write!(
        out,
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table class=\"table\"><thead><tr>"
    );
    let class = |number: bool| if number { " class=\"number\"" } else { "" };
    for (heading, number) in columns {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(*number), plain(heading));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (cell, (_, number)) in row.iter().zip(columns) {
            let _ = write!(out, "<td{}>{cell}</td>", class(*number));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

/// A drawing, and its table below it for whoever wants the figures.
fn figure(out: &mut String, title: &str, drawn: &str, lang: Lang, columns: &[Column], rows: &[Vec<String>]) {
    let name = plain(title);
    let _ = write!(
        out,
        "<h2>{name}</h2><figure class=\"plot\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">{drawn}</figure><details><summary>{}</summary>",
        lang.pick("数据表", "As a table")
    );
    let words = lang.pick(format!("{title}（数据表）"), format!("{title}, as a table"));
    table(out, &words, columns, rows);
    out.push_str("</details>");
}

fn kinds(out: &mut String, report: &Report, lang: Lang) {
    let share = |kind: &Kind| percent(kind.cases, report.cases);
    let lines: Vec<_> = report
        .kinds
        .iter()
        .map(|kind| (kind.name.of(lang).to_owned(), kind.cases, format!("{} ({})", kind.cases, share(kind))))
        .collect();
    let rows: Vec<_> = report
        .kinds
        .iter()
        .map(|kind| vec![plain(kind.name.of(lang)), kind.cases.to_string(), share(kind)])
        .collect();
    let title = lang.pick("变了什么", "What changes");
    let columns = lang.pick(
        [("变化", false), ("件数", true), ("占比", true)],
        [("Change", false), ("Cases", true), ("Share", true)],
    );
    figure(out, title, &svg::bars(title, &lines), lang, &columns, &rows);
}

fn shifts(out: &mut String, report: &Report, lang: Lang) {
    let of = [
        (lang.pick("签收", "Receipt"), &report.receive),
        (lang.pick("处置", "Handling"), &report.handle),
        (lang.pick("办结", "Promise"), &report.promise),
    ];
    let rows: Vec<Vec<String>> = of.iter().flat_map(|(name, shift)| directions(name, shift, lang)).collect();
    if rows.is_empty() {
        return;
    }
    let columns = lang.pick(
        [
            ("期限", false),
            ("方向", false),
            ("件数", true),
            ("中位", true),
            ("九成以内", true),
            ("最多", true),
        ],
        [
            ("Clock", false),
            ("Direction", false),
            ("Cases", true),
            ("Median", true),
            ("Nine of ten within", true),
            ("At most", true),
        ],
    );
    let title = lang.pick("期限移动", "How far due instants move");
    let _ = write!(out, "<h2>{title}</h2>");
    table(out, title, &columns, &rows);
}

fn directions(name: &str, shift: &Shift, lang: Lang) -> Vec<Vec<String>> {
    let both = [
        (lang.pick("提前", "earlier"), shift.earlier, shift.earlier_minutes),
        (lang.pick("推后", "later"), shift.later, shift.later_minutes),
    ];
    let moved = both.into_iter().filter(|(_, cases, _)| *cases > 0);
    let row = |(direction, cases, spread): (&str, u64, super::report::Spread)| {
        let spans = [spread.median, spread.p90, spread.most].map(|minutes| span(minutes, lang));
        [name.to_owned(), direction.to_owned(), cases.to_string()].into_iter().chain(spans).collect()
    };
    moved.map(row).collect()
}

/// From unit to unit: the matrix of the units that move most, stronger for more; then every pair.
fn moves(out: &mut String, report: &Report, lang: Lang) {
    if report.moves.is_empty() {
        return;
    }
    let title = lang.pick("主办单位：从（行）到（列）", "Lead: from (row) to (column)");
    let _ = write!(out, "<h2>{title}</h2>");
    matrix(out, report, lang, title);
    let name = |group: &Group| plain(group.name.of(lang));
    let rows: Vec<Vec<String>> = report
        .moves
        .iter()
        .map(|moved| vec![name(&moved.from), name(&moved.to), moved.cases.to_string()])
        .collect();
    let columns = lang.pick(
        [("从", false), ("到", false), ("件数", true)],
        [("From", false), ("To", false), ("Cases", true)],
    );
    let _ = write!(out, "<details><summary>{}</summary>", lang.pick("逐对列出", "Pair by pair"));
    table(out, lang.pick("主办单位逐对列出", "Leads pair by pair"), &columns, &rows);
    out.push_str("</details>");
}

fn matrix(out: &mut String, report: &Report, lang: Lang, title: &str) {
    let mut from: Vec<&Group> = Vec::new();
    let mut to: Vec<&Group> = Vec::new();
    for moved in &report.moves {
        for (list, group) in [(&mut from, &moved.from), (&mut to, &moved.to)] {
            if list.len() < UNITS && list.iter().all(|known| known.code != group.code) {
                list.push(group);
            }
        }
    }
    let most = report.moves.iter().map(|moved| moved.cases).max().unwrap_or(0);
    let _ = write!(
        out,
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table class=\"table\"><thead><tr><td></td>"
    );
    for group in &to {
        let _ = write!(out, "<th scope=\"col\">{}</th>", plain(group.name.of(lang)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &from {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", plain(row.name.of(lang)));
        for column in &to {
            let found =
                report.moves.iter().find(|moved| moved.from.code == row.code && moved.to.code == column.code);
            let count = found.map(|moved| moved.cases.to_string()).unwrap_or_default();
            let shade = svg::class(found.map_or(0, |moved| moved.cases), most).min(2);
            let _ = write!(out, "<td class=\"number m{shade}\">{count}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

fn groups(out: &mut String, title: &str, groups: &[Group], lang: Lang) {
    let changed: Vec<&Group> = groups.iter().filter(|group| group.share.changed > 0).collect();
    if changed.is_empty() {
        return;
    }
    let line = |group: &&Group| {
        let share = group.share;
        let words = format!("{} / {} ({})", share.changed, share.cases, percent(share.changed, share.cases));
        (group.name.of(lang).to_owned(), share.changed, words)
    };
    let lines: Vec<_> = changed.iter().take(LINES).map(line).collect();
    let row = |group: &&Group| {
        let share = group.share;
        let name = format!(
            "{} <span class=\"quiet code\">{}</span>",
            plain(group.name.of(lang)),
            plain(&group.code)
        );
        vec![name, share.changed.to_string(), share.cases.to_string(), percent(share.changed, share.cases)]
    };
    let rows: Vec<_> = changed.iter().take(ROWS).map(row).collect();
    let columns = lang.pick(
        [("名称", false), ("有变化", true), ("件数", true), ("占比", true)],
        [("Name", false), ("Change", true), ("Cases", true), ("Share", true)],
    );
    figure(out, title, &svg::bars(title, &lines), lang, &columns, &rows);
}

fn hours(out: &mut String, report: &Report, lang: Lang) {
    let most = report.by_hour.iter().map(|share| share.changed).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let title =
        lang.pick("按一周的小时（颜色越浓变化越多）", "By hour of the week (stronger for more changes)");
    let days: Vec<&str> = (0..HOURS / 24).map(|at| day(at, lang)).collect();
    let share = |at: usize| report.by_hour.get(at).copied().unwrap_or_default();
    let cell = |at: usize| {
        let words = format!("{}: {} / {}", hour(at, lang), share(at).changed, share(at).cases);
        (svg::class(share(at).changed, most), words)
    };
    let columns: Vec<Column> = std::iter::once((lang.pick("时", "Hour"), false))
        .chain(days.iter().map(|day| (*day, true)))
        .collect();
    let row = |hour: usize| {
        let counts = (0..days.len()).map(|day| share(day * 24 + hour).changed.to_string());
        std::iter::once(format!("{hour:02}:00")).chain(counts).collect()
    };
    let rows: Vec<Vec<String>> = (0..24).map(row).collect();
    figure(out, title, &svg::week(title, &days, cell), lang, &columns, &rows);
}

fn unusable(out: &mut String, report: &Report, lang: Lang) {
    if report.unusable == 0 {
        return;
    }
    let title = lang
        .pick(format!("{} 件无法比较", report.unusable), format!("{} cannot be compared", report.unusable));
    let _ = write!(out, "<h2>{title}</h2><ul>");
    for what in &report.unusable_examples {
        let _ = write!(out, "<li>{}</li>", plain(what));
    }
    out.push_str("</ul>");
}
