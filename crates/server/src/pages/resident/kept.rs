//! What whoever reported keeps: number and code, what comes next and when, and what their report was taken for.
//!
//! It is shown once; the code stands in no address. Start at [`page`].

use axum::response::Response;
use huying_model::{Case, Stage, clock::Timer};
use maud::{Markup, html};

use crate::{
    api::reports::ReportKeptShown,
    pages::{
        front::{self, Here, Steps},
        parts::time,
        places,
        texts::T,
        track::{fields, sentence},
        view::View,
    },
    problem::Problem,
};

/// The page after a report.
pub(super) async fn page(view: &View, kept: &ReportKeptShown, guessed: bool) -> Result<Response, Problem> {
    let followed = view.state.engine.follow(view.state.tenant(), &kept.number, &kept.follow_secret).await?;
    let case = &followed.shown;
    let title = view.say(T::ReceivedTitle);
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            section.card.kept {
                p { (view.say(T::CaseNumber)) " " strong.code data-what="number" { (kept.number) } }
                p { (view.lang.pick("查询码 ", "Code for following it ")) strong.code data-what="secret" { (kept.follow_secret) } }
                p { (view.lang.pick("请记下、截图或打印本页。凭编号和查询码查进度，两者缺一不可；查询码里没有数字 0、1 和字母 O、I。", "Write both down, keep a picture or print this page: with both you can follow it, with one of them you cannot. The code has no 0, 1, O or I in it.")) }
                form.no-print method="post" action="/track/act" {
                    (fields(&kept.number, &kept.follow_secret))
                    button.button name="act" value="slip" { (view.lang.pick("保存为文件", "Save as a file")) }
                }
            }
            (next(view, case))
            @if followed.own.stage != Stage::Merged { (matter(view, kept, &followed.own, guessed)) }
            div.row.no-print {
                form method="post" action="/track" {
                    (fields(&kept.number, &kept.follow_secret))
                    button.button.button-primary { (view.lang.pick("查看进度", "Follow it")) }
                }
                a.button href="/report" { (view.say(T::ReportAnother)) }
            }
        }
    };
    Ok(front::page(view, (title, Here::Report), &[], "", &main))
}

/// What happens now, with whom, and until when.
fn next(view: &View, case: &Case) -> Markup {
    let promise = case.clock(&Timer::Promise).filter(|clock| clock.runs());
    let soonest = case.clocks.iter().filter(|clock| clock.runs()).min_by_key(|clock| clock.due);
    let steps =
        Steps { now: Steps::of(case.stage), end: None, at: [Some(case.received_at), None, None, None] };
    html! {
        section.card aria-labelledby="next-name" {
            h2 id="next-name" { (view.say(T::WhatNext)) }
            (steps.draw(view))
            p { (sentence(view, case)) }
            @if let Some(clock) = promise.or(soonest) {
                p {
                    @if promise.is_some() { (view.lang.pick("承诺办结：", "Promised: ")) } @else { (view.lang.pick("下一步最迟：", "The next step is due: ")) }
                    (time(view, clock.due))
                }
            }
        }
    }
}

/// What the report was taken for, with a way to say that it is something else.
fn matter(view: &View, kept: &ReportKeptShown, case: &Case, guessed: bool) -> Markup {
    html! {
        section.card.no-print aria-labelledby="matter-name" {
            h2 id="matter-name" { (view.say(T::Matter)) }
            @match &case.matter {
                Some(code) => {
                    p {
                        strong { (view.matter(Some(code))) }
                        @if guessed { " " span.quiet { (view.lang.pick("（系统按您的文字判断）", "(our guess from your words)")) } }
                    }
                }
                None => { p { (view.lang.pick("由受理人员确定，您不用选。", "An acceptor will find it; you need not choose.")) } }
            }
            @if case.stage.is_open() {
                details {
                    summary { (view.lang.pick("不对？告诉我们是什么事", "Is it something else? Tell us")) }
                    form.stack.inset method="post" enctype="multipart/form-data" action="/track/act" {
                        (fields(&kept.number, &kept.follow_secret))
                        input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                        div.field {
                            label for="is-matter" { (view.say(T::Matter)) }
                            select id="is-matter" name="is_matter" {
                                @for (track, matters) in places::by_track(view, &view.setting.policy.current) {
                                    optgroup label=(track) {
                                        @for matter in matters {
                                            option value=(matter.code) selected[case.matter.as_ref() == Some(&matter.code)] { (view.matter(Some(&matter.code))) }
                                        }
                                    }
                                }
                            }
                        }
                        button.button name="act" value="supplement" { (view.lang.pick("更正", "Correct it")) }
                    }
                }
            }
        }
    }
}
