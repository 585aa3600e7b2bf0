//! Bytes of programs and people who are no members: residents, clients of Open311, partners and their mappings, the answers of Open311
//! servers that are asked, and where a stream went on from.
//!
//! What a partner's message says is damaged before it is read; what is done with one that reads is `exchange/lies.rs`'.

use std::collections::BTreeMap;

use huying_engine::{
    exchange::event::{self, Event},
    feed::wire::{self, Format},
};
use huying_model::Instant;
use huying_pack::partner::{Mapping, Mode};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::{cases, damage, damaged, escaped, put, put_to, sound};
use crate::{
    desk::{self, Answer, Desk},
    open311::{KEY, settings},
    residents,
};

/// What needs no desk.
fn tried<S: Strategy>(usual: u32, strategy: S, ask: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(usual), failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, ask).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn a_damaged_report_of_a_resident_is_refused_in_words_or_taken() {
    let said = json!({"text": "路口有垃圾", "matter": "city/facility/litter", "address": "桥头路1号",
        "place": {"lon": 110.005, "lat": 30.015}, "name": "反映人一", "contact": "00000000000"});
    let strategy = (any::<[u8; 2]>(), vec(damage(), 0..5));
    // Each comes from an address of its own and is paid for, so that what is damaged is read.
    put(40, strategy, async |desk, _, ([a, b], all)| {
        let peer = format!("198.18.{a}.{b}:4000");
        let (challenge, bits) = residents::challenge(desk, &peer).await;
        let solution = residents::solved(&challenge, bits);
        let paid = format!("{{\"challenge\":\"{challenge}\",\"solution\":\"{solution}\",");
        let body = damaged(&serde_json::to_vec(&said).unwrap()[1..], &all);
        let ask = desk.post("/api/v1/reports").from(&peer);
        sound(&ask.raw("application/json", [paid.as_bytes(), &body].concat()).send().await)
    });
}

/// No failure, and a document of the form that was asked for.
fn readable(answer: &Answer, xml: bool) -> Result<(), TestCaseError> {
    let (status, text) = (answer.status.as_u16(), answer.text());
    prop_assert!(status < 500, "{status}: {text}");
    if xml {
        prop_assert!(roxmltree::Document::parse(&text).is_ok(), "{status}: {text}");
    } else {
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{status}: {text}");
    }
    Ok(())
}

const REPORTED: &str = "service_code=city.facility.litter&lat=30.015&long=110.005&description=%E5%9E%83&first_name=a&phone=1\
    &attribute[COUNT]=2&attribute[SIGNS][]=dark&media_url=http%3A%2F%2Fexample.org%2Fa.jpg&address_id=990101001001001";

