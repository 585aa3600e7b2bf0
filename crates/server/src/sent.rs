//! What a request brings: JSON in a body, an idempotency key, a precondition, a query.
//!
//! Owns the extractors that turn what axum would refuse in plain text into a [`Problem`] that names the field and the mend.
//! Start at [`Sent`] for commands and [`Asked`] for reads.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use futures::StreamExt;
use huying_engine::{Problem as Told, words};
use huying_model::MemberId;
use huying_store::Key;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{
    problem::{Both, Problem},
    session::sender::Sender,
    state::AppState,
};

/// Bytes that a JSON body may have: some hundred parts of a split with long texts.
pub const MAX_JSON: usize = 1024 * 1024;
const LONGEST_KEY: usize = 128;

/// A JSON object with what RFC 9110 and the Idempotency-Key draft let a client say about it.
pub struct Sent {
    pub fields: Map<String, Value>,
    key: Option<SmolStr>,
    hash: [u8; 32],
    /// The version that the client has read (If-Match); None without a precondition.
    pub if_match: Option<u32>,
}

impl Sent {
    /// The idempotency key in the member's name.
    pub fn key(&self, member: &MemberId) -> Option<Key> {
        let key = self.key.clone()?;
        Some(Key { member: member.0.clone(), key, body_hash: self.hash })
    }
}

impl FromRequest<AppState> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Sent, Problem> {
        let sender = Sender::of(&request, state);
        let (parts, body) = request.into_parts();
        let key = idempotency_key(&parts.headers)?;
        let if_match = if_match(&parts.headers)?;
        let bytes = read(body, MAX_JSON).await?;
        sender.arrived(state).await?;
        // Commands without fields may come without a body.
        if !bytes.is_empty() && !is_json(&parts.headers) {
            return Err(Problem::of("unsupported_type"));
        }
        let fields = if bytes.is_empty() { Map::new() } else { object(&bytes)? };
        let hash = if key.is_some() { hash(parts.uri.path(), &[&bytes]) } else { [0; 32] };
        Ok(Sent { fields, key, hash, if_match })
    }
}

/// The same key sent to another address is another request. Each part is told from its neighbours by its length.
fn hash(path: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut sum = Sha256::new();
    for part in [path.as_bytes()].iter().chain(parts) {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    sum.finalize().into()
}

/// The idempotency key of a form, in the member's name. What the form says counts, not how it was written: a browser that
/// sends it again writes another boundary.
pub fn form_key(
    headers: &HeaderMap,
    path: &str,
    said: &[&[u8]],
    member: &MemberId,
) -> Result<Option<Key>, Problem> {
    let key = idempotency_key(headers)?;
    Ok(key.map(|key| Key { member: member.0.clone(), key, body_hash: hash(path, said) }))
}

/// A whole body of at most `most` bytes.
pub async fn read(body: Body, most: usize) -> Result<Bytes, Problem> {
    read_told(body, most, |_there| Ok(())).await
}

/// The same; `holds` is told how many bytes have come before they are kept, and may refuse them.
pub(crate) async fn read_told(
    body: Body,
    most: usize,
    mut holds: impl FnMut(usize) -> Result<(), Problem>,
) -> Result<Bytes, Problem> {
    let mut pieces = body.into_data_stream();
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            let en = "The body broke off, or came too slowly: send it again.";
            return Err(unreadable("body", en, "请求体传输中断或过慢，请重新发送。"));
        };
        let there = bytes.len().saturating_add(piece.len());
        if there > most {
            return Err(Problem::of("too_large"));
        }
        holds(there)?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

fn unreadable(field: &str, en: &str, zh: &str) -> Problem {
    Problem::field(field, "unreadable", Both::of("无法读取。", "This cannot be read."), Both::of(zh, en))
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json") || media.to_ascii_lowercase().ends_with("+json")
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(unreadable(
            "",
            "Send a JSON object with the fields that are described.",
            "请发送包含各字段的 JSON 对象。",
        )),
        Err(why) => {
            let (line, column) = (why.line(), why.column());
            let en = format!("The body is not JSON at line {line}, column {column}: mend it there.");
            Err(unreadable("", &en, &format!("请求体第{line}行第{column}列不是有效的 JSON，请更正。")))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<SmolStr>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim_matches('"');
    if key.is_empty() || key.len() > LONGEST_KEY {
        let mend = Both::of(
            "请发送1至128个可见 ASCII 字符，例如一个 UUID。",
            "Send 1 to 128 visible ASCII characters, such as a UUID.",
        );
        return Err(Problem::field(
            "Idempotency-Key",
            "header",
            Both::of("键无法使用。", "This key cannot be used."),
            mend,
        ));
    }
    Ok(Some(SmolStr::new(key)))
}

/// `"7"` asks for version 7; `*` asks only that the case exists, which every command does.
fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let value = value.to_str().unwrap_or_default().trim();
    if value == "*" {
        return Ok(None);
    }
    let version = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| {
        let mend = Both::of(
            "请发送读取案件时得到的 ETag，例如 \"7\"。",
            "Send the ETag that the case was read with, such as \"7\".",
        );
        Problem::field(
            "If-Match",
            "header",
            Both::of("不是有效的 ETag。", "This is no ETag of a case."),
            mend,
        )
    })
}

