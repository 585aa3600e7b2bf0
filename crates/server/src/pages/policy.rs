//! The book of policies on pages: versions, proposals, and the buttons of the two people.
//!
//! Everybody may read it; buttons are drawn for administrators only, and the book's rules decide. Start at [`page`] and [`act`];
//! a draft comes in on [`draft`], what was found in it stands on [`version`], and [`what_if`] tries it on past cases.

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::migrate::Migration;
use huying_model::{
    Instant, PolicyVersion,
    book::{Act, Book, LONGEST, Proposal, State as Standing, Version, administers},
};
use maud::{Markup, html};

pub mod draft;
pub mod edit;
pub mod reports;
mod tables;
pub mod version;
pub mod what_if;

use super::{
    form::{Form, Words},
    frame::{self, Here, Page},
    parts::refused,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::policy::{deciding, moment},
    problem::Problem,
};

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

/// One act of the book: done it leads back to where it was made, refused it comes back there with the reason.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    // Acts on one version are made on its page.
    let version = form.said("version").filter(|_| matches!(form.said("act"), Some("compare" | "propose")));
    let version = version.map(PolicyVersion::new);
    match done(&view, &form).await {
        Ok(()) => {
            let compared = version.filter(|_| form.said("act") == Some("compare"));
            let to = compared.map_or_else(|| "/policy".to_owned(), |version| version::at(&version));
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) if problem.status.is_client_error() => {
            let drawn = match &version {
                Some(version) => version::draw(&view, version, Some(&problem), &form).await,
                None => Err(Problem::not_found()),
            };
            let mut answer = match drawn {
                Ok(answer) => answer,
                Err(_) => draw(&view, Around { problem: Some(problem), preview: None }).await?,
            };
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
        Some("propose") => Act::Propose {
            version: version(),
            from,
            reason: reason.into(),
            confirmed: form.said("confirmed").map(Into::into),
        },
        Some("revoke") => Act::Revoke { from, reason: reason.into() },
        Some("approve") => Act::Approve { no },
        Some("reject") => Act::Reject { no, reason: reason.into() },
        _ => return Err(Problem::not_found()),
    };
    let actor = match act {
        Act::Approve { no } => deciding(&view.state, view.signed()?, no, true).await?,
        Act::Reject { no, .. } => deciding(&view.state, view.signed()?, no, false).await?,
        _ => actor.clone(),
    };
    engine.book(tenant, &actor, &act).await?;
    Ok(())
}

async fn draw(view: &View, around: Around) -> Result<Response, Problem> {
    let book = view.state.engine.policy_book(view.state.tenant()).await?;
    let changes = view.state.engine.changes(view.state.tenant()).await?;
    let may = administers(view.org(), &view.signed()?.actor, view.now);
    // Where three administrators are apart, seats that a version gives are for the one who guards them.
    let guards = crate::api::grants::deciding(&view.state, view.signed()?).is_ok();
    let tally = Tally::of(view).await?;
    let title = view.lang.pick("机制", "Policy");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, around.problem.as_ref()))
            p { (view.lang.pick("现行版本：", "In force: ")) b { (view.setting.policy.current.version) } }
            @if may {
                div.row {
                    a.button.button-primary href="/policy/draft" { (view.lang.pick("上传草案", "Upload a draft")) }
                    a.button href="/policy/edit" { (view.lang.pick("修改规则表", "Edit its tables")) }
                    a.button href="/policy/what-if" { (view.lang.pick("试算", "What if")) }
                }
            }
            @if let Some((to, found)) = &around.preview { (migration(view, to, found)) }
            h2 id="proposals" { (view.lang.pick("提议", "Proposals")) }
            @if book.proposals.is_empty() { p.quiet { (view.lang.pick("没有提议。", "There is none.")) } }
            @for proposal in book.proposals.iter().rev() { (proposed(view, proposal, may || guards && !proposal.grants.is_empty())) }
            @if may && book.activations().len() > 1 { (revoke(view)) }
            h2 id="versions" { (view.lang.pick("版本", "Versions")) }
            @for version in book.versions.iter().rev() { (laid_down(view, &book, version)) }
            h2 id="changes" { (view.lang.pick("组织调整", "Changes of the organisation")) }
            @if changes.is_empty() { p.quiet { (view.lang.pick("没有组织调整。", "There is none.")) } }
            @for entry in changes.iter().rev() {
                section.card {
                    p { b { (view.full(entry.at)) } " · " (entry.reason) " · " (view.member(&entry.by)) }
                    ul.plain { @for edit in &entry.edits { li { (view.lang.pick(&edit.zh, &edit.en)) } } }
                }
            }
        }
    };
    Ok(frame::console(view, &Page::new(title), Some(Here::Policy), &tally, &main))
}

