//! What follows from a command: the events, or the rule that refuses it. Pure: no clock, no randomness, no input or output.
//!
//! [`decide`] asks the table (stage), [`permit`] (who), [`ready`] (what holds before any parameter), then the command's
//! own arm. Each arm builds one event with [`draft::Draft`], which also computes clocks, notices and what leaving a
//! stage ends. [`allowed`] asks the same three questions for the buttons of a screen.

mod ahead;
mod check;
mod dispatch;
mod draft;
mod family;
mod help;
mod intake;
mod meetings;
mod permit;
mod ready;
mod repin;
mod talk;
mod time;
mod units;
mod work;

use crate::{
    actor::{Actor, Seat},
    calendar::{Calendar, Limit, Measure},
    case::Case,
    catalogue::{Condition, Limits, Matter},
    clock::TimerKind,
    command::{Command, Name},
    event::{Event, Times},
    ids::{CaseId, UnitId},
    org::Org,
    policy::{Policy, Rules},
    refusal::Refusal,
    steps::StepName,
    table,
    time::Instant,
};
pub use ahead::{Ahead, ahead};
pub use permit::{permit, roles};

/// What a decision goes by besides the case.
pub struct Cx<'a> {
    pub policy: &'a Policy,
    pub actor: &'a Actor,
    pub times: Times,
    /// Other cases of the same tenant, as they stand in this transaction.
    pub related: &'a dyn Fn(CaseId) -> Option<Case>,
}

/// What follows. `also` are System's commands on other cases, to be decided and committed together with the events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    pub events: Vec<Event>,
    pub also: Vec<(CaseId, Command)>,
}

/// Everything an arm looks at.
pub(crate) struct Scene<'a> {
    pub cx: &'a Cx<'a>,
    pub case: &'a Case,
    pub rules: &'a Rules,
    pub org: &'a Org,
    pub now: Instant,
    /// The seat that permitted the command.
    pub seat: Option<Seat>,
}

impl<'a> Scene<'a> {
    fn new(cx: &'a Cx<'a>, case: &'a Case) -> Scene<'a> {
        let rules = cx.policy.rules(case.policy.as_ref(), case.matter.as_ref());
        Scene { cx, case, rules, org: &cx.policy.org, now: cx.times.received, seat: None }
    }
    pub fn matter(&self) -> Option<&'a Matter> {
        self.rules.matters.get(self.case.matter.as_ref()?)
    }
    /// Whether the pinned rules ask for this step of the case as it stands.
    pub fn needs(&self, step: StepName) -> bool {
        self.rules.needs(step, self.case.matter.as_ref(), self.case.source, self.case.urgency)
    }
    pub fn condition(&self) -> Option<&'a Condition> {
        self.matter()?.condition(self.case.condition?)
    }
    pub fn limits(&self) -> Option<Limits> {
        self.case.limits.or_else(|| self.condition().map(|condition| condition.limits))
    }
    /// The rules' limit of a clock. [`Rules::check`] refuses rules without one; a day stands in before that check.
    pub fn limit(&self, kind: TimerKind) -> Limit {
        let day = Limit { measure: Measure::CalendarDay, amount: 1 };
        self.rules.timers.get(&kind).map_or(day, |rule| rule.limit)
    }
    pub fn calendar(&self) -> Option<&'a Calendar> {
        self.rules.calendar_of(self.case.matter.as_ref())
    }
    pub fn actor(&self) -> &Actor {
        self.cx.actor
    }
}

/// Decides a command on a case. `Report` and `Begin` take a [`Case::blank`].
///
/// # Errors
/// The [`Refusal`] of the rule that says no. Nothing has happened then.
pub fn decide(cx: &Cx, case: &Case, command: &Command) -> Result<Decision, Refusal> {
    let mut scene = Scene::new(cx, case);
    let name = command.name();
    stage_allows(case, name)?;
    scene.seat = permit::seat(&scene, name)?;
    ready::ready(&scene, name)?;
    arm(&scene, command)
}

/// The commands that this actor may give now, in the table's order: what buttons are drawn from.
pub fn allowed(cx: &Cx, case: &Case) -> Vec<Name> {
    let scene = Scene::new(cx, case);
    let may = |name: Name| {
        stage_allows(case, name).is_ok()
            && permit::seat(&scene, name).is_ok()
            && ready::ready(&scene, name).is_ok()
    };
    table::TABLE.iter().map(|row| row.command).filter(|name| may(*name)).collect()
}

/// Who takes over what a unit holds in an open case when it no longer serves the case's place: what re-homing is given.
pub fn successor(policy: &Policy, case: &Case, from: &UnitId, now: Instant) -> UnitId {
    let related = |_: CaseId| None;
    let cx = Cx { policy, actor: &Actor::System, times: Times::at(now), related: &related };
    Scene::new(&cx, case).successor(from)
}

fn stage_allows(case: &Case, name: Name) -> Result<(), Refusal> {
    let births = matches!(name, Name::Report | Name::Begin);
    match (case.version == 0, births) {
        (true, true) => Ok(()),
        (false, true) => Err(Refusal::AlreadyBegun),
        (true, false) => Err(Refusal::UnknownCase),
        (false, false) if table::legal(name, case.stage) => Ok(()),
        (false, false) => Err(Refusal::NotFromHere { stage: case.stage, command: name }),
    }
}

