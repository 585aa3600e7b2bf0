//! The comparison as one page that needs nothing else: plots drawn here, tables that say the same, no script.
//!
//! Owns the page's order and its style. Start at [`write`].

use std::fmt::Write as _;

use super::svg::{self, plain};
use super::tally::{Group, HOURS, Kind, Report, Shift};
use super::text::{day, hour, percent, sentence, span};
use crate::told::Lang;

/// Lines of a plot.
const LINES: usize = 20;
/// Units on each side of the matrix.
const UNITS: usize = 12;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--ground:#fff;--line:#d0d7de;--bar:#2f6f9f;--q1:#d6e6f2;--q2:#a9cbe3;--q3:#6ea5cc;--q4:#3a7cab;--q5:#1b4f78}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#9aa7b4;--ground:#12161b;--line:#30363d;--bar:#6ea5cc;--q1:#1d3547;--q2:#24506f;--q3:#2f7099;--q4:#5a9cc6;--q5:#a9cbe3}}
body{font:16px/1.6 system-ui,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif;color:var(--ink);background:var(--ground);max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.15rem;margin-top:2.2rem}p.quiet,figcaption,.label{color:var(--quiet);fill:var(--quiet)}
svg{width:100%;height:auto;font-size:13px}.bar{fill:var(--bar)}.value{fill:var(--ink)}.q0{fill:none;stroke:var(--line)}.q1{fill:var(--q1)}.q2{fill:var(--q2)}.q3{fill:var(--q3)}.q4{fill:var(--q4)}.q5{fill:var(--q5)}
.m1{background:var(--q1)}.m2{background:var(--q2)}.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-family:ui-monospace,monospace;font-size:.85em;overflow-wrap:anywhere}ul{padding-left:1.2rem}figure{margin:1rem 0}
";

/// The whole page.
pub fn write(report: &Report, lang: Lang) -> String {
    let bases: Vec<&str> = report.baseline.iter().map(|version| version.as_str()).collect();
    let title = lang.pick(
        format!("试算：{} 与草案 {}", bases.join("、"), report.draft),
        format!("What if: {} beside the draft {}", bases.join(", "), report.draft),
    );
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body><main><h1>{}</h1>",
        lang.pick("zh-CN", "en"),
        plain(&title),
        plain(&title),
    );
    let sum = lang.pick(
        format!("{} 件旧案重新问了两套规则，{} 件有变化（{}）。不重演人做的事（退回、改派、延期）。", report.cases, report.changed, percent(report.changed, report.cases)),
        format!("{} past cases were asked again of both; {} change ({}). What people did (returns, reassignments, extensions) is not replayed.", report.cases, report.changed, percent(report.changed, report.cases)),
    );
    let _ = write!(out, "<p>{}</p>", plain(&sum));
    kinds(&mut out, report, lang);
    shifts(&mut out, report, lang);
    moves(&mut out, report, lang);
    groups(&mut out, lang.pick("按镇街", "By street"), &report.by_street, lang);
    groups(&mut out, lang.pick("按事项", "By matter"), &report.by_matter, lang);
    hours(&mut out, report, lang);
    examples(&mut out, report, lang);
    unusable(&mut out, report, lang);
    out.push_str("</main></body></html>\n");
    out
}

fn figure(out: &mut String, title: &str, drawn: &str) {
    let _ = write!(out, "<h2>{}</h2><figure class=\"scroll\">{drawn}</figure>", plain(title));
}

fn kinds(out: &mut String, report: &Report, lang: Lang) {
    let line = |kind: &Kind| {
        (
            kind.name.of(lang).to_owned(),
            kind.cases,
            format!("{} ({})", kind.cases, percent(kind.cases, report.cases)),
        )
    };
    let lines: Vec<_> = report.kinds.iter().map(line).collect();
    let title = lang.pick("变了什么", "What changes");
    figure(out, title, &svg::bars(title, &lines));
}

