//! What is said of a file of cases: of its map as a whole, and of each row that cannot be brought in.
//!
//! Owns the Chinese of what a file asks for otherwise than a field of the API does. Start at [`of_row`].

use huying_engine::{Error, error::Problem as Told, import::report::RowProblem};

use super::{
    Both, Problem, Wrong,
    fields::{mend, message},
};

/// What to do in a file or its map, by the engine's code. Of these the engine quotes the value that it means.
const OF_FILES: &[(&str, &str)] = &[
    ("no_such_column", "请更正对照表，或选择另一份文件。"),
    ("not_a_moment", "请按对照表 time_format 的格式填写，或更正对照表。"),
    ("not_on_earth", "请检查经纬度，以及对照表的 datum。"),
    ("unknown_matter", "请在对照表的 [matter] 中写明机制包已有的事项代码。"),
    ("unknown_status", "请在对照表的 [status] 中补充。"),
    ("unknown_unit", "请在对照表的 [unit] 中写明机制包已有的单位代码。"),
    ("unreadable", "请检查这一行的引号、列数和单元格长度，或另存为 CSV UTF-8 或 Excel 工作簿。"),
];

/// What stands between the first quotation marks.
fn quoted(words: &str) -> Option<&str> {
    Some(words.split_once('“')?.1.split_once('”')?.0)
}

fn told(problem: &Told) -> (Both, Both) {
    let (mut what, mut how) = (message(problem.code), mend(problem.code, &problem.mend));
    if let Some((_, zh)) = OF_FILES.iter().find(|row| row.0 == problem.code) {
        how.0 = (*zh).to_owned();
        if let Some(value) = quoted(&problem.mend) {
            what.0 = format!("“{value}”：{}", what.0);
        }
    }
    (what, how)
}

/// Why a row cannot be brought in, and how to mend it.
pub(crate) fn of_row(row: &RowProblem) -> Both {
    if let Some(zh) = &row.zh {
        return Both(zh.clone(), row.problem.mend.clone());
    }
    let (what, how) = told(&row.problem);
    Both(format!("{}{}", what.0, how.0), format!("{} {}", what.1, how.1))
}

/// Why a file as a whole, or its map, cannot be used, or what failed.
pub(crate) fn of_file(error: Error) -> Problem {
    let wrong = |problem: &Told| {
        let (message, mend) = told(problem);
        Wrong { field: problem.field.clone(), code: problem.code.to_owned(), message, mend }
    };
    match error {
        Error::Invalid(problems) => {
            Problem { errors: problems.iter().map(wrong).collect(), ..Problem::of("validation") }
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_with_the_value_that_is_meant_in_both_languages() {
        let mend = "The map does not say what “Lost” means: add it under [status].";
        let problem = Told::at("status", "unknown_status", mend);
        let mut row = RowProblem { line: 3, foreign: "A9".into(), problem, zh: None };
        let Both(zh, en) = of_row(&row);
        assert_eq!(zh, "“Lost”：状态没有对应。请在对照表的 [status] 中补充。");
        assert_eq!(en, format!("The map does not name this state. {mend}"));
        // What the rules refuse they tell themselves.
        row.zh = Some("该单位已承担此案件，请另选单位。".into());
        assert_eq!(of_row(&row), Both(row.zh.clone().unwrap(), mend.to_owned()));
    }

    #[test]
    fn what_a_file_asks_for_stands_in_chinese_beside_what_is_wrong() {
        for (code, _) in OF_FILES {
            let problem = of_file(Told::at("columns", *code, "It is “here”.").into());
            let wrong = &problem.errors[0];
            assert!(wrong.message.0.starts_with("“here”：") && !wrong.mend.0.contains("here"), "{wrong:?}");
            assert_ne!(wrong.message.1, "This cannot be used.", "{code}");
        }
    }
}
