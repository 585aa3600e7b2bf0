//! Rows one after the other, from CSV or a workbook.
//!
//! Owns the decision which of the encodings a CSV has: it is read through once for that, and then row by row. A workbook is read on a
//! thread of its own that is a few rows ahead at most. Start at [`Rows::open`].

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::mpsc::Receiver;

use encoding_rs::{Decoder, DecoderResult, GB18030};

use crate::lines;

use super::{Format, Line, MOST_CELLS, MOST_CHARS, Unread, unguard, xlsx};

/// A file that can be read twice.
pub trait Sent: Read + Seek + Send + 'static {}
impl<T: Read + Seek + Send + 'static> Sent for T {}

const SAVE_AS: &str = "Save the file as CSV UTF-8 or as an Excel workbook (.xlsx)";
const CHUNK: usize = 64 * 1024;

/// The rows of a file, the headings first. Blank rows are left out.
pub struct Rows {
    from: From,
    format: Format,
    ended: bool,
}

enum From {
    Csv(Box<Records>),
    Sheet(Receiver<Result<Line, Unread>>),
}

impl Rows {
    /// Opens a file of either kind.
    ///
    /// # Errors
    /// What is wrong with the file as a whole.
    pub fn open(file: impl Sent) -> Result<Rows, Unread> {
        Rows::of(file, None)
    }

    /// The same for a table as packs have them: lines of a CSV that begin with # are remarks.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub fn with_remarks(file: impl Sent) -> Result<Rows, Unread> {
        Rows::of(file, Some(b'#'))
    }

    fn of(mut file: impl Sent, remark: Option<u8>) -> Result<Rows, Unread> {
        let mut first = [0; 4];
        let got = fill(&mut file, &mut first).map_err(unreadable)?;
        rewind(&mut file)?;
        let format = Format::of(first.get(..got).unwrap_or_default());
        let from = match format {
            Format::Csv => From::Csv(Box::new(csv_rows(file, remark)?)),
            Format::Xlsx => From::Sheet(xlsx::rows(file)?),
        };
        Ok(Rows { from, format, ended: false })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// The end was met.
    pub fn is_done(&self) -> bool {
        self.ended
    }

    fn next_of_any(&mut self) -> Option<Result<Line, Unread>> {
        match &mut self.from {
            From::Csv(rows) => rows.next().map(csv_line),
            // The thread ends when the sheet does.
            From::Sheet(rows) => rows.recv().ok(),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Line, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(next) = self.next_of_any() else {
                self.ended = true;
                return None;
            };
            match next.and_then(checked) {
                Ok(line) if line.cells.iter().all(String::is_empty) => {}
                other => return Some(other),
            }
        }
    }
}

/// A row within its bounds, its cells unmarked.
fn checked(mut line: Line) -> Result<Line, Unread> {
    while line.cells.last().is_some_and(String::is_empty) && line.cells.len() > MOST_CELLS {
        line.cells.pop();
    }
    if line.cells.len() > MOST_CELLS {
        let message = format!("the row has {} cells; up to {MOST_CELLS} are read", line.cells.len());
        return Err(Unread {
            line: line.no,
            column: 0,
            message,
            mend: "Remove columns, or mend quotation marks",
        });
    }
    for (column, cell) in (1..).zip(&mut line.cells) {
        if cell.len() > MOST_CHARS && cell.chars().count() > MOST_CHARS {
            let message = format!("the cell has more than {MOST_CHARS} characters");
            return Err(Unread {
                line: line.no,
                column,
                message,
                mend: "Shorten it, or mend quotation marks",
            });
        }
        let plain = unguard(cell.trim_matches([' ', '\n', '\r', '\u{3000}', '\u{a0}']));
        if plain.len() != cell.len() {
            *cell = plain.to_owned();
        }
    }
    Ok(line)
}

fn unreadable(why: io::Error) -> Unread {
    Unread::whole(format!("the file cannot be read: {why}"), SAVE_AS)
}

fn rewind(file: &mut impl Seek) -> Result<(), Unread> {
    file.seek(SeekFrom::Start(0)).map(drop).map_err(unreadable)
}

