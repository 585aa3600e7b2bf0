//! A policy lives in the running product: drafted, checked, activated by two at an instant, taken back, and open cases moved.

use crate::founded;
use crate::town;

use founded::{book, file, founded, starter};
use huying_engine::{Error, organisation::Swept, policy::UNDONE};
use huying_model::{
    CaseId, Instant, Name, PolicyVersion, Stage,
    admission::desk::Act as DeskAct,
    book::{Act, No, State},
    clock::Timer,
};
use huying_pack::Files;
use huying_store::Installed;
use serde_json::json;
use town::{TENANT, Town, open};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A second version under which piled-up rubbish is promised in a day.
fn faster() -> Files {
    starter(&[
        ("pack.toml", "version = \"starter-1\"", "version = \"starter-2\""),
        ("conditions.csv", "清理,1天,2天", "清理,4小时,1天"),
    ])
}

fn version(town: &Town) -> String {
    town.engine.setting(TENANT).unwrap().policy.current.version.to_string()
}

async fn promise(town: &Town, case: CaseId) -> Instant {
    town.case(case).await.clock(&Timer::Promise).unwrap().due
}

#[tokio::test]
async fn a_version_that_two_activate_holds_from_its_instant_and_open_cases_stay_with_theirs() {
    let mut town = founded(&starter(&[])).await;
    let old = file(&town, "旧案").await;
    let promised = promise(&town, old).await;
    let by = town.actor("administrator");
    town.engine.draft(TENANT, &by, faster(), "rubbish goes faster").await.unwrap();
    let kept = town.engine.policy_book(TENANT).await.unwrap().versions[1].clone();
    assert_eq!(kept.author.as_ref().map(|author| author.as_str()), Some("administrator"));
    let found = kept.found.unwrap();
    assert!(found.clean() && found.passed == 2 && found.lint.contains("0 errors"), "{found:?}");
    let tomorrow = town.now().plus_ms(DAY);
    let propose = Act::Propose {
        version: "starter-2".into(),
        from: Some(tomorrow),
        reason: "decided".into(),
        confirmed: None,
    };
    book(&town, "administrator", propose).await.unwrap();
    assert_eq!(book(&town, "administrator", Act::Approve { no: 1 }).await, Err(No::SecondPerson));
    assert_eq!(book(&town, "leader-district", Act::Approve { no: 1 }).await, Err(No::AdministratorsOnly));
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    assert_eq!(version(&town), "starter-1", "not before its instant");

    town.clock.set(tomorrow);
    assert!(town.engine.renew(TENANT).await.unwrap().is_some());
    assert_eq!(version(&town), "starter-2");
    assert_eq!(town.engine.renew(TENANT).await.unwrap(), None, "nothing more to do");
    let new = file(&town, "新案").await;
    assert_eq!(town.case(new).await.policy, Some(PolicyVersion::new("starter-2")));
    assert_eq!(town.case(old).await.policy, Some(PolicyVersion::new("starter-1")));
    assert_eq!(promise(&town, old).await, promised);

    // Another process on the same store comes to the same, with the rules of both.
    town.engine.store().close().await;
    town.engine = open(town.folder.path(), town.clock.clone()).await;
    town.engine.take_up(TENANT).await.unwrap();
    let setting = town.engine.setting(TENANT).unwrap();
    assert_eq!(version(&town), "starter-2");
    let pinned = setting.policy.rules(town.case(old).await.policy.as_ref(), None);
    assert_eq!(pinned.version, PolicyVersion::new("starter-1"));

    let revoke = Act::Revoke { from: None, reason: "too fast".into() };
    book(&town, "administrator-2", revoke).await.unwrap();
    assert_eq!(version(&town), "starter-2", "one person takes nothing back");
    book(&town, "administrator", Act::Approve { no: 2 }).await.unwrap();
    assert_eq!(version(&town), "starter-1");
}

