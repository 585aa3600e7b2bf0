//! Reporting without an account: one page for a telephone, whole without scripts.
//!
//! With scripts the browser works for a moment before it sends; without them the sender waits, and the form comes back with a ticket.
//! The answer shows the number and the secret, once, and neither stands in an address. Start at [`page`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::{
    handle::Upload,
    intake::{InformantDraft, ReportDraft},
    place::PlaceDraft,
};
use huying_model::{AreaCode, Instant, MatterCode, catalogue::Source};
use maud::{Markup, html};

use super::{
    form::Form,
    frame::{self, Page},
    parts::{error_summary, icon},
    report::{first_sentence, matter, photos, told, what, whereabouts},
    texts::T,
    view::{Anybody, View},
};
use crate::{
    api::reports::{self, Paid, ReportKeptShown},
    problem::Problem,
    session::visit::Visit,
};

/// Photos of one report.
const PHOTOS: usize = 3;

/// The empty form.
pub async fn page(Anybody(view): Anybody, visit: Visit) -> Result<Response, Problem> {
    let mut answer = draw(&view, &Form::default(), &html! {}, None);
    reports::known_again(&visit, &mut answer)?;
    Ok(answer)
}

/// Takes a report, or gives the form back with what is missing: a correction, or a little patience.
pub async fn send(Anybody(view): Anybody, visit: Visit, form: Form) -> Result<Response, Problem> {
    let said = |name: &str| form.said(name).unwrap_or_default();
    let (ticket, solution) = (said("ticket"), said("solution"));
    let challenge = if solution.is_empty() { ticket } else { said("challenge") };
    if challenge.is_empty() {
        return waits(&view, &visit, &form);
    }
    if form.files.len() > PHOTOS {
        let words = view.lang.pick("最多三张照片，请重新选择。", "Three photos at most: choose again.");
        return Ok(refused(draw(
            &view,
            &form,
            &error_summary(&view, &[(String::new(), words.to_owned())]),
            None,
        )));
    }
    let uploads = form.files.iter().map(|bytes| Upload { bytes: bytes.clone(), kind: None }).collect();
    let paid = Paid { challenge, number: solution, hash: form.hash };
    match reports::take(&view.state, &visit, draft(&form), uploads, paid).await {
        Ok(kept) => Ok(done(&view, &kept)),
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => match (problem.code, problem.retry_after) {
            ("challenge_early", Some(seconds)) => {
                Ok(too_early(draw(&view, &form, &patience(&view, seconds), Some(ticket)), seconds))
            }
            ("challenge_gone" | "challenge_unsolved", _) => waits(&view, &visit, &form),
            _ => {
                let told = told(&view, &problem);
                Ok(refused(draw(&view, &form, &error_summary(&view, &told), Some(ticket))))
            }
        },
    }
}

/// The form again with a place in the line.
fn waits(view: &View, visit: &Visit, form: &Form) -> Result<Response, Problem> {
    let (state, now) = (&view.state, view.state.now());
    let ticket = state.tolls.queue(&state.engine, state.tenant(), &reports::sender(visit), now);
    let ticket =
        ticket.ok_or_else(|| Problem { retry_after: Some(900), ..Problem::of("too_many_requests") })?;
    let seconds = seconds_until(ticket.ready_at, now);
    let page = draw(view, form, &patience(view, seconds), Some(&ticket.text));
    let mut answer = too_early(page, seconds);
    reports::known_again(visit, &mut answer)?;
    Ok(answer)
}

fn seconds_until(at: Instant, now: Instant) -> u32 {
    u32::try_from((at.minus(now) + 999) / 1_000).unwrap_or(0)
}

fn too_early(page: Response, seconds: u32) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(axum::http::header::RETRY_AFTER, seconds)], page).into_response()
}

