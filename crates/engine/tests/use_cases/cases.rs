//! A case's way through the engine, on a real store.

use crate::made;
use crate::town;

use huying_engine::{
    Error,
    authority::Sight,
    files::{FileKey, Files},
    handle::Upload,
    intake::{InformantDraft, ReportDraft},
    place::PlaceDraft,
};
use huying_model::{CaseId, Name, Refusal, Stage, catalogue::EvidenceKind, event::Body, words::Sealed};
use huying_store::{Fault, FileRow, Key, PublicFilter, PublicFrom};
use serde_json::json;
use town::{TENANT, Town, draft};

#[tokio::test]
async fn a_report_lands_in_its_cell_with_a_number_and_sealed_words() {
    let town = Town::new().await;
    let report = ReportDraft {
        address: Some("桥头路1号".into()),
        reporters: vec![InformantDraft {
            name: Some("来电人".into()), contact: Some("12300001111".into())
        }],
        ..draft("city/facility/streetlight", "路灯不亮三天了")
    };
    let receipt = town.report(report).await.receipt;
    assert!(receipt.number.starts_with("SD-260512-"), "{}", receipt.number);
    let view = town.engine.store().case(TENANT, receipt.case).await.unwrap().unwrap();
    let case = &view.case;
    assert_eq!(
        (case.stage, case.place.area.as_ref().unwrap().as_str()),
        (Stage::Reported, "990101001001001")
    );
    assert_eq!(view.texts.title.as_deref(), Some("路灯不亮三天了"));
    let journal = town.engine.store().journal(TENANT, receipt.case, 0, 10).await.unwrap();
    let written = serde_json::to_string(&journal[0].event).unwrap();
    for word in ["路灯", "桥头路", "来电人", "12300001111"] {
        assert!(!written.contains(word), "{word} stands in the clear in {written}");
    }
    let Body::Reported { report, .. } = &journal[0].event.body else { panic!() };
    let person = &report.reporters[0];
    assert!(person.reachable);
    let keys: std::collections::BTreeSet<_> =
        [&report.text, &person.name].map(|s| s.as_ref().unwrap().key.clone()).into();
    assert_eq!(keys.len(), 2, "a person has a key of their own");
    let seals = town.engine.store().seals(TENANT);
    assert_eq!(seals.open(person.contact.as_ref().unwrap()).as_deref(), Some("12300001111"));
}

#[tokio::test]
async fn where_the_rules_say_so_system_files_and_dispatches_at_once() {
    let town = Town::new().await;
    let receipt = town.report(draft("city/order/parking", "货车堵住路口")).await.receipt;
    assert_eq!((receipt.stage, receipt.version), (Stage::Dispatched, 3));
    let case = town.case(receipt.case).await;
    assert_eq!(case.lead_unit().unwrap().as_str(), "traffic-east");
    let journal = town.engine.store().journal(TENANT, receipt.case, 0, 10).await.unwrap();
    let Body::Dispatched { because: Some(because), .. } = &journal[2].event.body else { panic!() };
    assert_eq!(because.rule, "R-04");
}