fn shifts(out: &mut String, report: &Report, lang: Lang) {
    let of = [
        (lang.pick("签收", "Receipt"), &report.receive),
        (lang.pick("处置", "Handling"), &report.handle),
        (lang.pick("办结", "Promise"), &report.promise),
    ];
    if of.iter().all(|(_, shift)| shift.earlier + shift.later == 0) {
        return;
    }
    let head = lang.pick(
        ["期限", "方向", "件数", "中位", "九成以内", "最多"],
        ["Clock", "Direction", "Cases", "Median", "Nine of ten within", "At most"],
    );
    let _ = write!(
        out,
        "<h2>{}</h2><div class=\"scroll\"><table><thead><tr>",
        lang.pick("期限移动", "How far due instants move")
    );
    for text in head {
        let _ = write!(out, "<th scope=\"col\">{text}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for (name, shift) in of {
        directions(out, name, shift, lang);
    }
    out.push_str("</tbody></table></div>");
}

fn directions(out: &mut String, name: &str, shift: &Shift, lang: Lang) {
    let both = [
        (lang.pick("提前", "earlier"), shift.earlier, shift.earlier_minutes),
        (lang.pick("推后", "later"), shift.later, shift.later_minutes),
    ];
    for (direction, cases, spread) in both.into_iter().filter(|(_, cases, _)| *cases > 0) {
        let _ = write!(out, "<tr><td>{name}</td><td>{direction}</td><td class=\"n\">{cases}</td>");
        for minutes in [spread.median, spread.p90, spread.most] {
            let _ = write!(out, "<td class=\"n\">{}</td>", span(minutes, lang));
        }
        out.push_str("</tr>");
    }
}

/// From unit to unit: the matrix of the units that move most, darker for more.
fn moves(out: &mut String, report: &Report, lang: Lang) {
    if report.moves.is_empty() {
        return;
    }
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
    let title = lang.pick("主办单位：从（行）到（列）", "Lead: from (row) to (column)");
    let _ = write!(out, "<h2>{title}</h2><div class=\"scroll\"><table><thead><tr><td></td>");
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
            let _ = write!(out, "<td class=\"n m{shade}\">{count}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

fn groups(out: &mut String, title: &str, groups: &[Group], lang: Lang) {
    let line = |group: &Group| {
        let share = group.share;
        let words = format!("{} / {} ({})", share.changed, share.cases, percent(share.changed, share.cases));
        (group.name.of(lang).to_owned(), share.changed, words)
    };
    let lines: Vec<_> = groups.iter().filter(|group| group.share.changed > 0).take(LINES).map(line).collect();
    if !lines.is_empty() {
        figure(out, title, &svg::bars(title, &lines));
    }
}

fn hours(out: &mut String, report: &Report, lang: Lang) {
    let most = report.by_hour.iter().map(|share| share.changed).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let title =
        lang.pick("按一周的小时（颜色越深变化越多）", "By hour of the week (darker for more changes)");
    let days: Vec<&str> = (0..HOURS / 24).map(|at| day(at, lang)).collect();
    let cell = |at: usize| {
        let share = report.by_hour.get(at).copied().unwrap_or_default();
        (svg::class(share.changed, most), format!("{}: {} / {}", hour(at, lang), share.changed, share.cases))
    };
    figure(out, title, &svg::week(title, &days, cell));
}

fn examples(out: &mut String, report: &Report, lang: Lang) {
    let kinds = report.kinds.iter().filter(|kind| !kind.examples.is_empty());
    for (no, kind) in kinds.enumerate() {
        if no == 0 {
            let _ = write!(
                out,
                "<h2>{}</h2>",
                lang.pick(
                    "例子（案件 事项 @ 区域 立案时间：之前 → 之后 [规则行]）",
                    "Examples (case matter @ area filed: before → after [rows])"
                )
            );
        }
        let _ = write!(out, "<p>{}</p><ul>", plain(kind.name.of(lang)));
        for example in &kind.examples {
            let _ = write!(out, "<li><code>{}</code></li>", plain(&sentence(example, kind.code)));
        }
        out.push_str("</ul>");
    }
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
