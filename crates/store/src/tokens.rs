//! Search terms, made the same way for both databases: pairs of Han, kana or hangul characters, and whole words of
//! other scripts.
//!
//! Owns [`Terms`] for what is stored and [`wanted`] for what is asked. It refuses languages' own rules (stems, synonyms):
//! a term is found exactly, which both databases do alike. The last character of a run is a term of its own too, so a
//! single character is found as the beginning of a term wherever it stands.

use std::collections::BTreeSet;

/// Longer words are cut here; a term stays far below what either database takes.
const LONGEST: usize = 48;

/// Whether a character is written without spaces between words.
fn dense(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// A full-width letter or digit as its ordinary form.
fn narrow(c: char) -> char {
    match c as u32 {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Runs of dense characters and words of other scripts in lower case, in order.
fn runs(text: &str) -> Vec<(bool, Vec<char>)> {
    let mut runs: Vec<(bool, Vec<char>)> = Vec::new();
    let mut open = false;
    for c in text.chars().map(narrow) {
        let is_dense = dense(c);
        if !is_dense && !c.is_alphanumeric() {
            open = false;
            continue;
        }
        if !open || runs.last().is_none_or(|(same, _)| *same != is_dense) {
            runs.push((is_dense, Vec::new()));
        }
        open = true;
        if let Some((_, run)) = runs.last_mut() {
            if is_dense {
                run.push(c);
            } else {
                run.extend(c.to_lowercase().filter(|low| low.is_alphanumeric()));
            }
        }
    }
    runs
}

/// The terms of one document, collected from its texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Two dense characters in the halves of a number; the last character of a run stands over an empty half.
    pairs: Vec<u64>,
    words: Vec<String>,
}

impl Terms {
    /// Takes in a text.
    pub fn add(&mut self, text: &str) {
        self.pairs.reserve(text.len() / 3);
        let mut before: Option<char> = None;
        let mut word = String::new();
        for c in text.chars().map(narrow) {
            // Most of a text is dense, and such a character needs no look into the tables of Unicode.
            if dense(c) {
                self.word(&mut word);
                if let Some(before) = before {
                    self.pairs.push(pair(before, u64::from(c)));
                }
                before = Some(c);
                continue;
            }
            self.pairs.extend(before.take().map(|last| pair(last, 0)));
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase().filter(|low| low.is_alphanumeric()));
            } else {
                self.word(&mut word);
            }
        }
        self.pairs.extend(before.map(|last| pair(last, 0)));
        self.word(&mut word);
    }

    fn word(&mut self, word: &mut String) {
        if !word.is_empty() {
            self.words.push(word.chars().take(LONGEST).collect());
            word.clear();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.words.is_empty()
    }

    /// Each term once, parted by blanks: the words, then the pairs, each in order.
    pub fn joined(mut self) -> String {
        self.words.sort_unstable();
        self.words.dedup();
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let mut all = String::with_capacity(
            self.pairs.len() * 7 + self.words.iter().map(|word| word.len() + 1).sum::<usize>(),
        );
        for word in &self.words {
            all.push_str(word);
            all.push(' ');
        }
        for pair in &self.pairs {
            all.extend([pair >> 32, pair & u64::from(u32::MAX)].into_iter().filter_map(sign));
            all.push(' ');
        }
        all.pop();
        all
    }
}

fn pair(first: char, second: u64) -> u64 {
    u64::from(first) << 32 | second
}

/// The character of a half; None for the empty one.
fn sign(half: u64) -> Option<char> {
    u32::try_from(half).ok().filter(|code| *code != 0).and_then(char::from_u32)
}

/// One term that has to be there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wanted {
    Exactly(String),
    /// A single dense character: any term that begins with it.
    Beginning(String),
}

/// What a search asks for: all of these terms.
pub fn wanted(query: &str) -> BTreeSet<Wanted> {
    let mut all = BTreeSet::new();
    for (is_dense, run) in runs(query) {
        match (is_dense, run.len()) {
            (true, 1) => {
                all.insert(Wanted::Beginning(run.into_iter().collect()));
            }
            (true, _) => all.extend(run.windows(2).map(|pair| Wanted::Exactly(pair.iter().collect()))),
            (false, _) => {
                all.insert(Wanted::Exactly(run.into_iter().take(LONGEST).collect()));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        let mut terms = Terms::default();
        terms.add(text);
        terms.joined().split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn chinese_gives_every_pair_and_the_last_character() {
        assert_eq!(list("路灯不亮，路灯"), ["不亮", "亮", "灯", "灯不", "路灯"]);
    }

    #[test]
    fn words_and_pairs_stand_side_by_side_without_mixing() {
        assert_eq!(list("3号楼WiFi坏了，Lift 2"), ["2", "3", "lift", "wifi", "了", "号楼", "坏了", "楼"]);
    }

    #[test]
    fn full_width_letters_are_the_same_as_ordinary_ones() {
        assert_eq!(list("ＡＢＣ１２３"), list("abc123"));
    }

    #[test]
    fn a_single_character_asks_for_a_beginning() {
        assert_eq!(wanted("灯").into_iter().next(), Some(Wanted::Beginning("灯".into())));
        assert_eq!(wanted("路灯").into_iter().next(), Some(Wanted::Exactly("路灯".into())));
        assert!(wanted("，。 !").is_empty());
    }
}
