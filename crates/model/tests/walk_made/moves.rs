//! Which commands the walk tries in a state: each of the slice's alphabet, by those who may and by those who worked
//! and therefore may not.

use huying_model::{
    Actor, Case, CaseId, Command, Name, Policy, UnitId,
    actor::Role,
    admission,
    calendar::Limit,
    case::{Place, RequestKind},
    catalogue::{EvidenceKind, Outcome, Source, Urgency},
    command::{Informant, Joined, Report, Resolve, SplitPart},
};

use super::{Slice, State, Step};
use crate::town::{filing, member, member_id, photo, reporter, sealed, unit};

pub fn who(actor: &Actor) -> String {
    match actor {
        Actor::Member { id, .. } => id.to_string(),
        Actor::Reporter { no } => format!("reporter {no}"),
        Actor::System => "System".into(),
    }
}

pub fn moves(policy: &Policy, slice: &Slice, state: &State) -> Vec<Step> {
    let mut steps = Vec::new();
    if (state.cases.len() as u128) < slice.cases {
        let id = CaseId(state.cases.len() as u128 + 1);
        steps.push(Step { case: id, actor: reporter(), command: report(id) });
    }
    let first = state.cases.iter().filter_map(|case| case.next_step().map(|(at, _)| (at, case.id))).min();
    for case in &state.cases {
        let alphabet = if slice.cases == 2 && case.id == CaseId(2) { slice.second } else { slice.alphabet };
        for name in alphabet {
            if *name == Name::Tick {
                if first.is_some_and(|(_, id)| id == case.id) {
                    steps.push(Step { case: case.id, actor: Actor::System, command: Command::Tick });
                }
                continue;
            }
            for (actor, command) in tries(policy, slice, state, case, *name) {
                steps.push(Step { case: case.id, actor, command });
            }
        }
    }
    steps
}

fn report(id: CaseId) -> Command {
    let place = Place { area: Some("G1".into()), ..Place::default() };
    let reporters = vec![Informant { reachable: true, name: None, contact: None }];
    let report = Report {
        number: format!("{id}").into(),
        source: Source::Resident,
        place,
        reporters,
        ..Report::default()
    };
    Command::Report { report: Box::new(report) }
}

pub const MATTER: &str = "city/small";
/// A version to which open cases may move.
pub const NEWER: &str = "town-2";

fn evidence() -> Vec<huying_model::case::Evidence> {
    vec![photo(EvidenceKind::After), photo(EvidenceKind::Finding)]
}

fn at(unit: &UnitId, role: Role) -> Actor {
    member(unit.as_str(), role)
}

/// The outsider: no seat that fits anything but what all staff may do.
pub fn outsider() -> Actor {
    member("market-1", Role::Administrator)
}

