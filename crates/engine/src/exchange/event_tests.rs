//! The three forms of CloudEvents, each written and read back, and what is refused of them.

use super::*;

fn event() -> Event {
    Event {
        id: "p:case-1-2".into(),
        source: "urn:huying:街道".into(),
        kind: "huying.case.finished.v1".into(),
        subject: Some("PX-260512-0000-0001".into()),
        time: Some("2026-05-12T01:00:00Z".parse().unwrap()),
        sequence: Some(3),
        data: json!({"outcome": "solved", "words": "已办"}),
    }
}

fn back(headers: &[(String, String)], body: &[u8]) -> Result<Vec<Event>, Vec<Problem>> {
    read(&|name| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()), body)
}

#[test]
fn every_form_reads_back_as_it_was_written() {
    for mode in [Mode::Binary, Mode::Structured, Mode::Batch] {
        let (headers, body) = write(mode, &[event()]);
        assert!(headers.iter().all(|(_, value)| value.is_ascii()), "{headers:?}");
        assert_eq!(back(&headers, &body).unwrap(), [event()], "{mode:?}");
    }
    let other = Event { id: "another".into(), subject: None, time: None, sequence: None, ..event() };
    let (headers, body) = write(Mode::Batch, &[event(), other.clone()]);
    assert_eq!(back(&headers, &body).unwrap(), [event(), other]);
    assert_eq!(back(&[("content-type".into(), BATCH.into())], b"[]").unwrap(), []);
}

#[test]
fn a_header_is_coded_as_the_binding_says() {
    // The example of the HTTP binding: a euro sign and a smiling face.
    assert_eq!(encoded("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    for text in ["Euro € 😀", "100% \"quoted\"", "plain", "", "%41"] {
        assert_eq!(decoded(&encoded(text)), text);
    }
    assert_eq!(decoded("\"quoted\""), "quoted");
    assert_eq!(decoded("50%"), "50%");
    assert_eq!(decoded("%zz"), "%zz");
}

#[test]
fn an_event_that_cannot_be_taken_is_told_with_its_place() {
    let whole = object(&event());
    let without = |name: &str| {
        let mut fields = whole.as_object().unwrap().clone();
        fields.remove(name);
        Value::Object(fields)
    };
    let with = |name: &str, value: Value| {
        let mut fields = whole.as_object().unwrap().clone();
        fields.insert(name.to_owned(), value);
        Value::Object(fields)
    };
    for (wrong, field) in [
        (without("id"), "[1].id"),
        (without("source"), "[1].source"),
        (without("type"), "[1].type"),
        (without("specversion"), "[1].specversion"),
        (with("specversion", json!("0.3")), "[1].specversion"),
        (with("id", json!("")), "[1].id"),
        (with("id", json!(7)), "[1].id"),
        (with("id", json!("x".repeat(301))), "[1].id"),
        (with("subject", json!("a\u{7}b")), "[1].subject"),
        (with("time", json!("yesterday")), "[1].time"),
        (with("sequence", json!("first")), "[1].sequence"),
        (with("sequence", json!("0")), "[1].sequence"),
        (with("data_base64", json!("e30=")), "[1].data"),
        (json!("text"), "[1]"),
    ] {
        let body = serde_json::to_vec(&json!([whole, wrong])).unwrap();
        let problems = back(&[("content-type".into(), BATCH.into())], &body).unwrap_err();
        assert_eq!(problems[0].field, field, "{wrong}");
    }
}

#[test]
fn what_is_no_event_at_all_is_told_how_to_send_one() {
    let of =
        |media: &str, body: &[u8]| back(&[("content-type".into(), media.into())], body).unwrap_err()[0].code;
    assert_eq!(of("application/json", b"{}"), "event_form");
    assert_eq!(of(STRUCTURED, b"{"), "event_json");
    assert_eq!(of(STRUCTURED, b"[]"), "event_object");
    assert_eq!(of(BATCH, b"{}"), "event_batch");
    let many = serde_json::to_vec(&vec![object(&event()); MOST + 1]).unwrap();
    assert_eq!(of(BATCH, &many), "event_batch");
    let mut headers = write(Mode::Binary, &[event()]).0;
    headers[0].1 = "text/plain".into();
    assert_eq!(back(&headers, b"hello").unwrap_err()[0].code, "event_data");
}

#[test]
fn data_may_come_in_base64_and_may_be_missing() {
    let mut fields = object(&event()).as_object().unwrap().clone();
    fields.remove("data");
    let none = back(&[("content-type".into(), STRUCTURED.into())], &serde_json::to_vec(&fields).unwrap());
    assert_eq!(none.unwrap()[0].data, Value::Null);
    fields.insert("data_base64".into(), json!("eyJhIjoxfQ=="));
    let coded = back(&[("content-type".into(), STRUCTURED.into())], &serde_json::to_vec(&fields).unwrap());
    assert_eq!(coded.unwrap()[0].data, json!({"a": 1}));
}
