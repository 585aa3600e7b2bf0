//! Files of a case: what lies in it, sending a new one, and reading a copy.
//!
//! Served files are never a page of ours: they come with a policy of their own that lets nothing run, and as a download
//! unless they are a picture. Start at [`send`].

use axum::{
    Json,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    authority::field::{Access, Field, access},
    files::{Copy, FileKey, keeps_original},
    handle::{Claimed, SayIn, Upload},
};
use huying_model::{Case, CaseId, Name, catalogue::EvidenceKind, event::Body, words::Sealed};
use huying_store::{CaseView, FileRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::{
    find::{self, CaseName},
    shape::Moment,
};
use crate::{
    problem::{Both, Problem},
    sent::{self, Asked, MAX_UPLOAD, no_such},
    session::{
        SignedIn,
        sender::{Room, Sender},
    },
    state::AppState,
};

const KINDS: &str = "before, after, document, finding, voice, video";

/// A file of a case.
#[derive(Serialize, ToSchema)]
pub struct FileShown {
    /// SHA-256 of the sealed original, hex: its name in evidence and in addresses.
    #[schema(value_type = String)]
    file: SmolStr,
    /// Media type of the original.
    #[schema(value_type = String)]
    media: SmolStr,
    /// Size of the original in bytes.
    bytes: i64,
    added_at: Moment,
    /// Pixels of the shown copy of a photo.
    width: Option<u64>,
    height: Option<u64>,
    /// When a photo claims to have been taken.
    taken_at: Option<Moment>,
    /// What it shows, such as `before`; null where it is no evidence.
    #[schema(value_type = Option<String>)]
    kind: Option<Value>,
    /// Copies that can be read: `shown` and `thumb` for photos, `original` for those who answer to the reporter.
    copies: Vec<&'static str>,
}

async fn shown(
    state: &AppState,
    row: &FileRow,
    case: &CaseView,
    originals: Access,
) -> Result<FileShown, Problem> {
    let meta: Value = serde_json::from_str(&row.meta).unwrap_or_default();
    let taken_at = claimed(state, &meta).await?;
    let evidence = case.case.evidence.iter().find(|evidence| evidence.file == row.hash);
    let copies = [
        ("shown", row.shown.is_some()),
        ("thumb", row.thumb.is_some()),
        ("original", gives_original(row, originals)),
    ];
    Ok(FileShown {
        file: row.hash.clone(),
        media: row.media.clone(),
        bytes: row.bytes,
        added_at: Moment(huying_model::Instant(row.added_at)),
        width: meta["width"].as_u64(),
        height: meta["height"].as_u64(),
        taken_at,
        kind: evidence.map(|evidence| json!(evidence.kind)),
        copies: copies.into_iter().filter_map(|(name, is)| is.then_some(name)).collect(),
    })
}

/// When a photo claims to have been taken, which lies sealed; None where it claims nothing or that was forgotten.
async fn claimed(state: &AppState, meta: &Value) -> Result<Option<Moment>, Problem> {
    let Ok(sealed) = serde_json::from_value::<Sealed>(meta["taken_at"].clone()) else { return Ok(None) };
    let store = state.engine.store();
    store.load_keys(state.tenant(), std::slice::from_ref(&sealed.key)).await?;
    let text = store.seals(state.tenant()).open(&sealed);
    Ok(text.and_then(|text| text.parse().ok()).map(|ms| Moment(huying_model::Instant(ms))))
}

/// Sound, video and documents have no other copy, so whoever works on the case hears and reads them; a photo's original holds what
/// the shown copy leaves out, as long as it is kept.
pub fn gives_original(row: &FileRow, originals: Access) -> bool {
    let given = originals == Access::Shown || (row.shown.is_none() && originals != Access::Hidden);
    given && keeps_original(row)
}

/// Files of a case, oldest first.
#[utoipa::path(get, path = "/cases/{id}/files", tag = "files", params(("id" = String, Path, description = "Id or number")), responses(
    (status = 200, description = "Files", body = Vec<FileShown>), (status = 404, description = "There is no such case, or it is not yours to read"),
))]
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
) -> Result<Json<Vec<FileShown>>, Problem> {
    let case = find::case(&state, &who, &name).await?;
    let Some(originals) = sees(&state, &who, &case)? else { return Ok(Json(Vec::new())) };
    state.engine.note_opened(state.tenant(), &who.actor, case.case.id).await;
    let rows = of(&state, &case.case).await?;
    let mut files = Vec::with_capacity(rows.len());
    for row in &rows {
        files.push(shown(&state, row, &case, originals).await?);
    }
    Ok(Json(files))
}

