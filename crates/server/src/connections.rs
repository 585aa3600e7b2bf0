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
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::Service;
use tower_http::timeout::TimeoutBody;

/// What a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the connection's begin, or the answer before, until a request's headers are complete.
    pub headers: Duration,
    /// Between two pieces of a body.
    pub silence: Duration,
    /// Connections at once.
    pub most: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { headers: Duration::from_secs(30), silence: Duration::from_secs(30), most: 16_384 }
    }
}

/// How long taking connections rests when the system has no room for another.
const REST: Duration = Duration::from_millis(200);

/// Takes connections until `end` completes, then lets what runs finish.
///
/// # Errors
/// Only when the listener itself is broken.
pub async fn take(
    listener: TcpListener,
    app: Router,
    bounds: Bounds,
    end: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.headers);
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
        let app = app.clone();
        let serve = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(TimeoutBody::new(bounds.silence, body)));
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().call(request)
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), serve));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
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
