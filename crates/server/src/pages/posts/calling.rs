//! The caller-back's work: whom to call next, and what was answered, with the end or the rework that follows from it.
//!
//! Owns the one form of a call. The call is written down first, so that nothing of it is lost where what should follow is refused. Whether
//! the case may be closed then is the rules' answer; where it may not yet, the case stays open with what is still to be done. Start at
//! [`page`].

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::{Case, CaseId, Name};
use huying_store::{CaseView, QueueLine, QueuePart};
use maud::{Markup, html};
use serde_json::json;

use super::{
    Given, Post, closed, key_of,
    leaf::Leaf,
    lines, mendable, say,
    sheet::{Sheet, Written},
    split::{self, Asked, Split},
    stood, version,
};
use crate::{
    api::find::{self, CaseName, Named},
    pages::{
        form::{Form, Words},
        give::Trouble,
        orders,
        parts::{error_summary, joined},
        persons,
        texts::T,
        view::{View, Viewer},
        with_query,
    },
    problem::Problem,
};

const WORK: QueuePart = QueuePart { kinds: &["custody"], stages: &["calling_back"] };

/// What went wrong: the form comes back where the call itself was not written down.
struct Failed {
    trouble: Trouble,
    written: bool,
}

/// The caller-back's screen.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::CallingBack).await? {
        return Ok(page);
    }
    let lines = lines(&view, &WORK, asked.after.as_deref()).await?;
    let found = split::chosen(&view, asked.case.as_deref()).await?;
    draw(&view, &lines, found.as_ref(), asked.done.as_ref(), None).await
}

