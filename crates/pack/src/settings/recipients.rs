//! Groups of people whom the authority helps (服务对象), as the settings name them.
//!
//! Owns `[recipients.CODE]` and the list of what no group may be made of. A group says what help is given, never what people are
//! watched for: one by belief, origin, ethnicity, petitions, political view or suspicion is a watch-list, which the lint tells and no
//! register takes. Words alone cannot tell every watch-list: who approves a version reads the groups. Start at [`read`] and
//! [`Group::refused`].

use smol_str::SmolStr;

use crate::doc::Section;
use crate::problem::Spot;
use crate::settings::{Names, names};

/// A group of people who may be helped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Small letters, digits and `_`.
    pub code: SmolStr,
    pub name: Names,
    /// The help that is given, which is what a recipient agrees to.
    pub help: Names,
    /// Only a guardian can agree: for children under 14, and for who cannot decide for themselves.
    pub guardian: bool,
    /// Where it stands in the settings file.
    pub spot: Spot,
}

/// What no group may be made of, with words that give it away, in small letters.
const REFUSED: [(&str, &[&str]); 7] = [
    ("belief", &["信仰", "宗教", "教徒", "信众", "教派", "religio", "belief", "faith", "church", "mosque"]),
    ("origin", &["籍贯", "原籍", "外地人", "户籍地", "place of origin", "native place", "hukou"]),
    ("ethnicity", &["民族", "族裔", "种族", "ethnic", "racial", "nationality"]),
    ("petitions", &["上访", "信访", "访民", "缠访", "petition"]),
    ("political view", &["政治", "党派", "异见", "political", "dissident", "activist"]),
    (
        "suspicion",
        &["嫌疑", "前科", "涉案", "犯罪", "违法", "刑满", "suspect", "criminal", "offender", "convict"],
    ),
    (
        "watching",
        &[
            "重点人",
            "重点关注",
            "管控",
            "稳控",
            "维稳",
            "黑名单",
            "watchlist",
            "watch-list",
            "watch list",
            "blacklist",
        ],
    ),
];

impl Group {
    /// What makes a watch-list of it, and the word that says so; None where it may be kept.
    pub fn refused(&self) -> Option<(&'static str, &'static str)> {
        let said = [&self.code, &self.name.zh, &self.name.en, &self.help.zh, &self.help.en];
        let said: Vec<String> = said.iter().map(|text| text.to_lowercase().replace('_', " ")).collect();
        let stands = |word: &&str| said.iter().any(|text| text.contains(*word));
        REFUSED.iter().find_map(|(what, words)| Some((*what, *words.iter().find(|word| stands(word))?)))
    }
}

/// Every `[recipients.CODE]`.
pub fn read(root: &Section) -> Vec<Group> {
    let mut groups = Vec::new();
    for (code, section) in root.entries("recipients") {
        let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !(1..=40).contains(&code.len()) || !code.bytes().all(sign) {
            let what = format!("'{code}' is no code of a group");
            section.fail("", what, "Write up to 40 small letters, digits and _");
        }
        let zh = section.need_text("help", "\"上门探视\"").unwrap_or_default();
        let help = Names { en: section.text("help_en").unwrap_or_else(|| zh.clone()), zh };
        groups.push(Group {
            name: names(&section),
            help,
            guardian: section.flag("guardian").unwrap_or(false),
            spot: section.spot("name"),
            code,
        });
        section.finish();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(code: &str, zh: &str, en: &str) -> Group {
        let names = |zh: &str, en: &str| Names { zh: zh.into(), en: en.into() };
        let (name, help) = (names(zh, en), names("上门探视", "Visits"));
        Group { code: code.into(), name, help, guardian: false, spot: Spot::default() }
    }

    #[test]
    fn a_group_that_is_helped_is_kept_and_a_watch_list_is_not() {
        for (code, zh, en) in [
            ("elderly_alone", "独居老人", "Elderly people who live alone"),
            ("disabled", "残疾人", "Disabled people"),
            ("family_in_need", "困难家庭", "Families in need"),
            ("minor_unguarded", "无人监护的未成年人", "Minors without a guardian"),
        ] {
            assert_eq!(group(code, zh, en).refused(), None, "{zh}");
        }
        for (code, zh, en, what) in [
            ("believers", "信教群众（宗教）", "Believers", "belief"),
            ("newcomers", "外地人", "Newcomers", "origin"),
            ("minority", "少数民族居民", "Minority", "ethnicity"),
            ("visitors", "上访人员", "Visitors", "petitions"),
            ("views", "访客", "People of a Political view", "political view"),
            ("released", "刑满人员", "Released", "suspicion"),
            ("key_people", "重点人员", "Key people", "watching"),
            ("watch_list", "名单", "List", "watching"),
        ] {
            assert_eq!(group(code, zh, en).refused().map(|(what, _)| what), Some(what), "{zh}");
        }
    }
}
