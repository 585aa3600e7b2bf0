//! The outermost layer: what holds for every request, whatever answers it.
//!
//! Owns the request id, the log line, the counters, the security headers, how a request arrived, the check of the Origin, and the
//! last word on problems: each is written in the reader's language, for a browser as a page. Logs carry the route, never the
//! address or the query, which may hold a search for somebody's words; `served/sought.rs` looks for them there.

use crate::{
    arrival::{self, Arrival},
    health::{METRICS, may_watch},
    language::Lang,
    open311,
    openapi::deprecated,
    pages,
    problem::{MEDIA_TYPE, Problem, Spoken},
    rates::{self, Asker},
    session::{cookies, origin},
    state::AppState,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; \
                   object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The policy of a page that shows pictures of another host, too. None where the host cannot stand in it.
pub(crate) fn policy_with(host: &str) -> Option<HeaderValue> {
    let pictures = CSP.replace("img-src 'self'", &format!("img-src 'self' {host}"));
    HeaderValue::from_str(&format!("{pictures}; connect-src 'self' {host}")).ok()
}

/// What every answer carries, unless the handler set its own. Whoever wants an answer kept says so: nearly all are somebody's.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A year: a browser that came over TLS once comes without it no more.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Bytes that the path and the query of an address may have: far beyond any form of ours.
const LONGEST_PATH: usize = 2_048;
const LONGEST_QUERY: usize = 8_192;

/// What a load balancer asks, which tells nothing of anybody.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// Runs around every handler.
pub(crate) async fn edge(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = (state.settings.stopwatch)();
    let (method, asked) = (method_name(request.method()), request.method().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let reader = Reader::of(&request);
    let arrival = Arrival::of(&request, &state.settings.proxies);
    request.extensions_mut().insert(arrival);
    let path = route.as_ref().map_or("", MatchedPath::as_str);
    let barred = barred(&state, &request, arrival).or_else(|| too_often(&state, &request, arrival, path));
    let response = match barred {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let mut response = reader.speak(response);
    if arrival.secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    deprecated::tell(state.settings.deprecated, &asked, path, response.headers_mut());
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let status = response.status().as_u16();
    let took = (state.settings.stopwatch)().saturating_sub(started);
    state.metrics.answered(method, route, status, took);
    tracing::debug!(
        method,
        route,
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// Why a request is not even looked at: it came where others can listen, or another site's page sent it.
fn barred(state: &AppState, request: &Request, arrival: Arrival) -> Option<Problem> {
    let (headers, uri) = (request.headers(), request.uri());
    let accounts = state.accounts().is_ok();
    let watcher = uri.path() == METRICS && may_watch(state, arrival);
    let probe = watcher || PROBES.contains(&uri.path());
    if accounts && !arrival.secure && !arrival.local && !probe {
        return Some(Problem::of("secure_only"));
    }
    let program = headers.contains_key(header::AUTHORIZATION);
    let cookie = accounts && !program && cookies::token(headers, arrival.secure).is_some();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let host = arrival::host(headers, uri);
    let ours = !changes || origin::may_change(headers, host, arrival.secure, cookie);
    if !ours {
        return Some(Problem::of("cross_origin"));
    }
    let query = uri.query().unwrap_or_default().len();
    (uri.path().len() > LONGEST_PATH || query > LONGEST_QUERY).then(|| Problem::of("address_too_long"))
}

/// Whether this address, browser or program has asked too often.
fn too_often(state: &AppState, request: &Request, arrival: Arrival, route: &str) -> Option<Problem> {
    let rates = state.rates.as_ref()?;
    let headers = request.headers();
    let path = request.uri().path();
    // Assets are read from memory, and a browser asks once.
    if PROBES.contains(&path) || path.starts_with("/assets/") {
        return None;
    }
    let key = headers.get(header::AUTHORIZATION).and_then(|key| key.to_str().ok());
    let token = cookies::token(headers, arrival.secure);
    let asker = Asker {
        address: arrival.address,
        device: token
            .or_else(|| cookies::mark(headers, arrival.secure))
            .or_else(|| cookies::sender(headers, arrival.secure)),
        key,
    };
    let seconds = rates.take(&asker, rates::kind(request.method(), route), state.now()).err()?;
    Some(Problem { retry_after: Some(seconds), ..Problem::of("too_many_requests") })
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Who reads the answer: in which language, and whether a person in a browser or a program.
struct Reader {
    lang: Lang,
    page: bool,
    api: bool,
    /// The path below the interface for programs of others, which has formats of its own.
    open311: Option<String>,
}

impl Reader {
    fn of(request: &Request) -> Reader {
        let path = request.uri().path();
        let api = path.starts_with("/api/");
        let open311 =
            path.strip_prefix(open311::ROOT).filter(|rest| rest.starts_with('/')).map(str::to_owned);
        let page = !api && open311.is_none() && wants_page(request.headers());
        Reader { lang: Lang::of(request.headers()), page, api, open311 }
    }

    /// Writes a problem anew for this reader. What the router itself refused has no body yet.
    fn speak(&self, response: Response) -> Response {
        if let Some(path) = &self.open311 {
            return open311::spoken(response, path, self.lang);
        }
        let problem = match (response.extensions().get::<Spoken>(), response.status()) {
            (Some(Spoken(problem)), _) => problem.clone(),
            (None, StatusCode::METHOD_NOT_ALLOWED) => Problem::of("method_not_allowed").into(),
            (None, _) => return response,
        };
        if self.lang == Lang::Zh && !self.page && response.status() != StatusCode::METHOD_NOT_ALLOWED {
            return response;
        }
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        let (media, body) = if self.page && !self.api {
            ("text/html; charset=utf-8", pages::problem(&problem, self.lang).into_string().into_bytes())
        } else {
            (MEDIA_TYPE, problem.json(self.lang))
        };
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.lang.tag()));
        Response::from_parts(parts, body.into())
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
