//! Commands as the running server judges them. For each, an own case stands in a stage that knows it, with a unit for every part that
//! somebody may have; each role sits in all of these units; the body is well formed and the version is the case's own. So
//! whether the role may is all that is left to answer, and it has to be what is written in the model's `roles.csv`.
//!
//! What changes a case is asked of a fresh one the next time. Start at [`Stand::case`]. The item in a leader's queue is not brought
//! about here, since sessions would end before it is there: `acknowledge` is open to nobody, and the model's own test asks it.

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{CaseId, Name, actor::Role};
use serde_json::{Value, json};

use super::{code, report, say};
use crate::desk::Desk;

/// Who may give which command, written by hand beside the model's tests.
const WRITTEN: &str = include_str!("../../../../model/tests/rules/roles.csv");
/// The units that have a part in the cases, in which everybody here sits.
const UNITS: &[&str] =
    &["centre-east", "station-bridge", "grid-bridge-1", "order-east", "inspection", "callback", "dept-works"];
/// What is filed, inspected and not called back; and what is called back and not inspected.
const INSPECTED: &str = "city/order/vendor";
const CALLED_BACK: &str = "people/service/elder-card";
const LATER: &str = "2026-05-20T01:00:00Z";

/// Where a case stands when a command is asked of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum At {
    Reported,
    Verifying,
    Filed,
    Dispatched,
    Handling,
    Difficult,
    Inspecting,
    CallingBack,
    Closed,
    Declined,
    Merged,
}

fn at(name: Name) -> At {
    match name {
        Name::File | Name::Decline | Name::Verify | Name::SelfHandle => At::Reported,
        Name::Verified => At::Verifying,
        Name::Receive => At::Dispatched,
        Name::Decide => At::Difficult,
        Name::Pass | Name::Fail | Name::Nominate => At::Inspecting,
        Name::RecordCallback | Name::Close | Name::Rework => At::CallingBack,
        Name::Reopen | Name::Rate | Name::FollowUp | Name::FollowedUp => At::Closed,
        Name::Object => At::Declined,
        Name::Unmerge => At::Merged,
        Name::Dispatch
        | Name::Rule
        | Name::PushDown
        | Name::Conclude
        | Name::Merge
        | Name::Relocate
        | Name::Supplement
        | Name::AskReporter => At::Filed,
        _ => At::Handling,
    }
}

/// The seats of a role's member: everywhere, as far as the place of the own case. The administrator's is the authority's;
/// an auditor sees the whole ground of a unit, so they sit where that is the street's at most.
pub fn seats(role: Role) -> String {
    let units: &[&str] = match role {
        Role::Administrator => &["centre"],
        Role::Auditor => &UNITS[..4],
        _ => UNITS,
    };
    units.iter().map(|unit| format!("{unit}:{}", code(role))).collect::<Vec<_>>().join(" ")
}

/// The command that an address gives.
pub fn named(path: &str) -> Option<Name> {
    Name::from_code(path.strip_prefix("/api/v1/cases/{id}/commands/")?)
}

/// Whom the written roles let pass, for the part that each role has in the case as it stands.
fn may(name: Name) -> BTreeSet<&'static str> {
    let when = match at(name) {
        At::Difficult => "difficult",
        At::Inspecting => "inspecting",
        At::CallingBack => "calling_back",
        _ => "",
    };
    let of = |line: &'static str| {
        let fields: Vec<&'static str> = line.split(',').collect();
        let [command, moment, place, roles] = fields[..] else { panic!("four fields in {line}") };
        let holds = moment == when || (moment == "any" && when != "difficult");
        let brought = !matches!(place, "attendant" | "reporter");
        (command == name.code() && holds && brought).then_some(roles)
    };
    WRITTEN.lines().skip(1).filter_map(of).flat_map(|roles| roles.split(' ')).collect()
}

/// The server lets pass exactly whom the written roles let pass.
pub fn judged(name: Name, answers: &BTreeMap<&str, Vec<&str>>) {
    let may = may(name);
    let told = |answer: &str, role: &str| answers.get(answer).is_some_and(|who| who.contains(&role));
    for role in Role::ALL.into_iter().map(code) {
        let role = role.as_str();
        if role == "administrator" {
            assert!(told("unknown", role), "{name:?}: the administrator sees no case: {answers:?}");
            continue;
        }
        let passed = told("ok", role) || told("refused", role);
        assert!(passed || told("not-yours", role), "{name:?}: the {role} is told nothing of it: {answers:?}");
        let should = may.contains("all") || may.contains(role);
        assert_eq!(passed, should, "{name:?} by the {role}: {answers:?}");
    }
}

/// The cases that are asked about.
pub struct Stand {
    /// Into which others are merged.
    other: CaseId,
    cases: BTreeMap<At, CaseId>,
}

impl Stand {
    pub async fn new(desk: &Desk) -> Stand {
        Stand { other: brought(desk, At::Filed).await, cases: BTreeMap::new() }
    }

    /// A case that waits for this command, and its version.
    pub async fn case(&mut self, desk: &Desk, name: Name) -> (CaseId, u32) {
        let at = at(name);
        let case = match self.cases.get(&at) {
            Some(case) => *case,
            None if at == At::Merged => self.merged(desk).await,
            None => brought(desk, at).await,
        };
        self.cases.insert(at, case);
        let store = desk.state.engine.store();
        let stands = store.case(desk.state.tenant(), case).await.unwrap().unwrap();
        (case, stands.case.version)
    }

