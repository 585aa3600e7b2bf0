//! From the journal of one case to what it counts in a period.
//!
//! Owns the fold: the case is followed event by event, so that every clock and every lead is known as it stood at the
//! moment that is judged. Events received after the period are not looked at. Start at [`Counting`].

use std::collections::BTreeMap;

use super::{Measure, Span};
use crate::{
    actor::By,
    apply::apply,
    case::{Bond, Case},
    catalogue::Source,
    clock::Timer,
    event::{Body, Event, Sent},
    ids::{AreaCode, CaseId, MemberId, UnitId},
    stage::Stage,
    time::Instant,
};

/// One thing that is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    pub measure: Measure,
    pub amount: u32,
    pub unit: Option<UnitId>,
    pub worker: Option<MemberId>,
    /// Whether it counts for the area and in total too.
    pub whole: bool,
}

/// What one case counts in a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseCounts {
    pub source: Source,
    /// Where it lay at the end.
    pub area: Option<AreaCode>,
    pub counted: Vec<Counted>,
}

/// Counts a whole journal.
pub fn count<'e>(id: CaseId, events: impl IntoIterator<Item = &'e Event>, span: Span) -> CaseCounts {
    let mut counting = Counting::new(id, span);
    for event in events {
        counting.take(event);
    }
    counting.end()
}

/// The first dispatch, and what became of it.
struct First {
    at: Instant,
    lead: UnitId,
    kept: bool,
    recalled: bool,
}

/// The first closing.
struct Closing {
    at: Instant,
    on_time: bool,
    answers: Answers,
}

/// Who answers for a case at a moment.
#[derive(Clone)]
struct Answers {
    unit: UnitId,
    worker: Option<MemberId>,
    exempt: bool,
}

/// The last call to one reporter in the period.
struct Called {
    reached: bool,
    solved: bool,
    satisfied: bool,
    answers: Answers,
}

/// The fold over one case.
pub struct Counting {
    span: Span,
    case: Case,
    /// An event after the period was seen: what follows belongs to later reports.
    over: bool,
    counted: Vec<Counted>,
    first: Option<First>,
    closing: Option<Closing>,
    called: BTreeMap<(CaseId, u16), Called>,
    /// Calls that have climbed.
    climbed: Vec<u16>,
}

impl Counting {
    pub fn new(id: CaseId, span: Span) -> Counting {
        Counting {
            span,
            case: Case::blank(id),
            over: false,
            counted: Vec::new(),
            first: None,
            closing: None,
            called: BTreeMap::new(),
            climbed: Vec::new(),
        }
    }

    /// The next event of the journal.
    pub fn take(&mut self, event: &Event) {
        self.over |= event.times.received >= self.span.until;
        if self.over {
            return;
        }
        let who = match &event.by {
            By::Member { id, .. } => Some(id.clone()),
            _ => None,
        };
        let now = Now { at: event.times.received, who, event };
        self.intake(&now);
        self.dispatch(&now);
        self.work(&now);
        self.checks(&now);
        self.help(&now);
        apply(&mut self.case, event);
    }

    fn note(&mut self, now: &Now, measure: Measure, unit: &UnitId, whole: bool) {
        self.add(now.at, measure, 1, Some(unit.clone()), now.who.clone(), whole);
    }

    fn add(
        &mut self,
        at: Instant,
        measure: Measure,
        amount: u32,
        unit: Option<UnitId>,
        worker: Option<MemberId>,
        whole: bool,
    ) {
        if self.span.holds(at) {
            self.counted.push(Counted { measure, amount, unit, worker, whole });
        }
    }

    fn intake(&mut self, now: &Now) {
        let custodian = self.case.custodian.clone();
        let pinned = match &now.event.body {
            Body::Reported { report, .. } => {
                let unit = now.event.to.as_ref().map_or(custodian, |to| to.custodian.clone());
                self.note(now, Measure::Reported, &unit, true);
                if report.source == Source::Hotline {
                    self.note(now, Measure::Hotline, &unit, true);
                }
                return;
            }
            Body::Verified { is_true, pinned, .. } => {
                self.note(now, Measure::Verified, &custodian, true);
                if *is_true {
                    self.note(now, Measure::VerifiedTrue, &custodian, true);
                }
                pinned.as_ref()
            }
            Body::SelfHandled { pinned, unit, .. } => {
                self.note(now, Measure::SelfHandled, unit, true);
                Some(pinned)
            }
            Body::Objected { .. } => {
                self.note(now, Measure::Objections, &custodian, true);
                None
            }
            Body::Filed { pinned, .. } => Some(pinned),
            Body::Unmerged { pinned, .. } => pinned.as_ref(),
            _ => None,
        };
        if let Some(pinned) = pinned.filter(|_| self.case.filed_at.is_none()) {
            self.note(now, Measure::Filed, &pinned.centre, true);
        }
        if now.event.to.as_ref().is_some_and(|to| to.stage == Stage::Declined) {
            self.note(now, Measure::Declined, &custodian, true);
        }
    }

