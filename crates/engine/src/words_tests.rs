//! Plain requests become sealed commands, or say what is wrong with them.

use super::*;
use huying_model::{case::Evidence, catalogue::EvidenceKind};

#[derive(Default)]
struct TestDesk {
    sealed: Vec<(Whose, usize, String)>,
    person: usize,
    parts: u128,
}

impl Desk for TestDesk {
    fn seal(&mut self, whose: Whose, words: &str) -> Result<Sealed, Problem> {
        self.sealed.push((whose, self.person, words.to_owned()));
        Ok(Sealed::new("k", format!("c{}", self.sealed.len())))
    }
    fn next_person(&mut self) {
        self.person += 1;
    }
    fn part(&mut self) -> (CaseId, SmolStr) {
        self.parts += 1;
        (CaseId(self.parts), SmolStr::new(format!("PX-{}", self.parts)))
    }
    fn place(&self, told: &Value, path: &str) -> Result<Place, Problem> {
        match told.get("area").and_then(Value::as_str) {
            Some(area) => Ok(Place { area: Some(area.into()), ..Place::default() }),
            None => Err(Problem::at(path, "no_place", "x")),
        }
    }
}

fn read(name: Name, body: Value) -> (Result<Command, Vec<Problem>>, TestDesk) {
    let mut desk = TestDesk::default();
    (command(name, CaseId(7), body, &mut desk), desk)
}

fn refused(name: Name, body: Value) -> Problem {
    read(name, body).0.unwrap_err().remove(0)
}

#[test]
fn words_are_sealed_and_the_rest_stays() {
    let evidence = Evidence { kind: EvidenceKind::After, file: "ab".into() };
    let body = json!({"outcome": "solved", "reason": "  清理完毕 ", "evidence": [evidence]});
    let (finish, desk) = read(Name::Finish, body);
    let Command::Finish { reason: Some(reason), evidence: kept, .. } = finish.unwrap() else { panic!() };
    assert_eq!((reason.cipher.as_ref(), kept), ("c1", vec![evidence]));
    assert_eq!(desk.sealed, [(Whose::Case, 0, "清理完毕".to_owned())]);
}

#[test]
fn every_informant_is_sealed_under_a_key_of_their_own() {
    let report = json!({"report": {"number": "n", "source": "hotline", "kind": "problem", "place": {"area": "500105"},
        "urgency": "green", "text": "路灯不亮", "reporters": [
            {"reachable": true, "name": "甲", "contact": "1"}, {"reachable": true, "contact": "2"}]}});
    let (made, desk) = read(Name::Report, report);
    assert!(matches!(made.unwrap(), Command::Report { .. }));
    let people: Vec<_> = desk
        .sealed
        .iter()
        .filter(|(whose, ..)| *whose == Whose::Person)
        .map(|s| (s.1, s.2.as_str()))
        .collect();
    assert_eq!(people, [(1, "1"), (1, "甲"), (2, "2")]);
}

#[test]
fn a_redaction_chooses_its_reason_because_it_stays_in_the_clear() {
    for told in ["personal_data", " 个人信息 "] {
        let (redact, desk) = read(Name::Redact, json!({"event": 3, "reason": told}));
        assert_eq!(redact.unwrap(), Command::Redact { event: 3, reason: "personal_data".into() });
        assert!(desk.sealed.is_empty());
    }
    let problem = refused(Name::Redact, json!({"event": 3, "reason": "call 13800000000"}));
    assert_eq!((problem.field.as_str(), problem.code), ("reason", "unknown_reason"));
    assert!(REDACTION_REASONS.iter().all(|(code, _)| problem.mend.contains(code)), "{}", problem.mend);
    assert_eq!(refused(Name::Redact, json!({"event": 3, "reason": " "})).code, "missing");
}

#[test]
fn a_milestone_is_named_in_the_clear_and_shortly() {
    let (reached, desk) = read(Name::Milestone, json!({"name": " 材料到场 "}));
    assert_eq!(reached.unwrap(), Command::Milestone { name: "材料到场".into() });
    assert!(desk.sealed.is_empty());
    let problem = refused(Name::Milestone, json!({"name": "长".repeat(81)}));
    assert_eq!((problem.field.as_str(), problem.code), ("name", "text_too_long"));
}

