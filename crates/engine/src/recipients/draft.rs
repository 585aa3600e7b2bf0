//! What is told of a recipient, before anything of it is sealed: read and judged, every mistake with its field.
//!
//! Owns which groups, cells and units there are to choose from, and what consent has to say: who gave it, how, for what, when and until when.
//! Start at [`Judge`].

use huying_model::{AreaCode, Instant, UnitId};
use huying_pack::settings::Group;
use huying_store::person::Consent;
use serde::Deserialize;
use smol_str::SmolStr;

use super::{Field, GIVEN_BY, HOW, PURPOSES};
use crate::{Error, Problem, Setting, person::chosen, words};

const DAY_MS: i64 = 86_400_000;
/// Consent lasts three years at most, to the end of the last day: after that they are asked again.
pub const LONGEST_DAYS: i64 = 1_097;
/// Codes that a list may have: far more than there are.
const MANY: usize = 100;

/// A recipient as somebody writes them down. Of a change, what is left out stays; an empty text removes what was told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// The version that was read; of a change or a renewal.
    pub version: Option<i64>,
    pub unit: Option<String>,
    pub area: Option<String>,
    pub groups: Option<Vec<String>>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub needs: Option<String>,
    pub guardian: Option<String>,
    pub consent: Option<ConsentDraft>,
}

/// Consent as somebody writes it down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentDraft {
    /// One of [`GIVEN_BY`].
    pub given_by: String,
    /// One of [`HOW`].
    pub how: String,
    /// Of [`PURPOSES`].
    pub purposes: Vec<String>,
    /// RFC 3339.
    pub at: String,
    pub until: String,
}

impl Draft {
    pub(super) fn field(&self, field: Field) -> Option<&str> {
        let told = match field {
            Field::Name => &self.name,
            Field::Phone => &self.phone,
            Field::Address => &self.address,
            Field::Needs => &self.needs,
            Field::Guardian => &self.guardian,
        };
        told.as_deref()
    }
}

/// Reads a draft and keeps every mistake.
pub(super) struct Judge<'a> {
    pub setting: &'a Setting,
    pub now: Instant,
    pub problems: Vec<Problem>,
}

