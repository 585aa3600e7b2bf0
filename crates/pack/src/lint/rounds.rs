//! How often something may happen to one case.
//!
//! Owns the bounds of the allowances. Every cycle of the life cycle's table passes a command that an allowance counts
//! (the model's walk proves it), so a case ends after a bounded number of rounds where every allowance has a bound. The
//! reader refuses returns, fails, reworks, reopens, verifications, extensions and suspensions above the domain's figures;
//! here stand the others, which may reach four times what is usual. Start at [`check`].

use huying_model::policy::Allowances;

use crate::lint::{LintReport, Severity};
use crate::load::Pack;
use crate::problem::Spot;

/// So many times the usual figure is the bound.
const TIMES: u8 = 4;

pub fn check(pack: &Pack, report: &mut LintReport) {
    let (set, usual) = (pack.policy.current.allowances, Allowances::default());
    for (name, value, usual, what) in [
        (
            "moves",
            set.moves,
            usual.moves,
            "be raised, pushed down, recalled, reassigned, relocated or taken over",
        ),
        ("calls", set.calls, usual.calls, "call for help"),
        ("requests", set.requests, usual.requests, "ask for extension, suspension or exemption"),
        ("merges", set.merges, usual.merges, "be merged and separated"),
        ("attempts", set.attempts, usual.attempts, "call a reporter who is not reached"),
        ("follow_ups", set.follow_ups, usual.follow_ups, "be given a to-do after closing"),
    ] {
        let bound = usual.saturating_mul(TIMES);
        if value > bound {
            let field = format!("allowances.{name}");
            let spot = Spot { field: field.into(), ..Spot::file(crate::settings::FILE) };
            let problem = spot.problem(
                format!("a case may {what} {value} times, above the bound of {bound}"),
                format!("Write {name} = {bound} or less; {usual} is usual"),
            );
            report.add(
                Severity::Error,
                "endless-round",
                problem,
                format!("one case that goes round {value} times"),
            );
        }
    }
}