#[tokio::test]
async fn holidays_that_a_newer_version_publishes_move_what_was_promised_under_an_older_one() {
    const HOLIDAYS: &str = "../calendars/cn.csv";
    let mut files = starter(&[]);
    let known = files.text(HOLIDAYS).unwrap().lines().filter(|line| !line.starts_with("2026-"));
    let known = known.collect::<Vec<_>>().join("\n");
    files.insert(HOLIDAYS, known);
    let town = founded(&files).await;
    // The last working day before a week of holidays.
    town.clock.set("2026-09-30T01:00:00Z".parse().unwrap());
    let case = file(&town, "节前").await;
    let promised = async || {
        let clock = town.case(case).await.clock(&Timer::Promise).unwrap().clone();
        (clock.due, clock.provisional)
    };
    let at = |text: &str| text.parse::<Instant>().unwrap();
    assert_eq!(promised().await, (at("2026-10-02T01:00:00Z"), true));
    let by = town.actor("administrator");
    let newer = starter(&[("pack.toml", "version = \"starter-1\"", "version = \"starter-2\"")]);
    town.engine.draft(TENANT, &by, newer, "the holidays are published").await.unwrap();
    let propose =
        Act::Propose { version: "starter-2".into(), from: None, reason: "r".into(), confirmed: None };
    book(&town, "administrator", propose).await.unwrap();
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    assert_eq!(version(&town), "starter-2");
    assert_eq!(promised().await, (at("2026-10-09T01:00:00Z"), false));
    assert_eq!(town.case(case).await.policy, Some(PolicyVersion::new("starter-1")));
}

#[tokio::test]
async fn a_draft_that_lint_or_stories_refuse_is_kept_with_its_reports_and_cannot_be_proposed() {
    let town = founded(&starter(&[])).await;
    let by = town.actor("administrator");
    let gap = starter(&[
        ("pack.toml", "version = \"starter-1\"", "version = \"gap\""),
        ("routes.csv", "R-10,people/work/*,,,,centre@street,,,,\n", ""),
    ]);
    let story = starter(&[
        ("pack.toml", "version = \"starter-1\"", "version = \"story\""),
        ("conditions.csv", "2h,4h,10m", "2h,4h,20m"),
    ]);
    let unreadable = starter(&[("routes.csv", "city/order/*", "city/odrer/*")]);
    town.engine.draft(TENANT, &by, gap, "a try").await.unwrap();
    town.engine.draft(TENANT, &by, story, "a try").await.unwrap();
    for (version, found) in [("gap", "no-route"), ("story", "FAILED")] {
        let kept = town.engine.policy_book(TENANT).await.unwrap();
        let reports = kept.version(&PolicyVersion::new(version)).unwrap().found.clone().unwrap();
        assert!(reports.lint.contains(found) || reports.stories.contains(found), "{reports:?}");
        let act = Act::Propose { version: version.into(), from: None, reason: "r".into(), confirmed: None };
        assert_eq!(book(&town, "administrator", act).await, Err(No::NotClean), "{version}");
    }
    let told = town.engine.draft(TENANT, &by, unreadable, "a try").await.unwrap_err();
    assert!(
        matches!(&told, Error::Invalid(problems) if problems[0].field.starts_with("routes.csv")),
        "{told}"
    );
    let again = town.engine.draft(TENANT, &by, starter(&[]), "a try").await.unwrap_err();
    assert_eq!(again, Error::Book(No::VersionTaken), "the name of the version in force");
}

