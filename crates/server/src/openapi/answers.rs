//! Answers that every operation of a kind may give: said once, not beside each handler.
//!
//! Owns the list of addresses that open without signing in, and which operation may answer with which problem because of what it
//! takes. What an operation answers for reasons of its own stands beside its handler, and stays. Start at [`add`].

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, Ref, RefOr, Response, ResponseBuilder, Responses,
        path::{Operation, Parameter, ParameterIn, PathItem},
        security::SecurityRequirement,
    },
};

use crate::problem::ProblemBody;

/// What opens without signing in: the way in, links that were handed over, reporting and following one's own case, the description, the log,
/// and what operators ask.
pub const OPEN: [(&str, &str); 23] = [
    // Signed addresses, and what says how to write the other side.
    ("GET", "/api/v1/exchange/schemas/{name}"),
    ("GET", "/api/v1/exchange/{partner}/files/{address}"),
    ("GET", "/api/v1/log/checkpoint"),
    ("GET", "/api/v1/log/tile/{level}/{index}"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/problems"),
    ("GET", "/api/v1/tiles/public/{z}/{x}/{y}"),
    ("GET", "/api/v1/words"),
    ("POST", "/api/v1/account/forgotten"),
    ("POST", "/api/v1/account/invitation"),
    ("POST", "/api/v1/reports"),
    ("POST", "/api/v1/reports/challenge"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/passkey"),
    ("POST", "/api/v1/session/passkey/challenge"),
    ("POST", "/api/v1/session/second"),
    ("POST", "/api/v1/track"),
    ("POST", "/api/v1/track/receipt"),
    ("GET", "/api"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
];

/// Status, name among the shared answers, and what it means.
const SHARED: [(&str, &str, &str); 11] = [
    ("400", "unreadable", "Something that was sent cannot be used: `errors` names each field with its mend"),
    ("401", "not_signed_in", "Not signed in, or the session or key has ended"),
    ("403", "not_allowed", "Signed in, and this is not for them; or a page of another site sent it"),
    ("404", "not_found", "There is no such thing, or it is not theirs to read"),
    (
        "409",
        "account_stands_otherwise",
        "The account stands otherwise, or there are none: `demo_members` in the demonstration",
    ),
    ("413", "too_large", "More than is taken"),
    ("414", "address_too_long", "The path or the query is too long"),
    ("415", "wrong_media", "The body is of another media type than the described ones"),
    ("422", "key_reused", "The Idempotency-Key was used with another body"),
    ("429", "too_many_requests", "That was asked too often in a minute: try again after Retry-After"),
    ("503", "busy", "Too much waits: try again after Retry-After"),
];

/// The shared answers by name.
pub fn shared() -> impl Iterator<Item = (String, Response)> {
    SHARED.into_iter().map(|(_, name, about)| (name.to_owned(), problem(about)))
}

/// An answer with a problem as its body.
pub fn problem(about: &str) -> Response {
    ResponseBuilder::new()
        .description(about)
        .content("application/problem+json", Content::new(Some(Ref::from_schema_name(ProblemBody::name()))))
        .build()
}

/// Adds to each operation of a path what its kind may answer, and says which of them need nobody signed in.
pub fn add(path: &str, item: &mut PathItem) {
    for (method, operation) in [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("DELETE", &mut item.delete),
        ("PATCH", &mut item.patch),
        ("HEAD", &mut item.head),
    ] {
        if let Some(operation) = operation {
            one(method, path, operation);
        }
    }
}

fn one(method: &str, path: &str, operation: &mut Operation) {
    let open = OPEN.contains(&(method, path));
    if open {
        operation.security = Some(vec![SecurityRequirement::default()]);
    }
    let parameter = |fits: fn(&Parameter) -> bool| {
        operation.parameters.iter().flatten().any(|one| match one {
            RefOr::T(parameter) => fits(parameter),
            RefOr::Ref(_) => false,
        })
    };
    let query = parameter(|it| it.parameter_in == ParameterIn::Query);
    let kept_once = parameter(|it| it.name == "Idempotency-Key");
    let (body, named) = (operation.request_body.is_some(), path.contains('{'));
    let may = |name: &str| match name {
        "unreadable" => body || named || query,
        "not_signed_in" => !open,
        // Figures are for operators, though nobody signs in for them.
        "not_allowed" => !open || method != "GET" || path == "/metrics",
        "not_found" => named,
        "account_stands_otherwise" => path.starts_with("/api/v1/account"),
        "too_large" | "wrong_media" => body,
        "key_reused" => kept_once,
        "address_too_long" => named || query,
        // What a load balancer asks is always answered.
        "too_many_requests" => !matches!(path, "/healthz" | "/readyz"),
        "busy" => method != "GET",
        _ => false,
    };
    let more: Vec<_> = SHARED.into_iter().filter(|(_, name, _)| may(name)).collect();
    for (status, name, _) in more {
        answer(&mut operation.responses, status, name);
    }
}

fn answer(responses: &mut Responses, status: &str, name: &str) {
    let reference = RefOr::Ref(Ref::from_response_name(name));
    responses.responses.entry(status.to_owned()).or_insert(reference);
}

/// The shape that every problem has, with its name.
pub fn problem_shape() -> (String, RefOr<utoipa::openapi::Schema>) {
    (ProblemBody::name().into_owned(), ProblemBody::schema())
}
