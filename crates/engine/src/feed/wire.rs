//! What an Open311 server answers (GeoReport v2), read leniently: servers differ in what they leave out and how they write it.
//!
//! Owns JSON and XML of requests, of what a report is answered with, and of errors. Both forms become one tree first: JSON by the Spark
//! convention is XML without its root. Refuses to guess a request without an id or a moment. Start at [`requests`].

use huying_model::Instant;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use super::tree;

/// Photos of one request, and bytes of the address of one.
const MOST_PHOTOS: usize = 6;
const LONGEST_URL: usize = 2_000;
/// Attributes of one request.
const MOST_ATTRIBUTES: usize = 100;
/// Ways in which moments without `T` or with a short offset are written.
const MOMENTS: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%d %H:%M:%S%z"];
const CIVIL: [&str; 3] = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"];

/// In which form a server is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Json,
    Xml,
}

impl Format {
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Xml => "xml",
        }
    }
}

/// A request of the other system.
#[derive(Clone, PartialEq, Debug)]
pub struct Remote {
    pub id: String,
    pub closed: bool,
    pub notes: Option<String>,
    pub service_code: Option<String>,
    pub service_name: Option<String>,
    pub description: Option<String>,
    pub agency: Option<String>,
    pub requested: Instant,
    pub updated: Option<Instant>,
    pub expected: Option<Instant>,
    pub address: Option<String>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    /// Addresses of photos.
    pub media: Vec<String>,
    /// What was answered there to the questions of its service.
    pub attributes: Vec<Told>,
}

/// An attribute that came with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub code: String,
    /// What it is called there.
    pub name: Option<String>,
    /// Each by its key and as it is shown; the same twice where it has no key.
    pub values: Vec<(String, String)>,
}

/// A service of the other system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    pub code: String,
    pub name: Option<String>,
    /// Whether it asks attributes, where the server says so.
    pub metadata: Option<bool>,
}

/// An answer, or an entry of it, that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct Unreadable {
    pub why: String,
    /// The entry as it came.
    pub entry: Value,
    /// Its id, where it has one.
    pub id: String,
}

pub(super) fn unreadable(why: impl Into<String>) -> Unreadable {
    Unreadable { why: why.into(), entry: Value::Null, id: String::new() }
}

/// The entries of a list of requests, each read or refused for itself. `zone` is the server's, for moments that name no offset.
///
/// # Errors
/// [`Unreadable`] where the answer is no list at all.
pub fn requests(
    body: &[u8],
    format: Format,
    zone: &TimeZone,
) -> Result<Vec<Result<Remote, Unreadable>>, Unreadable> {
    Ok(entries(body, format)?.into_iter().map(|entry| request(entry, zone)).collect())
}

/// The services that a list names; entries without a code are passed over.
///
/// # Errors
/// [`Unreadable`] where the answer is no list at all.
pub fn services(body: &[u8], format: Format) -> Result<Vec<Service>, Unreadable> {
    let read = |entry: &Value| {
        Some(Service {
            code: text(entry, "service_code")?,
            name: text(entry, "service_name"),
            metadata: flag(entry, "metadata"),
        })
    };
    Ok(entries(body, format)?.iter().filter_map(read).collect())
}

/// How the other system says it is reached by its developers, out of its discovery; empty where it does not say.
///
/// # Errors
/// [`Unreadable`] where the answer is no discovery.
pub fn contact(body: &[u8], format: Format) -> Result<String, Unreadable> {
    let found = match parsed(body, format)? {
        // Some servers keep the root as a wrapper.
        Value::Object(fields) if fields.len() == 1 => fields.into_iter().next().map(|(_, value)| value),
        other => Some(other),
    };
    match found {
        Some(Value::Object(fields)) => Ok(text(&Value::Object(fields), "contact").unwrap_or_default()),
        _ => Err(unreadable("the answer is no discovery")),
    }
}

/// What a report was answered with: the id of the request, or a token that will have one later.
pub fn reported(body: &[u8], format: Format) -> Result<Reported, Unreadable> {
    let entries = entries(body, format)?;
    let first = entries.first().ok_or_else(|| unreadable("the answer to a report is empty"))?;
    if let Some(id) = text(first, "service_request_id") {
        return Ok(Reported::Id(id));
    }
    Ok(text(first, "token").map_or(Reported::Blind, Reported::Token))
}

/// See [`reported`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reported {
    Id(String),
    Token(String),
    /// A black box: nothing will ever be told of it.
    Blind,
}

