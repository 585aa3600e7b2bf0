//! The API's description for people: one page that the server writes from the document itself, without any script.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::{language::Lang, state::AppState};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere;color:#1a1a1a;background:#fff}\
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f4f4f4;padding:.75rem;overflow:auto}\
details{border:1px solid #bbb;border-radius:.4rem;margin:.4rem 0;padding:.3rem .8rem}summary{cursor:pointer}\
.m{display:inline-block;min-width:4.5rem;font-weight:700}table{border-collapse:collapse;width:100%}\
td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}p{white-space:pre-line}";

/// The document itself.
pub async fn json(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], state.openapi.clone())
        .into_response()
}

/// The page. It carries its own style, which its policy names by hash-free inline permission and nothing else.
pub async fn page(State(state): State<AppState>, lang: Lang) -> Response {
    let document: Value = serde_json::from_slice(&state.openapi).unwrap_or_default();
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], whole(&document, lang)).into_response()
}

fn whole(document: &Value, lang: Lang) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (lang.pick("接口说明", "API")) " · " (text(&document["info"]["title"])) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (text(&document["info"]["title"])) " " (lang.pick("接口说明", "API")) }
                    p { (text(&document["info"]["description"])) }
                    p { a href="/api/v1/openapi.json" { "openapi.json" } " · OpenAPI " (text(&document["openapi"])) }
                    @for tag in list(&document["tags"]) { (section(document, tag)) }
                    h2 id="schemas" { (lang.pick("数据结构", "Schemas")) }
                    @for (name, schema) in fields(&document["components"]["schemas"]) { (self::schema(name, schema)) }
                }
            }
        }
    }
}

fn section(document: &Value, tag: &Value) -> Markup {
    let name = text(&tag["name"]);
    html! {
        h2 id=(name) { (name) }
        p { (text(&tag["description"])) }
        @for (path, item) in fields(&document["paths"]) {
            @for (method, operation) in fields(item) {
                @if list(&operation["tags"]).any(|tag| tag == name) { (self::operation(document, path, method, operation)) }
            }
        }
    }
}

fn operation(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    html! {
        details {
            summary { span.m { (method.to_uppercase()) } code { (path) } " — " (text(&operation["summary"])) }
            p { (text(&operation["description"])) }
            @if list(&operation["parameters"]).next().is_some() {
                table {
                    tr { th { "parameter" } th { "in" } th { "type" } th { "" } }
                    @for parameter in list(&operation["parameters"]) {
                        tr {
                            td { code { (text(&parameter["name"])) } @if parameter["required"] == true { " *" } }
                            td { (text(&parameter["in"])) }
                            td { (kind(&parameter["schema"])) }
                            td { (text(&parameter["description"])) }
                        }
                    }
                }
            }
            @for (media, content) in fields(&operation["requestBody"]["content"]) {
                p { "body: " code { (media) } " " (kind(&content["schema"])) }
            }
            table {
                @for (status, response) in fields(&operation["responses"]) {
                    @let response = followed(document, response);
                    tr {
                        td { code { (status) } }
                        td { (text(&response["description"])) }
                        td { @for (_, content) in fields(&response["content"]) { (kind(&content["schema"])) } }
                    }
                }
            }
        }
    }
}

fn schema(name: &str, schema: &Value) -> Markup {
    html! {
        details id=(format!("schema-{name}")) {
            summary { code { (name) } }
            p { (text(&schema["description"])) }
            @let needed: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
            table {
                @for (field, of) in fields(&schema["properties"]) {
                    tr {
                        td { code { (field) } @if needed.contains(&field.as_str()) { " *" } }
                        td { (kind(of)) }
                        td { (text(&of["description"])) }
                    }
                }
            }
            @for part in list(&schema["allOf"]) { p { (kind(part)) } }
        }
    }
}

/// An answer that is said once for many operations.
fn followed<'d>(document: &'d Value, response: &'d Value) -> &'d Value {
    let path = response["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path)).unwrap_or(response)
}

/// A type in a few signs: a name that leads to its shape, a list, or a plain type.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return html! { a href=(format!("#schema-{name}")) { (name) } };
    }
    let variants: Vec<&Value> = list(&schema["oneOf"]).filter(|one| one["type"] != "null").collect();
    if !variants.is_empty() {
        return html! { @for one in variants { (kind(one)) " " } };
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => html! { "[" (kind(&schema["items"])) "]" },
        Value::String(name) => html! { (name) },
        Value::Array(names) => {
            html! { (names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")) }
        }
        _ => html! { "…" },
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