pub fn tries(
    policy: &Policy,
    slice: &Slice,
    state: &State,
    case: &Case,
    name: Name,
) -> Vec<(Actor, Command)> {
    let custodian = &case.custodian;
    let centre = &case.centre;
    let lead = case.lead_unit().cloned().unwrap_or_else(|| custodian.clone());
    let by = |actor: Actor, command: Command| vec![(actor, command)];
    let reason = || sealed("r");
    let up = policy.org.centre_above(centre, state.now);
    match name {
        Name::File => by(
            at(custodian, Role::Acceptor),
            Command::File { filing: filing(slice.matter, 1), urgency: None },
        ),
        Name::Decline => by(at(custodian, Role::Acceptor), Command::Decline { reason: reason() }),
        Name::Verify => by(at(custodian, Role::Dispatcher), Command::Verify { words: None }),
        Name::Verified => [true, false]
            .into_iter()
            .flat_map(|is_true| {
                let command = Command::Verified {
                    is_true,
                    filing: Some(filing(MATTER, 1)),
                    words: Some(sealed("seen")),
                    evidence: evidence(),
                };
                by(at(custodian, Role::GridWorker), command)
            })
            .collect(),
        Name::SelfHandle => [true, false]
            .into_iter()
            .map(|done| {
                let evidence = if done { evidence() } else { vec![] };
                let command = Command::SelfHandle { filing: filing(MATTER, 1), done, words: None, evidence };
                (member("team-1", Role::GridWorker), command)
            })
            .collect(),
        Name::CannotSolve => by(at(&lead, Role::GridWorker), Command::CannotSolve { reason: reason() }),
        Name::Dispatch => slice
            .dispatches
            .iter()
            .map(|(lead, assists)| {
                let assists = assists.iter().map(|id| unit(id)).collect();
                (
                    at(custodian, Role::Dispatcher),
                    Command::Dispatch { lead: unit(lead), assists, routing: None },
                )
            })
            .chain([(
                Actor::System,
                Command::Dispatch { lead: unit("law-1"), assists: vec![], routing: None },
            )])
            .collect(),
        Name::Rule => by(
            at(custodian, Role::Leader),
            Command::Rule { lead: unit("law-1"), assists: vec![], reason: reason() },
        ),
        Name::PushDown => {
            by(at(custodian, Role::Dispatcher), Command::PushDown { to: unit("centre-1"), reason: None })
        }
        Name::Raise => by(at(custodian, Role::Dispatcher), Command::Raise { reason: reason() }),
        Name::Return => by(at(custodian, Role::Dispatcher), Command::Return { reason: reason() }),
        Name::Recall => by(at(centre, Role::Dispatcher), Command::Recall { reason: reason() }),
        Name::Reassign => {
            by(at(centre, Role::Dispatcher), Command::Reassign { lead: unit("market-1"), reason: reason() })
        }
        Name::TakeOver => std::iter::once(centre.clone())
            .chain(up)
            .map(|unit| (at(&unit, Role::Leader), Command::TakeOver { unit, reason: None }))
            .collect(),
        Name::Receive => {
            open_units(case).map(|unit| (at(&unit, Role::Handler), Command::Receive { unit })).collect()
        }
        Name::Arrive => {
            open_units(case).map(|unit| (at(&unit, Role::Handler), Command::Arrive { unit })).collect()
        }
        Name::Progress => {
            by(at(&lead, Role::Handler), Command::Progress { unit: lead.clone(), words: reason() })
        }
        Name::Appoint => {
            let officer = member_id(lead.as_str(), Role::Handler);
            by(at(&lead, Role::Leader), Command::Appoint { unit: lead.clone(), officer, co_officers: vec![] })
        }
        Name::AddAssist => by(at(&lead, Role::Handler), Command::AddAssist { unit: unit("health-1") }),
        Name::EndAssist => case
            .open_assists()
            .flat_map(|part| {
                let end = |done| Command::EndAssist { unit: part.unit.clone(), done, reason: Some(reason()) };
                [(at(&part.unit, Role::Handler), end(true)), (at(&lead, Role::Handler), end(false))]
            })
            .collect(),
        Name::Attach => by(at(custodian, Role::Handler), Command::Attach { evidence: vec![], words: None }),
        Name::Milestone => by(at(&lead, Role::Handler), Command::Milestone { name: "half".into() }),
        Name::Finish => {
            let solved = Command::Finish { outcome: Outcome::Solved, reason: None, evidence: evidence() };
            let bare = Command::Finish { outcome: Outcome::Solved, reason: None, evidence: vec![] };
            let other =
                Command::Finish { outcome: Outcome::HandedOver, reason: Some(reason()), evidence: vec![] };
            [solved, bare, other].map(|command| (at(&lead, Role::Handler), command)).to_vec()
        }
        Name::Pass => inspectors(case).map(|actor| (actor, Command::Pass { words: None })).collect(),
        Name::Fail => inspectors(case).map(|actor| (actor, Command::Fail { reason: reason() })).collect(),
        Name::Nominate => {
            let nominate = |member| Command::Nominate { member };
            let fresh = nominate(member_id("planning", Role::Inspector));
            let doer = nominate(member_id("law-1", Role::Handler));
            [fresh, doer].map(|command| (member("centre-d", Role::Auditor), command)).to_vec()
        }
        Name::RecordCallback => [(true, Some(true)), (true, Some(false)), (false, None)]
            .into_iter()
            .flat_map(|(reached, solved)| {
                let record = move |(of, reporter)| Command::RecordCallback {
                    case: of,
                    reporter,
                    reached,
                    solved,
                    satisfied: solved,
                    words: None,
                };
                case.waiting().into_iter().map(move |one| (at(custodian, Role::CallerBack), record(one)))
            })
            .collect(),
        Name::Close => [Role::CallerBack, Role::Dispatcher]
            .into_iter()
            .map(|role| (at(custodian, role), Command::Close { words: None }))
            .collect(),
        Name::Rework => by(at(custodian, Role::CallerBack), Command::Rework { reason: reason() }),
        Name::Conclude => [
            (Outcome::Explained, Role::Dispatcher),
            (Outcome::Void, Role::Dispatcher),
            (Outcome::Void, Role::Leader),
        ]
        .into_iter()
        .map(|(outcome, role)| (at(custodian, role), Command::Conclude { outcome, reason: reason() }))
        .chain([(
            at(custodian, Role::Acceptor),
            Command::Conclude { outcome: Outcome::Explained, reason: reason() },
        )])
        .collect(),
        Name::Reopen => by(reporter(), Command::Reopen { reason: reason() }),
        Name::Object => by(reporter(), Command::Object { reason: reason() }),
        Name::Rate => by(reporter(), Command::Rate { stars: 4, words: None }),
        Name::Withdraw => by(reporter(), Command::Withdraw { reason: None }),
        Name::Merge => state
            .cases
            .iter()
            .map(|other| (at(centre, Role::Dispatcher), Command::Merge { into: other.id }))
            .collect(),
        Name::Unmerge => by(at(centre, Role::Dispatcher), Command::Unmerge { reason: reason() }),
        Name::Split => {
            let actor = if case.stage == huying_model::Stage::Filed {
                at(custodian, Role::Dispatcher)
            } else {
                at(&lead, Role::Handler)
            };
            vec![(actor, Command::Split { parts: parts() })]
        }
        Name::Relocate => {
            let place = Place { area: Some("G2".into()), ..Place::default() };
            by(at(custodian, Role::Dispatcher), Command::Relocate { place, address: None })
        }
        Name::Reclassify => {
            by(at(custodian, Role::Dispatcher), Command::Reclassify { filing: filing("city/plain", 1) })
        }
        Name::SetUrgency => {
            by(at(custodian, Role::Dispatcher), Command::SetUrgency { urgency: Urgency::Red, reason: None })
        }
        Name::Comment => by(reporter(), Command::Comment { words: reason() }),
        Name::Note => vec![(outsider(), Command::Note { words: reason() })],
        Name::Supplement => {
            by(reporter(), Command::Supplement { words: None, evidence: vec![], informant: None })
        }
        Name::AskReporter => by(at(custodian, Role::Dispatcher), Command::AskReporter { question: reason() }),
        Name::Supervise => by(member("centre-d", Role::Supervisor), Command::Supervise { words: reason() }),
        Name::Acknowledge => case
            .attention
            .iter()
            .map(|item| (at(&item.unit, Role::Leader), Command::Acknowledge { words: None }))
            .collect(),
        Name::Redact => by(at(centre, Role::Dispatcher), Command::Redact { event: 1, reason: "name".into() }),
        Name::Publish => {
            let publish = |words| Command::Publish { words, files: vec![] };
            [Some(sealed("shown")), None].map(|words| (at(centre, Role::Dispatcher), publish(words))).to_vec()
        }
        Name::Call => by(at(&lead, Role::Handler), Command::Call { callee: None, words: reason() }),
        Name::Answer => case
            .open_calls()
            .map(|call| (at(&call.callee, Role::Handler), Command::Answer { no: call.no, words: reason() }))
            .collect(),
        Name::RateAnswer => case
            .calls
            .iter()
            .map(|call| (at(&call.caller, Role::Handler), Command::RateAnswer { no: call.no, stars: 3 }))
            .collect(),
        Name::Request => [RequestKind::Extension, RequestKind::Suspension, RequestKind::Exemption]
            .into_iter()
            .map(|kind| {
                let until = (kind == RequestKind::Suspension).then(|| state.now.plus_ms(60_000));
                (at(&lead, Role::Handler), Command::Request { kind, until, reason: reason() })
            })
            .collect(),
        Name::Grant | Name::Refuse => case
            .requests
            .iter()
            .map(|request| {
                let no = request.no;
                let command = match name {
                    Name::Grant => Command::Grant { no, words: None },
                    _ => Command::Refuse { no, reason: reason() },
                };
                (at(&request.approver, Role::Leader), command)
            })
            .collect(),
        Name::Suspend => by(
            at(centre, Role::Leader),
            Command::Suspend { until: state.now.plus_ms(60_000), reason: reason() },
        ),
        Name::Resume => by(at(centre, Role::Leader), Command::Resume { reason: None }),
        Name::MarkDifficult => by(at(&lead, Role::Handler), Command::MarkDifficult { reason: reason() }),
        Name::Convene => {
            by(at(custodian, Role::Leader), Command::Convene { at: state.now, units: vec![unit("housing")] })
        }
        Name::Decide => {
            let resolves = [
                Resolve::Lead { unit: unit("housing") },
                Resolve::Explain,
                Resolve::Suspend { until: state.now.plus_ms(60_000) },
                Resolve::Split { parts: parts() },
            ];
            resolves
                .map(|resolve| (at(custodian, Role::Leader), Command::Decide { resolve, reason: reason() }))
                .to_vec()
        }
        Name::FollowUp => {
            by(at(centre, Role::Leader), Command::FollowUp { unit: unit("law-1"), words: None })
        }
        Name::FollowedUp => case
            .traces
            .iter()
            .map(|trace| (at(&trace.unit, Role::Handler), Command::FollowedUp { no: trace.no, words: None }))
            .collect(),
        Name::Rehome => {
            let to = if custodian.as_str() == "centre-d" { unit("planning") } else { unit("centre-d") };
            by(Actor::System, Command::Rehome { from: custodian.clone(), to })
        }
        Name::Veto => open_units(case)
            .filter(|unit| admission::is_grid_team(&policy.org, unit))
            .map(|unit| (Actor::System, Command::Veto { unit }))
            .collect(),
        Name::Repin => by(Actor::System, Command::Repin { to: NEWER.into() }),
        Name::Retime => by(Actor::System, Command::Retime),
        Name::Resettle => by(Actor::System, Command::Resettle { area: case.place.area.clone() }),
        Name::Cap => by(Actor::System, Command::Cap { cap: state.now }),
        Name::ChildEnded => by(Actor::System, Command::ChildEnded { child: child(case) }),
        Name::ParentEnded => by(Actor::System, Command::ParentEnded { outcome: Outcome::Void, void: false }),
        Name::ChildUnsolved => by(Actor::System, Command::ChildUnsolved { child: child(case) }),
        Name::Absorb => {
            let child =
                Joined { case: CaseId(99), promise: None, lead: None, reporters: vec![], hazard: false };
            by(Actor::System, Command::Absorb { child })
        }
        Name::Release => by(Actor::System, Command::Release { child: CaseId(99) }),
        Name::Report | Name::Begin | Name::Tick => vec![],
    }
}