impl Judge<'_> {
    pub fn wrong(&mut self, field: &str, code: &'static str, mend: impl Into<String>) {
        self.problems.push(Problem::at(field, code, mend));
    }

    /// Whether nothing was wrong.
    pub fn done(self) -> Result<(), Error> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(self.problems)) }
    }

    fn pick(&mut self, list: &[(&'static str, &str, &str)], field: &str, given: &str) -> SmolStr {
        match chosen(list, field, given.trim()) {
            Ok(code) => SmolStr::new_static(code),
            Err(Error::Invalid(told)) => {
                self.problems.extend(told);
                SmolStr::default()
            }
            Err(_) => SmolStr::default(),
        }
    }

    /// Whether a list has more codes than anybody means: each of them would be judged, and answered.
    fn many(&mut self, field: &str, given: &[String]) -> bool {
        let many = given.len() > MANY;
        if many {
            self.wrong(field, "list_too_long", format!("Send each code once, {MANY} at most."));
        }
        many
    }

    /// The groups with these codes or names, each once.
    pub fn groups(&mut self, given: &[String]) -> Vec<SmolStr> {
        let setting = self.setting;
        let known: Vec<&Group> = setting.pack.groups().collect();
        if known.is_empty() {
            let mend = "The policy names no group of people who are helped: an administrator adds [recipients.CODE] to pack.toml.";
            self.wrong("groups", "no_groups", mend);
            return Vec::new();
        }
        let mut groups = Vec::new();
        if self.many("groups", given) {
            return groups;
        }
        for text in given.iter().map(|text| text.trim()) {
            match known.iter().find(|group| group.code.as_str() == text || group.name.zh.as_str() == text) {
                Some(group) if groups.contains(&group.code) => {}
                Some(group) => groups.push(group.code.clone()),
                None => {
                    let codes: Vec<&str> = known.iter().map(|group| group.code.as_str()).collect();
                    self.wrong("groups", "unknown_choice", format!("Choose among {}.", codes.join(", ")));
                    break;
                }
            }
        }
        if given.is_empty() {
            self.wrong("groups", "missing", "Say by which group they are helped.");
        }
        groups
    }

    /// A cell: an area of the smallest level.
    pub fn area(&mut self, given: Option<&str>) -> AreaCode {
        let code = AreaCode::new(given.unwrap_or_default().trim());
        let org = &self.setting.policy.org;
        let is_cell = org.areas.get(&code).map(|area| Some(&area.level) == org.levels.last());
        match is_cell {
            Some(true) => {}
            Some(false) => self.wrong("area", "not_a_cell", "Name a cell: an area of the smallest level."),
            None if code.as_str().is_empty() => self.wrong("area", "missing", "Name the cell they live in."),
            None => self.wrong("area", "unknown_area", "Choose a cell from the list of areas."),
        }
        code
    }

    pub fn unit(&mut self, given: &str) -> UnitId {
        let unit = UnitId::new(given.trim());
        if !self.setting.policy.org.active(&unit, self.now) {
            self.wrong("unit", "unknown_unit", "Choose a unit from the list of units.");
        }
        unit
    }

    /// The personal field as it is told, where it is.
    pub fn text(&mut self, draft: &Draft, field: Field) -> Option<String> {
        let text = draft.field(field)?.trim().to_owned();
        let most = field.longest();
        if text.chars().count() > most {
            self.wrong(field.code(), "text_too_long", format!("Shorten it to {most} characters."));
        }
        if text.chars().any(words::is_control) {
            self.wrong(field.code(), "control_character", words::NO_CONTROL);
        }
        Some(text)
    }

    fn moment(&mut self, field: &str, given: &str) -> Instant {
        match given.trim().parse::<Instant>() {
            Ok(at) => at,
            Err(_) if given.trim().is_empty() => {
                self.wrong(field, "missing", "Say when, in RFC 3339, such as 2026-05-01T08:00:00+08:00.");
                self.now
            }
            Err(why) => {
                self.wrong(field, "not_a_moment", why.to_string());
                self.now
            }
        }
    }

    /// What was agreed to. The moments are judged only where they could be read.
    pub fn consent(&mut self, told: Option<&ConsentDraft>) -> Consent {
        let nothing = ConsentDraft::default();
        if told.is_none() {
            self.wrong(
                "consent",
                "consent_missing",
                "Nobody is kept without consent: say who gave it, how, for what, when and until when.",
            );
        }
        let given = told.unwrap_or(&nothing);
        let before = self.problems.len();
        let (given_by, how) = match told {
            Some(_) => (
                self.pick(&GIVEN_BY, "consent.given_by", &given.given_by),
                self.pick(&HOW, "consent.how", &given.how),
            ),
            None => (SmolStr::default(), SmolStr::default()),
        };
        let mut purposes: Vec<SmolStr> = Vec::new();
        let told_purposes = match self.many("consent.purposes", &given.purposes) {
            true => &[][..],
            false => given.purposes.as_slice(),
        };
        for text in told_purposes {
            let code = self.pick(&PURPOSES, "consent.purposes", text);
            if !purposes.contains(&code) {
                purposes.push(code);
            }
        }
        let (mut at, mut until) = (self.now, self.now);
        if told.is_some() {
            if given.purposes.is_empty() {
                self.wrong("consent.purposes", "missing", "Say what they agreed to be kept for.");
            }
            at = self.moment("consent.at", &given.at);
            until = self.moment("consent.until", &given.until);
        }
        if self.problems.len() == before && told.is_some() {
            if at > self.now {
                self.wrong(
                    "consent.at",
                    "consent_ahead",
                    "Consent was given before it is written down: correct the moment.",
                );
            }
            if until <= self.now {
                self.wrong(
                    "consent.until",
                    "consent_past",
                    "It would be over already: name a moment that is still to come.",
                );
            } else if until.minus(at) > LONGEST_DAYS * DAY_MS {
                self.wrong(
                    "consent.until",
                    "consent_long",
                    "Three years at most: after that they are asked again.",
                );
            }
        }
        Consent { given_by, how, purposes, at, until }
    }

    /// A guardian agrees for those of some groups, and is named where they do.
    pub fn guarded(&mut self, groups: &[SmolStr], consent: &Consent, named: bool) {
        let setting = self.setting;
        let needed = setting.pack.groups().find(|group| group.guardian && groups.contains(&group.code));
        if let Some(group) = needed.filter(|_| consent.given_by == "self") {
            let mend = format!(
                "Of the group '{}' only a guardian can agree: write down whose consent it is.",
                group.code
            );
            self.wrong("consent.given_by", "guardian_needed", mend);
        }
        if consent.given_by == "guardian" && !named {
            self.wrong("guardian", "missing", "Say who agreed for them, and how to reach them.");
        }
    }
}
