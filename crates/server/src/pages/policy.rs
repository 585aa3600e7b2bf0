//! The book of policies on a page: versions with what was found in them, proposals, and the buttons of the two people.
//!
//! Everybody may read it; buttons are drawn for administrators only, and the book's rules decide. Drafts come in by the command
//! line or the API. Start at [`page`] and [`act`].

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::migrate::Migration;
use huying_model::{
    Instant, PolicyVersion,
    book::{self, Act, Book, Proposal, State as Standing, Version},
};
use maud::{Markup, html};

use super::{
    form::Form,
    frame::{self, Page},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{api::policy::moment, problem::Problem};

/// What an act of this page asks for, and what it answers.
struct Around {
    problem: Option<Problem>,
    preview: Option<(PolicyVersion, Migration)>,
}

/// The book.
pub async fn page(
    Viewer(view): Viewer,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let preview = match asked.get("migrate").map(PolicyVersion::new) {
        Some(to) => {
            let who = view.signed()?;
            let found = view.state.engine.migration(view.state.tenant(), &who.actor, &to, None).await?;
            Some((to, found))
        }
        None => None,
    };
    draw(&view, Around { problem: None, preview }).await
}

/// One act of the book: done it leads back to the page, refused it comes back with the reason.
pub async fn act(Viewer(view): Viewer, form: Form) -> Result<Response, Problem> {
    match done(&view, &form).await {
        Ok(()) => Ok(Redirect::to("/policy").into_response()),
        Err(problem) if problem.status.is_client_error() => {
            let around = Around { problem: Some(problem), preview: None };
            let mut answer = draw(&view, around).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, form: &Form) -> Result<(), Problem> {
    let (engine, tenant, actor) = (&view.state.engine, view.state.tenant(), &view.signed()?.actor);
    let version = || PolicyVersion::new(form.said("version").unwrap_or_default());
    let no = form.said("no").and_then(|no| no.parse().ok()).unwrap_or_default();
    let reason = form.said("reason").unwrap_or_default();
    let from: Option<Instant> = match form.said("from") {
        Some(text) => moment("from", Some(&view.read_local(text).unwrap_or_else(|| text.to_owned())))?,
        None => None,
    };
    let act = match form.said("act") {
        Some("compare") => {
            engine.compare(tenant, actor, &version()).await?;
            return Ok(());
        }
        Some("migrate") => {
            engine.migration(tenant, actor, &version(), Some(reason)).await?;
            return Ok(());
        }
        Some("propose") => Act::Propose { version: version(), from, reason: reason.into() },
        Some("revoke") => Act::Revoke { from, reason: reason.into() },
        Some("approve") => Act::Approve { no },
        Some("reject") => Act::Reject { no, reason: reason.into() },
        _ => return Err(Problem::not_found()),
    };
    engine.book(tenant, actor, &act).await?;
    Ok(())
}

async fn draw(view: &View, around: Around) -> Result<Response, Problem> {
    let book = view.state.engine.policy_book(view.state.tenant()).await?;
    let changes = view.state.engine.changes(view.state.tenant()).await?;
    let may = book::administers(view.org(), &view.signed()?.actor, view.now);
    let tally = Tally::of(view).await?;
    let title = view.lang.pick("机制", "Policy");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, around.problem.as_ref()))
            p { (view.lang.pick("现行版本：", "In force: ")) b { (view.setting.policy.current.version) } }
            @if let Some((to, found)) = &around.preview { (migration(view, to, found)) }
            h2 id="proposals" { (view.lang.pick("提议", "Proposals")) }
            @if book.proposals.is_empty() { p.quiet { (view.lang.pick("没有提议。", "There is none.")) } }
            @for proposal in book.proposals.iter().rev() { (proposed(view, proposal, may)) }
            @if may && book.activations().len() > 1 { (revoke(view)) }
            h2 id="versions" { (view.lang.pick("版本", "Versions")) }
            @for version in book.versions.iter().rev() { (laid_down(view, &book, version, may)) }
            h2 id="changes" { (view.lang.pick("组织调整", "Changes of the organisation")) }
            @if changes.is_empty() { p.quiet { (view.lang.pick("没有组织调整。", "There is none.")) } }
            @for entry in changes.iter().rev() {
                section.card {
                    p { b { (view.full(entry.at)) } " · " (entry.reason) " · " (view.member(&entry.by)) }
                    ul.plain { @for edit in &entry.edits { li { (edit) } } }
                }
            }
        }
    };
    Ok(frame::console(view, &Page::new(title), None, &tally, &main))
}