fn child(case: &Case) -> CaseId {
    case.children.first().map_or(CaseId(99), |child| child.case)
}

fn open_units(case: &Case) -> impl Iterator<Item = UnitId> + '_ {
    case.assignments.iter().filter(|part| part.part.open()).map(|part| part.unit.clone())
}

/// Whoever might inspect, and each one who did the work.
fn inspectors(case: &Case) -> impl Iterator<Item = Actor> + '_ {
    let nominee = case.nominee.as_ref().map(|_| member("planning", Role::Inspector));
    [at(&case.custodian, Role::Inspector), at(&case.custodian, Role::Leader)]
        .into_iter()
        .chain(nominee)
        .chain(
            case.doer_units
                .iter()
                .flat_map(|unit| [Role::Handler, Role::Inspector].map(|role| at(unit, role))),
        )
}

fn parts() -> Vec<SplitPart> {
    let part = |id: u128, lead: &str| SplitPart {
        id: CaseId(id),
        number: "p".into(),
        lead: unit(lead),
        matter: None,
        condition: None,
        place: None,
        title: None,
        text: None,
    };
    vec![part(11, "housing"), part(12, "planning")]
}

/// A small policy: everything once, limits in minutes, every ladder one step to a leader.
pub fn small_policy() -> Policy {
    let mut newer = small_rules();
    newer.version = NEWER.into();
    for condition in newer.matters.values_mut().flat_map(|matter| &mut matter.conditions) {
        (condition.limits.handle, condition.limits.promise) = (Limit::emergency(30), Limit::emergency(200));
    }
    Policy::new(crate::town::org(), small_rules()).unwrap().knowing([newer])
}

