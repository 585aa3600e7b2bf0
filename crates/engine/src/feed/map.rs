//! FEED.toml: which Open311 server, what is taken from it, what is given to it, and what its codes mean here.
//!
//! ```toml
//! system = "city311"                    # names the source for ever: a case's identity is made of it and the foreign id
//! url = "https://311.example.org/open311/v2"
//! jurisdiction = "example.org"          # where the server serves several
//! format = "json"                       # or "xml"
//! time_zone = "America/Chicago"         # for moments that name no offset
//! datum = "wgs84"                       # the specification's; some servers differ
//! every_minutes = 5
//! page_size = 100
//!
//! [pull]                                # left out: nothing is taken
//! source = "upper_platform"
//! unknown_place = "list"                # requests without a place: "list" them, or "import" them for the root centre
//! closed = "solved"                     # what "closed" there means here
//! since_days = 90                       # how far the first look reaches back
//! asks_by_id = false                    # true for a server without updated_after: open cases are asked for by their ids
//! photos = true                         # media_url is fetched, from where the server itself is
//! photos_from = []                      # other places that photos may come from, such as "https://media.example.org"
//!
//! [pull.matter]                         # their service_code = our matter; "*" for any other
//! "001" = "city/facility/streetlight"
//!
//! [pull.attribute."001"]                # where attributes of a request are kept: see attributes.rs beside this file
//! POLE = { to = "answer:POLE" }
//!
//! [push]                                # left out: nothing is given
//! words = "none"                        # or "text": title and text go out; nothing of a reporter ever does
//! purpose = "handling"                  # needed with "text": it is written down for each case, and its reporter sees it
//! updates = true                        # by servicerequestupdates, where the server has it
//! photos = "link"                       # those that are public: "link" as media_url, "file" in a form with parts, or "none"
//!
//! [push.matter]                         # our matter = their service_code; only these go out
//! "city/facility/manhole" = "014"
//!
//! [push.attribute."014"]                # what the attributes of a service are filled with
//! OURS = { from = "number" }
//! ```
//!
//! Owns reading and checking against the pack; the tables of attributes are [`attributes`]'s. Start at [`FeedMap::parse`].

use std::collections::BTreeMap;

use huying_geo::Datum;
use huying_model::{
    MatterCode,
    catalogue::{Outcome, Source},
};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{
    attributes::{self, Fills, Takes},
    wire::Format,
};
use crate::{
    Problem,
    engine::Setting,
    import::map::{Columns, Map, UnknownPlace},
};

/// See the module.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedMap {
    pub system: String,
    pub url: String,
    pub jurisdiction: Option<String>,
    #[serde(default)]
    pub format: Format,
    #[serde(default = "utc")]
    pub time_zone: String,
    #[serde(default)]
    pub datum: Datum,
    #[serde(default = "five")]
    pub every_minutes: u32,
    #[serde(default = "hundred")]
    pub page_size: u32,
    pub pull: Option<Pull>,
    pub push: Option<Push>,
}

/// What is taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    #[serde(default = "upper")]
    pub source: Source,
    #[serde(default)]
    pub unknown_place: UnknownPlace,
    #[serde(default = "solved")]
    pub closed: Outcome,
    #[serde(default = "ninety")]
    pub since_days: u32,
    #[serde(default)]
    pub asks_by_id: bool,
    #[serde(default = "yes")]
    pub photos: bool,
    #[serde(default)]
    pub photos_from: Vec<String>,
    #[serde(default)]
    pub matter: BTreeMap<String, MatterCode>,
    #[serde(default)]
    pub attribute: Takes,
}

/// What is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    #[serde(default)]
    pub words: Words,
    pub purpose: Option<String>,
    #[serde(default)]
    pub updates: bool,
    #[serde(default)]
    pub photos: Photos,
    pub matter: BTreeMap<MatterCode, String>,
    #[serde(default)]
    pub attribute: Fills,
}