/// The query of a read, each wrong field named.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let broken = |value: &str| value.chars().any(words::is_control);
        if let Some((field, _)) = form_urlencoded::parse(query.as_bytes()).find(|(_, value)| broken(value)) {
            return Err(control_character(&field));
        }
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(why) => Err(query_problem(
                &std::error::Error::source(&why).map_or_else(|| why.to_string(), ToString::to_string),
            )),
        }
    }
}

/// A field with a sign that no text may have ([`words::is_control`]).
pub fn control_character(field: &str) -> Problem {
    huying_engine::Error::from(Told::at(field, "control_character", words::NO_CONTROL)).into()
}

/// Serde says `field: what is wrong`, or names the missing or unknown field in backticks.
fn query_problem(why: &str) -> Problem {
    let quoted = why.split('`').nth(1);
    let (field, code) = match quoted {
        Some(field) if why.contains("missing field") => (field, "missing"),
        Some(field) if why.contains("unknown field") => (field, "unknown_field"),
        _ => (why.split(':').next().unwrap_or_default(), "unreadable"),
    };
    let message = Both::of("查询参数无法使用。", "This query parameter cannot be used.");
    let zh = format!("请对照接口说明更正（{why}）。");
    Problem::field(
        field,
        code,
        message,
        Both(zh, format!("Correct it as the API's description says ({why}).")),
    )
}

/// A value of a query that is none of the known codes.
pub fn no_such(field: &str, value: &str, known: &str) -> Problem {
    let message = Both(format!("没有“{value}”。"), format!("There is no '{value}'."));
    let mend = Both(format!("请使用：{known}。"), format!("Use one of: {known}."));
    Problem::field(field, "unknown_value", message, mend)
}

/// A file that is larger than a JSON body may be read by its handler only.
pub const MAX_UPLOAD: usize = huying_engine::files::MAX_BYTES + 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precondition_is_a_strong_etag_or_a_star() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, value.parse().unwrap());
            if_match(&headers)
        };
        assert_eq!(with("\"7\""), Ok(Some(7)));
        assert_eq!(with("*"), Ok(None));
        for wrong in ["7", "W/\"7\"", "\"x\"", "\"1\", \"2\""] {
            let problem = with(wrong).unwrap_err();
            assert_eq!(
                (problem.code, problem.errors[0].field.as_str()),
                ("validation", "If-Match"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_broken_body_is_told_with_its_place() {
        let problem = object(b"{\"a\": 1,\n ]").unwrap_err();
        assert!(problem.errors[0].mend.1.contains("line 2"), "{problem:?}");
        assert!(object(b"[1]").unwrap_err().errors[0].mend.1.contains("object"));
    }

    #[test]
    fn a_wrong_query_names_its_field() {
        assert_eq!(query_problem("limit: invalid digit found in string").errors[0].field, "limit");
        assert_eq!(query_problem("missing field `q`").errors[0].field, "q");
        assert_eq!(query_problem("unknown field `x`, expected one of `a`").errors[0].code, "unknown_field");
    }
}
