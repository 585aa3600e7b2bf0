//! The audit on a page: the last result, the head of the log, and how everybody verifies it without trusting the page.
//!
//! Owns the words and the form. An audit is [`crate::audits`]' and the store's; a page that says "well" proves nothing, so the way to
//! check elsewhere stands beside it. For administrators and auditors. Start at [`page`] and [`act`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::actor::{Role, Seat};
use huying_proof::{Checkpoint, PublicKey, hash};
use maud::{Markup, html};

use super::{
    form::Words,
    frame::{self, Here, Page},
    policy::trouble,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    audits::{Audit, Audits, Found},
    problem::{Both, Problem},
};

/// The result and the head.
pub async fn page(Viewer(view): Viewer) -> Result<Response, Problem> {
    allowed(&view)?;
    draw(&view, None, "").await
}

/// Begins an audit, where a head was kept with it.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    allowed(&view)?;
    if form.said("act") != Some("audit") {
        return Err(Problem::not_found());
    }
    let said = form.said("head").unwrap_or_default();
    match kept(&view, said).await {
        Ok(head) => {
            Audits::begin(&view.state, &view.signed()?.member, head);
            Ok(Redirect::to("/audit").into_response())
        }
        Err(problem) if problem.status.is_client_error() => {
            let mut answer = draw(&view, Some(&problem), said).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

fn allowed(view: &View) -> Result<(), Problem> {
    view.signed()?;
    if offered(view) { Ok(()) } else { Err(Problem::of("administrators_only")) }
}

/// Whether the page is for them: for administrators and auditors, and where three administrators are apart not for the one who guards.
pub fn offered(view: &View) -> bool {
    let reader = view.who.as_ref().and_then(|who| who.auditing(&view.state).ok());
    let audits = |seat: &Seat| matches!(seat.role, Role::Administrator | Role::Auditor);
    reader.is_some_and(|reader| reader.seat(audits).is_some())
}

async fn key(view: &View) -> Result<Option<PublicKey>, Problem> {
    Ok(view.state.engine.store().log_key(view.state.tenant()).await?)
}

/// The head that somebody kept, its signature checked.
async fn kept(view: &View, said: &str) -> Result<Option<Checkpoint>, Problem> {
    if said.is_empty() {
        return Ok(None);
    }
    let wrong = |why: String| {
        let message = Both::of("这不是本日志签名的日志头。", "This is no head that this log has signed.");
        Problem::field("head", "head", message, Both(why.clone(), why))
    };
    let Some(key) = key(view).await? else { return Err(wrong("there is no log yet".to_owned())) };
    // A browser sends line breaks of its own and a field is trimmed; a signed note ends with a line.
    let note = format!("{}\n", said.replace("\r\n", "\n"));
    Checkpoint::open(&note, &key).map(Some).map_err(|why| wrong(why.to_string()))
}

async fn draw(view: &View, problem: Option<&Problem>, said: &str) -> Result<Response, Problem> {
    let key = key(view).await?;
    let note = view.state.engine.store().log_checkpoint(view.state.tenant()).await?;
    let head = key.as_ref().zip(note.as_ref()).and_then(|(key, note)| Checkpoint::open(note, key).ok());
    let last = view.state.audits.last();
    let name = view.lang.pick("核验", "Audit");
    let title = if problem.is_some() { view.lang.pick("出错：核验", "Error: audit") } else { name };
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (name) }
            (trouble(view, problem))
            p.quiet { (view.lang.pick("重新计算每件案件的哈希链，核对日志的每个叶子、每块和每个签名头，查出被改动、删去、插入或倒填的记录。", "Every chain of every case is computed again, and every leaf, tile and signed head of the log compared: what was changed, left out, put in or back-dated is found.")) }
            (result(view, last.as_ref()))
            (begin(view, last.as_ref(), said))
            (log_head(view, key.as_ref(), head.as_ref(), note.as_deref()))
            (elsewhere(view))
        }
    };
    Ok(frame::console(view, &Page::new(title), Some(Here::Audit), &Tally::of(view).await?, &main))
}

fn result(view: &View, last: Option<&Audit>) -> Markup {
    html! {
        section.card.stack aria-labelledby="result" {
            h2 id="result" { (view.lang.pick("最近一次核验", "The last audit")) }
            @match last {
                None => { p { (view.lang.pick("本次启动以来没有核验过。", "None since this process began.")) } }
                Some(audit) => {
                    p { (view.member(&audit.by)) " · " (view.full(audit.begun)) @if let Some(outcome) = &audit.outcome { " – " (view.full(outcome.ended)) } }
                    @match audit.outcome.as_ref().map(|outcome| &outcome.found) {
                        None => { p role="status" { (view.lang.pick("正在核验，请稍后刷新本页。", "It is running: load this page again in a while.")) } }
                        Some(Err(why)) => { p.notice data-kind="error" { (view.lang.pick("没有完成：", "It did not come to its end: ")) (why) } }
                        Some(Ok(found)) => { (told(view, found)) }
                    }
                }
            }
        }
    }
}

