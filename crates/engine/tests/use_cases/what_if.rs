//! A version beside past cases as the running product asks it: what each case ran by, the organisation of today, and the facts
//! that are not replayed.

use crate::founded;
use crate::town;

use founded::{book, file, founded, starter};
use huying_engine::Error;
use huying_model::{
    Name,
    book::{Act, No, Of},
};
use huying_pack::whatif::Report;
use serde_json::json;
use town::{TENANT, Town, draft};

const DAY: i64 = 86_400_000;

/// A later version under which piled-up rubbish is promised in a day.
fn faster(version: &str) -> huying_pack::Files {
    let line = format!("version = \"{version}\"");
    starter(&[
        ("pack.toml", "version = \"starter-1\"", &line),
        ("conditions.csv", "清理,1天,2天", "清理,4小时,1天"),
    ])
}

fn propose(version: &str) -> Act {
    Act::Propose { version: version.into(), from: None, reason: "r".into(), confirmed: None }
}

async fn asked(town: &Town, draft: &str, baseline: Option<&str>) -> Report {
    let (by, base) = (town.actor("administrator"), baseline.map(Into::into));
    town.engine.what_if(TENANT, &by, &draft.into(), base.as_ref()).await.unwrap()
}

#[tokio::test]
async fn each_case_is_compared_with_what_it_ran_by_and_all_with_a_baseline_that_is_named() {
    let town = founded(&starter(&[])).await;
    file(&town, "按旧版").await;
    let by = town.actor("administrator");
    town.engine.draft(TENANT, &by, faster("starter-2"), "rubbish goes faster").await.unwrap();
    book(&town, "administrator", propose("starter-2")).await.unwrap();
    book(&town, "administrator-2", Act::Approve { no: 1 }).await.unwrap();
    file(&town, "按新版").await;
    let report = asked(&town, "starter-2", None).await;
    assert_eq!((report.cases, report.count("promise")), (2, 1), "only the one of the older version");
    assert_eq!(report.baseline, ["starter-1", "starter-2"].map(Into::into));
    let read = report.read.unwrap();
    assert!(read.entries == read.of && read.of >= 4, "{read:?}");
    assert_eq!(asked(&town, "starter-2", Some("starter-1")).await.count("promise"), 2);
    let refused = |member: &str, version: &str| {
        let (engine, actor, version) = (town.engine.clone(), town.actor(member), version.into());
        async move { engine.what_if(TENANT, &actor, &version, None).await.unwrap_err() }
    };
    assert_eq!(refused("leader-district", "starter-2").await, Error::Book(No::AdministratorsOnly));
    assert_eq!(refused("administrator", "nothing").await, Error::Book(No::UnknownVersion));
}

#[tokio::test]
async fn cases_in_which_distance_chooses_among_several_are_counted_and_said() {
    let second = (
        "units.csv",
        "traffic-east,",
        "traffic-near,东街道第二交巡警岗,East Street Second Post,post,traffic-police,990101001,dept-police\ntraffic-east,",
    );
    let by_distance = ("pack.toml", "[allowances]", "[facts]\norder = \"nearest\"\n\n[allowances]");
    let town = founded(&starter(&[second, by_distance])).await;
    town.report(draft("city/order/parking", "违停")).await;
    file(&town, "垃圾").await;
    let report = asked(&town, "starter-1", Some("starter-1")).await;
    assert_eq!((report.cases, report.changed, report.by_facts), (2, 0, 1));
    let told = huying_pack::whatif::text::write(&report, huying_pack::told::Lang::En);
    assert!(told.contains("In 1 cases the choice among equals is by facts"), "{told}");
    let plain = founded(&starter(&[second])).await;
    plain.report(draft("city/order/parking", "违停")).await;
    assert_eq!(asked(&plain, "starter-1", None).await.by_facts, 0, "without an order the first is meant");
}

