//! How a command ends, for scripts: 0 it went well, 1 it found problems, 2 it was called wrongly, 3 it could not start.

use std::process::ExitCode;

/// What a command found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Well,
    /// Lint, audit, check or scenarios found something; it has been printed.
    Found,
}

/// Called wrongly: the mend is in the text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The process's exit code, after printing what went wrong.
#[expect(clippy::print_stderr, reason = "the last word of a command-line tool")]
pub fn code(end: anyhow::Result<End>) -> ExitCode {
    match end {
        Ok(End::Well) => ExitCode::SUCCESS,
        Ok(End::Found) => ExitCode::from(1),
        Err(error) => {
            eprintln!("huying: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 3 })
        }
    }
}