    fn dispatch(&mut self, now: &Now) {
        match &now.event.body {
            Body::Dispatched { lead, assists, .. } | Body::Ruled { lead, assists, .. } => {
                self.lead(now, lead);
                assists.iter().for_each(|assist| self.sent(now, assist));
            }
            Body::Began { lead, .. } => self.lead(now, lead),
            Body::Reassigned { lead, .. } => {
                self.first.iter_mut().for_each(|first| first.kept = false);
                self.sent(now, lead);
            }
            Body::Decided { lead: Some(lead), .. } => self.sent(now, lead),
            Body::AssistAdded { assist } | Body::TakenOver { assist: Some(assist), .. } => {
                self.sent(now, assist);
            }
            Body::Absorbed { child } => {
                let at_work = matches!(self.case.stage, Stage::Dispatched | Stage::Handling);
                if let Some(unit) = child.lead.as_ref().filter(|_| at_work) {
                    self.note(now, Measure::Sent, unit, true);
                }
            }
            Body::Returned { by_unit, .. } => {
                self.note(now, Measure::Returned, by_unit, true);
                if self.case.stage != Stage::Filed {
                    self.first.iter_mut().for_each(|first| first.kept = false);
                }
            }
            Body::Recalled { .. } => self.first.iter_mut().for_each(|first| first.recalled = true),
            Body::Rehomed { from, to, .. } => {
                self.first.iter_mut().filter(|first| &first.lead == from).for_each(|f| f.lead = to.clone());
            }
            _ => {}
        }
    }

    fn lead(&mut self, now: &Now, lead: &Sent) {
        self.sent(now, lead);
        match &mut self.first {
            Some(first) => {
                first.kept &= !(first.recalled && first.lead != lead.unit);
                first.recalled = false;
            }
            None => {
                let lead = lead.unit.clone();
                self.first = Some(First { at: now.at, lead, kept: true, recalled: false });
            }
        }
    }

    fn sent(&mut self, now: &Now, part: &Sent) {
        self.add(now.at, Measure::Sent, 1, Some(part.unit.clone()), None, true);
    }

    fn work(&mut self, now: &Now) {
        if let Body::Received { unit } = &now.event.body {
            self.note(now, Measure::Received, unit, true);
            if self.in_time(&Timer::Receive(unit.clone()), now.at) {
                self.note(now, Measure::ReceivedOnTime, unit, true);
            }
        }
    }

    /// No later than the clock is due as it stands; one that does not run cannot be missed.
    fn in_time(&self, of: &Timer, at: Instant) -> bool {
        self.case.clock(of).is_none_or(|clock| !clock.runs() || at <= clock.due)
    }

    fn checks(&mut self, now: &Now) {
        let again = match &now.event.body {
            Body::Failed { .. } => Some(Measure::Failed),
            Body::Reworked { .. } => Some(Measure::Reworked),
            Body::Reopened { .. } => Some(Measure::Reopened),
            Body::CalledBack { case, reporter, reached, solved, satisfied, .. } => {
                let called = Called {
                    reached: *reached,
                    solved: *solved == Some(true),
                    satisfied: *satisfied == Some(true),
                    answers: self.answers(),
                };
                if self.span.holds(now.at) {
                    self.called.insert((*case, *reporter), called);
                }
                None
            }
            _ => None,
        };
        if let Some(measure) = again {
            let Answers { unit, worker, .. } = self.answers();
            self.add(now.at, measure, 1, Some(unit), worker, true);
        }
        let closes = now.event.to.as_ref().is_some_and(|to| to.stage == Stage::Closed);
        let own = !matches!(now.event.body, Body::ParentEnded { .. });
        if closes && own && self.closing.is_none() {
            let on_time = self.in_time(&Timer::Promise, now.at);
            self.closing = Some(Closing { at: now.at, on_time, answers: self.answers() });
        }
    }

