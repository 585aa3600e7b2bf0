//! What a service of theirs asks (`GET services/CODE`), beside what the map fills in.
//!
//! Owns reading a definition, in both forms and however it is wrapped, and two comparisons: of what a map will fill ([`Gaps`]), and of what
//! a report was sent with ([`unfit`]). Refuses to repeat what a case was sent with: a letter in the clear would tell it. Start at
//! [`ask`] and [`gaps`].

use std::collections::BTreeMap;

use huying_model::catalogue::Matter;
use huying_pack::public::Datatype;
use serde_json::Value;

use super::{
    attributes::{Fact, Fill, question},
    call::{Asked, CallError, Caller},
    map::FeedMap,
    wire::{self, Format, Unreadable},
};
use crate::engine::Setting;

/// Wrappers that a definition may lie in.
const DEEPEST: usize = 4;

/// What kind of answer is wanted, or given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    Number,
    Datetime,
    List,
}

/// An attribute that a service asks. Information wants no answer and is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Asks {
    pub code: String,
    pub required: bool,
    pub kind: Kind,
    /// The keys of a list.
    pub values: Vec<String>,
}

impl Asks {
    fn takes(&self, value: &str) -> bool {
        match self.kind {
            Kind::Text => true,
            Kind::Number => value.trim().parse::<f64>().is_ok_and(f64::is_finite),
            // Without an offset nobody knows when it is.
            Kind::Datetime => value.trim().parse::<jiff::Timestamp>().is_ok(),
            Kind::List => self.values.is_empty() || self.values.iter().any(|known| known == value),
        }
    }

    /// Whether it takes everything of a kind that cannot be listed.
    fn takes_all(&self, kind: Kind) -> bool {
        match self.kind {
            Kind::Text => true,
            Kind::Number | Kind::Datetime => self.kind == kind,
            Kind::List => self.values.is_empty(),
        }
    }
}

/// What a map leaves open or wrong of a service that it gives cases to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gaps {
    /// Required, and filled by no line: every report is refused.
    pub missing: Vec<String>,
    /// Required, and filled by a line that some cases have nothing for: their reports are refused.
    pub unsure: Vec<String>,
    /// Filled with what they do not take: the attribute, and the value or the fact that it comes from.
    pub wrong: Vec<(String, String)>,
    /// Named by the map, and not asked there.
    pub unknown: Vec<String>,
}

impl Gaps {
    pub fn is_empty(&self) -> bool {
        *self == Gaps::default()
    }
}

/// Asks what a service asks.
pub(super) async fn ask(caller: &Caller, map: &FeedMap, service: &str) -> Result<Vec<Asks>, CallError> {
    let method = format!("services/{}", segment(service));
    let fields = map.jurisdiction.iter().map(|name| ("jurisdiction_id".to_owned(), name.clone())).collect();
    let asked = Asked { base: &map.url, method: &method, format: map.format, fields, files: Vec::new() };
    let body = caller.get(&asked).await?;
    read(&body, map.format).map_err(|error| CallError::Unreadable(error.to_string()))
}

/// A code as a part of an address.
fn segment(code: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let sign = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    code.bytes().map(sign).collect()
}

/// The attributes of a definition.
///
/// # Errors
/// [`Unreadable`] where the answer is none.
fn read(body: &[u8], format: Format) -> Result<Vec<Asks>, Unreadable> {
    let told = wire::parsed(body, format)?;
    let records =
        records(&told, 0).ok_or_else(|| wire::unreadable("the answer is no definition of a service"))?;
    Ok(records.into_iter().filter_map(asks).collect())
}

fn records(told: &Value, deep: usize) -> Option<Vec<&Value>> {
    match told {
        Value::Null => Some(Vec::new()),
        Value::Array(list) => match list.as_slice() {
            [one] if one.get("code").is_none() && deep < DEEPEST => records(one, deep + 1),
            all => Some(all.iter().collect()),
        },
        Value::Object(fields) if fields.contains_key("code") => Some(vec![told]),
        Value::Object(fields) if deep < DEEPEST => {
            let inside =
                ["attributes", "attribute", "service_definition"].iter().find_map(|name| fields.get(*name));
            records(inside?, deep + 1)
        }
        _ => None,
    }
}

