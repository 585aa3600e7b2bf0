//! Area codes: digits of fixed width per level, each level's code beginning with its parent's.
//!
//! Owns the check of a code, its level and its parent. The default is 6+3+3+3 digits (county by GB/T 2260, then street,
//! community and grid as GB/T 30428.1 numbers them); a pack may name other widths, for example a fifth for micro-grids.
//! Refuses to know whether an area exists: that is the area table's word. Start at [`CodeRule::parse`].

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use thiserror::Error;

/// How many digits each level adds, top level first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct CodeRule {
    widths: Vec<u8>,
}

/// A code that obeys a [`CodeRule`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AreaCode {
    /// The digits.
    pub digits: SmolStr,
    /// 0 for the top level (district), 1 for the next, and so on.
    pub level: usize,
}

/// What is wrong with a code or a rule, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Something else than a digit.
    #[error(
        "area code \"{code}\" has {found:?} at position {position}; write only the digits 0 to 9, without spaces"
    )]
    NotDigit {
        /// The code as given.
        code: String,
        /// The first character that is no digit.
        found: char,
        /// Its place, counted from 1.
        position: usize,
    },
    /// A length that no level has.
    #[error("area code \"{code}\" has {length} digits; the levels here have {allowed}: add or remove digits")]
    Length {
        /// The code as given.
        code: String,
        /// Its number of digits.
        length: usize,
        /// The lengths that exist, for the reader.
        allowed: String,
    },
    /// A part that only zeros fill, which the standards keep for "none".
    #[error(
        "area code \"{code}\": the digits of level {level} are all zero; number areas from 1, or cut the zeros off to name the area above"
    )]
    Zero {
        /// The code as given.
        code: String,
        /// The level, counted from 1.
        level: usize,
    },
    /// A child number that its level's digits cannot hold.
    #[error(
        "number {number} does not fit under \"{parent}\": level {level} has {width} digits; widen it in the pack's code lengths"
    )]
    NumberTooLarge {
        /// The code above.
        parent: String,
        /// The number wanted.
        number: u32,
        /// The level, counted from 1.
        level: usize,
        /// Its digits.
        width: u8,
    },
    /// A child under the last level.
    #[error(
        "\"{parent}\" is of the lowest level; add a length to the pack's code lengths to number areas below it"
    )]
    NoLevelBelow {
        /// The code above.
        parent: String,
    },
    /// A rule that cannot be used.
    #[error(
        "code lengths {0:?} cannot be used; give 1 to 8 lengths of 1 to 9 digits each, for example [6, 3, 3, 3]"
    )]
    Rule(Vec<u8>),
}

impl Default for CodeRule {
    fn default() -> Self {
        Self { widths: vec![6, 3, 3, 3] }
    }
}

impl CodeRule {
    /// A rule from the digits that each level adds, top level first.
    pub fn new(widths: &[u8]) -> Result<Self, CodeError> {
        let usable = (1..=8).contains(&widths.len()) && widths.iter().all(|width| (1..=9).contains(width));
        if usable { Ok(Self { widths: widths.to_vec() }) } else { Err(CodeError::Rule(widths.to_vec())) }
    }

    /// The number of levels.
    pub fn levels(&self) -> usize {
        self.widths.len()
    }

