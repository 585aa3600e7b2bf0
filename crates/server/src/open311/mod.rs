//! Open311 GeoReport v2 under `/open311/v2`: the interface by which programs of residents and of other cities read and report.
//!
//! Owns the way from an address of that specification to its answer, in XML and JSON. The format stands at the end of a path
//! (`requests.json`), which a router cannot tell apart, so one door takes every address and looks here. Refuses to decide what the public
//! may see: that is [`huying_engine::public`], and no answer is made of anything else. Start at [`door`].

mod answer;
mod asked;
mod errors;
mod keys;
mod media;
pub(crate) mod places;
mod report;
mod requests;
mod services;
mod stream;
mod updates;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use huying_engine::accounts::Scope;
use huying_model::MemberId;

use crate::{
    arrival::Arrival,
    language::Lang,
    sandbox::{self, Inside},
    state::AppState,
};
pub(crate) use answer::Format;
use asked::Asked;
pub(crate) use errors::spoken;
use errors::{Refused, no_such};

/// Where everything of it lies.
pub const ROOT: &str = huying_engine::public::OPEN311;

/// What a deployment says about itself to programs of others.
#[derive(Clone, Debug, Default)]
pub struct Open311 {
    /// Names under which this authority is known as `jurisdiction_id`, the first for showing; the pack's code where there are none.
    pub jurisdictions: Vec<String>,
    /// Where people find the platform, such as `https://city.example`; None to go by the request.
    pub url: Option<String>,
    /// How its developers are reached, in words.
    pub contact: String,
    /// How a key is had, in words.
    pub key_service: String,
    /// The demonstration's key, made at its start.
    pub demo: Option<DemoKey>,
}

/// A key that exists only while the demonstration runs.
#[derive(Clone, Debug)]
pub struct DemoKey {
    pub key: String,
    /// In whose name it reports.
    pub member: MemberId,
}

/// The one door.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/open311/v2/{*rest}", any(door))
        // Bodies are read by their own readers, each with its own bound.
        .layer(DefaultBodyLimit::disable())
}

/// What every answer needs to know of the request.
struct Call {
    state: AppState,
    format: Format,
    lang: Lang,
    headers: HeaderMap,
    arrival: Arrival,
    /// Where this interface lies for whoever asked, such as `https://city.example/open311/v2`.
    base: String,
}