fn asks(record: &Value) -> Option<Asks> {
    if wire::flag(record, "variable") == Some(false) {
        return None;
    }
    let kind = match wire::text(record, "datatype").unwrap_or_default().to_lowercase().as_str() {
        "number" => Kind::Number,
        "datetime" => Kind::Datetime,
        "singlevaluelist" | "multivaluelist" => Kind::List,
        _ => Kind::Text,
    };
    let values = record.get("values").map(wire::values).unwrap_or_default();
    Some(Asks {
        code: wire::text(record, "code")?,
        required: wire::flag(record, "required").unwrap_or_default(),
        kind,
        values: values.into_iter().map(|(key, _)| key).collect(),
    })
}

/// Where what a report was sent with does not fit what the service asks, a phrase for each attribute.
pub(super) fn unfit(asks: &[Asks], sent: &[(String, String)]) -> Vec<String> {
    let phrase = |one: &Asks| {
        let (single, several) = (format!("attribute[{}]", one.code), format!("attribute[{}][]", one.code));
        let given = sent.iter().filter(|(name, _)| *name == single || *name == several);
        let mut values = given.map(|(_, value)| value.as_str()).peekable();
        if values.peek().is_none() {
            return one.required.then(|| format!("{} is required and not filled", one.code));
        }
        let wrong = values.any(|value| !one.takes(value));
        wrong.then(|| format!("{} does not take what it is filled with", one.code))
    };
    asks.iter().filter_map(phrase).collect()
}

/// What the map leaves open of a service. `matters` are those that go out as it.
pub(super) fn gaps(
    asks: &[Asks],
    fills: Option<&BTreeMap<String, Fill>>,
    (setting, matters): (&Setting, &[&Matter]),
) -> Gaps {
    let mut gaps = Gaps::default();
    for one in asks {
        let Some(fill) = fills.and_then(|fills| fills.get(&one.code)) else {
            if one.required {
                gaps.missing.push(one.code.clone());
            }
            continue;
        };
        let likely = Likely::of(fill, setting, matters);
        if one.required && !likely.always {
            gaps.unsure.push(one.code.clone());
        }
        let wrong = likely.values.into_iter().filter(|value| !one.takes(value));
        gaps.wrong.extend(wrong.map(|value| (one.code.clone(), value)));
        if let (Some(kind), Some(fact)) = (likely.open, &fill.from)
            && !one.takes_all(kind)
        {
            gaps.wrong.push((one.code.clone(), fact.to_string()));
        }
    }
    let named = fills.into_iter().flat_map(|fills| fills.keys());
    gaps.unknown = named.filter(|code| !asks.iter().any(|one| one.code == **code)).cloned().collect();
    gaps
}

/// What a line of the map will fill in, as far as it is known before there is a case.
struct Likely {
    values: Vec<String>,
    /// Of which kind the values are that cannot be listed.
    open: Option<Kind>,
    /// For every case.
    always: bool,
}

impl Likely {
    fn of(fill: &Fill, setting: &Setting, matters: &[&Matter]) -> Likely {
        let said = fill.value.iter().chain(fill.map.values()).chain(&fill.default);
        let mut values: Vec<String> = said.flat_map(|said| said.all().iter().cloned()).collect();
        let (mut open, mut always) = (None, fill.value.is_some());
        if let Some(fact) = &fill.from {
            let (known, kind) = ours(fact, setting, matters);
            always = match fact {
                Fact::Number | Fact::Matter | Fact::Condition | Fact::Received | Fact::Filed => true,
                Fact::Area(_)
                | Fact::AreaCode(_)
                | Fact::Point
                | Fact::Title
                | Fact::Text
                | Fact::Answer(_) => false,
            };
            if fill.map.is_empty() {
                values.extend(known.into_iter().map(|(_, plain)| plain));
                open = kind;
            } else {
                always &= known.iter().all(|(key, _)| fill.map.contains_key(key));
            }
        }
        Likely { values, open, always: always || fill.default.is_some() }
    }
}

