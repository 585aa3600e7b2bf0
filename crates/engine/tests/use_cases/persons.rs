//! How long things of persons are kept, on a clock that is told the day.

use crate::made;
use crate::town;

use huying_engine::{
    authority::field::Field,
    handle::Upload,
    intake::{InformantDraft, ReportDraft},
    person::{Keeper, Privacy, Proposal, Reveal, Swept, Target},
};
use huying_model::{Actor, CaseId, MemberId, Name, Seat, UnitId, actor::Role, catalogue::EvidenceKind};
use huying_store::person::AccessRow;
use made::{Claims, jpeg, with_exif};
use serde_json::{Value, json};
use town::{TENANT, Town, draft};

const DAY_MS: i64 = 86_400_000;

fn photo() -> Vec<u8> {
    let claims = Claims {
        time: Some("2026:05:12 08:30:15"),
        gps: Some(([30, 0, 5400], [110, 0, 1800])),
        ..Claims::default()
    };
    with_exif(&jpeg(64, 48), &claims)
}

/// A case with a reporter, a photo and a callback, closed today.
async fn closed(town: &Town) -> CaseId {
    let reporter = InformantDraft { name: Some("反映人一".into()), contact: Some("00000000000".into()) };
    let report = ReportDraft { reporters: vec![reporter], ..draft("city/facility/manhole", "井盖破损") };
    let id = town.report(report).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", id, Name::File, filing).await;
    let after = Upload { bytes: photo(), kind: Some(EvidenceKind::After) };
    worked_through(town, id, vec![after], "电话中表示满意").await;
    id
}

/// From its dispatch to its end, with a callback.
async fn worked_through(town: &Town, id: CaseId, uploads: Vec<Upload>, said: &str) {
    let works = "handler-dept-works";
    town.say("dispatcher-east", id, Name::Dispatch, json!({"lead": "dept-works"})).await;
    town.say(works, id, Name::Receive, json!({"unit": "dept-works"})).await;
    let mut finish = town.saying(works, id, Name::Finish, json!({"outcome": "solved"}));
    finish.uploads = uploads;
    town.engine.say(finish).await.unwrap();
    town.say("inspector-1", id, Name::Pass, json!({})).await;
    let call = json!({"reporter": 0, "reached": true, "solved": true, "words": said});
    town.say("caller-back", id, Name::RecordCallback, call).await;
    town.say("caller-back", id, Name::Close, json!({})).await;
}

/// What can still be read: name, the callback's words, the case's text, and whether the photo says where it was taken.
async fn left(town: &Town, id: CaseId) -> (Option<String>, Option<String>, Option<String>, bool) {
    let store = town.engine.store();
    let found = store.case(TENANT, id).await.unwrap().unwrap();
    let known = town.engine.informants(TENANT, &found.case).await.unwrap();
    let name = known[0].informant.name.as_ref().and_then(|words| store.seals(TENANT).open(words));
    let journal = store.journal(TENANT, id, 0, 100).await.unwrap();
    let called = journal.iter().find_map(|entry| match &entry.event.body {
        huying_model::event::Body::CalledBack { words, .. } => words.clone(),
        _ => None,
    });
    let called = called.and_then(|words| store.seals(TENANT).open(&words));
    let meta: Value = serde_json::from_str(&store.files(TENANT, id).await.unwrap()[0].meta).unwrap();
    (name, called, found.texts.text, meta.get("point").is_some())
}