/// What was refused, and what to do. Of mistakes in fields programs are told that `errors` has them, which no person sees.
pub fn trouble(view: &View, problem: Option<&Problem>) -> Markup {
    let said = |problem: &Problem| match problem.code {
        "validation" if !problem.errors.is_empty() => {
            view.lang.pick("请更正后重新提交。", "Correct this and send it again.").to_owned()
        }
        _ => problem.detail(view.lang).to_owned(),
    };
    html! {
        @if let Some(problem) = problem {
            (refused(view, &said(problem), problem))
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
    let own = view.signed().is_ok_and(|signed| signed.member == proposal.proposed_by);
    let id = format!("proposal-{}", proposal.no);
    html! {
        section.card aria-labelledby=(id) {
            h3 id=(id) { (proposal.no) " · " a href=(version::at(&proposal.version)) { (proposal.version) } @if let Some(old) = &proposal.revokes { " " (view.lang.pick("（撤回 ", "(takes back ")) (old) (view.lang.pick("）", ")")) } }
            p { (view.lang.pick("生效：", "From: ")) (view.full(proposal.holds_from().unwrap_or(proposal.from))) " · " (proposal.reason) }
            @if let Some(confirmed) = &proposal.confirmed { p.notice { (view.lang.pick("已确认恢复组织调整所撤销或变更的内容：", "Confirmed that it brings back what was ended or moved: ")) (confirmed) } }
            @if !proposal.grants.is_empty() {
                div.notice {
                    p { b { (view.lang.pick("授予或扩大的岗位：", "Seats that it gives, or lets reach further:")) } }
                    ul.plain { @for line in &proposal.grants { li { (view.lang.pick(&line.zh, &line.en)) } } }
                }
            }
            p.quiet { (view.member(&proposal.proposed_by)) " · " (view.full(proposal.proposed_at)) " · " (state) }
            @if may && proposal.state == Standing::Waiting {
                @if own { p.quiet { (view.lang.pick("须由另一位管理员批准。", "Another administrator has to approve it.")) } }
                div.button-row {
                    @if !own {
                        form method="post" action="/policy" {
                            input type="hidden" name="act" value="approve";
                            input type="hidden" name="no" value=(proposal.no);
                            button.button.button-primary { (view.lang.pick("批准", "Approve")) }
                        }
                    }
                    details.command {
                        summary.button { (view.lang.pick("驳回", "Reject")) }
                        form.stack method="post" action="/policy" {
                            input type="hidden" name="act" value="reject";
                            input type="hidden" name="no" value=(proposal.no);
                            (reason(view, &format!("reject-{}", proposal.no), None))
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
                (from(view, "revoke", None))
                (reason(view, "revoke", None))
                button.button { (view.lang.pick("提议撤回", "Propose to take it back")) }
            }
        }
    }
}

/// A version in a few lines; what was found in it stands on its own page.
fn laid_down(view: &View, book: &Book, version: &Version) -> Markup {
    let id = format!("version-{}", version.version);
    html! {
        section.card aria-labelledby=(id) {
            h3 id=(id) { a href=(version::at(&version.version)) { (version.version) } (version::marks(view, book, version)) }
            p { (version::origin(view, version)) }
            @if let Some(found) = &version.found { p.quiet { (version::counted(view, found)) } }
        }
    }
}

fn migration(view: &View, to: &PolicyVersion, found: &Migration) -> Markup {
    html! {
        section.card aria-labelledby="migration" {
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
                    (reason(view, "migrate", None))
                    button.button.button-primary { (view.lang.pick("改用此版本", "Move them")) }
                }
            }
        }
    }
}

/// A reason that has to be given, with what was written before.
pub fn reason(view: &View, form: &str, written: Option<&str>) -> Markup {
    let id = format!("{form}-reason");
    html! {
        div.field {
            label for=(id) { (view.lang.pick("理由", "Reason")) }
            textarea id=(id) name="reason" required maxlength=(LONGEST) { (written.unwrap_or_default()) }
        }
    }
}

/// From when on; now where it is left empty.
pub fn from(view: &View, form: &str, written: Option<&str>) -> Markup {
    let id = format!("{form}-from");
    html! {
        div.field {
            label for=(id) { (view.lang.pick("生效时间", "From")) " " span.optional { (view.lang.pick("（留空为现在）", "(empty: now)")) } }
            input.input id=(id) type="datetime-local" name="from" value=[written];
        }
    }
}
