//! Connections: how they are taken, how long they may keep silent, and how they end.
//!
//! Owns the bounds that hold before any request is there: a client that sends its headers or its body too slowly, or takes its
//! answer too slowly, is cut off, be it silent or trickling (`pace`); no more connections are held than there is room for, and who
//! comes later waits in the system's queue; one address holds a part of them at most. Refuses to look at what is asked. Start at
//! [`take`].

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_io_timeout::TimeoutWriter;
use tokio_rustls::TlsAcceptor;
use tower::Service;
use tower_http::timeout::TimeoutBody;

use crate::{
    arrival::{OverTls, Proxies, network},
    tls::Tls,
};
use pace::{PacedBody, PacedWriter};

mod pace;

/// What a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For the handshake of TLS; the server's end waits for those that are under way.
    pub handshake: Duration,
    /// From the connection's begin, or the answer before, until a request's headers are complete.
    pub headers: Duration,
    /// Between two pieces of a body, and between two pieces of an answer that a client takes; and of all waiting for one, beyond
    /// what its bytes may need at the least rate.
    pub silence: Duration,
    /// Bytes a second that a body has to come with, and an answer to be taken with: the slowest telephone is faster.
    pub slowest: u32,
    /// From the first wait for a body until it is there, however steadily it comes: nobody has one under way for hours. The longest form comes
    /// in that at a hundred kilobytes a second.
    pub whole: Duration,
    /// Connections at once.
    pub most: usize,
    /// Of them from one address (IPv6: one /64). What comes beyond is closed at once. A declared proxy has no such bound.
    pub most_of_address: usize,
    /// Bytes of a request's first line and headers together; of lines there are 100 at most, which is hyper's own bound.
    pub head_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        let half_a_minute = Duration::from_secs(30);
        Bounds {
            handshake: Duration::from_secs(10),
            headers: half_a_minute,
            silence: half_a_minute,
            slowest: 1_024,
            whole: Duration::from_secs(20 * 60),
            most: 16_384,
            most_of_address: 2_048,
            head_bytes: 64 * 1024,
        }
    }
}

/// How long taking connections rests when the system has no room for another.
const REST: Duration = Duration::from_millis(200);

/// Takes connections until `end` completes, then lets what runs finish. With `tls` every connection speaks it.
///
/// # Errors
/// Only when the listener itself is broken, or TLS cannot be set up.
pub async fn take(
    listener: TcpListener,
    app: Router,
    bounds: Bounds,
    tls: Option<&Arc<Tls>>,
    proxies: &Proxies,
    end: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let acceptor = tls.map(Tls::config).transpose().map_err(io::Error::other)?.map(TlsAcceptor::from);
    let open = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(bounds.most));
    let held = Arc::new(Held::default());
    tokio::pin!(end);
    loop {
        let permit = tokio::select! {
            biased;
            () = &mut end => break,
            permit = Arc::clone(&room).acquire_owned() => permit.map_err(io::Error::other)?,
        };
        let (stream, peer) = tokio::select! {
            biased;
            () = &mut end => break,
            next = next(&listener) => next?,
        };
        let place = match proxies.knows(peer.ip()) {
            true => None,
            false => match Place::take(&held, peer.ip(), bounds.most_of_address) {
                Some(place) => Some(place),
                None => continue,
            },
        };
        // An answer is one small write; waiting for more would only delay it.
        let _ = stream.set_nodelay(true);
        let one = Connection { app: app.clone(), bounds, peer };
        let (open, acceptor) = (open.watcher(), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                None => one.serve(stream, open, false).await,
                Some(acceptor) => match tokio::time::timeout(bounds.handshake, acceptor.accept(stream)).await
                {
                    Ok(Ok(stream)) => one.serve(stream, open, true).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
            }
            drop((permit, place));
        });
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// One connection with what it is served by.
struct Connection {
    app: Router,
    bounds: Bounds,
    peer: SocketAddr,
}

impl Connection {
    async fn serve<S>(self, stream: S, open: Watcher, tls: bool)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Connection { app, bounds, peer } = self;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(bounds.headers);
        http.max_header_size(bounds.head_bytes);
        let stream = bounded(stream, bounds.silence, bounds.slowest);
        let serve = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| {
                let body = PacedBody::new(body, bounds.silence, bounds.slowest, bounds.whole);
                Body::new(TimeoutBody::new(bounds.silence, body))
            });
            request.extensions_mut().insert(ConnectInfo(peer));
            if tls {
                request.extensions_mut().insert(OverTls);
            }
            app.clone().call(request)
        });
        if let Err(error) = open.watch(http.serve_connection(TokioIo::new(stream), serve)).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// A connection whose client may neither be silent for long nor take what is written too slowly.
fn bounded<S>(stream: S, silence: Duration, slowest: u32) -> Pin<Box<TimeoutWriter<PacedWriter<S>>>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = TimeoutWriter::new(PacedWriter::new(stream, silence, slowest));
    stream.set_timeout(Some(silence));
    Box::pin(stream)
}

/// How many connections each address holds.
#[derive(Default)]
struct Held(Mutex<HashMap<IpAddr, usize>>);

/// One connection's place among those of its address.
struct Place {
    held: Arc<Held>,
    of: IpAddr,
}

impl Place {
    fn take(held: &Arc<Held>, peer: IpAddr, most: usize) -> Option<Place> {
        let of = network(peer);
        // A poisoned lock means that another thread panicked; the counts are whole all the same.
        let mut counts = held.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(of).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { held: Arc::clone(held), of })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

/// The next connection. One that broke before it was taken is nothing; where the system has no room it is tried again.
async fn next(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    loop {
        match listener.accept().await {
            Ok(taken) => return Ok(taken),
            Err(why) if why.kind() == InvalidInput => return Err(why),
            Err(why) if matches!(why.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken for a moment");
                tokio::time::sleep(REST).await;
            }
        }
    }
}
