//! A table of a pack with some of its rows written otherwise.
//!
//! Owns that everything else stays as it is written, remarks and quotation marks included, so that two versions differ in what somebody
//! changed and in nothing else, and where the rows of an older text stand in a newer one. Refuses to judge what is written: the reader of
//! the table does. Start at [`Written::read`]; [`places`] follows rows from one version to the next.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A table with where its rows stand in the text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Written {
    text: String,
    /// The headings of the first line.
    pub head: Vec<String>,
    /// The cells of each row, as many as there are headings.
    pub rows: Vec<Vec<String>>,
    spans: Vec<Range<usize>>,
}

/// What becomes of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    Cells(Vec<String>),
    Gone,
}

impl Written {
    /// Reads a table as the readers of packs do: lines that begin with # are remarks, cells are trimmed.
    pub fn read(text: &str) -> Written {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut written = Written { text: text.to_owned(), ..Written::default() };
        let mut record = csv::StringRecord::new();
        loop {
            let from = byte(&reader);
            if !matches!(reader.read_record(&mut record), Ok(true)) {
                return written;
            }
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if written.head.is_empty() {
                written.head = cells;
            } else {
                written.add(cells, from..byte(&reader));
            }
        }
    }

    fn add(&mut self, mut cells: Vec<String>, span: Range<usize>) {
        cells.resize(self.head.len().max(cells.len()), String::new());
        let end = span.end.min(self.text.len());
        let mut from = span.start.min(end);
        // Remarks and blank lines before a row are read with it and are none of it.
        while let Some(rest) = self.text.get(from..end) {
            let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
            let first = rest.get(..line).unwrap_or_default();
            if line == 0 || !(first.starts_with('#') || first.trim().is_empty()) {
                break;
            }
            from += line;
        }
        let row = self.text.get(from..end).unwrap_or_default();
        self.spans.push(from..from + row.trim_end_matches(['\r', '\n']).len());
        self.rows.push(cells);
    }

    /// The text with these rows otherwise, by their numbers from 0, and with new ones at its end.
    pub fn with(&self, mut edits: Vec<(usize, Edit)>, added: &[Vec<String>]) -> String {
        let mut text = self.text.clone();
        // The last first, so that the places of those before stay.
        edits.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, edit) in edits {
            let Some(span) = self.spans.get(at).cloned() else { continue };
            match edit {
                Edit::Cells(cells) => text.replace_range(span, &line(&cells)),
                Edit::Gone => {
                    let rest = text.get(span.end..).unwrap_or_default();
                    let breaks =
                        rest.find('\n').filter(|at| rest.get(..*at).is_some_and(|gap| gap.trim().is_empty()));
                    text.replace_range(span.start..span.end + breaks.map_or(0, |at| at + 1), "");
                }
            }
        }
        if !added.is_empty() && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for cells in added {
            text.push_str(&line(cells));
            text.push('\n');
        }
        text
    }
}

/// Where a row of an older text stands in a newer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// As it was.
    Same(usize),
    /// Somebody wrote it otherwise: of what begins as it does, it is the only one missing and this the only new one.
    Changed(usize),
    /// Not there any more, or nobody can say which of several it is.
    Gone,
}

/// Where each row of an older text stands in a newer one. Equal rows keep their order among each other; where they became more or fewer,
/// it is not guessed which of them stayed.
pub fn places(before: &[Vec<String>], after: &[Vec<String>]) -> Vec<Place> {
    let head = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let most = before.len().min(after.len()) - head;
    let pairs = before.iter().rev().zip(after.iter().rev());
    let tail = pairs.take(most).take_while(|(one, other)| one == other).count();
    let (from, to) = (before.len() - tail, after.len() - tail);
    let (old, new) = (gathered(before, head..from), gathered(after, head..to));
    let (mut same, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for (row, olds) in &old {
        let news = new.get(row).filter(|news| news.len() == olds.len());
        for (was, is) in news.into_iter().flat_map(|news| olds.iter().zip(news)) {
            same.insert(*was, *is);
            taken.insert(*is);
        }
    }
    let missing = beginning(before, (head..from).filter(|at| !same.contains_key(at)));
    let fresh = beginning(after, (head..to).filter(|at| !taken.contains(at)));
    let place = |at: usize| {
        if at < head {
            return Place::Same(at);
        }
        if at >= from {
            return Place::Same(at - from + to);
        }
        if let Some(is) = same.get(&at) {
            return Place::Same(*is);
        }
        let begins = before.get(at).and_then(|row| row.first()).map(String::as_str).unwrap_or_default();
        match (missing.get(begins).map(Vec::as_slice), fresh.get(begins).map(Vec::as_slice)) {
            (Some([_]), Some([is])) => Place::Changed(*is),
            _ => Place::Gone,
        }
    };
    (0..before.len()).map(place).collect()
}

/// Equal rows together.
fn gathered(rows: &[Vec<String>], range: Range<usize>) -> BTreeMap<&[String], Vec<usize>> {
    let mut found: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().take(range.end).skip(range.start) {
        found.entry(row.as_slice()).or_default().push(at);
    }
    found
}

/// Rows by their first cell.
fn beginning(rows: &[Vec<String>], of: impl Iterator<Item = usize>) -> BTreeMap<&str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in of {
        let begins = rows.get(at).and_then(|row| row.first()).map(String::as_str).unwrap_or_default();
        found.entry(begins).or_default().push(at);
    }
    found
}

