//! What was answered to the questions of a matter (`attributes.csv`): one text of a case, a line for each answer.
//!
//! Owns how an answer stands in that text, so that whoever writes one and whoever looks for one do it alike: by the question and not by its
//! code, and what was chosen by its names, because people read it. Refuses to guess: an answer whose question was worded otherwise
//! since is not found, and one that is not of its question's kind is none. Start at [`line`] and [`found`].

use huying_pack::public::{Attribute, Datatype};

/// Between a question and its answer.
const BETWEEN: char = '：';
/// Between names that were chosen.
const AND: &str = "、";

/// An answer as it stands in the text.
pub fn line(question: &str, answer: &str) -> String {
    format!("{question}{BETWEEN}{answer}")
}

/// Names that were chosen, as one answer.
pub fn together(names: &[String]) -> String {
    names.join(AND)
}

/// The answer to `question`, which is one of those that are `asked`: of a list its keys, of any other kind what was written. Empty where
/// there is none of its kind.
pub fn found(text: &str, question: &Attribute, asked: &[&Attribute]) -> Vec<String> {
    let mut lines = text.lines();
    let Some(first) = lines.find_map(|line| answer(line, question)) else { return Vec::new() };
    match question.datatype {
        Datatype::Singlevaluelist | Datatype::Multivaluelist => keys(first, question),
        Datatype::Number => {
            let number = first.parse::<f64>().is_ok_and(f64::is_finite);
            if number { vec![first.to_owned()] } else { Vec::new() }
        }
        Datatype::String | Datatype::Datetime => vec![first.to_owned()],
        Datatype::Text => {
            let more = lines.take_while(|line| !begins_another(line, asked));
            let all: Vec<&str> = std::iter::once(first).chain(more).collect();
            vec![all.join("\n").trim().to_owned()]
        }
        Datatype::Information => Vec::new(),
    }
}

/// What a line answers to a question; None where it answers another, or nothing.
fn answer<'a>(line: &'a str, question: &Attribute) -> Option<&'a str> {
    let rest = line.strip_prefix(question.question.zh.as_str())?.strip_prefix(BETWEEN)?.trim();
    (!rest.is_empty()).then_some(rest)
}

/// A text of several lines ends where the next answer begins. What forms of others sent stands as `CODE: value`; a line that could be one
/// ends it too, because it may be what nobody asked for.
fn begins_another(line: &str, asked: &[&Attribute]) -> bool {
    line.contains(": ") || asked.iter().any(|other| answer(line, other).is_some())
}

/// The keys of names that were chosen; none where one of them is no name of the list.
fn keys(names: &str, question: &Attribute) -> Vec<String> {
    let key = |name: &str| {
        let known = question.values.iter().find(|(_, names)| names.zh == name);
        known.map(|(key, _)| key.to_string())
    };
    let all: Option<Vec<String>> = match question.datatype {
        Datatype::Multivaluelist => names.split(AND).map(key).collect(),
        _ => key(names).map(|key| vec![key]),
    };
    all.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use huying_pack::Names;

    use super::*;

    fn asking(zh: &str, datatype: Datatype) -> Attribute {
        let names = |zh: &str| Names { zh: zh.into(), en: zh.into() };
        let values = match datatype.chosen() {
            true => vec![("s".into(), names("小")), ("l".into(), names("大"))],
            false => Vec::new(),
        };
        Attribute { code: "X".into(), datatype, required: false, question: names(zh), hint: None, values }
    }

    #[test]
    fn an_answer_that_was_written_is_found_again_by_its_question() {
        use Datatype as D;
        let names = ["小".to_owned(), "大".to_owned()];
        for (datatype, written, wanted) in [
            (D::Singlevaluelist, "大", vec!["l"]),
            (D::Singlevaluelist, "中", vec![]),
            (D::Multivaluelist, &*together(&names), vec!["s", "l"]),
            (D::Multivaluelist, "小、中", vec![]),
            (D::Number, "3.5", vec!["3.5"]),
            (D::Number, "many", vec![]),
            (D::Number, "inf", vec![]),
            (D::String, "七号", vec!["七号"]),
            (D::Datetime, "2026-05-01T20:00:00+08:00", vec!["2026-05-01T20:00:00+08:00"]),
            (D::Text, "一行", vec!["一行"]),
            (D::Information, "x", vec![]),
        ] {
            let question = asking("几号？", datatype);
            let text = format!("别的？：小\n{}\nOTHER: y", line("几号？", written));
            assert_eq!(found(&text, &question, &[&question]), wanted, "{datatype:?} {written}");
        }
    }

    #[test]
    fn what_was_not_asked_or_is_worded_otherwise_is_not_found() {
        let question = asking("多大？", Datatype::Singlevaluelist);
        for text in ["", "大", "多大？大", "有多大？：大", "多大？：", "多大: 大"] {
            assert!(found(text, &question, &[&question]).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_text_of_several_lines_ends_where_another_answer_begins() {
        let (text, size) = (asking("详情？", Datatype::Text), asking("多大？", Datatype::Singlevaluelist));
        let asked = [&text, &size];
        for (told, wanted) in [
            ("详情？：一\n\n二：三\n多大？：大", "一\n\n二：三"),
            ("详情？：一\n二\nTHEIR_OWN: 1\n三", "一\n二"),
            ("多大？：大\n详情？：一\n二", "一\n二"),
        ] {
            assert_eq!(found(told, &text, &asked), [wanted], "{told}");
        }
        assert_eq!(found("详情？：一\n多大？：大", &size, &asked), ["l"]);
    }
}
