//! One operation: what it takes, what it answers, which scope of a key opens it, and a request to copy.

use axum::{extract::Query, http::Method, response::Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::{Found, all, document, draw, fields, followed, list, schema, text};
use crate::{
    openapi::answers::OPEN,
    pages::{
        components::frames::{self, Named},
        view::{Anybody, View},
    },
    problem::Problem,
    session::scope,
};

/// Which operation.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct OperationQuery {
    method: String,
    path: String,
}

/// The page of one.
pub async fn page(Anybody(view): Anybody, Query(asked): Query<OperationQuery>) -> Result<Response, Problem> {
    let document = document(&view.state);
    let found = all(document).find(|one| one.method == asked.method && one.path == asked.path);
    let found = found.ok_or_else(Problem::not_found)?;
    let title = format!("{} {}", found.method.to_uppercase(), found.path);
    let operation = found.operation;
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/developers" { (view.lang.pick("开发者", "Developers")) } }
            h1 { span.code { (title) } }
            @if operation["deprecated"] == true { p { span.tag.tag-strong { (view.lang.pick("已弃用", "Deprecated")) } " " (view.lang.pick("请见接口变更记录。", "See the changelog of the API.")) } }
            p { (text(&operation["summary"])) }
            p { (text(&operation["description"])) }
            (who(&view, &found))
            (parameters(&view, document, operation))
            (body(&view, document, operation))
            (answers(&view, document, operation))
            section.stack aria-labelledby="example" {
                h2 id="example" { (view.lang.pick("示例", "Example")) }
                pre { (example(document, &found)) }
            }
        }
    };
    draw(&view, &title, &main).await
}

/// Open to all, or the scope that a key needs.
fn who(view: &View, found: &Found) -> Markup {
    let method: Method = found.method.to_uppercase().parse().unwrap_or_default();
    let open = OPEN.iter().any(|(name, path)| *name == method.as_str() && *path == found.path);
    let scope = scope::needed(&method, found.path).map(|scope| scope.code());
    html! {
        p {
            b { (view.lang.pick("权限：", "Who may: ")) }
            @match (open, scope) {
                (true, _) => (view.lang.pick("无需登录", "anybody, without signing in")),
                (false, Some(scope)) => { (view.lang.pick("登录的成员，或权限范围含此项的密钥：", "a member who is signed in, or a key with the scope ")) span.code { (scope) } },
                (false, None) => (view.lang.pick("仅限在浏览器登录的成员；密钥不可用", "a member who is signed in; no key opens it")),
            }
        }
    }
}

fn parameters(view: &View, document: &Value, operation: &Value) -> Markup {
    let all: Vec<&Value> = list(&operation["parameters"]).collect();
    html! {
        @if !all.is_empty() {
            section.stack aria-labelledby="parameters" {
                h2 id="parameters" { (view.lang.pick("参数", "Parameters")) }
                (frames::table(Named::As(view.lang.pick("参数表", "List of parameters")), &html! {
                    table.table.table-fields {
                        thead { tr {
                            th scope="col" { (view.lang.pick("名称", "Name")) }
                            th scope="col" { (view.lang.pick("位置", "In")) }
                            th scope="col" { (view.lang.pick("说明", "What it says")) }
                        } }
                        tbody {
                            @for parameter in all {
                                @let parameter = followed(document, parameter);
                                tr {
                                    th scope="row" { span.code { (text(&parameter["name"])) @if parameter["required"] == true { " *" } } }
                                    td { (text(&parameter["in"])) }
                                    td {
                                        @if parameter["deprecated"] == true { span.tag.tag-strong { (view.lang.pick("已弃用", "Deprecated")) } " " }
                                        (text(&parameter["description"]))
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

fn body(view: &View, document: &Value, operation: &Value) -> Markup {
    html! {
        @for (media, content) in fields(&operation["requestBody"]["content"]) {
            section.stack aria-label=(view.lang.pick("请求体", "Body")) {
                h2 { (view.lang.pick("请求体", "Body")) " " span.code { (media) } }
                (schema::table(document, &content["schema"], view.lang.pick("请求体的字段", "Fields of the body")))
            }
        }
    }
}

fn answers(view: &View, document: &Value, operation: &Value) -> Markup {
    html! {
        section.stack aria-labelledby="answers" {
            h2 id="answers" { (view.lang.pick("应答", "Answers")) }
            @for (status, answer) in fields(&operation["responses"]) {
                @let answer = followed(document, answer);
                @let shape = fields(&answer["content"]).find(|(_, content)| content["schema"].is_object());
                @match shape {
                    Some((media, content)) if !media.contains("problem") => {
                        details open[status.starts_with('2')] {
                            summary { b { (status) } " " (text(&answer["description"])) " " span.code { (media) } }
                            (schema::table(document, &content["schema"], status))
                        }
                    },
                    _ => p { b { (status) } " " (text(&answer["description"])) },
                }
            }
        }
    }
}

/// A request for a shell. What stands in capitals is filled in by whoever copies it.
fn example(document: &Value, found: &Found) -> String {
    let path = found.path.split('/').map(|part| {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => name.to_uppercase(),
            None => part.to_owned(),
        }
    });
    let address = path.collect::<Vec<_>>().join("/");
    let mut lines = vec![format!("curl -sS -X {} \"$HUYING{address}\"", found.method.to_uppercase())];
    lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    let takes_key = list(&found.operation["parameters"]).any(|one| one["name"] == "Idempotency-Key");
    if takes_key {
        lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
    }
    for (media, content) in fields(&found.operation["requestBody"]["content"]).take(1) {
        if media == "multipart/form-data" {
            let form = followed(document, &content["schema"]);
            for (name, of) in fields(&form["properties"]) {
                let is_file = of["format"] == "binary" || of["items"]["format"] == "binary" || name == "file";
                lines.push(format!("-F \"{name}={}\"", if is_file { "@FILE" } else { "…" }));
            }
        } else {
            let value = schema::example(document, &content["schema"], 0);
            lines.push(format!("-H \"Content-Type: {media}\""));
            lines.push(format!("-d '{}'", serde_json::to_string_pretty(&value).unwrap_or_default()));
        }
    }
    lines.join(" \\\n  ")
}
