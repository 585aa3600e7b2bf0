//! What the uploads that a body names become: the bytes that go into the case with the command itself.
//!
//! Owns the field `uploads` of the bodies that take evidence. All or nothing: what is missing is told at once, and nothing of the request
//! is done before all of it is there. Refuses the way in of the bytes: that is [`super::uploads`]. Start at [`Carried::of`].

use huying_engine::{
    Error,
    files::{FileKind, photo},
    handle::Upload,
    uploads::Which,
};
use huying_model::{MemberId, Name, catalogue::EvidenceKind};
use huying_store::{Key, Receipt};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::uploads::sum;
use crate::{
    problem::{Both, Problem, Wrong},
    sent::no_such,
    state::AppState,
};

/// Uploads that one command may name, and how many bytes they may have together: all of them are held at one moment.
const MOST: usize = 20;
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const KINDS: &str = "before, after, document, finding, voice, video";
/// Commands that take files with them.
const TAKES: [Name; 6] =
    [Name::Report, Name::Attach, Name::Finish, Name::Verified, Name::SelfHandle, Name::Supplement];

/// One of them as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    upload: String,
    kind: Option<String>,
}

/// The uploads that a body names.
pub struct Carried {
    member: MemberId,
    named: Vec<([u8; 32], Option<EvidenceKind>)>,
}

impl Carried {
    /// Takes them out of a body.
    ///
    /// # Errors
    /// A command that takes no files, more than may be, one twice, or what cannot be read.
    pub fn of(fields: &mut Map<String, Value>, name: Name, member: &MemberId) -> Result<Carried, Problem> {
        let mut carried = Carried { member: member.clone(), named: Vec::new() };
        let Some(told) = fields.remove("uploads").filter(|told| !told.is_null()) else { return Ok(carried) };
        if !TAKES.contains(&name) {
            let mend = Both::of("请先用“附件”上传。", "Attach them first.");
            let message = Both::of("此操作不带附件。", "This command takes no files.");
            return Err(Problem::field("uploads", "no_files_here", message, mend));
        }
        let written: Vec<Written> = serde_json::from_value(told).map_err(|why| {
            let en = format!("Send a list of {{\"upload\": \"…\", \"kind\": \"…\"}} ({why}).");
            let mend = Both("请发送列表，每项包含 upload，可包含 kind。".to_owned(), en);
            Problem::field("uploads", "unreadable", Both::of("此项无法读取。", "This cannot be read."), mend)
        })?;
        if written.len() > MOST {
            let mend = Both(format!("最多{MOST}个。"), format!("Name up to {MOST}."));
            return Err(Problem::field(
                "uploads",
                "range",
                Both::of("数量过多。", "These are too many."),
                mend,
            ));
        }
        for (place, one) in written.iter().enumerate() {
            let hash = sum(&one.upload).ok_or_else(|| unreadable(place))?;
            if carried.named.iter().any(|(other, _)| *other == hash) {
                let mend = Both::of("请删除重复项。", "Name each once.");
                let message = Both::of("此文件已列出。", "This one is named already.");
                return Err(Problem::field(&format!("uploads[{place}]"), "twice", message, mend));
            }
            carried.named.push((hash, kind(place, one.kind.as_deref())?));
        }
        Ok(carried)
    }

