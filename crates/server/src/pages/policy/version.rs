//! One version of the policy on a page: where it comes from, what was found in it, what it would have done to past cases, and the
//! buttons of an administrator.
//!
//! Start at [`page`]; [`draw`] is the same after an act was refused.

use std::collections::BTreeMap;

use axum::{extract::Query, response::Response};
use huying_model::{
    PolicyVersion,
    book::{Book, Found, State, Version, administers},
};
use huying_pack::whatif::Report;
use maud::{Markup, PreEscaped, html};

use super::{from, reason, reports, trouble, what_if};
use crate::{
    pages::{
        address,
        form::Form,
        frame::{self, Here, Page},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// The address of a version's page.
pub fn at(version: &PolicyVersion) -> String {
    address("/policy/version", &[("name", version.as_str())])
}

/// The version.
pub async fn page(
    Viewer(view): Viewer,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let name = asked.get("name").ok_or_else(Problem::not_found)?;
    draw(&view, &PolicyVersion::new(name), None, &Form::default()).await
}

/// The page, with what was refused and what had been written.
pub async fn draw(
    view: &View,
    version: &PolicyVersion,
    problem: Option<&Problem>,
    form: &Form,
) -> Result<Response, Problem> {
    let book = view.state.engine.policy_book(view.state.tenant()).await?;
    let known = book.version(version).ok_or_else(Problem::not_found)?;
    let tally = Tally::of(view).await?;
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    let current = book.in_force(view.now) == Some(version);
    let lacks = lacks(view, &book, known).await?;
    let name = view.lang.pick(format!("机制版本 {version}"), format!("Version {version}"));
    let title = match problem {
        Some(_) => view.lang.pick(format!("出错：{name}"), format!("Error: {name}")),
        None => name.clone(),
    };
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href="/policy" { (view.lang.pick("机制", "Policy")) } }
            h1 { (name) (marks(view, &book, known)) }
            (trouble(view, problem))
            p { (origin(view, known)) }
            @if let Some(found) = &known.found { p { (counted(view, found)) } }
            @if let Some(lacks) = lacks.filter(|_| !current) { (lacking(view, &lacks)) }
            (proposals(view, &book, version))
            @if may && !current { (proposing(view, known, form)) } @else { p.quiet { (why_not(view, current)) } }
            @if let Some(found) = &known.found { (reports::all(view, found)) }
            (comparison(view, known, may, current))
            @if may { (migrating(view, &book, version)) }
        }
    };
    Ok(frame::console(view, &Page::new(&title), Some(Here::Policy), &tally, &main))
}

/// Whether it is in force, and whether it may be proposed.
pub fn marks(view: &View, book: &Book, version: &Version) -> Markup {
    let found = version.found.as_ref();
    html! {
        @if book.in_force(view.now) == Some(&version.version) { " " span.tag.tag-strong { (view.lang.pick("现行", "In force")) } }
        @if !found.is_none_or(Found::clean) { " " span.tag { (view.lang.pick("须更正", "To be mended")) } }
        @if found.is_some_and(|found| !found.returns.is_empty()) { " " span.tag { (view.lang.pick("恢复旧组织", "Brings back")) } }
    }
}

