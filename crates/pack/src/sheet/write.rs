//! Rows written one after the other, as CSV or as a workbook.
//!
//! Owns the byte order mark that spreadsheets want, the encoding, and the marks before formulas. A workbook's rows go to a temporary
//! file until it is finished, so memory stays as it is. Start at [`Writer`].

use std::io::{self, Read, Seek, SeekFrom, Write};

use rust_xlsxwriter::{Workbook, XlsxError};

use super::{Format, guard};

/// How the text of a CSV is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// UTF-8 with a byte order mark: spreadsheets open it without asking.
    #[default]
    Utf8,
    /// For programs that know nothing else.
    Gb18030,
}

/// Rows that a sheet can hold.
pub const MOST_ROWS: u32 = 1_048_576;

/// A table on its way out. Rows come out by [`Writer::taken`] as far as they are written; the rest by [`Writer::finish`].
pub struct Writer(To);

enum To {
    Csv(Box<csv::Writer<Vec<u8>>>, Encoding),
    Sheet(Box<Workbook>, u32),
}

fn other(why: XlsxError) -> io::Error {
    io::Error::other(why)
}

/// Lines as spreadsheets write them; a row that would be taken for a remark is put in quotation marks.
fn plain() -> csv::WriterBuilder {
    let mut builder = csv::WriterBuilder::new();
    builder.terminator(csv::Terminator::CRLF).comment(Some(b'#'));
    builder
}

impl Writer {
    /// Begins a file with its headings.
    ///
    /// # Errors
    /// Where no temporary file can be made.
    pub fn new(format: Format, encoding: Encoding, headings: &[&str]) -> io::Result<Writer> {
        let mut writer = Writer(match format {
            Format::Csv => {
                let mut begin = Vec::new();
                if encoding == Encoding::Utf8 {
                    begin.extend_from_slice(b"\xEF\xBB\xBF");
                }
                let csv = Box::new(plain().from_writer(begin));
                To::Csv(csv, encoding)
            }
            Format::Xlsx => {
                let mut book = Box::new(Workbook::new());
                book.add_worksheet_with_constant_memory().map_err(other)?;
                To::Sheet(book, 0)
            }
        });
        writer.row(headings)?;
        Ok(writer)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A sheet that is full, and the machine's.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> io::Result<()> {
        match &mut self.0 {
            To::Csv(csv, _) => {
                Ok(csv.write_record(cells.iter().map(|cell| guard(cell.as_ref()).into_owned()))?)
            }
            To::Sheet(_, row) if *row >= MOST_ROWS => Err(io::Error::other(
                "a sheet has 1048576 rows at most: write a CSV instead, or narrow the list",
            )),
            To::Sheet(book, row) => {
                let sheet = book.worksheet_from_index(0).map_err(other)?;
                for (column, cell) in (0..).zip(cells) {
                    let cell = guard(cell.as_ref());
                    if !cell.is_empty() {
                        sheet.write_string(*row, column, bounded(&cell)).map_err(other)?;
                    }
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// What can be sent by now: of a CSV all that was written, of a workbook nothing.
    ///
    /// # Errors
    /// The machine's.
    pub fn taken(&mut self) -> io::Result<Vec<u8>> {
        let To::Csv(csv, encoding) = &mut self.0 else { return Ok(Vec::new()) };
        let encoding = *encoding;
        csv.flush()?;
        let fresh = plain().from_writer(Vec::new());
        let full = std::mem::replace(&mut **csv, fresh);
        let bytes = full.into_inner().map_err(|why| io::Error::other(why.to_string()))?;
        Ok(encoded(bytes, encoding))
    }

    /// The rest of the file.
    ///
    /// # Errors
    /// The machine's.
    pub fn finish(mut self) -> io::Result<Rest> {
        let rest = self.taken()?;
        match self.0 {
            To::Csv(..) => Ok(Rest::Bytes(rest)),
            To::Sheet(mut book, _) => {
                let mut file = tempfile::tempfile()?;
                book.save_to_writer(&mut file).map_err(other)?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Rest::File(file))
            }
        }
    }
}

/// What is left to be sent.
pub enum Rest {
    Bytes(Vec<u8>),
    /// A temporary file that has no name and ends with this value.
    File(std::fs::File),
}

impl Rest {
    /// Hands it on piece by piece.
    ///
    /// # Errors
    /// Those of either side.
    pub fn copy_to(self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Rest::Bytes(bytes) => to.write_all(&bytes),
            Rest::File(mut file) => io::copy(&mut file, to).map(drop),
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// The machine's.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Rest::Bytes(bytes) => Ok(bytes),
            Rest::File(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// A cell of a sheet holds no more.
fn bounded(text: &str) -> &str {
    text.char_indices().nth(super::MOST_CHARS).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Every text can be written in GB18030, which holds the whole of Unicode.
fn encoded(bytes: Vec<u8>, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => bytes,
        Encoding::Gb18030 => encoding_rs::GB18030.encode(&String::from_utf8_lossy(&bytes)).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::sheet::Rows;

    fn through(format: Format, encoding: Encoding, rows: &[Vec<String>]) -> Vec<Vec<String>> {
        let mut writer = Writer::new(format, encoding, &["a", "b", "c"]).unwrap();
        let mut bytes = Vec::new();
        for row in rows {
            writer.row(row).unwrap();
            bytes.extend(writer.taken().unwrap());
        }
        writer.finish().unwrap().copy_to(&mut bytes).unwrap();
        let read = Rows::open(Cursor::new(bytes)).unwrap().skip(1);
        read.map(|row| {
            let mut cells = row.unwrap().cells;
            cells.resize(3, String::new());
            cells
        })
        .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn rows_come_back_as_they_went_in_each_kind_of_file(
            rows in prop::collection::vec(prop::collection::vec("[a-z0-9#=+@'\",;\\-网格\u{20000}]{1,8}", 3..=3), 0..20)
        ) {
            prop_assert_eq!(&through(Format::Csv, Encoding::Utf8, &rows), &rows);
            prop_assert_eq!(&through(Format::Csv, Encoding::Gb18030, &rows), &rows);
            prop_assert_eq!(&through(Format::Xlsx, Encoding::Utf8, &rows), &rows);
        }
    }
}