fn refused(page: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

fn patience(view: &View, seconds: u32) -> Markup {
    html! {
        p.notice role="alert" {
            (view.lang.pick(
                format!("为防止滥用，请等待 {seconds} 秒后再次点击“提交”。已填写的内容会保留，照片需重新选择。"),
                format!("To keep abuse away, wait {seconds} seconds and send it again. What you wrote is kept; photos have to be chosen again."),
            ))
        }
    }
}

fn draft(form: &Form) -> ReportDraft {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let degrees = |name: &str| form.said(name).and_then(|text| text.parse().ok());
    ReportDraft {
        source: Source::Resident,
        place: PlaceDraft {
            lon: degrees("longitude"),
            lat: degrees("latitude"),
            datum: None,
            area: form.said("area").map(AreaCode::new),
        },
        matter: form.said("matter").map(MatterCode::new),
        title: form.said("text").map(first_sentence),
        text: said("text"),
        address: said("place"),
        reporters: vec![InformantDraft { name: said("name"), contact: said("contact") }],
        ..ReportDraft::default()
    }
}

fn draw(view: &View, form: &Form, head: &Markup, ticket: Option<&str>) -> Response {
    let title = view.lang.pick("我要反映", "Report a problem");
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            p.danger-note {
                (icon("warn"))
                span { (view.say(T::DangerCall)) a href="tel:110" { "110" } "/" a href="tel:119" { "119" } "/" a href="tel:120" { "120" } (view.say(T::DangerEnd)) }
            }
            (head)
            form.stack method="post" enctype="multipart/form-data" action="/report" novalidate data-toll="/api/v1/reports/challenge" {
                @if let Some(ticket) = ticket { input type="hidden" name="ticket" value=(ticket); }
                input type="hidden" name="challenge";
                input type="hidden" name="solution";
                (what(view, form, &[]))
                (photos(view))
                (whereabouts(view, form))
                (matter(view, form))
                (person(view, form))
                p.quiet role="status" data-said="toll"
                    data-working=(view.lang.pick("正在验证，请稍候…", "One moment, please…"))
                    data-failed=(view.lang.pick("验证未完成，请再点一次“提交”。", "That did not work: send it once more.")) {}
                button.button.button-primary { (view.lang.pick("提交", "Send")) }
            }
            p { a href="/track" { (view.lang.pick("查询我的诉求", "Follow my case")) } }
        }
    };
    frame::plain(view, &Page { script: "resident.js", ..Page::new(title) }, &main)
}

fn person(view: &View, form: &Form) -> Markup {
    let field = |name: &'static str, label: &str, hint: &str, complete: &'static str| {
        html! {
            div.field {
                label for=(name) { (label) " " span.optional { (hint) } }
                input.input id=(name) name=(name) autocomplete=(complete) maxlength="100" value=[form.said(name)];
            }
        }
    };
    let optional = view.lang.pick("（选填）", "(optional)");
    html! {
        (field("name", view.lang.pick("您的称呼", "Your name"), optional, "name"))
        (field("contact", view.lang.pick("联系电话", "Telephone"),
            view.lang.pick("（选填，加密保存，仅供回访）", "(optional; kept sealed, for calling back only)"), "tel"))
    }
}

/// What the reporter keeps.
fn done(view: &View, kept: &ReportKeptShown) -> Response {
    let title = view.say(T::ReceivedTitle);
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            section.card {
                p { (view.say(T::CaseNumber)) " " strong.code data-what="number" { (kept.number) } }
                p { (view.lang.pick("查询码 ", "Secret for following it ")) strong.code data-what="secret" { (kept.follow_secret) } }
                p { (view.lang.pick("请记下或截图保存。凭编号和查询码可查询进度，两者缺一不可。", "Write both down or keep a picture of this page: with both you can follow it, with one of them you cannot.")) }
            }
            div.row { a.button.button-primary href="/track" { (view.lang.pick("查询进度", "Follow it")) } a.button href="/report" { (view.say(T::ReportAnother)) } }
        }
    };
    frame::plain(view, &Page { script: "resident.js", ..Page::new(title) }, &main)
}
