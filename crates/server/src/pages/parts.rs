//! The small parts that pages are put together from, in the markup that web/README.md documents.

use huying_model::Instant;
use maud::{Markup, PreEscaped, html};

use super::{components::entry, texts::T, view::View};
use crate::{api::queue::SOON_MINUTES, assets, language::Lang, problem::Problem};

const MINUTE: i64 = 60_000;

/// A picture beside a word; decoration for whoever listens.
pub fn icon(name: &str) -> Markup {
    sprite("icon", name)
}
pub fn shape(name: &str) -> Markup {
    sprite("shape", name)
}
fn sprite(class: &str, name: &str) -> Markup {
    html! { svg class=(class) aria-hidden="true" { use href={ (assets::path("icons.svg")) "#" (name) } {} } }
}

/// How urgent a clock is that ends at `due`, and in which words. The script of the page says the same (web/src/islands/due.ts).
pub fn urgency(due: Instant, now: Instant) -> &'static str {
    if due <= now {
        "overdue"
    } else if due <= now.plus_minutes(SOON_MINUTES) {
        "soon"
    } else {
        "fine"
    }
}

/// `超期 12 分`, `剩 1 时 20 分`, `3 d left`. A running clock never has 0 minutes left.
pub fn due_words(due: Instant, now: Instant, lang: Lang) -> String {
    let over = due <= now;
    let span = span_words(due.minus(now).abs(), over, lang);
    match (lang, over) {
        (Lang::Zh, true) => format!("超期 {span}"),
        (Lang::Zh, false) => format!("剩 {span}"),
        (Lang::En, true) => format!("{span} over"),
        (Lang::En, false) => format!("{span} left"),
    }
}

fn span_words(ms: i64, over: bool, lang: Lang) -> String {
    let minutes = if over { ms / MINUTE } else { (ms + MINUTE - 1) / MINUTE }.max(1);
    if minutes >= 2 * 1_440 {
        return format!("{} {}", minutes / 1_440, lang.pick("天", "d"));
    }
    let (hours, rest) = (minutes / 60, minutes % 60);
    let rest = format!("{rest} {}", lang.pick("分", "min"));
    let whole = format!("{hours} {}", lang.pick("时", "h"));
    match (hours, minutes % 60) {
        (0, _) => rest,
        (10.., _) | (_, 0) => whole,
        _ => format!("{whole} {rest}"),
    }
}

/// Shape, word and colour together. None of a due instant is a clock that does not run.
pub fn chip(view: &View, due: Option<Instant>, paused: bool) -> Markup {
    match due.filter(|_| !paused) {
        Some(due) => {
            let urgency = urgency(due, view.now);
            let warn = due.plus_minutes(-SOON_MINUTES);
            html! {
                span.chip data-urgency=(urgency) data-due=(due.0) data-warn=(warn.0) {
                    (shape(urgency)) span.chip-words { (due_words(due, view.now, view.lang)) }
                }
            }
        }
        None => {
            let words = if paused { T::Paused } else { T::NoClock };
            html! { span.chip data-urgency="paused" { (shape("paused")) span.chip-words { (view.say(words)) } } }
        }
    }
}

/// A moment with its exact form for machines.
pub fn time(view: &View, at: Instant) -> Markup {
    html! { time datetime=(at) title=(view.full(at)) { (view.moment(at)) } }
}

/// Text in which a Chinese sign of punctuation follows or a space.
pub fn joined(parts: impl IntoIterator<Item = String>, lang: Lang) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

pub fn demo_mark(view: &View) -> Markup {
    html! { @if view.state.settings.demo { span.demo-mark { (view.say(T::DemoData)) } } }
}

/// What went wrong with a form, each line leading to its field.
pub fn error_summary(view: &View, told: &[(String, String)]) -> Markup {
    entry::error_summary(view.say(T::NotYet), told)
}

/// What an answer of the platform says of a form, in words of the page, with each mistake.
pub fn refused(view: &View, words: &str, problem: &Problem) -> Markup {
    let told =
        problem.fields(view.lang).map(|wrong| (String::new(), format!("{} {}", wrong.message, wrong.mend)));
    entry::error_summary(words, &told.collect::<Vec<_>>())
}

/// Nothing, where markup is wanted.
pub fn nothing() -> Markup {
    PreEscaped(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_chip_are_those_of_the_script() {
        let at = |minutes: i64| Instant(0).plus_minutes(minutes);
        for (due, zh, en) in [
            (-12, "超期 12 分", "12 min over"),
            (0, "超期 1 分", "1 min over"),
            (9, "剩 9 分", "9 min left"),
            (80, "剩 1 时 20 分", "1 h 20 min left"),
            (31 * 60 + 5, "剩 31 时", "31 h left"),
            (3 * 1_440, "剩 3 天", "3 d left"),
        ] {
            assert_eq!(due_words(at(due), Instant(0), Lang::Zh), zh);
            assert_eq!(due_words(at(due), Instant(0), Lang::En), en);
        }
    }
}
