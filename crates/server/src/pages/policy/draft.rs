//! Uploading a draft: a folder, its files or an archive, with a reason. Everything that was found in it comes back on one page, and
//! only a draft without errors is kept.
//!
//! Owns the form. What is found is the engine's; who may is the book's rule. A draft that was kept leads to its page, with the
//! comparison. Start at [`form`] and [`send`].

use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::policy::Examined;
use huying_model::{
    PolicyVersion,
    book::{No, administers},
};
use maud::{Markup, html};

use super::{reason, reports, trouble, version};
use crate::{
    pages::{
        frame::{self, Here, Page},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
    session::sender::of_sender,
    upload,
};

/// What came of an upload.
enum Sent {
    Kept(PolicyVersion),
    /// It is not kept: by what was found in it, or by a rule.
    Examined(Box<Examined>, Option<Problem>),
}

/// The form.
pub async fn form(Viewer(view): Viewer) -> Result<Response, Problem> {
    administrator(&view)?;
    draw(&view, None, None, "").await
}

/// Takes an upload: what is kept leads to its page, what is not comes back with everything that was found.
pub async fn send(Viewer(view): Viewer, request: Request) -> Result<Response, Problem> {
    administrator(&view)?;
    let mut said = String::new();
    match taken(&view, request, &mut said).await {
        Ok(Sent::Kept(version)) => Ok(Redirect::to(&version::at(&version)).into_response()),
        Ok(Sent::Examined(examined, problem)) => {
            draw(&view, problem.as_ref(), Some(&examined), &said).await.map(unprocessable)
        }
        Err(problem) if problem.status.is_client_error() && !of_sender(&problem) => {
            draw(&view, Some(&problem), None, &said).await.map(unprocessable)
        }
        Err(problem) => Err(problem),
    }
}

fn unprocessable(mut answer: Response) -> Response {
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    answer
}

fn administrator(view: &View) -> Result<(), Problem> {
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    if may { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

async fn taken(view: &View, request: Request, said: &mut String) -> Result<Sent, Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let sent = upload::read(request, &view.state).await?;
    said.clone_from(&sent.reason);
    if said.trim().is_empty() {
        // Told before the work is done; the book would say the same after it.
        return Err(huying_engine::Error::from(No::ReasonMissing).into());
    }
    let files = engine.with_calendars(tenant, sent.into_files()?).await?;
    let (files, examined) = engine.examine(tenant, files).await?;
    let Some(version) = examined.version.clone().filter(|_| examined.found.clean()) else {
        return Ok(Sent::Examined(Box::new(examined), None));
    };
    let kept = engine.lay_down(tenant, actor, &files, version.clone(), examined.found.clone(), said).await;
    if let Err(error) = kept {
        let problem = Problem::from(error);
        return match problem.status.is_client_error() {
            true => Ok(Sent::Examined(Box::new(examined), Some(problem))),
            false => Err(problem),
        };
    }
    if let Err(error) = engine.compare(tenant, actor, &version).await {
        // The draft is kept; its page has a button to compare it.
        tracing::warn!(%version, %error, "a draft could not be compared with past cases");
    }
    Ok(Sent::Kept(version))
}

async fn draw(
    view: &View,
    problem: Option<&Problem>,
    examined: Option<&Examined>,
    said: &str,
) -> Result<Response, Problem> {
    let name = view.lang.pick("上传草案", "Upload a draft");
    let wrong = problem.is_some() || examined.is_some();
    let title = if wrong { view.lang.pick("出错：上传草案", "Error: upload a draft") } else { name };
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (name) }
            (trouble(view, problem))
            @if let Some(examined) = examined { (not_kept(view, examined, problem.is_some())) }
            (fields(view, said))
        }
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(title), Some(Here::Policy), &tally, &main))
}

fn not_kept(view: &View, examined: &Examined, by_rule: bool) -> Markup {
    let found = &examined.found;
    html! {
        section.stack aria-labelledby="not-kept" {
            @if !by_rule {
                div.error-summary role="alert" tabindex="-1" aria-labelledby="not-kept" {
                    h2 id="not-kept" { (view.lang.pick("草案未收下：请更正下列问题后重新上传。", "The draft was not kept: mend what follows and upload it again.")) }
                    p { (version::counted(view, found)) }
                }
            } @else { h2 id="not-kept" { (view.lang.pick("检查所得", "What was found")) } }
            @if let Some(version) = &examined.version { p { (view.lang.pick("版本：", "Version: ")) b { (version) } } }
            (reports::all(view, found))
        }
    }
}

fn fields(view: &View, said: &str) -> Markup {
    html! {
        form.card method="post" action="/policy/draft" enctype="multipart/form-data" {
            div.field {
                label for="archive" { (view.lang.pick("zip 压缩包，或机制包的全部文件", "A zip archive, or all files of the pack")) }
                span.hint id="archive-hint" { (view.lang.pick("合计不超过 32 MB。单独选择的 .toml 文件（pack.toml 除外）视为场景。", "Up to 32 MB together. A .toml file that is chosen by itself, other than pack.toml, is taken for a story.")) }
                input.input id="archive" type="file" name="file" multiple aria-describedby="archive-hint";
            }
            div.field {
                label for="folder" { (view.lang.pick("或者选择文件夹", "Or its folder")) " " span.optional { (view.lang.pick("（二者选一）", "(one of the two)")) } }
                input.input id="folder" type="file" name="file" webkitdirectory;
            }
            p.quiet { (view.lang.pick("上传后即检查并运行场景，与往日案件比较；没有错误才会收下，不改变任何现行规则。未附共用节假日文件时，沿用现行版本的。", "It is linted, its stories are told, and it is compared with past cases. It is kept only without errors, and changes nothing that is in force. Shared holiday files that are not sent are those of the version in force.")) }
            (reason(view, "draft", Some(said)))
            button.button.button-primary { (view.lang.pick("上传并检查", "Upload and check")) }
        }
    }
}
