//! Who may give which command: `roles.csv`, written by hand from the domain (§1 and §2) and not from the rules.
//!
//! A case is drawn up in which every relation that a unit can have to it is another unit's. Every role of every such unit is
//! offered every command in every stage that knows it, and `decide` has to let pass exactly those that stand in the file.
//! `docs/life-cycle.md` prints it, and the census of sight asks the running server by it.

use std::collections::BTreeSet;

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Name, Policy, Refusal, Stage,
    actor::Role,
    case::{
        Assignment, Attention, CallState, Difficult, HelpCall, Part, Place, Reporter, Request, RequestKind,
        Trace,
    },
    catalogue::{Outcome, Urgency},
    command::{Joined, Report, Resolve},
    decide::decide,
    event::Times,
    table,
};

use crate::town::{MORNING, filing, member, member_id, part, policy, reporter, sealed, unit};

const WRITTEN: &str = include_str!("roles.csv");
/// Each relation to the case, and the town's unit that alone has it. `spot` is the team of the cell.
const WHERE: [(&str, &str); 13] = [
    ("custodian", "station-1"),
    ("centre", "centre-1"),
    ("above", "centre-d"),
    ("lead", "law-1"),
    ("assist", "market-1"),
    ("callee", "fire-1"),
    ("caller", "health-1"),
    ("approver", "police-1"),
    ("fallback", "urban"),
    ("attendant", "traffic-1"),
    ("tracer", "mediation"),
    ("spot", "team-1"),
    ("elsewhere", "planning"),
];
/// What only the platform gives: nobody may.
const PLATFORM: [Name; 13] = [
    Name::Begin,
    Name::Tick,
    Name::Rehome,
    Name::Veto,
    Name::Repin,
    Name::Retime,
    Name::Resettle,
    Name::Absorb,
    Name::Release,
    Name::Cap,
    Name::ChildEnded,
    Name::ParentEnded,
    Name::ChildUnsolved,
];

/// A line of the file: the command, when it holds, where the unit stands, and the roles.
pub struct Written {
    pub command: &'static str,
    /// A stage, `difficult` for the procedure of that name, or `any`.
    pub when: &'static str,
    /// A relation of [`WHERE`], `anywhere`, or `reporter`.
    pub at: &'static str,
    /// Role codes, or `all`.
    pub roles: &'static str,
}

pub fn written() -> Vec<Written> {
    let read = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [command, when, at, roles] = fields[..] else { panic!("four fields in {line}") };
        Written { command, when, at, roles }
    };
    WRITTEN.lines().skip(1).map(read).collect()
}

fn code(role: Role) -> String {
    serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()
}

/// Who stands in the file for this command at this moment, as `relation role`.
fn expected(name: Name, when: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in written().iter().filter(|line| line.command == name.code()) {
        if line.when != when && (line.when != "any" || when == "difficult") {
            continue;
        }
        if line.at == "reporter" {
            found.insert("reporter -".to_owned());
            continue;
        }
        let at: Vec<&str> =
            WHERE.iter().map(|(at, _)| *at).filter(|at| line.at == "anywhere" || line.at == *at).collect();
        let roles: Vec<String> = Role::ALL
            .into_iter()
            .map(code)
            .filter(|role| line.roles == "all" || line.roles.split(' ').any(|of| of == role))
            .collect();
        assert!(!at.is_empty() && !roles.is_empty(), "{} at {}: nobody is that", line.command, line.at);
        found.extend(at.iter().flat_map(|at| roles.iter().map(move |role| format!("{at} {role}"))));
    }
    found
}

/// The case in which every relation is another unit's.
fn drawn_up(stage: Stage, name: Name, when: &str) -> Case {
    if matches!(name, Name::Report | Name::Begin) {
        return Case::blank(CaseId(1));
    }
    let state = if name == Name::Receive { Part::Sent } else { Part::Received };
    let assigned = |id: &str, lead: bool| Assignment {
        unit: unit(id),
        lead,
        part: state,
        external: None,
        officer: None,
        co_officers: Vec::new(),
        arrived: false,
        exempt: false,
    };
    let call = |no: u16, state: CallState| HelpCall {
        no,
        caller: unit("health-1"),
        callee: unit("fire-1"),
        rung: 0,
        state,
        stars: None,
    };
    let request = Request {
        no: 1,
        kind: RequestKind::Exemption,
        unit: unit("law-1"),
        by: member_id("law-1", Role::Handler),
        approver: unit("police-1"),
        until: None,
    };
    let attention =
        Attention { unit: unit("traffic-1"), causes: Vec::new(), acknowledged: false, auditor: false };
    Case {
        id: CaseId(1),
        number: "T-1".into(),
        version: 9,
        stage,
        custodian: unit("station-1"),
        centre: unit("centre-1"),
        place: Place { area: Some("G1".into()), ..Place::default() },
        matter: Some("home/staircase".into()),
        condition: Some(1),
        received_at: MORNING,
        filed_at: Some(MORNING),
        reporters: vec![Reporter { no: 0, reachable: true, withdrawn: false }],
        assignments: vec![assigned("law-1", true), assigned("market-1", false)],
        calls: vec![call(1, CallState::Open), call(2, CallState::Answered)],
        requests: vec![request],
        attention: Some(attention),
        difficult: (when == "difficult").then(|| Difficult { fallback: unit("urban"), convened: true }),
        traces: vec![Trace { no: 1, unit: unit("mediation"), done: false }],
        ..Case::default()
    }
}