#[tokio::test]
async fn a_case_goes_from_report_to_close_by_its_people_with_photos() {
    let town = Town::new().await;
    let photo = made::with_exif(
        &made::jpeg(640, 480),
        &made::Claims { time: Some("2026:05:12 08:58:00"), ..Default::default() },
    );
    let mut report = town.reporting(draft("city/order/vendor", "占道经营"));
    report.uploads.push(Upload { bytes: photo.clone(), kind: None });
    let case = town.engine.report(report).await.unwrap().receipt.case;
    town.say(
        "handler-station-bridge",
        case,
        Name::File,
        json!({"filing": {"matter": "city/order/vendor", "condition": 1}}),
    )
    .await;
    town.say("dispatcher-east", case, Name::Dispatch, json!({"lead": "order-east"})).await;
    let after = town.case(case).await;
    assert_eq!(after.lead_unit().unwrap().as_str(), "order-east");
    town.say("handler-order-east", case, Name::Receive, json!({"unit": "order-east"})).await;
    let mut finish = town.saying(
        "handler-order-east",
        case,
        Name::Finish,
        json!({"outcome": "solved", "reason": "已劝离"}),
    );
    finish.uploads.push(Upload { bytes: made::jpeg(320, 240), kind: Some(EvidenceKind::After) });
    town.engine.say(finish).await.unwrap();
    assert_eq!(town.case(case).await.stage, Stage::Inspecting);
    let closed = town.say("inspector-1", case, Name::Pass, json!({})).await;
    assert_eq!(closed.stage, Stage::Closed);
    let rows = town.engine.store().files(TENANT, case).await.unwrap();
    assert_eq!(rows.len(), 2);
    let meta = |row: &FileRow| serde_json::from_str::<serde_json::Value>(&row.meta).unwrap();
    let first = rows.iter().find(|row| !meta(row)["taken_at"].is_null()).expect("the photo's time was read");
    let meta = meta(first);
    // Nobody reads out of the row when or where it was taken: it lies sealed under the case's key.
    let taken: Sealed = serde_json::from_value(meta["taken_at"].clone()).expect("it lies sealed");
    assert!(town.engine.store().seals(TENANT).open(&taken).unwrap().starts_with("1778"));
    let key: Sealed = serde_json::from_value(meta["key"].clone()).unwrap();
    let key = FileKey::from_text(&town.engine.store().seals(TENANT).open(&key).unwrap()).unwrap();
    assert_eq!(town.engine.files().read(&first.hash, key).await.unwrap(), photo);
}

#[tokio::test]
async fn the_same_request_twice_is_one_case_and_keeps_no_second_photo() {
    let town = Town::new().await;
    let send = || {
        let mut report = town.reporting(draft("city/order/vendor", "占道经营"));
        report.key = Some(Key { member: "acceptor-east".into(), key: "k1".into(), body_hash: [7; 32] });
        report.uploads.push(Upload { bytes: made::jpeg(64, 48), kind: None });
        town.engine.report(report)
    };
    let (first, second) = (send().await.unwrap().receipt, send().await.unwrap().receipt);
    assert_eq!((first.case, &first.number), (second.case, &second.number));
    assert!(second.replayed && !first.replayed);
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 1);
    assert_eq!(
        count_files(&town.folder.path().join("files")),
        3,
        "original, shown copy and thumbnail of one photo"
    );
}

#[tokio::test]
async fn a_device_that_sends_its_id_again_loses_no_words() {
    let town = Town::new().await;
    let report = ReportDraft { id: Some(CaseId(77)), ..draft("city/order/vendor", "第一次") };
    town.report(report.clone()).await;
    let again = town.engine.report(town.reporting(report)).await.unwrap_err();
    assert_eq!(again, Error::Refused(Refusal::AlreadyBegun));
    let view = town.engine.store().case(TENANT, CaseId(77)).await.unwrap().unwrap();
    assert_eq!(view.texts.text.as_deref(), Some("第一次"), "the first key still opens the words");
}

#[tokio::test]
async fn the_same_device_report_at_the_same_moment_is_one_case_whose_words_can_be_read() {
    let town = Town::new().await;
    let report = ReportDraft { id: Some(CaseId(78)), ..draft("city/order/vendor", "同时到达") };
    let sends = (0..8).map(|_| town.engine.report(town.reporting(report.clone())));
    let ended = futures::future::join_all(sends).await;
    assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    let view = town.engine.store().case(TENANT, CaseId(78)).await.unwrap().unwrap();
    assert_eq!(
        (view.texts.title.as_deref(), view.texts.text.as_deref()),
        (Some("同时到达"), Some("同时到达"))
    );
}

