//! Open311 by its specification: every answer in both formats, each validated by a schema written from the specification, and the XML
//! compared with the JSON.

mod filters;
mod privacy;
mod reports;
mod services;
mod updates;

use huying_server::{
    Settings,
    open311::{DemoKey, Open311},
};
use serde_json::Value;

use crate::desk::{Answer, Desk, demonstration};

/// The demonstration's key.
pub const KEY: &str = "demo_key_of_a_test";
/// The member in whose name it reports.
const MEMBER: &str = "dispatcher-east";

pub fn settings() -> Settings {
    let demo = Some(DemoKey { key: KEY.to_owned(), member: huying_model::MemberId::new(MEMBER) });
    Settings { open311: Open311 { demo, ..Open311::default() }, ..demonstration() }
}

async fn city() -> Desk {
    Desk::serving(settings()).await
}

/// The schema of a kind of answer.
#[track_caller]
fn fits(kind: &str, answer: &Value) {
    let text = match kind {
        "discovery" => include_str!("schemas/discovery.json"),
        "services" => include_str!("schemas/services.json"),
        "definition" => include_str!("schemas/definition.json"),
        "requests" => include_str!("schemas/requests.json"),
        "kept" => include_str!("schemas/kept.json"),
        "token" => include_str!("schemas/token.json"),
        "updates" => include_str!("schemas/updates.json"),
        "taken" => include_str!("schemas/taken.json"),
        "errors" => include_str!("schemas/errors.json"),
        other => panic!("no schema {other}"),
    };
    let schema: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{kind}: {wrong:#?}\n{answer:#}");
}

/// XML says the same as JSON: by the Spark convention, the other way round.
#[track_caller]
fn same(json: &Value, xml: roxmltree::Node<'_, '_>) {
    let children: Vec<_> = xml.children().filter(roxmltree::Node::is_element).collect();
    let text = xml.text().unwrap_or_default();
    match json {
        Value::Array(items) => {
            assert_eq!(items.len(), children.len(), "{json} <{}>", xml.tag_name().name());
            items.iter().zip(children).for_each(|(item, node)| same(item, node));
        }
        Value::Object(fields) => {
            for node in &children {
                assert!(
                    fields.contains_key(node.tag_name().name()),
                    "<{}> in {json}",
                    node.tag_name().name()
                );
            }
            for (name, value) in fields {
                match (children.iter().find(|node| node.has_tag_name(name.as_str())), value) {
                    (Some(node), value) => same(value, *node),
                    (None, Value::Null) => {}
                    (None, _) => panic!("<{name}> is missing beside {json}"),
                }
            }
        }
        Value::Null => assert!(text.is_empty() && children.is_empty()),
        Value::String(said) => assert_eq!(said, text),
        other => assert_eq!(other.to_string(), text),
    }
}

/// An answer's JSON, where it has this status and the media type of its format.
#[track_caller]
fn json(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{}", answer.text());
    answer.json()
}

/// Compares an XML answer with a JSON one.
#[track_caller]
fn xml(answer: &Answer, status: u16, root: &str, beside: &Value) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    let text = answer.text();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{text}");
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert!(document.root_element().has_tag_name(root), "{text}");
    same(beside, document.root_element());
}

/// Asks in both formats; answers the JSON.
async fn both(desk: &Desk, path: &str, query: &str, (kind, root): (&str, &str)) -> Value {
    let ask = |format: &str| desk.get(&format!("/open311/v2/{path}.{format}{query}")).send();
    let answer = ask("json").await;
    let said = json(&answer, 200);
    fits(kind, &said);
    xml(&ask("xml").await, 200, root, &said);
    said
}

async fn requests(desk: &Desk, query: &str) -> Value {
    both(desk, "requests", query, ("requests", "service_requests")).await
}

/// The numbers of a list.
fn numbers(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["service_request_id"].as_str().unwrap()).collect()
}

/// A refusal in both formats; answers its sentences.
async fn refused(desk: &Desk, path: &str, query: &str, status: u16) -> Vec<String> {
    let ask = |format: &str| desk.get(&format!("/open311/v2/{path}.{format}{query}")).send();
    let said = json(&ask("json").await, status);
    xml(&ask("xml").await, status, "errors", &said);
    sentences(&said, status)
}

#[track_caller]
fn sentences(said: &Value, status: u16) -> Vec<String> {
    fits("errors", said);
    let all = said.as_array().unwrap();
    assert!(all.iter().all(|error| error["code"] == status), "{said}");
    all.iter().map(|error| error["description"].as_str().unwrap().to_owned()).collect()
}

/// A form as programs send it.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The case of a number, as a member reads it.
async fn case(desk: &Desk, number: &str) -> Value {
    desk.get(&format!("/api/v1/cases/{number}")).by("leader-district").send().await.expect(200)
}
