//! Rows of the first visible sheet of a workbook, streamed by a thread of its own.
//!
//! Owns the bounds: before anything is read, the archive is inflated once to nowhere and counted, since its own figures may lie; a reader
//! that fails in any way ends as a sentence. Numbers become the text that a person sees; a number of more than fifteen digits has lost
//! its end in the spreadsheet already, so it is refused. Start at [`rows`].

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{Cell, DataRef, Reader as _, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::{Line, MOST_CELLS, Unread};
use crate::sheet::Sent;

/// Bytes that a workbook may have when it is inflated.
pub const MOST_INFLATED: u64 = 512 * 1024 * 1024;
/// Parts of the archive.
const MOST_PARTS: usize = 2_000;
/// Rows that the thread may be ahead. One may have two hundred cells of the longest text.
const AHEAD: usize = 16;
const AGAIN: &str = "Save it again as an Excel workbook (.xlsx) without a password, or as CSV UTF-8";

type Given = Result<Line, Unread>;

/// Starts to read; the rows come as they are asked for.
pub fn rows(mut file: impl Sent) -> Result<Receiver<Given>, Unread> {
    measured(&mut file, MOST_INFLATED)?;
    let (give, take) = sync_channel(AHEAD);
    let spawned = std::thread::Builder::new().name("sheet".into()).spawn(move || {
        let told = catch_unwind(AssertUnwindSafe(|| read(file, &give)));
        let why = match told {
            Ok(Ok(())) => return,
            Ok(Err(why)) => why,
            Err(_panic) => broken(&"a part of it is damaged"),
        };
        // Nobody listens any more: then nobody needs the reason.
        let _ = give.send(Err(why));
    });
    spawned.map_err(|why| broken(&why))?;
    Ok(take)
}

fn broken(why: &dyn std::fmt::Display) -> Unread {
    Unread::whole(format!("the workbook cannot be read: {why}"), AGAIN)
}

/// Inflates everything once to nowhere.
fn measured(file: &mut (impl Read + Seek), most: u64) -> Result<(), Unread> {
    let swells = || {
        let message = format!("the workbook swells to more than {} MB", most / 1024 / 1024);
        Unread::whole(message, "Split it, or send it as CSV UTF-8")
    };
    let mut archive = ZipArchive::new(&mut *file).map_err(|why| broken(&why))?;
    if archive.len() > MOST_PARTS {
        return Err(swells());
    }
    let mut left = most;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|why| broken(&why))?;
        let size = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|why| broken(&why))?;
        left = left.checked_sub(size).ok_or_else(swells)?;
    }
    drop(archive);
    file.seek(SeekFrom::Start(0)).map(drop).map_err(|why| broken(&why))
}

fn read(file: impl Sent, give: &SyncSender<Given>) -> Result<(), Unread> {
    let mut book = Xlsx::new(io::BufReader::new(file)).map_err(|why| broken(&why))?;
    let visible = book.sheets_metadata().iter().find(|sheet| sheet.visible == SheetVisible::Visible);
    let name =
        visible.map(|sheet| sheet.name.clone()).ok_or_else(|| broken(&"it has no sheet that can be seen"))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|why| broken(&why))?;
    let mut line = Line::default();
    let mut wrong: Option<Unread> = None;
    loop {
        let cell = cells.next_cell().map_err(|why| broken(&why))?;
        let row = cell.as_ref().map(|cell| u64::from(cell.get_position().0) + 1);
        if row != Some(line.no) {
            let whole = std::mem::take(&mut line);
            let told = wrong.take().map_or(Ok(whole), Err);
            if told.as_ref().map_or(true, |line| line.no > 0) && give.send(told).is_err() {
                return Ok(());
            }
        }
        let (Some(cell), Some(no)) = (cell, row) else { return Ok(()) };
        line.no = no;
        if let Err(unread) = put(&mut line, &cell) {
            wrong.get_or_insert(unread);
        }
    }
}

fn put(line: &mut Line, cell: &Cell<DataRef>) -> Result<(), Unread> {
    let at = usize::try_from(cell.get_position().1).unwrap_or(usize::MAX);
    let text = text(cell.get_value()).map_err(|message| Unread {
        line: line.no,
        column: at as u64 + 1,
        message,
        mend: "Format the column as text and write the value again",
    })?;
    if text.is_empty() {
        return Ok(());
    }
    if at >= MOST_CELLS {
        let message = format!("the row reaches to column {}; up to {MOST_CELLS} are read", at + 1);
        return Err(Unread { line: line.no, column: 0, message, mend: "Remove the columns to the right" });
    }
    if line.cells.len() <= at {
        line.cells.resize(at + 1, String::new());
    }
    if let Some(place) = line.cells.get_mut(at) {
        *place = text;
    }
    Ok(())
}

/// What a person sees in the cell, or why that is not what was meant.
fn text(value: &DataRef) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => return plain(*number),
        DataRef::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(at) => moment(at.as_f64()).ok_or_else(|| "the date cannot be read".to_owned())?,
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(format!("the cell holds the error {error}")),
    })
}

fn plain(number: f64) -> Result<String, String> {
    if number.fract() == 0.0 && number.abs() >= 1e15 {
        return Err(
            "a spreadsheet keeps fifteen digits of a number and has changed the rest to zeros".to_owned()
        );
    }
    Ok(number.to_string())
}

/// A spreadsheet's days since 1899-12-30 as a day, or a day and time.
fn moment(days: f64) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    let seconds = (days * 86_400.0).round() as i64;
    let start = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    let at = start.checked_add(jiff::Span::new().try_seconds(seconds).ok()?).ok()?;
    Some(match seconds % 86_400 {
        0 => at.date().to_string(),
        _ => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    #[test]
    fn days_become_the_date_that_a_person_sees() {
        assert_eq!(moment(45_292.0).as_deref(), Some("2024-01-01"));
        assert_eq!(moment(45_292.5).as_deref(), Some("2024-01-01 12:00:00"));
        assert_eq!(moment(-1.0), None);
        assert!(plain(50_010_500_100_100_100.0).is_err());
        assert_eq!(plain(500_105_001_001_001.0).unwrap(), "500105001001001");
        assert_eq!(plain(0.1).unwrap(), "0.1");
    }

    #[test]
    fn an_archive_that_swells_is_refused_before_it_is_read() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![b' '; 4 << 20]).unwrap();
        let mut bytes = zip.finish().unwrap();
        assert!(bytes.get_ref().len() < 64 * 1024, "it is small as long as it is packed");
        bytes.set_position(0);
        assert!(measured(&mut bytes, 1 << 20).unwrap_err().message.contains("swells"));
        assert!(measured(&mut bytes, 8 << 20).is_ok());
        for damaged in [b"PK\x03\x04 and no more".to_vec(), bytes.get_ref()[..20].to_vec()] {
            assert!(rows(Cursor::new(damaged)).unwrap_err().message.contains("cannot be read"));
        }
        let given: Vec<_> = rows(Cursor::new(bytes.into_inner())).unwrap().into_iter().collect();
        assert!(matches!(given.as_slice(), [Err(_)]), "an archive without a sheet: {given:?}");
    }
}
