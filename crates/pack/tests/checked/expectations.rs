//! The list of responsibilities: what it says is asked of the dispatch table, and every difference is told at its row.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io;
use std::path::Path;

use huying_pack::{
    Dir, Pack, Source, load_from,
    problem::Problems,
    scenario::{self, Expectations},
};

const LIST: &str = "scenarios/expectations.csv";

/// The starter pack with other texts in place of some of its files.
struct Edited(Dir, Vec<(&'static str, String)>);

impl Source for Edited {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.1.iter().find(|(file, _)| *file == name) {
            Some((_, text)) => Ok(Some(text.clone().into_bytes())),
            None => self.0.bytes(name),
        }
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        self.0.names(folder)
    }
}

fn starter() -> Dir {
    Dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter"))
}

/// The starter pack with these edits: file, text that stands in it, text in its place.
fn edited(edits: &[(&'static str, &str, &str)]) -> (Pack, Edited) {
    let mut files: Vec<(&'static str, String)> = Vec::new();
    for (file, old, new) in edits {
        let known = files.iter().position(|(name, _)| name == file);
        let at = known.unwrap_or_else(|| {
            let text = String::from_utf8(starter().bytes(file).unwrap().unwrap()).unwrap();
            files.push((*file, text));
            files.len() - 1
        });
        assert!(files[at].1.contains(old), "{file} has no '{old}' any more: correct the test");
        files[at].1 = files[at].1.replacen(old, new, 1);
    }
    let source = Edited(starter(), files);
    (load_from(&source).unwrap(), source)
}

fn told(edits: &[(&'static str, &str, &str)]) -> Vec<String> {
    let (pack, source) = edited(edits);
    let problems = Problems::default();
    let list = Expectations::read(&pack, &source, &problems).unwrap();
    let compared = list.compare(&pack, |_| true, None);
    compared.problems.into_iter().for_each(|problem| problems.add(problem));
    problems.into_sorted().iter().map(ToString::to_string).collect()
}

#[test]
fn a_list_that_says_what_the_table_does_is_told_as_one_passed_story() {
    let (pack, source) = edited(&[]);
    let report = scenario::run(&pack, &source).unwrap();
    let list = report.told.iter().find(|told| told.file == LIST).unwrap();
    assert_eq!(list.verdict, scenario::Verdict::Passed, "{report}");
    assert_eq!(list.checks, 11);
    assert!(list.title.contains("10 of 10 matters"), "{}", list.title);
}

#[test]
fn every_difference_between_the_list_and_the_table_is_told_with_a_case() {
    let vendor = "city/order/vendor,,,,order@street,,占道经营";
    let gas = "safety/hazard/gas,,,,works@district,gas@district police@district";
    for (edits, wanted) in [
        // The list against the table.
        (vec![(LIST, vendor, "city/order/vendor,,,,mediation@street,,")], "instead of to mediation@street"),
        (vec![(LIST, gas, "safety/hazard/gas,,,,works@district,gas@district")], "the help of dept-police"),
        (
            vec![(LIST, "station@community,,积存", "station@community,order@street,积存")],
            "without the help of order@street",
        ),
        (
            vec![(LIST, vendor, "city/order/vendor,,,,order@street,,\ncity/order/vendor,,,,order@street,,")],
            "fits line 7 of this list equally well",
        ),
        (
            vec![(LIST, vendor, "city/order/vendor,,,,order@street,,\ncity/order/*,,,,order@street,,")],
            "says nothing",
        ),
        (vec![(LIST, vendor, "city/order/vendor,,,night,mediation@street,,")], "Night"),
        (vec![(LIST, vendor, "city/order/vendor,990101002,,,mediation@street,,")], "990101002"),
        (vec![(LIST, vendor, "city/order/vendor,,sensor,,mediation@street,,")], "from sensor"),
        // The table against the list.
        (vec![("routes.csv", "R-04,city/order/parking", "R-04,city/order/vendor")], "instead of to"),
        (
            vec![("routes.csv", "R-04,", "R-99,city/order/vendor,video,,,works@district,,,,\nR-04,")],
            "from video",
        ),
        (vec![("routes.csv", "R-10,people/work/*", "R-10,people/service/*")], "goes to nobody"),
        (vec![("routes.csv", "police_call,,,mediation@street", "police_call,,,order@street")], "police_call"),
    ] {
        let told = told(&edits);
        assert!(told.iter().any(|line| line.contains(wanted)), "{edits:?} wanted …{wanted}…: {told:?}");
        assert!(told.iter().all(|line| line.starts_with(LIST)), "{told:?}");
    }
    assert_eq!(told(&[]), Vec::<String>::new());
}

#[test]
fn a_row_of_the_list_that_cannot_be_read_is_told_at_its_cell() {
    let row = "city/order/vendor,,,,order@street,,占道经营";
    for (new, wanted) in [
        ("city/order/vender,,,,order@street,,", "fits no matter"),
        ("city/order/vendor,123,,,order@street,,", "this area does not exist"),
        ("city/order/vendor,,phone,,order@street,,", "phone"),
        ("city/order/vendor,,,evening,order@street,,", "evening"),
        ("city/order/vendor,,,,order@county,,", "county"),
        ("city/order/vendor,,,,=dept-none,,", "dept-none does not exist"),
        ("city/order/vendor,,,,,,", "'lead' is empty"),
    ] {
        let told = told(&[(LIST, row, new)]);
        let found = told.iter().any(|line| line.starts_with(&format!("{LIST}:6:")) && line.contains(wanted));
        assert!(found, "{new} wanted …{wanted}…: {told:?}");
    }
}
