//! Rows written one after the other, as CSV or as a workbook.
//!
//! Owns the byte order mark that spreadsheets want, the encoding, and the marks before formulas. A workbook's rows go to a temporary
//! file until it is finished, so memory stays as it is. Start at [`Writer`].

use std::io::{self, Read, Seek, SeekFrom, Write};

use jiff::civil::Date;
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Workbook, Worksheet, XlsxError};

use super::{Cell, Format, guard};

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
            To::Sheet(book, row) => {
                let sheet = with_room(book, *row)?;
                for (column, cell) in (0..).zip(cells) {
                    text(sheet, (*row, column), cell.as_ref()).map_err(other)?;
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// Adds a row of more than text.
    ///
    /// # Errors
    /// As [`Writer::row`].
    pub fn cells(&mut self, cells: &[Cell]) -> io::Result<()> {
        let To::Sheet(book, row) = &mut self.0 else {
            return self.row(&cells.iter().map(Cell::to_string).collect::<Vec<_>>());
        };
        let sheet = with_room(book, *row)?;
        for (column, cell) in (0..).zip(cells) {
            put(sheet, (*row, column), cell).map_err(other)?;
        }
        *row += 1;
        Ok(())
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

/// The sheet, where it has a row left.
fn with_room(book: &mut Workbook, row: u32) -> io::Result<&mut Worksheet> {
    if row >= MOST_ROWS {
        return Err(io::Error::other(
            "a sheet has 1048576 rows at most: write a CSV instead, or narrow the list",
        ));
    }
    book.worksheet_from_index(0).map_err(other)
}

fn text(sheet: &mut Worksheet, (row, column): (u32, u16), text: &str) -> Result<(), XlsxError> {
    let text = guard(text);
    if !text.is_empty() {
        sheet.write_string(row, column, bounded(&text))?;
    }
    Ok(())
}

fn put(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell) -> Result<(), XlsxError> {
    /// A day is wider than a column of nobody's choosing, and would be drawn as a row of #.
    const DAY_WIDTH: f64 = 12.0;
    match cell {
        Cell::Text(words) => text(sheet, (row, column), words)?,
        Cell::Number(number) => {
            sheet.write_number(row, column, *number as f64)?;
        }
        Cell::Share(tenths) => {
            let look = Look::new().set_num_format("0.0%");
            sheet.write_number_with_format(row, column, *tenths as f64 / 1000.0, &look)?;
        }
        Cell::Day(day) => match serial(*day) {
            Some(at) => {
                let look = Look::new().set_num_format("yyyy-mm-dd");
                sheet.set_column_width(column, DAY_WIDTH)?;
                sheet.write_datetime_with_format(row, column, &at, &look)?;
            }
            None => text(sheet, (row, column), &day.to_string())?,
        },
    }
    Ok(())
}

/// A day as spreadsheets have it; None before 1900, which they do not know.
fn serial(day: Date) -> Option<ExcelDateTime> {
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, of_month).ok()
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

    #[test]
    fn a_workbook_has_numbers_shares_and_days_as_what_they_are_and_a_csv_as_people_read_them() {
        use calamine::{Data, Reader as _, Xlsx};
        let cells = [
            Cell::Text("=1+1".into()),
            Cell::Number(-12),
            Cell::Share(333),
            Cell::Day(jiff::civil::date(2026, 5, 1)),
            Cell::Day(jiff::civil::date(1850, 5, 1)),
        ];
        let bytes = |format| {
            let mut writer = Writer::new(format, Encoding::Utf8, &["a", "b", "c", "d", "e"]).unwrap();
            writer.cells(&cells).unwrap();
            writer.finish().unwrap().into_bytes().unwrap()
        };
        let csv = String::from_utf8(bytes(Format::Csv)).unwrap();
        assert!(csv.ends_with("\r\n'=1+1,-12,33.3%,2026-05-01,1850-05-01\r\n"), "{csv}");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes(Format::Xlsx))).unwrap();
        let sheet = book.worksheet_range("Sheet1").unwrap();
        let row = sheet.rows().nth(1).unwrap();
        assert!(matches!(&row[0], Data::String(text) if text == "'=1+1"), "{row:?}");
        assert!(matches!(&row[1], Data::Float(number) if *number == -12.0), "{row:?}");
        assert!(matches!(&row[2], Data::Float(number) if *number == 0.333), "{row:?}");
        // Days since 1899-12-30.
        assert!(matches!(&row[3], Data::DateTime(at) if at.as_f64() == 46_143.0), "{row:?}");
        assert!(matches!(&row[4], Data::String(text) if text == "1850-05-01"), "{row:?}");
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
