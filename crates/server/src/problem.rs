//! What goes wrong, as RFC 9457 problem JSON with a stable code, in the reader's language.
//!
//! Owns [`Problem`], the list of the server's own codes ([`CODES`]) and the one way from an engine's error to an HTTP
//! answer. Refuses to show internals: a failure is logged under an error id, and only the id goes out. Start at
//! [`Problem::json`].

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{Error, accounts::No, error::Problem as Told, files::FileError};
use huying_model::Refusal;
use huying_store::Fault;
use serde::Serialize;
use uuid::Uuid;

use crate::language::Lang;

mod fields;
mod recipients;
mod rows;
mod sending;
mod words;

use fields::{mend, message};
pub use recipients::RECIPIENTS;
pub(crate) use rows::{of_file, of_row};
pub use sending::SENDING;
pub use words::CODES;
use words::file_zh;

/// A sentence in both languages, Chinese first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Both(pub String, pub String);

impl Both {
    pub fn of(zh: &str, en: &str) -> Both {
        Both(zh.to_owned(), en.to_owned())
    }
    pub fn spoken(&self, lang: Lang) -> &str {
        lang.pick(&self.0, &self.1)
    }
}

/// One field that is wrong, before the reader's language is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    pub field: String,
    pub code: String,
    pub message: Both,
    pub mend: Both,
}

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One thing that is wrong with a field, as it is written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FieldProblem<'a> {
    /// Where, such as `reason`, `parts[1].title` or `limit`; empty for the request as a whole.
    pub field: &'a str,
    /// Stable, for programs.
    pub code: &'a str,
    /// What is wrong, in the asked language.
    pub message: &'a str,
    /// What to do about it.
    pub mend: &'a str,
}

/// An answer that says what is wrong and how to mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    /// The sentence for the reader.
    pub zh: String,
    pub en: String,
    pub errors: Vec<Wrong>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// The version the case has now, where the one that was read is old.
    pub version: Option<u32>,
    /// Under which the log has what failed.
    pub error_id: Option<Box<Uuid>>,
}

/// As it is written (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody<'a> {
    /// The address where the code is explained, relative to the server.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short name of the status.
    pub title: &'a str,
    pub status: u16,
    /// Stable, for programs: one of GET /api/v1/problems.
    pub code: &'a str,
    /// What happened and what to do, in the asked language.
    pub detail: &'a str,
    /// Each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem<'a>>,
    /// The version that the case has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What to tell the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
}

impl Problem {
    /// One of [`CODES`], [`SENDING`] or [`RECIPIENTS`] with its own sentences.
    pub fn of(code: &'static str) -> Problem {
        let row = CODES.iter().chain(SENDING).chain(RECIPIENTS).find(|row| row.0 == code);
        let (code, status, en, zh) = row.copied().unwrap_or(("internal", 500, "", ""));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Problem {
            status,
            code,
            zh: zh.to_owned(),
            en: en.to_owned(),
            errors: Vec::new(),
            retry_after: None,
            version: None,
            error_id: None,
        }
    }

    /// A request whose `field` is wrong: `message` says what, `mend` what to do, each in both languages.
    pub fn field(field: &str, code: &str, message: Both, mend: Both) -> Problem {
        let wrong = Wrong { field: field.to_owned(), code: code.to_owned(), message, mend };
        Problem { errors: vec![wrong], ..Problem::of("validation") }
    }

    pub fn not_found() -> Problem {
        Problem::of("not_found")
    }

    /// A failure of the platform: logged with its text under an id, answered with the id alone.
    pub fn internal(why: &dyn std::fmt::Display) -> Problem {
        let id = Uuid::now_v7();
        tracing::error!(error_id = %id, error = %why, "request failed");
        Problem { error_id: Some(Box::new(id)), ..Problem::of("internal") }
    }

    fn refused(refusal: &Refusal) -> Problem {
        let status = StatusCode::CONFLICT;
        Problem {
            status,
            code: refusal.code(),
            zh: refusal.zh(),
            en: refusal.to_string(),
            ..Problem::of("conflict")
        }
    }