/// What was refused, and what to do.
pub fn trouble(view: &View, problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            div.error-summary role="alert" tabindex="-1" aria-labelledby="errors-name" {
                h2 id="errors-name" { (problem.detail(view.lang)) }
                @if !problem.errors.is_empty() {
                    ul.plain { @for wrong in problem.fields(view.lang) { li { (wrong.message) " " (wrong.mend) } } }
                }
            }
        }
    }
}

fn proposed(view: &View, proposal: &Proposal, may: bool) -> Markup {
    let state = match &proposal.state {
        Standing::Waiting => view.lang.pick("待批准", "Waiting").to_owned(),
        Standing::Approved { by, at } => {
            format!("{} · {} · {}", view.lang.pick("已批准", "Approved"), view.member(by), view.full(*at))
        }
        Standing::Rejected { by, at, reason } => {
            let words = view.lang.pick("已驳回", "Rejected");
            format!("{words} · {} · {} · {reason}", view.member(by), view.full(*at))
        }
    };
    let id = format!("proposal-{}", proposal.no);
    html! {
        section.card.stack aria-labelledby=(id) {
            h3 id=(id) { (proposal.no) " · " (proposal.version) @if let Some(old) = &proposal.revokes { " " (view.lang.pick("（撤回 ", "(takes back ")) (old) (view.lang.pick("）", ")")) } }
            p { (view.lang.pick("生效：", "From: ")) (view.full(proposal.holds_from().unwrap_or(proposal.from))) " · " (proposal.reason) }
            p.quiet { (view.member(&proposal.proposed_by)) " · " (view.full(proposal.proposed_at)) " · " (state) }
            @if may && proposal.state == Standing::Waiting {
                div.button-row {
                    form method="post" action="/policy" {
                        input type="hidden" name="act" value="approve";
                        input type="hidden" name="no" value=(proposal.no);
                        button.button.button-primary { (view.lang.pick("批准", "Approve")) }
                    }
                    details.command {
                        summary.button { (view.lang.pick("驳回", "Reject")) }
                        form.stack method="post" action="/policy" {
                            input type="hidden" name="act" value="reject";
                            input type="hidden" name="no" value=(proposal.no);
                            (reason(view, &format!("reject-{}", proposal.no)))
                            button.button { (view.lang.pick("驳回", "Reject")) }
                        }
                    }
                }
            }
        }
    }
}

fn revoke(view: &View) -> Markup {
    html! {
        details.command {
            summary.button { (view.lang.pick("撤回现行版本", "Take the version in force back")) }
            form.stack method="post" action="/policy" {
                input type="hidden" name="act" value="revoke";
                (from(view, "revoke"))
                (reason(view, "revoke"))
                button.button { (view.lang.pick("提议撤回", "Propose to take it back")) }
            }
        }
    }
}

fn laid_down(view: &View, book: &Book, version: &Version, may: bool) -> Markup {
    let current = book.in_force(view.now) == Some(&version.version);
    let id = format!("version-{}", version.version);
    let clean = version.found.as_ref().is_none_or(book::Found::clean);
    html! {
        section.card.stack aria-labelledby=(id) {
            h3 id=(id) {
                (version.version)
                @if current { " " span.tag.tag-strong { (view.lang.pick("现行", "In force")) } }
                @if !clean { " " span.tag { (view.lang.pick("须更正", "To be mended")) } }
            }
            p {
                (version.author.as_ref().map_or_else(|| view.lang.pick("建库时安装", "Installed with the store").into(), |author| view.member(author)))
                " · " (view.full(version.at)) @if !version.reason.is_empty() { " · " (version.reason) }
            }
            @if let Some(found) = &version.found {
                p { (findings(view, found)) }
                details { summary { (view.lang.pick("检查结果", "What lint said")) } pre { (found.lint) } }
                details { summary { (view.lang.pick("场景结果", "How the stories went")) } pre { (found.stories) } }
            }
            @if let Some((with, report)) = &version.compared {
                details { summary { (view.lang.pick("与现行版本比较：", "Compared with ")) (with) } pre { (report) } }
            }
            @if may { (acts(view, version, current, clean, book.ever_in_force(view.now).contains(&&version.version))) }
        }
    }
}

