//! What somebody would do next with a case: the straight way, and now and then another.
//!
//! Owns no rule: an act that the rules refuse is dropped, and the next try is plainer. Start at [`next`]; the stages
//! are in the modules below.

mod check;
mod end;
mod intake;
mod talk;
mod work;

use huying_model::{
    Actor, Case, CaseId, Command, Instant, Stage,
    actor::Role,
    case::Evidence,
    catalogue::{Condition, EvidenceKind},
    words::Sealed,
};
use rand_chacha::ChaCha8Rng;
use smol_str::SmolStr;

use crate::{World, pen::Pen, says};

/// Whoever works for a unit.
pub(crate) const WORKING: &[Role] =
    &[Role::Handler, Role::GridWorker, Role::Dispatcher, Role::Acceptor, Role::Leader];

/// What somebody does.
#[derive(Clone, Debug)]
pub struct Act {
    pub actor: Actor,
    pub command: Command,
}

/// A case in front of somebody.
pub struct Sitting<'a> {
    pub world: &'a World,
    pub case: &'a Case,
    pub now: Instant,
    /// How often an act was refused since the last one that was not: the more, the plainer.
    pub tries: u8,
    /// An earlier case of the same trouble.
    pub twin: Option<CaseId>,
    pub pen: &'a mut dyn Pen,
    pub rng: &'a mut ChaCha8Rng,
}

/// The next act; None where everybody waits.
pub fn next(sitting: &mut Sitting) -> Option<Act> {
    if sitting.tries == 0
        && let Some(act) = talk::aside(sitting)
    {
        return Some(act);
    }
    match sitting.case.stage {
        Stage::Reported => intake::reported(sitting),
        Stage::Verifying => intake::verifying(sitting),
        Stage::Filed => intake::filed(sitting),
        Stage::Dispatched | Stage::Handling => work::work(sitting),
        Stage::Inspecting => check::inspecting(sitting),
        Stage::CallingBack => check::calling_back(sitting),
        Stage::Closed | Stage::Declined => end::ended(sitting),
        Stage::Merged | Stage::Withdrawn => None,
    }
}

impl Sitting<'_> {
    /// Only on the first try, and only so often in a thousand.
    fn whim(&mut self, of_thousand: u32) -> bool {
        self.tries == 0 && self.world.whim(of_thousand, self.rng)
    }

    /// One of a list of sentences, sealed.
    fn say(&mut self, of: &[&'static str]) -> Sealed {
        let words = says::sentence(of, self.rng);
        self.pen.words(self.case.id, words)
    }

    fn act(&mut self, unit: &huying_model::UnitId, roles: &[Role], command: Command) -> Option<Act> {
        let actor = self.world.someone(unit, roles, self.rng)?;
        Some(Act { actor, command })
    }

    fn reporter(&self) -> Option<Actor> {
        let first = self.case.reporters.iter().find(|reporter| !reporter.withdrawn)?;
        Some(Actor::Reporter { no: first.no })
    }

    fn condition(&self) -> Option<&Condition> {
        let rules = self.world.policy.rules(self.case.policy.as_ref(), self.case.matter.as_ref());
        rules.matters.get(self.case.matter.as_ref()?)?.condition(self.case.condition?)
    }

    /// Photos of these kinds: named like real ones, with no file behind them.
    fn photos(&self, kinds: &[EvidenceKind]) -> Vec<Evidence> {
        let name = |no: usize| SmolStr::new(format!("{:032x}{:032x}", self.case.id.0, no + 1));
        let fresh = |kind: &&EvidenceKind| !self.case.evidence.iter().any(|have| have.kind == **kind);
        let wanted = kinds.iter().filter(fresh).enumerate();
        wanted.map(|(no, kind)| Evidence { kind: *kind, file: name(self.case.evidence.len() + no) }).collect()
    }
}
