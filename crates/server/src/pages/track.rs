//! The page where somebody follows their own case without an account.
//!
//! Number and secret are sent in a form, so that neither stands in an address. Start at [`page`].

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_model::Case;
use maud::{Markup, html};

use super::{
    form::Form,
    frame::{self, Page},
    fresh,
    parts::time,
    persons,
    report::status_line,
    texts::T,
    view::{Anybody, View},
};
use crate::{
    api::track::{found, own_receipt, seen},
    assets,
    problem::Problem,
    session::visit::Visit,
};

pub async fn page(Anybody(view): Anybody) -> Response {
    draw(&view, "", &html! {})
}

fn draw(view: &View, number: &str, told: &Markup) -> Response {
    let title = view.lang.pick("查询我的诉求", "Follow my case");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            (told)
            form.stack method="post" action="/track" {
                div.field {
                    label for="track-number" { (view.say(T::CaseNumber)) }
                    input.input id="track-number" name="number" value=(number) autocomplete="off" autocapitalize="characters" spellcheck="false" required;
                }
                div.field {
                    label for="track-secret" { (view.lang.pick("查询码", "Secret")) }
                    input.input id="track-secret" name="secret" autocomplete="off" autocapitalize="characters" spellcheck="false" required;
                }
                button.button.button-primary { (view.lang.pick("查询", "Look")) }
            }
        }
    };
    frame::plain(view, &Page::new(title), &main)
}

/// How far the case is.
pub async fn look(Anybody(view): Anybody, visit: Visit, form: Form) -> Result<Response, Problem> {
    let said = |name| form.said(name).unwrap_or_default();
    match found(&view.state, &visit, said("number"), said("secret")).await {
        Ok(case) => {
            let seen = seen(&view.state, &case).await?;
            let told = html! {
                (standing(&view, &case, said("secret")))
                @if let Some(rows) = &seen { (persons::seen_by(&view, rows)) }
            };
            Ok(draw(&view, &case.number, &told))
        }
        Err(problem) if problem.code == "not_found" => {
            let words = view
                .lang
                .pick("编号或查询码不正确，请核对后重试。", "The number or the secret is wrong: look again.");
            let told = html! { p.notice role="alert" { (words) } };
            let mut answer = draw(&view, said("number"), &told);
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

/// The receipt as a file to keep.
pub async fn receipt(Anybody(view): Anybody, visit: Visit, form: Form) -> Result<Response, Problem> {
    let said = |name| form.said(name).unwrap_or_default();
    let receipt = own_receipt(&view.state, &visit, said("number"), said("secret")).await?;
    let text = serde_json::to_string_pretty(&receipt).map_err(|why| Problem::internal(&why))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"receipt.json\"")),
    ];
    Ok(fresh((headers, text).into_response()))
}

fn standing(view: &View, case: &Case, secret: &str) -> Markup {
    html! {
        section.card {
            p { strong.code { (case.number) } " · " (view.lang.pick(case.stage.zh(), case.stage.en())) }
            (status_line(view, case.stage))
            p { (view.lang.pick("责任单位：", "Now with ")) (view.unit(&case.custodian)) }
            p.quiet { (view.lang.pick("收到时间 ", "received ")) (time(view, case.received_at)) }
            @if let Some(closed) = case.closed_at {
                p.quiet { (view.lang.pick("结案时间 ", "closed ")) (time(view, closed)) }
            }
            form method="post" action="/track/receipt" {
                input type="hidden" name="number" value=(case.number);
                input type="hidden" name="secret" value=(secret);
                button.button { (view.lang.pick("下载回执", "Download the receipt")) }
            }
            p.quiet {
                (view.lang.pick("回执可离线证明诉求已记录且未被改动：", "The receipt proves, without us, that the report is recorded and unchanged: "))
                a href=(assets::path("receipt.html")) { (view.lang.pick("核对页（请另存）", "page that checks it (keep it)")) }
            }
        }
    }
}
