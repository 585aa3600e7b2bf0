//! Photos in parts, ahead of the command that names them: begin, how far, append, give up (draft-ietf-httpbis-resumable-upload-12).
//!
//! Owns the header fields on both ways. An upload is its member's alone; to everybody else it is what does not exist. How far one has come
//! and what gives its name are the engine's ([`huying_engine::uploads`]). What a command does with it is [`super::carried`]. Start at
//! [`begin`], then [`append`].

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::Engine as _;
use futures::StreamExt;
use huying_engine::{
    files::MAX_BYTES,
    uploads::{Begun, Ending, LEAST_PART, LONG_MS, MOST_PART, Reach, Went, Which},
};
use huying_model::MemberId;

use crate::{
    problem::{Both, Problem},
    session::{SignedIn, sender::Sender},
    state::AppState,
};

const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const LIMIT: HeaderName = HeaderName::from_static("upload-limit");
const DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// What a part is sent as.
const PART: &str = "application/partial-upload";
/// After so many seconds some of what lies there may have been used or thrown away.
const FULL_AGAIN: u32 = 900;

/// Begins an upload, or tells how far the one of this sum has come.
///
/// Its name is the SHA-256 of the whole. Asking again changes nothing, so this needs no key.
#[utoipa::path(post, path = "/uploads", tag = "uploads", params(
        ("Upload-Length" = u64, Header, description = "Bytes of the whole, up to 20 MB"),
        ("Upload-Complete" = String, Header, description = "`?0`: the bytes follow"),
        ("Repr-Digest" = String, Header, description = "`sha-256=:BASE64:` of the whole (RFC 9530)"),
    ), responses(
        (status = 201, description = "Begun", headers(("Location" = String, description = "The upload"), ("Upload-Offset" = u64, description = "Bytes that are there"), ("Upload-Complete" = String, description = "`?1` when it is whole"), ("Upload-Limit" = String, description = "The longest whole, how small and how large a part may be, and for how many seconds it is kept"))),
        (status = 200, description = "It was begun before: how far it has come"),
        (status = 400, description = "`validation`: a header is missing or cannot be read, or the length is another than before"),
        (status = 413, description = "`too_large`: longer than 20 MB"),
        (status = 429, description = "`uploads_full`: too much waits to be used; with Retry-After"),
    ))]
pub async fn begin(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if flag(&headers)? {
        let mend = ("请填写 ?0，并用 PATCH 发送内容。", "Send ?0, and the bytes with PATCH.");
        return Err(wrong("Upload-Complete", mend));
    }
    let length = number(&headers, &LENGTH, "Upload-Length")?;
    if length == 0 {
        return Err(wrong("Upload-Length", ("文件不能为空。", "Send a file that is not empty.")));
    }
    let which = Which { tenant: state.tenant(), member: who.member, hash: digest(&headers)? };
    let (status, reach) = match state.engine.begin_upload(&which, length).await? {
        Begun::Anew(reach) => (StatusCode::CREATED, reach),
        Begun::Known(reach) => (StatusCode::OK, reach),
        Begun::OtherLength(reach) => {
            let mend = ("请发送与首次相同的长度。", "Send the length that it was begun with.");
            return Ok(told(wrong("Upload-Length", mend).into_response(), reach));
        }
        Begun::TooLarge => return Err(Problem::of("too_large")),
        Begun::Full => {
            return Err(Problem { retry_after: Some(FULL_AGAIN), ..Problem::of("uploads_full") });
        }
    };
    let place = format!("/api/v1/uploads/{}", hex(&which.hash));
    let limit = format!(
        "max-size={MAX_BYTES}, min-append-size={LEAST_PART}, max-append-size={MOST_PART}, max-age={}",
        LONG_MS / 1000
    );
    let fields = [(header::LOCATION, text(&place)?), (LIMIT, text(&limit)?)];
    Ok(told((status, fields).into_response(), reach))
}

/// How far an upload has come.
#[utoipa::path(head, path = "/uploads/{upload}", tag = "uploads", params(("upload" = String, Path, description = "SHA-256 of the whole, 64 hexadecimal digits")), responses(
    (status = 204, description = "As the headers say", headers(("Upload-Offset" = u64, description = "Bytes that are there"), ("Upload-Complete" = String, description = "`?1` when it is whole"), ("Upload-Length" = u64, description = "Bytes of the whole"))),
    (status = 404, description = "The member has no such upload, or it was thrown away"),
))]
pub async fn how_far(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let which = which(&state, who.member, &name)?;
    let reach = state.engine.upload_reach(&which).await?.ok_or_else(Problem::not_found)?;
    Ok(told(StatusCode::NO_CONTENT.into_response(), reach))
}

