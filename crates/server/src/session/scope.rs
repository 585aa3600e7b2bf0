//! Which scope of a program's key an address needs. What no row names is shut to keys.

use axum::http::Method;
use huying_engine::accounts::Scope;

/// Searches whose words come in the body: they read, and no more.
const SEARCHES: [&str; 2] = ["/api/v1/search", "/api/v1/cases/search"];

/// Whether a request at this address writes nothing.
pub(crate) fn only_reads(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || *method == Method::POST && SEARCHES.contains(&path)
}

/// The scope for a method and a route; None where no key opens it.
pub(crate) fn needed(method: &Method, route: &str) -> Option<Scope> {
    let rest = route.strip_prefix("/api/v1/")?;
    let (first, more) = rest.split_once('/').unwrap_or((rest, ""));
    // What belongs to a person's own account needs the person: their password is asked for.
    if matches!(first, "account" | "session") {
        return (first == "session" && method == Method::GET).then_some(Scope::Read);
    }
    // Whoever agreed to be helped agreed to be known to people, not to programs.
    if first == "recipients" {
        return None;
    }
    if matches!(
        first,
        "accounts"
            | "sign-ins"
            | "subscriptions"
            | "feeds"
            | "partners"
            | "access"
            | "erasures"
            | "persons"
            | "sandbox"
    ) {
        return Some(Scope::Administer);
    }
    // A program that reports sends its photos ahead; asking how far one came is part of sending it.
    if first == "uploads" {
        return Some(Scope::Report);
    }
    if SEARCHES.contains(&route) {
        return Some(Scope::Read);
    }
    match *method {
        Method::GET | Method::HEAD => Some(Scope::Read),
        _ if first == "cases" && more.is_empty() => Some(Scope::Report),
        _ if first == "cases" => Some(Scope::Handle),
        _ if matches!(first, "policy" | "admission" | "organisation" | "tables") => Some(Scope::Administer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_act_needs_its_own_scope_and_the_rest_is_shut() {
        for (method, route, scope) in [
            ("GET", "/api/v1/cases/{id}", Some(Scope::Read)),
            ("GET", "/api/v1/session", Some(Scope::Read)),
            ("POST", "/api/v1/cases", Some(Scope::Report)),
            ("POST", "/api/v1/uploads", Some(Scope::Report)),
            ("HEAD", "/api/v1/uploads/{upload}", Some(Scope::Report)),
            ("GET", "/api/v1/keys/{key}", Some(Scope::Read)),
            ("POST", "/api/v1/cases/{id}/commands/finish", Some(Scope::Handle)),
            ("POST", "/api/v1/cases/{id}/files", Some(Scope::Handle)),
            ("POST", "/api/v1/cases/search", Some(Scope::Read)),
            ("GET", "/api/v1/search", Some(Scope::Read)),
            ("POST", "/api/v1/search", Some(Scope::Read)),
            ("GET", "/api/v1/subscriptions", Some(Scope::Administer)),
            ("POST", "/api/v1/partners/{partner}/stopped", Some(Scope::Administer)),
            ("POST", "/api/v1/exchange/{partner}", None),
            ("POST", "/api/v1/cases/{id}/reveal", Some(Scope::Handle)),
            ("GET", "/api/v1/access", Some(Scope::Administer)),
            ("GET", "/api/v1/sign-ins", Some(Scope::Administer)),
            ("GET", "/api/v1/account/sign-ins", None),
            ("PUT", "/api/v1/feeds/{feed}", Some(Scope::Administer)),
            ("POST", "/api/v1/erasures/{erasure}/confirm", Some(Scope::Administer)),
            ("POST", "/api/v1/persons/export", Some(Scope::Administer)),
            ("POST", "/api/v1/accounts/{member}/lock", Some(Scope::Administer)),
            ("GET", "/api/v1/sandbox", Some(Scope::Administer)),
            ("POST", "/api/v1/sandbox/keys", Some(Scope::Administer)),
            ("POST", "/api/v1/session", None),
            ("DELETE", "/api/v1/session", None),
            ("POST", "/api/v1/account/password", None),
            ("POST", "/api/v1/account/passkeys", None),
            ("POST", "/api/v1/session/passkey", None),
            ("POST", "/api/v1/organisation/grants/{no}/approve", Some(Scope::Administer)),
            ("GET", "/api/v1/tables/{table}", Some(Scope::Read)),
            ("POST", "/api/v1/tables/{table}", Some(Scope::Administer)),
            ("GET", "/api/v1/account", None),
            ("GET", "/api/v1/recipients", None),
            ("POST", "/api/v1/recipients/{recipient}/reveal", None),
            ("POST", "/api/v1/something-new", None),
            ("GET", "/desk", None),
            ("POST", "/cases/{id}/commands/{name}", None),
            ("GET", "", None),
        ] {
            let method: Method = method.parse().unwrap();
            assert_eq!(needed(&method, route), scope, "{method} {route}");
        }
    }
}
