//! The names that are nearest to what somebody wrote.
//!
//! Owns one measure of nearness for codes and names in any script: the pairs of neighbouring characters that two texts share
//! (Dice 1945). It refuses to guess: it only proposes. Start at [`nearest`].

use huying_model::{Rules, catalogue::Matter};

/// Names that are proposed.
const PROPOSED: usize = 3;

/// The codes whose code or name is nearest to a text, nearest first.
pub fn nearest<'a>(text: &str, known: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    first(known.map(|(code, name)| (likeness(text, code).max(likeness(text, name)), code)))
}

/// The matters whose code, last part of the code or name is nearest.
pub(super) fn matters<'r>(rules: &'r Rules, text: &str) -> Vec<&'r Matter> {
    let own = text.rsplit('/').next().unwrap_or(text);
    first(rules.matters.values().map(|matter| {
        let leaf = matter.code.as_str().rsplit('/').next().unwrap_or_default();
        let score = [
            likeness(text, matter.code.as_str()),
            likeness(own, leaf),
            likeness(text, &matter.name),
            likeness(text, &matter.name_en),
        ];
        (score.into_iter().max().unwrap_or(0), matter)
    }))
}

/// The highest scores, in the order of the catalogue where they are equal.
fn first<T>(scored: impl Iterator<Item = (u32, T)>) -> Vec<T> {
    let mut scored: Vec<(u32, T)> = scored.collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().take(PROPOSED).map(|(_, found)| found).collect()
}

/// Per mille of the pairs that two texts share; a single character counts as a pair of its own.
fn likeness(one: &str, other: &str) -> u32 {
    let (one, mut other) = (pairs(one), pairs(other));
    let all = one.len() + other.len();
    if all == 0 {
        return 0;
    }
    let mut shared = 0;
    for pair in &one {
        if let Some(at) = other.iter().position(|found| found == pair) {
            other.swap_remove(at);
            shared += 2;
        }
    }
    u32::try_from(shared * 1000 / all).unwrap_or(0)
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    match letters.as_slice() {
        [single] => vec![(*single, *single)],
        many => many.windows(2).map(|pair| (pair[0], pair[1])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_misspelt_is_proposed_first() {
        let known = [
            ("city/order/parking", "违规停车"),
            ("city/order/vendor", "占道经营"),
            ("city/park/tree", "绿化"),
        ];
        let near = |text: &str| nearest(text, known.into_iter())[0];
        assert_eq!(near("city/order/parkign"), "city/order/parking");
        assert_eq!(near("停车"), "city/order/parking");
        assert_eq!(near("vendors"), "city/order/vendor");
    }
}