#[tokio::test]
async fn a_migration_says_first_what_it_would_do_and_then_moves_without_lengthening_any_promise() {
    let town = founded(&starter(&[])).await;
    let (old, other) = (file(&town, "一").await, file(&town, "二").await);
    let by = town.actor("administrator");
    town.engine.draft(TENANT, &by, faster(), "rubbish goes faster").await.unwrap();
    let compared = town.engine.compare(TENANT, &by, &"starter-2".into()).await.unwrap();
    assert_eq!((compared.cases, compared.count("promise"), compared.count("lead")), (2, 2, 0));
    book(
        &town,
        "administrator",
        Act::Propose { version: "starter-2".into(), from: None, reason: "r".into(), confirmed: None },
    )
    .await
    .unwrap();
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    let (before, to) = (promise(&town, old).await, PolicyVersion::new("starter-2"));
    let preview = town.engine.migration(TENANT, &by, &to, None).await.unwrap();
    assert_eq!((preview.cases, preview.moved, preview.clocks.get("promise")), (2, 2, Some(&2)));
    assert_eq!(preview.examples[0].due_before, Some(before));
    assert_eq!(promise(&town, old).await, before, "a preview changes nothing");
    let done = town.engine.migration(TENANT, &by, &to, Some("as decided")).await.unwrap();
    assert_eq!((done.moved, done.examples[0].due_after), (2, preview.examples[0].due_after));
    for case in [old, other] {
        assert_eq!(town.case(case).await.policy, Some(to.clone()));
        assert!(promise(&town, case).await < before);
    }
    let again = town.engine.migration(TENANT, &by, &to, Some("as decided")).await.unwrap();
    assert_eq!((again.cases, again.moved), (0, 0));
    // Back to longer limits: nothing gets longer.
    let short = promise(&town, old).await;
    let back = town.engine.migration(TENANT, &by, &"starter-1".into(), Some("back")).await.unwrap();
    assert_eq!((back.moved, back.clocks.len()), (2, 0));
    assert_eq!(promise(&town, old).await, short);
}

#[tokio::test]
async fn what_the_desk_decides_holds_for_cases_from_its_instant_on_and_a_veto_ends_running_tasks() {
    let files = starter(&[("pack.toml", "[allowances]", "[admission]\nrequired = true\n\n[allowances]")]);
    let town = founded(&files).await;
    let case = file(&town, "垃圾").await;
    let to_team = json!({"lead": "grid-bridge-1"});
    let refused =
        town.engine.say(town.saying("dispatcher-east", case, Name::Dispatch, to_team.clone())).await;
    assert_eq!(refused.unwrap_err().code(), "not_admitted");
    let act = |member: &str, act: DeskAct| {
        let (engine, actor) = (town.engine.clone(), town.actor(member));
        async move { engine.admit(TENANT, &actor, &act).await }
    };
    let matter: huying_model::MatterCode = "city/facility/litter".into();
    let apply = DeskAct::Apply {
        matter: matter.clone(),
        applicant: "dept-works".into(),
        reason: "daily rounds".into(),
    };
    act("handler-dept-works", apply).await.unwrap();
    let admit = DeskAct::Admit { no: 1, rule: "第三条".into(), from: None };
    assert_eq!(act("handler-dept-works", admit.clone()).await.unwrap_err().code(), "not_yours");
    act("leader-district", admit).await.unwrap();
    town.say("dispatcher-east", case, Name::Dispatch, to_team.clone()).await;
    town.say("worker-bridge-1", case, Name::Receive, json!({"unit": "grid-bridge-1"})).await;
    let at = town.now().plus_ms(HOUR);
    act("leader-district", DeskAct::Veto { matter, rule: "第十二条".into(), from: Some(at) }).await.unwrap();
    assert_eq!(town.case(case).await.stage, Stage::Handling);
    town.clock.set(at);
    assert_eq!(town.engine.renew(TENANT).await.unwrap(), Some(Swept { looked: 1, given: 1, left: 0 }));
    let ended = town.case(case).await;
    assert_eq!((ended.stage, ended.custodian.as_str()), (Stage::Filed, "centre-east"));
    let refused = town.engine.say(town.saying("dispatcher-east", case, Name::Dispatch, to_team)).await;
    assert!(refused.unwrap_err().to_string().contains("第十二条"), "the rule is quoted");
}

