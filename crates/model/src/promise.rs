//! The promises of domain §3, as checks on a case and on a step: what the walk, the property tests and the simulated
//! city ask after every event.

use std::fmt;

use crate::{
    actor::By,
    case::{Bond, Case, Used},
    catalogue::Outcome,
    clock::Timer,
    event::{Body, Event},
    policy::{Allowances, Policy},
    stage::Stage,
    time::Instant,
};

/// A broken promise: its number in domain §3, and what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    pub promise: u8,
    pub found: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "promise {} is broken: {}", self.promise, self.found)
    }
}

/// The promises that [`of_case`] and [`of_step`] check, in words.
pub const CHECKED: &[(u8, &str)] = &[
    (
        1,
        "an open case has exactly one custodian that exists and serves the place; so has every open assignment",
    ),
    (
        2,
        "an open case has a running clock, and its intake or promise clock runs or is paused with a bound; a part's work never runs past its parent's promise",
    ),
    (
        3,
        "a leader is told within a bound: the clock that stands for the promise has a next step, or the item is in a leader's queue; the item climbs",
    ),
    (4, "nobody inspects own work, nobody grants an own request"),
    (5, "a case closes only with an outcome its level may give and the evidence its condition asks for"),
    (6, "replaying the journal gives the stored state"),
    (7, "the same command with the same key happens once"),
];

/// Promises 1 to 3, and of 4 what holds of every state.
pub fn of_case(policy: &Policy, case: &Case, now: Instant) -> Vec<Breach> {
    let mut found = Vec::new();
    if case.is_open() {
        custody(policy, case, now, &mut found);
        clocks(case, &mut found);
        leader(policy, case, &mut found);
        allowances(policy, case, &mut found);
        own_requests(case, &mut found);
    }
    found
}

fn breach(found: &mut Vec<Breach>, promise: u8, text: String) {
    found.push(Breach { promise, found: text });
}

/// No unit decides on what it asks for itself.
fn own_requests(case: &Case, found: &mut Vec<Breach>) {
    for request in case.requests.iter().filter(|request| request.unit == request.approver) {
        breach(found, 4, format!("'{}' asks itself, by request {}", request.unit, request.no));
    }
}

/// Nothing goes round for ever: what is bounded stays within its bound (one more each leads to the last word).
fn allowances(policy: &Policy, case: &Case, found: &mut Vec<Breach>) {
    let rules = policy.rules(case.policy.as_ref(), case.matter.as_ref());
    for (what, used, allowed) in beyond(case.used, rules.allowances) {
        breach(found, 3, format!("{what} happened {used} times where {allowed} are allowed"));
    }
}

/// What happened more often than these allowances let it: its name, how often, and the bound.
pub(crate) fn beyond(used: Used, allowed: Allowances) -> impl Iterator<Item = (&'static str, u8, u8)> {
    let bounds = [
        ("returns", used.returns, allowed.returns),
        ("fails", used.fails, allowed.fails.saturating_add(1)),
        ("reworks", used.reworks, allowed.reworks.saturating_add(1)),
        ("reopens", used.reopens, allowed.reopens.saturating_add(1)),
        ("verifies", used.verifies, allowed.verifies),
        ("difficult", used.difficult, allowed.difficult),
        ("extensions", used.extensions, allowed.extensions),
        ("suspensions", used.suspensions, allowed.suspensions),
        ("moves", used.moves, allowed.moves),
        ("calls", used.calls, allowed.calls),
        ("requests", used.requests, allowed.requests),
    ];
    bounds.into_iter().filter(|(_, used, allowed)| used > allowed)
}

fn custody(policy: &Policy, case: &Case, now: Instant, found: &mut Vec<Breach>) {
    let place = case.place.area.as_ref();
    if !policy.org.serves(&case.custodian, place, now) {
        breach(found, 1, format!("custodian '{}' is not there or does not serve the place", case.custodian));
    }
    for part in case.assignments.iter().filter(|part| part.part.open()) {
        if !policy.org.serves(&part.unit, place, now) {
            breach(
                found,
                1,
                format!("assigned unit '{}' is not there or does not serve the place", part.unit),
            );
        }
    }
    let leads = case.assignments.iter().filter(|part| part.lead && part.part.open()).count();
    let at_work = matches!(case.stage, Stage::Dispatched | Stage::Handling);
    if at_work && leads != 1 {
        breach(found, 1, format!("{leads} leads in {}", case.stage.code()));
    }
}

/// The clock that stands for what the public was told.
fn standing(case: &Case) -> Option<&crate::clock::Clock> {
    [Timer::Promise, Timer::Intake, Timer::Judge].iter().find_map(|of| case.clock(of))
}