#[tokio::test]
async fn where_no_place_was_told_the_photo_s_own_position_stands_in() {
    let town = Town::new().await;
    // 30° 0' 54" N, 110° 0' 18" E: the middle of Bridge Grid 1.
    let claims = made::Claims { gps: Some(([30, 0, 5400], [110, 0, 1800])), ..Default::default() };
    let mut report =
        town.reporting(ReportDraft { place: PlaceDraft::default(), ..draft("city/order/vendor", "占道") });
    report.uploads.push(Upload { bytes: made::with_exif(&made::jpeg(64, 48), &claims), kind: None });
    let case = town.engine.report(report).await.unwrap().receipt.case;
    assert_eq!(town.case(case).await.place.area.unwrap().as_str(), "990101001001001");
}

#[tokio::test]
async fn a_stale_page_is_told_so() {
    let town = Town::new().await;
    let case = town.report(draft("city/order/vendor", "占道经营")).await.receipt.case;
    town.say("acceptor-east", case, Name::Comment, json!({"words": "看过"})).await;
    let mut stale = town.saying("acceptor-east", case, Name::Comment, json!({"words": "再看"}));
    stale.if_match = Some(1);
    assert!(matches!(
        town.engine.say(stale).await.unwrap_err(),
        Error::Fault(Fault::Conflict { is: 2, expected: 1, .. })
    ));
}

#[tokio::test]
async fn likely_duplicates_are_the_same_matter_within_fifty_metres_and_a_day() {
    let town = Town::new().await;
    let at = |lon: f64| PlaceDraft { lon: Some(lon), lat: Some(30.015), ..PlaceDraft::default() };
    let vendor = |lon: f64| ReportDraft { place: at(lon), ..draft("city/order/vendor", "占道") };
    let first = town.report(vendor(110.005)).await;
    assert!(first.duplicates.is_empty());
    // 48 m and 58 m to the east, at 30° north.
    let near = town.report(vendor(110.0055)).await;
    let found: Vec<_> = near.duplicates.iter().map(|found| (found.case.case, found.metres.round())).collect();
    assert_eq!(found, [(first.receipt.case, 48.0)]);
    assert!(town.report(vendor(110.0044)).await.duplicates.is_empty());
    let other = ReportDraft { place: at(110.005), ..draft("city/facility/litter", "垃圾") };
    assert!(town.report(other).await.duplicates.is_empty());
    town.clock.advance(25 * 3_600_000);
    assert!(town.report(vendor(110.005)).await.duplicates.is_empty(), "yesterday's is another problem");
}

#[tokio::test]
async fn a_place_told_in_a_shifted_datum_lands_in_the_same_cell() {
    let town = Town::new().await;
    let point = huying_geo::Point::from_degrees(110.005, 30.015).unwrap();
    let (lon, lat) = huying_geo::Datum::Gcj02.from_inside(point);
    assert!((lon - 110.005).abs() > 0.001, "the shift is large enough to matter");
    let place =
        PlaceDraft { lon: Some(lon), lat: Some(lat), datum: Some(huying_geo::Datum::Gcj02), area: None };
    let case = town.report(ReportDraft { place, ..draft("city/order/vendor", "占道") }).await.receipt.case;
    let place = town.case(case).await.place;
    assert_eq!(place.datum.as_deref(), Some("gcj02"));
    assert_eq!(place.area.unwrap().as_str(), "990101001001001");
    assert!((place.lon_e7.unwrap() - 1_100_050_000).abs() < 50);
}

