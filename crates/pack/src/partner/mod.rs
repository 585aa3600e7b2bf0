//! A partner's mapping: which of their matters, areas, units, statuses, sources, urgencies and fields are which of ours.
//!
//! Owns the file (TOML), read against the pack that it is written for, with every mistake at its line, and the translation both ways.
//! Refuses to guess: a name without a row is told as such, never passed on. docs/exchange.md is the guide. Start at
//! [`Mapping::read`], then [`Mapping::theirs`] and [`Mapping::ours`].

mod lint;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use huying_model::{MatterCode, UnitId};
use smol_str::SmolStr;

pub use lint::RULES;

use crate::{
    Pack,
    doc::Doc,
    problem::{Problem, Problems},
};

/// What a row of a mapping translates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Matter,
    Area,
    Unit,
    /// Outcomes and stages.
    Status,
    Source,
    Urgency,
    /// Types of messages.
    Type,
    Field,
}

impl Kind {
    /// Every kind, by the name of its rows.
    pub const ALL: [Kind; 8] = [
        Kind::Matter,
        Kind::Area,
        Kind::Unit,
        Kind::Status,
        Kind::Source,
        Kind::Urgency,
        Kind::Type,
        Kind::Field,
    ];
    /// The name of its rows in the file.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Matter => "matter",
            Kind::Area => "area",
            Kind::Unit => "unit",
            Kind::Status => "status",
            Kind::Source => "source",
            Kind::Urgency => "urgency",
            Kind::Type => "type",
            Kind::Field => "field",
        }
    }
}

/// How messages are written to a partner (CloudEvents over HTTP).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// One message a request, its attributes in the body.
    #[default]
    Structured,
    /// One message a request, its attributes in headers.
    Binary,
    /// Many messages a request.
    Batch,
}

/// Which way a field goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    #[default]
    Both,
    In,
    Out,
}

impl Way {
    pub fn goes_in(self) -> bool {
        self != Way::Out
    }
    pub fn goes_out(self) -> bool {
        self != Way::In
    }
}

/// How often figures are pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Every {
    Hour,
    Day,
}

/// One row of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    pub ours: SmolStr,
    pub theirs: SmolStr,
    pub way: Way,
}

/// A mapping that was read without a problem.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mapping {
    pub mode: Mode,
    /// Why a reporter's name and contact may go to the partner, and may be taken from it; None where they may not.
    pub purpose_out: Option<SmolStr>,
    pub purpose_in: Option<SmolStr>,
    /// What stands where theirs is not given or not known, by kind.
    pub defaults: BTreeMap<Kind, SmolStr>,
    /// Kinds whose names are the same on both sides where no row says otherwise.
    pub same: BTreeSet<Kind>,
    /// Matters that the partner is said to be given: each has a way out. What goes to it is what is dispatched to its units.
    pub given: BTreeSet<MatterCode>,
    pub figures: Option<Every>,
    /// Their fields that are left aside knowingly.
    pub dropped: BTreeSet<SmolStr>,
    out: BTreeMap<(Kind, SmolStr), SmolStr>,
    back: BTreeMap<(Kind, SmolStr), SmolStr>,
    fields: Vec<Pair>,
}

impl Mapping {
    /// Reads a mapping and checks it against a pack.
    ///
    /// # Errors
    /// Every mistake, each with its line and the mend.
    pub fn read(file: &str, text: &str, pack: &Pack) -> Result<Mapping, Vec<Problem>> {
        let (mapping, found) = Mapping::look(file, text, pack);
        if found.is_empty() { Ok(mapping) } else { Err(found) }
    }

    /// What can be read of a mapping, with everything that is wrong with it: which units are bound counts even where the rest does
    /// not fit the pack any more.
    pub fn look(file: &str, text: &str, pack: &Pack) -> (Mapping, Vec<Problem>) {
        let problems = Problems::default();
        let doc = Doc::parse(file, text, &problems);
        let read = rows::read(&doc.root(&problems));
        let mapping = lint::checked(&read, pack, &problems);
        (mapping, problems.into_sorted())
    }

    /// Our name for the partner; None where there is no way out.
    pub fn theirs(&self, kind: Kind, ours: &str) -> Option<SmolStr> {
        let row = self.out.get(&(kind, SmolStr::new(ours))).cloned();
        row.or_else(|| self.same.contains(&kind).then(|| SmolStr::new(ours)))
    }

    /// Their name for us; the default where it is not known and there is one.
    pub fn ours(&self, kind: Kind, theirs: &str) -> Option<SmolStr> {
        let row = self.back.get(&(kind, SmolStr::new(theirs))).cloned();
        row.or_else(|| self.same.contains(&kind).then(|| SmolStr::new(theirs)))
            .or_else(|| self.defaults.get(&kind).cloned())
    }

    /// Whether a unit is bound to the partner: what it is dispatched is handed over.
    pub fn binds(&self, unit: &UnitId) -> bool {
        self.out.contains_key(&(Kind::Unit, unit.0.clone()))
    }

    /// The rows of fields; none where both sides have the same.
    pub fn fields(&self) -> &[Pair] {
        &self.fields
    }
}
