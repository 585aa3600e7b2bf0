//! `steps.csv`: where inspection and callback are needed otherwise than the matter's own columns say.
//!
//! Owns the reading of its rows; a pack may leave the file out. Two equal rows are the lint's question. Start at [`read`].

use huying_model::steps::StepRule;

use crate::catalogue::Catalogue;
use crate::problem::{Problems, Spot};
use crate::source::{Source, text};
use crate::table::Table;
use crate::words::{flag, word};

/// The file of steps.
pub const FILE: &str = "steps.csv";

/// The rows, and where each stands.
#[derive(Debug, Default)]
pub struct Steps {
    pub rows: Vec<StepRule>,
    pub spots: Vec<Spot>,
}

/// Reads the table.
pub fn read(source: &dyn Source, catalogue: &Catalogue, problems: &Problems) -> Steps {
    let mut steps = Steps::default();
    let Some(text) = text(source, FILE, false, problems) else { return steps };
    let table = Table::read(FILE, &text, &["step", "matter", "needed"], &["source", "urgency"], problems);
    for row in table.rows(problems) {
        let step = row.need("step", word);
        let matter = row.need("matter", |pattern| catalogue.check_pattern(pattern));
        let (source, urgency) = (row.read("source", word), row.read("urgency", word));
        let needed = row.need("needed", flag);
        let (Some(step), Some(matter), Some(needed)) = (step, matter, needed) else { continue };
        steps.rows.push(StepRule { step, matter, source, urgency, needed });
        steps.spots.push(row.spot("matter"));
    }
    steps
}