#[tokio::test]
async fn each_category_goes_after_its_own_days_and_the_rest_stays() {
    let town = Town::new().await;
    let id = closed(&town).await;
    let privacy = Privacy {
        photo_place_days: 30,
        callback_days: 365,
        contact_days: 1095,
        words_days: 2000,
        access_days: 10,
        ..Privacy::default()
    };
    town.engine.note_opened(TENANT, &town.actor("acceptor-east"), id).await;
    town.engine.write_accesses().await.unwrap();
    let began = town.now();
    let sweep = async |days: i64| {
        town.clock.set(began.plus_ms(days * DAY_MS));
        town.engine.sweep_persons(TENANT, &privacy).await.unwrap()
    };
    assert_eq!(sweep(9).await, Swept::default(), "nothing is due");
    assert_eq!(sweep(11).await.accesses, 1);
    assert_eq!(sweep(29).await, Swept::default());
    assert!(left(&town, id).await.3);
    assert_eq!(sweep(31).await, Swept { cases: 1, photos: 1, ..Swept::default() });
    assert!(!left(&town, id).await.3);
    let store = town.engine.store();
    let photo = store.files(TENANT, id).await.unwrap().remove(0);
    let lies = async |name: &str| town.engine.files().sealed(name).await.unwrap().is_some();
    assert!(!lies(photo.hash.as_str()).await, "the original says it itself");
    assert!(lies(photo.shown.as_deref().unwrap()).await && lies(photo.thumb.as_deref().unwrap()).await);
    assert_eq!(town.engine.lost_files(TENANT).await.unwrap(), Vec::<String>::new(), "nobody misses it");
    assert_eq!(store.erasures(TENANT, 10).await.unwrap()[0].keys, 1, "it stands in the register");
    assert!(store.wants_scouring().await.unwrap());
    assert_eq!(sweep(366).await, Swept { cases: 1, keys: 1, ..Swept::default() });
    let (name, called, text, _) = left(&town, id).await;
    assert_eq!((name.as_deref(), called, text.as_deref()), (Some("反映人一"), None, Some("井盖破损")));
    let found = town.engine.store().search(TENANT, "表示满意", None, None, 10).await.unwrap();
    assert!(found.items.is_empty(), "what was said in the callback is not found any more");
    assert_eq!(sweep(1096).await.keys, 1);
    let (name, _, text, _) = left(&town, id).await;
    assert_eq!((name, text.as_deref()), (None, Some("井盖破损")));
    assert!(sweep(2001).await.keys >= 1);
    assert_eq!(left(&town, id).await.2, None);
    assert_eq!(sweep(2001).await, Swept::default(), "a second look finds nothing");
    assert!(store.check(&|_| {}).await.unwrap().clean() && store.audit(&|_| {}).await.unwrap().clean());
    let register = store.erasures(TENANT, 10).await.unwrap();
    assert_eq!(register.len(), 4, "{register:?}");
    assert!(register.iter().all(|row| row.reason == "period_over" && row.proposed_by.as_str() == "system"));
}

#[tokio::test]
async fn what_was_said_after_a_case_was_reopened_is_kept_as_long_and_no_longer() {
    let town = Town::new().await;
    let id = closed(&town).await;
    let privacy = Privacy { callback_days: 2, photo_place_days: 0, ..Privacy::default() };
    let began = town.now();
    let sweep = async |days: i64| {
        town.clock.set(began.plus_ms(days * DAY_MS));
        town.engine.sweep_persons(TENANT, &privacy).await.unwrap().keys
    };
    let found = async |words: &str| {
        let page = town.engine.store().search(TENANT, words, None, None, 10).await.unwrap();
        page.items.len()
    };
    assert_eq!((found("表示满意").await, sweep(3).await, found("表示满意").await), (1, 1, 0));
    town.say("dispatcher-east", id, Name::Reopen, json!({"reason": "井盖又响"})).await;
    worked_through(&town, id, Vec::new(), "再次来电致谢").await;
    assert_eq!((found("来电致谢").await, sweep(4).await), (1, 0), "it ended a day ago");
    assert_eq!((sweep(6).await, found("来电致谢").await), (1, 0), "the second key goes as the first did");
    assert_eq!(sweep(60).await, 0);
    assert_eq!(left(&town, id).await.0.as_deref(), Some("反映人一"), "and nothing else");
    assert!(town.engine.store().check(&|_| {}).await.unwrap().clean());
}

#[tokio::test]
async fn forgetting_a_part_that_has_ended_leaves_the_reporters_of_the_open_case_it_was_split_from() {
    let town = Town::new().await;
    let reporter = InformantDraft { name: Some("反映人二".into()), contact: Some("00000000001".into()) };
    let report = ReportDraft { reporters: vec![reporter], ..draft("city/order/vendor", "一案多责") };
    let whole = town.report(report).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    town.say("handler-station-bridge", whole, Name::File, filing).await;
    let parts = json!({"parts": [{"lead": "order-east", "title": "清摊"}, {"lead": "traffic-east", "title": "疏导"}]});
    town.say("dispatcher-east", whole, Name::Split, parts).await;
    let part = town.case(whole).await.children[0].case;
    let handler = "handler-order-east";
    town.say(handler, part, Name::Receive, json!({"unit": "order-east"})).await;
    town.say(handler, part, Name::Finish, json!({"outcome": "solved"})).await;
    town.say("inspector-1", part, Name::Pass, json!({})).await;
    let asked = Proposal { target: Target::Case(part), reason: "request" };
    let proposed = town.engine.propose_erasure(TENANT, &town.actor("administrator"), &asked).await.unwrap();
    let by = town.actor("administrator-2");
    let done = town.engine.confirm_erasure(TENANT, &by, &proposed.id).await.unwrap();
    assert_eq!(done.keys, 1, "the key of the part alone");
    let store = town.engine.store();
    assert_eq!(store.case(TENANT, part).await.unwrap().unwrap().texts.title, None);
    let case = town.case(whole).await;
    assert!(case.is_open());
    let known = town.engine.informants(TENANT, &case).await.unwrap();
    let open =
        |words: &Option<huying_model::words::Sealed>| store.seals(TENANT).open(words.as_ref().unwrap());
    let (name, contact) = (open(&known[0].informant.name), open(&known[0].informant.contact));
    assert_eq!((name.as_deref(), contact.as_deref()), (Some("反映人二"), Some("00000000001")));
    assert!(store.check(&|_| {}).await.unwrap().clean());
}

