//! Groups of service recipients that are none: lists of people by what they believe, where they come from or what they are suspected of.
//!
//! Owns the finding; what gives such a group away stands with [`crate::settings::Group`]. Start at [`check`].

use crate::lint::{LintReport, Severity};
use crate::load::Pack;

pub fn check(pack: &Pack, report: &mut LintReport) {
    for group in &pack.recipients {
        let Some((what, word)) = group.refused() else { continue };
        let told = format!("the group '{}' would list people by {what}: it says “{word}”", group.code);
        let mend = "Name the help that is given and who needs it, or remove the group: nobody is kept in a watch-list";
        let problem = group.spot.clone().problem(told, mend);
        report.add(Severity::Error, "watch-list", problem, group.name.zh.to_string());
    }
}
