//! Where attributes that come with a request are kept in its case: as the filing condition, as answers to questions of ours, or as lines
//! beside those answers.
//!
//! Owns the way from what was told there to the row. An attribute that the map does not name is not taken; one that it names and that
//! is no answer here becomes a line, and never stops its request. All of it is sealed with the case's words. Start at [`keep`].

use huying_model::catalogue::Matter;
use huying_pack::public::{Attribute, Datatype};

use super::{
    attributes::{Kept, Take},
    map::Pull,
    wire::{self, Remote, Told},
};
use crate::{
    answers,
    engine::Setting,
    import::{map::look_up, row::Row},
    words,
};

/// Characters of a name, of an answer, and of all of them.
const LONGEST_NAME: usize = 100;
const LONGEST: usize = 2_000;
const MOST: usize = 4 * words::LONGEST;

/// Lays the attributes of a request into its row.
pub(super) fn keep(row: &mut Row, setting: &Setting, pull: &Pull, remote: &Remote) {
    let service = remote.service_code.as_deref().unwrap_or_default();
    let Some(takes) = look_up(&pull.attribute, service) else { return };
    let matter = row.matter.as_ref().and_then(|code| setting.policy.current.matters.get(code));
    let asked = matter.map(|matter| setting.pack.public.attributes(matter)).unwrap_or_default();
    let (mut lines, mut answered) = (Vec::new(), Vec::new());
    for told in &remote.attributes {
        let Some(take) = look_up(takes, &told.code) else { continue };
        let kept = match &take.to {
            Kept::Condition => {
                let no = matter.and_then(|matter| condition(matter, take, told));
                no.map(|no| row.condition = Some(no))
            }
            Kept::Answer(code) => {
                let question = asked.iter().find(|question| question.code == *code);
                question.and_then(|question| answer(question, take, told)).map(|line| answered.push(line))
            }
            Kept::Line => None,
        };
        if kept.is_none() {
            lines.push(line(take, told));
        }
    }
    // They stand first: an answer in several lines goes on until the next question.
    lines.append(&mut answered);
    row.answers = (!lines.is_empty()).then(|| lines.join("\n").chars().take(MOST).collect());
}

/// A value in our words, where the map has one for it by its key or as it is shown.
fn ours<'a>(take: &'a Take, (key, shown): &'a (String, String)) -> Option<&'a str> {
    take.map.get(key).or_else(|| take.map.get(shown)).map(String::as_str)
}

fn condition(matter: &Matter, take: &Take, told: &Told) -> Option<u16> {
    let [value] = &told.values[..] else { return None };
    let no = ours(take, value).unwrap_or(&value.0).parse::<u16>().ok()?;
    matter.condition(no).map(|condition| condition.no)
}

/// The answer to a question of ours, where it is one.
fn answer(question: &Attribute, take: &Take, told: &Told) -> Option<String> {
    if question.datatype.chosen() {
        let name = |value: &(String, String)| {
            let key = ours(take, value).unwrap_or(&value.0);
            let known = question.values.iter().find(|(known, _)| known == key);
            known.map(|(_, names)| names.zh.to_string())
        };
        let names = told.values.iter().map(name).collect::<Option<Vec<String>>>()?;
        let one = names.len() == 1 || question.datatype == Datatype::Multivaluelist;
        return one.then(|| answers::line(&question.question.zh, &answers::together(&names)));
    }
    let text = shown(take, told);
    let fits = match question.datatype {
        Datatype::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        Datatype::Datetime => wire::moment(&text, &jiff::tz::TimeZone::UTC).is_some(),
        Datatype::String | Datatype::Text => true,
        Datatype::Singlevaluelist | Datatype::Multivaluelist | Datatype::Information => false,
    };
    fits.then(|| answers::line(&question.question.zh, &text))
}

/// A line of its own.
fn line(take: &Take, told: &Told) -> String {
    let name = take.name.as_ref().or(told.name.as_ref()).unwrap_or(&told.code);
    answers::line(&plain(name, LONGEST_NAME), &shown(take, told))
}

fn shown(take: &Take, told: &Told) -> String {
    let all: Vec<&str> = told.values.iter().map(|value| ours(take, value).unwrap_or(&value.1)).collect();
    plain(&all.join("、"), LONGEST)
}

/// On one line: what came from elsewhere must not look like an answer of its own.
fn plain(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    text.chars().filter(|sign| !words::is_control(*sign)).take(most).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use huying_pack::Names;

    use super::*;

    fn asking(datatype: Datatype) -> Attribute {
        let names = |zh: &str| Names { zh: zh.into(), en: zh.into() };
        let values = match datatype.chosen() {
            true => vec![("s".into(), names("小")), ("l".into(), names("大"))],
            false => Vec::new(),
        };
        let question = names("多大");
        Attribute { code: "SIZE".into(), datatype, required: false, question, hint: None, values }
    }

    fn told(values: &[(&str, &str)]) -> Told {
        let values = values.iter().map(|(key, shown)| ((*key).to_owned(), (*shown).to_owned())).collect();
        Told { code: "THEIRS".to_owned(), name: Some("Their size".to_owned()), values }
    }

    #[test]
    fn an_attribute_is_an_answer_where_it_is_of_the_questions_kind() {
        use Datatype as D;
        let map = BTreeMap::from([("tiny".to_owned(), "s".to_owned())]);
        let take = Take { to: Kept::Answer("SIZE".into()), map, name: None };
        for (datatype, values, wanted) in [
            (D::Singlevaluelist, vec![("l", "Large")], Some("多大：大")),
            (D::Singlevaluelist, vec![("1", "tiny")], Some("多大：小")),
            (D::Singlevaluelist, vec![("s", "s"), ("l", "l")], None),
            (D::Singlevaluelist, vec![("huge", "huge")], None),
            (D::Multivaluelist, vec![("tiny", "T"), ("l", "L")], Some("多大：小、大")),
            (D::Multivaluelist, vec![("s", "s"), ("huge", "huge")], None),
            (D::Number, vec![("3", "3")], Some("多大：3")),
            (D::Number, vec![("three", "three")], None),
            (
                D::Datetime,
                vec![("2026-05-01 20:00:00", "2026-05-01 20:00:00")],
                Some("多大：2026-05-01 20:00:00"),
            ),
            (D::Datetime, vec![("soon", "soon")], None),
            (D::String, vec![("x", "an X")], Some("多大：an X")),
            (
                D::Text,
                vec![("一\n灯在哪里？：路边", "一\n灯在哪里？：路边")],
                Some("多大：一 灯在哪里？：路边"),
            ),
        ] {
            assert_eq!(
                answer(&asking(datatype), &take, &told(&values)).as_deref(),
                wanted,
                "{datatype:?} {values:?}"
            );
        }
    }

    #[test]
    fn a_line_is_called_as_the_map_says_or_as_it_is_called_there() {
        let take =
            |name: Option<&str>| Take { to: Kept::Line, map: BTreeMap::new(), name: name.map(str::to_owned) };
        let said = told(&[("a", "A\nB"), ("c", "\u{7}C")]);
        assert_eq!(line(&take(None), &said), "Their size：A B、C");
        assert_eq!(line(&take(Some("备注")), &said), "备注：A B、C");
        let bare = Told { name: None, ..said };
        assert_eq!(line(&take(None), &bare), "THEIRS：A B、C");
    }
}
