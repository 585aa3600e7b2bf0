//! What a form of a page sends: fields and files, as they were written.
//!
//! Owns the reading of both form encodings with one bound for the whole. Refuses to judge what was written: that is told by the
//! engine, and the form comes back with it. Start at [`Form`].

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, header, request::Parts},
};
use sha2::{Digest, Sha256};

use crate::{
    arrival::Arrival,
    open311::places::Place,
    problem::{Both, Problem},
    sent::{self, MAX_UPLOAD},
    session::sender::{Room, Sender},
    state::AppState,
};

/// Files that one form may bring, each up to the engine's bound.
pub const FILES: usize = 6;
/// Bytes of the longest form.
pub(crate) const LONGEST: usize = MAX_UPLOAD * FILES;

/// A form as it came.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub fields: Vec<(String, String)>,
    /// Contents of the files, in the form's order.
    pub files: Vec<Vec<u8>>,
    /// The name of each file's field.
    pub file_fields: Vec<String>,
    /// SHA-256 of address and body: the same form sent twice has the same, and one for another case has not.
    pub hash: [u8; 32],
    /// Held as long as the files are.
    pub(crate) _room: Room,
}

impl Form {
    /// The field as it was written, without blanks around it; None where it is empty.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }
    /// Every value under a name that is not empty.
    pub fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(field, value)| field == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }

    async fn of_parts(request: Request) -> Result<Form, Problem> {
        let path = request.uri().path().to_owned();
        let mut multipart = Multipart::from_request(request, &()).await.map_err(|why| unreadable(&why))?;
        let mut form = Form::default();
        let mut hash = addressed(&path);
        while let Some(part) = multipart.next_field().await.map_err(|why| unreadable(&why))? {
            let (field, is_file) = (part.name().unwrap_or_default().to_owned(), part.file_name().is_some());
            let bytes = part.bytes().await.map_err(|why| unreadable(&why))?;
            // The boundary between parts differs each time, so the parts are hashed and not the body.
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(&field);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(&bytes);
            if !is_file {
                form.fields.push((field, String::from_utf8_lossy(&bytes).into_owned()));
            } else if !bytes.is_empty() {
                form.files.push(bytes.into());
                form.file_fields.push(field);
            }
        }
        form.hash = hash.finalize().into();
        Ok(form)
    }
}

/// A hash that begins with where the form was sent to.
fn addressed(path: &str) -> Sha256 {
    Sha256::new().chain_update((path.len() as u64).to_be_bytes()).chain_update(path)
}

fn unreadable(why: &dyn std::fmt::Display) -> Problem {
    let mend =
        Both("请返回上一页重新填写。".to_owned(), format!("Go back and fill the form in again ({why})."));
    Problem::field("", "unreadable", Both::of("表单无法读取。", "This form cannot be read."), mend)
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.starts_with("multipart/form-data")
}

impl FromRequest<AppState> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Form, Problem> {
        Form::of_member(request, LONGEST, state).await
    }
}

/// A form that brings no files, in either encoding: it is as short as any JSON.
pub struct Words(pub Form);

impl FromRequest<AppState> for Words {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Words, Problem> {
        Form::of_member(request, sent::MAX_JSON, state).await.map(Words)
    }
}

/// A form that somebody sends who need not be signed in, with so many files at most. Few of those with files are held at one time, and fewer
/// of each address: whoever sends many large ones slowly would else have all the memory.
pub(crate) struct OpenForm<const MOST: usize>(pub Form, pub Option<Place>);

impl<const MOST: usize> FromRequest<AppState> for OpenForm<MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<OpenForm<MOST>, Problem> {
        let address = request.extensions().get::<Arrival>().map(|arrival| arrival.address);
        let place = match address.filter(|_| MOST > 0 && is_multipart(request.headers())) {
            Some(address) => Some(state.resident_forms.take(address)?),
            None => None,
        };
        let form = Form::of_at_most(request, (MAX_UPLOAD * MOST).max(sent::MAX_JSON)).await?;
        Ok(OpenForm(form, place))
    }
}

impl Form {
    /// Of whoever is signed in, as they still are when it is there.
    async fn of_member(request: Request, most: usize, state: &AppState) -> Result<Form, Problem> {
        let mut sender = Sender::of(&request, state);
        let (parts, body) = request.into_parts();
        let bytes = sender.read(body, longest(&parts.headers, most)).await?;
        let form = Form::of_bytes(parts, bytes).await?;
        Ok(Form { _room: sender.arrived(state).await?, ..form })
    }

    /// Reads either encoding; `most` bytes where it brings files.
    pub(crate) async fn of_at_most(request: Request, most: usize) -> Result<Form, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = sent::read(body, longest(&parts.headers, most)).await?;
        Form::of_bytes(parts, bytes).await
    }

    async fn of_bytes(parts: Parts, bytes: Bytes) -> Result<Form, Problem> {
        if is_multipart(&parts.headers) {
            return Form::of_parts(Request::from_parts(parts, Body::from(bytes))).await;
        }
        let fields = form_urlencoded::parse(&bytes).into_owned().collect();
        Ok(Form {
            fields,
            files: Vec::new(),
            file_fields: Vec::new(),
            hash: addressed(parts.uri.path()).chain_update(&bytes).finalize().into(),
            _room: None,
        })
    }
}

/// Bytes that a form of its encoding may have, of which one with files may have `most`.
fn longest(headers: &HeaderMap, most: usize) -> usize {
    if is_multipart(headers) { most } else { sent::MAX_JSON }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn hash(path: &str, media: &str, body: &'static str) -> [u8; 32] {
        let request = Request::builder().uri(path).header(header::CONTENT_TYPE, media);
        let request = request.body(Body::from(body)).unwrap();
        Form::of_at_most(request, LONGEST).await.unwrap().hash
    }

    #[tokio::test]
    async fn the_same_form_sent_to_another_case_is_another_request() {
        let parted = "--x\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\nr\r\n--x--\r\n";
        for (media, body) in
            [("application/x-www-form-urlencoded", "reason=r"), ("multipart/form-data; boundary=x", parted)]
        {
            let first = hash("/cases/1/commands/decline", media, body).await;
            assert_eq!(first, hash("/cases/1/commands/decline", media, body).await);
            assert_ne!(first, hash("/cases/2/commands/decline", media, body).await, "{media}");
        }
    }
}