#[tokio::test]
async fn a_draft_from_an_old_folder_brings_closed_units_back_only_with_a_reason() {
    let town = founded(&starter(&[])).await;
    let by = town.actor("administrator");
    let change = "at = \"2026-05-13\"\nreason = \"moved\"\n[[close_unit]]\nunit = \"mediation-west\"\n\
                  [[add_unit]]\nid = \"mediation-new\"\nname = \"西街道调解室\"\nkind = \"post\"\nfunction = \"mediation\"\narea = \"990101002\"\n\
                  [[seats]]\nmember = \"handler-mediation-west\"\nseats = [\"mediation-new:handler\"]\n\
                  [[seats]]\nmember = \"auditor\"\nseats = [\"centre-east:auditor\", \"centre:auditor\"]\n";
    town.change(change).await;
    town.engine.draft(TENANT, &by, faster("early"), "before it holds").await.unwrap();
    let found = |version: &'static str| {
        let engine = town.engine.clone();
        async move {
            let book = engine.policy_book(TENANT).await.unwrap();
            book.version(&version.into()).unwrap().found.clone().unwrap()
        }
    };
    assert_eq!(found("early").await.returns, [], "such a draft meets the change at its instant");
    town.clock.advance(DAY);
    town.engine.renew(TENANT).await.unwrap();
    town.engine.draft(TENANT, &by, faster("late"), "from an old folder").await.unwrap();
    let returns = found("late").await.returns;
    let told: Vec<(Of, &str, Option<&str>)> =
        returns.iter().map(|one| (one.of, one.id.as_str(), one.to.as_deref())).collect();
    assert_eq!(
        told,
        [
            (Of::Unit, "mediation-west", None),
            (Of::Member, "auditor", Some("centre-east:auditor centre:auditor")),
            (Of::Member, "handler-mediation-west", Some("mediation-new:handler")),
        ]
    );
    assert_eq!(book(&town, "administrator", propose("early")).await, Ok(()));
    assert_eq!(book(&town, "administrator", propose("late")).await, Err(No::BringsBack));
    let confirm = |reason: &str| Act::Propose {
        version: "late".into(),
        from: None,
        reason: "r".into(),
        confirmed: Some(reason.into()),
    };
    assert_eq!(book(&town, "administrator", confirm(" ")).await, Err(No::ReasonMissing));
    assert_eq!(book(&town, "administrator", confirm("the room is free again")).await, Ok(()));
    let kept = town.engine.policy_book(TENANT).await.unwrap().proposals[1].clone();
    assert_eq!(kept.confirmed.as_deref(), Some("the room is free again"));
    // Tables that say the same as the change bring nothing back.
    let today = starter(&[
        ("pack.toml", "version = \"starter-1\"", "version = \"today\""),
        ("units.csv", "mediation-west,", "mediation-new,"),
        ("roster.csv", "mediation-west,", "mediation-new,"),
        ("members.csv", "mediation-west:handler", "mediation-new:handler"),
        ("members.csv", "centre:auditor", "centre:auditor centre-east:auditor"),
    ]);
    town.engine.draft(TENANT, &by, today, "from today's tables").await.unwrap();
    assert_eq!(found("today").await.returns, []);
}

#[tokio::test]
async fn a_draft_on_which_a_decided_change_cannot_be_made_is_not_clean() {
    let town = founded(&starter(&[])).await;
    let change = "at = \"2026-05-20\"\nreason = \"r\"\n[[seats]]\nmember = \"auditor\"\nseats = [\"centre-east:auditor\", \"centre:auditor\"]\n";
    town.change(change).await;
    // The change gives no name: it needs the member to be there.
    let without = starter(&[("members.csv", "auditor,审计员,Auditor", "auditor-2,审计员,Auditor")]);
    let (_, examined) = town.engine.examine(TENANT, without).await.unwrap();
    let first = &examined.found.findings[0];
    assert_eq!((first.error, first.rule.as_str(), first.line), (true, "coming-change", 4), "{first:?}");
    assert!(!examined.found.clean() && examined.found.lint.contains("no member 'auditor'"));
}

#[tokio::test]
async fn a_case_that_was_dispatched_is_asked_as_of_its_dispatch() {
    let town = founded(&starter(&[])).await;
    let case = file(&town, "垃圾").await;
    town.say("dispatcher-east", case, Name::Dispatch, json!({"lead": "dept-works"})).await;
    let report = asked(&town, "starter-1", None).await;
    assert_eq!((report.cases, report.changed), (1, 0));
}