    /// Checks a code and says its level.
    pub fn parse(&self, code: &str) -> Result<AreaCode, CodeError> {
        if let Some((index, found)) = code.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(CodeError::NotDigit { code: code.to_owned(), found, position: index + 1 });
        }
        let level = self.level_of_length(code)?;
        let mut start = 0;
        for (index, width) in self.widths[..=level].iter().enumerate() {
            let end = start + usize::from(*width);
            if code[start..end].bytes().all(|digit| digit == b'0') {
                return Err(CodeError::Zero { code: code.to_owned(), level: index + 1 });
            }
            start = end;
        }
        Ok(AreaCode { digits: SmolStr::new(code), level })
    }

    /// The level of a code: 0 for the top.
    pub fn level_of(&self, code: &str) -> Result<usize, CodeError> {
        self.parse(code).map(|code| code.level)
    }

    /// The code of the area above, or `None` at the top.
    pub fn parent_of(&self, code: &str) -> Result<Option<SmolStr>, CodeError> {
        let parsed = self.parse(code)?;
        let kept = code.len() - usize::from(self.widths[parsed.level]);
        Ok((kept > 0).then(|| SmolStr::new(&code[..kept])))
    }

    /// The code of the child with this number (from 1) under `parent`.
    pub fn child_of(&self, parent: &str, number: u32) -> Result<SmolStr, CodeError> {
        let level = self.level_of(parent)? + 1;
        let Some(&width) = self.widths.get(level) else {
            return Err(CodeError::NoLevelBelow { parent: parent.to_owned() });
        };
        if number == 0 {
            return Err(CodeError::Zero { code: parent.to_owned(), level: level + 1 });
        }
        let digits = format!("{number:0width$}", width = usize::from(width));
        if digits.len() > usize::from(width) {
            return Err(CodeError::NumberTooLarge {
                parent: parent.to_owned(),
                number,
                level: level + 1,
                width,
            });
        }
        Ok(SmolStr::from(format!("{parent}{digits}")))
    }

    fn level_of_length(&self, code: &str) -> Result<usize, CodeError> {
        let totals = self.widths.iter().scan(0, |total, width| {
            *total += usize::from(*width);
            Some(*total)
        });
        let totals: Vec<usize> = totals.collect();
        totals.iter().position(|total| *total == code.len()).ok_or_else(|| CodeError::Length {
            code: code.to_owned(),
            length: code.len(),
            allowed: totals.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
        })
    }
}

impl TryFrom<Vec<u8>> for CodeRule {
    type Error = CodeError;

    fn try_from(widths: Vec<u8>) -> Result<Self, CodeError> {
        Self::new(&widths)
    }
}

impl From<CodeRule> for Vec<u8> {
    fn from(rule: CodeRule) -> Self {
        rule.widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_says_its_level_and_its_parent() {
        let rule = CodeRule::default();
        assert_eq!(rule.level_of("500105"), Ok(0));
        assert_eq!(rule.level_of("500105001002003"), Ok(3));
        assert_eq!(rule.parent_of("500105001002003"), Ok(Some(SmolStr::new("500105001002"))));
        assert_eq!(rule.parent_of("500105001"), Ok(Some(SmolStr::new("500105"))));
        assert_eq!(rule.parent_of("500105"), Ok(None));
        assert_eq!(rule.child_of("500105001002", 7), Ok(SmolStr::new("500105001002007")));
    }

    #[test]
    fn a_bad_code_says_how_to_mend_it() {
        let rule = CodeRule::default();
        let wrong = |code: &str| rule.parse(code).unwrap_err().to_string();
        assert!(wrong("50010").contains("has 5 digits; the levels here have 6, 9, 12, 15"));
        assert!(wrong("").contains("0 digits"));
        assert!(wrong("500105 01").contains("' ' at position 7"));
        assert!(wrong("５00105").contains("at position 1"));
        assert!(wrong("500105000").contains("level 2 are all zero"));
        assert!(rule.child_of("500105001002003", 1).unwrap_err().to_string().contains("lowest level"));
        assert!(rule.child_of("500105", 1000).unwrap_err().to_string().contains("level 2 has 3 digits"));
        assert!(rule.child_of("500105", 0).is_err());
    }

    #[test]
    fn other_widths_are_a_setting_and_a_useless_one_is_refused() {
        let rule = CodeRule::new(&[6, 3, 3, 3, 2]).unwrap();
        assert_eq!(rule.level_of("50010500100200301"), Ok(4));
        assert!(CodeRule::new(&[]).is_err());
        assert!(CodeRule::new(&[6, 0]).is_err());
        assert_eq!(serde_json::from_str::<CodeRule>("[6,3]").unwrap().levels(), 2);
        assert!(serde_json::from_str::<CodeRule>("[6,0]").unwrap_err().to_string().contains("for example"));
        assert_eq!(serde_json::to_string(&rule).unwrap(), "[6,3,3,3,2]");
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,20}") {
            let rule = CodeRule::default();
            if let Ok(code) = rule.parse(&text) {
                prop_assert_eq!(code.digits.as_str(), text.as_str());
                prop_assert_eq!(rule.parent_of(&text).unwrap().is_none(), code.level == 0);
            }
        }

        #[test]
        fn a_child_has_its_parent_back(number in 1u32..=999) {
            let rule = CodeRule::default();
            let child = rule.child_of("110115", number).unwrap();
            prop_assert_eq!(rule.parent_of(&child), Ok(Some(SmolStr::new("110115"))));
        }
    }
}
