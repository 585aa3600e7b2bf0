//! The state of a ground in a few sentences, made of figures alone.
//!
//! Refuses adjectives: whether ten overdue cases are many is for whoever reads. Start at [`sentences`].

use huying_engine::insight::{decided, kept, tenths};
use huying_store::Sum;

use crate::{api::queue::SOON_MINUTES, language::Lang};

/// What is told.
pub struct Told<'a> {
    pub place: &'a str,
    pub open: Sum,
    /// Where most are overdue, and how many.
    pub worst: Option<(&'a str, i64)>,
    /// Cases of the last seven days, and of the seven before.
    pub weeks: (Sum, Sum),
}

/// First what stands open, then what was kept of the promises.
pub fn sentences(told: &Told, lang: Lang) -> (String, String) {
    match lang {
        Lang::Zh => (open_zh(told), kept_zh(told)),
        Lang::En => (open_en(told), kept_en(told)),
    }
}

fn open_zh(told: &Told) -> String {
    let (place, sum, hours) = (told.place, told.open, SOON_MINUTES / 60);
    if sum.open == 0 {
        return format!("{place}没有在办案件。");
    }
    let over = match (sum.overdue, told.worst) {
        (0, _) => "没有超期".to_owned(),
        (over, Some((worst, of))) => format!("{over} 件超期，最多的是{worst}（{of} 件）"),
        (over, None) => format!("{over} 件超期"),
    };
    let soon = if sum.soon == 0 {
        format!("{hours} 小时内没有到期的。")
    } else {
        format!("{} 件将在 {hours} 小时内到期。", sum.soon)
    };
    format!("{place}在办 {} 件，{over}；{soon}", sum.open)
}

fn open_en(told: &Told) -> String {
    let (place, sum, hours) = (told.place, told.open, SOON_MINUTES / 60);
    if sum.open == 0 {
        return format!("{place}: no open cases.");
    }
    let over = match (sum.overdue, told.worst) {
        (0, _) => "none overdue".to_owned(),
        (over, Some((worst, of))) => format!("{over} overdue, most in {worst} ({of})"),
        (over, None) => format!("{over} overdue"),
    };
    let soon = if sum.soon == 0 { "none".to_owned() } else { sum.soon.to_string() };
    format!("{place}: {} open, {over}; {soon} due within {hours} hours.", sum.open)
}

fn kept_zh(told: &Told) -> String {
    let (last, before) = &told.weeks;
    let Some(share) = kept(last) else {
        return "近 7 天收到的案件还没有到期或办结的。".to_owned();
    };
    let than = match kept(before) {
        None => "此前 7 天没有可比的".to_owned(),
        Some(other) if other == share => "与此前 7 天持平".to_owned(),
        Some(other) if share > other => format!("比此前 7 天高 {} 个百分点", tenths(share - other)),
        Some(other) => format!("比此前 7 天低 {} 个百分点", tenths(other - share)),
    };
    format!("近 7 天收到的案件中，{} 件承诺已见分晓，{}% 按期办结，{than}。", decided(last), tenths(share))
}

fn kept_en(told: &Told) -> String {
    let (last, before) = &told.weeks;
    let Some(share) = kept(last) else {
        return "Of the cases of the last 7 days, no promise has been decided yet.".to_owned();
    };
    let than = match kept(before) {
        None => "nothing to compare in the 7 days before".to_owned(),
        Some(other) if other == share => "as in the 7 days before".to_owned(),
        Some(other) if share > other => format!("{} points above the 7 days before", tenths(share - other)),
        Some(other) => format!("{} points below the 7 days before", tenths(other - share)),
    };
    let (decided, share) = (decided(last), tenths(share));
    format!(
        "Of the cases of the last 7 days, {decided} promises are decided and {share}% of them were kept, {than}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(open: Sum, weeks: (Sum, Sum)) -> Told<'static> {
        Told { place: "东街道", open, worst: (open.overdue > 0).then_some(("桥头社区", 2)), weeks }
    }
    fn of(kept: i64, late: i64) -> Sum {
        Sum { cases: kept + late, closed: kept + late, kept, late, ..Sum::default() }
    }

    #[test]
    fn the_sentence_says_the_figures_and_nothing_else() {
        let open = Sum { cases: 9, open: 9, overdue: 3, soon: 2, ..Sum::default() };
        let (first, second) = sentences(&told(open, (of(96, 4), of(19, 1))), Lang::Zh);
        assert_eq!(first, "东街道在办 9 件，3 件超期，最多的是桥头社区（2 件）；2 件将在 4 小时内到期。");
        assert_eq!(
            second,
            "近 7 天收到的案件中，100 件承诺已见分晓，96.0% 按期办结，比此前 7 天高 1.0 个百分点。"
        );
        let (first, second) = sentences(&told(open, (of(1, 1), of(1, 1))), Lang::En);
        assert_eq!(first, "东街道: 9 open, 3 overdue, most in 桥头社区 (2); 2 due within 4 hours.");
        assert!(second.ends_with("50.0% of them were kept, as in the 7 days before."), "{second}");
    }

    #[test]
    fn nothing_open_and_nothing_decided_are_said_as_such() {
        let none = Sum::default();
        let (first, second) = sentences(&told(none, (none, none)), Lang::Zh);
        assert_eq!(
            (first.as_str(), second.as_str()),
            ("东街道没有在办案件。", "近 7 天收到的案件还没有到期或办结的。")
        );
        let calm = Sum { cases: 1, open: 1, ..none };
        let (first, _) = sentences(&told(calm, (none, none)), Lang::En);
        assert_eq!(first, "东街道: 1 open, none overdue; none due within 4 hours.");
    }
}
