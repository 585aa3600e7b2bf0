//! Webhooks on a page, for administrators: each subscription with its log, one message or a stretch sent again, pause, a message on trial,
//! another secret.
//!
//! The page does what [`crate::api::hooks`] does. A new secret is shown once, on the page that answers. Start at [`page`] and [`act`].

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::outbox::hooks::{From as Begin, Known, OVERLAP_HOURS};
use huying_store::{Logged, Subscription};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    components::{
        board::{self, Tile},
        frames::{self, Choice, Named},
    },
    form::{Form, Words},
    frame::{self, Page},
    policy::trouble,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::{cases::moment, find, hooks::known},
    problem::Problem,
};

/// Messages on a page.
const SHOWN: usize = 50;

/// Every subscription.
pub async fn list(Viewer(view): Viewer) -> Result<Response, Problem> {
    crate::api::subscriptions::administrator(&view.state, view.signed()?)?;
    let all = view.state.engine.store().subscriptions(view.state.tenant()).await?;
    let title = view.lang.pick("消息推送", "Webhooks");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p { (view.lang.pick("登记接收地址请用接口 POST /api/v1/subscriptions；说明见", "An address is named by POST /api/v1/subscriptions; see ")) " " a href="/developers/guide/webhooks" { (view.lang.pick("开发者指南", "the guide for developers")) } }
            @if all.is_empty() { p.quiet { (view.lang.pick("尚无订阅。", "There is no subscription.")) } }
            @else { (subscriptions(&view, &all)) }
        }
    };
    let tally = Tally::of(&view).await?;
    Ok(frame::console(&view, &Page::new(title), None, &tally, &main))
}

fn subscriptions(view: &View, all: &[Subscription]) -> Markup {
    html! {
        (frames::table(Named::As(view.lang.pick("订阅", "Subscriptions")), &html! {
            table.table {
                thead { tr {
                    th scope="col" { (view.lang.pick("编号", "Id")) }
                    th scope="col" { (view.lang.pick("方式", "Way")) }
                    th scope="col" { (view.lang.pick("地址", "Address")) }
                    th scope="col" { (view.lang.pick("状态", "State")) }
                } }
                tbody {
                    @for one in all {
                        tr {
                            th scope="row" { a href=(at(&one.id)) { span.code { (one.id) } } }
                            td { (one.kind) }
                            td { (one.target) }
                            td { @if one.active { (view.lang.pick("启用", "on")) } @else { span.tag.tag-strong { (view.lang.pick("已停止", "ended")) } } }
                        }
                    }
                }
            }
        }))
    }
}

fn at(id: &str) -> String {
    format!("/subscriptions/{id}")
}

/// What of the log is shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LogQuery {
    state: String,
    cursor: Option<String>,
}

/// One subscription with its log.
pub async fn page(
    Viewer(view): Viewer,
    Path(id): Path<String>,
    Query(asked): Query<LogQuery>,
) -> Result<Response, Problem> {
    draw(&view, &id, &asked, None, None).await
}

