//! Where the files of a pack come from, and their text.
//!
//! Owns the decoding: UTF-8 with or without byte order mark, or GB18030 as older spreadsheets write it. It
//! refuses to guess any other encoding. Start at [`Source`].

use std::io;
use std::path::{Path, PathBuf};

use crate::problem::{Problems, Spot};

/// A pack's files by name: a folder, or files carried inside a program.
pub trait Source {
    /// The bytes of a file; None where there is none of this name.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Names of the files in a folder of the pack, sorted.
    ///
    /// # Errors
    /// When the folder exists and cannot be read.
    fn names(&self, folder: &str) -> io::Result<Vec<String>>;
}

/// A pack in a folder. Holiday files may also stand in the folder `calendars` beside it.
#[derive(Clone, Debug)]
pub struct Dir(pub PathBuf);

impl Source for Dir {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.0.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            if let Some(name) = Path::new(&entry?.file_name()).to_str() {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

/// The text of a file, or None after saying why there is none. A missing file is a problem where `required`.
pub fn text(source: &dyn Source, name: &str, required: bool, problems: &Problems) -> Option<String> {
    match source.bytes(name) {
        Ok(Some(bytes)) => decode(&bytes, name, problems),
        Ok(None) => {
            if required {
                let mend = "Add it to the pack's folder; docs/writing-a-pack.md shows its columns";
                problems.at(Spot::file(name), "the file is missing", mend);
            }
            None
        }
        Err(error) => {
            problems.at(
                Spot::file(name),
                format!("the file cannot be read: {error}"),
                "Check its permissions",
            );
            None
        }
    }
}

/// Bytes to text by the rule of this module.
pub fn decode(bytes: &[u8], name: &str, problems: &Problems) -> Option<String> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(body) {
        return Some(text.to_owned());
    }
    let (text, broken) = gb18030(body);
    if broken {
        // The encoding in which more of it can be read is the one that was meant.
        let utf8 = std::str::from_utf8(body).err().map_or(0, |error| error.valid_up_to());
        let utf8 = body.get(..utf8).and_then(|whole| std::str::from_utf8(whole).ok()).unwrap_or_default();
        let meant = if utf8.chars().count() >= text.chars().count() { utf8 } else { &text };
        problems.at(
            Spot::after(name, meant),
            "the text is neither UTF-8 nor GB18030",
            "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)",
        );
        return None;
    }
    Some(text)
}

/// The text as far as it can be read, and whether that was not to its end.
fn gb18030(body: &[u8]) -> (String, bool) {
    let mut decoder = encoding_rs::GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len());
    let mut text = String::with_capacity(room.unwrap_or(body.len()));
    let (result, _) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    (text, result != encoding_rs::DecoderResult::InputEmpty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_from_utf8_with_and_without_mark_and_from_gb18030() {
        let problems = Problems::default();
        let (gb, _, _) = encoding_rs::GB18030.encode("网格");
        for bytes in ["网格".as_bytes().to_vec(), "\u{feff}网格".as_bytes().to_vec(), gb.into_owned()] {
            assert_eq!(decode(&bytes, "x.csv", &problems).as_deref(), Some("网格"));
        }
        assert!(problems.is_empty());
    }

    #[test]
    fn text_in_no_known_encoding_is_refused_with_its_line() {
        let problems = Problems::default();
        assert_eq!(decode(b"a\nb\nok\xff\xff\xff", "x.csv", &problems), None);
        let mut gb = encoding_rs::GB18030.encode("网格\n格\n").0.into_owned();
        gb.extend(b"\xff\xff");
        assert_eq!(decode(&gb, "y.csv", &problems), None);
        let told = problems.into_sorted();
        assert_eq!((told[0].line, told[0].column), (3, 3));
        assert_eq!(
            (told[1].line, told[1].column),
            (3, 1),
            "what could be read as GB18030 is counted as such"
        );
    }
}
