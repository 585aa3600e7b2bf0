//! How slowly a client may send a body and take an answer.
//!
//! Owns the least rate beside the bound on silence: who says one byte again and again is never silent and would hold a connection
//! for as long as they like. A wait has some patience, and each byte adds the time that it may take; where nothing is waited for,
//! no time runs. Refuses to look at what is sent. Start at [`Pace`].

use std::{
    future::Future,
    io::{self, IoSlice},
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{BoxError, body::Bytes};
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The body came more slowly than a body may.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// How long a client is waited for, in all.
struct Pace {
    patience: Duration,
    /// Bytes a second.
    slowest: u32,
    /// Ends when the client has been too slow; None as long as it kept nobody waiting.
    end: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Pace {
    fn new(patience: Duration, slowest: u32) -> Pace {
        Pace { patience, slowest: slowest.max(1), end: None, waiting: false }
    }

    /// So many bytes came, or were taken: as long as they may have needed is not held against the client.
    fn took(&mut self, bytes: usize) {
        self.waiting = false;
        let Some(end) = &mut self.end else { return };
        let micros = (bytes as u64).saturating_mul(1_000_000) / u64::from(self.slowest);
        let later = end.deadline() + Duration::from_micros(micros);
        end.as_mut().reset(later);
    }

    /// Nothing is waited for any more: what comes next begins anew.
    fn rest(&mut self) {
        (self.end, self.waiting) = (None, false);
    }

    /// Whether the client, which is waited for, has been too slow. Otherwise `cx` is woken when it will have been.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let begins = !mem::replace(&mut self.waiting, true);
        let patience = self.patience;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(patience)));
        if end.as_mut().poll(cx).is_pending() {
            return false;
        }
        if !begins {
            return true;
        }
        // The time ran out while a handler was busy and asked for nothing: that is not the client's doing.
        *end = Box::pin(sleep(patience));
        end.as_mut().poll(cx).is_ready()
    }
}

/// A body that has to come fast enough, and to an end.
pub(super) struct PacedBody<B> {
    body: B,
    pace: Pace,
    /// However steadily it comes, it has to be there by an end that is so far from the first wait.
    whole: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl<B> PacedBody<B> {
    pub(super) fn new(body: B, patience: Duration, slowest: u32, whole: Duration) -> PacedBody<B> {
        PacedBody { body, pace: Pace::new(patience, slowest), whole, end: None }
    }

    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let whole = self.whole;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(whole)));
        end.as_mut().poll(cx).is_ready() || self.pace.is_over(cx)
    }
}

impl<B> Body for PacedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.pace.took(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(why))) => Poll::Ready(Some(Err(why.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending if this.is_over(cx) => Poll::Ready(Some(Err(TooSlow.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose client has to take what is written fast enough.
pub(super) struct PacedWriter<S> {
    stream: S,
    pace: Pace,
}

impl<S> PacedWriter<S> {
    pub(super) fn new(stream: S, patience: Duration, slowest: u32) -> PacedWriter<S> {
        PacedWriter { stream, pace: Pace::new(patience, slowest) }
    }

    fn in_time<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_pending() && self.pace.is_over(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        done
    }

    fn wrote(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &done {
            self.pace.took(*bytes);
        }
        self.in_time(cx, done)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedWriter<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedWriter<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.wrote(cx, done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.wrote(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Flushed is taken: an answer that comes in pieces, such as a live stream, may rest between them for as long as it wants.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_flush(cx);
        if done.is_ready() {
            this.pace.rest();
        }
        this.in_time(cx, done)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.in_time(cx, done)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Nothing here takes so long unless it hangs.
    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn each_byte_adds_the_time_that_it_may_take_and_a_rest_begins_anew() {
        let mut pace = Pace::new(LONG, 1_000);
        pace.took(5_000);
        assert!(pace.end.is_none(), "who kept nobody waiting has no end yet");
        assert!(!std::future::poll_fn(|cx| Poll::Ready(pace.is_over(cx))).await);
        let before = pace.end.as_ref().unwrap().deadline();
        pace.took(2_500);
        assert_eq!(pace.end.as_ref().unwrap().deadline() - before, Duration::from_millis(2_500));
        pace.rest();
        assert!(pace.end.is_none());
    }

    #[tokio::test]
    async fn time_that_ran_out_while_nobody_waited_is_not_held_against_the_client() {
        let mut pace = Pace::new(Duration::from_millis(1), 1_000);
        let over = |pace: &mut Pace, cx: &mut Context<'_>| match pace.is_over(cx) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        };
        std::future::poll_fn(|cx| over(&mut pace, cx)).await;
        pace.took(0);
        sleep(Duration::from_millis(20)).await;
        pace.patience = LONG;
        assert!(!std::future::poll_fn(|cx| Poll::Ready(pace.is_over(cx))).await, "it begins anew");
    }

    #[tokio::test]
    async fn a_client_that_takes_an_answer_byte_by_byte_is_cut_off_though_it_is_never_silent() {
        let (near, mut far) = tokio::io::duplex(64);
        let patience = Duration::from_millis(500);
        let mut writer = super::super::bounded(near, patience, 1_000);
        let reading = tokio::spawn(async move {
            let mut taken = 0_u32;
            while far.read_u8().await.is_ok() {
                taken += 1;
                sleep(Duration::from_millis(20)).await;
            }
            taken
        });
        let wrote = tokio::time::timeout(LONG, writer.write_all(&[7; 100_000])).await;
        assert_eq!(wrote.expect("it is cut off").unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(writer);
        assert!(reading.await.unwrap() < 1_000);
    }
}