#[tokio::test]
async fn a_proposal_names_the_seats_that_its_version_gives_and_is_approved_only_while_it_gives_no_others() {
    let town = founded(&starter(&[])).await;
    let by = town.actor("administrator");
    let version = |name: &str| {
        let named = format!("version = \"{name}\"");
        starter(&[
            ("pack.toml", "version = \"starter-1\"", named.as_str()),
            ("members.csv", "centre:auditor", "centre:auditor centre-east:auditor"),
        ])
    };
    let propose = |version: &str| Act::Propose {
        version: version.into(),
        from: None,
        reason: "r".into(),
        confirmed: None,
    };
    for name in ["starter-2", "starter-3"] {
        town.engine.draft(TENANT, &by, version(name), "r").await.unwrap();
    }
    book(&town, "administrator", propose("starter-2")).await.unwrap();
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    book(&town, "administrator", propose("starter-3")).await.unwrap();
    let named = town.engine.policy_book(TENANT).await.unwrap().proposals;
    assert_eq!((named[0].grants.len(), named[1].grants.len()), (1, 0), "{named:?}");
    assert!(named[0].grants[0].zh.contains("东街道治理中心（centre-east）"), "{named:?}");
    // The seat is taken back with the version that gave it: nobody has agreed that the next one gives it again.
    let revoke = Act::Revoke { from: None, reason: "not yet".into() };
    book(&town, "administrator", revoke).await.unwrap();
    book(&town, "administrator-2", Act::Approve { no: 3 }).await.unwrap();
    assert_eq!(book(&town, "administrator-2", Act::Approve { no: 2 }).await, Err(No::SeatsSince));
}

#[tokio::test]
async fn a_version_and_a_change_are_looked_at_beside_what_begins_after_and_before_them() {
    let seats = ("members.csv", "centre:auditor", "centre:auditor centre-east:auditor");
    let town = founded(&starter(&[seats])).await;
    let by = town.actor("administrator");
    let change = async |at: &str, edit: &str| {
        let text = format!("at = \"{at}\"\nreason = \"r\"\n{edit}");
        town.engine.change(TENANT, &by, &text).await.unwrap().waits
    };
    let both = "[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\", \"centre-east:auditor\"]\n";
    let name = "[[change_unit]]\nunit = \"gas-company\"\nname = \"新名\"\n";
    assert_eq!(change("2026-05-15", both).await, None, "they have them");
    // The version takes a seat away, and the change would give it back.
    let second = starter(&[("pack.toml", "version = \"starter-1\"", "version = \"starter-2\"")]);
    town.engine.draft(TENANT, &by, second, "one is enough").await.unwrap();
    let from = Some(town.now().plus_ms(DAY));
    let propose = Act::Propose { version: "starter-2".into(), from, reason: "r".into(), confirmed: None };
    book(&town, "administrator", propose).await.unwrap();
    let named = town.engine.policy_book(TENANT).await.unwrap().proposals[0].clone();
    assert_eq!((named.grants.len(), named.marks.len()), (1, 1), "{named:?}");
    assert!(named.grants[0].en.contains("centre-east"), "{named:?}");
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    assert_eq!(change("2026-05-14", name).await, None, "two have agreed to what the change gives back");
    // By then the version holds, under which they do not have it.
    assert_eq!(change("2026-05-14 12:00", both).await, Some(1));
}

const BOTH: &str = "[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\", \"centre-east:auditor\"]\n";
const ONE: &str = "[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\"]\n";
/// Under it the auditor has both seats.
const SEATED: (&str, &str, &str) = ("members.csv", "centre:auditor", "centre:auditor centre-east:auditor");

/// A change that one administrator decides: the seats for which it waits, where it gives any.
async fn changed(town: &Town, at: &str, edit: &str) -> Result<Vec<String>, Error> {
    let text = format!("at = \"{at}\"\nreason = \"r\"\n{edit}");
    let preview = town.engine.change(TENANT, &town.actor("administrator"), &text).await?;
    assert_eq!(preview.waits.is_some(), !preview.grants.is_empty(), "{preview:?}");
    Ok(preview.grants.into_iter().map(|line| line.en).collect())
}

