//! Operations that are to go: since when that is said, and when they end.
//!
//! Owns the list and what every answer of such an operation carries: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a link to the rule.
//! An operation stays for at least a year after it was named here, and stands in docs/api-changes.md. Start at [`DEPRECATED`]; [`PARAMETERS`]
//! are those that stay and have something better beside them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use utoipa::openapi::{Deprecated as Mark, OpenApi, RefOr, path::Operation};

/// One operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deprecated {
    pub method: &'static str,
    pub path: &'static str,
    /// When it was named here, in seconds since 1970.
    pub since: i64,
    /// When it ends, in seconds since 1970.
    pub until: i64,
}

/// All of them.
pub const DEPRECATED: &[Deprecated] = &[];

/// Parameters that are better not used any more: method and path of their operation, and their name. Each is taken as long as its operation
/// is there, and its description says why not and what instead.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    // Words that are searched for may be somebody's name, and an address is kept on its way.
    ("GET", "/api/v1/cases", "q"),
    ("GET", "/api/v1/search", "q"),
];

/// The shortest time between the two.
pub const SHORTEST: i64 = 365 * 86_400;

const RULE: HeaderValue =
    HeaderValue::from_static("</developers/guide/changes>; rel=\"deprecation\"; type=\"text/html\"");

fn operation<'d>(document: &'d mut OpenApi, method: &str, path: &str) -> Option<&'d mut Operation> {
    let item = document.paths.paths.get_mut(path)?;
    let operation = match method {
        "GET" => &mut item.get,
        "PUT" => &mut item.put,
        "POST" => &mut item.post,
        "DELETE" => &mut item.delete,
        _ => &mut item.patch,
    };
    operation.as_mut()
}

/// Marks them in the description.
pub fn mark(document: &mut OpenApi, all: &[Deprecated]) {
    for one in all {
        if let Some(operation) = operation(document, one.method, one.path) {
            operation.deprecated = Some(Mark::True);
        }
    }
}

/// Marks parameters in the description.
pub fn mark_parameters(document: &mut OpenApi, all: &[(&str, &str, &str)]) {
    for (method, path, name) in all {
        let Some(operation) = operation(document, method, path) else { continue };
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter
                && parameter.name == *name
            {
                parameter.deprecated = Some(Mark::True);
            }
        }
    }
}

/// Adds the headers to the answer of an operation that is to go.
pub fn tell(all: &[Deprecated], method: &Method, route: &str, headers: &mut HeaderMap) {
    let Some(one) = all.iter().find(|one| one.method == method.as_str() && one.path == route) else { return };
    let moment = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let since = format!("@{}", one.since);
    let until = moment(one.until).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (name, value) in [("deprecation", since), ("sunset", until)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.append(header::LINK, RULE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_before_a_year_has_passed() {
        for one in DEPRECATED {
            assert!(one.until - one.since >= SHORTEST, "{} {}", one.method, one.path);
        }
    }

    #[test]
    fn every_parameter_that_has_something_better_beside_it_is_marked_and_says_so() {
        let document = serde_json::to_value(crate::openapi::document()).unwrap();
        for (method, path, name) in PARAMETERS {
            let all = document["paths"][path][method.to_lowercase()]["parameters"].as_array().unwrap();
            let one = all.iter().find(|one| one["name"] == *name).unwrap();
            assert_eq!(one["deprecated"], true, "{method} {path} {name}");
            assert!(one["description"].as_str().unwrap().contains("POST /api/v1/"), "{one}");
            let others = all.iter().filter(|one| one["deprecated"] == true);
            assert_eq!(others.count(), 1, "{method} {path}");
        }
    }

    #[test]
    fn an_answer_says_since_when_and_until_when() {
        let all = [Deprecated { method: "GET", path: "/x/{id}", since: 1_688_169_599, until: 1_719_791_999 }];
        let mut headers = HeaderMap::new();
        tell(&all, &Method::POST, "/x/{id}", &mut headers);
        assert!(headers.is_empty());
        tell(&all, &Method::GET, "/x/{id}", &mut headers);
        assert_eq!(headers["deprecation"], "@1688169599", "the example of RFC 9745");
        assert_eq!(headers["sunset"], "Sun, 30 Jun 2024 23:59:59 GMT");
        assert!(headers["link"].to_str().unwrap().contains("rel=\"deprecation\""));
    }
}