    /// A procedure of the authority's own says no: not to this person, or not now.
    fn no(code: &'static str, zh: &str, en: String) -> Problem {
        let status = match code {
            "not_yours" | "administrators_only" => StatusCode::FORBIDDEN,
            "unknown_grant" => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Problem { status, code, zh: zh.to_owned(), en, ..Problem::of("conflict") }
    }

    fn account(no: No) -> Problem {
        let retry_after = if let No::Wait { seconds } = no { Some(seconds) } else { None };
        Problem { retry_after, ..Problem::of(no.code()) }
    }

    fn told(problems: &[Told]) -> Problem {
        // A key that cannot seal is this platform's failure, though it is met while a field is read.
        if let Some(failed) = problems.iter().find(|told| matches!(told.code, "broken" | "not_found")) {
            return Problem::internal(&failed.mend);
        }
        let wrong = |told: &Told| Wrong {
            field: told.field.clone(),
            code: told.code.to_owned(),
            message: message(told.code),
            mend: mend(told.code, &told.mend),
        };
        Problem { errors: problems.iter().map(wrong).collect(), ..Problem::of("validation") }
    }

    fn file(error: &FileError) -> Problem {
        let senders = |code: &'static str| Problem {
            code: error.code(),
            en: error.to_string(),
            zh: file_zh(error),
            ..Problem::of(code)
        };
        match error {
            FileError::TooLarge { .. } | FileError::TooManyPixels { .. } => senders("too_large"),
            FileError::UnknownType { .. } | FileError::NotAPhoto { .. } => senders("unsupported_type"),
            FileError::NoSuchFile | FileError::Forgotten => senders("not_found"),
            error if error.is_senders() => senders("validation"),
            error => Problem::internal(error),
        }
    }

    fn fault(fault: &Fault) -> Problem {
        match fault {
            Fault::NotFound(_) => Problem::not_found(),
            Fault::Conflict { is, .. } => Problem { version: Some(*is), ..Problem::of("conflict") },
            Fault::KeyReused => Problem::of("key_reused"),
            Fault::Busy { retry_after_ms } => {
                let seconds = u32::try_from(retry_after_ms.div_ceil(1000).max(1)).unwrap_or(u32::MAX);
                Problem { retry_after: Some(seconds), ..Problem::of("busy") }
            }
            // Numbers are made here; one that exists already is this platform's failure, not the sender's.
            fault @ (Fault::NumberTaken | Fault::Broken(_)) => Problem::internal(fault),
        }
    }

    /// The problem as JSON in one language.
    pub fn json(&self, lang: Lang) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("/api/v1/problems#{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail(lang),
            errors: self.fields(lang).collect(),
            version: self.version,
            error_id: self.error_id.as_ref().map(ToString::to_string),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// What happened and what to do.
    pub fn detail(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }

    /// The fields that are wrong, in one language.
    pub fn fields(&self, lang: Lang) -> impl Iterator<Item = FieldProblem<'_>> {
        self.errors.iter().map(move |wrong| FieldProblem {
            field: &wrong.field,
            code: &wrong.code,
            message: wrong.message.spoken(lang),
            mend: wrong.mend.spoken(lang),
        })
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match &error {
            Error::Refused(refusal) => Problem::refused(refusal),
            Error::Fault(fault) => Problem::fault(fault),
            Error::Invalid(problems) => Problem::told(problems),
            Error::File(error) => Problem::file(error),
            Error::Desk(no) => Problem::no(no.code(), no.zh(), no.to_string()),
            Error::Book(no) => Problem::no(no.code(), no.zh(), no.to_string()),
            Error::Grant(no) => Problem::no(no.code(), no.zh(), no.to_string()),
            Error::Account(no) => Problem::account(*no),
            Error::Person(no) => Problem::of(no.code()),
            Error::Exchange(no) => Problem::of(no.code()),
            Error::Member(_) => Problem::of("not_signed_in"),
            Error::Unseen => Problem::not_found(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        Problem::fault(&fault)
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Problem {
        Problem::file(&error)
    }
}

/// Carries the problem to [`crate::edge`], which writes it in the reader's language.
#[derive(Clone)]
pub struct Spoken(pub Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.json(Lang::Zh)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Spoken(Arc::new(self)));
        response
    }
}
