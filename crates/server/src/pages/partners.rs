//! The partners of the exchange on a page, for administrators: how each stands, and what stopped with it.
//!
//! A page without scripts: partners and mappings are made by the API and the command line, a decision on a message here. Start at
//! [`page`].

use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::exchange::{
    partner::{PartnerKind, PartnerState},
    tell::Saying,
};
use huying_store::exchange::{InRow, OutRow};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    address,
    components::frames::{self, Named},
    form::Words,
    frame::{self, Page},
    parts::time,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::stopped::{decided, settle},
    problem::Problem,
};

/// What the page is asked.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    partner: String,
}

/// All partners, and of the chosen one what stopped.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let who = view.signed()?;
    let all = view.state.engine.partners(view.state.tenant(), &who.actor).await?;
    let chosen = all.iter().find(|partner| partner.row.id == asked.partner);
    let title = view.lang.pick("平台对接", "Partners");
    let stopped = match chosen {
        Some(partner) => Some(stopped(&view, partner).await?),
        None => None,
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p.quiet { (view.lang.pick(
                "案件按签名消息与对接单位交换，中断期间不会丢失；需要人工处理的消息在下方逐条办理。新增单位、映射和密钥用接口或命令行（huying partner）。",
                "Cases are exchanged as signed messages; an outage loses nothing. What needs a person is decided below, one by one. Partners, mappings and secrets are made with the API or the command line (huying partner)."
            )) }
            @if all.is_empty() { p.quiet { (view.lang.pick("还没有对接单位。", "There is no partner yet.")) } }
            @else { (table(&view, &all)) }
            @if let Some(stopped) = stopped { (stopped) }
        }
    };
    Ok(frame::console(&view, &Page::new(title), None, &Tally::of(&view).await?, &main))
}

fn table(view: &View, all: &[PartnerState]) -> Markup {
    let head = view
        .lang
        .pick(["单位", "状态", "消息", "最近收发"], ["Partner", "State", "Messages", "Last message"]);
    html! {
        (frames::table(Named::As(view.lang.pick("对接单位", "List of partners")), &html! {
            table.table {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { @for partner in all { (row(view, partner)) } }
            }
        }))
    }
}

fn row(view: &View, partner: &PartnerState) -> Markup {
    let row = &partner.row;
    let kind = PartnerKind::from_code(&row.kind).map_or("", |kind| view.lang.pick(kind.zh(), kind.en()));
    let out = |state: &str| partner.out.get(state).copied().unwrap_or(0);
    let came = |state: &str| partner.came.get(state).copied().unwrap_or(0);
    html! {
        tr {
            td { strong { a href=(address("/partners", &[("partner", row.id.as_str())])) { (row.name) } } br; span.quiet { (kind) " · " span.code { (row.id) } } }
            td { (state(view, partner)) }
            td {
                (view.lang.pick("待发 ", "waiting ")) (out("waiting")) br;
                (view.lang.pick("发送停止 ", "given up ")) (stop(out("dead"))) br;
                (view.lang.pick("来件待处理 ", "to decide ")) (stop(came("parked")))
            }
            td {
                @if let Some(at) = row.last_out { (view.lang.pick("发 ", "out ")) (time(view, at)) br; }
                @if let Some(at) = row.last_in { (view.lang.pick("收 ", "in ")) (time(view, at)) }
            }
        }
    }
}

fn stop(count: i64) -> Markup {
    html! { @if count > 0 { span.tag.tag-strong { (count) } } @else { "0" } }
}

fn state(view: &View, partner: &PartnerState) -> Markup {
    let row = &partner.row;
    html! {
        @if !row.active { span.tag { (view.lang.pick("已暂停", "paused")) } }
        @else if partner.map.is_none() { span.tag.tag-strong { (view.lang.pick("缺少映射", "no mapping")) } }
        @else if !partner.findings.is_empty() {
            span.tag.tag-strong { (view.lang.pick("映射与机制包不符", "the mapping does not fit the pack")) }
        }
        @else if let Some(since) = row.down_since {
            span.tag.tag-strong { (view.lang.pick("中断", "down")) } " "
            (view.lang.pick("自 ", "since ")) (time(view, since)) br;
            span.quiet { (view.lang.pick("下次尝试 ", "next try ")) (time(view, row.next_try)) }
        }
        @else { span.tag { (view.lang.pick("正常", "up")) } }
        @if let Some(error) = &row.error { br; span.quiet { (error) } }
    }
}

