//! `admissions.csv` (准入): for which matters grid workers may be asked, who applied, who decided, by which rule.
//!
//! Owns the reading of its rows. Which row is in force is the model's question; whether a route asks for what is not admitted
//! is the lint's. Start at [`read`].

use huying_model::{
    UnitId,
    admission::{Admission, Admissions},
    org::Unit,
};
use smol_str::SmolStr;

use crate::catalogue::Catalogue;
use crate::people::Listed;
use crate::places::instant;
use crate::problem::{Problems, Spot};
use crate::settings::{self, Settings};
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of admissions, which a pack may leave out.
pub const FILE: &str = "admissions.csv";

/// Reads the table, and `[admission]` of the settings.
pub fn read(
    source: &dyn Source,
    settings: &Settings,
    units: &Listed<Unit>,
    catalogue: &Catalogue,
    problems: &Problems,
) -> Admissions {
    let mut admissions = settings.admission.clone();
    if let Some(office) = admissions.office.as_ref().filter(|id| !units.spots.contains_key(id.as_str())) {
        let what = format!("the office '{office}' of [admission] does not exist");
        problems.at(Spot::file(settings::FILE), what, "Name a unit of units.csv");
    }
    let Some(text) = text(source, FILE, false, problems) else { return admissions };
    let needed = ["matter", "applicant", "office", "decision", "rule"];
    let table = Table::read(FILE, &text, &needed, &["from", "until"], problems);
    for row in table.rows(problems) {
        admissions.rows.extend(admission(&row, settings, units, catalogue));
    }
    admissions
}

fn admission(
    row: &Row,
    settings: &Settings,
    units: &Listed<Unit>,
    catalogue: &Catalogue,
) -> Option<Admission> {
    let matter = row.need("matter", |pattern| catalogue.check_pattern(pattern));
    let unit = |heading: &str| {
        row.need(heading, |id| {
            if units.spots.contains_key(id) {
                Ok(UnitId::new(id))
            } else {
                Err(format!("the unit '{id}' does not exist: add it or correct the id"))
            }
        })
    };
    let (applicant, office) = (unit("applicant"), unit("office"));
    let ruling = row.need("decision", word);
    let rule = row.need_text("rule").map(SmolStr::new);
    let (from, until) = (instant(row, "from", settings), instant(row, "until", settings));
    if applicant.is_some() && applicant == office {
        row.fail("office", "the applicant decides its own application", "Name another unit as the office");
    }
    if from.zip(until).is_some_and(|(from, until)| until <= from) {
        row.fail("until", "the row ends before it begins", "Write a later day");
    }
    Some(Admission {
        matter: matter?,
        applicant: applicant?,
        office: office?,
        ruling: ruling?,
        rule: rule?,
        from,
        until,
    })
}
