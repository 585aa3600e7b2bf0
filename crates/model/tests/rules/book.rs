//! The book of policies: checked before it is proposed, activated by two, taken back by two, never changed.

use crate::town;

use huying_model::{
    Actor, Instant, PolicyVersion,
    actor::Role,
    book::{Act, Body, Book, Cx, Entry, Found, No, Of, Return, State},
};
use town::{MINUTE, MORNING, member, org};

fn at(minutes: i64) -> Instant {
    MORNING.plus_ms(minutes * MINUTE)
}

/// Two administrators of the whole authority.
fn first() -> Actor {
    member("centre-d", Role::Administrator)
}
fn second() -> Actor {
    member("planning", Role::Administrator)
}

struct Hall {
    book: Book,
    now: Instant,
}

impl Hall {
    fn new() -> Hall {
        let mut book = Book::default();
        book.found(PolicyVersion::new("town-1"), "00".into(), MORNING);
        Hall { book, now: MORNING }
    }
    fn act(&mut self, actor: &Actor, act: Act) -> Result<(), No> {
        let town = org();
        let entry = self.book.decide(&Cx { org: &town, actor, now: self.now }, &act)?;
        let stored = serde_json::from_str(&serde_json::to_string(&entry).unwrap()).unwrap();
        assert_eq!(entry, stored, "an entry reads back as it was written");
        self.book.apply(&stored);
        Ok(())
    }
    fn in_force(&self, minutes: i64) -> &str {
        self.book.in_force(at(minutes)).map_or("nothing", PolicyVersion::as_str)
    }
}

fn draft(version: &str, found: Found) -> Act {
    Act::Draft {
        version: PolicyVersion::new(version),
        hash: "01".into(),
        reason: "shorter limits".into(),
        found,
    }
}
fn propose(version: &str, from: Option<Instant>) -> Act {
    Act::Propose { version: PolicyVersion::new(version), from, reason: "as decided".into(), confirmed: None }
}

#[test]
fn a_version_that_two_people_activate_holds_from_its_instant_and_is_taken_back_by_two() {
    let mut hall = Hall::new();
    hall.act(&first(), draft("town-2", Found { passed: 3, ..Found::default() })).unwrap();
    hall.act(&first(), propose("town-2", Some(at(60)))).unwrap();
    assert_eq!(hall.in_force(99), "town-1", "a proposal changes nothing");
    assert_eq!(hall.act(&first(), Act::Approve { no: 1 }), Err(No::SecondPerson));
    hall.act(&second(), Act::Approve { no: 1 }).unwrap();
    assert_eq!((hall.in_force(59), hall.in_force(60)), ("town-1", "town-2"));
    hall.now = at(90);
    hall.act(&second(), Act::Revoke { from: Some(at(120)), reason: "too short".into() }).unwrap();
    assert_eq!(hall.in_force(121), "town-2", "one person takes nothing back");
    assert_eq!(hall.act(&second(), Act::Approve { no: 2 }), Err(No::SecondPerson));
    hall.act(&first(), Act::Approve { no: 2 }).unwrap();
    assert_eq!((hall.in_force(119), hall.in_force(120)), ("town-2", "town-1"));
    assert_eq!(hall.book.proposals[1].revokes, Some(PolicyVersion::new("town-2")));
    hall.now = at(121);
    let held: Vec<&str> = hall.book.ever_in_force(hall.now).into_iter().map(PolicyVersion::as_str).collect();
    assert_eq!(held, ["town-1", "town-2"], "cases may be pinned to either");
}

#[test]
fn an_approval_after_the_proposed_instant_counts_from_itself() {
    let mut hall = Hall::new();
    hall.act(&first(), draft("town-2", Found::default())).unwrap();
    hall.act(&first(), propose("town-2", Some(at(10)))).unwrap();
    hall.now = at(30);
    hall.act(&second(), Act::Approve { no: 1 }).unwrap();
    assert_eq!((hall.in_force(29), hall.in_force(30)), ("town-1", "town-2"));
}