/// Who laid it down, when and why.
pub fn origin(view: &View, version: &Version) -> String {
    let author = version.author.as_ref().map_or_else(
        || view.lang.pick("建库时安装", "Installed with the store").to_owned(),
        |author| view.member(author).to_string(),
    );
    let parts = [author, view.full(version.at), version.reason.to_string()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// How much was found.
pub fn counted(view: &View, found: &Found) -> String {
    let Found { errors, warnings, passed, failed, pending, .. } = found;
    view.lang.pick(
        format!("检查：错误 {errors}，警告 {warnings}；场景：通过 {passed}，未通过 {failed}，待建 {pending}"),
        format!(
            "Lint: {errors} errors, {warnings} warnings; stories: {passed} passed, {failed} failed, {pending} pending"
        ),
    )
}

/// Tables that came into force otherwise since a version was laid down, and that it does not have so.
struct Lacks {
    /// In force when it was laid down, and now.
    then: PolicyVersion,
    now: PolicyVersion,
    tables: Vec<String>,
}

/// What bringing a version into force would undo without anybody having written it so.
async fn lacks(view: &View, book: &Book, version: &Version) -> Result<Option<Lacks>, Problem> {
    let (then, now) = (book.in_force(version.at), book.in_force(view.now));
    let (Some(then), Some(now)) = (then.cloned(), now.cloned()) else { return Ok(None) };
    if version.author.is_none() || then == now {
        return Ok(None);
    }
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let before = engine.policy_files(tenant, &then).await?;
    let (here, since) =
        (engine.policy_files(tenant, &version.version).await?, engine.policy_files(tenant, &now).await?);
    let otherwise = |file: &&str| {
        let (was, is) = (before.text(file), since.text(file));
        *file != huying_pack::settings::FILE && was != is && here.text(file) != is
    };
    let tables: Vec<String> = since.names_of_all().filter(otherwise).map(str::to_owned).collect();
    Ok((!tables.is_empty()).then_some(Lacks { then, now, tables }))
}

fn lacking(view: &View, lacks: &Lacks) -> Markup {
    let Lacks { then, now, tables } = lacks;
    html! {
        p.notice {
            (view.lang.pick(
                format!("起草时现行版本是 {then}，现在是 {now}。以下各表此后已改，该版本没有照样写入，生效后会撤销这些改动："),
                format!("{then} was in force when it was laid down, and now {now} is. These tables were changed since and are not so in this version, which would undo that: "),
            ))
            (tables.join(", "))
        }
    }
}

/// Proposals of it that wait, with the way to them.
fn proposals(view: &View, book: &Book, version: &PolicyVersion) -> Markup {
    let waiting = book.proposals.iter().filter(|one| one.state == State::Waiting && &one.version == version);
    html! {
        @for proposal in waiting {
            p.notice {
                a href={ "/policy#proposal-" (proposal.no) } { (view.lang.pick(format!("第 {} 号提议", proposal.no), format!("Proposal {}", proposal.no))) }
                (view.lang.pick("正在等待另一位管理员批准。", " waits for another administrator."))
            }
        }
    }
}

/// Why there is no button to propose it.
fn why_not(view: &View, current: bool) -> &'static str {
    match current {
        true => view
            .lang
            .pick("该版本正在生效，无须提议。", "This version is in force: there is nothing to propose."),
        false => view.lang.pick(
            "提议生效由最高层级的系统管理员办理；您的岗位不能提议，可以查看。",
            "Administrators of the whole authority propose it; with your seats you may read it.",
        ),
    }
}

fn proposing(view: &View, version: &Version, form: &Form) -> Markup {
    let found = version.found.clone().unwrap_or_default();
    let written = form.said("act") == Some("propose");
    html! {
        @if !found.clean() {
            p.notice { (view.lang.pick("有须更正的问题或未通过的场景，不能提议。请更正后以新版本号上传。", "It has findings to be mended or stories that fail and cannot be proposed: mend it and upload it under a new version.")) }
        } @else {
            details.command open[written] {
                summary.button { (view.lang.pick("提议生效", "Propose")) }
                form.stack method="post" action="/policy" {
                    input type="hidden" name="act" value="propose";
                    input type="hidden" name="version" value=(version.version);
                    (from(view, "propose", form.said("from")))
                    (reason(view, "propose", form.said("reason")))
                    @if !found.returns.is_empty() { (confirming(view, form.said("confirmed"))) }
                    button.button.button-primary { (view.lang.pick("提议生效", "Propose")) }
                }
            }
        }
    }
}

/// An old folder brings back what was ended: nobody does that by mistake.
fn confirming(view: &View, written: Option<&str>) -> Markup {
    html! {
        div.field {
            label for="confirmed" { (view.lang.pick("确认恢复的理由", "Why it shall bring them back")) }
            span.hint id="confirmed-hint" { (view.lang.pick("该版本会恢复组织调整已撤销或变更的内容（见下）。如非本意，请按现行组织重新起草。", "The version brings back what changes of the organisation ended or moved (see below). Where that is not meant, draft it from today's tables.")) }
            textarea id="confirmed" name="confirmed" required aria-describedby="confirmed-hint" maxlength=(huying_model::book::LONGEST) { (written.unwrap_or_default()) }
        }
    }
}

fn comparison(view: &View, version: &Version, may: bool, current: bool) -> Markup {
    html! {
        section.stack aria-labelledby="comparison" {
            h2 id="comparison" { (view.lang.pick("与往日案件比较", "Beside past cases")) }
            @match &version.compared {
                None => { p { (view.lang.pick("尚未比较。", "Nobody has looked yet.")) } }
                Some((with, report)) => {
                    p { (view.lang.pick("对照版本：", "Compared with ")) (with) }
                    @match serde_json::from_str::<Report>(report) {
                        Ok(report) => {
                            // The examples are cases, which not everybody who reads the book may see.
                            @let report = if may { report } else { report.without_cases() };
                            div.what-if { (PreEscaped(what_if::parts(view, &report))) }
                        }
                        Err(_) if may => { pre { (report) } }
                        Err(_) => {}
                    }
                }
            }
            @if may && !current {
                div.row {
                    form method="post" action="/policy" {
                        input type="hidden" name="act" value="compare";
                        input type="hidden" name="version" value=(version.version);
                        button.button { (view.lang.pick("与现行版本比较", "Compare with the one in force")) }
                    }
                    a.button href=(address("/policy/what-if", &[("draft", version.version.as_str())])) { (view.lang.pick("与其他版本试算", "Try it beside another version")) }
                }
            }
        }
    }
}

fn migrating(view: &View, book: &Book, version: &PolicyVersion) -> Markup {
    html! {
        @if book.ever_in_force(view.now).contains(&version) {
            form method="get" action="/policy" {
                input type="hidden" name="migrate" value=(version);
                button.button { (view.lang.pick("预览在办案件改用此版本", "Preview moving open cases to it")) }
            }
        }
    }
}