fn told(view: &View, found: &Found) -> Markup {
    html! {
        @if found.breaches == 0 {
            p { b { (view.lang.pick("全部相符。", "Everything fits.")) } }
        } @else {
            div.error-summary role="alert" tabindex="-1" aria-labelledby="breaches" {
                h3 id="breaches" { (view.lang.pick(format!("{} 处不符", found.breaches), format!("{} breaches", found.breaches))) }
                ul.plain { @for line in &found.told { li { (line) } } }
            }
        }
        dl.stat-tiles {
            div.stat-tile { dt { (view.lang.pick("记录", "Entries")) } dd { (found.events) } }
            div.stat-tile { dt { (view.lang.pick("案件", "Cases")) } dd { (found.cases) } }
            @if let Some((leaves, heads, waiting)) = found.log {
                div.stat-tile { dt { (view.lang.pick("日志叶子", "Leaves of the log")) } dd { (leaves) } }
                div.stat-tile { dt { (view.lang.pick("签名头", "Signed heads")) } dd { (heads) } }
                div.stat-tile { dt { (view.lang.pick("待入日志", "Waiting for it")) } dd { (waiting) } }
            }
        }
    }
}

fn begin(view: &View, last: Option<&Audit>, said: &str) -> Markup {
    let running = last.is_some_and(|audit| audit.outcome.is_none());
    html! {
        @if !running {
            form.card.stack method="post" action="/audit" {
                div.field {
                    label for="head" { (view.lang.pick("以前保存的日志头", "A head of the log that was kept")) " " span.optional { (view.lang.pick("（可不填）", "(optional)")) } }
                    span.hint id="head-hint" { (view.lang.pick("粘贴后一并核对：此后若整本日志被换掉，只有它能查出。", "It is compared too: that a whole log was exchanged since is found by it and by nothing else.")) }
                    textarea.code id="head" name="head" rows="6" aria-describedby="head-hint" { (said) }
                }
                button.button.button-primary name="act" value="audit" { (view.lang.pick("现在核验", "Audit now")) }
            }
        }
    }
}

fn log_head(view: &View, key: Option<&PublicKey>, head: Option<&Checkpoint>, note: Option<&str>) -> Markup {
    html! {
        section.card.stack aria-labelledby="log-head" {
            h2 id="log-head" { (view.lang.pick("日志头", "Head of the log")) }
            @match head {
                None => { p { (view.lang.pick("还没有签名的日志头。", "There is no signed head yet.")) } }
                Some(head) => {
                    dl.facts {
                        dt { (view.lang.pick("记录数", "Entries")) } dd { (head.size) }
                        dt { (view.lang.pick("签名时间", "Signed")) } dd { (view.full(huying_model::Instant(head.at))) }
                        dt { (view.lang.pick("根", "Root")) } dd { code.hash { (hash::hex(&head.root)) } }
                        @if let Some(key) = key { dt { (view.lang.pick("公钥", "Public key")) } dd { code.hash { (key) } } }
                    }
                    @if let Some(note) = note {
                        details {
                            summary { (view.lang.pick("签名全文（请另行保存）", "The signed note (keep it elsewhere)")) }
                            pre { (note) }
                        }
                    }
                    p { a href="/api/v1/log/checkpoint" download { (view.lang.pick("下载日志头", "Download the head")) } }
                }
            }
        }
    }
}

/// How others verify it.
fn elsewhere(view: &View) -> Markup {
    html! {
        section.stack aria-labelledby="elsewhere" {
            h2 id="elsewhere" { (view.lang.pick("自行核验", "Verify it yourself")) }
            p { (view.lang.pick("本页由被核验的平台显示，不能自证。请在别处核验：", "This page is drawn by what is audited and cannot prove itself. Verify elsewhere:")) }
            ul.steps {
                li { (view.lang.pick("运维人员：", "Whoever runs it: ")) code { "huying audit" } }
                li { (view.lang.pick("保存过日志头的人：", "Whoever kept a head: ")) code { "huying audit --head kept.txt" } }
                li { (view.lang.pick("持有回执的反映人：", "A reporter with a receipt: ")) code { "huying audit --receipt receipt.json --key authority.key" } (view.lang.pick("，或打开", ", or open ")) a href=(crate::assets::path("receipt.html")) { (view.lang.pick("可脱机使用的核对页", "the page that checks it offline")) } }
            }
        }
    }
}
