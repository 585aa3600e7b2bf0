//! The sandbox as it is served: the interfaces for programs below [`ROOT`], by the same routes, on a state of its own.
//!
//! Owns the choice between the two by the beginning of the address, which is taken off before any route is looked for, so that nothing
//! behind it knows that there are two; and which addresses are shut there. What opens one opens nothing of the other: keys are looked for
//! in the store of the state that is asked. Refuses pages. Start at [`choose`]; how a sandbox is made is [`huying_engine::sandbox`]'s.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use huying_engine::{
    Engine, Error,
    sandbox::{SandboxRules, Standing, Yard},
};
use huying_model::Instant;
use tokio::sync::Mutex;
use tower::ServiceExt;

use crate::{
    language::Lang,
    open311::Open311,
    problem::Problem,
    serve,
    session::scope::only_reads,
    state::{AppState, Settings, SignIn},
};

/// Where everything of it lies.
pub const ROOT: &str = "/sandbox";
/// Every answer of it carries this.
const MARK: HeaderName = HeaderName::from_static("huying-sandbox");
/// What is served there; the rest of the platform is pages, and for operators.
const WITHIN: [&str; 2] = ["/api/v1/", "/open311/v2/"];
/// Requests that were begun before another sandbox took the place of theirs are waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);
/// Events that it takes: it shares a disk with the authority.
const MOST_EVENTS: u64 = 200_000;
/// When to come again while one is made.
const MAKING_S: u32 = 5;

/// A request that came by way of [`ROOT`].
#[derive(Clone, Copy)]
pub(crate) struct Inside;

/// The sandbox of an authority: the one in use, and the making of another.
pub struct Sandbox {
    yard: Yard,
    /// Of the authority; what differs is set by [`Sandbox::settings`].
    settings: Settings,
    /// One making at a time.
    turn: Mutex<()>,
    open: RwLock<Option<Arc<Open>>>,
}

/// One that stands, with what serves it.
pub struct Open {
    pub state: AppState,
    pub standing: Standing,
    app: Router,
}

impl Sandbox {
    pub(crate) fn new(real: Engine, settings: &Settings, rules: SandboxRules) -> Sandbox {
        let yard = Yard::new(real, settings.tenant, rules);
        let settings = Settings { sandbox: None, ..settings.clone() };
        Sandbox { yard, settings, turn: Mutex::default(), open: RwLock::default() }
    }

    /// The one in use; None while the first is being made.
    pub fn standing(&self) -> Option<Arc<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the one that is there, or makes a first.
    ///
    /// # Errors
    /// Those of the engine: no sandbox is served then.
    pub async fn open(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        self.take(self.yard.open().await?);
        Ok(())
    }

    /// Makes another in place of the one that was made at `made_at`; when it is whole it is used, and of the one before nothing is left.
    ///
    /// # Errors
    /// `sandbox_making` while one is made already, `sandbox_other` where another stands by now; those of the engine.
    pub async fn reset(&self, made_at: Instant) -> Result<(), Problem> {
        let Ok(_turn) = self.turn.try_lock() else { return Err(making()) };
        if self.standing().ok_or_else(making)?.standing.made_at != made_at {
            return Err(Problem::of("sandbox_other"));
        }
        let made = self.yard.make().await?;
        if let Some(old) = self.take(made) {
            old.end().await;
        }
        if let Some(open) = self.standing() {
            self.yard.clear(&open.standing)?;
        }
        Ok(())
    }

    /// Its clocks and messages stop. For the end of the process.
    pub async fn close(&self) {
        let open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(open) = open {
            open.end().await;
        }
    }

    fn take(&self, standing: Standing) -> Option<Arc<Open>> {
        let (engine, pack) = (standing.engine.clone(), Arc::clone(&standing.pack));
        let state = AppState::new(engine, pack, self.settings());
        let app = serve::inside(state.clone());
        let open = Arc::new(Open { state, standing, app });
        self.open.write().unwrap_or_else(PoisonError::into_inner).replace(open)
    }

    /// As the authority is served, but that nobody comes in except by a key, and nothing is mailed.
    fn settings(&self) -> Settings {
        Settings {
            sign_in: SignIn::Accounts(Box::default(), None),
            demo: true,
            webhooks: self.yard.rules().reach,
            open311: Open311 { demo: None, ..self.settings.open311.clone() },
            ..self.settings.clone()
        }
    }

    async fn answer(&self, mut request: Request) -> Response {
        let lang = Lang::of(request.headers());
        let Some(uri) = within(request.uri()) else { return told(Problem::not_found(), lang) };
        let Some(open) = self.standing() else {
            return told(Problem { status: StatusCode::SERVICE_UNAVAILABLE, ..making() }, lang);
        };
        if !takes(open.standing.events(), request.method(), uri.path()) {
            return told(Problem::of("sandbox_full"), lang);
        }
        *request.uri_mut() = uri;
        request.extensions_mut().insert(Inside);
        match open.app.clone().oneshot(request).await {
            Ok(mut response) => {
                lead_inside(response.headers_mut());
                response
            }
            Err(never) => match never {},
        }
    }
}

