//! Tables as files that are sent: a CSV as its pages are read, a workbook when it is whole.
//!
//! Owns the headers, the streaming and the bound of a workbook. What the rows are is the caller's. Start at [`streamed`].

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use huying_pack::sheet::{Encoding, Format, MOST_ROWS, Rest, Writer};

use crate::problem::{Both, Problem};

/// Bytes of a workbook that are sent at once.
const PIECE: usize = 64 * 1024;

/// What makes the pages of a table, one after the other.
pub(super) trait Pages: Send + 'static {
    /// The next rows, and whether more follow.
    fn next(&mut self) -> impl Future<Output = Result<(Vec<Vec<String>>, bool), Problem>> + Send;
}

/// The file's headers: it is this person's and of this moment.
fn as_file(name: &str, (format, encoding): (Format, Encoding), body: Body) -> Response {
    let media = match (format, encoding) {
        (Format::Csv, Encoding::Gb18030) => "text/csv; charset=gb18030",
        (format, _) => format.media(),
    };
    let called = format!("attachment; filename=\"{name}.{}\"", format.code());
    let called = HeaderValue::from_str(&called).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, called),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

fn body(rest: Rest) -> Body {
    match rest {
        Rest::Bytes(bytes) => Body::from(bytes),
        Rest::File(file) => {
            let pieces = stream::unfold(tokio::fs::File::from_std(file), |mut file| async move {
                let mut piece = vec![0; PIECE];
                match tokio::io::AsyncReadExt::read(&mut file, &mut piece).await {
                    Ok(0) => None,
                    Ok(got) => {
                        piece.truncate(got);
                        Some((Ok(Bytes::from(piece)), file))
                    }
                    Err(why) => Some((Err(why), file)),
                }
            });
            Body::from_stream(pieces.fuse())
        }
    }
}

/// A table that was written whole.
pub(crate) fn whole(name: &str, form: (Format, Encoding), written: Rest) -> Response {
    as_file(name, form, body(written))
}

/// A table of any length.
///
/// # Errors
/// More rows than a sheet has; what a page tells before anything was sent.
pub(super) async fn streamed<P: Pages>(
    name: &str,
    form: (Format, Encoding),
    columns: &[&str],
    pages: P,
) -> Result<Response, Problem> {
    let writer = Writer::new(form.0, form.1, columns).map_err(|why| Problem::internal(&why))?;
    match form.0 {
        Format::Csv => Ok(as_file(name, form, flowing(pages, writer))),
        Format::Xlsx => Ok(whole(name, form, workbook(pages, writer).await?)),
    }
}

/// Pages as they are read; what has been sent is not kept.
fn flowing<P: Pages>(pages: P, writer: Writer) -> Body {
    let pieces = stream::unfold(Some((pages, writer)), |at| async move {
        let (mut pages, mut writer) = at?;
        let (rows, more) = match pages.next().await {
            Ok(page) => page,
            // A file that breaks off is seen to be broken; one that merely ends would be taken for whole.
            Err(why) => return Some((Err(std::io::Error::other(why.en)), None)),
        };
        let written = rows.iter().try_for_each(|row| writer.row(row));
        let bytes = written.and_then(|()| writer.taken()).map(Bytes::from);
        Some((bytes, more.then_some((pages, writer))))
    });
    // Whoever compresses the answer asks once more after its end.
    Body::from_stream(pieces.fuse())
}

async fn workbook<P: Pages>(mut pages: P, mut writer: Writer) -> Result<Rest, Problem> {
    let mut count = 0;
    loop {
        let (rows, more) = pages.next().await?;
        count += rows.len();
        if count >= MOST_ROWS as usize {
            let message = Both::of("内容多于工作表的行数。", "There is more than a sheet has rows.");
            let mend = Both::of("请导出 CSV，或缩小范围。", "Take a CSV, or narrow the list.");
            return Err(Problem::field("format", "too_many", message, mend));
        }
        rows.iter().try_for_each(|row| writer.row(row)).map_err(|why| Problem::internal(&why))?;
        if !more {
            let done = tokio::task::spawn_blocking(move || writer.finish()).await;
            return done.map_err(|why| Problem::internal(&why))?.map_err(|why| Problem::internal(&why));
        }
    }
}
