//! The API's description (OpenAPI 3.1), made from the handlers themselves.

use std::collections::BTreeMap;

use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    path::{Operation, PathItem},
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    server::ServerBuilder,
    tag::TagBuilder,
};

use crate::{api, sandbox};

pub mod answers;
pub mod deprecated;

const ABOUT: &str = "Huying (呼应) carries every need and problem of a place, as a case, to the unit that must answer it.\n\n\
Errors are problem JSON (RFC 9457) with a stable `code`; `detail` follows Accept-Language (zh, en). A command that the \
rules refuse is answered with 409 and the refusal's code. Send an Idempotency-Key so that a request that is sent twice \
happens once, and If-Match so that nobody overwrites what they have not read. Moments are RFC 3339; points are degrees, WGS-84.";

const TAGS: [(&str, &str); 18] = [
    ("cases", "Report, list, read, search, map"),
    ("commands", "One address per command; who may give it in which stage stands with each"),
    ("files", "Photos, voice, video and documents of a case"),
    (
        "uploads",
        "Photos in parts over a thin line, ahead of the command that names them; what became of a key",
    ),
    ("queues", "What must be done now"),
    ("live", "What happens, as it happens"),
    ("organisation", "Areas, units, matters, words"),
    (
        "components",
        "Components of the city: lamps, manhole covers, bins, with the units that answer for them",
    ),
    ("session", "Signing in, one's own account, and for administrators the accounts of others"),
    ("exchange", "Other systems that cases are taken from and given to; for administrators"),
    ("subscriptions", "Who outside is told of what, by webhook or mail; for administrators"),
    (
        "partners",
        "Cases exchanged with other platforms: what partners send and fetch, and for administrators the partners",
    ),
    ("policy", "Versions of the policy, admission of matters, changes of the organisation"),
    ("tables", "Tables as files: taken away, edited, looked at, and applied"),
    (
        "persons",
        "What is shown of reporters and who looked, erasures by two people, what is held of somebody",
    ),
    (
        "recipients",
        "People who agreed to be helped: consent, purpose, what is shown of them and to whom; for those who help them",
    ),
    ("sandbox", "A second authority with made-up members and cases, to try things in; for administrators"),
    ("operation", "Health, metrics, codes of problems"),
];

/// The description's head, before any path.
pub(crate) fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Huying 呼应")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let tag = |(name, about): (&str, &str)| TagBuilder::new().name(name).description(Some(about)).build();
    let cookie = |name: &str| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(api::describe::problem_schemas())
        .responses_from_iter(answers::shared())
        .security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("session", cookie("__Host-huying"))
        .security_scheme(
            "demo_header",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "X-Huying-Member",
                "In the demonstration only, on a loopback address",
            ))),
        )
        .build();
    let none: [&str; 0] = [];
    OpenApiBuilder::new()
        .info(info)
        .tags(Some(TAGS.map(tag)))
        .components(Some(components))
        .security(Some([
            SecurityRequirement::new("key", none),
            SecurityRequirement::new("session", none),
            SecurityRequirement::new("demo_header", none),
        ]))
        .build()
}

/// The whole description.
pub fn document() -> OpenApi {
    let mut document = api::routes().to_openapi();
    // A name with slashes in it is marked for the router; the description knows no such mark.
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths
        .into_iter()
        .map(|(path, mut item)| {
            let path = path.replace("{*", "{");
            answers::add(&path, &mut item);
            (path, item)
        })
        .collect();
    name_apart(&mut document);
    deprecated::mark(&mut document, deprecated::DEPRECATED);
    deprecated::mark_parameters(&mut document, deprecated::PARAMETERS);
    document
}

/// Operations with one name would be one function in a client that is made from the description: those are named by their address too.
fn name_apart(document: &mut OpenApi) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for item in document.paths.paths.values_mut() {
        operations(item)
            .filter_map(|it| it.operation_id.clone())
            .for_each(|id| *count.entry(id).or_default() += 1);
    }
    for (path, item) in &mut document.paths.paths {
        let fixed = path
            .trim_start_matches("/api/v1")
            .split('/')
            .filter(|part| !part.is_empty() && !part.starts_with('{'));
        let address = fixed.collect::<Vec<_>>().join("_").replace(['-', '.'], "_");
        for operation in operations(item) {
            if let Some(id) =
                operation.operation_id.as_mut().filter(|id| count.get(*id).is_some_and(|n| *n > 1))
            {
                *id = format!("{id}_{address}");
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch, &mut item.head]
        .into_iter()
        .flatten()
}

/// The same where there is a sandbox: below which addresses it is served.
pub fn text_of(is_sandbox: bool, beside: bool) -> String {
    let own = ("/", "The authority");
    let sandbox = (sandbox::ROOT, "The sandbox: made-up members and cases");
    let served = match (is_sandbox, beside) {
        (true, _) => vec![sandbox],
        (false, true) => vec![own, sandbox],
        (false, false) => return text(),
    };
    let mut document = document();
    let server = |(url, about): (&str, &str)| ServerBuilder::new().url(url).description(Some(about)).build();
    document.servers = Some(served.into_iter().map(server).collect());
    document.to_pretty_json().unwrap_or_default()
}

/// The whole description as JSON text.
pub fn text() -> String {
    document().to_pretty_json().unwrap_or_default()
}
