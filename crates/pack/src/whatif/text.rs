//! The comparison for a terminal, in one language.
//!
//! Owns the order of the lines. Start at [`write`].

use std::fmt::Write as _;

use super::report::{Example, Group, HOURS, Report, Shift};
use crate::told::Lang;

/// Lines of each group.
const SHOWN: usize = 10;
const DAYS: [(&str, &str); 7] = [
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
];

/// The name of an hour of the week.
pub(super) fn hour(at: usize, lang: Lang) -> String {
    let (zh, en) = DAYS.get(at / 24).copied().unwrap_or_default();
    format!("{} {:02}:00", lang.pick(zh, en), at % 24)
}

/// The day of an hour of the week.
pub(super) fn day(day: usize, lang: Lang) -> &'static str {
    let (zh, en) = DAYS.get(day).copied().unwrap_or_default();
    lang.pick(zh, en)
}

/// Minutes in words that one can take in at a glance.
pub(super) fn span(minutes: i64, lang: Lang) -> String {
    match minutes {
        ..120 => format!("{minutes} {}", lang.pick("分", "min")),
        120..2880 => format!("{:.1} {}", minutes as f64 / 60.0, lang.pick("小时", "h")),
        _ => format!("{:.1} {}", minutes as f64 / 1440.0, lang.pick("天", "d")),
    }
}

/// Parts of a hundred, to one place.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

/// How many cases were asked, out of what, how many change, and what is not replayed.
pub(super) fn extent(report: &Report, lang: Lang) -> Vec<String> {
    let Report { cases, changed, by_facts, .. } = report;
    let share = percent(*changed, *cases);
    let mut told = vec![lang.pick(
        format!("{cases} 件旧案重新问了两套规则，{changed} 件有变化（{share}）。不重演人做的事（退回、改派、延期）。"),
        format!("{cases} past cases were asked again of both; {changed} change ({share}). What people did (returns, reassignments, extensions) is not replayed."),
    )];
    if let Some(read) = report.read {
        told.push(match read.entries < read.of {
            true => lang.pick(
                format!(
                    "只读了流转记录中最新的 {} 条（共 {} 条），更早的案件未比较。",
                    read.entries, read.of
                ),
                format!(
                    "Only the newest {} of the journal's {} entries were read; older cases are not compared.",
                    read.entries, read.of
                ),
            ),
            false => lang.pick(
                format!("已读全部流转记录 {} 条。", read.of),
                format!("The whole journal was read: {} entries.", read.of),
            ),
        });
    }
    if *by_facts > 0 {
        told.push(lang.pick(
            format!("其中 {by_facts} 件须在同类单位中按远近或忙闲选定，此类事实不重演：两边都取第一个。"),
            format!("In {by_facts} cases the choice among equals is by facts (distance, load) that are not replayed: both sides take the first."),
        ));
    }
    told
}

/// The whole report.
pub fn write(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let bases: Vec<&str> = report.baseline.iter().map(|version| version.as_str()).collect();
    let _ = writeln!(
        out,
        "{}",
        lang.pick(
            format!("{}（现行）与 {}（草案）", bases.join("、"), report.draft),
            format!("{} (in force) beside {} (draft)", bases.join(", "), report.draft),
        )
    );
    extent(report, lang).iter().for_each(|sentence| out.push_str(&format!("{sentence}\n")));
    for kind in &report.kinds {
        let _ = writeln!(out, "{:>9}  {}", kind.cases, kind.name.of(lang));
    }
    for (name, shift) in [
        (lang.pick("签收期限", "receipt"), &report.receive),
        (lang.pick("处置期限", "handling"), &report.handle),
        (lang.pick("办结期限", "promise"), &report.promise),
    ] {
        shifted(&mut out, name, shift, lang);
    }
    if !report.moves.is_empty() {
        let _ = writeln!(out, "\n{}", lang.pick("主办单位：从 → 到", "lead: from → to"));
        for moved in report.moves.iter().take(SHOWN) {
            let _ = writeln!(
                out,
                "{:>9}  {} → {}",
                moved.cases,
                moved.from.name.of(lang),
                moved.to.name.of(lang)
            );
        }
    }
    group(&mut out, lang.pick("按镇街", "by street"), &report.by_street, lang);
    group(&mut out, lang.pick("按事项", "by matter"), &report.by_matter, lang);
    hours(&mut out, report, lang);
    examples(&mut out, report, lang);
    if report.unusable > 0 {
        let _ = writeln!(
            out,
            "\n{}",
            lang.pick(
                format!("{} 件无法比较，例如：", report.unusable),
                format!("{} cannot be compared, such as:", report.unusable)
            )
        );
        for what in &report.unusable_examples {
            let _ = writeln!(out, "    {what}");
        }
    }
    out
}

