//! What an edit of the organisation does, and which seat it gives, told in both languages.
//!
//! Owns how such a line is kept: those of before there were two languages are one text, and are read still. Start at [`Line`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A line about one edit, or one seat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Line {
    pub zh: String,
    pub en: String,
}

impl Line {
    pub fn of(zh: impl Into<String>, en: impl Into<String>) -> Line {
        Line { zh: zh.into(), en: en.into() }
    }
}

/// As programs and terminals have it.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// As it stands in a log.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Both { zh: String, en: String },
    One(String),
}

impl From<Kept> for Line {
    fn from(kept: Kept) -> Line {
        match kept {
            Kept::Both { zh, en } => Line { zh, en },
            Kept::One(text) => Line { zh: text.clone(), en: text },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_kept_and_so_is_one_from_before_there_were_two_languages() {
        let line = Line::of("东街道交巡警岗（traffic-east）撤销", "东街道交巡警岗 (traffic-east) closes");
        let kept = serde_json::to_string(&line).unwrap();
        assert_eq!(serde_json::from_str::<Line>(&kept).unwrap(), line);
        let old: Vec<Line> = serde_json::from_str("[\"the area 1 begins\"]").unwrap();
        assert_eq!(old, [Line::of("the area 1 begins", "the area 1 begins")]);
        assert_eq!(line.to_string(), "东街道交巡警岗 (traffic-east) closes");
    }
}