fn clocks(case: &Case, found: &mut Vec<Breach>) {
    if !case.clocks.iter().any(|clock| clock.runs()) {
        breach(found, 2, "no clock runs".into());
    }
    let split = case.parent.as_ref().filter(|parent| parent.bond == Bond::Split);
    let caps = [split.and_then(|parent| parent.cap), case.promised];
    if let Some(cap) = caps.into_iter().flatten().min() {
        let work = |of: &Timer| *of == Timer::Promise || of.unit().is_some();
        let past = case.clocks.iter().find(|clock| work(&clock.of) && clock.runs() && clock.due > cap);
        if let Some(clock) = past {
            breach(found, 2, format!("the clock {:?} runs past what it stands under", clock.of));
        }
    }
    match standing(case) {
        None => breach(found, 2, "neither the intake nor the promise clock is there".into()),
        Some(clock)
            if !clock.runs() && case.clock(&Timer::Suspension).is_none_or(|bound| bound.next.is_none()) =>
        {
            breach(found, 2, "the promise clock is paused without a bound".into());
        }
        Some(_) => {}
    }
}

fn leader(policy: &Policy, case: &Case, found: &mut Vec<Breach>) {
    if let Some(clock) = standing(case)
        && clock.runs()
    {
        let told = case.attention.as_ref().is_some_and(|item| item.causes.contains(&clock.of));
        if clock.next.is_none() && !told {
            breach(found, 3, format!("the clock {:?} has no next step and no leader has it", clock.of));
        }
    }
    if let Some(item) = &case.attention {
        if !policy.org.is_centre(&item.unit) {
            breach(
                found,
                3,
                format!("the item is in the queue of '{}', which has no leader's queue", item.unit),
            );
        }
        let climbs = case.clock(&Timer::Attend).is_some_and(|clock| clock.next.is_some());
        if !climbs && !item.auditor {
            breach(found, 3, "a leader's item has no clock and has not reached the auditor".into());
        }
        if item.causes.is_empty() {
            breach(found, 3, "a leader's item has no cause".into());
        }
    }
}

/// Promises 4 and 5, which hold of a step from `before`.
pub fn of_step(policy: &Policy, before: &Case, event: &Event) -> Vec<Breach> {
    let mut found = Vec::new();
    own_work(before, event, &mut found);
    closing(policy, before, event, &mut found);
    found
}

fn own_work(before: &Case, event: &Event, found: &mut Vec<Breach>) {
    let By::Member { id, seat } = &event.by else { return };
    let judges = matches!(event.body, Body::Passed { .. } | Body::Failed { .. })
        || matches!(event.body, Body::Closed { .. }) && before.stage == Stage::Inspecting;
    if judges {
        let unit_did = seat.as_ref().is_some_and(|seat| before.doer_units.contains(&seat.unit));
        if before.doers.contains(id) || unit_did && before.nominee.as_ref() != Some(id) {
            breach(found, 4, format!("'{id}' inspects work in which the member or the unit had a part"));
        }
    }
    if let Body::Granted { no, .. } = &event.body
        && before.requests.iter().any(|request| request.no == *no && &request.by == id)
    {
        breach(found, 4, format!("'{id}' grants an own request"));
    }
}

fn closing(policy: &Policy, before: &Case, event: &Event, found: &mut Vec<Breach>) {
    let outcome = match &event.body {
        Body::Closed { outcome, .. } => *outcome,
        Body::Verified { is_true: false, .. } if before.filed_at.is_some() => Outcome::NotFound,
        Body::ParentEnded { .. } => {
            if before.parent.is_none() {
                breach(found, 5, "a case without a parent ended with one".into());
            }
            return;
        }
        _ => return,
    };
    let rules = policy.rules(before.policy.as_ref(), before.matter.as_ref());
    let Some(rule) = rules.outcome(outcome) else {
        return breach(found, 5, format!("the rules know no outcome {outcome:?}"));
    };
    if policy.org.unit_depth(&before.centre) > policy.org.depth(&rule.level) {
        breach(found, 5, format!("'{}' may not give {outcome:?}", before.centre));
    }
    let condition = before
        .matter
        .as_ref()
        .and_then(|matter| rules.matters.get(matter))
        .and_then(|matter| before.condition.and_then(|no| matter.condition(no)));
    let given: &[crate::case::Evidence] = match &event.body {
        Body::Verified { evidence, .. } => evidence,
        _ => &[],
    };
    let needed = match outcome {
        Outcome::Solved => condition.map_or(&[][..], |condition| &condition.evidence),
        _ => &rule.evidence,
    };
    for kind in needed {
        if !before.evidence.iter().chain(given).any(|evidence| evidence.kind == *kind) {
            breach(found, 5, format!("closed as {outcome:?} without evidence {kind:?}"));
        }
    }
    let reported = before.ending.as_ref().map(|ending| ending.outcome);
    if matches!(event.body, Body::Closed { .. }) && reported != Some(outcome) {
        breach(found, 5, format!("closed as {outcome:?} though {reported:?} was reached"));
    }
    let parts_open = before.open_children().any(|child| child.bond == Bond::Split);
    if parts_open {
        breach(found, 5, "closed while parts of it are open".into());
    }
}