#[tokio::test]
async fn an_unknown_place_goes_to_the_root_centre_and_bad_input_is_named() {
    let town = Town::new().await;
    let lost = ReportDraft { place: PlaceDraft::default(), ..draft("city/order/vendor", "不知在哪") };
    let case = town.report(lost).await.receipt.case;
    assert_eq!(town.case(case).await.custodian.as_str(), "centre");
    let half = PlaceDraft { lon: Some(110.0), ..PlaceDraft::default() };
    let wrong = [
        (ReportDraft { place: half, ..draft("city/order/vendor", "x") }, "place.lat", "half_a_point"),
        (draft("city/order/nothing", "x"), "matter", "unknown_matter"),
        (
            ReportDraft { condition: Some(99), ..draft("city/order/vendor", "x") },
            "condition",
            "unknown_condition",
        ),
        (ReportDraft::default(), "text", "missing"),
        (
            ReportDraft { title: Some("长".repeat(201)), ..draft("city/order/vendor", "x") },
            "title",
            "text_too_long",
        ),
    ];
    for (report, field, code) in wrong {
        let Error::Invalid(problems) = town.engine.report(town.reporting(report)).await.unwrap_err() else {
            panic!()
        };
        assert_eq!((problems[0].field.as_str(), problems[0].code), (field, code));
    }
    assert_eq!(town.engine.store().count_cases(TENANT).await.unwrap(), 1, "nothing half written");
}

#[tokio::test]
async fn refused_commands_leave_neither_event_nor_file() {
    let town = Town::new().await;
    let case = town.report(draft("city/order/vendor", "占道经营")).await.receipt.case;
    let mut early = town.saying("handler-order-east", case, Name::Finish, json!({"outcome": "solved"}));
    early.uploads.push(Upload { bytes: made::jpeg(64, 48), kind: Some(EvidenceKind::After) });
    assert!(matches!(town.engine.say(early).await.unwrap_err(), Error::Refused(Refusal::NotFromHere { .. })));
    assert_eq!(count_files(&town.folder.path().join("files")), 0);
    assert_eq!(town.case(case).await.version, 1);
    let forged = json!({"evidence": [{"kind": "after", "file": "00".repeat(32)}]});
    let refused =
        town.engine.say(town.saying("acceptor-east", case, Name::Attach, forged)).await.unwrap_err();
    assert_eq!(refused.code(), "file_unknown");
}

#[tokio::test]
async fn buttons_are_what_the_table_allows_this_actor_now() {
    let town = Town::new().await;
    let id = town.report(draft("city/order/vendor", "占道经营")).await.receipt.case;
    let (case, setting) = (town.case(id).await, town.engine.setting(TENANT).unwrap());
    let allowed = town.engine.allowed(&setting, &case, &town.actor("handler-station-bridge"));
    assert!(allowed.contains(&Name::File) && allowed.contains(&Name::Decline));
    let others = town.engine.allowed(&setting, &case, &town.actor("handler-order-west"));
    assert!(!others.contains(&Name::File) && !others.contains(&Name::Dispatch));
    let routing = town.engine.suggest(&setting, TENANT, &case).await.unwrap().unwrap();
    assert_eq!((routing.lead.as_str(), routing.because.rule.as_str()), ("order-east", "R-03"));
}

#[tokio::test]
async fn sight_is_by_part_and_by_place() {
    let town = Town::new().await;
    let id = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    let setting = town.engine.setting(TENANT).unwrap();
    let org = &setting.policy.org;
    let sees = async |member: &str| {
        let seen = Sight::of(org, &town.actor(member)).scope(org);
        !town.engine.store().cases_seen(TENANT, &[id], seen.as_ref()).await.unwrap().is_empty()
    };
    for member in [
        "acceptor-east",
        "leader-district",
        "handler-traffic-east",
        "worker-bridge-1",
        "auditor",
        "handler-station-bridge",
    ] {
        assert!(sees(member).await, "{member} has to see it");
    }
    for member in [
        "acceptor-west",
        "handler-traffic-west",
        "worker-bridge-2",
        "handler-station-market",
        "administrator",
        "handler-dept-works",
    ] {
        assert!(!sees(member).await, "{member} has no part in it");
    }
}