/// Takes every request below [`ROOT`].
async fn door(State(state): State<AppState>, request: Request) -> Response {
    let format = Format::of_path(request.uri().path()).unwrap_or_default();
    let lang = Lang::of(request.headers());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let origin = request.headers().get(header::ORIGIN).is_some();
    let mut response = match answered(state, request).await {
        Ok(response) => response,
        Err(refused) => refused.response(format, lang),
    };
    if reads || origin {
        // What everybody may read, a page of any site may read; nothing here goes by a cookie.
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response.headers_mut().entry(header::VARY).or_insert(HeaderValue::from_static("accept-language"));
    response
}

async fn answered(state: AppState, request: Request) -> Result<Response, Refused> {
    let path = request.uri().path().strip_prefix(ROOT).unwrap_or_default().trim_matches('/').to_owned();
    let path = percent_decoded(&path).ok_or_else(|| no_such("address"))?;
    if *request.method() == Method::OPTIONS {
        return Ok(preflight());
    }
    let get = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(file) = path.strip_prefix("media/") {
        return if get {
            media::photo(&state, file, request.headers()).await
        } else {
            Err(Refused::method("GET"))
        };
    }
    let (name, format) = Format::split(&path).ok_or_else(Refused::format)?;
    let head = |state: AppState, request: &Request| Call {
        format,
        lang: Lang::of(request.headers()),
        headers: request.headers().clone(),
        arrival: request.extensions().get::<Arrival>().copied().unwrap_or(Arrival {
            address: [0, 0, 0, 0].into(),
            secure: false,
            local: false,
        }),
        base: base(&state, request),
        state,
    };
    let call = head(state, &request);
    match (name.split_once('/').unwrap_or((name, "")), request.method()) {
        (("requests", ""), &Method::POST) => {
            report::report(&call, sent(&call, request, Scope::Report).await?).await
        }
        (("servicerequestupdates", ""), &Method::POST) => {
            updates::take(&call, sent(&call, request, Scope::Handle).await?).await
        }
        (("requests" | "servicerequestupdates", ""), _) if !get => Err(Refused::method("GET, POST")),
        (
            ("discovery" | "services" | "requests" | "tokens" | "servicerequestupdates" | "update_tokens", _),
            _,
        ) if !get => Err(Refused::method("GET")),
        ((kind, rest), _) => {
            let asked = Asked::of_query(request.uri().query().unwrap_or_default())?;
            if kind != "discovery" {
                jurisdiction(&call, &asked)?;
            }
            match (kind, rest) {
                ("discovery", "") => services::discovery(&call),
                ("services", "") => services::list(&call),
                ("services", code) => services::definition(&call, code),
                ("requests", "") => requests::list(&call, &asked).await,
                ("requests", number) => requests::one(&call, &asked, number).await,
                ("tokens", token) if !token.is_empty() => report::token(&call, token).await,
                ("servicerequestupdates", "") => updates::list(&call, &asked).await,
                ("update_tokens", token) if !token.is_empty() => updates::token(&call, token),
                _ => Err(no_such("address")),
            }
        }
    }
}

/// A form that was sent. A key that stands before it is looked at before it is read; where none does, only a few that are large are read at
/// one time.
async fn sent(call: &Call, request: Request, needed: Scope) -> Result<Asked, Refused> {
    let query = Asked::of_query(request.uri().query().unwrap_or_default())?;
    if keys::given(call, &query).is_some() {
        keys::bearer(call, &query, needed).await?;
    }
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let large = media.is_some_and(|media| media.starts_with("multipart/"));
    let _place = large.then(|| call.state.long_forms.take(call.arrival.address)).transpose()?;
    Asked::sent(request, query).await
}

/// The authority that is asked for is the one that is served. An empty name is none, as the specification has it.
fn jurisdiction(call: &Call, asked: &Asked) -> Result<(), Refused> {
    let Some(name) = asked.said("jurisdiction_id") else { return Ok(()) };
    let known = &call.state.settings.open311.jurisdictions;
    let fits = match known.is_empty() {
        true => call.state.pack().code.eq_ignore_ascii_case(name),
        false => known.iter().any(|own| own.eq_ignore_ascii_case(name)),
    };
    if fits { Ok(()) } else { Err(no_such("jurisdiction_id")) }
}

/// A browser of another site asks whether it may read. It may; it may not report in the name of somebody who is signed in here.
fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "accept, accept-language, if-none-match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Where people find the platform, as the settings say; else where this request found it. A sandbox lies beside it, whatever they say: who
/// tries something out must not be led to the authority.
fn base(state: &AppState, request: &Request) -> String {
    let sandbox = request.extensions().get::<Inside>().map_or("", |_| sandbox::ROOT);
    if let Some(url) = &state.settings.open311.url {
        return format!("{url}{sandbox}{ROOT}");
    }
    let secure = request.extensions().get::<Arrival>().is_some_and(|arrival| arrival.secure);
    let host = crate::arrival::host(request.headers(), request.uri()).unwrap_or("localhost");
    format!("{}://{host}{sandbox}{ROOT}", if secure { "https" } else { "http" })
}

/// A path as it was meant; None where its bytes are no text.
fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |sign: &u8| (*sign as char).to_digit(16);
                let byte = digit(high)? * 16 + digit(low)?;
                bytes.push(u8::try_from(byte).ok()?);
                after
            }
            (b'%', _) => return None,
            (byte, after) => {
                bytes.push(*byte);
                after
            }
        };
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}