fn fill(file: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < into.len() {
        match file.read(into.get_mut(got..).unwrap_or_default())? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

type Records = lines::Records<Box<dyn BufRead + Send>>;

fn csv_rows(mut file: impl Sent, remark: Option<u8>) -> Result<Records, Unread> {
    let whole_utf8 = is_utf8(&mut file).map_err(unreadable)?;
    rewind(&mut file)?;
    let text: Box<dyn BufRead + Send> = if whole_utf8 {
        let mut mark = [0; 3];
        let got = fill(&mut file, &mut mark).map_err(unreadable)?;
        let has_mark = got == 3 && mark == *b"\xEF\xBB\xBF";
        file.seek(SeekFrom::Start(if has_mark { 3 } else { 0 })).map_err(unreadable)?;
        Box::new(BufReader::with_capacity(CHUNK, file))
    } else {
        Box::new(BufReader::with_capacity(CHUNK, FromGb::new(file)))
    };
    let mut separated = csv::ReaderBuilder::new();
    separated.has_headers(false).flexible(true).comment(remark);
    Ok(lines::records(&separated, text))
}

fn csv_line(read: csv::Result<(u64, csv::StringRecord)>) -> Result<Line, Unread> {
    match read {
        Ok((no, record)) => Ok(Line { no, cells: record.iter().map(str::to_owned).collect() }),
        Err(error) => {
            let line = error.position().map_or(0, csv::Position::line);
            Err(Unread {
                line,
                column: 0,
                message: format!("the row cannot be read: {error}"),
                mend: SAVE_AS,
            })
        }
    }
}

/// Whether all of it is UTF-8, read in pieces.
fn is_utf8(file: &mut impl Read) -> io::Result<bool> {
    let mut piece = vec![0; CHUNK];
    let mut kept = 0;
    loop {
        let got = fill(file, piece.get_mut(kept..).unwrap_or_default())?;
        let whole = piece.get(..kept + got).unwrap_or_default();
        let valid = match std::str::from_utf8(whole) {
            Ok(_) => whole.len(),
            // A character that is cut by the end of the piece goes on in the next.
            Err(error) if error.error_len().is_none() && got > 0 => error.valid_up_to(),
            Err(_) => return Ok(false),
        };
        if got == 0 {
            return Ok(true);
        }
        let end = whole.len();
        piece.copy_within(valid..end, 0);
        kept = end - valid;
    }
}

/// GB18030 as UTF-8. What is in neither encoding is an error, never a replacement.
struct FromGb<R> {
    file: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> FromGb<R> {
    fn new(file: R) -> FromGb<R> {
        let decoder = GB18030.new_decoder_without_bom_handling();
        FromGb { file, decoder, raw: vec![0; CHUNK], text: Vec::new(), given: 0, ended: false }
    }

    fn more(&mut self) -> io::Result<()> {
        let got = self.file.read(&mut self.raw)?;
        self.ended = got == 0;
        let room = self.decoder.max_utf8_buffer_length_without_replacement(got).unwrap_or(CHUNK * 4);
        self.text.resize(room.max(16), 0);
        self.given = 0;
        let raw = self.raw.get(..got).unwrap_or_default();
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
        self.text.truncate(written);
        match result {
            DecoderResult::InputEmpty => Ok(()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the text is neither UTF-8 nor GB18030")),
        }
    }
}

impl<R: Read> Read for FromGb<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.more()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<Result<Line, String>> {
        Rows::with_remarks(Cursor::new(bytes.to_vec()))
            .unwrap()
            .map(|row| row.map_err(|unread| unread.to_string()))
            .collect()
    }

    #[test]
    fn a_csv_is_read_in_each_encoding_with_the_lines_of_the_file() {
        let text = "代码,名称\n# a remark\n\n1,\"甲, 乙\"\n2,'=x\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        for bytes in [text.as_bytes().to_vec(), format!("\u{feff}{text}").into_bytes(), gb.into_owned()] {
            let rows: Vec<Line> = read(&bytes).into_iter().map(Result::unwrap).collect();
            assert_eq!(rows.len(), 3);
            assert_eq!(rows[0].cells, ["代码", "名称"]);
            assert_eq!(rows[1].cells, ["1", "甲, 乙"]);
            assert_eq!(rows[2], Line { no: 5, cells: vec!["2".into(), "=x".into()] });
        }
    }

    #[test]
    fn a_row_that_begins_with_a_number_sign_is_a_row_where_nobody_writes_remarks() {
        let rows = Rows::open(Cursor::new(b"id,what\n#12,x\n".to_vec())).unwrap();
        assert_eq!(rows.map(|row| row.unwrap().cells).last().unwrap(), ["#12", "x"]);
    }

    #[test]
    fn a_character_that_lies_across_two_pieces_is_whole() {
        let mut text = "a".repeat(CHUNK - 1);
        text.push_str("格,网\n");
        let long: Vec<_> = read(text.as_bytes());
        assert!(
            long[0].as_ref().is_err_and(|why| why.contains("characters")),
            "it is read as UTF-8 and is too long"
        );
        let many = "网格,a\n".repeat(20_000);
        let (gb, _, _) = encoding_rs::GB18030.encode(&many);
        assert!(read(&gb).iter().all(|row| row.as_ref().is_ok_and(|line| line.cells == ["网格", "a"])));
    }

    #[test]
    fn what_is_in_no_encoding_is_refused_in_words_and_reading_ends() {
        let rows = read(b"a,b\n1,\xff\xff\xff\n2,3\n");
        assert!(
            rows.iter().any(|row| row.as_ref().is_err_and(|why| why.contains("neither UTF-8 nor GB18030")))
        );
        assert!(rows.len() < 10);
    }
}