/// The sentences of an answer that is an error; its beginning where it is none of the specification's.
pub fn complaint(body: &[u8], format: Format) -> String {
    let told = entries(body, format).unwrap_or_default();
    let sentence = |entry: &Value| {
        let (code, words) = (text(entry, "code"), text(entry, "description"));
        match (code, words) {
            (Some(code), Some(words)) => Some(format!("{code}: {words}")),
            (code, words) => code.or(words),
        }
    };
    let told: Vec<String> = told.iter().filter_map(sentence).collect();
    if told.is_empty() {
        let begin: String = String::from_utf8_lossy(body).chars().take(200).collect();
        return begin.trim().to_owned();
    }
    told.join("; ")
}

/// The tree of an answer in either form.
pub(super) fn parsed(body: &[u8], format: Format) -> Result<Value, Unreadable> {
    match format {
        Format::Json => serde_json::from_slice(body)
            .map_err(|error| unreadable(format!("the answer is no JSON: {error}"))),
        Format::Xml => tree::of_xml(body).map_err(unreadable),
    }
}

/// The addresses of photos: one, or a list of them.
fn media(entry: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(url) => Some(url.trim().to_owned()),
        Value::Object(fields) => fields.get("media_url").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let all: Vec<String> = match entry.get("media_url") {
        Some(Value::Array(list)) => list.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    };
    all.into_iter().filter(|url| !url.is_empty() && url.len() <= LONGEST_URL).take(MOST_PHOTOS).collect()
}

/// Attributes as servers tell them: each as a field, or in a list of records.
fn attributes(told: Option<&Value>) -> Vec<Told> {
    let field =
        |(code, value): (&String, &Value)| Told { code: code.clone(), name: None, values: values(value) };
    let all: Vec<Told> = match told {
        Some(Value::Array(list)) => list.iter().filter_map(record).collect(),
        Some(Value::Object(fields)) => match fields.get("attribute") {
            Some(Value::Array(list)) => list.iter().filter_map(record).collect(),
            Some(one @ Value::Object(_)) => record(one).into_iter().collect(),
            _ => fields.iter().map(field).collect(),
        },
        _ => Vec::new(),
    };
    all.into_iter().filter(|told| !told.values.is_empty()).take(MOST_ATTRIBUTES).collect()
}

/// A record of a list of attributes. Where it has a label, its name is what others call its code, and its code is that of the value.
fn record(record: &Value) -> Option<Told> {
    let said = |field: &&str| record.get(*field).filter(|value| !value.is_null());
    let given = ["values", "value", "answer"].iter().find_map(said);
    let values = given.map(values).unwrap_or_default();
    if let Some(label) = text(record, "label") {
        let key = text(record, "code");
        let keyed = |(plain, shown): (String, String)| (key.clone().unwrap_or(plain), shown);
        let values = values.into_iter().map(keyed).collect();
        return Some(Told { code: text(record, "name")?, name: Some(label), values });
    }
    let name = text(record, "name");
    let code = text(record, "code").or_else(|| text(record, "key")).or_else(|| name.clone())?;
    Some(Told { code, name, values })
}

/// Values by key and name, however deep they are wrapped.
pub(super) fn values(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::Object(fields) => match (fields.get("value"), text(value, "key"), text(value, "name")) {
            (Some(inside), ..) => values(inside),
            (None, Some(key), Some(name)) => vec![(key, name)],
            (None, Some(one), None) | (None, None, Some(one)) => vec![(one.clone(), one)],
            (None, None, None) => Vec::new(),
        },
        Value::Bool(yes) => vec![(yes.to_string(), yes.to_string())],
        other => scalar(other).map(|one| (one.clone(), one)).into_iter().collect(),
    }
}

/// The entries of an answer, whatever wraps them.
fn entries(body: &[u8], format: Format) -> Result<Vec<Value>, Unreadable> {
    match parsed(body, format)? {
        Value::Array(list) => Ok(list),
        // Some servers keep the root as a wrapper.
        Value::Object(fields) => Ok(fields
            .into_iter()
            .find_map(|(_, value)| match value {
                Value::Array(list) => Some(list),
                _ => None,
            })
            .unwrap_or_default()),
        _ => Err(unreadable("the answer is no list of requests")),
    }
}

/// A scalar of a record as text: ids and codes come as numbers too.
pub(super) fn text(entry: &Value, field: &str) -> Option<String> {
    scalar(entry.get(field)?)
}

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Yes or no, as servers write it.
pub(super) fn flag(entry: &Value, field: &str) -> Option<bool> {
    match entry.get(field)? {
        Value::Bool(yes) => Some(*yes),
        other => scalar(other).map(|text| matches!(text.to_lowercase().as_str(), "true" | "yes" | "1")),
    }
}

fn number(entry: &Value, field: &str) -> Option<f64> {
    text(entry, field)?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A moment as servers write it.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Instant> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.into());
    }
    let offset =
        MOMENTS.iter().find_map(|form| jiff::fmt::strtime::parse(form, text).ok()?.to_timestamp().ok());
    if let Some(at) = offset {
        return Some(at.into());
    }
    let civil = CIVIL.iter().find_map(|form| {
        let parsed = jiff::fmt::strtime::parse(form, text).ok()?;
        parsed
            .to_datetime()
            .ok()
            .or_else(|| parsed.to_date().ok().map(|day| day.to_datetime(civil::Time::midnight())))
    });
    zone.to_timestamp(civil?).ok().map(Into::into)
}

