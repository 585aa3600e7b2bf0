//! Limits against each other: receipt, handling and promise, of conditions and of rows.
//!
//! Owns comparisons over every start at which a calendar is worst, and over every urgency, which shortens handling and
//! promise and not the receipt. A promise that may end before receipt need is hopeless: an error where it is so from every
//! start, a warning with the start where a holiday makes it so. Calendars without known holidays too, since every due instant
//! of theirs is provisional. Start at [`check`].

use huying_model::{
    Instant,
    calendar::Limit,
    catalogue::{Condition, Matter, Urgency},
    clock::TimerKind,
    route::{Route, glob},
};

use crate::lint::hours::{Before, Hours};
use crate::lint::{Calendars, LintReport, Severity, at_route, civil};
use crate::load::{Pack, Spots};
use crate::problem::Spot;

pub fn check(pack: &Pack, spots: &Spots, hours: &Calendars, report: &mut LintReport) {
    let rules = &pack.policy.current;
    unknown_holidays(pack, report);
    for matter in rules.matters.values() {
        let Some(hours) = hours.get(matter.calendar.as_ref().unwrap_or(&rules.calendar)) else { continue };
        for condition in &matter.conditions {
            let spot = spots.matters.get(&matter.code).cloned().unwrap_or_default();
            let of = format!("condition {} of {}", condition.no, matter.code);
            let judged = Judged { pack, hours, matter, condition, report: &mut *report };
            judged.own(spot, &of);
            for row in rules.routes.iter().filter(|row| glob(&row.matter, matter.code.as_str())) {
                let judged = Judged { pack, hours, matter, condition, report: &mut *report };
                judged.by_row(at_route(spots, &row.id), row, &of);
            }
        }
    }
    // One finding a row and wording is enough, however many matters it fits.
    let mut known = std::collections::BTreeSet::new();
    report.findings.retain(|finding| {
        let by_row = matches!(finding.rule, "idle-limit" | "late-handling" | "hopeless-limit")
            && !finding.rows.is_empty();
        !by_row || known.insert((finding.rule, finding.rows.clone(), finding.severity))
    });
}

/// A calendar for which no year is published makes every due instant provisional.
fn unknown_holidays(pack: &Pack, report: &mut LintReport) {
    let rules = &pack.policy.current;
    for (name, _) in rules.calendars.iter().filter(|(_, known)| known.published_years().is_none()) {
        let spot = Spot { field: format!("calendars.{name}").into(), ..Spot::file(crate::settings::FILE) };
        let problem = spot.problem(
            format!("the calendar {name} knows the holidays of no year, so every due instant is provisional"),
            "Name a holiday file, or say published = [first year, last year] where there is none",
        );
        let mut by_it =
            rules.matters.values().filter(|m| m.calendar.as_ref().unwrap_or(&rules.calendar) == name);
        let example =
            by_it.next().map_or_else(String::new, |matter| format!("{} ({})", matter.name, matter.code));
        report.add(Severity::Warning, "unknown-holidays", problem, example);
    }
}

/// A condition while it is judged.
struct Judged<'j> {
    pack: &'j Pack,
    hours: &'j Hours<'j>,
    matter: &'j Matter,
    condition: &'j Condition,
    report: &'j mut LintReport,
}

impl Judged<'_> {
    /// The shortest promise that an urgency leaves.
    fn shortest(&self, limit: Limit) -> (Limit, Urgency) {
        let rules = &self.pack.policy.current;
        let all = rules.urgency.keys().map(|urgency| (rules.shortened(limit, *urgency), *urgency));
        all.min_by_key(|(limit, _)| limit.amount).unwrap_or((limit, Urgency::Green))
    }

    fn own(self, spot: Spot, of: &str) {
        let limits = self.condition.limits;
        let usual = self.pack.policy.current.timers.get(&TimerKind::Receive).map(|timer| timer.limit);
        let Some(receive) = limits.receive.or(usual) else { return };
        let late = self.hours.before(limits.promise, limits.handle);
        if let Before::Always(at) = late
            && limits.promise.measure != limits.handle.measure
        {
            let what = format!(
                "{of} promises {} and gives {} for handling, which is longer from every start",
                limits.promise.en(),
                limits.handle.en()
            );
            let example = self.example(at, Urgency::Green);
            let problem = spot.clone().problem(what, "Lengthen the promise or shorten the handling");
            self.report.add(Severity::Error, "late-handling", problem, example);
        }
        self.hopeless(spot, of, receive, Vec::new());
    }

    /// Rows with limits of their own: receipt and handling count in place of the condition's, the promise only where it is
    /// shorter (no dispatch lengthens a promise).
    fn by_row(self, spot: Spot, row: &Route, of: &str) {
        let Some(limits) = row.limits else { return };
        let (own, rows) = (self.condition.limits, vec![row.id.to_string()]);
        if let Before::Always(at) = self.hours.before(own.promise, limits.handle)
            && own.promise != limits.handle
        {
            let what = format!(
                "the row {} gives {} for handling, longer than the promise of {of}, {}",
                row.id,
                limits.handle.en(),
                own.promise.en()
            );
            let problem = spot.clone().problem(what, "Shorten the row's limit or lengthen the promise");
            let example = self.example(at, Urgency::Green);
            self.report.add_with_rows(Severity::Error, "late-handling", problem, example, rows.clone());
        }
        if limits.promise != own.promise
            && let Before::Always(at) = self.hours.before(own.promise, limits.promise)
        {
            let what = format!(
                "the promise of the row {}, {}, is longer than that of {of}, {}, and never counts",
                row.id,
                limits.promise.en(),
                own.promise.en()
            );
            let problem =
                spot.clone().problem(what, "A row only shortens a promise: lengthen the condition's");
            let example = self.example(at, Urgency::Green);
            self.report.add_with_rows(Severity::Warning, "idle-limit", problem, example, rows.clone());
        }
        if let Some(receive) = limits.receive {
            self.hopeless(spot, &format!("{of} by the row {}", row.id), receive, rows);
        }
    }

    fn hopeless(self, spot: Spot, of: &str, receive: Limit, rows: Vec<String>) {
        // A promise of nothing says that it is done when it is filed: no receipt is waited for.
        if self.condition.limits.promise.amount == 0 {
            return;
        }
        let (promise, urgency) = self.shortest(self.condition.limits.promise);
        let (severity, at, when) = match self.hours.before(promise, receive) {
            Before::Never => return,
            Before::Always(at) => (Severity::Error, at, "from every start"),
            Before::Sometimes(at) => (Severity::Warning, at, "from some starts"),
        };
        let what = format!(
            "{of} promises {} and gives {} for receipt alone, which is no shorter {when}",
            promise.en(),
            receive.en()
        );
        let example = self.example(at, urgency);
        let problem =
            spot.problem(what, "Lengthen the promise, or shorten the receipt or give it in the same measure");
        self.report.add_with_rows(severity, "hopeless-limit", problem, example, rows);
    }

    fn example(&self, at: Instant, urgency: Urgency) -> String {
        let (calendar, limits) = (self.hours.calendar, self.condition.limits);
        let (promise, _) = self.shortest(limits.promise);
        let promise = if urgency == Urgency::Green { limits.promise } else { promise };
        format!(
            "{} ({}), {}, filed and dispatched {}, promised until {}",
            self.matter.name,
            self.matter.code,
            format!("{urgency:?}").to_lowercase(),
            civil(calendar, at),
            civil(calendar, calendar.due(at, promise).at)
        )
    }
}
