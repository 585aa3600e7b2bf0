//! What is wrong with a pack, where, and how to mend it.
//!
//! Owns [`Problem`] and the list that every reader adds to, so that one run tells all of them. It refuses to
//! stop at the first. Start at [`Problem`].

use std::cell::RefCell;
use std::fmt;

use smol_str::SmolStr;

/// One mistake in a pack.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub struct Problem {
    /// The file's name inside the pack.
    pub file: SmolStr,
    /// Counted from 1; 0 when it concerns the file as a whole.
    pub line: u32,
    /// In a table the number of the column, in any other text that of the character; both from 1, 0 when it
    /// concerns the file as a whole.
    pub column: u32,
    /// The column's heading or the setting's full name; empty when it concerns neither.
    pub field: SmolStr,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, " ({})", self.field)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.mend.is_empty() {
            write!(f, ". {}", self.mend)?;
        }
        Ok(())
    }
}

/// Where in a pack something stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spot {
    pub file: SmolStr,
    pub line: u32,
    pub column: u32,
    pub field: SmolStr,
}

impl Spot {
    /// The file as a whole.
    pub fn file(file: &str) -> Spot {
        Spot { file: SmolStr::new(file), ..Spot::default() }
    }
    /// The character at which a text goes on after `before`.
    pub fn after(file: &str, before: &str) -> Spot {
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        let line = number(before.matches('\n').count());
        let column = number(before.rsplit('\n').next().map_or(0, |last| last.chars().count()));
        Spot { file: SmolStr::new(file), line, column, field: SmolStr::default() }
    }
    /// The problem at this spot.
    pub fn problem(self, message: impl Into<String>, mend: impl Into<String>) -> Problem {
        let Spot { file, line, column, field } = self;
        Problem { file, line, column, field, message: message.into(), mend: mend.into() }
    }
}

/// The list that the readers of one pack share.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub fn add(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }
    pub fn at(&self, spot: Spot, message: impl Into<String>, mend: impl Into<String>) {
        self.add(spot.problem(message, mend));
    }
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
    /// In the order of files and lines, each once.
    pub fn into_sorted(self) -> Vec<Problem> {
        let mut all = self.0.into_inner();
        all.sort();
        all.dedup();
        all
    }
}
