//! What can go wrong in a use-case: the rules say no, the request cannot be read, a file is not taken, or the store fails.

use huying_model::Refusal;
use huying_store::{CommitError, Fault};

use crate::{authority::UnknownMember, files::FileError};

/// One thing wrong with a request.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Problem {
    /// Where, such as `parts[1].title`; empty for the request as a whole.
    pub field: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// What to do.
    pub mend: String,
}

impl Problem {
    pub fn at(field: impl Into<String>, code: &'static str, mend: impl Into<String>) -> Problem {
        Problem { field: field.into(), code, mend: mend.into() }
    }
}

/// Why a use-case did not happen. Nothing is half done then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The rules of the domain say no (HTTP 409; `not_yours` 403).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not (404, 409, 422, 503 or 500, by the fault).
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The request is not usable as it is (HTTP 400).
    #[error("the request has {} problem(s): {}", .0.len(), summary(.0))]
    Invalid(Vec<Problem>),
    /// A file was not taken (HTTP 413, 415 or 400).
    #[error(transparent)]
    File(#[from] FileError),
    /// The admission desk says no (HTTP 409; `not_yours` 403).
    #[error(transparent)]
    Desk(#[from] huying_model::admission::desk::No),
    /// The book of policies says no (HTTP 409; `administrators_only` 403).
    #[error(transparent)]
    Book(#[from] huying_model::book::No),
    /// A grant of seats is not decided (HTTP 409; `administrators_only` 403; `unknown_grant` 404).
    #[error(transparent)]
    Grant(#[from] crate::grants::No),
    /// An account does not do what was asked (HTTP 401, 403, 404, 409 or 429, by the reason).
    #[error(transparent)]
    Account(#[from] crate::accounts::No),
    /// Something of a person is not shown or not forgotten (HTTP 403, 404 or 409, by the reason).
    #[error(transparent)]
    Person(#[from] crate::person::No),
    /// A partner's request is not taken, or a decision on a message is not possible (HTTP 401, 403, 404 or 503, by the reason).
    #[error(transparent)]
    Exchange(#[from] crate::exchange::take::No),
    #[error(transparent)]
    Member(#[from] UnknownMember),
    /// The actor may not read this case; told as "not found", so that numbers cannot be tried out.
    #[error("there is no such case, or it is not yours to read")]
    Unseen,
}

fn summary(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| format!("{}: {}", problem.field, problem.mend));
    lines.collect::<Vec<_>>().join("; ")
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Error {
        match error {
            CommitError::Refused(refusal) => Error::Refused(refusal),
            CommitError::Fault(fault) => Error::Fault(fault),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error::Invalid(vec![problem])
    }
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Refused(refusal) => refusal.code(),
            Error::Fault(Fault::NotFound(_)) | Error::Unseen => "not_found",
            Error::Fault(Fault::Conflict { .. }) => "version_conflict",
            Error::Fault(Fault::KeyReused) => "key_reused",
            Error::Fault(Fault::Busy { .. }) => "busy",
            Error::Fault(_) => "broken",
            Error::Invalid(problems) => problems.first().map_or("invalid", |problem| problem.code),
            Error::File(error) => error.code(),
            Error::Desk(no) => no.code(),
            Error::Book(no) => no.code(),
            Error::Grant(no) => no.code(),
            Error::Account(no) => no.code(),
            Error::Person(no) => no.code(),
            Error::Exchange(no) => no.code(),
            Error::Member(_) => "unknown_member",
        }
    }
}
