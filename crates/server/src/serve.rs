//! The router with everything around it, and serving it until the end.

use std::{any::Any, future::Future, io, sync::Arc};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
};

use crate::{
    api, connections, edge, open311, pages, problem::Problem, sandbox, state::AppState, tls::Tls, viewer,
};

/// Answers smaller than this are not worth compressing; a command's answer stays far below.
const COMPRESS_ABOVE: u64 = 4_096;

/// Every route with the layers around it; where there is a sandbox, that beside them.
pub fn router(state: AppState) -> Router {
    let sandbox = state.sandbox().cloned();
    let authority = around(described().merge(pages::routes()).merge(open311::routes()), state);
    match sandbox {
        None => authority,
        Some(sandbox) => {
            Router::new().fallback_service(authority).layer(from_fn_with_state(sandbox, sandbox::choose))
        }
    }
}

/// What a sandbox serves: the interfaces for programs, without what is shut there.
pub(crate) fn inside(state: AppState) -> Router {
    around(described().merge(open311::routes()).layer(from_fn(sandbox::shut)), state)
}

/// The API with its description.
fn described() -> Router<AppState> {
    let (api, _) = api::routes().split_for_parts();
    Router::new().merge(api).route("/api/v1/openapi.json", get(viewer::json)).route("/api", get(viewer::page))
}

fn around(routes: Router<AppState>, state: AppState) -> Router {
    let worth = SizeAbove::new(COMPRESS_ABOVE)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::new("application/octet-stream"));
    routes
        .fallback(unknown)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().gzip(true).compress_when(worth))
        .layer(from_fn_with_state(state.clone(), edge::edge))
        .with_state(state)
}

async fn unknown() -> Problem {
    Problem::not_found()
}

fn panicked(why: Box<dyn Any + Send + 'static>) -> Response {
    let why =
        why.downcast_ref::<String>().map(String::as_str).or_else(|| why.downcast_ref::<&str>().copied());
    Problem::internal(&why.unwrap_or("a handler panicked")).into_response()
}

/// Serves until `shutdown` completes; then takes no more connections, ends the live streams, and lets what runs finish.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    tls: Option<&Arc<Tls>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (closing, bounds) = (state.clone(), state.settings.connections);
    let ended = async move {
        shutdown.await;
        closing.closing.send_replace(true);
    };
    let proxies = state.settings.proxies.clone();
    connections::take(listener, router(state), bounds, tls, &proxies, ended).await
}