/// Puts a part behind what is there, 16 KB to 4 MB; the last may be smaller. What came of a part that broke off is kept: ask how far it
/// is.
#[utoipa::path(patch, path = "/uploads/{upload}", tag = "uploads", params(
        ("upload" = String, Path, description = "SHA-256 of the whole, 64 hexadecimal digits"),
        ("Upload-Offset" = u64, Header, description = "Where the part begins"),
        ("Upload-Complete" = String, Header, description = "`?1` with the last part, `?0` with the others"),
    ), request_body(content = Vec<u8>, content_type = "application/partial-upload"), responses(
        (status = 204, description = "The part is there", headers(("Upload-Offset" = u64, description = "Bytes that are there"), ("Upload-Complete" = String, description = "`?1` when it is whole"), ("Upload-Length" = u64, description = "Bytes of the whole"))),
        (status = 400, description = "`validation`: a header cannot be read, the part goes beyond the length, or it is smaller than 16 KB (16,384 bytes) and not the last"),
        (status = 404, description = "The member has no such upload, or it was thrown away"),
        (status = 409, description = "`upload_offset`: go on at Upload-Offset; `upload_complete`; `upload_digest`: begin again"),
    ))]
pub async fn append(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let sender = Sender::of(&request, &state);
    let (parts, body) = request.into_parts();
    let media =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.eq_ignore_ascii_case(PART) {
        return Err(Problem::of("unsupported_type"));
    }
    let which = which(&state, who.member, &name)?;
    let (at, last) = (number(&parts.headers, &OFFSET, "Upload-Offset")?, flag(&parts.headers)?);
    // Before any byte is taken: a thin line is not asked for what would be dropped.
    let reach = state.engine.upload_reach(&which).await?.ok_or_else(Problem::not_found)?;
    if reach.complete {
        return Ok(told(Problem::of("upload_complete").into_response(), reach));
    }
    if reach.offset != at {
        return Ok(told(Problem::of("upload_offset").into_response(), reach));
    }
    // The line may break at any moment, and this request with it; what came is to be kept all the same.
    let kept = tokio::spawn(async move { keep(&state, &which, at, last, (body, sender)).await });
    kept.await.map_err(|why| Problem::internal(&why))?
}

/// Reads the part as far as it comes, and keeps it.
async fn keep(
    state: &AppState,
    which: &Which,
    at: u64,
    last: bool,
    (body, mut sender): (Body, Sender),
) -> Result<Response, Problem> {
    let (bytes, broken) = read(body, &mut sender).await?;
    let _room = sender.arrived(state).await?;
    if bytes.is_empty() && !last {
        return Err(wrong("body", ("请发送至少一个字节。", "Send at least one byte.")));
    }
    let ending = match (broken, last) {
        (true, _) => Ending::Broken,
        (false, true) => Ending::Last,
        (false, false) => Ending::More,
    };
    Ok(match state.engine.append_upload(which, at, bytes, ending).await? {
        Went::On(reach) => told(StatusCode::NO_CONTENT.into_response(), reach),
        Went::Elsewhere(reach) => told(Problem::of("upload_offset").into_response(), reach),
        Went::Whole(reach) => told(Problem::of("upload_complete").into_response(), reach),
        Went::TooMuch(reach) => {
            let mend = ("内容超出声明的长度。", "Send no more than the length that it was begun with.");
            told(wrong("Upload-Length", mend).into_response(), reach)
        }
        Went::TooSmall(reach) => {
            let mend = Both(
                format!("除最后一段外，每段至少 {LEAST_PART} 字节。"),
                format!("Send at least {LEAST_PART} bytes in every part but the last."),
            );
            let message = Both::of("这一段太小。", "This part is too small.");
            told(Problem::field("body", "too_small", message, mend).into_response(), reach)
        }
        Went::Wrong => return Err(Problem::of("upload_digest")),
        Went::Unknown => return Err(Problem::not_found()),
    })
}

/// What came of a body, and whether it broke off, or there was no room for more of it.
async fn read(body: Body, sender: &mut Sender) -> Result<(Vec<u8>, bool), Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(some) = stream.next().await {
        let Ok(some) = some else { return Ok((bytes, true)) };
        let there = bytes.len().saturating_add(some.len());
        if there > MOST_PART {
            return Err(Problem::of("too_large"));
        }
        if let Err(full) = sender.holds(there) {
            // What came is kept, as where the line breaks, and the sender goes on behind it.
            return if bytes.is_empty() { Err(full) } else { Ok((bytes, true)) };
        }
        bytes.extend_from_slice(&some);
    }
    Ok((bytes, false))
}

