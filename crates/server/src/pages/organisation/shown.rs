//! What a change of the organisation would do, with the form that decides it.
//!
//! Owns the words. What is shown is the engine's preview, as the API answers it. Start at [`looked`].

use huying_engine::change::{Finding, Move, NAMED, Preview};
use huying_model::AreaCode;
use maud::{Markup, html};

use super::{HERE, Looked, forms::id};
use crate::pages::{
    components::frames::{self, Named},
    policy::{reason, reports::about},
    view::View,
};

/// What was looked at; without the form where it leaves a gap.
pub fn looked(view: &View, area: &AreaCode, looked: &Looked, why: Option<&str>) -> Markup {
    let preview = &looked.preview;
    let gaps = preview.findings.iter().filter(|found| found.error).count();
    html! {
        section.card.stack aria-labelledby="preview" {
            h2 id="preview" { (view.lang.pick("预览：尚未决定", "Preview: nothing is decided yet")) }
            @if gaps > 0 {
                div.error-summary role="alert" tabindex="-1" aria-labelledby="gaps" {
                    h3 id="gaps" { (view.lang.pick("会留下缺口，不能决定", "It would leave a gap and cannot be decided")) }
                }
            }
            p { b { (view.full(preview.at)) } " " (view.lang.pick("起", "on:")) }
            ul.plain { @for edit in &preview.edits { li { (view.lang.pick(&edit.zh, &edit.en)) } } }
            (findings(view, &preview.findings))
            (grants(view, preview))
            (moves(view, preview))
            @if gaps == 0 { (decide(view, area, looked, why)) } @else { (text(view, looked)) }
        }
    }
}

fn findings(view: &View, findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            h3 { (view.lang.pick("检查所得", "What lint says of it")) }
            ul.findings {
                @for found in findings {
                    li {
                        p {
                            @if found.error { span.tag.tag-strong { (view.lang.pick("错误", "Error")) } } @else { span.tag { (view.lang.pick("警告", "Warning")) } }
                            " " (about(view, &found.rule)) " " span.quiet.code { (found.rule) }
                        }
                        p { (found.words) }
                        @if !found.example.is_empty() { p.quiet { (view.lang.pick("例：", "For example: ")) (found.example) } }
                    }
                }
            }
        }
    }
}

fn grants(view: &View, preview: &Preview) -> Markup {
    html! {
        h3 { (view.lang.pick("授予或扩大的岗位", "Seats that it gives or lets reach further")) }
        @if preview.grants.is_empty() { p { (view.lang.pick("没有。由您一人决定。", "None: you decide it alone.")) } } @else {
            p.notice { (view.lang.pick("须由另一位管理员同意后才生效：", "Another administrator has to agree before it holds:")) }
            ul.plain { @for line in &preview.grants { li { (view.lang.pick(&line.zh, &line.en)) } } }
        }
    }
}

fn moves(view: &View, preview: &Preview) -> Markup {
    html! {
        h3 id="moves" { (view.lang.pick("在办案件", "Open cases")) }
        p { (view.lang.pick(format!("查看了 {} 件未结案件，涉及 {} 件。", preview.cases, preview.touched), format!("{} open cases were looked at, {} are touched.", preview.cases, preview.touched))) }
        @if !preview.moves.is_empty() {
            (frames::table(Named::By("moves"), &html! {
                table.table {
                    thead { tr {
                        th scope="col" { (view.lang.pick("案件", "Case")) }
                        th scope="col" { (view.lang.pick("现由", "Now with")) }
                        th scope="col" { (view.lang.pick("改由", "Then with")) }
                        th scope="col" { (view.lang.pick("所在区域改为", "Its area becomes")) }
                    } }
                    tbody { @for moved in &preview.moves { (row(view, moved)) } }
                }
            }))
            @if preview.touched > preview.moves.len() { p.quiet { (view.lang.pick(format!("仅列出最早的 {NAMED} 件。"), format!("The oldest {NAMED} are listed."))) } }
        }
    }
}

fn row(view: &View, moved: &Move) -> Markup {
    html! {
        tr {
            th scope="row" { span.code { (moved.number) } }
            td { (view.unit(&moved.custodian)) }
            td {
                (view.unit(&moved.successor))
                @for (from, to) in &moved.hands { @if *from != moved.custodian { div.quiet { (view.unit(from)) " → " (view.unit(to)) } } }
            }
            td { @if let Some(area) = &moved.area { @if area.is_empty() { "—" } @else { (view.area(&AreaCode(area.clone()))) } } }
        }
    }
}

/// The edits as one writes them by hand.
fn text(view: &View, looked: &Looked) -> Markup {
    html! {
        details {
            summary { (view.lang.pick("写成文本", "As text")) }
            div.field {
                label for="decided-edits" { (view.lang.pick("调整内容（可用于命令行与接口）", "The edits (the command line and the API take the same)")) }
                textarea.code id="decided-edits" name="edits" readonly rows="8" { (looked.edits) }
            }
        }
    }
}

fn decide(view: &View, area: &AreaCode, looked: &Looked, why: Option<&str>) -> Markup {
    let words = match looked.preview.grants.is_empty() {
        true => view.lang.pick("按预览决定", "Decide what is shown"),
        false => view.lang.pick("提交，等待另一位管理员同意", "Send it to another administrator"),
    };
    html! {
        form.stack id=(id("decide")) method="post" action=(HERE) enctype="multipart/form-data" data-keeps="yes" {
            input type="hidden" name="act" value="decide";
            input type="hidden" name="area" value=(area);
            input type="hidden" name="from" value=(looked.from);
            (text(view, looked))
            (reason(view, "decide", why))
            button.button.button-primary { (words) }
        }
    }
}
