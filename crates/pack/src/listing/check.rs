//! What the readers of a pack say of a table that came, told at the rows of the file that came.
//!
//! Owns the tables beside it: the ones of today. Mistakes of rows that nobody sent are not told here, since they stand in what holds
//! already. Start at [`check`].

use std::io;

use super::{Compared, Kind, Listing, RowOf, Went};
use crate::files::Files;
use crate::load::Pack;
use crate::problem::{Problem, Problems};
use crate::source::Source;
use crate::{people, places, settings};

/// The version in force with other tables of the organisation.
struct Beside<'f> {
    files: &'f Files,
    tables: Vec<(&'static str, String)>,
}

impl Source for Beside<'_> {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.tables.iter().find(|(file, _)| *file == name) {
            Some((_, text)) => Ok(Some(text.clone().into_bytes())),
            None => self.files.bytes(name),
        }
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        self.files.names(folder)
    }
}

/// Adds every mistake of a table of the organisation. Tables of the policy are examined as a draft instead.
pub fn check(compared: &mut Compared, pack: &Pack, files: &Files) {
    let kind = compared.kind;
    if !kind.of_organisation() {
        return;
    }
    let of_today = |kind: Kind| {
        let listing: Listing = super::today(kind, pack, files);
        let none = super::Sheet::default();
        Compared::of(none, &listing, super::Missing::Stays).text()
    };
    let table = |other: Kind| (other.file(), if other == kind { compared.text() } else { of_today(other) });
    let source = Beside { files, tables: [Kind::Areas, Kind::Units, Kind::Members].map(table).into() };
    let problems = Problems::default();
    if let Some(settings) = settings::read(&source, &problems) {
        let ground = places::read(&source, &settings, &problems);
        let units = people::units(&source, &settings, &ground, &problems);
        people::members(&source, &units, &problems);
    }
    let told: Vec<Problem> =
        problems.into_sorted().into_iter().filter_map(|problem| placed(compared, problem)).collect();
    compared.problems.extend(told);
    let levels: Vec<Problem> = compared.rows.iter().filter_map(|row| level(compared, row)).collect();
    compared.problems.extend(levels);
    compared.problems.sort();
    compared.problems.dedup();
}

fn placed(compared: &Compared, problem: Problem) -> Option<Problem> {
    if problem.file != compared.kind.file() {
        return None;
    }
    // Nobody's seats may all be taken away; a pack has no such member.
    if compared.kind == Kind::Members && problem.field == "seats" && problem.message.ends_with("is empty") {
        return None;
    }
    let spot = compared.placed(problem.line, &problem.field)?;
    Some(spot.problem(problem.message, problem.mend))
}

fn level(compared: &Compared, row: &RowOf) -> Option<Problem> {
    let moves = compared.kind == Kind::Areas && row.went == Went::Changed && row.new_of("level").is_some();
    let mend = "End this area and add another with a code of its own";
    moves.then(|| compared.spot(row.line, "level").problem("an area does not change its level", mend))
}