/// The files of a case but those whose entry was redacted, oldest first.
pub async fn of(state: &AppState, case: &Case) -> Result<Vec<FileRow>, Problem> {
    let mut rows = state.engine.store().files(state.tenant(), case.id).await?;
    rows.retain(|row| !case.hides_file(&row.hash));
    Ok(rows)
}

/// One of them, by the name of any of its copies.
pub async fn named(state: &AppState, case: &Case, name: &str) -> Result<FileRow, Problem> {
    let row = state.engine.store().file(state.tenant(), case.id, name).await?;
    row.filter(|row| !case.hides_file(&row.hash)).ok_or_else(Problem::not_found)
}

/// How originals are shown to this member; None where no file of the case is.
pub fn sees(state: &AppState, who: &SignedIn, case: &CaseView) -> Result<Option<Access>, Problem> {
    let setting = state.setting()?;
    let shown = |field| access(&setting.policy.org, &case.case, &who.actor, field);
    Ok((shown(Field::Words) == Access::Shown).then(|| shown(Field::Original)))
}

/// A file as a form sends it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart form, which is read part by part")]
pub struct FileForm {
    /// The file: JPEG, PNG, WebP, MP3, OGG, M4A, WAV, MP4 or PDF up to 20 MB, told by its content.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What it shows: `before`, `after`, `document`, `finding`, `voice` or `video`; by its type where it is not said.
    kind: Option<String>,
    /// Words that go with it, sealed.
    words: Option<String>,
}

/// The parts of the form that came.
#[derive(Default)]
struct Form {
    file: Vec<u8>,
    kind: Option<String>,
    words: Option<String>,
    /// Held as long as the file is.
    _room: Room,
}

impl Form {
    fn kind(&self) -> Result<Option<EvidenceKind>, Problem> {
        let Some(code) = &self.kind else { return Ok(None) };
        serde_json::from_value(json!(code)).map(Some).map_err(|_why| no_such("kind", code, KINDS))
    }
    /// What the form says, for the idempotency key.
    fn said(&self) -> [&[u8]; 3] {
        let (kind, words) =
            (self.kind.as_deref().unwrap_or_default(), self.words.as_deref().unwrap_or_default());
        [&self.file, kind.as_bytes(), words.as_bytes()]
    }
}

async fn form(request: Request, state: &AppState) -> Result<Form, Problem> {
    let mut sender = Sender::of(&request, state);
    let (parts, body) = request.into_parts();
    let whole = sender.read(body, MAX_UPLOAD).await?;
    let request = Request::from_parts(parts, whole.into());
    let mut multipart =
        Multipart::from_request(request, &()).await.map_err(|_why| Problem::of("unsupported_type"))?;
    let (mut form, mut came) = (Form { _room: sender.arrived(state).await?, ..Form::default() }, false);
    while let Some(field) = multipart.next_field().await.map_err(|why| unreadable(&why))? {
        match field.name().unwrap_or_default() {
            "file" => {
                came = true;
                form.file = field.bytes().await.map_err(|why| unreadable(&why))?.to_vec();
            }
            "words" => form.words = Some(field.text().await.map_err(|why| unreadable(&why))?),
            "kind" => form.kind = Some(field.text().await.map_err(|why| unreadable(&why))?),
            _ => {}
        }
    }
    if came { Ok(form) } else { Err(no_file()) }
}

