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

/// A sentence for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Said {
    zh: String,
    en: String,
}

/// A sentence in both languages.
pub(super) fn said(zh: impl Into<String>, en: impl Into<String>) -> Said {
    Said { zh: zh.into(), en: en.into() }
}

impl Said {
    /// With the argument that it is about before it.
    pub fn about(self, argument: &str) -> Said {
        said(format!("{argument}：{}", self.zh), format!("{argument}: {}", self.en))
    }
}

/// What is missing.
pub(super) fn missing(argument: &str) -> Said {
    said("缺少此参数", "it is missing").about(argument)
}

/// What is longer than it may be.
pub(super) fn too_long(most: usize) -> Said {
    said(format!("最多{most}个字符"), format!("up to {most} characters"))
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    sentences: Vec<Said>,
    retry_after: Option<u32>,
    allow: Option<&'static str>,
}

impl Refused {
    /// Mistakes of the caller, each in a sentence.
    pub fn mistakes(sentences: Vec<Said>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, sentences, retry_after: None, allow: None }
    }
    pub fn mistake(sentence: Said) -> Refused {
        Refused::mistakes(vec![sentence])
    }
    pub fn key(sentence: Said) -> Refused {
        Refused { status: StatusCode::FORBIDDEN, ..Refused::mistake(sentence) }
    }
    pub fn method(allow: &'static str) -> Refused {
        let sentence = said(format!("此地址只接受 {allow}"), format!("this address takes {allow} only"));
        Refused { status: StatusCode::METHOD_NOT_ALLOWED, allow: Some(allow), ..Refused::mistake(sentence) }
    }
    pub fn format() -> Refused {
        let sentence = said(
            "格式不明：地址须以 .xml 或 .json 结尾",
            "the format is not known: end the address with .xml or .json",
        );
        Refused { status: StatusCode::NOT_FOUND, ..Refused::mistake(sentence) }
    }

    /// A problem of the house in this interface's words.
    pub fn of(problem: &Problem) -> Refused {
        let status = match problem.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::FORBIDDEN,
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::URI_TOO_LONG => {
                StatusCode::BAD_REQUEST
            }
            status => status,
        };
        let field = |field: crate::problem::FieldProblem<'_>| match field.field {
            "" => field.mend.to_owned(),
            name => format!("{}: {} {}", argument(name), field.message, field.mend),
        };
        let (zh, en) = (problem.fields(Lang::Zh).map(field), problem.fields(Lang::En).map(field));
        let mut sentences: Vec<Said> = zh.zip(en).map(|(zh, en)| Said { zh, en }).collect();
        if sentences.is_empty() {
            let whole = |lang: Lang| match &problem.error_id {
                Some(id) => format!("{} ({id})", problem.detail(lang)),
                None => problem.detail(lang).to_owned(),
            };
            sentences.push(said(whole(Lang::Zh), whole(Lang::En)));
        }
        Refused { status, sentences, retry_after: problem.retry_after, allow: None }
    }

    pub fn response(self, format: Format, lang: Lang) -> Response {
        let code = f64::from(self.status.as_u16());
        let error = |sentence: Said| {
            let text = lang.pick(sentence.zh, sentence.en);
            Node::Record(vec![("code", Node::Number(code)), ("description", Node::Text(text))])
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
        Refused::of(&problem)
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
    let sentence = said("未找到", "it was not found").about(what);
    Refused { status: StatusCode::NOT_FOUND, ..Refused::mistake(sentence) }
}

/// The argument of a form that became this field of a report.
fn argument(field: &str) -> &str {
    match field {
        "address" => "address_string",
        "text" | "words" => "description",
        "answers" => "attribute",
        "place.lon" | "lon" => "long",
        "place.lat" => "lat",
        "place" => "lat, long",
        "place.area" => "address_id",
        "reporters[0].name" => "first_name, last_name",
        "reporters[0].contact" => "phone, email",
        other => other,
    }
}

/// An answer that the edge made for an address below this interface, in its own words.
pub(crate) fn spoken(response: Response, path: &str, lang: Lang) -> Response {
    let format = Format::of_path(path).unwrap_or_default();
    match response.extensions().get::<Spoken>() {
        Some(Spoken(problem)) => Refused::of(&Arc::clone(problem)).response(format, lang),
        None => response,
    }
}