/// How photos that everybody may see go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Photos {
    None,
    /// By their public addresses, where the deployment has one.
    #[default]
    Link,
    /// Themselves, for a server that takes forms with parts.
    File,
}

/// Which words of a case go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// The matter's name and the number.
    #[default]
    None,
    /// Title and text too.
    Text,
}

fn yes() -> bool {
    true
}
fn utc() -> String {
    "UTC".to_owned()
}
fn five() -> u32 {
    5
}
fn hundred() -> u32 {
    100
}
fn ninety() -> u32 {
    90
}
fn upper() -> Source {
    Source::UpperPlatform
}
fn solved() -> Outcome {
    Outcome::Solved
}

impl FeedMap {
    /// Reads a map.
    ///
    /// # Errors
    /// One problem, with line and column in its text.
    pub fn parse(text: &str) -> Result<FeedMap, Problem> {
        toml::from_str(text).map_err(|error| Problem::at("FEED", "map_unreadable", error.to_string()))
    }

    /// The server's zone.
    pub fn zone(&self) -> Result<TimeZone, Problem> {
        let mend = |error| format!("{error}: write a zone such as Asia/Shanghai.");
        TimeZone::get(&self.time_zone).map_err(|error| Problem::at("time_zone", "unknown_zone", mend(error)))
    }