fn arm(scene: &Scene, command: &Command) -> Result<Decision, Refusal> {
    use Command as C;
    match command {
        C::Report { report } => intake::report(scene, report),
        C::File { filing, urgency } => intake::file(scene, filing, *urgency),
        C::Decline { reason } => intake::decline(scene, reason),
        C::Verify { words } => intake::verify(scene, words.as_ref()),
        C::Verified { is_true, filing, words, evidence } => {
            intake::verified(scene, *is_true, filing.as_ref(), words.as_ref(), evidence)
        }
        C::SelfHandle { filing, done, words, evidence } => {
            intake::self_handle(scene, filing, *done, words.as_ref(), evidence)
        }
        C::CannotSolve { reason } => intake::cannot_solve(scene, reason),
        C::Object { reason } => intake::object(scene, reason),
        C::Relocate { place, address } => intake::relocate(scene, place, address.as_ref()),
        C::Reclassify { filing } => intake::reclassify(scene, filing),
        C::Dispatch { lead, assists, routing } => {
            dispatch::dispatch(scene, lead, assists, routing.as_deref())
        }
        C::Rule { lead, assists, reason } => dispatch::rule(scene, lead, assists, reason),
        C::PushDown { to, reason } => dispatch::push_down(scene, to, reason.as_ref()),
        C::Raise { reason } => dispatch::raise(scene, reason),
        C::Return { reason } => dispatch::give_back(scene, reason),
        C::Recall { reason } => dispatch::recall(scene, reason),
        C::Reassign { lead, reason } => dispatch::reassign(scene, lead, reason),
        C::TakeOver { unit, reason } => dispatch::take_over(scene, unit, reason.as_ref()),
        C::Conclude { outcome, reason } => dispatch::conclude(scene, *outcome, reason),
        C::Receive { unit } => work::receive(scene, unit),
        C::Arrive { unit } => work::arrive(scene, unit),
        C::Progress { unit, words } => work::progress(scene, unit, words),
        C::Appoint { unit, officer, co_officers } => work::appoint(scene, unit, officer, co_officers),
        C::AddAssist { unit } => work::add_assist(scene, unit),
        C::EndAssist { unit, done, reason } => work::end_assist(scene, unit, *done, reason.as_ref()),
        C::Attach { evidence, words } => work::attach(scene, evidence, words.as_ref()),
        C::Milestone { name } => work::milestone(scene, name),
        C::Finish { outcome, reason, evidence } => work::finish(scene, *outcome, reason.as_ref(), evidence),
        C::Pass { words } => check::pass(scene, words.as_ref()),
        C::Fail { reason } => check::fail(scene, reason),
        C::Nominate { member } => check::nominate(scene, member),
        C::RecordCallback { case, reporter, reached, solved, satisfied, words } => {
            check::record_callback(scene, *case, *reporter, (*reached, *solved, *satisfied), words.as_ref())
        }
        C::Close { words } => check::close(scene, words.as_ref()),
        C::Rework { reason } => check::rework(scene, Some(reason)),
        C::Reopen { reason } => check::reopen(scene, Some(reason)),
        C::Rate { stars, words } => check::rate(scene, *stars, words.as_ref()),
        C::FollowUp { unit, words } => check::follow_up(scene, unit, words.as_ref()),
        C::FollowedUp { no, words } => check::followed_up(scene, *no, words.as_ref()),
        C::Withdraw { reason } => family::withdraw(scene, reason.as_ref()),
        C::Merge { into } => family::merge(scene, *into),
        C::Unmerge { reason } => family::unmerge(scene, reason),
        C::Absorb { child } => family::absorb(scene, child),
        C::Release { child } => family::release(scene, *child),
        C::Split { parts } => family::split(scene, parts),
        C::Begin { parent, part, report, centre, filing, cap } => {
            family::begin(scene, *parent, part, report, centre, filing, *cap)
        }
        C::Cap { cap } => family::cap(scene, *cap),
        C::ChildEnded { child } => family::child_ended(scene, *child),
        C::ParentEnded { outcome, void } => family::parent_ended(scene, *outcome, *void),
        C::ChildUnsolved { child } => family::child_unsolved(scene, *child),
        C::Call { callee, words } => help::call(scene, callee.as_ref(), words),
        C::Answer { no, words } => help::answer(scene, *no, words),
        C::RateAnswer { no, stars } => help::rate_answer(scene, *no, *stars),
        C::Request { kind, until, reason } => help::request(scene, *kind, *until, reason),
        C::Grant { no, words } => help::grant(scene, *no, words.as_ref()),
        C::Refuse { no, reason } => help::refuse(scene, *no, reason),
        C::Suspend { until, reason } => help::suspend(scene, *until, reason),
        C::Resume { reason } => help::resume(scene, reason.as_ref()),
        C::MarkDifficult { reason } => help::mark_difficult(scene, reason),
        C::Convene { at, units } => help::convene(scene, *at, units),
        C::Decide { resolve, reason } => help::resolve(scene, resolve, reason),
        C::SetUrgency { urgency, reason } => talk::set_urgency(scene, *urgency, reason.as_ref()),
        C::Comment { words } => talk::comment(scene, words),
        C::Note { words } => talk::note(scene, words),
        C::Supplement { words, evidence, informant } => {
            talk::supplement(scene, words.as_ref(), evidence, informant.as_ref())
        }
        C::AskReporter { question } => talk::ask(scene, question),
        C::Supervise { words } => talk::supervise(scene, words),
        C::Acknowledge { words } => talk::acknowledge(scene, words.as_ref()),
        C::Redact { event, reason } => talk::redact(scene, *event, reason),
        C::Publish { words, files } => talk::publish(scene, words.as_ref(), files),
        C::Tick => time::tick(scene),
        C::Rehome { from, to } => time::rehome(scene, from, to),
        C::Veto { unit } => dispatch::veto(scene, unit),
        C::Repin { to } => repin::repin(scene, to),
        C::Retime => time::retime(scene),
        C::Resettle { area } => time::resettle(scene, area.as_ref()),
    }
}
