//! A pack that somebody sends: a form with a reason and files, read with one bound for the whole.
//!
//! Owns the reading of the form for page and API alike. Refuses to judge the pack: which names it may have is the pack crate's
//! ([`huying_pack::upload`]). Start at [`read`].

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request},
    http::StatusCode,
};
use huying_pack::{
    Files,
    files::MOST_BYTES,
    upload::{Sent, gather},
};

use crate::{
    problem::{Both, Problem, Wrong},
    session::sender::{Room, Sender},
    state::AppState,
};

/// Bytes of the longest form.
const LONGEST: usize = MOST_BYTES + 1024 * 1024;
/// Fields that a form may have.
const MOST_FIELDS: usize = 32;

/// What was sent.
#[derive(Default)]
pub struct Upload {
    pub reason: String,
    /// Every other field, the last where it stands twice.
    pub fields: BTreeMap<String, String>,
    pub files: Vec<Sent>,
    /// The name of each file's field.
    pub file_fields: Vec<String>,
    /// Held as long as the files are.
    _room: Room,
}

fn unreadable(why: &dyn std::fmt::Display) -> Problem {
    let mend = Both(
        "请按 multipart/form-data 重新发送。".to_owned(),
        format!("Send multipart/form-data again ({why})."),
    );
    Problem::field("", "unreadable", Both::of("表单无法读取。", "This form cannot be read."), mend)
}

fn too_large() -> Problem {
    Problem {
        zh: format!("文件过大：机制包全部文件合计不超过 {} MB。", MOST_BYTES / 1024 / 1024),
        en: format!(
            "This is too large: all files of a pack together have up to {} MB.",
            MOST_BYTES / 1024 / 1024
        ),
        ..Problem::of("too_large")
    }
}

/// Reads the form.
///
/// # Errors
/// The problem with the form as a whole.
pub async fn read(request: Request, state: &AppState) -> Result<Upload, Problem> {
    let mut sender = Sender::of(&request, state);
    let (parts, body) = request.into_parts();
    let bytes = sender.read(body, LONGEST).await.map_err(|problem| {
        if problem.status == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { problem }
    })?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let mut form = Multipart::from_request(request, &()).await.map_err(|why| unreadable(&why))?;
    let mut upload = Upload { _room: sender.arrived(state).await?, ..Upload::default() };
    while let Some(part) = form.next_field().await.map_err(|why| unreadable(&why))? {
        let (field, name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(|why| unreadable(&why))?;
        match name {
            // A field in which no file was chosen comes as a file without a name.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => {
                upload.files.push((name, bytes.to_vec()));
                upload.file_fields.push(field);
            }
            None if field == "reason" => upload.reason = String::from_utf8_lossy(&bytes).into_owned(),
            None if upload.fields.len() < MOST_FIELDS => {
                upload.fields.insert(field, String::from_utf8_lossy(&bytes).into_owned());
            }
            None => {}
        }
    }
    Ok(upload)
}

impl Upload {
    /// The pack's files.
    ///
    /// # Errors
    /// Every name that is no file of a pack, as a problem of the field `file`.
    pub fn into_files(self) -> Result<Files, Problem> {
        if self.files.is_empty() {
            let message = Both::of("没有选择文件。", "No file was chosen.");
            let mend = Both::of(
                "请选择机制包文件夹、其全部文件，或其 zip 压缩包。",
                "Choose the pack's folder, all its files, or a zip archive of them.",
            );
            return Err(Problem::field("file", "missing", message, mend));
        }
        gather(self.files).map_err(|problems| {
            let wrong = |problem: &huying_pack::Problem| Wrong {
                field: "file".to_owned(),
                code: "pack".to_owned(),
                message: Both::of("文件无法接收：", "A file is not taken:"),
                mend: Both(problem.to_string(), problem.to_string()),
            };
            Problem { errors: problems.iter().map(wrong).collect(), ..Problem::of("validation") }
        })
    }
}
