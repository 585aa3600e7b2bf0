//! The tables that a pack may leave out: steps, roster, templates, catalogues by level, roles and sizes. What they
//! change, what is told where they are wrong, and the lint's rules for them.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;

use crate::edited::{edited, problems};
use huying_model::{actor::Role, steps::StepName};
use huying_pack::{lint, load, scenario};

/// File, edit, then where and what is told.
const MISTAKES: &[(&str, &str, &str, &str, &str)] = &[
    ("tracks.csv", "Key work,district", "Key work,county", "level", "not among the levels"),
    ("tracks.csv", "Key work,district", "Key work,", "level", "other tracks name the level"),
    ("matters.csv", "own,street/daily", "own,street/weekly", "also", "does not exist"),
    ("matters.csv", "own,street/daily", "own,street/daily;street/daily", "also", "both belong"),
    ("matters.csv", "own,street/daily", "own,city/facility", "also", "level district"),
    ("matters.csv", "elder-card,yes", "elder-crad,yes", "reply", "templates.csv"),
    ("matters.csv", "elder-card,yes", "merged,yes", "reply", "kind reply"),
    ("matters.csv", "elder-card,yes", "elder-card,maybe", "made_up", "yes or no"),
    ("roster.csv", "mediation-west,", "mediation-north,", "unit", "units.csv"),
    ("roster.csv", "daily", "dayly", "days", "mon-fri"),
    ("roster.csv", "daily", "", "days", "empty"),
    ("roster.csv", "daily,", "daily,08:00-8:00", "hours", "22:00-06:00"),
    ("roster.csv", " handler-mediation-east", " handler-east", "members", "members.csv"),
    ("roster.csv", "handler-mediation-west handler", "handler", "members", "no seat in mediation-west"),
    ("roster.csv", "members\n", "people\n", "people", "unknown"),
    ("steps.csv", "call_back", "callback", "step", "inspect"),
    ("steps.csv", "people/work/*", "people/work/x", "matter", "fits no matter"),
    ("steps.csv", ",yes", ",", "needed", "empty"),
    ("steps.csv", "upper_platform", "above", "source", "upper_platform"),
    ("public.csv", "city/order/vendor", "city/order/none", "matter", "fits no matter"),
    ("public.csv", ",batch,", ",weekly,", "offer", "realtime"),
    ("public.csv", "gas,no,", "gas,maybe,", "public", "yes or no"),
    ("public.csv", "safety/hazard/gas,no,none", "safety/dispute/*,yes,", "matter", "never public"),
    ("public.csv", "offer,", "offered,", "offered", "unknown"),
    ("attributes.csv", "streetlight,POLE", "lamp,POLE", "matter", "fits no matter"),
    ("attributes.csv", ",POLE,", ",灯杆,", "code", "hyphens"),
    ("attributes.csv", ",POLE,", ",condition,", "code", "platform itself"),
    ("attributes.csv", ",COUNT,number,", ",COUNT,amount,", "datatype", "singlevaluelist"),
    ("attributes.csv", "灯杆编号,", ",", "question", "empty"),
    ("attributes.csv", "road=路边;yard=小区内,", ",", "values", "key=name"),
    ("attributes.csv", "road=路边;yard", "road=路边;road", "values", "twice"),
    ("attributes.csv", "road=路边;yard=小区内,", "路边,", "values", "no value"),
    ("attributes.csv", "几盏？,How many?,,,,", "几盏？,How many?,,,a=b,", "values", "no list"),
    ("attributes.csv", "is live.,,", "is live.,yes,", "required", "wants no answer"),
    ("templates.csv", "merged,", "mergd,", "id", "merged"),
    ("templates.csv", "message", "mail", "kind", "reply"),
    ("templates.csv", "由{unit}负责", "由{who}负责", "zh", "{unit}"),
    ("templates.csv", "at {place} (", "at {place (", "en", "partner"),
    ("templates.csv", "elder-card,reply", "merged,reply", "id", "twice"),
    ("pack.toml", "[roles.grid_worker]", "[roles.gridworker]", "roles.gridworker", "grid_worker"),
    ("pack.toml", "name = \"专职网格员\"\n", "", "roles.grid_worker.name", "missing"),
    ("pack.toml", "level = \"grid\"\nmin", "level = \"cell\"\nmin", "grids[1].level", "not among the levels"),
    (
        "pack.toml",
        "min_households = 200",
        "min_households = 900",
        "grids[1].min_households",
        "more than the most",
    ),
    ("pack.toml", "min_households = 200", "households = 200", "grids[1].households", "unknown"),
];