impl Open {
    /// Streams end, what was begun is waited for a little, and the rest is told that it is over.
    async fn end(self: Arc<Open>) {
        self.state.closing.send_replace(true);
        let mut waited = Duration::ZERO;
        while Arc::strong_count(&self) > 1 && waited < PATIENCE {
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        self.standing.end().await;
    }
}

/// That one is being made just now.
pub(crate) fn making() -> Problem {
    Problem { retry_after: Some(MAKING_S), ..Problem::of("sandbox_making") }
}

/// The outermost choice: an address below [`ROOT`] is the sandbox's, every other the authority's.
pub(crate) async fn choose(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let below = request.uri().path().strip_prefix(ROOT);
    if !below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return next.run(request).await;
    }
    let mut response = sandbox.answer(request).await;
    response.headers_mut().insert(MARK, HeaderValue::from_static("true"));
    response
}

/// The address without its beginning, where something of the sandbox lies there.
fn within(uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(ROOT)?;
    WITHIN.iter().any(|root| rest.starts_with(root)).then_some(())?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Whether one that holds so many events lets this through: a full one is read only.
fn takes(events: u64, method: &Method, path: &str) -> bool {
    events < MOST_EVENTS || only_reads(method, path)
}

/// Where an answer leads on, it leads on within.
fn lead_inside(headers: &mut HeaderMap) {
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
    let inside = to.filter(|to| WITHIN.iter().any(|root| to.starts_with(root)));
    if let Some(Ok(to)) = inside.map(|to| HeaderValue::from_str(&format!("{ROOT}{to}"))) {
        headers.insert(header::LOCATION, to);
    }
}

/// A problem that no router has seen.
fn told(problem: Problem, lang: Lang) -> Response {
    let body = problem.json(lang);
    let mut response = problem.into_response();
    *response.body_mut() = body.into();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Shuts what a sandbox has not got.
pub(crate) async fn shut(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if is_shut(request.method(), route) {
        return Problem::of("not_in_sandbox").into_response();
    }
    next.run(request).await
}

/// Nobody signs in there but by a key, made-up members have no accounts, and it speaks with no other system but by webhooks.
fn is_shut(method: &Method, route: &str) -> bool {
    let Some(rest) = route.strip_prefix("/api/v1/") else { return false };
    match rest.split('/').next().unwrap_or_default() {
        "session" => rest != "session" || method != Method::GET,
        first => matches!(first, "account" | "accounts" | "exchange" | "feeds" | "partners" | "sandbox"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_interfaces_for_programs_lie_below_its_root() {
        for (asked, found) in [
            ("/sandbox/api/v1/cases?limit=1&q=%E8%B7%AF", Some("/api/v1/cases?limit=1&q=%E8%B7%AF")),
            ("/sandbox/open311/v2/requests.json", Some("/open311/v2/requests.json")),
            ("/sandbox", None),
            ("/sandbox/", None),
            ("/sandbox/desk", None),
            ("/sandbox/metrics", None),
            ("/sandbox/api", None),
            ("/sandbox/sandbox/api/v1/cases", None),
            ("/sandbox//api/v1/cases", None),
        ] {
            let uri: Uri = asked.parse().unwrap();
            assert_eq!(within(&uri).map(|uri| uri.to_string()).as_deref(), found, "{asked}");
        }
        let whole: Uri = "http://localhost:8080/sandbox/api/v1/words".parse().unwrap();
        assert_eq!(within(&whole).unwrap().to_string(), "http://localhost:8080/api/v1/words");
    }

    #[test]
    fn a_full_one_is_read_and_searched_still_and_written_no_more() {
        for (method, path, reads) in [
            (Method::GET, "/api/v1/cases", true),
            (Method::HEAD, "/api/v1/cases", true),
            (Method::POST, "/api/v1/search", true),
            (Method::POST, "/api/v1/cases/search", true),
            (Method::POST, "/api/v1/cases", false),
            (Method::POST, "/api/v1/cases/7/commands/note", false),
            (Method::DELETE, "/api/v1/search", false),
            (Method::POST, "/open311/v2/requests.json", false),
        ] {
            assert!(takes(MOST_EVENTS - 1, &method, path), "{method} {path}");
            assert_eq!(takes(MOST_EVENTS, &method, path), reads, "{method} {path}");
        }
    }

    #[test]
    fn what_belongs_to_accounts_and_to_other_systems_is_shut() {
        for (method, route, is) in [
            (Method::GET, "/api/v1/session", false),
            (Method::POST, "/api/v1/session", true),
            (Method::POST, "/api/v1/session/passkey", true),
            (Method::POST, "/api/v1/account/invitation", true),
            (Method::GET, "/api/v1/accounts", true),
            (Method::PUT, "/api/v1/feeds/{feed}", true),
            (Method::POST, "/api/v1/partners", true),
            (Method::POST, "/api/v1/exchange/{partner}", true),
            (Method::POST, "/api/v1/sandbox/reset", true),
            (Method::POST, "/api/v1/cases", false),
            (Method::POST, "/api/v1/subscriptions", false),
            (Method::GET, "/open311/v2/{*rest}", false),
        ] {
            assert_eq!(is_shut(&method, route), is, "{method} {route}");
        }
    }

    #[test]
    fn an_answer_that_leads_on_leads_on_within() {
        for (to, leads) in [
            ("/api/v1/cases/7", "/sandbox/api/v1/cases/7"),
            ("https://example.org/api/v1/x", "https://example.org/api/v1/x"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, to.parse().unwrap());
            lead_inside(&mut headers);
            assert_eq!(headers[header::LOCATION], leads);
        }
    }
}
