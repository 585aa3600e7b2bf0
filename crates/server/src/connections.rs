//! Connections: how they are taken, how long they may keep silent, and how they end.
//!
//! Owns the bounds that hold before any request is there: a client that sends its headers or its body too slowly is cut
//! off, and no more connections are held than there is room for; who comes later waits in the system's queue. Refuses to
//! look at what is asked. Start at [`take`].

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

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
use tokio_rustls::TlsAcceptor;
use tower::Service;
use tower_http::timeout::TimeoutBody;

use crate::{arrival::OverTls, tls::Tls};

/// What a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For the handshake of TLS; the server's end waits for those that are under way.
    pub handshake: Duration,
    /// From the connection's begin, or the answer before, until a request's headers are complete.
    pub headers: Duration,
    /// Between two pieces of a body.
    pub silence: Duration,
    /// Connections at once.
    pub most: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        let half_a_minute = Duration::from_secs(30);
        Bounds {
            handshake: Duration::from_secs(10),
            headers: half_a_minute,
            silence: half_a_minute,
            most: 16_384,
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
    end: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let acceptor = tls.map(Tls::config).transpose().map_err(io::Error::other)?.map(TlsAcceptor::from);
    let open = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(bounds.most));
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
            drop(permit);
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
        let serve = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(TimeoutBody::new(bounds.silence, body)));
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
