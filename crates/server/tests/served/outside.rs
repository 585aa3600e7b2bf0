//! Bytes from outside: whatever comes through a door, the answer is a page, a body or a problem that says how to mend it, and
//! never a failure of the platform.
//!
//! Each parser is reached through its own door: JSON bodies, forms, multipart, CSV, TOML, GeoJSON and zip of a draft, tables as CSV, workbooks,
//! GeoJSON and shapefiles, photos with their
//! metadata, cursors, ids, moments, the words of a search, cookies and keys; and what those send who are no members, in `foreign`. What is sent begins as something right and is damaged, so that
//! it comes further than noise would. `HUYING_FUZZ` sets how many of each are sent; the usual run is short.

mod foreign;

use crate::desk;
use crate::drafts;

use desk::{Answer, Desk};
use huying_server::Settings;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

fn cases(usual: u32) -> u32 {
    std::env::var("HUYING_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// One damage to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Change(usize, u8),
    Drop(usize, usize),
    Insert(usize, Vec<u8>),
    Double(usize, usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let piece = prop_oneof![
        vec(any::<u8>(), 1..6),
        prop::sample::select(vec![
            &b"\0"[..],
            b"\"",
            b"{",
            b"[[[[[[[[",
            b"-1",
            b"1e999",
            b"\xff\xfe",
            b"\r\n--",
            b"../",
            b"%00",
            b"\xf0\x9f\x92\xa9",
            b"'); --",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        2 => (any::<usize>(), 1..40_usize).prop_map(|(at, long)| Damage::Drop(at, long)),
        3 => (any::<usize>(), piece).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        1 => (any::<usize>(), 1..200_usize).prop_map(|(at, long)| Damage::Double(at, long)),
        1 => any::<usize>().prop_map(Damage::Cut),
    ]
}

fn damaged(bytes: &[u8], all: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for one in all {
        let length = bytes.len();
        let place = |at: usize| if length == 0 { 0 } else { at % length };
        match one {
            Damage::Change(at, byte) if length > 0 => bytes[place(*at)] = *byte,
            Damage::Change(..) => {}
            Damage::Drop(at, long) => {
                let from = place(*at);
                bytes.drain(from..(from + long).min(length));
            }
            Damage::Insert(at, more) => {
                let from = place(*at);
                bytes.splice(from..from, more.iter().copied());
            }
            Damage::Double(at, long) => {
                let from = place(*at);
                let piece = bytes[from..(from + long).min(length)].to_vec();
                bytes.splice(from..from, piece);
            }
            Damage::Cut(at) => bytes.truncate(place(*at)),
        }
    }
    bytes
}

/// An answer that is no failure, and where it refuses, refuses in the described form.
fn sound(answer: &Answer) -> Result<(), TestCaseError> {
    let status = answer.status.as_u16();
    prop_assert!(status < 500, "{status}: {}", answer.text());
    if status >= 400 && answer.header("content-type").starts_with("application/") {
        prop_assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        prop_assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{problem}");
    }
    Ok(())
}

/// Puts what a strategy makes to a desk, again and again.
fn put<S: Strategy>(
    usual: u32,
    strategy: S,
    ask: impl AsyncFn(&Desk, &str, S::Value) -> Result<(), TestCaseError>,
) {
    put_to(desk::demonstration(), usual, strategy, ask);
}

/// The same to a desk that is served by other settings.
fn put_to<S: Strategy>(
    settings: Settings,
    usual: u32,
    strategy: S,
    ask: impl AsyncFn(&Desk, &str, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = Runtime::new().unwrap();
    let desk = runtime.block_on(Desk::serving(settings));
    runtime.block_on(drafts::found(&desk));
    let id = runtime.block_on(desk.report("city/facility/litter", "垃圾"));
    let config = Config { cases: cases(usual), failure_persistence: None, ..Config::default() };
    let run = |value| runtime.block_on(ask(&desk, &id, value));
    TestRunner::new(config).run(&strategy, run).unwrap_or_else(|why| panic!("{why}"));
}

/// Right bodies and where they go; `CASE` stands for the case's id.
fn bodies() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/cases", desk::report("city/facility/litter", "垃圾")),
        (
            "/api/v1/cases/CASE/commands/file",
            json!({"filing": {"matter": "city/facility/litter", "condition": 1}, "urgency": "green"}),
        ),
        ("/api/v1/cases/CASE/commands/comment", json!({"words": "看过了"})),
        ("/api/v1/cases/CASE/commands/dispatch", json!({"lead": "dept-works", "assists": ["dept-order"]})),
        (
            "/api/v1/cases/CASE/commands/split",
            json!({"parts": [{"matter": "city/facility/litter", "condition": 1, "lead": "dept-works"}, {"matter": "city/order/vendor", "condition": 1, "lead": "dept-order"}]}),
        ),
        ("/api/v1/session", json!({"member": "acceptor-east"})),
        ("/api/v1/search", json!({"q": "桥头 垃圾", "cursor": "AAAAAAAAAAAAAAAB", "limit": 5})),
        ("/api/v1/cases/search", json!({"q": "桥头路1号", "stage": "filed,reported", "open": true})),
        ("/api/v1/track", json!({"number": "20260512-000001", "secret": "ABCD-EFGH-JKMN"})),
        (
            "/api/v1/subscriptions",
            json!({"channel": "mail", "target": "a@example.org", "wanted": {"kinds": ["closed"]}}),
        ),
        (
            "/api/v1/policy/proposals",
            json!({"name": "starter-2", "from": "2026-06-01T00:00:00+08:00", "reason": "定"}),
        ),
        (
            "/api/v1/admission/vetoes",
            json!({"matter": "city/order/vendor", "rule": "规则", "from": "2026-06-01T00:00:00Z"}),
        ),
        (
            "/api/v1/organisation/changes",
            json!({"from": "2026-06-01T00:00:00Z", "reason": "并", "edits": [{"edit": "end_unit", "unit": "dept-works"}]}),
        ),
    ]
}

#[test]
fn a_damaged_json_body_is_refused_in_words_or_taken() {
    let strategy = (prop::sample::select(bodies()), vec(damage(), 0..5));
    put(400, strategy, async |desk, id, ((path, body), all)| {
        let bytes = damaged(&serde_json::to_vec(&body).unwrap(), &all);
        let ask = desk.post(&path.replace("CASE", id)).by("acceptor-east").raw("application/json", bytes);
        sound(&ask.send().await)
    });
}

/// Forms of pages and where they go.
const FORMS: [(&str, &str); 9] = [
    ("/sign-in", "member=acceptor-east"),
    ("/sought", "to=%2Fdesk&queue=dispatch&area=990101001&source=hotline&q=%E5%9E%83%E5%9C%BE"),
    ("/track", "number=20260512-000001&secret=ABCD-EFGH-JKMN"),
    ("/track/act", "number=20260512-000001&secret=ABCD-EFGH-JKMN&act=supplement&words=x&idempotency_key=k"),
    ("/cases/new", "source=resident&matter=city%2Ffacility%2Flitter&title=%E5%9E%83&lon=110.005&lat=30.015"),
    ("/cases/CASE/commands/comment", "words=%E7%9C%8B&version=1"),
    ("/admission", "act=apply&matter=city%2Forder%2Fvendor&unit=dept-works&reason=x"),
    ("/policy", "act=propose&name=starter-1&from=2026-06-01T08%3A00&reason=x"),
    (
        "/report",
        "text=%E5%9E%83&matter=city%2Ffacility%2Flitter&place=x&name=a&contact=1&ticket=w.13.0.0&solution=1",
    ),
];

#[tokio::test]
async fn what_is_damaged_reaches_its_door_while_it_is_whole() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", "垃圾").await;
    // A door that is not there, or takes no such thing, would let every damage pass.
    let shut = |answer: &Answer| {
        matches!(answer.header("content-type"), "application/problem+json")
            && matches!(answer.status.as_u16(), 404 | 405 | 415)
    };
    for (path, body) in bodies() {
        let answer = desk.post(&path.replace("CASE", &id)).by("acceptor-east").json(&body).send().await;
        assert!(path == "/api/v1/track" || !shut(&answer), "{path}: {}", answer.text());
    }
    for (path, body) in FORMS {
        let ask = desk.post(&path.replace("CASE", &id)).by("acceptor-east");
        let answer = ask.raw("application/x-www-form-urlencoded", body).send().await;
        assert!(!shut(&answer), "{path}: {}", answer.text());
    }
    let (media, body) = desk::form(&photo_with_metadata(), Some("before"));
    let sent =
        desk.post(&format!("/api/v1/cases/{id}/files")).by("acceptor-east").raw(&media, body).send().await;
    // Its claimed time was read, so damage to it is damage to something.
    assert_eq!(sent.expect(201)["taken_at"], "2026-05-12T01:00:00Z");
    let sent: Vec<(String, String)> = drafts::files(&[]);
    let (media, body) = drafts::form("改进", &[("pack.zip".to_owned(), drafts::zipped(&sent))]);
    let answer = desk.post("/api/v1/policy/versions").by("administrator").raw(&media, body).send().await;
    assert!(!shut(&answer), "{}", answer.text());
}

#[test]
fn a_damaged_form_is_refused_in_words_or_taken() {
    put(
        200,
        (prop::sample::select(FORMS.to_vec()), vec(damage(), 0..5)),
        async |desk, id, ((path, body), all)| {
            let ask = desk.post(&path.replace("CASE", id)).by("acceptor-east");
            let ask = ask.raw("application/x-www-form-urlencoded", damaged(body.as_bytes(), &all));
            sound(&ask.send().await)
        },
    );
}

/// A photo with a claimed time and a claimed place.
fn photo_with_metadata() -> Vec<u8> {
    let photo = desk::photo();
    // An APP1 segment in big endian: orientation, a time, and a pointer to a position.
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend(b"\0\x03\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x01\x32\0\x02\0\0\0\x14\0\0\0\x32\x88\x25\0\x04\0\0\0\x01\0\0\0\x46\0\0\0\0");
    tiff.extend(b"2026:05:12 09:00:00\0");
    tiff.extend(b"\0\x02\0\x02\0\x05\0\0\0\x03\0\0\0\x64\0\x04\0\x05\0\0\0\x03\0\0\0\x7c\0\0\0\0");
    tiff.extend([0; 48]);
    let long = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
    [&photo[..2], b"\xff\xe1", &long, b"Exif\0\0", &tiff, &photo[2..]].concat()
}

#[test]
fn a_damaged_photo_is_refused_in_words_or_taken() {
    let photo = photo_with_metadata();
    // Damage to the head reaches the metadata, to the whole the pixels and the form around it.
    let strategy = (vec(damage(), 1..6), any::<bool>(), vec(damage(), 0..2));
    put(120, strategy, async |desk, id, (all, head_only, around)| {
        let (head, rest) = photo.split_at(if head_only { 200 } else { photo.len() });
        let (media, body) = desk::form(&[damaged(head, &all), rest.to_vec()].concat(), Some("before"));
        let ask = desk.post(&format!("/api/v1/cases/{id}/files")).by("acceptor-east");
        sound(&ask.raw(&media, damaged(&body, &around)).send().await)
    });
}

#[test]
fn a_damaged_draft_of_a_pack_is_refused_in_words_or_taken() {
    let files = drafts::files(&[]);
    let strategy = (any::<prop::sample::Index>(), vec(damage(), 1..4), any::<bool>(), vec(damage(), 0..2));
    put(30, strategy, async |desk, _, (which, all, zipped, around)| {
        let which = which.index(files.len());
        let of = |(no, (name, text)): (usize, &(String, String))| {
            let bytes = text.as_bytes();
            (name.clone(), if no == which { damaged(bytes, &all) } else { bytes.to_vec() })
        };
        let mut sent: Vec<(String, Vec<u8>)> = files.iter().enumerate().map(of).collect();
        if zipped {
            sent = vec![("pack.zip".to_owned(), damaged(&drafts::zipped(&sent), &around))];
        }
        let (media, body) = drafts::form("改进", &sent);
        let ask = desk.post("/api/v1/policy/versions").by("administrator").raw(&media, body);
        sound(&ask.send().await)
    });
}

/// Signs that an address may hold as they are.
fn escaped(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    bytes
        .iter()
        .map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn a_damaged_address_is_refused_in_words_or_answered() {
    let asked = [
        ("/api/v1/cases?cursor=#", "AAABkK5v7gABkK5v7gB8AAAAAAAAAAAAAAAA"),
        ("/api/v1/cases?received_from=#", "2026-05-12T09:00:00+08:00"),
        ("/api/v1/cases?area=#", "110101001"),
        ("/api/v1/cases?q=#", "桥头 垃圾 NOT (井盖 OR \"下水\")*"),
        ("/api/v1/search?q=#", "20260512-000001 桥头路1号"),
        ("/api/v1/search?q=垃圾&cursor=#", "AAAAAAAAAAAAAAAB"),
        ("/api/v1/map?bbox=#", "109.9,29.9,110.1,30.1"),
        ("/api/v1/locate?lon=#&lat=30", "110.005"),
        ("/api/v1/explain?matter=city/facility/litter&at=#", "110.005,30.015"),
        ("/api/v1/duplicates?matter=city/facility/litter&lon=#&lat=30.015", "110.005"),
        ("/api/v1/cases/#", "20260512-000001"),
        ("/api/v1/cases/#/journal", "00000000000000000000000000000001"),
        ("/api/v1/cases/CASE/files/#", "0000000000000000"),
        ("/api/v1/stream?after=#", "12"),
        ("/api/v1/log/tile/0/#", "x001/067.p/5"),
        ("/cases/#", "20260512-000001"),
        ("/desk?tab=#", "mine"),
        ("/desk?queue=dispatch&sought=#", "DNl6Zk3bqf8Rk1dKZb0mYw3Q5mFzCq7vC8u2nW9xT4aJ"),
        ("/assets/#", "desk.css"),
    ];
    let noise = prop_oneof![3 => Just(None), 1 => vec(any::<u8>(), 0..80).prop_map(Some)];
    let strategy = (prop::sample::select(asked.to_vec()), vec(damage(), 0..4), noise);
    put(500, strategy, async |desk, id, ((path, word), all, noise)| {
        let word = noise.unwrap_or_else(|| damaged(word.as_bytes(), &all));
        let path = path.replace("CASE", id).replace('#', &escaped(&word));
        let path: String = path
            .chars()
            .map(|sign| if sign.is_ascii() { sign.to_string() } else { escaped(sign.to_string().as_bytes()) })
            .collect();
        let answer = desk.get(&path).by("leader-district").start().await;
        // A live stream has no end to wait for.
        if answer.headers().get("content-type").is_some_and(|media| media == "text/event-stream") {
            return Ok(());
        }
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        sound(&Answer { status: parts.status, headers: parts.headers, body })
    });
}

#[test]
fn a_damaged_header_is_refused_in_words_or_passed_over() {
    let headers = [
        ("authorization", "Bearer hy_0000000000000000000000000000000000000000000"),
        ("cookie", "huying_member=acceptor-east.0011; huying=abc; lang=zh"),
        ("if-match", "\"3\""),
        ("idempotency-key", "7b0c2a52-6a3e-4f1a-9d55-0d5f3b1c9f10"),
        ("accept-language", "en-GB,en;q=0.9,zh;q=0.8"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("x-huying-member", "acceptor-east"),
        ("x-forwarded-for", "192.0.2.7, 10.0.0.1"),
        ("origin", "http://localhost:8080"),
        ("last-event-id", "12"),
    ];
    put(
        300,
        (prop::sample::select(headers.to_vec()), vec(damage(), 0..4)),
        async |desk, id, ((name, value), all)| {
            let bytes: Vec<u8> =
                damaged(value.as_bytes(), &all).into_iter().filter(|byte| (32..127).contains(byte)).collect();
            let value = String::from_utf8(bytes).unwrap();
            let post = desk.post(&format!("/api/v1/cases/{id}/commands/comment")).by("acceptor-east");
            sound(&post.json(&json!({"words": "看过了"})).header(name, &value).send().await)?;
            sound(&desk.get("/api/v1/cases").header(name, &value).send().await)?;
            sound(&desk.get("/desk").header(name, &value).send().await)
        },
    );
}

/// Tables of each kind of file that are right as they are.
fn tables() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    use huying_pack::sheet::{Encoding, Format, Writer};
    let rows = [
        ["unit-new", "新岗", "post", "order", "990101001"],
        ["order-east", "东岗", "post", "order", "990101001"],
    ];
    let written = |format, encoding| {
        let mut writer = Writer::new(format, encoding, &["id", "name", "kind", "function", "area"]).unwrap();
        rows.iter().for_each(|row| writer.row(row).unwrap());
        writer.finish().unwrap().into_bytes().unwrap()
    };
    let square = huying_geo::CellShape::rectangle(
        huying_geo::Point::new(1_100_000_000, 300_000_000),
        huying_geo::Point::new(1_100_100_000, 300_100_000),
    );
    let properties = json!({"code": "990101001001001", "name": "桥头第一网格"}).as_object().unwrap().clone();
    let layer = [(properties, &square)];
    let geojson = huying_geo::geojson::write(layer.iter().map(|(properties, shape)| (properties, *shape)));
    vec![
        ("units", "units.csv", written(Format::Csv, Encoding::Utf8)),
        ("units", "units.csv", written(Format::Csv, Encoding::Gb18030)),
        ("units", "units.xlsx", written(Format::Xlsx, Encoding::Utf8)),
        ("areas", "areas.geojson", geojson.into_bytes()),
        ("areas", "areas.zip", huying_pack::listing::ground::shapefile(&layer).unwrap()),
    ]
}

#[test]
fn a_damaged_table_is_refused_in_words_or_shown() {
    let all = tables();
    let strategy = (any::<prop::sample::Index>(), vec(damage(), 0..5), vec(damage(), 0..2));
    put(60, strategy, async |desk, _, (which, inside, around)| {
        let (table, name, bytes) = which.get(&all);
        let (media, body) = crate::tables::form(&[("missing", "stays")], name, &damaged(bytes, &inside));
        let ask = desk.post(&format!("/api/v1/tables/{table}")).by("administrator");
        sound(&ask.raw(&media, damaged(&body, &around)).send().await)
    });
}