#[test]
fn what_may_not_happen_is_refused_with_its_rule() {
    let mut hall = Hall::new();
    let clean = Found::default();
    assert_eq!(
        hall.act(&member("centre-1", Role::Administrator), draft("x", clean.clone())),
        Err(No::AdministratorsOnly)
    );
    assert_eq!(
        hall.act(&member("centre-d", Role::Leader), draft("x", clean.clone())),
        Err(No::AdministratorsOnly)
    );
    assert_eq!(hall.act(&Actor::System, draft("x", clean.clone())), Err(No::AdministratorsOnly));
    assert_eq!(hall.act(&first(), draft("town-1", clean.clone())), Err(No::VersionTaken));
    let silent =
        Act::Draft { version: "x".into(), hash: "".into(), reason: " ".into(), found: clean.clone() };
    assert_eq!(hall.act(&first(), silent), Err(No::ReasonMissing));
    hall.act(&first(), draft("gaps", Found { errors: 1, ..clean.clone() })).unwrap();
    hall.act(&first(), draft("broken", Found { failed: 1, ..clean.clone() })).unwrap();
    hall.act(&first(), draft("town-2", Found { warnings: 4, pending: 2, ..clean })).unwrap();
    for (act, no) in [
        (propose("gaps", None), No::NotClean),
        (propose("broken", None), No::NotClean),
        (propose("nothing", None), No::UnknownVersion),
        (propose("town-1", None), No::InForce),
        (propose("town-2", Some(at(-1))), No::TooEarly),
        (Act::Approve { no: 1 }, No::NotWaiting),
        (Act::Revoke { from: None, reason: "r".into() }, No::NothingBefore),
        (Act::Migrate { to: "nothing".into(), moved: 0, stayed: 0, reason: "r".into() }, No::UnknownVersion),
    ] {
        assert_eq!(hall.act(&first(), act.clone()), Err(no), "{act:?}");
    }
    hall.act(&first(), propose("town-2", None)).unwrap();
    hall.act(&second(), Act::Reject { no: 1, reason: "not yet".into() }).unwrap();
    assert_eq!(hall.act(&second(), Act::Approve { no: 1 }), Err(No::NotWaiting));
    assert!(matches!(hall.book.proposals[0].state, State::Rejected { .. }));
    assert_eq!(hall.in_force(999), "town-1");
}

#[test]
fn what_was_ended_on_purpose_comes_back_only_where_somebody_says_why() {
    let mut hall = Hall::new();
    let back = Return {
        of: Of::Unit,
        id: "post-2".into(),
        name: "二岗".into(),
        since: at(-10),
        to: None,
        at: "d".into(),
    };
    hall.act(&first(), draft("old", Found { returns: vec![back], ..Found::default() })).unwrap();
    assert_eq!(hall.act(&first(), propose("old", None)), Err(No::BringsBack));
    let confirm = |why: &str| Act::Propose {
        version: "old".into(),
        from: None,
        reason: "as decided".into(),
        confirmed: Some(why.into()),
    };
    assert_eq!(hall.act(&first(), confirm("  ")), Err(No::ReasonMissing), "blanks confirm nothing");
    hall.act(&first(), confirm("the post opens again")).unwrap();
    assert_eq!(hall.book.proposals[0].confirmed.as_deref(), Some("the post opens again"));
    hall.act(&second(), Act::Approve { no: 1 }).unwrap();
    // Taken back and brought into force again by taking back: it was confirmed once.
    hall.now = at(1);
    hall.act(&first(), Act::Revoke { from: None, reason: "r".into() }).unwrap();
    hall.act(&second(), Act::Approve { no: 2 }).unwrap();
    hall.now = at(2);
    assert_eq!(hall.act(&first(), Act::Revoke { from: None, reason: "r".into() }), Ok(()));
}

#[test]
fn every_refusal_has_a_code_of_its_own_and_says_in_both_languages_what_to_do() {
    let mut codes: Vec<&str> = No::ALL.iter().map(No::code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), No::ALL.len());
    for no in No::ALL {
        let (zh, en) = (no.zh(), no.to_string());
        assert!(zh.ends_with('。') && zh.chars().any(|c| c > '\u{4e00}'), "{zh}");
        assert!(en.ends_with('.') && en.is_ascii(), "{en}");
    }
}

#[test]
fn a_book_that_was_written_before_findings_were_kept_one_by_one_is_read() {
    let found = r#"{"errors":0,"warnings":1,"passed":2,"failed":0,"pending":0,"lint":"l","stories":"s"}"#;
    let found: Found = serde_json::from_str(found).unwrap();
    assert!(found.findings.is_empty() && found.returns.is_empty() && found.clean());
    let proposed = r#"{"by":"a","at":0,"body":{"kind":"proposed","no":1,"version":"v","from":0,"revokes":null,"reason":"r"}}"#;
    let entry: Entry = serde_json::from_str(proposed).unwrap();
    assert!(matches!(entry.body, Body::Proposed { confirmed: None, .. }));
}