/// A version that is drafted from the starter pack with these edits, and approved from an instant on.
async fn planned(town: &Town, name: &str, edits: &[(&str, &str, &str)], from: Instant, no: u32) {
    let named = format!("version = \"{name}\"");
    let mut edits = edits.to_vec();
    edits.push(("pack.toml", "version = \"starter-1\"", named.as_str()));
    town.engine.draft(TENANT, &town.actor("administrator"), starter(&edits), "r").await.unwrap();
    approved(town, name, from, no).await;
}

async fn approved(town: &Town, name: &str, from: Instant, no: u32) {
    let (from, confirmed) = (Some(from), Some("r".into()));
    let propose = Act::Propose { version: name.into(), from, reason: "r".into(), confirmed };
    book(town, "administrator", propose).await.unwrap();
    book(town, "administrator-2", Act::Approve { no }).await.unwrap();
}

fn raw(town: &Town, kind: &str, version: &str, at: Instant, body: String) -> Installed {
    let (kind, version, installed_at) = (kind.into(), version.into(), town.now());
    Installed { kind, version, hash: [1; 32], effective_at: at, installed_at, body }
}

#[tokio::test]
async fn a_planned_version_that_cannot_take_what_was_decided_stops_no_other_act_and_can_be_replaced() {
    let town = founded(&starter(&[SEATED])).await;
    town.clock.advance(HOUR);
    let second = starter(&[SEATED, ("pack.toml", "version = \"starter-1\"", "version = \"starter-2\"")]);
    town.engine.draft(TENANT, &town.actor("administrator"), second, "r").await.unwrap();
    let post = "[[add_unit]]\nid = \"watch\"\nname = \"瞭望岗\"\nkind = \"post\"\nfunction = \"watch\"\narea = \"990101001\"\n";
    assert_eq!(changed(&town, "2026-05-12 10:00", post).await, Ok(Vec::new()));
    let week = town.now().plus_ms(7 * DAY);
    // The second version was drafted without that post.
    approved(&town, "starter-2", week, 1).await;
    let name = "[[change_unit]]\nunit = \"watch\"\nname = \"新名\"\n";
    let refused = changed(&town, "2026-05-15 10:00", name).await.unwrap_err();
    assert!(refused.to_string().contains("could not be made after this"), "{refused}");
    // It was decided all the same, when nobody looked at what begins after it.
    let at = town.now().plus_ms(3 * DAY);
    let text = format!("at = \"2026-05-15 10:00\"\nreason = \"r\"\n{name}");
    let decided = json!({
        "by": "administrator", "decided_at": 0, "at": at.0, "reason": "r", "edits": [], "change": text,
    });
    let it = raw(&town, "organisation", "00000002", at, decided.to_string());
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    assert_eq!(changed(&town, "2026-05-13", ONE).await, Ok(Vec::new()), "a seat is taken away");
    let row = ("units.csv", "inspection,", "watch,瞭望岗,Watch,post,watch,990101001,\ninspection,");
    planned(&town, "starter-3", &[SEATED, row], week, 2).await;
    let named = town.engine.policy_book(TENANT).await.unwrap().proposals[1].clone();
    assert_eq!(named.grants, [], "nothing is given to whoever lost it");
    town.clock.set(week);
    town.engine.renew(TENANT).await.unwrap();
    assert_eq!(version(&town), "starter-3");
}

