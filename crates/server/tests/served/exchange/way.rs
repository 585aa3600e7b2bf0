//! The way of one case between two nodes, in peace: one number, one promise, the files, the trace, and every way back.

use huying_engine::exchange::{member, schema, tell::Saying};
use huying_model::{Actor, Name, Stage, actor::By, catalogue::Outcome, clock::Timer, event::Body};
use huying_store::{exchange::Again, person::AccessOf};
use serde_json::json;

use super::{node::TENANT, pair::Pair};
use crate::desk::photo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_is_handed_over_keeps_its_number_its_promise_its_files_and_its_way() {
    let pair = Pair::open(1).await;
    pair.watch();
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", Some(photo())).await;
    a.send_to(id, "platform-b").await;
    let ours = a.case(id).await;
    pair.settle().await;
    let theirs = b.numbered(&ours.number).await.expect("it is there under its number");
    assert_eq!((theirs.matter.as_ref(), &theirs.place), (ours.matter.as_ref(), &ours.place));
    assert_eq!(theirs.stage, Stage::Reported);
    assert_eq!(theirs.promised, ours.clock(&Timer::Promise).map(|clock| clock.due));
    assert!(theirs.waiting().is_empty(), "the side that keeps the promise answers the reporter");
    // Where it was before, and who reported: written down on the side that told it.
    let notes: Vec<String> = b
        .events(theirs.id)
        .await
        .iter()
        .filter_map(|event| match &event.body {
            Body::Noted { words } => b.engine.store().seals(TENANT).open(words),
            _ => None,
        })
        .collect();
    // The file, by its content.
    let (mine, other) = (
        a.engine.store().files(TENANT, id).await.unwrap(),
        b.engine.store().files(TENANT, theirs.id).await.unwrap(),
    );
    assert_eq!((mine.len(), other.len()), (1, 1), "{notes:?}");
    assert_eq!(other[0].media, "image/jpeg");
    assert!(notes[0].contains("此前流转") && notes[0].contains("城市管理科"), "{notes:?}");
    let looked = a
        .engine
        .store()
        .accesses(
            TENANT,
            &AccessOf::Case(id),
            huying_model::Instant(0),
            (huying_model::Instant(i64::MAX), i64::MAX),
            10,
        )
        .await
        .unwrap();
    let by_b: Vec<_> =
        looked.iter().filter(|row| row.member == member("b")).filter_map(|row| row.field.clone()).collect();
    assert_eq!(by_b.len(), 2, "name and contact: {looked:?}");

    // They work; here it is the external unit's work, by the partner.
    b.send_to(theirs.id, "order-east").await;
    let promise = b.case(theirs.id).await.clock(&Timer::Promise).map(|clock| clock.due);
    assert_eq!(
        promise,
        ours.clock(&Timer::Promise).map(|clock| clock.due),
        "the clock is capped by the promise"
    );
    b.say("handler-order-east", theirs.id, Name::Receive, json!({"unit": "order-east"})).await;
    b.say(
        "handler-order-east",
        theirs.id,
        Name::Progress,
        json!({"unit": "order-east", "words": "已到现场"}),
    )
    .await;
    pair.settle().await;
    assert_eq!(a.case(id).await.stage, Stage::Handling, "received by the partner");
    b.say("handler-order-east", theirs.id, Name::Finish, json!({"outcome": "solved", "reason": "已劝离"}))
        .await;
    b.say_with("inspector-1", theirs.id, Name::Attach, json!({}), vec![crate::made::jpeg(90, 60)]).await;
    b.say("inspector-1", theirs.id, Name::Pass, json!({})).await;
    assert_eq!(b.case(theirs.id).await.stage, Stage::Closed);
    pair.settle().await;
    let done = a.case(id).await;
    assert_eq!(
        (done.stage, done.ending.as_ref().map(|ending| ending.outcome)),
        (Stage::Inspecting, Some(Outcome::Solved))
    );
    assert_eq!(a.engine.store().files(TENANT, id).await.unwrap().len(), 2, "the evidence came along");
    let events = a.events(id).await;
    let partner =
        |event: &&huying_model::Event| matches!(&event.by, By::Member { id, .. } if *id == member("b"));
    let kinds: Vec<&str> = events
        .iter()
        .filter(partner)
        .map(|event| match &event.body {
            Body::Received { .. } => "received",
            Body::Progressed { .. } => "progressed",
            Body::Attached { .. } => "attached",
            Body::Finished { .. } => "finished",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds.first(), Some(&"received"));
    assert_eq!(kinds.last(), Some(&"finished"));
    assert_eq!(kinds.iter().filter(|kind| **kind == "finished").count(), 1);
    a.say("inspector-1", id, Name::Pass, json!({})).await;
    pair.settle().await;
    assert_eq!(a.case(id).await.stage, Stage::Closed);

    // Telling everything again changes nothing.
    let before = (a.events(id).await.len(), b.events(theirs.id).await.len());
    for node in [(a, "b"), (b, "a")] {
        let (node, partner) = node;
        let again = Again::Since(huying_model::Instant(0));
        assert!(node.engine.replay(TENANT, &Actor::System, partner, again).await.unwrap() > 0);
    }
    pair.settle().await;
    assert_eq!(before, (a.events(id).await.len(), b.events(theirs.id).await.len()));
    let seen = pair.assert_as_described();
    for kind in ["handed-over", "received", "progressed", "file", "finished", "closed"] {
        assert!(seen.contains(&format!("huying.case.{kind}.v1")), "{kind} was not told: {seen:?}");
    }
    a.assert_sound().await;
    b.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_goes_back_both_ways_with_the_reason_and_comes_again() {
    let pair = Pair::open(2).await;
    pair.watch();
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("占道经营", None).await;
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    let number = a.case(id).await.number;
    let theirs = b.numbered(&number).await.unwrap().id;
    // They will not have it.
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": "不属本辖区"})).await;
    pair.settle().await;
    let back = a.case(id).await;
    assert_eq!((back.stage, back.used.returns), (Stage::Filed, 1));
    let reason = a.events(id).await.into_iter().find_map(|event| match event.body {
        Body::Returned { reason, .. } => a.engine.store().seals(TENANT).open(&reason),
        _ => None,
    });
    assert_eq!(reason.as_deref(), Some("不属本辖区"));
    // They have to, after all: it is the same case there.
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    assert_eq!(b.numbered(&number).await.unwrap().id, theirs);
    assert_eq!(b.case(theirs).await.stage, Stage::Reported);
    // It is taken back.
    a.say("dispatcher-east", id, Name::Recall, json!({"reason": "另行处理"})).await;
    pair.settle().await;
    let ended = b.case(theirs).await;
    assert_eq!(
        (ended.stage, ended.ending.map(|ending| ending.outcome)),
        (Stage::Closed, Some(Outcome::HandedOver))
    );
    // And given once more, and worked on to the end; then found wanting.
    a.send_to(id, "platform-b").await;
    pair.settle().await;
    b.send_to(theirs, "order-east").await;
    b.say("handler-order-east", theirs, Name::Receive, json!({"unit": "order-east"})).await;
    b.say("handler-order-east", theirs, Name::Finish, json!({"outcome": "solved"})).await;
    b.say("inspector-1", theirs, Name::Pass, json!({})).await;
    pair.settle().await;
    a.say("inspector-1", id, Name::Fail, json!({"reason": "仍有摊点"})).await;
    pair.settle().await;
    assert_eq!((a.case(id).await.stage, b.case(theirs).await.stage), (Stage::Handling, Stage::Filed));
    let seen = pair.assert_as_described();
    for kind in ["returned", "reopened"] {
        assert!(seen.contains(&format!("huying.case.{kind}.v1")), "{kind} was not told: {seen:?}");
    }
    a.assert_sound().await;
    b.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_redacted_is_told_to_no_partner_however_long_its_message_waited() {
    let pair = Pair::open(5).await;
    pair.watch();
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report("遮蔽的诉求", None).await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    a.say("handler-station-bridge", id, Name::File, filing).await;
    let moved = json!({"place": {"lon": 110.005, "lat": 30.015}, "address": "遮蔽的地址"});
    a.say("dispatcher-east", id, Name::Relocate, moved).await;
    a.say("dispatcher-east", id, Name::Dispatch, json!({"lead": "platform-b"})).await;
    a.say("dispatcher-east", id, Name::Comment, json!({"words": "遮蔽的留言"})).await;
    let newest = async |is: fn(&Body) -> bool| {
        let at = a.events(id).await.iter().rposition(|event| is(&event.body));
        at.unwrap() + 1
    };
    let relocated = newest(|body| matches!(body, Body::Relocated { .. })).await;
    let commented = newest(|body| matches!(body, Body::Commented { .. })).await;
    a.say("dispatcher-east", id, Name::Comment, json!({"words": "照常的留言"})).await;
    // Everything waits still; what is told of it stands further back in the journal than what hides it.
    for event in [1, relocated, commented] {
        let redact = json!({"event": event, "reason": "personal_data"});
        a.say("dispatcher-east", id, Name::Redact, redact).await;
    }
    pair.settle().await;
    let told: String = pair.to_b.told().iter().map(ToString::to_string).collect();
    assert!(told.contains("照常的留言"), "the rest is told: {told}");
    for hidden in ["遮蔽的诉求", "遮蔽的地址", "遮蔽的留言", "桥头路1号", "反映人一", "00000000000"]
    {
        assert!(!told.contains(hidden), "{hidden} was told: {told}");
    }
    assert_eq!(exported(a, id).await, 0, "what is not told is not written down as told");
    let theirs = b.numbered(&a.case(id).await.number).await.expect("the case itself went over").id;
    assert_eq!(b.engine.store().case(TENANT, theirs).await.unwrap().unwrap().texts.text, None);
    pair.assert_as_described();
    a.assert_sound().await;
    b.assert_sound().await;
}

/// How many fields of persons the log of accesses says were exported.
async fn exported(node: &super::node::Node, case: huying_model::CaseId) -> usize {
    let end = (huying_model::Instant(i64::MAX), i64::MAX);
    let (of, begin) = (AccessOf::Case(case), huying_model::Instant(0));
    let all = node.engine.store().accesses(TENANT, &of, begin, end, 1_000).await.unwrap();
    all.iter().filter(|row| row.what == "exported").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_the_partner_loses_nothing_and_hammers_nobody() {
    let pair = Pair::open(3).await;
    let (a, b) = (&pair.a, &pair.b);
    pair.to_b.shut(true);
    let mut cases = Vec::new();
    for no in 0..12 {
        let id = a.report(&format!("占道经营{no}"), None).await;
        a.send_to(id, "platform-b").await;
        cases.push(id);
    }
    for _ in 0..(24 * 60) {
        a.exchange.run().await.unwrap();
        pair.clock.advance(60_000);
    }
    let asked = pair.to_b.asked();
    assert!((40..80).contains(&asked), "{asked} tries in a day");
    // Only what was about to be sent was opened: all at first, then one message a try, with name and contact of its reporter.
    let mut opened = 0;
    for id in &cases {
        opened += exported(a, *id).await;
    }
    assert!(
        opened <= 2 * (asked as usize + cases.len()),
        "{opened} fields were noted as exported in {asked} tries"
    );
    let state = &a.engine.partners(TENANT, &Actor::System).await.unwrap()[0];
    assert!(state.row.down_since.is_some() && state.row.error.is_some(), "{:?}", state.row.error);
    pair.to_b.shut(false);
    pair.clock.advance(3_600_000);
    pair.settle().await;
    for id in cases {
        let number = a.case(id).await.number;
        assert!(b.numbered(&number).await.is_some(), "{number} was lost");
    }
    assert!(a.engine.partners(TENANT, &Actor::System).await.unwrap()[0].row.down_since.is_none());
    assert_eq!(b.engine.store().count_cases(TENANT).await.unwrap(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_pushed_once_a_day_and_a_newer_push_takes_the_place() {
    let pair = Pair::open(4).await;
    pair.watch();
    let (a, b) = (&pair.a, &pair.b);
    a.map("b", &format!("{}[figures]\nevery = \"day\"\n", super::pair::MAP_OF_A)).await;
    let id = a.report("占道经营", None).await;
    // Nobody is there for a day and a night.
    pair.clock.advance(26 * 3_600_000);
    pair.settle().await;
    let pushed = async || b.engine.store().figures(TENANT, "a", "~", 100).await.unwrap();
    let day = async |no: usize| {
        let row = pushed().await.remove(no);
        let day: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        (row.period.to_string(), day["matters"][0].clone())
    };
    assert_eq!(pushed().await.len(), 35);
    let (period, matter) = day(0).await;
    assert_eq!((period.as_str(), &matter["matter"]), ("2026-05-12", &json!("city/order/vendor")));
    assert_eq!(
        (&matter["cases"], &matter["stage"], &matter["spent_ms"]),
        (&json!(1), &json!("reported"), &json!(0))
    );
    let told = pair.to_b.told().len();
    pair.clock.advance(3_600_000);
    pair.settle().await;
    assert_eq!(pair.to_b.told().len(), told, "once a day");
    // It ends a day later, and counts for the day on which it came.
    a.say("handler-station-bridge", id, Name::Decline, json!({"reason": "不属本辖区"})).await;
    for _ in 0..24 {
        pair.clock.advance(3_600_000);
        pair.round().await;
    }
    pair.settle().await;
    let (period, matter) = day(1).await;
    assert_eq!((period.as_str(), &matter["stage"]), ("2026-05-12", &json!("declined")), "{matter}");
    assert!(matter["spent_ms"].as_i64().unwrap() > 24 * 3_600_000, "{matter}");
    assert!(pair.assert_as_described().contains("huying.figures.v1"));
}

#[test]
fn every_type_has_a_schema_that_names_it() {
    for saying in Saying::ALL {
        let schema = schema::of(saying);
        assert_eq!(schema["title"], saying.kind());
        for needed in schema["required"].as_array().unwrap() {
            assert!(schema["properties"].get(needed.as_str().unwrap()).is_some(), "{saying:?} {needed}");
        }
        assert_eq!(Saying::from_kind(&saying.kind()), Some(saying));
        assert_eq!(Saying::from_code(saying.code()), Some(saying));
    }
}
