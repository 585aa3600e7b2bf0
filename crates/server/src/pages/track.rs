//! The page where somebody follows their own case without an account.
//!
//! Number and code are sent in a form, so that neither stands in an address. Shows how far the case is, who has it, what was promised,
//! and the words that were written for whoever reported; what they may do stands in [`acts`], and what that costs in [`toll`]. Refuses
//! the words of the report itself. Start at [`page`], then [`standing`].

mod acts;
mod toll;

pub use acts::act;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    outbox::template::{Language, Scene},
    track::{About, Followed, Told, misread, misread_number},
};
use huying_model::{Case, Name, Stage, clock::Timer};
use maud::{Markup, html};

use self::acts::After;
use super::{
    form::OpenForm,
    fresh,
    front::{self, Here, Mistakes, Steps},
    parts::time,
    persons,
    texts::T,
    view::{Anybody, View},
};
use crate::{
    api::track::{followed, own_receipt, seen},
    assets,
    problem::Problem,
    session::visit::Visit,
};

/// Words for the reporter that are shown, the newest.
const SAYINGS: usize = 5;

pub async fn page(Anybody(view): Anybody) -> Response {
    asking(&view, "", &[])
}

/// The empty form, or the form with what is wrong.
fn asking(view: &View, number: &str, mistakes: &Mistakes) -> Response {
    let title = view.lang.pick("查询我的诉求", "Follow my case");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (front::summary(view, mistakes))
            (ask_form(view, number, mistakes))
            p { a href="/help#code" { (view.lang.pick("找不到编号或查询码？", "No number or code at hand?")) } }
        }
    };
    front::page(view, (title, Here::Follow), mistakes, "", &main)
}

fn ask_form(view: &View, number: &str, mistakes: &Mistakes) -> Markup {
    let field = |id: &'static str, name: &'static str, label: &str, hint: &str, value: Option<&str>| {
        let wrong = front::mistake(mistakes, id);
        let described = match wrong {
            Some(_) => format!("{id}-hint {id}-error"),
            None => format!("{id}-hint"),
        };
        html! {
            div.field data-invalid[wrong.is_some()] {
                label for=(id) { (label) }
                span.hint id={ (id) "-hint" } { (hint) }
                @if let Some(words) = wrong { span.error id={ (id) "-error" } { (words) } }
                input.input id=(id) name=(name) value=[value] autocomplete="off" autocapitalize="characters" spellcheck="false" required
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=(described);
            }
        }
    };
    let example = format!("{}-260512-7K3Q-XM4R", view.setting.pack.number_prefix);
    let example = view.lang.pick(format!("例如 {example}"), format!("such as {example}"));
    html! {
        form.stack method="post" action="/track" novalidate {
            (field("track-number", "number", view.say(T::CaseNumber), &example, Some(number)))
            (field("track-secret", "secret", view.lang.pick("查询码", "Code"), view.lang.pick("三组、每组四个字符；大小写、空格都可以。", "Three groups of four; capitals and blanks do not matter."), None))
            button.button.button-primary.button-wide { (view.lang.pick("查询", "Look")) }
        }
    }
}

/// How far the case is.
pub async fn look(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    let said = |name| form.said(name).unwrap_or_default();
    match followed(&view.state, &visit, said("number"), said("secret")).await {
        Ok(found) => standing(&view, &visit, (&found, said("secret")), None).await,
        Err(problem) if problem.code == "not_found" => Ok(wrong(&view, said("number"), said("secret"))),
        Err(problem) => Err(problem),
    }
}

/// The form again, where number and code do not open a case: a sign that was read wrong is told as what it is.
fn wrong(view: &View, number: &str, secret: &str) -> Response {
    let mut mistakes = Vec::new();
    if misread_number(number) {
        mistakes.push((
            "track-number".to_owned(),
            view.lang
                .pick(
                    "编号少了或错了一个字，请再看一遍。",
                    "A sign of the number is missing or wrong: look again.",
                )
                .to_owned(),
        ));
    }
    if misread(secret) {
        mistakes.push((
            "track-secret".to_owned(),
            view.lang
                .pick(
                    "查询码少了或错了一个字，请再看一遍。",
                    "A sign of the code is missing or wrong: look again.",
                )
                .to_owned(),
        ));
    }
    if mistakes.is_empty() {
        mistakes.push((
            "track-number".to_owned(),
            view.lang
                .pick(
                    "编号和查询码不是同一件的，请核对两者。",
                    "Number and code do not belong together: look at both.",
                )
                .to_owned(),
        ));
    }
    let mut answer = asking(view, number, &mistakes);
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    answer
}

/// The receipt as a file to keep.
pub async fn receipt(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<0>,
) -> Result<Response, Problem> {
    let said = |name| form.said(name).unwrap_or_default();
    let receipt = own_receipt(&view.state, &visit, said("number"), said("secret")).await?;
    let text = serde_json::to_string_pretty(&receipt).map_err(|why| Problem::internal(&why))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"receipt.json\"")),
    ];
    Ok(fresh((headers, text).into_response()))
}

/// What each form of this page carries: whose case it is about.
pub fn fields(number: &str, secret: &str) -> Markup {
    html! {
        input type="hidden" name="number" value=(number);
        input type="hidden" name="secret" value=(secret);
    }
}

/// What is told to whoever reported when a case comes to where it is.
pub fn sentence(view: &View, case: &Case) -> String {
    let language = view.lang.pick(Language::Zh, Language::En);
    Scene::new(&view.setting, case, language).render(case.stage.code())
}