#[test]
fn control_characters_are_refused_and_line_breaks_are_not() {
    for sign in ['\0', '\u{1b}', '\u{7f}', '\u{85}'] {
        let problem = refused(Name::Return, json!({"reason": format!("甲{sign}乙")}));
        assert_eq!((problem.field.as_str(), problem.code), ("reason", "control_character"), "{sign:?}");
        let problem = refused(Name::Milestone, json!({"name": format!("甲{sign}乙")}));
        assert_eq!(problem.code, "control_character");
        let report = json!({"report": {"foreign": format!("12345{sign}1")}});
        let problem = refused(Name::Report, report);
        assert_eq!((problem.field.as_str(), problem.code), ("report.foreign", "control_character"));
    }
    assert!(read(Name::Return, json!({"reason": "甲\r\n\t乙"})).0.is_ok());
}

#[test]
fn empty_lists_may_be_left_out_and_routing_is_never_taken_from_outside() {
    let forged = json!({"lead": "u", "routing": {"lead": "u", "assists": [], "limits": null, "closing_level": null,
        "because": {"rule": "forged", "policy": "1"}}});
    let (dispatch, _) = read(Name::Dispatch, forged);
    assert_eq!(dispatch.unwrap(), Command::Dispatch { lead: "u".into(), assists: vec![], routing: None });
}

#[test]
fn parts_of_a_split_get_ids_and_numbers_here() {
    let parts = json!({"parts": [{"lead": "a", "title": "t", "id": "forged"}, {"lead": "b", "place": {"area": "x"}}]});
    let (split, desk) = read(Name::Split, parts);
    let Command::Split { parts } = split.unwrap() else { panic!() };
    assert_eq!(parts.iter().map(|part| part.id).collect::<Vec<_>>(), [CaseId(1), CaseId(2)]);
    assert_eq!(parts[1].place.as_ref().unwrap().area, Some("x".into()));
    assert_eq!(desk.sealed, [(Whose::Part, 0, "t".to_owned())]);
    let body = json!({"reason": "r", "resolve": {"kind": "split", "parts": [{"lead": "a"}, {"lead": "b"}]}});
    assert!(read(Name::Decide, body).0.is_ok());
}

#[test]
fn moments_come_as_text_with_an_offset() {
    let (suspend, _) = read(Name::Suspend, json!({"until": "2026-05-01T08:00:00+08:00", "reason": "r"}));
    let Command::Suspend { until, .. } = suspend.unwrap() else { panic!() };
    assert_eq!(until.to_string(), "2026-05-01T00:00:00Z");
    let problem = refused(Name::Suspend, json!({"until": "tomorrow", "reason": "r"}));
    assert_eq!((problem.field.as_str(), problem.code), ("until", "not_a_moment"));
}

#[test]
fn a_callback_is_of_the_own_case_where_none_is_named() {
    let (made, _) = read(Name::RecordCallback, json!({"reporter": 0, "reached": true, "solved": true}));
    assert!(matches!(made.unwrap(), Command::RecordCallback { case: CaseId(7), .. }));
}

#[test]
fn what_is_wrong_is_named_by_field_with_the_mend() {
    let long = "长".repeat(LONGEST + 1);
    let cases = [
        (Name::Return, json!({"reason": long}), "reason", "text_too_long"),
        (Name::Return, json!({"reason": {"k": "x", "c": "forged"}}), "reason", "not_text"),
        (Name::Return, json!({"reason": "  "}), "reason", "missing"),
        (Name::Return, json!({}), "reason", "missing"),
        (Name::Return, json!({"reason": "r", "colour": "blue"}), "colour", "unknown_field"),
        (Name::Return, json!("reason"), "", "not_an_object"),
        (Name::Rate, json!({"stars": "five"}), "", "unreadable"),
        (Name::Relocate, json!({"place": {}}), "place", "no_place"),
        (Name::Tick, json!({}), "command", "unknown_command"),
        (Name::Split, json!({"parts": [{"lead": "a", "matters": "x"}]}), "parts[0].matters", "unknown_field"),
    ];
    for (name, body, field, code) in cases {
        let problem = refused(name, body.clone());
        assert_eq!((problem.field.as_str(), problem.code), (field, code), "{name:?}");
        assert!(!problem.mend.is_empty());
    }
}

#[test]
fn several_problems_are_told_at_once() {
    let long = "x".repeat(300);
    let body = json!({"parts": [{"lead": "a", "title": long}, {"lead": "b", "title": long}]});
    let fields: Vec<_> =
        read(Name::Split, body).0.unwrap_err().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["parts[0].title", "parts[1].title"]);
}

#[test]
fn every_outer_command_is_known_by_name_and_an_empty_one_says_what_is_missing() {
    for name in Name::ALL.iter().filter(|name| !INNER.contains(name)) {
        if let Err(problems) = read(*name, json!({})).0 {
            assert!(problems.iter().all(|problem| problem.code == "missing"), "{name:?}: {problems:?}");
        }
    }
}
