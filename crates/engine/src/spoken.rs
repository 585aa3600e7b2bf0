//! What somebody's words speak of: places by their names, matters by what they are called and when they are filed.
//!
//! Owns two proposals for whoever writes down what a caller says. Nothing is decided by them: a person chooses, or goes on without.
//! Refuses to learn from cases, so that the same words always get the same answer. Start at [`places`] and [`matters`].

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{AreaCode, MatterCode, Rules, catalogue::Matter, org::Area};

use crate::{engine::Setting, words::beginning};

/// Proposals of each kind: more than a person takes in while somebody speaks are none.
const SHOWN: usize = 5;
/// Characters that a name must share with the words, and the share of it that they must be.
const SAME: usize = 2;
const HALF: f64 = 0.5;
/// From which share of a matter's own words it is proposed.
const LIKELY: f64 = 0.12;

/// Areas whose names stand in the words, the likeliest first. A name may be cut short at its end, as people do; the names of what
/// lies around an area speak for it too, and of two that are equally likely the smaller goes first.
pub fn places(setting: &Setting, words: &str) -> Vec<AreaCode> {
    let org = &setting.policy.org;
    let heard = beginning(words).to_lowercase();
    let share = |area: &Area| {
        let english = setting.pack.english(area.code.as_str());
        std::iter::once(&area.name).chain(english).map(|name| named(&heard, name)).fold(0.0, f64::max)
    };
    // The root goes without saying.
    let below = org.areas.values().filter(|area| area.parent.is_some());
    let shares: BTreeMap<&AreaCode, f64> = below.map(|area| (&area.code, share(area))).collect();
    let with_around =
        |code: &AreaCode| -> f64 { org.ancestors(code).filter_map(|above| shares.get(&above.code)).sum() };
    let depth = |code: &AreaCode| org.ancestors(code).count();
    let likely = shares.iter().filter(|(_, share)| **share >= HALF);
    let mut found: Vec<(f64, usize, &AreaCode)> =
        likely.map(|(code, _)| (with_around(code), depth(code), *code)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    found.into_iter().take(SHOWN).map(|(_, _, code)| code.clone()).collect()
}

/// How much of a name stands in what was heard, from its beginning on: all names of a level end alike. One in letters stands there
/// whole or not at all.
fn named(heard: &str, name: &str) -> f64 {
    let name = name.to_lowercase();
    if name.chars().any(|sign| sign.is_ascii_alphabetic()) {
        return if heard.contains(&name) { 1.0 } else { 0.0 };
    }
    let signs: Vec<char> = name.chars().collect();
    let stands = |length: &usize| heard.contains(&signs.iter().take(*length).collect::<String>());
    let longest = (SAME..=signs.len()).rev().find(stands);
    longest.map_or(0.0, |length| count(length) / count(signs.len()))
}

/// Matters that the words may be about, the likeliest first.
pub fn matters(setting: &Setting, words: &str) -> Vec<MatterCode> {
    likely(&setting.policy.current, beginning(words))
}

fn likely(rules: &Rules, words: &str) -> Vec<MatterCode> {
    let heard = grams(words);
    let known: Vec<Known> = rules.matters.values().map(Known::of).collect();
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for gram in known.iter().flat_map(|one| one.all()) {
        *held.entry(gram).or_default() += 1;
    }
    // What many matters say tells none of them from another.
    let weight = |gram: &String| 1.0 / count(held.get(gram.as_str()).copied().unwrap_or(1));
    let share = |own: &BTreeSet<String>| -> f64 {
        let all: f64 = own.iter().map(weight).sum();
        let same: f64 = own.iter().filter(|gram| heard.contains(*gram)).map(weight).sum();
        if all > 0.0 { same / all } else { 0.0 }
    };
    let score = |one: &Known| share(&one.zh).max(share(&one.en)) + share(&one.opens) / 2.0;
    let mut found: Vec<(f64, &MatterCode)> = known.iter().map(|one| (score(one), one.code)).collect();
    found.retain(|(score, _)| *score >= LIKELY);
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    found.into_iter().take(SHOWN).map(|(_, code)| code.clone()).collect()
}

/// A matter with what its name and its conditions are made of.
struct Known<'a> {
    code: &'a MatterCode,
    zh: BTreeSet<String>,
    en: BTreeSet<String>,
    opens: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn of(matter: &'a Matter) -> Known<'a> {
        let opens = matter.conditions.iter().flat_map(|condition| grams(&condition.opens_when)).collect();
        Known { code: &matter.code, zh: grams(&matter.name), en: grams(&matter.name_en), opens }
    }
    fn all(&self) -> BTreeSet<&str> {
        [&self.zh, &self.en, &self.opens].into_iter().flatten().map(String::as_str).collect()
    }
}

/// Pairs of Chinese signs that follow each other, and words in letters of three and more.
fn grams(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let mut grams = BTreeSet::new();
    for run in text.split(|sign: char| !sign.is_alphanumeric()) {
        for word in run.split(|sign: char| !sign.is_ascii()).filter(|word| word.len() > SAME) {
            grams.insert(word.to_owned());
        }
        for part in run.split(|sign: char| sign.is_ascii()) {
            let signs: Vec<char> = part.chars().collect();
            grams.extend(signs.windows(SAME).map(|pair| pair.iter().collect::<String>()));
        }
    }
    grams
}

/// Names and catalogues are far below 2^52 long.
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_cut_short_at_its_end_but_not_at_its_beginning() {
        let share = |heard: &str, name: &str| named(heard, name);
        assert!((share("我在柳湾社区门口", "柳湾社区") - 1.0).abs() < 1e-9);
        assert!((share("柳湾菜市场北门", "柳湾社区") - 0.5).abs() < 1e-9);
        assert!(share("我们社区门口", "柳湾社区") < 1e-9, "every community ends so");
        assert!((share("near willow community", "Willow Community") - 1.0).abs() < 1e-9);
        assert!(share("near the willow", "Willow Community") < 1e-9);
    }

    #[test]
    fn words_are_compared_by_pairs_of_signs_and_by_words_in_letters() {
        let of = |text: &str| grams(text).into_iter().collect::<Vec<_>>();
        assert_eq!(of("井盖丢了，不 安全"), ["丢了", "井盖", "安全", "盖丢"]);
        assert_eq!(of("A Lamp is OUT"), ["lamp", "out"]);
        assert_eq!(of("3号led灯"), ["led"]);
    }
}