    async fn merged(&self, desk: &Desk) -> CaseId {
        let case = brought(desk, At::Filed).await;
        say(desk, "dispatcher-east", case, Name::Merge, json!({"into": self.other})).await;
        case
    }

    /// The command was done: the next who asks is asked about another case.
    pub fn moved(&mut self, name: Name) {
        self.cases.remove(&at(name));
    }

    /// A well-formed body.
    pub fn body(&self, name: Name) -> Value {
        let filing = json!({"matter": INSPECTED, "condition": 1});
        let (words, unit) = ("普查", "order-east");
        match name {
            Name::File | Name::Reclassify => json!({"filing": filing}),
            Name::Verified => json!({"is_true": true, "filing": filing, "words": words}),
            Name::SelfHandle => json!({"filing": filing, "done": false, "words": words}),
            Name::Dispatch => json!({"lead": unit}),
            Name::Rule | Name::Reassign => json!({"lead": "traffic-east", "reason": words}),
            Name::PushDown => json!({"to": "centre-east", "reason": words}),
            Name::TakeOver => json!({"unit": "centre-east", "reason": words}),
            Name::Receive | Name::Arrive => json!({"unit": unit}),
            Name::Progress => json!({"unit": unit, "words": words}),
            Name::Appoint => json!({"unit": unit, "officer": "handler-order-east"}),
            Name::AddAssist => json!({"unit": "traffic-east"}),
            Name::EndAssist => json!({"unit": "station-bridge", "done": false, "reason": words}),
            Name::Milestone => json!({"name": words}),
            Name::Finish => json!({"outcome": "explained", "reason": words}),
            Name::Nominate => json!({"member": "inspector-2"}),
            Name::RecordCallback => json!({"reporter": 0, "reached": true, "solved": true, "words": words}),
            Name::Conclude => json!({"outcome": "answered", "reason": words}),
            Name::Rate => json!({"stars": 4, "words": words}),
            Name::Merge => json!({"into": self.other}),
            Name::Split => json!({"parts": [
                {"lead": unit, "title": "一", "text": words}, {"lead": "traffic-east", "title": "二", "text": words},
            ]}),
            Name::Relocate => json!({"place": {"lon": 110.005, "lat": 30.015}, "address": words}),
            Name::SetUrgency => json!({"urgency": "yellow", "reason": words}),
            Name::AskReporter => json!({"question": words}),
            Name::Redact => json!({"event": 1, "reason": "personal_data"}),
            Name::Call => json!({"callee": "traffic-east", "words": words}),
            Name::Answer => json!({"no": 1, "words": words}),
            Name::RateAnswer => json!({"no": 1, "stars": 3}),
            Name::Request => json!({"kind": "extension", "reason": words}),
            Name::Grant | Name::FollowedUp => json!({"no": 1, "words": words}),
            Name::Refuse => json!({"no": 1, "reason": words}),
            Name::Suspend => json!({"until": LATER, "reason": words}),
            Name::Convene => json!({"at": LATER, "units": [unit]}),
            Name::Decide => json!({"resolve": {"kind": "lead", "unit": unit}, "reason": words}),
            Name::FollowUp => json!({"unit": "station-bridge", "words": words}),
            Name::Verify
            | Name::Attach
            | Name::Pass
            | Name::Close
            | Name::Acknowledge
            | Name::Comment
            | Name::Note
            | Name::Supplement
            | Name::Supervise
            | Name::Publish => json!({"words": words}),
            _ => json!({"reason": words}),
        }
    }
}

/// A case that members of the starter pack, and none of the census, brought to where it stands.
async fn brought(desk: &Desk, at: At) -> CaseId {
    let matter = if at == At::CallingBack { CALLED_BACK } else { INSPECTED };
    let (case, _) = report(desk, "acceptor-east", matter, 110.005, Vec::new()).await;
    let tell = async |member: &str, name: Name, body: Value| say(desk, member, case, name, body).await;
    let station = "handler-station-bridge";
    match at {
        At::Reported => return case,
        At::Verifying => {
            tell(station, Name::Verify, json!({"words": "请核实"})).await;
            return case;
        }
        At::Declined => {
            tell(station, Name::Decline, json!({"reason": "私人用地"})).await;
            return case;
        }
        _ => tell(station, Name::File, json!({"filing": {"matter": matter, "condition": 1}})).await,
    }
    if matches!(at, At::Filed | At::Merged) {
        return case;
    }
    let assists: &[&str] = if at == At::Handling { &["station-bridge"] } else { &[] };
    tell("dispatcher-east", Name::Dispatch, json!({"lead": "order-east", "assists": assists})).await;
    if at == At::Dispatched {
        return case;
    }
    let lead = "handler-order-east";
    tell(lead, Name::Receive, json!({"unit": "order-east"})).await;
    match at {
        At::Handling => {
            tell(station, Name::Receive, json!({"unit": "station-bridge"})).await;
            tell(lead, Name::Call, json!({"callee": "callback", "words": "请协助"})).await;
            tell(lead, Name::Request, json!({"kind": "exemption", "reason": "等配件"})).await;
        }
        At::Difficult => tell(lead, Name::MarkDifficult, json!({"reason": "多头管理"})).await,
        _ => tell(lead, Name::Finish, json!({"outcome": "solved"})).await,
    }
    if at == At::Closed {
        tell("inspector-1", Name::Pass, json!({})).await;
        tell("leader-east", Name::FollowUp, json!({"unit": "station-bridge"})).await;
    }
    case
}