fn request(entry: Value, zone: &TimeZone) -> Result<Remote, Unreadable> {
    let refuse = |why: &str| Unreadable {
        why: why.to_owned(),
        id: text(&entry, "service_request_id").unwrap_or_default(),
        entry: entry.clone(),
    };
    let at = |field: &str| text(&entry, field).and_then(|text| moment(&text, zone));
    let id =
        text(&entry, "service_request_id").ok_or_else(|| refuse("the request has no service_request_id"))?;
    let requested = at("requested_datetime")
        .ok_or_else(|| refuse("the request has no requested_datetime that can be read"))?;
    let status = text(&entry, "status").unwrap_or_default().to_lowercase();
    let closed = match status.as_str() {
        "open" => false,
        "closed" => true,
        _ => return Err(refuse("the request's status is neither open nor closed")),
    };
    Ok(Remote {
        id,
        closed,
        notes: text(&entry, "status_notes"),
        service_code: text(&entry, "service_code"),
        service_name: text(&entry, "service_name"),
        description: text(&entry, "description"),
        agency: text(&entry, "agency_responsible"),
        requested,
        updated: at("updated_datetime"),
        expected: at("expected_datetime"),
        address: text(&entry, "address"),
        lon: number(&entry, "long"),
        lat: number(&entry, "lat"),
        media: media(&entry),
        attributes: attributes(entry.get("attributes")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc() -> TimeZone {
        TimeZone::UTC
    }

    #[test]
    fn one_request_is_read_the_same_from_both_forms() {
        let json = r#"[{"service_request_id": 7, "status": "OPEN", "status_notes": null, "service_code": "001",
            "service_name": "Lamp & cable", "description": "<dark>", "requested_datetime": "2026-05-04T09:00:00+02:00",
            "updated_datetime": "2026-05-04 10:00:00+02:00", "lat": 30.015, "long": "110.005", "address": ""}]"#;
        let xml = r#"<?xml version="1.0" encoding="utf-8"?><service_requests><request>
            <service_request_id>7</service_request_id><status>open</status><status_notes/>
            <service_code>001</service_code><service_name>Lamp &amp; cable</service_name>
            <description><![CDATA[<dark>]]></description><requested_datetime>2026-05-04T07:00:00Z</requested_datetime>
            <updated_datetime>2026-05-04T10:00:00+0200</updated_datetime><lat>30.015</lat><long>110.005</long>
            <address></address></request></service_requests>"#;
        let of = |body: &str, format| requests(body.as_bytes(), format, &utc()).unwrap().remove(0).unwrap();
        let (one, other) = (of(json, Format::Json), of(xml, Format::Xml));
        assert_eq!(one, other);
        assert_eq!((one.id.as_str(), one.closed, one.address), ("7", false, None));
        assert_eq!(one.requested, "2026-05-04T07:00:00Z".parse().unwrap());
        assert_eq!(one.description.as_deref(), Some("<dark>"));
    }

    #[test]
    fn photos_are_told_one_or_several_and_services_in_both_forms() {
        let of = |told: &str| {
            let body = format!(
                r#"[{{"service_request_id": "7", "status": "open", "requested_datetime": "2026-05-04", "media_url": {told}}}]"#
            );
            requests(body.as_bytes(), Format::Json, &utc()).unwrap().remove(0).unwrap().media
        };
        assert_eq!(of("null"), Vec::<String>::new());
        assert_eq!(of("\"\""), Vec::<String>::new());
        assert_eq!(of("\"https://a.example/1.jpg\""), ["https://a.example/1.jpg"]);
        assert_eq!(
            of("[\"https://a.example/1.jpg\", {\"media_url\": \"https://a.example/2.jpg\"}]").len(),
            2
        );
        let json = br#"[{"service_code": 1, "service_name": "Lamps", "metadata": true}, {"service_name": "no code"}]"#;
        let xml = b"<services><service><service_code>1</service_code><service_name>Lamps</service_name><metadata>true</metadata></service></services>";
        let lamps = vec![Service { code: "1".into(), name: Some("Lamps".into()), metadata: Some(true) }];
        assert_eq!(services(json, Format::Json).unwrap(), lamps);
        assert_eq!(services(xml, Format::Xml).unwrap(), lamps);
        let xml = b"<discovery><contact>mail us</contact><endpoints><endpoint><url>u</url></endpoint></endpoints></discovery>";
        assert_eq!(contact(xml, Format::Xml).unwrap(), "mail us");
        assert_eq!(contact(br#"{"contact": "mail us", "endpoints": []}"#, Format::Json).unwrap(), "mail us");
        assert!(contact(b"[]", Format::Json).is_err());
    }

    #[test]
    fn attributes_are_told_as_fields_or_as_records_and_read_the_same() {
        let told = |code: &str, name: Option<&str>, values: &[(&str, &str)]| Told {
            code: code.to_owned(),
            name: name.map(str::to_owned),
            values: values.iter().map(|(key, shown)| ((*key).to_owned(), (*shown).to_owned())).collect(),
        };
        for (json, wanted) in [
            ("null", vec![]),
            ("[]", vec![]),
            (
                r#"{"A": 1, "B": ["x", "y"], "C": true, "D": null}"#,
                vec![
                    told("A", None, &[("1", "1")]),
                    told("B", None, &[("x", "x"), ("y", "y")]),
                    told("C", None, &[("true", "true")]),
                ],
            ),
            (
                r#"[{"code": "A", "value": "x"}, {"code": "B", "name": "Bee", "values": [{"key": "k", "name": "n"}]}, {"value": "lost"}]"#,
                vec![told("A", None, &[("x", "x")]), told("B", Some("Bee"), &[("k", "n")])],
            ),
            (
                r#"[{"label": "Object", "name": "kind", "value": "Loose garbage", "code": "loose"}]"#,
                vec![told("kind", Some("Object"), &[("loose", "Loose garbage")])],
            ),
        ] {
            assert_eq!(attributes(Some(&serde_json::from_str(json).unwrap())), wanted, "{json}");
        }
        let xml = "<r><request><service_request_id>7</service_request_id><status>open</status>
            <requested_datetime>2026-05-04</requested_datetime><attributes>
            <attribute><code>A</code><value>x</value></attribute>
            <attribute><code>B</code><values><value>y</value><value>z</value></values></attribute>
            </attributes></request></r>";
        let read = requests(xml.as_bytes(), Format::Xml, &utc()).unwrap().remove(0).unwrap();
        assert_eq!(
            read.attributes,
            [told("A", None, &[("x", "x")]), told("B", None, &[("y", "y"), ("z", "z")])]
        );
    }

    #[test]
    fn an_entry_that_cannot_be_read_says_why_and_leaves_the_others() {
        let body = r#"[{"service_request_id": "1", "status": "open"}, {"status": "open", "requested_datetime": "2026-05-04"},
            {"service_request_id": "3", "status": "lost", "requested_datetime": "2026-05-04"},
            {"service_request_id": "4", "status": "closed", "requested_datetime": "2026-05-04"}]"#;
        let read = requests(body.as_bytes(), Format::Json, &utc()).unwrap();
        let why: Vec<_> =
            read.iter().map(|it| it.as_ref().err().map(|no| (no.id.as_str(), no.why.as_str()))).collect();
        assert!(why[0].is_some_and(|(id, why)| id == "1" && why.contains("requested_datetime")), "{why:?}");
        assert!(why[1].is_some_and(|(_, why)| why.contains("service_request_id")), "{why:?}");
        assert!(why[2].is_some_and(|(id, why)| id == "3" && why.contains("status")), "{why:?}");
        assert!(why[3].is_none());
    }

    #[test]
    fn whatever_is_no_list_is_refused_and_nothing_grows_from_it() {
        for (body, format) in [
            ("", Format::Json),
            ("\"text\"", Format::Json),
            ("<html>", Format::Json),
            ("", Format::Xml),
            ("<a><b></a>", Format::Xml),
            ("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>", Format::Xml),
        ] {
            assert!(requests(body.as_bytes(), format, &utc()).is_err(), "{body}");
        }
        let deep = "<a>".repeat(5_000);
        assert!(requests(deep.as_bytes(), Format::Xml, &utc()).is_err());
        for empty in ["<service_requests/>", "<service_requests></service_requests>"] {
            assert_eq!(requests(empty.as_bytes(), Format::Xml, &utc()).unwrap(), []);
        }
    }

    #[test]
    fn an_answer_to_a_report_names_an_id_or_a_token_and_a_refusal_its_reasons() {
        let of = |body: &str| reported(body.as_bytes(), Format::Json).unwrap();
        assert_eq!(
            of(r#"[{"service_request_id":293944,"service_notice":null}]"#),
            Reported::Id("293944".into())
        );
        assert_eq!(of(r#"[{"service_request_id":null,"token":"ab"}]"#), Reported::Token("ab".into()));
        assert_eq!(of(r#"[{"service_notice":"thanks"}]"#), Reported::Blind);
        let xml = "<errors><error><code>403</code><description>no key</description></error></errors>";
        assert_eq!(complaint(xml.as_bytes(), Format::Xml), "403: no key");
        assert_eq!(complaint(b"<html>gateway</html>", Format::Json), "<html>gateway</html>");
    }
}