/// Gives an upload up: what came of it is thrown away.
#[utoipa::path(delete, path = "/uploads/{upload}", tag = "uploads", params(("upload" = String, Path, description = "SHA-256 of the whole, 64 hexadecimal digits")), responses(
    (status = 204, description = "It is not there any more, or never was"),
))]
pub async fn give_up(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    state.engine.give_up_upload(&which(&state, who.member, &name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The upload of an address. What is no name of one cannot exist.
fn which(state: &AppState, member: MemberId, name: &str) -> Result<Which, Problem> {
    let hash = sum(name).ok_or_else(Problem::not_found)?;
    Ok(Which { tenant: state.tenant(), member, hash })
}

/// The sum of a name: 64 hexadecimal digits in small letters.
pub(crate) fn sum(name: &str) -> Option<[u8; 32]> {
    let digit = |sign: u8| match sign {
        b'0'..=b'9' => Some(sign - b'0'),
        b'a'..=b'f' => Some(sign - b'a' + 10),
        _ => None,
    };
    let pairs = name.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    pairs.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

pub(crate) fn hex(sum: &[u8; 32]) -> String {
    sum.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Puts on an answer how far the upload is.
fn told(mut response: Response, reach: Reach) -> Response {
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(reach.offset));
    headers.insert(COMPLETE, HeaderValue::from_static(if reach.complete { "?1" } else { "?0" }));
    headers.insert(LENGTH, HeaderValue::from(reach.length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn text(value: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(value).map_err(|why| Problem::internal(&why))
}

fn wrong(field: &str, (zh, en): (&str, &str)) -> Problem {
    let message = Both::of("此项缺失或无法使用。", "This is missing or cannot be used.");
    Problem::field(field, "header", message, Both::of(zh, en))
}

fn said<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()
}

/// A whole number of a structured field (RFC 9651).
fn number(headers: &HeaderMap, name: &HeaderName, field: &str) -> Result<u64, Problem> {
    let digits = said(headers, name);
    let plain = (1..=15).contains(&digits.len()) && digits.bytes().all(|sign| sign.is_ascii_digit());
    let read = if plain { digits.parse().ok() } else { None };
    read.ok_or_else(|| wrong(field, ("请填写整数，例如 71662。", "Send a whole number, such as 71662.")))
}

/// `?1` or `?0`.
fn flag(headers: &HeaderMap) -> Result<bool, Problem> {
    match said(headers, &COMPLETE) {
        "?1" => Ok(true),
        "?0" => Ok(false),
        _ => Err(wrong("Upload-Complete", ("请填写 ?0 或 ?1。", "Send ?0 or ?1."))),
    }
}

/// The SHA-256 among the digests of the whole.
fn digest(headers: &HeaderMap) -> Result<[u8; 32], Problem> {
    let mut all = said(headers, &DIGEST).split(',').map(str::trim);
    let found = all.find_map(|one| one.strip_prefix("sha-256=:")?.strip_suffix(':'));
    let bytes = found.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        wrong(
            "Repr-Digest",
            ("请填写 sha-256=:…:（RFC 9530）。", "Send sha-256=:BASE64: of the whole (RFC 9530)."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_name_is_64_small_hexadecimal_digits() {
        let name = "00ff".repeat(16);
        assert_eq!(sum(&name).map(|sum| hex(&sum)), Some(name.clone()));
        for wrong in
            [String::new(), name.to_uppercase(), name[1..].to_owned(), "0g".repeat(32), format!("{name}00")]
        {
            assert_eq!(sum(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn header_fields_are_read_as_the_drafts_write_them() {
        assert_eq!(number(&with(LENGTH, "71662"), &LENGTH, "Upload-Length"), Ok(71_662));
        for wrong in ["", "-1", "1.5", "+3", "1234567890123456"] {
            assert!(number(&with(LENGTH, wrong), &LENGTH, "Upload-Length").is_err(), "{wrong}");
        }
        assert_eq!((flag(&with(COMPLETE, "?1")), flag(&with(COMPLETE, "?0"))), (Ok(true), Ok(false)));
        assert!(flag(&with(COMPLETE, "1")).is_err());
        let zeros = "A".repeat(43) + "=";
        assert_eq!(digest(&with(DIGEST, &format!("sha-512=:x:, sha-256=:{zeros}:"))), Ok([0; 32]));
        assert!(digest(&with(DIGEST, "sha-256=:AAAA:")).is_err());
    }
}
