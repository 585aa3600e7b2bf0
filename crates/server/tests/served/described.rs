//! The description says what is so: the snapshot, the commands, their bodies, and the page that shows it.

use crate::desk;

use desk::Desk;
use huying_engine::{
    Problem,
    words::{self, Desk as Sealer, Whose},
};
use huying_model::{CaseId, Name, case::Place, words::Sealed};
use huying_server::{api::commands::ORDERS, openapi};
use serde_json::{Map, Value, json};

fn document() -> Value {
    serde_json::from_str(&openapi::text()).unwrap()
}

#[test]
fn the_description_is_the_one_that_is_checked_in() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let made = openapi::text() + "\n";
    if std::env::var_os("HUYING_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let at = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    assert!(
        kept == made,
        "openapi.json is not what the code makes, from line {:?} on: look at the difference and write it with \
         HUYING_BLESS=1 cargo test -p huying-server --test served described",
        at.map(|line| line + 1)
    );
}

#[test]
fn it_is_openapi_3_1_and_every_name_in_it_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                !operation["summary"].as_str().unwrap_or_default().is_empty(),
                "{method} {path} has no summary"
            );
            assert!(!operation["tags"].as_array().unwrap().is_empty(), "{method} {path} has no tag");
        }
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// Commands that only the platform gives.
const INNER: [Name; 13] = [
    Name::Begin,
    Name::Tick,
    Name::Rehome,
    Name::Veto,
    Name::Repin,
    Name::Retime,
    Name::Absorb,
    Name::Release,
    Name::Cap,
    Name::ChildEnded,
    Name::ParentEnded,
    Name::ChildUnsolved,
    Name::Resettle,
];

#[test]
fn every_command_that_people_give_has_an_address_and_no_other_has() {
    let document = document();
    for name in Name::ALL {
        let path = format!("/api/v1/cases/{{id}}/commands/{}", name.code());
        let described = document["paths"].get(&path).is_some();
        let given_by_people = *name != Name::Report && !INNER.contains(name);
        assert_eq!(described, given_by_people, "{path}");
    }
}

/// Seals nothing: only the shape of a command is looked at.
struct Shape;

impl Sealer for Shape {
    fn seal(&mut self, _: Whose, words: &str) -> Result<Sealed, Problem> {
        Ok(Sealed::new("k", words))
    }
    fn next_person(&mut self) {}
    fn part(&mut self) -> (CaseId, smol_str::SmolStr) {
        (CaseId(7), "N-7".into())
    }
    fn place(&self, _: &Value, _: &str) -> Result<Place, Problem> {
        Ok(Place::default())
    }
}

/// A value for a described field: codes where codes are needed.
fn example(document: &Value, name: &str, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return object(document, document.pointer(reference.trim_start_matches('#')).unwrap(), true);
    }
    if let Some(one) = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"))
    {
        return example(document, name, one);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array().and_then(|all| all[0].as_str()));
    match (kind.unwrap_or_default(), name) {
        (_, "into" | "case") => json!("0".repeat(32)),
        (_, "until" | "at") => json!("2026-05-12T08:00:00Z"),
        (_, "outcome") => json!("solved"),
        (_, "urgency") => json!("green"),
        ("string", "kind") => json!("KIND"),
        ("array", _) => json!([example(document, name, &schema["items"])]),
        ("boolean", _) => json!(true),
        ("integer" | "number", _) => json!(1),
        _ => json!("text"),
    }
}

/// An object with every field, or only the needed ones.
fn object(document: &Value, schema: &Value, whole: bool) -> Value {
    let needed: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().unwrap().iter();
    let chosen = fields.filter(|(name, _)| whole || needed.contains(&name.as_str()));
    let mut made: Map<_, _> = chosen.map(|(name, of)| (name.clone(), example(document, name, of))).collect();
    if made.get("kind") == Some(&json!("KIND")) {
        // The same word names a kind of evidence, of request and of resolution.
        let kind = if made.contains_key("file") {
            "after"
        } else if made.contains_key("reason") {
            "extension"
        } else {
            "lead"
        };
        made.insert("kind".to_owned(), json!(kind));
        if kind == "lead" {
            made.remove("until");
            made.remove("parts");
            made.insert("unit".to_owned(), json!("unit"));
        }
    }
    if made.contains_key("event") {
        // Why words are redacted stays in the clear, so it is a code.
        made.insert("reason".to_owned(), json!("other"));
    }
    Value::Object(made)
}

#[test]
fn every_described_body_is_taken_whole_and_lean_and_each_needed_field_is_needed() {
    let document = document();
    for order in ORDERS {
        let path = format!("/paths/~1api~1v1~1cases~1{{id}}~1commands~1{}/post", order.name.code());
        let operation = document.pointer(&path).unwrap_or_else(|| panic!("{path}"));
        let reference =
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
        let take = |body: &Value| {
            let mut body = body.clone();
            // The server takes these out, and puts what they become into the evidence.
            body.as_object_mut().unwrap().remove("uploads");
            words::command(order.name, CaseId(1), body, &mut Shape)
        };
        for body in [object(&document, schema, true), object(&document, schema, false)] {
            let command = take(&body)
                .unwrap_or_else(|problems| panic!("{:?} does not take {body}: {problems:?}", order.name));
            assert_eq!(command.name(), order.name);
        }
        let whole = object(&document, schema, true);
        for field in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            let problems = take(&less).expect_err(&format!("{:?} is taken without {field}", order.name));
            assert_eq!(problems[0].field, field, "{:?}", order.name);
        }
        let mut more = whole;
        more["surprise"] = json!("text");
        assert!(take(&more).is_err(), "{:?} takes a field that is not described", order.name);
    }
}

#[test]
fn every_refusal_is_among_the_described_codes() {
    let document = document();
    let codes = document["components"]["schemas"]["RefusalCode"]["enum"].as_array().unwrap();
    for (code, _, _) in huying_model::Refusal::CODES {
        assert!(codes.iter().any(|described| described == code), "{code}");
    }
}

#[tokio::test]
async fn the_page_shows_every_address_without_a_script_and_in_both_languages() {
    let desk = Desk::open().await;
    let page = desk.get("/api").header("accept-language", "en").send().await;
    let text = page.text();
    assert!(
        !text.contains("<script") && page.header("content-security-policy").contains("default-src 'none'")
    );
    let document = document();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(text.contains(path.as_str()), "{path} is not shown");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("id=\"schema-{name}\"")), "{name} is not shown");
    }
    assert!(desk.get("/api").send().await.text().contains("接口说明"));
    let served = desk.get("/api/v1/openapi.json").send().await.json();
    assert_eq!(served, document);
}

#[tokio::test]
async fn codes_and_words_are_told_in_both_languages() {
    let desk = Desk::open().await;
    let problems = desk.get("/api/v1/problems").send().await.expect(200);
    let busy = problems.as_array().unwrap().iter().find(|one| one["code"] == "busy").unwrap();
    assert_eq!(busy["status"], 503);
    let words = desk.get("/api/v1/words").send().await.expect(200);
    assert_eq!(words["stages"][0], json!({"code": "reported", "zh": "待受理", "en": "Reported"}));
}