#[tokio::test]
async fn a_version_that_cannot_take_what_was_decided_does_not_follow_another_that_cannot_either() {
    let town = founded(&starter(&[SEATED])).await;
    town.clock.advance(HOUR);
    for name in ["starter-2", "starter-3"] {
        let named = format!("version = \"{name}\"");
        let files = starter(&[SEATED, ("pack.toml", "version = \"starter-1\"", named.as_str())]);
        town.engine.draft(TENANT, &town.actor("administrator"), files, "r").await.unwrap();
    }
    let post = "[[add_unit]]\nid = \"watch\"\nname = \"瞭望岗\"\nkind = \"post\"\nfunction = \"watch\"\narea = \"990101001\"\n";
    assert_eq!(changed(&town, "2026-05-12 10:00", post).await, Ok(Vec::new()));
    approved(&town, "starter-2", town.now().plus_ms(2 * DAY), 1).await;
    // It was decided all the same, when nobody looked at what begins before it.
    let text =
        "at = \"2026-05-15 10:00\"\nreason = \"r\"\n[[change_unit]]\nunit = \"watch\"\nname = \"新名\"\n";
    let at = town.now().plus_ms(3 * DAY);
    let decided = json!({
        "by": "administrator", "decided_at": 0, "at": at.0, "reason": "r", "edits": [], "change": text,
    });
    let it = raw(&town, "organisation", "00000002", at, decided.to_string());
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    assert_eq!(
        changed(&town, "2026-05-13", ONE).await,
        Ok(Vec::new()),
        "under the same version it stops nothing"
    );
    let from = at.plus_ms(-HOUR);
    let (reason, confirmed) = ("r".into(), Some("r".into()));
    let propose = Act::Propose { version: "starter-3".into(), from: Some(from), reason, confirmed };
    let refused = town.engine.book(TENANT, &town.actor("administrator"), &propose).await.unwrap_err();
    assert!(refused.to_string().contains("could not be made after this"), "{refused}");
    // Its instant comes: what could be made last holds on for whoever ran on, and for whoever starts on the store, until another version begins.
    town.clock.set(at.plus_ms(HOUR));
    town.engine.renew(TENANT).await.unwrap();
    assert_eq!(version(&town), "starter-2");
    let ran_on = town.engine.setting(TENANT).unwrap();
    let founding = huying_pack::load_from(&starter(&[SEATED])).unwrap();
    town.engine.install(TENANT, huying_engine::Setting::of_pack(founding, 0));
    assert!(town.engine.take_up(TENANT).await.unwrap());
    let started = town.engine.setting(TENANT).unwrap();
    assert_eq!(started.as_of, ran_on.as_of);
    assert!(!town.engine.take_up(TENANT).await.unwrap(), "nothing else was decided");
    let row = ("units.csv", "inspection,", "watch,瞭望岗,Watch,post,watch,990101001,\ninspection,");
    planned(&town, "starter-4", &[SEATED, row], town.now().plus_ms(DAY), 2).await;
    town.clock.advance(2 * DAY);
    town.engine.renew(TENANT).await.unwrap();
    assert_eq!(version(&town), "starter-4");
}

#[tokio::test]
async fn a_seat_that_comes_back_by_one_of_many_days_under_two_versions_is_told_of_that_day_alone() {
    let town = founded(&starter(&[SEATED])).await;
    let name = |name: &str| format!("[[change_unit]]\nunit = \"gas-company\"\nname = \"{name}\"\n");
    planned(&town, "starter-2", &[SEATED], town.now().plus_ms(3 * DAY), 1).await;
    for (at, edit) in [
        ("2026-05-14", name("新名")),
        ("2026-05-15", name("又名")),
        ("2026-05-16", BOTH.to_owned()),
        ("2026-05-17", name("再名")),
        ("2026-05-18", BOTH.to_owned()),
    ] {
        assert_eq!(changed(&town, at, &edit).await, Ok(Vec::new()), "{at}");
    }
    let told = changed(&town, "2026-05-13", ONE).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("centre-east") && told[0].contains("2026-05-16 00:00"), "{told:?}");
}