#[test]
fn every_mistake_in_these_tables_is_told_with_line_column_and_mend() {
    let mut missed = String::new();
    for (file, old, new, field, part) in MISTAKES {
        let told = problems(&[(file, old, new)]);
        let list = told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let found = told.iter().find(|problem| problem.file == *file && problem.field == *field);
        if !found.is_some_and(|it| it.line > 0 && it.column > 0 && it.to_string().contains(part)) {
            missed += &format!("{file}: '{old}' → '{new}' wanted ({field}) …{part}…, told:\n{list}\n");
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

/// Rule of the lint, the edits that break it, and a part of its example.
type Breach = (&'static str, &'static [(&'static str, &'static str, &'static str)], &'static str);

const BREACHES: &[Breach] = &[
    (
        "tie",
        &[("steps.csv", "call_back,", "call_back,people/work/*,upper_platform,,no\ncall_back,")],
        "people/work/key-task from upper_platform",
    ),
    (
        "tie",
        &[("steps.csv", "call_back,", "inspect,*/facility/*,,,no\ninspect,city/facil*,,,yes\ncall_back,")],
        "",
    ),
    (
        "shadowed",
        &[("steps.csv", "call_back,", "call_back,people/work/key-task,,,no\ncall_back,")],
        "people/work/*",
    ),
    // The night between a day without work and a working day is nobody's.
    (
        "roster-hole",
        &[("roster.csv", "daily,,", "holiday,,handler-mediation-west\nmediation-west,workday,08:00-24:00,")],
        "00:00",
    ),
    ("roster-hole", &[("roster.csv", "daily,,", "mon-sat,,")], "Sunday"),
    ("roster-hole", &[("roster.csv", "daily,,", "workday,,")], "a day without work"),
    ("unused-reply", &[("matters.csv", ",elder-card,yes", ",,yes")], ""),
    (
        "oversized",
        &[("pack.toml", "max_households = 500", "max_households = 450")],
        "990101002001002 with 500",
    ),
    (
        "undersized",
        &[("pack.toml", "min_households = 200", "min_households = 301")],
        "990101001001001 with 300",
    ),
    ("unsized", &[("pack.toml", "level = \"grid\"\nmin", "level = \"street\"\nmin")], ""),
];

#[test]
fn every_lint_rule_of_these_tables_is_broken_by_a_pack_and_shows_an_example() {
    for (rule, edits, example) in BREACHES {
        let (_folder, pack) = edited(edits);
        let report = lint(&pack);
        let found = report.findings.iter().find(|finding| finding.rule == *rule);
        assert!(
            found.is_some_and(|it| it.example.contains(example) && it.problem.line > 0),
            "{rule} by {edits:?}:\n{report}"
        );
    }
}

#[test]
fn hours_at_which_no_case_can_come_are_no_hole() {
    // Mediation is only asked in working hours here, and its post keeps to them.
    let rows = [
        ("roster.csv", "daily,,", "workday,08:00-18:00,"),
        (
            "routes.csv",
            "R-07,safety/dispute/*,,,,mediation@street",
            "R-07,safety/dispute/*,,,working,mediation@street",
        ),
        (
            "routes.csv",
            "R-08,safety/dispute/*,police_call,,,mediation@street",
            "R-08,safety/dispute/*,police_call,,working,mediation@street",
        ),
    ];
    let (_folder, pack) = edited(&rows);
    let report = lint(&pack);
    assert!(report.findings.iter().all(|finding| finding.rule != "roster-hole"), "{report}");
}

#[test]
fn each_level_has_a_catalogue_of_its_own_over_the_same_matters() {
    let (_folder, folder) = edited(&[]);
    let pack = load(&folder).unwrap();
    let shown: Vec<_> = pack
        .catalogues()
        .iter()
        .map(|it| (it.level.unwrap().to_string(), it.boards.len(), it.tracks(), it.matters.len()))
        .collect();
    assert_eq!(shown, [("district".into(), 3, 6, 10), ("street".into(), 1, 1, 3)]);
    let report = lint(&folder);
    for (name, count) in [
        ("boards of the district catalogue", 3),
        ("tracks of the street catalogue", 1),
        ("matters of the street catalogue", 3),
        ("matters with made-up names", 4),
    ] {
        assert_eq!(report.count(name), count, "{name}");
    }
    // Without levels there is one catalogue with everything in it.
    let rows = fs::read_to_string(folder.join("tracks.csv")).unwrap();
    let plain = rows.replace(",district\n", ",\n").replace(",street\n", ",\n");
    fs::write(folder.join("tracks.csv"), plain).unwrap();
    let rows = fs::read_to_string(folder.join("matters.csv")).unwrap();
    fs::write(folder.join("matters.csv"), rows.replace("street/daily", "")).unwrap();
    let pack = load(&folder).unwrap();
    let only = pack.catalogues();
    assert_eq!((only.len(), only[0].level, only[0].boards.len(), only[0].matters.len()), (1, None, 4, 10));
}

#[test]
fn roles_and_replies_have_the_words_of_the_authority() {
    let (_folder, folder) = edited(&[]);
    let pack = load(&folder).unwrap();
    assert_eq!(pack.role(Role::GridWorker).zh, "专职网格员");
    assert_eq!(pack.role(Role::Leader).en, "Leader");
    let reply = pack.reply(&"people/service/elder-card".into()).unwrap();
    assert!(reply.zh.contains("{place}") && reply.en.contains("{matter}"));
    assert_eq!(pack.reply(&"city/order/parking".into()), None);
    let step = |source| {
        let rules = &pack.policy.current;
        rules.needs(StepName::CallBack, Some(&"people/work/key-task".into()), source, Default::default())
    };
    use huying_model::catalogue::Source;
    assert_eq!((step(Source::UpperPlatform), step(Source::Resident)), (true, false));
}

/// A dispute in the west that the given member receives at the given hour.
fn dispute(by: &str, at: &str) -> String {
    format!(
        "title = \"deputy\"\nbegins = \"2024-03-05 10:00\"\n\
         [[step]]\nby = \"acceptor-west\"\ndo = \"report\"\n\
         with = {{ matter = \"safety/dispute/neighbours\", source = \"walk_in\", place = \"990101002001001\" }}\n\
         [[step]]\nby = \"handler-station-riverbend\"\ndo = \"file\"\n\
         [[step]]\nby = \"dispatcher-west\"\ndo = \"dispatch\"\n[step.expect]\nlead = \"mediation-west\"\n\
         [[step]]\nat = \"{at}\"\nby = \"{by}\"\ndo = \"receive\"\nwith = {{ unit = \"mediation-west\" }}\n"
    )
}

#[test]
fn a_deputy_acts_for_the_unit_while_on_duty_and_not_before_or_after() {
    let (_folder, folder) = edited(&[("roster.csv", "daily,", "workday,11:00-12:00")]);
    let told = |by: &str, at: &str| {
        fs::write(folder.join("scenarios/deputy.toml"), dispute(by, at)).unwrap();
        let report = scenario::test(&folder).unwrap();
        (report.failed(), report.to_string())
    };
    for (by, at, failed) in [
        ("handler-mediation-west", "2024-03-05 10:30", 0),
        ("handler-mediation-east", "2024-03-05 11:30", 0),
        ("handler-mediation-east", "2024-03-05 10:30", 1),
        ("handler-order-west", "2024-03-05 11:30", 1),
    ] {
        let (found, text) = told(by, at);
        assert_eq!(found, failed, "{by} at {at}: {text}");
    }
}

#[test]
fn what_is_public_is_what_the_rows_say_and_a_dispute_never_is() {
    use huying_pack::public::{Offer, Service};
    let pack = load(
        edited(&[("public.csv", "city/order/vendor,,batch,", "*,yes,realtime,\ncity/order/vendor,no,,")]).1,
    )
    .unwrap();
    let service = |code: &str| {
        let matter =
            pack.policy.current.matters.values().find(|matter| matter.code.as_str() == code).unwrap();
        pack.public.service(matter)
    };
    let is = |public, offer| Service { public, offer };
    assert_eq!(service("city/facility/litter"), is(true, Offer::Realtime));
    assert_eq!(service("city/order/vendor"), is(false, Offer::Blackbox), "what nobody sees nobody follows");
    assert_eq!(service("people/service/elder-card"), is(true, Offer::Blackbox));
    assert_eq!(service("people/work/key-task"), is(true, Offer::Realtime));
    assert_eq!(service("safety/dispute/neighbours"), is(false, Offer::None));
    let plain = load(edited(&[]).1).unwrap();
    let task =
        plain.policy.current.matters.values().find(|matter| matter.code.as_str() == "people/work/key-task");
    assert_eq!(plain.public.service(task.unwrap()), is(false, Offer::None), "without a row");
}