#[tokio::test]
async fn who_looked_is_told_by_the_unit_of_the_seat_that_showed_it() {
    let town = Town::new().await;
    let reporter = InformantDraft { name: Some("反映人一".into()), contact: Some("00000000000".into()) };
    let report = ReportDraft { reporters: vec![reporter], ..draft("city/facility/manhole", "井盖破损") };
    let id = town.report(report).await.receipt.case;
    let case = town.case(id).await;
    let seat = |unit: &str, role| Seat { unit: UnitId::new(unit), role };
    // The first seat has nothing to do with the case.
    let seats = vec![seat("dept-civil", Role::Handler), seat("centre-east", Role::Dispatcher)];
    let actor = Actor::Member { id: MemberId::new("dispatcher-east"), seats };
    let asked = Reveal {
        tenant: TENANT,
        actor: &actor,
        case: &case,
        reporter: 0,
        field: Field::Contact,
        purpose: "handling",
    };
    assert_eq!(town.engine.reveal(asked).await.unwrap(), "00000000000");
    let rows = town.engine.reveals_of(TENANT, id).await.unwrap();
    assert_eq!((rows.len(), rows[0].unit.as_ref()), (1, Some(&UnitId::new("centre-east"))));
    // Opening the case again and again does not push it out.
    let opened = |no| AccessRow {
        at: town.now().plus_ms(1),
        no,
        member: MemberId::new("dispatcher-east"),
        unit: None,
        case: id,
        what: "opened".into(),
        field: None,
        reporter: None,
        purpose: None,
    };
    let often: Vec<AccessRow> = (1..=600).map(opened).collect();
    town.engine.store().note_accesses(TENANT, &often).await.unwrap();
    assert_eq!(town.engine.reveals_of(TENANT, id).await.unwrap(), rows);
}

#[tokio::test]
async fn days_of_zero_keep_for_ever() {
    let town = Town::new().await;
    let id = closed(&town).await;
    let privacy = Privacy {
        photo_place_days: 0,
        callback_days: 0,
        contact_days: 0,
        words_days: 0,
        stopped_days: 0,
        access_days: 0,
        sign_in_days: 0,
        ..Privacy::default()
    };
    let before = left(&town, id).await;
    town.clock.set(town.now().plus_ms(20_000 * DAY_MS));
    assert_eq!(town.engine.sweep_persons(TENANT, &privacy).await.unwrap(), Swept::default());
    assert_eq!(left(&town, id).await, before);
}

#[tokio::test]
async fn the_keeper_looks_once_a_day_and_rewrites_in_the_quiet_hour() {
    let town = Town::new().await;
    closed(&town).await;
    let keeper = Keeper::new(town.engine.clone(), TENANT, Privacy::default(), "test");
    let began = town.now();
    let at = async |days: i64, hours: i64| {
        // The day begins at 09:00 here.
        town.clock.set(began.plus_ms(days * DAY_MS + (hours - 9) * 3_600_000));
        keeper.look().await.unwrap()
    };
    assert_eq!(at(400, 2).await, None, "before the quiet hour");
    let swept = at(400, 3).await.unwrap();
    assert_eq!((swept.keys, swept.photos), (1, 1));
    assert!(!town.engine.store().wants_scouring().await.unwrap(), "the database was rewritten");
    assert_eq!(at(400, 9).await, None, "once a day");
    assert_eq!(at(401, 9).await, Some(Swept::default()), "a look that was missed at night is made up for");
}