/// A command as somebody of this unit would give it.
fn command(name: Name, own: &str) -> Command {
    use Command as C;
    let (words, reason, other) = (Some(sealed("w")), sealed("r"), CaseId(99));
    let filing = filing("home/staircase", 1);
    match name {
        Name::Report => C::Report { report: Box::new(Report::default()) },
        Name::File => C::File { filing, urgency: None },
        Name::Decline => C::Decline { reason },
        Name::Verify => C::Verify { words },
        Name::Verified => C::Verified { is_true: true, filing: None, words, evidence: vec![] },
        Name::SelfHandle => C::SelfHandle { filing, done: false, words, evidence: vec![] },
        Name::CannotSolve => C::CannotSolve { reason },
        Name::Dispatch => C::Dispatch { lead: unit("housing"), assists: vec![], routing: None },
        Name::Rule => C::Rule { lead: unit("housing"), assists: vec![], reason },
        Name::PushDown => C::PushDown { to: unit("centre-1"), reason: None },
        Name::Raise => C::Raise { reason },
        Name::Return => C::Return { reason },
        Name::Recall => C::Recall { reason },
        Name::Reassign => C::Reassign { lead: unit("housing"), reason },
        Name::TakeOver => C::TakeOver { unit: unit(own), reason: None },
        Name::Receive => C::Receive { unit: unit(own) },
        Name::Arrive => C::Arrive { unit: unit(own) },
        Name::Progress => C::Progress { unit: unit(own), words: reason },
        Name::Appoint => {
            let officer = member_id(own, Role::Handler);
            C::Appoint { unit: unit(own), officer, co_officers: vec![] }
        }
        Name::AddAssist => C::AddAssist { unit: unit("housing") },
        Name::EndAssist => C::EndAssist { unit: unit("market-1"), done: false, reason: Some(reason) },
        Name::Attach => C::Attach { evidence: vec![], words },
        Name::Milestone => C::Milestone { name: "half".into() },
        Name::Finish => C::Finish { outcome: Outcome::Explained, reason: Some(reason), evidence: vec![] },
        Name::Pass => C::Pass { words },
        Name::Fail => C::Fail { reason },
        Name::Nominate => C::Nominate { member: member_id("planning", Role::Inspector) },
        Name::RecordCallback => C::RecordCallback {
            case: CaseId(1),
            reporter: 0,
            reached: true,
            solved: Some(true),
            satisfied: None,
            words,
        },
        Name::Close => C::Close { words },
        Name::Rework => C::Rework { reason },
        Name::Conclude => C::Conclude { outcome: Outcome::Explained, reason },
        Name::Reopen => C::Reopen { reason },
        Name::Object => C::Object { reason },
        Name::Rate => C::Rate { stars: 4, words },
        Name::Withdraw => C::Withdraw { reason: None },
        Name::Merge => C::Merge { into: other },
        Name::Unmerge => C::Unmerge { reason },
        Name::Split => C::Split { parts: vec![part(11, "housing"), part(12, "planning")] },
        Name::Relocate => {
            C::Relocate { place: Place { area: Some("G2".into()), ..Place::default() }, address: None }
        }
        Name::Reclassify => C::Reclassify { filing },
        Name::SetUrgency => C::SetUrgency { urgency: Urgency::Red, reason: None },
        Name::Comment => C::Comment { words: reason },
        Name::Note => C::Note { words: reason },
        Name::Supplement => C::Supplement { words, evidence: vec![], informant: None },
        Name::AskReporter => C::AskReporter { question: reason },
        Name::Supervise => C::Supervise { words: reason },
        Name::Acknowledge => C::Acknowledge { words },
        Name::Redact => C::Redact { event: 1, reason: "name".into() },
        Name::Publish => C::Publish { words, files: vec![] },
        Name::Call => C::Call { callee: None, words: reason },
        Name::Answer => C::Answer { no: 1, words: reason },
        Name::RateAnswer => C::RateAnswer { no: 2, stars: 3 },
        Name::Request => C::Request { kind: RequestKind::Exemption, until: None, reason },
        Name::Grant => C::Grant { no: 1, words },
        Name::Refuse => C::Refuse { no: 1, reason },
        Name::Suspend => C::Suspend { until: MORNING.plus_ms(60_000), reason },
        Name::Resume => C::Resume { reason: None },
        Name::MarkDifficult => C::MarkDifficult { reason },
        Name::Convene => C::Convene { at: MORNING, units: vec![unit("housing")] },
        Name::Decide => C::Decide { resolve: Resolve::Explain, reason },
        Name::FollowUp => C::FollowUp { unit: unit("law-1"), words },
        Name::FollowedUp => C::FollowedUp { no: 1, words },
        platform => platforms(platform),
    }
}

