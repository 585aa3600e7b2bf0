//! Components: what is a code, how states are read, and that a case remembers what it is about.

use huying_model::{
    Case, ComponentCode, Event, Instant, MatterCode, UnitId, apply,
    command::Report,
    component::{BadCode, Component, State},
    event::{Body, Move, Times},
};

#[test]
fn a_code_has_sixteen_digits_of_district_class_kind_and_number() {
    for (text, district, kind) in [
        ("3205080101000001", "320508", "0101"),
        ("9901010137000042", "990101", "0137"),
        // Kinds of three digits: the same sixteen.
        ("3205080100100001", "320508", "0100"),
    ] {
        let code = ComponentCode::parse(text).unwrap();
        assert_eq!((code.district(), code.kind(), code.as_str()), (district, kind, text));
    }
    for (text, wrong) in [
        ("", BadCode::Length(0)),
        ("320508010100001", BadCode::Length(15)),
        ("32050801010000011", BadCode::Length(17)),
        ("320508 101000001", BadCode::NotADigit { sign: ' ', place: 7 }),
        ("3205080101OOOOO1", BadCode::NotADigit { sign: 'O', place: 11 }),
        ("3.20508E+15", BadCode::NotADigit { sign: '.', place: 2 }),
        ("３205080101000001", BadCode::NotADigit { sign: '３', place: 1 }),
        ("0205080101000001", BadCode::District),
        ("3205080001000001", BadCode::Class),
    ] {
        assert_eq!(ComponentCode::parse(text), Err(wrong), "{text}");
        assert!(wrong.mend().contains("digits"), "{text}: {}", wrong.mend());
    }
}

#[test]
fn a_state_is_read_by_its_code_and_by_its_word() {
    for state in State::ALL {
        assert_eq!(State::read(state.code()), Some(state));
        assert_eq!(State::read(state.zh()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.code());
    }
    assert_eq!(State::read("废除"), Some(State::Abandoned));
    assert_eq!(State::read("gone"), None);
}

#[test]
fn who_keeps_a_component_is_asked_before_its_owner_and_its_supervisor() {
    let unit = |name: &str| Some(UnitId::new(name));
    let with = |owner, keeper, supervisor| Component {
        code: ComponentCode::new("9901010101000001"),
        name: "上水井盖".into(),
        state: State::Intact,
        matter: None,
        lon_e7: None,
        lat_e7: None,
        area: None,
        owner,
        keeper,
        supervisor,
        note: "".into(),
        since: Instant(0),
        until: None,
    };
    for (component, first) in [
        (with(unit("owner"), unit("keeper"), unit("supervisor")), Some("keeper")),
        (with(unit("owner"), None, unit("supervisor")), Some("owner")),
        (with(None, None, unit("supervisor")), Some("supervisor")),
        (with(None, None, None), None),
    ] {
        assert_eq!(component.first_asked().map(UnitId::as_str), first);
    }
}

#[test]
fn a_case_keeps_the_component_of_its_report_and_a_report_of_before_has_none() {
    let told = |report: Report| Event {
        v: 1,
        by: huying_model::actor::By::System,
        times: Times::at(Instant(0)),
        body: Body::Reported { report: Box::new(report), centre: UnitId::new("centre") },
        to: Some(Move { stage: huying_model::Stage::Reported, custodian: UnitId::new("centre") }),
        clocks: Vec::new(),
        attention: None,
        tell: Vec::new(),
    };
    let code = ComponentCode::new("9901010101000001");
    let mut case = Case::default();
    let report = Report { component: Some(code.clone()), ..Report::default() };
    apply(&mut case, &told(report));
    assert_eq!(case.component, Some(code));
    let plain = told(Report { matter: Some(MatterCode::new("city/order/vendor")), ..Report::default() });
    let text = serde_json::to_string(&plain).unwrap();
    assert!(!text.contains("component"), "what was written before is written as it was");
    let read: Event = serde_json::from_str(&text).unwrap();
    let mut case = Case::default();
    apply(&mut case, &read);
    assert_eq!(case.component, None);
    assert!(!serde_json::to_string(&case).unwrap().contains("component"));
}