fn no_file() -> Problem {
    let mend = Both::of("请在表单的 file 项中放入文件。", "Put the file into the form's part 'file'.");
    Problem::field("file", "missing", Both::of("缺少文件。", "The file is missing."), mend)
}

fn unreadable(why: &dyn std::fmt::Display) -> Problem {
    let mend = Both(
        "请按 multipart/form-data 重新发送。".to_owned(),
        format!("Send multipart/form-data again ({why})."),
    );
    Problem::field("file", "unreadable", Both::of("表单无法读取。", "This form cannot be read."), mend)
}

/// Sends a photo, voice, video or document into a case: its type is told by its content, a photo's time and place are read and
/// then stripped from the copy that is shown, and the original is sealed.
#[utoipa::path(post, path = "/cases/{id}/files", tag = "files", params(("id" = String, Path, description = "Id or number"), ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same file is kept once")),
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file lies in the case", body = FileShown),
        (status = 409, description = "The rules say no (a code of RefusalCode), or the same Idempotency-Key is under way"),
        (status = 413, description = "`file_too_large`: more than 20 MB, or too many pixels"),
        (status = 415, description = "`file_type`: not a type that is taken"),
    ))]
pub async fn send(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
    request: Request,
) -> Result<Response, Problem> {
    let case = find::case(&state, &who, &name).await?.case.id;
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let form = form(request, &state).await?;
    let (key, kind) = (sent::form_key(&headers, &path, &form.said(), &who.member)?, form.kind()?);
    let input = SayIn {
        tenant: state.tenant(),
        actor: who.actor.clone(),
        case,
        name: Name::Attach,
        body: json!({ "words": form.words }),
        uploads: vec![Upload { bytes: form.file, kind }],
        claimed: Claimed::default(),
        key,
        if_match: None,
    };
    let outcome = state.engine.say(input).await;
    super::commands::count(&state, Name::Attach, &outcome.as_ref());
    let version = outcome?.version;
    let row = attached(&state, case, version).await?;
    let case = find::case(&state, &who, &find::Named::Id(case)).await?;
    let originals = sees(&state, &who, &case)?.unwrap_or(Access::Hidden);
    Ok((StatusCode::CREATED, Json(shown(&state, &row, &case, originals).await?)).into_response())
}

/// The file that came with the entry that raised the case to this version: also of a request that is sent again.
async fn attached(state: &AppState, case: CaseId, version: u32) -> Result<FileRow, Problem> {
    let store = state.engine.store();
    let entry = store.journal(state.tenant(), case, version.saturating_sub(1), 1).await?.pop();
    let Some(Body::Attached { evidence, .. }) = entry.map(|entry| entry.event.body) else {
        return Err(Problem::internal(&"the entry of an attachment is not where its receipt says"));
    };
    let file = evidence.first().map(|evidence| evidence.file.clone()).unwrap_or_default();
    store.file(state.tenant(), case, &file).await?.ok_or_else(Problem::not_found)
}

/// Which copy.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CopyQuery {
    /// `shown` (the default for photos), `thumb` or `original`.
    copy: Option<String>,
}

/// A copy of a file.
#[utoipa::path(get, path = "/cases/{id}/files/{file}", tag = "files",
    params(("id" = String, Path, description = "Id or number"), ("file" = String, Path, description = "The file's name, 64 hexadecimal digits"), CopyQuery),
    responses((status = 200, description = "The bytes, by what the file is", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "audio/mpeg"), (Vec<u8> = "audio/ogg"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "audio/wav"), (Vec<u8> = "video/mp4"), (Vec<u8> = "application/pdf"))), (status = 404, description = "There is no such file in this case, or it was forgotten")))]