    /// The one that finished the work; while it is open the lead; else the dispatching centre.
    fn answers(&self) -> Answers {
        let case = &self.case;
        let finished = case.ending.as_ref();
        let unit = match finished {
            Some(ending) => ending.unit.clone(),
            None => case.lead_unit().cloned(),
        };
        let unit = unit.unwrap_or_else(|| case.centre.clone());
        let part = case.assignments.iter().find(|part| part.unit == unit);
        let by = finished.and_then(|ending| match &ending.by {
            By::Member { id, .. } => Some(id.clone()),
            _ => None,
        });
        let worker = part.and_then(|part| part.officer.clone()).or(by);
        Answers { worker, exempt: part.is_some_and(|part| part.exempt), unit }
    }

    fn help(&mut self, now: &Now) {
        let callee =
            |no: u16| self.case.calls.iter().find(|call| call.no == no).map(|call| call.callee.clone());
        match &now.event.body {
            Body::Called { callee, .. } => self.asked(now, callee, true),
            Body::CallClimbed { no, callee, .. } => {
                self.climbed.push(*no);
                self.asked(now, callee, false);
            }
            Body::Answered { no, .. } => {
                let Some(unit) = callee(*no) else { return };
                self.note(now, Measure::CallsAnswered, &unit, true);
                if self.in_time(&Timer::Call(*no), now.at) {
                    let whole = !self.climbed.contains(no);
                    self.note(now, Measure::CallsOnTime, &unit, whole);
                }
            }
            Body::AnswerRated { no, stars } => {
                let Some(unit) = callee(*no) else { return };
                self.add(now.at, Measure::CallsRated, 1, Some(unit.clone()), None, true);
                self.add(now.at, Measure::CallStars, u32::from(*stars), Some(unit), None, true);
            }
            _ => {}
        }
    }

    fn asked(&mut self, now: &Now, callee: &UnitId, whole: bool) {
        self.add(now.at, Measure::Calls, 1, Some(callee.clone()), None, whole);
    }

    /// What the case counts, judged at the end of the period.
    pub fn end(mut self) -> CaseCounts {
        let whole = self.case.parent.as_ref().is_none_or(|parent| parent.bond != Bond::Split);
        if let Some(First { at, lead, kept, .. }) = self.first.take() {
            self.add(at, Measure::Dispatched, 1, Some(lead.clone()), None, whole);
            if kept {
                self.add(at, Measure::FirstKept, 1, Some(lead), None, whole);
            }
        }
        match self.closing.take() {
            Some(closing) => self.closed(&closing, whole),
            None => self.open(whole),
        }
        for called in std::mem::take(&mut self.called).into_values() {
            let said = [
                (Measure::CalledBack, true),
                (Measure::Reached, called.reached),
                (Measure::Solved, called.solved),
                (Measure::Satisfied, called.satisfied),
            ];
            let Answers { unit, worker, .. } = called.answers;
            for (measure, _) in said.into_iter().filter(|(_, so)| *so) {
                let (unit, worker) = (Some(unit.clone()), worker.clone());
                self.counted.push(Counted { measure, amount: 1, unit, worker, whole: true });
            }
        }
        CaseCounts { source: self.case.source, area: self.case.place.area.clone(), counted: self.counted }
    }

    fn closed(&mut self, closing: &Closing, whole: bool) {
        let Closing { at, on_time, answers } = closing;
        self.of_case(*at, Measure::Due, answers, whole);
        self.of_case(*at, Measure::Done, answers, whole);
        match (on_time, answers.exempt) {
            (true, _) => self.of_case(*at, Measure::DoneOnTime, answers, whole),
            (false, false) => self.of_case(*at, Measure::Overdue, answers, whole),
            (false, true) => {
                self.of_case(*at, Measure::DoneOnTime, answers, false);
                self.add(*at, Measure::Overdue, 1, None, None, whole);
            }
        }
    }

    fn open(&mut self, whole: bool) {
        let promise = self.case.clock(&Timer::Promise).filter(|clock| clock.runs());
        let owed = self.case.is_open() && self.case.filed_at.is_some();
        if !owed || promise.is_none_or(|clock| clock.due >= self.span.until) {
            return;
        }
        let answers = self.answers();
        // It is owed now, however long ago it fell due.
        let now = self.span.until.plus_ms(-1);
        for measure in [Measure::Due, Measure::Overdue] {
            if answers.exempt {
                self.add(now, measure, 1, None, None, whole);
            } else {
                self.of_case(now, measure, &answers, whole);
            }
        }
    }

    fn of_case(&mut self, at: Instant, measure: Measure, answers: &Answers, whole: bool) {
        self.add(at, measure, 1, Some(answers.unit.clone()), answers.worker.clone(), whole);
    }
}

/// The event that is looked at, before it is folded.
struct Now<'e> {
    at: Instant,
    who: Option<MemberId>,
    event: &'e Event,
}