pub fn small_rules() -> huying_model::Rules {
    let mut rules = crate::town::rules();
    let mut small = crate::town::matter(MATTER, Limit::emergency(40), Limit::emergency(400));
    small.conditions[0].limits.receive = Some(Limit::emergency(7));
    let mut plain = crate::town::matter("city/plain", Limit::emergency(40), Limit::emergency(300));
    plain.inspect = false;
    plain.call_back = false;
    rules.matters = [small, plain].into_iter().map(|matter| (matter.code.clone(), matter)).collect();
    rules.allowances = huying_model::policy::Allowances {
        returns: 1,
        fails: 1,
        reworks: 1,
        reopens: 1,
        verifies: 1,
        difficult: 1,
        extensions: 1,
        suspensions: 1,
        moves: 2,
        calls: 1,
        requests: 1,
        merges: 2,
        follow_ups: 1,
        attempts: 1,
    };
    // Grid workers may be asked for the small matter until a clock of the walk has fired, and then not any more.
    let ruled = |ruling, minutes: Option<i64>| admission::Admission {
        matter: MATTER.into(),
        applicant: unit("law-1"),
        office: unit("centre-d"),
        ruling,
        rule: "rule 7".into(),
        from: minutes.map(|minutes| crate::town::MORNING.plus_ms(minutes * crate::town::MINUTE)),
        until: None,
    };
    let rows = vec![ruled(admission::Ruling::Admitted, None), ruled(admission::Ruling::Vetoed, Some(6))];
    rules.admissions = admission::Admissions { required: true, office: None, rows }.into();
    rules.urgency.entry(huying_model::catalogue::Urgency::Red).and_modify(|red| red.meeting_days = 1);
    rules.call_ladder.truncate(2);
    rules.auto.clear();
    for (kind, rule) in &mut rules.timers {
        rule.limit = Limit::emergency(5 + *kind as u32);
        rule.ladder.retain(|step| step.tell == huying_model::policy::Rung::Leader);
        for step in &mut rule.ladder {
            step.after = Limit::emergency(0);
        }
    }
    rules
}