#[tokio::test]
async fn a_split_begins_its_parts_in_the_same_transaction_and_their_end_reaches_the_parent() {
    let town = Town::new().await;
    let case = town.report(draft("city/order/vendor", "一案多责")).await.receipt.case;
    town.say(
        "handler-station-bridge",
        case,
        Name::File,
        json!({"filing": {"matter": "city/order/vendor", "condition": 1}}),
    )
    .await;
    let parts = json!({"parts": [{"lead": "order-east", "title": "清摊"}, {"lead": "traffic-east", "title": "疏导"}]});
    town.say("dispatcher-east", case, Name::Split, parts).await;
    let parent = town.case(case).await;
    assert_eq!(parent.children.len(), 2);
    for child in &parent.children {
        let part = town.case(child.case).await;
        assert_eq!(part.stage, Stage::Dispatched);
        assert!(part.number.starts_with("SD-260512-"));
    }
    let view = town.engine.store().case(TENANT, parent.children[0].case).await.unwrap().unwrap();
    assert_eq!(view.texts.title.as_deref(), Some("清摊"));
    for (child, unit) in parent.children.iter().zip(["order-east", "traffic-east"]) {
        let handler = format!("handler-{unit}");
        town.say(&handler, child.case, Name::Receive, json!({"unit": unit})).await;
        town.say(&handler, child.case, Name::Finish, json!({"outcome": "solved"})).await;
        town.say("inspector-1", child.case, Name::Pass, json!({})).await;
    }
    let parent = town.case(case).await;
    assert!(parent.children.iter().all(|child| !child.open), "the parent knows that its parts have ended");
}

fn count_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| if entry.file_type().unwrap().is_dir() { count_files(&entry.path()) } else { 1 })
        .sum()
}

#[tokio::test]
async fn files_of_another_folder_are_not_found() {
    let town = Town::new().await;
    let files = Files::in_folder(&town.folder.path().join("other")).unwrap();
    assert_eq!(files.read(&"ab".repeat(32), FileKey::fresh()).await.unwrap_err().code(), "file_unknown");
}

#[tokio::test]
async fn a_case_that_was_never_filed_has_no_promise_after_a_restart_either() {
    let town = Town::new().await;
    let case = town.report(draft("city/order/vendor", "占道")).await.receipt.case;
    town.engine.store().close().await;
    let engine = town::open(town.folder.path(), town.clock.clone()).await;
    let again = Town { engine, clock: town.clock.clone(), folder: town.folder };
    let reason = json!({"reason": "不属于本区"});
    again.say("handler-station-bridge", case, Name::Decline, reason).await;
    let check = again.engine.store().check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
}

#[tokio::test]
async fn what_everybody_may_know_of_several_cases_is_read_together_however_long_their_journals_are() {
    let town = Town::new().await;
    let (mut cases, start) = (Vec::new(), town.now());
    // The first is longer than what is read at once, and changes for those outside at its end.
    for many in [520, 3, 0] {
        let case = town.report(draft("city/facility/manhole", "井盖")).await.receipt.case;
        for no in 0..many {
            town.say("acceptor-east", case, Name::Comment, json!({"words": format!("{no}")})).await;
        }
        town.clock.advance(1_000);
        let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
        town.say("handler-station-bridge", case, Name::File, filing).await;
        town.say("dispatcher-east", case, Name::Dispatch, json!({"lead": "dept-works"})).await;
        cases.push(case);
    }
    let matters = town.engine.setting(TENANT).unwrap().public_matters();
    let filter = PublicFilter { matters, ..PublicFilter::default() };
    let views = town.engine.public_cases(TENANT, &filter, PublicFrom::Skip(0), 50).await.unwrap().items;
    assert_eq!(views.len(), cases.len());
    let span = (start, town.now());
    let together = town.engine.public_updates_of(TENANT, &views, span).await.unwrap();
    for (view, found) in views.iter().zip(&together) {
        assert_eq!(*found, town.engine.public_updates(TENANT, view, span).await.unwrap());
        let last = town.case(view.case).await.version;
        assert_eq!(found.first().unwrap().id, format!("{}-1", view.number));
        assert_eq!(found.last().unwrap().id, format!("{}-{last}", view.number), "to the end of its journal");
    }
    assert!(town.engine.public_updates_of(TENANT, &[], span).await.unwrap().is_empty());
}
