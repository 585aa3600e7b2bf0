//! Which matter a report in plain words is about: a guess that people look at, and none where it is not plain.
//!
//! Owns the comparing of a text with the names of matters and the words under which the pack lets people look for them. A guess files
//! nothing: a matter whose reports the rules file by themselves is never guessed, and one that is not public neither, since a wrong guess
//! would hide or open what is somebody's own. Refuses to choose between two that fit about as well. Start at [`matter`].

use std::collections::BTreeSet;

use huying_model::catalogue::{Matter, Source};

use crate::{engine::Setting, words};

/// What a whole name weighs, and a word of the pack.
const WHOLE: usize = 1_000;
/// So much of a name has to be said.
const ENOUGH: usize = WHOLE / 3;
/// So far ahead of the next one a guess has to be.
const AHEAD: usize = 300;

/// The matter that this text of a resident is most likely about.
pub fn matter<'s>(setting: &'s Setting, text: &str) -> Option<&'s Matter> {
    let text = words::beginning(text).to_lowercase();
    let said = pieces(&text);
    let mut best: Option<(usize, &Matter)> = None;
    let mut next = 0;
    for matter in setting.policy.current.matters.values() {
        let score = score(setting, matter, &text, &said);
        match best {
            Some((most, _)) if score <= most => next = next.max(score),
            _ => {
                next = best.map_or(next, |(most, _)| next.max(most));
                best = Some((score, matter));
            }
        }
    }
    let (most, matter) = best?;
    let plain = most >= ENOUGH && most - next >= AHEAD;
    let public = setting.pack.public.service(matter).public;
    let files = setting.policy.current.auto(&matter.code, Source::Resident).is_some_and(|auto| auto.file);
    (plain && public && !files).then_some(matter)
}

fn score(setting: &Setting, matter: &Matter, text: &str, said: &BTreeSet<String>) -> usize {
    let name = share(&matter.name, said).max(share(&matter.name_en, said));
    let known = setting.pack.public.keywords(matter);
    let keyword = known.iter().any(|word| !word.is_empty() && text.contains(word.to_lowercase().as_str()));
    if keyword { name + WHOLE } else { name }
}

/// How much of a name was said; nothing of one that has no piece.
fn share(name: &str, said: &BTreeSet<String>) -> usize {
    let name = pieces(&name.to_lowercase());
    let shared = name.intersection(said).count();
    (shared * WHOLE).checked_div(name.len()).unwrap_or(0)
}

/// Pairs of neighbouring Chinese signs, and words of Latin letters that are no filling.
fn pieces(text: &str) -> BTreeSet<String> {
    const SHORTEST: usize = 4;
    let mut found = BTreeSet::new();
    for run in text.split(|sign: char| !sign.is_alphanumeric()) {
        if run.is_ascii() {
            if run.len() >= SHORTEST {
                found.insert(run.to_owned());
            }
            continue;
        }
        let signs: Vec<char> = run.chars().collect();
        for pair in signs.windows(2) {
            found.insert(pair.iter().collect());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn starter() -> Setting {
        let pack = huying_pack::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter"));
        Setting::of_pack(pack.unwrap_or_else(|problems| panic!("{problems:?}")), 0)
    }

    #[test]
    fn what_is_plain_is_guessed_and_what_is_not_is_left_to_people() {
        let setting = starter();
        let guess = |text: &str| matter(&setting, text).map_or("", |matter| matter.code.as_str());
        for (text, code) in [
            ("路口有垃圾，已经两天了", "city/facility/litter"),
            ("There is RUBBISH at the crossing", "city/facility/litter"),
            ("晚上路灯不亮，看不见路", "city/facility/streetlight"),
            ("有人占道经营，过不去", "city/order/vendor"),
            ("", ""),
            ("出了点问题，请来看看", ""),
            ("附近的设施坏了", ""),
        ] {
            assert_eq!(guess(text), code, "{text}");
        }
    }

    #[test]
    fn what_is_not_public_is_never_guessed() {
        let setting = starter();
        for text in ["邻里纠纷，吵了很久", "想办老年卡代办", "闻到燃气泄漏", "重点任务"]
        {
            let guessed = matter(&setting, text);
            assert!(guessed.is_none(), "{text}: {guessed:?}");
        }
    }
}