    /// What was answered under the key before, where there are uploads: a lost answer is given again although they are gone.
    pub async fn answered(&self, state: &AppState, key: Option<&Key>) -> Result<Option<Receipt>, Problem> {
        match key.filter(|_| !self.named.is_empty()) {
            Some(key) => Ok(state.engine.answered(state.tenant(), key).await?),
            None => Ok(None),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Their bytes, in order.
    ///
    /// # Errors
    /// `upload_missing` names every one that is not there; too much together; what is no file that is taken.
    pub async fn bytes(&self, state: &AppState) -> Result<Vec<Upload>, Problem> {
        let (mut missing, mut all) = (Vec::new(), 0_u64);
        for (place, (hash, _)) in self.named.iter().enumerate() {
            match state.engine.upload_size(&self.which(state, *hash)).await? {
                Some(bytes) => all = all.saturating_add(bytes),
                None => missing.push(absent(place)),
            }
            if all > MOST_BYTES {
                return Err(at(place, Problem::of("too_large")));
            }
        }
        if !missing.is_empty() {
            return Err(Problem { errors: missing, ..Problem::of("upload_missing") });
        }
        let mut uploads = Vec::with_capacity(self.named.len());
        for (place, (hash, kind)) in self.named.iter().enumerate() {
            let Some(bytes) = state.engine.uploaded(&self.which(state, *hash)).await? else {
                return Err(Problem { errors: vec![absent(place)], ..Problem::of("upload_missing") });
            };
            fits(&bytes, *kind).map_err(|problem| at(place, problem))?;
            uploads.push(Upload { bytes, kind: *kind });
        }
        Ok(uploads)
    }

    /// After the command: what it took counts as used. A failure of a file is told with the place of the one that it is about.
    pub async fn settled<T>(&self, state: &AppState, outcome: &Result<T, Error>) -> Result<(), Problem> {
        if self.named.is_empty() {
            return Ok(());
        }
        match outcome {
            Ok(_) => {
                let hashes: Vec<[u8; 32]> = self.named.iter().map(|(hash, _)| *hash).collect();
                if let Err(error) = state.engine.uploads_used(state.tenant(), &self.member, &hashes).await {
                    // The command is done; they are only kept a little longer.
                    tracing::warn!(%error, "uploads were not marked as used");
                }
                Ok(())
            }
            Err(Error::File(error)) if error.is_senders() => {
                let place = self.culprit(state).await?;
                Err(at(place, Problem::from(error.clone())))
            }
            Err(_) => Ok(()),
        }
    }

    /// Which of them is no picture: only asked where the command has failed for one.
    async fn culprit(&self, state: &AppState) -> Result<usize, Problem> {
        for (place, (hash, _)) in self.named.iter().enumerate() {
            let Some(bytes) = state.engine.uploaded(&self.which(state, *hash)).await? else { continue };
            let Ok(kind) = FileKind::of(&bytes) else { return Ok(place) };
            let looked =
                tokio::task::spawn_blocking(move || !kind.is_photo() || photo::prepare(&bytes, kind).is_ok());
            if !looked.await.unwrap_or(false) {
                return Ok(place);
            }
        }
        Ok(0)
    }

    fn which(&self, state: &AppState, hash: [u8; 32]) -> Which {
        Which { tenant: state.tenant(), member: self.member.clone(), hash }
    }
}

fn kind(place: usize, code: Option<&str>) -> Result<Option<EvidenceKind>, Problem> {
    let Some(code) = code else { return Ok(None) };
    let read = serde_json::from_value(json!(code));
    read.map(Some).map_err(|_why| no_such(&format!("uploads[{place}].kind"), code, KINDS))
}

fn unreadable(place: usize) -> Problem {
    let message = Both::of("不是有效的文件名。", "This is no name of an upload.");
    let mend = Both::of(
        "请填写64位小写十六进制 SHA-256。",
        "Send the SHA-256 as 64 hexadecimal digits in small letters.",
    );
    Problem::field(&format!("uploads[{place}].upload"), "unreadable", message, mend)
}

fn absent(place: usize) -> Wrong {
    Wrong {
        field: format!("uploads[{place}]"),
        code: "missing".to_owned(),
        message: Both::of("此文件尚未传完。", "This one is not there, or not whole."),
        mend: Both::of("请先上传。", "Send it first."),
    }
}

/// The same problem, said of one upload.
fn at(place: usize, problem: Problem) -> Problem {
    let wrong = Wrong {
        field: format!("uploads[{place}]"),
        code: problem.code.to_owned(),
        message: Both(problem.zh.clone(), problem.en.clone()),
        mend: Both::of("请重新拍摄，或删除此文件。", "Take it again, or leave it out."),
    };
    Problem { errors: vec![wrong], ..problem }
}

/// Whether it is a file that is taken, and may show what it is said to show.
fn fits(bytes: &[u8], kind: Option<EvidenceKind>) -> Result<(), Problem> {
    let of = FileKind::of(bytes).map_err(Problem::from)?;
    match kind {
        Some(kind) if !of.can_be(kind) => {
            let message = Both::of("文件类型与证据种类不符。", "A file of this type cannot show this.");
            Err(Problem { zh: message.0, en: message.1, ..Problem::of("validation") })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(told: Value, name: Name) -> Result<usize, String> {
        let mut fields = Map::from_iter([("uploads".to_owned(), told)]);
        let carried = Carried::of(&mut fields, name, &MemberId::new("worker"));
        assert!(fields.is_empty(), "the rest of the body knows nothing of it");
        carried.map(|carried| carried.named.len()).map_err(|problem| problem.errors[0].field.clone())
    }

    #[test]
    fn a_body_names_each_upload_once_and_only_where_files_are_taken() {
        let one = |no: u8| json!({"upload": format!("{no:02x}").repeat(32), "kind": "after"});
        assert_eq!(read(json!([one(1), one(2)]), Name::Finish), Ok(2));
        assert_eq!(read(json!([{"upload": "00".repeat(32)}]), Name::Report), Ok(1));
        for (told, name, field) in [
            (json!([one(1)]), Name::Note, "uploads"),
            (json!([one(1), one(1)]), Name::Finish, "uploads[1]"),
            (json!([{"upload": "x"}]), Name::Finish, "uploads[0].upload"),
            (json!([{"upload": "00".repeat(32), "kind": "smell"}]), Name::Attach, "uploads[0].kind"),
            (json!("00"), Name::Attach, "uploads"),
            (json!((0..21).map(one).collect::<Vec<_>>()), Name::Attach, "uploads"),
        ] {
            assert_eq!(read(told.clone(), name), Err(field.to_owned()), "{told}");
        }
    }
}
