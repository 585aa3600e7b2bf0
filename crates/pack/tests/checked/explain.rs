//! An explanation says what a case will meet: by hand for the starter pack, and by the platform's own engine for every matter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::PathBuf;

use huying_model::{calendar::Limit, catalogue::Source, route::Lost, steps::StepName};
use huying_pack::{
    Pack,
    explain::{Asking, By, Explanation, Wrong, explain},
    load,
    told::Lang,
};

fn pack(name: &str) -> Pack {
    load(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name)).unwrap()
}

fn asking(matter: &str) -> Asking {
    Asking {
        matter: matter.to_owned(),
        at: Some("110.005,30.015".to_owned()),
        when: "2024-03-05 10:00".to_owned(),
        source: "grid_worker".to_owned(),
        ..Asking::default()
    }
}

fn civil(pack: &Pack, at: huying_model::Instant) -> String {
    pack.policy.current.calendar_of(None).unwrap().civil(at).strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn a_parked_car_goes_to_the_seconded_post_with_every_clock_and_rung_told() {
    let pack = pack("starter");
    let told = explain(&pack, &asking("city/order/parking")).unwrap();
    assert_eq!(told.lead.as_ref().unwrap().unit.code, "traffic-east");
    assert!(told.files && told.dispatches, "System files and dispatches a parked car");
    assert_eq!(told.period.code, "working");
    assert_eq!(told.areas.first().unwrap().code, "990101001001001");
    let receive = told.clock("receive", Some("traffic-east")).unwrap();
    assert_eq!(civil(&pack, receive.due), "2024-03-05 10:10");
    assert_eq!(receive.by, By::Condition);
    let rungs: Vec<_> = receive
        .climbs
        .iter()
        .map(|climb| (climb.step, civil(&pack, climb.at), climb.reaches.code.as_str()))
        .collect();
    assert_eq!(
        rungs,
        [
            ("warning", "2024-03-05 10:05".to_owned(), "traffic-east"),
            ("unit", "2024-03-05 10:10".to_owned(), "traffic-east"),
            ("centre", "2024-03-05 10:40".to_owned(), "centre-east"),
            ("leader", "2024-03-05 12:10".to_owned(), "centre-east"),
        ]
    );
    for clock in ["intake", "promise", "dispatch", "handle"] {
        assert!(told.clock(clock, None).is_some(), "{clock} is not told");
    }
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[test]
fn a_row_that_lost_says_why_in_both_languages() {
    let pack = pack("jiangbei");
    let table = &pack.policy.current.routes;
    // A matter that a row for its track and a row for itself both fit.
    let own = table.iter().find(|row| row.id == "R-003").unwrap();
    let street = pack.policy.org.areas.values().find(|area| area.level.as_str() == "grid").unwrap();
    let ask = Asking {
        matter: own.matter.to_string(),
        area: Some(street.code.to_string()),
        at: None,
        ..asking("")
    };
    let told = explain(&pack, &ask).unwrap();
    assert_eq!(told.won.as_ref().unwrap().row, "R-003");
    let lost = told.lost.iter().find(|lost| lost.row == "R-002").unwrap();
    assert_eq!(lost.why, Lost::LessSpecific);
    assert!(lost.words.zh.contains("“事项”") && lost.words.en.contains("column matter"), "{:?}", lost.words);
    for (lang, word) in [(Lang::Zh, "未采用"), (Lang::En, "Not by")] {
        let text = told.text(lang, &pack);
        assert!(text.contains(word) && text.contains("R-002"), "{text}");
    }
}

/// What the table and the limits of the pack say, computed apart from the rehearsal.
fn agrees(pack: &Pack, told: &Explanation, source: Source) {
    let rules = &pack.policy.current;
    let matter = &rules.matters[told.matter.code.as_str()];
    let calendar = rules.calendar_of(Some(&matter.code)).unwrap();
    let limits = matter.condition(told.condition).unwrap().limits;
    let due = |limit: Limit| calendar.due(told.at, rules.shortened(limit, Default::default())).at;
    assert_eq!(told.clock("promise", None).unwrap().due, due(limits.promise), "{}", matter.code);
    let area = told.areas.first().map(|area| huying_model::AreaCode(area.code.clone()));
    let place = huying_model::case::Place { area: area.clone(), ..Default::default() };
    let case = huying_model::Case { matter: Some(matter.code.clone()), source, place, ..Default::default() };
    let rivals = rules.rivals(&pack.policy.org, &case, told.at);
    let order = rules.order.filter(|_| !rivals.is_empty());
    let facts =
        order.map(|order| order.facts(&pack.policy.org, &case.place, &rivals, |_| 0)).unwrap_or_default();
    let routed = rules.route(
        &pack.policy.org,
        &matter.code,
        area.as_ref(),
        &[],
        source,
        Default::default(),
        told.at,
        &facts,
    );
    assert_eq!(told.won.as_ref().map(|won| &won.row), routed.as_ref().map(|routed| &routed.because.rule));
    let Some(routed) = routed else { return };
    let handle = routed.limits.map_or(limits.handle, |limits| limits.handle);
    let lead = &told.lead.as_ref().unwrap().unit.code;
    assert_eq!(told.clock("handle", Some(lead.as_str())).unwrap().due, due(handle), "{}", matter.code);
    let needs = |step| rules.needs(step, Some(&matter.code), source, Default::default());
    assert_eq!(needs(StepName::Inspect), told.inspects.is_some(), "{}", matter.code);
    assert_eq!(needs(StepName::CallBack), told.calls_back.is_some(), "{}: {:?}", matter.code, told.refused);
    for unit in told.inspects.iter().map(|unit| &unit.code) {
        assert_ne!(unit, lead, "nobody inspects own work");
    }
    // Every loser that the model notes beside an answer is told with the same reason.
    for (row, why) in &routed.because.lost {
        let found = told.lost.iter().find(|lost| &lost.row == row).unwrap();
        assert_eq!(&found.why, why, "{row}");
    }
}

#[test]
fn every_matter_of_the_shipped_packs_is_explained_as_the_table_and_the_limits_say() {
    for (name, when) in [
        ("starter", "2024-03-05 10:00"),
        ("jiangbei", "2024-02-11 23:30"),
        ("laoshan", "2024-03-05 10:00"),
        ("haizhu", "2024-03-06 15:00"),
        ("lanling", "2024-03-09 08:00"),
        ("daxing", "2024-05-01 12:00"),
    ] {
        let pack = pack(name);
        let cells: Vec<String> = pack.shapes.cells.keys().map(ToString::to_string).collect();
        for (no, code) in pack.policy.current.matters.keys().enumerate() {
            let source = Source::ALL[no % Source::ALL.len()];
            let ask = Asking {
                matter: code.to_string(),
                area: Some(cells[no * 37 % cells.len()].clone()),
                at: None,
                when: when.to_owned(),
                source: source.code().to_owned(),
                ..Asking::default()
            };
            let told = explain(&pack, &ask).unwrap_or_else(|wrong| panic!("{code}: {wrong:?}"));
            agrees(&pack, &told, source);
        }
    }
}

#[test]
fn every_mistake_of_a_question_is_told_at_once_with_its_mend() {
    let pack = pack("starter");
    let wrong = explain(
        &pack,
        &Asking {
            matter: "city/order/parkin".to_owned(),
            at: Some("30.015,110.005".to_owned()),
            when: "yesterday".to_owned(),
            source: "pigeon".to_owned(),
            urgency: Some("blue".to_owned()),
            ..Asking::default()
        },
    )
    .unwrap_err();
    let of = |field: &str| wrong.iter().find(|wrong| wrong.field == field).unwrap();
    let mend = |field: &str| of(field).mend.en.clone();
    assert!(mend("matter").contains("city/order/parking"), "{}", mend("matter"));
    assert!(
        mend("at").contains("longitude first") || mend("at").contains("decimal degrees"),
        "{}",
        mend("at")
    );
    assert!(mend("when").contains("2024-03-05 10:00"));
    assert!(mend("source").contains("hotline") && mend("urgency").contains("yellow"));
    let outside = explain(&pack, &Asking { at: Some("111,30".to_owned()), ..asking("city/order/parking") });
    let outside: Vec<Wrong> = outside.unwrap_err();
    assert!(outside[0].what.en.contains("no cell") && outside[0].mend.zh.contains("先经度"), "{outside:?}");
}

#[test]
fn a_matter_may_be_named_by_its_name_and_an_unknown_condition_lists_those_there_are() {
    let pack = pack("starter");
    let name = pack.policy.current.matters["city/order/parking"].name.to_string();
    assert_eq!(explain(&pack, &asking(&name)).unwrap().matter.code, "city/order/parking");
    let wrong = explain(&pack, &Asking { condition: Some(99), ..asking("city/order/parking") }).unwrap_err();
    assert!(wrong[0].field == "condition" && wrong[0].mend.en.contains('1'), "{wrong:?}");
}

#[test]
fn among_posts_that_share_a_function_the_nearest_gets_it_and_the_order_is_told() {
    let pack = pack("haizhu");
    for (at, nearest) in
        [("113.2675,23.0605", "joint-post-xingang-west"), ("113.2805,23.0600", "joint-post-xingang-east")]
    {
        let told =
            explain(&pack, &Asking { at: Some(at.to_owned()), ..asking("ten/security/patrol") }).unwrap();
        assert_eq!(told.lead.as_ref().unwrap().unit.code, nearest);
        assert_eq!(told.rivals.first().unwrap().unit.code, nearest);
        let metres: Vec<_> = told.rivals.iter().map(|rival| rival.metres.unwrap()).collect();
        assert!(metres.len() > 1 && metres.is_sorted(), "{metres:?}");
        assert!(told.text(Lang::En, &pack).contains("Order among its like"));
    }
}
