//! Changes of the organisation: looked at first, moved at their instant, and never an orphan.

use std::{collections::BTreeSet, sync::Arc};

use crate::town;

use huying_engine::{Error, follow::Follow, grants::State, renew::Renewal};
use huying_model::{
    CaseId, Command, MemberId, Name, actor::Role, event::Times, org::Area, promise, told::Line,
};
use huying_store::{Installed, Work};
use serde_json::json;
use town::{TENANT, Town, draft};

const DAY: i64 = 86_400_000;

async fn filed(town: &Town, matter: &str) -> CaseId {
    let case = town.report(draft(matter, "字")).await.receipt.case;
    let filing = json!({"filing": {"matter": matter, "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    case
}

/// Every promise that holds of a state, of every open case of the town.
async fn nothing_is_orphaned(town: &Town, cases: &[CaseId]) {
    let setting = town.engine.setting(TENANT).unwrap();
    for id in cases {
        let case = town.case(*id).await;
        let breaches = promise::of_case(&setting.policy, &case, town.now());
        assert!(breaches.is_empty(), "{}: {breaches:?}", case.number);
    }
}

/// A post closes, and another has its work from then on.
const REPLACED: &str = "at = \"2026-05-13\"\nreason = \"the post moves into the centre\"\n\
    [[close_unit]]\nunit = \"order-east\"\n\
    [[add_unit]]\nid = \"order-north\"\nname = \"综合执法北岗\"\nkind = \"post\"\nfunction = \"order\"\narea = \"990101001\"\nhome = \"dept-order\"\n\
    [[seats]]\nmember = \"handler-order-east\"\nseats = [\"order-north:handler\"]\n";

#[tokio::test]
async fn a_post_that_closes_tomorrow_hands_its_open_cases_over_at_that_instant() {
    let town = Town::new().await;
    let led = filed(&town, "city/order/vendor").await;
    town.say("dispatcher-east", led, Name::Dispatch, json!({"lead": "order-east"})).await;
    town.say("handler-order-east", led, Name::Receive, json!({"unit": "order-east"})).await;
    let other = filed(&town, "city/facility/litter").await;
    let by = town.actor("administrator");
    let text = REPLACED;
    let preview = town.engine.change_preview(TENANT, &by, text).await.unwrap();
    assert_eq!((preview.cases, preview.touched, preview.edits.len()), (2, 1, 3), "{preview:?}");
    let one = &preview.moves[0];
    assert_eq!(one.number, town.case(led).await.number);
    assert_eq!((one.custodian.as_str(), one.successor.as_str()), ("order-east", "centre-east"));
    assert!(preview.findings.iter().all(|finding| !finding.error), "{:?}", preview.findings);
    assert!(town.engine.changes(TENANT).await.unwrap().is_empty(), "a preview decides nothing");
    let not_they = town.engine.change(TENANT, &town.actor("leader-district"), text).await.unwrap_err();
    assert_eq!(not_they.code(), "administrators_only");
    town.change(text).await;
    assert_eq!(town.case(led).await.custodian.as_str(), "order-east", "not before its instant");
    town.clock.advance(DAY);
    let swept = town.engine.renew(TENANT).await.unwrap().unwrap();
    assert_eq!((swept.looked, swept.left), (2, 0), "{swept:?}");
    let case = town.case(led).await;
    assert_eq!(case.custodian.as_str(), "centre-east");
    assert!(case.clocks.iter().any(|clock| clock.runs()));
    assert_eq!(town.case(other).await.custodian, town.case(other).await.centre);
    nothing_is_orphaned(&town, &[led, other]).await;
    let fresh = filed(&town, "city/order/vendor").await;
    town.say("dispatcher-east", fresh, Name::Dispatch, json!({"lead": "order-north"})).await;
    assert_eq!(town.engine.renew(TENANT).await.unwrap(), None);
}

#[tokio::test]
async fn what_another_node_sent_to_a_post_that_it_did_not_know_to_be_gone_is_found_by_a_later_sweep() {
    let town = Town::new().await;
    let case = filed(&town, "city/order/vendor").await;
    let mut renewal = Renewal::new(town.engine.clone(), "node-1");
    for _ in 0..5 {
        renewal.round().await;
    }
    town.change(REPLACED).await;
    let old = Arc::clone(&town.engine.setting(TENANT).unwrap().policy);
    town.clock.advance(DAY);
    town.engine.renew(TENANT).await.unwrap().unwrap();
    // Another node has not taken it up yet.
    let send = Command::Dispatch { lead: "order-east".into(), assists: Vec::new(), routing: None };
    let follow = Follow::new(old, town.actor("dispatcher-east"), case, send, Times::at(town.now()));
    town.engine.store().submit(Work::new(TENANT, Box::new(follow))).await.unwrap();
    assert_eq!(town.case(case).await.custodian.as_str(), "order-east");
    for _ in 0..5 {
        renewal.round().await;
    }
    assert_eq!(town.case(case).await.custodian.as_str(), "centre-east");
    nothing_is_orphaned(&town, &[case]).await;
}

#[tokio::test]
async fn a_grid_that_is_split_takes_new_cases_in_its_new_cells_and_old_ones_move_with_their_point() {
    let town = Town::new().await;
    let old = town.report(draft("city/facility/litter", "旧案")).await.receipt.case;
    let text = "at = \"2026-05-13\"\nreason = \"too many households\"\n\
        [[split_area]]\narea = \"990101001001001\"\n\
        [[split_area.into]]\ncode = \"990101001001003\"\nname = \"桥头第三网格\"\nshape = [[110.0, 30.01], [110.004, 30.01], [110.004, 30.02], [110.0, 30.02]]\n\
        [[split_area.into]]\ncode = \"990101001001004\"\nname = \"桥头第四网格\"\nshape = [[110.004, 30.01], [110.01, 30.01], [110.01, 30.02], [110.004, 30.02]]\n\
        [[add_unit]]\nid = \"grid-bridge-3\"\nname = \"桥头第三网格力量\"\nkind = \"grid_team\"\nfunction = \"grid-team\"\narea = \"990101001001003\"\n\
        [[seats]]\nmember = \"worker-bridge-3\"\nname = \"桥头第三网格网格员\"\nseats = [\"grid-bridge-3:grid_worker\"]\n\
        [[move_unit]]\nunit = \"grid-bridge-1\"\narea = \"990101001001004\"\n";
    let preview = town.change(text).await;
    assert_eq!(
        (preview.touched, preview.moves[0].area.as_deref()),
        (1, Some("990101001001004")),
        "{preview:?}"
    );
    assert_eq!(town.case(old).await.place.area.unwrap().as_str(), "990101001001001");
    town.clock.advance(DAY);
    town.engine.renew(TENANT).await.unwrap().unwrap();
    assert_eq!(town.case(old).await.place.area.unwrap().as_str(), "990101001001004");
    let new = town.report(draft("city/facility/litter", "新案")).await.receipt.case;
    assert_eq!(town.case(new).await.place.area.unwrap().as_str(), "990101001001004");
    nothing_is_orphaned(&town, &[old, new]).await;
    let setting = town.engine.setting(TENANT).unwrap();
    assert!(
        setting.policy.org.areas.contains_key("990101001001001"),
        "the old grid keeps its name for old cases"
    );
    assert!(setting.pack.shapes.cells.contains_key("990101001001003"));
}

#[tokio::test]
async fn a_street_that_is_merged_into_its_neighbour_leaves_no_case_with_a_centre_that_is_gone() {
    let town = Town::new().await;
    let case = filed(&town, "city/order/vendor").await;
    assert_eq!(town.case(case).await.custodian.as_str(), "centre-east");
    let text = "at = \"2026-05-13 08:00\"\nreason = \"one street\"\n\
        [[merge_areas]]\nareas = [\"990101001\", \"990101002\"]\ncode = \"990101002\"\nname = \"新街道\"\n";
    let preview = town.change(text).await;
    assert!(preview.edits.iter().any(|edit| edit.en.contains("closes with its area")), "{:?}", preview.edits);
    assert_eq!(preview.moves[0].successor.as_str(), "centre-west");
    town.clock.advance(DAY);
    town.engine.renew(TENANT).await.unwrap().unwrap();
    let moved = town.case(case).await;
    assert_eq!((moved.custodian.as_str(), moved.centre.as_str()), ("centre-west", "centre-west"));
    assert_eq!(moved.place.area.unwrap().as_str(), "990101001001001", "its grid is still there");
    nothing_is_orphaned(&town, &[case]).await;
}

#[tokio::test]
async fn a_change_that_leaves_a_gap_or_makes_no_sense_is_refused_with_its_place() {
    let town = Town::new().await;
    let by = town.actor("administrator");
    let told = |text: String| {
        let (engine, by) = (town.engine.clone(), by.clone());
        async move {
            match engine.change(TENANT, &by, &text).await.unwrap_err() {
                Error::Invalid(problems) => problems[0].mend.clone(),
                other => panic!("{other}"),
            }
        }
    };
    let tomorrow = |edits: &str| format!("at = \"2026-05-13\"\nreason = \"r\"\n{edits}");
    for (edits, words) in [
        ("[[close_unit]]\nunit = \"nobody\"\n", "not there"),
        ("[[close_unit]]\nunit = \"centre\"\n", "whole authority"),
        ("[[close_unit]]\nunti = \"order-east\"\n", "missing"),
        (
            "[[add_unit]]\nid = \"order-east\"\nname = \"x\"\nkind = \"post\"\nfunction = \"order\"\narea = \"990101001\"\n",
            "taken",
        ),
        ("[[split_area]]\narea = \"990101001\"\n", "two parts"),
        ("[[seats]]\nmember = \"nobody\"\nseats = []\n", "no member"),
        ("", "no edit"),
        // Vendors of the east street would find nobody.
        ("[[close_unit]]\nunit = \"order-east\"\n", "no-route"),
    ] {
        let said = told(tomorrow(edits)).await;
        assert!(said.contains(words), "{edits}: {said}");
    }
    assert!(told("reason = \"r\"\n".to_owned()).await.contains("at"));
    let late =
        told("at = \"2026-05-11\"\nreason = \"r\"\n[[close_unit]]\nunit = \"order-east\"\n".to_owned()).await;
    assert!(late.contains("later"), "{late}");
    assert!(town.engine.changes(TENANT).await.unwrap().is_empty());
}

const SEAT: &str = "at = \"2026-05-13\"\nreason = \"a second station\"\n[[seats]]\nmember = \"auditor\"\n\
                    seats = [\"centre:auditor\", \"centre-east:auditor\"]\n";

#[tokio::test]
async fn a_seat_is_given_by_two_administrators_and_taken_away_by_one() {
    let town = Town::new().await;
    let (one, other) = (town.actor("administrator"), town.actor("administrator-2"));
    let asked = town.engine.change(TENANT, &one, SEAT).await.unwrap();
    let seat = Line::of(
        "审计员（auditor）：东街道治理中心（centre-east）审计员",
        "Auditor (auditor): East Street Centre (centre-east), Auditor",
    );
    assert_eq!((asked.grants.as_slice(), asked.waits), (&[seat][..], Some(1)), "{asked:?}");
    assert!(town.engine.changes(TENANT).await.unwrap().is_empty(), "nothing is decided yet");
    let code = |outcome: Result<_, Error>| outcome.map(drop).unwrap_err().code();
    assert_eq!(code(town.engine.approve_grant(TENANT, &one, 1).await), "own_grant");
    let stranger = town.actor("leader-district");
    assert_eq!(code(town.engine.approve_grant(TENANT, &stranger, 1).await), "administrators_only");
    assert_eq!(code(town.engine.approve_grant(TENANT, &other, 2).await), "unknown_grant");
    // It was asked for tomorrow, and agreed to a day later: then it holds at once.
    town.clock.advance(2 * DAY);
    town.engine.approve_grant(TENANT, &other, 1).await.unwrap();
    let decided = town.engine.changes(TENANT).await.unwrap();
    assert_eq!(decided[0].by.as_str(), "administrator");
    assert_eq!(decided[0].agreed_by.as_ref().map(|by| by.as_str()), Some("administrator-2"));
    let seats = || {
        let setting = town.engine.setting(TENANT).unwrap();
        setting.policy.org.members[&MemberId::new("auditor")].seats.len()
    };
    assert_eq!(seats(), 2);
    assert_eq!(code(town.engine.approve_grant(TENANT, &other, 1).await), "already_decided");
    let away = "at = \"2026-05-15\"\nreason = \"one is enough\"\n[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\"]\n";
    let preview = town.engine.change(TENANT, &one, away).await.unwrap();
    assert_eq!((preview.grants.len(), preview.waits), (0, None));
    assert_eq!(town.engine.changes(TENANT).await.unwrap().len(), 2);
}

/// One cell is drawn over half of its neighbour's ground.
const DRAWN: &str = "[[change_area]]\narea = \"990101001001001\"\n\
    shape = [[110.0, 30.005], [110.01, 30.005], [110.01, 30.02], [110.0, 30.02]]\n\
    [[change_area]]\narea = \"990101001001002\"\n\
    shape = [[110.0, 30.0], [110.01, 30.0], [110.01, 30.005], [110.0, 30.005]]\n";

#[tokio::test]
async fn a_seat_that_comes_to_reach_further_needs_two_administrators_and_one_that_does_not_needs_one() {
    let town = Town::new().await;
    let by = town.actor("administrator");
    // Seats that open little where their units stand.
    town.change(
        "at = \"2026-05-12 09:00\"\nreason = \"small ones\"\n\
         [[seats]]\nmember = \"inspector-1\"\nseats = [\"inspection:inspector\", \"order-east:auditor\"]\n\
         [[seats]]\nmember = \"inspector-2\"\nseats = [\"inspection:inspector\", \"order-west:administrator\"]\n\
         [[seats]]\nmember = \"caller-back\"\nseats = [\"callback:caller_back\", \"gas-company:handler\"]\n",
    )
    .await;
    for (edits, whose) in [
        ("[[move_unit]]\nunit = \"order-east\"\narea = \"990101\"\n", &["inspector-1"][..]),
        ("[[move_unit]]\nunit = \"order-west\"\narea = \"990101\"\n", &["inspector-2"]),
        ("[[change_unit]]\nunit = \"gas-company\"\nkind = \"department\"\n", &["caller-back"]),
        // A cell that takes its neighbour's ground, as a merger and as another outline of both.
        (
            "[[merge_areas]]\nareas = [\"990101002001001\", \"990101002001002\"]\ncode = \"990101002001001\"\n",
            &["worker-riverbend-1"],
        ),
        (DRAWN, &["worker-bridge-1"]),
        // A piece of one's own ground is no more than one had, and who works on what is sent to them sees no ground.
        (
            "[[split_area]]\narea = \"990101001001001\"\n\
             [[split_area.into]]\ncode = \"990101001001003\"\nname = \"三\"\nshape = [[110.0, 30.01], [110.004, 30.01], [110.004, 30.02], [110.0, 30.02]]\n\
             [[split_area.into]]\ncode = \"990101001001004\"\nname = \"四\"\nshape = [[110.004, 30.01], [110.01, 30.01], [110.01, 30.02], [110.004, 30.02]]\n\
             [[move_unit]]\nunit = \"grid-bridge-1\"\narea = \"990101001001004\"\n",
            &[],
        ),
        ("[[move_unit]]\nunit = \"traffic-east\"\narea = \"990101\"\n", &[]),
    ] {
        let text = format!("at = \"2026-05-13\"\nreason = \"r\"\n{edits}");
        let told = town.engine.change_preview(TENANT, &by, &text).await.unwrap().grants;
        assert_eq!(told.len(), whose.len(), "{edits}: {told:?}");
        for (line, member) in told.iter().zip(whose) {
            assert!(line.en.contains(&format!("({member})")), "{edits}: {told:?}");
        }
    }
    let text = "at = \"2026-05-13\"\nreason = \"one street gets a community\"\n\
                [[change_area]]\narea = \"990101002001\"\nparent = \"990101001\"\n";
    let told = town.engine.change_preview(TENANT, &by, text).await.unwrap().grants;
    // Of the posts only a seat of an auditor opens the street's ground.
    let east = |line: &Line| {
        let of = line.en.contains("(centre-east)") || line.en.contains("(order-east), Auditor");
        of && line.en.ends_with(" (it reaches further)") && line.zh.ends_with("（范围扩大）")
    };
    assert!(told.len() > 3 && told.iter().all(east), "{told:?}");
    let asked =
        town.engine.change(TENANT, &by, &format!("at = \"2026-05-13\"\nreason = \"r\"\n{DRAWN}")).await;
    assert_eq!(asked.unwrap().waits, Some(2));
    assert_eq!(town.engine.changes(TENANT).await.unwrap().len(), 1, "nothing is decided yet");
}

#[tokio::test]
async fn a_grant_that_is_refused_or_waits_for_a_week_gives_nothing() {
    let town = Town::new().await;
    let (one, other) = (town.actor("administrator"), town.actor("administrator-2"));
    for _ in 0..2 {
        town.engine.change(TENANT, &one, SEAT).await.unwrap();
    }
    assert_eq!(town.engine.reject_grant(TENANT, &other, 1, " ").await.unwrap_err().code(), "reason_missing");
    town.engine.reject_grant(TENANT, &other, 1, "no need").await.unwrap();
    town.clock.advance(7 * DAY);
    for no in [1, 2] {
        let outcome = town.engine.approve_grant(TENANT, &other, no).await;
        assert_eq!(outcome.unwrap_err().code(), "already_decided", "grant {no}");
    }
    assert!(town.engine.changes(TENANT).await.unwrap().is_empty());
}

fn seated(at: &str, member: &str, seats: &str) -> String {
    format!("at = \"{at}\"\nreason = \"r\"\n[[seats]]\nmember = \"{member}\"\nseats = {seats}\n")
}

fn moved(at: &str, area: &str) -> String {
    format!("at = \"{at}\"\nreason = \"r\"\n[[move_unit]]\nunit = \"watch\"\narea = \"{area}\"\n")
}

fn renamed(at: &str, unit: &str) -> String {
    format!("at = \"{at}\"\nreason = \"r\"\n[[change_unit]]\nunit = \"{unit}\"\nname = \"新名\"\n")
}

const ONE: &str = "[\"centre:auditor\"]";
const BOTH: &str = "[\"centre:auditor\", \"centre-east:auditor\"]";
const WATCHING: &str = "[\"inspection:inspector\", \"watch:auditor\"]";
const NOT_WATCHING: &str = "[\"inspection:inspector\"]";
/// A post to which no row of the pack leads.
const WATCH: &str = "at = \"2026-05-12 09:00\"\nreason = \"r\"\n[[add_unit]]\nid = \"watch\"\nname = \"瞭望岗\"\n\
                     kind = \"post\"\nfunction = \"watch\"\narea = \"990101001\"\n";

/// What one administrator comes to with a change: how many seats it gives, and under which number it waits.
async fn alone(town: &Town, text: &str) -> (usize, Option<u32>) {
    let preview = town.engine.change(TENANT, &town.actor("administrator"), text).await.unwrap();
    assert_eq!(preview.marks.len(), preview.grants.len(), "{preview:?}");
    (preview.grants.len(), preview.waits)
}

#[tokio::test]
async fn a_seat_that_is_taken_away_is_not_given_back_by_what_was_decided_for_later() {
    let town = Town::new().await;
    town.change(SEAT).await;
    // The seats as they are: nothing is given.
    assert_eq!(alone(&town, &seated("2026-05-20", "auditor", BOTH)).await, (0, None));
    let by = town.actor("administrator");
    let away = seated("2026-05-15", "auditor", ONE);
    let asked = town.engine.change(TENANT, &by, &away).await.unwrap();
    assert_eq!((asked.grants.len(), asked.waits), (1, Some(2)), "{asked:?}");
    assert!(
        asked.grants[0].en.contains("centre-east") && asked.grants[0].en.contains("2026-05-20 00:00"),
        "{asked:?}"
    );
    assert_eq!(town.engine.changes(TENANT).await.unwrap().len(), 2, "it is not decided");
    // Whoever takes it away for then as well needs nobody.
    assert_eq!(alone(&town, &seated("2026-05-20", "auditor", ONE)).await, (0, None));
    assert_eq!(alone(&town, &away).await, (0, None));
    town.clock.advance(10 * DAY);
    town.engine.renew(TENANT).await.unwrap();
    let setting = town.engine.setting(TENANT).unwrap();
    assert_eq!(setting.policy.org.members[&MemberId::new("auditor")].seats.len(), 1);
}

#[tokio::test]
async fn a_seat_that_two_agreed_to_for_later_reaches_no_further_by_what_one_decides_before_it() {
    let town = Town::new().await;
    town.change(WATCH).await;
    town.change(&seated("2026-05-20", "inspector-2", WATCHING)).await;
    assert_eq!(town.engine.changes(TENANT).await.unwrap()[1].agreed.len(), 1);
    assert_eq!(alone(&town, &renamed("2026-05-16", "watch")).await, (0, None), "a name is no matter");
    let wider = moved("2026-05-16", "990101");
    assert_eq!(alone(&town, &wider).await, (1, Some(2)));
    // Once two have agreed to that too, it is not asked again.
    town.engine.approve_grant(TENANT, &town.actor("administrator-2"), 2).await.unwrap();
    assert_eq!(alone(&town, &renamed("2026-05-17", "gas-company")).await, (0, None));
}

#[tokio::test]
async fn nobody_agrees_to_a_seat_that_reaches_further_by_now_than_when_it_was_asked_for() {
    let town = Town::new().await;
    let other = town.actor("administrator-2");
    town.change(WATCH).await;
    let seat = seated("2026-05-20", "inspector-2", WATCHING);
    assert_eq!(alone(&town, &seat).await, (1, Some(1)));
    assert_eq!(alone(&town, &moved("2026-05-16", "990101")).await, (0, None), "nobody sits there");
    let refused = town.engine.approve_grant(TENANT, &other, 1).await.unwrap_err();
    assert_eq!(refused.code(), "seats_since");
    assert_eq!(town.engine.grants(TENANT).await.unwrap()[0].state, State::Waiting);
    assert_eq!(town.engine.changes(TENANT).await.unwrap().len(), 2);
    assert_eq!(alone(&town, &seat).await, (1, Some(2)));
    town.engine.approve_grant(TENANT, &other, 2).await.unwrap();
}

#[tokio::test]
async fn what_two_decided_before_marks_were_kept_is_agreed_to_once_more_with_what_comes_before_it() {
    let town = Town::new().await;
    let (other, at) = (town.actor("administrator-2"), town.now().plus_ms(8 * DAY));
    let decided = json!({
        "by": "administrator", "agreed_by": "administrator-2", "decided_at": 0, "at": at.0, "reason": "r", "edits": [],
        "change": seated("2026-05-20 09:00", "auditor", BOTH),
    });
    let waiting = json!({
        "kind": "asked", "by": "administrator", "at": town.now().0, "reason": "r", "grants": ["核查员甲"], "edits": [],
        "change": seated("2026-05-14", "inspector-1", "[\"inspection:inspector\", \"centre-east:auditor\"]"),
    });
    for (kind, body) in [("organisation", decided), ("grants", waiting)] {
        let it = Installed {
            kind: kind.into(),
            version: "00000001".into(),
            hash: [1; 32],
            effective_at: at,
            installed_at: town.now(),
            body: body.to_string(),
        };
        assert!(town.engine.store().install(TENANT, &it).await.unwrap(), "{kind}");
    }
    // Nobody knows how far it reached when it was asked for.
    let refused = town.engine.approve_grant(TENANT, &other, 1).await.unwrap_err();
    assert_eq!(refused.code(), "seats_since");
    town.engine.reject_grant(TENANT, &other, 1, "asked for anew").await.unwrap();
    assert_eq!(alone(&town, &renamed("2026-05-16", "gas-company")).await, (1, Some(2)));
    assert_eq!(alone(&town, &renamed("2026-05-21", "gas-company")).await, (0, None), "it comes after it");
    town.engine.approve_grant(TENANT, &other, 2).await.unwrap();
    assert_eq!(alone(&town, &renamed("2026-05-17", "gas-company")).await, (0, None));
}

#[tokio::test]
async fn a_grant_whose_change_cannot_be_written_down_stays_open() {
    let town = Town::new().await;
    assert_eq!(alone(&town, SEAT).await, (1, Some(1)));
    let at = town.now().plus_ms(8 * DAY);
    let decided = json!({
        "by": "administrator", "decided_at": 0, "at": at.0, "reason": "r", "edits": [],
        "change": renamed("2026-05-20 09:00", "gas-company"),
    });
    // The only entry has the second number: the next one's is taken, however often it is tried.
    let it = Installed {
        kind: "organisation".into(),
        version: "00000002".into(),
        hash: [1; 32],
        effective_at: at,
        installed_at: town.now(),
        body: decided.to_string(),
    };
    assert!(town.engine.store().install(TENANT, &it).await.unwrap());
    let refused = town.engine.approve_grant(TENANT, &town.actor("administrator-2"), 1).await.unwrap_err();
    assert_eq!(refused.code(), "busy");
    assert_eq!(town.engine.grants(TENANT).await.unwrap()[0].state, State::Waiting);
    assert_eq!(town.engine.changes(TENANT).await.unwrap().len(), 1);
}

/// Every seat, and the areas that it opens where it is an auditor's.
fn opened(town: &Town) -> BTreeSet<String> {
    let setting = town.engine.setting(TENANT).unwrap();
    let org = &setting.policy.org;
    let mut all = BTreeSet::new();
    for member in org.members.values() {
        for seat in &member.seats {
            let unit = &org.units[&seat.unit];
            let inside = |area: &&Area| {
                seat.role == Role::Auditor && org.ancestors(&area.code).any(|around| around.code == unit.area)
            };
            let whose = format!("{} {} {:?}", member.id, seat.unit, seat.role);
            all.extend(org.areas.values().filter(inside).map(|area| format!("{whose} {}", area.code)));
            all.insert(whose);
        }
    }
    all
}

#[tokio::test]
async fn whatever_one_administrator_decides_for_whichever_days_nobody_comes_to_hold_more() {
    let town = Town::new().await;
    town.change(WATCH).await;
    for member in ["inspector-1", "inspector-2"] {
        town.change(&seated("2026-05-12 09:00", member, WATCHING)).await;
    }
    let mut held = opened(&town);
    // The same numbers in every run, by which changes that gave too much were decided before.
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut asked = 0;
    for _ in 0..12 {
        let at = format!("2026-05-{}", 13 + next(5));
        let (of, way) = (next(3), next(6));
        let text = match (of, way % 2, way % 3) {
            (2, _, 0) => moved(&at, "990101001001"),
            (2, _, 1) => moved(&at, "990101001"),
            (2, _, _) => moved(&at, "990101"),
            (_, 0, _) => seated(&at, &format!("inspector-{}", of + 1), WATCHING),
            _ => seated(&at, &format!("inspector-{}", of + 1), NOT_WATCHING),
        };
        asked += usize::from(alone(&town, &text).await.1.is_some());
    }
    assert!((1..12).contains(&asked), "{asked} of 12 were asked for");
    for day in 13..18 {
        town.clock.advance(DAY);
        town.engine.take_up(TENANT).await.unwrap();
        let now = opened(&town);
        assert!(now.is_subset(&held), "on day {day}: {:?}", now.difference(&held).collect::<Vec<_>>());
        held = now;
    }
}
