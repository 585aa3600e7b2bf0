//! Reported, Verifying, Filed: acceptors, grid workers on the spot, dispatchers.

use huying_engine::follow::route;
use huying_model::{
    Command, UnitId,
    actor::Role,
    catalogue::{EvidenceKind, MatterKind, Outcome, Source},
    command::{Filing, SplitPart},
    event::Times,
};
use rand::RngExt;

use super::{Act, Sitting};
use crate::{arrivals, says};

const INTAKE: &[Role] = &[Role::Acceptor, Role::Operator, Role::Dispatcher];
const DISPATCHING: &[Role] = &[Role::Dispatcher, Role::Acceptor, Role::Leader];

/// The matter that was told, or the one that the acceptor finds in the words.
fn filing(it: &mut Sitting) -> Option<Filing> {
    let rules = &it.world.policy.current;
    let told = it.case.matter.as_ref().and_then(|code| rules.matters.get(code));
    let matter = match told {
        Some(matter) => matter,
        None => rules.matters.get(it.world.matter(it.rng)?)?,
    };
    let known = it.case.condition.filter(|no| matter.condition(*no).is_some());
    let condition = match known {
        Some(no) => no,
        None => matter.conditions.get(it.rng.random_range(0..matter.conditions.len()))?.no,
    };
    Some(Filing { matter: matter.code.clone(), condition })
}

pub(super) fn reported(it: &mut Sitting) -> Option<Act> {
    let custodian = it.case.custodian.clone();
    if let Some(into) = it.twin.filter(|_| it.tries == 0) {
        return it.act(&custodian, INTAKE, Command::Merge { into });
    }
    let from_street = matches!(it.case.source, Source::GridWorker | Source::Patrol);
    if from_street && it.whim(350) {
        return self_handle(it);
    }
    if it.whim(30) {
        let reason = it.say(says::DECLINED);
        return it.act(&custodian, INTAKE, Command::Decline { reason });
    }
    if it.whim(80) {
        return it.act(&custodian, INTAKE, Command::Verify { words: None });
    }
    if it.whim(10)
        && let Some(actor) = it.reporter()
    {
        return Some(Act { actor, command: Command::Withdraw { reason: None } });
    }
    let filing = filing(it)?;
    let barred = it.case.declined_by.clone().into_iter().collect::<Vec<_>>();
    let actor = it.world.someone_but(&custodian, INTAKE, &barred, it.rng)?;
    Some(Act { actor, command: Command::File { filing, urgency: None } })
}

/// A grid worker does it on the spot, or takes it on.
fn self_handle(it: &mut Sitting) -> Option<Act> {
    let team = it.world.team(it.case.place.area.as_ref(), it.now)?.clone();
    let filing = filing(it)?;
    let done = it.rng.random_range(0..100) < 75;
    let matter = it.world.policy.current.matters.get(&filing.matter)?;
    let kinds = matter.condition(filing.condition).map(|found| found.evidence.clone()).unwrap_or_default();
    let evidence = if done { it.photos(&kinds) } else { Vec::new() };
    let words = Some(it.say(says::DONE));
    it.act(&team, &[Role::GridWorker], Command::SelfHandle { filing, done, words, evidence })
}

pub(super) fn verifying(it: &mut Sitting) -> Option<Act> {
    let custodian = it.case.custodian.clone();
    let is_true = it.tries > 0 || it.rng.random_range(0..100) < 80;
    let filing = filing(it);
    let words = Some(it.say(says::PROGRESS));
    let evidence = it.photos(&[EvidenceKind::Finding]);
    it.act(
        &custodian,
        &[Role::GridWorker, Role::Handler],
        Command::Verified { is_true, filing, words, evidence },
    )
}

pub(super) fn filed(it: &mut Sitting) -> Option<Act> {
    let custodian = it.case.custodian.clone();
    if it.case.last_word {
        let command = Command::Conclude { outcome: Outcome::Explained, reason: it.say(says::EXPLAINED) };
        let actor = it.world.someone_but(&custodian, DISPATCHING, &it.case.involved, it.rng);
        let actor = actor.or_else(|| it.world.someone(&custodian, DISPATCHING, it.rng))?;
        return Some(Act { actor, command });
    }
    if it.case.kind == MatterKind::Inquiry && it.whim(500) {
        let command = Command::Conclude { outcome: Outcome::Answered, reason: it.say(says::EXPLAINED) };
        return it.act(&custodian, DISPATCHING, command);
    }
    if it.whim(8) {
        let reason = it.say(says::DIFFICULT);
        return it.act(&custodian, DISPATCHING, Command::Raise { reason });
    }
    let routing = route(&it.world.policy, it.case, Times::at(it.now), None);
    let fallback = || it.world.policy.org.centre_of(it.case.place.area.as_ref(), it.now);
    let (lead, assists) =
        routing.map_or_else(|| (fallback(), Vec::new()), |found| (found.lead, found.assists));
    if it.case.by_hand
        && (it.tries > 0 || it.case.used.returns >= 2)
        && it.case.ruled.is_none()
        && it.tries % 2 == 1
    {
        let reason = it.say(says::SUPERVISED);
        return it.act(&custodian, DISPATCHING, Command::Rule { lead, assists, reason });
    }
    if it.whim(4)
        && let Some(parts) = parts(it, &lead)
    {
        return it.act(&custodian, &[Role::Dispatcher], Command::Split { parts });
    }
    it.act(&custodian, DISPATCHING, Command::Dispatch { lead, assists, routing: None })
}

/// Two units each with a part of their own.
fn parts(it: &mut Sitting, lead: &UnitId) -> Option<Vec<SplitPart>> {
    let other = it.world.policy.org.centre_of(it.case.place.area.as_ref(), it.now);
    let mut part = |unit: UnitId| {
        let id = arrivals::id(it.now, it.rng);
        SplitPart {
            id,
            number: it.world.numbers.next(it.now),
            lead: unit,
            matter: None,
            condition: None,
            place: None,
            title: None,
            text: Some(it.pen.words(id, "按部门拆分的一部分")),
        }
    };
    (&other != lead).then(|| vec![part(lead.clone()), part(other)])
}
