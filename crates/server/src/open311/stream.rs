//! Long lists, written bit by bit: nothing of a list but one piece of it is in memory, and no snapshot of the store outlives a piece.
//!
//! Very long lists take a place, of which there are few and one for each address. The first piece is made before the answer begins, so
//! that what fails is told as an error and not as a list that breaks off. Start at [`listed`].

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::{
    Call,
    answer::{Format, Node},
    errors::Refused,
    places::Place,
};
use crate::problem::Problem;

/// Lists longer than this take one of a few places.
const LONG: usize = 5_000;

/// A piece of a list, and whether another follows.
pub(super) struct Piece {
    pub items: Vec<Node>,
    pub more: bool,
}

/// What makes the pieces of a list, one after the other.
pub(super) trait Pieces: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Result<Piece, Problem>> + Send;
}

struct Writing<P> {
    pieces: P,
    format: Format,
    root: &'static str,
    item: &'static str,
    first: bool,
    more: bool,
    _place: Option<Place>,
}

impl<P: Pieces> Writing<P> {
    fn written(&mut self, piece: Piece) -> String {
        let mut out = String::new();
        for item in &piece.items {
            self.format.item(self.item, item, self.first, &mut out);
            self.first = false;
        }
        self.more = piece.more;
        if !self.more {
            out.push_str(&self.format.closes(self.root));
        }
        out
    }
}

/// The list of up to `most` items as an answer.
pub(super) async fn listed<P: Pieces>(
    call: &Call,
    (root, item): (&'static str, &'static str),
    most: usize,
    mut pieces: P,
) -> Result<Response, Refused> {
    let place = (most > LONG).then(|| call.state.long_lists.take(call.arrival.address)).transpose()?;
    let first = pieces.next().await?;
    let mut writing =
        Writing { pieces, format: call.format, root, item, first: true, more: true, _place: place };
    let begins = writing.format.opens(root) + &writing.written(first);
    let rest = stream::unfold(Some((Some(begins), writing)), |state| async move {
        let (waiting, mut writing) = state?;
        if let Some(text) = waiting {
            return Some((Ok::<Bytes, std::io::Error>(text.into()), Some((None, writing))));
        }
        if !writing.more {
            return None;
        }
        match writing.pieces.next().await {
            Ok(piece) => {
                let text = writing.written(piece);
                Some((Ok(text.into()), Some((None, writing))))
            }
            // The length is not told beforehand, so a cut connection is the only way to say it.
            Err(problem) => Some((Err(std::io::Error::other(problem.en)), None)),
        }
    });
    // Whoever compresses the answer asks once more after its end.
    let headers = [
        (header::CONTENT_TYPE, call.format.media()),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(call.lang.tag())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, Body::from_stream(rest.fuse())).into_response())
}