fn shifted(out: &mut String, name: &str, shift: &Shift, lang: Lang) {
    for (count, spread, zh, en) in [
        (shift.earlier, shift.earlier_minutes, "提前", "earlier"),
        (shift.later, shift.later_minutes, "推后", "later"),
    ] {
        if count > 0 {
            let (median, p90, most) =
                (span(spread.median, lang), span(spread.p90, lang), span(spread.most, lang));
            let words = lang.pick(
                format!("{name}{zh}：{count} 件，中位 {median}，九成以内 {p90}，最多 {most}"),
                format!(
                    "{name} {en}: {count} cases, median {median}, nine of ten within {p90}, at most {most}"
                ),
            );
            let _ = writeln!(out, "           {words}");
        }
    }
}

fn group(out: &mut String, name: &str, groups: &[Group], lang: Lang) {
    let changed: Vec<&Group> = groups.iter().filter(|group| group.share.changed > 0).take(SHOWN).collect();
    if changed.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{name}");
    for group in changed {
        let share = group.share;
        let _ = writeln!(
            out,
            "{:>9}  {} {} ({} / {})",
            share.changed,
            group.name.of(lang),
            group.code,
            percent(share.changed, share.cases),
            share.cases
        );
    }
}

fn hours(out: &mut String, report: &Report, lang: Lang) {
    let mut at: Vec<usize> =
        (0..HOURS).filter(|at| report.by_hour.get(*at).is_some_and(|share| share.changed > 0)).collect();
    if at.is_empty() {
        return;
    }
    at.sort_by_key(|at| std::cmp::Reverse(report.by_hour.get(*at).map_or(0, |share| share.changed)));
    let _ = writeln!(
        out,
        "\n{}",
        lang.pick("按一周的小时（变化最多的）", "by hour of the week (those that change most)")
    );
    for at in at.into_iter().take(SHOWN) {
        let share = report.by_hour.get(at).copied().unwrap_or_default();
        let _ = writeln!(
            out,
            "{:>9}  {} ({} / {})",
            share.changed,
            hour(at, lang),
            percent(share.changed, share.cases),
            share.cases
        );
    }
}

fn examples(out: &mut String, report: &Report, lang: Lang) {
    for kind in report.kinds.iter().filter(|kind| !kind.examples.is_empty()) {
        let _ = writeln!(out, "\n{}{}", lang.pick("例：", "for example, "), kind.name.of(lang));
        for example in kind.examples.iter().take(3) {
            let _ = writeln!(out, "    {}", sentence(example, &kind.code));
        }
    }
}

/// What differs in an example, by the kind of change that it stands for.
pub(super) fn sentence(example: &Example, kind: &str) -> String {
    let (before, after) = (&example.before, &example.after);
    let text = |value: &Option<smol_str::SmolStr>| value.as_ref().map_or("–".to_owned(), ToString::to_string);
    let at = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let assists =
        |list: &[smol_str::SmolStr]| if list.is_empty() { "–".to_owned() } else { list.join(" ") };
    let what = match kind {
        "assists" => format!("{} → {}", assists(&before.assists), assists(&after.assists)),
        "closing_level" => format!("{} → {}", before.closing_level, after.closing_level),
        "receive" => format!("{} → {}", at(&before.receive), at(&after.receive)),
        "handle" => format!("{} → {}", at(&before.handle), at(&after.handle)),
        "promise" => format!("{} → {}", at(&before.promise), at(&after.promise)),
        _ => format!("{} → {}", text(&before.lead), text(&after.lead)),
    };
    let rows = format!("{} → {}", text(&before.row), text(&after.row));
    format!("{} {} @ {} {}: {what} [{rows}]", example.number, example.matter, example.area, example.filed)
}