fn byte(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// A row as a line, in quotation marks where a reader would take it for something else.
fn line(cells: &[String]) -> String {
    let mut writer = csv::WriterBuilder::new().comment(Some(b'#')).from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default().trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id,lead,note\n# the first ones\nR-01,works@district,\"a, b\"\nR-02,order@street\n\n# the last\nR-03, station@community ,x\n";

    fn cells(row: &[&str]) -> Vec<String> {
        row.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn rows_are_read_with_as_many_cells_as_headings() {
        let read = Written::read(TEXT);
        assert_eq!(read.head, cells(&["id", "lead", "note"]));
        assert_eq!(
            read.rows,
            [
                cells(&["R-01", "works@district", "a, b"]),
                cells(&["R-02", "order@street", ""]),
                cells(&["R-03", "station@community", "x"]),
            ]
        );
        assert_eq!(read.with(Vec::new(), &[]), TEXT);
    }

    #[test]
    fn only_the_rows_that_were_edited_are_written_anew() {
        let read = Written::read(TEXT);
        let edits = vec![(0, Edit::Gone), (2, Edit::Cells(cells(&["R-03", "centre@street", "#1"])))];
        assert_eq!(
            read.with(edits, &[cells(&["R-04", "x", "y"])]),
            "id,lead,note\n# the first ones\nR-02,order@street\n\n# the last\nR-03,centre@street,\"#1\"\nR-04,x,y\n"
        );
    }

    #[test]
    fn a_row_is_found_again_where_others_were_written_added_or_taken_away() {
        use Place::{Changed, Gone, Same};
        let rows = |text: &[&str]| -> Vec<Vec<String>> {
            text.iter().map(|row| row.split(' ').map(str::to_owned).collect()).collect()
        };
        let before = rows(&["a 1", "b 2", "b 2", "c 3", "d 4"]);
        let cases: [(&str, &[&str], [Place; 5]); 7] = [
            (
                "nothing was changed",
                &["a 1", "b 2", "b 2", "c 3", "d 4"],
                [Same(0), Same(1), Same(2), Same(3), Same(4)],
            ),
            (
                "one was changed",
                &["a 9", "b 2", "b 2", "c 3", "d 4"],
                [Changed(0), Same(1), Same(2), Same(3), Same(4)],
            ),
            (
                "one was added before",
                &["z 0", "a 1", "b 2", "b 2", "c 3", "d 4"],
                [Same(1), Same(2), Same(3), Same(4), Same(5)],
            ),
            (
                "they were sorted otherwise",
                &["d 4", "c 3", "b 2", "b 2", "a 1"],
                [Same(4), Same(2), Same(3), Same(1), Same(0)],
            ),
            (
                "one of two equal ones went",
                &["a 1", "b 2", "c 3", "d 5"],
                [Same(0), Same(1), Gone, Same(2), Changed(3)],
            ),
            (
                "two begin alike",
                &["c 8", "c 9", "b 2", "b 2", "d 4"],
                [Gone, Same(2), Same(3), Gone, Same(4)],
            ),
            ("all went", &[], [Gone, Gone, Gone, Gone, Gone]),
        ];
        for (what, after, found) in cases {
            assert_eq!(places(&before, &rows(after)), found, "{what}");
        }
    }

    #[test]
    fn line_breaks_of_other_systems_and_rows_over_two_lines_keep_their_places() {
        let text = "id,note\r\n1,\"a\r\nb\"\r\n2,c";
        let read = Written::read(text);
        assert_eq!(read.rows, [cells(&["1", "a\r\nb"]), cells(&["2", "c"])]);
        let changed = read.with(vec![(1, Edit::Cells(cells(&["2", "d"])))], &[cells(&["3", "e"])]);
        assert_eq!(changed, "id,note\r\n1,\"a\r\nb\"\r\n2,d\n3,e\n");
        assert_eq!(read.with(vec![(0, Edit::Gone)], &[]), "id,note\r\n2,c");
    }
}
