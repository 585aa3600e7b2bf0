//! Pages for developers of other systems: guides, the sandbox, and every operation with its parameters, bodies, answers, scope and an
//! example.
//!
//! Owns what is drawn. All of it comes from the description that the server writes of itself ([`crate::openapi`]) and from the guides
//! beside this page, so it is there without any network. Open to everybody, as the description is; what is done to the sandbox is for
//! administrators. Start at [`index`].

mod guides;
mod operation;
mod sandbox;
mod schema;

use std::sync::OnceLock;

use axum::{Router, extract::Query, response::Response, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::{
    frame::{self, Page},
    tabs::Tally,
    view::{Anybody, View},
};
use crate::{problem::Problem, state::AppState};

/// The pages of this module.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/developers", get(index))
        .route("/developers/operation", get(operation::page))
        .route("/developers/guide/{name}", get(guides::page))
        .route("/developers/sandbox", get(sandbox::page).post(sandbox::act))
}

/// The description as data, read once.
fn document(state: &AppState) -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_slice(&state.openapi).unwrap_or_default())
}

/// What is looked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct IndexQuery {
    q: String,
}

/// One operation with its address.
struct Found<'d> {
    path: &'d str,
    method: &'d str,
    operation: &'d Value,
}

fn all(document: &Value) -> impl Iterator<Item = Found<'_>> {
    fields(&document["paths"]).flat_map(|(path, item)| {
        fields(item).map(move |(method, operation)| Found { path, method, operation })
    })
}

impl Found<'_> {
    fn address(&self) -> String {
        super::address("/developers/operation", &[("method", self.method), ("path", self.path)])
    }
    /// Whether every word stands somewhere in it.
    fn has(&self, words: &[String]) -> bool {
        let operation = self.operation;
        let tags = list(&operation["tags"]).map(text).collect::<Vec<_>>().join(" ");
        let parts =
            [self.path, self.method, text(&operation["summary"]), text(&operation["description"]), &tags];
        let whole = parts.join(" ").to_lowercase();
        words.iter().all(|word| whole.contains(word))
    }
}

/// Guides, search, and the list of operations.
pub async fn index(Anybody(view): Anybody, Query(asked): Query<IndexQuery>) -> Result<Response, Problem> {
    let document = document(&view.state);
    let words: Vec<String> =
        asked.q.chars().take(100).collect::<String>().split_whitespace().map(str::to_lowercase).collect();
    let found: Vec<Found> = all(document).filter(|one| one.has(&words)).collect();
    let title = view.lang.pick("开发者", "Developers");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p { (view.lang.pick("本页由服务器按自身的接口说明生成，无需联网。", "The server writes these pages from its own description; they need no network.")) }
            p { a.button href=(sandbox::AT) { (view.lang.pick("沙箱：试用地址、密钥与示例", "The sandbox: where to try things, keys and examples")) } }
            (guides::list(&view))
            (search(&view, &asked.q, found.len()))
            @for tag in list(&document["tags"]) { (section(tag, &found)) }
        }
    };
    draw(&view, title, &main).await
}

fn search(view: &View, q: &str, count: usize) -> Markup {
    html! {
        form.stack method="get" action="/developers" role="search" {
            div.field {
                label for="q" { (view.lang.pick("搜索接口", "Search the operations")) }
                input.input id="q" type="search" name="q" value=(q) maxlength="100";
            }
            p { button.button { (view.lang.pick("搜索", "Search")) } " " span.quiet { (view.lang.pick(format!("{count} 个接口"), format!("{count} operations"))) } }
        }
        p { a href="/api/v1/openapi.json" { "openapi.json" } " · " a href="/api" { (view.lang.pick("单页全文", "All on one page")) } }
    }
}

fn section(tag: &Value, found: &[Found]) -> Markup {
    let name = text(&tag["name"]);
    let own: Vec<&Found> =
        found.iter().filter(|one| list(&one.operation["tags"]).any(|of| of == name)).collect();
    html! {
        @if !own.is_empty() {
            section.stack aria-labelledby=(format!("tag-{name}")) {
                h2 id=(format!("tag-{name}")) { (name) }
                p.quiet { (text(&tag["description"])) }
                ul.plain.paths {
                    @for one in own {
                        li {
                            a href=(one.address()) { span.code { (one.method.to_uppercase()) " " (one.path) } }
                            @if one.operation["deprecated"] == true { " " span.tag.tag-strong { "deprecated" } }
                            " " (text(&one.operation["summary"]))
                        }
                    }
                }
            }
        }
    }
}

/// In the frame of whoever looks: with the queues for members, without for others.
async fn draw(view: &View, title: &str, main: &Markup) -> Result<Response, Problem> {
    match view.who {
        Some(_) => Ok(frame::console(view, &Page::new(title), None, &Tally::of(view).await?, main)),
        None => Ok(frame::plain(view, &Page::new(title), main)),
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

/// What a reference leads to.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let path = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| document.pointer(path)).unwrap_or(value)
}
