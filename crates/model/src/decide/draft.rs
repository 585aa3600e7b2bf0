//! Builds one event: computes its clocks, ends what leaving a stage ends, and writes the notices nobody may forget.

use smol_str::SmolStr;

use crate::{
    actor::{Actor, By},
    calendar::{Calendar, Due, Limit},
    case::{Attention, Bond, CallState},
    catalogue::Outcome,
    clock::{Clock, ClockChange, Laid, Timer},
    command::Command,
    event::{Audience, Body, Event, Move, Notice, VERSION},
    ids::{CaseId, UnitId},
    policy::{Step, TimerRule},
    stage::Stage,
    time::Instant,
};

use super::{Decision, Scene, meetings::Meetings};

pub(super) struct Draft<'a> {
    scene: &'a Scene<'a>,
    event: Event,
    also: Vec<(CaseId, Command)>,
    attention: Option<Option<Attention>>,
}

/// Stages in which units work; leaving them ends suspension, requests, calls and parts.
fn at_work(stage: Stage) -> bool {
    matches!(stage, Stage::Dispatched | Stage::Handling)
}

/// When the step after `fired` others comes: the warning first, then each rung of the ladder, or the due instant alone.
pub(super) fn next_step(calendar: &Calendar, rule: &TimerRule, clock: &Clock, fired: u8) -> Option<Instant> {
    let warns = rule.warn_percent > 0;
    if warns && fired == 0 {
        return Some(calendar.at_fraction(clock.started, clock.due, clock.limit.measure, rule.warn_percent));
    }
    let rung = usize::from(fired) - usize::from(warns);
    match rule.ladder.get(rung) {
        Some(Step { after, .. }) if after.amount == 0 => Some(clock.due),
        Some(Step { after, .. }) => Some(calendar.due(clock.due, *after).at),
        None => (rule.ladder.is_empty() && rung == 0).then_some(clock.due),
    }
}

impl Scene<'_> {
    /// Since when the clocks of a suspended case are paused.
    fn paused_at(&self) -> Instant {
        self.case.clock(&Timer::Suspension).map_or(self.now, |pause| pause.started)
    }

    /// When a clock ends, or would have if it had not been paused: by what is left of it, from which a shorter limit may
    /// have taken since.
    pub(super) fn ends(&self, clock: &Clock) -> Instant {
        match (clock.paused, self.calendar()) {
            (Some(left), Some(calendar)) => calendar.resume(self.paused_at(), left, clock.limit.measure).at,
            _ => clock.due,
        }
    }
}

