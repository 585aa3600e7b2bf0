//! What the other system says of itself beside what the map knows: which of its services are taken, which would stop, which are gone, and
//! what the attributes of those lack that cases are given to. Start at [`draw`].

use huying_engine::feed::sounding::{Gaps, Sounding, Theirs};
use maud::{Markup, html};

use super::said;
use crate::pages::{
    components::frames::{self, Named},
    parts::joined,
    view::View,
};

/// The result of trying the connection.
pub(super) fn draw(view: &View, sounding: &Sounding) -> Markup {
    let head = view.lang.pick(
        ["对方服务", "取入为", "由我方事项送出", "要求填写的属性"],
        ["Their service", "Taken as", "Given from our matters", "Attributes that it asks"],
    );
    html! {
        section.stack aria-labelledby="sounding" {
            h2 id="sounding" { (view.lang.pick("对方平台的应答", "What the other system says")) }
            @if let Some(error) = &sounding.error { div.notice data-kind="error" role="status" { (said::error(view, error)) } }
            @else {
                p role="status" {
                    (view.lang.pick("已连接。", "It answers. "))
                    (view.lang.pick("服务 ", "Services: ")) (sounding.services.len()) (view.lang.pick(" 项", ""))
                    @match &sounding.contact {
                        Some(contact) if !contact.is_empty() => { " · " (view.lang.pick("联系方式：", "contact: ")) (contact) }
                        Some(_) => {}
                        None => { " · " (view.lang.pick("没有服务发现（discovery）", "no discovery")) }
                    }
                }
                @if !sounding.gone.is_empty() {
                    div.notice data-kind="error" {
                        (view.lang.pick("对照表中的以下服务对方没有：", "The map names services that it does not have: "))
                        (joined(sounding.gone.iter().cloned(), view.lang))
                    }
                }
                (frames::table(Named::As(view.lang.pick("对方服务", "Their services")), &html! {
                    table.table {
                        thead { tr { @for name in head { th scope="col" { (name) } } } }
                        tbody { @for theirs in &sounding.services { (row(view, theirs)) } }
                    }
                }))
            }
        }
    }
}

fn row(view: &View, theirs: &Theirs) -> Markup {
    let given = theirs.given.iter().map(|matter| view.matter(Some(matter)).to_string());
    html! {
        tr {
            th scope="row" { span.code { (theirs.service.code) } " " (theirs.service.name.as_deref().unwrap_or_default()) }
            td {
                @match &theirs.taken_as {
                    Some(matter) => {
                        (view.matter(Some(matter)))
                        @if theirs.by_star { " " span.quiet { (view.lang.pick("（其他）", "(any other)")) } }
                    }
                    None => span.tag.tag-strong { (view.lang.pick("未对照", "not in the map")) }
                }
            }
            td { (joined(given, view.lang)) }
            td {
                @if let Some(gaps) = &theirs.gaps { (attributes(view, gaps)) }
                @if let Some(why) = &theirs.unasked { span.tag.tag-strong { (view.lang.pick("未能查询", "not known")) } " " (said::error(view, why)) }
            }
        }
    }
}

/// What the attributes of a service lack.
fn attributes(view: &View, gaps: &Gaps) -> Markup {
    let wrong: Vec<String> = gaps.wrong.iter().map(|(code, value)| format!("{code} = {value}")).collect();
    let lines = [
        (true, view.lang.pick("必填而未对照：", "Required and not in the map: "), &gaps.missing),
        (true, view.lang.pick("取值对方不接受：", "Values that it does not take: "), &wrong),
        (
            false,
            view.lang.pick("必填，部分案件无值可填：", "Required, and some cases have nothing for it: "),
            &gaps.unsure,
        ),
        (false, view.lang.pick("对方没有该属性：", "Not asked there: "), &gaps.unknown),
    ];
    html! {
        @if gaps.is_empty() { (view.lang.pick("齐全", "all filled")) }
        @else {
            ul.plain {
                @for (stops, name, codes) in lines {
                    @if !codes.is_empty() {
                        li { @if stops { span.tag.tag-strong { (name) } } @else { (name) } " " (joined(codes.iter().cloned(), view.lang)) }
                    }
                }
            }
        }
    }
}