    /// Everything that does not fit what the authority goes by, all at once.
    pub fn check(&self, setting: &Setting) -> Result<(), Vec<Problem>> {
        let mut wrong = Vec::new();
        let matters = &setting.policy.current.matters;
        let mut refuse =
            |field: &str, code: &'static str, mend: String| wrong.push(Problem::at(field, code, mend));
        if self.system.trim().is_empty() || self.system.contains(':') {
            refuse("system", "system", "Give the other system a short name without a colon.".into());
        }
        if let Err(problem) = self.zone() {
            refuse("time_zone", problem.code, problem.mend);
        }
        if !(1..=1440).contains(&self.every_minutes) {
            refuse("every_minutes", "range", "Ask every 1 to 1440 minutes.".into());
        }
        if !(1..=1000).contains(&self.page_size) {
            refuse("page_size", "range", "Ask for 1 to 1000 requests at once.".into());
        }
        if self.pull.is_none() && self.push.is_none() {
            refuse("pull", "nothing", "Add [pull], [push] or both: this feed does nothing.".into());
        }
        for (theirs, ours) in self.pull.iter().flat_map(|pull| &pull.matter) {
            if !matters.contains_key(ours) {
                refuse(
                    &format!("pull.matter.{theirs}"),
                    "unknown_matter",
                    format!("There is no matter {ours}."),
                );
            }
        }
        if self.pull.as_ref().is_some_and(|pull| pull.matter.is_empty()) {
            refuse(
                "pull.matter",
                "nothing",
                "Name a matter for their services; \"*\" takes all others.".into(),
            );
        }
        for from in self.pull.iter().flat_map(|pull| &pull.photos_from) {
            if origin(from).is_none() {
                let mend = format!("“{from}” is no place: write one such as https://media.example.org.");
                refuse("pull.photos_from", "address", mend);
            }
        }
        if let Some(push) = &self.push {
            for ours in push.matter.keys().filter(|ours| !matters.contains_key(*ours)) {
                refuse(
                    &format!("push.matter.{ours}"),
                    "unknown_matter",
                    format!("There is no matter {ours}."),
                );
            }
            if push.matter.is_empty() {
                refuse(
                    "push.matter",
                    "nothing",
                    "Name their service_code for each matter that goes out.".into(),
                );
            }
            let known = |purpose: &str| crate::person::PURPOSES.iter().any(|(code, _, _)| *code == purpose);
            match (&push.purpose, push.words) {
                (None, Words::Text) => {
                    refuse("push.purpose", "missing", "Words go out for a purpose only: name it.".into());
                }
                (Some(purpose), _) if !known(purpose) => {
                    refuse("push.purpose", "unknown_purpose", format!("There is no purpose '{purpose}'."));
                }
                _ => {}
            }
        }
        wrong.extend(attributes::check(self, setting));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Whether a photo may be fetched from this address: from where the server itself is, and from where the map says.
    pub fn allows_photo(&self, pull: &Pull, url: &str) -> bool {
        let mut places =
            std::iter::once(&self.url).chain(&pull.photos_from).filter_map(|place| origin(place));
        origin(url).is_some_and(|from| places.any(|place| place == from))
    }

    /// The same as a map of a file: requests are told like rows.
    pub fn of_rows(&self, pull: &Pull) -> Map {
        let none = || None;
        Map {
            system: self.system.clone(),
            time_zone: self.time_zone.clone(),
            time_format: String::new(),
            datum: self.datum,
            unknown_place: pull.unknown_place,
            columns: Columns {
                foreign: "service_request_id".to_owned(),
                created: "requested_datetime".to_owned(),
                closed: none(),
                closed_or: none(),
                due: none(),
                lon: none(),
                lat: none(),
                matter: none(),
                status: none(),
                source: none(),
                unit: none(),
                title: none(),
                text: none(),
                address: none(),
            },
            matter: pull.matter.clone(),
            source: BTreeMap::new(),
            status: BTreeMap::new(),
            unit: BTreeMap::new(),
        }
    }
}

/// Scheme, host and port of an address: another port of the same machine is another place.
fn origin(url: &str) -> Option<reqwest::Url> {
    let mut url = reqwest::Url::parse(url.trim()).ok()?;
    let tuple = url.origin().is_tuple() && url.username().is_empty() && url.password().is_none();
    if !tuple || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// The text of a map in which a service of theirs means this matter from now on; every other line stays as it was written.
///
/// # Errors
/// Where the text has no table `[pull.matter]` of its own lines.
pub fn with_matter(text: &str, service: &str, matter: &MatterCode) -> Result<String, Problem> {
    let head =
        text.lines().position(|line| line.split('#').next().unwrap_or_default().trim() == "[pull.matter]");
    let Some(head) = head else {
        let mend = "Write the service into the map by hand: it has no line [pull.matter].";
        return Err(Problem::at("all", "no_table", mend));
    };
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.insert(head + 1, format!("{} = {}", quoted(service), quoted(matter.as_str())));
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = "system = \"x\"\nurl = \"https://a.example/v2\"\n[pull]\nphotos_from = [\"https://b.example\"]\n[pull.matter] # theirs\n\"1\" = \"m\"\n";

    #[test]
    fn photos_come_from_where_the_server_is_and_from_where_the_map_says() {
        let map = FeedMap::parse(MADE).unwrap();
        let pull = map.pull.clone().unwrap();
        for (url, may) in [
            ("https://a.example/p.jpg?x=1", true),
            ("https://A.example:443/p.jpg", true),
            ("https://b.example/p.jpg", true),
            ("https://a.example:8443/p.jpg", false),
            ("http://a.example/p.jpg", false),
            ("https://a.example.evil.example/p.jpg", false),
            ("https://a.example@evil.example/p.jpg", false),
            ("https://me:too@a.example/p.jpg", false),
            ("file:///etc/passwd", false),
            ("data:image/png;base64,AAAA", false),
            ("p.jpg", false),
        ] {
            assert_eq!(map.allows_photo(&pull, url), may, "{url}");
        }
    }

    #[test]
    fn a_service_is_written_into_the_map_and_nothing_else_of_it_changes() {
        let matter = MatterCode::new("city/facility/litter");
        let text = with_matter(MADE, "a \"b\" \\", &matter).unwrap();
        let map = FeedMap::parse(&text).unwrap();
        let pull = map.pull.unwrap();
        assert_eq!(pull.matter.get("a \"b\" \\"), Some(&matter));
        assert_eq!(pull.matter.len(), 2);
        assert!(text.contains("[pull.matter] # theirs\n") && text.contains("\"1\" = \"m\"\n"), "{text}");
        assert!(with_matter("[pull]\nmatter = {}\n", "1", &matter).is_err());
    }
}