impl<'a> Draft<'a> {
    pub fn new(scene: &'a Scene<'a>, body: Body) -> Draft<'a> {
        let by = match scene.actor() {
            Actor::Member { id, .. } => By::Member { id: id.clone(), seat: scene.seat.clone() },
            Actor::Reporter { no } => By::Reporter { no: *no },
            Actor::System => By::System,
        };
        let event = Event {
            v: VERSION,
            by,
            times: scene.cx.times,
            body,
            to: None,
            clocks: Vec::new(),
            attention: None,
            tell: Vec::new(),
        };
        Draft { scene, event, also: Vec::new(), attention: None }
    }

    /// Sends the case to a stage and custodian.
    pub fn go(mut self, stage: Stage, custodian: UnitId) -> Self {
        if at_work(self.scene.case.stage) && !at_work(stage) {
            self = self.leave_work();
        }
        // Wherever a case goes from Filed, its wait for others is over; an ordinary one for dispatch may follow.
        self = self.stop(Timer::BringIn);
        self.event.to = Some(Move { stage, custodian });
        self
    }

    /// Another unit has custody, in the same stage.
    pub fn hand_to(mut self, custodian: UnitId) -> Self {
        self.event.to = Some(Move { stage: self.scene.case.stage, custodian });
        self
    }

    fn leave_work(mut self) -> Self {
        let case = self.scene.case;
        for clock in &case.clocks {
            let ends = matches!(
                clock.of,
                Timer::Receive(_) | Timer::Arrive(_) | Timer::Handle(_) | Timer::Call(_) | Timer::Request(_)
            );
            if ends {
                self.event.clocks.push(ClockChange::Stop(clock.of.clone()));
            }
        }
        for call in case.calls.iter().filter(|call| call.state == CallState::Open) {
            self = self.tell(Audience::Unit(call.callee.clone()), "call_ended");
        }
        for request in &case.requests {
            self = self.tell(Audience::Unit(request.unit.clone()), "request_ended");
        }
        for part in case.open_assists() {
            self.event.tell.push(notice(Audience::Unit(part.unit.clone()), "assist_ended"));
        }
        self.end_suspension()
    }

    /// Paused clocks run again with what was left of them.
    pub fn end_suspension(mut self) -> Self {
        let case = self.scene.case;
        if !case.suspended() {
            return self;
        }
        self.event.clocks.push(ClockChange::Stop(Timer::Suspension));
        // One that ran out ended at its own instant, however late the timer looked.
        let from = case.suspended_until.map_or(self.scene.now, |until| until.min(self.scene.now));
        for clock in &case.clocks {
            let stopped =
                self.event.clocks.iter().any(|change| *change == ClockChange::Stop(clock.of.clone()));
            let clock = self.as_paused(clock);
            if let (Some(left), false, Some(calendar)) = (clock.paused, stopped, self.scene.calendar()) {
                let due = calendar.resume(from, left, clock.limit.measure);
                self.move_clock(&clock, due);
            }
        }
        self
    }

    /// A clock as this event leaves it so far: what a shorter limit took from it while it was paused stays taken when it goes on.
    fn as_paused(&self, clock: &Clock) -> Clock {
        let mut clock = clock.clone();
        for change in &self.event.clocks {
            if let ClockChange::Pause { of, left, limit } = change
                && *of == clock.of
            {
                clock.paused = Some(*left);
                clock.limit = limit.unwrap_or(clock.limit);
            }
        }
        clock
    }

    /// Every running clock of the work is paused with what is left of it.
    pub fn pause_work(mut self) -> Self {
        for clock in &self.scene.case.clocks {
            let pauses = matches!(
                clock.of,
                Timer::Promise | Timer::Handle(_) | Timer::Arrive(_) | Timer::Receive(_) | Timer::Meeting
            );
            if let (true, true, Some(calendar)) = (pauses, clock.runs(), self.scene.calendar()) {
                let left = calendar.left(self.scene.now, clock.due, clock.limit.measure);
                self.event.clocks.push(ClockChange::Pause { of: clock.of.clone(), left, limit: None });
            }
        }
        self
    }

    pub fn start(self, of: Timer, limit: Limit) -> Self {
        let from = self.scene.now;
        self.start_from(of, limit, from, None)
    }

    /// A clock with the limit its rule gives.
    pub fn start_by_rule(self, of: Timer) -> Self {
        let limit = self.scene.limit(of.kind());
        self.start(of, limit)
    }

    /// A clock that counts from an instant, and never runs past `cap`.
    pub fn start_from(mut self, of: Timer, limit: Limit, from: Instant, cap: Option<Instant>) -> Self {
        let clock = self.clock(of, limit, from, cap);
        self.event.clocks.extend(clock.map(ClockChange::Start));
        self
    }

    fn clock(&self, of: Timer, limit: Limit, from: Instant, cap: Option<Instant>) -> Option<Clock> {
        let calendar = self.scene.calendar()?;
        let Due { at, provisional } = calendar.due(from, limit);
        let cap = cap.or_else(|| self.cap(&of));
        let due = cap.map_or(at, |cap| at.min(cap));
        let mut clock = Clock {
            of,
            limit,
            started: from,
            due,
            provisional,
            moved: cap.is_some_and(|cap| cap < at),
            laid: None,
            paused: None,
            fired: 0,
            next: None,
        };
        clock.next = self.first_step(calendar, &clock);
        Some(clock)
    }

    /// The work of a split's part never runs past what its parent had promised, nor that of a case which was handed over past
    /// what the other authority had.
    fn cap(&self, of: &Timer) -> Option<Instant> {
        let work = matches!(of, Timer::Promise | Timer::Receive(_) | Timer::Arrive(_) | Timer::Handle(_));
        let case = self.scene.case;
        // One that is reopened is promised anew.
        let over = |cap: &Instant| case.closed_at.is_some() && *cap <= self.scene.now;
        let caps = [case.parent.as_ref().and_then(|parent| parent.cap), case.promised];
        caps.into_iter().flatten().filter(|cap| work && !over(cap)).min()
    }

    fn first_step(&self, calendar: &Calendar, clock: &Clock) -> Option<Instant> {
        match self.scene.rules.timers.get(&clock.of.kind()) {
            Some(rule) => next_step(calendar, rule, clock, 0),
            None => Some(clock.due),
        }
    }

    /// A clock that ends at a chosen instant.
    pub fn start_until(mut self, of: Timer, limit: Limit, due: Instant) -> Self {
        let started = self.scene.now;
        let clock = Clock {
            of,
            limit,
            started,
            due,
            provisional: false,
            moved: true,
            laid: None,
            paused: None,
            fired: 0,
            next: Some(due),
        };
        self.event.clocks.push(ClockChange::Start(clock));
        self
    }

    /// The clock runs to another instant; its steps begin again from there. What is left of it now is noted, so that a
    /// changed calendar can lay it out again.
    pub fn move_clock(&mut self, clock: &Clock, due: Due) {
        let capped = self.cap(&clock.of).filter(|cap| *cap < due.at);
        match (capped, self.scene.calendar()) {
            (Some(cap), _) => self.move_to(clock, Due { at: cap, ..due }, None),
            (None, Some(calendar)) => {
                let from = self.scene.now;
                let left = calendar.left(from, due.at, clock.limit.measure);
                self.move_to(clock, due, (left.ms > 0).then_some(Laid { from, left }));
            }
            (None, None) => {}
        }
    }

    fn move_to(&mut self, clock: &Clock, due: Due, laid: Option<Laid>) {
        let Some(calendar) = self.scene.calendar() else { return };
        let moved =
            Clock { due: due.at, provisional: due.provisional, paused: None, fired: 0, ..clock.clone() };
        let next = self.first_step(calendar, &moved);
        let (due, provisional) = (due.at, due.provisional);
        let limit = self.other_limit(clock);
        self.event.clocks.push(ClockChange::Move {
            of: clock.of.clone(),
            due,
            provisional,
            next,
            laid,
            limit,
        });
    }

    /// The limit of a clock that is about to change, where it is another than the case has.
    fn other_limit(&self, clock: &Clock) -> Option<Limit> {
        let known = self.scene.case.clock(&clock.of)?;
        (known.limit != clock.limit).then_some(clock.limit)
    }

    /// The clock ends no later than another case's promise, which stays its instant whatever the calendar becomes.
    pub fn shorten_to(mut self, clock: &Clock, at: Instant) -> Self {
        if clock.runs() && at < clock.due {
            self.move_to(clock, Due { at, provisional: clock.provisional }, None);
        }
        self
    }

    /// Runs to the earlier of the two instants, or has so much less left while it is paused; does nothing where it is
    /// earlier already. `limit` is the one that it goes by then; None where the instant is another case's.
    pub fn shorten(mut self, of: &Timer, due: Due, limit: Option<Limit>) -> Self {
        let scene = self.scene;
        let later = |clock: &&Clock| due.at < scene.ends(clock);
        let Some(clock) = scene.case.clock(of).filter(later) else { return self };
        let shorter = Clock { limit: limit.unwrap_or(clock.limit), ..clock.clone() };
        match (clock.paused, scene.calendar()) {
            (Some(_), Some(calendar)) => {
                // In the measure of the limit that it goes by from now on.
                let left = calendar.left(scene.paused_at(), due.at, shorter.limit.measure);
                let limit = self.other_limit(&shorter);
                self.event.clocks.push(ClockChange::Pause { of: of.clone(), left, limit });
            }
            _ => self.move_clock(&shorter, due),
        }
        self
    }

    pub fn stop(mut self, of: Timer) -> Self {
        if self.scene.case.clock(&of).is_some() {
            self.event.clocks.push(ClockChange::Stop(of));
        }
        self
    }

    /// Every clock of a unit's part.
    pub fn stop_unit(self, unit: &UnitId) -> Self {
        self.stop(Timer::Receive(unit.clone()))
            .stop(Timer::Arrive(unit.clone()))
            .stop(Timer::Handle(unit.clone()))
    }

    /// A clock of one unit's part becomes the same clock of another's.
    pub fn rename(mut self, clock: &Clock, unit: &UnitId) -> Self {
        let Some(from) = clock.of.unit() else { return self };
        let of = clock.of.handed(from, unit);
        self.event.clocks.push(ClockChange::Stop(clock.of.clone()));
        self.event.clocks.push(ClockChange::Start(Clock { of, ..clock.clone() }));
        self
    }

    pub fn fired(mut self, of: Timer, fired: u8, next: Option<Instant>) -> Self {
        self.event.clocks.push(ClockChange::Fired { of, fired, next });
        self
    }

    pub fn tell(mut self, to: Audience, template: &'static str) -> Self {
        let notice = notice(to, template);
        if !self.event.tell.contains(&notice) {
            self.event.tell.push(notice);
        }
        self
    }

    pub fn also(mut self, case: CaseId, command: Command) -> Self {
        self.also.push((case, command));
        self
    }

    /// The leader's item changes to this.
    pub fn attend(mut self, item: Attention) -> Self {
        self.attention = Some(Some(item));
        self
    }

    /// Puts an item into the queue of the leader at the case's centre, or adds a cause to the one that is there.
    pub fn bring_to_leader(self, cause: Timer) -> Self {
        match &self.scene.case.attention {
            Some(item) if item.causes.contains(&cause) => self,
            Some(item) => {
                let mut item = item.clone();
                item.causes.push(cause);
                let unit = item.unit.clone();
                self.attend(item).tell(Audience::Leader(unit), "attention")
            }
            None => {
                let unit = self.scene.leader_unit(&self.scene.case.centre);
                let item = Attention {
                    unit: unit.clone(),
                    causes: vec![cause],
                    acknowledged: false,
                    auditor: false,
                };
                self.attend(item).start_by_rule(Timer::Attend).tell(Audience::Leader(unit), "attention")
            }
        }
    }

    /// The meetings that the colour asks for go on, begin or end.
    fn settle_meetings(&mut self) {
        match Meetings::change(self.scene, &self.event) {
            Meetings::Stay => {}
            Meetings::Stop => self.event.clocks.push(ClockChange::Stop(Timer::Meeting)),
            Meetings::Start(limit) => {
                let clock = self.clock(Timer::Meeting, limit, self.scene.now, None);
                self.event.clocks.extend(clock.map(ClockChange::Start));
            }
        }
    }

    /// A leader's item ends when the clocks that brought it have ended.
    fn settle_attention(&mut self) {
        let before = match (&self.attention, &self.scene.case.attention) {
            (Some(changed), _) => changed.clone(),
            (None, current) => current.clone(),
        };
        let Some(mut item) = before else { return };
        let ended = |cause: &Timer| {
            self.event.clocks.iter().any(|change| match change {
                ClockChange::Stop(of) => of == cause,
                // A clock that went over to another unit has fired before; a fresh one has not.
                ClockChange::Start(clock) => &clock.of == cause && clock.fired == 0,
                _ => false,
            })
        };
        let causes = item.causes.len();
        item.causes.retain(|cause| !ended(cause));
        if item.causes.is_empty() {
            self.attention = Some(None);
            self.event.clocks.push(ClockChange::Stop(Timer::Attend));
        } else if item.causes.len() != causes {
            self.attention = Some(Some(item));
        }
    }

    /// Every terminal stage and change of custodian tells every reporter, and the unit that has it now.
    fn tell_of_move(&mut self) {
        let Some(to) = self.event.to.clone() else { return };
        let case = self.scene.case;
        let changed = to.custodian != case.custodian || case.version == 0;
        if changed && to.stage.is_open() {
            self.event.tell.push(notice(Audience::Unit(to.custodian.clone()), "yours"));
        }
        if changed || !to.stage.is_open() || to.stage != case.stage {
            self.event.tell.push(notice(Audience::Reporters, to.stage.code()));
        }
    }

    /// A part of a split that ends tells its parent; a parent that ends, however, ends what was merged into it.
    fn cascade(&mut self) {
        let Some(to) = &self.event.to else { return };
        let case = self.scene.case;
        if to.stage.is_open() || !case.is_open() {
            return;
        }
        if let Some(parent) = case.parent.as_ref().filter(|parent| parent.bond == Bond::Split) {
            self.also.push((parent.case, Command::ChildEnded { child: case.id }));
        }
        let outcome = match &self.event.body {
            Body::Closed { outcome, .. } | Body::ParentEnded { outcome } => *outcome,
            Body::Verified { .. } => Outcome::NotFound,
            _ => Outcome::Explained,
        };
        for child in case.open_children().filter(|child| child.bond == Bond::Merged) {
            self.also.push((child.case, Command::ParentEnded { outcome, void: false }));
        }
    }

    fn promise_moved(&self) -> Option<Instant> {
        self.event.clocks.iter().rev().find_map(|change| match change {
            ClockChange::Move { of: Timer::Promise, due, .. } => Some(*due),
            _ => None,
        })
    }

    /// When the promise ends as this event leaves it so far: of one that was paused, once its suspension has been ended.
    pub fn promise_due(&self) -> Option<Instant> {
        let stands = || self.scene.case.clock(&Timer::Promise).map(|clock| clock.due);
        self.promise_moved().or_else(stands)
    }

    /// A promise that ends earlier ends the parts' work earlier: none runs past its parent.
    fn shorten_parts(&mut self) {
        let case = self.scene.case;
        let Some(promise) = case.clock(&Timer::Promise) else { return };
        let Some(cap) = self.promise_moved().filter(|due| *due < promise.due) else { return };
        for child in case.open_children().filter(|child| child.bond == Bond::Split) {
            self.also.push((child.case, Command::Cap { cap }));
        }
    }

    pub fn done(mut self) -> Decision {
        self.tell_of_move();
        self.cascade();
        self.shorten_parts();
        let ends = self.event.to.as_ref().is_some_and(|to| !to.stage.is_open());
        if !ends {
            self.settle_meetings();
            self.settle_attention();
            self.event.attention = self.attention;
        }
        Decision { events: vec![self.event], also: self.also }
    }
}

fn notice(to: Audience, template: &'static str) -> Notice {
    Notice { to, template: SmolStr::new_static(template) }
}