pub async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(name): CaseName,
    names: Path<(String, String)>,
    Asked(asked): Asked<CopyQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let case = find::case(&state, &who, &name).await?;
    let row = named(&state, &case.case, &names.1).await?;
    let originals = sees(&state, &who, &case)?.ok_or_else(Problem::not_found)?;
    let (copy, hash, media) = which(&row, asked.copy.as_deref(), originals)?;
    // Small pictures are loaded by the page of the case, which was noted itself.
    if copy != Copy::Thumb {
        state.engine.note_opened(state.tenant(), &who.actor, case.case.id).await;
    }
    let etag = HeaderValue::from_str(&format!("\"{hash}\"")).map_err(|why| Problem::internal(&why))?;
    // It is opened before it is called the same: whoever still has what was forgotten is not told to show it.
    let bytes = bytes(&state, &row, &hash).await?;
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        let same = [(header::ETAG, etag), (header::CACHE_CONTROL, ASK_EACH_TIME)];
        return Ok((StatusCode::NOT_MODIFIED, same).into_response());
    }
    Ok((serving(copy, &row, &media, etag)?, bytes).into_response())
}

/// The copy that is asked for, its name in the file store and its type. Copies that are made are JPEG.
fn which(row: &FileRow, asked: Option<&str>, originals: Access) -> Result<(Copy, SmolStr, SmolStr), Problem> {
    let jpeg = SmolStr::new_static("image/jpeg");
    let of = |copy: Copy, hash: &Option<SmolStr>| {
        hash.clone().map(|hash| (copy, hash, jpeg.clone())).ok_or_else(Problem::not_found)
    };
    match asked {
        Some("thumb") => of(Copy::Thumb, &row.thumb),
        Some("shown") => of(Copy::Shown, &row.shown),
        None if row.shown.is_some() => of(Copy::Shown, &row.shown),
        None | Some("original") if gives_original(row, originals) => {
            Ok((Copy::Original, row.hash.clone(), row.media.clone()))
        }
        None | Some("original") => Err(Problem::not_found()),
        Some(other) => Err(no_such("copy", other, "shown, thumb, original")),
    }
}

/// A browser may keep it, and has to ask each time whether it may still show it.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Opens a copy with the file's own key, which lies sealed in its row.
pub async fn bytes(state: &AppState, row: &FileRow, hash: &str) -> Result<Vec<u8>, Problem> {
    let forgotten = || Problem::from(huying_engine::files::FileError::Forgotten);
    let meta: Value = serde_json::from_str(&row.meta).unwrap_or_default();
    // A file that was forgotten has lost its key with everything else that was kept of it; an original may be gone alone.
    if meta["key"].is_null() || (row.hash == hash && !keeps_original(row)) {
        return Err(forgotten());
    }
    let sealed: Sealed =
        serde_json::from_value(meta["key"].clone()).map_err(|why| Problem::internal(&why))?;
    let store = state.engine.store();
    store.load_keys(state.tenant(), std::slice::from_ref(&sealed.key)).await?;
    let text = store.seals(state.tenant()).open(&sealed).ok_or_else(forgotten)?;
    let key = FileKey::from_text(&text).map_err(|_why| forgotten())?;
    Ok(state.engine.files().read(hash, key).await?)
}

fn serving(copy: Copy, row: &FileRow, media: &str, etag: HeaderValue) -> Result<HeaderMap, Problem> {
    let inline = copy != Copy::Original;
    let ending = media.rsplit('/').next().unwrap_or("bin");
    let name = row.hash.get(..12).unwrap_or("file");
    let disposition =
        format!("{}; filename=\"{name}.{ending}\"", if inline { "inline" } else { "attachment" });
    let mut headers = HeaderMap::new();
    let text = |text: &str| HeaderValue::from_str(text).map_err(|why| Problem::internal(&why));
    headers.insert(header::CONTENT_TYPE, text(media)?);
    headers.insert(header::CONTENT_DISPOSITION, text(&disposition)?);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Content never changes under its name; what a member may read can, and whether it is still there.
    headers.insert(header::CACHE_CONTROL, ASK_EACH_TIME);
    headers.insert(header::ETAG, etag);
    Ok(headers)
}