fn findings(view: &View, found: &book::Found) -> String {
    let [errors, warnings, passed, failed, pending] =
        [found.errors, found.warnings, found.passed, found.failed, found.pending].map(|n| n.to_string());
    match view.lang.pick(true, false) {
        true => format!(
            "检查：错误 {errors}，警告 {warnings}；场景：通过 {passed}，未通过 {failed}，待建 {pending}"
        ),
        false => format!(
            "Lint: {errors} errors, {warnings} warnings; stories: {passed} passed, {failed} failed, {pending} pending"
        ),
    }
}

fn acts(view: &View, version: &Version, current: bool, clean: bool, held: bool) -> Markup {
    let name = &version.version;
    html! {
        div.button-row {
            @if !current {
                form method="post" action="/policy" {
                    input type="hidden" name="act" value="compare";
                    input type="hidden" name="version" value=(name);
                    button.button { (view.lang.pick("与现行版本比较", "Compare with the one in force")) }
                }
            }
            @if !current && clean {
                details.command {
                    summary.button { (view.lang.pick("提议生效", "Propose")) }
                    form.stack method="post" action="/policy" {
                        input type="hidden" name="act" value="propose";
                        input type="hidden" name="version" value=(name);
                        (from(view, &format!("propose-{name}")))
                        (reason(view, &format!("propose-{name}")))
                        button.button.button-primary { (view.lang.pick("提议生效", "Propose")) }
                    }
                }
            }
            @if held {
                form method="get" action="/policy" {
                    input type="hidden" name="migrate" value=(name);
                    button.button { (view.lang.pick("预览在办案件改用此版本", "Preview moving open cases to it")) }
                }
            }
        }
    }
}

fn migration(view: &View, to: &PolicyVersion, found: &Migration) -> Markup {
    html! {
        section.card.stack aria-labelledby="migration" {
            h2 id="migration" { (view.lang.pick("在办案件改用版本 ", "Moving open cases to ")) (to) }
            p {
                (view.lang.pick("其他版本的在办案件 ", "Open cases of other versions: ")) (found.cases)
                (view.lang.pick("，将改用 ", "; would move: ")) (found.moved)
            }
            @if !found.stayed.is_empty() {
                p { (view.lang.pick("保留原版本：", "Would stay: ")) @for (why, count) in &found.stayed { (why) " " (count) " " } }
            }
            @if !found.clocks.is_empty() {
                p { (view.lang.pick("缩短的时限：", "Clocks that get shorter: ")) @for (kind, count) in &found.clocks { (kind) " " (count) " " } }
            }
            ul.plain {
                @for one in &found.examples {
                    li {
                        a.code href={ "/cases/" (one.number) } { (one.number) } " " (one.from)
                        @if let (Some(before), Some(after)) = (one.due_before, one.due_after) { " " (view.full(before)) " → " (view.full(after)) }
                    }
                }
            }
            @if found.moved > 0 {
                form.stack method="post" action="/policy" {
                    input type="hidden" name="act" value="migrate";
                    input type="hidden" name="version" value=(to);
                    (reason(view, "migrate"))
                    button.button.button-primary { (view.lang.pick("改用此版本", "Move them")) }
                }
            }
        }
    }
}

/// A reason that has to be given.
pub fn reason(view: &View, form: &str) -> Markup {
    let id = format!("{form}-reason");
    html! {
        div.field {
            label for=(id) { (view.lang.pick("理由", "Reason")) }
            textarea id=(id) name="reason" required maxlength=(book::LONGEST) {}
        }
    }
}

/// From when on; now where it is left empty.
pub fn from(view: &View, form: &str) -> Markup {
    let id = format!("{form}-from");
    html! {
        div.field {
            label for=(id) { (view.lang.pick("生效时间", "From")) " " span.optional { (view.lang.pick("（留空为现在）", "(empty: now)")) } }
            input.input id=(id) type="datetime-local" name="from";
        }
    }
}
