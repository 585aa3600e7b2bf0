//! The rules of the lint by name.
//!
//! Owns the list that the guide prints and the tests go by: each rule stands in docs/writing-a-pack.md, and a pack that
//! breaks it in the tests. Refuses a rule without a sentence. Start at [`RULES`].

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The same in every run and version.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub what: &'static str,
}

const fn rule(id: &'static str, what: &'static str) -> Rule {
    Rule { id, what }
}

/// Every rule, by theme.
pub const RULES: &[Rule] = &[
    rule("unreadable", "the pack cannot be read"),
    // The dispatch table.
    rule("no-route", "a case finds no row"),
    rule("no-handler", "a row sends a case to a unit in which nobody works"),
    rule("cannot-serve", "a row sends a case to a unit that does not serve its place"),
    rule("tie", "two rows fit a case equally well"),
    rule("shadowed", "a row is never the answer"),
    rule("absent-unit", "a selector finds nobody somewhere"),
    rule("unreached-unit", "no selector finds the unit"),
    // Units and people.
    rule("unstaffed-centre", "a centre lacks somebody"),
    rule("unstaffed-station", "nobody accepts what is reported"),
    rule("unfilled-role", "nobody has a role that the life cycle needs"),
    rule("empty-unit", "a unit has no member"),
    rule("ended-seat", "a member sits in a unit that has ended"),
    // The life cycle.
    rule("stuck-stage", "a stage that nobody may leave"),
    rule("auditor-inspects", "work that only the auditor's nominee can inspect"),
    rule("call-ladder", "a call that does not climb to a leader"),
    rule("endless-round", "something may happen to one case too often"),
    rule("unbounded-wait", "a case can wait for ever before a leader knows"),
    rule("outcome-level", "an outcome that the centre may not give where it has to"),
    rule("impossible-evidence", "evidence that nobody can give"),
    rule("idle-evidence", "evidence that is never asked for"),
    rule("unadmitted", "grid workers are asked for what is not admitted"),
    // Scorecards.
    rule("weights", "the weights of a scorecard do not add up"),
    // Tables that a pack may leave out.
    rule("roster-hole", "an hour at which nobody is on duty"),
    rule("unused-reply", "a reply that no matter names"),
    rule("oversized", "areas with more households than they should have"),
    rule("undersized", "areas with fewer households than they should have"),
    rule("unsized", "areas of a sized level that tell no households"),
    // Limits.
    rule("hopeless-limit", "a promise that ends before receipt need"),
    rule("late-handling", "handling that may take longer than the promise"),
    rule("idle-limit", "a limit that never counts"),
    rule("unknown-holidays", "a calendar that knows no holidays"),
    // Shapes.
    rule("no-shape", "cells that no point leads to"),
    rule("overlap", "ground that two cells hold"),
    rule("gap", "ground that no cell holds"),
    rule("idle-overlay", "an overlay that touches no cell"),
    // Words.
    rule("empty-track", "a track without a matter"),
    rule("no-english", "names without English"),
];

/// The rule of this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