#[tokio::test]
async fn what_is_damaged_of_open311_reaches_its_door_while_it_is_whole() {
    let desk = Desk::serving(settings()).await;
    let plain = "service_code=city.facility.litter&lat=30.015&long=110.005&description=%E5%9E%83";
    let ask = desk.post(&format!("/open311/v2/requests.json?api_key={KEY}"));
    let answer = ask.raw("application/x-www-form-urlencoded", plain).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_damaged_request_of_open311_is_refused_in_words_or_taken() {
    let strategy = (any::<bool>(), any::<bool>(), vec(damage(), 0..5));
    put_to(settings(), 150, strategy, async |desk, _, (xml, multipart, all)| {
        let path = format!("/open311/v2/requests.{}?api_key={KEY}", if xml { "xml" } else { "json" });
        let (media, body) = if multipart {
            let part = |name: &str, value: &str| {
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .into_bytes()
            };
            let photo =
                b"--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"p.jpg\"\r\n\r\n".to_vec();
            let fields = [("service_code", "city.facility.litter"), ("lat", "30.015"), ("long", "110.005")];
            let mut body: Vec<u8> = fields.iter().flat_map(|(name, value)| part(name, value)).collect();
            body.extend([photo, desk::photo(), b"\r\n--x--\r\n".to_vec()].concat());
            ("multipart/form-data; boundary=x", body)
        } else {
            ("application/x-www-form-urlencoded", REPORTED.as_bytes().to_vec())
        };
        readable(&desk.post(&path).raw(media, damaged(&body, &all)).send().await, xml)
    });
}

#[test]
fn a_damaged_question_of_open311_is_refused_in_words_or_answered() {
    let asked = [
        ("requests.json?service_request_id=#", "SD-0512-0001,SD-0512-0002"),
        ("requests.xml?service_code=#", "city.facility.litter"),
        ("requests.json?start_date=#", "2026-05-12T09:00:00+08:00"),
        ("requests.xml?end_date=#&status=open", "2026-05-12T09:00:00Z"),
        ("requests.json?status=#", "open,closed"),
        ("requests.json?page=#&page_size=2", "1"),
        ("requests.json?lat=30.015&long=#&radius=100", "110.005"),
        ("requests/#.json", "SD-0512-0001"),
        ("services/#.xml", "city.facility.litter"),
        ("tokens/#.json", "00000000000000000000000000000001"),
        ("services.json?jurisdiction_id=#", "starter"),
    ];
    let strategy = (prop::sample::select(asked.to_vec()), vec(damage(), 0..4));
    put_to(settings(), 200, strategy, async |desk, _, ((path, word), all)| {
        let word = escaped(&damaged(word.as_bytes(), &all));
        let answer = desk.get(&format!("/open311/v2/{}", path.replace('#', &word))).send().await;
        let status = answer.status.as_u16();
        prop_assert!(status < 500, "{status}: {}", answer.text());
        Ok(())
    });
}

#[test]
fn a_stream_that_goes_on_from_a_damaged_place_is_no_failure() {
    let strategy = (prop::sample::select(vec!["12", "1:12,2:0"]), vec(damage(), 0..4));
    put(120, strategy, async |desk, _, (place, all)| {
        let seen = |byte: &u8| (32..127).contains(byte);
        let bytes: Vec<u8> = damaged(place.as_bytes(), &all).into_iter().filter(seen).collect();
        let place = String::from_utf8(bytes).unwrap();
        for path in ["/api/v1/stream", "/desk/live"] {
            let ask = desk.get(path).by("leader-district").header("last-event-id", &place);
            // It has no end to wait for.
            let status = ask.start().await.status().as_u16();
            prop_assert!(status < 500, "{path} after {place}: {status}");
        }
        Ok(())
    });
}

/// A message of a partner in each of the three modes.
fn message() -> Event {
    Event {
        id: "m-1".into(),
        source: "urn:huying:a".into(),
        kind: "huying.case.handed-over.v1".into(),
        subject: Some("PX-1".into()),
        time: Some(Instant(1_778_547_600_000)),
        sequence: Some(1),
        data: json!({"number": "PX-1", "matter": "city/order/vendor", "text": "占道经营", "lon": 110.005, "lat": 30.015}),
    }
}

#[test]
fn a_damaged_message_of_a_partner_is_read_or_refused_with_what_to_mend() {
    let modes = vec![Mode::Structured, Mode::Binary, Mode::Batch];
    let strategy =
        (prop::sample::select(modes), any::<prop::sample::Index>(), vec(damage(), 0..4), vec(damage(), 0..4));
    tried(3000, strategy, |(mode, which, heads, all)| {
        let (headers, body) = event::write(mode, &[message()]);
        let at = which.index(headers.len());
        let whole = heads.is_empty() && all.is_empty();
        let headers: BTreeMap<String, String> = headers
            .into_iter()
            .enumerate()
            .map(|(no, (name, value))| {
                let bytes = if no == at { damaged(value.as_bytes(), &heads) } else { value.into_bytes() };
                (name.to_ascii_lowercase(), String::from_utf8_lossy(&bytes).into_owned())
            })
            .collect();
        match event::read(&|name: &str| headers.get(name).cloned(), &damaged(&body, &all)) {
            Ok(events) => prop_assert!(!whole || events == [message()], "{events:?}"),
            Err(problems) => {
                prop_assert!(!whole && !problems.is_empty(), "{problems:?}");
                prop_assert!(problems.iter().all(|problem| !problem.mend.is_empty()), "{problems:?}");
            }
        }
        Ok(())
    });
}

const MAPPING: &str = "format = 1
mode = \"batch\"
same = [\"areas\", \"statuses\", \"sources\", \"urgencies\"]
[purpose]
out = \"办理需联系反映人\"
in = \"办理需联系反映人\"
[given]
matters = [\"city/order/*\"]
units = [\"order-east\"]
[[matter]]
ours = \"city/order/vendor\"
theirs = \"014\"
[[unit]]
ours = \"order-east\"
theirs = \"street\"
";

#[test]
fn a_damaged_mapping_of_a_partner_is_read_or_refused_with_what_is_wrong() {
    let pack = huying_pack::load(desk::starter()).unwrap_or_else(|problems| panic!("{problems:?}"));
    tried(1000, vec(damage(), 1..5), |all| {
        let bytes = damaged(MAPPING.as_bytes(), &all);
        if let Err(problems) = Mapping::read("a.toml", &String::from_utf8_lossy(&bytes), &pack) {
            prop_assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.message.is_empty()));
        }
        Ok(())
    });
}

const ANSWERS: [(Format, &str); 8] = [
    (
        Format::Json,
        r#"[{"service_request_id":"638344","status":"closed","status_notes":"Duplicate.","service_name":"Sidewalk","service_code":"006","description":null,"agency_responsible":"SFMTA","requested_datetime":"2010-04-14T06:37:38-08:00","updated_datetime":"2010-04-14T06:37:38-08:00","expected_datetime":"2010-04-15T06:37:38-08:00","address":"8TH AVE","lat":37.762221815,"long":-122.4651145,"media_url":"http://example.org/a.jpg"}]"#,
    ),
    (
        Format::Xml,
        "<service_requests><request><service_request_id>638344</service_request_id><status>closed</status><service_code>006</service_code><requested_datetime>2010-04-14T06:37:38-08:00</requested_datetime><lat>37.76</lat><long>-122.46</long><media_url><![CDATA[http://example.org/a.jpg]]></media_url></request></service_requests>",
    ),
    (Format::Json, r#"[{"service_code":"006","service_name":"Sidewalk","metadata":true,"type":"realtime"}]"#),
    (
        Format::Xml,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service><service_code>006</service_code></service></services>",
    ),
    (
        Format::Json,
        r#"{"discovery":{"contact":"a@example.org","changeset":"2010-04-14","endpoints":[{"url":"x"}]}}"#,
    ),
    (Format::Xml, "<discovery><contact>a&amp;b &#x4e2d;</contact><!-- c --></discovery>"),
    (Format::Json, r#"[{"code":"400","description":"service_code was not provided"}]"#),
    (Format::Xml, "<errors><error><code>400</code><description>none</description></error></errors>"),
];

#[test]
fn a_damaged_answer_of_a_server_that_is_asked_is_read_or_refused_with_why() {
    let zone = jiff::tz::TimeZone::UTC;
    let whole = |at: usize| wire::requests(ANSWERS[at].1.as_bytes(), ANSWERS[at].0, &zone).unwrap();
    assert!(whole(0)[0].is_ok() && whole(1)[0].is_ok(), "what is damaged reads while it is whole");
    let strategy = (prop::sample::select(ANSWERS.to_vec()), vec(damage(), 0..6));
    tried(3000, strategy, |((format, answer), all)| {
        let bytes = damaged(answer.as_bytes(), &all);
        match wire::requests(&bytes, format, &zone) {
            Ok(entries) => {
                let told = |entry: &Result<_, wire::Unreadable>| {
                    entry.as_ref().err().is_none_or(|no| !no.why.is_empty())
                };
                prop_assert!(entries.iter().all(told));
            }
            Err(no) => prop_assert!(!no.why.is_empty()),
        }
        // Whatever they are told: a panic alone would be wrong.
        let (_, _) = (wire::services(&bytes, format), wire::contact(&bytes, format));
        let (_, _) = (wire::reported(&bytes, format), wire::complaint(&bytes, format));
        Ok(())
    });
}