#[tokio::test]
async fn neither_a_version_nor_a_change_is_decided_beside_what_another_node_has_just_decided() {
    let town = founded(&starter(&[])).await;
    town.engine.draft(TENANT, &town.actor("administrator"), faster(), "r").await.unwrap();
    let from = Some(town.now().plus_ms(DAY));
    let propose = Act::Propose { version: "starter-2".into(), from, reason: "r".into(), confirmed: None };
    book(&town, "administrator", propose).await.unwrap();
    // The next turn is taken, and whoever counts the turns does not see it: so it is for whoever looked before another node wrote.
    let it = raw(&town, "turn", "00000002", town.now(), String::new());
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    let name = "[[change_unit]]\nunit = \"gas-company\"\nname = \"新名\"\n";
    assert_eq!(changed(&town, "2026-05-14", name).await.unwrap_err().code(), "busy");
    let second = town.actor("administrator-2");
    let late = town.engine.book(TENANT, &second, &Act::Approve { no: 1 }).await.unwrap_err();
    assert_eq!(late.code(), "busy");
    assert_eq!(town.engine.changes(TENANT).await.unwrap(), []);
    assert_eq!(town.engine.policy_book(TENANT).await.unwrap().proposals[0].state, State::Waiting);
    // Once it is seen there is a turn for each.
    let it = raw(&town, "turn", "00000001", town.now(), String::new());
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    assert_eq!(changed(&town, "2026-05-14", name).await, Ok(Vec::new()));
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
}

/// The admission of a matter that the works department applied for; the office is the one that the pack names.
async fn applied(town: &Town) -> huying_model::MatterCode {
    let matter: huying_model::MatterCode = "city/facility/litter".into();
    let apply = DeskAct::Apply {
        matter: matter.clone(),
        applicant: "dept-works".into(),
        reason: "daily rounds".into(),
    };
    town.engine.admit(TENANT, &town.actor("handler-dept-works"), &apply).await.unwrap();
    matter
}

#[tokio::test]
async fn files_that_are_not_kept_go_by_what_the_desk_decided_and_a_draft_that_would_undo_it_says_so() {
    let required = ("pack.toml", "[allowances]", "[admission]\nrequired = true\n\n[allowances]");
    let second = ("pack.toml", "version = \"starter-1\"", "version = \"starter-2\"");
    let town = founded(&starter(&[required])).await;
    let matter = applied(&town).await;
    let decide = |act: DeskAct| {
        let (engine, actor) = (town.engine.clone(), town.actor("leader-district"));
        async move { engine.admit(TENANT, &actor, &act).await.unwrap() }
    };
    decide(DeskAct::Admit { no: 1, rule: "第三条".into(), from: None }).await;
    let (same, without) = (starter(&[required, second]), starter(&[second]));
    let held = town.engine.would_hold(TENANT, same.clone()).await.unwrap();
    assert_eq!(held.policy.current.admissions.bar(&matter, town.now()), None, "it stays admitted");
    decide(DeskAct::Veto { matter: matter.clone(), rule: "第十二条".into(), from: None }).await;
    let held = town.engine.would_hold(TENANT, same.clone()).await.unwrap();
    assert_eq!(held.policy.current.admissions.bar(&matter, town.now()).as_deref(), Some("第十二条"));

    let told = async |files: Files| {
        let (_, examined) = town.engine.examine(TENANT, files).await.unwrap();
        examined.found.findings.into_iter().filter(|found| found.rule == UNDONE).collect::<Vec<_>>()
    };
    assert_eq!(told(same).await, []);
    let undone = told(without).await;
    assert!(undone.len() == 1 && !undone[0].error && undone[0].words.contains("第十二条"), "{undone:?}");
}

#[tokio::test]
async fn a_change_that_ends_the_office_at_which_an_application_waits_says_so() {
    let office = (
        "pack.toml",
        "[allowances]",
        "[admission]\nrequired = true\noffice = \"centre-west\"\n\n[allowances]",
    );
    let town = founded(&starter(&[office])).await;
    applied(&town).await;
    let text = "at = \"2030-01-01\"\nreason = \"r\"\n[[close_unit]]\nunit = \"centre-west\"\n";
    let preview = town.engine.change_preview(TENANT, &town.actor("administrator"), text).await.unwrap();
    let waits: Vec<_> = preview.findings.iter().filter(|found| found.rule == "admission-waits").collect();
    assert!(waits.len() == 1 && waits[0].words.contains("centre-west"), "{:?}", preview.findings);
}