/// Writes the call down, and gives the command that follows from it.
pub async fn called(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Words(form): Words,
) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let lines = stood(&view, &WORK, &form).await?;
    let case = &found.case;
    let given = Given {
        body: orders::body(&view, case, Name::RecordCallback, &form),
        key: key_of(&view, &form, "call")?,
        version: version(&form),
        ..Given::default()
    };
    let outcome = match say(&view, case.id, Name::RecordCallback, given).await {
        Ok(receipt) => follow(&view, case, &form, receipt.version).await.map_err(|problem| (true, problem)),
        Err(problem) => Err((false, problem)),
    };
    match outcome {
        Ok(done) => {
            let screen = screen(&view, &lines);
            // Who wanted to end it and could not yet reads what is still to be done.
            let stays = done == Name::RecordCallback && form.said("then") != Some("later");
            let onward = if stays { screen.with(Some(case.id)) } else { screen.onward(case.id) };
            Ok(Redirect::to(&with_query(&onward, "done", done.code())).into_response())
        }
        Err((written, problem)) => {
            let trouble = Trouble { name: Name::RecordCallback, form, problem: mendable(problem)? };
            let fresh = find::case(&view.state, view.signed()?, &Named::Id(case.id)).await?;
            let failed = Failed { trouble, written };
            let page = draw(&view, &lines, Some(&fresh), None, Some(&failed)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// What follows from the call: nothing where somebody is still to be called, or nobody said that it was not solved.
async fn follow(view: &View, case: &Case, form: &Form, version: u32) -> Result<Name, Problem> {
    let (name, body) = match (form.said("reached"), form.said("then")) {
        (_, Some("close")) => {
            let now = find::case(&view.state, view.signed()?, &Named::Id(case.id)).await?.case;
            if !unsettled(view, &now).is_empty() {
                return Ok(Name::RecordCallback);
            }
            (Name::Close, json!({}))
        }
        (Some("yes"), Some("rework")) => {
            let usual = view.lang.pick(
                "回访：反映人表示问题没有解决。",
                "Called back: the reporter says that it is not solved.",
            );
            (Name::Rework, json!({ "reason": form.said("words").unwrap_or(usual) }))
        }
        _ => return Ok(Name::RecordCallback),
    };
    let key = key_of(view, form, name.code())?;
    say(view, case.id, name, Given { body, key, version: Some(version), ..Given::default() }).await?;
    Ok(name)
}

/// Reporters who are still to be called, each with how often at most: whoever was reached, or called as often as the rules ask, keeps no case
/// open.
fn unsettled(view: &View, case: &Case) -> Vec<(u16, u8)> {
    let rules = view.setting.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let left = |id: CaseId, no: u16| {
        let known = case.callbacks.iter().find(|one| one.case == id && one.reporter == no);
        match known {
            Some(one) if one.reached => 0,
            Some(one) => rules.allowances.attempts.saturating_sub(one.attempts),
            None => rules.allowances.attempts,
        }
    };
    let all = case.waiting().into_iter().map(|(id, no)| (no, left(id, no)));
    all.filter(|(_, left)| *left > 0).collect()
}

fn screen<'a>(view: &'a View, lines: &'a Leaf<QueueLine>) -> Split<'a> {
    let order = view
        .lang
        .pick("按回访时限排列，先到期的先打", "By when the callback is due: call the earliest first");
    Split { view, post: Post::CallingBack, lines, by_place: false, order }
}

async fn draw(
    view: &View,
    lines: &Leaf<QueueLine>,
    found: Option<&CaseView>,
    done: Option<&String>,
    failed: Option<&Failed>,
) -> Result<Response, Problem> {
    let screen = screen(view, lines);
    let persons = match found {
        Some(found) => persons::card(view, found).await?,
        None => Markup::default(),
    };
    let sheet = screen.sheet(found).await?;
    let article = sheet.as_ref().map(|sheet| article(sheet, &persons, failed));
    screen.draw(found.zip(article.as_ref()), done, failed.is_some()).await
}

fn article(sheet: &Sheet, persons: &Markup, failed: Option<&Failed>) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let acts = html! {
        @if let Some(failed) = failed {
            (error_summary(view, &failed.trouble.told(view)))
            @if failed.written { p.notice role="status" { (view.lang.pick("这次回访已经登记。", "This call is written down.")) } }
        }
        @if sheet.may(Name::RecordCallback) && !case.waiting().is_empty() { (call(sheet, failed)) }
        @if sheet.may(Name::Close) { (sheet.folded(Name::Close, view.lang.pick("直接结案", "Close without another call"), Written::default())) }
        @if sheet.may(Name::Rework) { (sheet.folded(Name::Rework, sheet.name(Name::Rework), Written::default())) }
    };
    let body = html! {
        (persons)
        (attempts(view, case))
        (ahead(sheet))
        (sheet.words())
        (sheet.finished(view.lang.pick("办了什么（可以告知）", "What was done (to be told)")))
    };
    let mine = sheet.may(Name::RecordCallback) || sheet.may(Name::Close);
    sheet.article(Post::CallingBack, (&acts, mine), &body)
}

/// What was answered, and what follows.
fn call(sheet: &Sheet, failed: Option<&Failed>) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let again = failed.filter(|failed| !failed.written);
    let wrong = again.map_or_else(Vec::new, |failed| failed.trouble.fields(view));
    let written = Written { said: again.map(|failed| &failed.trouble.form), wrong: &wrong };
    html! {
        section.card.card-suggest aria-labelledby="call-name" {
            h2 id="call-name" { (sheet.name(Name::RecordCallback)) }
            form.command-form method="post" action={ "/cases/" (case.id) "/called-back" } {
                (sheet.hidden())
                input type="hidden" name="back" value=(sheet.back);
                (sheet.fields(Name::RecordCallback, written))
                div.button-row {
                    button.button.button-primary name="then" value="close" { (view.lang.pick("登记并结案", "Write down and close")) }
                    button.button name="then" value="rework" { (view.lang.pick("登记并返工", "Write down and rework")) }
                    button.button name="then" value="later" { (view.lang.pick("只登记", "Write down only")) }
                }
                p.quiet { (view.lang.pick("还有人要回访时，“登记并结案”只登记，案件留在队列中；该打的都打过，仍未接通的按未接通结案。", "While somebody is still to be called, closing only writes the call down and the case stays; whoever was called as often as the rules ask and not reached keeps it open no longer.")) }
            }
        }
    }
}

/// What keeps a case open of which somebody was called already.
fn ahead(sheet: &Sheet) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let open: Vec<String> = unsettled(view, case)
        .into_iter()
        .map(|(no, left)| {
            let who = view.fill(T::ReporterNo, &[&(no + 1).to_string()]);
            view.lang.pick(format!("{who}（最多再拨 {left} 次）"), format!("{who} (up to {left} more calls)"))
        })
        .collect();
    let unsolved = case.callbacks.iter().any(|one| one.solved == Some(false));
    html! {
        @if !case.callbacks.is_empty() && sheet.may(Name::RecordCallback) {
            @if !open.is_empty() {
                p.notice role="status" { (view.lang.pick("结案前还要回访：", "To be called before it can be closed: ")) (joined(open, view.lang)) }
            } @else if sheet.may(Name::Close) {
                p.notice role="status" { (view.lang.pick("该回访的都回访过了，可以结案。", "Everybody was called: it can be closed.")) }
            } @else if unsolved {
                p.notice role="status" { (view.lang.pick("有反映人表示没有解决，请返工。", "A reporter says that it is not solved: send it back for rework.")) }
            }
        }
    }
}

/// How often each reporter was called.
fn attempts(view: &View, case: &Case) -> Markup {
    html! {
        @if !case.callbacks.is_empty() {
            ul.plain {
                @for one in &case.callbacks {
                    li.quiet {
                        (view.fill(T::ReporterNo, &[&(one.reporter + 1).to_string()])) " · "
                        @if one.reached { (view.lang.pick("已接通", "reached")) }
                        @else { (view.lang.pick(format!("已拨 {} 次，未接通", one.attempts), format!("called {} times, not reached", one.attempts))) }
                    }
                }
            }
        }
    }
}