/// The whole page of a case. What somebody has just done, or tried to do, is told on top.
async fn standing(
    view: &View,
    visit: &Visit,
    (found, secret): (&Followed, &str),
    after: Option<&After<'_>>,
) -> Result<Response, Problem> {
    let engine = &view.state.engine;
    let told = engine.told(view.state.tenant(), &found.own).await?;
    let may = engine.reporter_may(&view.setting, &found.own);
    let looked = seen(&view.state, &found.own).await?;
    let mistakes: &Mistakes = after.map(|after| after.mistakes.as_slice()).unwrap_or_default();
    let (number, dear) = (&found.own.number, toll::dear(view, visit));
    let title = view.lang.pick("我的诉求", "My case");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (front::summary(view, mistakes))
            @if let Some(done) = after.and_then(|after| after.done) {
                p.notice role="status" { (acts::done(view, done)) }
            }
            (how_far(view, found, &told))
            (sayings(view, &told))
            (acts::offered(view, found, (&told, may.as_slice()), (secret, dear), after))
            section.card.no-print aria-labelledby="proof-name" {
                h2 id="proof-name" { (view.lang.pick("保存与核对", "To keep and to check")) }
                div.row {
                    form method="post" action="/track/act" { (fields(number, secret)) button.button name="act" value="slip" { (view.lang.pick("保存编号和查询码", "Save number and code")) } }
                    form method="post" action="/track/receipt" { (fields(number, secret)) button.button { (view.lang.pick("下载回执", "Download the receipt")) } }
                }
                p.quiet {
                    (view.lang.pick("回执可离线证明诉求已记录且未被改动：", "The receipt proves, without us, that the report is recorded and unchanged: "))
                    a href=(assets::path("receipt.html")) { (view.lang.pick("核对页（请另存）", "page that checks it (keep it)")) }
                }
            }
            @if let Some(rows) = &looked { (persons::seen_by(view, rows)) }
            p.no-print { a href="/track" { (view.lang.pick("查另一件", "Follow another case")) } }
        }
    };
    let script = if dear && may.contains(&Name::Supplement) { "resident.js" } else { "" };
    Ok(front::page(view, (title, Here::Follow), mistakes, script, &main))
}

/// The four steps, who has it, and what was promised.
fn how_far(view: &View, found: &Followed, told: &Told) -> Markup {
    let (case, merged) = (&found.shown, found.own.stage == Stage::Merged);
    // Of a case that is handled with another only its own receipt is known here.
    let later =
        if merged { [None, None, case.closed_at] } else { [told.sent_at, told.taken_up_at, told.ended_at] };
    let end = match case.stage {
        Stage::Declined | Stage::Withdrawn => Some(view.lang.pick(case.stage.zh(), case.stage.en())),
        _ => None,
    };
    let [sent, taken_up, ended] = later;
    let steps =
        Steps { now: Steps::of(case.stage), end, at: [Some(case.received_at), sent, taken_up, ended] };
    let promise = case.clock(&Timer::Promise);
    html! {
        section.card aria-labelledby="far-name" {
            h2 id="far-name" { span.code { (case.number) } " · " (view.lang.pick(case.stage.zh(), case.stage.en())) }
            (steps.draw(view))
            p { (sentence(view, case)) }
            dl.facts {
                dt { (view.lang.pick("责任单位", "Now with")) } dd { (view.unit(&case.custodian)) }
                @if let Some(clock) = promise.filter(|_| case.stage.is_open()) {
                    dt { (view.lang.pick("承诺办结", "Promised")) }
                    dd {
                        @if clock.runs() { (time(view, clock.due)) } @else { (view.lang.pick("暂停计时", "the time stands still")) }
                        @if clock.overdue(view.now) { " " (view.lang.pick("（已超期，上级单位可以看到）", "(late; the units above see it)")) }
                    }
                }
                @if let Some(until) = case.suspended_until {
                    dt { (view.lang.pick("暂缓至", "Suspended until")) } dd { (time(view, until)) }
                }
                dt { (view.lang.pick("收到时间", "Received")) } dd { (time(view, case.received_at)) }
                @if let Some(closed) = case.closed_at {
                    dt { (view.lang.pick("结案时间", "Closed")) } dd { (time(view, closed)) }
                }
                @if let Some(ending) = case.ending.as_ref().filter(|_| case.stage == Stage::Closed) {
                    dt { (view.lang.pick("办理结果", "Result")) } dd { (view.lang.pick(ending.outcome.zh(), ending.outcome.en())) }
                }
            }
            @if merged { p.quiet { (view.lang.pick("多人反映了同一问题，现合并办理；您仍用自己的编号和查询码查询。", "Several people reported the same; it is handled as one case, and you go on following it under your own number.")) } }
        }
    }
}

/// The words that were written for whoever reported, the newest first.
fn sayings(view: &View, told: &Told) -> Markup {
    let about = |about: About| match about {
        About::Question => view.lang.pick("请您补充", "A question to you"),
        About::Declined => view.lang.pick("不予受理的理由", "Why it was not taken up"),
        About::Result => view.lang.pick("办理情况说明", "What was done"),
        About::Published => view.lang.pick("公开说明", "Told to everybody"),
    };
    html! {
        @if !told.sayings.is_empty() {
            section.card aria-labelledby="said-name" {
                h2 id="said-name" { (view.lang.pick("给您的话", "Said to you")) }
                ul.plain.stack {
                    @for said in told.sayings.iter().rev().take(SAYINGS) {
                        li {
                            p { b { (about(said.about)) } " " span.quiet { (time(view, said.at)) } }
                            p.said { (said.words) }
                        }
                    }
                }
            }
        }
    }
}