/// One act; done it leads back to the page, refused it comes back with the reason.
pub async fn act(
    Viewer(view): Viewer,
    Path(id): Path<String>,
    Words(form): Words,
) -> Result<Response, Problem> {
    match done(&view, &id, &form).await {
        Ok(None) => Ok(Redirect::to(&at(&id)).into_response()),
        Ok(Some(secret)) => draw(&view, &id, &LogQuery::default(), None, Some(&secret)).await,
        Err(problem) if problem.status.is_client_error() => {
            let mut answer = draw(&view, &id, &LogQuery::default(), Some(&problem), None).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, id: &str, form: &Form) -> Result<Option<String>, Problem> {
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let known = known(&view.state, view.signed()?, id).await?;
    match form.said("act").unwrap_or_default() {
        "pause" => engine.pause(tenant, &known).await?,
        "resume" => engine.resume(tenant, &known).await?,
        "ping" => drop(engine.ping(tenant, &known).await?),
        "secret" => return Ok(Some(engine.another_secret(tenant, &known, OVERLAP_HOURS).await?)),
        "again" => {
            let message = form.said("message").unwrap_or_default();
            if !engine.store().deliver_again(tenant, id, message, view.now).await? {
                return Err(Problem::not_found());
            }
        }
        "replay" => {
            let from = form.said("from").unwrap_or_default();
            let from = view.read_local(from).unwrap_or_else(|| from.to_owned());
            let from = moment("from", Some(&from))?.unwrap_or(view.now);
            drop(engine.tell_again(tenant, &known, Begin::Moment(from)).await?);
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(None)
}

async fn draw(
    view: &View,
    id: &str,
    asked: &LogQuery,
    problem: Option<&Problem>,
    secret: Option<&str>,
) -> Result<Response, Problem> {
    let known = known(&view.state, view.signed()?, id).await?;
    let cursor = asked.cursor.as_deref();
    let found =
        view.state.engine.store().deliveries_of(view.state.tenant(), id, &asked.state, cursor, SHOWN).await;
    let log = find::page(found, cursor)?;
    let title = view.lang.pick("消息推送", "Webhook");
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/subscriptions" { (view.lang.pick("全部订阅", "All subscriptions")) } }
            h1 { (title) " " span.code { (known.subscription.id) } }
            (trouble(view, problem))
            @if let Some(secret) = secret {
                div.card role="status" {
                    p { b { (view.lang.pick("新密钥（仅显示这一次；24 小时内新旧密钥同时签名）：", "The new secret, shown this once; for 24 hours both sign:")) } }
                    p { span.code { (secret) } }
                }
            }
            (standing(view, &known))
            (acts(view, &known))
            (deliveries(view, id, &asked.state, &log.items))
            @if let Some(next) = &log.next {
                p { a.button href=(super::address(&at(id), &[("state", &asked.state), ("cursor", next)])) { (view.lang.pick("更早的消息", "Older messages")) } }
            }
        }
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(title), None, &tally, &main))
}

fn standing(view: &View, known: &Known) -> Markup {
    let state = match (known.subscription.active, known.hook.paused) {
        (false, _) => view.lang.pick("已停止（接收方应答 410）", "ended (the receiver answered 410)"),
        (true, true) => view.lang.pick("已暂停", "paused"),
        (true, false) => view.lang.pick("启用", "on"),
    };
    html! {
        (board::stat_tiles(&[
            Tile::new(view.lang.pick("状态", "State"), state),
            Tile::new(view.lang.pick("待发", "Waiting"), known.waiting),
            Tile::new(view.lang.pick("回放中", "Told again"), known.replays.len()),
        ]))
        p.quiet { (known.subscription.target) }
    }
}

fn acts(view: &View, known: &Known) -> Markup {
    let at = at(&known.subscription.id);
    let button = |act: &'static str, words: &'static str| {
        html! {
            form method="post" action=(at) {
                input type="hidden" name="act" value=(act);
                button.button { (words) }
            }
        }
    };
    html! {
        div.card.stack {
            @if known.hook.paused || !known.subscription.active { (button("resume", view.lang.pick("恢复", "Let it go on"))) }
            @else { (button("pause", view.lang.pick("暂停", "Pause"))) }
            (button("ping", view.lang.pick("试发一条", "Send one on trial")))
            (button("secret", view.lang.pick("更换密钥", "Another secret")))
            form.stack method="post" action=(at) {
                input type="hidden" name="act" value="replay";
                div.field {
                    label for="from" { (view.lang.pick("从此时起全部重发", "Tell everything again from")) }
                    input.input id="from" type="datetime-local" name="from" required;
                }
                button.button { (view.lang.pick("回放", "Tell again")) }
            }
        }
    }
}

fn deliveries(view: &View, id: &str, of: &str, all: &[Logged]) -> Markup {
    let states = [
        ("", view.lang.pick("全部", "all")),
        ("waiting", view.lang.pick("待发", "waiting")),
        ("done", view.lang.pick("已收妥", "taken over")),
        ("failed", view.lang.pick("已放弃", "given up")),
    ];
    let choice = |(code, words): (&'static str, &'static str)| Choice {
        words,
        to: super::address(&at(id), &[("state", code)]),
        chosen: code == of,
    };
    let name = |state: &str| states.iter().find(|(code, _)| *code == state).map_or("", |(_, name)| *name);
    html! {
        section.stack aria-labelledby="log" {
            h2 id="log" { (view.lang.pick("投递记录", "The log")) }
            (frames::tab_strip(view.lang.pick("投递记录", "The log"), &states.map(choice)))
            @if all.is_empty() { p.quiet { (view.lang.pick("没有消息。", "There is no message.")) } }
            @else {
                (frames::table(Named::As(view.lang.pick("投递记录表", "Rows of the log")), &html! {
                    table.table {
                        thead { tr {
                            th scope="col" { (view.lang.pick("消息", "Message")) }
                            th scope="col" { (view.lang.pick("状态", "State")) }
                            th scope="col" { (view.lang.pick("次数", "Tries")) }
                            th scope="col" { (view.lang.pick("应答", "Answer")) }
                            th scope="col" { (view.lang.pick("时间", "Made")) }
                            th scope="col" { (view.lang.pick("说明", "What was said")) }
                            th scope="col" { span.visually-hidden { (view.lang.pick("操作", "Act")) } }
                        } }
                        tbody { @for one in all { (message(view, id, one, name(&one.delivery.state))) } }
                    }
                }))
            }
        }
    }
}

fn message(view: &View, id: &str, Logged { delivery: it, answer }: &Logged, state: &str) -> Markup {
    html! {
        tr {
            th scope="row" { span.code { (it.id) } }
            td { span.tag.tag-strong[it.state == "failed"] { (state) } }
            td.number { (it.attempts) }
            td.number { @if let Some(answer) = answer { (answer) } }
            td { (view.full(it.created_at)) }
            td { (it.error.as_deref().unwrap_or_default()) @if it.state == "waiting" { " " (view.lang.pick("下次：", "next: ")) (view.full(it.due_at)) } }
            td {
                form method="post" action=(at(id)) {
                    input type="hidden" name="act" value="again";
                    input type="hidden" name="message" value=(it.id);
                    button.button { (view.lang.pick("重发", "Send again")) }
                }
            }
        }
    }
}