fn said(view: &View, kind: &str) -> String {
    let saying = Saying::from_code(kind).or_else(|| Saying::from_kind(kind));
    saying.map_or_else(|| kind.to_owned(), |saying| view.lang.pick(saying.zh(), saying.code()).to_owned())
}

async fn stopped(view: &View, partner: &PartnerState) -> Result<Markup, Problem> {
    let (id, tenant) = (partner.row.id.as_str(), view.state.tenant());
    let found = view.state.engine.dead_letters(tenant, &view.signed()?.actor, id).await?;
    let ids: Vec<_> = found.dead.iter().chain(&found.tried).map(|row| row.case).collect();
    let cases = view.state.engine.store().cases(tenant, &ids).await?;
    let number = |row: &OutRow| {
        let case = cases.iter().find(|case| case.case.id == row.case);
        case.map_or_else(|| row.case.to_string(), |case| case.case.number.to_string())
    };
    let out = || found.dead.iter().chain(&found.tried);
    let none = out().next().is_none() && found.parked.is_empty() && found.waiting.is_empty();
    Ok(html! {
        section.stack aria-labelledby="stopped-name" {
            h2 id="stopped-name" { (partner.row.name) (view.lang.pick("：待处理的消息", ": messages to decide")) }
            @if none { p.quiet { (view.lang.pick("没有待处理的消息。", "There is none.")) } }
            @for row in out() { (out_card(view, id, row, &number(row))) }
            @for row in found.parked.iter().chain(&found.waiting) { (in_card(view, id, row)) }
        }
    })
}

fn out_card(view: &View, partner: &str, row: &OutRow, number: &str) -> Markup {
    let dead = row.state == "dead";
    let head = if dead {
        view.lang.pick("发出，已停止", "Out, given up")
    } else {
        view.lang.pick("发出，将再试", "Out, tried again")
    };
    html! {
        section.card.stack {
            p { @if dead { span.tag.tag-strong { (head) } } @else { span.tag { (head) } } " " strong { (said(view, &row.kind)) } " " span.code { (number) } " · " (row.no) " · " (time(view, row.at)) }
            @if let Some(error) = &row.error { p { (error) } }
            (acts(view, partner, ("out", &row.id)))
        }
    }
}

fn in_card(view: &View, partner: &str, row: &InRow) -> Markup {
    let parked = row.state == "parked";
    let state = if parked {
        view.lang.pick("收到，未能办理", "In, not applied")
    } else {
        view.lang.pick("收到，等待前一条或下次尝试", "In, waiting for one before it or for its time")
    };
    html! {
        section.card.stack {
            p {
                @if parked { span.tag.tag-strong { (state) } } @else { span.tag { (state) } }
                " " strong { (said(view, &row.kind)) } " " span.code { (row.subject) }
                @if let Some(no) = row.no { " · " (no) }
                " · " (time(view, row.received_at))
            }
            @if let Some(error) = &row.error { p { (error) } }
            (acts(view, partner, ("in", &row.id)))
        }
    }
}

fn acts(view: &View, partner: &str, (way, id): (&str, &str)) -> Markup {
    let field = format!("reason-{way}-{id}");
    html! {
        div.row {
            form method="post" action="/partners" {
                input type="hidden" name="partner" value=(partner);
                input type="hidden" name="way" value=(way);
                input type="hidden" name="id" value=(id);
                input type="hidden" name="decision" value="retry";
                button.button { (view.lang.pick("重试", "Try again")) }
            }
            details.command {
                summary.button { (view.lang.pick("搁置", "Set aside")) }
                form.stack method="post" action="/partners" {
                    input type="hidden" name="partner" value=(partner);
                    input type="hidden" name="way" value=(way);
                    input type="hidden" name="id" value=(id);
                    input type="hidden" name="decision" value="aside";
                    div.field {
                        label for=(field) { (view.lang.pick("理由", "Reason")) }
                        input.input id=(field) name="reason" maxlength="400" autocomplete="off" required;
                    }
                    button.button.button-primary { (view.lang.pick("确认搁置", "Set aside")) }
                }
            }
        }
    }
}

/// One decision.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let who = view.signed()?;
    view.state.engine.keeps_partners(view.state.tenant(), &who.actor)?;
    let said = |name| form.said(name).unwrap_or_default();
    let decision = decided(said("decision"), form.said("reason"))?;
    settle(&view.state, who, (said("partner"), said("way"), said("id")), &decision).await?;
    Ok(Redirect::to(&address("/partners", &[("partner", said("partner"))])).into_response())
}
