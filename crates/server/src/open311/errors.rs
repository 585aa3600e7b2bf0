//! Errors as the specification has them: a list, each with a number and a sentence that is shown to a person.
//!
//! Owns the step from the house's problems to that list. A number is the HTTP status: 404 for what is unknown, 403 for a missing or
//! wrong key, 400 for every other mistake of the caller; beyond the specification 405, 413, 415, 429, 500 and 503 stay what they are.
//! Start at [`Refused`].

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::Error;

use super::answer::{Format, Node};
use crate::{
    language::Lang,
    problem::{Problem, Spoken},
};

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    sentences: Vec<String>,
    retry_after: Option<u32>,
    allow: Option<&'static str>,
}

impl Refused {
    /// Mistakes of the caller, each in a sentence.
    pub fn mistakes(sentences: Vec<String>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, sentences, retry_after: None, allow: None }
    }
    pub fn mistake(sentence: impl Into<String>) -> Refused {
        Refused::mistakes(vec![sentence.into()])
    }
    pub fn key(sentence: impl Into<String>) -> Refused {
        Refused { status: StatusCode::FORBIDDEN, ..Refused::mistake(sentence) }
    }
    pub fn method(allow: &'static str) -> Refused {
        let sentence = format!("this address takes {allow} only");
        Refused { status: StatusCode::METHOD_NOT_ALLOWED, allow: Some(allow), ..Refused::mistake(sentence) }
    }
    pub fn format() -> Refused {
        let sentence = "the format is not known: end the address with .xml or .json";
        Refused { status: StatusCode::NOT_FOUND, ..Refused::mistake(sentence) }
    }

    /// A problem of the house in this interface's words.
    pub fn of(problem: &Problem, lang: Lang) -> Refused {
        let status = match problem.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::FORBIDDEN,
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        let field = |field: crate::problem::FieldProblem<'_>| match field.field {
            "" => field.mend.to_owned(),
            name => format!("{name}: {} {}", field.message, field.mend),
        };
        let mut sentences: Vec<String> = problem.fields(lang).map(field).collect();
        if sentences.is_empty() {
            sentences.push(match &problem.error_id {
                Some(id) => format!("{} ({id})", problem.detail(lang)),
                None => problem.detail(lang).to_owned(),
            });
        }
        Refused { status, sentences, retry_after: problem.retry_after, allow: None }
    }

    pub fn response(self, format: Format) -> Response {
        let code = f64::from(self.status.as_u16());
        let error = |sentence: String| {
            Node::Record(vec![("code", Node::Number(code)), ("description", Node::Text(sentence))])
        };
        let errors = Node::List("error", self.sentences.into_iter().map(error).collect());
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, format.media());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        (self.status, headers, errors.write("errors", format)).into_response()
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused::of(&problem, Lang::default())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Problem::from(error).into()
    }
}

impl From<huying_store::Fault> for Refused {
    fn from(fault: huying_store::Fault) -> Refused {
        Problem::from(fault).into()
    }
}

/// What was named is unknown.
pub(super) fn no_such(what: &str) -> Refused {
    Refused { status: StatusCode::NOT_FOUND, ..Refused::mistake(format!("{what} was not found")) }
}

/// An answer that the edge made for an address below this interface, in its own words.
pub(crate) fn spoken(response: Response, path: &str, lang: Lang) -> Response {
    let format = Format::of_path(path).unwrap_or_default();
    match response.extensions().get::<Spoken>() {
        Some(Spoken(problem)) => Refused::of(&Arc::clone(problem), lang).response(format),
        None => response,
    }
}
