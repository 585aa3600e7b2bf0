//! The examples of a comparison as tables: the case, where and when, and both answers by their names.
//!
//! Owns which part of an answer an example of each kind of change shows. Start at [`write`].

use std::fmt::Write as _;

use super::html::{Column, table};
use super::report::{Example, Kind, Report, Shown};
use super::svg::plain;
use crate::told::{Lang, Told};

/// A table for each kind of change that has examples.
pub(super) fn write(out: &mut String, report: &Report, lang: Lang, case: &dyn Fn(&str) -> Option<String>) {
    let kinds: Vec<&Kind> = report.kinds.iter().filter(|kind| !kind.examples.is_empty()).collect();
    if kinds.is_empty() {
        return;
    }
    let _ = write!(out, "<h2>{}</h2>", lang.pick("例子", "Examples"));
    let columns: [Column; 7] = lang.pick(
        [
            ("案件", false),
            ("事项", false),
            ("区域", false),
            ("立案", false),
            ("之前", false),
            ("之后", false),
            ("规则行", false),
        ],
        [
            ("Case", false),
            ("Matter", false),
            ("Place", false),
            ("Filed", false),
            ("Before", false),
            ("After", false),
            ("Rows", false),
        ],
    );
    for kind in kinds {
        let name = plain(kind.name.of(lang));
        let _ = write!(out, "<h3>{name}</h3>");
        let rows: Vec<Vec<String>> =
            kind.examples.iter().map(|example| row(example, &kind.code, lang, case)).collect();
        let words = lang.pick(format!("例子：{}", kind.name.zh), format!("Examples: {}", kind.name.en));
        table(out, &words, &columns, &rows);
    }
}

fn row(example: &Example, kind: &str, lang: Lang, case: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let number = plain(&example.number);
    let number = match case(&example.number) {
        Some(to) => format!("<a class=\"code\" href=\"{}\">{number}</a>", plain(&to)),
        None => format!("<span class=\"code\">{number}</span>"),
    };
    let or_code = |name: &Told, code: &str| {
        let name = name.of(lang);
        plain(if name.is_empty() { code } else { name })
    };
    let row = |shown: &Shown| shown.row.as_deref().map_or("–".to_owned(), plain);
    vec![
        number,
        or_code(&example.matter_name, &example.matter),
        or_code(&example.area_name, &example.area),
        minute(&example.filed),
        answer(&example.before, kind, lang),
        answer(&example.after, kind, lang),
        format!("{} → {}", row(&example.before), row(&example.after)),
    ]
}

/// The part of an answer that a kind of change is about.
fn answer(shown: &Shown, kind: &str, lang: Lang) -> String {
    let at = |at: &Option<String>| at.as_deref().map_or("–".to_owned(), minute);
    match kind {
        "assists" if shown.assist_names.is_empty() => "–".to_owned(),
        "assists" => {
            let names: Vec<String> = shown.assist_names.iter().map(|name| plain(name.of(lang))).collect();
            names.join(lang.pick("、", ", "))
        }
        "closing_level" if shown.level_name.of(lang).is_empty() => plain(&shown.closing_level),
        "closing_level" => plain(shown.level_name.of(lang)),
        "receive" => at(&shown.receive),
        "handle" => at(&shown.handle),
        "promise" => at(&shown.promise),
        _ => shown.lead_name.as_ref().map_or("–".to_owned(), |name| plain(name.of(lang))),
    }
}

/// A moment to the minute, as it is read at the place: its offset goes without saying there.
fn minute(moment: &str) -> String {
    plain(&moment.chars().take(16).collect::<String>().replace('T', " "))
}
