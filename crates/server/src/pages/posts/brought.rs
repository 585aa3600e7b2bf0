//! Photos of a form that came back: they lie as uploads of whoever sent it, and the form carries their names, so that nobody takes a
//! photo twice for the sake of a word.
//!
//! Owns how they are kept, carried and taken again. An upload is its member's alone, and what no command names goes by itself
//! ([`huying_engine::uploads`]). Start at [`Brought::keep`], then [`photos`].

use std::collections::BTreeSet;

use huying_engine::{
    Error,
    handle::Upload,
    uploads::{Begun, Ending, Went, Which},
};
use huying_model::{Name, catalogue::EvidenceKind};
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    api::{
        carried::Carried,
        uploads::{hex, sum},
    },
    pages::{form::Form, view::View},
    problem::{Both, Problem},
};

/// The field in which a form names those that it carries.
const FIELD: &str = "brought";
/// How many one form may carry, as a body may name uploads.
const MOST: usize = 20;

/// The photos of a form, each once: those that it carries, then those that it brings; and what is [`settled`] when they have come into a case.
///
/// # Errors
/// One that it carries is there no more; more than one command may have.
pub async fn photos(view: &View, form: &Form, kind: EvidenceKind) -> Result<(Vec<Upload>, Carried), Problem> {
    let named: Vec<Value> = form.every(FIELD).map(|name| json!({ "upload": name, "kind": kind })).collect();
    let mut fields = Map::from_iter([("uploads".to_owned(), Value::from(named))]);
    let carried = Carried::of(&mut fields, Name::Attach, &view.signed()?.member)?;
    let told = |problem: Problem| if problem.code == "upload_missing" { gone() } else { problem };
    let mut uploads = carried.bytes(&view.state).await.map_err(told)?;
    // Who chooses a photo again that comes along already means one.
    let mut there: BTreeSet<[u8; 32]> =
        uploads.iter().map(|upload| Sha256::digest(&upload.bytes).into()).collect();
    let chosen = form.files.iter().filter(|bytes| there.insert(Sha256::digest(bytes).into()));
    uploads.extend(chosen.map(|bytes| Upload { bytes: bytes.clone(), kind: Some(kind) }));
    Ok((uploads, carried))
}

/// Those that were carried have come into a case: they count as used.
pub async fn settled(view: &View, carried: &Carried) -> Result<(), Problem> {
    let done: Result<(), Error> = Ok(());
    carried.settled(&view.state, &done).await
}

fn gone() -> Problem {
    let message =
        Both::of("先前选的照片已不在服务器上。", "A photo that was chosen before is not here any more.");
    Problem::field("photo", "missing", message, Both::of("请重新选择照片。", "Choose it again."))
}

/// The photos that a form carries when it comes back.
#[derive(Default)]
pub struct Brought {
    names: Vec<String>,
    /// Some could not be kept, and have to be chosen again.
    lost: bool,
}

impl Brought {
    /// Keeps the photos of a form that is refused: those that it carried and, where they are `sound`, those that it brought.
    pub async fn keep(view: &View, form: &Form, sound: bool) -> Result<Brought, Problem> {
        let mut kept = Brought::default();
        for name in form.every(FIELD).take(MOST) {
            let Some(hash) = sum(name) else { continue };
            match view.state.engine.upload_size(&which(view, hash)?).await? {
                Some(_) => kept.add(name.to_owned()),
                None => kept.lost = true,
            }
        }
        for bytes in &form.files {
            let hash: [u8; 32] = Sha256::digest(bytes).into();
            if sound && kept.names.len() < MOST && lies(view, hash, bytes).await? {
                kept.add(hex(&hash));
            } else {
                kept.lost = true;
            }
        }
        Ok(kept)
    }

    fn add(&mut self, name: String) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Each is a choice that stands already: who takes it back leaves that photo out.
    pub fn draw(&self, view: &View) -> Markup {
        let one = |no: usize| {
            view.lang.pick(
                format!("照片 {no}（已上传；取消勾选则不带）"),
                format!("Photo {no} (it is here; untick it to leave it out)"),
            )
        };
        html! {
            @for (no, name) in self.names.iter().enumerate() {
                label.choice { input type="checkbox" name=(FIELD) value=(name) checked; " " span { (one(no + 1)) } }
            }
            @if self.lost {
                p.quiet { (view.lang.pick("有照片未能保留，请重新选择。", "A photo could not be kept: choose it again.")) }
            }
        }
    }
}

fn which(view: &View, hash: [u8; 32]) -> Result<Which, Problem> {
    Ok(Which { tenant: view.state.tenant(), member: view.signed()?.member.clone(), hash })
}

/// Puts the bytes there as an upload; false where there is no room for them.
async fn lies(view: &View, hash: [u8; 32], bytes: &[u8]) -> Result<bool, Problem> {
    let (engine, which) = (&view.state.engine, which(view, hash)?);
    let reach = match engine.begin_upload(&which, bytes.len() as u64).await? {
        Begun::Anew(reach) | Begun::Known(reach) => reach,
        Begun::OtherLength(_) | Begun::TooLarge | Begun::Full => return Ok(false),
    };
    if reach.complete {
        return Ok(true);
    }
    let at = usize::try_from(reach.offset).unwrap_or(usize::MAX);
    let rest = bytes.get(at..).unwrap_or_default().to_vec();
    let went = engine.append_upload(&which, reach.offset, rest, Ending::Last).await?;
    Ok(matches!(went, Went::On(reach) | Went::Whole(reach) if reach.complete))
}