/// What a fact may be, by key and as it goes out, where that can be listed; else of which kind it is.
fn ours(fact: &Fact, setting: &Setting, matters: &[&Matter]) -> (Vec<(String, String)>, Option<Kind>) {
    let listed = |all: Vec<(String, String)>| (all, None);
    match fact {
        Fact::Matter => {
            listed(matters.iter().map(|one| (one.code.to_string(), one.name.to_string())).collect())
        }
        Fact::Condition => {
            let all = matters.iter().flat_map(|matter| &matter.conditions).map(|one| one.no.to_string());
            let mut all: Vec<String> = all.collect();
            all.sort_unstable();
            all.dedup();
            listed(all.into_iter().map(|no| (no.clone(), no)).collect())
        }
        Fact::Answer(code) => match question(setting, matters, code) {
            Some(asked) if asked.datatype.chosen() => {
                let keys = asked.values.iter().map(|(key, _)| key.to_string());
                listed(keys.map(|key| (key.clone(), key)).collect())
            }
            Some(asked) if asked.datatype == Datatype::Number => (Vec::new(), Some(Kind::Number)),
            Some(asked) if asked.datatype == Datatype::Datetime => (Vec::new(), Some(Kind::Datetime)),
            _ => (Vec::new(), Some(Kind::Text)),
        },
        Fact::Received | Fact::Filed => (Vec::new(), Some(Kind::Datetime)),
        Fact::Number | Fact::Area(_) | Fact::AreaCode(_) | Fact::Point | Fact::Title | Fact::Text => {
            (Vec::new(), Some(Kind::Text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(code: &str, required: bool, kind: Kind, values: &[&str]) -> Asks {
        Asks {
            code: code.into(),
            required,
            kind,
            values: values.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn a_definition_is_read_the_same_however_it_is_wrapped() {
        let wanted = [one("KIND", true, Kind::List, &["a", "b"]), one("SINCE", false, Kind::Datetime, &[])];
        let list = r#"[{"variable": true, "code": "KIND", "datatype": "singlevaluelist", "required": "true", "order": 1,
                "values": [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}]},
            {"code": "SINCE", "datatype": "DateTime", "required": false},
            {"variable": false, "code": "WARNING", "datatype": "string", "required": true}]"#;
        for json in [
            format!(r#"{{"service_code": "014", "attributes": {list}}}"#),
            format!(r#"[{{"service_code": "014", "attributes": {list}}}]"#),
            format!(r#"{{"service_definition": {{"attributes": {{"attribute": {list}}}}}}}"#),
            list.to_owned(),
        ] {
            assert_eq!(read(json.as_bytes(), Format::Json).unwrap(), wanted, "{json}");
        }
        let attributes = "<attributes><attribute><variable>true</variable><code>KIND</code><datatype>singlevaluelist</datatype>
            <required>true</required><values><value><key>a</key><name>A</name></value><value><key>b</key><name>B</name></value></values>
            </attribute><attribute><code>SINCE</code><datatype>datetime</datatype></attribute>
            <attribute><variable>false</variable><code>WARNING</code></attribute></attributes>";
        for xml in [
            format!("<service_definition><service_code>014</service_code>{attributes}</service_definition>"),
            format!("<service_definition>{attributes}</service_definition>"),
        ] {
            assert_eq!(read(xml.as_bytes(), Format::Xml).unwrap(), wanted, "{xml}");
        }
        for nothing in [r#"{"service_code": "014", "attributes": []}"#, r#"{"attributes": null}"#] {
            assert_eq!(read(nothing.as_bytes(), Format::Json).unwrap(), [], "{nothing}");
        }
        for other in ["true", "\"x\"", r#"{"code_of": 1}"#] {
            assert!(read(other.as_bytes(), Format::Json).is_err(), "{other}");
        }
    }

    #[test]
    fn what_a_report_lacks_is_told_by_the_attribute_and_never_by_what_it_was_sent_with() {
        let asks = [
            one("KIND", true, Kind::List, &["a", "b"]),
            one("COUNT", true, Kind::Number, &[]),
            one("SINCE", false, Kind::Datetime, &[]),
            one("NOTE", false, Kind::Text, &[]),
        ];
        let sent = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let fits = [("attribute[KIND][]", "a"), ("attribute[KIND][]", "b"), ("attribute[COUNT]", "3")];
        assert!(unfit(&asks, &sent(&fits)).is_empty());
        let told = unfit(
            &asks,
            &sent(&[("attribute[KIND]", "secret"), ("attribute[SINCE]", "2026-05-01T20:00:00")]),
        );
        assert_eq!(
            told,
            [
                "KIND does not take what it is filled with",
                "COUNT is required and not filled",
                "SINCE does not take what it is filled with"
            ]
        );
    }

    #[test]
    fn a_code_stands_in_an_address_without_changing_it() {
        assert_eq!(segment("city.facility-1_x~"), "city.facility-1_x~");
        assert_eq!(segment("a/b?c#d e%"), "a%2Fb%3Fc%23d%20e%25");
        assert_eq!(segment("井"), "%E4%BA%95");
    }
}
