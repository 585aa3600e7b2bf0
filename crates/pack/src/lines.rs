//! Records of a CSV with the line that each begins in.
//!
//! The csv crate names the place at which it went on reading: behind a record that ended in CR LF that is still the line before, and before a
//! remark or a blank line it is theirs. Here line ends become LF on the way in, and the line is counted back from the end of the record. Start
//! at [`records`].

use std::io::{self, BufRead, Chain, Read};

/// Records in their order, each with its line from 1.
pub struct Records<R>(csv::Reader<Chain<Ends<R>, &'static [u8]>>);

/// Records of a text without headings of their own; `build` says how it is separated.
pub fn records<R: BufRead>(build: &csv::ReaderBuilder, text: R) -> Records<R> {
    // The last line ends too, so that every record is counted back alike.
    Records(build.from_reader(Ends(text).chain(b"\n".as_slice())))
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = csv::Result<(u64, csv::StringRecord)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        match self.0.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let begun = record.position().map_or(0, csv::Position::line);
                // Cells that go over several lines keep their line ends, unless blanks around them are cut off: then the place is the best there is.
                let within = record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
                let line = self.0.position().line().saturating_sub(1 + within);
                Some(Ok((line.max(begun), record)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// CR LF read as LF; a CR that ends no line stays.
struct Ends<R>(R);

impl<R: BufRead> Read for Ends<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(room) = into.first_mut() else { return Ok(0) };
        loop {
            match self.0.fill_buf()? {
                [] => return Ok(0),
                [b'\r', ..] => {
                    self.0.consume(1);
                    if self.0.fill_buf()?.first() != Some(&b'\n') {
                        *room = b'\r';
                        return Ok(1);
                    }
                }
                rest => {
                    let upto = rest.iter().position(|byte| *byte == b'\r').unwrap_or(rest.len());
                    let mut piece = rest.get(..upto).unwrap_or_default();
                    let got = piece.read(into)?;
                    self.0.consume(got);
                    return Ok(got);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn told(text: &str) -> Vec<(u64, String)> {
        let mut build = csv::ReaderBuilder::new();
        build.has_headers(false).flexible(true).comment(Some(b'#'));
        let told = |read: csv::Result<(u64, csv::StringRecord)>| {
            let (line, record) = read.unwrap();
            (line, record.get(0).unwrap_or_default().to_owned())
        };
        records(&build, text.as_bytes()).map(told).collect()
    }

    #[test]
    fn a_record_is_told_with_the_line_it_begins_in_whatever_ends_lines_and_stands_before() {
        let text = "head,x\na,1\n\n# a remark\nb,2\n\"c\nover lines\",3\nd,4";
        let lines = [(1, "head"), (2, "a"), (5, "b"), (6, "c\nover lines"), (8, "d")];
        let expected: Vec<(u64, String)> = lines.map(|(line, cell)| (line, cell.to_owned())).into();
        assert_eq!(told(text), expected);
        assert_eq!(told(&text.replace('\n', "\r\n")), expected);
        assert_eq!(told(&format!("{text}\n")), expected);
        assert_eq!(told(&format!("{}\r\n\r\n", text.replace('\n', "\r\n"))), expected);
    }

    #[test]
    fn a_carriage_return_that_ends_no_line_stays_and_pieces_of_one_byte_change_nothing() {
        let mut read = String::new();
        Ends(BufReader::with_capacity(1, b"a\rb\r\r\nc\r\nd\r".as_slice()))
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, "a\rb\r\nc\nd\r");
    }
}
