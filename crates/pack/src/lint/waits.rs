//! The longest time that a case can wait before a leader knows, per filing condition.
//!
//! Owns the bound of promise 3. Two clocks stand over everything that people do or omit: the intake clock until a
//! case is filed, the promise clock from then on; each ladder ends at a leader. Both may be reset by nothing, only
//! extensions (each one more handling limit) and a suspension move the second, and their number and length are
//! bounded. Clocks of single steps tell a leader earlier; the bound holds even where they were all met. The bound is taken over
//! every start at which a calendar is worst: the ends of working intervals, and midnights. Start at [`waits`].

use std::collections::HashMap;

use huying_model::{
    Instant, MatterCode, Rules,
    calendar::{Calendar, Limit},
    clock::TimerKind,
    policy::Rung,
};

const MINUTE: i64 = 60_000;
/// Working intervals are taken to end on a quarter of an hour; what ends between is found up to so much later.
const QUARTER: i64 = 15 * MINUTE;
/// Years looked at where no holidays are published.
const PLAIN_YEARS: i64 = 2;

/// What the lint prints for one filing condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    pub matter: MatterCode,
    pub condition: u16,
    /// Milliseconds from the first receipt until a leader knows, whatever people omit.
    pub plain_ms: i64,
    /// The same with every extension granted and the longest suspension.
    pub longest_ms: i64,
}

/// One bound per filing condition, the longest first.
pub fn waits(rules: &Rules) -> Vec<Wait> {
    let mut all = Vec::new();
    let mut calendars: HashMap<*const Calendar, Worst> = HashMap::new();
    for matter in rules.matters.values() {
        let Some(calendar) = rules.calendar_of(Some(&matter.code)) else { continue };
        let worst =
            calendars.entry(std::ptr::from_ref(calendar)).or_insert_with(|| Worst::of(calendar, rules.from));
        let (Some(intake), Some(promise)) =
            (chain(rules, TimerKind::Intake), chain(rules, TimerKind::Promise))
        else {
            continue;
        };
        let before = worst.of_chain(calendar, &intake);
        for condition in &matter.conditions {
            let limit = condition.limits.promise;
            let after: Vec<Limit> = std::iter::once(limit).chain(promise.iter().skip(1).copied()).collect();
            let extended: Vec<Limit> = (0..rules.allowances.extensions)
                .map(|_| condition.limits.handle)
                .chain(after.iter().copied())
                .collect();
            let suspended = if rules.allowances.suspensions == 0 {
                0
            } else {
                worst.of_chain(calendar, &[rules.suspension])
            };
            all.push(Wait {
                matter: matter.code.clone(),
                condition: condition.no,
                plain_ms: before + worst.of_chain(calendar, &after),
                longest_ms: before + worst.of_chain(calendar, &extended) + suspended,
            });
        }
    }
    all.sort_by(|a, b| b.plain_ms.cmp(&a.plain_ms).then_with(|| a.matter.cmp(&b.matter)));
    all
}

/// A clock's limit and the step of its ladder that tells a leader.
fn chain(rules: &Rules, kind: TimerKind) -> Option<[Limit; 2]> {
    let rule = rules.timers.get(&kind)?;
    let step = rule.ladder.iter().find(|step| step.tell == Rung::Leader)?;
    Some([rule.limit, step.after])
}

/// The worst starts of a calendar, and chains that were asked before.
struct Worst {
    starts: Vec<Instant>,
    known: HashMap<Vec<Limit>, i64>,
}

impl Worst {
    fn of(calendar: &Calendar, from: Instant) -> Worst {
        let year = |instant: Instant| i64::from(calendar.civil(instant).year());
        let (first, last) = match calendar.published_years() {
            Some((first, last)) => (i64::from(first), i64::from(last)),
            None => (year(from), year(from) + PLAIN_YEARS - 1),
        };
        let begins = |year: i64| {
            let day = jiff::civil::Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
            crate::places::midnight(day, calendar.zone()).ok()
        };
        let (Some(start), Some(end)) = (begins(first), begins(last + 1)) else {
            return Worst { starts: vec![from], known: HashMap::new() };
        };
        let quarters = (0..).map(|n: i64| start.plus_ms(n * QUARTER)).take_while(|at| *at < end);
        let mut worked = false;
        let starts = quarters.filter(|at| {
            let works = calendar.is_working(*at);
            let ended = worked && !works;
            worked = works;
            ended || calendar.civil(*at).time() == jiff::civil::Time::midnight()
        });
        Worst { starts: starts.collect(), known: HashMap::new() }
    }

    /// The most natural time that these limits, one after the other, can take.
    fn of_chain(&mut self, calendar: &Calendar, limits: &[Limit]) -> i64 {
        if let Some(known) = self.known.get(limits) {
            return *known;
        }
        let taken = |start: &Instant| {
            limits.iter().fold(*start, |at, limit| calendar.due(at, *limit).at).minus(*start)
        };
        let most = self.starts.iter().map(taken).max().unwrap_or(0) + QUARTER;
        self.known.insert(limits.to_vec(), most);
        most
    }
}