/// What only the platform gives.
fn platforms(name: Name) -> Command {
    use Command as C;
    let other = CaseId(99);
    match name {
        Name::Begin => C::Begin {
            parent: other,
            part: Box::new(part(1, "housing")),
            report: Box::new(Report::default()),
            centre: unit("centre-1"),
            filing: filing("home/staircase", 1),
            cap: None,
        },
        Name::Rehome => C::Rehome { from: unit("station-1"), to: unit("centre-d") },
        Name::Veto => C::Veto { unit: unit("team-1") },
        Name::Repin => C::Repin { to: "town-1".into() },
        Name::Retime => C::Retime,
        Name::Resettle => C::Resettle { area: Some("G1".into()) },
        Name::Absorb => {
            let child = Joined { case: other, promise: None, lead: None, reporters: vec![], hazard: false };
            C::Absorb { child }
        }
        Name::Release => C::Release { child: other },
        Name::Cap => C::Cap { cap: MORNING },
        Name::ChildEnded => C::ChildEnded { child: other },
        Name::ParentEnded => C::ParentEnded { outcome: Outcome::Void, void: false },
        Name::ChildUnsolved => C::ChildUnsolved { child: other },
        _ => C::Tick,
    }
}

/// Whether the actor may, whatever else the rules say to the command.
fn may(policy: &Policy, case: &Case, actor: &Actor, command: &Command) -> bool {
    let related = |_: CaseId| None;
    let cx = Cx { policy, actor, times: Times::at(MORNING), related: &related };
    !matches!(decide(&cx, case, command), Err(Refusal::NotYours { .. }))
}

/// Every moment at which a command is asked: the stages that know it, or the procedure it belongs to.
fn moments(name: Name) -> Vec<(Stage, &'static str)> {
    if matches!(name, Name::Report | Name::Begin) {
        return vec![(Stage::Reported, "reported")];
    }
    let lines = written();
    let of = |when: &str| lines.iter().any(|line| line.command == name.code() && line.when == when);
    let mut moments: Vec<(Stage, &str)> = Stage::ALL
        .into_iter()
        .filter(|stage| table::legal(name, *stage))
        .map(|stage| (stage, stage.code()))
        .collect();
    if of("difficult") {
        moments.retain(|_| of("any"));
        moments.push((Stage::Handling, "difficult"));
    }
    moments
}

#[test]
fn every_command_is_open_to_the_roles_that_are_written_down_and_to_nobody_else() {
    let policy = policy();
    let (mut asked, mut wrong) = (0, Vec::new());
    for name in Name::ALL.iter().copied() {
        let moments = moments(name);
        assert!(!moments.is_empty(), "{name:?} is asked at no moment");
        for (stage, when) in moments {
            let case = drawn_up(stage, name, when);
            let mut found = BTreeSet::new();
            for (at, id) in WHERE {
                for role in Role::ALL {
                    asked += 1;
                    if may(&policy, &case, &member(id, role), &command(name, id)) {
                        found.insert(format!("{at} {}", code(role)));
                    }
                }
            }
            if may(&policy, &case, &reporter(), &command(name, "planning")) {
                found.insert("reporter -".to_owned());
            }
            let expected = expected(name, when);
            wrong.extend(
                found.difference(&expected).map(|who| format!("{} ({when}): {who} may", name.code())),
            );
            wrong.extend(
                expected.difference(&found).map(|who| format!("{} ({when}): {who} may not", name.code())),
            );
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} are not as written: {wrong:#?}", wrong.len());
    // 13 units with 11 roles each, and no command without a moment.
    assert!(asked >= Name::ALL.len() * 13 * 11, "{asked}");
}

#[test]
fn the_written_roles_speak_of_every_command_that_a_person_gives_and_of_no_other() {
    let lines = written();
    for name in Name::ALL.iter().copied() {
        let written = lines.iter().any(|line| line.command == name.code());
        assert_eq!(written, !PLATFORM.contains(&name), "{name:?}");
    }
    for line in &lines {
        let known = Name::from_code(line.command).is_some()
            && (matches!(line.when, "any" | "difficult") || Stage::from_code(line.when).is_some())
            && (matches!(line.at, "anywhere" | "reporter") || WHERE.iter().any(|(at, _)| *at == line.at))
            && line.roles.split(' ').all(|role| {
                matches!(role, "all" | "-") || Role::ALL.into_iter().any(|known| code(known) == role)
            });
        assert!(known, "{} {} {} {}", line.command, line.when, line.at, line.roles);
    }
}
